/* The events of a knot: who comes, whose place is free, who gives up, a team's clock. Their order
 * within a second is that of the calendar (calendar.h), on which the same journeys could go. */
#include <string.h>

#include "sim/base/array.h"
#include "sim/engine/calendar.h"
#include "sim/engine/knot.h"
#include "sim/engine/stagewise.h"
#include "sim/model/hours.h"

static inline __attribute__((always_inline)) int add_event(fsim_knot *k, const fsim_knot_team *team,
                                                           int phase, int32_t t, uint16_t rank,
                                                           uint32_t lead, uint32_t item) {
  fsim_event event = {.major = fsim_event_major(t, (uint16_t)(team->order + phase), rank),
                      .minor = (uint64_t)lead << 32,
                      .item = item};
  return fsim_events_add(&k->events, &event);
}

/* A journey comes to a row at t, and passes through stages without work at once. */
static int come_to(fsim_knot *k, uint32_t at, int32_t t) {
  for (;;) {
    fsim_knot_row *r = &k->row[at];
    const fsim_knot_part *p = &k->part[r->part];
    r->enter = t;
    if (p->team != FSIM_NO_UNIT_TEAM)
      return add_event(k, &k->team[p->team], FSIM_AT_QUEUE, t, p->rank, r->lead, at);
    fsim_pace_waits(k->paces, p->pace, &t, &r->wait, 1);
    if (r->next == FSIM_NO_PATH || r->wait > p->deadline || r->wait >= k->horizon - t) return 0;
    t += r->wait;
    at = r->next;
  }
}

/* ---- queues ---- */

static int add_row(fsim_row_list *list, uint32_t row) {
  void *items = list->row;
  if (fsim_grow(&items, &list->capacity, list->n + 1, sizeof *list->row) != 0) return -1;
  list->row = items;
  list->row[list->n++] = row;
  return 0;
}

/* Whoever is next, gone or not; FSIM_NO_PATH: nobody. */
static uint32_t take_next(fsim_knot_team *team) {
  for (size_t c = 0; c < team->team->n_classes; c++) {
    fsim_row_list *list = &team->list[c];
    if (list->head == list->n) continue;
    return team->team->discipline == FSIM_LIFO ? list->row[--list->n] : list->row[list->head++];
  }
  return FSIM_NO_PATH;
}

/* The row leaves the queue after all of its limit. */
static void give_up(fsim_knot *k, fsim_knot_row *r) {
  const fsim_knot_part *p = &k->part[r->part];
  fsim_served_fate fate = r->limit == p->deadline ? FSIM_OVERDUE : FSIM_IMPATIENT;
  r->queue = r->limit;
  r->work = 0;
  r->exit |= (uint16_t)(fate << FSIM_FATE_SHIFT);
}

/* The queue's head at `now`; those before it whose time ran out earlier have gone. */
static uint32_t take_head(fsim_knot *k, fsim_knot_team *team) {
  for (;;) {
    uint32_t at = take_next(team);
    if (at == FSIM_NO_PATH) return at;
    fsim_knot_row *r = &k->row[at];
    if (r->queue != FSIM_NOT_YET) continue;
    if (k->now - r->enter <= r->limit) return at;
    give_up(k, r);
  }
}

/* ---- work ---- */

/* Work begins now: when its place will be free, and where the journey goes then, is known. */
static int begin_work(fsim_knot *k, fsim_knot_team *team, uint32_t at) {
  fsim_knot_row *r = &k->row[at];
  const fsim_knot_part *p = &k->part[r->part];
  int32_t left = k->horizon - k->now, work = r->work;
  team->busy++;
  r->queue = k->now - r->enter;
  if (!team->always_open) work = fsim_team_done(team->team, k->now, work) - k->now;
  r->work = work < left ? work : left;
  if (work >= left) return 0;
  int64_t before = (int64_t)r->queue + work, whole = before + r->wait;
  bool by_exit = whole <= p->deadline;
  if (!by_exit) whole = before > p->deadline ? before : p->deadline;
  bool stays = whole >= k->horizon - (int64_t)r->enter;
  int32_t done = k->now + work, leave = stays ? k->horizon : r->enter + (int32_t)whole;
  int32_t freed = p->holds ? leave : done;
  if (freed < k->horizon &&
      add_event(k, team, FSIM_AT_FREED, freed, p->rank, r->lead, (uint32_t)(team - k->team)) != 0)
    return -1;
  return by_exit && !stays && r->next != FSIM_NO_PATH ? come_to(k, r->next, leave) : 0;
}

/* Takes heads while places are free in open hours. */
static int take_heads(fsim_knot *k, fsim_knot_team *team) {
  while (team->open && team->busy < team->places) {
    uint32_t at = take_head(k, team);
    if (at == FSIM_NO_PATH) return 0;
    team->queued--;
    if (begin_work(k, team, at) != 0) return -1;
  }
  return 0;
}

/* ---- coming ---- */

/* Where the queue is bounded, those who give up must be gone in time. */
static int expect_to_give_up(fsim_knot *k, const fsim_knot_team *team, uint32_t at) {
  const fsim_knot_row *r = &k->row[at];
  if (!team->bounded || r->limit >= k->horizon - r->enter) return 0;
  return add_event(k, team, FSIM_AT_GIVE_UP, r->enter + r->limit, k->part[r->part].rank, r->lead,
                   at);
}

static int come(fsim_knot *k, uint32_t at) {
  fsim_knot_row *r = &k->row[at];
  const fsim_knot_part *p = &k->part[r->part];
  fsim_knot_team *team = &k->team[p->team];
  if (team->open && team->busy < team->places) return begin_work(k, team, at);
  if (team->bounded && team->queued >= team->team->limit) {
    r->queue = r->work = 0;
    r->exit |= (uint16_t)(FSIM_IMPATIENT << FSIM_FATE_SHIFT);
    return 0;
  }
  r->queue = FSIM_NOT_YET;
  team->queued++;
  if (add_row(&team->joined, at) != 0 || add_row(&team->list[p->class], at) != 0) return -1;
  return expect_to_give_up(k, team, at);
}

static void leave_queue(fsim_knot *k, uint32_t at) {
  fsim_knot_row *r = &k->row[at];
  if (r->queue != FSIM_NOT_YET) return;
  k->team[k->part[r->part].team].queued--;
  give_up(k, r);
}

/* ---- the team's clock ---- */

static int turn_clock(fsim_knot *k, fsim_knot_team *team) {
  const fsim_team *of = team->team;
  team->open = fsim_team_opens(of, k->now) == k->now;
  while (team->size + 1 < of->n_sizes && of->sizes[team->size + 1].from_s <= k->now) team->size++;
  team->places = of->sizes[team->size].places;
  int32_t t = team->open ? fsim_team_closes(of, k->now) : fsim_team_opens(of, k->now);
  if (team->size + 1 < of->n_sizes && of->sizes[team->size + 1].from_s < t)
    t = of->sizes[team->size + 1].from_s;
  uint32_t number = (uint32_t)(team - k->team);
  if (t < k->horizon && add_event(k, team, FSIM_AT_CLOCK, t, 0, number, number) != 0) return -1;
  return take_heads(k, team);
}

/* ---- the loop ---- */

static int work_off(fsim_knot *k, const fsim_event *event) {
  k->now = fsim_event_time(event);
  switch ((event->major >> 16 & 0xffff) % FSIM_AT_TEAMS) {
    case FSIM_AT_CLOCK:
      return turn_clock(k, &k->team[event->item]);
    case FSIM_AT_FREED:
      k->team[event->item].busy--;
      return take_heads(k, &k->team[event->item]);
    case FSIM_AT_QUEUE:
      return come(k, event->item);
    default:
      leave_queue(k, event->item);
      return 0;
  }
}

/* Those who come from outside before `end`. */
static int let_in(fsim_knot *k, int32_t end) {
  for (size_t i = 0; i < k->n_parts; i++) {
    fsim_knot_part *p = &k->part[i];
    const int32_t *t = fsim_cohort_inbox(p->cohort, p->stage)->t;
    for (; p->came < p->outside && t[p->came] < end; p->came++)
      if (come_to(k, p->first + (uint32_t)p->came, t[p->came]) != 0) return -1;
  }
  return 0;
}

/* Where all who come from outside come in one line, to a team: they stand in order already, and
 * need not go through the calendar. */
typedef struct source {
  fsim_knot_part *part; /* NULL: there are several */
  const fsim_inbox *in;
  uint64_t order; /* of their events: the lower half of `major` */
} source;

static source find_source(fsim_knot *k) {
  source only = {NULL, NULL, 0};
  for (size_t i = 0; i < k->n_parts; i++) {
    fsim_knot_part *p = &k->part[i];
    if (p->outside == 0) continue;
    if (only.part != NULL || p->team == FSIM_NO_UNIT_TEAM) return (source){NULL, NULL, 0};
    uint16_t order = (uint16_t)(k->team[p->team].order + FSIM_AT_QUEUE);
    only = (source){p, fsim_cohort_inbox(p->cohort, p->stage), fsim_event_major(0, order, p->rank)};
  }
  return only;
}

/* Is the next of the source before the first event? */
static inline bool source_first(const fsim_knot *k, const source *s, const fsim_event *first) {
  if (s->part == NULL || s->part->came == s->part->outside) return false;
  int32_t t = s->in->t[s->part->came];
  if (t >= k->events.end) return false;
  if (first == NULL) return true;
  fsim_event its = {.major = (uint64_t)(uint32_t)t << 32 | s->order,
                    .minor = (uint64_t)s->in->lead[s->part->came] << 32};
  return fsim_event_before(&its, first);
}

static int pass_bucket(fsim_knot *k, const source *s) {
  int status = 0;
  while (status == 0) {
    const fsim_event *first = fsim_events_first(&k->events);
    if (source_first(k, s, first)) {
      uint32_t at = s->part->first + (uint32_t)s->part->came;
      k->now = k->row[at].enter = s->in->t[s->part->came++];
      status = come(k, at);
    } else if (first == NULL) {
      return 0;
    } else {
      fsim_event event;
      fsim_events_take(&k->events, &event);
      status = work_off(k, &event);
    }
  }
  return status;
}

static int open_teams(fsim_knot *k) {
  k->now = 0;
  for (size_t t = 0; t < k->scenario->n_teams; t++) {
    fsim_knot_team *team = &k->team[t];
    if (!team->here) continue;
    team->busy = 0;
    team->queued = team->size = team->joined.n = 0;
    for (size_t c = 0; c < team->team->n_classes; c++) team->list[c].n = team->list[c].head = 0;
    if (turn_clock(k, team) != 0) return -1;
  }
  return 0;
}

/* Who still queues at the horizon, or ran out of time before it without a turn. */
static void close_queues(fsim_knot *k) {
  for (size_t t = 0; t < k->scenario->n_teams; t++) {
    for (size_t i = 0; i < k->team[t].joined.n; i++) {
      fsim_knot_row *r = &k->row[k->team[t].joined.row[i]];
      if (r->queue != FSIM_NOT_YET) continue;
      int32_t left = k->horizon - r->enter;
      if (r->limit < left) {
        give_up(k, r);
      } else {
        r->queue = left;
        r->work = 0;
      }
    }
  }
}

int fsim_knot_pass_time(fsim_knot *k) {
  int more = 1;
  if (k->events.n_buckets == 0) {
    if (fsim_events_make(&k->events, k->horizon, 2.0 * (double)k->n_rows + 1000) != 0) return -1;
  } else {
    fsim_events_clear(&k->events);
  }
  source s = find_source(k);
  if (open_teams(k) != 0) return -1;
  if (s.part == NULL && let_in(k, k->events.end) != 0) return -1;
  while (more > 0) {
    if (pass_bucket(k, &s) != 0) return -1;
    if (s.part == NULL && let_in(k, fsim_events_next_end(&k->events)) != 0) return -1;
    more = fsim_events_turn(&k->events);
  }
  close_queues(k);
  return more;
}
