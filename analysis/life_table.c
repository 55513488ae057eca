#include "analysis/life_table.h"

#include <math.h>

fsim_incidence fsim_aalen_johansen(const fsim_life_table *table, double *d_won, double *d_other,
                                   double *d_open) {
  fsim_incidence result = {0, 1, 0};
  size_t n = table->n_classes;
  double at_risk = 0, open = 1;
  for (size_t k = 0; k < n; k++) at_risk += table->won[k] + table->other[k] + table->open[k];
  double everybody = at_risk;
  for (size_t k = 0; k < n; k++) {
    double ended = table->won[k] + table->other[k], risk = at_risk - 0.5 * table->open[k];
    if (at_risk > 0) result.last = k;
    if (ended > 0) {
      result.won += open * table->won[k] / risk;
      open *= fmax(1 - ended / risk, 0);
    }
    at_risk -= ended + table->open[k];
  }
  result.still_open = open;
  if (d_won == NULL) return result;
  /* Again, now with what is still to be won after each class. `g` sums the derivatives by the
   * number at risk, through which a journey counts in every class up to its own. */
  double won = 0, g = 0;
  at_risk = everybody;
  open = 1;
  for (size_t k = 0; k < n; k++) {
    double ended = table->won[k] + table->other[k], risk = at_risk - 0.5 * table->open[k];
    double by_risk = 0, by_end = 0, by_win = 0;
    if (risk > 0) {
      won += open * table->won[k] / risk;
      double later = result.won - won, left = risk - ended;
      by_win = open / risk;
      by_end = left > 0 ? -later / left : 0;
      by_risk =
          -open * table->won[k] / (risk * risk) + (left > 0 ? later * ended / (risk * left) : 0);
      open *= fmax(1 - ended / risk, 0);
    }
    d_open[k] = g + 0.5 * by_risk;
    g += by_risk;
    d_won[k] = g + by_win + by_end;
    d_other[k] = g + by_end;
    at_risk -= ended + table->open[k];
  }
  return result;
}
