#include "sim/record/shape.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/array.h"
#include "sim/base/quantity.h"

#define DIMS(...) \
  { __VA_ARGS__ }

const char *const fsim_dim_names[FSIM_N_DIMS] = {
    "week",  "stream", "funnel", "stage", "outcome", "ending", "exit",
    "group", "age",    "team",   "class", "length",  "passed", "leaving",
};

const fsim_record_array fsim_record_arrays[FSIM_N_CELLS] = {
    [FSIM_WEEK_ARRIVED] = {"week_arrived", "leads", "leads by the week of arrival",
                           DIMS(FSIM_DIM_WEEK, FSIM_DIM_STREAM, FSIM_DIM_GROUP), 3},
    [FSIM_WEEK_STARTED] = {"week_started", "journeys",
                           "journeys by the week of their start (the pipeline in week 0)",
                           DIMS(FSIM_DIM_WEEK, FSIM_DIM_FUNNEL, FSIM_DIM_GROUP), 3},
    [FSIM_WEEK_ENDED] = {"week_ended", "journeys", "journeys by the week of their end",
                         DIMS(FSIM_DIM_WEEK, FSIM_DIM_OUTCOME, FSIM_DIM_GROUP), 3},
    [FSIM_WEEK_VALUE] = {"week_value", "cents", "value of the journeys that ended in the week",
                         DIMS(FSIM_DIM_WEEK, FSIM_DIM_OUTCOME, FSIM_DIM_GROUP), 3},
    [FSIM_WEEK_ENTERED] = {"week_entered", "visits",
                           "visits by the week in which they began (the pipeline's in week 0)",
                           DIMS(FSIM_DIM_WEEK, FSIM_DIM_STAGE), 2},
    [FSIM_WEEK_LEFT] = {"week_left", "visits", "visits by the week in which they ended",
                        DIMS(FSIM_DIM_WEEK, FSIM_DIM_STAGE), 2},
    [FSIM_COHORT] = {"cohort", "journeys",
                     "journeys by the week in which their lead arrived, and how they ended",
                     DIMS(FSIM_DIM_WEEK, FSIM_DIM_ENDING, FSIM_DIM_GROUP), 3},
    [FSIM_ARRIVED] = {"arrived", "leads", "leads that arrived in the window",
                      DIMS(FSIM_DIM_STREAM, FSIM_DIM_GROUP), 2},
    [FSIM_STARTED] = {"started", "journeys", "journeys that started in the window",
                      DIMS(FSIM_DIM_FUNNEL, FSIM_DIM_GROUP), 2},
    [FSIM_ENDED] = {"ended", "journeys", "journeys that ended in the window",
                    DIMS(FSIM_DIM_OUTCOME, FSIM_DIM_GROUP), 2},
    [FSIM_VALUE] = {"value", "cents", "value of the journeys that ended in the window",
                    DIMS(FSIM_DIM_OUTCOME, FSIM_DIM_GROUP), 2},
    [FSIM_SPENT] = {"spent", "cents", "cost of the leads that arrived in the window",
                    DIMS(FSIM_DIM_STREAM, FSIM_DIM_GROUP), 2},
    [FSIM_PROGRESS] = {"progress", "s", "time that journeys were in progress within the window",
                       DIMS(FSIM_DIM_FUNNEL, FSIM_DIM_GROUP), 2},
    [FSIM_FATE] = {"fate", "journeys", "how the journeys that started in the window ended",
                   DIMS(FSIM_DIM_ENDING, FSIM_DIM_GROUP), 2},
    [FSIM_CYCLE] = {"cycle", "s",
                    "time from start to end of the journeys that started in the window",
                    DIMS(FSIM_DIM_OUTCOME, FSIM_DIM_GROUP), 2},
    [FSIM_AGE_ENDED] = {"age_ended", "journeys",
                        "how the journeys that started in the window ended, by their age then",
                        DIMS(FSIM_DIM_ENDING, FSIM_DIM_AGE, FSIM_DIM_GROUP), 3},
    [FSIM_ENTERED] = {"entered", "visits", "visits that began in the window",
                      DIMS(FSIM_DIM_STAGE, FSIM_DIM_GROUP), 2},
    [FSIM_EXITED] = {"exited", "visits", "visits that began in the window, by how they ended",
                     DIMS(FSIM_DIM_EXIT, FSIM_DIM_GROUP), 2},
    [FSIM_WOULD_EXIT] = {"would_exit", "visits",
                         "visits that a rule ended, by the exit that was already drawn",
                         DIMS(FSIM_DIM_EXIT, FSIM_DIM_GROUP), 2},
    [FSIM_TIME] = {"time", "s", "time in the stage of visits that began in the window and ended",
                   DIMS(FSIM_DIM_STAGE, FSIM_DIM_GROUP), 2},
    [FSIM_QUEUE] = {"queue", "s", "of it in the queue", DIMS(FSIM_DIM_STAGE, FSIM_DIM_GROUP), 2},
    [FSIM_WORK] = {"work", "s", "of it from the start of work to its end",
                   DIMS(FSIM_DIM_STAGE, FSIM_DIM_GROUP), 2},
    [FSIM_STAYED] = {"stayed", "s", "time that visits were in the stage within the window",
                     DIMS(FSIM_DIM_STAGE, FSIM_DIM_GROUP), 2},
    [FSIM_AGE_LEFT] = {"age_left", "visits",
                       "visits that began in the window, by time in the stage, or age when open",
                       DIMS(FSIM_DIM_LEAVING, FSIM_DIM_AGE, FSIM_DIM_GROUP), 3},
    [FSIM_RULED] = {"ruled", "visits", "visits that a rule ended in the window",
                    DIMS(FSIM_DIM_STAGE, FSIM_DIM_GROUP), 2},
    [FSIM_WEEK_JOINED] = {"week_joined", "visits",
                          "visits by the week in which they came to a team",
                          DIMS(FSIM_DIM_WEEK, FSIM_DIM_TEAM), 2},
    [FSIM_WEEK_QUEUED] = {"week_queued", "s", "time that visits were in a team's queue",
                          DIMS(FSIM_DIM_WEEK, FSIM_DIM_TEAM), 2},
    [FSIM_WEEK_BUSY] = {"week_busy", "s", "time in open hours that places of a team were busy",
                        DIMS(FSIM_DIM_WEEK, FSIM_DIM_TEAM), 2},
    [FSIM_QUEUED] = {"queued", "s", "time within the window that visits were in a team's queue",
                     DIMS(FSIM_DIM_TEAM), 1},
    [FSIM_BUSY] = {"busy", "s", "time within the window, in open hours, that places were busy",
                   DIMS(FSIM_DIM_TEAM), 1},
    [FSIM_LENGTH_TIME] = {"length_time", "s",
                          "time within the window at which a queue had a length",
                          DIMS(FSIM_DIM_TEAM, FSIM_DIM_LENGTH), 2},
    [FSIM_JOINED] = {"joined", "visits", "visits that came to a team in the window",
                     DIMS(FSIM_DIM_TEAM, FSIM_DIM_GROUP), 2},
    [FSIM_SERVED] = {"served", "visits", "of them, those whose work began",
                     DIMS(FSIM_DIM_TEAM, FSIM_DIM_GROUP), 2},
    [FSIM_ABANDONED] = {"abandoned", "visits",
                        "of them, those that left by patience or because the queue was full",
                        DIMS(FSIM_DIM_TEAM, FSIM_DIM_GROUP), 2},
    [FSIM_SERVED_QUEUE] = {"served_queue", "s", "time in the queue of those whose work began",
                           DIMS(FSIM_DIM_TEAM, FSIM_DIM_GROUP), 2},
    [FSIM_CLASS_JOINED] = {"class_joined", "visits",
                           "visits that came to a team in the window, by class of priority",
                           DIMS(FSIM_DIM_TEAM, FSIM_DIM_CLASS), 2},
    [FSIM_CLASS_SERVED] = {"class_served", "visits", "of them, those whose work began",
                           DIMS(FSIM_DIM_TEAM, FSIM_DIM_CLASS), 2},
    [FSIM_CLASS_QUEUE] = {"class_queue", "s", "time in the queue of those whose work began",
                          DIMS(FSIM_DIM_TEAM, FSIM_DIM_CLASS), 2},
    [FSIM_PART_QUEUE] = {"part_queue", "s",
                         "time in queues of the journeys that started in the window and ended so",
                         DIMS(FSIM_DIM_OUTCOME, FSIM_DIM_PASSED), 2},
    [FSIM_PART_WORK] = {"part_work", "s", "the same, from the start of work to its end",
                        DIMS(FSIM_DIM_OUTCOME, FSIM_DIM_PASSED), 2},
    [FSIM_PART_WAIT] = {"part_wait", "s", "the same, waiting for the customer",
                        DIMS(FSIM_DIM_OUTCOME, FSIM_DIM_PASSED), 2},
};

/* The top bits of a double are its exponent and the first bits of its fraction: classes of equal
 * width within an octave, without a logarithm. */
static size_t octave_class(int32_t seconds, int fraction_bits, int first_octave) {
  double x = (double)seconds;
  uint64_t bits;
  memcpy(&bits, &x, sizeof bits);
  return (size_t)((bits >> (52 - fraction_bits)) -
                  ((uint64_t)(1023 + first_octave) << fraction_bits));
}

static double octave_class_from(size_t class, int fraction_bits, int first_octave) {
  size_t per_octave = (size_t)1 << fraction_bits;
  double octave = 1;
  for (size_t i = 0; i < class / per_octave + (size_t)first_octave; i++) octave *= 2;
  return octave * (1 + (double)(class % per_octave) / (double)per_octave);
}

size_t fsim_time_class(int32_t seconds) {
  if (seconds < 256) return seconds < 0 ? 0 : (size_t)seconds;
  return 256 + octave_class(seconds, 8, 8);
}

double fsim_time_class_from(size_t class) {
  return class < 256 ? (double)class : octave_class_from(class - 256, 8, 8);
}

#define AGE_OCTAVE 11 /* 2048 s */
#define EVEN_AGES 60

static size_t octave_ages(int32_t window_s) {
  int32_t edge = window_s / 16;
  return edge <= 1 << AGE_OCTAVE ? 1 : octave_class(edge - 1, 2, AGE_OCTAVE) + 1;
}

size_t fsim_age_classes(int32_t window_s) {
  return octave_ages(window_s) + EVEN_AGES;
}

size_t fsim_age_class(int32_t window_s, int32_t seconds) {
  double time = fsim_time_class_from(fsim_time_class(seconds)), edge = window_s / 16;
  if (time < edge) return time < 1 << AGE_OCTAVE ? 0 : octave_class((int32_t)time, 2, AGE_OCTAVE);
  double step = ((double)window_s - edge) / EVEN_AGES;
  size_t even = step > 0 ? (size_t)((time - edge) / step) : 0;
  return octave_ages(window_s) + (even < EVEN_AGES ? even : EVEN_AGES - 1);
}

double fsim_age_class_from(int32_t window_s, size_t class) {
  size_t octaves = octave_ages(window_s);
  double edge = window_s / 16;
  if (class >= octaves)
    return edge + (double)(class - octaves) * ((double)window_s - edge) / EVEN_AGES;
  return class == 0 ? 0 : octave_class_from(class, 2, AGE_OCTAVE);
}

size_t fsim_length_class(uint32_t length) {
  if (length < 16) return length;
  return length > INT32_MAX ? FSIM_LENGTH_CLASSES - 1 : 16 + octave_class((int32_t)length, 3, 4);
}

double fsim_length_class_from(size_t class) {
  return class < 16 ? (double)class : octave_class_from(class - 16, 3, 4);
}

static bool any_work(const fsim_scenario *scenario) {
  size_t laws = scenario->n_versions * scenario->n_profiles * scenario->n_stages;
  for (size_t i = 0; i < laws; i++) {
    size_t row = i / scenario->n_stages;
    if (fsim_stage_law_of(scenario, row / scenario->n_profiles, row % scenario->n_profiles,
                          i % scenario->n_stages)
            ->work.set)
      return true;
  }
  return false;
}

/* Teams count for nothing where nobody needs them. */
static void measure_teams(const fsim_scenario *scenario, fsim_shape *shape) {
  bool needed = any_work(scenario);
  size_t classes = 1;
  for (size_t t = 0; t < scenario->n_teams; t++) {
    if (scenario->teams[t].n_classes > classes) classes = scenario->teams[t].n_classes;
  }
  shape->dim[FSIM_DIM_TEAM] = needed ? scenario->n_teams : 0;
  shape->dim[FSIM_DIM_CLASS] = classes;
  shape->dim[FSIM_DIM_LENGTH] = FSIM_LENGTH_CLASSES;
  shape->dim[FSIM_DIM_PASSED] = needed ? scenario->n_stages : 0;
}

static void measure(const fsim_scenario *scenario, fsim_shape *shape) {
  size_t groups = 1, exits = 0;
  for (size_t a = 0; a < scenario->n_attributes; a++) groups += scenario->attributes[a].n_values;
  for (size_t s = 0; s < scenario->n_stages; s++) exits += scenario->stages[s].n_exits + 4;
  shape->dim[FSIM_DIM_WEEK] =
      ((size_t)scenario->horizon_s + (size_t)FSIM_WEEK - 1) / (size_t)FSIM_WEEK;
  shape->dim[FSIM_DIM_STREAM] = scenario->n_streams;
  shape->dim[FSIM_DIM_FUNNEL] = scenario->n_funnels;
  shape->dim[FSIM_DIM_STAGE] = scenario->n_stages;
  shape->dim[FSIM_DIM_OUTCOME] = scenario->n_outcomes;
  shape->dim[FSIM_DIM_ENDING] = scenario->n_outcomes + scenario->n_funnels;
  shape->dim[FSIM_DIM_EXIT] = exits;
  shape->dim[FSIM_DIM_GROUP] = groups;
  shape->window_s = scenario->horizon_s - scenario->warm_up_s;
  shape->dim[FSIM_DIM_AGE] = fsim_age_classes(shape->window_s);
  shape->dim[FSIM_DIM_LEAVING] = 2 * scenario->n_stages;
  measure_teams(scenario, shape);
  shape->n_cells = 0;
  for (size_t a = 0; a < FSIM_N_CELLS; a++) {
    size_t cells = 1;
    for (int d = 0; d < fsim_record_arrays[a].n_dims; d++)
      cells *= shape->dim[fsim_record_arrays[a].dims[d]];
    shape->offset[a] = shape->n_cells;
    shape->n_cells += cells;
  }
  shape->n_histograms =
      (scenario->n_stages + scenario->n_outcomes + shape->dim[FSIM_DIM_TEAM]) * groups;
  shape->n_profiles = scenario->n_profiles;
  shape->n_attributes = scenario->n_attributes;
}

static void number_groups(const fsim_scenario *scenario, fsim_shape *shape) {
  for (size_t p = 0; p < scenario->n_profiles; p++) {
    size_t first = 1;
    for (size_t a = 0; a < scenario->n_attributes; a++) {
      shape->groups_of_profile[p * scenario->n_attributes + a] =
          (uint16_t)(first + fsim_profile_value(scenario, p, a));
      first += scenario->attributes[a].n_values;
    }
  }
}

int fsim_shape_make(const fsim_scenario *scenario, fsim_report *report, fsim_shape **shape) {
  *shape = NULL;
  fsim_shape *made = fsim_zeroed(1, sizeof *made);
  if (made == NULL) return fsim_no_memory(report);
  measure(scenario, made);
  made->first_exit = fsim_zeroed(scenario->n_stages + 1, sizeof *made->first_exit);
  made->groups_of_profile =
      fsim_zeroed(scenario->n_profiles * scenario->n_attributes, sizeof *made->groups_of_profile);
  made->age_of_time = fsim_zeroed(FSIM_TIME_CLASSES, sizeof *made->age_of_time);
  if (made->first_exit == NULL || made->groups_of_profile == NULL || made->age_of_time == NULL) {
    fsim_shape_free(made);
    return fsim_no_memory(report);
  }
  for (size_t s = 0; s < scenario->n_stages; s++)
    made->first_exit[s + 1] = made->first_exit[s] + scenario->stages[s].n_exits + 4;
  for (size_t c = 0; c < FSIM_TIME_CLASSES; c++) {
    double from = fsim_time_class_from(c);
    int32_t seconds = from < INT32_MAX ? (int32_t)from : INT32_MAX;
    made->age_of_time[c] = (uint8_t)fsim_age_class(made->window_s, seconds);
  }
  number_groups(scenario, made);
  *shape = made;
  return FSIM_OK;
}

void fsim_shape_free(fsim_shape *shape) {
  if (shape == NULL) return;
  free(shape->age_of_time);
  free(shape->first_exit);
  free(shape->groups_of_profile);
  free(shape);
}

size_t fsim_exit_slot(const fsim_shape *shape, size_t stage, fsim_reason reason, size_t exit) {
  if (reason == FSIM_BY_EXIT) return shape->first_exit[stage] + exit;
  return shape->first_exit[stage + 1] - 4 + (size_t)reason - FSIM_BY_EXPIRE;
}

size_t fsim_cell(const fsim_shape *shape, fsim_cells array, size_t i, size_t j, size_t k) {
  const fsim_record_array *a = &fsim_record_arrays[array];
  size_t cell = i;
  if (a->n_dims > 1) cell = cell * shape->dim[a->dims[1]] + j;
  if (a->n_dims > 2) cell = cell * shape->dim[a->dims[2]] + k;
  return shape->offset[array] + cell;
}

size_t fsim_histogram_of_stage(const fsim_shape *shape, size_t stage, size_t group) {
  return stage * shape->dim[FSIM_DIM_GROUP] + group;
}

size_t fsim_histogram_of_outcome(const fsim_shape *shape, size_t outcome, size_t group) {
  return (shape->dim[FSIM_DIM_STAGE] + outcome) * shape->dim[FSIM_DIM_GROUP] + group;
}

size_t fsim_histogram_of_team(const fsim_shape *shape, size_t team, size_t group) {
  return (shape->dim[FSIM_DIM_STAGE] + shape->dim[FSIM_DIM_OUTCOME] + team) *
             shape->dim[FSIM_DIM_GROUP] +
         group;
}
