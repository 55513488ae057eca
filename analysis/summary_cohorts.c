/* Cohorts by arrival: how the journeys of leads that came in the same weeks ended. */
#include <stdlib.h>
#include <string.h>

#include "analysis/ratio.h"
#include "analysis/summary_parts.h"
#include "sim/base/array.h"

typedef struct buffers {
  double *won, *open, *all; /* [replications] */
} buffers;

static int add_ending(fsim_series *series, size_t week, size_t ending, double *y,
                      fsim_report *report) {
  fsim_spot spot = {{0}};
  spot.at[FSIM_DIM_WEEK] = week;
  spot.at[FSIM_DIM_ENDING] = ending;
  return fsim_series_add(series, FSIM_COHORT, &spot, 1, y, report);
}

static int add_week(fsim_series *series, const fsim_scenario *scenario, size_t funnel, size_t week,
                    const buffers *b, fsim_report *report) {
  const fsim_funnel *f = &scenario->funnels[funnel];
  size_t open = scenario->n_outcomes + funnel;
  int status = FSIM_OK;
  for (size_t i = 0; i < f->n_outcomes && status == FSIM_OK; i++) {
    size_t outcome = f->first_outcome + i;
    status = add_ending(series, week, outcome, b->all, report);
    if (status == FSIM_OK && scenario->outcomes[outcome].win) {
      status = add_ending(series, week, outcome, b->won, report);
    }
  }
  if (status == FSIM_OK) status = add_ending(series, week, open, b->all, report);
  if (status == FSIM_OK) status = add_ending(series, week, open, b->open, report);
  return status;
}

static int add_cohort(fsim_summary *summary, fsim_series *series, size_t funnel, size_t from,
                      const buffers *b, fsim_report *report) {
  const fsim_series_source *source = summary->source;
  size_t n = source->replications, weeks = source->shape->dim[FSIM_DIM_WEEK];
  fsim_cohort_record *record = &summary->cohorts[summary->n_cohorts];
  size_t end = from + FSIM_COHORT_WEEKS < weeks ? from + FSIM_COHORT_WEEKS : weeks;
  memset(b->won, 0, 3 * n * sizeof *b->won);
  for (size_t w = from; w < end; w++) {
    int status = add_week(series, source->scenario, funnel, w, b, report);
    if (status != FSIM_OK) return status;
  }
  double sum = 0;
  for (size_t r = 0; r < n; r++) sum += b->all[r];
  if (sum <= 0) return FSIM_OK; /* nobody arrived: no cohort */
  size_t units = fsim_series_fold(source, b->all);
  fsim_series_fold(source, b->won);
  fsim_series_fold(source, b->open);
  *record = (fsim_cohort_record){.funnel = funnel, .from_week = from, .weeks = end - from};
  record->journeys = sum / (double)n;
  bool independent = fsim_leads_independent(source->scenario);
  record->won_share = fsim_interval_share(b->won, b->all, units, independent, summary->confidence);
  record->open_share =
      fsim_interval_share(b->open, b->all, units, independent, summary->confidence);
  record->immature = record->open_share.estimate > FSIM_IMMATURE_OPEN;
  summary->n_cohorts++;
  return FSIM_OK;
}

int fsim_summary_cohorts(fsim_summary *summary, fsim_series *series, fsim_report *report) {
  const fsim_series_source *source = summary->source;
  size_t n = source->replications, funnels = source->scenario->n_funnels;
  size_t weeks = source->shape->dim[FSIM_DIM_WEEK];
  size_t cohorts = (weeks + FSIM_COHORT_WEEKS - 1) / FSIM_COHORT_WEEKS;
  double *memory = fsim_zeroed(3 * n, sizeof *memory);
  summary->cohorts = fsim_zeroed(cohorts * funnels, sizeof *summary->cohorts);
  int status = FSIM_OK;
  if (memory == NULL || summary->cohorts == NULL) status = fsim_no_memory(report);
  buffers b = {memory, memory + n, memory + 2 * n};
  /* Week by week outside: the order in which the cells lie. */
  for (size_t f = 0; f < funnels && status == FSIM_OK; f++) {
    for (size_t c = 0; c < cohorts && status == FSIM_OK; c++) {
      status = add_cohort(summary, series, f, c * FSIM_COHORT_WEEKS, &b, report);
    }
  }
  free(memory);
  return status;
}
