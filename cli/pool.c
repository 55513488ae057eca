#include "cli/pool.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <omp.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim/base/array.h"
#include "sim/base/text.h"

enum { MOST_SAID = 2000 };

extern char **environ;

void fsim_job_word(fsim_job *job, const char *word) {
  void *items = job->words;
  if (word == NULL || job->failed ||
      fsim_grow(&items, &job->room, job->n_words + 2, sizeof *job->words) != 0) {
    job->failed = true;
    return;
  }
  job->words = items;
  job->words[job->n_words] = fsim_copy_text(word, strlen(word));
  if (job->words[job->n_words] == NULL)
    job->failed = true;
  else
    job->words[++job->n_words] = NULL;
}

void fsim_job_free(fsim_job *job) {
  for (size_t i = 0; i < job->n_words; i++) free(job->words[i]);
  free(job->words);
  free(job->said);
  *job = (fsim_job){0};
}

/* ---- one run ---- */

typedef struct worker {
  pid_t pid; /* 0: free */
  size_t job;
  FILE *said;
} worker;

static int start(worker *w, fsim_job *job, size_t index) {
  char **argv = fsim_zeroed(job->n_words + 2, sizeof *argv);
  char name[] = "funnelsim";
  w->said = tmpfile();
  if (argv == NULL || w->said == NULL || job->failed) {
    free(argv);
    if (w->said != NULL) fclose(w->said);
    return -1;
  }
  argv[0] = name;
  for (size_t i = 0; i < job->n_words; i++) argv[i + 1] = job->words[i];
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, fileno(w->said), 2);
  int failed = posix_spawn(&w->pid, "/proc/self/exe", &actions, NULL, argv, environ);
  posix_spawn_file_actions_destroy(&actions);
  free(argv);
  if (failed) {
    fclose(w->said);
    w->pid = 0;
    return -1;
  }
  w->job = index;
  return 0;
}

/* What a run wrote on stderr, blanks and line ends made one blank. */
static char *read_said(FILE *file) {
  char *text = malloc(MOST_SAID + 1);
  size_t n = 0;
  bool blank = true;
  rewind(file);
  for (int c; text != NULL && n < MOST_SAID && (c = fgetc(file)) != EOF;) {
    if (isspace(c) && blank) continue;
    blank = isspace(c) != 0;
    text[n++] = blank ? ' ' : (char)c;
  }
  while (n > 0 && text[n - 1] == ' ') n--;
  if (text != NULL) text[n] = '\0';
  return text;
}

static void finish(worker *w, fsim_job *job, int wait_status) {
  job->status = WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : FSIM_FAILED;
  job->said = read_said(w->said);
  fclose(w->said);
  w->pid = 0;
}

/* ---- all of them ---- */

/* A signal handler can reach nothing but a global. */
static volatile sig_atomic_t stop_asked;

static void ask_to_stop(int number) {
  (void)number;
  stop_asked = 1;
}

static worker *find(worker *workers, size_t n, pid_t pid) {
  for (size_t i = 0; i < n; i++)
    if (workers[i].pid == pid) return &workers[i];
  return NULL;
}

static int work(worker *workers, size_t n_workers, fsim_job *jobs, size_t n,
                void (*progress)(void *context, size_t done, size_t of), void *context,
                fsim_report *report) {
  size_t next = 0, done = 0, running = 0;
  while (done < n) {
    for (worker *idle; !stop_asked && next < n && (idle = find(workers, n_workers, 0)) != NULL;
         next++) {
      if (start(idle, &jobs[next], next) != 0) {
        fsim_failure(report, FSIM_NOWHERE, "cannot start another process: %s", strerror(errno));
        stop_asked = 1; /* those that run are waited for */
        break;
      }
      running++;
    }
    if (running == 0) break; /* stopped */
    int status;
    pid_t pid = waitpid(-1, &status, 0);
    if (pid < 0 && errno == EINTR) {
      /* A stop by the terminal reaches the runs by itself, one by `kill` does not. */
      for (size_t i = 0; i < n_workers; i++)
        if (workers[i].pid != 0) kill(workers[i].pid, SIGTERM);
      continue;
    }
    worker *w = pid < 0 ? NULL : find(workers, n_workers, pid);
    if (w == NULL) break;
    finish(w, &jobs[w->job], status);
    running--;
    done++;
    if (progress != NULL) progress(context, done, n);
  }
  if (!stop_asked && done == n) return FSIM_OK;
  return fsim_failure(report, FSIM_NOWHERE,
                      "stopped after %zu of %zu plans; --resume goes on from there", done, n);
}

int fsim_pool_run(fsim_job *jobs, size_t n, size_t at_once,
                  void (*progress)(void *context, size_t done, size_t of), void *context,
                  fsim_report *report) {
  if (at_once == 0) at_once = (size_t)omp_get_num_procs();
  if (at_once > n) at_once = n;
  if (n == 0) return FSIM_OK;
  worker *workers = fsim_zeroed(at_once, sizeof *workers);
  if (workers == NULL) return fsim_no_memory(report);
  struct sigaction action = {.sa_handler = ask_to_stop}, before[2];
  sigemptyset(&action.sa_mask);
  stop_asked = 0;
  sigaction(SIGINT, &action, &before[0]);
  sigaction(SIGTERM, &action, &before[1]);
  int status = work(workers, at_once, jobs, n, progress, context, report);
  sigaction(SIGINT, &before[0], NULL);
  sigaction(SIGTERM, &before[1], NULL);
  free(workers);
  return status;
}
