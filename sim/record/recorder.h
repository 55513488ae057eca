/* What an engine tells about each batch of visits and journeys, and how it is counted.
 *
 * A batch has one stage (or funnel, stream, outcome) and leads of one profile. Counts go to the
 * group of each attribute's value; group 0, all leads, is the sum over the values of the first
 * attribute and is made once, by fsim_recorder_finish. Only integers are added, so records and
 * histograms of parts may be summed in any order. */
#ifndef FSIM_RECORD_RECORDER_H
#define FSIM_RECORD_RECORDER_H

#include "sim/record/shape.h"

/* Classes of time first … end - 1. */
typedef struct fsim_class_range {
  uint32_t first, end;
} fsim_class_range;

typedef struct fsim_recorder {
  const fsim_scenario *scenario; /* names and structure; any realisation has the same */
  const fsim_shape *shape;
  int64_t *cells;          /* [shape.n_cells] */
  uint32_t *histograms;    /* [n_histograms][FSIM_TIME_CLASSES] */
  fsim_class_range *spans; /* [n_histograms / groups]: where the histograms of a stage, outcome or
                       team may be other than 0; a team's always everywhere */
  uint64_t visits;         /* told so far */
  void *memory;            /* scratch, private */
} fsim_recorder;

fsim_recorder *fsim_recorder_new(const fsim_scenario *scenario, const fsim_shape *shape);
void fsim_recorder_free(fsim_recorder *recorder);
/* Back to nothing counted. */
void fsim_recorder_clear(fsim_recorder *recorder);
/* Completes cells and histograms; then nothing more may be told before a clear. */
void fsim_recorder_finish(fsim_recorder *recorder);
/* Adds a finished recorder's cells, histograms and visits to another finished (or cleared) one. */
void fsim_recorder_add(fsim_recorder *into, const fsim_recorder *from);

/* n leads that arrived at t. */
void fsim_record_leads(fsim_recorder *recorder, size_t stream, size_t profile, const int32_t *t,
                       size_t n);
/* n journeys that started at t. */
void fsim_record_starts(fsim_recorder *recorder, size_t funnel, size_t profile, const int32_t *t,
                        size_t n);
/* n leads that arrived at t and started their first journeys there and then: all that is to be told
 * of both, and of the visits to the entry stage that began so. */
void fsim_record_newcomers(fsim_recorder *recorder, size_t stream, size_t profile, const int32_t *t,
                           size_t n);

typedef struct fsim_journey_batch {
  size_t profile, n;
  const int32_t *arrive; /* of the lead */
  const int32_t *start;
  const int32_t *end;   /* not read for open ones */
  const int64_t *cents; /* value; NULL: none */
  bool weeks_told;      /* fsim_record_moves counted the weeks in which they ended */
} fsim_journey_batch;

void fsim_record_ends(fsim_recorder *recorder, size_t outcome, const fsim_journey_batch *batch);
void fsim_record_open(fsim_recorder *recorder, size_t funnel, const fsim_journey_batch *batch);

typedef struct fsim_visit_batch {
  size_t stage, profile, n;
  const int32_t *enter;
  const int32_t *queue; /* NULL: none */
  const int32_t *work;  /* NULL: none */
  const int32_t
      *stay;       /* queue + work + wait, cut at the horizon: enter + stay == horizon is open */
  bool weeks_told; /* fsim_record_entries and fsim_record_moves count their weeks */
} fsim_visit_batch;

void fsim_record_visits(fsim_recorder *recorder, const fsim_visit_batch *batch);
/* n visits to a stage that began at t. */
void fsim_record_entries(fsim_recorder *recorder, size_t stage, const int32_t *t, size_t n);

/* What the end of a visit means for the counts by week. */
typedef enum fsim_move_kind {
  FSIM_MOVE_NONE, /* still open: nothing */
  FSIM_MOVE_OUT,  /* left the stage; where it went is told otherwise */
  FSIM_MOVE_ON,   /* left it and entered stage `index` */
  FSIM_MOVE_END   /* left it and ended the journey by outcome `index` */
} fsim_move_kind;

typedef struct fsim_move {
  fsim_move_kind kind;
  size_t index;
} fsim_move;

/* Visits to one stage that left together, by where they went: one count does for the weeks of
 * leaving, of entering the next stage and of ending. */
typedef struct fsim_move_batch {
  size_t stage, profile, n;
  const int32_t *leave;
  const uint16_t *bucket; /* index into moves */
  const fsim_move *moves; /* at most the stage's exits and two more */
  size_t n_moves;
} fsim_move_batch;

void fsim_record_moves(fsim_recorder *recorder, const fsim_move_batch *batch);
/* Of visits that ended: those that left by an exit slot (`array` FSIM_EXITED), or that a rule ended
 * and would have left by it (FSIM_WOULD_EXIT). `enter` NULL: all began in the window. */
void fsim_record_exits(fsim_recorder *recorder, fsim_cells array, size_t slot, size_t profile,
                       const int32_t *enter, size_t n);
/* n visits that a rule (fsim_is_rule) ended at `leave`, whenever they began; NULL: within the
 * window.
 */
void fsim_record_ruled(fsim_recorder *recorder, size_t stage, size_t profile, const int32_t *leave,
                       size_t n);

#endif
