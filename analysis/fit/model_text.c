#include "analysis/fit/model_text.h"

#include <math.h>
#include <stdlib.h>

#include "analysis/fit/clock.h"
#include "analysis/fit/model_text_parts.h"
#include "analysis/fit/sampling_error.h"
#include "sim/base/quantity.h"

#define DAY INT64_C(86400)

void fsim_model_text_free(fsim_model_text *text) {
  free(text->model);
  free(text->scenario);
  free(text->open_deals);
  *text = (fsim_model_text){0};
}

int32_t fsim_fitted_start(const fsim_log *log) {
  return (int32_t)((log->end + DAY - 1) / DAY);
}

/* Months of the quarter in which a stage all but rests are told by the pace of its clocks, which
 * also holds for deals in it: their ages go on where they stopped. Milder differences are told by
 * other laws for those that enter then. */
static bool rests(const fsim_fitted_funnel *f, size_t stage) {
  const fsim_hazard *h = &f->stage[stage].hazard;
  for (size_t m = 0; m < FSIM_QUARTER_MONTHS && h->profile; m++) {
    bool all = true;
    for (size_t x = 0; x < h->n_exits; x++)
      all = all && (!fsim_fitted_leads_to(f, stage, x) || h->factor[m * h->n_exits + x] < 0.25);
    if (all) return true;
  }
  return false;
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
    fsim_append_unsure(text, 1, pace_sigma);
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
    append_law(text, &fit->exit[x], takes_never && !told ? fit->never : 0,
               hypot(o->pace_sigma, fsim_law_error(fit, x)));
    told = told || takes_never;
    fsim_text_append(text, "}\n");
  }
  if (!told)
    fsim_text_append(text, "      %s: {probability: %.6g, wait: " FSIM_NEVER_TEXT "}\n",
                     f->outcome[never_to], fit->never);
}

/* ---- the model ---- */

/* Exits that keep the model sound and are never taken within any horizon. */
static void append_never_taken(const fsim_log *log, const fsim_fitted_funnel *f, size_t s,
                               fsim_text *text) {
  const fsim_log_funnel *of = &log->funnels[f->stays.funnel];
  for (size_t to = 0; to < f->n_stages && s == f->entry; to++) {
    if (f->stage[to].unreached)
      fsim_text_append(text, "      %s: {wait: " FSIM_NEVER_TEXT "}  # never seen from here\n",
                       f->stage[to].name);
  }
  if (f->stage[s].stuck)
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
  append_time_out(f, s, text);
  if (f->stage[s].laws != NULL) {
    append_exits_by_laws(log, f, s, o, text);
    return FSIM_OK;
  }
  if (f->segments != NULL && f->segments[s].n_terms > 0)
    return fsim_append_exits_by_shares(log, f, s, o, text, report);
  fsim_text_append(text, "    race: true\n    exits:\n");
  for (size_t x = 0; x < h->n_exits && status == FSIM_OK; x++) {
    if (!fsim_fitted_leads_to(f, s, x)) continue;
    fsim_clock clock;
    status = fsim_clock_of(h, x, rests(f, s) ? -1 : month, report, &clock);
    if (status == FSIM_OK) {
      fsim_text_append(
          text, "      %s:\n        wait:\n          empirical: ", fsim_fitted_exit_name(f, s, x));
      const fsim_clock_error e = fsim_clock_error_of(fsim_effective_ends(h, &f->stays.stage[s], x),
                                                     clock.never, o->odds_sigma, o->pace_sigma);
      fsim_append_clock(text, &clock, e.odds, "            ");
      fsim_text_append(text, "\n          scale: ");
      fsim_append_unsure(text, 1, e.scale);
      fsim_text_append(text, "\n");
    }
    fsim_clock_free(&clock);
  }
  append_never_taken(log, f, s, text);
  const fsim_stage_stays *stays = &f->stays.stage[s];
  if (stays->later_age > 0) {
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
  for (size_t s = 0; s < f->n_stages && status == FSIM_OK; s++) {
    if (f->stays.stage[s].n > 0) status = append_stage(log, f, s, month, o, text, report);
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

/* ---- the scenario ---- */

typedef struct change_writing {
  const fsim_fitted_funnel *f;
  const fsim_model_text_options *o;
  fsim_text *text;
  fsim_report *report;
} change_writing;

static void append_change_head(const change_writing *w, int64_t on, const char *applies_to) {
  char date[32];
  fsim_text_append(w->text, "  - on: %s\n    applies_to: %s\n    set:\n",
                   fsim_format_date((int32_t)(on / DAY), date, sizeof date), applies_to);
}

static void append_path(const change_writing *w, size_t s, size_t x) {
  fsim_text_append(w->text, "      %s.stages.%s.exits.%s.wait", w->f->name, w->f->stage[s].name,
                   fsim_fitted_exit_name(w->f, s, x));
}

/* From a month whose factors are those of `before` (-1: all 1) to another. */
static void append_paces(const change_writing *w, int64_t on, int before) {
  const size_t month = (size_t)fsim_month_of_quarter(on);
  bool any = false;
  for (size_t s = 0; s < w->f->n_stages; s++) {
    const fsim_hazard *h = &w->f->stage[s].hazard;
    for (size_t x = 0; x < h->n_exits && rests(w->f, s); x++) {
      if (!fsim_fitted_leads_to(w->f, s, x)) continue;
      double was = before < 0 ? 1 : h->factor[(size_t)before * h->n_exits + x];
      if (!any) append_change_head(w, on, "all");
      any = true;
      append_path(w, s, x);
      fsim_text_append(w->text, ": x%.4g\n", was / h->factor[month * h->n_exits + x]);
    }
  }
}

static int append_laws(const change_writing *w, int64_t on) {
  const int month = fsim_month_of_quarter(on);
  bool any = false;
  int status = FSIM_OK;
  for (size_t s = 0; s < w->f->n_stages; s++) {
    const fsim_hazard *h = &w->f->stage[s].hazard;
    if (!h->profile || rests(w->f, s)) continue;
    for (size_t x = 0; x < h->n_exits && status == FSIM_OK; x++) {
      if (!fsim_fitted_leads_to(w->f, s, x)) continue;
      fsim_clock clock;
      status = fsim_clock_of(h, x, month, w->report, &clock);
      if (status == FSIM_OK) {
        if (!any) append_change_head(w, on, "next_stage");
        any = true;
        append_path(w, s, x);
        fsim_text_append(w->text, ".empirical:\n        ");
        fsim_append_clock(w->text, &clock, w->o->odds_sigma, "          ");
        fsim_text_append(w->text, "\n");
      }
      fsim_clock_free(&clock);
    }
  }
  return status;
}

static int append_changes(const fsim_fitted_funnel *f, int32_t start,
                          const fsim_model_text_options *o, fsim_text *text, fsim_report *report) {
  bool any = false, any_rests = false;
  for (size_t s = 0; s < f->n_stages; s++) {
    any = any || f->stage[s].hazard.profile;
    any_rests = any_rests || rests(f, s);
  }
  const int64_t from = (int64_t)start * DAY, until = from + o->weeks * 7 * DAY;
  int64_t on = fsim_next_month(from);
  if (!any || (!any_rests && on >= until)) return FSIM_OK;
  const change_writing w = {f, o, text, report};
  fsim_text_append(text,
                   "# Months of the quarter differ: rates of leaving as seen in such months.\n"
                   "changes:\n");
  append_paces(&w, from, -1);
  int status = FSIM_OK;
  for (int before = fsim_month_of_quarter(from); on < until && status == FSIM_OK;
       on = fsim_next_month(on)) {
    append_paces(&w, on, before);
    status = append_laws(&w, on);
    before = fsim_month_of_quarter(on);
  }
  return status;
}

static void append_stream(const fsim_fitted_funnel *f, const fsim_model_text_options *o,
                          fsim_text *text) {
  const fsim_arrivals *a = &f->arrivals;
  if (a->n_weeks == 0) return;
  fsim_text_append(text, "streams:\n  new:  # from %zu weeks\n    into: %s\n    rate: ", a->n_weeks,
                   f->name);
  /* The mean is what was seen: a lognormal of that spread has its median below. */
  const double sigma = hypot(o->arrivals_sigma, fsim_level_error(a));
  const double rate = a->per_day * exp(-sigma * sigma / 2);
  if (sigma > 0)
    fsim_text_append(text, "{uncertain: {lognormal: {median: %.6g / d, sigma: %.4g}}}\n", rate,
                     sigma);
  else
    fsim_text_append(text, "%.6g / d\n", rate);
  if (a->weekdays_differ) {
    fsim_text_append(text, "    weekday: [");
    for (int d = 0; d < 7; d++) fsim_text_append(text, "%s%.4g", d ? ", " : "", a->weekday[d]);
    fsim_text_append(text, "]\n");
  }
  /* Days vary independently: seven of them give the week its spread. */
  if (a->week_cv > 0) fsim_text_append(text, "    dispersion: {cv: %.4g}\n", a->week_cv * sqrt(7));
  fsim_text_append(text, "    attributes: {deal: new");
  for (size_t i = 0; i < f->attributes.n; i++) {
    const fsim_fitted_attribute *attribute = &f->attributes.attribute[i];
    fsim_text_append(text, ",\n                 %s: {", attribute->name);
    for (size_t v = 0; v < attribute->n_values; v++) {
      fsim_text_append(text, "%s", v ? ", " : "");
      fsim_append_value(text, attribute->value[v]);
      fsim_text_append(text, ": %.6g", attribute->share[v]);
    }
    fsim_text_append(text, "}");
  }
  fsim_text_append(text, "}\n");
}

static size_t n_in_pipeline(const fsim_fitted_funnel *f) {
  size_t n = 0;
  for (size_t s = 0; s < f->n_stages; s++) n += f->stage[s].n_open - f->stage[s].n_stale;
  return n;
}

static int write_scenario(const fsim_log *log, const fsim_fitted_funnel *f,
                          const fsim_model_text_options *o, fsim_text *text, fsim_report *report) {
  const int32_t start = fsim_fitted_start(log);
  char date[32];
  fsim_text_append(text,
                   "scenario: %s\nmodels: [%s]\nstart: %s\nhorizon: %d w\nreplications: %d\n"
                   "seed: %llu\nattributes: {deal: [new, open]",
                   o->scenario, f->name, fsim_format_date(start, date, sizeof date), o->weeks,
                   o->replications, (unsigned long long)o->seed);
  for (size_t i = 0; i < f->attributes.n; i++) {
    const fsim_fitted_attribute *attribute = &f->attributes.attribute[i];
    fsim_text_append(text, ",\n             %s: [", attribute->name);
    for (size_t v = 0; v < attribute->n_values; v++) {
      fsim_text_append(text, "%s", v ? ", " : "");
      fsim_append_value(text, attribute->value[v]);
    }
    fsim_text_append(text, "]");
  }
  fsim_text_append(text, "}\n");
  append_stream(f, o, text);
  if (n_in_pipeline(f) > 0)
    fsim_text_append(text,
                     "pipeline: {file: %s-open.csv, funnel: %s, stage: stage, entered: entered,\n"
                     "           attributes: {deal: deal",
                     f->name, f->name);
  for (size_t i = 0; i < f->attributes.n && n_in_pipeline(f) > 0; i++)
    fsim_text_append(text, ", %s: %s", f->attributes.attribute[i].name,
                     f->attributes.attribute[i].name);
  if (n_in_pipeline(f) > 0) fsim_text_append(text, "}, value: value}\n");
  return append_changes(f, start, o, text, report);
}

/* ---- open deals ---- */

static void append_csv(fsim_text *text, const char *field) {
  fsim_text_append(text, "\"");
  for (const char *c = field; *c != '\0'; c++)
    fsim_text_append(text, *c == '"' ? "\"\"" : "%c", *c);
  fsim_text_append(text, "\"");
}

static void write_open_deals(const fsim_log *log, const fsim_fitted_funnel *f, fsim_text *text) {
  fsim_text_append(text, "id,stage,entered,deal,value");
  for (size_t i = 0; i < f->attributes.n; i++)
    fsim_text_append(text, ",%s", f->attributes.attribute[i].name);
  fsim_text_append(text, "\n");
  for (size_t s = 0; s < f->n_stages; s++) {
    const fsim_stage_stays *stays = &f->stays.stage[s];
    for (size_t i = 0; i < stays->n; i++) {
      const fsim_dated_stay *stay = &stays->stay[i];
      if (!fsim_stay_is_open(stays, stay)) continue;
      if (fsim_fitted_is_stale(f, s, stay)) continue;
      const fsim_case *c = &log->cases[stay->which_case];
      char entered[40];
      append_csv(text, fsim_case_id(log, c));
      fsim_text_append(text, ",%s,%s,open,", f->stage[s].name,
                       fsim_format_instant(0, stay->entered, entered, sizeof entered));
      if (c->value >= 0) fsim_text_append(text, "%.10g", c->value);
      for (size_t k = 0; k < f->attributes.n; k++) {
        const fsim_fitted_attribute *attribute = &f->attributes.attribute[k];
        fsim_text_append(text, ",");
        append_csv(text, attribute->value[fsim_value_of_case(log, attribute, stay->which_case)]);
      }
      fsim_text_append(text, "\n");
    }
  }
}

int fsim_write_model_text(const fsim_log *log, const fsim_fitted_funnel *fitted,
                          const fsim_model_text_options *options, fsim_report *report,
                          fsim_model_text *text) {
  *text = (fsim_model_text){0};
  const int month = fsim_month_of_quarter((int64_t)fsim_fitted_start(log) * DAY);
  fsim_text model = {0}, scenario = {0}, open = {0};
  int status = write_model(log, fitted, month, options, &model, report);
  if (status == FSIM_OK) status = write_scenario(log, fitted, options, &scenario, report);
  if (status == FSIM_OK) write_open_deals(log, fitted, &open);
  *text = (fsim_model_text){model.text, scenario.text, open.text};
  if (status == FSIM_OK && (model.failed || scenario.failed || open.failed))
    status = fsim_no_memory(report);
  return status;
}
