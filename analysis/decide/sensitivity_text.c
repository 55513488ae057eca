/* Sensitivities for a planner: the bottleneck in a sentence, then the ranked steps, then the other
 * ways to look, on 80 columns. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/decide/said.h"
#include "analysis/decide/sensitivity.h"
#include "analysis/decide/slopes.h"
#include "analysis/grid.h"
#include "sim/base/quantity.h"
#include "sim/base/text.h"

typedef struct page {
  const fsim_sensitivity *s;
  const fsim_scenario *scenario;
  const char *unit;
  double scale;
  fsim_printed to;
} page;

static const fsim_interval *effect_of(const fsim_lever_effect *e) {
  return &e->change[0].change;
}

/* ---- the bottleneck in a sentence ---- */

/* More leads often give more than anything else: said apart, with what they cost. */
static void say_demand(page *p, const fsim_lever_effect *bottleneck) {
  const fsim_lever_effect *e = &p->s->effects[0];
  if (e == bottleneck || e->refused != NULL || !isnan(e->first) || e->stream == SIZE_MAX) return;
  fsim_cell_text effect = fsim_say_change(effect_of(e), p->scale);
  fsim_cell_text error = fsim_say_error(effect_of(e), p->scale);
  bool exact = p->s->exact;
  fsim_paragraph(&p->to, "More leads give more: %s %s changes it by %s %s%s%s%s.", e->lever,
                 e->step, effect.text, p->unit, exact ? "" : " (", exact ? "" : error.text,
                 exact ? "" : ")");
}

char *fsim_bottleneck_sentence(const fsim_sensitivity *s) {
  char buffer[64];
  const fsim_measure *measure = &s->measures[0];
  const fsim_lever_effect *first = fsim_bottleneck(s);
  fsim_text text = {0};
  if (first == NULL) {
    fsim_text_append(
        &text,
        "No step of any lever changes %s by more than chance explains: nothing here is "
        "a bottleneck of it, or more replications are needed to see it.",
        s->names[0]);
  } else {
    double scale = fsim_measure_scale(measure);
    const char *unit =
        fsim_measure_unit(measure, s->variant->scenario->currency, buffer, sizeof buffer);
    fsim_cell_text effect = fsim_say_change(effect_of(first), scale);
    fsim_cell_text error = fsim_say_error(effect_of(first), scale);
    /* What is uncertain is a map, no number to be read in a sentence. */
    const bool plain = first->value[0] != '{';
    fsim_text_append(&text, "Bottleneck: %s. One step there (%s, now %s) changes %s by %s %s",
                     first->lever, first->step, plain ? first->value : "uncertain", s->names[0],
                     effect.text, unit);
    if (s->exact)
      fsim_text_append(&text, " (computed, without chance).");
    else
      fsim_text_append(&text, " (%s); it comes first in %.0f %% of resampled runs.", error.text,
                       100 * first->first);
  }
  if (!text.failed) return text.text;
  free(text.text);
  return NULL;
}

static void say_bottleneck(page *p) {
  const fsim_sensitivity *s = p->s;
  const fsim_lever_effect *first = fsim_bottleneck(s);
  char *sentence = fsim_bottleneck_sentence(s);
  if (sentence == NULL)
    p->to.failed = true;
  else
    fsim_paragraph(&p->to, "%s", sentence);
  free(sentence);
  if (first == NULL) {
    say_demand(p, first);
    return;
  }
  fsim_text tied = {0};
  for (size_t i = 0; i < s->n_effects; i++) {
    const fsim_lever_effect *e = &s->effects[i];
    if (e != first && e->refused == NULL && !isnan(e->first) && e->tied)
      fsim_text_append(&tied, "%s%s", tied.length > 0 ? ", " : "", e->lever);
  }
  if (tied.length > 0) fsim_paragraph(&p->to, "Cannot be told apart from it: %s.", tied.text);
  if (tied.failed) p->to.failed = true;
  free(tied.text);
  say_demand(p, first);
}

/* ---- the ranked steps ---- */

enum { MOST_COLUMNS = 6 };

/* The measure that stands beside the first: wins beside money, or the other way round. */
static size_t beside(const fsim_sensitivity *s) {
  for (size_t m = 1; m < s->n_measures; m++) {
    bool wins = strcmp(s->names[m], "won") == 0, money = strcmp(s->names[m], "value") == 0;
    if (wins || money) return m;
  }
  return SIZE_MAX;
}

/* Computed, so that it has no interval. */
static fsim_cell_text exact_elasticity(const fsim_lever_effect *e) {
  char text[32] = "";
  if (isfinite(e->elasticity.estimate)) snprintf(text, sizeof text, "%.2f", e->elasticity.estimate);
  return fsim_cell_of(text);
}

/* The lever that stands in one of the rows that are shown. */
static bool is_shown(const fsim_lever_effect *e) {
  return e->refused == NULL && e->change[0].equal != 1;
}

static void add_row(page *p, fsim_grid *grid, const fsim_lever_effect *e, bool back) {
  const fsim_difference *d = back ? e->back : e->change;
  fsim_cell_text cells[MOST_COLUMNS];
  size_t n = 0, other = beside(p->s);
  char first[32] = "";
  if (!back && e->first >= 0.005) snprintf(first, sizeof first, "%.0f %%", 100 * e->first);
  cells[n++] = fsim_cell_of(back ? e->step_back : e->step);
  cells[n++] = fsim_say_change(&d[0].change, p->scale);
  if (!p->s->exact) cells[n++] = fsim_say_error(&d[0].change, p->scale);
  if (other != SIZE_MAX) cells[n++] = fsim_say_change(&d[other].change, 1);
  if (p->s->exact) cells[n++] = back ? fsim_cell_of("") : exact_elasticity(e);
  cells[n++] = fsim_cell_of(first);
  fsim_grid_add(grid, back ? "" : e->lever, cells);
}

static void print_header(page *p, fsim_grid *grid) {
  const fsim_sensitivity *s = p->s;
  size_t other = beside(s), n = 0;
  fsim_cell_text header[MOST_COLUMNS];
  header[n++] = fsim_cell_of("step");
  header[n++] = fsim_cell_of("effect");
  if (!s->exact) header[n++] = fsim_cell_of("interval");
  if (other != SIZE_MAX) header[n++] = fsim_cell_of(s->names[other]);
  if (s->exact) header[n++] = fsim_cell_of("elasticity");
  header[n++] = fsim_cell_of("first");
  *grid = (fsim_grid){.columns = n};
  fsim_grid_add(grid, "lever", header);
  fsim_gap(&p->to);
  fsim_paragraph(&p->to, "Effect of one step on %s, in %s%s%s%s", s->names[0],
                 p->unit[0] == '\0' ? "its own unit" : p->unit,
                 other == SIZE_MAX ? "" : "; beside it on ",
                 other == SIZE_MAX ? "" : s->names[other], other == SIZE_MAX ? "" : ", a week");
}

static void print_effects(page *p, size_t most) {
  const fsim_sensitivity *s = p->s;
  fsim_grid grid;
  print_header(p, &grid);
  size_t shown = 0, nothing = 0, refused = 0;
  for (size_t i = 0; i < s->n_effects; i++) {
    const fsim_lever_effect *e = &s->effects[i];
    if (e->refused != NULL) {
      refused++;
    } else if (!is_shown(e)) {
      nothing++;
    } else if (shown < most) {
      add_row(p, &grid, e, false);
      if (e->back != NULL) add_row(p, &grid, e, true);
      shown++;
    }
  }
  if (fsim_grid_print(&grid, p->to.out) != 0) p->to.failed = true;
  size_t left = s->n_effects - shown - nothing - refused;
  if (left > 0)
    fsim_paragraph(&p->to, "%zu more levers with smaller effects: --top 0 shows all.", left);
  if (nothing > 0)
    fsim_paragraph(&p->to, "%zu lever%s change%s nothing%s.", nothing, nothing == 1 ? "" : "s",
                   nothing == 1 ? "s" : "", s->exact ? "" : " in any replication");
  for (size_t i = 0; i < s->n_effects; i++)
    if (s->effects[i].refused != NULL)
      fsim_paragraph(&p->to, "%s %s: not possible: %s", s->effects[i].lever, s->effects[i].step,
                     s->effects[i].refused);
}

/* ---- elasticities ---- */

static const char *found_by(const fsim_lever_effect *e) {
  if (e->method == fsim_by_central) return "1 % either way";
  if (e->method == fsim_by_score) return "score function";
  return e->curved ? "the step (bent)" : "the step";
}

static void print_elasticities(page *p, size_t most) {
  enum { COLUMNS = 3 };
  const fsim_sensitivity *s = p->s;
  fsim_grid grid = {.columns = COLUMNS};
  const fsim_cell_text header[COLUMNS] = {fsim_cell_of("elasticity"), fsim_cell_of("interval"),
                                          fsim_cell_of("found by")};
  size_t shown = 0;
  bool curved = false;
  if (s->exact) return;
  fsim_grid_add(&grid, "lever", header);
  for (size_t i = 0; i < s->n_effects && shown < most; i++) {
    const fsim_lever_effect *e = &s->effects[i];
    if (!is_shown(e)) continue;
    shown++;
    if (!isfinite(e->elasticity.estimate)) continue;
    const fsim_cell_text cells[COLUMNS] = {fsim_say_mean(&e->elasticity, 1),
                                           fsim_say_error(&e->elasticity, 1),
                                           fsim_cell_of(found_by(e))};
    fsim_grid_add(&grid, e->lever, cells);
    curved = curved || (e->method == fsim_by_step && e->curved);
  }
  if (grid.n > 1) {
    fsim_gap(&p->to);
    fsim_paragraph(&p->to, "Elasticity: %% of %s per %% of the lever", s->names[0]);
  }
  if (fsim_grid_print(&grid, p->to.out) != 0) p->to.failed = true;
  if (curved)
    fsim_paragraph(
        &p->to, "Bent: steps of 1 %% and of 2 %% do not agree, so it is that of the whole step.");
}

/* ---- what steps cost ---- */

/* Steps by what is left of their gain, or where that is not in money by what they give for one. */
static double worth_of(const fsim_lever_effect *e) {
  return isfinite(e->net.estimate) ? e->net.estimate : e->gain_per_cost.estimate;
}

static const fsim_lever_effect *next_worth(const fsim_sensitivity *s,
                                           const fsim_lever_effect *after) {
  const fsim_lever_effect *best = NULL;
  for (size_t i = 0; i < s->n_effects; i++) {
    const fsim_lever_effect *e = &s->effects[i];
    if (e->refused != NULL || !isfinite(e->cost_per_week) || !isfinite(worth_of(e))) continue;
    bool behind = after == NULL || worth_of(e) < worth_of(after) ||
                  (worth_of(e) == worth_of(after) && e > after);
    if (behind && e != after && (best == NULL || worth_of(e) > worth_of(best))) best = e;
  }
  return best;
}

static void add_cost(const page *p, fsim_grid *grid, const fsim_lever_effect *e) {
  const fsim_interval cost = {e->cost_per_week, NAN, NAN, NAN, 0, ""};
  const fsim_interval *parts[] = {&e->net, &e->gain_per_cost};
  fsim_cell_text cells[MOST_COLUMNS];
  size_t n = 0;
  cells[n++] = fsim_say_mean(&cost, 1);
  for (size_t k = 0; k < 2; k++) {
    bool known = isfinite(parts[k]->estimate);
    cells[n++] = !known   ? fsim_cell_of("")
                 : k == 0 ? fsim_say_change(parts[k], 1)
                          : fsim_say_mean(parts[k], 1);
    if (!p->s->exact) cells[n++] = known ? fsim_say_error(parts[k], 1) : fsim_cell_of("");
  }
  fsim_grid_add(grid, e->lever, cells);
}

static void print_costs(page *p, size_t most) {
  const fsim_sensitivity *s = p->s;
  if (next_worth(s, NULL) == NULL) return;
  fsim_cell_text header[MOST_COLUMNS];
  size_t n = 0, shown = 0;
  header[n++] = fsim_cell_of("cost");
  header[n++] = fsim_cell_of("net gain");
  if (!s->exact) header[n++] = fsim_cell_of("interval");
  header[n++] = fsim_cell_of("gain for one");
  if (!s->exact) header[n++] = fsim_cell_of("interval");
  fsim_grid grid = {.columns = n};
  fsim_grid_add(&grid, "lever", header);
  for (const fsim_lever_effect *e = next_worth(s, NULL); e != NULL && shown < most;
       e = next_worth(s, e), shown++)
    add_cost(p, &grid, e);
  fsim_gap(&p->to);
  fsim_paragraph(
      &p->to,
      "What steps cost, in %s a week (people in their open hours, leads), what is left of "
      "their gain, and what they give on %s for each %s",
      p->scenario->currency, s->names[0], p->scenario->currency);
  if (fsim_grid_print(&grid, p->to.out) != 0) p->to.failed = true;
}

static void print_reliefs(page *p) {
  const fsim_sensitivity *s = p->s;
  if (s->n_reliefs == 0) return;
  fsim_gap(&p->to);
  fsim_paragraph(&p->to,
                 "If nobody ever waited for a place (no hiring in that team can give more):");
  for (size_t i = 0; i < s->n_reliefs; i++) {
    const fsim_interval *change = &s->reliefs[i].change[0].change;
    fsim_cell_text effect = fsim_say_change(change, p->scale);
    fsim_cell_text error = fsim_say_error(change, p->scale);
    fsim_paragraph(&p->to, "- %s: %s %s (%s)", p->scenario->teams[s->reliefs[i].team].name,
                   effect.text, p->unit, error.text);
  }
}

/* ---- other ways to look ---- */

static size_t best_rank(const fsim_sensitivity *s, size_t stage) {
  for (size_t i = 0; i < s->n_effects; i++) {
    const fsim_lever_effect *e = &s->effects[i];
    if (e->refused != NULL || e->change[0].equal == 1) continue;
    bool own = e->stage == stage;
    bool team = e->team != SIZE_MAX && e->team == s->lenses[stage].team;
    if (own || team) return i + 1;
  }
  return SIZE_MAX;
}

static fsim_cell_text percent(double share) {
  char text[32] = "";
  if (isfinite(share)) snprintf(text, sizeof text, "%.0f %%", 100 * share);
  return fsim_cell_of(text);
}

static void print_lenses(page *p, size_t most) {
  const fsim_sensitivity *s = p->s;
  enum { LENSES = 4 };
  fsim_grid grid = {.columns = LENSES};
  const fsim_cell_text header[LENSES] = {fsim_cell_of("best rank"), fsim_cell_of("team busy"),
                                         fsim_cell_of("time in queue"), fsim_cell_of("lost here")};
  fsim_grid_add(&grid, "stage", header);
  size_t shown = 0;
  for (size_t rank = 1; rank <= s->n_effects && shown < most; rank++) {
    for (size_t i = 0; i < p->scenario->n_stages && shown < most; i++) {
      if (best_rank(s, i) != rank) continue;
      const fsim_lens *l = &s->lenses[i];
      const fsim_stage *stage = &p->scenario->stages[i];
      char name[256], text[32];
      snprintf(name, sizeof name, "%s.%s", p->scenario->funnels[stage->funnel].name, stage->name);
      snprintf(text, sizeof text, "%zu", rank);
      const fsim_cell_text cells[LENSES] = {fsim_cell_of(text), percent(l->utilisation),
                                            percent(l->utilisation > 0 ? l->queue_share : NAN),
                                            percent(l->loss)};
      fsim_grid_add(&grid, name, cells);
      shown++;
    }
  }
  fsim_gap(&p->to);
  fsim_paragraph(
      &p->to,
      "Other ways to look: how busy the stage's team is, the share of the funnel's time that "
      "goes by in its queue, the share of its visits that end without a win");
  if (fsim_grid_print(&grid, p->to.out) != 0) p->to.failed = true;
  const fsim_lever_effect *first = fsim_bottleneck(s);
  if (first == NULL) return;
  char *dissent = fsim_lenses_dissent(p->scenario, s->lenses, first->stage, first->team);
  if (dissent != NULL)
    fsim_paragraph(&p->to,
                   "They do not all agree: %s. What counts for a decision is the effect of a step.",
                   dissent);
  free(dissent);
}

/* A count of the window also moves where things only happen sooner. */
static void explain_horizon(page *p) {
  const fsim_sensitivity *s = p->s;
  if (strstr(s->measures[0].units, "/ w") == NULL) return;
  fsim_paragraph(
      &p->to,
      "Effects are on %s until the horizon (%.4g weeks): shorter waits and work also bring "
      "wins forward that would have come later. compare tells how many (open_at_end).",
      s->names[0], fsim_window_s(p->scenario) / FSIM_WEEK);
}

/* How it was found. */
static void explain(page *p) {
  const fsim_sensitivity *s = p->s;
  explain_horizon(p);
  if (s->exact)
    fsim_paragraph(
        &p->to,
        "Effects are computed, without chance; only the other ways to look are simulated, "
        "with %u replications.",
        s->replications);
  else
    fsim_paragraph(
        &p->to,
        "Every step is a simulation of its own with the same random numbers. Intervals hold "
        "for all %zu plans together, sure to %.4g %%.",
        s->intervals, 100 * s->confidence);
  if (s->exact) {
    fsim_paragraph(&p->to, "Elasticity: %% of effect per %% of change, at the point.");
    return;
  }
  const char *few = fsim_say_few(
      1 - (1 - s->confidence) / (double)(s->intervals > 0 ? s->intervals : 1), s->values[0].n);
  if (few != NULL) fsim_paragraph(&p->to, "%s", few);
}

int fsim_sensitivity_text(const fsim_sensitivity *s, size_t most, FILE *out, fsim_report *report) {
  char buffer[64];
  const fsim_scenario *scenario = s->variant->scenario;
  page p = {.s = s, .scenario = scenario, .to.out = out};
  p.unit = fsim_measure_unit(&s->measures[0], scenario->currency, buffer, sizeof buffer);
  p.scale = fsim_measure_scale(&s->measures[0]);
  fsim_cell_text now = fsim_say_mean(&s->values[0], p.scale);
  fsim_cell_text error = fsim_say_error(&s->values[0], p.scale);
  if (most == 0) most = SIZE_MAX;
  if (s->exact)
    fsim_paragraph(&p.to, "%s: %s is %s %s, computed without simulation", s->variant->name,
                   s->names[0], now.text, p.unit);
  else
    fsim_paragraph(&p.to, "%s: %s is %s %s (%s), %u replications of every plan", s->variant->name,
                   s->names[0], now.text, p.unit, error.text, s->replications);
  say_bottleneck(&p);
  print_effects(&p, most);
  print_elasticities(&p, most);
  print_costs(&p, most);
  print_reliefs(&p);
  print_lenses(&p, most);
  fsim_gap(&p.to);
  explain(&p);
  return p.to.failed ? fsim_failure(report, FSIM_NOWHERE, "the sensitivities could not be written")
                     : FSIM_OK;
}
