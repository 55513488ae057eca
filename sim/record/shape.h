/* What is counted in every replication: one table of self-describing arrays of integers.
 *
 * A record is one block of int64 cells; its arrays and their dimensions are listed once, in
 * fsim_record_arrays. The engine's recorder fills it, the result file keeps it under /series with
 * these names, units and dimensions, and the analysis reads it: none of them knows more than this
 * table. Integer sums are associative, so a record has the same bits for any number of threads.
 *
 * The window is warm_up <= t < horizon. A group is a set of leads: group 0 all of them, then one
 * for every value of every attribute, attribute after attribute. */
#ifndef FSIM_RECORD_SHAPE_H
#define FSIM_RECORD_SHAPE_H

#include "sim/model/plan.h"

typedef enum fsim_dim {
  FSIM_DIM_WEEK, /* weeks since the start; the last may be short */
  FSIM_DIM_STREAM,
  FSIM_DIM_FUNNEL,
  FSIM_DIM_STAGE,
  FSIM_DIM_OUTCOME,
  FSIM_DIM_ENDING, /* the outcomes, then "open" of each funnel */
  FSIM_DIM_EXIT,   /* every exit of every stage, then its rules: fsim_exit_slot */
  FSIM_DIM_GROUP,
  FSIM_DIM_AGE, /* classes of age: fsim_age_class */
  FSIM_DIM_TEAM,
  FSIM_DIM_CLASS,   /* of priority; the most that a team has */
  FSIM_DIM_LENGTH,  /* classes of the length of a queue: fsim_length_class */
  FSIM_DIM_PASSED,  /* the stages, in scenarios with work of teams, else nothing */
  FSIM_DIM_LEAVING, /* the stages, then "open" of each stage */
  FSIM_N_DIMS
} fsim_dim;

#define FSIM_MOST_DIMS 3

typedef enum fsim_cells {
  /* by week, whole horizon */
  FSIM_WEEK_ARRIVED, /* leads */
  FSIM_WEEK_STARTED, /* journeys */
  FSIM_WEEK_ENDED,   /* journeys by outcome */
  FSIM_WEEK_VALUE,   /* value of those, cents */
  FSIM_WEEK_ENTERED, /* visits begun */
  FSIM_WEEK_LEFT,    /* visits done; in progress at a week's end = sum entered - sum left */
  FSIM_COHORT, /* journeys by the week in which their lead arrived, and how they ended; those of the
                  pipeline came before the start and are in none */
  /* in the window */
  FSIM_ARRIVED,  /* leads that arrived in the window */
  FSIM_STARTED,  /* journeys that started in the window */
  FSIM_ENDED,    /* journeys that ended in the window */
  FSIM_VALUE,    /* value of those, cents */
  FSIM_SPENT,    /* cost of the leads that arrived in the window, cents */
  FSIM_PROGRESS, /* journey-seconds in progress within the window */
  /* journeys that started in the window */
  FSIM_FATE,      /* how they ended */
  FSIM_CYCLE,     /* seconds from start to end, of those with that outcome */
  FSIM_AGE_ENDED, /* how they ended, by age then (open: age at the horizon) */
  /* visits that began in the window */
  FSIM_ENTERED,
  FSIM_EXITED,     /* how they ended, of those that did */
  FSIM_WOULD_EXIT, /* of those that a rule ended: the exit already drawn */
  FSIM_TIME,       /* seconds in the stage, of those that ended */
  FSIM_QUEUE,      /* of those: seconds in the queue */
  FSIM_WORK,       /* of those: seconds from the start of work to its end */
  FSIM_STAYED,     /* visit-seconds in the stage within the window, all visits */
  FSIM_AGE_LEFT,   /* those that ended, by time in the stage, and those still open, by age at the
                      horizon */
  FSIM_RULED,      /* visits that a rule (expire, drop, abandon) ended in the window */
  /* teams; nothing where no stage has work */
  FSIM_WEEK_JOINED,  /* visits that came to the team, by week */
  FSIM_WEEK_QUEUED,  /* visit-seconds in its queue */
  FSIM_WEEK_BUSY,    /* place-seconds busy in open hours */
  FSIM_QUEUED,       /* visit-seconds in its queue within the window */
  FSIM_BUSY,         /* place-seconds busy in open hours within the window */
  FSIM_LENGTH_TIME,  /* seconds within the window at which the queue had a length */
  FSIM_JOINED,       /* visits that came to the team in the window */
  FSIM_SERVED,       /* of those: their work began */
  FSIM_ABANDONED,    /* of those: left by patience or because the queue was full */
  FSIM_SERVED_QUEUE, /* of those served: seconds in the queue */
  FSIM_CLASS_JOINED, /* the same by class of priority */
  FSIM_CLASS_SERVED,
  FSIM_CLASS_QUEUE,
  /* where the time of journeys that started in the window and ended so went */
  FSIM_PART_QUEUE,
  FSIM_PART_WORK,
  FSIM_PART_WAIT,
  FSIM_N_CELLS
} fsim_cells;

typedef struct fsim_record_array {
  const char *name;  /* of the dataset */
  const char *units; /* "journeys", "s", "cents" … */
  const char *help;
  fsim_dim dims[FSIM_MOST_DIMS];
  int n_dims;
} fsim_record_array;

extern const fsim_record_array fsim_record_arrays[FSIM_N_CELLS];
extern const char *const fsim_dim_names[FSIM_N_DIMS];

/* Times are also counted in histograms, 256 classes to an octave (at most 0.4 % wide, one second
 * below 256 s): one for every stage and group (time in the stage of visits that began in the window
 * and ended), then one for every outcome and group (cycle time of journeys that started in the
 * window and ended so), then one for every team and group (time in the queue of visits that came in
 * the window and whose work began). */
#define FSIM_TIME_CLASSES 6144
size_t fsim_time_class(int32_t seconds);
/* Lowest time of a class; the class of t covers [from(c), from(c + 1)). */
double fsim_time_class_from(size_t class);
/* Every FSIM_COARSE-th class the sums that intervals need are kept (record/pool.h). */
#define FSIM_COARSE 16
#define FSIM_COARSE_CLASSES (FSIM_TIME_CLASSES / FSIM_COARSE)

/* Lengths of a queue: exact up to 15, then eight classes to an octave. */
#define FSIM_LENGTH_CLASSES 240
size_t fsim_length_class(uint32_t length);
double fsim_length_class_from(size_t class);

/* Ages of what began in the window: four classes to an octave up to a sixteenth of the window, with
 * all below 40 minutes in one, then sixty of equal width up to the whole of it. What is still open
 * at the horizon is spread evenly over ages, so narrow classes there keep the correction for it
 * exact. All are unions of classes of time. */
#define FSIM_AGE_CLASSES 128 /* at most */
size_t fsim_age_classes(int32_t window_s);
size_t fsim_age_class(int32_t window_s, int32_t seconds);
double fsim_age_class_from(int32_t window_s, size_t class);

typedef struct fsim_shape {
  size_t dim[FSIM_N_DIMS];
  size_t offset[FSIM_N_CELLS]; /* of each array in the record, in cells */
  size_t n_cells;              /* of a whole record */
  size_t n_histograms;         /* (stages + outcomes + teams) * groups */
  size_t n_profiles;
  int32_t window_s;
  uint8_t *age_of_time;        /* [FSIM_TIME_CLASSES]: the class of age of a class of time */
  size_t *first_exit;          /* [n_stages + 1]: exit slots of stage s start here */
  uint16_t *groups_of_profile; /* [n_profiles][n_attributes]: the groups beside 0 */
  size_t n_attributes;
  void *memory;
} fsim_shape;

int fsim_shape_make(const fsim_scenario *scenario, fsim_report *report, fsim_shape **shape);
void fsim_shape_free(fsim_shape *shape);

/* Slots of a stage: its exits in order, then expire, drop, limit, abandon (always all four). */
size_t fsim_exit_slot(const fsim_shape *shape, size_t stage, fsim_reason reason, size_t exit);
/* "segment=smb", "all"; "basic.proposal>won", "basic.proposal>lost (expire)"; owner: the caller. */
char *fsim_dim_label(const fsim_scenario *scenario, const fsim_shape *shape, fsim_dim dim,
                     size_t index, char *buffer, size_t size);
/* Cell of an array by its indices (unused ones 0). */
size_t fsim_cell(const fsim_shape *shape, fsim_cells array, size_t i, size_t j, size_t k);
size_t fsim_histogram_of_stage(const fsim_shape *shape, size_t stage, size_t group);
size_t fsim_histogram_of_outcome(const fsim_shape *shape, size_t outcome, size_t group);
size_t fsim_histogram_of_team(const fsim_shape *shape, size_t team, size_t group);

#endif
