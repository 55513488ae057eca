#include "analysis/fit/week_swing.h"

#include <math.h>

/* Successive differences are worth two thirds of as many independent values (von Neumann, Kent,
 * Bellinson & Hart 1941). */
#define EFFICIENCY (2.0 / 3)
/* Weeks of an export that ends on any day hold parts of two weeks of the people who decide, so next
 * ones are alike. */
#define FIRST_LAG 2
#define LAGS 2
#define MOST_CV 0.6

typedef struct squares {
  double sum, weight;
} squares;

/* Changes over `lag` weeks. */
static void add_changes(const fsim_week_wins *w, const fsim_quiet_weeks *quiet, size_t lag,
                        squares *s) {
  const double prior = FSIM_SWING_PRIOR * FSIM_SWING_PRIOR;
  for (size_t k = lag; k < w->weeks.n; k++) {
    const double before = w->expected[k - lag], now = w->expected[k];
    if (before < 1 || now < 1) continue;
    if (fsim_week_is_quiet(quiet, k - lag) || fsim_week_is_quiet(quiet, k)) continue;
    const double change = w->seen[k] / now - w->seen[k - lag] / before;
    const double chance = (1 / before + 1 / now) / 2;
    /* The square of a difference is known as well as its own variance is small. */
    const double own = EFFICIENCY / LAGS * pow(prior / (prior + chance), 2);
    s->sum += own * (change * change / 2 - chance);
    s->weight += own;
  }
}

fsim_week_swing fsim_week_swing_of(const fsim_week_wins *wins, const fsim_quiet_weeks *quiet) {
  fsim_week_swing swing = {0};
  squares s = {0};
  for (size_t lag = FIRST_LAG; lag < FIRST_LAG + LAGS; lag++) add_changes(wins, quiet, lag, &s);
  const double weight = FSIM_SWING_PRIOR_WEEKS + s.weight;
  swing.seen = s.weight > 0 ? sqrt(fmax(s.sum / s.weight, 0)) : NAN;
  swing.cv =
      sqrt(fmax(FSIM_SWING_PRIOR_WEEKS * FSIM_SWING_PRIOR * FSIM_SWING_PRIOR + s.sum, 0) / weight);
  if (swing.cv > MOST_CV) swing.cv = MOST_CV;
  swing.sigma = 1 / sqrt(2 * weight);
  return swing;
}
