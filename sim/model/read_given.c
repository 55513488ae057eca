/* Leads and deals from CSV files: a replayed stream, and the pipeline that is open at the start. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/array.h"
#include "sim/base/csv.h"
#include "sim/base/quantity.h"
#include "sim/model/reader.h"

#define MOST_BROKEN_ROWS 20 /* then it is another file, or another column */
#define MOST_GIVEN 50000000
#define NO_COLUMN SIZE_MAX

/* An open file and the columns that are wanted from it. */
typedef struct given_file {
  fsim_reader *reader;
  fsim_csv *csv;
  size_t date, stage, value;
  size_t attribute[FSIM_MOST_ATTRIBUTES]; /* column, or NO_COLUMN */
  size_t fixed[FSIM_MOST_ATTRIBUTES];     /* value of attributes without a column */
  size_t funnel;
  bool deals;
  size_t outside; /* rows before the start or after the horizon */
  size_t broken;
} given_file;

static bool find_column(given_file *file, const fsim_node *name, size_t *column) {
  *column = NO_COLUMN;
  if (!name) return true;
  if (name->kind != FSIM_SCALAR) return false;
  const int status =
      fsim_csv_find(file->csv, name->text, name->place, file->reader->report, column);
  fsim_reader_status(file->reader, status);
  return status == FSIM_OK;
}

static bool find_columns(given_file *file, const fsim_node *node) {
  const fsim_scenario *s = file->reader->s;
  const fsim_node *columns = fsim_node_get(node, "attributes");
  bool good = find_column(file, fsim_node_get(node, file->deals ? "entered" : "date"), &file->date);
  good = find_column(file, fsim_node_get(node, "value"), &file->value) && good;
  file->stage = NO_COLUMN;
  if (file->deals) good = find_column(file, fsim_node_get(node, "stage"), &file->stage) && good;
  for (size_t a = 0; a < s->n_attributes; a++) {
    const fsim_node *name = columns ? fsim_node_get(columns, s->attributes[a].name) : NULL;
    good = find_column(file, name, &file->attribute[a]) && good;
  }
  return good && file->date != NO_COLUMN && (!file->deals || file->stage != NO_COLUMN);
}

static bool open_file(given_file *file, const fsim_node *node) {
  fsim_reader *reader = file->reader;
  const fsim_node *name = fsim_node_get(node, "file");
  size_t length = 0;
  if (!name || name->kind != FSIM_SCALAR || !name->text[0]) return false;
  const char *text = fsim_reader_input(reader, name->text, name->place, reader->report, &length);
  if (!text) {
    fsim_reader_status(reader, FSIM_BAD_INPUT);
    return false;
  }
  const int status = fsim_csv_open(name->text, text, length, reader->report, &file->csv);
  fsim_reader_status(reader, status);
  return status == FSIM_OK && find_columns(file, node);
}

/* ---- fields ---- */

static void bad_field(given_file *file, size_t column, const char *expected) {
  fsim_reader_mistake(file->reader, fsim_csv_place(file->csv, column),
                      "column '%s': '%.60s' is not %s", fsim_csv_header(file->csv, column),
                      fsim_csv_field(file->csv, column), expected);
}

static bool read_date(given_file *file, double *at_s) {
  int32_t days;
  double second;
  if (!fsim_parse_instant(fsim_csv_field(file->csv, file->date), &days, &second)) {
    bad_field(file, file->date, "a date such as 2026-03-10 or 2026-03-10 14:30");
    return false;
  }
  *at_s = rint(((double)days - file->reader->s->start_days) * FSIM_DAY + second);
  return true;
}

static bool read_profile(given_file *file, uint16_t *profile) {
  const fsim_scenario *s = file->reader->s;
  size_t number = 0;
  for (size_t a = 0; a < s->n_attributes; a++) {
    const fsim_attribute *attribute = &s->attributes[a];
    size_t v = file->fixed[a];
    const size_t column = file->attribute[a];
    if (column != NO_COLUMN) {
      const char *field = fsim_csv_field(file->csv, column);
      v = fsim_find_value(file->reader, a, field);
      if (v == SIZE_MAX) {
        char what[160] = "value of ";
        strncat(what, attribute->name, 100);
        fsim_reader_unknown(file->reader, fsim_csv_place(file->csv, column), what, field,
                            (const char *const *)attribute->values, attribute->n_values);
        return false;
      }
    }
    number = number * attribute->n_values + v;
  }
  *profile = (uint16_t)number;
  return true;
}

static bool read_value(given_file *file, double *value) {
  *value = NAN;
  if (file->value == NO_COLUMN || !fsim_csv_field(file->csv, file->value)[0]) return true;
  if (fsim_parse_number(fsim_csv_field(file->csv, file->value), value) == FSIM_QUANTITY_OK)
    return true;
  bad_field(file, file->value, "a number");
  return false;
}

static bool read_stage(given_file *file, uint16_t *stage) {
  if (!file->deals) return true;
  const fsim_scenario *s = file->reader->s;
  const fsim_funnel *f = &s->funnels[file->funnel];
  const char *field = fsim_csv_field(file->csv, file->stage);
  for (uint16_t i = 0; i < f->n_stages; i++) {
    *stage = (uint16_t)(f->first_stage + i);
    if (strcmp(s->stages[*stage].name, field) == 0) return true;
  }
  const char **known = fsim_reader_get(file->reader, f->n_stages, sizeof *known);
  for (uint16_t i = 0; known && i < f->n_stages; i++) known[i] = s->stages[f->first_stage + i].name;
  if (known)
    fsim_reader_unknown(file->reader, fsim_csv_place(file->csv, file->stage), "stage", field, known,
                        f->n_stages);
  return false;
}

/* ---- rows ---- */

/* Whether the row's time is one that the scenario can take. */
static bool in_time(given_file *file, double at_s) {
  const fsim_scenario *s = file->reader->s;
  if (!file->deals) {
    const bool inside = at_s >= 0 && at_s < s->horizon_s;
    file->outside += !inside;
    return inside;
  }
  if (at_s > 0) {
    bad_field(file, file->date, "on or before the start, as the entry of an open deal must be");
    file->broken++;
    return false;
  }
  if (at_s >= -(double)FSIM_LONGEST_HORIZON_S) return true;
  bad_field(file, file->date, "within 60 years of the start");
  file->broken++;
  return false;
}

static bool read_row(given_file *file, fsim_given_lead *lead) {
  double at_s = 0;
  bool good = read_date(file, &at_s);
  good = read_profile(file, &lead->profile) && good;
  good = read_value(file, &lead->value) && good;
  good = read_stage(file, &lead->stage) && good;
  if (!good) {
    file->broken++;
    return false;
  }
  if (!in_time(file, at_s)) return false;
  lead->t_s = (int32_t)at_s;
  return true;
}

typedef struct dated {
  fsim_given_lead lead;
  size_t row;
} dated;

/* By time, leads of one second in the order of the file. */
static int by_time(const void *a, const void *b) {
  const dated *x = a, *y = b;
  if (x->lead.t_s != y->lead.t_s) return x->lead.t_s < y->lead.t_s ? -1 : 1;
  return x->row < y->row ? -1 : x->row > y->row;
}

static void read_rows(given_file *file, fsim_stream *stream) {
  fsim_reader *reader = file->reader;
  dated *rows = NULL;
  size_t n = 0, room = 0;
  int row;
  while (file->broken < MOST_BROKEN_ROWS && (row = fsim_csv_next(file->csv, reader->report)) != 0) {
    dated one = {.row = n};
    if (row < 0) {
      fsim_reader_status(reader, FSIM_BAD_INPUT);
      file->broken++;
      continue;
    }
    if (!read_row(file, &one.lead)) continue;
    if (n >= MOST_GIVEN || fsim_grow((void **)&rows, &room, n + 1, sizeof *rows) != 0) {
      fsim_reader_no_memory(reader);
      break;
    }
    rows[n++] = one;
  }
  stream->given = fsim_reader_get(reader, n, sizeof *stream->given);
  if (stream->given && n > 0) {
    if (!stream->pipeline) qsort(rows, n, sizeof *rows, by_time);
    for (size_t i = 0; i < n; i++) stream->given[i] = rows[i].lead;
    stream->n_given = n;
  }
  free(rows);
}

static void fix_attributes(given_file *file, const fsim_stream *stream, const fsim_node *node) {
  const fsim_scenario *s = file->reader->s;
  for (size_t a = 0; a < s->n_attributes; a++) {
    file->fixed[a] = 0;
    if (file->attribute[a] != NO_COLUMN || !stream->share) continue;
    bool found = false;
    for (size_t v = 0; v < s->attributes[a].n_values; v++) {
      if (fsim_stream_share(s, stream, a, v) < 1) continue;
      file->fixed[a] = v;
      found = true;
    }
    if (!found && file->reader->status == FSIM_OK)
      fsim_reader_mistake(file->reader, node->key_place,
                          "replayed leads need one value of %s, or a column with it, not shares",
                          s->attributes[a].name);
  }
}

/* Shares of the attribute values among given leads, as other streams have them. */
static void count_shares(const fsim_scenario *s, fsim_stream *stream) {
  size_t most = 1;
  for (size_t a = 0; a < s->n_attributes; a++)
    if (s->attributes[a].n_values > most) most = s->attributes[a].n_values;
  for (size_t a = 0; a < s->n_attributes; a++) {
    for (size_t v = 0; v < most; v++) stream->share[a * most + v] = 0;
    if (stream->n_given == 0) stream->share[a * most] = 1;
    for (size_t i = 0; i < stream->n_given; i++)
      stream->share[a * most + fsim_profile_value(s, stream->given[i].profile, a)] +=
          1.0 / (double)stream->n_given;
  }
}

void fsim_read_replay(fsim_reader *reader, const fsim_node *node, fsim_stream *stream) {
  given_file file = {.reader = reader};
  if (open_file(&file, node)) {
    fix_attributes(&file, stream, node);
    read_rows(&file, stream);
    count_shares(reader->s, stream);
    const fsim_node *name = fsim_node_get(node, "file");
    if (file.outside > 0)
      fsim_warn(reader->report, name->place,
                "%zu rows of '%s' lie before the start or after the horizon and are left out",
                file.outside, name->text);
  }
  fsim_csv_close(file.csv);
}

/* The pipeline's own stream: nobody arrives, its leads are there when the scenario begins. */
static bool begin_pipeline(fsim_reader *reader, const fsim_node *node, size_t number,
                           fsim_stream *stream) {
  fsim_scenario *s = reader->s;
  size_t most = 1;
  for (size_t a = 0; a < s->n_attributes; a++)
    if (s->attributes[a].n_values > most) most = s->attributes[a].n_values;
  char name[32] = "pipeline";
  if (number > 0) snprintf(name, sizeof name, "pipeline-%zu", number + 1);
  stream->name = fsim_reader_text(reader, name);
  stream->hash = fsim_hash_name(name);
  stream->pipeline = true;
  stream->share = fsim_reader_get(reader, s->n_attributes * most, sizeof(double));
  const fsim_node *columns = fsim_node_get(node, "attributes");
  fsim_check_attribute_names(reader, columns);
  for (size_t a = 0; a < s->n_attributes; a++) {
    const fsim_attribute *attribute = &s->attributes[a];
    if (attribute->n_values < 2 || (columns && fsim_node_get(columns, attribute->name))) continue;
    fsim_warn(reader->report, node->key_place,
              "the pipeline has no column for %s: all its deals are '%s'", attribute->name,
              attribute->values[0]);
  }
  return stream->name && stream->share;
}

void fsim_read_pipeline(fsim_reader *reader, const fsim_node *node, size_t number,
                        fsim_stream *stream) {
  given_file file = {.reader = reader, .deals = true};
  file.funnel = fsim_find_funnel(reader, fsim_node_get(node, "funnel"));
  if (!begin_pipeline(reader, node, number, stream) || file.funnel == SIZE_MAX) return;
  stream->into = (uint16_t)file.funnel;
  if (open_file(&file, node)) read_rows(&file, stream);
  fsim_csv_close(file.csv);
  count_shares(reader->s, stream);
}
