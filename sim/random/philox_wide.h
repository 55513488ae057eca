/* Philox4x32-10 eight or four leads at a time, with the 32 x 32 -> 64 bit multiplication that x86
 * vector units have and that compilers do not find by themselves in this loop (gcc 12 multiplies
 * 64 x 64 bits, at twice the time a draw). The same bits as the plain loop of key.c, which serves
 * every other processor. */
#ifndef FSIM_RANDOM_PHILOX_WIDE_H
#define FSIM_RANDOM_PHILOX_WIDE_H

#include <stdbool.h>

#include "sim/random/key.h"

/* Salmon, Moraes, Dror & Shaw (2011), "Parallel random numbers: as easy as 1, 2, 3", table 2. */
#define FSIM_PHILOX_ROUNDS 10
#define FSIM_PHILOX_MULTIPLIER_0 UINT64_C(0xD2511F53)
#define FSIM_PHILOX_MULTIPLIER_1 UINT64_C(0xCD9E8D57)
#define FSIM_PHILOX_WEYL_0 0x9E3779B9U
#define FSIM_PHILOX_WEYL_1 0xBB67AE85U

/* As fsim_uniform_pairs; false, and nothing is done, where the processor has no such instructions.
 */
bool fsim_philox_wide(fsim_key key, const uint32_t *lead, const uint32_t *pass, uint32_t purpose,
                      double *first, double *second, size_t n);

#endif
