#include "analysis/fit/segments.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/fit/estimate.h"
#include "analysis/fit/label_test.h"
#include "analysis/fit/law_kinds.h"
#include "analysis/fit/segments_parts.h"
#include "sim/base/array.h"
#include "sim/base/quantity.h"

#define ENDS_OF_EXIT 5 /* fewer prove no law */
#define ENDS_OF_STAGE 40
#define FEWEST_CASES 20 /* of a value that is tested by itself */
#define SCORE_STEP 1e-4

void fsim_stage_segments_free(fsim_stage_segments *s) {
  for (size_t t = 0; t < s->n_terms; t++) {
    free(s->term[t].n);
    free(s->term[t].raw);
    free(s->term[t].effect);
    free(s->term[t].error);
  }
  fsim_stage_fit_free(s->laws);
  free(s->rate);
  free(s->exit_of);
  *s = (fsim_stage_segments){0};
}

static void free_work(fsim_segment_work *w) {
  free(w->stay);
  free(w->which);
  for (size_t t = 0; t < FSIM_MOST_TERMS; t++) free(w->value[t]);
  *w = (fsim_segment_work){0};
}

void fsim_apply_effects(const fsim_stage_segments *s, const fsim_exit_law *laws, double never,
                        const double *effect, double unit, fsim_exit_law *out, double *out_never) {
  double sum = 0;
  for (size_t k = 0; k < s->n_exits; k++) {
    out[k] = laws[k];
    if (k > 0) out[k].share *= exp(effect[k - 1]);
    sum += out[k].share;
    const double by = exp(effect[s->n_classes - 1 + k]) / unit;
    for (size_t i = 0; i < out[k].n_parts; i++) {
      const fsim_law_entry *entry = &fsim_law_entries[out[k].part[i].kind];
      for (size_t p = 0; p < fsim_law_parameters(out[k].part[i].kind); p++)
        out[k].part[i].parameter[p] *= entry->is_time[p] ? by : 1;
    }
  }
  *out_never = never * (s->never_class > 0 ? exp(effect[s->never_class - 1]) : 1);
  sum += *out_never;
  for (size_t k = 0; k < s->n_exits; k++) out[k].share /= sum;
  *out_never /= sum;
}

/* ---- a stage as the laws want it ---- */

static int map_exits(const fsim_stage_stays *stays, fsim_report *report, fsim_stage_segments *s,
                     int32_t **number_of, size_t *ends) {
  *number_of = fsim_zeroed(stays->n_exits, sizeof **number_of);
  s->exit_of = fsim_zeroed(stays->n_exits, sizeof *s->exit_of);
  if (*number_of == NULL || s->exit_of == NULL) return fsim_no_memory(report);
  for (size_t x = 0; x < stays->n_exits; x++) {
    size_t n = 0;
    for (size_t i = 0; i < stays->n; i++) n += stays->stay[i].exit == (int32_t)x;
    (*number_of)[x] = FSIM_NONE;
    if (n < ENDS_OF_EXIT) continue;
    (*number_of)[x] = (int32_t)s->n_exits;
    s->exit_of[s->n_exits++] = x;
    *ends += n;
  }
  return FSIM_OK;
}

static int take_stays(const fsim_segment_stage *stage, bool by_day, fsim_report *report,
                      fsim_stage_segments *s, fsim_segment_work *w, size_t *ends) {
  const fsim_stage_stays *from = stage->stays;
  int32_t *number_of = NULL;
  int status = map_exits(from, report, s, &number_of, ends);
  w->stay = fsim_zeroed(from->n, sizeof *w->stay);
  w->which = fsim_zeroed(from->n, sizeof *w->which);
  if (status == FSIM_OK && (w->stay == NULL || w->which == NULL)) status = fsim_no_memory(report);
  if (status == FSIM_OK) fsim_stay_ages(from, by_day, w->stay);
  for (size_t i = 0; i < from->n && status == FSIM_OK; i++) {
    const fsim_dated_stay *stay = &from->stay[i];
    w->stay[i].exit = stay->exit == FSIM_NONE ? FSIM_NONE : number_of[stay->exit];
    w->which[i] = stay->which_case;
  }
  w->stage = stage;
  w->by_day = by_day;
  w->stays = (fsim_stays){w->stay, from->n, s->n_exits, by_day ? FSIM_DAY : 0};
  free(number_of);
  return status;
}

/* Classes of exits: where the share goes that never leaves. */
static void set_classes(const fsim_segment_stage *stage, fsim_stage_segments *s) {
  s->n_classes = s->n_exits;
  s->never_class = s->n_exits;
  for (size_t k = 0; k < s->n_exits; k++) {
    if (s->exit_of[k] == stage->never_exit) s->never_class = k;
  }
  if (s->never_class == s->n_exits && s->laws->never > 0) s->n_classes++;
  if (s->never_class == s->n_exits && s->laws->never <= 0) s->never_class = 0;
  s->n_effects = s->n_classes - 1 + s->n_exits;
}

/* ---- scores ---- */

static void effects_of_stay(const fsim_stage_segments *s, const fsim_segment_work *w, size_t i,
                            double *effect) {
  memset(effect, 0, s->n_effects * sizeof *effect);
  for (size_t t = 0; t < s->n_terms; t++) {
    const double *own = s->term[t].effect + (size_t)w->value[t][i] * s->n_effects;
    for (size_t j = 0; j < s->n_effects; j++) effect[j] += own[j];
  }
}

static void law_slopes(const fsim_stage_segments *s, const fsim_segment_work *w,
                       const fsim_grouped *scale, size_t i, double *effect, double *slope) {
  fsim_exit_law laws[FSIM_MOST_THETA];
  double never;
  fsim_stay stay = w->stay[i];
  stay.from /= scale->unit;
  stay.to /= scale->unit;
  for (size_t j = 0; j < s->n_effects; j++) {
    const double at = effect[j];
    for (int side = -1; side <= 1; side += 2) {
      effect[j] = at + side * SCORE_STEP;
      fsim_apply_effects(s, s->laws->exit, s->laws->never, effect, scale->unit, laws, &never);
      slope[j] += side * fsim_log_likelihood_of_stay(scale, &stay, laws, never) / (2 * SCORE_STEP);
    }
    effect[j] = at;
  }
}

/* Slope of each stay's log-likelihood along each effect, summed by case: one case is one unit.
 * Cases stand together. number[n_units * n_effects], unit_case[n_units]. */
static int score_cases(const fsim_stage_segments *s, const fsim_segment_work *w,
                       fsim_report *report, double *number, size_t *unit_stay, size_t *n_units) {
  fsim_grouped scale = {0};
  int status = s->laws != NULL ? fsim_group_stays(&w->stays, report, &scale) : FSIM_OK;
  double effect[FSIM_MOST_THETA];
  *n_units = 0;
  for (size_t i = 0; i < w->stays.n && status == FSIM_OK; i++) {
    if (i == 0 || w->which[i] != w->which[i - 1]) {
      unit_stay[*n_units] = i;
      memset(number + *n_units * s->n_effects, 0, s->n_effects * sizeof *number);
      ++*n_units;
    }
    double *to = number + (*n_units - 1) * s->n_effects;
    effects_of_stay(s, w, i, effect);
    if (s->laws != NULL)
      law_slopes(s, w, &scale, i, effect, to);
    else
      fsim_rate_slopes(s, w, i, effect, to);
  }
  fsim_grouped_free(&scale);
  return status;
}

typedef struct looking {
  const fsim_log *log;
  const fsim_fitted_attributes *attributes;
  bool by_day;
  double level;
  fsim_report *report;
} looking;

/* Cases that are alike in all terms so far; *n: how many such kinds there could be. */
static size_t stratum_of(const fsim_stage_segments *s, const fsim_segment_work *w, size_t stay,
                         size_t *n) {
  size_t stratum = 0;
  *n = 1;
  for (size_t t = 0; t < s->n_terms; t++) {
    stratum = stratum * s->term[t].n_values + (size_t)w->value[t][stay];
    *n *= s->term[t].n_values;
  }
  return stratum;
}

/* p-values of the attributes, given the terms that the stage has. */
static int test_attributes(const looking *l, const fsim_stage_segments *s,
                           const fsim_segment_work *w, double *p) {
  double *number = fsim_zeroed(w->stays.n * s->n_effects, sizeof *number);
  size_t *unit_stay = fsim_zeroed(w->stays.n, sizeof *unit_stay), n_units = 0;
  int32_t *label = fsim_zeroed(w->stays.n, sizeof *label);
  int32_t *within = fsim_zeroed(w->stays.n, sizeof *within);
  int status = number && unit_stay && label && within ? FSIM_OK : fsim_no_memory(l->report);
  if (status == FSIM_OK) status = score_cases(s, w, l->report, number, unit_stay, &n_units);
  size_t n_strata = 1;
  for (size_t u = 0; u < n_units && status == FSIM_OK; u++)
    within[u] = (int32_t)stratum_of(s, w, unit_stay[u], &n_strata);
  for (size_t a = 0; a < l->attributes->n && status == FSIM_OK; a++) {
    const fsim_fitted_attribute *attribute = &l->attributes->attribute[a];
    for (size_t u = 0; u < n_units; u++)
      label[u] = (int32_t)fsim_value_of_case(l->log, attribute, w->which[unit_stay[u]]);
    const fsim_labelled cases = {number,  label, within, n_units, s->n_effects, attribute->n_values,
                                 n_strata};
    status = fsim_label_test(&cases, FEWEST_CASES, l->report, &p[a]);
  }
  free(number);
  free(unit_stay);
  free(label);
  free(within);
  return status;
}

/* ---- terms ---- */

static int add_term(const looking *l, size_t a, double p, fsim_segment_work *w,
                    fsim_stage_segments *s) {
  const fsim_fitted_attribute *attribute = &l->attributes->attribute[a];
  const size_t n = attribute->n_values, t = s->n_terms++;
  fsim_segment_term *term = &s->term[t];
  *term = (fsim_segment_term){.attribute = a, .n_values = n, .p = p};
  term->n = fsim_zeroed(n, sizeof *term->n);
  term->raw = fsim_zeroed(n * s->n_effects, sizeof *term->raw);
  term->effect = fsim_zeroed(n * s->n_effects, sizeof *term->effect);
  term->error = fsim_zeroed(n * s->n_effects, sizeof *term->error);
  w->value[t] = fsim_zeroed(w->stays.n, sizeof *w->value[t]);
  if (!term->n || !term->raw || !term->effect || !term->error || !w->value[t])
    return fsim_no_memory(l->report);
  for (size_t i = 0; i < w->stays.n; i++) {
    w->value[t][i] = (int32_t)fsim_value_of_case(l->log, attribute, w->which[i]);
    term->n[w->value[t][i]]++;
  }
  return fsim_fit_effects(w, s, l->report);
}

static bool is_term(const fsim_stage_segments *s, size_t attribute) {
  for (size_t t = 0; t < s->n_terms; t++) {
    if (s->term[t].attribute == attribute) return true;
  }
  return false;
}

/* The attribute with the smallest p that is no term yet. */
static size_t least(const fsim_stage_segments *s, const double *p, size_t n) {
  size_t best = SIZE_MAX;
  for (size_t a = 0; a < n; a++) {
    if (!is_term(s, a) && (best == SIZE_MAX || p[a] < p[best])) best = a;
  }
  return best;
}

/* A further attribute must be one that was found by itself, and still hold given those before, also
 * if it were the only one of all tests (Bonferroni). */
static int split_stage(const looking *l, const double *p, size_t n_tests, fsim_segment_work *w,
                       fsim_stage_segments *s) {
  const size_t n = l->attributes->n;
  double *given = fsim_zeroed(n, sizeof *given);
  int status = given == NULL ? fsim_no_memory(l->report) : FSIM_OK;
  for (size_t a = 0; a < n && status == FSIM_OK; a++) given[a] = p[a];
  while (status == FSIM_OK && s->n_terms < FSIM_MOST_TERMS) {
    const size_t next = least(s, given, n);
    if (next == SIZE_MAX || given[next] >= l->level) break;
    status = add_term(l, next, given[next], w, s);
    if (status == FSIM_OK) status = test_attributes(l, s, w, given);
    for (size_t a = 0; a < n; a++)
      given[a] = p[a] < l->level ? fmin(1, given[a] * (double)n_tests) : 1;
  }
  free(given);
  return status;
}

/* Common rates begin as those of all. */
static int take_rates(const fsim_hazard *rates, fsim_report *report, fsim_stage_segments *s) {
  const size_t n = rates->n_pieces * rates->n_exits;
  s->rate = fsim_zeroed(n, sizeof *s->rate);
  if (s->rate == NULL) return fsim_no_memory(report);
  memcpy(s->rate, rates->rate, n * sizeof *s->rate);
  s->n_effects = s->n_exits;
  return FSIM_OK;
}

static int look_at_stage(const looking *l, const fsim_segment_stage *stage, fsim_segment_work *w,
                         fsim_stage_segments *s, double *p) {
  size_t ends = 0;
  for (size_t a = 0; a < l->attributes->n; a++) p[a] = 1;
  if (stage->stays->n == 0) return FSIM_OK;
  int status = take_stays(stage, l->by_day, l->report, s, w, &ends);
  if (status != FSIM_OK || ends < ENDS_OF_STAGE || s->n_exits > FSIM_MOST_THETA) return status;
  if (stage->rates != NULL) {
    status = take_rates(stage->rates, l->report, s);
    return status == FSIM_OK ? test_attributes(l, s, w, p) : status;
  }
  if (s->n_exits > 8) return FSIM_OK; /* all laws of a stage are fitted together */
  const fsim_fit_choice choice = {.mixtures_of_two = true, .may_never = true};
  status = stage->laws != NULL && stage->laws->n_exits == s->n_exits
               ? fsim_stage_fit_copy(stage->laws, l->report, &s->laws)
               : fsim_choose_laws(&w->stays, &choice, l->report, &s->laws);
  if (status != FSIM_OK) return status;
  set_classes(stage, s);
  return test_attributes(l, s, w, p);
}

int fsim_segments_of(const fsim_log *log, fsim_fitted_attributes *attributes,
                     const fsim_segment_stage *stages, size_t n_stages, bool by_day, double level,
                     double *p_values, fsim_report *report, fsim_stage_segments *segments) {
  const looking l = {log, attributes, by_day, level, report};
  const size_t n = attributes->n;
  memset(segments, 0, n_stages * sizeof *segments);
  fsim_segment_work *work = fsim_zeroed(n_stages, sizeof *work);
  double *p = fsim_zeroed((n_stages + 1) * n, sizeof *p);
  int status = work != NULL && p != NULL ? FSIM_OK : fsim_no_memory(report);
  for (size_t s = 0; s < n_stages && status == FSIM_OK; s++)
    status = look_at_stage(&l, &stages[s], &work[s], &segments[s], p + s * n);
  if (status == FSIM_OK) {
    memcpy(p + n_stages * n, p_values, n * sizeof *p);
    status = fsim_holm(p, (n_stages + 1) * n, report);
    memcpy(p_values, p + n_stages * n, n * sizeof *p);
  }
  for (size_t a = 0; a < n && status == FSIM_OK; a++) {
    attributes->attribute[a].p = 1;
    for (size_t s = 0; s <= n_stages; s++)
      attributes->attribute[a].p = fmin(attributes->attribute[a].p, p[s * n + a]);
  }
  for (size_t s = 0; s < n_stages && status == FSIM_OK; s++) {
    if (segments[s].laws != NULL || segments[s].rate != NULL)
      status = split_stage(&l, p + s * n, (n_stages + 1) * n, &work[s], &segments[s]);
    if (segments[s].n_terms == 0) fsim_stage_segments_free(&segments[s]);
  }
  for (size_t s = 0; s < n_stages && work != NULL; s++) free_work(&work[s]);
  free(work);
  free(p);
  return status;
}
