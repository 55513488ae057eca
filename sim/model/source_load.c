/* From files to one tree: the scenario, what it extends, its models, its CSV files. */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "sim/base/array.h"
#include "sim/base/file.h"
#include "sim/model/keys.h"
#include "sim/model/source_tree.h"

#define MOST_EXTENDS 32
#define MOST_INPUT_BYTES ((size_t)1 << 30)

typedef struct loader {
  fsim_source *source;
  fsim_report *report;
  const char *chain[MOST_EXTENDS]; /* real paths of the files being read, outermost first */
  size_t depth;
} loader;

static int worse(int a, int b) {
  return a > b ? a : b;
}

/* ---- one file ---- */

static int read_yaml(loader *l, const char *path, fsim_place place, fsim_node **root) {
  fsim_arena *arena = l->source->arena;
  char *text;
  size_t length;
  *root = NULL;
  if (fsim_begins_as_hdf5(path))
    return fsim_bad_input(l->report, place,
                          "%s is a result file, not a scenario: funnelsim summary %s shows what is "
                          "in it",
                          path, path);
  int status = fsim_read_file(path, FSIM_MOST_FILE_BYTES, place, l->report, &text, &length);
  if (status != FSIM_OK) return status;
  char *name = fsim_arena_text(arena, path, strlen(path));
  if (!name) {
    free(text);
    return fsim_no_memory(l->report);
  }
  status = fsim_yaml_parse(name, text, length, arena, l->report, root);
  if (status == FSIM_OK && !fsim_kept(&l->source->yaml, path))
    status = fsim_keep_file(&l->source->yaml, path, text, NULL, length, l->report);
  free(text);
  if (status != FSIM_OK) return status;
  if ((*root)->kind == FSIM_MAP) return FSIM_OK;
  status =
      fsim_bad_input(l->report, (*root)->place, "expected a map of keys, such as scenario: ...");
  *root = NULL;
  return status;
}

static bool is_there(const char *path) {
  struct stat facts;
  return path && stat(path, &facts) == 0 && !S_ISDIR(facts.st_mode);
}

/* ---- trees ---- */

/* Puts `child` under `key`, in place of what stood there. */
static int put(loader *l, fsim_node *map, fsim_node *child) {
  for (size_t i = 0; i < map->n_children; i++) {
    if (strcmp(map->child[i]->key, child->key) != 0) continue;
    map->child[i] = child;
    child->parent = map;
    return FSIM_OK;
  }
  if (fsim_node_append(l->source->arena, map, child) != 0) return fsim_no_memory(l->report);
  return FSIM_OK;
}

static void drop(fsim_node *map, const char *key) {
  size_t kept = 0;
  for (size_t i = 0; i < map->n_children; i++)
    if (strcmp(map->child[i]->key, key) != 0) map->child[kept++] = map->child[i];
  map->n_children = kept;
}

/* Distributions and uncertain numbers are values: a variant's replaces, it is not merged in. */
static bool is_value(const fsim_node *node) {
  const fsim_shape *shape = fsim_shape_at(node);
  return !shape || shape->kind == FSIM_SHAPE_LAW || fsim_is_uncertain(node);
}

static int merge(loader *l, fsim_node *base, fsim_node *variant) {
  int status = FSIM_OK;
  for (size_t i = 0; i < variant->n_children && status == FSIM_OK; i++) {
    fsim_node *one = variant->child[i], *old = fsim_node_get(base, one->key);
    bool inside = old && old->kind == FSIM_MAP && one->kind == FSIM_MAP && !is_value(old) &&
                  !fsim_is_uncertain(one);
    status = inside ? merge(l, old, one) : put(l, base, one);
  }
  return status;
}

/* ---- models ---- */

/* The file of a model, freed by the caller; NULL when it is nowhere (then *looked lists where). */
static char *find_model(const fsim_node *name, fsim_text *looked, bool *failed) {
  const char *beside = name->place.file ? name->place.file : "";
  const char *installed[2] = {getenv("FUNNELSIM_MODELS"), NULL};
#ifdef FSIM_MODEL_DIR
  installed[1] = FSIM_MODEL_DIR;
#endif
  static const char *const folders[] = {"", "models/", "../models/"};
  for (size_t i = 0; i < 5; i++) {
    fsim_text file = {0};
    if (i >= 3 && (!installed[i - 3] || !*installed[i - 3])) continue;
    fsim_text_append(&file, "%s%s%s.yaml", i < 3 ? folders[i] : installed[i - 3], i < 3 ? "" : "/",
                     name->text);
    char *path = file.failed ? NULL : fsim_path_beside(beside, file.text);
    free(file.text);
    *failed = path == NULL;
    if (!path || is_there(path)) return path;
    fsim_text_append(looked, "%s%s", looked->length ? ", " : "", path);
    free(path);
  }
  return NULL;
}

#define MOST_NEIGHBOURS 500

/* The model in a folder whose name is nearest; in the arena, NULL when none is near. */
static const char *nearest_in(loader *l, const char *folder, const char *wrong) {
  DIR *open = opendir(*folder ? folder : ".");
  const char **known = open ? fsim_zeroed(MOST_NEIGHBOURS, sizeof *known) : NULL;
  const char *nearest = NULL;
  size_t n = 0;
  for (struct dirent *entry; known && n < MOST_NEIGHBOURS && (entry = readdir(open));) {
    size_t length = strlen(entry->d_name);
    if (length <= 5 || strcmp(entry->d_name + length - 5, ".yaml") != 0) continue;
    known[n] = fsim_arena_text(l->source->arena, entry->d_name, length - 5);
    if (known[n]) n++;
  }
  if (n > 0) nearest = fsim_nearest_name(wrong, known, n);
  free(known);
  if (open) closedir(open);
  return nearest;
}

static const char *nearest_model(loader *l, const fsim_node *name) {
  static const char *const folders[] = {"models/", "../models/", ""};
  const char *nearest = NULL;
  for (size_t i = 0; i < 3 && !nearest; i++) {
    char *folder = fsim_path_beside(name->place.file ? name->place.file : "", folders[i]);
    if (folder) nearest = nearest_in(l, folder, name->text);
    free(folder);
  }
  return nearest;
}

static int no_model(loader *l, const fsim_node *name, const char *looked) {
  const char *nearest = nearest_model(l, name);
  if (nearest)
    return fsim_bad_input(l->report, name->place, "no model '%s': did you mean '%s'?", name->text,
                          nearest);
  return fsim_bad_input(l->report, name->place, "no model '%s': looked for %s", name->text, looked);
}

/* A name in a list of models may not lead out of the folders. */
static bool is_model_name(const fsim_node *name) {
  return name->kind == FSIM_SCALAR && name->text[0] && !strchr(name->text, '/') &&
         name->text[0] != '.';
}

static int load_model(loader *l, const fsim_node *name, fsim_node *models) {
  if (!is_model_name(name))
    return fsim_bad_input(l->report, name->place, "expected the name of a funnel, such as basic");
  fsim_text looked = {0};
  bool failed = false;
  char *path = find_model(name, &looked, &failed);
  int status = FSIM_OK;
  fsim_node *body = NULL;
  if (failed || looked.failed)
    status = fsim_no_memory(l->report);
  else if (!path)
    status = no_model(l, name, looked.text);
  else
    status = read_yaml(l, path, name->place, &body);
  free(path);
  free(looked.text);
  if (!body) return status;
  const fsim_node *funnel = fsim_node_get(body, "funnel");
  if (funnel && funnel->kind == FSIM_SCALAR && strcmp(funnel->text, name->text) != 0)
    return fsim_bad_input(
        l->report, funnel->place,
        "the file of the model '%s' describes the funnel '%s': give both one name", name->text,
        funnel->text);
  body->key = name->text;
  body->key_place = name->place;
  return put(l, models, body);
}

/* The list of names becomes a map of bodies; those that the base has already stay as they are. */
static int load_models(loader *l, fsim_node *root, const fsim_node *base_models) {
  fsim_node *list = fsim_node_get(root, "models");
  if (!list || list->kind != FSIM_LIST) return FSIM_OK;
  fsim_node *map = fsim_node_new(l->source->arena, FSIM_MAP, "models", list->place);
  if (!map) return fsim_no_memory(l->report);
  map->key_place = list->key_place;
  int status = put(l, root, map);
  for (size_t i = 0; i < list->n_children; i++) {
    const fsim_node *name = list->child[i];
    const char *text = name->kind == FSIM_SCALAR ? name->text : "";
    fsim_node *known = fsim_node_get(base_models, text);
    if (fsim_node_get(map, text))
      status = worse(
          status, fsim_bad_input(l->report, name->place, "the model '%s' is listed twice", text));
    else
      status = worse(status, known ? put(l, map, known) : load_model(l, name, map));
  }
  return status;
}

/* ---- extends ---- */

static int load_chain(loader *l, const char *path, fsim_place place, fsim_node **root);

static int check_cycle(loader *l, const char *path, fsim_place place, bool *entered) {
  *entered = false;
  char *real = realpath(path, NULL);
  if (!real) return FSIM_OK; /* reading it says what is wrong */
  for (size_t i = 0; i < l->depth; i++) {
    if (strcmp(l->chain[i], real) != 0) continue;
    free(real);
    return fsim_bad_input(l->report, place, "extends goes round in a circle: %s extends itself%s",
                          path, i + 1 < l->depth ? " through others" : "");
  }
  char *kept = fsim_arena_text(l->source->arena, real, strlen(real));
  free(real);
  if (!kept) return fsim_no_memory(l->report);
  if (l->depth == MOST_EXTENDS)
    return fsim_bad_input(l->report, place, "extends goes on for more than %d files", MOST_EXTENDS);
  l->chain[l->depth++] = kept;
  *entered = true;
  return FSIM_OK;
}

static int load_base(loader *l, fsim_node *variant, const fsim_node *extends, fsim_node **base) {
  if (extends->kind != FSIM_SCALAR || !extends->text[0])
    return fsim_bad_input(l->report, extends->place,
                          "expected the file of a scenario, such as baseline.yaml");
  char *path = fsim_path_beside(extends->place.file, extends->text);
  if (!path) return fsim_no_memory(l->report);
  int status = load_chain(l, path, extends->place, base);
  free(path);
  if (*base && fsim_node_get(*base, "funnel"))
    return fsim_bad_input(l->report, extends->place,
                          "%s is a model, not a scenario: list it under models", extends->text);
  /* Whichever of the two says when a run is long enough, the variant's word counts. */
  if (*base && fsim_node_get(variant, "precision")) drop(*base, "replications");
  if (*base && fsim_node_get(variant, "replications")) drop(*base, "precision");
  return status;
}

/* Takes a file's own keys over into the base's tree; its `set` comes last. */
static int join(loader *l, fsim_node *base, fsim_node *variant, fsim_node **root) {
  const fsim_node *set = fsim_node_get(variant, "set");
  drop(variant, "extends");
  drop(variant, "set");
  int status = FSIM_OK;
  if (base) {
    const fsim_node *models = fsim_node_get(base, "models");
    status = merge(l, base, variant);
    *root = base;
    status = worse(status, load_models(l, base, models));
  } else {
    *root = variant;
    status = load_models(l, variant, NULL);
  }
  if (status == FSIM_FAILED || !set) return status;
  return worse(status, fsim_set_apply(l->source->arena, *root, set, l->report, l->report));
}

static int load_chain(loader *l, const char *path, fsim_place place, fsim_node **root) {
  bool entered;
  fsim_node *file = NULL, *base = NULL;
  *root = NULL;
  int status = check_cycle(l, path, place, &entered);
  if (status != FSIM_OK) return status;
  status = read_yaml(l, path, place, &file);
  const fsim_node *extends = file ? fsim_node_get(file, "extends") : NULL;
  if (extends) status = worse(status, load_base(l, file, extends, &base));
  if (entered) l->depth--;
  if (!file || status == FSIM_FAILED || (extends && !base)) return status;
  if (fsim_node_get(file, "funnel")) {
    *root = file;
    return status;
  }
  return worse(status, join(l, base, file, root));
}

/* ---- a model alone ---- */

static fsim_node *add_text(fsim_arena *arena, fsim_node *map, const char *key, const char *text,
                           fsim_place place) {
  fsim_node *node = fsim_node_new(arena, FSIM_SCALAR, key, place);
  if (!node || fsim_node_append(arena, map, node) != 0) return NULL;
  node->text = text;
  return node;
}

static int add_value(fsim_arena *arena, fsim_node *values, const fsim_node *value) {
  if (value->kind != FSIM_SCALAR) return 0;
  for (size_t i = 0; i < values->n_children; i++)
    if (strcmp(values->child[i]->text, value->text) == 0) return 0;
  return add_text(arena, values, NULL, value->text, value->place) ? 0 : -1;
}

/* The attributes that a model's overrides speak of, each with one value for all other leads. */
static int attributes_of(fsim_arena *arena, const fsim_node *model, fsim_node *attributes) {
  const fsim_node *overrides = fsim_node_get(model, "overrides");
  for (size_t o = 0; overrides && o < overrides->n_children; o++) {
    const fsim_node *when = fsim_node_get(overrides->child[o], "when");
    for (size_t a = 0; when && when->kind == FSIM_MAP && a < when->n_children; a++) {
      const fsim_node *named = when->child[a];
      fsim_node *values = fsim_node_get(attributes, named->key);
      if (!values) {
        values = fsim_node_new(arena, FSIM_LIST, named->key, named->place);
        if (!values || fsim_node_append(arena, attributes, values) != 0 ||
            !add_text(arena, values, NULL, "other", named->place))
          return -1;
      }
      if (add_value(arena, values, named) != 0) return -1;
      for (size_t v = 0; v < named->n_children; v++)
        if (add_value(arena, values, named->child[v]) != 0) return -1;
    }
  }
  return 0;
}

static int wrap_model(loader *l, fsim_node **root) {
  fsim_arena *arena = l->source->arena;
  fsim_node *model = *root, *funnel = fsim_node_get(model, "funnel");
  const char *name = funnel->kind == FSIM_SCALAR && funnel->text[0] ? funnel->text : "model";
  fsim_node *scenario = fsim_node_new(arena, FSIM_MAP, NULL, model->place);
  fsim_node *models = fsim_node_new(arena, FSIM_MAP, "models", model->place);
  fsim_node *attributes = fsim_node_new(arena, FSIM_MAP, "attributes", model->place);
  *root = NULL;
  if (!scenario || !models || !attributes) return fsim_no_memory(l->report);
  model->key = name;
  model->key_place = funnel->place;
  if (fsim_node_append(arena, models, model) != 0 ||
      !add_text(arena, scenario, "scenario", name, funnel->place) ||
      !add_text(arena, scenario, "start", "2026-01-05", model->place) ||
      !add_text(arena, scenario, "horizon", "52 w", model->place) ||
      fsim_node_append(arena, scenario, models) != 0 ||
      attributes_of(arena, model, attributes) != 0)
    return fsim_no_memory(l->report);
  if (attributes->n_children > 0 && fsim_node_append(arena, scenario, attributes) != 0)
    return fsim_no_memory(l->report);
  *root = scenario;
  return FSIM_OK;
}

/* ---- entries ---- */

int fsim_load_scenario(fsim_source *source, const char *path, fsim_report *report) {
  loader l = {.source = source, .report = report};
  fsim_node *root = NULL;
  int status = load_chain(&l, path, FSIM_NOWHERE, &root);
  if (root && fsim_node_get(root, "funnel")) status = worse(status, wrap_model(&l, &root));
  source->root = root;
  return status;
}

int fsim_load_text(fsim_source *source, const char *name, const char *yaml, size_t length,
                   fsim_report *report) {
  loader l = {.source = source, .report = report};
  fsim_node *root = NULL;
  char *file = fsim_arena_text(source->arena, name, strlen(name));
  if (!file) return fsim_no_memory(report);
  int status = fsim_yaml_parse(file, yaml, length, source->arena, report, &root);
  if (status != FSIM_OK) return status;
  if (root->kind != FSIM_MAP)
    return fsim_bad_input(report, root->place, "expected a map of keys, such as scenario: ...");
  if (fsim_node_get(root, "extends"))
    return fsim_bad_input(report, fsim_node_get(root, "extends")->place,
                          "a scenario that is given as a text cannot extend a file");
  if (fsim_node_get(root, "funnel")) status = wrap_model(&l, &root);
  if (status == FSIM_OK) status = join(&l, NULL, root, &source->root);
  return status;
}

/* ---- input files ---- */

static bool names_input(const fsim_node *node) {
  static const char *const holders[] = {"csv", "pipeline", "empirical"};
  if (node->kind != FSIM_SCALAR || !node->text[0] || !node->key) return false;
  const fsim_node *above = node->parent; /* of a list of pipelines: the list */
  if (above && !above->key) above = above->parent;
  const char *holder = above && above->key ? above->key : "";
  if (strcmp(node->key, "file") != 0) return false;
  for (size_t i = 0; i < sizeof holders / sizeof *holders; i++)
    if (strcmp(holder, holders[i]) == 0) return true;
  return false;
}

/* Beside the file in which it is named. */
static int load_input(fsim_source *source, const fsim_node *node, fsim_report *report) {
  if (fsim_kept(&source->inputs, node->text)) return FSIM_OK;
  char *path = fsim_path_beside(node->place.file ? node->place.file : "", node->text);
  if (!path) return fsim_no_memory(report);
  char *text;
  size_t length;
  int status = fsim_read_file(path, MOST_INPUT_BYTES, node->place, report, &text, &length);
  free(path);
  if (status != FSIM_OK) return status;
  return fsim_keep_file(&source->inputs, node->text, text, text, length, report);
}

static int load_below(fsim_source *source, const fsim_node *node, fsim_report *report) {
  if (names_input(node)) return load_input(source, node, report);
  int status = FSIM_OK;
  for (size_t i = 0; i < node->n_children; i++)
    status = worse(status, load_below(source, node->child[i], report));
  return status;
}

int fsim_load_inputs(fsim_source *source, fsim_report *report) {
  return load_below(source, source->root, report);
}
