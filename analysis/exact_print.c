/* Exact figures as a page of text and as JSON. */
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/exact_figures.h"
#include "analysis/grid.h"
#include "analysis/metric.h"
#include "sim/base/quantity.h"
#include "sim/base/text.h"
#include "sim/model/old_deals.h"

typedef struct page {
  const fsim_exact_figures *x;
  const fsim_scenario *s;
  double weeks; /* of the window */
  FILE *out;
  bool failed;
} page;

static const char *group_name(const fsim_exact_figures *x, size_t group) {
  return group == 0 ? "all" : x->scenario->attributes[x->attribute].values[group - 1];
}

static void say(page *p, const char *text) {
  if (fsim_print_wrapped(p->out, text) < 0) p->failed = true;
}

static void title(page *p, const char *text) {
  if (fputc('\n', p->out) == EOF) p->failed = true;
  say(p, text);
}

static void print(page *p, fsim_grid *grid) {
  if (fsim_grid_print(grid, p->out) != 0) p->failed = true;
}

static fsim_cell_text cell(double value, double scale) {
  return isfinite(value) ? fsim_say_number(value, scale) : fsim_cell_of("");
}

/* Unknown where nobody comes; rounding may leave a little less than nothing. */
static double sd_days(double variance_s2) {
  return isnan(variance_s2) ? NAN : sqrt(fmax(variance_s2, 0)) / FSIM_DAY;
}

static void head(page *p, bool medians) {
  const fsim_scenario *s = p->s;
  char text[512], start[32];
  snprintf(text, sizeof text, "%s: exact expected figures, without simulation%s", s->name,
           medians ? "; uncertain numbers stand at their medians" : "");
  say(p, text);
  snprintf(text, sizeof text,
           "%.4g weeks from %s, the last %.4g measured; right to about %d digits",
           s->horizon_s / FSIM_WEEK, fsim_format_date(s->start_days, start, sizeof start), p->weeks,
           (int)floor(-log10(fmin(fmax(p->x->error, 1e-12), 0.1))));
  say(p, text);
  if (p->x->valued && fsim_deals_have_values(s))
    say(p,
        "Values are not those of the open deals: each counts with the mean of new ones. For their "
        "own, simulate.");
}

static void funnels(page *p) {
  enum { N = 8 };
  const fsim_cell_text header[N] = {fsim_cell_of("begun"),
                                    fsim_cell_of("won / w"),
                                    fsim_cell_of(p->x->valued ? "value / w" : ""),
                                    fsim_cell_of("conv. %"),
                                    fsim_cell_of("open"),
                                    fsim_cell_of("days"),
                                    fsim_cell_of("to a win"),
                                    fsim_cell_of("sd")};
  fsim_grid grid = {.columns = N};
  title(p, "Funnels");
  fsim_grid_add(&grid, "funnel", header);
  for (size_t i = 0; i < p->s->n_funnels * p->x->n_groups; i++) {
    const fsim_exact_funnel *f = &p->x->funnels[i];
    char name[256];
    snprintf(name, sizeof name, "  %s", group_name(p->x, f->group));
    const fsim_cell_text cells[N] = {cell(f->journeys, 1),
                                     cell(f->won / p->weeks, 1),
                                     p->x->valued ? cell(f->value / p->weeks, 1) : fsim_cell_of(""),
                                     cell(f->conversion, 100),
                                     cell(f->open, 1),
                                     cell(f->cycle_mean_s / FSIM_DAY, 1),
                                     cell(f->win_mean_s / FSIM_DAY, 1),
                                     cell(sd_days(f->win_variance_s2), 1)};
    fsim_grid_add(&grid, f->group == 0 ? p->s->funnels[f->funnel].name : name, cells);
  }
  print(p, &grid);
  say(p,
      "begun: journeys within the horizon. won, value: in the window. open: at the horizon. conv., "
      "days: in the long run, mean days of all journeys and of those that win, with their sd.");
}

static void stages(page *p) {
  enum { N = FSIM_EXACT_AGES + 2 };
  fsim_cell_text header[N] = {fsim_cell_of("visits"), fsim_cell_of("open")};
  fsim_grid grid = {.columns = N};
  title(p,
        "Stages: visits within the horizon, open at it; probability of winning in % of a journey "
        "that has been there for so many days");
  for (size_t a = 0; a < FSIM_EXACT_AGES; a++)
    snprintf(header[2 + a].text, FSIM_CELL, "%.0f d", fsim_exact_age_days[a]);
  fsim_grid_add(&grid, "stage", header);
  for (size_t i = 0; i < p->s->n_stages; i++) {
    const fsim_exact_stage *r = &p->x->stages[i * p->x->n_groups];
    fsim_cell_text cells[N] = {cell(r->visits, 1), cell(r->open, 1)};
    char name[256];
    snprintf(name, sizeof name, "%s.%s", p->s->funnels[p->s->stages[i].funnel].name,
             p->s->stages[i].name);
    for (size_t a = 0; a < FSIM_EXACT_AGES; a++) cells[2 + a] = cell(r->win[a], 100);
    fsim_grid_add(&grid, name, cells);
  }
  print(p, &grid);
}

static void weeks(page *p) {
  enum { N = 5, LINES = 13 };
  const fsim_exact *e = p->x->exact;
  size_t n = p->s->n_funnels < N ? p->s->n_funnels : N;
  size_t step = (e->n_weeks + LINES - 1) / LINES;
  fsim_cell_text header[N];
  fsim_grid grid = {.columns = n};
  title(p, "Won a week, by week of the run (all weeks: --json)");
  for (size_t f = 0; f < n; f++) header[f] = fsim_cell_of(p->s->funnels[f].name);
  fsim_grid_add(&grid, "weeks", header);
  for (size_t w = 0; w < e->n_weeks; w += step) {
    size_t end = w + step < e->n_weeks ? w + step : e->n_weeks;
    double length = fmin((double)end, p->s->horizon_s / FSIM_WEEK) - (double)w;
    fsim_cell_text cells[N];
    char name[64];
    snprintf(name, sizeof name, "%zu-%zu", w + 1, end);
    for (size_t f = 0; f < n; f++) {
      double won = 0;
      for (size_t o = 0; o < p->s->n_outcomes; o++)
        for (size_t k = w; k < end && p->s->outcomes[o].funnel == f && p->s->outcomes[o].win; k++)
          won += e->weekly[o * e->n_weeks + k];
      cells[f] = cell(won / length, 1);
    }
    fsim_grid_add(&grid, name, cells);
  }
  print(p, &grid);
}

static double all_won(const page *p, const fsim_exact_effect *effect) {
  double sum = 0;
  for (size_t f = 0; f < p->s->n_funnels; f++) sum += effect->won[f];
  return sum;
}

#define NOTHING 1e-5 /* of what there is: less is no effect to speak of */

static fsim_cell_text effect_cell(double effect, double whole) {
  return fabs(effect) < NOTHING * whole ? fsim_cell_of("0") : cell(effect, 1);
}

static void levers(page *p) {
  enum { N = 3 };
  const fsim_cell_text header[N] = {fsim_cell_of("step"), fsim_cell_of("won / w"),
                                    fsim_cell_of(p->x->valued ? "value / w" : "")};
  fsim_grid grid = {.columns = N};
  double won = 0, value = 0;
  for (size_t f = 0; f < p->s->n_funnels; f++) {
    won += p->x->funnels[f * p->x->n_groups].won / p->weeks;
    value += p->x->funnels[f * p->x->n_groups].value / p->weeks;
  }
  title(p,
        "Levers: what a small step is worth in the window, by exact derivatives (+1 pp of an exit "
        "comes from the others in proportion)");
  fsim_grid_add(&grid, "lever", header);
  for (size_t l = 0; l < p->x->exact->n_levers; l++) {
    const fsim_exact_effect *effect = &p->x->effects[l];
    double size;
    const char *step = fsim_exact_lever_step(&effect->lever, &size);
    char *path = fsim_exact_lever_path(p->s, &effect->lever);
    if (path == NULL) p->failed = true;
    const fsim_cell_text cells[N] = {
        fsim_cell_of(step), effect_cell(size * all_won(p, effect) / p->weeks, won),
        p->x->valued ? effect_cell(size * effect->value / p->weeks, value) : fsim_cell_of("")};
    fsim_grid_add(&grid, path ? path : "", cells);
    free(path);
  }
  print(p, &grid);
}

static int written(bool failed, fsim_report *report) {
  if (!failed) return FSIM_OK;
  return fsim_failure(report, FSIM_NOWHERE, "the exact figures could not be written");
}

static double window_weeks(const fsim_scenario *s) {
  return fsim_window_s(s) / FSIM_WEEK;
}

int fsim_exact_figures_text(const fsim_exact_figures *x, bool medians, FILE *out,
                            fsim_report *report) {
  page p = {x, x->scenario, window_weeks(x->scenario), out, false};
  head(&p, medians);
  funnels(&p);
  stages(&p);
  weeks(&p);
  levers(&p);
  return written(p.failed || fflush(out) != 0, report);
}

/* ---- JSON ---- */

static json_t *number(double value) {
  return isfinite(value) ? json_real(value) : json_null();
}

static json_t *days(double mean_s, double variance_s2) {
  return json_pack("{s:o, s:o, s:o}", "mean", number(mean_s / FSIM_DAY), "sd",
                   number(sd_days(variance_s2)), "variance",
                   number(variance_s2 / (FSIM_DAY * FSIM_DAY)));
}

static json_t *funnels_json(const fsim_exact_figures *x) {
  const fsim_scenario *s = x->scenario;
  double weeks_of_window = window_weeks(s);
  json_t *list = json_array();
  for (size_t i = 0; i < s->n_funnels * x->n_groups; i++) {
    const fsim_exact_funnel *f = &x->funnels[i];
    json_t *outcomes = json_object();
    for (size_t o = 0; o < s->n_outcomes; o++)
      if (s->outcomes[o].funnel == f->funnel)
        json_object_set_new(outcomes, s->outcomes[o].name,
                            number(x->ended[o * x->n_groups + f->group] / weeks_of_window));
    json_array_append_new(
        list,
        json_pack("{s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "funnel",
                  s->funnels[f->funnel].name, s->attributes[x->attribute].name,
                  group_name(x, f->group), "journeys", number(f->journeys), "won_per_week",
                  number(f->won / weeks_of_window), "value_per_week",
                  number(f->value / weeks_of_window), "conversion", number(f->conversion), "open",
                  number(f->open), "cycle_days", days(f->cycle_mean_s, f->cycle_variance_s2),
                  "win_days", days(f->win_mean_s, f->win_variance_s2), "ended_per_week", outcomes));
  }
  return list;
}

static json_t *stages_json(const fsim_exact_figures *x) {
  const fsim_scenario *s = x->scenario;
  json_t *list = json_array();
  for (size_t i = 0; i < s->n_stages * x->n_groups; i++) {
    const fsim_exact_stage *r = &x->stages[i];
    json_t *win = json_array();
    for (size_t a = 0; a < FSIM_EXACT_AGES; a++)
      json_array_append_new(win, json_pack("{s:f, s:o}", "age_days", fsim_exact_age_days[a],
                                           "probability", number(r->win[a])));
    json_array_append_new(
        list,
        json_pack("{s:s, s:s, s:s, s:o, s:o, s:o}", "funnel",
                  s->funnels[s->stages[r->stage].funnel].name, "stage", s->stages[r->stage].name,
                  s->attributes[x->attribute].name, group_name(x, r->group), "visits",
                  number(r->visits), "open", number(r->open), "win_by_age", win));
  }
  return list;
}

static json_t *weeks_json(const fsim_exact_figures *x) {
  const fsim_scenario *s = x->scenario;
  json_t *list = json_array();
  for (size_t o = 0; o < s->n_outcomes; o++) {
    json_t *ended = json_array();
    for (size_t w = 0; w < x->exact->n_weeks; w++)
      json_array_append_new(ended, number(x->exact->weekly[o * x->exact->n_weeks + w]));
    json_array_append_new(
        list, json_pack("{s:s, s:s, s:o}", "funnel", s->funnels[s->outcomes[o].funnel].name,
                        "outcome", s->outcomes[o].name, "ended", ended));
  }
  return list;
}

static json_t *levers_json(const fsim_exact_figures *x) {
  static const char *const units[] = {"probability", "log of the waits", "log of the leads",
                                      "probability"};
  const fsim_scenario *s = x->scenario;
  json_t *list = json_array();
  for (size_t l = 0; l < x->exact->n_levers; l++) {
    const fsim_exact_effect *effect = &x->effects[l];
    char *path = fsim_exact_lever_path(s, &effect->lever);
    json_t *won = json_object();
    for (size_t f = 0; f < s->n_funnels; f++)
      json_object_set_new(won, s->funnels[f].name, number(effect->won[f]));
    json_array_append_new(
        list, json_pack("{s:s, s:s, s:o, s:o}", "lever", path ? path : "", "by",
                        units[effect->lever.kind], "won", won, "value", number(effect->value)));
    free(path);
  }
  return list;
}

int fsim_exact_figures_json(const fsim_exact_figures *x, bool medians, FILE *out,
                            fsim_report *report) {
  const fsim_scenario *s = x->scenario;
  json_t *all = json_pack(
      "{s:s, s:s, s:b, s:b, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "scenario", s->name,
      "engine", "exact", "at_medians", (int)medians, "deals_at_mean_value",
      (int)fsim_deals_have_values(s), "horizon_days", number(s->horizon_s / FSIM_DAY),
      "window_days", number(7 * window_weeks(s)), "error", number(x->error), "derivatives_error",
      number(x->lever_error), "balance", number(x->balance), "funnels", funnels_json(x), "stages",
      stages_json(x), "weeks", weeks_json(x), "derivatives", levers_json(x));
  if (all == NULL) return fsim_no_memory(report);
  bool failed = json_dumpf(all, out, JSON_INDENT(2) | JSON_REAL_PRECISION(12)) != 0 ||
                fputc('\n', out) == EOF || fflush(out) != 0;
  json_decref(all);
  return written(failed, report);
}
