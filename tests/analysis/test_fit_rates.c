/* Rates by age, where ends come together: the share that leaves, and when. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h> /* needs the others before it */
/* clang-format on */
#include <gsl/gsl_randist.h>
#include <math.h>

#include "analysis/fit/clock.h"
#include "analysis/fit/hazard_parts.h"
#include "analysis/fit/incidence.h"

#define DAY INT64_C(86400)
#define N 400

static const fsim_stay_exit exits[] = {{.outcome = true, .index = 0},
                                       {.outcome = true, .index = 1}};

static void fit_rates(fsim_dated_stay *stay, size_t n, size_t n_exits, bool by_day,
                      fsim_hazard *h) {
  fsim_report *report = fsim_report_new();
  fsim_stay_exit exit[2] = {exits[0], exits[1]};
  const fsim_stage_stays stage = {.stay = stay, .n = n, .exit = exit, .n_exits = n_exits};
  assert_int_equal(fsim_hazard_fit(&stage, by_day, false, report, h), FSIM_OK);
  fsim_report_free(report);
}

static fsim_dated_stay stay_of(size_t i, int64_t age, int32_t exit) {
  const int64_t entered = 20000 * DAY + (int64_t)i * 1000;
  return (fsim_dated_stay){
      .which_case = i, .entered = entered, .from = entered, .to = entered + age, .exit = exit};
}

/* A step that takes 864 seconds each time: all leave, and none is kept for ever. */
static void all_that_leave_at_one_age_leave(void **state) {
  (void)state;
  fsim_dated_stay stay[N];
  for (size_t i = 0; i < N; i++) stay[i] = stay_of(i, 863 + (int64_t)i % 3, i % 4 == 0);
  fsim_hazard h;
  fit_rates(stay, N, 2, false, &h);
  assert_true(fsim_hazard_open(&h) < 1.0 / N);
  assert_true(fabs(fsim_hazard_share(&h, 1) - 0.25) < 1.0 / N);
  assert_true(fsim_hazard_incidence(&h, 0, 300) == 0); /* nothing before the piece of the step */
  const double median = fsim_hazard_quantile(&h, 0, 0.5);
  assert_true(median > 300 && median < 900);
  fsim_hazard_free(&h);
}

/* Three in four come again after a year, one is still awaited after 500 days. */
static void what_comes_after_a_year_does_not_come_before(void **state) {
  (void)state;
  fsim_dated_stay stay[N];
  for (size_t i = 0; i < N; i++)
    stay[i] = i % 4 ? stay_of(i, 365 * DAY + ((int64_t)i % 9 - 4) * DAY / 2, 0)
                    : stay_of(i, 500 * DAY, FSIM_NONE);
  for (int by_day = 0; by_day < 2; by_day++) {
    fsim_hazard h;
    for (size_t i = 0; i < N && by_day; i++) stay[i].to -= (stay[i].to - stay[i].entered) % DAY;
    fit_rates(stay, N, 1, by_day, &h);
    assert_true(fsim_hazard_incidence(&h, 0, (double)(350 * DAY)) == 0);
    assert_true(fabs(fsim_hazard_share(&h, 0) - 0.75) < 1.0 / N);
    assert_true(fabs(fsim_hazard_quantile(&h, 0, 0.5) / DAY - 365) < 7); /* the width of a bin */
    fsim_hazard_free(&h);
  }
}

/* Dates without times: nine in ten go on on the day they came, the others are left after that. */
static void the_first_day_takes_as_many_as_it_took(void **state) {
  (void)state;
  fsim_dated_stay stay[N];
  for (size_t i = 0; i < N; i++)
    stay[i] = i % 10 ? stay_of(i, 0, 0) : stay_of(i, (int64_t)(5 + i % 30) * DAY, 1);
  fsim_hazard h;
  fit_rates(stay, N, 2, true, &h);
  /* Ties broken, the sum of 1 / n differs from log n by half a case at most. */
  assert_true(fabs(fsim_hazard_incidence(&h, 0, (double)DAY) - 0.9) < 1.0 / N);
  assert_true(fabs(fsim_hazard_share(&h, 0) - 0.9) < 1.0 / N);
  assert_true(fsim_hazard_open(&h) < 1.0 / N);
  fsim_hazard_free(&h);
}

/* Where ends are spread over the pieces, they are as long as they are wide: at a constant rate the
 * share open is exp(-rate age) within what chance allows (Greenwood's variance), also when half of
 * the stays came under observation late. */
static void spread_ends_need_no_other_length(void **state) {
  (void)state;
  enum { MANY = 4000 };
  static fsim_dated_stay stay[MANY];
  const double mean = 20 * (double)DAY;
  size_t n = 0;
  for (size_t i = 0; i < MANY; i++) {
    const double u = fmod((double)i * 0.6180339887498949 + 0.5, 1), age = -mean * log(1 - u);
    const double late = i % 2 ? fmod((double)i * 0.7548776662466927, 1) * 30 * (double)DAY : 0;
    if (age <= late) continue;
    stay[n] = stay_of(i, (int64_t)age, 0);
    stay[n].from = stay[n].entered + (int64_t)late;
    n++;
  }
  fsim_hazard h;
  fit_rates(stay, n, 1, false, &h);
  for (double days = 2; days < 40; days += 7) {
    const double open = exp(-days * DAY / mean);
    const double error = open * sqrt((1 - open) / open / ((double)MANY / 2));
    assert_true(fabs(1 - fsim_hazard_incidence(&h, 0, days * DAY) - open) < 3 * error);
  }
  for (size_t p = 1; p + 3 < h.n_pieces; p++)
    assert_true(fabs(h.length[p] / (h.from[p + 1] - h.from[p]) - 1) < 0.25);
  fsim_hazard_free(&h);
}

/* Deals of all ages that leave at a constant rate, seen for a window of twelve weeks. */
static size_t fill_window(gsl_rng *rng, double mean, fsim_dated_stay *stay, size_t deals) {
  const int64_t end = 1500 * DAY, begin = end - 84 * DAY;
  size_t n = 0;
  for (size_t d = 0; d < deals; d++) {
    const int64_t created = (int64_t)(gsl_rng_uniform(rng) * (double)end);
    const int64_t closed = created + (int64_t)gsl_ran_exponential(rng, mean);
    if (closed < begin) continue;
    stay[n] = stay_of(n, 0, closed < end ? 0 : FSIM_NONE);
    stay[n].entered = created;
    stay[n].from = created > begin ? created : begin;
    stay[n].to = closed < end ? closed : end;
    n++;
  }
  return n;
}

/* In a piece of hundreds of days all enter and leave observation at ages of their own. At a
 * constant rate its length is its width, on average. */
static void a_window_needs_no_other_length(void **state) {
  (void)state;
  enum { LOGS = 100, DEALS = 600 };
  static fsim_dated_stay stay[DEALS];
  double from[] = {0, 300 * (double)DAY, 900 * (double)DAY}, sum = 0, squares = 0;
  fsim_report *report = fsim_report_new();
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  gsl_rng_set(rng, 4);
  for (int i = 0; i < LOGS; i++) {
    const size_t n = fill_window(rng, 600 * (double)DAY, stay, DEALS);
    const fsim_stage_stays stage = {.stay = stay, .n = n, .exit = NULL, .n_exits = 1};
    fsim_hazard h = {.n_pieces = 2, .n_exits = 1, .from = from};
    assert_int_equal(fsim_hazard_lengths(&stage, false, report, &h), FSIM_OK);
    const double length = h.length[1] / (from[2] - from[1]);
    sum += length;
    squares += length * length;
    free(h.length);
  }
  const double mean = sum / LOGS, error = sqrt((squares / LOGS - mean * mean) / (LOGS - 1));
  if (fabs(mean - 1) > 4 * error) fail_msg("length / width %.3f, error %.4f", mean, error);
  assert_true(error < 0.02);
  gsl_rng_free(rng);
  fsim_report_free(report);
}

/* Twelve weeks of a steady rate, in which the middle month ends nine times as many: all of its
 * weeks, or one hour of one of them. */
static bool finds_months(bool one_hour) {
  enum { WEEKS = 12, A_WEEK = 5, OPEN = 6000, KEPT = 8, MOST = OPEN + 20 * WEEKS * A_WEEK };
  static fsim_dated_stay stay[MOST];
  const int64_t start = 20454 * DAY; /* 2026-01-01 */
  size_t n = 0;
  for (int64_t i = 0; i < OPEN; i++) { /* seen for up to twenty days, few of them in that month */
    fsim_dated_stay open = stay_of(n, 0, FSIM_NONE);
    open.entered = open.from = start + i * 7 * WEEKS * DAY / OPEN;
    open.to = open.entered + 20 * DAY;
    const bool late = open.entered >= start + 31 * DAY && open.entered < start + 59 * DAY;
    if (open.entered < start + 31 * DAY && open.to > start + 31 * DAY) open.to = start + 31 * DAY;
    if (late && i % KEPT != 0) continue;
    stay[n++] = open;
  }
  for (int64_t day = 0; day < 7 * WEEKS; day++) {
    const bool middle = day >= 31 && day < 59;
    const size_t ends = day * A_WEEK / 7 != (day + 1) * A_WEEK / 7 ? 1 : 0;
    const size_t more = one_hour ? (day == 45 ? 17 * A_WEEK : 0) : middle ? 8 * ends : 0;
    for (size_t k = 0; k < ends + more && n < MOST; k++, n++) {
      stay[n] = stay_of(n, 0, 0);
      stay[n].to = start + day * DAY + 36000 + (int64_t)k * 20;
      stay[n].entered = stay[n].from = stay[n].to - (int64_t)(1 + n % 20) * DAY;
    }
  }
  fsim_report *report = fsim_report_new();
  fsim_stay_exit exit = exits[0];
  const fsim_stage_stays stage = {.stay = stay, .n = n, .exit = &exit, .n_exits = 1};
  fsim_hazard h;
  bool real = false;
  assert_int_equal(fsim_hazard_fit(&stage, false, true, report, &h), FSIM_OK);
  assert_int_equal(fsim_hazard_profile_is_real(&stage, &h, false, report, &real), FSIM_OK);
  fsim_hazard_free(&h);
  fsim_report_free(report);
  return real;
}

static void one_clean_up_is_no_calendar(void **state) {
  (void)state;
  assert_true(finds_months(false));
  assert_false(finds_months(true));
}

/* Of a case of this age, the share that leaves by the first of two exits: its clock rings next. */
static double first_leaves(const fsim_clock clock[2], double age) {
  double left[2] = {clock[0].never, clock[1].never}, first = 0;
  for (size_t x = 0; x < 2; x++) {
    for (size_t i = 0; i < clock[x].n; i++)
      left[x] += clock[x].age[i] > age ? clock[x].weight[i] : 0;
  }
  const double open = left[0] * left[1];
  for (size_t i = 0, k = 0; i < clock[0].n; i++) {
    if (clock[0].age[i] <= age) continue;
    for (; k < clock[1].n && clock[1].age[k] < clock[0].age[i]; k++)
      left[1] -= clock[1].age[k] > age ? clock[1].weight[k] : 0;
    first += clock[0].weight[i] * left[1] / open;
  }
  return first;
}

/* Two exits with the same rate, two days until either: cases of any age leave by each as often,
 * wherever in a step of the clocks their age lies. The order of exits made it 45 of 100 once. */
static void open_cases_leave_by_their_rates(void **state) {
  (void)state;
  enum { PIECES = 30, AGES = 4000 };
  double from[PIECES + 1], rate[2 * PIECES], length[PIECES], factor[2 * FSIM_QUARTER_MONTHS];
  for (size_t p = 0; p <= PIECES; p++) from[p] = (double)p * (double)DAY;
  for (size_t p = 0; p < PIECES; p++) {
    length[p] = (double)DAY;
    rate[2 * p] = rate[2 * p + 1] = 0.25 / (double)DAY;
  }
  for (size_t i = 0; i < 2 * FSIM_QUARTER_MONTHS; i++) factor[i] = 1;
  const fsim_hazard h = {.n_pieces = PIECES,
                         .n_exits = 2,
                         .from = from,
                         .rate = rate,
                         .length = length,
                         .factor = factor};
  fsim_report *report = fsim_report_new();
  fsim_clock clock[2];
  for (size_t x = 0; x < 2; x++)
    assert_int_equal(fsim_clock_of(&h, x, 0, report, &clock[x]), FSIM_OK);
  double share = 0, weight = 0;
  for (size_t i = 0; i < AGES; i++) {
    const double age = 10 * (double)DAY * ((double)i + 0.5) / AGES,
                 open = exp(-0.5 * age / (double)DAY);
    share += open * first_leaves(clock, age);
    weight += open;
  }
  assert_true(fabs(share / weight - 0.5) < 0.005);
  fsim_report_free(report);
  for (size_t x = 0; x < 2; x++) fsim_clock_free(&clock[x]);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(all_that_leave_at_one_age_leave),
      cmocka_unit_test(what_comes_after_a_year_does_not_come_before),
      cmocka_unit_test(the_first_day_takes_as_many_as_it_took),
      cmocka_unit_test(spread_ends_need_no_other_length),
      cmocka_unit_test(a_window_needs_no_other_length),
      cmocka_unit_test(one_clean_up_is_no_calendar),
      cmocka_unit_test(open_cases_leave_by_their_rates),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
