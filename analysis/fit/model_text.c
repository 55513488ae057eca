#include "analysis/fit/model_text.h"

#include <math.h>
#include <stdlib.h>

#include "analysis/fit/clock.h"
#include "analysis/fit/model_text_parts.h"
#include "analysis/fit/sampling_error.h"
#include "sim/base/array.h"
#include "sim/base/quantity.h"

#define DAY INT64_C(86400)

void fsim_model_text_free(fsim_model_text *text) {
  for (size_t f = 0; f < text->n; f++) {
    free(text->model[f]);
    free(text->open_deals[f]);
  }
  free(text->model);
  free(text->open_deals);
  free(text->scenario);
  *text = (fsim_model_text){0};
}

int32_t fsim_fitted_start(const fsim_log *log) {
  return (int32_t)((log->end + DAY - 1) / DAY);
}

/* Whether exits are written here that only keep the model sound. */
static bool holds_unreached(const fsim_fitted_funnel *f, size_t s) {
  bool any = false;
  for (size_t to = 0; to < f->n_stages; to++)
    any = any || (s == f->entry && f->stage[to].unreached);
  return any;
}

bool fsim_stage_has_clocks(const fsim_fitted_funnel *f, size_t s) {
  const fsim_fitted_stage *stage = &f->stage[s];
  return stage->work == NULL && (!stage->instant || stage->stuck || holds_unreached(f, s));
}

bool fsim_stage_rests(const fsim_fitted_funnel *f, size_t stage) {
  const fsim_hazard *h = &f->stage[stage].hazard;
  if (!fsim_stage_has_clocks(f, stage)) return false;
  for (size_t m = 0; m < FSIM_QUARTER_MONTHS && h->profile; m++) {
    bool all = true;
    for (size_t x = 0; x < h->n_exits; x++)
      all = all && (!fsim_fitted_leads_to(f, stage, x) || h->factor[m * h->n_exits + x] < 0.25);
    if (all) return true;
  }
  return false;
}

double fsim_stage_swing_error(const fsim_log *log, const fsim_fitted_funnel *f, size_t s) {
  return fsim_stage_swings(log, f, s) ? fsim_swing_error(&f->swing) : 0;
}

/* ---- a stage by laws ---- */

/* The exit whose share is drawn where it is not known well: the first that is no loss. Another one
 * takes the rest. */
static size_t unsure_exit(const fsim_log_funnel *of, const fsim_stage_stays *stage) {
  for (size_t x = 0; x < stage->n_exits; x++) {
    if (!stage->exit[x].outcome || of->wins[stage->exit[x].index]) return x;
  }
  return 0;
}

/* Variance of a share p_x from that of the logarithms of odds (delta method; the first exit's
 * logarithm is fixed at 0), and what past errors add. */
static double share_variance(const fsim_stage_fit *fit, size_t x, double odds_sigma) {
  const size_t n = fit->n_exits - 1 + (fit->never > 0), row = fit->n_theta;
  const double p = fit->exit[x].share;
  double variance = 0;
  for (size_t i = 0; i < n; i++) {
    double gi = p * ((i + 1 == x) - (i + 1 < fit->n_exits ? fit->exit[i + 1].share : fit->never));
    for (size_t j = 0; j < n; j++) {
      double gj = p * ((j + 1 == x) - (j + 1 < fit->n_exits ? fit->exit[j + 1].share : fit->never));
      variance += gi * gj * fit->covariance[i * row + j];
    }
  }
  if (!isfinite(variance) || variance < 0) variance = 0;
  return variance + pow(p * (1 - p) * odds_sigma, 2);
}

static void append_share(fsim_text *text, const fsim_stage_fit *fit, size_t x, double others,
                         double odds_sigma) {
  const double p = fit->exit[x].share, variance = share_variance(fit, x, odds_sigma);
  const double trials = variance > 0 ? p * (1 - p) / variance - 1 : 0;
  if (trials > 2)
    fsim_text_append(text,
                     "{uncertain: {beta: {successes: %.6g, trials: %.6g}, truncate: {max: %.6g}}}",
                     p * trials, trials, 1 - others);
  else
    fsim_text_append(text, "%.6g", p);
}

static void append_law(fsim_text *text, const fsim_exit_law *law, double never, double pace_sigma) {
  if (never > 0) {
    const double all = law->share + never;
    fsim_text_append(text, "{mixture: [{weight: %.6g, ", law->share / all);
    fsim_text inner = {0};
    fsim_exit_law_append(law, &inner);
    if (!inner.failed && inner.length > 2)
      fsim_text_append(text, "%.*s", (int)inner.length - 2, inner.text + 1);
    free(inner.text);
    fsim_text_append(text, "}, {weight: %.6g, fixed: " FSIM_NEVER_TEXT "}]}", never / all);
    return;
  }
  fsim_text law_text = {0};
  fsim_exit_law_append(law, &law_text);
  if (law_text.failed) {
    text->failed = 1;
  } else if (pace_sigma > 0) {
    fsim_text_append(text, "%.*s, scale: ", (int)law_text.length - 1, law_text.text);
    fsim_append_scale(text, pace_sigma);
    fsim_text_append(text, "}");
  } else {
    fsim_text_append(text, "%s", law_text.text);
  }
  free(law_text.text);
}

static void append_exits_by_laws(const fsim_log *log, const fsim_fitted_funnel *f, size_t s,
                                 const fsim_model_text_options *o, fsim_text *text) {
  const fsim_stage_fit *fit = f->stage[s].laws;
  const fsim_stage_stays *stays = &f->stays.stage[s];
  const fsim_log_funnel *of = &log->funnels[f->stays.funnel];
  const size_t never_to = fsim_outcome_of_never(of), unsure = unsure_exit(of, stays);
  size_t rest = SIZE_MAX;
  double others = 0;
  bool told = fit->never <= 0;
  for (size_t x = 0; x < fit->n_exits; x++) {
    bool takes_never = stays->exit[x].outcome && (size_t)stays->exit[x].index == never_to;
    if (x != unsure && (rest == SIZE_MAX || takes_never)) rest = x;
  }
  for (size_t x = 0; x < fit->n_exits; x++)
    others += x == unsure || x == rest ? 0 : fit->exit[x].share;
  fsim_text_append(text, "    exits:\n");
  for (size_t x = 0; x < fit->n_exits; x++) {
    bool takes_never = stays->exit[x].outcome && (size_t)stays->exit[x].index == never_to;
    fsim_text_append(text, "      %s: {probability: ", fsim_fitted_exit_name(f, s, x));
    if (x == rest)
      fsim_text_append(text, "rest");
    else if (x == unsure && rest != SIZE_MAX)
      append_share(text, fit, x, others, o->odds_sigma);
    else
      fsim_text_append(text, "%.6g", fit->exit[x].share + (takes_never ? fit->never : 0));
    fsim_text_append(text, ", wait: ");
    append_law(
        text, &fit->exit[x], takes_never && !told ? fit->never : 0,
        hypot(hypot(o->pace_sigma, fsim_law_error(fit, x)), fsim_stage_swing_error(log, f, s)));
    told = told || takes_never;
    fsim_text_append(text, "}\n");
  }
  if (!told)
    fsim_text_append(text, "      %s: {probability: %.6g, wait: " FSIM_NEVER_TEXT "}\n",
                     f->outcome[never_to], fit->never);
}

/* ---- the model ---- */

/* Shares of exits that take no time. */
static void append_exits_at_once(const fsim_fitted_funnel *f, size_t s, fsim_text *text) {
  const fsim_stage_stays *stays = &f->stays.stage[s];
  bool first = true;
  fsim_text_append(text, "    exits: {");
  for (size_t x = 0; x < stays->n_exits; x++) {
    const double share = fsim_stays_share(stays, x);
    if (share <= 0) continue;
    fsim_text_append(text, "%s%s: ", first ? "" : ", ", fsim_fitted_exit_name(f, s, x));
    if (first)
      fsim_text_append(text, "rest");
    else
      fsim_text_append(text, "%.9g", share);
    first = false;
  }
  fsim_text_append(text, "}\n");
}

/* Exits that keep the model sound and are never taken within any horizon; `any`: there are others.
 */
static void append_never_taken(const fsim_log *log, const fsim_fitted_funnel *f, size_t s, bool any,
                               fsim_text *text) {
  const fsim_log_funnel *of = &log->funnels[f->stays.funnel];
  for (size_t to = 0; to < f->n_stages && s == f->entry; to++) {
    if (f->stage[to].unreached)
      fsim_text_append(text, "      %s: {wait: " FSIM_NEVER_TEXT "}  # never seen from here\n",
                       f->stage[to].name);
  }
  if (f->stage[s].stuck || !any)
    fsim_text_append(text, "      %s: {wait: " FSIM_NEVER_TEXT "}  # no outcome was seen\n",
                     f->outcome[fsim_outcome_of_never(of)]);
}

static void append_time_out(const fsim_fitted_funnel *f, size_t s, fsim_text *text) {
  const fsim_stage_stays *stays = &f->stays.stage[s];
  if (stays->expire_after == 0) return;
  fsim_text_append(text, "    expire: {after: ");
  fsim_append_age(text, (double)stays->expire_after);
  fsim_text_append(text, ", to: %s}  # a spike in the data\n",
                   fsim_fitted_exit_name(f, s, stays->expire_exit));
}

static int append_stage(const fsim_log *log, const fsim_fitted_funnel *f, size_t s, int month,
                        const fsim_model_text_options *o, fsim_text *text, fsim_report *report) {
  const fsim_hazard *h = &f->stage[s].hazard;
  int status = FSIM_OK;
  double ends = 0;
  for (size_t i = 0; i < h->n_pieces * h->n_exits; i++) ends += h->ends[i];
  fsim_text_append(text, "  %s:  # %.0f stays ended", f->stage[s].name, ends);
  if (ends > 0) {
    fsim_text_append(text, "; the last after ");
    fsim_append_age(text, h->last_end);
  }
  fsim_text_append(text, "\n");
  if (f->stage[s].work != NULL) return fsim_append_work_stage(f, s, text, report);
  append_time_out(f, s, text);
  if (!fsim_stage_has_clocks(f, s)) {
    append_exits_at_once(f, s, text);
    return FSIM_OK;
  }
  if (f->stage[s].laws != NULL) {
    append_exits_by_laws(log, f, s, o, text);
    return FSIM_OK;
  }
  if (f->segments != NULL && f->segments[s].laws != NULL)
    return fsim_append_exits_by_shares(log, f, s, o, text, report);
  const fsim_hazard rates = fsim_fitted_rates(f, s);
  fsim_text_append(text, "    race: true\n    exits:\n");
  const size_t begin = text->length;
  for (size_t x = 0; x < h->n_exits && status == FSIM_OK; x++) {
    if (!fsim_fitted_leads_to(f, s, x)) continue;
    fsim_clock clock;
    status = fsim_clock_of(&rates, x, fsim_stage_rests(f, s) ? -1 : month, report, &clock);
    if (status == FSIM_OK) {
      fsim_text_append(
          text, "      %s:\n        wait:\n          empirical: ", fsim_fitted_exit_name(f, s, x));
      const fsim_clock_error e = fsim_clock_error_of(fsim_effective_ends(h, &f->stays.stage[s], x),
                                                     clock.never, o->odds_sigma, o->pace_sigma);
      fsim_append_clock(text, &clock, e.odds, "            ");
      fsim_text_append(text, "\n          scale: ");
      fsim_append_scale(text, hypot(e.scale, fsim_stage_swing_error(log, f, s)));
      fsim_text_append(text, "\n");
    }
    fsim_clock_free(&clock);
  }
  const fsim_stage_stays *stays = &f->stays.stage[s];
  const bool later = stays->later_age > 0 && f->stays.stage[stays->later].n > 0;
  append_never_taken(log, f, s, text->length > begin || later, text);
  if (later) {
    fsim_text_append(text, "      %s: {wait: ", f->stage[stays->later].name);
    fsim_append_age(text, (double)stays->later_age);
    fsim_text_append(text, "}  # the rest of the stage, which the calendar treats differently\n");
  }
  return status;
}

static void append_values(const fsim_fitted_funnel *f, fsim_text *text) {
  if (f->n_values == 0) return;
  fsim_append_value_law(text, f->value, f->n_values, 1);
  fsim_text_append(text, "  # of %zu cases that were won\n", f->n_values);
}

static int write_model(const fsim_log *log, const fsim_fitted_funnel *f, int month,
                       const fsim_model_text_options *o, fsim_text *text, fsim_report *report) {
  const fsim_log_funnel *of = &log->funnels[f->stays.funnel];
  fsim_text_append(text, "funnel: %s\nentry: %s\nstages:\n", f->name, f->stage[f->entry].name);
  int status = FSIM_OK;
  for (size_t i = 0; i < f->n_stages && status == FSIM_OK; i++) {
    const size_t s = fsim_fitted_stage_at(f, i);
    if (f->stays.stage[s].n > 0 || s == f->entry)
      status = append_stage(log, f, s, month, o, text, report);
  }
  fsim_text_append(text, "outcomes: {");
  for (size_t i = 0; i < f->n_outcomes; i++)
    fsim_text_append(text, "%s%s: {%s}", i ? ", " : "", f->outcome[i],
                     of->wins[i] ? "counts_as: win" : "");
  fsim_text_append(text, "}\n");
  append_values(f, text);
  fsim_append_overrides(log, f, text);
  return status;
}

int fsim_write_model_text(const fsim_log *log, const fsim_fitted_set *set,
                          const fsim_model_text_options *options, fsim_report *report,
                          fsim_model_text *text) {
  *text = (fsim_model_text){.model = fsim_zeroed(set->n, sizeof *text->model),
                            .open_deals = fsim_zeroed(set->n, sizeof *text->open_deals),
                            .n = set->n};
  if (text->model == NULL || text->open_deals == NULL) {
    text->n = 0;
    return fsim_no_memory(report);
  }
  const int month = fsim_month_of_quarter((int64_t)fsim_fitted_start(log) * DAY);
  fsim_text scenario = {0};
  int status = FSIM_OK;
  for (size_t f = 0; f < set->n && status == FSIM_OK; f++) {
    fsim_text model = {0}, open = {0};
    status = write_model(log, &set->funnel[f], month, options, &model, report);
    if (status == FSIM_OK) fsim_write_open_deals(log, set, f, &open);
    text->model[f] = model.text;
    text->open_deals[f] = open.text;
    if (status == FSIM_OK && (model.failed || open.failed)) status = fsim_no_memory(report);
  }
  if (status == FSIM_OK) status = fsim_write_scenario(log, set, options, &scenario, report);
  text->scenario = scenario.text;
  if (status == FSIM_OK && scenario.failed) status = fsim_no_memory(report);
  return status;
}
