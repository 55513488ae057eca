/* A scenario as text: the tree of all its files after `extends`, `set` and --set.
 *
 * Paths, levers, relative changes and uncertain numbers live here: a lever is a place in this tree,
 * an uncertain number a place whose value is drawn, a change on a date another version of it. */
#ifndef FSIM_MODEL_SOURCE_H
#define FSIM_MODEL_SOURCE_H

#include "sim/model/scenario.h"

typedef struct fsim_source fsim_source;

/* Reads a scenario file with its models, the scenario that it extends, and CSV files; applies `set`
 * and then the n_sets texts "PATH=VALUE" of the command line. All mistakes of all files go to the
 * report. A model file alone (`funnel:` at its top) is also accepted, for `check`: it becomes a
 * scenario with one funnel and no streams. */
int fsim_source_load(const char *path, const char *const *sets, size_t n_sets, fsim_report *report,
                     fsim_source **source);
/* The same from the resolved text of a result file (/scenario/yaml) and the input files kept beside
 * it: names[i] has the bytes texts[i]. */
int fsim_source_parse(const char *name, const char *yaml, size_t length, const char *const *names,
                      const char *const *texts, const size_t *lengths, size_t n_files,
                      const char *const *sets, size_t n_sets, fsim_report *report,
                      fsim_source **source);
void fsim_source_free(fsim_source *source);

/* The whole scenario as one YAML text, models inside it, enough to run it again with its CSV files.
 * The source owns the text. NULL when memory is out. */
const char *fsim_source_resolved(const fsim_source *source);
/* Input CSV files as read, for keeping beside the resolved text. */
size_t fsim_source_n_files(const fsim_source *source);
const char *fsim_source_file(const fsim_source *source, size_t i, const char **text,
                             size_t *length);

bool fsim_source_uncertain(const fsim_source *source);

/* Uncertain numbers at their medians (for `check`, `--dry-run`, and scenarios that have none). */
#define FSIM_CENTRAL UINT64_MAX
/* The scenario in memory with its uncertain numbers drawn for a pair of replications (replication /
 * 2), or central. The first call checks everything; later pairs can only fail on memory or when
 * drawn numbers clash (an error that names path, value and pair). Safe from several threads at
 * once. */
int fsim_source_realise(const fsim_source *source, uint64_t pair, fsim_report *report,
                        fsim_scenario **scenario);

/* Which uniform number each uncertain number takes, by its path, in place of a keyed draw: its
 * value is the distribution's at that uniform. The same path may be asked for more than once. */
typedef struct fsim_choice {
  double (*uniform)(void *context, const char *path);
  void *context;
} fsim_choice;

/* The scenario with its uncertain numbers chosen; it counts as one without any
 * (scenario->uncertain is false), so that a run keeps them. Safe from several threads at once. */
int fsim_source_realise_at(const fsim_source *source, const fsim_choice *choice,
                           fsim_report *report, fsim_scenario **scenario);
/* The uniform number that the uncertain number at a path has in a pair of replications. */
double fsim_uncertain_uniform(uint64_t seed, uint64_t pair, const char *path);

/* A number of the scenario that an analysis can move. */
typedef struct fsim_lever {
  char *path;       /* "basic.stages.qualified.exits.proposal" */
  char *value;      /* as written: "0.55", "3 d", "{lognormal: {median: 3 d, sigma: 0.9}}" */
  const char *kind; /* "probability", "time", "rate", "size", "money", "share", "number" */
  fsim_place place;
} fsim_lever;

/* All levers in the order of the files. The source owns them. */
int fsim_source_levers(const fsim_source *source, fsim_report *report, const fsim_lever **levers,
                       size_t *n);

#endif
