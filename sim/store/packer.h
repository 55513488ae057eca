/* Compressing chunks on whichever thread has time.
 *
 * A full chunk joins the waiting work; help() compresses one on any thread; the thread that owns
 * the file takes the compressed ones. Memory for chunks is used again and again: fresh pages from
 * the system would cost as much as compressing does. */
#ifndef FSIM_STORE_PACKER_H
#define FSIM_STORE_PACKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct fsim_chunk {
  struct fsim_chunk *next;
  size_t dataset;
  size_t twin;        /* a dataset whose chunk is the same; SIZE_MAX: none */
  uint64_t number;    /* of the chunk in the dataset */
  size_t n, size;     /* elements, and bytes of one */
  uint8_t *planes;    /* shuffled; NULL when all elements are the same */
  uint8_t element[8]; /* then it is this */
  uint8_t *packed;
  size_t length;
  bool shrunk; /* packed is malloc()ed, and not lent */
} fsim_chunk;

typedef struct fsim_packer fsim_packer;

/* NULL when memory is out. */
fsim_packer *fsim_packer_new(void);
void fsim_packer_free(fsim_packer *packer);

/* Memory for planes or for what is packed, given back with the same count of bytes. NULL: out. */
uint8_t *fsim_packer_lend(fsim_packer *packer, size_t bytes);
void fsim_packer_give_back(fsim_packer *packer, uint8_t *memory, size_t bytes);
/* A chunk's memory; then that of the chunk itself too. */
void fsim_packer_release(fsim_packer *packer, fsim_chunk *chunk);
void fsim_packer_free_chunk(fsim_packer *packer, fsim_chunk *chunk);

/* Compresses a chunk now, leaving its planes. 0, or -1 when memory is out. */
int fsim_packer_pack(fsim_packer *packer, fsim_chunk *chunk);
/* Takes a chunk over; compresses one now when too many wait. */
void fsim_packer_push(fsim_packer *packer, fsim_chunk *chunk);
/* Compresses one chunk; false when none waits. Any thread. */
bool fsim_packer_help(fsim_packer *packer);
/* Threads have time to help: from now on chunks are left for them. */
void fsim_packer_expect_help(fsim_packer *packer);
/* A compressed chunk, or NULL; owner: the caller. */
fsim_chunk *fsim_packer_take(fsim_packer *packer);
/* Compressing or memory failed on some thread. */
bool fsim_packer_failed(fsim_packer *packer);

#endif
