/* `funnelsim check`: what was understood, before any run. */
#include <stdlib.h>
#include <string.h>

#include "cli/check_exact.h"
#include "cli/check_print.h"
#include "cli/command.h"
#include "cli/terminal.h"
#include "sim/model/old_deals.h"
#include "sim/model/source.h"

static const fsim_option options[] = {
    {"set", 's', "PATH=VALUE", "change a number before checking; may be repeated"},
    {"levers", 0, NULL, "every number of the file: its path, value and kind"},
    {"graph", 0, NULL, "the network in Graphviz's language, for dot -Tsvg"},
    {"json", 0, NULL, "what was understood as JSON"},
};

static int print_levers(const fsim_source *source, fsim_report *report) {
  const fsim_lever *levers;
  size_t n;
  fsim_lines lines;
  int status = fsim_source_levers(source, report, &levers, &n);
  if (status == FSIM_OK) status = fsim_lines_begin(&lines, report);
  if (status != FSIM_OK) return status;
  for (size_t i = 0; i < n; i++)
    fprintf(lines.file, "%s = %s  (%s)\n", levers[i].path, levers[i].value, levers[i].kind);
  return fsim_lines_end(&lines, stdout, FSIM_OK, report);
}

/* What we do not know, at the foot of the text. */
static int print_uncertain(const fsim_source *source, fsim_report *report) {
  const fsim_lever *levers;
  size_t n;
  if (!fsim_source_uncertain(source)) return FSIM_OK;
  int status = fsim_source_levers(source, report, &levers, &n);
  if (status == FSIM_OK) puts("\nUncertain numbers");
  for (size_t i = 0; i < n && status == FSIM_OK; i++) {
    if (!strstr(levers[i].value, "uncertain")) continue;
    printf("  %s\n", levers[i].path);
    fsim_show_text(stdout, levers[i].value, 6);
  }
  return status;
}

static int print_text(const fsim_source *source, const fsim_scenario *scenario,
                      const fsim_inspection *inspection, fsim_report *report) {
  int status = fsim_print_inspection(inspection, stdout, report);
  if (status == FSIM_OK)
    status = fsim_print_exact(scenario, fsim_source_uncertain(source), stdout, report);
  return status == FSIM_OK ? print_uncertain(source, report) : status;
}

#define MOST_PAIRS 200 /* whose uncertain numbers are tried; more take long and find little */

/* Uncertain numbers may be drawn that fit nothing (a chance above 1): those of the run's pairs of
 * replications are tried, as the run would. */
static int try_draws(const fsim_source *source, const fsim_scenario *scenario,
                     fsim_report *report) {
  int status = FSIM_OK;
  const uint64_t pairs =
      scenario->replications / 2 < MOST_PAIRS ? scenario->replications / 2 : MOST_PAIRS;
  for (uint64_t pair = 0; pair < pairs && status == FSIM_OK && fsim_source_uncertain(source);
       pair++) {
    fsim_scenario *drawn = NULL;
    status = fsim_source_realise(source, pair, report, &drawn);
    fsim_scenario_free(drawn);
  }
  return status;
}

static int check_file(const char *path, const char *const *sets, size_t n_sets,
                      const fsim_arguments *arguments, fsim_report *report) {
  fsim_source *source = NULL;
  fsim_scenario *scenario = NULL;
  fsim_inspection inspection = {0};
  int status = fsim_source_load(path, sets, n_sets, report, &source);
  if (status == FSIM_OK) status = fsim_source_realise(source, FSIM_CENTRAL, report, &scenario);
  if (status == FSIM_OK) status = try_draws(source, scenario, report);
  if (status == FSIM_OK) fsim_warn_old_deals(scenario, report);
  if (status == FSIM_OK && fsim_option_given(arguments, "levers")) {
    status = print_levers(source, report);
  } else if (status == FSIM_OK) {
    status = fsim_inspection_make(scenario, fsim_source_uncertain(source), report, &inspection);
    if (status == FSIM_OK && fsim_option_given(arguments, "graph"))
      status = fsim_print_graph(&inspection, stdout, report);
    else if (status == FSIM_OK && fsim_option_given(arguments, "json"))
      status = fsim_print_inspection_json(&inspection, stdout, report);
    else if (status == FSIM_OK)
      status = print_text(source, scenario, &inspection, report);
  }
  if (inspection.scenario) fsim_inspection_free(&inspection);
  fsim_scenario_free(scenario);
  fsim_source_free(source);
  return status;
}

static int check(const fsim_arguments *arguments, fsim_report *report) {
  const char **sets = NULL;
  size_t n_sets = 0;
  int status = FSIM_OK;
  if (arguments->n_operands == 0)
    return fsim_bad_input(report, FSIM_NOWHERE,
                          "check needs a scenario or model file; see funnelsim check --help");
  status = fsim_option_values(arguments, "set", report, &sets, &n_sets);
  for (size_t i = 0; i < arguments->n_operands && status != FSIM_FAILED; i++) {
    if (i > 0) putchar('\n');
    int found = check_file(arguments->operands[i], sets, n_sets, arguments, report);
    if (found != FSIM_OK) status = found;
  }
  free(sets);
  return status;
}

static int run(int argc, char **argv) {
  fsim_report *report = fsim_report_new();
  fsim_arguments arguments;
  int status = fsim_parse_options(&fsim_check_command, argc, argv, report, &arguments);
  if (status == FSIM_OK && !arguments.help) status = check(&arguments, report);
  fsim_arguments_free(&arguments);
  return fsim_close_report(report, status);
}

const fsim_command fsim_check_command = {
    .name = "check",
    .help = "say what was understood of a scenario or model file",
    .operands = "FILE...",
    .options = options,
    .n_options = sizeof options / sizeof *options,
    .about =
        "Reads the files, reports every mistake with its place, and solves each funnel exactly: "
        "shares, waits, what the rules amount to, conversion, cycle times, and the journeys and "
        "wins a week that flow through the links in the long run, and each team's places beside "
        "its work. Nothing is simulated: the time in queues is left out.",
    .example =
        "funnelsim check scenarios/five-funnels.yaml\n"
        "funnelsim check models/basic.yaml --levers\n"
        "funnelsim check scenarios/five-funnels.yaml --graph | dot -Tsvg > network.svg",
    .run = run,
};
