#include "sim/model/scenario.h"

#include <stdio.h>
#include <stdlib.h>

#include "sim/model/reader.h"

void fsim_scenario_free(fsim_scenario *scenario) {
  if (!scenario) return;
  fsim_memory *memory = scenario->memory; /* the scenario itself lies in its arena */
  for (size_t i = 0; i < memory->n_laws; i++) fsim_distribution_free(memory->laws[i]);
  free(memory->laws);
  fsim_arena_free(memory->arena);
  free(memory);
}

size_t fsim_profile_value(const fsim_scenario *scenario, size_t profile, size_t attribute) {
  size_t step = 1;
  for (size_t a = attribute + 1; a < scenario->n_attributes; a++)
    step *= scenario->attributes[a].n_values;
  return profile / step % scenario->attributes[attribute].n_values;
}

char *fsim_profile_text(const fsim_scenario *scenario, size_t profile, char *buffer, size_t size) {
  size_t used = 0;
  if (size == 0) return buffer;
  buffer[0] = '\0';
  for (size_t a = 0; a < scenario->n_attributes && used < size; a++) {
    const fsim_attribute *attribute = &scenario->attributes[a];
    if (attribute->n_values < 2) continue;
    int n = snprintf(buffer + used, size - used, "%s%s=%s", used ? ", " : "", attribute->name,
                     attribute->values[fsim_profile_value(scenario, profile, a)]);
    used += n > 0 ? (size_t)n : 0;
  }
  if (used == 0) snprintf(buffer, size, "all");
  return buffer;
}

double fsim_stream_share(const fsim_scenario *scenario, const fsim_stream *stream, size_t attribute,
                         size_t value) {
  size_t most = 1;
  for (size_t a = 0; a < scenario->n_attributes; a++)
    if (scenario->attributes[a].n_values > most) most = scenario->attributes[a].n_values;
  return stream->share[attribute * most + value];
}

const fsim_stage_law *fsim_stage_law_of(const fsim_scenario *scenario, size_t version,
                                        size_t profile, size_t stage) {
  return &scenario->versions[version].stages[profile * scenario->n_stages + stage];
}

static const fsim_pace *pace_of(const fsim_scenario *s, size_t stage) {
  const fsim_pace *pace = s->stages[stage].pace;
  return pace && pace->cv > 0 ? pace : NULL;
}

const fsim_pace *fsim_pace_in_force(const fsim_scenario *s) {
  for (size_t i = 0; i < s->n_stages; i++)
    if (pace_of(s, i)) return pace_of(s, i);
  return NULL;
}

static bool has_rule(const fsim_scenario *s, size_t stage) {
  for (size_t row = 0; row < s->n_versions * s->n_profiles; row++) {
    const fsim_stage_law *law =
        fsim_stage_law_of(s, row / s->n_profiles, row % s->n_profiles, stage);
    if (law->expire.set || law->drop.set) return true;
  }
  return false;
}

const fsim_pace *fsim_pace_under_rules(const fsim_scenario *s) {
  for (size_t i = 0; i < s->n_stages; i++)
    if (pace_of(s, i) && has_rule(s, i)) return pace_of(s, i);
  return NULL;
}

bool fsim_has_open_deals(const fsim_scenario *scenario) {
  for (size_t i = 0; i < scenario->n_streams; i++) {
    if (scenario->streams[i].pipeline) return true;
  }
  return false;
}
