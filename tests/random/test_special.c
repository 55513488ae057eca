/* Our portable functions against libm's and GSL's. */
/* clang-format off */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h> /* needs the others before it */
/* clang-format on */

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>

#include "sim/random/special.h"

/* Relative, with `least` as the size below which the error counts absolutely. */
static void assert_near(double got, double want, double tolerance, double least) {
  double size = fabs(want) > least ? fabs(want) : least;
  if (fabs(got - want) <= tolerance * size || (isinf(want) && got == want)) return;
  print_error("got %.17g, want %.17g: off by %g\n", got, want, fabs(got - want) / size);
  fail();
}

static void logarithm_and_exponential(void **state) {
  (void)state;
  for (double x = 1e-307; x < 1e307; x *= 1.0371) {
    assert_near(fsim_log(x), log(x), 2.3e-16, 1e-300);
  }
  for (double x = 0.5; x < 2; x += 1.37e-4) assert_near(fsim_log(x), log(x), 2.3e-16, 1e-300);
  for (double x = -707; x < 709.7; x += 0.0173) assert_near(fsim_exp(x), exp(x), 4.5e-16, 1e-300);
  assert_near(fsim_exp(-740), exp(-740), 1, 0); /* subnormal: the right magnitude */
  assert_true(fsim_exp(-746) == 0 && isinf(fsim_exp(710)) && fsim_exp(0) == 1);
  assert_true(isinf(fsim_log(0)) && isnan(fsim_log(-1)) && fsim_log(1) == 0);
  assert_near(fsim_log(5e-324), log(5e-324), 1e-15, 0);
}

static void near_one_and_zero(void **state) {
  (void)state;
  for (double x = 1e-18; x < 30; x *= 1.0713) {
    assert_near(fsim_log1p(x), log1p(x), 5e-16, 0);
    assert_near(fsim_expm1(x), expm1(x), 7e-16, 0);
    assert_near(fsim_expm1(-x), expm1(-x), 7e-16, 0);
    if (x < 1) assert_near(fsim_log1p(-x), log1p(-x), 5e-16, 0);
  }
}

static void log_gamma(void **state) {
  (void)state;
  for (double x = 1e-3; x < 1e9; x *= 1.0137) {
    assert_near(fsim_log_gamma(x), lgamma(x), 1e-14, 1.0);
  }
}

static void normal_cdf_into_the_far_tail(void **state) {
  (void)state;
  for (double z = -37.5; z < 9; z += 0.00713) {
    assert_near(fsim_normal_cdf(z), gsl_cdf_ugaussian_P(z), 2e-15, 0);
    /* An independent way: the incomplete gamma function. */
    double tail = 0.5 * fsim_gamma_upper(0.5, 0.5 * z * z);
    assert_near(fsim_normal_cdf(z), z < 0 ? tail : 1 - tail, 3e-13, 0);
  }
}

static void normal_quantile_inverts_the_cdf(void **state) {
  (void)state;
  for (double p = 1e-300; p < 0.6; p *= 1.131) {
    double z = fsim_normal_quantile(p);
    assert_near(fsim_normal_cdf(z), p, 1e-12, 0);
    if (p > 1e-16)
      assert_near(fsim_normal_quantile(1 - p), -fsim_normal_quantile(1 - (1 - p)), 1e-15, 0);
  }
  assert_near(fsim_normal_quantile(0.9), 1.2815515655446004, 5e-16, 0);
  assert_near(fsim_normal_quantile(0.975), 1.9599639845400545, 5e-16, 0);
  assert_true(isinf(fsim_normal_quantile(0)) && isinf(fsim_normal_quantile(1)));
}

static void incomplete_gamma(void **state) {
  (void)state;
  const double shapes[] = {0.01, 0.1, 0.3, 0.5, 0.99, 1, 1.5, 2, 3.7, 9.99, 10, 25, 100, 400, 1e4};
  for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
    double a = shapes[i];
    for (double v = 1e-14; v < 0.5; v *= 3.3) { /* places from tail to tail */
      double low = gsl_cdf_gamma_Pinv(v, a, 1), high = gsl_cdf_gamma_Qinv(v, a, 1);
      double tolerance = a > 1000 || a < 0.3 ? 1e-12 : 1e-13; /* what GSL itself gives there */
      if (low > 1e-290) {
        assert_near(fsim_gamma_lower(a, low), gsl_cdf_gamma_P(low, a, 1), tolerance, 0);
        assert_near(fsim_gamma_upper(a, low), gsl_cdf_gamma_Q(low, a, 1), tolerance, 0);
      }
      assert_near(fsim_gamma_upper(a, high), gsl_cdf_gamma_Q(high, a, 1), tolerance, 0);
      assert_near(fsim_gamma_lower(a, high), gsl_cdf_gamma_P(high, a, 1), tolerance, 0);
    }
  }
  /* Closed forms: Q(1, x) = exp(-x), Q(3, x) = exp(-x) (1 + x + x^2/2). */
  for (double x = 0.01; x < 600; x *= 1.3) {
    assert_near(fsim_gamma_upper(1, x), exp(-x), 2e-13, 0);
    assert_near(fsim_gamma_upper(3, x), exp(-x) * (1 + x + 0.5 * x * x), 2e-13, 0);
  }
}

static void incomplete_beta(void **state) {
  (void)state;
  const double shapes[] = {0.2, 0.5, 1, 1.4, 2, 4.6, 12, 60, 700};
  for (size_t i = 0; i < 9; i++) {
    for (size_t j = 0; j < 9; j++) {
      for (double x = 1e-9; x < 1; x = x < 0.02 ? x * 3.1 : x + 0.0173) {
        double got = fsim_beta_lower(shapes[i], shapes[j], x);
        double want = gsl_cdf_beta_P(x, shapes[i], shapes[j]);
        if (want > 1e-280) assert_near(got, want, 1e-12, 0);
      }
    }
  }
  /* Closed form: I_x(2, 3) = x^2 (6 - 8x + 3x^2). */
  for (double x = 1e-6; x < 1; x *= 1.1) {
    assert_near(fsim_beta_lower(2, 3, x), x * x * (6 - 8 * x + 3 * x * x), 1e-14, 0);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(logarithm_and_exponential),
      cmocka_unit_test(near_one_and_zero),
      cmocka_unit_test(log_gamma),
      cmocka_unit_test(normal_cdf_into_the_far_tail),
      cmocka_unit_test(normal_quantile_inverts_the_cdf),
      cmocka_unit_test(incomplete_gamma),
      cmocka_unit_test(incomplete_beta),
  };
  gsl_set_error_handler_off();
  return cmocka_run_group_tests(tests, NULL, NULL);
}
