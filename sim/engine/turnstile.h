/* Puts what threads finish in any order back into the order of the work.
 *
 * A thread takes a ticket, and with it a place for its result; it works, then hands the result in.
 * Whoever hands in the result that all wait for delivers it and those that follow. There are only
 * so many places, so no thread runs far ahead, and a place is given out with its ticket, so the
 * thread that all wait for always has one. */
#ifndef FSIM_ENGINE_TURNSTILE_H
#define FSIM_ENGINE_TURNSTILE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct fsim_turnstile {
  pthread_mutex_t lock;
  uint64_t next;      /* ticket to be given out */
  uint64_t delivered; /* tickets before this one are done with */
  size_t places;
  bool *ready; /* [places] of ticket % places */
  bool delivering;
  int status; /* the first failure; then nothing more is given out or delivered */
} fsim_turnstile;

int fsim_turnstile_init(fsim_turnstile *turnstile, size_t places);
void fsim_turnstile_destroy(fsim_turnstile *turnstile);
/* False when all places are taken (help somebody, then ask again) or after a failure. */
bool fsim_turnstile_enter(fsim_turnstile *turnstile, uint64_t end, uint64_t *ticket);
/* True when no ticket below `end` is left, or after a failure. */
bool fsim_turnstile_empty(fsim_turnstile *turnstile, uint64_t end);
/* Hands in; `deliver` is called in order, by one thread at a time. */
void fsim_turnstile_leave(fsim_turnstile *turnstile, uint64_t ticket, int status,
                          int (*deliver)(void *context, uint64_t ticket), void *context);

#endif
