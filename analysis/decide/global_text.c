/* Global sensitivities for a planner, on 80 columns: what the spread comes from, then a row an
 * input, then what is left to interactions and to chance. */
#include <math.h>
#include <stdlib.h>

#include "analysis/decide/global.h"
#include "analysis/decide/said.h"
#include "analysis/grid.h"
#include "sim/base/array.h"
#include "sim/base/text.h"

/* An input whose total index is surely below this may be fixed anywhere in its range. */
#define NEGLIGIBLE 0.02

typedef struct page {
  const fsim_global *g;
  fsim_printed to;
} page;

/* An estimate of a share may lie a little outside; a reader's share does not. */
static fsim_interval within(const fsim_interval *share) {
  fsim_interval i = *share;
  i.estimate = fmin(fmax(i.estimate, 0), 1);
  i.low = fmin(fmax(i.low, 0), 1);
  i.high = fmin(fmax(i.high, 0), 1);
  return i;
}

static fsim_cell_text percent(const fsim_interval *share) {
  fsim_interval i = within(share);
  char text[32];
  if (!isfinite(i.estimate)) return fsim_cell_of("n/a");
  snprintf(text, sizeof text, "%.3g %%", rint(1000 * i.estimate) / 10);
  return fsim_cell_of(text);
}

static fsim_cell_text from_to(const fsim_interval *share) {
  fsim_interval i = within(share);
  char text[48];
  if (!isfinite(i.low) || !isfinite(i.high)) return fsim_cell_of("n/a");
  snprintf(text, sizeof text, "%.3g to %.3g", rint(1000 * i.low) / 10, rint(1000 * i.high) / 10);
  return fsim_cell_of(text);
}

static void print_indices(page *p, const fsim_sobol *s, const size_t *order) {
  enum { COLUMNS = 6 };
  bool parts = s->shapley != NULL;
  fsim_grid grid = {.columns = parts ? COLUMNS : COLUMNS - 1};
  const fsim_cell_text header[COLUMNS] = {fsim_cell_of("range"),    fsim_cell_of("alone"),
                                          fsim_cell_of("interval"), fsim_cell_of("in all"),
                                          fsim_cell_of("interval"), fsim_cell_of("part")};
  fsim_grid_add(&grid, "input", header);
  for (size_t k = 0; k < s->inputs; k++) {
    const fsim_input *input = &p->g->inputs.list[order[k]];
    const fsim_interval *first = &s->first[order[k]], *total = &s->total[order[k]];
    const fsim_cell_text cells[COLUMNS] = {
        fsim_cell_of(input->uncertain ? "uncertain" : input->range),
        percent(first),
        from_to(first),
        percent(total),
        from_to(total),
        parts ? percent(&s->shapley[order[k]]) : percent(first)};
    fsim_grid_add(&grid, input->path, cells);
  }
  if (fsim_grid_print(&grid, p->to.out) != 0) p->to.failed = true;
}

/* The pair with the largest interaction among those that come behind `after` in size; NULL: none.
 */
static const fsim_interval *next_pair(const fsim_sobol *s, const fsim_interval *after, size_t *i,
                                      size_t *j) {
  const fsim_interval *best = NULL;
  for (size_t a = 0; a < s->inputs; a++) {
    for (size_t b = a + 1; b < s->inputs; b++) {
      const fsim_interval *pair = &s->second[a * s->inputs + b];
      if (pair == after || (after != NULL && pair->estimate >= after->estimate)) continue;
      if (best != NULL && pair->estimate <= best->estimate) continue;
      best = pair;
      *i = a;
      *j = b;
    }
  }
  return best;
}

/* Interactions that are surely there, the largest first. */
static void say_pairs(page *p, const fsim_sobol *s) {
  enum { SHOWN = 5 };
  size_t i = 0, j = 0, shown = 0;
  if (s->second == NULL) return;
  for (const fsim_interval *pair = next_pair(s, NULL, &i, &j); pair != NULL && shown < SHOWN;
       pair = next_pair(s, pair, &i, &j)) {
    if (!(pair->low > 0)) continue;
    fsim_paragraph(&p->to, "- %s with %s: %s (%s %%)", p->g->inputs.list[i].path,
                   p->g->inputs.list[j].path, percent(pair).text, from_to(pair).text);
    shown++;
  }
  if (shown == 0) fsim_paragraph(&p->to, "No pair of inputs surely interacts.");
}

char *fsim_global_sentence(const fsim_global *g, size_t measure) {
  const fsim_sobol *s = &g->sobol[measure];
  fsim_text text = {0};
  if (!(s->variance.low > 0)) {
    fsim_text_append(&text,
                     "What the inputs change of %s cannot be told from chance with so few runs: a "
                     "larger --base or wider ranges would tell.",
                     g->names[measure]);
  } else {
    size_t *order = fsim_sobol_order(s);
    if (order == NULL) return NULL;
    const fsim_interval *first = &s->first[order[0]], *total = &s->total[order[0]];
    fsim_text_append(&text,
                     "%s moves %s most: %s of what the inputs bring about comes from it alone (%s "
                     "%%), %s with all in which it takes part.",
                     g->inputs.list[order[0]].path, g->names[measure], percent(first).text,
                     from_to(first).text, percent(total).text);
    free(order);
  }
  if (!text.failed) return text.text;
  free(text.text);
  return NULL;
}

static void say_most(page *p, size_t m) {
  char *sentence = fsim_global_sentence(p->g, m);
  if (sentence == NULL)
    p->to.failed = true;
  else
    fsim_paragraph(&p->to, "%s", sentence);
  free(sentence);
}

static void say_negligible(page *p, const fsim_sobol *s, const size_t *order) {
  const fsim_input *inputs = p->g->inputs.list;
  fsim_text none = {0};
  for (size_t k = 0; k < s->inputs; k++)
    if (s->total[order[k]].high < NEGLIGIBLE)
      fsim_text_append(&none, "%s%s", none.length > 0 ? ", " : "", inputs[order[k]].path);
  if (none.length > 0)
    fsim_paragraph(&p->to, "Of next to no account (below %g %%), may stay as they are: %s.",
                   100 * NEGLIGIBLE, none.text);
  if (none.failed) p->to.failed = true;
  free(none.text);
}

static void say_rest(page *p, const fsim_sobol *s) {
  fsim_interval rest = s->together;
  rest.estimate = 1 - s->together.estimate;
  rest.low = 1 - s->together.high;
  rest.high = 1 - s->together.low;
  if (s->inputs > 1)
    fsim_paragraph(&p->to, "Interactions, which no input brings about alone: %s (%s %%).",
                   percent(&rest).text, from_to(&rest).text);
  say_pairs(p, s);
  fsim_paragraph(
      &p->to,
      "Chance that no lever explains: %s (%s %%) of the variance of one run's outcome; the "
      "shares above are of the rest.",
      percent(&s->chance_share).text, from_to(&s->chance_share).text);
}

/* Intervals of the leading input's indices from here on, either way, are too wide to rank by. */
#define WIDE 0.1

/* Whether more rows would tell, and about how many: intervals shrink with the root of the rows. */
static void say_width(page *p, const fsim_sobol *s, const size_t *order) {
  const fsim_interval first = within(&s->first[order[0]]), total = within(&s->total[order[0]]);
  const double half = fmax(fsim_interval_half_width(&first), fsim_interval_half_width(&total));
  const size_t rows = fsim_sobol_rows(&p->g->design);
  if (!isfinite(half) || half <= WIDE) return;
  const double wanted = (double)rows * (half / WIDE) * (half / WIDE);
  const fsim_sobol_design larger = fsim_sobol_plan(s->inputs, (size_t)ceil(wanted));
  fsim_paragraph(
      &p->to,
      "These intervals are wide: the shares of %s are known to %.0f points either way. With "
      "--base %zu (now %zu) it would be about %.0f.",
      p->g->inputs.list[order[0]].path, 100 * half, fsim_sobol_rows(&larger), rows,
      100 * half * sqrt((double)rows / (double)fsim_sobol_rows(&larger)));
}

static void print_measure(page *p, size_t m) {
  const fsim_global *g = p->g;
  const fsim_sobol *s = &g->sobol[m];
  char buffer[64];
  double scale = fsim_measure_scale(&g->measures[m]);
  const char *unit =
      fsim_measure_unit(&g->measures[m], g->variant->scenario->currency, buffer, sizeof buffer);
  fsim_gap(&p->to);
  fsim_paragraph(&p->to,
                 "%s is %s %s on average over all inputs; its expectation varies with them by ± %s "
                 "(standard deviation; %s).",
                 g->names[m], fsim_say_mean(&s->mean, scale).text, unit,
                 fsim_say_mean(&s->deviation, scale).text,
                 fsim_say_error(&s->deviation, scale).text);
  say_most(p, m);
  if (!(s->variance.low > 0)) return;
  size_t *order = fsim_sobol_order(s);
  if (order == NULL) {
    p->to.failed = true;
    return;
  }
  say_negligible(p, s, order);
  fsim_gap(&p->to);
  print_indices(p, s, order);
  fsim_gap(&p->to);
  say_width(p, s, order);
  say_rest(p, s);
  free(order);
}

int fsim_global_text(const fsim_global *g, FILE *out, fsim_report *report) {
  page p = {.g = g, .to.out = out};
  fsim_paragraph(
      &p.to,
      "%s: %zu inputs over all their ranges at once, %zu points of %zu rows, each in two "
      "worlds of chance: %zu runs",
      g->variant->name, g->inputs.n, fsim_global_runs(g) / 2, fsim_sobol_rows(&g->design),
      fsim_global_runs(g));
  for (size_t m = 0; m < g->n_measures; m++) print_measure(&p, m);
  fsim_gap(&p.to);
  fsim_paragraph(
      &p.to,
      "Alone: the share of the variance that would go if this input were known (first "
      "order). In all: the share that stays if only this one is not known (total). %sEach "
      "interval is sure to %.4g %% by itself.",
      g->design.pairs ? "Part: its share where interactions are divided among those that "
                        "take part, so that all add up (Shapley). "
                      : "",
      100 * g->confidence);
  return p.to.failed ? fsim_failure(report, FSIM_NOWHERE, "the indices could not be written")
                     : FSIM_OK;
}
