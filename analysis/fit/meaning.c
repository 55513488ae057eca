/* What a text of an export means by a mapping: patterns, and names that were misspelt. */
#include <stdlib.h>
#include <string.h>

#include "analysis/fit/mapping.h"
#include "sim/base/array.h"
#include "sim/base/text.h"

bool fsim_matches(const char *pattern, const char *text) {
  const char *star = NULL, *resume = NULL;
  while (*text != '\0') {
    if (*pattern == '*') {
      star = pattern++;
      resume = text;
    } else if (*pattern == *text) {
      pattern++;
      text++;
    } else if (star != NULL) {
      pattern = star + 1;
      text = ++resume;
    } else {
      return false;
    }
  }
  while (*pattern == '*') pattern++;
  return *pattern == '\0';
}

static void add_plain_names(const char *const *from, size_t n, const char **known, size_t *count) {
  for (size_t i = 0; i < n; i++) {
    if (strchr(from[i], '*') == NULL) known[(*count)++] = from[i];
  }
}

int fsim_mapping_nearest(const fsim_mapping *m, const char *name, fsim_report *report,
                         const char **nearest) {
  const fsim_meaning *lists[] = {m->stages, m->outcomes, m->work};
  const size_t lengths[] = {m->n_stages, m->n_outcomes, m->n_work};
  size_t most = m->n_ignore, count = 0;
  for (size_t l = 0; l < 3; l++) {
    for (size_t i = 0; i < lengths[l]; i++) most += lists[l][i].n_from;
  }
  const char **known = fsim_zeroed(most, sizeof *known);
  if (known == NULL) return fsim_no_memory(report);
  for (size_t l = 0; l < 3; l++) {
    for (size_t i = 0; i < lengths[l]; i++)
      add_plain_names(lists[l][i].from, lists[l][i].n_from, known, &count);
  }
  add_plain_names(m->ignore, m->n_ignore, known, &count);
  *nearest = fsim_nearest_name(name, known, count);
  free(known);
  return FSIM_OK;
}

int32_t fsim_meaning_of(const fsim_meaning *meanings, size_t n, const char *text) {
  for (size_t i = 0; i < n; i++) {
    for (size_t k = 0; k < meanings[i].n_from; k++) {
      if (fsim_matches(meanings[i].from[k], text)) return (int32_t)i;
    }
  }
  return FSIM_NONE;
}
