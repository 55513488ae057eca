/* Orders of customers: each is a case that is won at once; the first of a customer is in one
 * funnel, the others follow one another in a second one. An order may have several rows. */
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

/* The order whose lines are being read. It becomes a case when all are: only then is it known
 * whether its value is below zero. */
typedef struct present_order {
  uint64_t hash; /* of customer and id; 0: none */
  fsim_text name;
  fsim_text *attribute; /* [n_attributes] as its first line tells them */
  int64_t time, line;   /* of its first line */
  size_t rows;
  double total;
  bool valued;
} present_order;

typedef struct order_reading {
  fsim_export_table t;
  size_t repeat;      /* the funnel */
  customer *customer; /* [cases] of a first order */
  size_t customer_room;
  bool lines; /* orders have ids: a row is a line of one */
  present_order now;
  present_order held; /* has lines below zero only so far: a return, or an order with a discount */
  uint64_t *done;     /* orders that were, by open addressing */
  size_t n_done, n_slots;
} order_reading;

/* ---- orders that were read ---- */

static size_t slot_of(const order_reading *o, uint64_t order) {
  size_t at = (size_t)(order >> 8) & (o->n_slots - 1);
  while (o->done[at] != 0 && o->done[at] != order) at = (at + 1) & (o->n_slots - 1);
  return at;
}

static int remember(const fsim_log_reading *r, order_reading *o, uint64_t order) {
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
  uint64_t *slot = &o->done[slot_of(o, order)];
  o->n_done += *slot == 0;
  *slot = order;
  return FSIM_OK;
}

/* ---- one order ---- */

/* Without ids nothing tells lines of one order from orders. */
static int tell_same_moment(const fsim_log_reading *r, const order_reading *o,
                            const present_order *now, const customer *c) {
  if (o->lines || c->at != now->time || now->time % DAY == 0) return FSIM_OK;
  return fsim_builder_finding(r->b, "an order at the same moment as the customer's one before",
                              "it counts as an order; if rows are lines of orders, name the column "
                              "of their ids (columns: {order: ...})",
                              now->line, FSIM_THIS_FILE, "%s", now->name.text);
}

/* The case of the present order: the customer's first one, or one that follows the last. */
static int make_case(const fsim_log_reading *r, order_reading *o, const present_order *now,
                     size_t *made) {
  const char *name = now->name.text;
  bool fresh = false;
  size_t which = 0;
  int status = fsim_builder_case(r->b, r->funnel, name, now->line, &which, &fresh);
  if (status != FSIM_OK) return status;
  void *items = o->customer;
  const int failed = fsim_grow(&items, &o->customer_room, which + 1, sizeof *o->customer);
  o->customer = items;
  if (failed) return fsim_no_memory(r->report);
  customer *c = &o->customer[which];
  *made = which;
  if (fresh) {
    *c = (customer){which, 1, now->time};
    return FSIM_OK;
  }
  status = tell_same_moment(r, o, now, c);
  fsim_text id = {0};
  fsim_text_append(&id, "%s/%zu", name, ++c->count);
  if (status == FSIM_OK)
    status = id.failed ? fsim_no_memory(r->report)
                       : fsim_builder_case(r->b, o->repeat, id.text, now->line, made, &fresh);
  free(id.text);
  if (status != FSIM_OK) return status;
  fsim_builder_parent(r->b, *made, c->last);
  c->last = *made;
  c->at = now->time;
  return FSIM_OK;
}

/* All of its lines are read: its value is their sum, and it takes its place in time. */
static int close_order(const fsim_log_reading *r, order_reading *o, present_order *now) {
  size_t which = 0;
  if (now->hash == 0) return FSIM_OK;
  int status = o->lines ? remember(r, o, now->hash) : FSIM_OK;
  now->hash = 0;
  if (status == FSIM_OK && now->valued && now->total < 0)
    return fsim_builder_leave_out(r->b, now->rows, "a return (an order with a value below zero)",
                                  now->line, now->name.text);
  if (status == FSIM_OK) status = make_case(r, o, now, &which);
  if (status != FSIM_OK) return status;
  fsim_builder_created(r->b, which, now->time);
  if (now->valued) fsim_builder_value(r->b, which, now->total);
  for (size_t a = 0; a < r->m->n_attributes && status == FSIM_OK; a++)
    status = fsim_builder_level(r->b, which, a, now->attribute[a].text);
  if (status == FSIM_OK && fsim_builder_sift(r->b, which))
    status = fsim_builder_finding(r->b, "an order that is earlier than the one read before it",
                                  "the customer's orders are put in order of time", now->line,
                                  FSIM_THIS_FILE, "%s", now->name.text);
  return status;
}

static int set_text(const fsim_log_reading *r, fsim_text *text, const char *is) {
  text->length = 0;
  fsim_text_append(text, "%s", is);
  return text->failed ? fsim_no_memory(r->report) : FSIM_OK;
}

static int begin_order(const fsim_log_reading *r, order_reading *o, present_order *now,
                       const char *name, int64_t time, uint64_t hash) {
  int status = close_order(r, o, now);
  if (status == FSIM_OK && o->lines && o->n_slots > 0 && o->done[slot_of(o, hash)] != 0)
    status = fsim_row_finding(r, &o->t, "an order whose rows do not stand together",
                              "they count as orders of their own; sort the file by order", name);
  if (status == FSIM_OK) status = set_text(r, &now->name, name);
  for (size_t a = 0; a < r->m->n_attributes && status == FSIM_OK; a++)
    status = set_text(r, &now->attribute[a], fsim_csv_field(o->t.csv, o->t.attribute[a]));
  now->hash = hash;
  now->time = time;
  now->line = fsim_export_table_line(&o->t);
  now->rows = 0;
  now->total = 0;
  now->valued = false;
  return status;
}

/* The order that a row belongs to. What begins with a line below zero is held: a return stands
 * between the lines of other orders without parting them. */
static int find_order(const fsim_log_reading *r, order_reading *o, const char *name, int64_t time,
                      uint64_t hash, bool below_zero, present_order **order) {
  *order = &o->now;
  if (o->lines && hash == o->now.hash) return FSIM_OK;
  const bool held = o->lines && hash == o->held.hash;
  if (below_zero) *order = &o->held;
  if (below_zero) return held ? FSIM_OK : begin_order(r, o, &o->held, name, time, hash);
  if (!held) return begin_order(r, o, &o->now, name, time, hash);
  int status = close_order(r, o, &o->now);
  const present_order before = o->now;
  o->now = o->held;
  o->held = before;
  return status;
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
  const uint64_t hash = fsim_hash_mix(fsim_hash_name(name), fsim_hash_name(id)) | 1;
  fsim_builder_seen(r->b, time);
  double amount = 0;
  const fsim_field_state state = fsim_export_value(t, &amount);
  present_order *order;
  int status = find_order(r, o, name, time, hash, state == FSIM_FIELD_GOOD && amount < 0, &order);
  order->rows++;
  if (state == FSIM_FIELD_GOOD) {
    order->total += amount;
    order->valued = true;
  }
  if (status == FSIM_OK && state == FSIM_FIELD_BAD)
    status = fsim_row_finding(
        r, t, "a value that is no number",
        o->lines ? "the line adds nothing to the value of its order" : "the order has no value",
        name);
  return status;
}

static int make_texts(const fsim_log_reading *r, present_order *order) {
  order->attribute = fsim_zeroed(r->m->n_attributes, sizeof *order->attribute);
  return order->attribute == NULL ? fsim_no_memory(r->report) : FSIM_OK;
}

static void free_texts(const fsim_log_reading *r, present_order *order) {
  for (size_t a = 0; order->attribute != NULL && a < r->m->n_attributes; a++)
    free(order->attribute[a].text);
  free(order->attribute);
  free(order->name.text);
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
  if (status == FSIM_OK) status = make_texts(r, &o.now);
  if (status == FSIM_OK) status = make_texts(r, &o.held);
  int row = 0;
  while (status == FSIM_OK && (row = fsim_export_table_next(&o.t)) > 0) {
    status = take_row(r, &o);
    fsim_builder_row_done(r->b);
  }
  if (row < 0) status = fsim_no_memory(r->report);
  if (status == FSIM_OK) status = close_order(r, &o, &o.now);
  if (status == FSIM_OK) status = close_order(r, &o, &o.held);
  if (status == FSIM_OK) status = fsim_builder_end_all(r->b, 0);
  free_texts(r, &o.now);
  free_texts(r, &o.held);
  free(o.customer);
  free(o.done);
  fsim_export_table_close(&o.t);
  return status;
}
