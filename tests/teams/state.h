/* What the reference knows while it runs; shared by its files. */
#ifndef TESTS_TEAMS_STATE_H
#define TESTS_TEAMS_STATE_H

#include "tests/teams/draws.h"
#include "tests/teams/reference.h"

typedef enum event_phase { CLOCK, FREED, ARRIVES, GIVES_UP } event_phase;

typedef struct event {
  int64_t t;
  int rank; /* -1: a journey starts; else the team's */
  event_phase phase;
  int stream; /* by its name */
  uint32_t lead;
  uint32_t journey; /* its number; of a start: its parent's */
  int link;         /* starts: -1 for the lead's first journey */
  size_t who;       /* lead of a start, journey of the other phases, team of CLOCK */
  uint32_t visit;   /* GIVES_UP: which visit of the journey; it may long be over */
} event;

typedef struct journey {
  size_t lead;
  uint32_t number, parent, ordinal;
  uint16_t funnel, outcome;
  int64_t start, end, cents;
  uint32_t *visits; /* [n_stages] begun */
  uint32_t n_visits;
  bool queued;
  bool holds_place; /* until FREED */
  /* the visit under way */
  size_t stage;
  const fsim_plan_law *law;
  int64_t enter, started, done;
  int64_t patience, deadline; /* after `enter`, while it queues; INT64_MAX: none */
  course course;
  visit_detail detail;
} journey;

typedef struct visit_row {
  size_t journey;
  uint32_t lead, number, order;
  uint16_t stage, visit, exit, would;
  fsim_reason reason;
  int64_t enter, queue, work, wait;
  visit_detail detail;
} visit_row;

/* A queue is a list in order of joining. */
typedef struct team_state {
  const fsim_team *team;
  int64_t busy;
  size_t *queue; /* journeys */
  size_t n, room;
} team_state;

typedef struct state {
  world world;
  const fsim_plan *plan;
  const fsim_scenario *scenario;
  fsim_report *report;
  event *events;
  size_t n_events, room_events;
  journey *journeys;
  size_t n_journeys, room_journeys;
  visit_row *rows;
  size_t n_rows, room_rows;
  team_state *teams;
  int64_t joined;
} state;

/* events.c: a team's clock, written anew from its spans */
bool is_open(const fsim_team *team, int64_t t);
/* INT64_MAX: never. */
int64_t work_done(const fsim_team *team, int64_t start, int64_t work);
int64_t places_at(const fsim_team *team, int64_t t);
/* The list of all that is going to happen. What would happen at the horizon or later is left out.
 */
int add_event(state *s, event e);
int add_team_event(state *s, event_phase phase, uint16_t team, int64_t t, size_t j);
/* link -1: the lead's first journey. */
int add_start(state *s, size_t lead_row, int64_t t, uint32_t parent, int link);
/* Of at least one. */
event take_first(state *s);

/* visits.c: how journeys come to stages and leave them */
visit_key key_of(const state *s, size_t j);
int begin_visit(state *s, size_t j, size_t stage, int64_t t);
/* Stages without work take no event: the journey goes through them at once. */
int enter(state *s, size_t j, size_t stage, int64_t t);
/* Where the course of a visit leads once its wait begins: the wait is over, or a rule ends it. */
int64_t wait_lived(const journey *of, bool *by_rule);
/* The rest of a visit whose course is drawn. */
int finish(state *s, size_t j);
/* The visit ends `queue + work + wait` after it began, which is before the horizon. What ended it
 * in the queue is told as the reason even when the next stage turns the journey away. */
int leave(state *s, size_t j, int64_t queue, int64_t work, int64_t wait, fsim_target target,
          fsim_reason reason, size_t drawn);
/* The journey is still in its visit when the run ends. */
int stay_open(state *s, size_t j, int64_t queue, int64_t work, int64_t wait);

/* rows.c: all that was noted, in the order of the result's rows */
int tell(state *s, reference *r);

#endif
