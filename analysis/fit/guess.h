/* What the files of an export seem to be: which table is what, which column has which role. Private
 * to this folder; the words for it are in guess_text.c. */
#ifndef FSIM_ANALYSIS_FIT_GUESS_H
#define FSIM_ANALYSIS_FIT_GUESS_H

#include "analysis/fit/guess_flow.h"
#include "analysis/fit/read_log.h"
#include "analysis/fit/read_mapped.h"
#include "sim/base/text.h"

#define FSIM_GUESS_TABLES 3

/* A column that could be an attribute, or the date on which deals entered a stage. */
typedef struct fsim_guess_extra {
  size_t column;
  size_t won, others; /* deals that have it filled in, by how they ended */
  double after_days;  /* dates: after the creation, on average */
  bool is_date, leak;
} fsim_guess_extra;

/* The further columns of one table: stages' dates in their order, then attributes. */
typedef struct fsim_guess_extras {
  fsim_guess_extra *extra;
  size_t n, won_rows, other_rows;
  size_t values_of_open; /* deals that are not won and have a value above 0 */
  size_t values_of_won;
} fsim_guess_extras;

typedef struct fsim_guess {
  fsim_guess_table table[FSIM_GUESS_TABLES];
  size_t n_tables;
  fsim_export_kind kind[FSIM_GUESS_TABLES]; /* of each table by itself */
  size_t whole, history, leads;             /* tables, SIZE_MAX: none */
  fsim_guess_flow flow;                     /* of the event log or the history */
  fsim_guess_extras extras, lead_extras;    /* of the whole table, and of the leads */
  fsim_read_doubts doubts;                  /* what reading by the guess refused */
} fsim_guess;

int fsim_guess_files(const char *const *files, size_t n, fsim_report *report, fsim_guess *guess);
void fsim_guess_free(fsim_guess *guess);

/* The header of the column with expected dates, that of the history where it has one; NULL. */
const char *fsim_guess_expected(const fsim_guess *guess);
/* Whether the present row of the table of deals tells a win. */
bool fsim_guess_row_won(const fsim_guess_table *deals);
/* Of two tables with a row a deal, which is that of leads, and by which column they are joined
 * (guess_join.c). */
int fsim_guess_join(fsim_guess *guess, size_t a, size_t b, fsim_report *report);
/* Looks for stages' dates (of deals) and attributes among the columns that have no role
 * (guess_extras.c). */
int fsim_guess_extras_of(fsim_guess_table *table, fsim_export_kind kind, bool stages,
                         fsim_report *report, fsim_guess_extras *extras);
/* The column of ids of orders whose lines are the rows, where the data show one (guess_orders.c).
 */
int fsim_guess_order_id(fsim_guess_table *table, fsim_report *report);
/* The mapping as commented YAML. */
void fsim_guess_write(const fsim_guess *guess, const fsim_read_log_options *options,
                      fsim_text *yaml);

#endif
