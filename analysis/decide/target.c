#include "analysis/decide/target.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/quantity.h"
#include "sim/base/text.h"

/* What a number a week is, of one per unit of time: 365.25 days a year. */
static const struct period {
  const char *name;
  double per_week;
} periods[] = {{"w", 1},
               {"week", 1},
               {"d", 7},
               {"day", 7},
               {"month", 84 / 365.25},
               {"quarter", 28 / 365.25},
               {"year", 7 / 365.25}};

static bool read_period(const char *text, double *per_week) {
  text += strspn(text, " /");
  if (strncmp(text, "per ", 4) == 0) text += 4;
  for (size_t i = 0; i < sizeof periods / sizeof *periods; i++) {
    if (strcmp(text, periods[i].name) == 0) {
      *per_week = periods[i].per_week;
      return true;
    }
  }
  return false;
}

/* "40 / month", "1,200", "35 %", "20 d". */
static bool read_value(const char *text, fsim_target_goal *goal) {
  char number[64];
  size_t n = 0;
  const char *at = text;
  for (; *at != '\0' && n + 1 < sizeof number && strchr("0123456789.,eE+-", *at) != NULL; at++)
    if (*at != ',') number[n++] = *at;
  number[n] = '\0';
  if (fsim_parse_number(number, &goal->value) != FSIM_QUANTITY_OK) return false;
  at += strspn(at, " ");
  if (*at == '\0' || strcmp(at, "d") == 0) return true;
  double factor;
  goal->percent = strcmp(at, "%") == 0;
  goal->per_time = !goal->percent;
  if (goal->percent)
    factor = 0.01;
  else if ((*at != '/' && strncmp(at, "per ", 4) != 0) || !read_period(at, &factor))
    return false;
  goal->value *= factor;
  return true;
}

int fsim_goal_parse(const char *text, fsim_report *report, fsim_target_goal *goal) {
  *goal = (fsim_target_goal){.text = text};
  const char *sign = strrchr(text, '='); /* others are of "[ATTRIBUTE=VALUE]" */
  if (sign != NULL && sign > text && (sign[-1] == '>' || sign[-1] == '<')) {
    size_t length = (size_t)(sign - 1 - text);
    while (length > 0 && text[length - 1] == ' ') length--;
    size_t blank = strspn(text, " ");
    const char *value = sign + 1 + strspn(sign + 1, " ");
    goal->at_least = sign[-1] == '>';
    if (length > blank && read_value(value, goal)) {
      goal->metric = fsim_copy_text(text + blank, length - blank);
      return goal->metric == NULL ? fsim_no_memory(report) : FSIM_OK;
    }
  }
  return fsim_bad_input(report, FSIM_NOWHERE,
                        "--target %s: expected a metric, >= or <=, and a number, such as "
                        "'basic.won >= 40 / month', 'value >= 60,000 / w' or 'basic.cycle_days <= "
                        "20'",
                        text);
}

void fsim_goal_free(fsim_target_goal *goal) {
  free(goal->metric);
  goal->metric = NULL;
}

fsim_interval fsim_goal_reached(const fsim_outputs *outputs, const fsim_measure *measure, size_t m,
                                const fsim_target_goal *goal, double confidence) {
  const double *top = fsim_outputs_top(outputs, m), *bottom = fsim_outputs_bottom(outputs, m);
  size_t reached = 0;
  for (uint32_t r = 0; r < outputs->replications; r++) {
    double y = top[r];
    if (measure->ratio) y = bottom[r] > 0 ? y / bottom[r] : NAN;
    reached += goal->at_least ? y >= goal->value : y <= goal->value;
  }
  return fsim_share_of_runs(reached, outputs->replications, outputs->uncertain, confidence);
}
