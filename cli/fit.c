/* `funnelsim fit`: from a CRM export to a model, a scenario and the open deals. */
#include <errno.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analysis/fit/fit_print.h"
#include "cli/command.h"
#include "cli/export_options.h"
#include "cli/terminal.h"
#include "sim/base/array.h"
#include "sim/base/text.h"

static const fsim_option options[] = {
    FSIM_EXPORT_OPTIONS,
    {"guess", 0, NULL,
     "print the mapping that the files suggest, and why, or write it to the file of -o; fit "
     "nothing"},
    {"teams", 0, "WHICH",
     "found: write teams where people's work is recorded and makes the queues; none: never "
     "(default: found)"},
    {"output", 'o', "FOLDER",
     "where the files go (default: fitted); with --guess, the mapping file"},
    {"force", 'f', NULL, "overwrite files that are there"},
    {"horizon", 0, "SPAN", "of the scenario (default: 26 w)"},
    {"funnel", 0, "NAME", "only this one, where the export holds several (default: all)"},
    {"replications", 'n', "N", "of the scenario (default: 200)"},
    {"seed", 0, "N", "of the scenario (default: 1)"},
    {"threads", 't', "N", "threads (default: all cores)"},
    {"quiet", 'q', NULL, "only mistakes"},
};

typedef struct fit_request {
  const char *folder;
  int weeks, recent_weeks, replications, threads;
  uint64_t seed;
  bool force, quiet, laws, segments, teams;
} fit_request;

static int read_request(const fsim_arguments *arguments, fsim_report *report,
                        fit_request *request) {
  uint64_t replications = 200, threads = 0;
  *request = (fit_request){
      .folder = "fitted", .weeks = 26, .seed = 1, .laws = true, .segments = true, .teams = true};
  if (fsim_option_given(arguments, "output"))
    request->folder = fsim_option_value(arguments, "output");
  request->force = fsim_option_given(arguments, "force");
  request->quiet = fsim_option_given(arguments, "quiet");
  int status = fsim_option_weeks(arguments, "horizon", report, &request->weeks);
  if (status == FSIM_OK) status = fsim_option_recent(arguments, report, &request->recent_weeks);
  if (status == FSIM_OK) status = fsim_option_laws(arguments, report, &request->laws);
  if (status == FSIM_OK) status = fsim_option_segments(arguments, report, &request->segments);
  if (status == FSIM_OK)
    status = fsim_option_either(arguments, "teams", "found", "none", report, &request->teams);
  if (status == FSIM_OK)
    status = fsim_option_count(arguments, "replications", 2, 1000000, report, &replications);
  if (status == FSIM_OK)
    status = fsim_option_count(arguments, "seed", 0, UINT64_MAX, report, &request->seed);
  if (status == FSIM_OK)
    status = fsim_option_count(arguments, "threads", 1, 4096, report, &threads);
  request->replications = (int)(replications + replications % 2);
  request->threads = (int)threads;
  if (threads > 0) omp_set_num_threads((int)threads); /* laws climb from several starts at once */
  return status;
}

static int is_there(const char *path, fsim_report *report) {
  return fsim_bad_input(report, FSIM_NOWHERE,
                        "%s is there already; --force overwrites it, -o names another folder",
                        path);
}

/* What could not be written in the end is refused before the work. */
static int check_folder(const fit_request *request, fsim_report *report) {
  fsim_text path = {0};
  fsim_text_append(&path, "%s/scenario.yaml", request->folder);
  int status = path.failed ? fsim_no_memory(report) : FSIM_OK;
  if (status == FSIM_OK && !request->force && access(path.text, F_OK) == 0)
    status = is_there(path.text, report);
  free(path.text);
  return status;
}

static int write_file(const fit_request *request, const char *name, const char *text,
                      fsim_report *report) {
  fsim_text path = {0};
  fsim_text_append(&path, "%s/%s", request->folder, name);
  if (path.failed) return fsim_no_memory(report);
  int status = FSIM_OK;
  FILE *file = fopen(path.text, request->force ? "w" : "wx");
  if (file == NULL && errno == EEXIST)
    status = is_there(path.text, report);
  else if (file == NULL)
    status =
        fsim_failure(report, FSIM_NOWHERE, "%s cannot be written: %s", path.text, strerror(errno));
  if (file != NULL) {
    int failed = fputs(text, file) == EOF;
    failed |= fclose(file);
    if (failed)
      status = fsim_failure(report, FSIM_NOWHERE, "%s cannot be written: %s", path.text,
                            strerror(errno));
  }
  free(path.text);
  return status;
}

/* STEM.yaml or STEM-open.csv. */
static int write_named(const fit_request *request, const char *stem, const char *ending,
                       const char *text, fsim_report *report) {
  fsim_text name = {0};
  fsim_text_append(&name, "%s%s", stem, ending);
  int status = name.failed ? fsim_no_memory(report) : write_file(request, name.text, text, report);
  free(name.text);
  return status;
}

static int write_files(const fit_request *request, const fsim_fitted_set *fitted,
                       const fsim_model_text *text, fsim_report *report) {
  if (mkdir(request->folder, 0777) != 0 && errno != EEXIST)
    return fsim_failure(report, FSIM_NOWHERE, "%s cannot be made: %s", request->folder,
                        strerror(errno));
  int status = FSIM_OK;
  for (size_t f = 0; f < fitted->n && status == FSIM_OK; f++) {
    const char *name = fitted->funnel[f].name;
    status = write_named(request, name, ".yaml", text->model[f], report);
    if (status == FSIM_OK)
      status = write_named(request, name, "-open.csv", text->open_deals[f], report);
  }
  return status == FSIM_OK ? write_file(request, "scenario.yaml", text->scenario, report) : status;
}

/* report.html and report.json, or one of each for a funnel where there are several. */
static int write_report(const fit_request *request, const fsim_fit_report *made,
                        const fsim_fitted_set *set, size_t funnel, fsim_report *report) {
  const bool several = set->n > 1;
  fsim_text page = {0}, stem = {0};
  char *json = NULL;
  fsim_text_append(&stem, "%s%sreport", several ? made->fitted->name : "", several ? "-" : "");
  fsim_fit_report_html(made, &page);
  int status = page.failed || stem.failed ? fsim_no_memory(report)
                                          : fsim_fit_report_json(made, set, funnel, report, &json);
  if (status == FSIM_OK) status = write_named(request, stem.text, ".html", page.text, report);
  if (status == FSIM_OK) status = write_named(request, stem.text, ".json", json, report);
  free(stem.text);
  free(page.text);
  free(json);
  return status;
}

static void free_reports(fsim_fit_report *made, size_t n) {
  for (size_t f = 0; f < n && made != NULL; f++) fsim_fit_report_free(&made[f]);
  free(made);
}

/* One report a funnel; the caller frees them also after an error. */
static int make_reports(const fsim_log *log, const fsim_fitted_set *fitted,
                        const fsim_past_errors *errors, fsim_report *report,
                        fsim_fit_report **made) {
  *made = fsim_zeroed(fitted->n, sizeof **made);
  int status = *made == NULL ? fsim_no_memory(report) : FSIM_OK;
  for (size_t f = 0; f < fitted->n && status == FSIM_OK; f++)
    status = fsim_fit_report_make(log, &fitted->funnel[f], errors, report, &(*made)[f]);
  for (size_t f = 0; f < fitted->n && status == FSIM_OK && fitted->teams != NULL; f++)
    (*made)[f].teams = &fitted->teams[f];
  return status;
}

static int print(const fit_request *request, const fsim_fit_report *made,
                 const fsim_fitted_set *fitted, fsim_report *report) {
  fsim_lines lines;
  int status = fsim_lines_begin(&lines, report);
  if (status == FSIM_OK) status = fsim_fit_print(made, fitted, lines.file, report);
  status = fsim_lines_end(&lines, stdout, status, report);
  if (status != FSIM_OK) return status;
  const char *what = "data against model, stage by stage";
  printf("\n%s/scenario.yaml\n", request->folder);
  if (fitted->n == 1) printf("%s/report.html (%s)\n", request->folder, what);
  for (size_t f = 0; f < fitted->n && fitted->n > 1; f++)
    printf("%s/%s-report.html%s%s%s\n", request->folder, fitted->funnel[f].name, f == 0 ? " (" : "",
           f == 0 ? what : "", f == 0 ? ")" : "");
  return FSIM_OK;
}

static int fit(const fsim_arguments *arguments, fit_request *request, fsim_report *report,
               size_t *shown) {
  fsim_log *log = NULL;
  fsim_fitted_set fitted = {0};
  fsim_model_text text = {0};
  fsim_past_errors errors = {0};
  fsim_fit_report *made = NULL;
  fsim_fit_options how = {.calendar = true};
  size_t funnels = 0;
  int status = fsim_read_export(arguments, "fit", report, &log);
  if (status == FSIM_OK) fsim_show_report(stderr, report, shown); /* warnings come first */
  if (status == FSIM_OK && !request->quiet) status = fsim_show_findings(stdout, log, report);
  if (status == FSIM_OK)
    status = fsim_find_log_funnel(log, fsim_option_value(arguments, "funnel"), report, &funnels);
  if (status == FSIM_OK) {
    fsim_set_for_orders(log, arguments, &request->recent_weeks, &request->laws);
    how.since = request->recent_weeks > 0 ? log->end - request->recent_weeks * INT64_C(604800)
                                          : FSIM_NO_TIME;
    how.laws = request->laws;
    how.teams = request->teams;
    how.segments = request->segments;
    status = fsim_estimate_set(log, funnels, &how, report, &fitted);
  }
  if (status == FSIM_OK)
    status = fsim_past_errors_of(log, funnels, &how, request->recent_weeks, true, request->seed,
                                 request->threads, report, &errors);
  if (status == FSIM_OK) {
    const fsim_model_text_options write = {.scenario = "fitted",
                                           .weeks = request->weeks,
                                           .replications = request->replications,
                                           .seed = request->seed,
                                           .pace_sigma = errors.pace_sigma,
                                           .odds_sigma = errors.odds_sigma,
                                           .arrivals_sigma = errors.arrivals_sigma};
    status = fsim_write_model_text(log, &fitted, &write, report, &text);
  }
  if (status == FSIM_OK) status = make_reports(log, &fitted, &errors, report, &made);
  if (status == FSIM_OK) status = write_files(request, &fitted, &text, report);
  for (size_t f = 0; f < fitted.n && status == FSIM_OK; f++)
    status = write_report(request, &made[f], &fitted, f, report);
  if (status == FSIM_OK && !request->quiet) status = print(request, made, &fitted, report);
  free_reports(made, fitted.n);
  fsim_model_text_free(&text);
  fsim_fitted_set_free(&fitted);
  fsim_log_free(log);
  return status;
}

static int run_fit(int argc, char **argv) {
  fsim_report *report = fsim_report_new();
  fsim_arguments arguments;
  fit_request request;
  size_t shown = 0;
  int status = fsim_parse_options(&fsim_fit_command, argc, argv, report, &arguments);
  if (status == FSIM_OK && !arguments.help && fsim_option_given(&arguments, "guess")) {
    status = fsim_show_guess(&arguments, report);
  } else if (status == FSIM_OK && !arguments.help) {
    status = read_request(&arguments, report, &request);
    if (status == FSIM_OK) status = check_folder(&request, report);
    if (status == FSIM_OK) status = fit(&arguments, &request, report, &shown);
  }
  fsim_arguments_free(&arguments);
  return fsim_close_report_from(report, status, shown);
}

const fsim_command fsim_fit_command = {
    .name = "fit",
    .help = "make a model and a scenario from a CRM export",
    .operands = "EXPORT…",
    .options = options,
    .n_options = sizeof options / sizeof *options,
    .about =
        "Reads what a CRM exports (an event log, a table of deals with or without the history "
        "of their stages, orders of customers), estimates for every stage when deals leave it "
        "and where to, arrivals and values, and writes a model, a scenario that starts from "
        "the deals open at the end of the export, these deals, and a report with plots of data "
        "against model. Open deals count as open, never as lost. `funnelsim run "
        "FOLDER/scenario.yaml` is then the forecast.",
    .example =
        "funnelsim fit deals.csv --guess > deals.map.yaml\n"
        "funnelsim fit deals.csv --mapping deals.map.yaml -o fitted\n"
        "funnelsim run fitted/scenario.yaml",
    .run = run_fit,
};
