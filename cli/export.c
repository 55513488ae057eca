/* `funnelsim export`: stored trajectories as a CRM would have exported them. */
#include "analysis/export/export.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/command.h"
#include "cli/terminal.h"
#include "sim/base/array.h"
#include "sim/base/quantity.h"
#include "sim/base/text.h"
#include "sim/store/store.h"

static const fsim_option options[] = {
    {"as", 0, "FORM", "events (default), deals, history, leads or xes"},
    {"replication", 'r', "R", "which replication, from 0 (default: 0)"},
    {"until", 0, "DATE",
     "as it was known when that day began (a date, with a time if you like, or 26 w since the "
     "start): nothing from then on (default: the horizon)"},
    {"funnel", 0, "NAME", "only journeys of this funnel; may be repeated"},
    {"output", 'o', "FILE", "write there (default: to the terminal)"},
    {"quiet", 'q', NULL, "only mistakes"},
};

static int find_form(const fsim_arguments *arguments, fsim_report *report,
                     const fsim_export_form **form) {
  const char *name = fsim_option_value(arguments, "as");
  *form = &fsim_export_forms[0];
  if (name == NULL) return FSIM_OK;
  for (size_t f = 0; f < fsim_n_export_forms; f++) {
    *form = &fsim_export_forms[f];
    if (strcmp((*form)->name, name) == 0) return FSIM_OK;
  }
  return fsim_bad_input(report, FSIM_NOWHERE, "--as %s: needs events, deals, history, leads or xes",
                        name);
}

static int read_until(const fsim_arguments *arguments, const fsim_scenario *scenario,
                      fsim_report *report, int32_t *until) {
  const char *given = fsim_option_value(arguments, "until");
  *until = scenario->horizon_s;
  if (given == NULL) return FSIM_OK;
  int32_t days;
  double seconds = -1;
  if (fsim_parse_instant(given, &days, &seconds))
    seconds += (double)(days - scenario->start_days) * FSIM_DAY;
  else if (fsim_parse_duration(given, &seconds) != FSIM_QUANTITY_OK)
    seconds = -1;
  if (!(seconds >= 1 && seconds <= (double)scenario->horizon_s)) {
    char first[32], last[32];
    return fsim_bad_input(
        report, FSIM_NOWHERE,
        "--until %s: needs a date after %s and up to %s, or a time since the "
        "start such as 26 w",
        given, fsim_format_date(scenario->start_days, first, sizeof first),
        fsim_format_instant(scenario->start_days, scenario->horizon_s, last, sizeof last));
  }
  *until = (int32_t)seconds;
  return FSIM_OK;
}

static int no_funnel(const fsim_scenario *scenario, const char *name, fsim_report *report) {
  fsim_text list = {0};
  for (size_t f = 0; f < scenario->n_funnels; f++)
    fsim_text_append(&list, "%s%s", f > 0 ? ", " : "", scenario->funnels[f].name);
  int status = list.failed ? fsim_no_memory(report)
                           : fsim_bad_input(report, FSIM_NOWHERE,
                                            "--funnel %s: there is no such funnel; there is %s",
                                            name, list.text);
  free(list.text);
  return status;
}

static int read_funnels(const fsim_arguments *arguments, const fsim_scenario *scenario,
                        fsim_report *report, bool **funnels) {
  const char **names = NULL;
  size_t n = 0;
  *funnels = NULL;
  int status = fsim_option_values(arguments, "funnel", report, &names, &n);
  if (status != FSIM_OK || n == 0) return status;
  *funnels = fsim_zeroed(scenario->n_funnels, sizeof **funnels);
  const char **known = fsim_zeroed(scenario->n_funnels, sizeof *known);
  if (*funnels == NULL || known == NULL) status = fsim_no_memory(report);
  for (size_t f = 0; f < scenario->n_funnels && status == FSIM_OK; f++)
    known[f] = scenario->funnels[f].name;
  for (size_t i = 0; i < n && status == FSIM_OK; i++) {
    bool found = false;
    for (size_t f = 0; f < scenario->n_funnels; f++) {
      if (strcmp(known[f], names[i]) == 0) (*funnels)[f] = found = true;
    }
    const char *nearest = fsim_nearest_name(names[i], known, scenario->n_funnels);
    if (!found && nearest)
      status = fsim_bad_input(report, FSIM_NOWHERE,
                              "--funnel %s: there is no such funnel; did you mean \"%s\"?",
                              names[i], nearest);
    else if (!found)
      status = no_funnel(scenario, names[i], report);
  }
  free(known);
  free(names);
  return status;
}

static int check_kept(fsim_store_reader *reader, const char *path, uint64_t replication,
                      fsim_report *report) {
  uint32_t kept = 0;
  double share = 1;
  fsim_store_kept(reader, &kept, &share);
  if (kept == 0)
    return fsim_bad_input(report, FSIM_NOWHERE,
                          "%s keeps no trajectories; run again with --trajectories 1 (or all)",
                          path);
  if (replication >= kept)
    return fsim_bad_input(report, FSIM_NOWHERE,
                          "--replication %" PRIu64
                          ": %s keeps the trajectories of %u, 0 to %u; choose "
                          "one of these, or run again with --trajectories all",
                          replication, path, kept, kept - 1);
  if (share < 1)
    fsim_warn(report, FSIM_NOWHERE, "%s keeps %.3g %% of the leads; only these are exported", path,
              100 * share);
  return FSIM_OK;
}

/* Results are not written over by what is exported from them. */
static int check_output(const char *path, const char *output, fsim_report *report) {
  struct stat from, to;
  if (output == NULL || stat(path, &from) != 0 || stat(output, &to) != 0) return FSIM_OK;
  if (S_ISDIR(to.st_mode))
    return fsim_bad_input(report, FSIM_NOWHERE, "--output %s: is a folder; name a file in it",
                          output);
  if (from.st_dev == to.st_dev && from.st_ino == to.st_ino)
    return fsim_bad_input(report, FSIM_NOWHERE,
                          "--output %s: is the result file itself; choose another name", output);
  return FSIM_OK;
}

/* Under a temporary name until it is whole. */
static int write_file(const fsim_export_form *form, const fsim_export_request *request,
                      const char *path, fsim_report *report) {
  fsim_text partial = {0};
  fsim_text_append(&partial, "%s.partial", path);
  if (partial.failed) return fsim_no_memory(report);
  FILE *out = fopen(partial.text, "w");
  int status = FSIM_OK;
  if (out == NULL) {
    status = fsim_failure(report, FSIM_NOWHERE, "%s cannot be written: %s", path, strerror(errno));
  } else {
    status = form->write(request, out, report);
    if (fclose(out) != 0 && status == FSIM_OK)
      status =
          fsim_failure(report, FSIM_NOWHERE, "%s cannot be written: %s", path, strerror(errno));
    if (status == FSIM_OK && rename(partial.text, path) != 0)
      status =
          fsim_failure(report, FSIM_NOWHERE, "%s cannot be written: %s", path, strerror(errno));
    if (status != FSIM_OK) remove(partial.text);
  }
  free(partial.text);
  return status;
}

static int export_file(const fsim_arguments *arguments, fsim_report *report) {
  const char *path, *output = fsim_option_value(arguments, "output");
  const fsim_export_form *form = NULL;
  fsim_store_reader *reader = NULL;
  fsim_trajectory *rows = NULL;
  bool *funnels = NULL;
  uint64_t replication = 0;
  int32_t until = 0;
  int status = fsim_one_operand(&fsim_export_command, arguments, "a result file", report, &path);
  if (status == FSIM_OK) status = find_form(arguments, report, &form);
  if (status == FSIM_OK)
    status = fsim_option_count(arguments, "replication", 0, UINT32_MAX - 1, report, &replication);
  if (status == FSIM_OK) status = fsim_store_open(path, report, &reader);
  if (status == FSIM_OK) status = check_output(path, output, report);
  if (status == FSIM_OK) status = check_kept(reader, path, replication, report);
  if (status == FSIM_OK)
    status = read_until(arguments, fsim_store_scenario(reader), report, &until);
  if (status == FSIM_OK)
    status = read_funnels(arguments, fsim_store_scenario(reader), report, &funnels);
  if (status == FSIM_OK) status = fsim_store_rows(reader, (uint32_t)replication, report, &rows);
  if (status == FSIM_OK) {
    const fsim_export_request request = {fsim_store_scenario(reader), rows, until, funnels};
    status = output != NULL ? write_file(form, &request, output, report)
                            : form->write(&request, stdout, report);
  }
  fsim_trajectory_free(rows);
  free(funnels);
  if (reader != NULL) fsim_store_reader_close(reader);
  return status;
}

static int run_export(int argc, char **argv) {
  fsim_report *report = fsim_report_new();
  fsim_arguments arguments;
  int status = fsim_parse_options(&fsim_export_command, argc, argv, report, &arguments);
  if (status == FSIM_OK && !arguments.help) status = export_file(&arguments, report);
  const bool quiet = status == FSIM_OK && fsim_option_given(&arguments, "quiet");
  const size_t shown =
      quiet ? fsim_report_count(report, FSIM_WARNING) + fsim_report_count(report, FSIM_NOTE) : 0;
  fsim_arguments_free(&arguments);
  return fsim_close_report_from(report, status, shown);
}

const fsim_command fsim_export_command = {
    .name = "export",
    .help = "write stored journeys as a CRM would export them",
    .operands = "FILE.h5",
    .options = options,
    .n_options = sizeof options / sizeof *options,
    .about =
        "Writes the journeys of one replication as an event log, a table of deals, the history "
        "of their stages, a table of leads, or XES, as they were known on the day --until: what "
        "had not ended by then is open. `funnelsim fit` reads these files back.",
    .example =
        "funnelsim export five-funnels.h5 --as deals --funnel basic --until 2026-07-01 -o "
        "deals.csv",
    .run = run_export,
};
