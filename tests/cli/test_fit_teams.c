/* Teams are recovered from what a simulation with teams exports: sizes, hours, work, patience. */
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include <jansson.h>
#include <math.h>

#include "analysis/fit/read_log.h"
#include "analysis/fit/teams.h"
#include "shell.h"

enum { SEEDS = 5 };

static const char scenario[] =
    "scenario: desk\n"
    "models: [desk]\n"
    "start: 2026-01-05\n"
    "horizon: 12 w\n"
    "replications: 1\n"
    "streams: {web: {into: desk, rate: 20 / d}}\n"
    "teams:\n"
    "  sdr: {size: 2, hours: {days: mon-fri, from: \"09:00\", to: \"17:00\"}, closed: "
    "[2026-02-10]}\n"
    "  ae: {size: 3, hours: {days: mon-fri, from: \"09:00\", to: \"18:00\"}}\n";

static const char model[] =
    "funnel: desk\n"
    "entry: enquiry\n"
    "stages:\n"
    "  enquiry:\n"
    "    work: {team: sdr, time: {lognormal: {median: 25 min, sigma: 0.6}},\n"
    "           patience: {exponential: {mean: 3 d}}}\n"
    "    exits: {proposal: 0.5, lost: rest}\n"
    "  proposal:\n"
    "    work: {team: ae, time: {gamma: {mean: 2.2 h, cv: 0.7}}}\n"
    "    exits: {won: {probability: 0.4, wait: {lognormal: {median: 5 d, sigma: 0.7}}},\n"
    "            lost: {probability: rest, wait: {exponential: {mean: 7 d}}}}\n"
    "outcomes: {won: {counts_as: win}, lost: {}}\n";

static const char mapping[] =
    "kind: events\n"
    "funnel: desk\n"
    "columns: {case: case_id, activity: activity, time: timestamp, lifecycle: lifecycle,\n"
    "          resource: resource}\n"
    "stages: {enquiry: [enquiry], proposal: [proposal]}\n"
    "outcomes: {won: {from: [won], counts_as: win}, lost: [lost]}\n";

static int set_up(void **state) {
  if (make_folder(state) != 0) return -1;
  put_text("desk-scenario.yaml", scenario);
  put_text("desk.yaml", model);
  put_text("map.yaml", mapping);
  return 0;
}

/* What was known after ten weeks, as an event log. */
static fsim_log *exported(unsigned seed, fsim_report *report) {
  char line[512], events[300], map[300];
  snprintf(line, sizeof line,
           "rm -f events.csv && " PROGRAM
           " run desk-scenario.yaml --set seed=%u --trajectories all -q -f -o one.h5 && " PROGRAM
           " export one.h5 --as events --until '10 w' -o events.csv",
           seed);
  assert_int_equal(quietly(line), 0);
  snprintf(events, sizeof events, "%s/events.csv", folder);
  snprintf(map, sizeof map, "%s/map.yaml", folder);
  const char *files[] = {events};
  const fsim_read_log_options options = {.mapping = map, .end = FSIM_NO_TIME};
  fsim_log *log = NULL;
  assert_int_equal(fsim_read_log(files, 1, &options, report, &log), FSIM_OK);
  return log;
}

static const fsim_fitted_team *team_of(const fsim_fitted_teams *teams, const char *name) {
  for (size_t i = 0; i < teams->n; i++) {
    if (strcmp(teams->team[i].name, name) == 0) return &teams->team[i];
  }
  fail_msg("no team %s", name);
  return NULL;
}

/* 0 when another law was chosen, 1 when the logarithm of its first parameter is in its interval of
 * 95 %, -1 when not. */
static int covers(const fsim_stage_fit *fit, fsim_law_kind kind, double right) {
  if (fit->exit[0].n_parts != 1 || fit->exit[0].part[0].kind != kind) return 0;
  return fabs(fit->theta[0] - log(right)) < 1.96 * sqrt(fit->covariance[0]) ? 1 : -1;
}

/* Monday to Friday. `early`: how much earlier than that the last work may have ended, of a team
 * that is seldom busy in its last minutes. */
static void check_hours(const fsim_hours *h, int32_t from, int32_t to, int32_t early) {
  for (size_t d = 0; d < 7; d++) {
    if (d < 5)
      assert_in_range(h->to[d], to - early, to);
    else
      assert_int_equal(h->to[d], 0);
    assert_int_equal(h->from[d], d < 5 ? from : 0);
  }
}

/* The day opens and closes when the limits say, unless they are unsure. */
static int holds(const fsim_hours *h, int32_t from, int32_t to) {
  return (h->opens[0].low <= from && from <= h->opens[0].high) +
         (h->closes[0].low <= to && to <= h->closes[0].high);
}

typedef struct tally {
  int chosen, covered;
} tally;

static void add(tally *t, int covers) {
  t->chosen += covers != 0;
  t->covered += covers > 0;
}

static void check_tally(const tally *t, const char *what) {
  print_message("%s: covered %d of %d (other laws: %d)\n", what, t->covered, t->chosen,
                SEEDS - t->chosen);
  assert_true(t->chosen >= SEEDS / 2);
  if (gsl_cdf_binomial_P((unsigned)t->covered, 0.95, (unsigned)t->chosen) < 1e-3)
    fail_msg("%s is covered %d times of %d", what, t->covered, t->chosen);
}

static void sizes_hours_work_and_patience_are_recovered(void **state) {
  (void)state;
  tally work = {0}, patience = {0};
  unsigned held = 0;
  for (unsigned seed = 1; seed <= SEEDS; seed++) {
    fsim_report *report = fsim_report_new();
    fsim_log *log = exported(seed, report);
    fsim_fitted_teams teams;
    assert_int_equal(fsim_teams_of(log, 0, report, &teams), FSIM_OK);
    assert_int_equal(teams.n, 2);
    const fsim_fitted_team *sdr = team_of(&teams, "sdr"), *ae = team_of(&teams, "ae");
    assert_int_equal(sdr->size, 2);
    assert_int_equal(ae->size, 3);
    assert_true(sdr->serves[0] && !sdr->serves[1] && ae->serves[1]);
    check_hours(&sdr->hours, 9 * 3600, 17 * 3600, 0);
    check_hours(&ae->hours, 9 * 3600, 18 * 3600, 2700);
    assert_int_equal(sdr->hours.n_closed, 1);
    held += (unsigned)(holds(&sdr->hours, 9 * 3600, 17 * 3600) +
                       holds(&ae->hours, 9 * 3600, 18 * 3600));
    assert_int_equal(sdr->hours.opens[0].days, 49); /* of ten weeks, without the closed date */
    assert_false(sdr->hours.opens[0].unsure || sdr->hours.closes[0].unsure);
    add(&work, covers(teams.work[0].time, FSIM_LAW_LOGNORMAL, 25 * 60));
    assert_non_null(teams.work[0].patience);
    add(&patience, covers(teams.work[0].patience, FSIM_LAW_EXPONENTIAL, 3 * 86400));
    fsim_fitted_teams_free(&teams);
    fsim_log_free(log);
    fsim_report_free(report);
  }
  print_message("limits of hours held %u of %d\n", held, 4 * SEEDS);
  assert_true(gsl_cdf_binomial_P(held, 0.95, 4 * SEEDS) > 1e-3);
  check_tally(&work, "median of the work");
  check_tally(&patience, "mean patience");
}

static double number_of(const json_t *row, const char *key) {
  const json_t *value = json_object_get(row, key);
  assert_true(json_is_number(value));
  return json_number_value(value);
}

/* The logarithm of a number that is rounded to six digits. */
static double log_of(const json_t *row, const char *key, double unit) {
  return log(number_of(row, key) * unit);
}

/* report.json tells the numbers of teams, with the limits whose coverage is tested above. */
static void check_report(const fsim_log *log, fsim_report *report) {
  char path[300];
  fsim_fitted_teams teams;
  snprintf(path, sizeof path, "%s/fitted/report.json", folder);
  json_t *root = json_load_file(path, 0, NULL);
  assert_non_null(root);
  assert_int_equal(json_array_size(json_object_get(root, "links")), 0);
  assert_int_equal(fsim_teams_of(log, 0, report, &teams), FSIM_OK);
  const json_t *list = json_object_get(root, "teams");
  assert_int_equal(json_array_size(list), teams.n);
  for (size_t i = 0; i < teams.n; i++) {
    const json_t *told = json_array_get(list, i), *works = json_object_get(told, "work");
    assert_string_equal(json_string_value(json_object_get(told, "team")), teams.team[i].name);
    assert_true(number_of(told, "size") == teams.team[i].size);
    assert_true(number_of(told, "pieces") == (double)teams.team[i].n_pieces);
    assert_non_null(strstr(json_string_value(json_object_get(told, "hours")), "from: \"09:00\""));
    assert_int_equal(json_array_size(json_object_get(told, "closed")),
                     teams.team[i].hours.n_closed);
    assert_int_equal(json_array_size(works), 1);
    const json_t *work = json_array_get(works, 0), *time = json_object_get(work, "time");
    const fsim_fitted_work *fitted = &teams.work[teams.team[i].serves[0] ? 0 : 1];
    const fsim_stage_fit *fit = fitted->time;
    assert_int_equal(fit->exit[0].n_parts, 1);
    assert_true(number_of(work, "abandoned") == (double)fitted->n_abandoned);
    assert_true(number_of(time, "ended") == (double)fitted->n_served);
    assert_true(number_of(time, "n") >= (double)fitted->n_served);
    assert_int_equal(json_is_null(json_object_get(work, "patience")), fitted->patience == NULL);
    for (size_t p = 0; p < fit->n_theta; p++) {
      const json_t *parameter = json_array_get(json_object_get(time, "parameters"), p);
      const double unit =
          strcmp(json_string_value(json_object_get(parameter, "unit")), "h") == 0 ? 3600 : 1;
      const double off = 1.959963984540054 * sqrt(fit->covariance[p * fit->n_theta + p]);
      assert_true(fabs(log_of(parameter, "estimate", unit) - fit->theta[p]) < 1e-4);
      assert_true(fabs(log_of(parameter, "low", unit) - fit->theta[p] + off) < 1e-4);
      assert_true(fabs(log_of(parameter, "high", unit) - fit->theta[p] - off) < 1e-4);
    }
  }
  fsim_fitted_teams_free(&teams);
  json_decref(root);
}

/* The files that fit writes hold the teams and run; queues are about as long as they were. */
static void the_fitted_scenario_has_the_teams(void **state) {
  (void)state;
  static char out[1 << 16];
  fsim_report *report = fsim_report_new();
  fsim_log *log = exported(3, report);
  assert_int_equal(
      shell(PROGRAM " fit events.csv --mapping map.yaml --recent all -o fitted", out, sizeof out),
      0);
  assert_non_null(strstr(out, "Team sdr: 2 at once"));
  assert_int_equal(quietly("grep -q 'sdr: {size: 2, hours: .{days: mon-fri, from: \"09:00\", "
                           "to: \"17:00\"}.}' fitted/scenario.yaml"),
                   0);
  check_report(log, report);
  fsim_log_free(log);
  fsim_report_free(report);
  assert_int_equal(quietly("grep -q 'work: {team: sdr, time: ' fitted/desk.yaml"), 0);
  assert_int_equal(quietly(PROGRAM " check fitted/scenario.yaml"), 0);
  assert_int_equal(quietly(PROGRAM " run fitted/scenario.yaml -n 4 -q -o forecast.h5"), 0);
  assert_int_equal(
      quietly(PROGRAM " fit events.csv --mapping map.yaml --teams none -o plain && ! grep -q "
                      "teams: plain/scenario.yaml"),
      0);
}

int main(void) {
  gsl_set_error_handler_off();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(sizes_hours_work_and_patience_are_recovered),
      cmocka_unit_test(the_fitted_scenario_has_the_teams),
  };
  return cmocka_run_group_tests(tests, set_up, remove_folder);
}
