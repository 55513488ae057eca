/* Cycle times and times in stages, corrected for what was still open at the horizon. */
#include <stdlib.h>

#include "analysis/duration.h"
#include "analysis/summary_parts.h"
#include "sim/base/array.h"

int fsim_summary_durations(fsim_summary *s, fsim_report *report) {
  size_t n = 0;
  fsim_duration *all = fsim_zeroed(s->n_journeys + s->n_funnels + s->n_stages, sizeof *all);
  if (all == NULL) return fsim_no_memory(report);
  for (size_t i = 0; i < s->n_journeys; i++) {
    fsim_journeys_record *j = &s->journeys[i];
    j->of_ended = j->cycle_days.mean;
    all[n++] = (fsim_duration){FSIM_TIME_OF_OUTCOME, j->outcome, j->group, &j->cycle_days};
  }
  for (size_t i = 0; i < s->n_funnels; i++) {
    fsim_funnel_record *f = &s->funnels[i];
    all[n++] = (fsim_duration){FSIM_TIME_OF_WINS, f->funnel, f->group, &f->win_days};
  }
  for (size_t i = 0; i < s->n_stages; i++) {
    fsim_stage_record *r = &s->stages[i];
    r->of_ended = r->time_days.mean;
    all[n++] = (fsim_duration){FSIM_TIME_OF_STAGE, r->stage, r->group, &r->time_days};
  }
  int status = fsim_correct_durations(s->source, s->confidence, all, n, report);
  free(all);
  return status;
}
