#include "tests/teams/reference.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/array.h"
#include "tests/teams/draws.h"

typedef enum event_phase { CLOCK, FREED, ARRIVES, GIVES_UP } event_phase;

typedef struct event {
  int64_t t;
  int rank; /* -1: a journey starts; else the team's */
  event_phase phase;
  int stream; /* by its name */
  uint32_t lead;
  uint32_t journey; /* its number; of a start: its parent's */
  int link;         /* starts: -1 for the lead's first journey */
  size_t who;       /* lead of a start, journey of the other phases, team of CLOCK */
  uint32_t visit;   /* GIVES_UP: which visit of the journey; it may long be over */
} event;

typedef struct journey {
  size_t lead;
  uint32_t number, parent, ordinal;
  uint16_t funnel, outcome;
  int64_t start, end, cents;
  uint32_t *visits; /* [n_stages] begun */
  uint32_t n_visits;
  bool queued;
  bool holds_place; /* until FREED */
  /* the visit under way */
  size_t stage;
  const fsim_plan_law *law;
  int64_t enter, started, done;
  int64_t patience, deadline; /* after `enter`, while it queues; INT64_MAX: none */
  course course;
  visit_detail detail;
} journey;

typedef struct visit_row {
  size_t journey;
  uint32_t lead, number, order;
  uint16_t stage, visit, exit, would;
  fsim_reason reason;
  int64_t enter, queue, work, wait;
  visit_detail detail;
} visit_row;

/* A queue is a list in order of joining. */
typedef struct team_state {
  const fsim_team *team;
  int64_t busy;
  size_t *queue; /* journeys */
  size_t n, room;
} team_state;

typedef struct state {
  world world;
  const fsim_plan *plan;
  const fsim_scenario *scenario;
  fsim_report *report;
  event *events;
  size_t n_events, room_events;
  journey *journeys;
  size_t n_journeys, room_journeys;
  visit_row *rows;
  size_t n_rows, room_rows;
  team_state *teams;
  int64_t joined;
} state;

/* ---- a team's clock, written anew from its spans ---- */

static bool is_open(const fsim_team *team, int64_t t) {
  if (team->open == NULL) return true;
  for (size_t i = 0; i < team->n_open; i++) {
    if (team->open[i].from_s <= t && t < team->open[i].to_s) return true;
  }
  return false;
}

/* INT64_MAX: never. */
static int64_t work_done(const fsim_team *team, int64_t start, int64_t work) {
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

static int64_t places_at(const fsim_team *team, int64_t t) {
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

/* What happens at the horizon or later is outside. */
static int add_event(state *s, event e) {
  if (e.t >= s->scenario->horizon_s) return FSIM_OK;
  void *events = s->events;
  if (fsim_grow(&events, &s->room_events, s->n_events + 1, sizeof e) != 0)
    return fsim_no_memory(s->report);
  s->events = events;
  s->events[s->n_events++] = e;
  return FSIM_OK;
}

static event take_first(state *s) {
  size_t first = 0;
  for (size_t i = 1; i < s->n_events; i++) {
    if (comes_before(&s->events[i], &s->events[first])) first = i;
  }
  event e = s->events[first];
  s->events[first] = s->events[--s->n_events];
  return e;
}

static int add_team_event(state *s, event_phase phase, uint16_t team, int64_t t, size_t j) {
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

static int add_start(state *s, size_t lead_row, int64_t t, uint32_t parent, int link) {
  const lead *who = &s->world.leads[lead_row];
  return add_event(s, (event){.t = t,
                              .rank = -1,
                              .stream = s->world.stream_rank[who->stream],
                              .lead = who->number,
                              .journey = parent,
                              .link = link,
                              .who = lead_row});
}

/* ---- visits ---- */

static uint16_t target_code(const state *s, fsim_target target) {
  return (uint16_t)(target.index + (target.is_outcome ? s->scenario->n_stages : 0));
}

static uint16_t open_code(const state *s) {
  return (uint16_t)(s->scenario->n_stages + s->scenario->n_outcomes);
}

static visit_key key_of(const state *s, size_t j) {
  const journey *of = &s->journeys[j];
  uint32_t visit = of->visits[of->stage] - 1;
  return (visit_key){&s->world.leads[of->lead], of->stage, of->ordinal << 16 | visit};
}

static int add_row(state *s, size_t j, int64_t queue, int64_t work, int64_t wait, uint16_t exit,
                   fsim_reason reason, uint16_t would) {
  const journey *of = &s->journeys[j];
  const lead *who = &s->world.leads[of->lead];
  void *rows = s->rows;
  if (fsim_grow(&rows, &s->room_rows, s->n_rows + 1, sizeof *s->rows) != 0)
    return fsim_no_memory(s->report);
  s->rows = rows;
  s->rows[s->n_rows] = (visit_row){.journey = j,
                                   .lead = who->row,
                                   .number = of->number,
                                   .order = (uint32_t)s->n_rows,
                                   .stage = (uint16_t)of->stage,
                                   .visit = (uint16_t)(of->visits[of->stage] - 1),
                                   .exit = exit,
                                   .would = would,
                                   .reason = reason,
                                   .enter = of->enter,
                                   .queue = queue,
                                   .work = work,
                                   .wait = wait,
                                   .detail = of->detail};
  s->n_rows++;
  return FSIM_OK;
}

static int64_t cut(int64_t part, int64_t *left) {
  if (part > *left) part = *left;
  *left -= part;
  return part;
}

/* The journey is still in its visit when the run ends. */
static int stay_open(state *s, size_t j, int64_t queue, int64_t work, int64_t wait) {
  int64_t left = s->scenario->horizon_s - s->journeys[j].enter;
  queue = cut(queue, &left);
  work = cut(work, &left);
  wait = cut(wait, &left);
  return add_row(s, j, queue, work, wait, open_code(s), FSIM_STILL_OPEN, open_code(s));
}

static int end_journey(state *s, size_t j, size_t outcome, int64_t t) {
  journey *of = &s->journeys[j];
  const lead *who = &s->world.leads[of->lead];
  of->end = t;
  of->outcome = (uint16_t)outcome;
  for (size_t l = s->plan->first_link[outcome]; l < s->plan->first_link[outcome + 1]; l++) {
    int32_t after;
    if (!draw_link(&s->world, who, of->funnel, of->ordinal, l, t, &after)) continue;
    int status = add_start(s, of->lead, t + after, of->number, (int)l);
    if (status != FSIM_OK) return status;
  }
  return FSIM_OK;
}

/* Entries beyond a stage's max_visits go where that says, which may be full as well. */
static int turn_away(const state *s, size_t j, int64_t t, fsim_target *target,
                     fsim_reason *reason) {
  const journey *of = &s->journeys[j];
  for (size_t turns = 0; !target->is_outcome; turns++) {
    const fsim_plan_law *law = law_at(&s->world, &s->world.leads[of->lead], target->index, t);
    if (of->visits[target->index] < law->max_visits) return FSIM_OK;
    if (turns > s->scenario->n_stages)
      return fsim_bad_input(s->report, FSIM_NOWHERE, "max_visits leads in a circle");
    *target = law->limit_target;
    *reason = FSIM_BY_LIMIT;
  }
  return FSIM_OK;
}

static int enter(state *s, size_t j, size_t stage, int64_t t);

/* The visit ends `queue + work + wait` after it began, which is before the horizon. What ended it
 * in the queue is told as the reason even when the next stage turns the journey away. */
static int leave(state *s, size_t j, int64_t queue, int64_t work, int64_t wait, fsim_target target,
                 fsim_reason reason, size_t drawn) {
  journey *of = &s->journeys[j];
  int64_t t = of->enter + queue + work + wait;
  bool never_started = (of->detail.joined > 0 || of->detail.full) && !of->detail.started;
  fsim_reason turned_away = reason;
  int status = turn_away(s, j, t, &target, &turned_away);
  if (!never_started) reason = turned_away;
  uint16_t exit = target_code(s, target);
  uint16_t would = reason == FSIM_BY_EXIT ? exit : target_code(s, of->law->target[drawn]);
  if (status == FSIM_OK) status = add_row(s, j, queue, work, wait, exit, reason, would);
  if (status != FSIM_OK) return status;
  return target.is_outcome ? end_journey(s, j, target.index, t) : enter(s, j, target.index, t);
}

/* Where the course of a visit leads once its wait begins: the wait is over, or a rule ends it. */
static int64_t wait_lived(const journey *of, bool *by_rule) {
  int64_t before = of->done - of->enter, stay = before + of->course.wait;
  *by_rule = stay > of->course.deadline;
  if (!*by_rule) return of->course.wait;
  return of->course.deadline > before ? of->course.deadline - before : 0;
}

static int finish(state *s, size_t j) {
  const journey *of = &s->journeys[j];
  const course *c = &of->course;
  bool by_rule;
  int64_t queue = of->started - of->enter, work = of->done - of->started;
  int64_t wait = wait_lived(of, &by_rule);
  if (of->done + wait >= s->scenario->horizon_s) return stay_open(s, j, queue, work, wait);
  if (by_rule)
    return leave(s, j, queue, work, wait, c->deadline_target, c->deadline_reason, c->exit);
  return leave(s, j, queue, work, wait, of->law->target[c->exit], FSIM_BY_EXIT, c->exit);
}

static int begin_visit(state *s, size_t j, size_t stage, int64_t t) {
  journey *of = &s->journeys[j];
  const lead *who = &s->world.leads[of->lead];
  if (of->visits[stage] == FSIM_MOST_VISITS)
    return fsim_bad_input(s->report, FSIM_NOWHERE, "too many visits to a stage");
  of->visits[stage]++;
  of->n_visits++;
  of->stage = stage;
  of->law = law_at(&s->world, who, stage, t);
  of->enter = of->started = of->done = t;
  of->detail = (visit_detail){.team = NO_TEAM, .cents = of->cents, .profile = who->profile};
  return FSIM_OK;
}

/* Stages without work take no event: the journey goes through them at once. */
static int enter(state *s, size_t j, size_t stage, int64_t t) {
  int status = begin_visit(s, j, stage, t);
  if (status != FSIM_OK) return status;
  journey *of = &s->journeys[j];
  if (of->law->work != NULL) return add_team_event(s, ARRIVES, of->law->team, t, j);
  of->course = draw_course(&s->world, key_of(s, j), of->law, t, 0, t);
  return finish(s, j);
}

/* ---- teams ---- */

static bool has_place(const team_state *team, int64_t t) {
  return is_open(team->team, t) && team->busy < places_at(team->team, t);
}

static bool goes_first(const state *s, const fsim_team *team, size_t a, size_t b) {
  const visit_detail *x = &s->journeys[a].detail, *y = &s->journeys[b].detail;
  if (team->discipline == FSIM_LIFO) return x->joined > y->joined;
  if (team->discipline == FSIM_BY_VALUE && x->cents != y->cents) return x->cents > y->cents;
  if (team->discipline == FSIM_BY_PRIORITY) {
    uint16_t p = team->class_of_profile[x->profile], q = team->class_of_profile[y->profile];
    if (p != q) return p < q;
  }
  return x->joined < y->joined;
}

static void leave_queue(state *s, team_state *team, size_t at) {
  s->journeys[team->queue[at]].queued = false;
  for (team->n--; at < team->n; at++) team->queue[at] = team->queue[at + 1];
}

static int start_work(state *s, uint16_t team, size_t j, int64_t t) {
  journey *of = &s->journeys[j];
  of->started = t;
  of->detail.started = true;
  of->done = work_done(s->teams[team].team, t, of->detail.work);
  s->teams[team].busy++;
  if (of->done >= s->scenario->horizon_s) {
    int64_t endless = s->scenario->horizon_s - t;
    return stay_open(s, j, t - of->enter, endless, 0);
  }
  of->course = draw_course(&s->world, key_of(s, j), of->law, of->enter, t - of->enter, of->done);
  bool by_rule;
  int64_t freed = of->done + (of->law->holds ? wait_lived(of, &by_rule) : 0);
  if (freed >= s->scenario->horizon_s) return finish(s, j);
  return add_team_event(s, FREED, team, freed, j);
}

static int take_heads(state *s, uint16_t index, int64_t t) {
  team_state *team = &s->teams[index];
  while (team->n > 0 && has_place(team, t)) {
    size_t head = 0;
    for (size_t i = 1; i < team->n; i++) {
      if (goes_first(s, team->team, team->queue[i], team->queue[head])) head = i;
    }
    size_t j = team->queue[head];
    leave_queue(s, team, head);
    int status = start_work(s, index, j, t);
    if (status != FSIM_OK) return status;
  }
  return FSIM_OK;
}

/* Joins the queue; its patience and deadline run from when it entered. */
static int join(state *s, size_t j, bool deal) {
  journey *of = &s->journeys[j];
  team_state *team = &s->teams[of->law->team];
  void *queue = team->queue;
  int32_t work;
  int64_t patience;
  if (fsim_grow(&queue, &team->room, team->n + 1, sizeof *team->queue) != 0)
    return fsim_no_memory(s->report);
  team->queue = queue;
  team->queue[team->n++] = j;
  draw_work(&s->world, key_of(s, j), of->law, of->enter, deal, &work, &patience);
  int64_t deadline = of->law->deadline_s == FSIM_NO_DEADLINE ? INT64_MAX : of->law->deadline_s;
  of->queued = true;
  of->detail.joined = ++s->joined;
  of->detail.work = work;
  of->detail.limit_s = patience < deadline ? patience : deadline;
  of->detail.deal = deal;
  of->detail.team = of->law->team;
  of->detail.holds = of->law->holds;
  of->patience = patience;
  of->deadline = deadline;
  return FSIM_OK;
}

/* Of a deal the limit may be past already; then it acts at 0. */
static int set_alarm(state *s, size_t j) {
  const journey *of = &s->journeys[j];
  if (of->detail.limit_s >= s->scenario->horizon_s - of->enter) return FSIM_OK;
  int64_t t = of->enter + of->detail.limit_s;
  return add_team_event(s, GIVES_UP, of->law->team, t > 0 ? t : 0, j);
}

static int give_up(state *s, size_t j, int64_t t) {
  journey *of = &s->journeys[j];
  team_state *team = &s->teams[of->law->team];
  for (size_t i = 0; i < team->n; i++) {
    if (team->queue[i] == j) leave_queue(s, team, i);
  }
  size_t drawn = draw_exit(&s->world, key_of(s, j), of->law, t - of->enter);
  if (of->deadline <= of->patience)
    return leave(s, j, t - of->enter, 0, 0, of->law->deadline_target, of->law->deadline_reason,
                 drawn);
  return leave(s, j, t - of->enter, 0, 0, of->law->abandon_target, FSIM_BY_ABANDON, drawn);
}

static int arrive(state *s, size_t j, int64_t t) {
  journey *of = &s->journeys[j];
  uint16_t index = of->law->team;
  team_state *team = &s->teams[index];
  bool at_once = team->n == 0 && has_place(team, t);
  if (!at_once && team->n >= team->team->limit) {
    of->detail.team = index;
    of->detail.full = true;
    size_t drawn = draw_exit(&s->world, key_of(s, j), of->law, 0);
    return leave(s, j, 0, 0, 0, of->law->abandon_target, FSIM_BY_ABANDON, drawn);
  }
  int status = join(s, j, false);
  if (status == FSIM_OK) status = take_heads(s, index, t);
  return status == FSIM_OK && s->journeys[j].queued ? set_alarm(s, j) : status;
}

/* ---- journeys ---- */

static int make_journey(state *s, size_t lead_row, uint16_t funnel, int64_t t, uint32_t parent,
                        bool first, size_t *made) {
  lead *who = &s->world.leads[lead_row];
  void *journeys = s->journeys;
  if (fsim_grow(&journeys, &s->room_journeys, s->n_journeys + 1, sizeof *s->journeys) != 0)
    return fsim_no_memory(s->report);
  s->journeys = journeys;
  if (who->n_journeys == FSIM_MOST_JOURNEYS)
    return fsim_bad_input(s->report, FSIM_NOWHERE, "too many journeys of one lead");
  journey *of = &s->journeys[s->n_journeys];
  *of = (journey){.lead = lead_row,
                  .number = who->n_journeys++,
                  .ordinal = who->ordinal[funnel]++,
                  .funnel = funnel,
                  .outcome = (uint16_t)s->scenario->n_outcomes,
                  .start = t,
                  .end = s->scenario->horizon_s};
  of->parent = first ? of->number : parent;
  of->cents = draw_value(&s->world, who, funnel, of->ordinal, t);
  of->visits = fsim_zeroed(s->scenario->n_stages, sizeof *of->visits);
  if (of->visits == NULL) return fsim_no_memory(s->report);
  *made = s->n_journeys++;
  return FSIM_OK;
}

static int start_journey(state *s, const event *e) {
  const lead *who = &s->world.leads[e->who];
  bool first = e->link < 0;
  uint16_t funnel = first ? s->scenario->streams[who->stream].into : s->plan->links[e->link].to;
  size_t j;
  int status = make_journey(s, e->who, funnel, e->t, e->journey, first, &j);
  return status == FSIM_OK ? enter(s, j, s->scenario->funnels[funnel].entry, e->t) : status;
}

/* ---- deals that are open at the start ---- */

static bool waits(const fsim_plan_law *law) {
  for (size_t k = 0; k < law->n_exits; k++) {
    int32_t seconds;
    if (!fsim_sampler_constant(law->wait[k], &seconds) || seconds > 0) return true;
  }
  return false;
}

/* A deal whose work, if any, is over: it is in its wait. */
static int go_on_waiting(state *s, size_t j) {
  journey *of = &s->journeys[j];
  int64_t age = -of->enter;
  of->course = draw_deal(&s->world, key_of(s, j), of->law, of->enter);
  of->detail.deal = true;
  if (of->course.deadline < age) of->course.deadline = age;
  if (of->law->work == NULL || !of->law->holds) return finish(s, j);
  bool by_rule;
  int64_t freed = of->done + wait_lived(of, &by_rule);
  of->detail.holds = true;
  of->detail.team = of->law->team;
  s->teams[of->law->team].busy++;
  return freed >= s->scenario->horizon_s ? finish(s, j)
                                         : add_team_event(s, FREED, of->law->team, freed, j);
}

/* All deals are there before anything happens: first those in waits, then the queues in order of
 * entry. */
static int enter_deals(state *s) {
  size_t *queued = fsim_zeroed(s->world.n_leads, sizeof *queued), n = 0;
  int status = queued == NULL ? fsim_no_memory(s->report) : FSIM_OK;
  for (size_t i = 0; i < s->world.n_leads && status == FSIM_OK; i++) {
    const lead *who = &s->world.leads[i];
    const fsim_stream *stream = &s->scenario->streams[who->stream];
    size_t j;
    if (!stream->pipeline) continue;
    status = make_journey(s, i, stream->into, who->arrive, 0, true, &j);
    if (status == FSIM_OK)
      status = begin_visit(s, j, stream->given[who->number].stage, who->arrive);
    if (status != FSIM_OK) break;
    const fsim_plan_law *law = s->journeys[j].law;
    if (law->work == NULL || waits(law)) {
      status = go_on_waiting(s, j);
      continue;
    }
    size_t at = n++;
    for (; at > 0 && s->journeys[queued[at - 1]].enter > s->journeys[j].enter; at--)
      queued[at] = queued[at - 1];
    queued[at] = j;
  }
  for (size_t i = 0; i < n && status == FSIM_OK; i++) {
    status = join(s, queued[i], true);
    if (status == FSIM_OK) status = set_alarm(s, queued[i]);
  }
  free(queued);
  return status;
}

/* ---- the run ---- */

/* Opening hours and sizes; at 0 every team looks at its queue. */
static int add_clocks(state *s, uint16_t index) {
  const fsim_team *team = s->teams[index].team;
  event e = {.rank = s->plan->team_rank[index], .phase = CLOCK, .who = index};
  int status = add_event(s, e);
  for (size_t i = 0; team->open != NULL && i < team->n_open && status == FSIM_OK; i++) {
    e.t = team->open[i].from_s;
    status = add_event(s, e);
  }
  for (size_t i = 0; i < team->n_sizes && status == FSIM_OK; i++) {
    e.t = team->sizes[i].from_s;
    status = add_event(s, e);
  }
  return status;
}

static int work_off(state *s, const event *e) {
  if (e->rank < 0) return start_journey(s, e);
  if (e->phase == CLOCK) return take_heads(s, (uint16_t)e->who, e->t);
  if (e->phase == ARRIVES) return arrive(s, e->who, e->t);
  const journey *of = &s->journeys[e->who];
  if (e->phase == GIVES_UP)
    return of->queued && of->n_visits == e->visit ? give_up(s, e->who, e->t) : FSIM_OK;
  uint16_t team = of->law->team;
  s->teams[team].busy--;
  int status = take_heads(s, team, e->t);
  return status == FSIM_OK ? finish(s, e->who) : status;
}

static int begin(state *s, const fsim_arrival_laws *arrivals, uint32_t replication) {
  const fsim_scenario *scenario = s->scenario;
  int status = world_make(&s->world, s->plan, arrivals, replication, s->report);
  s->teams = fsim_zeroed(scenario->n_teams, sizeof *s->teams);
  if (s->teams == NULL) return fsim_no_memory(s->report);
  for (size_t i = 0; i < scenario->n_teams; i++) s->teams[i].team = &scenario->teams[i];
  if (status == FSIM_OK) status = enter_deals(s);
  for (size_t i = 0; i < scenario->n_teams && status == FSIM_OK; i++)
    status = add_clocks(s, (uint16_t)i);
  for (size_t i = 0; i < s->world.n_leads && status == FSIM_OK; i++) {
    const lead *who = &s->world.leads[i];
    if (!scenario->streams[who->stream].pipeline) status = add_start(s, i, who->arrive, 0, -1);
  }
  return status;
}

static int run(state *s, const fsim_arrival_laws *arrivals, uint32_t replication) {
  int status = begin(s, arrivals, replication);
  while (status == FSIM_OK && s->n_events > 0) {
    event e = take_first(s);
    status = work_off(s, &e);
  }
  for (size_t j = 0; j < s->n_journeys && status == FSIM_OK; j++) {
    if (s->journeys[j].queued)
      status = stay_open(s, j, s->scenario->horizon_s - s->journeys[j].enter, 0, 0);
  }
  return status;
}

/* ---- rows ---- */

static int by_row(const void *a, const void *b) {
  const visit_row *x = a, *y = b;
  if (x->lead != y->lead) return x->lead < y->lead ? -1 : 1;
  if (x->number != y->number) return x->number < y->number ? -1 : 1;
  return x->order < y->order ? -1 : x->order > y->order;
}

#define SET(id, type, row, value) ((type *)rows->column[id])[row] = (type)(value)

static void put_lead(const state *s, const lead *who, size_t row, fsim_trajectory *rows) {
  SET(FSIM_LEAD_REPLICATION, uint32_t, row, s->world.replication);
  SET(FSIM_LEAD_LEAD, uint32_t, row, who->row);
  SET(FSIM_LEAD_STREAM, uint16_t, row, who->stream);
  SET(FSIM_LEAD_NUMBER, uint32_t, row, who->number);
  SET(FSIM_LEAD_T_ARRIVE, int32_t, row, who->arrive);
  for (size_t a = 0; a < rows->n_attributes; a++)
    rows->attribute[a][row] = (uint8_t)fsim_profile_value(s->scenario, who->profile, a);
}

static void put_journey(const state *s, const journey *of, size_t row, fsim_trajectory *rows) {
  SET(FSIM_JOURNEY_REPLICATION, uint32_t, row, s->world.replication);
  SET(FSIM_JOURNEY_LEAD, uint32_t, row, s->world.leads[of->lead].row);
  SET(FSIM_JOURNEY_JOURNEY, uint16_t, row, of->number);
  SET(FSIM_JOURNEY_PARENT, uint16_t, row, of->parent);
  SET(FSIM_JOURNEY_FUNNEL, uint16_t, row, of->funnel);
  SET(FSIM_JOURNEY_T_START, int32_t, row, of->start);
  SET(FSIM_JOURNEY_T_END, int32_t, row, of->end);
  SET(FSIM_JOURNEY_OUTCOME, uint16_t, row, of->outcome);
  SET(FSIM_JOURNEY_VALUE, double, row, (double)of->cents / 100);
}

static void put_visit(const state *s, const visit_row *of, size_t row, fsim_trajectory *rows) {
  SET(FSIM_VISIT_REPLICATION, uint32_t, row, s->world.replication);
  SET(FSIM_VISIT_LEAD, uint32_t, row, of->lead);
  SET(FSIM_VISIT_JOURNEY, uint16_t, row, of->number);
  SET(FSIM_VISIT_STAGE, uint16_t, row, of->stage);
  SET(FSIM_VISIT_VISIT, uint16_t, row, of->visit);
  SET(FSIM_VISIT_T_ENTER, int32_t, row, of->enter);
  SET(FSIM_VISIT_QUEUE, int32_t, row, of->queue);
  SET(FSIM_VISIT_WORK, int32_t, row, of->work);
  SET(FSIM_VISIT_WAIT, int32_t, row, of->wait);
  SET(FSIM_VISIT_EXIT, uint16_t, row, of->exit);
  SET(FSIM_VISIT_REASON, uint8_t, row, of->reason);
  SET(FSIM_VISIT_WOULD_EXIT, uint16_t, row, of->would);
}

static size_t put_journeys(const state *s, const lead *who, size_t row, fsim_trajectory *rows) {
  for (size_t j = 0; j < s->n_journeys; j++) {
    const journey *of = &s->journeys[j];
    if (of->lead == who->row) put_journey(s, of, row + of->number, rows);
  }
  return row + who->n_journeys;
}

static int tell(state *s, reference *r) {
  r->rows = fsim_trajectory_new(s->scenario->n_attributes);
  r->detail = fsim_zeroed(s->n_rows, sizeof *r->detail);
  if (r->rows == NULL || r->detail == NULL ||
      fsim_trajectory_reserve(r->rows, FSIM_LEADS, s->world.n_leads) != 0 ||
      fsim_trajectory_reserve(r->rows, FSIM_JOURNEYS, s->n_journeys) != 0 ||
      fsim_trajectory_reserve(r->rows, FSIM_VISITS, s->n_rows) != 0)
    return fsim_no_memory(s->report);
  if (s->n_rows > 0) qsort(s->rows, s->n_rows, sizeof *s->rows, by_row);
  size_t row = 0;
  for (size_t i = 0; i < s->world.n_leads; i++) {
    put_lead(s, &s->world.leads[i], i, r->rows);
    row = put_journeys(s, &s->world.leads[i], row, r->rows);
  }
  for (size_t i = 0; i < s->n_rows; i++) {
    put_visit(s, &s->rows[i], i, r->rows);
    r->detail[i] = s->rows[i].detail;
  }
  r->rows->replication = s->world.replication;
  r->rows->rows[FSIM_LEADS] = s->world.n_leads;
  r->rows->rows[FSIM_JOURNEYS] = s->n_journeys;
  r->rows->rows[FSIM_VISITS] = s->n_rows;
  return FSIM_OK;
}

int reference_run(const fsim_plan *plan, const fsim_arrival_laws *arrivals, uint32_t replication,
                  fsim_report *report, reference *r) {
  state s = {.plan = plan, .scenario = plan->scenario, .report = report};
  *r = (reference){0};
  int status = run(&s, arrivals, replication);
  if (status == FSIM_OK) status = tell(&s, r);
  for (size_t j = 0; j < s.n_journeys; j++) free(s.journeys[j].visits);
  for (size_t i = 0; s.teams != NULL && i < s.scenario->n_teams; i++) free(s.teams[i].queue);
  free(s.journeys);
  free(s.events);
  free(s.rows);
  free(s.teams);
  world_free(&s.world);
  return status;
}

void reference_free(reference *r) {
  fsim_trajectory_free(r->rows);
  free(r->detail);
  *r = (reference){0};
}
