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

static int join_files(const fsim_model_text *files, const fsim_fitted_funnel *fitted,
                      fsim_report *report, fsim_text *text) {
  const char *list = strstr(files->scenario, "\nmodels: [");
  const char *rest = list == NULL ? NULL : strchr(list + 1, '\n');
  if (rest == NULL) return fsim_failure(report, FSIM_NOWHERE, "the fitted scenario names no model");
  fsim_text_append(text, "%.*s\nmodels:\n  %s:\n", (int)(list - files->scenario), files->scenario,
                   fitted->name);
  append_indented(text, files->model, "    ");
  fsim_text_append(text, "%s", rest + 1);
  return text->failed ? fsim_no_memory(report) : FSIM_OK;
}

/* ---- what is read off the records ---- */

typedef struct gathering {
  const fsim_scenario *scenario;
  const fsim_shape *shape;
  size_t open_group;
  fsim_forecast *forecast;
} gathering;

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
      if (!g->scenario->outcomes[o].win) continue;
      g->forecast->all[at] += (double)record[fsim_cell(shape, FSIM_WEEK_ENDED, k, o, 0)];
      g->forecast->open[at] +=
          (double)record[fsim_cell(shape, FSIM_WEEK_ENDED, k, o, g->open_group)];
      g->forecast->value[at] += (double)record[fsim_cell(shape, FSIM_WEEK_VALUE, k, o, 0)] / 100;
    }
    for (size_t s = 0; s < g->scenario->n_streams; s++) {
      if (!g->scenario->streams[s].pipeline)
        g->forecast->begun[at] += (double)record[fsim_cell(shape, FSIM_WEEK_ARRIVED, k, s, 0)];
    }
  }
  return FSIM_OK;
}

static int simulate(const fsim_source *source, const fsim_scenario *scenario, int threads,
                    fsim_report *report, fsim_forecast *forecast) {
  fsim_shape *shape = NULL;
  int status = fsim_shape_make(scenario, report, &shape);
  if (status != FSIM_OK) return status;
  gathering g = {scenario, shape, group_of(scenario, "deal", "open"), forecast};
  fsim_sink sink = fsim_sink_of_records(&g, gather);
  fsim_run_options run = {.threads = threads, .end = forecast->n};
  fsim_run_result result = {0};
  status = fsim_run(source, scenario, shape, &run, &sink, report, &result);
  fsim_shape_free(shape);
  return status;
}

int fsim_forecast_run(const fsim_model_text *text, const fsim_fitted_funnel *fitted,
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
  fsim_text joined = {0}, open_name = {0};
  fsim_source *source = NULL;
  fsim_scenario *scenario = NULL;
  fsim_text_append(&open_name, "%s-open.csv", fitted->name);
  int status = join_files(text, fitted, report, &joined);
  if (status == FSIM_OK && open_name.failed) status = fsim_no_memory(report);
  if (status == FSIM_OK) {
    const char *names[] = {open_name.text}, *texts[] = {text->open_deals};
    const size_t lengths[] = {strlen(text->open_deals)};
    status = fsim_source_parse("fitted scenario", joined.text, joined.length, names, texts, lengths,
                               1, NULL, 0, report, &source);
  }
  if (status == FSIM_OK) status = fsim_source_realise(source, FSIM_CENTRAL, report, &scenario);
  if (status == FSIM_OK) status = simulate(source, scenario, threads, report, forecast);
  fsim_scenario_free(scenario);
  fsim_source_free(source);
  free(joined.text);
  free(open_name.text);
  return status;
}
