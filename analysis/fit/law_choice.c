/* Which laws: the best by BIC, exit by exit. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/fit/laws.h"
#include "sim/base/array.h"

/* Kinds of laws are told apart by the bodies of the data: above so many stays, exact ages are
 * rounded to steps of a tenth for that, and what is then alike is counted once. */
#define MOST_EXACT 500
#define STEP 0.1

static double coarse(double age) {
  return age > 0 ? exp(STEP * floor(log(age) / STEP + 0.5)) : age;
}

/* The stays as one exit sees them: what left otherwise was last seen then. */
static void as_one_exit(const fsim_stays *stays, size_t exit, fsim_stay *only) {
  memcpy(only, stays->stay, stays->n * sizeof *only);
  for (size_t i = 0; i < stays->n; i++) {
    only[i].exit = only[i].exit == (int32_t)exit ? 0 : -1;
    if (stays->n <= MOST_EXACT || stays->resolution > 0) continue;
    only[i].from = coarse(only[i].from);
    only[i].to = coarse(only[i].to);
  }
}

/* A part of a mixture that rests on fewer ends is a handful that happen to be alike: their density
 * has no upper bound, so the likelihood alone would take them for a law (McLachlan & Peel, Finite
 * Mixture Models, 2000, 3.10). As many as a piece of the rates holds. */
#define FEWEST_IN_PART 8

static bool is_thin(const fsim_exit_law *law, double ends) {
  for (size_t i = 0; i < law->n_parts; i++) {
    if (law->part[i].weight * ends < FEWEST_IN_PART && law->n_parts > 1) return true;
  }
  return false;
}

static double ends_by(const fsim_stays *stays, size_t exit) {
  double n = 0;
  for (size_t i = 0; i < stays->n; i++)
    n += stays->stay[i].exit == (int32_t)exit ? (double)stays->stay[i].weight : 0;
  return n;
}

bool fsim_laws_are_thin(const fsim_stays *stays, const fsim_stage_fit *fit) {
  for (size_t k = 0; k < fit->n_exits; k++) {
    if (is_thin(&fit->exit[k], ends_by(stays, k))) return true;
  }
  return false;
}

/* The kind of one exit: the best, and the best that is no mixture. Other exits are censored here
 * and a share may never leave, so the exits can be judged one at a time; the laws themselves are
 * fitted together afterwards. */
static int choose_kind(const fsim_stays *stays, size_t exit, bool mixtures, fsim_stay *only,
                       fsim_report *report, fsim_law_spec *best_spec, fsim_law_spec *plain) {
  as_one_exit(stays, exit, only);
  const fsim_stays alone = {only, stays->n, 1, stays->resolution};
  const double ends = ends_by(stays, exit);
  double best = INFINITY;
  int status = FSIM_OK;
  const int candidates = FSIM_LAW_KINDS + mixtures;
  for (int c = 0; c < candidates && status == FSIM_OK; c++) {
    fsim_law_spec spec = {1, {(fsim_law_kind)c, FSIM_LAW_LOGNORMAL}};
    if (c == FSIM_LAW_KINDS) spec = (fsim_law_spec){2, {FSIM_LAW_LOGNORMAL, FSIM_LAW_LOGNORMAL}};
    fsim_stage_fit *fit = NULL;
    status = fsim_fit_laws(&alone, &spec, true, report, &fit);
    if (status == FSIM_OK && fit->bic_events < best && !is_thin(fit->exit, ends)) {
      best = fit->bic_events;
      *best_spec = spec;
      if (spec.n_parts == 1) *plain = spec;
    }
    fsim_stage_fit_free(fit);
  }
  return status;
}

/* The laws of all exits together, where all leave, or where a share may never leave. */
static int fit_together(const fsim_stays *stays, const fsim_law_spec *spec, bool may_never,
                        fsim_report *report, fsim_stage_fit **fit) {
  fsim_stage_fit *closed = NULL, *open = NULL;
  int status = fsim_fit_laws(stays, spec, false, report, &closed);
  if (status == FSIM_OK && may_never) status = fsim_fit_laws(stays, spec, true, report, &open);
  const bool take_open = status == FSIM_OK && open != NULL && open->bic_events < closed->bic_events;
  *fit = status == FSIM_OK ? (take_open ? open : closed) : NULL;
  if (*fit != closed) fsim_stage_fit_free(closed);
  if (*fit != open) fsim_stage_fit_free(open);
  return status;
}

/* Fitted together, a mixture may become thin that was none by itself. */
static bool take_plain(const fsim_stays *stays, const fsim_stage_fit *fit,
                       const fsim_law_spec *plain, fsim_law_spec *spec) {
  bool any = false;
  for (size_t k = 0; k < stays->n_exits; k++) {
    if (!is_thin(&fit->exit[k], ends_by(stays, k))) continue;
    spec[k] = plain[k];
    any = true;
  }
  return any;
}

int fsim_choose_laws(const fsim_stays *stays, const fsim_fit_choice *choice, fsim_report *report,
                     fsim_stage_fit **fit) {
  *fit = NULL;
  fsim_law_spec *spec = fsim_zeroed(stays->n_exits, sizeof *spec);
  fsim_law_spec *plain = fsim_zeroed(stays->n_exits, sizeof *plain);
  fsim_stay *only = fsim_zeroed(stays->n, sizeof *only);
  int status = spec && plain && only ? FSIM_OK : fsim_no_memory(report);
  for (size_t k = 0; k < stays->n_exits && status == FSIM_OK; k++)
    status = choose_kind(stays, k, choice->mixtures_of_two, only, report, &spec[k], &plain[k]);
  if (status == FSIM_OK) status = fit_together(stays, spec, choice->may_never, report, fit);
  while (status == FSIM_OK && take_plain(stays, *fit, plain, spec)) {
    fsim_stage_fit_free(*fit);
    status = fit_together(stays, spec, choice->may_never, report, fit);
  }
  free(spec);
  free(plain);
  free(only);
  return status;
}
