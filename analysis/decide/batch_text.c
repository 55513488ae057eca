/* A whole batch in one table, for a planner. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/decide/batch.h"
#include "analysis/decide/said.h"
#include "analysis/grid.h"
#include "sim/base/quantity.h"
#include "sim/base/text.h"

enum { PROBLEMS_TOLD = 5 };

typedef struct page {
  const fsim_batch *batch;
  const char *unit;
  double scale;
  fsim_printed to;
} page;

/* "teams.ae.size=3, streams.web.rate=x1.2" */
static char *plan_name(const fsim_batch *batch, const fsim_batch_row *row) {
  const fsim_design *d = batch->design;
  fsim_text text = {0};
  if (batch->n_scenarios > 1 || d->n_factors == 0) fsim_text_append(&text, "%s", row->scenario);
  for (size_t f = 0; f < d->n_factors; f++)
    fsim_text_append(&text, "%s%s=%s", text.length > 0 ? ", " : "", d->factors[f].path,
                     d->values[row->point * d->n_factors + f]);
  if (!text.failed) return text.text;
  free(text.text);
  return NULL;
}

/* ---- the plans ---- */

static double order_of(const fsim_batch *batch, const fsim_batch_row *row) {
  if (row->problem != NULL || !isfinite(row->values[0].estimate)) return INFINITY;
  double value = row->values[0].estimate;
  return batch->first.better == FSIM_LESS_IS_BETTER ? value : -value;
}

typedef struct ranked {
  double order;
  const fsim_batch_row *row;
} ranked;

static int by_order(const void *a, const void *b) {
  const ranked *x = a, *y = b;
  if (x->order != y->order) return x->order < y->order ? -1 : 1;
  return x->row < y->row ? -1 : 1;
}

static void plans(page *p, size_t most) {
  enum { COLUMNS = 2 };
  const fsim_batch *b = p->batch;
  ranked *order = malloc(b->n_rows * sizeof *order);
  if (order == NULL) {
    p->to.failed = true;
    return;
  }
  for (size_t r = 0; r < b->n_rows; r++) order[r] = (ranked){order_of(b, &b->rows[r]), &b->rows[r]};
  qsort(order, b->n_rows, sizeof *order, by_order);
  fsim_grid grid = {.columns = COLUMNS};
  const fsim_cell_text header[COLUMNS] = {fsim_cell_of(b->metrics[0]),
                                          fsim_cell_of("error of the mean")};
  fsim_grid_add(&grid, "plan, the best first", header);
  size_t shown = 0, good = 0;
  for (size_t r = 0; r < b->n_rows; r++) {
    if (!isfinite(order[r].order)) continue;
    good++;
    if (shown == most) continue;
    char *name = plan_name(b, order[r].row);
    if (name == NULL) {
      p->to.failed = true;
      break;
    }
    const fsim_interval *value = &order[r].row->values[0];
    const fsim_cell_text cells[COLUMNS] = {fsim_say_mean(value, p->scale),
                                           fsim_say_error(value, p->scale)};
    fsim_grid_add(&grid, name, cells);
    free(name);
    shown++;
  }
  if (fsim_grid_print(&grid, p->to.out) != 0) p->to.failed = true;
  if (good > shown) fsim_paragraph(&p->to, "%zu more plans are in index.csv.", good - shown);
  free(order);
}

/* ---- what the factors do ---- */

static const char *factor_name(const fsim_batch *b, size_t factor) {
  size_t several = b->n_scenarios > 1;
  return several && factor == 0 ? "scenario" : b->design->factors[factor - several].path;
}

static const char *first_scenario(const fsim_batch *b, size_t at) {
  for (size_t r = 0; r < b->n_rows; r++)
    if (b->rows[r].scenario_at == at) return b->rows[r].scenario;
  return "";
}

static void effect_name(const fsim_batch *b, const fsim_effect *e, char *name, size_t size) {
  char low[40], high[40];
  size_t several = b->n_scenarios > 1;
  if (several && e->factor == 0) {
    snprintf(name, size, "%s against %s", first_scenario(b, e->level), first_scenario(b, 0));
    return;
  }
  const fsim_factor *f = &b->design->factors[e->factor - several];
  if (f->n_levels > 0)
    snprintf(name, size, "%s=%s against %s", f->path, f->levels[e->level], f->levels[0]);
  else
    snprintf(name, size, "%s from %s%s to %s%s%s", f->path, f->prefix,
             fsim_format_figures(f->low, 4, low, sizeof low), f->prefix,
             fsim_format_figures(f->high, 4, high, sizeof high), f->unit);
}

static void effects(page *p) {
  enum { COLUMNS = 2 };
  const fsim_batch *b = p->batch;
  const fsim_effects *e = &b->effects;
  if (e->n_effects == 0) return;
  fsim_gap(&p->to);
  fsim_paragraph(&p->to, "Main effects on %s%s%s, averaged over all other factors", b->metrics[0],
                 p->unit[0] == '\0' ? "" : ", ", p->unit);
  fsim_grid grid = {.columns = COLUMNS};
  const fsim_cell_text header[COLUMNS] = {fsim_cell_of("effect"), fsim_cell_of("interval")};
  fsim_grid_add(&grid, "factor", header);
  for (size_t i = 0; i < e->n_effects; i++) {
    char name[1024];
    effect_name(b, &e->effects[i], name, sizeof name);
    const fsim_cell_text cells[COLUMNS] = {fsim_say_change(&e->effects[i].size, p->scale),
                                           fsim_say_error(&e->effects[i].size, p->scale)};
    fsim_grid_add(&grid, name, cells);
  }
  if (fsim_grid_print(&grid, p->to.out) != 0) p->to.failed = true;
  if (isfinite(e->main_share))
    fsim_paragraph(&p->to, "Main effects explain %.0f %% of the differences between plans.",
                   100 * e->main_share);
  size_t told = 0, open = 0;
  for (size_t i = 0; i < e->n_pairs; i++) {
    const fsim_pair_share *pair = &e->pairs[i];
    if (pair->share < 0.01) continue;
    if (!pair->sure) open++;
    if (!pair->sure) continue;
    told++;
    fsim_paragraph(
        &p->to,
        "%s and %s together explain another %.0f %%: one works differently where the other "
        "is changed.",
        factor_name(b, pair->a), factor_name(b, pair->b), 100 * pair->share);
  }
  if (open > 0 && told == 0) fsim_paragraph(&p->to, "What they leave may be chance.");
}

int fsim_batch_text(const fsim_batch *batch, size_t most, FILE *out, fsim_report *report) {
  char buffer[64];
  page p = {.batch = batch, .to.out = out, .unit = "", .scale = 1};
  size_t good = 0;
  for (size_t r = 0; r < batch->n_rows; r++) good += batch->rows[r].problem == NULL;
  fsim_paragraph(&p.to, "%zu of %zu plans done", good, batch->n_rows);
  size_t told = 0;
  for (size_t r = 0; r < batch->n_rows; r++) {
    if (batch->rows[r].problem == NULL || told++ >= PROBLEMS_TOLD) continue;
    char *name = plan_name(batch, &batch->rows[r]);
    fsim_paragraph(&p.to, "failed: %s: %s", name == NULL ? "" : name, batch->rows[r].problem);
    free(name);
  }
  if (told > PROBLEMS_TOLD)
    fsim_paragraph(&p.to, "%zu more failures are in index.csv.", told - PROBLEMS_TOLD);
  if (good > 0) {
    p.unit = fsim_measure_unit(&batch->first, batch->currency, buffer, sizeof buffer);
    p.scale = fsim_measure_scale(&batch->first);
    fsim_gap(&p.to);
    plans(&p, most == 0 ? SIZE_MAX : most);
    effects(&p);
  }
  return p.to.failed ? fsim_failure(report, FSIM_NOWHERE, "the table could not be written")
                     : FSIM_OK;
}
