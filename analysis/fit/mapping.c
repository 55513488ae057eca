#include "analysis/fit/mapping.h"

#include <stdlib.h>
#include <string.h>

#include "analysis/fit/mapping_parts.h"
#include "sim/base/array.h"
#include "sim/base/file.h"
#include "sim/base/quantity.h"
#include "sim/base/text.h"

const char *const fsim_column_roles[FSIM_COLUMNS] = {
    "case",    "activity", "time",   "lifecycle", "resource", "value",    "quantity",
    "created", "closed",   "status", "lead",      "order",    "expected", "deal"};

void fsim_mapping_free(fsim_mapping *mapping) {
  fsim_arena_free(mapping->arena);
  *mapping = (fsim_mapping){0};
}

/* ---- reading the tree ---- */

typedef struct reading {
  fsim_mapping *m;
  fsim_report *report;
} reading;

static int known_keys(const reading *r, const fsim_node *map, const char *const *keys, size_t n,
                      const char *what) {
  int status = FSIM_OK;
  for (size_t c = 0; c < map->n_children; c++) {
    const fsim_node *child = map->child[c];
    bool known = false;
    for (size_t k = 0; k < n && !known; k++) known = strcmp(child->key, keys[k]) == 0;
    if (known) continue;
    const char *nearest = fsim_nearest_name(child->key, keys, n);
    status =
        nearest != NULL
            ? fsim_bad_input(r->report, child->key_place,
                             "%s knows no \"%s\"; did you mean \"%s\"?", what, child->key, nearest)
            : fsim_bad_input(r->report, child->key_place, "%s knows no \"%s\"", what, child->key);
  }
  return status;
}

static int want(const reading *r, const fsim_node *node, fsim_node_kind kind, const char *what) {
  if (node->kind == kind) return FSIM_OK;
  return fsim_bad_input(r->report, node->place, "%s must be %s", what,
                        kind == FSIM_MAP    ? "a map of names"
                        : kind == FSIM_LIST ? "a list [...]"
                                            : "one word or text");
}

static int read_word(const reading *r, const fsim_node *map, const char *key, const char **word) {
  const fsim_node *node = fsim_node_get(map, key);
  if (node == NULL) return FSIM_OK;
  int status = want(r, node, FSIM_SCALAR, key);
  if (status == FSIM_OK) *word = node->text;
  return status;
}

/* One of two words; *second tells which. */
static int read_choice(const reading *r, const fsim_node *map, const char *key, const char *first,
                       const char *second, bool *is_second, bool *given) {
  const char *word = NULL;
  int status = read_word(r, map, key, &word);
  if (status != FSIM_OK || word == NULL) return status;
  if (given != NULL) *given = true;
  *is_second = strcmp(word, second) == 0;
  if (*is_second || strcmp(word, first) == 0) return FSIM_OK;
  return fsim_bad_input(r->report, fsim_node_get(map, key)->place, "%s must be %s or %s", key,
                        first, second);
}

/* reopened: first, last or new */
static int read_reopened(const reading *r, const fsim_node *map) {
  static const char *const words[] = {
      [FSIM_REOPENED_FIRST] = "first", [FSIM_REOPENED_LAST] = "last", [FSIM_REOPENED_NEW] = "new"};
  const char *word = NULL;
  int status = read_word(r, map, "reopened", &word);
  if (status != FSIM_OK || word == NULL) return status;
  for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
    if (strcmp(word, words[i]) != 0) continue;
    r->m->reopened = (fsim_reopened)i;
    return FSIM_OK;
  }
  return fsim_bad_input(r->report, fsim_node_get(map, "reopened")->place,
                        "reopened must be first, last or new");
}

static int read_texts(const reading *r, const fsim_node *node, const char *what,
                      const char ***texts, size_t *n) {
  const bool one = node->kind == FSIM_SCALAR;
  int status = one ? FSIM_OK : want(r, node, FSIM_LIST, what);
  if (status != FSIM_OK) return status;
  *n = one ? 1 : node->n_children;
  *texts = fsim_arena_get(r->m->arena, *n ? *n : 1, sizeof **texts);
  if (*texts == NULL) return fsim_no_memory(r->report);
  for (size_t i = 0; i < *n && status == FSIM_OK; i++) {
    const fsim_node *each = one ? node : node->child[i];
    status = want(r, each, FSIM_SCALAR, what);
    if (status == FSIM_OK) (*texts)[i] = each->text;
  }
  return status;
}

/* expected: {column: close_date, as: first} */
static int read_expected(const reading *r, const fsim_node *map, fsim_mapped_table *table) {
  static const char *const keys[] = {"column", "as"};
  int status = known_keys(r, map, keys, 2, "expected");
  if (status == FSIM_OK) status = read_word(r, map, "column", &table->column[FSIM_COLUMN_EXPECTED]);
  if (status == FSIM_OK)
    status = read_choice(r, map, "as", "last", "first", &table->expected_as_first, NULL);
  if (status == FSIM_OK && table->column[FSIM_COLUMN_EXPECTED] == NULL)
    status = fsim_bad_input(r->report, map->place, "expected names no column");
  return status;
}

static int read_columns(const reading *r, const fsim_node *columns, fsim_mapped_table *table) {
  for (size_t c = 0; c < columns->n_children; c++) {
    const fsim_node *child = columns->child[c];
    for (size_t k = 0; k < FSIM_COLUMNS; k++) {
      if (strcmp(child->key, fsim_column_roles[k]) != 0) continue;
      table->place[k] = child->place;
      const bool as = k == FSIM_COLUMN_EXPECTED && child->kind == FSIM_MAP;
      int status = as ? read_expected(r, child, table) : want(r, child, FSIM_SCALAR, child->key);
      if (status != FSIM_OK) return status;
      if (!as) table->column[k] = child->text;
    }
  }
  return FSIM_OK;
}

static bool has_attribute(const fsim_mapping *m, const char *name) {
  for (size_t a = 0; a < m->n_attributes; a++) {
    if (strcmp(m->attributes[a].name, name) == 0) return true;
  }
  return false;
}

/* {segment: amount_band, owner: {column: agent, leak: allow}} */
static int read_attributes(const reading *r, const fsim_node *map, const fsim_mapped_table *table) {
  int status = want(r, map, FSIM_MAP, "attributes");
  fsim_mapping *m = r->m;
  if (status == FSIM_OK && table == &m->history)
    status =
        fsim_bad_input(r->report, map->place,
                       "attributes of deals stand in the table of deals, not in their history");
  if (status != FSIM_OK) return status;
  fsim_mapped_attribute *all =
      fsim_arena_get(m->arena, m->n_attributes + map->n_children + 1, sizeof *all);
  if (all == NULL) return fsim_no_memory(r->report);
  if (m->n_attributes > 0) memcpy(all, m->attributes, m->n_attributes * sizeof *all);
  m->attributes = all;
  for (size_t c = 0; c < map->n_children && status == FSIM_OK; c++) {
    const fsim_node *child = map->child[c];
    if (has_attribute(m, child->key))
      return fsim_bad_input(r->report, child->place,
                            "attribute %s stands in two tables; deals have that of their lead",
                            child->key);
    fsim_mapped_attribute *a = &m->attributes[m->n_attributes++];
    *a = (fsim_mapped_attribute){.name = child->key, .table = table, .place = child->place};
    if (child->kind == FSIM_SCALAR) {
      a->column = child->text;
      continue;
    }
    static const char *const keys[] = {"column", "leak"};
    status = want(r, child, FSIM_MAP, "an attribute");
    if (status == FSIM_OK) status = known_keys(r, child, keys, 2, "an attribute");
    if (status == FSIM_OK) status = read_word(r, child, "column", &a->column);
    if (status == FSIM_OK)
      status = read_choice(r, child, "leak", "refuse", "allow", &a->leak_allowed, NULL);
    if (status == FSIM_OK && a->column == NULL)
      status = fsim_bad_input(r->report, child->place, "attribute %s names no column", child->key);
  }
  return status;
}

static const char *const columns_and_attributes[] = {
    "case",   "activity", "time", "lifecycle", "resource", "value", "quantity",  "created",
    "closed", "status",   "lead", "order",     "expected", "deal",  "attributes"};

static int read_table(const reading *r, const fsim_node *columns, fsim_mapped_table *table) {
  int status = want(r, columns, FSIM_MAP, "columns");
  if (status == FSIM_OK)
    status = known_keys(r, columns, columns_and_attributes, FSIM_COLUMNS + 1, "columns");
  if (status == FSIM_OK) status = read_columns(r, columns, table);
  if (status == FSIM_OK && table->column[FSIM_COLUMN_QUANTITY] != NULL &&
      table->column[FSIM_COLUMN_VALUE] == NULL)
    status = fsim_bad_input(r->report, table->place[FSIM_COLUMN_QUANTITY],
                            "quantity multiplies the value: name the column of the price as value");
  const fsim_node *attributes = fsim_node_get(columns, "attributes");
  if (status == FSIM_OK && attributes != NULL) status = read_attributes(r, attributes, table);
  return status;
}

/* where: {Field: StageName, IsDeleted: "false"} beside the columns of a table. */
static int read_where(const reading *r, const fsim_node *holder, fsim_mapped_table *table) {
  const fsim_node *map = fsim_node_get(holder, "where");
  if (map == NULL) return FSIM_OK;
  int status = want(r, map, FSIM_MAP, "where");
  if (status != FSIM_OK) return status;
  table->filters = fsim_arena_get(r->m->arena, map->n_children + 1, sizeof *table->filters);
  if (table->filters == NULL) return fsim_no_memory(r->report);
  for (size_t c = 0; c < map->n_children && status == FSIM_OK; c++) {
    const fsim_node *child = map->child[c];
    fsim_mapped_filter *f = &table->filters[table->n_filters++];
    *f = (fsim_mapped_filter){.column = child->key, .place = child->key_place};
    status = read_texts(r, child, "where", &f->is, &f->n_is);
  }
  return status;
}

static int read_meaning(const reading *r, const fsim_node *child, bool outcome,
                        fsim_meaning *meaning) {
  *meaning = (fsim_meaning){.name = child->key, .place = child->place};
  if (child->kind != FSIM_MAP)
    return read_texts(r, child, child->key, &meaning->from, &meaning->n_from);
  static const char *const keys[] = {"from", "date", "counts_as"};
  int status = known_keys(r, child, keys, outcome ? 3 : 2, outcome ? "an outcome" : "a stage");
  const fsim_node *from = fsim_node_get(child, "from");
  if (status == FSIM_OK && from != NULL)
    status = read_texts(r, from, "from", &meaning->from, &meaning->n_from);
  if (status == FSIM_OK) status = read_word(r, child, "date", &meaning->date);
  const char *counts = NULL;
  if (status == FSIM_OK) status = read_word(r, child, "counts_as", &counts);
  if (status == FSIM_OK && counts != NULL) {
    meaning->win = strcmp(counts, "win") == 0;
    if (!meaning->win)
      status = fsim_bad_input(r->report, fsim_node_get(child, "counts_as")->place,
                              "counts_as knows only win");
  }
  return status;
}

static int read_meanings(const reading *r, const fsim_node *map, bool outcomes,
                         fsim_meaning **meanings, size_t *n) {
  if (map == NULL) return FSIM_OK;
  int status = want(r, map, FSIM_MAP, outcomes ? "outcomes" : "stages");
  if (status != FSIM_OK) return status;
  *meanings = fsim_arena_get(r->m->arena, map->n_children + 1, sizeof **meanings);
  if (*meanings == NULL) return fsim_no_memory(r->report);
  for (size_t c = 0; c < map->n_children && status == FSIM_OK; c++)
    status = read_meaning(r, map->child[c], outcomes, &(*meanings)[(*n)++]);
  return status;
}

/* An outcome "won" is a win without saying so, where no other is. */
static bool any_wins(fsim_meaning *outcomes, size_t n) {
  for (size_t i = 0; i < n; i++) {
    if (outcomes[i].win) return true;
  }
  for (size_t i = 0; i < n; i++) {
    outcomes[i].win = strcmp(outcomes[i].name, "won") == 0;
    if (outcomes[i].win) return true;
  }
  return false;
}

static int read_outcomes(const reading *r, const fsim_node *root) {
  fsim_mapping *m = r->m;
  const fsim_node *map = fsim_node_get(root, "outcomes");
  int status = read_meanings(r, map, true, &m->outcomes, &m->n_outcomes);
  if (status == FSIM_OK && map != NULL && !any_wins(m->outcomes, m->n_outcomes))
    status = fsim_bad_input(r->report, map->place,
                            "no outcome counts as a win; write won: {from: [...], counts_as: win}");
  return status;
}

/* A lead is won when it says so, or else when a deal comes of it. */
static int read_lead_outcomes(const reading *r, const fsim_node *leads) {
  fsim_mapping *m = r->m;
  fsim_meaning *given = NULL;
  size_t n = 0;
  int status = read_meanings(r, fsim_node_get(leads, "outcomes"), true, &given, &n);
  if (status != FSIM_OK) return status;
  m->lead_converts = !any_wins(given, n);
  m->lead_outcomes = fsim_arena_get(m->arena, n + 1, sizeof *given);
  if (m->lead_outcomes == NULL) return fsim_no_memory(r->report);
  for (size_t i = 0; i < n; i++) m->lead_outcomes[i] = given[i];
  m->lead_outcomes[n] = (fsim_meaning){.name = "converted", .win = true, .place = leads->place};
  m->n_lead_outcomes = n + m->lead_converts;
  return FSIM_OK;
}

/* work: {offer: [Call, "Send*"]}: activities that are work on a case in that stage. */
static int read_work(const reading *r, const fsim_node *root) {
  fsim_mapping *m = r->m;
  int status = read_meanings(r, fsim_node_get(root, "work"), false, &m->work, &m->n_work);
  for (size_t w = 0; w < m->n_work && status == FSIM_OK; w++) {
    m->work[w].stage = FSIM_NONE;
    for (size_t s = 0; s < m->n_stages; s++) {
      if (strcmp(m->stages[s].name, m->work[w].name) == 0) m->work[w].stage = (int32_t)s;
    }
    if (m->work[w].stage == FSIM_NONE)
      status =
          fsim_bad_input(r->report, m->work[w].place,
                         "work: there is no stage %s; name one of the stages", m->work[w].name);
  }
  return status;
}

static int read_time(const reading *r, const fsim_node *root, const char *key, int64_t *time) {
  *time = FSIM_NO_TIME;
  const char *word = NULL;
  bool midnight;
  int status = read_word(r, root, key, &word);
  if (status != FSIM_OK || word == NULL) return status;
  if (fsim_timestamp_read(word, FSIM_DATE_YMD, time, &midnight)) return FSIM_OK;
  return fsim_bad_input(r->report, fsim_node_get(root, key)->place,
                        "%s must be a date such as 2026-03-10", key);
}

static int read_format(const reading *r, const fsim_node *root) {
  fsim_mapping *m = r->m;
  const char *order = NULL, *delimiter = NULL, *decimal = NULL;
  int status = read_word(r, root, "date_format", &order);
  if (status == FSIM_OK && order != NULL && !fsim_date_order_named(order, &m->order))
    status = fsim_bad_input(r->report, fsim_node_get(root, "date_format")->place,
                            "date_format must be y-m-d, d/m/y or m/d/y");
  if (status == FSIM_OK) status = read_word(r, root, "delimiter", &delimiter);
  if (status == FSIM_OK && delimiter != NULL) {
    m->delimiter = strcmp(delimiter, "tab") == 0      ? '\t'
                   : strcmp(delimiter, "blanks") == 0 ? ' '
                                                      : delimiter[0];
    if (m->delimiter == delimiter[0] && strlen(delimiter) != 1)
      status = fsim_bad_input(r->report, fsim_node_get(root, "delimiter")->place,
                              "delimiter must be one character, tab or blanks");
  }
  if (status == FSIM_OK) status = read_word(r, root, "decimal", &decimal);
  if (status == FSIM_OK && decimal != NULL) {
    m->decimal_given = true;
    m->decimal_comma = strcmp(decimal, ",") == 0;
    if (!m->decimal_comma && strcmp(decimal, ".") != 0)
      status = fsim_bad_input(r->report, fsim_node_get(root, "decimal")->place,
                              "decimal must be \",\" or \".\"");
  }
  return status == FSIM_OK ? read_word(r, root, "encoding", &m->encoding) : status;
}

static int read_second_table(const reading *r, const fsim_node *root, const char *key,
                             fsim_mapped_table *table, bool *has) {
  const fsim_node *node = fsim_node_get(root, key);
  if (node == NULL) return FSIM_OK;
  *has = true;
  int status = want(r, node, FSIM_MAP, key);
  static const char *const keys[] = {"file", "columns", "where", "funnel", "outcomes"};
  if (status == FSIM_OK) status = known_keys(r, node, keys, strcmp(key, "leads") == 0 ? 5 : 3, key);
  if (status == FSIM_OK) status = read_word(r, node, "file", &table->file);
  const fsim_node *columns = fsim_node_get(node, "columns");
  if (status == FSIM_OK && columns == NULL)
    status = fsim_bad_input(r->report, node->place, "%s needs columns: {...}", key);
  if (status == FSIM_OK) status = read_table(r, columns, table);
  return status == FSIM_OK ? read_where(r, node, table) : status;
}

static int read_kind(const reading *r, const fsim_node *root) {
  const char *kind = NULL;
  int status = read_word(r, root, "kind", &kind);
  if (status != FSIM_OK) return status;
  static const char *const kinds[] = {"events", "deals", "transactions", "joined"};
  for (size_t k = 0; k < 4 && kind != NULL; k++) {
    if (strcmp(kind, kinds[k]) != 0) continue;
    r->m->kind = k == 3 ? FSIM_EXPORT_DEALS : (fsim_export_kind)k;
    r->m->joined = k == 3;
    return FSIM_OK;
  }
  const fsim_node *node = fsim_node_get(root, "kind");
  return fsim_bad_input(r->report, node != NULL ? node->place : root->place,
                        "kind must be events, deals, joined or transactions");
}

static int read_root(const reading *r, const fsim_node *root) {
  static const char *const keys[] = {
      "kind",    "columns",     "funnel",    "stages",  "outcomes", "ignore", "work",
      "skipped", "returns",     "known",     "values",  "begin",    "end",    "history",
      "leads",   "date_format", "delimiter", "decimal", "encoding", "where",  "reopened"};
  fsim_mapping *m = r->m;
  int status = want(r, root, FSIM_MAP, "a mapping file");
  if (status == FSIM_OK)
    status = known_keys(r, root, keys, sizeof keys / sizeof *keys, "a mapping");
  if (status == FSIM_OK) status = read_kind(r, root);
  if (status == FSIM_OK) status = read_word(r, root, "funnel", &m->funnel);
  const fsim_node *columns = fsim_node_get(root, "columns");
  if (status == FSIM_OK && columns == NULL)
    status = fsim_bad_input(r->report, root->place, "columns are missing: columns: {case: ...}");
  if (status == FSIM_OK) status = read_table(r, columns, &m->table);
  if (status == FSIM_OK) status = read_where(r, root, &m->table);
  if (status == FSIM_OK)
    status = read_meanings(r, fsim_node_get(root, "stages"), false, &m->stages, &m->n_stages);
  if (status == FSIM_OK) status = read_outcomes(r, root);
  if (status == FSIM_OK) status = read_work(r, root);
  const fsim_node *ignore = fsim_node_get(root, "ignore");
  if (status == FSIM_OK && ignore != NULL)
    status = read_texts(r, ignore, "ignore", &m->ignore, &m->n_ignore);
  if (status == FSIM_OK)
    status = read_choice(r, root, "skipped", "jump", "fill", &m->fill_skipped, NULL);
  if (status == FSIM_OK)
    status = read_choice(r, root, "returns", "loop", "furthest", &m->furthest, NULL);
  if (status == FSIM_OK) status = read_reopened(r, root);
  if (status == FSIM_OK)
    status = read_choice(r, root, "known", "all", "open", &m->known_open, &m->known_given);
  if (status == FSIM_OK)
    status = read_choice(r, root, "values", "always", "at_win", &m->values_at_win, NULL);
  if (status == FSIM_OK) status = read_time(r, root, "begin", &m->begin);
  if (status == FSIM_OK) status = read_time(r, root, "end", &m->end);
  if (status == FSIM_OK) status = read_format(r, root);
  if (status == FSIM_OK)
    status = read_second_table(r, root, "history", &m->history, &m->has_history);
  if (status == FSIM_OK) status = read_second_table(r, root, "leads", &m->leads, &m->has_leads);
  const fsim_node *leads = fsim_node_get(root, "leads");
  if (status == FSIM_OK && leads != NULL) {
    status = read_word(r, leads, "funnel", &m->leads_funnel);
    if (status == FSIM_OK) status = read_lead_outcomes(r, leads);
  }
  return status == FSIM_OK ? fsim_mapping_check(m, root, r->report) : status;
}

int fsim_mapping_parse(const char *name, const char *text, size_t length, fsim_report *report,
                       fsim_mapping *mapping) {
  *mapping = (fsim_mapping){
      .arena = fsim_arena_new(), .begin = FSIM_NO_TIME, .end = FSIM_NO_TIME, .funnel = "deals"};
  if (mapping->arena == NULL) return fsim_no_memory(report);
  mapping->file = fsim_arena_text(mapping->arena, name, strlen(name));
  if (mapping->file == NULL) return fsim_no_memory(report);
  fsim_node *root = NULL;
  int status = fsim_yaml_parse(mapping->file, text, length, mapping->arena, report, &root);
  if (status != FSIM_OK) return status;
  const reading r = {mapping, report};
  return read_root(&r, root);
}

int fsim_mapping_read(const char *path, fsim_report *report, fsim_mapping *mapping) {
  *mapping = (fsim_mapping){0};
  char *text = NULL;
  size_t length = 0;
  int status = fsim_read_file(path, FSIM_MOST_FILE_BYTES, FSIM_NOWHERE, report, &text, &length);
  if (status == FSIM_OK) status = fsim_mapping_parse(path, text, length, report, mapping);
  free(text);
  return status;
}
