/* Mutated scenarios and models: bytes, words and pieces changed; small ones are simulated, too.
 * Whatever comes in, there is a status and a message; a crash, a hang or a leak is for the
 * sanitizers (and the test's time limit) to see.
 *
 *   fuzz_inputs COUNT SEED     deterministic; a failure is found again by its seed
 */
#include <dirent.h>
#include <gsl/gsl_errno.h>
#include <hdf5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/decide/outputs.h"
#include "sim/engine/engine.h"

enum { MOST_SEEDS = 1024, MOST_BYTES = 1 << 20 };

typedef struct seed {
  char *bytes;
  size_t size;
} seed;

static seed seeds[MOST_SEEDS];
static size_t n_seeds;
static uint64_t state;
static long accepted, simulated; /* else nothing but the first checks would be tried */

/* Marsaglia 2003 */
static uint64_t draw(uint64_t below) {
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return below > 0 ? state % below : 0;
}

static int keep(const char *text, size_t size) {
  if (n_seeds == MOST_SEEDS || size > MOST_BYTES) return -1;
  seed *s = &seeds[n_seeds];
  s->bytes = malloc(size + 1);
  if (s->bytes == NULL) return -1;
  memcpy(s->bytes, text, size);
  s->size = size;
  n_seeds++;
  return 0;
}

/* The file as it stands and, where it is a good scenario, with all its models in one text. */
static int add_seed(const char *path) {
  static char text[MOST_BYTES];
  FILE *file = fopen(path, "rb");
  if (file == NULL) return -1;
  size_t size = fread(text, 1, sizeof text, file);
  fclose(file);
  int failed = keep(text, size);
  fsim_source *source = NULL;
  if (fsim_source_load(path, NULL, 0, NULL, &source) == FSIM_OK && !failed) {
    const char *whole = fsim_source_resolved(source);
    /* Whole ones are worth the most: several times, so that they are drawn more often. */
    for (int i = 0; i < 3 && whole != NULL && !failed; i++) failed = keep(whole, strlen(whole));
  }
  fsim_source_free(source);
  return failed;
}

static int add_folder(const char *folder) {
  DIR *directory = opendir(folder);
  if (directory == NULL) return -1;
  struct dirent *entry;
  int failed = 0;
  while (!failed && (entry = readdir(directory)) != NULL) {
    char path[1024];
    snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
    if (strstr(entry->d_name, ".yaml") != NULL) failed = add_seed(path);
  }
  closedir(directory);
  return failed;
}

/* What people and editors do to a file, and what disks do. */
static size_t mutate(char *bytes, size_t size) {
  static const char *const words[] = {
      "-1",    "1e308",   "nan", "0",    "{}", "[]",   "null", "&a *a", "rest", "x0.5",
      "+5 pp", "99999 w", ": ",  "\n  ", "\t", "\xff", "won",  "lost",  "0 s",  "2026-02-30"};
  size_t times = 1 + draw(3);
  for (size_t t = 0; t < times && size > 0; t++) {
    size_t at = draw(size), length = 1 + draw(12);
    if (length > size - at) length = size - at;
    switch (draw(5)) {
      case 0: /* one byte */
        bytes[at] = (char)draw(256);
        break;
      case 1: /* a piece goes */
        memmove(bytes + at, bytes + at + length, size - at - length);
        size -= length;
        break;
      case 2: /* a piece comes twice */
        if (size + length < MOST_BYTES) {
          memmove(bytes + at + length, bytes + at, size - at);
          size += length;
        }
        break;
      case 3: { /* a word comes in */
        const char *word = words[draw(sizeof words / sizeof *words)];
        size_t n = strlen(word);
        if (size + n < MOST_BYTES) {
          memmove(bytes + at + n, bytes + at, size - at);
          memcpy(bytes + at, word, n);
          size += n;
        }
        break;
      }
      default: /* the end is missing */
        if (draw(8) == 0) size = at;
    }
  }
  return size;
}

/* Small enough to simulate in a moment. */
static bool is_small(const fsim_scenario *scenario) {
  fsim_expected expected;
  if (scenario->n_streams == 0 || scenario->horizon_s > 60 * 86400) return false;
  if (fsim_expect(scenario, NULL, &expected) != FSIM_OK) return false;
  return expected.visits < 1e5 && expected.leads < 1e5;
}

static void try_scenario(const char *bytes, size_t size) {
  static const char csv[] = "created,segment,days\n2026-01-06,smb,3\n2026-01-07,smb,4\n";
  static const char *const names[] = {"leads.csv", "open-deals.csv", "waits.csv"};
  const char *texts[] = {csv, csv, csv};
  const size_t lengths[] = {sizeof csv - 1, sizeof csv - 1, sizeof csv - 1};
  const char *sets[] = {"horizon=3 w", "warm_up=1 w"};
  fsim_report *report = fsim_report_new();
  fsim_source *source = NULL;
  fsim_scenario *scenario = NULL;
  fsim_shape *shape = NULL;
  int status = fsim_source_parse("fuzz.yaml", bytes, size, names, texts, lengths, 3, sets, 2,
                                 report, &source);
  if (status == FSIM_OK) status = fsim_source_realise(source, FSIM_CENTRAL, report, &scenario);
  if (status == FSIM_OK) status = fsim_shape_make(scenario, report, &shape);
  accepted += status == FSIM_OK;
  if (status == FSIM_OK && is_small(scenario)) {
    fsim_variant variant = {.source = source, .scenario = scenario, .shape = shape};
    fsim_outputs outputs = {0};
    fsim_outputs_options options = {.threads = 1};
    fsim_measure measure;
    status = fsim_measure_make(scenario, shape, "won", report, &measure);
    if (status == FSIM_OK)
      status = fsim_outputs_run(&variant, &measure, 1, 2, &options, report, &outputs);
    simulated += status == FSIM_OK;
    fsim_measure_free(&measure);
    fsim_outputs_free(&outputs);
  }
  if (status != FSIM_OK && fsim_report_message(report, 0) == NULL) {
    fprintf(stderr, "refused without a message\n");
    abort();
  }
  fsim_shape_free(shape);
  fsim_scenario_free(scenario);
  fsim_source_free(source);
  fsim_report_free(report);
}

int main(int argc, char **argv) {
  if (argc != 3) {
    fprintf(stderr, "usage: fuzz_inputs COUNT SEED\n");
    return 2;
  }
  gsl_set_error_handler_off();
  H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
  long count = strtol(argv[1], NULL, 10);
  uint64_t first = strtoull(argv[2], NULL, 10);
  if (add_folder(FSIM_SOURCE_DIR "/tests/model/corpus/good") != 0 ||
      add_folder(FSIM_SOURCE_DIR "/tests/model/corpus/bad") != 0 ||
      add_folder(FSIM_SOURCE_DIR "/scenarios") != 0 || add_folder(FSIM_SOURCE_DIR "/models") != 0) {
    fprintf(stderr, "the corpus cannot be read\n");
    return 1;
  }
  char *bytes = malloc(MOST_BYTES);
  if (bytes == NULL) return 1;
  for (long i = 0; i < count; i++) {
    state = (first + (uint64_t)i) * 0x9E3779B97F4A7C15u + 1;
    const seed *s = &seeds[draw(n_seeds)];
    memcpy(bytes, s->bytes, s->size);
    try_scenario(bytes, mutate(bytes, s->size));
  }
  printf("%ld mutated scenarios, %ld accepted, %ld simulated, no crash\n", count, accepted,
         simulated);
  free(bytes);
  for (size_t i = 0; i < n_seeds; i++) free(seeds[i].bytes);
  return 0;
}
