/* The public interface of funnelsim: a scenario file in, a result file and its summary out.
 *
 * Errors are values: every call that can fail returns a status and adds what it found, with place
 * and remedy, to the caller's report. Nothing is printed and the process never ends. Handles are
 * opaque; who makes one frees it, and every _free takes NULL. A call uses one report; different
 * reports may be used from several threads for loading, but HDF5 is not thread-safe: run and
 * summarise from one thread at a time (a run uses many of its own).
 *
 * Runs that keep many rows hold less memory when the program calls mallopt(M_MMAP_THRESHOLD, 32768)
 * first, as `funnelsim` does.
 *
 * The first load or summary turns off the error handlers of GSL and HDF5 for the process, since
 * these would abort or print. */
#ifndef FUNNELSIM_H
#define FUNNELSIM_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum funnelsim_status {
  FUNNELSIM_OK = 0,
  FUNNELSIM_FAILED = 1,   /* memory, disk, a damaged file */
  FUNNELSIM_BAD_INPUT = 2 /* the scenario, an override or an argument is wrong */
} funnelsim_status;

typedef enum funnelsim_severity {
  FUNNELSIM_NOTE,
  FUNNELSIM_WARNING,
  FUNNELSIM_ERROR
} funnelsim_severity;

typedef struct funnelsim_report funnelsim_report;
typedef struct funnelsim_scenario funnelsim_scenario;

typedef struct funnelsim_message {
  funnelsim_severity severity;
  const char *file; /* NULL: about no file */
  int line, column; /* from 1; 0: unknown */
  const char *text;
} funnelsim_message;

/* "0.1.0" */
const char *funnelsim_version(void);

/* NULL when memory is out. */
funnelsim_report *funnelsim_report_new(void);
void funnelsim_report_free(funnelsim_report *report);
size_t funnelsim_report_count(const funnelsim_report *report);
/* Messages in their order, from 0; FUNNELSIM_BAD_INPUT past the last, and *message is as before.
 * The texts live as long as the report. */
funnelsim_status funnelsim_report_message(const funnelsim_report *report, size_t index,
                                          funnelsim_message *message);

/* Reads and checks a scenario (or model) file as `funnelsim check` does: all mistakes are reported
 * at once. sets[0 … n_sets - 1] are overrides as of --set, such as "streams.web.rate=x1.2"; NULL
 * with 0. *scenario is the caller's, NULL on failure. */
funnelsim_status funnelsim_load(const char *path, const char *const *sets, size_t n_sets,
                                funnelsim_report *report, funnelsim_scenario **scenario);
void funnelsim_scenario_free(funnelsim_scenario *scenario);
/* The whole scenario, overrides applied, as one YAML text that the handle owns; NULL: no memory. */
const char *funnelsim_resolved(const funnelsim_scenario *scenario);

#define FUNNELSIM_ALL UINT32_MAX

/* Zeros are the defaults. */
typedef struct funnelsim_run_options {
  uint32_t replications;    /* 0: as the scenario says; made even where numbers are uncertain */
  uint32_t trajectories;    /* keep those of the first so many replications; FUNNELSIM_ALL */
  int threads;              /* 0: all cores; the results do not depend on it */
  int replace;              /* 0: an existing result file is BAD_INPUT */
  const volatile int *stop; /* NULL, or: when it becomes non-zero the run ends, with FAILED; what
                               was committed stays in OUTPUT.partial */
} funnelsim_run_options;

/* Simulates into the result file `output` (docs/result-file.md: times in days, one cell for each
 * replication and week), which appears under its name when it is whole. What is likely to mislead
 * (teams with too much work, a horizon shorter than journeys, an empty start) is a warning in the
 * report and, with all others there, in the file. options may be NULL. */
funnelsim_status funnelsim_run(const funnelsim_scenario *scenario, const char *output,
                               const funnelsim_run_options *options, funnelsim_report *report);

/* The summary of a result file as JSON text (docs/summary.md), which the caller gives to
 * funnelsim_text_free; NULL on failure. `by` is the attribute shown, NULL the segments;
 * `confidence` is at least 0.5 and below 1, 0 for the scenario's. */
funnelsim_status funnelsim_summary_json(const char *path, const char *by, double confidence,
                                        funnelsim_report *report, char **json);
void funnelsim_text_free(char *text);

#ifdef __cplusplus
}
#endif
#endif
