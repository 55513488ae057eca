#include "sim/base/quantity.h"

#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Longer numerals than this are nothing that a person or a program writes. */
#define LONGEST_NUMERAL 120

const char *fsim_quantity_fault_text(fsim_quantity_fault fault) {
  switch (fault) {
    case FSIM_QUANTITY_OK:
      return "fine";
    case FSIM_QUANTITY_NOT_A_NUMBER:
      return "does not begin with a plain finite number";
    case FSIM_QUANTITY_NO_UNIT:
      return "needs a unit: s, min, h, d or w";
    case FSIM_QUANTITY_UNKNOWN_UNIT:
      return "has an unknown unit; use s, min, h, d or w";
    case FSIM_QUANTITY_TRAILING:
      return "has something after a complete quantity";
  }
  return "is not understood";
}

/* ---- numbers ---- */

static bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

static bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static const char *skip_space(const char *at) {
  while (*at == ' ' || *at == '\t') at++;
  return at;
}

/* Past the numeral at `at`; NULL when there is none. *point is where its decimal point stands. */
static const char *numeral_end(const char *at, const char **point) {
  *point = NULL;
  if (*at == '+' || *at == '-') at++;
  if (at[0] == '0' && (at[1] == 'x' || at[1] == 'X')) return NULL;
  size_t digits = 0;
  for (; is_digit(*at); at++) digits++;
  if (*at == '.') {
    *point = at++;
    for (; is_digit(*at); at++) digits++;
  }
  if (digits == 0) return NULL;
  if (*at == 'e' || *at == 'E') {
    const char *power = at + 1;
    if (*power == '+' || *power == '-') power++;
    if (is_digit(*power)) {
      while (is_digit(*power)) power++;
      at = power;
    }
  }
  return at;
}

/* Reads the number that `*at` begins with and moves past it and the spaces behind. */
static bool take_number(const char **at, double *value) {
  const char *begin = skip_space(*at), *point;
  const char *end = numeral_end(begin, &point);
  if (!end || end - begin > LONGEST_NUMERAL) return false;
  /* strtod rounds correctly but follows the locale of the program that embeds the library. */
  char numeral[LONGEST_NUMERAL + 16];
  const char *local = localeconv()->decimal_point;
  size_t length = (size_t)(end - begin), local_length = strlen(local);
  if (!point || local_length > 8) {
    memcpy(numeral, begin, length);
    numeral[length] = '\0';
  } else {
    size_t before = (size_t)(point - begin), after = length - before - 1;
    memcpy(numeral, begin, before);
    memcpy(numeral + before, local, local_length);
    memcpy(numeral + before + local_length, point + 1, after);
    numeral[before + local_length + after] = '\0';
  }
  double number = strtod(numeral, NULL);
  if (!isfinite(number)) return false;
  *value = number;
  *at = skip_space(end);
  return true;
}

fsim_quantity_fault fsim_parse_number(const char *text, double *value) {
  double number;
  if (!take_number(&text, &number)) return FSIM_QUANTITY_NOT_A_NUMBER;
  if (*text) return FSIM_QUANTITY_TRAILING;
  *value = number;
  return FSIM_QUANTITY_OK;
}

/* ---- units ---- */

typedef struct unit {
  const char *name;
  double seconds;
  bool calendar; /* of uneven length: a mean, good for rates and growth, not for a duration */
} unit;

static const unit units[] = {
    {"s", 1, false},
    {"sec", 1, false},
    {"second", 1, false},
    {"seconds", 1, false},
    {"min", FSIM_MINUTE, false},
    {"minute", FSIM_MINUTE, false},
    {"minutes", FSIM_MINUTE, false},
    {"h", FSIM_HOUR, false},
    {"hour", FSIM_HOUR, false},
    {"hours", FSIM_HOUR, false},
    {"d", FSIM_DAY, false},
    {"day", FSIM_DAY, false},
    {"days", FSIM_DAY, false},
    {"w", FSIM_WEEK, false},
    {"week", FSIM_WEEK, false},
    {"weeks", FSIM_WEEK, false},
    {"month", FSIM_DAY * 365.25 / 12, true},
    {"quarter", FSIM_DAY * 365.25 / 4, true},
    {"year", FSIM_DAY * 365.25, true},
};

/* Reads the unit at the end of a text: nothing may follow it. */
static fsim_quantity_fault last_unit(const char *at, bool calendar, double *seconds) {
  at = skip_space(at);
  size_t length = 0;
  while (is_letter(at[length])) length++;
  if (length == 0) return *at ? FSIM_QUANTITY_UNKNOWN_UNIT : FSIM_QUANTITY_NO_UNIT;
  for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
    if (strlen(units[i].name) != length || memcmp(units[i].name, at, length) != 0) continue;
    if (units[i].calendar && !calendar) return FSIM_QUANTITY_UNKNOWN_UNIT;
    if (*skip_space(at + length)) return FSIM_QUANTITY_TRAILING;
    *seconds = units[i].seconds;
    return FSIM_QUANTITY_OK;
  }
  return FSIM_QUANTITY_UNKNOWN_UNIT;
}

fsim_quantity_fault fsim_parse_duration(const char *text, double *seconds) {
  double number, unit_s = 1;
  if (!take_number(&text, &number)) return FSIM_QUANTITY_NOT_A_NUMBER;
  if (*text || number != 0) {
    fsim_quantity_fault fault = last_unit(text, false, &unit_s);
    if (fault != FSIM_QUANTITY_OK) return fault;
  }
  if (!isfinite(number * unit_s)) return FSIM_QUANTITY_NOT_A_NUMBER;
  *seconds = number * unit_s;
  return FSIM_QUANTITY_OK;
}

/* Moves past "/" or "per"; false when neither stands there. */
static bool take_per(const char **at) {
  if (**at == '/') {
    *at += 1;
    return true;
  }
  if (strncmp(*at, "per", 3) == 0 && !is_letter((*at)[3])) {
    *at += 3;
    return true;
  }
  return false;
}

fsim_quantity_fault fsim_parse_rate(const char *text, double *per_second) {
  double number, unit_s = 1;
  if (!take_number(&text, &number)) return FSIM_QUANTITY_NOT_A_NUMBER;
  if (*text || number != 0) {
    if (!*text) return FSIM_QUANTITY_NO_UNIT;
    if (!take_per(&text)) return FSIM_QUANTITY_UNKNOWN_UNIT;
    fsim_quantity_fault fault = last_unit(text, true, &unit_s);
    if (fault != FSIM_QUANTITY_OK) return fault;
  }
  *per_second = number / unit_s;
  return FSIM_QUANTITY_OK;
}

/* A number, with or without a per cent sign behind it. */
static bool take_share(const char **at, double *share) {
  if (!take_number(at, share)) return false;
  if (**at == '%') {
    *share /= 100;
    *at = skip_space(*at + 1);
  }
  return true;
}

fsim_quantity_fault fsim_parse_growth(const char *text, double *share, double *period_days) {
  double growth, period_s = FSIM_DAY;
  if (!take_share(&text, &growth)) return FSIM_QUANTITY_NOT_A_NUMBER;
  if (*text || growth != 0) {
    if (!*text) return FSIM_QUANTITY_NO_UNIT;
    if (!take_per(&text)) return FSIM_QUANTITY_UNKNOWN_UNIT;
    fsim_quantity_fault fault = last_unit(text, true, &period_s);
    if (fault != FSIM_QUANTITY_OK) return fault;
  }
  *share = growth;
  *period_days = period_s / FSIM_DAY;
  return FSIM_QUANTITY_OK;
}

fsim_quantity_fault fsim_parse_share(const char *text, double *share) {
  double number;
  if (!take_share(&text, &number)) return FSIM_QUANTITY_NOT_A_NUMBER;
  if (*text) return FSIM_QUANTITY_TRAILING;
  *share = number;
  return FSIM_QUANTITY_OK;
}
