#include "analysis/fit/incidence.h"

#include <math.h>

/* Walks the pieces; the share that leaves by `exit` in each goes to `sum` until it reaches `until`,
 * and the age then is returned. */
static double walk(const fsim_hazard *h, size_t exit, double until, double *sum, double *open) {
  double left = 1, taken = 0;
  for (size_t p = 0; p < h->n_pieces; p++) {
    const double *rate = h->rate + p * h->n_exits;
    double all = 0, width = h->length[p], stretch = (h->from[p + 1] - h->from[p]) / width;
    for (size_t x = 0; x < h->n_exits; x++) all += rate[x];
    if (all <= 0) continue;
    double leave = -left * expm1(-all * width), own = leave * rate[exit] / all;
    if (taken + own >= until && own > 0)
      return h->from[p] - log1p(-(until - taken) / own * leave / left) / all * stretch;
    taken += own;
    left -= leave;
  }
  *sum = taken;
  *open = left;
  return NAN;
}

double fsim_hazard_share(const fsim_hazard *hazard, size_t exit) {
  double sum = 0, open;
  walk(hazard, exit, INFINITY, &sum, &open);
  return sum;
}

double fsim_hazard_incidence(const fsim_hazard *h, size_t exit, double age) {
  double left = 1, taken = 0;
  for (size_t p = 0; p < h->n_pieces && h->from[p] < age; p++) {
    const double whole = h->from[p + 1] - h->from[p];
    const double width = fmin(whole, age - h->from[p]) / whole * h->length[p];
    double all = 0;
    for (size_t x = 0; x < h->n_exits; x++) all += h->rate[p * h->n_exits + x];
    if (all <= 0) continue;
    const double leave = -left * expm1(-all * width);
    taken += leave * h->rate[p * h->n_exits + exit] / all;
    left -= leave;
  }
  return taken;
}

double fsim_hazard_open(const fsim_hazard *hazard) {
  double sum, open = 1;
  if (hazard->n_exits > 0) walk(hazard, 0, INFINITY, &sum, &open);
  return open;
}

double fsim_hazard_quantile(const fsim_hazard *hazard, size_t exit, double p) {
  double sum, open, share = fsim_hazard_share(hazard, exit);
  return share > 0 ? walk(hazard, exit, p * share, &sum, &open) : NAN;
}
