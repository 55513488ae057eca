/* The difference of a measure between two plans, with its interval.
 *
 * Replications of the same number share their random numbers when seeds agree: then units are
 * pairs of replications, and what both plans have in common cancels (Glasserman & Yao, Management
 * Science 38, 1992). Means and ratios of totals are treated alike, by the pseudo-values of the
 * jackknife (Quenouille, Biometrika 43, 1956; Tukey 1958): for a mean they are the differences
 * themselves. Different seeds: Welch (Biometrika 34, 1947). */
#ifndef FSIM_ANALYSIS_DECIDE_DIFFERENCE_H
#define FSIM_ANALYSIS_DECIDE_DIFFERENCE_H

#include "analysis/decide/outputs.h"

typedef struct fsim_difference {
  fsim_interval base, other; /* each alone, at `confidence` */
  fsim_interval change;      /* other - base, at `simultaneous` confidence */
  fsim_interval better;      /* share of replications in which other > base, Wilson at `confidence`;
                                none when not paired */
  double equal;              /* share of replications in which they are equal */
  double variance_removed;   /* by pairing: 1 - s_D^2 / (s_A^2 + s_B^2); NAN when not paired */
  bool paired;
} fsim_difference;

/* Measure `m` of both samples, which each plan reads off its own record. Paired: the first
 * min(n_base, n_other) replications of each. The interval is none when a ratio has nothing to
 * divide by. FSIM_FAILED: memory. */
int fsim_difference_make(const fsim_outputs *base, const fsim_measure *of_base,
                         const fsim_outputs *other, const fsim_measure *of_other, size_t m,
                         bool paired, double confidence, double simultaneous, fsim_report *report,
                         fsim_difference *difference);

/* The unit values of a measure whose mean is its estimate: pseudo-values of the jackknife, of
 * replications or (`in_pairs`: where numbers are uncertain) of pairs of them. Returns how many; 0
 * when a ratio has nothing to divide by. units[replications] */
size_t fsim_unit_values(const fsim_outputs *sample, const fsim_measure *measure, size_t m,
                        uint32_t replications, bool in_pairs, double *units);

#endif
