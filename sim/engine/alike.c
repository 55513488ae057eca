/* Journeys of leads that are alike, each the first of its lead into its funnel: whole cohorts. */
#include <string.h>

#include "sim/engine/block.h"

static const fsim_sampler *value_law(const fsim_block *b, size_t version) {
  size_t row = version * b->scenario->n_profiles + b->profile_now;
  return b->plan->value[row * b->scenario->n_funnels + b->funnel_now];
}

/* Values of first journeys into a funnel. */
static void draw_first_values(fsim_block *b, const uint32_t *number, size_t from, size_t n) {
  size_t n_versions = b->scenario->n_versions;
  b->has_value = false;
  for (size_t v = 0; v < n_versions; v++) b->has_value |= value_law(b, v) != NULL;
  if (!b->has_value) return;
  fsim_uniform_pairs(b->value_key[b->funnel_now], number, NULL, FSIM_PURPOSE_VALUE, b->u, NULL, n);
  if (n_versions == 1) fsim_sample(value_law(b, 0), b->u, b->w, n);
  for (size_t i = 0; n_versions > 1 && i < n; i++) {
    const fsim_sampler *law = value_law(b, fsim_version_at(b, from + i, b->j_start[from + i]));
    b->w[i] = 0;
    if (law != NULL) fsim_sample(law, &b->u[i], &b->w[i], 1);
  }
  for (size_t i = 0; i < n; i++) b->j_cents[from + i] = fsim_cents(b->w[i]);
}

void fsim_block_enter(fsim_block *b, size_t n) {
  const fsim_funnel *funnel = &b->scenario->funnels[b->funnel_now];
  fsim_inbox *inbox = &b->inbox[funnel->entry - funnel->first_stage];
  uint32_t from = (uint32_t)b->n_journeys, *journey = inbox->journey + inbox->n;
  const int32_t *t = b->j_start + from;
  const uint32_t *number = b->counted ? journey : b->number + from;
  fsim_count_up(journey, from, n);
  memcpy(inbox->lead + inbox->n, number, n * sizeof *inbox->lead);
  memcpy(inbox->t + inbox->n, t, n * sizeof *t);
  draw_first_values(b, number, from, n);
  for (size_t j = from; b->keep_outcomes && j < from + n; j++)
    b->j_outcome[j] = (uint16_t)b->scenario->n_outcomes;
  if (b->linked) {
    fsim_record_starts(b->recorder, b->funnel_now, b->profile_now, t, n);
    fsim_record_entries(b->recorder, funnel->entry, t, n);
  } else {
    fsim_record_newcomers(b->recorder, b->part->stream, b->profile_now, t, n);
  }
  inbox->n += n;
  b->n_journeys += n;
  b->in_progress += n;
}

int fsim_follow_alike(fsim_block *b, size_t outcome, const uint32_t *journey, const uint32_t *lead,
                      const int32_t *t, size_t n) {
  size_t n_links = b->scenario->n_links;
  for (size_t l = b->plan->first_link[outcome]; l < b->plan->first_link[outcome + 1]; l++) {
    const fsim_plan_link_law *law = &b->plan->link_law[l];
    fsim_starts *to = &b->starts[l];
    if (fsim_starts_room(to, n) != 0) return fsim_no_memory(b->report);
    fsim_uniform_pairs(b->link_key[l], lead, NULL, FSIM_PURPOSE_LINK, b->u, b->v, n);
    if (b->scenario->n_versions == 1) fsim_sample_seconds(law->after, b->v, b->delay, n);
    for (size_t i = 0; i < n; i++) {
      if (b->scenario->n_versions > 1) {
        law = &b->plan->link_law[fsim_version_at(b, journey[i], t[i]) * n_links + l];
        fsim_sample_seconds(law->after, &b->v[i], &b->delay[i], 1);
      }
      if (b->u[i] >= law->probability || b->delay[i] >= b->scenario->horizon_s - t[i]) continue;
      to->t[to->n] = t[i] + b->delay[i];
      to->arrive[to->n] = b->linked ? b->arrive[journey[i]] : b->j_start[journey[i]];
      to->lead[to->n++] = lead[i];
    }
  }
  return FSIM_OK;
}
