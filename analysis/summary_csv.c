/* The summary as one long table, for spreadsheets: a row a number. Empty cells are not known. */
#include <math.h>
#include <string.h>

#include "analysis/summary.h"

typedef struct sheet {
  const fsim_summary *summary;
  const fsim_scenario *scenario;
  FILE *out;
  bool failed;
} sheet;

/* Which row: names that do not apply are "". */
typedef struct line {
  const char *section, *funnel, *stage, *outcome, *group;
} line;

static void text(sheet *s, const char *value) {
  bool quoted = strpbrk(value, ",\"\n\r") != NULL;
  if (quoted && fputc('"', s->out) == EOF) s->failed = true;
  for (const char *c = value; *c != '\0'; c++) {
    if (*c == '"' && fputc('"', s->out) == EOF) s->failed = true;
    if (fputc(*c, s->out) == EOF) s->failed = true;
  }
  if (quoted && fputc('"', s->out) == EOF) s->failed = true;
}

static void number(sheet *s, double value) {
  int written = isfinite(value) ? fprintf(s->out, ",%.12g", value) : fprintf(s->out, ",");
  if (written < 0) s->failed = true;
}

static void row(sheet *s, const line *at, const char *metric, const fsim_interval *i,
                const double range[3]) {
  const char *names[] = {at->section, at->funnel, at->stage, at->outcome, at->group, metric};
  for (size_t c = 0; c < sizeof names / sizeof *names; c++) {
    if (c > 0 && fputc(',', s->out) == EOF) s->failed = true;
    text(s, names[c]);
  }
  number(s, i->estimate);
  number(s, i->low);
  number(s, i->high);
  for (int q = 0; q < 3; q++) number(s, range == NULL ? NAN : range[q]);
  if (fputc('\n', s->out) == EOF) s->failed = true;
}

/* Quantiles of times have intervals worth a row each; those of replications are in the columns. */
static void metric(sheet *s, const line *at, fsim_metric_id id, const fsim_estimate *e) {
  const double range[3] = {e->p10.estimate, e->p50.estimate, e->p90.estimate};
  const fsim_interval *q[] = {&e->p10, &e->p50, &e->p90};
  static const char *const which[] = {"p10", "p50", "p90"};
  row(s, at, fsim_metrics[id].name, &e->mean, range);
  for (int k = 0; k < 3 && e->times; k++) {
    char name[64];
    snprintf(name, sizeof name, "%s_%s", fsim_metrics[id].name, which[k]);
    row(s, at, name, q[k], NULL);
  }
}

static void single(sheet *s, const line *at, const char *name, double value) {
  fsim_interval i = fsim_interval_none();
  i.estimate = value;
  row(s, at, name, &i, NULL);
}

static void outcomes(sheet *s) {
  for (size_t i = 0; i < s->summary->n_throughput; i++) {
    const fsim_throughput_record *t = &s->summary->throughput[i];
    const fsim_journeys_record *j = &s->summary->journeys[i];
    line at = {"throughput", s->scenario->funnels[t->funnel].name, "",
               s->scenario->outcomes[t->outcome].name, fsim_summary_group(s->summary, t->group)};
    metric(s, &at, FSIM_PER_WEEK_ENDED, &t->per_week);
    metric(s, &at, FSIM_TOTAL_ENDED, &t->total);
    metric(s, &at, FSIM_PER_WEEK_VALUE, &t->value_per_week);
    at.section = "journeys";
    metric(s, &at, FSIM_SHARE_OF_ENDED, &j->share);
    metric(s, &at, FSIM_CYCLE_DAYS, &j->cycle_days);
    row(s, &at, "cycle_days_of_ended", &j->of_ended, NULL);
  }
}

static void funnels(sheet *s) {
  for (size_t i = 0; i < s->summary->n_funnels; i++) {
    const fsim_funnel_record *r = &s->summary->funnels[i];
    line at = {"funnels", s->scenario->funnels[r->funnel].name, "", "",
               fsim_summary_group(s->summary, r->group)};
    metric(s, &at, FSIM_PER_WEEK_STARTED, &r->started_per_week);
    metric(s, &at, FSIM_PER_WEEK_WON, &r->won_per_week);
    metric(s, &at, FSIM_PROGRESS_MEAN, &r->wip);
    metric(s, &at, FSIM_OPEN_SHARE, &r->open_share);
    metric(s, &at, FSIM_PER_WEEK_WON_VALUE, &r->value_per_week);
    metric(s, &at, FSIM_VALUE_PER_WIN, &r->value_per_win);
    metric(s, &at, FSIM_COST_PER_WIN, &r->cost_per_win);
    row(s, &at, "all_cost_per_win", &r->all_cost_per_win, NULL);
    metric(s, &at, FSIM_WIN_DAYS, &r->win_days);
    metric(s, &at, FSIM_WON_OF_ENDED, &r->won_of_ended);
    row(s, &at, "won_of_entered", &r->conversion.corrected, NULL);
    single(s, &at, "eventual", r->conversion.eventual);
  }
  line all = {"all", "", "", "", "all"};
  metric(s, &all, FSIM_PER_WEEK_WON_VALUE, &s->summary->value_per_week);
  for (size_t g = 0; g < s->summary->n_groups; g++) {
    line at = {"costs", "", "", "", fsim_summary_group(s->summary, s->summary->groups[g])};
    metric(s, &at, FSIM_PER_WEEK_SPENT, &s->summary->spent_per_week[g]);
  }
}

static void stages(sheet *s) {
  for (size_t i = 0; i < s->summary->n_stages; i++) {
    const fsim_stage_record *r = &s->summary->stages[i];
    line at = {"stages", s->scenario->funnels[r->funnel].name, s->scenario->stages[r->stage].name,
               "", fsim_summary_group(s->summary, r->group)};
    metric(s, &at, FSIM_PER_WEEK_ENTERED, &r->entered_per_week);
    metric(s, &at, FSIM_STAGE_DAYS, &r->time_days);
    row(s, &at, "time_days_of_ended", &r->of_ended, NULL);
    metric(s, &at, FSIM_QUEUE_DAYS, &r->queue_days);
    metric(s, &at, FSIM_WORK_DAYS, &r->work_days);
    metric(s, &at, FSIM_STAGE_PROGRESS, &r->wip);
    at.section = "exits";
    for (size_t e = 0; e < r->n_exits; e++) {
      const fsim_exit_record *exit = &s->summary->exits[r->first_exit + e];
      at.outcome = exit->name;
      metric(s, &at, FSIM_EXIT_SHARE, &exit->share);
    }
  }
}

/* The team's name stands where a stage's does. */
static void teams(sheet *s) {
  for (size_t i = 0; i < s->summary->n_teams; i++) {
    const fsim_team_record *r = &s->summary->teams[i];
    line at = {"teams", "", s->scenario->teams[r->team].name, "", "all"};
    metric(s, &at, FSIM_UTILISATION, &r->utilisation);
    metric(s, &at, FSIM_TEAM_QUEUE_DAYS, &r->queue_days);
    metric(s, &at, FSIM_QUEUE_LENGTH, &r->queue_length);
    metric(s, &at, FSIM_ABANDONED_SHARE, &r->abandoned_share);
    metric(s, &at, FSIM_JOINED_PER_WEEK, &r->joined_per_week);
    single(s, &at, "queue_length_p90", r->queue_length_p90);
    single(s, &at, "cost_per_week", r->cost_per_week);
    single(s, &at, "grows_from_week", r->grows ? (double)r->grows_from_week + 1 : NAN);
  }
  for (size_t i = 0; i < s->summary->n_classes; i++) {
    const fsim_class_record *r = &s->summary->classes[i];
    char name[64];
    snprintf(name, sizeof name, "class %zu", r->priority + 1);
    line at = {"classes", "", s->scenario->teams[r->team].name, "", name};
    metric(s, &at, FSIM_CLASS_QUEUE_DAYS, &r->queue_days);
    metric(s, &at, FSIM_CLASS_SERVED_SHARE, &r->served_share);
    metric(s, &at, FSIM_CLASS_JOINED_PER_WEEK, &r->joined_per_week);
  }
}

static void waterfall(sheet *s) {
  for (size_t i = 0; i < s->summary->n_parts; i++) {
    const fsim_part_record *r = &s->summary->parts[i];
    line at = {"waterfall", s->scenario->funnels[r->funnel].name,
               s->scenario->stages[r->stage].name, s->scenario->outcomes[r->outcome].name, "all"};
    metric(s, &at, FSIM_PART_QUEUE_DAYS, &r->queue_days);
    metric(s, &at, FSIM_PART_WORK_DAYS, &r->work_days);
    metric(s, &at, FSIM_PART_WAIT_DAYS, &r->wait_days);
  }
}

static void others(sheet *s) {
  for (size_t i = 0; i < s->summary->n_variance; i++) {
    const fsim_variance_record *r = &s->summary->variance[i];
    line at = {"variance", s->scenario->funnels[r->funnel].name, "",
               s->scenario->outcomes[r->outcome].name, "all"};
    row(s, &at, "chance_share", &r->split.chance_share, NULL);
    row(s, &at, "uncertainty_share", &r->split.uncertainty_share, NULL);
  }
  for (size_t i = 0; i < s->summary->n_rules; i++) {
    const fsim_rule_record *r = &s->summary->rules[i];
    line at = {"rules", s->scenario->funnels[r->funnel].name, s->scenario->stages[r->stage].name,
               "", "all"};
    metric(s, &at, FSIM_PER_WEEK_RULED, &r->ended_per_week);
    row(s, &at, "would_have_won_share", &r->would_win, NULL);
    row(s, &at, "value_forgone_per_week", &r->value_per_week, NULL);
  }
  for (size_t i = 0; i < s->summary->n_cohorts; i++) {
    const fsim_cohort_record *r = &s->summary->cohorts[i];
    char section[64];
    snprintf(section, sizeof section, "cohort weeks %zu-%zu%s", r->from_week + 1,
             r->from_week + r->weeks, r->immature ? " (immature)" : "");
    line at = {section, s->scenario->funnels[r->funnel].name, "", "", "all"};
    single(s, &at, "journeys", r->journeys);
    row(s, &at, "won_share", &r->won_share, NULL);
    row(s, &at, "open_share", &r->open_share, NULL);
  }
}

int fsim_summary_csv(const fsim_summary *summary, FILE *out, fsim_report *report) {
  sheet s = {summary, summary->source->scenario, out, false};
  const char *attribute = s.scenario->attributes[summary->attribute].name;
  if (fputs("section,funnel,stage,outcome,", out) == EOF) s.failed = true;
  text(&s, attribute);
  if (fputs(",metric,mean,low,high,p10,p50,p90\n", out) == EOF) s.failed = true;
  outcomes(&s);
  funnels(&s);
  stages(&s);
  teams(&s);
  waterfall(&s);
  others(&s);
  if (fflush(out) != 0) s.failed = true;
  if (s.failed) return fsim_failure(report, FSIM_NOWHERE, "the summary could not be written");
  return FSIM_OK;
}
