#include "analysis/fit/guess_table.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/fit/log_parts.h"
#include "analysis/fit/money.h"
#include "sim/base/array.h"
#include "sim/base/text.h"

#define MOST_ROWS 1000000
#define LOOKED_AT 32768 /* fields of a column that are compared with one another */
#define SLOTS (4 * LOOKED_AT)

void fsim_guess_table_close(fsim_guess_table *table) {
  for (size_t c = 0; c < table->n_columns; c++) {
    free(table->column[c].header);
    free(table->column[c].words);
    fsim_name_list_free(&table->column[c].values);
  }
  free(table->column);
  free(table->filter_value);
  fsim_csv_close(table->csv);
  fsim_export_file_close(&table->file);
  *table = (fsim_guess_table){0};
}

int fsim_guess_table_rewind(fsim_guess_table *t, fsim_report *report) {
  fsim_csv_close(t->csv);
  t->csv = NULL;
  return fsim_csv_open_with(t->path, t->file.text, t->file.length, t->delimiter, report, &t->csv);
}

bool fsim_guess_table_next(fsim_guess_table *t) {
  int row;
  while ((row = fsim_csv_next(t->csv, NULL)) != 0) {
    if (row < 0) continue;
    if (t->filter == SIZE_MAX || strcmp(fsim_csv_field(t->csv, t->filter), t->filter_value) == 0)
      return true;
  }
  return false;
}

/* ---- one field ---- */

/* A date that exists, however it is written. */
static void look_for_date(fsim_guess_column *c, const char *field) {
  fsim_date_order order;
  int64_t time;
  bool midnight;
  if (!fsim_date_order_of(field, &order)) return;
  bool good = order != FSIM_DATE_UNKNOWN
                  ? fsim_timestamp_read(field, order, &time, &midnight)
                  : fsim_timestamp_read(field, FSIM_DATE_DMY, &time, &midnight) ||
                        fsim_timestamp_read(field, FSIM_DATE_MDY, &time, &midnight);
  c->dates += good;
  c->epochs += good && fsim_timestamp_is_epoch(field, &time);
  c->year_first += good && order == FSIM_DATE_YMD;
  c->day_first += good && order == FSIM_DATE_DMY;
  c->month_first += good && order == FSIM_DATE_MDY;
}

/* An amount; or digits with little else, but no name such as R2. */
static void look_for_number(fsim_guess_column *c, const char *field) {
  size_t digits = 0, others = 0;
  double amount;
  for (const char *f = field; *f != '\0'; f++) {
    digits += isdigit((unsigned char)*f) != 0;
    others += !isdigit((unsigned char)*f) && strchr(" -+,.'", *f) == NULL;
  }
  const char sign = fsim_money_decimal(field);
  const bool is_amount =
      fsim_money_read(field, false, &amount) || fsim_money_read(field, true, &amount);
  c->amounts += is_amount;
  c->numbers += is_amount || (digits > 0 && others <= 3 && !isalpha((unsigned char)*field));
  c->commas += sign == ',';
  c->points += sign == '.';
}

static int count_value(fsim_guess_column *c, const char *field, fsim_report *report) {
  if (c->many) return FSIM_OK;
  int32_t at = fsim_name_list_find(&c->values, field);
  if (at == FSIM_NONE && c->values.n == FSIM_GUESS_VALUES) {
    c->many = true;
    return FSIM_OK;
  }
  if (at == FSIM_NONE) {
    at = (int32_t)c->values.n;
    int status = fsim_name_list_add(&c->values, field, report);
    if (status != FSIM_OK) return status;
  }
  c->count[at]++;
  return FSIM_OK;
}

/* Different fields among the first ones, by their hashes (0 stands for an empty slot). */
static void count_distinct(fsim_guess_column *c, uint64_t *slot, const char *field) {
  if (c->looked_at >= LOOKED_AT) return;
  const uint64_t hash = fsim_hash_name(field) | 1;
  size_t at = (size_t)(hash >> 8) % SLOTS;
  while (slot[at] != 0 && slot[at] != hash) at = (at + 1) % SLOTS;
  c->looked_at++;
  c->distinct += slot[at] == 0;
  slot[at] = hash;
}

/* ---- all rows ---- */

/* Where no sign parts the columns, blanks may: when every row then has as many as the header. */
static int find_blanks(fsim_guess_table *t, fsim_report *report) {
  if (fsim_csv_columns(t->csv) > 1) return FSIM_OK;
  t->delimiter = ' ';
  int status = fsim_guess_table_rewind(t, report);
  size_t rows = 0;
  int row = 0;
  while (status == FSIM_OK && rows < 20 && (row = fsim_csv_next(t->csv, NULL)) > 0) rows++;
  if (status != FSIM_OK || row < 0 || fsim_csv_columns(t->csv) < 2) t->delimiter = '\0';
  return fsim_guess_table_rewind(t, report);
}

static int look_at_row(fsim_guess_table *t, uint64_t *slots, fsim_report *report) {
  int status = FSIM_OK;
  for (size_t c = 0; c < t->n_columns && status == FSIM_OK; c++) {
    const char *field = fsim_csv_field(t->csv, c);
    if (*field == '\0') continue;
    fsim_guess_column *column = &t->column[c];
    column->filled++;
    look_for_date(column, field);
    look_for_number(column, field);
    count_distinct(column, slots + c * SLOTS, field);
    status = count_value(column, field, report);
  }
  return status;
}

static int look_at_rows(fsim_guess_table *t, fsim_report *report) {
  uint64_t *slots = fsim_zeroed(t->n_columns * SLOTS, sizeof *slots);
  if (slots == NULL) return fsim_no_memory(report);
  int status = FSIM_OK;
  for (t->n_rows = 0; status == FSIM_OK && t->n_rows < MOST_ROWS && fsim_guess_table_next(t);) {
    t->n_rows++;
    status = look_at_row(t, slots, report);
  }
  free(slots);
  return status;
}

int fsim_guess_table_keep(fsim_guess_table *t, size_t column, const char *value,
                          fsim_report *report) {
  free(t->filter_value);
  t->filter_value = fsim_copy_text(value, strlen(value));
  if (t->filter_value == NULL) return fsim_no_memory(report);
  t->filter = column;
  for (size_t c = 0; c < t->n_columns; c++) {
    fsim_guess_column *each = &t->column[c];
    const fsim_guess_column before = *each;
    fsim_name_list_free(&each->values);
    *each =
        (fsim_guess_column){.header = before.header, .words = before.words, .taken = before.taken};
  }
  int status = fsim_guess_table_rewind(t, report);
  return status == FSIM_OK ? look_at_rows(t, report) : status;
}

/* "Date entered 'Demo' (Sales Pipeline)": what stands in brackets at the end is an addition. */
static char *words_before_bracket(const char *header) {
  const char *bracket = strrchr(header, '(');
  if (bracket == NULL || bracket == header) return fsim_guess_words(header);
  char *before = fsim_copy_text(header, (size_t)(bracket - header));
  char *words = before != NULL ? fsim_guess_words(before) : NULL;
  free(before);
  return words;
}

int fsim_guess_table_open(const char *path, fsim_report *report, fsim_guess_table *t) {
  *t = (fsim_guess_table){.path = path, .filter = SIZE_MAX};
  for (size_t r = 0; r < FSIM_GUESS_ROLES; r++) t->role[r] = SIZE_MAX;
  int status = fsim_export_file_open(path, NULL, report, &t->file);
  if (status == FSIM_OK) status = fsim_guess_table_rewind(t, report);
  if (status == FSIM_OK) status = find_blanks(t, report);
  if (status != FSIM_OK) return status;
  t->column = fsim_zeroed(fsim_csv_columns(t->csv), sizeof *t->column);
  if (t->column == NULL) return fsim_no_memory(report);
  t->n_columns = fsim_csv_columns(t->csv);
  for (size_t c = 0; c < t->n_columns; c++) {
    const char *header = fsim_csv_header(t->csv, c);
    t->column[c].header = fsim_copy_text(header, strlen(header));
    t->column[c].words = words_before_bracket(header);
    if (t->column[c].header == NULL || t->column[c].words == NULL) return fsim_no_memory(report);
  }
  status = look_at_rows(t, report);
  if (status == FSIM_OK && t->n_rows == 0)
    status = fsim_bad_input(report, (fsim_place){path, 0, 0},
                            "no row can be read; is the first line the names of the columns?");
  t->order = fsim_guess_order(t);
  return status;
}

/* ---- what a column can be ---- */

bool fsim_guess_is_date(const fsim_guess_column *c) {
  const size_t dates = fsim_guess_names_time(c->words) ? c->dates : c->dates - c->epochs;
  return dates > 0 && (double)dates >= 0.8 * (double)c->filled;
}

bool fsim_guess_is_number(const fsim_guess_column *c) {
  return c->numbers > 0 && (double)c->numbers >= 0.9 * (double)c->filled;
}

bool fsim_guess_is_unique(const fsim_guess_column *c) {
  return c->looked_at > 0 && (double)c->distinct >= 0.99 * (double)c->looked_at;
}

bool fsim_guess_is_category(const fsim_guess_column *c) {
  return c->filled > 0 && !c->many && !fsim_guess_is_date(c) && !fsim_guess_is_number(c) &&
         (c->filled < 20 || c->values.n * 4 <= c->filled);
}

static bool data_fit(const fsim_guess_table *t, const fsim_guess_column *c, size_t role) {
  switch (role) {
    case FSIM_COLUMN_CASE: /* guests order without an id */
      return 2 * c->filled >= t->n_rows && !fsim_guess_is_date(c);
    case FSIM_COLUMN_ACTIVITY:
      return fsim_guess_is_category(c) && c->values.n > 1;
    case FSIM_COLUMN_STATUS:
    case FSIM_COLUMN_LIFECYCLE:
      return fsim_guess_is_category(c);
    case FSIM_COLUMN_VALUE:
      return c->amounts > 0 && (double)c->amounts >= 0.9 * (double)c->filled &&
             !fsim_guess_is_date(c);
    case FSIM_COLUMN_QUANTITY:
      return fsim_guess_is_number(c) && !fsim_guess_is_date(c);
    case FSIM_COLUMN_RESOURCE:
    case FSIM_COLUMN_PARENT:
    case FSIM_COLUMN_ORDER:
      return c->filled > 0 && !fsim_guess_is_date(c);
    default:
      return fsim_guess_is_date(c);
  }
}

void fsim_guess_take(fsim_guess_table *t, size_t role) {
  int best = 0;
  for (size_t c = 0; c < t->n_columns; c++) {
    const fsim_guess_column *column = &t->column[c];
    if (column->taken || !data_fit(t, column, role)) continue;
    const int score = fsim_guess_role_score(role, column->words);
    if (score <= best) continue;
    best = score;
    t->role[role] = c;
  }
  if (t->role[role] != SIZE_MAX) t->column[t->role[role]].taken = true;
}

fsim_date_order fsim_guess_order(const fsim_guess_table *t) {
  size_t day_first = 0, month_first = 0, year_first = 0;
  for (size_t c = 0; c < t->n_columns; c++) {
    if (!fsim_guess_is_date(&t->column[c])) continue;
    day_first += t->column[c].day_first;
    month_first += t->column[c].month_first;
    year_first += t->column[c].year_first;
  }
  if (day_first > month_first) return FSIM_DATE_DMY;
  if (month_first > day_first) return FSIM_DATE_MDY;
  return year_first > 0 ? FSIM_DATE_YMD : FSIM_DATE_UNKNOWN;
}

const char *fsim_guess_field(const fsim_guess_table *t, size_t role) {
  return t->role[role] == SIZE_MAX ? "" : fsim_csv_field(t->csv, t->role[role]);
}

bool fsim_guess_time(const fsim_guess_table *t, size_t column, int64_t *time) {
  bool midnight;
  if (column == SIZE_MAX) return false;
  const fsim_date_order order = t->order == FSIM_DATE_UNKNOWN ? FSIM_DATE_DMY : t->order;
  return fsim_timestamp_read(fsim_csv_field(t->csv, column), order, time, &midnight);
}
