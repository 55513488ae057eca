#include "analysis/fit/likelihood.h"

#include <math.h>
#include <stdlib.h>

#include "analysis/fit/law_kinds.h"
#include "sim/base/array.h"

/* Above so many different stays, ages are rounded to steps of two in a hundred before they are
 * grouped: a law's spread of a tenth would grow by a six-hundredth of itself (Sheppard 1898). */
#define MOST_EXACT 500
#define ROUNDING 0.01

void fsim_grouped_free(fsim_grouped *grouped) {
  free(grouped->stay);
  *grouped = (fsim_grouped){0};
}

static int compare_stays(const void *left, const void *right) {
  const fsim_stay *a = left, *b = right;
  if (a->exit != b->exit) return a->exit < b->exit ? -1 : 1;
  return (a->to > b->to) - (a->to < b->to);
}

static void merge(fsim_grouped *g) {
  qsort(g->stay, g->n, sizeof *g->stay, compare_stays);
  size_t n = 0;
  for (size_t i = 0; i < g->n; i++) {
    if (n > 0 && compare_stays(&g->stay[n - 1], &g->stay[i]) == 0)
      g->stay[n - 1].weight += g->stay[i].weight;
    else
      g->stay[n++] = g->stay[i];
  }
  g->n = n;
}

static double rounded(double age) {
  return age > 0 ? exp(ROUNDING * 2 * floor(log(age) / (ROUNDING * 2) + 0.5)) : age;
}

int fsim_group_stays(const fsim_stays *stays, fsim_report *report, fsim_grouped *g) {
  *g = (fsim_grouped){.n_exits = stays->n_exits, .unit = 1};
  g->stay = fsim_zeroed(2 * stays->n, sizeof *g->stay);
  if (g->stay == NULL) return fsim_no_memory(report);
  double sum = 0, smallest = INFINITY;
  for (size_t i = 0; i < stays->n; i++) {
    const fsim_stay *stay = &stays->stay[i];
    const double weight = (double)stay->weight, to = stay->to;
    g->stay[g->n++] = (fsim_stay){0, to, stay->exit, stay->weight};
    /* Divided by what is open then: as a stay that was open at that age, taken away. */
    if (stay->from > 0) g->stay[g->n++] = (fsim_stay){0, stay->from, -1, -stay->weight};
    g->n_stays += weight;
    if (to > 0 && to < smallest) smallest = to;
    if (to > g->longest) g->longest = to;
    if (stay->exit < 0) continue;
    g->n_ends += weight;
    sum += weight * to;
  }
  if (sum > 0) g->unit = sum / g->n_ends;
  g->resolution = stays->resolution / g->unit;
  merge(g);
  const bool round = g->n > MOST_EXACT && stays->resolution == 0;
  for (size_t i = 0; i < g->n; i++) {
    g->stay[i].to /= g->unit;
    if (round) g->stay[i].to = rounded(g->stay[i].to);
  }
  if (round) merge(g);
  for (size_t i = 0; i < g->n && g->resolution == 0; i++) {
    if (g->stay[i].exit >= 0 && g->stay[i].to > 0)
      g->log_units += (double)g->stay[i].weight * log(g->unit);
  }
  g->longest /= g->unit;
  g->zero_resolution = isfinite(smallest) ? smallest / g->unit : 1;
  return FSIM_OK;
}

/* ---- laws from theta ---- */

size_t fsim_count_theta(const fsim_law_spec *spec, size_t n_exits, bool may_never) {
  size_t n = n_exits - 1 + may_never;
  for (size_t k = 0; k < n_exits; k++) {
    n += spec[k].n_parts - 1;
    for (size_t i = 0; i < spec[k].n_parts; i++) n += fsim_law_parameters(spec[k].kind[i]);
  }
  return n;
}

static double logistic(double x) {
  return 1 / (1 + exp(-x));
}

void fsim_laws_from_theta(const fsim_law_model *m, const double *theta, fsim_exit_law *exit,
                          double *never) {
  const size_t n = m->data->n_exits;
  const double *at = theta + n - 1 + m->may_never;
  double most = 0, sum = 0;
  for (size_t i = 0; i < n - 1 + m->may_never; i++) most = fmax(most, theta[i]);
  for (size_t k = 0; k < n; k++) {
    exit[k].share = exp((k == 0 ? 0 : theta[k - 1]) - most);
    sum += exit[k].share;
  }
  *never = m->may_never ? exp(theta[n - 1] - most) : 0;
  sum += *never;
  *never /= sum;
  for (size_t k = 0; k < n; k++) {
    const fsim_law_spec *spec = &m->spec[k];
    exit[k].share /= sum;
    exit[k].n_parts = spec->n_parts;
    exit[k].part[0].weight = spec->n_parts == 1 ? 1 : logistic(*at++);
    exit[k].part[1].weight = 1 - exit[k].part[0].weight;
    for (size_t i = 0; i < spec->n_parts; i++) {
      exit[k].part[i].kind = spec->kind[i];
      for (size_t p = 0; p < fsim_law_parameters(spec->kind[i]); p++)
        exit[k].part[i].parameter[p] = exp(fmin(fmax(*at++, -30), 30));
    }
  }
}

double fsim_exit_survival(const fsim_exit_law *law, double t) {
  double sum = 0;
  for (size_t i = 0; i < law->n_parts; i++)
    sum += law->part[i].weight *
           fsim_law_entries[law->part[i].kind].survival(t, law->part[i].parameter);
  return sum;
}

static double density(const fsim_exit_law *law, double t) {
  double sum = 0;
  for (size_t i = 0; i < law->n_parts; i++)
    sum += law->part[i].weight *
           exp(fsim_law_entries[law->part[i].kind].log_density(t, law->part[i].parameter));
  return sum;
}

/* ---- the likelihood ---- */

static double open_share(const fsim_exit_law *exit, size_t n, double never, double age) {
  double sum = never;
  for (size_t k = 0; k < n; k++) sum += exit[k].share * fsim_exit_survival(&exit[k], age);
  return sum;
}

/* Probability of an end in its step of time, or its density where times are exact. */
static double end_probability(const fsim_grouped *g, const fsim_exit_law *law, double t) {
  double step = g->resolution > 0 ? g->resolution : t > 0 ? 0 : g->zero_resolution;
  if (step > 0) return (t > 0 ? fsim_exit_survival(law, t) : 1) - fsim_exit_survival(law, t + step);
  return density(law, t);
}

/* What cannot be counts against the laws, also where it is divided by. */
static double weighted_log(double weight, double p) {
  return p > 1e-300 ? weight * log(p) : fabs(weight) * log(1e-300);
}

static double probability(const fsim_grouped *g, const fsim_stay *stay, const fsim_exit_law *exit,
                          double never) {
  return stay->exit < 0 ? open_share(exit, g->n_exits, never, stay->to)
                        : exit[stay->exit].share * end_probability(g, &exit[stay->exit], stay->to);
}

double fsim_log_likelihood_of_stay(const fsim_grouped *g, const fsim_stay *stay,
                                   const fsim_exit_law *exit, double never) {
  const double log_p = weighted_log(1, probability(g, stay, exit, never));
  if (!(stay->from > 0)) return log_p;
  return log_p + weighted_log(-1, open_share(exit, g->n_exits, never, stay->from));
}

static double in_unit_of_ages(const fsim_grouped *g, double sum) {
  return isfinite(sum) ? sum - g->log_units : -1e300;
}

double fsim_log_likelihood_of_laws(const fsim_grouped *g, const fsim_exit_law *exit, double never) {
  double sum = 0;
  for (size_t i = 0; i < g->n; i++)
    sum += weighted_log((double)g->stay[i].weight, probability(g, &g->stay[i], exit, never));
  return in_unit_of_ages(g, sum);
}

/* ---- the same by columns ---- */

int fsim_law_columns_make(const fsim_grouped *g, fsim_report *report, fsim_law_columns *columns) {
  *columns = (fsim_law_columns){.law = fsim_zeroed(g->n_exits, sizeof *columns->law),
                                .to = fsim_zeroed(g->n_exits * g->n, sizeof *columns->to)};
  return columns->law && columns->to ? FSIM_OK : fsim_no_memory(report);
}

void fsim_law_columns_free(fsim_law_columns *columns) {
  free(columns->law);
  free(columns->to);
  *columns = (fsim_law_columns){0};
}

static bool is_same_law(const fsim_exit_law *a, const fsim_exit_law *b) {
  if (a->n_parts != b->n_parts) return false;
  for (size_t i = 0; i < a->n_parts; i++) {
    if (a->part[i].kind != b->part[i].kind || a->part[i].weight != b->part[i].weight) return false;
    for (size_t p = 0; p < fsim_law_parameters(a->part[i].kind); p++) {
      if (a->part[i].parameter[p] != b->part[i].parameter[p]) return false;
    }
  }
  return true;
}

static void fill_column(const fsim_grouped *g, size_t exit, const fsim_exit_law *law,
                        fsim_law_columns *columns) {
  double *to = columns->to + exit * g->n;
  for (size_t i = 0; i < g->n; i++) {
    const fsim_stay *stay = &g->stay[i];
    if (stay->exit < 0)
      to[i] = fsim_exit_survival(law, stay->to);
    else if (stay->exit == (int32_t)exit)
      to[i] = end_probability(g, law, stay->to);
  }
  columns->law[exit] = *law;
}

static double open_in_column(const fsim_grouped *g, const double *column, size_t row,
                             const fsim_exit_law *exit, double never) {
  double sum = never;
  for (size_t k = 0; k < g->n_exits; k++) sum += exit[k].share * column[k * g->n + row];
  return sum;
}

double fsim_log_likelihood(const fsim_law_model *m, const double *theta) {
  const fsim_grouped *g = m->data;
  fsim_law_columns *c = m->columns;
  fsim_exit_law exit[FSIM_MOST_THETA];
  double never, sum = 0;
  fsim_laws_from_theta(m, theta, exit, &never);
  for (size_t k = 0; k < g->n_exits; k++) {
    if (!is_same_law(&c->law[k], &exit[k])) fill_column(g, k, &exit[k], c);
  }
  for (size_t i = 0; i < g->n; i++) {
    const fsim_stay *stay = &g->stay[i];
    const double p = stay->exit < 0 ? open_in_column(g, c->to, i, exit, never)
                                    : exit[stay->exit].share * c->to[(size_t)stay->exit * g->n + i];
    sum += weighted_log((double)stay->weight, p);
  }
  return in_unit_of_ages(g, sum);
}
