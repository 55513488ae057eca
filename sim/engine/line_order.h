/* Visits in the order in which they come: by second, and within a second by somebody's rule.
 * Private to this folder. */
#ifndef FSIM_ENGINE_LINE_ORDER_H
#define FSIM_ENGINE_LINE_ORDER_H

#include "sim/engine/block.h"

/* Keys to be sorted: t << 32 | row. All zero: no memory yet. */
typedef struct fsim_line_order {
  uint64_t *key, *other;
  size_t capacity;
  uint32_t *count;
} fsim_line_order;

/* Room for n keys. 0, or -1 when memory is out. */
int fsim_line_order_room(fsim_line_order *order, size_t n);
void fsim_line_order_free(fsim_line_order *order);
/* Sorts the first n keys by t; rows of one second stay as they were. */
void fsim_line_order_sort(fsim_line_order *order, size_t n);

/* Puts an inbox of first visits in order of (t, lead); `spare` is another inbox as large, with
 * which it may change places. 0, or -1 when memory is out. */
int fsim_inbox_sort(fsim_line_order *order, fsim_inbox *inbox, fsim_inbox *spare);

#endif
