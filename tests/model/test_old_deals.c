/* Open deals that are older than their stage's waits are told before a run. */
/* cmocka.h wants the others before it. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */
#include <string.h>

#include "sim/model/old_deals.h"
#include "sim/model/source.h"

static const char *const yaml =
    "scenario: t\nstart: 2026-01-05\nhorizon: 10 w\nseed: 1\n"
    "models:\n  f:\n    funnel: f\n    entry: a\n    stages:\n"
    "      a: {wait: {uniform: {min: 1 d, max: 30 d}}, exits: {q: 0.5, lost: rest}}\n"
    "      q: {work: {team: t, time: 1 h}, exits: {won: 0.5, lost: rest}}\n"
    "    outcomes: {won: {counts_as: win}, lost: {}}\n"
    "teams: {t: {size: 1}}\n"
    "streams:\n  web: {into: f, rate: 1 / d}\n"
    "pipeline: {file: deals.csv, funnel: f, stage: stage, entered: entered}\n";

static size_t warnings_for(const char *csv, const char **text) {
  const char *names[] = {"deals.csv"};
  const size_t length = strlen(csv);
  fsim_report *report = fsim_report_new();
  fsim_source *source = NULL;
  fsim_scenario *scenario = NULL;
  assert_int_equal(fsim_source_parse("t.yaml", yaml, strlen(yaml), names, &csv, &length, 1, NULL, 0,
                                     report, &source),
                   FSIM_OK);
  assert_int_equal(fsim_source_realise(source, FSIM_CENTRAL, report, &scenario), FSIM_OK);
  size_t before = fsim_report_count(report, FSIM_WARNING);
  fsim_warn_old_deals(scenario, report);
  size_t warnings = fsim_report_count(report, FSIM_WARNING) - before;
  if (warnings > 0) {
    static char kept[512];
    const fsim_message *message = NULL;
    for (size_t i = 0; fsim_report_message(report, i); i++)
      if (fsim_report_message(report, i)->severity == FSIM_WARNING)
        message = fsim_report_message(report, i);
    strncpy(kept, message->text, sizeof kept - 1);
    *text = kept;
  }
  fsim_scenario_free(scenario);
  fsim_source_free(source);
  fsim_report_free(report);
  return warnings;
}

static void a_deal_within_its_waits_is_fine(void **state) {
  (void)state;
  const char *text = NULL;
  assert_int_equal(warnings_for("stage,entered\na,2025-12-10\na,2026-01-05\n", &text), 0);
}

static void a_deal_beyond_all_waits_is_told_with_its_stage(void **state) {
  (void)state;
  const char *text = NULL;
  assert_int_equal(warnings_for("stage,entered\na,2025-12-10\na,2025-10-01\n", &text), 1);
  assert_non_null(strstr(text, "1 of 2 open deals in f.a are older"));
}

static void a_deal_in_a_queue_may_have_any_age(void **state) {
  (void)state;
  const char *text = NULL;
  assert_int_equal(warnings_for("stage,entered\nq,2025-10-01\n", &text), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_deal_within_its_waits_is_fine),
      cmocka_unit_test(a_deal_beyond_all_waits_is_told_with_its_stage),
      cmocka_unit_test(a_deal_in_a_queue_may_have_any_age),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
