/* Two tables with a row a case: which of them are leads and which are the deals that came of them.
 * One has a column with ids of the other. Leads are there before their deals, whichever table names
 * the other one: deals their lead, or leads the deal that they were converted into. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/fit/guess.h"
#include "analysis/fit/log_parts.h"
#include "sim/base/array.h"
#include "sim/base/text.h"

#define ROWS 20000 /* ids that are remembered */
#define SLOTS (1 << 17)
#define LOOKED_AT 2000
#define FEWEST 0.3 /* share of the fields that must be ids of the other table */

typedef struct known_id {
  uint64_t hash; /* 0: an empty slot */
  int64_t created;
  bool dated;
} known_id;

typedef struct join {
  double share;          /* of the fields that are ids of the other table */
  size_t earlier, later; /* rows that began before, and after the row that they name */
} join;

/* Of the first id in a field; e-mail addresses are the same in capitals. */
static uint64_t hash_of(const char *field) {
  char id[256];
  size_t n = strcspn(field, ";");
  if (n >= sizeof id) n = sizeof id - 1;
  for (size_t i = 0; i < n; i++)
    id[i] = strchr(field, '@') != NULL ? (char)tolower((unsigned char)field[i]) : field[i];
  id[n] = '\0';
  return fsim_hash_name(id) | 1;
}

static known_id *slot_of(known_id *slot, uint64_t hash) {
  size_t at = (size_t)(hash >> 8) % SLOTS;
  while (slot[at].hash != 0 && slot[at].hash != hash) at = (at + 1) % SLOTS;
  return &slot[at];
}

static int remember(fsim_guess_table *to, size_t key, fsim_report *report, known_id *slot) {
  int status = fsim_guess_table_rewind(to, report);
  for (size_t n = 0; status == FSIM_OK && n < ROWS && fsim_guess_table_next(to); n++) {
    const char *field = fsim_csv_field(to->csv, key);
    if (*field == '\0') continue;
    known_id *id = slot_of(slot, hash_of(field));
    id->hash = hash_of(field);
    id->dated = fsim_guess_time(to, to->role[FSIM_COLUMN_CREATED], &id->created);
  }
  return status;
}

static int compare(fsim_guess_table *from, size_t column, fsim_report *report, known_id *slot,
                   join *j) {
  size_t n = 0, hits = 0;
  *j = (join){0};
  int status = fsim_guess_table_rewind(from, report);
  while (status == FSIM_OK && n < LOOKED_AT && fsim_guess_table_next(from)) {
    const char *field = fsim_csv_field(from->csv, column);
    int64_t created;
    if (*field == '\0') continue;
    n++;
    const known_id *id = slot_of(slot, hash_of(field));
    if (id->hash == 0) continue;
    hits++;
    if (!id->dated || !fsim_guess_time(from, from->role[FSIM_COLUMN_CREATED], &created)) continue;
    j->earlier += created < id->created;
    j->later += created > id->created;
  }
  j->share = n > 0 ? (double)hits / (double)n : 0;
  return status;
}

/* The column of `from` that holds most ids out of a column of `to`; SIZE_MAX for none. Its own ids
 * are looked at alone: deals may have those of their leads. */
static int find_column(fsim_guess_table *from, fsim_guess_table *to, size_t key, bool own_ids,
                       fsim_report *report, size_t *column, join *best) {
  known_id *slot = fsim_zeroed(SLOTS, sizeof *slot);
  if (slot == NULL) return fsim_no_memory(report);
  *column = SIZE_MAX;
  *best = (join){.share = FEWEST};
  int status = remember(to, key, report, slot);
  for (size_t c = 0; c < from->n_columns && status == FSIM_OK; c++) {
    join now;
    if ((c == from->role[FSIM_COLUMN_CASE]) != own_ids || fsim_guess_is_date(&from->column[c]))
      continue;
    status = compare(from, c, report, slot, &now);
    if (status != FSIM_OK || now.share <= best->share) continue;
    *best = now;
    *column = c;
  }
  free(slot);
  return status;
}

/* Whether the table that names the other one holds the leads: by the dates, else by the header. */
static bool names_deals(const fsim_guess_column *c, const join *j) {
  if (j->earlier != j->later) return j->earlier > j->later;
  return fsim_guess_role_score(FSIM_COLUMN_DEAL, c->words) >
         fsim_guess_role_score(FSIM_COLUMN_PARENT, c->words);
}

static int try_join(fsim_guess *g, size_t from, size_t to, size_t key, bool own_ids,
                    fsim_report *report, bool *joined) {
  fsim_guess_table *names = &g->table[from], *named = &g->table[to];
  size_t column = SIZE_MAX;
  join best = {0};
  int status = find_column(names, named, key, own_ids, report, &column, &best);
  *joined = status == FSIM_OK && column != SIZE_MAX;
  if (!*joined) return status;
  const bool leads_name = names_deals(&names->column[column], &best);
  names->role[leads_name ? FSIM_COLUMN_DEAL : FSIM_COLUMN_PARENT] = column;
  names->column[column].taken = true;
  named->role[FSIM_COLUMN_CASE] = key;
  named->column[key].taken = true;
  g->leads = leads_name ? from : to;
  g->whole = leads_name ? to : from;
  return FSIM_OK;
}

/* Columns that may be what the other table names: the ids, then addresses. */
static bool may_be_key(const fsim_guess_table *t, size_t c, bool ids) {
  if (ids) return c == t->role[FSIM_COLUMN_CASE];
  return strstr(t->column[c].words, "mail") != NULL && fsim_guess_is_unique(&t->column[c]);
}

int fsim_guess_join(fsim_guess *g, size_t a, size_t b, fsim_report *report) {
  enum { BY_ID, BY_ADDRESS, BY_OWN_ID, WAYS };
  for (int way = 0; way < WAYS; way++) {
    for (int turn = 0; turn < 2; turn++) {
      const size_t from = turn ? a : b, to = turn ? b : a;
      for (size_t key = 0; key < g->table[to].n_columns; key++) {
        bool joined;
        if (!may_be_key(&g->table[to], key, way != BY_ADDRESS)) continue;
        int status = try_join(g, from, to, key, way == BY_OWN_ID, report, &joined);
        if (status != FSIM_OK || joined) return status;
      }
    }
  }
  return fsim_bad_input(report, (fsim_place){g->table[b].path, 1, 0},
                        "no column of %s holds ids of %s or the other way round; say how they "
                        "belong together in a mapping (docs/export-files.md)",
                        g->table[a].path, g->table[b].path);
}
