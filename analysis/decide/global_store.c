#include "analysis/decide/global_store.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/array.h"
#include "sim/base/text.h"
#include "sim/store/indices.h"

static int make_columns(fsim_stored_indices *to, size_t n) {
  to->input = fsim_zeroed(n, sizeof *to->input);
  to->range = fsim_zeroed(n, sizeof *to->range);
  double **numbers[] = {&to->first, &to->first_low, &to->first_high,
                        &to->total, &to->total_low, &to->total_high};
  bool failed = !to->input || !to->range;
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
    *numbers[i] = fsim_zeroed(n, sizeof **numbers[i]);
    failed = failed || *numbers[i] == NULL;
  }
  return failed ? -1 : 0;
}

static int put_index(const fsim_global *g, size_t input, fsim_stored_indices *to) {
  const fsim_input *from = &g->inputs.list[input];
  const fsim_interval *first = &g->sobol[0].first[input], *total = &g->sobol[0].total[input];
  size_t i = to->n++;
  to->input[i] = fsim_copy_text(from->path, strlen(from->path));
  to->range[i] = fsim_copy_text(from->range, strlen(from->range));
  to->first[i] = first->estimate;
  to->first_low[i] = first->low;
  to->first_high[i] = first->high;
  to->total[i] = total->estimate;
  to->total_low[i] = total->low;
  to->total_high[i] = total->high;
  return to->input[i] && to->range[i] ? 0 : -1;
}

int fsim_global_put(const fsim_global *g, const char *path, fsim_report *report) {
  const fsim_sobol *s = &g->sobol[0];
  const char *units = g->measures[0].units;
  fsim_stored_indices to = {.mean = s->mean.estimate,
                            .deviation = s->deviation.estimate,
                            .chance_share = s->chance_share.estimate,
                            .runs = (double)fsim_global_runs(g),
                            .confidence = g->confidence};
  size_t *order = fsim_sobol_order(s);
  bool failed = order == NULL || make_columns(&to, g->inputs.n) != 0;
  for (size_t k = 0; k < g->inputs.n && !failed; k++) failed = put_index(g, order[k], &to) != 0;
  to.sentence = fsim_global_sentence(g, 0);
  to.metric = fsim_copy_text(g->names[0], strlen(g->names[0]));
  to.units = fsim_copy_text(units, strlen(units));
  failed = failed || !to.sentence || !to.metric || !to.units;
  int status = failed ? fsim_no_memory(report) : fsim_store_put_indices(path, &to, report);
  fsim_stored_indices_free(&to);
  free(order);
  return status;
}
