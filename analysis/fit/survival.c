#include "analysis/fit/survival.h"

#include <stdlib.h>

#include "sim/base/array.h"

/* What happens at an age: observation begins after the ends there, censorings come last. */
typedef struct happening {
  double age;
  double weight;
  int32_t what; /* the exit, or one of these */
} happening;

enum { ENTERS = -2, CENSORED = -1 };

/* At one age: entries into observation (those at age 0 included) come first, since an end at the
 * age of entry was seen; then ends, then censorings. */
static int rank(const happening *h) {
  return h->what == ENTERS ? 0 : h->what == CENSORED ? 2 : 1;
}

static int compare_happenings(const void *left, const void *right) {
  const happening *a = left, *b = right;
  if (a->age != b->age) return a->age < b->age ? -1 : 1;
  return rank(a) - rank(b);
}

void fsim_incidence_curve_free(fsim_incidence_curve *curve) {
  if (curve == NULL) return;
  free(curve->age);
  free(curve->at_risk);
  free(curve->open);
  free(curve->incidence);
  free(curve);
}

static fsim_incidence_curve *new_curve(size_t n, size_t n_exits) {
  fsim_incidence_curve *c = fsim_zeroed(1, sizeof *c);
  if (c == NULL) return NULL;
  c->n_exits = n_exits;
  c->age = fsim_zeroed(n, sizeof *c->age);
  c->at_risk = fsim_zeroed(n, sizeof *c->at_risk);
  c->open = fsim_zeroed(n, sizeof *c->open);
  c->incidence = fsim_zeroed(n * n_exits, sizeof *c->incidence);
  if (c->age && c->at_risk && c->open && c->incidence) return c;
  fsim_incidence_curve_free(c);
  return NULL;
}

/* One step: ends[k] of exit k at an age, `risk` under observation. */
static void add_step(fsim_incidence_curve *c, double age, double risk, const double *ends) {
  const size_t i = c->n++;
  const double open = i > 0 ? c->open[i - 1] : 1;
  double all = 0;
  for (size_t k = 0; k < c->n_exits; k++) {
    all += ends[k];
    double before = i > 0 ? c->incidence[(i - 1) * c->n_exits + k] : 0;
    c->incidence[i * c->n_exits + k] = before + open * ends[k] / risk;
  }
  c->age[i] = age;
  c->at_risk[i] = risk;
  c->open[i] = open * (1 - all / risk);
}

/* Aalen's variance of the incidence F of one exit at step i (Aalen, Annals of Statistics 6, 1978;
 * in the form of Gray 1988): over the steps j up to i, with S the open share before the step, (F_i
 * - F_j)^2 d_j / (n_j (n_j - 1)) + S^2 d_kj (n_j - d_kj) / (n_j^2 (n_j - 1))
 *   - 2 (F_i - F_j) S d_kj (n_j - d_kj) / (n_j (n_j - d_j) (n_j - 1)). */
double fsim_incidence_variance(const fsim_incidence_curve *curve, size_t step, size_t exit) {
  const fsim_incidence_curve *c = curve;
  const size_t i = step, k = exit;
  double variance = 0, upto = c->incidence[i * c->n_exits + k];
  for (size_t j = 0; j <= i; j++) {
    const double open = j > 0 ? c->open[j - 1] : 1, n = c->at_risk[j];
    const double before = j > 0 ? c->incidence[(j - 1) * c->n_exits + k] : 0;
    const double own = (c->incidence[j * c->n_exits + k] - before) / open * n;
    const double all = (1 - c->open[j] / open) * n, rest = upto - c->incidence[j * c->n_exits + k];
    if (n <= 1 || open <= 0) continue;
    variance += rest * rest * all / (n * (n - 1));
    variance += open * open * own * (n - own) / (n * n * (n - 1));
    if (n > all) variance -= 2 * rest * open * own * (n - own) / (n * (n - all) * (n - 1));
  }
  return variance > 0 ? variance : 0;
}

static void fill_curve(const happening *h, size_t n, double *ends, fsim_incidence_curve *c) {
  double risk = 0;
  for (size_t i = 0; i < n;) {
    const double age = h[i].age;
    double all = 0, leaves = 0;
    for (size_t k = 0; k < c->n_exits; k++) ends[k] = 0;
    for (; i < n && h[i].age == age; i++) {
      if (h[i].what == ENTERS)
        risk += h[i].weight;
      else
        leaves += h[i].weight;
      if (h[i].what >= 0) {
        ends[h[i].what] += h[i].weight;
        all += h[i].weight;
      }
    }
    if (all > 0 && risk > 0) add_step(c, age, risk, ends);
    risk -= leaves;
  }
}

int fsim_incidence_of(const fsim_stays *stays, fsim_report *report, fsim_incidence_curve **curve) {
  happening *h = fsim_zeroed(2 * stays->n, sizeof *h);
  double *ends = fsim_zeroed(stays->n_exits, sizeof *ends);
  *curve = new_curve(stays->n, stays->n_exits);
  int status = h && ends && *curve ? FSIM_OK : fsim_no_memory(report);
  if (status == FSIM_OK) {
    for (size_t i = 0; i < stays->n; i++) {
      const fsim_stay *stay = &stays->stay[i];
      h[2 * i] = (happening){stay->from, (double)stay->weight, ENTERS};
      h[2 * i + 1] =
          (happening){stay->to, (double)stay->weight, stay->exit < 0 ? CENSORED : stay->exit};
    }
    qsort(h, 2 * stays->n, sizeof *h, compare_happenings);
    fill_curve(h, 2 * stays->n, ends, *curve);
  }
  if (status != FSIM_OK) {
    fsim_incidence_curve_free(*curve);
    *curve = NULL;
  }
  free(h);
  free(ends);
  return status;
}

size_t fsim_incidence_at(const fsim_incidence_curve *curve, double age) {
  size_t low = 0, high = curve->n; /* steps below `low` hold, those from `high` on do not yet */
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (curve->age[middle] <= age)
      low = middle + 1;
    else
      high = middle;
  }
  return low == 0 ? SIZE_MAX : low - 1;
}
