#include "analysis/grid.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/array.h"
#include "sim/base/text.h"

enum { PAGE = 80, LEAST_NAME = 12 };

fsim_cell_text fsim_cell_of(const char *text) {
  fsim_cell_text cell;
  snprintf(cell.text, sizeof cell.text, "%s", text);
  return cell;
}

void fsim_grid_add(fsim_grid *table, const char *name, const fsim_cell_text *cells) {
  void *items = table->rows;
  if (fsim_grow(&items, &table->room, table->n + 1, sizeof *table->rows) != 0) {
    table->failed = true;
    return;
  }
  table->rows = items;
  fsim_grid_row *row = &table->rows[table->n];
  row->name = fsim_copy_text(name, strlen(name));
  if (row->name == NULL) {
    table->failed = true;
    return;
  }
  memcpy(row->cells, cells, table->columns * sizeof *cells);
  table->n++;
}

/* Characters of a UTF-8 text. */
static size_t columns_of(const char *text) {
  size_t n = 0;
  for (; *text != '\0'; text++) n += ((unsigned char)*text & 0xC0) != 0x80;
  return n;
}

static void choose_widths(const fsim_grid *table, int *widths) {
  size_t used = 0, longest = 0;
  for (size_t c = 0; c < table->columns; c++) {
    size_t width = 0;
    for (size_t r = 0; r < table->n; r++) {
      size_t need = columns_of(table->rows[r].cells[c].text);
      if (need > width) width = need;
    }
    widths[c + 1] = -(int)width;
    used += width + 1;
  }
  for (size_t r = 0; r < table->n; r++) {
    size_t need = columns_of(table->rows[r].name);
    if (need > longest) longest = need;
  }
  size_t left = used + LEAST_NAME < PAGE ? PAGE - used : LEAST_NAME;
  widths[0] = (int)(longest < left ? longest : left);
}

int fsim_grid_print(fsim_grid *table, FILE *out) {
  int widths[FSIM_MOST_COLUMNS + 1], failed = table->failed;
  choose_widths(table, widths);
  for (size_t r = 0; r < table->n; r++) {
    fsim_grid_row *row = &table->rows[r];
    bool wide = columns_of(row->name) > (size_t)widths[0];
    const char *cells[FSIM_MOST_COLUMNS + 1] = {wide ? "" : row->name};
    for (size_t c = 0; c < table->columns; c++) cells[c + 1] = row->cells[c].text;
    bool shown = table->n > 1;
    if (shown && wide && !failed) failed = fsim_print_wrapped(out, row->name) != 0;
    if (shown && !failed) failed = fsim_print_row(out, widths, table->columns + 1, cells) != 0;
    free(row->name);
  }
  free(table->rows);
  *table = (fsim_grid){0};
  return failed ? -1 : 0;
}
