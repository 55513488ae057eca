/* A scenario that is compared or moved: read from a scenario file or a result file, or derived from
 * another by changing some of its numbers. */
#ifndef FSIM_ANALYSIS_DECIDE_VARIANT_H
#define FSIM_ANALYSIS_DECIDE_VARIANT_H

#include "analysis/series.h"
#include "sim/store/store.h"

typedef struct fsim_variant {
  char *name;                /* the scenario's, or as given */
  const fsim_source *source; /* owned through one of the next two */
  fsim_source *loaded;
  fsim_store_reader *reader; /* of a result file; NULL for a scenario */
  fsim_pool *pool;           /* the file's */
  fsim_series_source series; /* what a result file holds; zero for a scenario */
  fsim_scenario *scenario;   /* central */
  fsim_shape *shape;
} fsim_variant;

/* `path` is a result file when it begins like one, else a scenario; `sets` change it, which a
 * result file refuses. Free with fsim_variant_free also after an error. */
int fsim_variant_load(const char *path, const char *const *sets, size_t n_sets, fsim_report *report,
                      fsim_variant *variant);
/* The scenario of another variant (of a result file, too) with some numbers changed; its series are
 * none. Only errors reach the report: the base has told the rest. */
int fsim_variant_derive(const fsim_variant *base, const char *name, const char *const *sets,
                        size_t n_sets, fsim_report *report, fsim_variant *variant);
void fsim_variant_free(fsim_variant *variant);

#endif
