/* A whole cohort, one stage after the other: for first-come teams that nobody comes back to.
 *
 * Every stream and profile has a block of all its leads, and another one for every funnel to which
 * links may bring them, once at most (link_paths.h). A stage is worked off for all blocks before
 * the next begins; at a team, all who come are put in order and served in a line (places.h), so no
 * events are needed. Private to this folder. */
#ifndef FSIM_ENGINE_STAGEWISE_H
#define FSIM_ENGINE_STAGEWISE_H

#include "sim/engine/block.h"
#include "sim/engine/knot.h"
#include "sim/engine/line_order.h"
#include "sim/engine/queue_time.h"
#include "sim/engine/stage_units.h"

#define FSIM_COHORT_ROWS 4096 /* visits drawn and settled together, at most */
#define FSIM_PIECE_ROWS 2048  /* of a cohort in a piece of a line, or all those of one second */

typedef struct fsim_stagewise {
  fsim_independent independent; /* what blocks share */
  fsim_stage_units units;
  uint16_t *stream_rank; /* [n_streams] by name */
} fsim_stagewise;

/* The leads of one stream and profile in one funnel, with what their visits came to. Of a funnel to
 * which links bring them, `n_leads` is known when all before it is worked off. */
struct fsim_cohort {
  fsim_independent engine; /* as large as the block must be */
  fsim_block *block;
  fsim_part part;
  size_t stream, profile, funnel, n_leads;
  int32_t *stay, *queue, *work; /* of all visits, stage after stage */
  size_t n_visits, capacity;
  size_t *first_visit; /* [n_stages]; SIZE_MAX: nobody was there */
};

/* Visits of one cohort to one stage of a team, as part of the line. */
typedef struct fsim_line_part {
  fsim_cohort *cohort;
  size_t stage;
  fsim_inbox *in;  /* in order of (t, lead); more may be let in */
  size_t from, n;  /* of the inbox: those in the present piece of the line */
  size_t first;    /* their first row there */
  size_t finished; /* visits in the pieces before it */
} fsim_line_part;

/* Visits to a stage that one law governs: all of some, or those of them at the places `row`. */
typedef struct fsim_law_rows {
  const fsim_plan_law *law;
  fsim_inbox in;
  const uint32_t *row; /* [in.n]; NULL: all, as they stand */
} fsim_law_rows;

/* A piece of the line to a team, as columns. Only a piece is in memory at once, so that what is
 * drawn is served, settled and counted before it leaves the nearest caches. */
typedef struct fsim_team_line {
  size_t n, capacity;
  int32_t *enter, *work, *patience, *deadline, *wait, *queue, *worked;
  uint16_t *exit;
  uint8_t *fate, *holds;
  double *u, *v;
  const fsim_stage_unit *unit;
  fsim_line_part *parts;
  size_t n_parts, part_capacity;
  bool any_held, any_leaves; /* some place is held; somebody may leave the queue */
  bool any_varies;           /* the law of some stage changes on dates */
  bool alone; /* one cohort's piece: what is drawn stays in its block, and `enter` in its inbox */
  fsim_line_order order;
  fsim_places places;
  fsim_queue_time queue_time;
} fsim_team_line;

struct fsim_stagewise_worker {
  const fsim_stagewise *engine;
  fsim_recorder *recorder;
  fsim_report *report;
  uint32_t replication;
  size_t component;
  fsim_paces paces;
  fsim_cohort *cohorts; /* [n_streams][n_profiles], then those whom links bring */
  size_t n_roots, n_cohorts;
  const fsim_scope *scope; /* NULL: all journeys */
  fsim_team_line line;
  int32_t *arrive; /* of a stream's leads */
  uint16_t *profile;
  size_t lead_capacity;
  uint32_t law_row[FSIM_COHORT_ROWS];
  fsim_knot **knots; /* [units] */
};

/* stagewise.c: what all threads share, a thread's memory, a replication's counts. `together`: all
 * teams, and what lies between them, are one knot. */
int fsim_stagewise_make(const fsim_plan *plan, bool together, fsim_report *report,
                        fsim_stagewise **stagewise);
void fsim_stagewise_free(fsim_stagewise *stagewise);
fsim_stagewise_worker *fsim_stagewise_worker_new(const fsim_stagewise *stagewise);
void fsim_stagewise_worker_free(fsim_stagewise_worker *worker);
/* Of one component of the network, or of all: FSIM_ALL_COMPONENTS. */
int fsim_stagewise_count(fsim_stagewise_worker *worker, uint32_t replication, size_t component,
                         fsim_recorder *recorder, fsim_report *report);
#define FSIM_ALL_COMPONENTS SIZE_MAX

/* stagewise.c: is the funnel in the component that is counted? */
bool fsim_stagewise_counts(const fsim_stagewise_worker *w, size_t funnel);
/* stagewise_cohort.c: the leads of the replication. Where their entry stage is in a unit that no
 * stage leads to, they are let in when that unit is worked off, else all at once. */
int fsim_cohorts_enter(fsim_stagewise_worker *w);
/* Those whom links have brought to the funnels that begin in the unit. */
int fsim_cohorts_follow(fsim_stagewise_worker *w, const fsim_stage_unit *unit);
/* Lets the next FSIM_PIECE_ROWS leads into their entry stage; returns how many there were. */
size_t fsim_cohort_let_in(fsim_cohort *cohort);
/* All visits to a stage without work. */
int fsim_cohorts_pass(fsim_stagewise_worker *w, const fsim_stage_unit *unit);
/* The checks, and where the time of journeys went. */
int fsim_cohorts_finish(fsim_stagewise_worker *w);
void fsim_cohorts_free(fsim_stagewise_worker *w);
/* Room for n visits more to a stage; what they came to starts at first_visit[stage]. */
int fsim_cohort_room(fsim_stagewise_worker *w, fsim_cohort *cohort, size_t stage, size_t n);
/* The visits of a cohort that wait to be worked off at a stage; NULL: it never comes there. */
fsim_inbox *fsim_cohort_inbox(fsim_cohort *cohort, size_t stage);

/* stagewise_cohort.c: visits of a cohort to a stage, at most FSIM_COHORT_ROWS, law by law: begin,
 * then next until it is false. */
void fsim_law_rows_begin(fsim_cohort *cohort, size_t stage, const fsim_inbox *in);
bool fsim_law_rows_next(fsim_stagewise_worker *w, fsim_cohort *cohort, size_t stage,
                        const fsim_inbox *in, fsim_law_rows *rows);

/* stagewise_parts.c: where the time of journeys went, by how they ended. Of visits just settled, to
 * a stage that leads to no other; `served` NULL: without work. */
void fsim_cohort_tell_parts(const fsim_stagewise_worker *w, const fsim_cohort *cohort, size_t stage,
                            const fsim_plan_law *law, const fsim_inbox *in,
                            const fsim_served *served);
/* Of all visits to other stages, which the cohorts keep: journey i of a unit that is `first`. */
int fsim_cohorts_count_parts(fsim_stagewise_worker *w);

/* stagewise_team.c: visits whose exits and waits are in block->exit and block->stay, at most
 * FSIM_COHORT_ROWS; `served` NULL: without work; `visit`: the place in c->stay of the first of
 * those among which the rows are. */
int fsim_cohort_settle(fsim_stagewise_worker *w, fsim_cohort *cohort, const fsim_stage_unit *unit,
                       size_t stage, const fsim_law_rows *rows, const fsim_served *served,
                       size_t visit);
/* All visits to a team. */
int fsim_cohorts_serve(fsim_stagewise_worker *w, const fsim_stage_unit *unit);
void fsim_team_line_free(fsim_team_line *line);

#endif
