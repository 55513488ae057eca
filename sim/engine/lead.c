/* What a lead is, and whether its rows are kept: draws by its number in the stream. */
#include "sim/engine/lead.h"

#include <math.h>
#include <string.h>

#include "sim/base/array.h"
#include "sim/base/text.h"
#include "sim/engine/engine.h"

/* The value of an attribute from one uniform, values in the order of the scenario. Adds it to the
 * profiles so far. */
static void draw_attribute(const fsim_scenario *scenario, uint32_t replication,
                           const fsim_stream *stream, size_t attribute, const uint32_t *number,
                           uint16_t *profile, double *u, size_t n) {
  const fsim_attribute *a = &scenario->attributes[attribute];
  size_t certain = a->n_values;
  for (size_t v = 0; v < a->n_values; v++) {
    if (fsim_stream_share(scenario, stream, attribute, v) >= 1) certain = v;
  }
  for (size_t i = 0; i < n; i++) profile[i] = (uint16_t)(profile[i] * a->n_values);
  if (certain < a->n_values) {
    for (size_t i = 0; i < n; i++) profile[i] = (uint16_t)(profile[i] + certain);
    return;
  }
  fsim_key key = fsim_key_make(scenario->seed, replication, stream->hash, fsim_hash_name(""),
                               fsim_hash_name(a->name));
  fsim_uniform_pairs(key, number, NULL, FSIM_PURPOSE_ATTRIBUTE, u, NULL, n);
  double below = 0;
  for (size_t v = 0; v + 1 < a->n_values; v++) {
    below += fsim_stream_share(scenario, stream, attribute, v);
    for (size_t i = 0; i < n; i++) profile[i] = (uint16_t)(profile[i] + (u[i] >= below));
  }
}

void fsim_draw_profiles(const fsim_scenario *scenario, uint32_t replication, size_t stream,
                        const uint32_t *number, uint16_t *profile, double *u, size_t n) {
  const fsim_stream *s = &scenario->streams[stream];
  if (s->given != NULL) {
    for (size_t i = 0; i < n; i++) profile[i] = s->given[number[i]].profile;
    return;
  }
  memset(profile, 0, n * sizeof *profile);
  for (size_t a = 0; a < scenario->n_attributes; a++)
    draw_attribute(scenario, replication, s, a, number, profile, u, n);
}

void fsim_draw_kept(const fsim_scenario *scenario, uint32_t replication, size_t stream,
                    const uint32_t *number, double share, bool *kept, double *u, size_t n) {
  for (size_t i = 0; i < n; i++) kept[i] = true;
  if (share >= 1) return;
  uint64_t none = fsim_hash_name("");
  fsim_key key =
      fsim_key_make(scenario->seed, replication, scenario->streams[stream].hash, none, none);
  fsim_uniform_pairs(key, number, NULL, FSIM_PURPOSE_SAMPLE, u, NULL, n);
  for (size_t i = 0; i < n; i++) kept[i] = u[i] < share;
}

static fsim_key change_key(const fsim_scenario *s, uint32_t replication, size_t stream,
                           size_t change) {
  return fsim_key_make(s->seed, replication, s->streams[stream].hash, fsim_hash_name(""),
                       s->changes[change].hash);
}

void fsim_keys_set(const fsim_plan *plan, uint32_t replication, size_t stream, fsim_keys *keys) {
  const fsim_scenario *s = plan->scenario;
  uint64_t hash = s->streams[stream].hash, none = fsim_hash_name("");
  for (size_t i = 0; i < s->n_stages; i++)
    keys->stage[i] = fsim_key_make(s->seed, replication, hash, s->funnels[s->stages[i].funnel].hash,
                                   s->stages[i].hash);
  for (size_t f = 0; f < s->n_funnels; f++)
    keys->value[f] = fsim_key_make(s->seed, replication, hash, s->funnels[f].hash, none);
  for (size_t o = 0; o < s->n_outcomes; o++) {
    uint64_t funnel = s->funnels[s->outcomes[o].funnel].hash;
    for (size_t l = plan->first_link[o]; l < plan->first_link[o + 1]; l++)
      keys->link[l] = fsim_key_make(s->seed, replication, hash, funnel, plan->links[l].hash);
  }
  for (size_t c = 0; c < s->n_changes; c++) keys->change[c] = change_key(s, replication, stream, c);
}

void fsim_change_draws(const fsim_scenario *scenario, uint32_t replication, size_t stream,
                       size_t change, const uint32_t *number, double *draw, size_t n) {
  fsim_uniform_pairs(change_key(scenario, replication, stream, change), number, NULL,
                     FSIM_PURPOSE_CHANGE, draw, NULL, n);
}

fsim_key fsim_race_key(const fsim_scenario *scenario, uint32_t replication, size_t stream,
                       size_t stage, uint64_t clock_hash) {
  const fsim_stage *s = &scenario->stages[stage];
  return fsim_key_make(scenario->seed, replication, scenario->streams[stream].hash,
                       scenario->funnels[s->funnel].hash, fsim_hash_mix(s->hash, clock_hash));
}

uint16_t *fsim_rank_streams(const fsim_scenario *s) {
  uint16_t *rank = fsim_zeroed(s->n_streams, sizeof *rank);
  for (size_t i = 0; rank != NULL && i < s->n_streams; i++)
    for (size_t k = 0; k < s->n_streams; k++)
      rank[i] = (uint16_t)(rank[i] + (strcmp(s->streams[k].name, s->streams[i].name) < 0));
  return rank;
}

int64_t fsim_cents(double value) {
  double cents = floor(value * 100 + 0.5);
  if (!(cents > -9e15)) return INT64_C(-9000000000000000);
  return cents < 9e15 ? (int64_t)cents : INT64_C(9000000000000000);
}
