/* `funnelsim compare`: which plan is better, and how sure that is. */
#include "analysis/decide/compare.h"

#include <stdlib.h>
#include <string.h>

#include "analysis/decide/select.h"
#include "cli/command.h"
#include "cli/terminal.h"
#include "sim/base/array.h"
#include "sim/base/quantity.h"
#include "sim/base/text.h"

#define MOST_REPLICATIONS 100000000
#define MOST_THREADS 4096

typedef struct compare_request {
  const char *const *paths;
  size_t n_paths;
  const char **sets; /* of a variant of the only path */
  size_t n_sets;
  const char **metrics;
  size_t n_metrics;
  fsim_compare_options options;
  const char *best; /* metric to choose by; NULL: compare */
  double delta;
  fsim_text horizon; /* "horizon=26 w" for all plans; no text: as they say */
  bool json, quiet;
} compare_request;

/* ---- the plans ---- */

static bool has_pilot(const fsim_scenario *scenario) {
  for (size_t c = 0; c < scenario->n_changes; c++)
    if (fsim_is_trial(&scenario->changes[c])) return true;
  return false;
}

/* The pilot with all of its changes on a share of the leads given to `share` of them. */
static int derive_share(const fsim_variant *pilot, const char *name, const char *share,
                        fsim_report *report, fsim_variant *variant) {
  const fsim_scenario *s = pilot->scenario;
  char(*texts)[64] = fsim_zeroed(s->n_changes, sizeof *texts);
  const char **sets = fsim_zeroed(s->n_changes, sizeof *sets);
  size_t n = 0;
  int status = texts != NULL && sets != NULL ? FSIM_OK : fsim_no_memory(report);
  for (size_t c = 0; c < s->n_changes && status == FSIM_OK; c++) {
    if (!fsim_is_trial(&s->changes[c])) continue;
    snprintf(texts[n], sizeof texts[n], "changes.%zu.share=%s", s->changes[c].listed, share);
    sets[n] = texts[n];
    n++;
  }
  if (status == FSIM_OK) status = fsim_variant_derive(pilot, name, sets, n, report, variant);
  free(texts);
  free(sets);
  return status;
}

/* A single plan that changes something for a share of the leads: nobody gets it, everybody does. */
static int split_pilot(fsim_variant *pilot, fsim_variant *variants, size_t *n,
                       fsim_report *report) {
  if (!has_pilot(pilot->scenario))
    return fsim_bad_input(report, FSIM_NOWHERE,
                          "only one plan, %s: add a variant, change the base with --set, or give "
                          "its change a share of the leads, which makes it a pilot",
                          pilot->name);
  int status = derive_share(pilot, "without the change", "0", report, &variants[(*n)++]);
  return status == FSIM_OK
             ? derive_share(pilot, "with it for all leads", "1", report, &variants[(*n)++])
             : status;
}

/* A plan, with the horizon that all are to have. */
static int load_plan(const compare_request *request, const char *path, fsim_report *report,
                     fsim_variant *variant) {
  const bool given = request->horizon.text != NULL;
  const char *sets[] = {request->horizon.text};
  return fsim_variant_load(path, given ? sets : NULL, given, report, variant);
}

/* One file and --set: the variant is the base with those numbers changed. One file alone: a pilot.
 */
static int load_variants(const compare_request *request, fsim_variant *variants, size_t *n,
                         fsim_variant *pilot, fsim_report *report) {
  int status = FSIM_OK;
  if (request->n_paths == 1 && request->n_sets == 0) {
    status = load_plan(request, request->paths[0], report, pilot);
    return status == FSIM_OK ? split_pilot(pilot, variants, n, report) : status;
  }
  for (*n = 0; *n < request->n_paths && status == FSIM_OK; ++*n)
    status = load_plan(request, request->paths[*n], report, &variants[*n]);
  if (status != FSIM_OK || request->n_sets == 0) return status;
  const char *name = request->n_sets == 1 ? request->sets[0] : "changed";
  return fsim_variant_derive(&variants[0], name, request->sets, request->n_sets, report,
                             &variants[(*n)++]);
}

/* Result files, and plans of the same name, are told apart by their files. */
static int tell_apart(const compare_request *request, fsim_variant *variants, size_t n,
                      fsim_report *report) {
  bool *by_file = fsim_zeroed(n, sizeof *by_file);
  if (by_file == NULL) return fsim_no_memory(report);
  for (size_t i = 0; i < n; i++) {
    by_file[i] = variants[i].reader != NULL;
    for (size_t j = 0; j < n; j++)
      by_file[i] = by_file[i] || (j != i && strcmp(variants[i].name, variants[j].name) == 0);
  }
  int status = FSIM_OK;
  for (size_t i = 0; i < n && i < request->n_paths && status == FSIM_OK; i++) {
    if (!by_file[i]) continue;
    free(variants[i].name);
    variants[i].name = fsim_copy_text(request->paths[i], strlen(request->paths[i]));
    if (variants[i].name == NULL) status = fsim_no_memory(report);
  }
  free(by_file);
  return status;
}

/* ---- the comparison ---- */

typedef struct watch {
  fsim_progress_line line;
} watch;

static void show_progress(void *context, const fsim_progress *progress) {
  watch *w = context;
  fsim_progress_show(&w->line, progress->replications_done, progress->visits_done);
}

/* Prints the best plan. */
static int choose(const compare_request *request, const fsim_variant *variants, size_t n,
                  const fsim_compare_options *options, fsim_progress_line *line,
                  fsim_report *report) {
  fsim_best *best = NULL;
  fsim_best_options choice = {.metric = request->best,
                              .confidence = options->confidence,
                              .delta = request->delta,
                              .run = options->run};
  fsim_progress_begin(line, request->quiet, 0, "replications of a plan");
  int status = fsim_best_find(variants, n, &choice, report, &best);
  fsim_progress_end(line);
  if (status == FSIM_OK)
    status =
        request->json ? fsim_best_json(best, stdout, report) : fsim_best_text(best, stdout, report);
  fsim_best_free(best);
  return status;
}

static int compare(const compare_request *request, fsim_report *report) {
  size_t most = request->n_paths + 1, n = 0;
  fsim_variant *variants = fsim_zeroed(most, sizeof *variants), pilot = {0};
  fsim_comparison *comparison = NULL;
  if (variants == NULL) return fsim_no_memory(report);
  watch w = {0};
  fsim_compare_options options = request->options;
  options.metrics = request->metrics;
  options.n_metrics = request->n_metrics;
  options.run.progress = show_progress;
  options.run.context = &w;
  int status = load_variants(request, variants, &n, &pilot, report);
  if (pilot.scenario != NULL) options.pilot = &pilot;
  if (status == FSIM_OK) status = tell_apart(request, variants, n, report);
  if (status == FSIM_OK && request->best != NULL) {
    status = choose(request, variants, n, &options, &w.line, report);
  } else if (status == FSIM_OK) {
    uint64_t total =
        options.replications > 0 ? options.replications : variants[0].scenario->replications;
    fsim_progress_begin(&w.line, request->quiet, total, "replications of a plan");
    status = fsim_compare(variants, n, &options, report, &comparison);
    fsim_progress_end(&w.line);
  }
  if (status == FSIM_OK && comparison != NULL)
    status = request->json ? fsim_comparison_json(comparison, stdout, report)
                           : fsim_comparison_text(comparison, stdout, report);
  fsim_comparison_free(comparison);
  for (size_t v = 0; v < most; v++) fsim_variant_free(&variants[v]);
  fsim_variant_free(&pilot);
  free(variants);
  return status;
}

/* ---- the subcommand ---- */

static const fsim_option options[] = {
    {"metric", 'm', "NAME",
     "what to compare, such as basic.won, value, basic.proposal.days or teams.sdr.utilisation; may "
     "be repeated, the first one counts most (default: all value or wins, funnels and teams)"},
    {"set", 's', "PATH=VALUE",
     "with one file: the variant is that plan with this number changed; may be repeated"},
    {"horizon", 0, "SPAN", "of all plans, such as 26 w (default: as each says)"},
    {"replications", 'n', "N", "of every scenario (default: as the base says)"},
    {"best", 0, "METRIC",
     "choose the best plan by this metric with a guaranteed probability, and waste no replications "
     "on the others"},
    {"delta", 0, "P%",
     "with --best: what is worth telling apart, as a share of the base (default: 1 "
     "%)"},
    {"until", 0, "'half_width P %'",
     "add replications until the interval of the first metric's change is at most P % of the "
     "base's value (or of the change, if that is larger) to either side"},
    {"confidence", 0, "P", "of all intervals, as 0.9 or 90 % (default: the base's)"},
    {"by", 0, "ATTRIBUTE", "show the values of this attribute in place of the segments"},
    {"threads", 't', "N", "threads (default: all cores); the results do not depend on it"},
    {"json", 0, NULL, "print JSON, for programs"},
    {"quiet", 'q', NULL, "no progress"},
};

/* "half_width 1 %" */
static int read_until(const fsim_arguments *arguments, fsim_report *report, double *until) {
  static const char word[] = "half_width";
  const char *given = fsim_option_value(arguments, "until");
  if (given == NULL) return FSIM_OK;
  if (strncmp(given, word, sizeof word - 1) == 0) {
    const char *share = given + sizeof word - 1;
    share += strspn(share, " <=");
    if (fsim_parse_share(share, until) == FSIM_QUANTITY_OK && *until > 0 && *until < 1)
      return FSIM_OK;
  }
  return fsim_bad_input(report, FSIM_NOWHERE, "--until %s: expected such as 'half_width 1 %%'",
                        given);
}

static int read_delta(const fsim_arguments *arguments, fsim_report *report, double *delta) {
  const char *given = fsim_option_value(arguments, "delta");
  if (given == NULL) return FSIM_OK;
  if (fsim_parse_share(given, delta) == FSIM_QUANTITY_OK && *delta > 0 && *delta < 1)
    return FSIM_OK;
  return fsim_bad_input(report, FSIM_NOWHERE, "--delta %s: needs a share such as 1 %%", given);
}

/* --best decides itself how many replications each plan needs, and looks at one metric only. */
static int check_best(const fsim_arguments *arguments, fsim_report *report) {
  static const char *const without_effect[] = {"metric", "replications", "until", "by"};
  if (!fsim_option_given(arguments, "best"))
    return fsim_option_given(arguments, "delta")
               ? fsim_bad_input(report, FSIM_NOWHERE, "--delta belongs to --best METRIC")
               : FSIM_OK;
  for (size_t i = 0; i < sizeof without_effect / sizeof *without_effect; i++)
    if (fsim_option_given(arguments, without_effect[i]))
      return fsim_bad_input(report, FSIM_NOWHERE,
                            "--%s has no effect with --best, which takes as many replications as "
                            "it needs of one metric: leave it out",
                            without_effect[i]);
  return FSIM_OK;
}

static int read_request(const fsim_arguments *arguments, fsim_report *report,
                        compare_request *request) {
  uint64_t replications = 0, threads = 0;
  request->paths = arguments->operands;
  request->n_paths = arguments->n_operands;
  request->json = fsim_option_given(arguments, "json");
  request->quiet = fsim_option_given(arguments, "quiet");
  request->options.by = fsim_option_value(arguments, "by");
  const char *horizon = fsim_option_value(arguments, "horizon");
  if (horizon != NULL) fsim_text_append(&request->horizon, "horizon=%s", horizon);
  if (request->horizon.failed) return fsim_no_memory(report);
  int status = fsim_option_values(arguments, "set", report, &request->sets, &request->n_sets);
  if (status == FSIM_OK)
    status =
        fsim_option_values(arguments, "metric", report, &request->metrics, &request->n_metrics);
  if (status == FSIM_OK)
    status =
        fsim_option_count(arguments, "replications", 2, MOST_REPLICATIONS, report, &replications);
  if (status == FSIM_OK)
    status = fsim_option_count(arguments, "threads", 1, MOST_THREADS, report, &threads);
  if (status == FSIM_OK)
    status = fsim_option_confidence(arguments, report, &request->options.confidence);
  if (status == FSIM_OK) status = read_until(arguments, report, &request->options.until);
  request->best = fsim_option_value(arguments, "best");
  request->delta = 0.01;
  if (status == FSIM_OK) status = read_delta(arguments, report, &request->delta);
  if (status == FSIM_OK) status = check_best(arguments, report);
  request->options.replications = (uint32_t)replications;
  request->options.run.threads = (int)threads;
  if (status != FSIM_OK) return status;
  if (request->n_paths == 0)
    return fsim_bad_input(report, FSIM_NOWHERE,
                          "compare needs a base and its variants: funnelsim compare BASE VARIANT…");
  if (request->n_paths > 1 && request->n_sets > 0)
    return fsim_bad_input(report, FSIM_NOWHERE,
                          "--set makes the variant of a single plan: leave it out, or all files "
                          "but the base");
  return FSIM_OK;
}

static int run(int argc, char **argv) {
  fsim_report *report = fsim_report_new();
  fsim_arguments arguments;
  compare_request request = {0};
  int status = fsim_parse_options(&fsim_compare_command, argc, argv, report, &arguments);
  if (status == FSIM_OK && !arguments.help) {
    status = read_request(&arguments, report, &request);
    if (status == FSIM_OK) status = compare(&request, report);
  }
  free(request.sets);
  free(request.metrics);
  free(request.horizon.text);
  fsim_arguments_free(&arguments);
  return fsim_close_report(report, status);
}

const fsim_command fsim_compare_command = {
    .name = "compare",
    .help = "which plan is better, by how much, and how sure that is",
    .operands = "BASE [VARIANT…] | PILOT",
    .options = options,
    .n_options = sizeof options / sizeof *options,
    .about =
        "Plans are scenario files, which are simulated, or result files. Replication r of all "
        "plans "
        "has the same random numbers, so that differences are seen through the noise; every change "
        "has an interval that holds together with those beside it. A pilot, whose changes are for "
        "a "
        "share of the leads, is also looked at as an A/B test: how many weeks show the difference. "
        "docs/compare.md explains the numbers.",
    .example =
        "funnelsim compare scenarios/rollout-before.yaml scenarios/rollout-after.yaml\n"
        "funnelsim compare scenarios/sales-team.yaml --set teams.ae.size=+1 -m desk.won\n"
        "funnelsim compare scenarios/rollout-pilot.yaml\n"
        "funnelsim compare today.h5 plan-b.h5 plan-c.h5 --json\n"
        "funnelsim compare a.yaml b.yaml c.yaml d.yaml --best value --delta 2%",
    .run = run,
};
