/* Streams: where leads go, what they are, and at which rate they come.
 *
 * The rate becomes a list of steps: days differ by weekday, month and growth, campaigns begin and
 * end at their second, and a change on a date mixes the rates before and after it as its ramp and
 * share say. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/array.h"
#include "sim/base/quantity.h"
#include "sim/model/reader.h"
#include "sim/random/special.h"

/* ---- rates ---- */

typedef struct span {
  double from_s, to_s, per_s;
} span;

/* What one version says about the rate of a stream. */
typedef struct rate_spec {
  double base;
  double weekday[7], month[12];
  double log_growth_per_day;
  double log_trend_per_day, trend_days;
  span *campaigns;
  size_t n_campaigns;
} rate_spec;

static void read_factors(const fsim_node *node, double *factor, size_t n) {
  static const char *const months[12] = {"jan", "feb", "mar", "apr", "may", "jun",
                                         "jul", "aug", "sep", "oct", "nov", "dec"};
  for (size_t i = 0; i < n; i++) factor[i] = 1;
  if (!node || node->kind == FSIM_SCALAR) return;
  for (size_t i = 0; i < n; i++) {
    if (node->kind == FSIM_MAP && n == 12)
      fsim_value(node, months[i], FSIM_FORM_NUMBER, &factor[i]);
    else if (node->kind == FSIM_LIST && i < node->n_children)
      fsim_value_of(node->child[i], FSIM_FORM_NUMBER, &factor[i]);
  }
}

static void read_growth(fsim_reader *reader, const fsim_node *node, rate_spec *spec) {
  double share, days;
  if (!node || node->kind != FSIM_SCALAR ||
      fsim_parse_growth(node->text, &share, &days) != FSIM_QUANTITY_OK)
    return;
  if (share <= -1)
    fsim_reader_mistake(reader, node->place, "a fall of 100 %% or more leaves no leads");
  else
    spec->log_growth_per_day = fsim_log(1 + share) / days;
}

static void read_trend(const fsim_node *node, rate_spec *spec) {
  double factor, over;
  if (!fsim_value(node, "factor", FSIM_FORM_NUMBER, &factor) ||
      !fsim_value(node, "over", FSIM_FORM_DURATION, &over) || !(factor > 0) || !(over > 0))
    return;
  spec->trend_days = over / FSIM_DAY;
  spec->log_trend_per_day = fsim_log(factor) / spec->trend_days;
}

static void read_campaign(fsim_reader *reader, const fsim_node *node, rate_spec *spec) {
  const fsim_scenario *s = reader->s;
  double days, leads, over;
  const fsim_node *on = fsim_node_get(node, "on");
  if (!fsim_value_of(on, FSIM_FORM_DATE, &days) ||
      !fsim_value(node, "leads", FSIM_FORM_NUMBER, &leads) ||
      !fsim_value(node, "over", FSIM_FORM_DURATION, &over))
    return;
  const double from = (days - s->start_days) * FSIM_DAY;
  if (s->horizon_s > 0 && (from >= s->horizon_s || from + over <= 0))
    fsim_warn(reader->report, on->place,
              "the campaign lies outside of the horizon: no lead of it "
              "arrives");
  if (over < 1) {
    fsim_reader_mistake(reader, fsim_node_get(node, "over")->place,
                        "a campaign takes at least a second");
    return;
  }
  spec->campaigns[spec->n_campaigns++] = (span){rint(from), rint(from + over), leads / rint(over)};
}

static bool read_spec(fsim_reader *reader, const fsim_node *body, rate_spec *spec) {
  const fsim_node *campaign = fsim_node_get(body, "campaign");
  const size_t n = !campaign ? 0 : campaign->kind == FSIM_LIST ? campaign->n_children : 1;
  spec->campaigns = fsim_reader_get(reader, n, sizeof *spec->campaigns);
  if (!spec->campaigns) return false;
  fsim_value(body, "rate", FSIM_FORM_RATE, &spec->base);
  read_factors(fsim_node_get(body, "weekday"), spec->weekday, 7);
  read_factors(fsim_node_get(body, "month"), spec->month, 12);
  read_growth(reader, fsim_node_get(body, "growth"), spec);
  read_trend(fsim_node_get(body, "trend"), spec);
  for (size_t i = 0; i < n; i++)
    read_campaign(reader, campaign->kind == FSIM_LIST ? campaign->child[i] : campaign, spec);
  return true;
}

static double spec_rate(const rate_spec *spec, int32_t start_days, int32_t day, double at_s) {
  int year, month, date;
  fsim_date_from_days(start_days + day, &year, &month, &date);
  double rate = spec->base * spec->weekday[fsim_weekday(start_days + day)] * spec->month[month - 1];
  if (spec->log_growth_per_day != 0) rate *= fsim_exp(spec->log_growth_per_day * day);
  if (spec->log_trend_per_day != 0)
    rate *= fsim_exp(spec->log_trend_per_day * (day < spec->trend_days ? day : spec->trend_days));
  for (size_t i = 0; i < spec->n_campaigns; i++)
    if (at_s >= spec->campaigns[i].from_s && at_s < spec->campaigns[i].to_s)
      rate += spec->campaigns[i].per_s;
  return rate;
}

/* How far a change is in force: its share, times how much of its ramp has passed. */
static double in_force(const fsim_change *change, double at_s) {
  if (at_s < change->on_s) return 0;
  const double passed = at_s - change->on_s;
  return change->share * (passed < change->ramp_s ? passed / change->ramp_s : 1);
}

/* The mean rate of leads over those whom each change reaches or not. */
static double mixed_rate(const fsim_reader *reader, const rate_spec *specs, int32_t day,
                         double at_s, double middle_s) {
  const fsim_scenario *s = reader->s;
  double rate = 0, total = 0;
  for (size_t v = 0; v < reader->n_versions; v++) {
    double weight = 1;
    for (size_t c = 0; c < s->n_changes && weight > 0; c++) {
      const double reached = in_force(&s->changes[c], middle_s);
      weight *= reader->mask[v] >> c & 1 ? reached : 1 - reached;
    }
    if (weight <= 0) continue;
    rate += weight * spec_rate(&specs[v], s->start_days, day, at_s);
    total += weight;
  }
  return total > 0 ? rate / total : 0;
}

static int by_time(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* All instants where the rate may change: days, and the ends of campaigns. */
static double *instants(fsim_reader *reader, const rate_spec *specs, size_t *n) {
  const fsim_scenario *s = reader->s;
  const size_t days = (size_t)(s->horizon_s / 86400) + 1;
  size_t room = days;
  for (size_t v = 0; v < reader->n_versions; v++) room += 2 * specs[v].n_campaigns;
  double *at = fsim_zeroed(room, sizeof *at);
  *n = 0;
  if (!at) return NULL;
  for (size_t d = 0; d < days && (double)d * FSIM_DAY < s->horizon_s; d++)
    at[(*n)++] = (double)d * FSIM_DAY;
  for (size_t v = 0; v < reader->n_versions; v++) {
    for (size_t i = 0; i < specs[v].n_campaigns; i++) {
      const span *c = &specs[v].campaigns[i];
      if (c->from_s > 0 && c->from_s < s->horizon_s) at[(*n)++] = c->from_s;
      if (c->to_s > 0 && c->to_s < s->horizon_s) at[(*n)++] = c->to_s;
    }
  }
  qsort(at, *n, sizeof *at, by_time);
  return at;
}

static void make_steps(fsim_reader *reader, const rate_spec *specs, fsim_stream *stream) {
  const fsim_scenario *s = reader->s;
  size_t n;
  if (s->horizon_s <= 0) return;
  double *at = instants(reader, specs, &n);
  stream->rate = at ? fsim_reader_get(reader, n, sizeof *stream->rate) : NULL;
  if (!stream->rate) {
    free(at);
    fsim_reader_no_memory(reader);
    return;
  }
  for (size_t i = 0; i < n; i++) {
    if (i > 0 && at[i] <= at[i - 1]) continue;
    const double end = i + 1 < n ? at[i + 1] : s->horizon_s;
    const int32_t day = (int32_t)floor(at[i] / FSIM_DAY);
    const double rate = mixed_rate(reader, specs, day, at[i], (at[i] + end) / 2);
    if (stream->n_rate > 0 && stream->rate[stream->n_rate - 1].per_s == rate) continue;
    stream->rate[stream->n_rate++] = (fsim_rate_step){(int32_t)at[i], rate};
  }
  free(at);
}

static const fsim_node *stream_in(const fsim_node *version, const char *name) {
  const fsim_node *streams = fsim_node_get(version, "streams");
  return streams ? fsim_node_get(streams, name) : NULL;
}

static void read_rate(fsim_reader *reader, const fsim_node *body, fsim_stream *stream) {
  rate_spec *specs = fsim_reader_get(reader, reader->n_versions, sizeof *specs);
  if (!specs) return;
  for (size_t v = 0; v < reader->n_versions; v++) {
    const fsim_node *node = stream_in(reader->versions[v], body->key);
    if (!node || node->kind != FSIM_MAP) {
      fsim_reader_mistake(reader, body->key_place,
                          "a change on a date cannot take the stream '%s' away: set its rate to 0",
                          body->key);
      return;
    }
    if (!read_spec(reader, node, &specs[v])) return;
  }
  make_steps(reader, specs, stream);
}

/* ---- attributes ---- */

static void unknown_value(fsim_reader *reader, fsim_place place, const fsim_attribute *attribute,
                          const char *value) {
  char what[160] = "value of ";
  strncat(what, attribute->name, 100);
  fsim_reader_unknown(reader, place, what, value, (const char *const *)attribute->values,
                      attribute->n_values);
}

static void read_share(fsim_reader *reader, const fsim_node *node, size_t a, double *share) {
  const fsim_attribute *attribute = &reader->s->attributes[a];
  if (node->kind == FSIM_SCALAR) {
    const size_t v = fsim_find_value(reader, a, node->text);
    if (v == SIZE_MAX)
      unknown_value(reader, node->place, attribute, node->text);
    else
      share[v] = 1;
    return;
  }
  double sum = 0, value;
  bool good = node->kind == FSIM_MAP;
  for (size_t c = 0; good && c < node->n_children; c++) {
    const size_t v = fsim_find_value(reader, a, node->child[c]->key);
    if (v == SIZE_MAX) {
      unknown_value(reader, node->child[c]->key_place, attribute, node->child[c]->key);
      return;
    }
    good = fsim_value_of(node->child[c], FSIM_FORM_SHARE, &value);
    if (good) sum += share[v] = value;
  }
  if (!good) return;
  if (fabs(sum - 1) > 1e-6) {
    fsim_reader_mistake(reader, node->key_place, "the shares of %s sum to %.10g, not 1",
                        attribute->name, sum);
    return;
  }
  for (size_t v = 0; v < attribute->n_values; v++) share[v] /= sum;
}

static const fsim_node *columns_of(const fsim_node *body) {
  const fsim_node *csv = fsim_node_get(body, "csv");
  return csv && csv->kind == FSIM_MAP ? fsim_node_get(csv, "attributes") : NULL;
}

static bool read_shares(fsim_reader *reader, const fsim_node *body, fsim_stream *stream) {
  const fsim_scenario *s = reader->s;
  const fsim_node *map = fsim_node_get(body, "attributes"), *columns = columns_of(body);
  size_t most = 1;
  for (size_t a = 0; a < s->n_attributes; a++)
    if (s->attributes[a].n_values > most) most = s->attributes[a].n_values;
  stream->share = fsim_reader_get(reader, s->n_attributes * most, sizeof(double));
  if (!stream->share) return false;
  fsim_check_attribute_names(reader, map);
  fsim_check_attribute_names(reader, columns);
  for (size_t a = 0; a < s->n_attributes; a++) {
    const fsim_attribute *attribute = &s->attributes[a];
    const fsim_node *node = map ? fsim_node_get(map, attribute->name) : NULL;
    double *share = &stream->share[a * most];
    if (node) {
      read_share(reader, node, a, share);
      continue;
    }
    share[0] = 1;
    if (attribute->n_values > 1 && !(columns && fsim_node_get(columns, attribute->name)))
      fsim_warn(reader->report, body->key_place,
                "the stream '%s' does not say which %s its leads have: all are '%s'", body->key,
                attribute->name, attribute->values[0]);
  }
  return true;
}

/* ---- streams ---- */

static void check_source(fsim_reader *reader, const fsim_node *body) {
  static const char *const rate_keys[] = {"rate",   "campaign", "weekday",    "month",
                                          "growth", "trend",    "dispersion", "spacing"};
  const bool replayed = fsim_node_get(body, "csv") != NULL;
  if (!replayed && !fsim_node_get(body, "rate") && !fsim_node_get(body, "campaign"))
    fsim_reader_mistake(reader, body->key_place,
                        "the stream '%s' brings no leads: it needs rate, campaign or csv",
                        body->key);
  for (size_t i = 0; replayed && i < sizeof rate_keys / sizeof *rate_keys; i++) {
    const fsim_node *node = fsim_node_get(body, rate_keys[i]);
    if (node)
      fsim_reader_mistake(reader, node->key_place,
                          "the leads of csv have their dates: %s does not go with it",
                          rate_keys[i]);
  }
}

static void read_stream(fsim_reader *reader, const fsim_node *body) {
  fsim_scenario *s = reader->s;
  fsim_stream *stream = &s->streams[s->n_streams++];
  const fsim_node *csv = fsim_node_get(body, "csv");
  const fsim_node *dispersion = fsim_node_get(body, "dispersion");
  const char *spacing = fsim_word(body, "spacing");
  const size_t into = fsim_find_funnel(reader, fsim_node_get(body, "into"));
  stream->name = fsim_reader_text(reader, body->key);
  stream->hash = fsim_hash_name(body->key);
  stream->into = into == SIZE_MAX ? 0 : (uint16_t)into;
  stream->spacing = spacing && strcmp(spacing, "evenly") == 0 ? FSIM_EVENLY : FSIM_POISSON;
  fsim_value(body, "cost", FSIM_FORM_NUMBER, &stream->cost);
  fsim_value(dispersion, "cv", FSIM_FORM_NUMBER, &stream->day_cv);
  if (stream->day_cv < FSIM_LEAST_FACTOR_CV) stream->day_cv = 0;
  check_source(reader, body);
  if (!read_shares(reader, body, stream)) return;
  if (csv && csv->kind == FSIM_MAP)
    fsim_read_replay(reader, csv, stream);
  else
    read_rate(reader, body, stream);
  if (stream->day_cv > 0 && stream->spacing == FSIM_EVENLY)
    fsim_reader_mistake(reader, dispersion->key_place,
                        "evenly spaced leads cannot be overdispersed: leave one of the two out");
}

void fsim_read_streams(fsim_reader *reader) {
  fsim_scenario *s = reader->s;
  const fsim_node *root = reader->versions[0], *map = fsim_node_get(root, "streams");
  const fsim_node *pipeline = fsim_node_get(root, "pipeline");
  const size_t n = map && map->kind == FSIM_MAP ? map->n_children : 0;
  if (n > FSIM_MOST_STREAMS) {
    fsim_reader_mistake(reader, map->key_place, "%zu streams; at most %d are possible", n,
                        FSIM_MOST_STREAMS);
    return;
  }
  const size_t pipelines = !pipeline ? 0 : pipeline->kind == FSIM_LIST ? pipeline->n_children : 1;
  s->streams = fsim_reader_get(reader, n + pipelines, sizeof *s->streams);
  for (size_t i = 0; s->streams && i < n; i++) {
    if (pipeline && strncmp(map->child[i]->key, "pipeline", 8) == 0)
      fsim_reader_mistake(
          reader, map->child[i]->key_place,
          "a stream's name cannot begin with 'pipeline' beside the scenario's pipeline");
    if (map->child[i]->kind == FSIM_MAP) read_stream(reader, map->child[i]);
  }
  for (size_t i = 0; s->streams && i < pipelines; i++) {
    const fsim_node *one = pipeline->kind == FSIM_LIST ? pipeline->child[i] : pipeline;
    if (one->kind == FSIM_MAP) fsim_read_pipeline(reader, one, i, &s->streams[s->n_streams++]);
  }
}
