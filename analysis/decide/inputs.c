#include "analysis/decide/inputs.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/decide/steps.h"
#include "analysis/uncertain.h"
#include "sim/base/array.h"
#include "sim/base/quantity.h"
#include "sim/base/text.h"

/* How far a lever goes that has no range of its own. */
#define USUAL_SPREAD 0.2

/* ---- ranges ---- */

static void spread_out(fsim_vary *vary) {
  double by = fabs(vary->now) * USUAL_SPREAD;
  if (vary->kind == FSIM_VARY_WHOLE) by = fmax(rint(by), 1);
  vary->low = vary->now - by;
  vary->high = vary->now + by;
  if (vary->kind == FSIM_VARY_WHOLE) vary->low = fmax(vary->low, fmin(vary->now, 1));
  if (vary->kind == FSIM_VARY_CHANCE) vary->high = fmin(vary->high, 1);
}

static bool is_known(const fsim_inputs *inputs, const char *path) {
  for (size_t i = 0; i < inputs->n; i++)
    if (strcmp(inputs->list[i].path, path) == 0) return true;
  return false;
}

static int add(fsim_inputs *inputs, size_t *room, const char *path, const char *range,
               const fsim_vary *vary, fsim_report *report) {
  void *items = inputs->list;
  if (fsim_grow(&items, room, inputs->n + 1, sizeof *inputs->list)) return fsim_no_memory(report);
  inputs->list = items;
  fsim_input *input = &inputs->list[inputs->n++];
  *input = (fsim_input){.path = fsim_copy_text(path, strlen(path)),
                        .range = fsim_copy_text(range, strlen(range)),
                        .uncertain = vary == NULL};
  if (vary != NULL) input->vary = *vary;
  return input->path && input->range ? FSIM_OK : fsim_no_memory(report);
}

static int add_vary(fsim_inputs *inputs, size_t *room, const fsim_vary *vary, fsim_report *report) {
  char range[96], low[40], high[40];
  const char *by = vary->kind == FSIM_VARY_FACTOR ? "x" : "";
  snprintf(range, sizeof range, "%s%s to %s%s", by,
           fsim_format_figures(vary->low, 4, low, sizeof low), by,
           fsim_format_figures(vary->high, 4, high, sizeof high));
  return add(inputs, room, vary->lever->path, range, vary, report);
}

static int add_range(fsim_inputs *inputs, size_t *room, const char *text, fsim_report *report) {
  fsim_vary vary;
  int status = fsim_vary_parse(inputs->variant, text, report, &vary);
  if (status != FSIM_OK) return status;
  if (strchr(text, '=') == NULL) spread_out(&vary);
  if (is_known(inputs, vary.lever->path))
    return fsim_bad_input(report, FSIM_NOWHERE, "%s is varied twice: keep one range",
                          vary.lever->path);
  return add_vary(inputs, room, &vary, report);
}

/* ---- levers by globs ---- */

/* The exits of a stage are one group: length of the path up to their names; 0: no exit. */
static size_t group_of(const fsim_lever *lever) {
  const char *exits = strstr(lever->path, ".exits.");
  if (exits == NULL || strcmp(lever->kind, "probability") != 0) return 0;
  return (size_t)(exits - lever->path) + strlen(".exits.");
}

/* What the exits of a lever's group take together, without the last of them where they take all:
 * that one is what the others leave. */
static double taken_by_group(const fsim_step *steps, size_t n, size_t i, bool *is_left_over) {
  size_t length = group_of(steps[i].lever), last = i;
  double taken = 0, of_last = 0;
  for (size_t k = 0; k < n; k++) {
    double value;
    if (group_of(steps[k].lever) != length ||
        strncmp(steps[k].lever->path, steps[i].lever->path, length) != 0 ||
        fsim_parse_share(steps[k].lever->value, &value) != FSIM_QUANTITY_OK)
      continue;
    taken += value;
    of_last = value;
    last = k;
  }
  bool all = taken > 1 - 1e-9;
  *is_left_over = all && last == i;
  return all ? taken - of_last : taken;
}

/* Numbers and whole laws; uncertain ones come with their own laws, `rest` and maps are no numbers.
 */
static bool can_vary(const fsim_lever *lever) {
  if (strncmp(lever->value, "{uncertain:", 11) == 0) return false;
  return strcmp(lever->kind, "distribution") == 0 || strpbrk(lever->value, "0123456789") != NULL;
}

static int add_lever(fsim_inputs *inputs, size_t *room, const fsim_step *steps, size_t n, size_t i,
                     fsim_report *report) {
  fsim_vary vary;
  int status = fsim_vary_parse(inputs->variant, steps[i].lever->path, report, &vary);
  if (status != FSIM_OK) return status;
  spread_out(&vary);
  if (group_of(steps[i].lever) > 0) {
    bool is_left_over;
    double taken = taken_by_group(steps, n, i, &is_left_over);
    if (is_left_over) return FSIM_OK;
    /* So that all exits of the stage at their highest still fit. */
    vary.high = fmin(vary.high, vary.now + 0.9 * (1 - taken) * vary.now / taken);
  }
  return vary.low < vary.high ? add_vary(inputs, room, &vary, report) : FSIM_OK;
}

static int add_levers(fsim_inputs *inputs, size_t *room, const fsim_inputs_options *options,
                      fsim_report *report) {
  if (options->n_globs == 0 && !(options->practical && options->n_ranges == 0)) return FSIM_OK;
  fsim_step_options choice = {.globs = options->globs, .n_globs = options->n_globs};
  fsim_step *steps = NULL;
  size_t n = 0;
  int status = fsim_steps_make(inputs->variant, &choice, report, &steps, &n);
  for (size_t i = 0; i < n && status == FSIM_OK; i++) {
    const fsim_lever *lever = steps[i].lever;
    if (can_vary(lever) && !is_known(inputs, lever->path))
      status = add_lever(inputs, room, steps, n, i, report);
  }
  free(steps);
  return status;
}

/* ---- uncertain numbers ---- */

static const char *law_of(const char *path, const fsim_lever *levers, size_t n) {
  for (size_t i = 0; i < n; i++)
    if (strcmp(levers[i].path, path) == 0) return levers[i].value;
  return "in changes";
}

static int add_uncertain(fsim_inputs *inputs, size_t *room, fsim_report *report) {
  char **paths;
  size_t n;
  const fsim_lever *levers = NULL;
  size_t n_levers = 0;
  int status = fsim_uncertain_paths(inputs->variant->source, report, &paths, &n);
  if (status == FSIM_OK)
    status = fsim_source_levers(inputs->variant->source, report, &levers, &n_levers);
  for (size_t i = 0; i < n && status == FSIM_OK; i++)
    status = add(inputs, room, paths[i], law_of(paths[i], levers, n_levers), NULL, report);
  for (size_t i = 0; i < n; i++) free(paths[i]);
  free(paths);
  return status;
}

int fsim_inputs_make(const fsim_variant *variant, const fsim_inputs_options *options,
                     fsim_report *report, fsim_inputs *inputs) {
  size_t room = 0;
  *inputs = (fsim_inputs){.variant = variant};
  int status = FSIM_OK;
  for (size_t i = 0; i < options->n_ranges && status == FSIM_OK; i++)
    status = add_range(inputs, &room, options->ranges[i], report);
  if (status == FSIM_OK) status = add_levers(inputs, &room, options, report);
  inputs->n_ranges = inputs->n;
  if (status == FSIM_OK) status = add_uncertain(inputs, &room, report);
  if (status == FSIM_OK && inputs->n == 0)
    status = fsim_bad_input(report, FSIM_NOWHERE,
                            "%s has no uncertain numbers: say what may vary, such as --vary "
                            "streams.web.rate=x0.8..x1.2",
                            variant->name);
  return status;
}

void fsim_inputs_free(fsim_inputs *inputs) {
  for (size_t i = 0; i < inputs->n; i++) {
    free(inputs->list[i].path);
    free(inputs->list[i].range);
  }
  free(inputs->list);
  *inputs = (fsim_inputs){0};
}

/* ---- points ---- */

double fsim_input_value(const fsim_input *input, double u) {
  const fsim_vary *vary = &input->vary;
  if (vary->kind != FSIM_VARY_WHOLE) return vary->low + u * (vary->high - vary->low);
  double low = ceil(vary->low), high = floor(vary->high);
  return fmin(low + floor(u * (high - low + 1)), high);
}

typedef struct choosing {
  const fsim_inputs *inputs;
  const double *u;
} choosing;

static double choose(void *context, const char *path) {
  const choosing *c = context;
  for (size_t i = c->inputs->n_ranges; i < c->inputs->n; i++)
    if (strcmp(c->inputs->list[i].path, path) == 0) return c->u[i];
  return 0.5;
}

static int apply_ranges(const fsim_inputs *inputs, const double *u, fsim_report *report,
                        fsim_point *point) {
  size_t n = inputs->n_ranges;
  char **sets = fsim_zeroed(n, sizeof *sets);
  int status = sets == NULL ? fsim_no_memory(report) : FSIM_OK;
  for (size_t i = 0; i < n && status == FSIM_OK; i++) {
    sets[i] = fsim_vary_set(&inputs->list[i].vary, fsim_input_value(&inputs->list[i], u[i]));
    if (sets[i] == NULL) status = fsim_no_memory(report);
  }
  if (status == FSIM_OK)
    status = fsim_variant_derive(inputs->variant, inputs->variant->name, (const char *const *)sets,
                                 n, report, &point->derived);
  if (status == FSIM_OK) {
    point->plan = point->derived;
  } else if (status == FSIM_BAD_INPUT) {
    fsim_text where = {0};
    for (size_t i = 0; i < n; i++) fsim_text_append(&where, "%s%s", i > 0 ? ", " : "", sets[i]);
    if (!where.failed)
      fsim_bad_input(report, FSIM_NOWHERE, "no such plan at %s: narrow the ranges", where.text);
    free(where.text);
  }
  for (size_t i = 0; sets != NULL && i < n; i++) free(sets[i]);
  free(sets);
  return status;
}

int fsim_point_make(const fsim_inputs *inputs, const double *u, fsim_report *report,
                    fsim_point *point) {
  *point = (fsim_point){.plan = *inputs->variant};
  int status = inputs->n_ranges > 0 ? apply_ranges(inputs, u, report, point) : FSIM_OK;
  if (status != FSIM_OK || !fsim_source_uncertain(point->plan.source)) return status;
  choosing c = {inputs, u};
  status = fsim_source_realise_at(point->plan.source, &(fsim_choice){choose, &c}, report,
                                  &point->realised);
  if (status == FSIM_OK) point->plan.scenario = point->realised;
  return status;
}

void fsim_point_free(fsim_point *point) {
  fsim_scenario_free(point->realised);
  fsim_variant_free(&point->derived);
  *point = (fsim_point){0};
}
