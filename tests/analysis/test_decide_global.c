/* Sobol's indices: the estimator against functions whose indices are known in closed form, with and
 * without chance; then scenarios against exact answers. */
#include "analysis/decide/sobol.h"
#include "decide.h"
#include "sim/random/key.h"

enum { PI_INPUTS = 3, G_INPUTS = 5 };
#define PI 3.14159265358979323846

/* ---- functions ---- */

/* Ishigami & Homma 1990 on (-pi, pi)^3, a = 7, b = 0.1. */
static double ishigami(const double *u) {
  double x[PI_INPUTS];
  for (int i = 0; i < PI_INPUTS; i++) x[i] = PI * (2 * u[i] - 1);
  return sin(x[0]) + 7 * sin(x[1]) * sin(x[1]) + 0.1 * pow(x[2], 4) * sin(x[0]);
}

static void ishigami_indices(double *first, double *total, double *variance) {
  double v1 = 0.5 * pow(1 + 0.1 * pow(PI, 4) / 5, 2), v2 = 49.0 / 8;
  double v13 = 0.01 * pow(PI, 8) * 8 / 225, v = v1 + v2 + v13;
  *variance = v;
  first[0] = v1 / v;
  first[1] = v2 / v;
  first[2] = 0;
  total[0] = (v1 + v13) / v;
  total[1] = v2 / v;
  total[2] = v13 / v;
}

static const double g_weight[G_INPUTS] = {0, 1, 4.5, 9, 99};

/* Sobol's G function: product of (|4u - 2| + a) / (1 + a). */
static double g_function(const double *u) {
  double product = 1;
  for (int i = 0; i < G_INPUTS; i++)
    product *= (fabs(4 * u[i] - 2) + g_weight[i]) / (1 + g_weight[i]);
  return product;
}

static void g_indices(double *first, double *total, double *variance) {
  double all = 1, part[G_INPUTS];
  for (int i = 0; i < G_INPUTS; i++) {
    part[i] = 1 / (3 * (1 + g_weight[i]) * (1 + g_weight[i]));
    all *= 1 + part[i];
  }
  *variance = all - 1;
  for (int i = 0; i < G_INPUTS; i++) {
    first[i] = part[i] / (all - 1);
    total[i] = part[i] * all / (1 + part[i]) / (all - 1);
  }
}

typedef struct function {
  size_t inputs;
  double (*value)(const double *u);
  void (*indices)(double *first, double *total, double *variance);
} function;

static const function functions[] = {{PI_INPUTS, ishigami, ishigami_indices},
                                     {G_INPUTS, g_function, g_indices}};

/* Noise of a world at a point: half of it common to the row, as with common random numbers. */
static double noise(uint64_t seed, size_t row, size_t point, uint32_t world) {
  double common, own, z = 0;
  fsim_key key = fsim_key_make(seed, row, 0, 0, 0);
  for (uint32_t k = 0; k < 6; k++) {
    fsim_uniform_pair(key, 0, world, k, &common, &own);
    z += common - 0.5;
    fsim_uniform_pair(key, (uint32_t)point + 1, world, k, &common, &own);
    z += own - 0.5;
  }
  return z; /* variance 1 */
}

static fsim_sobol estimate(const function *f, size_t base, uint64_t seed, double deviation) {
  fsim_sobol_design design = fsim_sobol_plan(f->inputs, base);
  size_t points = fsim_sobol_points(&design), rows = fsim_sobol_rows(&design);
  fsim_report *report = fsim_report_new();
  double *u;
  fsim_sobol sobol;
  assert_int_equal(fsim_sobol_make(&design, seed, report, &u), FSIM_OK);
  double *y = calloc(2 * rows * points, sizeof *y);
  assert_non_null(y);
  for (size_t i = 0; i < rows * points; i++) {
    double value = f->value(u + i * f->inputs);
    for (uint32_t w = 0; w < 2; w++)
      y[2 * i + w] =
          value + (deviation > 0 ? deviation * noise(seed, i / points, i % points, w) : 0);
  }
  assert_int_equal(fsim_sobol_estimate(&design, y, 0.95, report, &sobol), FSIM_OK);
  free(y);
  free(u);
  fsim_report_free(report);
  return sobol;
}

static void check_function(const function *f, double deviation) {
  double first[G_INPUTS], total[G_INPUTS], variance, sum = 0;
  f->indices(first, total, &variance);
  fsim_sobol sobol = estimate(f, 4096, 11, deviation);
  for (size_t i = 0; i < f->inputs; i++) {
    assert_near(&sobol.first[i], first[i], "first order");
    assert_near(&sobol.total[i], total[i], "total");
    assert_true(sobol.first[i].standard_error < 0.03);
    sum += first[i];
  }
  assert_near(&sobol.together, sum, "sum of the first orders");
  assert_near(&sobol.variance, variance, "variance");
  if (deviation > 0)
    assert_near(&sobol.chance, deviation * deviation, "chance");
  else
    assert_true(sobol.chance.estimate == 0 && sobol.chance_share.high == 0);
  fsim_sobol_free(&sobol);
}

static void indices_of_known_functions(void **state) {
  (void)state;
  for (int i = 0; i < 2; i++) check_function(&functions[i], 0);
}

/* Chance with as much variance as the function itself. */
static void chance_is_no_effect(void **state) {
  (void)state;
  check_function(&functions[0], 3.72);
  check_function(&functions[1], 0.7);
}

/* Half-widths over seeds: the interval holds the truth as often as it says. */
static void intervals_cover(void **state) {
  (void)state;
  enum { SEEDS = 400 };
  for (int k = 0; k < 2; k++) {
    const function *f = &functions[k];
    double first[G_INPUTS], total[G_INPUTS], variance;
    f->indices(first, total, &variance);
    size_t held = 0, of = 0;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
      fsim_sobol sobol = estimate(f, 256, 1000 + seed, k == 0 ? 2 : 0);
      for (size_t i = 0; i < f->inputs; i++) {
        held += sobol.first[i].low <= first[i] && first[i] <= sobol.first[i].high;
        held += sobol.total[i].low <= total[i] && total[i] <= sobol.total[i].high;
        of += 2;
      }
      fsim_sobol_free(&sobol);
    }
    double share = (double)held / (double)of;
    print_message("coverage of nominal 95 %%: %.1f %%\n", 100 * share);
    /* Indices of one seed depend on each other: as if each seed were one trial. */
    assert_true(fabs(share - 0.95) < 4 * sqrt(0.95 * 0.05 / SEEDS));
  }
}

static void nothing_varies(void **state) {
  (void)state;
  fsim_sobol_design design = fsim_sobol_plan(2, 32);
  size_t n = 2 * fsim_sobol_rows(&design) * fsim_sobol_points(&design);
  double *y = calloc(n, sizeof *y);
  assert_non_null(y);
  fsim_sobol sobol;
  fsim_report *report = fsim_report_new();
  assert_int_equal(fsim_sobol_estimate(&design, y, 0.95, report, &sobol), FSIM_OK);
  assert_true(isnan(sobol.first[0].estimate) && isnan(sobol.chance_share.estimate));
  assert_true(sobol.deviation.high == 0);
  fsim_sobol_free(&sobol);
  fsim_report_free(report);
  free(y);
}

/* Every scramble is a net: each of its rows' strips of width 1 / rows holds one point. */
static void every_scramble_is_a_net(void **state) {
  (void)state;
  fsim_sobol_design design = fsim_sobol_plan(4, 512);
  assert_int_equal(design.rows, 32);
  double *u;
  fsim_report *report = fsim_report_new();
  assert_int_equal(fsim_sobol_make(&design, 5, report, &u), FSIM_OK);
  size_t width = fsim_sobol_points(&design) * design.inputs;
  for (size_t s = 0; s < design.scrambles; s++) {
    for (size_t i = 0; i < 2 * design.inputs; i++) {
      uint32_t seen = 0;
      for (size_t row = 0; row < design.rows; row++) {
        double x = u[(s * design.rows + row) * width + i];
        assert_true(x > 0 && x < 1);
        seen |= (uint32_t)1 << (uint32_t)(x * 32);
      }
      assert_int_equal(seen, UINT32_MAX);
    }
  }
  assert_true(u[0] != u[design.rows * width]);
  free(u);
  fsim_report_free(report);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_scramble_is_a_net), cmocka_unit_test(indices_of_known_functions),
      cmocka_unit_test(chance_is_no_effect),     cmocka_unit_test(intervals_cover),
      cmocka_unit_test(nothing_varies),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
