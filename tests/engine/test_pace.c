/* Weeks that run faster or slower, against exact answers.
 *
 * With a factor g_k for week k, gamma of mean 1 and coefficient of variation c, a wait of rate r
 * survives k weeks of w seconds with exp(-r w (g_1 + … + g_k)). The Laplace transform of the gamma,
 * E exp(-s g) = (1 + s c^2)^(-1 / c^2) (Feller 1971, XIII), gives means, variances and covariances
 * of all counts by week. */
#include "tests/engine/build.h"

#define WEEK_S 604800.0
#define DEALS 120
#define REPLICATIONS 3000
#define WEEKS 6

#define HEAD                                                               \
  "scenario: t\nstart: 2026-01-05\nseed: 5\nhorizon: 6 w\nmodels:\n  f:\n" \
  "    funnel: f\n    entry: talk\n    stages:\n"
#define TAIL "    outcomes: {won: {counts_as: win}, lost: {}}\n"
#define PIPELINE "pipeline: {file: deals.csv, funnel: f, stage: stage, entered: entered}\n"

static model deals(const char *yaml, const char *entered) {
  char csv[DEALS * 20 + 20] = "stage,entered\n";
  size_t used = strlen(csv);
  for (int i = 0; i < DEALS; i++)
    used += (size_t)snprintf(csv + used, sizeof csv - used, "talk,%s\n", entered);
  return model_make_with(yaml, "deals.csv", csv);
}

/* E exp(-s g). */
static double transform(double s, double cv) {
  return pow(1 + s * cv * cv, -1 / (cv * cv));
}

/* Ends of a week by replication. */
static double *ends_of(const kept *k, size_t week, const char *outcome) {
  double *x = malloc(k->replications * sizeof *x);
  assert_non_null(x);
  for (uint32_t r = 0; r < k->replications; r++)
    x[r] = (double)cell(k, r, FSIM_WEEK_ENDED, week, outcome_named(k->m, outcome), 0);
  return x;
}

/* Mean of (x - a) (y - b): with exact means a variance or covariance with its standard error. */
static estimate product_of(const double *x, double a, const double *y, double b, size_t n) {
  double *z = malloc(n * sizeof *z);
  assert_non_null(z);
  for (size_t i = 0; i < n; i++) z[i] = (x[i] - a) * (y[i] - b);
  estimate e = estimate_of(z, n);
  free(z);
  return e;
}

/* Counts of n cases, each of which is in by chance p(g), q(g) of what is common to all. */
static double covariance(double n, double both, double p, double q) {
  return n * (n - 1) * both - n * p * n * q;
}

/* Checks all weeks of open deals that leave at `rate`, a share of them by this outcome. */
static void assert_weeks(const kept *k, double rate, double cv, const char *outcome, double share) {
  double one = transform(rate * WEEK_S, cv), two = transform(2 * rate * WEEK_S, cv), n = DEALS;
  for (size_t week = 0; week < WEEKS; week++) {
    double before = (double)week, left = pow(one, before), left_both = pow(two, before);
    double p = share * left * (1 - one), next = share * left * one * (1 - one);
    double both = share * share * left_both * (1 - 2 * one + two);
    double then = share * share * left_both * (one - two) * (1 - one);
    double *x = ends_of(k, week, outcome);
    char what[40];
    snprintf(what, sizeof what, "%s in week %zu", outcome, week);
    assert_agrees(estimate_of(x, k->replications), n * p, what);
    double variance = covariance(n, both, p, p) + n * p;
    assert_agrees(product_of(x, n * p, x, n * p, k->replications), variance, what);
    assert_true(variance > 1.3 * n * p * (1 - p)); /* wider than chance alone */
    if (week + 1 < WEEKS) {
      double *y = ends_of(k, week + 1, outcome);
      assert_agrees(product_of(x, n * p, y, n * next, k->replications),
                    covariance(n, then, p, next), what);
      free(y);
    }
    free(x);
  }
}

static void open_deals_end_by_week_as_the_gammas_transform_says(void **state) {
  (void)state;
  static const char *const entered[] = {"2026-01-05", "2025-11-20"}; /* of no age, and old ones */
  for (size_t i = 0; i < 2; i++) {
    model m = deals(HEAD "      talk: {wait: {exponential: {mean: 4 w}}, exits: {won: 1}}\n" TAIL
                         "paces: {zeal: {cv: 40 %}}\n" PIPELINE,
                    entered[i]);
    kept k = run_model(&m, (run_plan){.replications = REPLICATIONS});
    assert_weeks(&k, 1 / (4 * WEEK_S), 0.4, "won", 1);
    kept_free(&k);
    model_free(&m);
  }
}

/* Both clocks of a race run by the same pace, so which is first does not change. */
static void a_race_keeps_its_odds(void **state) {
  (void)state;
  model m = deals(HEAD
                  "      talk: {race: true, exits: {won: {wait: {exponential: {mean: 6 w}}}, "
                  "lost: {wait: {exponential: {mean: 3 w}}}}}\n" TAIL
                  "paces: {zeal: {cv: 0.7, stages: [f.talk]}}\n" PIPELINE,
                  "2025-12-22");
  kept k = run_model(&m, (run_plan){.replications = REPLICATIONS});
  assert_weeks(&k, 0.5 / WEEK_S, 0.7, "won", 1.0 / 3);
  assert_weeks(&k, 0.5 / WEEK_S, 0.7, "lost", 2.0 / 3);
  kept_free(&k);
  model_free(&m);
}

/* A wider gamma of the same mean: the weeks stand still, and then much happens. */
static void so_it_is_where_most_weeks_stand_still(void **state) {
  (void)state;
  model m = deals(HEAD
                  "      talk: {wait: {exponential: {mean: 4 w}}, exits: {won: 0.5, lost: "
                  "rest}}\n" TAIL "paces: {zeal: {cv: 200 %}}\n" PIPELINE,
                  "2026-01-05");
  kept k = run_model(&m, (run_plan){.replications = REPLICATIONS});
  assert_weeks(&k, 0.25 / WEEK_S, 2, "won", 0.5);
  kept_free(&k);
  model_free(&m);
}

/* Of deals of an age, exits with waits of their own: P(won in week 1 | g) = p_won (S_won(a) -
 * S_won(a + w g)) / sum p S(a), integrated over the gamma's quantiles. */
static void lognormal_waits_of_deals_with_an_age(void **state) {
  (void)state;
  enum { POINTS = 4000 };
  double cv = 0.5, age = 10 * 86400.0, mean = 0, square = 0, n = DEALS;
  model m = deals(HEAD
                  "      talk: {exits: {won: {probability: 0.4, wait: {lognormal: {mean: 12 d, "
                  "cv: 0.8}}}, lost: {probability: rest, wait: {lognormal: {mean: 20 d, cv: 1}}}}}"
                  "\n" TAIL "paces: {zeal: {cv: 50 %}}\n" PIPELINE,
                  "2025-12-26");
  const fsim_stage_law *law = fsim_stage_law_of(m.scenario, 0, 0, stage_named(&m, "talk"));
  fsim_distribution *factor = fsim_distribution_named("gamma", "mean", (double[]){1, cv});
  assert_non_null(factor);
  size_t won = strcmp(m.scenario->stages[0].exits[0].name, "won") == 0 ? 0 : 1;
  double all = 0, here = fsim_survival(law->waits[won], age);
  for (size_t e = 0; e < 2; e++) all += law->probability[e] * fsim_survival(law->waits[e], age);
  for (int i = 0; i < POINTS; i++) {
    double g = fsim_quantile(factor, (i + 0.5) / POINTS);
    double p = 0.4 * (here - fsim_survival(law->waits[won], age + WEEK_S * g)) / all;
    mean += p / POINTS;
    square += p * p / POINTS;
  }
  kept k = run_model(&m, (run_plan){.replications = REPLICATIONS});
  double *x = ends_of(&k, 0, "won");
  assert_agrees(estimate_of(x, k.replications), n * mean, "won in week 1");
  assert_agrees(product_of(x, n * mean, x, n * mean, k.replications),
                covariance(n, square, mean, mean) + n * mean, "variance");
  free(x);
  fsim_distribution_free(factor);
  kept_free(&k);
  model_free(&m);
}

/* Poisson leads: with I in progress, dI/dt = rate - r g I within a week, so that E I(k + 1) =
 * E exp(-r w g) E I(k) + rate E (1 - exp(-r w g)) / (r g). */
static void leads_in_progress_at_the_end_of_each_week(void **state) {
  (void)state;
  double cv = 0.6, rate = 30 / 86400.0, r = 0.5 / WEEK_S, power = 1 - 1 / (cv * cv), before = 0;
  model m =
      model_make(HEAD "      talk: {wait: {exponential: {mean: 2 w}}, exits: {won: 1}}\n" TAIL
                      "paces: {zeal: {cv: 60 %}}\nstreams:\n  web: {into: f, rate: 30 / d}\n");
  kept k = run_model(&m, (run_plan){.replications = 1000});
  double stay = transform(r * WEEK_S, cv);
  double fresh = rate * (pow(1 + r * WEEK_S * cv * cv, power) - 1) / (r * cv * cv * power);
  for (size_t week = 0; week < WEEKS; week++) {
    double inside = stay * before + fresh;
    double *x = ends_of(&k, week, "won");
    assert_agrees(estimate_of(x, k.replications), rate * WEEK_S - inside + before, "ended");
    before = inside;
    free(x);
  }
  kept_free(&k);
  model_free(&m);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(open_deals_end_by_week_as_the_gammas_transform_says),
      cmocka_unit_test(a_race_keeps_its_odds),
      cmocka_unit_test(so_it_is_where_most_weeks_stand_still),
      cmocka_unit_test(lognormal_waits_of_deals_with_an_age),
      cmocka_unit_test(leads_in_progress_at_the_end_of_each_week),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
