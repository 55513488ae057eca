/* Exports with nothing but a guess of what their columns mean, and the guess as a text. */
#include <stdlib.h>
#include <string.h>

#include "analysis/fit/guess.h"
#include "analysis/fit/read_mapped.h"

static int write_guess(const fsim_guess *guess, const fsim_read_log_options *options,
                       fsim_report *report, char **yaml) {
  fsim_text text = {0};
  fsim_guess_write(guess, options, &text);
  if (text.failed) {
    free(text.text);
    return fsim_no_memory(report);
  }
  *yaml = text.text;
  return FSIM_OK;
}

/* The files in the order in which a mapping wants them. */
static size_t put_in_order(const fsim_guess *guess, const char *const *files,
                           const char **ordered) {
  const size_t order[] = {guess->leads, guess->whole, guess->history};
  size_t n = 0;
  for (size_t i = 0; i < 3; i++) {
    if (order[i] != SIZE_MAX) ordered[n++] = files[order[i]];
  }
  return n;
}

static int read_by(const fsim_guess *guess, const char *yaml, const char *const *files,
                   const fsim_read_log_options *options, fsim_report *report,
                   fsim_read_doubts *doubts, fsim_log **log) {
  const char *ordered[FSIM_GUESS_TABLES];
  const size_t n = put_in_order(guess, files, ordered);
  fsim_mapping mapping = {0};
  int status = fsim_mapping_parse("(guessed mapping)", yaml, strlen(yaml), report, &mapping);
  if (status == FSIM_OK)
    status = fsim_read_mapped(ordered, n, options, &mapping, report, doubts, log);
  fsim_mapping_free(&mapping);
  return status;
}

/* Whether expected dates are what they seem, and attributes tell the outcome, is seen in the log
 * only. Where it cannot be read yet (the order of day and month may be open) all are proposed. */
static int settle_doubts(fsim_guess *guess, const char *const *files,
                         const fsim_read_log_options *options, fsim_report *report, char **yaml) {
  if (fsim_guess_expected(guess) == NULL && guess->extras.n + guess->lead_extras.n == 0)
    return FSIM_OK;
  fsim_report *aside = fsim_report_new();
  fsim_log *log = NULL;
  if (aside == NULL) return fsim_no_memory(report);
  int status = read_by(guess, *yaml, files, options, aside, &guess->doubts, &log);
  const fsim_message *message = fsim_report_message(aside, 0);
  if (status == FSIM_FAILED)
    status = message != NULL ? fsim_failure(report, FSIM_NOWHERE, "%s", message->text)
                             : fsim_no_memory(report);
  fsim_report_free(aside);
  fsim_log_free(log);
  if (status == FSIM_FAILED) return status;
  if (guess->doubts.expected.length == 0 && guess->doubts.attributes.n == 0) return FSIM_OK;
  free(*yaml);
  *yaml = NULL;
  return write_guess(guess, options, report, yaml);
}

static int make_mapping(const char *const *files, size_t n, const fsim_read_log_options *options,
                        fsim_report *report, fsim_guess *guess, char **yaml) {
  *yaml = NULL;
  int status = fsim_guess_files(files, n, report, guess);
  if (status == FSIM_OK) status = write_guess(guess, options, report, yaml);
  return status == FSIM_OK ? settle_doubts(guess, files, options, report, yaml) : status;
}

int fsim_guess_mapping(const char *const *files, size_t n, const fsim_read_log_options *options,
                       fsim_report *report, char **yaml) {
  fsim_guess guess;
  int status = make_mapping(files, n, options, report, &guess, yaml);
  fsim_guess_free(&guess);
  return status;
}

/* Without a mapping: with the one that the files suggest, the files in its order. */
static int read_guessed(const char *const *files, size_t n, const fsim_read_log_options *options,
                        fsim_report *report, fsim_log **log) {
  fsim_guess guess;
  char *yaml = NULL;
  int status = make_mapping(files, n, options, report, &guess, &yaml);
  if (status == FSIM_OK) status = read_by(&guess, yaml, files, options, report, NULL, log);
  if (status == FSIM_OK && guess.doubts.expected.length > 0)
    fsim_warn(report, FSIM_NOWHERE, "%s is not used as an expected date: %s",
              fsim_guess_expected(&guess), guess.doubts.expected.text);
  for (size_t a = 0; status == FSIM_OK && a < guess.doubts.attributes.n; a++)
    fsim_warn(report, FSIM_NOWHERE, "%s is not used as an attribute: it %s",
              guess.doubts.attributes.name[a], guess.doubts.why.name[a]);
  free(yaml);
  fsim_guess_free(&guess);
  return status;
}

int fsim_read_log(const char *const *files, size_t n, const fsim_read_log_options *options,
                  fsim_report *report, fsim_log **log) {
  *log = NULL;
  if (options->mapping == NULL) return read_guessed(files, n, options, report, log);
  fsim_mapping mapping = {0};
  int status = fsim_mapping_read(options->mapping, report, &mapping);
  if (status == FSIM_OK) status = fsim_read_mapped(files, n, options, &mapping, report, NULL, log);
  fsim_mapping_free(&mapping);
  return status;
}
