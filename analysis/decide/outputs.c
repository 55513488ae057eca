#include "analysis/decide/outputs.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/records.h"
#include "sim/base/array.h"

const double *fsim_outputs_top(const fsim_outputs *sample, size_t measure) {
  return sample->top + measure * sample->room;
}

const double *fsim_outputs_bottom(const fsim_outputs *sample, size_t measure) {
  return sample->bottom + measure * sample->room;
}

fsim_interval fsim_share_of_runs(size_t yes, size_t runs, bool in_pairs, double confidence) {
  size_t unit = in_pairs ? 2 : 1;
  size_t trials = runs / unit;
  return fsim_interval_wilson(fmin((double)yes / (double)unit, (double)trials), trials, confidence);
}

/* Room for `need` replications of every measure, with those that there are. */
static int make_room(fsim_outputs *sample, size_t n, uint32_t need, fsim_report *report) {
  sample->n_measures = n;
  if (need <= sample->room) return FSIM_OK;
  double *top = fsim_zeroed(n * need, sizeof *top), *bottom = fsim_zeroed(n * need, sizeof *bottom);
  if (top == NULL || bottom == NULL) {
    free(top);
    free(bottom);
    return fsim_no_memory(report);
  }
  for (size_t m = 0; m < n && sample->replications > 0; m++) {
    size_t bytes = sample->replications * sizeof *top;
    memcpy(top + m * need, sample->top + m * sample->room, bytes);
    memcpy(bottom + m * need, sample->bottom + m * sample->room, bytes);
  }
  free(sample->top);
  free(sample->bottom);
  sample->top = top;
  sample->bottom = bottom;
  sample->room = need;
  return FSIM_OK;
}

void fsim_outputs_free(fsim_outputs *sample) {
  free(sample->top);
  free(sample->bottom);
  *sample = (fsim_outputs){0};
}

int fsim_outputs_blank(size_t n, uint32_t replications, fsim_report *report, fsim_outputs *sample) {
  int status = make_room(sample, n, replications, report);
  if (status == FSIM_OK) sample->replications = replications;
  return status;
}

/* ---- a run ---- */

#define MOST_USES 64

int fsim_tables_ready(fsim_tables *tables, fsim_report *report) {
  if (tables->used++ % MOST_USES != 0) return FSIM_OK;
  fsim_sampler_cache_free(tables->cache);
  tables->cache = fsim_sampler_cache_new();
  return tables->cache == NULL ? fsim_no_memory(report) : FSIM_OK;
}

void fsim_tables_free(fsim_tables *tables) {
  fsim_sampler_cache_free(tables->cache);
  *tables = (fsim_tables){0};
}

typedef struct gathering {
  const fsim_shape *shape;
  const fsim_measure *measures;
  const fsim_outputs *standing;
  fsim_outputs *sample;
} gathering;

static double sum_of_record(const fsim_shape *shape, const fsim_metric_cell *cells, size_t n,
                            const int64_t *record) {
  double sum = 0;
  for (size_t i = 0; i < n; i++)
    sum += (double)record[shape->offset[cells[i].array] + cells[i].cell];
  return sum;
}

static int gather(void *self, uint32_t replication, const int64_t *record, fsim_report *report) {
  (void)report;
  const gathering *g = self;
  for (size_t m = 0; m < g->sample->n_measures; m++) {
    const fsim_measure *measure = &g->measures[m];
    size_t at = m * g->sample->room + (replication - g->sample->first);
    double top = sum_of_record(g->shape, measure->top, measure->n_top, record);
    double bottom = sum_of_record(g->shape, measure->bottom, measure->n_bottom, record);
    if (g->standing != NULL) {
      top += fsim_outputs_top(g->standing, m)[replication - g->sample->first];
      bottom += fsim_outputs_bottom(g->standing, m)[replication - g->sample->first];
    }
    g->sample->top[at] = measure->scale * top;
    g->sample->bottom[at] = bottom;
  }
  return FSIM_OK;
}

int fsim_outputs_run(const fsim_variant *variant, const fsim_measure *measures, size_t n,
                     uint32_t end, const fsim_outputs_options *options, fsim_report *report,
                     fsim_outputs *sample) {
  int status = make_room(sample, n, end, report);
  if (status != FSIM_OK) return status;
  sample->uncertain = variant->scenario->uncertain;
  gathering g = {variant->shape, measures, options->standing, sample};
  fsim_sink sink = fsim_sink_of_records(&g, gather);
  fsim_run_options run = {.threads = options->threads,
                          .engine = options->engine,
                          .first = sample->first + sample->replications,
                          .end = sample->first + end,
                          .without_times = true,
                          .cache = options->cache,
                          .scope = options->scope,
                          .progress = options->progress,
                          .context = options->context,
                          .stop = options->stop};
  fsim_run_result result = {.done = sample->first + sample->replications};
  status =
      fsim_run(variant->source, variant->scenario, variant->shape, &run, &sink, report, &result);
  if (status == FSIM_OK) sample->replications = result.done - sample->first;
  return status;
}

/* ---- a file ---- */

typedef struct reading {
  const fsim_measure *measures;
  fsim_outputs *sample;
  fsim_cells array; /* being read */
} reading;

static double sum_of_array(const fsim_metric_cell *list, size_t n, fsim_cells array,
                           const int64_t *cells) {
  double sum = 0;
  for (size_t i = 0; i < n; i++) {
    if (list[i].array == array) sum += (double)cells[list[i].cell];
  }
  return sum;
}

static void add_array(void *context, uint32_t replication, const int64_t *cells) {
  const reading *r = context;
  for (size_t m = 0; m < r->sample->n_measures; m++) {
    const fsim_measure *measure = &r->measures[m];
    size_t at = m * r->sample->room + replication;
    r->sample->top[at] +=
        measure->scale * sum_of_array(measure->top, measure->n_top, r->array, cells);
    r->sample->bottom[at] += sum_of_array(measure->bottom, measure->n_bottom, r->array, cells);
  }
}

static bool uses(const fsim_measure *measure, fsim_cells array) {
  for (size_t i = 0; i < measure->n_top; i++)
    if (measure->top[i].array == array) return true;
  for (size_t i = 0; i < measure->n_bottom; i++)
    if (measure->bottom[i].array == array) return true;
  return false;
}

int fsim_outputs_read(const fsim_variant *variant, const fsim_measure *measures, size_t n,
                      fsim_report *report, fsim_outputs *sample) {
  const fsim_series_source *source = &variant->series;
  int status = make_room(sample, n, source->replications, report);
  if (status != FSIM_OK) return status;
  sample->uncertain = variant->scenario->uncertain;
  reading r = {measures, sample, 0};
  for (int a = 0; a < FSIM_N_CELLS && status == FSIM_OK; a++) {
    bool used = false;
    for (size_t m = 0; m < n; m++) used = used || uses(&measures[m], (fsim_cells)a);
    r.array = (fsim_cells)a;
    if (used) status = fsim_series_stream(source, r.array, report, add_array, &r);
  }
  if (status == FSIM_OK) sample->replications = source->replications;
  return status;
}
