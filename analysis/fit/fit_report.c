#include "analysis/fit/fit_report.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/fit/arrival_text.h"
#include "analysis/fit/model_text_parts.h"
#include "analysis/fit/planned_text.h"
#include "analysis/fit/plot.h"
#include "sim/base/array.h"
#include "sim/base/quantity.h"

#define MOST_LINES 8

void fsim_fit_report_free(fsim_fit_report *made) {
  for (size_t s = 0; made->stage != NULL && s < made->fitted->n_stages; s++)
    fsim_stage_curves_free(&made->stage[s]);
  free(made->stage);
  fsim_drift_free(&made->drift);
  *made = (fsim_fit_report){0};
}

int fsim_fit_report_make(const fsim_log *log, const fsim_fitted_funnel *fitted,
                         const fsim_past_errors *errors, fsim_report *report,
                         fsim_fit_report *made) {
  *made = (fsim_fit_report){.log = log, .fitted = fitted, .errors = errors};
  made->stage = fsim_zeroed(fitted->n_stages, sizeof *made->stage);
  int status = made->stage == NULL ? fsim_no_memory(report)
                                   : fsim_win_rates_of(log, fitted, report, &made->rates);
  if (status == FSIM_OK)
    status = fsim_drift_of(log, fitted->stays.funnel, &fitted->arrivals, report, &made->drift);
  for (size_t s = 0; s < fitted->n_stages && status == FSIM_OK; s++) {
    if (fitted->stays.stage[s].n > 0)
      status = fsim_stage_curves_of(fitted, s, report, &made->stage[s]);
  }
  return status;
}

const char *fsim_fit_span(double seconds, char *buffer, size_t size) {
  if (!isfinite(seconds)) return "-";
  if (seconds < 3600)
    snprintf(buffer, size, "%.0f min", seconds / 60);
  else if (seconds < 2 * FSIM_DAY)
    snprintf(buffer, size, "%.1f h", seconds / 3600);
  else
    snprintf(buffer, size, "%.1f d", seconds / FSIM_DAY);
  return buffer;
}

/* ---- the page ---- */

static const char style[] =
    "body{font:15px/1.45 sans-serif;max-width:60em;margin:2em auto;padding:0 1em;color:#222}"
    "h1{font-size:1.5em}h2{font-size:1.2em;margin-top:2em;border-bottom:1px solid #ccc}"
    "table{border-collapse:collapse;margin:.6em 0}td,th{padding:.2em .9em .2em 0;text-align:left;"
    "vertical-align:top}td.n,th.n{text-align:right}th{border-bottom:1px solid #999;"
    "font-weight:600}.warn{background:#fff3cd;border-left:4px solid #d59f00;padding:.5em .8em}"
    "svg{max-width:100%;height:auto}code{font-size:.92em}p.note{color:#555}";

static void append_share(const fsim_share_estimate *e, fsim_text *t) {
  if (!isfinite(e->share))
    fsim_text_append(t, "<td class=n>-</td><td>-</td>");
  else if (!isfinite(e->low))
    fsim_text_append(t, "<td class=n>%.1f %%</td><td>not known</td>", 100 * e->share);
  else
    fsim_text_append(t, "<td class=n>%.1f %%</td><td>%.1f to %.1f %%</td>", 100 * e->share,
                     100 * e->low, 100 * e->high);
}

static void append_rates(const fsim_fit_report *r, fsim_text *t) {
  const fsim_win_rates *w = &r->rates;
  fsim_text_append(t,
                   "<h2>Win rate, three ways</h2>\n<table><tr><th>how</th><th class=n>rate</th>"
                   "<th>95 %% interval</th><th class=n>cases</th><th>what is wrong with it</th>"
                   "</tr>\n<tr><td>as a CRM says: won of all</td>");
  append_share(&w->of_all, t);
  fsim_text_append(t,
                   "<td class=n>%.0f</td><td>open cases count as lost: too low</td></tr>\n"
                   "<tr><td>completed only: won of closed</td>",
                   w->n);
  append_share(&w->of_closed, t);
  fsim_text_append(
      t,
      "<td class=n>%.0f</td><td>what ends quickly is seen too often</td></tr>\n"
      "<tr><td><b>corrected for those still open, as the fitted weeks show them</b></td>",
      w->closed);
  append_share(&w->corrected, t);
  fsim_text_append(t,
                   "<td class=n>%.0f</td><td>as far as stays were followed</td></tr></table>\n"
                   "<p class=note>Intervals hold sampling error only: what the same funnel would "
                   "have given in another draw of as many cases.</p>\n",
                   w->n);
}

static void append_law(const fsim_fitted_stage *stage, size_t x, fsim_text *t) {
  fsim_text law = {0};
  fsim_exit_law_append(&stage->laws->exit[x], &law);
  fsim_text_append(t, "<td class=n>%.1f %%</td><td><code>", 100 * stage->laws->exit[x].share);
  if (law.failed)
    t->failed = 1;
  else
    fsim_html_append(law.text, t);
  fsim_text_append(t, "</code></td>");
  free(law.text);
}

static void append_exits(const fsim_fit_report *r, size_t s, fsim_text *t) {
  const fsim_fitted_stage *stage = &r->fitted->stage[s];
  const fsim_stage_curves *c = &r->stage[s];
  char age[32], median[32], p90[32];
  fsim_text_append(t,
                   "<table><tr><th>to</th><th class=n>seen</th><th class=n>left by %s</th><th>95 "
                   "%% interval</th><th class=n>median wait</th><th class=n>p90</th>%s</tr>\n",
                   fsim_fit_span(c->age[c->n - 1], age, sizeof age),
                   stage->laws ? "<th class=n>share, model</th><th>wait, model</th>" : "");
  for (size_t x = 0; x < c->n_exits; x++) {
    const fsim_exit_curve *e = &c->exit[x];
    if (e->ends == 0) continue;
    fsim_text_append(t, "<tr><td>");
    fsim_html_append(fsim_fitted_exit_name(r->fitted, s, x), t);
    fsim_text_append(t, "</td><td class=n>%.0f</td>", e->ends);
    append_share(&(fsim_share_estimate){e->seen[c->n - 1], e->low[c->n - 1], e->high[c->n - 1]}, t);
    fsim_text_append(
        t, "<td class=n>%s</td><td class=n>%s</td>",
        fsim_fit_span(fsim_hazard_quantile(&stage->hazard, x, 0.5), median, sizeof median),
        fsim_fit_span(fsim_hazard_quantile(&stage->hazard, x, 0.9), p90, sizeof p90));
    if (stage->laws != NULL) append_law(stage, x, t);
    fsim_text_append(t, "</tr>\n");
  }
  fsim_text_append(t, "</table>\n");
}

static void append_notes(const fsim_fit_report *r, size_t s, fsim_text *t) {
  const fsim_fitted_stage *stage = &r->fitted->stage[s];
  const fsim_hazard *h = &stage->hazard;
  if (stage->laws == NULL && isfinite(stage->distance))
    fsim_text_append(t,
                     "<p class=warn><b>No law fits.</b> The best one is off by %.1f %% of all that "
                     "enter, more than chance explains. The model has the rates as they were seen "
                     "(dashed below).</p>\n",
                     100 * stage->distance);
  if (stage->laws != NULL && !stage->laws->share_identified)
    fsim_text_append(t,
                     "<p class=warn>The follow-up ends before the laws do: the shares that leave "
                     "in the end are not known well.</p>\n");
  if (stage->n_stale > 0)
    fsim_text_append(t,
                     "<p class=warn>%zu open cases are older than any stay that ended: they are "
                     "left out of the forecast.</p>\n",
                     stage->n_stale);
  if (h->profile)
    fsim_text_append(
        t,
        "<p class=note>The months of a quarter differ: the model has factors for "
        "them; the plot shows its rates averaged over the months that were seen.</p>\n");
}

/* In hours where the whole axis is short. */
static void append_plot(const fsim_fit_report *r, size_t s, fsim_text *t) {
  const fsim_stage_curves *c = &r->stage[s];
  const bool hours = c->age[c->n - 1] < 3 * FSIM_DAY;
  const double unit = hours ? 3600 : FSIM_DAY;
  fsim_plot_line line[MOST_LINES];
  double *x = fsim_zeroed(c->n, sizeof *x);
  fsim_text title = {0};
  size_t n = 0, left_out = 0;
  fsim_text_append(&title, "Leaving %s by age: data and model", r->fitted->stage[s].name);
  if (x == NULL || title.failed) {
    t->failed = 1;
    free(x);
    free(title.text);
    return;
  }
  for (size_t i = 0; i < c->n; i++) x[i] = c->age[i] / unit;
  for (size_t k = 0; k < c->n_exits; k++) {
    const fsim_exit_curve *e = &c->exit[k];
    if (e->ends == 0) continue;
    if (n == MOST_LINES) {
      left_out++;
      continue;
    }
    line[n++] = (fsim_plot_line){.name = fsim_fitted_exit_name(r->fitted, s, k),
                                 .y = e->seen,
                                 .low = e->low,
                                 .high = e->high,
                                 .model = e->model};
  }
  const fsim_plot plot = {.title = title.text,
                          .x_label = hours ? "age in the stage, hours" : "age in the stage, days",
                          .y_label = "share of all that entered and had left",
                          .n = c->n,
                          .x = x,
                          .line = line,
                          .n_lines = n,
                          .count = c->at_risk,
                          .count_label = "stays observed at that age",
                          .steps = true};
  fsim_plot_append(&plot, t);
  if (left_out > 0)
    fsim_text_append(t, "<p class=note>%zu more exits are in the table only.</p>\n", left_out);
  free(x);
  free(title.text);
}

static void append_stage(const fsim_fit_report *r, size_t s, fsim_text *t) {
  const fsim_fitted_stage *stage = &r->fitted->stage[s];
  fsim_text_append(t, "<h2>");
  fsim_html_append(stage->name, t);
  fsim_text_append(t, "</h2>\n<p>%zu stays, %zu of them still open.</p>\n",
                   r->fitted->stays.stage[s].n, stage->n_open);
  if (r->stage[s].n == 0) {
    fsim_text_append(t, "<p class=warn>No stay was seen to end: nothing can be said.</p>\n");
    return;
  }
  append_exits(r, s, t);
  append_notes(r, s, t);
  append_plot(r, s, t);
}

static void append_head(const fsim_fit_report *r, fsim_text *t) {
  char begin[32], end[32];
  fsim_text_append(t,
                   "<!DOCTYPE html>\n<html lang=en><head><meta charset=\"utf-8\"><title>Fit of ");
  fsim_html_append(r->fitted->name, t);
  fsim_text_append(t, "</title><style>%s</style></head><body>\n<h1>Fit of ", style);
  fsim_html_append(r->fitted->name, t);
  fsim_text_append(
      t,
      "</h1>\n<p>%.0f cases, %.0f closed, %.0f won, %.0f open; known from %s to %s. In the plots, "
      "solid steps are the data (Aalen and Johansen's cumulative incidence: open cases count as "
      "long as they were seen), bands their pointwise 95 %% limits, dashed lines the model. Grey "
      "numbers below a plot are the stays that were observed at that age: those that had not left "
      "and whose age then is past. A stay that began before the fitted weeks joins at the age at "
      "which they begin, so fewer may be observed at age 0 than there are stays.</p>\n",
      r->rates.n, r->rates.closed, r->rates.won, r->rates.n - r->rates.closed,
      fsim_format_date((int32_t)(r->log->begin / 86400), begin, sizeof begin),
      fsim_format_date((int32_t)((r->log->end - 1) / 86400), end, sizeof end));
}

static void append_months_and_growth(const fsim_arrivals *a, fsim_text *t) {
  fsim_text text = {0};
  fsim_arrivals_append(a, &text);
  if (text.failed) t->failed = 1;
  for (char *line = text.text; line != NULL && *line != '\0';) {
    const size_t length = strcspn(line, "\n");
    const bool more = line[length] == '\n' && line[length + 1] != '\0';
    line[length] = '\0';
    fsim_text_append(t, line == text.text ? "<li>" : "<br>");
    fsim_html_append(line, t);
    if (!more) break;
    line += length + 1;
  }
  if (text.length > 0) fsim_text_append(t, "</li>\n");
  free(text.text);
}

static void append_level(const fsim_fit_report *r, fsim_text *t) {
  const fsim_arrivals *a = &r->fitted->arrivals;
  const fsim_past_errors *e = r->errors;
  fsim_text_append(t, "<h2>Arrivals, values, what is unsure</h2>\n<ul>\n");
  if (a->part_of_week)
    fsim_text_append(t, "<li>%.1f new cases a week, from less than one week.</li>\n",
                     7 * a->per_day);
  else if (a->n_weeks > 0)
    fsim_text_append(t,
                     "<li>%.1f new cases a week, from %zu complete weeks; weeks differ by %.0f %% "
                     "beyond chance; the level of the weeks to come is unsure by %.0f %%.</li>\n",
                     7 * a->per_day, a->n_weeks, 100 * a->week_cv, 100 * e->arrivals_sigma);
  append_months_and_growth(a, t);
  if (r->fitted->n_values > 0)
    fsim_text_append(t, "<li>Values: those of %zu cases that were won, median %.10g.</li>\n",
                     r->fitted->n_values, r->fitted->value[r->fitted->n_values / 2]);
  fsim_text_append(t,
                   "<li>Pace and odds are taken to be unsure by %.0f %%, from %zu forecasts at "
                   "earlier days of the same export.</li>\n</ul>\n",
                   100 * e->pace_sigma, e->n);
}

static void append_teams(const fsim_fit_report *r, fsim_text *t) {
  if (r->teams == NULL || r->teams->n == 0) return;
  fsim_text_append(t, "<h2>Teams</h2>\n<ul>\n");
  for (size_t i = 0; i < r->teams->n; i++) {
    const fsim_fitted_team *team = &r->teams->team[i];
    const fsim_hours *h = &team->hours;
    size_t days;
    fsim_text_append(t, "<li>");
    fsim_html_append(team->name, t);
    fsim_text_append(t, ": %d at once%s, from %zu pieces of work%s", team->size,
                     team->never_queued ? " at least" : "", team->n_pieces,
                     h->always ? "; always open" : "");
    for (size_t d = fsim_hours_group(h, 0, &days); d < 7 && !h->always;
         d = fsim_hours_group(h, d + days, &days)) {
      fsim_text_append(t, "<br>");
      fsim_append_weekdays(t, d, days);
      fsim_text_append(t, " ");
      fsim_append_hours_doubt(t, h, d);
    }
    fsim_text_append(t, "</li>\n");
  }
  fsim_text_append(t, "</ul>\n");
  for (size_t i = 0; i < r->teams->n; i++) {
    if (!fsim_hours_unsure(&r->teams->team[i].hours)) continue;
    fsim_text_append(t, "<p class=warn>Hours of ");
    fsim_html_append(r->teams->team[i].name, t);
    fsim_text_append(t,
                     " are unsure: fewer than ten days were seen, or the limits are more than half "
                     "an hour apart. Write what you know into the scenario.</p>\n");
  }
}

static void append_planned(const fsim_fit_report *r, fsim_text *t) {
  fsim_text text = {0};
  fsim_planned_append(r->log, r->fitted, &text);
  if (text.failed) t->failed = 1;
  if (text.length > 0) {
    fsim_text_append(t, "<h2>Expected close dates</h2>\n<p>");
    fsim_html_append(text.text, t);
    fsim_text_append(t, "</p>\n");
  }
  free(text.text);
}

static void append_drift(const fsim_fit_report *r, fsim_text *t) {
  const fsim_drift *d = &r->drift;
  const size_t found = fsim_drift_found(d);
  char sentence[256];
  fsim_text_append(t, "<h2>Early and late</h2>\n");
  if (d->n == 0) {
    fsim_text_append(t, "<p>Too few weeks or cases to tell early from late.</p>\n");
    return;
  }
  if (found == 0)
    fsim_text_append(t,
                     "<p>Early and late weeks of the export do not differ beyond chance (%zu "
                     "tests).</p>\n",
                     d->n);
  if (found > 0)
    fsim_text_append(t,
                     "<p class=warn>Early and late weeks of the export differ; "
                     "<code>--recent</code> says which weeks are fitted.</p>\n<ul>\n");
  for (size_t i = 0; i < found; i++) {
    fsim_text_append(t, "<li>");
    fsim_html_append(fsim_drift_sentence(r->log, d, i, sentence, sizeof sentence), t);
    fsim_text_append(t, " (p %s%.2g, corrected for %zu tests)</li>\n",
                     d->test[i].adjusted < 1e-4 ? "below " : "= ", fmax(d->test[i].adjusted, 1e-4),
                     d->n);
  }
  if (found > 0) fsim_text_append(t, "</ul>\n");
}

static void append_findings(const fsim_log *log, fsim_text *t) {
  if (log->n_findings == 0) return;
  fsim_text_append(t,
                   "<h2>What was wrong with the export</h2>\n<table><tr><th class=n>times</th>"
                   "<th>what</th><th>what was done</th><th>for example</th></tr>\n");
  for (size_t f = 0; f < log->n_findings; f++) {
    const fsim_finding *finding = &log->findings[f];
    fsim_text_append(t, "<tr><td class=n>%zu</td><td>", finding->count);
    fsim_html_append(finding->kind, t);
    fsim_text_append(t, "</td><td>");
    fsim_html_append(finding->done, t);
    fsim_text_append(t, "</td><td>");
    const char *file = fsim_example_file(log, finding, 0);
    if (file != NULL) fsim_html_append(file, t);
    fsim_text_append(t, "%sline %lld: ", file != NULL ? ", " : "",
                     (long long)finding->example[0].line);
    fsim_html_append(finding->example[0].text, t);
    fsim_text_append(t, "</td></tr>\n");
  }
  fsim_text_append(t, "</table>\n");
}

static void append_quiet(const fsim_fit_report *r, fsim_text *t) {
  for (size_t i = 0; i < r->fitted->quiet.n; i++) {
    char sentence[128];
    fsim_text_append(t, "<p>");
    fsim_html_append(fsim_quiet_sentence(&r->fitted->quiet.span[i], sentence, sizeof sentence), t);
    fsim_text_append(t, ". These weeks set no level.</p>\n");
  }
}

void fsim_fit_report_html(const fsim_fit_report *made, fsim_text *text) {
  append_head(made, text);
  append_rates(made, text);
  for (size_t i = 0; i < made->fitted->n_stages; i++) {
    const size_t s = fsim_fitted_stage_at(made->fitted, i);
    if (made->fitted->stays.stage[s].n > 0) append_stage(made, s, text);
  }
  append_teams(made, text);
  append_planned(made, text);
  append_drift(made, text);
  append_level(made, text);
  append_quiet(made, text);
  append_findings(made->log, text);
  fsim_text_append(text, "</body></html>\n");
}
