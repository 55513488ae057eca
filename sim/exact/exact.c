#include "sim/exact/exact.h"

#include <math.h>
#include <stdlib.h>

#include "sim/base/array.h"
#include "sim/exact/lever.h"
#include "sim/exact/system.h"

#define POINTS 4096 /* of the coarse grid, at most */
#define WEEK_S 604800.0

/* All figures of one grid, side by side, so that two grids are extrapolated in one pass. */
typedef struct figures {
  double *all;
  size_t n, journeys, visits, ended, open, windowed, weekly, levers; /* where each kind begins */
} figures;

typedef struct pass {
  const fsim_scenario *s;
  const double *weight;
  fsim_report *report;
  fsim_network net;
  fsim_exact_grid grid;
  fsim_system system;
  fsim_complex *flow, *need; /* of one frequency */
  double *arrivals, *stream; /* [n_nodes][length]: of all streams, and of one */
  double *outcome;           /* [n_outcomes][length] */
  double *reached;           /* [n_nodes] entries within the horizon */
  double *passed;            /* [3][n_terms]: flow; derivatives by share, by log scale */
  double *still;             /* [n_stages] deals of the start that are still open */
} pass;

/* What a frequency counts in the value at a point. */
static fsim_complex phase_at(const fsim_exact_grid *grid, size_t f, size_t k) {
  double turn = 2 * M_PI * (double)((f * k) % grid->length) / (double)grid->length;
  double size = exp(grid->damping * (double)k) / (double)grid->length;
  if (f != 0 && 2 * f != grid->length) size *= 2;
  return fsim_complex_of(size * cos(turn), size * sin(turn));
}

/* In what is counted within the window: at the last point, less that at the end of the warm-up. */
static fsim_complex window_of(const pass *x, size_t f) {
  const fsim_exact_grid *grid = &x->grid;
  fsim_complex all = phase_at(grid, f, grid->n);
  if (x->s->warm_up_s <= 0) return all;
  double place = (double)x->s->warm_up_s / grid->step_s, part = place - floor(place);
  size_t k = (size_t)place;
  return all - (1 - part) * phase_at(grid, f, k) - part * phase_at(grid, f, k + 1);
}

/* Forward flow and one adjoint solution give all derivatives of a frequency. */
static void solve_frequency(pass *x, size_t f) {
  size_t n = x->net.n_nodes, terms = x->net.n_terms;
  fsim_complex phase = phase_at(&x->grid, f, x->grid.n), window = window_of(x, f);
  const double *weight = x->weight + x->net.profile * x->s->n_outcomes;
  fsim_system_set(&x->system, f);
  for (size_t i = 0; i < n; i++) {
    x->flow[i] = fsim_spectrum_at(&x->grid, x->arrivals + i * x->grid.length, f);
    x->need[i] = i < x->net.first_outcome ? 0 : weight[i - x->net.first_outcome];
  }
  fsim_sparse_solve_left(&x->system.sparse, x->system.entries, x->flow);
  fsim_sparse_solve(&x->system.sparse, x->system.entries, x->need);
  for (size_t i = 0; i < n; i++) {
    x->reached[i] += creal(fsim_product(phase, x->flow[i]));
    if (i >= x->net.first_outcome)
      fsim_spectrum_put(&x->grid, x->outcome + (i - x->net.first_outcome) * x->grid.length, f,
                        x->flow[i]);
    fsim_spectrum_put(&x->grid, x->stream + i * x->grid.length, f, x->need[i]);
  }
  for (size_t t = 0; t < terms; t++) {
    const fsim_exact_term *term = &x->net.terms[t];
    const fsim_exact_wait *wait = &x->net.waits[term->wait];
    fsim_complex from = fsim_product(phase, x->flow[term->from]);
    fsim_complex gain = fsim_product(fsim_product(window, x->flow[term->from]), x->need[term->to]);
    x->passed[t] += creal(fsim_product(from, fsim_spectrum_at(&x->grid, wait->spectrum, f)));
    x->passed[terms + t] +=
        creal(fsim_product(gain, fsim_spectrum_at(&x->grid, wait->spectrum, f)));
    if (wait->moved)
      x->passed[2 * terms + t] +=
          creal(fsim_product(gain, fsim_spectrum_at(&x->grid, wait->moved, f)));
  }
}

static bool get_pass(pass *x) {
  size_t n = x->net.n_nodes, terms = x->net.n_terms;
  return fsim_system_make(&x->net, &x->grid, &x->system) &&
         (x->flow = fsim_zeroed(n, sizeof *x->flow)) &&
         (x->need = fsim_zeroed(n, sizeof *x->need)) &&
         (x->arrivals = fsim_zeroed(n * x->grid.length, sizeof(double))) &&
         (x->stream = fsim_zeroed(n * x->grid.length, sizeof(double))) &&
         (x->outcome = fsim_zeroed(x->s->n_outcomes * x->grid.length, sizeof(double))) &&
         (x->reached = fsim_zeroed(n, sizeof(double))) &&
         (x->passed = fsim_zeroed(3 * terms, sizeof(double))) &&
         (x->still = fsim_zeroed(x->s->n_stages, sizeof(double)));
}

static void drop_pass(pass *x) {
  fsim_system_free(&x->system);
  free(x->flow);
  free(x->need);
  free(x->arrivals);
  free(x->stream);
  free(x->outcome);
  free(x->reached);
  free(x->passed);
  free(x->still);
  /* The pass of the next grid begins with nothing, however far it gets. */
  *x = (pass){.s = x->s, .weight = x->weight, .report = x->report, .net = x->net};
}

/* ---- figures of one profile ---- */

static void tell_nodes(const pass *x, const double *begun, const figures *g) {
  const fsim_network *q = &x->net;
  double *visits = g->all + g->visits + q->profile * x->s->n_stages;
  double *open = g->all + g->open + q->profile * x->s->n_stages;
  double *ended = g->all + g->ended + q->profile * x->s->n_outcomes;
  double *journeys = g->all + g->journeys + q->profile * x->s->n_funnels;
  for (size_t i = 0; i < q->first_outcome; i++) visits[q->stage[i]] += x->reached[i];
  for (size_t i = 0; i < q->first_outcome; i++) open[q->stage[i]] += x->reached[i];
  for (size_t t = 0; t < q->n_terms; t++) {
    const fsim_exact_term *term = &q->terms[t];
    if (term->stage == FSIM_NO_NUMBER)
      journeys[x->s->links[term->link].to] += term->share * x->passed[t];
    else
      open[term->stage] -= term->share * x->passed[t];
  }
  for (size_t i = 0; i < x->s->n_stages; i++) open[i] += x->still[i];
  for (size_t o = 0; o < x->s->n_outcomes; o++) ended[o] = x->reached[q->first_outcome + o];
  for (size_t f = 0; f < x->s->n_funnels; f++) journeys[f] += begun[f];
}

/* Between the points of a cumulated count. */
static double count_by(const fsim_exact_grid *grid, const double *count, double t_s) {
  double place = fmin(t_s / grid->step_s, (double)grid->n);
  size_t k = (size_t)fmin(floor(place + 1e-9), (double)grid->n - 1);
  return count[k] + (place - (double)k) * (count[k + 1] - count[k]);
}

static void tell_weeks(pass *x, size_t n_weeks, const figures *g) {
  double *windowed = g->all + g->windowed + x->net.profile * x->s->n_outcomes;
  for (size_t o = 0; o < x->s->n_outcomes; o++) {
    double *count = x->outcome + o * x->grid.length, before = 0;
    fsim_exact_values(&x->grid, count);
    windowed[o] = count[x->grid.n] - count_by(&x->grid, count, (double)x->s->warm_up_s);
    for (size_t w = 0; w < n_weeks; w++) {
      double now = count_by(&x->grid, count, (double)(w + 1) * WEEK_S);
      g->all[g->weekly + o * n_weeks + w] += now - before;
      before = now;
    }
  }
}

/* x->stream holds the adjoint's spectra; what a stream brings is weighed with them. */
static int lever_of_stream(pass *x, const fsim_stream *stream, double *sum) {
  size_t length = x->grid.length, entry = x->net.fresh[x->s->funnels[stream->into].entry];
  for (size_t i = 0; i < length; i++) x->arrivals[entry * length + i] = 0;
  int status = fsim_network_arrivals(&x->net, &x->grid, stream, x->report, x->arrivals, x->still);
  if (status != FSIM_OK) return status;
  fsim_exact_transform(&x->grid, x->arrivals + entry * length);
  for (size_t f = 0; 2 * f <= length; f++)
    *sum += creal(fsim_product(
        window_of(x, f), fsim_product(fsim_spectrum_at(&x->grid, x->arrivals + entry * length, f),
                                      fsim_spectrum_at(&x->grid, x->stream + entry * length, f))));
  return FSIM_OK;
}

static int tell_levers(pass *x, const fsim_exact *exact, const figures *g) {
  int status = FSIM_OK;
  for (size_t l = 0; status == FSIM_OK && l < exact->n_levers; l++) {
    const fsim_exact_lever *lever = &exact->levers[l];
    double *sum = &g->all[g->levers + l];
    if (lever->kind == FSIM_EXACT_RATE)
      status = lever_of_stream(x, &x->s->streams[lever->number], sum);
    else
      *sum += fsim_lever_sum(&x->net, lever, x->passed + x->net.n_terms,
                             x->passed + 2 * x->net.n_terms);
  }
  return status;
}

static int run_profile(pass *x, const fsim_exact *exact, const figures *g, double *begun) {
  const fsim_scenario *s = x->s;
  size_t length = x->grid.length;
  int status = fsim_network_grid(&x->net, &x->grid, x->report);
  if (status == FSIM_OK && !get_pass(x)) status = fsim_no_memory(x->report);
  for (size_t i = 0; i < s->n_funnels; i++) begun[i] = 0;
  for (size_t i = 0; status == FSIM_OK && i < s->n_streams; i++) {
    const fsim_stream *stream = &s->streams[i];
    const double *last = x->arrivals + x->net.fresh[s->funnels[stream->into].entry] * length;
    double before = stream->pipeline ? 0 : last[x->grid.n];
    status = fsim_network_arrivals(&x->net, &x->grid, stream, x->report, x->arrivals, x->still);
    if (!stream->pipeline) begun[stream->into] += last[x->grid.n] - before;
  }
  if (status != FSIM_OK) return status;
  for (size_t i = 0; i < x->net.n_nodes; i++)
    fsim_exact_transform(&x->grid, x->arrivals + i * length);
  for (size_t f = 0; 2 * f <= length; f++) solve_frequency(x, f);
  tell_nodes(x, begun, g);
  tell_weeks(x, exact->n_weeks, g);
  return tell_levers(x, exact, g);
}

/* ---- both grids ---- */

typedef struct owner {
  fsim_exact exact; /* first: its address is the owner's */
  double *figures[2];
} owner;

static fsim_exact_grid grid_of(const fsim_scenario *s, size_t n_weeks, size_t times) {
  /* Weeks end on points, where the horizon is whole weeks. */
  size_t n = n_weeks > 0 && n_weeks < POINTS ? n_weeks * (POINTS / n_weeks) : POINTS;
  return fsim_exact_grid_of((double)s->horizon_s, n * times, 2 * POINTS * times);
}

static bool has_leads(const fsim_scenario *s, size_t profile) {
  for (size_t i = 0; i < s->n_streams; i++) {
    const fsim_stream *stream = &s->streams[i];
    double share = 1;
    for (size_t k = 0; k < stream->n_given; k++) {
      if (stream->given[k].profile == profile) return true;
    }
    if (stream->n_given > 0 || stream->n_rate == 0) continue;
    for (size_t a = 0; a < s->n_attributes; a++)
      share *= fsim_stream_share(s, stream, a, fsim_profile_value(s, profile, a));
    if (share > 0) return true;
  }
  return false;
}

static int solve_profile(const fsim_scenario *s, const double *weight, size_t profile,
                         const fsim_exact *exact, figures *grids, fsim_report *report) {
  pass x = {.s = s, .weight = weight, .report = report};
  double *begun = fsim_zeroed(s->n_funnels, sizeof *begun);
  int status = begun ? fsim_network_make(s, profile, report, &x.net) : fsim_no_memory(report);
  if (status == FSIM_OK) status = fsim_network_fits(&x.net, report);
  for (size_t i = 0; i < 2 && status == FSIM_OK; i++) {
    x.grid = grid_of(s, exact->n_weeks, i + 1);
    status = run_profile(&x, exact, &grids[i], begun);
    drop_pass(&x);
  }
  if (begun) fsim_network_free(&x.net);
  free(begun);
  return status;
}

static figures layout(const fsim_scenario *s, const fsim_exact *exact) {
  figures g = {0};
  g.visits = s->n_profiles * s->n_funnels;
  g.ended = g.visits + s->n_profiles * s->n_stages;
  g.open = g.ended + s->n_profiles * s->n_outcomes;
  g.windowed = g.open + s->n_profiles * s->n_stages;
  g.weekly = g.windowed + s->n_profiles * s->n_outcomes;
  g.levers = g.weekly + s->n_outcomes * exact->n_weeks;
  g.n = g.levers + exact->n_levers;
  return g;
}

/* The error of both grids falls with the square of the step. */
static void extrapolate(const figures *coarse, const figures *fine, fsim_exact *exact) {
  for (size_t i = 0; i < fine->n; i++) {
    double step = (fine->all[i] - coarse->all[i]) / 3;
    fine->all[i] += step;
    double *error = i < fine->levers ? &exact->error : &exact->lever_error;
    *error = fmax(*error, fabs(step) / (1 + fabs(fine->all[i])));
  }
  exact->journeys = fine->all + fine->journeys;
  exact->visits = fine->all + fine->visits;
  exact->ended = fine->all + fine->ended;
  exact->open = fine->all + fine->open;
  exact->windowed = fine->all + fine->windowed;
  exact->weekly = fine->all + fine->weekly;
  for (size_t l = 0; l < exact->n_levers; l++)
    exact->levers[l].derivative = fine->all[fine->levers + l];
}

static double deals_of(const fsim_scenario *s, size_t funnel) {
  double deals = 0;
  for (size_t i = 0; i < s->n_streams; i++) {
    for (size_t k = 0; s->streams[i].pipeline && k < s->streams[i].n_given; k++)
      deals += s->stages[s->streams[i].given[k].stage].funnel == funnel;
  }
  return deals;
}

static void tell_balance(const fsim_scenario *s, fsim_exact *exact) {
  for (size_t f = 0; f < s->n_funnels; f++) {
    const fsim_funnel *funnel = &s->funnels[f];
    double begun = deals_of(s, f), gone = 0;
    for (size_t p = 0; p < s->n_profiles; p++) {
      begun += exact->journeys[p * s->n_funnels + f];
      for (size_t i = 0; i < funnel->n_stages; i++)
        gone += exact->open[p * s->n_stages + funnel->first_stage + i];
      for (size_t o = 0; o < funnel->n_outcomes; o++)
        gone += exact->ended[p * s->n_outcomes + funnel->first_outcome + o];
    }
    exact->balance = fmax(exact->balance, fabs(begun - gone) / (1 + begun));
  }
}

double fsim_exact_mean_value(const fsim_scenario *s, size_t profile, size_t funnel) {
  const fsim_distribution **values = s->versions[0].values;
  const fsim_distribution *value = values ? values[profile * s->n_funnels + funnel] : NULL;
  return value ? fsim_mean(value) : 0;
}

static void tell_value(const fsim_scenario *s, fsim_exact *exact) {
  for (size_t p = 0; p < s->n_profiles; p++)
    for (size_t o = 0; o < s->n_outcomes; o++)
      exact->value[o] +=
          exact->ended[p * s->n_outcomes + o] * fsim_exact_mean_value(s, p, s->outcomes[o].funnel);
}

static int refuse_work(const fsim_scenario *s, fsim_report *report) {
  for (size_t i = 0; i < s->n_profiles * s->n_stages; i++) {
    const fsim_stage_law *law = &s->versions[0].stages[i];
    if (!law->work.set) continue;
    const fsim_stage *stage = &s->stages[i % s->n_stages];
    return fsim_bad_input(report, FSIM_NOWHERE,
                          "no exact answer: stage %s.%s has work of team %s, whose queue needs "
                          "simulation; leave out `work` (or turn it into a `wait`) for the answer "
                          "without teams",
                          s->funnels[stage->funnel].name, stage->name,
                          s->teams[law->work.team].name);
  }
  return FSIM_OK;
}

static int can_answer(const fsim_scenario *s, fsim_report *report) {
  if (s->n_versions > 1)
    return fsim_bad_input(report, FSIM_NOWHERE,
                          "no exact answer: changes on dates alter exits or waits, which needs "
                          "simulation");
  int status = fsim_network_paceless(s, report);
  return status == FSIM_OK ? refuse_work(s, report) : status;
}

static int solve(const fsim_scenario *s, const double *weight, owner *own, fsim_report *report) {
  fsim_exact *exact = &own->exact;
  exact->n_levers = fsim_levers_list(s, exact->levers);
  figures grids[2] = {layout(s, exact), layout(s, exact)};
  for (size_t i = 0; i < 2; i++) {
    grids[i].all = own->figures[i] = fsim_zeroed(grids[i].n, sizeof(double));
    if (!grids[i].all) return fsim_no_memory(report);
  }
  for (size_t p = 0; p < s->n_profiles; p++) {
    if (!has_leads(s, p)) continue;
    int status = solve_profile(s, weight, p, exact, grids, report);
    if (status != FSIM_OK) return status;
  }
  extrapolate(&grids[0], &grids[1], exact);
  tell_balance(s, exact);
  tell_value(s, exact);
  return FSIM_OK;
}

int fsim_exact_make(const fsim_scenario *scenario, const double *weight, fsim_report *report,
                    fsim_exact **exact) {
  const fsim_scenario *s = scenario;
  *exact = NULL;
  int status = can_answer(s, report);
  if (status != FSIM_OK) return status;
  size_t n_weights = s->n_profiles * s->n_outcomes;
  double *wins = fsim_zeroed(n_weights, sizeof *wins);
  owner *own = fsim_zeroed(1, sizeof *own);
  if (own) {
    own->exact.n_weeks = (size_t)ceil(s->horizon_s / WEEK_S);
    own->exact.levers = fsim_zeroed(fsim_levers_most(s), sizeof *own->exact.levers);
    own->exact.value = fsim_zeroed(s->n_outcomes, sizeof(double));
  }
  if (!wins || !own || !own->exact.levers || !own->exact.value) status = fsim_no_memory(report);
  for (size_t i = 0; status == FSIM_OK && i < n_weights; i++)
    wins[i] = weight ? weight[i] : s->outcomes[i % s->n_outcomes].win;
  if (status == FSIM_OK) status = solve(s, wins, own, report);
  free(wins);
  if (status == FSIM_OK)
    *exact = &own->exact;
  else if (own)
    fsim_exact_free(&own->exact);
  return status;
}

void fsim_exact_free(fsim_exact *exact) {
  if (!exact) return;
  owner *own = (owner *)(void *)exact;
  free(own->figures[0]);
  free(own->figures[1]);
  free(exact->levers);
  free(exact->value);
  free(own);
}
