/* Visits on a calendar: drawn many together, settled one by one, and where journeys go then. */
#include <string.h>

#include "sim/base/array.h"
#include "sim/engine/calendar.h"
#include "sim/random/vector.h"

/* ---- coming to a stage ---- */

static int add_urgent(fsim_calendar *c, uint32_t course, int32_t t) {
  void *items = c->urgent;
  if (fsim_grow(&items, &c->urgent_capacity, c->n_urgent + 1, sizeof *c->urgent) != 0)
    return fsim_no_memory(c->report);
  c->urgent = items;
  c->urgent[c->n_urgent++] = (fsim_urgent){course, t};
  return FSIM_OK;
}

int fsim_calendar_come(fsim_calendar *c, uint32_t course, size_t stage, int32_t t) {
  fsim_course *j = &c->courses[course];
  j->stage = (uint16_t)stage;
  if (t < c->events.end && !c->loading) return add_urgent(c, course, t);
  if (t < c->earliest) c->earliest = t;
  size_t cell = j->cell + stage * c->scenario->n_profiles;
  uint32_t *first = &c->cell[cell];
  if (*first == FSIM_NONE) {
    c->touched[c->n_touched++] = cell;
    c->due[cell] = t;
  }
  if (t < c->due[cell]) c->due[cell] = t;
  j->enter = t;
  j->next = *first;
  *first = course;
  return FSIM_OK;
}

static int too_many_visits(const fsim_calendar *c, const fsim_course *j) {
  char lead[128];
  return fsim_bad_input(
      c->report, FSIM_NOWHERE,
      "%s: more than %d visits of one journey to stage %s.%s: give the loop a max_visits",
      fsim_calendar_lead_text(c, j->slot, lead, sizeof lead), FSIM_MOST_VISITS,
      c->scenario->funnels[j->funnel].name, c->scenario->stages[j->stage].name);
}

/* Numbers the visit within its journey and stage. */
static int number_visit(fsim_calendar *c, uint32_t course) {
  fsim_course *j = &c->courses[course];
  j->visit = 0;
  if (c->visits_stride == 0 || !c->laws->loops.funnel_loops[j->funnel]) return FSIM_OK;
  uint16_t *count = &c->visits[course * c->visits_stride + j->stage -
                               c->scenario->funnels[j->funnel].first_stage];
  if (*count == FSIM_MOST_VISITS) return too_many_visits(c, j);
  j->visit = (*count)++;
  return FSIM_OK;
}

static uint32_t pass_of(const fsim_course *j) {
  return (uint32_t)j->ordinal << 16 | j->visit;
}

static void take_draws(fsim_calendar *c, uint32_t course, int32_t t, const fsim_plan_law *law,
                       size_t i) {
  fsim_course *j = &c->courses[course];
  j->enter = t;
  j->law = law;
  j->exit = c->draws.exit[i];
  j->wait = c->draws.wait[i];
  j->u = c->draws.u[i];
  j->v = c->draws.v[i];
  if (law->work == NULL) return;
  j->team = law->team;
  j->work = c->draws.work[i];
  j->patience = c->draws.patience[i];
}

/* ---- the end of a visit ---- */

/* Puts the visit into the tally; field by field, since a struct that has just been written is not
 * copied fast. */
static bool add_visit(fsim_calendar *c, uint32_t course, const fsim_past_visit *visit) {
  fsim_course *j = &c->courses[course];
  fsim_past_visit *to;
  uint32_t at = fsim_tally_visit(c->tally, j->last_visit, &to);
  if (at == FSIM_NO_VISIT) return false;
  to->enter = visit->enter;
  to->queue = visit->queue;
  to->work = visit->work;
  to->stay = visit->stay;
  to->stage = visit->stage;
  to->visit = visit->visit;
  to->team = visit->team;
  to->exit = visit->exit;
  to->target = visit->target;
  to->reason = visit->reason;
  to->fate = visit->fate;
  if (j->first_visit == FSIM_NO_VISIT) j->first_visit = at;
  j->last_visit = at;
  return true;
}

static int end_journey(fsim_calendar *c, uint32_t course, size_t outcome, int32_t t) {
  fsim_course *j = &c->courses[course];
  const fsim_lead_store *s = &c->leads;
  fsim_past_journey *past = fsim_tally_next_journey(c->tally);
  past->number_of_lead = s->number[j->slot];
  past->first_visit = j->first_visit;
  past->stream = s->stream[j->slot];
  past->profile = s->profile[j->slot];
  past->funnel = j->funnel;
  past->number = j->number;
  past->parent = j->parent;
  past->outcome = (uint16_t)outcome;
  past->arrive = s->arrive[j->slot];
  past->start = j->start;
  past->end = t;
  past->cents = j->cents;
  int status =
      fsim_tally_journey(c->tally, s->kept[j->slot]) != 0 ? fsim_no_memory(c->report) : FSIM_OK;
  if (status == FSIM_OK && outcome < c->scenario->n_outcomes)
    status = fsim_calendar_follow(c, j, outcome, t);
  fsim_calendar_release_lead(c, j->slot);
  j->place = FSIM_GONE;
  j->stamp++;
  j->next = c->spare_course;
  c->spare_course = course;
  return status;
}

/* The stage's limit when this journey has used up its visits there, else NULL. */
static const fsim_plan_law *limit_reached(const fsim_calendar *c, uint32_t course, int32_t t,
                                          fsim_target target) {
  if (target.is_outcome || !c->laws->loops.stage_limits[target.index]) return NULL;
  const fsim_course *j = &c->courses[course];
  const fsim_plan_law *law = fsim_leads_law(&c->view, target.index, j->slot, t);
  uint16_t done = c->visits[course * c->visits_stride + target.index -
                            c->scenario->funnels[j->funnel].first_stage];
  return done >= law->max_visits ? law : NULL;
}

/* Where a journey goes whose next stage is full of its visits. */
static int turn_away(fsim_calendar *c, uint32_t course, int32_t t, fsim_target *target,
                     uint8_t *reason) {
  const fsim_plan_law *full = limit_reached(c, course, t, *target);
  for (size_t turns = 0; full != NULL; turns++) {
    if (turns > c->laws->loops.most_stages) {
      const fsim_course *j = &c->courses[course];
      char lead[128];
      return fsim_bad_input(
          c->report, FSIM_NOWHERE,
          "%s: the max_visits of stage %s.%s and of the stages that it leads to turn the journey "
          "away in a circle: let one of them lead to an outcome",
          fsim_calendar_lead_text(c, j->slot, lead, sizeof lead),
          c->scenario->funnels[j->funnel].name, c->scenario->stages[target->index].name);
    }
    *target = full->limit_target;
    *reason = FSIM_BY_LIMIT;
    full = limit_reached(c, course, t, *target);
  }
  return FSIM_OK;
}

static int broken_visit(const fsim_calendar *c, uint32_t course, int32_t stay, int32_t queue,
                        int32_t work) {
  const fsim_course *j = &c->courses[course];
  char lead[128];
  return fsim_failure(c->report, FSIM_NOWHERE,
                      "%s: a visit of %ld s with %ld s in the queue and %ld s of work to stage "
                      "%s.%s: please report this defect",
                      fsim_calendar_lead_text(c, j->slot, lead, sizeof lead), (long)stay,
                      (long)queue, (long)work, c->scenario->funnels[j->funnel].name,
                      c->scenario->stages[j->stage].name);
}

/* To where the visit leads, at t. */
static inline int go_on(fsim_calendar *c, uint32_t course, const fsim_past_visit *visit,
                        int32_t t) {
  if (visit->reason == FSIM_STILL_OPEN)
    return end_journey(c, course, c->scenario->n_outcomes, c->scenario->horizon_s);
  if (visit->target.is_outcome) return end_journey(c, course, visit->target.index, t);
  return fsim_calendar_come(c, course, visit->target.index, t);
}

/* The visit is over at t: it is noted and the journey goes on. Inlined, so that the visit stays in
 * registers until it is written to its place. */
static inline __attribute__((always_inline)) int leave_stage(fsim_calendar *c, uint32_t course,
                                                             fsim_past_visit visit, int32_t t) {
  if (visit.stay < 0 || visit.queue < 0 || visit.work < 0 || visit.queue > visit.stay - visit.work)
    return broken_visit(c, course, visit.stay, visit.queue, visit.work);
  if (visit.reason != FSIM_STILL_OPEN && !visit.target.is_outcome &&
      c->laws->loops.stage_limits[visit.target.index]) {
    fsim_target target = visit.target;
    uint8_t reason = visit.reason;
    int status = turn_away(c, course, t, &target, &reason);
    if (status != FSIM_OK) return status;
    visit.target = target;
    if (visit.fate == FSIM_TEAM_SERVED) visit.reason = reason; /* else: what ended the queue */
  }
  fsim_tally_count(c->tally, &visit, c->leads.profile[c->courses[course].slot]);
  if (!add_visit(c, course, &visit)) return fsim_no_memory(c->report);
  return go_on(c, course, &visit, t);
}

static fsim_past_visit visit_of(const fsim_course *j, int32_t queue, int32_t work, int32_t stay) {
  return (fsim_past_visit){.enter = j->enter,
                           .queue = queue,
                           .work = work,
                           .stay = stay,
                           .stage = j->stage,
                           .visit = j->visit,
                           .team = FSIM_NO_TEAM,
                           .exit = j->exit,
                           .reason = FSIM_BY_EXIT,
                           .fate = FSIM_TEAM_SERVED};
}

/* May waits in the stage change while they run? */
static bool may_change(const fsim_calendar *c, size_t stage) {
  return c->laws->all_changes && c->plan->stage_varies[stage];
}

int fsim_calendar_settle(fsim_calendar *c, uint32_t course, int32_t queue, int32_t work,
                         const fsim_drawn *first, int32_t *leave) {
  const fsim_course *j = &c->courses[course];
  const fsim_drawn *drawn = first;
  fsim_drawn changed;
  if (may_change(c, j->stage) && !j->deal) {
    changed = *first;
    fsim_draw_changed(&c->view, c->replication, c->leads.stream[j->slot], j->stage, j->slot,
                      j->enter, queue + work, c->leads.number[j->slot], pass_of(j), &changed);
    drawn = &changed;
  }
  int64_t before = (int64_t)queue + work, stay = before + drawn->wait;
  int64_t left = (int64_t)c->scenario->horizon_s - j->enter;
  fsim_past_visit visit = visit_of(j, queue, work, 0);
  visit.exit = drawn->exit;
  visit.target = drawn->law->target[drawn->exit];
  if (j->law->work != NULL && !j->deal) visit.team = j->team;
  if (stay > drawn->deadline) {
    stay = drawn->deadline > before ? drawn->deadline : before;
    visit.reason = (uint8_t)drawn->law->deadline_reason;
    visit.target = drawn->law->deadline_target;
  }
  if (stay >= left) {
    stay = left;
    visit.reason = FSIM_STILL_OPEN;
  }
  visit.stay = (int32_t)stay;
  *leave = j->enter + (int32_t)stay;
  return leave_stage(c, course, visit, *leave);
}

/* ---- entering, many together ---- */

#define FEWEST 8 /* visits for which counting together pays */

/* No work, no law that may change on the way, no limit where it leads: all visits are alike. */
static bool passes_together(const fsim_calendar *c, size_t stage, const fsim_plan_law *law) {
  const bool *limited = c->laws->loops.stage_limits;
  if (law->work != NULL || may_change(c, stage)) return false;
  for (size_t k = 0; k < law->n_exits; k++)
    if (!law->target[k].is_outcome && limited[law->target[k].index]) return false;
  return law->deadline_s == FSIM_NO_DEADLINE || law->deadline_target.is_outcome ||
         !limited[law->deadline_target.index];
}

/* How long the visits take, and why they end. */
FSIM_CLONES
static void cut_waits(const int32_t *restrict enter, int32_t *restrict wait,
                      uint8_t *restrict reason, int32_t deadline, uint8_t rule, int32_t horizon,
                      size_t n) {
  for (size_t i = 0; i < n; i++) {
    int32_t left = horizon - enter[i], whole = wait[i] > deadline ? deadline : wait[i];
    uint8_t why = wait[i] > deadline ? rule : FSIM_BY_EXIT;
    reason[i] = whole >= left ? FSIM_STILL_OPEN : why;
    wait[i] = whole >= left ? left : whole;
  }
}

static void count_batch(fsim_calendar *c, size_t stage, size_t profile, const fsim_plan_law *law,
                        const int32_t *enter, size_t n) {
  const fsim_shape *shape = c->recorder->shape;
  size_t exits = law->n_exits;
  int64_t *by_exit = c->n_exits, *by_rule = by_exit + exits;
  fsim_record_visits(
      c->recorder,
      &(fsim_visit_batch){
          .stage = stage, .profile = profile, .n = n, .enter = enter, .stay = c->draws.wait});
  memset(by_exit, 0, 2 * exits * sizeof *by_exit);
  size_t ended_by_rule = 0;
  int32_t from = c->scenario->warm_up_s;
  for (size_t i = 0; i < n; i++) {
    bool in = enter[i] >= from && c->reason[i] != FSIM_STILL_OPEN;
    ended_by_rule += fsim_is_rule((fsim_reason)c->reason[i]) && enter[i] + c->draws.wait[i] >= from;
    by_exit[c->draws.exit[i] + (c->reason[i] == FSIM_BY_EXIT ? 0 : exits)] += in;
  }
  fsim_record_ruled(c->recorder, stage, profile, NULL, ended_by_rule);
  int64_t ruled = 0;
  for (size_t k = 0; k < exits; k++) {
    size_t slot = fsim_exit_slot(shape, stage, FSIM_BY_EXIT, k);
    ruled += by_rule[k];
    fsim_record_exits(c->recorder, FSIM_EXITED, slot, profile, NULL, (size_t)by_exit[k]);
    if (by_rule[k] > 0)
      fsim_record_exits(c->recorder, FSIM_WOULD_EXIT, slot, profile, NULL, (size_t)by_rule[k]);
  }
  if (ruled > 0)
    fsim_record_exits(c->recorder, FSIM_EXITED,
                      fsim_exit_slot(shape, stage, law->deadline_reason, 0), profile, NULL,
                      (size_t)ruled);
}

/* Visits whose draws are known, to a stage without work: counted as columns, then one by one on
 * their way. */
static int pass_batch(fsim_calendar *c, size_t stage, const fsim_plan_law *law,
                      const uint32_t *course, const int32_t *enter, size_t n) {
  cut_waits(enter, c->draws.wait, c->reason, law->deadline_s, (uint8_t)law->deadline_reason,
            c->scenario->horizon_s, n);
  count_batch(c, stage, c->leads.profile[c->courses[course[0]].slot], law, enter, n);
  int status = FSIM_OK;
  for (size_t i = 0; i < n && status == FSIM_OK; i++) {
    uint16_t exit = c->draws.exit[i];
    int32_t stay = c->draws.wait[i];
    bool by_exit = c->reason[i] == FSIM_BY_EXIT;
    fsim_past_visit visit = {.enter = enter[i],
                             .stay = stay,
                             .stage = (uint16_t)stage,
                             .visit = c->courses[course[i]].visit,
                             .team = FSIM_NO_TEAM,
                             .exit = exit,
                             .target = by_exit ? law->target[exit] : law->deadline_target,
                             .reason = c->reason[i],
                             .fate = FSIM_TEAM_SERVED};
    if (stay < 0) return broken_visit(c, course[i], stay, 0, 0);
    if (!add_visit(c, course[i], &visit)) return fsim_no_memory(c->report);
    status = go_on(c, course[i], &visit, enter[i] + stay);
  }
  return status;
}

/* A visit without work is settled at once, one with work waits for its turn. */
static int enter(fsim_calendar *c, uint32_t course, int32_t t, const fsim_plan_law *law, size_t i) {
  take_draws(c, course, t, law, i);
  if (law->work != NULL) return fsim_team_expect(c, course);
  const fsim_course *j = &c->courses[course];
  int32_t leave;
  fsim_drawn drawn = {law, law->deadline_s, j->wait, j->exit, j->v};
  return fsim_calendar_settle(c, course, 0, 0, &drawn, &leave);
}

/* Visits to one stage by leads of one stream and profile, under one law. */
static int enter_batch(fsim_calendar *c, const fsim_plan_law *law, size_t first, size_t n) {
  const uint32_t *course = c->batch + first;
  size_t stage = c->courses[course[0]].stage, stream = c->leads.stream[c->courses[course[0]].slot];
  for (size_t i = 0; i < n; i++) {
    int status = number_visit(c, course[i]);
    if (status != FSIM_OK) return status;
    const fsim_course *j = &c->courses[course[i]];
    c->draws.lead[i] = (uint32_t)(j->minor >> 32);
    c->draws.pass[i] = pass_of(j);
  }
  fsim_draw_visits(c->plan, c->replication, stream, stage, c->keys[stream].stage[stage], law,
                   &c->draws, n);
  uint16_t pace = fsim_pace_of(c->plan, stage);
  if (pace != FSIM_NO_PACE && !may_change(c, stage))
    fsim_pace_change(&c->paces, pace, c->batch_t + first, c->draws.wait, n);
  if (n >= FEWEST && passes_together(c, stage, law))
    return pass_batch(c, stage, law, course, c->batch_t + first, n);
  for (size_t i = 0; i < n; i++) {
    int status = enter(c, course[i], c->batch_t[first + i], law, i);
    if (status != FSIM_OK) return status;
  }
  return FSIM_OK;
}

/* Laws that change on dates are looked up lead by lead. */
static int enter_rows(fsim_calendar *c, size_t n) {
  size_t stage = c->courses[c->batch[0]].stage;
  size_t together = c->plan->stage_varies[stage] ? 1 : n;
  for (size_t i = 0; i < n; i += together) {
    uint32_t slot = c->courses[c->batch[i]].slot;
    const fsim_plan_law *law = fsim_leads_law(&c->view, stage, slot, c->batch_t[i]);
    int status = enter_batch(c, law, i, together);
    if (status != FSIM_OK) return status;
  }
  return FSIM_OK;
}

/* Takes journeys of a cell into the batch; the others stay. */
static size_t take_rows(fsim_calendar *c, size_t cell) {
  size_t n = 0;
  uint32_t course = c->cell[cell];
  for (; course != FSIM_NONE && n < FSIM_BATCH; course = c->courses[course].next) {
    c->batch[n] = course;
    c->batch_t[n++] = c->courses[course].enter;
  }
  c->cell[cell] = course;
  return n;
}

int fsim_calendar_hurry(fsim_calendar *c) {
  while (c->n_urgent > 0) {
    fsim_urgent row = c->urgent[--c->n_urgent];
    c->batch[0] = row.course;
    c->batch_t[0] = row.t;
    int status = enter_rows(c, 1);
    if (status != FSIM_OK) return status;
  }
  return FSIM_OK;
}

/* What enters on the way may be due as well. */
int fsim_calendar_flush(fsim_calendar *c, int32_t until) {
  c->loading = true;
  int status = FSIM_OK;
  c->earliest = INT32_MAX;
  for (size_t k = 0; k < c->n_touched && status == FSIM_OK;) {
    size_t cell = c->touched[k];
    if (c->due[cell] >= until) {
      if (c->due[cell] < c->earliest) c->earliest = c->due[cell];
      k++;
      continue;
    }
    size_t n = take_rows(c, cell);
    if (c->cell[cell] == FSIM_NONE) c->touched[k] = c->touched[--c->n_touched];
    c->earliest = INT32_MAX;
    status = enter_rows(c, n);
    k = 0;
  }
  c->loading = false;
  return status;
}

/* ---- giving up, and the horizon ---- */

int fsim_calendar_give_up(fsim_calendar *c, uint32_t course, int32_t queue, fsim_reason reason,
                          fsim_target target) {
  const fsim_course *j = &c->courses[course];
  fsim_past_visit visit = visit_of(j, queue, 0, queue);
  if (j->law->affected != NULL) visit.exit = fsim_exit_after_queue(j->law, j->u, queue);
  visit.team = j->team;
  visit.reason = (uint8_t)reason;
  visit.target = target;
  visit.fate = reason == FSIM_BY_ABANDON ? FSIM_TEAM_ABANDONED : FSIM_TEAM_WENT;
  return leave_stage(c, course, visit, j->enter + queue);
}

int fsim_calendar_close(fsim_calendar *c) {
  for (uint32_t i = 0; i < c->n_courses; i++) {
    const fsim_course *j = &c->courses[i];
    if (j->place != FSIM_IN_QUEUE && j->place != FSIM_IN_WORK) continue;
    int32_t stay = c->scenario->horizon_s - j->enter;
    int32_t queue = j->place == FSIM_IN_QUEUE ? stay : j->began - j->enter;
    fsim_past_visit visit = visit_of(j, queue, stay - queue, stay);
    visit.team = j->team;
    visit.reason = FSIM_STILL_OPEN;
    if (j->place == FSIM_IN_QUEUE) visit.fate = FSIM_TEAM_WENT;
    int status = leave_stage(c, i, visit, c->scenario->horizon_s);
    if (status != FSIM_OK) return status;
  }
  return FSIM_OK;
}

/* ---- deals that are open at the start ---- */

static bool has_wait(const fsim_plan_law *law) {
  for (size_t k = 0; k < law->n_exits; k++) {
    int32_t seconds;
    if (!fsim_sampler_constant(law->wait[k], &seconds) || seconds != 0) return true;
  }
  return false;
}

/* A deal in a queue: its visit is drawn as ever, but it has been patient for its age already. */
static int queue_deal(fsim_calendar *c, uint32_t course, const fsim_plan_law *law) {
  fsim_course *j = &c->courses[course];
  size_t stream = c->leads.stream[j->slot];
  fsim_key key = c->keys[stream].stage[j->stage];
  const fsim_stage_law *from =
      fsim_stage_law_of(c->scenario, fsim_leads_version(&c->view, j->slot, j->enter),
                        c->leads.profile[j->slot], j->stage);
  c->draws.lead[0] = c->leads.number[j->slot];
  c->draws.pass[0] = pass_of(j);
  fsim_draw_visits(c->plan, c->replication, stream, j->stage, key, law, &c->draws, 1);
  if (from->work.patience != NULL) {
    double unused, patience, squeezed;
    fsim_uniform_pair(key, c->draws.lead[0], c->draws.pass[0], FSIM_PURPOSE_WORK, &unused,
                      &patience);
    c->draws.patience[0] = fsim_draw_beyond(from->work.patience, -j->enter, patience, &squeezed);
  }
  take_draws(c, course, j->enter, law, 0);
  void *items = c->deals;
  if (fsim_grow(&items, &c->deal_capacity, c->n_deals + 1, sizeof *c->deals) != 0)
    return fsim_no_memory(c->report);
  c->deals = items;
  c->deals[c->n_deals++] = (fsim_queued_deal){j->enter, c->draws.lead[0], course};
  return FSIM_OK;
}

int fsim_calendar_deal(fsim_calendar *c, uint32_t course, size_t stage, int32_t t) {
  fsim_course *j = &c->courses[course];
  size_t stream = c->leads.stream[j->slot];
  uint32_t slot = j->slot;
  j->stage = (uint16_t)stage;
  j->enter = t;
  int status = number_visit(c, course);
  if (status != FSIM_OK) return status;
  const fsim_plan_law *law = fsim_leads_law(&c->view, stage, slot, t);
  if (law->work != NULL && !has_wait(law)) return queue_deal(c, course, law);
  fsim_drawn drawn;
  fsim_draw_deal(&c->view, c->replication, stream, c->keys[stream].stage[stage], stage, slot, t,
                 c->leads.number[slot], pass_of(j), &drawn);
  if (drawn.deadline < -t) drawn.deadline = -t;
  j->law = law;
  j->exit = drawn.exit;
  j->deal = true;
  int32_t leave;
  status = fsim_calendar_settle(c, course, 0, 0, &drawn, &leave);
  c->courses[course].deal = false;
  if (status != FSIM_OK || law->work == NULL || !law->holds) return status;
  return fsim_team_hold(c, law->team, leave, slot);
}
