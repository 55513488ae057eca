#include "sim/base/array.h"
#include "tests/teams/state.h"

static uint16_t target_code(const state *s, fsim_target target) {
  return (uint16_t)(target.index + (target.is_outcome ? s->scenario->n_stages : 0));
}

static uint16_t open_code(const state *s) {
  return (uint16_t)(s->scenario->n_stages + s->scenario->n_outcomes);
}

visit_key key_of(const state *s, size_t j) {
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

int stay_open(state *s, size_t j, int64_t queue, int64_t work, int64_t wait) {
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

int leave(state *s, size_t j, int64_t queue, int64_t work, int64_t wait, fsim_target target,
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

int64_t wait_lived(const journey *of, bool *by_rule) {
  int64_t before = of->done - of->enter, stay = before + of->course.wait;
  *by_rule = stay > of->course.deadline;
  if (!*by_rule) return of->course.wait;
  return of->course.deadline > before ? of->course.deadline - before : 0;
}

int finish(state *s, size_t j) {
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

int begin_visit(state *s, size_t j, size_t stage, int64_t t) {
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

int enter(state *s, size_t j, size_t stage, int64_t t) {
  int status = begin_visit(s, j, stage, t);
  if (status != FSIM_OK) return status;
  journey *of = &s->journeys[j];
  if (of->law->work != NULL) return add_team_event(s, ARRIVES, of->law->team, t, j);
  of->course = draw_course(&s->world, key_of(s, j), of->law, t, 0, t);
  return finish(s, j);
}
