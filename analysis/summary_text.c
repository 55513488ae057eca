/* The summary for a planner: plain English on 80 columns. */
#include <math.h>
#include <stdarg.h>
#include <string.h>

#include "analysis/summary.h"
#include "analysis/words.h"
#include "sim/base/quantity.h"

typedef struct page {
  const fsim_summary *summary;
  const fsim_scenario *scenario;
  FILE *out;
  bool failed;
} page;

__attribute__((format(printf, 2, 3))) static void say(page *p, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  if (vfprintf(p->out, format, arguments) < 0) p->failed = true;
  va_end(arguments);
}

/* One paragraph, wrapped. */
__attribute__((format(printf, 2, 3))) static void paragraph(page *p, const char *format, ...) {
  va_list arguments;
  char text[1024];
  va_start(arguments, format);
  int length = vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  if (length < 0 || fsim_print_wrapped(p->out, text) < 0) p->failed = true;
}

static void row(page *p, const int *widths, size_t n, const char *const *cells) {
  if (fsim_print_row(p->out, widths, n, cells) < 0) p->failed = true;
}

/* Names are told once: a cell that repeats the one above stays empty. */
typedef struct above {
  size_t first, second;
} above;
#define NOTHING_ABOVE ((above){SIZE_MAX, SIZE_MAX})

/* ---- the usual table: who, what, group, mean, error of the mean, range of outcomes ---- */

static const int usual[] = {11, 10, 10, -9, -17, -17};
enum { USUAL = sizeof usual / sizeof *usual };

static void usual_header(page *p, const char *second, const char *range) {
  const fsim_attribute *attribute = &p->scenario->attributes[p->summary->attribute];
  const char *cells[] = {"funnel", second, attribute->name, "mean", "error of the mean", range};
  row(p, usual, USUAL, cells);
}

static void usual_row(page *p, above *last, size_t funnel, size_t key, const char *what,
                      size_t group, const fsim_estimate *e, double scale) {
  fsim_cell_text mean = fsim_say_mean(&e->mean, scale), error = fsim_say_error(&e->mean, scale);
  fsim_cell_text range = fsim_say_range(e, scale);
  bool same = last->first == funnel;
  const char *cells[] = {same ? "" : p->scenario->funnels[funnel].name,
                         same && last->second == key ? "" : what,
                         fsim_summary_group(p->summary, group),
                         mean.text,
                         error.text,
                         range.text};
  row(p, usual, USUAL, cells);
  *last = (above){funnel, key};
}

/* ---- sections ---- */

static void headline(page *p, const fsim_summary_frame *frame) {
  const fsim_scenario *s = p->scenario;
  char start[32], from[32], to[32];
  fsim_format_date(s->start_days, start, sizeof start);
  fsim_format_date(s->start_days + (int32_t)(s->warm_up_s / FSIM_DAY), from, sizeof from);
  fsim_format_date(s->start_days + (int32_t)(s->horizon_s / FSIM_DAY), to, sizeof to);
  bool titled = s->title != NULL && strcmp(s->title, s->name) != 0;
  paragraph(p, "%s%s%s", s->name, titled ? ": " : "", titled ? s->title : "");
  say(p, "%u replication%s of %.4g weeks from %s, seed %llu%s%s\n",
      p->summary->source->replications, p->summary->source->replications == 1 ? "" : "s",
      s->horizon_s / FSIM_WEEK, start, (unsigned long long)s->seed,
      frame->engine != NULL ? ", engine " : "", frame->engine != NULL ? frame->engine : "");
  say(p, "Window: %s to %s, %.4g weeks", from, to, p->summary->window_days / 7);
  if (s->warm_up_s > 0) say(p, " after a warm-up of %.4g", s->warm_up_s / FSIM_WEEK);
  say(p, "\n");
  if (!frame->complete) say(p, "Not complete: the run was stopped; go on with --resume.\n");
  for (size_t w = 0; w < frame->n_warnings; w++) paragraph(p, "Warning: %s", frame->warnings[w]);
  if (p->summary->units < 2) {
    paragraph(p, "Warning: one %s gives no error of the mean; use more replications.",
              s->uncertain ? "pair of replications" : "replication");
  }
  say(p,
      "\nError of the mean: the mean of endless replications lies there, %.4g %% sure; more\n"
      "replications narrow it. Range of outcomes: p10 to p90 of single replications;\n"
      "it stays as wide however many are run.\n",
      100 * p->summary->confidence);
  if (s->uncertain) {
    say(p, "Some numbers are uncertain: errors rest on the %zu pairs that share them.\n",
        p->summary->units);
  }
}

static void throughput(page *p) {
  above last = NOTHING_ABOVE;
  say(p, "\nThroughput: journeys that ended in the window, per week\n");
  usual_header(p, "outcome", "range p10-p90");
  for (size_t i = 0; i < p->summary->n_throughput; i++) {
    const fsim_throughput_record *t = &p->summary->throughput[i];
    usual_row(p, &last, t->funnel, t->outcome, p->scenario->outcomes[t->outcome].name, t->group,
              &t->per_week, 1);
  }
}

/* Money is shown in units, thousands or millions, so that the largest fits its column. */
static double money_scale(const fsim_summary *summary, const char **name) {
  double most = 0;
  for (size_t i = 0; i < summary->n_funnels; i++) {
    most = fmax(most, summary->funnels[i].value_per_week.mean.estimate);
  }
  *name = most >= 1e7 ? "million " : most >= 1e5 ? "thousand " : "";
  return most >= 1e7 ? 1e-6 : most >= 1e5 ? 1e-3 : 1;
}

static void money(page *p) {
  const fsim_summary *s = p->summary;
  const char *unit;
  double scale = money_scale(s, &unit);
  bool spent = s->spent_per_week[0].mean.estimate > 0, any = spent;
  for (size_t i = 0; i < s->n_funnels; i++) {
    any = any || s->funnels[i].value_per_week.mean.estimate > 0;
  }
  if (!any) return;
  above last = NOTHING_ABOVE;
  say(p, "\nValue won in the window, and cost: per week in %s%s, per win in %s\n", unit,
      p->scenario->currency, p->scenario->currency);
  usual_header(p, "what", "range p10-p90");
  for (size_t f = 0; f < s->n_funnels; f += s->n_groups) {
    const fsim_funnel_record *r = s->funnels + f;
    bool valued = r->value_per_week.mean.estimate > 0;
    for (size_t g = 0; g < s->n_groups && valued; g++) {
      usual_row(p, &last, r->funnel, 0, "value/w", r[g].group, &r[g].value_per_week, scale);
    }
    for (size_t g = 0; g < s->n_groups && valued; g++) {
      usual_row(p, &last, r->funnel, 1, "value/win", r[g].group, &r[g].value_per_win, 1);
    }
    for (size_t g = 0; g < s->n_groups && spent; g++) {
      usual_row(p, &last, r->funnel, 2, "cost/win", r[g].group, &r[g].cost_per_win, 1);
    }
  }
  if (!spent) return;
  fsim_cell_text mean = fsim_say_mean(&s->spent_per_week[0].mean, 1);
  say(p, "All leads cost %s %s a week; cost/win is that over the funnel's wins.\n", mean.text,
      p->scenario->currency);
}

static fsim_estimate without_range(fsim_interval interval) {
  fsim_interval none = fsim_interval_none();
  return (fsim_estimate){interval, false, none, none, none};
}

static void conversion(page *p) {
  const fsim_summary *s = p->summary;
  above last = NOTHING_ABOVE;
  const char *why_not = NULL;
  say(p, "\nConversion to a win in %%, of the journeys that started in the window\n");
  usual_header(p, "of", "range p10-p90");
  for (size_t f = 0; f < s->n_funnels; f += s->n_groups) {
    const fsim_funnel_record *r = s->funnels + f;
    for (size_t g = 0; g < s->n_groups; g++) {
      usual_row(p, &last, r->funnel, 0, "ended", r[g].group, &r[g].won_of_ended, 100);
    }
    for (size_t g = 0; g < s->n_groups; g++) {
      fsim_estimate corrected = without_range(r[g].conversion.corrected);
      usual_row(p, &last, r->funnel, 1, "entered*", r[g].group, &corrected, 100);
    }
    for (size_t g = 0; g < s->n_groups; g++) {
      if (r[g].conversion.why_not != NULL) why_not = r[g].conversion.why_not;
      if (isnan(r[g].conversion.eventual)) continue;
      fsim_interval exact = fsim_interval_none();
      exact.estimate = r[g].conversion.eventual;
      fsim_estimate eventual = without_range(exact);
      usual_row(p, &last, r->funnel, 2, "eventual**", r[g].group, &eventual, 100);
    }
    for (size_t g = 0; g < s->n_groups; g++) {
      usual_row(p, &last, r->funnel, 3, "still open", r[g].group, &r[g].open_share, 100);
    }
  }
  say(p,
      "* of all that entered, corrected for those still open (Aalen-Johansen), up to\n"
      "  the greatest age seen. ** exact, in the long run, without a horizon");
  say(p, why_not != NULL ? "; left out\n   where %s.\n" : ".\n", why_not);
}

static void cycle_times(page *p) {
  static const int widths[] = {12, 12, 10, -9, -17, -7, -7};
  enum { N = sizeof widths / sizeof *widths };
  const fsim_attribute *attribute = &p->scenario->attributes[p->summary->attribute];
  const char *header[] = {"funnel", "outcome", attribute->name, "mean", "error of the mean",
                          "p50",    "p90"};
  above last = NOTHING_ABOVE;
  say(p,
      "\nCycle time in days, start to end, of journeys that started in the window and\n"
      "ended by the horizon (slow ones still open are not in it); p50, p90 of journeys\n");
  row(p, widths, N, header);
  for (size_t i = 0; i < p->summary->n_journeys; i++) {
    const fsim_journeys_record *j = &p->summary->journeys[i];
    fsim_cell_text mean = fsim_say_mean(&j->cycle_days.mean, 1);
    fsim_cell_text error = fsim_say_error(&j->cycle_days.mean, 1);
    fsim_cell_text p50 = fsim_say_number(j->cycle_days.p50.estimate, 1);
    fsim_cell_text p90 = fsim_say_number(j->cycle_days.p90.estimate, 1);
    bool same = last.first == j->funnel;
    bool nobody = j->cycle_days.mean.n == 0;
    const char *cells[] = {
        same ? "" : p->scenario->funnels[j->funnel].name,
        same && last.second == j->outcome ? "" : p->scenario->outcomes[j->outcome].name,
        fsim_summary_group(p->summary, j->group),
        mean.text,
        nobody ? "" : error.text,
        nobody ? "" : p50.text,
        nobody ? "" : p90.text};
    row(p, widths, N, cells);
    last = (above){j->funnel, j->outcome};
  }
}

static void stages(page *p) {
  static const int widths[] = {21, 10, -8, -7, -16, -6, -6};
  enum { N = sizeof widths / sizeof *widths };
  const fsim_attribute *attribute = &p->scenario->attributes[p->summary->attribute];
  const char *header[] = {"stage",         attribute->name, "in / w", "mean d",
                          "error of mean", "p50",           "p90"};
  size_t last = SIZE_MAX;
  say(p,
      "\nStages: visits that began in the window, per week, and days in the stage of\n"
      "those that ended by the horizon; p50, p90 of visits\n");
  row(p, widths, N, header);
  for (size_t i = 0; i < p->summary->n_stages; i++) {
    const fsim_stage_record *s = &p->summary->stages[i];
    char name[256];
    snprintf(name, sizeof name, "%s.%s", p->scenario->funnels[s->funnel].name,
             p->scenario->stages[s->stage].name);
    fsim_cell_text entered = fsim_say_mean(&s->entered_per_week.mean, 1);
    fsim_cell_text mean = fsim_say_mean(&s->time_days.mean, 1);
    fsim_cell_text error = fsim_say_error(&s->time_days.mean, 1);
    fsim_cell_text p50 = fsim_say_number(s->time_days.p50.estimate, 1);
    fsim_cell_text p90 = fsim_say_number(s->time_days.p90.estimate, 1);
    bool nobody = s->time_days.mean.n == 0;
    const char *cells[] = {last == s->stage ? "" : name,
                           fsim_summary_group(p->summary, s->group),
                           entered.text,
                           nobody ? "n/a" : mean.text,
                           nobody ? "(n=0)" : error.text,
                           nobody ? "" : p50.text,
                           nobody ? "" : p90.text};
    row(p, widths, N, cells);
    last = s->stage;
  }
}

static void busiest(page *p) {
  const fsim_team_record *t = fsim_busiest_team(p->summary);
  if (t == NULL) return;
  fsim_cell_text share = fsim_say_mean(&t->utilisation.mean, 100);
  fsim_cell_text queue = fsim_say_mean(&t->queue_days.mean, 1);
  say(p,
      "The busiest team is %s: its places are busy %s %% of open hours, and visits\n"
      "wait %s days for it.\n",
      p->scenario->teams[t->team].name, share.text, queue.text);
}

static void teams(page *p) {
  static const int widths[] = {16, -7, -16, -7, -7, -7, -10};
  enum { N = sizeof widths / sizeof *widths };
  const char *header[] = {"team", "busy %", "error of mean", "queue", "wait d", "p90", "gave up %"};
  if (p->summary->n_teams == 0) return;
  say(p,
      "\nTeams: share of open hours in which places are busy; visits in the queue, days\n"
      "in it of those whose work began (p90 of visits), and share that gave up\n");
  row(p, widths, N, header);
  for (size_t i = 0; i < p->summary->n_teams; i++) {
    const fsim_team_record *t = &p->summary->teams[i];
    fsim_cell_text busy = fsim_say_mean(&t->utilisation.mean, 100);
    fsim_cell_text error = fsim_say_error(&t->utilisation.mean, 100);
    fsim_cell_text queue = fsim_say_mean(&t->queue_length.mean, 1);
    fsim_cell_text wait = fsim_say_mean(&t->queue_days.mean, 1);
    fsim_cell_text p90 = fsim_say_number(t->queue_days.p90.estimate, 1);
    fsim_cell_text left = fsim_say_mean(&t->abandoned_share.mean, 100);
    const char *cells[] = {p->scenario->teams[t->team].name,
                           busy.text,
                           error.text,
                           queue.text,
                           wait.text,
                           p90.text,
                           left.text};
    row(p, widths, N, cells);
  }
  busiest(p);
}

static void in_progress(page *p) {
  above last = NOTHING_ABOVE;
  say(p, "\nWork in progress: journeys, averaged over the window\n");
  usual_header(p, "", "range p10-p90");
  for (size_t i = 0; i < p->summary->n_funnels; i++) {
    const fsim_funnel_record *f = &p->summary->funnels[i];
    usual_row(p, &last, f->funnel, 0, "", f->group, &f->wip, 1);
  }
}

/* Cohorts of one funnel to be shown: the last few, where immaturity matters. */
enum { COHORTS_SHOWN = 6 };

static void cohorts(page *p) {
  static const int widths[] = {12, 12, -9, -7, -17, -7, 8};
  enum { N = sizeof widths / sizeof *widths };
  const char *header[] = {
      "funnel", "lead arrived", "journeys", "won %", "error of the mean", "open %", ""};
  const fsim_summary *s = p->summary;
  size_t last = SIZE_MAX;
  say(p,
      "\nCohorts: journeys of leads that arrived in the same %d weeks, the last %d cohorts\n"
      "(all: --csv); immature: more than %.0f %% still open, its share won will rise\n",
      FSIM_COHORT_WEEKS, COHORTS_SHOWN, 100 * FSIM_IMMATURE_OPEN);
  row(p, widths, N, header);
  for (size_t i = 0; i < s->n_cohorts; i++) {
    const fsim_cohort_record *c = &s->cohorts[i];
    bool late =
        i + COHORTS_SHOWN >= s->n_cohorts || s->cohorts[i + COHORTS_SHOWN].funnel != c->funnel;
    if (!late) continue;
    char weeks[32];
    snprintf(weeks, sizeof weeks, "week %zu-%zu", c->from_week + 1, c->from_week + c->weeks);
    fsim_cell_text journeys = fsim_say_number(c->journeys, 1);
    fsim_cell_text won = fsim_say_mean(&c->won_share, 100);
    fsim_cell_text error = fsim_say_error(&c->won_share, 100);
    fsim_cell_text open = fsim_say_mean(&c->open_share, 100);
    const char *cells[] = {last == c->funnel ? "" : p->scenario->funnels[c->funnel].name,
                           weeks,
                           journeys.text,
                           won.text,
                           error.text,
                           open.text,
                           c->immature ? "immature" : ""};
    row(p, widths, N, cells);
    last = c->funnel;
  }
}

static void rules(page *p) {
  static const int widths[] = {23, 12, -8, -16, -7, -8};
  enum { N = sizeof widths / sizeof *widths };
  const char *header[] = {"stage", "rule", "ended/w", "error of mean", "win %", "lost / w"};
  if (p->summary->n_rules == 0) return;
  say(p,
      "\nRules: visits that they ended, how many of these journeys would have been won,\n"
      "and the value of those wins per week in %s\n",
      p->scenario->currency);
  row(p, widths, N, header);
  for (size_t i = 0; i < p->summary->n_rules; i++) {
    const fsim_rule_record *r = &p->summary->rules[i];
    char name[256];
    snprintf(name, sizeof name, "%s.%s", p->scenario->funnels[r->funnel].name,
             p->scenario->stages[r->stage].name);
    fsim_cell_text ended = fsim_say_mean(&r->ended_per_week.mean, 1);
    fsim_cell_text error = fsim_say_error(&r->ended_per_week.mean, 1);
    fsim_cell_text win = fsim_say_mean(&r->would_win, 100);
    fsim_cell_text value = fsim_say_mean(&r->value_per_week, 1);
    const char *rule = r->expires && r->drops ? "expire, drop" : r->expires ? "expire" : "drop";
    bool known = r->would_win.n > 0;
    const char *cells[] = {
        name, rule, ended.text, error.text, known ? win.text : "n/a", known ? value.text : "n/a"};
    row(p, widths, N, cells);
    if (r->why_not != NULL) say(p, "  what would have been won is not known: %s\n", r->why_not);
  }
}

static void variance(page *p) {
  static const int widths[] = {12, 12, -10, -12, -18};
  enum { N = sizeof widths / sizeof *widths };
  const char *header[] = {"funnel", "outcome", "chance %", "uncertain %", "error of the share"};
  if (!p->scenario->uncertain) {
    say(p, "\nNo number of this scenario is uncertain: the range of outcomes is all chance.\n");
    return;
  }
  say(p,
      "\nWhere the spread of totals comes from: chance, or numbers that are not known\n"
      "(more replications remove neither; better knowledge removes the second)\n");
  row(p, widths, N, header);
  for (size_t i = 0; i < p->summary->n_variance; i++) {
    const fsim_variance_record *v = &p->summary->variance[i];
    if (!p->scenario->outcomes[v->outcome].win) continue;
    const fsim_interval *u = &v->split.uncertainty_share;
    fsim_cell_text chance = fsim_say_mean(&v->split.chance_share, 100);
    fsim_cell_text share = fsim_say_mean(u, 100);
    fsim_cell_text error = fsim_say_error(u, 100);
    const char *cells[] = {p->scenario->funnels[v->funnel].name,
                           p->scenario->outcomes[v->outcome].name, chance.text, share.text,
                           error.text};
    row(p, widths, N, cells);
  }
}

int fsim_summary_text(const fsim_summary *summary, const fsim_summary_frame *frame, FILE *out,
                      fsim_report *report) {
  page p = {summary, summary->source->scenario, out, false};
  headline(&p, frame);
  throughput(&p);
  money(&p);
  conversion(&p);
  cycle_times(&p);
  in_progress(&p);
  stages(&p);
  teams(&p);
  rules(&p);
  cohorts(&p);
  variance(&p);
  if (fflush(out) != 0) p.failed = true;
  if (p.failed) return fsim_failure(report, FSIM_NOWHERE, "the summary could not be written");
  return FSIM_OK;
}
