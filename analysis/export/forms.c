/* The forms of export. */
#include <errno.h>
#include <string.h>

#include "analysis/export/walk.h"

typedef struct writing {
  const fsim_export_request *request;
  FILE *out;
  size_t next_lead; /* leads before this row are written, or not wanted */
} writing;

static int finish(const writing *w, int status, fsim_report *report) {
  if (status != FSIM_OK) return status;
  errno = 0;
  if (fflush(w->out) == 0 && !ferror(w->out)) return FSIM_OK;
  return fsim_failure(report, FSIM_NOWHERE,
                      "the export cannot be written (%s): is there room on the disk?",
                      errno != 0 ? strerror(errno) : "the output failed");
}

static void write_attribute_names(const writing *w) {
  for (size_t a = 0; a < w->request->scenario->n_attributes; a++) {
    fputc(',', w->out);
    fsim_write_attribute_name(w->request->scenario->attributes[a].name, fsim_write_field, w->out);
  }
}

static void write_attributes(const writing *w, size_t lead_row) {
  for (size_t a = 0; a < w->request->scenario->n_attributes; a++) {
    fputc(',', w->out);
    fsim_write_field(fsim_attribute_of(w->request, lead_row, a), "", w->out);
  }
}

static void write_next_field(const writing *w, const char *text) {
  fputc(',', w->out);
  fsim_write_field(text, "", w->out);
}

static void write_value(const writing *w, const fsim_known_journey *journey) {
  fputc(',', w->out);
  if (journey->has_value) fprintf(w->out, "%.2f", journey->value);
}

static void write_optional_time(const writing *w, int32_t t) {
  fputc(',', w->out);
  if (t != INT32_MAX) fsim_write_time(w->request, t, w->out);
}

/* ---- events ---- */

/* Each event of a journey, in order, by way of one function: CSV and XES write the same. */
typedef struct event {
  const char *activity, *lifecycle, *resource;
  int32_t time;
} event;

typedef void (*write_event)(const writing *w, const fsim_known_journey *journey, const event *e);

static void tell_visit(const writing *w, const fsim_known_journey *journey,
                       const fsim_known_visit *visit, write_event tell) {
  event e = {visit->stage->name, visit->at_a_team ? "schedule" : "complete", "", visit->entered};
  tell(w, journey, &e);
  if (visit->started == INT32_MAX) return;
  if (visit->team != NULL) e.resource = visit->team->name;
  e.lifecycle = "start";
  e.time = visit->started;
  tell(w, journey, &e);
  if (visit->worked == INT32_MAX) return;
  e.lifecycle = "complete";
  e.time = visit->worked;
  tell(w, journey, &e);
}

static void tell_events(const writing *w, const fsim_known_journey *journey, write_event tell) {
  for (size_t v = 0; v < journey->n_visits; v++) tell_visit(w, journey, &journey->visit[v], tell);
  if (journey->outcome == NULL) return;
  const event end = {journey->outcome->name, "complete", "", journey->ended};
  tell(w, journey, &end);
}

static void write_event_row(const writing *w, const fsim_known_journey *journey, const event *e) {
  fsim_write_case_id(w->request, journey, fsim_write_field, w->out);
  write_next_field(w, journey->funnel->name);
  write_next_field(w, e->activity);
  fputc(',', w->out);
  fsim_write_time(w->request, e->time, w->out);
  fprintf(w->out, ",%s", e->lifecycle);
  write_next_field(w, e->resource);
  write_value(w, journey);
  write_attributes(w, journey->lead_row);
  fputc('\n', w->out);
}

static int see_events(void *context, const fsim_known_journey *journey) {
  tell_events(context, journey, write_event_row);
  return FSIM_OK;
}

static int write_events(const fsim_export_request *request, FILE *out, fsim_report *report) {
  writing w = {request, out, 0};
  fprintf(out, "case_id,funnel,activity,timestamp,lifecycle,resource,value");
  write_attribute_names(&w);
  fputc('\n', out);
  return finish(&w, fsim_walk_journeys(request, see_events, &w, report), report);
}

/* ---- deals, and the history of their stages ---- */

static const char *status_of(const fsim_outcome *outcome) {
  if (outcome == NULL) return "open";
  return outcome->win ? "won" : "lost";
}

static int see_deal(void *context, const fsim_known_journey *journey) {
  const writing *w = context;
  const fsim_known_visit *last =
      journey->n_visits > 0 ? &journey->visit[journey->n_visits - 1] : NULL;
  fsim_write_case_id(w->request, journey, fsim_write_field, w->out);
  fputc(',', w->out);
  fsim_write_lead_id(w->request, journey->lead_row, fsim_write_field, w->out);
  write_next_field(w, journey->funnel->name);
  write_optional_time(w, journey->started);
  write_optional_time(w, journey->ended);
  fprintf(w->out, ",%s", status_of(journey->outcome));
  write_next_field(w, journey->outcome == NULL ? "" : journey->outcome->name);
  write_next_field(w, last == NULL ? "" : last->stage->name);
  write_optional_time(w, last == NULL ? INT32_MAX : last->entered);
  write_value(w, journey);
  write_attributes(w, journey->lead_row);
  fputc('\n', w->out);
  return FSIM_OK;
}

static int write_deals(const fsim_export_request *request, FILE *out, fsim_report *report) {
  writing w = {request, out, 0};
  fprintf(out, "deal_id,lead_id,funnel,created,closed,status,outcome,stage,stage_entered,value");
  write_attribute_names(&w);
  fputc('\n', out);
  return finish(&w, fsim_walk_journeys(request, see_deal, &w, report), report);
}

static int see_history(void *context, const fsim_known_journey *journey) {
  const writing *w = context;
  for (size_t v = 0; v < journey->n_visits; v++) {
    const fsim_known_visit *visit = &journey->visit[v];
    fsim_write_case_id(w->request, journey, fsim_write_field, w->out);
    write_next_field(w, visit->stage->name);
    write_optional_time(w, visit->entered);
    write_optional_time(w, visit->left);
    write_next_field(w, visit->exit == NULL ? "" : visit->exit);
    fputc('\n', w->out);
  }
  return FSIM_OK;
}

static int write_history(const fsim_export_request *request, FILE *out, fsim_report *report) {
  writing w = {request, out, 0};
  fprintf(out, "deal_id,stage,entered,left,exit\n");
  return finish(&w, fsim_walk_journeys(request, see_history, &w, report), report);
}

/* ---- leads ---- */

static void write_lead(const writing *w, size_t lead_row) {
  const fsim_trajectory *rows = w->request->rows;
  const uint16_t stream = ((const uint16_t *)rows->column[FSIM_LEAD_STREAM])[lead_row];
  fsim_write_lead_id(w->request, lead_row, fsim_write_field, w->out);
  write_next_field(w, w->request->scenario->streams[stream].name);
  write_optional_time(w, ((const int32_t *)rows->column[FSIM_LEAD_T_ARRIVE])[lead_row]);
  write_attributes(w, lead_row);
  fputc('\n', w->out);
}

/* A lead once, at its first journey that is wanted. */
static int see_lead(void *context, const fsim_known_journey *journey) {
  writing *w = context;
  if (journey->lead_row < w->next_lead) return FSIM_OK;
  write_lead(w, journey->lead_row);
  w->next_lead = journey->lead_row + 1;
  return FSIM_OK;
}

static int write_leads(const fsim_export_request *request, FILE *out, fsim_report *report) {
  writing w = {request, out, 0};
  fprintf(out, "lead_id,stream,arrived");
  write_attribute_names(&w);
  fputc('\n', out);
  return finish(&w, fsim_walk_journeys(request, see_lead, &w, report), report);
}

/* ---- XES (IEEE 1849) ---- */

static void write_string(const char *indent, const char *key, const char *value, FILE *out) {
  fprintf(out, "%s<string key=\"", indent);
  fsim_write_xml(key, "", out);
  fputs("\" value=\"", out);
  fsim_write_xml(value, "", out);
  fputs("\"/>\n", out);
}

static void write_xes_event(const writing *w, const fsim_known_journey *journey, const event *e) {
  (void)journey;
  fputs("    <event>\n", w->out);
  write_string("      ", "concept:name", e->activity, w->out);
  write_string("      ", "lifecycle:transition", e->lifecycle, w->out);
  if (e->resource[0] != '\0') write_string("      ", "org:resource", e->resource, w->out);
  fputs("      <date key=\"time:timestamp\" value=\"", w->out);
  fsim_write_time(w->request, e->time, w->out);
  fputs("Z\"/>\n    </event>\n", w->out); /* XES wants a zone: the wall clock as UTC */
}

static void write_trace_attributes(const writing *w, size_t lead_row) {
  const fsim_scenario *scenario = w->request->scenario;
  for (size_t a = 0; a < scenario->n_attributes; a++) {
    fputs("    <string key=\"", w->out);
    fsim_write_attribute_name(scenario->attributes[a].name, fsim_write_xml, w->out);
    fputs("\" value=\"", w->out);
    fsim_write_xml(fsim_attribute_of(w->request, lead_row, a), "\"/>\n", w->out);
  }
}

static int see_trace(void *context, const fsim_known_journey *journey) {
  const writing *w = context;
  fputs("  <trace>\n    <string key=\"concept:name\" value=\"", w->out);
  fsim_write_case_id(w->request, journey, fsim_write_xml, w->out);
  fputs("\"/>\n    <string key=\"lead_id\" value=\"", w->out);
  fsim_write_lead_id(w->request, journey->lead_row, fsim_write_xml, w->out);
  fputs("\"/>\n", w->out);
  write_string("    ", "funnel", journey->funnel->name, w->out);
  if (journey->has_value)
    fprintf(w->out, "    <float key=\"value\" value=\"%.2f\"/>\n", journey->value);
  write_trace_attributes(w, journey->lead_row);
  tell_events(w, journey, write_xes_event);
  fputs("  </trace>\n", w->out);
  return FSIM_OK;
}

static int write_xes(const fsim_export_request *request, FILE *out, fsim_report *report) {
  writing w = {request, out, 0};
  fputs(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<log xes.version=\"1849-2016\" xes.features=\"\" xmlns=\"http://www.xes-standard.org/\">\n"
      "  <extension name=\"Concept\" prefix=\"concept\" "
      "uri=\"http://www.xes-standard.org/concept.xesext\"/>\n"
      "  <extension name=\"Time\" prefix=\"time\" "
      "uri=\"http://www.xes-standard.org/time.xesext\"/>\n"
      "  <extension name=\"Lifecycle\" prefix=\"lifecycle\" "
      "uri=\"http://www.xes-standard.org/lifecycle.xesext\"/>\n"
      "  <extension name=\"Organizational\" prefix=\"org\" "
      "uri=\"http://www.xes-standard.org/org.xesext\"/>\n"
      "  <classifier name=\"Activity\" keys=\"concept:name\"/>\n",
      out);
  int status = fsim_walk_journeys(request, see_trace, &w, report);
  fputs("</log>\n", out);
  return finish(&w, status, report);
}

const fsim_export_form fsim_export_forms[] = {
    {"events", "an event log as CSV: case, activity, time, lifecycle, team, value, attributes",
     write_events},
    {"deals", "a table of deals as CSV, one row a journey: created, closed, status, value",
     write_deals},
    {"history", "the stages of these deals as CSV: entered, left, exit", write_history},
    {"leads", "a table of leads as CSV", write_leads},
    {"xes", "an event log as XES (IEEE 1849), for process mining", write_xes},
};
const size_t fsim_n_export_forms = sizeof fsim_export_forms / sizeof *fsim_export_forms;
