/* What must hold of every run with teams, whatever the scenario. */
#include "sim/model/hours.h"
#include "tests/teams/harness.h"

#define N_SCENARIOS 400

/* One visit to a stage with work, as times. */
typedef struct stay {
  const visit_detail *detail;
  int64_t joined; /* when it came into the queue */
  int64_t left;   /* when it left the queue, by starting or giving up */
  int64_t freed;  /* when its place was free again */
  int64_t queue, work;
  bool positive; /* it held a place for some time */
  fsim_reason reason;
} stay;

typedef struct run {
  const model *m;
  const prepared *p;
  reference r;
  stay *stays; /* of all teams */
  size_t n;
} run;

static int64_t visit_value(const run *t, int column, size_t row) {
  return column_value(t->r.rows, column, row);
}

static int64_t visit_end(const run *t, size_t row) {
  return visit_value(t, FSIM_VISIT_T_ENTER, row) + visit_value(t, FSIM_VISIT_QUEUE, row) +
         visit_value(t, FSIM_VISIT_WORK, row) + visit_value(t, FSIM_VISIT_WAIT, row);
}

static stay stay_of(const run *t, size_t row) {
  const visit_detail *detail = &t->r.detail[row];
  int64_t entered = visit_value(t, FSIM_VISIT_T_ENTER, row);
  stay s = {.detail = detail,
            .joined = entered > 0 ? entered : 0,
            .queue = visit_value(t, FSIM_VISIT_QUEUE, row),
            .work = visit_value(t, FSIM_VISIT_WORK, row),
            .reason = (fsim_reason)visit_value(t, FSIM_VISIT_REASON, row)};
  s.left = entered + s.queue;
  s.freed = detail->holds ? visit_end(t, row) : s.left + s.work;
  s.positive =
      detail->joined == 0 ? detail->holds && detail->deal : detail->started && s.freed > s.left;
  return s;
}

static run make_run(const model *m, const prepared *p, uint32_t replication) {
  run t = {.m = m, .p = p, .r = run_reference(m, p, replication)};
  size_t n = t.r.rows->rows[FSIM_VISITS];
  t.stays = calloc(n + 1, sizeof *t.stays);
  assert_non_null(t.stays);
  for (size_t row = 0; row < n; row++) {
    if (t.r.detail[row].team != NO_TEAM) t.stays[t.n++] = stay_of(&t, row);
  }
  return t;
}

static void run_free(run *t) {
  free(t->stays);
  reference_free(&t->r);
}

/* Calls `check` for many runs, which must meet the case often enough: it returns how often. */
static void over_runs(size_t (*check)(const run *t), size_t least) {
  size_t met = 0;
  for (uint64_t number = 0; number < N_SCENARIOS; number++) {
    random_scenario text;
    assert_true(random_scenario_make(number, true, &text));
    model m = load_texts(&text);
    prepared p = prepare(&m);
    for (uint32_t i = 0; i < 2; i++) {
      run t = make_run(&m, &p, i);
      met += check(&t);
      run_free(&t);
    }
    prepared_free(&p);
    model_free(&m);
    random_scenario_free(&text);
  }
  assert_true(met >= least);
}

/* ---- times at which something changes for a team ---- */

typedef struct moments {
  int64_t *t;
  size_t n;
} moments;

static moments moments_of(const run *t, size_t team) {
  const fsim_team *of = &t->m->scenario->teams[team];
  moments m = {calloc(3 * t->n + of->n_open + of->n_sizes + 1, sizeof *m.t), 0};
  assert_non_null(m.t);
  for (size_t i = 0; i < t->n; i++) {
    if (t->stays[i].detail->team != team) continue;
    m.t[m.n++] = t->stays[i].joined;
    m.t[m.n++] = t->stays[i].left;
    m.t[m.n++] = t->stays[i].freed;
  }
  for (size_t i = 0; of->open != NULL && i < of->n_open; i++) m.t[m.n++] = of->open[i].from_s;
  for (size_t i = 0; i < of->n_sizes; i++) m.t[m.n++] = of->sizes[i].from_s;
  size_t inside = 0;
  for (size_t i = 0; i < m.n; i++) {
    if (m.t[i] >= 0 && m.t[i] < t->m->scenario->horizon_s) m.t[inside++] = m.t[i];
  }
  m.n = inside;
  return m;
}

/* At the end of second t. */
static size_t busy_at(const run *t, size_t team, int64_t at) {
  size_t busy = 0;
  for (size_t i = 0; i < t->n; i++) {
    const stay *s = &t->stays[i];
    busy += s->detail->team == team && s->positive && s->left <= at && at < s->freed;
  }
  return busy;
}

static size_t queued_at(const run *t, size_t team, int64_t at, size_t *deals) {
  size_t queued = 0;
  *deals = 0;
  for (size_t i = 0; i < t->n; i++) {
    const stay *s = &t->stays[i];
    if (s->detail->team != team || s->detail->joined == 0) continue;
    if (s->joined > at || at >= s->left) continue;
    queued++;
    *deals += s->detail->deal;
  }
  return queued;
}

/* ---- the properties ---- */

static size_t parts_add_up(const run *t) {
  const fsim_scenario *s = t->m->scenario;
  const fsim_trajectory *rows = t->r.rows;
  size_t row = 0, open = 0, ended = 0;
  for (size_t j = 0; j < rows->rows[FSIM_JOURNEYS]; j++) {
    int64_t at = column_value(rows, FSIM_JOURNEY_T_START, j);
    int64_t outcome = column_value(rows, FSIM_JOURNEY_OUTCOME, j), exit = -1;
    size_t first = row;
    for (; row < rows->rows[FSIM_VISITS]; row++) {
      if (visit_value(t, FSIM_VISIT_LEAD, row) != column_value(rows, FSIM_JOURNEY_LEAD, j) ||
          visit_value(t, FSIM_VISIT_JOURNEY, row) != column_value(rows, FSIM_JOURNEY_JOURNEY, j))
        break;
      assert_int_equal(visit_value(t, FSIM_VISIT_T_ENTER, row), at);
      if (row > first) assert_int_equal(visit_value(t, FSIM_VISIT_STAGE, row), exit);
      assert_true(visit_value(t, FSIM_VISIT_QUEUE, row) >= 0);
      assert_true(visit_value(t, FSIM_VISIT_WORK, row) >= 0);
      assert_true(visit_value(t, FSIM_VISIT_WAIT, row) >= 0);
      at = visit_end(t, row);
      exit = visit_value(t, FSIM_VISIT_EXIT, row);
    }
    assert_true(row > first);
    assert_int_equal(exit, (int64_t)s->n_stages + outcome);
    assert_int_equal(at, column_value(rows, FSIM_JOURNEY_T_END, j));
    assert_int_equal(outcome == (int64_t)s->n_outcomes, at == s->horizon_s);
    open += outcome == (int64_t)s->n_outcomes;
    ended += outcome < (int64_t)s->n_outcomes;
  }
  assert_int_equal(row, rows->rows[FSIM_VISITS]);
  assert_int_equal(open + ended, rows->rows[FSIM_JOURNEYS]);
  return open > 0 && ended > 0;
}

static size_t places_are_enough(const run *t) {
  size_t met = 0;
  for (size_t i = 0; i < t->n; i++) {
    const stay *s = &t->stays[i];
    if (!s->detail->started || !s->positive) continue;
    const fsim_team *team = &t->m->scenario->teams[s->detail->team];
    size_t busy = busy_at(t, s->detail->team, s->left);
    if (busy > fsim_team_places(team, (int32_t)s->left))
      fail_msg("%zu at work in team %s at %lld", busy, team->name, (long long)s->left);
    met += busy > 1;
  }
  return met;
}

static size_t nobody_waits_beside_a_free_place(const run *t) {
  size_t met = 0, deals;
  for (size_t team = 0; team < t->m->scenario->n_teams; team++) {
    const fsim_team *of = &t->m->scenario->teams[team];
    moments m = moments_of(t, team);
    for (size_t i = 0; i < m.n; i++) {
      int32_t at = (int32_t)m.t[i];
      if (fsim_team_opens(of, at) != at || queued_at(t, team, at, &deals) == 0) continue;
      if (busy_at(t, team, at) < fsim_team_places(of, at))
        fail_msg("a place of team %s is free at %d and somebody waits", of->name, at);
      met++;
    }
    free(m.t);
  }
  return met;
}

static bool better(const fsim_team *team, const visit_detail *x, const visit_detail *y) {
  if (team->discipline == FSIM_BY_VALUE && x->cents != y->cents) return x->cents > y->cents;
  if (team->discipline == FSIM_BY_PRIORITY &&
      team->class_of_profile[x->profile] != team->class_of_profile[y->profile])
    return team->class_of_profile[x->profile] < team->class_of_profile[y->profile];
  return team->discipline == FSIM_LIFO ? x->joined > y->joined : x->joined < y->joined;
}

/* Of two who stood in the queue when one of them was taken, it was the right one's turn. */
static size_t queues_keep_their_order(const run *t) {
  size_t met = 0;
  for (size_t i = 0; i < t->n; i++) {
    const stay *taken = &t->stays[i];
    if (!taken->detail->started) continue;
    const fsim_team *team = &t->m->scenario->teams[taken->detail->team];
    for (size_t k = 0; k < t->n; k++) {
      const stay *other = &t->stays[k];
      if (other->detail->team != taken->detail->team || other->detail->joined == 0) continue;
      if (other->detail->joined < taken->detail->joined)
        assert_true(other->joined <= taken->joined);
      if (other->joined >= taken->left || other->left <= taken->left) continue;
      if (better(team, other->detail, taken->detail))
        fail_msg("team %s took somebody at %lld before his turn", team->name,
                 (long long)taken->left);
      met++;
    }
  }
  return met;
}

static size_t nobody_queues_beyond_his_limit(const run *t) {
  size_t met = 0;
  for (size_t i = 0; i < t->n; i++) {
    const stay *s = &t->stays[i];
    if (s->detail->full) {
      assert_int_equal(s->queue, 0);
      continue;
    }
    if (s->detail->joined == 0) continue;
    int64_t age = s->left - s->queue < 0 ? s->queue - s->left : 0; /* of a deal, at the start */
    assert_true(s->queue <= (s->detail->limit_s > age ? s->detail->limit_s : age));
    if (s->detail->started || s->reason == FSIM_STILL_OPEN) continue;
    assert_int_equal(s->queue, s->detail->limit_s > age ? s->detail->limit_s : age);
    met++;
  }
  return met;
}

static size_t queues_are_never_too_long(const run *t) {
  size_t met = 0, deals;
  for (size_t team = 0; team < t->m->scenario->n_teams; team++) {
    const fsim_team *of = &t->m->scenario->teams[team];
    if (of->limit == UINT32_MAX) continue;
    moments m = moments_of(t, team);
    for (size_t i = 0; i < m.n; i++) {
      size_t n = queued_at(t, team, m.t[i], &deals);
      assert_true(n <= of->limit || n == deals);
      met += n == of->limit;
    }
    free(m.t);
  }
  return met;
}

static size_t work_runs_in_open_hours(const run *t) {
  size_t met = 0;
  int32_t horizon = t->m->scenario->horizon_s;
  for (size_t i = 0; i < t->n; i++) {
    const stay *s = &t->stays[i];
    if (!s->detail->started) continue;
    const fsim_team *team = &t->m->scenario->teams[s->detail->team];
    int32_t start = (int32_t)s->left;
    assert_int_equal(fsim_team_opens(team, start), start);
    int32_t done = fsim_team_done(team, start, (int32_t)s->detail->work);
    assert_int_equal(s->work, (done < horizon ? done : horizon) - start);
    if (done < horizon) assert_int_equal(fsim_team_open_time(team, start, done), s->detail->work);
    met += s->work > s->detail->work;
  }
  return met;
}

/* Journeys come to teams in the order of their ranks; so do those that links start. */
static size_t teams_stand_in_order(const run *t) {
  const fsim_trajectory *rows = t->r.rows;
  size_t met = 0, n = rows->rows[FSIM_JOURNEYS], row = 0;
  int *last = calloc(n + 1, sizeof *last); /* rank of the last team of each journey and before */
  assert_non_null(last);
  for (size_t j = 0, first = 0; j < n; j++) {
    int64_t number = column_value(rows, FSIM_JOURNEY_JOURNEY, j);
    int64_t parent = column_value(rows, FSIM_JOURNEY_PARENT, j);
    if (number == 0) first = j;
    last[j] = number == 0 ? -1 : last[first + (size_t)parent];
    for (; row < rows->rows[FSIM_VISITS]; row++) {
      if (visit_value(t, FSIM_VISIT_LEAD, row) != column_value(rows, FSIM_JOURNEY_LEAD, j) ||
          visit_value(t, FSIM_VISIT_JOURNEY, row) != number)
        break;
      if (t->r.detail[row].team == NO_TEAM) continue;
      int rank = t->p->plan->team_rank[t->r.detail[row].team];
      assert_true(rank >= last[j]);
      met += last[j] >= 0;
      last[j] = rank;
    }
  }
  free(last);
  return met;
}

static void parts_of_all_visits_add_up(void **state) {
  (void)state;
  over_runs(parts_add_up, N_SCENARIOS / 2);
}

static void no_place_serves_two_at_once(void **state) {
  (void)state;
  over_runs(places_are_enough, 1000);
}

static void nobody_waits_while_a_place_is_free_in_open_hours(void **state) {
  (void)state;
  over_runs(nobody_waits_beside_a_free_place, 1000);
}

static void every_discipline_keeps_its_order(void **state) {
  (void)state;
  over_runs(queues_keep_their_order, 1000);
}

static void patience_and_expiry_end_queueing_at_their_second(void **state) {
  (void)state;
  over_runs(nobody_queues_beyond_his_limit, 1000);
}

static void queues_are_bounded_by_their_limit(void **state) {
  (void)state;
  over_runs(queues_are_never_too_long, 1000);
}

static void work_starts_and_runs_only_in_open_hours(void **state) {
  (void)state;
  over_runs(work_runs_in_open_hours, 300);
}

static void teams_are_ranked_in_the_order_of_journeys(void **state) {
  (void)state;
  over_runs(teams_stand_in_order, 1000);
}

/* ---- Little's law ---- */

/* The engine adds up length times time as it goes; the rows tell everybody's time. Over a whole run
 * both are the same number of seconds. */
static size_t check_little(const run *t, const kept *k) {
  const fsim_scenario *s = t->m->scenario;
  size_t met = 0;
  for (size_t team = 0; team < s->n_teams && k->m->shape->dim[FSIM_DIM_TEAM] > 0; team++) {
    int64_t queued = 0, busy = 0;
    for (size_t i = 0; i < t->n; i++) {
      const stay *x = &t->stays[i];
      if (x->detail->team != team) continue;
      if (x->detail->joined > 0) queued += x->left - x->joined;
      if (!x->positive) continue;
      busy += fsim_team_open_time(&s->teams[team], x->left > 0 ? (int32_t)x->left : 0,
                                  (int32_t)x->freed);
    }
    assert_int_equal(cell(k, 0, FSIM_QUEUED, team, 0, 0), queued);
    assert_int_equal(cell(k, 0, FSIM_BUSY, team, 0, 0), busy);
    met += queued > 0;
  }
  return met;
}

static void littles_law_holds_exactly(void **state) {
  (void)state;
  size_t met = 0;
  for (uint64_t number = 0; number < N_SCENARIOS; number++) {
    random_scenario text;
    assert_true(random_scenario_make(number, true, &text));
    model m = load_texts(&text);
    prepared p = prepare(&m);
    kept k = run_engine(&m, "calendar", 1, 1);
    run t = make_run(&m, &p, 0);
    met += check_little(&t, &k);
    run_free(&t);
    kept_free(&k);
    prepared_free(&p);
    model_free(&m);
    random_scenario_free(&text);
  }
  assert_true(met > N_SCENARIOS / 2);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(parts_of_all_visits_add_up),
      cmocka_unit_test(no_place_serves_two_at_once),
      cmocka_unit_test(nobody_waits_while_a_place_is_free_in_open_hours),
      cmocka_unit_test(every_discipline_keeps_its_order),
      cmocka_unit_test(patience_and_expiry_end_queueing_at_their_second),
      cmocka_unit_test(queues_are_bounded_by_their_limit),
      cmocka_unit_test(work_starts_and_runs_only_in_open_hours),
      cmocka_unit_test(teams_are_ranked_in_the_order_of_journeys),
      cmocka_unit_test(littles_law_holds_exactly),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
