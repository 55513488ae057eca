#include "cli/check_exact.h"

#include <math.h>

#include "sim/base/quantity.h"
#include "sim/exact/exact.h"

static bool has_teams(const fsim_scenario *s) {
  for (size_t i = 0; i < s->n_profiles * s->n_stages; i++)
    if (s->versions[0].stages[i].work.set) return true;
  return false;
}

/* Whole weeks of the window; the exact figures come by the week. */
static double wins_a_week(const fsim_scenario *s, const fsim_exact *exact, size_t funnel) {
  const fsim_funnel *f = &s->funnels[funnel];
  size_t first = (size_t)ceil(s->warm_up_s / FSIM_WEEK);
  size_t end = (size_t)(s->horizon_s / FSIM_WEEK);
  double sum = 0;
  if (end > exact->n_weeks) end = exact->n_weeks;
  if (end <= first) return NAN;
  for (size_t o = f->first_outcome; o < (size_t)f->first_outcome + f->n_outcomes; o++)
    for (size_t w = first; w < end && s->outcomes[o].win; w++)
      sum += exact->weekly[o * exact->n_weeks + w];
  return sum / (double)(end - first);
}

static double open_at_end(const fsim_scenario *s, const fsim_exact *exact, size_t funnel) {
  const fsim_funnel *f = &s->funnels[funnel];
  double sum = 0;
  for (size_t p = 0; p < s->n_profiles; p++)
    for (size_t i = f->first_stage; i < (size_t)f->first_stage + f->n_stages; i++)
      sum += exact->open[p * s->n_stages + i];
  return sum;
}

/* Digits as far as the inversion's own error goes. */
static char *said(double value, double error, char *buffer, size_t size) {
  double half = 10 * error * (1 + fabs(value));
  double least = 5e-4 * fabs(value);
  return fsim_format_rounded(value, half > least ? half : least, buffer, size);
}

int fsim_print_exact(const fsim_scenario *s, bool medians, FILE *out, fsim_report *report) {
  fsim_exact *exact = NULL;
  if (s->n_streams == 0 || s->n_changes > 0 || has_teams(s)) return FSIM_OK;
  /* A model beyond the engine's reach is no mistake: only its refusal goes unheard. */
  fsim_report *own = fsim_report_new();
  if (own == NULL) return fsim_no_memory(report);
  int status = fsim_exact_make(s, NULL, own, &exact);
  fsim_report_free(own);
  if (status == FSIM_BAD_INPUT) return FSIM_OK;
  if (status != FSIM_OK) return fsim_no_memory(report); /* all else that can fail there */
  bool failed = fprintf(out, "\nExpected within the horizon, exactly%s\n",
                        medians ? " (uncertain numbers at their medians)" : "") < 0;
  for (size_t f = 0; f < s->n_funnels && !failed; f++) {
    char wins[64], open[64];
    double weekly = wins_a_week(s, exact, f);
    if (!isfinite(weekly)) continue;
    failed = fprintf(out, "  %s: %s wins a week of the window, %s journeys open at the end\n",
                     s->funnels[f].name, said(weekly, exact->error, wins, sizeof wins),
                     said(open_at_end(s, exact, f), exact->error, open, sizeof open)) < 0;
  }
  fsim_exact_free(exact);
  return failed ? fsim_failure(report, FSIM_NOWHERE, "the output could not be written") : FSIM_OK;
}
