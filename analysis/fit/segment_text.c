/* Attributes in the files that are written: what is different for their values. */
#include <math.h>

#include "analysis/fit/incidence.h"
#include "analysis/fit/model_text_parts.h"
#include "analysis/fit/sampling_error.h"

/* Below this an effect is known so well that it is written as a plain number. */
#define KNOWN_WELL 0.02
#define MOST_VALUES 100

void fsim_append_value_law(fsim_text *text, const double *value, size_t n, double factor) {
  const size_t most = n < MOST_VALUES ? n : MOST_VALUES;
  fsim_text_append(text, "value: {empirical: {values: [");
  for (size_t i = 0; i < most; i++) {
    size_t at = most == n ? i : (size_t)(((double)i + 0.5) * (double)n / (double)most);
    fsim_text_append(text, "%s%.10g", i ? ", " : "", value[at] * factor);
  }
  fsim_text_append(text, "]}}");
}

/* ---- a split stage without laws ---- */

/* A share as unsure as its ends and past errors leave it; the other exits but one have `others`. */
static void append_seen_share(fsim_text *text, double share, double ends, double others,
                              double odds_sigma) {
  const double error = hypot(odds_sigma, 1 / sqrt(ends * (1 - share)));
  const double trials = 1 / (share * (1 - share) * error * error) - 1;
  if (isfinite(trials) && trials > 2)
    fsim_text_append(text,
                     "{uncertain: {beta: {successes: %.6g, trials: %.6g}, truncate: {max: %.9g}}}",
                     share * trials, trials, 1 - others);
  else
    fsim_text_append(text, "%.9g", share);
}

static double ends_by(const fsim_hazard *h, size_t exit) {
  double ends = 0;
  for (size_t p = 0; p < h->n_pieces; p++) ends += h->ends[p * h->n_exits + exit];
  return ends;
}

/* One exit takes the rest, and what was never seen to leave: the outcome of never, by its exit or
 * by one of its own. Of the others the largest has a share that is drawn. */
int fsim_append_exits_by_shares(const fsim_log *log, const fsim_fitted_funnel *f, size_t s,
                                const fsim_model_text_options *o, fsim_text *text,
                                fsim_report *report) {
  const fsim_stage_stays *stays = &f->stays.stage[s];
  const fsim_hazard *h = &f->stage[s].hazard;
  const size_t never_to = fsim_outcome_of_never(&log->funnels[f->stays.funnel]);
  size_t unsure = SIZE_MAX, rest = SIZE_MAX;
  double shares = 0;
  int status = FSIM_OK;
  for (size_t x = 0; x < h->n_exits; x++) {
    const bool takes_never = stays->exit[x].outcome && (size_t)stays->exit[x].index == never_to;
    if (!fsim_fitted_leads_to(f, s, x)) continue;
    if (takes_never) {
      rest = x;
      continue;
    }
    shares += fsim_hazard_share(h, x);
    if (unsure == SIZE_MAX || fsim_hazard_share(h, x) > fsim_hazard_share(h, unsure)) unsure = x;
  }
  fsim_text_append(text, "    exits:\n");
  for (size_t x = 0; x < h->n_exits && status == FSIM_OK; x++) {
    fsim_clock wait;
    if (!fsim_fitted_leads_to(f, s, x)) continue;
    status = fsim_wait_of(h, x, report, &wait);
    if (status == FSIM_OK) {
      const double share = 1 - wait.never;
      fsim_text_append(text, "      %s: {probability: ", fsim_fitted_exit_name(f, s, x));
      if (x == rest)
        fsim_text_append(text, "rest");
      else if (x == unsure)
        append_seen_share(text, share, ends_by(h, x), shares - share, o->odds_sigma);
      else
        fsim_text_append(text, "%.9g", share);
      wait.never = x == rest ? fmax(1 - shares - share, 0) : 0;
      fsim_text_append(text, ", wait: {empirical: ");
      fsim_append_clock(text, &wait, 0, "        ");
      fsim_text_append(text, ", scale: ");
      const double own = fsim_rate_error(fsim_effective_ends(h, stays, x));
      fsim_append_scale(text, hypot(hypot(o->pace_sigma, own), fsim_stage_swing_error(log, f, s)));
      fsim_text_append(text, "}}\n");
    }
    fsim_clock_free(&wait);
  }
  if (rest == SIZE_MAX)
    fsim_text_append(text, "      %s: {probability: rest, wait: " FSIM_NEVER_TEXT "}\n",
                     f->outcome[never_to]);
  return status;
}

/* ---- overrides ---- */

static void append_factor(fsim_text *text, double effect, double error) {
  fsim_append_unsure(text, exp(effect), error >= KNOWN_WELL ? error : 0);
}

/* Doubt must not change how many are expected: the mean of the rate is what was seen. */
static void append_rate_factor(fsim_text *text, double effect, double error) {
  append_factor(text, effect - (error >= KNOWN_WELL ? error * error / 2 : 0), error);
}

static const char *class_name(const fsim_log *log, const fsim_fitted_funnel *f, size_t s,
                              const fsim_stage_segments *segments, size_t class) {
  if (class < segments->n_exits) return fsim_fitted_exit_name(f, s, segments->exit_of[class]);
  return f->outcome[fsim_outcome_of_never(&log->funnels[f->stays.funnel])];
}

static void append_stage_override(const fsim_log *log, const fsim_fitted_funnel *f, size_t s,
                                  const fsim_segment_term *term, size_t value, fsim_text *text) {
  const fsim_stage_segments *segments = &f->segments[s];
  const double *effect = term->effect + value * segments->n_effects;
  const double *error = term->error + value * segments->n_effects;
  fsim_text_append(text, "      %s:  # %zu stays\n", f->stage[s].name, term->n[value]);
  if (segments->rate != NULL) {
    fsim_text_append(text, "        odds: {");
    for (size_t k = 0; k < segments->n_exits; k++) {
      fsim_text_append(text, "%s%s: ", k > 0 ? ", " : "", class_name(log, f, s, segments, k));
      append_rate_factor(text, effect[k], error[k]);
    }
    fsim_text_append(text, "}\n");
    return;
  }
  if (segments->n_classes > 1) fsim_text_append(text, "        odds: {");
  for (size_t c = 1; c < segments->n_classes; c++) {
    fsim_text_append(text, "%s%s: ", c > 1 ? ", " : "", class_name(log, f, s, segments, c));
    append_factor(text, effect[c - 1], error[c - 1]);
  }
  if (segments->n_classes > 1) fsim_text_append(text, "}\n");
  fsim_text_append(text, "        exits:\n");
  for (size_t k = 0; k < segments->n_exits; k++) {
    const size_t j = segments->n_classes - 1 + k;
    fsim_text_append(text, "          %s: {wait: {scale: ", class_name(log, f, s, segments, k));
    append_factor(text, effect[j], error[j]);
    fsim_text_append(text, "}}\n");
  }
}

static const fsim_segment_term *term_of(const fsim_fitted_funnel *f, size_t s, size_t attribute) {
  for (size_t t = 0; t < f->segments[s].n_terms; t++) {
    if (f->segments[s].term[t].attribute == attribute) return &f->segments[s].term[t];
  }
  return NULL;
}

static void append_override(const fsim_log *log, const fsim_fitted_funnel *f, size_t a, size_t v,
                            fsim_text *text) {
  const fsim_value_segments *values = &f->value_segments;
  bool any = false;
  fsim_text_append(text, "  - when: {%s: ", f->attributes.attribute[a].name);
  fsim_append_value(text, f->attributes.attribute[a].value[v]);
  fsim_text_append(text, "}\n");
  for (size_t s = 0; s < f->n_stages; s++) {
    const fsim_segment_term *term = term_of(f, s, a);
    if (term == NULL || term->n[v] == 0) continue;
    if (!any) fsim_text_append(text, "    stages:\n");
    any = true;
    append_stage_override(log, f, s, term, v, text);
  }
  if (values->attribute != a || values->of[v].n == 0) return;
  fsim_text_append(text, "    ");
  if (values->of[v].value != NULL)
    fsim_append_value_law(text, values->of[v].value, values->of[v].n, 1);
  else
    fsim_append_value_law(text, values->residual, values->n_residuals, values->of[v].pooled);
  fsim_text_append(text, "  # %zu cases that were won\n", values->of[v].n);
}

static bool has_override(const fsim_fitted_funnel *f, size_t a, size_t v) {
  if (f->value_segments.attribute == a && f->value_segments.of[v].n > 0) return true;
  for (size_t s = 0; s < f->n_stages && f->segments != NULL; s++) {
    const fsim_segment_term *term = term_of(f, s, a);
    if (term != NULL && term->n[v] > 0) return true;
  }
  return false;
}

void fsim_append_overrides(const fsim_log *log, const fsim_fitted_funnel *f, fsim_text *text) {
  bool any = false;
  for (size_t a = 0; a < f->attributes.n; a++) {
    for (size_t v = 0; v < f->attributes.attribute[a].n_values; v++) {
      if (!has_override(f, a, v)) continue;
      if (!any)
        fsim_text_append(text, "overrides:  # factors are drawn towards 1 where cases are few\n");
      any = true;
      append_override(log, f, a, v, text);
    }
  }
}
