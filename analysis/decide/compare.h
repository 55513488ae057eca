/* Plans side by side: what each measure is in the base and in every variant, and which differences
 * are real.
 *
 * Three families of intervals hold together, each by itself at the confidence: the primary
 * measure's for all variants, those of all other measures for all variants, and the comparison with
 * the best. By Bonferroni (Miller, Simultaneous Statistical Inference, 1981), since the
 * correlations that common random numbers bring are unknown. */
#ifndef FSIM_ANALYSIS_DECIDE_COMPARE_H
#define FSIM_ANALYSIS_DECIDE_COMPARE_H

#include <stdio.h>

#include "analysis/decide/difference.h"
#include "analysis/decide/trial.h"

typedef struct fsim_compare_options {
  const char *const *metrics; /* the first is the primary one; none: a default list */
  size_t n_metrics;
  const char *by;        /* attribute whose values are shown; NULL: segment */
  double confidence;     /* 0: the base's */
  uint32_t replications; /* of scenarios; 0: the base's */
  double until;          /* > 0: more until the primary's half-width is at most this share of the
                            base's value (or of the change, if that is larger); no result files */
  uint32_t most;         /* replications that `until` may take; 0: 100,000 */
  const fsim_variant *pilot; /* NULL, or one more plan whose changes on a share of the leads are
                                looked at as A/B tests, as those of the variants are */
  fsim_outputs_options run;
} fsim_compare_options;

typedef enum fsim_verdict {
  FSIM_UNKNOWN,   /* cannot be given */
  FSIM_IDENTICAL, /* equal in every replication */
  FSIM_UNDECIDED,
  FSIM_BETTER,
  FSIM_WORSE,
  FSIM_HIGHER, /* of measures of which more is neither better nor worse */
  FSIM_LOWER
} fsim_verdict;

typedef struct fsim_compared {
  fsim_difference difference;
  fsim_verdict verdict;
  double more; /* replications that would settle it four times in five, were the change as large as
                  it looks, when undecided; else NAN */
} fsim_compared;

typedef struct fsim_comparison {
  const fsim_variant *variants; /* [n_variants], the base first; not owned */
  size_t n_variants;
  char **names; /* [n_measures], the primary first */
  size_t n_measures;
  fsim_measure *measures;  /* [n_variants][n_measures]; without cells where a plan lacks it */
  fsim_outputs *samples;   /* [n_variants] */
  bool *paired;            /* [n_variants] with the base */
  fsim_compared *compared; /* [n_variants][n_measures]; those of the base say nothing */
  fsim_interval *best;     /* [n_variants]: of the primary, this plan minus the best of the others;
                              above 0: the best; below: not the best; none for one variant, and
                              for plans without a value of it */
  fsim_trial *trials;      /* [n_trials]: every change on a share of the leads */
  size_t n_trials;
  double confidence;
  bool stopped;         /* by `stop`, or `most` was reached: fewer replications than asked for */
  fsim_report *remarks; /* warnings: paradoxes over segments, seeds that differ */
} fsim_comparison;

/* `variants` must outlive the comparison. Free it also after an error. */
int fsim_compare(const fsim_variant *variants, size_t n_variants,
                 const fsim_compare_options *options, fsim_report *report,
                 fsim_comparison **comparison);
void fsim_comparison_free(fsim_comparison *comparison);

const fsim_compared *fsim_compared_of(const fsim_comparison *comparison, size_t variant,
                                      size_t measure);

/* Intervals of each plan against the best of the others, of a measure of which more is better
 * (multiple comparisons with the best: Hsu, Annals of Statistics 12, 1984; under common random
 * numbers Nelson & Matejcik, Management Science 41, 1995), here from pairwise intervals at
 * Bonferroni's level. low[i * n + j], high[i * n + j]: of plan i minus plan j; best[n], none where
 * one is NAN. */
void fsim_compare_with_best(const double *low, const double *high, size_t n, fsim_interval *best);

int fsim_comparison_text(const fsim_comparison *comparison, FILE *out, fsim_report *report);
int fsim_comparison_json(const fsim_comparison *comparison, FILE *out, fsim_report *report);

#endif
