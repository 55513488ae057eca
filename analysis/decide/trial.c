#include "analysis/decide/trial.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/decide/trial_count.h"
#include "sim/base/array.h"
#include "sim/base/quantity.h"
#include "sim/base/text.h"

bool fsim_is_trial(const fsim_change *change) {
  return change->share > 0 && change->share < 1;
}

/* ---- the test of one replication ---- */

/* Two proportions with pooled variance: the difference in standard errors; 0 where nothing can be
 * told. */
static double z_of(const fsim_trial_cell *cell) {
  double n[2] = {cell->leads[0], cell->leads[1]}, won[2] = {cell->won[0], cell->won[1]};
  if (!(n[0] > 0) || !(n[1] > 0)) return 0;
  double pooled = (won[0] + won[1]) / (n[0] + n[1]);
  double variance = pooled * (1 - pooled) * (1 / n[0] + 1 / n[1]);
  return variance > 0 ? (won[1] / n[1] - won[0] / n[0]) / sqrt(variance) : 0;
}

/* ---- its power, week by week ---- */

/* Mean and standard deviation of z over replications, at the end. */
static fsim_moments last_z(const fsim_trial_counts *c, uint32_t n, double *z) {
  for (uint32_t r = 0; r < n; r++) z[r] = z_of(&c->cells[(r + 1) * c->n_weeks - 1]);
  return fsim_moments_of(z, n);
}

static void put_weeks(fsim_trial *t, const fsim_trial_counts *c, double sign, double beyond) {
  for (size_t w = 0; w < c->n_weeks; w++) {
    size_t seen = 0;
    double leads[2] = {0, 0}, won[2] = {0, 0};
    for (uint32_t r = 0; r < t->replications; r++) {
      const fsim_trial_cell *cell = &c->cells[r * c->n_weeks + w];
      seen += sign * z_of(cell) > beyond;
      for (int arm = 0; arm < 2; arm++) {
        leads[arm] += cell->leads[arm];
        won[arm] += cell->won[arm];
      }
    }
    fsim_trial_week *week = &t->weeks[w];
    week->seen = fsim_share_of_runs(seen, t->replications, c->scenario->uncertain, t->confidence);
    for (int arm = 0; arm < 2; arm++) {
      week->won[arm] = leads[arm] > 0 ? won[arm] / leads[arm] : NAN;
      week->leads[arm] = leads[arm] / t->replications;
    }
  }
}

/* The rising curve that is nearest to y by least squares (pool adjacent violators: Ayer et al.,
 * Annals of Mathematical Statistics 26, 1955). size[n] is scratch. */
static void make_rising(double *y, size_t *size, size_t n) {
  size_t blocks = 0;
  for (size_t i = 0; i < n; i++) {
    double mean = y[i];
    size[blocks] = 1;
    while (blocks > 0 && y[blocks - 1] > mean) {
      size_t before = size[blocks - 1], all = before + size[blocks];
      mean = (mean * (double)size[blocks] + y[blocks - 1] * (double)before) / (double)all;
      size[--blocks] = all;
    }
    y[blocks++] = mean;
  }
  for (size_t i = n; blocks > 0;) {
    double mean = y[--blocks];
    for (size_t k = size[blocks]; k > 0; k--) y[--i] = mean;
  }
}

/* More weeks see more, so the first week at which the rising curve through the shares is high
 * enough is the answer. Its interval: from the first week at which the share may be that high to
 * the one from which on it is for sure. */
static int find_needed(fsim_trial *t, fsim_report *report) {
  double *curve = fsim_zeroed(t->n_weeks, sizeof *curve);
  size_t *size = fsim_zeroed(t->n_weeks, sizeof *size), n = t->n_weeks;
  int status = curve && size ? FSIM_OK : fsim_no_memory(report);
  t->needed = t->low = t->high = 0;
  if (status == FSIM_OK) {
    for (size_t w = 0; w < n; w++) curve[w] = t->weeks[w].seen.estimate;
    make_rising(curve, size, n);
    for (size_t w = n; w-- > 0;) {
      if (curve[w] >= t->power) t->needed = w + 1;
      if (t->weeks[w].seen.high >= t->power) t->low = w + 1;
    }
    size_t last = n; /* the last week at which it may still be too low */
    while (last > 0 && t->weeks[last - 1].seen.low >= t->power) last--;
    if (last < n) t->high = last + 1;
  }
  free(curve);
  free(size);
  return status;
}

/* ---- as long as it takes ---- */

/* Weeks to the power by the normal approximation, from z after n weeks: it grows with the root of
 * time. NAN where replications show no difference. */
static double forecast(const fsim_trial *t, const fsim_moments *z, size_t n) {
  double error = sqrt(z->variance / (double)t->replications);
  if (!(fabs(z->mean) > 3 * error)) return NAN;
  double want = gsl_cdf_ugaussian_Qinv((1 - t->confidence) / 2) + gsl_cdf_ugaussian_Pinv(t->power);
  return (double)n * (want / z->mean) * (want / z->mean);
}

/* One simulation of `variant`, with its counts made into weeks. */
static int run(fsim_trial *t, const fsim_variant *variant, const fsim_trial_options *options,
               fsim_trial_counts *c, fsim_report *report) {
  uint32_t n = options->replications, done = 0;
  c->scenario = variant->scenario;
  c->n_weeks = (size_t)((variant->scenario->horizon_s - c->from_s) / FSIM_WEEK);
  c->cells = fsim_zeroed(n * c->n_weeks, sizeof *c->cells);
  fsim_trial_week *weeks = fsim_zeroed(c->n_weeks, sizeof *weeks);
  double *z = fsim_zeroed(n, sizeof *z);
  int status = c->cells && weeks && z ? FSIM_OK : fsim_no_memory(report);
  if (status == FSIM_OK) status = fsim_trial_count(variant, n, &options->run, report, c, &done);
  if (status == FSIM_OK && done < n)
    status = fsim_failure(report, FSIM_NOWHERE, "stopped before the A/B test was simulated");
  if (status == FSIM_OK) {
    free(t->weeks);
    t->weeks = weeks;
    weeks = NULL;
    t->n_weeks = c->n_weeks;
    fsim_moments at_end = last_z(c, n, z);
    put_weeks(t, c, at_end.mean < 0 ? -1 : 1, gsl_cdf_ugaussian_Qinv((1 - t->confidence) / 2));
    t->about = forecast(t, &at_end, c->n_weeks);
    status = find_needed(t, report);
  }
  free(c->cells);
  free(weeks);
  free(z);
  return status;
}

/* Weeks after the start of the test to simulate next; 0: enough, or too many. */
static size_t next_weeks(const fsim_trial *t, size_t n) {
  if (t->high > 0 || n >= FSIM_MOST_TRIAL_WEEKS) return 0;
  if (t->about > 2 * FSIM_MOST_TRIAL_WEEKS) return 0;
  double more = fmax(2 * (double)n, 13);
  if (isfinite(t->about)) more = fmax(1.5 * t->about + 4, 1.3 * (double)n);
  return (size_t)fmin(ceil(more), FSIM_MOST_TRIAL_WEEKS);
}

static int longer(const fsim_variant *variant, int32_t end_s, fsim_report *report,
                  fsim_variant *derived) {
  char set[64];
  const char *sets[] = {set};
  snprintf(set, sizeof set, "horizon=%ld s", (long)end_s);
  return fsim_variant_derive(variant, variant->name, sets, 1, report, derived);
}

static int run_to_the_end(fsim_trial *t, const fsim_variant *variant,
                          const fsim_trial_options *options, fsim_trial_counts *c,
                          fsim_report *report) {
  int status = FSIM_OK;
  size_t n = 0;
  if (variant->scenario->horizon_s - c->from_s >= FSIM_WEEK) {
    status = run(t, variant, options, c, report);
    n = c->n_weeks;
  }
  while (status == FSIM_OK && (n = next_weeks(t, n)) > 0) {
    fsim_variant derived;
    status = longer(variant, c->from_s + (int32_t)((double)n * FSIM_WEEK), report, &derived);
    if (status == FSIM_OK) status = run(t, &derived, options, c, report);
    fsim_variant_free(&derived);
  }
  return status;
}

/* ---- what is tested ---- */

static size_t funnel_of(const fsim_scenario *s, const char *metric, const bool *stages) {
  size_t first = 0;
  for (size_t f = 0; f < s->n_funnels; f++) {
    size_t length = strlen(s->funnels[f].name);
    if (metric != NULL && strncmp(metric, s->funnels[f].name, length) == 0 && metric[length] == '.')
      return f;
  }
  while (!stages[first]) first++;
  return s->stages[first].funnel;
}

static int name_all(fsim_trial *t, const fsim_variant *variant, const fsim_change *change,
                    const bool *stages, fsim_report *report) {
  const fsim_scenario *s = variant->scenario;
  fsim_text text = {0};
  t->variant = fsim_copy_text(variant->name, strlen(variant->name));
  t->text = fsim_copy_text(change->text, strlen(change->text));
  for (size_t i = 0; i < s->n_stages; i++)
    if (stages[i])
      fsim_text_append(&text, "%s%s.%s", text.length > 0 ? ", " : "",
                       s->funnels[s->stages[i].funnel].name, s->stages[i].name);
  t->stages = text.text;
  return !text.failed && t->variant && t->text ? FSIM_OK : fsim_no_memory(report);
}

int fsim_trial_make(const fsim_variant *variant, size_t change, const fsim_trial_options *options,
                    fsim_report *report, fsim_trial *t) {
  const fsim_scenario *s = variant->scenario;
  const fsim_change *of = &s->changes[change];
  *t = (fsim_trial){.share = of->share,
                    .power = options->power > 0 ? options->power : 0.8,
                    .confidence = options->confidence,
                    .replications = options->replications,
                    .about = NAN};
  bool *stages = fsim_zeroed(s->n_stages, sizeof *stages);
  if (stages == NULL) return fsim_no_memory(report);
  size_t n = fsim_trial_stages(s, change, stages);
  int status = name_all(t, variant, of, stages, report);
  if (n == 0) t->unfit = "it changes no stage, so that the arms cannot be told apart by who wins";
  fsim_trial_counts counts = {
      .change = change, .stages = stages, .from_s = of->on_s + (int32_t)of->ramp_s};
  if (status == FSIM_OK && n > 0) {
    counts.funnel = funnel_of(s, options->metric, stages);
    const char *funnel = s->funnels[counts.funnel].name;
    t->funnel = fsim_copy_text(funnel, strlen(funnel));
    status = t->funnel == NULL ? fsim_no_memory(report)
                               : run_to_the_end(t, variant, options, &counts, report);
  }
  free(stages);
  return status;
}

void fsim_trial_free(fsim_trial *t) {
  free(t->variant);
  free(t->text);
  free(t->stages);
  free(t->funnel);
  free(t->weeks);
  *t = (fsim_trial){0};
}
