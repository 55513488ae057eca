/* What is known beforehand, in words and as a table. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/summary_page.h"
#include "sim/base/text.h"

#define WORTH_TELLING 0.005 /* as a share of the interval */

static bool told(const fsim_narrowed_record *r) {
  bool of_all = r->funnel == FSIM_ALL_FUNNELS;
  return r->group == 0 && (of_all || r->metric == FSIM_PER_WEEK_WON) && isfinite(r->narrower) &&
         r->narrower > WORTH_TELLING;
}

static void say_one(const fsim_page *p, const fsim_narrowed_record *r, bool first,
                    fsim_text *text) {
  bool of_all = r->funnel == FSIM_ALL_FUNNELS;
  fsim_text_append(text, "%s%s ", first ? " " : ", ",
                   of_all ? "value a week" : p->scenario->funnels[r->funnel].name);
  if (r->exact) {
    fsim_text_append(text, "%s", fsim_say_number(r->interval.estimate, 1).text);
    return;
  }
  fsim_cell_text error = fsim_say_error(&r->interval, 1);
  fsim_text_append(text, "%s (%.0f %% narrower)", error.text, 100 * r->narrower);
}

void fsim_page_narrowed(fsim_page *p) {
  const fsim_summary *s = p->summary;
  fsim_text text = {0};
  size_t n = 0;
  bool exact = false, rest = false;
  for (size_t i = 0; i < s->n_narrowed; i++) {
    const fsim_narrowed_record *r = &s->narrowed[i];
    if (!told(r)) continue;
    exact |= r->exact;
    rest |= r->by_rest;
    say_one(p, r, n++ == 0, &text);
  }
  if (text.failed)
    p->failed = true;
  else if (n > 0 && exact)
    fsim_page_say(p,
                  "Without teams the expected figures are known exactly, whatever the "
                  "replications; won a week, or as named:%s.",
                  text.text);
  else if (n > 0)
    fsim_page_say(p,
                  "Knowing the number of leads that were to come%s narrows the error of the mean; "
                  "won a week, or as named:%s.",
                  rest ? ", and exactly what comes behind the last team," : "", text.text);
  else if (s->n_narrowed > 0)
    fsim_page_say(p,
                  "Knowing the number of leads that were to come does not narrow the error of the "
                  "mean here.");
  free(text.text);
}

static const char *what(const fsim_narrowed_record *r) {
  switch (r->metric) {
    case FSIM_PER_WEEK_WON:
      return "won a week";
    case FSIM_PER_WEEK_WON_VALUE:
      return "value a week";
    case FSIM_VALUE_PER_WIN:
      return "value a win";
    case FSIM_COST_PER_WIN:
      return "leads' cost a win";
    default:
      return "in progress";
  }
}

static fsim_cell_text percent(double share) {
  char text[32];
  if (!isfinite(share)) return fsim_page_blank();
  snprintf(text, sizeof text, "%.0f", 100 * share + 0.0);
  return fsim_cell_of(strcmp(text, "-0") == 0 ? "0" : text);
}

void fsim_page_narrowed_table(fsim_page *p) {
  enum { N = 3 };
  const fsim_summary *s = p->summary;
  if (s->n_narrowed == 0) return;
  fsim_page_title(
      p,
      "Narrower errors: the same means, given what is known of the number of leads "
      "that were to come, of what comes behind the last team and, without teams, of the "
      "wins");
  fsim_grid grid = {.columns = N};
  const fsim_cell_text header[N] = {fsim_cell_of("mean"), fsim_cell_of("error of the mean"),
                                    fsim_cell_of("narrower by %")};
  fsim_grid_add(&grid, "funnel, what", header);
  for (size_t i = 0; i < s->n_narrowed; i++) {
    const fsim_narrowed_record *r = &s->narrowed[i];
    char name[256];
    const char *funnel =
        r->funnel == FSIM_ALL_FUNNELS ? "all" : p->scenario->funnels[r->funnel].name;
    const char *group = r->group > 0 ? fsim_summary_group(s, r->group) : "";
    snprintf(name, sizeof name, "%s %s%s%s", funnel, what(r), r->group > 0 ? ", " : "", group);
    const fsim_cell_text cells[N] = {
        r->exact ? fsim_say_number(r->interval.estimate, 1) : fsim_say_mean(&r->interval, 1),
        r->exact ? fsim_cell_of("exact") : fsim_say_error(&r->interval, 1),
        r->exact ? fsim_page_blank() : percent(r->narrower)};
    fsim_grid_add(&grid, name, cells);
  }
  fsim_page_grid(p, &grid);
}
