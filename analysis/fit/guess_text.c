/* A guess in words: a mapping file whose comments say why. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/fit/guess_text_parts.h"
#include "analysis/fit/log_parts.h"

#define add fsim_text_append

/* ---- names and scalars ---- */

void fsim_guess_add_scalar(fsim_text *y, const char *text) {
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

static bool is_known(const fsim_guess_names *known, const char *name) {
  for (size_t i = 0; i < known->n; i++) {
    if (strcmp(known->name[i], name) == 0) return true;
  }
  return false;
}

const char *fsim_guess_new_name(fsim_guess_names *known, const char *text, size_t length) {
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

double fsim_guess_percent(size_t part, size_t whole) {
  return whole == 0 ? 0 : 100.0 * (double)part / (double)whole;
}

/* ---- columns ---- */

void fsim_guess_add_value(fsim_guess_writing *w, const fsim_guess_table *t, size_t column,
                          size_t value, bool *first) {
  add(w->y, "%s", *first ? "" : ", ");
  fsim_guess_add_scalar(w->y, t->column[column].values.name[value]);
  *first = false;
}

static void add_column(fsim_guess_writing *w, const fsim_guess_table *t, size_t role,
                       const char *indent, const char *why) {
  const size_t c = t->role[role];
  if (c == SIZE_MAX) return;
  const fsim_guess_column *column = &t->column[c];
  add(w->y, "%s%s: ", indent, fsim_column_roles[role]);
  fsim_guess_add_scalar(w->y, column->header);
  add(w->y, "  # %s; filled in on %.0f %% of the rows", why,
      fsim_guess_percent(column->filled, t->n_rows));
  if (!column->many && !fsim_guess_is_date(column) && !fsim_guess_is_number(column))
    add(w->y, ", %zu different values", column->values.n);
  add(w->y, "\n");
}

static void add_expected(fsim_guess_writing *w, const fsim_guess_table *t, bool deals,
                         const char *indent) {
  const size_t c = t->role[FSIM_COLUMN_EXPECTED];
  const fsim_text *doubt = &w->g->doubts.expected;
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
    fsim_guess_add_scalar(w->y, column->header);
    add(w->y, ", as: first}  # a date of closing that was planned, the first one by the header\n");
    return;
  }
  add_column(w, t, FSIM_COLUMN_EXPECTED, indent,
             deals ? "dates, of a planned closing by the header; used if they tell more than chance"
                   : "dates, of a planned closing by the header; each case's first one counts");
}

static void add_columns(fsim_guess_writing *w, const fsim_guess_table *t, fsim_export_kind kind,
                        const char *indent) {
  const bool deals = kind == FSIM_EXPORT_DEALS;
  add_column(w, t, FSIM_COLUMN_CASE, indent,
             deals ? "different on every row" : "several rows have the same one");
  if (deals) {
    add_column(w, t, FSIM_COLUMN_PARENT, indent, "holds ids of the table of leads");
    add_column(w, t, FSIM_COLUMN_DEAL, indent, "holds ids of the table of deals");
    add_column(w, t, FSIM_COLUMN_CREATED, indent, "dates, of the creation by the header");
    add_column(w, t, FSIM_COLUMN_CLOSED, indent, "dates, of closing by the header");
    add_column(w, t, FSIM_COLUMN_STATUS, indent, "its values or its header say how deals end");
  } else {
    add_column(w, t, FSIM_COLUMN_ACTIVITY, indent, "a few different texts");
    add_column(w, t, FSIM_COLUMN_TIME, indent, "dates or times");
    add_column(w, t, FSIM_COLUMN_LIFECYCLE, indent, "steps of a piece of work");
    add_column(w, t, FSIM_COLUMN_RESOURCE, indent, "who did it, by the header");
    add_column(w, t, FSIM_COLUMN_ORDER, indent, "the order that a row is a line of");
  }
  add_column(w, t, FSIM_COLUMN_VALUE, indent, "numbers, an amount by the header");
  add_column(w, t, FSIM_COLUMN_QUANTITY, indent, "times the value, which is a price by its header");
  add_expected(w, t, deals, indent);
}

/* Why reading refused the column as an attribute; NULL when it did not. */
static const char *refused(const fsim_guess *g, const char *header) {
  const int32_t at = fsim_name_list_find(&g->doubts.attributes, header);
  return at == FSIM_NONE ? NULL : g->doubts.why.name[at];
}

/* Deals have the attributes of their lead, which come first. */
static bool have_leads(const fsim_guess *g, const fsim_guess_column *c) {
  for (size_t e = 0; g->leads != SIZE_MAX && e < g->lead_extras.n; e++) {
    const fsim_guess_table *leads = &g->table[g->leads];
    if (strcmp(leads->column[g->lead_extras.extra[e].column].words, c->words) == 0) return true;
  }
  return false;
}

static void add_attributes(fsim_guess_writing *w, const fsim_guess_table *t,
                           const fsim_guess_extras *x, const char *indent) {
  const fsim_guess *g = w->g;
  bool any = false;
  for (size_t e = 0; e < x->n; e++) {
    const fsim_guess_column *c = &t->column[x->extra[e].column];
    const char *why = refused(g, c->header);
    if (x->extra[e].is_date) continue;
    const bool twice = x == &g->extras && have_leads(g, c);
    if (why != NULL || x->extra[e].leak || twice) {
      add(w->y, "%s# ", indent);
      add_plain(w->y, c->header);
      add(w->y, " is left out: ");
      if (twice)
        add(w->y, "deals have that of their lead\n");
      else if (why != NULL)
        add(w->y, "it %s\n", why);
      else
        add(w->y,
            "it is filled in for %.0f %% of the wins and %.0f %% of the others: it tells the "
            "outcome\n",
            fsim_guess_percent(x->extra[e].won, x->won_rows),
            fsim_guess_percent(x->extra[e].others, x->other_rows));
      continue;
    }
    if (!any) add(w->y, "%sattributes:\n", indent);
    any = true;
    add(w->y, "%s  %s: ", indent, fsim_guess_new_name(&w->attributes, c->words, strlen(c->words)));
    fsim_guess_add_scalar(w->y, c->header);
    add(w->y, "  # a text with %zu different values\n", c->values.n);
  }
}

/* where: {Field: StageName} */
static void add_where(fsim_guess_writing *w, const fsim_guess_table *t, const char *indent) {
  if (t->filter == SIZE_MAX) return;
  add(w->y, "%swhere: {", indent);
  fsim_guess_add_scalar(w->y, t->column[t->filter].header);
  add(w->y, ": ");
  fsim_guess_add_scalar(w->y, t->filter_value);
  add(w->y, "}  # changes of the stage; those of other fields are left out\n");
}

/* ---- the whole ---- */

static const char *base_name(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash != NULL ? slash + 1 : path;
}

static void add_date_format(fsim_guess_writing *w, const fsim_read_log_options *options) {
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

static void add_format(fsim_guess_writing *w, const fsim_read_log_options *options) {
  const fsim_guess_table *t = &w->g->table[w->g->whole];
  add_date_format(w, options);
  if (t->delimiter == ' ') add(w->y, "delimiter: blanks  # no other sign parts the columns\n");
  const size_t value = t->role[FSIM_COLUMN_VALUE];
  if (value != SIZE_MAX && t->column[value].commas > t->column[value].points)
    add(w->y, "decimal: \",\"  # amounts such as 1.234,50\n");
}

static void add_values(fsim_guess_writing *w) {
  const fsim_guess_extras *x = &w->g->extras;
  if (2 * x->values_of_won < x->won_rows || x->won_rows == 0) return;
  if (20 * x->values_of_open > x->other_rows) return;
  add(w->y, "values: at_win  # %.0f %% of the wins have a value above 0, %.0f %% of the others\n",
      fsim_guess_percent(x->values_of_won, x->won_rows),
      fsim_guess_percent(x->values_of_open, x->other_rows));
}

static void add_head(fsim_guess_writing *w) {
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
  add(w->y, "kind: %s\n",
      g->leads != SIZE_MAX ? "joined  # leads, and the deals that came of them"
                           : kinds[g->kind[g->whole]]);
  add(w->y, "columns:  # of ");
  add_plain(w->y, base_name(t->path));
  add(w->y, ", %zu rows looked at\n", t->n_rows);
}

static void add_leads(fsim_guess_writing *w) {
  const fsim_guess_table *t = &w->g->table[w->g->leads];
  add(w->y, "\nleads:  # ");
  add_plain(w->y, base_name(t->path));
  add(w->y, "\n  columns:\n");
  add_columns(w, t, FSIM_EXPORT_DEALS, "    ");
  add_attributes(w, t, &w->g->lead_extras, "    ");
  fsim_guess_add_deal_outcomes(w, t, true);
}

static void add_history(fsim_guess_writing *w) {
  const fsim_guess_table *t = &w->g->table[w->g->history];
  add(w->y, "\nhistory:  # ");
  add_plain(w->y, base_name(t->path));
  add(w->y, "\n  columns:\n");
  add_columns(w, t, FSIM_EXPORT_EVENTS, "    ");
  add_where(w, t, "  ");
  fsim_guess_add_flow_stages(w, t);
}

void fsim_guess_write(const fsim_guess *g, const fsim_read_log_options *options, fsim_text *yaml) {
  fsim_guess_writing w = {.g = g, .y = yaml};
  const fsim_guess_table *t = &g->table[g->whole];
  const fsim_export_kind kind = g->kind[g->whole];
  add_head(&w);
  add_columns(&w, t, kind, "  ");
  add_attributes(&w, t, &g->extras, "  ");
  add_where(&w, t, "");
  add_format(&w, options);
  if (g->leads != SIZE_MAX) add_leads(&w);
  if (g->history != SIZE_MAX)
    add_history(&w);
  else if (kind == FSIM_EXPORT_EVENTS)
    fsim_guess_add_flow_stages(&w, t);
  else if (kind == FSIM_EXPORT_DEALS)
    fsim_guess_add_date_stages(&w);
  if (kind == FSIM_EXPORT_EVENTS) {
    fsim_guess_add_flow_outcomes(&w, t);
  } else if (kind == FSIM_EXPORT_DEALS) {
    add(yaml, "\n# By their words.\n");
    fsim_guess_add_deal_outcomes(&w, t, false);
    fsim_guess_add_open_statuses(&w);
    add_values(&w);
  }
}
