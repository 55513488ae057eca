/* The public interface from outside: scenario -> result file -> JSON. Exit 0 when all is as told.
 */
#include <stdio.h>
#include <string.h>

#include "funnelsim.h"

static int failed(const char *what, const funnelsim_report *report) {
  funnelsim_message message;
  fprintf(stderr, "wrong: %s\n", what);
  for (size_t i = 0; funnelsim_report_message(report, i, &message) == FUNNELSIM_OK; i++)
    fprintf(stderr, "%s:%d: %s\n", message.file ? message.file : "", message.line, message.text);
  return 1;
}

/* Scenarios without a warm-up start empty, which a planner is to know. */
static int warned(const funnelsim_report *report) {
  funnelsim_message message;
  for (size_t i = 0; funnelsim_report_message(report, i, &message) == FUNNELSIM_OK; i++)
    if (message.severity == FUNNELSIM_WARNING && strstr(message.text, "start empty")) return 1;
  return 0;
}

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  const char *const sets[] = {"seed=7", "warm_up=0 d"}, *const wrong[] = {"no.such.path=1"};
  funnelsim_report *report = funnelsim_report_new();
  funnelsim_scenario *scenario = NULL;
  char *json = NULL;
  if (!report) return 1;
  if (funnelsim_load(argv[1], wrong, 1, report, &scenario) != FUNNELSIM_BAD_INPUT || scenario ||
      funnelsim_report_count(report) == 0)
    return failed("an unknown path passes", report);
  funnelsim_report_free(report);
  report = funnelsim_report_new();
  if (!report) return 1;
  if (funnelsim_load(argv[1], sets, 2, report, &scenario) != FUNNELSIM_OK)
    return failed("load", report);
  const char *resolved = funnelsim_resolved(scenario);
  if (!resolved || !strstr(resolved, "seed: 7")) return failed("resolved text", report);
  funnelsim_run_options options = {.replications = 4, .replace = 1};
  if (funnelsim_run(scenario, argv[2], &options, report) != FUNNELSIM_OK)
    return failed("run", report);
  if (!warned(report)) return failed("a run from empty funnels warns of nothing", report);
  if (funnelsim_summary_json(argv[2], NULL, 0.9, report, &json) != FUNNELSIM_OK || json[0] != '{')
    return failed("summary", report);
  if (!strstr(json, "start empty")) return failed("the file keeps no warnings", report);
  if (funnelsim_run(scenario, argv[2], NULL, report) != FUNNELSIM_BAD_INPUT)
    return failed("an existing file is replaced unasked", report);
  puts(json);
  funnelsim_text_free(json);
  funnelsim_scenario_free(scenario);
  funnelsim_report_free(report);
  return 0;
}
