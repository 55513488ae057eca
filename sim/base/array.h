/* Growing arrays and overflow-checked allocation. */
#ifndef FSIM_BASE_ARRAY_H
#define FSIM_BASE_ARRAY_H

#include <stddef.h>

/* count x size bytes, zeroed; NULL when that overflows or memory is out. count 0 gives a valid
 * pointer. Free with free(). */
void *fsim_zeroed(size_t count, size_t size);

/* Uninitialised, aligned to 64 bytes (a cache line, an AVX-512 register); free with free(). */
void *fsim_aligned(size_t count, size_t size);

/* Makes room for `need` elements of `size` bytes in *items (capacity *capacity), at least doubling.
 * Returns 0, or -1 when memory is out, the array then being as it was. */
int fsim_grow(void **items, size_t *capacity, size_t need, size_t size);

#endif
