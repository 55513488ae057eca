#include "sim/model/old_deals.h"

#include <math.h>

#include "sim/base/quantity.h"

#define TOO_RARE 1e-12

/* Probability that a visit lasts longer than this, but for a queue and work. */
static double survival(const fsim_stage *stage, const fsim_stage_law *law, double age) {
  double alive = stage->race ? 1 : 0;
  for (size_t e = 0; e < stage->n_exits; e++) {
    const double own = fsim_survival(law->waits[e], age);
    if (stage->race)
      alive *= own;
    else
      alive += law->probability[e] * own;
  }
  return alive;
}

/* A deal in a stage of work without a wait stands in the queue, whatever its age. */
static bool too_old(const fsim_scenario *scenario, const fsim_given_lead *deal) {
  const fsim_stage *stage = &scenario->stages[deal->stage];
  const fsim_stage_law *law = fsim_stage_law_of(scenario, 0, deal->profile, deal->stage);
  const double age = -(double)deal->t_s;
  if (age <= 0 || (law->work.set && !(survival(stage, law, 0) > 0))) return false;
  return !(survival(stage, law, age) > TOO_RARE);
}

void fsim_warn_old_deals(const fsim_scenario *scenario, fsim_report *report) {
  for (size_t s = 0; s < scenario->n_streams; s++) {
    const fsim_stream *stream = &scenario->streams[s];
    if (!stream->pipeline) continue;
    for (size_t stage = 0; stage < scenario->n_stages; stage++) {
      size_t deals = 0, old = 0;
      double oldest = 0;
      for (size_t i = 0; i < stream->n_given; i++) {
        const fsim_given_lead *deal = &stream->given[i];
        if (deal->stage != stage) continue;
        deals++;
        if (!too_old(scenario, deal)) continue;
        old++;
        oldest = fmax(oldest, -(double)deal->t_s);
      }
      char age[32];
      if (old > 0)
        fsim_warn(report, FSIM_NOWHERE,
                  "%zu of %zu open deals in %s.%s are older than its waits can explain (the oldest "
                  "%s): they leave at the start; check their dates or give the stage longer waits",
                  old, deals, scenario->funnels[scenario->stages[stage].funnel].name,
                  scenario->stages[stage].name, fsim_format_duration(oldest, age, sizeof age));
    }
  }
}

bool fsim_deals_have_values(const fsim_scenario *scenario) {
  for (size_t i = 0; i < scenario->n_streams; i++) {
    const fsim_stream *stream = &scenario->streams[i];
    for (size_t k = 0; stream->pipeline && k < stream->n_given; k++)
      if (!isnan(stream->given[k].value)) return true;
  }
  return false;
}
