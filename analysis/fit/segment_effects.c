/* The factors of attribute values in one stage: maximum of the penalised likelihood, with the
 * penalty from how much values are seen to differ (EM for the spread of random effects with the
 * Laplace approximation: Laird, Biometrika 65, 1978; Breslow & Clayton, JASA 88, 1993). */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/fit/segments_parts.h"
#include "sim/base/array.h"

#define MOST_ROUNDS 20
#define CLOSE 0.01     /* relative change of the spreads at which the rounds end */
#define RAW_SPREAD 5.0 /* hardly pooled at all: a factor of 150 is still likely */
/* Two values say little of how much values differ: their spread is pooled with one of a half that
 * counts as two values (conjugate; Gelman, Bayesian Analysis 1, 2006, on few groups). */
#define FIRST_SPREAD 0.5
#define PRIOR_VALUES 2.0

/* Stays with the same values of all terms: for laws or for rates. */
typedef struct cell {
  fsim_grouped stays;
  fsim_rate_cell rates;
  double n_ends;
  int32_t value[FSIM_MOST_TERMS];
} cell;

typedef struct fitting {
  fsim_stage_segments *s;
  const fsim_hazard *rates; /* NULL: by laws */
  cell *cell;
  size_t n_cells;
  fsim_law_spec *spec;
  fsim_grouped shape;   /* of the model: how many exits, and no stays */
  fsim_law_model model; /* theta of the common laws, in the unit of the stays */
  fsim_report *report;
  double spread[FSIM_MOST_TERMS][FSIM_MOST_THETA];
  double n_ends;
  size_t term, value; /* being fitted */
  const double *prior;
} fitting;

/* ---- cells ---- */

typedef struct placed {
  fsim_stay stay;
  size_t which;
  int32_t value[FSIM_MOST_TERMS];
} placed;

static int by_values(const void *left, const void *right) {
  const placed *a = left, *b = right;
  for (size_t t = 0; t < FSIM_MOST_TERMS; t++) {
    if (a->value[t] != b->value[t]) return a->value[t] < b->value[t] ? -1 : 1;
  }
  return 0;
}

/* The stays all[0 .. n - 1], alike in their values; stay[n] is room. */
static int fill_cell(const fsim_segment_work *w, const placed *all, size_t n, fsim_stay *stay,
                     fitting *f) {
  cell *c = &f->cell[f->n_cells++];
  memcpy(c->value, all->value, sizeof c->value);
  for (size_t i = 0; i < n; i++) c->n_ends += all[i].stay.exit >= 0;
  f->n_ends += c->n_ends;
  if (f->rates != NULL) {
    int status = fsim_rate_cell_make(f->s, w, f->report, &c->rates);
    for (size_t i = 0; i < n && status == FSIM_OK; i++)
      fsim_rate_cell_add(f->s, w, all[i].which, &c->rates);
    return status;
  }
  for (size_t i = 0; i < n; i++) stay[i] = all[i].stay;
  const fsim_stays own = {stay, n, w->stays.n_exits, w->stays.resolution};
  return fsim_group_stays(&own, f->report, &c->stays);
}

static int make_cells(const fsim_segment_work *w, fitting *f) {
  const size_t n = w->stays.n;
  placed *all = fsim_zeroed(n, sizeof *all);
  fsim_stay *stay = fsim_zeroed(n, sizeof *stay);
  f->cell = fsim_zeroed(n, sizeof *f->cell);
  int status = all && stay && f->cell ? FSIM_OK : fsim_no_memory(f->report);
  for (size_t i = 0; i < n && status == FSIM_OK; i++) {
    all[i].stay = w->stay[i];
    all[i].which = i;
    for (size_t t = 0; t < f->s->n_terms; t++) all[i].value[t] = w->value[t][i];
  }
  if (status == FSIM_OK) qsort(all, n, sizeof *all, by_values);
  for (size_t i = 0; i < n && status == FSIM_OK;) {
    size_t j = i;
    while (j < n && by_values(&all[i], &all[j]) == 0) j++;
    status = fill_cell(w, all + i, j - i, stay, f);
    i = j;
  }
  free(all);
  free(stay);
  return status;
}

static void effects_of_cell(const fitting *f, const cell *c, double *effect) {
  const size_t n = f->s->n_effects;
  memset(effect, 0, n * sizeof *effect);
  for (size_t t = 0; t < f->s->n_terms; t++) {
    for (size_t j = 0; j < n; j++) effect[j] += f->s->term[t].effect[(size_t)c->value[t] * n + j];
  }
}

static double law_likelihood(const fitting *f, const cell *c, const fsim_exit_law *laws,
                             double never) {
  double effect[FSIM_MOST_THETA], own_never;
  fsim_exit_law own[FSIM_MOST_THETA];
  effects_of_cell(f, c, effect);
  fsim_apply_effects(f->s, laws, never, effect, c->stays.unit, own, &own_never);
  return fsim_log_likelihood_of_laws(&c->stays, own, own_never);
}

/* With the common laws or rates as they are. */
static double cell_likelihood(const fitting *f, const cell *c) {
  double effect[FSIM_MOST_THETA];
  if (f->rates == NULL) return law_likelihood(f, c, f->s->laws->exit, f->s->laws->never);
  effects_of_cell(f, c, effect);
  return fsim_rate_cell_likelihood(f->s, f->rates, &c->rates, effect);
}

/* ---- one value, given all else ---- */

static double value_likelihood(const double *effect, void *context) {
  fitting *f = context;
  const fsim_segment_term *term = &f->s->term[f->term];
  const size_t n = f->s->n_effects;
  double sum = 0, *own = term->effect + f->value * n;
  for (size_t j = 0; j < n; j++) {
    own[j] = fmin(fmax(effect[j], -30), 30);
    sum -= effect[j] * effect[j] / (2 * f->prior[j] * f->prior[j]);
  }
  for (size_t c = 0; c < f->n_cells; c++) {
    if (f->cell[c].value[f->term] == (int32_t)f->value) sum += cell_likelihood(f, &f->cell[c]);
  }
  return sum;
}

static double ends_of_value(const fitting *f) {
  double ends = 0;
  for (size_t c = 0; c < f->n_cells; c++) {
    if (f->cell[c].value[f->term] == (int32_t)f->value) ends += f->cell[c].n_ends;
  }
  return ends;
}

/* The maximum stays in term->effect; variance[n_effects] may be NULL. */
static int fit_value(fitting *f, size_t term, size_t value, const double *prior, double *variance) {
  const size_t n = f->s->n_effects;
  double *own = f->s->term[term].effect + value * n, at[FSIM_MOST_THETA];
  double covariance[FSIM_MOST_THETA * FSIM_MOST_THETA];
  f->term = term;
  f->value = value;
  f->prior = prior;
  const fsim_climb climb = {value_likelihood, f, n, ends_of_value(f)};
  memcpy(at, own, n * sizeof *at);
  int status = fsim_climb_by_gradient(&climb, at, f->report, NULL);
  if (status == FSIM_OK && variance != NULL)
    status = fsim_climb_covariance(&climb, at, f->report, covariance);
  memcpy(own, at, n * sizeof *at);
  for (size_t j = 0; j < n && status == FSIM_OK && variance != NULL; j++) {
    const double v = covariance[j * n + j];
    variance[j] = isfinite(v) && v > 0 ? v : prior[j] * prior[j];
  }
  return status;
}

/* ---- the common laws or rates, given the factors ---- */

static double laws_likelihood(const double *theta, void *context) {
  const fitting *f = context;
  fsim_exit_law laws[FSIM_MOST_THETA];
  double never, sum = 0;
  fsim_laws_from_theta(&f->model, theta, laws, &never);
  for (size_t c = 0; c < f->n_cells; c++) sum += law_likelihood(f, &f->cell[c], laws, never);
  return isfinite(sum) ? sum : -1e300;
}

/* Ends over the time at risk, which counts as often as the factors say. */
static void set_common_rates(fitting *f) {
  const size_t n = f->rates->n_exits;
  double effect[FSIM_MOST_THETA];
  for (size_t k = 0; k < f->s->n_exits; k++) {
    for (size_t p = 0; p < f->rates->n_pieces; p++) {
      const size_t at = p * n + f->s->exit_of[k];
      double risk = 0;
      for (size_t c = 0; c < f->n_cells; c++) {
        effects_of_cell(f, &f->cell[c], effect);
        risk += exp(effect[k]) * f->cell[c].rates.at_risk[at];
      }
      f->s->rate[at] = risk > 0 ? f->rates->ends[at] / risk : 0;
    }
  }
}

static int fit_common(fitting *f) {
  if (f->rates != NULL) {
    set_common_rates(f);
    return FSIM_OK;
  }
  fsim_stage_fit *laws = f->s->laws;
  const fsim_climb climb = {laws_likelihood, f, laws->n_theta, f->n_ends};
  int status = fsim_climb_by_gradient(&climb, laws->theta, f->report, NULL);
  fsim_laws_from_theta(&f->model, laws->theta, laws->exit, &laws->never);
  laws->log_likelihood = laws_likelihood(laws->theta, f);
  return status;
}

/* ---- rounds ---- */

/* One round; *moved gets the largest relative change of a spread. */
static int fit_term(fitting *f, size_t t, double *moved) {
  fsim_segment_term *term = &f->s->term[t];
  const size_t n = f->s->n_effects;
  double squares[FSIM_MOST_THETA] = {0}, variance[FSIM_MOST_THETA], values = 0;
  int status = FSIM_OK;
  for (size_t v = 0; v < term->n_values && status == FSIM_OK; v++) {
    if (term->n[v] == 0) continue;
    status = fit_value(f, t, v, f->spread[t], variance);
    values += 1;
    for (size_t j = 0; j < n && status == FSIM_OK; j++) {
      const double at = term->effect[v * n + j];
      term->error[v * n + j] = sqrt(variance[j]);
      squares[j] += at * at + variance[j];
    }
  }
  for (size_t j = 0; j < n && values > 0; j++) {
    const double known = values - 1 + PRIOR_VALUES; /* the common laws take one degree */
    const double spread = sqrt((squares[j] + PRIOR_VALUES * FIRST_SPREAD * FIRST_SPREAD) / known);
    *moved = fmax(*moved, fabs(spread / f->spread[t][j] - 1));
    f->spread[t][j] = spread;
  }
  return status;
}

static int fit_raw(fitting *f, size_t t) {
  fsim_segment_term *term = &f->s->term[t];
  const size_t n = f->s->n_effects;
  double prior[FSIM_MOST_THETA], kept[FSIM_MOST_THETA];
  int status = FSIM_OK;
  for (size_t j = 0; j < n; j++) prior[j] = RAW_SPREAD;
  for (size_t v = 0; v < term->n_values && status == FSIM_OK; v++) {
    if (term->n[v] == 0) continue;
    double *own = term->effect + v * n;
    memcpy(kept, own, n * sizeof *kept);
    status = fit_value(f, t, v, prior, NULL);
    memcpy(term->raw + v * n, own, n * sizeof *own);
    memcpy(own, kept, n * sizeof *own);
  }
  return status;
}

/* Free what it gives. */
static int specs_of(const fsim_stage_fit *laws, fsim_report *report, fsim_law_spec **spec) {
  *spec = fsim_zeroed(laws->n_exits, sizeof **spec);
  if (*spec == NULL) return fsim_no_memory(report);
  for (size_t k = 0; k < laws->n_exits; k++) {
    (*spec)[k].n_parts = laws->exit[k].n_parts;
    for (size_t i = 0; i < laws->exit[k].n_parts; i++)
      (*spec)[k].kind[i] = laws->exit[k].part[i].kind;
  }
  return FSIM_OK;
}

static int set_up_laws(fitting *f) {
  const fsim_stage_fit *laws = f->s->laws;
  int status = specs_of(laws, f->report, &f->spec);
  if (status != FSIM_OK) return status;
  f->shape.n_exits = laws->n_exits;
  f->model.data = &f->shape;
  f->model.spec = f->spec;
  f->model.may_never = laws->never > 0;
  f->model.n_theta = laws->n_theta;
  return FSIM_OK;
}

static int set_up(const fsim_segment_work *w, fitting *f) {
  int status = f->rates != NULL ? FSIM_OK : set_up_laws(f);
  if (status != FSIM_OK) return status;
  for (size_t t = 0; t < f->s->n_terms; t++) {
    for (size_t j = 0; j < f->s->n_effects; j++) f->spread[t][j] = FIRST_SPREAD;
  }
  return make_cells(w, f);
}

static int fit_rounds(const fsim_segment_work *work, fsim_stage_segments *s, fsim_report *report) {
  fitting f = {.s = s, .rates = work->stage->rates, .report = report};
  int status = set_up(work, &f);
  for (int round = 0; round < MOST_ROUNDS && status == FSIM_OK; round++) {
    double moved = 0;
    for (size_t t = 0; t < s->n_terms && status == FSIM_OK; t++) status = fit_term(&f, t, &moved);
    if (status == FSIM_OK) status = fit_common(&f);
    if (moved < CLOSE) break;
  }
  for (size_t t = 0; t < s->n_terms && status == FSIM_OK; t++) status = fit_raw(&f, t);
  for (size_t c = 0; c < f.n_cells; c++) {
    fsim_grouped_free(&f.cell[c].stays);
    fsim_rate_cell_free(&f.cell[c].rates);
  }
  free(f.cell);
  free(f.spec);
  return status;
}

/* What two parts told apart may have been two values: then one of them runs empty, and its narrow
 * density would hold the factors of waits as if they were known exactly. */
static int without_mixtures(const fsim_segment_work *work, fsim_stage_segments *s,
                            fsim_report *report) {
  const bool never = s->laws->never > 0; /* what the effects stand for must stay */
  const fsim_fit_choice choice = {.mixtures_of_two = false, .may_never = never};
  fsim_stage_fit *chosen = NULL, *plain = NULL;
  fsim_law_spec *spec = NULL;
  int status = fsim_choose_laws(&work->stays, &choice, report, &chosen);
  if (status == FSIM_OK) status = specs_of(chosen, report, &spec);
  if (status == FSIM_OK) status = fsim_fit_laws(&work->stays, spec, never, report, &plain);
  fsim_stage_fit_free(chosen);
  free(spec);
  if (status != FSIM_OK) return status;
  fsim_stage_fit_free(s->laws);
  s->laws = plain;
  for (size_t t = 0; t < s->n_terms; t++)
    memset(s->term[t].effect, 0, s->term[t].n_values * s->n_effects * sizeof *s->term[t].effect);
  return FSIM_OK;
}

int fsim_fit_effects(const fsim_segment_work *work, fsim_stage_segments *s, fsim_report *report) {
  int status = fit_rounds(work, s, report);
  if (status != FSIM_OK || s->laws == NULL || !fsim_laws_are_thin(&work->stays, s->laws))
    return status;
  status = without_mixtures(work, s, report);
  return status == FSIM_OK ? fit_rounds(work, s, report) : status;
}
