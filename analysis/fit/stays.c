#include "analysis/fit/stays.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/array.h"
#include "sim/base/text.h"

void fsim_stays_free(fsim_funnel_stays *stays) {
  for (size_t s = 0; s < stays->n_stages; s++) {
    free(stays->stage[s].name);
    free(stays->stage[s].exit);
    free(stays->stage[s].stay);
  }
  free(stays->stage);
  *stays = (fsim_funnel_stays){0};
}

static int add_stay(fsim_stage_stays *stage, const fsim_dated_stay *stay, fsim_report *report) {
  if (fsim_grow((void **)&stage->stay, &stage->capacity, stage->n + 1, sizeof *stay))
    return fsim_no_memory(report);
  stage->stay[stage->n++] = *stay;
  return FSIM_OK;
}

double fsim_stays_share(const fsim_stage_stays *stage, size_t exit) {
  size_t n = 0;
  for (size_t i = 0; i < stage->n; i++) n += stage->stay[i].exit == (int32_t)exit;
  return stage->n > 0 ? (double)n / (double)stage->n : 0;
}

/* ---- targets: numbered first over all stages and outcomes, then as exits of each stage ---- */

typedef struct taking {
  const fsim_log *log;
  fsim_funnel_stays *stays;
  size_t n_targets; /* stages, then outcomes */
  bool *seen;       /* [n_stages * n_targets] */
  fsim_report *report;
} taking;

/* Where only days are known, what happened on one was on average at noon: a stay that begins and
 * ends then has the right length on average, and one that goes on the right age. */
#define NOON INT64_C(43200)

static int take(taking *t, size_t which_case, size_t stage, int64_t entered, int64_t left,
                int32_t target) {
  const fsim_case *c = &t->log->cases[which_case];
  if (t->log->by_day) {
    entered += NOON;
    left += left == FSIM_NEVER ? 0 : NOON;
  }
  fsim_dated_stay stay = {.entered = entered,
                          .from = entered > c->seen_from ? entered : c->seen_from,
                          .to = left < t->log->end ? left : t->log->end,
                          .exit = target,
                          .which_case = which_case};
  if (stay.from < t->stays->begin) stay.from = t->stays->begin;
  if (stay.to < stay.from) return FSIM_OK; /* over before anybody looked */
  if (target != FSIM_NONE) t->seen[stage * t->n_targets + (size_t)target] = true;
  return add_stay(&t->stays->stage[stage], &stay, t->report);
}

/* From the creation to the first recorded stage. */
static int take_beginning(taking *t, size_t which_case, size_t n_stages) {
  const fsim_case *c = &t->log->cases[which_case];
  const int32_t first = t->log->visits[c->first_visit].stage;
  return take(t, which_case, n_stages - 1, c->created, c->first_entry, first);
}

static int take_case(taking *t, size_t which_case, size_t n_stages) {
  const fsim_case *c = &t->log->cases[which_case];
  int32_t ending = c->outcome == FSIM_NONE ? FSIM_NONE : (int32_t)n_stages + c->outcome;
  if (c->n_visits == 0)
    return take(t, which_case, n_stages - 1, c->created,
                c->outcome == FSIM_NONE ? FSIM_NEVER : c->closed, ending);
  const bool begins = t->stays->begins;
  int status = begins ? take_beginning(t, which_case, n_stages) : FSIM_OK;
  for (size_t v = 0; v < c->n_visits && status == FSIM_OK; v++) {
    const fsim_log_visit *visit = &t->log->visits[c->first_visit + v];
    const int64_t entered = begins && v == 0 ? c->first_entry : visit->entered;
    int32_t target = v + 1 < c->n_visits ? visit[1].stage : ending;
    status = take(t, which_case, (size_t)visit->stage, entered,
                  target == FSIM_NONE ? FSIM_NEVER : visit->left, target);
  }
  return status;
}

static int number_exits(taking *t, fsim_stage_stays *stage, const bool *seen, size_t n_stages) {
  int32_t *exit_of = fsim_zeroed(t->n_targets, sizeof *exit_of);
  stage->exit = fsim_zeroed(t->n_targets, sizeof *stage->exit);
  if (exit_of == NULL || stage->exit == NULL) {
    free(exit_of);
    return fsim_no_memory(t->report);
  }
  for (size_t target = 0; target < t->n_targets; target++) {
    if (!seen[target]) continue;
    bool outcome = target >= n_stages;
    exit_of[target] = (int32_t)stage->n_exits;
    stage->exit[stage->n_exits++] =
        (fsim_stay_exit){outcome, (int32_t)(outcome ? target - n_stages : target)};
  }
  for (size_t i = 0; i < stage->n; i++) {
    if (stage->stay[i].exit != FSIM_NONE) stage->stay[i].exit = exit_of[stage->stay[i].exit];
  }
  free(exit_of);
  return FSIM_OK;
}

/* One case in so many that begins otherwise is a slip, and no way to begin. */
#define SLIPS 100

/* How many cases have no visit, and how many do not begin in the stage where most begin. */
static int count_beginnings(const fsim_log *log, size_t funnel, fsim_report *report,
                            size_t *without, size_t *elsewhere, size_t *all) {
  const size_t n = log->funnels[funnel].stages.n;
  size_t *begun = fsim_zeroed(n, sizeof *begun), most = 0, with = 0;
  if (begun == NULL) return fsim_no_memory(report);
  *without = *all = 0;
  for (size_t c = 0; c < log->n_cases; c++) {
    const fsim_case *which = &log->cases[c];
    if (which->funnel != (int32_t)funnel) continue;
    ++*all;
    if (which->n_visits == 0)
      ++*without;
    else
      begun[log->visits[which->first_visit].stage]++;
  }
  for (size_t s = 0; s < n; s++) {
    with += begun[s];
    most = begun[s] > most ? begun[s] : most;
  }
  *elsewhere = with - most;
  free(begun);
  return FSIM_OK;
}

int fsim_stays_of(const fsim_log *log, size_t funnel, fsim_report *report,
                  fsim_funnel_stays *stays) {
  const fsim_log_funnel *f = &log->funnels[funnel];
  size_t without = 0, elsewhere = 0, all = 0;
  *stays = (fsim_funnel_stays){
      .funnel = funnel, .begin = log->begin, .end = log->end, .by_day = log->by_day};
  int status = count_beginnings(log, funnel, report, &without, &elsewhere, &all);
  if (status != FSIM_OK) return status;
  stays->begins = (without + elsewhere) * SLIPS >= all && without + elsewhere > 0;
  const size_t n_stages = f->stages.n + (without > 0 || stays->begins);
  taking t = {log, stays, n_stages + f->outcomes.n, NULL, report};
  stays->stage = fsim_zeroed(n_stages, sizeof *stays->stage);
  t.seen = fsim_zeroed(n_stages * t.n_targets, sizeof *t.seen);
  if (stays->stage == NULL || t.seen == NULL) status = fsim_no_memory(report);
  for (size_t s = 0; s < n_stages && status == FSIM_OK; s++) {
    const char *name = s < f->stages.n ? f->stages.name[s] : without > 0 ? "open" : "begin";
    stays->stage[s].name = fsim_copy_text(name, strlen(name));
    stays->n_stages++;
    if (stays->stage[s].name == NULL) status = fsim_no_memory(report);
  }
  for (size_t c = 0; c < log->n_cases && status == FSIM_OK; c++) {
    if (log->cases[c].funnel == (int32_t)funnel) status = take_case(&t, c, n_stages);
  }
  for (size_t s = 0; s < n_stages && status == FSIM_OK; s++)
    status = number_exits(&t, &stays->stage[s], t.seen + s * t.n_targets, n_stages);
  free(t.seen);
  return status;
}

void fsim_stays_since(fsim_funnel_stays *stays, int64_t since) {
  if (since > stays->begin) stays->begin = since;
  for (size_t s = 0; s < stays->n_stages; s++) {
    fsim_stage_stays *stage = &stays->stage[s];
    size_t kept = 0;
    for (size_t i = 0; i < stage->n; i++) {
      fsim_dated_stay stay = stage->stay[i];
      if (stay.to < since) continue;
      if (stay.from < since) stay.from = since;
      stage->stay[kept++] = stay;
    }
    stage->n = kept;
  }
}

double fsim_stay_age(const fsim_stage_stays *stage, const fsim_dated_stay *stay, int64_t at) {
  return fsim_pace_time(stage->pace, stay->entered, at);
}

/* ---- a stage cut in two ---- */

bool fsim_stay_is_open(const fsim_stage_stays *stage, const fsim_dated_stay *stay) {
  bool moved_on = stage->later_age > 0 && stay->to - stay->entered >= stage->later_age;
  return stay->exit == FSIM_NONE && !moved_on && !stay->expired;
}

static int later_part(fsim_stage_stays *first, int64_t age, fsim_report *report,
                      fsim_stage_stays *later) {
  size_t kept = 0;
  int status = FSIM_OK;
  for (size_t i = 0; i < first->n && status == FSIM_OK; i++) {
    fsim_dated_stay stay = first->stay[i], rest = stay;
    int64_t cut = stay.entered + age;
    if (stay.to < cut || (stay.to == cut && stay.exit == FSIM_NONE && stay.from < cut)) {
      first->stay[kept++] = stay;
      if (stay.to < cut) continue;
    }
    rest.entered = cut;
    if (rest.from < cut) rest.from = cut;
    status = add_stay(later, &rest, report);
    if (stay.from >= cut || stay.to == cut) continue; /* first seen in the later part, or kept */
    stay.to = cut;
    stay.exit = FSIM_NONE;
    first->stay[kept++] = stay;
  }
  first->n = kept;
  return status;
}

int fsim_stays_split(fsim_funnel_stays *stays, size_t stage, int64_t age, fsim_report *report) {
  fsim_stage_stays *grown = realloc(stays->stage, (stays->n_stages + 1) * sizeof *stays->stage);
  if (grown == NULL) return fsim_no_memory(report);
  stays->stage = grown;
  fsim_stage_stays *first = &grown[stage], *later = &grown[stays->n_stages];
  *later = (fsim_stage_stays){.n_exits = first->n_exits};
  first->later = stays->n_stages++;
  first->later_age = age;
  fsim_text name = {0};
  fsim_text_append(&name, "%s-later", first->name);
  later->name = name.text;
  later->exit = fsim_zeroed(first->n_exits, sizeof *later->exit);
  if (name.failed || later->exit == NULL) return fsim_no_memory(report);
  memcpy(later->exit, first->exit, first->n_exits * sizeof *later->exit);
  return later_part(first, age, report, later);
}
