/* What expiry, drop and patience ended, and how much of it would have been won: their regret. */
#include <stdlib.h>
#include <string.h>

#include "analysis/ratio.h"
#include "analysis/summary_parts.h"
#include "sim/base/array.h"
#include "sim/base/quantity.h"
#include "sim/model/chain.h"

/* Probability of winning of a journey that leaves a stage for this target. */
static double win_after(const fsim_scenario *scenario, const fsim_chain *chain,
                        fsim_target target) {
  if (target.is_outcome) return scenario->outcomes[target.index].win ? 1 : 0;
  return chain->win_from[target.index - scenario->funnels[chain->funnel].first_stage];
}

/* What profiles contribute, weighted by how many visits of each the rule ends. */
typedef struct regret {
  double weight;
  double *win;  /* [n_exits] of the stage */
  double value; /* of a won journey */
} regret;

static int add_profile(const fsim_scenario *scenario, size_t stage, size_t profile, double flow,
                       bool abandons, regret *r, fsim_report *report) {
  const fsim_stage *s = &scenario->stages[stage];
  fsim_chain *chain = NULL;
  int status = fsim_chain_make(scenario, s->funnel, profile, 0, report, &chain);
  if (status != FSIM_OK) return status;
  size_t local = stage - scenario->funnels[s->funnel].first_stage;
  /* How many of a profile lose patience depends on queues, which the chain leaves out: then the
   * visits themselves are the weights. */
  double ended = abandons ? 1 : chain->stages[local].rule_probability;
  double weight = flow * chain->visits[local] * ended;
  for (size_t e = 0; e < s->n_exits; e++) {
    r->win[e] += weight * win_after(scenario, chain, s->exits[e].target);
  }
  r->value += weight * chain->mean_value;
  r->weight += weight;
  fsim_chain_free(chain);
  return FSIM_OK;
}

/* Per replication: visits that rules ended (all) and how many of their journeys would have won, by
 * the exit that was already drawn. */
static int would_win(const fsim_series_source *source, fsim_series *series, size_t stage,
                     const regret *r, double *won, double *all, fsim_report *report) {
  size_t exits = source->scenario->stages[stage].n_exits;
  int status = FSIM_OK;
  for (size_t e = 0; e < exits && status == FSIM_OK; e++) {
    fsim_spot spot = {{0}};
    spot.at[FSIM_DIM_EXIT] = source->shape->first_exit[stage] + e;
    status = fsim_series_add(series, FSIM_WOULD_EXIT, &spot, 1, all, report);
    if (status != FSIM_OK) break;
    status = fsim_series_add(series, FSIM_WOULD_EXIT, &spot, r->win[e] / r->weight, won, report);
  }
  return status;
}

/* Value of the wins forgone per week: `value` a win, times the share that would have won (seen in
 * visits that began in the window), times the visits that rules ended in the window. Linear in both
 * for its interval (delta method). */
static fsim_interval value_forgone(const fsim_rule_record *record, double value, const double *won,
                                   const double *all, double *ended, size_t units,
                                   double confidence) {
  double share = record->would_win.estimate, sum_all = 0, sum_ended = 0;
  for (size_t u = 0; u < units; u++) {
    sum_all += all[u];
    sum_ended += ended[u];
  }
  if (!(sum_ended > 0)) {
    fsim_interval none = record->ended_per_week.mean;
    none.high *= value; /* all of them may be wins */
    return none;
  }
  if (!(sum_all > 0)) return fsim_interval_none();
  for (size_t u = 0; u < units; u++)
    ended[u] = value * (share * ended[u] + sum_ended / sum_all * (won[u] - share * all[u]));
  fsim_interval interval = fsim_interval_mean(ended, units, confidence);
  if (interval.low < 0) interval.low = 0;
  return interval;
}

static int add_regret(fsim_summary *summary, fsim_series *series, const double *flows,
                      fsim_rule_record *record, fsim_report *report) {
  const fsim_series_source *source = summary->source;
  const fsim_scenario *scenario = source->scenario;
  size_t exits = scenario->stages[record->stage].n_exits, n = source->replications;
  double *memory = fsim_zeroed(exits + 3 * n, sizeof *memory);
  if (memory == NULL) return fsim_no_memory(report);
  double *won = memory + exits, *all = won + n, *ended = all + n;
  regret r = {0, memory, 0};
  int status = FSIM_OK;
  for (size_t p = 0; p < scenario->n_profiles && status == FSIM_OK; p++) {
    double flow = flows[record->funnel * scenario->n_profiles + p];
    if (flow > 0)
      status = add_profile(scenario, record->stage, p, flow, record->abandons, &r, report);
  }
  if (status == FSIM_OK && r.weight > 0) {
    status = would_win(source, series, record->stage, &r, won, all, report);
  }
  fsim_subject subject = {.stage = record->stage};
  if (status == FSIM_OK && r.weight > 0) {
    status = fsim_metric_values(series, FSIM_PER_WEEK_RULED, &subject, ended, NULL, report);
  }
  if (status == FSIM_OK && r.weight > 0) {
    size_t units = fsim_series_fold(source, won);
    fsim_series_fold(source, all);
    fsim_series_fold(source, ended);
    record->would_win = fsim_interval_ratio(won, all, units, summary->confidence);
    if (record->would_win.low < 0) record->would_win.low = 0;
    if (record->would_win.high > 1) record->would_win.high = 1;
    record->value_per_week =
        value_forgone(record, r.value / r.weight, won, all, ended, units, summary->confidence);
  }
  free(memory);
  return status;
}

static void rules_of(const fsim_scenario *scenario, size_t stage, fsim_rule_record *record) {
  for (size_t v = 0; v < scenario->n_versions; v++) {
    for (size_t p = 0; p < scenario->n_profiles; p++) {
      const fsim_stage_law *law = fsim_stage_law_of(scenario, v, p, stage);
      record->expires = record->expires || law->expire.set;
      record->drops = record->drops || law->drop.set;
      bool limited = law->work.set && scenario->teams[law->work.team].limit != UINT32_MAX;
      record->abandons =
          record->abandons || (law->work.set && (law->work.patience != NULL || limited));
    }
  }
}

int fsim_summary_rules(fsim_summary *summary, fsim_series *series, fsim_report *report) {
  const fsim_scenario *scenario = summary->source->scenario;
  double *flows = NULL;
  int status = FSIM_OK;
  for (size_t s = 0; s < scenario->n_stages && status == FSIM_OK; s++) {
    fsim_rule_record *record = &summary->rules[summary->n_rules];
    *record = (fsim_rule_record){.funnel = scenario->stages[s].funnel, .stage = s};
    record->would_win = record->value_per_week = fsim_interval_none();
    rules_of(scenario, s, record);
    if (!record->expires && !record->drops && !record->abandons) continue;
    summary->n_rules++;
    fsim_subject subject = {.stage = s};
    /* All rules of a stage together: which of them came first is in the stage's exits. */
    status = fsim_metric_estimate(series, FSIM_PER_WEEK_RULED, &subject, summary->confidence,
                                  report, &record->ended_per_week);
    record->why_not = fsim_chain_varies(scenario);
    if (status != FSIM_OK || record->why_not != NULL) continue;
    if (flows == NULL) {
      flows = fsim_zeroed(scenario->n_funnels * scenario->n_profiles, sizeof *flows);
      if (flows == NULL) status = fsim_no_memory(report);
      if (status == FSIM_OK) status = fsim_chain_flows(scenario, report, flows);
    }
    if (status == FSIM_OK) status = add_regret(summary, series, flows, record, report);
  }
  free(flows);
  return status;
}
