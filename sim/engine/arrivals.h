/* When leads arrive: the times of a stream's leads in one replication.
 *
 * A Poisson stream with any piecewise constant rate comes from unit exponential gaps, one keyed
 * draw for each lead, by inverting the cumulated rate at their running sum (Cinlar 1975). Gaps are
 * held in fixed point: their sums are exact, so any range of leads may be made on its own once the
 * sum before it is known. */
#ifndef FSIM_ENGINE_ARRIVALS_H
#define FSIM_ENGINE_ARRIVALS_H

#include "sim/model/plan.h"
#include "sim/random/key.h"

/* What the arrivals of one scenario share; immutable, used by many threads. */
typedef struct fsim_arrival_laws {
  const fsim_scenario *scenario;
  fsim_sampler_cache *own;  /* NULL: the samplers are in the caller's cache */
  const fsim_sampler *gap;  /* exponential of mean 1 */
  const fsim_sampler **day; /* [n_streams]: gamma factor of a day; NULL where days do not differ */
} fsim_arrival_laws;

/* Samplers come from `cache`, which must outlive the laws; NULL: from one of their own. */
int fsim_arrival_laws_make(const fsim_scenario *scenario, fsim_sampler_cache *cache,
                           fsim_report *report, fsim_arrival_laws **laws);
void fsim_arrival_laws_free(fsim_arrival_laws *laws);

/* Leads that one replication expects within the horizon: from its rates; of given leads their
 * number. */
int fsim_arrivals_expected(const fsim_scenario *scenario, fsim_sampler_cache *cache,
                           uint32_t replication, fsim_report *report, double *leads);

/* Where one stream of one replication stands. Start from {0}. */
typedef struct fsim_arrivals {
  const fsim_arrival_laws *laws;
  const fsim_stream *stream;
  fsim_key key;
  double *from, *before, *s_per_lead; /* [n]: start of a step, leads expected before it, 1 / rate */
  size_t n, capacity;
  double total;    /* leads expected up to the horizon */
  uint32_t number; /* of the next lead */
  int64_t gaps;    /* sum of the gaps of the leads before it, in units of 2^-30 */
  size_t step;
} fsim_arrivals;

int fsim_arrivals_open(fsim_arrivals *arrivals, const fsim_arrival_laws *laws, uint32_t replication,
                       size_t stream, fsim_report *report);
void fsim_arrivals_close(fsim_arrivals *arrivals);
/* Goes on from lead `number`, before which the gaps add up to `gaps`. */
void fsim_arrivals_seek(fsim_arrivals *arrivals, uint32_t number, int64_t gaps);
/* Sum of the gaps of n leads from `first` on. */
int64_t fsim_arrivals_gaps(const fsim_arrivals *arrivals, uint32_t first, uint32_t n);
/* Times of the next leads, at most `most` (at most FSIM_MOST_ARRIVALS); fewer only when the horizon
 * comes first. */
#define FSIM_MOST_ARRIVALS 2048
size_t fsim_arrivals_next(fsim_arrivals *arrivals, int32_t *t, size_t most);

#endif
