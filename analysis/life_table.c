#include "analysis/life_table.h"

#include <math.h>

static double weight_at(const double *weight, size_t k) {
  return weight == NULL ? 1 : weight[k];
}

/* What a walk over the classes knows of the one that it stands in. */
typedef struct walk {
  double at_risk; /* all not gone before it */
  double open;    /* share that had not ended before it */
  double ended, risk, step;
} walk;

static walk start(const fsim_life_table *table) {
  walk w = {0, 1, 0, 0, 0};
  for (size_t k = 0; k < table->n_classes; k++)
    w.at_risk += table->won[k] + table->other[k] + table->open[k];
  return w;
}

static void look(walk *w, const fsim_life_table *table, size_t k) {
  w->ended = table->won[k] + table->other[k];
  w->risk = w->at_risk - 0.5 * table->open[k];
  w->step = w->ended > 0 ? w->open * table->won[k] / w->risk : 0;
}

static void leave(walk *w, const fsim_life_table *table, size_t k) {
  if (w->ended > 0) w->open *= fmax(1 - w->ended / w->risk, 0);
  w->at_risk -= w->ended + table->open[k];
}

void fsim_incidence_steps(const fsim_life_table *table, double *step) {
  walk w = start(table);
  for (size_t k = 0; k < table->n_classes; k++) {
    look(&w, table, k);
    step[k] = w.step;
    leave(&w, table, k);
  }
}

fsim_incidence fsim_aalen_johansen(const fsim_life_table *table, const double *weight,
                                   double *d_won, double *d_other, double *d_open) {
  fsim_incidence result = {0, 1, 0};
  size_t n = table->n_classes;
  walk w = start(table);
  for (size_t k = 0; k < n; k++) {
    if (w.at_risk > 0) result.last = k;
    look(&w, table, k);
    result.won += weight_at(weight, k) * w.step;
    leave(&w, table, k);
  }
  result.still_open = w.open;
  if (d_won == NULL) return result;
  /* Again, now with what is still to be won after each class. `g` sums the derivatives by the
   * number at risk, through which a journey counts in every class up to its own. */
  double won = 0, g = 0;
  w = start(table);
  for (size_t k = 0; k < n; k++) {
    double by_risk = 0, by_end = 0, by_win = 0, its = weight_at(weight, k);
    look(&w, table, k);
    if (w.risk > 0) {
      won += its * w.step;
      double later = result.won - won, left = w.risk - w.ended;
      by_win = its * w.open / w.risk;
      by_end = left > 0 ? -later / left : 0;
      by_risk = -its * w.open * table->won[k] / (w.risk * w.risk) +
                (left > 0 ? later * w.ended / (w.risk * left) : 0);
    }
    d_open[k] = g + 0.5 * by_risk;
    g += by_risk;
    d_won[k] = g + by_win + by_end;
    d_other[k] = g + by_end;
    leave(&w, table, k);
  }
  return result;
}
