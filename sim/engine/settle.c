/* The end of visits: rules, the horizon, and where the journeys go. */
#include <string.h>

#include "sim/engine/block.h"
#include "sim/engine/pick.h"
#include "sim/random/vector.h"

typedef struct cut_sums {
  int64_t stay;
  int32_t signs;    /* negative when some stay is */
  int32_t earliest; /* t_enter */
} cut_sums;

/* A visit ends by its exit, by the rule at the deadline (bucket n_exits) if that is earlier, or is
 * open at the horizon (bucket n_exits + 1). What happens at the horizon itself is outside. */
FSIM_CLONES
static void cut(const int32_t *restrict enter, const uint16_t *restrict exit,
                int32_t *restrict stay, int32_t *restrict leave, uint16_t *restrict bucket,
                int32_t deadline, int32_t horizon, uint16_t n_exits, cut_sums *sums, size_t n) {
  int64_t sum = 0;
  int32_t signs = 0, earliest = INT32_MAX;
  for (size_t i = 0; i < n; i++) {
    int32_t wait = stay[i], left = horizon - enter[i];
    uint16_t to = exit[i];
    to = wait > deadline ? n_exits : to;
    wait = wait > deadline ? deadline : wait;
    to = wait >= left ? (uint16_t)(n_exits + 1) : to;
    wait = wait >= left ? left : wait;
    stay[i] = wait;
    leave[i] = enter[i] + wait;
    bucket[i] = to;
    sum += wait;
    signs |= wait;
    earliest = enter[i] < earliest ? enter[i] : earliest;
  }
  *sums = (cut_sums){sum, signs, earliest};
}

FSIM_CLONES
static void gather(const fsim_inbox *in, const int32_t *restrict leave,
                   const uint32_t *restrict index, uint32_t *restrict journey,
                   uint32_t *restrict lead, int32_t *restrict t, size_t n) {
  const uint32_t *restrict journeys = in->journey, *restrict leads = in->lead;
  for (size_t i = 0; i < n; i++) journey[i] = journeys[index[i]];
  for (size_t i = 0; i < n; i++) lead[i] = leads[index[i]];
  for (size_t i = 0; i < n; i++) t[i] = leave[index[i]];
}

typedef struct settling {
  fsim_block *b;
  size_t stage;
  const fsim_plan_law *law;
  const fsim_inbox *in;
  bool in_window;   /* all of them began there */
  size_t first_row; /* of their rows, when kept */
} settling;

static uint16_t target_code(const fsim_scenario *scenario, fsim_target target) {
  return (uint16_t)(target.is_outcome ? scenario->n_stages + target.index : target.index);
}

/* Where the visit would have gone by the exit that was drawn. */
static uint16_t drawn_code(const settling *s, size_t i) {
  return target_code(s->b->scenario, s->law->target[s->b->exit[i]]);
}

static int add_rows(settling *s) {
  fsim_block *b = s->b;
  const fsim_inbox *in = s->in;
  if (!b->keep_rows) return FSIM_OK;
  if (fsim_block_row_space(b, in->n) != 0) return fsim_no_memory(b->report);
  size_t row = s->first_row = b->n_rows;
  memcpy(b->r_journey + row, in->journey, in->n * sizeof *in->journey);
  memcpy(b->r_enter + row, in->t, in->n * sizeof *in->t);
  memcpy(b->r_stay + row, b->stay, in->n * sizeof *b->stay);
  for (size_t i = 0; i < in->n; i++) b->r_stage[row + i] = (uint16_t)s->stage;
  for (size_t i = 0; i < in->n; i++) b->r_visit[row + i] = b->fresh ? 0 : b->pass[i] & 0xffff;
  b->n_rows += in->n;
  return FSIM_OK;
}

static void set_rows(const settling *s, const uint32_t *index, size_t n, uint16_t exit,
                     fsim_reason reason) {
  fsim_block *b = s->b;
  if (!b->keep_rows) return;
  for (size_t i = 0; i < n; i++) {
    size_t row = s->first_row + index[i];
    bool drawn = reason == FSIM_BY_EXIT || reason == FSIM_STILL_OPEN;
    b->r_exit[row] = exit;
    b->r_reason[row] = (uint8_t)reason;
    b->r_would[row] = drawn ? exit : drawn_code(s, index[i]);
  }
}

static void count_exits(const settling *s, const uint32_t *index, size_t n, fsim_reason reason,
                        size_t exit) {
  fsim_block *b = s->b;
  const fsim_shape *shape = b->recorder->shape;
  const int32_t *enter = NULL;
  if (!s->in_window) {
    for (size_t i = 0; i < n; i++) b->s_enter[i] = s->in->t[index[i]];
    enter = b->s_enter;
  }
  fsim_record_exits(b->recorder, FSIM_EXITED, fsim_exit_slot(shape, s->stage, reason, exit),
                    b->profile_now, enter, n);
  if (reason == FSIM_BY_EXIT) return;
  for (size_t i = 0; i < n; i++)
    fsim_record_exits(b->recorder, FSIM_WOULD_EXIT,
                      fsim_exit_slot(shape, s->stage, FSIM_BY_EXIT, b->exit[index[i]]),
                      b->profile_now, &s->in->t[index[i]], 1);
}

static int go(const settling *s, const uint32_t *index, size_t n, fsim_target target) {
  fsim_block *b = s->b;
  if (target.is_outcome) {
    gather(s->in, b->leave, index, b->s_journey, b->s_lead, b->s_time, n);
    return fsim_end_journeys(b, target.index, b->s_journey, b->s_lead, b->s_time, n);
  }
  fsim_inbox *to = &b->inbox[target.index - b->scenario->funnels[b->funnel_now].first_stage];
  gather(s->in, b->leave, index, to->journey + to->n, to->lead + to->n, to->t + to->n, n);
  to->n += n;
  return FSIM_OK;
}

static int leave_by(const settling *s, const uint32_t *index, size_t n, fsim_target target,
                    fsim_reason reason, size_t exit) {
  if (n == 0) return FSIM_OK;
  count_exits(s, index, n, reason, exit);
  set_rows(s, index, n, target_code(s->b->scenario, target), reason);
  return go(s, index, n, target);
}

/* The stage's limit when this journey has used up its visits there, else NULL. */
static const fsim_plan_law *limit_reached(const settling *s, size_t i, fsim_target target) {
  const fsim_block *b = s->b;
  if (target.is_outcome || !b->engine->stage_limits[target.index]) return NULL;
  size_t stage = target.index - b->scenario->funnels[b->funnel_now].first_stage;
  uint32_t journey = s->in->journey[i];
  const fsim_plan_law *law = fsim_law_at(b, target.index, b->j_slot[journey], b->leave[i]);
  uint16_t done = b->visits[stage * b->capacity + (journey - b->first_journey)];
  return done >= law->max_visits ? law : NULL;
}

/* Those whose next stage is full of their visits go to its limit's target, which may be full too.
 */
static int turn_away(const settling *s, uint32_t *index, size_t *n, fsim_target target) {
  size_t kept = 0;
  for (size_t k = 0; k < *n; k++) {
    uint32_t i = index[k];
    const fsim_plan_law *full = limit_reached(s, i, target);
    if (full == NULL) {
      index[kept++] = i;
      continue;
    }
    fsim_target to = full->limit_target;
    for (size_t turns = 0; (full = limit_reached(s, i, to)) != NULL; turns++) {
      if (turns == s->b->engine->most_stages) {
        char lead[128];
        return fsim_bad_input(
            s->b->report, FSIM_NOWHERE,
            "%s: the max_visits of stage %s.%s and of the stages that it leads to turn the journey "
            "away in a circle: let one of them lead to an outcome",
            fsim_block_lead_text(s->b, s->b->j_slot[s->in->journey[i]], lead, sizeof lead),
            s->b->scenario->funnels[s->b->funnel_now].name,
            s->b->scenario->stages[target.index].name);
      }
      to = full->limit_target;
    }
    int status = leave_by(s, &i, 1, to, FSIM_BY_LIMIT, 0);
    if (status != FSIM_OK) return status;
  }
  *n = kept;
  return FSIM_OK;
}

static int negative_stay(const settling *s) {
  const fsim_block *b = s->b;
  size_t i = 0;
  while (i + 1 < s->in->n && b->stay[i] >= 0) i++;
  char lead[128];
  return fsim_failure(
      b->report, FSIM_NOWHERE, "%s: a visit of %ld s to stage %s.%s: please report this defect",
      fsim_block_lead_text(b, b->j_slot[s->in->journey[i]], lead, sizeof lead), (long)b->stay[i],
      b->scenario->funnels[b->funnel_now].name, b->scenario->stages[s->stage].name);
}

static int settle_bucket(const settling *s, size_t bucket, size_t n) {
  fsim_block *b = s->b;
  const fsim_plan_law *law = s->law;
  if (bucket == (size_t)law->n_exits + 1) {
    const fsim_scenario *scenario = b->scenario;
    set_rows(s, b->index, n, (uint16_t)(scenario->n_stages + scenario->n_outcomes),
             FSIM_STILL_OPEN);
    for (size_t i = 0; i < n; i++) b->s_journey[i] = s->in->journey[b->index[i]];
    fsim_open_journeys(b, b->s_journey, n);
    return FSIM_OK;
  }
  bool rule = bucket == law->n_exits;
  fsim_target target = rule ? law->deadline_target : law->target[bucket];
  if (!target.is_outcome && b->engine->stage_limits[target.index]) {
    int status = turn_away(s, b->index, &n, target);
    if (status != FSIM_OK) return status;
  }
  return leave_by(s, b->index, n, target, rule ? law->deadline_reason : FSIM_BY_EXIT, bucket);
}

int fsim_settle(fsim_block *b, size_t stage, const fsim_plan_law *law, int32_t deadline,
                const fsim_inbox *in) {
  if (in->n == 0) return FSIM_OK;
  settling s = {b, stage, law, in, true, 0};
  cut_sums sums;
  cut(in->t, b->exit, b->stay, b->leave, b->bucket, deadline, b->scenario->horizon_s, law->n_exits,
      &sums, in->n);
  if (sums.signs < 0) return negative_stay(&s);
  s.in_window = sums.earliest >= b->scenario->warm_up_s;
  b->visit_seconds += sums.stay;
  fsim_record_visits(
      b->recorder,
      &(fsim_visit_batch){
          .stage = stage, .profile = b->profile_now, .n = in->n, .enter = in->t, .stay = b->stay});
  int status = add_rows(&s);
  size_t left = in->n;
  for (size_t bucket = 0; bucket < (size_t)law->n_exits + 2 && left > 0; bucket++) {
    if (status != FSIM_OK) return status;
    size_t n = fsim_pick(b->bucket, (uint16_t)bucket, b->index, in->n);
    left -= n;
    if (n > 0) status = settle_bucket(&s, bucket, n);
  }
  return status;
}
