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
    return t->length[2] == 2 && *at - start == 8 && !isdigit((unsigned char)**at);
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

/* ---- months by name ---- */

/* "Jan", "January", "Sept.", "März": the first three letters decide; 0 when they name no month. */
static int read_month(const char **at) {
  static const struct {
    const char *begins;
    int month;
  } names[] = {{"jan", 1},  {"feb", 2},  {"mar", 3},  {"m\xc3\xa4r", 3}, {"mrz", 3}, {"apr", 4},
               {"may", 5},  {"mai", 5},  {"jun", 6},  {"jul", 7},        {"aug", 8}, {"sep", 9},
               {"oct", 10}, {"okt", 10}, {"nov", 11}, {"dec", 12},       {"dez", 12}};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    if (strncasecmp(*at, names[i].begins, strlen(names[i].begins)) != 0) continue;
    while (isalpha((unsigned char)**at) || (unsigned char)**at >= 0x80) (*at)++;
    if (**at == '.') (*at)++;
    return names[i].month;
  }
  return 0;
}

static void skip_between(const char **at) {
  while (**at == ' ' || **at == '-' || **at == '/' || **at == ',' || **at == '.') (*at)++;
}

/* "05-Jan-2026", "5. Januar 2026", "Jan 5, 2026": year, month and day. */
static bool read_named(const char **at, three *t) {
  t->length[2] = digits(at, 2, &t->number[2]);
  if (t->length[2] > 0) skip_between(at);
  t->number[1] = read_month(at);
  t->length[1] = 2;
  if (t->number[1] == 0) return false;
  skip_between(at);
  if (t->length[2] == 0) {
    t->length[2] = digits(at, 2, &t->number[2]);
    skip_between(at);
  }
  t->length[0] = digits(at, 4, &t->number[0]);
  return t->length[2] > 0 && t->length[0] > 0 && !isdigit((unsigned char)**at);
}

/* ---- counts since 1970 ---- */

#define MILLISECONDS 13 /* digits */
#define SECONDS 10
#define FIRST_EPOCH INT64_C(946684800) /* 2000-01-01 */
#define LAST_EPOCH INT64_C(2208988800) /* 2040-01-01 */

bool fsim_timestamp_is_epoch(const char *field, int64_t *seconds) {
  const size_t n = strspn(field, "0123456789");
  if ((n != SECONDS && n != MILLISECONDS) || field[n] != '\0') return false;
  int64_t count = 0;
  for (size_t i = 0; i < SECONDS; i++) count = 10 * count + (field[i] - '0');
  *seconds = count;
  return count >= FIRST_EPOCH && count < LAST_EPOCH;
}

/* ---- the order of day and month ---- */

bool fsim_date_order_of(const char *field, fsim_date_order *order) {
  three t;
  int64_t epoch;
  const char *at = field;
  *order = FSIM_DATE_UNKNOWN;
  if (!read_three(&at, &t)) {
    at = field;
    if (!fsim_timestamp_is_epoch(field, &epoch) && !(read_named(&at, &t) && t.length[0] == 4))
      return false;
    *order = FSIM_DATE_YMD; /* either way nothing is left open */
    return true;
  }
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
  const char *at = field;
  const bool numbers = read_three(&at, &t) && t.length[0] <= 2 && t.length[2] == 2;
  if (!numbers) at = field;
  return (numbers || (read_named(&at, &t) && t.length[0] == 2)) && (*at == '\0' || *at == ' ');
}

/* AM, PM, a.m., "p. m." */
static bool is_half_of_day(const char **at) {
  const char *c = *at;
  const int first = tolower((unsigned char)*c);
  if (first != 'a' && first != 'p') return false;
  c++;
  while (*c == '.' || *c == ' ') c++;
  if (tolower((unsigned char)*c) != 'm') return false;
  c++;
  if (*c == '.') c++;
  *at = c;
  return true;
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
  const char *half = *at;
  while (*half == ' ') half++;
  if (is_half_of_day(&half)) {
    if (hour < 1 || hour > 12) return false;
    while (**at == ' ') (*at)++;
    hour = hour % 12 + (tolower((unsigned char)**at) == 'p' ? 12 : 0);
    *at = half;
  }
  if (hour > 24 || minute > 59 || second > 60) return false;
  *seconds = hour * 3600 + minute * 60 + second;
  return *seconds <= 86400;
}

/* A zone by name (Z, UTC, CEST) or as an offset, also both ("+0000 UTC"). */
static bool skip_zone(const char *at) {
  while (*at == ' ') at++;
  if (*at == '+' || *at == '-') {
    at++;
    int number;
    if (digits(&at, 2, &number) != 2) return false;
    if (*at == ':') at++;
    digits(&at, 2, &number);
    while (*at == ' ') at++;
  }
  size_t letters = 0;
  while (isalpha((unsigned char)at[letters])) letters++;
  return letters <= 5 && at[letters] == '\0';
}

/* The day of three numbers in that order; false when there is no such day. */
static bool day_of(const three *t, fsim_date_order order, int32_t *days) {
  const int year = order == FSIM_DATE_YMD ? t->number[0] : t->number[2];
  const int month = order == FSIM_DATE_MDY ? t->number[0] : t->number[1];
  const int day = order == FSIM_DATE_YMD   ? t->number[2]
                  : order == FSIM_DATE_DMY ? t->number[0]
                                           : t->number[1];
  if (year < 1900 || year > 2200 || month < 1 || month > 12 || day < 1) return false;
  *days = fsim_days_from_date(year, month, day);
  int check_year, check_month, check_day;
  fsim_date_from_days(*days, &check_year, &check_month, &check_day);
  return check_month == month && check_day == day; /* no 31 April */
}

bool fsim_timestamp_read(const char *field, fsim_date_order order, int64_t *seconds,
                         bool *midnight) {
  three t;
  while (*field == ' ') field++;
  if (fsim_timestamp_is_epoch(field, seconds)) {
    *midnight = *seconds % 86400 == 0;
    return true;
  }
  const char *start = field;
  if (!read_three(&field, &t)) {
    field = start;
    if (!read_named(&field, &t)) return false;
  }
  if (t.length[0] == 4) order = FSIM_DATE_YMD;
  if (order == FSIM_DATE_UNKNOWN || (order != FSIM_DATE_YMD && t.length[2] != 4)) return false;
  if (t.length[0] != 4 && order == FSIM_DATE_YMD) return false;
  int32_t days;
  if (!day_of(&t, order, &days)) return false;
  int clock = 0;
  if (*field == ',') field++; /* 1/5/2026, 10:42 AM */
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
