#include "analysis/decide/steps.h"

#include <fnmatch.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/array.h"
#include "sim/base/quantity.h"

/* The step that a planner thinks of, by kind of lever. */
static const struct usual {
  const char *kind, *by, *back;
} usual[] = {{"probability", "+1 pp", NULL}, {"time", "x0.9", NULL},
             {"distribution", "x0.9", NULL}, {"rate", "x1.1", NULL},
             {"size", "+1", "-1"},           {"money", "x1.1", NULL},
             {"share", "+1 pp", NULL},       {"number", "x1.1", NULL}};
enum { N_USUAL = sizeof usual / sizeof *usual };

static const struct usual *usual_of(const char *kind) {
  for (size_t i = 0; i < N_USUAL; i++) {
    if (strcmp(usual[i].kind, kind) == 0) return &usual[i];
  }
  return NULL;
}

static bool begins(const char *path, const char *with) {
  return strncmp(path, with, strlen(with)) == 0;
}

static const char *last_of(const char *path) {
  const char *dot = strrchr(path, '.');
  return dot == NULL ? path : dot + 1;
}

/* A number inside a distribution that is itself a lever. */
static bool is_inner(const fsim_lever *levers, size_t i) {
  for (size_t k = i; k-- > 0;) {
    size_t length = strlen(levers[k].path);
    if (strcmp(levers[k].kind, "distribution") == 0 && begins(levers[i].path, levers[k].path) &&
        levers[i].path[length] == '.')
      return true;
  }
  return false;
}

/* Every exit, wait, work time, patience, deadline, team size, stream rate and link. */
static bool is_practical(const fsim_lever *levers, size_t i) {
  const fsim_lever *lever = &levers[i];
  const char *last = last_of(lever->path);
  if (is_inner(levers, i)) return false;
  if (begins(lever->path, "teams.")) return strcmp(last, "size") == 0;
  if (begins(lever->path, "streams.")) return strcmp(last, "rate") == 0;
  bool chance = strcmp(lever->kind, "probability") == 0;
  bool time = strcmp(lever->kind, "time") == 0 || strcmp(lever->kind, "distribution") == 0;
  if (begins(lever->path, "links.")) return chance || strcmp(last, "after") == 0;
  if (strstr(lever->path, ".stages.") == NULL) return false;
  return chance || (time && strstr(lever->path, ".wait_effect.") == NULL);
}

static bool is_wanted(const fsim_step_options *options, const fsim_lever *levers, size_t i,
                      bool *fits) {
  if (options->n_globs == 0) return is_practical(levers, i);
  bool wanted = false;
  for (size_t g = 0; g < options->n_globs; g++) {
    if (fnmatch(options->globs[g], levers[i].path, 0) != 0) continue;
    fits[g] = true;
    wanted = true;
  }
  return wanted;
}

/* ---- the step of a lever ---- */

/* "WHICH=STEP" whose WHICH is the lever's path or kind; the last one wins. */
static const char *asked_step(const fsim_step_options *options, const fsim_lever *lever) {
  const char *step = NULL;
  for (size_t i = 0; i < options->n_steps; i++) {
    const char *equals = strchr(options->steps[i], '=');
    size_t length = equals == NULL ? 0 : (size_t)(equals - options->steps[i]);
    const char *names[] = {lever->path, lever->kind};
    for (size_t k = 0; k < 2; k++) {
      if (strlen(names[k]) == length && strncmp(options->steps[i], names[k], length) == 0)
        step = equals + 1;
    }
  }
  return step;
}

static double number_of(const char *text) {
  double value;
  if (fsim_parse_share(text, &value) == FSIM_QUANTITY_OK) return value;
  if (fsim_parse_rate(text, &value) == FSIM_QUANTITY_OK) return value;
  if (fsim_parse_duration(text, &value) == FSIM_QUANTITY_OK) return value;
  return NAN;
}

/* "+1 pp" is 0.01, "-1" -1, "+2 d" two days. */
static double amount_of(const char *step) {
  char text[64];
  if (*step == '+') step++;
  const char *points = strstr(step, "pp");
  size_t length = points == NULL ? strlen(step) : (size_t)(points - step);
  while (length > 0 && step[length - 1] == ' ') length--;
  if (length >= sizeof text) return NAN;
  snprintf(text, sizeof text, "%.*s", (int)length, step);
  double amount;
  if (points != NULL)
    return fsim_parse_number(text, &amount) == FSIM_QUANTITY_OK ? amount / 100 : NAN;
  return number_of(text);
}

/* By what share of itself a step changes a lever. */
static double relative_of(const fsim_lever *lever, const char *step) {
  double factor;
  if (step[0] == 'x')
    return fsim_parse_number(step + 1, &factor) == FSIM_QUANTITY_OK ? factor - 1 : NAN;
  double value = number_of(lever->value);
  return value > 0 ? amount_of(step) / value : NAN;
}

static int check_steps(const fsim_step_options *options, fsim_report *report) {
  for (size_t i = 0; i < options->n_steps; i++) {
    const char *equals = strchr(options->steps[i], '=');
    if (equals != NULL && (equals[1] == 'x' || equals[1] == '+' || equals[1] == '-')) continue;
    return fsim_bad_input(report, FSIM_NOWHERE,
                          "step %s: expected KIND=STEP or PATH=STEP, such as time=x0.8, "
                          "probability=+2pp or teams.sdr.size=+2",
                          options->steps[i]);
  }
  return FSIM_OK;
}

static int check_globs(const fsim_step_options *options, const bool *fits, fsim_report *report) {
  for (size_t g = 0; g < options->n_globs; g++) {
    if (fits[g]) continue;
    return fsim_bad_input(report, FSIM_NOWHERE,
                          "no lever fits %s; funnelsim check --levers lists them all",
                          options->globs[g]);
  }
  return FSIM_OK;
}

int fsim_steps_make(const fsim_variant *variant, const fsim_step_options *options,
                    fsim_report *report, fsim_step **steps, size_t *n) {
  const fsim_lever *levers;
  size_t n_levers;
  *steps = NULL;
  *n = 0;
  int status = check_steps(options, report);
  if (status == FSIM_OK) status = fsim_source_levers(variant->source, report, &levers, &n_levers);
  if (status != FSIM_OK) return status;
  *steps = fsim_zeroed(n_levers, sizeof **steps);
  bool *fits = fsim_zeroed(options->n_globs, sizeof *fits);
  if (*steps == NULL || fits == NULL) {
    free(fits);
    return fsim_no_memory(report);
  }
  for (size_t i = 0; i < n_levers; i++) {
    const struct usual *step = usual_of(levers[i].kind);
    if (!is_wanted(options, levers, i, fits) || step == NULL) continue;
    const char *asked = asked_step(options, &levers[i]);
    const char *by = asked != NULL ? asked : step->by;
    (*steps)[(*n)++] = (fsim_step){.lever = &levers[i],
                                   .by = by,
                                   .back = asked != NULL ? NULL : step->back,
                                   .relative = relative_of(&levers[i], by)};
  }
  status = check_globs(options, fits, report);
  free(fits);
  if (status == FSIM_OK && *n == 0)
    status = fsim_bad_input(report, FSIM_NOWHERE, "%s has no lever to move", variant->name);
  return status;
}
