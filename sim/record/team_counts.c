#include "sim/record/team_counts.h"

#include "sim/model/hours.h"

#define WEEK_S 604800

static int64_t *cell_at(fsim_recorder *r, fsim_cells array, size_t i, size_t j) {
  return &r->cells[fsim_cell(r->shape, array, i, j, 0)];
}

static void add(fsim_recorder *r, fsim_cells array, size_t team, const uint16_t *group, int64_t x) {
  int64_t *row = cell_at(r, array, team, 0);
  for (size_t a = 0; a < r->shape->n_attributes; a++) row[group[a]] += x;
}

void fsim_record_team_visits(fsim_recorder *r, const fsim_team_visits *visits) {
  const fsim_team *team = &r->scenario->teams[visits->team];
  size_t class = team->class_of_profile == NULL ? 0 : team->class_of_profile[visits->profile];
  const uint16_t *group = r->shape->groups_of_profile + visits->profile * r->shape->n_attributes;
  uint32_t *histogram =
      r->histograms + fsim_histogram_of_team(r->shape, visits->team, 0) * FSIM_TIME_CLASSES;
  int64_t joined = 0, served = 0, abandoned = 0, queue = 0;
  for (size_t i = 0; i < visits->n; i++) {
    int32_t t = visits->enter[i];
    (*cell_at(r, FSIM_WEEK_JOINED, t < 0 ? 0 : (size_t)(t / WEEK_S), visits->team))++;
    if (t < r->scenario->warm_up_s) continue;
    joined++;
    abandoned += visits->fate[i] == FSIM_TEAM_ABANDONED;
    if (visits->fate[i] != FSIM_TEAM_SERVED) continue;
    served++;
    queue += visits->queue[i];
    size_t time = fsim_time_class(visits->queue[i]);
    for (size_t a = 0; a < r->shape->n_attributes; a++)
      histogram[group[a] * (size_t)FSIM_TIME_CLASSES + time]++;
  }
  add(r, FSIM_JOINED, visits->team, group, joined);
  add(r, FSIM_SERVED, visits->team, group, served);
  add(r, FSIM_ABANDONED, visits->team, group, abandoned);
  add(r, FSIM_SERVED_QUEUE, visits->team, group, queue);
  *cell_at(r, FSIM_CLASS_JOINED, visits->team, class) += joined;
  *cell_at(r, FSIM_CLASS_SERVED, visits->team, class) += served;
  *cell_at(r, FSIM_CLASS_QUEUE, visits->team, class) += queue;
}

void fsim_record_team_time(fsim_recorder *r, size_t team, int32_t from, int32_t to, uint32_t queued,
                           uint32_t busy) {
  int32_t warm_up = r->scenario->warm_up_s;
  if (to > warm_up) {
    int64_t seconds = to - (from > warm_up ? from : warm_up);
    *cell_at(r, FSIM_QUEUED, team, 0) += seconds * queued;
    *cell_at(r, FSIM_BUSY, team, 0) += seconds * busy;
    *cell_at(r, FSIM_LENGTH_TIME, team, fsim_length_class(queued)) += seconds;
  }
  if (queued == 0 && busy == 0) return;
  while (from < to) {
    size_t week = (size_t)(from / WEEK_S);
    int64_t next = ((int64_t)week + 1) * WEEK_S, end = to < next ? to : next;
    *cell_at(r, FSIM_WEEK_QUEUED, week, team) += (end - from) * queued;
    *cell_at(r, FSIM_WEEK_BUSY, week, team) += (end - from) * busy;
    from = (int32_t)end;
  }
}

void fsim_record_team_busy(fsim_recorder *r, size_t team, int32_t from, int32_t to) {
  const fsim_team *of = &r->scenario->teams[team];
  int32_t warm_up = r->scenario->warm_up_s;
  if (to > warm_up)
    *cell_at(r, FSIM_BUSY, team, 0) += fsim_team_open_time(of, from > warm_up ? from : warm_up, to);
  while (from < to) {
    size_t week = (size_t)(from / WEEK_S);
    int64_t next = ((int64_t)week + 1) * WEEK_S;
    int32_t end = to < next ? to : (int32_t)next;
    *cell_at(r, FSIM_WEEK_BUSY, week, team) += fsim_team_open_time(of, from, end);
    from = end;
  }
}
