/* An A/B test as text and as JSON. */
#include <math.h>
#include <stdlib.h>

#include "analysis/decide/json_parts.h"
#include "analysis/decide/said.h"
#include "analysis/decide/trial.h"
#include "analysis/grid.h"
#include "sim/base/text.h"

enum { MOST_LINES = 6, COLUMNS = 5 };

/* How long, or why that is not known. */
static void say_needed(const fsim_trial *t, fsim_text *text) {
  const fsim_interval *last = &t->weeks[t->n_weeks - 1].seen;
  if (t->needed > 0) {
    fsim_text_append(text, "%zu weeks of it", t->needed);
    if (t->low > 0 && t->high > 0)
      fsim_text_append(text, " (%zu to %zu, sure to %.4g %%)", t->low, t->high,
                       100 * t->confidence);
    else if (t->low > 0)
      fsim_text_append(text, " (at least %zu, sure to %.4g %%)", t->low, 100 * t->confidence);
    fsim_text_append(text, " show that the change makes a difference with a probability of %.4g %%",
                     100 * t->power);
    return;
  }
  fsim_text_append(text,
                   "%zu weeks of it would not do: they show a difference with a probability of "
                   "%.0f %% (%.0f to %.0f), not %.4g %%",
                   t->n_weeks, 100 * last->estimate, 100 * last->low, 100 * last->high,
                   100 * t->power);
  if (isfinite(t->about) && t->about > (double)t->n_weeks)
    fsim_text_append(text, "; about %s would", fsim_say_number(t->about, 1).text);
  else if (isnan(t->about))
    fsim_text_append(text, "; no difference is seen in the mean of all replications either");
}

static int print_weeks(const fsim_trial *t, FILE *out) {
  fsim_grid grid = {.columns = COLUMNS};
  const fsim_cell_text header[COLUMNS] = {fsim_cell_of("leads with"), fsim_cell_of("without"),
                                          fsim_cell_of("won with, %"), fsim_cell_of("without, %"),
                                          fsim_cell_of("difference seen in")};
  fsim_grid_add(&grid, "after", header);
  size_t end = t->high > 0 ? t->high : t->n_weeks;
  size_t step = (end + MOST_LINES - 1) / MOST_LINES;
  for (size_t w = 1; w <= end; w++) {
    if (w % step != 0 && w != t->needed && w != end) continue;
    const fsim_trial_week *week = &t->weeks[w - 1];
    char name[32];
    fsim_cell_text seen;
    snprintf(name, sizeof name, "%zu week%s", w, w == 1 ? "" : "s");
    snprintf(seen.text, sizeof seen.text, "%.0f %% (%.0f to %.0f)", 100 * week->seen.estimate,
             100 * week->seen.low, 100 * week->seen.high);
    const fsim_cell_text cells[COLUMNS] = {
        fsim_say_number(week->leads[1], 1), fsim_say_number(week->leads[0], 1),
        fsim_say_number(week->won[1], 100), fsim_say_number(week->won[0], 100), seen};
    fsim_grid_add(&grid, name, cells);
  }
  return fsim_grid_print(&grid, out);
}

int fsim_trial_text(const fsim_trial *t, FILE *out) {
  fsim_text text = {0};
  fsim_text_append(&text, "%s as an A/B test (%s; %.3g %% of leads get it): ", t->variant, t->text,
                   100 * t->share);
  if (t->unfit != NULL) {
    fsim_text_append(&text, "%s.", t->unfit);
  } else {
    say_needed(t, &text);
    fsim_text_append(&text,
                     ". Counted are leads from their first entry into %s on, and who of them has "
                     "won in %s so far; the test is of two shares, two-sided, at %.4g %%, looked "
                     "at once.",
                     t->stages, t->funnel, 100 * t->confidence);
  }
  int failed = text.failed || fputc('\n', out) == EOF || fsim_print_wrapped(out, text.text) != 0;
  free(text.text);
  if (failed) return -1;
  return t->unfit != NULL ? 0 : print_weeks(t, out);
}

static json_t *week_json(const fsim_trial *t, size_t w) {
  const fsim_trial_week *week = &t->weeks[w];
  return json_pack("{s:I, s:o, s:o, s:o, s:o, s:o}", "weeks", (json_int_t)(w + 1), "seen",
                   fsim_json_interval(&week->seen), "leads_with", fsim_json_number(week->leads[1]),
                   "leads_without", fsim_json_number(week->leads[0]), "won_with",
                   fsim_json_number(week->won[1]), "won_without", fsim_json_number(week->won[0]));
}

/* null for weeks that are not known. */
static json_t *weeks_or_null(size_t weeks) {
  return weeks > 0 ? json_integer((json_int_t)weeks) : json_null();
}

json_t *fsim_trial_json(const fsim_trial *t) {
  json_t *curve = json_array();
  for (size_t w = 0; w < t->n_weeks; w++)
    if (json_array_append_new(curve, week_json(t, w)) != 0) {
      json_decref(curve);
      return NULL;
    }
  return json_pack("{s:s, s:s, s:f, s:s, s:s?, s:s?, s:f, s:f, s:I, s:o, s:o, s:o, s:o, s:o}",
                   "variant", t->variant, "change", t->text, "share", t->share, "stages",
                   t->stages == NULL ? "" : t->stages, "wins_of", t->funnel, "unfit", t->unfit,
                   "power", t->power, "confidence", t->confidence, "replications",
                   (json_int_t)t->replications, "weeks_needed", weeks_or_null(t->needed),
                   "weeks_low", weeks_or_null(t->low), "weeks_high", weeks_or_null(t->high),
                   "weeks_about", fsim_json_number(t->needed > 0 ? NAN : t->about), "curve", curve);
}
