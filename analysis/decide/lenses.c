#include "analysis/decide/lenses.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/array.h"
#include "sim/base/quantity.h"
#include "sim/base/text.h"

/* What is summed for each stage. */
enum { QUEUE, TIME, ENDED, LOST, PER_STAGE };

/* ---- cells ---- */

static int sum_cells(fsim_measure *measure, size_t most, fsim_report *report) {
  measure->scale = 1;
  measure->top = fsim_zeroed(most, sizeof *measure->top);
  return measure->top == NULL ? fsim_no_memory(report) : FSIM_OK;
}

static void add_cell(fsim_measure *measure, const fsim_shape *shape, fsim_cells array, fsim_dim dim,
                     size_t index) {
  fsim_spot spot = {{0}};
  spot.at[dim] = index;
  measure->top[measure->n_top++] = (fsim_metric_cell){array, fsim_array_cell(shape, array, &spot)};
}

/* The first law of any profile; rules lead the same way in all of them as a rule. */
static const fsim_stage_law *law_of(const fsim_scenario *scenario, size_t stage) {
  return fsim_stage_law_of(scenario, 0, 0, stage);
}

static bool is_loss(const fsim_scenario *scenario, fsim_target target) {
  return target.is_outcome && !scenario->outcomes[target.index].win;
}

static void add_losses(fsim_measure *measure, const fsim_scenario *scenario,
                       const fsim_shape *shape, size_t stage) {
  const fsim_stage *s = &scenario->stages[stage];
  const fsim_stage_law *law = law_of(scenario, stage);
  for (size_t e = 0; e < s->n_exits; e++) {
    if (is_loss(scenario, s->exits[e].target))
      add_cell(measure, shape, FSIM_EXITED, FSIM_DIM_EXIT,
               fsim_exit_slot(shape, stage, FSIM_BY_EXIT, e));
  }
  const struct {
    bool set;
    fsim_reason reason;
    fsim_target to;
  } rules[] = {{law->expire.set, FSIM_BY_EXPIRE, law->expire.to},
               {law->drop.set, FSIM_BY_DROP, law->drop.to},
               {law->max_visits.set, FSIM_BY_LIMIT, law->max_visits.to},
               {law->work.set, FSIM_BY_ABANDON, law->work.abandon}};
  for (size_t k = 0; k < sizeof rules / sizeof *rules; k++) {
    if (rules[k].set && is_loss(scenario, rules[k].to))
      add_cell(measure, shape, FSIM_EXITED, FSIM_DIM_EXIT,
               fsim_exit_slot(shape, stage, rules[k].reason, 0));
  }
}

static int stage_measures(const fsim_variant *variant, size_t stage, fsim_measure *measures,
                          fsim_report *report) {
  const fsim_shape *shape = variant->shape;
  size_t first = shape->first_exit[stage], end = shape->first_exit[stage + 1];
  for (int k = 0; k < PER_STAGE; k++) {
    int status = sum_cells(&measures[k], end - first, report);
    if (status != FSIM_OK) return status;
  }
  add_cell(&measures[QUEUE], shape, FSIM_QUEUE, FSIM_DIM_STAGE, stage);
  add_cell(&measures[TIME], shape, FSIM_TIME, FSIM_DIM_STAGE, stage);
  for (size_t slot = first; slot < end; slot++)
    add_cell(&measures[ENDED], shape, FSIM_EXITED, FSIM_DIM_EXIT, slot);
  add_losses(&measures[LOST], variant->scenario, shape, stage);
  return FSIM_OK;
}

static int team_measure(const fsim_variant *variant, size_t team, fsim_measure *measure,
                        fsim_report *report) {
  fsim_subject subject = {.team = team};
  int status = sum_cells(measure, 1, report);
  if (status != FSIM_OK) return status;
  measure->scale = fsim_metric_scale(variant->scenario, &fsim_metrics[FSIM_UTILISATION], &subject);
  measure->n_top = fsim_metric_cells(variant->scenario, variant->shape,
                                     fsim_metrics[FSIM_UTILISATION].top, &subject, measure->top, 1);
  return FSIM_OK;
}

/* ---- lenses ---- */

static double total(const fsim_outputs *outputs, size_t m) {
  const double *y = fsim_outputs_top(outputs, m);
  double sum = 0;
  for (uint32_t r = 0; r < outputs->replications; r++) sum += y[r];
  return sum;
}

static void look(const fsim_variant *variant, const fsim_outputs *outputs, fsim_lens *lenses) {
  const fsim_scenario *s = variant->scenario;
  double n = outputs->replications, weeks = fsim_window_s(s) / FSIM_WEEK;
  for (size_t i = 0; i < s->n_stages; i++) {
    const fsim_funnel *funnel = &s->funnels[s->stages[i].funnel];
    const fsim_stage_law *law = law_of(s, i);
    double time = 0, ended = total(outputs, i * PER_STAGE + ENDED);
    for (size_t k = funnel->first_stage; k < (size_t)funnel->first_stage + funnel->n_stages; k++)
      time += total(outputs, k * PER_STAGE + TIME);
    double lost = total(outputs, i * PER_STAGE + LOST);
    lenses[i].team = law->work.set ? law->work.team : SIZE_MAX;
    lenses[i].utilisation =
        law->work.set ? total(outputs, s->n_stages * PER_STAGE + law->work.team) / n : NAN;
    lenses[i].queue_share = time > 0 ? total(outputs, i * PER_STAGE + QUEUE) / time : NAN;
    lenses[i].loss = ended > 0 ? lost / ended : NAN;
    lenses[i].lost = lost / n / weeks;
  }
}

int fsim_lenses_make(const fsim_variant *variant, uint32_t replications, int threads,
                     fsim_report *report, fsim_lens **lenses) {
  const fsim_scenario *s = variant->scenario;
  size_t n = s->n_stages * PER_STAGE + s->n_teams;
  fsim_measure *measures = fsim_zeroed(n, sizeof *measures);
  fsim_outputs outputs = {0};
  fsim_outputs_options options = {.threads = threads};
  *lenses = fsim_zeroed(s->n_stages, sizeof **lenses);
  int status = measures == NULL || *lenses == NULL ? fsim_no_memory(report) : FSIM_OK;
  for (size_t i = 0; i < s->n_stages && status == FSIM_OK; i++)
    status = stage_measures(variant, i, &measures[i * PER_STAGE], report);
  for (size_t t = 0; t < s->n_teams && status == FSIM_OK; t++)
    status = team_measure(variant, t, &measures[s->n_stages * PER_STAGE + t], report);
  if (status == FSIM_OK)
    status = fsim_outputs_run(variant, measures, n, replications, &options, report, &outputs);
  if (status == FSIM_OK) look(variant, &outputs, *lenses);
  for (size_t i = 0; measures != NULL && i < n; i++) fsim_measure_free(&measures[i]);
  free(measures);
  fsim_outputs_free(&outputs);
  return status;
}

/* ---- what a lever belongs to ---- */

static bool names(const char *path, const char *before, const char *name, const char *after) {
  size_t a = strlen(before), b = strlen(name);
  return strncmp(path, before, a) == 0 && strncmp(path + a, name, b) == 0 &&
         strncmp(path + a + b, after, strlen(after)) == 0;
}

void fsim_lever_belongs(const fsim_scenario *scenario, const char *path, size_t *stage,
                        size_t *team, size_t *stream) {
  *stage = *team = *stream = SIZE_MAX;
  for (size_t t = 0; t < scenario->n_teams; t++)
    if (names(path, "teams.", scenario->teams[t].name, ".")) *team = t;
  for (size_t i = 0; i < scenario->n_streams; i++)
    if (names(path, "streams.", scenario->streams[i].name, ".")) *stream = i;
  const char *stages = strstr(path, ".stages.");
  for (size_t i = 0; i < scenario->n_stages && stages != NULL; i++) {
    const char *funnel = scenario->funnels[scenario->stages[i].funnel].name;
    if (names(path, "", funnel, ".") && names(stages, ".stages.", scenario->stages[i].name, "."))
      *stage = i;
  }
}

/* ---- when they disagree ---- */

typedef struct view {
  size_t busiest, queue, leak; /* stages; SIZE_MAX: none */
} view;

static view look_around(const fsim_scenario *s, const fsim_lens *lenses) {
  view v = {SIZE_MAX, SIZE_MAX, SIZE_MAX};
  for (size_t i = 0; i < s->n_stages; i++) {
    const fsim_lens *l = &lenses[i];
    if (l->utilisation > (v.busiest == SIZE_MAX ? 0 : lenses[v.busiest].utilisation)) v.busiest = i;
    if (l->queue_share > (v.queue == SIZE_MAX ? 0.01 : lenses[v.queue].queue_share)) v.queue = i;
    if (l->lost > (v.leak == SIZE_MAX ? 0 : lenses[v.leak].lost)) v.leak = i;
  }
  return v;
}

static void stage_name(const fsim_scenario *s, size_t stage, fsim_text *text) {
  fsim_text_append(text, "%s.%s", s->funnels[s->stages[stage].funnel].name, s->stages[stage].name);
}

char *fsim_lenses_dissent(const fsim_scenario *scenario, const fsim_lens *lenses, size_t stage,
                          size_t team) {
  view v = look_around(scenario, lenses);
  if (team == SIZE_MAX && stage != SIZE_MAX) team = lenses[stage].team;
  fsim_text text = {0};
  if (v.busiest != SIZE_MAX && lenses[v.busiest].team != team)
    fsim_text_append(&text, "the busiest team is %s (%.0f %% of open hours)",
                     scenario->teams[lenses[v.busiest].team].name,
                     100 * lenses[v.busiest].utilisation);
  if (v.queue != SIZE_MAX && v.queue != stage && lenses[v.queue].team != team) {
    fsim_text_append(&text, "%smost time is spent in the queue of ", text.length > 0 ? ", " : "");
    stage_name(scenario, v.queue, &text);
  }
  if (v.leak != SIZE_MAX && v.leak != stage) {
    fsim_text_append(&text, "%smost journeys are lost in ", text.length > 0 ? ", " : "");
    stage_name(scenario, v.leak, &text);
    fsim_text_append(&text, " (%.0f %% of its visits)", 100 * lenses[v.leak].loss);
  }
  if (text.failed || text.length == 0) {
    free(text.text);
    return NULL;
  }
  return text.text;
}
