#include "analysis/decide/compare.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/decide/alike.h"
#include "analysis/decide/compare_metrics.h"
#include "analysis/decide/precision.h"
#include "sim/base/array.h"
#include "sim/base/text.h"

/* ---- what is compared ---- */

static int list_names(fsim_comparison *c, const fsim_compare_options *options,
                      fsim_report *report) {
  const fsim_scenario *base = c->variants[0].scenario;
  size_t attribute = 0;
  const char *by = options->by != NULL ? options->by : "segment";
  while (attribute < base->n_attributes && strcmp(base->attributes[attribute].name, by) != 0)
    attribute++;
  if (attribute == base->n_attributes)
    return fsim_bad_input(report, FSIM_NOWHERE, "%s has no attribute %s", c->variants[0].name, by);
  fsim_name_list list = {0};
  int failed = 0;
  for (size_t i = 0; i < options->n_metrics && !failed; i++)
    failed = fsim_name_add(&list, "%s", options->metrics[i]);
  if (!failed && options->n_metrics == 0) failed = fsim_default_metrics(base, attribute, &list);
  c->names = list.names;
  c->n_measures = list.n;
  return failed ? fsim_no_memory(report) : FSIM_OK;
}

/* What a variant lacks (a stage that it removed) is left out there; the base must have it all. */
static int make_measures(fsim_comparison *c, fsim_report *report) {
  for (size_t v = 0; v < c->n_variants; v++) {
    const fsim_variant *variant = &c->variants[v];
    for (size_t m = 0; m < c->n_measures; m++) {
      fsim_measure *measure = &c->measures[v * c->n_measures + m];
      fsim_report *unheard = v > 0 ? fsim_report_new() : NULL;
      int status = fsim_measure_make(variant->scenario, variant->shape, c->names[m],
                                     v > 0 ? unheard : report, measure);
      fsim_report_free(unheard);
      if (status == FSIM_FAILED) return fsim_no_memory(report);
      if (status != FSIM_OK && v == 0) return status;
      if (status != FSIM_OK) fsim_measure_free(measure);
    }
  }
  return FSIM_OK;
}

/* ---- samples ---- */

static uint32_t whole_pairs(const fsim_comparison *c, uint32_t n) {
  for (size_t v = 0; v < c->n_variants; v++) {
    if (c->variants[v].scenario->uncertain) return n + n % 2;
  }
  return n;
}

static int sample_to(fsim_comparison *c, const fsim_compare_options *options, uint32_t end,
                     fsim_report *report) {
  int status = FSIM_OK;
  for (size_t v = 0; v < c->n_variants && status == FSIM_OK; v++) {
    const fsim_variant *variant = &c->variants[v];
    fsim_outputs *sample = &c->samples[v];
    const fsim_measure *measures = &c->measures[v * c->n_measures];
    if (variant->reader != NULL) {
      if (sample->replications == 0)
        status = fsim_outputs_read(variant, measures, c->n_measures, report, sample);
    } else if (sample->replications < end) {
      status =
          fsim_outputs_run(variant, measures, c->n_measures, end, &options->run, report, sample);
      c->stopped = c->stopped || sample->replications < end;
    }
  }
  return status;
}

/* ---- differences ---- */

static bool present(const fsim_comparison *c, size_t v, size_t m) {
  return c->measures[v * c->n_measures + m].n_top > 0;
}

static fsim_verdict judge(const fsim_difference *d, fsim_better better) {
  const fsim_interval *change = &d->change;
  if (d->equal == 1) return FSIM_IDENTICAL;
  if (!isfinite(change->low) || !isfinite(change->high)) return FSIM_UNKNOWN;
  if (change->low <= 0 && change->high >= 0) return FSIM_UNDECIDED;
  bool up = change->low > 0;
  if (better == FSIM_NEITHER_IS_BETTER) return up ? FSIM_HIGHER : FSIM_LOWER;
  return up == (better == FSIM_MORE_IS_BETTER) ? FSIM_BETTER : FSIM_WORSE;
}

/* Standard normal: what must be added to the quantile of the interval for a power of 80 %. */
#define FOUR_IN_FIVE 0.8416212335729143

/* More replications after which the interval leaves out 0 four times in five, if the change is as
 * large as it looks: its size must be t + z(0.8) of its standard errors, which shrink with the root
 * of the replications (Lehr, Statistics in Medicine 11, 1992). */
static double needed(const fsim_interval *change, uint32_t replications) {
  double error = change->standard_error, size = fabs(change->estimate);
  if (!(size > 0) || !(error > 0)) return NAN;
  double wanted = (fsim_interval_half_width(change) / error + FOUR_IN_FIVE) * error / size;
  return ceil((double)replications * fmax(0, wanted * wanted - 1));
}

static double alpha_shared(const fsim_comparison *c, size_t by) {
  return 1 - (1 - c->confidence) / (double)by;
}

static int compare_all(fsim_comparison *c, fsim_report *report) {
  size_t others = c->n_variants - 1;
  for (size_t v = 1; v < c->n_variants; v++) {
    for (size_t m = 0; m < c->n_measures; m++) {
      fsim_compared *compared = &c->compared[v * c->n_measures + m];
      double simultaneous = alpha_shared(c, m == 0 ? others : others * (c->n_measures - 1));
      const fsim_measure *base = &c->measures[m], *other = &c->measures[v * c->n_measures + m];
      *compared = (fsim_compared){.verdict = FSIM_UNKNOWN, .more = NAN};
      int status =
          fsim_difference_make(&c->samples[0], base, &c->samples[v], other, m, c->paired[v],
                               c->confidence, simultaneous, report, &compared->difference);
      if (status != FSIM_OK) return status;
      if (!present(c, v, m)) {
        fsim_difference *d = &compared->difference;
        d->change = d->other = d->better = fsim_interval_none();
        d->equal = d->variance_removed = NAN;
        continue;
      }
      compared->verdict = judge(&compared->difference, base->better);
      if (compared->verdict == FSIM_UNDECIDED)
        compared->more = needed(&compared->difference.change, c->samples[v].replications);
    }
  }
  return FSIM_OK;
}

void fsim_compare_with_best(const double *low, const double *high, size_t n, fsim_interval *best) {
  for (size_t i = 0; i < n; i++) {
    bool known = n > 1;
    best[i] = fsim_interval_none();
    double from = INFINITY, to = INFINITY;
    for (size_t j = 0; j < n; j++) {
      if (j == i) continue;
      known = known && !isnan(low[i * n + j]) && !isnan(high[i * n + j]);
      from = fmin(from, low[i * n + j]);
      to = fmin(to, high[i * n + j]);
    }
    if (!known) continue;
    best[i].low = from;
    best[i].high = to;
    best[i].method = "comparison with the best";
  }
}

/* Has plan v a value of the primary measure? It may lack it, or have nothing to divide by. */
static bool has_value(const fsim_comparison *c, size_t v) {
  if (v > 0) return isfinite(fsim_compared_of(c, v, 0)->difference.other.estimate);
  for (size_t i = 1; i < c->n_variants; i++)
    if (isfinite(fsim_compared_of(c, i, 0)->difference.base.estimate)) return true;
  return false;
}

/* low[i * n + j], high[i * n + j]: of plan which[i] minus plan which[j]; more is better. */
static int compare_pairs(const fsim_comparison *c, const size_t *which, size_t n, double *low,
                         double *high, fsim_report *report) {
  double confidence = alpha_shared(c, n * (n - 1) / 2);
  double sign = c->measures[0].better == FSIM_LESS_IS_BETTER ? -1 : 1;
  int status = FSIM_OK;
  for (size_t i = 0; i < n && status == FSIM_OK; i++) {
    for (size_t j = i + 1; j < n && status == FSIM_OK; j++) {
      fsim_difference d;
      size_t a = which[i], b = which[j];
      bool paired = c->variants[a].scenario->seed == c->variants[b].scenario->seed;
      status = fsim_difference_make(&c->samples[a], &c->measures[a * c->n_measures], &c->samples[b],
                                    &c->measures[b * c->n_measures], 0, paired, c->confidence,
                                    confidence, report, &d);
      double from = sign > 0 ? d.change.low : -d.change.high;
      double to = sign > 0 ? d.change.high : -d.change.low;
      low[j * n + i] = from;
      high[j * n + i] = to;
      low[i * n + j] = -to;
      high[i * n + j] = -from;
    }
  }
  return status;
}

/* Of all plans that have the primary measure. */
static int find_best(fsim_comparison *c, fsim_report *report) {
  size_t all = c->n_variants, n = 0;
  double *low = fsim_zeroed(2 * all * all, sizeof *low), *high = low + all * all;
  size_t *which = fsim_zeroed(all, sizeof *which);
  fsim_interval *best = fsim_zeroed(all, sizeof *best);
  int status = low && which && best ? FSIM_OK : fsim_no_memory(report);
  for (size_t v = 0; v < all && status == FSIM_OK; v++) {
    c->best[v] = fsim_interval_none();
    if (has_value(c, v)) which[n++] = v;
  }
  if (status == FSIM_OK && n > 1) status = compare_pairs(c, which, n, low, high, report);
  if (status == FSIM_OK && n > 1) {
    fsim_compare_with_best(low, high, n, best);
    for (size_t i = 0; i < n; i++) c->best[which[i]] = best[i];
  }
  free(low);
  free(which);
  free(best);
  return status;
}

/* ---- settled? ---- */

static bool settled(const fsim_comparison *c, double share) {
  for (size_t v = 1; v < c->n_variants; v++) {
    if (!present(c, v, 0)) continue;
    const fsim_difference *d = &c->compared[v * c->n_measures].difference;
    double size = fmax(fabs(d->base.estimate), fabs(d->change.estimate));
    if (!fsim_precise_to(fsim_interval_half_width(&d->change), size, share)) return false;
  }
  return true;
}

/* A look after which a ratio that was never defined is given up. */
enum { LOOK_GIVEN_UP = 8 };

/* A plan whose primary measure has nothing to divide by; n_variants: none. */
static size_t undefined(const fsim_comparison *c) {
  size_t v = 1;
  while (v < c->n_variants &&
         (!present(c, v, 0) || isfinite(c->compared[v * c->n_measures].difference.change.estimate)))
    v++;
  return v;
}

static int check_can_grow(const fsim_comparison *c, fsim_report *report) {
  for (size_t v = 0; v < c->n_variants; v++)
    if (c->variants[v].reader != NULL)
      return fsim_bad_input(report, FSIM_NOWHERE,
                            "%s holds finished results, which --until cannot add to: give "
                            "scenarios, or leave it out",
                            c->variants[v].name);
  return FSIM_OK;
}

static int run_until(fsim_comparison *c, const fsim_compare_options *options, fsim_report *report) {
  uint32_t most = options->most > 0 ? options->most : FSIM_MOST_FOR_PRECISION;
  int status = check_can_grow(c, report);
  if (status != FSIM_OK) return status;
  for (unsigned k = 0;; k++) {
    uint32_t look = fsim_look(k, false), end = look < most ? look : most;
    status = sample_to(c, options, whole_pairs(c, end), report);
    if (status == FSIM_OK) status = compare_all(c, report);
    if (status != FSIM_OK || c->stopped || settled(c, options->until)) return status;
    size_t without = undefined(c);
    bool hopeless = k >= LOOK_GIVEN_UP && without < c->n_variants;
    if (end < most && !hopeless) continue;
    c->stopped = true;
    if (hopeless)
      fsim_warn(c->remarks, FSIM_NOWHERE,
                "%s has no value in %s or its base after %u replications: more would not settle it",
                c->names[0], c->variants[without].name, end);
    else
      fsim_warn(c->remarks, FSIM_NOWHERE,
                "not settled after %u replications: the interval is still wider than asked for",
                most);
    return FSIM_OK;
  }
}

static int run_fixed(fsim_comparison *c, const fsim_compare_options *options, fsim_report *report) {
  uint32_t n = options->replications;
  if (n == 0) {
    int found = fsim_replications_of(&c->variants[0], &options->run, report, &n);
    if (found != FSIM_OK) return found;
  }
  for (size_t v = 0; v < c->n_variants && n == 0; v++) n = c->variants[v].series.replications;
  int status = sample_to(c, options, whole_pairs(c, n), report);
  return status == FSIM_OK ? compare_all(c, report) : status;
}

/* ---- paradoxes ---- */

/* Finds "NAME[ATTRIBUTE=…]" entries of a measure. */
static bool is_part_of(const char *name, const char *whole) {
  size_t length = strlen(whole);
  return strncmp(name, whole, length) == 0 && name[length] == '[';
}

/* Every segment moves one way and the whole the other: the mix has changed (Simpson 1951). */
static void look_for_paradox(fsim_comparison *c, size_t v, size_t m) {
  const fsim_compared *whole = fsim_compared_of(c, v, m);
  double sign = whole->difference.change.estimate > 0 ? 1 : -1;
  size_t parts = 0;
  if (whole->verdict == FSIM_UNKNOWN || whole->verdict == FSIM_IDENTICAL ||
      whole->verdict == FSIM_UNDECIDED)
    return;
  for (size_t p = 0; p < c->n_measures; p++) {
    if (!is_part_of(c->names[p], c->names[m])) continue;
    double change = fsim_compared_of(c, v, p)->difference.change.estimate;
    if (!(change * sign < 0)) return;
    parts++;
  }
  if (parts < 2) return;
  fsim_warn(c->remarks, FSIM_NOWHERE,
            "%s: %s %s in every segment and yet %s as a whole, because the mix of leads has "
            "changed (Simpson's paradox): judge by segment",
            c->variants[v].name, c->names[m], sign > 0 ? "falls" : "rises",
            sign > 0 ? "rises" : "falls");
}

/* ---- A/B tests ---- */

/* Of plans that ask for a precision, whose number is that of another question. */
enum { TRIAL_REPLICATIONS = 200 };

static int add_trials(fsim_comparison *c, const fsim_variant *plan,
                      const fsim_compare_options *options, fsim_report *report) {
  const fsim_scenario *s = plan->scenario;
  uint32_t n = options->replications > 0 ? options->replications : s->replications;
  if (n == 0) n = TRIAL_REPLICATIONS;
  fsim_trial_options trial = {.metric = c->names[0],
                              .confidence = c->confidence,
                              .replications = s->uncertain ? n + n % 2 : n,
                              .run = options->run};
  fsim_trial *trials = realloc(c->trials, (c->n_trials + s->n_changes + 1) * sizeof *trials);
  if (trials == NULL) return fsim_no_memory(report);
  c->trials = trials;
  int status = FSIM_OK;
  for (size_t i = 0; i < s->n_changes && status == FSIM_OK; i++)
    if (fsim_is_trial(&s->changes[i]))
      status = fsim_trial_make(plan, i, &trial, report, &c->trials[c->n_trials++]);
  return status;
}

static int try_all(fsim_comparison *c, const fsim_compare_options *options, fsim_report *report) {
  int status = FSIM_OK;
  for (size_t v = 1; v < c->n_variants && status == FSIM_OK; v++)
    status = add_trials(c, &c->variants[v], options, report);
  if (status == FSIM_OK && options->pilot != NULL)
    status = add_trials(c, options->pilot, options, report);
  return status;
}

/* ---- all of it ---- */

static int prepare(fsim_comparison *c, const fsim_compare_options *options, fsim_report *report) {
  int status = list_names(c, options, report);
  if (status != FSIM_OK) return status;
  size_t n = c->n_variants;
  c->measures = fsim_zeroed(n * c->n_measures, sizeof *c->measures);
  c->compared = fsim_zeroed(n * c->n_measures, sizeof *c->compared);
  c->samples = fsim_zeroed(n, sizeof *c->samples);
  c->paired = fsim_zeroed(n, sizeof *c->paired);
  c->best = fsim_zeroed(n, sizeof *c->best);
  c->remarks = fsim_report_new();
  if (!c->measures || !c->compared || !c->samples || !c->paired || !c->best || !c->remarks)
    return fsim_no_memory(report);
  c->confidence =
      options->confidence > 0 ? options->confidence : c->variants[0].scenario->confidence;
  status = fsim_check_alike(c->variants, n, "intervals are Welch's and wider", c->remarks, report,
                            c->paired);
  return status == FSIM_OK ? make_measures(c, report) : status;
}

int fsim_compare(const fsim_variant *variants, size_t n_variants,
                 const fsim_compare_options *options, fsim_report *report,
                 fsim_comparison **comparison) {
  fsim_comparison *c = *comparison = fsim_zeroed(1, sizeof *c);
  if (c == NULL) return fsim_no_memory(report);
  c->variants = variants;
  c->n_variants = n_variants;
  int status = prepare(c, options, report);
  if (status == FSIM_OK)
    status = options->until > 0 ? run_until(c, options, report) : run_fixed(c, options, report);
  if (status == FSIM_OK && n_variants > 2) status = find_best(c, report);
  for (size_t v = 1; v < n_variants && status == FSIM_OK; v++)
    for (size_t m = 0; m < c->n_measures; m++) look_for_paradox(c, v, m);
  return status == FSIM_OK ? try_all(c, options, report) : status;
}

void fsim_comparison_free(fsim_comparison *c) {
  if (c == NULL) return;
  for (size_t i = 0; c->measures != NULL && i < c->n_variants * c->n_measures; i++)
    fsim_measure_free(&c->measures[i]);
  for (size_t v = 0; c->samples != NULL && v < c->n_variants; v++)
    fsim_outputs_free(&c->samples[v]);
  fsim_name_list names = {c->names, c->n_measures, 0};
  fsim_names_free(&names);
  for (size_t i = 0; i < c->n_trials; i++) fsim_trial_free(&c->trials[i]);
  free(c->trials);
  free(c->measures);
  free(c->compared);
  free(c->samples);
  free(c->paired);
  free(c->best);
  fsim_report_free(c->remarks);
  free(c);
}

const fsim_compared *fsim_compared_of(const fsim_comparison *comparison, size_t variant,
                                      size_t measure) {
  return &comparison->compared[variant * comparison->n_measures + measure];
}
