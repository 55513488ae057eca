/* Wins of the weeks to come, from fitted funnels: its scenario is simulated as `run` would. */
#ifndef FSIM_ANALYSIS_FIT_FORECAST_H
#define FSIM_ANALYSIS_FIT_FORECAST_H

#include "analysis/fit/model_text.h"

typedef struct fsim_forecast {
  size_t weeks;
  uint32_t n;    /* replications */
  double *open;  /* [n][weeks] wins of deals, leads or customers that were there at the start */
  double *all;   /* [n][weeks] these and those of others still to come */
  double *value; /* [n][weeks] value of all wins */
  double *begun; /* [n][weeks] new cases */
} fsim_forecast;

/* Simulates `options->replications` replications of the files; threads 0: all cores. Free with
 * fsim_forecast_free also after an error. */
int fsim_forecast_run(const fsim_log *log, const fsim_model_text *text, const fsim_fitted_set *set,
                      const fsim_model_text_options *options, int threads, fsim_report *report,
                      fsim_forecast *forecast);
void fsim_forecast_free(fsim_forecast *forecast);

#endif
