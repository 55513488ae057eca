/* A block of leads that one thread simulates together, as columns. Private to this folder.
 *
 * Leads are called by their slot: grouped by profile, in order of arrival within a profile.
 * Journeys are numbered through the block in the order in which they are made; those of one batch
 * (same profile and funnel) stand side by side. */
#ifndef FSIM_ENGINE_BLOCK_H
#define FSIM_ENGINE_BLOCK_H

#include "sim/engine/arrivals.h"
#include "sim/engine/lead.h"
#include "sim/engine/loops.h"
#include "sim/engine/work.h"

/* What all threads of the independent engine share. */
typedef struct fsim_independent {
  const fsim_plan *plan;
  const fsim_scenario *scenario;
  fsim_arrival_laws *arrivals;
  size_t block_leads;
  fsim_loops loops;
  bool all_changes; /* some change applies to running waits */
  /* NULL, or [n_stages]: a journey that comes to such a stage leaves the block (fsim_handed). */
  const bool *stops;
} fsim_independent;

/* Journeys about to begin a visit. */
typedef struct fsim_inbox {
  uint32_t *journey;
  uint32_t *lead; /* its number in the stream */
  int32_t *t;
  size_t n;
} fsim_inbox;

#define FSIM_NO_PENDING UINT32_MAX
/* A journey that a link will start. */
typedef struct fsim_pending {
  int32_t t;
  uint16_t parent, link, funnel;
  uint32_t next; /* of the same lead, in order of (t, parent, link) */
} fsim_pending;

/* Journeys that a link starts, as columns. */
typedef struct fsim_starts {
  int32_t *t, *arrive; /* arrive: of the lead */
  uint32_t *lead;
  size_t n, capacity;
} fsim_starts;

/* A journey that has come to a stage where blocks stop. */
typedef struct fsim_handed {
  uint32_t journey;
  int32_t t;
  int64_t cents;
  uint16_t stage, funnel;
} fsim_handed;

typedef struct fsim_block {
  const fsim_independent *engine;
  const fsim_plan *plan;
  const fsim_scenario *scenario;
  fsim_recorder *recorder;
  fsim_report *report;
  const fsim_part *part;
  fsim_paces *paces; /* the owner's: drawn when a part begins */
  bool keep_rows;
  bool keep_outcomes; /* how journeys ended, in j_outcome; always where rows are kept */
  bool keep_stays;    /* of rows r_journey, r_stage and r_stay, where rows are not kept */
  bool alike;   /* all leads have one profile, and one journey each, called by its lead's slot: of
                   leads only `number` and the first of `profile` are there (where laws change on
                   dates all of it, and `reach`), of journeys j_start, j_outcome and j_cents */
  bool counted; /* a lead's number is its slot: not even `number` is there */
  bool linked;  /* alike, but links started the journeys: `arrive` is there too */
  size_t capacity; /* leads */
  size_t rows;     /* that the scratch columns hold */

  fsim_key *stage_key;  /* [n_stages] */
  fsim_key *value_key;  /* [n_funnels] */
  fsim_key *link_key;   /* [n_links], in the plan's order */
  fsim_key *change_key; /* [n_changes] */

  /* leads, by slot */
  size_t n_leads;
  uint32_t *number; /* in the stream */
  int32_t *arrive;
  uint16_t *profile;
  uint32_t *slot_of;  /* slots in order of number */
  bool *kept;         /* rows wanted */
  uint16_t *journeys; /* made so far */
  uint16_t *link_of;  /* where journeys are linked: the link that started it, in the plan's order */
  uint16_t *ordinal;  /* [n_funnels][capacity] journeys made so far into a funnel */
  uint32_t *pending;  /* first pending journey */
  double *reach;      /* [n_changes][capacity] the draw of who is reached by a change */
  bool *gone;         /* a journey was handed over: what follows it is not simulated here */

  /* journeys */
  size_t n_journeys, journey_capacity;
  uint32_t *j_slot;
  uint16_t *j_number, *j_parent, *j_ordinal, *j_funnel, *j_outcome;
  int32_t *j_start, *j_end;
  int64_t *j_cents;

  fsim_pending *pendings;
  size_t n_pendings, pending_capacity;

  /* alike: journeys that links start when others end, [n_links] in the plan's order */
  fsim_starts *starts;

  fsim_handed *handed;
  size_t n_handed, handed_capacity;

  /* visits done, when rows are kept */
  size_t n_rows, row_capacity;
  uint32_t *r_journey;
  uint16_t *r_stage, *r_visit, *r_exit, *r_would;
  int32_t *r_enter, *r_stay;
  uint8_t *r_reason;

  /* the batch of journeys that passes through a funnel now */
  size_t funnel_now, profile_now;
  uint32_t first_journey; /* of the batch */
  bool first;             /* their leads' first: they start when the lead arrives */
  bool fresh;             /* every pass is 0: first journeys, no loops */
  bool has_value;
  int64_t visit_seconds, journey_seconds; /* sums that must agree */
  size_t in_progress;                     /* journeys neither ended nor open yet */
  fsim_inbox *inbox;                      /* [most_stages] */
  fsim_inbox current;                     /* taken from an inbox */
  fsim_inbox some;                        /* those of them that one law governs */
  uint16_t *visits;                       /* [most_stages][capacity], where the funnel loops */

  /* scratch columns */
  double *u, *v, *w;
  int32_t *stay, *clock, *leave, *s_enter, *s_arrive, *s_start, *s_time;
  int64_t *s_cents;
  uint32_t *index, *s_journey, *s_lead, *s_slot, *pass;
  uint16_t *exit, *bucket, *s_parent, *s_funnel;
  uint32_t *taken; /* of a link */
  int32_t *delay;
  uint32_t *wave_slot; /* journeys that start in this wave */
  int32_t *wave_t;
  uint16_t *wave_parent, *wave_funnel;
  const fsim_plan_law **law;
  fsim_move *moves; /* [most exits of a stage + 3] */
  uint16_t *code;   /* the same */
} fsim_block;

/* How many leads a block had best hold; `wanted` 0: chosen. */
size_t fsim_block_size(const fsim_scenario *scenario, size_t wanted);
/* The owner sets `paces` before it begins a part. */
fsim_block *fsim_block_new(const fsim_independent *engine);
/* For leads that are `alike`, all of one stream and profile, and their journeys in one funnel;
 * `rows` of them pass through a stage together, so that the scratch columns need no more. */
fsim_block *fsim_block_new_alike(const fsim_independent *engine, size_t stream, size_t profile,
                                 size_t funnel, size_t rows);
void fsim_block_free(fsim_block *block);
/* Keys for a part; the block is then ready for its leads. */
void fsim_block_begin(fsim_block *block, const fsim_part *part, fsim_recorder *recorder,
                      bool keep_rows, fsim_report *report);

/* leads.c: the next leads of a stream into the block: arrivals, attributes, order by profile. */
int fsim_block_fill(fsim_block *block, fsim_arrivals *arrivals, size_t most, double share);
/* x becomes first, first + 1 … */
void fsim_count_up(uint32_t *x, uint32_t first, size_t n);
/* journey.c: all journeys of the block's leads. Where blocks stop, those of a lead until one has
 * come to such a stage; what links will start later stays in `pending`. */
int fsim_block_run(fsim_block *block);
/* alike.c, for blocks of leads that are `alike`: the next n, whose numbers and j_start stand
 * ready, come to their entry stage. */
void fsim_block_enter(fsim_block *block, size_t n);
/* The checks when all journeys are over. */
int fsim_block_finish(const fsim_block *block);
/* rows.c: its rows, in order. `lead` is the number in the replication of the block's first lead. */
int fsim_block_rows(fsim_block *block, uint32_t lead, fsim_trajectory *rows);

/* Room for n more journeys, pending journeys, rows or starts: 0, or -1 when memory is out. */
int fsim_block_journeys(fsim_block *block, size_t n);
int fsim_block_pendings(fsim_block *block, size_t n);
int fsim_block_row_space(fsim_block *block, size_t n);
int fsim_starts_room(fsim_starts *starts, size_t n);

/* change.c: the block's leads. */
fsim_leads fsim_block_leads(const fsim_block *block);
/* The version of the laws for something that happens at t to the lead in a slot. */
size_t fsim_version_at(const fsim_block *block, size_t slot, int32_t t);
const fsim_plan_law *fsim_law_at(const fsim_block *block, size_t stage, size_t slot, int32_t t);
/* Draws which of the first n leads are reached by the changes. */
void fsim_draw_reach(fsim_block *block, size_t n);
/* A wait that runs while changes for all come: `wait` was drawn by `law` at uniform v for this
 * exit. Returns the whole wait as fsim_leads_wait_changed does; *law becomes the last law,
 * *deadline the visit's deadline. */
int64_t fsim_wait_changed(const fsim_block *block, size_t stage, size_t slot, int32_t enter,
                          size_t exit, double v, int32_t wait, const fsim_plan_law **law,
                          int32_t *deadline);

/* visit.c: one visit of all journeys in `in` to a stage. */
int fsim_visit_stage(fsim_block *block, size_t stage, fsim_inbox *in);
/* Ends or cuts visits whose exit and stay are in block->exit and block->stay, and sends the
 * journeys on. block->pass holds their passes unless block->fresh. */
int fsim_settle(fsim_block *block, size_t stage, const fsim_plan_law *law, int32_t deadline,
                const fsim_inbox *in);
/* What a team made of visits, as columns. Parts are cut at the horizon. */
typedef struct fsim_served {
  const int32_t *queue, *work;
  const uint8_t *fate; /* fsim_served_fate */
} fsim_served;
typedef enum fsim_served_fate {
  FSIM_WORKED,    /* or in work at the horizon, or still in the queue then */
  FSIM_IMPATIENT, /* left the queue by patience */
  FSIM_OVERDUE    /* left the queue by the visit's deadline */
} fsim_served_fate;
/* fsim_settle of visits to a team: block->stay holds the wait alone. Afterwards it holds the whole
 * stay, block->bucket the exit, n_exits for the deadline's rule, one more for open, two for
 * abandoned. Rows are not kept. */
int fsim_settle_served(fsim_block *block, size_t stage, const fsim_plan_law *law,
                       const fsim_inbox *in, const fsim_served *served);
/* Exits and waits by a law, into block->exit, stay, u and v; the stage's pace is left out. */
int fsim_draw_stage(fsim_block *block, size_t stage, const fsim_plan_law *law,
                    const fsim_inbox *in);
/* Numbers the visits that begin: block->pass, unless block->fresh. */
int fsim_number_visits(fsim_block *block, size_t stage, const fsim_inbox *in);
/* Visits drawn (block->exit, stay; block->v for the wait), by a law that may change while they run.
 */
int fsim_settle_changing(fsim_block *block, size_t stage, const fsim_plan_law *law, fsim_inbox *in);
/* The key of one exit's clock in a race. */
fsim_key fsim_clock_key(const fsim_block *block, size_t stage, uint64_t clock_hash);
/* pipeline.c: the visit under way of deals that are open at the start. */
int fsim_visit_pipeline(fsim_block *block, size_t stage, fsim_inbox *in);

/* alike.c: what links start after journeys of leads that are alike, into block->starts. */
int fsim_follow_alike(fsim_block *block, size_t outcome, const uint32_t *journey,
                      const uint32_t *lead, const int32_t *t, size_t n);
/* journey.c; `weeks_told`: as in fsim_journey_batch. */
int fsim_end_journeys(fsim_block *block, size_t outcome, const uint32_t *journey,
                      const uint32_t *lead, const int32_t *t, size_t n, bool weeks_told);
void fsim_open_journeys(fsim_block *block, const uint32_t *journey, size_t n);

/* Does a journey that goes to the target leave the block? */
static inline bool fsim_block_stops(const fsim_block *block, fsim_target target) {
  const bool *stops = block->engine->stops;
  return stops != NULL && !target.is_outcome && stops[target.index];
}

static inline size_t fsim_slot_of(const fsim_block *block, uint32_t journey) {
  return block->alike ? journey : block->j_slot[journey];
}
/* "replication 3, lead web/17" for messages. */
char *fsim_block_lead_text(const fsim_block *block, size_t slot, char *buffer, size_t size);

#endif
