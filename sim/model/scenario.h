/* The scenario in memory: what the model and scenario files say, checked and resolved.
 *
 * Everything is a number, a name or an index here: overrides are applied (one law per stage for
 * every profile of attribute values), "rest" is resolved, relative changes are done, and for every
 * set of `changes` on a date there is a version of all laws. Times are in seconds since `start`,
 * durations in seconds, rates per second, money in the scenario's currency.
 * A scenario is immutable once made. Everything it points to is its own. */
#ifndef FSIM_MODEL_SCENARIO_H
#define FSIM_MODEL_SCENARIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/base/report.h"
#include "sim/random/distribution.h"

#define FSIM_MOST_CHANGES 32
#define FSIM_MOST_VERSIONS 256
#define FSIM_MOST_PROFILES 4096
#define FSIM_MOST_VISITS 65535   /* of one journey to one stage; more fails the replication */
#define FSIM_MOST_JOURNEYS 65535 /* of one lead */

/* A named category of leads; attribute 0 is always "segment". */
typedef struct fsim_attribute {
  char *name;
  char **values;
  size_t n_values;
} fsim_attribute;

/* How a visit may end. The first kinds are a stage's own exits, the others its rules. */
typedef enum fsim_reason {
  FSIM_BY_EXIT = 0,
  FSIM_BY_EXPIRE = 1,
  FSIM_BY_DROP = 2,
  FSIM_BY_LIMIT = 3,   /* max_visits: the exit led to a stage that was full of visits, so to `to` */
  FSIM_BY_ABANDON = 4, /* patience ran out, or the queue was full */
  FSIM_STILL_OPEN = 5  /* the horizon came first */
} fsim_reason;

/* Expire, drop and abandon end a visit before its own exit does. */
static inline bool fsim_is_rule(fsim_reason reason) {
  return reason == FSIM_BY_EXPIRE || reason == FSIM_BY_DROP || reason == FSIM_BY_ABANDON;
}

/* Where an exit leads: a stage of the same funnel, or an outcome of it. */
typedef struct fsim_target {
  bool is_outcome;
  uint16_t index; /* global: into scenario.stages or scenario.outcomes */
} fsim_target;

typedef struct fsim_exit {
  char *name; /* the name of its target, as written */
  fsim_target target;
} fsim_exit;

/* A factor common to all waits of its stages in a week: gamma, mean 1. */
typedef struct fsim_pace {
  char *name;
  uint64_t hash;
  double cv; /* 0: none */
  const fsim_distribution *factor;
} fsim_pace;

typedef struct fsim_stage {
  char *name;
  char *title; /* the name when none is given */
  uint16_t funnel;
  uint64_t hash; /* fsim_hash_name(name) */
  fsim_exit
      *exits; /* stages first, then wins, then other outcomes, each by name: the order in which one
                 uniform is split among them, so that the order in the file has no meaning */
  size_t n_exits;
  bool race;
  const fsim_pace *pace; /* of its waits; NULL: none. Never where any law has work */
} fsim_stage;

/* What a stage does to leads of one profile in one version. Pointers may be shared between laws. */
typedef struct fsim_stage_law {
  double *probability;             /* [n_exits], sums to 1; NULL in a race */
  const fsim_distribution **waits; /* [n_exits]: the exit's own wait, else the stage's; never NULL
                                      (no wait at all is fixed 0) */
  const fsim_distribution *wait;   /* the stage's own wait; NULL when every exit has its own */
  struct {
    bool set;
    double after_s;
    fsim_target to;
  } expire;
  struct {
    bool set;
    double below; /* win probability */
    fsim_target to;
  } drop;
  struct {
    bool set;
    uint32_t count;
    fsim_target to;
  } max_visits;
  struct {
    bool set;
    uint16_t team;
    const fsim_distribution *time;
    const fsim_distribution *patience; /* NULL: endless */
    fsim_target abandon;
    bool occupies_stage;
  } work;
  struct {
    bool set;
    double half_life_s, floor;
    bool *exits; /* [n_exits] */
  } wait_effect;
} fsim_stage_law;

typedef struct fsim_outcome {
  char *name;
  char *title;
  uint16_t funnel;
  bool win; /* counts_as: win */
} fsim_outcome;

typedef struct fsim_funnel {
  char *name;
  char *title;
  uint64_t hash;
  uint16_t entry;                 /* global stage index */
  uint16_t first_stage, n_stages; /* its stages stand side by side in scenario.stages */
  uint16_t first_outcome, n_outcomes;
} fsim_funnel;

typedef struct fsim_link {
  uint16_t from; /* global outcome */
  uint16_t to;   /* funnel */
  uint64_t hash; /* of the target's name, and which of several links to it this is */
} fsim_link;

typedef struct fsim_link_law {
  double probability;
  const fsim_distribution *after; /* never NULL */
} fsim_link_law;

/* All laws of one version. */
typedef struct fsim_laws {
  fsim_stage_law *stages;           /* [n_profiles][n_stages] */
  const fsim_distribution **values; /* [n_profiles][n_funnels]; NULL: no value */
  fsim_link_law *links;             /* [n_links] */
} fsim_laws;

typedef enum fsim_applies { FSIM_TO_NEW, FSIM_TO_NEXT_STAGE, FSIM_TO_ALL } fsim_applies;

typedef struct fsim_change {
  int32_t on_s;
  double ramp_s; /* 0: at once */
  double share;  /* 0 … 1 */
  fsim_applies applies_to;
  uint64_t hash; /* of its date and paths: keys the draw of who is reached */
  char *text;    /* "2026-06-01: basic.stages.qualified.exits.proposal +5 pp" */
  size_t listed; /* its place in the list, from 0: "changes.N" in paths */
} fsim_change;

typedef enum fsim_spacing { FSIM_POISSON, FSIM_EVENLY } fsim_spacing;

/* A time from which on a stream has a certain rate: piecewise constant, exactly invertible. */
typedef struct fsim_rate_step {
  int32_t from_s;
  double per_s;
} fsim_rate_step;

/* A dated lead of a replayed CSV, or a deal of the pipeline. */
typedef struct fsim_given_lead {
  int32_t t_s; /* arrival; for a deal: when it entered its stage, 0 or less */
  uint16_t profile;
  uint16_t stage; /* deals: global stage */
  double value;   /* NAN: draw it */
} fsim_given_lead;

typedef struct fsim_stream {
  char *name;
  uint64_t hash;
  uint16_t into; /* funnel */
  fsim_spacing spacing;
  fsim_rate_step *rate; /* rising from_s, first 0, last holds to the horizon; base version, with all
                           changes of rates on dates, growth, weekdays, months, campaigns in it */
  size_t n_rate;
  double day_cv;          /* > 0: each day's rate times a gamma of mean 1 and this cv */
  double *share;          /* attribute values: [n_attributes][most values], see attribute_offset */
  double cost;            /* per lead */
  fsim_given_lead *given; /* replayed leads, in order of time; then no rate */
  size_t n_given;
  bool pipeline; /* `given` are open deals at the start, each in its stage */
} fsim_stream;

/* Who of those in a queue is served first. */
typedef enum fsim_discipline {
  FSIM_FIFO,
  FSIM_LIFO,
  FSIM_BY_VALUE,
  FSIM_BY_PRIORITY
} fsim_discipline;

/* How many there are from a time on. */
typedef struct fsim_team_size {
  int32_t from_s;
  double people;
  uint32_t places; /* people times concurrency, rounded to whole places */
} fsim_team_size;

/* Open from from_s to just before to_s. */
typedef struct fsim_open_span {
  int32_t from_s, to_s;
  int64_t before_s; /* open time before from_s */
} fsim_open_span;

typedef struct fsim_team {
  char *name;
  uint64_t hash;
  double size; /* at the start */
  double concurrency;
  double cost_per_s;     /* of one person, in open hours */
  fsim_team_size *sizes; /* rising from_s, the first 0 */
  size_t n_sizes;
  fsim_open_span *open; /* rising, apart from each other, within 0 … horizon; NULL: always open */
  size_t n_open;
  char *hours;     /* as written: "mon-fri 09:00-17:00, sat 10:00-12:00"; NULL: at all hours */
  size_t n_closed; /* closed dates that are listed */
  fsim_discipline discipline;
  uint16_t *class_of_profile; /* [n_profiles], 0 served first; NULL unless by priority */
  size_t n_classes;           /* the listed ones and all others; 1 unless by priority */
  uint32_t limit;             /* longest queue; UINT32_MAX: none */
} fsim_team;

typedef struct fsim_input_file {
  char *name; /* as written in the scenario */
  char sha256[65];
} fsim_input_file;

typedef struct fsim_scenario {
  char *name;
  char *title;
  char *currency;
  int32_t start_days; /* days since 1970-01-01 */
  int32_t horizon_s;
  int32_t warm_up_s;
  uint64_t seed;
  uint32_t replications; /* 0 when `precision` is given instead */
  struct {
    bool set;
    char *metric;
    double half_width;
    double confidence;
  } precision;
  double confidence; /* of all intervals, default 0.95 */
  bool uncertain;    /* has uncertain numbers: replications 2k and 2k + 1 share them */

  fsim_attribute *attributes;
  size_t n_attributes;
  size_t
      n_profiles; /* combinations of attribute values; profile = mixed radix, attribute 0 slowest */

  fsim_funnel *funnels;
  size_t n_funnels;
  fsim_stage *stages;
  size_t n_stages;
  fsim_outcome *outcomes;
  size_t n_outcomes;
  fsim_link *links;
  size_t n_links;
  fsim_stream *streams; /* pipelines are the last ones: "pipeline", "pipeline-2", ... */
  size_t n_streams;
  fsim_team *teams;
  size_t n_teams;
  fsim_pace *paces;
  size_t n_paces;

  fsim_change *changes; /* by date */
  size_t n_changes;
  /* Version v holds when exactly the changes of version_mask[v] are in force; version 0: none. */
  fsim_laws *versions;
  uint32_t *version_mask;
  size_t n_versions;

  fsim_input_file *files; /* model, scenario and CSV files that were read */
  size_t n_files;

  void *memory; /* owner of all of the above (model/arena.h) */
} fsim_scenario;

void fsim_scenario_free(fsim_scenario *scenario);

/* Value index of an attribute in a profile. */
size_t fsim_profile_value(const fsim_scenario *scenario, size_t profile, size_t attribute);
/* "segment=smb, source=web"; only the attributes that laws or streams tell apart. */
char *fsim_profile_text(const fsim_scenario *scenario, size_t profile, char *buffer, size_t size);
/* Share of attribute a's value v among a stream's leads. */
double fsim_stream_share(const fsim_scenario *scenario, const fsim_stream *stream, size_t attribute,
                         size_t value);
/* The first pace that makes waits vary; NULL: there is none. */
const fsim_pace *fsim_pace_in_force(const fsim_scenario *scenario);
/* The same, but only of stages where `expire` or `drop` may end a visit. */
const fsim_pace *fsim_pace_under_rules(const fsim_scenario *scenario);
const fsim_stage_law *fsim_stage_law_of(const fsim_scenario *scenario, size_t version,
                                        size_t profile, size_t stage);

/* Whether deals are open at the start: funnels do not begin empty. */
bool fsim_has_open_deals(const fsim_scenario *scenario);

#endif
