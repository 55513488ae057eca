/* From tree to scenario: reads, checks and resolves. All mistakes go to the report at once. */
#ifndef FSIM_MODEL_READ_H
#define FSIM_MODEL_READ_H

#include "sim/model/node.h"
#include "sim/model/scenario.h"

/* Bytes of an input CSV file by its name as written; NULL (with a message) when it cannot be had.
 * Valid until the source is freed. */
typedef const char *(*fsim_input)(void *context, const char *name, fsim_place place,
                                  fsim_report *report, size_t *length);

/* The tree that it reads is complete: `extends` and `set` done, uncertain numbers replaced by
 * numbers, and `models:` a map from funnel name to the body of its model file (the keys of a model
 * file). versions[v] is the tree with exactly the changes of mask[v] in force; versions[0] has none
 * of them. All versions have the same structure (stages, exits, outcomes, links, streams, names).
 * Messages that the report has already are not repeated. *scenario is NULL unless it returns
 * FSIM_OK. */
int fsim_read_scenario(const fsim_node *const *versions, const uint32_t *mask, size_t n_versions,
                       fsim_input input, void *context, fsim_report *report,
                       fsim_scenario **scenario);

/* The `changes:` list of a tree (dates, ramp, share, applies_to), without applying it: for the
 * source, which then makes the versions. *changes is in the arena, sorted by date; set[i] is the
 * map of paths. Malformed ones are left out: fsim_read_scenario reports them. */
int fsim_read_changes(const fsim_node *scenario, fsim_arena *arena, fsim_report *report,
                      fsim_change **changes, const fsim_node ***set, size_t *n);

/* One distribution (for uncertain numbers too): `unit` says what values are. In the arena's owner's
 * hands: *distribution is freed by fsim_distribution_free. */
typedef enum fsim_unit {
  FSIM_UNIT_DURATION,
  FSIM_UNIT_MONEY,
  FSIM_UNIT_NUMBER,
  FSIM_UNIT_SHARE,
  FSIM_UNIT_RATE
} fsim_unit;
int fsim_read_distribution(const fsim_node *node, fsim_unit unit, bool uncertain, fsim_input input,
                           void *context, fsim_report *report, fsim_distribution **distribution);

/* What a number at this place of the tree is, from its path alone (used for levers, relative
 * changes and uncertain numbers). */
typedef enum fsim_number_kind {
  FSIM_NOT_A_NUMBER,
  FSIM_KIND_PROBABILITY,
  FSIM_KIND_TIME,
  FSIM_KIND_RATE,
  FSIM_KIND_SIZE,
  FSIM_KIND_MONEY,
  FSIM_KIND_SHARE,
  FSIM_KIND_NUMBER,
  FSIM_KIND_DISTRIBUTION /* a whole wait, work time, value: can be set, and scaled by "x0.8" */
} fsim_number_kind;
fsim_number_kind fsim_number_kind_of(const fsim_node *node);

#endif
