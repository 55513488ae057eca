#include "cli/simulate.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <omp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analysis/decide/compare_metrics.h"
#include "analysis/decide/precision.h"
#include "analysis/inspection.h"
#include "cli/forecast.h"
#include "cli/settling.h"
#include "cli/terminal.h"
#include "sim/base/array.h"
#include "sim/base/quantity.h"
#include "sim/base/text.h"
#include "sim/engine/engine.h"
#include "sim/engine/work.h"
#include "sim/model/old_deals.h"
#include "sim/store/store.h"

/* Everything that a run needs, made step by step and freed at once. */
typedef struct run_job {
  const fsim_run_request *request;
  fsim_store_reader *extended; /* the file that is extended; owns its source */
  fsim_source *loaded;         /* the source of a scenario file */
  char warm_up[48];            /* "warm_up=12 d", where it was found */
  const fsim_source *source;   /* one of the two */
  fsim_scenario *scenario;     /* central */
  fsim_shape *shape;
  const fsim_engine *engine;
  char *path;
  char *partial;
  uint32_t replications;
  fsim_keep keep;
  fsim_forecast forecast;
  int threads;
} run_job;

static void job_free(run_job *job) {
  free(job->path);
  free(job->partial);
  fsim_shape_free(job->shape);
  fsim_scenario_free(job->scenario);
  fsim_source_free(job->loaded);
  if (job->extended) fsim_store_reader_close(job->extended);
}

/* ---- stopping ---- */

/* A signal handler can reach nothing but a global. */
static volatile sig_atomic_t stop_asked;

static void ask_to_stop(int number) {
  (void)number;
  stop_asked = 1;
}

/* The first Ctrl-C stops cleanly, a second one at once. */
static void catch_signals(struct sigaction before[2]) {
  struct sigaction action = {.sa_handler = ask_to_stop, .sa_flags = (int)SA_RESETHAND};
  sigemptyset(&action.sa_mask);
  stop_asked = 0;
  sigaction(SIGINT, &action, &before[0]);
  sigaction(SIGTERM, &action, &before[1]);
}

static void release_signals(const struct sigaction before[2]) {
  sigaction(SIGINT, &before[0], NULL);
  sigaction(SIGTERM, &before[1], NULL);
}

/* ---- what to run ---- */

/* The request's sets, and the warm-up that was found, if any. */
static int load_file(run_job *job, fsim_report *report) {
  const fsim_run_request *request = job->request;
  const char **sets = fsim_zeroed(request->n_sets + 1, sizeof *sets);
  size_t n = 0;
  if (sets == NULL) return fsim_no_memory(report);
  for (; n < request->n_sets; n++) sets[n] = request->sets[n];
  if (job->warm_up[0]) sets[n++] = job->warm_up;
  int status = fsim_source_load(request->scenario, sets, n, report, &job->loaded);
  free(sets);
  return status;
}

static int load(run_job *job, fsim_report *report) {
  const fsim_run_request *request = job->request;
  int status;
  if (request->extend > 0) {
    status = fsim_store_open(request->output, report, &job->extended);
    if (status != FSIM_OK) return status;
    if (!fsim_store_complete(job->extended))
      return fsim_bad_input(report, FSIM_NOWHERE,
                            "%s is not finished: go on with --resume before it is extended",
                            request->output);
    job->source = fsim_store_source(job->extended);
  } else {
    status = load_file(job, report);
    if (status != FSIM_OK) return status;
    job->source = job->loaded;
  }
  status = fsim_source_realise(job->source, FSIM_CENTRAL, report, &job->scenario);
  if (status != FSIM_OK) return status;
  if (job->scenario->n_streams == 0)
    return fsim_bad_input(report, FSIM_NOWHERE,
                          "%s has no streams, so that no lead ever arrives: give a scenario file; "
                          "funnelsim check shows a model file",
                          request->scenario ? request->scenario : request->output);
  fsim_warn_old_deals(job->scenario, report);
  status = fsim_shape_make(job->scenario, report, &job->shape);
  if (status != FSIM_OK) return status;
  return fsim_engine_choose(job->scenario, request->engine, report, &job->engine);
}

/* ---- how long the warm-up is ---- */

static void show_settling(void *context, const fsim_progress *progress) {
  fsim_progress_show(context, progress->replications_done, progress->visits_done);
}

static int find_warm_up(run_job *job, fsim_report *report, fsim_settling *settling) {
  const fsim_run_request *request = job->request;
  uint64_t n = request->replications ? request->replications : job->scenario->replications;
  fsim_progress_line line;
  fsim_run_options options = {.threads = job->threads,
                              .engine = job->engine->name,
                              .progress = show_settling,
                              .context = &line,
                              .stop = &stop_asked};
  struct sigaction before[2];
  fsim_progress_begin(&line, request->quiet, 0, "replications for the warm-up");
  catch_signals(before);
  int status = fsim_settling_find(job->source, job->scenario, job->shape,
                                  n > 0 && n < UINT32_MAX ? (uint32_t)n : FSIM_MOST_FOR_WARM_UP,
                                  &options, report, settling);
  release_signals(before);
  fsim_progress_end(&line);
  if (status == FSIM_OK && stop_asked)
    return fsim_failure(report, FSIM_NOWHERE,
                        "stopped before the warm-up was found; nothing was kept");
  return status == FSIM_OK ? fsim_settling_check(job->scenario, settling, report) : status;
}

static void leave(run_job *job) {
  fsim_shape_free(job->shape);
  fsim_scenario_free(job->scenario);
  fsim_source_free(job->loaded);
  job->shape = NULL;
  job->scenario = NULL;
  job->loaded = NULL;
}

/* The scenario is read again with the warm-up that was found, so that the file tells it. Notes and
 * warnings of its reading have been told then. */
static int choose_warm_up(run_job *job, fsim_report *report) {
  fsim_settling settling;
  bool wanted;
  if (!job->request->settle) return FSIM_OK;
  int status = fsim_settling_wanted(job->scenario, report, &wanted);
  if (status != FSIM_OK) return status;
  if (wanted) {
    status = find_warm_up(job, report, &settling);
    if (status != FSIM_OK) return status;
    fsim_settling_say(job->scenario, &settling, report);
  }
  snprintf(job->warm_up, sizeof job->warm_up, "warm_up=%zu d", wanted ? settling.days : 0);
  leave(job);
  fsim_report *again = fsim_report_new();
  status = again ? load(job, again) : fsim_no_memory(report);
  fsim_report_free(again);
  return status;
}

/* ---- how many ---- */

typedef struct precision_watch {
  fsim_progress_line line;
} precision_watch;

static void show_precision(void *context, const fsim_progress *progress) {
  precision_watch *watch = context;
  fsim_progress_show(&watch->line, progress->replications_done, progress->visits_done);
}

/* What --precision and the scenario ask for; false when neither does. */
static bool asked_precision(const run_job *job, fsim_precision *asked) {
  const fsim_scenario *s = job->scenario;
  const fsim_run_request *request = job->request;
  if (request->replications > 0 || request->extend > 0) return false;
  if (request->precision <= 0 && !s->precision.set) return false;
  asked->metric = s->precision.set ? s->precision.metric : fsim_primary_metric(s);
  asked->half_width = request->precision > 0 ? request->precision : s->precision.half_width;
  asked->confidence = s->precision.set ? s->precision.confidence : s->confidence;
  return true;
}

static void tell_precision(const fsim_precision *asked, const fsim_precision_found *found,
                           fsim_report *report) {
  double reached =
      100 * fsim_interval_half_width(&found->interval) / fabs(found->interval.estimate);
  char within[40];
  fsim_format_figures(reached, 2, within, sizeof within);
  if (found->reached)
    fsim_note(report, FSIM_NOWHERE,
              "%u replications: %s is then known to within %s %% either way (asked: %.3g %%, "
              "sure to %.4g %%); half of that would take about %u",
              found->replications, asked->metric, within, 100 * asked->half_width,
              100 * asked->confidence, 4 * found->replications);
  else
    fsim_warn(report, FSIM_NOWHERE,
              "%s is not known to within %.3g %% after %u replications (%s %%); more are not "
              "tried: ask for less, or give --replications N",
              asked->metric, 100 * asked->half_width, found->replications, within);
}

/* Replications are simulated without storing until the metric is precise; the run itself then
 * gives the very same ones. */
static int replications_for(run_job *job, const fsim_precision *asked, fsim_report *report,
                            uint64_t *n) {
  fsim_variant variant = {.source = job->source, .scenario = job->scenario, .shape = job->shape};
  precision_watch watch;
  fsim_outputs_options options = {.threads = job->threads,
                                  .engine = job->engine->name,
                                  .progress = show_precision,
                                  .context = &watch,
                                  .stop = &stop_asked};
  fsim_precision_found found;
  struct sigaction before[2];
  fsim_progress_begin(&watch.line, job->request->quiet, 0, "replications for the precision");
  catch_signals(before);
  int status = fsim_precision_find(&variant, asked, &options, report, &found);
  release_signals(before);
  fsim_progress_end(&watch.line);
  if (status != FSIM_OK) return status;
  if (stop_asked)
    return fsim_failure(report, FSIM_NOWHERE,
                        "stopped before the precision was reached; nothing was kept");
  tell_precision(asked, &found, report);
  *n = found.replications;
  return FSIM_OK;
}

static int choose_replications(run_job *job, fsim_report *report) {
  const fsim_run_request *request = job->request;
  uint64_t n = request->replications > 0 ? request->replications : job->scenario->replications;
  if (request->extend > 0) n = fsim_store_replications(job->extended) + request->extend;
  fsim_precision asked;
  if (asked_precision(job, &asked)) {
    int status = replications_for(job, &asked, report, &n);
    if (status != FSIM_OK) return status;
  }
  if (fsim_source_uncertain(job->source) && n % 2 == 1) {
    n++;
    fsim_note(report, FSIM_NOWHERE,
              "%llu replications instead of %llu: numbers are uncertain, so replications come in "
              "pairs",
              (unsigned long long)n, (unsigned long long)(n - 1));
  }
  if (n >= UINT32_MAX)
    return fsim_bad_input(report, FSIM_NOWHERE, "%llu replications are too many",
                          (unsigned long long)n);
  job->replications = (uint32_t)n;
  return FSIM_OK;
}

/* "The first 200" of 200 replications are "all", also of those that an extension adds. */
static int choose_trajectories(run_job *job, fsim_report *report) {
  int status = fsim_forecast_make(job->scenario, job->shape, job->engine, report, &job->forecast);
  if (status != FSIM_OK) return status;
  uint32_t replications = job->replications;
  if (job->request->trajectories) {
    status = fsim_parse_trajectories(job->request->trajectories, report, &job->keep);
  } else if (job->extended) {
    fsim_store_kept(job->extended, &job->keep.replications, &job->keep.share);
    replications = fsim_store_replications(job->extended);
  } else {
    job->keep = fsim_default_trajectories(&job->forecast, replications);
  }
  if (job->keep.replications >= replications) job->keep.replications = UINT32_MAX;
  return status;
}

/* ---- where to ---- */

/* NAME.h5; what is awkward in a file name becomes a dash. */
static char *default_path(const fsim_scenario *scenario) {
  fsim_text path = {0};
  for (const char *c = scenario->name; *c; c++)
    fsim_text_append(&path, "%c",
                     isalnum((unsigned char)*c) || strchr("-_.", *c) || (*c & 0x80) ? *c : '-');
  fsim_text_append(&path, ".h5");
  if (!path.failed) return path.text;
  free(path.text);
  return NULL;
}

static int choose_path(run_job *job, fsim_report *report) {
  const fsim_run_request *request = job->request;
  job->path = request->output ? fsim_copy_text(request->output, strlen(request->output))
                              : default_path(job->scenario);
  if (!job->path) return fsim_no_memory(report);
  fsim_text partial = {0};
  fsim_text_append(&partial, "%s.partial", job->path);
  job->partial = partial.text;
  return partial.failed ? fsim_no_memory(report) : FSIM_OK;
}

/* Nothing that exists is written over unasked. */
static int check_path(const run_job *job, fsim_report *report) {
  const fsim_run_request *request = job->request;
  bool finished = access(job->path, F_OK) == 0, partial = access(job->partial, F_OK) == 0;
  if (request->extend > 0 || request->force) return FSIM_OK;
  if (request->resume) {
    if (partial) return FSIM_OK;
    if (finished)
      return fsim_bad_input(report, FSIM_NOWHERE,
                            "%s is finished, there is nothing to resume; --extend N adds "
                            "replications",
                            job->path);
    return fsim_bad_input(report, FSIM_NOWHERE,
                          "%s does not exist: there is nothing to resume; leave out --resume",
                          job->partial);
  }
  if (finished)
    return fsim_bad_input(report, FSIM_NOWHERE,
                          "%s exists: give another name with -o, or --force to replace it",
                          job->path);
  if (partial)
    return fsim_bad_input(report, FSIM_NOWHERE,
                          "%s is left of a run that was stopped: --resume goes on with it, --force "
                          "begins again",
                          job->partial);
  return FSIM_OK;
}

/* ---- the run ---- */

typedef struct run_watch {
  fsim_progress_line line;
  uint32_t first;
} run_watch;

static void show_progress(void *context, const fsim_progress *progress) {
  run_watch *watch = context;
  uint32_t done = progress->replications_done;
  fsim_progress_show(&watch->line, done > watch->first ? done - watch->first : 0,
                     progress->visits_done);
}

static int open_writer(const run_job *job, fsim_report *report, fsim_store_writer **writer,
                       uint32_t *first, fsim_pool **pool) {
  const fsim_run_request *request = job->request;
  fsim_store_options options = {.path = job->path,
                                .engine = job->engine->name,
                                .keep_replications = job->keep.replications,
                                .keep_share = job->keep.share,
                                .replications = job->replications};
  *first = 0;
  if (!request->resume && request->extend == 0)
    return fsim_store_create(job->source, job->scenario, job->shape, &options, report, writer);
  return fsim_store_continue(job->source, job->scenario, job->shape, &options, request->extend > 0,
                             report, writer, first, pool);
}

static int tell_stopped(const run_job *job, uint32_t done, fsim_report *report) {
  if (job->request->extend > 0) {
    unlink(job->partial);
    return fsim_failure(report, FSIM_NOWHERE, "stopped: %s is as it was before; run --extend again",
                        job->path);
  }
  if (done == 0)
    return fsim_failure(report, FSIM_NOWHERE,
                        "stopped before the first replications were whole; nothing was kept");
  return fsim_failure(report, FSIM_NOWHERE,
                      "stopped: %u of %u replications are kept in %s; go on with: funnelsim run %s "
                      "-o %s --resume (and the other options of this run)",
                      done, job->replications, job->partial, job->request->scenario, job->path);
}

static void tell_done(const run_job *job, const fsim_run_result *result, uint32_t first) {
  if (job->request->quiet) return;
  char visits[64], time[32];
  fsim_format_rounded((double)result->visits, 0, visits, sizeof visits);
  fsim_format_duration(result->seconds, time, sizeof time);
  fprintf(stderr, "%u replications, %s visits in %s (%.1f million a second)\n",
          result->done - first, visits, time,
          result->seconds > 0 ? (double)result->visits / result->seconds / 1e6 : 0.0);
}

static int run_and_write(const run_job *job, fsim_report *report) {
  fsim_store_writer *writer = NULL;
  fsim_pool *pool = NULL;
  run_watch watch = {0};
  int status = open_writer(job, report, &writer, &watch.first, &pool);
  if (status != FSIM_OK) goto out;
  fsim_progress_begin(&watch.line, job->request->quiet, job->replications - watch.first,
                      "replications");
  fsim_run_options options = {.threads = job->threads,
                              .engine = job->engine->name,
                              .keep = job->keep,
                              .first = watch.first,
                              .end = job->replications,
                              .pool = pool,
                              .progress = show_progress,
                              .context = &watch,
                              .stop = &stop_asked};
  fsim_run_result result = {.done = watch.first};
  struct sigaction before[2];
  catch_signals(before);
  status = fsim_run(job->source, job->scenario, job->shape, &options, fsim_store_sink(writer),
                    report, &result);
  release_signals(before);
  fsim_progress_end(&watch.line);
  if (status == FSIM_OK && result.done >= job->replications) {
    status = fsim_store_finish(writer, report, report);
    if (status == FSIM_OK) tell_done(job, &result, watch.first);
  } else if (status == FSIM_OK) {
    /* The writer is closed first: then the partial file is what the message says it is. */
    fsim_store_close(writer);
    writer = NULL;
    status = tell_stopped(job, result.done, report);
  }
out:
  if (writer) fsim_store_close(writer);
  fsim_pool_free(pool);
  return status;
}

static void tell_plan(const run_job *job) {
  if (job->request->quiet) return;
  char kept[128], visits[64];
  fsim_text text = {0};
  fsim_format_rounded(job->forecast.visits * job->replications,
                      0.05 * job->forecast.visits * job->replications, visits, sizeof visits);
  fsim_text_append(&text,
                   "%s: %u replications, about %s visits; engine %s\ntrajectories kept: %s\n",
                   job->scenario->name, job->replications, visits, job->engine->name,
                   fsim_trajectories_text(job->keep, job->replications, kept, sizeof kept));
  if (!text.failed) fsim_show_text(stderr, text.text, 0);
  free(text.text);
}

int fsim_simulate(const fsim_run_request *request, fsim_report *report, size_t *shown,
                  char **path) {
  *path = NULL;
  run_job job = {.request = request,
                 .threads = request->threads > 0 ? (int)request->threads : omp_get_num_procs()};
  int status = load(&job, report);
  if (status == FSIM_OK) status = choose_warm_up(&job, report);
  if (status == FSIM_OK) status = choose_replications(&job, report);
  if (status == FSIM_OK) status = choose_trajectories(&job, report);
  if (status == FSIM_OK) status = choose_path(&job, report);
  if (status == FSIM_OK && request->dry_run) {
    fsim_forecast_print(&job.forecast, job.scenario, job.keep, job.replications, job.threads,
                        stdout);
  } else if (status == FSIM_OK) {
    status = check_path(&job, report);
    if (status == FSIM_OK)
      status = fsim_warn_of_scenario(job.scenario, fsim_source_uncertain(job.source), report);
    if (status == FSIM_OK) {
      fsim_show_report(stderr, report, shown);
      tell_plan(&job);
      status = run_and_write(&job, report);
    }
    if (status == FSIM_OK) {
      *path = job.path;
      job.path = NULL;
    }
  }
  job_free(&job);
  return status;
}
