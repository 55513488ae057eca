#include "cli/export_options.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/terminal.h"
#include "sim/base/quantity.h"
#include "sim/base/text.h"

int fsim_option_date(const char *option, const char *given, fsim_report *report, int64_t *time) {
  int32_t days;
  if (!fsim_parse_date(given, &days))
    return fsim_bad_input(report, FSIM_NOWHERE, "--%s %s: needs a date such as 2026-03-10", option,
                          given);
  *time = (int64_t)days * 86400;
  return FSIM_OK;
}

int fsim_option_weeks(const fsim_arguments *arguments, const char *option, fsim_report *report,
                      int *weeks) {
  const char *given = fsim_option_value(arguments, option);
  double seconds;
  if (given == NULL) return FSIM_OK;
  if (fsim_parse_duration(given, &seconds) != FSIM_QUANTITY_OK || seconds < FSIM_WEEK ||
      seconds > 520 * FSIM_WEEK)
    return fsim_bad_input(report, FSIM_NOWHERE, "--%s %s: needs a span such as 12 w", option,
                          given);
  *weeks = (int)floor(seconds / FSIM_WEEK + 1e-9);
  return FSIM_OK;
}

int fsim_option_recent(const fsim_arguments *arguments, fsim_report *report, int *weeks) {
  const char *given = fsim_option_value(arguments, "recent");
  *weeks = 12;
  if (given != NULL && strcmp(given, "all") == 0) {
    *weeks = 0;
    return FSIM_OK;
  }
  return fsim_option_weeks(arguments, "recent", report, weeks);
}

void fsim_set_for_orders(const fsim_log *log, const fsim_arguments *arguments, int *recent_weeks,
                         bool *laws) {
  if (!log->orders) return;
  if (!fsim_option_given(arguments, "recent")) *recent_weeks = 0;
  if (!fsim_option_given(arguments, "waits")) *laws = true;
}

int fsim_option_either(const fsim_arguments *arguments, const char *option, const char *first,
                       const char *second, fsim_report *report, bool *yes) {
  const char *given = fsim_option_value(arguments, option);
  if (given == NULL) return FSIM_OK;
  *yes = strcmp(given, first) == 0;
  if (*yes || strcmp(given, second) == 0) return FSIM_OK;
  return fsim_bad_input(report, FSIM_NOWHERE, "--%s %s: needs %s or %s", option, given, first,
                        second);
}

int fsim_option_laws(const fsim_arguments *arguments, fsim_report *report, bool *laws) {
  return fsim_option_either(arguments, "waits", "laws", "rates", report, laws);
}

int fsim_option_segments(const fsim_arguments *arguments, fsim_report *report, bool *segments) {
  return fsim_option_either(arguments, "segments", "differ", "none", report, segments);
}

static void show_reading(void *context, uint64_t done, uint64_t all) {
  fsim_progress_line *line = context;
  line->total = all / 1000000 + 1;
  fsim_progress_show(line, done / 1000000, 0);
}

int fsim_read_export(const fsim_arguments *arguments, const char *command, fsim_report *report,
                     fsim_log **log) {
  const char *end = fsim_option_value(arguments, "end");
  fsim_read_log_options options = {.mapping = fsim_option_value(arguments, "mapping"),
                                   .date_format = fsim_option_value(arguments, "date-format"),
                                   .end = FSIM_NO_TIME};
  int status = end == NULL ? FSIM_OK : fsim_option_date("end", end, report, &options.end);
  if (status != FSIM_OK) return status;
  if (status == FSIM_OK && arguments->n_operands == 0 && options.mapping == NULL)
    return fsim_bad_input(report, FSIM_NOWHERE, "%s needs the files of an export", command);
  fsim_progress_line line;
  fsim_progress_begin(&line, fsim_option_given(arguments, "quiet"), 0, "MB read");
  options.progress = show_reading;
  options.context = &line;
  status = fsim_read_log(arguments->operands, arguments->n_operands, &options, report, log);
  fsim_progress_end(&line);
  if (status == FSIM_OK) status = fsim_log_check_wins(*log, report);
  return status;
}

/* Into the file that --output names, else to standard output. */
static int write_guess(const fsim_arguments *arguments, const char *yaml, fsim_report *report) {
  const char *path = fsim_option_value(arguments, "output");
  if (path == NULL)
    return fputs(yaml, stdout) == EOF || fflush(stdout) != 0
               ? fsim_failure(report, FSIM_NOWHERE,
                              "the mapping cannot be written to standard output")
               : FSIM_OK;
  const bool force = fsim_option_given(arguments, "force");
  FILE *file = fopen(path, force ? "w" : "wx");
  if (file == NULL && errno == EEXIST)
    return fsim_bad_input(report, FSIM_NOWHERE,
                          "%s is there already; --force overwrites it, -o names another file",
                          path);
  int failed = file == NULL || fputs(yaml, file) == EOF;
  if (file != NULL) failed |= fclose(file);
  return failed
             ? fsim_failure(report, FSIM_NOWHERE, "%s cannot be written: %s", path, strerror(errno))
             : FSIM_OK;
}

int fsim_show_guess(const fsim_arguments *arguments, fsim_report *report) {
  const fsim_read_log_options options = {.date_format = fsim_option_value(arguments, "date-format"),
                                         .end = FSIM_NO_TIME};
  char *yaml = NULL;
  int status =
      fsim_guess_mapping(arguments->operands, arguments->n_operands, &options, report, &yaml);
  if (status == FSIM_OK) status = write_guess(arguments, yaml, report);
  free(yaml);
  return status;
}

int fsim_find_log_funnel(const fsim_log *log, const char *name, fsim_report *report,
                         size_t *funnels) {
  *funnels = FSIM_ALL_FUNNELS;
  if (name == NULL) return FSIM_OK;
  fsim_text known = {0};
  for (size_t f = 0; f < log->n_funnels; f++) {
    if (strcmp(log->funnels[f].name, name) == 0) *funnels = f;
    fsim_text_append(&known, "%s%s", f ? ", " : "", log->funnels[f].name);
  }
  const bool found = *funnels != FSIM_ALL_FUNNELS;
  int status = found ? FSIM_OK
                     : fsim_bad_input(report, FSIM_NOWHERE,
                                      "--funnel %s: the export has no such funnel; it has %s", name,
                                      known.failed ? "others" : known.text);
  free(known.text);
  return status;
}

static void print_findings(FILE *out, const fsim_log *log) {
  char begin[32], end[32];
  size_t open = 0;
  for (size_t c = 0; c < log->n_cases; c++) open += log->cases[c].outcome == FSIM_NONE;
  fprintf(out, "%" PRId64 " rows read: %zu cases from %s to %s, %zu of them open\n", log->n_rows,
          log->n_cases, fsim_format_date((int32_t)(log->begin / 86400), begin, sizeof begin),
          fsim_format_date((int32_t)((log->end - 1) / 86400), end, sizeof end), open);
  for (size_t f = 0; f < log->n_findings; f++) {
    const fsim_finding *finding = &log->findings[f];
    fprintf(out, "  %zu x %s: %s\n", finding->count, finding->kind, finding->done);
    for (size_t e = 0; e < finding->count && e < 3; e++) {
      const char *file = fsim_example_file(log, finding, e);
      fprintf(out, "      %s%sline %" PRId64 ": %s\n", file ? file : "", file ? ", " : "",
              finding->example[e].line, finding->example[e].text);
    }
  }
}

int fsim_show_findings(FILE *out, const fsim_log *log, fsim_report *report) {
  fsim_lines lines;
  int status = fsim_lines_begin(&lines, report);
  if (status == FSIM_OK) print_findings(lines.file, log);
  return fsim_lines_end(&lines, out, status, report);
}
