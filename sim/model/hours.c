#include "sim/model/hours.h"

/* The last span that begins at or before t; SIZE_MAX when none does. */
static size_t span_at(const fsim_team *team, int32_t t) {
  size_t low = 0, high = team->n_open;
  while (low < high) {
    size_t middle = (low + high) / 2;
    if (team->open[middle].from_s <= t) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low - 1;
}

int32_t fsim_team_opens(const fsim_team *team, int32_t t) {
  if (team->open == NULL) return t;
  size_t k = span_at(team, t);
  if (k != SIZE_MAX && t < team->open[k].to_s) return t;
  return k + 1 < team->n_open ? team->open[k + 1].from_s : FSIM_NEVER;
}

int32_t fsim_team_closes(const fsim_team *team, int32_t t) {
  if (team->open == NULL) return FSIM_NEVER;
  size_t k = span_at(team, t);
  if (k != SIZE_MAX && t < team->open[k].to_s) return team->open[k].to_s;
  return k + 1 < team->n_open ? team->open[k + 1].to_s : FSIM_NEVER;
}

/* Open seconds before t. */
static int64_t open_before(const fsim_team *team, int32_t t) {
  size_t k = span_at(team, t);
  if (k == SIZE_MAX) return 0;
  int32_t end = t < team->open[k].to_s ? t : team->open[k].to_s;
  return team->open[k].before_s + (end - team->open[k].from_s);
}

int32_t fsim_team_done(const fsim_team *team, int32_t start, int32_t work) {
  if (work == 0) return start;
  if (team->open == NULL) return work < FSIM_NEVER - start ? start + work : FSIM_NEVER;
  size_t k = span_at(team, start);
  if (work <= team->open[k].to_s - start) return start + work; /* before the hours end */
  int64_t until = open_before(team, start) + work;
  size_t low = k + 1, high = team->n_open; /* the last span that has less open time before it */
  while (low < high) {
    size_t middle = (low + high) / 2;
    if (team->open[middle].before_s < until) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  const fsim_open_span *span = &team->open[low - 1];
  int64_t into = until - span->before_s;
  return into <= span->to_s - span->from_s ? span->from_s + (int32_t)into : FSIM_NEVER;
}

int64_t fsim_team_open_time(const fsim_team *team, int32_t from, int32_t to) {
  if (to <= from) return 0;
  if (team->open == NULL) return (int64_t)to - from;
  return open_before(team, to) - open_before(team, from);
}

/* The stretch of from … to in which one size holds. */
static bool size_stretch(const fsim_team *team, size_t k, int32_t *from, int32_t *to) {
  if (team->sizes[k].from_s > *from) *from = team->sizes[k].from_s;
  if (k + 1 < team->n_sizes && team->sizes[k + 1].from_s < *to) *to = team->sizes[k + 1].from_s;
  return *from < *to;
}

int64_t fsim_team_place_time(const fsim_team *team, int32_t from, int32_t to) {
  int64_t sum = 0;
  for (size_t k = 0; k < team->n_sizes; k++) {
    int32_t a = from, b = to;
    if (size_stretch(team, k, &a, &b))
      sum += fsim_team_open_time(team, a, b) * (int64_t)team->sizes[k].places;
  }
  return sum;
}

double fsim_team_people_time(const fsim_team *team, int32_t from, int32_t to) {
  double sum = 0;
  for (size_t k = 0; k < team->n_sizes; k++) {
    int32_t a = from, b = to;
    if (size_stretch(team, k, &a, &b))
      sum += (double)fsim_team_open_time(team, a, b) * team->sizes[k].people;
  }
  return sum;
}

uint32_t fsim_team_places(const fsim_team *team, int32_t t) {
  size_t k = 0;
  while (k + 1 < team->n_sizes && team->sizes[k + 1].from_s <= t) k++;
  return team->sizes[k].places;
}
