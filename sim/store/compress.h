/* Chunks as HDF5's shuffle and deflate filters would make them, only faster.
 *
 * A chunk of n elements is shuffled (first bytes of all elements, then second bytes …) and deflated
 * in zlib's format: with ISA-L's igzip where it was built in, else with zlib. Every HDF5 reader
 * takes them through its own two filters. A chunk whose elements are all equal, such as the queue
 * of a scenario without teams, is written straight down as runs. */
#ifndef FSIM_STORE_COMPRESS_H
#define FSIM_STORE_COMPRESS_H

#include <stddef.h>
#include <stdint.h>

/* Memory that one compression at a time uses. */
typedef struct fsim_compressor fsim_compressor;

/* For chunks of at most `most_bytes`; NULL when memory is out. */
fsim_compressor *fsim_compressor_new(size_t most_bytes);
void fsim_compressor_free(fsim_compressor *compressor);

/* Compresses n elements of `size` bytes (1, 2, 4 or 8). *packed points into the compressor until
 * its next use. 0, or -1 when the library refuses (never seen; memory was out). */
int fsim_compress(fsim_compressor *compressor, const void *elements, size_t n, size_t size,
                  const uint8_t **packed, size_t *length);

/* "igzip 1" or "zlib 1": which one is built in. */
const char *fsim_compress_name(void);

#endif
