/* All visits to a team: drawn cohort by cohort, served in one line, settled cohort by cohort. */
#include <stdlib.h>
#include <string.h>

#include "sim/base/array.h"
#include "sim/engine/draw.h"
#include "sim/engine/stagewise.h"

/* ---- the line ---- */

void fsim_team_line_free(fsim_team_line *l) {
  void *columns[] = {l->order, l->sorted, l->work,     l->patience, l->deadline, l->wait,
                     l->queue, l->worked, l->exit,     l->fate,     l->holds,    l->u,
                     l->v,     l->parts,  l->given_up, l->count};
  for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) free(columns[i]);
}

static int line_room(fsim_stagewise_worker *w, size_t n) {
  fsim_team_line *l = &w->line;
  struct {
    void **items;
    size_t size;
  } columns[] = {
      {(void **)&l->order, sizeof *l->order},
      {(void **)&l->sorted, sizeof *l->sorted},
      {(void **)&l->work, sizeof *l->work},
      {(void **)&l->patience, sizeof *l->patience},
      {(void **)&l->deadline, sizeof *l->deadline},
      {(void **)&l->wait, sizeof *l->wait},
      {(void **)&l->queue, sizeof *l->queue},
      {(void **)&l->worked, sizeof *l->worked},
      {(void **)&l->exit, sizeof *l->exit},
      {(void **)&l->fate, sizeof *l->fate},
      {(void **)&l->holds, sizeof *l->holds},
      {(void **)&l->u, sizeof *l->u},
      {(void **)&l->v, sizeof *l->v},
      {(void **)&l->given_up, sizeof *l->given_up},
  };
  if (n >= UINT32_MAX) return fsim_no_memory(w->report);
  size_t have = l->capacity;
  for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
    have = l->capacity;
    if (fsim_grow(columns[i].items, &have, n, columns[i].size) != 0)
      return fsim_no_memory(w->report);
  }
  l->capacity = have;
  if (l->count == NULL) l->count = fsim_zeroed(3 * 2048, sizeof *l->count);
  return l->count == NULL ? fsim_no_memory(w->report) : FSIM_OK;
}

/* Which cohorts have visits to the team's stages. */
static int find_parts(fsim_stagewise_worker *w, const fsim_stage_unit *unit) {
  fsim_team_line *l = &w->line;
  l->n = l->n_parts = 0;
  for (size_t i = 0; i < w->n_cohorts * unit->n_stages; i++) {
    fsim_cohort *c = &w->cohorts[i / unit->n_stages];
    size_t stage = unit->stage[i % unit->n_stages];
    const fsim_inbox *in = fsim_cohort_inbox(c, stage);
    if (in == NULL) continue;
    void *items = l->parts;
    if (fsim_grow(&items, &l->part_capacity, l->n_parts + 1, sizeof *l->parts) != 0)
      return fsim_no_memory(w->report);
    l->parts = items;
    l->parts[l->n_parts++] = (fsim_line_part){c, stage, l->n, in->n};
    l->n += in->n;
  }
  return line_room(w, l->n);
}

static const fsim_plan_law *law_of(const fsim_line_part *part) {
  return fsim_law_at(part->cohort->block, part->stage, 0, 0);
}

/* ---- draws ---- */

static int draw_rows(fsim_stagewise_worker *w, const fsim_line_part *part, size_t from, size_t n) {
  fsim_team_line *l = &w->line;
  fsim_block *b = part->cohort->block;
  const fsim_plan_law *law = law_of(part);
  const fsim_inbox *in = fsim_cohort_inbox(part->cohort, part->stage);
  fsim_inbox some = {in->journey + from, in->lead + from, in->t + from, n};
  size_t row = part->first + from;
  int status = fsim_draw_stage(b, part->stage, law, &some);
  if (status != FSIM_OK) return status;
  memcpy(l->exit + row, b->exit, n * sizeof *l->exit);
  memcpy(l->wait + row, b->stay, n * sizeof *l->wait);
  if (law->affected != NULL) {
    memcpy(l->u + row, b->u, n * sizeof *l->u);
    memcpy(l->v + row, b->v, n * sizeof *l->v);
  }
  bool endless = law->patience == NULL;
  fsim_uniform_pairs(b->stage_key[part->stage], some.lead, b->fresh ? NULL : b->pass,
                     FSIM_PURPOSE_WORK, b->u, endless ? NULL : b->v, n);
  fsim_sample_seconds(law->work, b->u, l->work + row, n);
  if (!endless) fsim_sample_seconds(law->patience, b->v, l->patience + row, n);
  for (size_t i = row; endless && i < row + n; i++) l->patience[i] = INT32_MAX;
  for (size_t i = row; i < row + n; i++) l->deadline[i] = law->deadline_s;
  memset(l->holds + row, law->holds, n);
  for (size_t i = 0; i < n; i++) l->order[row + i] = (uint64_t)some.t[i] << 32 | (row + i);
  return FSIM_OK;
}

static int draw_line(fsim_stagewise_worker *w) {
  int status = FSIM_OK;
  for (size_t p = 0; p < w->line.n_parts; p++) {
    const fsim_line_part *part = &w->line.parts[p];
    for (size_t i = 0; i < part->n && status == FSIM_OK; i += FSIM_COHORT_ROWS)
      status =
          draw_rows(w, part, i, part->n - i < FSIM_COHORT_ROWS ? part->n - i : FSIM_COHORT_ROWS);
  }
  return status;
}

/* ---- order ---- */

static const fsim_line_part *part_of(const fsim_team_line *l, uint32_t row) {
  size_t p = 0;
  while (row >= l->parts[p].first + l->parts[p].n) p++;
  return &l->parts[p];
}

/* Who comes first in one second: by the name of the stream, then by the lead's number. */
static uint64_t lead_key(const fsim_stagewise_worker *w, uint64_t entry) {
  uint32_t row = (uint32_t)entry;
  const fsim_line_part *part = part_of(&w->line, row);
  const fsim_inbox *in = fsim_cohort_inbox(part->cohort, part->stage);
  return (uint64_t)w->engine->stream_rank[part->cohort->stream] << 32 | in->lead[row - part->first];
}

static void sort_ties(const fsim_stagewise_worker *w, uint64_t *order, size_t n) {
  for (size_t i = 1; i < n; i++) {
    uint64_t one = order[i];
    if (order[i - 1] >> 32 != one >> 32) continue;
    uint64_t key = lead_key(w, one);
    size_t at = i;
    for (; at > 0 && order[at - 1] >> 32 == one >> 32 && lead_key(w, order[at - 1]) > key; at--)
      order[at] = order[at - 1];
    order[at] = one;
  }
}

/* By time, eleven bits at a time, the lowest first; what all have in common is left out. */
static void sort_line(fsim_stagewise_worker *w) {
  fsim_team_line *l = &w->line;
  uint32_t *count[3] = {l->count, l->count + 2048, l->count + 4096};
  memset(l->count, 0, 3 * 2048 * sizeof *l->count);
  for (size_t i = 0; i < l->n; i++) {
    uint32_t t = (uint32_t)(l->order[i] >> 32);
    count[0][t & 2047]++;
    count[1][t >> 11 & 2047]++;
    count[2][t >> 22]++;
  }
  for (int pass = 0; pass < 3; pass++) {
    uint32_t first = 0;
    int shift = 32 + 11 * pass;
    if (l->n > 0 && count[pass][l->order[0] >> shift & 2047] == l->n) continue;
    for (size_t k = 0; k < 2048; k++) {
      uint32_t n = count[pass][k];
      count[pass][k] = first;
      first += n;
    }
    for (size_t i = 0; i < l->n; i++)
      l->sorted[count[pass][l->order[i] >> shift & 2047]++] = l->order[i];
    uint64_t *swap = l->order;
    l->order = l->sorted;
    l->sorted = swap;
  }
  sort_ties(w, l->order, l->n);
}

/* ---- what the team did ---- */

static int by_time(const void *a, const void *b) {
  int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
  return (x > y) - (x < y);
}

/* The length of the queue as time goes by. Those who are served leave it in the order in which they
 * came, so only those who give up must be sorted. */
static void count_queue(fsim_stagewise_worker *w, size_t team, int32_t horizon) {
  fsim_team_line *l = &w->line;
  size_t given_up = 0, next_up = 0, came = 0, served = 0;
  int32_t now = 0;
  uint32_t queued = 0;
  for (size_t i = 0; i < l->n; i++) {
    uint32_t row = (uint32_t)l->order[i];
    if (l->fate[row] != FSIM_WORKED && l->queue[row] > 0)
      l->given_up[given_up++] = (int32_t)(l->order[i] >> 32) + l->queue[row];
  }
  qsort(l->given_up, given_up, sizeof *l->given_up, by_time);
  for (;;) {
    while (came < l->n && l->queue[(uint32_t)l->order[came]] == 0) came++;
    while (served < l->n && (l->queue[(uint32_t)l->order[served]] == 0 ||
                             l->fate[(uint32_t)l->order[served]] != FSIM_WORKED))
      served++;
    int32_t in = came < l->n ? (int32_t)(l->order[came] >> 32) : horizon, out = horizon,
            up = next_up < given_up ? l->given_up[next_up] : horizon;
    if (served < l->n)
      out = (int32_t)(l->order[served] >> 32) + l->queue[(uint32_t)l->order[served]];
    int32_t next = in < out ? in : out;
    if (up < next) next = up;
    if (next > now) fsim_record_team_time(w->recorder, team, now, next, queued, 0);
    now = next;
    if (next >= horizon) break;
    if (in == next) {
      queued++;
      came++;
    } else if (out == next) {
      queued--;
      served++;
    } else {
      queued--;
      next_up++;
    }
  }
}

/* ---- after the line ---- */

/* Speed to lead: the exit depends on the time in the queue. */
static void choose_again(const fsim_plan_law *law, fsim_team_line *l, size_t row, size_t n) {
  for (size_t i = row; i < row + n; i++) {
    uint16_t exit = fsim_exit_after_queue(law, l->u[i], l->queue[i]);
    if (exit != l->exit[i] && !law->one_wait)
      fsim_sample_seconds(law->wait[exit], &l->v[i], &l->wait[i], 1);
    l->exit[i] = exit;
  }
}

static void count_visits(fsim_stagewise_worker *w, const fsim_line_part *part,
                         const fsim_plan_law *law, const int32_t *enter, size_t row, size_t n) {
  fsim_team_line *l = &w->line;
  const fsim_block *b = part->cohort->block;
  uint8_t fate[FSIM_COHORT_ROWS];
  for (size_t i = 0; i < n; i++) {
    int32_t work = l->worked[row + i], wait = b->stay[i] - l->queue[row + i] - work;
    fsim_reason reason = b->bucket[i] < law->n_exits        ? FSIM_BY_EXIT
                         : b->bucket[i] == law->n_exits + 2 ? FSIM_BY_ABANDON
                                                            : FSIM_STILL_OPEN;
    fate[i] = (uint8_t)fsim_team_fate_of(reason, work, wait);
    if (l->fate[row + i] != FSIM_WORKED) continue;
    int32_t began = enter[i] + l->queue[row + i];
    fsim_record_team_busy(w->recorder, law->team, began, began + work + (law->holds ? wait : 0));
  }
  fsim_record_team_visits(w->recorder, &(fsim_team_visits){.team = law->team,
                                                           .profile = part->cohort->profile,
                                                           .n = n,
                                                           .enter = enter,
                                                           .queue = l->queue + row,
                                                           .fate = fate});
}

static int settle_rows(fsim_stagewise_worker *w, const fsim_line_part *part, size_t from,
                       size_t n) {
  fsim_team_line *l = &w->line;
  fsim_cohort *c = part->cohort;
  fsim_block *b = c->block;
  const fsim_plan_law *law = law_of(part);
  const fsim_inbox *in = fsim_cohort_inbox(c, part->stage);
  fsim_inbox some = {in->journey + from, in->lead + from, in->t + from, n};
  size_t row = part->first + from, visit = c->first_visit[part->stage] + from;
  if (law->affected != NULL) choose_again(law, l, row, n);
  memcpy(b->exit, l->exit + row, n * sizeof *l->exit);
  memcpy(b->stay, l->wait + row, n * sizeof *l->wait);
  fsim_served served = {l->queue + row, l->worked + row, l->fate + row};
  int status = fsim_settle_served(b, part->stage, law, &some, &served);
  if (status != FSIM_OK) return status;
  memcpy(c->stay + visit, b->stay, n * sizeof *c->stay);
  memcpy(c->queue + visit, l->queue + row, n * sizeof *c->queue);
  memcpy(c->work + visit, l->worked + row, n * sizeof *c->work);
  count_visits(w, part, law, some.t, row, n);
  return FSIM_OK;
}

static int settle_line(fsim_stagewise_worker *w) {
  int status = FSIM_OK;
  for (size_t p = 0; p < w->line.n_parts && status == FSIM_OK; p++) {
    const fsim_line_part *part = &w->line.parts[p];
    status = fsim_cohort_room(w, part->cohort, part->stage, part->n);
    for (size_t i = 0; i < part->n && status == FSIM_OK; i += FSIM_COHORT_ROWS)
      status =
          settle_rows(w, part, i, part->n - i < FSIM_COHORT_ROWS ? part->n - i : FSIM_COHORT_ROWS);
  }
  return status;
}

static bool any_held(const fsim_team_line *l) {
  for (size_t p = 0; p < l->n_parts; p++)
    if (law_of(&l->parts[p])->holds) return true;
  return false;
}

int fsim_cohorts_serve(fsim_stagewise_worker *w, const fsim_stage_unit *unit) {
  const fsim_scenario *s = w->engine->independent.scenario;
  fsim_team_line *l = &w->line;
  int status = find_parts(w, unit);
  if (status == FSIM_OK) status = draw_line(w);
  if (status != FSIM_OK) return status;
  sort_line(w);
  fsim_line line = {.order = l->order,
                    .n = l->n,
                    .work = l->work,
                    .patience = l->patience,
                    .deadline = l->deadline,
                    .wait = l->wait,
                    .holds = any_held(l) ? l->holds : NULL,
                    .queue = l->queue,
                    .worked = l->worked,
                    .fate = l->fate};
  if (fsim_serve_line(&s->teams[unit->team], s->horizon_s, &line) != 0)
    return fsim_no_memory(w->report);
  count_queue(w, unit->team, s->horizon_s);
  return settle_line(w);
}
