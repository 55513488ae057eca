/* Exports of rows made by hand: what was known on a day, to the second. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h> /* needs the others before it */
/* clang-format on */

#include "tests/analysis/export_rows.h"

#define WEEK 604800

static const char yaml[] =
    "scenario: hand\n"
    "start: 2026-01-05\n"
    "horizon: 1 w\n"
    "attributes: {segment: ['small; \"not\" <big> & so on', big], value: [high, low]}\n"
    "models:\n"
    "  basic:\n"
    "    funnel: basic\n"
    "    entry: talk\n"
    "    stages:\n"
    "      talk:\n"
    "        work: {team: 'sales;inside', time: 10 min, patience: 3 d}\n"
    "        exits: {'offer<last>': 0.5, lost: rest}\n"
    "      'offer<last>':\n"
    "        wait: 1 h\n"
    "        exits: {won: 0.5, talk: 0.1, lost: rest}\n"
    "    outcomes: {won: {counts_as: win}, lost: {}}\n"
    "    value: 250\n"
    "  more:\n"
    "    funnel: more\n"
    "    entry: ask\n"
    "    stages: {ask: {wait: 1 d, exits: {won: 0.4, lost: rest}}}\n"
    "    outcomes: {won: {counts_as: win}, lost: {}}\n"
    "teams: {'sales;inside': {size: 1}}\n"
    "streams: {web: {into: basic, rate: 1 / d, attributes: {segment: "
    "{'small; \"not\" <big> & so on': 0.5, big: 0.5}, value: high}}}\n"
    "links: [{from: basic.won, to: more}]\n";

typedef struct hand {
  fsim_source *source;
  fsim_scenario *scenario;
  fsim_trajectory *rows;
  unsigned talk, offer, ask, won, lost, open, basic, more;
} hand;

static unsigned stage_of(const fsim_scenario *s, const char *name) {
  for (unsigned i = 0; i < s->n_stages; i++)
    if (strcmp(s->stages[i].name, name) == 0) return i;
  fail_msg("no stage %s", name);
  return 0;
}

static hand make_hand(void) {
  hand h = {0};
  h.scenario = parse_scenario(yaml, &h.source);
  const fsim_scenario *s = h.scenario;
  h.rows = fsim_trajectory_new(s->n_attributes);
  assert_non_null(h.rows);
  h.talk = stage_of(s, "talk");
  h.offer = stage_of(s, "offer<last>");
  h.ask = stage_of(s, "ask");
  h.basic = s->stages[h.talk].funnel;
  h.more = s->stages[h.ask].funnel;
  for (unsigned o = s->funnels[h.basic].first_outcome, n = 0; n < 2; n++, o++)
    *(s->outcomes[o].win ? &h.won : &h.lost) = o;
  h.open = (unsigned)s->n_outcomes;
  return h;
}

static void free_hand(hand *h) {
  fsim_trajectory_free(h->rows);
  fsim_scenario_free(h->scenario);
  fsim_source_free(h->source);
}

static fsim_export_request request_of(const hand *h, int32_t until) {
  return (fsim_export_request){h->scenario, h->rows, until, NULL};
}

/* Enters at 100, works from 150 to 175, has an offer from 175 to 300, then is won. */
static void add_winner(hand *h) {
  const unsigned outcome = (unsigned)h->scenario->n_stages;
  add_lead(h->rows, 100);
  add_journey(h->rows, 0, h->basic, 100, 300, h->won, 250);
  add_visit(h->rows, (made_visit){h->talk, 0, 100, 50, 25, 0, h->offer, FSIM_BY_EXIT});
  add_visit(h->rows, (made_visit){h->offer, 0, 175, 0, 0, 125, outcome + h->won, FSIM_BY_EXIT});
}

static void expect_events(const fsim_export_request *request, const char *const *expected,
                          size_t n) {
  table t = open_table("events", request);
  size_t i = 0;
  while (next(&t)) {
    char got[256];
    snprintf(got, sizeof got, "%s %s %s %s %s", field(&t, "case_id"), field(&t, "activity"),
             field(&t, "timestamp"), field(&t, "lifecycle"), field(&t, "resource"));
    assert_in_range(i, 0, n - 1);
    assert_string_equal(got, expected[i]);
    i++;
  }
  assert_int_equal(i, n);
}

/* Each event is known a second after it, and not at its own second: what happens at `until` is not
 * known any more than what happens later. */
static void every_event_is_known_from_the_next_second_on(void **state) {
  (void)state;
  static const char *const events[] = {
      "web-0.1 talk 2026-01-05T00:01:40 schedule ",
      "web-0.1 talk 2026-01-05T00:02:30 start sales;inside",
      "web-0.1 talk 2026-01-05T00:02:55 complete sales;inside",
      "web-0.1 offer<last> 2026-01-05T00:02:55 complete ",
      "web-0.1 won 2026-01-05T00:05:00 complete ",
  };
  static const struct {
    int32_t at;
    size_t known;
  } times[] = {{101, 1}, {150, 1}, {151, 2}, {175, 2}, {176, 4}, {300, 4}, {301, 5}, {WEEK, 5}};
  hand h = make_hand();
  add_winner(&h);
  for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
    const fsim_export_request request = request_of(&h, times[i].at);
    expect_events(&request, events, times[i].known);
  }
  const fsim_export_request before = request_of(&h, 100);
  static const char *const forms[] = {"events", "deals", "history", "leads"};
  for (size_t f = 0; f < 4; f++) {
    table t = open_table(forms[f], &before);
    assert_false(next(&t));
  }
  free_hand(&h);
}

static void expect_deal(const hand *h, int32_t until, const char *expected) {
  const fsim_export_request request = request_of(h, until);
  table t = open_table("deals", &request);
  char got[512];
  assert_true(next(&t));
  snprintf(got, sizeof got, "%s|%s|%s|%s|%s|%s|%s|%s|%s|%s", field(&t, "deal_id"),
           field(&t, "lead_id"), field(&t, "funnel"), field(&t, "created"), field(&t, "closed"),
           field(&t, "status"), field(&t, "outcome"), field(&t, "stage"),
           field(&t, "stage_entered"), field(&t, "value"));
  assert_string_equal(got, expected);
  assert_false(next(&t));
}

static void deals_that_end_later_are_open_in_their_stage(void **state) {
  (void)state;
  hand h = make_hand();
  add_winner(&h);
  expect_deal(&h, 175,
              "web-0.1|web-0|basic|2026-01-05T00:01:40||open||talk|2026-01-05T00:01:40|250.00");
  expect_deal(&h, 300,
              "web-0.1|web-0|basic|2026-01-05T00:01:40||open||offer<last>|2026-01-05T00:02:55|"
              "250.00");
  expect_deal(&h, 301,
              "web-0.1|web-0|basic|2026-01-05T00:01:40|2026-01-05T00:05:00|won|won|offer<last>|"
              "2026-01-05T00:02:55|250.00");
  free_hand(&h);
}

/* The queue's time of who gave up is no work that began then; nor is it at the horizon. */
static void who_leaves_the_queue_has_no_work(void **state) {
  (void)state;
  hand h = make_hand();
  const unsigned outcome = (unsigned)h.scenario->n_stages;
  add_lead(h.rows, 0);
  add_journey(h.rows, 0, h.basic, 0, 60, h.lost, 250);
  add_visit(h.rows, (made_visit){h.talk, 0, 0, 60, 0, 0, outcome + h.lost, FSIM_BY_ABANDON});
  add_lead(h.rows, 10);
  add_journey(h.rows, 0, h.basic, 10, WEEK, h.open, 250);
  add_visit(h.rows,
            (made_visit){h.talk, 0, 10, WEEK - 10, 0, 0, outcome + h.open, FSIM_STILL_OPEN});
  static const char *const events[] = {
      "web-0.1 talk 2026-01-05T00:00:00 schedule ",
      "web-0.1 lost 2026-01-05T00:01:00 complete ",
      "web-1.1 talk 2026-01-05T00:00:10 schedule ",
  };
  const fsim_export_request request = request_of(&h, WEEK);
  expect_events(&request, events, 3);
  free_hand(&h);
}

/* Work that the horizon cuts off has begun and is not complete. */
static void work_in_progress_has_no_end(void **state) {
  (void)state;
  hand h = make_hand();
  const unsigned open = (unsigned)(h.scenario->n_stages + h.scenario->n_outcomes);
  add_lead(h.rows, 0);
  add_journey(h.rows, 0, h.basic, 0, WEEK, h.open, 250);
  add_visit(h.rows, (made_visit){h.talk, 0, 0, 60, WEEK - 60, 0, open, FSIM_STILL_OPEN});
  static const char *const events[] = {
      "web-0.1 talk 2026-01-05T00:00:00 schedule ",
      "web-0.1 talk 2026-01-05T00:01:00 start sales;inside",
  };
  const fsim_export_request request = request_of(&h, WEEK);
  expect_events(&request, events, 2);
  free_hand(&h);
}

static void expect_history(const fsim_export_request *request, const char *const *expected,
                           size_t n) {
  table t = open_table("history", request);
  size_t i = 0;
  while (next(&t)) {
    char got[256];
    snprintf(got, sizeof got, "%s %s %s %s %s", field(&t, "deal_id"), field(&t, "stage"),
             field(&t, "entered"), field(&t, "left"), field(&t, "exit"));
    assert_in_range(i, 0, n - 1);
    assert_string_equal(got, expected[i]);
    i++;
  }
  assert_int_equal(i, n);
}

/* A loop back is another row of the same deal; what follows an outcome is another deal. */
static void loops_are_rows_and_links_are_deals(void **state) {
  (void)state;
  hand h = make_hand();
  const unsigned outcome = (unsigned)h.scenario->n_stages;
  add_lead(h.rows, 0);
  add_journey(h.rows, 0, h.basic, 0, 400, h.won, 250);
  add_visit(h.rows, (made_visit){h.talk, 0, 0, 0, 50, 0, h.offer, FSIM_BY_EXIT});
  add_visit(h.rows, (made_visit){h.offer, 0, 50, 0, 0, 50, h.talk, FSIM_BY_EXIT});
  add_visit(h.rows, (made_visit){h.talk, 1, 100, 0, 50, 0, h.offer, FSIM_BY_EXIT});
  add_visit(h.rows, (made_visit){h.offer, 1, 150, 0, 0, 250, outcome + h.won, FSIM_BY_EXIT});
  add_journey(h.rows, 1, h.more, 400, WEEK, h.open, 0);
  add_visit(h.rows,
            (made_visit){h.ask, 0, 400, 0, 0, WEEK - 400, outcome + h.open, FSIM_STILL_OPEN});
  static const char *const rows[] = {
      "web-0.1 talk 2026-01-05T00:00:00 2026-01-05T00:00:50 offer<last>",
      "web-0.1 offer<last> 2026-01-05T00:00:50 2026-01-05T00:01:40 talk",
      "web-0.1 talk 2026-01-05T00:01:40 2026-01-05T00:02:30 offer<last>",
      "web-0.1 offer<last> 2026-01-05T00:02:30 2026-01-05T00:06:40 won",
      "web-0.2 ask 2026-01-05T00:06:40  ",
  };
  fsim_export_request request = request_of(&h, WEEK);
  expect_history(&request, rows, 5);
  bool only_more[2] = {h.more == 0, h.more == 1};
  request.funnels = only_more;
  expect_history(&request, rows + 4, 1);
  table t = open_table("deals", &request);
  assert_true(next(&t));
  assert_string_equal(field(&t, "deal_id"), "web-0.2");
  assert_string_equal(field(&t, "value"), ""); /* the funnel gives none */
  assert_false(next(&t));
  t = open_table("leads", &request);
  assert_true(next(&t));
  assert_string_equal(field(&t, "lead_id"), "web-0");
  assert_false(next(&t));
  free_hand(&h);
}

/* Attributes come back as they were; one that is named like a column of ours has a longer name. */
static void names_with_commas_and_quotes_come_back(void **state) {
  (void)state;
  hand h = make_hand();
  add_winner(&h);
  static const char *const forms[] = {"events", "deals", "leads"};
  const fsim_export_request request = request_of(&h, WEEK);
  for (size_t f = 0; f < 3; f++) {
    table t = open_table(forms[f], &request);
    while (next(&t)) {
      assert_string_equal(field(&t, "segment"), "small; \"not\" <big> & so on");
      assert_string_equal(field(&t, "attribute.value"), "high");
    }
  }
  char *xes = export_as("xes", &request, FSIM_OK);
  assert_non_null(strstr(
      xes, "<string key=\"segment\" value=\"small; &quot;not&quot; &lt;big&gt; &amp; so on\"/>"));
  assert_non_null(strstr(xes, "<string key=\"org:resource\" value=\"sales;inside\"/>"));
  assert_non_null(strstr(xes, "<date key=\"time:timestamp\" value=\"2026-01-05T00:05:00Z\"/>"));
  free(xes);
  free_hand(&h);
}

/* Rows that point outside of the scenario are told, not followed. */
static void damaged_rows_are_found_out(void **state) {
  (void)state;
  static const struct {
    fsim_column_id column;
    bool wide;
  } damages[] = {{FSIM_LEAD_STREAM, false}, {FSIM_JOURNEY_FUNNEL, false}, {FSIM_JOURNEY_LEAD, true},
                 {FSIM_VISIT_STAGE, false}, {FSIM_VISIT_LEAD, true},      {FSIM_LEAD_LEAD, true}};
  for (size_t d = 0; d <= sizeof damages / sizeof *damages; d++) {
    hand h = make_hand();
    add_winner(&h);
    if (d == sizeof damages / sizeof *damages)
      h.rows->attribute[0][0] = 200;
    else if (damages[d].wide)
      PUT(uint32_t, h.rows, damages[d].column, 0, 77);
    else
      PUT(uint16_t, h.rows, damages[d].column, 0, 77);
    const fsim_export_request request = request_of(&h, WEEK);
    for (size_t f = 0; f < fsim_n_export_forms; f++)
      free(export_as(fsim_export_forms[f].name, &request, FSIM_FAILED));
    free_hand(&h);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_event_is_known_from_the_next_second_on),
      cmocka_unit_test(deals_that_end_later_are_open_in_their_stage),
      cmocka_unit_test(who_leaves_the_queue_has_no_work),
      cmocka_unit_test(work_in_progress_has_no_end),
      cmocka_unit_test(loops_are_rows_and_links_are_deals),
      cmocka_unit_test(names_with_commas_and_quotes_come_back),
      cmocka_unit_test(damaged_rows_are_found_out),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
