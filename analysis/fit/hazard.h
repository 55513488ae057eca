/* Rates of leaving a stage, by age and exit, as the data show them and without a law.
 *
 * The rate is constant within pieces of age that hold enough ends each (the piecewise exponential
 * model, whose likelihood gives ends / time at risk: Friedman, Annals of Statistics 10, 1982), and
 * none at ages where none is seen although many would be. With pieces of a day it is Aalen and
 * Johansen's estimate but for rounding. A piece in which ends come together has the length that
 * leaves the right share open (hazard_length.c). Rates may be multiplied by a factor for the month
 * of the quarter: deals close when quarters end. */
#ifndef FSIM_ANALYSIS_FIT_HAZARD_H
#define FSIM_ANALYSIS_FIT_HAZARD_H

#include "analysis/fit/stays.h"

#define FSIM_QUARTER_MONTHS 3

typedef struct fsim_hazard {
  size_t n_pieces, n_exits;
  double *from;   /* [n_pieces + 1] ages in seconds; the first 0 */
  double *rate;   /* [n_pieces * n_exits] a second, where all factors are 1 */
  double *length; /* [n_pieces] seconds for which the rates hold: as many as the piece is long where
                   * its ends are spread over it */
  double *ends;   /* [n_pieces * n_exits] stays that ended so */
  double *factor; /* [FSIM_QUARTER_MONTHS * n_exits]; all 1 without a profile */
  bool profile;   /* the months of the quarter differ */
  double last_end; /* the highest age at which a stay ended; -1: none did */
} fsim_hazard;

/* `profile`: also factors for the months of the quarter, each drawn towards 1 as if ten more ends
 * had been seen at the common rate; months that differ by less than a factor of two share one.
 * Free with fsim_hazard_free also after an error. */
int fsim_hazard_fit(const fsim_stage_stays *stage, bool by_day, bool profile, fsim_report *report,
                    fsim_hazard *hazard);
/* Rates anew from other stays of the same stage, with the factors as they are. */
int fsim_hazard_refit(const fsim_stage_stays *stage, bool by_day, fsim_report *report,
                      fsim_hazard *hazard);
void fsim_hazard_free(fsim_hazard *hazard);

/* The piece of age in which a stay ended. */
size_t fsim_hazard_piece(const fsim_hazard *hazard, const fsim_stage_stays *stage,
                         const fsim_dated_stay *stay, bool by_day);

/* Cuts the time that a stay was under observation at the n pieces of age that begin at `from` and
 * at the times that `next` gives (the first boundary after a time), and hands on each part: its
 * piece, where in calendar time it lies, and its seconds. Ages and seconds are those of the stage's
 * pace. */
typedef void (*fsim_take_time)(void *context, size_t piece, int64_t at, double seconds);
void fsim_hazard_walk(const fsim_stage_stays *stage, const fsim_dated_stay *stay, bool by_day,
                      const double *from, size_t n, int64_t (*next)(int64_t), fsim_take_time take,
                      void *context);

/* 0, 1 or 2: which month of its quarter a time lies in. */
int fsim_month_of_quarter(int64_t t);
/* The first second of the month after the one that t lies in. */
int64_t fsim_next_month(int64_t t);
/* The midnight after it. */
int64_t fsim_next_day(int64_t t);

/* Whether the months of the quarter differ by more than weeks of one month do: some factor is above
 * two or below a half, and five standard errors away from 1, with the spread of weeks about the
 * fitted rates as the measure (a quasi-likelihood: McCullagh & Nelder 1989, 4.5); above two also
 * without the month's strongest week. All three months must have been seen for two weeks. */
int fsim_hazard_profile_is_real(const fsim_stage_stays *stage, const fsim_hazard *with_profile,
                                bool by_day, fsim_report *report, bool *real);

/* The age at which to cut the stage in two parts so that each with its own profile explains the
 * ends best (the change point of highest likelihood; Hinkley, Biometrika 57, 1970). 0: no cut
 * helps. */
int fsim_hazard_cut(const fsim_stage_stays *stage, bool by_day, fsim_report *report, double *age);

#endif
