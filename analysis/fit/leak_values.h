/* Values of attributes that only open cases have, or only ended ones. Private to this folder. */
#ifndef FSIM_ANALYSIS_FIT_LEAK_VALUES_H
#define FSIM_ANALYSIS_FIT_LEAK_VALUES_H

#include "analysis/fit/log.h"

typedef struct fsim_state_value {
  size_t level;                       /* of the attribute; SIZE_MAX: none is such */
  bool only_open;                     /* else only ended cases have it */
  size_t open, ended;                 /* cases created while the value was in use */
  size_t open_with_it, ended_with_it; /* of these */
} fsim_state_value;

/* A value is written down for open cases and wiped out at their end (a flag that a deal is late),
 * or comes with the end, when cases in one state have it ten times as often as those in the other,
 * twenty more of these would have it at the same share, and it is not that the cases are of another
 * time: of those created while the value was in use, young ones have it more often (for ended
 * cases: less often) than old ones, beyond one chance in a hundred. What is known from the
 * creation on (a slow segment, a campaign) is as frequent among young cases as among old ones. */
int fsim_find_state_value(const fsim_log *log, size_t attribute, fsim_report *report,
                          fsim_state_value *found);

#endif
