/* The whole scenario: checks the trees' structure, then reads part after part. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/array.h"
#include "sim/base/quantity.h"
#include "sim/model/reader.h"

#define DEFAULT_REPLICATIONS 100
#define DEFAULT_CONFIDENCE 0.95
#define DEFAULT_SEED 1

static char *text_or(fsim_reader *reader, const fsim_node *root, const char *key,
                     const char *otherwise) {
  const char *word = fsim_word(root, key);
  return fsim_reader_text(reader, word ? word : otherwise);
}

static void read_times(fsim_reader *reader, const fsim_node *root) {
  fsim_scenario *s = reader->s;
  double value = 0;
  if (fsim_value(root, "start", FSIM_FORM_DATE, &value)) s->start_days = (int32_t)value;
  const fsim_node *horizon = fsim_node_get(root, "horizon"), *warm = fsim_node_get(root, "warm_up");
  if (fsim_value_of(horizon, FSIM_FORM_DURATION, &value)) {
    if (value > FSIM_LONGEST_HORIZON_S)
      fsim_reader_mistake(reader, horizon->place, "the horizon is longer than 60 years");
    else if (value < 1)
      fsim_reader_mistake(reader, horizon->place, "the horizon is shorter than a second");
    else
      s->horizon_s = (int32_t)lrint(value);
  }
  if (!fsim_value_of(warm, FSIM_FORM_DURATION, &value)) return;
  if (s->horizon_s > 0 && value >= s->horizon_s)
    fsim_reader_mistake(reader, warm->place,
                        "the warm-up takes the whole horizon: nothing is left to measure");
  else if (value < FSIM_LONGEST_HORIZON_S)
    s->warm_up_s = (int32_t)lrint(value);
}

static void read_precision(fsim_reader *reader, const fsim_node *root) {
  fsim_scenario *s = reader->s;
  const fsim_node *precision = fsim_node_get(root, "precision");
  double value;
  if (fsim_value(root, "replications", FSIM_FORM_WHOLE, &value) && value <= UINT32_MAX)
    s->replications = (uint32_t)value;
  else
    s->replications = DEFAULT_REPLICATIONS;
  if (!precision || precision->kind != FSIM_MAP) return;
  if (fsim_node_get(root, "replications"))
    fsim_reader_mistake(reader, precision->key_place,
                        "precision decides how many replications there are: leave one of the two "
                        "out");
  s->replications = 0;
  s->precision.set = true;
  s->precision.metric = text_or(reader, precision, "metric", "");
  s->precision.confidence = s->confidence;
  fsim_value(precision, "half_width", FSIM_FORM_SHARE, &s->precision.half_width);
  fsim_value(precision, "confidence", FSIM_FORM_SHARE, &s->precision.confidence);
}

static void read_settings(fsim_reader *reader, const fsim_node *root) {
  fsim_scenario *s = reader->s;
  double value;
  s->name = text_or(reader, root, "scenario", "");
  s->title = text_or(reader, root, "title", s->name ? s->name : "");
  s->currency = text_or(reader, root, "currency", "");
  read_times(reader, root);
  s->confidence = DEFAULT_CONFIDENCE;
  if (fsim_value(root, "confidence", FSIM_FORM_SHARE, &value)) {
    s->confidence = value;
    if (value >= 1)
      fsim_reader_mistake(reader, fsim_node_get(root, "confidence")->place,
                          "a confidence of 100 %% makes endless intervals: take 95 %%");
  }
  s->seed = DEFAULT_SEED;
  if (fsim_value(root, "seed", FSIM_FORM_WHOLE, &value)) s->seed = (uint64_t)value;
  read_precision(reader, root);
}

/* ---- attributes ---- */

static bool make_segment(fsim_reader *reader, fsim_attribute *segment) {
  segment->name = fsim_reader_text(reader, "segment");
  segment->values = fsim_reader_get(reader, 1, sizeof *segment->values);
  if (!segment->name || !segment->values) return false;
  segment->values[0] = fsim_reader_text(reader, "all");
  segment->n_values = 1;
  return segment->values[0] != NULL;
}

static void read_values(fsim_reader *reader, const fsim_node *list, fsim_attribute *attribute) {
  attribute->name = fsim_reader_text(reader, list->key);
  attribute->values = fsim_reader_get(reader, list->n_children, sizeof *attribute->values);
  if (!attribute->values) return;
  for (size_t v = 0; v < list->n_children; v++) {
    const fsim_node *value = list->child[v];
    if (value->kind != FSIM_SCALAR) continue;
    for (size_t w = 0; w < attribute->n_values; w++)
      if (strcmp(attribute->values[w], value->text) == 0)
        fsim_reader_mistake(reader, value->place, "%s has the value '%s' twice", list->key,
                            value->text);
    char *text = fsim_reader_text(reader, value->text);
    if (!text) return;
    attribute->values[attribute->n_values++] = text;
  }
  if (attribute->n_values > FSIM_MOST_VALUES)
    fsim_reader_mistake(reader, list->key_place, "%s has %zu values; at most %d are possible",
                        list->key, attribute->n_values, FSIM_MOST_VALUES);
}

void fsim_read_attributes(fsim_reader *reader, const fsim_node *node) {
  fsim_scenario *s = reader->s;
  const size_t n = node && node->kind == FSIM_MAP ? node->n_children : 0;
  s->attributes = fsim_reader_get(reader, n + 1, sizeof *s->attributes);
  if (!s->attributes) return;
  const fsim_node *segment = n ? fsim_node_get(node, "segment") : NULL;
  s->n_attributes = 1;
  s->n_profiles = 1;
  if (!segment || segment->kind != FSIM_LIST || segment->n_children == 0) {
    if (!make_segment(reader, &s->attributes[0])) return;
  } else {
    read_values(reader, segment, &s->attributes[0]);
    if (s->attributes[0].n_values == 0 && !make_segment(reader, &s->attributes[0])) return;
  }
  if (n > FSIM_MOST_ATTRIBUTES - 1) {
    fsim_reader_mistake(reader, node->key_place, "%zu attributes; at most %d are possible", n,
                        FSIM_MOST_ATTRIBUTES - 1);
    return;
  }
  for (size_t c = 0; c < n; c++) {
    const fsim_node *list = node->child[c];
    if (list == segment || list->kind != FSIM_LIST || list->n_children == 0) continue;
    fsim_attribute *attribute = &s->attributes[s->n_attributes];
    read_values(reader, list, attribute);
    if (attribute->n_values > 0) s->n_attributes++; /* else its values were mistakes, told above */
  }
  for (size_t a = 0; a < s->n_attributes && s->n_profiles <= FSIM_MOST_PROFILES; a++)
    s->n_profiles *= s->attributes[a].n_values;
  if (s->n_profiles <= FSIM_MOST_PROFILES) return;
  fsim_reader_mistake(reader, node ? node->key_place : FSIM_NOWHERE,
                      "the attributes have more than %d combinations of values",
                      FSIM_MOST_PROFILES);
  s->n_profiles = 1;
  s->n_attributes = 1; /* what follows stays within bounds; the mistake ends the reading */
  s->attributes[0].n_values = 1;
}

/* ---- messages ---- */

static bool same_message(const fsim_message *a, const fsim_message *b) {
  return a->line == b->line && a->column == b->column && strcmp(a->text, b->text) == 0 &&
         (a->file == b->file || (a->file && b->file && strcmp(a->file, b->file) == 0));
}

/* Versions and profiles find the same mistake again and again: each is told once. */
static void tell(fsim_report *report, const fsim_reader *reader) {
  const fsim_report *draft = reader->report;
  const fsim_message *m, *known;
  for (size_t i = 0; (m = fsim_report_message(draft, i)); i++) {
    bool told = false;
    for (size_t k = 0; !told && (known = fsim_report_message(report, k)); k++)
      told = same_message(m, known);
    if (told) continue;
    for (size_t k = 0; m->file && k < reader->n_inputs; k++)
      if (strcmp(reader->inputs[k].name, m->file) == 0)
        fsim_report_source(report, m->file, reader->inputs[k].text, reader->inputs[k].length);
    const fsim_place place = {m->file, m->line, m->column};
    if (m->severity == FSIM_NOTE)
      fsim_note(report, place, "%s", m->text);
    else if (m->severity == FSIM_WARNING)
      fsim_warn(report, place, "%s", m->text);
    else if (m->status == FSIM_FAILED)
      fsim_failure(report, place, "%s", m->text);
    else
      fsim_bad_input(report, place, "%s", m->text);
  }
}

/* ---- everything ---- */

static void read_changes(fsim_reader *reader, const fsim_node *root) {
  fsim_scenario *s = reader->s;
  const fsim_node **sets;
  fsim_reader_status(reader, fsim_read_changes(root, reader->memory->arena, reader->report,
                                               &s->changes, &sets, &s->n_changes));
}

static void read_parts(fsim_reader *reader) {
  const fsim_node *root = reader->versions[0];
  for (size_t v = 0; v < reader->n_versions; v++)
    fsim_reader_status(reader,
                       fsim_shape_check(reader->versions[v], &fsim_scenario_shape, reader->report));
  if (root->kind != FSIM_MAP) return;
  reader->zero = fsim_reader_keep(reader, fsim_distribution_fixed(0));
  if (!reader->zero) return;
  read_settings(reader, root);
  fsim_read_attributes(reader, fsim_node_get(root, "attributes"));
  if (reader->status == FSIM_FAILED) return;
  fsim_read_teams(reader, fsim_node_get(root, "teams"));
  fsim_read_funnels(reader, fsim_node_get(root, "models"));
  if (reader->status == FSIM_FAILED) return;
  read_changes(reader, root);
  fsim_read_team_times(reader, fsim_node_get(root, "teams"));
  fsim_read_links(reader, fsim_node_get(root, "links"));
  if (reader->status != FSIM_FAILED) fsim_read_streams(reader);
  if (reader->status != FSIM_FAILED) fsim_read_laws(reader);
  if (reader->status != FSIM_FAILED) fsim_read_paces(reader, fsim_node_get(root, "paces"));
  if (reader->status != FSIM_FAILED) fsim_verify(reader);
}

static fsim_memory *new_memory(void) {
  fsim_memory *memory = fsim_zeroed(1, sizeof *memory);
  if (!memory) return NULL;
  memory->arena = fsim_arena_new();
  if (memory->arena) return memory;
  free(memory);
  return NULL;
}

int fsim_read_scenario(const fsim_node *const *versions, const uint32_t *mask, size_t n_versions,
                       fsim_input input, void *context, fsim_report *report,
                       fsim_scenario **scenario) {
  fsim_reader reader = {.versions = versions,
                        .mask = mask,
                        .n_versions = n_versions,
                        .input = input,
                        .context = context,
                        .report = fsim_report_new()};
  *scenario = NULL;
  reader.memory = reader.report ? new_memory() : NULL;
  if (!reader.memory) {
    fsim_report_free(reader.report);
    return fsim_no_memory(report);
  }
  reader.s = fsim_reader_get(&reader, 1, sizeof *reader.s);
  if (!reader.s) {
    fsim_arena_free(reader.memory->arena);
    free(reader.memory);
    fsim_report_free(reader.report);
    return fsim_no_memory(report);
  }
  reader.s->memory = reader.memory;
  read_parts(&reader);
  tell(report, &reader);
  fsim_report_free(reader.report);
  free(reader.known_laws);
  free(reader.inputs);
  if (reader.status == FSIM_OK)
    *scenario = reader.s;
  else
    fsim_scenario_free(reader.s);
  return reader.status;
}
