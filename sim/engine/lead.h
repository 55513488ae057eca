/* Leads as columns: what they are, and which laws hold for them when. Private to this folder. */
#ifndef FSIM_ENGINE_LEAD_H
#define FSIM_ENGINE_LEAD_H

#include "sim/engine/pace.h"
#include "sim/model/plan.h"
#include "sim/random/key.h"

/* The leads that an engine holds, by slot. */
typedef struct fsim_leads {
  const fsim_plan *plan;
  const int32_t *arrive;
  const uint16_t *profile;
  const double
      *reach; /* the draw of who is reached: of change c, reach[c * change + slot * lead] */
  size_t change_stride, lead_stride;
  const fsim_paces *paces; /* of the replication */
} fsim_leads;

/* The version of the laws for something that happens at t to the lead in a slot. */
size_t fsim_leads_version(const fsim_leads *leads, size_t slot, int32_t t);
const fsim_plan_law *fsim_leads_law(const fsim_leads *leads, size_t stage, size_t slot, int32_t t);
/* A wait that runs while changes for all come: `wait` was drawn by *law at uniform v for this exit
 * and begins `before` seconds after `enter`. Returns the whole wait; *law becomes the last law,
 * *deadline the visit's deadline (from enter). The wait is told by the clock of the stage's pace,
 * in 1/FSIM_PACE_UNIT of a second; in seconds where there is none. */
int64_t fsim_leads_wait_changed(const fsim_leads *leads, size_t stage, size_t slot, int32_t enter,
                                int32_t before, size_t exit, double v, int32_t wait,
                                const fsim_plan_law **law, int32_t *deadline);

/* The seconds that such a wait lasts when it begins at `begin`. */
int32_t fsim_leads_stay(const fsim_leads *leads, size_t stage, int32_t begin, int64_t wait);

/* The profiles of n leads of a stream by their numbers; u is scratch of n. */
void fsim_draw_profiles(const fsim_scenario *scenario, uint32_t replication, size_t stream,
                        const uint32_t *number, uint16_t *profile, double *u, size_t n);
/* Whose rows are kept: a share of them, chosen by key. */
void fsim_draw_kept(const fsim_scenario *scenario, uint32_t replication, size_t stream,
                    const uint32_t *number, double share, bool *kept, double *u, size_t n);

/* The keys of all draws of one stream's leads in one replication. */
typedef struct fsim_keys {
  fsim_key *stage;  /* [n_stages] */
  fsim_key *value;  /* [n_funnels] */
  fsim_key *link;   /* [n_links], in the plan's order */
  fsim_key *change; /* [n_changes] */
} fsim_keys;
void fsim_keys_set(const fsim_plan *plan, uint32_t replication, size_t stream, fsim_keys *keys);
/* The key of one exit's clock in a race. */
fsim_key fsim_race_key(const fsim_scenario *scenario, uint32_t replication, size_t stream,
                       size_t stage, uint64_t clock_hash);

/* A value in whole cents, within 9e15 of 0. */
int64_t fsim_cents(double value);
/* Ranks of the streams by name, which order events of one second: their order in the file has no
 * meaning. NULL when memory is out; owner: the caller. */
uint16_t *fsim_rank_streams(const fsim_scenario *scenario);

/* One visit as far as it is drawn. */
typedef struct fsim_drawn {
  const fsim_plan_law *law; /* the last that governs it */
  int32_t deadline;         /* from enter */
  int32_t wait;             /* of a deal: the whole stay since it entered */
  uint16_t exit;
  double v; /* the uniform of the wait */
} fsim_drawn;

/* pipeline.c: the visit under way of a deal that entered at `enter` <= 0, given its age. */
void fsim_draw_deal(const fsim_leads *leads, uint32_t replication, size_t stream, fsim_key key,
                    size_t stage, size_t slot, int32_t enter, uint32_t number, uint32_t pass,
                    fsim_drawn *drawn);
/* A time by this law given that it is longer than the age, from the uniform v: whole seconds, at
 * least the age; *squeezed is the uniform that would give it to somebody new. */
int32_t fsim_draw_beyond(const fsim_distribution *law, int32_t age, double v, double *squeezed);

#endif
