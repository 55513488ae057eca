#include "sim/store/compress.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#ifdef FSIM_HAVE_ISAL
#include <isa-l/igzip_lib.h>
#endif

#include "sim/base/array.h"
#include "sim/random/vector.h"
#include "sim/store/deflate.h"
#include "sim/store/shuffle.h"

struct fsim_compressor {
  uint8_t *level; /* igzip's tables */
};

fsim_compressor *fsim_compressor_new(void) {
  fsim_compressor *made = fsim_zeroed(1, sizeof *made);
  if (made == NULL) return NULL;
#ifdef FSIM_HAVE_ISAL
  made->level = fsim_zeroed(ISAL_DEF_LVL1_DEFAULT, 1);
  if (made->level == NULL) {
    free(made);
    return NULL;
  }
#endif
  return made;
}

void fsim_compressor_free(fsim_compressor *compressor) {
  if (compressor == NULL) return;
  free(compressor->level);
  free(compressor);
}

/* Stored blocks' headers, what a library may need beyond its input, and room to write ahead. */
size_t fsim_compress_bound(size_t bytes) {
  return bytes + bytes / 16 + 1024;
}

/* ---- a search for repeated strings: whole blocks that end at a byte, without history ---- */

static size_t search_zlib(const uint8_t *bytes, size_t n, uint8_t *out, size_t room) {
  z_stream z = {.next_in = (Bytef *)(uintptr_t)bytes,
                .avail_in = (uInt)n,
                .next_out = out,
                .avail_out = (uInt)room};
  if (deflateInit2(&z, 1, Z_DEFLATED, -15, 9, Z_DEFAULT_STRATEGY) != Z_OK) return 0;
  int status = deflate(&z, Z_FULL_FLUSH);
  bool whole = status == Z_OK && z.avail_in == 0 && z.avail_out > 0;
  size_t length = z.total_out;
  deflateEnd(&z);
  return whole ? length : 0;
}

#ifdef FSIM_HAVE_ISAL
static size_t search(fsim_compressor *c, const uint8_t *bytes, size_t n, uint8_t *out,
                     size_t room) {
  struct isal_zstream z = {0};
  isal_deflate_stateless_init(&z);
  z.level = 1;
  z.level_buf = c->level;
  z.level_buf_size = ISAL_DEF_LVL1_DEFAULT;
  z.gzip_flag = IGZIP_DEFLATE;
  z.flush = FULL_FLUSH;
  z.next_in = (uint8_t *)(uintptr_t)bytes;
  z.avail_in = (uint32_t)n;
  z.next_out = out;
  z.avail_out = (uint32_t)room;
  if (isal_deflate_stateless(&z) == COMP_OK && z.avail_in == 0) return z.total_out;
  return search_zlib(bytes, n, out, room);
}

static uint32_t adler(uint32_t so_far, const uint8_t *bytes, size_t n) {
  return isal_adler32(so_far, bytes, n);
}

const char *fsim_compress_name(void) {
  return "igzip 1";
}
#else
static size_t search(fsim_compressor *c, const uint8_t *bytes, size_t n, uint8_t *out,
                     size_t room) {
  (void)c;
  return search_zlib(bytes, n, out, room);
}

static uint32_t adler(uint32_t so_far, const uint8_t *bytes, size_t n) {
  return (uint32_t)adler32_z(so_far, bytes, n);
}

const char *fsim_compress_name(void) {
  return "zlib 1";
}
#endif

static void put_searched(fsim_compressor *c, fsim_deflate *d, const uint8_t *bytes, size_t n) {
  fsim_deflate_align(d);
  size_t length = search(c, bytes, n, d->out + d->length, fsim_compress_bound(n) - 512);
  if (length > 0 && length <= n) {
    d->length += length;
  } else {
    fsim_deflate_stored(d, bytes, n);
  }
}

/* ---- what suits a plane ---- */

#define SAMPLE_PARTS 8
#define SAMPLE_PART 128
#define SAMPLE (SAMPLE_PARTS * SAMPLE_PART)
#define SHORTEST_JUDGED 4096 /* shorter planes are searched: that costs little */

typedef enum method { RUNS, STORED, CODED, SEARCHED } method;

typedef struct sample {
  uint32_t count[FSIM_BYTE_VALUES];
  uint32_t most;    /* of the commonest byte */
  uint32_t changes; /* bytes unlike the one before */
  uint32_t steady;  /* bytes as far from the one before as that from its own */
  uint32_t learnt;  /* bytes that follow what they followed the last time */
} sample;

static void take_sample(const uint8_t *bytes, size_t n, sample *s) {
  uint8_t next[FSIM_BYTE_VALUES] = {0};
  *s = (sample){{0}, 0, 0, 0, 0};
  for (size_t part = 0; part < SAMPLE_PARTS; part++) {
    const uint8_t *from = bytes + part * ((n - SAMPLE_PART) / (SAMPLE_PARTS - 1));
    uint8_t last = from[0], step = 0;
    for (size_t i = 0; i < SAMPLE_PART; i++) {
      uint8_t byte = from[i];
      s->count[byte]++;
      s->changes += byte != last;
      s->steady += (uint8_t)(byte - last) == step;
      s->learnt += byte == next[last];
      step = (uint8_t)(byte - last);
      next[last] = byte;
      last = byte;
    }
  }
  for (size_t v = 0; v < FSIM_BYTE_VALUES; v++)
    if (s->count[v] > s->most) s->most = s->count[v];
}

/* Chance that two different bytes of the sample are equal: estimates the sum of p^2 over values of
 * frequencies p without bias. */
static double chance_equal(const sample *s) {
  uint32_t pairs = 0;
  for (size_t v = 0; v < FSIM_BYTE_VALUES; v++) pairs += s->count[v] * (s->count[v] - 1);
  return pairs / ((double)SAMPLE * (SAMPLE - 1));
}

/* A search pays where one byte outweighs all others together (a code takes a bit for it, a search
 * less), or where the bytes before foretell the next much better than chance does. A code pays
 * unless all values are about as frequent: with a tenth more equal pairs than among evenly
 * distributed bytes it would save less than a hundredth. */
static method choose(const sample *s) {
  if (s->changes < SAMPLE / 64) return RUNS;
  uint32_t guessed = SAMPLE - s->changes;
  if (s->steady > guessed) guessed = s->steady;
  if (s->learnt > guessed) guessed = s->learnt;
  double chance = chance_equal(s);
  if (s->most > SAMPLE / 2 || (double)guessed / SAMPLE - chance > 0.4 * (1 - chance))
    return SEARCHED;
  return chance * FSIM_BYTE_VALUES < 1.1 ? STORED : CODED;
}

/* Counted in bytes for a while, so that a register counts as many at a time as it has bytes. */
FSIM_CLONES
static size_t count_changes(const uint8_t *bytes, size_t n) {
  size_t changes = 0;
  for (size_t i = 1; i < n;) {
    size_t end = n - i < 192 ? n : i + 192;
    uint8_t some = 0;
    for (; i < end; i++) some = (uint8_t)(some + (bytes[i] != bytes[i - 1]));
    changes += some;
  }
  return changes;
}

static void put_plane(fsim_compressor *c, fsim_deflate *d, const uint8_t *bytes, size_t n) {
  sample s;
  take_sample(bytes, n, &s);
  method m = choose(&s);
  /* The sample may have missed the changes. */
  if (m == RUNS && count_changes(bytes, n) > n / 32) m = SEARCHED;
  if (m == RUNS) fsim_deflate_runs(d, bytes, n);
  if (m == STORED) fsim_deflate_stored(d, bytes, n);
  if (m == CODED) fsim_deflate_coded(d, bytes, n);
  if (m == SEARCHED) put_searched(c, d, bytes, n);
}

size_t fsim_compress(fsim_compressor *c, const uint8_t *planes, size_t n, size_t size,
                     uint8_t *out) {
  fsim_deflate d;
  uint32_t sum = 1;
  fsim_deflate_begin(&d, out);
  if (n < SHORTEST_JUDGED) {
    put_searched(c, &d, planes, n * size);
    return fsim_deflate_end(&d, adler(sum, planes, n * size));
  }
  for (size_t p = 0; p < size; p++) {
    const uint8_t *plane = planes + p * n;
    if (fsim_all_same(plane, n, 1, plane)) {
      fsim_deflate_run(&d, plane[0], n);
      sum = fsim_adler_run(sum, plane[0], n);
    } else {
      put_plane(c, &d, plane, n);
      sum = adler(sum, plane, n);
    }
  }
  return fsim_deflate_end(&d, sum);
}

size_t fsim_compress_same(const uint8_t *element, size_t n, size_t size, uint8_t *out) {
  uint8_t planes[8];
  uint32_t sum = 1;
  fsim_deflate d;
  fsim_shuffle_same(element, 1, size, planes, 1);
  fsim_deflate_begin(&d, out);
  for (size_t p = 0; p < size; p++) {
    fsim_deflate_run(&d, planes[p], n);
    sum = fsim_adler_run(sum, planes[p], n);
  }
  return fsim_deflate_end(&d, sum);
}
