#include "sim/exact/long_run.h"

#include <math.h>
#include <stdlib.h>

#include "sim/base/array.h"
#include "sim/exact/lever.h"
#include "sim/exact/sparse.h"
#include "sim/model/stage_numbers.h"
#include "sim/random/sampler.h"

struct fsim_long_run {
  fsim_network net;
  fsim_moments *moment, *moved; /* [n_terms] of one visit that takes the term; by the log of its
                                   wait's scale */
  fsim_sparse sparse;
  fsim_complex *journeys, *leads; /* I - Q factorised: links cut, and with links */
  fsim_complex *scratch;          /* [n_nodes] */
  double *weight;                 /* [n_outcomes] */
  double *into[3];                /* [n_nodes] solutions forward: visits, and two orders of time */
  double *from[3];                /* [n_nodes] solutions back: E[T^order weight] */
  double *by_share, *by_scale;    /* [n_terms] */
  fsim_exact_lever *levers;
  size_t n_levers;
};

/* ---- the chain ---- */

static double order_of(const fsim_moments *m, int order) {
  return order == 0 ? m->p : order == 1 ? m->first : m->second;
}

static bool is_link(const fsim_exact_term *term) {
  return term->stage == FSIM_NO_NUMBER;
}

/* E[X^n; X <= d] when all X are longer by a factor: the deadline stands still, so the mass that
 * passes it is at d. */
static fsim_moments moved_exit(const fsim_distribution *law, double deadline_s,
                               const fsim_moments *m) {
  if (!(deadline_s < FSIM_LONGEST_WAIT_S)) return (fsim_moments){0, m->first, 2 * m->second};
  double passed = fsim_exact_moved_cdf(law, deadline_s);
  return (fsim_moments){passed, m->first + deadline_s * passed,
                        2 * m->second + deadline_s * deadline_s * passed};
}

static fsim_moments at_deadline(double p, double deadline_s) {
  return (fsim_moments){p, p * deadline_s, p * deadline_s * deadline_s};
}

static void set_term(fsim_long_run *x, size_t t, const fsim_moments *of_stage) {
  const fsim_exact_term *term = &x->net.terms[t];
  const fsim_exact_wait *wait = &x->net.waits[term->wait];
  fsim_moments *m = &x->moment[t], *moved = &x->moved[t];
  *moved = (fsim_moments){0};
  if (is_link(term)) {
    *m = (fsim_moments){.p = 1};
    return;
  }
  const fsim_stage *stage = &x->net.s->stages[term->stage];
  const fsim_stage_law *law = fsim_stage_law_of(x->net.s, 0, x->net.profile, term->stage);
  const fsim_moments *whole = &of_stage[wait->rule ? stage->n_exits : term->exit];
  if (stage->race) {
    *m = *whole;
  } else if (wait->rule) {
    *m = at_deadline(fsim_survival(wait->law, wait->deadline_s), wait->deadline_s);
    *moved = at_deadline(-fsim_exact_moved_cdf(wait->law, wait->deadline_s), wait->deadline_s);
  } else {
    *m = (fsim_moments){whole->p / term->share, whole->first / term->share,
                        whole->second / term->share};
    *moved = moved_exit(wait->law, wait->deadline_s, m);
  }
  if (!law->work.set) return;
  fsim_moments_add(m, fsim_mean(law->work.time), fsim_variance(law->work.time));
  fsim_moments_add(moved, fsim_mean(law->work.time), fsim_variance(law->work.time));
}

static int set_terms(fsim_long_run *x, fsim_report *report) {
  const fsim_scenario *s = x->net.s;
  size_t room = 1;
  for (size_t i = 0; i < s->n_stages; i++)
    room = s->stages[i].n_exits + 1 > room ? s->stages[i].n_exits + 1 : room;
  fsim_moments *of_stages = fsim_zeroed(s->n_stages * room, sizeof *of_stages);
  int status = of_stages ? FSIM_OK : fsim_no_memory(report);
  for (size_t i = 0; i < s->n_stages && status == FSIM_OK; i++)
    status = fsim_stage_moments(&s->stages[i], fsim_stage_law_of(s, 0, x->net.profile, i),
                                x->net.deadline_s[i], report, of_stages + i * room);
  for (size_t t = 0; t < x->net.n_terms && status == FSIM_OK; t++)
    set_term(x, t, is_link(&x->net.terms[t]) ? NULL : of_stages + x->net.terms[t].stage * room);
  free(of_stages);
  return status;
}

static void factorise(fsim_long_run *x, bool links, fsim_complex *entries) {
  size_t n = x->net.n_nodes;
  for (size_t i = 0; i < n; i++) entries[x->sparse.at[i * n + i]] = 1;
  for (size_t t = 0; t < x->net.n_terms; t++) {
    const fsim_exact_term *term = &x->net.terms[t];
    if (is_link(term) && !links) continue;
    entries[x->sparse.at[term->from * n + term->to]] -= term->share * x->moment[t].p;
  }
  fsim_sparse_factorise(&x->sparse, entries);
}

static bool get_pattern(fsim_long_run *x) {
  size_t n = x->net.n_nodes;
  bool *filled = fsim_zeroed(n * n, sizeof *filled);
  if (!filled) return false;
  for (size_t t = 0; t < x->net.n_terms; t++)
    filled[x->net.terms[t].from * n + x->net.terms[t].to] = true;
  bool enough = fsim_sparse_make(n, filled, &x->sparse);
  free(filled);
  return enough;
}

static bool get_memory(fsim_long_run *x) {
  size_t n = x->net.n_nodes, terms = x->net.n_terms;
  bool enough = get_pattern(x) && (x->moment = fsim_zeroed(terms, sizeof *x->moment)) &&
                (x->moved = fsim_zeroed(terms, sizeof *x->moved)) &&
                (x->journeys = fsim_zeroed(x->sparse.n_entries, sizeof *x->journeys)) &&
                (x->leads = fsim_zeroed(x->sparse.n_entries, sizeof *x->leads)) &&
                (x->scratch = fsim_zeroed(n, sizeof *x->scratch)) &&
                (x->weight = fsim_zeroed(x->net.s->n_outcomes, sizeof(double))) &&
                (x->by_share = fsim_zeroed(terms, sizeof(double))) &&
                (x->by_scale = fsim_zeroed(terms, sizeof(double))) &&
                (x->levers = fsim_zeroed(fsim_levers_most(x->net.s), sizeof *x->levers));
  for (int order = 0; order < 3 && enough; order++)
    enough = (x->into[order] = fsim_zeroed(n, sizeof(double))) &&
             (x->from[order] = fsim_zeroed(n, sizeof(double)));
  return enough;
}

int fsim_long_run_make(const fsim_scenario *scenario, size_t profile, fsim_report *report,
                       fsim_long_run **long_run) {
  *long_run = NULL;
  int status = fsim_network_paceless(scenario, report);
  if (status != FSIM_OK) return status;
  fsim_long_run *x = fsim_zeroed(1, sizeof *x);
  if (!x) return fsim_no_memory(report);
  status = fsim_network_make(scenario, profile, report, &x->net);
  if (status == FSIM_OK) status = fsim_network_fits(&x->net, report);
  if (status == FSIM_OK && !get_memory(x)) status = fsim_no_memory(report);
  if (status == FSIM_OK) status = set_terms(x, report);
  if (status != FSIM_OK) {
    fsim_long_run_free(x);
    return status;
  }
  factorise(x, false, x->journeys);
  factorise(x, true, x->leads);
  x->n_levers = fsim_levers_list(scenario, x->levers);
  *long_run = x;
  return FSIM_OK;
}

void fsim_long_run_free(fsim_long_run *x) {
  if (!x) return;
  fsim_network_free(&x->net);
  fsim_sparse_free(&x->sparse);
  free(x->moment);
  free(x->moved);
  free(x->journeys);
  free(x->leads);
  free(x->scratch);
  free(x->weight);
  free(x->by_share);
  free(x->by_scale);
  free(x->levers);
  for (int order = 0; order < 3; order++) {
    free(x->into[order]);
    free(x->from[order]);
  }
  free(x);
}

size_t fsim_long_run_n_levers(const fsim_long_run *x) {
  return x->n_levers;
}

/* ---- solutions ---- */

static void solve(fsim_long_run *x, bool links, bool left, double *v) {
  size_t n = x->net.n_nodes;
  const fsim_complex *entries = links ? x->leads : x->journeys;
  for (size_t i = 0; i < n; i++) x->scratch[i] = v[i];
  if (left)
    fsim_sparse_solve_left(&x->sparse, entries, x->scratch);
  else
    fsim_sparse_solve(&x->sparse, entries, x->scratch);
  for (size_t i = 0; i < n; i++) v[i] = creal(x->scratch[i]);
}

static void clear(const fsim_long_run *x, double *v) {
  for (size_t i = 0; i < x->net.n_nodes; i++) v[i] = 0;
}

/* Adds times * (moments of an order) * v, of one journey's stages; or v * moments when `left`. */
static void add_moments(const fsim_long_run *x, int order, bool left, double times, const double *v,
                        double *sum) {
  for (size_t t = 0; t < x->net.n_terms; t++) {
    const fsim_exact_term *term = &x->net.terms[t];
    if (is_link(term)) continue;
    double m = times * term->share * order_of(&x->moment[t], order);
    if (left)
      sum[term->to] += v[term->from] * m;
    else
      sum[term->from] += m * v[term->to];
  }
}

/* What follows from each node: from[0] holds what each is worth by itself. */
static void solve_back(fsim_long_run *x, bool links, int orders) {
  solve(x, links, false, x->from[0]);
  for (int order = 1; order <= orders; order++) {
    clear(x, x->from[order]);
    add_moments(x, order, false, 1, x->from[0], x->from[order]);
    if (order == 2) add_moments(x, 1, false, 2, x->from[1], x->from[2]);
    solve(x, links, false, x->from[order]);
  }
}

/* How a node is reached: into[0] holds where one begins. */
static void solve_forward(fsim_long_run *x, bool links, int orders) {
  solve(x, links, true, x->into[0]);
  for (int order = 1; order <= orders; order++) {
    clear(x, x->into[order]);
    add_moments(x, order, true, 1, x->into[0], x->into[order]);
    if (order == 2) add_moments(x, 1, true, 2, x->into[1], x->into[2]);
    solve(x, links, true, x->into[order]);
  }
}

/* d E[T^order weight] by the moments of one term. */
static double gain(const fsim_long_run *x, const fsim_exact_term *term, const fsim_moments *m,
                   int order) {
  size_t i = term->from, j = term->to;
  const double *h[] = {x->from[0] + j, x->from[1] + j, x->from[2] + j};
  double one = *h[0] * m->p;
  if (order == 0) return x->into[0][i] * one;
  double two = *h[1] * m->p + *h[0] * m->first;
  if (order == 1) return x->into[0][i] * two + x->into[1][i] * one;
  double three = *h[2] * m->p + 2 * *h[1] * m->first + *h[0] * m->second;
  return x->into[0][i] * three + 2 * x->into[1][i] * two + x->into[2][i] * one;
}

static void tell_levers(fsim_long_run *x, bool links, int order, double *by_lever) {
  for (size_t t = 0; t < x->net.n_terms; t++) {
    const fsim_exact_term *term = &x->net.terms[t];
    bool counts = links || !is_link(term);
    x->by_share[t] = counts ? gain(x, term, &x->moment[t], order) : 0;
    x->by_scale[t] = counts ? gain(x, term, &x->moved[t], order) : 0;
  }
  for (size_t l = 0; l < x->n_levers; l++)
    by_lever[l] = x->levers[l].kind == FSIM_EXACT_RATE
                      ? 0
                      : fsim_lever_sum(&x->net, &x->levers[l], x->by_share, x->by_scale);
}

/* ---- answers ---- */

static void set_worth(fsim_long_run *x) {
  clear(x, x->from[0]);
  for (size_t o = 0; o < x->net.s->n_outcomes; o++)
    x->from[0][x->net.first_outcome + o] = x->weight[o];
}

static void set_entry(fsim_long_run *x, size_t funnel) {
  clear(x, x->into[0]);
  x->into[0][x->net.fresh[x->net.s->funnels[funnel].entry]] = 1;
}

/* d[order][lever] of E[T^order weight]; the last figure asked for becomes the answer. */
static void ask_times(fsim_long_run *x, const fsim_long_run_question *q, double *d[3],
                      double *answer) {
  int orders = q->figure == FSIM_LONG_RUN_SHARE ? 0 : q->figure == FSIM_LONG_RUN_MEAN ? 1 : 2;
  size_t entry = x->net.fresh[x->net.s->funnels[q->funnel].entry];
  set_worth(x);
  set_entry(x, q->funnel);
  solve_back(x, false, orders);
  solve_forward(x, false, orders);
  for (int order = 0; order <= orders; order++) tell_levers(x, false, order, d[order]);
  double share = x->from[0][entry], mean = x->from[1][entry] / share;
  double square = x->from[2][entry] / share;
  *answer = orders == 0 ? share : orders == 1 ? mean : square - mean * mean;
  if (orders > 0 && !(share > 0)) *answer = NAN;
  for (size_t l = 0; l < x->n_levers; l++) {
    double d_mean = (d[1][l] - mean * d[0][l]) / share;
    double d_square = (d[2][l] - square * d[0][l]) / share;
    if (orders == 0) continue;
    d[0][l] = orders == 1 ? d_mean : d_square - 2 * mean * d_mean;
  }
}

static void ask_visits(fsim_long_run *x, const fsim_long_run_question *q, double *d,
                       double *answer) {
  size_t funnel = x->net.s->stages[q->stage].funnel;
  clear(x, x->from[0]);
  for (size_t i = 0; i < x->net.first_outcome; i++) x->from[0][i] = x->net.stage[i] == q->stage;
  set_entry(x, funnel);
  solve_back(x, false, 0);
  solve_forward(x, false, 0);
  tell_levers(x, false, 0, d);
  *answer = x->from[0][x->net.fresh[x->net.s->funnels[funnel].entry]];
}

/* Journeys of one circle of links may start more than one other each. */
static int ask_flow(fsim_long_run *x, fsim_report *report, double *d, double *answer) {
  const fsim_scenario *s = x->net.s;
  set_worth(x);
  clear(x, x->into[0]);
  for (size_t i = 0; i < s->n_streams; i++)
    x->into[0][x->net.fresh[s->funnels[s->streams[i].into].entry]] +=
        fsim_network_rate(&x->net, &s->streams[i]);
  solve_back(x, true, 0);
  solve_forward(x, true, 0);
  *answer = 0;
  for (size_t i = 0; i < x->net.n_nodes; i++) {
    double flow = x->into[0][i];
    if (!(flow > -1e-12 && isfinite(flow) && isfinite(x->from[0][i])))
      return fsim_bad_input(report, FSIM_NOWHERE,
                            "links lead leads round in a circle for ever: give one of them a "
                            "probability below 1");
    if (i >= x->net.first_outcome) *answer += x->weight[i - x->net.first_outcome] * flow;
  }
  tell_levers(x, true, 0, d);
  for (size_t l = 0; l < x->n_levers; l++) {
    if (x->levers[l].kind != FSIM_EXACT_RATE) continue;
    const fsim_stream *stream = &s->streams[x->levers[l].number];
    d[l] = fsim_network_rate(&x->net, stream) *
           x->from[0][x->net.fresh[s->funnels[stream->into].entry]];
  }
  return FSIM_OK;
}

/* ---- at an age ---- */

static size_t node_of(const fsim_network *net, fsim_target target) {
  return target.is_outcome ? net->first_outcome + target.index : net->fresh[target.index];
}

typedef struct aged {
  const fsim_stage *stage;
  const fsim_stage_law *law;
  double age_s, end_s, open;
  size_t rule_node;
} aged;

static int begin_at_age(fsim_long_run *x, const fsim_long_run_question *q, fsim_report *report,
                        aged *a) {
  const fsim_stage_law *law = fsim_stage_law_of(x->net.s, 0, x->net.profile, q->stage);
  *a = (aged){.stage = &x->net.s->stages[q->stage], .law = law, .end_s = INFINITY};
  /* At age 0 all are open, also where waits of 0 s end at once. */
  a->age_s = q->age_s > 0 ? q->age_s : -1;
  if (law->expire.set) {
    a->end_s = law->expire.after_s;
    a->rule_node = node_of(&x->net, law->expire.to);
  }
  a->open = fsim_stage_open(a->stage, law, a->age_s);
  clear(x, x->into[0]);
  if (!(a->open > 0) || a->age_s >= a->end_s) return FSIM_OK;
  for (size_t k = 0; k < a->stage->n_exits; k++) {
    double p;
    int status = fsim_stage_exit_between(a->stage, law, k, a->age_s, a->end_s, report, &p);
    if (status != FSIM_OK) return status;
    x->into[0][node_of(&x->net, a->stage->exits[k].target)] += p / a->open;
  }
  if (law->expire.set)
    x->into[0][a->rule_node] += fsim_stage_open(a->stage, law, a->end_s) / a->open;
  return FSIM_OK;
}

/* The present visit's own exit k: the answer by its probability, and by the scale of its wait. */
static void own_exit(const fsim_long_run *x, const aged *a, size_t k, double win, double *by_share,
                     double *by_scale) {
  const fsim_distribution *wait = a->law->waits[k];
  double to = x->from[0][node_of(&x->net, a->stage->exits[k].target)], rule = 0;
  double left = 0, left_moved = 0;
  if (isfinite(a->end_s)) {
    rule = x->from[0][a->rule_node];
    left = fsim_survival(wait, a->end_s);
    left_moved = -fsim_exact_moved_cdf(wait, a->end_s);
  }
  double open = fsim_survival(wait, a->age_s), moved = -fsim_exact_moved_cdf(wait, a->age_s);
  *by_share = ((open - left) * to + left * rule - win * open) / a->open;
  *by_scale = ((moved - left_moved) * to + left_moved * rule - win * moved) / a->open;
}

/* Adds what the levers of the stage do to the present visit itself. */
static void add_own(const fsim_long_run *x, const aged *a, size_t stage, double win, double *d) {
  for (size_t l = 0; l < x->n_levers && !a->stage->race; l++) {
    const fsim_exact_lever *lever = &x->levers[l];
    bool exit = lever->kind == FSIM_EXACT_EXIT;
    if (lever->stage != stage || (!exit && lever->kind != FSIM_EXACT_WAIT)) continue;
    double own = exit ? a->law->probability[lever->exit] : 0;
    for (size_t k = 0; k < a->stage->n_exits; k++) {
      double by_share, by_scale, p = a->law->probability[k];
      own_exit(x, a, k, win, &by_share, &by_scale);
      if (!exit)
        d[l] += p * by_scale;
      else if (k == lever->exit)
        d[l] += by_share;
      else if (own < 1)
        d[l] -= p / (1 - own) * by_share;
    }
  }
}

static int ask_age(fsim_long_run *x, const fsim_long_run_question *q, fsim_report *report,
                   double *d, double *answer) {
  aged a;
  int status = begin_at_age(x, q, report, &a);
  if (status != FSIM_OK) return status;
  set_worth(x);
  solve_back(x, false, 0);
  *answer = 0;
  for (size_t i = 0; i < x->net.n_nodes; i++) *answer += x->into[0][i] * x->from[0][i];
  if (!(a.open > 0) || a.age_s >= a.end_s) *answer = NAN;
  solve_forward(x, false, 0);
  tell_levers(x, false, 0, d);
  add_own(x, &a, q->stage, *answer, d);
  return FSIM_OK;
}

int fsim_long_run_ask(fsim_long_run *x, const fsim_long_run_question *q, fsim_report *report,
                      double *answer, fsim_exact_lever *levers) {
  double *d = fsim_zeroed(3 * x->n_levers, sizeof *d);
  if (!d) return fsim_no_memory(report);
  double *orders[] = {d, d + x->n_levers, d + 2 * x->n_levers};
  int status = FSIM_OK;
  for (size_t o = 0; o < x->net.s->n_outcomes; o++)
    x->weight[o] = q->weight ? q->weight[o] : x->net.s->outcomes[o].win;
  if (q->figure == FSIM_LONG_RUN_VISITS)
    ask_visits(x, q, d, answer);
  else if (q->figure == FSIM_LONG_RUN_FLOW)
    status = ask_flow(x, report, d, answer);
  else if (q->figure == FSIM_LONG_RUN_WIN_AT_AGE)
    status = ask_age(x, q, report, d, answer);
  else
    ask_times(x, q, orders, answer);
  for (size_t l = 0; l < x->n_levers && levers && status == FSIM_OK; l++) {
    levers[l] = x->levers[l];
    levers[l].derivative = d[l];
  }
  free(d);
  return status;
}
