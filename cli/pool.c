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
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
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

/* The child takes signals as this program did before the pool blocked them. 0 or an error number.
 */
static int spawn(pid_t *pid, char **argv, int said, const sigset_t *mask) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  int error = posix_spawn_file_actions_init(&actions);
  if (error != 0) return error;
  error = posix_spawnattr_init(&attributes);
  if (error == 0) {
    error = posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    if (error == 0) error = posix_spawn_file_actions_adddup2(&actions, said, 2);
    if (error == 0) error = posix_spawnattr_setsigmask(&attributes, mask);
    if (error == 0) error = posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    if (error == 0)
      error = posix_spawn(pid, "/proc/self/exe", &actions, &attributes, argv, environ);
    posix_spawnattr_destroy(&attributes);
  }
  posix_spawn_file_actions_destroy(&actions);
  return error;
}

/* 0 or an error number. */
static int start(worker *w, const fsim_job *job, size_t index, const sigset_t *mask) {
  char name[] = "funnelsim";
  if (job->failed) return ENOMEM;
  char **argv = fsim_zeroed(job->n_words + 2, sizeof *argv);
  if (argv == NULL) return ENOMEM;
  argv[0] = name;
  for (size_t i = 0; i < job->n_words; i++) argv[i + 1] = job->words[i];
  w->said = tmpfile();
  int error = w->said == NULL ? errno : spawn(&w->pid, argv, fileno(w->said), mask);
  free(argv);
  if (error != 0 && w->said != NULL) fclose(w->said);
  if (error != 0) w->pid = 0;
  w->job = index;
  return error;
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

#define A_WHILE_NS 200000000

/* Waits so long for a run to end or a signal to come: SIGINT, SIGTERM and SIGCHLD are blocked, so
 * none is lost between a look and the wait. Other threads may take the first two: then their
 * handler has set the flag, which is looked at after a while. True: told to stop just now. */
static bool wait_for_news(long nanoseconds, bool *stopping) {
  sigset_t news;
  sigemptyset(&news);
  sigaddset(&news, SIGINT);
  sigaddset(&news, SIGTERM);
  sigaddset(&news, SIGCHLD);
  const struct timespec most = {.tv_nsec = nanoseconds};
  int number = sigtimedwait(&news, NULL, &most);
  bool told = number == SIGINT || number == SIGTERM || (stop_asked && !*stopping);
  if (told) stop_asked = *stopping = true;
  return told;
}

/* A stop by the terminal reaches the runs by itself, one by `kill` does not. */
static void pass_stop_on(const worker *workers, size_t n) {
  for (size_t i = 0; i < n; i++)
    if (workers[i].pid != 0) kill(workers[i].pid, SIGTERM);
}

static int work(worker *workers, size_t n_workers, fsim_job *jobs, size_t n, const sigset_t *mask,
                void (*progress)(void *context, size_t done, size_t of), void *context,
                fsim_report *report) {
  size_t next = 0, done = 0, running = 0;
  bool stopping = false;
  while (done < n) {
    if (wait_for_news(0, &stopping)) pass_stop_on(workers, n_workers);
    for (worker *idle; !stop_asked && next < n && (idle = find(workers, n_workers, 0)) != NULL;
         next++) {
      int error = start(idle, &jobs[next], next, mask);
      if (error != 0) {
        fsim_failure(report, FSIM_NOWHERE, "cannot start another process: %s", strerror(error));
        stop_asked = stopping = true; /* those that run are waited for */
        break;
      }
      running++;
    }
    if (running == 0) break; /* stopped */
    int status;
    pid_t pid = waitpid(-1, &status, WNOHANG);
    if (pid == 0) {
      if (wait_for_news(A_WHILE_NS, &stopping)) pass_stop_on(workers, n_workers);
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

/* Who began this run. */
#define LEADER "FUNNELSIM_RUN_OF"

void fsim_pool_follow(void) {
  const char *leader = getenv(LEADER);
  if (leader == NULL) return;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  /* It may have ended before. */
  if (strtol(leader, NULL, 10) != (long)getppid()) raise(SIGKILL);
  unsetenv(LEADER);
}

int fsim_pool_run(fsim_job *jobs, size_t n, size_t at_once,
                  void (*progress)(void *context, size_t done, size_t of), void *context,
                  fsim_report *report) {
  static const int numbers[] = {SIGINT, SIGTERM, SIGCHLD};
  enum { NUMBERS = sizeof numbers / sizeof *numbers };
  if (at_once == 0) at_once = (size_t)omp_get_num_procs();
  if (at_once > n) at_once = n;
  if (n == 0) return FSIM_OK;
  worker *workers = fsim_zeroed(at_once, sizeof *workers);
  if (workers == NULL) return fsim_no_memory(report);
  struct sigaction before[NUMBERS];
  sigset_t blocked, mask;
  sigemptyset(&blocked);
  stop_asked = 0;
  for (size_t i = 0; i < NUMBERS; i++) {
    /* Ended runs must be waited for, also where the caller's parent ignored such signals. */
    struct sigaction action = {.sa_handler = numbers[i] == SIGCHLD ? SIG_DFL : ask_to_stop};
    sigemptyset(&action.sa_mask);
    sigaction(numbers[i], &action, &before[i]);
    sigaddset(&blocked, numbers[i]);
  }
  pthread_sigmask(SIG_BLOCK, &blocked, &mask);
  char leader[32];
  snprintf(leader, sizeof leader, "%ld", (long)getpid());
  setenv(LEADER, leader, 1);
  int status = work(workers, at_once, jobs, n, &mask, progress, context, report);
  for (size_t i = 0; i < NUMBERS; i++) sigaction(numbers[i], &before[i], NULL);
  pthread_sigmask(SIG_SETMASK, &mask, NULL);
  unsetenv(LEADER);
  free(workers);
  return status;
}
