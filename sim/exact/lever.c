#include "sim/exact/lever.h"

#include <math.h>

size_t fsim_levers_most(const fsim_scenario *s) {
  size_t n = s->n_streams + s->n_links + s->n_stages;
  for (size_t i = 0; i < s->n_stages; i++) n += s->stages[i].n_exits;
  return n;
}

size_t fsim_levers_list(const fsim_scenario *s, fsim_exact_lever *levers) {
  size_t n = 0;
  for (size_t i = 0; i < s->n_stages; i++) {
    const fsim_stage *stage = &s->stages[i];
    for (size_t k = 0; k < stage->n_exits && !stage->race && stage->n_exits > 1; k++)
      levers[n++] =
          (fsim_exact_lever){.kind = FSIM_EXACT_EXIT, .stage = (uint16_t)i, .exit = (uint16_t)k};
    if (!stage->race)
      levers[n++] = (fsim_exact_lever){.kind = FSIM_EXACT_WAIT, .stage = (uint16_t)i};
  }
  for (size_t i = 0; i < s->n_streams; i++) {
    if (!s->streams[i].pipeline)
      levers[n++] = (fsim_exact_lever){.kind = FSIM_EXACT_RATE, .number = (uint16_t)i};
  }
  for (size_t i = 0; i < s->n_links; i++)
    levers[n++] = (fsim_exact_lever){.kind = FSIM_EXACT_LINK, .number = (uint16_t)i};
  return n;
}

static double sum_of_link(const fsim_network *q, uint16_t link, const double *by_share) {
  double sum = 0;
  for (size_t t = 0; t < q->n_terms; t++) {
    if (q->terms[t].stage == FSIM_NO_NUMBER && q->terms[t].link == link) sum += by_share[t];
  }
  return sum;
}

double fsim_lever_sum(const fsim_network *q, const fsim_exact_lever *lever, const double *by_share,
                      const double *by_scale) {
  if (lever->kind == FSIM_EXACT_LINK) return sum_of_link(q, lever->number, by_share);
  const fsim_stage_law *law = fsim_stage_law_of(q->s, 0, q->profile, lever->stage);
  bool exit = lever->kind == FSIM_EXACT_EXIT;
  double own = exit ? law->probability[lever->exit] : 0, sum = 0;
  if (exit && !(own > 0)) return NAN;
  for (size_t t = 0; t < q->n_terms; t++) {
    const fsim_exact_term *term = &q->terms[t];
    if (term->stage != lever->stage) continue;
    if (!exit)
      sum += term->share * by_scale[t];
    else if (term->exit == lever->exit)
      sum += by_share[t];
    else if (own < 1)
      sum -= term->share / (1 - own) * by_share[t];
  }
  return sum;
}
