/* Columns of a table that have no role: dates on which deals entered stages, and attributes. */
#include <stdlib.h>
#include <string.h>

#include "analysis/fit/guess.h"
#include "analysis/fit/log_parts.h"
#include "analysis/fit/money.h"
#include "sim/base/array.h"
#include "sim/base/text.h"

#define MOST_ROWS 1000000

bool fsim_guess_row_won(const fsim_guess_table *t) {
  if (*fsim_guess_field(t, FSIM_COLUMNS + FSIM_GUESS_WON_AT) != '\0') return true;
  char *words = fsim_guess_words(fsim_guess_field(t, FSIM_COLUMN_STATUS));
  bool won = words != NULL && fsim_guess_ending_of(words) == FSIM_GUESS_WON;
  free(words);
  return won;
}

static bool may_be_attribute(const fsim_guess_table *t, const fsim_guess_column *c) {
  return !c->taken && fsim_guess_is_category(c) && !fsim_guess_tells_end(c->words) &&
         c->values.n >= 2 && c->values.n <= 60 && 2 * c->filled >= t->n_rows / 10 &&
         fsim_guess_role_score(FSIM_COLUMN_STATUS, c->words) == 0;
}

/* ---- deals, and leads ---- */

static void look_at_row(fsim_guess_extras *g, const fsim_guess_table *t) {
  const bool won = fsim_guess_row_won(t);
  int64_t created, time;
  double amount;
  const bool has_created = fsim_guess_time(t, t->role[FSIM_COLUMN_CREATED], &created);
  g->won_rows += won;
  g->other_rows += !won;
  const char *value = fsim_guess_field(t, FSIM_COLUMN_VALUE);
  if ((fsim_money_read(value, false, &amount) || fsim_money_read(value, true, &amount)) &&
      amount != 0) {
    g->values_of_won += won;
    g->values_of_open += !won;
  }
  for (size_t e = 0; e < g->n; e++) {
    fsim_guess_extra *x = &g->extra[e];
    if (*fsim_csv_field(t->csv, x->column) == '\0') continue;
    if (won)
      x->won++;
    else
      x->others++;
    if (x->is_date && has_created && fsim_guess_time(t, x->column, &time))
      x->after_days += (double)(time - created) / 86400;
  }
}

static int compare_extras(const void *left, const void *right) {
  const fsim_guess_extra *a = left, *b = right;
  if (a->is_date != b->is_date) return a->is_date ? -1 : 1;
  if (a->is_date && a->after_days != b->after_days) return a->after_days < b->after_days ? -1 : 1;
  return (a->column > b->column) - (a->column < b->column);
}

/* Half of the wins have it, and five times as many as of the others; where there are no others,
 * nothing is told. */
static bool tells_the_outcome(const fsim_guess_extras *g, const fsim_guess_extra *x) {
  if (g->won_rows == 0 || g->other_rows == 0) return false;
  const double won = (double)x->won / (double)g->won_rows;
  const double others = (double)x->others / (double)g->other_rows;
  return won >= 0.5 && others < won / 5;
}

/* "Date entered Closed Won" is when a deal was won. */
static void take_end_dates(fsim_guess_table *t) {
  for (size_t c = 0; c < t->n_columns; c++) {
    fsim_guess_column *column = &t->column[c];
    const char *stage;
    size_t length;
    if (column->taken || !fsim_guess_is_date(column)) continue;
    if (!fsim_guess_stage_date(column->words, &stage, &length)) continue;
    const fsim_guess_ending means = fsim_guess_ending_of(stage);
    const size_t role =
        FSIM_COLUMNS + (means == FSIM_GUESS_WON ? FSIM_GUESS_WON_AT : FSIM_GUESS_LOST_AT);
    if (means != FSIM_GUESS_WON && means != FSIM_GUESS_LOST) continue;
    column->taken = true;
    if (t->role[role] == SIZE_MAX) t->role[role] = c;
  }
}

static int look_at_cases(fsim_guess_table *t, fsim_report *report, fsim_guess_extras *g) {
  int status = fsim_guess_table_rewind(t, report);
  for (size_t n = 0; status == FSIM_OK && n < MOST_ROWS && fsim_guess_table_next(t); n++)
    look_at_row(g, t);
  for (size_t e = 0; e < g->n; e++) {
    fsim_guess_extra *x = &g->extra[e];
    x->leak = !x->is_date && tells_the_outcome(g, x);
    if (x->won + x->others > 0) x->after_days /= (double)(x->won + x->others);
  }
  if (g->n > 0) qsort(g->extra, g->n, sizeof *g->extra, compare_extras);
  return status;
}

/* ---- event logs, and orders ---- */

/* Cases of which the first values are remembered. */
#define CASES 16384
#define SLOTS (4 * CASES)
#define MOST_CHANGES                                                          \
  0.01 /* share of the rows that may say something else than the case's first \
        */

typedef struct first_values {
  uint64_t *slot;     /* hashes of the cases; 0: empty */
  uint64_t *value;    /* [SLOTS * extras] hashes */
  size_t n, *changes; /* [extras] */
} first_values;

static void look_at_event(const fsim_guess_table *t, fsim_guess_extras *g, first_values *f) {
  const uint64_t hash = fsim_hash_name(fsim_guess_field(t, FSIM_COLUMN_CASE)) | 1;
  size_t at = (size_t)(hash >> 8) % SLOTS;
  while (f->slot[at] != 0 && f->slot[at] != hash) at = (at + 1) % SLOTS;
  if (f->slot[at] == 0 && f->n == CASES) return;
  f->n += f->slot[at] == 0;
  f->slot[at] = hash;
  for (size_t e = 0; e < g->n; e++) {
    const char *field = fsim_csv_field(t->csv, g->extra[e].column);
    uint64_t *first = &f->value[at * g->n + e];
    if (*field == '\0') continue;
    const uint64_t now = fsim_hash_name(field) | 1;
    g->extra[e].others++;
    f->changes[e] += *first != 0 && *first != now;
    if (*first == 0) *first = now;
  }
}

/* What differs from row to row of a case is no attribute of the case. */
static int keep_constant(fsim_guess_table *t, fsim_report *report, fsim_guess_extras *g) {
  first_values f = {.slot = fsim_zeroed(SLOTS, sizeof *f.slot),
                    .value = fsim_zeroed(SLOTS * g->n, sizeof *f.value),
                    .changes = fsim_zeroed(g->n, sizeof *f.changes)};
  int status =
      f.slot != NULL && f.value != NULL && f.changes != NULL ? FSIM_OK : fsim_no_memory(report);
  if (status == FSIM_OK) status = fsim_guess_table_rewind(t, report);
  for (size_t n = 0; status == FSIM_OK && n < MOST_ROWS && fsim_guess_table_next(t); n++)
    look_at_event(t, g, &f);
  size_t kept = 0;
  for (size_t e = 0; e < g->n && status == FSIM_OK; e++) {
    if ((double)f.changes[e] <= MOST_CHANGES * (double)g->extra[e].others)
      g->extra[kept++] = g->extra[e];
  }
  g->n = kept;
  free(f.slot);
  free(f.value);
  free(f.changes);
  return status;
}

int fsim_guess_extras_of(fsim_guess_table *t, fsim_export_kind kind, bool stages,
                         fsim_report *report, fsim_guess_extras *g) {
  const bool cases = kind == FSIM_EXPORT_DEALS;
  *g = (fsim_guess_extras){.extra = fsim_zeroed(t->n_columns, sizeof *g->extra)};
  if (g->extra == NULL) return fsim_no_memory(report);
  if (cases) take_end_dates(t);
  for (size_t c = 0; c < t->n_columns; c++) {
    const fsim_guess_column *column = &t->column[c];
    const char *stage;
    size_t length;
    const bool date = cases && stages && !column->taken && fsim_guess_is_date(column) &&
                      50 * column->filled >= t->n_rows &&
                      fsim_guess_stage_date(column->words, &stage, &length);
    if (!date && !may_be_attribute(t, column)) continue;
    g->extra[g->n++] = (fsim_guess_extra){.column = c, .is_date = date};
  }
  if (cases) return look_at_cases(t, report, g);
  return g->n > 0 ? keep_constant(t, report, g) : FSIM_OK;
}
