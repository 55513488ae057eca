#include "sim/base/report.h"

#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/array.h"
#include "sim/base/text.h"

/* A file with a mistake on every line must not fill the memory or the screen. */
#define MOST_MESSAGES 1000
#define LONGEST_SOURCE_LINE 400

typedef struct source {
  char *file;
  char *text;
  size_t length;
} source;

struct fsim_report {
  pthread_mutex_t lock;
  /* Pointers, so that a message handed out stays where it is while others are added. */
  fsim_message **messages;
  size_t n_messages;
  size_t message_capacity;
  source *sources;
  size_t n_sources;
  size_t source_capacity;
  size_t count[FSIM_ERROR + 1];
  int status;
  fsim_message no_memory; /* kept ready, since there is no memory to make it then */
  bool out_of_memory;
};

static char no_memory_text[] = "out of memory: close other programs or make the scenario smaller";

fsim_report *fsim_report_new(void) {
  fsim_report *report = calloc(1, sizeof *report);
  if (!report) return NULL;
  if (pthread_mutex_init(&report->lock, NULL) != 0) {
    free(report);
    return NULL;
  }
  report->no_memory.severity = FSIM_ERROR;
  report->no_memory.status = FSIM_FAILED;
  report->no_memory.text = no_memory_text;
  return report;
}

static void message_free(fsim_message *message) {
  if (!message) return;
  free(message->file);
  free(message->text);
  free(message->source);
  free(message);
}

void fsim_report_free(fsim_report *report) {
  if (!report) return;
  for (size_t i = 0; i < report->n_messages; i++) message_free(report->messages[i]);
  for (size_t i = 0; i < report->n_sources; i++) {
    free(report->sources[i].file);
    free(report->sources[i].text);
  }
  free(report->messages);
  free(report->sources);
  pthread_mutex_destroy(&report->lock);
  free(report);
}

static source *find_source(fsim_report *report, const char *file) {
  for (size_t i = report->n_sources; i > 0; i--)
    if (strcmp(report->sources[i - 1].file, file) == 0) return &report->sources[i - 1];
  return NULL;
}

/* Failing to remember a text only costs the line under a message, so it is not an error. */
void fsim_report_source(fsim_report *report, const char *file, const char *text, size_t length) {
  if (!report || !file || !text) return;
  char *copy = fsim_copy_text(text, length);
  if (!copy) return;
  pthread_mutex_lock(&report->lock);
  source *known = find_source(report, file);
  if (known) {
    free(known->text);
    known->text = copy;
    known->length = length;
    copy = NULL;
  } else {
    void *items = report->sources;
    char *name = fsim_copy_text(file, strlen(file));
    if (name && fsim_grow(&items, &report->source_capacity, report->n_sources + 1,
                          sizeof *report->sources) == 0) {
      report->sources = items;
      report->sources[report->n_sources++] = (source){name, copy, length};
      copy = NULL;
    } else {
      free(name);
    }
  }
  pthread_mutex_unlock(&report->lock);
  free(copy);
}

static char *line_of(const source *text, int line) {
  const char *at = text->text, *end = text->text + text->length;
  for (int passed = 1; passed < line; passed++) {
    at = memchr(at, '\n', (size_t)(end - at));
    if (!at) return NULL;
    at++;
  }
  const char *stop = memchr(at, '\n', (size_t)(end - at));
  if (!stop) stop = end;
  if (stop > at && stop[-1] == '\r') stop--;
  size_t length = (size_t)(stop - at);
  if (length > LONGEST_SOURCE_LINE) length = LONGEST_SOURCE_LINE;
  return fsim_copy_text(at, length);
}

/* Messages are one line each whatever stood in the input: control characters become spaces. */
static void flatten(char *text) {
  for (; *text; text++)
    if ((unsigned char)*text < 0x20 || *text == 0x7f) *text = ' ';
}

static fsim_message *message_make(fsim_report *report, fsim_severity severity, fsim_status status,
                                  fsim_place place, const char *format, va_list list) {
  fsim_message *message = calloc(1, sizeof *message);
  if (!message) return NULL;
  message->severity = severity;
  message->status = status;
  message->line = place.line;
  message->column = place.column;
  if (vasprintf(&message->text, format, list) < 0) {
    message->text = NULL;
    message_free(message);
    return NULL;
  }
  flatten(message->text);
  if (place.file) {
    message->file = fsim_copy_text(place.file, strlen(place.file));
    if (!message->file) {
      message_free(message);
      return NULL;
    }
    const source *text = place.line > 0 ? find_source(report, place.file) : NULL;
    if (text) message->source = line_of(text, place.line);
    if (message->source) flatten(message->source);
  }
  return message;
}

static void worsen(fsim_report *report, fsim_status status) {
  if ((int)status > report->status) report->status = (int)status;
}

static void add(fsim_report *report, fsim_severity severity, fsim_status status, fsim_place place,
                const char *format, va_list list) {
  if (!report) return;
  pthread_mutex_lock(&report->lock);
  worsen(report, status);
  report->count[severity]++;
  void *items = report->messages;
  if (report->n_messages < MOST_MESSAGES &&
      fsim_grow(&items, &report->message_capacity, report->n_messages + 1,
                sizeof *report->messages) == 0) {
    report->messages = items;
    fsim_message *message = message_make(report, severity, status, place, format, list);
    if (message) report->messages[report->n_messages++] = message;
  }
  pthread_mutex_unlock(&report->lock);
}

int fsim_bad_input(fsim_report *report, fsim_place place, const char *format, ...) {
  va_list list;
  va_start(list, format);
  add(report, FSIM_ERROR, FSIM_BAD_INPUT, place, format, list);
  va_end(list);
  return FSIM_BAD_INPUT;
}

int fsim_failure(fsim_report *report, fsim_place place, const char *format, ...) {
  va_list list;
  va_start(list, format);
  add(report, FSIM_ERROR, FSIM_FAILED, place, format, list);
  va_end(list);
  return FSIM_FAILED;
}

void fsim_warn(fsim_report *report, fsim_place place, const char *format, ...) {
  va_list list;
  va_start(list, format);
  add(report, FSIM_WARNING, FSIM_OK, place, format, list);
  va_end(list);
}

void fsim_note(fsim_report *report, fsim_place place, const char *format, ...) {
  va_list list;
  va_start(list, format);
  add(report, FSIM_NOTE, FSIM_OK, place, format, list);
  va_end(list);
}

int fsim_no_memory(fsim_report *report) {
  if (!report) return FSIM_FAILED;
  pthread_mutex_lock(&report->lock);
  if (!report->out_of_memory) report->count[FSIM_ERROR]++;
  report->out_of_memory = true;
  worsen(report, FSIM_FAILED);
  pthread_mutex_unlock(&report->lock);
  return FSIM_FAILED;
}

/* Reading locks too; the report itself is not changed by it. */
static pthread_mutex_t *lock_of(const fsim_report *report) {
  return &((fsim_report *)(uintptr_t)report)->lock;
}

int fsim_report_status(const fsim_report *report) {
  if (!report) return FSIM_OK;
  pthread_mutex_lock(lock_of(report));
  int status = report->status;
  pthread_mutex_unlock(lock_of(report));
  return status;
}

size_t fsim_report_count(const fsim_report *report, fsim_severity severity) {
  if (!report) return 0;
  pthread_mutex_lock(lock_of(report));
  size_t count = report->count[severity];
  pthread_mutex_unlock(lock_of(report));
  return count;
}

/* "Out of memory" comes last, whenever it was found. */
const fsim_message *fsim_report_message(const fsim_report *report, size_t index) {
  if (!report) return NULL;
  const fsim_message *message = NULL;
  pthread_mutex_lock(lock_of(report));
  if (index < report->n_messages)
    message = report->messages[index];
  else if (index == report->n_messages && report->out_of_memory)
    message = &report->no_memory;
  pthread_mutex_unlock(lock_of(report));
  return message;
}
