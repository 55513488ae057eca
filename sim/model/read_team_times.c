/* The times of teams: opening hours, closed dates, sizes from dates on. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/quantity.h"
#include "sim/model/reader.h"

#define DAY_S 86400

/* ---- opening hours ---- */

/* One line of hours: a stretch of every day of some weekdays. */
typedef struct daily {
  int32_t from_s, to_s;
  bool day[7];
} daily;

static size_t read_lines(const fsim_node *hours, daily *lines) {
  size_t n = hours->kind == FSIM_LIST ? hours->n_children : 1, read = 0;
  for (size_t i = 0; i < n; i++) {
    const fsim_node *line = hours->kind == FSIM_LIST ? hours->child[i] : hours;
    const char *days = fsim_word(line, "days");
    double from, to;
    if (!days || !fsim_value(line, "from", FSIM_FORM_CLOCK, &from) ||
        !fsim_value(line, "to", FSIM_FORM_CLOCK, &to) || from >= to)
      continue;
    size_t first = fsim_weekday_named(days);
    size_t last = strlen(days) == 7 ? fsim_weekday_named(days + 4) : first;
    if (first > last) continue; /* told already */
    daily *made = &lines[read++];
    *made = (daily){.from_s = (int32_t)from, .to_s = (int32_t)to};
    for (size_t d = first; d <= last && d < 7; d++) made->day[d] = true;
  }
  return read;
}

static bool is_closed(const fsim_node *closed, int32_t days) {
  double date;
  for (size_t i = 0; closed && closed->kind == FSIM_LIST && i < closed->n_children; i++)
    if (fsim_value_of(closed->child[i], FSIM_FORM_DATE, &date) && (int32_t)date == days)
      return true;
  return false;
}

static int by_opening(const void *a, const void *b) {
  const fsim_open_span *x = a, *y = b;
  return (x->from_s > y->from_s) - (x->from_s < y->from_s);
}

/* The stretches of one day, put after those before it: sorted, and joined where they touch. */
static void add_day(fsim_team *team, const daily *lines, size_t n, int weekday, int32_t midnight,
                    int32_t horizon_s) {
  fsim_open_span today[64];
  size_t m = 0;
  for (size_t i = 0; i < n && m < 64; i++)
    if (lines[i].day[weekday])
      today[m++] = (fsim_open_span){midnight + lines[i].from_s, midnight + lines[i].to_s, 0};
  qsort(today, m, sizeof *today, by_opening);
  for (size_t i = 0; i < m; i++) {
    fsim_open_span span = today[i], *last = team->n_open ? &team->open[team->n_open - 1] : NULL;
    if (span.to_s > horizon_s) span.to_s = horizon_s;
    if (span.from_s >= span.to_s) continue;
    if (last && span.from_s <= last->to_s) {
      if (span.to_s > last->to_s) last->to_s = span.to_s;
      continue;
    }
    span.before_s = last ? last->before_s + (last->to_s - last->from_s) : 0;
    team->open[team->n_open++] = span;
  }
}

static char *hours_text(fsim_reader *reader, const fsim_node *hours) {
  fsim_text text = {0};
  const size_t n = hours->kind == FSIM_LIST ? hours->n_children : 1;
  for (size_t i = 0; i < n; i++) {
    const fsim_node *line = hours->kind == FSIM_LIST ? hours->child[i] : hours;
    const char *days = fsim_word(line, "days"), *from = fsim_word(line, "from"),
               *to = fsim_word(line, "to");
    if (days && from && to)
      fsim_text_append(&text, "%s%s %s-%s", text.length > 0 ? ", " : "", days, from, to);
  }
  if (text.failed) fsim_reader_no_memory(reader);
  char *copy = !text.failed && text.text ? fsim_reader_text(reader, text.text) : NULL;
  free(text.text);
  return copy;
}

static void read_hours(fsim_reader *reader, const fsim_node *body, fsim_team *team) {
  const fsim_node *hours = fsim_node_get(body, "hours"), *closed = fsim_node_get(body, "closed");
  const daily always = {0, DAY_S, {true, true, true, true, true, true, true}};
  const bool stated = hours && hours->kind != FSIM_SCALAR;
  const int32_t days = (reader->s->horizon_s + DAY_S - 1) / DAY_S;
  if (!stated && !(closed && closed->n_children > 0)) return;
  size_t room = stated && hours->kind == FSIM_LIST ? hours->n_children : 1, n = 1;
  if (room > 64) {
    fsim_reader_mistake(reader, hours->place, "%zu lines of hours; at most 64 are possible", room);
    return;
  }
  daily lines[64] = {always};
  if (stated) n = read_lines(hours, lines);
  if (stated) team->hours = hours_text(reader, hours);
  team->n_closed = closed && closed->kind == FSIM_LIST ? closed->n_children : 0;
  team->open = fsim_reader_get(reader, (size_t)(days > 0 ? days : 1) * room, sizeof *team->open);
  for (int32_t d = 0; team->open && d < days; d++) {
    const int32_t date = reader->s->start_days + d;
    if (!is_closed(closed, date))
      add_day(team, lines, n, fsim_weekday(date), d * DAY_S, reader->s->horizon_s);
  }
  if (team->open && team->n_open == 0 && n > 0 && days > 0)
    fsim_reader_mistake(reader, (stated ? hours : closed)->key_place,
                        "the team '%s' is never open within the horizon", team->name);
}

/* ---- sizes ---- */

static const fsim_node *team_in(const fsim_node *version, const char *name) {
  const fsim_node *teams = fsim_node_get(version, "teams");
  return teams ? fsim_node_get(teams, name) : NULL;
}

/* What one version says of a team's size at t. */
static double size_at(const fsim_reader *reader, size_t version, const char *name, int32_t t) {
  const fsim_node *body = team_in(reader->versions[version], name);
  const fsim_node *list = body ? fsim_node_get(body, "changes") : NULL;
  double size = 0, days, changed;
  if (!body || !fsim_value(body, "size", FSIM_FORM_NUMBER, &size)) return 0;
  for (size_t i = 0; list && list->kind == FSIM_LIST && i < list->n_children; i++)
    if (fsim_value(list->child[i], "on", FSIM_FORM_DATE, &days) &&
        fsim_value(list->child[i], "size", FSIM_FORM_NUMBER, &changed) &&
        (days - reader->s->start_days) * FSIM_DAY <= t)
      size = changed;
  return size;
}

/* The version with exactly these changes; SIZE_MAX: it was not made. */
static size_t version_of(const fsim_reader *reader, uint32_t mask) {
  for (size_t v = 0; v < reader->n_versions; v++)
    if (reader->mask[v] == mask) return v;
  return SIZE_MAX;
}

static uint32_t in_force(const fsim_scenario *s, int32_t t) {
  uint32_t mask = 0;
  for (size_t c = 0; c < s->n_changes; c++)
    if (s->changes[c].on_s <= t) mask |= UINT32_C(1) << c;
  return mask;
}

/* A team changes for everybody at once. */
static void check_change(fsim_reader *reader, const fsim_node *body, const fsim_team *team,
                         size_t c) {
  const fsim_change *change = &reader->s->changes[c];
  const uint32_t mask = in_force(reader->s, change->on_s);
  const size_t with = version_of(reader, mask),
               without = version_of(reader, mask & ~(UINT32_C(1) << c));
  if (with == SIZE_MAX || without == SIZE_MAX) return;
  if (size_at(reader, with, team->name, change->on_s) ==
      size_at(reader, without, team->name, change->on_s))
    return;
  if (change->share < 1 || change->ramp_s > 0)
    fsim_reader_mistake(reader, body->key_place,
                        "the change '%s' gives the team '%s' another size: that reaches all leads "
                        "at once, so it cannot have a share or a ramp; give it a change of its own",
                        change->text, team->name);
}

static int by_start(const void *a, const void *b) {
  const fsim_team_size *x = a, *y = b;
  return (x->from_s > y->from_s) - (x->from_s < y->from_s);
}

static void add_moment(const fsim_reader *reader, fsim_team *team, double from_s) {
  if (from_s <= 0 || from_s >= reader->s->horizon_s) return;
  team->sizes[team->n_sizes++].from_s = (int32_t)from_s;
}

static size_t count_moments(const fsim_reader *reader, const char *name) {
  size_t n = 1 + reader->s->n_changes;
  for (size_t v = 0; v < reader->n_versions; v++) {
    const fsim_node *body = team_in(reader->versions[v], name);
    const fsim_node *list = body ? fsim_node_get(body, "changes") : NULL;
    n += list ? list->n_children : 0;
  }
  return n;
}

static void list_moments(const fsim_reader *reader, fsim_team *team) {
  double days;
  team->sizes[team->n_sizes++].from_s = 0;
  for (size_t c = 0; c < reader->s->n_changes; c++)
    add_moment(reader, team, reader->s->changes[c].on_s);
  for (size_t v = 0; v < reader->n_versions; v++) {
    const fsim_node *body = team_in(reader->versions[v], team->name);
    const fsim_node *list = body ? fsim_node_get(body, "changes") : NULL;
    for (size_t i = 0; list && list->kind == FSIM_LIST && i < list->n_children; i++)
      if (fsim_value(list->child[i], "on", FSIM_FORM_DATE, &days))
        add_moment(reader, team, (days - reader->s->start_days) * FSIM_DAY);
  }
  qsort(team->sizes, team->n_sizes, sizeof *team->sizes, by_start);
}

static void read_sizes(fsim_reader *reader, const fsim_node *body, fsim_team *team) {
  team->sizes = fsim_reader_get(reader, count_moments(reader, team->name), sizeof *team->sizes);
  if (!team->sizes) return;
  list_moments(reader, team);
  size_t kept = 0;
  for (size_t i = 0; i < team->n_sizes; i++) {
    const int32_t from = team->sizes[i].from_s;
    const size_t version = version_of(reader, in_force(reader->s, from));
    const double size = size_at(reader, version == SIZE_MAX ? 0 : version, team->name, from);
    const double places = rint(size * team->concurrency);
    const fsim_team_size now = {from, size, places < 1e9 ? (uint32_t)places : 1000000000};
    if (kept > 0 && team->sizes[kept - 1].people == now.people) continue;
    if (fabs(places - size * team->concurrency) > 1e-9)
      fsim_warn(reader->report, body->key_place,
                "the team '%s' has %g x %g places: %g are simulated, a place is whole", team->name,
                size, team->concurrency, places);
    team->sizes[kept++] = now;
  }
  team->n_sizes = kept;
  team->size = team->sizes[0].people;
  for (size_t c = 0; c < reader->s->n_changes; c++) check_change(reader, body, team, c);
}

/* ---- what may not change ---- */

/* Only the size has a course over time; all else is read from the base version. */
static void check_rest(fsim_reader *reader, const fsim_node *body) {
  static const char *const keys[] = {"concurrency", "hours", "closed", "queue", "limit", "cost"};
  for (size_t k = 0; k < sizeof keys / sizeof *keys; k++) {
    const fsim_node *base = fsim_node_get(body, keys[k]);
    bool constant = true;
    for (size_t v = 1; v < reader->n_versions && constant; v++) {
      const fsim_node *other = team_in(reader->versions[v], body->key);
      constant = !other || fsim_node_same(base, fsim_node_get(other, keys[k]));
    }
    if (!constant)
      fsim_reader_mistake(reader, fsim_where_changed(reader, "teams", body, keys[k]),
                          "only the size of a team can change on a date, not its %s: set "
                          "teams.%s.%s for the whole run, or describe a second team and change "
                          "the work.team of its stages on that date",
                          keys[k], body->key, keys[k]);
  }
}

void fsim_read_team_times(fsim_reader *reader, const fsim_node *node) {
  fsim_scenario *s = reader->s;
  for (size_t t = 0; t < s->n_teams; t++) {
    fsim_team *team = &s->teams[t];
    const fsim_node *body = node && node->kind == FSIM_MAP ? fsim_node_get(node, team->name) : NULL;
    if (body && body->kind == FSIM_MAP) {
      read_hours(reader, body, team);
      read_sizes(reader, body, team);
      check_rest(reader, body);
      continue;
    }
    team->sizes = fsim_reader_get(reader, 1, sizeof *team->sizes);
    if (!team->sizes) return;
    team->sizes[0] =
        (fsim_team_size){0, team->size, (uint32_t)rint(team->size * team->concurrency)};
    team->n_sizes = 1;
  }
}
