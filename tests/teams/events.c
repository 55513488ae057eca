#include "sim/base/array.h"
#include "tests/teams/state.h"

bool is_open(const fsim_team *team, int64_t t) {
  if (team->open == NULL) return true;
  for (size_t i = 0; i < team->n_open; i++) {
    if (team->open[i].from_s <= t && t < team->open[i].to_s) return true;
  }
  return false;
}

int64_t work_done(const fsim_team *team, int64_t start, int64_t work) {
  if (team->open == NULL || work == 0) return start + work;
  for (size_t i = 0; i < team->n_open; i++) {
    int64_t from = team->open[i].from_s > start ? team->open[i].from_s : start;
    int64_t span = team->open[i].to_s - from;
    if (span <= 0) continue;
    if (work <= span) return from + work;
    work -= span;
  }
  return INT64_MAX;
}

int64_t places_at(const fsim_team *team, int64_t t) {
  int64_t places = 0;
  for (size_t i = 0; i < team->n_sizes; i++) {
    if (team->sizes[i].from_s <= t) places = team->sizes[i].places;
  }
  return places;
}

/* ---- the list of events ---- */

static bool comes_before(const event *a, const event *b) {
  if (a->t != b->t) return a->t < b->t;
  if (a->rank != b->rank) return a->rank < b->rank;
  if (a->phase != b->phase) return a->phase < b->phase;
  if (a->stream != b->stream) return a->stream < b->stream;
  if (a->lead != b->lead) return a->lead < b->lead;
  if (a->journey != b->journey) return a->journey < b->journey;
  return a->link < b->link;
}

int add_event(state *s, event e) {
  if (e.t >= s->scenario->horizon_s) return FSIM_OK;
  void *events = s->events;
  if (fsim_grow(&events, &s->room_events, s->n_events + 1, sizeof e) != 0)
    return fsim_no_memory(s->report);
  s->events = events;
  s->events[s->n_events++] = e;
  return FSIM_OK;
}

event take_first(state *s) {
  size_t first = 0;
  for (size_t i = 1; i < s->n_events; i++) {
    if (comes_before(&s->events[i], &s->events[first])) first = i;
  }
  event e = s->events[first];
  s->events[first] = s->events[--s->n_events];
  return e;
}

int add_team_event(state *s, event_phase phase, uint16_t team, int64_t t, size_t j) {
  const journey *of = &s->journeys[j];
  const lead *who = &s->world.leads[of->lead];
  return add_event(s, (event){.t = t,
                              .rank = s->plan->team_rank[team],
                              .phase = phase,
                              .stream = s->world.stream_rank[who->stream],
                              .lead = who->number,
                              .journey = of->number,
                              .who = j,
                              .visit = of->n_visits});
}

int add_start(state *s, size_t lead_row, int64_t t, uint32_t parent, int link) {
  const lead *who = &s->world.leads[lead_row];
  return add_event(s, (event){.t = t,
                              .rank = -1,
                              .stream = s->world.stream_rank[who->stream],
                              .lead = who->number,
                              .journey = parent,
                              .link = link,
                              .who = lead_row});
}
