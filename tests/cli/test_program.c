/* The built program as a planner runs it: commands, exit statuses, files. No shell in between. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h> /* needs the others before it */
/* clang-format on */

#define PROGRAM FSIM_BINARY_DIR "/funnelsim"

extern char **environ;

static char folder[64];
static char *out_text, *err_text; /* what the last command wrote */

static const char tiny[] =
    "scenario: tiny\n"
    "models: [one]\n"
    "start: 2026-01-05\n"
    "horizon: 8 w\n"
    "warm_up: 1 w\n"
    "replications: 6\n"
    "seed: 7\n"
    "attributes: {segment: [smb, enterprise]}\n"
    "streams:\n"
    "  web: {into: one, rate: 20 / d, attributes: {segment: {smb: 0.7, enterprise: 0.3}}}\n";

static const char model[] =
    "funnel: one\n"
    "entry: talk\n"
    "stages:\n"
    "  talk:\n"
    "    wait: {exponential: {mean: 4 d}}\n"
    "    expire: {after: 10 d, to: lost}\n"
    "    exits: {offer: 0.6, lost: rest}\n"
    "  offer:\n"
    "    wait: {lognormal: {mean: 6 d, cv: 1}}\n"
    "    exits: {won: 0.5, talk: 0.1, lost: rest}\n"
    "outcomes: {won: {counts_as: win}, lost: {}}\n"
    "value: {lognormal: {mean: 1000, cv: 1}}\n";

/* A second funnel behind the first, whose loop ends after two visits. */
static const char linked[] =
    "scenario: linked\n"
    "models: [one, two]\n"
    "start: 2026-01-05\n"
    "horizon: 8 w\n"
    "replications: 3\n"
    "seed: 7\n"
    "attributes: {segment: [smb]}\n"
    "streams:\n"
    "  web: {into: one, rate: {uncertain: {uniform: {min: 10 / d, max: 20 / d}}},\n"
    "        attributes: {segment: smb}}\n"
    "links: [{from: one.won, to: two, after: 2 d}]\n";

static const char second_model[] =
    "funnel: two\n"
    "entry: ask\n"
    "stages:\n"
    "  ask:\n"
    "    wait: {exponential: {mean: 1 d}}\n"
    "    max_visits: {count: 2, to: lost}\n"
    "    exits: {again: 0.8, won: rest}\n"
    "  again:\n"
    "    wait: 1 h\n"
    "    exits: {ask: 1}\n"
    "outcomes: {won: {counts_as: win}, lost: {}}\n";

static void put(const char *name, const char *text) {
  char path[160];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  FILE *file = fopen(path, "w");
  assert_non_null(file);
  assert_true(fputs(text, file) >= 0);
  assert_int_equal(fclose(file), 0);
}

static char *get(const char *name) {
  char path[160];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  FILE *file = fopen(path, "rb");
  if (!file) return NULL;
  char *text = calloc(1, 1 << 20);
  size_t length = fread(text, 1, (1 << 20) - 1, file);
  text[length] = '\0';
  fclose(file);
  return text;
}

static bool exists(const char *name) {
  char path[160];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  return access(path, F_OK) == 0;
}

static pid_t start(const char *const *words) {
  char *argv[24] = {(char *)(uintptr_t)PROGRAM};
  for (size_t i = 0; words[i]; i++) argv[i + 1] = (char *)(uintptr_t)words[i];
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addchdir_np(&actions, folder);
  posix_spawn_file_actions_addopen(&actions, 1, "stdout.txt", O_WRONLY | O_CREAT | O_TRUNC, 0600);
  posix_spawn_file_actions_addopen(&actions, 2, "stderr.txt", O_WRONLY | O_CREAT | O_TRUNC, 0600);
  pid_t child = 0;
  assert_int_equal(posix_spawn(&child, PROGRAM, &actions, NULL, argv, environ), 0);
  posix_spawn_file_actions_destroy(&actions);
  return child;
}

static int finish(pid_t child) {
  int status = 0;
  assert_int_equal(waitpid(child, &status, 0), child);
  free(out_text);
  free(err_text);
  out_text = get("stdout.txt");
  err_text = get("stderr.txt");
  assert_true(WIFEXITED(status));
  return WEXITSTATUS(status);
}

#define RUN(...) finish(start((const char *const[]){__VA_ARGS__, NULL}))

static void has(const char *text, const char *words) {
  if (!strstr(text, words)) fail_msg("\"%s\" is not in:\n%s", words, text);
}

static int begin(void **state) {
  (void)state;
  strcpy(folder, "/tmp/fsim-test-program-XXXXXX");
  if (!mkdtemp(folder)) return -1;
  unsetenv("NO_COLOR");
  put("tiny.yaml", tiny);
  put("one.yaml", model);
  put("two.yaml", second_model);
  put("linked.yaml", linked);
  return 0;
}

static int end(void **state) {
  (void)state;
  DIR *files = opendir(folder);
  if (!files) return -1;
  for (struct dirent *file; (file = readdir(files)) != NULL;)
    if (file->d_name[0] != '.') unlinkat(dirfd(files), file->d_name, 0);
  closedir(files);
  free(out_text);
  free(err_text);
  out_text = err_text = NULL;
  return rmdir(folder);
}

/* ---- help and usage ---- */

static void helps(void **state) {
  (void)state;
  assert_int_equal(RUN("--help"), 0);
  static const char *const commands[] = {"check", "run", "summary", "trace"};
  for (size_t i = 0; i < 4; i++) has(out_text, commands[i]);
  assert_int_equal(RUN("--version"), 0);
  assert_memory_equal(out_text, "funnelsim ", 10);
  for (size_t i = 0; i < 4; i++) {
    assert_int_equal(RUN(commands[i], "--help"), 0);
    has(out_text, "usage: funnelsim ");
    has(out_text, "example:\n  funnelsim ");
    assert_string_equal(err_text, "");
    for (char *line = strtok(out_text, "\n"); line; line = strtok(NULL, "\n"))
      if (strlen(line) > 80) fail_msg("wider than 80 columns: %s", line);
  }
}

static void refuses_wrong_usage(void **state) {
  (void)state;
  assert_int_equal(finish(start((const char *const[]){NULL})), 2);
  assert_int_equal(RUN("rnu"), 2);
  has(err_text, "did you mean run?");
  assert_int_equal(RUN("--verison"), 2);
  assert_int_equal(RUN("run", "tiny.yaml", "--quite"), 2);
  has(err_text, "did you mean --quiet?");
  assert_int_equal(RUN("run"), 2);
  has(err_text, "name a scenario file");
  assert_int_equal(RUN("run", "tiny.yaml", "-n", "0"), 2);
  assert_int_equal(RUN("run", "tiny.yaml", "--trajectories", "some"), 2);
  assert_int_equal(RUN("run", "tiny.yaml", "--engine", "independant"), 2);
  has(err_text, "did you mean independent?");
  assert_int_equal(RUN("run", "tiny.yaml", "--engine", "foo"), 2);
  has(err_text, "independent, stagewise, calendar");
  has(err_text, "exact");
  assert_int_equal(RUN("run", "tiny.yaml", "--set", "streams.wbe.rate=3/d"), 2);
  assert_int_equal(RUN("trace", "tiny.yaml", "--lead", "web"), 2);
  assert_int_equal(RUN("trace", "tiny.yaml", "--lead", "wbe/0"), 2);
  has(err_text, "did you mean \"web\"?");
  assert_int_equal(RUN("trace", "tiny.yaml", "--lead", "web/999999"), 2);
  assert_false(exists("tiny.h5"));
  assert_false(exists("tiny.h5.partial"));
}

static void refuses_missing_and_broken_files(void **state) {
  (void)state;
  assert_int_equal(RUN("run", "none.yaml"), 2);
  has(err_text, "none.yaml");
  assert_int_equal(RUN("summary", "none.h5"), 2);
  put("foreign.h5", "this is no HDF5 file\n");
  assert_int_not_equal(RUN("summary", "foreign.h5"), 0);
  has(err_text, "foreign.h5");
  assert_int_not_equal(RUN("trace", "foreign.h5", "-l", "web/0"), 0);
  put("result.h5", "\x89HDF\r\n\x1a\n, and so on");
  assert_int_equal(RUN("run", "result.h5"), 2);
  has(err_text, "funnelsim summary result.h5");
  assert_int_equal(RUN("check", "result.h5"), 2);
  has(err_text, "result.h5 is a result file, not a scenario");
  put("bad.yaml", "scenario: bad\nmodels: [one]\nhorizn: 8 w\n");
  assert_int_equal(RUN("run", "bad.yaml"), 2);
  has(err_text, "bad.yaml:3:1: error: ");
  has(err_text, "\n  horizn: 8 w\n  ^\n");
  has(err_text, "horizon");
  assert_null(strstr(err_text, "\x1b"));
  assert_int_equal(RUN("run", "one.yaml"), 2);
  has(err_text, "no streams");
}

/* ---- running ---- */

static void runs_and_ends_with_the_path(void **state) {
  (void)state;
  assert_int_equal(RUN("run", "tiny.yaml"), 0);
  has(out_text, "won");
  has(out_text, "\nMoney\n"); /* no currency is named */
  size_t length = strlen(out_text);
  assert_true(length > 9);
  assert_string_equal(out_text + length - 9, "\ntiny.h5\n");
  has(err_text, "6 replications");
  has(err_text, "trajectories kept: all leads of all replications");
  assert_true(exists("tiny.h5"));
  assert_false(exists("tiny.h5.partial"));
}

/* What check warns of, a run says too and keeps. */
static void warns_of_what_may_mislead(void **state) {
  (void)state;
  static const char *const team[] = {"teams: {desk: {size: 1}}\n",
                                     "    work: {team: desk, time: 3 h}\n"};
  char text[2048];
  snprintf(text, sizeof text, "%s%s", tiny, team[0]);
  put("busy.yaml", text);
  const char *wait = strstr(model, "    wait: {exponential: {mean: 4 d}}\n");
  snprintf(text, sizeof text, "%.*s%s%s", (int)(wait - model), model, team[1], wait);
  put("one.yaml", text);
  assert_int_equal(RUN("run", "busy.yaml", "-q", "-o", "busy.h5"), 0);
  has(err_text, "team desk has 1 place in open hours but work for 2.");
  has(out_text, "Warning: team desk");
  put("one.yaml", model);
}

static void writes_over_nothing_unasked(void **state) {
  (void)state;
  assert_int_equal(RUN("run", "tiny.yaml", "-o", "a.h5", "--no-summary", "-q"), 0);
  assert_string_equal(out_text, "a.h5\n");
  assert_string_equal(err_text, "");
  assert_int_equal(RUN("run", "tiny.yaml", "-o", "a.h5"), 2);
  has(err_text, "--force");
  assert_int_equal(RUN("run", "tiny.yaml", "-o", "a.h5", "--force", "-q"), 0);
  assert_int_equal(RUN("run", "tiny.yaml", "-o", "a.h5", "--resume"), 2);
  has(err_text, "--extend");
  assert_int_equal(RUN("run", "tiny.yaml", "-o", "b.h5", "--resume"), 2);
  has(err_text, "nothing to resume");
}

static void forecasts_without_writing(void **state) {
  (void)state;
  assert_int_equal(RUN("run", "tiny.yaml", "--dry-run"), 0);
  has(out_text, "leads");
  has(out_text, "1,120"); /* 20 a day for 56 days */
  has(out_text, "6,720");
  assert_false(exists("tiny.h5"));
  assert_false(exists("tiny.h5.partial"));
}

static void tells_of_weeks(void **state) {
  (void)state;
  assert_int_equal(RUN("run", "tiny.yaml", "-o", "w.h5", "-q", "--no-summary"), 0);
  assert_int_equal(RUN("summary", "w.h5", "--weeks", "--target", "won >= 3"), 0);
  has(out_text, "Probability of won >= 3 by then");
  assert_int_equal(RUN("summary", "w.h5", "--weeks", "--csv"), 0);
  has(out_text, "from,to,group,metric,");
  assert_int_equal(RUN("summary", "w.h5", "--weeks", "--full"), 2);
  assert_int_equal(RUN("summary", "w.h5", "--target", "won >= 3"), 2);
  has(err_text, "--weeks");
  assert_int_equal(RUN("summary", "w.h5", "--weeks", "--target", "won >= 3 / month"), 2);
  has(err_text, "in all");
}

static void does_not_depend_on_threads(void **state) {
  (void)state;
  assert_int_equal(RUN("run", "tiny.yaml", "-o", "a.h5", "-q", "-t", "1", "--no-summary"), 0);
  assert_int_equal(RUN("run", "tiny.yaml", "-o", "b.h5", "-q", "-t", "3", "--no-summary"), 0);
  assert_int_equal(RUN("summary", "--json", "a.h5"), 0);
  char *first = out_text;
  out_text = NULL;
  assert_int_equal(RUN("summary", "--json", "b.h5"), 0);
  assert_string_equal(out_text, first);
  free(first);
}

static void hears_seed_and_set(void **state) {
  (void)state;
  assert_int_equal(RUN("run", "tiny.yaml", "--dry-run", "--seed", "99", "--set",
                       "streams.web.rate=40 / d", "-n", "3"),
                   0);
  has(out_text, "seed 99");
  has(out_text, "2,240");
}

static void extends_to_what_a_longer_run_gives(void **state) {
  (void)state;
  assert_int_equal(RUN("run", "tiny.yaml", "-o", "a.h5", "-q", "-n", "4", "--no-summary"), 0);
  assert_int_equal(RUN("run", "--extend", "5", "a.h5", "-q", "--no-summary"), 0);
  assert_int_equal(RUN("run", "tiny.yaml", "-o", "b.h5", "-q", "-n", "9", "--no-summary"), 0);
  assert_int_equal(RUN("summary", "--json", "a.h5"), 0);
  char *first = out_text;
  out_text = NULL;
  assert_int_equal(RUN("summary", "--json", "b.h5"), 0);
  assert_string_equal(out_text, first);
  free(first);
  assert_int_equal(RUN("run", "--extend", "5", "a.h5", "--seed", "3"), 2);
  has(err_text, "--seed");
}

static void refuses_folders_that_cannot_be_written(void **state) {
  (void)state;
  assert_int_not_equal(RUN("run", "tiny.yaml", "-o", "nowhere/a.h5"), 0);
  has(err_text, "nowhere");
  /* Nobody can make files there, root included. */
  assert_int_equal(RUN("run", "tiny.yaml", "-o", "/proc/a.h5"), 1);
  has(err_text, "/proc/a.h5");
}

/* A run too long to finish is interrupted, resumed to a nearer end, and compared. */
static void stops_cleanly_and_resumes(void **state) {
  (void)state;
  const char *const words[] = {"run",          "tiny.yaml", "-o", "a.h5",           "-n",
                               "400000",       "-t",        "1",  "--trajectories", "none",
                               "--no-summary", NULL};
  pid_t child = start(words);
  for (int i = 0; i < 600 && !exists("a.h5.partial"); i++)
    nanosleep(&(struct timespec){0, 10000000}, NULL);
  nanosleep(&(struct timespec){1, 0}, NULL);
  assert_int_equal(kill(child, SIGINT), 0);
  assert_int_equal(finish(child), 1);
  has(err_text, "stopped: ");
  has(err_text, "--resume");
  assert_false(exists("a.h5"));
  assert_true(exists("a.h5.partial"));
  unsigned done = 0;
  const char *told = strstr(err_text, "stopped: ");
  assert_int_equal(sscanf(told, "stopped: %u of", &done), 1);
  assert_true(done > 0 && done < 400000);
  assert_int_equal(RUN("run", "tiny.yaml", "-o", "a.h5"), 2);
  has(err_text, "--resume");
  char whole[32];
  snprintf(whole, sizeof whole, "%u", done + 10);
  assert_int_equal(RUN("run", "tiny.yaml", "-o", "a.h5", "-n", whole, "--trajectories", "none",
                       "--no-summary", "--resume"),
                   0);
  assert_false(exists("a.h5.partial"));
  assert_int_equal(
      RUN("run", "tiny.yaml", "-o", "b.h5", "-n", whole, "--trajectories", "none", "--no-summary"),
      0);
  assert_int_equal(RUN("summary", "--json", "a.h5"), 0);
  char *first = out_text;
  out_text = NULL;
  assert_int_equal(RUN("summary", "--json", "b.h5"), 0);
  assert_string_equal(out_text, first);
  free(first);
}

static void tells_the_story_of_a_lead(void **state) {
  (void)state;
  assert_int_equal(RUN("run", "tiny.yaml", "-q", "--no-summary"), 0);
  assert_int_equal(RUN("trace", "tiny.h5", "--replication", "3", "--lead", "web/5"), 0);
  has(out_text, "tiny, replication 3, seed 7");
  has(out_text, "web/5 arrives: segment ");
  has(out_text, "journey 0: enters one, worth ");
  has(out_text, "  one.talk: ");
  has(out_text, "journey 0: one.");
  char *first = out_text;
  out_text = NULL;
  assert_int_equal(RUN("trace", "tiny.yaml", "--replication", "3", "--lead", "web/5"), 0);
  assert_string_equal(out_text, first);
  free(first);
}

static void tells_why_leads_move(void **state) {
  (void)state;
  int expired = 0, open = 0, again = 0, left = 0;
  for (int i = 0; i < 60; i++) {
    char lead[32];
    snprintf(lead, sizeof lead, "web/%d", i * 17);
    assert_int_equal(RUN("trace", "tiny.yaml", "--lead", lead), 0);
    expired += strstr(out_text, ", then lost: expired, would have gone to ") != NULL;
    open += strstr(out_text, "still open at the horizon") != NULL;
    again += strstr(out_text, "one.talk (visit 2): ") != NULL;
    left += strstr(out_text, "one.talk: ") != NULL;
  }
  assert_true(expired > 0 && open > 0 && again > 0);
  assert_int_equal(left, 60);
}

static void follows_links_and_limits(void **state) {
  (void)state;
  int linked_from = 0, limited = 0;
  for (int i = 0; i < 60; i++) {
    char lead[32];
    snprintf(lead, sizeof lead, "web/%d", i);
    assert_int_equal(RUN("trace", "linked.yaml", "-r", "2", "-l", lead), 0);
    linked_from +=
        strstr(out_text, "journey 1: enters two, linked from one.won of journey 0\n") != NULL;
    limited += strstr(out_text, ", then lost: ask has had its max_visits\n") != NULL;
    assert_null(strstr(out_text, "two.ask (visit 3)"));
  }
  assert_true(linked_from > 0 && limited > 0);
}

static void makes_pairs_of_uncertain_replications(void **state) {
  (void)state;
  assert_int_equal(RUN("run", "linked.yaml", "--no-summary"), 0);
  has(err_text, "note: 4 replications instead of 3");
  assert_int_equal(RUN("run", "--extend", "1", "linked.h5", "--no-summary"), 0);
  has(err_text, "note: 6 replications instead of 5");
}

static void runs_to_the_precision_that_is_asked_for(void **state) {
  (void)state;
  char *text = calloc(1, sizeof tiny + 100);
  const char *line = strstr(tiny, "replications: 6\n");
  snprintf(text, sizeof tiny + 100,
           "%.*sprecision: {metric: one.won, half_width: 2 %%, confidence: 95 %%}\n%s",
           (int)(line - tiny), tiny, line + strlen("replications: 6\n"));
  put("precise.yaml", text);
  free(text);
  assert_int_equal(RUN("run", "precise.yaml", "--no-summary"), 0);
  has(err_text, "one.won is then known to within");
  assert_int_equal(RUN("run", "precise.yaml", "-n", "2", "--no-summary", "-o", "a.h5"), 0);
  has(err_text, "2 replications, about");
  assert_int_equal(RUN("run", "precise.yaml", "--precision", "40%", "--no-summary", "-o", "b.h5"),
                   0);
  has(err_text, "30 replications, about");
  assert_int_equal(RUN("run", "precise.yaml", "--precision", "1", "-o", "c.h5"), 2);
  assert_int_equal(RUN("run", "precise.yaml", "--precision", "1%", "-n", "9", "-o", "c.h5"), 2);
}

/* Every shipped scenario's summary, short, full and by week: 80 columns, and nothing cut. */
static void summaries_of_shipped_scenarios_fit(void **state) {
  (void)state;
  static const char *const shipped[] = {"five-funnels",   "growth-uncertain", "quarter",
                                        "rollout-before", "rollout-pilot",    "segments",
                                        "sales-team"};
  for (size_t i = 0; i < sizeof shipped / sizeof *shipped; i++) {
    char path[512];
    snprintf(path, sizeof path, FSIM_SOURCE_DIR "/scenarios/%s.yaml", shipped[i]);
    assert_int_equal(RUN("check", "--levers", path), 0);
    for (const char *line = out_text; *line != '\0'; line += strcspn(line, "\n") + 1)
      if (strcspn(line, "\n") > 80) fail_msg("%s: wider than 80 columns: %.90s", shipped[i], line);
    assert_int_equal(RUN("run", path, "-o", "a.h5", "-f", "-q", "-n", "4", "--no-summary"), 0);
    static const char *const how[] = {"", "--full", "--weeks"};
    for (int form = 0; form < 3; form++) {
      assert_int_equal(form > 0 ? RUN("summary", "a.h5", how[form]) : RUN("summary", "a.h5"), 0);
      assert_null(strstr(out_text, "…"));
      size_t columns = 0, lines = 0;
      for (const char *c = out_text; *c != '\0'; c++) {
        lines += *c == '\n';
        columns = *c == '\n' ? 0 : columns + (((unsigned char)*c & 0xC0) != 0x80);
        if (columns > 80) fail_msg("%s: wider than 80 columns before: %.40s", shipped[i], c);
      }
      if (form == 0 && lines > 80) fail_msg("%s: %zu lines are no screenful", shipped[i], lines);
    }
  }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(helps),
      TEST(refuses_wrong_usage),
      TEST(refuses_missing_and_broken_files),
      TEST(runs_and_ends_with_the_path),
      TEST(warns_of_what_may_mislead),
      TEST(writes_over_nothing_unasked),
      TEST(forecasts_without_writing),
      TEST(tells_of_weeks),
      TEST(does_not_depend_on_threads),
      TEST(hears_seed_and_set),
      TEST(extends_to_what_a_longer_run_gives),
      TEST(refuses_folders_that_cannot_be_written),
      TEST(stops_cleanly_and_resumes),
      TEST(tells_the_story_of_a_lead),
      TEST(tells_why_leads_move),
      TEST(follows_links_and_limits),
      TEST(makes_pairs_of_uncertain_replications),
      TEST(runs_to_the_precision_that_is_asked_for),
      TEST(summaries_of_shipped_scenarios_fit),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
