/* Deals that are open at the start: the rest of the visit under way, given its age.
 *
 * With exit probabilities p_e and survivals S_e, an exit is drawn with p_e S_e(age) and its wait
 * from the survival beyond the age: the uniform is squeezed into the part that is left. In a race
 * every clock has outlasted the age. All functions here are portable, so these draws have the same
 * bits everywhere too. */
#include <math.h>

#include "sim/engine/block.h"

/* Beyond this survival a deal is older than its law knows: it leaves at once. */
#define LEAST_SURVIVAL 1e-300

static const fsim_distribution *wait_law(const fsim_stage_law *law, size_t exit) {
  return law->waits[exit];
}

/* A wait given that it is longer than `age`, from the uniform v: whole seconds, at least the age.
 */
int32_t fsim_draw_beyond(const fsim_distribution *d, int32_t age, double v, double *squeezed) {
  double beyond = fsim_survival(d, age);
  *squeezed = v;
  if (age == 0) beyond = 1;
  if (!(beyond > LEAST_SURVIVAL)) return age;
  double q = (1 - v) * beyond;
  *squeezed = 1 - q;
  double wait = floor(fsim_upper_quantile(d, q) + 0.5);
  if (!(wait > age)) return age;
  if (wait < FSIM_LONGEST_WAIT_S) return (int32_t)wait;
  return age < FSIM_LONGEST_WAIT_S ? FSIM_LONGEST_WAIT_S : age; /* deals may be older than that */
}

static size_t exit_given_age(const fsim_stage_law *law, size_t n_exits, int32_t age, double u) {
  double total = 0, below = 0;
  for (size_t e = 0; e < n_exits; e++)
    total += law->probability[e] * (age == 0 ? 1 : fsim_survival(wait_law(law, e), age));
  size_t last = n_exits;
  for (size_t e = 0; e < n_exits; e++) {
    double left = total > 0 ? fsim_survival(wait_law(law, e), age) / total : 1;
    if (age == 0) left = 1;
    double share = law->probability[e] * left;
    if (share <= 0) continue;
    last = e;
    below += share;
    if (u < below) return e;
  }
  return last < n_exits ? last : n_exits - 1;
}

/* One clock: its wait beyond the age, and what changes on a date make of it. */
static int64_t run_clock(const fsim_leads *leads, size_t stage, size_t slot,
                         const fsim_stage_law *law, int32_t t, size_t exit, double v,
                         const fsim_plan_law **last, int32_t *deadline) {
  double squeezed;
  int32_t wait = fsim_draw_beyond(wait_law(law, exit), -t, v, &squeezed);
  return fsim_leads_wait_changed(leads, stage, slot, t, 0, exit, squeezed, wait, last, deadline);
}

void fsim_draw_deal(const fsim_leads *leads, uint32_t replication, size_t stream, fsim_key key,
                    size_t stage, size_t slot, int32_t enter, uint32_t number, uint32_t pass,
                    fsim_drawn *drawn) {
  const fsim_scenario *scenario = leads->plan->scenario;
  const fsim_stage *s = &scenario->stages[stage];
  const fsim_stage_law *law = fsim_stage_law_of(scenario, fsim_leads_version(leads, slot, enter),
                                                leads->profile[slot], stage);
  const fsim_plan_law *first = fsim_leads_law(leads, stage, slot, enter);
  double u, v;
  drawn->law = first;
  if (!s->race) {
    fsim_uniform_pair(key, number, pass, FSIM_PURPOSE_VISIT, &u, &v);
    drawn->exit = (uint16_t)exit_given_age(law, s->n_exits, -enter, u);
    int64_t wait =
        run_clock(leads, stage, slot, law, enter, drawn->exit, v, &drawn->law, &drawn->deadline);
    drawn->wait = fsim_leads_stay(leads, stage, enter, wait);
    return;
  }
  int64_t soonest = 0;
  for (size_t e = 0; e < s->n_exits; e++) {
    const fsim_plan_law *last = first;
    int32_t deadline;
    fsim_uniform_pair(fsim_race_key(scenario, replication, stream, stage, first->clock_hash[e]),
                      number, pass, FSIM_PURPOSE_RACE, &u, &v);
    int64_t clock = run_clock(leads, stage, slot, law, enter, e, u, &last, &deadline);
    if (e > 0 && clock >= soonest) continue;
    soonest = clock;
    *drawn = (fsim_drawn){last, deadline, 0, (uint16_t)e, u};
  }
  drawn->wait = fsim_leads_stay(leads, stage, enter, soonest);
}

/* One deal at a time: each has its own deadline, because one that is past already acts at the
 * start. */
int fsim_visit_pipeline(fsim_block *b, size_t stage, fsim_inbox *in) {
  fsim_leads leads = fsim_block_leads(b);
  int status = fsim_number_visits(b, stage, in);
  for (size_t i = 0; i < in->n && status == FSIM_OK; i++) {
    fsim_drawn drawn;
    fsim_draw_deal(&leads, b->part->replication, b->part->stream, b->stage_key[stage], stage,
                   b->j_slot[in->journey[i]], in->t[i], in->lead[i], b->fresh ? 0 : b->pass[i],
                   &drawn);
    b->law[i] = drawn.law;
    b->clock[i] = drawn.deadline;
    b->exit[i] = drawn.exit;
    b->stay[i] = drawn.wait;
  }
  for (size_t i = 0; i < in->n && status == FSIM_OK; i++) {
    int32_t age = -in->t[i], deadline = b->clock[i] > age ? b->clock[i] : age;
    fsim_inbox one = {in->journey + i, in->lead + i, in->t + i, 1};
    b->exit[0] = b->exit[i];
    b->stay[0] = b->stay[i];
    if (!b->fresh) b->pass[0] = b->pass[i];
    status = fsim_settle(b, stage, b->law[i], deadline, &one);
  }
  return status;
}
