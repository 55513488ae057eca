#include "analysis/decide/reach.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/array.h"
#include "sim/engine/engine.h"

/* ---- the same numbers ---- */

static bool same_law(const fsim_distribution *a, const fsim_distribution *b) {
  if (a == NULL || b == NULL) return a == b;
  return a == b || fsim_equal_laws(a, b);
}

static bool same_target(fsim_target a, fsim_target b) {
  return a.is_outcome == b.is_outcome && a.index == b.index;
}

static bool same_rules(const fsim_stage_law *a, const fsim_stage_law *b) {
  return a->expire.set == b->expire.set && a->expire.after_s == b->expire.after_s &&
         same_target(a->expire.to, b->expire.to) && a->drop.set == b->drop.set &&
         a->drop.below == b->drop.below && same_target(a->drop.to, b->drop.to) &&
         a->max_visits.set == b->max_visits.set && a->max_visits.count == b->max_visits.count &&
         same_target(a->max_visits.to, b->max_visits.to);
}

static bool same_work(const fsim_stage_law *a, const fsim_stage_law *b) {
  if (a->work.set != b->work.set) return false;
  if (!a->work.set) return true;
  return a->work.team == b->work.team && same_law(a->work.time, b->work.time) &&
         same_law(a->work.patience, b->work.patience) &&
         same_target(a->work.abandon, b->work.abandon) &&
         a->work.occupies_stage == b->work.occupies_stage;
}

/* In all but the chances of its exits. */
static bool same_but_chances(const fsim_stage *stage, const fsim_stage_law *a,
                             const fsim_stage_law *b) {
  bool same = same_rules(a, b) && same_work(a, b) && same_law(a->wait, b->wait) &&
              a->wait_effect.set == b->wait_effect.set &&
              a->wait_effect.half_life_s == b->wait_effect.half_life_s &&
              a->wait_effect.floor == b->wait_effect.floor;
  for (size_t k = 0; k < stage->n_exits && same; k++) {
    same = same_law(a->waits[k], b->waits[k]);
    if (same && a->wait_effect.set) same = a->wait_effect.exits[k] == b->wait_effect.exits[k];
  }
  return same;
}

static bool same_stage(const fsim_stage *stage, const fsim_stage_law *a, const fsim_stage_law *b) {
  bool same = same_but_chances(stage, a, b);
  for (size_t k = 0; k < stage->n_exits && !stage->race && same; k++)
    same = a->probability[k] == b->probability[k];
  return same;
}

/* In all but its rates. */
static bool same_but_rates(const fsim_scenario *s, const fsim_stream *a, const fsim_stream *b) {
  bool same = a->into == b->into && a->spacing == b->spacing && a->n_rate == b->n_rate &&
              a->day_cv == b->day_cv && a->cost == b->cost && a->n_given == b->n_given &&
              a->pipeline == b->pipeline;
  for (size_t i = 0; i < a->n_rate && same; i++) same = a->rate[i].from_s == b->rate[i].from_s;
  for (size_t i = 0; i < a->n_given && same; i++)
    same = memcmp(&a->given[i].t_s, &b->given[i].t_s, sizeof a->given[i].t_s) == 0 &&
           a->given[i].profile == b->given[i].profile && a->given[i].stage == b->given[i].stage &&
           memcmp(&a->given[i].value, &b->given[i].value, sizeof a->given[i].value) == 0;
  for (size_t k = 0; k < s->n_attributes && same; k++)
    for (size_t v = 0; v < s->attributes[k].n_values && same; v++)
      same = fsim_stream_share(s, a, k, v) == fsim_stream_share(s, b, k, v);
  return same;
}

static bool same_stream(const fsim_scenario *s, const fsim_stream *a, const fsim_stream *b) {
  bool same = same_but_rates(s, a, b);
  for (size_t i = 0; i < a->n_rate && same; i++) same = a->rate[i].per_s == b->rate[i].per_s;
  return same;
}

static bool same_team(const fsim_scenario *s, const fsim_team *a, const fsim_team *b) {
  bool same = a->concurrency == b->concurrency && a->n_sizes == b->n_sizes &&
              a->n_open == b->n_open && (a->open == NULL) == (b->open == NULL) &&
              a->discipline == b->discipline && a->n_classes == b->n_classes &&
              a->limit == b->limit;
  for (size_t i = 0; i < a->n_sizes && same; i++)
    same = a->sizes[i].from_s == b->sizes[i].from_s && a->sizes[i].places == b->sizes[i].places;
  for (size_t i = 0; a->open != NULL && i < a->n_open && same; i++)
    same = a->open[i].from_s == b->open[i].from_s && a->open[i].to_s == b->open[i].to_s;
  for (size_t p = 0; a->class_of_profile != NULL && p < s->n_profiles && same; p++)
    same = b->class_of_profile != NULL && a->class_of_profile[p] == b->class_of_profile[p];
  return same;
}

/* In force for a stage of one plan and of the other. */
static bool same_pace(const fsim_stage *a, const fsim_stage *b) {
  const fsim_pace *x = a->pace, *y = b->pace;
  double cv = x ? x->cv : 0, other = y ? y->cv : 0;
  return cv == other && (!(cv > 0) || x->hash == y->hash);
}

static bool same_structure(const fsim_scenario *a, const fsim_scenario *b) {
  return a->start_days == b->start_days && a->horizon_s == b->horizon_s &&
         a->warm_up_s == b->warm_up_s && a->seed == b->seed && a->n_profiles == b->n_profiles &&
         a->n_funnels == b->n_funnels && a->n_stages == b->n_stages &&
         a->n_outcomes == b->n_outcomes && a->n_links == b->n_links &&
         a->n_streams == b->n_streams && a->n_teams == b->n_teams && a->n_versions == 1 &&
         b->n_versions == 1 && a->n_changes == 0 && b->n_changes == 0;
}

/* ---- funnels that differ, and those that they reach ---- */

typedef struct comparison {
  const fsim_scenario *a, *b;
  bool *own;     /* [n_funnels] a law of the funnel or of links out of it differs */
  bool *works;   /* [n_funnels] some team works in it */
  bool *reached; /* [n_funnels] */
  bool *stream;  /* [n_streams] differs */
  bool *team;    /* [n_teams] reached: differs, or works in a funnel that is */
} comparison;

static void compare_laws(comparison *c) {
  const fsim_scenario *s = c->a;
  for (size_t p = 0; p < s->n_profiles; p++) {
    for (size_t i = 0; i < s->n_stages; i++) {
      const fsim_stage_law *x = fsim_stage_law_of(s, 0, p, i);
      size_t funnel = s->stages[i].funnel;
      c->works[funnel] |= x->work.set;
      if (!same_stage(&s->stages[i], x, fsim_stage_law_of(c->b, 0, p, i))) c->own[funnel] = true;
    }
    for (size_t f = 0; f < s->n_funnels; f++)
      if (!same_law(s->versions[0].values[p * s->n_funnels + f],
                    c->b->versions[0].values[p * s->n_funnels + f]))
        c->own[f] = true;
  }
  for (size_t i = 0; i < s->n_stages; i++)
    if (!same_pace(&s->stages[i], &c->b->stages[i])) c->own[s->stages[i].funnel] = true;
  for (size_t l = 0; l < s->n_links; l++) {
    const fsim_link_law *x = &s->versions[0].links[l], *y = &c->b->versions[0].links[l];
    if (x->probability != y->probability || !same_law(x->after, y->after))
      c->own[s->outcomes[s->links[l].from].funnel] = true;
  }
}

/* One round; true when it reached more. */
static bool spread(comparison *c) {
  const fsim_scenario *s = c->a;
  bool more = false;
  for (size_t l = 0; l < s->n_links; l++) {
    size_t to = s->links[l].to;
    if (!c->reached[s->outcomes[s->links[l].from].funnel] || c->reached[to]) continue;
    c->reached[to] = more = true;
  }
  for (size_t i = 0; i < s->n_profiles * s->n_stages; i++) {
    const fsim_stage_law *law = &s->versions[0].stages[i];
    size_t funnel = s->stages[i % s->n_stages].funnel;
    if (!law->work.set || c->reached[funnel] == c->team[law->work.team]) continue;
    c->reached[funnel] = c->team[law->work.team] = more = true;
  }
  return more;
}

static void compare(comparison *c, fsim_reach *reach) {
  const fsim_scenario *s = c->a;
  compare_laws(c);
  for (size_t f = 0; f < s->n_funnels; f++) c->reached[f] = c->own[f];
  for (size_t t = 0; t < s->n_teams; t++) c->team[t] = !same_team(s, &s->teams[t], &c->b->teams[t]);
  for (size_t i = 0; i < s->n_streams; i++) {
    c->stream[i] = !same_stream(s, &s->streams[i], &c->b->streams[i]);
    if (c->stream[i]) c->reached[s->streams[i].into] = true;
  }
  while (spread(c)) continue;
  for (size_t f = 0; f < s->n_funnels; f++) reach->funnel[f] = reach->funnel[f] && !c->reached[f];
  for (size_t i = 0; i < s->n_streams; i++) {
    size_t f = s->streams[i].into;
    bool first_stand = !c->works[f] && !c->own[f] && !c->stream[i];
    reach->stream[i] = reach->stream[i] && (!c->reached[f] || first_stand);
  }
}

static int compare_scenarios(const fsim_scenario *a, const fsim_scenario *b, fsim_report *report,
                             fsim_reach *reach) {
  size_t n = a->n_funnels;
  bool *memory = fsim_zeroed(3 * n + a->n_streams + a->n_teams, sizeof *memory);
  if (memory == NULL) return fsim_no_memory(report);
  comparison c = {.a = a,
                  .b = b,
                  .own = memory,
                  .works = memory + n,
                  .reached = memory + 2 * n,
                  .stream = memory + 3 * n,
                  .team = memory + 3 * n + a->n_streams};
  compare(&c, reach);
  free(memory);
  return FSIM_OK;
}

/* What is uncertain may have the same median and yet differ: its draws tell. */
static int compare_draws(const fsim_variant *base, const fsim_variant *plan, fsim_report *report,
                         fsim_reach *reach) {
  fsim_scenario *a = NULL, *b = NULL;
  int status = fsim_source_realise(base->source, 0, report, &a);
  if (status == FSIM_OK) status = fsim_source_realise(plan->source, 0, report, &b);
  if (status == FSIM_OK) status = compare_scenarios(a, b, report, reach);
  fsim_scenario_free(a);
  fsim_scenario_free(b);
  return status;
}

int fsim_reach_make(const fsim_variant *base, const fsim_variant *plan, fsim_report *report,
                    fsim_reach *reach) {
  const fsim_scenario *a = base->scenario, *b = plan->scenario;
  *reach = (fsim_reach){.n_funnels = a->n_funnels, .n_streams = a->n_streams};
  reach->funnel = fsim_zeroed(a->n_funnels + a->n_streams, sizeof(bool));
  if (reach->funnel == NULL) return fsim_no_memory(report);
  reach->stream = reach->funnel + a->n_funnels;
  if (!same_structure(a, b) || !fsim_scope_fits(a)) return FSIM_OK;
  memset(reach->funnel, true, a->n_funnels * sizeof(bool));
  memset(reach->stream, true, a->n_streams * sizeof(bool));
  int status = compare_scenarios(a, b, report, reach);
  if (status == FSIM_OK && a->uncertain) status = compare_draws(base, plan, report, reach);
  for (size_t i = 0; i < a->n_streams; i++) reach->any = reach->any || reach->stream[i];
  return status;
}

void fsim_reach_free(fsim_reach *reach) {
  free(reach->funnel);
  *reach = (fsim_reach){0};
}

bool fsim_reach_equal(const fsim_reach *a, const fsim_reach *b) {
  return a->n_funnels == b->n_funnels && a->n_streams == b->n_streams &&
         memcmp(a->funnel, b->funnel, (a->n_funnels + a->n_streams) * sizeof(bool)) == 0;
}

/* ---- a lone change ---- */

/* By what factor all rates differ; NAN when there is no such factor. */
static double rate_factor(const fsim_stream *a, const fsim_stream *b) {
  double factor = NAN;
  for (size_t i = 0; i < a->n_rate; i++) {
    double here = b->rate[i].per_s / a->rate[i].per_s;
    if (a->rate[i].per_s == 0 && b->rate[i].per_s == 0) continue;
    if (isnan(factor)) factor = here;
    if (!(fabs(here - factor) < 1e-9)) return NAN;
  }
  return factor;
}

static bool find_stage(const fsim_scenario *a, const fsim_scenario *b, size_t *stage) {
  for (size_t p = 0; p < a->n_profiles; p++) {
    for (size_t i = 0; i < a->n_stages; i++) {
      const fsim_stage_law *x = fsim_stage_law_of(a, 0, p, i), *y = fsim_stage_law_of(b, 0, p, i);
      if (same_stage(&a->stages[i], x, y)) continue;
      if (!same_but_chances(&a->stages[i], x, y) || (*stage != SIZE_MAX && *stage != i))
        return false;
      *stage = i;
    }
  }
  return true;
}

static bool find_stream(const fsim_scenario *a, const fsim_scenario *b, fsim_lone_change *change) {
  for (size_t i = 0; i < a->n_streams; i++) {
    if (same_stream(a, &a->streams[i], &b->streams[i])) continue;
    change->factor = rate_factor(&a->streams[i], &b->streams[i]);
    if (change->stream != SIZE_MAX || isnan(change->factor) ||
        !same_but_rates(a, &a->streams[i], &b->streams[i]))
      return false;
    change->stream = i;
  }
  return true;
}

static bool same_rest(const fsim_scenario *a, const fsim_scenario *b) {
  bool same = true;
  for (size_t i = 0; i < a->n_stages && same; i++) same = same_pace(&a->stages[i], &b->stages[i]);
  for (size_t t = 0; t < a->n_teams && same; t++) same = same_team(a, &a->teams[t], &b->teams[t]);
  for (size_t i = 0; i < a->n_profiles * a->n_funnels && same; i++)
    same = same_law(a->versions[0].values[i], b->versions[0].values[i]);
  for (size_t l = 0; l < a->n_links && same; l++)
    same = a->versions[0].links[l].probability == b->versions[0].links[l].probability &&
           same_law(a->versions[0].links[l].after, b->versions[0].links[l].after);
  return same;
}

bool fsim_lone_change_find(const fsim_scenario *a, const fsim_scenario *b,
                           fsim_lone_change *change) {
  *change = (fsim_lone_change){SIZE_MAX, SIZE_MAX, NAN};
  if (!same_structure(a, b) || !same_rest(a, b)) return false;
  if (!find_stage(a, b, &change->stage) || !find_stream(a, b, change)) return false;
  return (change->stage == SIZE_MAX) != (change->stream == SIZE_MAX);
}
