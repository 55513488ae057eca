/* Expected figures of a scenario without teams, within its horizon, without simulating it.
 *
 * Journeys visit nodes: the states of each funnel (a stage and, where `max_visits` counts, its
 * visits so far) and the outcomes, which links lead on from. Expected entries N of all nodes solve
 * N(z) (I - Q(z)) = A(z), where Q holds the waits on a grid of times and A the arrivals (Pyke 1961;
 * Harris 1963 for forks). Inverted by a damped Fourier transform (Abate & Whitt 1992) on two grids,
 * one twice as fine, and extrapolated (Richardson 1911); their difference is the error estimate.
 *
 * Uncertain numbers stand as in the scenario that is given: realise it at FSIM_CENTRAL for the
 * answer at their medians, or at a pair for that draw. Refused, with the reason in the report:
 * teams, paces, and changes on dates that alter laws (changes of rates are fine). */
#ifndef FSIM_EXACT_EXACT_H
#define FSIM_EXACT_EXACT_H

#include "sim/model/scenario.h"

typedef enum fsim_exact_kind {
  FSIM_EXACT_EXIT, /* one exit's probability; the other exits shrink in proportion */
  FSIM_EXACT_WAIT, /* the log of all waits of a stage: 0.01 is 1 % longer; not in a race */
  FSIM_EXACT_RATE, /* the log of a stream's number of leads */
  FSIM_EXACT_LINK  /* a link's probability */
} fsim_exact_kind;

/* One lever, in all profiles at once, and the derivative of a figure with respect to it. */
typedef struct fsim_exact_lever {
  fsim_exact_kind kind;
  uint16_t stage, exit; /* exit, wait: global stage, number of the exit */
  uint16_t number;      /* rate: stream; link: link */
  double derivative;    /* NAN: of an exit that some profile never takes, as nothing is known of
                           where it leads */
} fsim_exact_lever;

typedef struct fsim_exact {
  size_t n_weeks;   /* the last may be cut by the horizon */
  double *journeys; /* [n_profiles][n_funnels] begun in each funnel */
  double *visits;   /* [n_profiles][n_stages] begun in each stage; open deals of the start not */
  double *ended;    /* [n_profiles][n_outcomes] */
  double *open;     /* [n_profiles][n_stages] still there at the horizon */
  double *windowed; /* [n_profiles][n_outcomes] ended in the window, after the warm-up */
  double *weekly;   /* [n_outcomes][n_weeks] ended in each week */
  double *value;    /* [n_outcomes] of what ended so, deals at their law's mean */
  fsim_exact_lever *levers; /* rules (drop ages) stand still when a lever moves, and so do the exits
                               and waits of the present stage of deals open at the start */
  size_t n_levers;
  double error;       /* largest change of a figure by the extrapolation, of 1 + the figure */
  double lever_error; /* the same of derivatives */
  double balance;     /* largest |begun - ended - open| of a funnel, of 1 + begun */
} fsim_exact;

/* The metric of the derivatives is the sum over profiles and outcomes of weight * windowed, both
 * [n_profiles][n_outcomes]; NULL: each win counts 1. */
int fsim_exact_make(const fsim_scenario *scenario, const double *weight, fsim_report *report,
                    fsim_exact **exact);
void fsim_exact_free(fsim_exact *exact);
/* Mean value of a journey in the funnel, for leads of one profile; 0 where it has none. */
double fsim_exact_mean_value(const fsim_scenario *scenario, size_t profile, size_t funnel);

#endif
