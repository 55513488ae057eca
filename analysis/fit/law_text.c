/* Fitted laws as distributions and as model files write them. */

#include "analysis/fit/law_kinds.h"
#include "analysis/fit/laws.h"
#include "sim/base/quantity.h"
#include "sim/base/text.h"

/* A time with its unit, four digits. */
static void append_time(fsim_text *text, double seconds) {
  if (seconds < 120)
    fsim_text_append(text, "%.4g s", seconds);
  else if (seconds < 7200)
    fsim_text_append(text, "%.4g min", seconds / 60);
  else if (seconds < FSIM_DAY)
    fsim_text_append(text, "%.4g h", seconds / 3600);
  else
    fsim_text_append(text, "%.4g d", seconds / FSIM_DAY);
}

static void append_part(fsim_text *text, fsim_law_kind kind, const double *parameter) {
  const fsim_law_entry *entry = &fsim_law_entries[kind];
  fsim_text_append(text, "%s: {", entry->name);
  for (size_t p = 0; p < fsim_law_parameters(kind); p++) {
    fsim_text_append(text, "%s%s: ", p ? ", " : "", entry->parameter[p]);
    if (entry->is_time[p])
      append_time(text, parameter[p]);
    else
      fsim_text_append(text, "%.4g", parameter[p]);
  }
  fsim_text_append(text, "}");
}

void fsim_exit_law_append(const fsim_exit_law *law, fsim_text *text) {
  if (law->n_parts == 1) {
    fsim_text_append(text, "{");
    append_part(text, law->part[0].kind, law->part[0].parameter);
    fsim_text_append(text, "}");
    return;
  }
  fsim_text_append(text, "{mixture: [");
  for (size_t i = 0; i < law->n_parts; i++) {
    fsim_text_append(text, "%s{weight: %.4g, ", i ? ", " : "", law->part[i].weight);
    append_part(text, law->part[i].kind, law->part[i].parameter);
    fsim_text_append(text, "}");
  }
  fsim_text_append(text, "]}");
}
