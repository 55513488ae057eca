/* Expected arrivals at the points of the grid: rates, replayed leads, and deals that are open at
 * the start, each given its age. */
#include <math.h>
#include <stdlib.h>

#include "sim/base/array.h"
#include "sim/exact/network.h"
#include "sim/model/stage_numbers.h"

/* A step at t, split between the points beside it so that its mean time is right. */
static void add_step(const fsim_exact_grid *grid, double t_s, double mass, double *arrivals) {
  double place = t_s / grid->step_s, after = place - floor(place);
  size_t k = (size_t)fmax(floor(place), 0);
  for (size_t i = k; i <= grid->n; i++) {
    double before = i == k ? (1 - after) / 2 : 1 - after;
    double behind = i == k ? 0 : i == k + 1 ? after / 2 : after;
    arrivals[i] += mass * (before + behind);
  }
}

/* One exit of a deal's stage: P(it is taken by each point | open at this age). */
static void deal_exit(const fsim_network *q, const fsim_exact_grid *grid,
                      const fsim_given_lead *deal, size_t exit, double open, double *work,
                      double *arrivals, double *left) {
  const fsim_stage *stage = &q->s->stages[deal->stage];
  const fsim_stage_law *law = fsim_stage_law_of(q->s, 0, q->profile, deal->stage);
  double age = -(double)deal->t_s, *time = work, *piece = work + grid->n + 1;
  for (size_t k = 0; k <= grid->n; k++) time[k] = age + grid->step_s * (double)k;
  fsim_exact_pieces(stage, law, exit, time, grid->n + 1, piece);
  double sum = 0, deadline = q->deadline_s[deal->stage];
  for (size_t k = 0; k < grid->n; k++) {
    sum += piece[k] / open * fmin(fmax((deadline - time[k]) / grid->step_s, 0), 1);
    arrivals[q->exit_node[deal->stage][exit] * grid->length + k + 1] += sum;
  }
  *left -= sum;
}

static int add_deal(const fsim_network *q, const fsim_exact_grid *grid, const fsim_given_lead *deal,
                    fsim_report *report, double *work, double *arrivals, double *still) {
  const fsim_stage *stage = &q->s->stages[deal->stage];
  const fsim_stage_law *law = fsim_stage_law_of(q->s, 0, q->profile, deal->stage);
  double age = -(double)deal->t_s, deadline = q->deadline_s[deal->stage], left = 1;
  double open = fsim_stage_open(stage, law, age);
  double *by_rule = arrivals + q->rule_node[deal->stage] * grid->length;
  if (age >= deadline) {
    add_step(grid, 0, 1, by_rule);
    return FSIM_OK;
  }
  if (open < 1e-12)
    return fsim_bad_input(report, FSIM_NOWHERE,
                          "no exact answer: a deal in stage %s is older than its waits can be",
                          stage->name);
  for (size_t k = 0; k < stage->n_exits; k++)
    deal_exit(q, grid, deal, k, open, work, arrivals, &left);
  if (deadline - age < grid->step_s * (double)grid->n) {
    double share = fsim_stage_open(stage, law, deadline) / open;
    add_step(grid, deadline - age, share, by_rule);
    left -= share;
  }
  still[deal->stage] += left;
  return FSIM_OK;
}

static double share_of_profile(const fsim_network *q, const fsim_stream *stream) {
  double share = 1;
  for (size_t a = 0; a < q->s->n_attributes; a++)
    share *= fsim_stream_share(q->s, stream, a, fsim_profile_value(q->s, q->profile, a));
  return share;
}

double fsim_network_rate(const fsim_network *q, const fsim_stream *stream) {
  double leads = 0;
  if (stream->pipeline) return 0;
  for (size_t i = 0; i < stream->n_given; i++) {
    const fsim_given_lead *lead = &stream->given[i];
    leads += lead->profile == q->profile && lead->t_s < q->s->horizon_s;
  }
  if (stream->n_given == 0 && stream->n_rate > 0)
    leads = share_of_profile(q, stream) * fsim_stream_leads(q->s, stream);
  return leads / q->s->horizon_s;
}

int fsim_network_arrivals(const fsim_network *network, const fsim_exact_grid *grid,
                          const fsim_stream *stream, fsim_report *report, double *arrivals,
                          double *open) {
  const fsim_network *q = network;
  double *into = arrivals + q->fresh[q->s->funnels[stream->into].entry] * grid->length;
  double *work = fsim_zeroed(2 * (grid->n + 1), sizeof *work);
  int status = work ? FSIM_OK : fsim_no_memory(report);
  for (size_t i = 0; status == FSIM_OK && i < stream->n_given; i++) {
    const fsim_given_lead *lead = &stream->given[i];
    if (lead->profile != q->profile || lead->t_s >= q->s->horizon_s) continue;
    if (stream->pipeline)
      status = add_deal(q, grid, lead, report, work, arrivals, open);
    else
      add_step(grid, lead->t_s, 1, into);
  }
  double share = stream->n_given == 0 && stream->n_rate > 0 ? share_of_profile(q, stream) : 0;
  for (size_t k = 0; status == FSIM_OK && share > 0 && k <= grid->n; k++)
    into[k] += share * fsim_stream_leads_until(stream, grid->step_s * (double)k);
  free(work);
  return status;
}
