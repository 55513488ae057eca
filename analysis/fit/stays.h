/* The stays of a log's cases in the stages of one funnel, with dates: what is fitted.
 *
 * A stay leaves into a later stay or into the case's outcome; these targets, as far as they were
 * seen, are the exits of its stage. A case that is known by its dates only has one stay in a stage
 * named "open". */
#ifndef FSIM_ANALYSIS_FIT_STAYS_H
#define FSIM_ANALYSIS_FIT_STAYS_H

#include "analysis/fit/log.h"
#include "analysis/fit/week_pace.h"

typedef struct fsim_dated_stay {
  int64_t entered;
  int64_t from; /* under observation from then on; entered for nearly all */
  int64_t to;   /* when it left, or the end of the log */
  int32_t exit; /* of the stage, or FSIM_NONE while it goes on (also into the stage's later part) */
  size_t which_case;
  bool expired; /* the stage's time-out ended it: exit is FSIM_NONE */
} fsim_dated_stay;

typedef struct fsim_stay_exit {
  bool outcome;  /* else a stage */
  int32_t index; /* of the outcome of the log's funnel, or of fsim_funnel_stays.stage */
} fsim_stay_exit;

typedef struct fsim_stage_stays {
  char *name;
  fsim_stay_exit *exit; /* stages first, then outcomes, each in their order */
  size_t n_exits;
  fsim_dated_stay *stay;
  size_t n, capacity;
  int64_t later_age; /* 0, or: stays that reach this age go on in the stage `later` */
  size_t later;
  int64_t expire_after; /* 0, or: stays are ended at this age, by the exit `expire_exit` */
  size_t expire_exit;
  const fsim_week_pace *pace; /* ages run by it; NULL: by the calendar. Not owned */
} fsim_stage_stays;

typedef struct fsim_funnel_stays {
  size_t funnel; /* of the log */
  fsim_stage_stays *stage;
  size_t n_stages;
  int64_t begin, end; /* what is observed of calendar time */
  bool by_day;
  bool begins; /* all cases begin in the last stage, see fsim_stays_of */
} fsim_funnel_stays;

/* A stage for what is before the first recorded stage is added, the last one, where some cases
 * never came to any, or cases begin in different stages: if these are one case in a hundred or
 * more, all cases pass through it, from their creation to their first recorded stage. Free with
 * fsim_stays_free also after an error. */
int fsim_stays_of(const fsim_log *log, size_t funnel, fsim_report *report,
                  fsim_funnel_stays *stays);
/* Only what was observed from `since` on counts from now: stays that ended before are dropped,
 * those that began before are under observation from `since`. */
void fsim_stays_since(fsim_funnel_stays *stays, int64_t since);
/* Cuts a stage in two at an age: the later part is a stage of its own, NAME-later, whose number is
 * the former n_stages. Reaching that age is no exit of the first part: such stays were only last
 * seen there. */
int fsim_stays_split(fsim_funnel_stays *stays, size_t stage, int64_t age, fsim_report *report);
/* Seconds in the stage at a time, by the stage's pace. */
double fsim_stay_age(const fsim_stage_stays *stage, const fsim_dated_stay *stay, int64_t at);
/* Whether the case was still in this stage when the log ended. */
bool fsim_stay_is_open(const fsim_stage_stays *stage, const fsim_dated_stay *stay);
/* Of all stays of a stage, the share that left by this exit. */
double fsim_stays_share(const fsim_stage_stays *stage, size_t exit);
void fsim_stays_free(fsim_funnel_stays *stays);

#endif
