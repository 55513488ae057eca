/* From a source to scenarios in memory: uncertain numbers drawn, versions for changes on dates. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/array.h"
#include "sim/model/reader.h"
#include "sim/model/source_tree.h"

/* ---- versions ---- */

/* Changes that reach everybody's next visit at once come into force one after the other, so only
 * their prefixes by date occur; of the others any set may hold for some lead. */
static bool in_chain(const fsim_change *change) {
  return change->applies_to == FSIM_TO_NEXT_STAGE && !(change->share < 1) && !(change->ramp_s > 0);
}

static int list_masks(const fsim_change *changes, size_t n, fsim_place place, fsim_report *report,
                      uint32_t *mask, size_t *n_masks) {
  size_t n_chain = 0, n_free = 0;
  for (size_t i = 0; i < n; i++) *(in_chain(&changes[i]) ? &n_chain : &n_free) += 1;
  if (n_free > 6 || (n_chain + 1) << n_free > FSIM_MOST_VERSIONS)
    return fsim_bad_input(report, place,
                          "these changes give more than %d different versions of the scenario: "
                          "use fewer with share, ramp, applies_to: new or all",
                          FSIM_MOST_VERSIONS);
  *n_masks = 0;
  uint32_t chain = 0;
  for (size_t i = 0; i <= n; i++) {
    if (i > 0 && !in_chain(&changes[i - 1])) continue;
    if (i > 0) chain |= (uint32_t)1 << (i - 1);
    for (uint32_t subset = 0; subset < (uint32_t)1 << n_free; subset++) {
      uint32_t chosen = chain, bit = 0;
      for (size_t c = 0; c < n; c++)
        if (!in_chain(&changes[c]) && (subset >> bit++ & 1)) chosen |= (uint32_t)1 << c;
      mask[(*n_masks)++] = chosen;
    }
  }
  return FSIM_OK;
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
