/* Sensitivities for a planner: the bottleneck in a sentence, then the ranked steps, then the other
 * ways to look, on 80 columns. */
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/decide/said.h"
#include "analysis/decide/sensitivity.h"
#include "analysis/grid.h"
#include "sim/base/quantity.h"
#include "sim/base/text.h"

typedef struct page {
  const fsim_sensitivity *s;
  const fsim_scenario *scenario;
  const char *unit;
  double scale;
  FILE *out;
  bool failed;
} page;

__attribute__((format(printf, 2, 3))) static void paragraph(page *p, const char *format, ...) {
  va_list arguments;
  char text[4096];
  va_start(arguments, format);
  int length = vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  if (length < 0 || fsim_print_wrapped(p->out, text) < 0) p->failed = true;
}

static void gap(page *p) {
  if (fputc('\n', p->out) == EOF) p->failed = true;
}

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
  paragraph(p, "More leads give more: %s %s changes it by %s %s (%s).", e->lever, e->step,
            effect.text, p->unit, error.text);
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
    fsim_text_append(
        &text,
        "Bottleneck: %s. One step there (%s, now %s) changes %s by %s %s (%s); it comes "
        "first in %.0f %% of resampled runs.",
        first->lever, first->step, first->value, s->names[0], effect.text, unit, error.text,
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
    p->failed = true;
  else
    paragraph(p, "%s", sentence);
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
  if (tied.length > 0) paragraph(p, "Cannot be told apart from it: %s.", tied.text);
  if (tied.failed) p->failed = true;
  free(tied.text);
  say_demand(p, first);
}

/* ---- the ranked steps ---- */

enum { COLUMNS = 5 };

static bool has_net(const fsim_sensitivity *s) {
  for (size_t i = 0; i < s->n_effects; i++)
    if (s->effects[i].refused == NULL && isfinite(s->effects[i].net.estimate)) return true;
  return false;
}

static void add_effect(page *p, fsim_grid *grid, const fsim_lever_effect *e, bool net) {
  char elasticity[32] = "", first[32] = "";
  if (isfinite(e->elasticity.estimate))
    snprintf(elasticity, sizeof elasticity, "%.2f", e->elasticity.estimate);
  if (e->first >= 0.005) snprintf(first, sizeof first, "%.0f %%", 100 * e->first);
  fsim_cell_text last = fsim_cell_of(first);
  if (net) last = isfinite(e->net.estimate) ? fsim_say_change(&e->net, 1) : fsim_cell_of("");
  const fsim_cell_text cells[COLUMNS] = {
      fsim_cell_of(e->step), fsim_say_change(effect_of(e), p->scale),
      fsim_say_error(effect_of(e), p->scale), fsim_cell_of(elasticity), last};
  fsim_grid_add(grid, e->lever, cells);
}

static void add_back(page *p, fsim_grid *grid, const fsim_lever_effect *e) {
  if (e->back == NULL) return;
  const fsim_interval *change = &e->back[0].change;
  const fsim_cell_text cells[COLUMNS] = {
      fsim_cell_of(e->step_back), fsim_say_change(change, p->scale),
      fsim_say_error(change, p->scale), fsim_cell_of(""), fsim_cell_of("")};
  fsim_grid_add(grid, "", cells);
}

static void print_effects(page *p, size_t most) {
  const fsim_sensitivity *s = p->s;
  bool net = has_net(s);
  fsim_grid grid = {.columns = COLUMNS};
  const fsim_cell_text header[COLUMNS] = {fsim_cell_of("step"), fsim_cell_of("effect"),
                                          fsim_cell_of("interval"), fsim_cell_of("elasticity"),
                                          fsim_cell_of(net ? "net of cost" : "first")};
  fsim_grid_add(&grid, "lever", header);
  size_t shown = 0, nothing = 0, refused = 0;
  for (size_t i = 0; i < s->n_effects; i++) {
    const fsim_lever_effect *e = &s->effects[i];
    if (e->refused != NULL) {
      refused++;
    } else if (e->change[0].equal == 1) {
      nothing++;
    } else if (shown < most) {
      add_effect(p, &grid, e, net);
      add_back(p, &grid, e);
      shown++;
    }
  }
  gap(p);
  paragraph(p, "Effect of one step on %s, in %s", s->names[0],
            p->unit[0] == '\0' ? "its own unit" : p->unit);
  if (fsim_grid_print(&grid, p->out) != 0) p->failed = true;
  size_t left = s->n_effects - shown - nothing - refused;
  if (left > 0) paragraph(p, "%zu more levers with smaller effects: --top 0 shows all.", left);
  if (nothing > 0)
    paragraph(p, "%zu lever%s change%s nothing in any replication.", nothing,
              nothing == 1 ? "" : "s", nothing == 1 ? "s" : "");
  for (size_t i = 0; i < s->n_effects; i++)
    if (s->effects[i].refused != NULL)
      paragraph(p, "%s %s: not possible: %s", s->effects[i].lever, s->effects[i].step,
                s->effects[i].refused);
}

static void print_reliefs(page *p) {
  const fsim_sensitivity *s = p->s;
  if (s->n_reliefs == 0) return;
  gap(p);
  paragraph(p, "If nobody ever waited for a place (no hiring in that team can give more):");
  for (size_t i = 0; i < s->n_reliefs; i++) {
    const fsim_interval *change = &s->reliefs[i].change[0].change;
    fsim_cell_text effect = fsim_say_change(change, p->scale);
    fsim_cell_text error = fsim_say_error(change, p->scale);
    paragraph(p, "- %s: %s %s (%s)", p->scenario->teams[s->reliefs[i].team].name, effect.text,
              p->unit, error.text);
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
  gap(p);
  paragraph(p,
            "Other ways to look: how busy the stage's team is, the share of the funnel's time that "
            "goes by in its queue, the share of its visits that end without a win");
  if (fsim_grid_print(&grid, p->out) != 0) p->failed = true;
  const fsim_lever_effect *first = fsim_bottleneck(s);
  if (first == NULL) return;
  char *dissent = fsim_lenses_dissent(p->scenario, s->lenses, first->stage, first->team);
  if (dissent != NULL)
    paragraph(p, "They do not all agree: %s. What counts for a decision is the effect of a step.",
              dissent);
  free(dissent);
}

int fsim_sensitivity_text(const fsim_sensitivity *s, size_t most, FILE *out, fsim_report *report) {
  char buffer[64];
  const fsim_scenario *scenario = s->variant->scenario;
  page p = {.s = s, .scenario = scenario, .out = out};
  p.unit = fsim_measure_unit(&s->measures[0], scenario->currency, buffer, sizeof buffer);
  p.scale = fsim_measure_scale(&s->measures[0]);
  fsim_cell_text now = fsim_say_mean(&s->values[0], p.scale);
  fsim_cell_text error = fsim_say_error(&s->values[0], p.scale);
  if (most == 0) most = SIZE_MAX;
  paragraph(&p, "%s: %s is %s %s (%s), %u replications of every plan", s->variant->name,
            s->names[0], now.text, p.unit, error.text, s->replications);
  say_bottleneck(&p);
  print_effects(&p, most);
  print_reliefs(&p);
  print_lenses(&p, most);
  gap(&p);
  paragraph(&p,
            "Every step is a simulation of its own with the same random numbers. Intervals hold "
            "for all %zu plans together, sure to %.4g %%. Elasticity: %% of effect per %% of "
            "change, over the step.",
            s->intervals, 100 * s->confidence);
  const char *few = fsim_say_few(
      1 - (1 - s->confidence) / (double)(s->intervals > 0 ? s->intervals : 1), s->values[0].n);
  if (few != NULL) paragraph(&p, "%s", few);
  return p.failed ? fsim_failure(report, FSIM_NOWHERE, "the sensitivities could not be written")
                  : FSIM_OK;
}
