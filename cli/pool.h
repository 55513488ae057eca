/* This program, run several times at once, each run a process of its own: one that dies takes no
 * other with it, and HDF5 need not be safe for threads. */
#ifndef FSIM_CLI_POOL_H
#define FSIM_CLI_POOL_H

#include <stdbool.h>
#include <stddef.h>

#include "sim/base/report.h"

typedef struct fsim_job {
  char **words; /* of the command line, without the program; [n_words] */
  size_t n_words, room;
  bool failed; /* memory was out */
  /* out */
  int status; /* exit status; FSIM_FAILED when a signal ended it */
  char *said; /* its stderr, one line; NULL: nothing */
} fsim_job;

/* Adds a copy of a word; NULL: memory was out before. */
void fsim_job_word(fsim_job *job, const char *word);
void fsim_job_free(fsim_job *job);

/* At most `at_once` (0: all cores) at a time; progress after each. When this process is told to
 * stop (Ctrl-C) the running ones stop cleanly too and no new ones begin: FSIM_FAILED. */
int fsim_pool_run(fsim_job *jobs, size_t n, size_t at_once,
                  void (*progress)(void *context, size_t done, size_t of), void *context,
                  fsim_report *report);

/* For the program's start: a run that a pool began ends at once when the pool does, however that
 * came; otherwise it would still write to its file when --resume goes on with it. */
void fsim_pool_follow(void);

#endif
