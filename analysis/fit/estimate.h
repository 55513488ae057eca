/* What a log says about a funnel: when cases leave their stages, how many arrive, what they bring.
 *
 * Everything here is data; model_text.h writes it as a model and a scenario. */
#ifndef FSIM_ANALYSIS_FIT_ESTIMATE_H
#define FSIM_ANALYSIS_FIT_ESTIMATE_H

#include "analysis/fit/arrivals.h"
#include "analysis/fit/hazard.h"
#include "analysis/fit/laws.h"
#include "analysis/fit/quiet_weeks.h"
#include "analysis/fit/segments.h"
#include "analysis/fit/teams.h"
#include "analysis/fit/value_segments.h"
#include "sim/base/text.h"

typedef struct fsim_fit_options {
  int64_t since; /* rates and arrivals from what was observed from then on, FSIM_NO_TIME: all */
  bool calendar; /* look for months of the quarter that differ */
  bool laws;     /* describe stages by laws where these fit */
  bool teams;    /* look for teams where work is recorded (fsim_estimate_set) */
  size_t n_plain_stages; /* of the log's stages, further ones are work; 0: all are plain */
  bool segments;         /* tell values of attributes apart where they differ */
} fsim_fit_options;

/* How much all wins of a week swing together beyond chance. */
typedef struct fsim_week_swing {
  double cv;      /* of the weekly factor: what is written */
  double sigma;   /* error of its logarithm */
  double seen;    /* the same from this log alone; NAN: too few wins to tell */
  size_t n_weeks; /* complete weeks that rates are fitted to; 0: not estimated */
} fsim_week_swing;

typedef struct fsim_fitted_stage {
  char *name; /* as the model writes it */
  fsim_hazard hazard;
  fsim_stage_fit *laws;    /* NULL: none fits (or none was asked for), the rates hold */
  fsim_stage_fit *refused; /* laws that were tried and do not fit; NULL */
  double distance; /* of the best laws from the data, as a share of all that enter; NAN: none
                    * were tried */
  bool unreached;  /* no case entered it from another stage: the entry gets an exit to it that is
                    * never taken, since a model's stages must be reachable */
  bool instant;    /* all stays ended in the moment they began: shares, and no times */
  bool stuck;      /* no case was seen to get from it to an outcome: it gets an exit to one that is
                    * never taken */
  size_t n_open;   /* cases in it at the end of the log */
  bool is_work;    /* a queue and the work of a team: no waits are fitted */
  const fsim_fitted_work *work; /* of such a stage; not owned */
  const char *team;             /* who does it; not owned */
  size_t n_stale; /* of these: older than any stay that ended; left out of the pipeline */
} fsim_fitted_stage;

typedef struct fsim_fitted_funnel {
  char *name;
  char **outcome; /* [n_outcomes] names as the model writes them */
  size_t n_outcomes;
  fsim_funnel_stays stays;
  fsim_fitted_stage *stage; /* [n_stages] */
  size_t n_stages;
  size_t entry;
  fsim_arrivals arrivals;
  fsim_week_swing swing;      /* of orders: in the first funnel, for all (fsim_estimate_set) */
  fsim_quiet_weeks quiet;     /* none is looked for in orders */
  fsim_week_pace *pace;       /* of stages that swing; NULL: of orders */
  fsim_week_pace *quiet_pace; /* of other stages */
  double *value;              /* sorted values of cases that won; NULL when there are none */
  size_t n_values;
  fsim_fitted_attributes attributes;
  fsim_stage_segments *segments; /* [n_stages]; n_terms 0: all values leave the stage alike */
  fsim_value_segments value_segments;
} fsim_fitted_funnel;

/* Fits one funnel of a log. Free with fsim_fitted_free also after an error. */
int fsim_estimate(const fsim_log *log, size_t funnel, const fsim_fit_options *options,
                  fsim_report *report, fsim_fitted_funnel *fitted);
void fsim_fitted_free(fsim_fitted_funnel *fitted);

/* The ages of a stage's stays, [stage->n] of them: what laws and curves are fitted to. Where times
 * are dates, an end after k days came between k - 1/2 and k + 1/2 after a beginning at noon, and
 * has the age k - 1/2 (a resolution of a day follows it); ages of open stays, and those from which
 * stays are under observation, are days and a half (-1/2: from the beginning). */
void fsim_stay_ages(const fsim_stage_stays *stage, bool by_day, fsim_stay *stay);

/* Whether an open stay is older than any that ended, so that nothing is known of its future. */
bool fsim_fitted_is_stale(const fsim_fitted_funnel *fitted, size_t stage,
                          const fsim_dated_stay *stay);

/* Whether some stay that was fitted left by this exit. */
bool fsim_fitted_leads_to(const fsim_fitted_funnel *fitted, size_t stage, size_t exit);

/* Tells values of attributes apart in stages and in what wins bring, once these are fitted. */
int fsim_fit_segments(const fsim_log *log, fsim_fitted_funnel *fitted, fsim_report *report);

/* The rates of a stage as they are written: of a split one those with all factors of values at 1,
 * else the fitted ones. Not to be freed. */
fsim_hazard fsim_fitted_rates(const fsim_fitted_funnel *fitted, size_t stage);

/* Whether laws at this distance from the data (fsim_fit_distance) describe so many ends. */
bool fsim_laws_are_close(double distance, double ends);

/* What an exit of a stage is called in the model. */
const char *fsim_fitted_exit_name(const fsim_fitted_funnel *fitted, size_t stage, size_t exit);
/* Where a case goes that never leaves: an outcome that is no win, long after anything else. */
size_t fsim_outcome_of_never(const fsim_log_funnel *funnel);

/* A name as model files and paths want it: lower case, letters, digits and dashes; the caller
 * frees; NULL = memory. `taken` are names that it must differ from. */
char *fsim_model_name(const char *name, char *const *taken, size_t n_taken);

#endif
