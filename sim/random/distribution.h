/* Probability distributions: parameters, moments, cdf, quantiles.
 *
 * One file a family, each a self-describing entry of fsim_families: from it the readers of model
 * files, the JSON Schema, the docs' tables and the hints in errors are made. A distribution is a
 * family with parameters, then X = shift + scale * base, then X given min <= X <= max.
 * Values are in the unit of whoever holds the distribution: seconds for times, money for values. */
#ifndef FSIM_RANDOM_DISTRIBUTION_H
#define FSIM_RANDOM_DISTRIBUTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/base/report.h"

#define FSIM_MOST_PARAMETERS 3

/* What kind of number a parameter is, so that readers know which unit to ask for. */
typedef enum fsim_parameter_kind {
  FSIM_PARAMETER_QUANTITY, /* in the unit of the value: a duration for times, money for values */
  FSIM_PARAMETER_NUMBER,   /* dimensionless: shape, cv, sigma, k */
  FSIM_PARAMETER_RATE      /* one over the unit of the value: "2 / d" for times */
} fsim_parameter_kind;

/* One way to give a family's parameters, e.g. lognormal {median, sigma}. */
typedef struct fsim_parametrisation {
  const char *names[FSIM_MOST_PARAMETERS]; /* NULL past the last */
  fsim_parameter_kind kinds[FSIM_MOST_PARAMETERS];
  /* Canonical parameters from given ones, or a message (static) saying what is wrong with them. */
  const char *(*canonical)(const double *given, double *parameter);
} fsim_parametrisation;

typedef struct fsim_distribution fsim_distribution;

typedef struct fsim_family {
  const char *name;
  const char *help; /* one line, with an example */
  const fsim_parametrisation *parametrisations;
  size_t n_parametrisations;
  bool uncertain_only; /* beta, normal: for uncertain numbers, not for times */
  bool discrete;       /* fixed, empirical: steps in the cdf, no smooth table */
  /* Which canonical parameters are multiples of the value's unit: multiplying all of these by f
   * makes X f times as large. */
  bool scales[FSIM_MOST_PARAMETERS];
  /* All of the base law (shift 0, scale 1, no truncation). Portable: only + - * / sqrt and our own
   * special functions, so tables have the same bits on every machine. */
  double (*mean)(const fsim_distribution *d);
  double (*variance)(const fsim_distribution *d);
  double (*cdf)(const fsim_distribution *d, double x);      /* P(X <= x), accurate when small */
  double (*survival)(const fsim_distribution *d, double x); /* P(X > x), accurate when small */
  double (*quantile)(const fsim_distribution *d, double p); /* inverse of cdf */
  double (*upper_quantile)(const fsim_distribution *d, double q); /* inverse of survival */
  /* The base law's smallest and largest value (INFINITY when unbounded). */
  void (*support)(const fsim_distribution *d, double *lowest, double *highest);
} fsim_family;

struct fsim_distribution {
  const fsim_family *family;
  double parameter[FSIM_MOST_PARAMETERS]; /* canonical, see the family's file */
  double shift, scale;                    /* scale > 0 */
  double lowest, highest;                 /* truncation; -INFINITY, INFINITY when there is none */
  size_t n;                               /* parts of a mixture, values of an empirical law */
  fsim_distribution **parts;              /* mixture: owned */
  double *values;                         /* empirical: sorted, distinct; owned */
  double *weights;                        /* mixture, empirical: sum to 1; owned */
};

extern const fsim_family *const fsim_families[];
extern const size_t fsim_n_families;
const fsim_family *fsim_family_find(const char *name);

/* A distribution of a family by one of its parametrisations. On bad parameters *out is NULL and
 * *fault a static text ("cv must be more than 0"); NULL fault and NULL *out means memory. */
fsim_distribution *fsim_distribution_new(const fsim_family *family,
                                         const fsim_parametrisation *parametrisation,
                                         const double *given, const char **fault);
/* The same by names: of the family's parametrisation whose names start with `first`; NULL also for
 * bad parameters. */
fsim_distribution *fsim_distribution_named(const char *family, const char *first,
                                           const double *given);
/* Coefficients of variation that a gamma factor of mean 1 may have; a smaller one is taken as 0. */
#define FSIM_LEAST_FACTOR_CV 1e-3
#define FSIM_MOST_FACTOR_CV 10
fsim_distribution *fsim_distribution_fixed(double value);
/* Copies the arrays; weights NULL = equal. Sorts and merges equal values. */
fsim_distribution *fsim_distribution_empirical(const double *values, const double *weights,
                                               size_t n, const char **fault);
/* Takes the parts over (also when it fails). */
fsim_distribution *fsim_distribution_mixture(fsim_distribution **parts, const double *weights,
                                             size_t n, const char **fault);
fsim_distribution *fsim_distribution_copy(const fsim_distribution *d);
void fsim_distribution_free(fsim_distribution *d);
/* X becomes factor * X (truncation included). */
void fsim_distribution_scale(fsim_distribution *d, double factor);
/* X becomes X + by. */
void fsim_distribution_shift(fsim_distribution *d, double by);
/* The rate at which X ends at any age becomes `factor` times as large; of discrete values, the
 * probability to go on after each is raised to that power. False, and nothing changes, for laws
 * that have no such form of their own (all but exponential, Weibull, empirical and fixed ones, and
 * truncated ones), and for a factor that is not above 0 or makes times that are no numbers. */
bool fsim_distribution_multiply_hazard(fsim_distribution *d, double factor);
/* X given lowest <= X <= highest; a static text when that has (almost) no probability. */
const char *fsim_distribution_truncate(fsim_distribution *d, double lowest, double highest);

/* Of the whole law: shift, scale and truncation included. */
double fsim_mean(const fsim_distribution *d);
double fsim_variance(const fsim_distribution *d);
double fsim_cdf(const fsim_distribution *d, double x);
double fsim_survival(const fsim_distribution *d, double x);
double fsim_quantile(const fsim_distribution *d, double p);
double fsim_upper_quantile(const fsim_distribution *d, double q);
void fsim_support(const fsim_distribution *d, double *lowest, double *highest);
/* The value at uniform u, as the sampler would give it without rounding. Monotone in u. */
double fsim_draw(const fsim_distribution *d, double u);
/* True when both give the same draws for the same uniforms up to a factor, which is then in
 * *factor: such laws share one table. */
bool fsim_same_shape(const fsim_distribution *a, const fsim_distribution *b, double *factor);
/* True when both are the same in every number. */
bool fsim_equal_laws(const fsim_distribution *a, const fsim_distribution *b);
/* "lognormal, mean 6 d, cv 1.1": for people; `duration` says that values are seconds. */
char *fsim_distribution_text(const fsim_distribution *d, bool duration, char *buffer, size_t size);

#endif
