/* Journeys into each funnel in the long run, through all links: a linear system by profile. */
#include <gsl/gsl_errno.h>
#include <gsl/gsl_linalg.h>
#include <math.h>
#include <stdlib.h>

#include "sim/base/array.h"
#include "sim/model/chain.h"
#include "sim/model/law_group.h"

double fsim_stream_leads_until(const fsim_stream *stream, double t_s) {
  double leads = 0;
  for (size_t i = 0; i < stream->n_rate && stream->rate[i].from_s < t_s; i++) {
    double end = i + 1 < stream->n_rate ? fmin(stream->rate[i + 1].from_s, t_s) : t_s;
    leads += stream->rate[i].per_s * (end - stream->rate[i].from_s);
  }
  return leads;
}

double fsim_stream_leads(const fsim_scenario *scenario, const fsim_stream *stream) {
  double leads = fsim_stream_leads_until(stream, scenario->horizon_s);
  for (size_t i = 0; i < stream->n_given; i++) {
    if (stream->given[i].t_s < scenario->horizon_s) leads++;
  }
  return leads;
}

/* A deal that is open at the start is no lead of the long run. */
static void add_stream(const fsim_scenario *s, const fsim_stream *stream, double *per_second) {
  double *into = per_second + (size_t)stream->into * s->n_profiles;
  if (stream->pipeline) return;
  for (size_t i = 0; i < stream->n_given; i++) {
    const fsim_given_lead *lead = &stream->given[i];
    if (lead->t_s < s->horizon_s) into[lead->profile] += 1.0 / s->horizon_s;
  }
  if (stream->n_given > 0 || stream->n_rate == 0) return;
  double rate = fsim_stream_leads(s, stream) / s->horizon_s;
  for (size_t p = 0; p < s->n_profiles; p++) {
    double share = 1;
    for (size_t a = 0; a < s->n_attributes; a++)
      share *= fsim_stream_share(s, stream, a, fsim_profile_value(s, p, a));
    into[p] += rate * share;
  }
}

/* P(each outcome) of one journey: [n_profiles][n_outcomes], equal laws solved once. */
static int outcomes_of_funnel(const fsim_scenario *s, size_t f, fsim_report *report,
                              double *outcome) {
  const fsim_funnel *funnel = &s->funnels[f];
  fsim_law_groups groups = {0};
  int status = fsim_law_groups_make(s, f, 1, report, &groups);
  for (size_t g = 0; g < groups.n && status == FSIM_OK; g++) {
    fsim_chain *chain = NULL;
    status = fsim_chain_make(s, f, groups.first[g], 0, report, &chain);
    for (size_t p = 0; p < s->n_profiles && status == FSIM_OK; p++) {
      if (groups.of_row[p] != g) continue;
      for (size_t o = 0; o < funnel->n_outcomes; o++)
        outcome[p * s->n_outcomes + funnel->first_outcome + o] = chain->outcome[o];
    }
    fsim_chain_free(chain);
  }
  fsim_law_groups_free(&groups);
  return status;
}

typedef struct system_of_funnels {
  gsl_matrix *matrix;
  gsl_permutation *permutation;
  gsl_vector *from_streams, *all;
} system_of_funnels;

static int endless_links(fsim_report *report) {
  return fsim_bad_input(report, FSIM_NOWHERE,
                        "links lead leads round in a circle for ever: give one of them a "
                        "probability below 1");
}

/* flow = streams + links' transfer * flow, for one profile. */
static int solve_profile(const fsim_scenario *s, size_t p, const double *outcome,
                         system_of_funnels *q, fsim_report *report, double *per_second) {
  int sign;
  gsl_matrix_set_identity(q->matrix);
  for (size_t l = 0; l < s->n_links; l++) {
    const fsim_link *link = &s->links[l];
    *gsl_matrix_ptr(q->matrix, link->to, s->outcomes[link->from].funnel) -=
        outcome[p * s->n_outcomes + link->from] * s->versions[0].links[l].probability;
  }
  for (size_t f = 0; f < s->n_funnels; f++)
    gsl_vector_set(q->from_streams, f, per_second[f * s->n_profiles + p]);
  if (gsl_linalg_LU_decomp(q->matrix, q->permutation, &sign) != GSL_SUCCESS)
    return endless_links(report);
  for (size_t f = 0; f < s->n_funnels; f++) {
    if (!(fabs(gsl_matrix_get(q->matrix, f, f)) > 1e-12)) return endless_links(report);
  }
  if (gsl_linalg_LU_solve(q->matrix, q->permutation, q->from_streams, q->all) != GSL_SUCCESS)
    return endless_links(report);
  for (size_t f = 0; f < s->n_funnels; f++) {
    double flow = gsl_vector_get(q->all, f);
    /* More journeys out of a circle than into it: the sum of the rounds does not converge. */
    if (!(flow > -1e-12 && isfinite(flow))) return endless_links(report);
    per_second[f * s->n_profiles + p] = fmax(flow, 0);
  }
  return FSIM_OK;
}

static bool has_leads(const fsim_scenario *s, size_t p, const double *per_second) {
  for (size_t f = 0; f < s->n_funnels; f++) {
    if (per_second[f * s->n_profiles + p] > 0) return true;
  }
  return false;
}

int fsim_chain_flows(const fsim_scenario *scenario, fsim_report *report, double *per_second) {
  const fsim_scenario *s = scenario;
  int status = FSIM_OK;
  for (size_t i = 0; i < s->n_funnels * s->n_profiles; i++) per_second[i] = 0;
  for (size_t i = 0; i < s->n_streams; i++) add_stream(s, &s->streams[i], per_second);
  if (s->n_links == 0) return FSIM_OK;
  double *outcome = fsim_zeroed(s->n_profiles * s->n_outcomes, sizeof *outcome);
  system_of_funnels q = {gsl_matrix_alloc(s->n_funnels, s->n_funnels),
                         gsl_permutation_alloc(s->n_funnels), gsl_vector_alloc(s->n_funnels),
                         gsl_vector_alloc(s->n_funnels)};
  if (!outcome || !q.matrix || !q.permutation || !q.from_streams || !q.all) {
    status = fsim_no_memory(report);
    goto out;
  }
  for (size_t f = 0; f < s->n_funnels && status == FSIM_OK; f++)
    status = outcomes_of_funnel(s, f, report, outcome);
  for (size_t p = 0; p < s->n_profiles && status == FSIM_OK; p++) {
    if (has_leads(s, p, per_second)) status = solve_profile(s, p, outcome, &q, report, per_second);
  }
out:
  free(outcome);
  if (q.matrix) gsl_matrix_free(q.matrix);
  if (q.permutation) gsl_permutation_free(q.permutation);
  if (q.from_streams) gsl_vector_free(q.from_streams);
  if (q.all) gsl_vector_free(q.all);
  return status;
}
