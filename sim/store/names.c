/* /names and /series/labels: what the numbers in columns and arrays stand for. */
#include <stdlib.h>

#include "sim/base/array.h"
#include "sim/base/text.h"
#include "sim/store/hdf.h"
#include "sim/store/layout.h"

#define LONGEST_LABEL 1024

/* A text field of every element of an array of structs, at `offset` in each. */
static int write_field(hid_t group, const char *name, const void *items, size_t n, size_t size,
                       size_t offset) {
  const char **texts = fsim_zeroed(n, sizeof *texts);
  if (texts == NULL) return -1;
  for (size_t i = 0; i < n; i++)
    texts[i] = *(char *const *)(const void *)((const char *)items + i * size + offset);
  int ret = fsim_hdf_write_texts(group, name, texts, n);
  free(texts);
  return ret;
}

#define WRITE_FIELD(group, name, items, n, type, field) \
  write_field(group, name, items, n, sizeof(type), offsetof(type, field))

static int write_owners(const fsim_scenario *s, hid_t group) {
  size_t most = s->n_stages > s->n_outcomes ? s->n_stages : s->n_outcomes;
  uint16_t *funnel = fsim_zeroed(most, sizeof *funnel);
  if (funnel == NULL) return -1;
  for (size_t i = 0; i < s->n_stages; i++) funnel[i] = s->stages[i].funnel;
  int ret = fsim_hdf_write_u16(group, "stage_funnel", funnel, s->n_stages);
  for (size_t i = 0; i < s->n_outcomes; i++) funnel[i] = s->outcomes[i].funnel;
  if (ret == 0) ret = fsim_hdf_write_u16(group, "outcome_funnel", funnel, s->n_outcomes);
  free(funnel);
  return ret;
}

static int write_attribute_names(const fsim_scenario *s, hid_t group) {
  for (size_t a = 0; a < s->n_attributes; a++) {
    const fsim_attribute *attribute = &s->attributes[a];
    char *name = fsim_layout_attribute_name(s, a);
    int ret = name == NULL
                  ? -1
                  : fsim_hdf_write_texts(group, name, (const char *const *)attribute->values,
                                         attribute->n_values);
    free(name);
    if (ret != 0) return -1;
  }
  return 0;
}

static int write_scenario_names(const fsim_scenario *s, hid_t group) {
  if (WRITE_FIELD(group, "funnel", s->funnels, s->n_funnels, fsim_funnel, name) != 0 ||
      WRITE_FIELD(group, "funnel_title", s->funnels, s->n_funnels, fsim_funnel, title) != 0 ||
      WRITE_FIELD(group, "stage", s->stages, s->n_stages, fsim_stage, name) != 0 ||
      WRITE_FIELD(group, "stage_title", s->stages, s->n_stages, fsim_stage, title) != 0 ||
      WRITE_FIELD(group, "outcome", s->outcomes, s->n_outcomes, fsim_outcome, name) != 0 ||
      WRITE_FIELD(group, "outcome_title", s->outcomes, s->n_outcomes, fsim_outcome, title) != 0 ||
      WRITE_FIELD(group, "stream", s->streams, s->n_streams, fsim_stream, name) != 0 ||
      WRITE_FIELD(group, "team", s->teams, s->n_teams, fsim_team, name) != 0)
    return -1;
  if (write_owners(s, group) != 0) return -1;
  return write_attribute_names(s, group);
}

static int write_labels(const fsim_layout *layout, fsim_dim dim, hid_t group) {
  size_t n = layout->shape->dim[dim];
  char **labels = fsim_zeroed(n, sizeof *labels), text[LONGEST_LABEL];
  if (labels == NULL) return -1;
  int ret = 0;
  for (size_t i = 0; i < n && ret == 0; i++) {
    fsim_text copy = {0};
    fsim_text_append(&copy, "%s",
                     fsim_dim_label(layout->scenario, layout->shape, dim, i, text, sizeof text));
    labels[i] = copy.text;
    if (copy.failed) ret = -1;
  }
  if (ret == 0)
    ret = fsim_hdf_write_texts(group, fsim_dim_names[dim], (const char *const *)labels, n);
  fsim_hdf_free_texts(labels, n);
  return ret;
}

int fsim_layout_write_names(const fsim_layout *layout, hid_t file) {
  int ret = -1;
  hid_t names = H5Gopen2(file, "/names", H5P_DEFAULT);
  hid_t labels = H5Gopen2(file, "/series/labels", H5P_DEFAULT);
  if (names < 0 || labels < 0) goto out;
  if (write_scenario_names(layout->scenario, names) != 0) goto out;
  for (size_t d = 0; d < FSIM_N_DIMS; d++)
    if (d != FSIM_DIM_WEEK && write_labels(layout, (fsim_dim)d, labels) != 0) goto out;
  ret = 0;
out:
  if (names >= 0) H5Gclose(names);
  if (labels >= 0) H5Gclose(labels);
  return ret;
}
