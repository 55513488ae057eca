/* The one place where units, dates and shares are read and written.
 *
 * Inside, time is in seconds and dates are days since 1970-01-01; users see durations with a unit
 * (s, min, h, d, w), dates as 2026-01-05 and shares as 5 %. */
#ifndef FSIM_BASE_QUANTITY_H
#define FSIM_BASE_QUANTITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FSIM_MINUTE 60.0
#define FSIM_HOUR 3600.0
#define FSIM_DAY 86400.0
#define FSIM_WEEK 604800.0
/* Longest time a scenario may span; every simulated instant fits an int32 (seconds). */
#define FSIM_LONGEST_HORIZON_S 1892160000 /* 60 years of 365 days */

typedef enum fsim_quantity_fault {
  FSIM_QUANTITY_OK,
  FSIM_QUANTITY_NOT_A_NUMBER, /* no number at the start, or NaN, infinity, hexadecimal */
  FSIM_QUANTITY_NO_UNIT,      /* a bare number where a unit must stand */
  FSIM_QUANTITY_UNKNOWN_UNIT, /* "3 fortnights" */
  FSIM_QUANTITY_TRAILING      /* something after a complete quantity */
} fsim_quantity_fault;

/* A few words for a fault and what was expected, e.g. "needs a unit: s, min, h, d or w". */
const char *fsim_quantity_fault_text(fsim_quantity_fault fault);

/* "12", "-3.5", "1e6": plain finite decimal numbers only (no hexadecimal, no locale). */
fsim_quantity_fault fsim_parse_number(const char *text, double *value);
/* "25 min", "3d", "1.5 w", "0 s": seconds. A lone 0 needs no unit. Sign allowed. */
fsim_quantity_fault fsim_parse_duration(const char *text, double *seconds);
/* "60 / d", "2/h", "400 per week": per second. */
fsim_quantity_fault fsim_parse_rate(const char *text, double *per_second);
/* "1 % / month", "-2 %/year": growth factor minus one, and its period in days (month 365.25/12,
 * year 365.25). */
fsim_quantity_fault fsim_parse_growth(const char *text, double *share, double *period_days);
/* "0.05", "5 %": 0.05. */
fsim_quantity_fault fsim_parse_share(const char *text, double *share);

/* Proleptic Gregorian calendar; days since 1970-01-01 (a Thursday). */
int32_t fsim_days_from_date(int year, int month, int day);
void fsim_date_from_days(int32_t days, int *year, int *month, int *day);
/* 0 = Monday … 6 = Sunday. */
int fsim_weekday(int32_t days);
/* "2026-03-10": false when it is not a real date. */
bool fsim_parse_date(const char *text, int32_t *days);
/* A date, optionally with "T" or a space and hh:mm[:ss[.fraction]], optionally a zone (Z, +02:00),
 * which is read and ignored: times are local. Seconds since that date's midnight in *second. */
bool fsim_parse_instant(const char *text, int32_t *days, double *second);
/* "09:00" -> seconds since midnight, 24:00 allowed. */
bool fsim_parse_clock(const char *text, int32_t *second);

/* Writers; each writes a terminated text of at most `size` bytes and returns `buffer`. */
char *fsim_format_date(int32_t days, char *buffer, size_t size);
/* `second` seconds after midnight of `start_days`: "2026-03-10 09:12:00". */
char *fsim_format_instant(int32_t start_days, int64_t second, char *buffer, size_t size);
/* "3.2 d", "45 min": two or three significant figures in the unit a person would choose. */
char *fsim_format_duration(double seconds, char *buffer, size_t size);
/* `value` with the digits that an interval of half-width `half_width` supports (two significant
 * figures of the half-width), thousands separated by thin commas: "12,340". */
char *fsim_format_rounded(double value, double half_width, char *buffer, size_t size);
/* `value` to so many significant figures, never as a power of ten: "1,200,000", "0.0012". */
char *fsim_format_figures(double value, int figures, char *buffer, size_t size);

#endif
