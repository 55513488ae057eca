/* Attribute values in stages that are told by rates: a value multiplies the rate of each exit, at
 * all ages and in all months. The likelihood is that of Poisson counts with what was to be expected
 * at the common rates, by piece of age and month (Holford, Biometrics 36, 1980; Laird & Olivier,
 * JASA 76, 1981). */
#include <math.h>
#include <stdlib.h>

#include "analysis/fit/segments_parts.h"
#include "sim/base/array.h"

/* ---- one stay ---- */

typedef struct walking {
  const fsim_hazard *rates;
  double *at_risk; /* [pieces * exits] */
} walking;

static void add_at_risk(void *context, size_t piece, int64_t at, double seconds) {
  const walking *w = context;
  const size_t n = w->rates->n_exits, month = (size_t)fsim_month_of_quarter(at);
  for (size_t x = 0; x < n; x++)
    w->at_risk[piece * n + x] += seconds * w->rates->factor[month * n + x];
}

typedef struct expecting {
  const fsim_stage_segments *s;
  const fsim_hazard *rates;
  double *expected; /* [n_effects] at the common rates */
} expecting;

static void add_expected(void *context, size_t piece, int64_t at, double seconds) {
  const expecting *e = context;
  const size_t n = e->rates->n_exits, month = (size_t)fsim_month_of_quarter(at);
  for (size_t k = 0; k < e->s->n_exits; k++) {
    const size_t x = e->s->exit_of[k];
    e->expected[k] += seconds * e->s->rate[piece * n + x] * e->rates->factor[month * n + x];
  }
}

void fsim_rate_slopes(const fsim_stage_segments *s, const fsim_segment_work *work, size_t i,
                      const double *effect, double *slope) {
  const fsim_hazard *rates = work->stage->rates;
  double expected[FSIM_MOST_THETA] = {0};
  expecting e = {s, rates, expected};
  fsim_hazard_walk(work->stage->stays, &work->stage->stays->stay[i], work->by_day, rates->from,
                   rates->n_pieces, fsim_next_month, add_expected, &e);
  for (size_t k = 0; k < s->n_exits; k++)
    slope[k] += (work->stay[i].exit == (int32_t)k) - exp(effect[k]) * expected[k];
}

/* ---- stays with the same values ---- */

int fsim_rate_cell_make(const fsim_stage_segments *s, const fsim_segment_work *work,
                        fsim_report *report, fsim_rate_cell *cell) {
  const fsim_hazard *rates = work->stage->rates;
  cell->ends = fsim_zeroed(s->n_effects, sizeof *cell->ends);
  cell->at_risk = fsim_zeroed(rates->n_pieces * rates->n_exits, sizeof *cell->at_risk);
  return cell->ends && cell->at_risk ? FSIM_OK : fsim_no_memory(report);
}

void fsim_rate_cell_free(fsim_rate_cell *cell) {
  free(cell->ends);
  free(cell->at_risk);
  *cell = (fsim_rate_cell){0};
}

void fsim_rate_cell_add(const fsim_stage_segments *s, const fsim_segment_work *work, size_t stay,
                        fsim_rate_cell *cell) {
  const fsim_hazard *rates = work->stage->rates;
  walking w = {rates, cell->at_risk};
  fsim_hazard_walk(work->stage->stays, &work->stage->stays->stay[stay], work->by_day, rates->from,
                   rates->n_pieces, fsim_next_month, add_at_risk, &w);
  for (size_t k = 0; k < s->n_exits; k++) cell->ends[k] += work->stay[stay].exit == (int32_t)k;
}

double fsim_rate_cell_likelihood(const fsim_stage_segments *s, const fsim_hazard *rates,
                                 const fsim_rate_cell *cell, const double *effect) {
  double sum = 0;
  for (size_t k = 0; k < s->n_exits; k++) {
    double expected = 0;
    for (size_t p = 0; p < rates->n_pieces; p++) {
      const size_t at = p * rates->n_exits + s->exit_of[k];
      expected += s->rate[at] * cell->at_risk[at];
    }
    sum += cell->ends[k] * effect[k] - expected * exp(effect[k]);
  }
  return sum;
}
