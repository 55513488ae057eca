/* Values of won deals where they differ between values of an attribute. */
#ifndef FSIM_ANALYSIS_FIT_VALUE_SEGMENTS_H
#define FSIM_ANALYSIS_FIT_VALUE_SEGMENTS_H

#include "analysis/fit/attributes.h"

typedef struct fsim_value_segments {
  size_t attribute; /* SIZE_MAX: values are not told apart */
  size_t n_values;  /* of the attribute */
  double p;
  struct {
    size_t n;           /* deals with a value above 0 */
    double raw, pooled; /* geometric means */
    double error;       /* standard deviation of log(pooled) */
    double *value;      /* [n] sorted: the deals' own where they are many, else NULL */
  } * of;
  double *residual; /* [n_residuals] sorted: values over the geometric mean of theirs */
  size_t n_residuals;
} fsim_value_segments;

/* So many deals of one attribute value have a distribution of their own. */
#define FSIM_OWN_VALUES 50

/* p[attributes->n]: the chance that values differ so by attribute when they do not (Kruskal &
 * Wallis, JASA 47, 1952). */
int fsim_test_values(const fsim_log *log, size_t funnel, const fsim_fitted_attributes *attributes,
                     fsim_report *report, double *p);
/* By the attribute with the smallest p below FSIM_SPLIT_LEVEL. Geometric means are drawn towards
 * the common one (normal on the scale of logarithms, spread by moments: DerSimonian & Laird,
 * Controlled Clinical Trials 7, 1986). Free with fsim_value_segments_free also after an error. */
int fsim_value_segments_of(const fsim_log *log, size_t funnel,
                           const fsim_fitted_attributes *attributes, const double *p,
                           fsim_report *report, fsim_value_segments *segments);
void fsim_value_segments_free(fsim_value_segments *segments);

#endif
