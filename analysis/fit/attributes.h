/* The attributes of a log as a scenario names them, and their mix among new cases.
 *
 * Attributes with one value say nothing and are left out. An attribute has at most thirty values:
 * the rarest are one, "other"; all attributes together have at most a thousand combinations, since
 * a scenario counts by all of them. */
#ifndef FSIM_ANALYSIS_FIT_ATTRIBUTES_H
#define FSIM_ANALYSIS_FIT_ATTRIBUTES_H

#include "analysis/fit/log.h"
#include "sim/base/text.h"

/* Further attributes of a log are left out. */
#define FSIM_MOST_SCENARIO_ATTRIBUTES 12
/* Of one attribute, and of all together, one value of each; the rarest are "other". */
#define FSIM_MOST_ATTRIBUTE_VALUES 30
#define FSIM_MOST_COMBINATIONS 1000

typedef struct fsim_fitted_attribute {
  char *name;    /* as the scenario writes it */
  size_t of_log; /* which attribute of the log */
  char **value;  /* [n_values] as the scenario writes them */
  size_t n_values;
  int16_t *value_of; /* [levels of the log's attribute] */
  double *share;     /* [n_values] of new cases; sums to 1 */
  bool planned;      /* made of the dates on which cases are expected to close */
  double p;          /* chance that its values differ so in some stage, or in what wins bring, when
                      * they do not: the smallest adjusted one; NAN: nothing was tested */
} fsim_fitted_attribute;

/* Two attributes that depend on each other, though the scenario draws them independently. */
typedef struct fsim_attribute_pair {
  size_t first, second;
  double v; /* Cramér's V: 0 independent, 1 the one tells the other */
  double p; /* chance that it comes of nothing, adjusted for all pairs */
} fsim_attribute_pair;

typedef struct fsim_fitted_attributes {
  fsim_fitted_attribute *attribute;
  size_t n;
  fsim_attribute_pair *pair; /* [n_pairs] the strongest first */
  size_t n_pairs;
} fsim_fitted_attributes;

/* The mix is of the funnel's cases that were created since `since` (FSIM_NO_TIME: all) and
 * follow no other case. Free with fsim_attributes_free also after an error. */
int fsim_attributes_of(const fsim_log *log, size_t funnel, int64_t since, fsim_report *report,
                       fsim_fitted_attributes *attributes);
void fsim_attributes_free(fsim_fitted_attributes *attributes);

/* Finds pairs whose values go together among the same cases beyond chance (Pearson's chi-squared,
 * adjusted by Holm, one in a hundred) and by more than a trifle (V of a tenth). */
int fsim_attribute_pairs_of(const fsim_log *log, size_t funnel, int64_t since, fsim_report *report,
                            fsim_fitted_attributes *attributes);
/* Whether a case is one of those that the mix is of. */
bool fsim_is_new_case(const fsim_log *log, size_t which_case, size_t funnel, int64_t since);

/* Which value a case has. */
size_t fsim_value_of_case(const fsim_log *log, const fsim_fitted_attribute *attribute,
                          size_t which_case);
/* A value between quotes where YAML needs them. */
void fsim_append_value(fsim_text *text, const char *value);

#endif
