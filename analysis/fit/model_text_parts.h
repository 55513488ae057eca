/* Numbers and laws as fitted files write them. Private to this folder. */
#ifndef FSIM_ANALYSIS_FIT_MODEL_TEXT_PARTS_H
#define FSIM_ANALYSIS_FIT_MODEL_TEXT_PARTS_H

#include "analysis/fit/clock.h"
#include "analysis/fit/model_text.h"

#define FSIM_NEVER_TEXT "7300 d" /* twenty years: what the data never saw */

/* A span of time from seconds. */
void fsim_append_age(fsim_text *text, double seconds);
/* A number that is not known well: lognormal, sigma of its logarithm; 0: the number itself. */
void fsim_append_unsure(fsim_text *text, double median, double sigma);
/* A factor on waits that is not known well: the rates that it divides keep their mean. */
void fsim_append_scale(fsim_text *text, double sigma);
/* {values: […], weights: […]}, a few numbers to a line; the last is what was never seen, with odds
 * that are unsure by odds_sigma. */
void fsim_append_clock(fsim_text *text, const fsim_clock *clock, double odds_sigma,
                       const char *indent);

/* What the swing of weeks leaves unsure of a stage's pace. */
double fsim_stage_swing_error(const fsim_log *log, const fsim_fitted_funnel *fitted, size_t stage);

/* The exits of a stage that is split and that no law describes: shares and waits as they were seen.
 */
int fsim_append_exits_by_shares(const fsim_log *log, const fsim_fitted_funnel *fitted, size_t stage,
                                const fsim_model_text_options *options, fsim_text *text,
                                fsim_report *report);
/* Whether the stage is written with waits: not where all leave at once, nor as work. */
bool fsim_stage_has_clocks(const fsim_fitted_funnel *fitted, size_t stage);
/* Months of the quarter in which a stage all but rests are told by the pace of its clocks, which
 * also holds for deals in it: their ages go on where they stopped. Milder differences are told by
 * other laws for those that enter then. */
bool fsim_stage_rests(const fsim_fitted_funnel *fitted, size_t stage);
int fsim_write_scenario(const fsim_log *log, const fsim_fitted_set *set,
                        const fsim_model_text_options *options, fsim_text *text,
                        fsim_report *report);
/* Changes for the quiet weeks of a funnel that come again within the horizon, which begins on day
 * `start`; `stream`: of its new cases. *begun: `changes:` stands there already. */
void fsim_append_holidays(const fsim_fitted_funnel *fitted, const char *stream, int32_t start,
                          int weeks, fsim_text *text, bool *begun);
/* Of the which-th funnel of the set, as CSV. */
void fsim_write_open_deals(const fsim_log *log, const fsim_fitted_set *set, size_t which,
                           fsim_text *text);
/* A stage of work: the team, working time and patience, exits. */
int fsim_append_work_stage(const fsim_fitted_funnel *fitted, size_t stage, fsim_text *text,
                           fsim_report *report);
/* [{days: mon-fri, from: "09:00", to: "17:00"}] */
void fsim_append_hours(fsim_text *text, const fsim_hours *hours);
/* The first weekday from `first` on that is open, and how many days in a row have its hours; 7 when
 * there is none. */
size_t fsim_hours_group(const fsim_hours *hours, size_t first, size_t *days);
/* mon-fri */
void fsim_append_weekdays(fsim_text *text, size_t first, size_t days);
/* How sure the opening and closing of a weekday are, in a sentence without a full stop. */
void fsim_append_hours_doubt(fsim_text *text, const fsim_hours *hours, size_t weekday);
/* Whether some opening or closing is unsure. */
bool fsim_hours_unsure(const fsim_hours *hours);
/* The scenario's teams, if there are any. */
void fsim_append_teams(const fsim_fitted_set *set, fsim_text *text);
/* What is different for values of attributes. */
void fsim_append_overrides(const fsim_log *log, const fsim_fitted_funnel *fitted, fsim_text *text);
/* value: {empirical: …} of sorted values, times a factor. */
void fsim_append_value_law(fsim_text *text, const double *value, size_t n, double factor);

#endif
