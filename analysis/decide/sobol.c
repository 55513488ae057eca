#include "analysis/decide/sobol.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_qrng.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/decide/sobol_pairs.h"
#include "sim/base/array.h"
#include "sim/base/text.h"

/* ---- points ---- */

fsim_sobol_design fsim_sobol_plan(size_t inputs, size_t base) {
  fsim_sobol_design design = {.inputs = inputs, .scrambles = FSIM_SOBOL_SCRAMBLES, .rows = 1};
  while (design.rows * design.scrambles < base) design.rows *= 2;
  return design;
}

/* Nested uniform scrambling (Owen 1995): each binary digit is flipped or not by a coin that depends
 * on all digits before it; the digits below Sobol's 30 are filled by chance. */
static double scrambled(double point, uint64_t coins) {
  uint32_t digits = (uint32_t)ldexp(point, 32), out = 0;
  for (int bit = 31; bit >= 0; bit--) {
    uint64_t before = ((uint64_t)digits >> (bit + 1)) | (uint64_t)1 << (31 - bit);
    uint32_t flip = (uint32_t)(fsim_hash_mix(coins, before) >> 63);
    out |= ((digits >> bit & 1) ^ flip) << bit;
  }
  return ldexp((double)out + 0.5, -32);
}

/* The columns of A, then those of B, of every row of a scramble. */
static int scramble(const fsim_sobol_design *design, uint64_t coins, double *both,
                    fsim_report *report) {
  size_t width = 2 * design->inputs;
  gsl_qrng *points = gsl_qrng_alloc(gsl_qrng_sobol, (unsigned)width);
  if (points == NULL) return fsim_no_memory(report);
  int failed = 0;
  /* GSL leaves out the first point, the origin, without which the others are no net. */
  memset(both, 0, width * sizeof *both);
  for (size_t row = 1; row < design->rows && !failed; row++)
    failed = gsl_qrng_get(points, both + row * width) != GSL_SUCCESS;
  gsl_qrng_free(points);
  if (failed) return fsim_failure(report, FSIM_NOWHERE, "no more Sobol points can be made");
  for (size_t row = 0; row < design->rows; row++)
    for (size_t i = 0; i < width; i++)
      both[row * width + i] = scrambled(both[row * width + i], fsim_hash_mix(coins, i));
  return FSIM_OK;
}

/* Of the rows of one scramble, the first of which is `first` of all. */
static void spread(const fsim_sobol_design *design, const double *both, size_t first, double *u) {
  size_t d = design->inputs;
  for (size_t row = 0; row < design->rows; row++) {
    const double *a = both + row * 2 * d, *b = a + d;
    memcpy(u, a, d * sizeof *u);
    memcpy(u + d, b, d * sizeof *u);
    u += 2 * d;
    for (size_t i = 0; i < d; i++, u += d) {
      memcpy(u, a, d * sizeof *u);
      u[i] = b[i];
    }
    if (!design->pairs) continue;
    fsim_sobol_pair_spread(design, first + row, a, b, u);
    u += fsim_sobol_pair_points(d) * d;
  }
}

int fsim_sobol_make(const fsim_sobol_design *design, uint64_t seed, fsim_report *report,
                    double **u) {
  size_t width = fsim_sobol_points(design) * design->inputs;
  *u = fsim_zeroed(fsim_sobol_rows(design) * width, sizeof **u);
  double *both = fsim_zeroed(design->rows * 2 * design->inputs, sizeof *both);
  int status = *u == NULL || both == NULL ? fsim_no_memory(report) : FSIM_OK;
  for (size_t s = 0; s < design->scrambles && status == FSIM_OK; s++) {
    status = scramble(design, fsim_hash_mix(seed, s), both, report);
    if (status == FSIM_OK) spread(design, both, s * design->rows, *u + s * design->rows * width);
  }
  free(both);
  return status;
}

/* ---- sums of a scramble, about a common origin ---- */

/* A product over rows, and a control beside it: another product that is 0 on average and carries
 * the same chance, because all points of a row share their worlds. */
typedef struct controlled {
  double product, control;
  double cross, square; /* product times control, control times control */
} controlled;

/* Sums over rows; A and B are points, 1 and 2 worlds, D the difference AB - A, M the mean of both.
 */
typedef struct input_sums {
  controlled by_b; /* (B1 D2 + B2 D1) / 2, and the same of M, for E[M1 D2] = 0 */
  double d;        /* (D1 + D2) / 2 */
  double d_sq;     /* D1 D2 */
} input_sums;

typedef struct sums {
  double rows, points;
  double y;       /* of A and B, both worlds */
  controlled yy;  /* (A1 A2 + B1 B2) / 2, and (A1 B2 + B1 A2) / 2, for A and B are independent */
  double noise;   /* (Y1 - Y2)^2 / 2 of all points */
  input_sums *of; /* [inputs] */
} sums;

static void add_row(controlled *to, double product, double control) {
  to->product += product;
  to->control += control;
  to->cross += product * control;
  to->square += control * control;
}

static void add_scramble(const fsim_sobol_design *design, const double *y, double origin,
                         sums *to) {
  size_t points = fsim_sobol_points(design);
  for (size_t row = 0; row < design->rows; row++, y += 2 * points) {
    double a1 = y[0] - origin, a2 = y[1] - origin, b1 = y[2] - origin, b2 = y[3] - origin;
    to->rows += 1;
    to->y += a1 + a2 + b1 + b2;
    add_row(&to->yy, 0.5 * (a1 * a2 + b1 * b2), 0.5 * (a1 * b2 + b1 * a2));
    for (size_t p = 0; p < points; p++)
      to->noise += 0.5 * (y[2 * p] - y[2 * p + 1]) * (y[2 * p] - y[2 * p + 1]);
    to->points += (double)points;
    for (size_t i = 0; i < design->inputs; i++) {
      double d1 = y[4 + 2 * i] - y[0], d2 = y[5 + 2 * i] - y[1];
      double m1 = a1 + 0.5 * d1, m2 = a2 + 0.5 * d2;
      add_row(&to->of[i].by_b, 0.5 * (b1 * d2 + b2 * d1), 0.5 * (m1 * d2 + m2 * d1));
      to->of[i].d += 0.5 * (d1 + d2);
      to->of[i].d_sq += d1 * d2;
    }
  }
}

static void add_controlled(const controlled *other, double by, controlled *to) {
  to->product += by * other->product;
  to->control += by * other->control;
  to->cross += by * other->cross;
  to->square += by * other->square;
}

/* `to` plus `by` times `other`. */
static void add_sums(const sums *other, double by, size_t inputs, sums *to) {
  to->rows += by * other->rows;
  to->points += by * other->points;
  to->y += by * other->y;
  to->noise += by * other->noise;
  add_controlled(&other->yy, by, &to->yy);
  for (size_t i = 0; i < inputs; i++) {
    add_controlled(&other->of[i].by_b, by, &to->of[i].by_b);
    to->of[i].d += by * other->of[i].d;
    to->of[i].d_sq += by * other->of[i].d_sq;
  }
}

/* ---- what follows from sums ---- */

enum { MEAN, VARIANCE, CHANCE, CHANCE_SHARE, TOGETHER, FIRST }; /* then first and total orders */

static size_t n_figures(size_t inputs) {
  return FIRST + 2 * inputs;
}

/* How much of the control is taken off: the slope of the product on it, over rows. */
static double slope_of(const controlled *c, double rows) {
  double square = c->square - c->control * c->control / rows;
  return square > 0 ? (c->cross - c->product * c->control / rows) / square : 0;
}

/* slope: of the variance, then of each input's product; from all rows. */
static void figures_of(const sums *s, size_t inputs, const double *slope, double *figure) {
  double mean = s->y / (4 * s->rows);
  double variance =
      s->yy.product / s->rows - mean * mean - slope[0] * (s->yy.control / s->rows - mean * mean);
  double chance = s->noise / s->points;
  figure[MEAN] = mean;
  figure[VARIANCE] = variance;
  figure[CHANCE] = chance;
  figure[CHANCE_SHARE] = chance / (chance + variance);
  figure[TOGETHER] = 0;
  for (size_t i = 0; i < inputs; i++) {
    const input_sums *of = &s->of[i];
    /* About the mean: without it the product's noise hides the index (Saltelli et al. 2010). */
    double first =
        of->by_b.product - mean * of->d - slope[i + 1] * (of->by_b.control - mean * of->d);
    figure[FIRST + i] = first / s->rows / variance;
    figure[FIRST + inputs + i] = 0.5 * of->d_sq / s->rows / variance;
    figure[TOGETHER] += figure[FIRST + i];
  }
}

/* Pseudo-values of the jackknife over scrambles: [figure][scramble]. memory: 3 times the figures.
 */
static void jackknife(const sums *each, sums *all, size_t scrambles, size_t inputs, double *memory,
                      double *pseudo) {
  size_t n = n_figures(inputs);
  double count = (double)scrambles;
  double *whole = memory, *without = memory + n, *slope = memory + 2 * n;
  slope[0] = slope_of(&all->yy, all->rows);
  for (size_t i = 0; i < inputs; i++) slope[i + 1] = slope_of(&all->of[i].by_b, all->rows);
  figures_of(all, inputs, slope, whole);
  for (size_t s = 0; s < scrambles; s++) {
    add_sums(&each[s], -1, inputs, all);
    figures_of(all, inputs, slope, without);
    add_sums(&each[s], 1, inputs, all);
    for (size_t f = 0; f < n; f++)
      pseudo[f * scrambles + s] = count * whole[f] - (count - 1) * without[f];
  }
}

static fsim_interval student(const double *units, size_t n, double confidence) {
  fsim_moments m = fsim_moments_of(units, n);
  double error = sqrt(m.variance / (double)n);
  double half = fsim_t_quantile(confidence, (double)n - 1) * error;
  return (fsim_interval){m.mean, m.mean - half, m.mean + half, error, n, "t over scrambles"};
}

static fsim_interval root_of(const fsim_interval *variance) {
  fsim_interval root = *variance;
  root.estimate = sqrt(fmax(variance->estimate, 0));
  root.low = sqrt(fmax(variance->low, 0));
  root.high = sqrt(fmax(variance->high, 0));
  root.standard_error = root.estimate > 0 ? 0.5 * variance->standard_error / root.estimate : NAN;
  return root;
}

static void fill(fsim_sobol *sobol, const double *pseudo, size_t scrambles, double confidence,
                 double origin) {
  size_t d = sobol->inputs;
#define INTERVAL_OF(f) student(pseudo + (f)*scrambles, scrambles, confidence)
  sobol->mean = INTERVAL_OF(MEAN);
  sobol->mean.estimate += origin;
  sobol->mean.low += origin;
  sobol->mean.high += origin;
  sobol->variance = INTERVAL_OF(VARIANCE);
  sobol->deviation = root_of(&sobol->variance);
  sobol->chance = INTERVAL_OF(CHANCE);
  if (sobol->variance.estimate + sobol->chance.estimate > 0)
    sobol->chance_share = INTERVAL_OF(CHANCE_SHARE);
  if (!(sobol->variance.estimate > 0)) return;
  sobol->together = INTERVAL_OF(TOGETHER);
  for (size_t i = 0; i < d; i++) {
    sobol->first[i] = INTERVAL_OF(FIRST + i);
    sobol->total[i] = INTERVAL_OF(FIRST + d + i);
  }
#undef INTERVAL_OF
}

static int add_pairs(const fsim_sobol_design *design, const double *y, double mean,
                     double confidence, fsim_report *report, fsim_sobol *sobol) {
  size_t d = design->inputs;
  sobol->second = fsim_zeroed(d * d, sizeof *sobol->second);
  sobol->shapley = fsim_zeroed(d, sizeof *sobol->shapley);
  if (sobol->second == NULL || sobol->shapley == NULL) return fsim_no_memory(report);
  return fsim_sobol_pair_estimate(design, y, mean, confidence, report, sobol->second,
                                  sobol->shapley);
}

int fsim_sobol_estimate(const fsim_sobol_design *design, const double *y, double confidence,
                        fsim_report *report, fsim_sobol *sobol) {
  size_t d = design->inputs, scrambles = design->scrambles, n = n_figures(d);
  size_t per_scramble = 2 * fsim_sobol_points(design) * design->rows;
  fsim_interval none = fsim_interval_none();
  *sobol = (fsim_sobol){.inputs = d, .together = none, .chance_share = none};
  sobol->first = fsim_zeroed(d, sizeof *sobol->first);
  sobol->total = fsim_zeroed(d, sizeof *sobol->total);
  sums *each = fsim_zeroed(scrambles + 1, sizeof *each), *all = each;
  input_sums *of = fsim_zeroed((scrambles + 1) * d, sizeof *of);
  double *memory = fsim_zeroed(n * (scrambles + 3), sizeof *memory);
  int status = FSIM_OK;
  if (sobol->first && sobol->total && each && of && memory) {
    double origin = fsim_moments_of(y, per_scramble * scrambles).mean;
    each = all + 1;
    all->of = of;
    for (size_t s = 0; s < scrambles; s++) {
      each[s].of = of + (s + 1) * d;
      add_scramble(design, y + s * per_scramble, origin, &each[s]);
      add_sums(&each[s], 1, d, all);
    }
    for (size_t i = 0; i < d; i++) sobol->first[i] = sobol->total[i] = none;
    jackknife(each, all, scrambles, d, memory, memory + 3 * n);
    fill(sobol, memory + 3 * n, scrambles, confidence, origin);
    if (design->pairs && sobol->variance.estimate > 0)
      status = add_pairs(design, y, sobol->mean.estimate, confidence, report, sobol);
  } else {
    status = fsim_no_memory(report);
  }
  free(all);
  free(of);
  free(memory);
  return status;
}

size_t *fsim_sobol_order(const fsim_sobol *s) {
  size_t *order = fsim_zeroed(s->inputs, sizeof *order);
  for (size_t i = 0; order != NULL && i < s->inputs; i++) {
    size_t at = i;
    for (; at > 0 && s->total[order[at - 1]].estimate < s->total[i].estimate; at--)
      order[at] = order[at - 1];
    order[at] = i;
  }
  return order;
}

void fsim_sobol_free(fsim_sobol *sobol) {
  free(sobol->first);
  free(sobol->total);
  free(sobol->second);
  free(sobol->shapley);
  *sobol = (fsim_sobol){0};
}
