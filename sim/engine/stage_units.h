/* The order in which whole stages can be worked off one after the other. Private to this folder. */
#ifndef FSIM_ENGINE_STAGE_UNITS_H
#define FSIM_ENGINE_STAGE_UNITS_H

#include "sim/model/scenario.h"

#define FSIM_NO_UNIT_TEAM SIZE_MAX

/* A stage without work, or all stages of one team. */
typedef struct fsim_stage_unit {
  size_t team; /* FSIM_NO_UNIT_TEAM: none */
  uint16_t *stage;
  size_t n_stages;
  bool first;        /* no stage leads to it: all who come have just arrived */
  bool ends_at_once; /* it leads to no stage: all who leave it end their journeys */
} fsim_stage_unit;

typedef struct fsim_stage_units {
  fsim_stage_unit *unit; /* nothing flows from a unit to an earlier one, or back into it */
  size_t n;
  uint16_t *stages; /* [n_stages], behind the units */
} fsim_stage_units;

/* Why a scenario cannot be simulated stage by stage (static text), or NULL; then *units is made,
 * unless `units` is NULL. */
const char *fsim_stage_units_make(const fsim_scenario *scenario, fsim_stage_units *units);
void fsim_stage_units_free(fsim_stage_units *units);

#endif
