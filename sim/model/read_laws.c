/* All laws of all versions: for every profile the stage's law with the overrides that match. */
#include <string.h>

#include "sim/model/reader.h"

/* One funnel of one version, and which of its overrides are for which profile. */
typedef struct funnel_tree {
  const fsim_node *body, *stages;
  const fsim_node **overrides;
  size_t n_overrides;
  bool *matches; /* [n_overrides][n_profiles] */
} funnel_tree;

static const fsim_node *map_in(const fsim_node *node, const char *key) {
  const fsim_node *child = node ? fsim_node_get(node, key) : NULL;
  return child && child->kind == FSIM_MAP ? child : NULL;
}

static void check_override(fsim_reader *reader, const fsim_node *override, size_t funnel) {
  const fsim_scenario *s = reader->s;
  const fsim_funnel *f = &s->funnels[funnel];
  const fsim_node *stages = map_in(override, "stages");
  fsim_check_when(reader, map_in(override, "when"));
  const char **known = fsim_reader_get(reader, f->n_stages, sizeof *known);
  for (size_t i = 0; known && i < f->n_stages; i++) known[i] = s->stages[f->first_stage + i].name;
  for (size_t c = 0; known && stages && c < stages->n_children; c++) {
    bool found = false;
    for (size_t i = 0; i < f->n_stages; i++)
      found = found || strcmp(known[i], stages->child[c]->key) == 0;
    if (!found)
      fsim_reader_unknown(reader, stages->child[c]->key_place, "stage", stages->child[c]->key,
                          known, f->n_stages);
  }
}

static bool open_funnel(fsim_reader *reader, const fsim_node *version, size_t funnel,
                        funnel_tree *tree) {
  const fsim_scenario *s = reader->s;
  tree->body = map_in(map_in(version, "models"), s->funnels[funnel].name);
  tree->stages = map_in(tree->body, "stages");
  const fsim_node *list = tree->body ? fsim_node_get(tree->body, "overrides") : NULL;
  if (!tree->stages) return false;
  tree->n_overrides = list && list->kind == FSIM_LIST ? list->n_children : 0;
  tree->overrides = fsim_reader_get(reader, tree->n_overrides, sizeof *tree->overrides);
  tree->matches = fsim_reader_get(reader, tree->n_overrides * s->n_profiles, sizeof(bool));
  if (!tree->overrides || !tree->matches) return false;
  for (size_t o = 0; o < tree->n_overrides; o++) {
    tree->overrides[o] = list->child[o];
    check_override(reader, list->child[o], funnel);
    const fsim_node *when = map_in(list->child[o], "when");
    for (size_t p = 0; p < s->n_profiles; p++)
      tree->matches[o * s->n_profiles + p] = fsim_when_matches(reader, when, p);
  }
  return true;
}

/* What an override says about a stage; stage NULL: about the value. */
static const fsim_node *part_of(const fsim_node *override, const char *stage) {
  return stage                        ? map_in(map_in(override, "stages"), stage)
         : override->kind == FSIM_MAP ? fsim_node_get(override, "value")
                                      : NULL;
}

/* An earlier profile for which the same overrides touch this part; p itself when there is none.
 * `first` lists the profiles that are the first of their kind. */
static size_t twin_of(const fsim_reader *reader, const funnel_tree *tree, const char *stage,
                      size_t p, const size_t *first, size_t n_first) {
  const size_t n = reader->s->n_profiles;
  for (size_t i = 0; i < n_first; i++) {
    bool same = true;
    for (size_t o = 0; same && o < tree->n_overrides; o++)
      same = tree->matches[o * n + p] == tree->matches[o * n + first[i]] ||
             !part_of(tree->overrides[o], stage);
    if (same) return first[i];
  }
  return p;
}

static bool own_arrays(fsim_reader *reader, const fsim_stage *stage, fsim_stage_law *law) {
  const fsim_distribution **waits = fsim_reader_get(reader, stage->n_exits, sizeof *waits);
  double *probability = fsim_reader_get(reader, stage->n_exits, sizeof *probability);
  if (!waits || !probability) return false;
  memcpy(waits, law->waits, stage->n_exits * sizeof *waits);
  if (law->probability) {
    memcpy(probability, law->probability, stage->n_exits * sizeof *probability);
    law->probability = probability;
  }
  law->waits = waits;
  return true;
}

static void read_stage_laws(fsim_reader *reader, const funnel_tree *tree, size_t index,
                            fsim_laws *laws, size_t *first) {
  const fsim_scenario *s = reader->s;
  const fsim_stage *stage = &s->stages[index];
  const fsim_node *body = fsim_node_get(tree->stages, stage->name);
  fsim_stage_law base;
  if (!body) {
    fsim_reader_mistake(reader, tree->stages->key_place,
                        "a change on a date cannot take the stage '%s' away", stage->name);
    return;
  }
  if (!fsim_read_stage_law(reader, body, index, &base)) return;
  size_t n_first = 0;
  for (size_t p = 0; p < s->n_profiles; p++) {
    fsim_stage_law *law = &laws->stages[p * s->n_stages + index];
    const size_t twin = twin_of(reader, tree, stage->name, p, first, n_first);
    if (twin != p) {
      *law = laws->stages[twin * s->n_stages + index];
      continue;
    }
    first[n_first++] = p;
    *law = base;
    if (!own_arrays(reader, stage, law)) return;
    for (size_t o = 0; o < tree->n_overrides; o++) {
      const fsim_node *change = part_of(tree->overrides[o], stage->name);
      if (change && tree->matches[o * s->n_profiles + p])
        fsim_override_stage_law(reader, change, index, law);
    }
  }
}

static const fsim_distribution *value_law(fsim_reader *reader, const fsim_node *node,
                                          const fsim_distribution *before) {
  double factor;
  const bool scales = node->kind == FSIM_MAP && node->n_children == 1 &&
                      fsim_value(node, "scale", FSIM_FORM_NUMBER, &factor);
  return scales ? fsim_reader_scaled(reader, before, factor)
                : fsim_reader_law(reader, node, FSIM_KIND_MONEY);
}

static void read_values(fsim_reader *reader, const funnel_tree *tree, size_t funnel,
                        fsim_laws *laws, size_t *first) {
  const fsim_scenario *s = reader->s;
  const fsim_node *node = fsim_node_get(tree->body, "value");
  const fsim_distribution *base = node ? fsim_reader_law(reader, node, FSIM_KIND_MONEY) : NULL;
  size_t n_first = 0;
  for (size_t p = 0; p < s->n_profiles; p++) {
    const fsim_distribution **value = &laws->values[p * s->n_funnels + funnel];
    const size_t twin = twin_of(reader, tree, NULL, p, first, n_first);
    if (twin != p) {
      *value = laws->values[twin * s->n_funnels + funnel];
      continue;
    }
    first[n_first++] = p;
    *value = base;
    for (size_t o = 0; o < tree->n_overrides; o++) {
      const fsim_node *change = part_of(tree->overrides[o], NULL);
      if (change && tree->matches[o * s->n_profiles + p])
        *value = value_law(reader, change, *value);
    }
  }
}

static void read_link_laws(fsim_reader *reader, const fsim_node *version, fsim_laws *laws) {
  const fsim_scenario *s = reader->s;
  const fsim_node *list = fsim_node_get(version, "links");
  if (s->n_links == 0) return;
  if (!list || list->kind != FSIM_LIST || list->n_children != s->n_links) {
    fsim_reader_mistake(reader, version->place,
                        "a change on a date cannot add or take away links: set a probability to 0");
    return;
  }
  for (size_t i = 0; i < s->n_links; i++) {
    const fsim_node *body = list->child[i], *after = fsim_node_get(body, "after");
    laws->links[i].probability = 1;
    fsim_value(body, "probability", FSIM_FORM_SHARE, &laws->links[i].probability);
    laws->links[i].after = after ? fsim_reader_law(reader, after, FSIM_KIND_TIME) : reader->zero;
  }
}

static void read_version(fsim_reader *reader, const fsim_node *version, fsim_laws *laws) {
  const fsim_scenario *s = reader->s;
  laws->stages = fsim_reader_get(reader, s->n_profiles * s->n_stages, sizeof *laws->stages);
  laws->values = fsim_reader_get(reader, s->n_profiles * s->n_funnels, sizeof *laws->values);
  laws->links = fsim_reader_get(reader, s->n_links, sizeof *laws->links);
  size_t *first = fsim_reader_get(reader, s->n_profiles, sizeof *first);
  if (!laws->stages || !laws->values || !laws->links || !first) return;
  for (size_t f = 0; f < s->n_funnels; f++) {
    funnel_tree tree = {0};
    if (!open_funnel(reader, version, f, &tree)) continue;
    for (size_t i = 0; i < s->funnels[f].n_stages; i++)
      read_stage_laws(reader, &tree, s->funnels[f].first_stage + i, laws, first);
    read_values(reader, &tree, f, laws, first);
  }
  read_link_laws(reader, version, laws);
}

void fsim_read_laws(fsim_reader *reader) {
  fsim_scenario *s = reader->s;
  s->n_versions = reader->n_versions;
  s->versions = fsim_reader_get(reader, s->n_versions, sizeof *s->versions);
  s->version_mask = fsim_reader_get(reader, s->n_versions, sizeof *s->version_mask);
  if (!s->versions || !s->version_mask) return;
  if ((double)s->n_versions * (double)s->n_profiles * (double)s->n_stages > FSIM_MOST_LAWS) {
    fsim_reader_mistake(reader, reader->versions[0]->place,
                        "%zu profiles of attributes, %zu stages and %zu sets of changes are more "
                        "than fit: at most %d of their product",
                        s->n_profiles, s->n_stages, s->n_versions, FSIM_MOST_LAWS);
    return;
  }
  for (size_t v = 0; v < s->n_versions && reader->status != FSIM_FAILED; v++) {
    s->version_mask[v] = reader->mask[v];
    read_version(reader, reader->versions[v], &s->versions[v]);
  }
}
