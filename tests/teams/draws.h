/* What the reference draws: leads, versions of the laws, and the parts of one visit.
 *
 * Everything here is written for one lead at a time, from the rules and not from the engines; it
 * shares with them only keys, samplers, arrival times and the portable functions. */
#ifndef TESTS_TEAMS_DRAWS_H
#define TESTS_TEAMS_DRAWS_H

#include "sim/engine/arrivals.h"
#include "sim/model/plan.h"
#include "sim/random/key.h"

typedef struct lead {
  size_t stream;
  uint32_t number; /* in the stream */
  uint32_t row;    /* in the replication */
  int32_t arrive;
  uint16_t profile;
  double reach[FSIM_MOST_CHANGES]; /* the draw of who is reached by a change */
  uint32_t n_journeys;
  uint32_t *ordinal; /* [n_funnels]: journeys made so far into a funnel */
} lead;

/* One replication of a plan. */
typedef struct world {
  const fsim_plan *plan;
  const fsim_scenario *scenario;
  uint32_t replication;
  lead *leads;
  size_t n_leads, room_leads;
  int *stream_rank; /* [n_streams]: in the order of their names */
} world;

/* Free the world whether or not this failed. */
int world_make(world *w, const fsim_plan *plan, const fsim_arrival_laws *arrivals,
               uint32_t replication, fsim_report *report);
void world_free(world *w);

/* What a draw of a visit is keyed by. */
typedef struct visit_key {
  const lead *who;
  size_t stage;
  uint32_t pass; /* journey ordinal << 16 | visit number */
} visit_key;

/* The version of the laws for something that happens to a lead at t. */
size_t version_at(const world *w, const lead *who, int64_t t);
const fsim_plan_law *law_at(const world *w, const lead *who, size_t stage, int64_t t);

/* The value of a journey that starts at t, in cents. */
int64_t draw_value(const world *w, const lead *who, size_t funnel, uint32_t ordinal, int64_t t);
/* Whether a link is followed from an outcome at t, and after how many seconds. */
bool draw_link(const world *w, const lead *who, size_t funnel, uint32_t ordinal, size_t link,
               int64_t t, int32_t *after);

#define NO_PATIENCE INT64_MAX
/* Work and patience; of a deal the patience is drawn given that it has lasted to the start. */
void draw_work(const world *w, visit_key key, const fsim_plan_law *law, int64_t enter, bool deal,
               int32_t *work, int64_t *patience);

/* How a visit goes on when its work is done: by which exit, after how long a wait, and which
 * deadline then holds (both as the changes for all make them). */
typedef struct course {
  size_t exit;
  int64_t wait;
  int64_t deadline; /* from enter; FSIM_NO_DEADLINE when there is none */
  fsim_reason deadline_reason;
  fsim_target deadline_target;
} course;

/* Of a visit that entered at `enter` under `law`, queued so long, and begins to wait at `done`. */
course draw_course(const world *w, visit_key key, const fsim_plan_law *law, int64_t enter,
                   int64_t queue, int64_t done);
/* Of a deal that has been waiting since `enter` <= 0. */
course draw_deal(const world *w, visit_key key, const fsim_plan_law *law, int64_t enter);
/* The exit of a visit that never came to its wait. */
size_t draw_exit(const world *w, visit_key key, const fsim_plan_law *law, int64_t queue);

#endif
