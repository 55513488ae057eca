#include "sim/store/effects.h"

#include "sim/store/stored_table.h"

#define MEMBER(name) \
  { #name, offsetof(fsim_stored_effects, name) }
#define COUNT(list) (sizeof(list) / sizeof *(list))

static const fsim_stored_member texts[] = {MEMBER(lever), MEMBER(value), MEMBER(step)};
static const fsim_stored_member numbers[] = {MEMBER(effect), MEMBER(low), MEMBER(high),
                                             MEMBER(elasticity)};
static const fsim_stored_member notes[] = {MEMBER(sentence), MEMBER(metric), MEMBER(units)};
static const fsim_stored_member values[] = {MEMBER(replications), MEMBER(confidence)};

static const fsim_stored_kind kind = {.group = "sensitivity",
                                      .repair = "run funnelsim sensitivity",
                                      .rows = offsetof(fsim_stored_effects, n),
                                      .texts = texts,
                                      .n_texts = COUNT(texts),
                                      .numbers = numbers,
                                      .n_numbers = COUNT(numbers),
                                      .notes = notes,
                                      .n_notes = COUNT(notes),
                                      .values = values,
                                      .n_values = COUNT(values)};

int fsim_store_put_effects(const char *path, const fsim_stored_effects *effects,
                           fsim_report *report) {
  return fsim_stored_put(path, &kind, effects, report);
}

int fsim_store_get_effects(const char *path, fsim_report *report, fsim_stored_effects *effects) {
  *effects = (fsim_stored_effects){0};
  return fsim_stored_get(path, &kind, report, effects);
}

void fsim_stored_effects_free(fsim_stored_effects *effects) {
  fsim_stored_free(&kind, effects);
  *effects = (fsim_stored_effects){0};
}
