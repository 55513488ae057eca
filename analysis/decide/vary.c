#include "analysis/decide/vary.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/array.h"
#include "sim/base/quantity.h"
#include "sim/base/text.h"

static int find_lever(const fsim_variant *variant, const char *path, fsim_report *report,
                      const fsim_lever **found) {
  const fsim_lever *levers;
  size_t n;
  int status = fsim_source_levers(variant->source, report, &levers, &n);
  if (status != FSIM_OK) return status;
  const char **names = fsim_zeroed(n, sizeof *names);
  if (names == NULL) return fsim_no_memory(report);
  *found = NULL;
  for (size_t i = 0; i < n; i++) {
    names[i] = levers[i].path;
    if (strcmp(levers[i].path, path) == 0) *found = &levers[i];
  }
  const char *nearest = *found == NULL ? fsim_nearest_name(path, names, n) : NULL;
  free(names);
  if (*found != NULL) return FSIM_OK;
  return fsim_bad_input(report, FSIM_NOWHERE, "no lever %s%s%s; funnelsim check --levers lists all",
                        path, nearest != NULL ? "; did you mean " : "",
                        nearest != NULL ? nearest : "");
}

/* The number of a text in its own unit, a rate per second or a time in seconds. */
static double number_of(const char *text) {
  double value;
  if (fsim_parse_share(text, &value) == FSIM_QUANTITY_OK) return value;
  if (fsim_parse_rate(text, &value) == FSIM_QUANTITY_OK) return value;
  if (fsim_parse_duration(text, &value) == FSIM_QUANTITY_OK) return value;
  return NAN;
}

/* One end of "LO..HI": a factor is "x1.5", or a value of the lever that is divided by what it is
 * now. */
static double end_of(const fsim_vary *vary, const char *text) {
  double factor;
  if (vary->kind != FSIM_VARY_FACTOR) return number_of(text);
  if (text[0] == 'x')
    return fsim_parse_number(text + 1, &factor) == FSIM_QUANTITY_OK ? factor : NAN;
  return number_of(text) / vary->written;
}

static void usual_bounds(fsim_vary *vary) {
  switch (vary->kind) {
    case FSIM_VARY_WHOLE:
      vary->low = 1;
      vary->high = fmax(4 * vary->now, vary->now + 8);
      break;
    case FSIM_VARY_CHANCE:
      vary->low = 0;
      vary->high = 1;
      break;
    default:
      vary->low = 0.25;
      vary->high = 4;
  }
}

static int read_bounds(fsim_vary *vary, const char *text, const char *all, fsim_report *report) {
  const char *dots = strstr(text, "..");
  if (dots != NULL && (size_t)(dots - text) < 64) {
    char low[64];
    snprintf(low, sizeof low, "%.*s", (int)(dots - text), text);
    vary->low = end_of(vary, low);
    vary->high = end_of(vary, dots + 2);
    if (vary->low < vary->high && vary->low >= 0) return FSIM_OK;
  }
  return fsim_bad_input(report, FSIM_NOWHERE,
                        "--vary %s: expected LEVER=LO..HI in the lever's own units, or as factors, "
                        "such as teams.sdr.size=2..9 or streams.web.rate=x0.5..x3",
                        all);
}

int fsim_vary_parse(const fsim_variant *variant, const char *text, fsim_report *report,
                    fsim_vary *vary) {
  const char *equals = strchr(text, '=');
  char *path = fsim_copy_text(text, equals == NULL ? strlen(text) : (size_t)(equals - text));
  if (path == NULL) return fsim_no_memory(report);
  *vary = (fsim_vary){0};
  int status = find_lever(variant, path, report, &vary->lever);
  free(path);
  if (status != FSIM_OK) return status;
  const char *kind = vary->lever->kind;
  double now = number_of(vary->lever->value);
  vary->kind = strcmp(kind, "size") == 0          ? FSIM_VARY_WHOLE
               : strcmp(kind, "probability") == 0 ? FSIM_VARY_CHANCE
                                                  : FSIM_VARY_FACTOR;
  vary->written = now;
  vary->now = vary->kind == FSIM_VARY_FACTOR ? 1 : now;
  if (isnan(vary->now) && strstr(vary->lever->value, "uncertain") != NULL)
    return fsim_bad_input(report, FSIM_NOWHERE,
                          "--vary %s: it is uncertain, %s, and a plan moves plain numbers: add "
                          "--set '%s=VALUE' with the value that it has now",
                          text, vary->lever->value, vary->lever->path);
  if (isnan(vary->now))
    return fsim_bad_input(report, FSIM_NOWHERE, "--vary %s: %s is no plain number", text,
                          vary->lever->value);
  usual_bounds(vary);
  return equals == NULL ? FSIM_OK : read_bounds(vary, equals + 1, text, report);
}

char *fsim_vary_set(const fsim_vary *vary, double value) {
  fsim_text set = {0};
  fsim_text_append(&set, vary->kind == FSIM_VARY_FACTOR ? "%s=x%.10g" : "%s=%.10g",
                   vary->lever->path, value);
  if (!set.failed) return set.text;
  free(set.text);
  return NULL;
}

/* "81 / d": a number with what stands behind the lever's own number. */
static void with_unit(const fsim_vary *vary, double factor, char *buffer, size_t size) {
  const char *value = vary->lever->value;
  size_t digits = strspn(value, "0123456789.+-eE");
  char number[64];
  double now;
  buffer[0] = '\0';
  if (digits == 0 || digits >= sizeof number) return;
  snprintf(number, sizeof number, "%.*s", (int)digits, value);
  if (fsim_parse_number(number, &now) != FSIM_QUANTITY_OK) return;
  snprintf(buffer, size, " (%s%s)", fsim_format_figures(now * factor, 3, number, sizeof number),
           value + digits);
}

char *fsim_vary_text(const fsim_vary *vary, double value, char *buffer, size_t size) {
  char unit[64], number[64];
  if (vary->kind != FSIM_VARY_FACTOR) return fsim_format_figures(value, 4, buffer, size);
  with_unit(vary, value, unit, sizeof unit);
  snprintf(buffer, size, "x%s%s", fsim_format_figures(value, 3, number, sizeof number), unit);
  return buffer;
}

double fsim_vary_resolution(const fsim_vary *vary) {
  return vary->kind == FSIM_VARY_WHOLE ? 1 : (vary->high - vary->low) / 512;
}
