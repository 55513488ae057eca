/* What runs counted, with and without rows. Without them engines count whole cohorts and blocks
 * where they can; the calendar with rows follows every journey by itself. */
#ifndef TESTS_TEAMS_COUNTS_H
#define TESTS_TEAMS_COUNTS_H

#include "tests/teams/harness.h"

#define COUNTED 2 /* replications */

/* Rows of `keep` replications; an engine of NULL is chosen by the scenario. Leads come in small
 * blocks, so that even small scenarios need several. */
static inline kept run_counts(const model *m, const char *engine, uint32_t keep, int threads) {
  kept k;
  run_plan plan = {.replications = COUNTED,
                   .engine = engine,
                   .keep = keep,
                   .threads = threads,
                   .tuning = {.block_leads = 24}};
  int status = run_into(m, plan, &k);
  if (status != FSIM_OK) show_report(m->report);
  assert_int_equal(status, FSIM_OK);
  if (engine != NULL) assert_string_equal(k.result.engine, engine);
  return k;
}

/* Every count and every class of every histogram. */
static inline void assert_same_counts(const char *text, const char *what, const kept *a,
                                      const kept *b) {
  const fsim_shape *shape = a->m->shape;
  for (size_t i = 0; i < COUNTED * shape->n_cells; i++) {
    if (a->records[i] == b->records[i]) continue;
    size_t cell = i % shape->n_cells, array = FSIM_N_CELLS;
    while (shape->offset[--array] > cell) continue;
    fprintf(stderr, "%s", text);
    fail_msg("%s[%zu]: %s %lld, calendar with rows %lld", fsim_record_arrays[array].name,
             cell - shape->offset[array], what, (long long)a->records[i], (long long)b->records[i]);
  }
  for (size_t i = 0; i < shape->n_histograms * FSIM_TIME_CLASSES; i++)
    assert_int_equal(a->pool->count[i], b->pool->count[i]);
}

#endif
