#include "sim/store/packer.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/array.h"
#include "sim/store/compress.h"

/* Full chunks that may wait for a helping thread before push() does their work itself: 16 MB. Where
 * nobody has offered help yet none waits: its bytes are still in the cache. */
#define MOST_WAITING 64

/* Memory that is kept: one size, for a chunk of 65,536 elements of 8 bytes in its worst form. */
#define KEPT_BYTES 558080
#define MOST_KEPT 128

typedef struct chunk_list {
  fsim_chunk *first, **last;
  size_t n;
} chunk_list;

typedef struct spare {
  struct spare *next;
  fsim_compressor *compressor;
} spare;

struct fsim_packer {
  pthread_mutex_t mutex; /* guards what follows */
  chunk_list waiting, ready;
  spare *spares; /* compressors that nobody uses */
  uint8_t *kept[MOST_KEPT];
  size_t n_kept;
  bool expects_help;
  bool failed;
};

/* ---- lists ---- */

static void push(chunk_list *list, fsim_chunk *chunk) {
  chunk->next = NULL;
  *list->last = chunk;
  list->last = &chunk->next;
  list->n++;
}

static fsim_chunk *pop(chunk_list *list) {
  fsim_chunk *chunk = list->first;
  if (chunk == NULL) return NULL;
  list->first = chunk->next;
  if (list->first == NULL) list->last = &list->first;
  list->n--;
  return chunk;
}

/* ---- memory ---- */

fsim_packer *fsim_packer_new(void) {
  fsim_packer *packer = fsim_zeroed(1, sizeof *packer);
  if (packer == NULL) return NULL;
  packer->waiting.last = &packer->waiting.first;
  packer->ready.last = &packer->ready.first;
  if (pthread_mutex_init(&packer->mutex, NULL) == 0) return packer;
  free(packer);
  return NULL;
}

void fsim_packer_free(fsim_packer *packer) {
  if (packer == NULL) return;
  fsim_chunk *chunk;
  while ((chunk = pop(&packer->waiting)) != NULL) fsim_packer_free_chunk(packer, chunk);
  while ((chunk = pop(&packer->ready)) != NULL) fsim_packer_free_chunk(packer, chunk);
  while (packer->spares != NULL) {
    spare *s = packer->spares;
    packer->spares = s->next;
    fsim_compressor_free(s->compressor);
    free(s);
  }
  for (size_t i = 0; i < packer->n_kept; i++) free(packer->kept[i]);
  pthread_mutex_destroy(&packer->mutex);
  free(packer);
}

uint8_t *fsim_packer_lend(fsim_packer *packer, size_t bytes) {
  if (bytes > KEPT_BYTES) return fsim_aligned(bytes, 1);
  uint8_t *memory = NULL;
  pthread_mutex_lock(&packer->mutex);
  if (packer->n_kept > 0) memory = packer->kept[--packer->n_kept];
  pthread_mutex_unlock(&packer->mutex);
  return memory != NULL ? memory : fsim_aligned(KEPT_BYTES, 1);
}

void fsim_packer_give_back(fsim_packer *packer, uint8_t *memory, size_t bytes) {
  if (memory == NULL) return;
  if (bytes <= KEPT_BYTES) {
    pthread_mutex_lock(&packer->mutex);
    if (packer->n_kept < MOST_KEPT) {
      packer->kept[packer->n_kept++] = memory;
      memory = NULL;
    }
    pthread_mutex_unlock(&packer->mutex);
  }
  free(memory);
}

void fsim_packer_release(fsim_packer *packer, fsim_chunk *chunk) {
  size_t bytes = chunk->n * chunk->size;
  fsim_packer_give_back(packer, chunk->planes, bytes);
  if (chunk->shrunk) {
    free(chunk->packed);
  } else {
    fsim_packer_give_back(packer, chunk->packed, fsim_compress_bound(bytes));
  }
  chunk->planes = chunk->packed = NULL;
}

void fsim_packer_free_chunk(fsim_packer *packer, fsim_chunk *chunk) {
  if (chunk == NULL) return;
  fsim_packer_release(packer, chunk);
  free(chunk);
}

static fsim_compressor *borrow_compressor(fsim_packer *packer) {
  pthread_mutex_lock(&packer->mutex);
  spare *s = packer->spares;
  if (s != NULL) packer->spares = s->next;
  pthread_mutex_unlock(&packer->mutex);
  if (s == NULL) return fsim_compressor_new();
  fsim_compressor *compressor = s->compressor;
  free(s);
  return compressor;
}

static void return_compressor(fsim_packer *packer, fsim_compressor *compressor) {
  spare *s = malloc(sizeof *s);
  if (s == NULL) {
    fsim_compressor_free(compressor);
    return;
  }
  s->compressor = compressor;
  pthread_mutex_lock(&packer->mutex);
  s->next = packer->spares;
  packer->spares = s;
  pthread_mutex_unlock(&packer->mutex);
}

/* ---- work ---- */

int fsim_packer_pack(fsim_packer *packer, fsim_chunk *chunk) {
  size_t bytes = chunk->n * chunk->size;
  chunk->packed = fsim_packer_lend(packer, fsim_compress_bound(bytes));
  if (chunk->packed == NULL) return -1;
  if (chunk->planes == NULL) {
    chunk->length = fsim_compress_same(chunk->element, chunk->n, chunk->size, chunk->packed);
    return 0;
  }
  fsim_compressor *compressor = borrow_compressor(packer);
  if (compressor == NULL) return -1;
  chunk->length = fsim_compress(compressor, chunk->planes, chunk->n, chunk->size, chunk->packed);
  return_compressor(packer, compressor);
  return 0;
}

/* Compressed chunks may wait long for the thread that writes: they get memory of their size. Where
 * that is out they stay in what they have. */
static void shrink(fsim_packer *packer, fsim_chunk *chunk) {
  uint8_t *exact = malloc(chunk->length);
  if (exact == NULL) return;
  memcpy(exact, chunk->packed, chunk->length);
  fsim_packer_give_back(packer, chunk->packed, fsim_compress_bound(chunk->n * chunk->size));
  chunk->packed = exact;
  chunk->shrunk = true;
}

bool fsim_packer_help(fsim_packer *packer) {
  pthread_mutex_lock(&packer->mutex);
  fsim_chunk *chunk = pop(&packer->waiting);
  bool shared = packer->expects_help;
  pthread_mutex_unlock(&packer->mutex);
  if (chunk == NULL) return false;
  int ret = fsim_packer_pack(packer, chunk);
  fsim_packer_give_back(packer, chunk->planes, chunk->n * chunk->size);
  chunk->planes = NULL;
  if (ret == 0 && shared) shrink(packer, chunk);
  pthread_mutex_lock(&packer->mutex);
  if (ret != 0) packer->failed = true;
  if (ret == 0) push(&packer->ready, chunk);
  pthread_mutex_unlock(&packer->mutex);
  if (ret != 0) fsim_packer_free_chunk(packer, chunk);
  return true;
}

void fsim_packer_expect_help(fsim_packer *packer) {
  pthread_mutex_lock(&packer->mutex);
  packer->expects_help = true;
  pthread_mutex_unlock(&packer->mutex);
}

void fsim_packer_push(fsim_packer *packer, fsim_chunk *chunk) {
  pthread_mutex_lock(&packer->mutex);
  push(&packer->waiting, chunk);
  bool many = packer->waiting.n > (packer->expects_help ? MOST_WAITING : 0);
  pthread_mutex_unlock(&packer->mutex);
  if (many) fsim_packer_help(packer);
}

fsim_chunk *fsim_packer_take(fsim_packer *packer) {
  pthread_mutex_lock(&packer->mutex);
  fsim_chunk *chunk = pop(&packer->ready);
  pthread_mutex_unlock(&packer->mutex);
  return chunk;
}

bool fsim_packer_failed(fsim_packer *packer) {
  pthread_mutex_lock(&packer->mutex);
  bool failed = packer->failed;
  pthread_mutex_unlock(&packer->mutex);
  return failed;
}
