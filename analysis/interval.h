/* Intervals of a mean, a proportion and a rare count, with the units of observation as given.
 *
 * A unit is a replication, or a pair of replications where numbers are uncertain: leads of one
 * replication depend on each other and are never units. Confidence is two-sided. A limit that
 * cannot be given is NAN; printers say "n/a", never NaN. */
#ifndef FSIM_ANALYSIS_INTERVAL_H
#define FSIM_ANALYSIS_INTERVAL_H

#include <stdbool.h>
#include <stddef.h>

typedef struct fsim_interval {
  double estimate; /* NAN when there is nothing to estimate from */
  double low, high;
  double standard_error;
  size_t n;           /* units, or trials of a proportion */
  const char *method; /* a few static words: "t", "skewness-corrected t", "Fieller" … */
} fsim_interval;

/* An interval about which nothing is known: all NAN, n 0. */
fsim_interval fsim_interval_none(void);
/* Half the width; NAN when a limit is. */
double fsim_interval_half_width(const fsim_interval *interval);

/* Quantile of Student's t with `degrees` degrees of freedom for a two-sided interval. */
double fsim_t_quantile(double confidence, double degrees);

/* Sums about the mean in one place: mean, variance (n - 1), skewness of the sample. */
typedef struct fsim_moments {
  double mean, variance, skewness; /* skewness: mu3 / s^3 with mu3 unbiased; 0 when n < 3 */
} fsim_moments;
fsim_moments fsim_moments_of(const double *y, size_t n);

/* Beyond this |skewness| the mean's interval is corrected for it. */
#define FSIM_SKEWED 0.5
/* Below so many units the skewness is itself too uncertain: by chance it would narrow intervals of
 * symmetric values (3 units: 6.8 % miss in place of 5 %), so either limit is the wider of both. */
#define FSIM_SKEWNESS_KNOWN 10
/* Skewed values miss intervals of more than this confidence several times as often as they should,
 * below so many units (lognormal cv 0.7, 99.956 %: 0.3 % miss at 20 units, 0.1 % at 50). */
#define FSIM_VERY_SURE 0.999
#define FSIM_UNITS_FOR_VERY_SURE 50

/* Mean of independent units: t, or Willink's skewness-corrected t when the sample is skewed
 * (Johnson, JASA 73, 1978; Willink, Communications in Statistics 34, 2005); of few units the wider
 * limits of both. No limits for n < 2. */
fsim_interval fsim_interval_mean(const double *y, size_t n, double confidence);

/* The limits (and method) of an estimate whose standard error and n are set, from the skewness of
 * the units' values and the degrees of freedom of the error: as fsim_interval_mean does. */
void fsim_interval_limits(fsim_interval *interval, double skewness, double degrees,
                          double confidence);

/* Share of independent yes/no trials (Wilson, JASA 22, 1927). */
fsim_interval fsim_interval_wilson(double successes, size_t trials, double confidence);

/* Nothing was seen in `exposure` units of exposure: 0, and the upper limit of the rate at which
 * that still has probability 1 - confidence ("rule of three": 3 / exposure at 95 %; Hanley &
 * Lippman-Hand, JAMA 249, 1983). */
fsim_interval fsim_interval_none_seen(double exposure, double confidence);

/* The same where what happens within a unit hangs together (uncertain numbers, queues), so that
 * only units are independent: the chance that a unit sees any (Clopper & Pearson, Biometrika 26,
 * 1934), which is also the most that the share of units alike in size can be. */
fsim_interval fsim_interval_no_unit_saw(size_t units, double confidence);

#endif
