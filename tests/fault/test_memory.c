/* The n-th allocation of our own code fails, for n = 1, 2, …: each time there is an error value
 * with a message, no crash, and (under AddressSanitizer) no leak. Allocations inside libraries are
 * their own business and never fail here.
 *
 *   test_memory          all of the first ones, then a sample
 *   test_memory all      every single one (minutes); a third word chooses a test
 */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h> /* needs the others before it */
/* clang-format on */
#include <gsl/gsl_errno.h>
#include <hdf5.h>
#include <stdatomic.h>

#include "analysis/decide/compare.h"
#include "analysis/decide/global.h"
#include "analysis/decide/next_step.h"
#include "analysis/decide/screening.h"
#include "analysis/decide/sensitivity.h"
#include "analysis/decide/weekly.h"
#include "analysis/stored.h"
#include "analysis/summary.h"
#include "cli/check_exact.h"
#include "sim/engine/engine.h"
#include "sim/store/store.h"

/* Counts down to the one that fails; 0: none does. */
static atomic_long left;
static atomic_bool failed;

static bool fails(void) {
  if (atomic_load(&left) <= 0 || atomic_fetch_sub(&left, 1) != 1) return false;
  atomic_store(&failed, true);
  return true;
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *old, size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);
int __real_posix_memalign(void **to, size_t alignment, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *old, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);
int __wrap_posix_memalign(void **to, size_t alignment, size_t size);

void *__wrap_malloc(size_t size) {
  return fails() ? NULL : __real_malloc(size);
}
void *__wrap_calloc(size_t n, size_t size) {
  return fails() ? NULL : __real_calloc(n, size);
}
void *__wrap_realloc(void *old, size_t size) {
  return fails() ? NULL : __real_realloc(old, size);
}
void *__wrap_aligned_alloc(size_t alignment, size_t size) {
  return fails() ? NULL : __real_aligned_alloc(alignment, size);
}
int __wrap_posix_memalign(void **to, size_t alignment, size_t size) {
  return fails() ? 12 : __real_posix_memalign(to, alignment, size);
}

static char folder[] = "/tmp/funnelsim-fault-XXXXXX";
static bool thorough;

static void path_of(char path[256], const char *name) {
  snprintf(path, 256, "%s/%s", folder, name);
}

/* Links, teams, changes, uncertain numbers, overrides, open deals: a little of everything. */
static const char scenario[] =
    "scenario: all\nstart: 2026-01-05\nhorizon: 4 w\nwarm_up: 1 w\nreplications: 2\nseed: 3\n"
    "attributes: {segment: [smb, enterprise]}\n"
    "models:\n  one:\n    funnel: one\n    entry: talk\n    stages:\n"
    "      talk: {work: {team: desk, time: {gamma: {mean: 1 h, cv: 0.5}}, patience: 3 d}, exits: "
    "{offer: 0.5, lost: rest}}\n"
    "      offer: {wait: {lognormal: {mean: 4 d, cv: 1}}, expire: {after: 20 d, to: lost}, exits: "
    "{won: 0.5, lost: rest}}\n"
    "    outcomes: {won: {counts_as: win}, lost: {}}\n    value: {lognormal: {mean: 90, cv: 1}}\n"
    "    overrides: [{when: {segment: smb}, stages: {offer: {wait: {scale: 2}}}}]\n"
    "streams: {web: {into: one, rate: {uncertain: {gamma: {mean: 5 / d, cv: 0.2}}}, attributes: "
    "{segment: {smb: 0.5, enterprise: 0.5}}}}\n"
    "links: [{from: one.lost, to: one, probability: 0.1, after: 5 d}]\n"
    "teams: {desk: {size: 1, hours: {days: mon-fri, from: \"09:00\", to: \"17:00\"}}}\n"
    "changes: [{on: 2026-01-19, set: {one.stages.talk.exits.offer: +5 pp}}]\n";

/* Without teams: links, a loop, a race, a rule and open ends. */
static const char without_teams[] =
    "scenario: alone\nstart: 2026-01-05\nhorizon: 3 w\nreplications: 2\nseed: 3\n"
    "attributes: {segment: [smb, enterprise]}\n"
    "models:\n  one:\n    funnel: one\n    entry: talk\n    stages:\n"
    "      talk: {wait: {exponential: {mean: 2 d}}, exits: {offer: 0.5, lost: rest}}\n"
    "      offer: {wait: {lognormal: {mean: 4 d, cv: 1}}, expire: {after: 20 d, to: lost}, exits: "
    "{won: 0.5, talk: 0.1, lost: rest}}\n"
    "    outcomes: {won: {counts_as: win}, lost: {}}\n    value: {lognormal: {mean: 90, cv: 1}}\n"
    "streams: {web: {into: one, rate: 5 / d, attributes: {segment: {smb: 0.5, enterprise: "
    "0.5}}}}\n"
    "links: [{from: one.lost, to: one, probability: 0.1, after: 5 d}]\n";

/* Counted stage by stage: a line, two stages that share a team, and what lies between. */
static const char by_stages[] =
    "scenario: stages\nstart: 2026-01-05\nhorizon: 3 w\nreplications: 2\nseed: 3\n"
    "attributes: {segment: [smb, enterprise]}\n"
    "models:\n  one:\n    funnel: one\n    entry: talk\n    stages:\n"
    "      talk: {work: {team: desk, time: 1 h, patience: 3 d}, exits: {look: 0.8, lost: rest}}\n"
    "      look: {work: {team: room, time: 2 h}, exits: {offer: 0.7, lost: rest}}\n"
    "      offer: {wait: {exponential: {mean: 1 d}}, exits: {sign: 0.5, lost: rest}}\n"
    "      sign: {work: {team: room, time: 1 h}, exits: {won: 0.9, lost: rest}}\n"
    "    outcomes: {won: {counts_as: win}, lost: {}}\n    value: {lognormal: {mean: 90, cv: 1}}\n"
    "streams:\n  web: {into: one, rate: 9 / d, attributes: {segment: {smb: 0.5, enterprise: "
    "0.5}}}\n"
    "  ads: {into: one, rate: 5 / d, attributes: {segment: smb}}\n"
    "teams:\n  desk: {size: 1}\n"
    "  room: {size: 1, queue: {priority: [{when: {segment: enterprise}}]}, limit: 20}\n";

/* ---- what is done while memory fails ---- */

static int load(fsim_report *report, fsim_source **source, fsim_scenario **central,
                fsim_shape **shape) {
  char path[256];
  path_of(path, "s.yaml");
  int status = fsim_source_load(path, NULL, 0, report, source);
  if (status == FSIM_OK) status = fsim_source_realise(*source, FSIM_CENTRAL, report, central);
  if (status == FSIM_OK) status = fsim_shape_make(*central, report, shape);
  return status;
}

static int run_to_file(fsim_report *report) {
  char path[256];
  path_of(path, "out.h5");
  fsim_source *source = NULL;
  fsim_scenario *central = NULL;
  fsim_shape *shape = NULL;
  fsim_store_writer *writer = NULL;
  int status = load(report, &source, &central, &shape);
  fsim_store_options options = {.path = path,
                                .engine = "calendar",
                                .keep_replications = UINT32_MAX,
                                .keep_share = 1,
                                .replications = 2};
  if (status == FSIM_OK)
    status = fsim_store_create(source, central, shape, &options, report, &writer);
  fsim_run_options run = {.threads = 1, .keep = {UINT32_MAX, 1}, .end = 2};
  fsim_run_result result;
  if (status == FSIM_OK)
    status = fsim_run(source, central, shape, &run, fsim_store_sink(writer), report, &result);
  if (status == FSIM_OK) status = fsim_store_finish(writer, report, report);
  if (writer != NULL) fsim_store_close(writer);
  fsim_shape_free(shape);
  fsim_scenario_free(central);
  fsim_source_free(source);
  return status;
}

static int summarise(fsim_report *report) {
  char path[256];
  path_of(path, "good.h5");
  fsim_store_reader *reader = NULL;
  fsim_pool *pool = NULL;
  fsim_summary *summary = NULL;
  fsim_series_source source;
  fsim_summary_options options = {0};
  FILE *out = tmpfile();
  if (out == NULL) return FSIM_FAILED;
  int status = fsim_store_open(path, report, &reader);
  if (status == FSIM_OK) status = fsim_stored_source(reader, report, &pool, &source);
  if (status == FSIM_OK) status = fsim_summary_make(&source, &options, report, &summary);
  if (status == FSIM_OK)
    status = fsim_summary_uncertain(summary, fsim_store_source(reader), report);
  fsim_row_source rows = fsim_stored_rows(reader);
  if (status == FSIM_OK)
    status = fsim_summary_known(summary, fsim_store_source(reader), &rows, report);
  fsim_summary_frame frame = {.complete = true, .full = true};
  if (status == FSIM_OK) status = fsim_summary_text(summary, &frame, out, report);
  if (status == FSIM_OK) status = fsim_summary_csv(summary, out, report);
  fsim_weekly *weekly = NULL;
  const fsim_weekly_options by_week = {.target = "won >= 1"};
  if (status == FSIM_OK) status = fsim_weekly_make(&source, &by_week, report, &weekly);
  if (status == FSIM_OK) status = fsim_weekly_text(weekly, out, report);
  if (status == FSIM_OK) status = fsim_weekly_json(weekly, out, report);
  if (status == FSIM_OK) status = fsim_weekly_csv(weekly, out, report);
  fsim_weekly_free(weekly);
  fclose(out);
  fsim_summary_free(summary);
  fsim_pool_free(pool);
  if (reader != NULL) fsim_store_reader_close(reader);
  return status;
}

static int decide(fsim_report *report) {
  char path[256];
  path_of(path, "s.yaml");
  fsim_variant variant = {0};
  fsim_sensitivity *sensitivity = NULL;
  const char *glob = "teams.*";
  fsim_sensitivity_options options = {
      .steps = {.globs = &glob, .n_globs = 1}, .replications = 2, .threads = 1};
  FILE *out = tmpfile();
  if (out == NULL) return FSIM_FAILED;
  int status = fsim_variant_load(path, NULL, 0, report, &variant);
  if (status == FSIM_OK) status = fsim_sensitivity_make(&variant, &options, report, &sensitivity);
  if (status == FSIM_OK) status = fsim_sensitivity_text(sensitivity, 9, out, report);
  fclose(out);
  fsim_sensitivity_free(sensitivity);
  fsim_variant_free(&variant);
  return status;
}

static int follow(fsim_report *report) {
  char path[256];
  path_of(path, "s.yaml");
  fsim_variant variant = {0};
  fsim_next *next = NULL;
  const char *glob = "one.stages.offer.exits.won", *step = "probability=+30 pp";
  fsim_sensitivity_options options = {
      .steps = {.globs = &glob, .n_globs = 1, .steps = &step, .n_steps = 1},
      .replications = 8,
      .threads = 1};
  FILE *out = tmpfile();
  if (out == NULL) return FSIM_FAILED;
  int status = fsim_variant_load(path, NULL, 0, report, &variant);
  if (status == FSIM_OK) status = fsim_next_make(&variant, &options, 1, report, &next);
  if (status == FSIM_OK) status = fsim_next_text(next, out, report);
  fclose(out);
  fsim_next_free(next);
  fsim_variant_free(&variant);
  return status;
}

/* A range and an uncertain number: what both analyses over ranges need. */
typedef struct varied {
  fsim_variant variant;
  fsim_global_options options;
  FILE *out;
} varied;

static int begin_varied(varied *v, fsim_report *report) {
  static const char *const range = "teams.desk.size=1..2";
  char path[256];
  path_of(path, "s.yaml");
  *v = (varied){.options = {.inputs = {.ranges = &range, .n_ranges = 1}, .base = 4, .threads = 1},
                .out = tmpfile()};
  return v->out == NULL ? FSIM_FAILED : fsim_variant_load(path, NULL, 0, report, &v->variant);
}

static void end_varied(varied *v) {
  if (v->out != NULL) fclose(v->out);
  fsim_variant_free(&v->variant);
}

static int screen(fsim_report *report) {
  varied v;
  fsim_screening *screening = NULL;
  int status = begin_varied(&v, report);
  if (status == FSIM_OK) status = fsim_screening_make(&v.variant, &v.options, report, &screening);
  if (status == FSIM_OK) status = fsim_screening_text(screening, 9, v.out, report);
  fsim_screening_free(screening);
  end_varied(&v);
  return status;
}

static int spread(fsim_report *report) {
  varied v;
  fsim_global *global = NULL;
  int status = begin_varied(&v, report);
  if (status == FSIM_OK) status = fsim_global_make(&v.variant, &v.options, report, &global);
  if (status == FSIM_OK) status = fsim_global_text(global, v.out, report);
  fsim_global_free(global);
  end_varied(&v);
  return status;
}

/* What is left out without a word is BAD_INPUT here, which no lost allocation may bring about. */
static int work_out(fsim_report *report) {
  char path[256];
  path_of(path, "alone.yaml");
  fsim_source *source = NULL;
  fsim_scenario *central = NULL;
  FILE *out = tmpfile();
  if (out == NULL) return FSIM_FAILED;
  int status = fsim_source_load(path, NULL, 0, report, &source);
  if (status == FSIM_OK) status = fsim_source_realise(source, FSIM_CENTRAL, report, &central);
  if (status == FSIM_OK) status = fsim_print_exact(central, false, out, report);
  if (status == FSIM_OK && ftell(out) == 0) status = FSIM_BAD_INPUT;
  fclose(out);
  fsim_scenario_free(central);
  fsim_source_free(source);
  return status;
}

static int keep_no_rows(void *self, const fsim_trajectory *part, fsim_report *report) {
  (void)self, (void)part, (void)report;
  return FSIM_OK;
}

static int keep_no_record(void *self, uint32_t replication, const int64_t *record,
                          fsim_report *report) {
  (void)self, (void)replication, (void)record, (void)report;
  return FSIM_OK;
}

static bool help_nobody(void *self) {
  (void)self;
  return false;
}

static int tend_nothing(void *self, fsim_report *report) {
  (void)self, (void)report;
  return FSIM_OK;
}

static int commit_nothing(void *self, uint32_t done, const fsim_pool *pool, fsim_report *report) {
  (void)self, (void)done, (void)pool, (void)report;
  return FSIM_OK;
}

/* By the engine that is chosen by itself (which may be another one when memory fails early), then
 * with paths drawn ahead on the calendar. */
static int count_stages(fsim_report *report) {
  char path[256];
  path_of(path, "stages.yaml");
  fsim_source *source = NULL;
  fsim_scenario *central = NULL;
  fsim_shape *shape = NULL;
  fsim_sink sink = {NULL, keep_no_rows, keep_no_record, help_nobody, tend_nothing, commit_nothing};
  fsim_run_options run = {.threads = 1, .end = 2};
  fsim_run_result result;
  int status = fsim_source_load(path, NULL, 0, report, &source);
  if (status == FSIM_OK) status = fsim_source_realise(source, FSIM_CENTRAL, report, &central);
  if (status == FSIM_OK) status = fsim_shape_make(central, report, &shape);
  if (status == FSIM_OK) status = fsim_run(source, central, shape, &run, &sink, report, &result);
  run.engine = "calendar";
  if (status == FSIM_OK) status = fsim_run(source, central, shape, &run, &sink, report, &result);
  fsim_shape_free(shape);
  fsim_scenario_free(central);
  fsim_source_free(source);
  return status;
}

/* ---- one failure after the other ---- */

typedef int (*deed)(fsim_report *report);

/* False when everything was done before the n-th allocation. */
static bool fail_at(deed what, long n) {
  fsim_report *report = fsim_report_new();
  assert_non_null(report);
  atomic_store(&failed, false);
  atomic_store(&left, n);
  int status = what(report);
  atomic_store(&left, 0);
  bool hit = atomic_load(&failed);
  /* A lost note or a smaller cache may be borne; what is lost in earnest must be told. */
  if (hit && status != FSIM_OK && status != FSIM_FAILED)
    fail_msg("allocation %ld: status %d: %s", n, status,
             fsim_report_message(report, 0) == NULL ? "" : fsim_report_message(report, 0)->text);
  if (!hit) assert_int_equal(status, FSIM_OK);
  fsim_report_free(report);
  return hit;
}

static void fail_at_many(deed what, bool at_all) {
  long n = 1;
  size_t tried = 0;
  while (fail_at(what, n)) {
    tried++;
    n += at_all || n < 60 ? 1 : 1 + n / 24;
  }
  print_message("%zu failures, %ld allocations\n", tried, n);
  assert_true(tried > 60);
}

static void fail_everywhere(deed what) {
  fail_at_many(what, thorough);
}

static void running(void **state) {
  (void)state;
  fail_everywhere(run_to_file);
}

static void summarising(void **state) {
  (void)state;
  fail_everywhere(summarise);
}

static void deciding(void **state) {
  (void)state;
  fail_everywhere(decide);
}

static void following(void **state) {
  (void)state;
  fail_everywhere(follow);
}

static void screening(void **state) {
  (void)state;
  fail_everywhere(screen);
}

/* Its sixty-four points all do the same: a sample is enough. */
static void spreading(void **state) {
  (void)state;
  fail_at_many(spread, false);
}

/* Every single one: the second grid's are the last of hundreds. */
static void working_out(void **state) {
  (void)state;
  fail_at_many(work_out, true);
}

/* Every single one: those of a piece, a knot and a queue are the last of hundreds. */
static void counting_stages(void **state) {
  (void)state;
  fail_at_many(count_stages, true);
}

static int write_file(const char *name, const char *text) {
  char path[256];
  path_of(path, name);
  FILE *file = fopen(path, "w");
  return file == NULL || fputs(text, file) == EOF || fclose(file) != 0 ? -1 : 0;
}

static int begin(void **state) {
  (void)state;
  char path[256], good[256];
  if (mkdtemp(folder) == NULL || write_file("s.yaml", scenario) != 0 ||
      write_file("alone.yaml", without_teams) != 0 || write_file("stages.yaml", by_stages) != 0)
    return -1;
  int status = run_to_file(NULL);
  path_of(path, "out.h5");
  path_of(good, "good.h5");
  return status == FSIM_OK ? rename(path, good) : -1;
}

static int end(void **state) {
  (void)state;
  char command[128];
  snprintf(command, sizeof command, "rm -r %s", folder);
  return system(command);
}

int main(int argc, char **argv) {
  thorough = argc > 1 && strcmp(argv[1], "all") == 0;
  gsl_set_error_handler_off();
  H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
  if (argc > 2) cmocka_set_test_filter(argv[2]);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(counting_stages), cmocka_unit_test(running),
      cmocka_unit_test(summarising),     cmocka_unit_test(deciding),
      cmocka_unit_test(following),       cmocka_unit_test(screening),
      cmocka_unit_test(spreading),       cmocka_unit_test(working_out),
  };
  return cmocka_run_group_tests(tests, begin, end);
}
