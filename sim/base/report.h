/* What went wrong, where, and what to do about it.
 *
 * Library code never prints, aborts or exits. A function that can fail takes a report, adds to
 * it what it found (all mistakes of an input at once, not only the first), and returns a status
 * which its callers carry up. The program shows the report in one place (cli/terminal.c). */
#ifndef FSIM_BASE_REPORT_H
#define FSIM_BASE_REPORT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

/* The values are the program's exit statuses. */
typedef enum fsim_status {
  FSIM_OK = 0,
  FSIM_FAILED = 1,   /* the machine or a file let us down: memory, disk, damaged results */
  FSIM_BAD_INPUT = 2 /* the user's input is wrong: model, scenario, CSV, option */
} fsim_status;

typedef enum fsim_severity { FSIM_NOTE, FSIM_WARNING, FSIM_ERROR } fsim_severity;

/* Where: line and column count from 1, 0 = unknown; file NULL = no file (an option, say). */
typedef struct fsim_place {
  const char *file;
  int line;
  int column;
} fsim_place;

#define FSIM_NOWHERE ((fsim_place){NULL, 0, 0})

typedef struct fsim_message {
  fsim_severity severity;
  fsim_status status; /* FSIM_OK for notes and warnings */
  char *file;         /* NULL when there is none */
  int line;
  int column;
  char *text;   /* what is wrong and what was expected, one sentence or two, no newline */
  char *source; /* the offending line of the file, for the caret; NULL when unknown */
} fsim_message;

typedef struct fsim_report fsim_report;

/* NULL when memory is out. Safe to use from several threads. */
fsim_report *fsim_report_new(void);
void fsim_report_free(fsim_report *report);

/* Remembers the text of a file so that messages about it can show the line. Copies both. */
void fsim_report_source(fsim_report *report, const char *file, const char *text, size_t length);

/* Each adds one message; the first two return the status to carry up (2 and 1). A report that is
 * NULL or cannot grow drops the message and still returns the status. */
int fsim_bad_input(fsim_report *report, fsim_place place, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
int fsim_failure(fsim_report *report, fsim_place place, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void fsim_warn(fsim_report *report, fsim_place place, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void fsim_note(fsim_report *report, fsim_place place, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* FSIM_FAILED with "out of memory". Never allocates. */
int fsim_no_memory(fsim_report *report);

/* The worst status so far (FSIM_BAD_INPUT before FSIM_FAILED before FSIM_OK). */
int fsim_report_status(const fsim_report *report);
size_t fsim_report_count(const fsim_report *report, fsim_severity severity);
/* Messages in the order in which they came; NULL past the last. The report owns them. */
const fsim_message *fsim_report_message(const fsim_report *report, size_t index);

#endif
