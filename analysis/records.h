/* A run that is only listened to: every replication's record is seen, nothing is kept. */
#ifndef FSIM_ANALYSIS_RECORDS_H
#define FSIM_ANALYSIS_RECORDS_H

#include "sim/record/sink.h"

typedef int (*fsim_see_record)(void *self, uint32_t replication, const int64_t *record,
                               fsim_report *report);

/* A sink that calls `see` once for every replication, and takes no trajectories. */
fsim_sink fsim_sink_of_records(void *self, fsim_see_record see);

#endif
