/* One lead again, by its keys: the same rows that a run stores. */
#include <string.h>

#include "sim/base/text.h"
#include "sim/engine/arrivals.h"
#include "sim/engine/realise.h"

typedef struct replay {
  fsim_report *report;
  fsim_scenario *central;
  fsim_shape *shape;
  fsim_realised realised;
  fsim_arrival_laws *laws;
  fsim_recorder *recorder;
  void *worker;
  fsim_trajectory *rows;
} replay;

static int find_stream(const replay *p, const char *name, size_t *stream) {
  const fsim_scenario *s = p->central;
  for (*stream = 0; *stream < s->n_streams; ++*stream) {
    if (strcmp(s->streams[*stream].name, name) == 0) return FSIM_OK;
  }
  const char *names[64];
  size_t n = s->n_streams < 64 ? s->n_streams : 64;
  for (size_t i = 0; i < n; i++) names[i] = s->streams[i].name;
  const char *nearest = fsim_nearest_name(name, names, n);
  return fsim_bad_input(p->report, FSIM_NOWHERE, "no stream is called \"%s\"%s%s", name,
                        nearest == NULL ? "" : ": did you mean ", nearest == NULL ? "" : nearest);
}

/* Leads of a stream up to the horizon. */
static int count_leads(const replay *p, uint32_t replication, size_t stream, uint32_t *n) {
  int32_t t[FSIM_MOST_ARRIVALS];
  fsim_arrivals arrivals = {0};
  int status = fsim_arrivals_open(&arrivals, p->laws, replication, stream, p->report);
  while (status == FSIM_OK && fsim_arrivals_next(&arrivals, t, FSIM_MOST_ARRIVALS) > 0) continue;
  *n = arrivals.number;
  fsim_arrivals_close(&arrivals);
  return status;
}

/* What comes before the lead: leads of the streams before its own, and gaps in its own. */
static int find_lead(const replay *p, fsim_part *part, const char *stream, uint32_t number) {
  uint32_t n = 0;
  part->lead = 0;
  for (size_t s = 0; s <= part->stream; s++) {
    int status = count_leads(p, part->replication, s, &n);
    if (status != FSIM_OK) return status;
    if (s < part->stream) part->lead += n;
  }
  if (number >= n)
    return fsim_bad_input(p->report, FSIM_NOWHERE,
                          "lead %s/%u does not arrive in replication %u: %u leads of that stream "
                          "do, numbered from 0",
                          stream, (unsigned)number, (unsigned)part->replication, (unsigned)n);
  fsim_arrivals arrivals = {0};
  int status = fsim_arrivals_open(&arrivals, p->laws, part->replication, part->stream, p->report);
  if (status == FSIM_OK && arrivals.stream->given == NULL &&
      arrivals.stream->spacing == FSIM_POISSON)
    part->gaps = fsim_arrivals_gaps(&arrivals, 0, number);
  fsim_arrivals_close(&arrivals);
  part->first = number;
  part->most = 1;
  part->lead += number;
  return status;
}

static size_t lead_column(fsim_table table) {
  return table == FSIM_LEADS      ? FSIM_LEAD_LEAD
         : table == FSIM_JOURNEYS ? FSIM_JOURNEY_LEAD
                                  : FSIM_VISIT_LEAD;
}

/* Leaves only the rows of one lead, which stand side by side. */
static void leave_lead(fsim_trajectory *rows, uint32_t lead) {
  for (int t = 0; t < FSIM_N_TABLES; t++) {
    const uint32_t *of = rows->column[lead_column((fsim_table)t)];
    size_t first = 0, n = 0;
    while (first < rows->rows[t] && of[first] != lead) first++;
    while (first + n < rows->rows[t] && of[first + n] == lead) n++;
    rows->rows[t] = n;
    for (int c = 0; c < FSIM_N_COLUMNS && n > 0; c++) {
      if (fsim_columns[c].table != (fsim_table)t) continue;
      size_t size = fsim_column_size(fsim_columns[c].type);
      memmove(rows->column[c], (char *)rows->column[c] + first * size, n * size);
    }
    for (size_t a = 0; t == FSIM_LEADS && n > 0 && a < rows->n_attributes; a++)
      rows->attribute[a][0] = rows->attribute[a][first];
  }
}

/* Where leads meet, what happens to one depends on all of them. */
static int run_among_all(replay *p, const fsim_part *part) {
  int status = p->realised.engine->work->replicate(p->realised.shared, p->worker, part->replication,
                                                   p->recorder, p->rows, 1, p->report);
  if (status == FSIM_OK) leave_lead(p->rows, part->lead);
  return status;
}

static int run_lead(replay *p, fsim_part *part) {
  p->recorder = fsim_recorder_new(p->central, p->shape);
  p->rows = fsim_trajectory_new(p->central->n_attributes);
  p->worker = p->realised.engine->work->worker_new(p->realised.shared);
  if (p->recorder == NULL || p->rows == NULL || p->worker == NULL) return fsim_no_memory(p->report);
  p->rows->replication = part->replication;
  if (p->realised.engine->work->replicate != NULL) return run_among_all(p, part);
  return p->realised.engine->work->run(p->realised.shared, p->worker, part, p->recorder, p->rows, 1,
                                       p->report);
}

static int replay_lead(replay *p, const fsim_source *source, fsim_part *part, const char *stream,
                       uint32_t number) {
  const fsim_engine *engine;
  int status = fsim_source_realise(source, FSIM_CENTRAL, p->report, &p->central);
  if (status == FSIM_OK) status = fsim_engine_choose(p->central, NULL, p->report, &engine);
  if (status == FSIM_OK) status = find_stream(p, stream, &part->stream);
  if (status == FSIM_OK) status = fsim_shape_make(p->central, p->report, &p->shape);
  if (status == FSIM_OK)
    status =
        fsim_realise(&p->realised, engine, source, p->central, part->replication / 2, 0, p->report);
  if (status == FSIM_OK)
    status = fsim_arrival_laws_make(p->realised.scenario, p->realised.cache, p->report, &p->laws);
  if (status == FSIM_OK) status = find_lead(p, part, stream, number);
  return status == FSIM_OK ? run_lead(p, part) : status;
}

int fsim_replay_lead(const fsim_source *source, uint32_t replication, const char *stream,
                     uint32_t number, fsim_report *report, fsim_trajectory **rows) {
  replay p = {.report = report};
  fsim_part part = {.replication = replication};
  int status = replay_lead(&p, source, &part, stream, number);
  *rows = NULL;
  if (status == FSIM_OK) {
    *rows = p.rows;
    p.rows = NULL;
  }
  if (p.worker != NULL) p.realised.engine->work->worker_free(p.worker);
  fsim_trajectory_free(p.rows);
  fsim_recorder_free(p.recorder);
  fsim_arrival_laws_free(p.laws);
  fsim_realised_free(&p.realised);
  fsim_shape_free(p.shape);
  fsim_scenario_free(p.central);
  return status;
}
