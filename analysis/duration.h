/* Times of journeys and visits, corrected for those that were still open at the horizon.
 *
 * The mean of those that ended is too short: of what began late only the fast have ended. A journey
 * or visit open at the horizon is known to last at least as long as its age then, and counts as at
 * risk up to that age (Aalen & Johansen, Scandinavian Journal of Statistics 5, 1978; for visits,
 * which end in one way, Kaplan & Meier, JASA 53, 1958). The corrected time is that of all that
 * began in the window and end (so) within the greatest age that was seen; nothing is said beyond
 * it. */
#ifndef FSIM_ANALYSIS_DURATION_H
#define FSIM_ANALYSIS_DURATION_H

#include "analysis/metric.h"

typedef enum fsim_duration_of {
  FSIM_TIME_OF_STAGE,   /* of visits */
  FSIM_TIME_OF_OUTCOME, /* of journeys that end so */
  FSIM_TIME_OF_WINS     /* of journeys of a funnel that are won */
} fsim_duration_of;

typedef struct fsim_duration {
  fsim_duration_of of;
  size_t index; /* of the stage, outcome or funnel */
  size_t group;
  /* In: the mean of those that ended, days. Out: corrected. Where `times` is set, so are p10, p50,
   * p90. Where nothing was open all stay as they are. Not owned. */
  fsim_estimate *estimate;
} fsim_duration;

/* What lasts longer than this is left out. */
double fsim_most_days(const fsim_shape *shape);
/* Corrects all of them in two passes over the records. */
int fsim_correct_durations(const fsim_series_source *source, double confidence,
                           const fsim_duration *durations, size_t n, fsim_report *report);

#endif
