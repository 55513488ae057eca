/* Deflate streams (RFC 1951, in zlib's wrapping, RFC 1950) put together from blocks whose kind the
 * caller chooses. A general compressor looks for repeated strings everywhere; planes of bytes that
 * were drawn at random have none, and knowing that saves most of the time. */
#ifndef FSIM_STORE_DEFLATE_H
#define FSIM_STORE_DEFLATE_H

#include <stddef.h>
#include <stdint.h>

typedef struct fsim_deflate {
  uint8_t *out;
  size_t length; /* whole bytes written */
  uint64_t bits; /* those after them */
  unsigned n_bits;
} fsim_deflate;

#define FSIM_BYTE_VALUES 256

void fsim_deflate_begin(fsim_deflate *d, uint8_t *out);
/* n bytes as they are: n + 5 bytes for every 65,535 begun, and at most one. */
void fsim_deflate_stored(fsim_deflate *d, const uint8_t *bytes, size_t n);
/* n bytes as runs of equal ones: at most 4 bytes a run. */
void fsim_deflate_runs(fsim_deflate *d, const uint8_t *bytes, size_t n);
/* The same byte n times. */
void fsim_deflate_run(fsim_deflate *d, uint8_t byte, size_t n);
/* n bytes, each with the Huffman code of its frequency around there; stored where that is shorter.
 */
void fsim_deflate_coded(fsim_deflate *d, const uint8_t *bytes, size_t n);
/* To the next whole byte, where blocks made elsewhere can be put in. */
void fsim_deflate_align(fsim_deflate *d);
/* The last block and the checksum of all bytes; the stream's length. */
size_t fsim_deflate_end(fsim_deflate *d, uint32_t adler);

/* Adler-32 after n more equal bytes. */
uint32_t fsim_adler_run(uint32_t adler, uint8_t byte, size_t n);

#endif
