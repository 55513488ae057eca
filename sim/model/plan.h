/* The compiled plan: flat arrays that engines run on.
 *
 * One plan holds one realisation of a scenario: laws are deduplicated, waits have become samplers,
 * expiry and drop rules have become one deadline, names have become hashes. Immutable; used by many
 * threads at once. */
#ifndef FSIM_MODEL_PLAN_H
#define FSIM_MODEL_PLAN_H

#include "sim/model/scenario.h"
#include "sim/random/sampler.h"

#define FSIM_NO_DEADLINE INT32_MAX

/* How a stage treats a visit: what one batch of visits has in common. */
typedef struct fsim_plan_law {
  uint16_t n_exits;
  bool race;
  bool one_wait;             /* all exits share waits[0] (the usual case); never in a race */
  const double *threshold;   /* [n_exits]: exit k is taken when threshold[k-1] <= u < threshold[k];
                                the last is 1 */
  const fsim_target *target; /* [n_exits] */
  const fsim_sampler *const *wait; /* [n_exits] */
  const uint64_t *clock_hash;  /* [n_exits], race only: mixed into the stage's hash for its key */
  int32_t deadline_s;          /* the earlier of expire and drop, from t_enter; FSIM_NO_DEADLINE */
  fsim_reason deadline_reason; /* FSIM_BY_EXPIRE or FSIM_BY_DROP (expire at a tie) */
  fsim_target deadline_target;
  uint32_t max_visits; /* UINT32_MAX: no limit. Entries beyond it go to limit_target */
  fsim_target limit_target;
  /* work of a team, before the wait */
  const fsim_sampler *work;     /* NULL: none, then the rest means nothing */
  const fsim_sampler *patience; /* NULL: endless */
  uint16_t team;
  bool holds;                 /* occupies: stage, the place is held until the visit ends */
  fsim_target abandon_target; /* patience ran out, or the queue was full */
  /* speed to lead; NULL: none. weight of an exit = probability * (floor + (1 - floor) *
   * 2^(-queue / half_life_s)) where affected[exit], else probability; weights are made to sum to 1
   */
  const bool *affected; /* [n_exits] */
  double half_life_s, floor;
} fsim_plan_law;

typedef struct fsim_plan_link {
  uint16_t to; /* funnel */
  uint64_t hash;
} fsim_plan_link;

typedef struct fsim_plan_link_law {
  double probability;
  const fsim_sampler *after;
} fsim_plan_link_law;

#define FSIM_NO_PACE UINT16_MAX

typedef struct fsim_plan {
  const fsim_scenario *scenario; /* not owned; must outlive the plan */
  fsim_plan_law *laws;           /* deduplicated */
  size_t n_laws;
  uint32_t *law_of;           /* [n_versions][n_profiles][n_stages] */
  bool *stage_varies;         /* [n_stages]: versions differ for some profile */
  const fsim_sampler **value; /* [n_versions][n_profiles][n_funnels]; NULL: no value */
  uint16_t
      *first_link; /* [n_outcomes + 1]: links of outcome o are first_link[o] … first_link[o+1]-1 */
  fsim_plan_link *links;        /* by outcome, then as in the file */
  fsim_plan_link_law *link_law; /* [n_versions][n_links], same order as links */
  /* Version from the set of changes in force: version_of_mask is sorted by mask. */
  uint32_t *mask; /* [n_versions] */
  /* Stages of each funnel so that batches flow: entry first, then by depth; loops go back. */
  uint16_t *stage_order; /* [n_stages]: funnel after funnel */
  /* Teams in the order in which journeys may come to them; those that journeys may go to and fro
   * between share a rank. */
  uint16_t *team_rank;       /* [n_teams] */
  bool *team_returns;        /* [n_teams]: it is on a circle of teams, or leads come back to it */
  bool *stage_works;         /* [n_stages]: work in some law */
  fsim_sampler_cache *cache; /* not owned: holds the samplers; for one thread at a time */
  const fsim_pace **paces;   /* those that are not always 1; the scenario's */
  size_t n_paces;
  uint16_t *stage_pace; /* [n_stages]: into paces; FSIM_NO_PACE */
  void *memory;
} fsim_plan;

/* Compiles; drop rules become ages here (model/chain.h). `cache` keeps tables between the plans of
 * different pairs and must outlive the plan. */
int fsim_plan_make(const fsim_scenario *scenario, fsim_sampler_cache *cache, fsim_report *report,
                   fsim_plan **plan);
void fsim_plan_free(fsim_plan *plan);

/* The version whose mask is exactly this; the scenario's reader made all that can occur. */
size_t fsim_plan_version(const fsim_plan *plan, uint32_t mask);

#endif
