/* What a mapping is guessed to be, from the headers and data of small exports, and of real ones
 * where they are at hand. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h> /* needs the others before it */
/* clang-format on */
#include <unistd.h>

#include "analysis/fit/mapping.h"
#include "sim/base/quantity.h"
#include "sim/base/text.h"
#include "tests/analysis/fit_files.h"

/* Guesses, wants all the texts in it, and that it is a mapping that can be read. */
static void guess_says(const char *const *files, size_t n, const char *const *says, size_t n_says) {
  fsim_report *report = fsim_report_new();
  const fsim_read_log_options options = {.end = FSIM_NO_TIME};
  char *yaml = NULL;
  assert_int_equal(fsim_guess_mapping(files, n, &options, report, &yaml), FSIM_OK);
  for (size_t i = 0; i < n_says; i++) {
    if (strstr(yaml, says[i]) == NULL) fail_msg("\"%s\" is missing in\n%s", says[i], yaml);
  }
  fsim_mapping mapping;
  assert_int_equal(fsim_mapping_parse("guess", yaml, strlen(yaml), report, &mapping), FSIM_OK);
  fsim_mapping_free(&mapping);
  free(yaml);
  fsim_report_free(report);
}

#define SAYS(files, ...)                                                               \
  do {                                                                                 \
    static const char *const says[] = {__VA_ARGS__};                                   \
    guess_says(files, sizeof files / sizeof *files, says, sizeof says / sizeof *says); \
  } while (0)

static void guesses_a_german_table_of_deals(void **state) {
  (void)state;
  fsim_text t = {0};
  fsim_text_append(&t, "Vorgangsnummer;Angelegt am;Geschlossen am;Status;Betrag;Branche\n");
  for (int i = 1; i <= 40; i++)
    fsim_text_append(&t, "V%d;%02d.03.2026;%s;%s;\"1.2%02d,50\";%s\n", i, i % 28 + 1,
                     i % 4 ? "30.03.2026" : "",
                     i % 4 == 0   ? "offen"
                     : i % 4 == 1 ? "Gewonnen"
                                  : "verloren",
                     i, i % 2 ? "Handel" : "Bau");
  const char *files[] = {fit_file("guess-german.csv", t.text)};
  SAYS(files, "kind: deals", "case: Vorgangsnummer", "created: \"Angelegt am\"",
       "closed: \"Geschlossen am\"", "date_format: d/m/y", "decimal: \",\"",
       "won: {from: [Gewonnen], counts_as: win}", "lost: {from: [verloren]}", "ignore: [\"offen\"]",
       "branche: Branche");
  fsim_log *log = fit_read(files, 1, NULL, NULL, FSIM_OK, NULL);
  assert_int_equal(log->n_cases, 40);
  const fsim_case *first = fit_case(log, "V1");
  assert_non_null(first);
  assert_true(first->value == 1201.5);
  assert_int_equal(first->outcome, 0);
  assert_true(log->funnels[first->funnel].wins[0]);
  assert_int_equal(fit_case(log, "V4")->outcome, FSIM_NONE);
  fsim_log_free(log);
  free(t.text);
}

static void guesses_stages_from_their_dates(void **state) {
  (void)state;
  fsim_text t = {0};
  fsim_text_append(&t,
                   "Record ID,Create Date,Date entered 'Proposal',Date entered 'Demo',"
                   "Close Date,Deal Stage,Amount,Last Activity Date\n");
  for (int i = 1; i <= 30; i++)
    fsim_text_append(&t, "%d,2026-01-%02d,2026-02-%02d,2026-01-%02d 10:30,%s,%s,100,2026-03-01\n",
                     1000 + i, i % 20 + 1, i % 20 + 3, i % 20 + 5, i % 3 ? "2026-02-28" : "",
                     i % 3 == 0   ? "presentation"
                     : i % 3 == 1 ? "closedwon"
                                  : "closedlost");
  const char *files[] = {fit_file("guess-dates.csv", t.text)};
  SAYS(files, "demo: {date: \"Date entered 'Demo'\"}",
       "proposal: {date: \"Date entered 'Proposal'\"}", "won: {from: [closedwon], counts_as: win}",
       "lost: {from: [closedlost]}");
  fsim_log *log = fit_read(files, 1, NULL, NULL, FSIM_OK, NULL);
  assert_int_equal(log->funnels[0].stages.n, 2);
  assert_string_equal(log->funnels[0].stages.name[0], "demo"); /* by the dates, not the columns */
  assert_int_equal(log->n_visits, 60);
  fsim_log_free(log);
  free(t.text);
}

static void guesses_a_hubspot_export(void **state) {
  (void)state;
  fsim_text t = {0};
  fsim_text_append(&t,
                   "\"Record ID\",\"Deal Stage\",\"Create Date\",\"Close Date\",\"Is Closed Won\","
                   "\"Date entered \"\"Demo (Sales Pipeline)\"\"\","
                   "\"Date entered \"\"Closed Won (Sales Pipeline)\"\"\"\n");
  for (int i = 0; i < 40; i++)
    fsim_text_append(&t, "9%d,%s,2026-01-01 10:00,2026-02-%02d 10:00,%s,2026-01-09 11:00,%s\n", i,
                     i % 2 ? "Closed Won" : "Closed Lost", i % 20 + 1, i % 2 ? "true" : "false",
                     i % 2 ? "2026-02-25 12:00" : "");
  const char *files[] = {fit_file("guess-hubspot.csv", t.text)};
  SAYS(files, "  demo: {date:", "won: {from: [\"Closed Won\"], date: \"Date entered",
       "lost: {from: [\"Closed Lost\"]}", "closed: \"Close Date\"");
  fsim_log *log = fit_read(files, 1, NULL, NULL, FSIM_OK, NULL);
  assert_int_equal(log->n_attributes, 0); /* "Is Closed Won" tells the outcome */
  assert_int_equal(log->funnels[0].stages.n, 1);
  fsim_log_free(log);
  free(t.text);
}

/* When a row was last changed, and when its deal may close, are no stages. */
static void takes_no_updates_and_plans_for_stages(void **state) {
  (void)state;
  fsim_text t = {0};
  fsim_text_append(&t,
                   "Deal - ID,Deal - Status,Deal - Deal created,Deal - Update time,Est. Close Date,"
                   "Deal - Won time,Deal - Lost time\n");
  for (int i = 1; i <= 40; i++)
    fsim_text_append(&t, "%d,%s,2026-03-%02d 10:00:00,2026-03-30 09:00:00,2026-05-01,%s,%s\n", i,
                     i % 4 == 0   ? "Open"
                     : i % 4 == 1 ? "Won"
                                  : "Lost",
                     i % 28 + 1, i % 4 == 1 ? "2026-03-30 11:00:00" : "",
                     i % 4 > 1 ? "2026-03-30 12:00:00" : "");
  const char *files[] = {fit_file("guess-pipedrive.csv", t.text)};
  SAYS(files, "won: {from: [\"Won\"], date: \"Deal - Won time\", counts_as: win}");
  fsim_log *log = fit_read(files, 1, NULL, NULL, FSIM_OK, NULL);
  assert_int_equal(log->funnels[0].stages.n, 0);
  fsim_log_free(log);
  free(t.text);
}

/* A status without a win in it: what is closed is not won for that. */
static void takes_no_lost_deals_for_won(void **state) {
  (void)state;
  fsim_text t = {0}, odd = {0};
  fsim_text_append(&t, "id,created,closed,status\n");
  fsim_text_append(&odd, "id,created,closed,status\n");
  for (int i = 1; i <= 40; i++) {
    fsim_text_append(&t, "%d,2026-03-%02d,2026-04-%02d,Lost\n", i, i % 28 + 1, i % 28 + 1);
    fsim_text_append(&odd, "%d,2026-03-%02d,2026-04-%02d,%s\n", i, i % 28 + 1, i % 28 + 1,
                     i % 2 ? "Kappa" : "Lambda");
  }
  const char *files[] = {fit_file("guess-lost.csv", t.text)};
  SAYS(files, "status: status", "lost: {from: [\"Lost\"]}", "No status sounds like a win");
  fsim_log *log = fit_read(files, 1, NULL, NULL, FSIM_OK, NULL);
  for (size_t c = 0; c < log->n_cases; c++)
    assert_false(log->funnels[0].wins[log->cases[c].outcome]);
  fsim_log_free(log);
  const char *others[] = {fit_file("guess-odd.csv", odd.text)};
  SAYS(others, "status: status", "No status sounds like a win", "ignore: [\"Kappa\", Lambda]");
  free(t.text);
  free(odd.text);
}

/* Activities are often commands: approve, decline. */
static void guesses_ends_that_are_commands(void **state) {
  (void)state;
  fsim_text t = {0};
  fsim_text_append(&t, "case:concept:name,concept:name,time:timestamp\n");
  for (int i = 1; i <= 40; i++)
    fsim_text_append(&t,
                     "R%d,Register,2026-03-%02dT10:00:00+01:00\n"
                     "R%d,%s,2026-04-%02dT10:00:00+02:00\n",
                     i, i % 28 + 1, i, i % 3 ? "Approve request" : "Decline", i % 28 + 1);
  const char *files[] = {fit_file("guess-commands.csv", t.text)};
  SAYS(files, "won: {from: [\"Approve request\"], counts_as: win}", "lost: {from: [Decline]}");
  free(t.text);
}

/* 120 deals: every third one is open and 40 days old, the others took from 5 to 64 days and were
 * expected to close at some other time, or when they did. */
static const char *write_expected(const char *name, const char *header, bool overwritten) {
  fsim_text t = {0};
  const int32_t start = fsim_days_from_date(2026, 1, 1);
  fsim_text_append(&t, "%s\n", header);
  for (int i = 0; i < 120; i++) {
    char created[32], closed[32], due[32];
    const int begin = i % 60, took = 5 + i * 7 % 60, plan = 10 + i * 11 % 70;
    const bool open = i % 3 == 0;
    fsim_format_date(start + (open ? 80 : begin), created, sizeof created);
    fsim_format_date(start + begin + took, closed, sizeof closed);
    fsim_format_date(start + begin + (overwritten ? took : plan), due, sizeof due);
    if (open) fsim_format_date(start + 80 + plan, due, sizeof due);
    fsim_text_append(&t, "%d,%s,%s,%s,%s,%s\n", i, created, due, i % 3 == 1 ? closed : "",
                     i % 3 == 2 ? closed : "",
                     open         ? "open"
                     : i % 3 == 1 ? "won"
                                  : "lost");
  }
  const char *path = fit_file(name, t.text);
  free(t.text);
  return path;
}

static void guesses_expected_close_dates(void **state) {
  (void)state;
  static const char *const headers[][2] = {
      {"Deal - ID,Deal - Deal created,Deal - Expected close date,Deal - Won time,Deal - Lost "
       "time,Deal - Status",
       "expected: \"Deal - Expected close date\"  # dates, of a planned closing"},
      {"id,create_date,close_date_expected,won_at,lost_at,status", "expected: close_date_expected"},
      {"id,create_date,estimatedclosedate,won_at,lost_at,status", "expected: estimatedclosedate"},
      {"id,create_date,Close Date,won_at,lost_at,status", "expected: \"Close Date\""},
      {"id,angelegt am,voraussichtliches Abschlussdatum,gewonnen am,verloren am,status",
       "expected: \"voraussichtliches Abschlussdatum\""},
      {"id,create_date,Original Close Date,won_at,lost_at,status",
       "expected: {column: \"Original Close Date\", as: first}"}};
  for (size_t h = 0; h < sizeof headers / sizeof *headers; h++) {
    const char *files[] = {write_expected("guess-expected.csv", headers[h][0], false)};
    const char *says[] = {headers[h][1]};
    guess_says(files, 1, says, 1);
  }
  const char *both[] = {write_expected("guess-expected.csv", headers[3][0], false)};
  SAYS(both, "  closed: \"Close Date\"", "  expected: \"Close Date\"");
  const char *same[] = {write_expected("guess-overwritten.csv", headers[1][0], true)};
  SAYS(same, "# close_date_expected is left out as an expected date: 36 of 36 cases that were won");
  fsim_log *log = fit_read(same, 1, NULL, NULL, FSIM_OK, "close_date_expected is not used");
  assert_false(log->has_planned);
  fsim_log_free(log);
}

static void tells_an_expected_date_from_the_actual_one(void **state) {
  (void)state;
  fsim_text t = {0};
  fsim_text_append(&t, "id,Create Date,Close Date,Actual Close Date,Status\n");
  for (int i = 0; i < 60; i++)
    fsim_text_append(&t, "%d,2026-01-%02d,2026-02-%02d,%s,%s\n", i, i % 28 + 1, i * 5 % 28 + 1,
                     i % 2 ? "2026-03-01" : "", i % 2 ? "won" : "open");
  const char *files[] = {fit_file("guess-actual.csv", t.text)};
  SAYS(files, "closed: \"Actual Close Date\"", "expected: \"Close Date\"");
  free(t.text);
}

/* Of a history each case's first date is what was known, so that of the deals is not taken. */
static void guesses_expected_dates_of_a_history(void **state) {
  (void)state;
  fsim_text deals = {0}, history = {0};
  fsim_text_append(&deals, "Opportunity ID,Created Date,Expected Close Date,Status,Closed On\n");
  fsim_text_append(&history, "OpportunityId,StageName,CreatedDate,CloseDate\n");
  for (int i = 1; i <= 24; i++) {
    fsim_text_append(&deals, "%d,2026-01-%02d,2026-03-%02d,%s,2026-03-%02d\n", i, i, i,
                     i % 2 ? "Closed Won" : "Closed Lost", i);
    fsim_text_append(&history, "%d,Prospecting,2026-01-%02d,2026-02-%02d\n", i, i, i);
    fsim_text_append(&history, "%d,Proposal,2026-02-%02d,2026-03-%02d\n", i, i, i);
  }
  const char *files[] = {fit_file("guess-dated.csv", deals.text),
                         fit_file("guess-dated-history.csv", history.text)};
  SAYS(files, "    expected: CloseDate  # dates, of a planned closing by the header; each case's");
  fsim_log *log = fit_read(files, 2, NULL, NULL, FSIM_OK, NULL);
  assert_int_equal(fit_case(log, "7")->expected / 86400, fsim_days_from_date(2026, 2, 7));
  fsim_log_free(log);
  free(deals.text);
  free(history.text);
}

static void guesses_an_event_log(void **state) {
  (void)state;
  static const char *const log_text =
      "case id,activity,timestamp,lifecycle\n"
      "1,Received,2026-01-01T10:00:00+01:00,complete\n"
      "1,Registered,2026-01-01T10:00:10+01:00,complete\n"
      "1,Call,2026-01-01T11:00:00+01:00,start\n"
      "1,Call,2026-01-01T11:10:00+01:00,complete\n"
      "1,Offer accepted,2026-01-02T11:00:00+01:00,complete\n"
      "1,Contract,2026-01-05T11:00:00+01:00,complete\n"
      "1,Won,2026-01-09T11:00:00+01:00,complete\n"
      "2,Received,2026-01-02T10:00:00+01:00,complete\n"
      "2,Registered,2026-01-02T10:00:10+01:00,complete\n"
      "2,Offer accepted,2026-01-03T11:00:00+01:00,complete\n"
      "2,Contract,2026-01-04T11:00:00+01:00,complete\n"
      "2,Rejected,2026-01-08T11:00:00+01:00,complete\n";
  const char *files[] = {fit_file("guess-events.csv", log_text)};
  /* "accepted" is a word of wins, but contracts come after it. */
  SAYS(files, "kind: events", "received: [Received, Registered]",
       "offer-accepted: [\"Offer accepted\"]", "contract: [Contract]",
       "won: {from: [\"Won\"], counts_as: win}", "lost: {from: [Rejected]}", "ignore: [\"Call\"]");
  fsim_log *log = fit_read(files, 1, NULL, NULL, FSIM_OK, NULL);
  assert_int_equal(log->n_cases, 2);
  assert_int_equal(log->n_visits, 6);
  size_t started = 0;
  for (size_t w = 0; w < log->n_work; w++) started += log->work[w].started != FSIM_NO_TIME;
  assert_int_equal(started, 1);
  fsim_log_free(log);
}

static void guesses_deals_that_came_of_leads(void **state) {
  (void)state;
  fsim_text leads = {0}, deals = {0};
  fsim_text_append(&leads, "lead_id,created_at,lost_at,source\n");
  fsim_text_append(&deals, "deal_id,lead_id,created_at,closed_at,status\n");
  for (int i = 1; i <= 24; i++) {
    fsim_text_append(&leads, "L%d,2026-01-%02d,%s,%s\n", i, i, i % 2 ? "2026-02-01" : "",
                     i % 3 ? "web" : "fair");
    if (i % 2 == 0)
      fsim_text_append(&deals, "D%d,L%d,2026-02-%02d,2026-02-25,%s\n", i, i, i % 20 + 1,
                       i % 4 ? "won" : "lost");
  }
  /* In the wrong order: the guess finds out which file is which. */
  const char *files[] = {fit_file("guess-deals.csv", deals.text),
                         fit_file("guess-leads.csv", leads.text)};
  SAYS(files, "kind: joined", "lead: lead_id", "leads:  # guess-leads.csv",
       "    attributes:", "      source: source", "lost: {date: lost_at}",
       "# The files in this order: guess-leads.csv guess-deals.csv");
  free(leads.text);
  free(deals.text);
}

/* Activities that cases queue for, and that are worked on once, are stages, not work beside them.
 */
static void guesses_stages_that_are_worked_on(void **state) {
  (void)state;
  fsim_text t = {0};
  fsim_text_append(&t, "case;activity;lifecycle;timestamp\n");
  for (int i = 0; i < 30; i++) {
    static const char *const steps[] = {"schedule", "start", "complete"};
    for (int k = 0; k < 3; k++)
      fsim_text_append(&t, "c%d;Demo;%s;2026-01-%02d 1%d:00:00\n", i, steps[k], i % 28 + 1, k);
    fsim_text_append(&t, "c%d;%s;complete;2026-02-%02d 09:00:00\n", i, i % 2 ? "Won" : "Lost",
                     i % 28 + 1);
  }
  const char *files[] = {fit_file("guess-worked.csv", t.text)};
  SAYS(files, "kind: events", "lifecycle: lifecycle", "demo: [\"Demo\"]", "won: {from: [\"Won\"]");
  free(t.text);
}

static void guesses_orders_parted_by_blanks(void **state) {
  (void)state;
  fsim_text t = {0};
  fsim_text_append(&t, " customer_id  date number_of_cds  dollar_value\n");
  for (int i = 0; i < 30; i++)
    fsim_text_append(&t, " %05d 199701%02d  %d  %d.77\n", i / 3 + 1, i % 28 + 1, i % 4 + 1, i);
  const char *files[] = {fit_file("guess-orders.txt", t.text)};
  SAYS(files, "kind: transactions", "case: customer_id", "time: \"date\"", "value: dollar_value",
       "delimiter: blanks");
  fsim_log *log = fit_read(files, 1, NULL, NULL, FSIM_OK, NULL);
  assert_int_equal(log->n_cases, 40);
  size_t first = 0, joined = 0;
  for (size_t c = 0; c < log->n_cases; c++) {
    first += log->cases[c].funnel == 0;
    joined += log->cases[c].parent != FSIM_NONE;
  }
  assert_int_equal(first, 10);
  assert_int_equal(joined, 30);
  fsim_log_free(log);
  free(t.text);
}

static fsim_text lines_of_invoices(const char *price) {
  fsim_text t = {0};
  fsim_text_append(&t, "InvoiceNo,Quantity,InvoiceDate,%s,CustomerID\n", price);
  for (int i = 0; i < 60; i++)
    fsim_text_append(&t, "%d,%d,2026-01-%02d 10:00,%d.50,%d\n", i / 2, i % 5 + 1, i % 28 + 1,
                     i % 7 + 1, i / 4);
  return t;
}

static void guesses_prices_of_single_pieces(void **state) {
  (void)state;
  fsim_text single = lines_of_invoices("UnitPrice"), total = lines_of_invoices("Total price");
  const char *one[] = {fit_file("guess-priced.csv", single.text)};
  SAYS(one, "kind: transactions", "order: InvoiceNo", "value: UnitPrice", "quantity: Quantity");
  const char *all[] = {fit_file("guess-total.csv", total.text)};
  SAYS(all, "kind: transactions", "value: \"Total price\"");
  fsim_log *log = fit_read(all, 1, NULL, NULL, FSIM_OK, NULL);
  assert_true(fit_case(log, "0")->value == 1.5 + 2.5); /* as it stands, not times the quantity */
  fsim_log_free(log);
  free(single.text);
  free(total.text);
}

/* A table of what was won, by the ids of the leads: it has no other date, and nothing to part from.
 * A source "paid search" does not sound like the end of a lead. */
static void joins_leads_and_a_table_of_wins(void **state) {
  (void)state;
  static const char *const sources[] = {"paid_search", "email", "other"};
  fsim_text leads = {0}, wins = {0};
  fsim_text_append(&leads, "mql_id,first_contact_date,origin\n");
  fsim_text_append(&wins, "mql_id,seller_id,won_date,lead_type\n");
  for (int i = 0; i < 90; i++) {
    fsim_text_append(&leads, "m%d,%02d-01-2026,%s\n", i, i % 28 + 1, sources[i % 3]);
    if (i % 3 == 0)
      fsim_text_append(&wins, "m%d,s%d,%02d-02-2026 10:%02d,%s\n", i, i, i % 28 + 1, i % 60,
                       i % 2 ? "online" : "offline");
  }
  const char *files[] = {fit_file("guess-mql.csv", leads.text),
                         fit_file("guess-won.csv", wins.text)};
  SAYS(files, "kind: joined", "lead: mql_id", "created: won_date", "lead-type: lead_type",
       "origin: origin", "won: {date: won_date, counts_as: win}");
  fsim_log *log = fit_read(files, 2, NULL, NULL, FSIM_OK, NULL);
  size_t won[2] = {0};
  for (size_t c = 0; c < log->n_cases; c++) won[log->cases[c].funnel] += log->cases[c].outcome >= 0;
  assert_int_equal(log->n_cases, 120);
  assert_int_equal(won[0], 30);
  assert_int_equal(won[1], 30);
  fsim_log_free(log);
  free(leads.text);
  free(wins.text);
}

static void leaves_out_columns_that_tell_the_outcome(void **state) {
  (void)state;
  fsim_text t = {0};
  fsim_text_append(&t, "deal_id,created,won_at,lost_at,contract\n");
  for (int i = 0; i < 60; i++)
    fsim_text_append(&t, "%d,2026-01-01,%s,%s,%s\n", i, i % 2 ? "2026-02-01" : "",
                     i % 2 ? "" : "2026-02-02",
                     i % 2 == 0 ? ""
                     : i % 3    ? "long"
                                : "short");
  const char *files[] = {fit_file("guess-leak.csv", t.text)};
  SAYS(files,
       "# contract is left out: it is filled in for 100 % of the wins and 0 % of the others");
  fsim_log_free(fit_read(files, 1, NULL, NULL, FSIM_OK, NULL));
  free(t.text);
}

static void says_what_it_cannot_guess(void **state) {
  (void)state;
  const char *none[] = {fit_file("guess-none.csv", "colour,size\nred,1\nred,2\nblue,1\nblue,2\n")};
  fit_read(none, 1, NULL, NULL, FSIM_BAD_INPUT, "no column looks like the id of a case");
  const char *dates[] = {fit_file("guess-ambiguous.csv",
                                  "deal_id,created,closed,status\n1,3/4/2026,4/5/2026,won\n"
                                  "2,3/5/2026,4/6/2026,lost\n")};
  fit_read(dates, 1, NULL, NULL, FSIM_BAD_INPUT, "--date-format");
  fsim_log *log = fit_read(dates, 1, NULL, "m/d/y", FSIM_OK, NULL);
  assert_int_equal(fit_case(log, "1")->created, INT64_C(86400) * 20516); /* 2026-03-04 */
  fsim_log_free(log);
}

/* ---- real exports, where they are ---- */

#define DATA FSIM_SOURCE_DIR "/../shared/data/"

static void counts_wins(const char *const *files, size_t n, size_t cases, size_t wins,
                        size_t open) {
  for (size_t i = 0; i < n; i++) {
    if (access(files[i], R_OK) != 0) skip();
  }
  fsim_log *log = fit_read(files, n, NULL, NULL, FSIM_OK, NULL);
  size_t won = 0, still = 0;
  for (size_t c = 0; c < log->n_cases; c++) {
    const fsim_case *which = &log->cases[c];
    still += which->outcome == FSIM_NONE;
    won += which->outcome != FSIM_NONE && log->funnels[which->funnel].wins[which->outcome];
  }
  assert_int_equal(log->n_cases, cases);
  assert_int_equal(won, wins);
  assert_int_equal(still, open);
  fsim_log_free(log);
}

static void reads_a_sales_pipeline_with_nothing_said(void **state) {
  (void)state;
  const char *files[] = {DATA "crm-opportunities/sales_pipeline.csv"};
  counts_wins(files, 1, 8300, 4238, 1589);
}

static void reads_deals_with_history_with_nothing_said(void **state) {
  (void)state;
  const char *bank[] = {DATA "backtest/bpi2012/2012-01-02/deals.csv",
                        DATA "backtest/bpi2012/2012-01-02/stage_history.csv"};
  counts_wins(bank, 2, 7486, 1130, 662);
}

static void reads_applications_with_nothing_said(void **state) {
  (void)state;
  const char *files[] = {DATA "bpi12/applications.csv"};
  counts_wins(files, 1, 13087, 2246, 399);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(guesses_a_german_table_of_deals),
      cmocka_unit_test(guesses_stages_from_their_dates),
      cmocka_unit_test(guesses_a_hubspot_export),
      cmocka_unit_test(takes_no_updates_and_plans_for_stages),
      cmocka_unit_test(takes_no_lost_deals_for_won),
      cmocka_unit_test(guesses_ends_that_are_commands),
      cmocka_unit_test(guesses_expected_close_dates),
      cmocka_unit_test(tells_an_expected_date_from_the_actual_one),
      cmocka_unit_test(guesses_expected_dates_of_a_history),
      cmocka_unit_test(guesses_an_event_log),
      cmocka_unit_test(guesses_deals_that_came_of_leads),
      cmocka_unit_test(guesses_stages_that_are_worked_on),
      cmocka_unit_test(guesses_orders_parted_by_blanks),
      cmocka_unit_test(guesses_prices_of_single_pieces),
      cmocka_unit_test(joins_leads_and_a_table_of_wins),
      cmocka_unit_test(leaves_out_columns_that_tell_the_outcome),
      cmocka_unit_test(says_what_it_cannot_guess),
      cmocka_unit_test(reads_a_sales_pipeline_with_nothing_said),
      cmocka_unit_test(reads_deals_with_history_with_nothing_said),
      cmocka_unit_test(reads_applications_with_nothing_said),
  };
  return cmocka_run_group_tests_name("fit_guess", tests, NULL, NULL);
}
