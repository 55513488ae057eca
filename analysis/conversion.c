#include "analysis/conversion.h"

#include <math.h>
#include <stdlib.h>

#include "sim/base/array.h"
#include "sim/base/quantity.h"
#include "sim/model/chain.h"

enum { KINDS = 3 }; /* won, other, open */

typedef struct passes {
  const fsim_series_source *source;
  size_t groups;
  int64_t *pooled; /* all cells of the array */
  double *weight;  /* [n_funnels][groups][KINDS][FSIM_AGE_CLASSES]: counts, then derivatives */
  double *pending; /* [n_funnels][groups] influence of the first of a pair */
  double *square;  /* [n_funnels][groups] */
} passes;

static size_t kind_of(const fsim_scenario *scenario, size_t ending) {
  if (ending >= scenario->n_outcomes) return 2;
  return scenario->outcomes[ending].win ? 0 : 1;
}

static size_t funnel_of(const fsim_scenario *scenario, size_t ending) {
  if (ending >= scenario->n_outcomes) return ending - scenario->n_outcomes;
  return scenario->outcomes[ending].funnel;
}

static double *weights_of(const passes *p, size_t funnel, size_t group) {
  return p->weight + (funnel * p->groups + group) * KINDS * FSIM_AGE_CLASSES;
}

static size_t age_cell(const passes *p, size_t ending, size_t age, size_t group) {
  fsim_spot spot = {{0}};
  spot.at[FSIM_DIM_ENDING] = ending;
  spot.at[FSIM_DIM_AGE] = age;
  spot.at[FSIM_DIM_GROUP] = group;
  return fsim_array_cell(p->source->shape, FSIM_AGE_ENDED, &spot);
}

static void add_counts(void *context, uint32_t replication, const int64_t *cells) {
  const passes *p = context;
  size_t n = fsim_array_cells(p->source->shape, FSIM_AGE_ENDED);
  (void)replication;
  for (size_t c = 0; c < n; c++) p->pooled[c] += cells[c];
}

static void gather_tables(const passes *p) {
  const fsim_scenario *scenario = p->source->scenario;
  size_t endings = p->source->shape->dim[FSIM_DIM_ENDING];
  for (size_t e = 0; e < endings; e++) {
    for (size_t g = 0; g < p->groups; g++) {
      double *into =
          weights_of(p, funnel_of(scenario, e), g) + kind_of(scenario, e) * FSIM_AGE_CLASSES;
      for (size_t a = 0; a < p->source->shape->dim[FSIM_DIM_AGE]; a++) {
        into[a] += (double)p->pooled[age_cell(p, e, a, g)];
      }
    }
  }
}

/* The estimate of one funnel and group; its counts are replaced by the derivatives. */
static int estimate(const passes *p, size_t funnel, size_t group, fsim_report *report,
                    fsim_conversion *conversion) {
  enum { N = FSIM_AGE_CLASSES };
  double *weight = weights_of(p, funnel, group), total = 0;
  double *counts = fsim_zeroed(KINDS * N, sizeof *counts);
  if (counts == NULL) return fsim_no_memory(report);
  for (size_t i = 0; i < KINDS * N; i++) {
    counts[i] = weight[i];
    total += counts[i];
  }
  fsim_life_table table = {N, counts, counts + N, counts + 2 * N};
  fsim_incidence incidence = fsim_aalen_johansen(&table, NULL, weight, weight + N, weight + 2 * N);
  conversion->corrected = fsim_interval_none();
  conversion->still_open = NAN;
  conversion->to_age_days = NAN;
  if (total > 0) {
    conversion->corrected.estimate = incidence.won;
    conversion->corrected.n = (size_t)total;
    conversion->still_open = incidence.still_open;
    double end = fsim_age_class_from(p->source->shape->window_s, incidence.last + 1);
    conversion->to_age_days = fmin(end, (double)p->source->scenario->horizon_s) / FSIM_DAY;
  }
  free(counts);
  return FSIM_OK;
}

static double influence(const passes *p, size_t funnel, size_t group, const int64_t *cells) {
  const fsim_scenario *scenario = p->source->scenario;
  const fsim_funnel *f = &scenario->funnels[funnel];
  const double *weight = weights_of(p, funnel, group);
  double sum = 0;
  for (size_t i = 0; i <= f->n_outcomes; i++) {
    size_t e = i < f->n_outcomes ? f->first_outcome + i : scenario->n_outcomes + funnel;
    const double *w = weight + kind_of(scenario, e) * FSIM_AGE_CLASSES;
    const int64_t *cell = cells + age_cell(p, e, 0, group);
    size_t stride = age_cell(p, e, 1, group) - age_cell(p, e, 0, group);
    for (size_t a = 0; a < p->source->shape->dim[FSIM_DIM_AGE]; a++)
      sum += w[a] * (double)cell[a * stride];
  }
  return sum;
}

static void add_influence(void *context, uint32_t replication, const int64_t *cells) {
  const passes *p = context;
  bool pairs = p->source->scenario->uncertain;
  for (size_t f = 0; f < p->source->scenario->n_funnels; f++) {
    for (size_t g = 0; g < p->groups; g++) {
      size_t at = f * p->groups + g;
      double u = influence(p, f, g, cells);
      if (pairs && replication % 2 == 0) {
        p->pending[at] = u;
        continue;
      }
      if (pairs) u += p->pending[at];
      p->square[at] += u * u;
    }
  }
}

static void close_interval(const passes *p, size_t at, double confidence, fsim_conversion *c) {
  size_t n_units = fsim_series_units(p->source);
  double units = (double)n_units;
  if (units < 2 || isnan(c->corrected.estimate)) return;
  double error = sqrt(p->square[at] * units / (units - 1));
  double half = fsim_t_quantile(confidence, units - 1) * error;
  c->corrected.standard_error = error;
  c->corrected.low = fmax(c->corrected.estimate - half, 0);
  c->corrected.high = fmin(c->corrected.estimate + half, 1);
  c->corrected.method = "Aalen-Johansen, infinitesimal jackknife";
  double n = (double)c->corrected.n;
  if (error > 0) return;
  /* The same in every unit: none won, or all. */
  fsim_interval rare = fsim_leads_independent(p->source->scenario)
                           ? fsim_interval_none_seen(n, confidence)
                           : fsim_interval_no_unit_saw(n_units, confidence);
  if (c->corrected.estimate <= 0) c->corrected.high = rare.high;
  if (c->corrected.estimate >= 1) c->corrected.low = 1 - rare.high;
}

/* ---- eventual ---- */

const char *fsim_chain_varies(const fsim_scenario *scenario) {
  if (scenario->n_changes > 0) return "the scenario changes on a date";
  if (scenario->uncertain) return "its numbers are uncertain";
  if (fsim_pace_under_rules(scenario)) return "a pace decides which visits expire";
  return NULL;
}

const char *fsim_chain_silent(const fsim_scenario *scenario, size_t funnel) {
  const fsim_funnel *f = &scenario->funnels[funnel];
  if (fsim_chain_varies(scenario) != NULL) return fsim_chain_varies(scenario);
  for (size_t p = 0; p < scenario->n_profiles; p++) {
    for (size_t s = f->first_stage; s < (size_t)f->first_stage + f->n_stages; s++) {
      if (fsim_stage_law_of(scenario, 0, p, s)->work.set) return "it needs a team";
    }
  }
  return NULL;
}

static bool profile_in_group(const fsim_shape *shape, size_t profile, size_t group) {
  if (group == 0) return true;
  for (size_t a = 0; a < shape->n_attributes; a++) {
    if (shape->groups_of_profile[profile * shape->n_attributes + a] == group) return true;
  }
  return false;
}

void fsim_profile_weights(const fsim_series_source *source, const double *flows, size_t funnel,
                          size_t group, double *weight) {
  size_t n = source->scenario->n_profiles;
  double sum = 0;
  for (size_t p = 0; p < n; p++) {
    weight[p] = profile_in_group(source->shape, p, group) ? flows[funnel * n + p] : 0;
    sum += weight[p];
  }
  for (size_t p = 0; p < n && sum > 0; p++) weight[p] /= sum;
}

static double chain_wins(const fsim_scenario *scenario, const fsim_chain *chain) {
  const fsim_funnel *funnel = &scenario->funnels[chain->funnel];
  double wins = 0;
  for (size_t o = 0; o < chain->n_outcomes; o++) {
    if (scenario->outcomes[funnel->first_outcome + o].win) wins += chain->outcome[o];
  }
  return wins;
}

/* win[n_profiles]: probability that a journey of this profile ends as a win. */
static int eventual_wins(const fsim_scenario *scenario, size_t funnel, const double *flows,
                         fsim_report *report, double *win) {
  for (size_t p = 0; p < scenario->n_profiles; p++) {
    win[p] = 0;
    if (flows[funnel * scenario->n_profiles + p] <= 0) continue;
    fsim_chain *chain = NULL;
    int status = fsim_chain_make(scenario, funnel, p, 0, report, &chain);
    if (status != FSIM_OK) return status;
    win[p] = chain_wins(scenario, chain);
    fsim_chain_free(chain);
  }
  return FSIM_OK;
}

static bool any_chain(const fsim_scenario *scenario) {
  for (size_t f = 0; f < scenario->n_funnels; f++) {
    if (fsim_chain_silent(scenario, f) == NULL) return true;
  }
  return false;
}

static int add_eventual(const fsim_series_source *source, size_t groups, fsim_report *report,
                        fsim_conversion *conversions) {
  const fsim_scenario *scenario = source->scenario;
  size_t n = scenario->n_profiles;
  double *flows = fsim_zeroed(scenario->n_funnels * n, sizeof *flows);
  double *win = fsim_zeroed(2 * n, sizeof *win);
  int status = FSIM_OK;
  if (flows == NULL || win == NULL) status = fsim_no_memory(report);
  if (status == FSIM_OK && any_chain(scenario)) status = fsim_chain_flows(scenario, report, flows);
  for (size_t f = 0; f < scenario->n_funnels && status == FSIM_OK; f++) {
    const char *silent = fsim_chain_silent(scenario, f);
    if (silent == NULL) status = eventual_wins(scenario, f, flows, report, win);
    for (size_t g = 0; g < groups && status == FSIM_OK; g++) {
      fsim_conversion *c = &conversions[f * groups + g];
      double *weight = win + n, sum = 0, all = 0;
      c->eventual = NAN;
      c->why_not = silent;
      if (silent != NULL) continue;
      fsim_profile_weights(source, flows, f, g, weight);
      for (size_t p = 0; p < n; p++) {
        sum += weight[p] * win[p];
        all += weight[p];
      }
      if (all > 0) c->eventual = sum;
      if (!(all > 0)) c->why_not = "no stream leads there";
    }
  }
  free(flows);
  free(win);
  return status;
}

int fsim_conversions(const fsim_series_source *source, double confidence, fsim_report *report,
                     fsim_conversion *conversions) {
  size_t funnels = source->scenario->n_funnels, groups = source->shape->dim[FSIM_DIM_GROUP];
  size_t n = funnels * groups;
  passes p = {source, groups, NULL, NULL, NULL, NULL};
  int status = FSIM_OK;
  p.pooled = fsim_zeroed(fsim_array_cells(source->shape, FSIM_AGE_ENDED), sizeof *p.pooled);
  p.weight = fsim_zeroed(n * KINDS * FSIM_AGE_CLASSES, sizeof *p.weight);
  p.pending = fsim_zeroed(n, sizeof *p.pending);
  p.square = fsim_zeroed(n, sizeof *p.square);
  if (p.pooled == NULL || p.weight == NULL || p.pending == NULL || p.square == NULL) {
    status = fsim_no_memory(report);
    goto out;
  }
  status = fsim_series_stream(source, FSIM_AGE_ENDED, report, add_counts, &p);
  if (status != FSIM_OK) goto out;
  gather_tables(&p);
  for (size_t i = 0; i < n && status == FSIM_OK; i++) {
    status = estimate(&p, i / groups, i % groups, report, &conversions[i]);
  }
  if (status != FSIM_OK) goto out;
  status = fsim_series_stream(source, FSIM_AGE_ENDED, report, add_influence, &p);
  if (status != FSIM_OK) goto out;
  for (size_t i = 0; i < n; i++) close_interval(&p, i, confidence, &conversions[i]);
  status = add_eventual(source, groups, report, conversions);
out:
  free(p.pooled);
  free(p.weight);
  free(p.pending);
  free(p.square);
  return status;
}
