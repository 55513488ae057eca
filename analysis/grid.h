/* Rows of numbers as wide as they need be, on 80 columns: what is left is the first column's, and a
 * name that does not fit stands on lines of its own above its numbers. Nothing is ever cut. */
#ifndef FSIM_ANALYSIS_GRID_H
#define FSIM_ANALYSIS_GRID_H

#include <stdbool.h>
#include <stdio.h>

#include "analysis/words.h"

#define FSIM_MOST_COLUMNS 8

typedef struct fsim_grid_row {
  char *name;
  fsim_cell_text cells[FSIM_MOST_COLUMNS];
} fsim_grid_row;

typedef struct fsim_grid {
  size_t columns; /* behind the name */
  fsim_grid_row *rows;
  size_t n, room;
  bool failed; /* memory was out */
} fsim_grid;

/* `cells`: table->columns of them. The first row is the header. */
void fsim_grid_add(fsim_grid *table, const char *name, const fsim_cell_text *cells);
/* Prints (nothing when there is only a header) and frees; -1 when memory was out or `out` fails. */
int fsim_grid_print(fsim_grid *table, FILE *out);

fsim_cell_text fsim_cell_of(const char *text);

#endif
