/* Measures without simulation and without chance, where the exact engine has their expectation:
 * scenarios without teams, laws that change on dates and uncertain numbers; measures made of
 * journeys begun, visits begun, journeys ended, their value, and what leads cost. */
#ifndef FSIM_ANALYSIS_DECIDE_EXPECTED_H
#define FSIM_ANALYSIS_DECIDE_EXPECTED_H

#include "analysis/decide/measure.h"
#include "analysis/decide/variant.h"

/* Can the measure be had of the variant, apart from its size? */
bool fsim_expected_fits(const fsim_variant *variant, const fsim_measure *measure);

/* Expected totals of both parts of each measure that is wanted: top[n] scaled, bottom[n], as of one
 * replication. FSIM_BAD_INPUT when the exact engine refuses the scenario. */
int fsim_expected_make(const fsim_variant *variant, const fsim_measure *measures,
                       const bool *wanted, size_t n, fsim_report *report, double *top,
                       double *bottom);

#endif
