#include "analysis/fit/guess_flow.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "analysis/fit/log_parts.h"
#include "sim/base/array.h"
#include "sim/base/text.h"

#define MOST_EVENTS 1000000
#define SOON 3600  /* "among the last": within an hour of a case's last event */
#define AT_ONCE 60 /* of one another: one stage with two names */
#define NEARLY_ALL 0.9

typedef struct event {
  uint64_t which; /* hash of the case's id */
  int64_t time;
  uint32_t row;
  uint32_t activity;
  bool starts; /* a piece of work */
} event;

typedef struct sample {
  event *event;
  size_t n, room;
  bool work[FSIM_GUESS_VALUES];
  bool scheduled[FSIM_GUESS_VALUES];
} sample;

static int compare_events(const void *left, const void *right) {
  const event *a = left, *b = right;
  if (a->which != b->which) return a->which < b->which ? -1 : 1;
  if (a->time != b->time) return a->time < b->time ? -1 : 1;
  return (a->row > b->row) - (a->row < b->row);
}

static int read_sample(fsim_guess_table *t, fsim_report *report, sample *s) {
  const fsim_guess_column *activities = &t->column[t->role[FSIM_COLUMN_ACTIVITY]];
  int status = fsim_guess_table_rewind(t, report);
  for (uint32_t n = 0; status == FSIM_OK && s->n < MOST_EVENTS; n++) {
    if (!fsim_guess_table_next(t)) break;
    int64_t time;
    if (!fsim_guess_time(t, t->role[FSIM_COLUMN_TIME], &time)) continue;
    int32_t activity =
        fsim_name_list_find(&activities->values, fsim_guess_field(t, FSIM_COLUMN_ACTIVITY));
    if (activity == FSIM_NONE) continue;
    const char *lifecycle = fsim_guess_field(t, FSIM_COLUMN_LIFECYCLE);
    const bool starts = strncasecmp(lifecycle, "start", 5) == 0;
    if (strncasecmp(lifecycle, "sched", 5) == 0) s->scheduled[activity] = true;
    if (starts || s->scheduled[activity]) s->work[activity] = true;
    void *items = s->event;
    if (fsim_grow(&items, &s->room, s->n + 1, sizeof *s->event)) return fsim_no_memory(report);
    s->event = items;
    const uint64_t which = fsim_hash_name(fsim_guess_field(t, FSIM_COLUMN_CASE));
    s->event[s->n++] = (event){which, time, n, (uint32_t)activity, starts};
  }
  if (s->n > 0) qsort(s->event, s->n, sizeof *s->event, compare_events);
  return status;
}

/* Starts of an activity per case that has any, from which on work is something beside the stages:
 * people take a case up again and again. */
#define AGAIN_AND_AGAIN 1.5

/* Where nothing is worked on more than once or so, activities with a queue of their own are stages
 * that are worked on; so are all where there would be no stage otherwise. */
static int settle_work(sample *s, const fsim_guess_flow *flow, size_t n_values,
                       fsim_report *report) {
  size_t *starts = fsim_zeroed(n_values, sizeof *starts);
  size_t *cases = fsim_zeroed(n_values, sizeof *cases);
  uint64_t *last = fsim_zeroed(n_values, sizeof *last);
  int status = starts && cases && last ? FSIM_OK : fsim_no_memory(report);
  for (size_t i = 0; i < s->n && status == FSIM_OK; i++) { /* by case */
    const event *e = &s->event[i];
    if (!e->starts) continue;
    cases[e->activity] += starts[e->activity] == 0 || last[e->activity] != e->which;
    last[e->activity] = e->which;
    starts[e->activity]++;
  }
  bool beside = false;
  for (size_t v = 0; v < n_values && status == FSIM_OK; v++)
    beside = beside || (double)starts[v] > AGAIN_AND_AGAIN * (double)cases[v];
  bool others = false;
  for (size_t v = 0; v < n_values; v++)
    others = others || (!s->work[v] && flow->activity[v].means == FSIM_GUESS_NO_ENDING);
  for (size_t v = 0; v < n_values && !beside; v++)
    s->work[v] = s->work[v] && others && !s->scheduled[v];
  free(starts);
  free(cases);
  free(last);
  return status;
}

/* ---- one case after the other ---- */

typedef struct counting {
  const sample *sample;
  fsim_guess_activity *by_value; /* [FSIM_GUESS_VALUES] */
} counting;

/* Counts ranks and last places; events of work do not count. */
static void count_case(counting *c, const event *first, size_t n) {
  bool seen[FSIM_GUESS_VALUES] = {false}, late[FSIM_GUESS_VALUES] = {false};
  int64_t last = INT64_MIN;
  size_t before = 0;
  for (size_t i = 0; i < n; i++) {
    if (!c->sample->work[first[i].activity]) last = first[i].time;
  }
  for (size_t i = 0; i < n; i++) {
    const uint32_t a = first[i].activity;
    late[a] = last - first[i].time <= SOON;
    if (seen[a]) continue;
    seen[a] = true;
    c->by_value[a].rank += (double)before;
    before += !c->sample->work[a];
  }
  for (size_t a = 0; a < FSIM_GUESS_VALUES; a++) {
    if (!seen[a]) continue;
    c->by_value[a].cases++;
    c->by_value[a].last += late[a];
  }
}

static int compare_ranks(const void *left, const void *right) {
  const fsim_guess_activity *a = left, *b = right;
  if (a->rank != b->rank) return a->rank < b->rank ? -1 : 1;
  return (a->value > b->value) - (a->value < b->value);
}

/* Cases that have both, and those in which the second follows at once. */
static void compare_neighbours(const sample *s, fsim_guess_activity *a,
                               const fsim_guess_activity *b) {
  size_t both = 0, at_once = 0;
  for (size_t i = 0; i < s->n;) {
    int64_t first_a = FSIM_NEVER, first_b = FSIM_NEVER;
    const uint64_t which = s->event[i].which;
    for (; i < s->n && s->event[i].which == which; i++) {
      if (s->event[i].activity == a->value && first_a == FSIM_NEVER) first_a = s->event[i].time;
      if (s->event[i].activity == b->value && first_b == FSIM_NEVER) first_b = s->event[i].time;
    }
    if (first_a == FSIM_NEVER || first_b == FSIM_NEVER) continue;
    both++;
    at_once += first_b - first_a <= AT_ONCE && first_a - first_b <= AT_ONCE;
  }
  const double share = (double)at_once;
  a->with_next =
      both > 0 && share >= NEARLY_ALL * (double)a->cases && share >= NEARLY_ALL * (double)b->cases;
}

static bool is_end(const fsim_guess_activity *a) {
  return a->means != FSIM_GUESS_NO_ENDING && a->means != FSIM_GUESS_OPEN;
}

/* What ends cases by its name but is followed by more is a stage (an offer was accepted); what
 * nearly always comes with an end and is followed by nothing is told together with it. */
static void settle_ends(fsim_guess_flow *flow) {
  for (size_t i = 0; i < flow->n; i++) {
    fsim_guess_activity *a = &flow->activity[i];
    if (is_end(a) && a->last < NEARLY_ALL) a->means = FSIM_GUESS_NO_ENDING;
  }
}

static void join_ends(const sample *s, fsim_guess_flow *flow, fsim_guess_activity *a) {
  for (size_t i = 0; i < flow->n; i++) {
    const fsim_guess_activity *end = &flow->activity[i];
    if (!is_end(end) || end == a) continue;
    size_t both = 0;
    for (size_t e = 0; e < s->n;) {
      bool has_a = false, has_end = false;
      const uint64_t which = s->event[e].which;
      for (; e < s->n && s->event[e].which == which; e++) {
        has_a = has_a || s->event[e].activity == a->value;
        has_end = has_end || s->event[e].activity == end->value;
      }
      both += has_a && has_end;
    }
    if ((double)both < NEARLY_ALL * (double)a->cases) continue;
    a->means = end->means;
    return;
  }
}

int fsim_guess_flow_of(fsim_guess_table *t, fsim_report *report, fsim_guess_flow *flow) {
  const fsim_name_list *values = &t->column[t->role[FSIM_COLUMN_ACTIVITY]].values;
  *flow = (fsim_guess_flow){0};
  sample s = {0};
  counting c = {&s, flow->activity};
  int status = read_sample(t, report, &s);
  for (size_t v = 0; v < values->n && status == FSIM_OK; v++) {
    char *words = fsim_guess_words(values->name[v]);
    if (words == NULL) status = fsim_no_memory(report);
    flow->activity[v].value = v;
    if (words != NULL && !s.work[v]) flow->activity[v].means = fsim_guess_ending_of(words);
    free(words);
  }
  if (status == FSIM_OK) status = settle_work(&s, flow, values->n, report);
  for (size_t v = 0; v < values->n; v++) flow->activity[v].work = s.work[v];
  flow->n = values->n;
  flow->n_events = s.n;
  for (size_t i = 0; i < s.n && status == FSIM_OK; flow->n_cases++) {
    size_t n = 1;
    while (i + n < s.n && s.event[i + n].which == s.event[i].which) n++;
    count_case(&c, s.event + i, n);
    i += n;
  }
  for (size_t v = 0; v < flow->n; v++) {
    fsim_guess_activity *a = &flow->activity[v];
    const double cases = a->cases > 0 ? (double)a->cases : 1;
    a->rank /= cases;
    a->last /= cases;
  }
  qsort(flow->activity, flow->n, sizeof *flow->activity, compare_ranks);
  settle_ends(flow);
  for (size_t i = 0; i < flow->n && status == FSIM_OK; i++) {
    fsim_guess_activity *a = &flow->activity[i];
    if (a->work || a->means != FSIM_GUESS_NO_ENDING || a->last < NEARLY_ALL) continue;
    join_ends(&s, flow, a);
  }
  for (size_t i = 0; i + 1 < flow->n && status == FSIM_OK; i++)
    compare_neighbours(&s, &flow->activity[i], &flow->activity[i + 1]);
  free(s.event);
  return status;
}
