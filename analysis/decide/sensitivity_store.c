#include "analysis/decide/sensitivity_store.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/array.h"
#include "sim/base/text.h"
#include "sim/store/effects.h"

static int make_columns(fsim_stored_effects *e, size_t n) {
  e->lever = fsim_zeroed(n, sizeof *e->lever);
  e->value = fsim_zeroed(n, sizeof *e->value);
  e->step = fsim_zeroed(n, sizeof *e->step);
  double **numbers[] = {&e->effect, &e->low, &e->high, &e->elasticity};
  bool failed = !e->lever || !e->value || !e->step;
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
    *numbers[i] = fsim_zeroed(n, sizeof **numbers[i]);
    failed = failed || *numbers[i] == NULL;
  }
  return failed ? -1 : 0;
}

static void put_effect(fsim_stored_effects *e, const fsim_lever_effect *from) {
  const fsim_interval *change = &from->change[0].change;
  size_t i = e->n++;
  e->lever[i] = fsim_copy_text(from->lever, strlen(from->lever));
  e->value[i] = fsim_copy_text(from->value, strlen(from->value));
  e->step[i] = fsim_copy_text(from->step, strlen(from->step));
  e->effect[i] = change->estimate;
  e->low[i] = change->low;
  e->high[i] = change->high;
  e->elasticity[i] = from->elasticity.estimate;
}

static bool is_whole(const fsim_stored_effects *e) {
  bool whole = e->sentence && e->metric && e->units;
  for (size_t i = 0; i < e->n; i++) whole = whole && e->lever[i] && e->value[i] && e->step[i];
  return whole;
}

int fsim_sensitivity_put(const fsim_sensitivity *s, const char *path, fsim_report *report) {
  fsim_stored_effects e = {.replications = s->replications, .confidence = s->confidence};
  const char *units = s->measures[0].units;
  int status = FSIM_OK;
  if (make_columns(&e, s->n_effects) != 0) status = fsim_no_memory(report);
  for (size_t i = 0; i < s->n_effects && status == FSIM_OK; i++)
    if (s->effects[i].refused == NULL) put_effect(&e, &s->effects[i]);
  e.sentence = fsim_bottleneck_sentence(s);
  e.metric = fsim_copy_text(s->names[0], strlen(s->names[0]));
  e.units = fsim_copy_text(units, strlen(units));
  if (status == FSIM_OK && !is_whole(&e)) status = fsim_no_memory(report);
  if (status == FSIM_OK) status = fsim_store_put_effects(path, &e, report);
  fsim_stored_effects_free(&e);
  return status;
}
