/* Journeys: their start, their way through a funnel in batches, their end and what follows it. */
#include <math.h>
#include <string.h>

#include "sim/base/array.h"
#include "sim/engine/block.h"
#include "sim/random/vector.h"

/* Journeys that start together: one profile, one funnel. */
typedef struct starters {
  size_t profile, funnel, n;
  const uint32_t *slot;
  const int32_t *t;
  const uint16_t *parent; /* NULL: the leads' first journeys */
} starters;

static const fsim_sampler *value_law(const fsim_block *b, const starters *s, size_t version) {
  size_t row = version * b->scenario->n_profiles + s->profile;
  return b->plan->value[row * b->scenario->n_funnels + s->funnel];
}

/* Values of the journeys from b->first_journey on. A deal's value may be given with it. */
static void draw_values(fsim_block *b, const starters *s) {
  const fsim_stream *stream = &b->scenario->streams[b->part->stream];
  int64_t *cents = b->j_cents + b->first_journey;
  b->has_value = stream->pipeline && s->parent == NULL;
  for (size_t v = 0; v < b->scenario->n_versions; v++) b->has_value |= value_law(b, s, v) != NULL;
  if (b->has_value || b->keep_rows) memset(cents, 0, s->n * sizeof *cents);
  if (!b->has_value) return;
  for (size_t i = 0; i < s->n; i++) {
    b->s_lead[i] = b->number[s->slot[i]];
    b->pass[i] = (uint32_t)b->j_ordinal[b->first_journey + i] << 16;
  }
  fsim_uniform_pairs(b->value_key[s->funnel], b->s_lead, b->pass, FSIM_PURPOSE_VALUE, b->u, NULL,
                     s->n);
  if (b->scenario->n_versions == 1 && value_law(b, s, 0) != NULL) {
    fsim_sample(value_law(b, s, 0), b->u, b->w, s->n);
    for (size_t i = 0; i < s->n; i++) cents[i] = fsim_cents(b->w[i]);
  }
  for (size_t i = 0; b->scenario->n_versions > 1 && i < s->n; i++) {
    const fsim_sampler *law = value_law(b, s, fsim_version_at(b, s->slot[i], s->t[i]));
    if (law == NULL) continue;
    fsim_sample(law, &b->u[i], &b->w[i], 1);
    cents[i] = fsim_cents(b->w[i]);
  }
  if (!stream->pipeline || s->parent != NULL) return;
  for (size_t i = 0; i < s->n; i++) {
    double given = stream->given[b->number[s->slot[i]]].value;
    if (!isnan(given)) cents[i] = fsim_cents(given);
  }
}

static int too_many_journeys(const fsim_block *b, size_t slot) {
  char lead[128];
  return fsim_bad_input(b->report, FSIM_NOWHERE,
                        "%s: more than %d journeys of one lead: lower a link's probability or "
                        "lengthen its delay",
                        fsim_block_lead_text(b, slot, lead, sizeof lead), FSIM_MOST_JOURNEYS);
}

/* Later journeys of leads: numbers are by start within the lead, ordinals within the funnel. */
static int number_journeys(fsim_block *b, const starters *s, size_t first) {
  uint16_t *ordinal = b->ordinal + s->funnel * b->capacity;
  uint16_t highest = 0;
  for (size_t i = 0; i < s->n; i++) {
    size_t slot = s->slot[i], j = first + i;
    if (b->journeys[slot] == FSIM_MOST_JOURNEYS) return too_many_journeys(b, slot);
    b->j_ordinal[j] = ordinal[slot]++;
    b->j_number[j] = b->journeys[slot]++;
    if (b->j_ordinal[j] > highest) highest = b->j_ordinal[j];
  }
  b->fresh = highest == 0;
  return FSIM_OK;
}

/* First journeys: the slots stand side by side, and everything counts from 0. */
static void number_first(fsim_block *b, const starters *s, size_t first) {
  uint16_t *ordinal = b->ordinal + s->funnel * b->capacity + s->slot[0];
  uint16_t *journeys = b->journeys + s->slot[0];
  memset(b->j_ordinal + first, 0, s->n * sizeof *b->j_ordinal);
  memset(b->j_number + first, 0, s->n * sizeof *b->j_number);
  for (size_t i = 0; i < s->n; i++) ordinal[i] = 1;
  for (size_t i = 0; i < s->n; i++) journeys[i] = 1;
  b->fresh = true;
}

static int make_journeys(fsim_block *b, const starters *s) {
  if (fsim_block_journeys(b, s->n) != 0) return fsim_no_memory(b->report);
  size_t first = b->n_journeys;
  int status = FSIM_OK;
  memcpy(b->j_slot + first, s->slot, s->n * sizeof *s->slot);
  memcpy(b->j_start + first, s->t, s->n * sizeof *s->t);
  if (s->parent == NULL) {
    number_first(b, s, first);
  } else {
    status = number_journeys(b, s, first);
  }
  b->fresh &= !b->engine->loops.funnel_loops[s->funnel];
  if (status == FSIM_OK && b->keep_rows) {
    for (size_t j = first; j < first + s->n; j++) {
      b->j_parent[j] = s->parent == NULL ? b->j_number[j] : s->parent[j - first];
      b->j_funnel[j] = (uint16_t)s->funnel;
      b->j_outcome[j] = (uint16_t)b->scenario->n_outcomes;
      b->j_end[j] = b->scenario->horizon_s;
    }
  }
  for (size_t j = first; b->keep_outcomes && j < first + s->n; j++)
    b->j_outcome[j] = (uint16_t)b->scenario->n_outcomes;
  b->n_journeys += s->n;
  b->first_journey = (uint32_t)first;
  b->first = s->parent == NULL;
  return status;
}

static int unequal_parts(const fsim_block *b) {
  char lead[128];
  return fsim_failure(
      b->report, FSIM_NOWHERE,
      "funnel %s, from %s on: %lld s of visits but %lld s of journeys, %zu journeys "
      "without an end: please report this defect",
      b->scenario->funnels[b->funnel_now].name,
      fsim_block_lead_text(b, fsim_slot_of(b, b->first_journey), lead, sizeof lead),
      (long long)b->visit_seconds, (long long)b->journey_seconds, b->in_progress);
}

int fsim_block_finish(const fsim_block *b) {
  return b->in_progress != 0 || b->visit_seconds != b->journey_seconds ? unequal_parts(b) : FSIM_OK;
}

/* Those who have come to a stage where blocks stop leave it. */
static int hand_over(fsim_block *b, size_t stage, fsim_inbox *in) {
  void *items = b->handed;
  if (fsim_grow(&items, &b->handed_capacity, b->n_handed + in->n, sizeof *b->handed) != 0)
    return fsim_no_memory(b->report);
  b->handed = items;
  for (size_t i = 0; i < in->n; i++) {
    uint32_t j = in->journey[i];
    b->gone[b->j_slot[j]] = true;
    b->journey_seconds += in->t[i] - b->j_start[j];
    b->handed[b->n_handed++] = (fsim_handed){.journey = j,
                                             .t = in->t[i],
                                             .cents = b->has_value ? b->j_cents[j] : 0,
                                             .stage = (uint16_t)stage,
                                             .funnel = (uint16_t)b->funnel_now};
  }
  b->in_progress -= in->n;
  in->n = 0;
  return FSIM_OK;
}

static int hand_over_all(fsim_block *b) {
  const fsim_funnel *funnel = &b->scenario->funnels[b->funnel_now];
  int status = FSIM_OK;
  for (size_t k = 0; k < funnel->n_stages && status == FSIM_OK; k++)
    if (b->inbox[k].n > 0) status = hand_over(b, funnel->first_stage + k, &b->inbox[k]);
  return status;
}

/* Stage by stage, entry first; loops bring journeys back to a stage already passed. */
static int pass_stages(fsim_block *b) {
  const fsim_funnel *funnel = &b->scenario->funnels[b->funnel_now];
  const uint16_t *order = b->plan->stage_order + funnel->first_stage;
  const bool *stops = b->engine->stops;
  int status = FSIM_OK;
  for (bool busy = true; busy;) {
    busy = false;
    for (size_t k = 0; k < funnel->n_stages; k++) {
      fsim_inbox *inbox = &b->inbox[order[k] - funnel->first_stage];
      if (inbox->n == 0 || (stops != NULL && stops[order[k]])) continue;
      busy = true;
      fsim_inbox full = *inbox;
      *inbox = b->current;
      inbox->n = 0;
      b->current = full;
      status = fsim_visit_stage(b, order[k], &b->current);
      if (status != FSIM_OK) return status;
    }
    if (!b->engine->loops.funnel_loops[b->funnel_now]) break;
  }
  if (stops != NULL) status = hand_over_all(b);
  return status == FSIM_OK ? fsim_block_finish(b) : status;
}

static void enter(fsim_block *b, const starters *s, fsim_inbox *inbox) {
  uint32_t *lead = inbox->lead + inbox->n;
  fsim_count_up(inbox->journey + inbox->n, b->first_journey, s->n);
  if (b->first) {
    memcpy(lead, b->number + s->slot[0], s->n * sizeof *lead);
  } else {
    for (size_t i = 0; i < s->n; i++) lead[i] = b->number[s->slot[i]];
  }
  memcpy(inbox->t + inbox->n, s->t, s->n * sizeof *s->t);
  inbox->n += s->n;
}

/* The deals of one stage after the other, in the visit that is under way. */
static int enter_deals(fsim_block *b, const starters *s) {
  const fsim_stream *stream = &b->scenario->streams[b->part->stream];
  const fsim_funnel *funnel = &b->scenario->funnels[s->funnel];
  for (size_t k = 0; k < funnel->n_stages; k++) {
    fsim_inbox *deals = &b->current;
    deals->n = 0;
    for (size_t i = 0; i < s->n; i++) {
      uint32_t number = b->number[s->slot[i]];
      if (stream->given[number].stage != funnel->first_stage + k) continue;
      deals->journey[deals->n] = b->first_journey + (uint32_t)i;
      deals->lead[deals->n] = number;
      deals->t[deals->n++] = s->t[i];
    }
    if (deals->n == 0) continue;
    fsim_record_entries(b->recorder, funnel->first_stage + k, deals->t, deals->n);
    int status = fsim_visit_pipeline(b, funnel->first_stage + k, deals);
    if (status != FSIM_OK) return status;
  }
  return FSIM_OK;
}

static int begin_journeys(fsim_block *b, const starters *s) {
  const fsim_funnel *funnel = &b->scenario->funnels[s->funnel];
  int status = make_journeys(b, s);
  if (status != FSIM_OK) return status;
  b->funnel_now = s->funnel;
  b->profile_now = s->profile;
  b->visit_seconds = 0;
  b->journey_seconds = 0;
  b->in_progress = s->n;
  draw_values(b, s);
  fsim_record_starts(b->recorder, s->funnel, s->profile, s->t, s->n);
  if (b->engine->loops.funnel_loops[s->funnel]) {
    for (size_t k = 0; k < funnel->n_stages; k++)
      memset(b->visits + k * b->capacity, 0, s->n * sizeof *b->visits);
  }
  if (b->scenario->streams[b->part->stream].pipeline && s->parent == NULL) return enter_deals(b, s);
  if (!fsim_block_stops(b, (fsim_target){false, (uint16_t)funnel->entry}))
    fsim_record_entries(b->recorder, funnel->entry, s->t, s->n);
  enter(b, s, &b->inbox[funnel->entry - funnel->first_stage]);
  return FSIM_OK;
}

static int run_journeys(fsim_block *b, const starters *s) {
  int status = begin_journeys(b, s);
  return status == FSIM_OK ? pass_stages(b) : status;
}

FSIM_CLONES
static int64_t gather_times(const uint32_t *restrict journey, const uint32_t *restrict slot_of,
                            const int32_t *restrict arrive_of, const int32_t *restrict start_of,
                            const int32_t *restrict end, int32_t *restrict arrive,
                            int32_t *restrict start, size_t n) {
  int64_t sum = 0;
  for (size_t i = 0; i < n; i++) {
    arrive[i] = arrive_of[slot_of[journey[i]]];
    start[i] = start_of[journey[i]];
    sum += end[i] - start[i];
  }
  return sum;
}

/* The same for first journeys, which start when their lead arrives. */
FSIM_CLONES
static int64_t gather_starts(const uint32_t *restrict journey, const int32_t *restrict start_of,
                             const int32_t *restrict end, int32_t *restrict start, size_t n) {
  int64_t sum = 0;
  for (size_t i = 0; i < n; i++) {
    start[i] = start_of[journey[i]];
    sum += end[i] - start[i];
  }
  return sum;
}

static fsim_journey_batch batch_of(fsim_block *b, const uint32_t *journey, const int32_t *end,
                                   size_t n) {
  if (b->linked)
    for (size_t i = 0; i < n; i++) b->s_arrive[i] = b->arrive[journey[i]];
  b->journey_seconds += b->first || b->linked
                            ? gather_starts(journey, b->j_start, end, b->s_start, n)
                            : gather_times(journey, b->j_slot, b->arrive, b->j_start, end,
                                           b->s_arrive, b->s_start, n);
  b->in_progress -= n;
  if (b->has_value) {
    for (size_t i = 0; i < n; i++) b->s_cents[i] = b->j_cents[journey[i]];
  }
  return (fsim_journey_batch){.profile = b->profile_now,
                              .n = n,
                              .arrive = b->first ? b->s_start : b->s_arrive,
                              .start = b->s_start,
                              .end = end,
                              .cents = b->has_value ? b->s_cents : NULL};
}

void fsim_open_journeys(fsim_block *b, const uint32_t *journey, size_t n) {
  for (size_t i = 0; i < n; i++) b->s_time[i] = b->scenario->horizon_s;
  fsim_journey_batch batch = batch_of(b, journey, b->s_time, n);
  fsim_record_open(b->recorder, b->funnel_now, &batch);
}

/* Puts a journey that will start at t among the lead's pending ones. */
static void add_pending(fsim_block *b, uint32_t journey, size_t link, int32_t t) {
  uint16_t parent = b->j_number[journey], order = (uint16_t)link;
  uint32_t *at = &b->pending[b->j_slot[journey]];
  while (*at != FSIM_NO_PENDING) {
    const fsim_pending *p = &b->pendings[*at];
    bool before = p->t != t ? p->t < t : p->parent != parent ? p->parent < parent : p->link < order;
    if (!before) break;
    at = &b->pendings[*at].next;
  }
  b->pendings[b->n_pendings] = (fsim_pending){t, parent, order, b->plan->links[link].to, *at};
  *at = (uint32_t)b->n_pendings++;
}

static void follow_one(fsim_block *b, const fsim_plan_link_law *law, size_t link, uint32_t journey,
                       double taken, double delay, int32_t t) {
  int32_t after;
  if (taken >= law->probability) return;
  fsim_sample_seconds(law->after, &delay, &after, 1);
  if (after < b->scenario->horizon_s - t) add_pending(b, journey, link, t + after);
}

/* Every link of the outcome is drawn by itself. */
static int follow_links(fsim_block *b, size_t outcome, const uint32_t *journey,
                        const uint32_t *lead, const int32_t *t, size_t n) {
  size_t n_links = b->scenario->n_links;
  for (size_t l = b->plan->first_link[outcome]; l < b->plan->first_link[outcome + 1]; l++) {
    if (fsim_block_pendings(b, n) != 0) return fsim_no_memory(b->report);
    for (size_t i = 0; i < n; i++) b->taken[i] = (uint32_t)b->j_ordinal[journey[i]] << 16;
    fsim_uniform_pairs(b->link_key[l], lead, b->taken, FSIM_PURPOSE_LINK, b->u, b->v, n);
    if (b->scenario->n_versions > 1) {
      for (size_t i = 0; i < n; i++) {
        size_t version = fsim_version_at(b, b->j_slot[journey[i]], t[i]);
        follow_one(b, &b->plan->link_law[version * n_links + l], l, journey[i], b->u[i], b->v[i],
                   t[i]);
      }
      continue;
    }
    const fsim_plan_link_law *law = &b->plan->link_law[l];
    size_t m = 0;
    for (size_t i = 0; i < n; i++) {
      b->taken[m] = (uint32_t)i;
      b->w[m] = b->v[i];
      m += b->u[i] < law->probability;
    }
    fsim_sample_seconds(law->after, b->w, b->delay, m);
    for (size_t k = 0; k < m; k++) {
      size_t i = b->taken[k];
      if (b->delay[k] < b->scenario->horizon_s - t[i])
        add_pending(b, journey[i], l, t[i] + b->delay[k]);
    }
  }
  return FSIM_OK;
}

int fsim_end_journeys(fsim_block *b, size_t outcome, const uint32_t *journey, const uint32_t *lead,
                      const int32_t *t, size_t n, bool weeks_told) {
  fsim_journey_batch batch = batch_of(b, journey, t, n);
  batch.weeks_told = weeks_told;
  fsim_record_ends(b->recorder, outcome, &batch);
  for (size_t i = 0; b->keep_outcomes && i < n; i++) b->j_outcome[journey[i]] = (uint16_t)outcome;
  if (b->keep_rows) {
    for (size_t i = 0; i < n; i++) {
      b->j_end[journey[i]] = t[i];
      b->j_outcome[journey[i]] = (uint16_t)outcome;
    }
  }
  if (b->plan->first_link[outcome] == b->plan->first_link[outcome + 1]) return FSIM_OK;
  return b->alike ? fsim_follow_alike(b, outcome, journey, lead, t, n)
                  : follow_links(b, outcome, journey, lead, t, n);
}

/* Takes the next pending journey of each of the m leads in wave_slot, which are those of the wave
 * before: nobody else can have one. Returns how many there are. */
static size_t take_wave(fsim_block *b, size_t m) {
  size_t n = 0;
  for (size_t i = 0; i < m; i++) {
    uint32_t slot = b->wave_slot[i];
    if (b->pending[slot] == FSIM_NO_PENDING || b->gone[slot]) continue;
    const fsim_pending *p = &b->pendings[b->pending[slot]];
    b->wave_slot[n] = slot;
    b->wave_t[n] = p->t;
    b->wave_parent[n] = p->parent;
    b->wave_funnel[n++] = p->funnel;
    b->pending[slot] = p->next;
  }
  return n;
}

static int run_wave(fsim_block *b, size_t profile, size_t n) {
  for (size_t f = 0; f < b->scenario->n_funnels; f++) {
    size_t m = 0;
    for (size_t i = 0; i < n; i++) {
      if (b->wave_funnel[i] != f) continue;
      b->s_slot[m] = b->wave_slot[i];
      b->s_start[m] = b->wave_t[i];
      b->s_parent[m++] = b->wave_parent[i];
    }
    if (m == 0) continue;
    starters s = {profile, f, m, b->s_slot, b->s_start, b->s_parent};
    int status = run_journeys(b, &s);
    if (status != FSIM_OK) return status;
  }
  return FSIM_OK;
}

/* All journeys of the leads between two slots, which have one profile: in waves, for every lead its
 * next journey in order of start, because what follows a journey never starts before it. */
static int run_profile(fsim_block *b, size_t from, size_t to) {
  size_t stream = b->part->stream, profile = b->profile[from], n = to - from;
  fsim_record_leads(b->recorder, stream, profile, b->arrive + from, n);
  fsim_count_up(b->wave_slot, (uint32_t)from, n);
  starters s = {profile, b->scenario->streams[stream].into, n, b->wave_slot, b->arrive + from,
                NULL};
  int status = run_journeys(b, &s);
  while (status == FSIM_OK && (n = take_wave(b, n)) > 0) status = run_wave(b, profile, n);
  return status;
}

/* Where the leads of the profile at `from` end: profiles rise with the slots. */
static size_t end_of_profile(const fsim_block *b, size_t from) {
  size_t low = from, high = b->n_leads; /* the end is above low, at most high */
  while (high - low > 1) {
    size_t middle = low + (high - low) / 2;
    if (b->profile[middle] == b->profile[from]) {
      low = middle;
    } else {
      high = middle;
    }
  }
  return high;
}

int fsim_block_run(fsim_block *b) {
  for (size_t from = 0, to; from < b->n_leads; from = to) {
    to = end_of_profile(b, from);
    int status = run_profile(b, from, to);
    if (status != FSIM_OK) return status;
  }
  return FSIM_OK;
}
