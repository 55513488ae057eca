/* Table look-up eight or four draws at a time. A compiler would make four gathers of it, one for
 * each coefficient; a piece is 32 bytes that stand together, so loading it whole and transposing
 * takes half the time. The same operations in the same order: the same bits. */
#ifndef FSIM_RANDOM_TABLE_WIDE_H
#define FSIM_RANDOM_TABLE_WIDE_H

#include <stddef.h>
#include <stdint.h>

#include "sim/random/table.h"

/* offset + factor * the table's value at each u, NaN in holes, for the first rows, as many as fit;
 * returns how many (0 where the processor has no such instructions). */
size_t fsim_table_values_wide(const fsim_table *table, double factor, double offset,
                              const double *u, double *value, size_t n);
/* The same, rounded by fsim_whole_seconds; the table has no holes. */
size_t fsim_table_seconds_wide(const fsim_table *table, double factor, double offset,
                               const double *u, int32_t *seconds, size_t n);

#endif
