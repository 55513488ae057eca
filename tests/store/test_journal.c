/* Commits that are cut short at any place: the file is as the commit before or as this one made it.
 */
#include "tests/store/fixture.h"

enum { HEAD = 24, ENTRY = 16, FIRST = 3, SECOND = 6, SCALE = 300 };

typedef struct bytes {
  uint8_t *at;
  size_t n;
} bytes;

static bytes read_file(const char *path) {
  struct stat info;
  FILE *file = fopen(path, "rb");
  assert_int_equal(stat(path, &info), 0);
  bytes all = {malloc((size_t)info.st_size + 1), (size_t)info.st_size};
  assert_true(file != NULL && all.at != NULL);
  assert_int_equal(fread(all.at, 1, all.n, file), all.n);
  fclose(file);
  return all;
}

static void write_file(const char *path, const uint8_t *at, size_t n) {
  FILE *file = fopen(path, "wb");
  assert_non_null(file);
  assert_int_equal(fwrite(at, 1, n, file), n);
  assert_int_equal(fclose(file), 0);
}

/* What two commits made of a file, and the journal of the second. */
typedef struct commits {
  fixture f;
  bytes first, second, journal;
  char path[300], journal_path[400];
} commits;

/* A journal that has a second name keeps its contents when the first is removed. */
static commits make_commits(const char *name) {
  commits c = {.f = fixture_usual()};
  char whole[300], partial[400], kept[400], journal[450];
  fixture_path(c.path, sizeof c.path, name);
  snprintf(whole, sizeof whole, "%s/store-%s-run.h5", FSIM_BINARY_DIR, name);
  snprintf(partial, sizeof partial, "%s.partial", whole);
  snprintf(journal, sizeof journal, "%s.journal", partial);
  snprintf(kept, sizeof kept, "%s.kept", whole);
  snprintf(c.journal_path, sizeof c.journal_path, "%s.journal", c.path);
  fsim_store_options options = made_up_options(whole, SECOND);
  fsim_store_writer *writer;
  fsim_pool *pool = fsim_pool_new(c.f.shape->n_histograms);
  assert_int_equal(
      fsim_store_create(c.f.source, c.f.scenario, c.f.shape, &options, c.f.report, &writer),
      FSIM_OK);
  made_up_run run = {0, FIRST, FIRST, SCALE};
  assert_int_equal(made_up_deliver(&c.f, &run, fsim_store_sink(writer), pool), FSIM_OK);
  c.first = read_file(partial);
  write_file(kept, c.first.at, 1);
  unlink(journal);
  assert_int_equal(link(kept, journal), 0);
  run = (made_up_run){FIRST, SECOND, SECOND - FIRST, SCALE};
  assert_int_equal(made_up_deliver(&c.f, &run, fsim_store_sink(writer), pool), FSIM_OK);
  assert_false(exists(journal));
  c.second = read_file(partial);
  c.journal = read_file(kept);
  fsim_store_close(writer);
  fsim_pool_free(pool);
  unlink(partial);
  unlink(kept);
  return c;
}

static void commits_free(commits *c) {
  free(c->first.at);
  free(c->second.at);
  free(c->journal.at);
  unlink(c->path);
  fixture_free(&c->f);
}

/* The file of the second commit in which only the first `done` entries of the journal have come to
 * their places, and `part` bytes of the next; how many entries there are. */
static size_t write_torn(const commits *c, size_t done, size_t part) {
  bytes torn = {malloc(c->second.n), c->second.n};
  size_t n = 0;
  assert_non_null(torn.at);
  memcpy(torn.at, c->second.at, c->second.n);
  for (size_t at = HEAD; at < c->journal.n; n++) {
    uint64_t address, length;
    memcpy(&address, c->journal.at + at, 8);
    memcpy(&length, c->journal.at + at + 8, 8);
    at += ENTRY + length;
    assert_true(at <= c->journal.n && address + length <= torn.n);
    if (n < done || address >= c->first.n) continue;
    size_t from = n == done && part < length ? part : 0;
    size_t end = address + length < c->first.n ? length : c->first.n - address;
    if (from < end) memcpy(torn.at + address + from, c->first.at + address + from, end - from);
  }
  write_file(c->path, torn.at, torn.n);
  free(torn.at);
  return n;
}

static void assert_holds(commits *c, uint32_t replications) {
  fsim_store_reader *reader;
  fsim_trajectory *rows;
  fsim_pool *pool;
  int status = fsim_store_open(c->path, c->f.report, &reader);
  if (status != FSIM_OK) fixture_show(c->f.report);
  assert_int_equal(status, FSIM_OK);
  assert_int_equal(fsim_store_replications(reader), replications);
  for (uint32_t r = 0; r < replications; r++) {
    assert_int_equal(fsim_store_rows(reader, r, c->f.report, &rows), FSIM_OK);
    for (size_t t = 0; t < FSIM_N_TABLES; t++)
      assert_int_equal(rows->rows[t], made_up_rows(r, t, SCALE));
    fsim_trajectory_free(rows);
  }
  assert_int_equal(fsim_store_pool(reader, c->f.report, &pool), FSIM_OK);
  assert_int_equal(pool->units, replications);
  fsim_pool_free(pool);
  fsim_store_reader_close(reader);
  assert_false(exists(c->journal_path));
}

static void a_commit_cut_short_is_finished(void **state) {
  (void)state;
  commits c = make_commits("torn");
  size_t n = write_torn(&c, 0, 0);
  assert_true(n > 10);
  for (size_t done = 0; done <= n; done++) {
    write_torn(&c, done, done % 40);
    write_file(c.journal_path, c.journal.at, c.journal.n);
    assert_holds(&c, SECOND);
  }
  commits_free(&c);
}

static void a_journal_cut_short_counts_for_nothing(void **state) {
  (void)state;
  commits c = make_commits("unbegun");
  for (size_t keep = 0; keep < c.journal.n; keep = 3 * keep + 1) {
    write_torn(&c, 0, 0);
    write_file(c.journal_path, c.journal.at, keep);
    assert_holds(&c, FIRST);
  }
  write_torn(&c, 0, 0);
  c.journal.at[c.journal.n / 2] ^= 1;
  write_file(c.journal_path, c.journal.at, c.journal.n);
  assert_holds(&c, FIRST);
  commits_free(&c);
}

/* Without the journal a file cut in the midst of a commit is of no use, so the test above proves
 * something. */
static void the_journal_is_needed(void **state) {
  (void)state;
  commits c = make_commits("needed");
  size_t n = write_torn(&c, 0, 0), wrong = 0;
  for (size_t done = 1; done < n; done++) {
    fsim_store_reader *reader = NULL;
    fsim_pool *pool = NULL;
    write_torn(&c, done, 0);
    if (fsim_store_open(c.path, c.f.report, &reader) != FSIM_OK) {
      wrong++;
      continue;
    }
    bool whole = fsim_store_pool(reader, c.f.report, &pool) == FSIM_OK;
    for (uint32_t r = 0; whole && r < fsim_store_replications(reader); r++) {
      fsim_trajectory *rows;
      whole = fsim_store_rows(reader, r, c.f.report, &rows) == FSIM_OK;
      fsim_trajectory_free(rows);
    }
    wrong += !whole;
    fsim_pool_free(pool);
    fsim_store_reader_close(reader);
  }
  assert_true(wrong > 0);
  commits_free(&c);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_commit_cut_short_is_finished),
      cmocka_unit_test(a_journal_cut_short_counts_for_nothing),
      cmocka_unit_test(the_journal_is_needed),
  };
  return cmocka_run_group_tests_name("journal", tests, NULL, NULL);
}
