/* Elements as HDF5's shuffle filter stores them: the first bytes of all elements, then their second
 * bytes, and so on. Each such plane is `plane` bytes long, so rows can be added to planes that are
 * filled bit by bit. */
#ifndef FSIM_STORE_SHUFFLE_H
#define FSIM_STORE_SHUFFLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* n elements of `size` bytes (1, 2, 4 or 8) into the planes that begin at `planes`; the file is
 * little-endian on every machine. */
void fsim_shuffle(const void *elements, size_t n, size_t size, uint8_t *planes, size_t plane);

/* n times the same element. */
void fsim_shuffle_same(const uint8_t *element, size_t n, size_t size, uint8_t *planes,
                       size_t plane);

/* Whether all n elements equal `element`. */
bool fsim_all_same(const void *elements, size_t n, size_t size, const uint8_t *element);

#endif
