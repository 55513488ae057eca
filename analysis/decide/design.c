#include "analysis/decide/design.h"

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/array.h"
#include "sim/base/quantity.h"
#include "sim/base/text.h"

#define MOST_POINTS 100000

static int read_path(const char *text, const char *what, fsim_report *report, fsim_factor *factor,
                     const char **rest) {
  const char *equals = strchr(text, '=');
  if (equals == NULL || equals == text || equals[1] == '\0')
    return fsim_bad_input(report, FSIM_NOWHERE, "%s: expected %s", text, what);
  factor->path = fsim_copy_text(text, (size_t)(equals - text));
  *rest = equals + 1;
  return factor->path == NULL ? fsim_no_memory(report) : FSIM_OK;
}

/* Where the value ends: at a comma outside of brackets. */
static const char *end_of_level(const char *text) {
  int depth = 0;
  for (; *text != '\0'; text++) {
    if (*text == '{' || *text == '[') depth++;
    if (*text == '}' || *text == ']') depth--;
    if (*text == ',' && depth <= 0) return text;
  }
  return text;
}

static int read_grid(const char *text, fsim_report *report, fsim_factor *factor) {
  const char *at = NULL;
  size_t room = 0;
  int status = read_path(text, "PATH=A,B,C, such as teams.ae.size=2,3,4", report, factor, &at);
  while (status == FSIM_OK) {
    const char *end = end_of_level(at);
    void *items = factor->levels;
    if (end == at)
      return fsim_bad_input(report, FSIM_NOWHERE, "--grid %s: a value is missing", text);
    if (fsim_grow(&items, &room, factor->n_levels + 1, sizeof *factor->levels) != 0)
      return fsim_no_memory(report);
    factor->levels = items;
    factor->levels[factor->n_levels] = fsim_copy_text(at, (size_t)(end - at));
    if (factor->levels[factor->n_levels] == NULL) return fsim_no_memory(report);
    factor->n_levels++;
    if (*end == '\0') break;
    at = end + 1;
  }
  return status;
}

/* "x0.5" or "10 / d": the number, and what stands around it. */
static bool read_end(const char *text, size_t length, double *value, char prefix[4],
                     const char **unit, size_t *unit_length) {
  size_t from = strspn(text, "x "), digits = strspn(text + from, "0123456789.eE+-");
  char number[64];
  if (from >= length) return false;
  if (digits > length - from) digits = length - from; /* the dots belong to the range */
  if (digits == 0 || digits >= sizeof number) return false;
  snprintf(number, sizeof number, "%.*s", (int)digits, text + from);
  snprintf(prefix, 4, "%s", text[0] == 'x' ? "x" : "");
  *unit = text + from + digits;
  *unit_length = length - from - digits;
  return fsim_parse_number(number, value) == FSIM_QUANTITY_OK;
}

static int read_range(const char *text, fsim_report *report, fsim_factor *factor) {
  const char *at = NULL, *unit_low = "", *unit_high = "";
  size_t length_low = 0, length_high = 0;
  char prefix[4];
  int status =
      read_path(text, "PATH=LO..HI, such as streams.web.rate=x0.5..x2", report, factor, &at);
  if (status != FSIM_OK) return status;
  const char *dots = strstr(at, "..");
  bool good =
      dots != NULL &&
      read_end(at, (size_t)(dots - at), &factor->low, factor->prefix, &unit_low, &length_low) &&
      read_end(dots + 2, strlen(dots + 2), &factor->high, prefix, &unit_high, &length_high) &&
      factor->low < factor->high && strcmp(prefix, factor->prefix) == 0 &&
      (length_low == 0 ||
       (length_low == length_high && strncmp(unit_low, unit_high, length_low) == 0));
  if (!good)
    return fsim_bad_input(report, FSIM_NOWHERE,
                          "%s: expected PATH=LO..HI with LO below HI in the same unit, such as "
                          "streams.web.rate=40 / d..80 / d or basic.stages.proposal.wait=x0.5..x1",
                          text);
  factor->unit = fsim_copy_text(unit_high, length_high);
  return factor->unit == NULL ? fsim_no_memory(report) : FSIM_OK;
}

/* ---- points ---- */

static char *sampled(const fsim_factor *factor, double share) {
  fsim_text text = {0};
  fsim_text_append(&text, "%s%.6g%s", factor->prefix,
                   factor->low + (factor->high - factor->low) * share, factor->unit);
  if (!text.failed) return text.text;
  free(text.text);
  return NULL;
}

/* share[n_samples]: one value in each of n equal strips, in random order. */
static void draw_strips(gsl_rng *rng, double *share, size_t n) {
  for (size_t i = 0; i < n; i++) share[i] = ((double)i + gsl_rng_uniform(rng)) / (double)n;
  gsl_ran_shuffle(rng, share, n, sizeof *share);
}

static int fill(fsim_design *d, size_t n_samples, uint64_t seed, fsim_report *report) {
  size_t n_ranges = d->n_factors - d->n_grid, grid = d->n_points / n_samples;
  double *share = fsim_zeroed(n_samples, sizeof *share);
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  int status = share == NULL || rng == NULL ? fsim_no_memory(report) : FSIM_OK;
  if (rng != NULL) gsl_rng_set(rng, (unsigned long)seed);
  for (size_t f = 0; f < n_ranges && status == FSIM_OK; f++) {
    draw_strips(rng, share, n_samples);
    for (size_t p = 0; p < d->n_points && status == FSIM_OK; p++) {
      char **value = &d->values[p * d->n_factors + d->n_grid + f];
      *value = sampled(&d->factors[d->n_grid + f], share[p % n_samples]);
      if (*value == NULL) status = fsim_no_memory(report);
    }
  }
  for (size_t p = 0; p < grid && status == FSIM_OK; p++) {
    size_t rest = p;
    for (size_t f = d->n_grid; f-- > 0 && status == FSIM_OK;) {
      const fsim_factor *factor = &d->factors[f];
      const char *level = factor->levels[rest % factor->n_levels];
      rest /= factor->n_levels;
      for (size_t s = 0; s < n_samples && status == FSIM_OK; s++) {
        char **value = &d->values[(p * n_samples + s) * d->n_factors + f];
        *value = fsim_copy_text(level, strlen(level));
        if (*value == NULL) status = fsim_no_memory(report);
      }
    }
  }
  free(share);
  if (rng != NULL) gsl_rng_free(rng);
  return status;
}

int fsim_design_make(const char *const *grids, size_t n_grids, const char *const *ranges,
                     size_t n_ranges, size_t n_samples, uint64_t seed, fsim_report *report,
                     fsim_design *design) {
  *design = (fsim_design){0};
  if ((n_ranges > 0) != (n_samples > 0))
    return fsim_bad_input(report, FSIM_NOWHERE,
                          n_ranges > 0
                              ? "ranges need --sample lhs:N, the number of plans to draw"
                              : "--sample needs ranges, such as streams.web.rate=x0.5..x2");
  design->factors = fsim_zeroed(n_grids + n_ranges, sizeof *design->factors);
  if (design->factors == NULL) return fsim_no_memory(report);
  double points = n_samples > 0 ? (double)n_samples : 1;
  int status = FSIM_OK;
  for (size_t i = 0; i < n_grids && status == FSIM_OK; i++) {
    status = read_grid(grids[i], report, &design->factors[design->n_factors++]);
    points *= (double)design->factors[i].n_levels;
  }
  design->n_grid = n_grids;
  for (size_t i = 0; i < n_ranges && status == FSIM_OK; i++)
    status = read_range(ranges[i], report, &design->factors[design->n_factors++]);
  if (status != FSIM_OK) return status;
  if (points > MOST_POINTS)
    return fsim_bad_input(report, FSIM_NOWHERE, "%.0f plans are too many; at most %d", points,
                          MOST_POINTS);
  design->n_points = (size_t)points;
  design->values = fsim_zeroed(design->n_points * (design->n_factors + 1), sizeof *design->values);
  if (design->values == NULL) return fsim_no_memory(report);
  return fill(design, n_samples > 0 ? n_samples : 1, seed, report);
}

void fsim_design_free(fsim_design *design) {
  for (size_t f = 0; f < design->n_factors; f++) {
    fsim_factor *factor = &design->factors[f];
    for (size_t l = 0; l < factor->n_levels; l++) free(factor->levels[l]);
    free(factor->levels);
    free(factor->path);
    free(factor->unit);
  }
  for (size_t i = 0; design->values != NULL && i < design->n_points * design->n_factors; i++)
    free(design->values[i]);
  free(design->factors);
  free(design->values);
  *design = (fsim_design){0};
}
