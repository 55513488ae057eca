/* The laws of stages: what their exits, waits and rules are, as the model says. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "sim/base/quantity.h"
#include "sim/model/reader.h"

#define SUM_TOLERANCE 1e-6 /* 0.333333 three times is a whole */

const fsim_node *fsim_probability_node(const fsim_node *exit) {
  if (exit && exit->kind == FSIM_MAP) return fsim_node_get(exit, "probability");
  return exit;
}

static void sum_text(const double *probability, size_t n, char *text, size_t size) {
  size_t used = 0;
  text[0] = '\0';
  for (size_t e = 0; e < n && used < size; e++) {
    if (isnan(probability[e])) continue;
    int written = snprintf(text + used, size - used, "%s%.10g", used ? " + " : "", probability[e]);
    used += written > 0 ? (size_t)written : 0;
  }
}

/* Whether the sum is whole, or leaves something for `rest`; a message when not. */
static bool good_sum(fsim_reader *reader, const fsim_node *exits, const double *probability,
                     size_t n, double sum, bool rest) {
  if (rest ? sum <= 1 + SUM_TOLERANCE : fabs(sum - 1) <= SUM_TOLERANCE) return true;
  char terms[256];
  sum_text(probability, n, terms, sizeof terms);
  if (sum > 1)
    fsim_reader_mistake(reader, exits->key_place,
                        "the probabilities sum to %.10g (%s), which is more than 1", sum, terms);
  else
    fsim_reader_mistake(reader, exits->key_place,
                        "the probabilities sum to %.10g (%s), not 1: give the missing %.10g to an "
                        "exit, or write rest for one of them",
                        sum, terms, 1 - sum);
  return false;
}

bool fsim_read_probabilities(fsim_reader *reader, const fsim_node *exits, const fsim_stage *stage,
                             double *probability) {
  double sum = 0;
  size_t rest = SIZE_MAX;
  bool good = true;
  for (size_t e = 0; e < stage->n_exits; e++) {
    const fsim_node *exit = fsim_node_get(exits, stage->exits[e].name);
    const fsim_node *node = fsim_probability_node(exit);
    probability[e] = NAN;
    if (!node) {
      /* a misspelt key has been reported as such */
      if (exit && exit->n_children == (fsim_node_get(exit, "wait") ? 1 : 0))
        fsim_reader_mistake(reader, exit->key_place,
                            "the exit '%s' needs a probability (a number, or rest)", exit->key);
      good = false;
    } else if (node->kind == FSIM_SCALAR && strcmp(node->text, "rest") == 0) {
      if (rest != SIZE_MAX) {
        fsim_reader_mistake(reader, node->place, "rest stands at two exits; only one can have it");
        good = false;
      }
      rest = e;
    } else if (fsim_value_of(node, FSIM_FORM_SHARE, &probability[e]) && probability[e] >= 0 &&
               probability[e] <= 1) {
      sum += probability[e];
    } else {
      good = false;
    }
  }
  if (!good || !good_sum(reader, exits, probability, stage->n_exits, sum, rest != SIZE_MAX))
    return false;
  if (rest != SIZE_MAX) {
    probability[rest] = sum < 1 ? 1 - sum : 0;
    if (sum <= 1) return true;
  }
  for (size_t e = 0; e < stage->n_exits; e++) probability[e] /= sum;
  return true;
}

/* The same exits in every version, and each of them known (unknown ones are reported with their
 * funnel's structure). */
static bool same_exits(fsim_reader *reader, const fsim_node *exits, const fsim_stage *stage) {
  if (!exits || exits->kind != FSIM_MAP) return false;
  bool good = exits->n_children == stage->n_exits;
  for (size_t e = 0; e < stage->n_exits; e++) {
    if (fsim_node_get(exits, stage->exits[e].name)) continue;
    fsim_reader_mistake(reader, exits->key_place,
                        "a change on a date cannot take the exit '%s' away: set it to 0",
                        stage->exits[e].name);
    good = false;
  }
  return good;
}

static bool read_waits(fsim_reader *reader, const fsim_node *body, const fsim_node *exits,
                       const fsim_stage *stage, fsim_stage_law *law) {
  const fsim_node *own = fsim_node_get(body, "wait");
  const fsim_distribution *shared =
      own ? fsim_reader_law(reader, own, FSIM_KIND_TIME) : reader->zero;
  bool good = shared != NULL, used = false;
  for (size_t e = 0; e < stage->n_exits; e++) {
    const fsim_node *exit = fsim_node_get(exits, stage->exits[e].name);
    const fsim_node *wait = exit->kind == FSIM_MAP ? fsim_node_get(exit, "wait") : NULL;
    law->waits[e] = wait ? fsim_reader_law(reader, wait, FSIM_KIND_TIME) : shared;
    good = good && law->waits[e];
    used = used || !wait;
    if (!stage->race) continue;
    if (!wait) {
      fsim_reader_mistake(reader, exit->key_place,
                          "in a race every exit needs its own wait, such as %s: {wait: 10 d}",
                          exit->key);
      good = false;
    }
    const fsim_node *probability = fsim_probability_node(exit);
    if (probability && exit->kind == FSIM_MAP) {
      fsim_reader_mistake(reader, probability->key_place,
                          "in a race the waits decide: '%s' cannot have a probability too",
                          exit->key);
      good = false;
    }
  }
  law->wait = used ? shared : NULL;
  return good;
}

static bool read_rules(fsim_reader *reader, const fsim_node *body, size_t funnel,
                       fsim_stage_law *law) {
  bool good = true;
  double value;
  const fsim_node *rule = fsim_node_get(body, "expire");
  if (rule) {
    law->expire.set = fsim_value(rule, "after", FSIM_FORM_DURATION, &law->expire.after_s);
    good = fsim_find_target(reader, funnel, fsim_node_get(rule, "to"), &law->expire.to) && good;
  }
  if ((rule = fsim_node_get(body, "drop"))) {
    law->drop.set = fsim_value(rule, "win_probability_below", FSIM_FORM_SHARE, &law->drop.below);
    good = fsim_find_target(reader, funnel, fsim_node_get(rule, "to"), &law->drop.to) && good;
  }
  if ((rule = fsim_node_get(body, "max_visits"))) {
    law->max_visits.set = fsim_value(rule, "count", FSIM_FORM_WHOLE, &value) && value <= 65535;
    if (law->max_visits.set) law->max_visits.count = (uint32_t)value;
    good = fsim_find_target(reader, funnel, fsim_node_get(rule, "to"), &law->max_visits.to) && good;
  }
  return good;
}

static bool read_work(fsim_reader *reader, const fsim_node *work, size_t funnel,
                      fsim_stage_law *law) {
  const fsim_scenario *s = reader->s;
  const fsim_node *time = fsim_node_get(work, "time"), *patience = fsim_node_get(work, "patience");
  const fsim_node *abandon = fsim_node_get(work, "abandon");
  const size_t team = fsim_find_team(reader, fsim_node_get(work, "team"));
  const char *occupies = fsim_word(work, "occupies");
  bool good = team != SIZE_MAX;
  law->work.set = true;
  law->work.team = (uint16_t)team;
  law->work.occupies_stage = occupies && strcmp(occupies, "stage") == 0;
  law->work.time = time ? fsim_reader_law(reader, time, FSIM_KIND_TIME) : NULL;
  law->work.patience = patience ? fsim_reader_law(reader, patience, FSIM_KIND_TIME) : NULL;
  good = good && law->work.time && (!patience || law->work.patience);
  if (abandon) return fsim_find_target(reader, funnel, abandon, &law->work.abandon) && good;
  const fsim_funnel *f = &s->funnels[funnel];
  for (uint16_t o = 0; o < f->n_outcomes; o++) {
    const uint16_t index = (uint16_t)(f->first_outcome + o);
    if (strcmp(s->outcomes[index].name, "lost") != 0) continue;
    law->work.abandon = (fsim_target){.is_outcome = true, .index = index};
    return good;
  }
  /* Without patience and limit nobody leaves the queue. */
  if (!patience && good && s->teams[team].limit == UINT32_MAX) {
    law->work.abandon = (fsim_target){.is_outcome = true, .index = f->first_outcome};
    return good;
  }
  fsim_reader_mistake(reader, work->key_place,
                      "who gives up in the queue goes to 'lost', but the funnel has no such outcome: say "
                      "where with abandon");
  return false;
}

static bool read_wait_effect(fsim_reader *reader, const fsim_node *effect, const fsim_stage *stage,
                             fsim_stage_law *law) {
  const fsim_node *names = fsim_node_get(effect, "exits");
  bool good = fsim_value(effect, "half_life", FSIM_FORM_DURATION, &law->wait_effect.half_life_s) &&
              fsim_value(effect, "floor", FSIM_FORM_SHARE, &law->wait_effect.floor);
  law->wait_effect.exits = fsim_reader_get(reader, stage->n_exits, sizeof(bool));
  const char **known = fsim_reader_get(reader, stage->n_exits, sizeof *known);
  if (!law->wait_effect.exits || !known || !names || names->kind != FSIM_LIST) return false;
  for (size_t e = 0; e < stage->n_exits; e++) known[e] = stage->exits[e].name;
  for (size_t i = 0; i < names->n_children; i++) {
    const fsim_node *name = names->child[i];
    bool found = false;
    for (size_t e = 0; e < stage->n_exits && name->kind == FSIM_SCALAR; e++)
      if (strcmp(known[e], name->text) == 0) law->wait_effect.exits[e] = found = true;
    if (found || name->kind != FSIM_SCALAR) continue;
    fsim_reader_unknown(reader, name->place, "exit of this stage,", name->text, known,
                        stage->n_exits);
    good = false;
  }
  if (stage->race) {
    fsim_reader_mistake(reader, effect->key_place,
                        "wait_effect changes probabilities, but the exits of this stage race");
    return false;
  }
  law->wait_effect.set = good;
  return good;
}

bool fsim_read_stage_law(fsim_reader *reader, const fsim_node *body, size_t index,
                         fsim_stage_law *law) {
  const fsim_stage *stage = &reader->s->stages[index];
  memset(law, 0, sizeof *law);
  if (!body || body->kind != FSIM_MAP) return false;
  const fsim_node *exits = fsim_node_get(body, "exits"), *node;
  bool good = read_rules(reader, body, stage->funnel, law);
  if ((node = fsim_node_get(body, "work")) && node->kind == FSIM_MAP)
    good = read_work(reader, node, stage->funnel, law) && good;
  if ((node = fsim_node_get(body, "wait_effect")) && node->kind == FSIM_MAP)
    good = read_wait_effect(reader, node, stage, law) && good;
  if (!same_exits(reader, exits, stage)) return false;
  law->waits = fsim_reader_get(reader, stage->n_exits, sizeof *law->waits);
  if (!law->waits) return false;
  good = read_waits(reader, body, exits, stage, law) && good;
  if (stage->race) return good;
  law->probability = fsim_reader_get(reader, stage->n_exits, sizeof(double));
  if (!law->probability) return false;
  return fsim_read_probabilities(reader, exits, stage, law->probability) && good;
}
