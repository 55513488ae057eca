#include <gsl/gsl_errno.h>
#include <jansson.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* cmocka needs the above first */
#include <cmocka.h>

#include "cli/check_print.h"
#include "cli/terminal.h"
#include "sim/model/source.h"

typedef struct checked {
  fsim_report *report;
  fsim_source *source;
  fsim_scenario *scenario;
  fsim_inspection inspection;
} checked;

/* FEATURES T2, with a name that must be escaped in a graph. */
static const char closing[] =
    "funnel: closing\n"
    "title: 'The \"last\" step'\n"
    "entry: open\n"
    "stages:\n"
    "  open:\n"
    "    exits:\n"
    "      won: {probability: 0.3, wait: {lognormal: {median: 20 d, sigma: 0.5}}}\n"
    "      lost: {probability: rest, wait: {lognormal: {median: 45 d, sigma: 0.9}}}\n"
    "    drop: {win_probability_below: 0.02, to: lost}\n"
    "outcomes: {won: {counts_as: win}, lost: {}}\n";

/* The oracle segments-p, long-run figures a week. */
static const char deals[] =
    "funnel: check-deals\n"
    "entry: lead\n"
    "stages:\n"
    "  lead: {wait: {lognormal: {mean: 2 d, cv: 0.9}}, exits: {demo: 0.4, lost: 0.6}}\n"
    "  demo: {wait: {lognormal: {mean: 5 d, cv: 0.9}}, exits: {offer: 0.5, lead: 0.05, lost: "
    "rest}}\n"
    "  offer: {wait: {gamma: {mean: 7 d, cv: 0.9}}, exits: {won: 0.45, lost: 0.55}}\n"
    "outcomes: {won: {counts_as: win}, lost: {}}\n"
    "value: {lognormal: {mean: 6000, cv: 1.2}}\n"
    "overrides:\n"
    "  - when: {segment: enterprise}\n"
    "    value: {lognormal: {mean: 60000, cv: 0.9}}\n"
    "    stages:\n"
    "      lead: {wait: {lognormal: {mean: 5 d, cv: 0.7}}, exits: {demo: 0.25, lost: 0.75}}\n"
    "      demo: {wait: {lognormal: {mean: 14 d, cv: 0.7}}, exits: {offer: 0.6, lead: 0.05, "
    "lost: 0.35}}\n"
    "      offer: {wait: {gamma: {mean: 30 d, cv: 0.7}}, exits: {won: 0.35, lost: 0.65}}\n";
static const char segments[] =
    "scenario: segments\n"
    "models: [check-deals]\n"
    "start: 2026-01-05\n"
    "horizon: 52 w\n"
    "replications: 10\n"
    "seed: 1\n"
    "attributes: {segment: [smb, enterprise]}\n"
    "streams:\n"
    "  all: {into: check-deals, rate: 25 / d, attributes: {segment: {smb: 0.8, enterprise: "
    "0.2}}}\n";

static void write_file(const char *path, const char *text) {
  FILE *file = fopen(path, "w");
  assert_non_null(file);
  assert_true(fputs(text, file) >= 0);
  assert_int_equal(fclose(file), 0);
}

static void open_checked(checked *c, const char *path) {
  memset(c, 0, sizeof *c);
  c->report = fsim_report_new();
  assert_non_null(c->report);
  int status = fsim_source_load(path, NULL, 0, c->report, &c->source);
  if (status != FSIM_OK) print_error("%s\n", fsim_report_message(c->report, 0)->text);
  assert_int_equal(status, FSIM_OK);
  assert_int_equal(fsim_source_realise(c->source, FSIM_CENTRAL, c->report, &c->scenario), FSIM_OK);
  assert_int_equal(fsim_inspection_make(c->scenario, false, c->report, &c->inspection), FSIM_OK);
}

static void close_checked(checked *c) {
  fsim_inspection_free(&c->inspection);
  fsim_scenario_free(c->scenario);
  fsim_source_free(c->source);
  fsim_report_free(c->report);
}

typedef int printer(const fsim_inspection *, FILE *, fsim_report *);

static char *printed(const checked *c, printer *print) {
  static char text[65536];
  FILE *out = tmpfile();
  assert_non_null(out);
  assert_int_equal(print(&c->inspection, out, c->report), FSIM_OK);
  rewind(out);
  text[fread(text, 1, sizeof text - 1, out)] = '\0';
  fclose(out);
  return text;
}

#define CLOSING FSIM_BINARY_DIR "/check-closing.yaml"
#define SEGMENTS FSIM_BINARY_DIR "/check-segments.yaml"

/* The whole text with single spaces: where lines are broken does not matter. */
static const char *told(const checked *c) {
  char *text = printed(c, fsim_print_inspection), *end = text;
  for (const char *p = text; *p; p++) {
    char letter = *p == '\n' ? ' ' : *p;
    if (letter != ' ' || end == text || end[-1] != ' ') *end++ = letter;
  }
  *end = '\0';
  return text;
}

static void the_text_tells_what_the_drop_rule_is(void **state) {
  (void)state;
  checked c;
  write_file(CLOSING, closing);
  open_checked(&c, CLOSING);
  const char *text = told(&c);
  assert_non_null(strstr(text, "= after 56.4 days"));
  assert_non_null(strstr(text, "1.91 % of wins"));
  assert_non_null(strstr(text, "a model without leads"));
  close_checked(&c);
}

static void the_text_fits_80_columns(void **state) {
  (void)state;
  checked c;
  open_checked(&c, FSIM_SOURCE_DIR "/scenarios/segments.yaml");
  char *line = strtok(printed(&c, fsim_print_inspection), "\n");
  size_t lines = 0;
  for (; line; line = strtok(NULL, "\n"), lines++) assert_true(fsim_text_columns(line) <= 80);
  assert_true(lines > 20);
  close_checked(&c);
}

static void the_json_has_the_long_run_of_every_segment(void **state) {
  (void)state;
  checked c;
  write_file(FSIM_BINARY_DIR "/check-deals.yaml", deals);
  write_file(SEGMENTS, segments);
  open_checked(&c, SEGMENTS);
  json_t *all = json_loads(printed(&c, fsim_print_inspection_json), 0, NULL);
  assert_non_null(all);
  const json_t *funnel = json_array_get(json_object_get(all, "funnels"), 0);
  const json_t *groups = json_object_get(funnel, "groups");
  assert_int_equal(json_array_size(groups), 2);
  double wins = 0, value = 0;
  for (size_t g = 0; g < 2; g++) {
    const json_t *group = json_array_get(groups, g);
    double won = json_real_value(json_object_get(group, "wins_per_week"));
    wins += won;
    value += won * json_real_value(json_object_get(group, "mean_value"));
  }
  assert_true(fabs(wins / 14.7179023508 - 1) < 1e-9);
  assert_true(fabs(value / 188788.426763 - 1) < 1e-9);
  const json_t *smb = json_array_get(groups, 0);
  assert_string_equal(json_string_value(json_object_get(smb, "leads")), "segment smb");
  assert_true(fabs(json_real_value(json_object_get(smb, "cycle_mean_won_s")) / 86400 -
                   14.1428571429) < 1e-8);
  json_decref(all);
  close_checked(&c);
}

static size_t count(const char *text, char letter) {
  size_t n = 0;
  for (; *text; text++) n += *text == letter;
  return n;
}

static void the_graph_is_closed_and_escapes_names(void **state) {
  (void)state;
  checked c;
  write_file(CLOSING, closing);
  open_checked(&c, CLOSING);
  const char *text = printed(&c, fsim_print_graph);
  assert_int_equal(strncmp(text, "digraph \"", 9), 0);
  assert_int_equal(count(text, '{'), count(text, '}'));
  assert_non_null(strstr(text, "label=\"The \\\"last\\\" step\""));
  assert_int_equal(count(text, '"') % 2, 0);
  assert_non_null(strstr(text, "style=dotted"));
  close_checked(&c);
}

static void an_horizon_below_the_cycle_time_is_a_warning(void **state) {
  (void)state;
  checked c;
  write_file(FSIM_BINARY_DIR "/check-deals.yaml", deals);
  write_file(SEGMENTS, segments);
  const char *short_horizon[] = {"horizon=1 d"};
  memset(&c, 0, sizeof c);
  c.report = fsim_report_new();
  assert_int_equal(fsim_source_load(SEGMENTS, short_horizon, 1, c.report, &c.source), FSIM_OK);
  assert_int_equal(fsim_source_realise(c.source, FSIM_CENTRAL, c.report, &c.scenario), FSIM_OK);
  assert_int_equal(fsim_inspection_make(c.scenario, false, c.report, &c.inspection), FSIM_OK);
  printed(&c, fsim_print_inspection);
  bool told = false;
  for (size_t i = 0; fsim_report_message(c.report, i); i++) {
    const fsim_message *m = fsim_report_message(c.report, i);
    told |= m->severity == FSIM_WARNING && strstr(m->text, "horizon is only") != NULL;
  }
  assert_true(told);
  close_checked(&c);
}

/* x: 20 leads a day of an hour each; open 39 of 168 h, Tuesday the 6th closed in a run of one week:
 * 32 h; y gets work only from a date on, z never. */
static const char with_teams[] =
    "scenario: teams\nmodels:\n  f:\n    funnel: f\n    entry: a\n    stages:\n"
    "      a: {work: {team: x, time: 1 h}, exits: {won: 0.5, lost: rest}}\n"
    "    outcomes: {won: {counts_as: win}, lost: {}}\n"
    "start: 2026-01-05\nhorizon: 1 w\nreplications: 2\nseed: 1\n"
    "streams: {web: {into: f, rate: 20 / d}}\n"
    "teams:\n"
    "  x: {size: 1.5, concurrency: 2, limit: 5, cost: 30 / h, closed: [2026-01-06],\n"
    "    hours: {days: mon-fri, from: 09:00, to: 17:00}}\n"
    "  y: {size: 3, queue: lifo}\n"
    "  z: {size: 1, changes: [{on: 2026-01-08, size: 2}]}\n"
    "changes: [{on: 2026-01-10, set: {f.stages.a.work.team: y}}]\n";
#define TEAMS FSIM_BINARY_DIR "/check-teams.yaml"

static bool warned(const checked *c, fsim_severity severity, const char *part) {
  const fsim_message *m;
  for (size_t i = 0; (m = fsim_report_message(c->report, i)); i++)
    if (m->severity == severity && strstr(m->text, part)) return true;
  return false;
}

/* 20 visits a day hold a place of x for the hour of work, 5.25 h as it is open 32 of 168 h, and 48
 * h of waiting: 44.375 places on average (Little 1961). */
static void places_held_to_the_end_of_visits_are_load(void **state) {
  (void)state;
  static const char *const sets[] = {"f.stages.a.work.occupies=stage", "f.stages.a.wait=2 d"};
  static const char *const sizes[] = {"teams.x.size=22", "teams.x.size=22.5"};
  write_file(TEAMS, with_teams);
  for (int enough = 0; enough < 2; enough++) {
    const char *all[] = {sets[0], sets[1], sizes[enough]};
    checked c = {.report = fsim_report_new()};
    assert_int_equal(fsim_source_load(TEAMS, all, 3, c.report, &c.source), FSIM_OK);
    assert_int_equal(fsim_source_realise(c.source, FSIM_CENTRAL, c.report, &c.scenario), FSIM_OK);
    assert_int_equal(fsim_inspection_make(c.scenario, false, c.report, &c.inspection), FSIM_OK);
    assert_true(fabs(c.inspection.team_load[0] * 168 / 32 - 44.375) < 1e-9);
    assert_non_null(strstr(told(&c), "work for 44.4 of them in open hours, with places held"));
    assert_int_equal(warned(&c, FSIM_WARNING, "team x has 44 places in open hours but work for"),
                     !enough);
    close_checked(&c);
  }
}

static void teams_are_told_with_load_and_use(void **state) {
  (void)state;
  checked c;
  write_file(TEAMS, with_teams);
  open_checked(&c, TEAMS);
  const char *text = told(&c);
  assert_non_null(strstr(text,
                         "x: 3 places (size 1.5, 2 places each), open mon-fri 09:00-17:00 "
                         "but on 1 date (32 of 168 h a week), first come"));
  assert_non_null(strstr(text, "z: 1.571 places (size 1, 2 from 2026-01-08), always open"));
  assert_true(warned(&c, FSIM_WARNING, "team x has 3 places in open hours but work for 4.375"));
  assert_true(warned(&c, FSIM_NOTE, "no stage gives work to team z"));
  assert_false(warned(&c, FSIM_NOTE, "work to team y"));
  json_t *all = json_loads(printed(&c, fsim_print_inspection_json), 0, NULL);
  const json_t *teams = json_object_get(all, "teams"), *x = json_array_get(teams, 0);
  assert_int_equal(json_array_size(teams), 3);
  assert_string_equal(json_string_value(json_object_get(x, "hours")), "mon-fri 09:00-17:00");
  assert_int_equal(json_integer_value(json_object_get(x, "closed_dates")), 1);
  assert_true(json_is_null(json_object_get(json_array_get(teams, 1), "hours")));
  assert_true(fabs(json_real_value(json_object_get(x, "load_in_open_hours")) - 4.375) < 1e-9);
  assert_true(fabs(json_real_value(json_object_get(x, "open_share")) - 32.0 / 168) < 1e-9);
  assert_true(fabs(json_real_value(json_object_get(x, "cost_per_hour")) - 30) < 1e-9);
  assert_int_equal(json_integer_value(json_object_get(x, "limit")), 5);
  assert_true(json_is_true(json_object_get(json_array_get(teams, 1), "used")));
  assert_true(json_is_false(json_object_get(json_array_get(teams, 2), "used")));
  assert_true(json_is_null(json_object_get(json_array_get(teams, 2), "limit")));
  json_decref(all);
  assert_non_null(strstr(printed(&c, fsim_print_graph), "label=\"a\\n(x)\""));
  close_checked(&c);
}

int main(void) {
  gsl_set_error_handler_off();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_text_tells_what_the_drop_rule_is),
      cmocka_unit_test(the_text_fits_80_columns),
      cmocka_unit_test(the_json_has_the_long_run_of_every_segment),
      cmocka_unit_test(teams_are_told_with_load_and_use),
      cmocka_unit_test(places_held_to_the_end_of_visits_are_load),
      cmocka_unit_test(the_graph_is_closed_and_escapes_names),
      cmocka_unit_test(an_horizon_below_the_cycle_time_is_a_warning),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
