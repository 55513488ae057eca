#include "sim/record/recorder.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/array.h"
#include "sim/base/quantity.h"
#include "sim/random/vector.h"

#define WEEK_S 604800
#define CHUNK 1024 /* rows that the scratch columns hold */
#define COPIES 2   /* of a counter, so that two neighbours in one week do not wait for each other */

typedef struct scratch {
  uint32_t *entered;       /* [n_stages][COPIES][weeks + 1]; the last column is a dustbin */
  uint32_t *left;          /* the same */
  int64_t *cost_cents;     /* [n_streams] */
  uint32_t class[CHUNK];   /* of a time, see fsim_time_class */
  uint32_t counted[CHUNK]; /* 1: began in the window and ended */
  uint32_t week_in[CHUNK]; /* of the beginning */
  uint32_t week_out[CHUNK];
} scratch;

fsim_recorder *fsim_recorder_new(const fsim_scenario *scenario, const fsim_shape *shape) {
  fsim_recorder *made = fsim_zeroed(1, sizeof *made);
  if (made == NULL) return NULL;
  size_t columns = COPIES * (shape->dim[FSIM_DIM_WEEK] + 1) * scenario->n_stages;
  scratch *s = fsim_zeroed(1, sizeof *s);
  made->memory = s;
  made->scenario = scenario;
  made->shape = shape;
  made->cells = fsim_zeroed(shape->n_cells, sizeof *made->cells);
  made->histograms = fsim_zeroed(shape->n_histograms, FSIM_TIME_CLASSES * sizeof(uint32_t));
  if (s != NULL) {
    s->entered = fsim_zeroed(columns, sizeof *s->entered);
    s->left = fsim_zeroed(columns, sizeof *s->left);
    s->cost_cents = fsim_zeroed(scenario->n_streams, sizeof *s->cost_cents);
  }
  if (s == NULL || made->cells == NULL || made->histograms == NULL || s->entered == NULL ||
      s->left == NULL || s->cost_cents == NULL) {
    fsim_recorder_free(made);
    return NULL;
  }
  for (size_t i = 0; i < scenario->n_streams; i++) {
    double cents = scenario->streams[i].cost * 100;
    s->cost_cents[i] = (int64_t)(cents < 0 ? cents - 0.5 : cents + 0.5);
  }
  return made;
}

void fsim_recorder_free(fsim_recorder *recorder) {
  if (recorder == NULL) return;
  scratch *s = recorder->memory;
  if (s != NULL) {
    free(s->entered);
    free(s->left);
    free(s->cost_cents);
    free(s);
  }
  free(recorder->cells);
  free(recorder->histograms);
  free(recorder);
}

void fsim_recorder_clear(fsim_recorder *recorder) {
  const fsim_shape *shape = recorder->shape;
  scratch *s = recorder->memory;
  size_t columns = COPIES * (shape->dim[FSIM_DIM_WEEK] + 1) * shape->dim[FSIM_DIM_STAGE];
  memset(recorder->cells, 0, shape->n_cells * sizeof *recorder->cells);
  memset(recorder->histograms, 0, shape->n_histograms * FSIM_TIME_CLASSES * sizeof(uint32_t));
  memset(s->entered, 0, columns * sizeof *s->entered);
  memset(s->left, 0, columns * sizeof *s->left);
  recorder->visits = 0;
}

/* The pipeline began before the start: its week is the first. */
static inline size_t week_of(int32_t t) {
  return t < 0 ? 0 : (size_t)(t / WEEK_S);
}

static inline int64_t *cell_at(fsim_recorder *r, fsim_cells array, size_t i, size_t j) {
  return &r->cells[fsim_cell(r->shape, array, i, j, 0)];
}

/* Adds to the group of every attribute's value; `row` is the cell of group 0. */
static inline void add_groups(const fsim_recorder *r, int64_t *row, size_t profile, int64_t x) {
  const uint16_t *group = r->shape->groups_of_profile + profile * r->shape->n_attributes;
  for (size_t a = 0; a < r->shape->n_attributes; a++) row[group[a]] += x;
}

/* Counts times by week in an array [week][j][group]. Times mostly come in runs of one week. */
static void add_by_week(fsim_recorder *r, fsim_cells array, size_t j, size_t profile,
                        const int32_t *t, size_t n) {
  for (size_t i = 0; i < n;) {
    size_t week = week_of(t[i]), first = i;
    int64_t from = week == 0 ? INT32_MIN : (int64_t)week * WEEK_S,
            to = ((int64_t)week + 1) * WEEK_S;
    while (i < n && t[i] >= from && t[i] < to) i++;
    add_groups(r, cell_at(r, array, week, j), profile, (int64_t)(i - first));
  }
}

static int64_t count_from(const int32_t *t, size_t n, int32_t from) {
  int64_t count = 0;
  for (size_t i = 0; i < n; i++) count += t[i] >= from;
  return count;
}

void fsim_record_leads(fsim_recorder *r, size_t stream, size_t profile, const int32_t *t,
                       size_t n) {
  add_by_week(r, FSIM_WEEK_ARRIVED, stream, profile, t, n);
  add_groups(r, cell_at(r, FSIM_ARRIVED, stream, 0), profile,
             count_from(t, n, r->scenario->warm_up_s));
}

void fsim_record_starts(fsim_recorder *r, size_t funnel, size_t profile, const int32_t *t,
                        size_t n) {
  add_by_week(r, FSIM_WEEK_STARTED, funnel, profile, t, n);
  add_groups(r, cell_at(r, FSIM_STARTED, funnel, 0), profile,
             count_from(t, n, r->scenario->warm_up_s));
}

/* fsim_time_class in 32-bit lanes: a float has bits enough once those below the class are gone.
 * Without branches, so that a loop over it becomes vector code. */
static inline __attribute__((always_inline)) uint32_t time_class(int32_t t) {
  int32_t fine = -(int32_t)(t >= 65536) & 0x7f;
  float x = (float)(t & ~fine);
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  uint32_t class = (bits >> 15) - ((127u + 8u) << 8) + 256u;
  uint32_t small = -(uint32_t)(t < 256);
  return ((uint32_t)t & small) | (class & ~small);
}

/* A whole week of seconds, for non-negative t; the division becomes a multiplication in vectors. */
static inline __attribute__((always_inline)) uint32_t whole_weeks(int32_t t) {
  return (uint32_t)t / WEEK_S;
}

typedef struct window_sums {
  int64_t began, counted, time, stayed, ended;
} window_sums;

/* Classes and weeks of n stays (visits or journeys) from `start` for `length` seconds. All columns
 * have 32-bit lanes, which is what makes it fast. */
FSIM_CLONES
static void classify(const int32_t *restrict start, const int32_t *restrict length, int32_t warm_up,
                     int32_t horizon, uint32_t dustbin, uint32_t *restrict class,
                     uint32_t *restrict counted, uint32_t *restrict week_in,
                     uint32_t *restrict week_out, size_t n) {
  for (size_t i = 0; i < n; i++) {
    int32_t t0 = start[i], stay = length[i], t1 = t0 + stay, from = t0 < 0 ? 0 : t0;
    uint32_t in = t0 >= warm_up, done = t1 < horizon, out = whole_weeks(t1);
    class[i] = time_class(stay);
    counted[i] = in & done;
    week_in[i] = whole_weeks(from);
    week_out[i] = (out & -done) | (dustbin & (done - 1));
  }
}

FSIM_CLONES
static void add_sums(const int32_t *restrict start, const int32_t *restrict length, int32_t warm_up,
                     const uint32_t *restrict counted, window_sums *sums, size_t n) {
  uint32_t began = 0, both = 0, late = 0;
  int64_t time = 0, stayed = 0;
  for (size_t i = 0; i < n; i++) {
    int32_t t0 = start[i], t1 = t0 + length[i];
    int32_t from = t0 >= warm_up ? t0 : warm_up;
    began += t0 >= warm_up;
    both += counted[i];
    late += t1 >= warm_up;
    time += length[i] & -(int32_t)counted[i];
    stayed += t1 > from ? t1 - from : 0;
  }
  sums->began += began;
  sums->counted += both;
  sums->ended += late;
  sums->time += time;
  sums->stayed += stayed;
}

static void count_weeks(uint32_t *restrict table, const uint32_t *restrict week, size_t columns,
                        size_t n) {
  uint32_t *other = table + columns;
  size_t i = 0;
  for (; i + 2 <= n; i += 2) {
    table[week[i]]++;
    other[week[i + 1]]++;
  }
  if (i < n) table[week[i]]++;
}

static void count_classes(const fsim_recorder *r, size_t first_histogram, size_t profile,
                          const uint32_t *restrict class, const uint32_t *restrict counted,
                          size_t n) {
  const uint16_t *group = r->shape->groups_of_profile + profile * r->shape->n_attributes;
  for (size_t a = 0; a < r->shape->n_attributes; a++) {
    uint32_t *restrict h = r->histograms + (first_histogram + group[a]) * FSIM_TIME_CLASSES;
    for (size_t i = 0; i < n; i++) h[class[i]] += counted[i];
  }
}

static int64_t sum_counted(const int32_t *x, const uint32_t *counted, size_t n) {
  int64_t sum = 0;
  for (size_t i = 0; i < n; i++) sum += counted[i] ? x[i] : 0;
  return sum;
}

void fsim_record_visits(fsim_recorder *r, const fsim_visit_batch *batch) {
  scratch *s = r->memory;
  const fsim_scenario *scenario = r->scenario;
  size_t stage = batch->stage, columns = r->shape->dim[FSIM_DIM_WEEK] + 1;
  window_sums sums = {0};
  int64_t queue = 0, work = 0;
  for (size_t first = 0; first < batch->n; first += CHUNK) {
    size_t n = batch->n - first < CHUNK ? batch->n - first : CHUNK;
    classify(batch->enter + first, batch->stay + first, scenario->warm_up_s, scenario->horizon_s,
             (uint32_t)(columns - 1), s->class, s->counted, s->week_in, s->week_out, n);
    add_sums(batch->enter + first, batch->stay + first, scenario->warm_up_s, s->counted, &sums, n);
    count_weeks(s->entered + stage * COPIES * columns, s->week_in, columns, n);
    count_weeks(s->left + stage * COPIES * columns, s->week_out, columns, n);
    count_classes(r, fsim_histogram_of_stage(r->shape, stage, 0), batch->profile, s->class,
                  s->counted, n);
    if (batch->queue != NULL) queue += sum_counted(batch->queue + first, s->counted, n);
    if (batch->work != NULL) work += sum_counted(batch->work + first, s->counted, n);
  }
  add_groups(r, cell_at(r, FSIM_ENTERED, stage, 0), batch->profile, sums.began);
  add_groups(r, cell_at(r, FSIM_TIME, stage, 0), batch->profile, sums.time);
  add_groups(r, cell_at(r, FSIM_STAYED, stage, 0), batch->profile, sums.stayed);
  if (batch->queue != NULL) add_groups(r, cell_at(r, FSIM_QUEUE, stage, 0), batch->profile, queue);
  if (batch->work != NULL) add_groups(r, cell_at(r, FSIM_WORK, stage, 0), batch->profile, work);
  r->visits += batch->n;
}

void fsim_record_exits(fsim_recorder *r, fsim_cells array, size_t slot, size_t profile,
                       const int32_t *enter, size_t n) {
  int64_t count = (int64_t)n;
  if (enter != NULL) count = count_from(enter, n, r->scenario->warm_up_s);
  add_groups(r, cell_at(r, array, slot, 0), profile, count);
}

FSIM_CLONES
static void lengths(const int32_t *restrict start, const int32_t *restrict end,
                    int32_t *restrict length, size_t n) {
  for (size_t i = 0; i < n; i++) length[i] = end[i] - start[i];
}

static void add_values(fsim_recorder *r, size_t outcome, const fsim_journey_batch *batch) {
  int64_t total = 0;
  for (size_t i = 0; i < batch->n; i++) {
    add_groups(r, cell_at(r, FSIM_WEEK_VALUE, week_of(batch->end[i]), outcome), batch->profile,
               batch->cents[i]);
    if (batch->end[i] >= r->scenario->warm_up_s) total += batch->cents[i];
  }
  add_groups(r, cell_at(r, FSIM_VALUE, outcome, 0), batch->profile, total);
}

/* How journeys ended by age, and their fate, are read off the cycle times' histograms at the end.
 */
void fsim_record_ends(fsim_recorder *r, size_t outcome, const fsim_journey_batch *batch) {
  scratch *s = r->memory;
  const fsim_scenario *scenario = r->scenario;
  const uint16_t *group = r->shape->groups_of_profile + batch->profile * r->shape->n_attributes;
  size_t stride = r->shape->dim[FSIM_DIM_OUTCOME] * r->shape->dim[FSIM_DIM_GROUP];
  window_sums sums = {0};
  int32_t length[CHUNK];
  for (size_t first = 0; first < batch->n; first += CHUNK) {
    size_t n = batch->n - first < CHUNK ? batch->n - first : CHUNK;
    lengths(batch->start + first, batch->end + first, length, n);
    classify(batch->start + first, length, scenario->warm_up_s, scenario->horizon_s, 0, s->class,
             s->counted, s->week_in, s->week_out, n);
    add_sums(batch->start + first, length, scenario->warm_up_s, s->counted, &sums, n);
    count_classes(r, fsim_histogram_of_outcome(r->shape, outcome, 0), batch->profile, s->class,
                  s->counted, n);
    for (size_t a = 0; a < r->shape->n_attributes; a++) {
      int64_t *restrict ended = cell_at(r, FSIM_WEEK_ENDED, 0, outcome) + group[a];
      for (size_t i = 0; i < n; i++) ended[s->week_out[i] * stride]++;
    }
  }
  size_t funnel = scenario->outcomes[outcome].funnel;
  add_groups(r, cell_at(r, FSIM_ENDED, outcome, 0), batch->profile, sums.ended);
  add_groups(r, cell_at(r, FSIM_CYCLE, outcome, 0), batch->profile, sums.time);
  add_groups(r, cell_at(r, FSIM_PROGRESS, funnel, 0), batch->profile, sums.stayed);
  add_by_week(r, FSIM_COHORT, outcome, batch->profile, batch->arrive, batch->n);
  if (batch->cents != NULL) add_values(r, outcome, batch);
}

void fsim_record_open(fsim_recorder *r, size_t funnel, const fsim_journey_batch *batch) {
  const fsim_scenario *scenario = r->scenario;
  size_t ending = scenario->n_outcomes + funnel;
  int64_t progress = 0, fate = 0;
  for (size_t i = 0; i < batch->n; i++) {
    int32_t start = batch->start[i], age = scenario->horizon_s - start;
    bool in = start >= scenario->warm_up_s;
    progress += in ? age : scenario->horizon_s - scenario->warm_up_s;
    fate += in;
    if (in)
      add_groups(r, cell_at(r, FSIM_AGE_ENDED, ending, fsim_age_class(age)), batch->profile, 1);
  }
  add_groups(r, cell_at(r, FSIM_PROGRESS, funnel, 0), batch->profile, progress);
  add_groups(r, cell_at(r, FSIM_FATE, ending, 0), batch->profile, fate);
  add_by_week(r, FSIM_COHORT, ending, batch->profile, batch->arrive, batch->n);
}

static void fold_weeks(fsim_recorder *r) {
  const scratch *s = r->memory;
  size_t weeks = r->shape->dim[FSIM_DIM_WEEK], stages = r->shape->dim[FSIM_DIM_STAGE];
  for (size_t stage = 0; stage < stages; stage++) {
    for (size_t copy = 0; copy < COPIES; copy++) {
      size_t row = (stage * COPIES + copy) * (weeks + 1);
      for (size_t week = 0; week < weeks; week++) {
        *cell_at(r, FSIM_WEEK_ENTERED, week, stage) += s->entered[row + week];
        *cell_at(r, FSIM_WEEK_LEFT, week, stage) += s->left[row + week];
      }
    }
  }
}

/* Ages and fates of ended journeys: sums over the classes of their cycle times. */
static void fold_ages(fsim_recorder *r) {
  size_t groups = r->shape->dim[FSIM_DIM_GROUP];
  for (size_t outcome = 0; outcome < r->shape->dim[FSIM_DIM_OUTCOME]; outcome++) {
    for (size_t group = 1; group < groups; group++) {
      const uint32_t *h =
          r->histograms + fsim_histogram_of_outcome(r->shape, outcome, group) * FSIM_TIME_CLASSES;
      int64_t fate = 0;
      for (size_t coarse = 0; coarse < FSIM_COARSE_CLASSES; coarse++) {
        int64_t sum = 0;
        for (size_t c = 0; c < FSIM_COARSE; c++) sum += h[coarse * FSIM_COARSE + c];
        if (sum == 0) continue;
        size_t age = fsim_age_class((int32_t)fsim_time_class_from(coarse * FSIM_COARSE));
        cell_at(r, FSIM_AGE_ENDED, outcome, age)[group] += sum;
        fate += sum;
      }
      cell_at(r, FSIM_FATE, outcome, 0)[group] += fate;
    }
  }
}

static void fold_histograms(fsim_recorder *r) {
  size_t groups = r->shape->dim[FSIM_DIM_GROUP];
  size_t values = r->scenario->attributes[0].n_values;
  for (size_t h = 0; h < r->shape->n_histograms; h += groups) {
    uint32_t *all = r->histograms + h * FSIM_TIME_CLASSES;
    memcpy(all, all + FSIM_TIME_CLASSES, FSIM_TIME_CLASSES * sizeof *all);
    for (size_t v = 1; v < values; v++) {
      const uint32_t *one = all + (v + 1) * FSIM_TIME_CLASSES;
      for (size_t c = 0; c < FSIM_TIME_CLASSES; c++) all[c] += one[c];
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
  const scratch *s = r->memory;
  size_t groups = r->shape->dim[FSIM_DIM_GROUP];
  fold_weeks(r);
  fold_ages(r);
  fold_histograms(r);
  for (size_t stream = 0; stream < r->shape->dim[FSIM_DIM_STREAM]; stream++) {
    const int64_t *arrived = cell_at(r, FSIM_ARRIVED, stream, 0);
    int64_t *spent = cell_at(r, FSIM_SPENT, stream, 0);
    for (size_t g = 1; g < groups; g++) spent[g] = arrived[g] * s->cost_cents[stream];
  }
  fold_groups(r);
}

void fsim_recorder_add(fsim_recorder *into, const fsim_recorder *from) {
  size_t classes = from->shape->n_histograms * FSIM_TIME_CLASSES;
  for (size_t i = 0; i < from->shape->n_cells; i++) into->cells[i] += from->cells[i];
  for (size_t i = 0; i < classes; i++) into->histograms[i] += from->histograms[i];
  into->visits += from->visits;
}
