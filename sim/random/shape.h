/* The shape of a law: what is left when its unit is divided out, so that laws that differ by a
 * factor are seen to be alike. Private to sim/random. */
#ifndef FSIM_RANDOM_SHAPE_H
#define FSIM_RANDOM_SHAPE_H

#include "sim/random/distribution.h"

/* A copy whose base law has unit size and whose scale is 1, so that d is *factor times the copy.
 * A pure function of d. NULL when memory is out. */
fsim_distribution *fsim_shape_of(const fsim_distribution *d, double *factor);

#endif
