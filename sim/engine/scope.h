/* Part of a run: some journeys stand fast from plan to plan, and only the others run again.
 *
 * Fast stand all journeys of some funnels, and the first journeys of the leads of some streams.
 * Others start from them by links, but never the other way round, and no team serves both: then the
 * standing journeys alone, which keep the starts that their links make of others (crossings), and
 * the others alone from those starts, count together exactly what a whole run counts. */
#ifndef FSIM_ENGINE_SCOPE_H
#define FSIM_ENGINE_SCOPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/base/report.h"

/* A journey of other kind that a link starts from a standing one. */
typedef struct fsim_crossing {
  uint32_t lead; /* its number in the stream */
  int32_t arrive, start;
  uint16_t stream, profile, parent, link, funnel;
} fsim_crossing;

/* Of one replication: in order of stream, lead and start once that replication is done. */
typedef struct fsim_crossings {
  fsim_crossing *list;
  size_t n, capacity;
} fsim_crossings;

typedef struct fsim_scope {
  bool standing;             /* this run is of the standing journeys, else of the others */
  const bool *funnel;        /* [n_funnels] all its journeys stand fast */
  const bool *stream;        /* [n_streams] the first journeys of its leads do */
  fsim_crossings *crossings; /* [replications]: the first is that of replication `first`; a run of
                                standing journeys fills them, that of the others reads them */
  uint32_t first;
} fsim_scope;

/* Are first journeys of the stream's leads in this run? NULL: a whole run. */
static inline bool fsim_scope_has_stream(const fsim_scope *scope, size_t stream) {
  return scope == NULL || scope->stream[stream] == scope->standing;
}

/* Does a journey that a link starts in the funnel run elsewhere? */
static inline bool fsim_scope_crosses(const fsim_scope *scope, size_t funnel) {
  return scope != NULL && scope->standing && !scope->funnel[funnel];
}

int fsim_crossings_add(fsim_crossings *crossings, const fsim_crossing *crossing,
                       fsim_report *report);
void fsim_crossings_sort(fsim_crossings *crossings);
void fsim_crossings_free(fsim_crossings *crossings);

#endif
