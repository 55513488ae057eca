#include "sim/engine/turnstile.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/array.h"
#include "sim/base/report.h"

int fsim_turnstile_init(fsim_turnstile *t, size_t places) {
  memset(t, 0, sizeof *t);
  t->places = places;
  t->ready = fsim_zeroed(places, sizeof *t->ready);
  if (t->ready == NULL) return -1;
  if (pthread_mutex_init(&t->lock, NULL) != 0) {
    free(t->ready);
    t->ready = NULL;
    return -1;
  }
  return 0;
}

void fsim_turnstile_destroy(fsim_turnstile *t) {
  if (t->ready == NULL) return;
  pthread_mutex_destroy(&t->lock);
  free(t->ready);
  t->ready = NULL;
}

bool fsim_turnstile_enter(fsim_turnstile *t, uint64_t end, uint64_t *ticket) {
  pthread_mutex_lock(&t->lock);
  bool open = t->status == FSIM_OK && t->next < end && t->next - t->delivered < t->places;
  if (open) *ticket = t->next++;
  pthread_mutex_unlock(&t->lock);
  return open;
}

bool fsim_turnstile_empty(fsim_turnstile *t, uint64_t end) {
  pthread_mutex_lock(&t->lock);
  bool empty = t->status != FSIM_OK || t->next >= end;
  pthread_mutex_unlock(&t->lock);
  return empty;
}

void fsim_turnstile_leave(fsim_turnstile *t, uint64_t ticket, int status,
                          int (*deliver)(void *context, uint64_t ticket), void *context) {
  pthread_mutex_lock(&t->lock);
  t->ready[ticket % t->places] = true;
  if (status != FSIM_OK && t->status == FSIM_OK) t->status = status;
  while (!t->delivering && t->status == FSIM_OK && t->delivered < t->next &&
         t->ready[t->delivered % t->places]) {
    uint64_t now = t->delivered;
    t->delivering = true;
    pthread_mutex_unlock(&t->lock);
    status = deliver(context, now);
    pthread_mutex_lock(&t->lock);
    t->delivering = false;
    if (status != FSIM_OK && t->status == FSIM_OK) t->status = status;
    if (status == FSIM_OK) {
      t->ready[now % t->places] = false;
      t->delivered++;
    }
  }
  pthread_mutex_unlock(&t->lock);
}
