/* Random scenarios loaded and run, by the reference and by engines; and their rows compared. */
#ifndef TESTS_TEAMS_HARNESS_H
#define TESTS_TEAMS_HARNESS_H

#include "tests/engine/build.h"
#include "tests/teams/random_scenario.h"
#include "tests/teams/reference.h"

static inline model load_texts(const random_scenario *text) {
  const char *names[] = {"leads.csv", "deals.csv"};
  const char *texts[] = {text->leads == NULL ? "date,segment\n" : text->leads,
                         text->deals == NULL ? "stage,segment,amount,entered\n" : text->deals};
  size_t lengths[] = {strlen(texts[0]), strlen(texts[1])};
  model m = {.report = fsim_report_new()};
  int status = fsim_source_parse("random.yaml", text->yaml, strlen(text->yaml), names, texts,
                                 lengths, 2, NULL, 0, m.report, &m.source);
  if (status == FSIM_OK)
    status = fsim_source_realise(m.source, FSIM_CENTRAL, m.report, &m.scenario);
  if (status == FSIM_OK) status = fsim_shape_make(m.scenario, m.report, &m.shape);
  if (status != FSIM_OK) {
    fprintf(stderr, "%s", text->yaml);
    show_report(m.report);
  }
  assert_int_equal(status, FSIM_OK);
  return m;
}

/* What the replications of one scenario share. */
typedef struct prepared {
  fsim_sampler_cache *cache;
  fsim_plan *plan;
  fsim_arrival_laws *arrivals;
} prepared;

static inline prepared prepare(const model *m) {
  prepared p = {.cache = fsim_sampler_cache_new()};
  assert_non_null(p.cache);
  assert_int_equal(fsim_plan_make(m->scenario, p.cache, m->report, &p.plan), FSIM_OK);
  assert_int_equal(fsim_arrival_laws_make(m->scenario, p.cache, m->report, &p.arrivals), FSIM_OK);
  return p;
}

static inline void prepared_free(prepared *p) {
  fsim_arrival_laws_free(p->arrivals);
  fsim_plan_free(p->plan);
  fsim_sampler_cache_free(p->cache);
}

static inline reference run_reference(const model *m, const prepared *p, uint32_t replication) {
  reference r;
  int status = reference_run(p->plan, p->arrivals, replication, m->report, &r);
  if (status != FSIM_OK) show_report(m->report);
  assert_int_equal(status, FSIM_OK);
  return r;
}

/* Rows of the first `replications` replications by an engine. */
static inline kept run_engine(const model *m, const char *engine, uint32_t replications,
                              int threads) {
  kept k = {.m = m, .rows = fsim_trajectory_new(m->scenario->n_attributes)};
  k.records = calloc(replications * m->shape->n_cells, sizeof *k.records);
  assert_non_null(k.records);
  fsim_run_options options = {
      .threads = threads, .engine = engine, .keep = {UINT32_MAX, 1}, .end = replications};
  fsim_sink sink = {&k, keep_take, keep_finish, keep_help, keep_tend, keep_commit};
  int status = fsim_run(m->source, m->scenario, m->shape, &options, &sink, m->report, &k.result);
  if (status != FSIM_OK) show_report(m->report);
  assert_int_equal(status, FSIM_OK);
  return k;
}

static inline int64_t column_value(const fsim_trajectory *rows, int column, size_t row) {
  switch (fsim_columns[column].type) {
    case FSIM_U8:
      return ((const uint8_t *)rows->column[column])[row];
    case FSIM_U16:
      return ((const uint16_t *)rows->column[column])[row];
    case FSIM_U32:
      return ((const uint32_t *)rows->column[column])[row];
    case FSIM_I32:
      return ((const int32_t *)rows->column[column])[row];
    default:
      return (int64_t)round(((const double *)rows->column[column])[row] * 100);
  }
}

static inline void print_row(const char *who, const fsim_trajectory *rows, fsim_table table,
                             size_t row) {
  fprintf(stderr, "%s, %s %zu:", who, fsim_table_names[table], row);
  for (int c = 0; row < rows->rows[table] && c < FSIM_N_COLUMNS; c++) {
    if (fsim_columns[c].table == table)
      fprintf(stderr, " %s %lld", fsim_columns[c].name, (long long)column_value(rows, c, row));
  }
  fprintf(stderr, "%s\n", row < rows->rows[table] ? "" : " there is none");
}

/* Row `row` of a against row `from + row` of b. */
static inline bool same_row(const fsim_trajectory *a, const fsim_trajectory *b, fsim_table table,
                            size_t row, size_t from) {
  if (from + row >= b->rows[table]) return false;
  for (int c = 0; c < FSIM_N_COLUMNS; c++) {
    if (fsim_columns[c].table == table && column_value(a, c, row) != column_value(b, c, from + row))
      return false;
  }
  for (size_t i = 0; table == FSIM_LEADS && i < a->n_attributes; i++)
    if (a->attribute[i][row] != b->attribute[i][from + row]) return false;
  return true;
}

/* Whether the rows of an engine go on with those of the reference from `from` on, which moves past
 * them. Tells the first rows that differ. */
static inline bool same_rows(const fsim_trajectory *expected, const fsim_trajectory *found,
                             size_t *from, const char *who) {
  bool same = true;
  for (int t = 0; t < FSIM_N_TABLES; t++) {
    fsim_table table = (fsim_table)t;
    size_t row = 0;
    while (row < expected->rows[t] && same_row(expected, found, table, row, from[t])) row++;
    if (row < expected->rows[t]) {
      print_row("reference", expected, table, row);
      print_row(who, found, table, from[t] + row);
      same = false;
    }
    from[t] += expected->rows[t];
  }
  return same;
}

static inline void print_scenario(uint64_t number, const random_scenario *text) {
  fprintf(stderr, "random scenario %llu:\n%s", (unsigned long long)number, text->yaml);
  if (text->leads != NULL) fprintf(stderr, "leads.csv:\n%s", text->leads);
  if (text->deals != NULL) fprintf(stderr, "deals.csv:\n%s", text->deals);
}

#endif
