#include "analysis/fit/fit_print.h"

#include <math.h>
#include <stdlib.h>

#include "analysis/fit/arrival_text.h"
#include "analysis/fit/planned_text.h"
#include "analysis/fit/segment_print.h"
#include "sim/base/quantity.h"

static void print_stage(const fsim_fitted_funnel *f, size_t s, FILE *out) {
  const fsim_fitted_stage *stage = &f->stage[s];
  const fsim_hazard *h = &stage->hazard;
  fprintf(out, "\n%s: %zu stays, %zu still open", stage->name, f->stays.stage[s].n, stage->n_open);
  if (stage->n_stale > 0)
    fprintf(out, ", %zu of these older than any stay that ended (left out of the forecast)",
            stage->n_stale);
  fprintf(out, "\n");
  for (size_t x = 0; x < h->n_exits && stage->instant; x++)
    fprintf(out, "  to %-20s %5.1f %%, at once\n", fsim_fitted_exit_name(f, s, x),
            100 * fsim_stays_share(&f->stays.stage[s], x));
  if (stage->instant) return;
  for (size_t x = 0; x < h->n_exits; x++) {
    double ends = 0;
    char median[32], p90[32];
    for (size_t p = 0; p < h->n_pieces; p++) ends += h->ends[p * h->n_exits + x];
    if (ends == 0) continue;
    fprintf(out, "  to %-20s %5.1f %% of all, after %s (median), %s (p90); %.0f seen\n",
            fsim_fitted_exit_name(f, s, x), 100 * fsim_hazard_share(h, x),
            fsim_fit_span(fsim_hazard_quantile(h, x, 0.5), median, sizeof median),
            fsim_fit_span(fsim_hazard_quantile(h, x, 0.9), p90, sizeof p90), ends);
  }
  if (stage->laws != NULL) {
    fsim_text law = {0};
    for (size_t x = 0; x < h->n_exits; x++) {
      law.length = 0;
      fsim_exit_law_append(&stage->laws->exit[x], &law);
      if (!law.failed)
        fprintf(out, "  law to %-16s %.1f %%, %s\n", fsim_fitted_exit_name(f, s, x),
                100 * stage->laws->exit[x].share, law.text);
    }
    free(law.text);
    if (!stage->laws->share_identified)
      fprintf(out, "  the follow-up ends before the laws do: eventual shares are not known well\n");
  } else if (isfinite(stage->distance)) {
    fprintf(out, "  no law fits (the best is off by %.1f %% of all that enter): rates as seen\n",
            100 * stage->distance);
  }
  const fsim_stage_stays *stays = &f->stays.stage[s];
  double open = fsim_hazard_open(h);
  if (stays->expire_after > 0) {
    char after[32];
    fprintf(out, "  to %-20s %5.1f %% of all that enter, by a time-out after %s (expire)\n",
            fsim_fitted_exit_name(f, s, stays->expire_exit), 100 * open,
            fsim_fit_span((double)stays->expire_after, after, sizeof after));
    open = 0;
  }
  if (open > 0.005) fprintf(out, "  never (as far as was seen)  %.1f %%\n", 100 * open);
  for (size_t x = 0; x < h->n_exits && h->profile; x++)
    fprintf(out, "  months of a quarter, rate of %s: %.2f, %.2f, %.2f\n",
            fsim_fitted_exit_name(f, s, x), h->factor[x], h->factor[h->n_exits + x],
            h->factor[2 * h->n_exits + x]);
}

/* The same win rate, as three people would tell it. */
static void print_rates(const fsim_win_rates *w, FILE *out) {
  fprintf(out,
          "\nWin rate: %.1f %% of all cases in the export (counts open ones as lost), %.1f %% "
          "of closed ones (counts quick ends only)",
          100 * w->of_all.share, 100 * w->won / fmax(w->closed, 1));
  if (isfinite(w->corrected.share))
    fprintf(out, "; corrected for those still open, as the fitted weeks show them: %.1f %%",
            100 * w->corrected.share);
  if (isfinite(w->corrected.low))
    fprintf(out, " (95 %%: %.1f to %.1f %%)", 100 * w->corrected.low, 100 * w->corrected.high);
  fprintf(out, "\n");
}

static void print_drift(const fsim_fit_report *made, bool several, FILE *out) {
  const size_t found = fsim_drift_found(&made->drift);
  char sentence[256];
  if (found > 0 && several) fprintf(out, "%s: ", made->fitted->name);
  for (size_t i = 0; i < found; i++)
    fprintf(out, "%s%s\n", i == 0 ? "Early and late weeks of the export differ:\n  " : "  ",
            fsim_drift_sentence(made->log, &made->drift, i, sentence, sizeof sentence));
  if (found > 0) fprintf(out, "  (--recent says how many of the last weeks are fitted)\n");
}

static void print_planned(const fsim_log *log, const fsim_fitted_funnel *f, FILE *out) {
  fsim_text text = {0};
  fsim_planned_append(log, f, &text);
  if (!text.failed && text.length > 0) fprintf(out, "\n%s\n", text.text);
  free(text.text);
}

/* Waits between funnels win nothing. */
static bool any_wins(const fsim_log_funnel *of) {
  for (size_t o = 0; o < of->outcomes.n; o++) {
    if (of->wins[o]) return true;
  }
  return false;
}

static void print_link(const fsim_fitted_set *set, const fsim_fitted_link *link, FILE *out) {
  const fsim_fitted_funnel *from = &set->funnel[link->from];
  fprintf(out, "%s.%s is followed by %s", from->name, from->outcome[link->outcome],
          set->funnel[link->to].name);
  if (link->n > 0)
    fprintf(out, ": %.1f %% (%zu of %zu)", 100 * link->probability, link->followed, link->n);
  fprintf(out, "\n");
}

static void print_months_and_growth(const fsim_arrivals *a, FILE *out) {
  fsim_text text = {0};
  fsim_arrivals_append(a, &text);
  bool begins = true;
  for (size_t i = 0; !text.failed && i < text.length; i++) {
    if (begins) fprintf(out, "  ");
    fputc(text.text[i], out);
    begins = text.text[i] == '\n';
  }
  free(text.text);
}

static void print_arrivals(const fsim_fitted_set *set, const fsim_past_errors *errors, FILE *out) {
  for (size_t f = 0; f < set->n; f++) {
    const fsim_arrivals *a = &set->funnel[f].arrivals;
    if (a->n_weeks == 0 && a->ended == FSIM_NO_TIME) continue;
    fprintf(out, "Arrivals%s%s: ", set->n > 1 ? " of " : "", set->n > 1 ? set->funnel[f].name : "");
    if (a->n_weeks > 0) fprintf(out, "%.1f a week, ", 7 * a->per_day);
    if (a->n_weeks == 0)
      fprintf(out, "none\n");
    else if (a->part_of_week)
      fprintf(out, "from less than one week\n");
    else
      fprintf(out, "from %zu weeks; weeks differ by %.0f %% beyond chance\n", a->n_weeks,
              100 * a->week_cv);
    print_months_and_growth(a, out);
  }
  fprintf(out,
          "Unsure, from %zu earlier forecasts: pace and odds by %.0f %%, the level of arrivals by "
          "%.0f %%.\n",
          errors->n, 100 * errors->pace_sigma, 100 * errors->arrivals_sigma);
}

/* Orders of all funnels swing together. */
static void print_swing(const fsim_fitted_set *set, bool together, FILE *out) {
  const bool named = set->n > 1 && !together;
  for (size_t f = 0; f < (together ? 1 : set->n); f++) {
    const fsim_week_swing *swing = &set->funnel[f].swing;
    if (!isfinite(swing->seen) || swing->n_weeks == 0) continue;
    fprintf(out, "Weeks%s%s: all wins swing together by %.0f %% beyond chance (written: %.0f %%)\n",
            named ? " of " : "", named ? set->funnel[f].name : "", 100 * swing->seen,
            100 * swing->cv);
  }
}

static void print_quiet(const fsim_fitted_set *set, FILE *out) {
  for (size_t f = 0; f < set->n; f++) {
    const fsim_quiet_weeks *quiet = &set->funnel[f].quiet;
    for (size_t i = 0; i < quiet->n; i++) {
      char sentence[128];
      fprintf(out,
              "%s%s%s.\n"
              "  They set no level; on the same days of a later year they come again.\n",
              set->n > 1 ? set->funnel[f].name : "", set->n > 1 ? ": " : "",
              fsim_quiet_sentence(&quiet->span[i], sentence, sizeof sentence));
    }
  }
}

int fsim_fit_print(const fsim_fit_report *made, const fsim_fitted_set *set, FILE *out,
                   fsim_report *report) {
  for (size_t f = 0; f < set->n; f++) {
    const fsim_fitted_funnel *fitted = &set->funnel[f];
    if (set->n > 1) fprintf(out, "\nFunnel %s\n", fitted->name);
    for (size_t i = 0; i < fitted->n_stages; i++) {
      const size_t s = fsim_fitted_stage_at(fitted, i);
      if (fitted->stays.stage[s].n > 0) print_stage(fitted, s, out);
    }
    if (set->teams != NULL)
      fsim_teams_print(made[f].log, fitted->stays.funnel, &set->teams[f], out);
    fsim_segments_print(made[f].log, fitted, out);
    print_planned(made[f].log, fitted, out);
    if (any_wins(&made[f].log->funnels[fitted->stays.funnel])) print_rates(&made[f].rates, out);
  }
  if (set->n_links > 0) fprintf(out, "\n");
  for (size_t l = 0; l < set->n_links; l++) print_link(set, &set->link[l], out);
  print_arrivals(set, made[0].errors, out);
  print_swing(set, made[0].log->orders, out);
  print_quiet(set, out);
  for (size_t f = 0; f < set->n; f++) print_drift(&made[f], set->n > 1, out);
  return ferror(out) ? fsim_failure(report, FSIM_NOWHERE, "cannot write the report") : FSIM_OK;
}
