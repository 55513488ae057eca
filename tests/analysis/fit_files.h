/* Small exports that tests write beside themselves, and logs read from them. */
#ifndef FSIM_TESTS_FIT_FILES_H
#define FSIM_TESTS_FIT_FILES_H

#include <stdio.h>
#include <string.h>

#include "analysis/fit/read_log.h"

#define FIT_FOLDER FSIM_BINARY_DIR

/* Writes text of `length` bytes to a file of the build folder; its path in a static buffer of
 * sixteen that take turns. */
static inline const char *fit_bytes(const char *name, const char *text, size_t length) {
  static char paths[16][512];
  static int turn;
  char *path = paths[turn++ % 16];
  assert_true((size_t)snprintf(path, sizeof paths[0], "%s/%s", FIT_FOLDER, name) < sizeof paths[0]);
  FILE *file = fopen(path, "wb");
  assert_non_null(file);
  assert_int_equal(fwrite(text, 1, length, file), length);
  assert_int_equal(fclose(file), 0);
  return path;
}

static inline const char *fit_file(const char *name, const char *text) {
  return fit_bytes(name, text, strlen(text));
}

/* Reads, and wants that status; with a status that is not FSIM_OK, `says` must stand in a message.
 */
static inline fsim_log *fit_read(const char *const *files, size_t n, const char *mapping,
                                 const char *date_format, int status, const char *says) {
  fsim_report *report = fsim_report_new();
  assert_non_null(report);
  const fsim_read_log_options options = {
      .mapping = mapping, .date_format = date_format, .end = FSIM_NO_TIME};
  fsim_log *log = NULL;
  const int got = fsim_read_log(files, n, &options, report, &log);
  bool said = says == NULL;
  const fsim_message *message;
  for (size_t i = 0; (message = fsim_report_message(report, i)) != NULL; i++) {
    if (got != status || (message->severity == FSIM_ERROR && !said))
      print_message("%s:%d: %s\n", message->file ? message->file : "", message->line,
                    message->text);
    said = said || strstr(message->text, says) != NULL;
  }
  assert_int_equal(got, status);
  assert_true(said);
  if (status != FSIM_OK) assert_null(log);
  fsim_report_free(report);
  return log;
}

static inline const fsim_case *fit_case(const fsim_log *log, const char *id) {
  for (size_t c = 0; c < log->n_cases; c++) {
    if (strcmp(fsim_case_id(log, &log->cases[c]), id) == 0) return &log->cases[c];
  }
  return NULL;
}

/* How often a finding was made; 0 when it was not. */
static inline size_t fit_found(const fsim_log *log, const char *kind) {
  for (size_t f = 0; f < log->n_findings; f++) {
    if (strcmp(log->findings[f].kind, kind) == 0) return log->findings[f].count;
  }
  return 0;
}

#endif
