/* Exports with the headers, dates and amounts of several products: what is guessed of them must be
 * a mapping that reads all deals, ends, stages and amounts, unedited. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h> /* needs the others before it */
/* clang-format on */

#include "analysis/fit/mapping.h"
#include "sim/base/quantity.h"
#include "sim/base/text.h"
#include "tests/analysis/fit_files.h"

#define DEALS 120
#define ROW(...) fsim_text_append(&t, __VA_ARGS__)

/* Deal i: created on day i of 2026, then a demo, a proposal, and an end; every fourth is open. */
typedef struct deal {
  int i, created, demo, proposal, closed; /* days; 0: none */
  bool won, lost;
  double amount;
} deal;

static deal deal_of(int i) {
  deal d = {.i = i, .created = i, .amount = 1000 + 10.5 * i};
  d.won = i % 4 == 1;
  d.lost = i % 4 > 1;
  d.demo = i % 8 != 4 ? i + 2 + i % 5 : 0;
  d.proposal = d.won || i % 8 == 0 ? i + 9 + i % 3 : 0;
  d.closed = d.won || d.lost ? i + 13 + i % 11 : 0;
  return d;
}

typedef enum style { ISO, US, US_TIME, ZULU, NAMED, EPOCH, ISO_TIME } style;

/* A day of 2026 in turns of four texts. */
static const char *date(int day, style how) {
  static char texts[8][40];
  static int turn;
  char *text = texts[turn++ % 8];
  int year, month, of_month;
  static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  if (day == 0) return "";
  const int32_t days = fsim_days_from_date(2026, 1, 1) + day;
  fsim_date_from_days(days, &year, &month, &of_month);
  switch (how) {
    case ISO:
      snprintf(text, 40, "%d-%02d-%02d", year, month, of_month);
      break;
    case ISO_TIME:
      snprintf(text, 40, "%d-%02d-%02d 10:%02d", year, month, of_month, day % 60);
      break;
    case US:
      snprintf(text, 40, "%d/%d/%d", month, of_month, year);
      break;
    case US_TIME:
      snprintf(text, 40, "%d/%d/%d 2:%02d PM", month, of_month, year, day % 60);
      break;
    case ZULU:
      snprintf(text, 40, "%d-%02d-%02dT10:%02d:00.000Z", year, month, of_month, day % 60);
      break;
    case NAMED:
      snprintf(text, 40, "%s %02d, %d 10:%02d AM", months[month - 1], of_month, year, day % 60);
      break;
    case EPOCH:
      snprintf(text, 40, "%lld000", (long long)days * 86400 + 36000 + day % 60 * 60);
      break;
  }
  return text;
}

static const char *dollars(double amount) {
  static char text[40];
  snprintf(text, sizeof text, "\"$%d,%06.2f\"", (int)amount / 1000,
           amount - 1000 * ((int)amount / 1000));
  return text;
}

static const char *stage_of(const deal *d, const char *won, const char *lost) {
  return d->won ? won : d->lost ? lost : d->proposal ? "Proposal" : d->demo ? "Demo" : "New";
}

static const char *owner_of(const deal *d) {
  return d->i % 3 ? "Ann Ames" : "Bob Berg";
}

/* Guesses, writes the mapping to a file as a user would, and reads with it. */
static fsim_log *guess_and_read(const char *const *files, size_t n, const char *says) {
  fsim_report *report = fsim_report_new();
  const fsim_read_log_options options = {.end = FSIM_NO_TIME};
  char *yaml = NULL;
  assert_int_equal(fsim_guess_mapping(files, n, &options, report, &yaml), FSIM_OK);
  if (strstr(yaml, says) == NULL) fail_msg("\"%s\" is missing in\n%s", says, yaml);
  fsim_log *log = fit_read(files, n, fit_file("products.yaml", yaml), NULL, FSIM_OK, NULL);
  free(yaml);
  fsim_report_free(report);
  return log;
}

/* All deals are there, each with its end on its day and its amount. */
static void all_deals(const fsim_log *log, bool values, double first_id) {
  size_t found = 0;
  for (int i = 1; i <= DEALS; i++) {
    const deal d = deal_of(i);
    char id[40];
    snprintf(id, sizeof id, first_id > 0 ? "%.0f" : "D%05.0f", first_id + i);
    const fsim_case *c = fit_case(log, id);
    if (c == NULL) fail_msg("deal %s is missing", id);
    found++;
    const int64_t start = INT64_C(86400) * fsim_days_from_date(2026, 1, 1);
    assert_int_equal((c->created - start) / 86400, d.created);
    assert_int_equal(c->outcome == FSIM_NONE, !d.won && !d.lost);
    if (c->outcome != FSIM_NONE) {
      assert_int_equal(log->funnels[c->funnel].wins[c->outcome], d.won);
      assert_int_equal((c->closed - start) / 86400, d.closed);
    }
    if (values) assert_true(c->value == d.amount);
  }
  assert_int_equal(found, DEALS);
}

/* Stages as they were entered. */
static void all_stages(const fsim_log *log, size_t with_first) {
  size_t visits = 0;
  for (int i = 1; i <= DEALS; i++) {
    const deal d = deal_of(i);
    visits += with_first + (d.demo > 0) + (d.proposal > 0);
  }
  assert_int_equal(log->n_visits, visits);
}

static bool has_attribute(const fsim_log *log, const char *name) {
  for (size_t a = 0; a < log->n_attributes; a++) {
    if (strcmp(log->attributes[a].name, name) == 0) return true;
  }
  return false;
}

static void reads_hubspot(void **state) {
  (void)state;
  fsim_text t = {0};
  ROW("Record ID,Deal Stage,Close Date,Create Date,Amount,Deal owner,Closed Lost Reason,"
      "Is Closed Won,Is closed (numeric),Last Modified Date,"
      "\"Date entered \"\"New (Sales Pipeline)\"\"\",\"Date entered \"\"Demo (Sales "
      "Pipeline)\"\"\","
      "\"Date entered \"\"Proposal (Sales Pipeline)\"\"\"\n");
  for (int i = 1; i <= DEALS; i++) {
    const deal d = deal_of(i);
    ROW("%d,%s,%s,%s,%.2f,%s,%s,%s,%d,2026-06-30 10:00,%s,%s,%s\n", 85470 + i,
        stage_of(&d, "Closed Won", "Closed Lost"), date(d.closed ? d.closed : 200, ISO_TIME),
        date(d.created, ISO_TIME), d.amount, owner_of(&d), d.lost ? "Price" : "",
        d.won ? "true" : "false", d.closed > 0, date(d.created, ISO_TIME), date(d.demo, ISO_TIME),
        date(d.proposal, ISO_TIME));
  }
  const char *files[] = {fit_file("products-hubspot.csv", t.text)};
  fsim_log *log = guess_and_read(files, 1, "The dates of the stages tell where they are.");
  all_deals(log, true, 85470);
  all_stages(log, 1);
  assert_true(has_attribute(log, "deal-owner"));
  assert_int_equal(log->n_attributes, 1);
  fsim_log_free(log);
  free(t.text);
}

/* As the properties are named within: counts of milliseconds, no blanks in names. */
static void reads_counts_of_milliseconds(void **state) {
  (void)state;
  fsim_text t = {0};
  ROW("dealid,dealstage,createdate,closedate,amount\n");
  for (int i = 1; i <= DEALS; i++) {
    const deal d = deal_of(i);
    ROW("%d,%s,%s,%s,%.2f\n", 1771000000 + i, stage_of(&d, "closedwon", "closedlost"),
        date(d.created, EPOCH), date(d.closed, EPOCH), d.amount);
  }
  const char *files[] = {fit_file("products-epoch.csv", t.text)};
  fsim_log *log = guess_and_read(files, 1, "created: createdate");
  all_deals(log, true, 1771000000); /* an id that could be a time is none by its header */
  fsim_log_free(log);
  free(t.text);
}

/* A report with totals and a notice below, and the report of its stages. */
static void reads_salesforce_reports(void **state) {
  (void)state;
  fsim_text t = {0};
  ROW("Opportunity Name,Opportunity ID,Amount,Close Date,Stage,Probability (%%),Created Date,"
      "Opportunity Owner\n");
  for (int i = 1; i <= DEALS; i++) {
    const deal d = deal_of(i);
    ROW("Acme,D%05d,%s,%s,%s,50%%,%s,%s\n", i, dollars(d.amount),
        date(d.closed ? d.closed : 200, US), stage_of(&d, "Closed Won", "Closed Lost"),
        date(d.created, US), owner_of(&d));
  }
  ROW(",,,,,,,\nGrand Totals (%d records),,\"$99,000.00\",,,,,\n\"Confidential\"\n", DEALS);
  const char *deals = fit_file("products-sf.csv", t.text);
  t.length = 0;
  ROW("Opportunity ID,From Stage,To Stage,Last Modified,Last Modified By\n");
  for (int i = 1; i <= DEALS; i++) {
    const deal d = deal_of(i);
    ROW("D%05d,,New,%s,Ann\n", i, date(d.created, US_TIME));
    if (d.demo) ROW("D%05d,New,Demo,%s,Ann\n", i, date(d.demo, US_TIME));
    if (d.proposal) ROW("D%05d,Demo,Proposal,%s,Ann\n", i, date(d.proposal, US_TIME));
    if (d.closed)
      ROW("D%05d,Demo,%s,%s,Ann\n", i, d.won ? "Closed Won" : "Closed Lost",
          date(d.closed, US_TIME));
  }
  const char *files[] = {deals, fit_file("products-sf-history.csv", t.text)};
  fsim_log *log = guess_and_read(files, 2, "activity: \"To Stage\"");
  all_deals(log, true, 0);
  all_stages(log, 1);
  assert_int_equal(fit_found(log, "a blank row"), 1);
  assert_int_equal(log->n_rows - log->n_used, 3); /* and the totals, and the notice */
  fsim_log_free(log);
  free(t.text);
}

/* The tables themselves: names in capitals, and the history of all fields. */
static void reads_salesforce_tables(void **state) {
  (void)state;
  fsim_text t = {0};
  ROW("ID,ACCOUNTID,NAME,STAGENAME,AMOUNT,CLOSEDATE,LEADSOURCE,ISCLOSED,ISWON,OWNERID,"
      "CREATEDDATE,LASTMODIFIEDDATE\n");
  for (int i = 1; i <= DEALS; i++) {
    const deal d = deal_of(i);
    ROW("D%05d,001,Acme,%s,%.2f,%s,%s,%s,%s,005,%s,%s\n", i,
        stage_of(&d, "Closed Won", "Closed Lost"), d.amount, date(d.closed ? d.closed : 200, ISO),
        i % 3 ? "Web" : "Phone", d.closed ? "true" : "false", d.won ? "true" : "false",
        date(d.created, ZULU), date(160, ZULU));
  }
  const char *deals = fit_file("products-sf-api.csv", t.text);
  t.length = 0;
  ROW("Id,IsDeleted,OpportunityId,CreatedById,CreatedDate,Field,OldValue,NewValue\n");
  for (int i = 1; i <= DEALS; i++) {
    const deal d = deal_of(i);
    ROW("H%d,false,D%05d,005,%s,created,,\n", 10 * i, i, date(d.created, ZULU));
    ROW("H%d,false,D%05d,005,%s,Amount,1,%.2f\n", 10 * i + 1, i, date(d.created, ZULU), d.amount);
    if (d.demo)
      ROW("H%d,false,D%05d,005,%s,StageName,New,Demo\n", 10 * i + 2, i, date(d.demo, ZULU));
    if (d.proposal)
      ROW("H%d,false,D%05d,005,%s,StageName,Demo,Proposal\n", 10 * i + 3, i,
          date(d.proposal, ZULU));
    if (d.closed)
      ROW("H%d,false,D%05d,005,%s,StageName,Demo,%s\n", 10 * i + 4, i, date(d.closed, ZULU),
          d.won ? "Closed Won" : "Closed Lost");
  }
  const char *files[] = {deals, fit_file("products-sf-fields.csv", t.text)};
  fsim_log *log = guess_and_read(files, 2, "where: {\"Field\": StageName}");
  all_deals(log, true, 0);
  all_stages(log, 0);
  assert_int_equal(fit_found(log, "a row that the mapping's where does not let pass"), 2 * DEALS);
  assert_true(has_attribute(log, "leadsource"));
  assert_false(has_attribute(log, "isclosed"));
  fsim_log_free(log);
  free(t.text);
}

static void reads_pipedrive(void **state) {
  (void)state;
  fsim_text t = {0};
  ROW("Deal - ID,Deal - Title,Deal - Owner,Deal - Value,Deal - Currency of Value,Deal - Stage,"
      "Deal - Status,Deal - Deal created,Deal - Update time,Deal - Last stage change,"
      "Deal - Won time,Deal - Lost time,Deal - Deal closed on,Deal - Lost reason\n");
  for (int i = 1; i <= DEALS; i++) {
    const deal d = deal_of(i);
    ROW("%d,Deal,%s,\"\xe2\x82\xac%.1f\",EUR,Demo,%s,%s,%s,%s,%s,%s,%s,%s\n", 500 + i, owner_of(&d),
        d.amount,
        d.won    ? "Won"
        : d.lost ? "Lost"
                 : "Open",
        date(d.created, ISO_TIME), date(160, ISO_TIME), date(d.demo, ISO_TIME),
        date(d.won ? d.closed : 0, ISO_TIME), date(d.lost ? d.closed : 0, ISO_TIME),
        date(d.closed, ISO_TIME), d.lost ? "Price" : "");
  }
  const char *files[] = {fit_file("products-pipedrive.csv", t.text)};
  fsim_log *log = guess_and_read(files, 1, "# Deals with these statuses are open.\n");
  all_deals(log, true, 500);
  fsim_log_free(log);
  free(t.text);
}

/* The date of closing is a plan there; the last change of the stage tells the end. */
static void reads_zoho(void **state) {
  (void)state;
  fsim_text t = {0};
  ROW("Record Id,Deal Owner,Amount,Deal Name,Closing Date,Stage,Created By,Modified By,"
      "Created Time,Modified Time,Stage Modified Time,Reason For Loss\n");
  for (int i = 1; i <= DEALS; i++) {
    const deal d = deal_of(i);
    const int stage = d.closed ? d.closed : d.proposal ? d.proposal : d.demo ? d.demo : d.created;
    ROW("D%05d,%s,%s,Deal,%s,%s,Ann,Bob,%s,%s,\"%s\",%s\n", i, owner_of(&d), dollars(d.amount),
        date(200 + i % 40, ISO), stage_of(&d, "Closed Won", "Closed Lost to Competition"),
        date(d.created, ISO_TIME), date(160, ISO_TIME), date(stage, NAMED), d.lost ? "Price" : "");
  }
  const char *files[] = {fit_file("products-zoho.csv", t.text)};
  fsim_log *log = guess_and_read(files, 1, "closed: \"Stage Modified Time\"");
  all_deals(log, true, 0);
  fsim_log_free(log);
  free(t.text);
}

static void reads_dynamics(void **state) {
  (void)state;
  fsim_text t = {0};
  ROW("(Do Not Modify) Opportunity,(Do Not Modify) Row Checksum,(Do Not Modify) Modified On,Topic,"
      "Est. Close Date,Est. Revenue,Actual Close Date,Actual Revenue,Status,Status Reason,Owner,"
      "Created On\n");
  for (int i = 1; i <= DEALS; i++) {
    const deal d = deal_of(i);
    ROW("D%05d,x%d,%s,Topic,%s,%s,%s,%s,%s,%s,%s,%s\n", i, i, date(160, US_TIME),
        date(200 + i % 40, US), dollars(d.amount), date(d.closed, US), d.won ? "\"$5,000.00\"" : "",
        d.won    ? "Won"
        : d.lost ? "Lost"
                 : "Open",
        d.won    ? "Won"
        : d.lost ? "Out-Sold"
                 : "In Progress",
        owner_of(&d), date(d.created, US_TIME));
  }
  const char *files[] = {fit_file("products-dynamics.csv", t.text)};
  fsim_log *log = guess_and_read(files, 1, "value: \"Est. Revenue\"");
  all_deals(log, true, 0);
  fsim_log_free(log);
  free(t.text);
}

/* Amounts such as 1.234,50 EUR are no 1.2345, also where the mapping does not say so. */
static void reads_amounts_with_decimal_commas(void **state) {
  (void)state;
  fsim_text t = {0};
  ROW("id;created;closed;status;value;owner\n");
  for (int i = 1; i <= DEALS; i++) {
    const deal d = deal_of(i);
    ROW("%d;%s;%s;%s;%d.%03d,%02d EUR;%s\n", 700 + i, date(d.created, ISO), date(d.closed, ISO),
        d.won    ? "won"
        : d.lost ? "lost"
                 : "open",
        (int)d.amount / 1000, (int)d.amount % 1000, (int)(100 * d.amount) % 100, owner_of(&d));
  }
  const char *files[] = {fit_file("products-comma.csv", t.text)};
  fsim_log *log = guess_and_read(files, 1, "decimal: \",\"");
  all_deals(log, true, 700);
  fsim_log_free(log);
  const char *silent = fit_file("products-comma.yaml",
                                "kind: deals\ncolumns: {case: id, created: created, closed: "
                                "closed, status: status, value: value}\n"
                                "outcomes: {won: [won], lost: [lost]}\n");
  log = fit_read(files, 1, silent, NULL, FSIM_OK, NULL);
  all_deals(log, true, 700);
  fsim_log_free(log);
  free(t.text);
}

/* Every third lead has a deal, the others are disqualified or worked on. */
static void write_leads(fsim_text *leads, fsim_text *deals, bool leads_name) {
  fsim_text t = {0};
  ROW("Lead ID,Lead Source,Lead Status,Create Date,Disqualified Date%s\n",
      leads_name ? ",Converted Opportunity ID" : "");
  for (int i = 1; i <= 3 * DEALS; i++) {
    const bool has = i % 3 == 0, out = i % 3 == 1;
    ROW("L%d,%s,%s,%s,%s", i, i % 2 ? "Web" : "Phone",
        has   ? "Converted"
        : out ? "Unqualified"
              : "Working",
        date(has ? i / 3 > 3 ? i / 3 - 3 : 1 : i / 3 + 1, US), date(out ? i / 3 + 9 : 0, US));
    if (leads_name && has) ROW(",D%05d", i / 3);
    if (leads_name && !has) ROW(",");
    ROW("\n");
  }
  *leads = t;
  t = (fsim_text){0};
  ROW("Opportunity ID,Stage,Amount,Close Date,Created Date,Region%s\n",
      leads_name ? "" : ",Lead ID");
  for (int i = DEALS; i >= 1; i--) {
    const deal d = deal_of(i);
    ROW("D%05d,%s,%s,%s,%s,%s", i, stage_of(&d, "Closed Won", "Closed Lost"), dollars(d.amount),
        date(d.closed ? d.closed : 200, US), date(d.created, US), i % 2 ? "North" : "South");
    if (!leads_name) ROW(",L%d", 3 * i);
    ROW("\n");
  }
  *deals = t;
}

/* Whichever table names the other one. */
static void joins_leads_and_deals(void **state) {
  (void)state;
  for (int leads_name = 0; leads_name < 2; leads_name++) {
    fsim_text leads, deals;
    write_leads(&leads, &deals, leads_name);
    const char *files[] = {fit_file("products-leads.csv", leads.text),
                           fit_file("products-opps.csv", deals.text)};
    fsim_log *log = guess_and_read(
        files, 2, leads_name ? "deal: \"Converted Opportunity ID\"" : "lead: \"Lead ID\"");
    all_deals(log, true, 0);
    assert_true(has_attribute(log, "lead-source"));
    assert_true(has_attribute(log, "region")); /* leads have none, which tells nothing */
    size_t converted = 0, out = 0, open = 0;
    for (size_t c = 0; c < log->n_cases; c++) {
      const fsim_case *lead = &log->cases[c];
      if (lead->funnel != 0) continue;
      const bool won = lead->outcome != FSIM_NONE && log->funnels[0].wins[lead->outcome];
      converted += won;
      out += lead->outcome != FSIM_NONE && !won;
      open += lead->outcome == FSIM_NONE;
    }
    assert_int_equal(converted, DEALS);
    assert_int_equal(out, DEALS);
    assert_int_equal(open, DEALS);
    const fsim_case *one = fit_case(log, "D00007"), *lead = fit_case(log, "L21");
    assert_int_equal(lead->closed, one->created);
    fsim_log_free(log);
    free(leads.text);
    free(deals.text);
  }
}

/* Case attributes of an event log, and offsets of zones. */
static void reads_event_logs(void **state) {
  (void)state;
  fsim_text t = {0};
  ROW("case_id,activity,timestamp,amount,region,note\n");
  for (int i = 1; i <= DEALS; i++) {
    const deal d = deal_of(i);
    const int days[] = {d.created, d.demo, d.proposal, d.closed};
    const char *const names[] = {"New", "Demo", "Proposal", d.won ? "Won" : "Lost"};
    for (int k = 0; k < 4; k++) {
      if (days[k] == 0) continue;
      ROW("D%05d,%s,%sT10:00:00%s,%s,%s,n%d\n", i, names[k], date(days[k], ISO),
          days[k] > 90 ? "+02:00" : "+01:00", dollars(d.amount), i % 2 ? "North" : "South", k % 2);
    }
  }
  const char *files[] = {fit_file("products-events.csv", t.text)};
  fsim_log *log = guess_and_read(files, 1, "region: region");
  all_deals(log, true, 0);
  all_stages(log, 1);
  assert_false(has_attribute(log, "note")); /* differs from row to row */
  fsim_log_free(log);
  free(t.text);
}

/* The id of an order by what it does, and prices of pieces. */
static void reads_lines_of_orders(void **state) {
  (void)state;
  fsim_text shop = {0}, t = {0};
  fsim_text_append(&shop, "Name,Email,Financial Status,Created at,Total,Lineitem name\n");
  ROW("InvoiceNo,StockCode,Quantity,InvoiceDate,UnitPrice,CustomerID\n");
  for (int i = 1; i <= DEALS; i++) {
    for (int line = 0; line < 3; line++) {
      fsim_text_append(&shop, "#%d,c%d@example.com,paid,%s +0100,%s,Item %d\n", 1000 + i, i % 40,
                       date(i, ISO_TIME), line ? "" : "25.5", line);
      ROW("%d,85%d,%d,%s,2.5,%d\n", 536000 + i, line, line + 1, date(i, US_TIME), 17000 + i % 40);
    }
  }
  const char *files[] = {fit_file("products-shop.csv", shop.text)};
  fsim_log *log = guess_and_read(files, 1, "order: \"Name\"");
  size_t orders = 0;
  for (size_t c = 0; c < log->n_cases; c++) {
    if (log->cases[c].outcome == FSIM_NONE) continue;
    orders++;
    assert_true(log->cases[c].value == 25.5);
  }
  assert_int_equal(orders, DEALS);
  fsim_log_free(log);
  const char *invoices[] = {fit_file("products-invoices.csv", t.text)};
  log = guess_and_read(invoices, 1, "quantity: Quantity");
  assert_true(fit_case(log, "17001")->value == 2.5 * (1 + 2 + 3));
  fsim_log_free(log);
  free(shop.text);
  free(t.text);
}

/* Whether an order is a return is told by all of its lines. */
static void adds_up_orders_that_begin_below_zero(void **state) {
  (void)state;
  const char *files[] = {fit_file("products-returns.csv",
                                  "order,date,price,customer\n"
                                  "1,2026-01-05 10:00,-5,a\n" /* a discount first */
                                  "1,2026-01-05 10:00,20,a\n"
                                  "2,2026-01-06 10:00,-5,b\n" /* a return of two lines */
                                  "2,2026-01-06 10:00,-7,b\n"
                                  "3,2026-01-07 10:00,5,b\n" /* more comes back than is bought */
                                  "3,2026-01-07 10:00,-9,b\n"
                                  "4,2026-01-08 10:00,5,b\n"
                                  "4,2026-01-08 10:00,lots,b\n")};
  fsim_log *log = fit_read(files, 1,
                           fit_file("products-returns.yaml",
                                    "kind: transactions\ncolumns: {case: customer, time: date, "
                                    "order: order, value: price}\n"),
                           NULL, FSIM_OK, NULL);
  assert_true(fit_case(log, "a")->value == 15);
  assert_true(fit_case(log, "b")->value == 5);
  assert_int_equal(fit_found(log, "a return (an order with a value below zero)"), 4); /* rows */
  assert_int_equal(log->n_rows - log->n_used, 4);
  for (size_t f = 0; f < log->n_findings; f++) {
    if (strcmp(log->findings[f].kind, "a value that is no number") == 0)
      assert_string_equal(log->findings[f].done, "the line adds nothing to the value of its order");
  }
  fsim_log_free(log);
}

/* A guess without a date of creation would be no mapping. */
static void says_that_no_column_tells_the_creation(void **state) {
  (void)state;
  const char *files[] = {fit_file("products-dateless.csv",
                                  "deal_id,status,Last Modified Date\n1,won,2026-01-02\n"
                                  "2,lost,2026-01-03\n3,open,2026-01-04\n")};
  fit_read(files, 1, NULL, NULL, FSIM_BAD_INPUT, "no column looks like the date on which");
}

/* Rows of one pipeline only. */
static void reads_rows_that_where_lets_pass(void **state) {
  (void)state;
  const char *files[] = {fit_file("products-where.csv",
                                  "id,pipeline,created,closed,status\n"
                                  "1,Sales,2026-01-02,2026-01-09,won\n"
                                  "2,Renewals,2026-01-02,2026-01-09,won\n"
                                  "3,Sales EU,2026-01-02,,open\n")};
#define WHERE(where)                                                                            \
  "kind: deals\ncolumns: {case: id, created: created, closed: closed, status: status}\nwhere: " \
  "{" where "}\noutcomes: {won: [won], lost: [lost]}\n"
  fsim_log *log = fit_read(files, 1, fit_file("products-where.yaml", WHERE("pipeline: \"Sales*\"")),
                           NULL, FSIM_OK, NULL);
  assert_int_equal(log->n_cases, 2);
  assert_null(fit_case(log, "2"));
  assert_int_equal(log->n_used, 2);
  fsim_log_free(log);
  fit_read(files, 1, fit_file("products-where.yaml", WHERE("pipelin: Sales")), NULL, FSIM_BAD_INPUT,
           "did you mean \"pipeline\"?");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(reads_hubspot),
      cmocka_unit_test(reads_counts_of_milliseconds),
      cmocka_unit_test(reads_salesforce_reports),
      cmocka_unit_test(reads_salesforce_tables),
      cmocka_unit_test(reads_pipedrive),
      cmocka_unit_test(reads_zoho),
      cmocka_unit_test(reads_dynamics),
      cmocka_unit_test(reads_amounts_with_decimal_commas),
      cmocka_unit_test(joins_leads_and_deals),
      cmocka_unit_test(reads_event_logs),
      cmocka_unit_test(reads_lines_of_orders),
      cmocka_unit_test(adds_up_orders_that_begin_below_zero),
      cmocka_unit_test(says_that_no_column_tells_the_creation),
      cmocka_unit_test(reads_rows_that_where_lets_pass),
  };
  return cmocka_run_group_tests_name("fit_products", tests, NULL, NULL);
}
