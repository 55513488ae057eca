/* Where the time of journeys went that started in the window, by how they ended. */
#include <stdlib.h>
#include <string.h>

#include "sim/base/array.h"
#include "sim/engine/stagewise.h"
#include "sim/random/vector.h"

typedef struct parts {
  int64_t queue, work, stay;
} parts;

static void add_to_cells(const fsim_stagewise_worker *w, size_t outcome, size_t stage, parts sum) {
  const fsim_shape *shape = w->recorder->shape;
  int64_t *cell = &w->recorder->cells[fsim_cell(shape, FSIM_PART_QUEUE, outcome, stage, 0)];
  size_t size = shape->dim[FSIM_DIM_OUTCOME] * shape->dim[FSIM_DIM_PASSED];
  cell[0] += sum.queue;
  cell[size] += sum.work;
  cell[2 * size] += sum.stay - sum.queue - sum.work;
}

/* ---- visits that end their journeys: known at once ---- */

/* Sums of at most FSIM_COHORT_ROWS in halves: 64-bit lanes would be half as many. */
typedef struct halves {
  uint32_t low;
  int32_t high;
} halves;

static inline __attribute__((always_inline)) void add_half(halves *sum, int32_t x) {
  sum->low += (uint32_t)x & 0xffff;
  sum->high += x >> 16;
}

static int64_t whole(halves sum) {
  return (int64_t)sum.high * 65536 + sum.low;
}

FSIM_CLONES
static int64_t sum_bucket(const uint16_t *restrict bucket, uint16_t wanted,
                          const int32_t *restrict start, int32_t from, const int32_t *restrict x,
                          size_t n) {
  halves sum = {0, 0};
  for (size_t i = 0; i < n; i++)
    add_half(&sum, x[i] & -(int32_t)((bucket[i] == wanted) & (start[i] >= from)));
  return whole(sum);
}

FSIM_CLONES
static void gather_starts(const uint32_t *restrict journey, const int32_t *restrict start_of,
                          int32_t *restrict start, size_t n) {
  for (size_t i = 0; i < n; i++) start[i] = start_of[journey[i]];
}

void fsim_cohort_tell_parts(const fsim_stagewise_worker *w, const fsim_cohort *c, size_t stage,
                            const fsim_plan_law *law, const fsim_inbox *in,
                            const fsim_served *served) {
  const fsim_block *b = c->block;
  const fsim_scenario *s = c->engine.scenario;
  int32_t from = s->warm_up_s, gathered[FSIM_COHORT_ROWS];
  const int32_t *start = in->t;
  if (w->recorder->shape->dim[FSIM_DIM_PASSED] == 0) return;
  if (s->funnels[b->funnel_now].entry != stage) {
    gather_starts(in->journey, b->j_start, gathered, in->n);
    start = gathered;
  }
  for (uint16_t k = 0; k < law->n_exits + 3; k++) {
    fsim_target to = k < law->n_exits    ? law->target[k]
                     : k == law->n_exits ? law->deadline_target
                                         : law->abandon_target;
    if (k == law->n_exits + 1 || (k == law->n_exits && law->deadline_s == FSIM_NO_DEADLINE) ||
        (k == law->n_exits + 2 && (served == NULL || law->patience == NULL)))
      continue;
    parts sum = {0, 0, sum_bucket(b->bucket, k, start, from, b->stay, in->n)};
    if (served != NULL) {
      sum.queue = sum_bucket(b->bucket, k, start, from, served->queue, in->n);
      sum.work = sum_bucket(b->bucket, k, start, from, served->work, in->n);
    }
    add_to_cells(w, to.index, stage, sum);
  }
}

/* ---- visits kept until their journeys have ended ---- */

static void count_parts(fsim_stagewise_worker *w, fsim_cohort *c, size_t stage,
                        const fsim_stage_unit *unit, parts *sums) {
  const fsim_scenario *s = c->engine.scenario;
  const fsim_funnel *funnel = &s->funnels[s->stages[stage].funnel];
  const uint16_t *outcome = c->block->j_outcome;
  const int32_t *start = c->block->j_start;
  const fsim_inbox *in = fsim_cohort_inbox(c, stage);
  size_t first = c->first_visit[stage], endings = funnel->n_outcomes + 1;
  if (first == SIZE_MAX || (in == NULL && !unit->first)) return;
  bool works = fsim_stage_law_of(s, 0, c->profile, stage)->work.set;
  size_t n = unit->first ? c->n_leads : in->n;
  const int32_t *stay = c->stay + first, *queue = c->queue + first, *work = c->work + first;
  memset(sums, 0, 2 * endings * sizeof *sums);
  for (size_t i = 0; i < n; i++) {
    size_t j = unit->first ? i : in->journey[i];
    size_t end = (size_t)outcome[j] - funnel->first_outcome; /* open ones are far beyond */
    if (start[j] < s->warm_up_s || end >= endings) end = endings - 1;
    parts *sum = &sums[2 * end + (i & 1)]; /* neighbours do not wait for each other */
    sum->stay += stay[i];
    if (!works) continue;
    sum->queue += queue[i];
    sum->work += work[i];
  }
  for (size_t o = 0; o < funnel->n_outcomes; o++) {
    const parts *two = &sums[2 * o];
    add_to_cells(
        w, funnel->first_outcome + o, stage,
        (parts){two[0].queue + two[1].queue, two[0].work + two[1].work, two[0].stay + two[1].stay});
  }
}

int fsim_cohorts_count_parts(fsim_stagewise_worker *w) {
  const fsim_scenario *s = w->engine->independent.scenario;
  if (w->recorder->shape->dim[FSIM_DIM_PASSED] == 0) return FSIM_OK;
  parts *sums = fsim_zeroed(2 * (s->n_outcomes + 1), sizeof *sums);
  if (sums == NULL) return fsim_no_memory(w->report);
  for (size_t i = 0; i < w->n_cohorts; i++) {
    fsim_cohort *c = &w->cohorts[i];
    for (size_t u = 0; c->n_leads > 0 && u < w->engine->units.n; u++) {
      const fsim_stage_unit *unit = &w->engine->units.unit[u];
      for (size_t k = 0; k < unit->n_stages && !unit->ends_at_once; k++)
        count_parts(w, c, unit->stage[k], unit, sums);
    }
  }
  free(sums);
  return FSIM_OK;
}
