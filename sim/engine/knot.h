/* Teams between which journeys go to and fro, or whose queues have rules of their own: followed
 * event by event, for whole cohorts at once.
 *
 * What is drawn depends on no queue, so the paths of all journeys through the knot's stages are
 * drawn ahead, stage by stage, into rows of 32 bytes; a calendar of events then finds only when
 * each visit to a team begins and when its work does; and the visits are settled stage by stage
 * like any others. Patience needs no event: who has run out of it is passed over when his turn
 * comes, unless the queue's length matters to those who come. Private to this folder. */
#ifndef FSIM_ENGINE_KNOT_H
#define FSIM_ENGINE_KNOT_H

#include "sim/engine/events.h"
#include "sim/engine/line_order.h"
#include "sim/engine/pace.h"
#include "sim/engine/queue_time.h"
#include "sim/engine/stage_units.h"

typedef struct fsim_cohort fsim_cohort;
typedef struct fsim_stagewise_worker fsim_stagewise_worker;

#define FSIM_NO_PATH UINT32_MAX
#define FSIM_NOT_YET INT32_MIN /* waits in the queue */
#define FSIM_FATE_SHIFT 14     /* of fsim_served_fate, above a drawn exit */

/* One visit of a drawn path. */
typedef struct fsim_knot_row {
  uint32_t next; /* row to which its exit leads, FSIM_NO_PATH out of the knot */
  uint32_t lead;
  int32_t work;  /* drawn; once begun, as far as it goes before the horizon */
  int32_t wait;  /* drawn; of a stage with a pace, once the journey has come: how long it lasts */
  int32_t limit; /* the earlier of patience and the visit's deadline */
  int32_t enter; /* set when the journey comes */
  int32_t queue;
  uint16_t exit; /* and what became of it */
  uint16_t part;
} fsim_knot_row;

/* Rows of one cohort at one stage: those that come from outside, then those from the knot. */
typedef struct fsim_knot_part {
  fsim_cohort *cohort;
  size_t stage;
  const fsim_plan_law *law;
  size_t team; /* FSIM_NO_UNIT_TEAM: no work */
  uint16_t pace;
  int32_t deadline;
  uint16_t rank;  /* of the stream */
  uint32_t class; /* of priority */
  bool holds;
  uint32_t first;
  size_t outside, n, came; /* came: of those from outside, as far as events know */
  uint32_t *row_of;        /* [leads] of those from the knot, by journey */
  size_t capacity;
} fsim_knot_part;

/* Rows in a queue: first come at `head`, last at n - 1. */
typedef struct fsim_row_list {
  uint32_t *row;
  size_t head, n, capacity;
} fsim_row_list;

typedef struct fsim_knot_team {
  const fsim_team *team;
  bool here;    /* some stage of the knot is its */
  bool bounded; /* by the length of its queue */
  bool open, always_open;
  uint32_t places, busy;
  size_t queued;        /* counted where it is bounded */
  size_t size;          /* index of the present entry of team->sizes */
  uint16_t order;       /* of its events */
  fsim_row_list *list;  /* [n_classes] */
  fsim_row_list joined; /* all who had to queue, in order of coming */
} fsim_knot_team;

typedef struct fsim_knot {
  const fsim_scenario *scenario;
  const fsim_stage_unit *unit;
  fsim_events events;
  const fsim_paces *paces; /* of the replication */
  int32_t now, horizon;
  fsim_knot_row *row;
  size_t n_rows, row_capacity;
  fsim_knot_part *part; /* [most_parts]: cohorts with leads, times stages */
  size_t n_parts, most_parts;
  fsim_knot_team *team; /* [n_teams] */
  fsim_queue_time queue_time;
} fsim_knot;

fsim_knot *fsim_knot_new(const fsim_plan *plan, const fsim_stage_unit *unit, size_t n_cohorts);
void fsim_knot_free(fsim_knot *knot);

/* knot.c: all visits to the unit's stages. */
int fsim_cohorts_untie(fsim_stagewise_worker *w, fsim_knot *knot);
/* knot_time.c: when they begin, when their work does. 0, or -1 when memory is out. */
int fsim_knot_pass_time(fsim_knot *knot);

#endif
