#include "analysis/decide/goal_plan.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/decide/goal_search.h"
#include "analysis/decide/precision.h"
#include "sim/base/array.h"
#include "sim/base/quantity.h"
#include "sim/base/text.h"

/* ---- the classical plan ---- */

/* Leads that a stream brings: its rate, and those of its campaigns. Dated leads and open deals are
 * as they are. */
static bool brings_leads(const fsim_lever *lever) {
  static const char *const ends[] = {".rate", ".leads"};
  size_t length = strlen(lever->path);
  if (strncmp(lever->path, "streams.", 8) != 0) return false;
  for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
    size_t end = strlen(ends[i]);
    if (length > end && strcmp(lever->path + length - end, ends[i]) == 0) return true;
  }
  return false;
}

/* sets[n]: every stream's leads times `stretch`; the caller frees. */
static int stretch_leads(const fsim_variant *variant, double stretch, fsim_report *report,
                         char ***sets, size_t *n) {
  const fsim_lever *levers;
  size_t n_levers;
  *sets = NULL;
  *n = 0;
  int status = fsim_source_levers(variant->source, report, &levers, &n_levers);
  if (status != FSIM_OK) return status;
  *sets = fsim_zeroed(n_levers, sizeof **sets);
  if (*sets == NULL) return fsim_no_memory(report);
  for (size_t i = 0; i < n_levers; i++) {
    fsim_text set = {0};
    if (!brings_leads(&levers[i])) continue;
    fsim_text_append(&set, "%s=x%.10g", levers[i].path, stretch);
    (*sets)[(*n)++] = set.text;
    if (set.failed) return fsim_no_memory(report);
  }
  return FSIM_OK;
}

/* From the target back by average conversions: so many more leads. It ends at about every second
 * success, since an average is what is missed half of the time. */
static int classical(const fsim_goal_search *s) {
  fsim_goal_plan *p = s->plan;
  double now = p->tried[0].mean.estimate;
  p->stretch = NAN;
  p->classic = (fsim_tried){.reached = fsim_interval_none(), .mean = fsim_interval_none()};
  if (p->measure.ratio || !(now > 0) || !p->goal.at_least || !(p->goal.value > 0)) return FSIM_OK;
  char **sets = NULL;
  size_t n = 0;
  int status = stretch_leads(p->variant, p->goal.value / now, s->report, &sets, &n);
  if (status == FSIM_OK && n > 0) {
    fsim_plan_job *job = fsim_zeroed(1, sizeof *job);
    if (job == NULL) {
      status = fsim_no_memory(s->report);
    } else {
      job->also = (const char *const *)sets;
      job->n_also = n;
      status = fsim_goal_run(s, job, &p->classic, 1);
      fsim_plan_jobs_free(job, 1, 2);
    }
    p->stretch = p->goal.value / now;
  }
  if (sets != NULL) fsim_goal_free_sets(sets, n);
  return status;
}

/* ---- all of it ---- */

/* 8 may be meant in percent, 0.08 not; and nothing else than a share is in percent. */
static int check_share(const fsim_goal_plan *p, fsim_report *report) {
  const bool share = p->measure.share;
  char number[40];
  if (p->goal.percent && !share)
    return fsim_bad_input(report, FSIM_NOWHERE, "--target %s: %s is no share: leave out the %%",
                          p->goal.text, p->goal.metric);
  if (share && !p->goal.per_time && p->goal.value > 1 && !p->goal.percent)
    return fsim_bad_input(
        report, FSIM_NOWHERE, "--target %s: %s is a share, which is 1 at most: write '%s %s %s %%'",
        p->goal.text, p->goal.metric, p->goal.metric, p->goal.at_least ? ">=" : "<=",
        fsim_format_figures(p->goal.value, 6, number, sizeof number));
  if (share && p->goal.value > 1)
    return fsim_bad_input(report, FSIM_NOWHERE,
                          "--target %s: %s is a share, of which 100 %% is the most", p->goal.text,
                          p->goal.metric);
  return FSIM_OK;
}

/* 28 wins may be meant a week or a month, or in all: nobody is to guess. */
static int check_period(const fsim_goal_plan *p, fsim_report *report) {
  bool flow = strstr(p->measure.units, "/ w") != NULL;
  if (flow && !p->goal.per_time)
    return fsim_bad_input(report, FSIM_NOWHERE,
                          "--target %s: %s is so much per time: add '/ w', '/ month', '/ quarter' "
                          "or '/ year'",
                          p->goal.text, p->goal.metric);
  if (!flow && p->goal.per_time)
    return fsim_bad_input(report, FSIM_NOWHERE,
                          "--target %s: %s is nothing per time: leave out what follows the number",
                          p->goal.text, p->goal.metric);
  return FSIM_OK;
}

static int prepare(fsim_goal_search *s) {
  fsim_goal_plan *p = s->plan;
  const fsim_goal_options *o = s->options;
  const fsim_scenario *scenario = p->variant->scenario;
  p->probability = o->probability > 0 ? o->probability : 0.8;
  p->confidence = o->confidence > 0 ? o->confidence : scenario->confidence;
  p->replications = o->replications;
  p->answer = p->nearest = p->busiest = SIZE_MAX;
  p->low = p->high = NAN;
  if (p->replications == 0) {
    fsim_outputs_options run = {.threads = o->threads};
    int found = fsim_replications_of(p->variant, &run, s->report, &p->replications);
    if (found != FSIM_OK) return found;
  }
  if (scenario->uncertain) p->replications += p->replications % 2;
  if (o->n_vary > FSIM_MOST_VARIED)
    return fsim_bad_input(s->report, FSIM_NOWHERE, "%zu levers to vary: at most %d", o->n_vary,
                          FSIM_MOST_VARIED);
  int status = fsim_goal_parse(o->target, s->report, &p->goal);
  if (status == FSIM_OK)
    status = fsim_measure_make(scenario, p->variant->shape, p->goal.metric, s->report, &p->measure);
  if (status == FSIM_OK) status = check_period(p, s->report);
  if (status == FSIM_OK) status = check_share(p, s->report);
  for (size_t v = 0; v < o->n_vary && status == FSIM_OK; v++) {
    status = fsim_vary_parse(p->variant, o->vary[v], s->report, &p->vary[v]);
    p->n_vary++;
  }
  return status;
}

static int find_dates(fsim_goal_plan *p, int threads, fsim_report *report) {
  double weeks = fsim_window_s(p->variant->scenario) / FSIM_WEEK;
  if (!p->goal.at_least || !fsim_has_dates(&p->measure)) return FSIM_OK;
  double wanted = p->goal.value * weeks;
  bool counts = p->measure.top[0].array == FSIM_ENDED;
  return fsim_dates_make(p->variant, &p->measure, counts ? ceil(wanted - 1e-9) : wanted,
                         p->confidence, p->replications, threads, report, &p->dates);
}

static void find_nearest(fsim_goal_plan *p) {
  for (size_t i = 0; i < p->n_tried; i++) {
    const fsim_tried *tried = &p->tried[i],
                     *best = &p->tried[p->nearest == SIZE_MAX ? i : p->nearest];
    if (tried->refused != NULL) continue;
    const double likelier = tried->reached.estimate - best->reached.estimate;
    double nearer = tried->mean.estimate - best->mean.estimate;
    if (!p->goal.at_least) nearer = -nearer;
    if (p->nearest == SIZE_MAX || likelier > 0 || (likelier == 0 && nearer > 0)) p->nearest = i;
  }
}

int fsim_goal_plan_make(const fsim_variant *variant, const fsim_goal_options *options,
                        fsim_report *report, fsim_goal_plan **plan) {
  fsim_goal_plan *p = *plan = fsim_zeroed(1, sizeof *p);
  if (p == NULL) return fsim_no_memory(report);
  p->variant = variant;
  fsim_goal_search s = {p, options, report};
  int status = prepare(&s);
  if (status != FSIM_OK) return status;
  double now[1][FSIM_MOST_VARIED] = {{0}};
  for (size_t v = 0; v < p->n_vary; v++) now[0][v] = p->vary[v].now;
  status = fsim_goal_try(&s, now, 1);
  if (status == FSIM_OK && p->tried[0].refused != NULL)
    status = fsim_bad_input(report, FSIM_NOWHERE, "%s", p->tried[0].refused);
  if (status == FSIM_OK && p->n_vary == 1) status = fsim_goal_solve_one(&s);
  if (status == FSIM_OK && p->n_vary > 1) status = fsim_goal_solve_mix(&s);
  find_nearest(p);
  if (status == FSIM_OK) status = fsim_goal_judge_again(&s);
  if (status == FSIM_OK) status = fsim_goal_find_busiest(&s);
  if (status == FSIM_OK) status = classical(&s);
  if (status == FSIM_OK && !isnan(p->stretch))
    status = fsim_needs_make(variant, p->goal.metric, p->goal.value, p->replications,
                             options->threads, report, &p->needs, &p->n_needs);
  if (status == FSIM_OK) status = find_dates(p, options->threads, report);
  return status;
}

void fsim_goal_plan_free(fsim_goal_plan *p) {
  if (p == NULL) return;
  for (size_t i = 0; i < p->n_tried; i++) free(p->tried[i].refused);
  free(p->tried);
  free(p->needs);
  fsim_dates_free(&p->dates);
  free(p->classic.refused);
  free(p->again.refused);
  fsim_measure_free(&p->measure);
  fsim_goal_free(&p->goal);
  free(p);
}
