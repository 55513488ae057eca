/* One replication on a calendar of events, for scenarios with teams. Private to this folder.
 *
 * Only what leads compete for needs events: the queue of a team. All other draws depend on nobody
 * else, so journeys that leave a team go through the stages without work at once, many of a kind
 * together, and the calendar decides only when a team takes them. Events of one second come in the
 * order (rank, phase, stream, lead, journey): docs/model-language.md. */
#ifndef FSIM_ENGINE_CALENDAR_H
#define FSIM_ENGINE_CALENDAR_H

#include "sim/engine/arrivals.h"
#include "sim/engine/block.h"
#include "sim/engine/draw.h"
#include "sim/engine/events.h"
#include "sim/engine/lead.h"
#include "sim/engine/loops.h"
#include "sim/engine/tally.h"
#include "sim/engine/work.h"

/* Order of events within a second, the third part of an event's key. */
enum { FSIM_AT_LOAD, FSIM_AT_DEALS, FSIM_AT_START, FSIM_AT_TEAMS = 4 };
enum { FSIM_AT_CLOCK, FSIM_AT_FREED, FSIM_AT_QUEUE, FSIM_AT_GIVE_UP };

#define FSIM_NONE UINT32_MAX

/* What all threads share for one plan. */
typedef struct fsim_calendar_laws {
  const fsim_plan *plan;
  const fsim_scenario *scenario;
  fsim_arrival_laws *arrivals;
  fsim_loops loops;
  uint16_t *stream_rank;        /* [n_streams] by name */
  bool all_changes;             /* some change applies to running waits */
  struct fsim_stagewise *ahead; /* NULL: paths cannot be drawn ahead */
  fsim_independent approach;    /* its blocks stop at stages with work */
} fsim_calendar_laws;

/* Leads by slot; slots come in chunks, which are used again when all their journeys are over. */
#define FSIM_LEAD_CHUNK 1024
typedef struct fsim_lead_store {
  size_t capacity;  /* slots */
  uint32_t *number; /* in the stream */
  int32_t *arrive;
  uint16_t *profile, *stream;
  bool *kept;
  uint16_t *journeys; /* started so far */
  uint16_t *ordinal;  /* [capacity][n_funnels] */
  double *reach;      /* [capacity][n_changes] */
  uint32_t *alive;    /* [chunks] journeys in progress or to be started */
  uint32_t *spare;    /* chunks to be used again */
  size_t n_spare, n_chunks, spare_capacity;
} fsim_lead_store;

typedef enum fsim_whereabouts {
  FSIM_ON_THE_WAY,
  FSIM_IN_QUEUE,
  FSIM_IN_WORK,
  FSIM_GONE
} fsim_whereabouts;

/* A journey in progress, with its present or next visit to a stage with work. */
typedef struct fsim_course {
  const fsim_plan_law *law;
  int64_t cents;
  double u, v;         /* uniforms of exit and wait */
  uint64_t minor;      /* of its events */
  uint32_t slot, cell; /* cell: of the first stage, for its lead's stream and profile */
  uint32_t first_visit, last_visit; /* in the tally: visits done */
  uint32_t next, before;            /* in the queue, or in a cell; or the next spare course */
  uint32_t stamp;                   /* changes with every visit: older events mean nothing */
  int32_t start, enter, began, work, wait, patience;
  uint16_t number, ordinal, parent, funnel;
  uint16_t stage, visit, exit, team;
  uint16_t rank; /* of its lead's stream */
  uint8_t place;
  bool deal; /* the visit that was under way at the start */
} fsim_course;

/* A queue; of a team by priority one for every class. */
typedef struct fsim_queue {
  uint32_t first, last;
} fsim_queue;

/* In a queue by value. */
typedef struct fsim_valued {
  int64_t cents;
  uint64_t joined; /* earlier ones first among equals */
  uint32_t course, stamp;
} fsim_valued;

typedef struct fsim_team_state {
  const fsim_team *team;
  uint32_t places, busy, queued;
  bool open;
  size_t size;       /* index of the present entry of team->sizes */
  fsim_queue *queue; /* [n_classes] */
  fsim_valued *heap; /* by value; may hold some who have gone */
  size_t n_heap, heap_capacity;
  uint64_t joined;
  uint16_t order; /* of its events */
  int32_t since;  /* its time is counted up to then */
} fsim_team_state;

/* A deal that stands in a queue at the start. */
typedef struct fsim_queued_deal {
  int32_t enter;
  uint32_t number, course;
} fsim_queued_deal;

/* A journey that enters a stage within the current bucket. */
typedef struct fsim_urgent {
  uint32_t course;
  int32_t t;
} fsim_urgent;

typedef struct fsim_calendar {
  const fsim_calendar_laws *laws;
  struct fsim_stagewise_worker *ahead; /* NULL as long as it was not needed */
  fsim_block *approach;                /* the same */
  fsim_part approach_part;
  uint32_t *slot_of_lead, *course_of; /* of a block: by its slots, by its journeys */
  size_t course_of_capacity;
  const fsim_scope *scope; /* NULL: all journeys */
  const fsim_plan *plan;
  const fsim_scenario *scenario;
  fsim_recorder *recorder;
  fsim_report *report;
  fsim_tally *tally;
  uint32_t replication;
  bool keep_rows;
  double share;
  int32_t now;
  int status;   /* of what may fail deep inside */
  bool loading; /* what comes may be put off to the next flush */

  fsim_keys *keys;         /* [n_streams] */
  fsim_arrivals *arrivals; /* [n_streams] */
  fsim_events events;
  fsim_team_state *teams;
  size_t n_teams; /* 0 where no stage has work */
  fsim_lead_store leads;
  fsim_leads view; /* of them */
  fsim_paces paces;

  fsim_course *courses;
  size_t n_courses, course_capacity;
  uint32_t spare_course;
  uint16_t *visits;     /* [course_capacity][visits_stride] */
  size_t visits_stride; /* the most stages of a funnel, 0 where none loops */
  size_t visit_capacity;

  fsim_queued_deal *deals; /* that stand in queues at the start */
  size_t n_deals, deal_capacity;

  struct fsim_pending_start *starts;
  size_t n_starts, start_capacity;
  uint32_t spare_start;

  /* Those that leave for a stage: the journeys of one cell hang together. */
  uint32_t *cell; /* [n_streams][n_stages][n_profiles]: its first course */
  int32_t *due;   /* [the same]: when its first one enters */
  size_t *touched;
  size_t n_touched;
  int32_t earliest; /* of all */
  fsim_urgent *urgent;
  size_t n_urgent, urgent_capacity;

  fsim_draws draws;
  uint8_t *reason;      /* how visits of a batch end */
  int64_t *n_exits;     /* [2][most exits + 1] of a batch */
  uint32_t *first_lead; /* [n_streams + 1]: leads of the streams before, for rows */
  uint32_t *batch;      /* courses of a batch */
  int32_t *batch_t;
} fsim_calendar;

#define FSIM_BATCH 1024 /* rows that a batch may have */

/* calendar_lead.c */
int fsim_calendar_load(fsim_calendar *c, size_t stream);
int fsim_calendar_load_next(fsim_calendar *c, size_t stream, int32_t t);
/* A chunk of slots with one lead alive, which the caller releases when all are in; FSIM_NONE on
 * failure, which is in c->status. */
uint32_t fsim_calendar_chunk(fsim_calendar *c);
/* A new course with slot, numbers, funnel and start of another one, in no stage yet; FSIM_NONE on
 * failure, which is in c->status. */
uint32_t fsim_calendar_course(fsim_calendar *c, const fsim_course *as);
/* A link starts a journey at t, after the journey `parent` of the lead in a slot. */
int fsim_calendar_plan_start(fsim_calendar *c, uint32_t slot, uint16_t parent, size_t link,
                             int32_t t);
int fsim_calendar_start(fsim_calendar *c, uint32_t start);
void fsim_lead_store_clear(fsim_lead_store *store);
void fsim_lead_store_free(fsim_lead_store *store);
/* In a run of part of the journeys: the starts that the others' links make. */
int fsim_calendar_resume(fsim_calendar *calendar);
/* A link starts a journey `funnel` at t. */
int fsim_calendar_follow(fsim_calendar *c, const fsim_course *parent, size_t outcome, int32_t t);
/* One journey fewer of the lead in a slot. */
void fsim_calendar_release_lead(fsim_calendar *c, uint32_t slot);
/* "replication 3, lead web/17" */
char *fsim_calendar_lead_text(const fsim_calendar *c, uint32_t slot, char *buffer, size_t size);

/* calendar_approach.c: where leads come to teams only after stages without work, they go there in
 * whole blocks, as by the independent engine. Counts only; rows are not kept. */
bool fsim_calendar_may_approach(const fsim_calendar *c, size_t stream);
int fsim_calendar_approach(fsim_calendar *c, size_t stream);

/* calendar_visit.c */
/* A journey comes to a stage at t, not before now. */
int fsim_calendar_come(fsim_calendar *c, uint32_t course, size_t stage, int32_t t);
/* Cells in which somebody enters before `until`: the others are put off, so that many are drawn
 * together. And those who enter within the current bucket. */
int fsim_calendar_flush(fsim_calendar *c, int32_t until);
int fsim_calendar_hurry(fsim_calendar *c);
/* The rest of a visit whose work is done, or that has none: `queue` and `work` seconds have gone
 * by. Sets *leave to when it ends (the horizon when open). The course may be gone afterwards. */
int fsim_calendar_settle(fsim_calendar *c, uint32_t course, int32_t queue, int32_t work,
                         const fsim_drawn *drawn, int32_t *leave);
/* The visit ends in the queue, after `queue` seconds, by a rule. */
int fsim_calendar_give_up(fsim_calendar *c, uint32_t course, int32_t queue, fsim_reason reason,
                          fsim_target target);
/* Journeys that stand in queues or work at the horizon. */
int fsim_calendar_close(fsim_calendar *c);
/* A deal that is open at the start. */
int fsim_calendar_deal(fsim_calendar *c, uint32_t course, size_t stage, int32_t enter);

/* calendar_team.c */
int fsim_team_states_make(fsim_calendar *c);
void fsim_team_states_free(fsim_calendar *c);
int fsim_team_states_begin(fsim_calendar *c);
void fsim_team_states_end(fsim_calendar *c);
int fsim_team_event(fsim_calendar *c, const fsim_event *event);
/* A journey whose visit is drawn will queue at its `enter`. */
int fsim_team_expect(fsim_calendar *c, uint32_t course);
/* The deals that stand in queues at the start, in order of their entry; then heads are taken. */
int fsim_team_line_up(fsim_calendar *c);
/* A place held until `leave`: at the start of a replication by a deal. */
int fsim_team_hold(fsim_calendar *c, size_t team, int32_t leave, uint32_t slot);

static inline uint64_t fsim_event_major(int32_t t, uint16_t order, uint16_t stream_rank) {
  return (uint64_t)(uint32_t)t << 32 | (uint64_t)order << 16 | stream_rank;
}

#endif
