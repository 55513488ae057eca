/* Orders of customers: each is a case that is won at once; the first of a customer is in one
 * funnel, the others follow one another in a second one. An order may have several rows. */
#include <stdio.h>
#include <stdlib.h>

#include "analysis/fit/log_parts.h"
#include "analysis/fit/read_log_parts.h"
#include "sim/base/array.h"
#include "sim/base/text.h"

#define DAY INT64_C(86400)

typedef struct customer {
  size_t last, count; /* the latest order, as it was read, and how many there are */
  int64_t at;         /* when that was */
} customer;

typedef struct order_reading {
  fsim_export_table t;
  size_t repeat;      /* the funnel */
  customer *customer; /* [cases] of a first order */
  size_t customer_room;
  bool lines;     /* orders have ids: a row is a line of one */
  uint64_t order; /* whose lines are being read: of customer and id; 0: none */
  uint64_t *done; /* orders that were, by open addressing */
  size_t n_done, n_slots;
  size_t which; /* its case */
  int64_t line; /* its first row */
  char name[64];
  double total;
  bool valued;
} order_reading;

/* ---- orders that were read ---- */

static size_t slot_of(const order_reading *o, uint64_t order) {
  size_t at = (size_t)(order >> 8) & (o->n_slots - 1);
  while (o->done[at] != 0 && o->done[at] != order) at = (at + 1) & (o->n_slots - 1);
  return at;
}

static int remember(const fsim_log_reading *r, order_reading *o) {
  if (2 * (o->n_done + 1) > o->n_slots) {
    uint64_t *before = o->done;
    const size_t n = o->n_slots;
    o->n_slots = n > 0 ? 2 * n : 1024;
    o->done = fsim_zeroed(o->n_slots, sizeof *o->done);
    for (size_t i = 0; i < n && o->done != NULL; i++) {
      if (before[i] != 0) o->done[slot_of(o, before[i])] = before[i];
    }
    free(before);
    if (o->done == NULL) return fsim_no_memory(r->report);
  }
  uint64_t *slot = &o->done[slot_of(o, o->order)];
  o->n_done += *slot == 0;
  *slot = o->order;
  return FSIM_OK;
}

/* ---- one order ---- */

/* All of its lines are read: its value is their sum, and it takes its place in time. */
static int close_order(const fsim_log_reading *r, order_reading *o) {
  if (o->order == 0) return FSIM_OK;
  if (o->valued) fsim_builder_value(r->b, o->which, o->total);
  int status = o->lines ? remember(r, o) : FSIM_OK;
  o->order = 0;
  if (status == FSIM_OK && fsim_builder_sift(r->b, o->which))
    status = fsim_builder_finding(r->b, "an order that is earlier than the one read before it",
                                  "the customer's orders are put in order of time", o->line,
                                  FSIM_THIS_FILE, "%s", o->name);
  return status;
}

/* Without ids nothing tells lines of one order from orders. */
static int tell_same_moment(const fsim_log_reading *r, const order_reading *o, const customer *c,
                            int64_t time, const char *name) {
  if (o->lines || c->at != time || time % DAY == 0) return FSIM_OK;
  return fsim_row_finding(r, &o->t, "an order at the same moment as the customer's one before",
                          "it counts as an order; if rows are lines of orders, name the column of "
                          "their ids (columns: {order: ...})",
                          name);
}

static int make_order(const fsim_log_reading *r, order_reading *o, const char *name, int64_t time) {
  const int64_t line = fsim_export_table_line(&o->t);
  bool fresh = false;
  size_t which = 0;
  int status = fsim_builder_case(r->b, r->funnel, name, line, &which, &fresh);
  if (status != FSIM_OK) return status;
  void *items = o->customer;
  const int failed = fsim_grow(&items, &o->customer_room, which + 1, sizeof *o->customer);
  o->customer = items;
  if (failed) return fsim_no_memory(r->report);
  customer *c = &o->customer[which];
  if (fresh) {
    *c = (customer){which, 1, time};
    o->which = which;
    return FSIM_OK;
  }
  status = tell_same_moment(r, o, c, time, name);
  fsim_text id = {0};
  fsim_text_append(&id, "%s/%zu", name, ++c->count);
  if (status == FSIM_OK)
    status = id.failed ? fsim_no_memory(r->report)
                       : fsim_builder_case(r->b, o->repeat, id.text, line, &o->which, &fresh);
  free(id.text);
  if (status != FSIM_OK) return status;
  fsim_builder_parent(r->b, o->which, c->last);
  c->last = o->which;
  c->at = time;
  return FSIM_OK;
}

static int begin_order(const fsim_log_reading *r, order_reading *o, const char *name, int64_t time,
                       uint64_t order) {
  int status = close_order(r, o);
  if (status == FSIM_OK && o->lines && o->n_slots > 0 && o->done[slot_of(o, order)] != 0)
    status = fsim_row_finding(r, &o->t, "an order whose rows do not stand together",
                              "they count as orders of their own; sort the file by order", name);
  if (status == FSIM_OK) status = make_order(r, o, name, time);
  if (status != FSIM_OK) return status;
  o->order = order;
  o->line = fsim_export_table_line(&o->t);
  snprintf(o->name, sizeof o->name, "%s", name);
  o->total = 0;
  o->valued = false;
  fsim_builder_created(r->b, o->which, time);
  return fsim_export_attributes(&o->t, o->which);
}

/* ---- rows ---- */

static int take_row(const fsim_log_reading *r, order_reading *o) {
  const fsim_export_table *t = &o->t;
  const char *name = fsim_export_field(t, FSIM_COLUMN_CASE);
  const char *id = fsim_export_field(t, FSIM_COLUMN_ORDER);
  int64_t time = 0;
  if (*name == '\0')
    return fsim_row_finding(r, t, "a row without a customer", FSIM_ROW_LEFT_OUT, id);
  if (o->lines && *id == '\0')
    return fsim_row_finding(r, t, "a row without an order", FSIM_ROW_LEFT_OUT, name);
  if (fsim_export_time(t, t->column[FSIM_COLUMN_TIME], &time) != FSIM_FIELD_GOOD)
    return fsim_row_bad_time(r, t, FSIM_COLUMN_TIME, "an order without a date", name);
  const uint64_t order = fsim_hash_mix(fsim_hash_name(name), fsim_hash_name(id)) | 1;
  const bool goes_on = o->lines && order == o->order;
  double amount = 0;
  const fsim_field_state state = fsim_export_value(t, &amount);
  fsim_builder_seen(r->b, time);
  if (state == FSIM_FIELD_GOOD && amount < 0 && !goes_on)
    return fsim_row_finding(r, t, "a return (an order with a value below zero)", FSIM_ROW_LEFT_OUT,
                            name);
  int status = goes_on ? FSIM_OK : begin_order(r, o, name, time, order);
  if (status == FSIM_OK && state == FSIM_FIELD_BAD)
    status = fsim_row_finding(r, t, "a value that is no number", "the order has no value", name);
  if (state == FSIM_FIELD_GOOD) {
    o->total += amount;
    o->valued = true;
  }
  return status == FSIM_OK && !o->lines ? close_order(r, o) : status;
}

int fsim_read_orders(fsim_log_reading *r, const char *path) {
  static const fsim_meaning won = {.name = "won", .win = true};
  order_reading o = {.lines = r->m->table.column[FSIM_COLUMN_ORDER] != NULL};
  int status = fsim_builder_funnel(r->b, "first-order", NULL, 0, &won, 1, &r->funnel);
  if (status == FSIM_OK)
    status = fsim_builder_funnel(r->b, "repeat-order", NULL, 0, &won, 1, &o.repeat);
  if (status != FSIM_OK) return status;
  status =
      fsim_export_table_open(path, r->m, &r->m->table, NULL, 0, r->options, r->b, r->report, &o.t);
  int row = 0;
  while (status == FSIM_OK && (row = fsim_export_table_next(&o.t)) > 0) {
    status = take_row(r, &o);
    fsim_builder_row_done(r->b);
  }
  if (row < 0) status = fsim_no_memory(r->report);
  if (status == FSIM_OK) status = close_order(r, &o);
  if (status == FSIM_OK) status = fsim_builder_end_all(r->b, 0);
  fsim_export_table_close(&o.t);
  free(o.customer);
  free(o.done);
  return status;
}
