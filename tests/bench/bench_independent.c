/* Workload W1: Poisson 100 leads a day for 365 days, six stages with lognormal waits (mean 4 d,
 * sigma 0.8), advance 0.60 0.55 0.50 0.45 0.60 0.35, else lost. The engine, with all of its records
 * and weekly series, against the straightforward version: one lead at a time with GSL's generators,
 * weekly counts by stage, built with the same flags; the best of some rounds in turn. Run pinned to
 * one core: taskset -c 0 bench_independent [replications] [rounds] [threads of the engine]. */
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "sim/engine/work.h"

#define STAGES 6
#define DAYS 365.0
#define WEEKS 53

static const double advance[STAGES] = {0.60, 0.55, 0.50, 0.45, 0.60, 0.35};

static const char text[] =
    "scenario: W1\nstart: 2026-01-05\nhorizon: 365 d\nseed: 1\nreplications: 1\n"
    "models:\n"
    "  w1:\n"
    "    funnel: w1\n"
    "    entry: s1\n"
    "    stages:\n"
    "      s1: {wait: {lognormal: {mu}}, exits: {s2: 0.60, lost: rest}}\n"
    "      s2: {wait: {lognormal: {mu}}, exits: {s3: 0.55, lost: rest}}\n"
    "      s3: {wait: {lognormal: {mu}}, exits: {s4: 0.50, lost: rest}}\n"
    "      s4: {wait: {lognormal: {mu}}, exits: {s5: 0.45, lost: rest}}\n"
    "      s5: {wait: {lognormal: {mu}}, exits: {s6: 0.60, lost: rest}}\n"
    "      s6: {wait: {lognormal: {mu}}, exits: {won: 0.35, lost: rest}}\n"
    "    outcomes: {won: {counts_as: win}, lost: {}}\n"
    "streams: {web: {into: w1, rate: 100 / d}}\n";

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* mean 4 d, sigma 0.8: the median that the model language asks for. */
static char *model_text(void) {
  char median[64];
  size_t size = sizeof text + 1024, used = 0;
  char *yaml = malloc(size);
  snprintf(median, sizeof median, "median: %.9f d, sigma: 0.8", 4 * exp(-0.32));
  for (const char *from = text; yaml != NULL && *from != '\0';) {
    if (strncmp(from, "mu}", 3) == 0) {
      used += (size_t)snprintf(yaml + used, size - used, "%s", median);
      from += 2;
    } else {
      yaml[used++] = *from++;
    }
  }
  if (yaml != NULL) yaml[used] = '\0';
  return yaml;
}

/* ---- the straightforward version ---- */

typedef struct plain {
  uint64_t visits;
  uint64_t entered[STAGES][WEEKS], left[STAGES][WEEKS], won[WEEKS], lost[WEEKS];
  double time[STAGES], cycle;
} plain;

static void run_plainly(gsl_rng *rng, plain *p) {
  double mu = log(4) - 0.32;
  for (double t = gsl_ran_exponential(rng, 0.01); t < DAYS; t += gsl_ran_exponential(rng, 0.01)) {
    double at = t;
    int week = (int)(at / 7);
    for (int s = 0; s < STAGES; s++) {
      double wait = gsl_ran_lognormal(rng, mu, 0.8);
      bool further = gsl_rng_uniform(rng) < advance[s];
      p->visits++;
      p->entered[s][week]++;
      at += wait;
      if (at >= DAYS) break;
      week = (int)(at / 7);
      p->left[s][week]++;
      p->time[s] += wait;
      if (!further) {
        p->lost[week]++;
        break;
      }
      if (s == STAGES - 1) {
        p->won[week]++;
        p->cycle += at - t;
      }
    }
  }
}

/* Reads every count, so that no compiler leaves one out. */
static bool adds_up(const plain *p) {
  uint64_t entered = 0, left = 0, ended = 0;
  double time = 0;
  for (int w = 0; w < WEEKS; w++) {
    for (int s = 0; s < STAGES; s++) {
      entered += p->entered[s][w];
      left += p->left[s][w];
      if (s > 0) left -= p->entered[s][w];
    }
    ended += p->won[w] + p->lost[w];
  }
  for (int s = 0; s < STAGES; s++) time += p->time[s];
  return entered == p->visits && left == ended && time >= p->cycle;
}

/* ---- the engine, into nothing ---- */

static int no_rows(void *self, const fsim_trajectory *part, fsim_report *report) {
  (void)self, (void)part, (void)report;
  return FSIM_OK;
}

static int add_wins(void *self, uint32_t replication, const int64_t *record, fsim_report *report) {
  (void)replication, (void)record, (void)report;
  ++*(uint64_t *)self;
  return FSIM_OK;
}

static bool no_help(void *self) {
  (void)self;
  return false;
}

static int no_tend(void *self, fsim_report *report) {
  (void)self, (void)report;
  return FSIM_OK;
}

static int no_commit(void *self, uint32_t done, const fsim_pool *pool, fsim_report *report) {
  (void)self, (void)done, (void)pool, (void)report;
  return FSIM_OK;
}

static int time_engine(const fsim_source *source, const fsim_scenario *scenario,
                       const fsim_shape *shape, uint32_t replications, int threads, uint32_t keep,
                       fsim_report *report, double *rate) {
  uint64_t finished = 0;
  fsim_sink sink = {&finished, no_rows, add_wins, no_help, no_tend, no_commit};
  fsim_run_options options = {.threads = threads, .end = replications, .keep = {keep, 1}};
  fsim_run_result result;
  int status = fsim_run(source, scenario, shape, &options, &sink, report, &result);
  *rate = (double)result.visits / result.seconds;
  return status;
}

static double time_plain(gsl_rng *rng, uint32_t replications) {
  plain p;
  memset(&p, 0, sizeof p);
  double started = now();
  for (uint32_t r = 0; r < replications; r++) run_plainly(rng, &p);
  double seconds = now() - started;
  return adds_up(&p) ? (double)p.visits / seconds : INFINITY;
}

int main(int argc, char **argv) {
  uint32_t replications = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 200;
  int rounds = argc > 2 ? atoi(argv[2]) : 5, threads = argc > 3 ? atoi(argv[3]) : 1, status;
  double summary = 0, rows = 0, simple = 0, rate;
  fsim_report *report = fsim_report_new();
  fsim_source *source = NULL;
  fsim_scenario *scenario = NULL;
  fsim_shape *shape = NULL;
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  char *yaml = model_text();
  status = yaml == NULL || rng == NULL ? FSIM_FAILED
                                       : fsim_source_parse("w1.yaml", yaml, strlen(yaml), NULL,
                                                           NULL, NULL, 0, NULL, 0, report, &source);
  if (status == FSIM_OK) status = fsim_source_realise(source, FSIM_CENTRAL, report, &scenario);
  if (status == FSIM_OK) status = fsim_shape_make(scenario, report, &shape);
  for (int i = 0; i < rounds && status == FSIM_OK; i++) {
    status = time_engine(source, scenario, shape, replications, threads, 0, report, &rate);
    if (rate > summary) summary = rate;
    if (status == FSIM_OK)
      status =
          time_engine(source, scenario, shape, replications, threads, UINT32_MAX, report, &rate);
    if (rate > rows) rows = rate;
    rate = time_plain(rng, replications / 4 + 1);
    if (rate > simple) simple = rate;
  }
  if (status == FSIM_OK) {
    printf("engine, summary and weekly series  %7.1f million visits/s\n", summary * 1e-6);
    printf("engine, all rows in memory too     %7.1f million visits/s\n", rows * 1e-6);
    printf("straightforward, GSL               %7.1f million visits/s\n", simple * 1e-6);
    printf("ratio                              %7.1f\n", summary / simple);
  } else if (fsim_report_message(report, 0) != NULL) {
    fprintf(stderr, "%s\n", fsim_report_message(report, 0)->text);
  }
  gsl_rng_free(rng);
  free(yaml);
  fsim_shape_free(shape);
  fsim_scenario_free(scenario);
  fsim_source_free(source);
  fsim_report_free(report);
  return status;
}
