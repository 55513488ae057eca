/* Changes on a date: which version of the laws holds for a lead at a time. */
#include <math.h>

#include "sim/engine/block.h"

void fsim_draw_reach(fsim_block *b) {
  for (size_t c = 0; c < b->scenario->n_changes; c++)
    fsim_uniform_pairs(b->change_key[c], b->number, NULL, FSIM_PURPOSE_CHANGE,
                       b->reach + c * b->capacity, NULL, b->n_leads);
}

/* The share of leads that a change reaches grows over its ramp. */
static bool reached(const fsim_block *b, size_t c, size_t slot, int32_t t) {
  const fsim_change *change = &b->scenario->changes[c];
  if (t < change->on_s) return false;
  double grown = 1;
  if (change->ramp_s > 0) grown = ((double)t - (double)change->on_s) / change->ramp_s;
  return b->reach[c * b->capacity + slot] < change->share * (grown < 1 ? grown : 1);
}

static uint32_t mask_at(const fsim_block *b, size_t slot, int32_t t) {
  uint32_t mask = 0;
  for (size_t c = 0; c < b->scenario->n_changes; c++) {
    bool at_arrival = b->scenario->changes[c].applies_to == FSIM_TO_NEW;
    if (reached(b, c, slot, at_arrival ? b->arrive[slot] : t)) mask |= UINT32_C(1) << c;
  }
  return mask;
}

size_t fsim_version_at(const fsim_block *b, size_t slot, int32_t t) {
  if (b->scenario->n_versions == 1) return 0;
  return fsim_plan_version(b->plan, mask_at(b, slot, t));
}

static const fsim_plan_law *law_of(const fsim_block *b, size_t version, size_t slot, size_t stage) {
  size_t row = version * b->scenario->n_profiles + b->profile[slot];
  return &b->plan->laws[b->plan->law_of[row * b->scenario->n_stages + stage]];
}

const fsim_plan_law *fsim_law_at(const fsim_block *b, size_t stage, size_t slot, int32_t t) {
  size_t version = b->plan->stage_varies[stage] ? fsim_version_at(b, slot, t) : 0;
  return law_of(b, version, slot, stage);
}

/* The part lived is kept; what is left of the old wait is stretched to the new one's length. */
int32_t fsim_wait_changed(const fsim_block *b, size_t stage, size_t slot, int32_t enter,
                          size_t exit, double v, int32_t wait, const fsim_plan_law **law,
                          int32_t *deadline) {
  uint32_t mask = mask_at(b, slot, enter);
  int32_t whole = wait, drawn = wait;
  *deadline = (*law)->deadline_s;
  for (size_t c = 0; c < b->scenario->n_changes; c++) {
    const fsim_change *change = &b->scenario->changes[c];
    if (change->applies_to != FSIM_TO_ALL || change->on_s <= enter) continue;
    int64_t lived = (int64_t)change->on_s - enter;
    if (lived >= whole || lived >= *deadline) break;
    if (!reached(b, c, slot, change->on_s)) continue;
    mask |= UINT32_C(1) << c;
    const fsim_plan_law *now = law_of(b, fsim_plan_version(b->plan, mask), slot, stage);
    if (now == *law) continue;
    int32_t fresh;
    fsim_sample_seconds(now->wait[now->one_wait ? 0 : exit], &v, &fresh, 1);
    double left = (double)(whole - lived) * (double)fresh / (double)drawn;
    double total = floor((double)lived + left + 0.5);
    whole = total < FSIM_LONGEST_WAIT_S ? (int32_t)total : FSIM_LONGEST_WAIT_S;
    drawn = fresh;
    *law = now;
    *deadline = now->deadline_s > lived ? now->deadline_s : (int32_t)lived;
    if (drawn == 0) break;
  }
  return whole;
}
