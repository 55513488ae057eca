#include "tests/bench/textbook.h"

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <stdlib.h>
#include <string.h>

#define NOBODY UINT32_MAX

enum { ARRIVES, LEAVES, WORKED, GIVES_UP };

typedef struct event {
  double t;
  uint32_t journey, visit; /* a visit that is over means nothing any more */
  int kind;
} event;

typedef struct journey {
  double enter;
  uint32_t visit, next; /* in the queue, or the next that is free */
  int stage;
  bool queued;
} journey;

typedef struct team {
  unsigned busy;
  uint32_t first, last;
} team;

typedef struct world {
  const textbook_model *model;
  textbook_result *result;
  gsl_rng *rng;
  event *heap;
  size_t n_heap, heap_capacity;
  journey *journeys;
  size_t n_journeys, journey_capacity;
  uint32_t spare;
  uint64_t in_progress;
  team team[TEXTBOOK_STAGES];
  uint64_t *entered, *left; /* [weeks][stages] */
  bool failed;
} world;

static bool before(const event *a, const event *b) {
  return a->t < b->t;
}

static void push(world *w, double t, int kind, uint32_t who) {
  if (t >= w->model->days) return;
  if (w->n_heap == w->heap_capacity) {
    size_t room = 2 * w->heap_capacity + 1024;
    event *heap = realloc(w->heap, room * sizeof *heap);
    if (heap == NULL) {
      w->failed = true;
      return;
    }
    w->heap = heap;
    w->heap_capacity = room;
  }
  event e = {t, who, who == NOBODY ? 0 : w->journeys[who].visit, kind};
  size_t at = w->n_heap++;
  for (; at > 0 && before(&e, &w->heap[(at - 1) / 2]); at = (at - 1) / 2)
    w->heap[at] = w->heap[(at - 1) / 2];
  w->heap[at] = e;
}

static event pop(world *w) {
  event top = w->heap[0], last = w->heap[--w->n_heap];
  size_t at = 0, child;
  while ((child = 2 * at + 1) < w->n_heap) {
    if (child + 1 < w->n_heap && before(&w->heap[child + 1], &w->heap[child])) child++;
    if (!before(&w->heap[child], &last)) break;
    w->heap[at] = w->heap[child];
    at = child;
  }
  w->heap[at] = last;
  w->result->events++;
  return top;
}

static uint32_t new_journey(world *w) {
  uint32_t at = w->spare;
  if (at != NOBODY) {
    w->spare = w->journeys[at].next;
  } else {
    if (w->n_journeys == w->journey_capacity) {
      size_t room = 2 * w->journey_capacity + 1024;
      journey *journeys = realloc(w->journeys, room * sizeof *journeys);
      if (journeys == NULL) {
        w->failed = true;
        return NOBODY;
      }
      w->journeys = journeys;
      w->journey_capacity = room;
    }
    at = (uint32_t)w->n_journeys++;
    w->journeys[at].visit = 0;
  }
  if (++w->in_progress > w->result->most_in_progress) w->result->most_in_progress = w->in_progress;
  return at;
}

static void end(world *w, uint32_t who) {
  w->journeys[who].next = w->spare;
  w->spare = who;
  w->in_progress--;
}

static void wait_there(world *w, double t, uint32_t who) {
  const textbook_stage *stage = &w->model->stage[w->journeys[who].stage];
  double wait = stage->sigma > 0 ? gsl_ran_lognormal(w->rng, stage->mu, stage->sigma) : 0;
  push(w, t + wait, LEAVES, who);
}

static void begin_work(world *w, double t, uint32_t who) {
  journey *j = &w->journeys[who];
  const textbook_stage *stage = &w->model->stage[j->stage];
  double work = stage->shape == 1 ? gsl_ran_exponential(w->rng, stage->work)
                                  : gsl_ran_gamma(w->rng, stage->shape, stage->work / stage->shape);
  j->queued = false;
  j->visit++;
  w->team[j->stage].busy++;
  w->result->queue_days += t - j->enter;
  w->result->busy_days += work;
  push(w, t + work, WORKED, who);
}

static void come(world *w, double t, uint32_t who, int at) {
  journey *j = &w->journeys[who];
  const textbook_stage *stage = &w->model->stage[at];
  team *of = &w->team[at];
  j->stage = at;
  j->enter = t;
  j->visit++;
  w->result->visits++;
  w->entered[(size_t)(t / 7) * TEXTBOOK_STAGES + (size_t)at]++;
  if (stage->places == 0) {
    wait_there(w, t, who);
  } else if (of->busy < stage->places) {
    begin_work(w, t, who);
  } else {
    j->queued = true;
    j->next = NOBODY;
    *(of->first == NOBODY ? &of->first : &w->journeys[of->last].next) = who;
    of->last = who;
    if (stage->patience > 0)
      push(w, t + gsl_ran_exponential(w->rng, stage->patience), GIVES_UP, who);
  }
}

static void leave(world *w, double t, uint32_t who) {
  int at = w->journeys[who].stage;
  w->left[(size_t)(t / 7) * TEXTBOOK_STAGES + (size_t)at]++;
  if (gsl_rng_uniform(w->rng) >= w->model->stage[at].advance) {
    end(w, who);
  } else if (at + 1 < w->model->n_stages) {
    come(w, t, who, at + 1);
  } else {
    w->result->wins++;
    end(w, who);
  }
}

/* Takes the head of the queue. Those who gave up were taken out of their journey, not of the
 * queue: their place in it stands for nobody. */
static void finish_work(world *w, double t, uint32_t who) {
  team *of = &w->team[w->journeys[who].stage];
  of->busy--;
  wait_there(w, t, who);
  while (of->first != NOBODY) {
    uint32_t head = of->first;
    of->first = w->journeys[head].next;
    if (w->journeys[head].queued) {
      begin_work(w, t, head);
      return;
    }
    end(w, head);
  }
}

static void give_up(world *w, double t, uint32_t who) {
  journey *j = &w->journeys[who];
  j->queued = false;
  j->visit++;
  w->result->abandoned++;
  w->left[(size_t)(t / 7) * TEXTBOOK_STAGES + (size_t)j->stage]++;
}

static void arrive(world *w, double t) {
  uint32_t who = new_journey(w);
  if (w->failed) return;
  push(w, t + gsl_ran_exponential(w->rng, 1 / w->model->per_day), ARRIVES, NOBODY);
  come(w, t, who, 0);
}

static void run_one(world *w) {
  w->n_heap = w->n_journeys = 0;
  w->spare = NOBODY;
  w->in_progress = 0;
  for (int k = 0; k < TEXTBOOK_STAGES; k++) w->team[k] = (team){0, NOBODY, NOBODY};
  push(w, gsl_ran_exponential(w->rng, 1 / w->model->per_day), ARRIVES, NOBODY);
  while (w->n_heap > 0 && !w->failed) {
    event e = pop(w);
    if (e.kind == ARRIVES) {
      arrive(w, e.t);
    } else if (w->journeys[e.journey].visit == e.visit) {
      if (e.kind == LEAVES) leave(w, e.t, e.journey);
      if (e.kind == WORKED) finish_work(w, e.t, e.journey);
      if (e.kind == GIVES_UP) give_up(w, e.t, e.journey);
    }
  }
}

/* Reads every count, so that no compiler leaves one out. */
static bool adds_up(const world *w, size_t n) {
  uint64_t entered = 0;
  w->result->left = 0;
  for (size_t i = 0; i < n; i++) {
    entered += w->entered[i];
    w->result->left += w->left[i];
  }
  return entered == w->result->visits && w->result->left <= entered;
}

bool textbook_run(const textbook_model *model, unsigned replications, textbook_result *result) {
  size_t n = ((size_t)(model->days / 7) + 1) * TEXTBOOK_STAGES;
  world w = {.model = model, .result = result};
  memset(result, 0, sizeof *result);
  w.rng = gsl_rng_alloc(gsl_rng_mt19937);
  w.entered = calloc(n, sizeof *w.entered);
  w.left = calloc(n, sizeof *w.left);
  w.failed = w.rng == NULL || w.entered == NULL || w.left == NULL;
  for (unsigned r = 0; r < replications && !w.failed; r++) run_one(&w);
  bool good = !w.failed && adds_up(&w, n);
  gsl_rng_free(w.rng);
  free(w.entered);
  free(w.left);
  free(w.heap);
  free(w.journeys);
  return good;
}
