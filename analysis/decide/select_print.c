/* The choice among plans, as text and as JSON. */
#include <jansson.h>
#include <math.h>
#include <stdlib.h>

#include "analysis/decide/difference.h"
#include "analysis/decide/json_parts.h"
#include "analysis/decide/said.h"
#include "analysis/decide/select.h"
#include "analysis/grid.h"
#include "sim/base/array.h"

/* Of all replications that a plan was given. */
static int value_of(const fsim_best *b, size_t v, fsim_report *report, fsim_interval *value) {
  double *units = fsim_zeroed(b->outputs[v].replications, sizeof *units);
  if (units == NULL) return fsim_no_memory(report);
  size_t n = fsim_unit_values(&b->outputs[v], &b->measures[v], 0, b->outputs[v].replications,
                              b->in_pairs, units);
  *value = fsim_interval_mean(units, n, b->confidence);
  free(units);
  return FSIM_OK;
}

static const char *fate_of(const fsim_best *b, size_t v) {
  if (v == b->chosen) return "chosen";
  return b->selection.equal[v] ? "equal" : "went out";
}

/* 0, or -1 when it could not be written. */
static int print_remarks(const fsim_best *b, FILE *out) {
  const fsim_message *message;
  for (size_t i = 0; (message = fsim_report_message(b->remarks, i)) != NULL; i++) {
    char line[1024];
    snprintf(line, sizeof line, "Warning: %s.", message->text);
    if (fsim_print_wrapped(out, line) != 0) return -1;
  }
  size_t equal = 0;
  for (size_t v = 0; v < b->n; v++) equal += b->selection.equal[v];
  if (equal == 0) return 0;
  return fsim_print_wrapped(
      out, "Plans marked equal have the same mean as the one chosen; it is the first of them.");
}

int fsim_best_text(const fsim_best *b, FILE *out, fsim_report *report) {
  enum { COLUMNS = 3 };
  char buffer[64], line[1024];
  const fsim_measure *measure = &b->measures[b->chosen];
  const char *unit =
      fsim_measure_unit(measure, b->variants[0].scenario->currency, buffer, sizeof buffer);
  fsim_cell_text delta = fsim_say_number(b->delta, fsim_measure_scale(measure));
  snprintf(line, sizeof line,
           "The best by %s: %s, chosen rightly with a probability of at least %.4g %%, if it leads "
           "by %s %s or more (KN: Kim and Nelson 2001).",
           measure->name, b->variants[b->chosen].name, 100 * b->confidence, delta.text, unit);
  int failed =
      fsim_print_wrapped(out, line) != 0 || print_remarks(b, out) != 0 || fputc('\n', out) == EOF;
  fsim_grid grid = {.columns = COLUMNS};
  const fsim_cell_text header[COLUMNS] = {fsim_cell_of(unit), fsim_cell_of("replications"),
                                          fsim_cell_of("")};
  fsim_grid_add(&grid, "plan", header);
  for (size_t v = 0; v < b->n; v++) {
    fsim_interval value;
    char count[32];
    int status = value_of(b, v, report, &value);
    if (status != FSIM_OK) return status;
    snprintf(count, sizeof count, "%u", b->outputs[v].replications);
    const fsim_cell_text cells[COLUMNS] = {fsim_say_mean(&value, fsim_measure_scale(measure)),
                                           fsim_cell_of(count), fsim_cell_of(fate_of(b, v))};
    fsim_grid_add(&grid, b->variants[v].name, cells);
  }
  if (fsim_grid_print(&grid, out) != 0) failed = 1;
  return failed ? fsim_failure(report, FSIM_NOWHERE, "the choice could not be written") : FSIM_OK;
}

int fsim_best_json(const fsim_best *b, FILE *out, fsim_report *report) {
  json_t *plans = json_array();
  for (size_t v = 0; v < b->n; v++) {
    fsim_interval value;
    int status = value_of(b, v, report, &value);
    if (status != FSIM_OK) {
      json_decref(plans);
      return status;
    }
    size_t units = b->in_pairs ? 2 : 1;
    json_t *plan = json_pack("{s:s, s:b, s:b, s:I, s:I, s:o}", "name", b->variants[v].name,
                             "chosen", v == b->chosen, "equal", b->selection.equal[v],
                             "replications", (json_int_t)b->outputs[v].replications, "out_at",
                             (json_int_t)(b->selection.out_at[v] * units), "value",
                             fsim_json_interval(&value));
    if (json_array_append_new(plans, plan) != 0) {
      json_decref(plans);
      return fsim_no_memory(report);
    }
  }
  json_t *root =
      json_pack("{s:s, s:s, s:f, s:f, s:s, s:o, s:o}", "metric", b->measures[0].name, "best",
                b->variants[b->chosen].name, "confidence", b->confidence, "delta", b->delta,
                "method", "KN", "plans", plans, "warnings", fsim_json_messages(b->remarks));
  return fsim_json_write(root, out, report);
}
