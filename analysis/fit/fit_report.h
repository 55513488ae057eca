/* The fit report: what was estimated, from how many cases, how sure it is, and for each stage a
 * plot of the data against the model. One HTML page that needs nothing beside it, and JSON of the
 * same. */
#ifndef FSIM_ANALYSIS_FIT_FIT_REPORT_H
#define FSIM_ANALYSIS_FIT_FIT_REPORT_H

#include "analysis/fit/drift.h"
#include "analysis/fit/fitted_set.h"
#include "analysis/fit/incidence.h"
#include "analysis/fit/past_errors.h"
#include "analysis/fit/stage_curves.h"

typedef struct fsim_fit_report {
  const fsim_log *log; /* not owned, nor these two */
  const fsim_fitted_funnel *fitted;
  const fsim_past_errors *errors;
  const fsim_fitted_teams *teams; /* NULL: none were looked for; not owned */
  fsim_win_rates rates;
  fsim_drift drift;
  fsim_stage_curves *stage; /* [fitted->n_stages] */
} fsim_fit_report;

/* Free with fsim_fit_report_free also after an error. */
int fsim_fit_report_make(const fsim_log *log, const fsim_fitted_funnel *fitted,
                         const fsim_past_errors *errors, fsim_report *report,
                         fsim_fit_report *made);
void fsim_fit_report_free(fsim_fit_report *made);

/* Appends the page. Check text->failed. */
void fsim_fit_report_html(const fsim_fit_report *made, fsim_text *text);
/* The same with the teams and links of the set whose funnel `funnel` it is about. The caller frees
 * *json. */
int fsim_fit_report_json(const fsim_fit_report *made, const fsim_fitted_set *set, size_t funnel,
                         fsim_report *report, char **json);

/* A time in words, "3.5 d"; "-" when it is not known. */
const char *fsim_fit_span(double seconds, char *buffer, size_t size);

#endif
