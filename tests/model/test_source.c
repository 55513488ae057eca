/* From files to scenarios: extends, models, set, uncertain numbers, versions, resolved text. */
/* cmocka.h wants the others before it. */
/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/base/text.h"
#include "sim/model/source.h"
#include "sim/random/key.h"

static const char model[] =
    "funnel: basic\n"
    "entry: enquiry\n"
    "stages:\n"
    "  enquiry:\n"
    "    wait: {exponential: {mean: 2 d}}\n"
    "    exits: {offer: 0.5, lost: rest}\n"
    "  offer:\n"
    "    wait: 3 d\n"
    "    exits: {won: 0.4, later: 0.2, lost: 0.4}\n"
    "outcomes: {won: {counts_as: win}, later: {}, lost: {}}\n"
    "value: 1000\n";

static const char base[] =
    "scenario: base\n"
    "currency: EUR\n"
    "models: [basic]\n"
    "start: 2026-01-05\n"
    "horizon: 52 w\n"
    "replications: 50\n"
    "seed: 7\n"
    "streams: {web: {into: basic, rate: 10 / d, cost: 5}}\n";

/* A folder of its own for every test. */
typedef struct folder {
  char path[400];
  fsim_report *report;
} folder;

static int open_folder(void **state) {
  static folder f;
  snprintf(f.path, sizeof f.path, "%s/source-XXXXXX", FSIM_BINARY_DIR);
  if (!mkdtemp(f.path)) return -1;
  f.report = fsim_report_new();
  *state = &f;
  return f.report ? 0 : -1;
}

static void in_folder(const folder *f, const char *name, char *path, size_t size) {
  int length = snprintf(path, size, "%s/%s", f->path, name);
  assert_true(length > 0 && (size_t)length < size);
}

static const char *const possible_files[] = {
    "a.yaml",    "b.yaml",     "c.yaml",           "basic.yaml", "models/basic.yaml",
    "leads.csv", "sub/a.yaml", "other/basic.yaml", "models",     "sub",
    "other",     "wrong.yaml"};

static int close_folder(void **state) {
  folder *f = *state;
  char path[500];
  for (size_t i = 0; i < sizeof possible_files / sizeof *possible_files; i++) {
    in_folder(f, possible_files[i], path, sizeof path);
    remove(path);
  }
  fsim_report_free(f->report);
  return rmdir(f->path);
}

static void write_file(const folder *f, const char *name, const char *text) {
  char path[500];
  const char *slash = strchr(name, '/');
  if (slash) {
    char parent[100];
    snprintf(parent, sizeof parent, "%.*s", (int)(slash - name), name);
    in_folder(f, parent, path, sizeof path);
    mkdir(path, 0700);
  }
  in_folder(f, name, path, sizeof path);
  FILE *file = fopen(path, "w");
  assert_non_null(file);
  assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
  assert_int_equal(fclose(file), 0);
}

static int load_sets(const folder *f, const char *name, const char *const *sets, size_t n,
                     fsim_source **source) {
  char path[500];
  in_folder(f, name, path, sizeof path);
  return fsim_source_load(path, sets, n, f->report, source);
}

static fsim_source *load(const folder *f, const char *name) {
  fsim_source *source;
  if (load_sets(f, name, NULL, 0, &source) != FSIM_OK)
    fail_msg("%s: %s", name, fsim_report_message(f->report, 0)->text);
  return source;
}

static bool has_message(const folder *f, const char *words) {
  const fsim_message *message;
  for (size_t i = 0; (message = fsim_report_message(f->report, i)); i++)
    if (strstr(message->text, words)) return true;
  return false;
}

static void refused(const folder *f, const char *name, const char *words) {
  fsim_source *source;
  assert_int_equal(load_sets(f, name, NULL, 0, &source), FSIM_BAD_INPUT);
  assert_null(source);
  if (!has_message(f, words))
    fail_msg("'%s' lacks %s", fsim_report_message(f->report, 0)->text, words);
}

static const char *lever(const fsim_source *source, const char *path) {
  const fsim_lever *levers;
  size_t n;
  assert_int_equal(fsim_source_levers(source, NULL, &levers, &n), FSIM_OK);
  for (size_t i = 0; i < n; i++)
    if (strcmp(levers[i].path, path) == 0) return levers[i].value;
  return NULL;
}

static fsim_scenario *realise(const folder *f, const fsim_source *source, uint64_t pair) {
  fsim_scenario *scenario;
  if (fsim_source_realise(source, pair, f->report, &scenario) != FSIM_OK)
    fail_msg("%s", fsim_report_message(f->report, 0)->text);
  return scenario;
}

static double rate_per_day(const fsim_scenario *scenario) {
  return scenario->streams[0].rate[0].per_s * 86400;
}

/* Probability of an exit of a stage by their names. */
static double probability(const fsim_scenario *s, size_t version, const char *stage,
                          const char *exit) {
  for (size_t i = 0; i < s->n_stages; i++)
    for (size_t k = 0; strcmp(s->stages[i].name, stage) == 0 && k < s->stages[i].n_exits; k++)
      if (strcmp(s->stages[i].exits[k].name, exit) == 0)
        return fsim_stage_law_of(s, version, 0, i)->probability[k];
  fail_msg("no exit %s of %s", exit, stage);
  return NAN;
}

/* ---- files ---- */

static void loads_a_scenario_with_its_models(void **state) {
  folder *f = *state;
  write_file(f, "basic.yaml", model);
  write_file(f, "a.yaml", base);
  fsim_source *source = load(f, "a.yaml");
  fsim_scenario *s = realise(f, source, FSIM_CENTRAL);
  assert_string_equal(s->name, "base");
  assert_int_equal(s->n_stages, 2);
  assert_int_equal(s->n_versions, 1);
  assert_false(s->uncertain);
  assert_int_equal(s->n_files, 2);
  assert_int_equal(strlen(s->files[0].sha256), 64);
  assert_true(fabs(rate_per_day(s) - 10) < 1e-12);
  fsim_scenario_free(s);
  fsim_source_free(source);
}

static void variants_extend_variants(void **state) {
  folder *f = *state;
  write_file(f, "basic.yaml", model);
  write_file(f, "a.yaml", base);
  write_file(f, "b.yaml",
             "extends: a.yaml\nscenario: b\nstreams: {web: {rate: 20 / d}, "
             "expo: {into: basic, rate: 1 / d}}\n"
             "set: {basic.stages.offer.exits.won: +10 pp, streams.web.cost: x2}\n");
  write_file(f, "c.yaml",
             "extends: b.yaml\nscenario: c\nhorizon: 13 w\n"
             "set: {streams.web.rate: x1.5, streams.web.cost: +1, basic.value: x3}\n");
  fsim_source *source = load(f, "c.yaml");
  assert_string_equal(lever(source, "streams.web.rate"), "30 / d");
  assert_string_equal(lever(source, "streams.expo.rate"), "1 / d");
  assert_string_equal(lever(source, "streams.web.cost"), "11");
  assert_string_equal(lever(source, "basic.value"), "3000");
  assert_string_equal(lever(source, "basic.stages.offer.exits.won"), "0.5");
  fsim_scenario *s = realise(f, source, FSIM_CENTRAL);
  assert_string_equal(s->name, "c");
  assert_int_equal(s->horizon_s, 13 * 604800);
  assert_int_equal(s->n_streams, 2);
  assert_true(fabs(probability(s, 0, "offer", "later") - 0.2 * 0.5 / 0.6) < 1e-12);
  fsim_scenario_free(s);
  fsim_source_free(source);
}

/* A variant's distribution replaces the base's; it is not mixed with it. */
static void a_distribution_is_replaced_as_a_whole(void **state) {
  folder *f = *state;
  write_file(f, "basic.yaml", model);
  write_file(f, "a.yaml", base);
  write_file(f, "b.yaml",
             "extends: a.yaml\nmodels: {basic: {stages: {enquiry: {wait: {gamma: {mean: 1 d, cv: "
             "1}}}}}}\nprecision: {metric: basic.won, half_width: 2 %}\n");
  fsim_source *source = load(f, "b.yaml");
  assert_string_equal(lever(source, "basic.stages.enquiry.wait"), "{gamma: {mean: 1 d, cv: 1}}");
  fsim_scenario *s = realise(f, source, FSIM_CENTRAL);
  assert_int_equal(s->replications, 0);
  assert_true(s->precision.set);
  fsim_scenario_free(s);
  fsim_source_free(source);
}

static void refuses_circles(void **state) {
  folder *f = *state;
  write_file(f, "a.yaml", "extends: b.yaml\nscenario: a\n");
  write_file(f, "b.yaml", "extends: c.yaml\nscenario: b\n");
  write_file(f, "c.yaml", "extends: a.yaml\nscenario: c\n");
  refused(f, "a.yaml", "goes round in a circle");
  write_file(f, "a.yaml", "extends: a.yaml\nscenario: a\n");
  refused(f, "a.yaml", "extends itself");
}

static void refuses_what_cannot_be_extended(void **state) {
  folder *f = *state;
  write_file(f, "basic.yaml", model);
  write_file(f, "a.yaml", "extends: absent.yaml\nscenario: a\n");
  refused(f, "a.yaml", "absent.yaml: no such file");
  assert_int_equal(fsim_report_message(f->report, 0)->line, 1);
  assert_int_equal(fsim_report_message(f->report, 0)->column, 10);
  write_file(f, "b.yaml", "extends: basic.yaml\nscenario: b\n");
  refused(f, "b.yaml", "is a model, not a scenario");
  write_file(f, "c.yaml", "extends: [a.yaml]\nscenario: c\n");
  refused(f, "c.yaml", "expected the file of a scenario");
}

static void finds_models_beside_and_around_the_scenario(void **state) {
  folder *f = *state;
  write_file(f, "sub/a.yaml", base);
  write_file(f, "models/basic.yaml", model); /* ../models/ as seen from sub/ */
  fsim_source_free(load(f, "sub/a.yaml"));
  write_file(f, "a.yaml", base); /* models/ */
  fsim_source_free(load(f, "a.yaml"));
  write_file(f, "basic.yaml", "funnel: basic\n"); /* beside: comes first, and is not whole */
  fsim_source *source = load(f, "a.yaml");
  fsim_scenario *s;
  assert_int_equal(fsim_source_realise(source, FSIM_CENTRAL, f->report, &s), FSIM_BAD_INPUT);
  fsim_source_free(source);
}

static void finds_models_in_the_folder_of_the_environment(void **state) {
  folder *f = *state;
  char path[500];
  write_file(f, "a.yaml", base);
  write_file(f, "other/basic.yaml", model);
  in_folder(f, "other", path, sizeof path);
  setenv("FUNNELSIM_MODELS", path, 1);
  fsim_source *source;
  int status = load_sets(f, "a.yaml", NULL, 0, &source);
  unsetenv("FUNNELSIM_MODELS");
  assert_int_equal(status, FSIM_OK);
  fsim_source_free(source);
}

static void refuses_models_that_are_not_there(void **state) {
  folder *f = *state;
  write_file(f, "a.yaml", "scenario: a\nmodels: [baisc, ../x, wrong, wrong, zzz]\n");
  write_file(f, "wrong.yaml", model);
  write_file(f, "models/basic.yaml", model);
  refused(f, "a.yaml", "no model 'baisc': did you mean 'basic'?");
  assert_true(has_message(f, "no model 'zzz': looked for"));
  assert_true(has_message(f, "expected the name of a funnel"));
  assert_true(has_message(f, "describes the funnel 'basic'"));
  assert_int_equal(fsim_report_message(f->report, 0)->line, 2);
  assert_int_equal(fsim_report_message(f->report, 0)->column, 10);
}

static void a_model_alone_is_a_scenario_without_streams(void **state) {
  folder *f = *state;
  fsim_text text = {0};
  fsim_text_append(
      &text, "%soverrides:\n  - when: {segment: [big, huge], source: web}\n    value: 9\n", model);
  write_file(f, "basic.yaml", text.text);
  free(text.text);
  fsim_source *source = load(f, "basic.yaml");
  fsim_scenario *s = realise(f, source, FSIM_CENTRAL);
  assert_int_equal(s->n_funnels, 1);
  assert_int_equal(s->n_streams, 0);
  assert_int_equal(s->n_attributes, 2);
  assert_int_equal(s->n_profiles, 6); /* other, big, huge x other, web */
  fsim_scenario_free(s);
  fsim_source_free(source);
}

static void the_command_line_has_the_last_word(void **state) {
  folder *f = *state;
  write_file(f, "basic.yaml", model);
  write_file(f, "a.yaml", base);
  write_file(f, "b.yaml", "extends: a.yaml\nset: {streams.web.rate: 20 / d}\n");
  const char *const sets[] = {"streams.web.rate=x2", "basic.value={uniform: {min: 1, max: 2}}",
                              "basic.stages.offer.exits.won=+5 pp from lost"};
  fsim_source *source;
  assert_int_equal(load_sets(f, "b.yaml", sets, 3, &source), FSIM_OK);
  assert_string_equal(lever(source, "streams.web.rate"), "40 / d");
  assert_string_equal(lever(source, "basic.value"), "{uniform: {min: 1, max: 2}}");
  assert_string_equal(lever(source, "basic.stages.offer.exits.later"), "0.2");
  fsim_source_free(source);
}

static void refuses_broken_words_of_the_command_line(void **state) {
  folder *f = *state;
  write_file(f, "basic.yaml", model);
  write_file(f, "a.yaml", base);
  const char *const sets[] = {"nothing",
                              "=3",
                              "streams.web.rate=",
                              "streams.web.rat=3 / d",
                              "basic.value={lognormal: {mean: 1",
                              "streams.web.cost=-10"};
  fsim_source *source;
  assert_int_equal(load_sets(f, "a.yaml", sets, 6, &source), FSIM_BAD_INPUT);
  assert_null(source);
  assert_true(has_message(f, "expected PATH=VALUE"));
  assert_true(has_message(f, "did you mean 'rate'?"));
  assert_true(has_message(f, "not YAML"));
  assert_true(has_message(f, "expected an amount of money of 0 or more"));
  assert_string_equal(fsim_report_message(f->report, 0)->file, "--set nothing");
  assert_int_equal(fsim_report_count(f->report, FSIM_ERROR), 6);
}

static void tells_mistakes_of_paths_and_of_files_together(void **state) {
  folder *f = *state;
  write_file(f, "basic.yaml", model);
  fsim_text text = {0};
  fsim_text_append(&text, "%shorizn: 3 w\nset: {streams.wbe.rate: 3 / d}\n", base);
  write_file(f, "a.yaml", text.text);
  free(text.text);
  refused(f, "a.yaml", "did you mean 'web'?");
  assert_true(has_message(f, "did you mean 'horizon'?"));
}

static void refuses_files_that_are_no_scenario(void **state) {
  folder *f = *state;
  write_file(f, "a.yaml", "- 1\n- 2\n");
  refused(f, "a.yaml", "expected a map of keys");
  write_file(f, "b.yaml", "");
  refused(f, "b.yaml", "empty");
  refused(f, "absent.yaml", "no such file");
}

/* ---- input files ---- */

static void keeps_the_input_files(void **state) {
  folder *f = *state;
  write_file(f, "basic.yaml", model);
  write_file(f, "leads.csv", "created\n2026-02-01\n2026-03-01\n");
  write_file(f, "a.yaml", base);
  write_file(f, "b.yaml",
             "extends: a.yaml\nstreams: {past: {into: basic, csv: {file: leads.csv, date: "
             "created}}}\n");
  fsim_source *source = load(f, "b.yaml");
  assert_int_equal(fsim_source_n_files(source), 1);
  const char *bytes;
  size_t length;
  assert_string_equal(fsim_source_file(source, 0, &bytes, &length), "leads.csv");
  assert_string_equal(bytes, "created\n2026-02-01\n2026-03-01\n");
  assert_int_equal(length, strlen(bytes));
  assert_null(fsim_source_file(source, 1, &bytes, &length));
  /* From the result file, without any file beside it. */
  const char *const names[] = {"leads.csv"}, *const texts[] = {bytes};
  const char *resolved = fsim_source_resolved(source);
  fsim_source *again;
  assert_int_equal(fsim_source_parse("result.h5", resolved, strlen(resolved), names, texts, &length,
                                     1, NULL, 0, f->report, &again),
                   FSIM_OK);
  fsim_scenario *s = realise(f, again, FSIM_CENTRAL);
  assert_int_equal(s->n_streams, 2);
  size_t given = s->streams[0].n_given + s->streams[1].n_given;
  assert_int_equal(given, 2);
  assert_string_equal(s->files[s->n_files - 1].name, "leads.csv");
  fsim_scenario_free(s);
  fsim_source_free(again);
  fsim_source_free(source);
  write_file(f, "c.yaml",
             "extends: a.yaml\nstreams: {past: {into: basic, csv: {file: absent.csv, date: d}}}\n");
  refused(f, "c.yaml", "absent.csv: no such file");
}

/* ---- resolved text ---- */

static void resolved_text_reads_back_as_itself(void **state) {
  folder *f = *state;
  static const char *const names[] = {"five-funnels",        "growth-uncertain", "quarter",
                                      "rollout-after",       "rollout-pilot",    "segments",
                                      "sales-team-uncertain"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    char path[500];
    snprintf(path, sizeof path, "%s/scenarios/%s.yaml", FSIM_SOURCE_DIR, names[i]);
    fsim_source *source, *again;
    assert_int_equal(fsim_source_load(path, NULL, 0, f->report, &source), FSIM_OK);
    const char *resolved = fsim_source_resolved(source), *name = NULL, *bytes = NULL;
    size_t length = 0, n = fsim_source_n_files(source);
    assert_true(n <= 1);
    if (n) name = fsim_source_file(source, 0, &bytes, &length);
    assert_int_equal(fsim_source_parse("again", resolved, strlen(resolved), &name, &bytes, &length,
                                       n, NULL, 0, f->report, &again),
                     FSIM_OK);
    assert_string_equal(fsim_source_resolved(again), resolved);
    fsim_scenario *one = realise(f, source, 3), *two = realise(f, again, 3);
    assert_int_equal(one->n_versions, two->n_versions);
    assert_int_equal(one->n_streams, two->n_streams);
    double first = rate_per_day(one), second = rate_per_day(two);
    assert_memory_equal(&first, &second, sizeof first);
    fsim_scenario_free(one);
    fsim_scenario_free(two);
    fsim_source_free(again);
    fsim_source_free(source);
  }
}

static void resolved_text_keeps_awkward_texts(void **state) {
  folder *f = *state;
  static const char *const titles[] = {"'a: b # c'",
                                       "\"line\\nbreak \\t \\\\ \\\" \\x01\"",
                                       "\"12\"",
                                       "'- x'",
                                       "\"\xc3\xa9t\xc3\xa9 %\"",
                                       "'it''s {x}, [y] & *z'",
                                       "'true'",
                                       "\" padded \"",
                                       "some, plain"};
  write_file(f, "basic.yaml", model);
  for (size_t i = 0; i < sizeof titles / sizeof *titles; i++) {
    fsim_text text = {0};
    fsim_text_append(&text, "%stitle: %s\n", base, titles[i]);
    write_file(f, "a.yaml", text.text);
    free(text.text);
    fsim_source *source = load(f, "a.yaml"), *again;
    const char *resolved = fsim_source_resolved(source);
    assert_int_equal(fsim_source_parse("again", resolved, strlen(resolved), NULL, NULL, NULL, 0,
                                       NULL, 0, f->report, &again),
                     FSIM_OK);
    assert_string_equal(fsim_source_resolved(again), resolved);
    fsim_scenario *one = realise(f, source, 0), *two = realise(f, again, 0);
    assert_string_equal(one->title, two->title);
    fsim_scenario_free(one);
    fsim_scenario_free(two);
    fsim_source_free(again);
    fsim_source_free(source);
  }
}

/* ---- uncertain numbers ---- */

static fsim_source *load_uncertain(folder *f, const char *more) {
  fsim_text text = {0};
  write_file(f, "basic.yaml", model);
  write_file(f, "a.yaml", base);
  fsim_text_append(&text,
                   "extends: a.yaml\nset:\n"
                   "  streams.web.rate: {uncertain: {uniform: {min: 8 / d, max: 12 / d}}}\n%s",
                   more);
  write_file(f, "b.yaml", text.text);
  free(text.text);
  return load(f, "b.yaml");
}

static void draws_are_keyed_by_seed_pair_and_path(void **state) {
  folder *f = *state;
  fsim_source *source = load_uncertain(f, "");
  assert_true(fsim_source_uncertain(source));
  for (uint64_t pair = 0; pair < 5; pair++) {
    double u, unused;
    fsim_uniform_pair(fsim_key_make(7, pair, 0, 0, fsim_hash_name("streams.web.rate")), 0, 0,
                      FSIM_PURPOSE_UNCERTAIN, &u, &unused);
    fsim_scenario *s = realise(f, source, pair);
    assert_true(s->uncertain);
    assert_true(fabs(rate_per_day(s) - (8 + 4 * u)) < 1e-7);
    fsim_scenario_free(s);
  }
  fsim_scenario *s = realise(f, source, FSIM_CENTRAL);
  assert_true(fabs(rate_per_day(s) - 10) < 1e-7);
  fsim_scenario_free(s);
  fsim_source_free(source);
}

static void another_uncertain_number_moves_no_other(void **state) {
  folder *f = *state;
  fsim_source *one = load_uncertain(f, "");
  fsim_scenario *first = realise(f, one, 2);
  fsim_source *two = load_uncertain(
      f, "  basic.stages.enquiry.exits.offer: {uncertain: {beta: {mean: 0.5, cv: 0.1}}}\n");
  fsim_scenario *second = realise(f, two, 2);
  double a = rate_per_day(first), b = rate_per_day(second);
  assert_memory_equal(&a, &b, sizeof a);
  assert_true(probability(second, 0, "enquiry", "offer") != 0.5);
  fsim_scenario_free(first);
  fsim_scenario_free(second);
  fsim_source_free(one);
  fsim_source_free(two);
}

static void exits_without_rest_share_what_a_drawn_one_leaves(void **state) {
  folder *f = *state;
  fsim_source *source = load_uncertain(
      f, "  basic.stages.offer.exits.won: {uncertain: {uniform: {min: 0.2, max: 0.6}}}\n");
  fsim_scenario *s = realise(f, source, 1);
  double won = probability(s, 0, "offer", "won");
  assert_true(won > 0.2 && won < 0.6 && won != 0.4);
  assert_true(fabs(probability(s, 0, "offer", "later") - (1 - won) / 3) < 1e-12);
  assert_true(fabs(probability(s, 0, "offer", "lost") - (1 - won) * 2 / 3) < 1e-12);
  fsim_scenario_free(s);
  fsim_source_free(source);
}

static void a_draw_out_of_range_names_path_value_and_pair(void **state) {
  folder *f = *state;
  fsim_source *source = load_uncertain(
      f, "  basic.stages.offer.exits.won: {uncertain: {normal: {mean: 0.9, sd: 0.4}}}\n");
  size_t failed = 0;
  for (uint64_t pair = 0; pair < 40 && !failed; pair++) {
    fsim_scenario *s = NULL;
    if (fsim_source_realise(source, pair, f->report, &s) == FSIM_OK) {
      fsim_scenario_free(s);
      continue;
    }
    assert_null(s);
    failed++;
    char words[60];
    snprintf(words, sizeof words, "in pair %d of replications", (int)pair);
    assert_true(has_message(f, words));
    assert_true(has_message(f, "basic.stages.offer.exits.won is drawn as 1."));
  }
  assert_int_equal(failed, 1);
  fsim_source_free(source);
}

enum { PAIRS = 64, THREADS = 8 };

typedef struct worker {
  const fsim_source *source;
  fsim_report *report;
  size_t first;
  double *drawn; /* [PAIRS]; every worker has its own share of them */
  int failures;
} worker;

static void *realise_some(void *context) {
  worker *w = context;
  for (size_t pair = w->first; pair < PAIRS; pair += THREADS) {
    fsim_scenario *s;
    if (fsim_source_realise(w->source, pair, w->report, &s) != FSIM_OK) {
      w->failures++;
      continue;
    }
    w->drawn[pair] = rate_per_day(s) + probability(s, 0, "offer", "won");
    fsim_scenario_free(s);
  }
  return NULL;
}

static void many_threads_may_realise_at_once(void **state) {
  folder *f = *state;
  fsim_source *source = load_uncertain(
      f, "  basic.stages.offer.exits.won: {uncertain: {uniform: {min: 0.2, max: 0.6}}}\n");
  double alone[PAIRS], together[PAIRS] = {0};
  for (uint64_t pair = 0; pair < PAIRS; pair++) {
    fsim_scenario *s = realise(f, source, pair);
    alone[pair] = rate_per_day(s) + probability(s, 0, "offer", "won");
    fsim_scenario_free(s);
  }
  pthread_t thread[THREADS];
  worker workers[THREADS];
  for (size_t t = 0; t < THREADS; t++) {
    workers[t] = (worker){source, f->report, t, together, 0};
    assert_int_equal(pthread_create(&thread[t], NULL, realise_some, &workers[t]), 0);
  }
  for (size_t t = 0; t < THREADS; t++) {
    assert_int_equal(pthread_join(thread[t], NULL), 0);
    assert_int_equal(workers[t].failures, 0);
  }
  assert_memory_equal(alone, together, sizeof alone);
  fsim_source_free(source);
}

/* ---- changes on a date ---- */

static fsim_source *load_changes(folder *f, const char *changes) {
  fsim_text text = {0};
  write_file(f, "basic.yaml", model);
  write_file(f, "a.yaml", base);
  fsim_text_append(&text, "extends: a.yaml\nchanges:\n%s", changes);
  write_file(f, "b.yaml", text.text);
  free(text.text);
  return load(f, "b.yaml");
}

static void changes_for_all_form_a_chain_by_date(void **state) {
  folder *f = *state;
  fsim_source *source =
      load_changes(f,
                   "  - {on: 2026-06-01, set: {basic.stages.offer.exits.won: +10 pp}}\n"
                   "  - {on: 2026-03-01, set: {basic.stages.offer.exits.won: x0.5}}\n");
  fsim_scenario *s = realise(f, source, FSIM_CENTRAL);
  assert_int_equal(s->n_changes, 2);
  assert_int_equal(s->n_versions, 3);
  assert_int_equal(s->version_mask[0], 0);
  assert_int_equal(s->version_mask[1], 1);
  assert_int_equal(s->version_mask[2], 3);
  assert_true(fabs(probability(s, 0, "offer", "won") - 0.4) < 1e-12);
  assert_true(fabs(probability(s, 1, "offer", "won") - 0.2) < 1e-12);
  assert_true(fabs(probability(s, 2, "offer", "won") - 0.3) < 1e-12);
  fsim_scenario_free(s);
  fsim_source_free(source);
}

static void partial_changes_hold_in_any_combination(void **state) {
  folder *f = *state;
  fsim_source *source = load_changes(
      f,
      "  - {on: 2026-02-01, share: 50 %, set: {basic.stages.offer.exits.won: 0.6}}\n"
      "  - {on: 2026-03-01, set: {basic.stages.enquiry.exits.offer: 0.6}}\n"
      "  - {on: 2026-04-01, applies_to: new, set: {basic.stages.enquiry.wait: x0.5}}\n");
  fsim_scenario *s = realise(f, source, FSIM_CENTRAL);
  assert_int_equal(s->n_versions, 8);
  uint32_t seen = 0;
  for (size_t v = 0; v < s->n_versions; v++) {
    seen |= (uint32_t)1 << s->version_mask[v];
    bool first = s->version_mask[v] & 1, second = s->version_mask[v] & 2;
    assert_true(fabs(probability(s, v, "offer", "won") - (first ? 0.6 : 0.4)) < 1e-12);
    assert_true(fabs(probability(s, v, "enquiry", "offer") - (second ? 0.6 : 0.5)) < 1e-12);
  }
  assert_int_equal(seen, 0xff);
  assert_int_equal(s->version_mask[0], 0);
  fsim_scenario_free(s);
  fsim_source_free(source);
}

/* A change a month for what runs, and one for what begins: a visit that begins in a month has those
 * for what begins until then, and those for what runs until any later month. */
static void a_year_of_changes_for_everybody_fits(void **state) {
  folder *f = *state;
  fsim_text text = {0};
  for (int month = 2; month < 12; month++)
    fsim_text_append(&text,
                     "  - {on: 2026-%02d-01, applies_to: all, set: {basic.stages.offer.wait: "
                     "x1.1}}\n"
                     "  - {on: 2026-%02d-01, applies_to: next_stage, set: {basic.value: x1.1}}\n",
                     month, month);
  fsim_source *source = load_changes(f, text.text);
  free(text.text);
  fsim_scenario *s;
  assert_int_equal(fsim_source_realise(source, FSIM_CENTRAL, f->report, &s), FSIM_OK);
  size_t expected = 0; /* i of what begins, then at least i of what runs */
  for (size_t i = 0; i <= 10; i++) expected += 10 - i + 1;
  assert_int_equal(s->n_versions, expected);
  for (size_t v = 0; v < s->n_versions; v++) {
    uint32_t next = 0, all = 0;
    for (size_t c = 0; c < s->n_changes; c++) {
      const uint32_t bit = s->version_mask[v] >> c & 1;
      *(s->changes[c].applies_to == FSIM_TO_ALL ? &all : &next) += bit;
    }
    assert_true(all >= next);
  }
  fsim_scenario_free(s);
  fsim_source_free(source);
}

static void refuses_more_versions_than_there_is_room_for(void **state) {
  folder *f = *state;
  fsim_text text = {0};
  for (int month = 2; month < 9; month++)
    fsim_text_append(&text, "  - {on: 2026-%02d-01, ramp: 4 w, set: {basic.value: x1.1}}\n", month);
  fsim_source *source = load_changes(f, text.text);
  free(text.text);
  fsim_scenario *s;
  assert_int_equal(fsim_source_realise(source, FSIM_CENTRAL, f->report, &s), FSIM_BAD_INPUT);
  assert_true(has_message(f, "more than 256 different versions"));
  fsim_source_free(source);
}

static void a_change_with_an_unknown_path_is_refused(void **state) {
  folder *f = *state;
  fsim_source *source =
      load_changes(f, "  - {on: 2026-06-01, set: {basic.stages.ofer.wait: x0.5}}\n");
  fsim_scenario *s;
  assert_int_equal(fsim_source_realise(source, FSIM_CENTRAL, f->report, &s), FSIM_BAD_INPUT);
  assert_true(has_message(f, "did you mean 'offer'?"));
  fsim_source_free(source);
}

static void a_change_may_bring_an_uncertain_number(void **state) {
  folder *f = *state;
  fsim_source *source = load_changes(
      f,
      "  - {on: 2026-06-01, set: {basic.stages.enquiry.exits.offer: {uncertain: {uniform: {min: "
      "0.6, max: 0.8}}}}}\n");
  assert_true(fsim_source_uncertain(source));
  fsim_scenario *one = realise(f, source, 0), *two = realise(f, source, 1);
  double a = probability(one, 1, "enquiry", "offer"), b = probability(two, 1, "enquiry", "offer");
  assert_true(a > 0.6 && a < 0.8 && b > 0.6 && b < 0.8 && a != b);
  assert_true(fabs(probability(one, 0, "enquiry", "offer") - 0.5) < 1e-12);
  fsim_scenario_free(one);
  fsim_scenario_free(two);
  fsim_source_free(source);
}

/* ---- levers ---- */

/* Every lever's path and value can be given back to --set and changes nothing. */
static void every_lever_can_be_set(void **state) {
  folder *f = *state;
  char path[500];
  snprintf(path, sizeof path, "%s/scenarios/five-funnels.yaml", FSIM_SOURCE_DIR);
  fsim_source *source, *again;
  assert_int_equal(fsim_source_load(path, NULL, 0, f->report, &source), FSIM_OK);
  const fsim_lever *levers;
  size_t n;
  assert_int_equal(fsim_source_levers(source, f->report, &levers, &n), FSIM_OK);
  assert_true(n > 150);
  for (size_t i = 0; i < n; i++) {
    assert_true(levers[i].place.line > 0);
    if (i % 7) continue;
    fsim_text set = {0};
    fsim_text_append(&set, "%s=%s", levers[i].path, levers[i].value);
    const char *sets[] = {set.text};
    assert_int_equal(fsim_source_load(path, sets, 1, f->report, &again), FSIM_OK);
    assert_string_equal(fsim_source_resolved(again), fsim_source_resolved(source));
    free(set.text);
    fsim_source_free(again);
  }
  fsim_source_free(source);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, open_folder, close_folder)

int main(void) {
  const struct CMUnitTest tests[] = {
      IN_FOLDER(loads_a_scenario_with_its_models),
      IN_FOLDER(variants_extend_variants),
      IN_FOLDER(a_distribution_is_replaced_as_a_whole),
      IN_FOLDER(refuses_circles),
      IN_FOLDER(refuses_what_cannot_be_extended),
      IN_FOLDER(finds_models_beside_and_around_the_scenario),
      IN_FOLDER(finds_models_in_the_folder_of_the_environment),
      IN_FOLDER(refuses_models_that_are_not_there),
      IN_FOLDER(a_model_alone_is_a_scenario_without_streams),
      IN_FOLDER(the_command_line_has_the_last_word),
      IN_FOLDER(refuses_broken_words_of_the_command_line),
      IN_FOLDER(tells_mistakes_of_paths_and_of_files_together),
      IN_FOLDER(refuses_files_that_are_no_scenario),
      IN_FOLDER(keeps_the_input_files),
      IN_FOLDER(resolved_text_reads_back_as_itself),
      IN_FOLDER(resolved_text_keeps_awkward_texts),
      IN_FOLDER(draws_are_keyed_by_seed_pair_and_path),
      IN_FOLDER(another_uncertain_number_moves_no_other),
      IN_FOLDER(exits_without_rest_share_what_a_drawn_one_leaves),
      IN_FOLDER(a_draw_out_of_range_names_path_value_and_pair),
      IN_FOLDER(many_threads_may_realise_at_once),
      IN_FOLDER(changes_for_all_form_a_chain_by_date),
      IN_FOLDER(partial_changes_hold_in_any_combination),
      IN_FOLDER(a_year_of_changes_for_everybody_fits),
      IN_FOLDER(refuses_more_versions_than_there_is_room_for),
      IN_FOLDER(a_change_with_an_unknown_path_is_refused),
      IN_FOLDER(a_change_may_bring_an_uncertain_number),
      IN_FOLDER(every_lever_can_be_set),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
