/* A small scenario and records of it made by hand, for tests of the summary without any engine. */
#ifndef FSIM_TESTS_ANALYSIS_MADE_RECORDS_H
#define FSIM_TESTS_ANALYSIS_MADE_RECORDS_H

#include <stdlib.h>
#include <string.h>

#include "analysis/series.h"
#include "sim/base/array.h"

/* Funnels basic (stages enquiry, offer) and upsell (stage ask), outcomes won and lost in each,
 * segments smb and enterprise, one stream; 12 weeks of which 4 are warm-up. */
typedef struct made {
  fsim_scenario scenario;
  fsim_shape *shape;
  fsim_pool *pool;
  int64_t *records; /* [replications][n_cells] */
  fsim_series_source source;
  int reads;   /* calls of the source */
  int fail_at; /* the read that fails; 0: none */
} made;

enum { BASIC_LOST, BASIC_WON, UPSELL_LOST, UPSELL_WON, OUTCOMES };
enum { ENQUIRY, OFFER, ASK, STAGES };
enum { ALL, SMB, ENTERPRISE, GROUPS };

static char *const segments[] = {"smb", "enterprise"};
static fsim_attribute attributes[] = {{"segment", (char **)segments, 2}};
static fsim_exit enquiry_exits[] = {{"lost", {true, BASIC_LOST}}, {"offer", {false, OFFER}}};
static fsim_exit offer_exits[] = {{"lost", {true, BASIC_LOST}}, {"won", {true, BASIC_WON}}};
static fsim_exit ask_exits[] = {{"lost", {true, UPSELL_LOST}}, {"won", {true, UPSELL_WON}}};
static fsim_stage stages[] = {{"enquiry", "Enquiry", 0, 1, enquiry_exits, 2, false, NULL},
                              {"offer", "Offer", 0, 2, offer_exits, 2, false, NULL},
                              {"ask", "Ask", 1, 3, ask_exits, 2, false, NULL}};
static fsim_outcome outcomes[] = {{"lost", "Lost", 0, false},
                                  {"won", "Won", 0, true},
                                  {"lost", "Lost", 1, false},
                                  {"won", "Won", 1, true}};
static fsim_funnel funnels[] = {{"basic", "Basic", 1, ENQUIRY, ENQUIRY, 2, BASIC_LOST, 2},
                                {"upsell", "Upsell", 2, ASK, ASK, 1, UPSELL_LOST, 2}};
static fsim_stream streams[] = {{.name = "web", .into = 0}};
static fsim_stage_law laws[2 * STAGES]; /* [profiles][stages] */
static fsim_laws versions[] = {{.stages = laws}};
static uint32_t masks[] = {0};

/* It changes on a date, so that no exact chain is asked for. */
static const fsim_scenario made_scenario = {.name = "made",
                                            .title = "Made by hand",
                                            .currency = "EUR",
                                            .start_days = 20458,
                                            .horizon_s = 12 * 604800,
                                            .warm_up_s = 4 * 604800,
                                            .seed = 7,
                                            .confidence = 0.95,
                                            .attributes = attributes,
                                            .n_attributes = 1,
                                            .n_profiles = 2,
                                            .funnels = funnels,
                                            .n_funnels = 2,
                                            .stages = stages,
                                            .n_stages = STAGES,
                                            .outcomes = outcomes,
                                            .n_outcomes = OUTCOMES,
                                            .streams = streams,
                                            .n_streams = 1,
                                            .n_changes = 1,
                                            .versions = versions,
                                            .version_mask = masks,
                                            .n_versions = 1};

static inline int read_made(void *self, fsim_cells array, uint32_t first, uint32_t n,
                            int64_t *values, fsim_report *report) {
  made *m = self;
  size_t cells = fsim_array_cells(m->shape, array);
  if (++m->reads == m->fail_at) return fsim_failure(report, FSIM_NOWHERE, "the source broke");
  for (uint32_t r = 0; r < n; r++) {
    const int64_t *record = m->records + (size_t)(first + r) * m->shape->n_cells;
    memcpy(values + r * cells, record + m->shape->offset[array], cells * sizeof *values);
  }
  return FSIM_OK;
}

static inline void made_begin(made *m, uint32_t replications, bool uncertain) {
  memset(m, 0, sizeof *m);
  m->scenario = made_scenario;
  m->scenario.uncertain = uncertain;
  m->scenario.replications = replications;
  laws[OFFER].expire.set = true;
  laws[OFFER].expire.after_s = 45 * 86400.0;
  laws[OFFER].expire.to = (fsim_target){true, BASIC_LOST};
  if (fsim_shape_make(&m->scenario, NULL, &m->shape) != FSIM_OK) abort();
  m->pool = fsim_pool_new(m->shape->n_histograms);
  m->records = fsim_zeroed((size_t)replications * m->shape->n_cells, sizeof *m->records);
  if (m->pool == NULL || m->records == NULL) abort();
  m->source = (fsim_series_source){m, &m->scenario, m->shape, m->pool, replications, read_made};
}

static inline void made_end(made *m) {
  fsim_shape_free(m->shape);
  fsim_pool_free(m->pool);
  free(m->records);
}

/* One cell of one replication; index arguments as in fsim_cell. */
static inline int64_t *made_cell(made *m, uint32_t replication, fsim_cells array, size_t i,
                                 size_t j, size_t k) {
  return m->records + (size_t)replication * m->shape->n_cells + fsim_cell(m->shape, array, i, j, k);
}

/* Journeys that started and ended in the window: fills fate, ended, cycle, value, ages, started. */
static inline void made_journeys(made *m, uint32_t replication, size_t outcome, size_t group,
                                 int64_t n, int64_t days_each, int64_t cents_each) {
  size_t funnel = m->scenario.outcomes[outcome].funnel;
  int64_t seconds = days_each * 86400;
  *made_cell(m, replication, FSIM_STARTED, funnel, group, 0) += n;
  *made_cell(m, replication, FSIM_FATE, outcome, group, 0) += n;
  *made_cell(m, replication, FSIM_ENDED, outcome, group, 0) += n;
  *made_cell(m, replication, FSIM_CYCLE, outcome, group, 0) += n * seconds;
  *made_cell(m, replication, FSIM_VALUE, outcome, group, 0) += n * cents_each;
  *made_cell(m, replication, FSIM_AGE_ENDED, outcome, fsim_age_class(m->shape->window_s, (int32_t)seconds), group) += n;
}

#endif
