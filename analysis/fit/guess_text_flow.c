/* A guess in words: stages, outcomes and statuses of what is open. */
#include <stdlib.h>
#include <string.h>

#include "analysis/fit/guess_text_parts.h"
#include "analysis/fit/log_parts.h"

#define add fsim_text_append

/* ---- stages and outcomes ---- */

void fsim_guess_add_flow_stages(fsim_guess_writing *w, const fsim_guess_table *t) {
  const fsim_guess_flow *flow = &w->g->flow;
  const size_t column = t->role[FSIM_COLUMN_ACTIVITY];
  add(w->y,
      "\n# In the order in which cases usually come to them (%zu cases looked at).\nstages:\n",
      flow->n_cases);
  bool joined = false;
  for (size_t i = 0; i < flow->n; i++) {
    const fsim_guess_activity *a = &flow->activity[i];
    const bool end = a->means != FSIM_GUESS_NO_ENDING && a->means != FSIM_GUESS_OPEN;
    if (a->work || end || a->cases == 0) continue;
    const char *value = t->column[column].values.name[a->value];
    bool first = true;
    if (!joined) {
      add(w->y, "  %s: [", fsim_guess_new_name(&w->names, value, strlen(value)));
    } else {
      add(w->y, ", ");
    }
    fsim_guess_add_value(w, t, column, a->value, &first);
    const fsim_guess_activity *next = i + 1 < flow->n ? a + 1 : NULL;
    joined = next != NULL && a->with_next && !next->work && next->means == FSIM_GUESS_NO_ENDING;
    if (joined) continue;
    add(w->y, "]  # %.0f %% of the cases; %.1f other activities before it\n",
        fsim_guess_percent(a->cases, flow->n_cases), a->rank);
  }
}

void fsim_guess_add_date_stages(fsim_guess_writing *w) {
  const fsim_guess *g = w->g;
  const fsim_guess_table *t = &g->table[g->whole];
  bool any = false;
  for (size_t e = 0; e < g->extras.n && g->extras.extra[e].is_date; e++) {
    const fsim_guess_column *c = &t->column[g->extras.extra[e].column];
    const char *stage;
    size_t length;
    fsim_guess_stage_date(c->words, &stage, &length);
    if (!any) add(w->y, "\n# A date for each stage, in the order of the dates.\nstages:\n");
    any = true;
    add(w->y, "  %s: {date: ", fsim_guess_new_name(&w->names, stage, length));
    fsim_guess_add_scalar(w->y, c->header);
    add(w->y, "}  # filled in for %.0f %%, %.1f days after the creation on average\n",
        fsim_guess_percent(c->filled, t->n_rows), g->extras.extra[e].after_days);
  }
}

static const char *const ending_names[] = {
    [FSIM_GUESS_WON] = "won", [FSIM_GUESS_LOST] = "lost", [FSIM_GUESS_CANCELLED] = "cancelled"};

/* Statuses, and activities of the history, that mean this end, in brackets; false when there are
 * none. */
static bool add_from(fsim_guess_writing *w, const fsim_guess_table *t, fsim_guess_ending end) {
  const fsim_guess *g = w->g;
  const size_t column = t->role[FSIM_COLUMN_STATUS];
  const fsim_name_list none = {0};
  const fsim_name_list *statuses = column == SIZE_MAX ? &none : &t->column[column].values;
  bool first = true;
  for (size_t v = 0; v < statuses->n; v++) {
    char *words = fsim_guess_words(statuses->name[v]);
    const bool same = words != NULL && fsim_guess_ending_of(words) == end;
    free(words);
    if (!same) continue;
    if (first) add(w->y, "from: [");
    fsim_guess_add_value(w, t, column, v, &first);
  }
  const bool history = g != NULL && g->history != SIZE_MAX && t == &g->table[g->whole];
  for (size_t i = 0; history && i < g->flow.n; i++) {
    const fsim_guess_activity *a = &g->flow.activity[i];
    const fsim_guess_table *h = &g->table[g->history];
    const size_t activities = h->role[FSIM_COLUMN_ACTIVITY];
    const char *name = h->column[activities].values.name[a->value];
    if (a->means != end || a->work || fsim_name_list_find(statuses, name) != FSIM_NONE) continue;
    if (first) add(w->y, "from: [");
    fsim_guess_add_value(w, h, activities, a->value, &first);
  }
  if (!first) add(w->y, "]");
  return !first;
}

static bool status_has(const fsim_guess_table *t, fsim_guess_ending end) {
  fsim_text nothing = {0};
  fsim_guess_writing w = {.y = &nothing};
  const bool has = add_from(&w, t, end);
  free(nothing.text);
  return has;
}

/* Where each end's date stands. Leads are disqualified rather than lost. */
static void find_end_dates(const fsim_guess_table *t, size_t *dates) {
  const size_t lost = t->role[FSIM_COLUMNS + FSIM_GUESS_LOST_AT];
  const bool cancelled = status_has(t, FSIM_GUESS_CANCELLED);
  dates[FSIM_GUESS_WON] = t->role[FSIM_COLUMNS + FSIM_GUESS_WON_AT];
  dates[FSIM_GUESS_LOST] = cancelled && !status_has(t, FSIM_GUESS_LOST) ? SIZE_MAX : lost;
  dates[FSIM_GUESS_CANCELLED] = cancelled ? lost : SIZE_MAX;
}

/* Leads are won by their first deal, unless a column tells when they were. */
static bool is_told(const fsim_guess_table *t, bool leads, int end, size_t date, bool named) {
  if (!named && date == SIZE_MAX) return false;
  return !leads || end != FSIM_GUESS_WON || date != SIZE_MAX ||
         t->role[FSIM_COLUMN_CLOSED] != SIZE_MAX;
}

static void add_missing_outcomes(fsim_guess_writing *w, const fsim_guess_table *t, bool any,
                                 bool any_win) {
  const size_t closed = t->role[FSIM_COLUMN_CLOSED];
  if (t->role[FSIM_COLUMN_STATUS] != SIZE_MAX && !any_win) {
    add(w->y,
        "  # No status sounds like a win: put its name here, and take it out of ignore.\n"
        "  won: {from: [won], counts_as: win}\n");
  } else if (!any && closed != SIZE_MAX) {
    add(w->y,
        "  # No column names outcomes: whatever has a date of closing counts as won.\n"
        "  won: {date: ");
    fsim_guess_add_scalar(w->y, t->column[closed].header);
    add(w->y, ", counts_as: win}\n");
  } else if (!any) {
    add(w->y,
        "  # Nothing in the data names outcomes: fill in which activities or statuses do.\n"
        "  won: {from: [won], counts_as: win}\n");
  }
}

void fsim_guess_add_deal_outcomes(fsim_guess_writing *w, const fsim_guess_table *t, bool leads) {
  const char *indent = leads ? "  " : "";
  size_t dates[FSIM_GUESS_CANCELLED + 1];
  bool any = false, any_win = false, dateless = false;
  find_end_dates(t, dates);
  for (int end = FSIM_GUESS_WON; end <= FSIM_GUESS_CANCELLED; end++) {
    const bool named = status_has(t, (fsim_guess_ending)end);
    if (!is_told(t, leads, end, dates[end], named)) continue;
    if (!any) add(w->y, "%soutcomes:\n", indent);
    add(w->y, "%s  %s: {", indent, ending_names[end]);
    if (named) add_from(w, t, (fsim_guess_ending)end);
    if (dates[end] != SIZE_MAX) {
      add(w->y, "%sdate: ", named ? ", " : "");
      fsim_guess_add_scalar(w->y, t->column[dates[end]].header);
    }
    add(w->y, "%s}\n", end == FSIM_GUESS_WON ? ", counts_as: win" : "");
    any = true;
    any_win = any_win || end == FSIM_GUESS_WON;
    dateless = dateless || (dates[end] == SIZE_MAX && t->role[FSIM_COLUMN_CLOSED] == SIZE_MAX);
  }
  if (dateless)
    add(w->y,
        "%s  # No column tells when these ended: %s count as open. Add date: COLUMN, or closed:\n"
        "%s  # among the columns.\n",
        indent, leads ? "such leads" : "such deals", indent);
  if (leads && !any_win)
    add(w->y, "%s# A lead is won when its first deal is created: no outcome here says so.\n",
        indent);
  if (leads) return;
  if (!any) add(w->y, "outcomes:\n");
  add_missing_outcomes(w, t, any, any_win);
}

static void add_work(fsim_guess_writing *w, const fsim_guess_table *t) {
  const fsim_guess_flow *flow = &w->g->flow;
  bool first = true;
  for (size_t i = 0; i < flow->n; i++) {
    if (!flow->activity[i].work) continue;
    if (first)
      add(w->y,
          "\n# They are scheduled or started, so they are work on cases, not stages.\nignore: [");
    fsim_guess_add_value(w, t, t->role[FSIM_COLUMN_ACTIVITY], flow->activity[i].value, &first);
  }
  if (!first) add(w->y, "]\n");
}

void fsim_guess_add_flow_outcomes(fsim_guess_writing *w, const fsim_guess_table *t) {
  const fsim_guess_flow *flow = &w->g->flow;
  const size_t column = t->role[FSIM_COLUMN_ACTIVITY];
  bool any_win = false;
  add(w->y, "\n# By their words, and because hardly anything follows them.\noutcomes:\n");
  for (int end = FSIM_GUESS_WON; end <= FSIM_GUESS_CANCELLED; end++) {
    bool first = true;
    for (size_t i = 0; i < flow->n; i++) {
      if ((int)flow->activity[i].means != end || flow->activity[i].work) continue;
      if (first) add(w->y, "  %s: {from: [", ending_names[end]);
      fsim_guess_add_value(w, t, column, flow->activity[i].value, &first);
    }
    if (first) continue;
    any_win = any_win || end == FSIM_GUESS_WON;
    add(w->y, "]%s}\n", end == FSIM_GUESS_WON ? ", counts_as: win" : "");
  }
  if (!any_win)
    add(w->y,
        "  # No activity sounds like a win: put its name here, and take it out of the stages.\n"
        "  won: {from: [won], counts_as: win}\n");
  add_work(w, t);
}

/* ---- statuses of what is open ---- */

static bool is_stage(const fsim_guess *g, const char *status) {
  if (g->history == SIZE_MAX) return false;
  const fsim_guess_table *t = &g->table[g->history];
  const fsim_name_list *values = &t->column[t->role[FSIM_COLUMN_ACTIVITY]].values;
  for (size_t i = 0; i < g->flow.n; i++) {
    const fsim_guess_activity *a = &g->flow.activity[i];
    if (!a->work && a->cases > 0 &&
        (a->means == FSIM_GUESS_NO_ENDING || a->means == FSIM_GUESS_OPEN) &&
        strcmp(values->name[a->value], status) == 0)
      return true;
  }
  return false;
}

/* Statuses of this table that no outcome and no stage names; `open`: what they are like. */
typedef struct open_statuses {
  size_t value[FSIM_GUESS_VALUES], n;
  bool named; /* one of them is the name of a stage rather than "open" */
} open_statuses;

static void find_open(const fsim_guess *g, const fsim_guess_table *t, bool leads,
                      open_statuses *open) {
  const size_t column = t->role[FSIM_COLUMN_STATUS];
  size_t dates[FSIM_GUESS_CANCELLED + 1];
  *open = (open_statuses){.n = 0};
  find_end_dates(t, dates);
  const bool tells_won = is_told(t, leads, FSIM_GUESS_WON, dates[FSIM_GUESS_WON], true);
  for (size_t v = 0; column != SIZE_MAX && v < t->column[column].values.n; v++) {
    const char *status = t->column[column].values.name[v];
    char *words = fsim_guess_words(status);
    const fsim_guess_ending means = words != NULL ? fsim_guess_ending_of(words) : FSIM_GUESS_OPEN;
    free(words);
    const bool goes_on = means == FSIM_GUESS_NO_ENDING || means == FSIM_GUESS_OPEN ||
                         (means == FSIM_GUESS_WON && !tells_won);
    if (!goes_on || (!leads && is_stage(g, status))) continue;
    open->value[open->n++] = v;
    open->named = open->named || means == FSIM_GUESS_NO_ENDING;
  }
}

void fsim_guess_add_open_statuses(fsim_guess_writing *w) {
  const fsim_guess *g = w->g;
  const size_t tables[] = {g->whole, g->leads};
  bool first = true;
  for (size_t i = 0; i < 2; i++) {
    open_statuses open;
    if (tables[i] == SIZE_MAX) continue;
    const fsim_guess_table *t = &g->table[tables[i]];
    find_open(g, t, i == 1, &open);
    if (open.n == 0) continue;
    const bool dated = g->extras.n > 0 && g->extras.extra[0].is_date;
    if (first) {
      add(w->y, "# Deals%s with these statuses are open.", g->leads != SIZE_MAX ? " or leads" : "");
      if (i == 0 && open.named && dated)
        add(w->y, " The dates of the stages tell where they are.");
      else if (i == 0 && open.named && g->history != SIZE_MAX)
        add(w->y, " The history tells which stages they entered.");
      else if (i == 0 && open.named)
        add(w->y,
            " When they entered such a stage stands in no\n"
            "# column here; a history of stages as a second file would tell it.");
      add(w->y, "\nignore: [");
    }
    for (size_t v = 0; v < open.n; v++)
      fsim_guess_add_value(w, t, t->role[FSIM_COLUMN_STATUS], open.value[v], &first);
  }
  if (!first) add(w->y, "]\n");
}
