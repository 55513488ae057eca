/* What a lead is, and whether its rows are kept: draws by its number in the stream. */
#include "sim/engine/lead.h"

#include <string.h>

#include "sim/base/text.h"

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
