/* Leads on a calendar: they come in chunks, in order of time; and their journeys start. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/array.h"
#include "sim/engine/calendar.h"

/* A journey that a link will start. */
typedef struct fsim_pending_start {
  uint32_t slot; /* of the lead; or the next spare one */
  uint16_t parent, funnel;
} fsim_pending_start;

char *fsim_calendar_lead_text(const fsim_calendar *c, uint32_t slot, char *buffer, size_t size) {
  snprintf(buffer, size, "replication %u, lead %s/%u", (unsigned)c->replication,
           c->scenario->streams[c->leads.stream[slot]].name, (unsigned)c->leads.number[slot]);
  return buffer;
}

/* ---- slots ---- */

static int grow_leads(fsim_lead_store *s, const fsim_scenario *scenario) {
  size_t need = s->capacity + FSIM_LEAD_CHUNK, have;
  struct {
    void **items;
    size_t size;
  } columns[] = {
      {(void **)&s->number, sizeof *s->number},
      {(void **)&s->arrive, sizeof *s->arrive},
      {(void **)&s->profile, sizeof *s->profile},
      {(void **)&s->stream, sizeof *s->stream},
      {(void **)&s->kept, sizeof *s->kept},
      {(void **)&s->journeys, sizeof *s->journeys},
      {(void **)&s->ordinal, scenario->n_funnels * sizeof *s->ordinal},
      {(void **)&s->reach, (scenario->n_changes + 1) * sizeof *s->reach},
  };
  if (need > UINT32_MAX) return -1;
  size_t room = need > 2 * s->capacity ? need : 2 * s->capacity;
  for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
    have = s->capacity;
    if (fsim_grow(columns[i].items, &have, room, columns[i].size) != 0) return -1;
  }
  size_t chunks = s->n_chunks, spare = s->spare_capacity;
  void *alive = s->alive, *free_chunks = s->spare;
  if (fsim_grow(&alive, &chunks, room / FSIM_LEAD_CHUNK, sizeof *s->alive) != 0) return -1;
  s->alive = alive;
  if (fsim_grow(&free_chunks, &spare, room / FSIM_LEAD_CHUNK, sizeof *s->spare) != 0) return -1;
  s->spare = free_chunks;
  s->spare_capacity = spare;
  for (size_t k = room / FSIM_LEAD_CHUNK; k-- > s->n_chunks;) s->spare[s->n_spare++] = (uint32_t)k;
  s->n_chunks = room / FSIM_LEAD_CHUNK;
  s->capacity = s->n_chunks * FSIM_LEAD_CHUNK;
  return 0;
}

void fsim_lead_store_clear(fsim_lead_store *s) {
  s->n_spare = 0;
  for (size_t k = s->n_chunks; k-- > 0;) s->spare[s->n_spare++] = (uint32_t)k;
}

void fsim_lead_store_free(fsim_lead_store *s) {
  free(s->number);
  free(s->arrive);
  free(s->profile);
  free(s->stream);
  free(s->kept);
  free(s->journeys);
  free(s->ordinal);
  free(s->reach);
  free(s->alive);
  free(s->spare);
  memset(s, 0, sizeof *s);
}

void fsim_calendar_release_lead(fsim_calendar *c, uint32_t slot) {
  uint32_t chunk = slot / FSIM_LEAD_CHUNK;
  if (--c->leads.alive[chunk] == 0) c->leads.spare[c->leads.n_spare++] = chunk;
}

/* ---- journeys ---- */

static const fsim_sampler *value_law(const fsim_calendar *c, size_t version, uint32_t slot,
                                     size_t funnel) {
  size_t row = version * c->scenario->n_profiles + c->leads.profile[slot];
  return c->plan->value[row * c->scenario->n_funnels + funnel];
}

/* A deal's value may be given with it. */
static int64_t draw_value(const fsim_calendar *c, const fsim_course *j) {
  size_t stream = c->leads.stream[j->slot];
  const fsim_stream *s = &c->scenario->streams[stream];
  uint32_t number = c->leads.number[j->slot];
  if (s->pipeline && j->number == 0 && !isnan(s->given[number].value))
    return fsim_cents(s->given[number].value);
  const fsim_sampler *law =
      value_law(c, fsim_leads_version(&c->view, j->slot, j->start), j->slot, j->funnel);
  if (law == NULL) return 0;
  double u, unused, value;
  fsim_uniform_pair(c->keys[stream].value[j->funnel], number, (uint32_t)j->ordinal << 16,
                    FSIM_PURPOSE_VALUE, &u, &unused);
  fsim_sample(law, &u, &value, 1);
  return fsim_cents(value);
}

static uint32_t new_course(fsim_calendar *c) {
  uint32_t at = c->spare_course;
  if (at != FSIM_NONE) {
    c->spare_course = c->courses[at].next;
    return at;
  }
  void *items = c->courses;
  if (fsim_grow(&items, &c->course_capacity, c->n_courses + 1, sizeof *c->courses) != 0)
    return FSIM_NONE;
  c->courses = items;
  size_t stride = c->visits_stride;
  if (stride > 0) {
    void *visits = c->visits;
    if (fsim_grow(&visits, &c->visit_capacity, c->course_capacity * stride, sizeof *c->visits) != 0)
      return FSIM_NONE;
    c->visits = visits;
  }
  at = (uint32_t)c->n_courses++;
  c->courses[at].stamp = 0;
  return at;
}

uint32_t fsim_calendar_course(fsim_calendar *c, const fsim_course *as) {
  uint32_t at = new_course(c);
  if (at == FSIM_NONE) {
    c->status = fsim_no_memory(c->report);
    return at;
  }
  fsim_course *j = &c->courses[at];
  size_t stream = c->leads.stream[as->slot];
  j->slot = as->slot;
  j->number = as->number;
  j->ordinal = as->ordinal;
  j->parent = as->parent;
  j->funnel = as->funnel;
  j->start = as->start;
  j->minor = (uint64_t)c->leads.number[j->slot] << 32 | (uint64_t)j->number << 16;
  j->rank = c->laws->stream_rank[stream];
  j->cell = (uint32_t)(stream * c->scenario->n_stages * c->scenario->n_profiles +
                       c->leads.profile[j->slot]);
  j->first_visit = j->last_visit = FSIM_NO_VISIT;
  j->place = FSIM_ON_THE_WAY;
  j->deal = false;
  if (c->visits_stride > 0 && c->laws->loops.funnel_loops[j->funnel])
    memset(c->visits + at * c->visits_stride, 0, c->visits_stride * sizeof *c->visits);
  return at;
}

/* A journey of the lead in a slot begins; it is not in a stage yet. */
static uint32_t begin(fsim_calendar *c, uint32_t slot, size_t funnel, uint16_t parent, int32_t t) {
  uint16_t *journeys = &c->leads.journeys[slot];
  if (*journeys == FSIM_MOST_JOURNEYS) {
    char lead[128];
    c->status = fsim_bad_input(
        c->report, FSIM_NOWHERE,
        "%s: more than %d journeys of one lead: lower a link's probability or lengthen its delay",
        fsim_calendar_lead_text(c, slot, lead, sizeof lead), FSIM_MOST_JOURNEYS);
    return FSIM_NONE;
  }
  uint16_t number = (*journeys)++;
  fsim_course as = {.slot = slot,
                    .number = number,
                    .ordinal = c->leads.ordinal[slot * c->scenario->n_funnels + funnel]++,
                    .parent = parent == UINT16_MAX ? number : parent,
                    .funnel = (uint16_t)funnel,
                    .start = t};
  uint32_t at = fsim_calendar_course(c, &as);
  if (at != FSIM_NONE) c->courses[at].cents = draw_value(c, &c->courses[at]);
  return at;
}

int fsim_calendar_start(fsim_calendar *c, uint32_t start) {
  fsim_pending_start s = c->starts[start];
  c->starts[start].slot = c->spare_start;
  c->spare_start = start;
  uint32_t course = begin(c, s.slot, s.funnel, s.parent, c->now);
  if (course == FSIM_NONE) return c->status;
  fsim_record_starts(c->recorder, s.funnel, c->leads.profile[s.slot], &c->now, 1);
  return fsim_calendar_come(c, course, c->scenario->funnels[s.funnel].entry, c->now);
}

int fsim_calendar_plan_start(fsim_calendar *c, uint32_t slot, uint16_t parent, size_t link,
                             int32_t t) {
  uint32_t at = c->spare_start;
  if (at != FSIM_NONE) {
    c->spare_start = c->starts[at].slot;
  } else {
    void *items = c->starts;
    if (fsim_grow(&items, &c->start_capacity, c->n_starts + 1, sizeof *c->starts) != 0)
      return fsim_no_memory(c->report);
    c->starts = items;
    at = (uint32_t)c->n_starts++;
  }
  size_t stream = c->leads.stream[slot];
  c->starts[at] = (fsim_pending_start){slot, parent, c->plan->links[link].to};
  c->leads.alive[slot / FSIM_LEAD_CHUNK]++;
  fsim_event event = {
      .major = fsim_event_major(t, FSIM_AT_START, c->laws->stream_rank[stream]),
      .minor = (uint64_t)c->leads.number[slot] << 32 | (uint64_t)parent << 16 | link,
      .item = at};
  return fsim_events_add(&c->events, &event) != 0 ? fsim_no_memory(c->report) : FSIM_OK;
}

/* The start is of a journey that another run has. */
static int keep_crossing(fsim_calendar *c, const fsim_course *parent, size_t link, int32_t t) {
  uint32_t slot = parent->slot;
  fsim_crossing crossing = {.lead = c->leads.number[slot],
                            .arrive = c->leads.arrive[slot],
                            .start = t,
                            .stream = c->leads.stream[slot],
                            .profile = c->leads.profile[slot],
                            .parent = parent->number,
                            .link = (uint16_t)link,
                            .funnel = c->plan->links[link].to};
  return fsim_crossings_add(&c->scope->crossings[c->replication - c->scope->first], &crossing,
                            c->report);
}

/* Every link of the outcome is drawn by itself. */
int fsim_calendar_follow(fsim_calendar *c, const fsim_course *parent, size_t outcome, int32_t t) {
  size_t stream = c->leads.stream[parent->slot];
  size_t version = fsim_leads_version(&c->view, parent->slot, t);
  for (size_t l = c->plan->first_link[outcome]; l < c->plan->first_link[outcome + 1]; l++) {
    const fsim_plan_link_law *law = &c->plan->link_law[version * c->scenario->n_links + l];
    double taken, delay;
    int32_t after;
    fsim_uniform_pair(c->keys[stream].link[l], c->leads.number[parent->slot],
                      (uint32_t)parent->ordinal << 16, FSIM_PURPOSE_LINK, &taken, &delay);
    if (taken >= law->probability) continue;
    fsim_sample_seconds(law->after, &delay, &after, 1);
    if (after >= c->scenario->horizon_s - t) continue;
    int status = fsim_scope_crosses(c->scope, c->plan->links[l].to)
                     ? keep_crossing(c, parent, l, t + after)
                     : fsim_calendar_plan_start(c, parent->slot, parent->number, l, t + after);
    if (status != FSIM_OK) return status;
  }
  return FSIM_OK;
}

/* ---- leads ---- */

static void describe_leads(fsim_calendar *c, size_t stream, size_t first, size_t n) {
  fsim_lead_store *s = &c->leads;
  const fsim_scenario *scenario = c->scenario;
  double u[FSIM_LEAD_CHUNK];
  fsim_draw_profiles(scenario, c->replication, stream, s->number + first, s->profile + first, u, n);
  memset(s->kept + first, 0, n * sizeof *s->kept);
  if (c->keep_rows)
    fsim_draw_kept(scenario, c->replication, stream, s->number + first, c->share, s->kept + first,
                   u, n);
  for (size_t i = first; i < first + n; i++) s->stream[i] = (uint16_t)stream;
  memset(s->journeys + first, 0, n * sizeof *s->journeys);
  memset(s->ordinal + first * scenario->n_funnels, 0, n * scenario->n_funnels * sizeof *s->ordinal);
  for (size_t k = 0; k < scenario->n_changes; k++) {
    fsim_uniform_pairs(c->keys[stream].change[k], s->number + first, NULL, FSIM_PURPOSE_CHANGE, u,
                       NULL, n);
    for (size_t i = 0; i < n; i++) s->reach[(first + i) * scenario->n_changes + k] = u[i];
  }
}

/* Counts leads and their first journeys, those of one profile together. */
static void count_leads(fsim_calendar *c, size_t stream, size_t first, size_t n) {
  const uint16_t *profile = c->leads.profile + first;
  const int32_t *arrive = c->leads.arrive + first;
  int32_t t[FSIM_LEAD_CHUNK];
  for (size_t p = 0, left = n; p < c->scenario->n_profiles && left > 0; p++) {
    size_t m = 0;
    for (size_t i = 0; i < n; i++) {
      t[m] = arrive[i];
      m += profile[i] == p;
    }
    left -= m;
    if (m == 0) continue;
    fsim_record_leads(c->recorder, stream, p, t, m);
    fsim_record_starts(c->recorder, c->scenario->streams[stream].into, p, t, m);
  }
}

static int let_in(fsim_calendar *c, size_t stream, uint32_t slot) {
  const fsim_lead_store *s = &c->leads;
  const fsim_stream *from = &c->scenario->streams[stream];
  uint32_t course = begin(c, slot, from->into, UINT16_MAX, s->arrive[slot]);
  if (course == FSIM_NONE) return c->status;
  if (s->kept[slot] &&
      fsim_tally_lead(c->tally, stream, s->number[slot], s->arrive[slot], s->profile[slot]) != 0)
    return fsim_no_memory(c->report);
  if (from->pipeline)
    return fsim_calendar_deal(c, course, from->given[s->number[slot]].stage, s->arrive[slot]);
  return fsim_calendar_come(c, course, c->scenario->funnels[from->into].entry, s->arrive[slot]);
}

int fsim_calendar_load_next(fsim_calendar *c, size_t stream, int32_t t) {
  fsim_event event = {
      .major = fsim_event_major(t < 0 ? 0 : t, FSIM_AT_LOAD, c->laws->stream_rank[stream]),
      .item = (uint32_t)stream};
  return fsim_events_add(&c->events, &event) != 0 ? fsim_no_memory(c->report) : FSIM_OK;
}

uint32_t fsim_calendar_chunk(fsim_calendar *c) {
  fsim_lead_store *s = &c->leads;
  if (s->n_spare == 0 && grow_leads(s, c->scenario) != 0) {
    c->status = fsim_no_memory(c->report);
    return FSIM_NONE;
  }
  c->view.arrive = s->arrive;
  c->view.profile = s->profile;
  c->view.reach = s->reach;
  uint32_t chunk = s->spare[--s->n_spare];
  s->alive[chunk] = 1; /* not to be used again before all are in */
  return chunk;
}

int fsim_calendar_load(fsim_calendar *c, size_t stream) {
  fsim_lead_store *s = &c->leads;
  fsim_arrivals *arrivals = &c->arrivals[stream];
  uint32_t chunk = fsim_calendar_chunk(c), number = arrivals->number;
  if (chunk == FSIM_NONE) return c->status;
  size_t first = (size_t)chunk * FSIM_LEAD_CHUNK;
  size_t n = fsim_arrivals_next(arrivals, s->arrive + first, FSIM_LEAD_CHUNK);
  for (size_t i = 0; i < n; i++) s->number[first + i] = number + (uint32_t)i;
  s->alive[chunk] += (uint32_t)n;
  if (n > 0) {
    describe_leads(c, stream, first, n);
    count_leads(c, stream, first, n);
  }
  c->loading = true;
  int status = FSIM_OK;
  for (size_t i = 0; i < n && status == FSIM_OK; i++)
    status = let_in(c, stream, (uint32_t)(first + i));
  if (status == FSIM_OK) status = fsim_calendar_flush(c, c->events.end);
  fsim_calendar_release_lead(c, (uint32_t)first);
  if (status == FSIM_OK && n == FSIM_LEAD_CHUNK)
    status = fsim_calendar_load_next(c, stream, s->arrive[first + n - 1]);
  return status;
}
