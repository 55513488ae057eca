/* Cells of a table in words: numbers with the digits that their interval supports, "n/a (n=0)"
 * where there is nothing to tell, never NaN. */
#ifndef FSIM_ANALYSIS_WORDS_H
#define FSIM_ANALYSIS_WORDS_H

#include <stdbool.h>
#include <stdio.h>

#include "analysis/metric.h"

#define FSIM_CELL 64
typedef struct fsim_cell_text {
  char text[FSIM_CELL];
} fsim_cell_text;

/* All numbers are shown times `scale` (100 for percent, 0.001 for thousands). */
fsim_cell_text fsim_say_mean(const fsim_interval *interval, double scale);
/* "41.0 to 41.4"; "below 0.015" by the rule of three; "n/a" without limits. */
fsim_cell_text fsim_say_error(const fsim_interval *interval, double scale);
/* "38 to 45": p10 and p90. */
fsim_cell_text fsim_say_range(const fsim_estimate *estimate, double scale);
/* One number to about three figures; "n/a" when it is NAN. */
fsim_cell_text fsim_say_number(double value, double scale);

/* A row of cells: positive widths are flush left, negative ones flush right; a cell that is too
 * long is cut with "…". Negative when `out` fails. */
int fsim_print_row(FILE *out, const int *widths, size_t n, const char *const *cells);

/* A paragraph, broken at blanks so that no line is longer than 80 columns; lines after the first
 * are indented by two. */
int fsim_print_wrapped(FILE *out, const char *text);

/* A page that is being printed; `failed` stays once something could not be written. */
typedef struct fsim_printed {
  FILE *out;
  bool failed;
} fsim_printed;

/* As fsim_print_wrapped. */
__attribute__((format(printf, 2, 3))) void fsim_paragraph(fsim_printed *page, const char *format,
                                                          ...);
/* An empty line. */
void fsim_gap(fsim_printed *page);

#endif
