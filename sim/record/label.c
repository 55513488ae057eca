/* Names of the cells of a record, for people and for the result file. */
#include <stdio.h>

#include "sim/record/shape.h"

static char *label_group(const fsim_scenario *scenario, size_t group, char *buffer, size_t size) {
  size_t first = 1;
  for (size_t a = 0; a < scenario->n_attributes; a++) {
    const fsim_attribute *attribute = &scenario->attributes[a];
    if (group >= first && group < first + attribute->n_values) {
      snprintf(buffer, size, "%s=%s", attribute->name, attribute->values[group - first]);
      return buffer;
    }
    first += attribute->n_values;
  }
  snprintf(buffer, size, "all");
  return buffer;
}

static char *label_ending(const fsim_scenario *scenario, size_t index, char *buffer, size_t size) {
  if (index < scenario->n_outcomes) {
    const fsim_outcome *outcome = &scenario->outcomes[index];
    snprintf(buffer, size, "%s.%s", scenario->funnels[outcome->funnel].name, outcome->name);
  } else {
    snprintf(buffer, size, "%s.open", scenario->funnels[index - scenario->n_outcomes].name);
  }
  return buffer;
}

static char *label_leaving(const fsim_scenario *scenario, size_t index, char *buffer, size_t size) {
  bool open = index >= scenario->n_stages;
  const fsim_stage *stage = &scenario->stages[open ? index - scenario->n_stages : index];
  snprintf(buffer, size, "%s.%s%s", scenario->funnels[stage->funnel].name, stage->name,
           open ? ".open" : "");
  return buffer;
}

static const char *target_name(const fsim_scenario *scenario, fsim_target target) {
  return target.is_outcome ? scenario->outcomes[target.index].name
                           : scenario->stages[target.index].name;
}

/* The first law of the stage that has this rule tells where it leads; NULL: none has it. */
static const char *rule_target(const fsim_scenario *scenario, size_t stage, fsim_reason rule) {
  for (size_t v = 0; v < scenario->n_versions; v++) {
    for (size_t p = 0; p < scenario->n_profiles; p++) {
      const fsim_stage_law *law = fsim_stage_law_of(scenario, v, p, stage);
      if (rule == FSIM_BY_EXPIRE && law->expire.set) return target_name(scenario, law->expire.to);
      if (rule == FSIM_BY_DROP && law->drop.set) return target_name(scenario, law->drop.to);
      if (rule == FSIM_BY_ABANDON && law->work.set) return target_name(scenario, law->work.abandon);
    }
  }
  return NULL;
}

/* Where journeys go when the next stage is full of their visits: the limit is that stage's, and
 * what it leads to may be full too. */
typedef struct detours {
  fsim_target to[8];
  size_t n;
} detours;

static void add_detours(const fsim_scenario *scenario, fsim_target next, detours *found) {
  if (next.is_outcome) return;
  for (size_t v = 0; v < scenario->n_versions; v++) {
    for (size_t p = 0; p < scenario->n_profiles; p++) {
      const fsim_stage_law *law = fsim_stage_law_of(scenario, v, p, next.index);
      if (!law->max_visits.set) continue;
      fsim_target to = law->max_visits.to;
      size_t i = 0;
      while (i < found->n &&
             (found->to[i].is_outcome != to.is_outcome || found->to[i].index != to.index))
        i++;
      if (i < found->n || found->n == sizeof found->to / sizeof *found->to) continue;
      found->to[found->n++] = to;
      add_detours(scenario, to, found); /* ends: each target is added once */
    }
  }
}

static detours detours_after(const fsim_scenario *scenario, size_t s) {
  detours found = {.n = 0};
  const fsim_stage *stage = &scenario->stages[s];
  for (size_t k = 0; k < stage->n_exits; k++) add_detours(scenario, stage->exits[k].target, &found);
  for (size_t v = 0; v < scenario->n_versions; v++) {
    for (size_t p = 0; p < scenario->n_profiles; p++) {
      const fsim_stage_law *law = fsim_stage_law_of(scenario, v, p, s);
      if (law->expire.set) add_detours(scenario, law->expire.to, &found);
      if (law->drop.set) add_detours(scenario, law->drop.to, &found);
    }
  }
  return found;
}

/* All that a limit may lead to, as "lost/nurture"; empty: no next stage has a limit. */
static void detour_names(const fsim_scenario *scenario, size_t stage, char *text, size_t size) {
  detours found = detours_after(scenario, stage);
  size_t used = 0;
  text[0] = '\0';
  for (size_t i = 0; i < found.n && used < size; i++) {
    int n = snprintf(text + used, size - used, "%s%s", i == 0 ? "" : "/",
                     target_name(scenario, found.to[i]));
    used += n < 0 ? 0 : (size_t)n;
  }
}

static char *label_exit(const fsim_scenario *scenario, const fsim_shape *shape, size_t index,
                        char *buffer, size_t size) {
  static const char *const rules[] = {"expire", "drop", "limit", "abandon"};
  size_t s = 0;
  while (s + 1 < scenario->n_stages && shape->first_exit[s + 1] <= index) s++;
  const fsim_stage *stage = &scenario->stages[s];
  const char *funnel = scenario->funnels[stage->funnel].name;
  size_t exit = index - shape->first_exit[s];
  if (exit < stage->n_exits) {
    snprintf(buffer, size, "%s.%s>%s", funnel, stage->name, stage->exits[exit].name);
    return buffer;
  }
  size_t rule = exit - stage->n_exits;
  char limits[256];
  const char *to = rule_target(scenario, s, (fsim_reason)(FSIM_BY_EXPIRE + rule));
  if (FSIM_BY_EXPIRE + rule == FSIM_BY_LIMIT) {
    detour_names(scenario, s, limits, sizeof limits);
    to = limits[0] == '\0' ? NULL : limits;
  }
  snprintf(buffer, size, "%s.%s%s%s (%s)", funnel, stage->name, to == NULL ? "" : ">",
           to == NULL ? "" : to, rules[rule]);
  return buffer;
}

char *fsim_dim_label(const fsim_scenario *scenario, const fsim_shape *shape, fsim_dim dim,
                     size_t index, char *buffer, size_t size) {
  switch (dim) {
    case FSIM_DIM_STREAM:
      snprintf(buffer, size, "%s", scenario->streams[index].name);
      break;
    case FSIM_DIM_FUNNEL:
      snprintf(buffer, size, "%s", scenario->funnels[index].name);
      break;
    case FSIM_DIM_STAGE:
    case FSIM_DIM_PASSED:
      snprintf(buffer, size, "%s.%s", scenario->funnels[scenario->stages[index].funnel].name,
               scenario->stages[index].name);
      break;
    case FSIM_DIM_OUTCOME:
    case FSIM_DIM_ENDING:
      return label_ending(scenario, index, buffer, size);
    case FSIM_DIM_EXIT:
      return label_exit(scenario, shape, index, buffer, size);
    case FSIM_DIM_GROUP:
      return label_group(scenario, index, buffer, size);
    case FSIM_DIM_LEAVING:
      return label_leaving(scenario, index, buffer, size);
    case FSIM_DIM_AGE:
      snprintf(buffer, size, "%.0f s", fsim_age_class_from(shape->window_s, index));
      break;
    case FSIM_DIM_TEAM:
      snprintf(buffer, size, "%s", scenario->teams[index].name);
      break;
    case FSIM_DIM_LENGTH:
      snprintf(buffer, size, "%.0f", fsim_length_class_from(index));
      break;
    case FSIM_DIM_WEEK:
    case FSIM_DIM_CLASS:
    case FSIM_N_DIMS:
      snprintf(buffer, size, "%zu", index);
      break;
  }
  return buffer;
}
