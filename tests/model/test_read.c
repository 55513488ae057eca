/* Reading scenarios: values, laws by profile and version, rates, given leads. */
#include <math.h>

#include "sim/base/quantity.h"
#include "tests/model/reading.h"

#define DAY FSIM_DAY

#define HEAD            \
  "scenario: test\n"    \
  "start: 2026-01-05\n" \
  "horizon: 4 w\n"
#define ATTRIBUTES "attributes: {segment: [smb, enterprise], source: [web, referral]}\n"
#define MODEL                                                                                \
  "models:\n"                                                                                \
  "  basic:\n"                                                                               \
  "    funnel: basic\n"                                                                      \
  "    entry: enquiry\n"                                                                     \
  "    stages:\n"                                                                            \
  "      enquiry:\n"                                                                         \
  "        wait: {exponential: {mean: 2 d}}\n"                                               \
  "        exits: {proposal: 0.5, nurture: 0.2, lost: rest}\n"                               \
  "      proposal:\n"                                                                        \
  "        exits:\n"                                                                         \
  "          won: {probability: 60 %, wait: {lognormal: {median: 9 d, sigma: 0.7}}}\n"       \
  "          lost: {probability: rest, wait: 21 d}\n"                                        \
  "        expire: {after: 45 d, to: lost}\n"                                                \
  "        drop: {win_probability_below: 0.02, to: lost}\n"                                  \
  "        max_visits: {count: 3, to: lost}\n"                                               \
  "      nurture:\n"                                                                         \
  "        race: true\n"                                                                     \
  "        exits: {enquiry: {wait: 30 d}, lost: {wait: {exponential: {rate: 2 / month}}}}\n" \
  "    outcomes: {won: {counts_as: win}, lost: {}}\n"                                        \
  "    value: {gamma: {mean: 1000, cv: 0.5}}\n"
#define OVERRIDES                                                     \
  "    overrides:\n"                                                  \
  "      - when: {segment: enterprise}\n"                             \
  "        stages:\n"                                                 \
  "          enquiry: {wait: {scale: 1.6}, exits: {proposal: 0.6}}\n" \
  "          proposal: {wait: {scale: 2}, expire: {after: 90 d}}\n"   \
  "          nurture: {wait: {scale: 0.5}}\n"                         \
  "        value: {scale: 5}\n"                                       \
  "      - when: {source: [referral]}\n"                              \
  "        stages: {enquiry: {odds: {proposal: 1.4}}}\n"
#define STREAM "streams: {web: {into: basic, rate: 10 / d}}\n"

static size_t stage_of(const fsim_scenario *s, const char *name) {
  for (size_t i = 0; i < s->n_stages; i++)
    if (strcmp(s->stages[i].name, name) == 0) return i;
  fail_msg("no stage %s", name);
  return 0;
}

static size_t exit_of(const fsim_scenario *s, size_t stage, const char *name) {
  for (size_t e = 0; e < s->stages[stage].n_exits; e++)
    if (strcmp(s->stages[stage].exits[e].name, name) == 0) return e;
  fail_msg("no exit %s", name);
  return 0;
}

static double probability(const fsim_scenario *s, size_t version, size_t profile, const char *stage,
                          const char *exit) {
  const size_t i = stage_of(s, stage);
  return fsim_stage_law_of(s, version, profile, i)->probability[exit_of(s, i, exit)];
}

static double mean_wait(const fsim_scenario *s, size_t profile, const char *stage,
                        const char *exit) {
  const size_t i = stage_of(s, stage);
  return fsim_mean(fsim_stage_law_of(s, 0, profile, i)->waits[exit_of(s, i, exit)]);
}

static void reads_stages_exits_and_rules(void **state) {
  (void)state;
  reading r = read_good(HEAD MODEL STREAM, NULL);
  const fsim_scenario *s = r.scenario;
  assert_string_equal(s->name, "test");
  assert_int_equal(s->horizon_s, 4 * 7 * 86400);
  assert_int_equal(s->n_profiles, 1);
  assert_string_equal(s->attributes[0].name, "segment");
  assert_string_equal(s->attributes[0].values[0], "all");
  assert_int_equal(s->n_stages, 3);
  assert_int_equal(s->funnels[0].entry, stage_of(s, "enquiry"));
  const fsim_stage *enquiry = &s->stages[stage_of(s, "enquiry")];
  /* stages by name, not as in the file; then outcomes */
  assert_string_equal(enquiry->exits[0].name, "nurture");
  assert_string_equal(enquiry->exits[1].name, "proposal");
  assert_string_equal(enquiry->exits[2].name, "lost");
  assert_true(fabs(probability(s, 0, 0, "enquiry", "lost") - 0.3) < 1e-12);
  assert_true(probability(s, 0, 0, "proposal", "won") == 0.6);
  assert_true(mean_wait(s, 0, "enquiry", "lost") == 2 * DAY);
  assert_true(mean_wait(s, 0, "proposal", "lost") == 21 * DAY);
  const fsim_stage_law *law = fsim_stage_law_of(s, 0, 0, stage_of(s, "proposal"));
  assert_null(law->wait);
  assert_true(law->expire.set && law->expire.after_s == 45 * DAY && law->expire.to.is_outcome);
  assert_true(law->drop.set && law->drop.below == 0.02);
  assert_true(law->max_visits.set && law->max_visits.count == 3);
  assert_null(fsim_stage_law_of(s, 0, 0, stage_of(s, "nurture"))->probability);
  assert_true(fabs(mean_wait(s, 0, "nurture", "lost") - 365.25 / 24 * DAY) < 1e-6);
  assert_true(s->outcomes[0].win && !s->outcomes[1].win);
  reading_close(&r);
}

static void overrides_change_what_they_name(void **state) {
  (void)state;
  reading r = read_good(HEAD ATTRIBUTES MODEL OVERRIDES STREAM, NULL);
  const fsim_scenario *s = r.scenario;
  assert_int_equal(s->n_profiles,
                   4); /* smb web, smb referral, enterprise web, enterprise referral */
  assert_int_equal(fsim_profile_value(s, 2, 0), 1);
  assert_int_equal(fsim_profile_value(s, 2, 1), 0);
  char text[80];
  assert_string_equal(fsim_profile_text(s, 3, text, sizeof text),
                      "segment=enterprise, source=referral");
  assert_true(probability(s, 0, 0, "enquiry", "proposal") == 0.5);
  /* the others share 0.4 as 0.2 to 0.3 */
  assert_true(fabs(probability(s, 0, 2, "enquiry", "proposal") - 0.6) < 1e-12);
  assert_true(fabs(probability(s, 0, 2, "enquiry", "nurture") - 0.16) < 1e-12);
  assert_true(fabs(probability(s, 0, 2, "enquiry", "lost") - 0.24) < 1e-12);
  /* odds 1 x 1.4 and 1.5 x 1.4 */
  assert_true(fabs(probability(s, 0, 1, "enquiry", "proposal") - 1.4 / 2.4) < 1e-12);
  assert_true(fabs(probability(s, 0, 1, "enquiry", "nurture") - 0.2 / 1.2) < 1e-12);
  assert_true(fabs(probability(s, 0, 3, "enquiry", "proposal") - 2.1 / 3.1) < 1e-12);
  /* a scale reaches exits' own waits, in races too */
  assert_true(fabs(mean_wait(s, 2, "enquiry", "lost") - 3.2 * DAY) < 1e-6);
  assert_true(fabs(mean_wait(s, 2, "proposal", "lost") - 42 * DAY) < 1e-6);
  assert_true(fabs(mean_wait(s, 2, "nurture", "enquiry") - 15 * DAY) < 1e-6);
  const size_t proposal = stage_of(s, "proposal");
  assert_true(fsim_stage_law_of(s, 0, 2, proposal)->expire.after_s == 90 * DAY);
  assert_true(fsim_stage_law_of(s, 0, 0, proposal)->expire.after_s == 45 * DAY);
  assert_true(fabs(fsim_mean(s->versions[0].values[2]) - 5000) < 1e-6);
  assert_true(fabs(fsim_mean(s->versions[0].values[1]) - 1000) < 1e-6);
  reading_close(&r);
}

static void an_override_can_take_from_rest(void **state) {
  (void)state;
  reading r = read_good(HEAD ATTRIBUTES MODEL
                        "    overrides:\n"
                        "      - when: {segment: smb}\n"
                        "        stages: {enquiry: {exits: {proposal: 0.62, lost: rest}}}\n" STREAM,
                        NULL);
  assert_true(fabs(probability(r.scenario, 0, 0, "enquiry", "nurture") - 0.2) < 1e-12);
  assert_true(fabs(probability(r.scenario, 0, 0, "enquiry", "lost") - 0.18) < 1e-12);
  assert_true(fabs(probability(r.scenario, 0, 2, "enquiry", "lost") - 0.3) < 1e-12);
  reading_close(&r);
}

/* ---- streams ---- */

static double rate_at(const fsim_stream *stream, int32_t second) {
  double per_s = 0;
  for (size_t i = 0; i < stream->n_rate && stream->rate[i].from_s <= second; i++)
    per_s = stream->rate[i].per_s;
  return per_s;
}

static void rates_follow_the_calendar(void **state) {
  (void)state;
  reading r = read_good(
      HEAD MODEL
      "streams:\n"
      "  web: {into: basic, rate: 10 / d, weekday: [1, 1, 1, 1, 1, 0.5, 0], month: {feb: 2},"
      " growth: 7 % / week}\n"
      "  flat: {into: basic, rate: 1 / h, spacing: evenly, cost: 3}\n"
      "  more: {into: basic, rate: 10 / d, trend: {factor: 4, over: 2 w}}\n"
      "  expo: {into: basic, campaign: {on: 2026-01-06, leads: 48, over: 36 h},"
      " dispersion: {cv: 0.5}}\n",
      NULL);
  const fsim_stream *web = &r.scenario->streams[0], *flat = &r.scenario->streams[1];
  const fsim_stream *more = &r.scenario->streams[2];
  const fsim_stream *expo = &r.scenario->streams[3];
  const double a_day = 10 / DAY;
  assert_true(fabs(rate_at(web, 0) / a_day - 1) < 1e-12); /* Monday, 5 January */
  assert_true(rate_at(web, 6 * 86400) == 0);              /* Sunday */
  assert_true(fabs(rate_at(web, 5 * 86400) / a_day - 0.5 * pow(1.07, 5.0 / 7)) < 1e-9);
  assert_true(fabs(rate_at(web, 7 * 86400) / a_day - 1.07) < 1e-9);
  assert_true(fabs(rate_at(web, 27 * 86400) / a_day) < 1e-12); /* Sunday, 1 February */
  assert_true(fabs(rate_at(more, 7 * 86400) / a_day - 2) < 1e-9);
  assert_true(fabs(rate_at(more, 14 * 86400) / a_day - 4) < 1e-9);
  assert_true(fabs(rate_at(more, 21 * 86400) / a_day - 4) < 1e-9);
  assert_int_equal(flat->n_rate, 1);
  assert_true(fabs(flat->rate[0].per_s - 1.0 / 3600) < 1e-15);
  assert_int_equal(flat->spacing, FSIM_EVENLY);
  assert_true(flat->cost == 3);
  assert_int_equal(expo->n_rate, 3);
  assert_int_equal(expo->rate[1].from_s, 86400);
  assert_int_equal(expo->rate[2].from_s, 86400 + 36 * 3600);
  assert_true(fabs(expo->rate[1].per_s * 36 * 3600 - 48) < 1e-9);
  assert_true(expo->rate[2].per_s == 0 && expo->day_cv == 0.5);
  reading_close(&r);
}

static void shares_of_attributes_are_kept(void **state) {
  (void)state;
  reading r = read_good(HEAD ATTRIBUTES MODEL
                        "streams: {web: {into: basic, rate: 1 / d, attributes: {segment: {smb: 0.8,"
                        " enterprise: 20 %}, source: referral}}}\n",
                        NULL);
  const fsim_stream *web = &r.scenario->streams[0];
  assert_true(fabs(fsim_stream_share(r.scenario, web, 0, 1) - 0.2) < 1e-12);
  assert_true(fsim_stream_share(r.scenario, web, 1, 0) == 0);
  assert_true(fsim_stream_share(r.scenario, web, 1, 1) == 1);
  reading_close(&r);
}

static void leads_are_replayed_in_order_of_time(void **state) {
  (void)state;
  input_text inputs[] = {{"leads.csv",
                          "created;kind;amount\r\n"
                          "2026-01-07 12:00;enterprise;500\r\n"
                          "2026-01-05;smb;\r\n"
                          "2025-12-31;smb;1\r\n"},
                         {NULL, NULL}};
  reading r = read_good(HEAD ATTRIBUTES MODEL
                        "streams: {past: {into: basic, attributes: {source: referral}, csv: {file: "
                        "leads.csv, date: created, attributes: {segment: kind}}}}\n",
                        inputs);
  const fsim_stream *past = &r.scenario->streams[0];
  assert_int_equal(past->n_given, 2);
  assert_int_equal(past->given[0].t_s, 0);
  assert_int_equal(past->given[0].profile, 1);
  assert_true(isnan(past->given[0].value));
  assert_int_equal(past->given[1].t_s, 2 * 86400 + 43200);
  assert_int_equal(past->given[1].profile, 3);
  assert_int_equal(fsim_report_count(r.report, FSIM_WARNING), 1); /* the row before the start */
  assert_true(fsim_stream_share(r.scenario, past, 0, 0) == 0.5);
  reading_close(&r);
}

static void open_deals_keep_stage_and_age(void **state) {
  (void)state;
  input_text inputs[] = {
      {"deals.csv", "stage,entered,segment\nproposal,2025-12-26,smb\nenquiry,2026-01-05,smb\n"},
      {NULL, NULL}};
  reading r =
      read_good(HEAD "attributes: {segment: [smb, enterprise]}\n" MODEL STREAM
                     "pipeline: {file: deals.csv, funnel: basic, stage: stage, entered: entered,"
                     " attributes: {segment: segment}}\n",
                inputs);
  const fsim_stream *deals = &r.scenario->streams[r.scenario->n_streams - 1];
  assert_string_equal(deals->name, "pipeline");
  assert_true(deals->pipeline);
  assert_int_equal(deals->n_given, 2);
  assert_int_equal(deals->given[0].t_s, -10 * 86400);
  assert_int_equal(deals->given[0].stage, stage_of(r.scenario, "proposal"));
  assert_int_equal(deals->given[1].t_s, 0);
  reading_close(&r);
}

static void broken_csv_rows_are_all_reported(void **state) {
  (void)state;
  input_text inputs[] = {{"leads.csv",
                          "created,segment\n"
                          "2026-01-06,smbb\n"
                          "2026-02-30,smb\n"
                          "2026-01-06,smb,x\n"},
                         {NULL, NULL}};
  const char *const parts[] = {"2:12: unknown value of segment 'smbb': did you mean 'smb'?",
                               "3:1: column 'created': '2026-02-30' is not a date", "4:"};
  assert_errors(HEAD "attributes: {segment: [smb, enterprise]}\n" MODEL
                     "streams: {past: {into: basic, csv: {file: leads.csv, date: created,"
                     " attributes: {segment: segment}}}}\n",
                inputs, parts, 3);
}

/* ---- links, versions ---- */

static void links_have_laws_and_numbers(void **state) {
  (void)state;
  reading r = read_good(HEAD MODEL STREAM
                        "links:\n"
                        "  - {from: basic.won, to: basic, probability: 0.5, after: 90 d}\n"
                        "  - {from: basic.won, to: basic, after: {exponential: {mean: 60 d}}}\n",
                        NULL);
  const fsim_scenario *s = r.scenario;
  assert_int_equal(s->n_links, 2);
  assert_true(s->links[0].hash != s->links[1].hash);
  assert_true(s->versions[0].links[0].probability == 0.5);
  assert_true(fsim_mean(s->versions[0].links[0].after) == 90 * DAY);
  assert_true(s->versions[0].links[1].probability == 1);
  reading_close(&r);
}

#define CHANGES                                                                                 \
  "changes:\n"                                                                                  \
  "  - {on: 2026-01-26, set: {streams.web.rate: 30 / d}}\n"                                     \
  "  - {on: 2026-01-12, ramp: 2 d, share: 50 %, applies_to: new, set: {streams.web.rate: 20 / " \
  "d}}\n"

static void changes_are_sorted_and_fold_into_rates(void **state) {
  (void)state;
  const char *const yaml[] = {HEAD MODEL "streams: {web: {into: basic, rate: 10 / d}}\n" CHANGES,
                              HEAD MODEL "streams: {web: {into: basic, rate: 20 / d}}\n" CHANGES,
                              HEAD MODEL "streams: {web: {into: basic, rate: 30 / d}}\n" CHANGES,
                              HEAD MODEL "streams: {web: {into: basic, rate: 30 / d}}\n" CHANGES};
  const uint32_t masks[] = {0, 1, 2, 3};
  reading r = read_versions(yaml, masks, 4, NULL);
  assert_int_equal(r.status, FSIM_OK);
  const fsim_scenario *s = r.scenario;
  assert_int_equal(s->n_changes, 2);
  assert_int_equal(s->changes[0].on_s, 7 * 86400);
  assert_true(s->changes[0].share == 0.5 && s->changes[0].ramp_s == 2 * DAY);
  assert_int_equal(s->changes[0].applies_to, FSIM_TO_NEW);
  assert_int_equal(s->changes[1].applies_to, FSIM_TO_NEXT_STAGE);
  assert_string_equal(s->changes[1].text, "2026-01-26: streams.web.rate 30 / d");
  assert_int_equal(s->n_versions, 4);
  assert_int_equal(s->version_mask[2], 2);
  const fsim_stream *web = &s->streams[0];
  assert_true(fabs(rate_at(web, 6 * 86400) * DAY - 10) < 1e-9);
  /* middles of the two days of the ramp: a quarter and three quarters of half of the leads */
  assert_true(fabs(rate_at(web, 7 * 86400) * DAY - 11.25) < 1e-9);
  assert_true(fabs(rate_at(web, 8 * 86400) * DAY - 13.75) < 1e-9);
  assert_true(fabs(rate_at(web, 9 * 86400) * DAY - 15) < 1e-9);
  assert_true(fabs(rate_at(web, 21 * 86400) * DAY - 30) < 1e-9);
  reading_close(&r);
}

static void work_is_read_for_teams(void **state) {
  (void)state;
  reading r = read_good(
      HEAD
      "attributes: {segment: [smb, enterprise]}\n"
      "models:\n  basic:\n    funnel: basic\n    entry: a\n    stages:\n"
      "      a: {work: {team: sdr, time: 25 min, patience: {exponential: {mean: 5 d}}, occupies: "
      "stage}, wait_effect: {half_life: 4 h, floor: 0.4, exits: [won]}, exits: {won: 0.5, lost: "
      "rest}}\n"
      "    outcomes: {won: {counts_as: win}, lost: {}}\n"
      "    overrides: [{when: {segment: enterprise}, stages: {a: {work: {scale: 2}}}}]\n"
      "teams: {sdr: {size: 4, concurrency: 2, cost: 36 / h, limit: 5, closed: [2026-05-01], hours: "
      "{days: mon-fri, from: 09:00, to: 17:00}, queue: {priority: [{when: {segment: "
      "enterprise}}]}, changes: [{on: 2026-06-01, size: 6}]}}\n" STREAM,
      NULL);
  const fsim_stage_law *law = fsim_stage_law_of(r.scenario, 0, 0, 0);
  assert_true(law->work.set && law->work.occupies_stage && law->work.abandon.is_outcome);
  assert_true(fsim_mean(law->work.time) == 1500);
  assert_true(fsim_mean(fsim_stage_law_of(r.scenario, 0, 1, 0)->work.time) == 3000);
  assert_true(law->wait_effect.set && law->wait_effect.half_life_s == 4 * 3600);
  assert_true(law->wait_effect.exits[0] && !law->wait_effect.exits[1]);
  const fsim_team *team = &r.scenario->teams[0];
  assert_true(team->size == 4 && team->concurrency == 2);
  assert_true(fabs(team->cost_per_s - 0.01) < 1e-15);
  reading_close(&r);
}

static void a_model_alone_may_name_teams(void **state) {
  (void)state;
  const char *const model = HEAD
      "models: {f: {funnel: f, entry: a, outcomes: {won: {}, lost: {}}, stages: {a: {work: {team: "
      "ae, time: 1 h}, exits: {b: 1}}, b: {work: {team: ae, time: 1 h}, exits: {won: 1}}}}}\n";
  reading r = read_good(model, NULL);
  assert_int_equal(r.scenario->n_teams, 1);
  assert_string_equal(r.scenario->teams[0].name, "ae");
  assert_int_equal(fsim_report_count(r.report, FSIM_NOTE), 1);
  reading_close(&r);
  char yaml[2000];
  snprintf(yaml, sizeof yaml, "%sstreams: {web: {into: f, rate: 1 / d}}\n", model);
  const char *const parts[] = {"unknown team 'ae': there is none", "unknown team 'ae'"};
  assert_errors(yaml, NULL, parts, 2);
}

static void messages_about_rows_show_the_row(void **state) {
  (void)state;
  input_text inputs[] = {{"leads.csv", "created\nyesterday\n"}, {NULL, NULL}};
  reading r = read_text(
      HEAD MODEL "streams: {past: {into: basic, csv: {file: leads.csv, date: created}}}\n", inputs);
  assert_int_equal(r.status, FSIM_BAD_INPUT);
  const fsim_message *m = fsim_report_message(r.report, 0);
  assert_string_equal(m->file, "leads.csv");
  assert_int_equal(m->line, 2);
  assert_string_equal(m->source, "yesterday");
  reading_close(&r);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(reads_stages_exits_and_rules),
      cmocka_unit_test(overrides_change_what_they_name),
      cmocka_unit_test(an_override_can_take_from_rest),
      cmocka_unit_test(rates_follow_the_calendar),
      cmocka_unit_test(shares_of_attributes_are_kept),
      cmocka_unit_test(leads_are_replayed_in_order_of_time),
      cmocka_unit_test(open_deals_keep_stage_and_age),
      cmocka_unit_test(broken_csv_rows_are_all_reported),
      cmocka_unit_test(links_have_laws_and_numbers),
      cmocka_unit_test(changes_are_sorted_and_fold_into_rates),
      cmocka_unit_test(work_is_read_for_teams),
      cmocka_unit_test(a_model_alone_may_name_teams),
      cmocka_unit_test(messages_about_rows_show_the_row),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
