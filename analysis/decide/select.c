#include "analysis/decide/select.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/decide/alike.h"
#include "analysis/decide/difference.h"
#include "sim/base/array.h"
#include "sim/base/text.h"

enum { FIRST = 20, MORE = 10 };

/* ---- the procedure ---- */

static double variance_of_difference(const double *a, const double *b, size_t n) {
  double mean = 0, square = 0;
  for (size_t r = 0; r < n; r++) mean += (a[r] - b[r]) / (double)n;
  for (size_t r = 0; r < n; r++) {
    double d = a[r] - b[r] - mean;
    square += d * d;
  }
  return square / (double)(n - 1);
}

int fsim_selection_begin(const double *const *values, size_t n, size_t n0, double alpha,
                         double delta, fsim_report *report, fsim_selection *s) {
  *s = (fsim_selection){.n = n, .delta = delta, .left = n, .looked = n0 - 1};
  s->variance = fsim_zeroed(n * n, sizeof *s->variance);
  s->in = fsim_zeroed(n, sizeof *s->in);
  s->equal = fsim_zeroed(n, sizeof *s->equal);
  s->out_at = fsim_zeroed(n, sizeof *s->out_at);
  if (!s->variance || !s->in || !s->equal || !s->out_at) return fsim_no_memory(report);
  double degrees = (double)(n0 - 1);
  s->eta = 0.5 * (pow(2 * alpha / (double)(n - 1), -2 / degrees) - 1);
  s->h2 = 2 * s->eta * degrees;
  for (size_t i = 0; i < n; i++) {
    s->in[i] = true;
    for (size_t j = 0; j < n; j++)
      if (j != i) s->variance[i * n + j] = variance_of_difference(values[i], values[j], n0);
  }
  return FSIM_OK;
}

static double mean_of(const double *y, size_t n) {
  double sum = 0;
  for (size_t r = 0; r < n; r++) sum += y[r];
  return sum / (double)n;
}

/* How far plan i may be behind plan j by chance after r replications, in deltas times 2 r. */
static double allowed(const fsim_selection *s, size_t i, size_t j, size_t r) {
  return fmax(0, s->h2 * s->variance[i * s->n + j] / (s->delta * s->delta) - (double)r);
}

static bool is_behind(const fsim_selection *s, const double *means, size_t i, size_t j, size_t r) {
  return means[i] < means[j] - s->delta / (2 * (double)r) * allowed(s, i, j, r);
}

/* KN's last step: once no pair may differ by chance, whoever is still in has the largest mean. */
static void settle_equals(fsim_selection *s, size_t r) {
  size_t first = 0;
  while (!s->in[first]) first++;
  for (size_t i = first; i < s->n; i++)
    for (size_t j = i + 1; j < s->n && s->in[i]; j++)
      if (s->in[j] && allowed(s, i, j, r) > 0) return;
  for (size_t i = first + 1; i < s->n; i++) {
    if (!s->in[i]) continue;
    s->in[i] = false;
    s->equal[i] = true;
    s->out_at[i] = r;
    s->left--;
  }
}

/* All plans are judged against those that were in before this look. */
static void look(fsim_selection *s, const double *means, size_t r) {
  for (size_t i = 0; i < s->n; i++) {
    if (!s->in[i]) continue;
    for (size_t j = 0; j < s->n && s->out_at[i] == 0; j++)
      if (j != i && s->in[j] && is_behind(s, means, i, j, r)) s->out_at[i] = r;
  }
  for (size_t i = 0; i < s->n; i++) {
    if (!s->in[i] || s->out_at[i] == 0) continue;
    s->in[i] = false;
    s->left--;
  }
  if (s->left > 1) settle_equals(s, r);
}

int fsim_selection_go(fsim_selection *s, const double *const *values, size_t to,
                      fsim_report *report) {
  double *means = fsim_zeroed(s->n, sizeof *means);
  if (means == NULL) return fsim_no_memory(report);
  while (s->left > 1 && s->looked < to) {
    size_t r = ++s->looked;
    for (size_t i = 0; i < s->n; i++)
      if (s->in[i]) means[i] = mean_of(values[i], r);
    look(s, means, r);
  }
  free(means);
  return FSIM_OK;
}

void fsim_selection_free(fsim_selection *s) {
  free(s->variance);
  free(s->in);
  free(s->equal);
  free(s->out_at);
  *s = (fsim_selection){0};
}

/* ---- plans ---- */

static int prepare(fsim_best *b, const fsim_best_options *options, fsim_report *report) {
  b->measures = fsim_zeroed(b->n, sizeof *b->measures);
  b->outputs = fsim_zeroed(b->n, sizeof *b->outputs);
  b->remarks = fsim_report_new();
  if (!b->measures || !b->outputs || !b->remarks) return fsim_no_memory(report);
  b->confidence =
      options->confidence > 0 ? options->confidence : b->variants[0].scenario->confidence;
  int status =
      fsim_check_alike(b->variants, b->n, "more replications are needed", b->remarks, report, NULL);
  for (size_t v = 0; v < b->n && status == FSIM_OK; v++) {
    const fsim_variant *variant = &b->variants[v];
    if (variant->reader != NULL)
      return fsim_bad_input(
          report, FSIM_NOWHERE,
          "%s holds finished results: --best decides itself how many replications "
          "each plan needs, so give scenarios",
          variant->name);
    b->in_pairs = b->in_pairs || variant->scenario->uncertain;
    status = fsim_measure_make(variant->scenario, variant->shape, options->metric, report,
                               &b->measures[v]);
  }
  if (status == FSIM_OK && b->measures[0].ratio)
    return fsim_bad_input(report, FSIM_NOWHERE,
                          "--best %s: needs a metric that is no ratio, such as basic.won or value",
                          options->metric);
  return status;
}

/* values[n][units] of every plan's first `units` units; larger is better. */
static void put_values(const fsim_best *b, double *const *values, size_t units) {
  double sign = b->measures[0].better == FSIM_LESS_IS_BETTER ? -1 : 1;
  for (size_t v = 0; v < b->n; v++) {
    const double *top = fsim_outputs_top(&b->outputs[v], 0);
    size_t of = b->in_pairs ? 2 : 1;
    for (size_t u = 0; u < units && (u + 1) * of <= b->outputs[v].replications; u++)
      values[v][u] = sign * (of == 2 ? 0.5 * (top[2 * u] + top[2 * u + 1]) : top[u]);
  }
}

static int run_those_in(fsim_best *b, const fsim_best_options *options, size_t units,
                        fsim_report *report) {
  int status = FSIM_OK;
  uint32_t end = (uint32_t)(units * (b->in_pairs ? 2 : 1));
  for (size_t v = 0; v < b->n && status == FSIM_OK; v++) {
    if (b->selection.in != NULL && !b->selection.in[v]) continue;
    status = fsim_outputs_run(&b->variants[v], &b->measures[v], 1, end, &options->run, report,
                              &b->outputs[v]);
    if (status == FSIM_OK && b->outputs[v].replications < end)
      status = fsim_failure(report, FSIM_NOWHERE, "stopped before one plan was left");
  }
  return status;
}

static int tell_unsettled(const fsim_best *b, fsim_report *report) {
  fsim_text left = {0};
  for (size_t v = 0; v < b->n; v++)
    if (b->selection.in[v])
      fsim_text_append(&left, "%s%s", left.length > 0 ? ", " : "", b->variants[v].name);
  int status = left.failed
                   ? fsim_no_memory(report)
                   : fsim_failure(report, FSIM_NOWHERE,
                                  "no plan is the best for sure after %d replications; still in: "
                                  "%s. Ask for less with a larger --delta",
                                  FSIM_MOST_FOR_BEST, left.text);
  free(left.text);
  return status;
}

static int go(fsim_best *b, const fsim_best_options *options, fsim_report *report) {
  size_t units = FIRST, room = 0;
  double *memory = NULL;
  double **values = fsim_zeroed(b->n, sizeof *values);
  if (values == NULL) return fsim_no_memory(report);
  int status = FSIM_OK;
  while (status == FSIM_OK && (b->selection.in == NULL || b->selection.left > 1)) {
    if (units * (b->in_pairs ? 2 : 1) > FSIM_MOST_FOR_BEST) {
      status = tell_unsettled(b, report);
      break;
    }
    status = run_those_in(b, options, units, report);
    if (status != FSIM_OK) break;
    if (units > room) {
      room = 2 * units;
      free(memory);
      memory = fsim_zeroed(b->n * room, sizeof *memory);
      if (memory == NULL) status = fsim_no_memory(report);
      for (size_t v = 0; v < b->n && memory != NULL; v++) values[v] = memory + v * room;
      if (memory == NULL) break;
    }
    put_values(b, values, units);
    const double *const *read = (const double *const *)values;
    if (b->selection.in == NULL) {
      b->delta = options->delta * fabs(mean_of(values[0], units));
      if (!(b->delta > 0)) {
        status = fsim_bad_input(report, FSIM_NOWHERE,
                                "%s is 0 in the base, so no share of it can be told apart",
                                options->metric);
        break;
      }
      status = fsim_selection_begin(read, b->n, FIRST, 1 - b->confidence, b->delta, report,
                                    &b->selection);
    }
    if (status == FSIM_OK) status = fsim_selection_go(&b->selection, read, units, report);
    units += MORE;
  }
  free(values);
  free(memory);
  return status;
}

int fsim_best_find(const fsim_variant *variants, size_t n, const fsim_best_options *options,
                   fsim_report *report, fsim_best **best) {
  fsim_best *b = *best = fsim_zeroed(1, sizeof *b);
  if (b == NULL) return fsim_no_memory(report);
  b->variants = variants;
  b->n = n;
  int status = prepare(b, options, report);
  if (status == FSIM_OK) status = go(b, options, report);
  for (size_t v = 0; v < n && status == FSIM_OK; v++)
    if (b->selection.in[v]) b->chosen = v;
  return status;
}

void fsim_best_free(fsim_best *b) {
  if (b == NULL) return;
  for (size_t v = 0; v < b->n; v++) {
    if (b->measures != NULL) fsim_measure_free(&b->measures[v]);
    if (b->outputs != NULL) fsim_outputs_free(&b->outputs[v]);
  }
  free(b->measures);
  free(b->outputs);
  fsim_selection_free(&b->selection);
  fsim_report_free(b->remarks);
  free(b);
}
