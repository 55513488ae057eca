/* Dates and times of day: the calendar's part of quantity.h. */
#include <stdio.h>

#include "sim/base/quantity.h"

/* ---- the calendar ---- */

#define DAYS_OF_400_YEARS 146097
#define DAYS_TO_1970 719468 /* from 0000-03-01 */

/* Years are counted from March, so that the leap day is the last of a year (after the algorithms
 * in Hinnant, "chrono-compatible low-level date algorithms", 2013). */
int32_t fsim_days_from_date(int year, int month, int day) {
  if (month <= 2) year--;
  int era = (year >= 0 ? year : year - 399) / 400;
  int year_of_era = year - era * 400;
  int day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  int day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * DAYS_OF_400_YEARS + day_of_era - DAYS_TO_1970;
}

void fsim_date_from_days(int32_t days, int *year, int *month, int *day) {
  int64_t since = (int64_t)days + DAYS_TO_1970;
  int64_t era = (since >= 0 ? since : since - (DAYS_OF_400_YEARS - 1)) / DAYS_OF_400_YEARS;
  int day_of_era = (int)(since - era * DAYS_OF_400_YEARS);
  int year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  int day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  int month_from_march = (5 * day_of_year + 2) / 153;
  *day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
  *month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
  *year = (int)(era * 400) + year_of_era + (*month <= 2 ? 1 : 0);
}

int fsim_weekday(int32_t days) {
  int64_t from_monday = ((int64_t)days + 3) % 7; /* 1970-01-01 was a Thursday */
  return (int)(from_monday < 0 ? from_monday + 7 : from_monday);
}

/* ---- reading ---- */

/* Exactly `digits` digits; moves past them. */
static bool take_digits(const char **at, int digits, int *value) {
  int number = 0;
  for (int i = 0; i < digits; i++) {
    char c = (*at)[i];
    if (c < '0' || c > '9') return false;
    number = number * 10 + (c - '0');
  }
  *at += digits;
  *value = number;
  return true;
}

static bool take_char(const char **at, char wanted) {
  if (**at != wanted) return false;
  (*at)++;
  return true;
}

static bool take_date(const char **at, int32_t *days) {
  int year, month, day, real_year, real_month, real_day;
  if (!take_digits(at, 4, &year) || !take_char(at, '-') || !take_digits(at, 2, &month) ||
      !take_char(at, '-') || !take_digits(at, 2, &day))
    return false;
  if (year < 1 || month < 1 || month > 12 || day < 1 || day > 31) return false;
  int32_t number = fsim_days_from_date(year, month, day);
  fsim_date_from_days(number, &real_year, &real_month, &real_day);
  if (real_day != day || real_month != month) return false; /* 30 February */
  *days = number;
  return true;
}

bool fsim_parse_date(const char *text, int32_t *days) {
  int32_t number;
  if (!take_date(&text, &number) || *text) return false;
  *days = number;
  return true;
}

static void skip_fraction(const char **at, double *second) {
  double unit = 0.1;
  for (; **at >= '0' && **at <= '9'; (*at)++, unit /= 10) *second += unit * (**at - '0');
}

/* "hh:mm[:ss[.fraction]]" */
static bool take_time(const char **at, double *second) {
  int h, m, s = 0;
  double part = 0;
  if (!take_digits(at, 2, &h) || !take_char(at, ':') || !take_digits(at, 2, &m)) return false;
  if (take_char(at, ':')) {
    if (!take_digits(at, 2, &s)) return false;
    if ((**at == '.' || **at == ',') && (*at)[1] >= '0' && (*at)[1] <= '9') {
      (*at)++;
      skip_fraction(at, &part);
    }
  }
  if (h > 23 || m > 59 || s > 59) return false;
  *second = h * FSIM_HOUR + m * FSIM_MINUTE + s + part;
  return true;
}

/* "Z", "+02", "+0200", "-05:30", after a space or not; nothing at all is fine too. */
static bool take_zone(const char **at) {
  int h, m;
  if (**at == ' ') (*at)++;
  if (!**at || take_char(at, 'Z')) return true;
  if (!take_char(at, '+') && !take_char(at, '-')) return false;
  if (!take_digits(at, 2, &h) || h > 14) return false;
  if (!**at) return true;
  take_char(at, ':');
  return take_digits(at, 2, &m) && m <= 59;
}

bool fsim_parse_instant(const char *text, int32_t *days, double *second) {
  int32_t date;
  double time = 0;
  if (!take_date(&text, &date)) return false;
  if (*text) {
    if (!take_char(&text, 'T') && !take_char(&text, ' ')) return false;
    if (!take_time(&text, &time) || !take_zone(&text) || *text) return false;
  }
  *days = date;
  *second = time;
  return true;
}

bool fsim_parse_clock(const char *text, int32_t *second) {
  int h, m, s = 0;
  bool short_hour = text[0] != '\0' && text[1] == ':';
  if (!take_digits(&text, short_hour ? 1 : 2, &h) || !take_char(&text, ':')) return false;
  if (!take_digits(&text, 2, &m)) return false;
  if (take_char(&text, ':') && !take_digits(&text, 2, &s)) return false;
  int32_t clock = h * 3600 + m * 60 + s;
  if (*text || m > 59 || s > 59 || clock > 86400) return false;
  *second = clock;
  return true;
}

/* ---- writing ---- */

char *fsim_format_date(int32_t days, char *buffer, size_t size) {
  int year, month, day;
  fsim_date_from_days(days, &year, &month, &day);
  snprintf(buffer, size, "%04d-%02d-%02d", year, month, day);
  return buffer;
}

char *fsim_format_instant(int32_t start_days, int64_t second, char *buffer, size_t size) {
  int64_t day = second / 86400, clock = second % 86400;
  if (clock < 0) {
    clock += 86400;
    day--;
  }
  char date[32];
  fsim_format_date((int32_t)(start_days + day), date, sizeof date);
  snprintf(buffer, size, "%s %02d:%02d:%02d", date, (int)(clock / 3600), (int)(clock / 60 % 60),
           (int)(clock % 60));
  return buffer;
}
