/* Blocks that are handed out from the front and freed together. */
#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "sim/model/node.h"

#define BLOCK_BYTES (64u << 10)

typedef struct block {
  struct block *next;
  size_t used, capacity;
  alignas(max_align_t) unsigned char bytes[];
} block;

struct fsim_arena {
  block *first; /* the one that is being filled */
};

fsim_arena *fsim_arena_new(void) {
  return calloc(1, sizeof(fsim_arena));
}

void fsim_arena_free(fsim_arena *arena) {
  if (!arena) return;
  for (block *b = arena->first, *next; b; b = next) {
    next = b->next;
    free(b);
  }
  free(arena);
}

static block *block_new(size_t capacity) {
  size_t bytes;
  if (__builtin_add_overflow(sizeof(block), capacity, &bytes)) return NULL;
  block *b = calloc(1, bytes);
  if (b) b->capacity = capacity;
  return b;
}

void *fsim_arena_get(fsim_arena *arena, size_t count, size_t size) {
  const size_t step = alignof(max_align_t);
  size_t bytes;
  if (__builtin_mul_overflow(count, size, &bytes)) return NULL;
  if (__builtin_add_overflow(bytes, step - 1, &bytes)) return NULL;
  bytes = bytes / step * step;
  if (bytes == 0) bytes = step;
  block *b = arena->first;
  if (!b || b->capacity - b->used < bytes) {
    b = block_new(bytes > BLOCK_BYTES / 4 ? bytes : BLOCK_BYTES);
    if (!b) return NULL;
    /* A large piece has a block of its own and leaves the one being filled in front. */
    if (arena->first && b->capacity == bytes) {
      b->next = arena->first->next;
      arena->first->next = b;
    } else {
      b->next = arena->first;
      arena->first = b;
    }
  }
  void *piece = b->bytes + b->used;
  b->used += bytes;
  return piece;
}

char *fsim_arena_text(fsim_arena *arena, const char *text, size_t length) {
  if (length == SIZE_MAX) return NULL;
  char *copy = fsim_arena_get(arena, length + 1, 1);
  if (copy && length > 0) memcpy(copy, text, length);
  return copy;
}
