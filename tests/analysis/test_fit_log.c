/* Exports of every kind and encoding, and every flaw that rows can have. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h> /* needs the others before it */
/* clang-format on */
#include <iconv.h>
#include <math.h>

#include "analysis/fit/stays.h"
#include "sim/base/text.h"
#include "tests/analysis/fit_files.h"

#define DAY INT64_C(86400)
#define DATE(days) (DAY * (days))
#define JANUARY 20454 /* 2026-01-01 */

/* Rows that are used and rows that are left out make the rows that were read. */
static void accounts_for_all(const fsim_log *log, int64_t rows, int64_t used) {
  int64_t left_out = 0;
  for (size_t f = 0; f < log->n_findings; f++) {
    const fsim_finding *finding = &log->findings[f];
    if (strcmp(finding->done, FSIM_ROW_LEFT_OUT) == 0) left_out += (int64_t)finding->count;
    assert_true(finding->count > 0 && finding->example[0].line > 0);
  }
  assert_int_equal(log->n_rows, rows);
  assert_int_equal(log->n_used, used);
  assert_int_equal(log->n_used + left_out, log->n_rows);
}

#define EVENTS                                                                    \
  "kind: events\n"                                                                \
  "columns: {case: case, activity: activity, time: time, value: amount}\n"        \
  "stages: {submitted: [Submitted, 'Partly*'], offer: [Offer], talks: [Talks]}\n" \
  "outcomes: {won: {from: [Won], counts_as: win}, lost: [Lost]}\n"                \
  "ignore: ['Mail*']\n"                                                           \
  "known: all\n"

static void tells_every_flaw_of_an_event_log(void **state) {
  (void)state;
  const char *files[] = {fit_file("log-flaws.csv",
                                  "case,activity,time,amount\n"
                                  "A,Submitted,2026-01-01 10:00,100\n"     /* 2 */
                                  "A,Partly submitted,2026-01-01 10:01,\n" /* 3: the same stage */
                                  "A,Talks,2026-01-03 10:00,\n"            /* 4: no offer before */
                                  "A,Offer,2026-01-05 10:00,\n"            /* 5: back */
                                  "A,Offer,2026-01-05 10:00,\n"            /* 6: twice */
                                  "A,Won,2026-01-09 10:00,120\n"           /* 7 */
                                  "A,Talks,2026-01-10 10:00,\n"            /* 8: after the end */
                                  "A,Lost,2026-01-11 10:00,\n"             /* 9: another end */
                                  "B,Offer,2026-01-04 10:00,\n"            /* 10 */
                                  "B,Submitted,2026-01-02 10:00,\n"        /* 11: backwards */
                                  "B,Ofer,2026-01-06 10:00,\n"             /* 12: unknown */
                                  "B,Mail sent,2026-01-06 10:00,\n"        /* 13: ignored */
                                  "B,Talks,,\n"                            /* 14: no time */
                                  "B,Talks,soon,\n"                        /* 15: no time */
                                  ",Talks,2026-01-06 10:00,\n"             /* 16: no case */
                                  "B,Talks,2026-01-07 10:00\n"             /* 17: broken */
                                  "C,Mail got,2026-01-08 10:00,\n")};      /* 18: nothing known */
  fsim_log *log = fit_read(files, 1, fit_file("log-events.yaml", EVENTS), NULL, FSIM_OK, NULL);
  accounts_for_all(log, 17, 12);
  assert_int_equal(fit_found(log, "a stage that is passed over"), 1);
  assert_int_equal(fit_found(log, "a return to an earlier stage"), 1);
  assert_int_equal(fit_found(log, "a row that was there before"), 1);
  assert_int_equal(fit_found(log, "a stage entered after the outcome"), 1);
  assert_int_equal(fit_found(log, "another outcome after the first"), 1);
  assert_int_equal(fit_found(log, "cases in whose rows time runs backwards"), 1);
  assert_int_equal(fit_found(log, "an activity that the mapping does not know"), 1);
  assert_int_equal(fit_found(log, "a row without a time"), 1);
  assert_int_equal(fit_found(log, "a time that is none"), 1);
  assert_int_equal(fit_found(log, "a row without a case"), 1);
  assert_int_equal(fit_found(log, "a case without any stage, outcome or date"), 1);
  for (size_t f = 0; f < log->n_findings; f++) {
    if (strcmp(log->findings[f].kind, "an activity that the mapping does not know") != 0) continue;
    assert_int_equal(log->findings[f].example[0].line, 12);
    assert_string_equal(log->findings[f].example[0].text, "Ofer (meant as Offer?)");
  }
  const fsim_case *a = fit_case(log, "A");
  assert_int_equal(log->n_cases, 2);
  assert_int_equal(a->n_visits, 3);
  assert_int_equal(a->outcome, 0);
  assert_true(a->value == 120);
  fsim_log_free(log);
}

static void fills_stages_and_keeps_the_furthest_on_request(void **state) {
  (void)state;
  const char *files[] = {fit_file("log-furthest.csv",
                                  "case,activity,time,amount\n"
                                  "A,Submitted,2026-01-01,\n"
                                  "A,Talks,2026-01-03,\n"
                                  "A,Offer,2026-01-05,\n"
                                  "A,Lost,2026-01-09,\n")};
  fsim_log *log =
      fit_read(files, 1, fit_file("log-furthest.yaml", EVENTS "skipped: fill\nreturns: furthest\n"),
               NULL, FSIM_OK, NULL);
  const fsim_log_visit *v = log->visits;
  assert_int_equal(log->n_visits, 3);
  assert_int_equal(v[1].stage, 1);
  assert_int_equal(v[1].entered, v[1].left); /* through the offer in no time */
  assert_int_equal(v[2].stage, 2);
  assert_int_equal(v[2].left, DATE(JANUARY + 8));
  assert_true(log->by_day);
  fsim_log_free(log);
}

#define DEALS                                                                             \
  "kind: deals\n"                                                                         \
  "columns: {case: id, created: created, closed: closed, status: status, value: value}\n" \
  "outcomes: {won: {from: [Won], counts_as: win}, lost: [Lost]}\n"                        \
  "ignore: [Talking]\n"                                                                   \
  "known: all\n"

static void tells_every_flaw_of_a_table_of_deals(void **state) {
  (void)state;
  const char *files[] = {fit_file("log-deals.csv",
                                  "id,created,closed,status,value\n"
                                  "1,2026-01-05,2026-01-09,Won,10\n"
                                  "2,2026-01-05,2026-01-03,Lost,10\n" /* before */
                                  "3,2026-01-05,2026-02-01,Talking,10\n"
                                  "4,2026-01-05,2026-01-09,,10\n"
                                  "5,2026-01-05,,Won,10\n"
                                  "6,2026-01-05,2026-01-09,Lots,10\n"
                                  "7,,2026-01-09,Won,10\n"
                                  "8,2026-31-05,2026-01-09,Won,10\n"
                                  "1,2026-01-05,2026-01-09,Won,10\n"
                                  ",2026-01-05,2026-01-09,Won,10\n"
                                  "9,2026-01-06,2026-01-10,Won,much\n"
                                  "10,2026-01-06,,open,10\n")};
  fsim_log *log = fit_read(files, 1, fit_file("log-deals.yaml", DEALS), NULL, FSIM_OK, NULL);
  accounts_for_all(log, 12, 8);
  assert_int_equal(fit_found(log, "an outcome before the case was created"), 1);
  assert_int_equal(fit_found(log, "a closed deal without a status"), 1);
  assert_int_equal(fit_found(log, "an outcome without a date"), 1);
  assert_int_equal(fit_found(log, "a status that the mapping does not know"), 1);
  assert_int_equal(fit_found(log, "a deal without a date of creation"), 1);
  assert_int_equal(fit_found(log, "a date of creation that is none"), 1);
  assert_int_equal(fit_found(log, "an id that was there before"), 1);
  assert_int_equal(fit_found(log, "a row without an id"), 1);
  assert_int_equal(fit_found(log, "a value that is no number"), 1);
  assert_int_equal(fit_case(log, "2")->created, DATE(JANUARY + 2));
  assert_int_equal(fit_case(log, "2")->closed, DATE(JANUARY + 2));
  assert_int_equal(fit_case(log, "3")->outcome, FSIM_NONE); /* its date is an expected one */
  assert_int_equal(fit_case(log, "5")->outcome, FSIM_NONE);
  assert_true(isnan(fit_case(log, "9")->value));
  assert_int_equal(log->end, DATE(JANUARY + 10)); /* not the expected date */
  fsim_log_free(log);
}

static void tells_bulk_updates_and_placeholders(void **state) {
  (void)state;
  fsim_text t = {0};
  fsim_text_append(&t, "case,activity,time,amount\n");
  for (int i = 0; i < 60; i++) {
    fsim_text_append(&t, "%d,Submitted,2026-01-%02d %02d:%02d,\n", i, i % 20 + 1, i % 9 + 8, i);
    fsim_text_append(
        &t, i < 25 ? "%d,Lost,2026-02-02 12:30:00,\n" : "%d,Lost,2026-02-02 14:%02d,\n", i, i);
  }
  fsim_text_append(&t, "99,Submitted,2026-01-03 10:00,\n99,Lost,2099-12-31,\n");
  fsim_text_append(&t, "98,Submitted,1970-01-01,\n98,Offer,2026-01-04 10:00,\n");
  const char *files[] = {fit_file("log-bulk.csv", t.text)};
  fsim_log *log = fit_read(files, 1, fit_file("log-bulk.yaml", EVENTS), NULL, FSIM_OK, NULL);
  assert_int_equal(fit_found(log,
                             "moments at which twenty or more cases changed in the same second "
                             "(bulk updates, imports)"),
                   1);
  assert_int_equal(fit_found(log,
                             "hours in which twenty or more cases ended, ten times as many as in "
                             "others (clean-ups)"),
                   0); /* both hours have as many: that is usual here */
  assert_int_equal(
      fit_found(log, "a time years away from all others (a placeholder, a wrong year)"), 2);
  assert_int_equal(fit_case(log, "99")->outcome, FSIM_NONE);
  assert_int_equal(fit_case(log, "98")->created, DATE(JANUARY + 3) + 36000);
  assert_true(log->end < DATE(JANUARY + 40));
  fsim_log_free(log);
  free(t.text);
}

static void tells_hours_in_which_old_deals_were_closed(void **state) {
  (void)state;
  fsim_text t = {0};
  fsim_text_append(&t, "case,activity,time,amount\n");
  for (int i = 0; i < 60; i++)
    fsim_text_append(&t, "%d,Submitted,2026-01-%02d %02d:%02d,\n%d,Lost,2026-02-%02d %02d:%02d,\n",
                     i, i % 20 + 1, i % 9 + 8, i, i, i < 30 ? 20 : i % 19 + 1,
                     i < 30 ? 16 : i % 9 + 8, i);
  const char *files[] = {fit_file("log-clean.csv", t.text)};
  fsim_log *log = fit_read(files, 1, fit_file("log-clean.yaml", EVENTS), NULL, FSIM_OK, NULL);
  assert_int_equal(fit_found(log,
                             "hours in which twenty or more cases ended, ten times as many as in "
                             "others (clean-ups)"),
                   1);
  fsim_log_free(log);
  free(t.text);
}

/* ---- how files are written ---- */

static void check_three(const char *const *files, const char *mapping, const char *id) {
  fsim_log *log = fit_read(files, 1, mapping, NULL, FSIM_OK, NULL);
  assert_int_equal(log->n_cases, 3);
  const fsim_case *c = fit_case(log, id);
  assert_non_null(c);
  assert_int_equal(c->created, DATE(JANUARY + 12));
  assert_int_equal(c->closed, DATE(JANUARY + 31));
  assert_true(c->value == 1234.5);
  fsim_log_free(log);
}

#define GERMAN                                                               \
  "id;created;closed;status;value\n"                                         \
  "\"M\xc3\xbcller; S\xc3\xb6hne\";13.01.2026;01.02.2026;Won;\"1.234,50\"\n" \
  "b;14.01.2026;;open;\nc;15.01.2026;;open;\n"

static void reads_encodings_alike(void **state) {
  (void)state;
  static const struct {
    const char *name, *mark;
    size_t mark_length;
  } encodings[] = {{"UTF-8", "", 0},
                   {"UTF-8", "\xef\xbb\xbf", 3},
                   {"WINDOWS-1252", "", 0},
                   {"UTF-16LE", "\xff\xfe", 2},
                   {"UTF-16BE", "\xfe\xff", 2}};
  for (size_t e = 0; e < sizeof encodings / sizeof *encodings; e++) {
    char text[] = GERMAN, made[1024], *in = text, *out = made;
    size_t unread = strlen(text), left = sizeof made;
    memcpy(made, encodings[e].mark, encodings[e].mark_length);
    out += encodings[e].mark_length;
    left -= encodings[e].mark_length;
    iconv_t iconv_to = iconv_open(encodings[e].name, "UTF-8");
    assert_true(iconv_to != (iconv_t)-1);
    assert_int_equal(iconv(iconv_to, &in, &unread, &out, &left), 0);
    iconv_close(iconv_to);
    const char *files[] = {fit_bytes("log-encoding.csv", made, sizeof made - left)};
    check_three(files, fit_file("log-german.yaml", DEALS "decimal: ','\n"), "Müller; Söhne");
  }
  const char *latin[] = {
      fit_bytes("log-latin.csv", "id,created,closed,status,value\n\x81,x,,,\n", 39)};
  fit_read(latin, 1, fit_file("log-latin.yaml", DEALS), NULL, FSIM_BAD_INPUT,
           "byte 32 of the file (0x81) means nothing in WINDOWS-1252");
  const char *binary[] = {fit_bytes("log-binary.csv", "PK\0\0id,created", 14)};
  fit_read(binary, 1, fit_file("log-binary.yaml", DEALS), NULL, FSIM_BAD_INPUT,
           "this is not a text file");
}

static void reads_delimiters_and_line_ends_alike(void **state) {
  (void)state;
  static const char *const ends[] = {"\n", "\r\n", "\r"};
  static const char delimiters[] = {',', ';', '\t', '|', '^'};
  for (size_t d = 0; d < sizeof delimiters; d++) {
    for (size_t e = 0; e < 3; e++) {
      const char c = delimiters[d];
      fsim_text t = {0};
      fsim_text_append(&t, "id%ccreated%cclosed%cstatus%cvalue%s", c, c, c, c, ends[e]);
      fsim_text_append(&t, "\"two\nlines\"%c2026-01-13%c2026-02-01%cWon%c1234.50%s", c, c, c, c,
                       ends[e]);
      fsim_text_append(&t, "b%c2026-01-14%c%copen%c%s", c, c, c, c, ends[e]);
      fsim_text_append(&t, "c%c2026-01-14%c%copen%c", c, c, c, c);
      const char *files[] = {fit_file("log-delimiter.csv", t.text)};
      check_three(files,
                  fit_file("log-delimiter.yaml", c == '^' ? DEALS "delimiter: '^'\n" : DEALS),
                  "two\nlines");
      free(t.text);
    }
  }
}

static void reads_dates_in_any_order_or_says_that_they_are_ambiguous(void **state) {
  (void)state;
  static const char *const same[] = {"2026-01-13",       "2026-01-13T00:00:00.000+01:00",
                                     "20260113",         "13/1/2026",
                                     "01/13/2026",       "13.01.2026 00:00",
                                     "2026-01-13 00:00Z"};
  for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
    fsim_text t = {0};
    fsim_text_append(&t, "id,created,closed,status,value\n1,%s,,open,\n", same[i]);
    const char *files[] = {fit_file("log-dates.csv", t.text)};
    fsim_log *log = fit_read(files, 1, fit_file("log-dates.yaml", DEALS), NULL, FSIM_OK, NULL);
    assert_int_equal(log->cases[0].created, DATE(JANUARY + 12));
    fsim_log_free(log);
    free(t.text);
  }
  const char *both[] = {fit_file("log-both.csv",
                                 "id,created,closed,status,value\n"
                                 "1,3/1/2026,,open,\n2,4/1/2026,,open,\n")};
  const char *mapping = fit_file("log-both.yaml", DEALS);
  fit_read(both, 1, mapping, NULL, FSIM_BAD_INPUT, "--date-format d/m/y or m/d/y");
  fsim_log *log = fit_read(both, 1, mapping, "d/m/y", FSIM_OK, NULL);
  assert_int_equal(log->cases[0].created, DATE(JANUARY + 2));
  fsim_log_free(log);
  const char *shorts[] = {
      fit_file("log-short.csv", "id,created,closed,status,value\n1,3/1/26,,open,\n")};
  fit_read(shorts, 1, mapping, "d/m/y", FSIM_BAD_INPUT, "a year of two digits");
}

/* ---- several tables ---- */

static void joins_leads_and_the_deals_that_came_of_them(void **state) {
  (void)state;
  const char *files[] = {fit_file("log-leads.csv",
                                  "lead,made,source,lost_on\n"
                                  "L1,2026-01-02,web,\n"
                                  "L2,2026-01-03,fair,2026-01-20\n"
                                  "L3,2026-01-04,web,\n"),
                         fit_file("log-joined.csv",
                                  "id,lead,created,closed,status\n"
                                  "D1,L1,2026-01-08,2026-01-30,Won\n"
                                  "D2,L9,2026-01-09,,open\n"
                                  "D3,L1,2026-01-19,,open\n")};
  const char *mapping = fit_file(
      "log-joined.yaml",
      "kind: joined\nknown: all\n"
      "columns: {case: id, lead: lead, created: created, closed: closed, status: status}\n"
      "outcomes: {won: {from: [Won], counts_as: win}, lost: [Lost]}\n"
      "leads: {columns: {case: lead, created: made}, outcomes: {lost: {date: lost_on}}}\n");
  fsim_log *log = fit_read(files, 2, mapping, NULL, FSIM_OK, NULL);
  assert_int_equal(log->n_funnels, 2);
  assert_string_equal(log->funnels[0].outcomes.name[1], "converted");
  assert_true(log->funnels[0].wins[1]);
  const fsim_case *lead = fit_case(log, "L1"), *deal = fit_case(log, "D1");
  assert_int_equal(lead->outcome, 1);
  assert_int_equal(lead->closed, DATE(JANUARY + 7)); /* by its first deal */
  assert_ptr_equal(&log->cases[deal->parent], lead);
  assert_ptr_equal(&log->cases[fit_case(log, "D3")->parent], lead);
  assert_int_equal(fit_case(log, "L2")->outcome, 0);
  assert_int_equal(fit_case(log, "L3")->outcome, FSIM_NONE);
  assert_int_equal(fit_case(log, "D2")->parent, FSIM_NONE);
  assert_int_equal(fsim_log_known_since(log, FSIM_ALL_FUNNELS, deal), lead->created);
  assert_int_equal(fsim_log_known_since(log, 1, deal), deal->created);
  assert_int_equal(fit_found(log, "a deal whose lead is not in the table of leads"), 1);
  accounts_for_all(log, 6, 6);
  fsim_log_free(log);
}

static void chains_the_orders_of_a_customer_in_time(void **state) {
  (void)state;
  const char *files[] = {fit_file("log-orders.csv",
                                  "customer date amount\n"
                                  "  a  2026-01-05  5.5\n"
                                  "  b  2026-01-06  7\n"
                                  "  a  2026-01-09  9\n"
                                  "  a  2026-01-02  2\n"
                                  "  a  never  2\n")};
  fsim_log *log = fit_read(files, 1,
                           fit_file("log-orders.yaml",
                                    "kind: transactions\ndelimiter: blanks\n"
                                    "columns: {case: customer, time: date, "
                                    "value: amount}\n"),
                           NULL, FSIM_OK, NULL);
  accounts_for_all(log, 5, 4);
  const fsim_case *first = fit_case(log, "a"), *second = fit_case(log, "a/2"),
                  *third = fit_case(log, "a/3");
  /* A case is the wait that an order ends; it began with the order before. */
  const fsim_case *next = fit_case(log, "a/4"), *other = fit_case(log, "b/2");
  assert_int_equal(first->created, DATE(JANUARY + 1));
  assert_int_equal(first->closed, DATE(JANUARY + 1));
  assert_int_equal(second->created, DATE(JANUARY + 1));
  assert_int_equal(second->closed, DATE(JANUARY + 4));
  assert_int_equal(third->created, DATE(JANUARY + 4));
  assert_int_equal(third->closed, DATE(JANUARY + 8));
  assert_int_equal(next->created, DATE(JANUARY + 8));
  assert_int_equal(next->outcome, FSIM_NONE);
  assert_int_equal(other->created, DATE(JANUARY + 5));
  assert_int_equal(other->funnel, 1);
  assert_int_equal(other->outcome, FSIM_NONE);
  assert_int_equal(log->n_cases, 6);
  assert_true(first->value == 2 && second->value == 5.5 && third->value == 9);
  assert_int_equal(first->funnel, 0);
  assert_int_equal(third->funnel, 2);
  assert_int_equal(next->funnel, 3);
  assert_ptr_equal(&log->cases[third->parent], second);
  assert_ptr_equal(&log->cases[second->parent], first);
  assert_int_equal(fsim_log_known_since(log, FSIM_ALL_FUNNELS, next), first->created);
  fsim_log_free(log);
}

/* ---- what comes before the first stage ---- */

/* A deal that is lost before its first stage shows that there is something before it: then those
 * that come to that stage spend the time until then there too, and do not count as in it. */
static void all_deals_pass_what_is_before_the_first_stage(void **state) {
  (void)state;
  const char *files[] = {fit_file("log-begin.csv",
                                  "id,created,demo,won,lost\n"
                                  "a,2026-01-05,2026-01-08,2026-01-10,\n"
                                  "b,2026-01-05,,,2026-01-07\n"
                                  "c,2026-01-06,2026-01-06,,2026-01-09\n"
                                  "d,2026-01-09,,,\n")};
  fsim_log *log = fit_read(files, 1,
                           fit_file("log-begin.yaml",
                                    "kind: deals\ncolumns: {case: id, created: created}\n"
                                    "stages: {demo: {date: demo}}\n"
                                    "outcomes: {won: {date: won}, lost: {date: lost}}\n"),
                           NULL, FSIM_OK, NULL);
  fsim_report *report = fsim_report_new();
  fsim_funnel_stays stays;
  assert_int_equal(fsim_stays_of(log, 0, report, &stays), FSIM_OK);
  assert_true(stays.begins);
  assert_int_equal(stays.n_stages, 2);
  const fsim_stage_stays *demo = &stays.stage[0], *before = &stays.stage[1];
  assert_string_equal(before->name, "open");
  assert_int_equal(before->n, 4);
  assert_int_equal(demo->n, 2);
  static const double days[] = {3, 2, 0,
                                1.5}; /* from noon; the last goes on at the end's midnight */
  for (size_t i = 0; i < 4; i++)
    assert_true((double)(before->stay[i].to - before->stay[i].entered) == days[i] * 86400);
  assert_int_equal(before->stay[3].exit, FSIM_NONE);
  assert_false(before->exit[before->stay[0].exit].outcome);
  assert_true(before->exit[before->stay[1].exit].outcome);
  assert_int_equal(demo->stay[0].to - demo->stay[0].entered, 2 * 86400);
  fsim_stays_free(&stays);
  fsim_report_free(report);
  fsim_log_free(log);
}

/* ---- mappings that do not fit ---- */

/* Lines of invoices, returns and guests, as a shop exports them. */
static void sums_the_lines_of_an_order(void **state) {
  (void)state;
  const char *files[] = {fit_file("log-invoices.csv",
                                  "invoice,date,price,customer\n"
                                  "1,2026-01-05 10:00,5,a\n"
                                  "1,2026-01-05 10:00,2.5,a\n"
                                  "1,2026-01-05 10:00,-1,a\n" /* a discount */
                                  "2,2026-01-06 09:00,7,\n"   /* a guest */
                                  "3,2026-01-07 09:00,8,a\n"
                                  "4,2026-01-07 09:00,3,b\n"
                                  "C3,2026-01-08 09:00,-8,a\n" /* a return */
                                  "4,2026-01-07 09:00,1,b\n"   /* after another order */
                                  ",2026-01-09 09:00,1,b\n")};
  const char *mapping = fit_file("log-invoices.yaml",
                                 "kind: transactions\n"
                                 "columns: {case: customer, time: date, order: invoice, value: "
                                 "price}\n");
  fsim_log *log = fit_read(files, 1, mapping, NULL, FSIM_OK, NULL);
  accounts_for_all(log, 9, 6);
  assert_int_equal(fit_found(log, "a row without a customer"), 1);
  assert_int_equal(fit_found(log, "a row without an order"), 1);
  assert_int_equal(fit_found(log, "a return (an order with a value below zero)"), 1);
  assert_int_equal(fit_found(log, "an order whose rows do not stand together"), 0);
  assert_true(fit_case(log, "a")->value == 6.5);
  assert_true(fit_case(log, "a/2")->value == 8);
  assert_true(fit_case(log, "b")->value == 4); /* only a row that is left out stood between */
  assert_null(fit_case(log, "a/4"));
  fsim_log_free(log);
}

static void multiplies_prices_by_quantities(void **state) {
  (void)state;
  const char *files[] = {fit_file("log-priced.csv",
                                  "invoice,date,price,pieces,customer\n"
                                  "1,2026-01-05 10:00,5,3,a\n"
                                  "1,2026-01-05 10:00,2.5,2,a\n"
                                  "2,2026-01-06 10:00,7,,b\n"
                                  "3,2026-01-07 10:00,7,some,c\n")};
#define PRICED           \
  "kind: transactions\n" \
  "columns: {case: customer, time: date, order: invoice, "
  fsim_log *log =
      fit_read(files, 1, fit_file("log-priced.yaml", PRICED "value: price, quantity: pieces}\n"),
               NULL, FSIM_OK, NULL);
  assert_true(fit_case(log, "a")->value == 20);
  assert_true(isnan(fit_case(log, "b")->value)); /* how many is not known */
  assert_true(isnan(fit_case(log, "c")->value));
  assert_int_equal(fit_found(log, "a value that is no number"), 1);
  fsim_log_free(log);
  fit_read(files, 1, fit_file("log-priced.yaml", PRICED "quantity: pieces}\n"), NULL,
           FSIM_BAD_INPUT, "quantity multiplies the value");
}

static void tells_orders_that_may_be_lines(void **state) {
  (void)state;
  const char *apart[] = {fit_file("log-apart.csv",
                                  "invoice,date,customer\n"
                                  "1,2026-01-05 10:00,a\n"
                                  "2,2026-01-06 10:00,a\n"
                                  "1,2026-01-05 10:00,a\n"
                                  "3,2026-01-07 10:00,b\n")};
  fsim_log *log = fit_read(apart, 1,
                           fit_file("log-apart.yaml",
                                    "kind: transactions\n"
                                    "columns: {case: customer, time: date, order: invoice}\n"),
                           NULL, FSIM_OK, NULL);
  assert_int_equal(fit_found(log, "an order whose rows do not stand together"), 1);
  fsim_log_free(log);
  log = fit_read(
      apart, 1,
      fit_file("log-lines.yaml", "kind: transactions\ncolumns: {case: customer, time: date}\n"),
      NULL, FSIM_OK, NULL);
  assert_int_equal(fit_found(log, "an order at the same moment as the customer's one before"), 0);
  fsim_log_free(log);
  const char *lines[] = {fit_file("log-lines.csv",
                                  "date,customer\n"
                                  "2026-01-05 10:00,a\n2026-01-05 10:00,a\n2026-01-06 10:00,b\n")};
  log = fit_read(
      lines, 1,
      fit_file("log-lines.yaml", "kind: transactions\ncolumns: {case: customer, time: date}\n"),
      NULL, FSIM_OK, NULL);
  assert_int_equal(fit_found(log, "an order at the same moment as the customer's one before"), 1);
  fsim_log_free(log);
}

static void says_what_is_wrong_with_a_mapping(void **state) {
  (void)state;
  static const struct {
    const char *mapping, *says;
  } wrong[] = {
      {"kind: deal\n", "kind must be"},
      {DEALS "colour: red\n", "colour"},
      {DEALS "decimal: x\n", "decimal must be"},
      {DEALS "encoding: klingon\n", "encoding klingon is not known"},
      {DEALS "work: {talks: [Call]}\n", "there is no stage talks"},
      {"kind: deals\ncolumns: {case: id}\noutcomes: {won: [Won]}\n", "columns lack \"created\""},
      {"kind: deals\ncolumns: {case: id, created: creatd}\noutcomes: {won: [Won]}\n",
       "did you mean \"created\"?"},
      {"kind: deals\ncolumns: {case: id, created: created}\noutcomes: {sold: [Won]}\n",
       "no outcome counts as a win"},
      {"kind: joined\ncolumns: {case: id, created: created}\noutcomes: {won: [Won]}\n",
       "needs the table of leads"},
      {"kind: joined\ncolumns: {case: id, lead: l, created: created, attributes: {a: value}}\n"
       "outcomes: {won: [Won]}\nleads: {columns: {case: l, created: c, attributes: {a: x}}}\n",
       "attribute a stands in two tables"},
      {DEALS "history: {columns: {case: id, activity: s, time: t, attributes: {a: b}}}\n",
       "not in their history"},
  };
  const char *files[] = {
      fit_file("log-fits.csv", "id,created,closed,status,value\n1,2026-01-02,,open,\n")};
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
    fit_read(files, 1, fit_file("log-wrong.yaml", wrong[i].mapping), NULL, FSIM_BAD_INPUT,
             wrong[i].says);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(tells_every_flaw_of_an_event_log),
      cmocka_unit_test(fills_stages_and_keeps_the_furthest_on_request),
      cmocka_unit_test(tells_every_flaw_of_a_table_of_deals),
      cmocka_unit_test(tells_bulk_updates_and_placeholders),
      cmocka_unit_test(tells_hours_in_which_old_deals_were_closed),
      cmocka_unit_test(reads_encodings_alike),
      cmocka_unit_test(reads_delimiters_and_line_ends_alike),
      cmocka_unit_test(reads_dates_in_any_order_or_says_that_they_are_ambiguous),
      cmocka_unit_test(joins_leads_and_the_deals_that_came_of_them),
      cmocka_unit_test(all_deals_pass_what_is_before_the_first_stage),
      cmocka_unit_test(chains_the_orders_of_a_customer_in_time),
      cmocka_unit_test(sums_the_lines_of_an_order),
      cmocka_unit_test(multiplies_prices_by_quantities),
      cmocka_unit_test(tells_orders_that_may_be_lines),
      cmocka_unit_test(says_what_is_wrong_with_a_mapping),
  };
  return cmocka_run_group_tests_name("fit_log", tests, NULL, NULL);
}
