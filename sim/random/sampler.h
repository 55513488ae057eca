/* Fast draws: any continuous law through one table of its inverse cdf.
 *
 * The table has cubic pieces, 32 to each octave of min(u, 1 - u), 52 octaves on each side:
 * monotone, relative error below 3e-9 also in the tails, one uniform a draw (invariant I4). Laws
 * that differ only by a factor share a table. Steps (fixed, empirical) have samplers of their own.
 */
#ifndef FSIM_RANDOM_SAMPLER_H
#define FSIM_RANDOM_SAMPLER_H

#include "sim/random/distribution.h"

typedef struct fsim_sampler fsim_sampler; /* immutable once made; may be used by many threads */

/* Tables already made, so that equal laws share one. Not for use by two threads at once. The cache
 * owns all samplers that it made; they live until it is freed. */
typedef struct fsim_sampler_cache fsim_sampler_cache;
fsim_sampler_cache *fsim_sampler_cache_new(void);
void fsim_sampler_cache_free(fsim_sampler_cache *cache);

/* NULL when memory is out. */
const fsim_sampler *fsim_sampler_get(fsim_sampler_cache *cache, const fsim_distribution *d);

/* Longest drawn duration: 34 years, so that any instant within a horizon plus a draw fits int32. */
#define FSIM_LONGEST_WAIT_S 1073741823

/* Values at n uniforms. */
void fsim_sample(const fsim_sampler *sampler, const double *u, double *value, size_t n);
/* The same rounded to the nearest second and cut to 0 … FSIM_LONGEST_WAIT_S. */
void fsim_sample_seconds(const fsim_sampler *sampler, const double *u, int32_t *seconds, size_t n);
/* True when every draw is the same number of seconds, then in *seconds. */
bool fsim_sampler_constant(const fsim_sampler *sampler, int32_t *seconds);

#endif
