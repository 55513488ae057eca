/* What the writers of a guessed mapping share. Private to this folder. */
#ifndef FSIM_ANALYSIS_FIT_GUESS_TEXT_PARTS_H
#define FSIM_ANALYSIS_FIT_GUESS_TEXT_PARTS_H

#include "analysis/fit/guess.h"

/* Names of stages or attributes that were given. */
typedef struct fsim_guess_names {
  char name[FSIM_GUESS_VALUES][48];
  size_t n;
} fsim_guess_names;

typedef struct fsim_guess_writing {
  const fsim_guess *g;
  fsim_text *y;
  fsim_guess_names names, attributes;
} fsim_guess_writing;

/* A text as a YAML scalar in double quotes, unless it is plain letters. */
void fsim_guess_add_scalar(fsim_text *y, const char *text);
/* One of a column's values in a list [...]. */
void fsim_guess_add_value(fsim_guess_writing *w, const fsim_guess_table *t, size_t column,
                          size_t value, bool *first);
/* The name of a stage or attribute: small letters, digits and -, different from those before. */
const char *fsim_guess_new_name(fsim_guess_names *known, const char *text, size_t length);
double fsim_guess_percent(size_t part, size_t whole);

/* stages: and outcomes: of an event log or a history, with what is work. */
void fsim_guess_add_flow_stages(fsim_guess_writing *w, const fsim_guess_table *t);
void fsim_guess_add_flow_outcomes(fsim_guess_writing *w, const fsim_guess_table *t);
/* stages: of deals with a date for each. */
void fsim_guess_add_date_stages(fsim_guess_writing *w);
/* outcomes: of deals, and of leads, which are won by their deals. */
void fsim_guess_add_deal_outcomes(fsim_guess_writing *w, const fsim_guess_table *t, bool leads);
/* ignore: statuses that are no ends, of deals and leads. */
void fsim_guess_add_open_statuses(fsim_guess_writing *w);

#endif
