/* A guess in words: a mapping file whose comments say why. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/fit/guess.h"

#define add fsim_text_append

/* ---- names and scalars ---- */

/* A text as a YAML scalar in double quotes, unless it is plain letters. */
static void add_scalar(fsim_text *y, const char *text) {
  bool plain = isalpha((unsigned char)*text) && strlen(text) > 5;
  for (const char *c = text; *c; c++) plain = plain && (isalnum((unsigned char)*c) || *c == '_');
  if (plain) {
    add(y, "%s", text);
    return;
  }
  add(y, "\"");
  for (const char *c = text; *c; c++) {
    if (*c == '"' || *c == '\\')
      add(y, "\\%c", *c);
    else if ((unsigned char)*c < ' ')
      add(y, "\\x%02x", (unsigned)*c);
    else
      add(y, "%c", *c);
  }
  add(y, "\"");
}

/* A text inside a comment: on one line. */
static void add_plain(fsim_text *y, const char *text) {
  for (const char *c = text; *c; c++) add(y, "%c", (unsigned char)*c < ' ' ? ' ' : *c);
}

/* The name of a stage or attribute: small letters, digits and -, different from those before. */
typedef struct names {
  char name[FSIM_GUESS_VALUES][48];
  size_t n;
} names;

static bool is_known(const names *known, const char *name) {
  for (size_t i = 0; i < known->n; i++) {
    if (strcmp(known->name[i], name) == 0) return true;
  }
  return false;
}

static const char *new_name(names *known, const char *text, size_t length) {
  if (known->n == FSIM_GUESS_VALUES) return known->name[FSIM_GUESS_VALUES - 1];
  char *name = known->name[known->n];
  size_t n = 0;
  for (size_t i = 0; i < length && n < 32; i++) {
    const unsigned char c = (unsigned char)text[i];
    if (c < 0x80 && isalnum(c))
      name[n++] = (char)tolower(c);
    else if (n > 0 && name[n - 1] != '-')
      name[n++] = '-';
  }
  while (n > 0 && name[n - 1] == '-') n--;
  name[n] = '\0';
  if (n == 0 || !isalpha((unsigned char)name[0])) {
    memmove(name + 6, name, n + 1);
    memcpy(name, "stage-", 6);
    n += 6;
  }
  const size_t stem = n;
  for (unsigned i = 2; is_known(known, name); i++) {
    fsim_text numbered = {0};
    add(&numbered, "-%u", i);
    if (numbered.failed || numbered.length > 8) break;
    memcpy(name + stem, numbered.text, numbered.length + 1);
    free(numbered.text);
  }
  known->n++;
  return name;
}

static double percent(size_t part, size_t whole) {
  return whole == 0 ? 0 : 100.0 * (double)part / (double)whole;
}

/* ---- columns ---- */

typedef struct writing {
  const fsim_guess *g;
  fsim_text *y;
  names names;
} writing;

static void add_column(writing *w, const fsim_guess_table *t, size_t role, const char *indent,
                       const char *why) {
  const size_t c = t->role[role];
  if (c == SIZE_MAX) return;
  const fsim_guess_column *column = &t->column[c];
  add(w->y, "%s%s: ", indent, fsim_column_roles[role]);
  add_scalar(w->y, column->header);
  add(w->y, "  # %s; filled in on %.0f %% of the rows", why, percent(column->filled, t->n_rows));
  if (!column->many && !fsim_guess_is_date(column) && !fsim_guess_is_number(column))
    add(w->y, ", %zu different values", column->values.n);
  add(w->y, "\n");
}

static void add_expected(writing *w, const fsim_guess_table *t, bool deals, const char *indent) {
  const size_t c = t->role[FSIM_COLUMN_EXPECTED];
  const fsim_text *doubt = &w->g->doubt;
  if (c == SIZE_MAX) return;
  const fsim_guess_column *column = &t->column[c];
  if (doubt->length > 0) {
    add(w->y, "%s# ", indent);
    add_plain(w->y, column->header);
    add(w->y, " is left out as an expected date: %s\n", doubt->text);
    return;
  }
  if (deals && fsim_guess_first_set(column->words)) {
    add(w->y, "%sexpected: {column: ", indent);
    add_scalar(w->y, column->header);
    add(w->y, ", as: first}  # a date of closing that was planned, the first one by the header\n");
    return;
  }
  add_column(w, t, FSIM_COLUMN_EXPECTED, indent,
             deals ? "dates, of a planned closing by the header; used if they tell more than chance"
                   : "dates, of a planned closing by the header; each case's first one counts");
}

static void add_columns(writing *w, const fsim_guess_table *t, fsim_export_kind kind,
                        const char *indent) {
  const bool deals = kind == FSIM_EXPORT_DEALS;
  add_column(w, t, FSIM_COLUMN_CASE, indent,
             deals ? "different on every row" : "several rows have the same one");
  if (deals) {
    add_column(w, t, FSIM_COLUMN_PARENT, indent, "holds ids of the table of leads");
    add_column(w, t, FSIM_COLUMN_CREATED, indent, "dates, of the creation by the header");
    add_column(w, t, FSIM_COLUMN_CLOSED, indent, "dates, of closing by the header");
    add_column(w, t, FSIM_COLUMN_STATUS, indent, "its values or its header say how deals end");
  } else {
    add_column(w, t, FSIM_COLUMN_ACTIVITY, indent, "a few different texts");
    add_column(w, t, FSIM_COLUMN_TIME, indent, "dates or times");
    add_column(w, t, FSIM_COLUMN_LIFECYCLE, indent, "steps of a piece of work");
    add_column(w, t, FSIM_COLUMN_RESOURCE, indent, "who did it, by the header");
    add_column(w, t, FSIM_COLUMN_ORDER, indent, "the order that a row is a line of, by the header");
  }
  add_column(w, t, FSIM_COLUMN_VALUE, indent, "numbers, an amount by the header");
  add_column(w, t, FSIM_COLUMN_QUANTITY, indent, "times the value, which is a price by its header");
  add_expected(w, t, deals, indent);
}

static void add_attributes(writing *w) {
  const fsim_guess *g = w->g;
  const fsim_guess_table *t = &g->table[g->whole];
  names known = {0};
  bool any = false;
  for (size_t e = 0; e < g->n_extra; e++) {
    const fsim_guess_column *c = &t->column[g->extra[e].column];
    if (g->extra[e].is_date) continue;
    if (g->extra[e].leak) {
      add(w->y, "  # ");
      add_plain(w->y, c->header);
      add(w->y,
          " is left out: filled in for %.0f %% of the wins and %.0f %% of the others, it tells "
          "the outcome\n",
          percent(g->extra[e].won, g->won_rows), percent(g->extra[e].others, g->other_rows));
      continue;
    }
    if (!any) add(w->y, "  attributes:\n");
    any = true;
    add(w->y, "    %s: ", new_name(&known, c->words, strlen(c->words)));
    add_scalar(w->y, c->header);
    add(w->y, "  # a text with %zu different values\n", c->values.n);
  }
}

/* ---- stages and outcomes ---- */

static void add_value(writing *w, const fsim_guess_table *t, size_t column, size_t value,
                      bool *first) {
  add(w->y, "%s", *first ? "" : ", ");
  add_scalar(w->y, t->column[column].values.name[value]);
  *first = false;
}

static void add_flow_stages(writing *w, const fsim_guess_table *t, bool ends_too) {
  const fsim_guess_flow *flow = &w->g->flow;
  const size_t column = t->role[FSIM_COLUMN_ACTIVITY];
  add(w->y,
      "\n# In the order in which cases usually come to them (%zu cases looked at).\nstages:\n",
      flow->n_cases);
  bool joined = false;
  for (size_t i = 0; i < flow->n; i++) {
    const fsim_guess_activity *a = &flow->activity[i];
    const bool end = ends_too && a->means != FSIM_GUESS_NO_ENDING && a->means != FSIM_GUESS_OPEN;
    if (a->work || end || a->cases == 0) continue;
    const char *value = t->column[column].values.name[a->value];
    bool first = true;
    if (!joined) {
      add(w->y, "  %s: [", new_name(&w->names, value, strlen(value)));
    } else {
      add(w->y, ", ");
    }
    add_value(w, t, column, a->value, &first);
    const fsim_guess_activity *next = i + 1 < flow->n ? a + 1 : NULL;
    joined = next != NULL && a->with_next && !next->work &&
             (!ends_too || next->means == FSIM_GUESS_NO_ENDING);
    if (joined) continue;
    add(w->y, "]  # %.0f %% of the cases; %.1f other activities before it\n",
        percent(a->cases, flow->n_cases), a->rank);
  }
}

static void add_date_stages(writing *w) {
  const fsim_guess *g = w->g;
  const fsim_guess_table *t = &g->table[g->whole];
  bool any = false;
  for (size_t e = 0; e < g->n_extra && g->extra[e].is_date; e++) {
    const fsim_guess_column *c = &t->column[g->extra[e].column];
    const char *stage;
    size_t length;
    fsim_guess_stage_date(c->words, &stage, &length);
    if (!any) add(w->y, "\n# A date for each stage, in the order of the dates.\nstages:\n");
    any = true;
    add(w->y, "  %s: {date: ", new_name(&w->names, stage, length));
    add_scalar(w->y, c->header);
    add(w->y, "}  # filled in for %.0f %%, %.1f days after the creation on average\n",
        percent(c->filled, t->n_rows), g->extra[e].after_days);
  }
}

static const char *const ending_names[] = {
    [FSIM_GUESS_WON] = "won", [FSIM_GUESS_LOST] = "lost", [FSIM_GUESS_CANCELLED] = "cancelled"};

/* The values of a column that mean this end, in brackets; false when there are none. */
static bool add_from(writing *w, const fsim_guess_table *t, size_t column, fsim_guess_ending end) {
  bool first = true;
  if (column == SIZE_MAX) return false;
  for (size_t v = 0; v < t->column[column].values.n; v++) {
    char *words = fsim_guess_words(t->column[column].values.name[v]);
    const bool same = words != NULL && fsim_guess_ending_of(words) == end;
    free(words);
    if (!same) continue;
    if (first) add(w->y, "from: [");
    add_value(w, t, column, v, &first);
  }
  if (!first) add(w->y, "]");
  return !first;
}

static bool status_has(const fsim_guess_table *t, fsim_guess_ending end) {
  fsim_text nothing = {0};
  writing w = {.y = &nothing};
  const bool has = add_from(&w, t, t->role[FSIM_COLUMN_STATUS], end);
  free(nothing.text);
  return has;
}

static void add_deal_outcomes(writing *w, const fsim_guess_table *t, const char *indent) {
  const size_t dates[] = {[FSIM_GUESS_WON] = t->role[FSIM_COLUMNS + FSIM_GUESS_WON_AT],
                          [FSIM_GUESS_LOST] = t->role[FSIM_COLUMNS + FSIM_GUESS_LOST_AT],
                          [FSIM_GUESS_CANCELLED] = SIZE_MAX};
  /* Leads are won by their deals; of deals a status says more than a date. */
  const bool says = *indent == '\0' && t->role[FSIM_COLUMN_STATUS] != SIZE_MAX;
  add(w->y, "%soutcomes:\n", indent);
  bool any = false, any_win = false;
  for (int end = FSIM_GUESS_WON; end <= FSIM_GUESS_CANCELLED; end++) {
    const bool named = status_has(t, (fsim_guess_ending)end);
    if (!named && dates[end] == SIZE_MAX) continue;
    add(w->y, "%s  %s: {", indent, ending_names[end]);
    if (named) add_from(w, t, t->role[FSIM_COLUMN_STATUS], (fsim_guess_ending)end);
    if (dates[end] != SIZE_MAX) {
      add(w->y, "%sdate: ", named ? ", " : "");
      add_scalar(w->y, t->column[dates[end]].header);
    }
    add(w->y, "%s}\n", end == FSIM_GUESS_WON ? ", counts_as: win" : "");
    any = true;
    any_win = any_win || end == FSIM_GUESS_WON;
  }
  if (says && !any_win) {
    add(w->y,
        "  # No status sounds like a win: put its name here, and take it out of ignore.\n"
        "  won: {from: [won], counts_as: win}\n");
  } else if (!any && t->role[FSIM_COLUMN_CLOSED] != SIZE_MAX) {
    add(w->y,
        "%s  # No column names outcomes: whatever has a date of closing counts as won.\n"
        "%s  won: {date: ",
        indent, indent);
    add_scalar(w->y, t->column[t->role[FSIM_COLUMN_CLOSED]].header);
    add(w->y, ", counts_as: win}\n");
  } else if (!any) {
    add(w->y,
        "%s  # Nothing in the data names outcomes: fill in which activities or statuses do.\n"
        "%s  won: {from: [won], counts_as: win}\n",
        indent, indent);
  }
}

static void add_flow_outcomes(writing *w, const fsim_guess_table *t) {
  const fsim_guess_flow *flow = &w->g->flow;
  const size_t column = t->role[FSIM_COLUMN_ACTIVITY];
  bool any_win = false;
  add(w->y, "\n# By their words, and because hardly anything follows them.\noutcomes:\n");
  for (int end = FSIM_GUESS_WON; end <= FSIM_GUESS_CANCELLED; end++) {
    bool first = true;
    for (size_t i = 0; i < flow->n; i++) {
      if ((int)flow->activity[i].means != end || flow->activity[i].work) continue;
      if (first) add(w->y, "  %s: {from: [", ending_names[end]);
      add_value(w, t, column, flow->activity[i].value, &first);
    }
    if (first) continue;
    any_win = any_win || end == FSIM_GUESS_WON;
    add(w->y, "]%s}\n", end == FSIM_GUESS_WON ? ", counts_as: win" : "");
  }
  if (any_win) return;
  add(w->y,
      "  # No activity sounds like a win: put its name here, and take it out of the stages.\n"
      "  won: {from: [won], counts_as: win}\n");
}

/* Statuses that are no ends: open deals' stages without dates, or only "open". */
static void add_open_statuses(writing *w, const fsim_guess_table *t) {
  const size_t column = t->role[FSIM_COLUMN_STATUS];
  bool first = true;
  for (size_t v = 0; column != SIZE_MAX && v < t->column[column].values.n; v++) {
    char *words = fsim_guess_words(t->column[column].values.name[v]);
    fsim_guess_ending means = words != NULL ? fsim_guess_ending_of(words) : FSIM_GUESS_OPEN;
    free(words);
    if (means != FSIM_GUESS_NO_ENDING && means != FSIM_GUESS_OPEN) continue;
    if (first)
      add(w->y,
          "# Deals with these statuses are open. When they entered such a stage stands in no\n"
          "# column here; a history of stages as a second file would tell it.\nignore: [");
    add_value(w, t, column, v, &first);
  }
  if (!first) add(w->y, "]\n");
}

static void add_work(writing *w, const fsim_guess_table *t) {
  const fsim_guess_flow *flow = &w->g->flow;
  bool first = true;
  for (size_t i = 0; i < flow->n; i++) {
    if (!flow->activity[i].work) continue;
    if (first)
      add(w->y,
          "\n# They are scheduled or started, so they are work on cases, not stages.\nignore: [");
    add_value(w, t, t->role[FSIM_COLUMN_ACTIVITY], flow->activity[i].value, &first);
  }
  if (!first) add(w->y, "]\n");
}

/* ---- the whole ---- */

static const char *base_name(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash != NULL ? slash + 1 : path;
}

static void add_date_format(writing *w, const fsim_read_log_options *options) {
  fsim_date_order order = FSIM_DATE_UNKNOWN;
  bool any = false, two = false;
  for (size_t t = 0; t < w->g->n_tables; t++) {
    const fsim_date_order each = w->g->table[t].order;
    for (size_t c = 0; c < w->g->table[t].n_columns; c++)
      any = any || fsim_guess_is_date(&w->g->table[t].column[c]);
    two = two || (each != FSIM_DATE_UNKNOWN && order != FSIM_DATE_UNKNOWN && each != order);
    if (each != FSIM_DATE_UNKNOWN && (order == FSIM_DATE_UNKNOWN || order == FSIM_DATE_YMD))
      order = each;
  }
  if (options->date_format != NULL)
    add(w->y, "date_format: %s  # as you said\n", options->date_format);
  else if (order == FSIM_DATE_DMY)
    add(w->y, "date_format: d/m/y  # some dates begin with a number above 12\n");
  else if (order == FSIM_DATE_MDY)
    add(w->y, "date_format: m/d/y  # the second number of some dates is above 12\n");
  else if (order == FSIM_DATE_UNKNOWN && any)
    add(w->y,
        "# No date here is above the 12th in one of its places: write d/m/y or m/d/y.\n"
        "# date_format: d/m/y\n");
}

static void add_format(writing *w, const fsim_read_log_options *options) {
  const fsim_guess_table *t = &w->g->table[w->g->whole];
  add_date_format(w, options);
  if (t->delimiter == ' ') add(w->y, "delimiter: blanks  # no other sign parts the columns\n");
  const size_t value = t->role[FSIM_COLUMN_VALUE];
  if (value != SIZE_MAX && t->column[value].commas > t->column[value].points)
    add(w->y, "decimal: \",\"  # amounts such as 1.234,50\n");
}

static void add_values(writing *w) {
  const fsim_guess *g = w->g;
  if (2 * g->values_of_won < g->won_rows || g->won_rows == 0) return;
  if (20 * g->values_of_open > g->other_rows) return;
  add(w->y, "values: at_win  # %.0f %% of the wins have a value above 0, %.0f %% of the others\n",
      percent(g->values_of_won, g->won_rows), percent(g->values_of_open, g->other_rows));
}

static void add_head(writing *w) {
  const fsim_guess *g = w->g;
  const fsim_guess_table *t = &g->table[g->whole];
  static const char *const kinds[] = {
      [FSIM_EXPORT_EVENTS] = "events  # several rows a case, each with an activity and a time",
      [FSIM_EXPORT_DEALS] = "deals  # one row a deal",
      [FSIM_EXPORT_TRANSACTIONS] = "transactions  # several dates a customer, and no activity"};
  add(w->y,
      "# What the columns mean, guessed from the headers and the data. Check it, above all\n"
      "# stages and outcomes, and give it to fit and backtest with --mapping.\n");
  const size_t order[] = {g->leads, g->whole, g->history};
  if (g->n_tables > 1) {
    add(w->y, "# The files in this order:");
    for (size_t i = 0; i < 3; i++) {
      if (order[i] == SIZE_MAX) continue;
      add(w->y, " ");
      add_plain(w->y, base_name(g->table[order[i]].path));
    }
    add(w->y, "\n");
  }
  add(w->y, "kind: %s\n", kinds[g->kind[g->whole]]);
  add(w->y, "columns:  # of ");
  add_plain(w->y, base_name(t->path));
  add(w->y, ", %zu rows looked at\n", t->n_rows);
}

void fsim_guess_write(const fsim_guess *g, const fsim_read_log_options *options, fsim_text *yaml) {
  writing w = {.g = g, .y = yaml};
  const fsim_guess_table *t = &g->table[g->whole];
  const fsim_export_kind kind = g->kind[g->whole];
  add_head(&w);
  add_columns(&w, t, kind, "  ");
  if (kind == FSIM_EXPORT_DEALS) add_attributes(&w);
  add_format(&w, options);
  if (g->leads != SIZE_MAX) {
    const fsim_guess_table *leads = &g->table[g->leads];
    add(yaml, "\nleads:  # ");
    add_plain(yaml, base_name(leads->path));
    add(yaml, "\n  columns:\n");
    add_columns(&w, leads, FSIM_EXPORT_DEALS, "    ");
    add_deal_outcomes(&w, leads, "  ");
  }
  if (g->history != SIZE_MAX) {
    add(yaml, "\nhistory:  # ");
    add_plain(yaml, base_name(g->table[g->history].path));
    add(yaml, "\n  columns:\n");
    add_columns(&w, &g->table[g->history], FSIM_EXPORT_EVENTS, "    ");
    add_flow_stages(&w, &g->table[g->history], true);
  } else if (kind == FSIM_EXPORT_EVENTS) {
    add_flow_stages(&w, t, true);
  } else if (kind == FSIM_EXPORT_DEALS) {
    add_date_stages(&w);
  }
  if (kind == FSIM_EXPORT_EVENTS) {
    add_flow_outcomes(&w, t);
    add_work(&w, t);
  } else if (kind == FSIM_EXPORT_DEALS) {
    add(yaml, "\n# By their words.\n");
    add_deal_outcomes(&w, t, "");
    add_open_statuses(&w, t);
    add_values(&w);
  }
}
