/* Exports of simulated replications hold what the run counted: leads, entries by stage, ends by
 * outcome, value, work by team; for the whole run and as it was known at the end of any week. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h> /* needs the others before it */
/* clang-format on */

#include <math.h>

#include "sim/engine/engine.h"
#include "tests/analysis/export_rows.h"

#define WEEK 604800
#define WEEKS 10

/* Loops, links, rules, people who give up, a team for one segment, and changes on dates: one
 * gives a stage to another team. */
static const char yaml[] =
    "scenario: counted\n"
    "start: 2026-01-05\n"
    "horizon: 10 w\n"
    "replications: 1\n"
    "seed: 11\n"
    "attributes: {segment: [smb, enterprise]}\n"
    "models:\n"
    "  basic:\n"
    "    funnel: basic\n"
    "    entry: talk\n"
    "    stages:\n"
    "      talk:\n"
    "        work: {team: sdr, time: {gamma: {mean: 3 h, cv: 1}}, patience: {exponential: {mean: "
    "1 d}}}\n"
    "        wait: {exponential: {mean: 2 d}}\n"
    "        exits: {offer: 0.6, lost: rest}\n"
    "      offer:\n"
    "        work: {team: sdr, time: 1 h}\n"
    "        wait: {lognormal: {mean: 6 d, cv: 1}}\n"
    "        expire: {after: 12 d, to: lost}\n"
    "        exits: {won: 0.4, talk: 0.2, lost: rest}\n"
    "    outcomes: {won: {counts_as: win}, lost: {}}\n"
    "    value: {lognormal: {mean: 1000, cv: 1}}\n"
    "    overrides:\n"
    "      - when: {segment: enterprise}\n"
    "        stages: {offer: {work: {team: ae}}}\n"
    "  more:\n"
    "    funnel: more\n"
    "    entry: ask\n"
    "    stages: {ask: {wait: {gamma: {mean: 5 d, cv: 0.6}}, exits: {won: 0.4, lost: rest}}}\n"
    "    outcomes: {won: {counts_as: win}, lost: {}}\n"
    "teams: {sdr: {size: 2, hours: {days: mon-fri, from: '09:00', to: '17:00'}}, ae: {size: 1}}\n"
    "streams:\n"
    "  web: {into: basic, rate: 9 / d, attributes: {segment: {smb: 0.7, enterprise: 0.3}}}\n"
    "  fair: {into: basic, rate: 1 / d, attributes: {segment: enterprise}}\n"
    "links:\n"
    "  - {from: basic.won, to: more, probability: 0.8, after: {exponential: {mean: 5 d}}}\n"
    "  - {from: basic.lost, to: basic, probability: 0.2, after: 7 d}\n";

static const char changes[] =
    "changes:\n"
    "  - {on: 2026-02-02, applies_to: next_stage, set: {basic.stages.talk.work.team: ae}}\n"
    "  - {on: 2026-02-16, share: 50 %, set: {basic.stages.offer.exits.won: +10 pp}}\n";

typedef struct simulated {
  fsim_source *source;
  fsim_scenario *scenario;
  fsim_shape *shape;
  fsim_trajectory *rows; /* a copy */
  int64_t *record;
} simulated;

static int take(void *self, const fsim_trajectory *part, fsim_report *report) {
  simulated *s = self;
  (void)report;
  assert_null(s->rows); /* one part */
  s->rows = fsim_trajectory_new(part->n_attributes);
  assert_non_null(s->rows);
  for (int t = 0; t < FSIM_N_TABLES; t++) {
    assert_int_equal(fsim_trajectory_reserve(s->rows, (fsim_table)t, part->rows[t]), 0);
    s->rows->rows[t] = part->rows[t];
  }
  for (int c = 0; c < FSIM_N_COLUMNS; c++)
    memcpy(s->rows->column[c], part->column[c],
           part->rows[fsim_columns[c].table] * fsim_column_size(fsim_columns[c].type));
  for (size_t a = 0; a < part->n_attributes; a++)
    memcpy(s->rows->attribute[a], part->attribute[a], part->rows[FSIM_LEADS]);
  return FSIM_OK;
}

static int finish(void *self, uint32_t replication, const int64_t *record, fsim_report *report) {
  simulated *s = self;
  (void)replication;
  (void)report;
  s->record = malloc(s->shape->n_cells * sizeof *record);
  assert_non_null(s->record);
  memcpy(s->record, record, s->shape->n_cells * sizeof *record);
  return FSIM_OK;
}

static bool help(void *self) {
  (void)self;
  return false;
}

static int tend(void *self, fsim_report *report) {
  (void)self;
  (void)report;
  return FSIM_OK;
}

static int commit(void *self, uint32_t done, const fsim_pool *pool, fsim_report *report) {
  (void)self;
  (void)done;
  (void)pool;
  (void)report;
  return FSIM_OK;
}

static simulated simulate(bool with_changes) {
  char text[4096];
  simulated s = {0};
  fsim_run_result result;
  fsim_report *report = fsim_report_new();
  snprintf(text, sizeof text, "%s%s", yaml, with_changes ? changes : "");
  s.scenario = parse_scenario(text, &s.source);
  assert_int_equal(fsim_shape_make(s.scenario, report, &s.shape), FSIM_OK);
  const fsim_sink sink = {&s, take, finish, help, tend, commit};
  const fsim_run_options options = {.threads = 1, .keep = {UINT32_MAX, 1}, .end = 1};
  assert_int_equal(fsim_run(s.source, s.scenario, s.shape, &options, &sink, report, &result),
                   FSIM_OK);
  fsim_report_free(report);
  return s;
}

static void free_simulated(simulated *s) {
  free(s->record);
  fsim_trajectory_free(s->rows);
  fsim_shape_free(s->shape);
  fsim_scenario_free(s->scenario);
  fsim_source_free(s->source);
}

/* Sum over the first weeks of one column of a weekly count, all leads together. */
static int64_t counted(const simulated *s, fsim_cells array, int weeks, size_t index) {
  int64_t sum = 0;
  for (int w = 0; w < weeks; w++) sum += s->record[fsim_cell(s->shape, array, (size_t)w, index, 0)];
  return sum;
}

static size_t index_of(const char *name, const char *const *names, size_t n) {
  for (size_t i = 0; i < n; i++)
    if (strcmp(names[i], name) == 0) return i;
  fail_msg("unknown name %s", name);
  return n;
}

static size_t outcome_of(const fsim_scenario *s, const char *funnel, const char *outcome) {
  for (size_t o = 0; o < s->n_outcomes; o++)
    if (strcmp(s->outcomes[o].name, outcome) == 0 &&
        strcmp(s->funnels[s->outcomes[o].funnel].name, funnel) == 0)
      return o;
  fail_msg("unknown outcome %s.%s", funnel, outcome);
  return 0;
}

static void expect_leads(const simulated *s, const fsim_export_request *request, int weeks) {
  int64_t leads[2] = {0};
  assert_int_equal(s->scenario->n_streams, 2);
  const char *const names[] = {s->scenario->streams[0].name, s->scenario->streams[1].name};
  table t = open_table("leads", request);
  while (next(&t)) leads[index_of(field(&t, "stream"), names, 2)]++;
  for (size_t i = 0; i < 2; i++) {
    assert_true(leads[i] > 20);
    assert_int_equal(leads[i], counted(s, FSIM_WEEK_ARRIVED, weeks, i));
  }
}

static void expect_deals(const simulated *s, const fsim_export_request *request, int weeks) {
  int64_t ended[4] = {0}, cents[4] = {0}, open = 0, all = 0, started = 0, won = 0;
  assert_int_equal(s->scenario->n_outcomes, 4);
  table t = open_table("deals", request);
  while (next(&t)) {
    all++;
    const char *status = field(&t, "status");
    const bool is_open = strcmp(status, "open") == 0;
    assert_int_equal(is_open, field(&t, "outcome")[0] == '\0');
    assert_int_equal(is_open, field(&t, "closed")[0] == '\0');
    assert_int_equal(strcmp(status, "won") == 0, strcmp(field(&t, "outcome"), "won") == 0);
    open += is_open;
    if (is_open) continue;
    const size_t o = outcome_of(s->scenario, field(&t, "funnel"), field(&t, "outcome"));
    won += s->scenario->outcomes[o].win;
    ended[o]++;
    cents[o] += llround(100 * strtod(field(&t, "value"), NULL));
  }
  assert_true(won > 10 && open > 10);
  for (size_t o = 0; o < 4; o++) {
    assert_int_equal(ended[o], counted(s, FSIM_WEEK_ENDED, weeks, o));
    assert_int_equal(cents[o], counted(s, FSIM_WEEK_VALUE, weeks, o));
    open += ended[o];
  }
  for (size_t f = 0; f < 2; f++) started += counted(s, FSIM_WEEK_STARTED, weeks, f);
  assert_int_equal(open, started);
  assert_int_equal(all, started);
}

static void expect_history(const simulated *s, const fsim_export_request *request, int weeks) {
  int64_t entered[3] = {0}, left[3] = {0};
  char last[32] = "", deal[64] = "";
  assert_int_equal(s->scenario->n_stages, 3);
  const char *const names[] = {s->scenario->stages[0].name, s->scenario->stages[1].name,
                               s->scenario->stages[2].name};
  table t = open_table("history", request);
  while (next(&t)) {
    const size_t stage = index_of(field(&t, "stage"), names, 3);
    entered[stage]++;
    left[stage] += field(&t, "left")[0] != '\0';
    /* Each stage is entered when the one before was left. */
    if (strcmp(deal, field(&t, "deal_id")) == 0) assert_string_equal(field(&t, "entered"), last);
    snprintf(deal, sizeof deal, "%s", field(&t, "deal_id"));
    snprintf(last, sizeof last, "%s", field(&t, "left"));
  }
  for (size_t i = 0; i < 3; i++) {
    assert_int_equal(entered[i], counted(s, FSIM_WEEK_ENTERED, weeks, i));
    assert_int_equal(left[i], counted(s, FSIM_WEEK_LEFT, weeks, i));
  }
}

static void holds_what_was_counted(void **state) {
  (void)state;
  simulated s = simulate(true);
  for (int weeks = 4; weeks <= WEEKS; weeks += 3) {
    const fsim_export_request request = {s.scenario, s.rows, weeks * WEEK, NULL};
    expect_leads(&s, &request, weeks);
    expect_deals(&s, &request, weeks);
    expect_history(&s, &request, weeks);
  }
  free_simulated(&s);
}

static int64_t events_of(table *t, const char *lifecycle, const char *team) {
  int64_t n = 0;
  while (next(t))
    n += strcmp(field(t, "lifecycle"), lifecycle) == 0 && strcmp(field(t, "resource"), team) == 0;
  return n;
}

/* Work begins as often as the run counted for the team, and everybody who came is scheduled; some
 * gave up. The stage's team is that of the lead's segment. */
static void work_is_told_of_the_team_that_did_it(void **state) {
  (void)state;
  simulated s = simulate(false);
  const fsim_export_request request = {s.scenario, s.rows, WEEKS * WEEK, NULL};
  int64_t joined = 0, abandoned = 0;
  for (size_t team = 0; team < s.scenario->n_teams; team++) {
    table t = open_table("events", &request);
    const int64_t begun = events_of(&t, "start", s.scenario->teams[team].name);
    assert_true(begun > 20);
    assert_int_equal(begun, s.record[fsim_cell(s.shape, FSIM_SERVED, team, 0, 0)]);
    joined += s.record[fsim_cell(s.shape, FSIM_JOINED, team, 0, 0)];
    abandoned += s.record[fsim_cell(s.shape, FSIM_ABANDONED, team, 0, 0)];
  }
  table t = open_table("events", &request);
  assert_true(abandoned > 10);
  assert_int_equal(events_of(&t, "schedule", ""), joined);
  free_simulated(&s);
}

/* From its date on a change for all gives the stage's work to the other team. */
static void the_team_changes_with_the_stage(void **state) {
  (void)state;
  simulated s = simulate(true);
  const fsim_export_request request = {s.scenario, s.rows, WEEKS * WEEK, NULL};
  table t = open_table("events", &request);
  bool later = false;
  size_t before = 0, after = 0;
  while (next(&t)) {
    if (strcmp(field(&t, "activity"), "talk") != 0) continue;
    if (strcmp(field(&t, "lifecycle"), "schedule") == 0)
      later = strcmp(field(&t, "timestamp"), "2026-02-02T00:00:00") >= 0;
    if (strcmp(field(&t, "lifecycle"), "start") != 0) continue;
    assert_string_equal(field(&t, "resource"), later ? "ae" : "sdr");
    *(later ? &after : &before) += 1;
  }
  assert_true(before > 50 && after > 50);
  free_simulated(&s);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(holds_what_was_counted),
      cmocka_unit_test(work_is_told_of_the_team_that_did_it),
      cmocka_unit_test(the_team_changes_with_the_stage),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
