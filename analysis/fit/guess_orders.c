/* Rows that are lines of orders: which column has the orders' ids, whatever its name. */
#include <stdlib.h>
#include <string.h>

#include "analysis/fit/guess.h"
#include "analysis/fit/log_parts.h"
#include "sim/base/array.h"
#include "sim/base/text.h"

#define ROWS 32768
#define SLOTS (4 * ROWS)
#define NEARLY 0.01      /* ids and orders may differ by so much */
#define FEWEST_LINES 1.1 /* rows an order, on average; fewer are orders that happen to coincide */

typedef struct hash_set {
  uint64_t *slot; /* 0: empty */
  size_t n;
} hash_set;

static void add_to(hash_set *set, uint64_t hash) {
  hash |= 1;
  size_t at = (size_t)(hash >> 8) % SLOTS;
  while (set->slot[at] != 0 && set->slot[at] != hash) at = (at + 1) % SLOTS;
  set->n += set->slot[at] == 0;
  set->slot[at] = hash;
}

static bool about(size_t a, size_t b) {
  return (double)(a > b ? a - b : b - a) <= NEARLY * (double)b;
}

/* Whether the column has one value for each moment of a customer, and another for each other. */
static int is_order_id(fsim_guess_table *t, size_t column, fsim_report *report, bool *is) {
  hash_set values = {fsim_zeroed(SLOTS, sizeof *values.slot), 0};
  hash_set moments = {fsim_zeroed(SLOTS, sizeof *moments.slot), 0};
  hash_set both = {fsim_zeroed(SLOTS, sizeof *both.slot), 0};
  int status = values.slot && moments.slot && both.slot ? fsim_guess_table_rewind(t, report)
                                                        : fsim_no_memory(report);
  size_t rows = 0;
  while (status == FSIM_OK && rows < ROWS && fsim_guess_table_next(t)) {
    const char *field = fsim_csv_field(t->csv, column);
    const char *customer = fsim_guess_field(t, FSIM_COLUMN_CASE);
    const char *time = fsim_guess_field(t, FSIM_COLUMN_TIME);
    if (*field == '\0' || *customer == '\0' || *time == '\0') continue;
    const uint64_t value = fsim_hash_name(field);
    const uint64_t moment = fsim_hash_mix(fsim_hash_name(customer), fsim_hash_name(time));
    rows++;
    add_to(&values, value);
    add_to(&moments, moment);
    add_to(&both, fsim_hash_mix(value, moment));
  }
  *is = rows > 0 && about(values.n, moments.n) && about(both.n, moments.n) &&
        (double)rows >= FEWEST_LINES * (double)values.n;
  free(values.slot);
  free(moments.slot);
  free(both.slot);
  return status;
}

int fsim_guess_order_id(fsim_guess_table *t, fsim_report *report) {
  for (size_t c = 0; c < t->n_columns; c++) {
    const fsim_guess_column *column = &t->column[c];
    bool is = false;
    if (column->taken || column->filled < t->n_rows || fsim_guess_is_date(column)) continue;
    int status = is_order_id(t, c, report, &is);
    if (status != FSIM_OK) return status;
    if (!is) continue;
    t->role[FSIM_COLUMN_ORDER] = c;
    t->column[c].taken = true;
    return FSIM_OK;
  }
  return FSIM_OK;
}
