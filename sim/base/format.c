/* Writing durations and rounded numbers for people: the writers' part of quantity.h. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/quantity.h"

#define MOST_DECIMALS 9

/* Cuts zeros, and then the point, from the end of a decimal fraction. */
static void cut_zeros(char *digits) {
  if (!strchr(digits, '.')) return;
  size_t length = strlen(digits);
  while (digits[length - 1] == '0') digits[--length] = '\0';
  if (digits[length - 1] == '.') digits[--length] = '\0';
  if (strcmp(digits, "-0") == 0) strcpy(digits, "0");
}

char *fsim_format_duration(double seconds, char *buffer, size_t size) {
  static const struct {
    double least, seconds; /* used from so many of its own units on */
    const char *name;
  } steps[] = {
      /* Sales cycles are told in days, also long ones. */
      {1000 * FSIM_DAY, FSIM_WEEK, "w"},
      {1.5 * FSIM_DAY, FSIM_DAY, "d"},
      {1.5 * FSIM_HOUR, FSIM_HOUR, "h"},
      {1.5 * FSIM_MINUTE, FSIM_MINUTE, "min"},
      {0, 1, "s"},
  };
  if (isnan(seconds)) {
    snprintf(buffer, size, "-");
    return buffer;
  }
  if (isinf(seconds)) {
    snprintf(buffer, size, seconds > 0 ? "endless" : "-endless");
    return buffer;
  }
  size_t step = 0;
  while (fabs(seconds) < steps[step].least) step++;
  double value = seconds / steps[step].seconds, scale = fabs(value);
  char digits[340];
  int decimals = scale >= 99.95 ? 0 : scale >= 1 ? 1 : 2;
  snprintf(digits, sizeof digits, "%.*f", decimals, value);
  cut_zeros(digits);
  snprintf(buffer, size, "%s %s", digits, steps[step].name);
  return buffer;
}

/* Puts commas between the thousands of the digits before the point. */
static void group_thousands(const char *digits, char *buffer, size_t size) {
  size_t out = 0, whole = strcspn(digits, ".");
  size_t first = digits[0] == '-' ? 1 : 0;
  for (size_t i = 0; digits[i] && out + 2 < size; i++) {
    if (i > first && i < whole && (whole - i) % 3 == 0) buffer[out++] = ',';
    buffer[out++] = digits[i];
  }
  buffer[out] = '\0';
}

/* The power of ten of the first digit of x > 0 after rounding to so many digits. */
static int leading_power(double x, int figures) {
  char digits[64];
  snprintf(digits, sizeof digits, "%.*e", figures - 1, x);
  const char *power = strchr(digits, 'e');
  return power ? (int)strtol(power + 1, NULL, 10) : 0;
}

/* To so many decimals; below 0: to a multiple of that power of ten. */
static void round_to(double value, int decimals, char *digits, size_t size) {
  if (decimals < 0) {
    double unit = pow(10, -decimals);
    value = round(value / unit) * unit;
  }
  if (decimals > MOST_DECIMALS) decimals = MOST_DECIMALS;
  snprintf(digits, size, "%.*f", decimals > 0 ? decimals : 0, value);
}

static bool write_endless(double value, char *buffer, size_t size) {
  if (isfinite(value)) return false;
  snprintf(buffer, size, isnan(value) ? "-" : value > 0 ? "inf" : "-inf");
  return true;
}

char *fsim_format_rounded(double value, double half_width, char *buffer, size_t size) {
  if (size == 0 || write_endless(value, buffer, size)) return buffer;
  char digits[360];
  if (value == 0) value = 0; /* not -0 */
  if (isfinite(half_width) && half_width > 0) {
    round_to(value, 1 - leading_power(half_width, 2), digits, sizeof digits);
    /* "-0.00" is nothing below nothing */
    if (digits[0] == '-' && strspn(digits + 1, "0.") == strlen(digits + 1))
      memmove(digits, digits + 1, strlen(digits));
  } else {
    /* Known exactly: whole numbers in full, else six figures. */
    int decimals = value == floor(value) || value == 0 ? 0 : 5 - leading_power(fabs(value), 2);
    round_to(value, decimals > 0 ? decimals : 0, digits, sizeof digits);
    cut_zeros(digits);
  }
  group_thousands(digits, buffer, size);
  return buffer;
}

char *fsim_format_figures(double value, int figures, char *buffer, size_t size) {
  if (size == 0 || write_endless(value, buffer, size)) return buffer;
  char digits[360];
  const int decimals = value == 0 ? 0 : figures - 1 - leading_power(fabs(value), figures);
  round_to(value, decimals, digits, sizeof digits);
  cut_zeros(digits);
  group_thousands(digits, buffer, size);
  return buffer;
}
