/* The one place that knows the terminal: how mistakes, progress and tables look.
 *
 * Colours only where a terminal shows them and NO_COLOR (no-color.org) is not set. Results go to
 * stdout, everything else to stderr. */
#ifndef FSIM_CLI_TERMINAL_H
#define FSIM_CLI_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "sim/base/report.h"

#define FSIM_TERMINAL_WIDTH 80

/* A terminal, NO_COLOR unset or empty, TERM other than "dumb". */
bool fsim_terminal_colours(FILE *out);

/* Shows messages from *shown on and moves it behind the last:
 *   file:line:column: error: text
 *     the line
 *       ^
 * Long texts are wrapped at words. */
void fsim_show_report(FILE *out, const fsim_report *report, size_t *shown);

/* Shows what the report holds on stderr, frees it, and returns `status` or, when that is FSIM_OK,
 * the report's own: the last line of a subcommand. */
int fsim_close_report(fsim_report *report, int status);
/* The same when messages before `shown` have been shown already. */
int fsim_close_report_from(fsim_report *report, int status, size_t shown);

/* Words wrapped at the terminal's width; a newline in the text stays one; every line is indented.
 */
void fsim_show_text(FILE *out, const char *text, size_t indent);
/* Gathers what is printed to `file` and shows it line by line: those wider than the terminal are
 * wrapped at words, the rest of each further in than its beginning. Ended also after an error, when
 * `status` comes back and nothing is shown. */
typedef struct fsim_lines {
  FILE *file;
  char *text;
  size_t length;
} fsim_lines;
int fsim_lines_begin(fsim_lines *lines, fsim_report *report);
int fsim_lines_end(fsim_lines *lines, FILE *out, int status, fsim_report *report);
/* "  name      text", the text beginning at `column` and wrapped there. */
void fsim_show_entry(FILE *out, const char *name, size_t column, const char *text);

/* ---- progress: one line on stderr, rewritten ---- */

typedef struct fsim_progress_line {
  FILE *out;        /* NULL: silent */
  double started;   /* seconds, monotonic */
  uint64_t total;   /* replications to do */
  const char *unit; /* "replications" */
  bool visible;     /* something stands on the line */
} fsim_progress_line;

/* Silent when `quiet` or when stderr is no terminal; begins to show after one second. */
void fsim_progress_begin(fsim_progress_line *line, bool quiet, uint64_t total, const char *unit);
/* `visits` so far give the rate; 0: none is told. */
void fsim_progress_show(fsim_progress_line *line, uint64_t done, uint64_t visits);
/* Wipes the line. */
void fsim_progress_end(fsim_progress_line *line);
/* The line's text, for a terminal of FSIM_TERMINAL_WIDTH columns. */
char *fsim_progress_text(const fsim_progress_line *line, double elapsed, uint64_t done,
                         uint64_t visits, char *buffer, size_t size);

/* ---- tables of text ---- */

/* Columns are as wide as their widest cell; when the row is wider than `width` the first column is
 * cut with "…". Begin with the header; cells are copied; out of memory is told by
 * fsim_text_table_print.
 */
typedef struct fsim_text_table fsim_text_table;

/* `align`: one letter a column, 'l' or 'r'. */
fsim_text_table *fsim_text_table_new(const char *align);
void fsim_text_table_free(fsim_text_table *table);
/* One row of strlen(align) cells (const char *); an empty text is an empty cell. */
void fsim_text_table_row(fsim_text_table *table, const char *const *cells);
/* A blank line in the table. */
void fsim_text_table_gap(fsim_text_table *table);
/* First row as header, underlined; 0, or -1 when memory was out or `out` failed. */
int fsim_text_table_print(const fsim_text_table *table, FILE *out, int width);

/* Columns that a UTF-8 text takes on the screen (one a character; no wide characters). */
size_t fsim_text_columns(const char *text);

#endif
