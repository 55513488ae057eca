#include "tests/teams/draws.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/array.h"
#include "sim/base/text.h"
#include "sim/random/special.h"

static uint64_t stream_hash(const world *w, const lead *who) {
  return w->scenario->streams[who->stream].hash;
}

/* One pair of uniforms of a lead. */
static void uniforms(const world *w, const lead *who, uint64_t funnel, uint64_t stage,
                     uint32_t pass, fsim_purpose purpose, double *first, double *second) {
  fsim_key key =
      fsim_key_make(w->scenario->seed, w->replication, stream_hash(w, who), funnel, stage);
  fsim_uniform_pair(key, who->number, pass, purpose, first, second);
}

static int32_t seconds_at(const fsim_sampler *sampler, double u) {
  int32_t seconds;
  fsim_sample_seconds(sampler, &u, &seconds, 1);
  return seconds;
}

/* ---- leads ---- */

static uint16_t draw_profile(const world *w, const lead *who) {
  const fsim_scenario *s = w->scenario;
  const fsim_stream *stream = &s->streams[who->stream];
  if (stream->given != NULL) return stream->given[who->number].profile;
  size_t profile = 0;
  for (size_t a = 0; a < s->n_attributes; a++) {
    const fsim_attribute *attribute = &s->attributes[a];
    double u, unused, below = 0;
    size_t value = 0;
    uniforms(w, who, fsim_hash_name(""), fsim_hash_name(attribute->name), 0, FSIM_PURPOSE_ATTRIBUTE,
             &u, &unused);
    for (size_t v = 0; v + 1 < attribute->n_values; v++) {
      below += fsim_stream_share(s, stream, a, v);
      if (u >= below) value = v + 1;
    }
    for (size_t v = 0; v < attribute->n_values; v++) {
      if (fsim_stream_share(s, stream, a, v) >= 1) value = v;
    }
    profile = profile * attribute->n_values + value;
  }
  return (uint16_t)profile;
}

static int add_lead(world *w, size_t stream, uint32_t number, int32_t t, fsim_report *report) {
  void *leads = w->leads;
  if (fsim_grow(&leads, &w->room_leads, w->n_leads + 1, sizeof *w->leads) != 0)
    return fsim_no_memory(report);
  w->leads = leads;
  lead *made = &w->leads[w->n_leads];
  *made = (lead){.stream = stream, .number = number, .row = (uint32_t)w->n_leads, .arrive = t};
  made->profile = draw_profile(w, made);
  for (size_t c = 0; c < w->scenario->n_changes; c++) {
    double unused;
    uniforms(w, made, fsim_hash_name(""), w->scenario->changes[c].hash, 0, FSIM_PURPOSE_CHANGE,
             &made->reach[c], &unused);
  }
  made->ordinal = fsim_zeroed(w->scenario->n_funnels, sizeof *made->ordinal);
  if (made->ordinal == NULL) return fsim_no_memory(report);
  w->n_leads++;
  return FSIM_OK;
}

static int add_stream(world *w, const fsim_arrival_laws *laws, size_t stream, fsim_report *report) {
  fsim_arrivals arrivals = {0};
  int32_t t;
  int status = fsim_arrivals_open(&arrivals, laws, w->replication, stream, report);
  while (status == FSIM_OK) {
    uint32_t number = arrivals.number;
    if (fsim_arrivals_next(&arrivals, &t, 1) == 0) break;
    status = add_lead(w, stream, number, t, report);
  }
  fsim_arrivals_close(&arrivals);
  return status;
}

int world_make(world *w, const fsim_plan *plan, const fsim_arrival_laws *arrivals,
               uint32_t replication, fsim_report *report) {
  const fsim_scenario *s = plan->scenario;
  *w = (world){.plan = plan, .scenario = s, .replication = replication};
  w->stream_rank = fsim_zeroed(s->n_streams, sizeof *w->stream_rank);
  if (w->stream_rank == NULL) return fsim_no_memory(report);
  for (size_t i = 0; i < s->n_streams; i++) {
    for (size_t k = 0; k < s->n_streams; k++)
      w->stream_rank[i] += strcmp(s->streams[k].name, s->streams[i].name) < 0;
  }
  int status = FSIM_OK;
  for (size_t i = 0; i < s->n_streams && status == FSIM_OK; i++)
    status = add_stream(w, arrivals, i, report);
  return status;
}

void world_free(world *w) {
  for (size_t i = 0; i < w->n_leads; i++) free(w->leads[i].ordinal);
  free(w->leads);
  free(w->stream_rank);
  *w = (world){0};
}

/* ---- versions ---- */

static bool reached(const world *w, size_t c, const lead *who, int64_t t) {
  const fsim_change *change = &w->scenario->changes[c];
  if (t < change->on_s) return false;
  double grown = change->ramp_s > 0 ? (double)(t - change->on_s) / change->ramp_s : 1;
  return who->reach[c] < change->share * fmin(grown, 1);
}

static uint32_t mask_at(const world *w, const lead *who, int64_t t) {
  uint32_t mask = 0;
  for (size_t c = 0; c < w->scenario->n_changes; c++) {
    bool at_arrival = w->scenario->changes[c].applies_to == FSIM_TO_NEW;
    if (reached(w, c, who, at_arrival ? who->arrive : t)) mask |= UINT32_C(1) << c;
  }
  return mask;
}

size_t version_at(const world *w, const lead *who, int64_t t) {
  return fsim_plan_version(w->plan, mask_at(w, who, t));
}

static const fsim_plan_law *law_of(const world *w, const lead *who, size_t stage, size_t version) {
  size_t row = version * w->scenario->n_profiles + who->profile;
  return &w->plan->laws[w->plan->law_of[row * w->scenario->n_stages + stage]];
}

const fsim_plan_law *law_at(const world *w, const lead *who, size_t stage, int64_t t) {
  return law_of(w, who, stage, version_at(w, who, t));
}

/* ---- journeys ---- */

static int64_t cents_of(double value) {
  return (int64_t)fmin(fmax(floor(value * 100 + 0.5), -9e15), 9e15);
}

int64_t draw_value(const world *w, const lead *who, size_t funnel, uint32_t ordinal, int64_t t) {
  const fsim_scenario *s = w->scenario;
  const fsim_stream *stream = &s->streams[who->stream];
  /* the first journey of a deal may bring its value along */
  if (stream->pipeline && who->n_journeys == 1 && !isnan(stream->given[who->number].value))
    return cents_of(stream->given[who->number].value);
  size_t row = version_at(w, who, t) * s->n_profiles + who->profile;
  const fsim_sampler *law = w->plan->value[row * s->n_funnels + funnel];
  double u, unused, value;
  if (law == NULL) return 0;
  uniforms(w, who, s->funnels[funnel].hash, fsim_hash_name(""), ordinal << 16, FSIM_PURPOSE_VALUE,
           &u, &unused);
  fsim_sample(law, &u, &value, 1);
  return cents_of(value);
}

bool draw_link(const world *w, const lead *who, size_t funnel, uint32_t ordinal, size_t link,
               int64_t t, int32_t *after) {
  const fsim_plan_link_law *law =
      &w->plan->link_law[version_at(w, who, t) * w->scenario->n_links + link];
  double taken, delay;
  uniforms(w, who, w->scenario->funnels[funnel].hash, w->plan->links[link].hash, ordinal << 16,
           FSIM_PURPOSE_LINK, &taken, &delay);
  *after = seconds_at(law->after, delay);
  return taken < law->probability;
}

/* ---- visits ---- */

static void visit_uniforms(const world *w, visit_key key, fsim_purpose purpose, double *first,
                           double *second) {
  const fsim_stage *stage = &w->scenario->stages[key.stage];
  uniforms(w, key.who, w->scenario->funnels[stage->funnel].hash, stage->hash, key.pass, purpose,
           first, second);
}

/* The uniform of one exit's clock in a race. */
static double clock_uniform(const world *w, visit_key key, const fsim_plan_law *law, size_t exit) {
  const fsim_stage *stage = &w->scenario->stages[key.stage];
  double first, unused;
  uniforms(w, key.who, w->scenario->funnels[stage->funnel].hash,
           fsim_hash_mix(stage->hash, law->clock_hash[exit]), key.pass, FSIM_PURPOSE_RACE, &first,
           &unused);
  return first;
}

/* A time given that it is longer than `age`; *at is the uniform that would give it otherwise. */
static int64_t time_beyond(const fsim_distribution *d, int64_t age, double v, double *at) {
  double beyond = age == 0 ? 1 : fsim_survival(d, (double)age);
  *at = v;
  if (!(beyond > 1e-300)) return age;
  double q = (1 - v) * beyond;
  *at = 1 - q;
  double time = floor(fsim_upper_quantile(d, q) + 0.5);
  if (time > FSIM_LONGEST_WAIT_S) time = FSIM_LONGEST_WAIT_S;
  return time > (double)age ? (int64_t)time : age;
}

static const fsim_stage_law *written_law(const world *w, visit_key key, int64_t t) {
  return fsim_stage_law_of(w->scenario, version_at(w, key.who, t), key.who->profile, key.stage);
}

void draw_work(const world *w, visit_key key, const fsim_plan_law *law, int64_t enter, bool deal,
               int32_t *work, int64_t *patience) {
  double first, second, unused;
  visit_uniforms(w, key, FSIM_PURPOSE_WORK, &first, &second);
  *work = seconds_at(law->work, first);
  *patience = NO_PATIENCE;
  if (law->patience == NULL) return;
  *patience = deal ? time_beyond(written_law(w, key, enter)->work.patience, -enter, second, &unused)
                   : seconds_at(law->patience, second);
}

/* Speed to lead: factor = floor + (1 - floor) * exp(-ln 2 * queue / half_life), by the portable
 * exponential. The exits' weights, cumulated in order, split the same uniform. */
static size_t choose_exit(const fsim_plan_law *law, double u, int64_t queue) {
  double sum = 0, cumulated = 0, before = 0, factor = 1;
  size_t exit = 0;
  if (law->affected == NULL) {
    while (u >= law->threshold[exit]) exit++;
    return exit;
  }
  factor = law->floor +
           (1 - law->floor) * fsim_exp(-0.69314718055994531 * (double)queue / law->half_life_s);
  for (size_t k = 0; k < law->n_exits; k++) {
    sum += (law->threshold[k] - before) * (law->affected[k] ? factor : 1);
    before = law->threshold[k];
  }
  before = 0;
  for (; exit + 1 < law->n_exits; exit++) {
    cumulated += (law->threshold[exit] - before) * (law->affected[exit] ? factor : 1);
    before = law->threshold[exit];
    if (u < cumulated / sum) break;
  }
  return exit;
}

/* When a change reaches a lead: the first second at which it counts as reached. */
static int64_t reached_at(const world *w, size_t c, const lead *who) {
  const fsim_change *change = &w->scenario->changes[c];
  int64_t no = (int64_t)change->on_s - 1, yes = change->on_s + (int64_t)ceil(change->ramp_s);
  if (!reached(w, c, who, yes)) return INT64_MAX;
  while (yes - no > 1) {
    int64_t middle = no + (yes - no) / 2;
    if (reached(w, c, who, middle)) {
      yes = middle;
    } else {
      no = middle;
    }
  }
  return yes;
}

/* Changes for all that reach a lead after `enter`, by the time at which they do. */
static size_t later_changes(const world *w, const lead *who, int64_t enter, size_t *change,
                            int64_t *at) {
  size_t n = 0;
  for (size_t c = 0; c < w->scenario->n_changes; c++) {
    if (w->scenario->changes[c].applies_to != FSIM_TO_ALL) continue;
    int64_t t = reached_at(w, c, who);
    if (t <= enter || t == INT64_MAX) continue;
    size_t k = n++;
    for (; k > 0 && at[k - 1] > t; k--) {
      at[k] = at[k - 1];
      change[k] = change[k - 1];
    }
    at[k] = t;
    change[k] = c;
  }
  return n;
}

/* ---- paces ---- */

/* What a second counts on the clock of a stage's pace in the week of t; nothing is kept. */
static int64_t pace_speed(const world *w, size_t stage, int64_t week) {
  const fsim_pace *pace = w->scenario->stages[stage].pace;
  uint64_t none = fsim_hash_name(""), name = fsim_hash_name(pace->name);
  fsim_key key = fsim_key_make(w->scenario->seed, w->replication, none, none, name);
  double u, unused;
  fsim_uniform_pair(key, (uint32_t)week, 0, FSIM_PURPOSE_PACE, &u, &unused);
  return (int64_t)floor(fsim_draw(pace->factor, u) * 16777216 + 0.5);
}

static bool paced(const world *w, size_t stage) {
  const fsim_pace *pace = w->scenario->stages[stage].pace;
  return pace != NULL && pace->cv > 0;
}

/* The clock: second by second it would be the sum of the weeks' speeds. */
static int64_t pace_clock(const world *w, size_t stage, int64_t t) {
  int64_t sum = 0, horizon = w->scenario->horizon_s;
  if (t <= 0) return t * 16777216;
  for (int64_t from = 0; from < t; from += 604800) {
    int64_t to = from + 604800 < t ? from + 604800 : t;
    int64_t in = to < horizon ? to : from < horizon ? horizon : from;
    sum += pace_speed(w, stage, from / 604800) * (in - from) + (to - in) * 16777216;
  }
  return sum;
}

/* How many seconds a length on the clock takes from `done` on: to the nearest second, the half
 * second upwards. */
static int64_t pace_seconds(const world *w, size_t stage, int64_t done, int64_t length) {
  int64_t horizon = w->scenario->horizon_s, end = pace_clock(w, stage, done) + length;
  int64_t short_of = done, enough = done > horizon ? done : horizon;
  if (length <= 0) return 0;
  if (pace_clock(w, stage, enough) < end) {
    int64_t rest = end - pace_clock(w, stage, enough);
    return enough + (rest + 8388608) / 16777216 - done;
  }
  while (enough - short_of > 1) {
    int64_t middle = short_of + (enough - short_of) / 2;
    if (pace_clock(w, stage, middle) >= end) {
      enough = middle;
    } else {
      short_of = middle;
    }
  }
  bool earlier = pace_clock(w, stage, short_of) + pace_clock(w, stage, enough) > 2 * end;
  return (earlier ? short_of : enough) - done;
}

static int64_t lasts(const world *w, size_t stage, int64_t done, int64_t length) {
  return paced(w, stage) ? pace_seconds(w, stage, done, length) : length;
}

/* ---- waits ---- */

/* A wait by `law` that begins at `done`, through the changes for all that reach it after `enter`:
 * one that comes before `done` gives the whole wait, a later one keeps what has been lived and
 * stretches the rest. Its length is told by the clock of the stage's pace, if there is one. */
static course run_wait(const world *w, visit_key key, const fsim_plan_law *law, int64_t enter,
                       int64_t done, size_t exit, double v, int64_t wait) {
  size_t change[FSIM_MOST_CHANGES];
  int64_t at[FSIM_MOST_CHANGES];
  size_t n = later_changes(w, key.who, enter, change, at);
  uint32_t mask = mask_at(w, key.who, enter);
  int64_t drawn = wait, deadline = law->deadline_s, second = paced(w, key.stage) ? 16777216 : 1;
  wait *= second;
  for (size_t i = 0; i < n; i++) {
    int64_t age = at[i] - enter, lived = at[i] - done;
    if (age >= deadline || (lived >= 0 && lived >= lasts(w, key.stage, done, wait))) break;
    mask |= UINT32_C(1) << change[i];
    const fsim_plan_law *now = law_of(w, key.who, key.stage, fsim_plan_version(w->plan, mask));
    if (now == law) continue;
    int64_t fresh = seconds_at(now->wait[exit], v);
    if (second > 1) lived = pace_clock(w, key.stage, at[i]) - pace_clock(w, key.stage, done);
    if (lived <= 0) {
      wait = fresh * second;
    } else {
      double rest = (double)(wait - lived) * (double)fresh / (double)drawn;
      wait =
          (int64_t)fmin(floor((double)lived + rest + 0.5), (double)(FSIM_LONGEST_WAIT_S * second));
      if (wait < lived) wait = lived; /* of a deal that is older than that */
    }
    drawn = fresh;
    law = now;
    deadline = now->deadline_s > age ? now->deadline_s : age;
  }
  return (course){exit, wait, deadline, law->deadline_reason, law->deadline_target};
}

/* The course with its wait in seconds. */
static course in_seconds(const world *w, visit_key key, int64_t done, course c) {
  c.wait = lasts(w, key.stage, done, c.wait);
  return c;
}

course draw_course(const world *w, visit_key key, const fsim_plan_law *law, int64_t enter,
                   int64_t queue, int64_t done) {
  double u, v;
  if (!law->race) {
    visit_uniforms(w, key, FSIM_PURPOSE_VISIT, &u, &v);
    size_t exit = choose_exit(law, u, queue);
    course one = run_wait(w, key, law, enter, done, exit, v, seconds_at(law->wait[exit], v));
    return in_seconds(w, key, done, one);
  }
  course best = {0};
  for (size_t k = 0; k < law->n_exits; k++) {
    v = clock_uniform(w, key, law, k);
    course one = run_wait(w, key, law, enter, done, k, v, seconds_at(law->wait[k], v));
    if (k == 0 || one.wait < best.wait) best = one;
  }
  return in_seconds(w, key, done, best);
}

size_t draw_exit(const world *w, visit_key key, const fsim_plan_law *law, int64_t queue) {
  double u, unused;
  if (!law->race) {
    visit_uniforms(w, key, FSIM_PURPOSE_VISIT, &u, &unused);
    return choose_exit(law, u, queue);
  }
  size_t first = 0;
  int32_t shortest = INT32_MAX;
  for (size_t k = 0; k < law->n_exits; k++) {
    int32_t clock = seconds_at(law->wait[k], clock_uniform(w, key, law, k));
    if (clock >= shortest) continue;
    shortest = clock;
    first = k;
  }
  return first;
}

/* With exit probabilities p and survivals S, an exit has the weight p S(age). */
static size_t exit_given_age(const fsim_stage_law *law, size_t n_exits, int64_t age, double u) {
  double total = 0, below = 0;
  size_t last = n_exits - 1;
  bool any = false;
  for (size_t k = 0; k < n_exits; k++)
    total += law->probability[k] * (age == 0 ? 1 : fsim_survival(law->waits[k], (double)age));
  for (size_t k = 0; k < n_exits; k++) {
    double left = age == 0 || !(total > 0) ? 1 : fsim_survival(law->waits[k], (double)age) / total;
    double share = law->probability[k] * left;
    if (!(share > 0)) continue;
    below += share;
    if (u < below) return k;
    last = k;
    any = true;
  }
  return any ? last : n_exits - 1;
}

course draw_deal(const world *w, visit_key key, const fsim_plan_law *law, int64_t enter) {
  const fsim_stage_law *written = written_law(w, key, enter);
  double u, v, at;
  if (!law->race) {
    visit_uniforms(w, key, FSIM_PURPOSE_VISIT, &u, &v);
    size_t exit = exit_given_age(written, law->n_exits, -enter, u);
    int64_t wait = time_beyond(written->waits[exit], -enter, v, &at);
    return in_seconds(w, key, enter, run_wait(w, key, law, enter, enter, exit, at, wait));
  }
  course best = {0};
  for (size_t k = 0; k < law->n_exits; k++) {
    int64_t wait = time_beyond(written->waits[k], -enter, clock_uniform(w, key, law, k), &at);
    course one = run_wait(w, key, law, enter, enter, k, at, wait);
    if (k == 0 || one.wait < best.wait) best = one;
  }
  return in_seconds(w, key, enter, best);
}
