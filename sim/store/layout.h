/* What the result file holds, in one list that writer and reader share.
 *
 * A growing dataset gets rows as replications are done: a column of a table (a row is a lead,
 * journey or visit), an array of counts (a row is a replication) or an index (the first row of each
 * replication in a table, and the end of the last). The lists themselves are fsim_columns and
 * fsim_record_arrays; here are only their places in the file. docs/result-file.md tells the rest.
 */
#ifndef FSIM_STORE_LAYOUT_H
#define FSIM_STORE_LAYOUT_H

#include <hdf5.h>

#include "sim/record/shape.h"
#include "sim/record/trajectory.h"

#define FSIM_STORE_FORMAT "funnelsim"
#define FSIM_STORE_FORMAT_VERSION 2
#define FSIM_CHUNK_ROWS 65536

typedef enum fsim_growing_kind {
  FSIM_GROW_COLUMN,    /* index: fsim_column_id */
  FSIM_GROW_ATTRIBUTE, /* of leads; index: attribute */
  FSIM_GROW_SERIES,    /* index: fsim_cells */
  FSIM_GROW_INDEX      /* index: fsim_table */
} fsim_growing_kind;

typedef struct fsim_growing {
  fsim_growing_kind kind;
  size_t index;
  char *path;          /* "/visits/t_enter" */
  size_t element_size; /* bytes */
  size_t row_elements; /* 1 but for series */
  size_t chunk_rows;
  size_t
      like; /* an earlier one of the same table that mostly has the same values; SIZE_MAX: none */
  int rank; /* rows, then: */
  size_t dims[FSIM_MOST_DIMS];
} fsim_growing;

typedef struct fsim_layout {
  const fsim_scenario *scenario; /* both must outlive the layout */
  const fsim_shape *shape;
  fsim_growing *growing; /* columns, attributes, series, indices */
  size_t n_growing;
  size_t first_attribute, first_series, first_index; /* positions in it */
} fsim_layout;

/* NULL when memory is out. */
fsim_layout *fsim_layout_new(const fsim_scenario *scenario, const fsim_shape *shape);
void fsim_layout_free(fsim_layout *layout);

/* Makes an empty growing dataset with its type, filters and describing attributes; negative when
 * HDF5 fails. */
hid_t fsim_layout_create(const fsim_layout *layout, const fsim_growing *growing, hid_t file);
/* Writes /names and /series/labels. 0 or -1. */
int fsim_layout_write_names(const fsim_layout *layout, hid_t file);
/* Name of an attribute's dataset in /leads and /names: its own, or with "attribute." before it
 * where that name is taken; owner: the caller. */
char *fsim_layout_attribute_name(const fsim_scenario *scenario, size_t attribute);

#endif
