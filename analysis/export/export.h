/* Stored trajectories as a CRM would have exported them on some day.
 *
 * One replication. What happens at `until` or later is not known: journeys are open that end then,
 * and those that start then are absent. Case ids are STREAM-NUMBER for a lead and STREAM-NUMBER.J
 * for its J-th journey (from 1). Times are ISO 8601 without a zone, to the second. */
#ifndef FSIM_ANALYSIS_EXPORT_EXPORT_H
#define FSIM_ANALYSIS_EXPORT_EXPORT_H

#include <stdio.h>

#include "sim/record/trajectory.h"

typedef struct fsim_export_request {
  const fsim_scenario *scenario;
  const fsim_trajectory *rows; /* of the replication */
  int32_t until;               /* seconds since the start */
  const bool *funnels;         /* [n_funnels] which are exported; NULL: all */
} fsim_export_request;

/* A form of export: a name, a help text and a function that writes it. */
typedef struct fsim_export_form {
  const char *name;
  const char *help;
  int (*write)(const fsim_export_request *request, FILE *out, fsim_report *report);
} fsim_export_form;

extern const fsim_export_form fsim_export_forms[];
extern const size_t fsim_n_export_forms;

#endif
