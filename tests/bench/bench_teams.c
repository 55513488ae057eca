/* Teams: the engines beside the textbook's event list (textbook.h) on the same models, in one run.
 *
 * W2: Poisson 100 leads a day for 365 days into six stages with lognormal waits (mean 4 d, sigma
 *     0.8), advance 0.60 0.55 0.50 0.45 0.60 0.35, else lost; stages 2, 4 and 5 first need one of
 *     35, 10 and 4 places for gamma work (shape 2, mean 0.5 d), first come, first served, with
 *     exponential patience of mean 20 d.
 * W3: M/M/1 at utilisation 0.9, a million customers; seconds are whole, so work takes 900 s.
 * H:  from 1e3 to 1e7 journeys in progress: a long wait, then a minute's work of a team that is
 *     large enough, so that as many events are pending as there are journeys.
 *
 * The best of some rounds in turn. Run pinned to one core:
 * taskset -c 0 bench_teams [rounds] [most journeys in progress]. */
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>

#include "tests/bench/bench.h"
#include "tests/bench/textbook.h"

#define DAY_S 86400.0

/* ---- the same model in both languages ---- */

typedef struct text {
  char yaml[4096];
  size_t used;
} text;

static void add(text *to, const char *format, ...) {
  va_list values;
  va_start(values, format);
  int n = vsnprintf(to->yaml + to->used, sizeof to->yaml - to->used, format, values);
  va_end(values);
  if (n > 0 && (size_t)n < sizeof to->yaml - to->used) to->used += (size_t)n;
}

static void describe_stage(text *to, const textbook_model *m, int k) {
  const textbook_stage *s = &m->stage[k];
  add(to, "      s%d:\n", k + 1);
  if (s->sigma > 0)
    add(to, "        wait: {lognormal: {median: %.9f d, sigma: %g}}\n", exp(s->mu), s->sigma);
  if (s->places > 0) {
    add(to, "        work: {team: t%d, time: ", k + 1);
    if (s->shape == 1) {
      add(to, "{exponential: {mean: %.9f d}}", s->work);
    } else {
      add(to, "{gamma: {mean: %.9f d, cv: %.9f}}", s->work, 1 / sqrt(s->shape));
    }
    if (s->patience > 0)
      add(to, ", patience: {exponential: {mean: %g d}}, abandon: lost", s->patience);
    add(to, "}\n");
  }
  bool last = k + 1 == m->n_stages;
  add(to, last ? "        exits: {won: " : "        exits: {s%d: ", k + 2);
  add(to, s->advance < 1 ? "%g, lost: rest}\n" : "%g}\n", s->advance);
}

static void describe(text *to, const textbook_model *m) {
  to->used = 0;
  add(to, "scenario: bench\nstart: 2026-01-05\nhorizon: %.0f s\nseed: 1\nreplications: 1\n",
      m->days * DAY_S);
  add(to, "models:\n  b:\n    funnel: b\n    entry: s1\n    stages:\n");
  for (int k = 0; k < m->n_stages; k++) describe_stage(to, m, k);
  add(to, "    outcomes: {won: {counts_as: win}, lost: {}}\n");
  add(to, "streams: {web: {into: b, rate: %.9f / d}}\nteams:\n", m->per_day);
  for (int k = 0; k < m->n_stages; k++)
    if (m->stage[k].places > 0) add(to, "  t%d: {size: %u}\n", k + 1, m->stage[k].places);
}

static textbook_model w2(void) {
  static const double advance[] = {0.60, 0.55, 0.50, 0.45, 0.60, 0.35};
  static const unsigned places[] = {0, 35, 0, 10, 4, 0};
  textbook_model m = {.n_stages = 6, .per_day = 100, .days = 365};
  for (int k = 0; k < 6; k++)
    m.stage[k] = (textbook_stage){.mu = log(4) - 0.32,
                                  .sigma = 0.8,
                                  .advance = advance[k],
                                  .places = places[k],
                                  .work = 0.5,
                                  .shape = 2,
                                  .patience = 20};
  return m;
}

/* One stage with one team: `n` journeys come in `days`. */
static textbook_model one_stage(double n, double days, unsigned places, double work) {
  return (textbook_model){.n_stages = 1,
                          .per_day = n / days,
                          .days = days,
                          .stage = {{.advance = 1, .places = places, .work = work, .shape = 1}}};
}

/* ---- measuring ---- */

typedef struct rates {
  double stagewise, calendar, textbook; /* visits a second */
  double events;                        /* of the textbook's list, a visit */
} rates;

static void keep_best(double *best, double rate) {
  if (rate > *best) *best = rate;
}

static int compare(const textbook_model *m, uint32_t replications, int rounds, rates *best) {
  text t;
  bench_scenario b;
  textbook_result plain;
  *best = (rates){0, 0, 0, 1};
  describe(&t, m);
  int status = bench_open(&b, t.yaml);
  for (int i = 0; i < rounds && status == FSIM_OK; i++) {
    double rate;
    status = bench_run(&b, "stagewise", replications, 1, 0, &rate);
    keep_best(&best->stagewise, rate);
    if (status == FSIM_OK) status = bench_run(&b, "calendar", replications, 1, 0, &rate);
    keep_best(&best->calendar, rate);
    unsigned fewer = (replications + 3) / 4;
    double started = bench_now();
    bool ran = textbook_run(m, fewer, &plain);
    if (!ran && status == FSIM_OK) status = FSIM_FAILED;
    keep_best(&best->textbook, (double)plain.visits / (bench_now() - started));
    best->events = (double)plain.events / (double)plain.visits;
  }
  bench_close(&b);
  return status;
}

static void print_rates(const char *what, const char *unit, const rates *r) {
  printf("%s, million %s a second\n", what, unit);
  printf("  stagewise  %7.1f, %5.1f times the textbook\n", r->stagewise * 1e-6,
         r->stagewise / r->textbook);
  printf("  calendar   %7.1f, %5.1f times\n", r->calendar * 1e-6, r->calendar / r->textbook);
  printf("  textbook   %7.1f\n", r->textbook * 1e-6);
  fflush(stdout);
}

/* Three times as many come as are in progress later. */
static textbook_model many_at_once(double n) {
  double leads = 3 * n > 1e6 ? 3 * n : 1e6, days = 400, sigma = 0.8;
  textbook_model m = one_stage(leads, days, 1000, 1 / 1440.0);
  m.n_stages = 2;
  m.stage[1] = m.stage[0];
  m.stage[0] = (textbook_stage){
      .mu = log(n * days / leads) - sigma * sigma / 2, .sigma = sigma, .advance = 1};
  return m;
}

static int print_costs(double most, int rounds) {
  int status = FSIM_OK;
  printf("nanoseconds an event of the textbook's list, three a journey\n");
  printf("  in progress  stagewise  calendar  textbook\n");
  for (double n = 1e3; n <= most && status == FSIM_OK; n *= 10) {
    textbook_model m = many_at_once(n);
    rates r;
    status = compare(&m, 1, n > 1e5 ? 1 : rounds, &r);
    if (status != FSIM_OK) break;
    printf("  %11.0e  %9.1f  %8.1f  %8.1f\n", n, 1e9 / r.events / r.stagewise,
           1e9 / r.events / r.calendar, 1e9 / r.events / r.textbook);
    fflush(stdout);
  }
  return status;
}

int main(int argc, char **argv) {
  int rounds = argc > 1 ? atoi(argv[1]) : 5;
  double most = argc > 2 ? atof(argv[2]) : 1e7;
  rates r;
  textbook_model m = w2();
  int status = compare(&m, 200, rounds, &r); /* as many as a scenario has by default */
  if (status == FSIM_OK) print_rates("W2", "visits", &r);
  m = one_stage(1e6, 1e8 / DAY_S, 1, 90 / DAY_S);
  if (status == FSIM_OK) status = compare(&m, 16, rounds, &r);
  if (status == FSIM_OK) print_rates("W3", "customers", &r);
  return status == FSIM_OK && most > 0 ? print_costs(most, rounds) : status;
}
