#include "cli/settling.h"

#include "analysis/inspection.h"
#include "sim/base/quantity.h"

/* Patience, an expiry of the stage or a limit of the queue ends a visit that waits too long. */
static bool held(const fsim_scenario *s, size_t team) {
  if (s->teams[team].limit != UINT32_MAX) return true;
  for (size_t i = 0; i < s->n_profiles * s->n_stages; i++) {
    const fsim_stage_law *law = &s->versions[0].stages[i];
    if (!law->work.set || law->work.team != team) continue;
    if (law->work.patience == NULL && !law->expire.set && !law->drop.set) return false;
  }
  return true;
}

static int refuse_overload(const fsim_scenario *s, fsim_report *report) {
  fsim_inspection in;
  int status = fsim_inspection_make(s, false, report, &in);
  if (status != FSIM_OK) return status;
  for (size_t t = 0; t < s->n_teams && status == FSIM_OK; t++) {
    double share, places = fsim_team_places_open(s, &s->teams[t], &share);
    if (share > 0 && in.team_load[t] >= places * share && !held(s, t))
      status = fsim_bad_input(report, FSIM_NOWHERE,
                              "--warm-up auto: team %s has %.4g places in open hours but work for "
                              "%.4g, so its queue never settles: give it more people or less "
                              "work, or name a warm-up yourself, as --warm-up 8w",
                              s->teams[t].name, places, in.team_load[t] / share);
  }
  fsim_inspection_free(&in);
  return status;
}

int fsim_settling_wanted(const fsim_scenario *s, fsim_report *report, bool *wanted) {
  *wanted = !fsim_has_open_deals(s);
  if (*wanted) return refuse_overload(s, report);
  fsim_note(report, FSIM_NOWHERE,
            "No warm-up: the run starts from the deals that are open, not from empty funnels.");
  return FSIM_OK;
}

int fsim_settling_check(const fsim_scenario *s, const fsim_settling *settling,
                        fsim_report *report) {
  if (settling->grows)
    return fsim_bad_input(report, FSIM_NOWHERE,
                          "--warm-up auto: the queue of team %s grows without end, so there is no "
                          "steady state to wait for: give it more people or less work, or name a "
                          "warm-up yourself, as --warm-up 8w",
                          s->teams[settling->team].name);
  if (!settling->enough_days)
    return fsim_bad_input(report, FSIM_NOWHERE,
                          "--warm-up auto: a horizon of %.3g days is too short to see what "
                          "settles: give 26 days or more, or a warm-up, as --warm-up 2d",
                          s->horizon_s / FSIM_DAY);
  return FSIM_OK;
}

void fsim_settling_say(const fsim_scenario *s, const fsim_settling *settling, fsim_report *report) {
  if (settling->days == 0)
    fsim_note(report, FSIM_NOWHERE,
              "Warm-up by MSER-5: none needed, the mean path of %u replications is settled from "
              "the start.",
              settling->replications);
  else
    fsim_note(
        report, FSIM_NOWHERE,
        "Warm-up by MSER-5: the first %zu days are left out; the mean path of %u replications "
        "settles last in journeys in progress in funnel %s.",
        settling->days, settling->replications, s->funnels[settling->funnel].name);
  if (settling->too_short)
    fsim_warn(report, FSIM_NOWHERE,
              "the run is too short to tell when it settles: what was measured may still be on its "
              "way; take no number here for a steady state, and try a horizon of %.3g weeks",
              3 * s->horizon_s / FSIM_WEEK);
}
