#include "sim/store/deflate.h"

#include <stdbool.h>
#include <string.h>

#include "sim/store/huffman.h"

#define STORED_MOST 65535u
#define LONGEST_MATCH 258u
#define END_OF_BLOCK 256u
#define CODED_TOGETHER 16384 /* bytes: rows in order of time drift, so frequencies do */
#define KINDS_OF_LENGTH 19   /* symbols of the code that codes the lengths of the codes */

/* ---- bits ---- */

/* At most 32 bits at a time. */
static inline void put_bits(fsim_deflate *d, uint32_t bits, unsigned n) {
  d->bits |= (uint64_t)bits << d->n_bits;
  d->n_bits += n;
  while (d->n_bits >= 8) {
    d->out[d->length++] = (uint8_t)d->bits;
    d->bits >>= 8;
    d->n_bits -= 8;
  }
}

void fsim_deflate_begin(fsim_deflate *d, uint8_t *out) {
  *d = (fsim_deflate){.out = out};
  put_bits(d, 0x0178, 16); /* deflate, 32k window, fastest */
}

static void pad(fsim_deflate *d) {
  if (d->n_bits > 0) put_bits(d, 0, 8 - d->n_bits);
}

/* ---- bytes as they are ---- */

static void put_stored(fsim_deflate *d, const uint8_t *bytes, size_t n) {
  put_bits(d, 0, 3);
  pad(d);
  put_bits(d, (uint32_t)n, 16);
  put_bits(d, (uint32_t)~n & 0xffff, 16);
  if (n > 0) memcpy(d->out + d->length, bytes, n);
  d->length += n;
}

void fsim_deflate_stored(fsim_deflate *d, const uint8_t *bytes, size_t n) {
  for (size_t done = 0; done < n; done += STORED_MOST)
    put_stored(d, bytes + done, n - done < STORED_MOST ? n - done : STORED_MOST);
}

void fsim_deflate_align(fsim_deflate *d) {
  if (d->n_bits > 0) put_stored(d, NULL, 0);
}

/* ---- runs, with the fixed codes ---- */

/* Huffman codes go most significant bit first. */
static uint32_t reverse(uint32_t code, unsigned n) {
  uint32_t reversed = 0;
  for (unsigned i = 0; i < n; i++) reversed |= ((code >> i) & 1u) << (n - 1 - i);
  return reversed;
}

static void put_literal(fsim_deflate *d, uint8_t byte) {
  if (byte < 144) {
    put_bits(d, reverse(0x30u + byte, 8), 8);
  } else {
    put_bits(d, reverse(0x190u + byte - 144u, 9), 9);
  }
}

static void begin_fixed(fsim_deflate *d) {
  put_bits(d, 1 << 1, 3);
}

static void end_fixed(fsim_deflate *d) {
  put_bits(d, 0, 7);
}

/* `length` (3 to 258) copies of the byte before: the symbol of a range of lengths, the place in the
 * range, and five bits for distance 1. Ranges of 2^extra lengths come in fours. */
static void put_copies(fsim_deflate *d, unsigned length) {
  unsigned symbol = 254 + length, extra = 0, n = length - 3;
  if (length > 10 && length < LONGEST_MATCH) {
    while (n >> extra >= 8) extra++;
    symbol = 257 + 4 * extra + (n >> extra);
  }
  if (length == LONGEST_MATCH) symbol = 285;
  if (symbol < 280) {
    put_bits(d, reverse(symbol - 256, 7), 7);
  } else {
    put_bits(d, reverse(0xc0 + symbol - 280, 8), 8);
  }
  put_bits(d, n & ((1u << extra) - 1), extra + 5);
}

/* A byte and its copies; all but the last few as long as can be: 8 bits of symbol 285 and 5 bits of
 * distance each. */
static void put_run(fsim_deflate *d, uint8_t byte, size_t n) {
  const uint32_t longest = reverse(0xc5, 8);
  put_literal(d, byte);
  for (n--; n >= LONGEST_MATCH; n -= LONGEST_MATCH) put_bits(d, longest, 13);
  if (n >= 3) {
    put_copies(d, (unsigned)n);
    n = 0;
  }
  for (; n > 0; n--) put_literal(d, byte);
}

void fsim_deflate_run(fsim_deflate *d, uint8_t byte, size_t n) {
  begin_fixed(d);
  if (n > 0) put_run(d, byte, n);
  end_fixed(d);
}

/* How many bytes from the first on equal it. */
static size_t run_length(const uint8_t *bytes, size_t n) {
  uint64_t all = bytes[0] * 0x0101010101010101u, eight;
  size_t i = 1;
  for (; i + 8 <= n; i += 8) {
    memcpy(&eight, bytes + i, 8);
    if (eight != all) break;
  }
  while (i < n && bytes[i] == bytes[0]) i++;
  return i;
}

void fsim_deflate_runs(fsim_deflate *d, const uint8_t *bytes, size_t n) {
  begin_fixed(d);
  for (size_t i = 0; i < n;) {
    size_t run = run_length(bytes + i, n - i);
    put_run(d, bytes[i], run);
    i += run;
  }
  end_fixed(d);
}

/* ---- codes made for the bytes ---- */

/* Four tables, because adding to one counter twice in a row would wait for the first. */
static void count_bytes(const uint8_t *bytes, size_t n, uint32_t *count) {
  uint32_t part[4][FSIM_BYTE_VALUES] = {{0}};
  size_t i = 0;
  for (; i + 8 <= n; i += 8) {
    uint64_t eight;
    memcpy(&eight, bytes + i, 8);
    for (int k = 0; k < 8; k++) part[k % 4][(eight >> (8 * k)) & 0xff]++;
  }
  for (; i < n; i++) part[0][bytes[i]]++;
  for (size_t v = 0; v < FSIM_BYTE_VALUES; v++)
    count[v] = part[0][v] + part[1][v] + part[2][v] + part[3][v];
}

/* The header of a block with its own codes: lengths of the codes of all literals and of the end of
 * the block, then two codes of one bit for distances that never come (some readers want two). The
 * lengths are written with symbols 0 to 15, each with a plain code of four bits. */
static void put_header(fsim_deflate *d, const uint8_t *length) {
  static const uint8_t order[KINDS_OF_LENGTH] = {16, 17, 18, 0, 8,  7, 9,  6, 10, 5,
                                                 11, 4,  12, 3, 13, 2, 14, 1, 15};
  put_bits(d, 2 << 1, 3);
  put_bits(d, 0, 5);                   /* 257 literals and lengths */
  put_bits(d, 1, 5);                   /* 2 distances */
  put_bits(d, KINDS_OF_LENGTH - 4, 4); /* all kinds */
  for (size_t k = 0; k < KINDS_OF_LENGTH; k++) put_bits(d, order[k] < 16 ? 4 : 0, 3);
  for (size_t v = 0; v <= END_OF_BLOCK; v++) put_bits(d, reverse(length[v], 4), 4);
  for (int k = 0; k < 2; k++) put_bits(d, reverse(1, 4), 4);
}

#define HEADER_BITS (17 + 3 * KINDS_OF_LENGTH + 4 * (FSIM_BYTE_VALUES + 1 + 2))

/* Four codes, at most 4 x 14 bits, after at most 7 bits that wait, fit into 64. Writes eight bytes
 * and keeps those that count, so up to seven bytes behind the end are touched. */
static void put_codes(fsim_deflate *d, const uint8_t *bytes, size_t n, const fsim_code *code) {
  uint8_t *out = d->out + d->length;
  uint64_t bits = d->bits;
  unsigned n_bits = d->n_bits;
  size_t i = 0;
  for (; i + 4 <= n; i += 4) {
    fsim_code a = code[bytes[i]], b = code[bytes[i + 1]], c = code[bytes[i + 2]],
              e = code[bytes[i + 3]];
    uint64_t first = a.bits | (uint64_t)b.bits << a.length,
             second = c.bits | (uint64_t)e.bits << c.length;
    unsigned n_first = a.length + (unsigned)b.length;
    bits |= (first | second << n_first) << n_bits;
    n_bits += n_first + c.length + e.length;
    for (int k = 0; k < 8; k++) out[k] = (uint8_t)(bits >> (8 * k));
    out += n_bits / 8;
    bits >>= n_bits & ~7u;
    n_bits %= 8;
  }
  d->length = (size_t)(out - d->out);
  d->bits = bits;
  d->n_bits = n_bits;
  for (; i < n; i++) put_bits(d, code[bytes[i]].bits, code[bytes[i]].length);
}

static void put_coded(fsim_deflate *d, const uint8_t *bytes, size_t n) {
  uint32_t count[FSIM_BYTE_VALUES + 1];
  uint8_t length[FSIM_BYTE_VALUES + 1];
  fsim_code code[FSIM_BYTE_VALUES + 1];
  count_bytes(bytes, n, count);
  count[END_OF_BLOCK] = 1;
  fsim_code_lengths(count, FSIM_BYTE_VALUES + 1, length);
  uint64_t bits = HEADER_BITS;
  for (size_t v = 0; v <= END_OF_BLOCK; v++) bits += (uint64_t)count[v] * length[v];
  if (bits / 8 + 8 >= n) {
    fsim_deflate_stored(d, bytes, n);
    return;
  }
  fsim_codes(length, FSIM_BYTE_VALUES + 1, code);
  put_header(d, length);
  put_codes(d, bytes, n, code);
  put_bits(d, code[END_OF_BLOCK].bits, code[END_OF_BLOCK].length);
}

void fsim_deflate_coded(fsim_deflate *d, const uint8_t *bytes, size_t n) {
  for (size_t done = 0; done < n; done += CODED_TOGETHER)
    put_coded(d, bytes + done, n - done < CODED_TOGETHER ? n - done : CODED_TOGETHER);
}

/* ---- the end ---- */

#define ADLER_BASE 65521u

/* `a` grows by the byte each time, `b` by `a`. */
uint32_t fsim_adler_run(uint32_t adler, uint8_t byte, size_t n) {
  uint64_t a = adler & 0xffff, b = adler >> 16, m = n % ADLER_BASE;
  uint64_t triangle = (m % 2 == 0 ? (m / 2) * (m + 1) : m * ((m + 1) / 2)) % ADLER_BASE;
  b = (b + m * a + triangle * byte) % ADLER_BASE;
  a = (a + m * byte) % ADLER_BASE;
  return (uint32_t)(b << 16 | a);
}

size_t fsim_deflate_end(fsim_deflate *d, uint32_t adler) {
  put_bits(d, 1 | 1 << 1, 3);
  end_fixed(d);
  pad(d);
  for (int shift = 24; shift >= 0; shift -= 8) put_bits(d, (adler >> shift) & 0xff, 8);
  return d->length;
}
