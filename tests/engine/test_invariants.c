/* The promises about bits: threads, block and part sizes; what a change leaves alone; order in
 * files. */
#include "tests/engine/build.h"
#include "tests/engine/rich.h"

static void assert_same_rows(const fsim_trajectory *a, const fsim_trajectory *b) {
  for (int t = 0; t < FSIM_N_TABLES; t++) assert_int_equal(a->rows[t], b->rows[t]);
  for (int c = 0; c < FSIM_N_COLUMNS; c++) {
    size_t n = a->rows[fsim_columns[c].table] * fsim_column_size(fsim_columns[c].type);
    assert_memory_equal(a->column[c], b->column[c], n);
  }
  for (size_t i = 0; i < a->n_attributes; i++)
    assert_memory_equal(a->attribute[i], b->attribute[i], a->rows[FSIM_LEADS]);
}

static void assert_same_pool(const fsim_pool *a, const fsim_pool *b) {
  size_t n = a->n_histograms;
  assert_int_equal(a->units, b->units);
  assert_memory_equal(a->count, b->count, n * FSIM_TIME_CLASSES * sizeof *a->count);
  assert_memory_equal(a->below_sq, b->below_sq, n * FSIM_COARSE_CLASSES * sizeof *a->below_sq);
  assert_memory_equal(a->below_n, b->below_n, n * FSIM_COARSE_CLASSES * sizeof *a->below_n);
  assert_memory_equal(a->n_sq, b->n_sq, n * sizeof *a->n_sq);
}

static void the_same_bits_for_any_threads_blocks_and_parts(void **state) {
  (void)state;
  static const run_plan plans[] = {
      {.threads = 2},
      {.threads = 5},
      {.threads = 1, .tuning = {.block_leads = 7}},
      {.threads = 2, .tuning = {.block_leads = 300}},
      {.threads = 1, .tuning = {.part_leads = 50, .large_leads = 1}},
      {.threads = 5, .tuning = {.block_leads = 64, .part_leads = 333, .large_leads = 1}},
  };
  model m = model_make_with(RICH, "deals.csv", RICH_DEALS);
  kept first = run_model(&m, (run_plan){.replications = 6, .keep = UINT32_MAX});
  assert_true(first.rows->rows[FSIM_VISITS] > 10000);
  for (size_t i = 0; i < sizeof plans / sizeof *plans; i++) {
    run_plan plan = plans[i];
    plan.replications = 6;
    plan.keep = UINT32_MAX;
    kept other = run_model(&m, plan);
    assert_memory_equal(first.records, other.records, 6 * m.shape->n_cells * sizeof *first.records);
    assert_same_rows(first.rows, other.rows);
    assert_same_pool(first.pool, other.pool);
    kept_free(&other);
  }
  kept_free(&first);
  model_free(&m);
}

static void uncertain_pairs_have_the_same_bits_for_any_threads(void **state) {
  (void)state;
  model m = model_make_with(
      RICH_HEAD "set: {streams.web.rate: {uncertain: {gamma: {mean: 12 / d, cv: 0.3}}}}\n", NULL,
      NULL);
  assert_true(m.scenario->uncertain);
  kept a = run_model(&m, (run_plan){.replications = 8, .keep = UINT32_MAX});
  kept b = run_model(&m, (run_plan){.replications = 8, .keep = UINT32_MAX, .threads = 3});
  kept c = run_model(&m, (run_plan){.replications = 8,
                                    .keep = UINT32_MAX,
                                    .threads = 2,
                                    .tuning = {.large_leads = 1, .part_leads = 100}});
  assert_int_equal(a.pool->units, 4);
  assert_same_rows(a.rows, b.rows);
  assert_same_pool(a.pool, b.pool);
  assert_same_rows(a.rows, c.rows);
  assert_same_pool(a.pool, c.pool);
  kept_free(&a);
  kept_free(&b);
  kept_free(&c);
  model_free(&m);
}

static void rows_recount_to_the_record(void **state) {
  (void)state;
  model m = model_make_with(RICH, "deals.csv", RICH_DEALS);
  kept k = run_model(&m, (run_plan){.replications = 1, .keep = 1});
  size_t classes = m.shape->n_histograms * FSIM_TIME_CLASSES;
  int64_t *record = calloc(m.shape->n_cells, sizeof *record);
  uint32_t *histograms = calloc(classes, sizeof *histograms);
  assert_int_equal(fsim_recount(m.scenario, m.shape, k.rows, record, histograms, m.report),
                   FSIM_OK);
  for (int a = 0; a < FSIM_N_CELLS; a++) {
    size_t end = a + 1 < FSIM_N_CELLS ? m.shape->offset[a + 1] : m.shape->n_cells;
    for (size_t i = m.shape->offset[a]; i < end; i++) {
      if (record[i] != k.records[i])
        fail_msg("%s[%zu]: %lld, recounted %lld", fsim_record_arrays[a].name,
                 i - m.shape->offset[a], (long long)k.records[i], (long long)record[i]);
    }
  }
  for (size_t i = 0; i < classes; i++) assert_int_equal(k.pool->count[i], histograms[i]);
  free(record);
  free(histograms);
  kept_free(&k);
  model_free(&m);
}

#define COLUMN(type, rows, id) ((const type *)(rows)->column[id])

/* Rows of one lead in a table. */
static size_t lead_rows(const fsim_trajectory *rows, fsim_column_id lead_column, fsim_table table,
                        uint32_t lead, size_t *first) {
  const uint32_t *leads = rows->column[lead_column];
  size_t n = 0;
  for (size_t i = 0; i < rows->rows[table]; i++) {
    if (leads[i] != lead) continue;
    if (n++ == 0) *first = i;
  }
  return n;
}

static void assert_lead_replays(const kept *k, const fsim_trajectory *one, uint32_t lead) {
  static const fsim_column_id lead_of[] = {FSIM_LEAD_LEAD, FSIM_JOURNEY_LEAD, FSIM_VISIT_LEAD};
  for (int t = 0; t < FSIM_N_TABLES; t++) {
    size_t first = 0, n = lead_rows(k->rows, lead_of[t], (fsim_table)t, lead, &first);
    assert_int_equal(n, one->rows[t]);
    for (int c = 0; c < FSIM_N_COLUMNS; c++) {
      size_t size = fsim_column_size(fsim_columns[c].type);
      if (fsim_columns[c].table != (fsim_table)t) continue;
      assert_memory_equal((char *)k->rows->column[c] + first * size, one->column[c], n * size);
    }
  }
}

static void a_replayed_lead_has_the_stored_rows(void **state) {
  (void)state;
  model m = model_make_with(RICH, "deals.csv", RICH_DEALS);
  kept k = run_model(&m, (run_plan){.replications = 1, .keep = 1});
  for (size_t i = 0; i < k.rows->rows[FSIM_LEADS]; i += 97) {
    uint32_t lead = COLUMN(uint32_t, k.rows, FSIM_LEAD_LEAD)[i];
    uint32_t number = COLUMN(uint32_t, k.rows, FSIM_LEAD_NUMBER)[i];
    const char *stream = m.scenario->streams[COLUMN(uint16_t, k.rows, FSIM_LEAD_STREAM)[i]].name;
    fsim_trajectory *one;
    assert_int_equal(fsim_replay_lead(m.source, 0, stream, number, m.report, &one), FSIM_OK);
    assert_lead_replays(&k, one, lead);
    fsim_trajectory_free(one);
  }
  fsim_trajectory *none;
  assert_int_equal(fsim_replay_lead(m.source, 0, "web", 1000000, m.report, &none), FSIM_BAD_INPUT);
  assert_int_equal(fsim_replay_lead(m.source, 0, "wbe", 0, m.report, &none), FSIM_BAD_INPUT);
  kept_free(&k);
  model_free(&m);
}

static void a_share_keeps_the_same_leads_with_the_same_rows(void **state) {
  (void)state;
  model m = model_make_with(RICH, "deals.csv", RICH_DEALS);
  kept all = run_model(&m, (run_plan){.replications = 1, .keep = 1});
  kept some = run_model(&m, (run_plan){.replications = 1, .keep = 1, .share = 0.3});
  double share = (double)some.rows->rows[FSIM_LEADS] / (double)all.rows->rows[FSIM_LEADS];
  double error = sqrt(0.3 * 0.7 / (double)all.rows->rows[FSIM_LEADS]);
  assert_true(fabs(share - 0.3) < 4 * error);
  const uint32_t *kept_leads = some.rows->column[FSIM_LEAD_LEAD];
  for (size_t t = FSIM_JOURNEYS; t < FSIM_N_TABLES; t++) {
    fsim_column_id lead_of = t == FSIM_JOURNEYS ? FSIM_JOURNEY_LEAD : FSIM_VISIT_LEAD;
    size_t first = 0, n = lead_rows(all.rows, lead_of, (fsim_table)t, kept_leads[5], &first),
           at = 0;
    assert_int_equal(n, lead_rows(some.rows, lead_of, (fsim_table)t, kept_leads[5], &at));
    fsim_column_id start = t == FSIM_JOURNEYS ? FSIM_JOURNEY_T_START : FSIM_VISIT_T_ENTER;
    assert_memory_equal(COLUMN(int32_t, all.rows, start) + first,
                        COLUMN(int32_t, some.rows, start) + at, n * sizeof(int32_t));
  }
  kept_free(&all);
  kept_free(&some);
  model_free(&m);
}

/* ---- I2, I3, I4 ---- */

#define LINE_HEAD(stages)                                                  \
  "scenario: line\nstart: 2026-01-05\nhorizon: 400 d\nseed: 9\n"           \
  "models:\n  line:\n    funnel: line\n    entry: a\n    stages:\n" stages \
  "    outcomes: {won: {counts_as: win}, lost: {}}\n"                      \
  "    value: {lognormal: {mean: 100, cv: 1}}\n"
#define STAGE_A "      a: {wait: {lognormal: {mean: 4 d, cv: 1}}, exits: {b: 0.7, lost: rest}}\n"
#define STAGE_A_MORE \
  "      a: {wait: {lognormal: {mean: 4 d, cv: 1}}, exits: {b: 0.8, lost: rest}}\n"
#define STAGE_A_NEW \
  "      a: {wait: {lognormal: {mean: 4 d, cv: 1}}, exits: {zoom: 0.7, lost: rest}}\n"
#define STAGE_NEW "      zoom: {exits: {b: 1}}\n"
#define STAGE_B \
  "      b: {wait: {gamma: {mean: 9 d, cv: 0.7}}, exits: {c: 0.6, a: 0.1, lost: rest}}\n"
#define STAGE_C "      c: {wait: {exponential: {mean: 5 d}}, exits: {won: 0.5, lost: rest}}\n"
#define WEB "  web: {into: line, rate: 8 / d}\n"
#define OTHER "  alone: {into: line, rate: 3 / d}\n"

/* A visit by its names. */
typedef struct visit {
  uint32_t stream, number;
  uint16_t visit;
  char stage[16], exit[16];
  int32_t wait;
  uint8_t reason;
} visit;

static int by_identity(const void *a, const void *b) {
  const visit *x = a, *y = b;
  if (x->stream != y->stream) return x->stream < y->stream ? -1 : 1;
  if (x->number != y->number) return x->number < y->number ? -1 : 1;
  int stage = strcmp(x->stage, y->stage);
  return stage != 0 ? stage : (int)x->visit - (int)y->visit;
}

/* Visits of replication 0 to all stages but `without`, of the stream `only` (NULL: all). */
static visit *visits_of(const kept *k, const char *without, const char *only, size_t *n) {
  const fsim_scenario *s = k->m->scenario;
  const fsim_trajectory *rows = k->rows;
  visit *visits = calloc(rows->rows[FSIM_VISITS], sizeof *visits);
  size_t lead = 0;
  *n = 0;
  for (size_t i = 0; i < rows->rows[FSIM_VISITS]; i++) {
    while (COLUMN(uint32_t, rows, FSIM_LEAD_LEAD)[lead] !=
           COLUMN(uint32_t, rows, FSIM_VISIT_LEAD)[i])
      lead++;
    const char *stream = s->streams[COLUMN(uint16_t, rows, FSIM_LEAD_STREAM)[lead]].name;
    const char *stage = s->stages[COLUMN(uint16_t, rows, FSIM_VISIT_STAGE)[i]].name;
    uint16_t exit = COLUMN(uint16_t, rows, FSIM_VISIT_EXIT)[i];
    if ((without != NULL && strcmp(stage, without) == 0) ||
        (only != NULL && strcmp(stream, only) != 0))
      continue;
    visit *v = &visits[(*n)++];
    v->stream = (uint32_t)(stream[0]);
    v->number = COLUMN(uint32_t, rows, FSIM_LEAD_NUMBER)[lead];
    v->visit = COLUMN(uint16_t, rows, FSIM_VISIT_VISIT)[i];
    v->wait = COLUMN(int32_t, rows, FSIM_VISIT_WAIT)[i];
    v->reason = COLUMN(uint8_t, rows, FSIM_VISIT_REASON)[i];
    snprintf(v->stage, sizeof v->stage, "%s", stage);
    snprintf(v->exit, sizeof v->exit, "%s",
             exit < s->n_stages                   ? s->stages[exit].name
             : exit < s->n_stages + s->n_outcomes ? s->outcomes[exit - s->n_stages].name
                                                  : "open");
  }
  qsort(visits, *n, sizeof *visits, by_identity);
  return visits;
}

static visit *visits_of_text(const char *yaml, const char *without, const char *only, size_t *n) {
  model m = model_make(yaml);
  kept k = run_model(&m, (run_plan){.replications = 1, .keep = 1});
  visit *visits = visits_of(&k, without, only, n);
  kept_free(&k);
  model_free(&m);
  return visits;
}

static void a_changed_stage_leaves_the_draws_of_others_alone(void **state) {
  (void)state;
  size_t n_a, n_b, same = 0, i = 0, j = 0;
  visit *a = visits_of_text(LINE_HEAD(STAGE_A STAGE_B STAGE_C) "streams:\n" WEB, "a", NULL, &n_a);
  visit *b =
      visits_of_text(LINE_HEAD(STAGE_A_MORE STAGE_B STAGE_C) "streams:\n" WEB, "a", NULL, &n_b);
  while (i < n_a && j < n_b) {
    int order = by_identity(&a[i], &b[j]);
    if (order < 0) {
      i++;
    } else if (order > 0) {
      j++;
    } else {
      assert_memory_equal(&a[i], &b[j], sizeof *a);
      same++, i++, j++;
    }
  }
  assert_true(n_b > n_a);      /* more leads come further */
  assert_int_equal(same, n_a); /* and nobody who came before meets anything new */
  free(a);
  free(b);
}

/* T10. Stages come before outcomes among the exits, whatever their names: the new stage takes the
 * place of the one it leads to. */
static void an_inserted_stage_leaves_all_draws_alone(void **state) {
  (void)state;
  size_t n_a, n_b;
  visit *a = visits_of_text(LINE_HEAD(STAGE_A STAGE_B STAGE_C) "streams:\n" WEB, NULL, NULL, &n_a);
  visit *b = visits_of_text(LINE_HEAD(STAGE_A_NEW STAGE_NEW STAGE_B STAGE_C) "streams:\n" WEB,
                            "zoom", NULL, &n_b);
  assert_int_equal(n_a, n_b);
  for (size_t i = 0; i < n_a; i++) {
    if (strcmp(b[i].exit, "zoom") == 0) snprintf(b[i].exit, sizeof b[i].exit, "b");
    assert_string_equal(a[i].exit, b[i].exit);
    assert_int_equal(a[i].wait, b[i].wait);
    assert_int_equal(by_identity(&a[i], &b[i]), 0);
  }
  free(a);
  free(b);
}

static void the_order_in_the_file_means_nothing(void **state) {
  (void)state;
  size_t n_a, n_b;
  visit *a = visits_of_text(LINE_HEAD(STAGE_A STAGE_B STAGE_C) "streams:\n" WEB, NULL, "web", &n_a);
  visit *b = visits_of_text(
      LINE_HEAD("      c: {exits: {lost: rest, won: 0.5}, wait: {exponential: {mean: 5 d}}}\n"
                "      b: {exits: {lost: rest, c: 0.6, a: 0.1}, wait: {gamma: {cv: 0.7, mean: 9 "
                "d}}}\n" STAGE_A) "streams:\n" OTHER WEB,
      NULL, "web", &n_b);
  assert_int_equal(n_a, n_b);
  assert_memory_equal(a, b, n_a * sizeof *a);
  free(a);
  free(b);
}

static void longer_waits_never_shorten_a_visit(void **state) {
  (void)state;
  size_t n_a, n_b;
  visit *a = visits_of_text(LINE_HEAD(STAGE_A STAGE_B STAGE_C) "streams:\n" WEB, NULL, NULL, &n_a);
  visit *b = visits_of_text(LINE_HEAD("      a: {wait: {lognormal: {mean: 4.1 d, cv: 1}}, exits: "
                                      "{b: 0.7, lost: rest}}\n" STAGE_B STAGE_C) "streams:\n" WEB,
                            NULL, NULL, &n_b);
  size_t compared = 0;
  for (size_t i = 0, j = 0; i < n_a && j < n_b;) {
    int order = by_identity(&a[i], &b[j]);
    if (order == 0 && a[i].reason == FSIM_BY_EXIT && b[j].reason == FSIM_BY_EXIT) {
      assert_true(b[j].wait >= a[i].wait);
      assert_true(b[j].wait <= a[i].wait * 1.03 + 1);
      assert_string_equal(a[i].exit, b[j].exit);
      compared++;
    }
    i += order <= 0;
    j += order >= 0;
  }
  assert_true(compared > 5000);
  free(a);
  free(b);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_same_bits_for_any_threads_blocks_and_parts),
      cmocka_unit_test(uncertain_pairs_have_the_same_bits_for_any_threads),
      cmocka_unit_test(rows_recount_to_the_record),
      cmocka_unit_test(a_replayed_lead_has_the_stored_rows),
      cmocka_unit_test(a_share_keeps_the_same_leads_with_the_same_rows),
      cmocka_unit_test(a_changed_stage_leaves_the_draws_of_others_alone),
      cmocka_unit_test(an_inserted_stage_leaves_all_draws_alone),
      cmocka_unit_test(the_order_in_the_file_means_nothing),
      cmocka_unit_test(longer_waits_never_shorten_a_visit),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
