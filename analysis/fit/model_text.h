/* Fitted funnels written as files: models, a scenario and the open deals, as a planner edits
 * them.
 *
 * Stages end by race: each exit has a clock of its own, an empirical law from the fitted rates, and
 * what the data never saw ending rings after twenty years. Deals open at the end of the log enter
 * by the scenario's pipeline with the attribute `deal: open`; those still to come are `deal: new`.
 */
#ifndef FSIM_ANALYSIS_FIT_MODEL_TEXT_H
#define FSIM_ANALYSIS_FIT_MODEL_TEXT_H

#include "analysis/fit/fitted_set.h"

typedef struct fsim_model_text_options {
  const char *scenario; /* its name */
  int weeks;            /* the horizon */
  int replications;
  uint64_t seed;
  /* What is not known and is drawn for each pair of replications, as standard deviations of
   * logarithms: the pace of every exit's clock, the odds that a clock rings at all, arrivals. */
  double pace_sigma, odds_sigma, arrivals_sigma;
} fsim_model_text_options;

typedef struct fsim_model_text {
  char **model;      /* [n] FUNNEL.yaml */
  char **open_deals; /* [n] FUNNEL-open.csv */
  size_t n;          /* funnels of the set */
  char *scenario;    /* the scenario file */
} fsim_model_text;

/* The scenario starts at the first midnight that is not before the end of the log. Free with
 * fsim_model_text_free also after an error. */
int fsim_write_model_text(const fsim_log *log, const fsim_fitted_set *set,
                          const fsim_model_text_options *options, fsim_report *report,
                          fsim_model_text *text);
void fsim_model_text_free(fsim_model_text *text);

/* Days since 1970-01-01 on which such a scenario starts. */
int32_t fsim_fitted_start(const fsim_log *log);

#endif
