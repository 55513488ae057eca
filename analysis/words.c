#include "analysis/words.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/quantity.h"

/* Half-width, as a share of the value, below which no more digits are shown. */
#define MOST_PRECISE 5e-5

/* Half-width by which to round when there is no interval: three figures. */
static double three_figures(double value) {
  double size = fabs(value);
  return size > 0 ? size * 0.02 : 1;
}

static char *rounded(double value, double half, char *buffer, size_t size) {
  if (value == 0) {
    snprintf(buffer, size, "0");
    return buffer;
  }
  /* What hardly varies is not told to ten digits for that. */
  if (half > 0) half = fmax(half, MOST_PRECISE * fabs(value));
  return fsim_format_rounded(value, half > 0 ? half : three_figures(value), buffer, size);
}

fsim_cell_text fsim_say_number(double value, double scale) {
  fsim_cell_text cell;
  if (isfinite(value)) {
    rounded(value * scale, 0, cell.text, sizeof cell.text);
  } else {
    snprintf(cell.text, sizeof cell.text, "n/a");
  }
  return cell;
}

fsim_cell_text fsim_say_mean(const fsim_interval *interval, double scale) {
  fsim_cell_text cell;
  if (isfinite(interval->estimate)) {
    double half = fsim_interval_half_width(interval) * scale;
    rounded(interval->estimate * scale, isfinite(half) ? half : 0, cell.text, sizeof cell.text);
  } else {
    snprintf(cell.text, sizeof cell.text, "n/a (n=%zu)", interval->n);
  }
  return cell;
}

static bool is_rare(const fsim_interval *interval) {
  return strncmp(interval->method, "rule of three", strlen("rule of three")) == 0;
}

fsim_cell_text fsim_say_error(const fsim_interval *interval, double scale) {
  fsim_cell_text cell;
  char low[FSIM_CELL / 2 - 4], high[FSIM_CELL / 2 - 4];
  if (!isfinite(interval->low) || !isfinite(interval->high)) {
    snprintf(cell.text, sizeof cell.text, "n/a");
    return cell;
  }
  double half = fsim_interval_half_width(interval) * scale;
  rounded(interval->low * scale, half, low, sizeof low);
  rounded(interval->high * scale, half, high, sizeof high);
  if (is_rare(interval) && interval->estimate <= 0) {
    snprintf(cell.text, sizeof cell.text, "below %s", high);
  } else if (is_rare(interval)) {
    snprintf(cell.text, sizeof cell.text, "above %s", low);
  } else {
    snprintf(cell.text, sizeof cell.text, "%s to %s", low, high);
  }
  return cell;
}

fsim_cell_text fsim_say_range(const fsim_estimate *estimate, double scale) {
  fsim_cell_text cell;
  char low[FSIM_CELL / 2 - 4], high[FSIM_CELL / 2 - 4];
  if (estimate->p10.n < 2) {
    snprintf(cell.text, sizeof cell.text, "n/a");
    return cell;
  }
  double half = 0.5 * (estimate->p90.estimate - estimate->p10.estimate) * scale;
  rounded(estimate->p10.estimate * scale, half, low, sizeof low);
  rounded(estimate->p90.estimate * scale, half, high, sizeof high);
  snprintf(cell.text, sizeof cell.text, "%s to %s", low, high);
  return cell;
}

/* Bytes of the first `columns` characters of a UTF-8 text, and how many characters it has. */
static size_t bytes_of(const char *text, size_t columns, size_t *characters) {
  size_t bytes = 0, cut = 0;
  *characters = 0;
  for (; text[bytes] != '\0'; bytes++) {
    if (((unsigned char)text[bytes] & 0xC0) == 0x80) continue;
    if (*characters == columns) cut = bytes;
    ++*characters;
  }
  return *characters > columns ? cut : bytes;
}

int fsim_print_row(FILE *out, const int *widths, size_t n, const char *const *cells) {
  int pending = 0; /* spaces owed, so that no line ends in them */
  for (size_t i = 0; i < n; i++) {
    size_t width = (size_t)(widths[i] < 0 ? -widths[i] : widths[i]), characters;
    size_t bytes = bytes_of(cells[i], width, &characters);
    const char *dots = "";
    if (characters > width) {
      bytes = bytes_of(cells[i], width - 1, &characters);
      characters = width;
      dots = "…";
    }
    int blank = (int)(width - characters);
    int before = pending + (widths[i] < 0 ? blank : 0);
    if (bytes > 0) {
      if (fprintf(out, "%*s%.*s%s", before, "", (int)bytes, cells[i], dots) < 0) return -1;
      pending = (widths[i] < 0 ? 0 : blank) + 1;
    } else {
      pending += (int)width + 1;
    }
  }
  return fputc('\n', out) == EOF ? -1 : 0;
}

int fsim_print_wrapped(FILE *out, const char *text) {
  size_t used = 0;
  while (*text != '\0') {
    size_t bytes = strcspn(text, " "), columns = 0;
    for (size_t i = 0; i < bytes; i++) columns += ((unsigned char)text[i] & 0xC0) != 0x80;
    const char *before = used == 0 ? "" : " ";
    if (used > 0 && used + 1 + columns > 80) {
      before = "\n  ";
      used = 2;
    } else if (used > 0) {
      used++;
    }
    if (fprintf(out, "%s%.*s", before, (int)bytes, text) < 0) return -1;
    used += columns;
    text += bytes + strspn(text + bytes, " ");
  }
  return fputc('\n', out) == EOF ? -1 : 0;
}

void fsim_paragraph(fsim_printed *page, const char *format, ...) {
  va_list arguments;
  char *text = NULL;
  va_start(arguments, format);
  int length = vasprintf(&text, format, arguments);
  va_end(arguments);
  if (length < 0 || fsim_print_wrapped(page->out, text) < 0) page->failed = true;
  if (length >= 0) free(text);
}

void fsim_gap(fsim_printed *page) {
  if (fputc('\n', page->out) == EOF) page->failed = true;
}
