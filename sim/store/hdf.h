/* HDF5 in small steps: quiet, every status checked, errors with the system's own reason. */
#ifndef FSIM_STORE_HDF_H
#define FSIM_STORE_HDF_H

#include <hdf5.h>
#include <stdint.h>

#include "sim/base/report.h"

/* HDF5 prints its errors unless told not to; the report is where ours go. */
void fsim_hdf_quiet(void);
/* "cannot write out.h5: No space left on device": `doing` and `path`, then the reason that the
 * system gave to HDF5's last failed call. FSIM_FAILED. */
int fsim_hdf_failure(fsim_report *report, const char *doing, const char *path);

/* All of these give 0, or -1 when HDF5 (or memory) failed. */

/* Attributes; put replaces one that is there. Numbers are of a native type. */
int fsim_hdf_put_text(hid_t object, const char *name, const char *text);
int fsim_hdf_put_number(hid_t object, const char *name, hid_t type, const void *value);
/* One-dimensional attribute of texts. */
int fsim_hdf_put_labels(hid_t object, const char *name, const char *const *texts, size_t n);
/* The caller frees. */
int fsim_hdf_get_text(hid_t object, const char *name, char **text);
int fsim_hdf_get_number(hid_t object, const char *name, hid_t type, void *value);

/* A dataset of texts of one fixed size (UTF-8, filled with zeros). */
int fsim_hdf_write_texts(hid_t group, const char *name, const char *const *texts, size_t n);
/* The caller frees each and the array. */
int fsim_hdf_read_texts(hid_t group, const char *name, char ***texts, size_t *n);
void fsim_hdf_free_texts(char **texts, size_t n);
/* One text as long as it likes: a scalar of a fixed-size string. The caller frees. */
int fsim_hdf_write_text(hid_t group, const char *name, const char *text);
int fsim_hdf_read_text(hid_t group, const char *name, char **text);
/* Bytes, deflated when they are many. */
int fsim_hdf_write_bytes(hid_t group, const char *name, const void *bytes, size_t length);
int fsim_hdf_read_bytes(hid_t group, const char *name, char **bytes, size_t *length);
/* Columns of doubles and of uint16. */
int fsim_hdf_write_numbers(hid_t group, const char *name, const double *values, size_t n);
/* The caller frees. */
int fsim_hdf_read_numbers(hid_t group, const char *name, double **values, size_t *n);
int fsim_hdf_write_u16(hid_t group, const char *name, const uint16_t *values, size_t n);

int fsim_hdf_make_group(hid_t file, const char *path);

#endif
