/* One visit: which exit, and for how long. */
#include <string.h>

#include "sim/base/text.h"
#include "sim/engine/block.h"
#include "sim/engine/draw.h"

int fsim_number_visits(fsim_block *b, size_t stage, const fsim_inbox *in) {
  if (b->fresh) return FSIM_OK;
  const fsim_funnel *funnel = &b->scenario->funnels[b->funnel_now];
  for (size_t i = 0; i < in->n; i++) b->pass[i] = (uint32_t)b->j_ordinal[in->journey[i]] << 16;
  if (!b->engine->loops.funnel_loops[b->funnel_now]) return FSIM_OK;
  uint16_t *visits = b->visits + (stage - funnel->first_stage) * b->capacity;
  for (size_t i = 0; i < in->n; i++) {
    uint16_t *count = &visits[in->journey[i] - b->first_journey];
    if (*count == FSIM_MOST_VISITS) {
      char lead[128];
      return fsim_bad_input(b->report, FSIM_NOWHERE,
                            "%s: more than %d visits of one journey to stage %s.%s: give the loop "
                            "a max_visits",
                            fsim_block_lead_text(b, b->j_slot[in->journey[i]], lead, sizeof lead),
                            FSIM_MOST_VISITS, funnel->name, b->scenario->stages[stage].name);
    }
    b->pass[i] |= (*count)++;
  }
  return FSIM_OK;
}

/* The block's columns as those of the visits that are drawn. */
static fsim_draws columns_of(fsim_block *b, const fsim_inbox *in) {
  return (fsim_draws){.lead = in->lead,
                      .pass = b->fresh ? NULL : b->pass,
                      .exit = b->exit,
                      .wait = b->stay,
                      .u = b->u,
                      .v = b->v,
                      .w = b->w,
                      .clock = b->clock,
                      .index = b->index};
}

/* One exit after a time that is always the same: no draw can change anything. */
static bool is_certain(const fsim_block *b, const fsim_plan_law *law, int32_t *wait) {
  return law->n_exits == 1 && law->one_wait && !b->engine->all_changes &&
         fsim_sampler_constant(law->wait[0], wait);
}

static void draw_mixture(fsim_block *b, size_t stage, const fsim_plan_law *law,
                         const fsim_inbox *in) {
  int32_t wait;
  if (is_certain(b, law, &wait)) {
    memset(b->exit, 0, in->n * sizeof *b->exit);
    for (size_t i = 0; i < in->n; i++) b->stay[i] = wait;
    return;
  }
  fsim_uniform_pairs(b->stage_key[stage], in->lead, b->fresh ? NULL : b->pass, FSIM_PURPOSE_VISIT,
                     b->u, b->v, in->n);
  fsim_choose_exits(law, b->u, b->exit, in->n);
  if (law->one_wait) {
    fsim_sample_seconds(law->wait[0], b->v, b->stay, in->n);
  } else {
    fsim_draws columns = columns_of(b, in);
    fsim_draw_own_waits(law, &columns, in->n);
  }
}

fsim_key fsim_clock_key(const fsim_block *b, size_t stage, uint64_t clock_hash) {
  return fsim_race_key(b->scenario, b->part->replication, b->part->stream, stage, clock_hash);
}

/* A race while laws change: every clock runs on by itself. */
static int64_t race_changing(fsim_block *b, size_t stage, const fsim_plan_law *law,
                             const fsim_inbox *in, size_t i) {
  size_t slot = b->j_slot[in->journey[i]];
  uint32_t pass = b->fresh ? 0 : b->pass[i];
  int64_t first = 0;
  for (size_t k = 0; k < law->n_exits; k++) {
    const fsim_plan_law *last = law;
    double u, unused;
    int32_t drawn, deadline;
    fsim_uniform_pair(fsim_clock_key(b, stage, law->clock_hash[k]), in->lead[i], pass,
                      FSIM_PURPOSE_RACE, &u, &unused);
    fsim_sample_seconds(law->wait[k], &u, &drawn, 1);
    int64_t clock = fsim_wait_changed(b, stage, slot, in->t[i], k, u, drawn, &last, &deadline);
    if (k > 0 && clock >= first) continue;
    first = clock;
    b->exit[i] = (uint16_t)k;
    b->law[i] = last;
    b->clock[i] = deadline;
  }
  return first;
}

static void swap_rows(fsim_block *b, fsim_inbox *in, size_t i, size_t k) {
#define SWAP(type, column)     \
  do {                         \
    type kept = (column)[i];   \
    (column)[i] = (column)[k]; \
    (column)[k] = kept;        \
  } while (0)
  SWAP(uint32_t, in->journey);
  SWAP(uint32_t, in->lead);
  SWAP(int32_t, in->t);
  SWAP(uint16_t, b->exit);
  SWAP(int32_t, b->stay);
  SWAP(int32_t, b->clock);
  SWAP(double, b->v);
  SWAP(const fsim_plan_law *, b->law);
  if (!b->fresh) SWAP(uint32_t, b->pass);
#undef SWAP
}

int fsim_settle_changing(fsim_block *b, size_t stage, const fsim_plan_law *law, fsim_inbox *in) {
  size_t n = in->n, same = n;
  fsim_leads leads = fsim_block_leads(b);
  for (size_t i = 0; i < same;) {
    b->law[i] = law;
    int64_t wait =
        law->race ? race_changing(b, stage, law, in, i)
                  : fsim_wait_changed(b, stage, b->j_slot[in->journey[i]], in->t[i], b->exit[i],
                                      b->v[i], b->stay[i], &b->law[i], &b->clock[i]);
    b->stay[i] = fsim_leads_stay(&leads, stage, in->t[i], wait);
    if (b->law[i] == law) {
      i++;
    } else {
      swap_rows(b, in, i, --same);
    }
  }
  fsim_inbox rest = {in->journey, in->lead, in->t, same};
  int status = fsim_settle(b, stage, law, law->deadline_s, &rest);
  for (size_t i = same; i < n && status == FSIM_OK; i++) {
    fsim_inbox one = {in->journey + i, in->lead + i, in->t + i, 1};
    b->exit[0] = b->exit[i];
    b->stay[0] = b->stay[i];
    b->pass[0] = b->pass[i];
    status = fsim_settle(b, stage, b->law[i], b->clock[i], &one);
  }
  return status;
}

int fsim_draw_stage(fsim_block *b, size_t stage, const fsim_plan_law *law, const fsim_inbox *in) {
  int status = fsim_number_visits(b, stage, in);
  if (status != FSIM_OK) return status;
  if (law->race) {
    fsim_draws columns = columns_of(b, in);
    fsim_draw_race(b->scenario, b->part->replication, b->part->stream, stage, law, &columns, in->n);
  } else {
    draw_mixture(b, stage, law, in);
  }
  return FSIM_OK;
}

static int visit_by_law(fsim_block *b, size_t stage, const fsim_plan_law *law, fsim_inbox *in) {
  int status = fsim_draw_stage(b, stage, law, in);
  if (status != FSIM_OK) return status;
  if (b->engine->all_changes && b->plan->stage_varies[stage])
    return fsim_settle_changing(b, stage, law, in);
  fsim_pace_waits(b->paces, fsim_pace_of(b->plan, stage), in->t, b->stay, in->n);
  return fsim_settle(b, stage, law, law->deadline_s, in);
}

int fsim_visit_stage(fsim_block *b, size_t stage, fsim_inbox *in) {
  const fsim_plan_law *first = fsim_law_at(b, stage, b->j_slot[in->journey[0]], in->t[0]);
  if (!b->plan->stage_varies[stage]) return visit_by_law(b, stage, first, in);
  for (size_t left = in->n; left > 0;) {
    size_t rest = 0;
    b->some.n = 0;
    first = fsim_law_at(b, stage, b->j_slot[in->journey[0]], in->t[0]);
    for (size_t i = 0; i < left; i++) {
      const fsim_plan_law *law = fsim_law_at(b, stage, b->j_slot[in->journey[i]], in->t[i]);
      fsim_inbox *to = law == first ? &b->some : in;
      size_t row = law == first ? b->some.n++ : rest++;
      to->journey[row] = in->journey[i];
      to->lead[row] = in->lead[i];
      to->t[row] = in->t[i];
    }
    left = rest;
    int status = visit_by_law(b, stage, first, &b->some);
    if (status != FSIM_OK) return status;
  }
  return FSIM_OK;
}
