#include "sim/engine/scope.h"

#include <stdlib.h>

#include "sim/base/array.h"

int fsim_crossings_add(fsim_crossings *c, const fsim_crossing *crossing, fsim_report *report) {
  void *list = c->list;
  if (fsim_grow(&list, &c->capacity, c->n + 1, sizeof *c->list) != 0) return fsim_no_memory(report);
  c->list = list;
  c->list[c->n++] = *crossing;
  return FSIM_OK;
}

static int by_lead(const void *a, const void *b) {
  const fsim_crossing *x = a, *y = b;
  if (x->stream != y->stream) return x->stream < y->stream ? -1 : 1;
  if (x->lead != y->lead) return x->lead < y->lead ? -1 : 1;
  if (x->start != y->start) return x->start < y->start ? -1 : 1;
  if (x->parent != y->parent) return x->parent < y->parent ? -1 : 1;
  return x->link < y->link ? -1 : x->link > y->link;
}

void fsim_crossings_sort(fsim_crossings *c) {
  if (c->n > 0) qsort(c->list, c->n, sizeof *c->list, by_lead);
}

void fsim_crossings_free(fsim_crossings *c) {
  free(c->list);
  *c = (fsim_crossings){0};
}
