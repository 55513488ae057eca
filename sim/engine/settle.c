/* The end of visits: rules, the horizon, and where the journeys go. */
#include <string.h>

#include "sim/engine/block.h"
#include "sim/engine/pick.h"
#include "sim/random/vector.h"

#define CUT_ROWS 16384

typedef struct cut_sums {
  int64_t stay;
  int32_t signs;    /* negative when some stay is */
  int32_t earliest; /* t_enter */
} cut_sums;

/* A visit ends by its exit, by the rule at the deadline (bucket n_exits) if that is earlier, or is
 * open at the horizon (bucket n_exits + 1). What happens at the horizon itself is outside. Stays
 * are summed in halves, exactly for CUT_ROWS of them: 64-bit lanes would be half as many. */
FSIM_CLONES
static void cut(const int32_t *restrict enter, const uint16_t *restrict exit,
                int32_t *restrict stay, int32_t *restrict leave, uint16_t *restrict bucket,
                int32_t deadline, int32_t horizon, uint16_t n_exits, cut_sums *sums, size_t n) {
  uint32_t low = 0;
  int32_t high = 0, signs = 0, earliest = INT32_MAX;
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
    low += (uint32_t)wait & 0xffff;
    high += wait >> 16;
    signs |= wait;
    earliest = enter[i] < earliest ? enter[i] : earliest;
  }
  sums->stay += (int64_t)high * 65536 + low;
  sums->signs |= signs;
  if (earliest < sums->earliest) sums->earliest = earliest;
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
  bool served;      /* there is a bucket n_exits + 2: abandoned */
} settling;

static uint16_t target_code(const fsim_scenario *scenario, fsim_target target) {
  return (uint16_t)(target.is_outcome ? scenario->n_stages + target.index : target.index);
}

/* The bucket's exit as it is stored; where a rule ended the visit, the exit drawn is told too. */
static void set_ends(const settling *s) {
  fsim_block *b = s->b;
  const fsim_plan_law *law = s->law;
  uint16_t n_exits = law->n_exits, *code = b->code;
  for (size_t k = 0; k < n_exits; k++) code[k] = target_code(b->scenario, law->target[k]);
  code[n_exits] = target_code(b->scenario, law->deadline_target);
  code[n_exits + 1] = (uint16_t)(b->scenario->n_stages + b->scenario->n_outcomes);
  for (size_t i = 0; i < s->in->n; i++) {
    size_t row = s->first_row + i;
    uint16_t k = b->bucket[i];
    b->r_exit[row] = code[k];
    b->r_would[row] = code[k == n_exits ? b->exit[i] : k];
    b->r_reason[row] = (uint8_t)(k < n_exits    ? FSIM_BY_EXIT
                                 : k == n_exits ? law->deadline_reason
                                                : FSIM_STILL_OPEN);
  }
}

static int add_rows(settling *s) {
  fsim_block *b = s->b;
  const fsim_inbox *in = s->in;
  if (!b->keep_rows && !b->keep_stays) return FSIM_OK;
  if (fsim_block_row_space(b, in->n) != 0) return fsim_no_memory(b->report);
  size_t row = s->first_row = b->n_rows;
  memcpy(b->r_journey + row, in->journey, in->n * sizeof *in->journey);
  memcpy(b->r_stay + row, b->stay, in->n * sizeof *b->stay);
  for (size_t i = 0; i < in->n; i++) b->r_stage[row + i] = (uint16_t)s->stage;
  b->n_rows += in->n;
  if (!b->keep_rows) return FSIM_OK;
  memcpy(b->r_enter + row, in->t, in->n * sizeof *in->t);
  for (size_t i = 0; i < in->n; i++) b->r_visit[row + i] = b->fresh ? 0 : b->pass[i] & 0xffff;
  set_ends(s);
  return FSIM_OK;
}

/* A visit that ended otherwise than its bucket says. */
static void set_row(const settling *s, size_t i, uint16_t exit, fsim_reason reason) {
  fsim_block *b = s->b;
  if (!b->keep_rows) return;
  b->r_exit[s->first_row + i] = exit;
  b->r_reason[s->first_row + i] = (uint8_t)reason;
  b->r_would[s->first_row + i] = target_code(b->scenario, s->law->target[b->exit[i]]);
}

static bool has_limit(const fsim_block *b, fsim_target target) {
  return !target.is_outcome && b->engine->loops.stage_limits[target.index];
}

static fsim_inbox *inbox_of(const fsim_block *b, size_t stage) {
  return &b->inbox[stage - b->scenario->funnels[b->funnel_now].first_stage];
}

/* Where journeys that go to the target are gathered. */
static fsim_triple place_for(const fsim_block *b, fsim_target target) {
  if (target.is_outcome) return (fsim_triple){b->s_journey, b->s_lead, b->s_time};
  const fsim_inbox *to = inbox_of(b, target.index);
  return (fsim_triple){to->journey + to->n, to->lead + to->n, to->t + to->n};
}

/* The n journeys gathered there go on; `told`: the moves counted their weeks. */
static int go(const settling *s, fsim_triple some, size_t n, fsim_target target, bool told) {
  fsim_block *b = s->b;
  if (target.is_outcome)
    return fsim_end_journeys(b, target.index, some.journey, some.lead, some.t, n, told);
  if (!told && !fsim_block_stops(b, target))
    fsim_record_entries(b->recorder, target.index, some.t, n);
  inbox_of(b, target.index)->n += n;
  return FSIM_OK;
}

FSIM_CLONES
static uint32_t count_bucket(const uint16_t *restrict bucket, uint16_t wanted,
                             const int32_t *restrict enter, int32_t from, size_t n) {
  uint32_t count = 0;
  for (size_t i = 0; i < n; i++) count += (bucket[i] == wanted) & (enter[i] >= from);
  return count;
}

FSIM_CLONES
static uint32_t count_drawn(const uint16_t *restrict bucket, uint16_t wanted,
                            const uint16_t *restrict exit, uint16_t drawn,
                            const int32_t *restrict enter, int32_t from, size_t n) {
  uint32_t count = 0;
  for (size_t i = 0; i < n; i++)
    count += (bucket[i] == wanted) & (exit[i] == drawn) & (enter[i] >= from);
  return count;
}

static void count_exits(const settling *s, fsim_cells array, fsim_reason reason, size_t exit,
                        size_t n) {
  const fsim_block *b = s->b;
  size_t slot = fsim_exit_slot(b->recorder->shape, s->stage, reason, exit);
  fsim_record_exits(b->recorder, array, slot, b->profile_now, NULL, n);
}

/* The n visits of a bucket, of which those that began in the window are counted. */
static void count_bucket_exits(const settling *s, uint16_t bucket, size_t n) {
  const fsim_block *b = s->b;
  const fsim_plan_law *law = s->law;
  const int32_t *enter = s->in->t;
  int32_t from = b->scenario->warm_up_s;
  size_t rows = s->in->n;
  bool rule = bucket >= law->n_exits;
  if (!s->in_window) n = count_bucket(b->bucket, bucket, enter, from, rows);
  count_exits(s, FSIM_EXITED,
              bucket == law->n_exits ? law->deadline_reason
              : rule                 ? FSIM_BY_ABANDON
                                     : FSIM_BY_EXIT,
              bucket, n);
  for (uint16_t k = 0; rule && k < law->n_exits; k++)
    count_exits(s, FSIM_WOULD_EXIT, FSIM_BY_EXIT, k,
                count_drawn(b->bucket, bucket, b->exit, k, enter, from, rows));
}

/* The stage's limit when this journey has used up its visits there, else NULL. */
static const fsim_plan_law *limit_reached(const settling *s, size_t i, fsim_target target) {
  const fsim_block *b = s->b;
  if (!has_limit(b, target)) return NULL;
  size_t stage = target.index - b->scenario->funnels[b->funnel_now].first_stage;
  uint32_t journey = s->in->journey[i];
  const fsim_plan_law *law = fsim_law_at(b, target.index, b->j_slot[journey], b->leave[i]);
  uint16_t done = b->visits[stage * b->capacity + (journey - b->first_journey)];
  return done >= law->max_visits ? law : NULL;
}

/* Visits told one by one, whose bucket says only that they left. */
static int leave_singly(const settling *s, const uint32_t *index, size_t n, fsim_target target,
                        fsim_reason reason, size_t exit) {
  fsim_block *b = s->b;
  int32_t from = b->scenario->warm_up_s;
  size_t began = 0;
  for (size_t i = 0; i < n; i++) {
    bool in = s->in->t[index[i]] >= from;
    began += in;
    if (in && reason != FSIM_BY_EXIT)
      count_exits(s, FSIM_WOULD_EXIT, FSIM_BY_EXIT, b->exit[index[i]], 1);
  }
  count_exits(s, FSIM_EXITED, reason, exit, began);
  fsim_triple to = place_for(b, target);
  gather(s->in, b->leave, index, to.journey, to.lead, to.t, n);
  if (fsim_is_rule(reason)) fsim_record_ruled(b->recorder, s->stage, b->profile_now, to.t, n);
  return go(s, to, n, target, false);
}

static int turned_in_a_circle(const settling *s, size_t i, fsim_target target) {
  const fsim_block *b = s->b;
  char lead[128];
  return fsim_bad_input(
      b->report, FSIM_NOWHERE,
      "%s: the max_visits of stage %s.%s and of the stages that it leads to turn the journey "
      "away in a circle: let one of them lead to an outcome",
      fsim_block_lead_text(b, fsim_slot_of(b, s->in->journey[i]), lead, sizeof lead),
      b->scenario->funnels[b->funnel_now].name, b->scenario->stages[target.index].name);
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
      if (turns == s->b->engine->loops.most_stages) return turned_in_a_circle(s, i, target);
      to = full->limit_target;
    }
    set_row(s, i, target_code(s->b->scenario, to), FSIM_BY_LIMIT);
    int status = leave_singly(s, &i, 1, to, FSIM_BY_LIMIT, 0);
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
      fsim_block_lead_text(b, fsim_slot_of(b, s->in->journey[i]), lead, sizeof lead),
      (long)b->stay[i], b->scenario->funnels[b->funnel_now].name,
      b->scenario->stages[s->stage].name);
}

static fsim_target target_of(const settling *s, size_t bucket) {
  const fsim_plan_law *law = s->law;
  return bucket < law->n_exits    ? law->target[bucket]
         : bucket == law->n_exits ? law->deadline_target
                                  : law->abandon_target;
}

/* Tells leaving, entering and ending by week, all buckets in one. */
static void record_moves(const settling *s) {
  fsim_block *b = s->b;
  size_t n_exits = s->law->n_exits, n_moves = n_exits + (s->served ? 3 : 2);
  for (size_t k = 0; k < n_moves; k++) {
    fsim_target target = target_of(s, k);
    bool out = has_limit(b, target) || fsim_block_stops(b, target);
    b->moves[k] = (fsim_move){out                 ? FSIM_MOVE_OUT
                              : target.is_outcome ? FSIM_MOVE_END
                                                  : FSIM_MOVE_ON,
                              target.index};
  }
  b->moves[n_exits + 1] = (fsim_move){FSIM_MOVE_NONE, 0};
  fsim_record_moves(b->recorder, &(fsim_move_batch){.stage = s->stage,
                                                    .profile = b->profile_now,
                                                    .n = s->in->n,
                                                    .leave = b->leave,
                                                    .bucket = b->bucket,
                                                    .moves = b->moves,
                                                    .n_moves = n_moves});
}

/* The visits of one bucket; *left falls by their number. */
static int settle_bucket(const settling *s, uint16_t bucket, size_t *left) {
  fsim_block *b = s->b;
  const fsim_inbox *in = s->in;
  const fsim_plan_law *law = s->law;
  bool open = bucket == law->n_exits + 1;
  fsim_target target = open ? (fsim_target){true, 0} : target_of(s, bucket);
  if (!open && has_limit(b, target)) {
    size_t n = fsim_pick(b->bucket, bucket, b->index, in->n);
    *left -= n;
    int status = turn_away(s, b->index, &n, target);
    if (status != FSIM_OK) return status;
    fsim_reason reason = bucket == law->n_exits ? law->deadline_reason : FSIM_BY_EXIT;
    return leave_singly(s, b->index, n, target, reason, bucket);
  }
  fsim_triple to = place_for(b, target);
  size_t n = fsim_pick_rows(b->bucket, bucket, in->journey, in->lead, b->leave, to, in->n);
  *left -= n;
  if (n == 0) return FSIM_OK;
  if (open) {
    fsim_open_journeys(b, to.journey, n);
    return FSIM_OK;
  }
  count_bucket_exits(s, bucket, n);
  if (bucket >= law->n_exits) fsim_record_ruled(b->recorder, s->stage, b->profile_now, to.t, n);
  return go(s, to, n, target, true);
}

static cut_sums cut_all(fsim_block *b, const fsim_inbox *in, int32_t deadline, uint16_t n_exits) {
  cut_sums sums = {0, 0, INT32_MAX};
  for (size_t i = 0; i < in->n; i += CUT_ROWS) {
    size_t n = in->n - i < CUT_ROWS ? in->n - i : CUT_ROWS;
    cut(in->t + i, b->exit + i, b->stay + i, b->leave + i, b->bucket + i, deadline,
        b->scenario->horizon_s, n_exits, &sums, n);
  }
  return sums;
}

int fsim_settle(fsim_block *b, size_t stage, const fsim_plan_law *law, int32_t deadline,
                const fsim_inbox *in) {
  if (in->n == 0) return FSIM_OK;
  settling s = {b, stage, law, in, true, 0, false};
  cut_sums sums = cut_all(b, in, deadline, law->n_exits);
  if (sums.signs < 0) return negative_stay(&s);
  s.in_window = sums.earliest >= b->scenario->warm_up_s;
  b->visit_seconds += sums.stay;
  fsim_record_visits(b->recorder, &(fsim_visit_batch){.stage = stage,
                                                      .profile = b->profile_now,
                                                      .n = in->n,
                                                      .enter = in->t,
                                                      .stay = b->stay,
                                                      .weeks_told = true});
  record_moves(&s);
  int status = add_rows(&s);
  size_t left = in->n;
  for (size_t k = 0; k < (size_t)law->n_exits + 2 && left > 0 && status == FSIM_OK; k++) {
    if (k == law->n_exits && deadline == FSIM_NO_DEADLINE) continue;
    status = settle_bucket(&s, (uint16_t)k, &left);
  }
  return status;
}

/* The same for visits to a team: the wait begins when the work is done, and work in progress is
 * finished before the deadline's rule acts. Sums of three parts fit 32 bits without a sign. */
FSIM_CLONES
static void cut_served(const int32_t *restrict enter, const uint16_t *restrict exit,
                       const int32_t *restrict queue, const int32_t *restrict work,
                       const uint8_t *restrict fate, int32_t *restrict stay,
                       int32_t *restrict leave, uint16_t *restrict bucket, int32_t deadline,
                       int32_t horizon, uint16_t n_exits, cut_sums *sums, size_t n) {
  uint32_t low = 0;
  int32_t high = 0, earliest = INT32_MAX;
  for (size_t i = 0; i < n; i++) {
    uint32_t before = (uint32_t)queue[i] + (uint32_t)work[i], left = (uint32_t)(horizon - enter[i]);
    uint32_t whole = before + (uint32_t)stay[i], limit = (uint32_t)deadline;
    uint16_t to = exit[i];
    uint32_t least = before > limit ? before : limit;
    to = whole > limit ? n_exits : to;
    whole = whole > limit ? least : whole;
    to = fate[i] == FSIM_OVERDUE ? n_exits : to;
    to = fate[i] == FSIM_IMPATIENT ? (uint16_t)(n_exits + 2) : to;
    whole = fate[i] != FSIM_WORKED ? before : whole;
    to = whole >= left ? (uint16_t)(n_exits + 1) : to;
    whole = whole >= left ? left : whole;
    stay[i] = (int32_t)whole;
    leave[i] = enter[i] + (int32_t)whole;
    bucket[i] = to;
    low += whole & 0xffff;
    high += (int32_t)(whole >> 16);
    earliest = enter[i] < earliest ? enter[i] : earliest;
  }
  sums->stay += (int64_t)high * 65536 + low;
  if (earliest < sums->earliest) sums->earliest = earliest;
}

int fsim_settle_served(fsim_block *b, size_t stage, const fsim_plan_law *law, const fsim_inbox *in,
                       const fsim_served *served) {
  if (in->n == 0) return FSIM_OK;
  settling s = {b, stage, law, in, true, 0, true};
  cut_sums sums = {0, 0, INT32_MAX};
  for (size_t i = 0; i < in->n; i += CUT_ROWS) {
    size_t n = in->n - i < CUT_ROWS ? in->n - i : CUT_ROWS;
    cut_served(in->t + i, b->exit + i, served->queue + i, served->work + i, served->fate + i,
               b->stay + i, b->leave + i, b->bucket + i, law->deadline_s, b->scenario->horizon_s,
               law->n_exits, &sums, n);
  }
  s.in_window = sums.earliest >= b->scenario->warm_up_s;
  b->visit_seconds += sums.stay;
  fsim_record_visits(b->recorder, &(fsim_visit_batch){.stage = stage,
                                                      .profile = b->profile_now,
                                                      .n = in->n,
                                                      .enter = in->t,
                                                      .queue = served->queue,
                                                      .work = served->work,
                                                      .stay = b->stay,
                                                      .weeks_told = true});
  record_moves(&s);
  size_t left = in->n;
  int status = FSIM_OK;
  for (size_t k = 0; k < (size_t)law->n_exits + 3 && left > 0 && status == FSIM_OK; k++) {
    if (k == law->n_exits && law->deadline_s == FSIM_NO_DEADLINE) continue;
    status = settle_bucket(&s, (uint16_t)k, &left);
  }
  return status;
}
