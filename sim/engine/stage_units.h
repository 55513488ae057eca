/* The order in which whole stages can be worked off one after the other. Private to this folder. */
#ifndef FSIM_ENGINE_STAGE_UNITS_H
#define FSIM_ENGINE_STAGE_UNITS_H

#include "sim/model/scenario.h"

#define FSIM_NO_UNIT_TEAM SIZE_MAX

/* A stage without work, all stages of one team that serves first come, first served, or a knot:
 * stages whose teams must be followed event by event, because journeys go to and fro between them,
 * or because of a queue's rules. */
typedef struct fsim_stage_unit {
  bool knot;
  size_t team;     /* FSIM_NO_UNIT_TEAM: none, or a knot's */
  uint16_t *stage; /* no stage leads to one before it */
  size_t n_stages;
  bool first;        /* no stage leads to it: all who come have just arrived; never a knot */
  bool ends_at_once; /* it leads to no stage: all who leave it end their journeys; never a knot */
} fsim_stage_unit;

typedef struct fsim_stage_units {
  fsim_stage_unit *unit; /* nothing flows from a unit to an earlier one */
  size_t n;
  uint16_t *stages;  /* [n_stages], behind the units */
  size_t *component; /* [n_funnels]: funnels that share a team or a link, straight or by others,
                        have one */
  size_t n_components;
} fsim_stage_units;

/* Why a scenario cannot be simulated stage by stage (static text), or NULL; then *units is made,
 * unless `units` is NULL. `together`: all teams, and what lies between them, are one knot. */
const char *fsim_stage_units_make(const fsim_scenario *scenario, bool together,
                                  fsim_stage_units *units);
void fsim_stage_units_free(fsim_stage_units *units);

#endif
