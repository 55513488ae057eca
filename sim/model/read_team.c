/* Teams: who they are, their queues, and whether all that is said of them is sound. Their times are
 * in read_team_times.c. */
#include <string.h>

#include "sim/base/quantity.h"
#include "sim/model/reader.h"

static const char *const day_names[7] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

size_t fsim_weekday_named(const char *text) {
  for (size_t i = 0; i < 7; i++)
    if (strncmp(text, day_names[i], 3) == 0) return i;
  return 7;
}

static void check_span(fsim_reader *reader, const fsim_node *hours) {
  double from, to;
  const fsim_node *days = fsim_node_get(hours, "days");
  if (fsim_value(hours, "from", FSIM_FORM_CLOCK, &from) &&
      fsim_value(hours, "to", FSIM_FORM_CLOCK, &to) && from >= to)
    fsim_reader_mistake(reader, fsim_node_get(hours, "to")->place,
                        "the team is never open: it closes at %s, not after it opens at %s",
                        fsim_word(hours, "to"), fsim_word(hours, "from"));
  if (!days || days->kind != FSIM_SCALAR || strlen(days->text) != 7) return;
  if (fsim_weekday_named(days->text) > fsim_weekday_named(days->text + 4))
    fsim_reader_mistake(reader, days->place,
                        "'%s' runs backwards: weeks begin with mon; give two spans in a list",
                        days->text);
}

static void check_hours(fsim_reader *reader, const fsim_node *hours) {
  if (!hours || hours->kind == FSIM_SCALAR) return;
  if (hours->kind == FSIM_MAP) check_span(reader, hours);
  for (size_t i = 0; hours->kind == FSIM_LIST && i < hours->n_children; i++)
    check_span(reader, hours->child[i]);
}

/* ---- queues ---- */

static void read_classes(fsim_reader *reader, const fsim_node *classes, fsim_team *team) {
  const size_t n_profiles = reader->s->n_profiles;
  team->n_classes = classes->n_children + 1;
  team->class_of_profile = fsim_reader_get(reader, n_profiles, sizeof *team->class_of_profile);
  for (size_t i = 0; i < classes->n_children; i++)
    fsim_check_when(reader, fsim_node_get(classes->child[i], "when"));
  for (size_t p = 0; team->class_of_profile && p < n_profiles; p++) {
    size_t class = 0;
    while (class < classes->n_children &&
           !fsim_when_matches(reader, fsim_node_get(classes->child[class], "when"), p))
      class ++;
    team->class_of_profile[p] = (uint16_t) class;
  }
}

static void read_queue(fsim_reader *reader, const fsim_node *body, fsim_team *team) {
  const fsim_node *queue = fsim_node_get(body, "queue");
  const char *word = fsim_word(body, "queue");
  const fsim_node *classes =
      queue && queue->kind == FSIM_MAP ? fsim_node_get(queue, "priority") : NULL;
  double limit;
  team->discipline = FSIM_FIFO;
  team->n_classes = 1;
  if (word && strcmp(word, "lifo") == 0) team->discipline = FSIM_LIFO;
  if (word && strcmp(word, "value") == 0) team->discipline = FSIM_BY_VALUE;
  if (classes && classes->kind == FSIM_LIST) {
    team->discipline = FSIM_BY_PRIORITY;
    read_classes(reader, classes, team);
  }
  team->limit = UINT32_MAX;
  if (fsim_value(body, "limit", FSIM_FORM_WHOLE, &limit)) team->limit = (uint32_t)limit;
}

/* ---- sizes ---- */

/* Sizes from dates on, in rising order; whether anybody is ever there. */
static bool check_changes(fsim_reader *reader, const fsim_node *list) {
  bool anybody = false;
  double before = -1e18, days, size;
  for (size_t i = 0; list && list->kind == FSIM_LIST && i < list->n_children; i++) {
    const fsim_node *on = fsim_node_get(list->child[i], "on");
    if (fsim_value(list->child[i], "size", FSIM_FORM_NUMBER, &size)) anybody = anybody || size > 0;
    if (!fsim_value_of(on, FSIM_FORM_DATE, &days)) continue;
    if (days <= before)
      fsim_reader_mistake(reader, on->place, "the changes of a team stand in order of their dates");
    before = days;
  }
  return anybody;
}

/* ---- a model alone ---- */

static void assume_team(fsim_reader *reader, const fsim_node *work, size_t room) {
  fsim_scenario *s = reader->s;
  const char *name = work && work->kind == FSIM_MAP ? fsim_word(work, "team") : NULL;
  for (size_t t = 0; name && t < s->n_teams; t++)
    if (strcmp(s->teams[t].name, name) == 0) return;
  if (!name || s->n_teams >= room) return;
  fsim_team *team = &s->teams[s->n_teams];
  team->name = fsim_reader_text(reader, name);
  if (!team->name) return;
  team->hash = fsim_hash_name(name);
  team->size = team->concurrency = 1;
  team->limit = UINT32_MAX;
  team->n_classes = 1;
  s->n_teams++;
  fsim_note(reader->report, fsim_node_get(work, "team")->place,
            "the team '%s' is described by a scenario; here it is taken to have one person", name);
}

static const fsim_node *map_in(const fsim_node *node, const char *key) {
  const fsim_node *child = node ? fsim_node_get(node, key) : NULL;
  return child && child->kind == FSIM_MAP ? child : NULL;
}

static size_t count_stages(const fsim_node *models) {
  size_t n = 0;
  for (size_t f = 0; models && f < models->n_children; f++) {
    const fsim_node *stages = map_in(models->child[f], "stages");
    n += stages ? stages->n_children : 0;
  }
  return n;
}

/* A model that is checked alone names teams that nobody has described yet. */
static void assume_teams(fsim_reader *reader, const fsim_node *root) {
  const fsim_node *models = map_in(root, "models");
  const size_t room = count_stages(models);
  reader->s->teams = fsim_reader_get(reader, room, sizeof *reader->s->teams);
  for (size_t f = 0; reader->s->teams && models && f < models->n_children; f++) {
    const fsim_node *stages = map_in(models->child[f], "stages");
    for (size_t i = 0; stages && i < stages->n_children; i++)
      assume_team(reader, map_in(stages->child[i], "work"), room);
  }
}

void fsim_read_teams(fsim_reader *reader, const fsim_node *node) {
  fsim_scenario *s = reader->s;
  const fsim_node *root = reader->versions[0];
  if (!node && !fsim_node_get(root, "streams")) assume_teams(reader, root);
  if (!node || node->kind != FSIM_MAP) return;
  if (node->n_children > FSIM_MOST_TEAMS) {
    fsim_reader_mistake(reader, node->key_place, "%zu teams; at most %d are possible",
                        node->n_children, FSIM_MOST_TEAMS);
    return;
  }
  s->teams = fsim_reader_get(reader, node->n_children, sizeof *s->teams);
  for (size_t i = 0; s->teams && i < node->n_children; i++) {
    const fsim_node *body = node->child[i];
    fsim_team *team = &s->teams[s->n_teams++];
    team->name = fsim_reader_text(reader, body->key);
    if (!team->name) return;
    team->hash = fsim_hash_name(body->key);
    team->concurrency = 1;
    team->n_sizes = 0;
    const bool sized = fsim_value(body, "size", FSIM_FORM_NUMBER, &team->size);
    fsim_value(body, "concurrency", FSIM_FORM_NUMBER, &team->concurrency);
    fsim_value(body, "cost", FSIM_FORM_RATE, &team->cost_per_s);
    check_hours(reader, fsim_node_get(body, "hours"));
    read_queue(reader, body, team);
    if (!check_changes(reader, fsim_node_get(body, "changes")) && sized && team->size == 0)
      fsim_reader_mistake(reader, fsim_node_get(body, "size")->place,
                          "the team '%s' is never open: it has nobody at any time", body->key);
  }
}
