/* The rows of a block, put into (lead, journey, visit) order.
 *
 * What is to stand in each row is found first (a counting sort), then the columns are made one
 * after the other, so that each is read and written as a whole. */
#include <stdlib.h>
#include <string.h>

#include "sim/base/array.h"
#include "sim/engine/block.h"
#include "sim/random/vector.h"

#define NOT_KEPT UINT32_MAX

/* Leads in order of number; their journeys in order of start. */
typedef struct order {
  uint32_t *place;       /* [n_journeys] a journey's row among those kept, or NOT_KEPT */
  uint32_t *first_visit; /* [journeys kept + 1] */
  uint32_t *first;       /* by slot: row of its first journey */
  uint32_t *lead;        /* [n_journeys] number of its lead */
  int32_t *from;         /* [visits kept] where a row's visit is in the block */
  int32_t *journey;      /* [visits kept] and its journey */
  size_t leads, journeys, visits;
  bool leads_stand, journeys_stand; /* all are kept, and in order already */
} order;

static int order_new(const fsim_block *b, order *o) {
  *o = (order){.place = fsim_aligned(b->n_journeys, sizeof *o->place),
               .first_visit = fsim_zeroed(b->n_journeys + 1, sizeof *o->first_visit),
               .first = fsim_aligned(b->n_leads, sizeof *o->first),
               .lead = fsim_aligned(b->n_journeys, sizeof *o->lead),
               .from = fsim_aligned(b->n_rows, sizeof *o->from),
               .journey = fsim_aligned(b->n_rows, sizeof *o->journey)};
  bool whole = o->place != NULL && o->first_visit != NULL && o->first != NULL && o->lead != NULL &&
               o->from != NULL && o->journey != NULL;
  return whole ? FSIM_OK : fsim_no_memory(b->report);
}

static void order_free(order *o) {
  free(o->place);
  free(o->first_visit);
  free(o->first);
  free(o->lead);
  free(o->from);
  free(o->journey);
}

static void order_journeys(const fsim_block *b, uint32_t lead, order *o) {
  o->leads_stand = o->journeys_stand = true;
  for (size_t k = 0; k < b->n_leads; k++) {
    size_t slot = b->slot_of[k];
    b->s_lead[slot] = lead + (uint32_t)k;
    o->first[slot] = (uint32_t)o->journeys;
    o->leads_stand &= b->kept[slot] && slot == k;
    if (!b->kept[slot]) continue;
    o->journeys += b->journeys[slot];
    o->leads++;
  }
  for (size_t j = 0; j < b->n_journeys; j++) {
    uint32_t slot = b->j_slot[j];
    o->place[j] = b->kept[slot] ? o->first[slot] + b->j_number[j] : NOT_KEPT;
    o->lead[j] = b->s_lead[slot];
    o->journeys_stand &= o->place[j] == j;
  }
}

/* A counting sort by journey: the visits of one come in order of time already. */
static void order_visits(const fsim_block *b, order *o) {
  uint32_t *next = o->first_visit, before = 0;
  for (size_t r = 0; r < b->n_rows; r++) {
    uint32_t place = o->place[b->r_journey[r]];
    if (place != NOT_KEPT) next[place]++;
  }
  for (size_t p = 0; p <= o->journeys; p++) {
    uint32_t n = next[p];
    next[p] = before;
    before += n;
  }
  o->visits = before;
  for (size_t r = 0; r < b->n_rows; r++) {
    uint32_t journey = b->r_journey[r], place = o->place[journey];
    if (place == NOT_KEPT) continue;
    uint32_t row = next[place]++;
    o->from[row] = (int32_t)r;
    o->journey[row] = (int32_t)journey;
  }
}

/* ---- columns: out[i] = in[from[i]]; where all of `in` is the same, so is all of `out` ---- */

FSIM_CLONES
static void gather_32(const uint32_t *restrict in, const int32_t *restrict from,
                      uint32_t *restrict out, size_t n) {
  for (size_t i = 0; i < n; i++) out[i] = in[from[i]];
}

static void fill_32(uint32_t *out, uint32_t value, size_t n) {
  for (size_t i = 0; i < n; i++) out[i] = value;
}

static void fill_16(uint16_t *out, uint16_t value, size_t n) {
  for (size_t i = 0; i < n; i++) out[i] = value;
}

static bool all_same(const void *in, size_t n, size_t size) {
  const uint8_t *bytes = in;
  return n > 0 && memcmp(bytes, bytes + size, (n - 1) * size) == 0;
}

static void gather_16(const uint16_t *restrict in, size_t n_in, const int32_t *restrict from,
                      uint16_t *restrict out, size_t n) {
  if (all_same(in, n_in, sizeof *in)) {
    fill_16(out, in[0], n);
  } else {
    for (size_t i = 0; i < n; i++) out[i] = in[from[i]];
  }
}

static void gather_8(const uint8_t *restrict in, size_t n_in, const int32_t *restrict from,
                     uint8_t *restrict out, size_t n) {
  if (all_same(in, n_in, sizeof *in)) {
    if (n > 0) memset(out, in[0], n);
  } else {
    for (size_t i = 0; i < n; i++) out[i] = in[from[i]];
  }
}

#define COLUMN(type, id) ((type *)rows->column[id] + base)

static void put_attribute(const fsim_block *b, size_t attribute, uint8_t *values) {
  uint8_t value = 0;
  size_t profile = SIZE_MAX, row = 0;
  for (size_t k = 0; k < b->n_leads; k++) {
    size_t slot = b->slot_of[k];
    if (!b->kept[slot]) continue;
    if (b->profile[slot] != profile) {
      profile = b->profile[slot];
      value = (uint8_t)fsim_profile_value(b->scenario, profile, attribute);
    }
    values[row++] = value;
  }
}

static void put_leads(const fsim_block *b, const order *o, fsim_trajectory *rows) {
  size_t base = rows->rows[FSIM_LEADS], row = 0;
  uint32_t *lead = COLUMN(uint32_t, FSIM_LEAD_LEAD), *number = COLUMN(uint32_t, FSIM_LEAD_NUMBER);
  int32_t *arrive = COLUMN(int32_t, FSIM_LEAD_T_ARRIVE);
  fill_32(COLUMN(uint32_t, FSIM_LEAD_REPLICATION), b->part->replication, o->leads);
  fill_16(COLUMN(uint16_t, FSIM_LEAD_STREAM), (uint16_t)b->part->stream, o->leads);
  for (size_t k = 0; k < b->n_leads && !o->leads_stand; k++) {
    size_t slot = b->slot_of[k];
    if (!b->kept[slot]) continue;
    lead[row] = b->s_lead[slot];
    number[row] = b->number[slot];
    arrive[row] = b->arrive[slot];
    row++;
  }
  if (o->leads_stand) {
    memcpy(lead, b->s_lead, o->leads * sizeof *lead);
    memcpy(number, b->number, o->leads * sizeof *number);
    memcpy(arrive, b->arrive, o->leads * sizeof *arrive);
  }
  for (size_t a = 0; a < rows->n_attributes; a++) put_attribute(b, a, rows->attribute[a] + base);
  rows->rows[FSIM_LEADS] += o->leads;
}

/* ---- columns of journeys: out[place[j]] = in[j] ---- */

static void place_32(const fsim_block *b, const order *o, const uint32_t *restrict in,
                     uint32_t *restrict out) {
  if (o->journeys_stand) {
    memcpy(out, in, o->journeys * sizeof *out);
    return;
  }
  for (size_t j = 0; j < b->n_journeys; j++)
    if (o->place[j] != NOT_KEPT) out[o->place[j]] = in[j];
}

static void place_16(const fsim_block *b, const order *o, const uint16_t *restrict in,
                     uint16_t *restrict out) {
  if (o->journeys_stand) {
    memcpy(out, in, o->journeys * sizeof *out);
    return;
  }
  for (size_t j = 0; j < b->n_journeys; j++)
    if (o->place[j] != NOT_KEPT) out[o->place[j]] = in[j];
}

static void place_value(const fsim_block *b, const order *o, double *restrict out) {
  if (all_same(b->j_cents, b->n_journeys, sizeof *b->j_cents) && b->j_cents[0] == 0) {
    memset(out, 0, o->journeys * sizeof *out);
    return;
  }
  for (size_t j = 0; j < b->n_journeys; j++)
    if (o->place[j] != NOT_KEPT) out[o->place[j]] = (double)b->j_cents[j] / 100;
}

static void put_journeys(const fsim_block *b, const order *o, fsim_trajectory *rows) {
  size_t base = rows->rows[FSIM_JOURNEYS];
  fill_32(COLUMN(uint32_t, FSIM_JOURNEY_REPLICATION), b->part->replication, o->journeys);
  place_32(b, o, o->lead, COLUMN(uint32_t, FSIM_JOURNEY_LEAD));
  place_16(b, o, b->j_number, COLUMN(uint16_t, FSIM_JOURNEY_JOURNEY));
  place_16(b, o, b->j_parent, COLUMN(uint16_t, FSIM_JOURNEY_PARENT));
  place_16(b, o, b->j_funnel, COLUMN(uint16_t, FSIM_JOURNEY_FUNNEL));
  place_32(b, o, (const uint32_t *)b->j_start, COLUMN(uint32_t, FSIM_JOURNEY_T_START));
  place_32(b, o, (const uint32_t *)b->j_end, COLUMN(uint32_t, FSIM_JOURNEY_T_END));
  place_16(b, o, b->j_outcome, COLUMN(uint16_t, FSIM_JOURNEY_OUTCOME));
  place_value(b, o, COLUMN(double, FSIM_JOURNEY_VALUE));
  rows->rows[FSIM_JOURNEYS] += o->journeys;
}

/* ---- and of visits ---- */

static void put_visits(const fsim_block *b, const order *o, fsim_trajectory *rows) {
  size_t base = rows->rows[FSIM_VISITS], n = o->visits, n_in = b->n_rows;
  uint16_t *exit = COLUMN(uint16_t, FSIM_VISIT_EXIT),
           *would = COLUMN(uint16_t, FSIM_VISIT_WOULD_EXIT);
  fill_32(COLUMN(uint32_t, FSIM_VISIT_REPLICATION), b->part->replication, n);
  fill_32(COLUMN(uint32_t, FSIM_VISIT_QUEUE), 0, n);
  fill_32(COLUMN(uint32_t, FSIM_VISIT_WORK), 0, n);
  gather_32(o->lead, o->journey, COLUMN(uint32_t, FSIM_VISIT_LEAD), n);
  gather_16(b->j_number, b->n_journeys, o->journey, COLUMN(uint16_t, FSIM_VISIT_JOURNEY), n);
  gather_16(b->r_stage, n_in, o->from, COLUMN(uint16_t, FSIM_VISIT_STAGE), n);
  gather_16(b->r_visit, n_in, o->from, COLUMN(uint16_t, FSIM_VISIT_VISIT), n);
  gather_32((const uint32_t *)b->r_enter, o->from, COLUMN(uint32_t, FSIM_VISIT_T_ENTER), n);
  gather_32((const uint32_t *)b->r_stay, o->from, COLUMN(uint32_t, FSIM_VISIT_WAIT), n);
  gather_8(b->r_reason, n_in, o->from, COLUMN(uint8_t, FSIM_VISIT_REASON), n);
  gather_16(b->r_exit, n_in, o->from, exit, n);
  if (n > 0 && memcmp(b->r_exit, b->r_would, n_in * sizeof *b->r_exit) == 0) {
    memcpy(would, exit, n * sizeof *would);
  } else {
    gather_16(b->r_would, n_in, o->from, would, n);
  }
  rows->rows[FSIM_VISITS] += n;
}

int fsim_block_rows(fsim_block *b, uint32_t lead, fsim_trajectory *rows) {
  order o;
  int status = order_new(b, &o);
  if (status != FSIM_OK) goto out;
  order_journeys(b, lead, &o);
  if (o.leads == 0) goto out;
  order_visits(b, &o);
  if (fsim_trajectory_reserve(rows, FSIM_LEADS, o.leads) != 0 ||
      fsim_trajectory_reserve(rows, FSIM_JOURNEYS, o.journeys) != 0 ||
      fsim_trajectory_reserve(rows, FSIM_VISITS, o.visits) != 0) {
    status = fsim_no_memory(b->report);
    goto out;
  }
  put_leads(b, &o, rows);
  put_journeys(b, &o, rows);
  put_visits(b, &o, rows);

out:
  order_free(&o);
  return status;
}
