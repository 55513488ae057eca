/* What the files that make up a source share: the tree and its files, paths, relative changes,
 * text.
 *
 * Only source*.c, path.c, set*.c, dump.c, levers.c and draw.c include it. */
#ifndef FSIM_MODEL_SOURCE_TREE_H
#define FSIM_MODEL_SOURCE_TREE_H

#include <stdint.h>

#include "sim/base/text.h"
#include "sim/model/node.h"
#include "sim/model/read.h"
#include "sim/model/source.h"

typedef struct fsim_shape fsim_shape; /* sim/model/keys.h */

/* A file that was read: `text` only for inputs (CSV). */
typedef struct fsim_kept_file {
  char *name; /* as written */
  char *text;
  size_t length;
  char sha256[65];
} fsim_kept_file;

typedef struct fsim_kept_files {
  fsim_kept_file *file;
  size_t n, room;
} fsim_kept_files;

struct fsim_source {
  fsim_arena *arena;
  fsim_node *root; /* a whole scenario; uncertain numbers and `changes` still in it */
  fsim_kept_files yaml;
  fsim_kept_files inputs;
  bool uncertain;
  fsim_text resolved;
  fsim_lever *levers;
  size_t n_levers, room_for_levers;
};

/* Remembers a file; takes `text` over (NULL: only its digest is wanted). */
int fsim_keep_file(fsim_kept_files *files, const char *name, const char *bytes, char *text,
                   size_t length, fsim_report *report);
const fsim_kept_file *fsim_kept(const fsim_kept_files *files, const char *name);

/* ---- files to one tree (source_load.c) ---- */

/* The scenario at a path with all that it extends and its models; `sets` of the files applied. */
int fsim_load_scenario(fsim_source *source, const char *path, fsim_report *report);
/* The tree of a text that needs no other file but inputs. */
int fsim_load_text(fsim_source *source, const char *name, const char *yaml, size_t length,
                   fsim_report *report);
/* Reads the CSV files that the tree names. */
int fsim_load_inputs(fsim_source *source, fsim_report *report);

/* ---- paths (path.c) ---- */

typedef struct fsim_found {
  fsim_node *parent; /* map or list; NULL: nothing was found */
  fsim_node *node;   /* NULL: `key` may stand in the parent, but does not */
  const char *key;
} fsim_found;

/* The place that a path means; an unknown name gives a message with the nearest known one. */
int fsim_path_find(fsim_arena *arena, fsim_node *root, const char *path, fsim_place place,
                   fsim_report *report, fsim_found *found);
/* "basic.stages.qualified.exits.proposal". */
void fsim_path_text(const fsim_node *node, fsim_text *text);
/* What a node may be; NULL inside distributions. */
const fsim_shape *fsim_shape_at(const fsim_node *node);
/* {uncertain: DIST} in the place of a number. */
bool fsim_is_uncertain(const fsim_node *node);
/* The exits of a stage when the node is one of them or its probability, else NULL. */
fsim_node *fsim_exits_of(const fsim_node *node, fsim_node **exit);

/* ---- changes of numbers (set_value.c) ---- */

typedef enum fsim_change_kind { FSIM_REPLACE, FSIM_TIMES, FSIM_PLUS } fsim_change_kind;
typedef enum fsim_measure {
  FSIM_PLAIN, /* 12, 0.55 */
  FSIM_PERCENT,
  FSIM_SECONDS,
  FSIM_PER_SECOND,
  FSIM_NO_MEASURE
} fsim_measure;

typedef struct fsim_amount {
  double value; /* seconds, per second, shares */
  fsim_measure measure;
} fsim_amount;

typedef struct fsim_step {
  fsim_change_kind kind;
  fsim_amount by;
  bool points;      /* pp: of shares only */
  const char *text; /* without "from ..." */
  const char *from; /* the exit that gives or takes; NULL: all in proportion */
} fsim_step;

/* What is written as a value of `set`; a text that is no relative change replaces. */
int fsim_step_read(fsim_arena *arena, const fsim_node *value, fsim_report *report, fsim_step *step);
fsim_amount fsim_amount_read(const char *text);
/* Shortest text that reads back as exactly this number. */
char *fsim_amount_write(fsim_arena *arena, fsim_amount amount);
/* An amount after a step; false when the units do not fit. */
bool fsim_amount_step(fsim_amount old, const fsim_step *step, fsim_amount *after);
/* Changes a number, a whole distribution or an uncertain number in place. */
int fsim_step_apply(fsim_arena *arena, fsim_node *target, const fsim_step *step, fsim_place place,
                    fsim_report *report);

/* ---- sets (set.c, set_exits.c) ---- */

typedef struct fsim_setting {
  const fsim_node *entry; /* its key is the path, its place the value's */
  fsim_step step;
  fsim_node *exit; /* of a stage, when its probability is meant */
  bool done;
} fsim_setting;

/* Applies a map from paths to values. Notes (which exits give way) go to `notes` when not NULL. */
int fsim_set_apply(fsim_arena *arena, fsim_node *root, const fsim_node *set, fsim_report *notes,
                   fsim_report *report);
/* All settings of exits of one stage together, the others in proportion. */
int fsim_set_exits(fsim_arena *arena, fsim_node *exits, fsim_setting *const *settings, size_t n,
                   fsim_report *notes, fsim_report *report);
/* The node with an exit's probability; NULL when it has none (a race). */
fsim_node *fsim_exit_probability(fsim_node *exit);

/* ---- uncertain numbers (draw.c) ---- */

/* Replaces all uncertain numbers of a tree by those drawn for a pair, or by chosen ones. */
int fsim_draw_tree(const fsim_source *source, fsim_arena *arena, fsim_node *root, uint64_t pair,
                   const fsim_choice *choice, fsim_report *report);
bool fsim_has_uncertain(const fsim_node *node);
/* Bytes of an input file for fsim_input; the context is the source. */
const char *fsim_source_input(void *context, const char *name, fsim_place place,
                              fsim_report *report, size_t *length);

/* ---- text (dump.c) ---- */

/* YAML that reads back as the same tree; `flow` puts it on one line. */
void fsim_dump_tree(const fsim_node *root, fsim_text *text);
void fsim_dump_flow(const fsim_node *node, fsim_text *text);

/* ---- levers (levers.c) ---- */

int fsim_collect_levers(fsim_source *source, fsim_report *report);

#endif
