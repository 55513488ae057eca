/* Exact numbers of a funnel without queues: its absorbing semi-Markov chain.
 *
 * With N = (I - Q)^-1 (Kemeny & Snell 1960): visits, outcome probabilities, cycle times; `expire`,
 * `drop`, races and `max_visits` included; teams' queues and work left out (work time counted).
 * Used by `check`, by drop rules, and as the tests' oracle; the exact engine builds on it. */
#ifndef FSIM_MODEL_CHAIN_H
#define FSIM_MODEL_CHAIN_H

#include "sim/model/scenario.h"

/* One visit of a stage, rules applied, for one profile and version. */
typedef struct fsim_stage_numbers {
  double *exit_probability; /* [n_exits] by its own exits */
  double rule_probability;  /* by expire or drop, whichever comes first */
  fsim_target rule_target;
  fsim_reason rule;  /* FSIM_STILL_OPEN when there is none */
  double deadline_s; /* INFINITY when there is none */
  double mean_s, variance_s;
  double p50_s, p90_s; /* of the wait, rules applied; the mean and variance count work as well */
} fsim_stage_numbers;

typedef struct fsim_chain {
  size_t funnel, profile, version;
  size_t n_stages, n_outcomes;
  fsim_stage_numbers *stages; /* [n_stages], in the funnel's order */
  double *visits;             /* [n_stages] expected visits of one journey */
  double *outcome;            /* [n_outcomes] probability of each */
  double *cycle_mean_s;       /* [n_outcomes + 1] given the outcome; last: whatever the outcome */
  double *cycle_variance_s2;  /* the same */
  double *win_from;           /* [n_stages] probability that a journey which enters there wins;
                                 where `max_visits` counts, the average over its visits */
  double mean_value;          /* of a journey; 0 without value */
} fsim_chain;

int fsim_chain_make(const fsim_scenario *scenario, size_t funnel, size_t profile, size_t version,
                    fsim_report *report, fsim_chain **chain);
void fsim_chain_free(fsim_chain *chain);

/* P(win | still in the stage at this age), rules of this stage left out except expire. */
int fsim_chain_win_by_age(const fsim_scenario *scenario, const fsim_chain *chain, size_t stage,
                          double age_s, double *probability);
/* The age at which it falls below `below` (INFINITY: never, 0: at once), the share of visits that
 * are then still open, and the share of the wins through this stage that the rule forgoes. */
int fsim_chain_drop_age(const fsim_scenario *scenario, const fsim_chain *chain, size_t stage,
                        double below, double *age_s, double *open_share, double *forgone_wins);

/* Leads that a stream is expected to bring within the horizon; of a pipeline, its deals. */
double fsim_stream_leads(const fsim_scenario *scenario, const fsim_stream *stream);
/* Those that its rate is expected to bring before a time: none of a replay or a pipeline. */
double fsim_stream_leads_until(const fsim_stream *stream, double t_s);

/* Long-run journeys per second into each funnel, by profile, through all links (the rates of the
 * streams averaged over the horizon): [n_funnels][n_profiles]. */
int fsim_chain_flows(const fsim_scenario *scenario, fsim_report *report, double *per_second);

#endif
