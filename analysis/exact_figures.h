/* Everything that is known of a scenario without simulating it, by funnel and group: what
 * `funnelsim run --engine exact` prints. */
#ifndef FSIM_ANALYSIS_EXACT_FIGURES_H
#define FSIM_ANALYSIS_EXACT_FIGURES_H

#include <stdio.h>

#include "sim/exact/exact.h"

/* Ages in a stage at which the probability of winning is told. */
enum { FSIM_EXACT_AGES = 6 };
extern const double fsim_exact_age_days[FSIM_EXACT_AGES];

/* Means over the leads of the group; times are those of the long run, in seconds. */
typedef struct fsim_exact_funnel {
  size_t funnel, group; /* 0: all leads; else 1 + value of the attribute */
  double journeys;      /* begun within the horizon, open deals of the start not */
  double won, value;    /* in the window, open deals of the start too */
  double open;          /* at the horizon */
  double conversion;    /* eventual, of those begun */
  double cycle_mean_s, cycle_variance_s2; /* start to end, whatever the outcome */
  double win_mean_s, win_variance_s2;     /* of those that win */
} fsim_exact_funnel;

typedef struct fsim_exact_stage {
  size_t stage, group;
  double visits, open;         /* begun within the horizon; there at the horizon */
  double win[FSIM_EXACT_AGES]; /* P(win | first visit, still there at that age); NAN: nobody is */
} fsim_exact_stage;

/* A lever, and what one unit of it does to the window's wins and their value. */
typedef struct fsim_exact_effect {
  fsim_exact_lever lever;
  double *won; /* [n_funnels] derivatives of the wins of each funnel */
  double value;
} fsim_exact_effect;

typedef struct fsim_exact_figures {
  const fsim_scenario *scenario; /* not owned */
  size_t attribute, n_groups;    /* 1: only all leads */
  fsim_exact *exact;
  fsim_exact_funnel *funnels; /* [n_funnels][n_groups] */
  fsim_exact_stage *stages;   /* [n_stages][n_groups] */
  double *ended;              /* [n_outcomes][n_groups] in the window */
  fsim_exact_effect *effects; /* [exact->n_levers] */
  double *won_by_lever;       /* [n_levers][n_funnels], owner of the effects' arrays */
  bool valued;
  double error, lever_error, balance; /* the largest of all solutions */
} fsim_exact_figures;

/* FSIM_BAD_INPUT, with the reason, where there is no exact answer. `attribute`: its values are the
 * groups. */
int fsim_exact_figures_make(const fsim_scenario *scenario, size_t attribute, fsim_report *report,
                            fsim_exact_figures **figures);
void fsim_exact_figures_free(fsim_exact_figures *figures);

/* As the path of a --set: "basic.stages.offer.exits.won"; the caller frees; NULL: memory is out. */
char *fsim_exact_lever_path(const fsim_scenario *scenario, const fsim_exact_lever *lever);
/* The practical step ("+1 pp", "-10 %", "+10 %") and its size in the lever's units. */
const char *fsim_exact_lever_step(const fsim_exact_lever *lever, double *size);

/* `medians`: uncertain numbers stand at their medians. FSIM_FAILED when `out` cannot be written. */
int fsim_exact_figures_text(const fsim_exact_figures *figures, bool medians, FILE *out,
                            fsim_report *report);
int fsim_exact_figures_json(const fsim_exact_figures *figures, bool medians, FILE *out,
                            fsim_report *report);

#endif
