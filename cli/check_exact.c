#include "cli/check_exact.h"

#include <math.h>

#include "sim/base/quantity.h"
#include "sim/exact/exact.h"

static double wins_a_week(const fsim_scenario *s, const fsim_exact *exact, size_t funnel) {
  const fsim_funnel *f = &s->funnels[funnel];
  double sum = 0, weeks = ((double)s->horizon_s - (double)s->warm_up_s) / FSIM_WEEK;
  for (size_t p = 0; p < s->n_profiles; p++)
    for (size_t o = f->first_outcome; o < (size_t)f->first_outcome + f->n_outcomes; o++)
      if (s->outcomes[o].win) sum += exact->windowed[p * s->n_outcomes + o];
  return sum / weeks;
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
  if (s->n_streams == 0) return FSIM_OK;
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
    failed = fprintf(out, "  %s: %s wins a week of the window, %s journeys open at the end\n",
                     s->funnels[f].name, said(weekly, exact->error, wins, sizeof wins),
                     said(open_at_end(s, exact, f), exact->error, open, sizeof open)) < 0;
  }
  if (!failed) failed = fputs("  more with: funnelsim run --engine exact\n", out) == EOF;
  fsim_exact_free(exact);
  return failed ? fsim_failure(report, FSIM_NOWHERE, "the output could not be written") : FSIM_OK;
}
