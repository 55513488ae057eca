#include "analysis/fit/arrival_text.h"

#include <math.h>

#include "sim/base/quantity.h"

static const char *const month_name[FSIM_YEAR_MONTHS] = {"jan", "feb", "mar", "apr", "may", "jun",
                                                         "jul", "aug", "sep", "oct", "nov", "dec"};

static const char *of_what(const fsim_arrival_months *months) {
  return months->period == FSIM_YEAR_MONTHS ? "year" : "quarter";
}

static double percent(double logarithm) {
  return 100 * expm1(logarithm);
}

static void append_p(double p, fsim_text *text) {
  fsim_text_append(text, "p %s%.2g", p < 1e-4 ? "below " : "", fmax(p, 1e-4));
}

static void append_months(const fsim_arrival_months *m, fsim_text *text) {
  if (m->n_months == 0) return;
  if (!m->differ) {
    fsim_text_append(text, "Months of the %s are not told apart (%zu complete months, ", of_what(m),
                     m->n_months);
    append_p(m->p, text);
    fsim_text_append(text, ")\n");
    return;
  }
  fsim_text_append(text, "Months of the %s differ (%zu complete months, ", of_what(m), m->n_months);
  append_p(m->p, text);
  fsim_text_append(text, "), factors of that level and 95 %% limits:\n");
  for (size_t i = 0; i < m->period; i++) {
    if (m->period == FSIM_YEAR_MONTHS)
      fsim_text_append(text, "%s", month_name[i]);
    else
      fsim_text_append(text, "month %zu", i + 1);
    fsim_text_append(text, " %.2f (%.2f to %.2f)%s", m->factor[i], m->low[i], m->high[i],
                     i + 1 == m->period || i % 3 == 2 ? "\n" : ", ");
  }
}

static void append_trend(const fsim_arrival_trend *t, fsim_text *text) {
  if (t->n_weeks == 0) return;
  fsim_text_append(text, "Growth: %s%+.1f %% a month (95 %%: %+.1f to %+.1f %%; %zu weeks, ",
                   t->found ? "" : "none beyond how levels wander; ", percent(t->seen),
                   percent(t->low), percent(t->high), t->n_weeks);
  append_p(t->p, text);
  if (t->found)
    fsim_text_append(text, "); written: %+.1f %% a month for %.0f weeks, then none",
                     percent(t->per_day * FSIM_MONTH_DAYS), t->span_days / 7);
  fsim_text_append(text, t->found ? "\n" : ")\n");
}

static void append_end(int64_t ended, fsim_text *text) {
  char date[32];
  fsim_format_date((int32_t)(ended / 86400), date, sizeof date);
  fsim_text_append(text,
                   "None has come since %s, where many were to be expected: the export seems to "
                   "hold only what had begun by then. The forecast has no new ones; --end %s "
                   "forecasts from that day\n",
                   date, date);
}

void fsim_arrivals_append(const fsim_arrivals *a, fsim_text *text) {
  if (a->ended != FSIM_NO_TIME) append_end(a->ended, text);
  append_months(&a->months, text);
  append_trend(&a->trend, text);
}

static json_t *twelve(const double *x) {
  json_t *list = json_array();
  for (size_t m = 0; m < FSIM_YEAR_MONTHS; m++) json_array_append_new(list, json_real(x[m]));
  return list;
}

json_t *fsim_arrivals_end_json(const fsim_arrivals *a) {
  char date[32];
  if (a->ended == FSIM_NO_TIME) return json_null();
  return json_string(fsim_format_date((int32_t)(a->ended / 86400), date, sizeof date));
}

json_t *fsim_arrival_months_json(const fsim_arrival_months *m) {
  if (m->n_months == 0) return json_null();
  return json_pack("{s:I,s:s,s:f,s:b,s:o,s:o,s:o}", "months", (json_int_t)m->n_months, "of",
                   of_what(m), "p", m->p, "differ", (int)m->differ, "factor", twelve(m->factor),
                   "low", twelve(m->low), "high", twelve(m->high));
}

json_t *fsim_arrival_trend_json(const fsim_arrival_trend *t) {
  if (t->n_weeks == 0) return json_null();
  return json_pack("{s:I,s:f,s:b,s:f,s:f,s:f,s:f,s:f}", "weeks", (json_int_t)t->n_weeks, "p", t->p,
                   "found", (int)t->found, "per_month", expm1(t->seen), "low", expm1(t->low),
                   "high", expm1(t->high), "written_per_month", expm1(t->per_day * FSIM_MONTH_DAYS),
                   "ends_after_weeks", t->span_days / 7);
}
