/* Overrides: which leads they are for, and how they change the law of a stage. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/array.h"
#include "sim/model/reader.h"

/* ---- when ---- */

static bool names_value(const fsim_node *values, const char *value) {
  if (values->kind == FSIM_SCALAR) return strcmp(values->text, value) == 0;
  for (size_t i = 0; i < values->n_children; i++)
    if (values->child[i]->kind == FSIM_SCALAR && strcmp(values->child[i]->text, value) == 0)
      return true;
  return false;
}

bool fsim_when_matches(const fsim_reader *reader, const fsim_node *when, size_t profile) {
  const fsim_scenario *s = reader->s;
  if (!when || when->kind != FSIM_MAP) return false;
  for (size_t c = 0; c < when->n_children; c++) {
    const fsim_node *child = when->child[c];
    const size_t a = fsim_find_attribute(reader, child->key);
    if (a == SIZE_MAX) return false;
    const size_t v = fsim_profile_value(s, profile, a);
    if (!names_value(child, s->attributes[a].values[v])) return false;
  }
  return true;
}

/* A model may know values that a scenario has no leads of, so only what looks like a slip of the
 * pen is a mistake. */
static void check_value(fsim_reader *reader, const fsim_node *value, const fsim_attribute *a,
                        size_t index) {
  if (value->kind != FSIM_SCALAR || fsim_find_value(reader, index, value->text) != SIZE_MAX) return;
  const char *nearest = fsim_nearest_name(value->text, (const char *const *)a->values, a->n_values);
  if (nearest)
    fsim_reader_mistake(reader, value->place, "%s has no value '%s': did you mean '%s'?", a->name,
                        value->text, nearest);
  else
    fsim_note(reader->report, value->place,
              "no lead of this scenario has the %s '%s': nothing changes for it", a->name,
              value->text);
}

void fsim_check_when(fsim_reader *reader, const fsim_node *when) {
  const fsim_scenario *s = reader->s;
  if (!when || when->kind != FSIM_MAP) return;
  for (size_t c = 0; c < when->n_children; c++) {
    const fsim_node *child = when->child[c];
    const size_t index = fsim_find_attribute(reader, child->key);
    if (index == SIZE_MAX) {
      const char *known[FSIM_MOST_ATTRIBUTES];
      for (size_t a = 0; a < s->n_attributes; a++) known[a] = s->attributes[a].name;
      const char *nearest = fsim_nearest_name(child->key, known, s->n_attributes);
      if (nearest)
        fsim_reader_unknown(reader, child->key_place, "attribute", child->key, known,
                            s->n_attributes);
      else
        fsim_note(reader->report, child->key_place,
                  "leads of this scenario have no attribute '%s': nothing changes for any",
                  child->key);
      continue;
    }
    const fsim_attribute *a = &s->attributes[index];
    if (child->kind == FSIM_SCALAR) check_value(reader, child, a, index);
    for (size_t i = 0; child->kind == FSIM_LIST && i < child->n_children; i++)
      check_value(reader, child->child[i], a, index);
  }
}

/* ---- changes of a law ---- */

/* {scale: 1.6} and nothing else. */
static bool only_scale(const fsim_node *node, double *factor) {
  return node->kind == FSIM_MAP && node->n_children == 1 &&
         fsim_value(node, "scale", FSIM_FORM_NUMBER, factor);
}

static bool change_law(fsim_reader *reader, const fsim_node *node, const fsim_distribution **law) {
  double factor;
  if (!node) return true;
  if (only_scale(node, &factor)) {
    if (!*law) return true;
    *law = fsim_reader_scaled(reader, *law, factor);
  } else {
    *law = fsim_reader_law(reader, node, FSIM_KIND_TIME);
  }
  return *law != NULL;
}

/* A scale is for the stage's wait and its exits' own; another wait replaces only the stage's. */
static bool change_wait(fsim_reader *reader, const fsim_node *node, const fsim_stage *stage,
                        fsim_stage_law *law) {
  if (!node) return true;
  double factor;
  const bool scales = only_scale(node, &factor);
  const fsim_distribution *before = law->wait, *after = before;
  if (!change_law(reader, node, &after)) return false;
  for (size_t e = 0; e < stage->n_exits; e++) {
    const bool own = !before || law->waits[e] != before;
    if (!own)
      law->waits[e] = after;
    else if (scales && !(law->waits[e] = fsim_reader_scaled(reader, law->waits[e], factor)))
      return false;
  }
  if (before) law->wait = after;
  return true;
}

static size_t exit_index(fsim_reader *reader, const fsim_stage *stage, const fsim_node *named) {
  for (size_t e = 0; e < stage->n_exits; e++)
    if (strcmp(stage->exits[e].name, named->key) == 0) return e;
  const char **known = fsim_zeroed(stage->n_exits, sizeof *known);
  for (size_t e = 0; known && e < stage->n_exits; e++) known[e] = stage->exits[e].name;
  if (known)
    fsim_reader_unknown(reader, named->key_place, "exit of this stage,", named->key, known,
                        stage->n_exits);
  else
    fsim_reader_no_memory(reader);
  free(known);
  return SIZE_MAX;
}

/* The exits not named keep their proportions and share what is left; with `rest` at one of the
 * named exits, the others stay as they are and that one takes up the difference. */
static bool spread(fsim_reader *reader, const fsim_node *exits, const fsim_stage *stage,
                   const bool *named, size_t rest, double *probability) {
  double given = 0, others = 0;
  for (size_t e = 0; e < stage->n_exits; e++) {
    if (e == rest) continue;
    if (named[e])
      given += probability[e];
    else
      others += probability[e];
  }
  const double sum = rest == SIZE_MAX ? given : given + others;
  if (sum > 1 + 1e-9 || (rest == SIZE_MAX && others <= 0 && fabs(given - 1) > 1e-6)) {
    fsim_reader_mistake(reader, exits->key_place,
                        sum > 1 ? "with this override the probabilities sum to %.10g, more than 1"
                                : "this override gives all exits, but they sum to %.10g, not 1",
                        sum);
    return false;
  }
  if (rest != SIZE_MAX) probability[rest] = sum < 1 ? 1 - sum : 0;
  for (size_t e = 0; rest == SIZE_MAX && e < stage->n_exits; e++) {
    if (others <= 0)
      probability[e] /= given;
    else if (!named[e])
      probability[e] *= given < 1 ? (1 - given) / others : 0;
  }
  return true;
}

static bool change_exits(fsim_reader *reader, const fsim_node *exits, const fsim_stage *stage,
                         fsim_stage_law *law) {
  if (!exits) return true;
  bool *named = fsim_reader_get(reader, stage->n_exits, sizeof *named);
  bool good = named != NULL, any = false;
  size_t rest = SIZE_MAX;
  for (size_t c = 0; named && c < exits->n_children; c++) {
    const fsim_node *exit = exits->child[c];
    const size_t e = exit_index(reader, stage, exit);
    if (e == SIZE_MAX) {
      good = false;
      continue;
    }
    const fsim_node *wait = exit->kind == FSIM_MAP ? fsim_node_get(exit, "wait") : NULL;
    good = change_law(reader, wait, &law->waits[e]) && good;
    const fsim_node *node = fsim_probability_node(exit);
    if (!node) continue;
    if (stage->race) {
      fsim_reader_mistake(reader, node->place,
                          "in a race the waits decide: '%s' cannot have a probability", exit->key);
      return false;
    }
    any = named[e] = true;
    if (node->kind == FSIM_SCALAR && strcmp(node->text, "rest") == 0)
      rest = e;
    else if (!fsim_value_of(node, FSIM_FORM_SHARE, &law->probability[e]) ||
             !(law->probability[e] >= 0 && law->probability[e] <= 1))
      good = false;
  }
  if (!good || !any) return good;
  return spread(reader, exits, stage, named, rest, law->probability);
}

/* In a race the odds of an exit against the others are the ratio of their rates at any age. */
static bool change_rate(fsim_reader *reader, const fsim_node *odds, double factor,
                        const fsim_distribution **wait) {
  if (!(factor > 0)) {
    fsim_reader_mistake(
        reader, odds->place,
        "the exits of this stage race, where odds of 0 would stop the clock of '%s':"
        " give it a wait that is longer than all others, such as 7300 d",
        odds->key);
    return false;
  }
  if (!*wait) return true;
  fsim_distribution *copy = fsim_distribution_copy(*wait);
  if (copy && !fsim_distribution_multiply_hazard(copy, factor)) {
    fsim_reader_mistake(reader, odds->place,
                        "the exits of this stage race, and the law of the wait to '%s' has no odds:"
                        " scale it, or make it exponential, Weibull or empirical without truncate",
                        odds->key);
    fsim_distribution_free(copy);
    return false;
  }
  *wait = fsim_reader_keep(reader, copy);
  return *wait != NULL;
}

static bool change_rates(fsim_reader *reader, const fsim_node *odds, const fsim_stage *stage,
                         fsim_stage_law *law) {
  bool good = true;
  for (size_t c = 0; c < odds->n_children; c++) {
    double factor;
    const size_t e = exit_index(reader, stage, odds->child[c]);
    if (e == SIZE_MAX)
      good = false;
    else if (fsim_value_of(odds->child[c], FSIM_FORM_NUMBER, &factor))
      good = change_rate(reader, odds->child[c], factor, &law->waits[e]) && good;
  }
  return good;
}

/* Weights p * k made whole again: for one exit this multiplies its odds by k. */
static bool change_odds(fsim_reader *reader, const fsim_node *odds, const fsim_stage *stage,
                        fsim_stage_law *law) {
  if (!odds) return true;
  if (stage->race) return change_rates(reader, odds, stage, law);
  bool good = true;
  double sum = 0, factor;
  for (size_t c = 0; c < odds->n_children; c++) {
    const size_t e = exit_index(reader, stage, odds->child[c]);
    if (e == SIZE_MAX)
      good = false;
    else if (fsim_value_of(odds->child[c], FSIM_FORM_NUMBER, &factor))
      law->probability[e] *= factor;
  }
  for (size_t e = 0; e < stage->n_exits; e++) sum += law->probability[e];
  if (!(sum > 0)) {
    fsim_reader_mistake(reader, odds->key_place, "these odds leave no exit with a probability");
    return false;
  }
  for (size_t e = 0; e < stage->n_exits; e++) law->probability[e] /= sum;
  return good;
}

static bool change_rules(fsim_reader *reader, const fsim_node *change, const fsim_stage *stage,
                         fsim_stage_law *law) {
  double number = 0;
  bool good = true;
  const fsim_node *rule = fsim_node_get(change, "expire"), *to;
  if (rule) {
    if (fsim_value(rule, "after", FSIM_FORM_DURATION, &number)) law->expire.after_s = number;
    if (fsim_value(rule, "scale", FSIM_FORM_NUMBER, &number)) law->expire.after_s *= number;
    if ((to = fsim_node_get(rule, "to")))
      good = fsim_find_target(reader, stage->funnel, to, &law->expire.to) && good;
    if (!law->expire.set && !(fsim_node_get(rule, "after") && to))
      fsim_reader_mistake(reader, rule->key_place,
                          "the stage has no expire to change: give {after, to}");
    law->expire.set = true;
  }
  if ((rule = fsim_node_get(change, "drop"))) {
    if (fsim_value(rule, "win_probability_below", FSIM_FORM_SHARE, &number))
      law->drop.below = number;
    if (fsim_value(rule, "scale", FSIM_FORM_NUMBER, &number))
      law->drop.below = fmin(1, law->drop.below * number);
    if ((to = fsim_node_get(rule, "to")))
      good = fsim_find_target(reader, stage->funnel, to, &law->drop.to) && good;
    if (!law->drop.set && !(fsim_node_get(rule, "win_probability_below") && to))
      fsim_reader_mistake(reader, rule->key_place,
                          "the stage has no drop to change: give {win_probability_below, to}");
    law->drop.set = true;
  }
  if ((rule = fsim_node_get(change, "max_visits"))) {
    if (fsim_value(rule, "count", FSIM_FORM_WHOLE, &number) && number <= 65535)
      law->max_visits.count = (uint32_t)number;
    if ((to = fsim_node_get(rule, "to")))
      good = fsim_find_target(reader, stage->funnel, to, &law->max_visits.to) && good;
    if (!law->max_visits.set && !(fsim_node_get(rule, "count") && to))
      fsim_reader_mistake(reader, rule->key_place,
                          "the stage has no max_visits to change: give {count, to}");
    law->max_visits.set = true;
  }
  return good;
}

static bool change_work(fsim_reader *reader, const fsim_node *work, const fsim_stage *stage,
                        fsim_stage_law *law) {
  if (!work || work->kind != FSIM_MAP) return true;
  if (!law->work.set) {
    fsim_reader_mistake(reader, work->key_place,
                        "the stage has no work to change: give it work in `stages`");
    return false;
  }
  double factor;
  const fsim_node *node;
  const char *occupies = fsim_word(work, "occupies");
  bool good = change_law(reader, fsim_node_get(work, "time"), &law->work.time) &&
              change_law(reader, fsim_node_get(work, "patience"), &law->work.patience);
  if (good && fsim_value(work, "scale", FSIM_FORM_NUMBER, &factor)) {
    law->work.time = fsim_reader_scaled(reader, law->work.time, factor);
    good = law->work.time != NULL;
  }
  if ((node = fsim_node_get(work, "team"))) {
    const size_t team = fsim_find_team(reader, node);
    good = good && team != SIZE_MAX;
    law->work.team = (uint16_t)team;
  }
  if ((node = fsim_node_get(work, "abandon")))
    good = fsim_find_target(reader, stage->funnel, node, &law->work.abandon) && good;
  if (occupies) law->work.occupies_stage = strcmp(occupies, "stage") == 0;
  return good;
}

static const fsim_node *map_in(const fsim_node *change, const char *key) {
  const fsim_node *node = fsim_node_get(change, key);
  return node && node->kind == FSIM_MAP ? node : NULL;
}

bool fsim_override_stage_law(fsim_reader *reader, const fsim_node *change, size_t index,
                             fsim_stage_law *law) {
  const fsim_stage *stage = &reader->s->stages[index];
  if (!change || change->kind != FSIM_MAP) return false;
  bool good = change_wait(reader, fsim_node_get(change, "wait"), stage, law);
  good = good && change_exits(reader, map_in(change, "exits"), stage, law);
  good = good && change_odds(reader, map_in(change, "odds"), stage, law);
  good = change_work(reader, map_in(change, "work"), stage, law) && good;
  return change_rules(reader, change, stage, law) && good;
}
