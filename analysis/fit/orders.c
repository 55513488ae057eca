/* Orders of customers as waits for the next one. */
#include <stdlib.h>
#include <string.h>

#include "analysis/fit/log_parts.h"
#include "analysis/fit/waits.h"
#include "sim/base/array.h"
#include "sim/base/text.h"

/* Customers who have ordered once, twice or three times come back differently; after that alike. */
static const char *const names[] = {"first-order", "second-order", "third-order", "later-order"};
enum { FUNNELS = sizeof names / sizeof *names };

static int set_funnels(fsim_log *log, fsim_report *report) {
  fsim_log_funnel *funnels = fsim_zeroed(FUNNELS, sizeof *funnels);
  if (funnels == NULL) return fsim_no_memory(report);
  fsim_log_funnels_free(log);
  log->funnels = funnels;
  int status = FSIM_OK;
  for (size_t f = 0; f < FUNNELS && status == FSIM_OK; f++) {
    log->n_funnels++;
    funnels[f].name = fsim_copy_text(names[f], strlen(names[f]));
    funnels[f].wins = fsim_zeroed(2, sizeof *funnels[f].wins);
    if (funnels[f].name == NULL || funnels[f].wins == NULL) return fsim_no_memory(report);
    funnels[f].wins[0] = true;
    funnels[f].wait_from = funnels[f].wait_to = FSIM_NONE;
    status = fsim_name_list_add(&funnels[f].outcomes, "won", report);
    if (status == FSIM_OK && f > 0)
      status = fsim_name_list_add(&funnels[f].outcomes, "gone", report);
  }
  return status;
}

/* The wait that began with an order: its name is that order's with one more in its number. */
static int add_open_wait(fsim_log *log, size_t after, size_t number, size_t *id_room, fsim_wait *w,
                         fsim_report *report) {
  const fsim_case *order = &log->cases[after];
  fsim_text name = {0};
  const char *id = fsim_case_id(log, order), *slash = number > 1 ? strrchr(id, '/') : NULL;
  const size_t length = slash != NULL ? (size_t)(slash - id) : strlen(id);
  fsim_text_append(&name, "%.*s/%zu", (int)length, id, number + 1);
  void *ids = log->ids;
  int status = name.failed || fsim_grow(&ids, id_room, log->ids_length + name.length + 1, 1)
                   ? fsim_no_memory(report)
                   : FSIM_OK;
  if (status == FSIM_OK) {
    log->ids = ids;
    *w = (fsim_wait){*order, SIZE_MAX, after, after};
    w->what.id = log->ids_length;
    memcpy(log->ids + log->ids_length, name.text, name.length + 1);
    log->ids_length += name.length + 1;
    w->what.funnel = (int32_t)(number < FUNNELS ? number : FUNNELS - 1);
    w->what.created = w->what.seen_from = order->closed;
    w->what.closed = FSIM_NEVER;
    w->what.outcome = FSIM_NONE;
    w->what.value = FSIM_NO_VALUE;
  }
  free(name.text);
  return status;
}

/* All waits of the customer whose first order this is; next[case]: the order that follows. */
static int follow(fsim_log *log, size_t first, const size_t *next, size_t *id_room,
                  fsim_wait *waits, size_t *n, fsim_report *report) {
  size_t number = 1, last = first;
  waits[(*n)++] = (fsim_wait){log->cases[first], first, SIZE_MAX, first};
  waits[*n - 1].what.funnel = 0;
  for (size_t c = next[first]; c != SIZE_MAX; last = c, c = next[c], number++) {
    fsim_wait *w = &waits[(*n)++];
    *w = (fsim_wait){log->cases[c], c, last, c};
    w->what.funnel = (int32_t)(number < FUNNELS ? number : FUNNELS - 1);
    w->what.created = w->what.seen_from = log->cases[last].closed;
  }
  return add_open_wait(log, last, number, id_room, &waits[(*n)++], report);
}

int fsim_orders_as_waits(fsim_log *log, fsim_report *report) {
  size_t customers = 0, n = 0, id_room = log->ids_length;
  size_t *next = fsim_zeroed(log->n_cases, sizeof *next);
  for (size_t c = 0; c < log->n_cases && next != NULL; c++) next[c] = SIZE_MAX;
  for (size_t c = 0; c < log->n_cases && next != NULL; c++) {
    if (log->cases[c].parent == FSIM_NONE)
      customers++;
    else
      next[log->cases[c].parent] = c;
  }
  fsim_wait *waits = fsim_zeroed(log->n_cases + customers, sizeof *waits);
  int status = next != NULL && waits != NULL ? FSIM_OK : fsim_no_memory(report);
  for (size_t c = 0; c < log->n_cases && status == FSIM_OK; c++) {
    if (log->cases[c].parent == FSIM_NONE)
      status = follow(log, c, next, &id_room, waits, &n, report);
  }
  if (status == FSIM_OK) status = fsim_replace_cases(log, waits, n, report);
  if (status == FSIM_OK) status = set_funnels(log, report);
  log->orders = true;
  free(next);
  free(waits);
  return status;
}
