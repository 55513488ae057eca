#include "analysis/decide/morris.h"

#include <math.h>
#include <stdlib.h>

#include "sim/base/array.h"
#include "sim/base/text.h"

/* ---- design ---- */

/* A stream of coins of its own for every trajectory. */
typedef struct coins {
  uint64_t key, drawn;
} coins;

static size_t below(coins *c, size_t n) {
  double u = ldexp((double)(fsim_hash_mix(c->key, c->drawn++) >> 11), -53);
  return (size_t)(u * (double)n);
}

static void make_trajectory(fsim_morris_design *design, size_t t, coins *c) {
  size_t d = design->inputs, *moved = design->moved + t * d;
  double *at = design->at + t * (d + 1) * d;
  for (size_t i = 0; i < d; i++) moved[i] = i;
  for (size_t i = d; i > 1; i--) {
    size_t k = below(c, i), kept = moved[i - 1];
    moved[i - 1] = moved[k];
    moved[k] = kept;
  }
  /* 0 or 1/3 below, 2/3 or 1 above: starting there or there, an input moves to the other. */
  for (size_t i = 0; i < d; i++) at[i] = (double)(below(c, 2) + 2 * below(c, 2)) / 3;
  for (size_t step = 0; step < d; step++) {
    const double *from = at + step * d;
    double *to = at + (step + 1) * d;
    for (size_t i = 0; i < d; i++) to[i] = from[i];
    size_t input = moved[step];
    to[input] += from[input] < 0.5 ? 2.0 / 3 : -2.0 / 3;
    to[input] = fmin(fmax(rint(3 * to[input]) / 3, 0), 1);
  }
}

int fsim_morris_make(size_t inputs, size_t trajectories, uint64_t seed, fsim_report *report,
                     fsim_morris_design *design) {
  *design = (fsim_morris_design){.inputs = inputs, .trajectories = trajectories};
  design->at = fsim_zeroed(trajectories * (inputs + 1), inputs * sizeof *design->at);
  design->moved = fsim_zeroed(trajectories, inputs * sizeof *design->moved);
  if (design->at == NULL || design->moved == NULL) return fsim_no_memory(report);
  for (size_t t = 0; t < trajectories; t++)
    make_trajectory(design, t, &(coins){.key = fsim_hash_mix(seed, t)});
  return FSIM_OK;
}

void fsim_morris_free(fsim_morris_design *design) {
  free(design->at);
  free(design->moved);
  *design = (fsim_morris_design){0};
}

/* ---- effects ---- */

/* Of one input in every trajectory: in both worlds, and what follows. */
typedef struct samples {
  size_t n;
  double *one, *two, *mean, *size, *square, *pseudo; /* [n] each */
} samples;

static double sign_of(double x) {
  return x > 0 ? 1 : x < 0 ? -1 : 0;
}

static void gather(const fsim_morris_design *design, const double *y, const double *moves,
                   size_t input, samples *s) {
  size_t d = design->inputs;
  for (size_t t = 0; t < s->n; t++) {
    size_t step = 0;
    while (design->moved[t * d + step] != input) step++;
    const double *from = y + (t * (d + 1) + step) * 2;
    double move = moves[t * d + step];
    double one = (from[2] - from[0]) / move, two = (from[3] - from[1]) / move;
    s->one[t] = one;
    s->two[t] = two;
    s->mean[t] = 0.5 * (one + two);
    s->size[t] = 0.5 * (sign_of(one) * two + sign_of(two) * one);
    s->square[t] = one * two;
  }
}

static fsim_interval student(const double *units, size_t n, double confidence) {
  fsim_moments m = fsim_moments_of(units, n);
  double error = sqrt(m.variance / (double)n);
  double half = fsim_t_quantile(confidence, (double)n - 1) * error;
  return (fsim_interval){m.mean, m.mean - half, m.mean + half, error, n, "t over trajectories"};
}

/* Covariance of both worlds' effects: the variance of the effect over places without that of
 * chance; its interval by the jackknife over trajectories, then the root of all. */
static fsim_interval spread_of(const samples *s, double confidence) {
  double n = (double)s->n, one = 0, two = 0, both = 0;
  double origin_one = fsim_moments_of(s->one, s->n).mean;
  double origin_two = fsim_moments_of(s->two, s->n).mean;
  for (size_t t = 0; t < s->n; t++) {
    double a = s->one[t] - origin_one, b = s->two[t] - origin_two;
    one += a;
    two += b;
    both += a * b;
  }
  double whole = (both - one * two / n) / (n - 1);
  for (size_t t = 0; t < s->n; t++) {
    double a = s->one[t] - origin_one, b = s->two[t] - origin_two;
    double without = (both - a * b - (one - a) * (two - b) / (n - 1)) / (n - 2);
    s->pseudo[t] = n * whole - (n - 1) * without;
  }
  fsim_interval variance = student(s->pseudo, s->n, confidence), sigma = variance;
  sigma.estimate = sqrt(fmax(whole, 0));
  sigma.low = sqrt(fmax(variance.low, 0));
  sigma.high = sqrt(fmax(variance.high, 0));
  sigma.standard_error = sigma.estimate > 0 ? 0.5 * variance.standard_error / sigma.estimate : NAN;
  return sigma;
}

static fsim_morris_effect effect_of(const samples *s, double confidence, double together) {
  fsim_interval square = student(s->square, s->n, together);
  fsim_morris_effect e = {.mean = student(s->mean, s->n, confidence),
                          .size = student(s->size, s->n, confidence),
                          .sigma = spread_of(s, confidence),
                          .least = student(s->size, s->n, together).low,
                          .most = sqrt(fmax(square.high, 0)),
                          .nothing = true};
  for (size_t t = 0; t < s->n; t++) e.nothing = e.nothing && s->one[t] == 0 && s->two[t] == 0;
  return e;
}

int fsim_morris_estimate(const fsim_morris_design *design, const double *y, const double *moves,
                         double confidence, double together, fsim_report *report,
                         fsim_morris_effect *effects) {
  size_t n = design->trajectories;
  double *memory = fsim_zeroed(6 * n, sizeof *memory);
  if (memory == NULL) return fsim_no_memory(report);
  samples s = {
      n, memory, memory + n, memory + 2 * n, memory + 3 * n, memory + 4 * n, memory + 5 * n};
  for (size_t i = 0; i < design->inputs; i++) {
    gather(design, y, moves, i, &s);
    effects[i] = effect_of(&s, confidence, together);
  }
  free(memory);
  return FSIM_OK;
}
