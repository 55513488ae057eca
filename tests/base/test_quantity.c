/* clang-format off */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h> /* needs the others before it */
/* clang-format on */

#include "sim/base/quantity.h"

#define BAD(fault, call) assert_int_equal(fault, call)

static void same(double got, double wanted) {
  assert_true(fabs(got - wanted) <= 1e-12 * fmax(1, fabs(wanted)));
}

static void reads_plain_numbers(void **state) {
  (void)state;
  static const struct {
    const char *text;
    double value;
  } cases[] = {{"12", 12}, {"-3.5", -3.5}, {"1e6", 1e6},      {"+.5", 0.5},
               {"5.", 5},  {" 7 ", 7},     {"1E-3", 0.001},   {"0", 0},
               {"-0", 0},  {"1e-400", 0},  {"0.1000000", 0.1}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    double value = 99;
    assert_int_equal(fsim_parse_number(cases[i].text, &value), FSIM_QUANTITY_OK);
    assert_true(value == cases[i].value);
  }
}

static void refuses_what_is_no_plain_number(void **state) {
  (void)state;
  static const char *const cases[] = {"",      "nan", "NaN", "inf", "-inf", "infinity", "0x10",
                                      "1e999", "-",   "+",   ".",   "e5",   "abc",      "-0X1p3"};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    double value = 99;
    BAD(FSIM_QUANTITY_NOT_A_NUMBER, fsim_parse_number(cases[i], &value));
    BAD(FSIM_QUANTITY_NOT_A_NUMBER, fsim_parse_duration(cases[i], &value));
    assert_true(value == 99);
  }
  double value;
  BAD(FSIM_QUANTITY_TRAILING, fsim_parse_number("12 d", &value));
  BAD(FSIM_QUANTITY_TRAILING, fsim_parse_number("1,5", &value));
  BAD(FSIM_QUANTITY_TRAILING, fsim_parse_number("1e", &value));
}

static void refuses_numerals_of_absurd_length(void **state) {
  (void)state;
  char digits[5000];
  memset(digits, '1', sizeof digits - 1);
  digits[sizeof digits - 1] = '\0';
  double value;
  BAD(FSIM_QUANTITY_NOT_A_NUMBER, fsim_parse_number(digits, &value));
}

static void reads_durations_with_units(void **state) {
  (void)state;
  static const struct {
    const char *text;
    double seconds;
  } cases[] = {{"25 min", 1500}, {"3d", 259200},         {"1.5 w", 907200},    {"0 s", 0},
               {"0", 0},         {"-2 h", -7200},        {"90 days", 7776000}, {"1e3 s", 1000},
               {"0.5h", 1800},   {" 4  weeks ", 2419200}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    double seconds = 99;
    assert_int_equal(fsim_parse_duration(cases[i].text, &seconds), FSIM_QUANTITY_OK);
    same(seconds, cases[i].seconds);
  }
}

static void refuses_durations_without_a_known_unit(void **state) {
  (void)state;
  double s;
  BAD(FSIM_QUANTITY_NO_UNIT, fsim_parse_duration("3", &s));
  BAD(FSIM_QUANTITY_NO_UNIT, fsim_parse_duration("3 ", &s));
  BAD(FSIM_QUANTITY_UNKNOWN_UNIT, fsim_parse_duration("3 fortnights", &s));
  BAD(FSIM_QUANTITY_UNKNOWN_UNIT, fsim_parse_duration("3 m", &s));
  BAD(FSIM_QUANTITY_UNKNOWN_UNIT, fsim_parse_duration("2 months", &s));
  BAD(FSIM_QUANTITY_UNKNOWN_UNIT, fsim_parse_duration("1 month", &s));
  BAD(FSIM_QUANTITY_UNKNOWN_UNIT, fsim_parse_duration("5 %", &s));
  BAD(FSIM_QUANTITY_TRAILING, fsim_parse_duration("1 d 12 h", &s));
  BAD(FSIM_QUANTITY_NOT_A_NUMBER, fsim_parse_duration("1e308 w", &s));
  assert_non_null(strstr(fsim_quantity_fault_text(FSIM_QUANTITY_NO_UNIT), "s, min, h, d or w"));
}

static void reads_rates_per_second(void **state) {
  (void)state;
  double rate;
  assert_int_equal(fsim_parse_rate("60 / d", &rate), FSIM_QUANTITY_OK);
  same(rate, 60 / 86400.0);
  assert_int_equal(fsim_parse_rate("2/h", &rate), FSIM_QUANTITY_OK);
  same(rate, 2 / 3600.0);
  assert_int_equal(fsim_parse_rate("400 per week", &rate), FSIM_QUANTITY_OK);
  same(rate, 400 / 604800.0);
  assert_int_equal(fsim_parse_rate("12 / year", &rate), FSIM_QUANTITY_OK);
  same(rate, 12 / (365.25 * 86400));
  BAD(FSIM_QUANTITY_NO_UNIT, fsim_parse_rate("60", &rate));
  BAD(FSIM_QUANTITY_NO_UNIT, fsim_parse_rate("60 /", &rate));
  BAD(FSIM_QUANTITY_UNKNOWN_UNIT, fsim_parse_rate("60 d", &rate));
  BAD(FSIM_QUANTITY_UNKNOWN_UNIT, fsim_parse_rate("60 / moon", &rate));
  BAD(FSIM_QUANTITY_TRAILING, fsim_parse_rate("60 / d / d", &rate));
  BAD(FSIM_QUANTITY_NOT_A_NUMBER, fsim_parse_rate("many / d", &rate));
}

static void reads_growth_with_its_period(void **state) {
  (void)state;
  double share, days;
  assert_int_equal(fsim_parse_growth("1 % / month", &share, &days), FSIM_QUANTITY_OK);
  same(share, 0.01);
  same(days, 365.25 / 12);
  assert_int_equal(fsim_parse_growth("-2 %/year", &share, &days), FSIM_QUANTITY_OK);
  same(share, -0.02);
  same(days, 365.25);
  assert_int_equal(fsim_parse_growth("0.5% per week", &share, &days), FSIM_QUANTITY_OK);
  same(share, 0.005);
  same(days, 7);
  BAD(FSIM_QUANTITY_NO_UNIT, fsim_parse_growth("1 %", &share, &days));
  BAD(FSIM_QUANTITY_UNKNOWN_UNIT, fsim_parse_growth("1 % / moon", &share, &days));
}

static void reads_shares_with_and_without_per_cent(void **state) {
  (void)state;
  double share;
  assert_int_equal(fsim_parse_share("5 %", &share), FSIM_QUANTITY_OK);
  assert_true(share == 0.05);
  assert_int_equal(fsim_parse_share("0.05", &share), FSIM_QUANTITY_OK);
  assert_true(share == 0.05);
  assert_int_equal(fsim_parse_share("120%", &share), FSIM_QUANTITY_OK);
  same(share, 1.2);
  BAD(FSIM_QUANTITY_TRAILING, fsim_parse_share("5 % of it", &share));
  BAD(FSIM_QUANTITY_TRAILING, fsim_parse_share("5 pp", &share));
  BAD(FSIM_QUANTITY_NOT_A_NUMBER, fsim_parse_share("%", &share));
}

static void counts_days_in_both_directions(void **state) {
  (void)state;
  assert_int_equal(fsim_days_from_date(1970, 1, 1), 0);
  assert_int_equal(fsim_days_from_date(2000, 3, 1), 11017);
  assert_int_equal(fsim_days_from_date(2026, 1, 5), 20458);
  assert_int_equal(fsim_days_from_date(1969, 12, 31), -1);
  for (int32_t days = -800000; days <= 800000; days += 1) {
    int y, m, d;
    fsim_date_from_days(days, &y, &m, &d);
    if (fsim_days_from_date(y, m, d) != days) fail_msg("day %d does not come back", days);
  }
}

static void knows_weekdays(void **state) {
  (void)state;
  assert_int_equal(fsim_weekday(0), 3);
  assert_int_equal(fsim_weekday(fsim_days_from_date(2026, 1, 5)), 0);
  assert_int_equal(fsim_weekday(fsim_days_from_date(2000, 2, 29)), 1);
  assert_int_equal(fsim_weekday(-1), 2);
  assert_int_equal(fsim_weekday(-4), 6);
}

static void reads_real_dates_only(void **state) {
  (void)state;
  int32_t days;
  assert_true(fsim_parse_date("2026-03-10", &days));
  assert_int_equal(days, fsim_days_from_date(2026, 3, 10));
  assert_true(fsim_parse_date("2024-02-29", &days));
  assert_true(fsim_parse_date("2000-02-29", &days));
  static const char *const bad[] = {"2023-02-29",  "1900-02-29", "2026-13-01", "2026-00-10",
                                    "2026-04-31",  "2026-1-5",   "10.03.2026", "",
                                    "2026-03-10 ", "20260310",   "2026-03-00", "0000-01-01"};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
    if (fsim_parse_date(bad[i], &days)) fail_msg("%s was taken for a date", bad[i]);
}

static void reads_instants_and_ignores_zones(void **state) {
  (void)state;
  static const struct {
    const char *text;
    double second;
  } cases[] = {{"2011-10-01", 0},
               {"2011-10-01T00:38:44.546+02:00", 2324.546},
               {"2011-10-01 23:59:59Z", 86399},
               {"2011-10-01 09:12", 33120},
               {"2011-10-01 09:12:30,25 -0530", 33150.25},
               {"2011-10-01T09:12:30+02", 33150}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    int32_t days = 0;
    double second = -1;
    assert_true(fsim_parse_instant(cases[i].text, &days, &second));
    assert_int_equal(days, fsim_days_from_date(2011, 10, 1));
    assert_true(fabs(second - cases[i].second) < 1e-9);
  }
  static const char *const bad[] = {
      "2011-10-01T24:00",     "2011-10-01T12:60",    "2011-10-01Tnoon",  "2011-10-01T12",
      "2011-10-01 12:00 CET", "2011-10-01T12:00:61", "2011-02-30T12:00", "2011-10-01 "};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    int32_t days;
    double second;
    if (fsim_parse_instant(bad[i], &days, &second)) fail_msg("%s was taken", bad[i]);
  }
}

static void reads_times_of_day(void **state) {
  (void)state;
  int32_t second;
  assert_true(fsim_parse_clock("09:00", &second));
  assert_int_equal(second, 32400);
  assert_true(fsim_parse_clock("9:30", &second));
  assert_int_equal(second, 34200);
  assert_true(fsim_parse_clock("24:00", &second));
  assert_int_equal(second, 86400);
  assert_false(fsim_parse_clock("24:01", &second));
  assert_false(fsim_parse_clock("12:60", &second));
  assert_false(fsim_parse_clock("9", &second));
  assert_false(fsim_parse_clock("", &second));
  assert_false(fsim_parse_clock("09:00 pm", &second));
}

static void writes_dates_and_instants(void **state) {
  (void)state;
  char b[64];
  int32_t start = fsim_days_from_date(2026, 1, 5);
  assert_string_equal(fsim_format_date(start, b, sizeof b), "2026-01-05");
  assert_string_equal(fsim_format_instant(start, 64 * 86400 + 33120, b, sizeof b),
                      "2026-03-10 09:12:00");
  assert_string_equal(fsim_format_instant(start, -1, b, sizeof b), "2026-01-04 23:59:59");
  assert_string_equal(fsim_format_date(start, b, 5), "2026");
}

static void writes_durations_in_the_unit_a_person_would_choose(void **state) {
  (void)state;
  static const struct {
    double seconds;
    const char *text;
  } cases[] = {{0, "0 s"},       {0.25, "0.25 s"},       {45, "45 s"},
               {2700, "45 min"}, {3.2 * 86400, "3.2 d"}, {57 * 86400, "57 d"},
               {7200, "2 h"},    {180 * 86400, "180 d"}, {-7200, "-2 h"},
               {2e8, "331 w"},   {INFINITY, "endless"},  {NAN, "-"}};
  char b[64];
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    assert_string_equal(fsim_format_duration(cases[i].seconds, b, sizeof b), cases[i].text);
}

static void rounds_to_what_the_interval_supports(void **state) {
  (void)state;
  static const struct {
    double value, half;
    const char *text;
  } cases[] = {{12341.3, 12, "12,341"},
               {12341.3, 123, "12,340"},
               {0.123456, 0.0012, "0.1235"},
               {3.14159, 0.95, "3.14"},
               {3.14159, 0.996, "3.1"},
               {1234567, 0, "1,234,567"},
               {-1234.5, 1.5, "-1,234.5"},
               {-0.001, 0.5, "0.00"},
               {0.5, 0, "0.5"},
               {123, INFINITY, "123"},
               {NAN, 1, "-"},
               {-0.0, 0, "0"},
               {999.96, 0.1, "999.96"},
               {1000, 1200, "1,000"},
               {INFINITY, 1, "inf"}};
  char b[64];
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    assert_string_equal(fsim_format_rounded(cases[i].value, cases[i].half, b, sizeof b),
                        cases[i].text);
}

static void writes_figures_without_powers_of_ten(void **state) {
  (void)state;
  static const struct {
    double value;
    int figures;
    const char *text;
  } cases[] = {{1234, 2, "1,200"},
               {15600, 3, "15,600"},
               {2.6, 3, "2.6"},
               {2.644, 3, "2.64"},
               {0.001249, 3, "0.00125"},
               {999.6, 3, "1,000"},
               {-15649, 3, "-15,600"},
               {4.1e9, 3, "4,100,000,000"},
               {0, 3, "0"},
               {NAN, 3, "-"},
               {100, 1, "100"}};
  char b[64];
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    assert_string_equal(fsim_format_figures(cases[i].value, cases[i].figures, b, sizeof b),
                        cases[i].text);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(writes_figures_without_powers_of_ten),
      cmocka_unit_test(reads_plain_numbers),
      cmocka_unit_test(refuses_what_is_no_plain_number),
      cmocka_unit_test(refuses_numerals_of_absurd_length),
      cmocka_unit_test(reads_durations_with_units),
      cmocka_unit_test(refuses_durations_without_a_known_unit),
      cmocka_unit_test(reads_rates_per_second),
      cmocka_unit_test(reads_growth_with_its_period),
      cmocka_unit_test(reads_shares_with_and_without_per_cent),
      cmocka_unit_test(counts_days_in_both_directions),
      cmocka_unit_test(knows_weekdays),
      cmocka_unit_test(reads_real_dates_only),
      cmocka_unit_test(reads_instants_and_ignores_zones),
      cmocka_unit_test(reads_times_of_day),
      cmocka_unit_test(writes_dates_and_instants),
      cmocka_unit_test(writes_durations_in_the_unit_a_person_would_choose),
      cmocka_unit_test(rounds_to_what_the_interval_supports),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
