/* Where the days of journeys went: stage by stage, in queues, in work, waiting; by outcome. */
#include "analysis/summary_parts.h"
#include "sim/base/array.h"

static int add_part(fsim_summary *summary, fsim_series *series, size_t outcome, size_t stage,
                    fsim_report *report) {
  const fsim_scenario *scenario = summary->source->scenario;
  fsim_part_record *record = &summary->parts[summary->n_parts];
  fsim_subject subject = {
      .funnel = scenario->outcomes[outcome].funnel, .outcome = outcome, .stage = stage};
  *record = (fsim_part_record){.funnel = subject.funnel, .outcome = outcome, .stage = stage};
  const fsim_wanted wanted[] = {
      {FSIM_PART_QUEUE_DAYS, &record->queue_days},
      {FSIM_PART_WORK_DAYS, &record->work_days},
      {FSIM_PART_WAIT_DAYS, &record->wait_days},
  };
  int status = fsim_estimate_all(series, wanted, sizeof wanted / sizeof *wanted, &subject,
                                 summary->confidence, report);
  if (status != FSIM_OK) return status;
  double days = record->queue_days.mean.estimate + record->work_days.mean.estimate +
                record->wait_days.mean.estimate;
  if (days > 0) summary->n_parts++; /* journeys with that outcome were there */
  return FSIM_OK;
}

int fsim_summary_waterfall(fsim_summary *summary, fsim_series *series, fsim_report *report) {
  const fsim_scenario *scenario = summary->source->scenario;
  if (summary->source->shape->dim[FSIM_DIM_PASSED] == 0) return FSIM_OK;
  summary->parts = fsim_zeroed(scenario->n_outcomes * scenario->n_stages, sizeof *summary->parts);
  int status = summary->parts == NULL ? fsim_no_memory(report) : FSIM_OK;
  for (size_t o = 0; o < scenario->n_outcomes && status == FSIM_OK; o++) {
    const fsim_funnel *funnel = &scenario->funnels[scenario->outcomes[o].funnel];
    size_t end = (size_t)funnel->first_stage + funnel->n_stages;
    for (size_t s = funnel->first_stage; s < end && status == FSIM_OK; s++)
      status = add_part(summary, series, o, s, report);
  }
  return status;
}
