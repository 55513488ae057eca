/* A source: loading, freeing, what it holds. */
#include "sim/model/source.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/array.h"
#include "sim/base/file.h"
#include "sim/model/source_tree.h"

/* ---- files that were read ---- */

const fsim_kept_file *fsim_kept(const fsim_kept_files *files, const char *name) {
  for (size_t i = 0; i < files->n; i++)
    if (strcmp(files->file[i].name, name) == 0) return &files->file[i];
  return NULL;
}

int fsim_keep_file(fsim_kept_files *files, const char *name, const char *bytes, char *text,
                   size_t length, fsim_report *report) {
  fsim_kept_file file = {
      .name = fsim_copy_text(name, strlen(name)), .text = text, .length = length};
  void *items = files->file;
  if (!file.name || fsim_grow(&items, &files->room, files->n + 1, sizeof *files->file) != 0) {
    free(file.name);
    free(text);
    return fsim_no_memory(report);
  }
  fsim_sha256(bytes, length, file.sha256);
  files->file = items;
  files->file[files->n++] = file;
  return FSIM_OK;
}

static void files_free(fsim_kept_files *files) {
  for (size_t i = 0; i < files->n; i++) {
    free(files->file[i].name);
    free(files->file[i].text);
  }
  free(files->file);
}

/* ---- making one ---- */

static fsim_source *source_new(void) {
  fsim_source *source = fsim_zeroed(1, sizeof *source);
  if (source && !(source->arena = fsim_arena_new())) {
    free(source);
    return NULL;
  }
  return source;
}

void fsim_source_free(fsim_source *source) {
  if (!source) return;
  fsim_arena_free(source->arena);
  files_free(&source->yaml);
  files_free(&source->inputs);
  free(source->resolved.text);
  free(source->levers);
  free(source);
}

/* One "PATH=VALUE" as an entry of a map of paths; the value is YAML in a file of its own name, so
 * that messages show it. */
static int read_set(fsim_source *source, const char *set, fsim_node *map, fsim_report *report) {
  fsim_text name = {0};
  fsim_text_append(&name, "--set %s", set);
  char *file = name.failed ? NULL : fsim_arena_text(source->arena, name.text, name.length);
  free(name.text);
  if (!file) return fsim_no_memory(report);
  fsim_place place = {file, 0, 0};
  const char *equals = strchr(set, '=');
  if (!equals || equals == set || strspn(equals + 1, " ") == strlen(equals + 1))
    return fsim_bad_input(report, place, "expected PATH=VALUE, such as teams.sdr.size=6");
  char *path = fsim_arena_text(source->arena, set, (size_t)(equals - set));
  if (!path) return fsim_no_memory(report);
  fsim_node *value;
  int status = fsim_yaml_parse(file, equals + 1, strlen(equals + 1), source->arena, report, &value);
  if (status != FSIM_OK) return status;
  value->key = path;
  value->key_place = place;
  if (fsim_node_append(source->arena, map, value) != 0) return fsim_no_memory(report);
  return FSIM_OK;
}

static int apply_sets(fsim_source *source, const char *const *sets, size_t n_sets,
                      fsim_report *report) {
  int status = FSIM_OK;
  if (n_sets == 0) return status;
  fsim_node *map = fsim_node_new(source->arena, FSIM_MAP, NULL, FSIM_NOWHERE);
  if (!map) return fsim_no_memory(report);
  for (size_t i = 0; i < n_sets; i++) {
    int one = read_set(source, sets[i], map, report);
    if (one > status) status = one;
  }
  int applied = fsim_set_apply(source->arena, source->root, map, report, report);
  return applied > status ? applied : status;
}

/* After the tree is whole: --set, input files, and what is asked of a source again and again. */
static int complete(fsim_source *source, const char *const *sets, size_t n_sets,
                    fsim_report *report) {
  int status = apply_sets(source, sets, n_sets, report);
  int inputs = fsim_load_inputs(source, report);
  if (inputs > status) status = inputs;
  if (status == FSIM_FAILED) return status;
  source->uncertain = fsim_has_uncertain(source->root);
  fsim_dump_tree(source->root, &source->resolved);
  if (source->resolved.failed) return fsim_no_memory(report);
  if (status == FSIM_OK) return fsim_collect_levers(source, report);
  return status;
}

/* A source with mistakes is read to its end, too, so that all of them are told at once. */
static int finish(fsim_source *made, int status, fsim_report *report, fsim_source **source) {
  if (status == FSIM_BAD_INPUT && made->root) {
    fsim_scenario *scenario = NULL;
    fsim_source_realise(made, FSIM_CENTRAL, report, &scenario);
    fsim_scenario_free(scenario);
  }
  if (status == FSIM_OK)
    *source = made;
  else
    fsim_source_free(made);
  return status;
}

int fsim_source_load(const char *path, const char *const *sets, size_t n_sets, fsim_report *report,
                     fsim_source **source) {
  *source = NULL;
  fsim_source *made = source_new();
  if (!made) return fsim_no_memory(report);
  int status = fsim_load_scenario(made, path, report);
  if (made->root && status != FSIM_FAILED) {
    int rest = complete(made, sets, n_sets, report);
    if (rest > status) status = rest;
  }
  return finish(made, status, report, source);
}

int fsim_source_parse(const char *name, const char *yaml, size_t length, const char *const *names,
                      const char *const *texts, const size_t *lengths, size_t n_files,
                      const char *const *sets, size_t n_sets, fsim_report *report,
                      fsim_source **source) {
  *source = NULL;
  fsim_source *made = source_new();
  if (!made) return fsim_no_memory(report);
  int status = fsim_load_text(made, name, yaml, length, report);
  for (size_t i = 0; i < n_files && status != FSIM_FAILED; i++) {
    char *copy = fsim_copy_text(texts[i], lengths[i]);
    int one = copy ? fsim_keep_file(&made->inputs, names[i], copy, copy, lengths[i], report)
                   : fsim_no_memory(report);
    if (one > status) status = one;
  }
  if (made->root && status != FSIM_FAILED) {
    int rest = complete(made, sets, n_sets, report);
    if (rest > status) status = rest;
  }
  return finish(made, status, report, source);
}

/* ---- what it holds ---- */

const char *fsim_source_resolved(const fsim_source *source) {
  return source->resolved.text;
}

size_t fsim_source_n_files(const fsim_source *source) {
  return source->inputs.n;
}

const char *fsim_source_file(const fsim_source *source, size_t i, const char **text,
                             size_t *length) {
  if (i >= source->inputs.n) return NULL;
  *text = source->inputs.file[i].text;
  *length = source->inputs.file[i].length;
  return source->inputs.file[i].name;
}

bool fsim_source_uncertain(const fsim_source *source) {
  return source->uncertain;
}

int fsim_source_levers(const fsim_source *source, fsim_report *report, const fsim_lever **levers,
                       size_t *n) {
  (void)report; /* they were collected when the source was made */
  *levers = source->levers;
  *n = source->n_levers;
  return FSIM_OK;
}

const char *fsim_source_input(void *context, const char *name, fsim_place place,
                              fsim_report *report, size_t *length) {
  const fsim_source *source = context;
  const fsim_kept_file *file = fsim_kept(&source->inputs, name);
  if (!file) {
    fsim_bad_input(report, place, "the file '%s' could not be read", name);
    return NULL;
  }
  *length = file->length;
  return file->text;
}
