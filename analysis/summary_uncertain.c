/* Which uncertain number the spread of outcomes comes from, of a run that was not made to tell. */
#include <gsl/gsl_cdf.h>
#include <stdlib.h>

#include "analysis/summary.h"
#include "analysis/uncertain.h"
#include "sim/base/array.h"

/* The standard normal scores of the numbers in every pair: [pairs][n]. */
static double *scores_of(const fsim_summary *summary, size_t pairs) {
  size_t n = summary->n_numbers;
  uint64_t seed = summary->source->scenario->seed;
  double *scores = fsim_zeroed(pairs * n, sizeof *scores);
  for (size_t k = 0; scores != NULL && k < pairs; k++)
    for (size_t i = 0; i < n; i++)
      scores[k * n + i] =
          gsl_cdf_ugaussian_Pinv(fsim_uncertain_uniform(seed, k, summary->numbers[i]));
  return scores;
}

static int estimate(fsim_summary *summary, fsim_series *series, const double *scores, size_t pairs,
                    int degree, fsim_report *report) {
  const fsim_series_source *source = summary->source;
  int status = FSIM_OK;
  for (size_t v = 0; v < summary->n_variance && status == FSIM_OK; v++) {
    const fsim_variance_record *record = &summary->variance[v];
    fsim_subject subject = {.outcome = record->outcome, .funnel = record->funnel};
    double *y = fsim_zeroed(source->replications, sizeof *y);
    if (y == NULL) return fsim_no_memory(report);
    status = fsim_metric_values(series, FSIM_TOTAL_ENDED, &subject, y, NULL, report);
    if (status == FSIM_OK)
      status = fsim_first_orders(scores, summary->n_numbers, y, pairs, degree, summary->confidence,
                                 report, summary->number_shares + v * summary->n_numbers);
    free(y);
  }
  return status;
}

int fsim_summary_uncertain(fsim_summary *summary, const fsim_source *source, fsim_report *report) {
  size_t pairs = summary->source->replications / 2;
  int status = fsim_uncertain_paths(source, report, &summary->numbers, &summary->n_numbers);
  if (status != FSIM_OK || summary->n_numbers == 0) return status;
  size_t cells = summary->n_variance * summary->n_numbers;
  int degree = fsim_first_order_degree(summary->n_numbers, pairs);
  summary->number_shares = fsim_zeroed(cells, sizeof *summary->number_shares);
  if (summary->number_shares == NULL) return fsim_no_memory(report);
  for (size_t i = 0; i < cells; i++) summary->number_shares[i] = fsim_interval_none();
  summary->too_few_pairs = degree == 0;
  if (degree == 0) return FSIM_OK;
  fsim_series *series = NULL;
  double *scores = scores_of(summary, pairs);
  status = scores == NULL ? fsim_no_memory(report)
                          : fsim_series_new(summary->source, 0, report, &series);
  if (status == FSIM_OK) status = estimate(summary, series, scores, pairs, degree, report);
  fsim_series_free(series);
  free(scores);
  return status;
}
