/* A team's clock: cases counted by hand, and short spans beside plain counting second by second. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

/* cmocka needs those above */
#include <cmocka.h>

#include "sim/model/hours.h"

enum { HOUR = 3600, DAY = 86400 };

/* Thursday and Friday, Monday (a weekend between), Wednesday (Tuesday closed), 9 to 17. */
static fsim_open_span office[] = {
    {9 * HOUR, 17 * HOUR, 0},
    {DAY + 9 * HOUR, DAY + 17 * HOUR, 8 * HOUR},
    {4 * DAY + 9 * HOUR, 4 * DAY + 17 * HOUR, 16 * HOUR},
    {6 * DAY + 9 * HOUR, 6 * DAY + 17 * HOUR, 24 * HOUR},
};
static fsim_team_size sizes[] = {{0, 2.5, 3}, {DAY, 4, 4}, {4 * DAY + 13 * HOUR, 1, 1}};

static const fsim_team clerks = {.open = office, .n_open = 4, .sizes = sizes, .n_sizes = 3};
static const fsim_team always = {.sizes = sizes, .n_sizes = 3};

static void opens_and_closes_to_the_second(void **state) {
  (void)state;
  assert_int_equal(fsim_team_opens(&clerks, 0), 9 * HOUR);
  assert_int_equal(fsim_team_opens(&clerks, 9 * HOUR - 1), 9 * HOUR);
  assert_int_equal(fsim_team_opens(&clerks, 9 * HOUR), 9 * HOUR);
  assert_int_equal(fsim_team_opens(&clerks, 17 * HOUR - 1), 17 * HOUR - 1);
  assert_int_equal(fsim_team_opens(&clerks, 17 * HOUR), DAY + 9 * HOUR);
  assert_int_equal(fsim_team_opens(&clerks, DAY + 17 * HOUR), 4 * DAY + 9 * HOUR);
  assert_int_equal(fsim_team_opens(&clerks, 6 * DAY + 17 * HOUR), FSIM_NEVER);
  assert_int_equal(fsim_team_closes(&clerks, 9 * HOUR), 17 * HOUR);
  assert_int_equal(fsim_team_closes(&clerks, 17 * HOUR - 1), 17 * HOUR);
  assert_int_equal(fsim_team_closes(&clerks, 4 * DAY + 9 * HOUR), 4 * DAY + 17 * HOUR);
}

static void work_pauses_while_closed(void **state) {
  (void)state;
  /* within a day; to closing time; over a night, a weekend, a closed date */
  assert_int_equal(fsim_team_done(&clerks, 10 * HOUR, 2 * HOUR), 12 * HOUR);
  assert_int_equal(fsim_team_done(&clerks, 16 * HOUR, HOUR), 17 * HOUR);
  assert_int_equal(fsim_team_done(&clerks, 16 * HOUR, HOUR + 1), DAY + 9 * HOUR + 1);
  assert_int_equal(fsim_team_done(&clerks, 16 * HOUR, 3 * HOUR), DAY + 11 * HOUR);
  assert_int_equal(fsim_team_done(&clerks, DAY + 16 * HOUR, 3 * HOUR), 4 * DAY + 11 * HOUR);
  assert_int_equal(fsim_team_done(&clerks, 4 * DAY + 16 * HOUR, 3 * HOUR), 6 * DAY + 11 * HOUR);
  /* work of whole days ends at closing time of a later day */
  assert_int_equal(fsim_team_done(&clerks, 9 * HOUR, 16 * HOUR), DAY + 17 * HOUR);
  assert_int_equal(fsim_team_done(&clerks, 9 * HOUR, 32 * HOUR), 6 * DAY + 17 * HOUR);
}

static void work_of_no_length_and_without_end(void **state) {
  (void)state;
  assert_int_equal(fsim_team_done(&clerks, 17 * HOUR - 1, 0), 17 * HOUR - 1);
  assert_int_equal(fsim_team_done(&clerks, 9 * HOUR, 32 * HOUR + 1), FSIM_NEVER);
  assert_int_equal(fsim_team_done(&clerks, 6 * DAY + 16 * HOUR, 2 * HOUR), FSIM_NEVER);
  assert_int_equal(fsim_team_done(&clerks, 9 * HOUR, INT32_MAX), FSIM_NEVER);
}

static void always_open_is_plain_time(void **state) {
  (void)state;
  assert_int_equal(fsim_team_opens(&always, 12345), 12345);
  assert_int_equal(fsim_team_closes(&always, 12345), FSIM_NEVER);
  assert_int_equal(fsim_team_done(&always, 5, 7), 12);
  assert_int_equal(fsim_team_done(&always, 5, 0), 5);
  assert_int_equal(fsim_team_done(&always, 5, INT32_MAX - 5), FSIM_NEVER);
  assert_int_equal(fsim_team_done(&always, 5, INT32_MAX), FSIM_NEVER);
  assert_int_equal(fsim_team_open_time(&always, 5, 12), 7);
  assert_int_equal(fsim_team_open_time(&always, 12, 5), 0);
}

static void places_change_on_their_date(void **state) {
  (void)state;
  assert_int_equal(fsim_team_places(&clerks, 0), 3);
  assert_int_equal(fsim_team_places(&clerks, DAY - 1), 3);
  assert_int_equal(fsim_team_places(&clerks, DAY), 4);
  assert_int_equal(fsim_team_places(&clerks, 6 * DAY), 1);
  /* 8 h of 3, 8 + 4 h of 4, 4 + 8 h of 1; people 2.5, 4, 1 */
  assert_int_equal(fsim_team_place_time(&clerks, 0, 7 * DAY), (24 + 48 + 12) * HOUR);
  assert_true(fsim_team_people_time(&clerks, 0, 7 * DAY) == (20 + 48 + 12) * HOUR);
  assert_int_equal(fsim_team_place_time(&clerks, 16 * HOUR, DAY + 10 * HOUR), (3 + 4) * HOUR);
  assert_int_equal(fsim_team_place_time(&always, DAY - 1, DAY + 1), 3 + 4);
}

/* Short spans, so that every instant can be looked at. */
static fsim_open_span bits[] = {{0, 3, 0}, {5, 6, 3}, {10, 17, 4}, {18, 20, 11}, {29, 30, 13}};
static const fsim_team busy = {.open = bits, .n_open = 5, .sizes = sizes, .n_sizes = 1};
enum { END = 30 };

static bool is_open(int32_t t) {
  for (size_t k = 0; k < 5; k++)
    if (bits[k].from_s <= t && t < bits[k].to_s) return true;
  return false;
}

static int32_t counted_done(int32_t t, int32_t work) {
  for (; work > 0 && t < END; t++) work -= is_open(t);
  return work > 0 ? FSIM_NEVER : t;
}

static void agrees_with_counting_second_by_second(void **state) {
  (void)state;
  for (int32_t t = 0; t <= END; t++) {
    int32_t next = t;
    while (next < END && !is_open(next)) next++;
    assert_int_equal(fsim_team_opens(&busy, t), next < END ? next : FSIM_NEVER);
    int64_t open = 0;
    for (int32_t to = t; to <= END; open += is_open(to++))
      assert_int_equal(fsim_team_open_time(&busy, t, to), open);
    if (!is_open(t)) continue;
    for (next = t; is_open(next);) next++;
    assert_int_equal(fsim_team_closes(&busy, t), next);
    for (int32_t work = 0; work <= END; work++)
      assert_int_equal(fsim_team_done(&busy, t, work), counted_done(t, work));
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(opens_and_closes_to_the_second),
      cmocka_unit_test(work_pauses_while_closed),
      cmocka_unit_test(work_of_no_length_and_without_end),
      cmocka_unit_test(always_open_is_plain_time),
      cmocka_unit_test(places_change_on_their_date),
      cmocka_unit_test(agrees_with_counting_second_by_second),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
