/* Small scenarios built in memory, for tests that need no files: one funnel, one profile. */
#ifndef FSIM_TESTS_BUILD_H
#define FSIM_TESTS_BUILD_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/text.h"
#include "sim/model/scenario.h"

#define BUILD_STAGES 12
#define BUILD_EXITS 4
#define BUILD_LAWS 64

/* Everything that the scenario points to; on the stack of a test. */
typedef struct fsim_build {
  fsim_scenario s;
  fsim_funnel funnels[2];
  fsim_stage stages[BUILD_STAGES];
  fsim_exit exits[BUILD_STAGES][BUILD_EXITS];
  fsim_outcome outcomes[4]; /* lost, won of funnel 0, then of funnel 1 */
  fsim_link links[2];
  fsim_link_law link_law[2];
  fsim_laws version;
  uint32_t mask;
  fsim_attribute attribute;
  char *segment;
  fsim_stage_law laws[BUILD_STAGES];
  double probability[BUILD_STAGES][BUILD_EXITS];
  const fsim_distribution *waits[BUILD_STAGES][BUILD_EXITS];
  const fsim_distribution *values[2];
  fsim_stream stream;
  fsim_rate_step rate;
  double share[1];
  fsim_distribution *own[BUILD_LAWS];
  size_t n_own;
} fsim_build;

static inline fsim_distribution *build_law(fsim_build *b, const char *family, double first,
                                           double second, const char *name) {
  /* `name`: the first parameter of the parametrisation that is meant */
  const fsim_family *f = fsim_family_find(family);
  const double given[] = {first, second, 0};
  const char *fault = NULL;
  for (size_t i = 0; i < f->n_parametrisations; i++) {
    char names[128];
    snprintf(names, sizeof names, "%s%s%s", f->parametrisations[i].names[0],
             f->parametrisations[i].names[1] ? "," : "",
             f->parametrisations[i].names[1] ? f->parametrisations[i].names[1] : "");
    if (strcmp(names, name) != 0) continue;
    fsim_distribution *d = fsim_distribution_new(f, &f->parametrisations[i], given, &fault);
    if (d) return b->own[b->n_own++] = d;
  }
  fprintf(stderr, "no %s {%s}\n", family, name);
  abort();
}

static inline void build_begin(fsim_build *b) {
  memset(b, 0, sizeof *b);
  b->segment = (char *)(size_t) "all";
  b->attribute = (fsim_attribute){(char *)(size_t) "segment", &b->segment, 1};
  for (size_t o = 0; o < 4; o++)
    b->outcomes[o] =
        (fsim_outcome){(char *)(size_t)(o % 2 ? "won" : "lost"),
                       (char *)(size_t)(o % 2 ? "won" : "lost"), (uint16_t)(o / 2), o % 2 == 1};
  b->funnels[0] = (fsim_funnel){.name = (char *)(size_t) "f", .hash = 1, .n_outcomes = 2};
  b->version = (fsim_laws){b->laws, b->values, b->link_law};
  b->s = (fsim_scenario){.name = (char *)(size_t) "built",
                         .horizon_s = 31536000,
                         .attributes = &b->attribute,
                         .n_attributes = 1,
                         .n_profiles = 1,
                         .funnels = b->funnels,
                         .n_funnels = 1,
                         .stages = b->stages,
                         .outcomes = b->outcomes,
                         .n_outcomes = 2,
                         .links = b->links,
                         .versions = &b->version,
                         .version_mask = &b->mask,
                         .n_versions = 1};
}

/* A stage of the last funnel; exits follow, in order of their names. */
static inline fsim_stage_law *build_stage(fsim_build *b, const char *name) {
  size_t i = b->s.n_stages++;
  fsim_funnel *f = &b->funnels[b->s.n_funnels - 1];
  b->stages[i] = (fsim_stage){.name = (char *)(size_t)name,
                              .title = (char *)(size_t)name,
                              .funnel = (uint16_t)(b->s.n_funnels - 1),
                              .hash = fsim_hash_name(name),
                              .exits = b->exits[i]};
  b->laws[i] = (fsim_stage_law){.probability = b->probability[i], .waits = b->waits[i]};
  f->n_stages++;
  return &b->laws[i];
}

static inline fsim_target to_stage(size_t stage) {
  return (fsim_target){false, (uint16_t)stage};
}
static inline fsim_target to_outcome(size_t outcome) {
  return (fsim_target){true, (uint16_t)outcome};
}
#define LOST to_outcome(0)
#define WON to_outcome(1)

static inline void build_exit(fsim_build *b, fsim_target to, double p,
                              const fsim_distribution *wait) {
  size_t i = b->s.n_stages - 1, k = b->stages[i].n_exits++;
  b->exits[i][k] =
      (fsim_exit){to.is_outcome ? b->outcomes[to.index].name : b->stages[to.index].name, to};
  b->probability[i][k] = p;
  b->waits[i][k] = wait;
}

/* The last stage's exits race. */
static inline void build_race(fsim_build *b) {
  b->stages[b->s.n_stages - 1].race = true;
  b->laws[b->s.n_stages - 1].probability = NULL;
}

static inline void build_end(fsim_build *b) {
  for (size_t i = 0; i < b->n_own; i++) fsim_distribution_free(b->own[i]);
}

#endif
