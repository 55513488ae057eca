/* `funnelsim plan`: from a target back to what it takes. */
#include <stdlib.h>

#include "analysis/decide/goal_plan.h"
#include "cli/command.h"
#include "cli/terminal.h"
#include "sim/base/quantity.h"

#define MOST_REPLICATIONS 100000000
#define MOST_THREADS 4096

typedef struct plan_request {
  const char *path;
  const char **sets, **vary;
  size_t n_sets;
  fsim_goal_options options;
  bool json, quiet;
} plan_request;

/* Plans are tried in small batches whose number nobody knows before. */
typedef struct watch {
  fsim_progress_line line;
  size_t before;
} watch;

static void show_progress(void *context, size_t done, size_t of) {
  watch *w = context;
  fsim_progress_show(&w->line, w->before + done, 0);
  if (done == of) w->before += of;
}

static int make_plan(const plan_request *request, fsim_report *report) {
  fsim_variant variant;
  fsim_goal_plan *plan = NULL;
  fsim_goal_options options = request->options;
  watch w = {0};
  options.progress = show_progress;
  options.context = &w;
  int status = fsim_variant_load(request->path, request->sets, request->n_sets, report, &variant);
  if (status == FSIM_OK) {
    fsim_progress_begin(&w.line, request->quiet, 0, "plans");
    status = fsim_goal_plan_make(&variant, &options, report, &plan);
    fsim_progress_end(&w.line);
  }
  if (status == FSIM_OK)
    status = request->json ? fsim_goal_plan_json(plan, stdout, report)
                           : fsim_goal_plan_text(plan, stdout, report);
  fsim_goal_plan_free(plan);
  fsim_variant_free(&variant);
  return status;
}

static const fsim_option options[] = {
    {"target", 0, "'METRIC >= N / month'",
     "what shall be reached over the window: a metric as in compare, >= or <=, and a number a "
     "week, "
     "month, quarter or year, or in days or %"},
    {"confidence", 0, "P", "with which it shall be reached, as 0.9 or 90 % (default: 80 %)"},
    {"vary", 0, "LEVER[=LO..HI]",
     "the lever to find the smallest sufficient value of; up to three, then the cheapest mix"},
    {"set", 's', "PATH=VALUE", "change the scenario first; may be repeated"},
    {"replications", 'n', "N", "of every plan (default: as the scenario says)"},
    {"interval", 0, "P", "confidence of all intervals, as 0.9 or 90 % (default: the scenario's)"},
    {"threads", 't', "N", "threads (default: all cores); the results do not depend on it"},
    {"json", 0, NULL, "print JSON, for programs"},
    {"quiet", 'q', NULL, "no progress"},
};

static int read_share(const fsim_arguments *arguments, const char *name, fsim_report *report,
                      double *share) {
  const char *given = fsim_option_value(arguments, name);
  if (given == NULL) return FSIM_OK;
  if (fsim_parse_share(given, share) == FSIM_QUANTITY_OK && *share > 0 && *share < 1)
    return FSIM_OK;
  return fsim_bad_input(report, FSIM_NOWHERE,
                        "--%s %s: needs a share between 0 and 1, such as 80 %%", name, given);
}

static int read_request(const fsim_arguments *arguments, fsim_report *report,
                        plan_request *request) {
  uint64_t replications = 0, threads = 0;
  fsim_goal_options *o = &request->options;
  int status = fsim_one_operand(&fsim_plan_command, arguments, "a scenario or a result file",
                                report, &request->path);
  if (status == FSIM_OK)
    status = fsim_option_values(arguments, "set", report, &request->sets, &request->n_sets);
  if (status == FSIM_OK)
    status = fsim_option_values(arguments, "vary", report, &request->vary, &o->n_vary);
  if (status == FSIM_OK)
    status =
        fsim_option_count(arguments, "replications", 2, MOST_REPLICATIONS, report, &replications);
  if (status == FSIM_OK)
    status = fsim_option_count(arguments, "threads", 1, MOST_THREADS, report, &threads);
  if (status == FSIM_OK) status = read_share(arguments, "confidence", report, &o->probability);
  if (status == FSIM_OK) status = read_share(arguments, "interval", report, &o->confidence);
  o->target = fsim_option_value(arguments, "target");
  o->vary = request->vary;
  o->replications = (uint32_t)replications;
  o->threads = (int)threads;
  request->json = fsim_option_given(arguments, "json");
  request->quiet = fsim_option_given(arguments, "quiet");
  if (status == FSIM_OK && o->target == NULL)
    return fsim_bad_input(report, FSIM_NOWHERE,
                          "plan needs a target: --target 'basic.won >= 40 / month'");
  return status;
}

static int run(int argc, char **argv) {
  fsim_report *report = fsim_report_new();
  fsim_arguments arguments;
  plan_request request = {0};
  int status = fsim_parse_options(&fsim_plan_command, argc, argv, report, &arguments);
  if (status == FSIM_OK && !arguments.help) {
    status = read_request(&arguments, report, &request);
    if (status == FSIM_OK) status = make_plan(&request, report);
  }
  free(request.sets);
  free(request.vary);
  fsim_arguments_free(&arguments);
  return fsim_close_report(report, status);
}

const fsim_command fsim_plan_command = {
    .name = "plan",
    .help = "from a target back to the leads and people that it takes",
    .operands = "SCENARIO|FILE.h5",
    .options = options,
    .n_options = sizeof options / sizeof *options,
    .about =
        "Finds the smallest value of a lever, or the cheapest mix of two or three, with which the "
        "target is reached with the probability asked for, and sets beside it the classical plan "
        "by "
        "average conversions. docs/plan.md explains the numbers.",
    .example =
        "funnelsim plan scenarios/sales-team.yaml --target 'desk.won >= 30 / month' --vary "
        "streams.web.rate\n"
        "funnelsim plan scenarios/sales-team.yaml --target 'value >= 110,000 / w' --vary "
        "teams.ae.size=3..8 --vary streams.web.rate=x1..x2",
    .run = run,
};
