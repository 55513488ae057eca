/* One `funnelsim run` from its request to a finished result file. */
#ifndef FSIM_CLI_SIMULATE_H
#define FSIM_CLI_SIMULATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/base/report.h"

typedef struct fsim_run_request {
  const char *scenario;    /* file; NULL when a result file is extended */
  const char *output;      /* result file; NULL: NAME.h5 in the present folder */
  const char *const *sets; /* "PATH=VALUE" */
  size_t n_sets;
  uint64_t replications;    /* 0: as the scenario says */
  double precision;         /* > 0: as many replications as give this half-width, as a share */
  uint64_t extend;          /* replications to add to `output`; 0: a run of its own */
  uint64_t threads;         /* 0: all cores */
  const char *engine;       /* NULL: chosen by the scenario */
  const char *trajectories; /* NULL: chosen by their size */
  bool settle;              /* leave out what MSER-5 finds to be the warm-up */
  bool dry_run, quiet, resume, force;
} fsim_run_request;

/* Runs and writes; progress and what was chosen go to stderr unless `quiet`. *path is the finished
 * file (the caller frees), NULL after a dry run, which prints on stdout. Messages up to *shown of
 * the report have been shown already. */
int fsim_simulate(const fsim_run_request *request, fsim_report *report, size_t *shown, char **path);

#endif
