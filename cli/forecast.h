/* What a run will amount to before it is made: leads, visits, bytes, seconds. */
#ifndef FSIM_CLI_FORECAST_H
#define FSIM_CLI_FORECAST_H

#include <stdio.h>

#include "sim/engine/engine.h"

typedef struct fsim_forecast {
  double leads, journeys, visits; /* of one replication */
  double record_bytes;            /* of the series of one replication, in the file */
  double row_bytes;               /* of all trajectories of one replication, in the file */
  const char *engine;             /* its name; not owned */
} fsim_forecast;

int fsim_forecast_make(const fsim_scenario *scenario, const fsim_shape *shape,
                       const fsim_engine *engine, fsim_report *report, fsim_forecast *forecast);

/* "none", "all", "12" (replications) or "5 %" (of the leads). */
int fsim_parse_trajectories(const char *text, fsim_report *report, fsim_keep *keep);
/* When nothing is said: everything where that makes a file of at most 200 MB, else the first ten
 * replications. */
fsim_keep fsim_default_trajectories(const fsim_forecast *forecast, uint32_t replications);
/* "all replications", "the first 10 of 200 replications", "5 % of the leads", "none". */
char *fsim_trajectories_text(fsim_keep keep, uint32_t replications, char *buffer, size_t size);

double fsim_forecast_bytes(const fsim_forecast *forecast, fsim_keep keep, uint32_t replications);
/* On so many threads. */
double fsim_forecast_seconds(const fsim_forecast *forecast, fsim_keep keep, uint32_t replications,
                             int threads);
/* What --dry-run prints. */
void fsim_forecast_print(const fsim_forecast *forecast, const fsim_scenario *scenario,
                         fsim_keep keep, uint32_t replications, int threads, FILE *out);

#endif
