#include "analysis/decide/measure.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/array.h"
#include "sim/base/text.h"

enum { MOST_WORDS = 3, MOST_NAME = 512 };

/* What may stand behind a funnel, an outcome, a stage, a team. */
typedef struct word {
  const char *name;
  fsim_metric_id id;
  fsim_better better;
} word;

static const word of_funnel[] = {
    {"won", FSIM_PER_WEEK_WON, FSIM_MORE_IS_BETTER},
    {"value", FSIM_PER_WEEK_WON_VALUE, FSIM_MORE_IS_BETTER},
    {"conversion", FSIM_WON_OF_ENDED, FSIM_MORE_IS_BETTER},
    {"value_per_win", FSIM_VALUE_PER_WIN, FSIM_MORE_IS_BETTER},
    {"cost_per_win", FSIM_COST_PER_WIN, FSIM_LESS_IS_BETTER},
    {"started", FSIM_PER_WEEK_STARTED, FSIM_MORE_IS_BETTER},
    {"wip", FSIM_PROGRESS_MEAN, FSIM_NEITHER_IS_BETTER},
    {"open_share", FSIM_OPEN_SHARE, FSIM_LESS_IS_BETTER},
    {"open_at_end", FSIM_TOTAL_OPEN, FSIM_NEITHER_IS_BETTER},
    {"cycle_days", FSIM_CYCLE_DAYS, FSIM_LESS_IS_BETTER},
};
static const word of_outcome[] = {
    {"cycle_days", FSIM_CYCLE_DAYS, FSIM_LESS_IS_BETTER},
    {"share", FSIM_SHARE_OF_ENDED, FSIM_NEITHER_IS_BETTER},
    {"value", FSIM_PER_WEEK_VALUE, FSIM_NEITHER_IS_BETTER},
};
static const word of_stage[] = {
    {"entered", FSIM_PER_WEEK_ENTERED, FSIM_NEITHER_IS_BETTER},
    {"days", FSIM_STAGE_DAYS, FSIM_LESS_IS_BETTER},
    {"queue_days", FSIM_QUEUE_DAYS, FSIM_LESS_IS_BETTER},
    {"work_days", FSIM_WORK_DAYS, FSIM_LESS_IS_BETTER},
    {"wip", FSIM_STAGE_PROGRESS, FSIM_NEITHER_IS_BETTER},
};
static const word of_team[] = {
    {"utilisation", FSIM_UTILISATION, FSIM_NEITHER_IS_BETTER},
    {"queue_days", FSIM_TEAM_QUEUE_DAYS, FSIM_LESS_IS_BETTER},
    {"queue_length", FSIM_QUEUE_LENGTH, FSIM_LESS_IS_BETTER},
    {"abandoned_share", FSIM_ABANDONED_SHARE, FSIM_LESS_IS_BETTER},
    {"joined", FSIM_JOINED_PER_WEEK, FSIM_NEITHER_IS_BETTER},
};
#define COUNT(list) (sizeof(list) / sizeof *(list))

/* Reading a name: what is known where one looks, for messages. */
typedef struct reading {
  const fsim_scenario *scenario;
  const fsim_shape *shape;
  const char *name;
  fsim_report *report;
} reading;

static int unknown(const reading *r, const char *what, const char *wrong, const char *const *known,
                   size_t n) {
  const char *nearest = fsim_nearest_name(wrong, known, n);
  if (nearest != NULL)
    return fsim_bad_input(r->report, FSIM_NOWHERE, "metric %s: no %s %s; did you mean %s?", r->name,
                          what, wrong, nearest);
  fsim_text list = {0};
  for (size_t i = 0; i < n; i++) fsim_text_append(&list, "%s%s", i == 0 ? "" : ", ", known[i]);
  int status = fsim_bad_input(r->report, FSIM_NOWHERE, "metric %s: no %s %s; known are: %s",
                              r->name, what, wrong, list.text == NULL ? "none" : list.text);
  free(list.text);
  return status;
}

static const word *find_word(const word *list, size_t n, const char *name) {
  for (size_t i = 0; i < n; i++) {
    if (strcmp(list[i].name, name) == 0) return &list[i];
  }
  return NULL;
}

static int unknown_word(const reading *r, const char *what, const char *wrong, const word *list,
                        size_t n) {
  const char *known[COUNT(of_funnel)];
  for (size_t i = 0; i < n; i++) known[i] = list[i].name;
  return unknown(r, what, wrong, known, n);
}

/* ---- groups ---- */

static int find_group(const reading *r, char *text, size_t *group) {
  const fsim_scenario *s = r->scenario;
  char *equals = strchr(text, '=');
  const char *attribute = "segment", *value = text;
  if (equals != NULL) {
    *equals = '\0';
    attribute = text;
    value = equals + 1;
  }
  size_t first = 1;
  for (size_t a = 0; a < s->n_attributes; a++) {
    const fsim_attribute *each = &s->attributes[a];
    if (strcmp(each->name, attribute) == 0) {
      for (size_t v = 0; v < each->n_values; v++) {
        if (strcmp(each->values[v], value) != 0) continue;
        *group = first + v;
        return FSIM_OK;
      }
      return unknown(r, attribute, value, (const char *const *)each->values, each->n_values);
    }
    first += each->n_values;
  }
  return fsim_bad_input(r->report, FSIM_NOWHERE, "metric %s: the scenario has no attribute %s",
                        r->name, attribute);
}

/* ---- cells ---- */

static int add_cells(const reading *r, fsim_term term, const fsim_subject *subject,
                     fsim_metric_cell **cells, size_t *n) {
  if (term.array == FSIM_N_CELLS) return FSIM_OK;
  size_t more = fsim_metric_cells(r->scenario, r->shape, term, subject, NULL, 0);
  fsim_metric_cell *grown = realloc(*cells, (*n + more + 1) * sizeof *grown);
  if (grown == NULL) return fsim_no_memory(r->report);
  *cells = grown;
  *n += fsim_metric_cells(r->scenario, r->shape, term, subject, grown + *n, more);
  return FSIM_OK;
}

/* Adds what a metric sums for one subject. `wins`: of all outcomes that count as wins. */
static int add_metric(const reading *r, fsim_metric_id id, bool wins, const fsim_subject *subject,
                      fsim_measure *measure) {
  const fsim_metric *metric = &fsim_metrics[id];
  fsim_term top = metric->top, bottom = metric->bottom;
  if (wins) top.span = bottom.span = FSIM_WINS;
  measure->units = metric->units;
  measure->ratio = metric->per == FSIM_PER_TERM;
  measure->share = metric->share || id == FSIM_UTILISATION;
  measure->scale = fsim_metric_scale(r->scenario, metric, subject);
  int status = add_cells(r, top, subject, &measure->top, &measure->n_top);
  if (status != FSIM_OK || !measure->ratio) return status;
  return add_cells(r, bottom, subject, &measure->bottom, &measure->n_bottom);
}

static int add_word(const reading *r, const word *w, bool wins, const fsim_subject *subject,
                    fsim_measure *measure) {
  measure->better = w->better;
  return add_metric(r, w->id, wins, subject, measure);
}

static int of_all_funnels(const reading *r, fsim_metric_id id, fsim_subject subject,
                          fsim_measure *measure) {
  int status = FSIM_OK;
  measure->better = FSIM_MORE_IS_BETTER;
  for (size_t f = 0; f < r->scenario->n_funnels && status == FSIM_OK; f++) {
    subject.funnel = f;
    status = add_metric(r, id, false, &subject, measure);
  }
  return status;
}

static int find_team(const reading *r, char *const words[], size_t n, fsim_subject subject,
                     fsim_measure *measure) {
  const fsim_scenario *s = r->scenario;
  if (n != 3)
    return fsim_bad_input(r->report, FSIM_NOWHERE,
                          "metric %s: a team's metric has three parts, such as "
                          "teams.sdr.utilisation",
                          r->name);
  for (size_t t = 0; t < s->n_teams; t++) {
    if (strcmp(s->teams[t].name, words[1]) != 0) continue;
    subject.team = t;
    const word *w = find_word(of_team, COUNT(of_team), words[2]);
    if (w == NULL) return unknown_word(r, "metric of teams", words[2], of_team, COUNT(of_team));
    return add_word(r, w, false, &subject, measure);
  }
  const char **known = fsim_zeroed(s->n_teams, sizeof *known);
  if (known == NULL) return fsim_no_memory(r->report);
  for (size_t t = 0; t < s->n_teams; t++) known[t] = s->teams[t].name;
  int status = unknown(r, "team", words[1], known, s->n_teams);
  free(known);
  return status;
}

static int find_outcome(const reading *r, const fsim_funnel *f, char *const words[], size_t n,
                        fsim_subject subject, fsim_measure *measure, bool *found) {
  for (size_t o = f->first_outcome; o < (size_t)f->first_outcome + f->n_outcomes; o++) {
    const fsim_outcome *outcome = &r->scenario->outcomes[o];
    if (strcmp(outcome->name, words[1]) != 0) continue;
    *found = true;
    subject.outcome = o;
    if (n == 2) {
      word ended = {words[1], FSIM_PER_WEEK_ENDED,
                    outcome->win ? FSIM_MORE_IS_BETTER : FSIM_LESS_IS_BETTER};
      return add_word(r, &ended, false, &subject, measure);
    }
    const word *w = find_word(of_outcome, COUNT(of_outcome), words[2]);
    if (w == NULL)
      return unknown_word(r, "metric of outcomes", words[2], of_outcome, COUNT(of_outcome));
    return add_word(r, w, false, &subject, measure);
  }
  return FSIM_OK;
}

static int find_stage(const reading *r, const fsim_funnel *f, char *const words[],
                      fsim_subject subject, fsim_measure *measure) {
  const fsim_scenario *s = r->scenario;
  for (size_t i = f->first_stage; i < (size_t)f->first_stage + f->n_stages; i++) {
    if (strcmp(s->stages[i].name, words[1]) != 0) continue;
    subject.stage = i;
    const word *w = find_word(of_stage, COUNT(of_stage), words[2]);
    if (w == NULL) return unknown_word(r, "metric of stages", words[2], of_stage, COUNT(of_stage));
    return add_word(r, w, false, &subject, measure);
  }
  size_t n = (size_t)f->n_stages + f->n_outcomes;
  const char **known = fsim_zeroed(n, sizeof *known);
  if (known == NULL) return fsim_no_memory(r->report);
  for (size_t i = 0; i < f->n_stages; i++) known[i] = s->stages[f->first_stage + i].name;
  for (size_t i = 0; i < f->n_outcomes; i++)
    known[f->n_stages + i] = s->outcomes[f->first_outcome + i].name;
  int status = unknown(r, "stage or outcome", words[1], known, n);
  free(known);
  return status;
}

static int find_funnel(const reading *r, char *const words[], size_t n, fsim_subject subject,
                       fsim_measure *measure) {
  const fsim_scenario *s = r->scenario;
  for (size_t i = 0; i < s->n_funnels; i++) {
    const fsim_funnel *f = &s->funnels[i];
    if (strcmp(f->name, words[0]) != 0) continue;
    subject.funnel = i;
    bool found = false;
    int status = find_outcome(r, f, words, n, subject, measure, &found);
    if (found || status != FSIM_OK) return status;
    if (n == 3) return find_stage(r, f, words, subject, measure);
    const word *w = find_word(of_funnel, COUNT(of_funnel), words[1]);
    if (w == NULL)
      return unknown_word(r, "metric of funnels", words[1], of_funnel, COUNT(of_funnel));
    return add_word(r, w, w->id == FSIM_CYCLE_DAYS, &subject, measure);
  }
  const char **known = fsim_zeroed(s->n_funnels + 1, sizeof *known);
  if (known == NULL) return fsim_no_memory(r->report);
  for (size_t i = 0; i < s->n_funnels; i++) known[i] = s->funnels[i].name;
  known[s->n_funnels] = "teams";
  int status = unknown(r, "funnel", words[0], known, s->n_funnels + 1);
  free(known);
  return status;
}

static int find(const reading *r, char *text, fsim_measure *measure) {
  fsim_subject subject = {0};
  char *bracket = strchr(text, '['), *words[MOST_WORDS + 1];
  size_t length = strlen(text), n = 0;
  if (bracket != NULL) {
    if (text[length - 1] != ']')
      return fsim_bad_input(r->report, FSIM_NOWHERE, "metric %s: ] is missing at the end", r->name);
    text[length - 1] = '\0';
    *bracket = '\0';
    int status = find_group(r, bracket + 1, &subject.group);
    if (status != FSIM_OK) return status;
  }
  measure->group = subject.group;
  for (char *rest = text, *part; n <= MOST_WORDS && (part = strsep(&rest, ".")) != NULL;)
    words[n++] = part;
  if (n == 1 && strcmp(words[0], "won") == 0)
    return of_all_funnels(r, FSIM_PER_WEEK_WON, subject, measure);
  if (n == 1 && strcmp(words[0], "value") == 0)
    return of_all_funnels(r, FSIM_PER_WEEK_WON_VALUE, subject, measure);
  if (n == 1 && strcmp(words[0], "spent") == 0) {
    measure->better = FSIM_LESS_IS_BETTER;
    return add_metric(r, FSIM_PER_WEEK_SPENT, false, &subject, measure);
  }
  if (n < 2 || n > MOST_WORDS)
    return fsim_bad_input(r->report, FSIM_NOWHERE,
                          "metric %s: expected won, value, spent, or a name such as basic.won, "
                          "basic.proposal.days or teams.sdr.utilisation",
                          r->name);
  if (strcmp(words[0], "teams") == 0) return find_team(r, words, n, subject, measure);
  return find_funnel(r, words, n, subject, measure);
}

int fsim_measure_make(const fsim_scenario *scenario, const fsim_shape *shape, const char *name,
                      fsim_report *report, fsim_measure *measure) {
  reading r = {scenario, shape, name, report};
  *measure = (fsim_measure){.name = fsim_copy_text(name, strlen(name))};
  if (measure->name == NULL) return fsim_no_memory(report);
  char text[MOST_NAME];
  if (strlen(name) >= sizeof text)
    return fsim_bad_input(report, FSIM_NOWHERE, "metric %.40s…: the name is too long", name);
  strcpy(text, name);
  return find(&r, text, measure);
}

void fsim_measure_free(fsim_measure *measure) {
  free(measure->name);
  free(measure->top);
  free(measure->bottom);
  *measure = (fsim_measure){0};
}
