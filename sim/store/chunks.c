#include "sim/store/chunks.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/array.h"
#include "sim/store/compress.h"

/* Full chunks that may wait for a helping thread before append() does their work itself: 16 MB. */
#define MOST_WAITING 64

typedef struct column {
  const fsim_growing *growing;
  hid_t set;
  size_t row_bytes;
  uint8_t *buffer; /* of one chunk, NULL when it is empty */
  size_t filled;   /* rows in it */
  uint64_t rows;   /* appended in all */
  uint64_t extent; /* rows of the dataset in the file */
  bool unsaved;    /* the buffer has rows that the file has not */
} column;

typedef struct job {
  struct job *next;
  column *column;
  uint64_t chunk;
  uint8_t *bytes; /* elements; then their compressed form */
  size_t length;
} job;

typedef struct job_list {
  job *first, **last;
  size_t n;
} job_list;

typedef struct spare {
  struct spare *next;
  fsim_compressor *compressor;
} spare;

struct fsim_chunks {
  const fsim_layout *layout;
  column *columns; /* [n_growing] */
  uint64_t bytes;
  pthread_mutex_t mutex; /* guards what follows */
  job_list waiting, ready;
  spare *spares; /* compressors that nobody uses */
  bool failed;
};

/* ---- lists ---- */

static void push(job_list *list, job *j) {
  j->next = NULL;
  *list->last = j;
  list->last = &j->next;
  list->n++;
}

static job *pop(job_list *list) {
  job *j = list->first;
  if (j == NULL) return NULL;
  list->first = j->next;
  if (list->first == NULL) list->last = &list->first;
  list->n--;
  return j;
}

static void free_job(job *j) {
  free(j->bytes);
  free(j);
}

static void free_jobs(job_list *list) {
  for (job *j = pop(list); j != NULL; j = pop(list)) free_job(j);
}

fsim_chunks *fsim_chunks_new(const fsim_layout *layout) {
  fsim_chunks *chunks = fsim_zeroed(1, sizeof *chunks);
  if (chunks == NULL) return NULL;
  chunks->layout = layout;
  chunks->waiting.last = &chunks->waiting.first;
  chunks->ready.last = &chunks->ready.first;
  chunks->columns = fsim_zeroed(layout->n_growing, sizeof *chunks->columns);
  if (chunks->columns == NULL || pthread_mutex_init(&chunks->mutex, NULL) != 0) {
    free(chunks->columns);
    free(chunks);
    return NULL;
  }
  for (size_t i = 0; i < layout->n_growing; i++) {
    column *c = &chunks->columns[i];
    c->growing = &layout->growing[i];
    c->row_bytes = c->growing->row_elements * c->growing->element_size;
    c->set = -1;
  }
  return chunks;
}

int fsim_chunks_free(fsim_chunks *chunks) {
  if (chunks == NULL) return 0;
  int ret = 0;
  for (size_t i = 0; i < chunks->layout->n_growing; i++) {
    free(chunks->columns[i].buffer);
    if (chunks->columns[i].set >= 0 && H5Dclose(chunks->columns[i].set) < 0) ret = -1;
  }
  free_jobs(&chunks->waiting);
  free_jobs(&chunks->ready);
  while (chunks->spares != NULL) {
    spare *s = chunks->spares;
    chunks->spares = s->next;
    fsim_compressor_free(s->compressor);
    free(s);
  }
  pthread_mutex_destroy(&chunks->mutex);
  free(chunks->columns);
  free(chunks);
  return ret;
}

int fsim_chunks_create(fsim_chunks *chunks, hid_t file) {
  for (size_t i = 0; i < chunks->layout->n_growing; i++) {
    column *c = &chunks->columns[i];
    c->set = fsim_layout_create(chunks->layout, c->growing, file);
    if (c->set < 0) return -1;
  }
  return 0;
}

/* ---- going on with an old file ---- */

static uint8_t *new_buffer(const column *c) {
  return fsim_aligned(c->growing->chunk_rows, c->row_bytes);
}

static int read_tail(column *c) {
  int ret = -1;
  hid_t type = H5Dget_type(c->set), native = -1, space = H5Dget_space(c->set), memory = -1;
  hsize_t start[1 + FSIM_MOST_DIMS] = {c->rows - c->filled},
                    count[1 + FSIM_MOST_DIMS] = {c->filled};
  for (int d = 1; d < c->growing->rank; d++) count[d] = c->growing->dims[d - 1];
  if (type < 0 || space < 0 || (c->buffer = new_buffer(c)) == NULL) goto out;
  if ((native = H5Tget_native_type(type, H5T_DIR_DEFAULT)) < 0 ||
      H5Tget_size(native) != c->growing->element_size)
    goto out;
  if ((memory = H5Screate_simple(c->growing->rank, count, NULL)) < 0) goto out;
  if (H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, count, NULL) < 0) goto out;
  if (H5Dread(c->set, native, memory, space, H5P_DEFAULT, c->buffer) >= 0) ret = 0;
out:
  if (type >= 0) H5Tclose(type);
  if (native >= 0) H5Tclose(native);
  if (space >= 0) H5Sclose(space);
  if (memory >= 0) H5Sclose(memory);
  return ret;
}

/* Rows in the file and whether rank and other dimensions are those of the layout. */
static int read_extent(column *c) {
  hsize_t dims[H5S_MAX_RANK];
  hid_t space = H5Dget_space(c->set);
  if (space < 0) return -1;
  int ret = H5Sget_simple_extent_ndims(space) == c->growing->rank &&
                    H5Sget_simple_extent_dims(space, dims, NULL) == c->growing->rank
                ? 0
                : -1;
  for (int d = 1; ret == 0 && d < c->growing->rank; d++)
    if (dims[d] != c->growing->dims[d - 1]) ret = -1;
  if (ret == 0) c->extent = dims[0];
  H5Sclose(space);
  return ret;
}

int fsim_chunks_open(fsim_chunks *chunks, hid_t file, const uint64_t *rows) {
  for (size_t i = 0; i < chunks->layout->n_growing; i++) {
    column *c = &chunks->columns[i];
    if ((c->set = H5Dopen2(file, c->growing->path, H5P_DEFAULT)) < 0) return -1;
    if (read_extent(c) != 0 || rows[i] > c->extent) return -1;
    c->rows = rows[i];
    c->filled = (size_t)(rows[i] % c->growing->chunk_rows);
    if (c->filled > 0 && read_tail(c) != 0) return -1;
  }
  return 0;
}

/* ---- filling and compressing ---- */

static fsim_compressor *borrow_compressor(fsim_chunks *chunks) {
  pthread_mutex_lock(&chunks->mutex);
  spare *s = chunks->spares;
  if (s != NULL) chunks->spares = s->next;
  pthread_mutex_unlock(&chunks->mutex);
  if (s == NULL) return fsim_compressor_new(chunks->layout->largest_chunk);
  fsim_compressor *compressor = s->compressor;
  free(s);
  return compressor;
}

static void return_compressor(fsim_chunks *chunks, fsim_compressor *compressor) {
  spare *s = malloc(sizeof *s);
  if (s == NULL) {
    fsim_compressor_free(compressor);
    return;
  }
  s->compressor = compressor;
  pthread_mutex_lock(&chunks->mutex);
  s->next = chunks->spares;
  chunks->spares = s;
  pthread_mutex_unlock(&chunks->mutex);
}

/* The compressed form of a chunk in memory of its own, which the caller frees; NULL: failed. */
static uint8_t *compress_chunk(fsim_chunks *chunks, const column *c, const uint8_t *elements,
                               size_t *length) {
  fsim_compressor *compressor = borrow_compressor(chunks);
  if (compressor == NULL) return NULL;
  const uint8_t *packed;
  uint8_t *copy = NULL;
  size_t n = c->growing->chunk_rows * c->growing->row_elements;
  if (fsim_compress(compressor, elements, n, c->growing->element_size, &packed, length) == 0 &&
      (copy = malloc(*length)) != NULL)
    memcpy(copy, packed, *length);
  return_compressor(chunks, compressor);
  return copy;
}

bool fsim_chunks_help(fsim_chunks *chunks) {
  pthread_mutex_lock(&chunks->mutex);
  job *j = pop(&chunks->waiting);
  pthread_mutex_unlock(&chunks->mutex);
  if (j == NULL) return false;
  uint8_t *packed = compress_chunk(chunks, j->column, j->bytes, &j->length);
  free(j->bytes);
  j->bytes = packed;
  pthread_mutex_lock(&chunks->mutex);
  if (packed == NULL) chunks->failed = true;
  if (packed != NULL) push(&chunks->ready, j);
  pthread_mutex_unlock(&chunks->mutex);
  if (packed == NULL) free(j);
  return true;
}

/* Hands the full buffer of a column over to the waiting work. */
static int hand_over(fsim_chunks *chunks, column *c) {
  job *j = fsim_zeroed(1, sizeof *j);
  if (j == NULL) return -1;
  j->column = c;
  j->bytes = c->buffer;
  j->chunk = c->rows / c->growing->chunk_rows - 1;
  c->buffer = NULL;
  c->filled = 0;
  c->unsaved = false;
  pthread_mutex_lock(&chunks->mutex);
  push(&chunks->waiting, j);
  bool many = chunks->waiting.n > MOST_WAITING;
  pthread_mutex_unlock(&chunks->mutex);
  if (many) fsim_chunks_help(chunks);
  return 0;
}

int fsim_chunks_append(fsim_chunks *chunks, size_t dataset, const void *rows, size_t n) {
  column *c = &chunks->columns[dataset];
  const uint8_t *from = rows;
  while (n > 0) {
    if (c->buffer == NULL && (c->buffer = new_buffer(c)) == NULL) return -1;
    size_t some = c->growing->chunk_rows - c->filled;
    if (some > n) some = n;
    memcpy(c->buffer + c->filled * c->row_bytes, from, some * c->row_bytes);
    from += some * c->row_bytes;
    n -= some;
    c->filled += some;
    c->rows += some;
    c->unsaved = true;
    if (c->filled == c->growing->chunk_rows && hand_over(chunks, c) != 0) return -1;
  }
  return 0;
}

uint64_t fsim_chunks_rows(const fsim_chunks *chunks, size_t dataset) {
  return chunks->columns[dataset].rows;
}

/* ---- writing ---- */

static int set_extent(column *c, uint64_t rows) {
  hsize_t dims[1 + FSIM_MOST_DIMS] = {rows};
  for (int d = 1; d < c->growing->rank; d++) dims[d] = c->growing->dims[d - 1];
  if (H5Dset_extent(c->set, dims) < 0) return -1;
  c->extent = rows;
  return 0;
}

static int write_chunk(fsim_chunks *chunks, column *c, uint64_t chunk, uint64_t end,
                       const uint8_t *packed, size_t length) {
  hsize_t offset[1 + FSIM_MOST_DIMS] = {chunk * c->growing->chunk_rows};
  if (end > c->extent && set_extent(c, end) != 0) return -1;
  if (H5Dwrite_chunk(c->set, H5P_DEFAULT, 0, offset, length, packed) < 0) return -1;
  chunks->bytes += length;
  return 0;
}

int fsim_chunks_write(fsim_chunks *chunks) {
  for (;;) {
    pthread_mutex_lock(&chunks->mutex);
    job *j = pop(&chunks->ready);
    pthread_mutex_unlock(&chunks->mutex);
    if (j == NULL) return 0;
    int ret = write_chunk(chunks, j->column, j->chunk,
                          (j->chunk + 1) * j->column->growing->chunk_rows, j->bytes, j->length);
    free_job(j);
    if (ret != 0) return -1;
  }
}

static int write_tail(fsim_chunks *chunks, column *c) {
  size_t length, used = c->filled * c->row_bytes;
  /* Rows that are not there are zeros, as HDF5 fills them. */
  memset(c->buffer + used, 0, c->growing->chunk_rows * c->row_bytes - used);
  uint8_t *packed = compress_chunk(chunks, c, c->buffer, &length);
  if (packed == NULL) return -1;
  int ret = write_chunk(chunks, c, c->rows / c->growing->chunk_rows, c->rows, packed, length);
  free(packed);
  if (ret == 0) c->unsaved = false;
  return ret;
}

int fsim_chunks_settle(fsim_chunks *chunks) {
  while (fsim_chunks_help(chunks)) continue;
  if (chunks->failed || fsim_chunks_write(chunks) != 0) return -1;
  for (size_t i = 0; i < chunks->layout->n_growing; i++)
    if (chunks->columns[i].unsaved && write_tail(chunks, &chunks->columns[i]) != 0) return -1;
  return 0;
}

int fsim_chunks_trim(fsim_chunks *chunks) {
  for (size_t i = 0; i < chunks->layout->n_growing; i++) {
    column *c = &chunks->columns[i];
    if (c->extent > c->rows && set_extent(c, c->rows) != 0) return -1;
  }
  return 0;
}

uint64_t fsim_chunks_bytes(const fsim_chunks *chunks) {
  return chunks->bytes;
}

bool fsim_chunks_failed(fsim_chunks *chunks) {
  pthread_mutex_lock(&chunks->mutex);
  bool failed = chunks->failed;
  pthread_mutex_unlock(&chunks->mutex);
  return failed;
}
