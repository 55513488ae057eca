/* What an engine tells about the visits that teams work on, and how it is counted. */
#ifndef FSIM_RECORD_TEAM_COUNTS_H
#define FSIM_RECORD_TEAM_COUNTS_H

#include "sim/record/recorder.h"

/* n visits of leads of one profile that came to a team. */
typedef struct fsim_team_visits {
  size_t team, profile, n;
  const int32_t *enter; /* when they came */
  const int32_t *queue; /* seconds in the queue */
  const uint8_t *fate;  /* fsim_team_fate */
} fsim_team_visits;

typedef enum fsim_team_fate {
  FSIM_TEAM_SERVED,    /* work began */
  FSIM_TEAM_ABANDONED, /* left by patience or because the queue was full */
  FSIM_TEAM_WENT       /* left the queue by another rule, or still in it at the horizon */
} fsim_team_fate;

/* What became of a visit that came to a team, as its row tells it. Who left the queue by a rule has
 * neither worked nor waited; who left by an exit was served even when both took no time. */
static inline fsim_team_fate fsim_team_fate_of(fsim_reason reason, int32_t work, int32_t wait) {
  if (reason == FSIM_BY_ABANDON) return FSIM_TEAM_ABANDONED;
  bool served = work > 0 || wait > 0 || reason == FSIM_BY_EXIT || reason == FSIM_BY_LIMIT;
  return served ? FSIM_TEAM_SERVED : FSIM_TEAM_WENT;
}

void fsim_record_team_visits(fsim_recorder *recorder, const fsim_team_visits *visits);
/* Nothing changed from `from` to `to` (0 <= from <= to <= horizon): `queued` visits were in the
 * queue, `busy` places were busy in open hours (0 while the team is closed). */
void fsim_record_team_time(fsim_recorder *recorder, size_t team, int32_t from, int32_t to,
                           uint32_t queued, uint32_t busy);
/* n visits from `from` for `seconds` (within the horizon), for an engine that says 0 to
 * fsim_record_team_time: in the queue; at a place, in and out of open hours. */
void fsim_record_team_queued(fsim_recorder *recorder, size_t team, const int32_t *from,
                             const int32_t *seconds, size_t n);
void fsim_record_team_busy(fsim_recorder *recorder, size_t team, const int32_t *from,
                           const int32_t *seconds, size_t n);
/* Seconds in the window in which so many visits were in the queue. */
void fsim_record_team_length(fsim_recorder *recorder, size_t team, uint32_t queued,
                             int64_t seconds);
/* Where the parts of the visits of journeys are added up that started in the window and ended by an
 * outcome; by stage. */
typedef struct fsim_parts_row {
  int64_t *queue, *work, *wait;
} fsim_parts_row;

static inline fsim_parts_row fsim_parts_of(fsim_recorder *recorder, size_t outcome) {
  int64_t *queue = recorder->cells + fsim_cell(recorder->shape, FSIM_PART_QUEUE, outcome, 0, 0);
  size_t size = recorder->shape->dim[FSIM_DIM_OUTCOME] * recorder->shape->dim[FSIM_DIM_PASSED];
  return (fsim_parts_row){queue, queue + size, queue + 2 * size};
}

static inline void fsim_add_parts(const fsim_parts_row *row, size_t stage, int32_t queue,
                                  int32_t work, int32_t wait) {
  row->queue[stage] += queue;
  row->work[stage] += work;
  row->wait[stage] += wait;
}

/* Parts of one such visit. */
static inline void fsim_record_parts(fsim_recorder *recorder, size_t outcome, size_t stage,
                                     int32_t queue, int32_t work, int32_t wait) {
  fsim_parts_row row = fsim_parts_of(recorder, outcome);
  fsim_add_parts(&row, stage, queue, work, wait);
}

#endif
