#include "sim/engine/block.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/array.h"
#include "sim/base/text.h"

/* One column of a block: where its pointer is and how large it gets. */
typedef struct column {
  void **items;
  size_t count, size;
} column;

#define MOST_COLUMNS 52
#define BLOCK_LEADS 4096       /* flat between 2048 and 8192 */
#define MOST_BLOCK_LEADS 16384 /* many profiles: larger blocks keep their batches long */
#define ADD(pointer, many)                         \
  columns[n++] = (column) {                        \
    (void **)&(pointer), (many), sizeof *(pointer) \
  }

static size_t most_exits(const fsim_scenario *scenario) {
  size_t most = 0;
  for (size_t s = 0; s < scenario->n_stages; s++) {
    if (scenario->stages[s].n_exits > most) most = scenario->stages[s].n_exits;
  }
  return most;
}

static size_t list_columns(fsim_block *b, column *columns) {
  const fsim_scenario *scenario = b->scenario;
  size_t n = 0, rows = b->rows, stages = b->engine->loops.most_stages;
  size_t leads = b->alike ? 0 : b->capacity;
  size_t changing = b->alike && scenario->n_versions == 1 ? 0 : b->capacity;
  ADD(b->stage_key, scenario->n_stages);
  ADD(b->value_key, scenario->n_funnels);
  ADD(b->link_key, scenario->n_links);
  ADD(b->change_key, scenario->n_changes);
  ADD(b->number, b->counted ? 0 : b->capacity);
  ADD(b->arrive, b->linked ? b->capacity : leads);
  ADD(b->profile, changing > 0 ? changing : 1);
  ADD(b->slot_of, leads);
  ADD(b->kept, leads);
  ADD(b->journeys, leads);
  ADD(b->link_of, b->linked ? b->capacity : 0);
  ADD(b->ordinal, leads * scenario->n_funnels);
  ADD(b->pending, leads);
  ADD(b->reach, changing * scenario->n_changes);
  ADD(b->gone, leads);
  ADD(b->starts, b->alike ? scenario->n_links : 0);
  ADD(b->inbox, stages);
  ADD(b->visits, leads * stages);
  ADD(b->u, rows);
  ADD(b->v, rows);
  ADD(b->w, rows);
  ADD(b->stay, rows);
  ADD(b->clock, rows);
  ADD(b->leave, rows);
  ADD(b->s_enter, rows);
  ADD(b->s_arrive, rows);
  ADD(b->s_start, rows);
  ADD(b->s_time, rows);
  ADD(b->s_cents, rows);
  ADD(b->index, rows);
  ADD(b->s_journey, rows);
  ADD(b->s_lead, rows);
  ADD(b->s_slot, rows);
  ADD(b->pass, rows);
  ADD(b->exit, rows);
  ADD(b->bucket, rows);
  ADD(b->s_parent, rows);
  ADD(b->s_funnel, rows);
  ADD(b->taken, rows);
  ADD(b->delay, rows);
  ADD(b->wave_slot, rows);
  ADD(b->wave_t, rows);
  ADD(b->wave_parent, rows);
  ADD(b->wave_funnel, rows);
  ADD(b->law, rows);
  ADD(b->moves, most_exits(scenario) + 3);
  ADD(b->code, most_exits(scenario) + 3);
  return n;
}

static size_t list_journeys(fsim_block *b, column *columns) {
  size_t n = 0;
  ADD(b->j_outcome, 0);
  ADD(b->j_start, 0);
  ADD(b->j_cents, 0);
  if (b->alike) return n;
  ADD(b->j_slot, 0);
  ADD(b->j_number, 0);
  ADD(b->j_parent, 0);
  ADD(b->j_ordinal, 0);
  ADD(b->j_funnel, 0);
  ADD(b->j_end, 0);
  return n;
}

static size_t list_rows(fsim_block *b, column *columns) {
  size_t n = 0;
  ADD(b->r_journey, 0);
  ADD(b->r_stage, 0);
  ADD(b->r_visit, 0);
  ADD(b->r_exit, 0);
  ADD(b->r_would, 0);
  ADD(b->r_enter, 0);
  ADD(b->r_stay, 0);
  ADD(b->r_reason, 0);
  return n;
}

static int inbox_new(fsim_inbox *inbox, size_t capacity) {
  inbox->journey = fsim_aligned(capacity, sizeof *inbox->journey);
  inbox->lead = fsim_aligned(capacity, sizeof *inbox->lead);
  inbox->t = fsim_aligned(capacity, sizeof *inbox->t);
  return inbox->journey == NULL || inbox->lead == NULL || inbox->t == NULL ? -1 : 0;
}

static void inbox_free(fsim_inbox *inbox) {
  free(inbox->journey);
  free(inbox->lead);
  free(inbox->t);
}

static fsim_block *make(const fsim_independent *engine, size_t rows, bool alike, bool linked) {
  column columns[MOST_COLUMNS];
  fsim_block *b = fsim_zeroed(1, sizeof *b);
  if (b == NULL) return NULL;
  b->alike = alike;
  const fsim_scenario *scenario = engine->scenario;
  b->counted = alike && !linked && scenario->n_profiles == 1 && scenario->n_versions == 1;
  b->linked = linked;
  b->rows = rows;
  b->engine = engine;
  b->plan = engine->plan;
  b->scenario = engine->scenario;
  b->capacity = engine->block_leads;
  size_t n = list_columns(b, columns);
  int failed = 0;
  for (size_t i = 0; i < n; i++) {
    *columns[i].items = fsim_zeroed(columns[i].count, columns[i].size);
    failed |= *columns[i].items == NULL;
  }
  failed |= inbox_new(&b->current, b->capacity);
  failed |= inbox_new(&b->some, b->capacity);
  for (size_t i = 0; !failed && i < engine->loops.most_stages; i++)
    failed |= inbox_new(&b->inbox[i], b->capacity);
  failed = failed || fsim_block_journeys(b, b->capacity) != 0;
  if (failed) {
    fsim_block_free(b);
    return NULL;
  }
  return b;
}

size_t fsim_block_size(const fsim_scenario *scenario, size_t wanted) {
  if (wanted > 0) return wanted;
  size_t leads = BLOCK_LEADS;
  for (size_t p = 2; p < scenario->n_profiles && leads < MOST_BLOCK_LEADS; p *= 2) leads *= 2;
  return leads;
}

fsim_block *fsim_block_new(const fsim_independent *engine) {
  return make(engine, engine->block_leads, false, false);
}

fsim_block *fsim_block_new_alike(const fsim_independent *engine, size_t stream, size_t profile,
                                 size_t funnel, size_t rows) {
  bool linked = funnel != engine->scenario->streams[stream].into;
  fsim_block *b = make(engine, rows, true, linked);
  if (b == NULL) return NULL;
  b->funnel_now = funnel;
  b->profile_now = profile;
  size_t n = engine->scenario->n_versions > 1 ? b->capacity : 1;
  for (size_t i = 0; i < n; i++) b->profile[i] = (uint16_t)profile;
  b->first = !linked;
  b->fresh = true;
  return b;
}

void fsim_block_free(fsim_block *b) {
  column columns[MOST_COLUMNS];
  if (b == NULL) return;
  for (size_t i = 0; b->inbox != NULL && i < b->engine->loops.most_stages; i++)
    inbox_free(&b->inbox[i]);
  inbox_free(&b->current);
  inbox_free(&b->some);
  for (size_t l = 0; b->alike && b->starts != NULL && l < b->scenario->n_links; l++) {
    free(b->starts[l].t);
    free(b->starts[l].arrive);
    free(b->starts[l].lead);
  }
  size_t n = list_columns(b, columns);
  for (size_t i = 0; i < n; i++) free(*columns[i].items);
  n = list_journeys(b, columns);
  for (size_t i = 0; i < n; i++) free(*columns[i].items);
  n = list_rows(b, columns);
  for (size_t i = 0; i < n; i++) free(*columns[i].items);
  free(b->pendings);
  free(b->handed);
  free(b);
}

/* Columns that grow together: a column that has grown when another fails has room to spare. */
static int grow_columns(const column *columns, size_t n, size_t *capacity, size_t need) {
  if (need <= *capacity) return 0;
  size_t room = *capacity + *capacity / 2;
  if (room < need) room = need;
  if (room < 1024) room = 1024;
  for (size_t i = 0; i < n; i++) {
    size_t have = *capacity;
    if (fsim_grow(columns[i].items, &have, room, columns[i].size) != 0) return -1;
  }
  *capacity = room;
  return 0;
}

int fsim_block_journeys(fsim_block *b, size_t n) {
  column columns[MOST_COLUMNS];
  if (b->n_journeys + n <= b->journey_capacity) return 0;
  return grow_columns(columns, list_journeys(b, columns), &b->journey_capacity, b->n_journeys + n);
}

int fsim_block_row_space(fsim_block *b, size_t n) {
  column columns[MOST_COLUMNS];
  if (b->n_rows + n <= b->row_capacity) return 0;
  return grow_columns(columns, list_rows(b, columns), &b->row_capacity, b->n_rows + n);
}

int fsim_starts_room(fsim_starts *s, size_t n) {
  void *t = s->t, *arrive = s->arrive, *lead = s->lead;
  size_t have = s->capacity, also = have, too = have;
  int failed = fsim_grow(&t, &have, s->n + n, sizeof *s->t);
  s->t = t;
  failed = failed || fsim_grow(&arrive, &also, s->n + n, sizeof *s->arrive);
  s->arrive = arrive;
  failed = failed || fsim_grow(&lead, &too, s->n + n, sizeof *s->lead);
  s->lead = lead;
  if (!failed) s->capacity = have;
  return failed ? -1 : 0;
}

int fsim_block_pendings(fsim_block *b, size_t n) {
  void *items = b->pendings;
  if (fsim_grow(&items, &b->pending_capacity, b->n_pendings + n, sizeof *b->pendings) != 0)
    return -1;
  b->pendings = items;
  return 0;
}

void fsim_block_begin(fsim_block *b, const fsim_part *part, fsim_recorder *recorder, bool keep_rows,
                      fsim_report *report) {
  b->part = part;
  b->recorder = recorder;
  b->keep_rows = b->keep_outcomes = keep_rows;
  b->keep_stays = false;
  b->report = report;
  fsim_keys keys = {b->stage_key, b->value_key, b->link_key, b->change_key};
  fsim_keys_set(b->plan, part->replication, part->stream, &keys);
  fsim_paces_draw(b->paces, part->replication);
}

char *fsim_block_lead_text(const fsim_block *b, size_t slot, char *buffer, size_t size) {
  unsigned number = b->counted ? (unsigned)slot : (unsigned)b->number[slot];
  snprintf(buffer, size, "replication %u, lead %s/%u", (unsigned)b->part->replication,
           b->scenario->streams[b->part->stream].name, number);
  return buffer;
}
