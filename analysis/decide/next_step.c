#include "analysis/decide/next_step.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/array.h"
#include "sim/base/text.h"

static char *copy(const char *text) {
  return fsim_copy_text(text, strlen(text));
}

/* A step, or the same step the other way. */
typedef struct choice {
  const fsim_lever_effect *effect;
  const char *step;
  const fsim_interval *change;
} choice;

/* How much better a change makes the metric; for those of which neither way is better, how much it
 * changes it. */
static double gain_of(const fsim_measure *measure, const fsim_interval *change) {
  switch (measure->better) {
    case FSIM_MORE_IS_BETTER:
      return change->estimate;
    case FSIM_LESS_IS_BETTER:
      return -change->estimate;
    default:
      return fabs(change->estimate);
  }
}

static void consider(const fsim_measure *measure, const fsim_lever_effect *effect, const char *step,
                     const fsim_interval *change, choice *best) {
  bool sure = change->low > 0 || change->high < 0;
  double gain = gain_of(measure, change);
  if (!sure || !(gain > 0)) return;
  if (best->effect == NULL || gain > gain_of(measure, best->change))
    *best = (choice){effect, step, change};
}

/* More leads are no way past a bottleneck: like fsim_bottleneck, only what is ranked counts. */
static choice best_step(const fsim_sensitivity *s) {
  choice best = {0};
  for (size_t i = 0; i < s->n_effects; i++) {
    const fsim_lever_effect *e = &s->effects[i];
    if (e->refused != NULL || isnan(e->first)) continue;
    consider(&s->measures[0], e, e->step, &e->change[0].change, &best);
    if (e->back != NULL) consider(&s->measures[0], e, e->step_back, &e->back[0].change, &best);
  }
  return best;
}

static int note_ties(const fsim_sensitivity *s, const choice *best, fsim_next_round *round,
                     fsim_report *report) {
  round->tied = fsim_zeroed(s->n_effects, sizeof *round->tied);
  if (round->tied == NULL) return fsim_no_memory(report);
  for (size_t i = 0; i < s->n_effects; i++) {
    const fsim_lever_effect *e = &s->effects[i];
    if (e == best->effect || e->refused != NULL || isnan(e->first) || !e->tied) continue;
    round->tied[round->n_tied] = copy(e->lever);
    if (round->tied[round->n_tied++] == NULL) return fsim_no_memory(report);
  }
  return FSIM_OK;
}

static int note_round(const fsim_sensitivity *s, const choice *best, fsim_next_round *round,
                      fsim_report *report) {
  round->base = s->values[0];
  round->gain = round->at_start = fsim_interval_none();
  round->first = NAN;
  if (best->effect == NULL) return FSIM_OK;
  round->gain = *best->change;
  round->first = best->effect->first;
  round->lever = copy(best->effect->lever);
  round->kind = copy(best->effect->kind);
  round->value = copy(best->effect->value);
  round->step = copy(best->step);
  if (!round->lever || !round->kind || !round->value || !round->step) return fsim_no_memory(report);
  return note_ties(s, best, round, report);
}

/* `plan` becomes itself with the step. */
static int take_step(const fsim_next_round *round, fsim_report *report, fsim_variant *plan) {
  fsim_text set = {0};
  fsim_text_append(&set, "%s=%s", round->lever, round->step);
  if (set.failed) {
    free(set.text);
    return fsim_no_memory(report);
  }
  fsim_variant after;
  const char *sets[] = {set.text};
  int status = fsim_variant_derive(plan, plan->name, sets, 1, report, &after);
  free(set.text);
  fsim_variant_free(plan);
  *plan = after;
  return status;
}

/* The same step among those of the first round. */
static fsim_interval gain_at_start(const fsim_sensitivity *start, const fsim_next_round *round) {
  for (size_t i = 0; i < start->n_effects && round->lever != NULL; i++) {
    const fsim_lever_effect *e = &start->effects[i];
    if (e->refused != NULL || strcmp(e->lever, round->lever) != 0) continue;
    if (strcmp(e->step, round->step) == 0) return e->change[0].change;
    if (e->back != NULL && strcmp(e->step_back, round->step) == 0) return e->back[0].change;
  }
  return fsim_interval_none();
}

/* *start: the first round's effects, made by it. */
static int make_round(fsim_next *next, const fsim_variant *plan,
                      const fsim_sensitivity_options *options, fsim_sensitivity **start,
                      fsim_report *report) {
  fsim_sensitivity *s = NULL;
  fsim_sensitivity_options steps_only = *options;
  steps_only.slopes = 0;
  int status = fsim_sensitivity_make(plan, &steps_only, report, &s);
  if (status == FSIM_OK) {
    choice best = best_step(s);
    fsim_next_round *round = &next->rounds[next->n++];
    next->replications = s->replications;
    next->confidence = s->confidence;
    status = note_round(s, &best, round, report);
    round->at_start = gain_at_start(*start != NULL ? *start : s, round);
  }
  if (status == FSIM_OK && next->name == NULL) {
    next->name = copy(s->names[0]);
    if (next->name == NULL) status = fsim_no_memory(report);
  }
  if (*start == NULL)
    *start = s;
  else
    fsim_sensitivity_free(s);
  return status;
}

int fsim_next_make(const fsim_variant *variant, const fsim_sensitivity_options *options,
                   size_t steps, fsim_report *report, fsim_next **made) {
  fsim_next *next = *made = fsim_zeroed(1, sizeof *next);
  if (next == NULL) return fsim_no_memory(report);
  next->variant = variant;
  next->rounds = fsim_zeroed(steps + 1, sizeof *next->rounds);
  if (next->rounds == NULL) return fsim_no_memory(report);
  fsim_variant plan = {0};
  fsim_sensitivity *start = NULL;
  int status = FSIM_OK;
  for (size_t k = 0; k <= steps && status == FSIM_OK; k++) {
    status = make_round(next, k == 0 ? variant : &plan, options, &start, report);
    if (status != FSIM_OK) break;
    fsim_next_round *round = &next->rounds[k];
    if (round->lever == NULL || k == steps) break;
    round->taken = true;
    if (k == 0) status = fsim_variant_derive(variant, variant->name, NULL, 0, report, &plan);
    if (status == FSIM_OK) status = take_step(round, report, &plan);
  }
  fsim_variant_free(&plan);
  fsim_sensitivity_free(start);
  if (status == FSIM_OK)
    status =
        fsim_measure_make(variant->scenario, variant->shape, next->name, report, &next->measure);
  return status;
}

void fsim_next_free(fsim_next *next) {
  if (next == NULL) return;
  for (size_t k = 0; k < next->n; k++) {
    fsim_next_round *round = &next->rounds[k];
    free(round->lever);
    free(round->kind);
    free(round->value);
    free(round->step);
    for (size_t i = 0; i < round->n_tied; i++) free(round->tied[i]);
    free(round->tied);
  }
  free(next->rounds);
  free(next->name);
  fsim_measure_free(&next->measure);
  free(next);
}
