#include "analysis/fit/timestamp.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "sim/base/quantity.h"

bool fsim_date_order_named(const char *name, fsim_date_order *order) {
  char letters[4] = "";
  size_t n = 0;
  for (const char *c = name; *c; c++) {
    if (strchr("-./ ", *c)) continue;
    char letter = (char)tolower((unsigned char)*c);
    if (n > 0 && letters[n - 1] == letter) continue; /* yyyy-mm-dd is y-m-d */
    if (n == 3) return false;
    letters[n++] = letter;
    letters[n] = '\0';
  }
  *order = strcmp(letters, "ymd") == 0   ? FSIM_DATE_YMD
           : strcmp(letters, "dmy") == 0 ? FSIM_DATE_DMY
           : strcmp(letters, "mdy") == 0 ? FSIM_DATE_MDY
                                         : FSIM_DATE_UNKNOWN;
  return *order != FSIM_DATE_UNKNOWN;
}

/* Up to `most` digits; their number, 0 when there are none. */
static int digits(const char **at, int most, int *value) {
  int n = 0;
  *value = 0;
  while (n < most && isdigit((unsigned char)**at)) {
    *value = *value * 10 + (**at - '0');
    (*at)++;
    n++;
  }
  return n;
}

typedef struct three {
  int number[3], length[3];
} three;

/* Three numbers with one kind of sign between them, or eight digits. */
static bool read_three(const char **at, three *t) {
  const char *start = *at;
  t->length[0] = digits(at, 4, &t->number[0]);
  if (t->length[0] == 4 && isdigit((unsigned char)**at)) {
    t->length[1] = digits(at, 2, &t->number[1]);
    t->length[2] = digits(at, 2, &t->number[2]);
    return t->length[2] == 2 && *at - start == 8;
  }
  const char sign = **at;
  if (t->length[0] == 0 || (sign != '-' && sign != '/' && sign != '.')) return false;
  (*at)++;
  t->length[1] = digits(at, 2, &t->number[1]);
  if (t->length[1] == 0 || **at != sign) return false;
  (*at)++;
  t->length[2] = digits(at, 4, &t->number[2]);
  return t->length[2] > 0;
}

bool fsim_date_order_of(const char *field, fsim_date_order *order) {
  three t;
  *order = FSIM_DATE_UNKNOWN;
  if (!read_three(&field, &t)) return false;
  if (t.length[0] == 4) {
    *order = FSIM_DATE_YMD;
    return true;
  }
  if (t.length[2] != 4) return false; /* years of two digits could be anything */
  if (t.number[0] > 12)
    *order = FSIM_DATE_DMY;
  else if (t.number[1] > 12)
    *order = FSIM_DATE_MDY;
  return true;
}

bool fsim_date_has_short_year(const char *field) {
  three t;
  return read_three(&field, &t) && t.length[0] <= 2 && t.length[2] == 2 &&
         (*field == '\0' || *field == ' ');
}

/* "10:42[:07[.25]][ PM]": seconds since midnight. */
static bool read_clock(const char **at, int *seconds) {
  int hour, minute, second = 0;
  if (digits(at, 2, &hour) == 0 || **at != ':') return false;
  (*at)++;
  if (digits(at, 2, &minute) != 2) return false;
  if (**at == ':') {
    (*at)++;
    if (digits(at, 2, &second) != 2) return false;
    if (**at == '.' || **at == ',') {
      (*at)++;
      int fraction;
      while (digits(at, 9, &fraction) > 0) continue;
    }
  }
  while (**at == ' ') (*at)++;
  if (strncasecmp(*at, "am", 2) == 0 || strncasecmp(*at, "pm", 2) == 0) {
    if (hour < 1 || hour > 12) return false;
    hour = hour % 12 + (tolower((unsigned char)**at) == 'p' ? 12 : 0);
    *at += 2;
  }
  if (hour > 24 || minute > 59 || second > 60) return false;
  *seconds = hour * 3600 + minute * 60 + second;
  return *seconds <= 86400;
}

static bool skip_zone(const char *at) {
  while (*at == ' ') at++;
  if (*at == '\0') return true;
  if (strcasecmp(at, "z") == 0 || strcasecmp(at, "utc") == 0 || strcasecmp(at, "gmt") == 0)
    return true;
  if (*at != '+' && *at != '-') return false;
  at++;
  int number;
  if (digits(&at, 2, &number) != 2) return false;
  if (*at == ':') at++;
  digits(&at, 2, &number);
  return *at == '\0';
}

bool fsim_timestamp_read(const char *field, fsim_date_order order, int64_t *seconds,
                         bool *midnight) {
  three t;
  while (*field == ' ') field++;
  if (!read_three(&field, &t)) return false;
  if (t.length[0] == 4) order = FSIM_DATE_YMD;
  if (order == FSIM_DATE_UNKNOWN || (order != FSIM_DATE_YMD && t.length[2] != 4)) return false;
  const int year = order == FSIM_DATE_YMD ? t.number[0] : t.number[2];
  const int month = order == FSIM_DATE_MDY ? t.number[0] : t.number[1];
  const int day = order == FSIM_DATE_YMD   ? t.number[2]
                  : order == FSIM_DATE_DMY ? t.number[0]
                                           : t.number[1];
  if (t.length[0] != 4 && order == FSIM_DATE_YMD) return false;
  if (year < 1900 || year > 2200 || month < 1 || month > 12 || day < 1) return false;
  const int32_t days = fsim_days_from_date(year, month, day);
  int check_year, check_month, check_day;
  fsim_date_from_days(days, &check_year, &check_month, &check_day);
  if (check_month != month || check_day != day) return false; /* 31 April */
  int clock = 0;
  if (*field == 'T' || *field == 't' || *field == ' ') {
    field++;
    while (*field == ' ') field++;
    if (*field != '\0' && !read_clock(&field, &clock)) return false;
  }
  if (!skip_zone(field)) return false;
  *seconds = (int64_t)days * 86400 + clock;
  *midnight = clock == 0;
  return true;
}
