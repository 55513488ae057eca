/* A file as a tree: what libfyaml read, with the place of everything, after which paths, `set` and
 * uncertain numbers are resolved. Nodes live in the arena of their tree. */
#ifndef FSIM_MODEL_NODE_H
#define FSIM_MODEL_NODE_H

#include <stdbool.h>
#include <stddef.h>

#include "sim/base/report.h"

typedef enum fsim_node_kind { FSIM_SCALAR, FSIM_MAP, FSIM_LIST } fsim_node_kind;

typedef struct fsim_node {
  fsim_node_kind kind;
  const char *key;      /* in its map; NULL in a list and at the root */
  fsim_place key_place; /* of the key; of the node itself in a list */
  const char *text;     /* scalars; "" for an empty one */
  bool quoted;          /* "12" is a text, 12 a number */
  fsim_place place;
  struct fsim_node *parent;
  struct fsim_node **child; /* maps and lists */
  size_t n_children;
} fsim_node;

/* A block allocator: everything is freed at once. */
typedef struct fsim_arena fsim_arena;
fsim_arena *fsim_arena_new(void);
void fsim_arena_free(fsim_arena *arena);
/* Zeroed, aligned for any type; NULL when memory is out or count * size overflows. */
void *fsim_arena_get(fsim_arena *arena, size_t count, size_t size);
char *fsim_arena_text(fsim_arena *arena, const char *text, size_t length);

/* Limits that keep hostile files harmless; going past one is a message, not a crash. */
#define FSIM_MOST_FILE_BYTES (16u << 20)
#define FSIM_MOST_DEPTH 64
#define FSIM_MOST_NODES 1000000 /* after aliases are expanded */

/* Parses YAML text (UTF-8, one document, duplicate keys refused, aliases expanded). `file` must
 * outlive the arena (copy it there first). Registers the text with the report for carets. */
int fsim_yaml_parse(const char *file, const char *text, size_t length, fsim_arena *arena,
                    fsim_report *report, fsim_node **root);

fsim_node *fsim_node_get(const fsim_node *map, const char *key); /* NULL: no such key, no map */
fsim_node *fsim_node_copy(fsim_arena *arena, const fsim_node *node);
fsim_node *fsim_node_new(fsim_arena *arena, fsim_node_kind kind, const char *key, fsim_place place);
/* Appends to a map or list; -1 when memory is out. */
int fsim_node_append(fsim_arena *arena, fsim_node *parent, fsim_node *child);

#endif
