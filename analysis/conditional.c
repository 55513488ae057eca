#include "analysis/conditional.h"

#include <stdlib.h>

#include "sim/base/array.h"
#include "sim/exact/ahead.h"
#include "sim/model/old_deals.h"

enum { POINTS = 2048 };

/* Where a lead of one profile is behind its last team. */
typedef struct side {
  bool *hot;         /* [n_stages] work can be met from there */
  size_t *from;      /* [n_stages] its place in `ahead`; SIZE_MAX: hot */
  fsim_ahead *ahead; /* NULL: no stage is behind the last team */
} side;

struct fsim_conditional {
  const fsim_scenario *s;
  const fsim_shape *shape;
  side *sides; /* [n_profiles] */
  bool values;
};

/* ---- where work can be met ---- */

static bool hot_target(const fsim_scenario *s, const bool *hot, fsim_target to) {
  if (!to.is_outcome) return hot[to.index];
  for (size_t l = 0; l < s->n_links; l++) {
    bool follows = s->links[l].from == to.index && s->versions[0].links[l].probability > 0;
    if (follows && hot[s->funnels[s->links[l].to].entry]) return true;
  }
  return false;
}

static bool leads_to_work(const fsim_scenario *s, size_t profile, size_t stage, const bool *hot) {
  const fsim_stage_law *law = fsim_stage_law_of(s, 0, profile, stage);
  bool found = law->work.set || (law->expire.set && hot_target(s, hot, law->expire.to)) ||
               (law->drop.set && hot_target(s, hot, law->drop.to)) ||
               (law->max_visits.set && hot_target(s, hot, law->max_visits.to));
  for (size_t k = 0; k < s->stages[stage].n_exits && !found; k++)
    found = hot_target(s, hot, s->stages[stage].exits[k].target);
  return found;
}

static void find_hot(const fsim_scenario *s, size_t profile, bool *hot) {
  bool more = true;
  while (more) {
    more = false;
    for (size_t i = 0; i < s->n_stages; i++) {
      if (hot[i] || !leads_to_work(s, profile, i, hot)) continue;
      hot[i] = more = true;
    }
  }
}

/* ---- what is still to come ---- */

static int make_side(const fsim_scenario *s, size_t profile, double *weight, fsim_target *from,
                     fsim_report *report, side *x) {
  size_t n = 0;
  x->hot = fsim_zeroed(s->n_stages, sizeof *x->hot);
  x->from = fsim_zeroed(s->n_stages, sizeof *x->from);
  if (!x->hot || !x->from) return fsim_no_memory(report);
  find_hot(s, profile, x->hot);
  for (size_t i = 0; i < s->n_stages; i++) {
    x->from[i] = x->hot[i] ? SIZE_MAX : n;
    if (!x->hot[i]) from[n++] = (fsim_target){false, (uint16_t)i};
  }
  if (n == 0 || n == s->n_stages) return FSIM_OK;
  fsim_ahead_worth(s, profile, weight);
  fsim_ahead_question ask = {weight, 2 * s->n_funnels, from, n, POINTS};
  return fsim_ahead_make(s, profile, &ask, report, &x->ahead);
}

static const char *unfit(const fsim_scenario *s) {
  if (s->uncertain) return "numbers are uncertain";
  if (s->n_versions > 1) return "laws change on a date";
  if (fsim_pace_in_force(s)) return "a pace makes weeks vary";
  if (s->n_profiles > FSIM_MOST_CONDITIONED) return "there are too many kinds of leads";
  return NULL;
}

static bool values_are_apart(const fsim_scenario *s) {
  for (size_t t = 0; t < s->n_teams; t++)
    if (s->teams[t].discipline == FSIM_BY_VALUE) return false;
  return !fsim_deals_have_values(s);
}

static int make_sides(fsim_conditional *c, fsim_report *report, bool *any) {
  const fsim_scenario *s = c->s;
  double *weight = fsim_zeroed(2 * s->n_funnels * s->n_outcomes, sizeof *weight);
  fsim_target *from = fsim_zeroed(s->n_stages, sizeof *from);
  c->sides = fsim_zeroed(s->n_profiles, sizeof *c->sides);
  int status = weight && from && c->sides ? FSIM_OK : fsim_no_memory(report);
  for (size_t p = 0; p < s->n_profiles && status == FSIM_OK; p++) {
    status = make_side(s, p, weight, from, report, &c->sides[p]);
    *any |= c->sides[p].ahead != NULL;
  }
  free(weight);
  free(from);
  return status;
}

int fsim_conditional_make(const fsim_scenario *scenario, const fsim_shape *shape,
                          fsim_report *report, fsim_conditional **conditional,
                          const char **why_not) {
  *conditional = NULL;
  *why_not = unfit(scenario);
  if (*why_not != NULL) return FSIM_OK;
  fsim_conditional *c = fsim_zeroed(1, sizeof *c);
  fsim_report *own = fsim_report_new();
  bool any = false;
  int status = FSIM_FAILED;
  if (c && own) {
    *c = (fsim_conditional){.s = scenario, .shape = shape, .values = values_are_apart(scenario)};
    status = make_sides(c, own, &any);
  }
  fsim_report_free(own);
  if (status == FSIM_BAD_INPUT) *why_not = "the exact engine has no answer behind the teams";
  if (status == FSIM_OK && !any) *why_not = "no stage lies behind the last team";
  if (status == FSIM_OK && any)
    *conditional = c;
  else
    fsim_conditional_free(c);
  return status == FSIM_FAILED ? fsim_no_memory(report) : FSIM_OK;
}

void fsim_conditional_free(fsim_conditional *c) {
  if (c == NULL) return;
  for (size_t p = 0; c->sides && p < c->s->n_profiles; p++) {
    free(c->sides[p].hot);
    free(c->sides[p].from);
    fsim_ahead_free(c->sides[p].ahead);
  }
  free(c->sides);
  free(c);
}

bool fsim_conditional_values(const fsim_conditional *conditional) {
  return conditional->values;
}

/* ---- rows ---- */

#define COLUMN(type, rows, id) ((const type *)(rows)->column[id])

typedef struct walk {
  const fsim_conditional *c;
  const fsim_trajectory *rows;
  size_t lead, visit; /* rows that are come to */
  bool *known;        /* [journeys of the lead] it went on behind its last team, or follows one
                         that did */
  size_t room;
  double *sums;
} walk;

static size_t profile_of(const walk *w) {
  size_t profile = 0;
  for (size_t a = 0; a < w->c->s->n_attributes; a++)
    profile = profile * w->c->s->attributes[a].n_values + w->rows->attribute[a][w->lead];
  return profile;
}

static void add(const walk *w, size_t profile, size_t metric, double value) {
  const fsim_shape *shape = w->c->shape;
  const uint16_t *groups = shape->groups_of_profile + profile * shape->n_attributes;
  double *row = w->sums + metric * shape->dim[FSIM_DIM_GROUP];
  row[0] += value;
  for (size_t a = 0; a < shape->n_attributes; a++) row[groups[a]] += value;
}

/* The row of a journey's first visit behind the last team; SIZE_MAX: there is none. A deal that is
 * open at the start counts as it ends when its present stage is there already: its age matters. */
static size_t crossing(const walk *w, const side *x, size_t first, size_t end) {
  const uint16_t *stage = COLUMN(uint16_t, w->rows, FSIM_VISIT_STAGE);
  const int32_t *enter = COLUMN(int32_t, w->rows, FSIM_VISIT_T_ENTER);
  for (size_t v = first; v < end && x->ahead; v++)
    if (!x->hot[stage[v]]) return enter[v] < 0 ? SIZE_MAX : v;
  return SIZE_MAX;
}

static void add_expected(const walk *w, size_t profile, const side *x, size_t visit) {
  size_t from = x->from[COLUMN(uint16_t, w->rows, FSIM_VISIT_STAGE)[visit]];
  double t = COLUMN(int32_t, w->rows, FSIM_VISIT_T_ENTER)[visit];
  for (size_t m = 0; m < 2 * w->c->s->n_funnels; m++)
    add(w, profile, m, fsim_ahead_at(x->ahead, from, m, t));
}

static void add_actual(const walk *w, size_t profile, size_t journey) {
  const fsim_scenario *s = w->c->s;
  size_t outcome = COLUMN(uint16_t, w->rows, FSIM_JOURNEY_OUTCOME)[journey];
  bool won = outcome < s->n_outcomes && s->outcomes[outcome].win;
  if (!won || COLUMN(int32_t, w->rows, FSIM_JOURNEY_T_END)[journey] < s->warm_up_s) return;
  size_t funnel = s->outcomes[outcome].funnel;
  add(w, profile, funnel, 1);
  add(w, profile, s->n_funnels + funnel, COLUMN(double, w->rows, FSIM_JOURNEY_VALUE)[journey]);
}

static int walk_journey(walk *w, size_t journey, fsim_report *report) {
  const uint32_t *lead = COLUMN(uint32_t, w->rows, FSIM_JOURNEY_LEAD);
  const uint32_t *visit_lead = COLUMN(uint32_t, w->rows, FSIM_VISIT_LEAD);
  const uint16_t *visit_journey = COLUMN(uint16_t, w->rows, FSIM_VISIT_JOURNEY);
  size_t number = COLUMN(uint16_t, w->rows, FSIM_JOURNEY_JOURNEY)[journey], first = w->visit;
  size_t parent = COLUMN(uint16_t, w->rows, FSIM_JOURNEY_PARENT)[journey];
  while (COLUMN(uint32_t, w->rows, FSIM_LEAD_LEAD)[w->lead] < lead[journey]) w->lead++;
  while (w->visit < w->rows->rows[FSIM_VISITS] && visit_lead[w->visit] == lead[journey] &&
         visit_journey[w->visit] == number)
    w->visit++;
  void *items = w->known;
  if (fsim_grow(&items, &w->room, number + 1, sizeof *w->known) != 0) return fsim_no_memory(report);
  w->known = items;
  w->known[number] = parent != number && w->known[parent];
  if (w->known[number]) return FSIM_OK;
  size_t profile = profile_of(w);
  const side *x = &w->c->sides[profile];
  size_t at = crossing(w, x, first, w->visit);
  w->known[number] = at != SIZE_MAX;
  if (w->known[number])
    add_expected(w, profile, x, at);
  else
    add_actual(w, profile, journey);
  return FSIM_OK;
}

int fsim_conditional_add(const fsim_conditional *conditional, const fsim_trajectory *rows,
                         fsim_report *report, double *sums) {
  walk w = {.c = conditional, .rows = rows, .sums = sums};
  int status = FSIM_OK;
  for (size_t j = 0; j < rows->rows[FSIM_JOURNEYS] && status == FSIM_OK; j++)
    status = walk_journey(&w, j, report);
  free(w.known);
  return status;
}
