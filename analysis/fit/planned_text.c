#include "analysis/fit/planned_text.h"

#include <math.h>

#include "analysis/fit/planned.h"

typedef struct use {
  size_t n;         /* cases with a date */
  size_t attribute; /* of the fitted ones, SIZE_MAX: all are in one group */
  size_t places;    /* stages where it makes a difference, and the value of wins */
  double p;         /* NAN: not tested */
} use;

static const fsim_segment_term *term_in(const fsim_fitted_funnel *f, size_t stage, size_t a) {
  for (size_t t = 0; f->segments != NULL && t < f->segments[stage].n_terms; t++) {
    if (f->segments[stage].term[t].attribute == a) return &f->segments[stage].term[t];
  }
  return NULL;
}

static bool use_of(const fsim_log *log, const fsim_fitted_funnel *f, use *u) {
  *u = (use){.attribute = SIZE_MAX, .p = NAN};
  if (!log->has_planned || f->stays.funnel + 1 != log->n_funnels) return false;
  for (size_t c = 0; c < log->n_cases; c++) {
    u->n += (size_t)log->cases[c].funnel == f->stays.funnel &&
            fsim_planned_days(&log->cases[c]) != FSIM_NOT_PLANNED;
  }
  for (size_t a = 0; a < f->attributes.n; a++) {
    if (f->attributes.attribute[a].planned) u->attribute = a;
  }
  if (u->attribute == SIZE_MAX) return true;
  u->p = f->attributes.attribute[u->attribute].p;
  for (size_t s = 0; s < f->n_stages; s++) u->places += term_in(f, s, u->attribute) != NULL;
  u->places += f->value_segments.attribute == u->attribute;
  return true;
}

static void append_places(const fsim_fitted_funnel *f, const use *u, fsim_text *text) {
  size_t n = 0;
  for (size_t s = 0; s < f->n_stages; s++) {
    if (term_in(f, s, u->attribute) == NULL) continue;
    fsim_text_append(text, "%s%s", n++ > 0 ? ", " : "in ", f->stage[s].name);
  }
  if (f->value_segments.attribute == u->attribute)
    fsim_text_append(text, "%sin the value of wins", n > 0 ? " and " : "");
}

void fsim_planned_append(const fsim_log *log, const fsim_fitted_funnel *f, fsim_text *text) {
  use u;
  if (!use_of(log, f, &u)) return;
  fsim_text_append(text, "%zu cases have an expected close date. ", u.n);
  if (u.attribute == SIZE_MAX) {
    fsim_text_append(text, "It is not used: %s.",
                     u.n < FSIM_FEWEST_PLANNED
                         ? "so few tell nothing"
                         : "hardly any differ in how long they were planned for");
  } else if (!isfinite(u.p)) {
    fsim_text_append(text, "Whether it tells more than chance was not tested (--segments none).");
  } else if (u.places == 0) {
    fsim_text_append(text,
                     "It tells nothing beyond chance (p = %.2g, corrected for all tests) and is "
                     "not used.",
                     u.p);
  } else {
    fsim_text_append(text,
                     "The time planned makes a difference (p %s%.1g, corrected for all "
                     "tests) and is used, as the attribute %s, ",
                     u.p < 1e-4 ? "below " : "= ", fmax(u.p, 1e-4),
                     f->attributes.attribute[u.attribute].name);
    append_places(f, &u, text);
    fsim_text_append(text, ".");
  }
}

json_t *fsim_planned_json(const fsim_log *log, const fsim_fitted_funnel *f) {
  use u;
  if (!use_of(log, f, &u)) return json_null();
  return json_pack("{s:I, s:b, s:o}", "cases", (json_int_t)u.n, "used", u.places > 0, "p",
                   isfinite(u.p) ? json_real(u.p) : json_null());
}
