/* Keys and uniforms: every draw is a pure function of what it is for.
 *
 * No generator state exists. A draw is Philox4x32-10 (Salmon, Moraes, Dror & Shaw 2011) of
 *   key      64 bits: a hash of (seed, replication, stream name, funnel name, stage name)
 *   counter 128 bits: (lead number, journey ordinal << 16 | visit number, purpose, 0)
 * so it depends on no thread, block, engine or order (invariant I1), and a change of one stage
 * leaves the draws of all others alone (I2); names, not positions, enter the key (I3).
 * One call gives two uniforms of the form (k + 1/2) 2^-52, which never are 0 or 1. */
#ifndef FSIM_RANDOM_KEY_H
#define FSIM_RANDOM_KEY_H

#include <stddef.h>
#include <stdint.h>

/* What a draw is for; the third word of the counter. The values are part of what makes a run
 * reproducible: never renumber. */
typedef enum fsim_purpose {
  FSIM_PURPOSE_VISIT = 0,     /* first uniform: the exit; second: the wait */
  FSIM_PURPOSE_WORK = 1,      /* first: work time; second: patience */
  FSIM_PURPOSE_VALUE = 2,     /* first: the journey's value (stage "") */
  FSIM_PURPOSE_ARRIVAL = 3,   /* first: gap to the previous lead (funnel "", stage "") */
  FSIM_PURPOSE_DAY = 4,       /* first: gamma factor of a day (lead number = day) */
  FSIM_PURPOSE_ATTRIBUTE = 5, /* first: value of the attribute whose name is the stage */
  FSIM_PURPOSE_LINK = 6,      /* first: taken or not; second: the delay (stage = target funnel) */
  FSIM_PURPOSE_CHANGE = 7,    /* first: does a change with a share reach this lead? */
  FSIM_PURPOSE_SAMPLE = 8,    /* first: is this lead's trajectory kept? */
  FSIM_PURPOSE_UNCERTAIN =
      9,                  /* first: an uncertain number (stage = its path, replication = pair) */
  FSIM_PURPOSE_RACE = 10, /* first: the clock of one exit (stage hash mixed with the exit's) */
  FSIM_PURPOSE_PACE = 11  /* first: gamma factor of a week (stage = the pace, lead number = week) */
} fsim_purpose;

typedef struct fsim_key {
  uint32_t word[2];
} fsim_key;

/* The hashes are fsim_hash_name() of the names; "" for what does not apply. */
fsim_key fsim_key_make(uint64_t seed, uint64_t replication, uint64_t stream, uint64_t funnel,
                       uint64_t stage);

/* One pair of uniforms. `pass` is journey ordinal << 16 | visit number. */
void fsim_uniform_pair(fsim_key key, uint32_t lead, uint32_t pass, uint32_t purpose, double *first,
                       double *second);

/* n pairs: the same numbers as fsim_uniform_pair, vectorised. `pass` NULL means all 0; second NULL
 * means not wanted. Arrays do not overlap. */
void fsim_uniform_pairs(fsim_key key, const uint32_t *lead, const uint32_t *pass, uint32_t purpose,
                        double *first, double *second, size_t n);

#endif
