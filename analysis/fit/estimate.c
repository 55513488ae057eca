#include "analysis/fit/estimate.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/fit/expire.h"
#include "analysis/fit/week_frailty.h"
#include "sim/base/array.h"
#include "sim/base/quantity.h"

void fsim_fitted_free(fsim_fitted_funnel *fitted) {
  for (size_t s = 0; s < fitted->n_stages; s++) {
    free(fitted->stage[s].name);
    fsim_hazard_free(&fitted->stage[s].hazard);
    fsim_stage_fit_free(fitted->stage[s].laws);
    fsim_stage_fit_free(fitted->stage[s].refused);
  }
  for (size_t o = 0; o < fitted->n_outcomes; o++) free(fitted->outcome[o]);
  for (size_t s = 0; s < fitted->n_stages && fitted->segments != NULL; s++)
    fsim_stage_segments_free(&fitted->segments[s]);
  free(fitted->segments);
  fsim_value_segments_free(&fitted->value_segments);
  fsim_attributes_free(&fitted->attributes);
  free(fitted->stage);
  free(fitted->outcome);
  free(fitted->name);
  free(fitted->value);
  fsim_stays_free(&fitted->stays);
  fsim_week_pace_free(fitted->pace);
  fsim_week_pace_free(fitted->quiet_pace);
  *fitted = (fsim_fitted_funnel){0};
}

/* ---- names ---- */

static bool is_taken(const char *name, char *const *taken, size_t n_taken) {
  for (size_t i = 0; i < n_taken; i++) {
    if (taken[i] != NULL && strcmp(taken[i], name) == 0) return true;
  }
  return false;
}

char *fsim_model_name(const char *name, char *const *taken, size_t n_taken) {
  fsim_text text = {0};
  for (const char *c = name; *c != '\0'; c++) {
    bool plain = isalnum((unsigned char)*c) && (unsigned char)*c < 128;
    if (plain)
      fsim_text_append(&text, "%c", tolower((unsigned char)*c));
    else if (text.length > 0 && text.text[text.length - 1] != '-')
      fsim_text_append(&text, "-");
  }
  while (text.length > 0 && text.text[text.length - 1] == '-') text.text[--text.length] = '\0';
  if (text.length == 0 || !isalpha((unsigned char)text.text[0])) {
    fsim_text led = {0};
    fsim_text_append(&led, "x%s%s", text.length > 0 ? "-" : "", text.length > 0 ? text.text : "");
    free(text.text);
    text = led;
  }
  const size_t stem = text.length;
  for (int k = 2; !text.failed && is_taken(text.text, taken, n_taken); k++) {
    text.length = stem;
    fsim_text_append(&text, "-%d", k);
  }
  if (!text.failed) return text.text;
  free(text.text);
  return NULL;
}

static int name_all(const fsim_log *log, fsim_fitted_funnel *f, fsim_report *report) {
  const fsim_log_funnel *of = &log->funnels[f->stays.funnel];
  f->name = fsim_model_name(of->name, NULL, 0);
  f->n_outcomes = of->outcomes.n;
  f->outcome = fsim_zeroed(f->n_outcomes, sizeof *f->outcome);
  char **taken = fsim_zeroed(f->n_outcomes + f->n_stages, sizeof *taken);
  int status = f->name && f->outcome && taken ? FSIM_OK : fsim_no_memory(report);
  for (size_t o = 0; o < f->n_outcomes && status == FSIM_OK; o++) {
    f->outcome[o] = taken[o] = fsim_model_name(of->outcomes.name[o], taken, o);
    if (taken[o] == NULL) status = fsim_no_memory(report);
  }
  for (size_t s = 0; s < f->n_stages && status == FSIM_OK; s++) {
    size_t n = f->n_outcomes + s;
    f->stage[s].name = taken[n] = fsim_model_name(f->stays.stage[s].name, taken, n);
    if (taken[n] == NULL) status = fsim_no_memory(report);
  }
  free(taken);
  return status;
}

/* ---- stages ---- */

static int fit_stage(fsim_fitted_funnel *f, size_t s, bool profile, fsim_report *report) {
  fsim_hazard_free(&f->stage[s].hazard);
  return fsim_hazard_fit(&f->stays.stage[s], f->stays.by_day, profile, report, &f->stage[s].hazard);
}

/* With factors for the months of the quarter where these are real, else without. */
static int fit_with_calendar(fsim_fitted_funnel *f, size_t s, fsim_report *report, bool *real) {
  int status = fit_stage(f, s, true, report);
  if (status == FSIM_OK)
    status = fsim_hazard_profile_is_real(&f->stays.stage[s], &f->stage[s].hazard, f->stays.by_day,
                                         report, real);
  if (status == FSIM_OK && !*real) status = fit_stage(f, s, false, report);
  return status;
}

static int grow_stages(fsim_fitted_funnel *f, fsim_report *report) {
  fsim_fitted_stage *grown = realloc(f->stage, (f->n_stages + 1) * sizeof *grown);
  if (grown == NULL) return fsim_no_memory(report);
  f->stage = grown;
  f->stage[f->n_stages++] = (fsim_fitted_stage){0};
  return FSIM_OK;
}

static int copy_stage(const fsim_stage_stays *from, fsim_report *report, fsim_stage_stays *to) {
  *to = (fsim_stage_stays){.name = fsim_copy_text(from->name, strlen(from->name)),
                           .exit = fsim_zeroed(from->n_exits, sizeof *to->exit),
                           .n_exits = from->n_exits,
                           .stay = fsim_zeroed(from->n, sizeof *to->stay),
                           .n = from->n,
                           .capacity = from->n};
  if (to->name == NULL || to->exit == NULL || to->stay == NULL) return fsim_no_memory(report);
  memcpy(to->exit, from->exit, from->n_exits * sizeof *to->exit);
  memcpy(to->stay, from->stay, from->n * sizeof *to->stay);
  return FSIM_OK;
}

static int profile_is_real(const fsim_stage_stays *stage, bool by_day, fsim_report *report,
                           bool *real) {
  fsim_hazard hazard;
  int status = fsim_hazard_fit(stage, by_day, true, report, &hazard);
  if (status == FSIM_OK) status = fsim_hazard_profile_is_real(stage, &hazard, by_day, report, real);
  fsim_hazard_free(&hazard);
  return status;
}

/* Whether the calendar acts on one of the two parts of a stage cut at this age. */
static int parts_have_profile(const fsim_stage_stays *stage, bool by_day, int64_t age,
                              fsim_report *report, bool *real) {
  fsim_funnel_stays trial = {.stage = fsim_zeroed(1, sizeof *trial.stage), .by_day = by_day};
  bool first = false, later = false;
  int status = trial.stage == NULL ? fsim_no_memory(report) : FSIM_OK;
  if (status == FSIM_OK) {
    trial.n_stages = 1;
    status = copy_stage(stage, report, trial.stage);
  }
  if (status == FSIM_OK) status = fsim_stays_split(&trial, 0, age, report);
  if (status == FSIM_OK) status = profile_is_real(&trial.stage[0], by_day, report, &first);
  if (status == FSIM_OK) status = profile_is_real(&trial.stage[1], by_day, report, &later);
  *real = first || later;
  fsim_stays_free(&trial);
  return status;
}

/* Deals that are young in a stage and old ones may be treated differently by the calendar: then it
 * is cut into two stages. */
static int fit_two_parts(fsim_fitted_funnel *f, size_t s, fsim_report *report) {
  double best;
  int status = fsim_hazard_cut(&f->stays.stage[s], f->stays.by_day, report, &best);
  int64_t age = (int64_t)(floor(best / FSIM_DAY) * FSIM_DAY);
  bool real = false;
  if (status != FSIM_OK || age <= 0) return status;
  status = parts_have_profile(&f->stays.stage[s], f->stays.by_day, age, report, &real);
  if (status != FSIM_OK || !real) return status;
  size_t later = f->n_stages;
  status = grow_stages(f, report);
  if (status == FSIM_OK) status = fsim_stays_split(&f->stays, s, age, report);
  if (status != FSIM_OK) return status;
  status = fit_with_calendar(f, s, report, &real);
  if (status == FSIM_OK) status = fit_with_calendar(f, later, report, &real);
  return status;
}

/* Time-outs become rules: only outcomes that are no win can be one. */
static int find_time_outs(const fsim_log *log, fsim_fitted_funnel *f, fsim_report *report) {
  const fsim_log_funnel *of = &log->funnels[f->stays.funnel];
  int status = FSIM_OK;
  for (size_t s = 0; s < f->n_stages && status == FSIM_OK; s++) {
    fsim_stage_stays *stage = &f->stays.stage[s];
    bool *may = fsim_zeroed(stage->n_exits + 1, sizeof *may);
    if (may == NULL) return fsim_no_memory(report);
    for (size_t x = 0; x < stage->n_exits; x++)
      may[x] = stage->exit[x].outcome && !of->wins[stage->exit[x].index];
    fsim_time_out rule;
    status = fsim_find_time_out(stage, may, f->stays.by_day, report, &rule);
    if (status == FSIM_OK && rule.after > 0) fsim_stays_expire(stage, &rule);
    free(may);
  }
  return status;
}

static int fit_stages(fsim_fitted_funnel *f, bool calendar, fsim_report *report) {
  const size_t n = f->n_stages;
  int status = FSIM_OK;
  for (size_t s = 0; s < n && status == FSIM_OK; s++) {
    bool real = false;
    const bool waits = calendar && !f->stage[s].is_work;
    status = waits ? fit_with_calendar(f, s, report, &real) : fit_stage(f, s, false, report);
    if (status == FSIM_OK && waits && f->stays.stage[s].expire_after == 0)
      status = fit_two_parts(f, s, report);
  }
  return status;
}

static bool any_seen(const fsim_fitted_funnel *f, int64_t since) {
  for (size_t s = 0; s < f->n_stages; s++) {
    for (size_t i = 0; i < f->stays.stage[s].n; i++) {
      if (f->stays.stage[s].stay[i].to >= since) return true;
    }
  }
  return false;
}

/* What the calendar does is seen in all of the log; how fast deals move, in its last part. */
static int fit_since(fsim_fitted_funnel *f, int64_t since, fsim_report *report) {
  int status = FSIM_OK;
  if (since == FSIM_NO_TIME || since <= f->stays.begin) return FSIM_OK;
  if (!any_seen(f, since)) return FSIM_OK; /* the last that is known of it is older */
  fsim_stays_since(&f->stays, since);
  for (size_t s = 0; s < f->n_stages && status == FSIM_OK; s++)
    status = fsim_hazard_refit(&f->stays.stage[s], f->stays.by_day, report, &f->stage[s].hazard);
  return status;
}

/* ---- laws ---- */

/* Fewer ends prove no law. */
#define ENDS_FOR_LAWS 30
/* Largest distance from the data that laws may have: that of Kolmogorov's test at one in a hundred,
 * but no less than two in a hundred of all that enter, which no planner would notice. */
#define CHANCE_DISTANCE 1.63
#define SMALL_DISTANCE 0.02

static double count_ends(const fsim_stage_stays *stage, size_t exit) {
  double n = 0;
  for (size_t i = 0; i < stage->n; i++) n += stage->stay[i].exit == (int32_t)exit;
  return n;
}

/* Ages of ends are whole days, from noon to noon, others end at midnight. */
static double days_and_a_half(double age) {
  return (floor(age / FSIM_DAY) + 0.5) * FSIM_DAY;
}

static fsim_stay ages_in_days(const fsim_stay *exact) {
  const double from = exact->from > 0 ? days_and_a_half(exact->from) : -FSIM_DAY / 2;
  const double to = exact->exit != FSIM_NONE ? days_and_a_half(exact->to - FSIM_DAY / 2)
                                             : days_and_a_half(exact->to);
  return (fsim_stay){from, fmax(to, from), exact->exit, 1};
}

void fsim_stay_ages(const fsim_stage_stays *stage, bool by_day, fsim_stay *stay) {
  for (size_t i = 0; i < stage->n; i++) {
    const fsim_dated_stay *s = &stage->stay[i];
    stay[i] =
        (fsim_stay){fsim_stay_age(stage, s, s->from), fsim_stay_age(stage, s, s->to), s->exit, 1};
    if (by_day) stay[i] = ages_in_days(&stay[i]);
  }
}

static bool wants_laws(const fsim_fitted_funnel *f, size_t s) {
  const fsim_stage_stays *stage = &f->stays.stage[s];
  if (f->stage[s].hazard.profile || stage->later_age > 0 || stage->n_exits == 0) return false;
  double ends = 0;
  for (size_t x = 0; x < stage->n_exits; x++) {
    double own = count_ends(stage, x);
    if (own < 5) return false; /* an exit that is hardly ever seen has rates, no law */
    ends += own;
  }
  return ends >= ENDS_FOR_LAWS;
}

bool fsim_laws_are_close(double distance, double ends) {
  return distance <= fmax(SMALL_DISTANCE, CHANCE_DISTANCE / sqrt(ends));
}

static int fit_laws(fsim_fitted_funnel *f, size_t s, fsim_report *report) {
  const fsim_stage_stays *from = &f->stays.stage[s];
  fsim_fitted_stage *stage = &f->stage[s];
  fsim_stay *stay = fsim_zeroed(from->n, sizeof *stay);
  if (stay == NULL) return fsim_no_memory(report);
  fsim_stay_ages(from, f->stays.by_day, stay);
  const fsim_stays stays = {stay, from->n, from->n_exits, f->stays.by_day ? FSIM_DAY : 0};
  const fsim_fit_choice choice = {.mixtures_of_two = true, .may_never = true};
  double ends = 0;
  for (size_t x = 0; x < from->n_exits; x++) ends += count_ends(from, x);
  int status = fsim_choose_laws(&stays, &choice, report, &stage->laws);
  if (status == FSIM_OK) status = fsim_fit_distance(&stays, stage->laws, report, &stage->distance);
  free(stay);
  if (status == FSIM_OK && !fsim_laws_are_close(stage->distance, ends)) {
    stage->refused = stage->laws;
    stage->laws = NULL;
  }
  return status;
}

static bool is_instant(const fsim_stage_stays *stays) {
  for (size_t i = 0; i < stays->n; i++) {
    if (stays->stay[i].exit == FSIM_NONE || stays->stay[i].to > stays->stay[i].entered)
      return false;
  }
  return stays->n > 0 && stays->later_age == 0;
}

static void mark_instant(fsim_fitted_funnel *f) {
  for (size_t s = 0; s < f->n_stages; s++) f->stage[s].instant = is_instant(&f->stays.stage[s]);
}

static int fit_all_laws(fsim_fitted_funnel *f, bool wanted, fsim_report *report) {
  int status = FSIM_OK;
  for (size_t s = 0; s < f->n_stages && status == FSIM_OK; s++) {
    f->stage[s].distance = NAN;
    if (wanted && !f->stage[s].instant && !f->stage[s].is_work && wants_laws(f, s))
      status = fit_laws(f, s, report);
  }
  return status;
}

/* ---- the network as it was seen ---- */

bool fsim_fitted_leads_to(const fsim_fitted_funnel *f, size_t stage, size_t exit) {
  const fsim_hazard *h = &f->stage[stage].hazard;
  for (size_t p = 0; p < h->n_pieces; p++) {
    if (h->ends[p * h->n_exits + exit] > 0) return true;
  }
  return false;
}

/* Marks what can be reached from a marked stage, until nothing is new; `back`: what reaches one. */
static void spread(const fsim_fitted_funnel *f, bool *mark, bool back) {
  for (bool grew = true; grew;) {
    grew = false;
    for (size_t s = 0; s < f->n_stages; s++) {
      const fsim_stage_stays *stays = &f->stays.stage[s];
      for (size_t x = 0; x <= stays->n_exits; x++) {
        bool later = x == stays->n_exits;
        if (later ? stays->later_age == 0
                  : stays->exit[x].outcome || !fsim_fitted_leads_to(f, s, x))
          continue;
        size_t to = later ? stays->later : (size_t)stays->exit[x].index;
        bool *next = back ? &mark[s] : &mark[to];
        if (*next || !(back ? mark[to] : mark[s])) continue;
        *next = grew = true;
      }
    }
  }
}

/* A stage that gets an exit that is never taken must be a race: laws give every exit a share. */
static void drop_laws(fsim_fitted_stage *stage) {
  fsim_stage_fit_free(stage->laws);
  stage->laws = NULL;
}

static int mark_network(fsim_fitted_funnel *f, fsim_report *report) {
  bool *reached = fsim_zeroed(f->n_stages, sizeof *reached);
  bool *ends = fsim_zeroed(f->n_stages, sizeof *ends);
  if (reached == NULL || ends == NULL) {
    free(reached);
    free(ends);
    return fsim_no_memory(report);
  }
  reached[f->entry] = true;
  for (size_t s = 0; s < f->n_stages; s++) {
    ends[s] = f->stays.stage[s].expire_after > 0;
    for (size_t x = 0; x < f->stays.stage[s].n_exits; x++)
      ends[s] = ends[s] || (f->stays.stage[s].exit[x].outcome && fsim_fitted_leads_to(f, s, x));
  }
  spread(f, reached, false);
  spread(f, ends, true);
  for (size_t s = 0; s < f->n_stages; s++) {
    f->stage[s].unreached = !reached[s] && f->stays.stage[s].n > 0;
    f->stage[s].stuck = !ends[s];
    if (f->stage[s].unreached) drop_laws(&f->stage[f->entry]);
    if (f->stage[s].stuck) drop_laws(&f->stage[s]);
  }
  free(reached);
  free(ends);
  return FSIM_OK;
}

bool fsim_fitted_is_stale(const fsim_fitted_funnel *f, size_t s, const fsim_dated_stay *stay) {
  const int64_t limit = f->stays.stage[s].expire_after;
  return fsim_stay_age(&f->stays.stage[s], stay, stay->to) > f->stage[s].hazard.last_end &&
         (limit == 0 || stay->to - stay->entered >= limit);
}

static void count_open(fsim_fitted_funnel *f) {
  for (size_t s = 0; s < f->n_stages; s++) {
    fsim_fitted_stage *stage = &f->stage[s];
    const fsim_stage_stays *stays = &f->stays.stage[s];
    for (size_t i = 0; i < stays->n; i++) {
      const fsim_dated_stay *stay = &stays->stay[i];
      if (!fsim_stay_is_open(stays, stay)) continue;
      stage->n_open++;
      stage->n_stale += fsim_fitted_is_stale(f, s, stay);
    }
  }
}

/* The stage in which most cases begin. */
static int find_entry(const fsim_log *log, fsim_fitted_funnel *f, fsim_report *report) {
  if (f->stays.begins) {
    f->entry = f->n_stages - 1;
    return FSIM_OK;
  }
  size_t *begun = fsim_zeroed(f->n_stages, sizeof *begun);
  if (begun == NULL) return fsim_no_memory(report);
  for (size_t c = 0; c < log->n_cases; c++) {
    const fsim_case *which = &log->cases[c];
    if (which->funnel != (int32_t)f->stays.funnel) continue;
    begun[which->n_visits ? (size_t)log->visits[which->first_visit].stage : f->n_stages - 1]++;
  }
  for (size_t s = 1; s < f->n_stages; s++) {
    if (begun[s] > begun[f->entry]) f->entry = s;
  }
  free(begun);
  return FSIM_OK;
}

/* ---- values ---- */

static int compare_values(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static int take_values(const fsim_log *log, fsim_fitted_funnel *f, fsim_report *report) {
  const fsim_log_funnel *of = &log->funnels[f->stays.funnel];
  f->value = fsim_zeroed(log->n_cases, sizeof *f->value);
  if (f->value == NULL) return fsim_no_memory(report);
  for (size_t c = 0; c < log->n_cases; c++) {
    const fsim_case *which = &log->cases[c];
    if (which->funnel != (int32_t)f->stays.funnel || which->outcome == FSIM_NONE) continue;
    if (of->wins[which->outcome] && which->value >= 0) f->value[f->n_values++] = which->value;
  }
  qsort(f->value, f->n_values, sizeof *f->value, compare_values);
  return FSIM_OK;
}

/* ---- what exits are called ---- */

size_t fsim_outcome_of_never(const fsim_log_funnel *of) {
  for (size_t o = 0; o < of->outcomes.n; o++) {
    if (!of->wins[o]) return o;
  }
  return 0;
}

const char *fsim_fitted_exit_name(const fsim_fitted_funnel *f, size_t stage, size_t exit) {
  const fsim_stay_exit *e = &f->stays.stage[stage].exit[exit];
  return e->outcome ? f->outcome[e->index] : f->stage[e->index].name;
}

int fsim_estimate(const fsim_log *log, size_t funnel, const fsim_fit_options *options,
                  fsim_report *report, fsim_fitted_funnel *fitted) {
  *fitted = (fsim_fitted_funnel){.value_segments = {.attribute = SIZE_MAX}};
  int status = fsim_stays_of(log, funnel, report, &fitted->stays);
  for (size_t s = 0; s < fitted->stays.n_stages && status == FSIM_OK; s++)
    status = grow_stages(fitted, report);
  for (size_t s = 0; s < fitted->n_stages && status == FSIM_OK; s++)
    fitted->stage[s].is_work = options->n_plain_stages > 0 && s >= options->n_plain_stages &&
                               s < log->funnels[funnel].stages.n;
  if (status == FSIM_OK) status = find_entry(log, fitted, report);
  if (status == FSIM_OK) status = find_time_outs(log, fitted, report);
  if (status == FSIM_OK) status = fit_stages(fitted, options->calendar, report);
  if (status == FSIM_OK) mark_instant(fitted);
  if (status == FSIM_OK && !log->orders) status = fsim_find_weeks(log, report, fitted);
  if (status == FSIM_OK) status = fit_since(fitted, options->since, report);
  if (status == FSIM_OK) mark_instant(fitted);
  fitted->swing.n_weeks = fsim_log_weeks_of(fitted->stays.begin, log->end).n;
  if (status == FSIM_OK && !log->orders) status = fsim_fit_week_pace(log, report, fitted);
  if (status == FSIM_OK) status = fit_all_laws(fitted, options->laws, report);
  if (status == FSIM_OK) status = mark_network(fitted, report);
  if (status == FSIM_OK) status = name_all(log, fitted, report);
  if (status == FSIM_OK)
    status = fsim_attributes_of(log, funnel, options->since, report, &fitted->attributes);
  if (status == FSIM_OK)
    status = fsim_attribute_pairs_of(log, funnel, options->since, report, &fitted->attributes);
  if (status == FSIM_OK && options->segments && fitted->attributes.n > 0)
    status = fsim_fit_segments(log, fitted, report);
  if (status != FSIM_OK) return status;
  count_open(fitted);
  status = fsim_arrivals_of(log, funnel, options->since, &fitted->quiet, report, &fitted->arrivals);
  if (status == FSIM_OK) status = take_values(log, fitted, report);
  return status;
}
