#include "analysis/fit/attributes.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/fit/estimate.h"
#include "sim/base/array.h"

void fsim_attributes_free(fsim_fitted_attributes *attributes) {
  for (size_t a = 0; a < attributes->n; a++) {
    fsim_fitted_attribute *which = &attributes->attribute[a];
    for (size_t v = 0; v < which->n_values && which->value != NULL; v++) free(which->value[v]);
    free(which->value);
    free(which->name);
    free(which->value_of);
    free(which->share);
  }
  free(attributes->attribute);
  free(attributes->pair);
  *attributes = (fsim_fitted_attributes){0};
}

size_t fsim_value_of_case(const fsim_log *log, const fsim_fitted_attribute *attribute,
                          size_t which_case) {
  const int16_t level = log->level[which_case * log->n_attributes + attribute->of_log];
  return (size_t)attribute->value_of[level < 0 ? 0 : level];
}

/* Words that YAML reads as something else, numbers and signs need quotes. */
static bool is_plain(const char *value) {
  static const char *const words[] = {"true", "false", "yes", "no", "on", "off", "null", "~"};
  for (size_t w = 0; w < sizeof words / sizeof *words; w++) {
    if (strcmp(value, words[w]) == 0) return false;
  }
  if (!isalpha((unsigned char)*value)) return false;
  for (const char *c = value; *c != '\0'; c++) {
    if (!isalnum((unsigned char)*c) && strchr(" _-", *c) == NULL) return false;
  }
  return true;
}

void fsim_append_value(fsim_text *text, const char *value) {
  if (is_plain(value)) {
    fsim_text_append(text, "%s", value);
    return;
  }
  fsim_text_append(text, "\"");
  for (const char *c = value; *c != '\0'; c++)
    fsim_text_append(text, *c == '"' || *c == '\\' ? "\\%c" : "%c", *c);
  fsim_text_append(text, "\"");
}

/* ---- values ---- */

typedef struct counted {
  size_t n;
  int16_t level;
} counted;

static int by_count(const void *left, const void *right) {
  const counted *a = left, *b = right;
  if (a->n != b->n) return a->n > b->n ? -1 : 1;
  return (a->level > b->level) - (a->level < b->level);
}

/* A value without what paths and lists take for their own: dots, commas, = and :. */
static char *value_name(const char *level, char *const *taken, size_t n_taken) {
  fsim_text text = {0};
  for (const char *c = level; *c != '\0'; c++) {
    bool blank = strchr(".,=: \t\n", *c) != NULL || (unsigned char)*c < 32;
    if (!blank)
      fsim_text_append(&text, "%c", *c);
    else if (text.length > 0 && text.text[text.length - 1] != ' ')
      fsim_text_append(&text, " ");
  }
  while (text.length > 0 && text.text[text.length - 1] == ' ') text.text[--text.length] = '\0';
  if (text.length == 0) fsim_text_append(&text, "unknown");
  const size_t stem = text.length;
  for (int k = 2; !text.failed; k++) {
    bool is_taken = false;
    for (size_t i = 0; i < n_taken; i++) is_taken = is_taken || strcmp(taken[i], text.text) == 0;
    if (!is_taken) return text.text;
    text.length = stem;
    fsim_text_append(&text, " %d", k);
  }
  free(text.text);
  return NULL;
}

static bool is_planned(const fsim_log *log, size_t attribute) {
  return log->has_planned && attribute + 1 == log->n_attributes;
}

static size_t drop_empty(counted *count, size_t n) {
  size_t kept = 0;
  for (size_t l = 0; l < n; l++) {
    if (count[l].n > 0) count[kept++] = count[l];
  }
  return kept;
}

/* In all funnels: a scenario has one list of values. The commonest first, but planned lengths in
 * their order. */
static int count_levels(const fsim_log *log, size_t attribute, fsim_report *report,
                        counted **levels, size_t *n) {
  const size_t all = log->attributes[attribute].levels.n;
  counted *count = fsim_zeroed(all, sizeof *count);
  if (count == NULL) return fsim_no_memory(report);
  for (size_t l = 0; l < all; l++) count[l].level = (int16_t)l;
  for (size_t c = 0; c < log->n_cases; c++) {
    int16_t level = log->level[c * log->n_attributes + attribute];
    if (level >= 0) count[level].n++;
  }
  *n = drop_empty(count, all);
  if (!is_planned(log, attribute)) qsort(count, *n, sizeof *count, by_count);
  *levels = count;
  return FSIM_OK;
}

/* The first `most` values, or all but one of them and "other". */
static int name_values(const fsim_log *log, const counted *levels, size_t n, size_t most,
                       fsim_report *report, fsim_fitted_attribute *a) {
  const fsim_name_list *names = &log->attributes[a->of_log].levels;
  const bool other = n > most;
  const size_t own = other ? most - 1 : n;
  a->value = fsim_zeroed(own + other, sizeof *a->value);
  a->value_of = fsim_zeroed(names->n, sizeof *a->value_of);
  a->share = fsim_zeroed(own + other, sizeof *a->share);
  if (!a->value || !a->value_of || !a->share) return fsim_no_memory(report);
  for (size_t l = 0; l < n; l++) a->value_of[levels[l].level] = (int16_t)(l < own ? l : own);
  for (size_t v = 0; v < own + other; v++) {
    a->value[v] = value_name(v < own ? names->name[levels[v].level] : "other", a->value, v);
    if (a->value[v] == NULL) return fsim_no_memory(report);
    a->n_values++;
  }
  return FSIM_OK;
}

bool fsim_is_new_case(const fsim_log *log, size_t which_case, size_t funnel, int64_t since) {
  const fsim_case *which = &log->cases[which_case];
  return which->funnel == (int32_t)funnel && which->parent == FSIM_NONE && which->created >= since;
}

static void set_shares(const fsim_log *log, size_t funnel, int64_t since,
                       fsim_fitted_attribute *a) {
  double all = 0;
  for (size_t c = 0; c < log->n_cases; c++) {
    if (!fsim_is_new_case(log, c, funnel, since)) continue;
    a->share[fsim_value_of_case(log, a, c)] += 1;
    all += 1;
  }
  for (size_t v = 0; v < a->n_values; v++)
    a->share[v] = all > 0 ? a->share[v] / all : 1.0 / (double)a->n_values;
}

/* How many values each attribute may have so that all combinations stay few: the longest lists are
 * cut first. */
static void share_room(size_t *room, size_t n) {
  for (;;) {
    double all = 1;
    size_t longest = 0;
    for (size_t a = 0; a < n; a++) {
      all *= (double)room[a];
      if (room[a] > room[longest]) longest = a;
    }
    if (all <= FSIM_MOST_COMBINATIONS || room[longest] <= 2) return;
    room[longest]--;
  }
}

static int add_attribute(const fsim_log *log, size_t funnel, int64_t since, size_t of_log,
                         const counted *levels, size_t n_levels, size_t room, fsim_report *report,
                         fsim_fitted_attributes *out) {
  fsim_fitted_attribute *a = &out->attribute[out->n++];
  char *taken[FSIM_MOST_SCENARIO_ATTRIBUTES + 1] = {"deal"};
  for (size_t i = 0; i + 1 < out->n; i++) taken[i + 1] = out->attribute[i].name;
  a->of_log = of_log;
  a->planned = is_planned(log, of_log);
  a->p = NAN;
  a->name = fsim_model_name(log->attributes[of_log].name, taken, out->n);
  if (a->name == NULL) return fsim_no_memory(report);
  int status = name_values(log, levels, n_levels, room, report, a);
  if (status == FSIM_OK) set_shares(log, funnel, since, a);
  return status;
}

int fsim_attributes_of(const fsim_log *log, size_t funnel, int64_t since, fsim_report *report,
                       fsim_fitted_attributes *out) {
  *out = (fsim_fitted_attributes){0};
  const size_t most = log->n_attributes < FSIM_MOST_SCENARIO_ATTRIBUTES
                          ? log->n_attributes
                          : FSIM_MOST_SCENARIO_ATTRIBUTES;
  counted *levels[FSIM_MOST_SCENARIO_ATTRIBUTES] = {NULL};
  size_t n[FSIM_MOST_SCENARIO_ATTRIBUTES] = {0}, room[FSIM_MOST_SCENARIO_ATTRIBUTES];
  out->attribute = fsim_zeroed(most, sizeof *out->attribute);
  int status = out->attribute == NULL ? fsim_no_memory(report) : FSIM_OK;
  for (size_t a = 0; a < most && status == FSIM_OK; a++) {
    status = count_levels(log, a, report, &levels[a], &n[a]);
    room[a] = n[a] < 1 ? 1 : n[a] < FSIM_MOST_ATTRIBUTE_VALUES ? n[a] : FSIM_MOST_ATTRIBUTE_VALUES;
  }
  if (status == FSIM_OK) share_room(room, most);
  for (size_t a = 0; a < most && status == FSIM_OK; a++) {
    if (n[a] > 1)
      status = add_attribute(log, funnel, since, a, levels[a], n[a], room[a], report, out);
  }
  for (size_t a = 0; a < most; a++) free(levels[a]);
  return status;
}
