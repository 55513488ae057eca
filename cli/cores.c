#include "cli/cores.h"

#include <stdlib.h>

#include "sim/base/array.h"

/* An eighth of the time of all cores. */
#define MOST_IDLE 0.125

void fsim_share_cores(size_t cores, size_t plans, size_t *at_once, size_t *threads) {
  size_t best = 1;
  double least = 2;
  for (size_t k = cores; k >= 1; k--) {
    size_t each = cores / k, rounds = (plans + k - 1) / k;
    double used = (double)plans / (double)(rounds * k) * (double)(each * k) / (double)cores;
    if (1 - used >= least) continue;
    least = 1 - used;
    best = k;
    if (least <= MOST_IDLE) break;
  }
  *at_once = best;
  *threads = cores / best;
}

typedef struct entry {
  double work;
  size_t plan;
} entry;

static int by_work(const void *a, const void *b) {
  const entry *x = a, *y = b;
  if (x->work < y->work || x->work > y->work) return x->work > y->work ? -1 : 1;
  return x->plan < y->plan ? -1 : 1;
}

int fsim_order_by_work(const double *work, size_t n, size_t *order) {
  entry *entries = fsim_zeroed(n, sizeof *entries);
  if (entries == NULL) return -1;
  for (size_t i = 0; i < n; i++) entries[i] = (entry){work[i], i};
  qsort(entries, n, sizeof *entries, by_work);
  for (size_t i = 0; i < n; i++) order[i] = entries[i].plan;
  free(entries);
  return 0;
}
