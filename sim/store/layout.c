#include "sim/store/layout.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/array.h"
#include "sim/base/quantity.h"
#include "sim/base/text.h"
#include "sim/store/hdf.h"

#define SERIES_CHUNK_CELLS 65536 /* aimed at */
#define SERIES_CHUNK_ROWS 256    /* at most */
#define INDEX_CHUNK_ROWS 8192
#define LONGEST_LABEL 1024
#define LARGEST_ENUM 60000 /* bytes; HDF5 keeps a type in a message of less than 64 kB */

/* Attributes share /leads with its columns and /names with these. */
static const char *const names_of_names[] = {
    "funnel",  "funnel_title",  "stage",          "stage_title", "stage_funnel",
    "outcome", "outcome_title", "outcome_funnel", "stream",      "team"};

static bool name_is_taken(const char *name) {
  for (size_t c = 0; c < FSIM_N_COLUMNS; c++)
    if (fsim_columns[c].table == FSIM_LEADS && strcmp(fsim_columns[c].name, name) == 0) return true;
  for (size_t i = 0; i < sizeof names_of_names / sizeof *names_of_names; i++)
    if (strcmp(names_of_names[i], name) == 0) return true;
  return false;
}

char *fsim_layout_attribute_name(const fsim_scenario *scenario, size_t attribute) {
  const char *name = scenario->attributes[attribute].name;
  fsim_text text = {0};
  fsim_text_append(&text, "%s%s", name_is_taken(name) ? "attribute." : "", name);
  if (text.failed) {
    free(text.text);
    return NULL;
  }
  for (char *c = text.text; *c != '\0'; c++)
    if (*c == '/') *c = '_'; /* HDF5 separates groups by it */
  return text.text;
}

/* ---- the list ---- */

static char *join(const char *folder, const char *name) {
  fsim_text text = {0};
  fsim_text_append(&text, "/%s/%s", folder, name);
  if (!text.failed) return text.text;
  free(text.text);
  return NULL;
}

static fsim_growing *add(fsim_layout *layout, fsim_growing_kind kind, size_t index, char *path,
                         size_t element_size) {
  fsim_growing *g = &layout->growing[layout->n_growing++];
  *g = (fsim_growing){.kind = kind,
                      .index = index,
                      .path = path,
                      .element_size = element_size,
                      .row_elements = 1,
                      .chunk_rows = FSIM_CHUNK_ROWS,
                      .like = SIZE_MAX,
                      .rank = 1};
  return g;
}

static void shape_series(const fsim_shape *shape, fsim_growing *g) {
  const fsim_record_array *array = &fsim_record_arrays[g->index];
  for (int d = 0; d < array->n_dims; d++) {
    g->dims[d] = shape->dim[array->dims[d]];
    g->row_elements *= g->dims[d];
  }
  g->rank = 1 + array->n_dims;
  /* An array without cells (no stream, say) has no dataset, see fsim_layout_new. */
  size_t rows = SERIES_CHUNK_CELLS / g->row_elements;
  g->chunk_rows = rows < 1 ? 1 : rows > SERIES_CHUNK_ROWS ? SERIES_CHUNK_ROWS : rows;
}

static bool array_has_cells(const fsim_shape *shape, size_t array) {
  for (int d = 0; d < fsim_record_arrays[array].n_dims; d++)
    if (shape->dim[fsim_record_arrays[array].dims[d]] == 0) return false;
  return true;
}

static void list_growing(fsim_layout *layout) {
  const fsim_scenario *scenario = layout->scenario;
  for (size_t c = 0; c < FSIM_N_COLUMNS; c++) {
    const fsim_column *column = &fsim_columns[c];
    add(layout, FSIM_GROW_COLUMN, c, join(fsim_table_names[column->table], column->name),
        fsim_column_size(column->type));
  }
  layout->growing[FSIM_LEAD_NUMBER].like = FSIM_LEAD_LEAD; /* with one stream */
  layout->growing[FSIM_VISIT_WOULD_EXIT].like = FSIM_VISIT_EXIT;
  layout->first_attribute = layout->n_growing;
  for (size_t a = 0; a < scenario->n_attributes; a++) {
    char *name = fsim_layout_attribute_name(scenario, a);
    add(layout, FSIM_GROW_ATTRIBUTE, a, name == NULL ? NULL : join("leads", name), 1);
    free(name);
  }
  layout->first_series = layout->n_growing;
  for (size_t a = 0; a < FSIM_N_CELLS; a++) {
    if (!array_has_cells(layout->shape, a)) continue;
    shape_series(layout->shape, add(layout, FSIM_GROW_SERIES, a,
                                    join("series", fsim_record_arrays[a].name), sizeof(int64_t)));
  }
  layout->first_index = layout->n_growing;
  for (size_t t = 0; t < FSIM_N_TABLES; t++)
    add(layout, FSIM_GROW_INDEX, t, join("index", fsim_table_names[t]), sizeof(uint64_t))
        ->chunk_rows = INDEX_CHUNK_ROWS;
}

fsim_layout *fsim_layout_new(const fsim_scenario *scenario, const fsim_shape *shape) {
  fsim_layout *layout = fsim_zeroed(1, sizeof *layout);
  if (layout == NULL) return NULL;
  layout->scenario = scenario;
  layout->shape = shape;
  size_t most = FSIM_N_COLUMNS + scenario->n_attributes + FSIM_N_CELLS + FSIM_N_TABLES;
  layout->growing = fsim_zeroed(most, sizeof *layout->growing);
  if (layout->growing == NULL) {
    free(layout);
    return NULL;
  }
  list_growing(layout);
  for (size_t i = 0; i < layout->n_growing; i++) {
    if (layout->growing[i].path != NULL) continue;
    fsim_layout_free(layout);
    return NULL;
  }
  return layout;
}

void fsim_layout_free(fsim_layout *layout) {
  if (layout == NULL) return;
  for (size_t i = 0; i < layout->n_growing; i++) free(layout->growing[i].path);
  free(layout->growing);
  free(layout);
}

/* ---- types ---- */

static hid_t plain_type(fsim_column_type type) {
  switch (type) {
    case FSIM_U8:
      return H5Tcopy(H5T_STD_U8LE);
    case FSIM_U16:
      return H5Tcopy(H5T_STD_U16LE);
    case FSIM_U32:
      return H5Tcopy(H5T_STD_U32LE);
    case FSIM_I32:
      return H5Tcopy(H5T_STD_I32LE);
    case FSIM_F64:
      return H5Tcopy(H5T_IEEE_F64LE);
  }
  return -1;
}

static size_t count_members(const fsim_scenario *scenario, fsim_names names) {
  switch (names) {
    case FSIM_STREAM_NAMES:
      return scenario->n_streams;
    case FSIM_FUNNEL_NAMES:
      return scenario->n_funnels;
    case FSIM_STAGE_NAMES:
      return scenario->n_stages;
    case FSIM_OUTCOME_NAMES:
      return scenario->n_outcomes + 1;
    case FSIM_EXIT_NAMES:
      return scenario->n_stages + scenario->n_outcomes + 1;
    case FSIM_REASON_NAMES:
      return FSIM_STILL_OPEN + 1;
    case FSIM_NO_NAMES:
    case FSIM_ATTRIBUTE_NAMES:
      break;
  }
  return 0;
}

static void name_member(const fsim_layout *layout, fsim_names names, size_t i, char *text) {
  const fsim_scenario *scenario = layout->scenario;
  fsim_dim dim = FSIM_DIM_STAGE;
  if (names == FSIM_REASON_NAMES) {
    snprintf(text, LONGEST_LABEL, "%s", fsim_reason_names[i]);
    return;
  }
  if (names == FSIM_EXIT_NAMES && i >= scenario->n_stages) {
    names = FSIM_OUTCOME_NAMES;
    i -= scenario->n_stages;
  }
  if (names == FSIM_OUTCOME_NAMES && i == scenario->n_outcomes) {
    snprintf(text, LONGEST_LABEL, "open");
    return;
  }
  if (names == FSIM_STREAM_NAMES) dim = FSIM_DIM_STREAM;
  if (names == FSIM_FUNNEL_NAMES) dim = FSIM_DIM_FUNNEL;
  if (names == FSIM_OUTCOME_NAMES) dim = FSIM_DIM_OUTCOME;
  fsim_dim_label(scenario, layout->shape, dim, i, text, LONGEST_LABEL);
}

static hid_t file_base(size_t size) {
  return size == 1 ? H5T_STD_U8LE : H5T_STD_U16LE;
}

/* Adds one name to an enum; its values are the names' positions. */
static int insert_member(hid_t type, const char *name, size_t value) {
  uint8_t bytes[2] = {(uint8_t)value, (uint8_t)(value >> 8)};
  return H5Tenum_insert(type, name, bytes) < 0 ? -1 : 0;
}

/* An enum of a column's names, or plain integers where there are none or too many for one type
 * (then /names alone tells them). */
static hid_t named_type(const fsim_layout *layout, fsim_names names, size_t size) {
  size_t n = count_members(layout->scenario, names), bytes = 0;
  char text[LONGEST_LABEL];
  for (size_t i = 0; i < n; i++) {
    name_member(layout, names, i, text);
    bytes += strlen(text) + 8 + size;
  }
  if (n == 0 || bytes > LARGEST_ENUM) return H5Tcopy(file_base(size));
  hid_t type = H5Tenum_create(file_base(size));
  for (size_t i = 0; type >= 0 && i < n; i++) {
    name_member(layout, names, i, text);
    if (insert_member(type, text, i) == 0) continue;
    H5Tclose(type);
    type = -1;
  }
  return type;
}

static hid_t attribute_type(const fsim_attribute *attribute) {
  hid_t type = H5Tenum_create(H5T_STD_U8LE);
  for (size_t v = 0; type >= 0 && v < attribute->n_values; v++) {
    if (insert_member(type, attribute->values[v], v) == 0) continue;
    H5Tclose(type);
    type = -1;
  }
  return type;
}

static hid_t growing_type(const fsim_layout *layout, const fsim_growing *g) {
  switch (g->kind) {
    case FSIM_GROW_COLUMN: {
      const fsim_column *column = &fsim_columns[g->index];
      return column->names == FSIM_NO_NAMES ? plain_type(column->type)
                                            : named_type(layout, column->names, g->element_size);
    }
    case FSIM_GROW_ATTRIBUTE:
      return attribute_type(&layout->scenario->attributes[g->index]);
    case FSIM_GROW_SERIES:
      return H5Tcopy(H5T_STD_I64LE);
    case FSIM_GROW_INDEX:
      return H5Tcopy(H5T_STD_U64LE);
  }
  return -1;
}

/* ---- datasets ---- */

static int describe_column(const fsim_layout *layout, const fsim_column *column, hid_t set) {
  char units[64], date[16];
  snprintf(units, sizeof units, "%s", column->units);
  if (strcmp(column->units, "seconds since") == 0)
    snprintf(units, sizeof units, "seconds since %sT00:00:00",
             fsim_format_date(layout->scenario->start_days, date, sizeof date));
  if (strcmp(column->units, "currency") == 0 && layout->scenario->currency != NULL)
    snprintf(units, sizeof units, "%s", layout->scenario->currency);
  if (units[0] != '\0' && fsim_hdf_put_text(set, "units", units) != 0) return -1;
  return fsim_hdf_put_text(set, "help", column->help);
}

static int describe_series(const fsim_record_array *array, hid_t set) {
  const char *dims[1 + FSIM_MOST_DIMS] = {"replication"};
  for (int d = 0; d < array->n_dims; d++) dims[1 + d] = fsim_dim_names[array->dims[d]];
  if (fsim_hdf_put_labels(set, "dimensions", dims, 1 + (size_t)array->n_dims) != 0) return -1;
  if (fsim_hdf_put_text(set, "units", array->units) != 0) return -1;
  return fsim_hdf_put_text(set, "help", array->help);
}

static int describe(const fsim_layout *layout, const fsim_growing *g, hid_t set) {
  switch (g->kind) {
    case FSIM_GROW_COLUMN:
      return describe_column(layout, &fsim_columns[g->index], set);
    case FSIM_GROW_ATTRIBUTE:
      return fsim_hdf_put_text(set, "help", "attribute of the lead");
    case FSIM_GROW_SERIES:
      return describe_series(&fsim_record_arrays[g->index], set);
    case FSIM_GROW_INDEX:
      return fsim_hdf_put_text(set, "help",
                               "first row of each replication, then the end of the last");
  }
  return -1;
}

hid_t fsim_layout_create(const fsim_layout *layout, const fsim_growing *g, hid_t file) {
  hsize_t now[1 + FSIM_MOST_DIMS] = {0}, most[1 + FSIM_MOST_DIMS] = {H5S_UNLIMITED},
                  chunk[1 + FSIM_MOST_DIMS] = {g->chunk_rows};
  for (int d = 1; d < g->rank; d++) now[d] = most[d] = chunk[d] = g->dims[d - 1];
  hid_t set = -1, type = growing_type(layout, g), space = H5Screate_simple(g->rank, now, most),
        properties = H5Pcreate(H5P_DATASET_CREATE);
  if (type < 0 || space < 0 || properties < 0) goto out;
  if (H5Pset_chunk(properties, g->rank, chunk) < 0 || H5Pset_shuffle(properties) < 0 ||
      H5Pset_deflate(properties, 1) < 0 || H5Pset_fill_time(properties, H5D_FILL_TIME_IFSET) < 0)
    goto out;
  set = H5Dcreate2(file, g->path, type, space, H5P_DEFAULT, properties, H5P_DEFAULT);
  if (set >= 0 && describe(layout, g, set) != 0) {
    H5Dclose(set);
    set = -1;
  }
out:
  if (type >= 0) H5Tclose(type);
  if (space >= 0) H5Sclose(space);
  if (properties >= 0) H5Pclose(properties);
  return set;
}
