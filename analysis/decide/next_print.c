/* Where the bottleneck moves, in words and as JSON. */
#include <jansson.h>
#include <math.h>
#include <stdlib.h>

#include "analysis/decide/json_parts.h"
#include "analysis/decide/next_step.h"
#include "analysis/decide/said.h"
#include "analysis/grid.h"
#include "sim/base/text.h"

typedef struct page {
  const fsim_next *next;
  const char *unit;
  double scale;
  fsim_printed to;
} page;

static void print_rounds(page *p) {
  enum { COLUMNS = 6 };
  fsim_grid grid = {.columns = COLUMNS};
  const fsim_cell_text header[COLUMNS] = {fsim_cell_of("now"),      fsim_cell_of("step"),
                                          fsim_cell_of("gain"),     fsim_cell_of("interval"),
                                          fsim_cell_of("at start"), fsim_cell_of("first")};
  fsim_grid_add(&grid, "bottleneck", header);
  for (size_t k = 0; k < p->next->n; k++) {
    const fsim_next_round *r = &p->next->rounds[k];
    char first[32], name[256];
    if (r->lever == NULL) continue;
    snprintf(first, sizeof first, "%.0f %%", 100 * r->first);
    snprintf(name, sizeof name, "%s%s", r->taken ? "" : "then ", r->lever);
    const fsim_cell_text cells[COLUMNS] = {
        fsim_say_mean(&r->base, p->scale),
        fsim_cell_of(r->step),
        fsim_say_change(&r->gain, p->scale),
        fsim_say_error(&r->gain, p->scale),
        k == 0 ? fsim_cell_of("") : fsim_say_change(&r->at_start, p->scale),
        fsim_cell_of(first)};
    fsim_grid_add(&grid, name, cells);
  }
  if (fsim_grid_print(&grid, p->to.out) != 0) p->to.failed = true;
}

static void say_ties(page *p) {
  for (size_t k = 0; k < p->next->n; k++) {
    const fsim_next_round *r = &p->next->rounds[k];
    if (r->n_tied == 0) continue;
    fsim_text tied = {0};
    for (size_t i = 0; i < r->n_tied; i++)
      fsim_text_append(&tied, "%s%s", i > 0 ? ", " : "", r->tied[i]);
    if (tied.failed)
      p->to.failed = true;
    else
      fsim_paragraph(&p->to, "Cannot be told apart from %s %s: %s.", r->lever, r->step, tied.text);
    free(tied.text);
  }
}

static void say_end(page *p) {
  const fsim_next *n = p->next;
  const fsim_next_round *first = &n->rounds[0], *last = &n->rounds[n->n - 1];
  size_t taken = last->taken ? n->n : n->n - 1;
  if (taken > 0)
    fsim_paragraph(&p->to, "%zu step%s: %s goes from %s to %s %s (%s).", taken,
                   taken == 1 ? "" : "s", n->name, fsim_say_mean(&first->base, p->scale).text,
                   fsim_say_mean(&last->base, p->scale).text, p->unit,
                   fsim_say_error(&last->base, p->scale).text);
  if (last->lever == NULL)
    fsim_paragraph(&p->to,
                   "%s no step of any lever improves %s by more than chance explains: nothing is a "
                   "bottleneck of it, or more replications are needed to see it.",
                   taken > 0 ? "After that," : "Here", n->name);
}

int fsim_next_text(const fsim_next *next, FILE *out, fsim_report *report) {
  char buffer[64];
  page p = {.next = next, .to.out = out};
  p.unit =
      fsim_measure_unit(&next->measure, next->variant->scenario->currency, buffer, sizeof buffer);
  p.scale = fsim_measure_scale(&next->measure);
  fsim_paragraph(&p.to,
                 "%s: where the bottleneck moves as one step after the other is taken (%s, %s; %u "
                 "replications of every plan)",
                 next->variant->name, next->name, p.unit[0] == '\0' ? "in its own unit" : p.unit,
                 next->replications);
  fsim_gap(&p.to);
  print_rounds(&p);
  fsim_gap(&p.to);
  say_end(&p);
  say_ties(&p);
  fsim_paragraph(
      &p.to,
      "Each step is the best of its round, all with the same random numbers; intervals hold "
      "for all steps of a round together, sure to %.4g %%. At start: what the same step "
      "would have given before all others. First: how often it comes first in resampled "
      "runs.",
      100 * next->confidence);
  return p.to.failed ? fsim_failure(report, FSIM_NOWHERE, "the steps could not be written")
                     : FSIM_OK;
}

/* ---- JSON ---- */

static json_t *round_json(const fsim_next_round *r) {
  json_t *tied = json_array();
  for (size_t i = 0; i < r->n_tied; i++) {
    if (json_array_append_new(tied, json_string(r->tied[i])) != 0) {
      json_decref(tied);
      return NULL;
    }
  }
  return json_pack("{s:s?, s:s?, s:s?, s:s?, s:b, s:o, s:o, s:o, s:o, s:o}", "lever", r->lever,
                   "kind", r->kind, "value", r->value, "step", r->step, "taken", r->taken, "base",
                   fsim_json_interval(&r->base), "gain", fsim_json_interval(&r->gain),
                   "gain_at_start", fsim_json_interval(&r->at_start), "ranks_first",
                   fsim_json_number(r->first), "tied_with_first", tied);
}

int fsim_next_json(const fsim_next *next, FILE *out, fsim_report *report) {
  json_t *rounds = json_array();
  bool failed = false;
  for (size_t k = 0; k < next->n && !failed; k++)
    failed = json_array_append_new(rounds, round_json(&next->rounds[k])) != 0;
  if (failed) {
    json_decref(rounds);
    rounds = NULL;
  }
  json_t *root =
      json_pack("{s:s, s:s, s:s, s:I, s:I, s:f, s:o}", "scenario", next->variant->name, "metric",
                next->name, "units", next->measure.units, "replications",
                (json_int_t)next->replications, "seed", (json_int_t)next->variant->scenario->seed,
                "confidence", next->confidence, "bottlenecks", rounds);
  return fsim_json_write(root, out, report);
}
