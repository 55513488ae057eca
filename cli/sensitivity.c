/* `funnelsim sensitivity`: where the bottleneck is, and what one step of each lever gives. */
#include "analysis/decide/sensitivity.h"

#include <stdlib.h>
#include <string.h>

#include "analysis/decide/global_store.h"
#include "analysis/decide/next_step.h"
#include "analysis/decide/screening.h"
#include "analysis/decide/sensitivity_store.h"
#include "cli/command.h"
#include "cli/terminal.h"
#include "sim/base/quantity.h"

#define MOST_REPLICATIONS 100000000
#define MOST_THREADS 4096
#define MOST_BASE 1000000
#define LEAST_ROWS 64
#define MOST_NEXT 100
#define SHOWN 15
#define SLOPES 10

typedef struct sensitivity_request {
  const char *path;
  const char **sets, **levers, **steps, **metrics, **ranges;
  size_t n_sets, n_ranges;
  fsim_sensitivity_options options;
  uint64_t top, base, next, slopes;
  bool global, morris, pairs, json, quiet;
} sensitivity_request;

static void show_progress(void *context, size_t done, size_t of) {
  (void)of;
  fsim_progress_show(context, done, 0);
}

static fsim_global_options global_options(const sensitivity_request *request,
                                          fsim_progress_line *line) {
  const fsim_sensitivity_options *o = &request->options;
  return (fsim_global_options){.inputs = {.ranges = request->ranges,
                                          .n_ranges = request->n_ranges,
                                          .globs = request->levers,
                                          .n_globs = o->steps.n_globs},
                               .metrics = request->metrics,
                               .n_metrics = o->n_metrics,
                               .confidence = o->confidence,
                               .base = (uint32_t)request->base,
                               .pairs = request->pairs,
                               .threads = o->threads,
                               .progress = show_progress,
                               .context = line};
}

/* What moves the outcome most over whole ranges. */
static int analyse_globally(const sensitivity_request *request, const fsim_variant *variant,
                            fsim_report *report) {
  fsim_global *global = NULL;
  fsim_progress_line line;
  fsim_global_options options = global_options(request, &line);
  fsim_progress_begin(&line, request->quiet, 0, "points");
  int status = fsim_global_make(variant, &options, report, &global);
  fsim_progress_end(&line);
  if (status == FSIM_OK)
    status = request->json ? fsim_global_json(global, stdout, report)
                           : fsim_global_text(global, stdout, report);
  if (status == FSIM_OK && variant->reader != NULL)
    status = fsim_global_put(global, request->path, report);
  fsim_global_free(global);
  return status;
}

/* What matters at all, of many levers. */
static int screen(const sensitivity_request *request, const fsim_variant *variant,
                  fsim_report *report) {
  fsim_screening *screening = NULL;
  fsim_progress_line line;
  fsim_global_options options = global_options(request, &line);
  fsim_progress_begin(&line, request->quiet, 0, "points");
  int status = fsim_screening_make(variant, &options, report, &screening);
  fsim_progress_end(&line);
  if (status == FSIM_OK)
    status = request->json ? fsim_screening_json(screening, stdout, report)
                           : fsim_screening_text(screening, (size_t)request->top, stdout, report);
  fsim_screening_free(screening);
  return status;
}

/* Where the bottleneck moves as it is relieved. */
static int follow(const sensitivity_request *request, const fsim_variant *variant,
                  fsim_report *report) {
  fsim_next *next = NULL;
  fsim_sensitivity_options options = request->options;
  fsim_progress_line line;
  options.progress = show_progress;
  options.context = &line;
  fsim_progress_begin(&line, request->quiet, 0, "plans");
  int status = fsim_next_make(variant, &options, (size_t)request->next, report, &next);
  fsim_progress_end(&line);
  if (status == FSIM_OK)
    status =
        request->json ? fsim_next_json(next, stdout, report) : fsim_next_text(next, stdout, report);
  fsim_next_free(next);
  return status;
}

static int analyse_steps(const sensitivity_request *request, const fsim_variant *variant,
                         fsim_report *report) {
  fsim_sensitivity *sensitivity = NULL;
  fsim_sensitivity_options options = request->options;
  fsim_progress_line line;
  options.progress = show_progress;
  options.context = &line;
  fsim_progress_begin(&line, request->quiet, 0, "plans");
  int status = fsim_sensitivity_make(variant, &options, report, &sensitivity);
  fsim_progress_end(&line);
  if (status == FSIM_OK)
    status = request->json
                 ? fsim_sensitivity_json(sensitivity, stdout, report)
                 : fsim_sensitivity_text(sensitivity, (size_t)request->top, stdout, report);
  if (status == FSIM_OK && variant->reader != NULL)
    status = fsim_sensitivity_put(sensitivity, request->path, report);
  fsim_sensitivity_free(sensitivity);
  return status;
}

static int analyse(const sensitivity_request *request, fsim_report *report) {
  fsim_variant variant;
  int status = fsim_variant_load(request->path, request->sets, request->n_sets, report, &variant);
  if (status == FSIM_OK) {
    if (request->global)
      status = analyse_globally(request, &variant, report);
    else if (request->morris)
      status = screen(request, &variant, report);
    else if (request->next > 0)
      status = follow(request, &variant, report);
    else
      status = analyse_steps(request, &variant, report);
  }
  fsim_variant_free(&variant);
  return status;
}

static const fsim_option options[] = {
    {"metric", 'm', "NAME",
     "what the levers are ranked by, such as basic.won, value, basic.cycle_days or "
     "teams.sdr.queue_days; may be repeated, the first one ranks (default: value or wins)"},
    {"levers", 'l', "GLOB",
     "only levers whose path fits, such as 'basic.stages.*.exits.*'; may be repeated (default: "
     "every exit, wait, work time, patience, deadline, team size, stream rate and link)"},
    {"step", 0, "WHICH=STEP",
     "another step for a kind of lever or one path, such as time=x0.8 or teams.sdr.size=+2; may be "
     "repeated"},
    {"slopes", 0, "N",
     "true elasticities of the first N levers, by four more plans each (default: 10; 0: none but "
     "those over the step)"},
    {"simulate", 0, NULL,
     "simulate also what can be computed, which is the default without teams: to check it"},
    {"next", 0, "N",
     "take the best step, rank again, and so on N times: where the bottleneck moves"},
    {"global", 0, NULL,
     "instead of steps: what share of the spread comes from which input when all vary at once over "
     "their ranges (Sobol's indices); the scenario's uncertain numbers always take part"},
    {"morris", 0, NULL,
     "instead of steps: which of many inputs matter at all and which may be left out (elementary "
     "effects); inputs as with --global, without --vary and --levers every practical lever"},
    {"vary", 0, "LEVER=LO..HI",
     "with --global and --morris: a lever and its range, such as teams.ae.size=2..6 or "
     "streams.web.rate=x0.8..x1.2; without a range 20 % to both sides; may be repeated"},
    {"pairs", 0, NULL,
     "with --global: also the interaction of every pair of inputs, and shares that add up "
     "(Shapley's); twice the points"},
    {"base", 0, "N",
     "with --global: rows of points, each of inputs + 2 (default: 512, at least 64); with "
     "--morris: "
     "trajectories, each of inputs + 1 points (default: 30)"},
    {"set", 's', "PATH=VALUE", "change the scenario first; may be repeated"},
    {"replications", 'n', "N", "of every plan (default: as the scenario says, at most 50)"},
    {"confidence", 0, "P", "of all intervals, as 0.9 or 90 % (default: the scenario's)"},
    {"top", 0, "N", "show the first N levers; 0: all (default: 15)"},
    {"threads", 't', "N", "threads (default: all cores); the results do not depend on it"},
    {"json", 0, NULL, "print JSON, for programs"},
    {"quiet", 'q', NULL, "no progress"},
};

static int read_lists(const fsim_arguments *arguments, fsim_report *report,
                      sensitivity_request *request) {
  fsim_sensitivity_options *o = &request->options;
  int status = fsim_option_values(arguments, "set", report, &request->sets, &request->n_sets);
  if (status == FSIM_OK)
    status = fsim_option_values(arguments, "levers", report, &request->levers, &o->steps.n_globs);
  if (status == FSIM_OK)
    status = fsim_option_values(arguments, "step", report, &request->steps, &o->steps.n_steps);
  if (status == FSIM_OK)
    status = fsim_option_values(arguments, "metric", report, &request->metrics, &o->n_metrics);
  if (status == FSIM_OK)
    status = fsim_option_values(arguments, "vary", report, &request->ranges, &request->n_ranges);
  o->steps.globs = request->levers;
  o->steps.steps = request->steps;
  o->metrics = request->metrics;
  return status;
}

/* Fewer rows than 64 or trajectories than 4 would not make honest intervals. */
static int read_base(const fsim_arguments *arguments, fsim_report *report,
                     sensitivity_request *request) {
  int status = fsim_option_count(arguments, "base", 4, MOST_BASE, report, &request->base);
  if (status == FSIM_OK && request->global && request->base > 0 && request->base < LEAST_ROWS)
    status = fsim_bad_input(report, FSIM_NOWHERE,
                            "--base %llu is too few rows to go by: --global takes at least %d",
                            (unsigned long long)request->base, LEAST_ROWS);
  return status;
}

static int read_numbers(const fsim_arguments *arguments, fsim_report *report,
                        sensitivity_request *request) {
  uint64_t replications = 0, threads = 0;
  request->top = SHOWN;
  request->slopes = SLOPES;
  request->global = fsim_option_given(arguments, "global");
  int status =
      fsim_option_count(arguments, "replications", 2, MOST_REPLICATIONS, report, &replications);
  if (status == FSIM_OK)
    status = fsim_option_count(arguments, "threads", 1, MOST_THREADS, report, &threads);
  if (status == FSIM_OK)
    status = fsim_option_count(arguments, "top", 0, UINT32_MAX, report, &request->top);
  if (status == FSIM_OK)
    status = fsim_option_confidence(arguments, report, &request->options.confidence);
  if (status == FSIM_OK)
    status = fsim_option_count(arguments, "slopes", 0, UINT32_MAX, report, &request->slopes);
  request->options.slopes = (size_t)request->slopes;
  request->options.simulate = fsim_option_given(arguments, "simulate");
  request->options.replications = (uint32_t)replications;
  request->options.threads = (int)threads;
  if (status == FSIM_OK) status = read_base(arguments, report, request);
  if (status == FSIM_OK)
    status = fsim_option_count(arguments, "next", 1, MOST_NEXT, report, &request->next);
  request->morris = fsim_option_given(arguments, "morris");
  request->pairs = fsim_option_given(arguments, "pairs");
  request->json = fsim_option_given(arguments, "json");
  request->quiet = fsim_option_given(arguments, "quiet");
  return status;
}

/* Options that belong to another kind of analysis would be without effect: refused. */
static int check_kind(const fsim_arguments *arguments, fsim_report *report) {
  static const char *const kinds[] = {"global", "morris", "next"};
  static const char *const others[] = {"step", "replications", "slopes", "simulate"};
  static const char *const instead[] = {"give ranges with --vary", "give --base", "it has no steps",
                                        "it is always simulated"};
  const char *kind = NULL;
  for (size_t i = 0; i < 3; i++) {
    if (!fsim_option_given(arguments, kinds[i])) continue;
    if (kind != NULL)
      return fsim_bad_input(report, FSIM_NOWHERE, "--%s and --%s do not go together: choose one",
                            kind, kinds[i]);
    kind = kinds[i];
  }
  bool ranges = kind != NULL && strcmp(kind, "next") != 0;
  if (fsim_option_given(arguments, "pairs") && !fsim_option_given(arguments, "global"))
    return fsim_bad_input(report, FSIM_NOWHERE, "--pairs goes with --global");
  if (!ranges && fsim_option_given(arguments, "vary"))
    return fsim_bad_input(report, FSIM_NOWHERE, "--vary goes with --global or --morris");
  if (!ranges && fsim_option_given(arguments, "base"))
    return fsim_bad_input(report, FSIM_NOWHERE, "--base goes with --global or --morris");
  for (size_t i = 0; ranges && i < sizeof others / sizeof *others; i++)
    if (fsim_option_given(arguments, others[i]))
      return fsim_bad_input(report, FSIM_NOWHERE, "--%s does not go with --%s: %s", others[i], kind,
                            instead[i]);
  return FSIM_OK;
}

static int run(int argc, char **argv) {
  fsim_report *report = fsim_report_new();
  fsim_arguments arguments;
  sensitivity_request request = {0};
  int status = fsim_parse_options(&fsim_sensitivity_command, argc, argv, report, &arguments);
  if (status == FSIM_OK && !arguments.help) {
    status = fsim_one_operand(&fsim_sensitivity_command, &arguments, "a scenario or a result file",
                              report, &request.path);
    if (status == FSIM_OK) status = check_kind(&arguments, report);
    if (status == FSIM_OK) status = read_lists(&arguments, report, &request);
    if (status == FSIM_OK) status = read_numbers(&arguments, report, &request);
    if (status == FSIM_OK) status = analyse(&request, report);
  }
  free(request.sets);
  free(request.levers);
  free(request.steps);
  free(request.metrics);
  free(request.ranges);
  fsim_arguments_free(&arguments);
  return fsim_close_report(report, status);
}

const fsim_command fsim_sensitivity_command = {
    .name = "sensitivity",
    .help = "where the bottleneck is: what one step of each lever gives",
    .operands = "SCENARIO|FILE.h5",
    .options = options,
    .n_options = sizeof options / sizeof *options,
    .about =
        "Moves every lever by one practical step (+1 percentage point of an exit, 10 % less time, "
        "one more person, 10 % more leads), simulates each plan with the same random numbers and "
        "ranks the levers by their effect. Those of a result file are kept in it, and summary then "
        "opens with the bottleneck. docs/sensitivity.md and docs/global.md explain the numbers.",
    .example =
        "funnelsim sensitivity scenarios/sales-team.yaml\n"
        "funnelsim sensitivity scenarios/five-funnels.yaml -m basic.won -l 'basic.*'\n"
        "funnelsim sensitivity scenarios/sales-team.yaml --next 3\n"
        "funnelsim sensitivity scenarios/sales-team-uncertain.yaml --global",
    .run = run,
};
