/* YAML text to a tree, through libfyaml's events.
 *
 * Events rather than libfyaml's documents, so that aliases are expanded under our own limits, every
 * node keeps its place, and nothing is built that is not wanted. libfyaml's diagnostics are
 * collected and become messages of the report. */
#include <libfyaml.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/text.h"
#include "sim/model/node.h"

typedef struct anchor {
  const char *name;
  const fsim_node *node; /* NULL while it is still open: an alias inside itself */
  size_t n_nodes;
  size_t depth; /* levels below it */
  struct anchor *next;
} anchor;

typedef struct builder {
  const char *file;
  fsim_arena *arena;
  fsim_report *report;
  fsim_node *root;
  fsim_node *open[FSIM_MOST_DEPTH]; /* maps and lists being filled, outermost first */
  anchor *open_anchor[FSIM_MOST_DEPTH];
  size_t depth;
  const char *key; /* a map's key that waits for its value */
  fsim_place key_place;
  size_t n_nodes;
  size_t n_documents;
  anchor *anchors; /* latest first: a name may be used again */
  fsim_place last;
} builder;

static fsim_place place_of(const builder *b, const struct fy_mark *mark) {
  if (!mark) return b->last;
  return (fsim_place){b->file, mark->line + 1, mark->column + 1};
}

/* ---- what libfyaml cannot be trusted to say well ---- */

static bool utf8_length(const unsigned char *c, size_t left, size_t *length) {
  size_t n = c[0] < 0x80   ? 1
             : c[0] < 0xc2 ? 0
             : c[0] < 0xe0 ? 2
             : c[0] < 0xf0 ? 3
             : c[0] < 0xf5 ? 4
                           : 0;
  if (n == 0 || n > left) return false;
  for (size_t i = 1; i < n; i++)
    if ((c[i] & 0xc0) != 0x80) return false;
  /* Overlong forms, surrogates and what lies past U+10FFFF. */
  if (c[0] == 0xe0 && c[1] < 0xa0) return false;
  if (c[0] == 0xed && c[1] > 0x9f) return false;
  if (c[0] == 0xf0 && c[1] < 0x90) return false;
  if (c[0] == 0xf4 && c[1] > 0x8f) return false;
  *length = n;
  return true;
}

static int check_bytes(const char *file, const char *text, size_t length, fsim_report *report) {
  fsim_place place = {file, 1, 1};
  if (length > FSIM_MOST_FILE_BYTES)
    return fsim_bad_input(report, place, "the file has %zu bytes, more than the %u allowed", length,
                          FSIM_MOST_FILE_BYTES);
  bool blank = true;
  for (size_t i = 0; i < length;) {
    unsigned char c = (unsigned char)text[i];
    size_t n;
    if ((c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7f)
      return fsim_bad_input(report, place,
                            "byte 0x%02x: this is no text file; expected YAML in UTF-8", c);
    if (!utf8_length((const unsigned char *)text + i, length - i, &n))
      return fsim_bad_input(report, place, "byte 0x%02x is no UTF-8: save the file as UTF-8 text",
                            c);
    if (c > ' ' && !(i == 0 && n == 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)) blank = false;
    i += n;
    place.column++;
    if (c == '\n') {
      place.line++;
      place.column = 1;
    }
  }
  if (blank)
    return fsim_bad_input(report, place.file ? (fsim_place){file, 1, 0} : place,
                          "the file is empty: expected a scenario or a model");
  return FSIM_OK;
}

/* ---- building ---- */

static anchor *anchor_new(builder *b, struct fy_token *token) {
  size_t length;
  const char *name = fy_token_get_text(token, &length);
  anchor *made = name ? fsim_arena_get(b->arena, 1, sizeof *made) : NULL;
  if (!made) return NULL;
  made->name = fsim_arena_text(b->arena, name, length);
  if (!made->name) return NULL;
  made->next = b->anchors;
  b->anchors = made;
  return made;
}

static void measure(const fsim_node *node, size_t *n_nodes, size_t *depth) {
  size_t deepest = 0;
  (*n_nodes)++;
  for (size_t i = 0; i < node->n_children; i++) {
    size_t below = 0;
    measure(node->child[i], n_nodes, &below);
    if (below + 1 > deepest) deepest = below + 1;
  }
  *depth = deepest;
}

static void anchor_close(anchor *closed, const fsim_node *node) {
  if (!closed) return;
  closed->node = node;
  measure(node, &closed->n_nodes, &closed->depth);
}

static int count_nodes(builder *b, size_t more, fsim_place place) {
  b->n_nodes += more;
  if (b->n_nodes <= FSIM_MOST_NODES) return FSIM_OK;
  return fsim_bad_input(b->report, place,
                        "more than %d values, aliases expanded: make the file smaller",
                        FSIM_MOST_NODES);
}

/* Puts a finished or just opened node where it belongs. */
static int attach(builder *b, fsim_node *node) {
  if (b->depth == 0) {
    b->root = node;
    node->key_place = node->place;
    return FSIM_OK;
  }
  fsim_node *parent = b->open[b->depth - 1];
  if (parent->kind == FSIM_MAP) {
    node->key = b->key;
    node->key_place = b->key_place;
    b->key = NULL;
  } else {
    node->key = NULL;
    node->key_place = node->place;
  }
  if (fsim_node_append(b->arena, parent, node) != 0) return fsim_no_memory(b->report);
  return FSIM_OK;
}

static bool wants_key(const builder *b) {
  return b->depth > 0 && b->open[b->depth - 1]->kind == FSIM_MAP && !b->key;
}

static int refuse_tag(builder *b, struct fy_token *tag, fsim_place place) {
  if (!tag) return FSIM_OK;
  return fsim_bad_input(b->report, place, "tags such as !!str are not used here: quote a text");
}

static int add_scalar(builder *b, struct fy_event *event) {
  struct fy_token *token = event->scalar.value;
  fsim_place place = place_of(b, token ? fy_token_start_mark(token) : NULL);
  enum fy_scalar_style style = token ? fy_scalar_token_get_style(token) : FYSS_PLAIN;
  /* libfyaml's mark is behind the opening quote. */
  bool in_quotes = style == FYSS_SINGLE_QUOTED || style == FYSS_DOUBLE_QUOTED;
  if (in_quotes && place.column > 1) place.column--;
  int status = refuse_tag(b, event->scalar.tag, place);
  if (status == FSIM_OK) status = count_nodes(b, 1, place);
  if (status != FSIM_OK) return status;
  size_t length = 0;
  const char *text = token ? fy_token_get_text(token, &length) : "";
  char *copy = text ? fsim_arena_text(b->arena, text, length) : NULL;
  if (!copy) return fsim_no_memory(b->report);
  if (strlen(copy) != length)
    return fsim_bad_input(b->report, place, "a text may not contain the character \\0");
  b->last = place;
  if (wants_key(b)) {
    if (event->scalar.anchor)
      return fsim_bad_input(b->report, place, "a key cannot have an anchor: write it out");
    b->key = copy;
    b->key_place = place;
    return FSIM_OK;
  }
  fsim_node *node = fsim_node_new(b->arena, FSIM_SCALAR, NULL, place);
  if (!node) return fsim_no_memory(b->report);
  node->text = copy;
  node->quoted = style != FYSS_PLAIN;
  if (event->scalar.anchor) {
    anchor *made = anchor_new(b, event->scalar.anchor);
    if (!made) return fsim_no_memory(b->report);
    anchor_close(made, node);
  }
  return attach(b, node);
}

static int add_alias(builder *b, struct fy_event *event) {
  struct fy_token *token = event->alias.anchor;
  fsim_place place = place_of(b, fy_token_start_mark(token));
  if (place.column > 1) place.column--; /* libfyaml's mark is behind the star */
  size_t length;
  const char *name = fy_token_get_text(token, &length);
  if (!name) return fsim_no_memory(b->report);
  if (wants_key(b))
    return fsim_bad_input(b->report, place, "a key cannot be an alias: write it out");
  const anchor *known = b->anchors;
  while (known && !(strlen(known->name) == length && memcmp(known->name, name, length) == 0))
    known = known->next;
  if (!known)
    return fsim_bad_input(b->report, place, "alias *%.*s has no anchor &%.*s before it",
                          (int)length, name, (int)length, name);
  if (!known->node)
    return fsim_bad_input(b->report, place, "alias *%.*s stands inside what it refers to",
                          (int)length, name);
  int status = count_nodes(b, known->n_nodes, place);
  if (status != FSIM_OK) return status;
  if (b->depth + known->depth >= FSIM_MOST_DEPTH)
    return fsim_bad_input(b->report, place, "nested more than %d levels deep, aliases expanded",
                          FSIM_MOST_DEPTH);
  fsim_node *copy = fsim_node_copy(b->arena, known->node);
  if (!copy) return fsim_no_memory(b->report);
  b->last = place;
  return attach(b, copy);
}

static int open_node(builder *b, fsim_node_kind kind, const struct fy_mark *mark,
                     struct fy_token *anchor_token, struct fy_token *tag) {
  fsim_place place = place_of(b, mark);
  int status = refuse_tag(b, tag, place);
  if (status == FSIM_OK) status = count_nodes(b, 1, place);
  if (status != FSIM_OK) return status;
  if (wants_key(b))
    return fsim_bad_input(b->report, place, "a key must be a plain name, not a map or a list");
  if (b->depth == FSIM_MOST_DEPTH)
    return fsim_bad_input(b->report, place, "nested more than %d levels deep", FSIM_MOST_DEPTH);
  fsim_node *node = fsim_node_new(b->arena, kind, NULL, place);
  if (!node) return fsim_no_memory(b->report);
  status = attach(b, node);
  if (status != FSIM_OK) return status;
  anchor *made = NULL;
  if (anchor_token && !(made = anchor_new(b, anchor_token))) return fsim_no_memory(b->report);
  b->open_anchor[b->depth] = made;
  b->open[b->depth++] = node;
  b->last = place;
  return FSIM_OK;
}

static int by_key(const void *a, const void *b) {
  const fsim_node *one = *(const fsim_node *const *)a, *two = *(const fsim_node *const *)b;
  int order = strcmp(one->key, two->key);
  if (order != 0) return order;
  if (one->key_place.line != two->key_place.line)
    return one->key_place.line < two->key_place.line ? -1 : 1;
  return one->key_place.column < two->key_place.column ? -1 : 1;
}

static int refuse_duplicates(builder *b, const fsim_node *map) {
  size_t n = map->n_children;
  if (n < 2) return FSIM_OK;
  const fsim_node **sorted = malloc(n * sizeof *sorted);
  if (!sorted) return fsim_no_memory(b->report);
  for (size_t i = 0; i < n; i++) sorted[i] = map->child[i];
  qsort(sorted, n, sizeof *sorted, by_key);
  int status = FSIM_OK;
  for (size_t i = 1; i < n; i++)
    if (strcmp(sorted[i]->key, sorted[i - 1]->key) == 0)
      status = fsim_bad_input(b->report, sorted[i]->key_place,
                              "'%s' stands here twice, first in line %d: keep one of them",
                              sorted[i]->key, sorted[i - 1]->key_place.line);
  free(sorted);
  return status;
}

static int close_node(builder *b) {
  fsim_node *node = b->open[--b->depth];
  anchor_close(b->open_anchor[b->depth], node);
  return node->kind == FSIM_MAP ? refuse_duplicates(b, node) : FSIM_OK;
}

static int take_event(builder *b, struct fy_event *event) {
  switch (event->type) {
    case FYET_DOCUMENT_START:
      if (++b->n_documents == 1) return FSIM_OK;
      return fsim_bad_input(b->report, place_of(b, fy_event_start_mark(event)),
                            "a second document begins here: expected one in a file");
    case FYET_SCALAR:
      return add_scalar(b, event);
    case FYET_ALIAS:
      return add_alias(b, event);
    case FYET_MAPPING_START:
      return open_node(b, FSIM_MAP, fy_event_start_mark(event), event->mapping_start.anchor,
                       event->mapping_start.tag);
    case FYET_SEQUENCE_START:
      return open_node(b, FSIM_LIST, fy_event_start_mark(event), event->sequence_start.anchor,
                       event->sequence_start.tag);
    case FYET_MAPPING_END:
    case FYET_SEQUENCE_END:
      return close_node(b);
    default:
      return FSIM_OK;
  }
}

/* ---- libfyaml's own findings ---- */

/* True when the white space before the first character of this line has a tab in it. */
static bool indented_by_tab(const char *text, size_t length, int line) {
  const char *at = text, *end = text + length;
  for (int passed = 1; passed < line; passed++) {
    at = memchr(at, '\n', (size_t)(end - at));
    if (!at) return false;
    at++;
  }
  while (at < end && *at == ' ') at++;
  return at < end && *at == '\t';
}

static int report_syntax(builder *b, struct fy_diag *diag, const char *text, size_t length) {
  void *state = NULL;
  const struct fy_diag_error *error = fy_diag_errors_iterate(diag, &state);
  if (!error) return fsim_bad_input(b->report, b->last, "cannot be read as YAML from here on");
  fsim_place place = {b->file, error->line, error->column};
  if (error->line < 1) place = b->last;
  if (indented_by_tab(text, length, place.line))
    return fsim_bad_input(b->report, place, "a tab in the indentation: YAML wants spaces");
  return fsim_bad_input(b->report, place, "not YAML: %s", error->msg ? error->msg : "syntax error");
}

static int run_parser(builder *b, struct fy_parser *parser, struct fy_diag *diag, const char *text,
                      size_t length) {
  if (fy_parser_set_string(parser, text, length) != 0) return fsim_no_memory(b->report);
  int status = FSIM_OK, worst = FSIM_OK;
  struct fy_event *event;
  while ((event = fy_parser_parse(parser)) != NULL) {
    enum fy_event_type type = event->type;
    status = take_event(b, event);
    fy_parser_event_free(parser, event);
    if (status > worst) worst = status;
    /* A duplicate key leaves the tree sound; after anything else there is no telling. */
    if (status != FSIM_OK && type != FYET_MAPPING_END) return worst;
    if (type == FYET_STREAM_END) break;
  }
  if (fy_parser_get_stream_error(parser) || fy_diag_got_error(diag) || b->depth > 0)
    return report_syntax(b, diag, text, length);
  if (worst == FSIM_OK && !b->root)
    return fsim_bad_input(b->report, (fsim_place){b->file, 1, 0},
                          "the file is empty: expected a scenario or a model");
  return worst;
}

int fsim_yaml_parse(const char *file, const char *text, size_t length, fsim_arena *arena,
                    fsim_report *report, fsim_node **root) {
  *root = NULL;
  fsim_report_source(report, file, text, length <= FSIM_MOST_FILE_BYTES ? length : 0);
  int status = check_bytes(file, text, length, report);
  if (status != FSIM_OK) return status;
  struct fy_diag_cfg diag_config;
  fy_diag_cfg_default(&diag_config);
  diag_config.fp = NULL;
  diag_config.colorize = false;
  struct fy_diag *diag = fy_diag_create(&diag_config);
  if (!diag) return fsim_no_memory(report);
  fy_diag_set_collect_errors(diag, true);
  struct fy_parse_cfg config = {.flags = FYPCF_QUIET, .diag = diag};
  struct fy_parser *parser = fy_parser_create(&config);
  builder *b = calloc(1, sizeof *b);
  if (parser && b) {
    *b = (builder){.file = file, .arena = arena, .report = report, .last = {file, 1, 1}};
    status = run_parser(b, parser, diag, text, length);
    if (status == FSIM_OK) *root = b->root;
  } else {
    status = fsim_no_memory(report);
  }
  free(b);
  if (parser) fy_parser_destroy(parser);
  fy_diag_destroy(diag);
  return status;
}
