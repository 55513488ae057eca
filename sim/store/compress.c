#include "sim/store/compress.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#ifdef FSIM_HAVE_ISAL
#include <isa-l/igzip_lib.h>
#endif

#include "sim/base/array.h"
#include "sim/random/vector.h"

struct fsim_compressor {
  uint8_t *shuffled;
  uint8_t *packed;
  size_t most, room; /* bytes of each */
  uint8_t *level;    /* igzip's tables */
};

/* What deflate may need beyond its input when nothing can be compressed: headers of stored blocks.
 */
static size_t packed_bound(size_t bytes) {
  return bytes + bytes / 16 + 1024;
}

fsim_compressor *fsim_compressor_new(size_t most_bytes) {
  fsim_compressor *made = fsim_zeroed(1, sizeof *made);
  if (made == NULL) return NULL;
  made->most = most_bytes;
  made->room = packed_bound(most_bytes);
  made->shuffled = fsim_aligned(most_bytes + 64, 1);
  made->packed = fsim_aligned(made->room, 1);
#ifdef FSIM_HAVE_ISAL
  made->level = fsim_zeroed(ISAL_DEF_LVL1_DEFAULT, 1);
#else
  made->level = fsim_aligned(1, 1);
#endif
  if (made->shuffled == NULL || made->packed == NULL || made->level == NULL) {
    fsim_compressor_free(made);
    return NULL;
  }
  return made;
}

void fsim_compressor_free(fsim_compressor *compressor) {
  if (compressor == NULL) return;
  free(compressor->shuffled);
  free(compressor->packed);
  free(compressor->level);
  free(compressor);
}

/* ---- shuffle: shifts and narrowing stores, which compilers turn into vector packs ---- */

FSIM_CLONES
static void shuffle_2(const uint16_t *restrict in, uint8_t *restrict out, size_t n) {
  for (size_t i = 0; i < n; i++) out[i] = (uint8_t)in[i];
  for (size_t i = 0; i < n; i++) out[n + i] = (uint8_t)(in[i] >> 8);
}

FSIM_CLONES
static void shuffle_4(const uint32_t *restrict in, uint8_t *restrict out, size_t n) {
  for (size_t i = 0; i < n; i++) out[i] = (uint8_t)in[i];
  for (size_t i = 0; i < n; i++) out[n + i] = (uint8_t)(in[i] >> 8);
  for (size_t i = 0; i < n; i++) out[2 * n + i] = (uint8_t)(in[i] >> 16);
  for (size_t i = 0; i < n; i++) out[3 * n + i] = (uint8_t)(in[i] >> 24);
}

FSIM_CLONES
static void shuffle_8(const uint64_t *restrict in, uint8_t *restrict out, size_t n) {
  for (int byte = 0; byte < 8; byte++) {
    uint8_t *plane = out + (size_t)byte * n;
    int shift = 8 * byte;
    for (size_t i = 0; i < n; i++) plane[i] = (uint8_t)(in[i] >> shift);
  }
}

/* The file is little-endian, so the shifts above take its bytes in order on every machine. */
static void shuffle(const void *in, uint8_t *out, size_t n, size_t size) {
  switch (size) {
    case 2:
      shuffle_2(in, out, n);
      break;
    case 4:
      shuffle_4(in, out, n);
      break;
    case 8:
      shuffle_8(in, out, n);
      break;
    default:
      memcpy(out, in, n);
      break;
  }
}

/* ---- constant chunks: one fixed-Huffman block (RFC 1951) of a literal and matches at distance 1
 * ---- */

#define ADLER_BASE 65521u

typedef struct bit_writer {
  uint8_t *out;
  size_t length;
  uint64_t bits;
  int n_bits;
} bit_writer;

static void put_bits(bit_writer *w, uint32_t bits, int n) {
  w->bits |= (uint64_t)bits << w->n_bits;
  w->n_bits += n;
  while (w->n_bits >= 8) {
    w->out[w->length++] = (uint8_t)w->bits;
    w->bits >>= 8;
    w->n_bits -= 8;
  }
}

/* Huffman codes go most significant bit first. */
static void put_code(bit_writer *w, uint32_t code, int n) {
  uint32_t reversed = 0;
  for (int i = 0; i < n; i++) reversed |= ((code >> i) & 1u) << (n - 1 - i);
  put_bits(w, reversed, n);
}

static void put_literal(bit_writer *w, uint8_t byte) {
  if (byte < 144) {
    put_code(w, 0x30u + byte, 8);
  } else {
    put_code(w, 0x190u + byte - 144u, 9);
  }
}

static void put_run(bit_writer *w, uint8_t byte, size_t n) {
  if (n == 0) return;
  put_literal(w, byte);
  n--;
  for (; n >= 258; n -= 258) {
    put_code(w, 0xc5, 8); /* length 258 is symbol 285 */
    put_code(w, 0, 5);    /* distance 1 */
  }
  for (; n > 0; n--) put_literal(w, byte);
}

/* Adler-32 (RFC 1950) after n more equal bytes: a grows by `byte` each time, b by a. */
static uint32_t adler_run(uint32_t adler, uint8_t byte, size_t n) {
  uint64_t a = adler & 0xffff, b = adler >> 16, m = n % ADLER_BASE;
  uint64_t triangle = (m % 2 == 0 ? (m / 2) * (m + 1) : m * ((m + 1) / 2)) % ADLER_BASE;
  b = (b + m * a + triangle * byte) % ADLER_BASE;
  a = (a + m * byte) % ADLER_BASE;
  return (uint32_t)(b << 16 | a);
}

static size_t pack_constant(const uint8_t *element, size_t n, size_t size, uint8_t *out) {
  bit_writer w = {out, 0, 0, 0};
  uint32_t adler = 1;
  put_bits(&w, 0x0178, 16); /* zlib header: deflate, 32k window, fastest */
  put_bits(&w, 1, 1);       /* the last block, */
  put_bits(&w, 1, 2);       /* with the fixed codes */
  for (size_t byte = 0; byte < size; byte++) {
    put_run(&w, element[byte], n);
    adler = adler_run(adler, element[byte], n);
  }
  put_code(&w, 0, 7); /* end of block */
  if (w.n_bits > 0) put_bits(&w, 0, 8 - w.n_bits);
  for (int shift = 24; shift >= 0; shift -= 8) put_bits(&w, (adler >> shift) & 0xff, 8);
  return w.length;
}

static int is_constant(const void *elements, size_t n, size_t size) {
  const uint8_t *bytes = elements;
  return memcmp(bytes, bytes + size, (n - 1) * size) == 0;
}

/* ---- the libraries ---- */

static int pack_zlib(fsim_compressor *c, uint8_t *bytes, size_t length, size_t *packed) {
  z_stream z = {.next_in = bytes,
                .avail_in = (uInt)length,
                .next_out = c->packed,
                .avail_out = (uInt)c->room};
  if (deflateInit2(&z, 1, Z_DEFLATED, 15, 9, Z_RLE) != Z_OK) return -1;
  int status = deflate(&z, Z_FINISH);
  *packed = z.total_out;
  deflateEnd(&z);
  return status == Z_STREAM_END ? 0 : -1;
}

#ifdef FSIM_HAVE_ISAL
static int pack(fsim_compressor *c, uint8_t *bytes, size_t length, size_t *packed) {
  struct isal_zstream z = {0};
  isal_deflate_stateless_init(&z);
  z.level = 1;
  z.level_buf = c->level;
  z.level_buf_size = ISAL_DEF_LVL1_DEFAULT;
  z.gzip_flag = IGZIP_ZLIB;
  z.end_of_stream = 1;
  z.next_in = bytes;
  z.avail_in = (uint32_t)length;
  z.next_out = c->packed;
  z.avail_out = (uint32_t)c->room;
  if (isal_deflate_stateless(&z) != COMP_OK) return pack_zlib(c, bytes, length, packed);
  *packed = z.total_out;
  return 0;
}

const char *fsim_compress_name(void) {
  return "igzip 1";
}
#else
static int pack(fsim_compressor *c, uint8_t *bytes, size_t length, size_t *packed) {
  return pack_zlib(c, bytes, length, packed);
}

const char *fsim_compress_name(void) {
  return "zlib 1";
}
#endif

int fsim_compress(fsim_compressor *compressor, const void *elements, size_t n, size_t size,
                  const uint8_t **packed, size_t *length) {
  if (n == 0 || n * size > compressor->most) return -1;
  *packed = compressor->packed;
  if (is_constant(elements, n, size)) {
    *length = pack_constant(elements, n, size, compressor->packed);
    return 0;
  }
  shuffle(elements, compressor->shuffled, n, size);
  return pack(compressor, compressor->shuffled, n * size, length);
}
