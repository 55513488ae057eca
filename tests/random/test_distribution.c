/* Every family in every parametrisation against GSL and closed forms; shift, scale, truncation. */
/* clang-format off */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h> /* needs the others before it */
/* clang-format on */

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>

#include "sim/random/distribution.h"

#define DAY 86400.0

static void assert_near(double got, double want, double tolerance) {
  if (fabs(got - want) <= tolerance * fabs(want) || got == want) return;
  print_error("got %.17g, want %.17g: off by %g\n", got, want, fabs(got / want - 1));
  fail();
}

static fsim_distribution *make(const char *name, int parametrisation, double a, double b,
                               double c) {
  const fsim_family *family = fsim_family_find(name);
  assert_non_null(family);
  const char *fault = NULL;
  const double given[FSIM_MOST_PARAMETERS] = {a, b, c};
  fsim_distribution *d =
      fsim_distribution_new(family, &family->parametrisations[parametrisation], given, &fault);
  if (d == NULL) print_error("%s: %s\n", name, fault);
  assert_non_null(d);
  return d;
}

typedef struct reference {
  const char *family;
  int parametrisation;
  double given[3];
  double mean, sd;
  double (*lower)(double x, double a, double b); /* GSL's cdf at x with a, b */
  double (*upper)(double x, double a, double b);
  double a, b;
} reference;

static double exponential_p(double x, double a, double b) {
  (void)b;
  return gsl_cdf_exponential_P(x, a);
}

static double exponential_q(double x, double a, double b) {
  (void)b;
  return gsl_cdf_exponential_Q(x, a);
}

static double loglogistic_p(double x, double a, double b) {
  return 1 / (1 + pow(x / a, -b));
}

static double loglogistic_q(double x, double a, double b) {
  return 1 / (1 + pow(x / a, b));
}

static double normal_p(double x, double a, double b) {
  return gsl_cdf_gaussian_P(x - a, b);
}

static double normal_q(double x, double a, double b) {
  return gsl_cdf_gaussian_Q(x - a, b);
}

static double pert_p(double x, double a, double b) { /* min 1, mode 2, max 9 */
  return gsl_cdf_beta_P((x - 1) / 8, a, b);
}

static double pert_q(double x, double a, double b) {
  return gsl_cdf_beta_Q((x - 1) / 8, a, b);
}

static double triangular_p(double x, double a, double b) { /* min 1, mode 2, max 6 */
  (void)a, (void)b;
  return x < 2 ? (x - 1) * (x - 1) / 5 : 1 - (6 - x) * (6 - x) / 20;
}

static double triangular_q(double x, double a, double b) {
  (void)a, (void)b;
  return x < 2 ? 1 - (x - 1) * (x - 1) / 5 : (6 - x) * (6 - x) / 20;
}

static double lognormal_p(double x, double a, double b) { /* a the median */
  return gsl_cdf_ugaussian_P(log(x / a) / b);
}

static double lognormal_q(double x, double a, double b) {
  return gsl_cdf_ugaussian_Q(log(x / a) / b);
}

/* Means and standard deviations from the textbooks' formulae, evaluated by libm. */
#define SIGMA_OF_CV 0.8905012720539266 /* sqrt(log(1 + 1.1^2)) */
static const reference references[] = {
    {"exponential", 0, {5}, 5, 5, exponential_p, exponential_q, 5, 0},
    {"exponential", 1, {0.2}, 5, 5, exponential_p, exponential_q, 5, 0},
    {"gamma", 0, {2.5, 3}, 7.5, 4.7434164902525691, gsl_cdf_gamma_P, gsl_cdf_gamma_Q, 2.5, 3},
    {"gamma", 0, {0.3, 3}, 0.9, 1.6431676725154982, gsl_cdf_gamma_P, gsl_cdf_gamma_Q, 0.3, 3},
    {"gamma", 1, {25, 0.5}, 25, 12.5, gsl_cdf_gamma_P, gsl_cdf_gamma_Q, 4, 6.25},
    {"erlang", 0, {3, 6}, 6, 3.4641016151377544, gsl_cdf_gamma_P, gsl_cdf_gamma_Q, 3, 2},
    {"lognormal", 0, {6, 1.1}, 6, 6.6, lognormal_p, lognormal_q, 4.0360367639778749, SIGMA_OF_CV},
    {"lognormal",
     1,
     {3, 0.9},
     4.4979075001703013,
     5.0246035633656296,
     lognormal_p,
     lognormal_q,
     3,
     0.9},
    {"lognormal",
     2,
     {14, 60},
     26.677303581439688,
     43.271646331066741,
     lognormal_p,
     lognormal_q,
     14,
     1.1355666613293176},
    {"weibull",
     0,
     {0.7, 30},
     37.974705181718498,
     55.535142011953447,
     gsl_cdf_weibull_P,
     gsl_cdf_weibull_Q,
     30,
     0.7},
    {"weibull",
     1,
     {2, 5},
     5,
     2.613616004385316,
     gsl_cdf_weibull_P,
     gsl_cdf_weibull_Q,
     5.6418958354775629,
     2},
    {"loglogistic",
     0,
     {9, 2.5},
     11.891757597098847,
     14.315338796455171,
     loglogistic_p,
     loglogistic_q,
     9,
     2.5},
    {"uniform", 0, {1, 5}, 3, 1.1547005383792515, gsl_cdf_flat_P, gsl_cdf_flat_Q, 1, 5},
    {"triangular", 0, {1, 2, 6}, 3, 1.0801234497346435, triangular_p, triangular_q, 0, 0},
    {"pert", 0, {1, 2, 9}, 3, 1.3093073414159542, pert_p, pert_q, 1.5, 4.5},
    {"beta", 0, {2, 3}, 0.4, 0.2, gsl_cdf_beta_P, gsl_cdf_beta_Q, 2, 3},
    {"beta", 1, {0.4, 0.5}, 0.4, 0.2, gsl_cdf_beta_P, gsl_cdf_beta_Q, 2, 3},
    {"beta", 2, {6, 40}, 0.15, 0.055765187147188665, gsl_cdf_beta_P, gsl_cdf_beta_Q, 6, 34},
    {"normal", 0, {0.3, 0.05}, 0.3, 0.05, normal_p, normal_q, 0.3, 0.05},
};
#define N_REFERENCES (sizeof references / sizeof references[0])

static fsim_distribution *make_reference(const reference *r) {
  return make(r->family, r->parametrisation, r->given[0], r->given[1], r->given[2]);
}

static void means_and_deviations_are_the_textbooks(void **state) {
  (void)state;
  for (size_t i = 0; i < N_REFERENCES; i++) {
    fsim_distribution *d = make_reference(&references[i]);
    assert_near(fsim_mean(d), references[i].mean, 1e-13);
    assert_near(sqrt(fsim_variance(d)), references[i].sd, 1e-13);
    fsim_distribution_free(d);
  }
}

static void probabilities_agree_with_gsl_far_into_both_tails(void **state) {
  (void)state;
  for (size_t i = 0; i < N_REFERENCES; i++) {
    const reference *r = &references[i];
    fsim_distribution *d = make_reference(r);
    for (double v = 1e-15; v < 0.5; v *= 2.7) {
      double low = fsim_quantile(d, v), high = fsim_upper_quantile(d, v);
      double tolerance = 1e-12;
      /* Near a bound other than 0, x itself cannot be written to 12 figures of its tail. */
      if (r->lower == triangular_p || r->lower == pert_p || r->lower == gsl_cdf_flat_P ||
          r->lower == normal_p) {
        tolerance += 4e-16 / v;
      }
      assert_near(fsim_cdf(d, low), r->lower(low, r->a, r->b), tolerance);
      assert_near(fsim_cdf(d, low), v, tolerance);
      assert_near(fsim_survival(d, low), r->upper(low, r->a, r->b), tolerance);
      assert_near(fsim_cdf(d, high), r->lower(high, r->a, r->b), tolerance);
      if (strcmp(r->family, "beta") == 0) tolerance += 1e-15 / sqrt(v);
      assert_near(fsim_survival(d, high), r->upper(high, r->a, r->b), tolerance);
      assert_near(fsim_survival(d, high), v, tolerance);
    }
    fsim_distribution_free(d);
  }
}

/* FEATURES T3: decreasing hazard, so old deals stay longer. */
static void median_of_what_remains_grows_with_age(void **state) {
  (void)state;
  fsim_distribution *d = make("weibull", 0, 0.7, 30, 0);
  const double ages[] = {0, 45, 90}, medians[] = {17.77, 36.99, 43.99};
  for (int i = 0; i < 3; i++) {
    double rest = fsim_upper_quantile(d, 0.5 * fsim_survival(d, ages[i])) - ages[i];
    assert_true(fabs(rest - medians[i]) < 0.005);
  }
  fsim_distribution_free(d);
}

/* FEATURES T13. */
static void lognormal_from_median_and_p90(void **state) {
  (void)state;
  fsim_distribution *d = make("lognormal", 2, 14 * DAY, 60 * DAY, 0);
  assert_near(d->parameter[1], 1.13557, 5e-6);
  assert_near(fsim_mean(d) / DAY, 26.677, 2e-5);
  assert_near(sqrt(fsim_variance(d)) / DAY, 43.272, 2e-5);
  assert_near(fsim_quantile(d, 0.9), 60 * DAY, 1e-14);
  fsim_distribution_free(d);
}

static void quantiles_goes_through_its_three_points(void **state) {
  (void)state;
  fsim_distribution *d = make("quantiles", 0, 2, 5, 21);
  assert_near(fsim_quantile(d, 0.1), 2, 1e-14);
  assert_near(fsim_quantile(d, 0.5), 5, 1e-14);
  assert_near(fsim_quantile(d, 0.9), 21, 1e-14);
  assert_near(fsim_cdf(d, 2), 0.1, 1e-13);
  assert_near(fsim_survival(d, 21), 0.1, 1e-13);
  fsim_distribution_free(d);
  /* Symmetric on the log scale it is the lognormal. */
  d = make("quantiles", 0, 2, 4, 8);
  fsim_distribution *same = make("lognormal", 2, 4, 8, 0);
  assert_near(fsim_mean(d), fsim_mean(same), 1e-13);
  assert_near(fsim_variance(d), fsim_variance(same), 1e-12);
  fsim_distribution_free(d);
  fsim_distribution_free(same);
}

typedef struct bad_case {
  const char *family;
  int parametrisation;
  double given[3];
} bad_case;

static void bad_parameters_are_refused_with_a_reason(void **state) {
  (void)state;
  const bad_case cases[] = {
      {"exponential", 0, {0}},      {"exponential", 0, {NAN}},
      {"exponential", 1, {-1}},     {"exponential", 0, {INFINITY}},
      {"gamma", 0, {0, 1}},         {"gamma", 0, {1, -1}},
      {"gamma", 1, {5, 0}},         {"gamma", 1, {5, 1e-9}},
      {"gamma", 1, {5, 1e9}},       {"erlang", 0, {2.5, 3}},
      {"erlang", 0, {0, 3}},        {"erlang", 0, {2, 0}},
      {"lognormal", 0, {6, 0}},     {"lognormal", 0, {-6, 1}},
      {"lognormal", 1, {3, -0.1}},  {"lognormal", 1, {0, 1}},
      {"lognormal", 2, {14, 14}},   {"lognormal", 2, {14, 9}},
      {"weibull", 0, {0, 1}},       {"weibull", 0, {1, 0}},
      {"weibull", 1, {-1, 5}},      {"weibull", 1, {2, NAN}},
      {"loglogistic", 0, {0, 2}},   {"loglogistic", 0, {3, 0}},
      {"uniform", 0, {5, 5}},       {"uniform", 0, {5, 1}},
      {"triangular", 0, {1, 7, 6}}, {"triangular", 0, {1, 0, 6}},
      {"triangular", 0, {2, 2, 2}}, {"pert", 0, {1, 7, 6}},
      {"pert", 0, {3, 3, 3}},       {"quantiles", 0, {0, 1, 2}},
      {"quantiles", 0, {1, 3, 2}},  {"quantiles", 0, {1, 1, 2}},
      {"fixed", 0, {NAN}},          {"beta", 0, {0, 1}},
      {"beta", 1, {1.2, 0.1}},      {"beta", 1, {0.5, 1.5}},
      {"beta", 2, {7, 6}},          {"beta", 2, {-1, 6}},
      {"beta", 2, {6, 6}},          {"beta", 2, {0, 6}},
      {"beta", 2, {0, 0}},          {"normal", 0, {1, 0}},
      {"normal", 0, {NAN, 1}},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    const fsim_family *family = fsim_family_find(cases[i].family);
    const char *fault = NULL;
    fsim_distribution *d = fsim_distribution_new(
        family, &family->parametrisations[cases[i].parametrisation], cases[i].given, &fault);
    if (d != NULL) print_error("%s, case %zu\n", cases[i].family, i);
    assert_null(d);
    assert_non_null(fault);
  }
}

static void shift_and_scale_move_everything(void **state) {
  (void)state;
  fsim_distribution *d = make("gamma", 1, 25, 0.5, 0);
  fsim_distribution *plain = fsim_distribution_copy(d);
  fsim_distribution_scale(d, 3);
  fsim_distribution_shift(d, 10);
  assert_near(fsim_mean(d), 85, 1e-13);
  assert_near(fsim_variance(d), 9 * fsim_variance(plain), 1e-13);
  assert_near(fsim_cdf(d, 70), fsim_cdf(plain, 20), 1e-13);
  assert_near(fsim_quantile(d, 0.2), 10 + 3 * fsim_quantile(plain, 0.2), 1e-13);
  double lowest, highest;
  fsim_support(d, &lowest, &highest);
  assert_true(lowest == 10 && isinf(highest));
  fsim_distribution_free(d);
  fsim_distribution_free(plain);
}

/* Exponential between a and b: mean and variance in closed form. */
static void truncation_is_exact(void **state) {
  (void)state;
  fsim_distribution *d = make("exponential", 0, 5, 0, 0);
  assert_null(fsim_distribution_truncate(d, 2, 11));
  double width = 9, e = exp(-width / 5), mass = 1 - e;
  double mean = 2 + 5 - width * e / mass;
  double variance = 25 - width * width * e / (mass * mass);
  assert_near(fsim_mean(d), mean, 1e-12);
  assert_near(fsim_variance(d), variance, 1e-11);
  assert_near(fsim_cdf(d, 4), (1 - exp(-2.0 / 5)) / mass, 1e-13);
  assert_near(fsim_survival(d, 10), (exp(-8.0 / 5) - e) / mass, 1e-13);
  assert_true(fsim_cdf(d, 1.9) == 0 && fsim_survival(d, 11) == 0);
  for (double u = 1e-16; u < 1; u = u < 0.1 ? u * 3 : u + 0.01) {
    double x = fsim_draw(d, u);
    assert_true(x >= 2 && x <= 11);
    if (u > 1e-3) assert_near(fsim_cdf(d, x), u, 1e-11);
  }
  fsim_distribution_scale(d, 2);
  assert_near(fsim_mean(d), 2 * mean, 1e-12);
  double lowest, highest;
  fsim_support(d, &lowest, &highest);
  assert_true(lowest == 4 && highest == 22);
  assert_non_null(fsim_distribution_truncate(d, 23, 30));
  assert_non_null(fsim_distribution_truncate(d, 9, 8));
  fsim_distribution_free(d);
}

/* Memoryless: beyond any point, however far, the exponential is itself again, shifted. */
static void truncation_far_in_the_tail_keeps_its_digits(void **state) {
  (void)state;
  fsim_distribution *d = make("exponential", 0, 1, 0, 0);
  assert_null(fsim_distribution_truncate(d, 20, INFINITY));
  assert_near(fsim_mean(d), 21, 1e-11);
  assert_near(fsim_variance(d), 1, 1e-9);
  assert_near(fsim_quantile(d, 0.5), 20 + log(2), 1e-14);
  assert_near(fsim_survival(d, 25), exp(-5), 1e-12);
  fsim_distribution_free(d);
}

static void empirical_takes_its_values_and_weights(void **state) {
  (void)state;
  const char *fault;
  const double values[] = {3, 1, 3, 10, 7}, weights[] = {1, 2, 1, 4, 0};
  fsim_distribution *d = fsim_distribution_empirical(values, weights, 5, &fault);
  assert_non_null(d);
  assert_int_equal(d->n, 3);
  assert_near(fsim_mean(d), 48.0 / 8, 1e-15);
  assert_near(fsim_variance(d), (2 * 25 + 2 * 9 + 4 * 16) / 8.0, 1e-15);
  assert_true(fsim_cdf(d, 0.9) == 0 && fsim_cdf(d, 1) == 0.25 && fsim_cdf(d, 9) == 0.5);
  assert_true(fsim_survival(d, 1) == 0.75 && fsim_survival(d, 10) == 0);
  assert_true(fsim_draw(d, 0.1) == 1 && fsim_draw(d, 0.3) == 3 && fsim_draw(d, 0.6) == 10);
  assert_null(fsim_distribution_truncate(d, 2, 20));
  assert_near(fsim_mean(d), (2 * 3 + 4 * 10) / 6.0, 1e-15);
  assert_non_null(fsim_distribution_truncate(d, 4, 9));
  fsim_distribution_free(d);
  assert_null(fsim_distribution_empirical(values, NULL, 0, &fault));
  assert_non_null(fault);
  const double negative[] = {1, -1, 1, 1, 1}, none[5] = {0}, broken[] = {1, NAN};
  assert_null(fsim_distribution_empirical(values, negative, 5, &fault));
  assert_non_null(fault);
  assert_null(fsim_distribution_empirical(values, none, 5, &fault));
  assert_non_null(fault);
  assert_null(fsim_distribution_empirical(broken, NULL, 2, &fault));
  assert_non_null(fault);
}

/* The survival to the power of the factor, at all ages; scale and shift stay. */
static void a_multiplied_hazard_raises_the_survival(void **state) {
  (void)state;
  const char *fault;
  const double values[] = {1, 3, 7, 10}, weights[] = {0.1, 0.4, 0.3, 0.2};
  fsim_distribution *laws[] = {make("exponential", 0, 5, 0, 0), make("weibull", 0, 0.7, 4, 0),
                               fsim_distribution_empirical(values, weights, 4, &fault)};
  for (size_t i = 0; i < sizeof laws / sizeof *laws; i++) {
    fsim_distribution_scale(laws[i], 1.5);
    fsim_distribution_shift(laws[i], 0.25);
    fsim_distribution *raised = fsim_distribution_copy(laws[i]);
    assert_true(fsim_distribution_multiply_hazard(raised, 2.5));
    for (double age = 0.5; age < 20; age += 0.5)
      assert_near(fsim_survival(raised, age), pow(fsim_survival(laws[i], age), 2.5), 1e-13);
    fsim_distribution_free(raised);
    fsim_distribution_free(laws[i]);
  }
  fsim_distribution *fixed = fsim_distribution_fixed(3);
  assert_true(fsim_distribution_multiply_hazard(fixed, 2) && fsim_mean(fixed) == 3);
  assert_false(fsim_distribution_multiply_hazard(fixed, 0));
  fsim_distribution_free(fixed);
  fsim_distribution *other = make("lognormal", 0, 3, 1, 0);
  assert_false(fsim_distribution_multiply_hazard(other, 2));
  fsim_distribution_free(other);
  other = make("exponential", 0, 3, 0, 0);
  assert_null(fsim_distribution_truncate(other, 1, 4));
  assert_false(fsim_distribution_multiply_hazard(other, 2));
  fsim_distribution_free(other);
}

/* A clock that never rings has no law: its times would be infinite, and drawn as if at once. */
static void a_hazard_of_nothing_is_refused(void **state) {
  (void)state;
  const char *fault;
  const double values[] = {1, 3}, weights[] = {0.5, 0.5};
  fsim_distribution *laws[] = {make("exponential", 0, 5, 0, 0), make("weibull", 0, 0.7, 4, 0),
                               fsim_distribution_empirical(values, weights, 2, &fault)};
  for (size_t i = 0; i < sizeof laws / sizeof *laws; i++) {
    const double mean = fsim_mean(laws[i]);
    assert_false(fsim_distribution_multiply_hazard(laws[i], 0));
    assert_false(fsim_distribution_multiply_hazard(laws[i], NAN));
    if (i == 1) assert_false(fsim_distribution_multiply_hazard(laws[i], 1e-300));
    assert_true(fsim_mean(laws[i]) == mean);
    fsim_distribution_free(laws[i]);
  }
}

static fsim_distribution *atom_and_tail(void) {
  fsim_distribution *parts[] = {fsim_distribution_fixed(2), make("exponential", 0, 5, 0, 0)};
  const double weights[] = {3, 7};
  const char *fault;
  return fsim_distribution_mixture(parts, weights, 2, &fault);
}

static void mixture_adds_its_parts(void **state) {
  (void)state;
  fsim_distribution *d = atom_and_tail();
  assert_near(fsim_mean(d), 0.3 * 2 + 0.7 * 5, 1e-15);
  assert_near(fsim_variance(d), 0.3 * 4 + 0.7 * 50 - 4.1 * 4.1, 1e-13);
  double before = 0.7 * (1 - exp(-0.4)); /* probability below the atom at 2 */
  assert_near(fsim_cdf(d, 2), before + 0.3, 1e-14);
  assert_true(fsim_quantile(d, before + 0.001) == 2 && fsim_quantile(d, before + 0.26) == 2);
  assert_near(fsim_quantile(d, 0.1), -5 * log(1 - 0.1 / 0.7), 1e-13);
  assert_near(fsim_upper_quantile(d, 1e-12), -5 * log(1e-12 / 0.7), 1e-13);
  assert_null(fsim_distribution_truncate(d, 1, 4));
  double tail = 0.7 * (exp(-0.2) - exp(-0.8)), whole = tail + 0.3;
  assert_near(fsim_cdf(d, 3), (0.3 + 0.7 * (exp(-0.2) - exp(-0.6))) / whole, 1e-13);
  double e = exp(-0.6), part_mean = 1 + 5 - 3 * e / (1 - e);
  assert_near(fsim_mean(d), (0.3 * 2 + tail * part_mean) / whole, 1e-12);
  fsim_distribution_free(d);
  const char *fault;
  assert_null(fsim_distribution_mixture(NULL, NULL, 0, &fault));
  assert_non_null(fault);
}

static void laws_of_one_shape_know_their_factor(void **state) {
  (void)state;
  double factor = 0;
  fsim_distribution *a = make("lognormal", 1, 3, 0.9, 0), *b = make("lognormal", 1, 12, 0.9, 0);
  fsim_distribution *c = make("lognormal", 1, 3, 0.8, 0), *m = atom_and_tail();
  assert_true(fsim_same_shape(a, b, &factor) && factor == 4);
  assert_false(fsim_same_shape(a, c, &factor));
  assert_false(fsim_same_shape(a, m, &factor));
  fsim_distribution *wide = fsim_distribution_copy(m);
  fsim_distribution_scale(wide, 8);
  assert_true(fsim_same_shape(m, wide, &factor) && factor == 8);
  fsim_distribution_shift(b, 1);
  assert_false(fsim_same_shape(a, b, &factor));
  fsim_distribution_free(a);
  fsim_distribution_free(b);
  fsim_distribution_free(c);
  fsim_distribution_free(m);
  fsim_distribution_free(wide);
}

static void says_itself_in_words(void **state) {
  (void)state;
  char text[200], small[12];
  fsim_distribution *d = make("lognormal", 0, 6 * DAY, 1.1, 0);
  assert_string_equal(fsim_distribution_text(d, true, text, sizeof text),
                      "lognormal, mean 6 d, cv 1.1");
  assert_int_equal(strlen(fsim_distribution_text(d, true, small, sizeof small)), 11);
  fsim_distribution_free(d);
  d = fsim_distribution_fixed(12000);
  assert_string_equal(fsim_distribution_text(d, false, text, sizeof text), "fixed 12,000");
  fsim_distribution_free(d);
  d = make("loglogistic", 0, 9 * DAY, 0.8, 0);
  assert_string_equal(fsim_distribution_text(d, true, text, sizeof text),
                      "loglogistic, median 9 d, no finite mean");
  fsim_distribution_free(d);
}

static void every_family_describes_itself(void **state) {
  (void)state;
  for (size_t i = 0; i < fsim_n_families; i++) {
    const fsim_family *f = fsim_families[i];
    assert_ptr_equal(fsim_family_find(f->name), f);
    assert_non_null(strstr(f->help, f->name));
    for (size_t k = 0; k < f->n_parametrisations; k++) {
      assert_non_null(f->parametrisations[k].names[0]);
      assert_non_null(f->parametrisations[k].canonical);
    }
  }
  assert_null(fsim_family_find("lognorm"));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(means_and_deviations_are_the_textbooks),
      cmocka_unit_test(probabilities_agree_with_gsl_far_into_both_tails),
      cmocka_unit_test(median_of_what_remains_grows_with_age),
      cmocka_unit_test(lognormal_from_median_and_p90),
      cmocka_unit_test(quantiles_goes_through_its_three_points),
      cmocka_unit_test(bad_parameters_are_refused_with_a_reason),
      cmocka_unit_test(shift_and_scale_move_everything),
      cmocka_unit_test(truncation_is_exact),
      cmocka_unit_test(truncation_far_in_the_tail_keeps_its_digits),
      cmocka_unit_test(empirical_takes_its_values_and_weights),
      cmocka_unit_test(a_multiplied_hazard_raises_the_survival),
      cmocka_unit_test(a_hazard_of_nothing_is_refused),
      cmocka_unit_test(mixture_adds_its_parts),
      cmocka_unit_test(laws_of_one_shape_know_their_factor),
      cmocka_unit_test(says_itself_in_words),
      cmocka_unit_test(every_family_describes_itself),
  };
  gsl_set_error_handler_off();
  return cmocka_run_group_tests(tests, NULL, NULL);
}
