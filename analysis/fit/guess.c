#include "analysis/fit/guess.h"

#include <stdlib.h>
#include <string.h>

void fsim_guess_free(fsim_guess *guess) {
  for (size_t t = 0; t < guess->n_tables; t++) fsim_guess_table_close(&guess->table[t]);
  free(guess->extras.extra);
  free(guess->lead_extras.extra);
  fsim_read_doubts_free(&guess->doubts);
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
    /* One value alone, such as "paid search" among sources, may only sound like an end. */
    if (ends < (now > 0 ? 1 : 2) || now < score || (now == score && ends <= most)) continue;
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

/* The date column that is filled in most; nothing began when it was changed or will be due. */
static void take_any_date(fsim_guess_table *t, size_t role) {
  if (t->role[role] != SIZE_MAX) return;
  for (size_t c = 0; c < t->n_columns; c++) {
    const fsim_guess_column *column = &t->column[c];
    if (column->taken || !fsim_guess_is_date(column)) continue;
    if (role == FSIM_COLUMN_CREATED && fsim_guess_is_update(column->words)) continue;
    if (t->role[role] == SIZE_MAX || column->filled > t->column[t->role[role]].filled)
      t->role[role] = c;
  }
  if (t->role[role] != SIZE_MAX) t->column[t->role[role]].taken = true;
}

/* A history of deals that have all been in one stage only has a row a deal, but no more columns
 * than id, stage and date. */
static bool is_short_history(const fsim_guess_table *t) {
  size_t dates = 0, stages = 0;
  for (size_t c = 0; c < t->n_columns; c++) {
    const char *words = t->column[c].words;
    dates += fsim_guess_is_date(&t->column[c]);
    stages += fsim_guess_is_category(&t->column[c]) &&
              (fsim_guess_role_score(FSIM_COLUMN_ACTIVITY, words) > 0 ||
               fsim_guess_role_score(FSIM_COLUMN_STATUS, words) > 0);
  }
  return t->n_columns == 3 && dates == 1 && stages == 1;
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

static int refuse_dateless(const fsim_guess_table *t, fsim_report *report) {
  return fsim_bad_input(report, (fsim_place){t->path, 1, 0},
                        "no column looks like the date on which its rows began; dates such as "
                        "2026-03-10, 10/3/2026 or 10-Mar-2026 with a year of four digits are "
                        "understood; say which column it is in a mapping (docs/export-files.md)");
}

/* A history of all fields (Field, OldValue, NewValue): only changes of the stage count. */
static int keep_changes_of_stage(fsim_guess_table *t, fsim_report *report) {
  size_t field = SIZE_MAX, changed = SIZE_MAX;
  for (size_t c = 0; c < t->n_columns; c++) {
    if (fsim_guess_names_field(t->column[c].words)) field = c;
    if (fsim_guess_names_new_value(t->column[c].words)) changed = c;
  }
  if (field == SIZE_MAX || changed == SIZE_MAX || !fsim_guess_is_category(&t->column[field]))
    return FSIM_OK;
  const fsim_name_list *values = &t->column[field].values;
  int best = 0;
  size_t which = SIZE_MAX;
  for (size_t v = 0; v < values->n; v++) {
    char *words = fsim_guess_words(values->name[v]);
    if (words == NULL) return fsim_no_memory(report);
    const int score = fsim_guess_role_score(FSIM_COLUMN_STATUS, words);
    free(words);
    if (score <= best) continue;
    best = score;
    which = v;
  }
  if (which == SIZE_MAX) return FSIM_OK;
  int status = fsim_guess_table_keep(t, field, values->name[which], report);
  t->column[field].taken = true;
  if (status == FSIM_OK && fsim_guess_is_category(&t->column[changed])) {
    t->role[FSIM_COLUMN_ACTIVITY] = changed;
    t->column[changed].taken = true;
  }
  return status;
}

/* A price is that of one piece, and needs their number. */
static int take_order(fsim_guess_table *t, fsim_report *report) {
  const size_t value = t->role[FSIM_COLUMN_VALUE];
  fsim_guess_take(t, FSIM_COLUMN_ORDER);
  if (value != SIZE_MAX && fsim_guess_is_price(t->column[value].words))
    fsim_guess_take(t, FSIM_COLUMN_QUANTITY);
  return t->role[FSIM_COLUMN_ORDER] == SIZE_MAX ? fsim_guess_order_id(t, report) : FSIM_OK;
}

static int recognise(fsim_guess_table *t, bool alone, fsim_report *report, fsim_export_kind *kind) {
  int status = FSIM_OK;
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
    /* A table of wins: when they began stands in that of the leads, if anywhere. */
    if (t->role[FSIM_COLUMN_CREATED] == SIZE_MAX)
      t->role[FSIM_COLUMN_CREATED] = t->role[FSIM_COLUMNS + FSIM_GUESS_WON_AT];
    if (t->role[FSIM_COLUMN_CREATED] == SIZE_MAX) return refuse_dateless(t, report);
    return take_status(t, report);
  }
  status = keep_changes_of_stage(t, report);
  if (status != FSIM_OK) return status;
  fsim_guess_take(t, FSIM_COLUMN_TIME);
  take_any_date(t, FSIM_COLUMN_TIME);
  fsim_guess_take(t, FSIM_COLUMN_LIFECYCLE);
  if (t->role[FSIM_COLUMN_ACTIVITY] == SIZE_MAX) fsim_guess_take(t, FSIM_COLUMN_ACTIVITY);
  fsim_guess_take(t, FSIM_COLUMN_RESOURCE);
  fsim_guess_take(t, FSIM_COLUMN_VALUE);
  fsim_guess_take(t, FSIM_COLUMN_EXPECTED);
  *kind = t->role[FSIM_COLUMN_ACTIVITY] == SIZE_MAX ? FSIM_EXPORT_TRANSACTIONS : FSIM_EXPORT_EVENTS;
  if (t->role[FSIM_COLUMN_TIME] == SIZE_MAX) return refuse_dateless(t, report);
  return *kind == FSIM_EXPORT_TRANSACTIONS ? take_order(t, report) : FSIM_OK;
}

/* ---- the tables together ---- */

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
  return n_deals == 2 ? fsim_guess_join(g, deals[0], deals[1], report) : FSIM_OK;
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
  if (status == FSIM_OK)
    status = fsim_guess_extras_of(&g->table[g->whole], g->kind[g->whole], g->history == SIZE_MAX,
                                  report, &g->extras);
  if (status == FSIM_OK && g->leads != SIZE_MAX)
    status = fsim_guess_extras_of(&g->table[g->leads], FSIM_EXPORT_DEALS, false, report,
                                  &g->lead_extras);
  return status;
}
