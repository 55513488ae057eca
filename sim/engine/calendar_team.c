/* Teams on a calendar: who queues, who is taken, when places are free. */
#include <stdlib.h>
#include <string.h>

#include "sim/base/array.h"
#include "sim/engine/calendar.h"
#include "sim/model/hours.h"

/* ---- what is counted while time goes by ---- */

/* Counts the team's time up to now, before something changes. */
static inline void count_time(fsim_calendar *c, fsim_team_state *s) {
  if (s->since == c->now) return;
  fsim_record_team_time(c->recorder, (size_t)(s - c->teams), s->since, c->now, s->queued,
                        s->open ? s->busy : 0);
  s->since = c->now;
}

/* ---- queues ---- */

static fsim_queue *queue_of(const fsim_calendar *c, fsim_team_state *s, const fsim_course *j) {
  const uint16_t *class = s->team->class_of_profile;
  return &s->queue[class == NULL ? 0 : class[c->leads.profile[j->slot]]];
}

static void hang_in(fsim_calendar *c, fsim_team_state *s, uint32_t course) {
  fsim_course *j = &c->courses[course];
  fsim_queue *q = queue_of(c, s, j);
  bool front = s->team->discipline == FSIM_LIFO;
  uint32_t *end = front ? &q->first : &q->last, *other = front ? &q->last : &q->first;
  j->next = front ? *end : FSIM_NONE;
  j->before = front ? FSIM_NONE : *end;
  if (*end == FSIM_NONE) {
    *other = course;
  } else if (front) {
    c->courses[*end].before = course;
  } else {
    c->courses[*end].next = course;
  }
  *end = course;
}

static void take_out(fsim_calendar *c, fsim_team_state *s, const fsim_course *j) {
  fsim_queue *q = queue_of(c, s, j);
  *(j->before == FSIM_NONE ? &q->first : &c->courses[j->before].next) = j->next;
  *(j->next == FSIM_NONE ? &q->last : &c->courses[j->next].before) = j->before;
}

static bool worth_more(const fsim_valued *a, const fsim_valued *b) {
  return a->cents != b->cents ? a->cents > b->cents : a->joined < b->joined;
}

static int push_valued(fsim_calendar *c, fsim_team_state *s, uint32_t course) {
  void *items = s->heap;
  if (fsim_grow(&items, &s->heap_capacity, s->n_heap + 1, sizeof *s->heap) != 0)
    return fsim_no_memory(c->report);
  s->heap = items;
  fsim_valued one = {c->courses[course].cents, s->joined++, course, c->courses[course].stamp};
  size_t at = s->n_heap++;
  for (; at > 0 && worth_more(&one, &s->heap[(at - 1) / 2]); at = (at - 1) / 2)
    s->heap[at] = s->heap[(at - 1) / 2];
  s->heap[at] = one;
  return FSIM_OK;
}

static fsim_valued pop_valued(fsim_team_state *s) {
  fsim_valued top = s->heap[0], last = s->heap[--s->n_heap];
  size_t at = 0, n = s->n_heap;
  while (2 * at + 1 < n) {
    size_t child = 2 * at + 1;
    if (child + 1 < n && worth_more(&s->heap[child + 1], &s->heap[child])) child++;
    if (!worth_more(&s->heap[child], &last)) break;
    s->heap[at] = s->heap[child];
    at = child;
  }
  if (n > 0) s->heap[at] = last;
  return top;
}

static bool waits_in_queue(const fsim_calendar *c, uint32_t course, uint32_t stamp) {
  const fsim_course *j = &c->courses[course];
  return j->stamp == stamp && j->place == FSIM_IN_QUEUE;
}

static int join(fsim_calendar *c, fsim_team_state *s, uint32_t course) {
  fsim_course *j = &c->courses[course];
  j->place = FSIM_IN_QUEUE;
  s->queued++;
  if (s->team->discipline == FSIM_BY_VALUE) return push_valued(c, s, course);
  hang_in(c, s, course);
  return FSIM_OK;
}

static void quit_queue(fsim_calendar *c, fsim_team_state *s, uint32_t course) {
  s->queued--;
  if (s->team->discipline != FSIM_BY_VALUE) take_out(c, s, &c->courses[course]);
}

/* The queue's head, out of the queue; it is not empty. */
static uint32_t take_head(fsim_calendar *c, fsim_team_state *s) {
  uint32_t course = FSIM_NONE;
  if (s->team->discipline == FSIM_BY_VALUE) {
    do {
      fsim_valued top = pop_valued(s);
      course = waits_in_queue(c, top.course, top.stamp) ? top.course : FSIM_NONE;
    } while (course == FSIM_NONE);
  }
  for (size_t k = 0; course == FSIM_NONE; k++) course = s->queue[k].first;
  quit_queue(c, s, course);
  return course;
}

/* ---- work ---- */

static fsim_event event_of(const fsim_calendar *c, const fsim_team_state *s, int phase, int32_t t,
                           uint32_t course) {
  const fsim_course *j = &c->courses[course];
  return (fsim_event){.major = fsim_event_major(t, (uint16_t)(s->order + phase), j->rank),
                      .minor = j->minor,
                      .item = course,
                      .stamp = j->stamp};
}

static int add_event(fsim_calendar *c, const fsim_event *event) {
  return fsim_events_add(&c->events, event) != 0 ? fsim_no_memory(c->report) : FSIM_OK;
}

static int begin_work(fsim_calendar *c, fsim_team_state *s, uint32_t course) {
  fsim_course *j = &c->courses[course];
  s->busy++;
  j->place = FSIM_IN_WORK;
  j->began = c->now;
  int32_t done = fsim_team_done(s->team, c->now, j->work);
  if (done >= c->scenario->horizon_s) return FSIM_OK;
  fsim_event event = event_of(c, s, FSIM_AT_FREED, done, course);
  return add_event(c, &event);
}

/* Takes heads while places are free in open hours. */
static int take_heads(fsim_calendar *c, fsim_team_state *s) {
  int status = FSIM_OK;
  while (s->open && s->busy < s->places && s->queued > 0 && status == FSIM_OK)
    status = begin_work(c, s, take_head(c, s));
  return status;
}

static int free_place(fsim_calendar *c, fsim_team_state *s) {
  count_time(c, s);
  s->busy--;
  return take_heads(c, s);
}

/* A place that is held until the visit ends is free then. */
static int free_later(fsim_calendar *c, fsim_team_state *s, uint32_t slot, int32_t leave) {
  if (leave >= c->scenario->horizon_s) return FSIM_OK;
  uint16_t rank = c->laws->stream_rank[c->leads.stream[slot]];
  fsim_event event = {.major = fsim_event_major(leave, (uint16_t)(s->order + FSIM_AT_FREED), rank),
                      .minor = (uint64_t)c->leads.number[slot] << 32,
                      .item = (uint32_t)(s - c->teams),
                      .stamp = FSIM_NONE};
  return add_event(c, &event);
}

/* The exit and the wait of a visit whose work is done. */
static void find_rest(const fsim_course *j, int32_t queue, fsim_drawn *rest) {
  const fsim_plan_law *law = j->law;
  *rest = (fsim_drawn){law, law->deadline_s, j->wait, j->exit, j->v};
  if (law->affected == NULL) return;
  rest->exit = fsim_exit_after_queue(law, j->u, queue);
  if (rest->exit != j->exit && !law->one_wait)
    fsim_sample_seconds(law->wait[rest->exit], &j->v, &rest->wait, 1);
}

static int finish_work(fsim_calendar *c, uint32_t course) {
  fsim_course *j = &c->courses[course];
  fsim_team_state *s = &c->teams[j->team];
  bool holds = j->law->holds;
  uint32_t slot = j->slot;
  j->place = FSIM_ON_THE_WAY;
  j->stamp++;
  int status = holds ? FSIM_OK : free_place(c, s);
  if (status != FSIM_OK) return status;
  int32_t leave, queue = j->began - j->enter;
  fsim_drawn drawn;
  find_rest(j, queue, &drawn);
  status = fsim_calendar_settle(c, course, queue, c->now - j->began, &drawn, &leave);
  return status == FSIM_OK && holds ? free_later(c, s, slot, leave) : status;
}

int fsim_team_hold(fsim_calendar *c, size_t team, int32_t leave, uint32_t slot) {
  count_time(c, &c->teams[team]);
  c->teams[team].busy++;
  return free_later(c, &c->teams[team], slot, leave);
}

/* ---- coming and giving up ---- */

int fsim_team_expect(fsim_calendar *c, uint32_t course) {
  const fsim_course *j = &c->courses[course];
  fsim_event event = event_of(c, &c->teams[j->team], FSIM_AT_QUEUE, j->enter, course);
  return add_event(c, &event);
}

/* When patience or the visit's deadline runs out; what is past already acts now. */
static int expect_to_give_up(fsim_calendar *c, fsim_team_state *s, uint32_t course) {
  const fsim_course *j = &c->courses[course];
  int32_t limit = j->law->deadline_s < j->patience ? j->law->deadline_s : j->patience;
  if (limit >= c->scenario->horizon_s - (int64_t)j->enter) return FSIM_OK;
  int32_t t = j->enter + limit;
  fsim_event event = event_of(c, s, FSIM_AT_GIVE_UP, t < c->now ? c->now : t, course);
  return add_event(c, &event);
}

static int come(fsim_calendar *c, uint32_t course) {
  fsim_course *j = &c->courses[course];
  fsim_team_state *s = &c->teams[j->team];
  count_time(c, s);
  if (s->open && s->busy < s->places) return begin_work(c, s, course);
  if (s->queued >= s->team->limit) {
    j->stamp++;
    return fsim_calendar_give_up(c, course, c->now - j->enter, FSIM_BY_ABANDON,
                                 j->law->abandon_target);
  }
  int status = join(c, s, course);
  return status == FSIM_OK ? expect_to_give_up(c, s, course) : status;
}

static int by_entry(const void *a, const void *b) {
  const fsim_queued_deal *x = a, *y = b;
  if (x->enter != y->enter) return x->enter < y->enter ? -1 : 1;
  return x->number < y->number ? -1 : x->number > y->number;
}

int fsim_team_line_up(fsim_calendar *c) {
  int status = FSIM_OK;
  if (c->n_deals > 0) qsort(c->deals, c->n_deals, sizeof *c->deals, by_entry);
  for (size_t i = 0; i < c->n_deals && status == FSIM_OK; i++) {
    fsim_team_state *s = &c->teams[c->courses[c->deals[i].course].team];
    status = join(c, s, c->deals[i].course);
    if (status == FSIM_OK) status = expect_to_give_up(c, s, c->deals[i].course);
  }
  for (size_t t = 0; t < c->n_teams && status == FSIM_OK; t++) status = take_heads(c, &c->teams[t]);
  return status;
}

static int give_up(fsim_calendar *c, uint32_t course) {
  fsim_course *j = &c->courses[course];
  fsim_team_state *s = &c->teams[j->team];
  count_time(c, s);
  quit_queue(c, s, course);
  j->place = FSIM_ON_THE_WAY;
  j->stamp++;
  bool rule = j->law->deadline_s <= j->patience;
  return fsim_calendar_give_up(c, course, c->now - j->enter,
                               rule ? j->law->deadline_reason : FSIM_BY_ABANDON,
                               rule ? j->law->deadline_target : j->law->abandon_target);
}

/* ---- the team's clock ---- */

static void set_clock(fsim_calendar *c, fsim_team_state *s) {
  count_time(c, s);
  s->open = fsim_team_opens(s->team, c->now) == c->now;
  while (s->size + 1 < s->team->n_sizes && s->team->sizes[s->size + 1].from_s <= c->now) s->size++;
  s->places = s->team->sizes[s->size].places;
}

static int expect_clock(fsim_calendar *c, const fsim_team_state *s) {
  int32_t t = s->open ? fsim_team_closes(s->team, c->now) : fsim_team_opens(s->team, c->now);
  if (s->size + 1 < s->team->n_sizes && s->team->sizes[s->size + 1].from_s < t)
    t = s->team->sizes[s->size + 1].from_s;
  if (t >= c->scenario->horizon_s) return FSIM_OK;
  fsim_event event = {.major = fsim_event_major(t, (uint16_t)(s->order + FSIM_AT_CLOCK), 0),
                      .minor = (uint64_t)(s - c->teams),
                      .item = (uint32_t)(s - c->teams)};
  return add_event(c, &event);
}

static int turn_clock(fsim_calendar *c, fsim_team_state *s) {
  set_clock(c, s);
  int status = expect_clock(c, s);
  return status == FSIM_OK ? take_heads(c, s) : status;
}

int fsim_team_event(fsim_calendar *c, const fsim_event *event) {
  switch ((event->major >> 16 & 0xffff) % FSIM_AT_TEAMS) {
    case FSIM_AT_CLOCK:
      return turn_clock(c, &c->teams[event->item]);
    case FSIM_AT_FREED:
      return event->stamp == FSIM_NONE ? free_place(c, &c->teams[event->item])
                                       : finish_work(c, event->item);
    case FSIM_AT_QUEUE:
      return come(c, event->item);
    default:
      return waits_in_queue(c, event->item, event->stamp) ? give_up(c, event->item) : FSIM_OK;
  }
}

/* ---- all teams ---- */

int fsim_team_states_make(fsim_calendar *c) {
  c->teams = fsim_zeroed(c->scenario->n_teams, sizeof *c->teams);
  if (c->teams == NULL) return -1;
  for (size_t t = 0; t < c->scenario->n_teams; t++) {
    fsim_team_state *s = &c->teams[t];
    s->team = &c->scenario->teams[t];
    s->order = (uint16_t)(FSIM_AT_TEAMS * (c->plan->team_rank[t] + 1));
    s->queue = fsim_zeroed(s->team->n_classes, sizeof *s->queue);
    if (s->queue == NULL) return -1;
  }
  return 0;
}

void fsim_team_states_free(fsim_calendar *c) {
  for (size_t t = 0; c->teams != NULL && t < c->scenario->n_teams; t++) {
    free(c->teams[t].queue);
    free(c->teams[t].heap);
  }
  free(c->teams);
}

int fsim_team_states_begin(fsim_calendar *c) {
  c->n_teams = c->recorder->shape->dim[FSIM_DIM_TEAM];
  for (size_t t = 0; t < c->n_teams; t++) {
    fsim_team_state *s = &c->teams[t];
    s->busy = s->queued = 0;
    s->size = 0;
    s->n_heap = 0;
    s->joined = 0;
    s->since = 0;
    for (size_t k = 0; k < s->team->n_classes; k++)
      s->queue[k] = (fsim_queue){FSIM_NONE, FSIM_NONE};
    set_clock(c, s);
    int status = expect_clock(c, s);
    if (status != FSIM_OK) return status;
  }
  return FSIM_OK;
}

void fsim_team_states_end(fsim_calendar *c) {
  c->now = c->scenario->horizon_s;
  for (size_t t = 0; t < c->n_teams; t++) count_time(c, &c->teams[t]);
}
