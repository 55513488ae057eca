#include "analysis/decide/compare_later.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "sim/base/quantity.h"
#include "sim/base/text.h"

static const fsim_compared *find(const fsim_comparison *c, size_t variant, const char *funnel,
                                 const char *metric) {
  char name[256];
  snprintf(name, sizeof name, "%s.%s", funnel, metric);
  for (size_t m = 0; m < c->n_measures; m++) {
    if (strcmp(c->names[m], name) == 0) return fsim_compared_of(c, variant, m);
  }
  return NULL;
}

bool fsim_later_of(const fsim_comparison *c, size_t variant, const char *funnel,
                   fsim_later *later) {
  const fsim_compared *open = find(c, variant, funnel, "open_at_end");
  const fsim_compared *won = find(c, variant, funnel, "won");
  const fsim_compared *rate = find(c, variant, funnel, "conversion");
  if (open == NULL || won == NULL || rate == NULL) return false;
  if (c->variants[0].scenario->horizon_s != c->variants[variant].scenario->horizon_s ||
      c->variants[0].scenario->warm_up_s != c->variants[variant].scenario->warm_up_s)
    return false;
  if (open->verdict != FSIM_HIGHER && open->verdict != FSIM_LOWER) return false;
  const double weeks = fsim_window_s(c->variants[0].scenario) / FSIM_WEEK;
  *later =
      (fsim_later){.open_base = open->difference.base.estimate,
                   .open_other = open->difference.other.estimate,
                   .wins_base = open->difference.base.estimate * rate->difference.base.estimate,
                   .wins_other = open->difference.other.estimate * rate->difference.other.estimate,
                   .gain = weeks * won->difference.change.estimate};
  return isfinite(later->wins_base) && isfinite(later->wins_other) && isfinite(later->gain);
}

double fsim_later_share(const fsim_later *l) {
  const double after = l->wins_other - l->wins_base;
  if (l->gain == 0 || after * l->gain >= 0) return 0;
  return fmin(1, -after / l->gain);
}

void fsim_later_append(const fsim_later *l, const char *funnel, fsim_text *text) {
  const double after = l->wins_other - l->wins_base;
  const double share = fsim_later_share(l);
  char before[32], now[32], of_base[32], of_other[32], gain[32], part[32];
  fsim_text_append(
      text,
      "%s: at the end %s journeys are open against %s in the base. If they win as often as those "
      "that ended, %s wins are still to come, against %s.",
      funnel, fsim_format_figures(l->open_other, 3, now, sizeof now),
      fsim_format_figures(l->open_base, 3, before, sizeof before),
      fsim_format_figures(l->wins_other, 3, of_other, sizeof of_other),
      fsim_format_figures(l->wins_base, 3, of_base, sizeof of_base));
  fsim_format_figures(fabs(l->gain), 3, gain, sizeof gain);
  fsim_format_figures(fabs(after), 3, part, sizeof part);
  if (share > 0)
    fsim_text_append(text, " So about %s of the %s wins %s until then are only %s.",
                     share < 1 ? part : "all", gain, l->gain > 0 ? "more" : "fewer",
                     l->gain > 0 ? "brought forward" : "put off");
  else
    fsim_text_append(text, " So about %s wins %s come after it, beside %s %s until then.", part,
                     after > 0 ? "more" : "fewer", gain, l->gain >= 0 ? "more" : "fewer");
}
