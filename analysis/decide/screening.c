#include "analysis/decide/screening.h"

#include <math.h>
#include <stdlib.h>

#include "analysis/decide/points.h"
#include "sim/base/array.h"

/* Trajectories: enough to tell what matters from what does not. */
#define USUAL_TRAJECTORIES 30
/* Uncertain numbers go between these quantiles: their ends may be infinite. */
#define LEAST_UNIFORM 0.05
#define MOST_UNIFORM 0.95

/* The uniform number of an input at a place of its range. */
static double uniform_at(const fsim_input *input, double place) {
  return input->uncertain ? LEAST_UNIFORM + place * (MOST_UNIFORM - LEAST_UNIFORM) : place;
}

/* Where an input really is within its range: whole numbers cannot be anywhere. */
static double share_of(const fsim_input *input, double place) {
  if (input->uncertain) return place;
  const fsim_vary *vary = &input->vary;
  bool whole = vary->kind == FSIM_VARY_WHOLE;
  double low = whole ? ceil(vary->low) : vary->low, high = whole ? floor(vary->high) : vary->high;
  return high > low ? (fsim_input_value(input, place) - low) / (high - low) : place;
}

typedef struct work {
  fsim_screening *s;
  const fsim_global_options *options;
  fsim_morris_design design;
  double *u;     /* [trajectories][inputs + 1][inputs] */
  double *moves; /* [trajectories][inputs] */
  double *y;
} work;

static int plan_points(work *w, fsim_report *report) {
  fsim_screening *s = w->s;
  fsim_inputs_options choice = w->options->inputs;
  choice.practical = true;
  int status = fsim_inputs_make(s->variant, &choice, report, &s->inputs);
  if (status != FSIM_OK) return status;
  size_t d = s->inputs.n, n = w->options->base > 0 ? w->options->base : USUAL_TRAJECTORIES;
  s->trajectories = n;
  status = fsim_morris_make(d, n, s->variant->scenario->seed, report, &w->design);
  if (status != FSIM_OK) return status;
  w->u = fsim_zeroed(n * (d + 1), d * sizeof *w->u);
  w->moves = fsim_zeroed(n, d * sizeof *w->moves);
  if (w->u == NULL || w->moves == NULL) return fsim_no_memory(report);
  for (size_t k = 0; k < n * (d + 1) * d; k++)
    w->u[k] = uniform_at(&s->inputs.list[k % d], w->design.at[k]);
  for (size_t t = 0; t < n; t++) {
    for (size_t step = 0; step < d; step++) {
      size_t input = w->design.moved[t * d + step];
      const double *from = w->design.at + (t * (d + 1) + step) * d;
      w->moves[t * d + step] = share_of(&s->inputs.list[input], from[d + input]) -
                               share_of(&s->inputs.list[input], from[input]);
    }
  }
  return FSIM_OK;
}

static int estimate(work *w, fsim_report *report) {
  fsim_screening *s = w->s;
  size_t d = s->inputs.n, values = s->trajectories * (d + 1) * 2;
  s->effects = fsim_zeroed(s->n_measures * d, sizeof *s->effects);
  s->means = fsim_zeroed(s->n_measures, sizeof *s->means);
  double *means = fsim_zeroed(s->trajectories, sizeof *means);
  int status = s->effects && s->means && means ? FSIM_OK : fsim_no_memory(report);
  double together = 1 - (1 - s->confidence) / (double)(d + 1); /* the largest is one more */
  for (size_t m = 0; m < s->n_measures && status == FSIM_OK; m++) {
    const double *y = w->y + m * values;
    size_t own = values / s->trajectories;
    for (size_t t = 0; t < s->trajectories; t++) means[t] = fsim_moments_of(y + t * own, own).mean;
    s->means[m] = fsim_interval_mean(means, s->trajectories, s->confidence);
    status = fsim_morris_estimate(&w->design, y, w->moves, s->confidence, together, report,
                                  s->effects + m * d);
  }
  free(means);
  return status;
}

int fsim_screening_make(const fsim_variant *variant, const fsim_global_options *options,
                        fsim_report *report, fsim_screening **screening) {
  fsim_screening *s = *screening = fsim_zeroed(1, sizeof *s);
  if (s == NULL) return fsim_no_memory(report);
  s->variant = variant;
  s->confidence = options->confidence > 0 ? options->confidence : variant->scenario->confidence;
  work w = {.s = s, .options = options};
  int status = fsim_points_measures(variant, options->metrics, options->n_metrics, report,
                                    &s->names, &s->measures, &s->n_measures);
  if (status == FSIM_OK) status = plan_points(&w, report);
  if (status == FSIM_OK) {
    fsim_points_options run = {.names = s->names,
                               .n_names = s->n_measures,
                               .threads = options->threads,
                               .progress = options->progress,
                               .context = options->context};
    status = fsim_points_run(&s->inputs, w.u, s->trajectories, s->inputs.n + 1, &run, report, &w.y);
  }
  if (status == FSIM_OK) status = estimate(&w, report);
  fsim_morris_free(&w.design);
  free(w.u);
  free(w.moves);
  free(w.y);
  return status;
}

void fsim_screening_free(fsim_screening *s) {
  if (s == NULL) return;
  fsim_points_measures_free(s->names, s->measures, s->n_measures);
  fsim_inputs_free(&s->inputs);
  free(s->means);
  free(s->effects);
  free(s);
}

fsim_screen_verdict fsim_screening_verdict(const fsim_screening *s, size_t measure, size_t input) {
  const fsim_morris_effect *effects = s->effects + measure * s->inputs.n;
  double largest = 0;
  for (size_t i = 0; i < s->inputs.n; i++) largest = fmax(largest, effects[i].least);
  if (effects[input].nothing || effects[input].most < FSIM_SCREEN_SHARE * largest)
    return FSIM_SCREEN_LEAVE_OUT;
  return effects[input].least > 0 ? FSIM_SCREEN_MATTERS : FSIM_SCREEN_UNSETTLED;
}
