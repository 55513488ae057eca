#include "sim/exact/ahead.h"

#include <math.h>
#include <stdlib.h>

#include "sim/base/array.h"
#include "sim/exact/exact.h"
#include "sim/exact/system.h"

typedef struct work {
  const fsim_scenario *s;
  const fsim_ahead_question *ask;
  fsim_network net;
  fsim_system system;
  fsim_complex *need; /* [n_nodes] of one frequency and metric */
  double *within;     /* [n_from][n_metrics][length] by the time since the entry */
} work;

static uint32_t node_of(const work *x, fsim_target from) {
  return from.is_outcome ? (uint32_t)(x->net.first_outcome + from.index) : x->net.fresh[from.index];
}

/* The part of a node's need that is its own. */
static double own(const work *x, fsim_target from, size_t metric) {
  return from.is_outcome ? x->ask->weight[metric * x->s->n_outcomes + from.index] : 0;
}

static void solve_frequency(work *x, size_t f) {
  const fsim_ahead_question *q = x->ask;
  fsim_system_set(&x->system, f);
  for (size_t m = 0; m < q->n_metrics; m++) {
    for (size_t i = 0; i < x->net.n_nodes; i++)
      x->need[i] =
          i < x->net.first_outcome ? 0 : q->weight[m * x->s->n_outcomes + i - x->net.first_outcome];
    fsim_sparse_solve(&x->system.sparse, x->system.entries, x->need);
    for (size_t j = 0; j < q->n_from; j++)
      fsim_spectrum_put(&x->system.grid, x->within + (j * q->n_metrics + m) * x->system.grid.length,
                        f, x->need[node_of(x, q->from[j])] - own(x, q->from[j], m));
  }
}

/* Shares at the points become sums up to the time of a point, which has half of its own share. */
static void sum_up(const fsim_exact_grid *grid, double *value) {
  double before = 0;
  fsim_exact_values(grid, value);
  for (size_t k = 0; k <= grid->n; k++) {
    double here = value[k];
    value[k] = before + here / 2;
    before += here;
  }
}

static int run_grid(work *x, const fsim_exact_grid *grid, fsim_report *report) {
  size_t rows = x->ask->n_from * x->ask->n_metrics;
  int status = fsim_network_grid(&x->net, grid, report);
  if (status != FSIM_OK) return status;
  x->within = fsim_zeroed(rows * grid->length, sizeof *x->within);
  if (!fsim_system_make(&x->net, grid, &x->system) || !x->within) return fsim_no_memory(report);
  for (size_t f = 0; 2 * f <= grid->length; f++) solve_frequency(x, f);
  for (size_t r = 0; r < rows; r++) sum_up(grid, x->within + r * grid->length);
  return FSIM_OK;
}

static void drop_grid(work *x) {
  fsim_system_free(&x->system);
  free(x->within);
  x->within = NULL;
}

static double between(const double *value, size_t n, double place) {
  size_t k = place <= 0 ? 0 : (size_t)place;
  if (k >= n) return value[n];
  return value[k] + (fmax(place, 0) - (double)k) * (value[k + 1] - value[k]);
}

/* within: by the time since the entry, on the coarse grid. */
static void by_date(const fsim_scenario *s, const double *within, fsim_ahead *a, size_t row) {
  double *expected = a->expected + row * (a->n + 1);
  for (size_t k = 0; k <= a->n; k++) {
    double early = (double)s->warm_up_s / a->step_s - (double)k;
    expected[k] = within[a->n - k] - (early > 0 ? between(within, a->n, early) : 0);
  }
}

static int solve(work *x, fsim_ahead *a, fsim_report *report) {
  double horizon = (double)x->s->horizon_s;
  size_t n = a->n, rows = a->n_from * a->n_metrics;
  fsim_exact_grid coarse = fsim_exact_grid_of(horizon, n, 2 * n);
  fsim_exact_grid fine = fsim_exact_grid_of(horizon, 2 * n, 4 * n);
  double *first = fsim_zeroed(rows * (n + 1), sizeof *first);
  x->need = fsim_zeroed(x->net.n_nodes, sizeof *x->need);
  int status = first && x->need ? run_grid(x, &coarse, report) : fsim_no_memory(report);
  for (size_t r = 0; status == FSIM_OK && r < rows; r++)
    for (size_t k = 0; k <= n; k++) first[r * (n + 1) + k] = x->within[r * coarse.length + k];
  drop_grid(x);
  if (status == FSIM_OK) status = run_grid(x, &fine, report);
  for (size_t r = 0; status == FSIM_OK && r < rows; r++) {
    /* The error of both grids falls with the square of the step. */
    for (size_t k = 0; k <= n; k++) {
      double *c = &first[r * (n + 1) + k], f = x->within[r * fine.length + 2 * k];
      *c = f + (f - *c) / 3;
    }
    by_date(x->s, first + r * (n + 1), a, r);
  }
  drop_grid(x);
  free(x->need);
  free(first);
  return status;
}

int fsim_ahead_make(const fsim_scenario *scenario, size_t profile,
                    const fsim_ahead_question *question, fsim_report *report, fsim_ahead **ahead) {
  work x = {.s = scenario, .ask = question};
  *ahead = NULL;
  fsim_ahead *a = fsim_zeroed(1, sizeof *a);
  if (a == NULL) return fsim_no_memory(report);
  *a = (fsim_ahead){.n_from = question->n_from,
                    .n_metrics = question->n_metrics,
                    .n = question->points,
                    .step_s = (double)scenario->horizon_s / (double)question->points};
  a->expected = fsim_zeroed(a->n_from * a->n_metrics * (a->n + 1), sizeof *a->expected);
  int status =
      a->expected ? fsim_network_make(scenario, profile, report, &x.net) : fsim_no_memory(report);
  if (status == FSIM_OK) status = fsim_network_fits(&x.net, report);
  if (status == FSIM_OK) status = solve(&x, a, report);
  fsim_network_free(&x.net);
  if (status == FSIM_OK)
    *ahead = a;
  else
    fsim_ahead_free(a);
  return status;
}

void fsim_ahead_free(fsim_ahead *ahead) {
  if (ahead == NULL) return;
  free(ahead->expected);
  free(ahead);
}

double fsim_ahead_at(const fsim_ahead *a, size_t from, size_t metric, double t_s) {
  return between(a->expected + (from * a->n_metrics + metric) * (a->n + 1), a->n, t_s / a->step_s);
}

void fsim_ahead_worth(const fsim_scenario *s, size_t profile, double *weight) {
  for (size_t o = 0; o < s->n_outcomes; o++) {
    size_t f = s->outcomes[o].funnel;
    for (size_t m = 0; m < 2 * s->n_funnels; m++) weight[m * s->n_outcomes + o] = 0;
    weight[f * s->n_outcomes + o] = s->outcomes[o].win;
    weight[(s->n_funnels + f) * s->n_outcomes + o] =
        s->outcomes[o].win ? fsim_exact_mean_value(s, profile, f) : 0;
  }
}
