/* Dates and times as exports write them, to whole seconds of the wall clock since 1970-01-01. */
#ifndef FSIM_ANALYSIS_FIT_TIMESTAMP_H
#define FSIM_ANALYSIS_FIT_TIMESTAMP_H

#include <stdbool.h>
#include <stdint.h>

typedef enum fsim_date_order {
  FSIM_DATE_UNKNOWN,
  FSIM_DATE_YMD, /* 2026-03-10, 2026/3/10, 20260310, 10-Mar-2026 */
  FSIM_DATE_DMY, /* 10/3/2026, 10.03.2026 */
  FSIM_DATE_MDY  /* 3/10/2026 */
} fsim_date_order;

/* "y-m-d", "d/m/y", "m/d/y", with - . or / alike. */
bool fsim_date_order_named(const char *name, fsim_date_order *order);

/* What a field's own digits say: a year first, or a number above 12 in one of the places; unknown
 * when both could be. False when it is no date at all. */
bool fsim_date_order_of(const char *field, fsim_date_order *order);

/* "10/3/26", "10.03.26 14:00". */
bool fsim_date_has_short_year(const char *field);

/* Milliseconds (13 digits) or seconds (10) since 1970, from 2000 to 2039, as programs' interfaces
 * give them: the wall clock of UTC. */
bool fsim_timestamp_is_epoch(const char *field, int64_t *seconds);

/* A date, then optionally T, blanks or a comma and hh:mm[:ss[.fraction]] with AM or PM, optionally
 * a zone (Z, +02:00, +0200, CET), which is read and ignored: the wall clock counts. The month may
 * be a name, English or German (5-Jan-2026, Jan 5, 2026, 5. Januar 2026). Or a count since 1970.
 * *midnight: no time was given, or 00:00:00. */
bool fsim_timestamp_read(const char *field, fsim_date_order order, int64_t *seconds,
                         bool *midnight);

#endif
