/* Names: copies, hashes, the nearest known name, a growing string. */
#ifndef FSIM_BASE_TEXT_H
#define FSIM_BASE_TEXT_H

#include <stddef.h>
#include <stdint.h>

/* A copy that the caller frees; NULL when memory is out. */
char *fsim_copy_text(const char *text, size_t length);

/* A 64-bit hash of a name, the same on every machine and in every version of funnelsim: random
 * draws are keyed by it (FNV-1a, then the finaliser of MurmurHash3 by Appleby, 2011). */
uint64_t fsim_hash_name(const char *name);
uint64_t fsim_hash_bytes(const void *bytes, size_t length);
/* A strong mix of two 64-bit words into one; fsim_hash_mix(a, b) != fsim_hash_mix(b, a). */
uint64_t fsim_hash_mix(uint64_t a, uint64_t b);

/* The known name that a misspelt one most likely meant (Damerau-Levenshtein distance, at most a
 * third of its length, case ignored), or NULL. */
const char *fsim_nearest_name(const char *wrong, const char *const *known, size_t count);

/* A growing string; text is always terminated. `failed` is set once memory was out, further
 * appends then do nothing: check it once at the end. Start from {0}; free .text. */
typedef struct fsim_text {
  char *text;
  size_t length;
  size_t capacity;
  int failed;
} fsim_text;

void fsim_text_append(fsim_text *text, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
