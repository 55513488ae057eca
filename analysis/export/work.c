#include "analysis/export/work.h"

#define VALUE(type, rows, id, row) (((const type *)(rows)->column[id])[row])

size_t fsim_profile_of_lead(const fsim_export_request *request, size_t lead_row) {
  const fsim_scenario *s = request->scenario;
  size_t profile = 0;
  for (size_t a = 0; a < s->n_attributes; a++)
    profile = profile * s->attributes[a].n_values + request->rows->attribute[a][lead_row];
  return profile;
}

/* Could this version of the laws have held for a lead's visit? */
static bool possible(const fsim_scenario *s, size_t version, int32_t arrived, int32_t entered) {
  for (size_t c = 0; c < s->n_changes; c++) {
    const fsim_change *change = &s->changes[c];
    const bool in_force = (s->version_mask[version] >> c & 1u) != 0;
    const bool begun = change->on_s <= (change->applies_to == FSIM_TO_NEW ? arrived : entered);
    if (in_force && !begun) return false;
    if (begun && !in_force && change->share >= 1 && !(change->ramp_s > 0)) return false;
  }
  return true;
}

/* A deal that was open at the start and whose work was over then: nobody knows when it was. */
static bool worked_before(const fsim_export_request *request, size_t lead_row, size_t row) {
  const fsim_trajectory *rows = request->rows;
  const uint16_t stream = VALUE(uint16_t, rows, FSIM_LEAD_STREAM, lead_row);
  const bool first = VALUE(uint16_t, rows, FSIM_VISIT_JOURNEY, row) == 0 &&
                     (row == 0 || VALUE(uint32_t, rows, FSIM_VISIT_LEAD, row - 1) !=
                                      VALUE(uint32_t, rows, FSIM_VISIT_LEAD, row));
  return first && request->scenario->streams[stream].pipeline &&
         VALUE(int32_t, rows, FSIM_VISIT_QUEUE, row) == 0 &&
         VALUE(int32_t, rows, FSIM_VISIT_WORK, row) == 0;
}

fsim_known_work fsim_work_of_visit(const fsim_export_request *request, size_t lead_row,
                                   size_t visit_row) {
  const fsim_scenario *s = request->scenario;
  const fsim_trajectory *rows = request->rows;
  const size_t profile = fsim_profile_of_lead(request, lead_row);
  const size_t stage = VALUE(uint16_t, rows, FSIM_VISIT_STAGE, visit_row);
  const int32_t arrived = VALUE(int32_t, rows, FSIM_LEAD_T_ARRIVE, lead_row);
  const int32_t entered = VALUE(int32_t, rows, FSIM_VISIT_T_ENTER, visit_row);
  const bool told = VALUE(int32_t, rows, FSIM_VISIT_QUEUE, visit_row) > 0 ||
                    VALUE(int32_t, rows, FSIM_VISIT_WORK, visit_row) > 0;
  bool always = true, sometimes = false, same = true;
  const fsim_team *team = NULL;
  for (size_t v = 0; v < s->n_versions; v++) {
    if (s->n_changes > 0 && !possible(s, v, arrived, entered)) continue;
    const fsim_stage_law *law = fsim_stage_law_of(s, v, profile, stage);
    always = always && law->work.set;
    if (!law->work.set) continue;
    same = same && (!sometimes || team == &s->teams[law->work.team]);
    sometimes = true;
    team = &s->teams[law->work.team];
  }
  const bool came = sometimes && (always || told) && !worked_before(request, lead_row, visit_row);
  return (fsim_known_work){came, came && same ? team : NULL};
}
