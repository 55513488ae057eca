/* YAML to trees: structure, places, and the messages for files that are no good. */
/* cmocka.h wants the others before it. */
/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/file.h"
#include "sim/base/text.h"
#include "sim/model/node.h"

typedef struct parsed {
  fsim_arena *arena;
  fsim_report *report;
  fsim_node *root;
  int status;
} parsed;

static parsed parse_bytes(const char *text, size_t length) {
  parsed p = {.arena = fsim_arena_new(), .report = fsim_report_new()};
  assert_non_null(p.arena);
  assert_non_null(p.report);
  p.status = fsim_yaml_parse("file.yaml", text, length, p.arena, p.report, &p.root);
  return p;
}

static parsed parse(const char *text) {
  return parse_bytes(text, strlen(text));
}

static void release(parsed *p) {
  fsim_arena_free(p->arena);
  fsim_report_free(p->report);
}

/* The text is refused at this place with these words in the message. */
static void refused_bytes(const char *text, size_t length, int line, int column,
                          const char *words) {
  parsed p = parse_bytes(text, length);
  assert_int_equal(p.status, FSIM_BAD_INPUT);
  assert_null(p.root);
  const fsim_message *message = fsim_report_message(p.report, 0);
  assert_non_null(message);
  if (!strstr(message->text, words)) fail_msg("'%s' lacks '%s'", message->text, words);
  assert_string_equal(message->file, "file.yaml");
  assert_int_equal(message->line, line);
  if (column >= 0) assert_int_equal(message->column, column);
  release(&p);
}

static void refused(const char *text, int line, int column, const char *words) {
  refused_bytes(text, strlen(text), line, column, words);
}

static void reads_maps_lists_and_scalars_with_their_places(void **state) {
  (void)state;
  parsed p = parse("# a comment\na: 1\nb: {c: [x, \"2\"], d:}\n");
  assert_int_equal(p.status, FSIM_OK);
  assert_int_equal(p.root->kind, FSIM_MAP);
  assert_int_equal(p.root->n_children, 2);
  const fsim_node *a = fsim_node_get(p.root, "a"), *b = fsim_node_get(p.root, "b");
  assert_string_equal(a->text, "1");
  assert_false(a->quoted);
  assert_int_equal(a->key_place.line, 2);
  assert_int_equal(a->key_place.column, 1);
  assert_int_equal(a->place.column, 4);
  assert_ptr_equal(a->parent, p.root);
  const fsim_node *c = fsim_node_get(b, "c"), *d = fsim_node_get(b, "d");
  assert_int_equal(c->kind, FSIM_LIST);
  assert_int_equal(c->n_children, 2);
  assert_null(c->child[0]->key);
  assert_true(c->child[1]->quoted);
  assert_int_equal(c->child[1]->place.line, 3);
  assert_int_equal(c->child[1]->place.column, 12);
  assert_int_equal(d->kind, FSIM_SCALAR);
  assert_string_equal(d->text, "");
  assert_null(fsim_node_get(p.root, "absent"));
  assert_null(fsim_node_get(a, "a"));
  release(&p);
}

static void expands_aliases_where_they_stand(void **state) {
  (void)state;
  parsed p = parse("a: &w {exponential: {mean: 3 d}}\nb: *w\nc: [*w]\n");
  assert_int_equal(p.status, FSIM_OK);
  const fsim_node *b = fsim_node_get(p.root, "b");
  assert_string_equal(b->key, "b");
  assert_string_equal(fsim_node_get(fsim_node_get(b, "exponential"), "mean")->text, "3 d");
  assert_ptr_equal(fsim_node_get(b, "exponential")->parent, b);
  const fsim_node *item = fsim_node_get(p.root, "c")->child[0];
  assert_null(item->key);
  assert_ptr_not_equal(item, fsim_node_get(p.root, "a"));
  release(&p);
}

static void refuses_broken_aliases(void **state) {
  (void)state;
  refused("a: *nowhere\n", 1, 4, "has no anchor");
  refused("a: &x [1, *x]\n", 1, 11, "inside what it refers to");
}

/* Ten aliases of ten aliases, nine levels deep: a billion nodes from a few lines. */
static void refuses_an_alias_bomb(void **state) {
  (void)state;
  fsim_text text = {0};
  fsim_text_append(&text, "l0: &l0 [x, x, x, x, x, x, x, x, x, x]\n");
  for (int level = 1; level < 10; level++) {
    fsim_text_append(&text, "l%d: &l%d [", level, level);
    for (int i = 0; i < 10; i++) fsim_text_append(&text, "%s*l%d", i ? ", " : "", level - 1);
    fsim_text_append(&text, "]\n");
  }
  assert_false(text.failed);
  refused(text.text, 6, -1, "more than 1000000 values");
  free(text.text);
}

static void refuses_what_is_nested_too_deep(void **state) {
  (void)state;
  enum { LEVELS = 5000 };
  static char text[LEVELS + 1];
  memset(text, '[', LEVELS);
  refused(text, 1, -1, "deep");
  fsim_text block = {0};
  for (int level = 0; level < 100; level++) fsim_text_append(&block, "%*sa:\n", level, "");
  refused(block.text, 65, -1, "deep");
  free(block.text);
  fsim_text chain = {0};
  fsim_text_append(&chain, "a0: &a0 [[[[[[[[x]]]]]]]]\n");
  for (int level = 1; level < 12; level++)
    fsim_text_append(&chain, "a%d: &a%d [[[[[[[[*a%d]]]]]]]]\n", level, level, level - 1);
  refused(chain.text, 8, -1, "deep");
  free(chain.text);
}

static void refuses_duplicate_keys_all_at_once(void **state) {
  (void)state;
  refused("a: 1\nb: 2\na: 3\n", 3, 1, "'a' stands here twice, first in line 1");
  parsed p = parse("a: {x: 1, x: 2}\nb: {y: 1, y: 2, y: 3}\n");
  assert_int_equal(p.status, FSIM_BAD_INPUT);
  assert_int_equal(fsim_report_count(p.report, FSIM_ERROR), 3);
  release(&p);
}

static void refuses_empty_files(void **state) {
  (void)state;
  refused("", 1, -1, "empty");
  refused(" \n\n", 1, -1, "empty");
  refused("\xef\xbb\xbf\n", 1, -1, "empty");
  refused("# only a comment\n", 1, -1, "empty");
}

static void refuses_binary_files(void **state) {
  (void)state;
  refused_bytes("\x89HDF\r\n\x1a\n", 8, 1, 1, "UTF-8");
  refused_bytes("a: 1\nb: \0\n", 10, 2, 4, "no text file");
  refused_bytes("a\0:\0", 4, 1, 2, "no text file");
  refused("a: caf\xe9\n", 1, 7, "UTF-8");
  refused("a: \xed\xa0\x80\n", 1, 4, "UTF-8");
  refused("a: \xc0\x80\n", 1, 4, "UTF-8");
}

static void refuses_a_huge_file(void **state) {
  (void)state;
  size_t length = (size_t)FSIM_MOST_FILE_BYTES + 1;
  char *text = malloc(length);
  assert_non_null(text);
  memset(text, ' ', length);
  refused_bytes(text, length, 1, -1, "more than the 16777216 allowed");
  free(text);
}

static void refuses_too_many_values(void **state) {
  (void)state;
  size_t n = FSIM_MOST_NODES + 10;
  char *text = malloc(2 * n + 8);
  assert_non_null(text);
  char *at = text;
  *at++ = '[';
  for (size_t i = 0; i < n; i++) {
    *at++ = '1';
    *at++ = ',';
  }
  *at++ = ']';
  refused_bytes(text, (size_t)(at - text), 1, -1, "more than 1000000 values");
  free(text);
}

static void points_at_tabs(void **state) {
  (void)state;
  refused("a:\n\tb: 1\n", 2, -1, "tab");
  refused("a:\n  b: 1\n \tc: 2\n", 3, -1, "tab");
}

static void refuses_several_documents(void **state) {
  (void)state;
  refused("a: 1\n---\nb: 2\n", 2, 1, "second document");
}

static void refuses_keys_that_are_no_names(void **state) {
  (void)state;
  refused("? [1, 2]\n: x\n", 1, 3, "a key must be a plain name");
  refused("a: &k x\n*k : y\n", 2, 1, "a key cannot be an alias");
  refused("a: !!int 3\n", 1, -1, "tags");
}

static void says_where_syntax_breaks(void **state) {
  (void)state;
  refused("a: {b: 1\nc: 2\n", 2, -1, "not YAML");
  refused("a: \"open\n", 1, -1, "not YAML");
  refused("a: b: c\n", 1, -1, "not YAML");
}

static void reads_a_byte_order_mark_and_crlf(void **state) {
  (void)state;
  parsed p = parse(
      "\xef\xbb\xbf"
      "a: 1\r\nb: caf\xc3\xa9\r\n");
  assert_int_equal(p.status, FSIM_OK);
  assert_string_equal(fsim_node_get(p.root, "a")->text, "1");
  assert_string_equal(fsim_node_get(p.root, "b")->text, "caf\xc3\xa9");
  release(&p);
}

static void copies_are_trees_of_their_own(void **state) {
  (void)state;
  parsed p = parse("a: [1, 2, 3, 4, 5]\n");
  fsim_node *copy = fsim_node_copy(p.arena, p.root);
  assert_non_null(copy);
  fsim_node *list = fsim_node_get(copy, "a");
  assert_ptr_equal(list->parent, copy);
  fsim_node *six = fsim_node_new(p.arena, FSIM_SCALAR, NULL, FSIM_NOWHERE);
  assert_int_equal(fsim_node_append(p.arena, list, six), 0);
  assert_int_equal(list->n_children, 6);
  assert_int_equal(fsim_node_get(p.root, "a")->n_children, 5);
  assert_string_equal(list->child[4]->text, "5");
  release(&p);
}

static void reads_every_shipped_file(void **state) {
  (void)state;
  static const char *const names[] = {"models/basic.yaml",      "models/marketing.yaml",
                                      "models/lead-gen.yaml",   "models/upsell.yaml",
                                      "models/cross-sell.yaml", "scenarios/five-funnels.yaml"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    char path[500];
    snprintf(path, sizeof path, "%s/%s", FSIM_SOURCE_DIR, names[i]);
    char *text;
    size_t length;
    assert_int_equal(fsim_read_file(path, FSIM_MOST_FILE_BYTES, FSIM_NOWHERE, NULL, &text, &length),
                     FSIM_OK);
    parsed p = parse_bytes(text, length);
    assert_int_equal(p.status, FSIM_OK);
    assert_true(p.root->n_children > 4);
    release(&p);
    free(text);
  }
}

static void the_arena_refuses_sizes_that_overflow(void **state) {
  (void)state;
  fsim_arena *arena = fsim_arena_new();
  assert_null(fsim_arena_get(arena, SIZE_MAX / 2, 3));
  assert_null(fsim_arena_get(arena, SIZE_MAX, 1));
  assert_null(fsim_arena_text(arena, "x", SIZE_MAX));
  char *small = fsim_arena_get(arena, 3, 1);
  char *large = fsim_arena_get(arena, 1, 200000);
  assert_non_null(small);
  assert_non_null(large);
  for (size_t i = 0; i < 200000; i++) assert_int_equal(large[i], 0);
  assert_int_equal((uintptr_t)fsim_arena_get(arena, 1, 1) % _Alignof(max_align_t), 0);
  fsim_arena_free(arena);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(reads_maps_lists_and_scalars_with_their_places),
      cmocka_unit_test(expands_aliases_where_they_stand),
      cmocka_unit_test(refuses_broken_aliases),
      cmocka_unit_test(refuses_an_alias_bomb),
      cmocka_unit_test(refuses_what_is_nested_too_deep),
      cmocka_unit_test(refuses_duplicate_keys_all_at_once),
      cmocka_unit_test(refuses_empty_files),
      cmocka_unit_test(refuses_binary_files),
      cmocka_unit_test(refuses_a_huge_file),
      cmocka_unit_test(refuses_too_many_values),
      cmocka_unit_test(points_at_tabs),
      cmocka_unit_test(refuses_several_documents),
      cmocka_unit_test(refuses_keys_that_are_no_names),
      cmocka_unit_test(says_where_syntax_breaks),
      cmocka_unit_test(reads_a_byte_order_mark_and_crlf),
      cmocka_unit_test(copies_are_trees_of_their_own),
      cmocka_unit_test(reads_every_shipped_file),
      cmocka_unit_test(the_arena_refuses_sizes_that_overflow),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
