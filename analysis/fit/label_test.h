/* Do cases with different labels differ in a few numbers, such as scores? A test whose level comes
 * from exchanging the labels, whatever the numbers are. Private to this folder. */
#ifndef FSIM_ANALYSIS_FIT_LABEL_TEST_H
#define FSIM_ANALYSIS_FIT_LABEL_TEST_H

#include <stddef.h>
#include <stdint.h>

#include "sim/base/report.h"

typedef struct fsim_labelled {
  const double *number;  /* [n * n_numbers] */
  const int32_t *label;  /* [n], 0 .. n_labels - 1 */
  const int32_t *within; /* [n], 0 .. n_within - 1: labels are exchanged only between cases that
                          * are alike in this; NULL: between all */
  size_t n, n_numbers, n_labels, n_within;
} fsim_labelled;

/* The sums of the numbers by label, measured by their mean and covariance over all exchanges of
 * labels (Strasser & Weber, Mathematical Methods of Statistics 8, 1999; with ranks it is Kruskal
 * and Wallis's test). *p: the chance that a chi-squared variable is that large. Labels that fewer
 * than `fewest` cases have are one; *p is 1 when then fewer than two are left. */
int fsim_label_test(const fsim_labelled *cases, size_t fewest, fsim_report *report, double *p);

/* Tests made together: p becomes p as adjusted for all n, so that to take those below 5 % for real
 * is wrong in 5 % of the logs in which nothing is there (Holm, Scandinavian Journal of Statistics
 * 6, 1979). */
int fsim_holm(double *p, size_t n, fsim_report *report);

#endif
