#include "analysis/fit/money.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* What stands around the number, and the number itself: from its first digit or sign of decimals
 * to its last digit. */
typedef struct amount_parts {
  const char *first, *end;
  bool negative;
} amount_parts;

/* Codes of three letters, R$ and the like, and a few abbreviations; not what multiplies an amount
 * (k, Mio), whose meaning differs between languages. */
static bool is_currency(const char *word, size_t n, char next) {
  static const char *const magnitudes[] = {"mio", "mrd", "tsd", "mil", "mln", "bil"};
  static const char *const names[] = {"rs", "kr", "fr", "zl", "euro", "euros", "dollar", "dollars"};
  for (size_t i = 0; i < sizeof magnitudes / sizeof *magnitudes; i++) {
    if (n == 3 && strncasecmp(word, magnitudes[i], n) == 0) return false;
  }
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    if (strlen(names[i]) == n && strncasecmp(word, names[i], n) == 0) return true;
  }
  return n == 3 || (n < 3 && next == '$');
}

/* Blanks, currencies and these signs around the number; false for anything else. */
static bool is_around(const char *at, const char *until, const char *signs) {
  while (at < until) {
    const unsigned char c = (unsigned char)*at;
    size_t letters = 0;
    while (at + letters < until && isalpha((unsigned char)at[letters])) letters++;
    if (letters > 0 && !is_currency(at, letters, at[letters])) return false;
    if (letters == 0 && c < 0x80 && c != ' ' && c != '$' && c != '.' && strchr(signs, c) == NULL)
      return false;
    at += letters > 0 ? letters : 1;
  }
  return true;
}

static bool find_parts(const char *field, amount_parts *p) {
  const char *digit = strpbrk(field, "0123456789");
  if (digit == NULL) return false;
  const bool sign = digit > field && (digit[-1] == '.' || digit[-1] == ',') &&
                    (digit - 1 == field || !isalpha((unsigned char)digit[-2])); /* not Fr.500 */
  p->first = sign ? digit - 1 : digit;
  p->end = field + strlen(field);
  while (!isdigit((unsigned char)p->end[-1])) p->end--;
  const char *behind = p->end;
  const bool brackets = memchr(field, '(', (size_t)(p->first - field)) != NULL;
  p->negative = brackets || memchr(field, '-', (size_t)(p->first - field)) != NULL;
  if (*behind == '.' || *behind == ',') { /* 12. and 12,- */
    behind++;
    if (*behind == '-') behind++;
  } else if (*behind == '-') {
    behind++;
    p->negative = true;
  }
  if (brackets && strchr(behind, ')') == NULL) return false;
  return is_around(field, p->first, "-+(") &&
         is_around(behind, behind + strlen(behind), brackets ? ")" : "");
}

char fsim_money_decimal(const char *field) {
  amount_parts p;
  size_t points = 0, commas = 0;
  if (!find_parts(field, &p)) return '\0';
  const char *last = NULL;
  for (const char *c = p.first; c < p.end; c++) {
    points += *c == '.';
    commas += *c == ',';
    if (*c == '.' || *c == ',') last = c;
  }
  if (last == NULL) return '\0';
  if (points > 0 && commas > 0) return *last;
  if (points + commas > 1) return *last == '.' ? ',' : '.'; /* they part thousands */
  const bool thousand =
      p.end - last == 4 && last - p.first >= 1 && last - p.first <= 3 && *p.first != '0';
  return thousand ? '\0' : *last;
}

/* Bytes of a sign that parts thousands besides the one that the decimal sign leaves: an apostrophe
 * or a blank of some width. */
static size_t is_gap(const char *c) {
  static const char *const gaps[] = {"'",           " ", "\xc2\xa0", "\xe2\x80\xaf", "\xe2\x80\x89",
                                     "\xe2\x80\x99"};
  for (size_t i = 0; i < sizeof gaps / sizeof *gaps; i++) {
    if (strncmp(c, gaps[i], strlen(gaps[i])) == 0) return strlen(gaps[i]);
  }
  return 0;
}

/* "e5", "E-3" at the end of a number. */
static bool is_exponent(const char *c, const char *end) {
  if (*c != 'e' && *c != 'E') return false;
  c++;
  if (c < end && (*c == '-' || *c == '+')) c++;
  return c < end && strspn(c, "0123456789") >= (size_t)(end - c);
}

bool fsim_money_read(const char *field, bool decimal_comma, double *amount) {
  enum { LONGEST = 64 };
  const char point = decimal_comma ? ',' : '.', thousands = decimal_comma ? '.' : ',';
  amount_parts p;
  char plain[LONGEST];
  size_t n = 0, group = 0;
  bool grouped = false, decimals = false;
  *amount = 0;
  if (!find_parts(field, &p) || p.end - p.first >= LONGEST - 1) return false;
  for (const char *c = p.first; c < p.end; c++) {
    if (isdigit((unsigned char)*c)) {
      plain[n++] = *c;
      group++;
    } else if (*c == point && !decimals && (!grouped || group == 3)) {
      plain[n++] = '.';
      decimals = true;
    } else if (is_exponent(c, p.end)) {
      memcpy(plain + n, c, (size_t)(p.end - c));
      n += (size_t)(p.end - c);
      decimals = true;
      break;
    } else if (*c == thousands || is_gap(c) > 0) {
      const bool fits = grouped ? group == 3 || (group == 2 && *c == ',') /* 1,23,456 */
                                : group >= 1 && group <= 3;
      if (decimals || !fits) return false;
      if (*c != thousands) c += is_gap(c) - 1;
      grouped = true;
      group = 0;
    } else {
      return false;
    }
  }
  plain[n] = '\0';
  if (grouped && !decimals && group != 3) return false;
  *amount = strtod(plain, NULL);
  if (p.negative) *amount = -*amount;
  return true;
}
