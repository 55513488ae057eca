/* Completing a record: what follows from the histograms and from the counts by week. */
#include <string.h>

#include "sim/record/recorder_parts.h"

static void fold_weeks(fsim_recorder *r) {
  const fsim_scratch *s = r->memory;
  size_t weeks = s->columns - 1, groups = r->shape->dim[FSIM_DIM_GROUP];
  for (size_t stage = 0; stage < r->shape->dim[FSIM_DIM_STAGE]; stage++) {
    for (size_t week = 0; week < weeks; week++) {
      *fsim_cell_at(r, FSIM_WEEK_ENTERED, week, stage) += s->entered[stage * s->columns + week];
      *fsim_cell_at(r, FSIM_WEEK_LEFT, week, stage) += s->left[stage * s->columns + week];
    }
  }
  for (size_t outcome = 0; outcome < r->shape->dim[FSIM_DIM_OUTCOME]; outcome++) {
    const uint32_t *ended = s->ended + outcome * groups * s->columns;
    for (size_t week = 0; week < weeks; week++) {
      int64_t *cell = fsim_cell_at(r, FSIM_WEEK_ENDED, week, outcome);
      for (size_t group = 1; group < groups; group++)
        cell[group] += ended[group * s->columns + week];
    }
  }
}

/* Ages at the end are sums over the classes of a histogram of times; returns how many ended. */
static int64_t fold_histogram(fsim_recorder *r, fsim_cells array, size_t ending, size_t histogram,
                              size_t group) {
  size_t groups = r->shape->dim[FSIM_DIM_GROUP];
  const uint32_t *h = r->histograms + (histogram + group) * FSIM_TIME_CLASSES;
  fsim_class_range span = r->spans[histogram / groups];
  int64_t *cell = fsim_cell_at(r, array, ending, 0) + group, sum = 0;
  for (size_t c = span.first; c < span.end; c++) {
    if (h[c] == 0) continue;
    cell[r->shape->age_of_time[c] * groups] += h[c];
    sum += h[c];
  }
  return sum;
}

static void fold_ages(fsim_recorder *r) {
  const fsim_shape *shape = r->shape;
  for (size_t group = 1; group < shape->dim[FSIM_DIM_GROUP]; group++) {
    for (size_t o = 0; o < shape->dim[FSIM_DIM_OUTCOME]; o++)
      fsim_cell_at(r, FSIM_FATE, o, 0)[group] +=
          fold_histogram(r, FSIM_AGE_ENDED, o, fsim_histogram_of_outcome(shape, o, 0), group);
    for (size_t s = 0; s < shape->dim[FSIM_DIM_STAGE]; s++)
      fold_histogram(r, FSIM_AGE_LEFT, s, fsim_histogram_of_stage(shape, s, 0), group);
  }
}

static void fold_histograms(fsim_recorder *r) {
  size_t groups = r->shape->dim[FSIM_DIM_GROUP];
  size_t values = r->scenario->attributes[0].n_values;
  for (size_t h = 0; h < r->shape->n_histograms; h += groups) {
    fsim_class_range span = r->spans[h / groups];
    if (span.first >= span.end) continue;
    size_t n = span.end - span.first;
    uint32_t *all = r->histograms + h * FSIM_TIME_CLASSES + span.first;
    memcpy(all, all + FSIM_TIME_CLASSES, n * sizeof *all);
    for (size_t v = 1; v < values; v++) {
      const uint32_t *one = all + (v + 1) * FSIM_TIME_CLASSES;
      for (size_t c = 0; c < n; c++) all[c] += one[c];
    }
  }
}

/* Group 0 of every array: the sum over the values of the first attribute. */
static void fold_groups(fsim_recorder *r) {
  size_t groups = r->shape->dim[FSIM_DIM_GROUP];
  size_t values = r->scenario->attributes[0].n_values;
  for (size_t a = 0; a < FSIM_N_CELLS; a++) {
    const fsim_record_array *array = &fsim_record_arrays[a];
    if (array->dims[array->n_dims - 1] != FSIM_DIM_GROUP) continue;
    size_t end = a + 1 < FSIM_N_CELLS ? r->shape->offset[a + 1] : r->shape->n_cells;
    for (size_t row = r->shape->offset[a]; row < end; row += groups) {
      int64_t sum = 0;
      for (size_t v = 0; v < values; v++) sum += r->cells[row + 1 + v];
      r->cells[row] = sum;
    }
  }
}

void fsim_recorder_finish(fsim_recorder *r) {
  const fsim_scratch *s = r->memory;
  size_t groups = r->shape->dim[FSIM_DIM_GROUP];
  fold_weeks(r);
  fold_ages(r);
  fold_histograms(r);
  for (size_t stream = 0; stream < r->shape->dim[FSIM_DIM_STREAM]; stream++) {
    const int64_t *arrived = fsim_cell_at(r, FSIM_ARRIVED, stream, 0);
    int64_t *spent = fsim_cell_at(r, FSIM_SPENT, stream, 0);
    for (size_t g = 1; g < groups; g++) spent[g] = arrived[g] * s->cost_cents[stream];
  }
  fold_groups(r);
}

void fsim_recorder_add(fsim_recorder *into, const fsim_recorder *from) {
  size_t groups = from->shape->dim[FSIM_DIM_GROUP];
  for (size_t i = 0; i < from->shape->n_cells; i++) into->cells[i] += from->cells[i];
  for (size_t h = 0; h < from->shape->n_histograms; h++) {
    fsim_class_range span = from->spans[h / groups];
    const uint32_t *add = from->histograms + h * FSIM_TIME_CLASSES;
    uint32_t *to = into->histograms + h * FSIM_TIME_CLASSES;
    for (size_t c = span.first; c < span.end; c++) to[c] += add[c];
  }
  for (size_t i = 0; i < fsim_n_spans(from->shape); i++)
    fsim_widen(&into->spans[i], from->spans[i]);
  into->visits += from->visits;
}
