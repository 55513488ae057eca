#include "sim/store/indices.h"

#include "sim/store/stored_table.h"

#define MEMBER(name) \
  { #name, offsetof(fsim_stored_indices, name) }
#define COUNT(list) (sizeof(list) / sizeof *(list))

static const fsim_stored_member texts[] = {MEMBER(input), MEMBER(range)};
static const fsim_stored_member numbers[] = {MEMBER(first), MEMBER(first_low), MEMBER(first_high),
                                             MEMBER(total), MEMBER(total_low), MEMBER(total_high)};
static const fsim_stored_member notes[] = {MEMBER(sentence), MEMBER(metric), MEMBER(units)};
static const fsim_stored_member values[] = {MEMBER(mean), MEMBER(deviation), MEMBER(chance_share),
                                            MEMBER(runs), MEMBER(confidence)};

static const fsim_stored_kind kind = {.group = "sensitivity_global",
                                      .repair = "run funnelsim sensitivity --global",
                                      .rows = offsetof(fsim_stored_indices, n),
                                      .texts = texts,
                                      .n_texts = COUNT(texts),
                                      .numbers = numbers,
                                      .n_numbers = COUNT(numbers),
                                      .notes = notes,
                                      .n_notes = COUNT(notes),
                                      .values = values,
                                      .n_values = COUNT(values)};

int fsim_store_put_indices(const char *path, const fsim_stored_indices *indices,
                           fsim_report *report) {
  return fsim_stored_put(path, &kind, indices, report);
}

int fsim_store_get_indices(const char *path, fsim_report *report, fsim_stored_indices *indices) {
  *indices = (fsim_stored_indices){0};
  return fsim_stored_get(path, &kind, report, indices);
}

void fsim_stored_indices_free(fsim_stored_indices *indices) {
  fsim_stored_free(&kind, indices);
  *indices = (fsim_stored_indices){0};
}
