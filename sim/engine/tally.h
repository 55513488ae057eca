/* What journeys on a calendar did: kept until they end, then counted many at a time, and put in
 * order where rows are wanted. Private to this folder. */
#ifndef FSIM_ENGINE_TALLY_H
#define FSIM_ENGINE_TALLY_H

#include "sim/record/recorder.h"
#include "sim/record/team_counts.h"
#include "sim/record/trajectory.h"

#define FSIM_NO_VISIT UINT32_MAX
#define FSIM_NO_TEAM UINT16_MAX

/* A visit that is over, or was open at the horizon. */
typedef struct fsim_past_visit {
  uint32_t next; /* of the journey */
  int32_t enter, queue, work, stay;
  uint16_t stage, visit, team; /* team: FSIM_NO_TEAM where there was no work */
  uint16_t exit;               /* of the stage: that was drawn */
  fsim_target target;          /* where it went */
  uint8_t reason;              /* fsim_reason */
  uint8_t fate;                /* fsim_team_fate */
} fsim_past_visit;

/* A journey that is over, or was open at the horizon. */
typedef struct fsim_past_journey {
  uint32_t number_of_lead, first_visit;
  uint16_t stream, profile, funnel, number, parent, outcome; /* n_outcomes: open */
  int32_t arrive, start, end;
  int64_t cents;
} fsim_past_journey;

typedef struct fsim_tally fsim_tally;

fsim_tally *fsim_tally_new(const fsim_plan *plan, const fsim_shape *shape);
void fsim_tally_free(fsim_tally *tally);
/* Ready for a replication; rows are gathered when `rows` is set. */
void fsim_tally_begin(fsim_tally *tally, fsim_recorder *recorder, bool rows);
/* Adds a visit after `last` (FSIM_NO_VISIT: the journey's first): its place, or FSIM_NO_VISIT when
 * memory is out. The caller fills *visit, all but `next`: visits and journeys are written where
 * they stay, because a copy of what has just been written waits for it. */
uint32_t fsim_tally_visit(fsim_tally *tally, uint32_t last, fsim_past_visit **visit);
/* A lead that came; only needed for rows. 0, or -1 when memory is out. */
int fsim_tally_lead(fsim_tally *tally, size_t stream, uint32_t number, int32_t arrive,
                    uint16_t profile);
/* Counts a visit of a lead of this profile. */
void fsim_tally_count(fsim_tally *tally, const fsim_past_visit *visit, size_t profile);
/* Where to write a journey that is over; then fsim_tally_journey counts it; its visits, which have
 * been counted, are forgotten unless rows of it are kept. */
fsim_past_journey *fsim_tally_next_journey(fsim_tally *tally);
int fsim_tally_journey(fsim_tally *tally, bool keep);
/* Counts what is left. */
void fsim_tally_finish(fsim_tally *tally);
/* The rows of the replication; first_lead[s]: leads of the streams before s. */
int fsim_tally_rows(fsim_tally *tally, const uint32_t *first_lead, fsim_trajectory *rows);

#endif
