/* The textbook's way to simulate a funnel with teams, for comparison: a binary heap of events, one
 * for every arrival and every end, GSL's generators, one journey at a time, counts by week. */
#ifndef BENCH_TEXTBOOK_H
#define BENCH_TEXTBOOK_H

#include <stdbool.h>
#include <stdint.h>

#define TEXTBOOK_STAGES 6

typedef struct textbook_stage {
  double mu, sigma;   /* of a lognormal wait in days; sigma 0: none */
  double advance;     /* to the next stage, or to be won; else lost */
  unsigned places;    /* 0: no team */
  double work, shape; /* mean in days; shape 1 is exponential, other ones gamma */
  double patience;    /* exponential, mean in days; 0: endless */
} textbook_stage;

typedef struct textbook_model {
  int n_stages;
  textbook_stage stage[TEXTBOOK_STAGES];
  double per_day, days;
} textbook_model;

typedef struct textbook_result {
  uint64_t visits, events, left, wins, abandoned;
  uint64_t most_in_progress;
  double queue_days, busy_days;
} textbook_result;

/* Adds what some replications did; false when memory is out or the counts do not add up. */
bool textbook_run(const textbook_model *model, unsigned replications, textbook_result *result);

#endif
