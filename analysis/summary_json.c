/* The summary as JSON: DESIGN's lists, and more beside them. Numbers that are not known are null.
 */
#include <jansson.h>
#include <math.h>
#include <string.h>

#include "analysis/summary.h"

typedef struct tree {
  const fsim_summary *summary;
  const fsim_scenario *scenario;
  bool failed; /* memory was out */
} tree;

/* The names that its printers and readers share with the metrics' table. */
static const char *name_of(fsim_metric_id id) {
  return fsim_metrics[id].name;
}

static json_t *number(double value) {
  return isfinite(value) ? json_real(value) : json_null();
}

static void put(tree *t, json_t *object, const char *key, json_t *value) {
  if (object == NULL || json_object_set_new(object, key, value) != 0) t->failed = true;
}

static void put_text(tree *t, json_t *object, const char *key, const char *text) {
  put(t, object, key, json_string(text));
}

static json_t *interval(tree *t, const fsim_interval *i) {
  json_t *object = json_object();
  put(t, object, "mean", number(i->estimate));
  put(t, object, "low", number(i->low));
  put(t, object, "high", number(i->high));
  put(t, object, "n", json_integer((json_int_t)i->n));
  put_text(t, object, "method", i->method);
  return object;
}

static json_t *estimate(tree *t, const fsim_estimate *e) {
  json_t *object = interval(t, &e->mean);
  static const char *const names[][3] = {{"p10", "p10_low", "p10_high"},
                                         {"p50", "p50_low", "p50_high"},
                                         {"p90", "p90_low", "p90_high"}};
  const fsim_interval *q[] = {&e->p10, &e->p50, &e->p90};
  for (int k = 0; k < 3; k++) {
    put(t, object, names[k][0], number(q[k]->estimate));
    put(t, object, names[k][1], number(q[k]->low));
    put(t, object, names[k][2], number(q[k]->high));
  }
  return object;
}

static void put_metric(tree *t, json_t *object, fsim_metric_id id, const fsim_estimate *e) {
  put(t, object, name_of(id), estimate(t, e));
}

static json_t *record(tree *t, size_t funnel, const char *key, const char *name, size_t group) {
  json_t *object = json_object();
  put_text(t, object, "funnel", t->scenario->funnels[funnel].name);
  if (key != NULL) put_text(t, object, key, name);
  const char *attribute = t->scenario->attributes[t->summary->attribute].name;
  put_text(t, object, attribute, fsim_summary_group(t->summary, group));
  return object;
}

/* A list under `key` of the tree's root, to be appended to. */
static json_t *list(tree *t, json_t *root, const char *key) {
  json_t *array = json_array();
  put(t, root, key, array);
  return array;
}

static void append(tree *t, json_t *array, json_t *value) {
  if (array == NULL || json_array_append_new(array, value) != 0) t->failed = true;
}

static void put_outcomes(tree *t, json_t *root) {
  const fsim_summary *s = t->summary;
  json_t *throughput = list(t, root, "throughput"), *journeys = list(t, root, "journeys");
  for (size_t i = 0; i < s->n_throughput; i++) {
    const fsim_throughput_record *r = &s->throughput[i];
    json_t *one = record(t, r->funnel, "outcome", t->scenario->outcomes[r->outcome].name, r->group);
    put_metric(t, one, FSIM_PER_WEEK_ENDED, &r->per_week);
    put_metric(t, one, FSIM_TOTAL_ENDED, &r->total);
    put_metric(t, one, FSIM_PER_WEEK_VALUE, &r->value_per_week);
    append(t, throughput, one);
  }
  for (size_t i = 0; i < s->n_journeys; i++) {
    const fsim_journeys_record *r = &s->journeys[i];
    json_t *one = record(t, r->funnel, "outcome", t->scenario->outcomes[r->outcome].name, r->group);
    put_metric(t, one, FSIM_SHARE_OF_ENDED, &r->share);
    put_metric(t, one, FSIM_CYCLE_DAYS, &r->cycle_days);
    put(t, one, "cycle_days_of_ended", interval(t, &r->of_ended));
    append(t, journeys, one);
  }
}

static json_t *conversion(tree *t, const fsim_funnel_record *r) {
  json_t *object = json_object();
  put(t, object, name_of(FSIM_WON_OF_ENDED), estimate(t, &r->won_of_ended));
  json_t *entered = interval(t, &r->conversion.corrected);
  put(t, entered, "to_age_days", number(r->conversion.to_age_days));
  put(t, entered, "still_open", number(r->conversion.still_open));
  put(t, object, "won_of_entered", entered);
  json_t *eventual = json_object();
  put(t, eventual, "mean", number(r->conversion.eventual));
  put(t, eventual, "low", number(r->conversion.eventual));
  put(t, eventual, "high", number(r->conversion.eventual));
  if (r->conversion.why_not != NULL) put_text(t, eventual, "not_given", r->conversion.why_not);
  put(t, object, "eventual", eventual);
  return object;
}

static void put_funnels(tree *t, json_t *root) {
  const fsim_summary *s = t->summary;
  json_t *funnels = list(t, root, "funnels"), *costs = list(t, root, "costs");
  for (size_t i = 0; i < s->n_funnels; i++) {
    const fsim_funnel_record *r = &s->funnels[i];
    json_t *one = record(t, r->funnel, NULL, NULL, r->group);
    put_metric(t, one, FSIM_PER_WEEK_STARTED, &r->started_per_week);
    put_metric(t, one, FSIM_PER_WEEK_WON, &r->won_per_week);
    put_metric(t, one, FSIM_PROGRESS_MEAN, &r->wip);
    put_metric(t, one, FSIM_OPEN_SHARE, &r->open_share);
    put_metric(t, one, FSIM_PER_WEEK_WON_VALUE, &r->value_per_week);
    put_metric(t, one, FSIM_VALUE_PER_WIN, &r->value_per_win);
    put_metric(t, one, FSIM_COST_PER_WIN, &r->cost_per_win);
    put(t, one, "all_cost_per_win", interval(t, &r->all_cost_per_win));
    put_metric(t, one, FSIM_WIN_DAYS, &r->win_days);
    put(t, one, "conversion", conversion(t, r));
    append(t, funnels, one);
  }
  put(t, root, "won_value_per_week", estimate(t, &s->value_per_week));
  for (size_t g = 0; g < s->n_groups; g++) {
    json_t *one = json_object();
    put_text(t, one, t->scenario->attributes[s->attribute].name,
             fsim_summary_group(s, s->groups[g]));
    put_metric(t, one, FSIM_PER_WEEK_SPENT, &s->spent_per_week[g]);
    append(t, costs, one);
  }
}

static void put_stages(tree *t, json_t *root) {
  const fsim_summary *s = t->summary;
  json_t *stages = list(t, root, "stages");
  for (size_t i = 0; i < s->n_stages; i++) {
    const fsim_stage_record *r = &s->stages[i];
    json_t *one = record(t, r->funnel, "stage", t->scenario->stages[r->stage].name, r->group);
    json_t *exits = json_object();
    put_metric(t, one, FSIM_PER_WEEK_ENTERED, &r->entered_per_week);
    for (size_t e = 0; e < r->n_exits; e++) {
      const fsim_exit_record *exit = &s->exits[r->first_exit + e];
      put(t, exits, exit->name, estimate(t, &exit->share));
    }
    put(t, one, name_of(FSIM_EXIT_SHARE), exits);
    put_metric(t, one, FSIM_STAGE_DAYS, &r->time_days);
    put(t, one, "time_days_of_ended", interval(t, &r->of_ended));
    put_metric(t, one, FSIM_QUEUE_DAYS, &r->queue_days);
    put_metric(t, one, FSIM_WORK_DAYS, &r->work_days);
    put_metric(t, one, FSIM_STAGE_PROGRESS, &r->wip);
    append(t, stages, one);
  }
}

/* A run without teams has none. */
static void put_teams(tree *t, json_t *root) {
  json_t *teams = list(t, root, "teams");
  for (size_t i = 0; i < t->summary->n_teams; i++) {
    const fsim_team_record *r = &t->summary->teams[i];
    json_t *one = json_object();
    put_text(t, one, "team", t->scenario->teams[r->team].name);
    put_metric(t, one, FSIM_UTILISATION, &r->utilisation);
    put_metric(t, one, FSIM_QUEUE_DAYS, &r->queue_days);
    put_metric(t, one, FSIM_QUEUE_LENGTH, &r->queue_length);
    put_metric(t, one, FSIM_ABANDONED_SHARE, &r->abandoned_share);
    put_metric(t, one, FSIM_JOINED_PER_WEEK, &r->joined_per_week);
    put_text(t, one, "limit", r->limit);
    put(t, one, "queue_length_p90", number(r->queue_length_p90));
    put(t, one, "cost_per_week", number(r->cost_per_week));
    put(t, one, "grows_from_week",
        r->grows ? json_integer((json_int_t)r->grows_from_week + 1) : json_null());
    append(t, teams, one);
  }
}

static void put_classes(tree *t, json_t *root) {
  json_t *classes = list(t, root, "classes");
  for (size_t i = 0; i < t->summary->n_classes; i++) {
    const fsim_class_record *r = &t->summary->classes[i];
    json_t *one = json_object();
    put_text(t, one, "team", t->scenario->teams[r->team].name);
    put(t, one, "class", json_integer((json_int_t)r->priority + 1));
    put_metric(t, one, FSIM_CLASS_QUEUE_DAYS, &r->queue_days);
    put_metric(t, one, FSIM_CLASS_SERVED_SHARE, &r->served_share);
    put_metric(t, one, FSIM_CLASS_JOINED_PER_WEEK, &r->joined_per_week);
    append(t, classes, one);
  }
}

static void put_waterfall(tree *t, json_t *root) {
  json_t *waterfall = list(t, root, "waterfall");
  for (size_t i = 0; i < t->summary->n_parts; i++) {
    const fsim_part_record *r = &t->summary->parts[i];
    json_t *one = json_object();
    put_text(t, one, "funnel", t->scenario->funnels[r->funnel].name);
    put_text(t, one, "outcome", t->scenario->outcomes[r->outcome].name);
    put_text(t, one, "stage", t->scenario->stages[r->stage].name);
    put_metric(t, one, FSIM_PART_QUEUE_DAYS, &r->queue_days);
    put_metric(t, one, FSIM_PART_WORK_DAYS, &r->work_days);
    put_metric(t, one, FSIM_PART_WAIT_DAYS, &r->wait_days);
    append(t, waterfall, one);
  }
}

/* What each uncertain number brings about by itself, as a share of `total`. */
static void put_numbers(tree *t, json_t *variance, size_t record) {
  const fsim_summary *s = t->summary;
  json_t *numbers = list(t, variance, "numbers");
  for (size_t i = 0; i < s->n_numbers; i++) {
    json_t *one = json_object();
    put_text(t, one, "number", s->numbers[i]);
    put(t, one, "share", interval(t, &s->number_shares[record * s->n_numbers + i]));
    append(t, numbers, one);
  }
}

static void put_variance(tree *t, json_t *root) {
  json_t *variance = list(t, root, "variance");
  for (size_t i = 0; i < t->summary->n_variance; i++) {
    const fsim_variance_record *r = &t->summary->variance[i];
    json_t *one = json_object();
    put_text(t, one, "funnel", t->scenario->funnels[r->funnel].name);
    put_text(t, one, "outcome", t->scenario->outcomes[r->outcome].name);
    put(t, one, "total", number(r->split.total));
    put(t, one, "chance_share", interval(t, &r->split.chance_share));
    put(t, one, "uncertainty_share", interval(t, &r->split.uncertainty_share));
    put_numbers(t, one, i);
    append(t, variance, one);
  }
}

static void put_cohorts(tree *t, json_t *root) {
  json_t *cohorts = list(t, root, "cohorts");
  for (size_t i = 0; i < t->summary->n_cohorts; i++) {
    const fsim_cohort_record *r = &t->summary->cohorts[i];
    json_t *one = json_object();
    put_text(t, one, "funnel", t->scenario->funnels[r->funnel].name);
    put(t, one, "from_week", json_integer((json_int_t)r->from_week));
    put(t, one, "weeks", json_integer((json_int_t)r->weeks));
    put(t, one, "journeys", number(r->journeys));
    put(t, one, "won_share", interval(t, &r->won_share));
    put(t, one, "open_share", interval(t, &r->open_share));
    put(t, one, "immature", json_boolean(r->immature));
    append(t, cohorts, one);
  }
}

static void put_rules(tree *t, json_t *root) {
  json_t *rules = list(t, root, "rules");
  for (size_t i = 0; i < t->summary->n_rules; i++) {
    const fsim_rule_record *r = &t->summary->rules[i];
    json_t *one = json_object();
    put_text(t, one, "funnel", t->scenario->funnels[r->funnel].name);
    put_text(t, one, "stage", t->scenario->stages[r->stage].name);
    put(t, one, "expire", json_boolean(r->expires));
    put(t, one, "drop", json_boolean(r->drops));
    put(t, one, "abandon", json_boolean(r->abandons));
    put_metric(t, one, FSIM_PER_WEEK_RULED, &r->ended_per_week);
    put(t, one, "would_have_won_share", interval(t, &r->would_win));
    put(t, one, "value_forgone_per_week", interval(t, &r->value_per_week));
    if (r->why_not != NULL) put_text(t, one, "not_given", r->why_not);
    append(t, rules, one);
  }
}

/* Estimates that what is known beforehand narrows. */
static void put_narrowed(tree *t, json_t *root) {
  const fsim_summary *s = t->summary;
  json_t *narrowed = list(t, root, "narrowed");
  for (size_t i = 0; i < s->n_narrowed; i++) {
    const fsim_narrowed_record *r = &s->narrowed[i];
    json_t *one = interval(t, &r->interval), *known = json_array();
    bool all = r->funnel == FSIM_ALL_FUNNELS;
    put_text(t, one, "funnel", all ? "all" : t->scenario->funnels[r->funnel].name);
    put_text(t, one, t->scenario->attributes[s->attribute].name, fsim_summary_group(s, r->group));
    put_text(t, one, "metric", name_of(r->metric));
    put(t, one, "narrower_by", number(r->narrower));
    if (r->by_arrivals) append(t, known, json_string("arrivals"));
    if (r->by_wins) append(t, known, json_string("expected wins"));
    if (r->by_rest) append(t, known, json_string("behind the last team"));
    if (r->exact) append(t, known, json_string("exact answer"));
    put(t, one, "known", known);
    append(t, narrowed, one);
  }
}

static void put_limits(tree *t, json_t *object, const char *key, double mean, double low,
                       double high) {
  json_t *one = json_object();
  put(t, one, "mean", number(mean));
  put(t, one, "low", number(low));
  put(t, one, "high", number(high));
  put(t, object, key, one);
}

/* Filled by `funnelsim sensitivity FILE.h5`. */
static void put_effects(tree *t, json_t *root, const fsim_stored_effects *e) {
  json_t *effects = list(t, root, "sensitivity");
  for (size_t i = 0; e != NULL && i < e->n; i++) {
    json_t *one = json_object();
    put_text(t, one, "lever", e->lever[i]);
    put_text(t, one, "metric", e->metric);
    put_text(t, one, "step", e->step[i]);
    put_limits(t, one, "effect", e->effect[i], e->low[i], e->high[i]);
    put(t, one, "elasticity", number(e->elasticity[i]));
    put(t, one, "rank", json_integer((json_int_t)i + 1));
    append(t, effects, one);
  }
  if (e != NULL) put_text(t, root, "bottleneck", e->sentence);
}

/* Filled by `funnelsim sensitivity --global FILE.h5`. */
static void put_indices(tree *t, json_t *root, const fsim_stored_indices *e) {
  json_t *indices = list(t, root, "global_sensitivity");
  for (size_t i = 0; e != NULL && i < e->n; i++) {
    json_t *one = json_object();
    put_text(t, one, "input", e->input[i]);
    put_text(t, one, "range", e->range[i]);
    put_text(t, one, "metric", e->metric);
    put_limits(t, one, "first_order", e->first[i], e->first_low[i], e->first_high[i]);
    put_limits(t, one, "total", e->total[i], e->total_low[i], e->total_high[i]);
    append(t, indices, one);
  }
}

static void put_top(tree *t, json_t *root, const fsim_summary_frame *frame) {
  const fsim_summary *s = t->summary;
  put_text(t, root, "scenario", t->scenario->name);
  if (t->scenario->title != NULL) put_text(t, root, "title", t->scenario->title);
  if (t->scenario->currency != NULL) put_text(t, root, "currency", t->scenario->currency);
  if (frame->engine != NULL) put_text(t, root, "engine", frame->engine);
  put(t, root, "complete", json_boolean(frame->complete));
  put(t, root, "replications", json_integer((json_int_t)s->source->replications));
  put(t, root, "interval_units", json_integer((json_int_t)s->units));
  put(t, root, "seed", json_integer((json_int_t)t->scenario->seed));
  put(t, root, "window_days", json_real(s->window_days));
  put(t, root, "confidence", json_real(s->confidence));
  json_t *warnings = list(t, root, "warnings");
  for (size_t w = 0; w < frame->n_warnings; w++)
    append(t, warnings, json_string(frame->warnings[w]));
  json_t *notes = list(t, root, "notes");
  for (size_t i = 0; i < frame->n_notes; i++) append(t, notes, json_string(frame->notes[i]));
}

int fsim_summary_json(const fsim_summary *summary, const fsim_summary_frame *frame, FILE *out,
                      fsim_report *report) {
  tree t = {summary, summary->source->scenario, false};
  json_t *root = json_object();
  put_top(&t, root, frame);
  put_outcomes(&t, root);
  put_stages(&t, root);
  put_teams(&t, root);
  put_classes(&t, root);
  put_waterfall(&t, root);
  put_variance(&t, root);
  put_effects(&t, root, frame->effects);
  put_indices(&t, root, frame->indices);
  put_funnels(&t, root);
  put_narrowed(&t, root);
  put_cohorts(&t, root);
  put_rules(&t, root);
  int status = FSIM_OK;
  if (t.failed) {
    status = fsim_no_memory(report);
  } else if (json_dumpf(root, out, JSON_INDENT(2) | JSON_REAL_PRECISION(12)) != 0 ||
             fputc('\n', out) == EOF || fflush(out) != 0) {
    status = fsim_failure(report, FSIM_NOWHERE, "the summary could not be written");
  }
  json_decref(root);
  return status;
}
