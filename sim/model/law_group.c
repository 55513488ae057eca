#include "sim/model/law_group.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/array.h"
#include "sim/base/text.h"

static bool equal_numbers(const double *a, const double *b, size_t n) {
  if (!a || !b) return a == b;
  for (size_t i = 0; i < n; i++) {
    if (!(a[i] >= b[i] && a[i] <= b[i])) return false;
  }
  return true;
}

static bool equal_distributions(const fsim_distribution *a, const fsim_distribution *b) {
  if (a == b) return true;
  if (!a || !b || a->family != b->family || a->n != b->n) return false;
  if (!equal_numbers(a->parameter, b->parameter, FSIM_MOST_PARAMETERS)) return false;
  if (!equal_numbers(&a->shift, &b->shift, 1) || !equal_numbers(&a->scale, &b->scale, 1) ||
      !equal_numbers(&a->lowest, &b->lowest, 1) || !equal_numbers(&a->highest, &b->highest, 1))
    return false;
  if (!equal_numbers(a->values, b->values, a->n) || !equal_numbers(a->weights, b->weights, a->n))
    return false;
  if (!a->parts || !b->parts) return !a->parts && !b->parts;
  for (size_t i = 0; i < a->n; i++) {
    if (!equal_distributions(a->parts[i], b->parts[i])) return false;
  }
  return true;
}

static bool equal_targets(fsim_target a, fsim_target b) {
  return a.is_outcome == b.is_outcome && a.index == b.index;
}

static bool equal_rules(const fsim_stage_law *a, const fsim_stage_law *b) {
  if (a->expire.set != b->expire.set || a->drop.set != b->drop.set ||
      a->max_visits.set != b->max_visits.set)
    return false;
  if (a->expire.set && (!equal_numbers(&a->expire.after_s, &b->expire.after_s, 1) ||
                        !equal_targets(a->expire.to, b->expire.to)))
    return false;
  if (a->drop.set &&
      (!equal_numbers(&a->drop.below, &b->drop.below, 1) || !equal_targets(a->drop.to, b->drop.to)))
    return false;
  return !a->max_visits.set || (a->max_visits.count == b->max_visits.count &&
                                equal_targets(a->max_visits.to, b->max_visits.to));
}

static bool equal_work(const fsim_stage *stage, const fsim_stage_law *a, const fsim_stage_law *b) {
  if (a->work.set != b->work.set || a->wait_effect.set != b->wait_effect.set) return false;
  if (a->work.set &&
      (a->work.team != b->work.team || a->work.occupies_stage != b->work.occupies_stage ||
       !equal_targets(a->work.abandon, b->work.abandon) ||
       !equal_distributions(a->work.time, b->work.time) ||
       !equal_distributions(a->work.patience, b->work.patience)))
    return false;
  if (!a->wait_effect.set) return true;
  return equal_numbers(&a->wait_effect.half_life_s, &b->wait_effect.half_life_s, 1) &&
         equal_numbers(&a->wait_effect.floor, &b->wait_effect.floor, 1) &&
         memcmp(a->wait_effect.exits, b->wait_effect.exits,
                stage->n_exits * sizeof *a->wait_effect.exits) == 0;
}

bool fsim_equal_stage_laws(const fsim_stage *stage, const fsim_stage_law *a,
                           const fsim_stage_law *b) {
  if (a == b) return true;
  if (!equal_numbers(a->probability, b->probability, stage->n_exits)) return false;
  for (size_t k = 0; k < stage->n_exits; k++) {
    if (!equal_distributions(a->waits[k], b->waits[k])) return false;
  }
  return equal_rules(a, b) && equal_work(stage, a, b);
}

static uint64_t hash_number(uint64_t hash, double x) {
  return fsim_hash_mix(hash, fsim_hash_bytes(&x, sizeof x));
}

static uint64_t hash_distribution(uint64_t hash, const fsim_distribution *d) {
  if (!d) return fsim_hash_mix(hash, 0);
  hash = fsim_hash_mix(hash, fsim_hash_name(d->family->name));
  for (size_t i = 0; i < FSIM_MOST_PARAMETERS; i++) hash = hash_number(hash, d->parameter[i]);
  hash = hash_number(hash_number(hash, d->shift), d->scale);
  return fsim_hash_mix(hash, d->n);
}

uint64_t fsim_hash_stage_law(const fsim_stage *stage, const fsim_stage_law *law) {
  uint64_t hash = fsim_hash_mix(stage->hash, stage->n_exits);
  const fsim_distribution *last = NULL;
  for (size_t k = 0; k < stage->n_exits; k++) {
    if (law->probability) hash = hash_number(hash, law->probability[k]);
    if (k == 0 || law->waits[k] != last) hash = hash_distribution(hash, law->waits[k]);
    last = law->waits[k];
  }
  if (law->expire.set) hash = hash_number(hash, law->expire.after_s);
  if (law->drop.set) hash = hash_number(hash, law->drop.below);
  if (law->max_visits.set) hash = fsim_hash_mix(hash, law->max_visits.count);
  return hash;
}

typedef struct funnel_rows {
  const fsim_scenario *scenario;
  size_t funnel;
} funnel_rows;

static const fsim_stage_law *row_laws(const funnel_rows *f, size_t row) {
  const fsim_scenario *s = f->scenario;
  return fsim_stage_law_of(s, row / s->n_profiles, row % s->n_profiles,
                           s->funnels[f->funnel].first_stage);
}

static const fsim_distribution *row_value(const funnel_rows *f, size_t row) {
  const fsim_scenario *s = f->scenario;
  const fsim_laws *laws = &s->versions[row / s->n_profiles];
  return laws->values ? laws->values[row % s->n_profiles * s->n_funnels + f->funnel] : NULL;
}

static uint64_t hash_row(const funnel_rows *f, size_t row) {
  const fsim_funnel *funnel = &f->scenario->funnels[f->funnel];
  uint64_t hash = hash_distribution(0, row_value(f, row));
  for (size_t i = 0; i < funnel->n_stages; i++) {
    const fsim_stage *stage = &f->scenario->stages[funnel->first_stage + i];
    hash = fsim_hash_mix(hash, fsim_hash_stage_law(stage, &row_laws(f, row)[i]));
  }
  return hash;
}

static bool equal_rows(const funnel_rows *f, size_t a, size_t b) {
  const fsim_funnel *funnel = &f->scenario->funnels[f->funnel];
  if (!equal_distributions(row_value(f, a), row_value(f, b))) return false;
  for (size_t i = 0; i < funnel->n_stages; i++) {
    const fsim_stage *stage = &f->scenario->stages[funnel->first_stage + i];
    if (!fsim_equal_stage_laws(stage, &row_laws(f, a)[i], &row_laws(f, b)[i])) return false;
  }
  return true;
}

int fsim_law_groups_make(const fsim_scenario *scenario, size_t funnel, size_t n_versions,
                         fsim_report *report, fsim_law_groups *groups) {
  int status = FSIM_OK;
  size_t n_rows = n_versions * scenario->n_profiles, room = 2;
  const funnel_rows f = {scenario, funnel};
  while (room < 2 * n_rows) room *= 2;
  size_t *slot = fsim_zeroed(room, sizeof *slot); /* group + 1 */
  groups->n = 0;
  groups->first = fsim_zeroed(n_rows, sizeof *groups->first);
  groups->of_row = fsim_zeroed(n_rows, sizeof *groups->of_row);
  if (!slot || !groups->first || !groups->of_row) {
    status = fsim_no_memory(report);
    fsim_law_groups_free(groups);
    goto out;
  }
  for (size_t row = 0; row < n_rows; row++) {
    size_t at = (size_t)hash_row(&f, row) & (room - 1);
    while (slot[at] && !equal_rows(&f, groups->first[slot[at] - 1], row))
      at = (at + 1) & (room - 1);
    if (!slot[at]) {
      groups->first[groups->n] = row;
      slot[at] = ++groups->n;
    }
    groups->of_row[row] = slot[at] - 1;
  }
out:
  free(slot);
  return status;
}

void fsim_law_groups_free(fsim_law_groups *groups) {
  free(groups->first);
  free(groups->of_row);
  *groups = (fsim_law_groups){0};
}
