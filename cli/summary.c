#include "cli/summary.h"

#include <stdlib.h>
#include <string.h>

#include "analysis/decide/weekly.h"
#include "analysis/stored.h"
#include "analysis/summary.h"
#include "cli/command.h"
#include "cli/terminal.h"
#include "sim/base/array.h"
#include "sim/base/quantity.h"

typedef enum form { AS_TEXT, AS_JSON, AS_CSV } form;

typedef struct summary_request {
  const char *path;
  form form;
  fsim_summary_options options;
  bool full, from_trajectories, weeks;
  const char *target; /* by week */
  const char *funnel; /* the same */
} summary_request;

static int print_summary(const fsim_summary *summary, const summary_request *request,
                         const fsim_store_reader *reader, FILE *out, fsim_report *report) {
  size_t n = fsim_store_n_warnings(reader);
  size_t n_notes = fsim_store_n_notes(reader);
  const char **warnings = fsim_zeroed(n + n_notes, sizeof *warnings), **notes = warnings + n;
  if (warnings == NULL) return fsim_no_memory(report);
  for (size_t w = 0; w < n; w++) warnings[w] = fsim_store_warning(reader, w);
  for (size_t i = 0; i < n_notes; i++) notes[i] = fsim_store_note(reader, i);
  fsim_stored_effects effects;
  fsim_stored_indices indices = {0};
  int status = fsim_store_get_effects(request->path, report, &effects);
  if (status == FSIM_OK) status = fsim_store_get_indices(request->path, report, &indices);
  fsim_summary_frame frame = {.engine = fsim_store_engine(reader),
                              .complete = fsim_store_complete(reader),
                              .warnings = warnings,
                              .n_warnings = n,
                              .notes = notes,
                              .n_notes = n_notes,
                              .full = request->full,
                              .effects = effects.n > 0 ? &effects : NULL,
                              .indices = indices.n > 0 ? &indices : NULL};
  if (status == FSIM_OK)
    status = request->form == AS_JSON  ? fsim_summary_json(summary, &frame, out, report)
             : request->form == AS_CSV ? fsim_summary_csv(summary, out, report)
                                       : fsim_summary_text(summary, &frame, out, report);
  fsim_stored_effects_free(&effects);
  fsim_stored_indices_free(&indices);
  free(warnings);
  return status;
}

static int tell_weeks(const fsim_series_source *source, const summary_request *request, FILE *out,
                      fsim_report *report) {
  fsim_weekly *weekly = NULL;
  const fsim_weekly_options options = {request->options.by, request->target,
                                       request->options.confidence, request->funnel};
  int status = fsim_weekly_make(source, &options, report, &weekly);
  if (status == FSIM_OK)
    status = request->form == AS_JSON  ? fsim_weekly_json(weekly, out, report)
             : request->form == AS_CSV ? fsim_weekly_csv(weekly, out, report)
                                       : fsim_weekly_text(weekly, out, report);
  fsim_weekly_free(weekly);
  return status;
}

/* The usual summary. */
static int tell_window(fsim_store_reader *reader, const fsim_series_source *source,
                       const summary_request *request, FILE *out, fsim_report *report) {
  fsim_summary *summary = NULL;
  int status = fsim_summary_make(source, &request->options, report, &summary);
  if (status == FSIM_OK)
    status = fsim_summary_uncertain(summary, fsim_store_source(reader), report);
  fsim_row_source rows = fsim_stored_rows(reader);
  if (status == FSIM_OK)
    status = fsim_summary_known(summary, fsim_store_source(reader), &rows, report);
  if (status == FSIM_OK) status = print_summary(summary, request, reader, out, report);
  fsim_summary_free(summary);
  return status;
}

static int summarise(const summary_request *request, FILE *out, fsim_report *report) {
  fsim_store_reader *reader = NULL;
  fsim_pool *pool = NULL;
  fsim_series_source source;
  int status = fsim_store_open(request->path, report, &reader);
  if (status != FSIM_OK) return status;
  status = fsim_stored_source(reader, report, &pool, &source);
  if (status == FSIM_OK && request->from_trajectories) {
    uint32_t checked;
    status = fsim_stored_recompute(reader, &source, report, &checked);
    if (status == FSIM_OK) {
      fsim_note(report, FSIM_NOWHERE,
                "recomputed from the trajectories of %u of %u replications: equal to the stored "
                "aggregates",
                checked, source.replications);
    }
  }
  if (status == FSIM_OK)
    status = request->weeks ? tell_weeks(&source, request, out, report)
                            : tell_window(reader, &source, request, out, report);
  fsim_pool_free(pool);
  fsim_store_reader_close(reader);
  return status;
}

int fsim_summary_print(const char *path, FILE *out, fsim_report *report) {
  summary_request request = {.path = path};
  return summarise(&request, out, report);
}

/* ---- the subcommand ---- */

static const fsim_option options[] = {
    {"full", 0, NULL,
     "all tables: outcomes, conversions, stages by segment, exits, rules, cohorts"},
    {"json", 0, NULL, "print JSON, for programs"},
    {"csv", 0, NULL, "print one long table of comma-separated values, for spreadsheets"},
    {"weeks", 0, NULL, "a forecast week by week: wins, value, work in progress, hours of teams"},
    {"target", 0, "TARGET",
     "with --weeks: the probability of so much in all by each date, as 'won >= 40'"},
    {"funnel", 0, "NAME", "with --weeks: only wins, value and journeys of this funnel"},
    {"by", 0, "ATTRIBUTE", "show the values of this attribute in place of the segments"},
    {"confidence", 0, "P", "of all intervals, as 0.9 or 90 % (default: the scenario's)"},
    {"from-trajectories", 0, NULL,
     "count the stored trajectories again and fail if they differ from the stored sums"},
};

static int read_request(const fsim_arguments *arguments, fsim_report *report,
                        summary_request *request) {
  bool json = fsim_option_given(arguments, "json"), csv = fsim_option_given(arguments, "csv");
  if (json && csv) {
    return fsim_bad_input(report, FSIM_NOWHERE, "--json and --csv exclude each other");
  }
  request->form = json ? AS_JSON : csv ? AS_CSV : AS_TEXT;
  request->full = fsim_option_given(arguments, "full");
  request->weeks = fsim_option_given(arguments, "weeks");
  request->target = fsim_option_value(arguments, "target");
  if (request->full && request->weeks) {
    return fsim_bad_input(report, FSIM_NOWHERE, "--full and --weeks exclude each other");
  }
  if (request->target != NULL && !request->weeks) {
    return fsim_bad_input(report, FSIM_NOWHERE,
                          "--target needs --weeks; funnelsim plan finds what reaches a target");
  }
  request->funnel = fsim_option_value(arguments, "funnel");
  if (request->funnel != NULL && !request->weeks)
    return fsim_bad_input(report, FSIM_NOWHERE, "--funnel needs --weeks");
  request->options.by = fsim_option_value(arguments, "by");
  request->from_trajectories = fsim_option_given(arguments, "from-trajectories");
  return fsim_option_confidence(arguments, report, &request->options.confidence);
}

static int run(int argc, char **argv) {
  fsim_report *report = fsim_report_new();
  fsim_arguments arguments;
  summary_request request = {0};
  int status = fsim_parse_options(&fsim_summary_command, argc, argv, report, &arguments);
  if (status == FSIM_OK && !arguments.help) {
    status =
        fsim_one_operand(&fsim_summary_command, &arguments, "a result file", report, &request.path);
    if (status == FSIM_OK) status = read_request(&arguments, report, &request);
    if (status == FSIM_OK) status = summarise(&request, stdout, report);
  }
  fsim_arguments_free(&arguments);
  return fsim_close_report(report, status);
}

const fsim_command fsim_summary_command = {
    .name = "summary",
    .help = "the numbers of a result file, with their intervals",
    .operands = "FILE.h5",
    .options = options,
    .n_options = sizeof options / sizeof *options,
    .about =
        "A screenful: what is won and worth, conversion, cycle times, teams and stages. --full "
        "shows "
        "every table, each number with the error of its mean and its range of outcomes. "
        "docs/summary.md "
        "explains every number, docs/statistics.md how its interval is made.",
    .example =
        "funnelsim summary five-funnels.h5\n"
        "funnelsim summary five-funnels.h5 --full | less\n"
        "funnelsim summary five-funnels.h5 --by source --csv > by-source.csv\n"
        "funnelsim summary forecast.h5 --weeks --target 'won >= 40'",
    .run = run,
};
