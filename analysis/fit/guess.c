#include "analysis/fit/guess.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/array.h"

void fsim_guess_free(fsim_guess *guess) {
  for (size_t t = 0; t < guess->n_tables; t++) fsim_guess_table_close(&guess->table[t]);
  free(guess->extra);
  free(guess->doubt.text);
  *guess = (fsim_guess){0};
}

/* ---- one table by itself ---- */

static int words_end(const char *text, fsim_report *report, fsim_guess_ending *means) {
  char *words = fsim_guess_words(text);
  if (words == NULL) return fsim_no_memory(report);
  *means = fsim_guess_ending_of(words);
  free(words);
  return FSIM_OK;
}

/* How many of the column's values name an end of a deal; 0 unless one of them is a win. */
static int count_ends(const fsim_guess_column *c, fsim_report *report, size_t *ends) {
  bool wins = false;
  *ends = 0;
  for (size_t v = 0; v < c->values.n; v++) {
    fsim_guess_ending means = FSIM_GUESS_NO_ENDING;
    int status = words_end(c->values.name[v], report, &means);
    if (status != FSIM_OK) return status;
    wins = wins || means == FSIM_GUESS_WON;
    *ends += means != FSIM_GUESS_NO_ENDING && means != FSIM_GUESS_OPEN;
  }
  if (!wins) *ends = 0;
  return FSIM_OK;
}

/* By its words when its values name ends; else the column whose values name the most of them. */
static int take_status(fsim_guess_table *t, fsim_report *report) {
  size_t best = SIZE_MAX, most = 0, score = 0;
  for (size_t c = 0; c < t->n_columns; c++) {
    size_t ends;
    if (t->column[c].taken || !fsim_guess_is_category(&t->column[c])) continue;
    int status = count_ends(&t->column[c], report, &ends);
    if (status != FSIM_OK) return status;
    size_t now = (size_t)fsim_guess_role_score(FSIM_COLUMN_STATUS, t->column[c].words);
    if (ends == 0 || now < score || (now == score && ends <= most)) continue;
    best = c;
    most = ends;
    score = now;
  }
  /* A status is one also where nothing in it sounds like a win: not all that ended was won. */
  for (size_t c = 0; c < t->n_columns && most == 0; c++) {
    const size_t now = (size_t)fsim_guess_role_score(FSIM_COLUMN_STATUS, t->column[c].words);
    if (t->column[c].taken || !fsim_guess_is_category(&t->column[c]) || now <= score) continue;
    best = c;
    score = now;
  }
  t->role[FSIM_COLUMN_STATUS] = best;
  if (best != SIZE_MAX) t->column[best].taken = true;
  return FSIM_OK;
}

static void take_unique(fsim_guess_table *t) {
  for (size_t c = 0; c < t->n_columns && t->role[FSIM_COLUMN_CASE] == SIZE_MAX; c++) {
    if (!fsim_guess_is_unique(&t->column[c]) || fsim_guess_is_date(&t->column[c])) continue;
    t->role[FSIM_COLUMN_CASE] = c;
    t->column[c].taken = true;
  }
}

/* The date column that is filled in most. */
static void take_any_date(fsim_guess_table *t, size_t role) {
  if (t->role[role] != SIZE_MAX) return;
  for (size_t c = 0; c < t->n_columns; c++) {
    const fsim_guess_column *column = &t->column[c];
    if (column->taken || !fsim_guess_is_date(column)) continue;
    if (t->role[role] == SIZE_MAX || column->filled > t->column[t->role[role]].filled)
      t->role[role] = c;
  }
  if (t->role[role] != SIZE_MAX) t->column[t->role[role]].taken = true;
}

/* A history of deals that have all been in one stage only has a row a deal, but no more columns. */
static bool is_short_history(const fsim_guess_table *t) {
  size_t dates = 0, categories = 0;
  for (size_t c = 0; c < t->n_columns; c++) {
    dates += fsim_guess_is_date(&t->column[c]);
    categories += fsim_guess_is_category(&t->column[c]);
  }
  return t->n_columns == 3 && dates == 1 && categories == 1;
}

/* A "close date" beside the dates on which deals were won and lost is the one that was expected; it
 * stays that of closing for deals that ended without such a date. */
static void take_dates_of_closing(fsim_guess_table *t) {
  const bool dated = t->role[FSIM_COLUMNS + FSIM_GUESS_WON_AT] != SIZE_MAX &&
                     t->role[FSIM_COLUMNS + FSIM_GUESS_LOST_AT] != SIZE_MAX;
  fsim_guess_take(t, dated ? FSIM_COLUMN_EXPECTED : FSIM_COLUMN_CLOSED);
  fsim_guess_take(t, dated ? FSIM_COLUMN_CLOSED : FSIM_COLUMN_EXPECTED);
  const size_t expected = t->role[FSIM_COLUMN_EXPECTED];
  if (t->role[FSIM_COLUMN_CLOSED] == SIZE_MAX && expected != SIZE_MAX &&
      fsim_guess_role_score(FSIM_COLUMN_CLOSED, t->column[expected].words) > 0)
    t->role[FSIM_COLUMN_CLOSED] = expected;
}

static int recognise(fsim_guess_table *t, bool alone, fsim_report *report, fsim_export_kind *kind) {
  fsim_guess_take(t, FSIM_COLUMN_CASE);
  take_unique(t);
  if (t->role[FSIM_COLUMN_CASE] == SIZE_MAX)
    return fsim_bad_input(report, (fsim_place){t->path, 1, 0},
                          "no column looks like the id of a case; say which it is in a mapping "
                          "(docs/export-files.md)");
  if (fsim_guess_is_unique(&t->column[t->role[FSIM_COLUMN_CASE]]) &&
      (alone || !is_short_history(t))) {
    *kind = FSIM_EXPORT_DEALS;
    fsim_guess_take(t, FSIM_COLUMNS + FSIM_GUESS_WON_AT);
    fsim_guess_take(t, FSIM_COLUMNS + FSIM_GUESS_LOST_AT);
    fsim_guess_take(t, FSIM_COLUMN_CREATED);
    take_dates_of_closing(t);
    fsim_guess_take(t, FSIM_COLUMN_VALUE);
    take_any_date(t, FSIM_COLUMN_CREATED);
    return take_status(t, report);
  }
  fsim_guess_take(t, FSIM_COLUMN_TIME);
  take_any_date(t, FSIM_COLUMN_TIME);
  fsim_guess_take(t, FSIM_COLUMN_LIFECYCLE);
  fsim_guess_take(t, FSIM_COLUMN_ACTIVITY);
  fsim_guess_take(t, FSIM_COLUMN_RESOURCE);
  fsim_guess_take(t, FSIM_COLUMN_VALUE);
  fsim_guess_take(t, FSIM_COLUMN_EXPECTED);
  *kind = t->role[FSIM_COLUMN_ACTIVITY] == SIZE_MAX ? FSIM_EXPORT_TRANSACTIONS : FSIM_EXPORT_EVENTS;
  if (*kind == FSIM_EXPORT_TRANSACTIONS) {
    fsim_guess_take(t, FSIM_COLUMN_ORDER);
    const size_t value = t->role[FSIM_COLUMN_VALUE];
    if (value != SIZE_MAX && fsim_guess_is_price(t->column[value].words))
      fsim_guess_take(t, FSIM_COLUMN_QUANTITY);
  }
  if (t->role[FSIM_COLUMN_TIME] == SIZE_MAX)
    return fsim_bad_input(report, (fsim_place){t->path, 1, 0},
                          "no column looks like a date; dates such as 2026-03-10 or 10/3/2026 with "
                          "a year of four digits are understood");
  return FSIM_OK;
}

/* ---- the tables together ---- */

/* Share of the first rows' fields in a column of `from` that are ids of `to`. */
static int share_of_ids(fsim_guess_table *from, size_t column, fsim_guess_table *to,
                        fsim_report *report, double *share) {
  enum { ROWS = 20000, SLOTS = 1 << 17 };
  uint64_t *slot = fsim_zeroed(SLOTS, sizeof *slot);
  if (slot == NULL) return fsim_no_memory(report);
  int row = 0;
  size_t n = 0, hits = 0, ids = 0;
  int status = fsim_guess_table_rewind(to, report);
  while (status == FSIM_OK && ids < ROWS && (row = fsim_csv_next(to->csv, NULL)) != 0) {
    if (row < 0) continue;
    const uint64_t hash = fsim_hash_name(fsim_guess_field(to, FSIM_COLUMN_CASE)) | 1;
    size_t at = (size_t)(hash >> 8) % SLOTS;
    while (slot[at] != 0 && slot[at] != hash) at = (at + 1) % SLOTS;
    slot[at] = hash;
    ids++;
  }
  if (status == FSIM_OK) status = fsim_guess_table_rewind(from, report);
  while (status == FSIM_OK && n < 2000 && (row = fsim_csv_next(from->csv, NULL)) != 0) {
    const char *field = row > 0 ? fsim_csv_field(from->csv, column) : "";
    if (*field == '\0') continue;
    const uint64_t hash = fsim_hash_name(field) | 1;
    size_t at = (size_t)(hash >> 8) % SLOTS;
    while (slot[at] != 0 && slot[at] != hash) at = (at + 1) % SLOTS;
    hits += slot[at] == hash;
    n++;
  }
  free(slot);
  *share = n > 0 ? (double)hits / (double)n : 0;
  return status;
}

/* Of two tables with a row a deal, the one that holds ids of the other is the later one. */
static int find_leads(fsim_guess *g, size_t a, size_t b, fsim_report *report) {
  for (int turn = 0; turn < 2; turn++) {
    fsim_guess_table *deals = &g->table[turn ? b : a], *leads = &g->table[turn ? a : b];
    double best = 0.3;
    for (size_t c = 0; c < deals->n_columns; c++) {
      double share = 0;
      if (c == deals->role[FSIM_COLUMN_CASE] || fsim_guess_is_date(&deals->column[c])) continue;
      int status = share_of_ids(deals, c, leads, report, &share);
      if (status != FSIM_OK) return status;
      if (share <= best) continue;
      best = share;
      deals->role[FSIM_COLUMN_PARENT] = c;
    }
    if (deals->role[FSIM_COLUMN_PARENT] == SIZE_MAX) continue;
    deals->column[deals->role[FSIM_COLUMN_PARENT]].taken = true;
    g->whole = turn ? b : a;
    g->leads = turn ? a : b;
    return FSIM_OK;
  }
  return fsim_bad_input(report, (fsim_place){g->table[b].path, 1, 0},
                        "no column of %s holds ids of %s or the other way round; say how they "
                        "belong together in a mapping (docs/export-files.md)",
                        g->table[a].path, g->table[b].path);
}

static int arrange(fsim_guess *g, fsim_report *report) {
  size_t deals[FSIM_GUESS_TABLES], n_deals = 0;
  g->whole = g->history = g->leads = SIZE_MAX;
  for (size_t t = 0; t < g->n_tables; t++) {
    if (g->kind[t] == FSIM_EXPORT_DEALS)
      deals[n_deals++] = t;
    else if (g->history == SIZE_MAX)
      g->history = t;
    else
      return fsim_bad_input(report, (fsim_place){g->table[t].path, 1, 0},
                            "a second file with several rows a case; give one event log, or one "
                            "table of deals and its history");
  }
  if (n_deals > 2)
    return fsim_bad_input(report, (fsim_place){g->table[deals[2]].path, 1, 0},
                          "a third table with one row a deal; give leads and deals at most");
  if (n_deals == 0) {
    g->whole = g->history;
    g->history = SIZE_MAX;
    return FSIM_OK;
  }
  g->whole = deals[0];
  if (g->history != SIZE_MAX && g->kind[g->history] == FSIM_EXPORT_TRANSACTIONS)
    return fsim_bad_input(report, (fsim_place){g->table[g->history].path, 1, 0},
                          "no column of this file looks like a stage");
  return n_deals == 2 ? find_leads(g, deals[0], deals[1], report) : FSIM_OK;
}

/* Of a history it is the date as first set that counts, so that of the deals is not needed; leads
 * and orders have none. */
static void settle_expected(fsim_guess *g) {
  const bool history =
      g->history != SIZE_MAX && g->table[g->history].role[FSIM_COLUMN_EXPECTED] != SIZE_MAX;
  if (history || g->kind[g->whole] == FSIM_EXPORT_TRANSACTIONS)
    g->table[g->whole].role[FSIM_COLUMN_EXPECTED] = SIZE_MAX;
  if (g->leads != SIZE_MAX) g->table[g->leads].role[FSIM_COLUMN_EXPECTED] = SIZE_MAX;
}

const char *fsim_guess_expected(const fsim_guess *g) {
  const size_t tables[] = {g->history, g->whole};
  for (size_t i = 0; i < 2; i++) {
    if (tables[i] == SIZE_MAX) continue;
    const fsim_guess_table *t = &g->table[tables[i]];
    const size_t column = t->role[FSIM_COLUMN_EXPECTED];
    if (column != SIZE_MAX) return t->column[column].header;
  }
  return NULL;
}

/* ---- the further columns of a table of deals ---- */

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

static void look_at_extras(fsim_guess *g, const fsim_guess_table *t) {
  const bool won = fsim_guess_row_won(t);
  int64_t created, time;
  const bool has_created = fsim_guess_time(t, t->role[FSIM_COLUMN_CREATED], &created);
  g->won_rows += won;
  g->other_rows += !won;
  const char *value = fsim_guess_field(t, FSIM_COLUMN_VALUE);
  if (*value != '\0' && strtod(value, NULL) != 0) {
    g->values_of_won += won;
    g->values_of_open += !won;
  }
  for (size_t e = 0; e < g->n_extra; e++) {
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

/* The same rule as of the refusal: half of the wins have it, and ten times as many as others do. */
static bool tells_the_outcome(const fsim_guess *g, const fsim_guess_extra *x) {
  const double won = (double)x->won / (double)(g->won_rows ? g->won_rows : 1);
  const double others = (double)x->others / (double)(g->other_rows ? g->other_rows : 1);
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

static int find_extras(fsim_guess *g, fsim_report *report) {
  fsim_guess_table *t = &g->table[g->whole];
  g->extra = fsim_zeroed(t->n_columns, sizeof *g->extra);
  if (g->extra == NULL) return fsim_no_memory(report);
  take_end_dates(t);
  for (size_t c = 0; c < t->n_columns; c++) {
    const fsim_guess_column *column = &t->column[c];
    const char *stage;
    size_t length;
    const bool date = !column->taken && fsim_guess_is_date(column) && g->history == SIZE_MAX &&
                      50 * column->filled >= t->n_rows &&
                      fsim_guess_stage_date(column->words, &stage, &length);
    if (!date && !may_be_attribute(t, column)) continue;
    g->extra[g->n_extra++] = (fsim_guess_extra){.column = c, .is_date = date};
  }
  int status = fsim_guess_table_rewind(t, report), row = 0;
  for (size_t n = 0; status == FSIM_OK && n < 1000000; n++) {
    row = fsim_csv_next(t->csv, NULL);
    if (row == 0) break;
    if (row > 0) look_at_extras(g, t);
  }
  for (size_t e = 0; e < g->n_extra; e++) {
    fsim_guess_extra *x = &g->extra[e];
    x->leak = !x->is_date && tells_the_outcome(g, x);
    if (x->won + x->others > 0) x->after_days /= (double)(x->won + x->others);
  }
  if (g->n_extra > 0) qsort(g->extra, g->n_extra, sizeof *g->extra, compare_extras);
  return status;
}

int fsim_guess_files(const char *const *files, size_t n, fsim_report *report, fsim_guess *g) {
  *g = (fsim_guess){0};
  if (n == 0 || n > FSIM_GUESS_TABLES)
    return fsim_bad_input(report, FSIM_NOWHERE, "give one to three files of an export");
  int status = FSIM_OK;
  for (size_t t = 0; t < n && status == FSIM_OK; t++) {
    g->n_tables++;
    status = fsim_guess_table_open(files[t], report, &g->table[t]);
    if (status == FSIM_OK) status = recognise(&g->table[t], n == 1, report, &g->kind[t]);
  }
  if (status == FSIM_OK) status = arrange(g, report);
  if (status != FSIM_OK) return status;
  settle_expected(g);
  const size_t flowing = g->kind[g->whole] == FSIM_EXPORT_EVENTS ? g->whole : g->history;
  if (flowing != SIZE_MAX) status = fsim_guess_flow_of(&g->table[flowing], report, &g->flow);
  if (status == FSIM_OK && g->kind[g->whole] == FSIM_EXPORT_DEALS) status = find_extras(g, report);
  return status;
}
