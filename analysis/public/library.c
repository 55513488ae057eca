/* The public interface, thin over the floors. */
#include <gsl/gsl_errno.h>
#include <hdf5.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "analysis/inspection.h"
#include "analysis/stored.h"
#include "analysis/summary.h"
#include "sim/base/array.h"
#include "sim/base/text.h"
#include "sim/engine/engine.h"
#include "sim/engine/work.h"
#include "sim/funnelsim.h"
#include "sim/model/old_deals.h"
#include "sim/store/store.h"

struct funnelsim_report {
  fsim_report *found;
};

struct funnelsim_scenario {
  fsim_source *source;
  fsim_scenario *central;
};

static void quiet_libraries(void) {
  gsl_set_error_handler_off();
  H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
}

const char *funnelsim_version(void) {
  return FSIM_VERSION;
}

/* ---- reports ---- */

funnelsim_report *funnelsim_report_new(void) {
  funnelsim_report *report = fsim_zeroed(1, sizeof *report);
  if (report) report->found = fsim_report_new();
  if (report && report->found) return report;
  free(report);
  return NULL;
}

void funnelsim_report_free(funnelsim_report *report) {
  if (!report) return;
  fsim_report_free(report->found);
  free(report);
}

static fsim_report *inside(funnelsim_report *report) {
  return report ? report->found : NULL;
}

size_t funnelsim_report_count(const funnelsim_report *report) {
  size_t n = 0;
  while (fsim_report_message(report->found, n)) n++;
  return n;
}

funnelsim_status funnelsim_report_message(const funnelsim_report *report, size_t index,
                                          funnelsim_message *message) {
  const fsim_message *found = fsim_report_message(report->found, index);
  if (!found) return FUNNELSIM_BAD_INPUT;
  *message = (funnelsim_message){(funnelsim_severity)found->severity, found->file, found->line,
                                 found->column, found->text};
  return FUNNELSIM_OK;
}

/* ---- scenarios ---- */

funnelsim_status funnelsim_load(const char *path, const char *const *sets, size_t n_sets,
                                funnelsim_report *report, funnelsim_scenario **scenario) {
  fsim_report *found = inside(report);
  quiet_libraries();
  *scenario = NULL;
  funnelsim_scenario *made = fsim_zeroed(1, sizeof *made);
  if (!made) return (funnelsim_status)fsim_no_memory(found);
  int status = fsim_source_load(path, sets, n_sets, found, &made->source);
  if (status == FSIM_OK)
    status = fsim_source_realise(made->source, FSIM_CENTRAL, found, &made->central);
  if (status == FSIM_OK) {
    fsim_warn_old_deals(made->central, found);
    *scenario = made;
  } else {
    funnelsim_scenario_free(made);
  }
  return (funnelsim_status)status;
}

void funnelsim_scenario_free(funnelsim_scenario *scenario) {
  if (!scenario) return;
  fsim_scenario_free(scenario->central);
  fsim_source_free(scenario->source);
  free(scenario);
}

const char *funnelsim_resolved(const funnelsim_scenario *scenario) {
  return fsim_source_resolved(scenario->source);
}

/* ---- runs ---- */

static int check_output(const char *output, const funnelsim_run_options *options,
                        fsim_report *report) {
  fsim_text partial = {0};
  fsim_text_append(&partial, "%s.partial", output);
  int status = FSIM_OK;
  if (partial.failed)
    status = fsim_no_memory(report);
  else if (!options->replace && (access(output, F_OK) == 0 || access(partial.text, F_OK) == 0))
    status =
        fsim_bad_input(report, FSIM_NOWHERE,
                       "%s or its .partial exists: give another name, or set `replace`", output);
  free(partial.text);
  return status;
}

static int simulate(const funnelsim_scenario *scenario, const fsim_shape *shape,
                    const fsim_engine *engine, const char *output, uint32_t replications,
                    const funnelsim_run_options *options, fsim_report *report) {
  fsim_keep keep = {options->trajectories, 1};
  if (keep.replications >= replications) keep.replications = UINT32_MAX;
  fsim_store_options stored = {.path = output,
                               .engine = engine->name,
                               .keep_replications = keep.replications,
                               .keep_share = 1,
                               .replications = replications};
  fsim_store_writer *writer = NULL;
  int status =
      fsim_store_create(scenario->source, scenario->central, shape, &stored, report, &writer);
  if (status != FSIM_OK) return status;
  fsim_run_options run = {.threads = options->threads,
                          .engine = engine->name,
                          .keep = keep,
                          .end = replications,
                          .stop = options->stop};
  fsim_run_result result = {0};
  status = fsim_run(scenario->source, scenario->central, shape, &run, fsim_store_sink(writer),
                    report, &result);
  if (status == FSIM_OK && result.done < replications)
    status = fsim_failure(report, FSIM_NOWHERE, "stopped after %u of %u replications", result.done,
                          replications);
  if (status == FSIM_OK) status = fsim_store_finish(writer, report, report);
  fsim_store_close(writer);
  return status;
}

funnelsim_status funnelsim_run(const funnelsim_scenario *scenario, const char *output,
                               const funnelsim_run_options *options, funnelsim_report *report) {
  const funnelsim_run_options defaults = {0};
  fsim_report *found = inside(report);
  if (!options) options = &defaults;
  uint64_t n = options->replications > 0 ? options->replications : scenario->central->replications;
  if (fsim_source_uncertain(scenario->source)) n += n % 2;
  if (n == 0 || n >= UINT32_MAX)
    return (funnelsim_status)fsim_bad_input(
        found, FSIM_NOWHERE, "the number of replications must be from 1 to %u", UINT32_MAX - 1);
  if (scenario->central->n_streams == 0)
    return (funnelsim_status)fsim_bad_input(
        found, FSIM_NOWHERE, "the scenario has no streams, so that no lead ever arrives");
  int status = check_output(output, options, found);
  fsim_shape *shape = NULL;
  const fsim_engine *engine = NULL;
  if (status == FSIM_OK) status = fsim_shape_make(scenario->central, found, &shape);
  if (status == FSIM_OK) status = fsim_engine_choose(scenario->central, NULL, found, &engine);
  if (status == FSIM_OK)
    status =
        fsim_warn_of_scenario(scenario->central, fsim_source_uncertain(scenario->source), found);
  if (status == FSIM_OK)
    status = simulate(scenario, shape, engine, output, (uint32_t)n, options, found);
  fsim_shape_free(shape);
  return (funnelsim_status)status;
}

/* ---- summaries ---- */

static int write_json(const fsim_summary *summary, const fsim_store_reader *reader,
                      fsim_report *report, char **json) {
  size_t n = fsim_store_n_warnings(reader), length = 0;
  char *text = NULL;
  size_t n_notes = fsim_store_n_notes(reader);
  const char **warnings = fsim_zeroed(n + n_notes + 1, sizeof *warnings);
  FILE *out = open_memstream(&text, &length);
  int status = warnings && out ? FSIM_OK : fsim_no_memory(report);
  for (size_t w = 0; status == FSIM_OK && w < n; w++) warnings[w] = fsim_store_warning(reader, w);
  for (size_t i = 0; status == FSIM_OK && i < n_notes; i++)
    warnings[n + i] = fsim_store_note(reader, i);
  fsim_summary_frame frame = {.engine = fsim_store_engine(reader),
                              .complete = fsim_store_complete(reader),
                              .warnings = warnings,
                              .n_warnings = n,
                              .notes = warnings + n,
                              .n_notes = n_notes};
  if (status == FSIM_OK) status = fsim_summary_json(summary, &frame, out, report);
  if (out && fclose(out) != 0 && status == FSIM_OK) status = fsim_no_memory(report);
  free(warnings);
  if (status == FSIM_OK)
    *json = text;
  else
    free(text);
  return status;
}

funnelsim_status funnelsim_summary_json(const char *path, const char *by, double confidence,
                                        funnelsim_report *report, char **json) {
  fsim_report *found = inside(report);
  fsim_store_reader *reader = NULL;
  fsim_pool *pool = NULL;
  fsim_summary *summary = NULL;
  fsim_series_source source;
  fsim_summary_options options = {by, confidence};
  *json = NULL;
  quiet_libraries();
  if (confidence != 0 && !(confidence >= 0.5 && confidence < 1))
    return (funnelsim_status)fsim_bad_input(found, FSIM_NOWHERE,
                                            "the confidence must be 0 or at least 0.5 and below 1");
  int status = fsim_store_open(path, found, &reader);
  if (status != FSIM_OK) return (funnelsim_status)status;
  status = fsim_stored_source(reader, found, &pool, &source);
  if (status == FSIM_OK) status = fsim_summary_make(&source, &options, found, &summary);
  if (status == FSIM_OK) status = fsim_summary_uncertain(summary, fsim_store_source(reader), found);
  fsim_row_source rows = fsim_stored_rows(reader);
  if (status == FSIM_OK)
    status = fsim_summary_known(summary, fsim_store_source(reader), &rows, found);
  if (status == FSIM_OK) status = write_json(summary, reader, found, json);
  fsim_summary_free(summary);
  fsim_pool_free(pool);
  fsim_store_reader_close(reader);
  return (funnelsim_status)status;
}

void funnelsim_text_free(char *text) {
  free(text);
}
