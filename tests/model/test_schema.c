/* The JSON Schema and the loader agree on a corpus of good and bad files; the shipped schemas are
 * those that the tables of keys make. FSIM_WRITE_SCHEMA=1 writes them anew. */
#include <dirent.h>

#include "sim/base/file.h"
#include "sim/model/keys.h"
#include "sim/model/source.h"
#include "tests/model/schema_check.h"

#define CORPUS FSIM_SOURCE_DIR "/tests/model/corpus/"

static const struct {
  const char *path;
  const fsim_shape *shape;
} schemas[] = {{FSIM_SOURCE_DIR "/models/funnel.schema.json", &fsim_model_shape},
               {FSIM_SOURCE_DIR "/scenarios/scenario.schema.json", &fsim_scenario_shape}};

static char *read_whole(const char *path, size_t *length) {
  fsim_report *report = fsim_report_new();
  char *text = NULL;
  if (fsim_read_file(path, FSIM_MOST_FILE_BYTES, FSIM_NOWHERE, report, &text, length) != FSIM_OK)
    fail_msg("cannot read %s", path);
  fsim_report_free(report);
  return text;
}

static void shipped_schemas_are_those_of_the_tables(void **state) {
  (void)state;
  for (size_t i = 0; i < 2; i++) {
    fsim_text made = {0};
    assert_int_equal(fsim_schema_text(schemas[i].shape, &made), FSIM_OK);
    if (getenv("FSIM_WRITE_SCHEMA")) {
      FILE *file = fopen(schemas[i].path, "w");
      assert_non_null(file);
      assert_true(fputs(made.text, file) >= 0);
      assert_int_equal(fclose(file), 0);
    }
    size_t length;
    char *shipped = read_whole(schemas[i].path, &length);
    assert_string_equal(shipped, made.text);
    free(shipped);
    free(made.text);
  }
}

typedef struct judgement {
  bool schema, loader;
  char errors[4000];
} judgement;

static bool schema_judges(const char *text, size_t length) {
  fsim_arena *arena = fsim_arena_new();
  fsim_node *root = NULL;
  assert_int_equal(fsim_yaml_parse("corpus", text, length, arena, NULL, &root), FSIM_OK);
  const bool model = fsim_node_get(root, "funnel") != NULL;
  json_t *schema = json_load_file(schemas[model ? 0 : 1].path, 0, NULL);
  assert_non_null(schema);
  const bool accepts = schema_accepts(schema, schema, root);
  json_decref(schema);
  fsim_arena_free(arena);
  return accepts;
}

static judgement judge(const char *path) {
  judgement j = {0};
  size_t length;
  char *text = read_whole(path, &length);
  j.schema = schema_judges(text, length);
  free(text);
  fsim_report *report = fsim_report_new();
  fsim_source *source = NULL;
  fsim_scenario *scenario = NULL;
  int status = fsim_source_load(path, NULL, 0, report, &source);
  if (status == FSIM_OK) status = fsim_source_realise(source, FSIM_CENTRAL, report, &scenario);
  j.loader = status == FSIM_OK;
  if (!j.loader) assert_int_equal(status, FSIM_BAD_INPUT);
  errors_text(report, j.errors, sizeof j.errors);
  fsim_scenario_free(scenario);
  fsim_source_free(source);
  fsim_report_free(report);
  return j;
}

typedef void (*visit)(const char *path, const char *name);

static size_t each_file(const char *folder, visit one) {
  char path[1000];
  size_t n = 0;
  snprintf(path, sizeof path, CORPUS "%s", folder);
  DIR *directory = opendir(path);
  assert_non_null(directory);
  for (struct dirent *entry; (entry = readdir(directory));) {
    if (!strstr(entry->d_name, ".yaml")) continue;
    snprintf(path, sizeof path, CORPUS "%s/%s", folder, entry->d_name);
    one(path, entry->d_name);
    n++;
  }
  closedir(directory);
  return n;
}

static void is_good(const char *path, const char *name) {
  const judgement j = judge(path);
  if (!j.loader || !j.schema)
    fail_msg("%s: schema %s, loader says %s", name, j.schema ? "accepts" : "refuses", j.errors);
}

static void good_files_pass_both(void **state) {
  (void)state;
  assert_true(each_file("good", is_good) >= 25);
}

/* "# 5:12 structure: fragment" */
static void is_bad(const char *path, const char *name) {
  size_t length;
  char *text = read_whole(path, &length), place[40], kind[40], expected[300];
  text[strcspn(text, "\n")] = '\0';
  assert_int_equal(sscanf(text, "# %30s %30[a-z]: %250[^\n]", place, kind, expected), 3);
  free(text);
  const judgement j = judge(path);
  char first[80];
  snprintf(first, sizeof first, "%s: ", place);
  if (j.loader) fail_msg("%s: the loader accepts it", name);
  if (strncmp(j.errors, first, strlen(first)) != 0 || !strstr(j.errors, expected))
    fail_msg("%s: expected %s %s, found %s", name, place, expected, j.errors);
  const char *end = strchr(j.errors, '\n');
  if (end && end[1]) fail_msg("%s: one mistake, but %s", name, j.errors);
  const bool structure = strcmp(kind, "structure") == 0;
  if (j.schema == structure)
    fail_msg("%s: the schema %s it", name, j.schema ? "accepts" : "refuses");
}

static void bad_files_fail_where_they_should(void **state) {
  (void)state;
  assert_true(each_file("bad", is_bad) >= 35);
}

static void is_shipped(const char *path) {
  size_t length;
  char *text = read_whole(path, &length);
  if (!schema_judges(text, length)) fail_msg("the schema refuses %s", path);
  free(text);
}

static void shipped_files_pass_the_schema(void **state) {
  (void)state;
  static const char *const folders[] = {FSIM_SOURCE_DIR "/models", FSIM_SOURCE_DIR "/scenarios"};
  size_t n = 0;
  for (size_t f = 0; f < 2; f++) {
    DIR *directory = opendir(folders[f]);
    assert_non_null(directory);
    for (struct dirent *entry; (entry = readdir(directory));) {
      char path[1000];
      if (!strstr(entry->d_name, ".yaml")) continue;
      snprintf(path, sizeof path, "%s/%s", folders[f], entry->d_name);
      is_shipped(path);
      n++;
    }
    closedir(directory);
  }
  assert_true(n >= 10);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(shipped_schemas_are_those_of_the_tables),
      cmocka_unit_test(good_files_pass_both),
      cmocka_unit_test(bad_files_fail_where_they_should),
      cmocka_unit_test(shipped_files_pass_the_schema),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
