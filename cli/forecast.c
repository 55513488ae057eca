#include "cli/forecast.h"

#include <math.h>
#include <string.h>

#include "cli/terminal.h"
#include "sim/base/quantity.h"

/* Bytes a row in the compressed file, as measured on the shipped scenarios, whose files come out
 * within a fifth of what is told. */
#define VISIT_BYTES 6.5
#define WORK_BYTES 4.2 /* more for visits with queue and work */
#define JOURNEY_BYTES 5.7
#define VALUE_BYTES 5.0 /* more for journeys with a value */
#define LEAD_BYTES 2.5
#define CELL_BYTES 0.6 /* of a record, 8 bytes before compression, most of them 0 */

/* Visits a second on one core of a usual machine, below what is measured on the shipped scenarios:
 * counted only, and with all trajectories kept. The slowest last. */
typedef struct engine_speed {
  const char *engine;
  double counted, kept;
} engine_speed;

static const engine_speed speeds[] = {
    {"independent", 20e6, 8e6}, {"stagewise", 12e6, 2.4e6}, {"calendar", 5e6, 2e6}};

#define LARGE_FILE_BYTES 200e6
#define FEW_REPLICATIONS 10

int fsim_forecast_make(const fsim_scenario *scenario, const fsim_shape *shape,
                       const fsim_engine *engine, fsim_report *report, fsim_forecast *forecast) {
  *forecast = (fsim_forecast){.engine = engine->name};
  fsim_expected expected;
  int status = fsim_expect(scenario, report, &expected);
  if (status != FSIM_OK) return status;
  forecast->leads = expected.leads;
  forecast->journeys = expected.journeys;
  forecast->visits = expected.visits;
  forecast->record_bytes = CELL_BYTES * (double)shape->n_cells;
  forecast->row_bytes = VISIT_BYTES * expected.visits + WORK_BYTES * expected.worked +
                        JOURNEY_BYTES * expected.journeys + VALUE_BYTES * expected.valued +
                        LEAD_BYTES * expected.leads;
  return FSIM_OK;
}

/* ---- which trajectories ---- */

int fsim_parse_trajectories(const char *text, fsim_report *report, fsim_keep *keep) {
  double number;
  if (strcmp(text, "none") == 0) {
    *keep = (fsim_keep){0, 1};
    return FSIM_OK;
  }
  if (strcmp(text, "all") == 0) {
    *keep = (fsim_keep){UINT32_MAX, 1};
    return FSIM_OK;
  }
  if (strchr(text, '%')) {
    if (fsim_parse_share(text, &number) == FSIM_QUANTITY_OK && number > 0 && number <= 1) {
      *keep = (fsim_keep){UINT32_MAX, number};
      return FSIM_OK;
    }
  } else if (fsim_parse_number(text, &number) == FSIM_QUANTITY_OK && number >= 0 &&
             number < UINT32_MAX && number == floor(number)) {
    *keep = (fsim_keep){(uint32_t)number, 1};
    return FSIM_OK;
  }
  return fsim_bad_input(report, FSIM_NOWHERE,
                        "--trajectories %s: expected none, all, a whole number of replications, "
                        "or a share of the leads such as 5%%",
                        text);
}

fsim_keep fsim_default_trajectories(const fsim_forecast *forecast, uint32_t replications) {
  fsim_keep all = {UINT32_MAX, 1}, few = {FEW_REPLICATIONS, 1};
  return fsim_forecast_bytes(forecast, all, replications) <= LARGE_FILE_BYTES ? all : few;
}

static double kept_replications(fsim_keep keep, uint32_t replications) {
  return keep.replications < replications ? keep.replications : replications;
}

char *fsim_trajectories_text(fsim_keep keep, uint32_t replications, char *buffer, size_t size) {
  char share[32] = "all leads";
  if (keep.share < 1) snprintf(share, sizeof share, "%.3g %% of the leads", 100 * keep.share);
  if (keep.replications == 0 || keep.share <= 0)
    snprintf(buffer, size, "none");
  else if (keep.replications >= replications)
    snprintf(buffer, size, "%s of all replications", share);
  else
    snprintf(buffer, size, "%s of the first %u of %u replications", share, keep.replications,
             replications);
  return buffer;
}

/* ---- size and time ---- */

double fsim_forecast_bytes(const fsim_forecast *forecast, fsim_keep keep, uint32_t replications) {
  return forecast->record_bytes * replications +
         forecast->row_bytes * kept_replications(keep, replications) * keep.share;
}

static const engine_speed *speed_of(const char *engine) {
  const size_t last = sizeof speeds / sizeof *speeds - 1;
  size_t i = 0;
  while (i < last && strcmp(speeds[i].engine, engine) != 0) i++;
  return &speeds[i];
}

double fsim_forecast_seconds(const fsim_forecast *forecast, fsim_keep keep, uint32_t replications,
                             int threads) {
  const engine_speed *speed = speed_of(forecast->engine);
  double kept = kept_replications(keep, replications) * keep.share;
  double seconds = forecast->visits * ((double)replications - kept) / speed->counted +
                   forecast->visits * kept / speed->kept;
  return seconds / (threads > 0 ? threads : 1);
}

static char *format_bytes(double bytes, char *buffer, size_t size) {
  if (bytes < 1e6)
    snprintf(buffer, size, "%.0f kB", fmax(1, bytes / 1e3));
  else if (bytes < 1e9)
    snprintf(buffer, size, "%.0f MB", bytes / 1e6);
  else
    snprintf(buffer, size, "%.1f GB", bytes / 1e9);
  return buffer;
}

static void print_row(fsim_text_table *table, const char *name, double each,
                      uint32_t replications) {
  char one[64], all[64];
  fsim_format_rounded(round(each), 0, one, sizeof one);
  fsim_format_rounded(round(each * replications), 0, all, sizeof all);
  const char *cells[] = {name, one, all};
  fsim_text_table_row(table, cells);
}

static void print_headline(const fsim_scenario *scenario, uint32_t replications, FILE *out) {
  char start[32], horizon[32];
  fsim_format_date(scenario->start_days, start, sizeof start);
  if (scenario->horizon_s % (int32_t)FSIM_WEEK == 0)
    snprintf(horizon, sizeof horizon, "%d w", (int)(scenario->horizon_s / (int32_t)FSIM_WEEK));
  else
    fsim_format_duration(scenario->horizon_s, horizon, sizeof horizon);
  fprintf(out, "%s: %u replications of %s from %s, seed %llu\n\n", scenario->name, replications,
          horizon, start, (unsigned long long)scenario->seed);
}

void fsim_forecast_print(const fsim_forecast *forecast, const fsim_scenario *scenario,
                         fsim_keep keep, uint32_t replications, int threads, FILE *out) {
  char text[160], size[32], time[32];
  print_headline(scenario, replications, out);
  char all[32];
  snprintf(all, sizeof all, "all %u", replications);
  fsim_text_table *table = fsim_text_table_new("lrr");
  if (table) {
    const char *header[] = {"expected", "a replication", all};
    fsim_text_table_row(table, header);
    print_row(table, "leads", forecast->leads, replications);
    print_row(table, "journeys", forecast->journeys, replications);
    print_row(table, "visits", forecast->visits, replications);
    fsim_text_table_print(table, out, FSIM_TERMINAL_WIDTH);
    fsim_text_table_free(table);
  }
  fprintf(out, "\ntrajectories  %s\n",
          fsim_trajectories_text(keep, replications, text, sizeof text));
  fprintf(out, "file          about %s\n",
          format_bytes(fsim_forecast_bytes(forecast, keep, replications), size, sizeof size));
  fsim_format_duration(fsim_forecast_seconds(forecast, keep, replications, threads), time,
                       sizeof time);
  fprintf(out, "time          about %s on %d thread%s\n", time, threads, threads == 1 ? "" : "s");
  const engine_speed *speed = speed_of(forecast->engine);
  snprintf(text, sizeof text,
           "(engine %s; taken: %.3g million visits a second and thread, %.3g million where "
           "trajectories are kept)",
           forecast->engine, speed->counted / 1e6, speed->kept / 1e6);
  fsim_show_text(out, text, 14);
}
