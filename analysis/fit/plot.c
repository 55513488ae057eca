#include "analysis/fit/plot.h"

#include <math.h>
#include <stdio.h>

#define WIDTH 760.0
#define HEIGHT 330.0
#define LEFT 62.0
#define RIGHT 200.0 /* the legend */
#define TOP 34.0
#define BOTTOM 66.0
#define LEGEND_ROW 34.0

/* Okabe and Ito's colours, told apart by colour-blind readers (Color Universal Design, 2008). */
static const char *const colours[] = {"#0072b2", "#d55e00", "#009e73",
                                      "#cc79a7", "#8a6d00", "#56b4e9"};
#define N_COLOURS (sizeof colours / sizeof *colours)

void fsim_html_append(const char *plain, fsim_text *text) {
  for (const char *c = plain; *c != '\0'; c++) {
    if (*c == '&')
      fsim_text_append(text, "&amp;");
    else if (*c == '<')
      fsim_text_append(text, "&lt;");
    else if (*c == '>')
      fsim_text_append(text, "&gt;");
    else if (*c == '"')
      fsim_text_append(text, "&quot;");
    else
      fsim_text_append(text, "%c", *c);
  }
}

double fsim_tick_step(double range, int most) {
  const double raw = range / most, power = pow(10, floor(log10(raw)));
  const double times = raw / power;
  return power * (times <= 1 ? 1 : times <= 2 ? 2 : times <= 5 ? 5 : 10);
}

typedef struct frame {
  const fsim_plot *plot;
  double x_most, y_most;
  fsim_text *text;
} frame;

static double at_x(const frame *f, double x) {
  return LEFT + (WIDTH - LEFT - RIGHT) * x / f->x_most;
}

static double at_y(const frame *f, double y) {
  return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * y / f->y_most;
}

static double highest(const fsim_plot *p) {
  double most = 0.01;
  for (size_t k = 0; k < p->n_lines; k++) {
    const fsim_plot_line *line = &p->line[k];
    for (size_t i = 0; i < p->n; i++) {
      if (line->y[i] > most) most = line->y[i];
      if (line->model != NULL && line->model[i] > most) most = line->model[i];
      if (line->high != NULL && line->high[i] > most) most = line->high[i];
    }
  }
  return most;
}

static void append_y_axis(const frame *f, double step) {
  for (double y = 0; y <= f->y_most * 1.0001; y += step) {
    fsim_text_append(f->text,
                     "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"#ddd\"/>"
                     "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">%.3g %%</text>\n",
                     LEFT, WIDTH - RIGHT, at_y(f, y), at_y(f, y), LEFT - 6, at_y(f, y) + 4,
                     100 * y);
  }
  fsim_text_append(f->text, "<text x=\"%.1f\" y=\"%.1f\">", 4.0, TOP - 12);
  fsim_html_append(f->plot->y_label, f->text);
  fsim_text_append(f->text, "</text>\n");
}

static void append_x_axis(const frame *f) {
  const fsim_plot *p = f->plot;
  const double step = fsim_tick_step(f->x_most, 8);
  for (double x = 0; x <= f->x_most * 1.0001; x += step) {
    fsim_text_append(f->text,
                     "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"#444\"/>"
                     "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">%.4g</text>\n",
                     at_x(f, x), at_x(f, x), HEIGHT - BOTTOM, HEIGHT - BOTTOM + 5, at_x(f, x),
                     HEIGHT - BOTTOM + 18, x);
    size_t i = 0;
    while (i + 1 < p->n && p->x[i] < x) i++;
    if (p->count != NULL)
      fsim_text_append(f->text,
                       "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\" fill=\"#666\">%.0f"
                       "</text>\n",
                       at_x(f, x), HEIGHT - BOTTOM + 54, p->count[i]);
  }
  fsim_text_append(f->text, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">",
                   (LEFT + WIDTH - RIGHT) / 2, HEIGHT - BOTTOM + 36);
  fsim_html_append(p->x_label, f->text);
  fsim_text_append(f->text, "</text>\n");
  if (p->count == NULL) return;
  fsim_text_append(f->text, "<text x=\"%.1f\" y=\"%.1f\" fill=\"#666\">", WIDTH - RIGHT + 28,
                   HEIGHT - BOTTOM + 54);
  fsim_html_append(p->count_label, f->text);
  fsim_text_append(f->text, "</text>\n");
}

static void append_path(const frame *f, const double *y, bool steps, const char *style) {
  const fsim_plot *p = f->plot;
  bool drawing = false;
  fsim_text_append(f->text, "<path fill=\"none\" %s d=\"", style);
  for (size_t i = 0; i < p->n; i++) {
    if (!isfinite(y[i])) {
      drawing = false;
      continue;
    }
    if (drawing && steps)
      fsim_text_append(f->text, "H%.1fV%.1f", at_x(f, p->x[i]), at_y(f, y[i]));
    else
      fsim_text_append(f->text, "%c%.1f %.1f", drawing ? 'L' : 'M', at_x(f, p->x[i]),
                       at_y(f, y[i]));
    drawing = true;
  }
  fsim_text_append(f->text, "\"/>\n");
}

static void append_band(const frame *f, const fsim_plot_line *line, const char *colour) {
  const fsim_plot *p = f->plot;
  size_t first = 0, last = p->n;
  while (first < p->n && !isfinite(line->low[first])) first++;
  while (last > first && !isfinite(line->low[last - 1])) last--;
  if (last < first + 2) return;
  fsim_text_append(f->text, "<path stroke=\"none\" fill=\"%s\" fill-opacity=\"0.18\" d=\"", colour);
  for (size_t i = first; i < last; i++) {
    if (isfinite(line->high[i]))
      fsim_text_append(f->text, "%c%.1f %.1f", i == first ? 'M' : 'L', at_x(f, p->x[i]),
                       at_y(f, line->high[i]));
  }
  for (size_t i = last; i-- > first;) {
    if (isfinite(line->low[i]))
      fsim_text_append(f->text, "L%.1f %.1f", at_x(f, p->x[i]), at_y(f, line->low[i]));
  }
  fsim_text_append(f->text, "Z\"/>\n");
}

/* Swatches: the line with its band, below it the dashed model. */
static void append_legend(const frame *f, size_t k, const char *colour) {
  const fsim_plot_line *line = &f->plot->line[k];
  const double x = WIDTH - RIGHT + 12, y = TOP + 8 + LEGEND_ROW * (double)k;
  fsim_text_append(f->text,
                   "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"%s\" "
                   "stroke-width=\"2\"/>",
                   x, x + 26, y, y, colour);
  if (line->model != NULL)
    fsim_text_append(f->text,
                     "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"%s\" "
                     "stroke-width=\"2\" stroke-dasharray=\"5 4\"/>"
                     "<text x=\"%.1f\" y=\"%.1f\" fill=\"#666\">model</text>",
                     x, x + 26, y + 15, y + 15, colour, x + 34, y + 19);
  fsim_text_append(f->text, "<text x=\"%.1f\" y=\"%.1f\">", x + 34, y + 4);
  fsim_html_append(line->name, f->text);
  fsim_text_append(f->text, "</text>\n");
}

static void append_line(const frame *f, size_t k) {
  const fsim_plot_line *line = &f->plot->line[k];
  const char *colour = colours[k % N_COLOURS];
  char style[96];
  if (line->low != NULL) append_band(f, line, colour);
  snprintf(style, sizeof style, "stroke=\"%s\" stroke-width=\"2\"", colour);
  append_path(f, line->y, f->plot->steps, style);
  if (line->model != NULL) {
    snprintf(style, sizeof style, "stroke=\"%s\" stroke-width=\"2\" stroke-dasharray=\"5 4\"",
             colour);
    append_path(f, line->model, false, style);
  }
  append_legend(f, k, colour);
}

void fsim_plot_append(const fsim_plot *plot, fsim_text *text) {
  const double most = highest(plot), step = fsim_tick_step(most, 5);
  const double y_most = fmin(ceil(most / step - 1e-9) * step, fmax(1, most));
  const frame f = {plot, plot->x[plot->n - 1], y_most, text};
  fsim_text_append(text,
                   "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %.0f %.0f\" "
                   "width=\"%.0f\" height=\"%.0f\" font-family=\"sans-serif\" font-size=\"12\" "
                   "role=\"img\"><title>",
                   WIDTH, HEIGHT, WIDTH, HEIGHT);
  fsim_html_append(plot->title, text);
  fsim_text_append(text, "</title>\n");
  append_y_axis(&f, step);
  append_x_axis(&f);
  for (size_t k = 0; k < plot->n_lines; k++) append_line(&f, k);
  fsim_text_append(
      text, "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"#444\"/></svg>\n", LEFT,
      WIDTH - RIGHT, HEIGHT - BOTTOM, HEIGHT - BOTTOM);
}
