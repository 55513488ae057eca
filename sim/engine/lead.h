/* Leads as columns: what they are, and which laws hold for them when. Private to this folder. */
#ifndef FSIM_ENGINE_LEAD_H
#define FSIM_ENGINE_LEAD_H

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
} fsim_leads;

/* The version of the laws for something that happens at t to the lead in a slot. */
size_t fsim_leads_version(const fsim_leads *leads, size_t slot, int32_t t);
const fsim_plan_law *fsim_leads_law(const fsim_leads *leads, size_t stage, size_t slot, int32_t t);
/* A wait that runs while changes for all come: `wait` was drawn by *law at uniform v for this exit
 * and begins `before` seconds after `enter`. Returns the whole wait; *law becomes the last law,
 * *deadline the visit's deadline (from enter). */
int32_t fsim_leads_wait_changed(const fsim_leads *leads, size_t stage, size_t slot, int32_t enter,
                                int32_t before, size_t exit, double v, int32_t wait,
                                const fsim_plan_law **law, int32_t *deadline);

/* The profiles of n leads of a stream by their numbers; u is scratch of n. */
void fsim_draw_profiles(const fsim_scenario *scenario, uint32_t replication, size_t stream,
                        const uint32_t *number, uint16_t *profile, double *u, size_t n);
/* Whose rows are kept: a share of them, chosen by key. */
void fsim_draw_kept(const fsim_scenario *scenario, uint32_t replication, size_t stream,
                    const uint32_t *number, double share, bool *kept, double *u, size_t n);

/* pipeline.c: a deal of this age: its exit from the uniform u, the wait by an exit's law from v
 * (*squeezed: the uniform that would give it to a new visit). */
size_t fsim_deal_exit(const fsim_stage_law *law, size_t n_exits, int32_t age, double u);
int32_t fsim_deal_wait(const fsim_distribution *law, int32_t age, double v, double *squeezed);

#endif
