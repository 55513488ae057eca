/* A forecast by week for programs and spreadsheets: JSON, CSV. */
#include <jansson.h>
#include <math.h>
#include <string.h>

#include "analysis/decide/json_parts.h"
#include "analysis/decide/weekly.h"
#include "analysis/groups.h"
#include "sim/base/quantity.h"

/* The figures of a group by their names. */
typedef struct named {
  const char *name;
  const fsim_estimate *estimate;
} named;
enum { N_FIGURES = 5 };

static void name_figures(const fsim_week_figures *f, named list[N_FIGURES]) {
  const named all[N_FIGURES] = {{"won", &f->won},
                                {"won_so_far", &f->won_so_far},
                                {"value", &f->value},
                                {"value_so_far", &f->value_so_far},
                                {"in_progress", &f->open}};
  memcpy(list, all, sizeof all);
}

/* ---- JSON ---- */

/* {mean, low, high, n, method, p10, p50, p90} */
static json_t *estimate(const fsim_estimate *e) {
  json_t *object = fsim_json_interval(&e->mean);
  const char *const names[][3] = {{"p10", "p10_low", "p10_high"},
                                  {"p50", "p50_low", "p50_high"},
                                  {"p90", "p90_low", "p90_high"}};
  const fsim_interval *q[] = {&e->p10, &e->p50, &e->p90};
  int failed = object == NULL;
  for (int k = 0; k < 3 && !failed; k++) {
    failed |= json_object_set_new(object, names[k][0], fsim_json_number(q[k]->estimate));
    failed |= json_object_set_new(object, names[k][1], fsim_json_number(q[k]->low));
    failed |= json_object_set_new(object, names[k][2], fsim_json_number(q[k]->high));
  }
  if (!failed) return object;
  json_decref(object);
  return NULL;
}

static int put_figures(json_t *object, const fsim_week_figures *figures) {
  named list[N_FIGURES];
  int failed = 0;
  name_figures(figures, list);
  for (size_t i = 0; i < N_FIGURES; i++)
    failed |= json_object_set_new(object, list[i].name, estimate(list[i].estimate));
  return failed;
}

static json_t *week_object(const fsim_weekly *weekly, const fsim_week_record *week) {
  const fsim_scenario *scenario = weekly->source->scenario;
  char from[32], to[32];
  json_t *by = json_object(), *hours = json_object();
  json_t *object = json_pack(
      "{s:s, s:s, s:o, s:o, s:o}", "from", fsim_format_date(week->from, from, sizeof from), "to",
      fsim_format_date(week->to - 1, to, sizeof to), "reached",
      weekly->target == NULL ? json_null() : fsim_json_interval(&week->reached), "by", by, "hours",
      hours);
  if (object == NULL) return NULL;
  int failed = put_figures(object, &week->figures[0]);
  for (size_t g = 1; g < weekly->n_groups; g++) {
    const char *name = fsim_group_name(scenario, weekly->groups[g]);
    json_t *one = json_object();
    failed |= json_object_set_new(by, name, one);
    failed |= one == NULL ? -1 : put_figures(one, &week->figures[g]);
  }
  for (size_t t = 0; t < weekly->n_teams; t++)
    failed |= json_object_set_new(hours, scenario->teams[t].name, estimate(&week->hours[t]));
  if (!failed) return object;
  json_decref(object);
  return NULL;
}

int fsim_weekly_json(const fsim_weekly *weekly, FILE *out, fsim_report *report) {
  const fsim_scenario *scenario = weekly->source->scenario;
  json_t *weeks = json_array();
  json_t *root = json_pack(
      "{s:s, s:I, s:f, s:s?, s:s?, s:s?, s:s, s:o}", "scenario", scenario->name, "replications",
      (json_int_t)weekly->source->replications, "confidence", weekly->confidence, "by",
      scenario->n_attributes > 0 ? scenario->attributes[weekly->attribute].name : NULL, "funnel",
      weekly->funnel == SIZE_MAX ? NULL : scenario->funnels[weekly->funnel].name, "target",
      weekly->target, "currency", scenario->currency, "weeks", weeks);
  int failed = root == NULL;
  for (size_t w = 0; w < weekly->n_weeks && !failed; w++)
    failed |= json_array_append_new(weeks, week_object(weekly, &weekly->weeks[w]));
  if (failed) {
    json_decref(root);
    root = NULL;
  }
  return fsim_json_write(root, out, report);
}

/* ---- CSV ---- */

static bool put_name(FILE *out, const char *name) {
  if (strpbrk(name, ",\"\n\r") == NULL) return fprintf(out, "%s,", name) >= 0;
  bool fine = fputc('"', out) != EOF;
  for (const char *c = name; *c != '\0' && fine; c++)
    fine = (*c != '"' || fputc('"', out) != EOF) && fputc(*c, out) != EOF;
  return fine && fputs("\",", out) != EOF;
}

static bool put_row(FILE *out, const fsim_week_record *week, const char *group, const char *metric,
                    const fsim_interval *mean, const fsim_estimate *range) {
  char from[32], to[32];
  const double numbers[] = {mean->estimate,
                            mean->low,
                            mean->high,
                            range == NULL ? NAN : range->p10.estimate,
                            range == NULL ? NAN : range->p50.estimate,
                            range == NULL ? NAN : range->p90.estimate};
  bool fine = fprintf(out, "%s,%s,", fsim_format_date(week->from, from, sizeof from),
                      fsim_format_date(week->to - 1, to, sizeof to)) >= 0;
  fine = fine && put_name(out, group) && fputs(metric, out) != EOF;
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers && fine; i++)
    fine = isfinite(numbers[i]) ? fprintf(out, ",%.12g", numbers[i]) >= 0 : fputc(',', out) != EOF;
  return fine && fputc('\n', out) != EOF;
}

static bool put_week(const fsim_weekly *weekly, const fsim_week_record *week, FILE *out) {
  const fsim_scenario *scenario = weekly->source->scenario;
  bool fine = true;
  for (size_t g = 0; g < weekly->n_groups; g++) {
    named list[N_FIGURES];
    name_figures(&week->figures[g], list);
    for (size_t i = 0; i < N_FIGURES && fine; i++)
      fine = put_row(out, week, fsim_group_name(scenario, weekly->groups[g]), list[i].name,
                     &list[i].estimate->mean, list[i].estimate);
  }
  for (size_t t = 0; t < weekly->n_teams && fine; t++)
    fine =
        put_row(out, week, scenario->teams[t].name, "hours", &week->hours[t].mean, &week->hours[t]);
  if (weekly->target != NULL && fine)
    fine = put_row(out, week, "all", "reached", &week->reached, NULL);
  return fine;
}

int fsim_weekly_csv(const fsim_weekly *weekly, FILE *out, fsim_report *report) {
  bool fine = fputs("from,to,group,metric,mean,low,high,p10,p50,p90\n", out) != EOF;
  for (size_t w = 0; w < weekly->n_weeks && fine; w++)
    fine = put_week(weekly, &weekly->weeks[w], out);
  return fine ? FSIM_OK : fsim_failure(report, FSIM_NOWHERE, "the forecast could not be written");
}
