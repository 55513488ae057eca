#include "sim/exact/kernel.h"

#include <gsl/gsl_fft_halfcomplex.h>
#include <gsl/gsl_fft_real.h>
#include <math.h>

#define SCALE_STEP 1e-4 /* relative, of the one density that has no closed form here */
#define WRAP 1e-12      /* what the end of the transform's circle adds to its beginning */

fsim_exact_grid fsim_exact_grid_of(double horizon_s, size_t n, size_t length) {
  return (fsim_exact_grid){.step_s = horizon_s / (double)n,
                           .n = n,
                           .length = length,
                           .damping = -log(WRAP) / (double)length};
}

static bool untruncated(const fsim_distribution *d) {
  return d->lowest == -INFINITY && d->highest == INFINITY;
}

/* Laws with steps have exact integrals; `until` cuts the law, not the time. */
static double integral_of_steps(const fsim_distribution *d, double t, double until) {
  if (d->n == 0) {
    double at = fsim_mean(d);
    return at <= until && at < t ? t - at : 0;
  }
  double sum = 0;
  for (size_t i = 0; i < d->n; i++) {
    double at = d->shift + d->scale * d->values[i];
    if (at <= until && at < t) sum += d->weights[i] * (t - at);
  }
  return sum;
}

static double simpson(const fsim_distribution *d, double from, double to) {
  return (to - from) / 6 * (fsim_cdf(d, from) + 4 * fsim_cdf(d, (from + to) / 2) + fsim_cdf(d, to));
}

double fsim_exact_moved_cdf(const fsim_distribution *d, double t) {
  return (fsim_cdf(d, t / (1 + SCALE_STEP)) - fsim_cdf(d, t / (1 - SCALE_STEP))) / (2 * SCALE_STEP);
}

static void integrate_steps(const fsim_exact_grid *grid, const fsim_distribution *d, double until,
                            double *integral, double *moved) {
  for (size_t k = 0; k <= grid->n + 1; k++) {
    double t = grid->step_s * (double)k;
    integral[k] = integral_of_steps(d, t, until);
    /* I_s(t) = s I(t / s), so dI / d log s = I(t) - t F(t). */
    if (moved) moved[k] = integral[k] - t * fsim_cdf(d, fmin(t, until));
  }
}

void fsim_exact_integrate(const fsim_exact_grid *grid, const fsim_distribution *d,
                          double deadline_s, double *integral, double *moved) {
  if (d->family->discrete && untruncated(d)) {
    integrate_steps(grid, d, deadline_s, integral, moved);
    return;
  }
  double at_deadline = isfinite(deadline_s) ? fsim_cdf(d, deadline_s) : 1;
  double drift = isfinite(deadline_s) ? fsim_exact_moved_cdf(d, deadline_s) : 0;
  double until = 0, sum = 0; /* sum: the integral up to `until` */
  for (size_t k = 0; k <= grid->n + 1; k++) {
    double t = grid->step_s * (double)k, end = fmin(t, deadline_s);
    if (end > until) sum += simpson(d, until, end);
    until = end;
    integral[k] = sum + at_deadline * (t - end);
    if (moved) moved[k] = sum - end * fsim_cdf(d, end) + (t > end ? drift * (t - end) : 0);
  }
}

void fsim_exact_integrate_rule(const fsim_exact_grid *grid, const fsim_distribution *d,
                               double deadline_s, double *integral, double *moved) {
  double share = fsim_survival(d, deadline_s), drift = -fsim_exact_moved_cdf(d, deadline_s);
  for (size_t k = 0; k <= grid->n + 1; k++) {
    double over = fmax(grid->step_s * (double)k - deadline_s, 0);
    integral[k] = share * over;
    if (moved) moved[k] = drift * over;
  }
}

static double all_open(const fsim_stage *stage, const fsim_stage_law *law, double t) {
  double open = 1;
  for (size_t k = 0; k < stage->n_exits; k++) open *= fsim_survival(law->waits[k], t);
  return open;
}

/* The part of clock k in what ends between two times: what it loses, the others at their means. */
static double part_of(const fsim_stage *stage, const fsim_stage_law *law, size_t k, double from,
                      double to) {
  double part = fsim_survival(law->waits[k], from) - fsim_survival(law->waits[k], to);
  for (size_t j = 0; j < stage->n_exits; j++) {
    if (j != k) part *= (fsim_survival(law->waits[j], from) + fsim_survival(law->waits[j], to)) / 2;
  }
  return part;
}

void fsim_exact_pieces(const fsim_stage *stage, const fsim_stage_law *law, size_t exit,
                       const double *t_s, size_t n, double *piece) {
  for (size_t i = 0; i + 1 < n; i++) {
    double from = t_s[i], to = t_s[i + 1], sum = 0;
    if (!stage->race) {
      piece[i] = law->probability[exit] *
                 (fsim_survival(law->waits[exit], from) - fsim_survival(law->waits[exit], to));
      continue;
    }
    for (size_t k = 0; k < stage->n_exits; k++) sum += part_of(stage, law, k, from, to);
    double ended = all_open(stage, law, from) - all_open(stage, law, to);
    piece[i] = sum > 0 ? ended * part_of(stage, law, exit, from, to) / sum : 0;
  }
}

void fsim_exact_transform(const fsim_exact_grid *grid, double *values) {
  for (size_t k = 0; k <= grid->n; k++) values[k] *= exp(-grid->damping * (double)k);
  for (size_t k = grid->n + 1; k < grid->length; k++) values[k] = 0;
  gsl_fft_real_radix2_transform(values, 1, grid->length);
}

void fsim_exact_values(const fsim_exact_grid *grid, double *spectrum) {
  gsl_fft_halfcomplex_radix2_inverse(spectrum, 1, grid->length);
  for (size_t k = 0; k <= grid->n; k++) spectrum[k] *= exp(grid->damping * (double)k);
}

void fsim_exact_kernel(const fsim_exact_grid *grid, const double *integral, double *spectrum) {
  spectrum[0] = (integral[1] - integral[0]) / grid->step_s;
  for (size_t k = 1; k <= grid->n; k++)
    spectrum[k] = (integral[k + 1] - 2 * integral[k] + integral[k - 1]) / grid->step_s;
  fsim_exact_transform(grid, spectrum);
}
