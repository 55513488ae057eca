/* A distribution in words: "lognormal, mean 6 d, cv 1.1". */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#include "sim/base/quantity.h"
#include "sim/random/distribution.h"
#include "sim/random/family.h"

typedef struct words {
  char *buffer;
  size_t size;
  size_t used;
} words;

__attribute__((format(printf, 2, 3))) static void append(words *w, const char *format, ...) {
  if (w->used + 1 >= w->size) return;
  va_list arguments;
  va_start(arguments, format);
  int length = vsnprintf(w->buffer + w->used, w->size - w->used, format, arguments);
  va_end(arguments);
  if (length > 0) w->used += (size_t)length;
  if (w->used >= w->size) w->used = w->size - 1;
}

static void append_value(words *w, const char *before, double value, bool duration) {
  char text[64];
  if (duration && fsim_is_number(value)) {
    append(w, "%s%s", before, fsim_format_duration(value, text, sizeof text));
  } else {
    append(w, "%s%s", before, fsim_format_figures(value, 6, text, sizeof text));
  }
}

static void append_moments(words *w, const fsim_distribution *d, bool duration) {
  double mean = fsim_mean(d), variance = fsim_variance(d);
  if (!fsim_is_number(mean)) {
    append_value(w, ", median ", fsim_quantile(d, 0.5), duration);
    append(w, ", no finite mean");
    return;
  }
  append_value(w, ", mean ", mean, duration);
  if (mean > 0 && fsim_is_number(variance)) {
    append(w, ", cv %.3g", __builtin_sqrt(variance) / mean);
  } else if (fsim_is_number(variance)) {
    append_value(w, ", sd ", __builtin_sqrt(variance), duration);
  } else {
    append(w, ", no finite variance");
  }
}

char *fsim_distribution_text(const fsim_distribution *d, bool duration, char *buffer, size_t size) {
  words w = {buffer, size, 0};
  if (size == 0) return buffer;
  buffer[0] = '\0';
  append(&w, "%s", d->family->name);
  if (d->family == &fsim_family_fixed) {
    append_value(&w, " ", fsim_mean(d), duration);
    return buffer;
  }
  if (d->family == &fsim_family_empirical) append(&w, ", %zu values", d->n);
  if (d->family == &fsim_family_mixture) append(&w, " of %zu", d->n);
  append_moments(&w, d, duration);
  double lowest, highest;
  fsim_support(d, &lowest, &highest);
  if (lowest != 0 && fsim_is_number(lowest)) append_value(&w, ", at least ", lowest, duration);
  if (fsim_is_number(highest)) append_value(&w, ", at most ", highest, duration);
  return buffer;
}
