/* A backtest in words, as JSON, and as paths that other programs score. */
#ifndef FSIM_ANALYSIS_FIT_BACKTEST_PRINT_H
#define FSIM_ANALYSIS_FIT_BACKTEST_PRINT_H

#include <stdio.h>

#include "analysis/fit/backtest.h"

int fsim_backtest_text(const fsim_backtest *backtest, FILE *out, fsim_report *report);
int fsim_backtest_json(const fsim_backtest *backtest, FILE *out, fsim_report *report);
/* For every cut, FOLDER/DATE-open.csv and FOLDER/DATE-all.csv: columns p0, p1 … (weeks), a row a
 * simulated future; and FOLDER/DATE-seen.csv: period, wins_inflight, wins_total. */
int fsim_backtest_write(const fsim_backtest *backtest, const char *folder, fsim_report *report);

#endif
