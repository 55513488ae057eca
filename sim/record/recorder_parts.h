/* What the two halves of the recorder share: counting (recorder.c) and completing a record
 * (recorder_finish.c). Private to this folder. */
#ifndef FSIM_RECORD_RECORDER_PARTS_H
#define FSIM_RECORD_RECORDER_PARTS_H

#include "sim/record/recorder.h"
#include "sim/record/recorder_weeks.h"

#define FSIM_RECORD_CHUNK 1024 /* rows that the scratch columns hold */

typedef struct fsim_scratch {
  fsim_week_table weeks;
  size_t columns;                      /* weeks + 1; the last is a dustbin */
  uint32_t *entered;                   /* [n_stages][columns] */
  uint32_t *left;                      /* [n_stages][columns] */
  uint32_t *ended;                     /* [n_outcomes][n_groups][columns] */
  int64_t *cost_cents;                 /* [n_streams] */
  int32_t length[FSIM_RECORD_CHUNK];   /* of a journey */
  uint32_t class[FSIM_RECORD_CHUNK];   /* of a time, see fsim_time_class */
  uint32_t counted[FSIM_RECORD_CHUNK]; /* 1: began in the window and ended */
} fsim_scratch;

static inline size_t fsim_n_spans(const fsim_shape *shape) {
  return shape->n_histograms / shape->dim[FSIM_DIM_GROUP];
}

static inline int64_t *fsim_cell_at(fsim_recorder *r, fsim_cells array, size_t i, size_t j) {
  return &r->cells[fsim_cell(r->shape, array, i, j, 0)];
}

/* Adds to the group of every attribute's value; `row` is the cell of group 0. */
static inline void fsim_add_groups(const fsim_recorder *r, int64_t *row, size_t profile,
                                   int64_t x) {
  const uint16_t *group = r->shape->groups_of_profile + profile * r->shape->n_attributes;
  for (size_t a = 0; a < r->shape->n_attributes; a++) row[group[a]] += x;
}

static inline void fsim_widen(fsim_class_range *span, fsim_class_range by) {
  if (by.first < span->first) span->first = by.first;
  if (by.end > span->end) span->end = by.end;
}

#endif
