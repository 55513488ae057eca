#include "sim/store/aggregates.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/array.h"
#include "sim/store/compress.h"
#include "sim/store/hdf.h"
#include "sim/store/shuffle.h"

typedef struct sums_array {
  const char *name, *help;
  size_t classes, words; /* of a histogram; words to a class */
} sums_array;

/* n_sq is last and always written, so what may be written again and freed never ends the file
 * (HDF5 gives a block at the end back even where it reuses nothing else). */
static const sums_array arrays[] = {
    {"count", "times by class, pooled over replications", FSIM_TIME_CLASSES, 1},
    {"below_sq", "sum over units of (times below the class)^2: low and high 64 bits",
     FSIM_COARSE_CLASSES, 2},
    {"below_n", "sum over units of times below the class x times: low and high 64 bits",
     FSIM_COARSE_CLASSES, 2},
    {"n_sq", "sum over units of times^2: low and high 64 bits", 1, 2},
};
#define N_ARRAYS (sizeof arrays / sizeof *arrays)

/* fsim_sum128 is two words, low then high, as the file has them. */
_Static_assert(sizeof(fsim_sum128) == 16, "sums are stored as pairs of words");

static void *values_of(const fsim_pool *pool, size_t array) {
  void *const values[N_ARRAYS] = {pool->count, pool->below_sq, pool->below_n, pool->n_sq};
  return values[array];
}

/* So few chunks that one node of HDF5's index holds them all. */
#define MOST_CHUNKS 60

static size_t chunk_rows(size_t n_histograms) {
  return (n_histograms + MOST_CHUNKS - 1) / MOST_CHUNKS;
}

static int create_array(hid_t group, const sums_array *array, size_t n_histograms) {
  int ret = -1;
  hsize_t dims[3] = {n_histograms, array->classes, array->words},
          chunk[3] = {chunk_rows(n_histograms), array->classes, array->words};
  hid_t set = -1, space = H5Screate_simple(3, dims, NULL),
        properties = H5Pcreate(H5P_DATASET_CREATE);
  if (space < 0 || properties < 0) goto out;
  if (n_histograms > 0 && (H5Pset_chunk(properties, 3, chunk) < 0 ||
                           H5Pset_shuffle(properties) < 0 || H5Pset_deflate(properties, 1) < 0))
    goto out;
  set = H5Dcreate2(group, array->name, H5T_STD_U64LE, space, H5P_DEFAULT, properties, H5P_DEFAULT);
  if (set >= 0) ret = fsim_hdf_put_text(set, "help", array->help);
out:
  if (set >= 0 && H5Dclose(set) < 0) ret = -1;
  if (space >= 0) H5Sclose(space);
  if (properties >= 0) H5Pclose(properties);
  return ret;
}

int fsim_aggregates_create(hid_t file, const char *path, size_t n_histograms) {
  if (fsim_hdf_make_group(file, path) != 0) return -1;
  hid_t group = H5Gopen2(file, path, H5P_DEFAULT);
  if (group < 0) return -1;
  int ret = 0;
  for (size_t a = 0; ret == 0 && a < N_ARRAYS; a++)
    ret = create_array(group, &arrays[a], n_histograms);
  if (H5Gclose(group) < 0) ret = -1;
  if (ret != 0) return -1;
  /* Sums of nothing: makes the attributes and the nodes that later commits only change. */
  fsim_pool *nothing = fsim_pool_new(n_histograms);
  uint64_t bytes = 0;
  ret = nothing == NULL ? -1 : fsim_aggregates_write(file, path, 0, nothing, &bytes);
  fsim_pool_free(nothing);
  return ret;
}

static bool all_zero(const uint8_t *bytes, size_t n) {
  return bytes[0] == 0 && memcmp(bytes, bytes + 1, n - 1) == 0;
}

/* Memory that writing uses: a chunk, shuffled, and compressed. */
typedef struct scratch {
  fsim_compressor *compressor;
  uint8_t *planes, *packed;
} scratch;

/* Sums never shrink, so a chunk that is all zeros was never written and need not be now, but for
 * the first. */
static int write_array(hid_t group, size_t array, const fsim_pool *pool, const scratch *memory,
                       uint64_t *bytes) {
  hid_t set = H5Dopen2(group, arrays[array].name, H5P_DEFAULT);
  if (set < 0) return -1;
  size_t rows = chunk_rows(pool->n_histograms);
  size_t row_words = arrays[array].classes * arrays[array].words;
  const uint8_t *values = values_of(pool, array);
  int ret = 0;
  for (size_t h = 0; ret == 0 && h < pool->n_histograms; h += rows) {
    hsize_t offset[3] = {h, 0, 0};
    const uint8_t *some_values = values + h * row_words * 8;
    size_t some = pool->n_histograms - h < rows ? pool->n_histograms - h : rows;
    if (h > 0 && all_zero(some_values, some * row_words * 8)) continue;
    memset(memory->planes, 0, rows * row_words * 8);
    fsim_shuffle(some_values, some * row_words, 8, memory->planes, rows * row_words);
    size_t length =
        fsim_compress(memory->compressor, memory->planes, rows * row_words, 8, memory->packed);
    if (H5Dwrite_chunk(set, H5P_DEFAULT, 0, offset, length, memory->packed) < 0) ret = -1;
    if (ret == 0) *bytes += length;
  }
  if (H5Dclose(set) < 0) ret = -1;
  return ret;
}

int fsim_aggregates_write(hid_t file, const char *path, uint32_t replications,
                          const fsim_pool *pool, uint64_t *bytes) {
  int ret = -1;
  size_t most = chunk_rows(pool->n_histograms) * FSIM_TIME_CLASSES * 8;
  scratch memory = {fsim_compressor_new(), fsim_aligned(most, 1),
                    fsim_aligned(fsim_compress_bound(most), 1)};
  hid_t group = H5Gopen2(file, path, H5P_DEFAULT);
  if (memory.compressor == NULL || memory.planes == NULL || memory.packed == NULL || group < 0)
    goto out;
  for (size_t a = 0; a < N_ARRAYS; a++)
    if (write_array(group, a, pool, &memory, bytes) != 0) goto out;
  if (fsim_hdf_put_number(group, "units", H5T_NATIVE_UINT64, &pool->units) != 0) goto out;
  ret = fsim_hdf_put_number(group, "replications", H5T_NATIVE_UINT32, &replications);
out:
  free(memory.planes);
  free(memory.packed);
  fsim_compressor_free(memory.compressor);
  if (group >= 0 && H5Gclose(group) < 0) ret = -1;
  return ret;
}

static int read_array(hid_t group, size_t array, fsim_pool *pool) {
  hid_t set = H5Dopen2(group, arrays[array].name, H5P_DEFAULT);
  if (set < 0) return -1;
  hid_t space = H5Dget_space(set);
  hssize_t points = space < 0 ? -1 : H5Sget_simple_extent_npoints(space);
  int ret = -1;
  if (points >= 0 &&
      (size_t)points == pool->n_histograms * arrays[array].classes * arrays[array].words &&
      H5Dread(set, H5T_NATIVE_UINT64, H5S_ALL, H5S_ALL, H5P_DEFAULT, values_of(pool, array)) >= 0)
    ret = 0;
  if (space >= 0) H5Sclose(space);
  H5Dclose(set);
  return ret;
}

int fsim_aggregates_read(hid_t file, const char *path, fsim_pool *pool) {
  hid_t group = H5Gopen2(file, path, H5P_DEFAULT);
  if (group < 0) return -1;
  int ret = fsim_hdf_get_number(group, "units", H5T_NATIVE_UINT64, &pool->units);
  for (size_t a = 0; ret == 0 && a < N_ARRAYS; a++) ret = read_array(group, a, pool);
  H5Gclose(group);
  return ret;
}

const char *fsim_aggregates_find(hid_t file, uint32_t replications) {
  static const char *const groups[] = {FSIM_AGGREGATES, FSIM_AGGREGATES_OTHER};
  for (size_t i = 0; i < 2; i++) {
    uint32_t has = 0;
    if (H5Lexists(file, groups[i], H5P_DEFAULT) <= 0) continue;
    hid_t group = H5Gopen2(file, groups[i], H5P_DEFAULT);
    if (group < 0) continue;
    int ret = fsim_hdf_get_number(group, "replications", H5T_NATIVE_UINT32, &has);
    H5Gclose(group);
    if (ret == 0 && has == replications) return groups[i];
  }
  return NULL;
}
