/* The summary of records made by hand: what is counted over what, and how it is printed. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h> /* needs the others before it */
/* clang-format on */
#include <jansson.h>
#include <math.h>
#include <stdio.h>

#include "analysis/summary.h"
#include "analysis/words.h"
#include "made_records.h"

enum { R = 40 };

static void assert_near(double a, double b) {
  if (!(fabs(a - b) <= 1e-9 * fmax(1, fabs(b)))) fail_msg("%.12g is not %.12g", a, b);
}

/* 38 … 42 wins of 4 days and 100.00, 60 losses of 8 days, 10 open; all of them small business. */
static void fill(made *m) {
  uint32_t histogram[FSIM_TIME_CLASSES];
  for (uint32_t r = 0; r < m->source.replications; r++) {
    int64_t wins = 38 + r % 5;
    for (size_t g = ALL; g <= SMB; g++) {
      made_journeys(m, r, BASIC_WON, g, wins, 4, 10000);
      made_journeys(m, r, BASIC_LOST, g, 60, 8, 0);
      *made_cell(m, r, FSIM_STARTED, 0, g, 0) += 10;
      *made_cell(m, r, FSIM_FATE, OUTCOMES, g, 0) += 10;
      *made_cell(m, r, FSIM_AGE_ENDED, OUTCOMES, fsim_age_class(m->shape->window_s, 2 * 86400),
                 g) += 10;
      *made_cell(m, r, FSIM_SPENT, 0, g, 0) += 500000;
      *made_cell(m, r, FSIM_PROGRESS, 0, g, 0) += 5 * 8 * 604800;
      *made_cell(m, r, FSIM_ENTERED, ENQUIRY, g, 0) += 100;
      *made_cell(m, r, FSIM_EXITED, fsim_exit_slot(m->shape, ENQUIRY, FSIM_BY_EXIT, 0), g, 0) += 25;
      *made_cell(m, r, FSIM_EXITED, fsim_exit_slot(m->shape, ENQUIRY, FSIM_BY_EXIT, 1), g, 0) += 75;
      *made_cell(m, r, FSIM_TIME, ENQUIRY, g, 0) += 100 * 86400 / 2;
      *made_cell(m, r, FSIM_EXITED, fsim_exit_slot(m->shape, OFFER, FSIM_BY_EXPIRE, 0), g, 0) += 8;
      *made_cell(m, r, FSIM_RULED, OFFER, g, 0) += 16;
      *made_cell(m, r, FSIM_COHORT, 1, BASIC_WON, g) += 30;
      *made_cell(m, r, FSIM_COHORT, 1, BASIC_LOST, g) += 70;
      *made_cell(m, r, FSIM_COHORT, 9, BASIC_WON, g) += 5;
      *made_cell(m, r, FSIM_COHORT, 9, OUTCOMES, g) += 95;
    }
  }
  memset(histogram, 0, sizeof histogram);
  histogram[fsim_time_class(4 * 86400)] = 40;
  uint32_t *all = fsim_zeroed(m->shape->n_histograms * FSIM_TIME_CLASSES, sizeof *all);
  assert_non_null(all);
  memcpy(all + fsim_histogram_of_outcome(m->shape, BASIC_WON, ALL) * FSIM_TIME_CLASSES, histogram,
         sizeof histogram);
  for (uint32_t r = 0; r < m->source.replications; r++) fsim_pool_add(m->pool, all);
  free(all);
}

typedef struct scene {
  made m;
  fsim_report *report;
  fsim_summary *summary;
} scene;

static void open_scene(scene *s, uint32_t replications, bool uncertain) {
  made_begin(&s->m, replications, uncertain);
  fill(&s->m);
  s->report = fsim_report_new();
  fsim_summary_options options = {NULL, 0};
  assert_int_equal(fsim_summary_make(&s->m.source, &options, s->report, &s->summary), FSIM_OK);
}

static void close_scene(scene *s) {
  fsim_summary_free(s->summary);
  fsim_report_free(s->report);
  made_end(&s->m);
}

static const fsim_throughput_record *throughput_of(const scene *s, size_t outcome, size_t group) {
  for (size_t i = 0; i < s->summary->n_throughput; i++) {
    const fsim_throughput_record *t = &s->summary->throughput[i];
    if (t->outcome == outcome && t->group == group) return t;
  }
  fail_msg("no such record");
  return NULL;
}

static const fsim_funnel_record *funnel_of(const scene *s, size_t funnel, size_t group) {
  for (size_t i = 0; i < s->summary->n_funnels; i++) {
    const fsim_funnel_record *f = &s->summary->funnels[i];
    if (f->funnel == funnel && f->group == group) return f;
  }
  fail_msg("no such record");
  return NULL;
}

static void throughput_is_per_week_of_the_window(void **state) {
  (void)state;
  scene s;
  open_scene(&s, R, false);
  const fsim_throughput_record *t = throughput_of(&s, BASIC_WON, ALL);
  double error = sqrt(2.0 * R / (R - 1)) / sqrt(R); /* 38 … 42 evenly: variance 2 */
  double half = fsim_t_quantile(0.95, R - 1) * error;
  assert_near(t->total.mean.estimate, 40);
  assert_near(t->total.mean.high, 40 + half);
  assert_near(t->per_week.mean.estimate, 40 / 8.0);
  assert_near(t->per_week.mean.low, (40 - half) / 8);
  assert_near(t->per_week.p10.estimate, 38 / 8.0);
  assert_near(t->per_week.p50.estimate, 40 / 8.0);
  assert_near(t->per_week.p90.estimate, 42 / 8.0);
  assert_near(t->value_per_week.mean.estimate, 40 * 100 / 8.0);
  assert_near(s.summary->window_days, 56);
  close_scene(&s);
}

static void shares_name_their_denominators(void **state) {
  (void)state;
  scene s;
  open_scene(&s, R, false);
  const fsim_funnel_record *f = funnel_of(&s, 0, ALL);
  assert_near(f->won_of_ended.mean.estimate, 40 / 100.0);
  assert_int_equal(f->won_of_ended.mean.n, 100 * R);
  assert_near(f->open_share.mean.estimate, 10 / 110.0);
  assert_int_equal(f->open_share.mean.n, 110 * R);
  /* Open since day 2, before any ending: they say nothing, so the ended ones stand for all. */
  assert_near(f->conversion.corrected.estimate, 0.4);
  assert_int_equal(f->conversion.corrected.n, 110 * R);
  assert_true(isnan(f->conversion.eventual));
  assert_string_equal(f->conversion.why_not, "the scenario changes on a date");
  assert_near(f->cost_per_win.mean.estimate, 5000 / 40.0);
  assert_near(f->value_per_win.mean.estimate, 100);
  assert_near(f->wip.mean.estimate, 5);
  close_scene(&s);
}

static void times_have_means_and_pooled_quantiles(void **state) {
  (void)state;
  scene s;
  open_scene(&s, R, false);
  const fsim_journeys_record *j = NULL;
  for (size_t i = 0; i < s.summary->n_journeys; i++) {
    const fsim_journeys_record *one = &s.summary->journeys[i];
    if (one->outcome == BASIC_WON && one->group == ALL) j = one;
  }
  assert_non_null(j);
  assert_near(j->cycle_days.mean.estimate, 4);
  assert_true(fabs(j->cycle_days.p50.estimate - 4) < 0.004 * 4);
  assert_true(j->cycle_days.p50.low <= 4 && 4 <= j->cycle_days.p50.high);
  const fsim_stage_record *stage = &s.summary->stages[0];
  assert_int_equal(stage->stage, ENQUIRY);
  assert_near(stage->time_days.mean.estimate, 0.5);
  assert_near(stage->entered_per_week.mean.estimate, 100 / 8.0);
  assert_int_equal(stage->n_exits, 2);
  assert_string_equal(s.summary->exits[stage->first_exit].name, "lost");
  assert_near(s.summary->exits[stage->first_exit].share.mean.estimate, 0.25);
  close_scene(&s);
}

static void nothing_seen_is_below_three_over_exposure(void **state) {
  (void)state;
  scene s;
  open_scene(&s, R, false);
  const fsim_throughput_record *t = throughput_of(&s, BASIC_WON, ENTERPRISE);
  assert_near(t->total.mean.estimate, 0);
  assert_near(t->total.mean.high, -log(0.05) / R);
  assert_near(t->per_week.mean.high, -log(0.05) / R / 8);
  assert_string_equal(fsim_say_error(&t->per_week.mean, 1).text, "below 0.0094");
  const fsim_funnel_record *f = funnel_of(&s, 0, ENTERPRISE);
  assert_int_equal(f->won_of_ended.mean.n, 0);
  assert_string_equal(fsim_say_mean(&f->won_of_ended.mean, 100).text, "n/a (n=0)");
  close_scene(&s);
}

static void uncertain_numbers_make_pairs_the_units(void **state) {
  (void)state;
  scene s;
  open_scene(&s, R, true);
  assert_int_equal(s.summary->units, R / 2);
  const fsim_throughput_record *t = throughput_of(&s, BASIC_WON, ALL);
  assert_int_equal(t->total.mean.n, R / 2);
  double y[R / 2];
  for (int k = 0; k < R / 2; k++) y[k] = 38 + 0.5 * ((2 * k) % 5 + (2 * k + 1) % 5);
  assert_near(t->total.mean.low, fsim_interval_mean(y, R / 2, 0.95).low);
  assert_true(s.summary->variance[BASIC_WON].uncertain);
  assert_int_equal(s.summary->variance[BASIC_WON].split.uncertainty_share.n, R / 2);
  close_scene(&s);
}

static void without_uncertain_numbers_all_spread_is_chance(void **state) {
  (void)state;
  scene s;
  open_scene(&s, R, false);
  assert_near(s.summary->variance[BASIC_WON].split.chance_share.estimate, 1);
  assert_near(s.summary->variance[BASIC_WON].split.total, 2.0 * R / (R - 1));
  close_scene(&s);
}

static void young_cohorts_are_marked(void **state) {
  (void)state;
  scene s;
  open_scene(&s, R, false);
  assert_int_equal(s.summary->n_cohorts, 2);
  assert_int_equal(s.summary->cohorts[0].from_week, 0);
  assert_near(s.summary->cohorts[0].won_share.estimate, 0.3);
  assert_true(!s.summary->cohorts[0].immature);
  assert_int_equal(s.summary->cohorts[1].from_week, 8);
  assert_near(s.summary->cohorts[1].open_share.estimate, 0.95);
  assert_true(s.summary->cohorts[1].immature);
  close_scene(&s);
}

static void rules_tell_what_they_ended(void **state) {
  (void)state;
  scene s;
  open_scene(&s, R, false);
  assert_int_equal(s.summary->n_rules, 1);
  assert_int_equal(s.summary->rules[0].stage, OFFER);
  assert_true(s.summary->rules[0].expires && !s.summary->rules[0].drops);
  assert_near(s.summary->rules[0].ended_per_week.mean.estimate, 2);
  assert_true(isnan(s.summary->rules[0].would_win.estimate));
  assert_non_null(s.summary->rules[0].why_not);
  close_scene(&s);
}

/* 95 % limits of p90 exist from 36 replications on. */
static void quantile_limits_need_enough_replications(void **state) {
  (void)state;
  for (uint32_t n = 35; n <= 36; n++) {
    scene s;
    open_scene(&s, n, false);
    const fsim_throughput_record *t = throughput_of(&s, BASIC_WON, ALL);
    assert_near(t->total.p90.estimate, 42);
    assert_int_equal(n >= 36, !isnan(t->total.p90.high));
    assert_true(!isnan(t->total.p50.high));
    close_scene(&s);
  }
}

static void one_replication_gives_means_without_limits(void **state) {
  (void)state;
  scene s;
  open_scene(&s, 1, false);
  const fsim_throughput_record *t = throughput_of(&s, BASIC_WON, ALL);
  assert_near(t->total.mean.estimate, 38);
  assert_string_equal(fsim_say_error(&t->total.mean, 1).text, "n/a");
  close_scene(&s);
}

/* ---- printed ---- */

typedef int (*printer)(const scene *s, FILE *out);

static void print_into(char **text, printer print, const scene *s) {
  size_t length = 0;
  FILE *out = open_memstream(text, &length);
  assert_non_null(out);
  assert_int_equal(print(s, out), FSIM_OK);
  fclose(out);
}

static const char *const warnings[] = {"the horizon is shorter than the cycle time"};
static const fsim_summary_frame frame = {
    .engine = "independent", .complete = true, .warnings = warnings, .n_warnings = 1};
static const fsim_summary_frame full_frame = {
    .engine = "independent", .complete = true, .warnings = warnings, .n_warnings = 1, .full = true};

static int print_text(const scene *s, FILE *out) {
  return fsim_summary_text(s->summary, &frame, out, s->report);
}

static int print_full(const scene *s, FILE *out) {
  return fsim_summary_text(s->summary, &full_frame, out, s->report);
}

static int print_json(const scene *s, FILE *out) {
  return fsim_summary_json(s->summary, &frame, out, s->report);
}

static int print_csv(const scene *s, FILE *out) {
  return fsim_summary_csv(s->summary, out, s->report);
}

static size_t columns(const char *line, size_t length) {
  size_t n = 0;
  for (size_t i = 0; i < length; i++) n += ((unsigned char)line[i] & 0xC0) != 0x80;
  return n;
}

static void text_fits_eighty_columns_and_has_no_nan(void **state) {
  (void)state;
  static const struct {
    uint32_t replications;
    bool uncertain;
  } cases[] = {{R, false}, {R, true}, {1, false}, {2, true}};
  for (size_t c = 0; c < 8; c++) {
    scene s;
    open_scene(&s, cases[c / 2].replications, cases[c / 2].uncertain);
    char *text = NULL;
    print_into(&text, c % 2 == 0 ? print_text : print_full, &s);
    assert_null(strstr(text, "nan"));
    assert_null(strstr(text, "inf"));
    assert_null(strstr(text, "…")); /* nothing is cut */
    for (const char *line = text; *line != '\0';) {
      size_t length = strcspn(line, "\n");
      if (columns(line, length) > 80) fail_msg("too wide: %.*s", (int)length, line);
      if (length > 0 && line[length - 1] == ' ')
        fail_msg("blank at the end: %.*s", (int)length, line);
      line += length + (line[length] == '\n');
    }
    free(text);
    close_scene(&s);
  }
}

static void text_opens_with_the_answer_and_warnings(void **state) {
  (void)state;
  scene s;
  open_scene(&s, R, false);
  char *text = NULL, *full = NULL;
  print_into(&text, print_text, &s);
  print_into(&full, print_full, &s);
  assert_ptr_equal(strstr(text, "made: Made by hand\n40 replications of "), text);
  const char *answer = strstr(text, "\nWon a week: "), *table = strstr(text, "\nFunnels\n");
  const char *warning = strstr(text, "Warning: the horizon is shorter");
  assert_true(answer != NULL && warning != NULL && table != NULL);
  assert_true(answer < warning && warning < table);
  assert_null(strstr(text, "Throughput"));
  const char *throughput = strstr(full, "\nThroughput: ");
  const char *labels = strstr(full, "error of the mean");
  assert_true(throughput != NULL && labels != NULL && labels > throughput);
  assert_true(strlen(full) > 2 * strlen(text));
  free(text);
  free(full);
  close_scene(&s);
}

static void json_has_the_lists_and_names_of_the_design(void **state) {
  (void)state;
  static const struct {
    const char *list;
    const char *keys[8];
  } lists[] = {
      {"throughput", {"funnel", "outcome", "segment", "per_week", "total", "value_per_week"}},
      {"journeys", {"funnel", "outcome", "segment", "share", "cycle_days"}},
      {"stages",
       {"funnel", "stage", "segment", "entered_per_week", "exits", "time_days", "queue_days",
        "wip"}},
      {"variance", {"funnel", "outcome", "chance_share", "uncertainty_share"}},
  };
  scene s;
  open_scene(&s, R, false);
  char *text = NULL;
  print_into(&text, print_json, &s);
  json_t *root = json_loads(text, 0, NULL);
  assert_non_null(root);
  assert_string_equal(json_string_value(json_object_get(root, "scenario")), "made");
  assert_int_equal(json_integer_value(json_object_get(root, "replications")), R);
  assert_int_equal(json_integer_value(json_object_get(root, "seed")), 7);
  assert_near(json_number_value(json_object_get(root, "window_days")), 56);
  assert_near(json_number_value(json_object_get(root, "confidence")), 0.95);
  for (size_t l = 0; l < 4; l++) {
    const json_t *list = json_object_get(root, lists[l].list);
    assert_true(json_array_size(list) > 0);
    for (size_t k = 0; k < 8 && lists[l].keys[k] != NULL; k++) {
      assert_non_null(json_object_get(json_array_get(list, 0), lists[l].keys[k]));
    }
  }
  assert_true(json_is_array(json_object_get(root, "teams")));
  assert_true(json_is_array(json_object_get(root, "sensitivity")));
  const json_t *won = json_array_get(json_object_get(root, "throughput"), GROUPS * BASIC_WON);
  assert_string_equal(json_string_value(json_object_get(won, "segment")), "all");
  const json_t *total = json_object_get(won, "total");
  assert_near(json_number_value(json_object_get(total, "mean")), 40);
  assert_true(json_is_number(json_object_get(total, "low")));
  assert_near(json_number_value(json_object_get(total, "p90")), 42);
  json_decref(root);
  free(text);
  close_scene(&s);
}

static void csv_is_one_table_of_twelve_columns(void **state) {
  (void)state;
  scene s;
  open_scene(&s, R, false);
  char *text = NULL;
  print_into(&text, print_csv, &s);
  assert_ptr_equal(strstr(text,
                          "section,funnel,stage,outcome,segment,metric,mean,low,high,p10,p50,"
                          "p90\n"),
                   text);
  assert_non_null(strstr(text, "\nthroughput,basic,,won,all,total,40,"));
  assert_null(strstr(text, "nan"));
  for (const char *line = text; *line != '\0';) {
    size_t commas = 0;
    for (; *line != '\n'; line++) commas += *line == ',';
    assert_int_equal(commas, 11);
    line++;
  }
  free(text);
  close_scene(&s);
}

static void a_full_disk_is_reported(void **state) {
  (void)state;
  scene s;
  open_scene(&s, R, false);
  FILE *full = fopen("/dev/full", "w");
  if (full == NULL) skip();
  assert_int_equal(print_text(&s, full), FSIM_FAILED);
  assert_int_equal(print_json(&s, full), FSIM_FAILED);
  assert_int_equal(print_csv(&s, full), FSIM_FAILED);
  fclose(full);
  close_scene(&s);
}

/* ---- choices and failures ---- */

static void an_unknown_attribute_is_refused_with_those_known(void **state) {
  (void)state;
  made m;
  made_begin(&m, 2, false);
  fsim_report *report = fsim_report_new();
  fsim_summary *summary = NULL;
  fsim_summary_options options = {"region", 0};
  assert_int_equal(fsim_summary_make(&m.source, &options, report, &summary), FSIM_BAD_INPUT);
  assert_null(summary);
  assert_string_equal(fsim_report_message(report, 0)->text,
                      "no attribute 'region': the scenario has segment");
  fsim_report_free(report);
  made_end(&m);
}

static void a_broken_source_stops_the_summary(void **state) {
  (void)state;
  made m;
  made_begin(&m, 3, false);
  int reads = 0;
  for (int fail_at = 1;; fail_at++) {
    fsim_report *report = fsim_report_new();
    fsim_summary *summary = NULL;
    fsim_summary_options options = {NULL, 0};
    m.reads = 0;
    m.fail_at = fail_at;
    int status = fsim_summary_make(&m.source, &options, report, &summary);
    fsim_report_free(report);
    if (status == FSIM_OK) {
      fsim_summary_free(summary);
      break;
    }
    assert_int_equal(status, FSIM_FAILED);
    assert_null(summary);
    reads++;
  }
  assert_true(reads > 10);
  made_end(&m);
}

static void a_small_window_of_cells_gives_the_same_values(void **state) {
  (void)state;
  made m;
  made_begin(&m, 9, false);
  fill(&m);
  fsim_series *wide = NULL, *narrow = NULL;
  assert_int_equal(fsim_series_new(&m.source, 0, NULL, &wide), FSIM_OK);
  assert_int_equal(fsim_series_new(&m.source, 100, NULL, &narrow), FSIM_OK);
  for (size_t o = OUTCOMES; o-- > 0;) {
    for (size_t g = 0; g < GROUPS; g++) {
      fsim_spot spot = {{0}};
      double a[9] = {0}, b[9] = {0};
      spot.at[FSIM_DIM_OUTCOME] = o;
      spot.at[FSIM_DIM_GROUP] = g;
      assert_int_equal(fsim_series_add(wide, FSIM_ENDED, &spot, 2, a, NULL), FSIM_OK);
      assert_int_equal(fsim_series_add(narrow, FSIM_ENDED, &spot, 2, b, NULL), FSIM_OK);
      for (uint32_t r = 0; r < 9; r++) {
        assert_near(a[r], b[r]);
        assert_near(a[r], 2.0 * (double)*made_cell(&m, r, FSIM_ENDED, o, g, 0));
      }
    }
  }
  fsim_series_free(wide);
  fsim_series_free(narrow);
  made_end(&m);
}

/* The table describes itself: every metric has a unique name within its list, units and help. */
static void every_metric_describes_itself(void **state) {
  (void)state;
  for (size_t i = 0; i < FSIM_N_METRICS; i++) {
    const fsim_metric *metric = &fsim_metrics[i];
    assert_non_null(metric->name);
    assert_true(strlen(metric->help) > 0 && strlen(metric->units) > 0 && metric->scale > 0);
    assert_int_equal(metric->per == FSIM_PER_TERM, metric->bottom.array != FSIM_N_CELLS);
    for (size_t k = 0; k < i; k++) {
      assert_true(strcmp(metric->name, fsim_metrics[k].name) != 0 ||
                  strcmp(metric->list, fsim_metrics[k].list) != 0);
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(throughput_is_per_week_of_the_window),
      cmocka_unit_test(shares_name_their_denominators),
      cmocka_unit_test(times_have_means_and_pooled_quantiles),
      cmocka_unit_test(nothing_seen_is_below_three_over_exposure),
      cmocka_unit_test(uncertain_numbers_make_pairs_the_units),
      cmocka_unit_test(without_uncertain_numbers_all_spread_is_chance),
      cmocka_unit_test(young_cohorts_are_marked),
      cmocka_unit_test(rules_tell_what_they_ended),
      cmocka_unit_test(quantile_limits_need_enough_replications),
      cmocka_unit_test(one_replication_gives_means_without_limits),
      cmocka_unit_test(text_fits_eighty_columns_and_has_no_nan),
      cmocka_unit_test(text_opens_with_the_answer_and_warnings),
      cmocka_unit_test(json_has_the_lists_and_names_of_the_design),
      cmocka_unit_test(csv_is_one_table_of_twelve_columns),
      cmocka_unit_test(a_full_disk_is_reported),
      cmocka_unit_test(an_unknown_attribute_is_refused_with_those_known),
      cmocka_unit_test(a_broken_source_stops_the_summary),
      cmocka_unit_test(a_small_window_of_cells_gives_the_same_values),
      cmocka_unit_test(every_metric_describes_itself),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
