/* Wins that come sooner or later than in the base, rather than more or fewer. Private to this
 * folder.
 *
 * Plans are compared by what happens until the horizon. Where a plan leaves fewer journeys open
 * then, part of its wins were still to come in the base. */
#ifndef FSIM_ANALYSIS_DECIDE_COMPARE_LATER_H
#define FSIM_ANALYSIS_DECIDE_COMPARE_LATER_H

#include "analysis/decide/compare.h"
#include "sim/base/text.h"

typedef struct fsim_later {
  double open_base, open_other; /* journeys of the window, a replication, open at the horizon */
  double wins_base, wins_other; /* of these, won later, if they win as often as those that ended */
  double gain;                  /* wins within the window, other - base */
} fsim_later;

/* Of one funnel; false where the comparison lacks FUNNEL.won, .conversion or .open_at_end, or where
 * it is not sure that as many are open. */
bool fsim_later_of(const fsim_comparison *comparison, size_t variant, const char *funnel,
                   fsim_later *later);
/* The share of the gain that is only brought forward, or put off: 0 where what is still to come
 * adds to the change. */
double fsim_later_share(const fsim_later *later);
/* One sentence, for text->length > 0. */
void fsim_later_append(const fsim_later *later, const char *funnel, fsim_text *text);

#endif
