/* `funnelsim batch`: many plans over night, one result file each, one table of all. */
#include "analysis/decide/batch.h"

#include <errno.h>
#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analysis/decide/compare_metrics.h"
#include "cli/command.h"
#include "cli/cores.h"
#include "cli/forecast.h"
#include "cli/pool.h"
#include "cli/terminal.h"
#include "sim/base/array.h"
#include "sim/base/text.h"
#include "sim/engine/engine.h"
#include "sim/store/store.h"

#define MOST_PLANS 100000
#define MOST_THREADS 4096
#define SHOWN 20

typedef struct batch_request {
  const char **scenarios; /* operands without '=' */
  size_t n_scenarios;
  const char **grids, **ranges, **sets, **metrics;
  size_t n_grids, n_ranges, n_sets, n_metrics;
  uint64_t samples, seed, replications, threads, top;
  double confidence;
  const char *folder, *trajectories, *precision;
  bool resume, force, quiet;
} batch_request;

/* ---- the plans ---- */

/* FOLDER/NAME-0001.h5: NAME is the scenario's file without folder and ending, the number that of
 * the plan in the whole batch. */
static char *result_path(const batch_request *request, const char *scenario, size_t number) {
  const char *slash = strrchr(scenario, '/'), *name = slash == NULL ? scenario : slash + 1;
  const char *dot = strrchr(name, '.');
  size_t length = dot == NULL || dot == name ? strlen(name) : (size_t)(dot - name);
  fsim_text path = {0};
  fsim_text_append(&path, "%s/%.*s-%04zu.h5", request->folder, (int)length, name, number + 1);
  if (!path.failed) return path.text;
  free(path.text);
  return NULL;
}

static int list_plans(const batch_request *request, const fsim_design *design, fsim_batch *batch,
                      fsim_report *report) {
  size_t n = request->n_scenarios * design->n_points;
  *batch = (fsim_batch){.design = design, .n_scenarios = request->n_scenarios};
  batch->rows = fsim_zeroed(n, sizeof *batch->rows);
  if (batch->rows == NULL) return fsim_no_memory(report);
  for (size_t s = 0; s < request->n_scenarios; s++) {
    for (size_t p = 0; p < design->n_points; p++) {
      fsim_batch_row *row = &batch->rows[batch->n_rows++];
      row->scenario = fsim_copy_text(request->scenarios[s], strlen(request->scenarios[s]));
      row->scenario_at = s;
      row->point = p;
      row->result = result_path(request, request->scenarios[s], batch->n_rows - 1);
      if (row->scenario == NULL || row->result == NULL) return fsim_no_memory(report);
    }
  }
  return FSIM_OK;
}

/* ---- running them ---- */

/* Every PATH=VALUE of a plan, in the order in which they apply. */
static int list_sets(const batch_request *request, const fsim_design *design,
                     const fsim_batch_row *row, fsim_report *report, fsim_name_list *sets) {
  int failed = 0;
  for (size_t i = 0; i < request->n_sets && !failed; i++)
    failed = fsim_name_add(sets, "%s", request->sets[i]);
  for (size_t f = 0; f < design->n_factors && !failed; f++)
    failed = fsim_name_add(sets, "%s=%s", design->factors[f].path,
                           design->values[row->point * design->n_factors + f]);
  return failed ? fsim_no_memory(report) : FSIM_OK;
}

static const char *kept_of(const batch_request *request) {
  return request->trajectories == NULL ? "none" : request->trajectories;
}

/* Words of `funnelsim run …` for a plan. */
static int words_of(const batch_request *request, const fsim_design *design,
                    const fsim_batch_row *row, size_t threads, fsim_job *job, fsim_report *report) {
  char number[32];
  fsim_name_list sets = {0};
  int status = list_sets(request, design, row, report, &sets);
  fsim_job_word(job, "run");
  fsim_job_word(job, row->scenario);
  fsim_job_word(job, "--output");
  fsim_job_word(job, row->result);
  for (size_t i = 0; i < sets.n; i++) {
    fsim_job_word(job, "--set");
    fsim_job_word(job, sets.names[i]);
  }
  fsim_names_free(&sets);
  if (status != FSIM_OK) return status;
  if (request->replications > 0) {
    snprintf(number, sizeof number, "%llu", (unsigned long long)request->replications);
    fsim_job_word(job, "--replications");
    fsim_job_word(job, number);
  }
  if (request->precision != NULL) {
    fsim_job_word(job, "--precision");
    fsim_job_word(job, request->precision);
  }
  fsim_job_word(job, "--trajectories");
  fsim_job_word(job, kept_of(request));
  fsim_job_word(job, "--threads");
  snprintf(number, sizeof number, "%zu", threads);
  fsim_job_word(job, number);
  fsim_job_word(job, "--quiet");
  fsim_job_word(job, "--no-summary");
  if (request->force) fsim_job_word(job, "--force");
  return job->failed ? fsim_no_memory(report) : FSIM_OK;
}

/* Finished before, or begun before. */
static bool is_done(const char *path) {
  return access(path, F_OK) == 0;
}

static bool is_begun(const char *path) {
  fsim_text partial = {0};
  fsim_text_append(&partial, "%s.partial", path);
  bool begun = !partial.failed && access(partial.text, F_OK) == 0;
  free(partial.text);
  return begun;
}

/* How many replications a finished plan must have; 0: as many as its precision took. */
static uint32_t wanted(const batch_request *request, const fsim_scenario *scenario) {
  if (request->precision != NULL) return 0;
  uint32_t n = request->replications > 0 ? (uint32_t)request->replications : scenario->replications;
  return scenario->uncertain ? n + n % 2 : n;
}

/* Free both also after an error. */
static int load_plan(const batch_request *request, const fsim_design *design,
                     const fsim_batch_row *row, fsim_report *report, fsim_source **source,
                     fsim_scenario **scenario) {
  fsim_name_list sets = {0};
  int status = list_sets(request, design, row, report, &sets);
  if (status == FSIM_OK)
    status =
        fsim_source_load(row->scenario, (const char *const *)sets.names, sets.n, report, source);
  if (status == FSIM_OK) status = fsim_source_realise(*source, FSIM_CENTRAL, report, scenario);
  fsim_names_free(&sets);
  return status;
}

/* Visits that a plan is expected to take; 0 of one that its run will refuse. */
static double work_of(const batch_request *request, const fsim_design *design,
                      const fsim_batch_row *row) {
  fsim_source *source = NULL;
  fsim_scenario *scenario = NULL;
  fsim_report *unheard = fsim_report_new();
  fsim_expected expected;
  double visits = 0;
  if (unheard != NULL && load_plan(request, design, row, unheard, &source, &scenario) == FSIM_OK &&
      fsim_expect(scenario, unheard, &expected) == FSIM_OK)
    visits = expected.visits * fmax(1, wanted(request, scenario));
  fsim_scenario_free(scenario);
  fsim_source_free(source);
  fsim_report_free(unheard);
  return visits;
}

/* A finished result of the same name may be that of another plan: of another grid, of a scenario
 * that was edited since, of fewer replications. */
static int check_finished(const batch_request *request, const fsim_design *design,
                          const fsim_batch_row *row, fsim_report *report) {
  fsim_source *source = NULL;
  fsim_scenario *scenario = NULL;
  fsim_keep keep;
  int status = load_plan(request, design, row, report, &source, &scenario);
  if (status == FSIM_OK) status = fsim_parse_trajectories(kept_of(request), report, &keep);
  if (status == FSIM_OK) {
    uint32_t n = wanted(request, scenario);
    if (n > 0 && keep.replications >= n) keep.replications = UINT32_MAX; /* as a run notes it */
    fsim_store_options options = {.path = row->result,
                                  .keep_replications = keep.replications,
                                  .keep_share = keep.share,
                                  .replications = n};
    status = fsim_store_check(source, scenario, &options, report);
  }
  fsim_scenario_free(scenario);
  fsim_source_free(source);
  return status;
}

/* Sets *keep when a finished result can stay as it is; --force has others run again. */
static int may_keep(const batch_request *request, const fsim_design *design,
                    const fsim_batch_row *row, fsim_report *report, bool *keep) {
  *keep = false;
  if (!request->resume || !is_done(row->result)) return FSIM_OK;
  fsim_report *own = fsim_report_new(); /* warnings of a plan are told by its run */
  if (own == NULL) return fsim_no_memory(report);
  int status = check_finished(request, design, row, own);
  *keep = status == FSIM_OK;
  if (status == FSIM_BAD_INPUT && request->force) {
    status = FSIM_OK;
  } else if (status != FSIM_OK) {
    const fsim_message *said = NULL;
    for (size_t i = 0; (said = fsim_report_message(own, i)) && said->severity != FSIM_ERROR;) i++;
    fsim_bad_input(report, FSIM_NOWHERE,
                   "%s; --resume keeps finished plans only if they are those of this batch, "
                   "--resume --force runs the others again",
                   said == NULL ? row->result : said->text);
  }
  fsim_report_free(own);
  return status;
}

static void show_progress(void *context, size_t done, size_t of) {
  (void)of;
  fsim_progress_show(context, done, 0);
}

/* row_of[n]: the plans that have no finished result to keep. */
static int list_to_run(const batch_request *request, const fsim_design *design,
                       const fsim_batch *batch, fsim_report *report, size_t *row_of, size_t *n) {
  int status = FSIM_OK;
  for (size_t r = 0; r < batch->n_rows && status == FSIM_OK; r++) {
    bool keep;
    status = may_keep(request, design, &batch->rows[r], report, &keep);
    if (status == FSIM_OK && !keep) row_of[(*n)++] = r;
  }
  return status;
}

/* The longest first, so that no long one is left for the end, when other cores have nothing to do.
 */
static int put_in_order(const batch_request *request, const fsim_design *design,
                        const fsim_batch *batch, fsim_report *report, size_t *row_of, size_t n) {
  double *work = fsim_zeroed(n, sizeof *work);
  size_t *order = fsim_zeroed(2 * n, sizeof *order), *before = order + n;
  int status = work != NULL && order != NULL ? FSIM_OK : fsim_no_memory(report);
  for (size_t i = 0; i < n && status == FSIM_OK; i++) {
    work[i] = work_of(request, design, &batch->rows[row_of[i]]);
    before[i] = row_of[i];
  }
  if (status == FSIM_OK && fsim_order_by_work(work, n, order) != 0) status = fsim_no_memory(report);
  for (size_t i = 0; i < n && status == FSIM_OK; i++) row_of[i] = before[order[i]];
  free(work);
  free(order);
  return status;
}

static int run_plans(const batch_request *request, const fsim_design *design, fsim_batch *batch,
                     fsim_report *report) {
  fsim_job *jobs = fsim_zeroed(batch->n_rows, sizeof *jobs);
  size_t *row_of = fsim_zeroed(batch->n_rows, sizeof *row_of), n = 0, at_once = 1, threads = 1;
  size_t cores = request->threads > 0 ? (size_t)request->threads : (size_t)omp_get_num_procs();
  int status = jobs == NULL || row_of == NULL ? fsim_no_memory(report) : FSIM_OK;
  if (status == FSIM_OK) status = list_to_run(request, design, batch, report, row_of, &n);
  if (n > 0) fsim_share_cores(cores, n, &at_once, &threads);
  if (status == FSIM_OK && n > at_once)
    status = put_in_order(request, design, batch, report, row_of, n);
  for (size_t i = 0; i < n && status == FSIM_OK; i++) {
    const fsim_batch_row *row = &batch->rows[row_of[i]];
    status = words_of(request, design, row, threads, &jobs[i], report);
    if (request->resume && is_begun(row->result)) fsim_job_word(&jobs[i], "--resume");
  }
  fsim_progress_line line;
  fsim_progress_begin(&line, request->quiet, n, "plans");
  if (status == FSIM_OK) status = fsim_pool_run(jobs, n, at_once, show_progress, &line, report);
  fsim_progress_end(&line);
  for (size_t i = 0; i < n && status == FSIM_OK; i++) {
    if (jobs[i].status == FSIM_OK) continue;
    const char *said =
        jobs[i].said == NULL || jobs[i].said[0] == '\0' ? "ended without a message" : jobs[i].said;
    batch->rows[row_of[i]].problem = fsim_copy_text(said, strlen(said));
    if (batch->rows[row_of[i]].problem == NULL) status = fsim_no_memory(report);
  }
  for (size_t i = 0; jobs != NULL && i < batch->n_rows; i++) fsim_job_free(&jobs[i]);
  free(jobs);
  free(row_of);
  return status;
}

/* ---- all of it ---- */

static int write_index(const batch_request *request, const fsim_batch *batch, fsim_report *report) {
  static const char *const names[] = {"index.csv", "index.h5"};
  int status = FSIM_OK;
  for (int k = 0; k < 2 && status == FSIM_OK; k++) {
    fsim_text path = {0};
    fsim_text_append(&path, "%s/%s", request->folder, names[k]);
    if (path.failed)
      status = fsim_no_memory(report);
    else
      status = k == 0 ? fsim_batch_csv(batch, path.text, report)
                      : fsim_batch_hdf(batch, path.text, report);
    if (status == FSIM_OK && k == 0) printf("\n%s\n", path.text);
    free(path.text);
  }
  return status;
}

static int make_folder(const char *folder, fsim_report *report) {
  struct stat info;
  if (mkdir(folder, 0777) == 0) return FSIM_OK;
  if (errno == EEXIST && stat(folder, &info) == 0 && S_ISDIR(info.st_mode)) return FSIM_OK;
  return fsim_bad_input(report, FSIM_NOWHERE, "cannot make the folder %s: %s", folder,
                        strerror(errno == EEXIST ? ENOTDIR : errno));
}

static int run_batch(const batch_request *request, fsim_report *report) {
  fsim_design design;
  fsim_batch batch = {0};
  size_t failed = 0;
  int status =
      fsim_design_make(request->grids, request->n_grids, request->ranges, request->n_ranges,
                       (size_t)request->samples, request->seed, report, &design);
  if (status == FSIM_OK) status = list_plans(request, &design, &batch, report);
  if (status == FSIM_OK) status = make_folder(request->folder, report);
  if (status == FSIM_OK) status = run_plans(request, &design, &batch, report);
  if (status == FSIM_OK)
    status =
        fsim_batch_read(&batch, request->metrics, request->n_metrics, request->confidence, report);
  if (status == FSIM_OK) status = fsim_batch_text(&batch, (size_t)request->top, stdout, report);
  if (status == FSIM_OK) status = write_index(request, &batch, report);
  for (size_t r = 0; r < batch.n_rows; r++) failed += batch.rows[r].problem != NULL;
  if (status == FSIM_OK && failed > 0)
    status = fsim_failure(report, FSIM_NOWHERE, "%zu of %zu plans failed; the others are done",
                          failed, batch.n_rows);
  fsim_batch_free(&batch);
  fsim_design_free(&design);
  return status;
}

/* ---- the subcommand ---- */

static const fsim_option options[] = {
    {"output", 'o', "FOLDER", "where results, index.csv and index.h5 go; made if it is missing"},
    {"grid", 0, "PATH=A,B,C",
     "every value of this number with every one of the others; repeatable"},
    {"sample", 0, "lhs:N", "N plans spread evenly over all ranges (Latin hypercube)"},
    {"range", 0, "PATH=LO..HI",
     "a range for --sample, such as streams.web.rate=x0.5..x2; repeatable; may also stand among "
     "the "
     "scenarios"},
    {"set", 's', "PATH=VALUE", "change every plan; may be repeated"},
    {"metric", 'm', "NAME", "what the index tells, as in compare; repeatable, the first one ranks"},
    {"replications", 'n', "N", "of every plan (default: as its scenario says)"},
    {"precision", 0, "P%", "as many replications as each plan needs for it"},
    {"trajectories", 0, "none|N|all|P%", "kept of every plan (default: none)"},
    {"design-seed", 0, "N", "of the sample (default: 1)"},
    {"threads", 't', "N", "cores to use, one for each plan that runs (default: all)"},
    {"confidence", 0, "P", "of all intervals, as 0.9 or 90 %"},
    {"top", 0, "N", "show the first N plans; 0: all (default: 20)"},
    {"resume", 0, NULL, "go on with a batch that was stopped: its finished plans stay as they are"},
    {"force", 'f', NULL, "replace results that exist"},
    {"quiet", 'q', NULL, "no progress"},
};

static int read_sample(const fsim_arguments *arguments, fsim_report *report, uint64_t *n) {
  const char *given = fsim_option_value(arguments, "sample");
  if (given == NULL) return FSIM_OK;
  char *end = NULL;
  unsigned long long number = 0;
  if (strncmp(given, "lhs:", 4) == 0 && given[4] >= '1' && given[4] <= '9')
    number = strtoull(given + 4, &end, 10);
  if (end != NULL && *end == '\0' && number >= 2 && number <= MOST_PLANS) {
    *n = number;
    return FSIM_OK;
  }
  return fsim_bad_input(report, FSIM_NOWHERE, "--sample %s: expected lhs:N with N from 2 to %d",
                        given, MOST_PLANS);
}

/* Operands with "=" are ranges, the others scenarios. */
static int sort_operands(const fsim_arguments *arguments, batch_request *request,
                         fsim_report *report) {
  const char **ranges = NULL;
  size_t n = 0;
  int status = fsim_option_values(arguments, "range", report, &ranges, &n);
  if (status != FSIM_OK) return status;
  request->scenarios = fsim_zeroed(arguments->n_operands, sizeof *request->scenarios);
  request->ranges = fsim_zeroed(n + arguments->n_operands, sizeof *request->ranges);
  if (request->scenarios == NULL || request->ranges == NULL) {
    free(ranges);
    return fsim_no_memory(report);
  }
  for (size_t i = 0; i < n; i++) request->ranges[request->n_ranges++] = ranges[i];
  free(ranges);
  for (size_t i = 0; i < arguments->n_operands; i++) {
    const char *word = arguments->operands[i];
    if (strchr(word, '=') != NULL)
      request->ranges[request->n_ranges++] = word;
    else
      request->scenarios[request->n_scenarios++] = word;
  }
  if (request->n_scenarios == 0)
    return fsim_bad_input(report, FSIM_NOWHERE,
                          "batch needs scenarios: funnelsim batch SCENARIO… -o FOLDER");
  return FSIM_OK;
}

static int read_request(const fsim_arguments *arguments, fsim_report *report,
                        batch_request *request) {
  request->seed = 1;
  request->top = SHOWN;
  request->folder = fsim_option_value(arguments, "output");
  request->trajectories = fsim_option_value(arguments, "trajectories");
  request->precision = fsim_option_value(arguments, "precision");
  request->resume = fsim_option_given(arguments, "resume");
  request->force = fsim_option_given(arguments, "force");
  request->quiet = fsim_option_given(arguments, "quiet");
  if (request->folder == NULL)
    return fsim_bad_input(report, FSIM_NOWHERE, "batch needs a folder for its results: -o FOLDER");
  int status = sort_operands(arguments, request, report);
  if (status == FSIM_OK)
    status = fsim_option_values(arguments, "grid", report, &request->grids, &request->n_grids);
  if (status == FSIM_OK)
    status = fsim_option_values(arguments, "set", report, &request->sets, &request->n_sets);
  if (status == FSIM_OK)
    status =
        fsim_option_values(arguments, "metric", report, &request->metrics, &request->n_metrics);
  if (status == FSIM_OK) status = read_sample(arguments, report, &request->samples);
  if (status == FSIM_OK)
    status = fsim_option_count(arguments, "replications", 2, UINT32_MAX - 1, report,
                               &request->replications);
  if (status == FSIM_OK)
    status = fsim_option_count(arguments, "threads", 1, MOST_THREADS, report, &request->threads);
  if (status == FSIM_OK)
    status = fsim_option_count(arguments, "design-seed", 0, UINT32_MAX, report, &request->seed);
  if (status == FSIM_OK)
    status = fsim_option_count(arguments, "top", 0, UINT32_MAX, report, &request->top);
  return status == FSIM_OK ? fsim_option_confidence(arguments, report, &request->confidence)
                           : status;
}

static int run(int argc, char **argv) {
  fsim_report *report = fsim_report_new();
  fsim_arguments arguments;
  batch_request request = {0};
  int status = fsim_parse_options(&fsim_batch_command, argc, argv, report, &arguments);
  if (status == FSIM_OK && !arguments.help) {
    status = read_request(&arguments, report, &request);
    if (status == FSIM_OK) status = run_batch(&request, report);
  }
  free(request.scenarios);
  free(request.ranges);
  free(request.grids);
  free(request.sets);
  free(request.metrics);
  fsim_arguments_free(&arguments);
  return fsim_close_report(report, status);
}

const fsim_command fsim_batch_command = {
    .name = "batch",
    .help = "many plans, one result file each, one table of all",
    .operands = "SCENARIO… [PATH=LO..HI…]",
    .options = options,
    .n_options = sizeof options / sizeof *options,
    .about =
        "Runs every scenario with every combination of the grid's values, or with values spread "
        "over "
        "ranges, as many at once as there are cores. A plan that fails is told and does not stop "
        "the "
        "others. index.csv and index.h5 hold a row a plan. docs/batch.md explains the table.",
    .example =
        "funnelsim batch scenarios/sales-team.yaml --grid teams.ae.size=2,3,4,5 --grid "
        "teams.sdr.size=1,2,3 -o staffing\n"
        "funnelsim batch scenarios/sales-team.yaml --sample lhs:60 streams.web.rate=x0.5..x2 "
        "desk.stages.proposal.work.time=x0.6..x1.2 -o tonight",
    .run = run,
};
