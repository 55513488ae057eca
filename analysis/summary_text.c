/* The summary for a planner: the answer in a sentence or two, then tables, on 80 columns. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/summary_page.h"
#include "sim/base/quantity.h"
#include "sim/base/text.h"

static void head(fsim_page *p, const fsim_summary_frame *frame) {
  const fsim_scenario *s = p->scenario;
  char start[32], from[32], to[32];
  fsim_format_date(s->start_days, start, sizeof start);
  fsim_format_date(s->start_days + (int32_t)(s->warm_up_s / FSIM_DAY), from, sizeof from);
  fsim_format_date(s->start_days + (int32_t)(s->horizon_s / FSIM_DAY), to, sizeof to);
  bool titled = s->title != NULL && strcmp(s->title, s->name) != 0;
  uint32_t n = p->summary->source->replications;
  fsim_page_say(p, "%s%s%s", s->name, titled ? ": " : "", titled ? s->title : "");
  fsim_page_say(p, "%u replication%s of %.4g weeks from %s, seed %llu%s%s", n, n == 1 ? "" : "s",
                s->horizon_s / FSIM_WEEK, start, (unsigned long long)s->seed,
                frame->engine != NULL ? ", engine " : "",
                frame->engine != NULL ? frame->engine : "");
  char warm_up[64] = "";
  if (s->warm_up_s > 0)
    snprintf(warm_up, sizeof warm_up, " after a warm-up of %.4g", s->warm_up_s / FSIM_WEEK);
  fsim_page_say(p, "Window: %s to %s, %.4g weeks%s", from, to, p->summary->window_days / 7,
                warm_up);
  for (size_t i = 0; i < frame->n_notes; i++) fsim_page_say(p, "%s", frame->notes[i]);
}

/* ---- the answer ---- */

static void say_value(fsim_page *p) {
  const fsim_estimate *value = &p->summary->value_per_week;
  fsim_cell_text mean = fsim_say_mean(&value->mean, 1), error = fsim_say_error(&value->mean, 1);
  fsim_cell_text range = fsim_say_range(value, 1);
  if (p->summary->units < 2)
    fsim_page_say(p, "Wins are worth %s %s a week.", mean.text, p->scenario->currency);
  else
    fsim_page_say(p,
                  "Wins are worth %s %s a week: %s, sure to %.4g %%. A single run of this length "
                  "gives %s in 8 of 10 cases.",
                  mean.text, p->scenario->currency, error.text, 100 * p->summary->confidence,
                  range.text);
}

static void say_wins(fsim_page *p) {
  fsim_text text = {0};
  const fsim_summary *s = p->summary;
  for (size_t f = 0; f < s->n_funnels; f += s->n_groups) {
    fsim_cell_text mean = fsim_say_mean(&s->funnels[f].won_per_week.mean, 1);
    fsim_text_append(&text, "%s %s %s", f > 0 ? "," : "",
                     p->scenario->funnels[s->funnels[f].funnel].name, mean.text);
  }
  if (text.failed)
    p->failed = true;
  else
    fsim_page_say(p, "Won a week:%s.", text.text);
  free(text.text);
}

static void say_teams(fsim_page *p) {
  const fsim_team_record *t = fsim_busiest_team(p->summary);
  if (t == NULL) return;
  fsim_cell_text share = fsim_say_mean(&t->utilisation.mean, 100);
  fsim_cell_text queue = fsim_say_mean(&t->queue_days.mean, 1);
  fsim_cell_text p90 = fsim_page_quantile(&t->queue_days.p90, 1);
  fsim_page_say(
      p,
      "The busiest team is %s: its places are busy %s %% of open hours, and visits wait %s "
      "days for it (one in ten more than %s).",
      p->scenario->teams[t->team].name, share.text, queue.text, p90.text);
}

/* A queue without end has no average worth the name. */
static void warn_of_growth(fsim_page *p) {
  for (size_t i = 0; i < p->summary->n_teams; i++) {
    const fsim_team_record *t = &p->summary->teams[i];
    if (!t->grows) continue;
    char date[32];
    size_t week = t->grows_from_week;
    fsim_format_date(p->scenario->start_days + 7 * (int32_t)week, date, sizeof date);
    fsim_page_say(p,
                  "Warning: the queue of team %s grows without end from week %zu (%s) on: its "
                  "figures depend on how long the run is; give it more people or less work.",
                  p->scenario->teams[t->team].name, week + 1, date);
  }
}

static void warn(fsim_page *p, const fsim_summary_frame *frame) {
  if (!frame->complete) fsim_page_say(p, "Not complete: the run was stopped; go on with --resume.");
  for (size_t w = 0; w < frame->n_warnings; w++)
    fsim_page_say(p, "Warning: %s", frame->warnings[w]);
  if (p->summary->units < 2)
    fsim_page_say(p, "Warning: one %s gives no error of the mean; use more replications.",
                  p->scenario->uncertain ? "pair of replications" : "replication");
}

static void labels(fsim_page *p) {
  fsim_page_title(p,
                  "Error of the mean: the mean of endless replications lies there, %.4g %% sure; "
                  "more replications narrow it. Range of outcomes: p10 to p90 of single "
                  "replications; it stays as wide however many are run.",
                  100 * p->summary->confidence);
  if (p->scenario->uncertain)
    fsim_page_say(p, "Some numbers are uncertain: errors rest on the %zu pairs that share them.",
                  p->summary->units);
}

int fsim_summary_text(const fsim_summary *summary, const fsim_summary_frame *frame, FILE *out,
                      fsim_report *report) {
  fsim_page p = {summary, summary->source->scenario, out, false};
  head(&p, frame);
  if (fputc('\n', out) == EOF) p.failed = true;
  if (fsim_page_has_value(summary)) say_value(&p);
  say_wins(&p);
  say_teams(&p);
  if (frame->effects != NULL) fsim_page_say(&p, "%s", frame->effects->sentence);
  if (frame->indices != NULL) fsim_page_say(&p, "%s", frame->indices->sentence);
  warn(&p, frame);
  warn_of_growth(&p);
  if (frame->full) {
    labels(&p);
    fsim_page_funnels(&p);
    fsim_page_stages(&p);
    fsim_page_teams(&p);
    if (frame->effects != NULL) fsim_page_effects(&p, frame->effects);
    if (frame->indices != NULL) fsim_page_indices(&p, frame->indices);
  } else {
    fsim_page_short(&p);
  }
  if (fflush(out) != 0) p.failed = true;
  if (p.failed) return fsim_failure(report, FSIM_NOWHERE, "the summary could not be written");
  return FSIM_OK;
}
