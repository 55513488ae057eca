/* The scenario file of fitted funnels, and their open deals. */
#include <math.h>
#include <stdlib.h>

#include "analysis/fit/model_text_parts.h"
#include "analysis/fit/sampling_error.h"
#include "sim/base/quantity.h"
#include "sim/random/distribution.h"

#define DAY INT64_C(86400)

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
    for (size_t x = 0; x < h->n_exits && fsim_stage_rests(w->f, s); x++) {
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
    const fsim_hazard rates = fsim_fitted_rates(w->f, s);
    if (!rates.profile || !fsim_stage_has_clocks(w->f, s) || fsim_stage_rests(w->f, s)) continue;
    for (size_t x = 0; x < rates.n_exits && status == FSIM_OK; x++) {
      if (!fsim_fitted_leads_to(w->f, s, x)) continue;
      fsim_clock clock;
      status = fsim_clock_of(&rates, x, month, w->report, &clock);
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

/* *begun: a funnel before this one had changes. */
static int append_changes(const fsim_fitted_funnel *f, int32_t start,
                          const fsim_model_text_options *o, fsim_text *text, fsim_report *report,
                          bool *begun) {
  bool any = false, any_rests = false;
  for (size_t s = 0; s < f->n_stages; s++) {
    any = any || (f->stage[s].hazard.profile && fsim_stage_has_clocks(f, s));
    any_rests = any_rests || fsim_stage_rests(f, s);
  }
  const int64_t from = (int64_t)start * DAY, until = from + o->weeks * 7 * DAY;
  int64_t on = fsim_next_month(from);
  if (!any || (!any_rests && on >= until)) return FSIM_OK;
  fsim_text changes = {0};
  const change_writing w = {f, o, &changes, report};
  append_paces(&w, from, -1);
  int status = FSIM_OK;
  for (int before = fsim_month_of_quarter(from); on < until && status == FSIM_OK;
       on = fsim_next_month(on)) {
    append_paces(&w, on, before);
    status = append_laws(&w, on);
    before = fsim_month_of_quarter(on);
  }
  if (changes.length > 0) { /* none where no exit was taken in the weeks that are fitted */
    if (!*begun)
      fsim_text_append(text,
                       "# Months of the quarter differ: rates of leaving as seen in such months.\n"
                       "changes:\n");
    *begun = true;
    fsim_text_append(text, "%s", changes.text);
  }
  if (changes.failed) text->failed = 1;
  free(changes.text);
  return status;
}

static void append_months(const fsim_arrival_months *months, fsim_text *text) {
  if (!months->differ) return;
  fsim_text_append(text, "    month: [");
  for (int m = 0; m < FSIM_YEAR_MONTHS; m++)
    fsim_text_append(text, "%s%.4g", m ? ", " : "", months->factor[m]);
  fsim_text_append(text, "]  # months of the %s differ (p %.2g)\n",
                   months->period == FSIM_YEAR_MONTHS ? "year" : "quarter", months->p);
}

/* The mean in the end is what growth makes of the level: see rate. */
static void append_trend(const fsim_arrivals *a, fsim_text *text) {
  const fsim_arrival_trend *trend = &a->trend;
  if (!trend->found) return;
  const double sigma = fsim_growth_error(a);
  fsim_text_append(
      text,
      "    trend: {factor: {uncertain: {lognormal: {median: %.6g, sigma: %.4g}}}, "
      "over: %.0f d}\n"
      "      # growth seen: %+.1f %% a month in %zu weeks (p %.2g); when it ends is a choice\n",
      exp(trend->per_day * trend->span_days - sigma * sigma / 2), sigma, trend->span_days,
      100 * expm1(trend->seen), trend->n_weeks, trend->p);
}

/* One funnel's own new cases: `new`, or new-FUNNEL where several have such. */
static void append_stream_name(const fsim_fitted_funnel *f, bool several, fsim_text *text) {
  fsim_text_append(text, "new%s%s", several ? "-" : "", several ? f->name : "");
}

static void append_stream(const fsim_fitted_funnel *f, bool several,
                          const fsim_model_text_options *o, fsim_text *text) {
  const fsim_arrivals *a = &f->arrivals;
  fsim_text_append(text, "  ");
  append_stream_name(f, several, text);
  fsim_text_append(text, ":  # from %zu weeks\n    into: %s\n    rate: ", a->n_weeks, f->name);
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
  append_months(&a->months, text);
  append_trend(a, text);
  /* Days vary independently: seven of them give the week its spread, as far as a stream may. */
  if (a->week_cv > 0)
    fsim_text_append(text, "    dispersion: {cv: %.4g}\n",
                     fmin(a->week_cv * sqrt(7), FSIM_MOST_FACTOR_CV));
  fsim_text_append(text, "    attributes: {deal: new");
  for (size_t i = 0; i < f->attributes.n; i++) {
    const fsim_fitted_attribute *attribute = &f->attributes.attribute[i];
    fsim_text_append(text, ",\n                 %s: {", attribute->name);
    for (size_t v = 0; v < attribute->n_values; v++) {
      fsim_text_append(text, "%s", v ? ", " : "");
      fsim_append_value(text, attribute->value[v]);
      fsim_text_append(text, ": %.12g", attribute->share[v]);
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

static size_t n_streams(const fsim_fitted_set *set) {
  size_t n = 0;
  for (size_t f = 0; f < set->n; f++) n += set->funnel[f].arrivals.n_weeks > 0;
  return n;
}

static void append_streams(const fsim_fitted_set *set, const fsim_model_text_options *o,
                           fsim_text *text) {
  const size_t n = n_streams(set);
  if (n > 0) fsim_text_append(text, "streams:\n");
  for (size_t f = 0; f < set->n; f++) {
    if (set->funnel[f].arrivals.n_weeks > 0) append_stream(&set->funnel[f], n > 1, o, text);
  }
}

/* ---- weeks that swing ---- */

/* Less is no pace (docs/model-language.md). */
#define LEAST_CV 0.001

/* The spread is not known either: its square has the mean of the inverse chi-squared law that so
 * many weeks leave it (Gelman et al., Bayesian Data Analysis, 2013, 2.6), written as a lognormal.
 */
static void append_pace_head(const fsim_week_swing *swing, const char *funnel, fsim_text *text) {
  const double sigma = swing->sigma;
  fsim_text_append(text, "  weeks%s%s: {cv: ", funnel != NULL ? "-" : "",
                   funnel != NULL ? funnel : "");
  fsim_text_append(text,
                   "{uncertain: {lognormal: {median: %.3g, sigma: %.3g}, truncate: {max: 1}}}",
                   swing->cv * exp(sigma * sigma), sigma);
  fsim_text_append(text, ", stages: [");
}

static void append_pace(const fsim_log *log, const fsim_fitted_set *set, size_t first, size_t last,
                        bool several, fsim_text *text) {
  const fsim_week_swing *swing = &set->funnel[first].swing;
  bool any = false;
  if (swing->cv < LEAST_CV) return;
  for (size_t f = first; f < last; f++) {
    const fsim_fitted_funnel *funnel = &set->funnel[f];
    for (size_t s = 0; s < funnel->n_stages; s++) {
      if (!fsim_stage_swings(log, funnel, s)) continue;
      if (!any) append_pace_head(swing, several ? funnel->name : NULL, text);
      fsim_text_append(text, "%s%s.%s", any ? ", " : "", funnel->name, funnel->stage[s].name);
      any = true;
    }
  }
  if (any) fsim_text_append(text, "]}\n");
}

/* All orders of a week swing together; else every funnel by itself. */
static void append_weeks(const fsim_log *log, const fsim_fitted_set *set, fsim_text *text) {
  bool any = false;
  for (size_t f = 0; f < set->n; f++) {
    const bool swings = set->funnel[log->orders ? 0 : f].swing.cv >= LEAST_CV;
    for (size_t s = 0; s < set->funnel[f].n_stages && swings; s++)
      any = any || fsim_stage_swings(log, &set->funnel[f], s);
  }
  if (!any || !(set->funnel[0].swing.n_weeks > 0)) return;
  fsim_text_append(
      text,
      "# In some weeks everybody decides sooner, in others later: a factor of a week.\n"
      "paces:\n");
  if (log->orders) {
    append_pace(log, set, 0, set->n, false, text);
    return;
  }
  for (size_t f = 0; f < set->n; f++) append_pace(log, set, f, f + 1, set->n > 1, text);
}

/* ---- links ---- */

static void append_link(const fsim_fitted_set *set, const fsim_fitted_link *link, fsim_text *text) {
  const fsim_fitted_funnel *from = &set->funnel[link->from];
  fsim_text_append(text, "  - {from: %s.%s, to: %s", from->name, from->outcome[link->outcome],
                   set->funnel[link->to].name);
  const double p = link->probability, v = link->probability_error * link->probability_error;
  const double trials = v > 0 ? p * (1 - p) / v - 1 : 0;
  if (link->from == link->to && p >= 1)
    fsim_text_append(text, ", probability: 0.9999");
  else if (p < 1 && trials > 2)
    fsim_text_append(text,
                     ",\n     probability: {uncertain: {beta: {successes: %.6g, trials: %.6g}}}",
                     p * trials, trials);
  else if (p < 1)
    fsim_text_append(text, ", probability: %.6g", p);
  fsim_text_append(text, "}");
  if (link->from == link->to && p >= 1) fsim_text_append(text, "  # no one orders for ever");
  if (link->n > 0) fsim_text_append(text, "  # %zu of %zu", link->followed, link->n);
  fsim_text_append(text, "\n");
}

static void append_links(const fsim_fitted_set *set, fsim_text *text) {
  if (set->n_links > 0) fsim_text_append(text, "links:\n");
  for (size_t l = 0; l < set->n_links; l++) append_link(set, &set->link[l], text);
}

/* ---- the whole ---- */

static void append_attributes(const fsim_log *log, const fsim_fitted_set *set, fsim_text *text) {
  const fsim_fitted_attributes *attributes = &set->funnel[0].attributes;
  fsim_text_append(text, "attributes: {deal: [new, open%s]",
                   set->n > 1 && !log->orders ? ", lead" : "");
  for (size_t i = 0; i < attributes->n; i++) {
    const fsim_fitted_attribute *attribute = &attributes->attribute[i];
    fsim_text_append(text, ",\n             %s: [", attribute->name);
    for (size_t v = 0; v < attribute->n_values; v++) {
      fsim_text_append(text, "%s", v ? ", " : "");
      fsim_append_value(text, attribute->value[v]);
    }
    fsim_text_append(text, "]");
  }
  fsim_text_append(text, "}\n");
}

static void append_pipeline(const fsim_fitted_funnel *f, bool several, fsim_text *text) {
  const char *indent = several ? "     " : "           ";
  fsim_text_append(text,
                   "%s{file: %s-open.csv, funnel: %s, stage: stage, entered: entered,\n"
                   "%sattributes: {deal: deal",
                   several ? "  - " : "pipeline: ", f->name, f->name, indent);
  for (size_t i = 0; i < f->attributes.n; i++)
    fsim_text_append(text, ", %s: %s", f->attributes.attribute[i].name,
                     f->attributes.attribute[i].name);
  fsim_text_append(text, "}, value: value}\n");
}

static void append_pipelines(const fsim_fitted_set *set, fsim_text *text) {
  size_t n = 0;
  for (size_t f = 0; f < set->n; f++) n += n_in_pipeline(&set->funnel[f]) > 0;
  if (n > 1) fsim_text_append(text, "pipeline:\n");
  for (size_t f = 0; f < set->n; f++) {
    if (n_in_pipeline(&set->funnel[f]) > 0) append_pipeline(&set->funnel[f], n > 1, text);
  }
}

int fsim_write_scenario(const fsim_log *log, const fsim_fitted_set *set,
                        const fsim_model_text_options *o, fsim_text *text, fsim_report *report) {
  const int32_t start = fsim_fitted_start(log);
  char date[32];
  fsim_text_append(text, "scenario: %s\nmodels: [", o->scenario);
  for (size_t f = 0; f < set->n; f++)
    fsim_text_append(text, "%s%s", f ? ", " : "", set->funnel[f].name);
  fsim_text_append(text, "]\nstart: %s\nhorizon: %d w\nreplications: %d\nseed: %llu\n",
                   fsim_format_date(start, date, sizeof date), o->weeks, o->replications,
                   (unsigned long long)o->seed);
  append_attributes(log, set, text);
  append_streams(set, o, text);
  fsim_append_teams(set, text);
  append_links(set, text);
  append_pipelines(set, text);
  append_weeks(log, set, text);
  bool begun = false;
  int status = FSIM_OK;
  for (size_t f = 0; f < set->n && status == FSIM_OK; f++)
    status = append_changes(&set->funnel[f], start, o, text, report, &begun);
  for (size_t f = 0; f < set->n && status == FSIM_OK; f++) {
    fsim_text stream = {0};
    append_stream_name(&set->funnel[f], n_streams(set) > 1, &stream);
    if (stream.failed) status = fsim_no_memory(report);
    if (status == FSIM_OK)
      fsim_append_holidays(&set->funnel[f], stream.text, start, o->weeks, text, &begun);
    free(stream.text);
  }
  return status;
}

/* ---- open deals ---- */

static void append_csv(fsim_text *text, const char *field) {
  fsim_text_append(text, "\"");
  for (const char *c = field; *c != '\0'; c++)
    fsim_text_append(text, *c == '"' ? "\"\"" : "%c", *c);
  fsim_text_append(text, "\"");
}

void fsim_write_open_deals(const fsim_log *log, const fsim_fitted_set *set, size_t which,
                           fsim_text *text) {
  const fsim_fitted_funnel *f = &set->funnel[which];
  const bool is_lead = set->n > 1 && !log->orders && which + 1 < set->n;
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
      fsim_text_append(text, ",%s,%s,%s,", f->stage[s].name,
                       fsim_format_instant(0, stay->entered, entered, sizeof entered),
                       is_lead ? "lead" : "open");
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
