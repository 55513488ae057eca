/* What some measures were in every replication: simulated without a file, or read from one. */
#ifndef FSIM_ANALYSIS_DECIDE_OUTPUTS_H
#define FSIM_ANALYSIS_DECIDE_OUTPUTS_H

#include "analysis/decide/measure.h"
#include "analysis/decide/variant.h"
#include "sim/engine/engine.h"

typedef struct fsim_outputs {
  size_t n_measures;
  uint32_t replications;
  bool uncertain; /* replications 2k and 2k + 1 share numbers: pairs are the units */
  uint32_t first; /* the replication of the first value; 0 unless the caller of a run sets it */
  double *top; /* [n_measures][room]: scaled; of replications first … first + replications - 1 */
  double *bottom; /* the same of ratios; else 0 */
  uint32_t room;
} fsim_outputs;

/* Tables of laws that a thread keeps from plan to plan, since most plans differ in few laws. Those
 * that differ pile up, so that it starts anew now and then. */
typedef struct fsim_tables {
  fsim_sampler_cache *cache;
  size_t used;
} fsim_tables;

/* Before every run, from {0}; then tables->cache may go into the options. */
int fsim_tables_ready(fsim_tables *tables, fsim_report *report);
void fsim_tables_free(fsim_tables *tables);

typedef struct fsim_outputs_options {
  int threads;                  /* 0: all cores */
  const char *engine;           /* NULL: chosen by the scenario */
  fsim_sampler_cache *cache;    /* as in fsim_run_options */
  const fsim_scope *scope;      /* the same */
  const fsim_outputs *standing; /* NULL, or what the journeys outside the scope add */
  void (*progress)(void *context, const fsim_progress *progress);
  void *context;
  const volatile int *stop;
} fsim_outputs_options;

/* Simulates replications until the sample has `end` of them (of a fresh sample, zeroed but for
 * `first`: first … first + end - 1), keeping nothing but the measures. A stop leaves the sample
 * shorter. Uncertain numbers: an odd `end` or `first` is an error of the caller. */
int fsim_outputs_run(const fsim_variant *variant, const fsim_measure *measures, size_t n,
                     uint32_t end, const fsim_outputs_options *options, fsim_report *report,
                     fsim_outputs *sample);
/* A sample of replications that are all 0, for values that are known otherwise. */
int fsim_outputs_blank(size_t n, uint32_t replications, fsim_report *report, fsim_outputs *sample);
/* Reads them from the variant's result file. */
int fsim_outputs_read(const fsim_variant *variant, const fsim_measure *measures, size_t n,
                      fsim_report *report, fsim_outputs *sample);
void fsim_outputs_free(fsim_outputs *sample);

/* Share of runs of which something is true. Replications that share uncertain numbers are not two
 * trials: then a pair counts as one. */
fsim_interval fsim_share_of_runs(size_t yes, size_t runs, bool in_pairs, double confidence);

const double *fsim_outputs_top(const fsim_outputs *sample, size_t measure);
const double *fsim_outputs_bottom(const fsim_outputs *sample, size_t measure);

#endif
