#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/story.h"
#include "cli/terminal.h"
#include "sim/base/file.h"
#include "sim/base/quantity.h"
#include "sim/base/text.h"
#include "sim/engine/engine.h"
#include "sim/store/store.h"

static const fsim_option options[] = {
    {"replication", 'r', "R", "replication, from 0 (default: 0)"},
    {"lead", 'l', "STREAM/N", "the lead: its stream and its number there, from 0"},
    {"set", 's', "PATH=VALUE", "change one number of a scenario file; may be repeated"},
};

/* A file that is only named so must be one too, to get the message that helps. */
static bool is_result_file(const char *path) {
  const char *ending = strrchr(path, '.');
  return fsim_begins_as_hdf5(path) ||
         (access(path, R_OK) == 0 && ending &&
          (strcmp(ending, ".h5") == 0 || strcmp(ending, ".partial") == 0));
}

/* "web/17": the stream's name ends at the last slash. */
static int read_lead(const char *text, fsim_report *report, char **stream, uint32_t *number) {
  const char *slash = text ? strrchr(text, '/') : NULL;
  double value;
  if (!slash || slash == text || fsim_parse_number(slash + 1, &value) != FSIM_QUANTITY_OK ||
      value < 0 || value >= UINT32_MAX || value != (double)(uint32_t)value)
    return fsim_bad_input(report, FSIM_NOWHERE,
                          "--lead %s: expected a stream and a number, such as web/0",
                          text ? text : "is missing");
  *number = (uint32_t)value;
  *stream = fsim_copy_text(text, (size_t)(slash - text));
  return *stream ? FSIM_OK : fsim_no_memory(report);
}

static int known_stream(const fsim_scenario *scenario, const char *stream, fsim_report *report) {
  const char **names = calloc(scenario->n_streams + 1, sizeof *names);
  if (!names) return fsim_no_memory(report);
  bool known = false;
  fsim_text list = {0};
  for (size_t i = 0; i < scenario->n_streams; i++) {
    names[i] = scenario->streams[i].name;
    known = known || strcmp(names[i], stream) == 0;
    fsim_text_append(&list, "%s%s", i > 0 ? ", " : "", names[i]);
  }
  int status = FSIM_OK;
  const char *nearest = fsim_nearest_name(stream, names, scenario->n_streams);
  if (list.failed)
    status = fsim_no_memory(report);
  else if (!known && nearest)
    status = fsim_bad_input(report, FSIM_NOWHERE, "no stream \"%s\"; did you mean \"%s\"?", stream,
                            nearest);
  else if (!known)
    status = fsim_bad_input(report, FSIM_NOWHERE, "no stream \"%s\"; there is %s", stream,
                            list.text ? list.text : "none");
  free(list.text);
  free(names);
  return status;
}

static int tell(const fsim_source *source, uint32_t replication, const char *stream,
                uint32_t number, fsim_report *report) {
  fsim_scenario *scenario = NULL;
  fsim_trajectory *rows = NULL;
  int status = fsim_source_realise(source, replication / 2, report, &scenario);
  if (status == FSIM_OK) status = known_stream(scenario, stream, report);
  if (status == FSIM_OK)
    status = fsim_replay_lead(source, replication, stream, number, report, &rows);
  if (status == FSIM_OK) {
    printf("%s, replication %u, seed %llu\n\n", scenario->name, replication,
           (unsigned long long)scenario->seed);
    status = fsim_story_print(scenario, rows, stdout, report);
  }
  fsim_trajectory_free(rows);
  fsim_scenario_free(scenario);
  return status;
}

static int trace(const fsim_arguments *arguments, fsim_report *report) {
  const char *path, **sets = NULL;
  char *stream = NULL;
  uint32_t number = 0;
  uint64_t replication = 0;
  size_t n_sets = 0;
  fsim_store_reader *reader = NULL;
  fsim_source *loaded = NULL;
  int status =
      fsim_one_operand(&fsim_trace_command, arguments, "a result or scenario file", report, &path);
  if (status != FSIM_OK) return status;
  status = fsim_option_count(arguments, "replication", 0, UINT32_MAX - 1, report, &replication);
  if (status == FSIM_OK)
    status = read_lead(fsim_option_value(arguments, "lead"), report, &stream, &number);
  if (status == FSIM_OK) status = fsim_option_values(arguments, "set", report, &sets, &n_sets);
  if (status == FSIM_OK && is_result_file(path)) {
    if (n_sets > 0)
      status = fsim_bad_input(report, FSIM_NOWHERE,
                              "--set changes a scenario file; %s holds results", path);
    else
      status = fsim_store_open(path, report, &reader);
  } else if (status == FSIM_OK) {
    status = fsim_source_load(path, sets, n_sets, report, &loaded);
  }
  if (status == FSIM_OK)
    status = tell(reader ? fsim_store_source(reader) : loaded, (uint32_t)replication, stream,
                  number, report);
  fsim_source_free(loaded);
  if (reader) fsim_store_reader_close(reader);
  free(stream);
  free(sets);
  return status;
}

static int run(int argc, char **argv) {
  fsim_report *report = fsim_report_new();
  fsim_arguments arguments;
  int status = fsim_parse_options(&fsim_trace_command, argc, argv, report, &arguments);
  if (status == FSIM_OK && !arguments.help) status = trace(&arguments, report);
  fsim_arguments_free(&arguments);
  return fsim_close_report(report, status);
}

const fsim_command fsim_trace_command = {
    .name = "trace",
    .help = "tell the story of one lead, visit by visit",
    .operands = "FILE.h5|SCENARIO",
    .options = options,
    .n_options = sizeof options / sizeof *options,
    .about =
        "Any lead of any replication can be told, kept in the file or not: it is replayed "
        "from its keys, exactly as it went in the run.",
    .example =
        "funnelsim trace five-funnels.h5 --replication 3 --lead web/17\n"
        "funnelsim trace scenarios/five-funnels.yaml --lead partners/0",
    .run = run,
};
