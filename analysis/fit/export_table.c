#include "analysis/fit/export_table.h"

#include <stdlib.h>
#include <string.h>

#include "analysis/fit/log_parts.h"
#include "analysis/fit/money.h"
#include "sim/base/array.h"
#include "sim/base/text.h"

#define TOLD_EVERY (1 << 20) /* bytes */
#define FIRST_ROWS 1000      /* that show how dates are written */

void fsim_export_table_close(fsim_export_table *table) {
  fsim_csv_close(table->csv);
  fsim_export_file_close(&table->file);
  free(table->attribute);
  free(table->date);
  free(table->filter);
  free(table->by_day);
  *table = (fsim_export_table){0};
}

/* ---- opening ---- */

static int find_columns(fsim_export_table *t, const fsim_mapped_table *mapped,
                        const char *const *dates, fsim_report *report) {
  int status = FSIM_OK;
  for (size_t k = 0; k < FSIM_COLUMNS; k++) {
    t->column[k] = SIZE_MAX;
    if (mapped->column[k] != NULL &&
        fsim_csv_find(t->csv, mapped->column[k], mapped->place[k], report, &t->column[k]))
      status = FSIM_BAD_INPUT;
  }
  for (size_t a = 0; a < t->mapping->n_attributes; a++) {
    const fsim_mapped_attribute *each = &t->mapping->attributes[a];
    t->attribute[a] = SIZE_MAX;
    if (each->table == mapped &&
        fsim_csv_find(t->csv, each->column, each->place, report, &t->attribute[a]))
      status = FSIM_BAD_INPUT;
  }
  for (size_t d = 0; d < t->n_dates; d++) {
    t->date[d] = SIZE_MAX;
    if (dates[d] != NULL &&
        fsim_csv_find(t->csv, dates[d], (fsim_place){t->mapping->file, 0, 0}, report, &t->date[d]))
      status = FSIM_BAD_INPUT;
  }
  for (size_t f = 0; f < mapped->n_filters; f++) {
    if (fsim_csv_find(t->csv, mapped->filters[f].column, mapped->filters[f].place, report,
                      &t->filter[f]))
      status = FSIM_BAD_INPUT;
  }
  return status;
}

/* ---- how dates are written ---- */

typedef struct date_orders {
  bool year_first, day_first, month_first, either;
} date_orders;

static void look_at(const fsim_export_table *t, size_t column, date_orders *seen) {
  fsim_date_order says;
  if (column == SIZE_MAX || !fsim_date_order_of(fsim_csv_field(t->csv, column), &says)) return;
  seen->year_first = seen->year_first || says == FSIM_DATE_YMD;
  seen->day_first = seen->day_first || says == FSIM_DATE_DMY;
  seen->month_first = seen->month_first || says == FSIM_DATE_MDY;
  seen->either = seen->either || says == FSIM_DATE_UNKNOWN;
}

static int open_csv(fsim_export_table *t, fsim_report *report) {
  return fsim_csv_open_with(t->path, t->file.text, t->file.length, t->mapping->delimiter, report,
                            &t->csv);
}

static int reopen(fsim_export_table *t, fsim_report *report) {
  fsim_csv_close(t->csv);
  t->csv = NULL;
  t->file.passed = 0;
  return open_csv(t, report);
}

/* Whether dates are written with years of two digits, which nothing can make sense of. */
static bool is_short_year(const fsim_export_table *t, size_t column) {
  return column != SIZE_MAX && fsim_date_has_short_year(fsim_csv_field(t->csv, column));
}

static int refuse_short_years(const fsim_export_table *t, fsim_report *report) {
  size_t found = SIZE_MAX;
  if (is_short_year(t, t->column[FSIM_COLUMN_TIME])) found = t->column[FSIM_COLUMN_TIME];
  if (is_short_year(t, t->column[FSIM_COLUMN_CREATED])) found = t->column[FSIM_COLUMN_CREATED];
  if (is_short_year(t, t->column[FSIM_COLUMN_CLOSED])) found = t->column[FSIM_COLUMN_CLOSED];
  if (is_short_year(t, t->column[FSIM_COLUMN_EXPECTED])) found = t->column[FSIM_COLUMN_EXPECTED];
  for (size_t d = 0; d < t->n_dates; d++) {
    if (is_short_year(t, t->date[d])) found = t->date[d];
  }
  if (found == SIZE_MAX) return FSIM_OK;
  return fsim_bad_input(report, fsim_csv_place(t->csv, found),
                        "%s: %s has a year of two digits, which could be the day as well; export "
                        "dates with years of four digits",
                        fsim_csv_header(t->csv, found), fsim_csv_field(t->csv, found));
}

/* ---- columns of dates without a time of day ---- */

typedef struct clocks {
  bool *dates, *times; /* [columns] whether a date was seen there, and one with a time of day */
} clocks;

static void look_for_clock(const fsim_export_table *t, size_t column, const clocks *seen) {
  int64_t time;
  bool midnight;
  if (column == SIZE_MAX) return;
  const char *field = fsim_csv_field(t->csv, column);
  if (!fsim_timestamp_read(field, FSIM_DATE_DMY, &time, &midnight) &&
      !fsim_timestamp_read(field, FSIM_DATE_MDY, &time, &midnight))
    return;
  seen->dates[column] = true;
  seen->times[column] = seen->times[column] || !midnight;
}

static void look_for_clocks(const fsim_export_table *t, const clocks *seen) {
  look_for_clock(t, t->column[FSIM_COLUMN_TIME], seen);
  look_for_clock(t, t->column[FSIM_COLUMN_CREATED], seen);
  look_for_clock(t, t->column[FSIM_COLUMN_CLOSED], seen);
  for (size_t d = 0; d < t->n_dates; d++) look_for_clock(t, t->date[d], seen);
}

bool fsim_export_by_day(const fsim_export_table *table, size_t column) {
  return column != SIZE_MAX && table->by_day[column];
}

/* The first rows: years of two digits, columns without times of day, the decimal sign. */
static int look_at_first_rows(fsim_export_table *t, fsim_report *report) {
  const size_t n = fsim_csv_columns(t->csv), value = t->column[FSIM_COLUMN_VALUE];
  t->by_day = fsim_zeroed(n, sizeof *t->by_day);
  const clocks seen = {t->by_day, fsim_zeroed(n, sizeof *seen.times)};
  int status = seen.dates && seen.times ? FSIM_OK : fsim_no_memory(report), row;
  size_t points = 0, commas = 0;
  for (int i = 0; i < FIRST_ROWS && status == FSIM_OK && (row = fsim_csv_next(t->csv, NULL)) != 0;
       i++) {
    if (row < 0) continue;
    status = refuse_short_years(t, report);
    look_for_clocks(t, &seen);
    if (value == SIZE_MAX) continue;
    const char sign = fsim_money_decimal(fsim_csv_field(t->csv, value));
    points += sign == '.';
    commas += sign == ',';
  }
  for (size_t c = 0; c < n && status == FSIM_OK; c++) t->by_day[c] = t->by_day[c] && !seen.times[c];
  free(seen.times);
  t->decimal_comma = t->mapping->decimal_given ? t->mapping->decimal_comma : commas > points;
  return status == FSIM_OK ? reopen(t, report) : status;
}

/* Reads on until some date can be written in one way only; where the first rows all have the year
 * first, that is the way. */
static int find_order(fsim_export_table *t, fsim_report *report) {
  date_orders seen = {0};
  int row = 0;
  if (t->order != FSIM_DATE_UNKNOWN) return FSIM_OK;
  for (size_t n = 0; (n < FIRST_ROWS || seen.either || !seen.year_first) && !seen.day_first &&
                     !seen.month_first && (row = fsim_csv_next(t->csv, NULL)) != 0;
       n++) {
    if (row < 0) continue;
    look_at(t, t->column[FSIM_COLUMN_TIME], &seen);
    look_at(t, t->column[FSIM_COLUMN_CREATED], &seen);
    look_at(t, t->column[FSIM_COLUMN_CLOSED], &seen);
    look_at(t, t->column[FSIM_COLUMN_EXPECTED], &seen);
    for (size_t d = 0; d < t->n_dates; d++) look_at(t, t->date[d], &seen);
  }
  if (seen.day_first) t->order = FSIM_DATE_DMY;
  if (seen.month_first && !seen.day_first) t->order = FSIM_DATE_MDY;
  if (t->order != FSIM_DATE_UNKNOWN) return FSIM_OK;
  if (seen.year_first) t->order = FSIM_DATE_YMD;
  if (!seen.either) return FSIM_OK;
  return fsim_bad_input(report, (fsim_place){t->path, 0, 0},
                        "dates such as 3/4/2026 can be read in two ways here; say which with "
                        "--date-format d/m/y or m/d/y, or date_format in the mapping");
}

int fsim_export_table_open(const char *path, const fsim_mapping *mapping,
                           const fsim_mapped_table *mapped, const char *const *dates,
                           size_t n_dates, const fsim_read_log_options *options,
                           fsim_log_builder *builder, fsim_report *report,
                           fsim_export_table *table) {
  *table = (fsim_export_table){.path = path,
                               .mapping = mapping,
                               .mapped = mapped,
                               .builder = builder,
                               .n_dates = n_dates,
                               .options = options};
  table->attribute = fsim_zeroed(mapping->n_attributes, sizeof *table->attribute);
  table->date = fsim_zeroed(n_dates, sizeof *table->date);
  table->filter = fsim_zeroed(mapped->n_filters, sizeof *table->filter);
  if (table->attribute == NULL || table->date == NULL || table->filter == NULL)
    return fsim_no_memory(report);
  int status = fsim_builder_file(builder, path);
  if (status == FSIM_OK)
    status = fsim_export_file_open(path, mapping->encoding, report, &table->file);
  if (status == FSIM_OK && table->file.converted_from != NULL)
    fsim_note(report, (fsim_place){path, 0, 0}, "converted from %s", table->file.converted_from);
  if (status == FSIM_OK) status = open_csv(table, report);
  if (status == FSIM_OK) status = find_columns(table, mapped, dates, report);
  if (status != FSIM_OK) return status;
  table->order = mapping->order;
  if (options->date_format != NULL && !fsim_date_order_named(options->date_format, &table->order))
    return fsim_bad_input(report, FSIM_NOWHERE, "--date-format must be y-m-d, d/m/y or m/d/y");
  status = look_at_first_rows(table, report);
  if (status == FSIM_OK) status = find_order(table, report);
  return status == FSIM_OK ? reopen(table, report) : status;
}

/* ---- rows ---- */

int64_t fsim_export_table_line(const fsim_export_table *table) {
  return fsim_csv_place(table->csv, 0).line;
}

/* Gives pages back that are read, and tells how far it is. */
static void pass(fsim_export_table *table, bool end) {
  const size_t at = fsim_csv_read(table->csv);
  if (at - table->told < TOLD_EVERY && !end) return;
  table->told = at;
  fsim_export_file_pass(&table->file, at);
  if (table->options->progress != NULL)
    table->options->progress(table->options->context, at, table->file.length);
}

/* Rows of nothing but delimiters, as spreadsheets leave them. */
static bool is_blank(const fsim_export_table *t) {
  for (size_t c = 0; c < fsim_csv_columns(t->csv); c++) {
    const char *field = fsim_csv_field(t->csv, c);
    if (field[strspn(field, " ")] != '\0') return false;
  }
  return true;
}

/* The first of the mapping's filters that does not let the row pass; NULL. */
static const fsim_mapped_filter *left_out_by(const fsim_export_table *t) {
  for (size_t f = 0; f < t->mapped->n_filters; f++) {
    const fsim_mapped_filter *filter = &t->mapped->filters[f];
    bool passes = false;
    for (size_t i = 0; i < filter->n_is && !passes; i++)
      passes = fsim_matches(filter->is[i], fsim_csv_field(t->csv, t->filter[f]));
    if (!passes) return filter;
  }
  return NULL;
}

int fsim_export_table_next(fsim_export_table *table) {
  for (;;) {
    int row = fsim_csv_next(table->csv, NULL), status = FSIM_OK;
    pass(table, row == 0);
    if (row == 0) return 0;
    fsim_builder_row(table->builder);
    const fsim_mapped_filter *filter = row > 0 ? left_out_by(table) : NULL;
    if (row < 0)
      status = fsim_builder_finding(
          table->builder, "a broken row (too few or many fields, open quote)", FSIM_ROW_LEFT_OUT,
          fsim_export_table_line(table), FSIM_THIS_FILE, "%s", table->path);
    else if (is_blank(table))
      status =
          fsim_builder_finding(table->builder, "a blank row", FSIM_ROW_LEFT_OUT,
                               fsim_export_table_line(table), FSIM_THIS_FILE, "%s", table->path);
    else if (filter != NULL)
      status = fsim_builder_finding(
          table->builder, "a row that the mapping's where does not let pass", FSIM_ROW_LEFT_OUT,
          fsim_export_table_line(table), FSIM_THIS_FILE, "%.40s: %.40s", filter->column,
          fsim_csv_field(table->csv, table->filter[filter - table->mapped->filters]));
    else
      return 1;
    if (status != FSIM_OK) return -1;
  }
}

const char *fsim_export_field(const fsim_export_table *table, fsim_column_role role) {
  size_t column = table->column[role];
  return column == SIZE_MAX ? "" : fsim_csv_field(table->csv, column);
}

fsim_field_state fsim_export_time(const fsim_export_table *table, size_t column, int64_t *time) {
  if (column == SIZE_MAX) return FSIM_FIELD_BLANK;
  const char *field = fsim_csv_field(table->csv, column);
  bool midnight;
  if (*field == '\0') return FSIM_FIELD_BLANK;
  if (!fsim_timestamp_read(field, table->order, time, &midnight)) return FSIM_FIELD_BAD;
  if (!midnight) fsim_builder_has_clock(table->builder);
  return FSIM_FIELD_GOOD;
}

/* Dates to come say nothing of the log's end, nor of whether it knows times of the day. */
int fsim_export_expected(const fsim_export_table *table, size_t which, int64_t since) {
  const size_t column = table->column[FSIM_COLUMN_EXPECTED];
  if (column == SIZE_MAX) return FSIM_OK;
  const char *field = fsim_csv_field(table->csv, column);
  int64_t expected = FSIM_NO_TIME;
  bool midnight;
  int status = FSIM_OK;
  if (*field != '\0' && !fsim_timestamp_read(field, table->order, &expected, &midnight))
    status = fsim_builder_finding(table->builder, "an expected date that is none",
                                  "the case counts as without one", fsim_export_table_line(table),
                                  FSIM_THIS_FILE, "%.32s: %.32s",
                                  fsim_export_field(table, FSIM_COLUMN_CASE), field);
  fsim_builder_expected(table->builder, which, expected, since);
  return status;
}

static fsim_field_state read_amount(const fsim_export_table *table, size_t column, double *amount) {
  if (column == SIZE_MAX) return FSIM_FIELD_BLANK;
  const char *field = fsim_csv_field(table->csv, column);
  if (field[strspn(field, " ")] == '\0') return FSIM_FIELD_BLANK;
  return fsim_money_read(field, table->decimal_comma, amount) ? FSIM_FIELD_GOOD : FSIM_FIELD_BAD;
}

fsim_field_state fsim_export_value(const fsim_export_table *table, double *value) {
  double quantity = 1;
  fsim_field_state state = read_amount(table, table->column[FSIM_COLUMN_VALUE], value);
  if (state != FSIM_FIELD_GOOD || table->column[FSIM_COLUMN_QUANTITY] == SIZE_MAX) return state;
  state = read_amount(table, table->column[FSIM_COLUMN_QUANTITY], &quantity);
  *value *= quantity;
  return state;
}

uint64_t fsim_export_row_hash(const fsim_export_table *table) {
  const char *first = fsim_csv_field(table->csv, 0);
  const char *last = fsim_csv_field(table->csv, fsim_csv_columns(table->csv) - 1);
  /* Fields lie one behind the other, each with its terminator. */
  return fsim_hash_bytes(first, (size_t)(last - first) + strlen(last));
}

int fsim_export_attributes(const fsim_export_table *table, size_t which) {
  int status = FSIM_OK;
  for (size_t a = 0; a < table->mapping->n_attributes && status == FSIM_OK; a++) {
    if (table->attribute[a] == SIZE_MAX) continue;
    status = fsim_builder_level(table->builder, which, a,
                                fsim_csv_field(table->csv, table->attribute[a]));
  }
  return status;
}
