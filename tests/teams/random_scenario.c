#include "tests/teams/random_scenario.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/quantity.h"
#include "sim/base/text.h"

#define MOST_STAGES 5
#define MOST_FUNNELS 3
#define MOST_TEAMS 4

typedef struct maker {
  uint64_t number, drawn;
  bool teams, forward; /* forward: fifo, and no journey comes back to a stage */
  bool linked;         /* and links, which bring a lead to every funnel once at most */
  bool paced;          /* weeks in which waits run faster or slower, and several weeks */
  fsim_text yaml, leads, deals;
  bool hourly; /* everything takes whole hours: the more ties */
  int n_works, n_funnels, n_teams, n_days, start_day; /* of January 2026 */
  int n_stages[MOST_FUNNELS];
  bool works[MOST_FUNNELS][MOST_STAGES], races[MOST_FUNNELS][MOST_STAGES];
  bool waits[MOST_FUNNELS][MOST_STAGES];
  bool has_value[MOST_FUNNELS];
  bool two_segments, two_sources;
  bool drops; /* this funnel; then nothing races in it, the chain's integrals would take long */
} maker;

/* 0 … n - 1 */
static int pick(maker *m, int n) {
  uint64_t word = fsim_hash_mix(fsim_hash_mix(m->number, 0x7465616d), m->drawn++);
  return (int)(word % (uint64_t)n);
}

static bool chance(maker *m, int percent) {
  return pick(m, 100) < percent;
}

#define ADD(...) fsim_text_append(&m->yaml, __VA_ARGS__)

/* ---- times ---- */

static void add_time(maker *m, int most_min) {
  static const int some[] = {0, 1, 5, 10, 20, 30, 60, 120, 240, 480};
  int n = 0;
  if (m->hourly) {
    int hours = pick(m, most_min > 240 ? 5 : 3);
    if (chance(m, 30)) {
      ADD("{empirical: {values: [0 s, %d h, %d h]}}", hours + 1, hours + 2);
    } else {
      ADD("%d h", hours);
    }
    return;
  }
  if (m->paced && chance(m, 30)) { /* some end in another week */
    if (chance(m, 50)) {
      ADD("%d h", 12 * (1 + pick(m, 20)));
    } else {
      ADD("{exponential: {mean: %d d}}", 1 + pick(m, 6));
    }
    return;
  }
  if (chance(m, 3)) { /* longer than any run, near the end of what a second's number holds */
    ADD(chance(m, 50) ? "10000 w" : "{exponential: {mean: 1500 w}}");
    return;
  }
  while (n < 10 && some[n] <= most_min) n++;
  int minutes = some[pick(m, n)];
  switch (pick(m, 6)) {
    case 0:
      ADD("{empirical: {values: [0 s, %d min, %d min], weights: [1, 2, 1]}}", minutes + 1,
          2 * minutes + 2);
      return;
    case 1:
      ADD("{empirical: {values: [%d min, %d min]}}", minutes, minutes + 10);
      return;
    case 2:
      ADD("{exponential: {mean: %d min}}", minutes + 1);
      return;
    default:
      ADD("%d min", minutes);
      return;
  }
}

/* ---- funnels ---- */

/* A stage of the same funnel that lies ahead, or an outcome. */
static void add_place_ahead(maker *m, int f, int stage) {
  int ahead = m->n_stages[f] - 1 - stage;
  int to = pick(m, ahead + 2);
  if (to < ahead) {
    ADD("s%d", stage + 1 + to);
  } else {
    ADD(to == ahead ? "lost" : "won");
  }
}

typedef struct ways {
  char name[8][8];
  int n;
} ways;

static void add_way(ways *w, const char *name) {
  for (int i = 0; i < w->n; i++) {
    if (strcmp(w->name[i], name) == 0) return;
  }
  strcpy(w->name[w->n++], name);
}

/* A way back stands before the last one, which takes the rest. */
static void add_back(ways *w, const char *name) {
  strcpy(w->name[w->n], w->name[w->n - 1]);
  strcpy(w->name[w->n - 1], name);
  w->n++;
}

/* Every stage leads to the next one, so that all are reached; some lead back. */
static ways make_ways(maker *m, int f, int stage) {
  ways w = {.n = 0};
  char name[8] = "s0";
  bool last = stage + 1 == m->n_stages[f];
  name[1] = (char)('0' + stage + 1);
  add_way(&w, last ? "won" : name);
  if (last || chance(m, 70)) add_way(&w, "lost");
  if (chance(m, 30)) add_way(&w, "won");
  if (!last && chance(m, 30)) {
    name[1] = (char)('0' + stage + 1 + pick(m, m->n_stages[f] - 1 - stage));
    add_way(&w, name);
  }
  if (!m->races[f][stage] && !m->forward &&
      chance(m, 30)) { /* a clock of no length would win for ever */
    name[1] = (char)('0' + pick(m, stage + 1));
    add_back(&w, name);
  }
  return w;
}

static void add_exits(maker *m, int f, int stage, const ways *w) {
  bool race = m->races[f][stage], own = chance(m, 20);
  int left = 100;
  ADD("        exits:\n");
  for (int i = 0; i < w->n; i++) {
    ADD("          %s: {", w->name[i]);
    bool back = w->name[i][0] == 's' && w->name[i][1] - '0' <= stage;
    if (!race && i + 1 == w->n && left > 0) {
      ADD("probability: rest");
    } else if (!race) {
      int share = 5 * pick(m, 1 + (back && left > 50 ? 50 : left) / 10); /* some is left */
      if (i == 0 && share == 0) share = 5; /* the way on is never closed */
      left -= share;
      ADD("probability: %d %%", share);
    }
    if (race || (own && chance(m, 60))) {
      ADD("%swait: ", race ? "" : ", ");
      add_time(m, 240);
    }
    ADD("}\n");
  }
}

static void add_work(maker *m, int f, int stage) {
  bool meet = m->linked && f > 0 && stage + 1 == m->n_stages[f]; /* journeys side by side */
  ADD("        work: {team: t%d, time: ", meet         ? 0
                                          : m->linked  ? 1 + m->n_works++ % (m->n_teams - 1)
                                          : m->forward ? m->n_works++ % m->n_teams
                                                       : pick(m, m->n_teams));
  add_time(m, chance(m, 20) ? 480 : 120);
}

static void add_rules(maker *m, int f, int stage) {
  if (chance(m, 25)) {
    ADD("        expire: {after: %d min, to: ",
        m->hourly ? 60 * (1 + pick(m, 4)) : 20 * (1 + pick(m, 12)));
    add_place_ahead(m, f, stage);
    ADD("}\n");
  }
  if (m->drops && chance(m, 50)) ADD("        drop: {win_probability_below: 0.1, to: lost}\n");
  if (!m->forward && chance(m, 25)) {
    ADD("        max_visits: {count: %d, to: ", 1 + pick(m, 3));
    add_place_ahead(m, f, stage);
    ADD("}\n");
  }
}

static void add_stage(maker *m, int f, int stage) {
  bool works = m->teams && chance(m, 65);
  m->works[f][stage] = works;
  m->races[f][stage] = !m->drops && chance(m, 12);
  ways w = make_ways(m, f, stage);
  ADD("      s%d:\n", stage);
  if (works) {
    add_work(m, f, stage);
    if (chance(m, 40)) {
      ADD(", patience: ");
      add_time(m, 480);
    }
    if (chance(m, 20)) ADD(", occupies: stage");
    if (chance(m, m->hourly ? 60 : 20)) {
      ADD(", abandon: ");
      add_place_ahead(m, f, stage);
    }
    ADD("}\n");
  }
  m->waits[f][stage] = !m->races[f][stage] && chance(m, 60);
  if (m->races[f][stage]) ADD("        race: true\n");
  if (m->waits[f][stage]) {
    ADD("        wait: ");
    add_time(m, 480);
    ADD("\n");
  }
  add_exits(m, f, stage, &w);
  add_rules(m, f, stage);
  if (works && !m->races[f][stage] && chance(m, 25))
    ADD("        wait_effect: {half_life: %d min, floor: 0.%d, exits: [%s]}\n",
        10 * (1 + pick(m, 12)), pick(m, 10), w.name[0]);
}

static void add_overrides(maker *m, int f) {
  if (!m->two_segments || !chance(m, 60)) return;
  ADD("    overrides:\n      - when: {segment: large}\n        stages:\n");
  for (int i = 0; i < m->n_stages[f]; i++) {
    if (i > 0 && chance(m, 50)) continue;
    if (m->works[f][i] && chance(m, 70)) {
      ADD("          s%d: {work: {scale: %d}}\n", i, 1 + pick(m, 3));
    } else {
      ADD("          s%d: {wait: {scale: %d}}\n", i, 1 + pick(m, 3));
    }
  }
  if (chance(m, 50)) ADD("        value: 5000\n");
}

static void add_funnel(maker *m, int f) {
  m->n_stages[f] = 1 + pick(m, MOST_STAGES);
  m->drops = chance(m, 6);
  ADD("  f%d:\n    funnel: f%d\n    entry: s0\n    stages:\n", f, f);
  for (int i = 0; i < m->n_stages[f]; i++) add_stage(m, f, i);
  ADD("    outcomes: {won: {counts_as: win}, lost: {}}\n");
  m->has_value[f] = true;
  if (chance(m, 30)) {
    ADD("    value: {lognormal: {mean: 1000, cv: 1}}\n");
  } else if (chance(m, 70)) {
    ADD("    value: {empirical: {values: [100, 200, 300]}}\n");
  } else {
    m->has_value[f] = false;
  }
  add_overrides(m, f);
}

/* ---- teams ---- */

static void add_span(maker *m) {
  static const char *const days[] = {"mon-sun", "mon-fri", "tue-thu", "mon-wed"};
  /* a team must be open on some day, also when another one is closed */
  int n = m->n_days < 4 ? 1 : m->n_days < 7 ? 2 : 4;
  int from = 6 + pick(m, 8);
  ADD("{days: %s, from: \"%02d:00\", to: \"%02d:%02d\"}", days[pick(m, n)], from,
      from + 1 + pick(m, 9), 15 * pick(m, 4));
}

static void add_hours(maker *m) {
  ADD(", hours: ");
  if (chance(m, 60)) {
    add_span(m);
  } else {
    ADD("[{days: mon-thu, from: \"08:00\", to: \"12:00\"}, {days: mon-sun, from: \"13:00\", to: "
        "\"17:30\"}]");
  }
  if (chance(m, 40)) ADD(", closed: [2026-01-%02d]", m->start_day + pick(m, m->n_days));
}

static void add_queue(maker *m) {
  switch (m->forward ? 4 : pick(m, 5)) {
    case 0:
      ADD(", queue: lifo");
      return;
    case 1:
      ADD(", queue: value");
      return;
    case 2:
      if (m->two_segments)
        ADD(", queue: {priority: [{when: {segment: large}}%s]}",
            m->two_sources ? ", {when: {source: web}}" : "");
      return;
    default:
      return;
  }
}

static void add_team(maker *m, int team) {
  int size = pick(m, 4);
  ADD("  t%d: {size: %d", team, size);
  if (chance(m, 20)) ADD(", concurrency: %s", chance(m, 50) ? "2" : "1.5");
  if (chance(m, 50)) add_hours(m);
  add_queue(m);
  if (chance(m, m->linked ? 5 : 30)) ADD(", limit: %d", pick(m, 4));
  if (size == 0 || chance(m, 30)) {
    int day = m->start_day + pick(m, m->n_days), first = 1 + pick(m, 3);
    ADD(", changes: [{on: 2026-01-%02d, size: %d}", day, first);
    if (chance(m, 60)) ADD(", {on: 2026-01-%02d, size: %d}", day + 1, pick(m, 2));
    ADD("]");
  }
  ADD("}\n");
}

/* ---- streams ---- */

static void add_attributes(maker *m) {
  if (!m->two_segments && !m->two_sources) return;
  ADD(", attributes: {");
  if (m->two_segments) {
    if (chance(m, 20)) {
      ADD("segment: large");
    } else {
      ADD("segment: {small: 0.6, large: 0.4}");
    }
  }
  if (m->two_sources)
    ADD("%ssource: {web: 0.5, fair: 0.3, mail: 0.2}", m->two_segments ? ", " : "");
  ADD("}");
}

/* A dated row; half of the rows share a few instants. */
static void add_instant(maker *m, fsim_text *text, int day) {
  int hour = pick(m, 24), minute = m->hourly || chance(m, 50) ? 0 : 15 * pick(m, 4);
  fsim_text_append(text, "2026-01-%02d %02d:%02d", day, hour, minute);
}

static void add_replay(maker *m, int funnel) {
  ADD("  past: {into: f%d, csv: {file: leads.csv, date: date%s}%s}\n", funnel,
      m->two_segments ? ", attributes: {segment: segment}" : "",
      m->two_sources ? ", attributes: {source: mail}" : "");
  fsim_text_append(&m->leads, "date,segment\n");
  for (int i = 3 + pick(m, 12); i > 0; i--) {
    add_instant(m, &m->leads, m->start_day + pick(m, m->n_days));
    fsim_text_append(&m->leads, ",%s\n", chance(m, 50) ? "small" : "large");
  }
}

static void add_stream(maker *m, int stream) {
  static const char *const names[] = {"web", "Zoo", "fair", "alpha"};
  int funnel = stream == 0 ? 0 : pick(m, m->n_funnels);
  if (stream == 3) {
    add_replay(m, funnel);
    return;
  }
  ADD("  %s: {into: f%d, ", names[stream], funnel);
  switch (m->hourly ? 0 : pick(m, 4)) {
    case 0:
      ADD("rate: %d / d, spacing: evenly", m->hourly ? 12 * (1 + pick(m, 2)) : 4 + 4 * pick(m, 5));
      break;
    case 1:
      ADD("campaign: {on: 2026-01-%02d, leads: %d, over: %d min}",
          m->start_day + pick(m, m->n_days), 4 + pick(m, 12), 1 + 60 * pick(m, 6));
      break;
    default:
      ADD("rate: %d / d", 3 + pick(m, 12));
      break;
  }
  add_attributes(m);
  ADD("}\n");
}

/* One funnel leads to every funnel but the first. */
static void add_tree_of_links(maker *m) {
  ADD("links:\n");
  for (int to = 1; to < m->n_funnels; to++) {
    int from = pick(m, to);
    bool both = chance(m, 40);
    for (int end = both ? 0 : pick(m, 2), last = both ? 1 : end; end <= last; end++) {
      ADD("  - {from: f%d.%s, to: f%d, probability: 0.%d", from, end == 0 ? "won" : "lost", to,
          4 + pick(m, 6));
      ADD(", after: %d min", 30 * pick(m, 4) * pick(m, 2));
      ADD("}\n");
    }
  }
}

static void add_links(maker *m) {
  if (m->linked) {
    add_tree_of_links(m);
    return;
  }
  if (!chance(m, m->forward ? 50 : 60) || m->n_funnels < 2) return;
  ADD("links:\n  - {from: f0.won, to: f1, probability: 0.2}\n");
  for (int i = 1 + pick(m, 3); i > 0; i--) {
    int from = pick(m, m->n_funnels), to = pick(m, m->n_funnels);
    if (m->forward && to <= from) continue;
    bool back = to <= from; /* rare, or the leads' journeys would multiply without end */
    ADD("  - {from: f%d.%s, to: f%d, probability: 0.%d", from, chance(m, 50) ? "won" : "lost", to,
        back ? 1 + pick(m, 2) : 1 + pick(m, 5));
    if (back || chance(m, 50)) ADD(", after: %d min", 30 * (1 + pick(m, 20)));
    ADD("}\n");
  }
}

static void add_pipeline(maker *m) {
  if (m->linked || !chance(m, m->forward ? 10 : 40)) return;
  int funnel = pick(m, m->n_funnels), n = 2 + pick(m, 8);
  ADD("pipeline: {file: deals.csv, funnel: f%d, stage: stage, entered: entered, value: amount%s}\n",
      funnel, m->two_segments ? ", attributes: {segment: segment}" : "");
  fsim_text_append(&m->deals, "stage,segment,amount,entered\n");
  for (int i = 0; i < n; i++) {
    fsim_text_append(&m->deals, "s%d,%s,%s,", pick(m, m->n_stages[funnel]),
                     chance(m, 50) ? "small" : "large", chance(m, 50) ? "250" : "");
    if (chance(m, 5)) {
      fsim_text_append(&m->deals, "1990-01-01");
    } else if (chance(m, 20)) {
      fsim_text_append(&m->deals, "2026-01-%02d", m->start_day);
    } else {
      add_instant(m, &m->deals, m->start_day - 1 - pick(m, 2));
    }
    fsim_text_append(&m->deals, "\n");
  }
}

static void add_changes(maker *m) {
  static const char *const applies[] = {"new", "next_stage", "all", "all"};
  if (!chance(m, 45)) return;
  ADD("changes:\n");
  for (int i = 1 + pick(m, 2); i > 0; i--) {
    int f = pick(m, m->n_funnels), stage = pick(m, m->n_stages[f]);
    ADD("  - {on: 2026-01-%02d, applies_to: %s, ", m->start_day + pick(m, m->n_days),
        applies[pick(m, m->forward && !chance(m, 10) ? 2 : 4)]);
    if (chance(m, 30)) ADD("share: 50 %%, ");
    if (chance(m, 20)) ADD("ramp: 1 d, ");
    if (m->linked && chance(m, 30)) {
      ADD("set: {links.0.probability: 0.%d}}\n", 1 + pick(m, 9));
    } else if (m->linked && chance(m, 30)) {
      ADD("set: {links.0.after: %d min}}\n", 30 * pick(m, 4));
    } else if (m->forward && m->has_value[f] && chance(m, 20)) {
      ADD("set: {f%d.value: %d}}\n", f, 100 * (1 + pick(m, 5)));
    } else if (m->works[f][stage] && chance(m, 50)) {
      ADD("set: {f%d.stages.s%d.work.time: ", f, stage);
      add_time(m, 120);
      ADD("}}\n");
    } else if (m->waits[f][stage]) {
      ADD("set: {f%d.stages.s%d.wait: ", f, stage);
      add_time(m, 480);
      ADD("}}\n");
    } else {
      ADD("set: {f%d.stages.s%d.expire: {after: %d min, to: lost}}}\n", f, stage,
          30 * (1 + pick(m, 8)));
    }
  }
}

/* One pace for all stages without work, or two that share them. */
static void add_paces(maker *m) {
  static const char *const cvs[] = {"0", "15 %", "0.6", "200 %"};
  int n[2] = {0, 0};
  fsim_text list[2] = {{0}, {0}};
  for (int f = 0; f < m->n_funnels; f++) {
    for (int i = 0; i < m->n_stages[f]; i++) {
      int of = pick(m, 3);
      if (m->works[f][i] || of == 2) continue;
      fsim_text_append(&list[of], "%sf%d.s%d", n[of]++ > 0 ? ", " : "", f, i);
    }
  }
  bool all = chance(m, 30);
  if (n[0] + n[1] > 0) ADD("paces:\n");
  if (all && n[0] + n[1] > 0) ADD("  weeks: {cv: %s}\n", cvs[1 + pick(m, 3)]);
  for (int of = 0; of < 2; of++) {
    if (!all && n[of] > 0)
      ADD("  %s: {cv: %s, stages: [%s]}\n", of == 0 ? "zeal" : "Answers", cvs[pick(m, 4)],
          list[of].text);
    m->yaml.failed |= list[of].failed;
    free(list[of].text);
  }
}

static void add_scenario(maker *m) {
  m->start_day = 5 + pick(m, 7);
  m->n_days = m->paced ? 9 + pick(m, 10) : 2 + pick(m, 6);
  m->n_funnels = m->linked ? 2 + pick(m, MOST_FUNNELS - 1) : 1 + pick(m, MOST_FUNNELS);
  m->n_teams = m->linked ? 3 + pick(m, 9) : m->teams ? 1 + pick(m, MOST_TEAMS) : 0;
  m->hourly = chance(m, 35);
  m->two_segments = chance(m, 60);
  m->two_sources = chance(m, 30);
  ADD("scenario: random\nstart: 2026-01-%02d\nhorizon: %d d\nseed: %d\n", m->start_day, m->n_days,
      pick(m, 1000000));
  if (m->two_segments || m->two_sources)
    ADD("attributes: {%s%s%s}\n", m->two_segments ? "segment: [small, large]" : "",
        m->two_segments && m->two_sources ? ", " : "",
        m->two_sources ? "source: [web, fair, mail]" : "");
  ADD("models:\n");
  for (int f = 0; f < m->n_funnels; f++) add_funnel(m, f);
  if (m->paced) add_paces(m);
  if (m->teams) ADD("teams:\n");
  for (int t = 0; t < m->n_teams; t++) add_team(m, t);
  ADD("streams:\n");
  for (int s = 0; s < 4; s++) {
    if (s == 0 || chance(m, 45)) add_stream(m, s);
  }
  add_links(m);
  add_pipeline(m);
  add_changes(m);
}

static bool make(maker *m, random_scenario *made) {
  add_scenario(m);
  *made = (random_scenario){m->yaml.text, m->leads.text, m->deals.text};
  return !m->yaml.failed && !m->leads.failed && !m->deals.failed;
}

bool random_scenario_make(uint64_t number, bool teams, random_scenario *made) {
  return make(&(maker){.number = number, .teams = teams}, made);
}

bool random_scenario_forward(uint64_t number, random_scenario *made) {
  return make(&(maker){.number = number, .teams = true, .forward = true}, made);
}

bool random_scenario_linked(uint64_t number, random_scenario *made) {
  return make(&(maker){.number = number, .teams = true, .forward = true, .linked = true}, made);
}

bool random_scenario_paced(uint64_t number, random_scenario *made) {
  maker m = {.number = number, .teams = number % 4 > 0, .forward = number % 4 > 1, .paced = true};
  m.linked = number % 4 > 2;
  return make(&m, made);
}

void random_scenario_free(random_scenario *scenario) {
  free(scenario->yaml);
  free(scenario->leads);
  free(scenario->deals);
  *scenario = (random_scenario){0};
}
