#include "analysis/decide/said.h"

#include <string.h>

double fsim_measure_scale(const fsim_measure *measure) {
  return measure->share ? 100 : 1;
}

const char *fsim_measure_unit(const fsim_measure *measure, const char *currency, char *buffer,
                              size_t size) {
  if (measure->share) return "%";
  if (strcmp(measure->units, "d") == 0) return "days";
  if (strcmp(measure->units, "visits") == 0 || strcmp(measure->units, "journeys") == 0)
    return measure->units;
  bool money = strncmp(measure->units, "currency", 8) == 0;
  bool weekly = strstr(measure->units, "/ w") != NULL;
  snprintf(buffer, size, "%s%s%s", money ? currency : "", money && weekly ? " " : "",
           weekly ? "a week" : "");
  return buffer;
}

const char *fsim_change_unit(const fsim_measure *measure, const char *currency, char *buffer,
                             size_t size) {
  return measure->share ? "pp" : fsim_measure_unit(measure, currency, buffer, size);
}

fsim_cell_text fsim_say_change(const fsim_interval *change, double scale) {
  fsim_cell_text plain = fsim_say_mean(change, scale), cell;
  snprintf(cell.text, sizeof cell.text, "%s%.60s", change->estimate > 0 ? "+" : "", plain.text);
  return cell;
}

const char *fsim_say_few(double confidence, size_t units) {
  if (confidence <= FSIM_VERY_SURE || units >= FSIM_UNITS_FOR_VERY_SURE) return NULL;
  return "To hold together, each interval must be surer than 99.9 %, which so few replications "
         "cannot promise of skewed values (money, rare events): take at least 50, or 100 where "
         "numbers are uncertain.";
}
