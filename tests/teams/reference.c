#include "tests/teams/reference.h"

#include <stdlib.h>

#include "sim/base/array.h"
#include "tests/teams/state.h"

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
