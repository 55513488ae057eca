#include "analysis/decide/json_parts.h"

#include <math.h>

json_t *fsim_json_number(double value) {
  return isfinite(value) ? json_real(value) : json_null();
}

json_t *fsim_json_interval(const fsim_interval *interval) {
  return json_pack("{s:o, s:o, s:o, s:I, s:s}", "mean", fsim_json_number(interval->estimate), "low",
                   fsim_json_number(interval->low), "high", fsim_json_number(interval->high), "n",
                   (json_int_t)interval->n, "method", interval->method);
}

json_t *fsim_json_messages(const fsim_report *report) {
  json_t *list = json_array();
  const fsim_message *message;
  for (size_t i = 0; (message = fsim_report_message(report, i)) != NULL; i++) {
    if (json_array_append_new(list, json_string(message->text)) == 0) continue;
    json_decref(list);
    return NULL;
  }
  return list;
}

int fsim_json_write(json_t *root, FILE *out, fsim_report *report) {
  if (root == NULL) return fsim_no_memory(report);
  int failed =
      json_dumpf(root, out, JSON_INDENT(2) | JSON_PRESERVE_ORDER) != 0 || fputc('\n', out) == EOF;
  json_decref(root);
  return failed ? fsim_failure(report, FSIM_NOWHERE, "the JSON could not be written") : FSIM_OK;
}
