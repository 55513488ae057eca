/* Trees as YAML text that reads back as the same tree. */
#include <string.h>

#include "sim/model/source_tree.h"

#define LONGEST_LINE 96

/* ---- scalars ---- */

static bool is_plain_char(unsigned char c) {
  if (c >= 0x80 || (c >= '0' && c <= '9')) return true;
  unsigned char letter = (unsigned char)(c | 0x20);
  if (letter >= 'a' && letter <= 'z') return true;
  return c != '\0' && strchr(" _.+-/%<>()=~;$^'", c) != NULL;
}

/* Fewer than YAML would allow, and right in every context. */
static bool is_plain(const char *text) {
  unsigned char first = (unsigned char)text[0];
  if (first == '\0' || first == ' ' || text[strlen(text) - 1] == ' ') return false;
  if (strchr("%'~=<>^", first)) return false;
  if (first == '-' && (text[1] == ' ' || text[1] == '-' || text[1] == '\0')) return false;
  if (strncmp(text, "...", 3) == 0) return false;
  for (const char *c = text; *c; c++) {
    bool inner_colon = *c == ':' && c > text && c[1] >= '0' && c[1] <= '9';
    if (!is_plain_char((unsigned char)*c) && !inner_colon) return false;
  }
  return true;
}

static void dump_quoted(const char *words, fsim_text *text) {
  fsim_text_append(text, "\"");
  for (const char *c = words; *c; c++) {
    unsigned char byte = (unsigned char)*c;
    if (byte == '"' || byte == '\\')
      fsim_text_append(text, "\\%c", *c);
    else if (byte == '\n')
      fsim_text_append(text, "\\n");
    else if (byte == '\t')
      fsim_text_append(text, "\\t");
    else if (byte < 0x20 || byte == 0x7f)
      fsim_text_append(text, "\\x%02x", byte);
    else
      fsim_text_append(text, "%c", *c);
  }
  fsim_text_append(text, "\"");
}

static void dump_words(const char *words, bool quoted, fsim_text *text) {
  if (!quoted && is_plain(words))
    fsim_text_append(text, "%s", words);
  else
    dump_quoted(words, text);
}

/* ---- maps and lists ---- */

void fsim_dump_flow(const fsim_node *node, fsim_text *text) {
  if (node->kind == FSIM_SCALAR) {
    dump_words(node->text, node->quoted, text);
    return;
  }
  bool map = node->kind == FSIM_MAP;
  fsim_text_append(text, map ? "{" : "[");
  for (size_t i = 0; i < node->n_children; i++) {
    if (i > 0) fsim_text_append(text, ", ");
    if (map) {
      dump_words(node->child[i]->key, false, text);
      fsim_text_append(text, ": ");
    }
    fsim_dump_flow(node->child[i], text);
  }
  fsim_text_append(text, map ? "}" : "]");
}

/* Characters that a node takes on one line, or more than `room`. */
static size_t flow_width(const fsim_node *node, size_t room) {
  size_t width = 2 + strlen(node->text);
  for (size_t i = 0; i < node->n_children && width <= room; i++) {
    width += 2 + (node->child[i]->key ? strlen(node->child[i]->key) + 2 : 0);
    width += flow_width(node->child[i], room);
  }
  return width;
}

/* `begun`: the first entry goes on in the line of its dash. */
static void dump_block(const fsim_node *node, size_t indent, bool begun, fsim_text *text) {
  for (size_t i = 0; i < node->n_children; i++) {
    const fsim_node *child = node->child[i];
    if (i > 0 || !begun) fsim_text_append(text, "%*s", (int)indent, "");
    if (node->kind == FSIM_MAP) {
      dump_words(child->key, false, text);
      fsim_text_append(text, ":");
    } else {
      fsim_text_append(text, "-");
    }
    size_t used = indent + 2 + (child->key ? strlen(child->key) : 0);
    size_t room = used < LONGEST_LINE ? LONGEST_LINE - used : 0;
    if (child->n_children == 0 || flow_width(child, room) <= room) {
      fsim_text_append(text, " ");
      fsim_dump_flow(child, text);
      fsim_text_append(text, "\n");
    } else {
      bool go_on = node->kind == FSIM_LIST && child->kind == FSIM_MAP;
      fsim_text_append(text, go_on ? " " : "\n");
      dump_block(child, indent + 2, go_on, text);
    }
  }
}

void fsim_dump_tree(const fsim_node *root, fsim_text *text) {
  if (root->n_children > 0) {
    dump_block(root, 0, false, text);
  } else {
    fsim_dump_flow(root, text);
    fsim_text_append(text, "\n");
  }
}
