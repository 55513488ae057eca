#include "analysis/fit/teams.h"

#include <stdlib.h>
#include <string.h>

#include "analysis/fit/estimate.h"
#include "analysis/fit/team_stays.h"
#include "sim/base/array.h"
#include "sim/base/text.h"

#define FEWEST_PIECES 50 /* of a stage with work */
#define FEWEST_ABANDONED 20
#define SAME_PEOPLE 0.5 /* of the work of two stages that one team serves */
#define FULL 0.9        /* of the time with a queue, everybody is at work */
#define QUEUES 0.01     /* of the open time there is a queue; less says nothing of the size */

void fsim_fitted_teams_free(fsim_fitted_teams *t) {
  for (size_t i = 0; i < t->n; i++) {
    free(t->team[i].name);
    free(t->team[i].serves);
  }
  for (size_t s = 0; s < t->n_stages && t->work != NULL; s++) {
    fsim_stage_fit_free(t->work[s].time);
    fsim_stage_fit_free(t->work[s].patience);
    free(t->work[s].gave_up);
  }
  free(t->team);
  free(t->work);
  free(t->has_work);
  free(t->refused);
  free(t->work_stage);
  fsim_log_free(t->log);
  *t = (fsim_fitted_teams){0};
}

/* ---- who works where ---- */

static bool is_done(const fsim_work_stay *stay) {
  return stay->started != FSIM_NEVER && stay->completed != FSIM_NEVER;
}

static void find_stages(const fsim_work_stays *stays, fsim_fitted_teams *t) {
  for (size_t i = 0; i < stays->n; i++)
    t->work[stays->stay[i].stage].n_served += is_done(&stays->stay[i]);
  for (size_t s = 0; s < t->n_stages; s++) t->has_work[s] = t->work[s].n_served >= FEWEST_PIECES;
}

/* The share of work that the two stages' people have in common. */
static double overlap(const double *pieces, size_t n_resources, size_t a, size_t b) {
  double sum_a = 0, sum_b = 0, both = 0;
  const double *x = pieces + a * n_resources, *y = pieces + b * n_resources;
  for (size_t r = 0; r < n_resources; r++) {
    sum_a += x[r];
    sum_b += y[r];
  }
  for (size_t r = 0; r < n_resources && sum_a > 0 && sum_b > 0; r++) {
    const double p = x[r] / sum_a, q = y[r] / sum_b;
    both += p < q ? p : q;
  }
  return both;
}

static int add_team(const fsim_log *log, size_t funnel, const double *pieces, size_t first,
                    fsim_report *report, fsim_fitted_teams *t) {
  const size_t n_resources = log->resources.n;
  fsim_fitted_team *team = &t->team[t->n++];
  team->serves = fsim_zeroed(t->n_stages, sizeof *team->serves);
  if (team->serves == NULL) return fsim_no_memory(report);
  team->serves[first] = true;
  for (bool grew = true; grew;) { /* single linkage */
    grew = false;
    for (size_t a = 0; a < t->n_stages; a++) {
      for (size_t b = 0; b < t->n_stages && team->serves[a]; b++) {
        if (!t->has_work[b] || team->serves[b]) continue;
        if (overlap(pieces, n_resources, a, b) < SAME_PEOPLE) continue;
        team->serves[b] = grew = true;
      }
    }
  }
  size_t people = 0, one = 0;
  for (size_t r = 0; r < n_resources; r++) {
    double own = 0;
    for (size_t s = 0; s < t->n_stages; s++)
      own += team->serves[s] ? pieces[s * n_resources + r] : 0;
    people += own > 0;
    one = own > 0 ? r : one;
  }
  team->n_resources = people;
  for (size_t s = 0; s < t->n_stages; s++) {
    if (team->serves[s]) t->work[s].team = t->n - 1;
  }
  /* One name for all is the team's; else it is called after its first stage. */
  char *taken[64];
  size_t n_taken = 0;
  for (size_t i = 0; i + 1 < t->n && n_taken < 64; i++) taken[n_taken++] = t->team[i].name;
  team->name = fsim_model_name(
      people == 1 ? log->resources.name[one] : log->funnels[funnel].stages.name[first], taken,
      n_taken);
  return team->name == NULL ? fsim_no_memory(report) : FSIM_OK;
}

static int find_teams(const fsim_log *log, size_t funnel, const fsim_work_stays *stays,
                      fsim_report *report, fsim_fitted_teams *t) {
  const size_t n_resources = log->resources.n;
  double *pieces = fsim_zeroed(t->n_stages * n_resources, sizeof *pieces);
  t->team = fsim_zeroed(t->n_stages, sizeof *t->team);
  int status = pieces && t->team ? FSIM_OK : fsim_no_memory(report);
  for (size_t i = 0; i < stays->n && status == FSIM_OK; i++) {
    const fsim_work_stay *stay = &stays->stay[i];
    if (stay->resource >= 0)
      pieces[(size_t)stay->stage * n_resources + (size_t)stay->resource] += 1;
  }
  for (size_t s = 0; s < t->n_stages && status == FSIM_OK; s++) {
    bool served = false;
    for (size_t i = 0; i < t->n; i++) served = served || t->team[i].serves[s];
    if (t->has_work[s] && !served) status = add_team(log, funnel, pieces, s, report, t);
  }
  free(pieces);
  return status;
}

/* ---- hours ---- */

static int compare_times(const void *left, const void *right) {
  const int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
  return (a > b) - (a < b);
}

static int find_hours(const fsim_work_stays *stays, fsim_report *report, fsim_fitted_team *team) {
  int64_t *time = fsim_zeroed(2 * stays->n, sizeof *time);
  size_t n = 0;
  if (time == NULL) return fsim_no_memory(report);
  for (size_t i = 0; i < stays->n; i++) {
    const fsim_work_stay *stay = &stays->stay[i];
    if (!team->serves[stay->stage]) continue;
    team->n_pieces += is_done(stay);
    if (stay->started != FSIM_NEVER) time[n++] = stay->started;
    if (stay->completed != FSIM_NEVER) time[n++] = stay->completed;
  }
  qsort(time, n, sizeof *time, compare_times);
  int status = fsim_hours_of(time, n, report, &team->hours);
  if (status == FSIM_OK) status = fsim_hours_doubt(time, n, report, &team->hours);
  free(time);
  return status;
}

/* ---- size ---- */

/* Something happened to the queue or to those at work. */
typedef struct moment {
  int64_t time;
  int32_t queue, busy;
} moment;

static int compare_moments(const void *left, const void *right) {
  const moment *a = left, *b = right;
  return (a->time > b->time) - (a->time < b->time);
}

static size_t list_moments(const fsim_work_stays *stays, const fsim_fitted_team *team, int64_t end,
                           moment *m) {
  size_t n = 0;
  for (size_t i = 0; i < stays->n; i++) {
    const fsim_work_stay *stay = &stays->stay[i];
    if (!team->serves[stay->stage]) continue;
    const int64_t left = stay->left < end ? stay->left : end;
    const int64_t served = stay->started < left ? stay->started : left;
    m[n++] = (moment){stay->joined, 1, 0};
    m[n++] = (moment){served, -1, stay->started < end};
    if (stay->started < end) m[n++] = (moment){left, 0, -1};
  }
  qsort(m, n, sizeof *m, compare_moments);
  return n;
}

/* Open time by how many are at work: all of it, and that with a queue. */
typedef struct occupancy {
  double *all, *queued; /* [n] */
  size_t n;
} occupancy;

static void watch(const fsim_fitted_team *team, const moment *m, size_t n, occupancy *o) {
  int64_t queue = 0, busy = 0;
  for (size_t i = 0; i < n; i++) {
    queue += m[i].queue;
    busy += m[i].busy;
    if (i + 1 >= n || m[i + 1].time == m[i].time || busy < 0) continue;
    const double open = fsim_open_seconds(&team->hours, m[i].time, m[i + 1].time);
    const size_t at = (size_t)busy < o->n ? (size_t)busy : o->n - 1;
    o->all[at] += open;
    if (queue > 0) o->queued[at] += open;
  }
}

/* While there is a queue all places are taken: so many as are at work then, most of the time. */
static void set_size(const occupancy *o, fsim_fitted_team *team) {
  double all = 0, queued = 0;
  size_t usual = 0, most = 1;
  for (size_t k = 0; k < o->n; k++) {
    all += o->all[k];
    queued += o->queued[k];
    if (o->queued[k] > o->queued[usual]) usual = k;
    if (o->all[k] > 0 && k > 0) most = k;
  }
  team->queued_hours = queued / 3600;
  team->never_queued = queued < QUEUES * all;
  team->size = (int)(team->never_queued ? most : usual);
  team->full_share = queued > 0 ? o->queued[usual] / queued : 1;
}

static int find_size(const fsim_work_stays *stays, int64_t end, fsim_report *report,
                     fsim_fitted_team *team) {
  moment *m = fsim_zeroed(3 * stays->n, sizeof *m);
  int status = m == NULL ? fsim_no_memory(report) : FSIM_OK;
  occupancy o = {0};
  if (status == FSIM_OK) {
    const size_t n = list_moments(stays, team, end, m);
    int64_t busy = 0, most = 0;
    for (size_t i = 0; i < n; i++) {
      busy += m[i].busy;
      most = busy > most ? busy : most;
    }
    o.n = (size_t)most + 1;
    o.all = fsim_zeroed(o.n, sizeof *o.all);
    o.queued = fsim_zeroed(o.n, sizeof *o.queued);
    if (o.all == NULL || o.queued == NULL)
      status = fsim_no_memory(report);
    else
      watch(team, m, n, &o);
  }
  if (status == FSIM_OK) set_size(&o, team);
  free(o.all);
  free(o.queued);
  free(m);
  return status;
}

/* Teams whose cases wait while people are free: their stages have no team. */
static void refuse(fsim_fitted_teams *t) {
  size_t kept = 0;
  for (size_t i = 0; i < t->n; i++) {
    fsim_fitted_team *team = &t->team[i];
    const bool good = team->never_queued || (team->full_share >= FULL && team->size > 0);
    for (size_t s = 0; s < t->n_stages; s++) {
      if (!team->serves[s]) continue;
      t->has_work[s] = good;
      t->refused[s] = !good;
      t->work[s].team = kept;
    }
    if (good) {
      t->team[kept++] = *team;
    } else {
      free(team->name);
      free(team->serves);
    }
  }
  t->n = kept;
}

/* ---- how long work and patience last ---- */

static int fit_times(const fsim_stay *stay, size_t n, fsim_report *report, fsim_stage_fit **fit) {
  const fsim_stays stays = {stay, n, 1, 0};
  const fsim_fit_choice choice = {.mixtures_of_two = true, .may_never = false};
  return fsim_choose_laws(&stays, &choice, report, fit);
}

static int fit_stage(const fsim_work_stays *stays, size_t s, const fsim_hours *hours, int64_t end,
                     fsim_report *report, fsim_fitted_work *work) {
  fsim_stay *time = fsim_zeroed(stays->n, sizeof *time);
  fsim_stay *queue = fsim_zeroed(stays->n, sizeof *queue);
  size_t n_time = 0, n_queue = 0;
  double waited = 0;
  work->gave_up = fsim_zeroed(stays->n, sizeof *work->gave_up);
  int status = time && queue && work->gave_up ? FSIM_OK : fsim_no_memory(report);
  for (size_t i = 0; i < stays->n && status == FSIM_OK; i++) {
    const fsim_work_stay *stay = &stays->stay[i];
    if ((size_t)stay->stage != s) continue;
    const int64_t until = stay->started != FSIM_NEVER ? stay->started
                          : stay->left < end          ? stay->left
                                                      : end;
    const bool gave_up = stay->started == FSIM_NEVER && stay->left != FSIM_NEVER;
    queue[n_queue++] = (fsim_stay){0, (double)(until - stay->joined), gave_up ? 0 : FSIM_NONE, 1};
    work->n_queued++;
    if (gave_up)
      work->gave_up[work->n_abandoned++] = (struct fsim_gave_up){stay->which_case, stay->joined};
    if (stay->started == FSIM_NEVER) continue;
    waited += (double)(stay->started - stay->joined);
    const bool done = stay->completed != FSIM_NEVER;
    const int64_t last = done ? stay->completed : end;
    time[n_time++] =
        (fsim_stay){0, fsim_open_seconds(hours, stay->started, last), done ? 0 : FSIM_NONE, 1};
  }
  work->n_started = n_time;
  work->mean_queue = n_time > 0 ? waited / (double)n_time : 0;
  if (status == FSIM_OK) status = fit_times(time, n_time, report, &work->time);
  if (status == FSIM_OK && work->n_abandoned >= FEWEST_ABANDONED)
    status = fit_times(queue, n_queue, report, &work->patience);
  free(time);
  free(queue);
  return status;
}

/* ---- the whole ---- */

static int make_room(const fsim_log *log, size_t funnel, fsim_report *report,
                     fsim_fitted_teams *t) {
  t->n_stages = log->funnels[funnel].stages.n;
  t->work = fsim_zeroed(t->n_stages, sizeof *t->work);
  t->has_work = fsim_zeroed(t->n_stages, sizeof *t->has_work);
  t->refused = fsim_zeroed(t->n_stages, sizeof *t->refused);
  t->work_stage = fsim_zeroed(t->n_stages, sizeof *t->work_stage);
  return t->work && t->has_work && t->refused && t->work_stage ? FSIM_OK : fsim_no_memory(report);
}

int fsim_teams_of(const fsim_log *log, size_t funnel, fsim_report *report,
                  fsim_fitted_teams *teams) {
  *teams = (fsim_fitted_teams){0};
  if (log->n_work == 0 || log->by_day) return FSIM_OK;
  fsim_work_stays stays = {0};
  int status = make_room(log, funnel, report, teams);
  if (status == FSIM_OK) status = fsim_work_stays_of(log, funnel, report, &stays);
  if (status == FSIM_OK) find_stages(&stays, teams);
  if (status == FSIM_OK) status = find_teams(log, funnel, &stays, report, teams);
  for (size_t i = 0; i < teams->n && status == FSIM_OK; i++) {
    status = find_hours(&stays, report, &teams->team[i]);
    if (status == FSIM_OK) status = find_size(&stays, log->end, report, &teams->team[i]);
  }
  if (status == FSIM_OK) refuse(teams);
  for (size_t s = 0; s < teams->n_stages && status == FSIM_OK; s++) {
    if (teams->has_work[s])
      status = fit_stage(&stays, s, &teams->team[teams->work[s].team].hours, log->end, report,
                         &teams->work[s]);
  }
  if (status == FSIM_OK && teams->n > 0)
    status = fsim_log_with_work(log, funnel, &stays, teams->has_work, teams->work_stage, report,
                                &teams->log);
  free(stays.stay);
  return status;
}
