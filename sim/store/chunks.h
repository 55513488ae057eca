/* Rows become chunks, chunks are compressed by whichever thread has time, one thread writes them.
 *
 * Every growing dataset has a chunk that is being filled, shuffled as it comes (shuffle.h). A full
 * one joins the waiting work (packer.h); help() compresses it on any thread; write() puts the
 * compressed ones into the file, on the one thread that owns HDF5. At a commit also the chunks that
 * are not full are written, and again later when they hold more. The file never reuses the space of
 * their older versions (see writer.c), so whatever the last commit refers to stays as it was until
 * the next one is whole. */
#ifndef FSIM_STORE_CHUNKS_H
#define FSIM_STORE_CHUNKS_H

#include "sim/store/layout.h"

typedef struct fsim_chunks fsim_chunks;

/* NULL when memory is out. The layout must outlive it. */
fsim_chunks *fsim_chunks_new(const fsim_layout *layout);
/* Closes the datasets. 0, or -1 when HDF5 failed to. */
int fsim_chunks_free(fsim_chunks *chunks);

/* Makes every dataset of the layout in a new file; or opens those of an old one, whose rows go on
 * after rows[i] of dataset i. 0 or -1. */
int fsim_chunks_create(fsim_chunks *chunks, hid_t file);
int fsim_chunks_open(fsim_chunks *chunks, hid_t file, const uint64_t *rows);

/* Copies n rows to the end of a dataset. One call at a time, but at the same time as help() and
 * write(). 0, or -1 when memory is out. */
int fsim_chunks_append(fsim_chunks *chunks, size_t dataset, const void *rows, size_t n);
uint64_t fsim_chunks_rows(const fsim_chunks *chunks, size_t dataset);
/* Compresses one full chunk; false when none waits. Any thread. */
bool fsim_chunks_help(fsim_chunks *chunks);
/* Writes the compressed ones. 0 or -1. */
int fsim_chunks_write(fsim_chunks *chunks);
/* Compresses and writes all full ones. Nobody else at work. 0 or -1. */
int fsim_chunks_write_full(fsim_chunks *chunks);
/* Writes everything, also the chunks that are not full. Nobody else at work. 0 or -1. */
int fsim_chunks_settle(fsim_chunks *chunks);
/* Cuts off what the file holds beyond the rows appended (left over from a killed run). 0 or -1. */
int fsim_chunks_trim(fsim_chunks *chunks);
/* Compressed bytes written so far. */
uint64_t fsim_chunks_bytes(const fsim_chunks *chunks);
/* Compressing or memory failed on some thread. */
bool fsim_chunks_failed(fsim_chunks *chunks);

#endif
