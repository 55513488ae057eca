/* Leads on a calendar whose standing journeys ran before (scope.h): what their links start. */
#include <string.h>

#include "sim/engine/calendar.h"

/* The lead of a crossing as its standing journeys left it: those behind had lower numbers, and of
 * the funnels that run here it can only have passed the first. */
static void put_lead(fsim_calendar *c, const fsim_crossing *x, uint32_t slot) {
  fsim_lead_store *s = &c->leads;
  size_t n_funnels = c->scenario->n_funnels;
  s->number[slot] = x->lead;
  s->arrive[slot] = x->arrive;
  s->profile[slot] = x->profile;
  s->stream[slot] = x->stream;
  s->kept[slot] = false;
  s->journeys[slot] = 1;
  memset(s->ordinal + slot * n_funnels, 0, n_funnels * sizeof *s->ordinal);
  if (c->scope->stream[x->stream])
    s->ordinal[slot * n_funnels + c->scenario->streams[x->stream].into] = 1;
}

int fsim_calendar_resume(fsim_calendar *c) {
  if (c->scope == NULL) return FSIM_OK;
  fsim_crossings *crossings = &c->scope->crossings[c->replication - c->scope->first];
  if (c->scope->standing) {
    crossings->n = 0;
    return FSIM_OK;
  }
  const fsim_crossing *before = NULL;
  uint32_t chunk = FSIM_NONE, in_chunk = FSIM_LEAD_CHUNK;
  int status = FSIM_OK;
  for (size_t i = 0; i < crossings->n && status == FSIM_OK; before = &crossings->list[i++]) {
    const fsim_crossing *x = &crossings->list[i];
    if (before == NULL || before->stream != x->stream || before->lead != x->lead) {
      if (in_chunk == FSIM_LEAD_CHUNK) {
        if (chunk != FSIM_NONE) fsim_calendar_release_lead(c, chunk * FSIM_LEAD_CHUNK);
        chunk = fsim_calendar_chunk(c);
        if (chunk == FSIM_NONE) return c->status;
        in_chunk = 0;
      }
      put_lead(c, x, chunk * FSIM_LEAD_CHUNK + in_chunk++);
    }
    uint32_t slot = chunk * FSIM_LEAD_CHUNK + in_chunk - 1;
    if (c->leads.journeys[slot] <= x->parent) c->leads.journeys[slot] = (uint16_t)(x->parent + 1);
    status = fsim_calendar_plan_start(c, slot, x->parent, x->link, x->start);
  }
  if (chunk != FSIM_NONE) fsim_calendar_release_lead(c, chunk * FSIM_LEAD_CHUNK);
  return status;
}
