/* All tables about funnels: throughput, money, conversion, cycle times, work in progress, spread.
 */
#include <math.h>

#include "analysis/duration.h"
#include "analysis/summary_page.h"

/* ---- the usual table: mean, error of the mean, range of outcomes ---- */

enum { USUAL = 3 };

static fsim_grid usual(const char *first, const char *range) {
  fsim_grid grid = {.columns = USUAL};
  const fsim_cell_text header[USUAL] = {fsim_cell_of("mean"), fsim_cell_of("error of the mean"),
                                        fsim_cell_of(range)};
  fsim_grid_add(&grid, first, header);
  return grid;
}

static void usual_row(const fsim_page *p, fsim_grid *grid, size_t funnel, const char *what,
                      size_t group, const fsim_estimate *e, double scale, bool ranged) {
  char name[256];
  snprintf(name, sizeof name, "%s%s%s", p->scenario->funnels[funnel].name,
           what[0] == '\0' ? "" : " ", what);
  const fsim_cell_text cells[USUAL] = {fsim_say_mean(&e->mean, scale),
                                       fsim_say_error(&e->mean, scale),
                                       ranged ? fsim_say_range(e, scale) : fsim_page_blank()};
  fsim_page_row(p, grid, name, group, cells);
}

static void throughput(fsim_page *p) {
  fsim_page_title(p, "Throughput: journeys that ended in the window, per week");
  fsim_grid grid = usual("funnel, outcome", "range p10-p90");
  for (size_t i = 0; i < p->summary->n_throughput; i++) {
    const fsim_throughput_record *t = &p->summary->throughput[i];
    usual_row(p, &grid, t->funnel, p->scenario->outcomes[t->outcome].name, t->group, &t->per_week,
              1, true);
  }
  fsim_page_grid(p, &grid);
}

static void money(fsim_page *p) {
  const fsim_summary *s = p->summary;
  bool spent = fsim_page_has_cost(s);
  if (!fsim_page_has_value(s) && !spent) return;
  char currency[80];
  fsim_page_title(p, "Value of the journeys won in the window, and cost of leads%s",
                  fsim_page_currency(p, currency, sizeof currency));
  fsim_grid grid = usual("funnel, what", "range p10-p90");
  for (size_t f = 0; f < s->n_funnels; f += s->n_groups) {
    const fsim_funnel_record *r = s->funnels + f;
    bool valued = r->value_per_week.mean.estimate > 0;
    for (size_t g = 0; g < s->n_groups && valued; g++)
      usual_row(p, &grid, r->funnel, "value a week", r[g].group, &r[g].value_per_week, 1, true);
    for (size_t g = 0; g < s->n_groups && valued; g++)
      usual_row(p, &grid, r->funnel, "value a win", r[g].group, &r[g].value_per_win, 1, true);
    for (size_t g = 0; g < s->n_groups && spent; g++)
      usual_row(p, &grid, r->funnel, "leads' cost a win", r[g].group, &r[g].cost_per_win, 1, true);
  }
  fsim_page_grid(p, &grid);
  if (!spent) return;
  fsim_cell_text mean = fsim_say_mean(&s->spent_per_week[0].mean, 1);
  fsim_page_say(p,
                "All leads together cost %s %s a week; the cost a win sets the wins of each funnel "
                "against it (a segment's wins against its own leads).",
                mean.text, p->scenario->currency);
}

static fsim_estimate without_range(fsim_interval interval) {
  fsim_interval none = fsim_interval_none();
  return (fsim_estimate){interval, false, none, none, none};
}

static void eventual_row(const fsim_page *p, fsim_grid *grid, const fsim_funnel_record *r) {
  char name[256];
  snprintf(name, sizeof name, "%s eventual**", p->scenario->funnels[r->funnel].name);
  const fsim_cell_text cells[USUAL] = {fsim_say_number(r->conversion.eventual, 100),
                                       fsim_cell_of("exact"), fsim_page_blank()};
  fsim_page_row(p, grid, name, r->group, cells);
}

static void conversion(fsim_page *p) {
  const fsim_summary *s = p->summary;
  const char *why_not = NULL;
  fsim_page_title(p, "Conversion to a win in %%, of the journeys that started in the window");
  fsim_grid grid = usual("funnel, of", "range p10-p90");
  for (size_t f = 0; f < s->n_funnels; f += s->n_groups) {
    const fsim_funnel_record *r = s->funnels + f;
    for (size_t g = 0; g < s->n_groups; g++)
      usual_row(p, &grid, r->funnel, "ended", r[g].group, &r[g].won_of_ended, 100, true);
    for (size_t g = 0; g < s->n_groups; g++) {
      fsim_estimate corrected = without_range(r[g].conversion.corrected);
      usual_row(p, &grid, r->funnel, "entered*", r[g].group, &corrected, 100, false);
    }
    for (size_t g = 0; g < s->n_groups; g++) {
      if (r[g].conversion.why_not != NULL) why_not = r[g].conversion.why_not;
      if (!isnan(r[g].conversion.eventual)) eventual_row(p, &grid, &r[g]);
    }
    for (size_t g = 0; g < s->n_groups; g++)
      usual_row(p, &grid, r->funnel, "still open", r[g].group, &r[g].open_share, 100, true);
  }
  fsim_page_grid(p, &grid);
  fsim_page_say(p,
                "* of all that entered, corrected for those still open (Aalen-Johansen), up to the "
                "greatest age seen.");
  if (why_not == NULL)
    fsim_page_say(p, "** in the long run, without a horizon.");
  else
    fsim_page_say(p, "** in the long run, without a horizon; left out where %s.", why_not);
}

static void cycle_times(fsim_page *p) {
  enum { N = 4 };
  fsim_page_title(
      p,
      "Cycle time in days, start to end, of journeys that started in the window, corrected for "
      "those still open (of those that end within %.0f days); p50, p90 of journeys",
      floor(fsim_most_days(p->summary->source->shape)));
  fsim_grid grid = {.columns = N};
  const fsim_cell_text header[N] = {fsim_cell_of("mean"), fsim_cell_of("error of the mean"),
                                    fsim_cell_of("p50"), fsim_cell_of("p90")};
  fsim_grid_add(&grid, "funnel, outcome", header);
  for (size_t i = 0; i < p->summary->n_journeys; i++) {
    const fsim_journeys_record *j = &p->summary->journeys[i];
    char name[256];
    snprintf(name, sizeof name, "%s %s", p->scenario->funnels[j->funnel].name,
             p->scenario->outcomes[j->outcome].name);
    bool nobody = j->cycle_days.mean.n == 0;
    const fsim_cell_text cells[N] = {
        fsim_say_mean(&j->cycle_days.mean, 1),
        nobody ? fsim_page_blank() : fsim_say_error(&j->cycle_days.mean, 1),
        fsim_page_quantile(&j->cycle_days.p50, 1), fsim_page_quantile(&j->cycle_days.p90, 1)};
    fsim_page_row(p, &grid, name, j->group, cells);
  }
  fsim_page_grid(p, &grid);
}

static void in_progress(fsim_page *p) {
  fsim_page_title(p, "Work in progress: journeys, averaged over the window");
  fsim_grid grid = usual("funnel", "range p10-p90");
  for (size_t i = 0; i < p->summary->n_funnels; i++) {
    const fsim_funnel_record *f = &p->summary->funnels[i];
    usual_row(p, &grid, f->funnel, "", f->group, &f->wip, 1, true);
  }
  fsim_page_grid(p, &grid);
}

/* Of a cohort that has not one journey in a replication nothing can be said. */
#define LEAST_JOURNEYS 1.0
enum { COHORTS_SHOWN = 6 };

static void cohorts(fsim_page *p) {
  enum { N = 5 };
  const fsim_summary *s = p->summary;
  bool immature = false;
  fsim_page_title(
      p,
      "Cohorts: journeys of leads that arrived in the same %d weeks, the last %d cohorts "
      "with at least one a replication (all: --csv)",
      FSIM_COHORT_WEEKS, COHORTS_SHOWN);
  fsim_grid grid = {.columns = N};
  const fsim_cell_text header[N] = {fsim_cell_of("journeys"), fsim_cell_of("won %"),
                                    fsim_cell_of("error of the mean"), fsim_cell_of("open %"),
                                    fsim_cell_of("")};
  fsim_grid_add(&grid, "funnel, leads of", header);
  for (size_t i = 0; i < s->n_cohorts; i++) {
    const fsim_cohort_record *c = &s->cohorts[i];
    bool late =
        i + COHORTS_SHOWN >= s->n_cohorts || s->cohorts[i + COHORTS_SHOWN].funnel != c->funnel;
    if (!late || c->journeys < LEAST_JOURNEYS) continue;
    char name[256];
    snprintf(name, sizeof name, "%s, week %zu-%zu", p->scenario->funnels[c->funnel].name,
             c->from_week + 1, c->from_week + c->weeks);
    const fsim_cell_text cells[N] = {
        fsim_say_number(c->journeys, 1), fsim_say_mean(&c->won_share, 100),
        fsim_say_error(&c->won_share, 100), fsim_say_mean(&c->open_share, 100),
        fsim_cell_of(c->immature ? "immature" : "")};
    immature = immature || c->immature;
    fsim_grid_add(&grid, name, cells);
  }
  fsim_page_grid(p, &grid);
  if (immature)
    fsim_page_say(p,
                  "immature: more than %.0f %% still open, so its share won will rise; compare it "
                  "with others only after a longer horizon.",
                  100 * FSIM_IMMATURE_OPEN);
}

/* Which of the numbers it is, as far as each brings it about by itself. */
static void numbers(fsim_page *p) {
  enum { N = 2 };
  const fsim_summary *s = p->summary;
  if (s->n_numbers == 0) return;
  if (s->too_few_pairs) {
    fsim_page_say(p, "To tell the %zu uncertain numbers apart takes at least %zu replications.",
                  s->n_numbers, 20 * s->n_numbers);
    return;
  }
  fsim_page_title(p,
                  "Which number it is: the share of the whole spread that would go on average if "
                  "this number were known (what is left of \"uncertain\" takes several)");
  fsim_grid grid = {.columns = N};
  const fsim_cell_text header[N] = {fsim_cell_of("share %"), fsim_cell_of("error")};
  fsim_grid_add(&grid, "funnel, outcome: number", header);
  for (size_t v = 0; v < s->n_variance; v++) {
    const fsim_variance_record *record = &s->variance[v];
    const fsim_outcome *outcome = &p->scenario->outcomes[record->outcome];
    for (size_t i = 0; i < s->n_numbers && outcome->win; i++) {
      fsim_interval share = s->number_shares[v * s->n_numbers + i];
      char name[512];
      snprintf(name, sizeof name, "%s %s: %s", p->scenario->funnels[record->funnel].name,
               outcome->name, s->numbers[i]);
      if (share.estimate < 0) share.estimate = 0;
      const fsim_cell_text cells[N] = {fsim_say_mean(&share, 100), fsim_say_error(&share, 100)};
      fsim_grid_add(&grid, name, cells);
    }
  }
  fsim_page_grid(p, &grid);
}

static void spread(fsim_page *p) {
  enum { N = 3 };
  if (!p->scenario->uncertain) {
    fsim_page_title(
        p, "No number of this scenario is uncertain: the range of outcomes is all chance.");
    return;
  }
  fsim_page_title(p,
                  "Where the spread of totals comes from: chance, or numbers that are not known "
                  "(more replications remove neither; better knowledge removes the second)");
  fsim_grid grid = {.columns = N};
  const fsim_cell_text header[N] = {fsim_cell_of("chance %"), fsim_cell_of("uncertain %"),
                                    fsim_cell_of("error of the share")};
  fsim_grid_add(&grid, "funnel, outcome", header);
  for (size_t i = 0; i < p->summary->n_variance; i++) {
    const fsim_variance_record *v = &p->summary->variance[i];
    if (!p->scenario->outcomes[v->outcome].win) continue;
    char name[256];
    snprintf(name, sizeof name, "%s %s", p->scenario->funnels[v->funnel].name,
             p->scenario->outcomes[v->outcome].name);
    const fsim_cell_text cells[N] = {fsim_say_mean(&v->split.chance_share, 100),
                                     fsim_say_mean(&v->split.uncertainty_share, 100),
                                     fsim_say_error(&v->split.uncertainty_share, 100)};
    fsim_grid_add(&grid, name, cells);
  }
  fsim_page_grid(p, &grid);
  numbers(p);
}

void fsim_page_funnels(fsim_page *p) {
  throughput(p);
  money(p);
  fsim_page_narrowed_table(p);
  conversion(p);
  cycle_times(p);
  in_progress(p);
  cohorts(p);
  spread(p);
}
