/* Chunks as HDF5's shuffle and deflate filters would make them, only faster.
 *
 * A chunk of n elements is shuffled (shuffle.h) and deflated in zlib's format, so every HDF5 reader
 * takes it through its own two filters. Each plane of bytes gets what suits it, judged by a sample:
 * runs where it hardly changes; plain bytes where they were drawn at random, as the low bytes of
 * times are; a Huffman code where only their frequencies differ; and else a search for repeated
 * strings, by ISA-L's igzip where it was built in or by zlib. */
#ifndef FSIM_STORE_COMPRESS_H
#define FSIM_STORE_COMPRESS_H

#include <stddef.h>
#include <stdint.h>

/* Memory that one compression at a time uses. */
typedef struct fsim_compressor fsim_compressor;

/* NULL when memory is out. */
fsim_compressor *fsim_compressor_new(void);
void fsim_compressor_free(fsim_compressor *compressor);

/* The most that `bytes` may become. */
size_t fsim_compress_bound(size_t bytes);

/* Compresses n elements of `size` bytes (1, 2, 4 or 8), given as planes of n bytes, into `out`,
 * which has room for fsim_compress_bound(n * size). The length. */
size_t fsim_compress(fsim_compressor *compressor, const uint8_t *planes, size_t n, size_t size,
                     uint8_t *out);
/* The same for n times one element. */
size_t fsim_compress_same(const uint8_t *element, size_t n, size_t size, uint8_t *out);

/* "igzip 1" or "zlib 1": which one is built in. */
const char *fsim_compress_name(void);

#endif
