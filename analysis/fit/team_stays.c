#include "analysis/fit/team_stays.h"

#include <stdlib.h>
#include <string.h>

#include "analysis/fit/log_parts.h"
#include "sim/base/array.h"
#include "sim/base/text.h"

static bool is_time(int64_t time) {
  return time != FSIM_NO_TIME && time != FSIM_NEVER;
}

/* ---- pieces of work by case ---- */

static int64_t began(const fsim_log_work *w) {
  return w->scheduled != FSIM_NO_TIME ? w->scheduled : w->started;
}

static int compare_pieces(const void *left, const void *right) {
  const fsim_log_work *a = left, *b = right;
  if (a->which_case != b->which_case) return a->which_case < b->which_case ? -1 : 1;
  if (began(a) != began(b)) return began(a) < began(b) ? -1 : 1;
  if (a->completed != b->completed) return a->completed < b->completed ? -1 : 1;
  return (a->stage > b->stage) - (a->stage < b->stage);
}

/* Pieces with a beginning, by case and time; a completion alone says nothing of how long. */
static int take_pieces(const fsim_log *log, size_t funnel, fsim_report *report,
                       fsim_log_work **pieces, size_t *n) {
  fsim_log_work *p = fsim_zeroed(log->n_work, sizeof *p);
  *pieces = p;
  *n = 0;
  if (p == NULL) return fsim_no_memory(report);
  for (size_t w = 0; w < log->n_work; w++) {
    const fsim_log_work *work = &log->work[w];
    if ((size_t)log->cases[work->which_case].funnel != funnel || work->stage == FSIM_NONE) continue;
    if (!is_time(began(work))) continue;
    if (work->started == FSIM_NO_TIME && is_time(work->completed)) continue; /* work of no length */
    p[(*n)++] = *work;
  }
  qsort(p, *n, sizeof *p, compare_pieces);
  return FSIM_OK;
}

/* ---- stays ---- */

static int64_t earlier(int64_t a, int64_t b) {
  return a < b ? a : b;
}

/* What of a piece lies within a visit and after what came before it; false: nothing. */
static bool fit_in(const fsim_log_work *piece, const fsim_log_visit *visit, int64_t after,
                   fsim_work_stay *stay) {
  const int64_t joined = began(piece) > after ? began(piece) : after;
  if (piece->stage != visit->stage || joined > visit->left || began(piece) < visit->entered)
    return false;
  const bool started = is_time(piece->started) && piece->started <= visit->left;
  *stay = (fsim_work_stay){.which_case = piece->which_case,
                           .stage = visit->stage,
                           .resource = started ? piece->resource : FSIM_NONE,
                           .joined = joined,
                           .started = started ? piece->started : FSIM_NEVER,
                           .completed = FSIM_NEVER,
                           .left = visit->left};
  if (started && stay->started < joined) stay->started = joined;
  if (started) stay->completed = earlier(piece->completed, visit->left);
  if (stay->completed != FSIM_NEVER) stay->left = stay->completed;
  return stay->completed == FSIM_NEVER || stay->completed >= stay->started;
}

int fsim_work_stays_of(const fsim_log *log, size_t funnel, fsim_report *report,
                       fsim_work_stays *stays) {
  fsim_log_work *piece = NULL;
  size_t n = 0, at = 0, room = 0;
  *stays = (fsim_work_stays){0};
  int status = take_pieces(log, funnel, report, &piece, &n);
  for (size_t c = 0; c < log->n_cases && status == FSIM_OK; c++) {
    const fsim_case *which = &log->cases[c];
    size_t end = at;
    while (end < n && piece[end].which_case == c) end++;
    for (size_t v = 0; v < which->n_visits && at < end && status == FSIM_OK; v++) {
      const fsim_log_visit *visit = &log->visits[which->first_visit + v];
      int64_t after = visit->entered;
      for (size_t p = at; p < end && status == FSIM_OK; p++) {
        fsim_work_stay stay;
        if (after == FSIM_NEVER || !fit_in(&piece[p], visit, after, &stay)) continue;
        void *items = stays->stay;
        if (fsim_grow(&items, &room, stays->n + 1, sizeof stay)) status = fsim_no_memory(report);
        stays->stay = items;
        if (status == FSIM_OK) stays->stay[stays->n++] = stay;
        after = stay.left;
      }
    }
    at = end;
  }
  free(piece);
  return status;
}

/* ---- the log with stages for work ---- */

typedef struct splitting {
  const fsim_log *log;
  const fsim_work_stays *stays;
  const bool *has_work;
  const int32_t *work_stage;
  fsim_log *out;
  size_t room;
  fsim_report *report;
} splitting;

static int add_visit(splitting *s, int32_t stage, int64_t entered, int64_t left) {
  fsim_log *out = s->out;
  void *items = out->visits;
  if (fsim_grow(&items, &s->room, out->n_visits + 1, sizeof *out->visits))
    return fsim_no_memory(s->report);
  out->visits = items;
  out->visits[out->n_visits++] = (fsim_log_visit){stage, entered, left};
  return FSIM_OK;
}

/* *at: the case's next stay. */
static int split_visit(splitting *s, size_t which, const fsim_log_visit *visit, size_t *at) {
  int64_t now = visit->entered;
  bool any = false;
  int status = FSIM_OK;
  for (; *at < s->stays->n && s->stays->stay[*at].which_case == which && status == FSIM_OK; ++*at) {
    const fsim_work_stay *stay = &s->stays->stay[*at];
    if (stay->stage != visit->stage || stay->joined > visit->left) break;
    if (!s->has_work[visit->stage]) continue;
    if (stay->joined > now) status = add_visit(s, visit->stage, now, stay->joined);
    if (status == FSIM_OK)
      status = add_visit(s, s->work_stage[visit->stage], stay->joined, stay->left);
    now = stay->left;
    any = true;
  }
  if (status == FSIM_OK && (!any || now < visit->left))
    status = add_visit(s, visit->stage, now, visit->left);
  return status;
}

static int split_cases(splitting *s, size_t funnel) {
  size_t at = 0;
  int status = FSIM_OK;
  for (size_t c = 0; c < s->log->n_cases && status == FSIM_OK; c++) {
    const fsim_case *from = &s->log->cases[c];
    fsim_case *to = &s->out->cases[c];
    to->first_visit = s->out->n_visits;
    for (size_t v = 0; v < from->n_visits && status == FSIM_OK; v++) {
      const fsim_log_visit *visit = &s->log->visits[from->first_visit + v];
      status = (size_t)from->funnel == funnel
                   ? split_visit(s, c, visit, &at)
                   : add_visit(s, visit->stage, visit->entered, visit->left);
    }
    while (at < s->stays->n && s->stays->stay[at].which_case == c) at++;
    to->n_visits = s->out->n_visits - to->first_visit;
  }
  return status;
}

int fsim_log_with_work(const fsim_log *log, size_t funnel, const fsim_work_stays *stays,
                       const bool *has_work, int32_t *work_stage, fsim_report *report,
                       fsim_log **out) {
  int status = fsim_log_until(log, log->end, true, report, out);
  if (status != FSIM_OK) return status;
  fsim_log_funnel *f = &(*out)->funnels[funnel];
  const size_t n = f->stages.n;
  for (size_t s = 0; s < n && status == FSIM_OK; s++) {
    fsim_text name = {0};
    work_stage[s] = FSIM_NONE;
    if (!has_work[s]) continue;
    fsim_text_append(&name, "%s-work", f->stages.name[s]);
    work_stage[s] = (int32_t)f->stages.n;
    status =
        name.failed ? fsim_no_memory(report) : fsim_name_list_add(&f->stages, name.text, report);
    free(name.text);
  }
  free((*out)->visits);
  (*out)->visits = NULL;
  (*out)->n_visits = 0;
  splitting s = {log, stays, has_work, work_stage, *out, 0, report};
  if (status == FSIM_OK) status = split_cases(&s, funnel);
  return status;
}
