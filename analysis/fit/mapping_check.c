/* Whether the parts of a mapping fit together. */
#include "analysis/fit/mapping_parts.h"

static int need_columns(fsim_report *report, const fsim_node *root, const fsim_mapped_table *table,
                        const fsim_column_role *roles, size_t n) {
  for (size_t i = 0; i < n; i++) {
    if (table->column[roles[i]] != NULL) continue;
    return fsim_bad_input(report, root->place, "columns lack \"%s\": name that column",
                          fsim_column_roles[roles[i]]);
  }
  return FSIM_OK;
}

/* Expected dates are those of the cases whose stages are told, each in one place. */
static int check_expected(const fsim_mapping *m, fsim_report *report) {
  const fsim_mapped_table *tables[] = {&m->table, &m->history, &m->leads};
  const char *wrong[] = {
      m->kind == FSIM_EXPORT_TRANSACTIONS ? "orders are not expected to close; leave expected out"
      : m->history.column[FSIM_COLUMN_EXPECTED] != NULL
          ? "expected is named twice: the history knows the date as first set, leave it out here"
          : NULL,
      NULL, "expected is a column of the deals; leads have none"};
  int status = FSIM_OK;
  for (size_t t = 0; t < 3; t++) {
    if (tables[t]->column[FSIM_COLUMN_EXPECTED] != NULL && wrong[t] != NULL)
      status = fsim_bad_input(report, tables[t]->place[FSIM_COLUMN_EXPECTED], "%s", wrong[t]);
  }
  return status;
}

int fsim_mapping_check(const fsim_mapping *m, const fsim_node *root, fsim_report *report) {
  static const fsim_column_role events[] = {FSIM_COLUMN_CASE, FSIM_COLUMN_ACTIVITY,
                                            FSIM_COLUMN_TIME};
  static const fsim_column_role deals[] = {FSIM_COLUMN_CASE, FSIM_COLUMN_CREATED};
  static const fsim_column_role orders[] = {FSIM_COLUMN_CASE, FSIM_COLUMN_TIME};
  static const fsim_column_role history[] = {FSIM_COLUMN_CASE, FSIM_COLUMN_ACTIVITY,
                                             FSIM_COLUMN_TIME};
  static const fsim_column_role leads[] = {FSIM_COLUMN_CASE, FSIM_COLUMN_CREATED};
  int status = m->kind == FSIM_EXPORT_EVENTS  ? need_columns(report, root, &m->table, events, 3)
               : m->kind == FSIM_EXPORT_DEALS ? need_columns(report, root, &m->table, deals, 2)
                                              : need_columns(report, root, &m->table, orders, 2);
  if (status == FSIM_OK && m->has_history)
    status = need_columns(report, root, &m->history, history, 3);
  if (status == FSIM_OK && m->has_leads) status = need_columns(report, root, &m->leads, leads, 2);
  if (status == FSIM_OK && m->joined && !m->has_leads)
    status = fsim_bad_input(report, root->place,
                            "kind: joined needs the table of leads: leads: {columns: {case: ..., "
                            "created: ...}}");
  if (status == FSIM_OK && m->has_leads && m->kind != FSIM_EXPORT_DEALS)
    status = fsim_bad_input(report, fsim_node_get(root, "leads")->place,
                            "leads belong to a table of deals (kind: joined)");
  if (status == FSIM_OK && m->has_history && m->kind != FSIM_EXPORT_DEALS)
    status = fsim_bad_input(report, fsim_node_get(root, "history")->place,
                            "a history belongs to a table of deals (kind: deals)");
  const bool by_lead = m->table.column[FSIM_COLUMN_PARENT] != NULL;
  const bool by_deal = m->leads.column[FSIM_COLUMN_DEAL] != NULL;
  if (status == FSIM_OK && m->has_leads && !by_lead && !by_deal)
    status = fsim_bad_input(report, root->place,
                            "columns must name the deals' column with the lead's id: lead: ...; or "
                            "those of the leads the column with the deal's id: deal: ...");
  if (status == FSIM_OK && by_lead && by_deal)
    status = fsim_bad_input(report, m->leads.place[FSIM_COLUMN_DEAL],
                            "lead and deal both say which deal came of which lead; name one");
  if (status == FSIM_OK && m->kind != FSIM_EXPORT_TRANSACTIONS && m->n_outcomes == 0)
    status = fsim_bad_input(report, root->place,
                            "outcomes are missing; write outcomes: {won: {from: [...], counts_as: "
                            "win}, lost: {from: [...]}}");
  if (status == FSIM_OK && m->kind == FSIM_EXPORT_EVENTS && m->n_stages == 0)
    status = fsim_bad_input(report, root->place,
                            "stages are missing; write stages: {name: [activity, ...], ...}");
  return status == FSIM_OK ? check_expected(m, report) : status;
}
