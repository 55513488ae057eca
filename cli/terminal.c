#include "cli/terminal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "sim/base/quantity.h"

bool fsim_terminal_colours(FILE *out) {
  const char *no = getenv("NO_COLOR");
  if (no && *no) return false;
  const char *kind = getenv("TERM");
  if (!kind || strcmp(kind, "dumb") == 0) return false;
  return isatty(fileno(out)) == 1;
}

size_t fsim_text_columns(const char *text) {
  size_t columns = 0;
  for (; *text; text++)
    if (((unsigned char)*text & 0xc0) != 0x80) columns++;
  return columns;
}

/* ---- wrapped text ---- */

static void put_spaces(FILE *out, size_t n) {
  while (n-- > 0) fputc(' ', out);
}

/* Words from `text`, the cursor standing at column `at`; further lines begin at `indent`. */
static void wrap(FILE *out, const char *text, size_t at, size_t indent) {
  bool first = true;
  for (;;) {
    while (*text == ' ') text++;
    if (*text == '\n') {
      fputc('\n', out);
      text++;
      at = 0;
      if (*text && *text != '\n') {
        put_spaces(out, indent);
        at = indent;
      }
      first = true;
      continue;
    }
    if (!*text) break;
    size_t length = strcspn(text, " \n"), columns = 0;
    for (size_t i = 0; i < length; i++)
      if (((unsigned char)text[i] & 0xc0) != 0x80) columns++;
    if ((!first || at > indent) && at + !first + columns > FSIM_TERMINAL_WIDTH) {
      fputc('\n', out);
      put_spaces(out, indent);
      at = indent;
    } else if (!first) {
      fputc(' ', out);
      at++;
    }
    fwrite(text, 1, length, out);
    at += columns;
    text += length;
    first = false;
  }
  fputc('\n', out);
}

void fsim_show_text(FILE *out, const char *text, size_t indent) {
  put_spaces(out, indent);
  wrap(out, text, indent, indent);
}

static void show_lines(FILE *out, char *text) {
  while (*text != '\0') {
    const size_t length = strcspn(text, "\n"), indent = strspn(text, " ");
    const bool last = text[length] == '\0';
    text[length] = '\0';
    size_t end = 0, columns = 0;
    for (size_t i = 0; i < length && columns <= FSIM_TERMINAL_WIDTH; i++) {
      if (((unsigned char)text[i] & 0xc0) != 0x80) columns++;
      if (text[i] == ' ' && i > indent) end = i;
    }
    if (columns > FSIM_TERMINAL_WIDTH && end > 0) {
      text[end] = '\0';
      fprintf(out, "%s\n", text);
      fsim_show_text(out, text + end + 1, indent + 4);
    } else {
      fprintf(out, "%s\n", text);
    }
    text += length + !last;
  }
}

int fsim_lines_begin(fsim_lines *lines, fsim_report *report) {
  *lines = (fsim_lines){0};
  lines->file = open_memstream(&lines->text, &lines->length);
  return lines->file == NULL ? fsim_no_memory(report) : FSIM_OK;
}

int fsim_lines_end(fsim_lines *lines, FILE *out, int status, fsim_report *report) {
  if (lines->file == NULL) return status;
  if (fclose(lines->file) != 0 && status == FSIM_OK) status = fsim_no_memory(report);
  if (status == FSIM_OK) show_lines(out, lines->text);
  free(lines->text);
  *lines = (fsim_lines){0};
  if (status == FSIM_OK && ferror(out))
    status = fsim_failure(report, FSIM_NOWHERE, "cannot write the results");
  return status;
}

void fsim_show_entry(FILE *out, const char *name, size_t column, const char *text) {
  fprintf(out, "  %s", name);
  size_t at = 2 + fsim_text_columns(name);
  if (at + 2 > column) {
    fputc('\n', out);
    at = 0;
  }
  put_spaces(out, column - at);
  wrap(out, text, column, column);
}

/* ---- messages ---- */

static const char *const severity_names[] = {"note", "warning", "error"};
static const char *const severity_colours[] = {"\x1b[1;36m", "\x1b[1;35m", "\x1b[1;31m"};

/* The source line from `first` (bytes) on, cut so that the caret is on the screen. */
static void show_source(FILE *out, const fsim_message *message, bool colours) {
  const char *line = message->source;
  size_t length = strlen(line);
  size_t caret = message->column > 0 ? (size_t)message->column - 1 : 0;
  if (caret > length) caret = length;
  size_t room = FSIM_TERMINAL_WIDTH - 4, first = 0;
  if (caret >= room - 10) first = caret - room / 2;
  while (first > 0 && ((unsigned char)line[first] & 0xc0) == 0x80) first--;
  size_t last = first, columns = 0, before = 0;
  while (last < length && columns < room) {
    last++;
    while (last < length && ((unsigned char)line[last] & 0xc0) == 0x80) last++;
    columns++;
    if (last <= caret) before++;
  }
  fprintf(out, "  %.*s\n", (int)(last - first), line + first);
  if (message->column <= 0) return;
  put_spaces(out, 2 + before);
  fprintf(out, colours ? "\x1b[1;32m^\x1b[0m\n" : "^\n");
}

static void show_message(FILE *out, const fsim_message *message, bool colours) {
  char place[512] = "";
  size_t n = 0;
  if (message->file) n = (size_t)snprintf(place, sizeof place, "%s:", message->file);
  if (message->file && message->line > 0 && n < sizeof place)
    n += (size_t)snprintf(place + n, sizeof place - n, "%d:", message->line);
  if (message->file && message->line > 0 && message->column > 0 && n < sizeof place)
    snprintf(place + n, sizeof place - n, "%d:", message->column);
  const char *kind = severity_names[message->severity];
  if (colours)
    fprintf(out, "\x1b[1m%s%s%s%s:\x1b[0m ", place, place[0] ? " " : "",
            severity_colours[message->severity], kind);
  else
    fprintf(out, "%s%s%s: ", place, place[0] ? " " : "", kind);
  size_t at = fsim_text_columns(place) + (place[0] ? 1 : 0) + strlen(kind) + 2;
  wrap(out, message->text, at, 4);
  if (message->source && message->source[0]) show_source(out, message, colours);
}

void fsim_show_report(FILE *out, const fsim_report *report, size_t *shown) {
  bool colours = fsim_terminal_colours(out);
  const fsim_message *message;
  for (; (message = fsim_report_message(report, *shown)) != NULL; (*shown)++)
    show_message(out, message, colours);
}

int fsim_close_report(fsim_report *report, int status) {
  return fsim_close_report_from(report, status, 0);
}

int fsim_close_report_from(fsim_report *report, int status, size_t shown) {
  fsim_show_report(stderr, report, &shown);
  size_t all = fsim_report_count(report, FSIM_ERROR) + fsim_report_count(report, FSIM_WARNING) +
               fsim_report_count(report, FSIM_NOTE);
  if (all > shown) fprintf(stderr, "and %zu more messages\n", all - shown);
  if (status == FSIM_OK) status = fsim_report_status(report);
  fsim_report_free(report);
  return status;
}

/* ---- progress ---- */

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

void fsim_progress_begin(fsim_progress_line *line, bool quiet, uint64_t total, const char *unit) {
  *line = (fsim_progress_line){0};
  line->out = !quiet && isatty(STDERR_FILENO) == 1 ? stderr : NULL;
  line->started = now();
  line->total = total;
  line->unit = unit;
}

/* "12.3 M": a count in at most three figures. */
static void short_count(double count, char *buffer, size_t size) {
  static const char *const names[] = {"", " k", " M", " G", " T"};
  size_t step = 0;
  while (count >= 999.5 && step + 1 < sizeof names / sizeof *names) {
    count /= 1000;
    step++;
  }
  snprintf(buffer, size, "%.*f%s", step > 0 && count < 9.95 ? 1 : 0, count, names[step]);
}

char *fsim_progress_text(const fsim_progress_line *line, double elapsed, uint64_t done,
                         uint64_t visits, char *buffer, size_t size) {
  char count[32], rate[48] = "", left[64] = "";
  short_count(elapsed > 0 ? (double)visits / elapsed : 0, count, sizeof count);
  if (visits > 0) snprintf(rate, sizeof rate, ", %s visits/s", count);
  if (done > 0 && done < line->total) {
    char time[32];
    fsim_format_duration(fmax(1, round(elapsed * (double)(line->total - done) / (double)done)),
                         time, sizeof time);
    snprintf(left, sizeof left, ", %s left", time);
  }
  double share = line->total > 0 ? 100 * (double)done / (double)line->total : 100;
  snprintf(buffer, size, "%llu of %llu %s (%.0f %%)%s%s", (unsigned long long)done,
           (unsigned long long)line->total, line->unit, floor(share), rate, left);
  return buffer;
}

void fsim_progress_show(fsim_progress_line *line, uint64_t done, uint64_t visits) {
  if (!line->out) return;
  double elapsed = now() - line->started;
  if (elapsed < 1) return;
  char text[FSIM_TERMINAL_WIDTH];
  fsim_progress_text(line, elapsed, done, visits, text, sizeof text);
  fprintf(line->out, "\r%s\x1b[K", text);
  fflush(line->out);
  line->visible = true;
}

void fsim_progress_end(fsim_progress_line *line) {
  if (!line->out || !line->visible) return;
  fputs("\r\x1b[K", line->out);
  fflush(line->out);
  line->visible = false;
}
