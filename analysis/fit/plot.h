/* A plot of lines and bands as SVG text, to stand inside an HTML page. */
#ifndef FSIM_ANALYSIS_FIT_PLOT_H
#define FSIM_ANALYSIS_FIT_PLOT_H

#include <stdbool.h>
#include <stddef.h>

#include "sim/base/text.h"

typedef struct fsim_plot_line {
  const char *name;         /* in the legend; not owned, any text */
  const double *y;          /* [n]; NAN leaves a gap */
  const double *low, *high; /* [n] a band, or NULL */
  const double *model;      /* [n] a dashed line of the same colour, or NULL */
} fsim_plot_line;

typedef struct fsim_plot {
  const char *title;
  const char *x_label, *y_label; /* with their units */
  size_t n;
  const double *x; /* [n], rising from 0 */
  const fsim_plot_line *line;
  size_t n_lines;
  const double *count; /* [n] written under the axis at its ticks, with count_label; NULL: none */
  const char *count_label;
  bool steps; /* the lines hold their value until the next x */
} fsim_plot;

/* Tick marks: the multiples of 1, 2 or 5 times a power of ten that cut `range` into at most `most`
 * parts. `range` > 0. */
double fsim_tick_step(double range, int most);

/* Appends <svg>…</svg>; y values are shares and are shown in per cent from 0. */
void fsim_plot_append(const fsim_plot *plot, fsim_text *text);

/* Text with &, <, > and quotes made harmless. */
void fsim_html_append(const char *plain, fsim_text *text);

#endif
