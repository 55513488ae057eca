#include "analysis/fit/model_text_parts.h"

#include <math.h>

#include "analysis/fit/sampling_error.h"
#include "sim/base/quantity.h"

#define ATOMS_A_LINE 10

void fsim_append_age(fsim_text *text, double seconds) {
  if (seconds < FSIM_DAY)
    fsim_text_append(text, "%.0f s", seconds < 1 ? 1 : seconds);
  else
    fsim_text_append(text, "%.6g d", seconds / FSIM_DAY);
}

void fsim_append_unsure(fsim_text *text, double median, double sigma) {
  if (sigma > 0)
    fsim_text_append(text, "{uncertain: {lognormal: {median: %.6g, sigma: %.4g}}}", median, sigma);
  else
    fsim_text_append(text, "%.6g", median);
}

void fsim_append_scale(fsim_text *text, double sigma) {
  fsim_append_unsure(text, exp(sigma * sigma / 2), sigma);
}

void fsim_append_clock(fsim_text *text, const fsim_clock *clock, double odds_sigma,
                       const char *indent) {
  fsim_text_append(text, "{values: [");
  for (size_t i = 0; i < clock->n; i++) {
    fsim_append_age(text, clock->age[i]);
    fsim_text_append(text, ",%s%s", (i + 1) % ATOMS_A_LINE ? " " : "\n",
                     (i + 1) % ATOMS_A_LINE ? "" : indent);
  }
  fsim_text_append(text, FSIM_NEVER_TEXT "],\n%sweights: [", indent);
  for (size_t i = 0; i < clock->n; i++)
    fsim_text_append(text, "%.4g,%s%s", clock->weight[i], (i + 1) % ATOMS_A_LINE ? " " : "\n",
                     (i + 1) % ATOMS_A_LINE ? "" : indent);
  const double never = clock->never > 1e-9 ? clock->never : 1e-9;
  const double sigma = never > 0.01 ? odds_sigma : 0, median = fsim_median_never(never, sigma);
  if (isnan(median)) text->failed = 1;
  fsim_append_unsure(text, median, sigma);
  fsim_text_append(text, "]}");
}
