/* What `check` understood, in words, on 80 columns. */
#include <gsl/gsl_cdf.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "cli/check_print.h"
#include "cli/terminal.h"
#include "sim/base/quantity.h"

#define MOST_GROUPS_TOLD 8 /* of a funnel, stage by stage; the others in one line each */

typedef struct page {
  const fsim_inspection *in;
  const fsim_scenario *s;
  FILE *out;
  fsim_text line;
  bool failed;
} page;

/* Prints the line that was gathered, wrapped, and begins a new one. */
static void end_line(page *p, size_t indent) {
  if (p->line.failed) p->failed = true;
  if (p->line.text && p->line.length > 0) fsim_show_text(p->out, p->line.text, indent);
  free(p->line.text);
  p->line = (fsim_text){0};
}

static void say_time(page *p, const char *before, double seconds) {
  char buffer[64];
  fsim_text_append(&p->line, "%s%s", before, fsim_format_duration(seconds, buffer, sizeof buffer));
}

/* Three figures are enough to recognise a number. */
static void say_number(page *p, const char *before, double value, const char *after) {
  char buffer[64];
  fsim_format_rounded(value, fabs(value) / 20, buffer, sizeof buffer);
  fsim_text_append(&p->line, "%s%s%s", before, buffer, after);
}

static void say_share(page *p, const char *before, double share, const char *after) {
  fsim_text_append(&p->line, "%s%.3g %%%s", before, 100 * share, after);
}

/* ---- the scenario ---- */

static void say_run(page *p) {
  const fsim_scenario *s = p->s;
  char date[32];
  fsim_text_append(&p->line, "from %s for %.4g w",
                   fsim_format_date(s->start_days, date, sizeof date), s->horizon_s / FSIM_WEEK);
  if (s->warm_up_s > 0)
    fsim_text_append(&p->line, ", the first %.4g w warm-up", s->warm_up_s / FSIM_WEEK);
  else
    fsim_text_append(&p->line, ", no warm-up");
  if (s->precision.set)
    fsim_text_append(&p->line, "; replications until %s is known to within %.3g %%",
                     s->precision.metric, 100 * s->precision.half_width);
  else
    fsim_text_append(&p->line, "; %u replications", s->replications);
  fsim_text_append(&p->line, "; seed %llu", (unsigned long long)s->seed);
  end_line(p, 0);
}

/* A model alone has no leads, and so no run. */
static void say_head(page *p) {
  const fsim_scenario *s = p->s;
  if (s->n_streams > 0) {
    fsim_text_append(&p->line, "%s: %s", s->name, s->title ? s->title : s->name);
    end_line(p, 0);
    say_run(p);
  } else {
    fsim_text_append(&p->line, "%s: a model without leads", s->name);
    end_line(p, 0);
  }
  for (size_t a = 0; a < s->n_attributes; a++) {
    if (s->attributes[a].n_values < 2) continue;
    fsim_text_append(&p->line, "%s: ", s->attributes[a].name);
    for (size_t v = 0; v < s->attributes[a].n_values; v++)
      fsim_text_append(&p->line, "%s%s", v ? ", " : "", s->attributes[a].values[v]);
    end_line(p, 0);
  }
  if (p->in->uncertain) {
    fsim_text_append(&p->line,
                     "Some numbers are uncertain: below they stand at their medians; each pair of "
                     "replications draws them anew.");
    end_line(p, 0);
  }
}

static void say_streams(page *p) {
  const fsim_scenario *s = p->s;
  if (s->n_streams > 0) fputs("\nStreams\n", p->out);
  for (size_t i = 0; i < s->n_streams; i++) {
    const fsim_stream *stream = &s->streams[i];
    double leads = fsim_stream_leads(s, stream);
    fsim_text_append(&p->line, "%s ", stream->name);
    if (stream->pipeline) {
      fsim_text_append(&p->line, "%zu deals open at the start", stream->n_given);
    } else {
      fsim_text_append(&p->line, "into %s: ", s->funnels[stream->into].name);
      say_number(p, "", leads / s->horizon_s * FSIM_WEEK, " leads a week, ");
      say_number(p, "", leads, stream->n_given > 0 ? " in all, replayed" : " in all");
      if (stream->n_given == 0 && stream->spacing == FSIM_EVENLY)
        fsim_text_append(&p->line, ", evenly spaced");
      if (stream->day_cv > 0)
        fsim_text_append(&p->line, ", days vary by a factor of cv %.3g", stream->day_cv);
      if (stream->cost > 0) say_number(p, ", each costs ", stream->cost, "");
      if (stream->cost > 0 && s->currency) fsim_text_append(&p->line, " %s", s->currency);
    }
    end_line(p, 2);
  }
}

/* ---- a funnel ---- */

static void say_exits(page *p, const fsim_stage *stage, const fsim_stage_law *law,
                      const fsim_stage_numbers *numbers) {
  fsim_text_append(&p->line, stage->race ? "race to " : "to ");
  for (size_t k = 0; k < stage->n_exits; k++) {
    fsim_text_append(&p->line, "%s%s", k ? ", " : "", stage->exits[k].name);
    say_share(p, " ", numbers->exit_probability[k], "");
    if (law->waits[k] != law->waits[0] || law->wait == NULL) {
      char text[160];
      fsim_text_append(&p->line, " (%s)",
                       fsim_distribution_text(law->waits[k], true, text, sizeof text));
    }
  }
  end_line(p, 6);
}

static void say_rules(page *p, const fsim_chain *chain, size_t i, const fsim_stage_law *law) {
  const fsim_stage_numbers *numbers = &chain->stages[i];
  if (law->expire.set) {
    say_time(p, "expires after ", law->expire.after_s);
    fsim_text_append(&p->line, " to %s", fsim_target_name(p->s, law->expire.to));
    if (numbers->rule == FSIM_BY_EXPIRE)
      say_share(p, ": ", numbers->rule_probability, " of the visits");
    end_line(p, 6);
  }
  if (law->drop.set) {
    double age, open, forgone;
    fsim_text_append(&p->line, "dropped to %s below %.3g %% win probability ",
                     fsim_target_name(p->s, law->drop.to), 100 * law->drop.below);
    int status = fsim_chain_drop_age(p->s, chain, i, law->drop.below, &age, &open, &forgone);
    if (status != FSIM_OK) {
      p->failed = true;
    } else if (isinf(age)) {
      fsim_text_append(&p->line, "= never");
    } else {
      fsim_text_append(&p->line, age > 0 ? "= after %.3g days" : "= at once", age / FSIM_DAY);
      say_share(p, ", forgoing ", forgone, " of wins; ");
      say_share(p, "", open, " of the visits are still open then");
    }
    end_line(p, 6);
  }
  if (law->max_visits.set) {
    fsim_text_append(&p->line, "at most %u visit%s, then %s", law->max_visits.count,
                     law->max_visits.count == 1 ? "" : "s",
                     fsim_target_name(p->s, law->max_visits.to));
    end_line(p, 6);
  }
}

static void say_work(page *p, const fsim_stage_law *law) {
  if (!law->work.set) return;
  fsim_text_append(&p->line, "work by team %s: mean ", p->s->teams[law->work.team].name);
  say_time(p, "", fsim_mean(law->work.time));
  if (law->work.patience)
    say_time(p, "; patience, median ", fsim_quantile(law->work.patience, 0.5));
  if (law->work.occupies_stage)
    fsim_text_append(&p->line, "; keeps the place until the visit ends");
  end_line(p, 6);
  if (!law->wait_effect.set) return;
  say_time(p, "the odds of some exits fall with the queue: half in ", law->wait_effect.half_life_s);
  say_share(p, ", down to ", law->wait_effect.floor, "");
  end_line(p, 6);
}

/* Name and figures of a stage stand in columns; what is longer goes below them. */
static void say_figures(page *p, const char *name, const char *visits, const char *mean,
                        const char *median, const char *p90) {
  size_t columns = fsim_text_columns(name);
  int gap = columns < 24 ? (int)(24 - columns) : 0;
  if (fprintf(p->out, "    %s%*s %10s %10s %10s %10s\n", name, gap, "", visits, mean, median, p90) <
      0)
    p->failed = true;
}

static void say_stage(page *p, const fsim_chain *chain, size_t i) {
  size_t at = (size_t)p->s->funnels[chain->funnel].first_stage + i;
  const fsim_stage *stage = &p->s->stages[at];
  const fsim_stage_law *law = fsim_stage_law_of(p->s, 0, chain->profile, at);
  const fsim_stage_numbers *numbers = &chain->stages[i];
  char visits[32], mean[64], median[64], p90[64];
  snprintf(visits, sizeof visits, "%.3f", chain->visits[i]);
  say_figures(p, stage->name, visits, fsim_format_duration(numbers->mean_s, mean, sizeof mean),
              fsim_format_duration(numbers->p50_s, median, sizeof median),
              fsim_format_duration(numbers->p90_s, p90, sizeof p90));
  say_exits(p, stage, law, numbers);
  say_work(p, law);
  say_rules(p, chain, i, law);
}

/* The line a planner looks for: conversion, time, load, wins, worth. */
static void say_conversion(page *p, const fsim_chain *chain, double flow) {
  double won = fsim_chain_conversion(p->s, chain);
  say_share(p, "converts ", won, "");
  say_time(p, "; cycle mean ", chain->cycle_mean_s[chain->n_outcomes]);
  if (won > 0) say_time(p, ", of the won ", fsim_chain_days_won(p->s, chain) * FSIM_DAY);
  if (flow > 0) {
    say_number(p, "; in the long run ", flow * FSIM_WEEK, " journeys and ");
    say_number(p, "", flow * won * FSIM_WEEK, " wins a week");
  }
  if (chain->mean_value > 0) {
    say_number(p, "; a win is worth ", chain->mean_value, "");
    if (p->s->currency) fsim_text_append(&p->line, " %s", p->s->currency);
  }
  end_line(p, 4);
}

/* All groups together, by their flows. */
static void say_total(page *p, const fsim_funnel_inspection *found) {
  double journeys = 0, wins = 0, value = 0;
  for (size_t g = 0; g < found->groups.n; g++) {
    double won = found->flow[g] * fsim_chain_conversion(p->s, found->chains[g]);
    journeys += found->flow[g] * FSIM_WEEK;
    wins += won * FSIM_WEEK;
    value += won * FSIM_WEEK * found->chains[g]->mean_value;
  }
  if (!(journeys > 0)) return;
  say_share(p, "all leads together: converts ", wins / journeys, "");
  say_number(p, "; in the long run ", journeys, " journeys and ");
  say_number(p, "", wins, " wins a week");
  if (value > 0) say_number(p, ", worth ", value, "");
  if (value > 0 && p->s->currency) fsim_text_append(&p->line, " %s", p->s->currency);
  end_line(p, 2);
}

static void say_funnel(page *p, size_t f) {
  const fsim_funnel *funnel = &p->s->funnels[f];
  const fsim_funnel_inspection *found = &p->in->funnels[f];
  fsim_text_append(&p->line, "\n%s: %s, entered at %s", funnel->name, funnel->title,
                   p->s->stages[funnel->entry].name);
  if (found->groups.n > 1)
    fsim_text_append(&p->line, "; %zu groups of leads have laws of their own", found->groups.n);
  end_line(p, 0);
  if (found->groups.n > 1) say_total(p, found);
  for (size_t g = 0; g < found->groups.n; g++) {
    fsim_group_text(p->in, f, g, &p->line);
    end_line(p, 2);
    say_conversion(p, found->chains[g], found->flow[g]);
    if (g >= MOST_GROUPS_TOLD) continue;
    say_figures(p, "stage", "visits", "time: mean", "median", "p90");
    for (size_t i = 0; i < funnel->n_stages; i++) say_stage(p, found->chains[g], i);
  }
  if (found->groups.n > MOST_GROUPS_TOLD) {
    fsim_text_append(&p->line, "(the stages of the first %d groups are shown)", MOST_GROUPS_TOLD);
    end_line(p, 2);
  }
}

/* ---- links, changes, teams ---- */

static void say_links(page *p) {
  const fsim_scenario *s = p->s;
  if (s->n_links > 0) fputs("\nLinks\n", p->out);
  for (size_t l = 0; l < s->n_links; l++) {
    const fsim_outcome *from = &s->outcomes[s->links[l].from];
    const fsim_link_law *law = &s->versions[0].links[l];
    char text[160];
    fsim_text_append(&p->line, "%s.%s to %s: %.3g %%, ", s->funnels[from->funnel].name, from->name,
                     s->funnels[s->links[l].to].name, 100 * law->probability);
    if (fsim_mean(law->after) > 0)
      fsim_text_append(&p->line, "after %s",
                       fsim_distribution_text(law->after, true, text, sizeof text));
    else
      fsim_text_append(&p->line, "at once");
    end_line(p, 2);
  }
}

static void say_changes(page *p) {
  static const char *const reach[] = {"leads that arrive from then on",
                                      "visits that begin from then on",
                                      "all visits, also those that are under way"};
  if (p->s->n_changes > 0) fputs("\nChanges on a date\n", p->out);
  for (size_t c = 0; c < p->s->n_changes; c++) {
    const fsim_change *change = &p->s->changes[c];
    fsim_text_append(&p->line, "%s; for %s", change->text, reach[change->applies_to]);
    if (change->share < 1) say_share(p, ", ", change->share, " of the leads");
    if (change->ramp_s > 0) say_time(p, ", over ", change->ramp_s);
    end_line(p, 2);
  }
}

static void say_sizes(page *p, const fsim_team *team) {
  char date[32];
  for (size_t i = 1; i < team->n_sizes; i++)
    fsim_text_append(&p->line, ", %.4g from %s", team->sizes[i].people,
                     fsim_format_date(p->s->start_days + team->sizes[i].from_s / (int32_t)FSIM_DAY,
                                      date, sizeof date));
}

static void say_team(page *p, const fsim_team *team, double load, bool holds) {
  static const char *const disciplines[] = {"first come, first served", "last come, first served",
                                            "largest value first", "by priority"};
  double share, places = fsim_team_places_open(p->s, team, &share);
  fsim_text_append(&p->line, "%s: %.4g place%s (size %.4g", team->name, places,
                   places == 1 ? "" : "s", team->size);
  if (team->concurrency != 1) fsim_text_append(&p->line, ", %.4g places each", team->concurrency);
  say_sizes(p, team);
  fsim_text_append(&p->line, "), ");
  if (team->open) {
    fsim_text_append(&p->line, "open %s", team->hours ? team->hours : "at all hours");
    if (team->n_closed > 0)
      fsim_text_append(&p->line, " but on %zu date%s", team->n_closed,
                       team->n_closed == 1 ? "" : "s");
    fsim_text_append(&p->line, " (%.3g of 168 h a week)", 168 * share);
  } else {
    fsim_text_append(&p->line, "always open");
  }
  fsim_text_append(&p->line, ", %s", disciplines[team->discipline]);
  if (team->discipline == FSIM_BY_PRIORITY)
    fsim_text_append(&p->line, " in %zu classes", team->n_classes);
  if (team->limit != UINT32_MAX)
    fsim_text_append(&p->line, ", queue of at most %" PRIu32, team->limit);
  if (team->cost_per_s > 0)
    fsim_text_append(&p->line, ", %.6g %s an hour each", team->cost_per_s * 3600,
                     p->s->currency ? p->s->currency : "");
  if (share > 0)
    fsim_text_append(&p->line, "; work for %.3g of them in open hours%s", load / share,
                     holds ? ", with places held until a visit ends" : "");
  end_line(p, 2);
}

static void say_teams(page *p) {
  if (p->s->n_teams > 0) fputs("\nTeams (averages over the horizon)\n", p->out);
  for (size_t t = 0; t < p->s->n_teams; t++)
    say_team(p, &p->s->teams[t], p->in->team_load[t], p->in->team_holds[t]);
}

/* "decisions: 8 weeks of 10 run at 0.75 to 1.27 times the mean pace (cv 20 %): basic.offer, …" */
static void say_pace(page *p, const fsim_pace *pace) {
  const double squared = pace->cv * pace->cv;
  const char *before = ": ";
  fsim_text_append(&p->line, "%s: ", pace->name);
  if (squared > 0)
    fsim_text_append(&p->line, "8 weeks of 10 run at %.2f to %.2f times the mean pace (",
                     gsl_cdf_gamma_Pinv(0.1, 1 / squared, squared),
                     gsl_cdf_gamma_Pinv(0.9, 1 / squared, squared));
  else
    fsim_text_append(&p->line, "all weeks run alike (");
  say_share(p, "cv ", pace->cv, ")");
  for (size_t i = 0; i < p->s->n_stages; i++) {
    const fsim_stage *stage = &p->s->stages[i];
    if (stage->pace != pace) continue;
    fsim_text_append(&p->line, "%s%s.%s", before, p->s->funnels[stage->funnel].name, stage->name);
    before = ", ";
  }
  end_line(p, 2);
}

static void say_paces(page *p) {
  if (p->s->n_paces == 0) return;
  fputs("\nPaces (of waits, week by week; times above are at the mean pace)\n", p->out);
  for (size_t i = 0; i < p->s->n_paces; i++) say_pace(p, &p->s->paces[i]);
}

int fsim_print_inspection(const fsim_inspection *inspection, FILE *out, fsim_report *report) {
  page p = {.in = inspection, .s = inspection->scenario, .out = out};
  say_head(&p);
  say_streams(&p);
  for (size_t f = 0; f < p.s->n_funnels; f++) say_funnel(&p, f);
  say_links(&p);
  say_changes(&p);
  say_teams(&p);
  say_paces(&p);
  fsim_warn_of_plan(inspection, report);
  return p.failed ? fsim_no_memory(report) : FSIM_OK;
}
