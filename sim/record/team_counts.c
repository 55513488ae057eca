#include "sim/record/team_counts.h"

#include "sim/model/hours.h"
#include "sim/random/vector.h"
#include "sim/record/time_class.h"

#define WEEK_S 604800
#define TOGETHER 64 /* visits that are likely to lie in one week */
#define CHUNK 1024  /* visits measured together */

static int64_t *cell_at(fsim_recorder *r, fsim_cells array, size_t i, size_t j) {
  return &r->cells[fsim_cell(r->shape, array, i, j, 0)];
}

static void add(fsim_recorder *r, fsim_cells array, size_t team, const uint16_t *group, int64_t x) {
  int64_t *row = cell_at(r, array, team, 0);
  for (size_t a = 0; a < r->shape->n_attributes; a++) row[group[a]] += x;
}

/* Do all lie in from … to - 1? */
FSIM_CLONES
static bool all_between(const int32_t *t, int32_t from, int32_t to, size_t n) {
  int32_t outside = 0;
  for (size_t i = 0; i < n; i++) outside |= (t[i] < from) | (t[i] >= to);
  return !outside;
}

static int32_t end_of_week(uint32_t week) {
  int64_t end = ((int64_t)week + 1) * WEEK_S;
  return end < INT32_MAX ? (int32_t)end : INT32_MAX;
}

/* Weeks of coming, in rows of all teams; many who come one after the other do so in one week. */
static void count_weeks(fsim_recorder *r, const fsim_team_visits *visits) {
  int64_t *cell = cell_at(r, FSIM_WEEK_JOINED, 0, visits->team);
  size_t teams = r->shape->dim[FSIM_DIM_TEAM];
  for (size_t i = 0, m; i < visits->n; i += m) {
    const int32_t *t = visits->enter + i;
    uint32_t week = t[0] < 0 ? 0 : (uint32_t)t[0] / WEEK_S;
    int32_t from = week == 0 ? INT32_MIN : (int32_t)(week * WEEK_S), to = end_of_week(week);
    m = visits->n - i < TOGETHER ? visits->n - i : TOGETHER;
    if (!all_between(t, from, to, m)) {
      m = 1;
      while (i + m < visits->n && m < TOGETHER && t[m] >= from && t[m] < to) m++;
    }
    cell[week * teams] += (int64_t)m;
  }
}

typedef struct visit_sums {
  int64_t joined, served, abandoned, queue;
} visit_sums;

/* Classes and sums of at most CHUNK visits; `done`: served, and came in the window. */
FSIM_CLONES
static void measure(const int32_t *restrict enter, const int32_t *restrict queue,
                    const uint8_t *restrict fate, int32_t warm_up, uint32_t *restrict class,
                    uint32_t *restrict done, visit_sums *sums, size_t n) {
  uint32_t joined = 0, served = 0, abandoned = 0, low = 0, high = 0;
  for (size_t i = 0; i < n; i++) {
    uint32_t in = enter[i] >= warm_up, its_fate = fate[i];
    uint32_t its = in & (its_fate == FSIM_TEAM_SERVED);
    uint32_t seconds = (uint32_t)queue[i] & -its;
    class[i] = fsim_time_lane(queue[i]);
    done[i] = its;
    joined += in;
    served += its;
    abandoned += in & (its_fate == FSIM_TEAM_ABANDONED);
    low += seconds & 0xffff;
    high += seconds >> 16;
  }
  sums->joined += joined;
  sums->served += served;
  sums->abandoned += abandoned;
  sums->queue += (int64_t)high * 65536 + low;
}

static void count_classes(const fsim_recorder *r, size_t team, const uint16_t *group,
                          const uint32_t *class, const uint32_t *done, size_t n) {
  size_t first = fsim_histogram_of_team(r->shape, team, 0);
  for (size_t a = 0; a < r->shape->n_attributes; a++) {
    uint32_t *histogram = r->histograms + (first + group[a]) * FSIM_TIME_CLASSES;
    for (size_t i = 0; i < n; i++) histogram[class[i]] += done[i];
  }
}

void fsim_record_team_visits(fsim_recorder *r, const fsim_team_visits *visits) {
  const fsim_team *team = &r->scenario->teams[visits->team];
  size_t its_class = team->class_of_profile == NULL ? 0 : team->class_of_profile[visits->profile];
  const uint16_t *group = r->shape->groups_of_profile + visits->profile * r->shape->n_attributes;
  uint32_t class[CHUNK], done[CHUNK];
  visit_sums sums = {0, 0, 0, 0};
  count_weeks(r, visits);
  for (size_t i = 0; i < visits->n; i += CHUNK) {
    size_t n = visits->n - i < CHUNK ? visits->n - i : CHUNK;
    measure(visits->enter + i, visits->queue + i, visits->fate + i, r->scenario->warm_up_s, class,
            done, &sums, n);
    count_classes(r, visits->team, group, class, done, n);
  }
  add(r, FSIM_JOINED, visits->team, group, sums.joined);
  add(r, FSIM_SERVED, visits->team, group, sums.served);
  add(r, FSIM_ABANDONED, visits->team, group, sums.abandoned);
  add(r, FSIM_SERVED_QUEUE, visits->team, group, sums.queue);
  *cell_at(r, FSIM_CLASS_JOINED, visits->team, its_class) += sums.joined;
  *cell_at(r, FSIM_CLASS_SERVED, visits->team, its_class) += sums.served;
  *cell_at(r, FSIM_CLASS_QUEUE, visits->team, its_class) += sums.queue;
}

/* x a second from `from` to `to` in an array [week][team]. */
static void spread(fsim_recorder *r, fsim_cells array, size_t team, int32_t from, int32_t to,
                   int64_t x) {
  int64_t *cell = r->cells + r->shape->offset[array] + team;
  size_t teams = r->shape->dim[FSIM_DIM_TEAM], week = (uint32_t)from / WEEK_S;
  for (int64_t next = ((int64_t)week + 1) * WEEK_S; next < to; next += WEEK_S) {
    cell[week++ * teams] += (next - from) * x;
    from = (int32_t)next;
  }
  if (from < to) cell[week * teams] += (to - from) * x;
}

void fsim_record_team_time(fsim_recorder *r, size_t team, int32_t from, int32_t to, uint32_t queued,
                           uint32_t busy) {
  const size_t *offset = r->shape->offset;
  int32_t warm_up = r->scenario->warm_up_s;
  if (to > warm_up) {
    int64_t seconds = to - (from > warm_up ? from : warm_up);
    r->cells[offset[FSIM_QUEUED] + team] += seconds * queued;
    r->cells[offset[FSIM_BUSY] + team] += seconds * busy;
    r->cells[offset[FSIM_LENGTH_TIME] + team * FSIM_LENGTH_CLASSES + fsim_length_class(queued)] +=
        seconds;
  }
  if (queued > 0) spread(r, FSIM_WEEK_QUEUED, team, from, to, queued);
  if (busy > 0) spread(r, FSIM_WEEK_BUSY, team, from, to, busy);
}

static void count_open_time(fsim_recorder *r, const fsim_team *of, size_t team, int32_t from,
                            int32_t to) {
  int32_t warm_up = r->scenario->warm_up_s;
  int64_t *cell = r->cells + r->shape->offset[FSIM_WEEK_BUSY] + team;
  if (to > warm_up)
    r->cells[r->shape->offset[FSIM_BUSY] + team] +=
        fsim_team_open_time(of, from > warm_up ? from : warm_up, to);
  while (from < to) {
    size_t week = (uint32_t)from / WEEK_S;
    int64_t next = ((int64_t)week + 1) * WEEK_S;
    int32_t end = to < next ? to : (int32_t)next;
    cell[week * r->shape->dim[FSIM_DIM_TEAM]] += fsim_team_open_time(of, from, end);
    from = end;
  }
}

FSIM_CLONES
static int64_t in_window(const int32_t *restrict from, const int32_t *restrict seconds,
                         int32_t warm_up, size_t n) {
  int64_t sum = 0;
  for (size_t i = 0; i < n; i++) {
    int32_t to = from[i] + seconds[i], first = from[i] > warm_up ? from[i] : warm_up;
    sum += to > first ? to - first : 0;
  }
  return sum;
}

/* The sum of the seconds when all lie wholly in from … to; else -1. */
FSIM_CLONES
static int64_t within(const int32_t *restrict start, const int32_t *restrict seconds, int32_t from,
                      int32_t to, size_t n) {
  int64_t sum = 0;
  int32_t outside = 0;
  for (size_t i = 0; i < n; i++) {
    outside |= (start[i] < from) | (start[i] + seconds[i] > to);
    sum += seconds[i];
  }
  return outside ? -1 : sum;
}

/* Visits come roughly in order of time, so that many together lie in one week. Returns the seconds
 * in the window. */
static int64_t spread_all(fsim_recorder *r, fsim_cells array, size_t team, const int32_t *from,
                          const int32_t *seconds, size_t n) {
  int64_t *cell = r->cells + r->shape->offset[array] + team, counted = 0;
  size_t teams = r->shape->dim[FSIM_DIM_TEAM];
  int32_t warm_up = r->scenario->warm_up_s;
  for (size_t i = 0, m; i < n; i += m) {
    m = n - i < TOGETHER ? n - i : TOGETHER;
    uint32_t week = (uint32_t)from[i] / WEEK_S;
    int32_t begin = (int32_t)(week * WEEK_S);
    int64_t sum = within(from + i, seconds + i, begin, end_of_week(week), m);
    bool whole = sum >= 0 && begin >= warm_up;
    counted += whole ? sum : in_window(from + i, seconds + i, warm_up, m);
    if (sum >= 0) {
      cell[week * teams] += sum;
      continue;
    }
    for (size_t k = i; k < i + m; k++)
      if (seconds[k] > 0) spread(r, array, team, from[k], from[k] + seconds[k], 1);
  }
  return counted;
}

void fsim_record_team_queued(fsim_recorder *r, size_t team, const int32_t *from,
                             const int32_t *seconds, size_t n) {
  int64_t counted = spread_all(r, FSIM_WEEK_QUEUED, team, from, seconds, n);
  r->cells[r->shape->offset[FSIM_QUEUED] + team] += counted;
}

void fsim_record_team_busy(fsim_recorder *r, size_t team, const int32_t *from,
                           const int32_t *seconds, size_t n) {
  const fsim_team *of = &r->scenario->teams[team];
  for (size_t i = 0; of->open != NULL && i < n; i++)
    if (seconds[i] > 0) count_open_time(r, of, team, from[i], from[i] + seconds[i]);
  if (of->open != NULL) return;
  int64_t counted = spread_all(r, FSIM_WEEK_BUSY, team, from, seconds, n);
  r->cells[r->shape->offset[FSIM_BUSY] + team] += counted;
}

void fsim_record_team_length(fsim_recorder *r, size_t team, uint32_t queued, int64_t seconds) {
  size_t class = team * FSIM_LENGTH_CLASSES + fsim_length_class(queued);
  r->cells[r->shape->offset[FSIM_LENGTH_TIME] + class] += seconds;
}
