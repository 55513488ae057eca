/* From a source to scenarios in memory: uncertain numbers drawn, versions for changes on dates. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/array.h"
#include "sim/model/reader.h"
#include "sim/model/source_tree.h"

/* ---- versions ---- */

/* Changes that reach everybody from their date on. Those of the next stage hold for a visit when it
 * begins later, those for all also when it goes on then: one after the other, by date. */
static bool reaches_everybody(const fsim_change *change, fsim_applies applies_to) {
  return change->applies_to == applies_to && !(change->share < 1) && !(change->ramp_s > 0);
}

typedef struct listing {
  const fsim_change *changes;
  size_t n, n_free; /* free: that reach some leads and not others, so that any set of them occurs */
  uint32_t *mask;   /* [FSIM_MOST_VERSIONS] */
  size_t n_masks;
} listing;

static bool is_free(const fsim_change *change) {
  return !reaches_everybody(change, FSIM_TO_NEXT_STAGE) && !reaches_everybody(change, FSIM_TO_ALL);
}

/* These changes for everybody, with any of the free ones; false: too many. */
static bool list_subsets(listing *l, uint32_t chain) {
  for (uint32_t subset = 0; subset < (uint32_t)1 << l->n_free; subset++) {
    uint32_t chosen = chain, bit = 0;
    for (size_t c = 0; c < l->n; c++)
      if (is_free(&l->changes[c]) && (subset >> bit++ & 1)) chosen |= (uint32_t)1 << c;
    if (l->n_masks == FSIM_MOST_VERSIONS) return false;
    l->mask[l->n_masks++] = chosen;
  }
  return true;
}

/* A visit that begins with these changes of the next stage, the last of them at `since`, has those
 * for all by then, and may have any number of the later ones. */
static bool list_visits(listing *l, uint32_t next, int32_t since) {
  uint32_t all = 0;
  for (size_t c = 0; c < l->n; c++)
    if (reaches_everybody(&l->changes[c], FSIM_TO_ALL) && l->changes[c].on_s <= since)
      all |= (uint32_t)1 << c;
  if (!list_subsets(l, next | all)) return false;
  for (size_t c = 0; c < l->n; c++) {
    if (!reaches_everybody(&l->changes[c], FSIM_TO_ALL) || l->changes[c].on_s <= since) continue;
    all |= (uint32_t)1 << c;
    if (!list_subsets(l, next | all)) return false;
  }
  return true;
}

static int list_masks(const fsim_change *changes, size_t n, fsim_place place, fsim_report *report,
                      uint32_t *mask, size_t *n_masks) {
  listing l = {.changes = changes, .n = n, .mask = mask};
  for (size_t c = 0; c < n; c++) l.n_free += is_free(&changes[c]);
  bool fit = l.n_free <= 6 && list_visits(&l, 0, INT32_MIN);
  uint32_t next = 0;
  for (size_t c = 0; c < n && fit; c++) {
    if (!reaches_everybody(&changes[c], FSIM_TO_NEXT_STAGE)) continue;
    next |= (uint32_t)1 << c;
    fit = list_visits(&l, next, changes[c].on_s);
  }
  *n_masks = l.n_masks;
  if (fit) return FSIM_OK;
  return fsim_bad_input(
      report, place,
      "these changes give more than %d different versions of the scenario: use "
      "fewer, above all with share, ramp or applies_to: new, of which any set may "
      "hold for a lead",
      FSIM_MOST_VERSIONS);
}

typedef struct making {
  const fsim_source *source;
  uint64_t pair;
  const fsim_choice *choice;
  fsim_report *report;
  fsim_arena *arena;
  fsim_change *changes;
  const fsim_node **set;
  size_t n_changes;
  uint32_t noted; /* changes whose effect on exits has been noted */
  const fsim_node *versions[FSIM_MOST_VERSIONS];
  uint32_t mask[FSIM_MOST_VERSIONS];
  size_t n_versions;
} making;

/* The base tree with the changes of a mask, in the order of their dates. */
static int make_version(making *m, const fsim_node *base, size_t v) {
  int status = FSIM_OK;
  fsim_node *root = fsim_node_copy(m->arena, base);
  if (!root) return fsim_no_memory(m->report);
  for (size_t c = 0; c < m->n_changes; c++) {
    uint32_t bit = (uint32_t)1 << c;
    if (!(m->mask[v] & bit)) continue;
    bool first = m->pair == FSIM_CENTRAL && !(m->noted & bit);
    m->noted |= bit;
    int one = fsim_set_apply(m->arena, root, m->set[c], first ? m->report : NULL, m->report);
    if (one > status) status = one;
  }
  /* What a change sets may itself be uncertain. */
  if (status == FSIM_OK && m->mask[v] && m->source->uncertain)
    status = fsim_draw_tree(m->source, m->arena, root, m->pair, m->choice, m->report);
  m->versions[v] = root;
  return status;
}

static int make_versions(making *m) {
  fsim_node *base = fsim_node_copy(m->arena, m->source->root);
  if (!base) return fsim_no_memory(m->report);
  int status = FSIM_OK;
  if (m->source->uncertain)
    status = fsim_draw_tree(m->source, m->arena, base, m->pair, m->choice, m->report);
  if (status == FSIM_FAILED) return status;
  m->versions[0] = base;
  m->n_versions = 1;
  int one = fsim_read_changes(base, m->arena, m->report, &m->changes, &m->set, &m->n_changes);
  if (one > status) status = one;
  if (status != FSIM_OK || m->n_changes == 0) return status;
  const fsim_node *list = fsim_node_get(base, "changes");
  status =
      list_masks(m->changes, m->n_changes, list->key_place, m->report, m->mask, &m->n_versions);
  if (status != FSIM_OK) m->n_versions = 1;
  for (size_t v = 1; v < m->n_versions && status != FSIM_FAILED; v++) {
    one = make_version(m, base, v);
    if (one > status) status = one;
  }
  return status;
}

/* ---- what the reader cannot know ---- */

static int add_files(const fsim_kept_files *files, fsim_arena *arena, fsim_scenario *scenario) {
  for (size_t i = 0; i < files->n; i++) {
    fsim_input_file *file = &scenario->files[scenario->n_files];
    file->name = fsim_arena_text(arena, files->file[i].name, strlen(files->file[i].name));
    if (!file->name) return -1;
    memcpy(file->sha256, files->file[i].sha256, sizeof file->sha256);
    scenario->n_files++;
  }
  return 0;
}

static int describe(const fsim_source *source, fsim_scenario *scenario, fsim_report *report) {
  fsim_arena *arena = ((fsim_memory *)scenario->memory)->arena;
  scenario->uncertain = source->uncertain;
  scenario->n_files = 0;
  scenario->files =
      fsim_arena_get(arena, source->yaml.n + source->inputs.n, sizeof *scenario->files);
  if (!scenario->files || add_files(&source->yaml, arena, scenario) != 0 ||
      add_files(&source->inputs, arena, scenario) != 0)
    return fsim_no_memory(report);
  return FSIM_OK;
}

static int clash(const making *m) {
  if (m->choice)
    return fsim_bad_input(m->report, FSIM_NOWHERE,
                          "the uncertain numbers at the point chosen do not fit together: bound "
                          "them with truncate");
  return fsim_bad_input(m->report, FSIM_NOWHERE,
                        "the uncertain numbers drawn for pair %llu of replications do not fit "
                        "together: bound them with truncate",
                        (unsigned long long)m->pair);
}

static int realise(const fsim_source *source, uint64_t pair, const fsim_choice *choice,
                   fsim_report *report, fsim_scenario **scenario) {
  *scenario = NULL;
  making *m = fsim_zeroed(1, sizeof *m);
  if (!m) return fsim_no_memory(report);
  *m = (making){.source = source,
                .pair = pair,
                .choice = choice,
                .report = report,
                .arena = fsim_arena_new()};
  int status = m->arena ? make_versions(m) : fsim_no_memory(report);
  if (status != FSIM_FAILED && m->n_versions > 0) {
    /* With mistakes so far only the base is read, for the mistakes that it has besides. */
    int read = fsim_read_scenario(m->versions, m->mask, status == FSIM_OK ? m->n_versions : 1,
                                  fsim_source_input, (void *)(uintptr_t)source, report, scenario);
    if (read > status) status = read;
  }
  if (status == FSIM_OK) status = describe(source, *scenario, report);
  if (status != FSIM_OK) {
    fsim_scenario_free(*scenario);
    *scenario = NULL;
    if (status == FSIM_BAD_INPUT && source->uncertain && (choice || pair != FSIM_CENTRAL)) clash(m);
  }
  fsim_arena_free(m->arena);
  free(m);
  return status;
}

int fsim_source_realise(const fsim_source *source, uint64_t pair, fsim_report *report,
                        fsim_scenario **scenario) {
  return realise(source, pair, NULL, report, scenario);
}

int fsim_source_realise_at(const fsim_source *source, const fsim_choice *choice,
                           fsim_report *report, fsim_scenario **scenario) {
  int status = realise(source, 0, choice, report, scenario);
  if (status == FSIM_OK) (*scenario)->uncertain = false;
  return status;
}
