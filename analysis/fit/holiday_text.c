/* Quiet weeks of the log, once more on the same days of later years. */
#include <stdlib.h>

#include "analysis/fit/model_text_parts.h"
#include "sim/base/quantity.h"

#define DAY INT64_C(86400)
/* What a forecast never goes below: a week in which nothing was won once may have some wins. */
#define LEAST 0.05

typedef struct holiday {
  int32_t from, to;
  double wins, begun;
} holiday;

/* In `years` years. */
static holiday later(const fsim_quiet_span *span, int years) {
  int year, month, day;
  const int32_t from = (int32_t)(span->from / DAY);
  fsim_date_from_days(from, &year, &month, &day);
  const int32_t then = fsim_days_from_date(year + years, month, day);
  return (holiday){then, then + (int32_t)(span->to / DAY) - from,
                   span->wins > LEAST ? span->wins : LEAST,
                   span->begun > LEAST ? span->begun : LEAST};
}

static void append_head(int32_t on, const char *why, fsim_text *text, bool *begun) {
  char date[32];
  if (!*begun) fsim_text_append(text, "changes:\n");
  *begun = true;
  fsim_text_append(text, "  - on: %s  # %s\n    applies_to: all\n    set:\n",
                   fsim_format_date(on, date, sizeof date), why);
}

/* All waits run slower; those that have other laws from month to month are left alone. */
static void append_waits(const fsim_fitted_funnel *f, double factor, fsim_text *text) {
  for (size_t s = 0; s < f->n_stages; s++) {
    const fsim_fitted_stage *stage = &f->stage[s];
    if (stage->work != NULL || stage->instant || f->stays.stage[s].n == 0) continue;
    if (stage->hazard.profile && !fsim_stage_rests(f, s)) continue;
    for (size_t x = 0; x < stage->hazard.n_exits; x++) {
      if (fsim_fitted_leads_to(f, s, x))
        fsim_text_append(text, "      %s.stages.%s.exits.%s.wait: x%.4g\n", f->name, stage->name,
                         fsim_fitted_exit_name(f, s, x), factor);
    }
  }
}

static void append_step(const fsim_fitted_funnel *f, const char *stream, int32_t on, double waits,
                        double rate, fsim_text *text, bool *begun) {
  fsim_text set = {0};
  append_waits(f, waits, &set);
  if (f->arrivals.n_weeks > 0 && !f->arrivals.months.differ) /* else their month has it */
    fsim_text_append(&set, "      streams.%s.rate: x%.4g\n", stream, rate);
  if (set.failed)
    text->failed = 1;
  else if (set.length > 0) {
    append_head(on, waits > 1 ? "quiet on these days a year before" : "as ever again", text, begun);
    fsim_text_append(text, "%s", set.text);
  }
  free(set.text);
}

static bool overlaps(const holiday *a, const holiday *b) {
  return a->from < b->to && b->from < a->to;
}

void fsim_append_holidays(const fsim_fitted_funnel *f, const char *stream, int32_t start, int weeks,
                          fsim_text *text, bool *begun) {
  holiday written[FSIM_MOST_QUIET];
  size_t n = 0;
  const int32_t end = start + 7 * weeks;
  for (size_t i = f->quiet.n; i-- > 0;) { /* the latest tells most of the next */
    for (int years = 1; later(&f->quiet.span[i], years).from < end; years++) {
      holiday h = later(&f->quiet.span[i], years);
      bool apart = h.to > start && n < FSIM_MOST_QUIET;
      for (size_t k = 0; k < n; k++) apart = apart && !overlaps(&h, &written[k]);
      if (!apart) continue;
      if (h.from < start) h.from = start;
      written[n++] = h;
      append_step(f, stream, h.from, 1 / h.wins, h.begun, text, begun);
      if (h.to < end) append_step(f, stream, h.to, h.wins, 1 / h.begun, text, begun);
    }
  }
}
