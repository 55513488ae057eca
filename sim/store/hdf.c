#include "sim/store/hdf.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/array.h"
#include "sim/base/text.h"

#define DEFLATE_FROM 4096 /* bytes */

/* At the program's end HDF5 would try once more to write what a full disk refused, and crash; all
 * files are closed by then, so it has nothing to do there. Only the first call matters. */
void fsim_hdf_quiet(void) {
  (void)H5dont_atexit();
  H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
}

/* The file drivers write the system's reason into their error's description. */
static herr_t find_reason(unsigned n, const H5E_error2_t *error, void *found) {
  static const char mark[] = "error message = '";
  fsim_text *reason = found;
  (void)n;
  const char *start = error->desc == NULL ? NULL : strstr(error->desc, mark);
  if (start == NULL || reason->length > 0) return 0;
  start += sizeof mark - 1;
  const char *end = strchr(start, '\'');
  if (end != NULL) fsim_text_append(reason, "%.*s", (int)(end - start), start);
  return 0;
}

/* What to do about a disk that takes no more; nothing to add for other reasons. */
static const char *remedy_for(const char *reason) {
  static const int full[] = {ENOSPC, EFBIG, EDQUOT};
  for (size_t i = 0; reason != NULL && i < sizeof full / sizeof *full; i++)
    if (strcmp(reason, strerror(full[i])) == 0)
      return "; free space, raise the limit, or choose another folder with -o";
  return "";
}

int fsim_hdf_failure(fsim_report *report, const char *doing, const char *path) {
  fsim_text reason = {0};
  int code = errno;
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, find_reason, &reason);
  /* Closing what had been opened empties HDF5's stack of errors; what a disk says stays in errno.
   */
  bool of_disk = code == ENOSPC || code == EFBIG || code == EDQUOT || code == EIO;
  if (reason.length == 0 && of_disk) fsim_text_append(&reason, "%s", strerror(code));
  int status = fsim_failure(report, FSIM_NOWHERE, "cannot %s %s: %s%s", doing, path,
                            reason.length > 0 ? reason.text : "the HDF5 library reports an error",
                            remedy_for(reason.text));
  free(reason.text);
  return status;
}

static hid_t text_type(size_t size) {
  hid_t type = H5Tcopy(H5T_C_S1);
  if (type < 0) return type;
  if (H5Tset_size(type, size == 0 ? 1 : size) < 0 || H5Tset_strpad(type, H5T_STR_NULLPAD) < 0 ||
      H5Tset_cset(type, H5T_CSET_UTF8) < 0) {
    H5Tclose(type);
    return -1;
  }
  return type;
}

static int put_attribute(hid_t object, const char *name, hid_t type, hid_t space,
                         const void *value) {
  int ret = -1;
  htri_t there = H5Aexists(object, name);
  if (there < 0 || (there > 0 && H5Adelete(object, name) < 0)) return -1;
  hid_t attribute = H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
  if (attribute < 0) return -1;
  if (H5Awrite(attribute, type, value) >= 0) ret = 0;
  if (H5Aclose(attribute) < 0) ret = -1;
  return ret;
}

int fsim_hdf_put_text(hid_t object, const char *name, const char *text) {
  int ret = -1;
  hid_t type = text_type(strlen(text)), space = H5Screate(H5S_SCALAR);
  if (type >= 0 && space >= 0) ret = put_attribute(object, name, type, space, text);
  if (type >= 0) H5Tclose(type);
  if (space >= 0) H5Sclose(space);
  return ret;
}

/* An attribute that is there is written in place: a commit changes one number and nothing else. */
int fsim_hdf_put_number(hid_t object, const char *name, hid_t type, const void *value) {
  int ret = -1;
  htri_t there = H5Aexists(object, name);
  if (there < 0) return -1;
  if (there > 0) {
    hid_t attribute = H5Aopen(object, name, H5P_DEFAULT);
    if (attribute < 0) return -1;
    if (H5Awrite(attribute, type, value) >= 0) ret = 0;
    if (H5Aclose(attribute) < 0) ret = -1;
    return ret;
  }
  hid_t space = H5Screate(H5S_SCALAR);
  if (space < 0) return -1;
  ret = put_attribute(object, name, type, space, value);
  H5Sclose(space);
  return ret;
}

/* Texts side by side in fields of one size; owner: the caller. */
static char *pack_texts(const char *const *texts, size_t n, size_t *size) {
  *size = 1;
  for (size_t i = 0; i < n; i++)
    if (strlen(texts[i]) > *size) *size = strlen(texts[i]);
  char *packed = fsim_zeroed(n, *size);
  for (size_t i = 0; packed != NULL && i < n; i++)
    memcpy(packed + i * *size, texts[i], strlen(texts[i]));
  return packed;
}

int fsim_hdf_put_labels(hid_t object, const char *name, const char *const *texts, size_t n) {
  int ret = -1;
  size_t size;
  char *packed = pack_texts(texts, n, &size);
  hsize_t dims = n;
  hid_t type = text_type(size), space = H5Screate_simple(1, &dims, NULL);
  if (packed != NULL && type >= 0 && space >= 0)
    ret = put_attribute(object, name, type, space, packed);
  if (type >= 0) H5Tclose(type);
  if (space >= 0) H5Sclose(space);
  free(packed);
  return ret;
}

int fsim_hdf_get_text(hid_t object, const char *name, char **text) {
  int ret = -1;
  *text = NULL;
  hid_t attribute = H5Aopen(object, name, H5P_DEFAULT), type = -1, memory = -1;
  if (attribute < 0) return -1;
  if ((type = H5Aget_type(attribute)) < 0 || H5Tget_class(type) != H5T_STRING ||
      H5Tis_variable_str(type) != 0 || H5Aget_storage_size(attribute) != H5Tget_size(type))
    goto out;
  size_t size = H5Tget_size(type);
  if ((memory = text_type(size)) < 0 || (*text = fsim_zeroed(size + 1, 1)) == NULL) goto out;
  if (H5Tset_cset(memory, H5Tget_cset(type)) < 0) goto out;
  if (H5Aread(attribute, memory, *text) >= 0) ret = 0;
out:
  if (ret != 0) {
    free(*text);
    *text = NULL;
  }
  if (memory >= 0) H5Tclose(memory);
  if (type >= 0) H5Tclose(type);
  H5Aclose(attribute);
  return ret;
}

int fsim_hdf_get_number(hid_t object, const char *name, hid_t type, void *value) {
  int ret = -1;
  hid_t attribute = H5Aopen(object, name, H5P_DEFAULT), space = -1;
  if (attribute < 0) return -1;
  space = H5Aget_space(attribute);
  if (space >= 0 && H5Sget_simple_extent_npoints(space) == 1 &&
      H5Aread(attribute, type, value) >= 0)
    ret = 0;
  if (space >= 0) H5Sclose(space);
  H5Aclose(attribute);
  return ret;
}

static int write_dataset(hid_t group, const char *name, hid_t type, hid_t space, hid_t properties,
                         const void *values) {
  int ret = -1;
  hid_t set = H5Dcreate2(group, name, type, space, H5P_DEFAULT, properties, H5P_DEFAULT);
  if (set < 0) return -1;
  if (H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0) ret = 0;
  if (H5Dclose(set) < 0) ret = -1;
  return ret;
}

static int write_column(hid_t group, const char *name, hid_t type, size_t n, const void *values) {
  hsize_t dims = n;
  hid_t space = H5Screate_simple(1, &dims, NULL), properties = H5Pcreate(H5P_DATASET_CREATE);
  int ret = -1;
  if (space < 0 || properties < 0) goto out;
  if (n * H5Tget_size(type) >= DEFLATE_FROM) {
    hsize_t chunk = n < 1048576 ? n : 1048576;
    if (H5Pset_chunk(properties, 1, &chunk) < 0 || H5Pset_deflate(properties, 6) < 0) goto out;
  }
  ret = write_dataset(group, name, type, space, properties, values);
out:
  if (space >= 0) H5Sclose(space);
  if (properties >= 0) H5Pclose(properties);
  return ret;
}

int fsim_hdf_write_texts(hid_t group, const char *name, const char *const *texts, size_t n) {
  size_t size;
  char *packed = pack_texts(texts, n, &size);
  hid_t type = text_type(size);
  int ret = packed == NULL || type < 0 ? -1 : write_column(group, name, type, n, packed);
  if (type >= 0) H5Tclose(type);
  free(packed);
  return ret;
}

int fsim_hdf_write_bytes(hid_t group, const char *name, const void *bytes, size_t length) {
  return write_column(group, name, H5T_STD_U8LE, length, bytes);
}

int fsim_hdf_write_numbers(hid_t group, const char *name, const double *values, size_t n) {
  return write_column(group, name, H5T_NATIVE_DOUBLE, n, values);
}

int fsim_hdf_write_u16(hid_t group, const char *name, const uint16_t *values, size_t n) {
  return write_column(group, name, H5T_NATIVE_UINT16, n, values);
}

int fsim_hdf_write_text(hid_t group, const char *name, const char *text) {
  hid_t type = text_type(strlen(text)), space = H5Screate(H5S_SCALAR);
  int ret = -1;
  if (type >= 0 && space >= 0) ret = write_dataset(group, name, type, space, H5P_DEFAULT, text);
  if (type >= 0) H5Tclose(type);
  if (space >= 0) H5Sclose(space);
  return ret;
}

/* All of a dataset of fixed-size texts or bytes; *size: of one element. */
static int read_all(hid_t group, const char *name, H5T_class_t class, char **values, size_t *n,
                    size_t *size) {
  int ret = -1;
  *values = NULL;
  hid_t set = H5Dopen2(group, name, H5P_DEFAULT), type = -1, space = -1;
  if (set < 0) return -1;
  if ((type = H5Dget_type(set)) < 0 || H5Tget_class(type) != class ||
      (class == H5T_STRING && H5Tis_variable_str(type) != 0) || (space = H5Dget_space(set)) < 0)
    goto out;
  hssize_t points = H5Sget_simple_extent_npoints(space);
  *size = H5Tget_size(type);
  if (points < 0 || *size == 0) goto out;
  *n = (size_t)points;
  if ((*values = fsim_zeroed(*n + 1, *size)) == NULL) goto out;
  if (H5Dread(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, *values) >= 0) ret = 0;
out:
  if (ret != 0) {
    free(*values);
    *values = NULL;
  }
  if (type >= 0) H5Tclose(type);
  if (space >= 0) H5Sclose(space);
  H5Dclose(set);
  return ret;
}

int fsim_hdf_read_text(hid_t group, const char *name, char **text) {
  size_t n, size;
  if (read_all(group, name, H5T_STRING, text, &n, &size) != 0) return -1;
  if (n == 1) return 0;
  free(*text);
  *text = NULL;
  return -1;
}

int fsim_hdf_read_numbers(hid_t group, const char *name, double **values, size_t *n) {
  char *bytes;
  size_t size;
  *values = NULL;
  if (read_all(group, name, H5T_FLOAT, &bytes, n, &size) != 0) return -1;
  if (size == sizeof **values && (*values = fsim_zeroed(*n, size)) != NULL)
    memcpy(*values, bytes, *n * size);
  free(bytes);
  return *values == NULL ? -1 : 0;
}

int fsim_hdf_read_bytes(hid_t group, const char *name, char **bytes, size_t *length) {
  size_t size;
  if (read_all(group, name, H5T_INTEGER, bytes, length, &size) != 0) return -1;
  if (size == 1) return 0;
  free(*bytes);
  *bytes = NULL;
  return -1;
}

int fsim_hdf_read_texts(hid_t group, const char *name, char ***texts, size_t *n) {
  char *packed;
  size_t size;
  *texts = NULL;
  if (read_all(group, name, H5T_STRING, &packed, n, &size) != 0) return -1;
  char **made = fsim_zeroed(*n, sizeof *made);
  int ret = made == NULL ? -1 : 0;
  for (size_t i = 0; ret == 0 && i < *n; i++) {
    made[i] = fsim_copy_text(packed + i * size, strnlen(packed + i * size, size));
    if (made[i] == NULL) ret = -1;
  }
  if (ret != 0 && made != NULL) {
    fsim_hdf_free_texts(made, *n);
    made = NULL;
  }
  free(packed);
  *texts = made;
  return ret;
}

void fsim_hdf_free_texts(char **texts, size_t n) {
  if (texts == NULL) return;
  for (size_t i = 0; i < n; i++) free(texts[i]);
  free(texts);
}

int fsim_hdf_make_group(hid_t file, const char *path) {
  hid_t group = H5Gcreate2(file, path, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  return group < 0 || H5Gclose(group) < 0 ? -1 : 0;
}
