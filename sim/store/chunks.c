#include "sim/store/chunks.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/array.h"
#include "sim/store/packer.h"
#include "sim/store/shuffle.h"

typedef struct column {
  const fsim_growing *growing;
  hid_t set;
  size_t row_bytes;
  size_t filled;      /* rows in the chunk that is being filled */
  uint8_t *planes;    /* its elements; NULL while they are all the same */
  uint8_t element[8]; /* this one */
  uint64_t rows;      /* appended in all */
  uint64_t extent;    /* rows of the dataset in the file */
  bool unsaved;       /* the chunk has rows that the file has not */
  bool has_twin;      /* a later column is like this one (layout.h), and compares with */
  fsim_chunk *held;   /* the last full chunk */
} column;

struct fsim_chunks {
  const fsim_layout *layout;
  column *columns; /* [n_growing] */
  fsim_packer *packer;
  uint64_t bytes;
};

fsim_chunks *fsim_chunks_new(const fsim_layout *layout) {
  fsim_chunks *chunks = fsim_zeroed(1, sizeof *chunks);
  if (chunks == NULL) return NULL;
  chunks->layout = layout;
  chunks->columns = fsim_zeroed(layout->n_growing, sizeof *chunks->columns);
  chunks->packer = fsim_packer_new();
  if (chunks->columns == NULL || chunks->packer == NULL) {
    fsim_packer_free(chunks->packer);
    free(chunks->columns);
    free(chunks);
    return NULL;
  }
  for (size_t i = 0; i < layout->n_growing; i++) {
    column *c = &chunks->columns[i];
    c->growing = &layout->growing[i];
    c->row_bytes = c->growing->row_elements * c->growing->element_size;
    c->set = -1;
    if (c->growing->like != SIZE_MAX) chunks->columns[c->growing->like].has_twin = true;
  }
  return chunks;
}

static size_t chunk_bytes(const column *c) {
  return c->growing->chunk_rows * c->row_bytes;
}

/* Elements of a chunk: the length of a plane. */
static size_t chunk_elements(const column *c) {
  return c->growing->chunk_rows * c->growing->row_elements;
}

int fsim_chunks_free(fsim_chunks *chunks) {
  if (chunks == NULL) return 0;
  int ret = 0;
  for (size_t i = 0; i < chunks->layout->n_growing; i++) {
    column *c = &chunks->columns[i];
    fsim_packer_give_back(chunks->packer, c->planes, chunk_bytes(c));
    fsim_packer_free_chunk(chunks->packer, c->held);
    if (c->set >= 0 && H5Dclose(c->set) < 0) ret = -1;
  }
  fsim_packer_free(chunks->packer);
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

/* Rows of the last chunk, which is not full, in the form that append() goes on with. */
static int read_tail(fsim_chunks *chunks, column *c) {
  int ret = -1;
  hid_t type = H5Dget_type(c->set), native = -1, space = H5Dget_space(c->set), memory = -1;
  size_t n = c->filled * c->growing->row_elements, size = c->growing->element_size;
  uint8_t *elements = fsim_zeroed(n, size);
  hsize_t start[1 + FSIM_MOST_DIMS] = {c->rows - c->filled},
                    count[1 + FSIM_MOST_DIMS] = {c->filled};
  for (int d = 1; d < c->growing->rank; d++) count[d] = c->growing->dims[d - 1];
  if (type < 0 || space < 0 || elements == NULL) goto out;
  if ((native = H5Tget_native_type(type, H5T_DIR_DEFAULT)) < 0 || H5Tget_size(native) != size)
    goto out;
  if ((memory = H5Screate_simple(c->growing->rank, count, NULL)) < 0) goto out;
  if (H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, count, NULL) < 0) goto out;
  if (H5Dread(c->set, native, memory, space, H5P_DEFAULT, elements) < 0) goto out;
  c->planes = fsim_packer_lend(chunks->packer, chunk_bytes(c));
  if (c->planes == NULL) goto out;
  fsim_shuffle(elements, n, size, c->planes, chunk_elements(c));
  ret = 0;
out:
  free(elements);
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
    if (c->filled > 0 && read_tail(chunks, c) != 0) return -1;
  }
  return 0;
}

/* ---- filling ---- */

static bool equal_chunks(const fsim_chunk *a, const fsim_chunk *b) {
  if (a->number != b->number || a->n != b->n || a->size != b->size) return false;
  if (a->planes == NULL || b->planes == NULL)
    return a->planes == b->planes && memcmp(a->element, b->element, a->size) == 0;
  return memcmp(a->planes, b->planes, a->n * a->size) == 0;
}

/* The chunk of a column that is like an earlier one, whose last chunk waited for it: compressed
 * once and written twice where they are equal. */
static void push_twins(fsim_chunks *chunks, fsim_chunk *chunk) {
  column *like = &chunks->columns[chunks->columns[chunk->dataset].growing->like];
  fsim_chunk *held = like->held;
  like->held = NULL;
  if (held != NULL && equal_chunks(held, chunk)) {
    held->twin = chunk->dataset;
    fsim_packer_free_chunk(chunks->packer, chunk);
    chunk = NULL;
  }
  if (held != NULL) fsim_packer_push(chunks->packer, held);
  if (chunk != NULL) fsim_packer_push(chunks->packer, chunk);
}

/* Hands the full chunk of a column over to be compressed. */
static int hand_over(fsim_chunks *chunks, column *c) {
  fsim_chunk *chunk = fsim_zeroed(1, sizeof *chunk);
  if (chunk == NULL) return -1;
  chunk->dataset = (size_t)(c - chunks->columns);
  chunk->twin = SIZE_MAX;
  chunk->number = c->rows / c->growing->chunk_rows - 1;
  chunk->n = chunk_elements(c);
  chunk->size = c->growing->element_size;
  chunk->planes = c->planes;
  memcpy(chunk->element, c->element, sizeof c->element);
  c->planes = NULL;
  c->filled = 0;
  c->unsaved = false;
  if (c->growing->like != SIZE_MAX) {
    push_twins(chunks, chunk);
  } else if (c->has_twin) {
    if (c->held != NULL) fsim_packer_push(chunks->packer, c->held);
    c->held = chunk;
  } else {
    fsim_packer_push(chunks->packer, chunk);
  }
  return 0;
}

/* Columns that never change, such as the queue where there are no teams, cost a comparison only. */
static int fill(fsim_chunks *chunks, column *c, const uint8_t *rows, size_t n_rows) {
  size_t size = c->growing->element_size, n = n_rows * c->growing->row_elements;
  size_t plane = chunk_elements(c), at = c->filled * c->growing->row_elements;
  if (c->filled == 0) memcpy(c->element, rows, size);
  if (c->planes == NULL) {
    if (fsim_all_same(rows, n, size, c->element)) return 0;
    c->planes = fsim_packer_lend(chunks->packer, chunk_bytes(c));
    if (c->planes == NULL) return -1;
    fsim_shuffle_same(c->element, at, size, c->planes, plane);
  }
  fsim_shuffle(rows, n, size, c->planes + at, plane);
  return 0;
}

int fsim_chunks_append(fsim_chunks *chunks, size_t dataset, const void *rows, size_t n) {
  column *c = &chunks->columns[dataset];
  const uint8_t *from = rows;
  while (n > 0) {
    size_t some = c->growing->chunk_rows - c->filled;
    if (some > n) some = n;
    if (fill(chunks, c, from, some) != 0) return -1;
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

bool fsim_chunks_help(fsim_chunks *chunks) {
  fsim_packer_expect_help(chunks->packer);
  return fsim_packer_help(chunks->packer);
}

/* ---- writing ---- */

static int set_extent(column *c, uint64_t rows) {
  hsize_t dims[1 + FSIM_MOST_DIMS] = {rows};
  for (int d = 1; d < c->growing->rank; d++) dims[d] = c->growing->dims[d - 1];
  if (H5Dset_extent(c->set, dims) < 0) return -1;
  c->extent = rows;
  return 0;
}

/* `end`: of the rows that the chunk brings. */
static int write_chunk(fsim_chunks *chunks, size_t dataset, const fsim_chunk *chunk, uint64_t end) {
  column *c = &chunks->columns[dataset];
  hsize_t offset[1 + FSIM_MOST_DIMS] = {chunk->number * c->growing->chunk_rows};
  if (end > c->extent && set_extent(c, end) != 0) return -1;
  if (H5Dwrite_chunk(c->set, H5P_DEFAULT, 0, offset, chunk->length, chunk->packed) < 0) return -1;
  chunks->bytes += chunk->length;
  return 0;
}

int fsim_chunks_write(fsim_chunks *chunks) {
  fsim_chunk *chunk;
  while ((chunk = fsim_packer_take(chunks->packer)) != NULL) {
    const fsim_growing *g = chunks->columns[chunk->dataset].growing;
    uint64_t end = (chunk->number + 1) * g->chunk_rows;
    int ret = write_chunk(chunks, chunk->dataset, chunk, end);
    if (ret == 0 && chunk->twin != SIZE_MAX) ret = write_chunk(chunks, chunk->twin, chunk, end);
    fsim_packer_free_chunk(chunks->packer, chunk);
    if (ret != 0) return -1;
  }
  return 0;
}

int fsim_chunks_write_full(fsim_chunks *chunks) {
  while (fsim_packer_help(chunks->packer)) continue;
  return fsim_packer_failed(chunks->packer) ? -1 : fsim_chunks_write(chunks);
}

/* What is behind the last row counts for nothing: zeros, or again the one element. */
static int write_tail(fsim_chunks *chunks, column *c) {
  fsim_chunk chunk = {.dataset = (size_t)(c - chunks->columns),
                      .number = c->rows / c->growing->chunk_rows,
                      .n = chunk_elements(c),
                      .size = c->growing->element_size,
                      .planes = c->planes};
  size_t used = c->filled * c->growing->row_elements;
  memcpy(chunk.element, c->element, sizeof c->element);
  for (size_t p = 0; c->planes != NULL && p < chunk.size; p++)
    memset(c->planes + p * chunk.n + used, 0, chunk.n - used);
  int ret = fsim_packer_pack(chunks->packer, &chunk);
  if (ret == 0) ret = write_chunk(chunks, chunk.dataset, &chunk, c->rows);
  chunk.planes = NULL; /* the column goes on with them */
  fsim_packer_release(chunks->packer, &chunk);
  if (ret == 0) c->unsaved = false;
  return ret;
}

int fsim_chunks_settle(fsim_chunks *chunks) {
  if (fsim_chunks_write_full(chunks) != 0) return -1;
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
  return fsim_packer_failed(chunks->packer);
}
