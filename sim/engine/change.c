/* Changes on a date: which version of the laws holds for a lead at a time. */
#include <math.h>

#include "sim/engine/block.h"

void fsim_draw_reach(fsim_block *b, size_t n) {
  for (size_t c = 0; c < b->scenario->n_changes; c++)
    fsim_uniform_pairs(b->change_key[c], b->number, NULL, FSIM_PURPOSE_CHANGE,
                       b->reach + c * b->capacity, NULL, n);
}

/* The share of leads that a change reaches grows over its ramp. */
static bool reached(const fsim_leads *leads, size_t c, size_t slot, int64_t t) {
  const fsim_change *change = &leads->plan->scenario->changes[c];
  if (t < change->on_s) return false;
  double grown = 1;
  if (change->ramp_s > 0) grown = ((double)t - (double)change->on_s) / change->ramp_s;
  return leads->reach[c * leads->change_stride + slot * leads->lead_stride] <
         change->share * (grown < 1 ? grown : 1);
}

static uint32_t mask_at(const fsim_leads *leads, size_t slot, int32_t t) {
  const fsim_scenario *scenario = leads->plan->scenario;
  uint32_t mask = 0;
  for (size_t c = 0; c < scenario->n_changes; c++) {
    bool at_arrival = scenario->changes[c].applies_to == FSIM_TO_NEW;
    if (reached(leads, c, slot, at_arrival ? leads->arrive[slot] : t)) mask |= UINT32_C(1) << c;
  }
  return mask;
}

size_t fsim_leads_version(const fsim_leads *leads, size_t slot, int32_t t) {
  if (leads->plan->scenario->n_versions == 1) return 0;
  return fsim_plan_version(leads->plan, mask_at(leads, slot, t));
}

static const fsim_plan_law *law_of(const fsim_leads *leads, size_t version, size_t slot,
                                   size_t stage) {
  const fsim_scenario *scenario = leads->plan->scenario;
  size_t row = version * scenario->n_profiles + leads->profile[slot];
  return &leads->plan->laws[leads->plan->law_of[row * scenario->n_stages + stage]];
}

const fsim_plan_law *fsim_leads_law(const fsim_leads *leads, size_t stage, size_t slot, int32_t t) {
  size_t version = leads->plan->stage_varies[stage] ? fsim_leads_version(leads, slot, t) : 0;
  return law_of(leads, version, slot, stage);
}

/* The part lived is kept; what is left of the old wait is stretched to the new one's length. Times
 * are in 1/unit of a second, `drawn` and `fresh` in seconds. */
static int64_t stretch(int64_t lived, int64_t whole, int32_t drawn, int32_t fresh, int64_t unit) {
  const int64_t longest = FSIM_LONGEST_WAIT_S * unit;
  if (lived <= 0) return fresh * unit;
  double left = (double)(whole - lived) * (double)fresh / (double)drawn;
  double total = floor((double)lived + left + 0.5);
  if (total < (double)longest) return (int64_t)total;
  return lived < longest ? longest : lived; /* an old deal */
}

/* The first second at which the change has reached the lead; INT64_MAX: it never does. */
static int64_t reached_at(const fsim_leads *leads, size_t c, size_t slot) {
  const fsim_change *change = &leads->plan->scenario->changes[c];
  double draw = leads->reach[c * leads->change_stride + slot * leads->lead_stride];
  if (draw >= change->share) return INT64_MAX;
  int64_t t = change->on_s;
  if (change->ramp_s > 0) t += (int64_t)(draw / change->share * change->ramp_s);
  while (!reached(leads, c, slot, t)) t++; /* at most a second or two of rounding */
  return t;
}

/* The change for running waits that comes next to the lead after the one of number `last` at the
 * time *t, which becomes its time; the number of changes: none. Ramps reach leads in any order. */
static size_t next_change(const fsim_leads *leads, size_t slot, size_t last, int64_t *t) {
  const fsim_scenario *scenario = leads->plan->scenario;
  size_t found = scenario->n_changes;
  int64_t first = INT64_MAX;
  for (size_t c = 0; c < scenario->n_changes; c++) {
    if (scenario->changes[c].applies_to != FSIM_TO_ALL) continue;
    int64_t at = reached_at(leads, c, slot);
    if (at < *t || (at == *t && c <= last) || at >= first) continue;
    first = at;
    found = c;
  }
  *t = first;
  return found;
}

/* Seconds that a wait begun at `begin` lasts, whose length is told by the clock of its pace. */
static int64_t lasts(const fsim_leads *leads, uint16_t pace, int64_t begin, int64_t length) {
  return pace == FSIM_NO_PACE ? length : fsim_pace_end(leads->paces, pace, begin, length) - begin;
}

int64_t fsim_leads_wait_changed(const fsim_leads *leads, size_t stage, size_t slot, int32_t enter,
                                int32_t before, size_t exit, double v, int32_t wait,
                                const fsim_plan_law **law, int32_t *deadline) {
  const fsim_scenario *scenario = leads->plan->scenario;
  const uint16_t pace = fsim_pace_of(leads->plan, stage);
  const int64_t unit = pace == FSIM_NO_PACE ? 1 : FSIM_PACE_UNIT;
  uint32_t mask = mask_at(leads, slot, enter);
  int32_t drawn = wait;
  int64_t whole = wait * unit;
  *deadline = (*law)->deadline_s;
  int64_t t = enter; /* what has reached the lead by then is in the mask */
  for (size_t c = scenario->n_changes;
       (c = next_change(leads, slot, c, &t)) < scenario->n_changes;) {
    int64_t age = t - enter, lived = age - before;
    if ((lived >= 0 && lived >= lasts(leads, pace, (int64_t)enter + before, whole)) ||
        age >= *deadline)
      break;
    mask |= UINT32_C(1) << c;
    const fsim_plan_law *now = law_of(leads, fsim_plan_version(leads->plan, mask), slot, stage);
    if (now == *law) continue;
    int32_t fresh;
    fsim_sample_seconds(now->wait[now->one_wait ? 0 : exit], &v, &fresh, 1);
    if (pace != FSIM_NO_PACE) lived = fsim_pace_between(leads->paces, pace, t - lived, t);
    whole = stretch(lived, whole, drawn, fresh, unit);
    drawn = fresh;
    *law = now;
    *deadline = now->deadline_s > age ? now->deadline_s : (int32_t)age;
    if (drawn == 0 && lived >= 0) break;
  }
  return whole;
}

int32_t fsim_leads_stay(const fsim_leads *leads, size_t stage, int32_t begin, int64_t wait) {
  int64_t stay = lasts(leads, fsim_pace_of(leads->plan, stage), begin, wait);
  return stay < INT32_MAX ? (int32_t)stay : INT32_MAX;
}

/* ---- of a block ---- */

fsim_leads fsim_block_leads(const fsim_block *b) {
  return (fsim_leads){.plan = b->plan,
                      .arrive = b->alike && !b->linked ? b->j_start : b->arrive,
                      .profile = b->profile,
                      .reach = b->reach,
                      .paces = b->paces,
                      .change_stride = b->capacity,
                      .lead_stride = 1};
}

size_t fsim_version_at(const fsim_block *b, size_t slot, int32_t t) {
  if (b->scenario->n_versions == 1) return 0;
  fsim_leads leads = fsim_block_leads(b);
  return fsim_leads_version(&leads, slot, t);
}

const fsim_plan_law *fsim_law_at(const fsim_block *b, size_t stage, size_t slot, int32_t t) {
  fsim_leads leads = fsim_block_leads(b);
  return fsim_leads_law(&leads, stage, slot, t);
}

int64_t fsim_wait_changed(const fsim_block *b, size_t stage, size_t slot, int32_t enter,
                          size_t exit, double v, int32_t wait, const fsim_plan_law **law,
                          int32_t *deadline) {
  fsim_leads leads = fsim_block_leads(b);
  return fsim_leads_wait_changed(&leads, stage, slot, enter, 0, exit, v, wait, law, deadline);
}
