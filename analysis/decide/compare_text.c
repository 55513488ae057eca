/* A comparison for a planner: one sentence a variant, then a table, on 80 columns. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/decide/compare.h"
#include "analysis/decide/compare_later.h"
#include "analysis/decide/said.h"
#include "analysis/grid.h"
#include "sim/base/quantity.h"
#include "sim/base/text.h"

typedef struct page {
  const fsim_comparison *c;
  fsim_printed to;
} page;

static void line(page *p, const char *text) {
  if (fprintf(p->to.out, "%s\n", text) < 0) p->to.failed = true;
}

static const char *verdict_text(fsim_verdict verdict) {
  static const char *const texts[] = {
      [FSIM_UNKNOWN] = "n/a",   [FSIM_IDENTICAL] = "same", [FSIM_UNDECIDED] = "open",
      [FSIM_BETTER] = "better", [FSIM_WORSE] = "worse",    [FSIM_HIGHER] = "higher",
      [FSIM_LOWER] = "lower"};
  return texts[verdict];
}

/* ---- the head ---- */

static void head(page *p) {
  const fsim_comparison *c = p->c;
  const fsim_scenario *s = c->variants[0].scenario;
  fsim_paragraph(&p->to, "%s against %zu variant%s: %u replications, window of %.4g weeks, %s",
                 c->variants[0].name, c->n_variants - 1, c->n_variants == 2 ? "" : "s",
                 c->samples[0].replications, fsim_window_s(s) / FSIM_WEEK,
                 c->n_variants == 2 && !c->paired[1]
                     ? "not paired"
                     : "replications paired by common random numbers");
  const fsim_message *message;
  for (size_t i = 0; (message = fsim_report_message(c->remarks, i)) != NULL; i++)
    fsim_paragraph(&p->to, "Warning: %s.", message->text);
  line(p, "");
}

/* ---- the answer, a sentence a variant ---- */

static void say_odds(const fsim_comparison *c, const fsim_compared *compared,
                     const fsim_measure *measure, fsim_text *text) {
  const fsim_difference *d = &compared->difference;
  if (!isfinite(d->better.estimate) || compared->verdict == FSIM_IDENTICAL) return;
  bool less = measure->better == FSIM_LESS_IS_BETTER;
  double share = less ? fmax(0, 1 - d->better.estimate - d->equal) : d->better.estimate;
  fsim_interval odds =
      fsim_interval_wilson(share * (double)d->better.n, d->better.n, c->confidence);
  const char *worse = less ? "higher" : "lower";
  fsim_text_append(text, " In a single run it is %s in %.0f %% of cases (%.0f to %.0f)",
                   less ? "lower" : "higher", 100 * odds.estimate, 100 * odds.low, 100 * odds.high);
  fsim_text_append(text, d->equal > 0.005 ? ", else %s or equal." : ", else %s.", worse);
}

static void answer(page *p, size_t v) {
  const fsim_comparison *c = p->c;
  const fsim_measure *measure = &c->measures[0];
  const fsim_compared *compared = fsim_compared_of(c, v, 0);
  const fsim_difference *d = &compared->difference;
  char buffer[64], more[40];
  const char *unit =
      fsim_change_unit(measure, c->variants[0].scenario->currency, buffer, sizeof buffer);
  double scale = fsim_measure_scale(measure);
  fsim_cell_text change = fsim_say_change(&d->change, scale),
                 error = fsim_say_error(&d->change, scale);
  fsim_text text = {0};
  fsim_text_append(&text, "%s: %s ", c->variants[v].name, c->names[0]);
  switch (compared->verdict) {
    case FSIM_IDENTICAL:
      fsim_text_append(&text, "is the same in every one of the %u replications.",
                       c->samples[v].replications);
      break;
    case FSIM_UNKNOWN:
      fsim_text_append(&text, "cannot be compared: %s.",
                       c->measures[v * c->n_measures].n_top == 0 ? "this plan has no such thing"
                                                                 : "there is too little to go by");
      break;
    case FSIM_UNDECIDED:
      fsim_text_append(&text, "changes by %s %s (%s): could be chance.", change.text, unit,
                       error.text);
      if (isfinite(compared->more) && compared->more < 1e7)
        fsim_text_append(&text,
                         " About %s more replications would tell, four times in five, if the "
                         "change is as large as it looks.",
                         fsim_format_figures(compared->more, 2, more, sizeof more));
      break;
    default:
      fsim_text_append(&text, "is %s, by %s %s (%s).", verdict_text(compared->verdict), change.text,
                       unit, error.text);
  }
  if (c->paired[v]) say_odds(c, compared, measure, &text);
  if (isfinite(d->variance_removed) && c->paired[v] && compared->verdict != FSIM_IDENTICAL) {
    if (d->variance_removed > 0)
      fsim_text_append(&text, " Pairing removed %.3g %% of the variance.",
                       100 * d->variance_removed);
    else
      fsim_text_append(&text, " Pairing did not help here.");
  }
  if (text.failed)
    p->to.failed = true;
  else
    fsim_paragraph(&p->to, "%s", text.text);
  free(text.text);
}

/* ---- what else it does ---- */

/* Metrics that got clearly worse: times (`slower`), or all others. How many. */
static size_t list_worse(const fsim_comparison *c, size_t v, bool slower, fsim_text *text) {
  size_t n = 0;
  bool points = false;
  for (size_t m = 1; m < c->n_measures; m++) {
    const fsim_compared *compared = fsim_compared_of(c, v, m);
    const fsim_measure *measure = &c->measures[m];
    if (compared->verdict != FSIM_WORSE || (strcmp(measure->units, "d") == 0) != slower) continue;
    char buffer[64];
    const char *unit =
        fsim_change_unit(measure, c->variants[0].scenario->currency, buffer, sizeof buffer);
    fsim_cell_text change =
        fsim_say_change(&compared->difference.change, fsim_measure_scale(measure));
    fsim_text_append(text, "%s%s (%s%s%s)",
                     n++ > 0  ? ", "
                     : slower ? " Slower: "
                              : " Worse: ",
                     c->names[m], change.text, unit[0] == '\0' ? "" : " ", unit);
    points = points || measure->share;
  }
  if (n > 0) fsim_text_append(text, points ? "; pp: percentage points." : ".");
  return n;
}

static void side_effects(page *p, size_t v) {
  const fsim_comparison *c = p->c;
  if (c->n_measures < 2) return;
  fsim_text text = {0};
  size_t open = 0;
  for (size_t m = 1; m < c->n_measures; m++)
    open += fsim_compared_of(c, v, m)->verdict == FSIM_UNDECIDED;
  fsim_text_append(&text, "Side effects of %s:", c->variants[v].name);
  size_t worse = list_worse(c, v, true, &text);
  worse += list_worse(c, v, false, &text);
  if (worse == 0) fsim_text_append(&text, " nothing else is clearly worse.");
  if (open > 0) fsim_text_append(&text, " Open: %zu of %zu.", open, c->n_measures - 1);
  if (text.failed)
    p->to.failed = true;
  else
    fsim_paragraph(&p->to, "%s", text.text);
  free(text.text);
}

/* ---- which may be the best ---- */

static void best(page *p) {
  const fsim_comparison *c = p->c;
  if (c->n_variants < 3) return;
  fsim_text text = {0};
  size_t candidates = 0;
  for (size_t v = 0; v < c->n_variants; v++) {
    if (!(c->best[v].high > 0)) continue;
    fsim_text_append(&text, "%s%s", candidates++ > 0 ? ", " : "", c->variants[v].name);
  }
  if (candidates == 1)
    fsim_paragraph(&p->to, "The best by %s: %s, sure to %.4g %%.", c->names[0], text.text,
                   100 * c->confidence);
  else if (candidates > 1)
    fsim_paragraph(&p->to, "Which is the best by %s is open between: %s (sure to %.4g %%).",
                   c->names[0], text.text, 100 * c->confidence);
  if (text.failed) p->to.failed = true;
  free(text.text);
}

/* ---- tables ---- */

/* ---- what is only sooner or later ---- */

static void later(page *p, size_t v) {
  const fsim_comparison *c = p->c;
  const fsim_scenario *s = c->variants[0].scenario;
  for (size_t f = 0; f < s->n_funnels; f++) {
    fsim_later l;
    fsim_text text = {0};
    if (!fsim_later_of(c, v, s->funnels[f].name, &l)) continue;
    fsim_later_append(&l, s->funnels[f].name, &text);
    if (text.failed)
      p->to.failed = true;
    else
      fsim_paragraph(&p->to, "%s", text.text);
    free(text.text);
  }
}

enum { COLUMNS = 5 };

static void add_measure(page *p, fsim_grid *table, size_t v, size_t m) {
  const fsim_comparison *c = p->c;
  const fsim_measure *measure = &c->measures[m];
  const fsim_compared *compared = fsim_compared_of(c, v, m);
  const fsim_difference *d = &compared->difference;
  double scale = fsim_measure_scale(measure);
  char name[256], buffer[64];
  const char *unit =
      fsim_measure_unit(measure, c->variants[0].scenario->currency, buffer, sizeof buffer);
  bool told = strcmp(unit, "days") == 0 || unit[0] == '\0';
  snprintf(name, sizeof name, "%s%s%s", c->names[m], told ? "" : ", ", told ? "" : unit);
  fsim_cell_text change = fsim_say_change(&d->change, scale);
  if (measure->share && isfinite(d->change.estimate))
    snprintf(change.text + strlen(change.text), sizeof change.text - strlen(change.text), " pp");
  const fsim_cell_text cells[COLUMNS] = {
      fsim_say_mean(&d->base, scale), fsim_say_mean(&d->other, scale), change,
      fsim_say_error(&d->change, scale), fsim_cell_of(verdict_text(compared->verdict))};
  fsim_grid_add(table, name, cells);
}

static void print_table(page *p, size_t v) {
  const fsim_comparison *c = p->c;
  const fsim_cell_text header[COLUMNS] = {fsim_cell_of("base"), fsim_cell_of("variant"),
                                          fsim_cell_of("change"), fsim_cell_of("interval"),
                                          fsim_cell_of("")};
  line(p, "");
  fsim_paragraph(&p->to, "base: %s; variant: %s", c->variants[0].name, c->variants[v].name);
  fsim_grid table = {.columns = COLUMNS};
  fsim_text same = {0};
  fsim_grid_add(&table, "metric", header);
  for (size_t m = 0; m < c->n_measures; m++) {
    if (fsim_compared_of(c, v, m)->verdict != FSIM_IDENTICAL)
      add_measure(p, &table, v, m);
    else
      fsim_text_append(&same, "%s%s",
                       same.length > 0 ? ", " : "The same in every replication: ", c->names[m]);
  }
  if (fsim_grid_print(&table, p->to.out) != 0) p->to.failed = true;
  if (same.failed || (same.length > 0 && fsim_print_wrapped(p->to.out, same.text) != 0))
    p->to.failed = true;
  free(same.text);
}

/* The last part of a metric's name, without [VALUE], is `word`. */
static bool is_called(const char *name, const char *word) {
  size_t length = strcspn(name, "["), n = strlen(word);
  return length > n && name[length - n - 1] == '.' && strncmp(name + length - n, word, n) == 0;
}

static void footnotes(page *p) {
  const fsim_comparison *c = p->c;
  bool points = false, ended = false, open = false;
  for (size_t m = 0; m < c->n_measures; m++) {
    points = points || c->measures[m].share;
    open = open || is_called(c->names[m], "open_at_end");
    ended = ended || is_called(c->names[m], "conversion") || is_called(c->names[m], "cycle_days") ||
            is_called(c->names[m], "days");
  }
  if (open)
    fsim_paragraph(&p->to,
                   "open_at_end: journeys that began in the window and are open at the horizon; "
                   "wins that come later are in no other line.");
  if (points) fsim_paragraph(&p->to, "pp: percentage points, the unit of changes of percentages.");
  if (ended)
    fsim_paragraph(
        &p->to,
        "conversion, cycle_days and days are of what ended; the summary's conv. and days are "
        "corrected for what is still open, and so differ.");
}

int fsim_comparison_text(const fsim_comparison *comparison, FILE *out, fsim_report *report) {
  page p = {.c = comparison, .to.out = out};
  head(&p);
  for (size_t v = 1; v < comparison->n_variants; v++) {
    answer(&p, v);
    side_effects(&p, v);
    later(&p, v);
  }
  best(&p);
  for (size_t v = 1; v < comparison->n_variants; v++) print_table(&p, v);
  line(&p, "");
  fsim_paragraph(
      &p.to,
      "Intervals of change hold together, sure to %.4g %% (Bonferroni), in each of these "
      "groups by itself: %s for all variants; all other lines of the tables%s. better, worse: "
      "the interval leaves out 0; open: it may be chance.",
      100 * comparison->confidence, comparison->names[0],
      comparison->n_variants > 2 ? "; the comparison with the best" : "");
  footnotes(&p);
  size_t lines = (comparison->n_variants - 1) * (comparison->n_measures - 1);
  const char *few = fsim_say_few(1 - (1 - comparison->confidence) / (double)(lines > 0 ? lines : 1),
                                 fsim_compared_of(comparison, 1, 0)->difference.change.n);
  if (few != NULL) fsim_paragraph(&p.to, "%s", few);
  for (size_t i = 0; i < comparison->n_trials; i++)
    if (fsim_trial_text(&comparison->trials[i], out) != 0) p.to.failed = true;
  return p.to.failed ? fsim_failure(report, FSIM_NOWHERE, "the comparison could not be written")
                     : FSIM_OK;
}
