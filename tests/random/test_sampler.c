/* Tables: how close, how monotone, how fair their draws are, and that their bits never change. */
/* clang-format off */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h> /* needs the others before it */
/* clang-format on */

#include <gsl/gsl_cdf.h>

#include "sim/base/text.h"
#include "sim/random/key.h"
#include "sim/random/sampler.h"

#define LEAST_U 0x1p-53
#define MOST_LAWS 32
#define EXPECTED_BITS UINT64_C(0x370EA031319F91A7)

typedef struct laws {
  fsim_distribution *law[MOST_LAWS];
  const fsim_sampler *sampler[MOST_LAWS];
  const char *name[MOST_LAWS];
  fsim_sampler_cache *cache;
  size_t n;
} laws;

static void add(laws *all, const char *name, fsim_distribution *d) {
  assert_true(d != NULL && all->n < MOST_LAWS);
  all->law[all->n] = d;
  all->name[all->n] = name;
  all->sampler[all->n] = fsim_sampler_get(all->cache, d);
  assert_non_null(all->sampler[all->n]);
  all->n++;
}

static fsim_distribution *make(const char *name, int parametrisation, double a, double b,
                               double c) {
  const fsim_family *family = fsim_family_find(name);
  const char *fault;
  const double given[FSIM_MOST_PARAMETERS] = {a, b, c};
  return fsim_distribution_new(family, &family->parametrisations[parametrisation], given, &fault);
}

static fsim_distribution *between(fsim_distribution *d, double lowest, double highest) {
  assert_null(fsim_distribution_truncate(d, lowest, highest));
  return d;
}

static fsim_distribution *mix(fsim_distribution *a, fsim_distribution *b, double share) {
  fsim_distribution *parts[] = {a, b};
  const double weights[] = {share, 1 - share};
  const char *fault;
  return fsim_distribution_mixture(parts, weights, 2, &fault);
}

static int make_laws(void **state) {
  laws *all = calloc(1, sizeof *all);
  *state = all;
  all->cache = fsim_sampler_cache_new();
  add(all, "exponential", make("exponential", 0, 5, 0, 0));
  add(all, "gamma 2.5", make("gamma", 0, 2.5, 3, 0));
  add(all, "gamma 0.3", make("gamma", 0, 0.3, 3, 0));
  add(all, "gamma 400", make("gamma", 0, 400, 3, 0));
  add(all, "erlang", make("erlang", 0, 3, 6, 0));
  add(all, "lognormal", make("lognormal", 0, 6, 1.1, 0));
  add(all, "wide lognormal", make("lognormal", 1, 3, 2.5, 0));
  add(all, "weibull", make("weibull", 0, 0.7, 30, 0));
  add(all, "loglogistic", make("loglogistic", 0, 9, 2.5, 0));
  add(all, "uniform", make("uniform", 0, 1, 5, 0));
  add(all, "triangular", make("triangular", 0, 1, 2, 6));
  add(all, "pert", make("pert", 0, 1, 2, 9));
  add(all, "quantiles", make("quantiles", 0, 2, 5, 21));
  add(all, "beta", make("beta", 2, 6, 40, 0));
  add(all, "truncated", between(make("lognormal", 0, 6, 1.1, 0), 1, 20));
  add(all, "tail", between(make("gamma", 0, 2.5, 3, 0), 40, INFINITY));
  add(all, "two bumps", mix(make("gamma", 0, 50, 0.02, 0), make("gamma", 0, 50, 0.4, 0), 0.3));
  add(all, "atom", mix(fsim_distribution_fixed(2), make("exponential", 0, 5, 0, 0), 0.3));
  add(all, "gap", mix(make("uniform", 0, 1, 2, 0), make("uniform", 0, 7, 9, 0), 0.37));
  return 0;
}

static int free_laws(void **state) {
  laws *all = *state;
  for (size_t i = 0; i < all->n; i++) fsim_distribution_free(all->law[i]);
  fsim_sampler_cache_free(all->cache);
  free(all);
  return 0;
}

static double sampled(const fsim_sampler *sampler, double u) {
  double value;
  fsim_sample(sampler, &u, &value, 1);
  return value;
}

/* u on the generator's grid, (k + 1/2) 2^-52, nearest to the wanted tail v on either side. */
static double on_grid(double v, bool upper) {
  double k = floor(v * 0x1p52);
  double low = (k + 0.5) * 0x1p-52;
  return upper ? 1 - low : low;
}

static void tables_are_within_3e9_of_the_law_everywhere(void **state) {
  const laws *all = *state;
  for (size_t i = 0; i < all->n; i++) {
    double median = fabs(fsim_quantile(all->law[i], 0.5));
    for (int side = 0; side < 2; side++) {
      for (double v = LEAST_U; v < 0.5; v *= 1.00371) {
        double u = on_grid(v, side == 1);
        double got = sampled(all->sampler[i], u), want = fsim_draw(all->law[i], u);
        double size = fmax(fabs(want), 1e-9 * median);
        if (fabs(got - want) <= 3.3e-9 * size) continue;
        print_error("%s at %.17g: %.17g, not %.17g\n", all->name[i], u, got, want);
        fail();
      }
    }
  }
}

/* Pairs of neighbouring u across every seam between pieces (up to 256 to the octave) and places
 * within, in rising order of u over both sides. */
static void draws_never_fall_as_u_rises(void **state) {
  const laws *all = *state;
  enum { PIECES = 256 };
  for (size_t i = 0; i < all->n; i++) {
    double lowest, highest, last = -INFINITY, last_u = 0;
    fsim_support(all->law[i], &lowest, &highest);
    for (int step = 0; step < 2 * 52 * PIECES; step++) {
      bool upper = step >= 52 * PIECES;
      int at = upper ? 2 * 52 * PIECES - 1 - step : step;
      double v = ldexp(1.0 + (double)(at % PIECES) / PIECES, at / PIECES - 53);
      double near[] = {on_grid(v, upper) - 0x1p-52, on_grid(v, upper), on_grid(v, upper) + 0x1p-52};
      for (int k = 0; k < 3; k++) {
        if (!(near[k] > last_u && near[k] < 1)) continue;
        double x = sampled(all->sampler[i], near[k]);
        if (x < lowest || x > highest) print_error("%s leaves its support\n", all->name[i]);
        assert_true(x >= lowest && x <= highest);
        if (x < last) {
          print_error("%s falls at %.17g: %.17g, %.17g\n", all->name[i], near[k], last, x);
          fail();
        }
        last = x;
        last_u = near[k];
      }
    }
  }
}

static int ascending(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static void draws_follow_the_law(void **state) {
  const laws *all = *state;
  enum { N = 200000 };
  double *u = malloc(N * sizeof *u), *x = malloc(N * sizeof *x);
  uint32_t *lead = malloc(N * sizeof *lead);
  assert_true(u != NULL && x != NULL && lead != NULL);
  for (uint32_t k = 0; k < N; k++) lead[k] = k;
  for (size_t i = 0; i < all->n; i++) {
    fsim_uniform_pairs(fsim_key_make(11, i, 0, 0, 0), lead, NULL, 0, u, NULL, N);
    fsim_sample(all->sampler[i], u, x, N);
    double sum = 0;
    for (size_t k = 0; k < N; k++) sum += x[k];
    double z = (sum / N - fsim_mean(all->law[i])) / sqrt(fsim_variance(all->law[i]) / N);
    if (fabs(z) >= 4) print_error("%s: mean is off, z = %g\n", all->name[i], z);
    assert_true(fabs(z) < 4);
    if (strcmp(all->name[i], "atom") == 0) continue;
    /* Kolmogorov and Smirnov: P(D sqrt(N) > 2.2) = 2 exp(-2 2.2^2) = 1.3e-4. */
    qsort(x, N, sizeof *x, ascending);
    double worst = 0;
    for (size_t k = 0; k < N; k++) {
      double p = fsim_cdf(all->law[i], x[k]);
      worst = fmax(worst, fmax(p - (double)k / N, ((double)k + 1) / N - p));
    }
    if (worst * sqrt(N) >= 2.2) print_error("%s: D = %g\n", all->name[i], worst);
    assert_true(worst * sqrt(N) < 2.2);
  }
  free(u);
  free(x);
  free(lead);
}

/* The same against GSL's own cdf, a million draws. */
static void a_million_draws_follow_gsl(void **state) {
  const laws *all = *state;
  enum { N = 1000000 };
  double *u = malloc(N * sizeof *u), *x = malloc(N * sizeof *x);
  uint32_t *lead = malloc(N * sizeof *lead);
  assert_true(u != NULL && x != NULL && lead != NULL);
  for (uint32_t k = 0; k < N; k++) lead[k] = k;
  for (size_t i = 0; i < 8; i++) {
    fsim_uniform_pairs(fsim_key_make(12, i, 0, 0, 0), lead, NULL, 0, u, NULL, N);
    fsim_sample(all->sampler[i], u, x, N);
    qsort(x, N, sizeof *x, ascending);
    double worst = 0, sigma = i == 5 ? sqrt(log(2.21)) : 2.5;
    double mu = i == 5 ? log(6 / sqrt(2.21)) : log(3);
    for (size_t k = 0; k < N; k++) {
      double p = i == 0   ? gsl_cdf_exponential_P(x[k], 5)
                 : i == 1 ? gsl_cdf_gamma_P(x[k], 2.5, 3)
                 : i == 2 ? gsl_cdf_gamma_P(x[k], 0.3, 3)
                 : i == 3 ? gsl_cdf_gamma_P(x[k], 400, 3)
                 : i == 4 ? gsl_cdf_gamma_P(x[k], 3, 2)
                 : i == 7 ? gsl_cdf_weibull_P(x[k], 30, 0.7)
                          : gsl_cdf_lognormal_P(x[k], mu, sigma);
      worst = fmax(worst, fmax(p - (double)k / N, ((double)k + 1) / N - p));
    }
    if (worst * sqrt(N) >= 2.2) print_error("%s: D = %g\n", all->name[i], worst);
    assert_true(worst * sqrt(N) < 2.2);
  }
  free(u);
  free(x);
  free(lead);
}

static void atoms_are_drawn_exactly(void **state) {
  const laws *all = *state;
  size_t i = 0;
  while (strcmp(all->name[i], "atom") != 0) i++;
  double before = 0.7 * (1 - exp(-0.4));
  assert_true(sampled(all->sampler[i], before + 1e-9) == 2);
  assert_true(sampled(all->sampler[i], before + 0.15) == 2);
  assert_true(sampled(all->sampler[i], before + 0.3 - 1e-9) == 2);
  assert_true(sampled(all->sampler[i], before - 1e-6) < 2);
  assert_true(sampled(all->sampler[i], before + 0.3 + 1e-6) > 2);
}

static void nothing_falls_into_a_gap(void **state) {
  const laws *all = *state;
  size_t i = 0;
  while (strcmp(all->name[i], "gap") != 0) i++;
  for (double u = 0.3; u < 0.44; u += 1.7e-6) {
    double x = sampled(all->sampler[i], u);
    assert_true((x >= 1 && x <= 2) || (x >= 7 && x <= 9));
    assert_true((x <= 2) == (u < 0.37));
  }
}

/* A small change of a parameter is a small change of every draw, in the same direction. */
static void draws_grow_with_their_parameters(void **state) {
  (void)state;
  fsim_sampler_cache *cache = fsim_sampler_cache_new();
  fsim_distribution *d[] = {make("weibull", 1, 0.8, 10, 0), make("weibull", 1, 0.8, 10.1, 0),
                            make("gamma", 0, 2, 5, 0), make("gamma", 0, 2.02, 5, 0)};
  for (int pair = 0; pair < 4; pair += 2) {
    const fsim_sampler *less = fsim_sampler_get(cache, d[pair]);
    const fsim_sampler *more = fsim_sampler_get(cache, d[pair + 1]);
    for (double u = 0.0005; u < 1; u += 0.001) {
      double a = sampled(less, u), b = sampled(more, u);
      assert_true(b > a && b < a * 1.05);
    }
  }
  for (int i = 0; i < 4; i++) fsim_distribution_free(d[i]);
  fsim_sampler_cache_free(cache);
}

static void empirical_steps_where_its_weights_say(void **state) {
  (void)state;
  fsim_sampler_cache *cache = fsim_sampler_cache_new();
  const char *fault;
  double values[100], weights[100], sum = 0;
  for (int i = 0; i < 100; i++) {
    values[i] = 3.0 * i;
    weights[i] = 1 + i % 7;
    sum += weights[i];
  }
  fsim_distribution *d = fsim_distribution_empirical(values, weights, 100, &fault);
  fsim_distribution_scale(d, 2);
  fsim_distribution_shift(d, 1);
  const fsim_sampler *sampler = fsim_sampler_get(cache, d);
  double below = 0;
  for (int i = 0; i < 100; i++) {
    double middle = below + 0.5 * weights[i] / sum, edge = 1e-9;
    assert_true(sampled(sampler, middle) == 6.0 * i + 1);
    assert_true(sampled(sampler, below + edge) == 6.0 * i + 1);
    below += weights[i] / sum;
    assert_true(sampled(sampler, below - edge) == 6.0 * i + 1);
  }
  fsim_distribution_free(d);
  fsim_sampler_cache_free(cache);
}

static void seconds_are_rounded_and_bounded(void **state) {
  (void)state;
  fsim_sampler_cache *cache = fsim_sampler_cache_new();
  fsim_distribution *list[] = {make("exponential", 0, 1e9, 0, 0), make("uniform", 0, -5, 5, 0),
                               fsim_distribution_fixed(2.5), fsim_distribution_fixed(-3)};
  enum { N = 1500 };
  double u[N], value[N];
  int32_t seconds[N], constant;
  for (int i = 0; i < N; i++) u[i] = (i + 0.5) / N;
  for (int i = 0; i < 4; i++) {
    const fsim_sampler *sampler = fsim_sampler_get(cache, list[i]);
    fsim_sample(sampler, u, value, N);
    fsim_sample_seconds(sampler, u, seconds, N);
    for (int k = 0; k < N; k++) {
      double want = fmin(fmax(floor(value[k] + 0.5), 0), FSIM_LONGEST_WAIT_S);
      assert_true(seconds[k] == (int32_t)want);
    }
    assert_true(fsim_sampler_constant(sampler, &constant) == (i >= 2));
    if (i >= 2) assert_int_equal(constant, i == 2 ? 3 : 0);
    fsim_distribution_free(list[i]);
  }
  fsim_sampler_cache_free(cache);
}

static void equal_laws_share_and_factors_are_exact(void **state) {
  (void)state;
  fsim_sampler_cache *cache = fsim_sampler_cache_new();
  fsim_distribution *a = make("lognormal", 1, 3, 0.9, 0), *b = make("lognormal", 1, 3, 0.9, 0);
  fsim_distribution *wide = make("lognormal", 1, 12, 0.9, 0);
  assert_ptr_equal(fsim_sampler_get(cache, a), fsim_sampler_get(cache, b));
  for (double u = 0.001; u < 1; u += 0.0137) {
    assert_true(sampled(fsim_sampler_get(cache, wide), u) ==
                4 * sampled(fsim_sampler_get(cache, a), u));
  }
  fsim_distribution_free(a);
  fsim_distribution_free(b);
  fsim_distribution_free(wide);
  fsim_sampler_cache_free(cache);
}

/* Every bit of draws from every table. The same for any compiler, vector width and machine; a
 * change of this number is a change of every published result and belongs in the changelog. */
static void bits_never_change(void **state) {
  const laws *all = *state;
  enum { N = 1009 };
  static double u[N], second[N], x[N];
  static uint32_t lead[N];
  uint64_t hash = 0;
  for (uint32_t k = 0; k < N; k++) lead[k] = k;
  fsim_uniform_pairs(fsim_key_make(1, 2, 3, 4, 5), lead, NULL, 0, u, second, N);
  for (int k = 0; k < 100; k++) u[k] = on_grid(ldexp(1.37, -k / 2 - 2), k % 2 == 1);
  for (size_t i = 0; i < all->n; i++) {
    fsim_sample(all->sampler[i], u, x, N);
    hash = fsim_hash_mix(hash, fsim_hash_bytes(x, sizeof x));
  }
  if (hash != EXPECTED_BITS) print_error("bits are 0x%016llX\n", (unsigned long long)hash);
  assert_true(hash == EXPECTED_BITS);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(tables_are_within_3e9_of_the_law_everywhere),
      cmocka_unit_test(draws_never_fall_as_u_rises),
      cmocka_unit_test(draws_follow_the_law),
      cmocka_unit_test(a_million_draws_follow_gsl),
      cmocka_unit_test(atoms_are_drawn_exactly),
      cmocka_unit_test(nothing_falls_into_a_gap),
      cmocka_unit_test(draws_grow_with_their_parameters),
      cmocka_unit_test(empirical_steps_where_its_weights_say),
      cmocka_unit_test(seconds_are_rounded_and_bounded),
      cmocka_unit_test(equal_laws_share_and_factors_are_exact),
      cmocka_unit_test(bits_never_change),
  };
  return cmocka_run_group_tests(tests, make_laws, free_laws);
}
