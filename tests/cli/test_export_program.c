/* `funnelsim export` as a planner calls it: files, deals that were open at the start, and requests
 * that cannot be met. */
#include "tests/cli/shell.h"

static const char scenario[] =
    "scenario: tiny\n"
    "start: 2026-01-05\n"
    "horizon: 8 w\n"
    "replications: 2\n"
    "seed: 7\n"
    "attributes: {segment: [smb, 'A&B<C>']}\n"
    "models:\n"
    "  sales:\n"
    "    funnel: sales\n"
    "    entry: talk\n"
    "    stages:\n"
    "      talk:\n"
    "        work: {team: desk, time: 2 h}\n"
    "        wait: {exponential: {mean: 9 d}}\n"
    "        exits: {won: 0.5, lost: rest}\n"
    "    outcomes: {won: {counts_as: win}, lost: {}}\n"
    "    value: 100\n"
    "teams: {desk: {size: 1}}\n"
    "streams:\n"
    "  web: {into: sales, rate: 5 / d, attributes: {segment: {smb: 0.7, 'A&B<C>': 0.3}}}\n"
    "pipeline: {file: open.csv, funnel: sales, stage: stage, entered: entered,\n"
    "           attributes: {segment: segment}, value: amount}\n";

static const char deals[] =
    "stage,entered,segment,amount\n"
    "talk,2025-12-20,smb,1500.5\n"
    "talk,2026-01-02,smb,70\n";

static int make_results(void **state) {
  if (make_folder(state) != 0) return -1;
  put_text("tiny.yaml", scenario);
  put_text("open.csv", deals);
  return quietly(PROGRAM " run tiny.yaml -q --no-summary -o tiny.h5 && " PROGRAM
                         " run tiny.yaml -q --no-summary --trajectories none -o none.h5 && " PROGRAM
                         " run tiny.yaml -q --no-summary --trajectories 1 -o one.h5");
}

static void expect_refusal(const char *arguments, int status, const char *says) {
  char command[512], out[4096];
  snprintf(command, sizeof command,
           PROGRAM " export %s 2>&1 >/dev/null | tr -s '\\n ' ' '; " PROGRAM
                   " export %s >/dev/null 2>&1",
           arguments, arguments);
  assert_int_equal(shell(command, out, sizeof out), status);
  if (strstr(out, says) == NULL) fail_msg("export %s says: %s", arguments, out);
}

static void tells_what_cannot_be_exported(void **state) {
  (void)state;
  expect_refusal("", 2, "a result file");
  expect_refusal("tiny.h5 --as parquet", 2, "needs events, deals, history, leads or xes");
  expect_refusal("tiny.h5 --funnel sale", 2, "did you mean \"sales\"?");
  expect_refusal("tiny.h5 --funnel quite-other", 2, "there is sales");
  expect_refusal("tiny.h5 -r 2", 2, "keeps the trajectories of 2, 0 to 1");
  expect_refusal("one.h5 -r 1", 2, "run again with --trajectories all");
  expect_refusal("none.h5", 2, "keeps no trajectories");
  expect_refusal("tiny.h5 --until 2026-01-05", 2, "needs a date after 2026-01-05");
  expect_refusal("tiny.h5 --until '9 w'", 2, "needs a date after 2026-01-05");
  expect_refusal("tiny.h5 --until soon", 2, "needs a date after 2026-01-05");
  expect_refusal("tiny.h5 -o tiny.h5", 2, "is the result file itself");
  expect_refusal("tiny.h5 -o .", 2, "is a folder");
  expect_refusal("tiny.h5 -o missing/deals.csv", 1, "cannot be written");
  expect_refusal("missing.h5", 2, "missing.h5");
  assert_int_equal(quietly(PROGRAM " export tiny.h5 > /dev/full"), 1);
}

/* The last of the horizon is known without --until; files and the terminal get the same. */
static void writes_whole_files(void **state) {
  (void)state;
  static const char *const forms[] = {"events", "deals", "history", "leads", "xes"};
  for (size_t f = 0; f < sizeof forms / sizeof *forms; f++) {
    char command[512];
    snprintf(command, sizeof command,
             PROGRAM " export tiny.h5 --as %s -o out.%s && test ! -e out.%s.partial && " PROGRAM
                     " export tiny.h5 --as %s --until '8 w' | cmp - out.%s && test -s out.%s",
             forms[f], forms[f], forms[f], forms[f], forms[f], forms[f]);
    assert_int_equal(quietly(command), 0);
  }
}

static void replications_and_days_differ(void **state) {
  (void)state;
  assert_int_equal(quietly(PROGRAM " export tiny.h5 -r 0 > a; " PROGRAM
                                   " export tiny.h5 -r 1 > b; ! cmp -s a b"),
                   0);
  char out[64];
  /* One line more than the leads that came before noon, and the two deals. */
  assert_int_equal(
      shell(PROGRAM " export tiny.h5 --as leads --until '2026-01-12 12:00' > noon; "
                    "awk -F, 'NR > 1 && $3 >= \"2026-01-12T12\"' noon | wc -l; " PROGRAM
                    " export tiny.h5 --as leads > all; "
                    "awk -F, '$3 < \"2026-01-12T12:00:00\" || NR == 1' all | cmp - noon "
                    "&& echo same",
            out, sizeof out),
      0);
  assert_string_equal(out, "0\nsame\n");
}

/* Deals that were open at the start entered their stage before it; nobody knows when they were
 * worked on. */
static void open_deals_keep_their_dates(void **state) {
  (void)state;
  char out[2048];
  assert_int_equal(shell(PROGRAM " export tiny.h5 --as deals --until 2026-01-06 | grep ^pipeline | "
                                 "cut -d, -f1-4,6,8-10; " PROGRAM
                                 " export tiny.h5 --until 2026-01-06 | grep ^pipeline | "
                                 "grep ,talk, | cut -d, -f1,3-6",
                         out, sizeof out),
                   0);
  assert_string_equal(out,
                      "pipeline-0.1,pipeline-0,sales,2025-12-20T00:00:00,open,talk,"
                      "2025-12-20T00:00:00,1500.50\n"
                      "pipeline-1.1,pipeline-1,sales,2026-01-02T00:00:00,open,talk,"
                      "2026-01-02T00:00:00,70.00\n"
                      "pipeline-0.1,talk,2025-12-20T00:00:00,complete,\n"
                      "pipeline-1.1,talk,2026-01-02T00:00:00,complete,\n");
}

/* Any reader of XML reads it and finds as many traces as deals, and events as rows. */
static void xes_is_well_formed(void **state) {
  (void)state;
  if (quietly("python3 -c 'import xml.etree.ElementTree'") != 0) skip();
  put_text("count.py",
           "import xml.etree.ElementTree as tree, csv\n"
           "x = '{http://www.xes-standard.org/}'\n"
           "log = tree.parse('out.xes').getroot()\n"
           "traces = log.findall(x + 'trace')\n"
           "deals = list(csv.DictReader(open('out.deals', newline='')))\n"
           "rows = list(csv.DictReader(open('out.events', newline='')))\n"
           "value = lambda e, key: [c.get('value') for c in e if c.get('key') == key]\n"
           "events = [e for t in traces for e in t.findall(x + 'event')]\n"
           "assert [value(t, 'concept:name') for t in traces] == [[d['deal_id']] for d in deals]\n"
           "assert [value(t, 'segment') for t in traces] == [[d['segment']] for d in deals]\n"
           "assert {d['segment'] for d in deals} == {'smb', 'A&B<C>'}\n"
           "for key, column, tail in (('concept:name', 'activity', ''),\n"
           "    ('lifecycle:transition', 'lifecycle', ''), ('time:timestamp', 'timestamp', 'Z')):\n"
           "  assert [value(e, key) for e in events] == [[r[column] + tail] for r in rows], key\n"
           "assert [value(e, 'org:resource') for e in events] == "
           "[[r['resource']] if r['resource'] else [] for r in rows]\n"
           "assert len(deals) > 100\n");
  assert_int_equal(quietly("for f in xes deals events; do " PROGRAM
                           " export tiny.h5 --as $f -o out.$f || exit 9; done; python3 count.py"),
                   0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(tells_what_cannot_be_exported),
      cmocka_unit_test(writes_whole_files),
      cmocka_unit_test(replications_and_days_differ),
      cmocka_unit_test(open_deals_keep_their_dates),
      cmocka_unit_test(xes_is_well_formed),
  };
  return cmocka_run_group_tests(tests, make_results, remove_folder);
}
