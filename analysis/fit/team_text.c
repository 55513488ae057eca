/* Teams and work in the files that are written, and told. */
#include <stdlib.h>

#include "analysis/fit/fit_print.h"
#include "analysis/fit/model_text_parts.h"
#include "sim/base/array.h"

/* ---- a stage of work ---- */

static void append_times(fsim_text *text, const char *key, const fsim_stage_fit *fit) {
  fsim_text_append(text, ", %s: ", key);
  fsim_exit_law_append(&fit->exit[0], text);
}

/* Stays that left the queue, by exit; both lists are by case and time. */
static int count_abandoned(const fsim_stage_stays *stays, const fsim_fitted_work *work,
                           fsim_report *report, double **served, double **abandoned) {
  *served = fsim_zeroed(stays->n_exits, sizeof **served);
  *abandoned = fsim_zeroed(stays->n_exits, sizeof **abandoned);
  if (*served == NULL || *abandoned == NULL) return fsim_no_memory(report);
  for (size_t i = 0, at = 0; i < stays->n; i++) {
    const fsim_dated_stay *stay = &stays->stay[i];
    while (at < work->n_abandoned && (work->gave_up[at].which_case < stay->which_case ||
                                      (work->gave_up[at].which_case == stay->which_case &&
                                       work->gave_up[at].joined < stay->entered)))
      at++;
    const bool gave_up = at < work->n_abandoned &&
                         work->gave_up[at].which_case == stay->which_case &&
                         work->gave_up[at].joined == stay->entered;
    if (stay->exit != FSIM_NONE) (gave_up ? *abandoned : *served)[stay->exit] += 1;
  }
  return FSIM_OK;
}

static size_t largest(const double *x, size_t n) {
  size_t best = 0;
  for (size_t i = 1; i < n; i++) best = x[i] > x[best] ? i : best;
  return best;
}

int fsim_append_work_stage(const fsim_fitted_funnel *f, size_t s, fsim_text *text,
                           fsim_report *report) {
  const fsim_stage_stays *stays = &f->stays.stage[s];
  const fsim_fitted_work *work = f->stage[s].work;
  double *served = NULL, *abandoned = NULL, all = 0;
  int status = count_abandoned(stays, work, report, &served, &abandoned);
  for (size_t x = 0; x < stays->n_exits && status == FSIM_OK; x++) all += served[x];
  if (status == FSIM_OK) {
    fsim_text_append(text, "    work: {team: %s", f->stage[s].team);
    append_times(text, "time", work->time);
    if (work->patience != NULL) {
      append_times(text, "patience", work->patience);
      fsim_text_append(text, ", abandon: %s",
                       fsim_fitted_exit_name(f, s, largest(abandoned, stays->n_exits)));
    }
    fsim_text_append(text, "}\n    exits: {");
    const size_t rest = largest(served, stays->n_exits);
    fsim_text_append(text, "%s: rest", fsim_fitted_exit_name(f, s, rest));
    for (size_t x = 0; x < stays->n_exits && all > 0; x++) {
      if (x != rest && served[x] > 0)
        fsim_text_append(text, ", %s: %.9g", fsim_fitted_exit_name(f, s, x), served[x] / all);
    }
    fsim_text_append(text, "}\n");
  }
  free(served);
  free(abandoned);
  return status;
}

/* ---- teams ---- */

static const char *const weekdays[7] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

static void append_line(fsim_text *text, const fsim_hours *h, size_t first, size_t last,
                        bool more) {
  fsim_text_append(text, "%s{days: %s", more ? ", " : "", weekdays[first]);
  if (last > first) fsim_text_append(text, "-%s", weekdays[last]);
  fsim_text_append(text, ", from: \"%02d:%02d\", to: \"%02d:%02d\"}", h->from[first] / 3600,
                   h->from[first] / 60 % 60, h->to[first] / 3600, h->to[first] / 60 % 60);
}

void fsim_append_hours(fsim_text *text, const fsim_hours *h) {
  size_t days;
  bool more = false;
  fsim_text_append(text, "[");
  for (size_t d = fsim_hours_group(h, 0, &days); d < 7; d = fsim_hours_group(h, d + days, &days)) {
    append_line(text, h, d, d + days - 1, more);
    more = true;
  }
  fsim_text_append(text, "]");
}

void fsim_append_teams(const fsim_fitted_set *set, fsim_text *text) {
  bool any = false;
  for (size_t f = 0; f < set->n && set->teams != NULL; f++) {
    for (size_t i = 0; i < set->teams[f].n; i++) {
      const fsim_fitted_team *team = &set->teams[f].team[i];
      if (!any) fsim_text_append(text, "teams:\n");
      any = true;
      fsim_text_append(text, "  %s: {size: %d", team->name, team->size);
      if (!team->hours.always) {
        fsim_text_append(text, ", hours: ");
        fsim_append_hours(text, &team->hours);
      }
      fsim_text_append(text, "}  # from %zu pieces of work%s%s\n", team->n_pieces,
                       team->never_queued ? "; nobody waited: at least so many" : "",
                       fsim_hours_unsure(&team->hours) ? "; hours are unsure" : "");
    }
  }
}

/* ---- words ---- */

static void append_clock(fsim_text *text, int32_t second) {
  fsim_text_append(text, "%02d:%02d", second / 3600, second / 60 % 60);
}

/* "opens 09:00 (95 %: 08:55 to 09:01), work in its first quarter of an hour on 41 of 50 days" */
static void append_edge(fsim_text *text, const char *does, int32_t at, const char *which,
                        const fsim_hours_edge *e) {
  fsim_text_append(text, "%s ", does);
  append_clock(text, at);
  fsim_text_append(text, " (95 %%: ");
  append_clock(text, e->low);
  fsim_text_append(text, " to ");
  append_clock(text, e->high + 59); /* to the minute outwards */
  fsim_text_append(text, "), work in its %s quarter of an hour on %zu of %zu days%s", which,
                   e->days_at, e->days, e->unsure ? ": unsure" : "");
}

void fsim_append_hours_doubt(fsim_text *text, const fsim_hours *h, size_t d) {
  append_edge(text, "opens", h->from[d], "first", &h->opens[d]);
  fsim_text_append(text, "; ");
  append_edge(text, "closes", h->to[d], "last", &h->closes[d]);
}

size_t fsim_hours_group(const fsim_hours *h, size_t first, size_t *days) {
  while (first < 7 && h->to[first] <= h->from[first]) first++;
  size_t next = first + 1;
  while (next < 7 && h->from[next] == h->from[first] && h->to[next] == h->to[first]) next++;
  *days = first < 7 ? next - first : 0;
  return first;
}

void fsim_append_weekdays(fsim_text *text, size_t first, size_t days) {
  fsim_text_append(text, "%s", weekdays[first]);
  if (days > 1) fsim_text_append(text, "-%s", weekdays[first + days - 1]);
}

bool fsim_hours_unsure(const fsim_hours *h) {
  bool unsure = false;
  for (size_t d = 0; d < 7 && !h->always; d++)
    unsure = unsure || (h->to[d] > h->from[d] && (h->opens[d].unsure || h->closes[d].unsure));
  return unsure;
}

static void print_hours_doubt(const fsim_hours *h, FILE *out) {
  size_t days;
  for (size_t d = fsim_hours_group(h, 0, &days); d < 7 && !h->always;
       d = fsim_hours_group(h, d + days, &days)) {
    fsim_text text = {0};
    fsim_append_weekdays(&text, d, days);
    fsim_text_append(&text, " ");
    fsim_append_hours_doubt(&text, h, d);
    fprintf(out, "    %s\n", text.failed ? "" : text.text);
    free(text.text);
  }
}

static void print_work(const fsim_log *log, size_t funnel, size_t stage,
                       const fsim_fitted_work *work, FILE *out) {
  fsim_text law = {0};
  fsim_exit_law_append(&work->time->exit[0], &law);
  fprintf(out, "  works on %s: %zu of %zu pieces done, %s\n",
          log->funnels[funnel].stages.name[stage], work->n_served, work->n_queued,
          law.failed ? "" : law.text);
  fprintf(out, "    mean time in the queue %.1f h", work->mean_queue / 3600);
  if (work->patience != NULL) {
    law.length = 0;
    fsim_exit_law_append(&work->patience->exit[0], &law);
    fprintf(out, "; %zu left it, patience %s", work->n_abandoned, law.failed ? "" : law.text);
  }
  fprintf(out, "\n");
  free(law.text);
}

void fsim_teams_print(const fsim_log *log, size_t funnel, const fsim_fitted_teams *t, FILE *out) {
  for (size_t i = 0; i < t->n; i++) {
    const fsim_fitted_team *team = &t->team[i];
    fsim_text hours = {0};
    fsim_append_hours(&hours, &team->hours);
    fprintf(out, "\nTeam %s: %d at once", team->name, team->size);
    if (team->never_queued)
      fprintf(out, " at least (nobody waited, so more may have been there)");
    else
      fprintf(out, " (in %.1f %% of %.0f open hours with a queue)", 100 * team->full_share,
              team->queued_hours);
    fprintf(out, "\n  %zu names in the resource column; ", team->n_resources);
    fprintf(out, "hours: %s", team->hours.always ? "always" : hours.failed ? "" : hours.text);
    fprintf(out, "; %zu closed dates\n", team->hours.n_closed);
    print_hours_doubt(&team->hours, out);
    free(hours.text);
    for (size_t s = 0; s < t->n_stages; s++) {
      if (t->has_work[s] && t->work[s].team == i) print_work(log, funnel, s, &t->work[s], out);
    }
  }
  for (size_t s = 0; s < t->n_stages; s++) {
    if (t->refused[s])
      fprintf(out,
              "\nNo team for %s: cases wait while people are free, so the waiting is not of their "
              "making.\nIt stays a wait as it was seen.\n",
              log->funnels[funnel].stages.name[s]);
  }
}
