#include "sim/record/recorder.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/array.h"
#include "sim/base/quantity.h"
#include "sim/random/vector.h"
#include "sim/record/recorder_parts.h"
#include "sim/record/time_class.h"

static size_t most_moves(const fsim_scenario *scenario) {
  size_t most = 0;
  for (size_t s = 0; s < scenario->n_stages; s++) {
    if (scenario->stages[s].n_exits > most) most = scenario->stages[s].n_exits;
  }
  return most + 3;
}

static size_t ended_size(const fsim_shape *shape) {
  return shape->dim[FSIM_DIM_OUTCOME] * shape->dim[FSIM_DIM_GROUP] *
         (shape->dim[FSIM_DIM_WEEK] + 1);
}

static size_t stages_size(const fsim_shape *shape) {
  return shape->dim[FSIM_DIM_STAGE] * (shape->dim[FSIM_DIM_WEEK] + 1);
}

static int make_scratch(fsim_scratch *s, const fsim_scenario *scenario, const fsim_shape *shape) {
  s->columns = shape->dim[FSIM_DIM_WEEK] + 1;
  s->entered = fsim_zeroed(stages_size(shape), sizeof *s->entered);
  s->left = fsim_zeroed(stages_size(shape), sizeof *s->left);
  s->ended = fsim_zeroed(ended_size(shape), sizeof *s->ended);
  s->cost_cents = fsim_zeroed(scenario->n_streams, sizeof *s->cost_cents);
  if (fsim_week_table_init(&s->weeks, most_moves(scenario), s->columns) != 0) return -1;
  if (s->entered == NULL || s->left == NULL || s->ended == NULL || s->cost_cents == NULL) return -1;
  for (size_t i = 0; i < scenario->n_streams; i++) {
    double cents = scenario->streams[i].cost * 100;
    s->cost_cents[i] = (int64_t)(cents < 0 ? cents - 0.5 : cents + 0.5);
  }
  return 0;
}

fsim_recorder *fsim_recorder_new(const fsim_scenario *scenario, const fsim_shape *shape) {
  fsim_recorder *made = fsim_zeroed(1, sizeof *made);
  if (made == NULL) return NULL;
  fsim_scratch *s = fsim_zeroed(1, sizeof *s);
  made->memory = s;
  made->scenario = scenario;
  made->shape = shape;
  made->cells = fsim_zeroed(shape->n_cells, sizeof *made->cells);
  made->histograms = fsim_zeroed(shape->n_histograms, FSIM_TIME_CLASSES * sizeof(uint32_t));
  made->spans = fsim_zeroed(fsim_n_spans(shape), sizeof *made->spans);
  if (s == NULL || made->cells == NULL || made->histograms == NULL || made->spans == NULL ||
      make_scratch(s, scenario, shape) != 0) {
    fsim_recorder_free(made);
    return NULL;
  }
  fsim_recorder_clear(made);
  return made;
}

void fsim_recorder_free(fsim_recorder *recorder) {
  if (recorder == NULL) return;
  fsim_scratch *s = recorder->memory;
  if (s != NULL) {
    fsim_week_table_free(&s->weeks);
    free(s->entered);
    free(s->left);
    free(s->ended);
    free(s->cost_cents);
    free(s);
  }
  free(recorder->cells);
  free(recorder->histograms);
  free(recorder->spans);
  free(recorder);
}

/* Teams are counted elsewhere (team_counts.h), so nothing is known of theirs. */
static void clear_histograms(fsim_recorder *r) {
  const fsim_shape *shape = r->shape;
  size_t groups = shape->dim[FSIM_DIM_GROUP];
  size_t narrow = shape->dim[FSIM_DIM_STAGE] + shape->dim[FSIM_DIM_OUTCOME];
  for (size_t h = 0; h < shape->n_histograms; h++) {
    fsim_class_range span = r->spans[h / groups];
    if (span.first < span.end)
      memset(r->histograms + h * FSIM_TIME_CLASSES + span.first, 0,
             (span.end - span.first) * sizeof *r->histograms);
  }
  for (size_t i = 0; i < fsim_n_spans(shape); i++)
    r->spans[i] = i < narrow ? (fsim_class_range){FSIM_TIME_CLASSES, 0}
                             : (fsim_class_range){0, FSIM_TIME_CLASSES};
}

void fsim_recorder_clear(fsim_recorder *recorder) {
  const fsim_shape *shape = recorder->shape;
  fsim_scratch *s = recorder->memory;
  memset(recorder->cells, 0, shape->n_cells * sizeof *recorder->cells);
  clear_histograms(recorder);
  memset(s->entered, 0, stages_size(shape) * sizeof *s->entered);
  memset(s->left, 0, stages_size(shape) * sizeof *s->left);
  memset(s->ended, 0, ended_size(shape) * sizeof *s->ended);
  recorder->visits = 0;
}

/* Counts times by week in an array [week][j][group]. */
static void add_by_week(fsim_recorder *r, fsim_cells array, size_t j, size_t profile,
                        const int32_t *t, size_t n) {
  fsim_scratch *s = r->memory;
  fsim_weeks weeks = fsim_tally_weeks(&s->weeks, t, n);
  for (size_t week = weeks.first; week < weeks.end; week++)
    fsim_add_groups(r, fsim_cell_at(r, array, week, j), profile, weeks.count[week - weeks.first]);
}

/* Leads of the pipeline came before the start: they are in no cohort. */
static void add_cohort(fsim_recorder *r, size_t ending, const fsim_journey_batch *batch) {
  const fsim_scenario *scenario = r->scenario;
  const int32_t *t = batch->arrive;
  size_t n = batch->n;
  bool pipeline = scenario->n_streams > 0 && scenario->streams[scenario->n_streams - 1].pipeline;
  while (pipeline && n > 0) {
    size_t run = 0;
    while (run < n && t[run] >= 0) run++;
    add_by_week(r, FSIM_COHORT, ending, batch->profile, t, run);
    size_t before = run;
    while (before < n && t[before] < 0) before++;
    t += before;
    n -= before;
  }
  add_by_week(r, FSIM_COHORT, ending, batch->profile, t, n);
}

FSIM_CLONES
static uint32_t count_from(const int32_t *t, size_t n, int32_t from) {
  uint32_t count = 0;
  for (size_t i = 0; i < n; i++) count += t[i] >= from;
  return count;
}

void fsim_record_leads(fsim_recorder *r, size_t stream, size_t profile, const int32_t *t,
                       size_t n) {
  add_by_week(r, FSIM_WEEK_ARRIVED, stream, profile, t, n);
  fsim_add_groups(r, fsim_cell_at(r, FSIM_ARRIVED, stream, 0), profile,
                  count_from(t, n, r->scenario->warm_up_s));
}

void fsim_record_starts(fsim_recorder *r, size_t funnel, size_t profile, const int32_t *t,
                        size_t n) {
  add_by_week(r, FSIM_WEEK_STARTED, funnel, profile, t, n);
  fsim_add_groups(r, fsim_cell_at(r, FSIM_STARTED, funnel, 0), profile,
                  count_from(t, n, r->scenario->warm_up_s));
}

void fsim_record_newcomers(fsim_recorder *r, size_t stream, size_t profile, const int32_t *t,
                           size_t n) {
  fsim_scratch *s = r->memory;
  size_t funnel = r->scenario->streams[stream].into;
  int64_t in_window = count_from(t, n, r->scenario->warm_up_s);
  fsim_weeks weeks = fsim_tally_weeks(&s->weeks, t, n);
  for (size_t week = weeks.first; week < weeks.end; week++) {
    uint32_t count = weeks.count[week - weeks.first];
    fsim_add_groups(r, fsim_cell_at(r, FSIM_WEEK_ARRIVED, week, stream), profile, count);
    fsim_add_groups(r, fsim_cell_at(r, FSIM_WEEK_STARTED, week, funnel), profile, count);
  }
  fsim_add_groups(r, fsim_cell_at(r, FSIM_ARRIVED, stream, 0), profile, in_window);
  fsim_add_groups(r, fsim_cell_at(r, FSIM_STARTED, funnel, 0), profile, in_window);
  fsim_add_weeks(s->entered + r->scenario->funnels[funnel].entry * s->columns, weeks);
}

typedef struct window_sums {
  int64_t began, counted, time, stayed, ended;
  fsim_class_range classes;
} window_sums;

#define NO_SUMS                  \
  {                              \
    .classes = { UINT32_MAX, 0 } \
  }

/* A sum of int32 in two 32-bit lanes, exact for 2^15 of them: 64-bit lanes would be half as many.
 */
typedef struct halves {
  uint32_t low;
  int32_t high;
} halves;

static inline __attribute__((always_inline)) void add_half(halves *sum, int32_t x) {
  sum->low += (uint32_t)x & 0xffff;
  sum->high += x >> 16;
}

static int64_t whole(halves sum) {
  return (int64_t)sum.high * 65536 + sum.low;
}

/* Classes and sums of n stays (visits or journeys; at most FSIM_RECORD_CHUNK) from `start` for
 * `length` seconds. All columns have 32-bit lanes, which is what makes it fast. */
FSIM_CLONES
static void measure(const int32_t *restrict start, const int32_t *restrict length, int32_t warm_up,
                    int32_t horizon, uint32_t *restrict class, uint32_t *restrict counted,
                    window_sums *sums, size_t n) {
  uint32_t began = 0, both = 0, late = 0;
  uint32_t least = UINT32_MAX, most = 0;
  halves time = {0, 0}, stayed = {0, 0};
  for (size_t i = 0; i < n; i++) {
    int32_t t0 = start[i], stay = length[i], t1 = t0 + stay;
    int32_t from = t0 >= warm_up ? t0 : warm_up;
    uint32_t in = t0 >= warm_up, both_now = in & (uint32_t)(t1 < horizon);
    uint32_t its_class = fsim_time_lane(stay);
    class[i] = its_class;
    counted[i] = both_now;
    least = its_class < least ? its_class : least;
    most = its_class > most ? its_class : most;
    began += in;
    both += both_now;
    late += t1 >= warm_up;
    add_half(&time, stay & -(int32_t)both_now);
    add_half(&stayed, t1 > from ? t1 - from : 0);
  }
  sums->began += began;
  sums->counted += both;
  sums->ended += late;
  sums->time += whole(time);
  sums->stayed += whole(stayed);
  fsim_widen(&sums->classes, (fsim_class_range){least, most + 1});
}

static void count_classes(const fsim_recorder *r, size_t first_histogram, size_t profile, bool all,
                          size_t n) {
  const fsim_scratch *s = r->memory;
  const uint32_t *restrict class = s->class, *restrict counted = s->counted;
  const uint16_t *group = r->shape->groups_of_profile + profile * r->shape->n_attributes;
  for (size_t a = 0; a < r->shape->n_attributes; a++) {
    uint32_t *restrict h = r->histograms + (first_histogram + group[a]) * FSIM_TIME_CLASSES;
    if (all) {
      for (size_t i = 0; i < n; i++) h[class[i]]++;
    } else {
      for (size_t i = 0; i < n; i++) h[class[i]] += counted[i];
    }
  }
}

/* Measures and classifies rows of one chunk. */
static void count_stays(fsim_recorder *r, size_t first_histogram, size_t profile,
                        const int32_t *start, const int32_t *length, window_sums *sums, size_t n) {
  fsim_scratch *s = r->memory;
  int64_t before = sums->counted;
  measure(start, length, r->scenario->warm_up_s, r->scenario->horizon_s, s->class, s->counted, sums,
          n);
  fsim_widen(&r->spans[first_histogram / r->shape->dim[FSIM_DIM_GROUP]], sums->classes);
  count_classes(r, first_histogram, profile, sums->counted - before == (int64_t)n, n);
}

FSIM_CLONES
static int64_t sum_counted(const int32_t *restrict x, const uint32_t *restrict counted, size_t n) {
  halves sum = {0, 0};
  for (size_t i = 0; i < n; i++) add_half(&sum, x[i] & -(int32_t)counted[i]);
  return whole(sum);
}

/* Weeks of entering and leaving, where no moves tell them. */
static void count_weeks_singly(fsim_recorder *r, const fsim_visit_batch *batch) {
  const fsim_scratch *s = r->memory;
  uint32_t *entered = s->entered + batch->stage * s->columns;
  uint32_t *left = s->left + batch->stage * s->columns;
  for (size_t i = 0; i < batch->n; i++) {
    int32_t t1 = batch->enter[i] + batch->stay[i];
    entered[fsim_week_of(batch->enter[i])]++;
    left[t1 < r->scenario->horizon_s ? fsim_week_of(t1) : s->columns - 1]++;
  }
}

/* Visits of a chunk that began in the window and are open, by their age at the horizon. */
static void count_open(fsim_recorder *r, const fsim_visit_batch *batch, size_t first, size_t n) {
  const fsim_scratch *s = r->memory;
  size_t leaving = r->scenario->n_stages + batch->stage;
  for (size_t i = 0; i < n; i++) {
    int32_t enter = batch->enter[first + i];
    if (enter < r->scenario->warm_up_s || s->counted[i] != 0) continue;
    size_t class = r->shape->age_of_time[fsim_time_class(r->scenario->horizon_s - enter)];
    fsim_add_groups(r, fsim_cell_at(r, FSIM_AGE_LEFT, leaving, class), batch->profile, 1);
  }
}

void fsim_record_visits(fsim_recorder *r, const fsim_visit_batch *batch) {
  const fsim_scratch *s = r->memory;
  size_t stage = batch->stage, histogram = fsim_histogram_of_stage(r->shape, stage, 0);
  window_sums sums = NO_SUMS;
  int64_t queue = 0, work = 0;
  for (size_t first = 0; first < batch->n; first += FSIM_RECORD_CHUNK) {
    size_t n = batch->n - first < FSIM_RECORD_CHUNK ? batch->n - first : FSIM_RECORD_CHUNK;
    int64_t open = sums.began - sums.counted;
    count_stays(r, histogram, batch->profile, batch->enter + first, batch->stay + first, &sums, n);
    if (sums.began - sums.counted > open) count_open(r, batch, first, n);
    if (batch->queue != NULL) queue += sum_counted(batch->queue + first, s->counted, n);
    if (batch->work != NULL) work += sum_counted(batch->work + first, s->counted, n);
  }
  if (!batch->weeks_told) count_weeks_singly(r, batch);
  fsim_add_groups(r, fsim_cell_at(r, FSIM_ENTERED, stage, 0), batch->profile, sums.began);
  fsim_add_groups(r, fsim_cell_at(r, FSIM_TIME, stage, 0), batch->profile, sums.time);
  fsim_add_groups(r, fsim_cell_at(r, FSIM_STAYED, stage, 0), batch->profile, sums.stayed);
  if (batch->queue != NULL)
    fsim_add_groups(r, fsim_cell_at(r, FSIM_QUEUE, stage, 0), batch->profile, queue);
  if (batch->work != NULL)
    fsim_add_groups(r, fsim_cell_at(r, FSIM_WORK, stage, 0), batch->profile, work);
  r->visits += batch->n;
}

void fsim_record_entries(fsim_recorder *r, size_t stage, const int32_t *t, size_t n) {
  fsim_scratch *s = r->memory;
  fsim_add_weeks(s->entered + stage * s->columns, fsim_tally_weeks(&s->weeks, t, n));
}

static void add_ended(fsim_recorder *r, size_t outcome, size_t profile, fsim_weeks weeks) {
  const fsim_scratch *s = r->memory;
  const uint16_t *group = r->shape->groups_of_profile + profile * r->shape->n_attributes;
  size_t row = outcome * r->shape->dim[FSIM_DIM_GROUP];
  for (size_t a = 0; a < r->shape->n_attributes; a++)
    fsim_add_weeks(s->ended + (row + group[a]) * s->columns, weeks);
}

void fsim_record_moves(fsim_recorder *r, const fsim_move_batch *batch) {
  fsim_scratch *s = r->memory;
  fsim_sort_weeks(&s->weeks, batch->leave, batch->bucket, batch->n);
  for (size_t k = 0; k < batch->n_moves; k++) {
    fsim_move move = batch->moves[k];
    fsim_weeks weeks = fsim_take_weeks(&s->weeks, k);
    if (move.kind != FSIM_MOVE_NONE) fsim_add_weeks(s->left + batch->stage * s->columns, weeks);
    if (move.kind == FSIM_MOVE_ON) fsim_add_weeks(s->entered + move.index * s->columns, weeks);
    if (move.kind == FSIM_MOVE_END) add_ended(r, move.index, batch->profile, weeks);
  }
}

void fsim_record_exits(fsim_recorder *r, fsim_cells array, size_t slot, size_t profile,
                       const int32_t *enter, size_t n) {
  int64_t count = (int64_t)n;
  if (enter != NULL) count = count_from(enter, n, r->scenario->warm_up_s);
  fsim_add_groups(r, fsim_cell_at(r, array, slot, 0), profile, count);
}

void fsim_record_ruled(fsim_recorder *r, size_t stage, size_t profile, const int32_t *leave,
                       size_t n) {
  int64_t count = (int64_t)n;
  if (leave != NULL) count = count_from(leave, n, r->scenario->warm_up_s);
  fsim_add_groups(r, fsim_cell_at(r, FSIM_RULED, stage, 0), profile, count);
}

FSIM_CLONES
static void lengths(const int32_t *restrict start, const int32_t *restrict end,
                    int32_t *restrict length, size_t n) {
  for (size_t i = 0; i < n; i++) length[i] = end[i] - start[i];
}

static void add_values(fsim_recorder *r, size_t outcome, const fsim_journey_batch *batch) {
  int64_t total = 0;
  for (size_t i = 0; i < batch->n; i++) {
    fsim_add_groups(r, fsim_cell_at(r, FSIM_WEEK_VALUE, fsim_week_of(batch->end[i]), outcome),
                    batch->profile, batch->cents[i]);
    if (batch->end[i] >= r->scenario->warm_up_s) total += batch->cents[i];
  }
  fsim_add_groups(r, fsim_cell_at(r, FSIM_VALUE, outcome, 0), batch->profile, total);
}

/* How journeys ended by age, and their fate, are read off the cycle times' histograms at the end.
 */
void fsim_record_ends(fsim_recorder *r, size_t outcome, const fsim_journey_batch *batch) {
  fsim_scratch *s = r->memory;
  size_t histogram = fsim_histogram_of_outcome(r->shape, outcome, 0);
  window_sums sums = NO_SUMS;
  for (size_t first = 0; first < batch->n; first += FSIM_RECORD_CHUNK) {
    size_t n = batch->n - first < FSIM_RECORD_CHUNK ? batch->n - first : FSIM_RECORD_CHUNK;
    lengths(batch->start + first, batch->end + first, s->length, n);
    count_stays(r, histogram, batch->profile, batch->start + first, s->length, &sums, n);
  }
  if (!batch->weeks_told)
    add_ended(r, outcome, batch->profile, fsim_tally_weeks(&s->weeks, batch->end, batch->n));
  size_t funnel = r->scenario->outcomes[outcome].funnel;
  fsim_add_groups(r, fsim_cell_at(r, FSIM_ENDED, outcome, 0), batch->profile, sums.ended);
  fsim_add_groups(r, fsim_cell_at(r, FSIM_CYCLE, outcome, 0), batch->profile, sums.time);
  fsim_add_groups(r, fsim_cell_at(r, FSIM_PROGRESS, funnel, 0), batch->profile, sums.stayed);
  add_cohort(r, outcome, batch);
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
      fsim_add_groups(
          r, fsim_cell_at(r, FSIM_AGE_ENDED, ending, r->shape->age_of_time[fsim_time_class(age)]),
          batch->profile, 1);
  }
  fsim_add_groups(r, fsim_cell_at(r, FSIM_PROGRESS, funnel, 0), batch->profile, progress);
  fsim_add_groups(r, fsim_cell_at(r, FSIM_FATE, ending, 0), batch->profile, fate);
  add_cohort(r, ending, batch);
}
