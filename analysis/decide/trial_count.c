#include "analysis/decide/trial_count.h"

#include <stdlib.h>

#include "analysis/records.h"
#include "sim/base/array.h"
#include "sim/base/quantity.h"
#include "sim/model/law_group.h"

/* ---- which stages ---- */

/* The version that is in force without the change, all else alike; n_versions: none. */
static size_t without(const fsim_scenario *s, size_t version, size_t change) {
  uint32_t mask = s->version_mask[version] & ~(UINT32_C(1) << change);
  size_t v = 0;
  while (v < s->n_versions && s->version_mask[v] != mask) v++;
  return v;
}

static bool moves(const fsim_scenario *s, size_t a, size_t b, size_t stage) {
  for (size_t p = 0; p < s->n_profiles; p++)
    if (!fsim_equal_stage_laws(&s->stages[stage], fsim_stage_law_of(s, a, p, stage),
                               fsim_stage_law_of(s, b, p, stage)))
      return true;
  return false;
}

size_t fsim_trial_stages(const fsim_scenario *s, size_t change, bool *stages) {
  size_t n = 0;
  for (size_t i = 0; i < s->n_stages; i++) stages[i] = false;
  for (size_t v = 0; v < s->n_versions; v++) {
    if ((s->version_mask[v] >> change & 1) == 0) continue;
    size_t before = without(s, v, change);
    for (size_t i = 0; i < s->n_stages && before < s->n_versions; i++)
      stages[i] = stages[i] || moves(s, before, v, i);
  }
  for (size_t i = 0; i < s->n_stages; i++) n += stages[i];
  return n;
}

/* ---- one lead ---- */

/* The rows of one lead: journeys and visits from … to - 1 of a part. */
typedef struct lead_rows {
  const fsim_trajectory *part;
  size_t lead, journey, journey_end, visit, visit_end;
} lead_rows;

#define COLUMN(part, type, id) ((const type *)(part)->column[id])

/* When the lead is first in a changed stage since the change; INT32_MAX: never. Of changes for all,
 * the visits that are under way then count as well. */
static int32_t first_entry(const fsim_trial_counts *c, const lead_rows *rows) {
  const fsim_change *change = &c->scenario->changes[c->change];
  const fsim_trajectory *part = rows->part;
  const int32_t *enter = COLUMN(part, int32_t, FSIM_VISIT_T_ENTER);
  const uint16_t *stage = COLUMN(part, uint16_t, FSIM_VISIT_STAGE);
  int32_t first = INT32_MAX;
  for (size_t v = rows->visit; v < rows->visit_end; v++) {
    if (!c->stages[stage[v]]) continue;
    int32_t t = enter[v];
    int64_t left = (int64_t)t + COLUMN(part, int32_t, FSIM_VISIT_QUEUE)[v] +
                   COLUMN(part, int32_t, FSIM_VISIT_WORK)[v] +
                   COLUMN(part, int32_t, FSIM_VISIT_WAIT)[v];
    if (t < change->on_s && change->applies_to == FSIM_TO_ALL && left > change->on_s)
      t = change->on_s;
    if (t >= change->on_s && t < first) first = t;
  }
  return first;
}

/* When the lead first wins from t on; INT32_MAX: never. */
static int32_t first_win(const fsim_trial_counts *c, const lead_rows *rows, int32_t t) {
  const fsim_trajectory *part = rows->part;
  const uint16_t *funnel = COLUMN(part, uint16_t, FSIM_JOURNEY_FUNNEL);
  const uint16_t *outcome = COLUMN(part, uint16_t, FSIM_JOURNEY_OUTCOME);
  const int32_t *end = COLUMN(part, int32_t, FSIM_JOURNEY_T_END);
  int32_t first = INT32_MAX;
  for (size_t j = rows->journey; j < rows->journey_end; j++) {
    if (funnel[j] != c->funnel || outcome[j] >= c->scenario->n_outcomes) continue;
    if (c->scenario->outcomes[outcome[j]].win && end[j] >= t && end[j] < first) first = end[j];
  }
  return first;
}

static size_t week_of(const fsim_trial_counts *c, int32_t t) {
  return (size_t)((double)(t - c->from_s) / FSIM_WEEK);
}

static void count_lead(const fsim_trial_counts *c, const lead_rows *rows) {
  const fsim_change *change = &c->scenario->changes[c->change];
  const fsim_trajectory *part = rows->part;
  if (change->applies_to == FSIM_TO_NEW &&
      COLUMN(part, int32_t, FSIM_LEAD_T_ARRIVE)[rows->lead] < c->from_s)
    return;
  int32_t entered = first_entry(c, rows);
  if (entered == INT32_MAX || entered < c->from_s || week_of(c, entered) >= c->n_weeks) return;
  fsim_trial_cell *cells = c->cells + part->replication * c->n_weeks;
  size_t arm = c->draw[rows->lead] < change->share;
  cells[week_of(c, entered)].leads[arm]++;
  int32_t won = first_win(c, rows, entered);
  if (won != INT32_MAX && week_of(c, won) < c->n_weeks) cells[week_of(c, won)].won[arm]++;
}

/* ---- all of them ---- */

/* Who gets the change: stream after stream, as the leads stand. */
static int draw_arms(fsim_trial_counts *c, const fsim_trajectory *part, fsim_report *report) {
  const uint16_t *stream = COLUMN(part, uint16_t, FSIM_LEAD_STREAM);
  const uint32_t *number = COLUMN(part, uint32_t, FSIM_LEAD_NUMBER);
  size_t n = part->rows[FSIM_LEADS];
  void *items = c->draw;
  if (fsim_grow(&items, &c->room, n, sizeof *c->draw) != 0) return fsim_no_memory(report);
  c->draw = items;
  for (size_t from = 0, to; from < n; from = to) {
    for (to = from + 1; to < n && stream[to] == stream[from];) to++;
    fsim_change_draws(c->scenario, part->replication, stream[from], c->change, number + from,
                      c->draw + from, to - from);
  }
  return FSIM_OK;
}

static int take(void *self, const fsim_trajectory *part, fsim_report *report) {
  int status = draw_arms(self, part, report);
  if (status != FSIM_OK) return status;
  const uint32_t *lead = COLUMN(part, uint32_t, FSIM_LEAD_LEAD);
  const uint32_t *of_journey = COLUMN(part, uint32_t, FSIM_JOURNEY_LEAD);
  const uint32_t *of_visit = COLUMN(part, uint32_t, FSIM_VISIT_LEAD);
  lead_rows rows = {.part = part};
  for (; rows.lead < part->rows[FSIM_LEADS]; rows.lead++) {
    rows.journey = rows.journey_end;
    rows.visit = rows.visit_end;
    while (rows.journey_end < part->rows[FSIM_JOURNEYS] &&
           of_journey[rows.journey_end] == lead[rows.lead])
      rows.journey_end++;
    while (rows.visit_end < part->rows[FSIM_VISITS] && of_visit[rows.visit_end] == lead[rows.lead])
      rows.visit_end++;
    count_lead(self, &rows);
  }
  return FSIM_OK;
}

/* A replication is whole: counts of weeks become counts since the start. */
static int finish(void *self, uint32_t replication, const int64_t *record, fsim_report *report) {
  (void)record;
  (void)report;
  const fsim_trial_counts *c = self;
  fsim_trial_cell *cells = c->cells + replication * c->n_weeks;
  for (size_t w = 1; w < c->n_weeks; w++) {
    for (int arm = 0; arm < 2; arm++) {
      cells[w].leads[arm] += cells[w - 1].leads[arm];
      cells[w].won[arm] += cells[w - 1].won[arm];
    }
  }
  return FSIM_OK;
}

int fsim_trial_count(const fsim_variant *variant, uint32_t n, const fsim_outputs_options *options,
                     fsim_report *report, fsim_trial_counts *counts, uint32_t *done) {
  fsim_sink sink = fsim_sink_of_records(counts, finish);
  sink.take = take;
  fsim_run_options run = {.threads = options->threads,
                          .engine = options->engine,
                          .keep = {UINT32_MAX, 1},
                          .end = n,
                          .without_times = true,
                          .cache = options->cache,
                          .progress = options->progress,
                          .context = options->context,
                          .stop = options->stop};
  fsim_run_result result = {0};
  int status =
      fsim_run(variant->source, variant->scenario, variant->shape, &run, &sink, report, &result);
  *done = result.done;
  free(counts->draw);
  counts->draw = NULL;
  counts->room = 0;
  return status;
}
