/* Amounts and times as products write them. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h> /* needs the others before it */
/* clang-format on */

#include "analysis/fit/money.h"
#include "analysis/fit/timestamp.h"
#include "sim/base/quantity.h"

static void reads_amounts_with_currencies_and_thousands(void **state) {
  (void)state;
  static const struct {
    const char *text;
    bool comma;
    double is;
  } good[] = {{"1234.5", false, 1234.5},
              {"$1,234.50", false, 1234.5},
              {"USD 1,234,567", false, 1234567},
              {"1.234,50 EUR", true, 1234.5},
              {"1.234.567,00 \xe2\x82\xac", true, 1234567},
              {"1 234,50", true, 1234.5},
              {"1\xc2\xa0"
               "234,50",
               true, 1234.5},
              {"1'234.50 CHF", false, 1234.5},
              {"1,23,456.00", false, 123456},
              {"(500.25)", false, -500.25},
              {"-$500", false, -500},
              {"500.00-", false, -500},
              {"500,-", true, 500},
              {"R$ 10", false, 10},
              {"Rs. 500", false, 500},
              {".5", false, .5},
              {"1e3", false, 1000},
              {"12.345", true, 12345},
              {"12.345", false, 12.345}};
  for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
    double amount = 0;
    if (!fsim_money_read(good[i].text, good[i].comma, &amount) || amount != good[i].is)
      fail_msg("%s was read as %g", good[i].text, amount);
  }
}

/* What could be another number than it seems is none. */
static void refuses_what_may_mean_another_amount(void **state) {
  (void)state;
  static const struct {
    const char *text;
    bool comma;
  } bad[] = {{"1.234,50", false},
             {"1,234.50", true},
             {"12,5", false},
             {"12.5", true},
             {"12 %", false},
             {"$1.2M", false},
             {"12k", false},
             {"5 Mio. EUR", true},
             {"10 - 20", false},
             {"10-20", false},
             {"n/a", false},
             {"", false},
             {"1,234,56", false},
             {"12.34.567", true},
             {"about 5", false},
             {"1,2345.00", false},
             {"10\xe2\x80\x93"
              "20",
              false}};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    double amount;
    if (fsim_money_read(bad[i].text, bad[i].comma, &amount))
      fail_msg("%s was read as %g", bad[i].text, amount);
  }
}

static void knows_the_decimal_sign_where_only_one_will_do(void **state) {
  (void)state;
  assert_int_equal(fsim_money_decimal("$1,234.50"), '.');
  assert_int_equal(fsim_money_decimal("1.234,50"), ',');
  assert_int_equal(fsim_money_decimal("12,5"), ',');
  assert_int_equal(fsim_money_decimal("1.234.567"), ',');
  assert_int_equal(fsim_money_decimal("0.125"), '.');
  assert_int_equal(fsim_money_decimal("1,234"), 0); /* either */
  assert_int_equal(fsim_money_decimal("1234"), 0);
  assert_int_equal(fsim_money_decimal("none"), 0);
}

/* 2026-03-05 */
static int64_t day(void) {
  return INT64_C(86400) * fsim_days_from_date(2026, 3, 5);
}

static void reads_times_as_products_write_them(void **state) {
  (void)state;
  static const struct {
    const char *text;
    fsim_date_order order;
    int seconds; /* of the day */
  } good[] = {{"2026-03-05T15:04:05.000Z", FSIM_DATE_YMD, 54245},
              {"2026-03-05T15:04:05.000+0000", FSIM_DATE_YMD, 54245},
              {"2026-03-05 15:04:05 +01:00", FSIM_DATE_YMD, 54245},
              {"2026-03-05 15:04:05 +0000 UTC", FSIM_DATE_YMD, 54245},
              {"2026-03-05 15:04 CEST", FSIM_DATE_YMD, 54240},
              {"3/5/2026 3:04 PM", FSIM_DATE_MDY, 54240},
              {"3/5/2026, 3:04:05 PM", FSIM_DATE_MDY, 54245},
              {"3/5/2026 12:04 AM", FSIM_DATE_MDY, 240},
              {"05.03.2026 15:04", FSIM_DATE_DMY, 54240},
              {"5-Mar-2026", FSIM_DATE_UNKNOWN, 0},
              {"05 Mar 2026 3:04 p.m.", FSIM_DATE_UNKNOWN, 54240},
              {"Mar 5, 2026 03:04 PM", FSIM_DATE_UNKNOWN, 54240},
              {"March 5, 2026", FSIM_DATE_DMY, 0},
              {"5. M\xc3\xa4rz 2026", FSIM_DATE_UNKNOWN, 0},
              {"1772723045000", FSIM_DATE_UNKNOWN, 54245},
              {"1772723045", FSIM_DATE_DMY, 54245}};
  for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
    int64_t time = 0;
    bool midnight;
    if (!fsim_timestamp_read(good[i].text, good[i].order, &time, &midnight) ||
        time != day() + good[i].seconds || midnight != (good[i].seconds == 0))
      fail_msg("%s was read as %lld", good[i].text, (long long)(time - day()));
  }
}

static void refuses_what_is_no_time(void **state) {
  (void)state;
  static const char *const bad[] = {
      "31-Apr-2026", "5-Foo-2026",    "Mar 2026",      "5-Mar-26", "17727230450",    "177272304",
      "0772723045",  "9772723045000", "2026-03-05 25", "3/5/26",   "2026-03-05 +1:x"};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    int64_t time;
    bool midnight;
    if (fsim_timestamp_read(bad[i], FSIM_DATE_MDY, &time, &midnight)) fail_msg("%s", bad[i]);
  }
  assert_true(fsim_date_has_short_year("5-Mar-26"));
  assert_false(fsim_date_has_short_year("5-Mar-2026"));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(reads_amounts_with_currencies_and_thousands),
      cmocka_unit_test(refuses_what_may_mean_another_amount),
      cmocka_unit_test(knows_the_decimal_sign_where_only_one_will_do),
      cmocka_unit_test(reads_times_as_products_write_them),
      cmocka_unit_test(refuses_what_is_no_time),
  };
  return cmocka_run_group_tests_name("fit_money", tests, NULL, NULL);
}
