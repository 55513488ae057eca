#include "sim/base/csv.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "sim/base/array.h"
#include "sim/base/text.h"

/* An open quote must not swallow a whole file. */
#define LONGEST_FIELD 65536
#define MOST_COLUMNS 4096
/* Messages show the line of files up to this size: the report keeps a copy of them. */
#define LARGEST_SHOWN (64u << 20)

typedef struct field {
  size_t start; /* of its text in the row's buffer */
  int column;   /* where it stands in its line, from 1; 0 when on a later line of the row */
} field;

typedef struct row {
  char *text; /* the fields, unquoted, each with a terminator */
  size_t length, capacity;
  field *fields;
  size_t n_fields, field_capacity;
} row;

struct fsim_csv {
  char *file;
  const char *text;
  size_t length;
  size_t at;
  int line;     /* of `at` */
  int row_line; /* where the present row begins */
  char delimiter;
  row header;
  row present;
};

/* ---- what the text must be before it is read at all ---- */

static size_t utf8_tail(unsigned char first) {
  if (first < 0x80) return 0;
  if (first >= 0xc2 && first <= 0xdf) return 1;
  if (first >= 0xe0 && first <= 0xef) return 2;
  if (first >= 0xf0 && first <= 0xf4) return 3;
  return SIZE_MAX;
}

/* Length of the character at `at`, 0 when it is not valid UTF-8 (Unicode 15, table 3-7). */
static size_t utf8_length(const unsigned char *at, size_t left) {
  size_t tail = utf8_tail(at[0]);
  if (tail == SIZE_MAX || tail >= left) return 0;
  for (size_t i = 1; i <= tail; i++)
    if ((at[i] & 0xc0) != 0x80) return 0;
  if ((at[0] == 0xe0 && at[1] < 0xa0) || (at[0] == 0xed && at[1] > 0x9f) ||
      (at[0] == 0xf0 && at[1] < 0x90) || (at[0] == 0xf4 && at[1] > 0x8f))
    return 0;
  return tail + 1;
}

size_t fsim_utf8_until(const char *text, size_t length) {
  for (size_t i = 0; i < length;) {
    uint64_t eight;
    if (length - i >= sizeof eight) { /* most of most texts is ASCII */
      memcpy(&eight, text + i, sizeof eight);
      if ((eight & UINT64_C(0x8080808080808080)) == 0) {
        i += sizeof eight;
        continue;
      }
    }
    size_t step = utf8_length((const unsigned char *)text + i, length - i);
    if (step == 0) return i;
    i += step;
  }
  return length;
}

bool fsim_is_utf8(const char *text, size_t length) {
  return fsim_utf8_until(text, length) == length;
}

static int verify_text(const fsim_csv *csv, fsim_report *report) {
  const unsigned char *bytes = (const unsigned char *)csv->text;
  fsim_place place = {csv->file, 1, 1};
  if (csv->length >= 2 &&
      ((bytes[0] == 0xff && bytes[1] == 0xfe) || (bytes[0] == 0xfe && bytes[1] == 0xff)))
    return fsim_bad_input(report, place, "this is UTF-16; save the table as CSV in UTF-8");
  for (size_t i = csv->at; i < csv->length;) {
    if (bytes[i] == '\0')
      return fsim_bad_input(report, place,
                            "a NUL byte: this is not a text file; export the table as CSV");
    size_t step = utf8_length(bytes + i, csv->length - i);
    if (step == 0)
      return fsim_bad_input(report, place,
                            "byte 0x%02x is not valid UTF-8; save the table as CSV in UTF-8",
                            bytes[i]);
    if (bytes[i] == '\n') {
      place.line++;
      place.column = 1;
    } else {
      place.column += (int)step;
    }
    i += step;
  }
  return FSIM_OK;
}

/* ---- rows ---- */

/* LF, CRLF, and the CR alone of old exports. */
static bool at_line_end(const fsim_csv *csv, size_t at) {
  return at >= csv->length || csv->text[at] == '\n' || csv->text[at] == '\r';
}

static void skip_line_end(fsim_csv *csv) {
  if (csv->at >= csv->length) return;
  const bool two =
      csv->text[csv->at] == '\r' && csv->at + 1 < csv->length && csv->text[csv->at + 1] == '\n';
  csv->at += two ? 2 : 1;
  csv->line++;
}

static bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

/* Blanks around fields; where a run of blanks is the delimiter, all of the run. */
static void skip_blanks(fsim_csv *csv) {
  while (csv->at < csv->length && is_blank(csv->text[csv->at]) &&
         (csv->delimiter == ' ' || csv->text[csv->at] != csv->delimiter))
    csv->at++;
}

static void skip_blank_lines(fsim_csv *csv) {
  for (;;) {
    size_t at = csv->at;
    while (at < csv->length && csv->text[at] == ' ') at++;
    if (at >= csv->length) {
      csv->at = at;
      return;
    }
    if (!at_line_end(csv, at)) return;
    csv->at = at;
    skip_line_end(csv);
  }
}

static int put(row *into, char c) {
  if (into->length == into->capacity) {
    void *items = into->text;
    if (fsim_grow(&items, &into->capacity, into->length + 1, 1) != 0) return -1;
    into->text = items;
  }
  into->text[into->length++] = c;
  return 0;
}

static int put_all(row *into, const char *from, size_t n) {
  if (n > into->capacity - into->length) {
    void *items = into->text;
    if (fsim_grow(&items, &into->capacity, into->length + n, 1) != 0) return -1;
    into->text = items;
  }
  if (n > 0)
    memcpy(into->text + into->length, from, n); /* of an empty field there may be no text */
  into->length += n;
  return 0;
}

static int begin_field(row *into, int column) {
  void *items = into->fields;
  if (fsim_grow(&items, &into->field_capacity, into->n_fields + 1, sizeof *into->fields) != 0)
    return -1;
  into->fields = items;
  into->fields[into->n_fields++] = (field){into->length, column};
  return 0;
}

typedef enum flaw { SOUND, NO_MEMORY, OPEN_QUOTE, AFTER_QUOTE, LONG_FIELD, MANY_FIELDS } flaw;

/* After its opening quote, to behind its closing one. */
static flaw quoted_field(fsim_csv *csv, row *into) {
  size_t start = into->length;
  for (;; csv->at++) {
    if (csv->at >= csv->length) return OPEN_QUOTE;
    if (into->length - start > LONGEST_FIELD) return OPEN_QUOTE;
    char c = csv->text[csv->at];
    if (c == '"') {
      if (csv->at + 1 >= csv->length || csv->text[csv->at + 1] != '"') break;
      csv->at++;
    }
    if (c == '\n') csv->line++;
    if (put(into, c) != 0) return NO_MEMORY;
  }
  csv->at++;
  skip_blanks(csv);
  bool parted = csv->delimiter == ' ' || csv->text[csv->at] == csv->delimiter;
  if (!at_line_end(csv, csv->at) && !parted) return AFTER_QUOTE;
  return SOUND;
}

static flaw plain_field(fsim_csv *csv, row *into) {
  const size_t start = into->length, from = csv->at;
  const size_t most = csv->length - from <= LONGEST_FIELD ? csv->length - from : LONGEST_FIELD + 1;
  size_t n = 0;
  for (; n < most; n++) {
    const char c = csv->text[from + n];
    if (c == csv->delimiter || c == '\n' || c == '\r') break;
  }
  csv->at = from + n;
  if (n > LONGEST_FIELD) return LONG_FIELD;
  if (put_all(into, csv->text + from, n) != 0) return NO_MEMORY;
  while (into->length > start && is_blank(into->text[into->length - 1])) into->length--;
  return SOUND;
}

/* One row from csv->at, to behind its line end. */
static flaw read_row(fsim_csv *csv, row *into) {
  into->length = 0;
  into->n_fields = 0;
  csv->row_line = csv->line;
  size_t line_start = csv->at;
  for (;;) {
    if (into->n_fields == MOST_COLUMNS) return MANY_FIELDS;
    skip_blanks(csv);
    int column = csv->line == csv->row_line && csv->at - line_start < INT32_MAX
                     ? (int)(csv->at - line_start) + 1
                     : 0;
    if (begin_field(into, column) != 0) return NO_MEMORY;
    bool quoted = csv->at < csv->length && csv->text[csv->at] == '"';
    if (quoted) csv->at++;
    flaw found = quoted ? quoted_field(csv, into) : plain_field(csv, into);
    if (found != SOUND) return found;
    if (put(into, '\0') != 0) return NO_MEMORY;
    if (csv->delimiter == ' ') skip_blanks(csv);
    if (at_line_end(csv, csv->at)) break;
    if (csv->delimiter != ' ') csv->at++;
  }
  skip_line_end(csv);
  return SOUND;
}

static int report_flaw(const fsim_csv *csv, const row *broken, flaw found, fsim_report *report) {
  int column = broken->n_fields > 0 ? broken->fields[broken->n_fields - 1].column : 1;
  fsim_place place = {csv->file, csv->row_line, column};
  switch (found) {
    case SOUND:
      return FSIM_OK;
    case NO_MEMORY:
      return fsim_no_memory(report);
    case OPEN_QUOTE:
      return fsim_bad_input(report, place, "this quote is never closed; close it or double it");
    case AFTER_QUOTE:
      return fsim_bad_input(report, place,
                            "text follows the closing quote; write a quote inside a field twice");
    case LONG_FIELD:
      return fsim_bad_input(report, place, "this field is longer than %d bytes", LONGEST_FIELD);
    case MANY_FIELDS:
      return fsim_bad_input(report, place, "more than %d columns; is the delimiter right?",
                            MOST_COLUMNS);
  }
  return FSIM_OK;
}

/* After a broken row: on from the line behind the one where it began, so that one stray quote costs
 * one row. */
static void skip_broken(fsim_csv *csv, size_t row_start) {
  csv->at = row_start;
  csv->line = csv->row_line;
  while (!at_line_end(csv, csv->at)) csv->at++;
  skip_line_end(csv);
}

/* ---- opening ---- */

/* The candidate that stands most often in the first line, outside quotes. */
static char find_delimiter(const fsim_csv *csv) {
  static const char candidates[] = {',', ';', '\t', '|'};
  char best = ',';
  size_t most = 0;
  for (size_t c = 0; c < sizeof candidates; c++) {
    size_t count = 0;
    bool quoted = false;
    for (size_t i = csv->at; i < csv->length && (quoted || csv->text[i] != '\n'); i++) {
      if (csv->text[i] == '"') quoted = !quoted;
      if (!quoted && csv->text[i] == candidates[c]) count++;
    }
    if (count > most) {
      most = count;
      best = candidates[c];
    }
  }
  return best;
}

static int read_header(fsim_csv *csv, fsim_report *report) {
  skip_blank_lines(csv);
  if (csv->at >= csv->length)
    return fsim_bad_input(report, (fsim_place){csv->file, 0, 0},
                          "the file is empty; the first line must name the columns");
  if (csv->delimiter == '\0') csv->delimiter = find_delimiter(csv);
  return report_flaw(csv, &csv->header, read_row(csv, &csv->header), report);
}

static int open_text(const char *file, const char *text, size_t length, char delimiter, bool verify,
                     fsim_report *report, fsim_csv **csv) {
  fsim_csv *made = calloc(1, sizeof *made);
  if (!made) return fsim_no_memory(report);
  made->file = fsim_copy_text(file, strlen(file));
  made->text = text;
  made->length = length;
  made->line = 1;
  made->delimiter = delimiter;
  if (!made->file) {
    fsim_csv_close(made);
    return fsim_no_memory(report);
  }
  if (length <= LARGEST_SHOWN) fsim_report_source(report, file, text, length);
  if (length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) made->at = 3;
  int status = verify ? verify_text(made, report) : FSIM_OK;
  if (status == FSIM_OK) status = read_header(made, report);
  if (status != FSIM_OK) {
    fsim_csv_close(made);
    return status;
  }
  *csv = made;
  return FSIM_OK;
}

int fsim_csv_open(const char *file, const char *text, size_t length, fsim_report *report,
                  fsim_csv **csv) {
  return open_text(file, text, length, '\0', true, report, csv);
}

int fsim_csv_open_with(const char *file, const char *text, size_t length, char delimiter,
                       fsim_report *report, fsim_csv **csv) {
  return open_text(file, text, length, delimiter, false, report, csv);
}

void fsim_csv_close(fsim_csv *csv) {
  if (!csv) return;
  free(csv->file);
  free(csv->header.text);
  free(csv->header.fields);
  free(csv->present.text);
  free(csv->present.fields);
  free(csv);
}

/* ---- columns ---- */

size_t fsim_csv_columns(const fsim_csv *csv) {
  return csv->header.n_fields;
}

const char *fsim_csv_header(const fsim_csv *csv, size_t column) {
  return csv->header.text + csv->header.fields[column].start;
}

static int missing_column(const fsim_csv *csv, const char *name, fsim_place place,
                          fsim_report *report) {
  size_t columns = fsim_csv_columns(csv);
  const char **known = fsim_zeroed(columns, sizeof *known);
  if (!known) return fsim_no_memory(report);
  fsim_text list = {0};
  for (size_t i = 0; i < columns; i++) {
    known[i] = fsim_csv_header(csv, i);
    if (i < 12) fsim_text_append(&list, "%s%s", i > 0 ? ", " : "", known[i]);
  }
  if (columns > 12) fsim_text_append(&list, " and %zu more", columns - 12);
  const char *nearest = fsim_nearest_name(name, known, columns);
  int status;
  if (list.failed)
    status = fsim_no_memory(report);
  else if (nearest)
    status = fsim_bad_input(report, place, "%s has no column \"%s\"; did you mean \"%s\"?",
                            csv->file, name, nearest);
  else
    status = fsim_bad_input(report, place, "%s has no column \"%s\"; its columns are %s", csv->file,
                            name, list.text);
  free(list.text);
  free(known);
  return status;
}

int fsim_csv_find(const fsim_csv *csv, const char *name, fsim_place place, fsim_report *report,
                  size_t *column) {
  size_t columns = fsim_csv_columns(csv);
  for (int ignore_case = 0; ignore_case <= 1; ignore_case++) {
    size_t found = columns;
    for (size_t i = 0; i < columns; i++) {
      const char *header = fsim_csv_header(csv, i);
      if (ignore_case ? strcasecmp(header, name) != 0 : strcmp(header, name) != 0) continue;
      if (found < columns)
        return fsim_bad_input(report, place, "%s has two columns \"%s\"; rename one of them",
                              csv->file, header);
      found = i;
    }
    if (found < columns) {
      *column = found;
      return FSIM_OK;
    }
  }
  return missing_column(csv, name, place, report);
}

/* ---- reading on ---- */

int fsim_csv_next(fsim_csv *csv, fsim_report *report) {
  skip_blank_lines(csv);
  if (csv->at >= csv->length) return 0;
  size_t start = csv->at;
  flaw found = read_row(csv, &csv->present);
  if (found != SOUND) {
    report_flaw(csv, &csv->present, found, report);
    skip_broken(csv, start);
    return -1;
  }
  if (csv->present.n_fields != csv->header.n_fields) {
    fsim_bad_input(report, (fsim_place){csv->file, csv->row_line, 1},
                   "%zu fields where the header has %zu", csv->present.n_fields,
                   csv->header.n_fields);
    return -1;
  }
  return 1;
}

const char *fsim_csv_field(const fsim_csv *csv, size_t column) {
  return csv->present.text + csv->present.fields[column].start;
}

size_t fsim_csv_read(const fsim_csv *csv) {
  return csv->at;
}

fsim_place fsim_csv_place(const fsim_csv *csv, size_t column) {
  int at = column < csv->present.n_fields ? csv->present.fields[column].column : 0;
  return (fsim_place){csv->file, csv->row_line, at};
}
