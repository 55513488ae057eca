/* As many replications as a precision asks for.
 *
 * Sequential: the interval is looked at after 30, 39, 51 … replications (a factor of 1.3), and the
 * first look at which half of its width is at most g / (1 + g) of the mean, g the precision asked
 * for, is the last (Chow & Robbins, Annals of Mathematical Statistics 36, 1965; Law & Carson,
 * Operations Research 27, 1979; g / (1 + g): Law 2015, ch. 9). Looks so rare cost next to no
 * coverage, and they are the same for any number of threads. */
#ifndef FSIM_ANALYSIS_DECIDE_PRECISION_H
#define FSIM_ANALYSIS_DECIDE_PRECISION_H

#include "analysis/decide/outputs.h"

/* The replications of look 0, 1, 2 …; even where they come in pairs. */
uint32_t fsim_look(unsigned k, bool in_pairs);
/* Half of the interval's width is at most g / (1 + g) of its estimate's size. */
bool fsim_precise(const fsim_interval *interval, double g);

/* The same of a half-width and a size that it is to be small against. */
bool fsim_precise_to(double half_width, double size, double g);

/* More than this are not tried: the caller is told that the precision was not reached. */
#define FSIM_MOST_FOR_PRECISION 100000

typedef struct fsim_precision {
  const char *metric; /* a name as in analysis/decide/measure.h */
  double half_width;  /* share of the mean, above 0 */
  double confidence;
} fsim_precision;

typedef struct fsim_precision_found {
  uint32_t replications;
  fsim_interval interval; /* of the metric, with so many */
  bool reached;           /* false: stopped, or FSIM_MOST_FOR_PRECISION were not enough */
} fsim_precision_found;

/* Simulates without storing until the metric is precise. */
int fsim_precision_find(const fsim_variant *variant, const fsim_precision *precision,
                        const fsim_outputs_options *options, fsim_report *report,
                        fsim_precision_found *found);

/* How many replications a scenario asks for: its number, or as many as its precision takes. 0: of a
 * result file, which holds what it holds. */
int fsim_replications_of(const fsim_variant *variant, const fsim_outputs_options *options,
                         fsim_report *report, uint32_t *n);

#endif
