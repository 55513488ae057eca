/* `funnelsim backtest`: how well a fitted model would have forecast the past. */
#include <stdlib.h>

#include "analysis/fit/backtest_print.h"
#include "cli/command.h"
#include "cli/export_options.h"
#include "cli/terminal.h"
#include "sim/base/array.h"

typedef struct backtest_request {
  int64_t *cuts;
  fsim_backtest_options options;
  const char *folder;
  bool json, quiet;
} backtest_request;

static const fsim_option options[] = {
    FSIM_EXPORT_OPTIONS,
    {"cut", 'c', "DATE", "forecast from this day with what was known then; may be repeated"},
    {"teams", 0, "WHICH",
     "found: with teams where work is recorded; none (default: found, as in fit)"},
    {"horizon", 0, "SPAN", "how far to forecast (default: 12 w)"},
    {"funnel", 0, "NAME", "only this one, where the export holds several (default: all)"},
    {"replications", 'n', "N", "simulated futures of a cut (default: 400)"},
    {"seed", 0, "N", "of the simulations (default: 1)"},
    {"write", 'o', "FOLDER", "write all simulated futures there, as CSV"},
    {"threads", 't', "N", "threads (default: all cores); the results do not depend on it"},
    {"json", 0, NULL, "print JSON, for programs"},
    {"quiet", 'q', NULL, "no progress, no findings"},
};

static void show_progress(void *context, size_t done, size_t of) {
  (void)of;
  fsim_progress_show(context, done, 0);
}

static int compare_times(const void *left, const void *right) {
  int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
  return (a > b) - (a < b);
}

static int read_cuts(const fsim_arguments *arguments, fsim_report *report,
                     backtest_request *request) {
  const char **given = NULL;
  size_t n = 0;
  int status = fsim_option_values(arguments, "cut", report, &given, &n);
  if (status == FSIM_OK && n == 0)
    status = fsim_bad_input(report, FSIM_NOWHERE,
                            "from which day shall be forecast? --cut 2026-03-02 (may be repeated)");
  request->cuts = fsim_zeroed(n, sizeof *request->cuts);
  if (request->cuts == NULL) status = fsim_no_memory(report);
  for (size_t c = 0; c < n && status == FSIM_OK; c++)
    status = fsim_option_date("cut", given[c], report, &request->cuts[c]);
  if (status == FSIM_OK) qsort(request->cuts, n, sizeof *request->cuts, compare_times);
  request->options.cuts = request->cuts;
  request->options.n_cuts = n;
  free(given);
  return status;
}

static int read_request(const fsim_arguments *arguments, fsim_report *report,
                        backtest_request *request) {
  uint64_t replications = 400, seed = 1, threads = 0;
  request->options.weeks = 12;
  int status = read_cuts(arguments, report, request);
  if (status == FSIM_OK)
    status = fsim_option_weeks(arguments, "horizon", report, &request->options.weeks);
  if (status == FSIM_OK)
    status = fsim_option_recent(arguments, report, &request->options.recent_weeks);
  if (status == FSIM_OK) status = fsim_option_laws(arguments, report, &request->options.laws);
  if (status == FSIM_OK)
    status = fsim_option_segments(arguments, report, &request->options.segments);
  request->options.teams = true;
  if (status == FSIM_OK)
    status =
        fsim_option_either(arguments, "teams", "found", "none", report, &request->options.teams);
  if (status == FSIM_OK)
    status = fsim_option_count(arguments, "replications", 20, 1000000, report, &replications);
  if (status == FSIM_OK)
    status = fsim_option_count(arguments, "seed", 0, UINT64_MAX, report, &seed);
  if (status == FSIM_OK)
    status = fsim_option_count(arguments, "threads", 1, 4096, report, &threads);
  request->options.replications = (int)(replications + replications % 2);
  request->options.seed = seed;
  request->options.threads = (int)threads;
  request->folder = fsim_option_value(arguments, "write");
  request->json = fsim_option_given(arguments, "json");
  request->quiet = fsim_option_given(arguments, "quiet");
  return status;
}

static int print(const backtest_request *request, const fsim_backtest *result,
                 fsim_report *report) {
  if (request->json) return fsim_backtest_json(result, stdout, report);
  fsim_lines lines;
  int status = fsim_lines_begin(&lines, report);
  if (status == FSIM_OK) status = fsim_backtest_text(result, lines.file, report);
  return fsim_lines_end(&lines, stdout, status, report);
}

static int backtest(const fsim_arguments *arguments, backtest_request *request,
                    fsim_report *report) {
  fsim_log *log = NULL;
  fsim_backtest result = {0};
  fsim_progress_line line;
  size_t funnels = 0;
  int status = fsim_read_export(arguments, "backtest", report, &log);
  if (status == FSIM_OK && !request->quiet) status = fsim_show_findings(stderr, log, report);
  if (status == FSIM_OK)
    status = fsim_find_log_funnel(log, fsim_option_value(arguments, "funnel"), report, &funnels);
  if (status == FSIM_OK) {
    fsim_set_for_orders(log, arguments, &request->options.recent_weeks, &request->options.laws);
    request->options.progress = show_progress;
    request->options.context = &line;
    fsim_progress_begin(&line, request->quiet, request->options.n_cuts, "cuts");
    status = fsim_backtest_run(log, funnels, &request->options, report, &result);
    fsim_progress_end(&line);
  }
  if (status == FSIM_OK) status = print(request, &result, report);
  if (status == FSIM_OK && request->folder != NULL)
    status = fsim_backtest_write(&result, request->folder, report);
  fsim_backtest_free(&result);
  fsim_log_free(log);
  return status;
}

static int run_backtest(int argc, char **argv) {
  fsim_report *report = fsim_report_new();
  fsim_arguments arguments;
  backtest_request request = {0};
  int status = fsim_parse_options(&fsim_backtest_command, argc, argv, report, &arguments);
  if (status == FSIM_OK && !arguments.help) {
    status = read_request(&arguments, report, &request);
    if (status == FSIM_OK) status = backtest(&arguments, &request, report);
  }
  free(request.cuts);
  fsim_arguments_free(&arguments);
  return fsim_close_report(report, status);
}

const fsim_command fsim_backtest_command = {
    .name = "backtest",
    .help = "show how well a fitted model would have forecast the past",
    .operands = "EXPORT…",
    .options = options,
    .n_options = sizeof options / sizeof *options,
    .about =
        "At each --cut the export is taken as it stood on that day: later events are gone, deals "
        "decided since are open again. A model is fitted to that and simulated, and the wins "
        "of the weeks that followed are compared with what happened: coverage of the "
        "intervals, CRPS, bias, beside naive forecasts.",
    .example =
        "funnelsim backtest deals.csv --mapping deals.map.yaml --cut 2026-01-05 --cut "
        "2026-02-02 --horizon 8w",
    .run = run_backtest,
};
