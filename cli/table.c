/* Tables of text: the last part of terminal.h. */
#include <stdlib.h>
#include <string.h>

#include "cli/terminal.h"
#include "sim/base/array.h"
#include "sim/base/text.h"

struct fsim_text_table {
  char *align;
  size_t n_columns;
  char **cells; /* [n_rows][n_columns]; a row of NULLs is a gap */
  size_t n_cells, capacity;
  bool failed;
};

#define BETWEEN 2     /* columns between cells */
#define LEAST_FIRST 8 /* of the first column always stay */
#define ELLIPSIS "\xe2\x80\xa6"

fsim_text_table *fsim_text_table_new(const char *align) {
  fsim_text_table *table = calloc(1, sizeof *table);
  if (!table) return NULL;
  table->n_columns = strlen(align);
  table->align = fsim_copy_text(align, table->n_columns);
  if (!table->align) {
    free(table);
    return NULL;
  }
  return table;
}

void fsim_text_table_free(fsim_text_table *table) {
  if (!table) return;
  for (size_t i = 0; i < table->n_cells; i++) free(table->cells[i]);
  free(table->cells);
  free(table->align);
  free(table);
}

static void append(fsim_text_table *table, const char *const *cells) {
  if (!table || table->failed) return;
  void *items = table->cells;
  if (fsim_grow(&items, &table->capacity, table->n_cells + table->n_columns,
                sizeof *table->cells) != 0) {
    table->failed = true;
    return;
  }
  table->cells = items;
  for (size_t i = 0; i < table->n_columns; i++) {
    char *copy = cells ? fsim_copy_text(cells[i], strlen(cells[i])) : NULL;
    if (cells && !copy) table->failed = true;
    table->cells[table->n_cells++] = copy;
  }
}

void fsim_text_table_row(fsim_text_table *table, const char *const *cells) {
  append(table, cells);
}

void fsim_text_table_gap(fsim_text_table *table) {
  append(table, NULL);
}

/* Widths of the columns; what is too wide for the screen is taken from the first column. */
static void find_widths(const fsim_text_table *table, int width, size_t *widths) {
  size_t total = 0;
  for (size_t c = 0; c < table->n_columns; c++) {
    for (size_t i = c; i < table->n_cells; i += table->n_columns) {
      size_t wide = table->cells[i] ? fsim_text_columns(table->cells[i]) : 0;
      if (wide > widths[c]) widths[c] = wide;
    }
    total += widths[c] + (c > 0 ? BETWEEN : 0);
  }
  size_t screen = width > 0 ? (size_t)width : 0;
  if (screen == 0 || total <= screen || table->n_columns == 0) return;
  size_t excess = total - screen;
  if (widths[0] >= excess + LEAST_FIRST)
    widths[0] -= excess;
  else if (widths[0] > LEAST_FIRST)
    widths[0] = LEAST_FIRST;
}

/* Bytes of the first `columns` characters. */
static size_t bytes_of(const char *text, size_t columns) {
  size_t at = 0;
  while (text[at] && columns > 0) {
    at++;
    while (((unsigned char)text[at] & 0xc0) == 0x80) at++;
    columns--;
  }
  return at;
}

static void put_cell(FILE *out, const char *text, char align, size_t width, bool last) {
  size_t columns = fsim_text_columns(text);
  if (columns > width && width > 0) {
    fwrite(text, 1, bytes_of(text, width - 1), out);
    fputs(ELLIPSIS, out);
    return;
  }
  size_t pad = width - columns;
  if (align == 'r')
    for (size_t i = 0; i < pad; i++) fputc(' ', out);
  fputs(text, out);
  if (align != 'r' && !last)
    for (size_t i = 0; i < pad; i++) fputc(' ', out);
}

static void put_row(const fsim_text_table *table, size_t row, const size_t *widths, FILE *out) {
  char *const *cells = table->cells + row * table->n_columns;
  size_t last = table->n_columns;
  while (last > 0 && (!cells[last - 1] || !cells[last - 1][0])) last--;
  for (size_t c = 0; c < last; c++) {
    if (c > 0) fprintf(out, "%*s", BETWEEN, "");
    put_cell(out, cells[c] ? cells[c] : "", table->align[c], widths[c], c + 1 == last);
  }
  fputc('\n', out);
}

int fsim_text_table_print(const fsim_text_table *table, FILE *out, int width) {
  if (!table || table->failed) return -1;
  size_t *widths = fsim_zeroed(table->n_columns, sizeof *widths);
  if (!widths) return -1;
  find_widths(table, width, widths);
  size_t rows = table->n_columns > 0 ? table->n_cells / table->n_columns : 0;
  for (size_t row = 0; row < rows; row++) {
    put_row(table, row, widths, out);
    if (row > 0) continue;
    for (size_t c = 0; c < table->n_columns; c++) {
      if (c > 0) fprintf(out, "%*s", BETWEEN, "");
      for (size_t i = 0; i < widths[c]; i++) fputc('-', out);
    }
    fputc('\n', out);
  }
  free(widths);
  return ferror(out) ? -1 : 0;
}
