#include "sim/model/stage_numbers.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_integration.h>
#include <math.h>
#include <stdlib.h>

#include "sim/random/sampler.h"

#define RELATIVE_ERROR 1e-11
#define PIECES 400 /* of GSL's doubly adaptive rule */

/* An integrand and where it must be split. */
typedef struct integral {
  double (*f)(double x, void *context);
  void *context;
  const double *split; /* rising */
  size_t n_splits;
} integral;

/* A piece without its very ends: there laws jump, and rounding decides on which side one looks. */
#define INSET 1e-12

typedef struct inner {
  const integral *of;
  double begin, width;
} inner;

static double inner_at(double x, void *context) {
  const inner *in = context;
  double share = (x - in->begin) / in->width;
  return in->of->f(in->begin + in->width * (INSET + share * (1 - 2 * INSET)), in->of->context);
}

/* Over [from, to], piece by piece between the splits (CQUAD: Gonnet 2010). */
static int integrate(const integral *what, double from, double to,
                     gsl_integration_cquad_workspace *w, double *sum) {
  inner in = {what, from, 0};
  gsl_function f = {inner_at, &in};
  double begin = from;
  *sum = 0;
  for (size_t i = 0; i <= what->n_splits && begin < to; i++) {
    double end = i < what->n_splits ? what->split[i] : to, part;
    if (end > to) end = to;
    if (!(end > begin)) continue;
    in.begin = begin;
    in.width = end - begin;
    if (gsl_integration_cquad(&f, begin, end, 0, RELATIVE_ERROR, w, &part, NULL, NULL) !=
            GSL_SUCCESS ||
        !isfinite(part))
      return FSIM_FAILED;
    *sum += part;
    begin = end;
  }
  return FSIM_OK;
}

static int not_converging(fsim_report *report, const fsim_stage *stage) {
  return fsim_failure(report, FSIM_NOWHERE,
                      "the waits of stage %s cannot be integrated: check their parameters",
                      stage->name);
}

void fsim_moments_add(fsim_moments *m, double mean_s, double variance_s2) {
  double square = variance_s2 + mean_s * mean_s;
  m->second += 2 * mean_s * m->first + m->p * square;
  m->first += m->p * mean_s;
}

/* ---- exits drawn when the visit begins ---- */

typedef struct moment_of {
  const fsim_distribution *law;
  int order;
} moment_of;

/* d/dt t^n times the survival: its integral is E[min(X, d)^n]. */
static double capped(double t, void *context) {
  const moment_of *of = context;
  return (of->order == 1 ? 1 : 2 * t) * fsim_survival(of->law, t);
}

/* Of one wait up to the deadline; a law without moments is cut where drawn waits are. */
static int wait_moments(const fsim_distribution *law, double deadline_s, const fsim_times *times,
                        gsl_integration_cquad_workspace *w, fsim_moments *in) {
  double mean = fsim_mean(law), variance = fsim_variance(law);
  if (!(deadline_s < INFINITY) && isfinite(mean) && isfinite(variance)) {
    *in = (fsim_moments){1, mean, variance + mean * mean};
    return FSIM_OK;
  }
  double end = deadline_s < FSIM_LONGEST_WAIT_S ? deadline_s : FSIM_LONGEST_WAIT_S;
  double open = fsim_survival(law, end);
  moment_of of = {law, 1};
  integral what = {capped, &of, times->time, times->n};
  int status = integrate(&what, 0, end, w, &in->first);
  of.order = 2;
  if (status == FSIM_OK) status = integrate(&what, 0, end, w, &in->second);
  if (deadline_s < FSIM_LONGEST_WAIT_S) { /* leave out those that are cut off */
    in->p = fsim_cdf(law, end);
    in->first -= end * open;
    in->second -= end * end * open;
  } else {
    in->p = 1;
  }
  return status;
}

static int mixture_moments(const fsim_stage *stage, const fsim_stage_law *law, double deadline_s,
                           const fsim_times *times, gsl_integration_cquad_workspace *w,
                           fsim_moments *moments) {
  fsim_moments in = {0}, *rule = &moments[stage->n_exits];
  for (size_t k = 0; k < stage->n_exits; k++) {
    if (k == 0 || law->waits[k] != law->waits[k - 1]) {
      int status = wait_moments(law->waits[k], deadline_s, times, w, &in);
      if (status != FSIM_OK) return status;
    }
    double p = law->probability[k];
    moments[k] = (fsim_moments){p * in.p, p * in.first, p * in.second};
    if (deadline_s < FSIM_LONGEST_WAIT_S) rule->p += p * fsim_survival(law->waits[k], deadline_s);
  }
  return FSIM_OK;
}

/* ---- races ---- */

typedef struct incidence {
  const fsim_stage *stage;
  const fsim_stage_law *law;
  size_t exit;
  int order;
} incidence;

/* P(all other clocks run on at t); at a tie the first exit wins. */
static double others_open(const incidence *of, double t) {
  double open = 1;
  for (size_t j = 0; j < of->stage->n_exits && open > 0; j++) {
    if (j == of->exit) continue;
    double at = j < of->exit ? t : nextafter(t, -1);
    open *= fsim_survival(of->law->waits[j], at);
  }
  return open;
}

/* On the scale u = F_k(t) no density is needed. */
static double incidence_at(double u, void *context) {
  const incidence *of = context;
  double t = fsim_quantile(of->law->waits[of->exit], u);
  if (!(t > 0)) t = 0;
  double open = others_open(of, t);
  if (!(open > 0)) return 0;
  return of->order == 0 ? open : of->order == 1 ? t * open : t * t * open;
}

/* E[T^n; exit k, from < T <= to]. */
static int race_moment(const incidence *of, const fsim_times *times, double from, double to,
                       gsl_integration_cquad_workspace *w, double *moment) {
  const fsim_distribution *law = of->law->waits[of->exit];
  double *split = malloc((2 * times->n + 1) * sizeof *split);
  if (!split) return FSIM_FAILED;
  size_t n = 0;
  for (size_t i = 0; i < times->n; i++) { /* both ends of a jump */
    double t = times->time[i], before = fsim_cdf(law, nextafter(t, -1)), after = fsim_cdf(law, t);
    if (n == 0 || before > split[n - 1]) split[n++] = before;
    if (after > split[n - 1]) split[n++] = after;
  }
  incidence own = *of;
  integral what = {incidence_at, &own, split, n};
  double begin = from > 0 ? fsim_cdf(law, from) : 0;
  int status = integrate(&what, begin, to < INFINITY ? fsim_cdf(law, to) : 1, w, moment);
  free(split);
  return status;
}

static int race_moments(const fsim_stage *stage, const fsim_stage_law *law, double deadline_s,
                        const fsim_times *times, gsl_integration_cquad_workspace *w,
                        fsim_moments *moments) {
  /* Drawn times are cut there; also keeps laws without moments finite. */
  double end = deadline_s < FSIM_LONGEST_WAIT_S ? deadline_s : INFINITY;
  for (size_t k = 0; k < stage->n_exits; k++) {
    double *out[] = {&moments[k].p, &moments[k].first, &moments[k].second};
    for (int order = 0; order < 3; order++) {
      incidence of = {stage, law, k, order};
      int status = race_moment(&of, times, 0, end, w, out[order]);
      if (status != FSIM_OK) return status;
    }
  }
  if (end < INFINITY) moments[stage->n_exits].p = fsim_stage_open(stage, law, end);
  return FSIM_OK;
}

int fsim_stage_moments(const fsim_stage *stage, const fsim_stage_law *law, double deadline_s,
                       fsim_report *report, fsim_moments *moments) {
  int status = FSIM_OK;
  fsim_times times;
  fsim_times_of(stage, law, &times);
  gsl_integration_cquad_workspace *w = gsl_integration_cquad_workspace_alloc(PIECES);
  if (times.failed || !w) {
    status = fsim_no_memory(report);
    goto out;
  }
  for (size_t k = 0; k <= stage->n_exits; k++) moments[k] = (fsim_moments){0};
  status = stage->race ? race_moments(stage, law, deadline_s, &times, w, moments)
                       : mixture_moments(stage, law, deadline_s, &times, w, moments);
  if (status != FSIM_OK) {
    status = not_converging(report, stage);
    goto out;
  }
  fsim_moments *rule = &moments[stage->n_exits];
  if (rule->p > 0) {
    rule->first = rule->p * deadline_s;
    rule->second = rule->first * deadline_s;
  }
out:
  if (w) gsl_integration_cquad_workspace_free(w);
  free(times.time);
  return status;
}

/* ---- how long ---- */

double fsim_stage_open(const fsim_stage *stage, const fsim_stage_law *law, double t_s) {
  double open = stage->race ? 1 : 0;
  for (size_t k = 0; k < stage->n_exits; k++) {
    double s = fsim_survival(law->waits[k], t_s);
    if (stage->race) {
      open *= s;
    } else {
      open += law->probability[k] * s;
    }
  }
  return open;
}

double fsim_stage_open_until(const fsim_stage *stage, const fsim_stage_law *law, double deadline_s,
                             double share) {
  double low = 0, high = 0;
  for (size_t k = 0; k < stage->n_exits; k++) {
    if (!stage->race && !(law->probability[k] > 0)) continue;
    double t = fsim_upper_quantile(law->waits[k], share);
    if (t > high) high = t;
  }
  if (!(high < deadline_s)) high = deadline_s;
  if (fsim_stage_open(stage, law, 0) <= share) return 0;
  if (isfinite(high) && fsim_stage_open(stage, law, high) > share) return high;
  for (int i = 0; i < 200 && high - low > 1e-9 * high; i++) {
    double middle = 0.5 * (low + high);
    if (fsim_stage_open(stage, law, middle) > share) {
      low = middle;
    } else {
      high = middle;
    }
  }
  return high;
}

int fsim_stage_exit_pieces(const fsim_stage *stage, const fsim_stage_law *law, size_t exit,
                           const double *t_s, size_t n, fsim_report *report, double *between) {
  int status = FSIM_OK;
  fsim_times times;
  fsim_times_of(stage, law, &times);
  gsl_integration_cquad_workspace *w = gsl_integration_cquad_workspace_alloc(PIECES);
  const incidence of = {stage, law, exit, 0};
  if (times.failed || !w) status = fsim_no_memory(report);
  for (size_t i = 0; i + 1 < n && status == FSIM_OK; i++) {
    double to = t_s[i + 1], left = to < INFINITY ? fsim_survival(law->waits[exit], to) : 0;
    if (!stage->race)
      between[i] = law->probability[exit] * (fsim_survival(law->waits[exit], t_s[i]) - left);
    else if (race_moment(&of, &times, t_s[i], t_s[i + 1], w, &between[i]) != FSIM_OK)
      status = not_converging(report, stage);
  }
  if (w) gsl_integration_cquad_workspace_free(w);
  free(times.time);
  return status;
}

int fsim_stage_exit_between(const fsim_stage *stage, const fsim_stage_law *law, size_t exit,
                            double t_s, double until_s, fsim_report *report, double *probability) {
  const double ends[] = {t_s, until_s};
  return fsim_stage_exit_pieces(stage, law, exit, ends, 2, report, probability);
}
