#include "analysis/exact_figures.h"

#include <math.h>
#include <stdlib.h>

#include "sim/base/array.h"
#include "sim/base/quantity.h"
#include "sim/base/text.h"
#include "sim/model/chain.h"
#include "sim/model/stage_numbers.h"

const double fsim_exact_age_days[FSIM_EXACT_AGES] = {0, 7, 14, 28, 56, 91};

static bool belongs(const fsim_exact_figures *x, size_t profile, size_t group) {
  return group == 0 || fsim_profile_value(x->scenario, profile, x->attribute) == group - 1;
}

/* ---- sums over the profiles of a group ---- */

/* What ended in the window, of new leads and of the deals open at the start alike: of these there
 * may be no new journey, and so no chain. */
static void add_ended(fsim_exact_figures *x, size_t p, fsim_exact_funnel *f) {
  const fsim_scenario *s = x->scenario;
  size_t first = s->funnels[f->funnel].first_outcome, n = s->funnels[f->funnel].n_outcomes;
  double value = fsim_exact_mean_value(s, p, f->funnel);
  for (size_t o = first; o < first + n; o++) {
    double ended = x->exact->windowed[p * s->n_outcomes + o];
    x->ended[o * x->n_groups + f->group] += ended;
    if (!s->outcomes[o].win) continue;
    f->won += ended;
    f->value += ended * value;
  }
}

/* First moments until finish_funnel divides by the weights. */
static void add_journeys(const fsim_exact_figures *x, const fsim_chain *chain,
                         fsim_exact_funnel *f) {
  const fsim_scenario *s = x->scenario;
  const fsim_exact *e = x->exact;
  size_t p = chain->profile, first = s->funnels[f->funnel].first_outcome;
  double journeys = e->journeys[p * s->n_funnels + f->funnel],
         mean = chain->cycle_mean_s[chain->n_outcomes];
  f->journeys += journeys;
  f->cycle_mean_s += journeys * mean;
  f->cycle_variance_s2 += journeys * (chain->cycle_variance_s2[chain->n_outcomes] + mean * mean);
  for (size_t o = 0; o < chain->n_outcomes; o++) {
    double weight = journeys * chain->outcome[o];
    if (!s->outcomes[first + o].win || !(chain->outcome[o] > 0)) continue;
    f->conversion += weight;
    f->win_mean_s += weight * chain->cycle_mean_s[o];
    f->win_variance_s2 +=
        weight * (chain->cycle_variance_s2[o] + chain->cycle_mean_s[o] * chain->cycle_mean_s[o]);
  }
}

static void finish_funnel(fsim_exact_funnel *f) {
  f->cycle_mean_s /= f->journeys;
  f->cycle_variance_s2 = f->cycle_variance_s2 / f->journeys - f->cycle_mean_s * f->cycle_mean_s;
  f->win_mean_s /= f->conversion;
  f->win_variance_s2 = f->win_variance_s2 / f->conversion - f->win_mean_s * f->win_mean_s;
  f->conversion /= f->journeys;
}

/* seen[FSIM_EXACT_AGES]: visits that are still there at each age. */
static int add_stage(const fsim_exact_figures *x, const fsim_chain *chain, fsim_exact_stage *stage,
                     double *seen) {
  const fsim_scenario *s = x->scenario;
  size_t p = chain->profile, local = stage->stage - s->funnels[chain->funnel].first_stage;
  const fsim_stage_law *law = fsim_stage_law_of(s, 0, p, stage->stage);
  double visits = x->exact->visits[p * s->n_stages + stage->stage];
  for (size_t a = 0; a < FSIM_EXACT_AGES; a++) {
    double age = fsim_exact_age_days[a] * FSIM_DAY, win;
    double open = a == 0 ? 1 : fsim_stage_open(&s->stages[stage->stage], law, age);
    if (age >= chain->stages[local].deadline_s || open < 1e-9) continue;
    int status = fsim_chain_win_by_age(s, chain, local, age, &win);
    if (status != FSIM_OK) return status;
    stage->win[a] += visits * open * win;
    seen[a] += visits * open;
  }
  return FSIM_OK;
}

static int fill_stage(fsim_exact_figures *x, fsim_chain *const *chains, size_t stage, size_t group,
                      fsim_report *report) {
  fsim_exact_stage *r = &x->stages[stage * x->n_groups + group];
  double seen[FSIM_EXACT_AGES] = {0};
  *r = (fsim_exact_stage){.stage = stage, .group = group};
  for (size_t p = 0; p < x->scenario->n_profiles; p++) {
    if (!belongs(x, p, group)) continue;
    r->visits += x->exact->visits[p * x->scenario->n_stages + stage];
    r->open += x->exact->open[p * x->scenario->n_stages + stage];
    if (chains[p] == NULL) continue;
    int status = add_stage(x, chains[p], r, seen);
    if (status != FSIM_OK)
      return fsim_failure(report, FSIM_NOWHERE, "win probabilities by age could not be worked out");
  }
  for (size_t a = 0; a < FSIM_EXACT_AGES; a++) r->win[a] = seen[a] > 0 ? r->win[a] / seen[a] : NAN;
  return FSIM_OK;
}

static void fill_group(fsim_exact_figures *x, fsim_chain *const *chains, size_t funnel,
                       size_t group) {
  const fsim_scenario *s = x->scenario;
  fsim_exact_funnel *f = &x->funnels[funnel * x->n_groups + group];
  *f = (fsim_exact_funnel){.funnel = funnel, .group = group};
  for (size_t p = 0; p < s->n_profiles; p++) {
    if (!belongs(x, p, group)) continue;
    if (chains[p] != NULL) add_journeys(x, chains[p], f);
    add_ended(x, p, f);
    for (size_t i = 0; i < s->n_stages; i++)
      if (s->stages[i].funnel == funnel) f->open += x->exact->open[p * s->n_stages + i];
  }
  finish_funnel(f);
}

/* Chains of the profiles that come to a funnel: [n_profiles], NULL where none does. */
static int fill_funnel(fsim_exact_figures *x, size_t funnel, fsim_chain **chains,
                       fsim_report *report) {
  const fsim_scenario *s = x->scenario;
  size_t first = s->funnels[funnel].first_stage, n = s->funnels[funnel].n_stages;
  int status = FSIM_OK;
  for (size_t p = 0; p < s->n_profiles && status == FSIM_OK; p++) {
    bool comes = x->exact->journeys[p * s->n_funnels + funnel] > 1e-12;
    if (comes) status = fsim_chain_make(s, funnel, p, 0, report, &chains[p]);
  }
  for (size_t g = 0; g < x->n_groups && status == FSIM_OK; g++) {
    fill_group(x, chains, funnel, g);
    for (size_t i = first; i < first + n && status == FSIM_OK; i++)
      status = fill_stage(x, chains, i, g, report);
  }
  for (size_t p = 0; p < s->n_profiles; p++) {
    fsim_chain_free(chains[p]);
    chains[p] = NULL;
  }
  return status;
}

/* ---- derivatives ---- */

static void note_accuracy(fsim_exact_figures *x, const fsim_exact *e) {
  x->error = fmax(x->error, e->error);
  x->lever_error = fmax(x->lever_error, e->lever_error);
  x->balance = fmax(x->balance, e->balance);
}

/* metric: a funnel, or n_funnels: the value of all wins. */
static void weigh(const fsim_scenario *s, size_t metric, double *weight) {
  for (size_t i = 0; i < s->n_profiles * s->n_outcomes; i++) {
    size_t p = i / s->n_outcomes, o = i % s->n_outcomes, f = s->outcomes[o].funnel;
    weight[i] = metric < s->n_funnels ? f == metric : fsim_exact_mean_value(s, p, f);
    if (!s->outcomes[o].win) weight[i] = 0;
  }
}

static void take_effects(fsim_exact_figures *x, size_t metric, const fsim_exact *exact) {
  const size_t n_funnels = x->scenario->n_funnels;
  for (size_t l = 0; l < exact->n_levers; l++) {
    fsim_exact_effect *effect = &x->effects[l];
    effect->lever = exact->levers[l];
    effect->won = &x->won_by_lever[l * n_funnels];
    if (metric < n_funnels)
      effect->won[metric] = exact->levers[l].derivative;
    else
      effect->value = exact->levers[l].derivative;
  }
  note_accuracy(x, exact);
}

static int fill_effects(fsim_exact_figures *x, size_t metric, double *weight, fsim_report *report) {
  fsim_exact *exact = NULL;
  weigh(x->scenario, metric, weight);
  int status = fsim_exact_make(x->scenario, weight, report, &exact);
  if (status != FSIM_OK) return status;
  take_effects(x, metric, exact);
  fsim_exact_free(exact);
  return FSIM_OK;
}

/* ---- all ---- */

static int fill(fsim_exact_figures *x, double *weight, fsim_report *report) {
  const fsim_scenario *s = x->scenario;
  x->funnels = fsim_zeroed(s->n_funnels * x->n_groups, sizeof *x->funnels);
  x->stages = fsim_zeroed(s->n_stages * x->n_groups, sizeof *x->stages);
  x->ended = fsim_zeroed(s->n_outcomes * x->n_groups, sizeof *x->ended);
  x->effects = fsim_zeroed(x->exact->n_levers, sizeof *x->effects);
  x->won_by_lever = fsim_zeroed(x->exact->n_levers * s->n_funnels, sizeof *x->won_by_lever);
  fsim_chain **chains = fsim_zeroed(s->n_profiles, sizeof *chains);
  int status = x->funnels && x->stages && x->ended && x->effects && x->won_by_lever && chains
                   ? FSIM_OK
                   : fsim_no_memory(report);
  if (status == FSIM_OK) take_effects(x, 0, x->exact);
  for (size_t f = 0; f < s->n_funnels && status == FSIM_OK; f++) {
    status = fill_funnel(x, f, chains, report);
    if (status == FSIM_OK && f > 0) status = fill_effects(x, f, weight, report);
    x->valued |= status == FSIM_OK && x->funnels[f * x->n_groups].value > 0;
  }
  if (status == FSIM_OK && x->valued) status = fill_effects(x, s->n_funnels, weight, report);
  free(chains);
  return status;
}

int fsim_exact_figures_make(const fsim_scenario *scenario, size_t attribute, fsim_report *report,
                            fsim_exact_figures **figures) {
  *figures = NULL;
  fsim_exact_figures *x = fsim_zeroed(1, sizeof *x);
  if (x == NULL) return fsim_no_memory(report);
  size_t values = scenario->attributes[attribute].n_values;
  *x = (fsim_exact_figures){
      .scenario = scenario, .attribute = attribute, .n_groups = values > 1 ? values + 1 : 1};
  double *weight = fsim_zeroed(scenario->n_profiles * scenario->n_outcomes, sizeof *weight);
  int status = weight == NULL ? fsim_no_memory(report) : FSIM_OK;
  if (status == FSIM_OK) {
    /* The figures are the same whatever the metric, so they come with the first funnel's effects.
     */
    weigh(scenario, 0, weight);
    status = fsim_exact_make(scenario, weight, report, &x->exact);
  }
  if (status == FSIM_OK) status = fill(x, weight, report);
  free(weight);
  if (status == FSIM_OK)
    *figures = x;
  else
    fsim_exact_figures_free(x);
  return status;
}

void fsim_exact_figures_free(fsim_exact_figures *x) {
  if (x == NULL) return;
  fsim_exact_free(x->exact);
  free(x->funnels);
  free(x->stages);
  free(x->ended);
  free(x->effects);
  free(x->won_by_lever);
  free(x);
}

char *fsim_exact_lever_path(const fsim_scenario *s, const fsim_exact_lever *lever) {
  fsim_text path = {0};
  const fsim_stage *stage = &s->stages[lever->stage];
  const char *funnel = s->funnels[stage->funnel].name;
  if (lever->kind == FSIM_EXACT_EXIT)
    fsim_text_append(&path, "%s.stages.%s.exits.%s", funnel, stage->name,
                     stage->exits[lever->exit].name);
  else if (lever->kind == FSIM_EXACT_WAIT)
    fsim_text_append(&path, "%s.stages.%s.wait", funnel, stage->name);
  else if (lever->kind == FSIM_EXACT_RATE)
    fsim_text_append(&path, "streams.%s.rate", s->streams[lever->number].name);
  else
    fsim_text_append(&path, "links.%s.%s>%s.probability",
                     s->funnels[s->outcomes[s->links[lever->number].from].funnel].name,
                     s->outcomes[s->links[lever->number].from].name,
                     s->funnels[s->links[lever->number].to].name);
  if (!path.failed) return path.text;
  free(path.text);
  return NULL;
}

const char *fsim_exact_lever_step(const fsim_exact_lever *lever, double *size) {
  switch (lever->kind) {
    case FSIM_EXACT_WAIT:
      *size = -0.1;
      return "-10 %";
    case FSIM_EXACT_RATE:
      *size = 0.1;
      return "+10 %";
    default:
      *size = 0.01;
      return "+1 pp";
  }
}
