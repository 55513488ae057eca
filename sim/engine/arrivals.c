#include "sim/engine/arrivals.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/array.h"
#include "sim/base/quantity.h"
#include "sim/base/text.h"
#include "sim/random/vector.h"

#define GAP_UNIT 1073741824.0 /* 2^30: sums of 2^32 gaps fit 63 bits */
#define DAY_S 86400

static const fsim_sampler *sampler_of(fsim_sampler_cache *cache, fsim_distribution *d) {
  if (d == NULL) return NULL;
  const fsim_sampler *sampler = fsim_sampler_get(cache, d);
  fsim_distribution_free(d);
  return sampler;
}

int fsim_arrival_laws_make(const fsim_scenario *scenario, fsim_sampler_cache *cache,
                           fsim_report *report, fsim_arrival_laws **laws) {
  *laws = NULL;
  fsim_arrival_laws *made = fsim_zeroed(1, sizeof *made);
  if (made == NULL) return fsim_no_memory(report);
  made->scenario = scenario;
  if (cache == NULL) cache = made->own = fsim_sampler_cache_new();
  made->day = fsim_zeroed(scenario->n_streams, sizeof *made->day);
  if (cache == NULL || made->day == NULL) goto no_memory;
  made->gap = sampler_of(cache, fsim_distribution_named("exponential", "mean", (double[]){1}));
  if (made->gap == NULL) goto no_memory;
  for (size_t s = 0; s < scenario->n_streams; s++) {
    double cv = scenario->streams[s].day_cv;
    if (!(cv > 0)) continue;
    made->day[s] = sampler_of(cache, fsim_distribution_named("gamma", "mean", (double[]){1, cv}));
    if (made->day[s] == NULL) goto no_memory;
  }
  *laws = made;
  return FSIM_OK;

no_memory:
  fsim_arrival_laws_free(made);
  return fsim_no_memory(report);
}

void fsim_arrival_laws_free(fsim_arrival_laws *laws) {
  if (laws == NULL) return;
  fsim_sampler_cache_free(laws->own);
  free(laws->day);
  free(laws);
}

static int reserve(fsim_arrivals *a, size_t need) {
  if (need <= a->capacity) return 0;
  size_t have[3] = {a->capacity, a->capacity, a->capacity};
  double **column[3] = {&a->from, &a->before, &a->s_per_lead};
  for (int i = 0; i < 3; i++) {
    void *items = *column[i];
    if (fsim_grow(&items, &have[i], need, sizeof(double)) != 0) return -1;
    *column[i] = items;
  }
  a->capacity = have[0];
  return 0;
}

/* A piece of the curve: `per_s` leads a second from `from` to `to`. */
static int add_piece(fsim_arrivals *a, double from, double to, double per_s) {
  if (!(per_s > 0) || !(to > from)) return 0;
  if (reserve(a, a->n + 1) != 0) return -1;
  a->from[a->n] = from;
  a->before[a->n] = a->total;
  a->s_per_lead[a->n] = 1 / per_s;
  a->n++;
  a->total += (to - from) * per_s;
  return 0;
}

/* The same with a factor for each day, keyed by the day. */
static int add_days(fsim_arrivals *a, const fsim_sampler *day, fsim_key key, int32_t from,
                    int32_t to, double per_s) {
  for (int32_t t = from; t < to;) {
    int32_t number = t / DAY_S;
    int64_t midnight = ((int64_t)number + 1) * DAY_S;
    int32_t end = midnight < to ? (int32_t)midnight : to;
    double u, unused, factor;
    fsim_uniform_pair(key, (uint32_t)number, 0, FSIM_PURPOSE_DAY, &u, &unused);
    fsim_sample(day, &u, &factor, 1);
    if (add_piece(a, t, end, per_s * factor) != 0) return -1;
    t = end;
  }
  return 0;
}

int fsim_arrivals_open(fsim_arrivals *a, const fsim_arrival_laws *laws, uint32_t replication,
                       size_t stream, fsim_report *report) {
  const fsim_scenario *scenario = laws->scenario;
  const fsim_stream *s = &scenario->streams[stream];
  uint64_t none = fsim_hash_name("");
  a->laws = laws;
  a->stream = s;
  a->key = fsim_key_make(scenario->seed, replication, s->hash, none, none);
  a->n = 0;
  a->total = 0;
  a->number = 0;
  a->gaps = 0;
  a->step = 0;
  if (s->given != NULL) {
    while (a->n < s->n_given && s->given[a->n].t_s < scenario->horizon_s) a->n++;
    return FSIM_OK;
  }
  for (size_t i = 0; i < s->n_rate; i++) {
    int32_t from = s->rate[i].from_s, to = scenario->horizon_s;
    if (i + 1 < s->n_rate && s->rate[i + 1].from_s < to) to = s->rate[i + 1].from_s;
    int failed = laws->day[stream] != NULL
                     ? add_days(a, laws->day[stream], a->key, from, to, s->rate[i].per_s)
                     : add_piece(a, from, to, s->rate[i].per_s);
    if (failed) return fsim_no_memory(report);
  }
  char leads[64];
  if (a->total >= 4e9)
    return fsim_bad_input(report, FSIM_NOWHERE,
                          "stream %s brings %s leads within the horizon; at most 4,000,000,000 can "
                          "be simulated: shorten the horizon or split the stream",
                          s->name, fsim_format_figures(a->total, 3, leads, sizeof leads));
  return FSIM_OK;
}

void fsim_arrivals_close(fsim_arrivals *a) {
  free(a->from);
  free(a->before);
  free(a->s_per_lead);
  memset(a, 0, sizeof *a);
}

int fsim_arrivals_expected(const fsim_scenario *scenario, fsim_sampler_cache *cache,
                           uint32_t replication, fsim_report *report, double *leads) {
  fsim_arrival_laws *laws = NULL;
  fsim_arrivals arrivals = {0};
  *leads = 0;
  int status = fsim_arrival_laws_make(scenario, cache, report, &laws);
  for (size_t s = 0; status == FSIM_OK && s < scenario->n_streams; s++) {
    status = fsim_arrivals_open(&arrivals, laws, replication, s, report);
    *leads += scenario->streams[s].given != NULL ? (double)arrivals.n : arrivals.total;
    fsim_arrivals_close(&arrivals);
  }
  fsim_arrival_laws_free(laws);
  return status;
}

void fsim_arrivals_seek(fsim_arrivals *a, uint32_t number, int64_t gaps) {
  a->number = number;
  a->gaps = gaps;
  a->step = 0;
}

static void draw_gaps(const fsim_arrivals *a, uint32_t first, double *gap, size_t n) {
  uint32_t lead[FSIM_MOST_ARRIVALS];
  double u[FSIM_MOST_ARRIVALS];
  if (n == 0) return;
  for (size_t i = 0; i < n; i++) lead[i] = first + (uint32_t)i;
  fsim_uniform_pairs(a->key, lead, NULL, FSIM_PURPOSE_ARRIVAL, u, NULL, n);
  fsim_sample(a->laws->gap, u, gap, n);
}

static inline __attribute__((always_inline)) int64_t fixed_point(double gap) {
  return (int64_t)(gap * GAP_UNIT + 0.5);
}

FSIM_CLONES
static void to_fixed_point(const double *restrict gap, int64_t *restrict fixed, size_t n) {
  for (size_t i = 0; i < n; i++) fixed[i] = fixed_point(gap[i]);
}

FSIM_CLONES
static void to_levels(const int64_t *restrict sum, double *restrict level, size_t n) {
  for (size_t i = 0; i < n; i++) level[i] = (double)sum[i] * (1 / GAP_UNIT);
}

int64_t fsim_arrivals_gaps(const fsim_arrivals *a, uint32_t first, uint32_t n) {
  double gap[FSIM_MOST_ARRIVALS];
  int64_t sum = 0;
  for (uint32_t done = 0; done < n;) {
    uint32_t now = n - done < FSIM_MOST_ARRIVALS ? n - done : FSIM_MOST_ARRIVALS;
    draw_gaps(a, first + done, gap, now);
    for (uint32_t i = 0; i < now; i++) sum += fixed_point(gap[i]);
    done += now;
  }
  return sum;
}

/* Times within one step of the rate. */
FSIM_CLONES
static void invert_step(const double *restrict level, int32_t *restrict t, double from,
                        double before, double slow, int32_t last, size_t n) {
  for (size_t i = 0; i < n; i++) {
    int32_t second = (int32_t)(from + (level[i] - before) * slow);
    t[i] = second < last ? second : last;
  }
}

/* Times at which the cumulated rate reaches level[0] <= level[1] …, all below the total. */
static void invert(fsim_arrivals *a, const double *level, int32_t *t, size_t n) {
  int32_t last = a->laws->scenario->horizon_s - 1;
  for (size_t i = 0, end; i < n; i = end) {
    while (a->step + 1 < a->n && level[i] >= a->before[a->step + 1]) a->step++;
    double next = a->step + 1 < a->n ? a->before[a->step + 1] : INFINITY;
    end = n;
    if (!(level[n - 1] < next)) {
      for (end = i + 1; level[end] < next;) end++;
    }
    invert_step(level + i, t + i, a->from[a->step], a->before[a->step], a->s_per_lead[a->step],
                last, end - i);
  }
}

static size_t next_given(fsim_arrivals *a, int32_t *t, size_t most) {
  size_t n = 0;
  for (; n < most && a->number < a->n; n++) t[n] = a->stream->given[a->number++].t_s;
  return n;
}

size_t fsim_arrivals_next(fsim_arrivals *a, int32_t *t, size_t most) {
  double level[FSIM_MOST_ARRIVALS];
  size_t n = 0;
  if (most == 0) return 0;
  if (a->stream->given != NULL) return next_given(a, t, most);
  if (a->stream->spacing == FSIM_EVENLY) {
    for (; n < most && (double)a->number + (double)n < a->total; n++)
      level[n] = (double)a->number + (double)n;
  } else {
    int64_t sum[FSIM_MOST_ARRIVALS];
    draw_gaps(a, a->number, level, most);
    to_fixed_point(level, sum, most);
    for (size_t i = 0; i < most; i++) sum[i] += i == 0 ? a->gaps : sum[i - 1];
    to_levels(sum, level, most);
    n = most;
    while (n > 0 && !(level[n - 1] < a->total)) n--;
    if (n > 0) a->gaps = sum[n - 1];
  }
  invert(a, level, t, n);
  a->number += (uint32_t)n;
  return n;
}
