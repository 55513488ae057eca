/* Exact answers of the shared oracles; tests skip those cases where the folder is absent. */
#ifndef FSIM_TESTS_ORACLE_H
#define FSIM_TESTS_ORACLE_H

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The case of this name (of the file that FUNNELSIM_ORACLES names, if it does), NULL when the
 * oracles are not at hand; json_decref what *file holds. */
static inline json_t *fsim_oracle(const char *name, json_t **file) {
  const char *other = getenv("FUNNELSIM_ORACLES");
  *file = json_load_file(other ? other : FSIM_SOURCE_DIR "/../shared/oracles/public.json", 0, NULL);
  json_t *found = *file ? json_object_get(*file, name) : NULL;
  if (!found) printf("skipped: no ../shared/oracles/public.json with %s beside the source\n", name);
  return found;
}

/* A number at a path of keys with '/' between them; NAN when there is none. */
static inline double fsim_oracle_number(const json_t *value, const char *path) {
  char key[64];
  while (value && *path) {
    size_t n = strcspn(path, "/");
    snprintf(key, sizeof key, "%.*s", (int)n, path);
    value = json_object_get(value, key);
    path += n + (path[n] == '/');
  }
  return json_is_number(value) ? json_number_value(value) : (double)__builtin_nanf("");
}

#endif
