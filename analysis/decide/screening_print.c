/* Elementary effects in words and as JSON. */
#include <jansson.h>
#include <math.h>
#include <stdlib.h>

#include "analysis/decide/json_parts.h"
#include "analysis/decide/said.h"
#include "analysis/decide/screening.h"
#include "analysis/grid.h"
#include "sim/base/array.h"
#include "sim/base/text.h"

typedef struct page {
  const fsim_screening *s;
  fsim_printed to;
} page;

/* Inputs by the size of their effect, largest first. */
static size_t *order_of(const fsim_morris_effect *effects, size_t n) {
  size_t *order = fsim_zeroed(n, sizeof *order);
  for (size_t i = 0; order != NULL && i < n; i++) {
    size_t at = i;
    for (; at > 0 && effects[order[at - 1]].size.estimate < effects[i].size.estimate; at--)
      order[at] = order[at - 1];
    order[at] = i;
  }
  return order;
}

/* Sizes are not below 0; their estimates, which are free of chance, may be. */
static fsim_interval of_size(fsim_interval size) {
  size.estimate = fmax(size.estimate, 0);
  size.low = fmax(size.low, 0);
  size.high = fmax(size.high, 0);
  return size;
}

static void print_effects(page *p, size_t m, const size_t *order, size_t most) {
  enum { COLUMNS = 5 };
  const fsim_screening *s = p->s;
  double scale = fsim_measure_scale(&s->measures[m]);
  fsim_grid grid = {.columns = COLUMNS};
  const fsim_cell_text header[COLUMNS] = {fsim_cell_of("range"), fsim_cell_of("mu*"),
                                          fsim_cell_of("interval"), fsim_cell_of("mean"),
                                          fsim_cell_of("sigma")};
  fsim_grid_add(&grid, "input", header);
  for (size_t k = 0; k < s->inputs.n && k < most; k++) {
    const fsim_input *input = &s->inputs.list[order[k]];
    const fsim_morris_effect *e = &s->effects[m * s->inputs.n + order[k]];
    const fsim_interval size = isfinite(e->size.estimate) ? of_size(e->size) : e->size;
    const fsim_cell_text cells[COLUMNS] = {
        fsim_cell_of(input->uncertain ? "uncertain" : input->range), fsim_say_mean(&size, scale),
        fsim_say_error(&size, scale), fsim_say_change(&e->mean, scale),
        fsim_say_mean(&e->sigma, scale)};
    fsim_grid_add(&grid, input->path, cells);
  }
  if (fsim_grid_print(&grid, p->to.out) != 0) p->to.failed = true;
  if (s->inputs.n > most)
    fsim_paragraph(&p->to, "%zu more inputs with smaller effects: --top 0 shows all.",
                   s->inputs.n - most);
}

/* "lead (n of all): a, b, c." */
static void name_all(page *p, size_t m, const size_t *order, fsim_screen_verdict verdict,
                     const char *lead) {
  const fsim_screening *s = p->s;
  fsim_text names = {0};
  size_t n = 0;
  for (size_t k = 0; k < s->inputs.n; k++) {
    if (fsim_screening_verdict(s, m, order[k]) != verdict) continue;
    fsim_text_append(&names, "%s%s", n++ > 0 ? ", " : "", s->inputs.list[order[k]].path);
  }
  fsim_text whole = {0};
  if (n > 0)
    fsim_text_append(&whole, "%s (%zu of %zu): %s.", lead, n, s->inputs.n,
                     names.failed ? "" : names.text);
  if (names.failed || whole.failed || (n > 0 && fsim_print_wrapped(p->to.out, whole.text) < 0))
    p->to.failed = true;
  free(names.text);
  free(whole.text);
}

static void print_measure(page *p, size_t m, size_t most) {
  const fsim_screening *s = p->s;
  char buffer[64];
  double scale = fsim_measure_scale(&s->measures[m]);
  const char *unit =
      fsim_measure_unit(&s->measures[m], s->variant->scenario->currency, buffer, sizeof buffer);
  size_t *order = order_of(s->effects + m * s->inputs.n, s->inputs.n);
  if (order == NULL) {
    p->to.failed = true;
    return;
  }
  fsim_gap(&p->to);
  fsim_paragraph(&p->to,
                 "Effect on %s of going through the whole range, in %s (it is %s on average)",
                 s->names[m], unit[0] == '\0' ? "its own unit" : unit,
                 fsim_say_mean(&s->means[m], scale).text);
  print_effects(p, m, order, most);
  fsim_gap(&p->to);
  name_all(p, m, order, FSIM_SCREEN_MATTERS, "Matter");
  name_all(p, m, order, FSIM_SCREEN_LEAVE_OUT,
           "May be left out, surely below a tenth of the largest effect");
  name_all(p, m, order, FSIM_SCREEN_UNSETTLED, "Not settled, a larger --base would tell");
  free(order);
}

int fsim_screening_text(const fsim_screening *s, size_t most, FILE *out, fsim_report *report) {
  page p = {.s = s, .to.out = out};
  size_t points = s->trajectories * (s->inputs.n + 1);
  if (most == 0) most = SIZE_MAX;
  fsim_paragraph(
      &p.to,
      "%s: %zu inputs screened by %zu trajectories through their ranges, %zu points, each "
      "in two worlds of chance: %zu runs",
      s->variant->name, s->inputs.n, s->trajectories, points, 2 * points);
  for (size_t m = 0; m < s->n_measures; m++) print_measure(&p, m, most);
  fsim_gap(&p.to);
  fsim_paragraph(
      &p.to,
      "mu*: mean size of the effect, below that of the mean where chance turns signs. mean: with "
      "its sign. sigma: how much the effect differs with the other inputs. Each interval is "
      "sure to %.4g %% by itself; what may be left "
      "out, all together.",
      100 * s->confidence);
  return p.to.failed ? fsim_failure(report, FSIM_NOWHERE, "the effects could not be written")
                     : FSIM_OK;
}

/* ---- JSON ---- */

static json_t *effect_json(const fsim_screening *s, size_t m, size_t i) {
  static const char *const verdicts[] = {"matters", "leave out", "unsettled"};
  const fsim_input *input = &s->inputs.list[i];
  const fsim_morris_effect *e = &s->effects[m * s->inputs.n + i];
  return json_pack("{s:s, s:s, s:b, s:s, s:o, s:o, s:o, s:o, s:s}", "metric", s->names[m], "input",
                   input->path, "uncertain", input->uncertain, "range", input->range, "mu_star",
                   fsim_json_interval(&e->size), "mu", fsim_json_interval(&e->mean), "sigma",
                   fsim_json_interval(&e->sigma), "root_mean_square_at_most",
                   fsim_json_number(e->most), "verdict", verdicts[fsim_screening_verdict(s, m, i)]);
}

int fsim_screening_json(const fsim_screening *s, FILE *out, fsim_report *report) {
  json_t *effects = json_array();
  bool failed = false;
  for (size_t k = 0; k < s->n_measures * s->inputs.n && !failed; k++)
    failed = json_array_append_new(effects, effect_json(s, k / s->inputs.n, k % s->inputs.n)) != 0;
  if (failed) {
    json_decref(effects);
    effects = NULL;
  }
  json_t *root = json_pack(
      "{s:s, s:s, s:I, s:I, s:I, s:f, s:o}", "scenario", s->variant->name, "method",
      "elementary effects, two worlds", "trajectories", (json_int_t)s->trajectories, "runs",
      (json_int_t)(2 * s->trajectories * (s->inputs.n + 1)), "seed",
      (json_int_t)s->variant->scenario->seed, "confidence", s->confidence, "effects", effects);
  return fsim_json_write(root, out, report);
}
