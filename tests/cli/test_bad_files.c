/* Wrong files given to the built program: each gets a message with its place and a remedy, status 1
 * or 2, and nothing is written or lost. */
#include <hdf5.h>

#include "shell.h"

static const char scenario[] =
    "scenario: tiny\nmodels: [one]\nstart: 2026-01-05\nhorizon: 8 w\nreplications: 4\nseed: 7\n"
    "attributes: {segment: [smb, enterprise]}\n"
    "streams:\n  past: {into: one, csv: {file: leads.csv, date: created, attributes: {segment: "
    "segment}}}\n";
static const char model[] =
    "funnel: one\nentry: talk\nstages:\n  talk:\n    wait: {exponential: {mean: 4 d}}\n"
    "    exits: {won: 0.5, lost: rest}\noutcomes: {won: {counts_as: win}, lost: {}}\n";
static const char leads[] =
    "created,segment\n2026-01-06,smb\n2026-01-09 10:30,enterprise\n2026-02-01,smb\n";

static void begin_good(void) {
  put_text("s.yaml", scenario);
  put_text("one.yaml", model);
  put_text("leads.csv", leads);
}

/* `command` must end with this status (0: 1 or 2), say `words` (NULL: anything) on stderr, and
 * leave no file `written` behind. */
static void refused(const char *command, int status, const char *words, const char *written) {
  static char out[1 << 15];
  char line[1024];
  snprintf(line, sizeof line, "%s 2>&1 >/dev/null | tr -s ' \\n' ' '", command);
  shell(line, out, sizeof out);
  int found = quietly(command);
  if (status == 0 ? found != 1 && found != 2 : found != status)
    fail_msg("%s: status %d, said %s", command, found, out);
  if (out[0] == '\0') fail_msg("%s: said nothing", command);
  if (words != NULL && strstr(out, words) == NULL)
    fail_msg("%s: no \"%s\" in: %s", command, words, out);
  snprintf(line, sizeof line, "test -e %s", written == NULL ? "nothing" : written);
  if (quietly(line) == 0) fail_msg("%s: left %s", command, written);
}

#define RUN PROGRAM " run s.yaml -o out.h5 -q --no-summary"

/* ---- tables ---- */

static void broken_tables(void **state) {
  (void)state;
  static const struct {
    const char *csv, *words;
  } wrong[] = {
      {"", "leads.csv"},
      {"when,segment\n2026-01-06,smb\n", "created"},
      {"creatd,segment\n2026-01-06,smb\n", "creatd"},
      {"created\n2026-01-06\n", "segment"},
      {"created,segment\n2026-01-06,smb\n2026-02-30,smb\n", "leads.csv:3:"},
      {"created,segment\n2026-01-06,smb\nsoon,smb\n", "leads.csv:3:"},
      {"created,segment\n2026-01-06,smb\n2026-01-07,huge\n", "leads.csv:3:"},
      {"created,segment\n2026-01-06,smb\n2026-01-07\n", "leads.csv:3:"},
      {"created,segment\n2026-01-06,smb\n\"2026-01-07,smb\n", "leads.csv:3:"},
      {"created,segment\n2026-01-06,sm\xe4\n", "leads.csv:2:"},
  };
  begin_good();
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    put_text("leads.csv", wrong[i].csv);
    refused(RUN, 2, wrong[i].words, "out.h5");
  }
  put("leads.csv", "created,segment\n2026\0-01-06,smb\n", 32);
  refused(RUN, 2, "leads.csv:2", "out.h5");
  assert_int_equal(quietly("rm leads.csv"), 0);
  refused(RUN, 2, "leads.csv", "out.h5");
}

/* A byte order mark, carriage returns and semicolons are what spreadsheets write: the same leads.
 */
static void tables_of_spreadsheets(void **state) {
  (void)state;
  static char plain[1 << 16], odd[1 << 16];
  begin_good();
  assert_int_equal(quietly(RUN), 0);
  assert_int_equal(shell(PROGRAM " summary --json out.h5", plain, sizeof plain), 0);
  put_text("leads.csv",
           "\xef\xbb\xbf"
           "created;segment\r\n2026-01-06;smb\r\n\"2026-01-09 10:30\";enterprise\r\n"
           "2026-02-01;smb\r\n");
  assert_int_equal(quietly(RUN " --force"), 0);
  assert_int_equal(shell(PROGRAM " summary --json out.h5", odd, sizeof odd), 0);
  assert_string_equal(plain, odd);
  assert_int_equal(quietly("rm out.h5"), 0);
}

/* ---- size ---- */

static void huge_files(void **state) {
  (void)state;
  begin_good();
  assert_int_equal(quietly("truncate -s 5G s.yaml"), 0);
  refused(RUN, 2, "s.yaml", "out.h5");
  begin_good();
  assert_int_equal(quietly("truncate -s 5G one.yaml"), 0);
  refused(RUN, 2, "one.yaml", "out.h5");
  assert_int_equal(quietly("rm s.yaml one.yaml"), 0);
}

/* ---- where to write ---- */

static void no_place_to_write(void **state) {
  (void)state;
  begin_good();
  refused(PROGRAM " run s.yaml -q --no-summary -o nowhere/out.h5", 0, "nowhere", "nowhere");
  assert_int_equal(quietly("mkdir taken.h5"), 0);
  refused(PROGRAM " run s.yaml -q --no-summary -o taken.h5", 0, "taken.h5", "taken.h5.partial");
  refused(PROGRAM " run s.yaml -q --no-summary -o taken.h5 --force", 0, "taken.h5",
          "taken.h5.partial");
  if (geteuid() == 0) return; /* nothing is closed to root */
  assert_int_equal(quietly("mkdir closed && chmod 500 closed"), 0);
  refused(PROGRAM " run s.yaml -q --no-summary -o closed/out.h5", 0, "closed", "closed/out.h5");
}

/* ---- result files ---- */

static void make_result(void) {
  begin_good();
  assert_int_equal(quietly(RUN " --trajectories all --force"), 0);
  assert_int_equal(quietly("cp out.h5 good.h5"), 0);
}

/* Everything that reads a result file, on bad.h5; what it is stays as it is. */
static void nobody_reads(const char *words) {
  static const char *const readers[] = {PROGRAM " summary bad.h5",
                                        PROGRAM " summary --json bad.h5",
                                        PROGRAM " trace bad.h5 --replication 0 --lead past/0",
                                        PROGRAM " compare good.h5 bad.h5",
                                        PROGRAM " sensitivity bad.h5",
                                        PROGRAM " run --extend 2 bad.h5 -q --no-summary"};
  assert_int_equal(quietly("cp bad.h5 before.h5"), 0);
  for (size_t i = 0; i < sizeof readers / sizeof *readers; i++) {
    refused(readers[i], 0, words, "bad.h5.partial");
    assert_int_equal(quietly("cmp bad.h5 before.h5"), 0);
  }
}

static void files_that_are_no_results(void **state) {
  (void)state;
  make_result();
  put_text("bad.h5", "");
  refused(PROGRAM " summary bad.h5", 0, "bad.h5", NULL);
  put_text("bad.h5", "scenario: not this\n");
  refused(PROGRAM " summary bad.h5", 0, "bad.h5", NULL);
  assert_int_equal(quietly("head -c 3000 good.h5 > bad.h5"), 0);
  nobody_reads("bad.h5");
  assert_int_equal(quietly("rm bad.h5"), 0);
  refused(PROGRAM " summary bad.h5", 0, "bad.h5", "bad.h5");
  /* another program's */
  char path[256];
  snprintf(path, sizeof path, "%s/bad.h5", folder);
  hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  assert_true(file >= 0);
  hid_t group = H5Gcreate2(file, "measurements", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  assert_true(group >= 0);
  H5Gclose(group);
  H5Fclose(file);
  nobody_reads("bad.h5");
}

/* A byte turned over anywhere: a message or the right numbers, never a crash. */
static void damaged_bytes(void **state) {
  (void)state;
  make_result();
  char path[256];
  snprintf(path, sizeof path, "%s/good.h5", folder);
  FILE *file = fopen(path, "rb");
  assert_non_null(file);
  static unsigned char bytes[1 << 22];
  size_t size = fread(bytes, 1, sizeof bytes, file);
  fclose(file);
  assert_in_range(size, 1000, sizeof bytes - 1);
  uint64_t random = 88172645463325252u; /* xorshift: Marsaglia 2003 */
  size_t refusals = 0;
  for (int i = 0; i < 60; i++) {
    random ^= random << 13;
    random ^= random >> 7;
    random ^= random << 17;
    size_t at = i < 20 ? (size_t)i * 5 : random % size; /* the head, then anywhere */
    bytes[at] ^= 0x55;
    put("bad.h5", bytes, size);
    bytes[at] ^= 0x55;
    int status = quietly(PROGRAM " summary bad.h5");
    if (status > 2) fail_msg("byte %zu: summary ended with %d", at, status);
    refusals += status != 0;
    status = quietly(PROGRAM " summary --from-trajectories bad.h5");
    if (status > 2) fail_msg("byte %zu: summary from rows ended with %d", at, status);
  }
  assert_true(refusals > 5);
}

static void what_is_there_stays(void **state) {
  (void)state;
  make_result();
  refused(RUN, 2, "--force", NULL); /* out.h5 exists */
  assert_int_equal(quietly("cmp out.h5 good.h5"), 0);
  put_text("leads.csv", "created,segment\nnever,smb\n");
  refused(RUN " --force", 2, "leads.csv:2", NULL); /* a mistake before anything is replaced */
  assert_int_equal(quietly("cmp out.h5 good.h5"), 0);
  put_text("out2.h5.partial", "not HDF5");
  begin_good();
  refused(PROGRAM " run s.yaml -o out2.h5 -q --no-summary --resume", 0, "out2.h5", "out2.h5");
}

int main(void) {
  H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(broken_tables),
      cmocka_unit_test(tables_of_spreadsheets),
      cmocka_unit_test(huge_files),
      cmocka_unit_test(no_place_to_write),
      cmocka_unit_test(files_that_are_no_results),
      cmocka_unit_test(damaged_bytes),
      cmocka_unit_test(what_is_there_stays),
  };
  return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
