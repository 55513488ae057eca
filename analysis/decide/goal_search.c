/* The search of a backward plan: trying plans, narrowing one lever down, and the cheapest mix. */
#include "analysis/decide/goal_search.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/decide/difference.h"
#include "sim/base/array.h"
#include "sim/base/text.h"

/* Values on a line at first, and then between two; whole numbers that are all tried. */
enum { COARSE = 9, INNER = 3, MOST_WHOLE = 32, MOST_STEPS = 20 };

/* ---- trying plans ---- */

static int add_sets(const fsim_goal_search *s, const double *at, char **sets) {
  for (size_t v = 0; v < s->plan->n_vary; v++) {
    sets[v] = fsim_vary_set(&s->plan->vary[v], at[v]);
    if (sets[v] == NULL) return fsim_no_memory(s->report);
  }
  return FSIM_OK;
}

static int judge(const fsim_goal_search *s, const fsim_plan_job *job, fsim_tried *tried) {
  const fsim_goal_plan *p = s->plan;
  if (job->refused != NULL) {
    tried->refused = fsim_copy_text(job->refused, strlen(job->refused));
    return tried->refused == NULL ? fsim_no_memory(s->report) : FSIM_OK;
  }
  tried->reached = fsim_goal_reached(&job->outputs, &job->measures[0], 0, &p->goal, p->confidence);
  fsim_difference itself, spent;
  int status =
      fsim_difference_make(&job->outputs, &job->measures[0], &job->outputs, &job->measures[0], 0,
                           true, p->confidence, p->confidence, s->report, &itself);
  if (status == FSIM_OK)
    status =
        fsim_difference_make(&job->outputs, &job->measures[1], &job->outputs, &job->measures[1], 1,
                             true, p->confidence, p->confidence, s->report, &spent);
  if (status != FSIM_OK) return status;
  tried->mean = itself.base;
  tried->cost_per_week = job->team_cost_per_week + spent.base.estimate;
  return FSIM_OK;
}

int fsim_goal_run(const fsim_goal_search *s, fsim_plan_job *jobs, fsim_tried *tried, size_t n) {
  char *names[] = {s->plan->goal.metric, "spent"};
  fsim_plans_options run = {.names = names,
                            .n_names = 2,
                            .replications = s->plan->replications,
                            .threads = s->options->threads,
                            .progress = s->options->progress,
                            .context = s->options->context};
  int status = fsim_plans_run(s->plan->variant, jobs, n, &run, s->report);
  for (size_t i = 0; i < n && status == FSIM_OK; i++) status = judge(s, &jobs[i], &tried[i]);
  return status;
}

static size_t find_tried(const fsim_goal_plan *p, const double *at) {
  for (size_t i = 0; i < p->n_tried; i++) {
    bool same = true;
    for (size_t v = 0; v < p->n_vary; v++) same = same && p->tried[i].at[v] == at[v];
    if (same) return i;
  }
  return SIZE_MAX;
}

void fsim_goal_free_sets(char **sets, size_t n) {
  for (size_t i = 0; i < n; i++) free(sets[i]);
  free(sets);
}

int fsim_goal_try(const fsim_goal_search *s, double (*points)[FSIM_MOST_VARIED], size_t n) {
  fsim_goal_plan *p = s->plan;
  void *items = p->tried;
  if (fsim_grow(&items, &p->room, p->n_tried + n, sizeof *p->tried) != 0)
    return fsim_no_memory(s->report);
  p->tried = items;
  fsim_plan_job *jobs = fsim_zeroed(n, sizeof *jobs);
  char **sets = fsim_zeroed(n * FSIM_MOST_VARIED, sizeof *sets);
  if (jobs == NULL || sets == NULL) {
    free(jobs);
    free(sets);
    return fsim_no_memory(s->report);
  }
  size_t fresh = 0, first = p->n_tried;
  int status = FSIM_OK;
  for (size_t i = 0; i < n && status == FSIM_OK; i++) {
    if (find_tried(p, points[i]) != SIZE_MAX) continue;
    fsim_tried *tried = &p->tried[p->n_tried++];
    *tried = (fsim_tried){.reached = fsim_interval_none(), .mean = fsim_interval_none()};
    memcpy(tried->at, points[i], sizeof tried->at);
    status = add_sets(s, points[i], &sets[fresh * FSIM_MOST_VARIED]);
    jobs[fresh].also = (const char *const *)&sets[fresh * FSIM_MOST_VARIED];
    jobs[fresh].n_also = p->n_vary;
    fresh++;
  }
  if (status == FSIM_OK) status = fsim_goal_run(s, jobs, &p->tried[first], fresh);
  fsim_plan_jobs_free(jobs, fresh, 2);
  fsim_goal_free_sets(sets, n * FSIM_MOST_VARIED);
  return status;
}

/* ---- one lever ---- */

/* What must reach the probability: the estimate, or an end of its interval. */
typedef enum part { ESTIMATE, UPPER, LOWER } part;

static double part_of(const fsim_tried *tried, part which) {
  if (tried->refused != NULL) return 0;
  double value = which == ESTIMATE ? tried->reached.estimate
                 : which == UPPER  ? tried->reached.high
                                   : tried->reached.low;
  return isnan(value) ? 0 : value;
}

static double rounded(const fsim_vary *vary, double value) {
  return vary->kind == FSIM_VARY_WHOLE ? round(value) : value;
}

/* Value i of n from one end to the other. The ends are taken as they are, for by them plans are
 * found again: 0.03 + (0.3 - 0.03) is not 0.3. */
static double on_line(const fsim_vary *vary, double from, double to, size_t i, size_t n) {
  if (i == 0) return rounded(vary, from);
  if (i + 1 == n) return rounded(vary, to);
  return rounded(vary, from + (to - from) * (double)i / (double)(n - 1));
}

static int try_between(const fsim_goal_search *s, const double *fixed, size_t v, double from,
                       double to, size_t n) {
  double points[COARSE][FSIM_MOST_VARIED];
  for (size_t i = 0; i < n; i++) {
    memcpy(points[i], fixed, sizeof points[i]);
    points[i][v] = on_line(&s->plan->vary[v], from, to, i, n);
  }
  return fsim_goal_try(s, points, n);
}

/* Those tried with the other levers as in `fixed`, by the value of lever v. */
static size_t tried_on_line(const fsim_goal_plan *p, const double *fixed, size_t v, size_t *line) {
  size_t n = 0;
  for (size_t i = 0; i < p->n_tried; i++) {
    double at = p->tried[i].at[v];
    bool on =
        at >= rounded(&p->vary[v], p->vary[v].low) && at <= rounded(&p->vary[v], p->vary[v].high);
    for (size_t k = 0; k < p->n_vary; k++) on = on && (k == v || p->tried[i].at[k] == fixed[k]);
    if (!on) continue;
    size_t place = n++;
    while (place > 0 && p->tried[line[place - 1]].at[v] > p->tried[i].at[v]) {
      line[place] = line[place - 1];
      place--;
    }
    line[place] = i;
  }
  return n;
}

/* The first of the line, from the cheap end, at which `which` reaches the probability, and the one
 * before it; SIZE_MAX: none. */
static size_t crossing(const fsim_goal_plan *p, const size_t *line, size_t n, bool rising,
                       part which, size_t *before) {
  *before = SIZE_MAX;
  for (size_t k = 0; k < n; k++) {
    size_t i = line[rising ? k : n - 1 - k];
    if (part_of(&p->tried[i], which) >= p->probability) return i;
    *before = i;
  }
  return SIZE_MAX;
}

/* The neighbours of the plan on the line that reaches the target most often. */
static void around_best(const fsim_goal_plan *p, const size_t *line, size_t n, part which,
                        size_t *from, size_t *to) {
  size_t best = 0;
  for (size_t k = 1; k < n; k++)
    if (part_of(&p->tried[line[k]], which) > part_of(&p->tried[line[best]], which)) best = k;
  *from = line[best > 0 ? best - 1 : 0];
  *to = line[best + 1 < n ? best + 1 : n - 1];
}

/* Narrows down where `which` crosses; *found: the plan on the far side, SIZE_MAX: out of reach.
 * Where no plan reaches it yet, it is looked for around the best one: more of a lever may help up
 * to a point only. */
static int narrow(const fsim_goal_search *s, const double *fixed, size_t v, bool rising, part which,
                  size_t *found) {
  fsim_goal_plan *p = s->plan;
  double resolution = fsim_vary_resolution(&p->vary[v]);
  for (;;) {
    size_t *line = fsim_zeroed(p->n_tried, sizeof *line), before, beyond;
    if (line == NULL) return fsim_no_memory(s->report);
    size_t n = tried_on_line(p, fixed, v, line);
    *found = beyond = crossing(p, line, n, rising, which, &before);
    if (*found == SIZE_MAX) around_best(p, line, n, which, &before, &beyond);
    free(line);
    if (before == SIZE_MAX) return FSIM_OK;
    double a = p->tried[before].at[v], b = p->tried[beyond].at[v];
    if (fabs(b - a) <= resolution * (*found == SIZE_MAX ? 8 : 1)) return FSIM_OK;
    size_t had = p->n_tried;
    int status = try_between(s, fixed, v, a, b, INNER + 2);
    if (status != FSIM_OK || p->n_tried == had) return status;
  }
}

static bool rises(const fsim_goal_plan *p, const double *fixed, size_t v) {
  double low[FSIM_MOST_VARIED], high[FSIM_MOST_VARIED];
  memcpy(low, fixed, sizeof low);
  memcpy(high, fixed, sizeof high);
  low[v] = rounded(&p->vary[v], p->vary[v].low);
  high[v] = rounded(&p->vary[v], p->vary[v].high);
  size_t a = find_tried(p, low), b = find_tried(p, high);
  /* Equal probabilities (0 at both ends, say) are told apart by the mean. */
  double left = part_of(&p->tried[a], ESTIMATE), right = part_of(&p->tried[b], ESTIMATE);
  if (left != right) return right > left;
  bool up = p->tried[b].mean.estimate >= p->tried[a].mean.estimate;
  return up == p->goal.at_least;
}

/* More than noise against the direction: the ends of two intervals do not even touch. */
static void check_monotone(fsim_goal_plan *p, const double *fixed, size_t v, bool rising,
                           size_t *line) {
  size_t n = tried_on_line(p, fixed, v, line);
  for (size_t k = 0; k + 1 < n; k++) {
    const fsim_tried *a = &p->tried[line[k]], *b = &p->tried[line[k + 1]];
    const fsim_tried *less = rising ? a : b, *more = rising ? b : a;
    if (less->refused == NULL && more->refused == NULL && less->reached.low > more->reached.high)
      p->not_monotone = true;
  }
}

int fsim_goal_solve_one(const fsim_goal_search *s) {
  fsim_goal_plan *p = s->plan;
  double line_of[FSIM_MOST_VARIED];
  memcpy(line_of, p->tried[0].at, sizeof line_of);
  int status = try_between(s, line_of, 0, p->vary[0].low, p->vary[0].high, COARSE);
  if (status != FSIM_OK) return status;
  bool rising = rises(p, line_of, 0);
  size_t low = SIZE_MAX, high = SIZE_MAX;
  status = narrow(s, line_of, 0, rising, ESTIMATE, &p->answer);
  if (status == FSIM_OK) status = narrow(s, line_of, 0, rising, UPPER, &low);
  if (status == FSIM_OK) status = narrow(s, line_of, 0, rising, LOWER, &high);
  if (status != FSIM_OK) return status;
  p->low = low == SIZE_MAX ? NAN : p->tried[low].at[0];
  p->high = high == SIZE_MAX ? NAN : p->tried[high].at[0];
  size_t *line = fsim_zeroed(p->n_tried, sizeof *line);
  if (line == NULL) return fsim_no_memory(s->report);
  check_monotone(p, line_of, 0, rising, line);
  free(line);
  return FSIM_OK;
}

int fsim_goal_judge_again(const fsim_goal_search *s) {
  fsim_goal_plan *p = s->plan;
  p->again = (fsim_tried){.reached = fsim_interval_none(), .mean = fsim_interval_none()};
  if (p->answer == SIZE_MAX) return FSIM_OK;
  memcpy(p->again.at, p->tried[p->answer].at, sizeof p->again.at);
  fsim_plan_job *job = fsim_zeroed(1, sizeof *job);
  char **sets = fsim_zeroed(FSIM_MOST_VARIED, sizeof *sets);
  int status = job && sets ? add_sets(s, p->again.at, sets) : fsim_no_memory(s->report);
  if (status == FSIM_OK) {
    job->also = (const char *const *)sets;
    job->n_also = p->n_vary;
    job->outputs.first = p->replications;
    status = fsim_goal_run(s, job, &p->again, 1);
  }
  fsim_plan_jobs_free(job, job != NULL, 2);
  if (sets != NULL) fsim_goal_free_sets(sets, FSIM_MOST_VARIED);
  return status;
}

int fsim_goal_find_busiest(const fsim_goal_search *s) {
  fsim_goal_plan *p = s->plan;
  const fsim_scenario *scenario = p->variant->scenario;
  const size_t n = scenario->n_teams;
  if (p->answer != SIZE_MAX || p->n_vary == 0 || p->nearest == SIZE_MAX || n == 0) return FSIM_OK;
  fsim_plan_job *job = fsim_zeroed(1, sizeof *job);
  char **sets = fsim_zeroed(FSIM_MOST_VARIED, sizeof *sets),
       **names = fsim_zeroed(n, sizeof *names);
  int status =
      job && sets && names ? add_sets(s, p->tried[p->nearest].at, sets) : fsim_no_memory(s->report);
  for (size_t t = 0; t < n && status == FSIM_OK; t++) {
    fsim_text name = {0};
    fsim_text_append(&name, "teams.%s.utilisation", scenario->teams[t].name);
    names[t] = name.text;
    if (name.failed) status = fsim_no_memory(s->report);
  }
  if (status == FSIM_OK) {
    job->also = (const char *const *)sets;
    job->n_also = p->n_vary;
    const fsim_plans_options run = {.names = names,
                                    .n_names = n,
                                    .replications = p->replications,
                                    .threads = s->options->threads};
    status = fsim_plans_run(p->variant, job, 1, &run, s->report);
  }
  for (size_t t = 0; t < n && status == FSIM_OK && job->refused == NULL; t++) {
    fsim_difference itself;
    status =
        fsim_difference_make(&job->outputs, &job->measures[t], &job->outputs, &job->measures[t], t,
                             true, p->confidence, p->confidence, s->report, &itself);
    if (status == FSIM_OK && isfinite(itself.base.estimate) &&
        (p->busiest == SIZE_MAX || itself.base.estimate > p->busy.estimate)) {
      p->busiest = t;
      p->busy = itself.base;
    }
  }
  fsim_plan_jobs_free(job, job != NULL, n);
  if (sets != NULL) fsim_goal_free_sets(sets, FSIM_MOST_VARIED);
  if (names != NULL) fsim_goal_free_sets(names, n);
  return status;
}

/* ---- several levers ---- */

/* Where costs are the same: how far the levers are from what they are now. */
static double effort(const fsim_goal_plan *p, const fsim_tried *tried) {
  double sum = 0;
  for (size_t v = 0; v < p->n_vary; v++) {
    double now = p->vary[v].now;
    sum += fabs(tried->at[v] - now) / (now > 0 ? now : 1);
  }
  return sum;
}

static bool is_cheaper(const fsim_goal_plan *p, size_t a, size_t b) {
  if (b == SIZE_MAX) return true;
  const fsim_tried *x = &p->tried[a], *y = &p->tried[b];
  /* Costs of leads vary by chance with the plan: less than a thousandth is the same. */
  double gap = x->cost_per_week - y->cost_per_week;
  if (fabs(gap) > 1e-3 * fabs(y->cost_per_week)) return gap < 0;
  return effort(p, x) < effort(p, y);
}

/* The cheap end of the line costs more than the best mix so far: nothing on it is cheaper. */
static bool is_dear(const fsim_goal_plan *p, const double *fixed, size_t v, bool rising) {
  double end[FSIM_MOST_VARIED];
  if (p->answer == SIZE_MAX) return false;
  memcpy(end, fixed, sizeof end);
  end[v] = rounded(&p->vary[v], rising ? p->vary[v].low : p->vary[v].high);
  const fsim_tried *t = &p->tried[find_tried(p, end)];
  double best = p->tried[p->answer].cost_per_week;
  return t->refused == NULL && t->cost_per_week > best + 1e-3 * fabs(best);
}

/* The cheapest on the line of the last lever with the others as in `fixed`. */
static int solve_line(const fsim_goal_search *s, const double *fixed) {
  fsim_goal_plan *p = s->plan;
  size_t v = p->n_vary - 1, found = SIZE_MAX;
  const fsim_vary *vary = &p->vary[v];
  int status = try_between(s, fixed, v, vary->low, vary->high, INNER + 2);
  if (status != FSIM_OK) return status;
  bool rising = rises(p, fixed, v);
  if (is_dear(p, fixed, v, rising)) return FSIM_OK;
  status = narrow(s, fixed, v, rising, ESTIMATE, &found);
  if (status == FSIM_OK && found != SIZE_MAX && is_cheaper(p, found, p->answer)) p->answer = found;
  return status;
}

/* Values of an outer lever: every whole number, or a grid. */
static size_t grid_of(const fsim_vary *vary) {
  double span = vary->high - vary->low;
  return vary->kind == FSIM_VARY_WHOLE && span < MOST_WHOLE ? (size_t)span + 1 : COARSE;
}

static int solve_grid(const fsim_goal_search *s, double *fixed, size_t v) {
  const fsim_vary *vary = &s->plan->vary[v];
  if (v + 1 >= s->plan->n_vary || v + 1 >= FSIM_MOST_VARIED) return solve_line(s, fixed);
  size_t n = grid_of(vary);
  int status = FSIM_OK;
  for (size_t i = 0; i < n && status == FSIM_OK; i++) {
    fixed[v] = on_line(vary, vary->low, vary->high, i, n);
    status = solve_grid(s, fixed, v + 1);
  }
  return status;
}

/* One outer lever of the best mix moved by `step` either way, within its bounds. */
static int step_aside(const fsim_goal_search *s, size_t v, double step) {
  fsim_goal_plan *p = s->plan;
  const fsim_vary *vary = &p->vary[v];
  double from[FSIM_MOST_VARIED];
  memcpy(from, p->tried[p->answer].at, sizeof from);
  int status = FSIM_OK;
  for (int sign = -1; sign <= 1 && status == FSIM_OK; sign += 2) {
    double fixed[FSIM_MOST_VARIED];
    memcpy(fixed, from, sizeof fixed);
    fixed[v] = rounded(vary, from[v] + sign * step);
    if (fixed[v] < vary->low || fixed[v] > vary->high) continue;
    status = solve_line(s, fixed);
  }
  return status;
}

/* From the best of the grid on by steps of half the length, and half of that (a pattern search:
 * Hooke & Jeeves, Journal of the ACM 8, 1961), down to 1/64 of the bounds or to whole numbers. */
static int refine(const fsim_goal_search *s) {
  fsim_goal_plan *p = s->plan;
  int status = FSIM_OK, steps = 0;
  for (double share = 1.0 / (2 * (COARSE - 1)); share >= 1.0 / 64 && status == FSIM_OK;) {
    size_t before = p->answer;
    for (size_t v = 0; v + 1 < p->n_vary && status == FSIM_OK; v++) {
      const fsim_vary *vary = &p->vary[v];
      bool whole = vary->kind == FSIM_VARY_WHOLE;
      double step = share * (vary->high - vary->low);
      if (whole && grid_of(vary) != COARSE) continue; /* all were tried */
      status = step_aside(s, v, whole ? fmax(1, round(step)) : step);
    }
    if (p->answer == before || ++steps > MOST_STEPS) share /= 2;
  }
  return status;
}

int fsim_goal_solve_mix(const fsim_goal_search *s) {
  double fixed[FSIM_MOST_VARIED] = {0};
  int status = solve_grid(s, fixed, 0);
  return status == FSIM_OK && s->plan->answer != SIZE_MAX ? refine(s) : status;
}
