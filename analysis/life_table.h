/* Cumulative incidence of winning, or of anything else that ends a stay, from ages at which
 * journeys ended or were last seen open.
 *
 * Journeys still open are neither lost nor left out: they count as at risk for as long as they were
 * seen (Aalen & Johansen, Scandinavian Journal of Statistics 5, 1978). */
#ifndef FSIM_ANALYSIS_LIFE_TABLE_H
#define FSIM_ANALYSIS_LIFE_TABLE_H

#include <stddef.h>

/* A life table: journeys by class of age at which they were won (or had the end in question), ended
 * otherwise, or were last seen open. Those open in a class are at risk for half of it (the
 * actuary's assumption). */
typedef struct fsim_life_table {
  size_t n_classes;
  const double *won, *other, *open; /* [n_classes] */
} fsim_life_table;

typedef struct fsim_incidence {
  double won;        /* share of all that enter that are won up to the last class */
  double still_open; /* share that is open then: 1 - won - otherwise ended */
  size_t last;       /* the last class with anybody at risk */
} fsim_incidence;

/* d_won, d_other, d_open (each [n_classes], or all NULL) get the derivative of `won` by the counts:
 * the infinitesimal jackknife's influence of a unit is their product with its counts (Efron 1982).
 * `weight` [n_classes]: `won` is the sum of the incidence in each class times its weight, such as
 * the mean time of the class; NULL: 1 everywhere. */
fsim_incidence fsim_aalen_johansen(const fsim_life_table *table, const double *weight,
                                   double *d_won, double *d_other, double *d_open);
/* step[n_classes]: the incidence in each class. */
void fsim_incidence_steps(const fsim_life_table *table, double *step);

#endif
