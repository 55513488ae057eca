#include "analysis/decide/slopes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/decide/difference.h"
#include "analysis/decide/score.h"
#include "sim/base/array.h"
#include "sim/base/text.h"

const char fsim_by_exact[] = "exact", fsim_by_score[] = "score function",
           fsim_by_central[] = "central difference", fsim_by_step[] = "step";

#define SMALL 0.01        /* of a central difference under common random numbers */
#define EXACT_SMALL 0.001 /* of one of exact answers */
#define CURVED 2.0        /* standard errors between both central differences */

/* Moved plans of a lever. */
enum { MORE, LESS, TWICE_MORE, TWICE_LESS, MOVES };
static const double moves[MOVES] = {1, -1, 2, -2};

typedef struct slopes_work {
  const fsim_slopes_options *options;
  const fsim_plan_job *base;
  fsim_plan_job *jobs;
  size_t n_jobs, *first_job;               /* [n]: of a lever's moved plans; SIZE_MAX: none */
  double *now, *more, *less, *twice, *gap; /* [replications] units */
  fsim_report *report;
} slopes_work;

fsim_interval fsim_elasticity(const double *change, double *base, size_t units, double relative,
                              double confidence) {
  double sum = 0, sum_change = 0, count = (double)units;
  for (size_t u = 0; u < units; u++) {
    sum += base[u];
    sum_change += change[u];
  }
  bool defined = units > 1 && sum != 0 && isfinite(relative) && relative != 0;
  double all = sum_change / sum;
  for (size_t u = 0; u < units && defined; u++) {
    double rest = sum - base[u];
    defined = rest != 0;
    base[u] = (count * all - (count - 1) * (sum_change - change[u]) / rest) / relative;
  }
  return defined ? fsim_interval_mean(base, units, confidence) : fsim_interval_none();
}

/* ---- plans ---- */

static int n_moves(const slopes_work *w) {
  return w->options->exact ? LESS + 1 : MOVES;
}

static int add_jobs(slopes_work *w, const fsim_step *step) {
  double small = w->options->exact ? EXACT_SMALL : SMALL;
  for (int k = 0; k < n_moves(w); k++) {
    fsim_text set = {0};
    fsim_text_append(&set, "%s=x%.6g", step->lever->path, 1 + moves[k] * small);
    if (set.failed) return fsim_no_memory(w->report);
    w->jobs[w->n_jobs++].set = set.text;
  }
  return FSIM_OK;
}

static int list_jobs(slopes_work *w, const fsim_step *steps, size_t n) {
  size_t most = w->options->exact || n < w->options->n_central ? n : w->options->n_central;
  w->jobs = fsim_zeroed(n * MOVES, sizeof *w->jobs);
  w->first_job = fsim_zeroed(n, sizeof *w->first_job);
  if (w->jobs == NULL || w->first_job == NULL) return fsim_no_memory(w->report);
  int status = FSIM_OK;
  for (size_t i = 0, moved = 0; i < n && status == FSIM_OK; i++) {
    w->first_job[i] = SIZE_MAX;
    if (moved == most || strcmp(steps[i].lever->kind, "size") == 0) continue;
    moved++;
    w->first_job[i] = w->n_jobs;
    status = add_jobs(w, &steps[i]);
  }
  return status;
}

/* ---- slopes ---- */

static size_t units_of(const slopes_work *w, const fsim_plan_job *job, double *units) {
  const fsim_outputs *base = &w->base->outputs;
  return fsim_unit_values(&job->outputs, &job->measures[0], 0, base->replications, base->uncertain,
                          units);
}

/* Into slope[]: by the log of the lever. 0 units: a plan was refused, or has no value. */
static size_t central(slopes_work *w, size_t more, size_t less, double by, double *slope,
                      double *scratch) {
  const fsim_plan_job *up = &w->jobs[more], *down = &w->jobs[less];
  if (up->refused != NULL || down->refused != NULL) return 0;
  size_t n = units_of(w, up, slope), m = units_of(w, down, scratch);
  if (n != m) return 0;
  for (size_t u = 0; u < n; u++) slope[u] = (slope[u] - scratch[u]) / (2 * by);
  return n;
}

static bool is_curved(slopes_work *w, size_t job, size_t units) {
  size_t n = central(w, job + TWICE_MORE, job + TWICE_LESS, 2 * SMALL, w->twice, w->less);
  if (n != units) return false;
  for (size_t u = 0; u < n; u++) w->gap[u] = w->twice[u] - w->more[u];
  fsim_moments gap = fsim_moments_of(w->gap, n);
  return fabs(gap.mean) > CURVED * sqrt(gap.variance / (double)n);
}

static void set_central(slopes_work *w, size_t i, double confidence, fsim_slope *slope) {
  size_t job = w->first_job[i];
  if (job == SIZE_MAX) return;
  bool exact = w->options->exact;
  size_t n = central(w, job + MORE, job + LESS, exact ? EXACT_SMALL : SMALL, w->more, w->less);
  if (n < 2 || units_of(w, w->base, w->now) != n) return;
  slope->curved = !exact && is_curved(w, job, n);
  if (slope->curved) return;
  slope->method = exact ? fsim_by_exact : fsim_by_central;
  slope->slope = fsim_interval_mean(w->more, n, confidence);
  slope->elasticity = fsim_elasticity(w->more, w->now, n, 1, confidence);
}

/* Of two intervals the narrower one, which would cover less than each by itself: so both have been
 * made with half the error (Bonferroni). */
static void weigh_score(const fsim_score *score, fsim_slope *slope) {
  double width = fsim_interval_half_width(&score->slope);
  double other = fsim_interval_half_width(&slope->slope);
  if (!isfinite(width) || (slope->method == fsim_by_central && other < width)) return;
  slope->slope = score->slope;
  slope->elasticity = score->elasticity;
  slope->method = fsim_by_score;
  slope->curved = false;
}

static int add_scores(slopes_work *w, const fsim_variant *variant, const fsim_step *steps, size_t n,
                      fsim_slope *slopes) {
  const double whole = w->options->confidence, halved = (1 + whole) / 2;
  fsim_score *scores = fsim_zeroed(n, sizeof *scores);
  double *confidence = fsim_zeroed(n, sizeof *confidence);
  fsim_score_options options = {.base = &w->base->outputs,
                                .measure = &w->base->measures[0],
                                .confidence_of = confidence,
                                .threads = w->options->plans.threads};
  int status = scores && confidence ? FSIM_OK : fsim_no_memory(w->report);
  for (size_t i = 0; i < n && status == FSIM_OK; i++)
    confidence[i] = slopes[i].method == fsim_by_central ? halved : whole;
  if (status == FSIM_OK) status = fsim_scores_make(variant, steps, n, &options, w->report, scores);
  for (size_t i = 0; i < n && status == FSIM_OK; i++) {
    slopes[i].no_score = scores[i].why_not;
    if (scores[i].why_not != NULL) continue;
    if (slopes[i].method == fsim_by_central) set_central(w, i, halved, &slopes[i]);
    weigh_score(&scores[i], &slopes[i]);
  }
  free(confidence);
  free(scores);
  return status;
}

static int make(slopes_work *w, const fsim_variant *variant, const fsim_step *steps, size_t n,
                fsim_slope *slopes) {
  int status = list_jobs(w, steps, n);
  if (status == FSIM_OK && w->n_jobs > 0)
    status = fsim_plans_run(variant, w->jobs, w->n_jobs, &w->options->plans, w->report);
  for (size_t i = 0; i < n && status == FSIM_OK; i++)
    set_central(w, i, w->options->confidence, &slopes[i]);
  if (status == FSIM_OK && !w->options->exact) status = add_scores(w, variant, steps, n, slopes);
  return status;
}

int fsim_slopes_make(const fsim_variant *variant, const fsim_step *steps, size_t n,
                     const fsim_plan_job *base, const fsim_slopes_options *options,
                     fsim_report *report, fsim_slope *slopes) {
  uint32_t replications = base->outputs.replications;
  slopes_work w = {.options = options, .base = base, .report = report};
  double *memory = fsim_zeroed(5 * (size_t)replications, sizeof *memory);
  double **parts[] = {&w.now, &w.more, &w.less, &w.twice, &w.gap};
  for (size_t k = 0; memory != NULL && k < 5; k++) *parts[k] = memory + k * replications;
  for (size_t i = 0; i < n; i++)
    slopes[i] = (fsim_slope){fsim_interval_none(), fsim_interval_none(), fsim_by_step, false, NULL};
  int status = memory == NULL ? fsim_no_memory(report) : make(&w, variant, steps, n, slopes);
  fsim_plan_jobs_free(w.jobs, w.n_jobs, options->plans.n_names);
  free(w.first_job);
  free(memory);
  return status;
}
