/* All visits to a team, in one line: piece by piece drawn cohort by cohort, served, settled. */
#include <stdlib.h>
#include <string.h>

#include "sim/base/array.h"
#include "sim/engine/draw.h"
#include "sim/engine/stagewise.h"
#include "sim/random/vector.h"

/* ---- the line ---- */

void fsim_team_line_free(fsim_team_line *l) {
  void *columns[] = {l->enter, l->work, l->patience, l->deadline, l->wait, l->queue, l->worked,
                     l->exit,  l->fate, l->holds,    l->u,        l->v,    l->parts};
  for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) free(columns[i]);
  fsim_line_order_free(&l->order);
  fsim_places_free(&l->places);
  fsim_queue_time_free(&l->queue_time);
}

static int line_room(fsim_stagewise_worker *w, size_t n) {
  fsim_team_line *l = &w->line;
  struct {
    void **items;
    size_t size;
  } columns[] = {
      {(void **)&l->enter, sizeof *l->enter},
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
  };
  if (n <= l->capacity) return FSIM_OK;
  if (n >= UINT32_MAX) return fsim_no_memory(w->report);
  size_t have = l->capacity;
  for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
    have = l->capacity;
    if (fsim_grow(columns[i].items, &have, n, columns[i].size) != 0)
      return fsim_no_memory(w->report);
  }
  l->capacity = have;
  return FSIM_OK;
}

/* What any version of the stage's law may do. */
static void note_laws(fsim_stagewise_worker *w, const fsim_cohort *c, size_t stage) {
  const fsim_plan *plan = w->engine->independent.plan;
  const fsim_scenario *s = plan->scenario;
  fsim_team_line *l = &w->line;
  l->any_varies |= plan->stage_varies[stage];
  for (size_t v = 0; v < s->n_versions; v++) {
    size_t row = (v * s->n_profiles + c->profile) * s->n_stages + stage;
    const fsim_plan_law *law = &plan->laws[plan->law_of[row]];
    l->any_held |= law->holds;
    l->any_leaves |= law->patience != NULL || law->deadline_s != FSIM_NO_DEADLINE;
  }
}

static int add_part(fsim_stagewise_worker *w, fsim_cohort *c, size_t stage) {
  fsim_team_line *l = &w->line;
  fsim_inbox *in = fsim_cohort_inbox(c, stage);
  if (in == NULL || (in->n == 0 && !l->unit->first)) return FSIM_OK;
  void *items = l->parts;
  if (fsim_grow(&items, &l->part_capacity, l->n_parts + 1, sizeof *l->parts) != 0)
    return fsim_no_memory(w->report);
  l->parts = items;
  l->parts[l->n_parts++] = (fsim_line_part){.cohort = c, .stage = stage, .in = in};
  note_laws(w, c, stage);
  if (!l->unit->first && fsim_inbox_sort(&l->order, in, &c->block->current) != 0)
    return fsim_no_memory(w->report);
  if (l->unit->ends_at_once) return FSIM_OK;
  return fsim_cohort_room(w, c, stage, l->unit->first ? c->n_leads : in->n);
}

/* Which cohorts have visits to the team's stages. */
static int find_parts(fsim_stagewise_worker *w, const fsim_stage_unit *unit) {
  w->line.unit = unit;
  w->line.n_parts = 0;
  w->line.any_held = w->line.any_leaves = w->line.any_varies = false;
  int status = FSIM_OK;
  for (size_t i = 0; i < w->n_cohorts * unit->n_stages && status == FSIM_OK; i++)
    status = add_part(w, &w->cohorts[i / unit->n_stages], unit->stage[i % unit->n_stages]);
  return status;
}

/* The last second of which all newcomers are in the inbox; lets in more when few are left, and so
 * many that there is such a second. */
static int32_t let_in(fsim_line_part *part) {
  fsim_inbox *in = part->in;
  size_t left = in->n - part->from;
  if (left < FSIM_PIECE_ROWS / 2 || in->t[in->n - 1] == in->t[part->from]) {
    memmove(in->journey, in->journey + part->from, left * sizeof *in->journey);
    memmove(in->lead, in->lead + part->from, left * sizeof *in->lead);
    memmove(in->t, in->t + part->from, left * sizeof *in->t);
    part->from = 0;
    in->n = left;
    do {
      if (fsim_cohort_let_in(part->cohort) == 0) return INT32_MAX;
    } while (in->t[in->n - 1] == in->t[0]);
  }
  return in->t[in->n - 1] - 1;
}

/* The second in which a piece is full. */
static int32_t full_at(const fsim_line_part *part) {
  size_t left = part->in->n - part->from;
  return left > FSIM_PIECE_ROWS ? part->in->t[part->from + FSIM_PIECE_ROWS - 1] : INT32_MAX;
}

/* How many rows from `from` on come no later than t. */
static size_t rows_until(const fsim_inbox *in, size_t from, int32_t t) {
  size_t n = from;
  while (n < in->n && in->t[n] <= t) n++;
  return n - from;
}

/* The next piece: all that come until some second. False when nobody is left. */
static bool next_piece(fsim_team_line *l) {
  int32_t until = INT32_MAX;
  for (size_t p = 0; p < l->n_parts; p++) {
    fsim_line_part *part = &l->parts[p];
    part->from += part->n;
    part->finished += part->n;
    int32_t t = l->unit->first ? let_in(part) : full_at(part);
    if (t < until) until = t;
  }
  l->n = 0;
  for (size_t p = 0; p < l->n_parts; p++) {
    fsim_line_part *part = &l->parts[p];
    part->first = l->n;
    part->n = rows_until(part->in, part->from, until);
    l->n += part->n;
  }
  l->alone = l->n_parts == 1 && l->n <= FSIM_COHORT_ROWS && !l->any_varies;
  return l->n > 0;
}

static fsim_inbox rows_of(const fsim_line_part *part, size_t from, size_t n) {
  size_t at = part->from + from;
  return (fsim_inbox){part->in->journey + at, part->in->lead + at, part->in->t + at, n};
}

/* Works on all rows of the piece, as many together as a block takes: there may be more of one
 * second. */
static int each_part(fsim_stagewise_worker *w,
                     int (*work)(fsim_stagewise_worker *w, const fsim_line_part *part, size_t from,
                                 size_t n)) {
  int status = FSIM_OK;
  for (size_t p = 0; p < w->line.n_parts; p++) {
    const fsim_line_part *part = &w->line.parts[p];
    for (size_t i = 0; i < part->n && status == FSIM_OK; i += FSIM_COHORT_ROWS)
      status = work(w, part, i, part->n - i < FSIM_COHORT_ROWS ? part->n - i : FSIM_COHORT_ROWS);
  }
  return status;
}

/* ---- draws ---- */

/* When they leave the queue, unless their work has begun; b->v is the draw of their patience. */
static void draw_limits(fsim_team_line *l, const fsim_plan_law *law, const double *v, size_t row,
                        size_t n) {
  if (law->patience != NULL) fsim_sample_seconds(law->patience, v, l->patience + row, n);
  for (size_t i = row; law->patience == NULL && i < row + n; i++) l->patience[i] = INT32_MAX;
  for (size_t i = row; i < row + n; i++) l->deadline[i] = law->deadline_s;
}

/* Rows that do not stand side by side. */
static void scatter_draws(fsim_team_line *l, fsim_block *b, size_t stage, const fsim_law_rows *rows,
                          size_t first) {
  const fsim_plan_law *law = rows->law;
  size_t n = rows->in.n;
  for (size_t i = 0; i < n; i++) {
    size_t at = first + rows->row[i];
    l->enter[at] = rows->in.t[i];
    l->exit[at] = b->exit[i];
    l->wait[at] = b->stay[i];
    if (law->affected == NULL) continue;
    l->u[at] = b->u[i];
    l->v[at] = b->v[i];
  }
  fsim_uniform_pairs(b->stage_key[stage], rows->in.lead, b->fresh ? NULL : b->pass,
                     FSIM_PURPOSE_WORK, b->u, law->patience != NULL ? b->v : NULL, n);
  fsim_sample_seconds(law->work, b->u, b->clock, n);
  if (law->patience != NULL) fsim_sample_seconds(law->patience, b->v, b->leave, n);
  for (size_t i = 0; i < n; i++) {
    size_t at = first + rows->row[i];
    l->work[at] = b->clock[i];
    l->patience[at] = law->patience != NULL ? b->leave[i] : INT32_MAX;
    l->deadline[at] = law->deadline_s;
    l->holds[at] = law->holds;
  }
}

static int draw_law(fsim_stagewise_worker *w, const fsim_line_part *part, const fsim_law_rows *rows,
                    size_t row) {
  fsim_team_line *l = &w->line;
  fsim_block *b = part->cohort->block;
  const fsim_plan_law *law = rows->law;
  fsim_inbox some = rows->in;
  size_t n = some.n;
  int status = fsim_draw_stage(b, part->stage, law, &some);
  if (status != FSIM_OK) return status;
  if (rows->row != NULL) {
    scatter_draws(l, b, part->stage, rows, row);
    return FSIM_OK;
  }
  if (!l->alone) {
    memcpy(l->enter + row, some.t, n * sizeof *l->enter);
    memcpy(l->exit + row, b->exit, n * sizeof *l->exit);
    memcpy(l->wait + row, b->stay, n * sizeof *l->wait);
  }
  if (law->affected != NULL) {
    memcpy(l->u + row, b->u, n * sizeof *l->u);
    memcpy(l->v + row, b->v, n * sizeof *l->v);
  }
  fsim_uniform_pairs(b->stage_key[part->stage], some.lead, b->fresh ? NULL : b->pass,
                     FSIM_PURPOSE_WORK, b->u, law->patience != NULL ? b->v : NULL, n);
  fsim_sample_seconds(law->work, b->u, l->work + row, n);
  if (l->any_leaves) draw_limits(l, law, b->v, row, n);
  if (l->any_held) memset(l->holds + row, law->holds, n);
  return FSIM_OK;
}

static int draw_rows(fsim_stagewise_worker *w, const fsim_line_part *part, size_t from, size_t n) {
  fsim_inbox some = rows_of(part, from, n);
  int status = FSIM_OK;
  fsim_law_rows_begin(part->cohort, part->stage, &some);
  for (fsim_law_rows rows = {0};
       status == FSIM_OK && fsim_law_rows_next(w, part->cohort, part->stage, &some, &rows);)
    status = draw_law(w, part, &rows, part->first + from);
  return status;
}

/* ---- order ---- */

/* Who comes first in one second: by the name of the stream, then by the lead's number, then by the
 * start of the journey. Two of one lead were started by links at one end (link_paths.h). */
typedef struct turn {
  uint64_t lead, start;
} turn;

static turn turn_of(const fsim_stagewise_worker *w, uint64_t entry) {
  const fsim_line_part *part = w->line.parts;
  uint32_t row = (uint32_t)entry;
  while (row >= part->first + part->n) part++;
  const fsim_block *b = part->cohort->block;
  fsim_inbox one = rows_of(part, row - part->first, 1);
  return (turn){
      (uint64_t)w->engine->stream_rank[part->cohort->stream] << 32 | one.lead[0],
      b->linked ? (uint64_t)b->j_start[one.journey[0]] << 16 | b->link_of[one.journey[0]] : 0};
}

static bool turn_after(turn a, turn b) {
  return a.lead != b.lead ? a.lead > b.lead : a.start > b.start;
}

static void sort_ties(const fsim_stagewise_worker *w, uint64_t *order, size_t n) {
  for (size_t i = 1; i < n; i++) {
    uint64_t one = order[i];
    if (order[i - 1] >> 32 != one >> 32) continue;
    turn its = turn_of(w, one);
    size_t at = i;
    for (; at > 0 && order[at - 1] >> 32 == one >> 32 && turn_after(turn_of(w, order[at - 1]), its);
         at--)
      order[at] = order[at - 1];
    order[at] = one;
  }
}

/* Cohorts by themselves stand in order; several are put in order here. */
static int order_piece(fsim_stagewise_worker *w) {
  fsim_team_line *l = &w->line;
  if (l->n_parts == 1) return FSIM_OK;
  if (fsim_line_order_room(&l->order, l->n) != 0) return fsim_no_memory(w->report);
  for (size_t i = 0; i < l->n; i++) l->order.key[i] = (uint64_t)l->enter[i] << 32 | i;
  fsim_line_order_sort(&l->order, l->n);
  sort_ties(w, l->order.key, l->n);
  return FSIM_OK;
}

/* ---- after the line ---- */

/* Speed to lead: the exit depends on the time in the queue. */
static void choose_again(const fsim_law_rows *rows, const fsim_team_line *l, size_t first,
                         uint16_t *exit, int32_t *wait) {
  const fsim_plan_law *law = rows->law;
  for (size_t i = 0; i < rows->in.n; i++) {
    size_t at = first + (rows->row != NULL ? rows->row[i] : i);
    uint16_t now = fsim_exit_after_queue(law, l->u[at], l->queue[at]);
    if (now != exit[i] && !law->one_wait)
      fsim_sample_seconds(law->wait[now], &l->v[at], &wait[i], 1);
    exit[i] = now;
  }
}

/* What visits mean to their team; `exit` is the bucket of fsim_settle_served. */
FSIM_CLONES
static void find_fates(const int32_t *restrict enter, const int32_t *restrict queue,
                       const int32_t *restrict work, const int32_t *restrict stay,
                       const uint16_t *restrict exit, const uint8_t *restrict served,
                       uint16_t n_exits, bool holds, int32_t *restrict began,
                       int32_t *restrict busy, uint8_t *restrict fate, size_t n) {
  int32_t held = -(int32_t)holds;
  for (size_t i = 0; i < n; i++) {
    int32_t wait = stay[i] - queue[i] - work[i];
    int32_t whole = work[i] + (wait & held);
    bool did = (work[i] > 0) | (wait > 0) | (exit[i] < n_exits); /* fsim_team_fate_of */
    uint8_t its = did ? FSIM_TEAM_SERVED : FSIM_TEAM_WENT;
    began[i] = enter[i] + queue[i];
    busy[i] = served[i] == FSIM_WORKED ? whole : 0;
    fate[i] = exit[i] == n_exits + 2 ? FSIM_TEAM_ABANDONED : its;
  }
}

static void count_visits(fsim_stagewise_worker *w, const fsim_cohort *c, const fsim_plan_law *law,
                         const int32_t *enter, const fsim_served *served, size_t n) {
  const fsim_block *b = c->block;
  uint8_t fate[FSIM_COHORT_ROWS];
  int32_t began[FSIM_COHORT_ROWS], busy[FSIM_COHORT_ROWS];
  find_fates(enter, served->queue, served->work, b->stay, b->bucket, served->fate, law->n_exits,
             law->holds, began, busy, fate, n);
  fsim_record_team_busy(w->recorder, law->team, began, busy, n);
  fsim_record_team_queued(w->recorder, law->team, enter, served->queue, n);
  fsim_record_team_visits(w->recorder, &(fsim_team_visits){.team = law->team,
                                                           .profile = c->profile,
                                                           .n = n,
                                                           .enter = enter,
                                                           .queue = served->queue,
                                                           .fate = fate});
}

static void keep(int32_t *to, const int32_t *from, const fsim_law_rows *rows) {
  if (rows->row == NULL) memcpy(to, from, rows->in.n * sizeof *to);
  for (size_t i = 0; rows->row != NULL && i < rows->in.n; i++) to[rows->row[i]] = from[i];
}

int fsim_cohort_settle(fsim_stagewise_worker *w, fsim_cohort *c, const fsim_stage_unit *unit,
                       size_t stage, const fsim_law_rows *rows, const fsim_served *served,
                       size_t visit) {
  fsim_block *b = c->block;
  const fsim_plan_law *law = rows->law;
  const fsim_inbox *in = &rows->in;
  int status = served != NULL ? fsim_settle_served(b, stage, law, in, served)
                              : fsim_settle(b, stage, law, law->deadline_s, in);
  if (status != FSIM_OK) return status;
  if (unit->ends_at_once) {
    fsim_cohort_tell_parts(w, c, stage, law, in, served);
  } else {
    keep(c->stay + visit, b->stay, rows);
    if (served != NULL) keep(c->queue + visit, served->queue, rows);
    if (served != NULL) keep(c->work + visit, served->work, rows);
  }
  if (served != NULL) count_visits(w, c, law, in->t, served, in->n);
  return FSIM_OK;
}

/* What the line made of rows that do not stand side by side. */
static int settle_scattered(fsim_stagewise_worker *w, const fsim_line_part *part,
                            const fsim_law_rows *rows, size_t first, size_t visit) {
  const fsim_team_line *l = &w->line;
  fsim_block *b = part->cohort->block;
  int32_t queue[FSIM_COHORT_ROWS], worked[FSIM_COHORT_ROWS];
  uint8_t fate[FSIM_COHORT_ROWS];
  for (size_t i = 0; i < rows->in.n; i++) {
    size_t at = first + rows->row[i];
    b->exit[i] = l->exit[at];
    b->stay[i] = l->wait[at];
    queue[i] = l->queue[at];
    worked[i] = l->worked[at];
    fate[i] = l->fate[at];
  }
  if (rows->law->affected != NULL) choose_again(rows, l, first, b->exit, b->stay);
  fsim_served served = {queue, worked, fate};
  return fsim_cohort_settle(w, part->cohort, l->unit, part->stage, rows, &served, visit);
}

static int settle_law(fsim_stagewise_worker *w, const fsim_line_part *part,
                      const fsim_law_rows *rows, size_t first, size_t visit) {
  const fsim_team_line *l = &w->line;
  fsim_block *b = part->cohort->block;
  size_t n = rows->in.n;
  if (rows->row != NULL) return settle_scattered(w, part, rows, first, visit);
  if (!l->alone) {
    memcpy(b->exit, l->exit + first, n * sizeof *l->exit);
    memcpy(b->stay, l->wait + first, n * sizeof *l->wait);
  }
  if (rows->law->affected != NULL) choose_again(rows, l, first, b->exit, b->stay);
  fsim_served served = {l->queue + first, l->worked + first, l->fate + first};
  return fsim_cohort_settle(w, part->cohort, l->unit, part->stage, rows, &served, visit);
}

static int settle_rows(fsim_stagewise_worker *w, const fsim_line_part *part, size_t from,
                       size_t n) {
  fsim_cohort *c = part->cohort;
  fsim_inbox some = rows_of(part, from, n);
  size_t visit = c->first_visit[part->stage] + part->finished + from;
  int status = FSIM_OK;
  fsim_law_rows_begin(c, part->stage, &some);
  for (fsim_law_rows rows = {0};
       status == FSIM_OK && fsim_law_rows_next(w, c, part->stage, &some, &rows);)
    status = settle_law(w, part, &rows, part->first + from, visit);
  return status;
}

static int serve_piece(fsim_stagewise_worker *w) {
  fsim_team_line *l = &w->line;
  int status = line_room(w, l->n);
  if (status == FSIM_OK) status = each_part(w, draw_rows);
  if (status == FSIM_OK) status = order_piece(w);
  if (status != FSIM_OK) return status;
  const fsim_line_part *part = l->parts;
  fsim_line line = {.n = l->n,
                    .order = l->n_parts > 1 ? l->order.key : NULL,
                    .enter = l->alone ? rows_of(part, 0, l->n).t : l->enter,
                    .work = l->work,
                    .patience = l->any_leaves ? l->patience : NULL,
                    .deadline = l->any_leaves ? l->deadline : NULL,
                    .wait = l->alone ? part->cohort->block->stay : l->wait,
                    .holds = l->any_held ? l->holds : NULL,
                    .queue = l->queue,
                    .worked = l->worked,
                    .fate = l->fate};
  fsim_places_serve(&l->places, &line);
  if (fsim_queue_time_tell(&l->queue_time, &line) != 0) return fsim_no_memory(w->report);
  return each_part(w, settle_rows);
}

int fsim_cohorts_serve(fsim_stagewise_worker *w, const fsim_stage_unit *unit) {
  const fsim_scenario *s = w->engine->independent.scenario;
  fsim_team_line *l = &w->line;
  int status = find_parts(w, unit);
  if (status != FSIM_OK) return status;
  if (fsim_places_open(&l->places, &s->teams[unit->team], s->horizon_s) != 0)
    return fsim_no_memory(w->report);
  fsim_queue_time_open(&l->queue_time, s->warm_up_s, !l->any_leaves);
  while (status == FSIM_OK && next_piece(l)) status = serve_piece(w);
  if (status != FSIM_OK) return status;
  return fsim_queue_time_close(&l->queue_time, s->horizon_s, w->recorder, unit->team) != 0
             ? fsim_no_memory(w->report)
             : FSIM_OK;
}
