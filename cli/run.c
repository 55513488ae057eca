#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "cli/run_exact.h"
#include "cli/simulate.h"
#include "cli/summary.h"
#include "cli/terminal.h"
#include "sim/base/array.h"
#include "sim/base/quantity.h"

static const fsim_option options[] = {
    {"output", 'o', "FILE.h5", "write the results to FILE.h5 (default: the scenario's name)"},
    {"set", 's', "PATH=VALUE",
     "change one number of the scenario, such as basic.stages.proposal.wait=x0.8; may be repeated"},
    {"replications", 'n', "N", "independent runs (default: as the scenario says)"},
    {"precision", 0, "P%",
     "as many replications as bring the interval of the scenario's precision metric (value or wins "
     "when it names none) to P % either way"},
    {"warm-up", 0, "auto|TIME",
     "what the measurement leaves out at the start: as given (8 w), or until the mean path has "
     "settled (MSER-5); default: as the scenario says"},
    {"seed", 0, "N", "another seed than the scenario's"},
    {"threads", 't', "N", "threads (default: all cores); the results do not depend on it"},
    {"engine", 0, "NAME",
     "independent (no teams), stagewise (teams, where journeys pass no stage twice and links bring "
     "no lead to a funnel twice) or calendar (all teams); default: the first of these that fits; "
     "exact: no simulation, no file, expected figures at once where there are no teams"},
    {"json", 0, NULL, "with --engine exact: print JSON, for programs"},
    {"by", 0, "ATTRIBUTE", "with --engine exact: show its values in place of the segments"},
    {"trajectories", 0, "none|N|all|P%",
     "keep every lead, journey and visit of no replication, of the first N, of all, or of P % of "
     "the leads (default: all when the file stays below 200 MB, else 10)"},
    {"dry-run", 0, NULL, "tell leads, visits, size and time expected; write nothing"},
    {"resume", 0, NULL, "go on with a run that was stopped; the result is the same file"},
    {"extend", 0, "N", "add N replications to a finished FILE.h5"},
    {"force", 'f', NULL, "replace an existing result file"},
    {"no-summary", 0, NULL, "print only the path of the result file"},
    {"quiet", 'q', NULL, "no progress, no notes on what was chosen"},
};

#define MOST_REPLICATIONS 100000000
#define MOST_THREADS 4096

/* --extend works on a result file, which holds its scenario. */
static int read_files(const fsim_arguments *arguments, fsim_report *report,
                      fsim_run_request *request) {
  request->output = fsim_option_value(arguments, "output");
  if (request->extend == 0)
    return fsim_one_operand(&fsim_run_command, arguments, "a scenario file", report,
                            &request->scenario);
  static const char *const refused[] = {"set",    "seed",         "replications", "precision",
                                        "resume", "trajectories", "warm-up"};
  for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
    if (fsim_option_given(arguments, refused[i]))
      return fsim_bad_input(report, FSIM_NOWHERE,
                            "--extend adds more of the same, so it goes without --%s", refused[i]);
  if (request->output && arguments->n_operands > 0)
    return fsim_bad_input(report, FSIM_NOWHERE, "--extend takes the scenario from %s: leave out %s",
                          request->output, arguments->operands[0]);
  if (request->output) return FSIM_OK;
  return fsim_one_operand(&fsim_run_command, arguments, "the result file to extend", report,
                          &request->output);
}

typedef struct own_sets {
  char seed[48], warm_up[80];
  const char **list; /* freed by the caller */
} own_sets;

/* --seed and --warm-up are a --set like others: so the resolved scenario in the file tells them. */
static int read_sets(const fsim_arguments *arguments, fsim_report *report, own_sets *sets,
                     fsim_run_request *request) {
  const char *warm_up = fsim_option_value(arguments, "warm-up");
  uint64_t number = 0;
  int status = fsim_option_count(arguments, "seed", 0, UINT64_MAX, report, &number);
  if (status != FSIM_OK) return status;
  sets->list = fsim_zeroed(arguments->n_given + 1, sizeof *sets->list);
  if (!sets->list) return fsim_no_memory(report);
  for (size_t i = 0; i < arguments->n_given; i++)
    if (strcmp(arguments->given[i].option->name, "set") == 0)
      sets->list[request->n_sets++] = arguments->given[i].value;
  if (fsim_option_given(arguments, "seed")) {
    snprintf(sets->seed, sizeof sets->seed, "seed=%llu", (unsigned long long)number);
    sets->list[request->n_sets++] = sets->seed;
  }
  request->settle = warm_up && strcmp(warm_up, "auto") == 0;
  if (warm_up && !request->settle) {
    int length = snprintf(sets->warm_up, sizeof sets->warm_up, "warm_up=%s", warm_up);
    if (length < 0 || (size_t)length >= sizeof sets->warm_up)
      return fsim_bad_input(report, FSIM_NOWHERE,
                            "--warm-up %.20s...: needs auto, or a time such as 8 w", warm_up);
    sets->list[request->n_sets++] = sets->warm_up;
  }
  request->sets = sets->list;
  return FSIM_OK;
}

static int read_precision(const fsim_arguments *arguments, fsim_report *report, double *share) {
  const char *given = fsim_option_value(arguments, "precision");
  if (given == NULL) return FSIM_OK;
  if (fsim_option_given(arguments, "replications"))
    return fsim_bad_input(report, FSIM_NOWHERE,
                          "--precision decides how many replications there are: leave out "
                          "--replications");
  if (fsim_parse_share(given, share) == FSIM_QUANTITY_OK && *share > 0 && *share < 1)
    return FSIM_OK;
  return fsim_bad_input(report, FSIM_NOWHERE, "--precision %s: needs a share such as 1%% or 0.01",
                        given);
}

static int read_numbers(const fsim_arguments *arguments, fsim_report *report,
                        fsim_run_request *request) {
  int status = fsim_option_count(arguments, "replications", 1, MOST_REPLICATIONS, report,
                                 &request->replications);
  int next = fsim_option_count(arguments, "extend", 1, MOST_REPLICATIONS, report, &request->extend);
  if (status == FSIM_OK) status = next;
  if (status == FSIM_OK) status = next;
  next = read_precision(arguments, report, &request->precision);
  if (status == FSIM_OK) status = next;
  next = fsim_option_count(arguments, "threads", 1, MOST_THREADS, report, &request->threads);
  return status == FSIM_OK ? next : status;
}

/* A run writes a file, which summary prints in every form. */
static int refuse_printing(const fsim_arguments *arguments, fsim_report *report) {
  if (fsim_exact_asked(arguments)) return FSIM_OK;
  bool json = fsim_option_given(arguments, "json");
  if (!json && !fsim_option_given(arguments, "by")) return FSIM_OK;
  return fsim_bad_input(report, FSIM_NOWHERE,
                        "--%s goes with --engine exact; of a run that was simulated, use "
                        "funnelsim summary FILE.h5 --%s",
                        json ? "json" : "by", json ? "json" : "by ATTRIBUTE");
}

static int simulate(const fsim_arguments *arguments, fsim_report *report, size_t *shown) {
  fsim_run_request request = {.engine = fsim_option_value(arguments, "engine"),
                              .trajectories = fsim_option_value(arguments, "trajectories"),
                              .dry_run = fsim_option_given(arguments, "dry-run"),
                              .quiet = fsim_option_given(arguments, "quiet"),
                              .resume = fsim_option_given(arguments, "resume"),
                              .force = fsim_option_given(arguments, "force")};
  own_sets sets = {0};
  char *path = NULL;
  int status = refuse_printing(arguments, report);
  if (status == FSIM_OK) status = read_numbers(arguments, report, &request);
  if (status == FSIM_OK) status = read_files(arguments, report, &request);
  if (status == FSIM_OK) status = read_sets(arguments, report, &sets, &request);
  if (status == FSIM_OK && fsim_exact_asked(arguments))
    status = fsim_run_exact(arguments, &request, report);
  else if (status == FSIM_OK)
    status = fsim_simulate(&request, report, shown, &path);
  if (status == FSIM_OK && path) {
    fsim_show_report(stderr, report, shown);
    if (!fsim_option_given(arguments, "no-summary")) {
      status = fsim_summary_print(path, stdout, report);
      putchar('\n');
    }
    puts(path);
  }
  free(path);
  free(sets.list);
  return status;
}

static int run(int argc, char **argv) {
  fsim_report *report = fsim_report_new();
  size_t shown = 0;
  fsim_arguments arguments;
  int status = fsim_parse_options(&fsim_run_command, argc, argv, report, &arguments);
  if (status == FSIM_OK && !arguments.help) status = simulate(&arguments, report, &shown);
  fsim_arguments_free(&arguments);
  return fsim_close_report_from(report, status, shown);
}

const fsim_command fsim_run_command = {
    .name = "run",
    .help = "simulate a scenario, write the result file and print its summary",
    .operands = "SCENARIO",
    .options = options,
    .n_options = sizeof options / sizeof *options,
    .about =
        "The last line printed is the path of the result file. The same scenario and seed give "
        "the same results on any number of threads. Ctrl-C stops cleanly: what is done stays "
        "in FILE.h5.partial, and --resume goes on from there.",
    .example =
        "funnelsim run scenarios/five-funnels.yaml -o today.h5\n"
        "funnelsim run scenarios/five-funnels.yaml --set streams.web.rate=x1.2 -o b.h5\n"
        "funnelsim run --extend 100 today.h5\n"
        "funnelsim run --engine exact scenarios/self-service.yaml",
    .run = run,
};
