#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "analysis/fit/expected.h"
#include "analysis/fit/export_table.h"
#include "analysis/fit/leaks.h"
#include "analysis/fit/log_parts.h"
#include "analysis/fit/planned.h"
#include "analysis/fit/read_log_parts.h"
#include "analysis/fit/read_mapped.h"
#include "analysis/fit/waits.h"
#include "sim/base/array.h"
#include "sim/base/file.h"
#include "sim/base/text.h"

int fsim_row_finding(const fsim_log_reading *r, const fsim_export_table *t, const char *kind,
                     const char *done, const char *what) {
  return fsim_builder_finding(r->b, kind, done, fsim_export_table_line(t), FSIM_THIS_FILE, "%s",
                              what);
}

int fsim_row_bad_time(const fsim_log_reading *r, const fsim_export_table *t, fsim_column_role role,
                      const char *kind, const char *id) {
  const size_t column = t->column[role];
  if (column == SIZE_MAX) return fsim_row_finding(r, t, kind, FSIM_ROW_LEFT_OUT, id);
  const char *field = fsim_csv_field(t->csv, column);
  return fsim_builder_finding(r->b, kind, FSIM_ROW_LEFT_OUT, fsim_export_table_line(t),
                              FSIM_THIS_FILE, "%.32s, column \"%.32s\" (%s) %s%.24s", id,
                              fsim_csv_header(t->csv, column), fsim_column_roles[role],
                              *field ? "says " : "is blank", field);
}

/* ---- event logs, and histories of stages ---- */

static fsim_work_step step_of(const char *lifecycle) {
  if (strncasecmp(lifecycle, "sched", 5) == 0 || strncasecmp(lifecycle, "assign", 6) == 0 ||
      strncasecmp(lifecycle, "enable", 6) == 0)
    return FSIM_WORK_SCHEDULED;
  if (strncasecmp(lifecycle, "start", 5) == 0 || strncasecmp(lifecycle, "resume", 6) == 0)
    return FSIM_WORK_STARTED;
  return FSIM_WORK_DONE;
}

static bool ignored(const fsim_mapping *m, const char *activity) {
  for (size_t i = 0; i < m->n_ignore; i++) {
    if (fsim_matches(m->ignore[i], activity)) return true;
  }
  return false;
}

/* A name that the mapping does not know, with the one that it may be a misspelling of. */
static int unknown(const fsim_log_reading *r, const fsim_export_table *t, const char *kind,
                   const char *done, const char *name) {
  const char *nearest = NULL;
  if (fsim_builder_unknown(r->b, name) != FSIM_OK) return FSIM_FAILED;
  if (fsim_builder_wants_example(r->b, kind) &&
      fsim_mapping_nearest(r->m, name, r->report, &nearest) != FSIM_OK)
    return FSIM_FAILED;
  return fsim_builder_finding(r->b, kind, done, fsim_export_table_line(t), FSIM_THIS_FILE,
                              "%s%s%s%s", name, nearest ? " (meant as " : "",
                              nearest ? nearest : "", nearest ? "?)" : "");
}

static int take_activity(const fsim_log_reading *r, const fsim_export_table *t, size_t which,
                         const char *activity, int64_t time) {
  const fsim_mapping *m = r->m;
  const int64_t line = fsim_export_table_line(t);
  const char *lifecycle = fsim_export_field(t, FSIM_COLUMN_LIFECYCLE);
  int32_t stage = fsim_meaning_of(m->stages, m->n_stages, activity);
  int32_t outcome = fsim_meaning_of(m->outcomes, m->n_outcomes, activity);
  int32_t work = fsim_meaning_of(m->work, m->n_work, activity);
  int status = FSIM_OK;
  if (*lifecycle != '\0' || t->column[FSIM_COLUMN_RESOURCE] != SIZE_MAX)
    status =
        fsim_builder_work(r->b, which, activity, work != FSIM_NONE ? m->work[work].stage : stage,
                          fsim_export_field(t, FSIM_COLUMN_RESOURCE), step_of(lifecycle), time);
  if (status != FSIM_OK) return status;
  if (stage != FSIM_NONE || outcome != FSIM_NONE) {
    status = stage != FSIM_NONE ? fsim_builder_entered(r->b, which, stage, time, line)
                                : fsim_builder_ended(r->b, which, outcome, time, line);
    if (status != FSIM_OK) return status;
    fsim_builder_row_text(r->b, fsim_export_row_hash(t));
    if (fsim_export_by_day(t, t->column[FSIM_COLUMN_TIME])) fsim_builder_by_day(r->b);
    return FSIM_OK;
  }
  if (work != FSIM_NONE || ignored(m, activity)) return FSIM_OK;
  return unknown(r, t, "an activity that the mapping does not know",
                 "it moves no case; name it in stages, outcomes, work or ignore", activity);
}

/* Only rows of the export itself make cases; a history adds to those that there are. */
static int take_event(const fsim_log_reading *r, fsim_export_table *t, bool makes_cases) {
  const char *id = fsim_export_field(t, FSIM_COLUMN_CASE);
  const char *activity = fsim_export_field(t, FSIM_COLUMN_ACTIVITY);
  int64_t time = 0;
  if (*id == '\0')
    return fsim_row_finding(r, t, "a row without a case", FSIM_ROW_LEFT_OUT, activity);
  fsim_field_state state = fsim_export_time(t, t->column[FSIM_COLUMN_TIME], &time);
  if (state != FSIM_FIELD_GOOD)
    return fsim_row_bad_time(
        r, t, FSIM_COLUMN_TIME,
        state == FSIM_FIELD_BLANK ? "a row without a time" : "a time that is none", id);
  size_t which = fsim_builder_find(r->b, r->funnel, id);
  bool fresh = false;
  int status = FSIM_OK;
  if (makes_cases)
    status = fsim_builder_case(r->b, r->funnel, id, fsim_export_table_line(t), &which, &fresh);
  else if (which == SIZE_MAX)
    return fsim_row_finding(r, t, "a history of a deal that the export does not hold",
                            FSIM_ROW_LEFT_OUT, id);
  if (status != FSIM_OK) return status;
  fsim_builder_seen(r->b, time);
  status = fsim_export_attributes(t, which);
  if (status == FSIM_OK) status = fsim_export_expected(t, which, time);
  double amount;
  if (status != FSIM_OK) return status;
  state = fsim_export_value(t, &amount);
  if (state == FSIM_FIELD_GOOD) fsim_builder_value(r->b, which, amount);
  if (state == FSIM_FIELD_BAD)
    status = fsim_row_finding(r, t, "a value that is no number", "the row tells no value", id);
  return status == FSIM_OK ? take_activity(r, t, which, activity, time) : status;
}

static int read_events(const fsim_log_reading *r, const char *path, const fsim_mapped_table *mapped,
                       bool makes_cases) {
  fsim_export_table t;
  int status = fsim_export_table_open(path, r->m, mapped, NULL, 0, r->options, r->b, r->report, &t);
  int row = 0;
  while (status == FSIM_OK && (row = fsim_export_table_next(&t)) > 0) {
    status = take_event(r, &t, makes_cases);
    fsim_builder_row_done(r->b);
  }
  if (row < 0) status = fsim_no_memory(r->report);
  fsim_export_table_close(&t);
  return status;
}

/* ---- tables of deals, and of leads ---- */

#define LONGEST_ADDRESS 254 /* RFC 5321, 4.5.3.1.3 */

typedef struct deal_table {
  fsim_export_table t;
  size_t funnel;
  const fsim_meaning *outcomes;
  size_t n_outcomes, n_stages; /* dates: of the stages, then of the outcomes */
  char key[LONGEST_ADDRESS + 1];
} deal_table;

/* What leads are joined by. An e-mail address names the same person in any case of letters. */
static const char *key_of_lead(deal_table *d, const char *field) {
  const size_t length = strlen(field);
  if (strchr(field, '@') == NULL || length > LONGEST_ADDRESS) return field;
  for (size_t i = 0; i <= length; i++)
    d->key[i] = field[i] >= 'A' && field[i] <= 'Z' ? (char)(field[i] - 'A' + 'a') : field[i];
  return d->key;
}

static int take_stage_dates(const fsim_log_reading *r, const deal_table *d, size_t which) {
  int status = FSIM_OK;
  for (size_t s = 0; s < d->n_stages && status == FSIM_OK; s++) {
    int64_t time = 0;
    fsim_field_state state = fsim_export_time(&d->t, d->t.date[s], &time);
    if (state == FSIM_FIELD_BAD)
      status = fsim_row_finding(r, &d->t, "a date of a stage that is none", "the stage is left out",
                                fsim_csv_field(d->t.csv, d->t.date[s]));
    if (state != FSIM_FIELD_GOOD || status != FSIM_OK) continue;
    fsim_builder_seen(r->b, time);
    status = fsim_builder_entered(r->b, which, (int32_t)s, time, fsim_export_table_line(&d->t));
    if (fsim_export_by_day(&d->t, d->t.date[s])) fsim_builder_by_day(r->b);
  }
  return status;
}

/* Blank, "open", a stage or a status to be ignored: the deal is open. Its date of closing may be
 * an expected one then, unless the status is blank. */
static int take_no_outcome(const fsim_log_reading *r, const deal_table *d, const char *status,
                           fsim_field_state at_close, const char *id) {
  if (*status == '\0')
    return at_close != FSIM_FIELD_GOOD
               ? FSIM_OK
               : fsim_row_finding(r, &d->t, "a closed deal without a status", "it counts as open",
                                  id);
  if (strcasecmp(status, "open") == 0 || ignored(r->m, status) ||
      fsim_meaning_of(r->m->stages, r->m->n_stages, status) != FSIM_NONE)
    return FSIM_OK;
  return unknown(r, &d->t, "a status that the mapping does not know",
                 "the deal counts as open; name it in outcomes or ignore", status);
}

/* An end at the date of that column. */
static int end_at(const fsim_log_reading *r, const deal_table *d, size_t which, int32_t outcome,
                  int64_t time, size_t column) {
  fsim_builder_seen(r->b, time);
  int status = fsim_builder_ended(r->b, which, outcome, time, fsim_export_table_line(&d->t));
  if (status == FSIM_OK && fsim_export_by_day(&d->t, column)) fsim_builder_by_day(r->b);
  return status;
}

/* How the deal ended: the outcome whose date is filled in, or the one that the status names, on the
 * date of closing. */
static int take_outcome(const fsim_log_reading *r, const deal_table *d, size_t which,
                        const char *id) {
  const char *status_field = fsim_export_field(&d->t, FSIM_COLUMN_STATUS);
  int32_t named = fsim_meaning_of(d->outcomes, d->n_outcomes, status_field);
  int64_t time = 0, closed = 0;
  fsim_field_state at_close = fsim_export_time(&d->t, d->t.column[FSIM_COLUMN_CLOSED], &closed);
  bool dated = false;
  for (size_t o = 0; o < d->n_outcomes; o++) {
    fsim_field_state state = fsim_export_time(&d->t, d->t.date[d->n_stages + o], &time);
    if (state == FSIM_FIELD_BAD)
      return fsim_row_finding(r, &d->t, "a date of an outcome that is none",
                              "the deal counts as open", id);
    if (state != FSIM_FIELD_GOOD || (named != FSIM_NONE && (size_t)named != o)) continue;
    dated = true;
    int status = end_at(r, d, which, (int32_t)o, time, d->t.date[d->n_stages + o]);
    if (status != FSIM_OK) return status;
  }
  if (dated) return FSIM_OK;
  if (named == FSIM_NONE) return take_no_outcome(r, d, status_field, at_close, id);
  if (at_close != FSIM_FIELD_GOOD)
    return fsim_row_finding(r, &d->t, "an outcome without a date", "the deal counts as open", id);
  return end_at(r, d, which, named, closed, d->t.column[FSIM_COLUMN_CLOSED]);
}

/* Joins a deal to the lead it came of, and converts the lead unless something else says when it
 * ended. */
static int join(const fsim_log_reading *r, const deal_table *d, size_t deal, size_t lead) {
  bool by_day;
  const int64_t created = fsim_builder_creation(r->b, deal, &by_day);
  fsim_builder_parent(r->b, deal, lead);
  for (size_t a = 0; a < r->m->n_attributes; a++) {
    if (r->m->attributes[a].table == &r->m->leads) fsim_builder_inherit(r->b, deal, lead, a);
  }
  if (!r->m->lead_converts) return FSIM_OK;
  fsim_builder_seen(r->b, created);
  int status = fsim_builder_ended(r->b, lead, (int32_t)r->m->n_lead_outcomes - 1, created,
                                  fsim_export_table_line(&d->t));
  if (status == FSIM_OK && by_day) fsim_builder_by_day(r->b);
  return status;
}

/* The case of that id, or of the first id of a list (3001;3002) that there is. */
static size_t find_listed(const fsim_log_reading *r, deal_table *d, size_t funnel,
                          const char *field) {
  size_t found = fsim_builder_find(r->b, funnel, key_of_lead(d, field));
  while (found == SIZE_MAX && *field != '\0') {
    const size_t length = strcspn(field, ";,");
    char id[LONGEST_ADDRESS + 1];
    if (length < sizeof id) {
      memcpy(id, field, length);
      id[length] = '\0';
      found = fsim_builder_find(r->b, funnel, key_of_lead(d, id));
    }
    field += length;
    field += strspn(field, ";, ");
  }
  return found;
}

/* The lead that a deal came of. */
static int join_lead(const fsim_log_reading *r, deal_table *d, size_t which) {
  const size_t lead =
      find_listed(r, d, r->leads_funnel, fsim_export_field(&d->t, FSIM_COLUMN_PARENT));
  if (lead == SIZE_MAX)
    return fsim_row_finding(r, &d->t, "a deal whose lead is not in the table of leads",
                            "it counts as a deal without a lead",
                            fsim_export_field(&d->t, FSIM_COLUMN_CASE));
  return join(r, d, which, lead);
}

/* The deal that came of a lead, where the leads tell it. */
static int join_deal(const fsim_log_reading *r, deal_table *d, size_t which, const char *id) {
  const char *field = fsim_export_field(&d->t, FSIM_COLUMN_DEAL);
  if (*field == '\0') return FSIM_OK;
  const size_t deal = find_listed(r, d, r->funnel, field);
  if (deal == SIZE_MAX)
    return fsim_row_finding(r, &d->t, "a lead whose deal is not in the table of deals",
                            "it counts as a lead without a deal", id);
  if (fsim_builder_has_parent(r->b, deal))
    return fsim_row_finding(r, &d->t, "a lead whose deal came of another lead already",
                            "it counts as a lead without a deal", id);
  return join(r, d, deal, which);
}

static int take_deal(const fsim_log_reading *r, deal_table *d, bool is_lead) {
  const char *id = fsim_export_field(&d->t, FSIM_COLUMN_CASE);
  if (is_lead) id = key_of_lead(d, id);
  int64_t created = 0;
  if (*id == '\0') return fsim_row_finding(r, &d->t, "a row without an id", FSIM_ROW_LEFT_OUT, "");
  fsim_field_state state = fsim_export_time(&d->t, d->t.column[FSIM_COLUMN_CREATED], &created);
  if (state != FSIM_FIELD_GOOD)
    return fsim_row_bad_time(r, &d->t, FSIM_COLUMN_CREATED,
                             state == FSIM_FIELD_BLANK ? "a deal without a date of creation"
                                                       : "a date of creation that is none",
                             id);
  size_t which;
  bool fresh;
  int status =
      fsim_builder_case(r->b, d->funnel, id, fsim_export_table_line(&d->t), &which, &fresh);
  if (status != FSIM_OK) return status;
  if (!fresh)
    return fsim_row_finding(r, &d->t, "an id that was there before", FSIM_ROW_LEFT_OUT, id);
  fsim_builder_seen(r->b, created);
  fsim_builder_created(r->b, which, created);
  double amount;
  state = fsim_export_value(&d->t, &amount);
  if (state == FSIM_FIELD_GOOD) fsim_builder_value(r->b, which, amount);
  if (state == FSIM_FIELD_BAD)
    status = fsim_row_finding(r, &d->t, "a value that is no number", "the deal has no value", id);
  if (status == FSIM_OK) status = fsim_export_attributes(&d->t, which);
  if (status == FSIM_OK) status = fsim_export_expected(&d->t, which, FSIM_NO_TIME);
  if (status == FSIM_OK && is_lead) status = join_deal(r, d, which, id);
  if (status == FSIM_OK && d->t.column[FSIM_COLUMN_PARENT] != SIZE_MAX && r->m->has_leads &&
      !is_lead)
    status = join_lead(r, d, which);
  if (status == FSIM_OK) status = take_stage_dates(r, d, which);
  return status == FSIM_OK ? take_outcome(r, d, which, id) : status;
}

static int read_deals(const fsim_log_reading *r, const char *path, const fsim_mapped_table *mapped,
                      bool is_lead) {
  const fsim_mapping *m = r->m;
  deal_table d = {.funnel = is_lead ? r->leads_funnel : r->funnel,
                  .outcomes = is_lead ? m->lead_outcomes : m->outcomes,
                  .n_outcomes = is_lead ? m->n_lead_outcomes : m->n_outcomes,
                  .n_stages = is_lead ? 0 : m->n_stages};
  const size_t n_dates = d.n_stages + d.n_outcomes;
  const char **dates = fsim_zeroed(n_dates, sizeof *dates);
  if (dates == NULL) return fsim_no_memory(r->report);
  for (size_t s = 0; s < d.n_stages; s++) dates[s] = m->stages[s].date;
  for (size_t o = 0; o < d.n_outcomes; o++) dates[d.n_stages + o] = d.outcomes[o].date;
  int status =
      fsim_export_table_open(path, m, mapped, dates, n_dates, r->options, r->b, r->report, &d.t);
  if (status == FSIM_OK && fsim_export_by_day(&d.t, d.t.column[FSIM_COLUMN_CREATED]))
    fsim_builder_created_by_day(r->b, d.funnel);
  int row = 0;
  while (status == FSIM_OK && (row = fsim_export_table_next(&d.t)) > 0) {
    status = take_deal(r, &d, is_lead);
    fsim_builder_row_done(r->b);
  }
  if (row < 0) status = fsim_no_memory(r->report);
  fsim_export_table_close(&d.t);
  free(dates);
  return status;
}

/* ---- all files ---- */

/* The file that the mapping names beside itself, or the next one of the command line. */
static int path_of(const fsim_log_reading *r, const fsim_mapped_table *table,
                   const char *const *files, size_t n, size_t *next, const char *what,
                   char **path) {
  if (table->file != NULL)
    *path = fsim_path_beside(r->m->file, table->file);
  else if (*next < n)
    *path = fsim_copy_text(files[*next], strlen(files[*next]));
  else
    return fsim_bad_input(r->report, (fsim_place){r->m->file, 0, 0},
                          "the table of %s is missing: name its file in the mapping or on the "
                          "command line",
                          what);
  if (table->file == NULL) (*next)++;
  return *path == NULL ? fsim_no_memory(r->report) : FSIM_OK;
}

typedef int (*fsim_table_reader)(const fsim_log_reading *r, const char *path,
                                 const fsim_mapped_table *mapped, bool flag);

static int read_table(const fsim_log_reading *r, const fsim_mapped_table *table,
                      const char *const *files, size_t n, size_t *next, const char *what,
                      fsim_table_reader read, bool flag) {
  char *path = NULL;
  int status = path_of(r, table, files, n, next, what, &path);
  if (status == FSIM_OK) status = read(r, path, table, flag);
  free(path);
  return status;
}

/* The table that names rows of the other one is read after it. */
static int read_joined(const fsim_log_reading *r, const char *const *files, size_t n,
                       size_t *next) {
  const fsim_mapping *m = r->m;
  char *leads = NULL, *deals = NULL;
  int status = path_of(r, &m->leads, files, n, next, "leads", &leads);
  if (status == FSIM_OK) status = path_of(r, &m->table, files, n, next, "deals", &deals);
  const bool leads_last = m->leads.column[FSIM_COLUMN_DEAL] != NULL;
  if (status == FSIM_OK && !leads_last) status = read_deals(r, leads, &m->leads, true);
  if (status == FSIM_OK) status = read_deals(r, deals, &m->table, false);
  if (status == FSIM_OK && leads_last) status = read_deals(r, leads, &m->leads, true);
  free(leads);
  free(deals);
  return status;
}

static int read_all(fsim_log_reading *r, const char *const *files, size_t n) {
  const fsim_mapping *m = r->m;
  size_t next = 0;
  if (m->kind == FSIM_EXPORT_TRANSACTIONS) {
    char *path = NULL;
    int status = path_of(r, &m->table, files, n, &next, "orders", &path);
    if (status == FSIM_OK) status = fsim_read_orders(r, path);
    free(path);
    return status;
  }
  int status = FSIM_OK;
  if (m->has_leads)
    status = fsim_builder_funnel(r->b, m->leads_funnel ? m->leads_funnel : "leads", NULL, 0,
                                 m->lead_outcomes, m->n_lead_outcomes, &r->leads_funnel);
  if (status == FSIM_OK)
    status = fsim_builder_funnel(r->b, m->funnel, m->stages, m->n_stages, m->outcomes,
                                 m->n_outcomes, &r->funnel);
  if (status == FSIM_OK && m->has_leads)
    status = read_joined(r, files, n, &next);
  else if (status == FSIM_OK)
    status = m->kind == FSIM_EXPORT_EVENTS
                 ? read_table(r, &m->table, files, n, &next, "events", read_events, true)
                 : read_table(r, &m->table, files, n, &next, "deals", read_deals, false);
  if (status == FSIM_OK && m->has_history)
    status = read_table(r, &m->history, files, n, &next, "stages", read_events, false);
  if (status == FSIM_OK && next < n)
    status = fsim_bad_input(r->report, FSIM_NOWHERE, "%s: the mapping knows no use for this file",
                            files[next]);
  return status;
}

/* ---- expected dates ---- */

/* Dates of a table that says only one of each case are looked at: rows that differ tell themselves
 * what was known first. */
static int use_expected(const fsim_log_reading *r, fsim_read_doubts *doubts, fsim_log *log) {
  const fsim_mapping *m = r->m;
  const fsim_mapped_table *t =
      m->history.column[FSIM_COLUMN_EXPECTED] != NULL ? &m->history : &m->table;
  const char *column = t->column[FSIM_COLUMN_EXPECTED];
  fsim_text why = {0};
  int status = FSIM_OK;
  if (column == NULL) return FSIM_OK;
  log->planned_by_data = !fsim_builder_expected_changes(r->b) && !t->expected_as_first;
  if (!fsim_builder_expected_changes(r->b)) status = fsim_doubt_expected(log, r->report, &why);
  const bool doubted = status == FSIM_OK && why.length > 0;
  if (doubted && t->expected_as_first) {
    fsim_warn(r->report, t->place[FSIM_COLUMN_EXPECTED],
              "expected: %s; it is used all the same, since the mapping says as: first", why.text);
  } else if (doubted && doubts != NULL) {
    fsim_text_append(&doubts->expected, "%s", why.text);
    for (size_t c = 0; c < log->n_cases; c++) log->cases[c].expected = FSIM_NO_TIME;
    if (doubts->expected.failed) status = fsim_no_memory(r->report);
  } else if (doubted) {
    status = fsim_bad_input(r->report, t->place[FSIM_COLUMN_EXPECTED],
                            "expected: %s; leave it out or, where it is the date as first set, "
                            "write expected: {column: \"%s\", as: first}",
                            why.text, column);
  }
  free(why.text);
  return status == FSIM_OK ? fsim_add_planned(log, r->report) : status;
}

void fsim_read_doubts_free(fsim_read_doubts *doubts) {
  free(doubts->expected.text);
  fsim_name_list_free(&doubts->attributes);
  fsim_name_list_free(&doubts->why);
  *doubts = (fsim_read_doubts){0};
}

int fsim_read_mapped(const char *const *files, size_t n, const fsim_read_log_options *options,
                     const fsim_mapping *mapping, fsim_report *report, fsim_read_doubts *doubts,
                     fsim_log **log) {
  fsim_log_reading r = {.m = mapping, .options = options, .report = report};
  *log = NULL;
  int status = fsim_log_builder_new(mapping, report, &r.b);
  if (status == FSIM_OK) status = read_all(&r, files, n);
  if (status == FSIM_OK) status = fsim_builder_finish(r.b, options->end, log);
  if (status == FSIM_OK) status = fsim_refuse_leaks(*log, mapping, report, doubts);
  if (status == FSIM_OK) status = use_expected(&r, doubts, *log);
  if (status == FSIM_OK && mapping->kind == FSIM_EXPORT_TRANSACTIONS)
    status = fsim_orders_as_waits(*log, report);
  else if (status == FSIM_OK)
    status = fsim_add_waits_between(*log, report);
  if (status != FSIM_OK) {
    fsim_log_free(*log);
    *log = NULL;
  }
  fsim_log_builder_free(r.b);
  return status;
}
