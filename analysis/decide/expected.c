#include "analysis/decide/expected.h"

#include <math.h>

#include "sim/exact/exact.h"
#include "sim/model/chain.h"

/* ---- what fits ---- */

/* Journeys that began in the window are all that ever began only without a warm-up and without
 * deals of the start, whose values may also be given. */
static bool has_array(const fsim_scenario *s, fsim_cells array) {
  switch (array) {
    case FSIM_STARTED:
    case FSIM_ENDED:
    case FSIM_ENTERED:
    case FSIM_ARRIVED:
    case FSIM_SPENT:
      return true;
    case FSIM_VALUE:
      return !fsim_has_open_deals(s);
    case FSIM_FATE:
      return s->warm_up_s == 0 && !fsim_has_open_deals(s);
    default:
      return false;
  }
}

bool fsim_expected_fits(const fsim_variant *variant, const fsim_measure *measure) {
  const fsim_scenario *s = variant->scenario;
  bool fits = s->n_teams == 0 && s->n_versions == 1 && !s->uncertain && !fsim_pace_in_force(s);
  for (size_t i = 0; i < measure->n_top && fits; i++) fits = has_array(s, measure->top[i].array);
  for (size_t i = 0; i < measure->n_bottom && fits; i++)
    fits = has_array(s, measure->bottom[i].array);
  return fits;
}

/* ---- cells ---- */

/* Expectations up to one time. */
typedef struct horizon {
  const fsim_scenario *s;
  const fsim_shape *shape;
  const fsim_exact *exact;
  int32_t end_s;
} horizon;

static bool is_in(const horizon *h, size_t profile, size_t group) {
  if (group == 0) return true;
  for (size_t a = 0; a < h->s->n_attributes; a++)
    if (h->shape->groups_of_profile[profile * h->s->n_attributes + a] == group) return true;
  return false;
}

static double open_of(const horizon *h, size_t profile, size_t funnel) {
  const fsim_funnel *f = &h->s->funnels[funnel];
  double sum = 0;
  for (size_t i = f->first_stage; i < (size_t)f->first_stage + f->n_stages; i++)
    sum += h->exact->open[profile * h->s->n_stages + i];
  return sum;
}

static double value_of(const horizon *h, size_t profile, size_t outcome) {
  return 100 * fsim_exact_mean_value(h->s, profile, h->s->outcomes[outcome].funnel);
}

/* Leads of a stream that are of one profile. */
static double leads_of(const horizon *h, size_t profile, size_t stream) {
  const fsim_scenario *s = h->s;
  const fsim_stream *from = &s->streams[stream];
  double share = 1, given = 0;
  if (from->pipeline) return 0;
  for (size_t i = 0; i < from->n_given; i++)
    given += from->given[i].profile == profile && from->given[i].t_s < h->end_s;
  if (from->n_given > 0) return given;
  for (size_t a = 0; a < s->n_attributes; a++)
    share *= fsim_stream_share(s, from, a, fsim_profile_value(s, profile, a));
  return share * fsim_stream_leads(s, from);
}

static double cell_of_profile(const horizon *h, fsim_cells array, size_t i, size_t p) {
  const fsim_scenario *s = h->s;
  const fsim_exact *e = h->exact;
  switch (array) {
    case FSIM_STARTED:
      return e->journeys[p * s->n_funnels + i];
    case FSIM_ENTERED:
      return e->visits[p * s->n_stages + i];
    case FSIM_FATE:
      return i < s->n_outcomes ? e->ended[p * s->n_outcomes + i] : open_of(h, p, i - s->n_outcomes);
    case FSIM_ENDED:
      return e->ended[p * s->n_outcomes + i];
    case FSIM_VALUE:
      return value_of(h, p, i) * e->ended[p * s->n_outcomes + i];
    case FSIM_ARRIVED:
      return leads_of(h, p, i);
    case FSIM_SPENT:
      return 100 * s->streams[i].cost * leads_of(h, p, i);
    default:
      return NAN;
  }
}

static double sum_of(const horizon *h, const fsim_metric_cell *cells, size_t n) {
  size_t groups = h->shape->dim[FSIM_DIM_GROUP];
  double sum = 0;
  for (size_t k = 0; k < n; k++)
    for (size_t p = 0; p < h->s->n_profiles; p++)
      if (is_in(h, p, cells[k].cell % groups))
        sum += cell_of_profile(h, cells[k].array, cells[k].cell / groups, p);
  return sum;
}

/* Adds `sign` times what is expected up to a time. */
static int add_until(const fsim_variant *variant, int32_t end_s, double sign,
                     const fsim_measure *measures, const bool *wanted, size_t n,
                     fsim_report *report, double *top, double *bottom) {
  fsim_scenario until = *variant->scenario; /* a view: owns nothing */
  fsim_exact *exact;
  until.horizon_s = end_s;
  int status = fsim_exact_make(&until, NULL, report, &exact);
  if (status != FSIM_OK) return status;
  horizon h = {&until, variant->shape, exact, end_s};
  for (size_t m = 0; m < n; m++) {
    if (!wanted[m]) continue;
    top[m] += sign * measures[m].scale * sum_of(&h, measures[m].top, measures[m].n_top);
    bottom[m] += sign * sum_of(&h, measures[m].bottom, measures[m].n_bottom);
  }
  fsim_exact_free(exact);
  return FSIM_OK;
}

int fsim_expected_make(const fsim_variant *variant, const fsim_measure *measures,
                       const bool *wanted, size_t n, fsim_report *report, double *top,
                       double *bottom) {
  const fsim_scenario *s = variant->scenario;
  for (size_t m = 0; m < n; m++) top[m] = bottom[m] = 0;
  int status = add_until(variant, s->horizon_s, 1, measures, wanted, n, report, top, bottom);
  if (status == FSIM_OK && s->warm_up_s > 0)
    status = add_until(variant, s->warm_up_s, -1, measures, wanted, n, report, top, bottom);
  return status;
}
