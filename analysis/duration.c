#include "analysis/duration.h"

#include <math.h>
#include <stdlib.h>

#include "analysis/life_table.h"
#include "analysis/quantile.h"
#include "sim/base/array.h"
#include "sim/base/quantity.h"

enum { MEAN, P10, P50, P90, FIGURES };
/* Times that come close to the window's length are seen only of what began first: few, each
 * standing for many, so that means would vary wildly and their intervals fail. What lasts longer
 * than this part of the window is left out. */
#define SEEN 0.875

enum { SO, OTHERWISE, OPEN, KINDS }; /* how stays end: as in question, otherwise, not yet */
#define PLAIN KINDS                  /* the derivative of the figure of those that ended */
#define AT_ONCE 256                  /* durations for which memory is held */

static const double probability[FIGURES] = {NAN, 0.1, 0.5, 0.9};

/* One duration while it is worked out. */
typedef struct job {
  const fsim_duration *duration;
  size_t from, to, open; /* where in the array its stays end */
  double counts[KINDS][FSIM_AGE_CLASSES];
  double mean[FSIM_AGE_CLASSES];   /* seconds, within each class */
  double inside[FSIM_AGE_CLASSES]; /* times of the histogram in each class */
  double factor[FSIM_AGE_CLASSES]; /* what turns counts of the histogram into probabilities */
  double value[FIGURES];           /* days */
  double scale[FIGURES];           /* of the derivatives */
  double fine[FIGURES];            /* standard error of those that ended, squared, as finely */
  double by[FIGURES][KINDS + 1][FSIM_AGE_CLASSES]; /* derivatives by counts */
  double pending[FIGURES][2], square[FIGURES][2];  /* influences: corrected, of those that ended */
  bool corrected;
} job;

typedef struct passes {
  const fsim_series_source *source;
  fsim_cells array;
  size_t classes;
  size_t seen; /* classes that figures are of */
  job *jobs;
  size_t n;
} passes;

static fsim_cells array_of(const fsim_duration *d) {
  return d->of == FSIM_TIME_OF_STAGE ? FSIM_AGE_LEFT : FSIM_AGE_ENDED;
}

static void begin(const passes *p, const fsim_duration *duration, job *j) {
  const fsim_scenario *s = p->source->scenario;
  *j = (job){.duration = duration, .from = duration->index, .to = duration->index + 1};
  j->open = s->n_stages + duration->index;
  if (duration->of == FSIM_TIME_OF_STAGE) return;
  size_t funnel =
      duration->of == FSIM_TIME_OF_WINS ? duration->index : s->outcomes[duration->index].funnel;
  j->from = s->funnels[funnel].first_outcome;
  j->to = j->from + s->funnels[funnel].n_outcomes;
  j->open = s->n_outcomes + funnel;
}

static bool ends_so(const passes *p, const job *j, size_t ending) {
  if (j->duration->of == FSIM_TIME_OF_WINS) return p->source->scenario->outcomes[ending].win;
  return ending == j->duration->index;
}

/* ---- counts ---- */

static void add_row(const passes *p, const job *j, size_t ending, const int64_t *cells,
                    double *into) {
  fsim_spot spot = {{0}};
  bool stage = p->array == FSIM_AGE_LEFT;
  spot.at[stage ? FSIM_DIM_LEAVING : FSIM_DIM_ENDING] = ending;
  spot.at[FSIM_DIM_GROUP] = j->duration->group;
  const int64_t *cell = cells + fsim_array_cell(p->source->shape, p->array, &spot);
  size_t stride = p->source->shape->dim[FSIM_DIM_GROUP];
  for (size_t k = 0; k < p->classes; k++) into[k] += (double)cell[k * stride];
}

static void add_counts(const passes *p, const job *j, const int64_t *cells,
                       double (*counts)[FSIM_AGE_CLASSES]) {
  for (size_t e = j->from; e < j->to; e++)
    add_row(p, j, e, cells, counts[ends_so(p, j, e) ? SO : OTHERWISE]);
  add_row(p, j, j->open, cells, counts[OPEN]);
}

static void count(void *context, uint32_t replication, const int64_t *cells) {
  const passes *p = context;
  (void)replication;
  for (size_t i = 0; i < p->n; i++) add_counts(p, &p->jobs[i], cells, p->jobs[i].counts);
}

/* ---- estimates and their derivatives ---- */

static size_t histogram_of(const passes *p, const job *j, size_t ending) {
  return p->array == FSIM_AGE_LEFT
             ? fsim_histogram_of_stage(p->source->shape, ending, j->duration->group)
             : fsim_histogram_of_outcome(p->source->shape, ending, j->duration->group);
}

/* Mean times within the classes, from the fine histograms; where these are empty, the middle. */
static void look_inside(const passes *p, job *j) {
  int32_t window_s = p->source->shape->window_s;
  for (size_t k = 0; k < p->classes; k++) j->inside[k] = j->mean[k] = 0;
  for (size_t e = j->from; e < j->to && p->source->pool != NULL; e++) {
    if (!ends_so(p, j, e)) continue;
    const uint64_t *h = p->source->pool->count + histogram_of(p, j, e) * FSIM_TIME_CLASSES;
    for (size_t c = 0; c < FSIM_TIME_CLASSES; c++) {
      if (h[c] == 0) continue;
      double from = fsim_time_class_from(c), to = fsim_time_class_from(c + 1);
      size_t k = p->source->shape->age_of_time[c];
      j->inside[k] += (double)h[c];
      j->mean[k] += (double)h[c] * (to - from <= 1 ? from : 0.5 * (from + to));
    }
  }
  for (size_t k = 0; k < p->classes; k++) {
    if (j->inside[k] > 0)
      j->mean[k] /= j->inside[k];
    else
      j->mean[k] = 0.5 * (fsim_age_class_from(window_s, k) + fsim_age_class_from(window_s, k + 1));
  }
}

static fsim_life_table table_of(const passes *p, const job *j) {
  return (fsim_life_table){p->classes, j->counts[SO], j->counts[OTHERWISE], j->counts[OPEN]};
}

/* A figure that is 0 where the weights' sum is: the corrected one has the weights over `all`, that
 * of those that ended over their number. */
static void differentiate(const passes *p, job *j, int figure, const double *above,
                          const double *above_plain, double all, double ended) {
  double weight[FSIM_AGE_CLASSES];
  fsim_life_table table = table_of(p, j);
  for (size_t k = 0; k < p->classes; k++) {
    weight[k] = k < p->seen ? above[k] / all : 0;
    j->by[figure][PLAIN][k] = above_plain[k] / ended;
  }
  fsim_aalen_johansen(&table, weight, j->by[figure][SO], j->by[figure][OTHERWISE],
                      j->by[figure][OPEN]);
}

static void correct_mean(const passes *p, job *j, const double *step, double all, double ended) {
  const fsim_interval *plain = &j->duration->estimate->mean;
  double sum = 0, sum_plain = 0, above[FSIM_AGE_CLASSES], above_plain[FSIM_AGE_CLASSES];
  for (size_t k = 0; k < p->classes; k++) {
    sum += step[k] * j->mean[k];
    sum_plain += j->counts[SO][k] * j->mean[k];
  }
  double corrected = sum / all, of_ended = sum_plain / ended;
  for (size_t k = 0; k < p->classes; k++) {
    above[k] = j->mean[k] - corrected;
    above_plain[k] = j->mean[k] - of_ended;
  }
  /* Classes know times less well than sums do: so they only say by how much to correct. The plain
   * mean is in days, so the scale is, too. */
  j->scale[MEAN] = of_ended > 0 ? plain->estimate / of_ended : 0;
  j->value[MEAN] = corrected * j->scale[MEAN];
  j->fine[MEAN] = plain->standard_error * plain->standard_error;
  differentiate(p, j, MEAN, above, above_plain, all, ended);
}

/* Factors by which the histogram's counts become probabilities. */
static void weigh_histogram(const passes *p, job *j, const double *step, double all) {
  for (size_t k = 0; k < p->classes; k++)
    j->factor[k] = j->inside[k] > 0 ? step[k] / all / j->inside[k] : 0;
}

static fsim_time_law law_of(const passes *p, const job *j) {
  size_t histogram = histogram_of(p, j, j->duration->index);
  fsim_time_law law = {p->source->pool->count + histogram * FSIM_TIME_CLASSES, j->factor,
                       p->source->shape->age_of_time, 0};
  for (size_t k = 0; k < p->classes; k++) law.total += j->factor[k] * j->inside[k];
  return law;
}

static void correct_quantile(const passes *p, job *j, int figure, double all, double ended) {
  const fsim_pool *pool = p->source->pool;
  size_t histogram = histogram_of(p, j, j->duration->index);
  fsim_time_law law = law_of(p, j);
  fsim_time_place place;
  double below_class = 0, below = 0, counted = 0;
  double above[FSIM_AGE_CLASSES], above_plain[FSIM_AGE_CLASSES];
  for (size_t k = 0; k < p->classes; k++) {
    counted += j->inside[k];
  }
  j->value[figure] = fsim_time_quantile(&law, probability[figure], &place) / FSIM_DAY;
  size_t its = p->source->shape->age_of_time[place.class];
  for (size_t c = 0; c < place.class; c++) below += (double)law.count[c];
  below += fmin(place.within, 1) * (double)law.count[place.class];
  for (size_t k = 0; k < its; k++) below_class += j->inside[k];
  double share = j->inside[its] > 0 ? (below - below_class) / j->inside[its] : 0.5;
  double plain = below / counted;
  for (size_t k = 0; k < p->classes; k++) {
    double lower = k < its ? 1 : k == its ? share : 0;
    above[k] = lower - probability[figure];
    above_plain[k] = lower - plain;
  }
  double error = pool->units < 2 ? NAN : fsim_pooled_error(pool, histogram, place.class, plain);
  j->scale[figure] = 1;
  j->fine[figure] = error * error;
  differentiate(p, j, figure, above, above_plain, all, ended);
}

static int figures_of(const passes *p, const job *j) {
  return j->duration->estimate->times && p->source->pool != NULL ? FIGURES : MEAN + 1;
}

static void estimate(const passes *p, job *j) {
  double step[FSIM_AGE_CLASSES], all = 0, ended = 0, open = 0;
  fsim_life_table table = table_of(p, j);
  fsim_incidence_steps(&table, step);
  for (size_t k = 0; k < p->classes; k++) {
    if (k >= p->seen) step[k] = 0;
    all += step[k];
    ended += j->counts[SO][k];
    open += j->counts[OPEN][k];
  }
  j->corrected = open > 0 && all > 0;
  if (!j->corrected) return;
  look_inside(p, j);
  correct_mean(p, j, step, all, ended);
  if (figures_of(p, j) == FIGURES) weigh_histogram(p, j, step, all);
  for (int f = P10; f < figures_of(p, j); f++) correct_quantile(p, j, f, all, ended);
}

/* ---- intervals ---- */

static void add_influence(const passes *p, job *j, uint32_t replication, const int64_t *cells) {
  double counts[KINDS][FSIM_AGE_CLASSES] = {{0}};
  bool pairs = p->source->scenario->uncertain;
  add_counts(p, j, cells, counts);
  for (int f = 0; f < figures_of(p, j); f++) {
    double u[2] = {0, 0};
    for (size_t k = 0; k < p->classes; k++) {
      for (int kind = 0; kind < KINDS; kind++) u[0] += j->by[f][kind][k] * counts[kind][k];
      u[1] += j->by[f][PLAIN][k] * counts[SO][k];
    }
    for (int i = 0; i < 2; i++) {
      if (pairs && replication % 2 == 0) {
        j->pending[f][i] = u[i];
        continue;
      }
      if (pairs) u[i] += j->pending[f][i];
      j->square[f][i] += u[i] * u[i];
    }
  }
}

static void weigh(void *context, uint32_t replication, const int64_t *cells) {
  const passes *p = context;
  for (size_t i = 0; i < p->n; i++) {
    if (p->jobs[i].corrected) add_influence(p, &p->jobs[i], replication, cells);
  }
}

/* The variance by classes, and what a class hides: that of those that ended, as finely as it is
 * known, less the same by classes. */
static double error_of(const job *j, int figure, double units) {
  double small = units / (units - 1) * j->scale[figure] * j->scale[figure];
  double classes = j->square[figure][0] * small, of_ended = j->square[figure][1] * small;
  double hidden = j->fine[figure] - of_ended;
  return sqrt(classes + (hidden > 0 ? hidden : 0));
}

static void close_mean(const job *j, double units, double confidence) {
  fsim_interval *mean = &j->duration->estimate->mean;
  mean->estimate = j->value[MEAN];
  if (units < 2) return;
  mean->standard_error = error_of(j, MEAN, units);
  double half = fsim_t_quantile(confidence, units - 1) * mean->standard_error;
  mean->low = fmax(mean->estimate - half, 0);
  mean->high = mean->estimate + half;
  mean->method = "Aalen-Johansen, infinitesimal jackknife";
}

static void close_quantile(const passes *p, const job *j, int figure, double units,
                           double confidence, fsim_interval *quantile) {
  fsim_time_law law = law_of(p, j);
  size_t n = quantile->n;
  *quantile = fsim_interval_none();
  quantile->estimate = j->value[figure];
  quantile->n = n;
  if (units < 2) return;
  quantile->method = "Aalen-Johansen, Woodruff";
  fsim_time_limits(&law, probability[figure],
                   fsim_t_quantile(confidence, units - 1) * error_of(j, figure, units), quantile);
  quantile->low /= FSIM_DAY;
  quantile->high /= FSIM_DAY;
}

static void close_all(const passes *p, double confidence) {
  double units = (double)fsim_series_units(p->source);
  for (size_t i = 0; i < p->n; i++) {
    const job *j = &p->jobs[i];
    fsim_estimate *e = j->duration->estimate;
    if (!j->corrected) continue;
    close_mean(j, units, confidence);
    if (figures_of(p, j) < FIGURES) continue;
    close_quantile(p, j, P10, units, confidence, &e->p10);
    close_quantile(p, j, P50, units, confidence, &e->p50);
    close_quantile(p, j, P90, units, confidence, &e->p90);
  }
}

static int correct(passes *p, double confidence, fsim_report *report) {
  if (p->n == 0) return FSIM_OK;
  int status = fsim_series_stream(p->source, p->array, report, count, p);
  if (status != FSIM_OK) return status;
  for (size_t i = 0; i < p->n; i++) estimate(p, &p->jobs[i]);
  status = fsim_series_stream(p->source, p->array, report, weigh, p);
  if (status == FSIM_OK) close_all(p, confidence);
  return status;
}

static size_t classes_seen(const fsim_shape *shape) {
  size_t seen = 0;
  while (seen < shape->dim[FSIM_DIM_AGE] &&
         fsim_age_class_from(shape->window_s, seen + 1) <= SEEN * shape->window_s)
    seen++;
  return seen;
}

double fsim_most_days(const fsim_shape *shape) {
  return fsim_age_class_from(shape->window_s, classes_seen(shape)) / FSIM_DAY;
}

int fsim_correct_durations(const fsim_series_source *source, double confidence,
                           const fsim_duration *durations, size_t n, fsim_report *report) {
  static const fsim_cells arrays[] = {FSIM_AGE_ENDED, FSIM_AGE_LEFT};
  job *jobs = fsim_zeroed(n < AT_ONCE ? n : AT_ONCE, sizeof *jobs);
  int status = jobs == NULL && n > 0 ? fsim_no_memory(report) : FSIM_OK;
  for (int a = 0; a < 2 && status == FSIM_OK; a++) {
    passes p = {source, arrays[a], source->shape->dim[FSIM_DIM_AGE], classes_seen(source->shape),
                jobs,   0};
    for (size_t i = 0; i < n && status == FSIM_OK; i++) {
      if (array_of(&durations[i]) != p.array) continue;
      begin(&p, &durations[i], &jobs[p.n++]);
      if (p.n < AT_ONCE) continue;
      status = correct(&p, confidence, report);
      p.n = 0;
    }
    if (status == FSIM_OK) status = correct(&p, confidence, report);
  }
  free(jobs);
  return status;
}
