#include "analysis/fit/forecast.h"

#include <stdlib.h>
#include <string.h>

#include "analysis/records.h"
#include "sim/base/array.h"
#include "sim/engine/engine.h"

void fsim_forecast_free(fsim_forecast *forecast) {
  free(forecast->open);
  free(forecast->all);
  free(forecast->value);
  free(forecast->begun);
  *forecast = (fsim_forecast){0};
}

/* ---- one text of scenario and model, as result files keep it ---- */

static void append_indented(fsim_text *text, const char *lines, const char *indent) {
  for (const char *line = lines; *line != '\0';) {
    size_t length = strcspn(line, "\n");
    fsim_text_append(text, "%s%.*s\n", indent, (int)length, line);
    line += length + (line[length] == '\n');
  }
}

static int join_files(const fsim_model_text *files, const fsim_fitted_set *set, fsim_report *report,
                      fsim_text *text) {
  const char *list = strstr(files->scenario, "\nmodels: [");
  const char *rest = list == NULL ? NULL : strchr(list + 1, '\n');
  if (rest == NULL) return fsim_failure(report, FSIM_NOWHERE, "the fitted scenario names no model");
  fsim_text_append(text, "%.*s\nmodels:\n", (int)(list - files->scenario), files->scenario);
  for (size_t f = 0; f < set->n; f++) {
    fsim_text_append(text, "  %s:\n", set->funnel[f].name);
    append_indented(text, files->model[f], "    ");
  }
  fsim_text_append(text, "%s", rest + 1);
  return text->failed ? fsim_no_memory(report) : FSIM_OK;
}

/* ---- what is read off the records ---- */

typedef struct gathering {
  const fsim_scenario *scenario;
  const fsim_shape *shape;
  size_t known_group[2]; /* of open deals and leads; 0: there are none */
  const char *counted;   /* the funnel whose wins count; NULL: all */
  fsim_forecast *forecast;
} gathering;

/* 0 where there is no such value. */
static size_t group_of(const fsim_scenario *scenario, const char *attribute, const char *value) {
  size_t group = 1;
  for (size_t a = 0; a < scenario->n_attributes; a++) {
    const fsim_attribute *which = &scenario->attributes[a];
    for (size_t v = 0; v < which->n_values; v++, group++) {
      if (strcmp(which->name, attribute) == 0 && strcmp(which->values[v], value) == 0) return group;
    }
  }
  return 0;
}

static int gather(void *self, uint32_t replication, const int64_t *record, fsim_report *report) {
  (void)report;
  const gathering *g = self;
  const fsim_shape *shape = g->shape;
  for (size_t k = 0; k < g->forecast->weeks; k++) {
    size_t at = replication * g->forecast->weeks + k;
    for (size_t o = 0; o < g->scenario->n_outcomes; o++) {
      const fsim_outcome *outcome = &g->scenario->outcomes[o];
      if (!outcome->win) continue;
      const char *funnel = g->scenario->funnels[outcome->funnel].name;
      if (g->counted != NULL && strcmp(funnel, g->counted) != 0) continue;
      g->forecast->all[at] += (double)record[fsim_cell(shape, FSIM_WEEK_ENDED, k, o, 0)];
      for (int i = 0; i < 2; i++) {
        const size_t group = g->known_group[i];
        if (group > 0)
          g->forecast->open[at] += (double)record[fsim_cell(shape, FSIM_WEEK_ENDED, k, o, group)];
      }
      g->forecast->value[at] += (double)record[fsim_cell(shape, FSIM_WEEK_VALUE, k, o, 0)] / 100;
    }
    for (size_t s = 0; s < g->scenario->n_streams; s++) {
      if (!g->scenario->streams[s].pipeline)
        g->forecast->begun[at] += (double)record[fsim_cell(shape, FSIM_WEEK_ARRIVED, k, s, 0)];
    }
  }
  return FSIM_OK;
}

static int simulate(const fsim_source *source, const fsim_scenario *scenario, const char *counted,
                    int threads, fsim_report *report, fsim_forecast *forecast) {
  fsim_shape *shape = NULL;
  int status = fsim_shape_make(scenario, report, &shape);
  if (status != FSIM_OK) return status;
  gathering g = {scenario,
                 shape,
                 {group_of(scenario, "deal", "open"), group_of(scenario, "deal", "lead")},
                 counted,
                 forecast};
  fsim_sink sink = fsim_sink_of_records(&g, gather);
  fsim_run_options run = {.threads = threads, .end = forecast->n};
  fsim_run_result result = {0};
  status = fsim_run(source, scenario, shape, &run, &sink, report, &result);
  fsim_shape_free(shape);
  return status;
}

/* FUNNEL-open.csv of each funnel. */
static int name_files(const fsim_fitted_set *set, fsim_report *report, char **names,
                      size_t *lengths, const fsim_model_text *text) {
  for (size_t f = 0; f < set->n; f++) {
    fsim_text name = {0};
    fsim_text_append(&name, "%s-open.csv", set->funnel[f].name);
    names[f] = name.text;
    if (name.failed) return fsim_no_memory(report);
    lengths[f] = strlen(text->open_deals[f]);
  }
  return FSIM_OK;
}

static int load(const fsim_model_text *text, const fsim_fitted_set *set, fsim_report *report,
                fsim_source **source) {
  fsim_text joined = {0};
  char **names = fsim_zeroed(set->n, sizeof *names);
  size_t *lengths = fsim_zeroed(set->n, sizeof *lengths);
  int status = names && lengths ? join_files(text, set, report, &joined) : fsim_no_memory(report);
  if (status == FSIM_OK) status = name_files(set, report, names, lengths, text);
  if (status == FSIM_OK)
    status = fsim_source_parse("fitted scenario", joined.text, joined.length,
                               (const char *const *)names, (const char *const *)text->open_deals,
                               lengths, set->n, NULL, 0, report, source);
  for (size_t f = 0; f < set->n && names != NULL; f++) free(names[f]);
  free(names);
  free(lengths);
  free(joined.text);
  return status;
}

int fsim_forecast_run(const fsim_log *log, const fsim_model_text *text, const fsim_fitted_set *set,
                      const fsim_model_text_options *options, int threads, fsim_report *report,
                      fsim_forecast *forecast) {
  const size_t weeks = (size_t)options->weeks, n = (size_t)options->replications;
  *forecast = (fsim_forecast){.weeks = weeks, .n = (uint32_t)n};
  forecast->open = fsim_zeroed(n * weeks, sizeof *forecast->open);
  forecast->all = fsim_zeroed(n * weeks, sizeof *forecast->all);
  forecast->value = fsim_zeroed(n * weeks, sizeof *forecast->value);
  forecast->begun = fsim_zeroed(n * weeks, sizeof *forecast->begun);
  if (!forecast->open || !forecast->all || !forecast->value || !forecast->begun)
    return fsim_no_memory(report);
  fsim_source *source = NULL;
  fsim_scenario *scenario = NULL;
  int status = load(text, set, report, &source);
  if (status == FSIM_OK) status = fsim_source_realise(source, FSIM_CENTRAL, report, &scenario);
  if (status == FSIM_OK)
    status = simulate(source, scenario, log->orders ? NULL : set->funnel[set->n - 1].name, threads,
                      report, forecast);
  fsim_scenario_free(scenario);
  fsim_source_free(source);
  return status;
}
