#include "analysis/decide/score.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/decide/difference.h"
#include "analysis/decide/reach.h"
#include "sim/base/array.h"
#include "sim/base/text.h"
#include "sim/model/chain.h"

#define STEP 0.01 /* of the lever, to see which chances it moves and how much */
#define ALARM 4.0 /* standard errors */

/* A count of the record, what the score has of each, and the information that each brings. */
typedef struct term {
  fsim_measure count;
  double weight, information;
} term;

typedef struct scoring {
  const fsim_variant *variant;
  const fsim_score_options *options;
  fsim_report *report;
  term *terms; /* of all levers, one behind the other */
  size_t n_terms, capacity;
} scoring;

/* The terms of one lever. */
typedef struct lever_terms {
  size_t first, n;
  double expected; /* is taken off */
} lever_terms;

/* ---- which draws a lever moves ---- */

static int add_term(scoring *x, const size_t *cells, const fsim_cells *arrays, size_t n,
                    double weight, double information) {
  void *terms = x->terms;
  if (fsim_grow(&terms, &x->capacity, x->n_terms + 1, sizeof *x->terms) != 0)
    return fsim_no_memory(x->report);
  x->terms = terms;
  term *t = &x->terms[x->n_terms++];
  *t = (term){.count = {.scale = 1}, .weight = weight, .information = information};
  t->count.top = fsim_zeroed(n, sizeof *t->count.top);
  if (t->count.top == NULL) return fsim_no_memory(x->report);
  for (size_t i = 0; i < n; i++) t->count.top[i] = (fsim_metric_cell){arrays[i], cells[i]};
  t->count.n_top = n;
  return FSIM_OK;
}

/* Chances of a stage for leads of a profile: now, and how they move with the log of the lever. */
static bool chance(const fsim_variant *now, const fsim_scenario *more, const fsim_scenario *less,
                   size_t profile, size_t stage, size_t exit, double *p, double *slope) {
  *p = fsim_stage_law_of(now->scenario, 0, profile, stage)->probability[exit];
  *slope = (fsim_stage_law_of(more, 0, profile, stage)->probability[exit] -
            fsim_stage_law_of(less, 0, profile, stage)->probability[exit]) /
           (2 * STEP);
  return *p > 0 || *slope == 0;
}

static bool alike(const fsim_variant *now, const fsim_scenario *more, const fsim_scenario *less,
                  size_t a, size_t b, size_t stage) {
  for (size_t k = 0; k < now->scenario->stages[stage].n_exits; k++) {
    double p, slope, q, other;
    chance(now, more, less, a, stage, k, &p, &slope);
    chance(now, more, less, b, stage, k, &q, &other);
    if (p != q || fabs(slope - other) > 1e-12) return false;
  }
  return true;
}

/* The attribute by which the chances differ: n_attributes: none; SIZE_MAX: several. */
static size_t deciding_attribute(const fsim_variant *now, const fsim_scenario *more,
                                 const fsim_scenario *less, size_t stage) {
  const fsim_scenario *s = now->scenario;
  for (size_t a = s->n_attributes + 1; a-- > 0;) {
    bool decides = true;
    for (size_t p = 1; p < s->n_profiles && decides; p++) {
      for (size_t q = 0; q < p && decides; q++) {
        bool same_value =
            a == s->n_attributes || fsim_profile_value(s, p, a) == fsim_profile_value(s, q, a);
        decides = !same_value || alike(now, more, less, p, q, stage);
      }
    }
    if (decides) return a;
  }
  return SIZE_MAX;
}

static int add_exits(scoring *x, const fsim_scenario *more, const fsim_scenario *less, size_t stage,
                     size_t profile, size_t group, const char **why_not) {
  const fsim_shape *shape = x->variant->shape;
  size_t n = x->variant->scenario->stages[stage].n_exits, groups = shape->dim[FSIM_DIM_GROUP];
  double information = 0;
  for (size_t k = 0; k < n; k++) {
    double p, slope;
    if (!chance(x->variant, more, less, profile, stage, k, &p, &slope)) {
      *why_not = "an exit that is never taken tells nothing of where it leads";
      return FSIM_OK;
    }
    information += p > 0 ? slope * slope / p : 0;
  }
  int status = FSIM_OK;
  for (size_t k = 0; k < n && status == FSIM_OK; k++) {
    double p, slope;
    chance(x->variant, more, less, profile, stage, k, &p, &slope);
    size_t cell = fsim_exit_slot(shape, stage, FSIM_BY_EXIT, k) * groups + group;
    const size_t cells[] = {cell, cell};
    const fsim_cells arrays[] = {FSIM_EXITED, FSIM_WOULD_EXIT};
    status = add_term(x, cells, arrays, 2, p > 0 ? slope / p : 0, information);
  }
  return status;
}

static const char *exits_refused(const fsim_scenario *s, size_t stage) {
  const fsim_funnel *funnel = &s->funnels[s->stages[stage].funnel];
  if (s->stages[stage].race) return "exits race";
  for (size_t p = 0; p < s->n_profiles; p++) {
    const fsim_stage_law *law = fsim_stage_law_of(s, 0, p, stage);
    if (law->wait_effect.set) return "chances change with the queue";
    for (size_t k = 1; k < s->stages[stage].n_exits; k++)
      if (!fsim_equal_laws(law->waits[k], law->waits[0])) return "exits have waits of their own";
    for (size_t i = funnel->first_stage; i < (size_t)funnel->first_stage + funnel->n_stages; i++)
      if (fsim_stage_law_of(s, 0, p, i)->drop.set) return "ages of dropping move along";
  }
  return NULL;
}

static int add_stage(scoring *x, const fsim_scenario *more, const fsim_scenario *less, size_t stage,
                     const char **why_not) {
  const fsim_scenario *s = x->variant->scenario;
  *why_not = exits_refused(s, stage);
  if (*why_not != NULL) return FSIM_OK;
  size_t attribute = deciding_attribute(x->variant, more, less, stage);
  if (attribute == SIZE_MAX) *why_not = "chances differ by several attributes";
  if (*why_not != NULL) return FSIM_OK;
  if (attribute == s->n_attributes) return add_exits(x, more, less, stage, 0, 0, why_not);
  int status = FSIM_OK;
  for (size_t v = 0; v < s->attributes[attribute].n_values && status == FSIM_OK; v++) {
    size_t p = 0;
    while (fsim_profile_value(s, p, attribute) != v) p++;
    size_t group = x->variant->shape->groups_of_profile[p * s->n_attributes + attribute];
    status = add_exits(x, more, less, stage, p, group, why_not);
  }
  return status;
}

static int add_stream(scoring *x, size_t stream, double factor, lever_terms *lever,
                      const char **why_not) {
  const fsim_stream *from = &x->variant->scenario->streams[stream];
  if (from->spacing != FSIM_POISSON || from->day_cv > 0 || from->n_given > 0)
    *why_not = "the stream is not Poisson";
  else if (fabs(factor - 1 - STEP) > 1e-6)
    *why_not = "the lever is not the whole rate of the stream";
  if (*why_not != NULL) return FSIM_OK;
  size_t cell = stream * x->variant->shape->dim[FSIM_DIM_GROUP];
  const fsim_cells array = FSIM_ARRIVED;
  lever->expected = fsim_stream_leads(x->variant->scenario, from);
  return add_term(x, &cell, &array, 1, 1, 1);
}

static int derive(const fsim_variant *variant, const fsim_step *step, double factor,
                  fsim_report *report, fsim_variant *plan, bool *made) {
  fsim_text set = {0};
  fsim_report *own = fsim_report_new();
  fsim_text_append(&set, "%s=x%.4g", step->lever->path, factor);
  int status = set.failed || own == NULL ? fsim_no_memory(report) : FSIM_OK;
  *made = false;
  if (status == FSIM_OK) {
    const char *sets[] = {set.text};
    *made = fsim_variant_derive(variant, variant->name, sets, 1, own, plan) == FSIM_OK;
  }
  free(set.text);
  fsim_report_free(own);
  return status;
}

static int find_terms(scoring *x, const fsim_step *step, lever_terms *lever, const char **why_not) {
  fsim_variant more = {0}, less = {0};
  bool made_more = false, made_less = false;
  int status = derive(x->variant, step, 1 + STEP, x->report, &more, &made_more);
  if (status == FSIM_OK) status = derive(x->variant, step, 1 - STEP, x->report, &less, &made_less);
  fsim_lone_change up, down;
  lever->first = x->n_terms;
  if (status != FSIM_OK) {
  } else if (!made_more || !made_less) {
    *why_not = "the lever cannot be moved by 1 % both ways";
  } else if (!fsim_lone_change_find(x->variant->scenario, more.scenario, &up) ||
             !fsim_lone_change_find(x->variant->scenario, less.scenario, &down) ||
             up.stage != down.stage || up.stream != down.stream) {
    *why_not = "it moves more than chances of exits or a rate";
  } else if (up.stage != SIZE_MAX) {
    status = add_stage(x, more.scenario, less.scenario, up.stage, why_not);
  } else {
    status = add_stream(x, up.stream, up.factor, lever, why_not);
  }
  lever->n = x->n_terms - lever->first;
  fsim_variant_free(&more);
  fsim_variant_free(&less);
  return status;
}

/* ---- covariances ---- */

/* All draws count, also those of the warm-up: the same replications, counted from the start. */
static int count_draws(const scoring *x, fsim_outputs *counts) {
  fsim_measure *measures = fsim_zeroed(x->n_terms, sizeof *measures);
  if (measures == NULL) return fsim_no_memory(x->report);
  for (size_t t = 0; t < x->n_terms; t++) measures[t] = x->terms[t].count;
  fsim_scenario whole = *x->variant->scenario; /* a view: owns nothing */
  fsim_variant from_start = *x->variant;
  whole.warm_up_s = 0;
  from_start.scenario = &whole;
  fsim_outputs_options run = {.threads = x->options->threads};
  int status = fsim_outputs_run(&from_start, measures, x->n_terms, x->options->base->replications,
                                &run, x->report, counts);
  free(measures);
  return status;
}

/* Within so many standard errors of what the theory says? */
static const char *alarm_of(const double *score, double information, size_t n) {
  fsim_moments m = fsim_moments_of(score, n);
  double count = (double)n;
  if (!(m.variance > 0)) return "nothing was drawn";
  if (fabs(m.mean) > ALARM * sqrt(m.variance / count)) return "alarm: the mean score is not 0";
  if (fabs(m.variance - information) > ALARM * information * sqrt(2 / (count - 1)))
    return "alarm: the variance of the score is not its information";
  return NULL;
}

/* The covariance is the slope of y on the score times the score's variance, which is known: its
 * information. Taken so, what y and the score have in common brings no noise; the covariance of the
 * sample would be skewed by it, and its interval too narrow (rates: 90 % in place of 95 %).
 * Pseudo-values of the jackknife, also of the ratio to the mean of y. */
static void leave_out(const double *y, const double *score, size_t n, double information,
                      double *slope, double *elasticity) {
  double count = (double)n, mean = fsim_moments_of(y, n).mean;
  double about = fsim_moments_of(score, n).mean, cross = 0, square = 0;
  for (size_t i = 0; i < n; i++) {
    cross += (y[i] - mean) * (score[i] - about);
    square += (score[i] - about) * (score[i] - about);
  }
  double all = information * cross / square;
  for (size_t i = 0; i < n; i++) {
    double from = (score[i] - about) * count / (count - 1);
    double rest =
        information * (cross - (y[i] - mean) * from) / (square - (score[i] - about) * from);
    double mean_rest = (count * mean - y[i]) / (count - 1);
    slope[i] = count * all - (count - 1) * rest;
    elasticity[i] = count * all / mean - (count - 1) * rest / mean_rest;
  }
}

static int score_lever(const scoring *x, const lever_terms *lever, const fsim_outputs *counts,
                       double confidence, fsim_score *made) {
  const fsim_score_options *o = x->options;
  uint32_t n = o->base->replications;
  double *memory = fsim_zeroed(4 * (size_t)n, sizeof *memory), information = 0;
  if (memory == NULL) return fsim_no_memory(x->report);
  double *y = memory, *score = memory + n, *slope = memory + 2 * (size_t)n;
  double *elasticity = memory + 3 * (size_t)n;
  size_t units = fsim_unit_values(o->base, o->measure, o->number, n, false, y);
  for (uint32_t r = 0; r < n; r++) score[r] = -lever->expected;
  for (size_t t = lever->first; t < lever->first + lever->n; t++) {
    const double *count = fsim_outputs_top(counts, t);
    for (uint32_t r = 0; r < n; r++) {
      score[r] += x->terms[t].weight * count[r];
      information += x->terms[t].information * count[r] / n;
    }
  }
  if (lever->expected > 0) information = lever->expected;
  made->why_not = units < 4 ? "too few replications" : alarm_of(score, information, n);
  if (made->why_not == NULL) {
    leave_out(y, score, units, information, slope, elasticity);
    made->slope = fsim_interval_mean(slope, units, confidence);
    if (fsim_moments_of(y, units).mean != 0)
      made->elasticity = fsim_interval_mean(elasticity, units, confidence);
  }
  free(memory);
  return FSIM_OK;
}

static const char *scenario_refused(const fsim_scenario *s) {
  if (s->uncertain) return "numbers are uncertain";
  if (s->n_versions > 1 || s->n_changes > 0) return "laws change on dates";
  if (fsim_has_open_deals(s)) return "deals are open at the start";
  return NULL;
}

int fsim_scores_make(const fsim_variant *variant, const fsim_step *steps, size_t n,
                     const fsim_score_options *options, fsim_report *report, fsim_score *scores) {
  scoring x = {.variant = variant, .options = options, .report = report};
  lever_terms *levers = fsim_zeroed(n, sizeof *levers);
  fsim_outputs counts = {0};
  const char *refused = scenario_refused(variant->scenario);
  int status = levers == NULL ? fsim_no_memory(report) : FSIM_OK;
  for (size_t i = 0; i < n && status == FSIM_OK; i++) {
    const char *kind = steps[i].lever->kind;
    bool may_be = strcmp(kind, "probability") == 0 || strcmp(kind, "rate") == 0;
    scores[i] = (fsim_score){refused, fsim_interval_none(), fsim_interval_none()};
    if (refused == NULL && !may_be) scores[i].why_not = "only chances and rates have one";
    if (scores[i].why_not == NULL)
      status = find_terms(&x, &steps[i], &levers[i], &scores[i].why_not);
  }
  if (status == FSIM_OK && x.n_terms > 0) status = count_draws(&x, &counts);
  const double *own = options->confidence_of;
  for (size_t i = 0; i < n && status == FSIM_OK; i++)
    if (scores[i].why_not == NULL)
      status = score_lever(&x, &levers[i], &counts, own ? own[i] : options->confidence, &scores[i]);
  for (size_t t = 0; t < x.n_terms; t++) fsim_measure_free(&x.terms[t].count);
  free(x.terms);
  free(levers);
  fsim_outputs_free(&counts);
  return status;
}
