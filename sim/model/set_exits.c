/* Changed exits: what one exit gains, the others lose.
 *
 * The probabilities of a stage's exits, `rest` resolved, always sum to 1. The changed exits get
 * their new values; the others keep their proportions among what remains, or one of them gives all
 * ("+5 pp from lost"). An exit written as `rest` stays so. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/array.h"
#include "sim/model/keys.h"
#include "sim/model/source_tree.h"

#define ROUNDING 1e-9

typedef struct share {
  fsim_node *exit;
  fsim_node *node; /* with the probability; NULL in a race */
  double before, after;
  bool rest, known, changed;
} share;

fsim_node *fsim_exit_probability(fsim_node *exit) {
  if (exit->kind == FSIM_SCALAR || fsim_is_uncertain(exit)) return exit;
  return fsim_node_get(exit, "probability");
}

static bool share_of(const fsim_node *node, double *value) {
  if (!node || node->kind != FSIM_SCALAR) return false;
  fsim_amount amount = fsim_amount_read(node->text);
  *value = amount.value;
  return amount.measure == FSIM_PLAIN || amount.measure == FSIM_PERCENT;
}

/* True when all probabilities are numbers, or one of them is `rest`. */
static bool read_shares(fsim_node *exits, share *shares) {
  double sum = 0;
  size_t n_rest = 0;
  bool all = true;
  for (size_t i = 0; i < exits->n_children; i++) {
    share *s = &shares[i];
    s->exit = exits->child[i];
    s->node = fsim_exit_probability(s->exit);
    s->rest = s->node && s->node->kind == FSIM_SCALAR && strcmp(s->node->text, "rest") == 0;
    s->known = share_of(s->node, &s->before);
    if (s->known) sum += s->before;
    n_rest += s->rest;
    all = all && (s->rest || s->known);
  }
  for (size_t i = 0; i < exits->n_children; i++) {
    if (shares[i].rest) shares[i].before = sum < 1 ? 1 - sum : 0;
    shares[i].after = shares[i].before;
  }
  return all && n_rest <= 1;
}

static share *find(share *shares, size_t n, const char *name) {
  for (size_t i = 0; i < n; i++)
    if (strcmp(shares[i].exit->key, name) == 0) return &shares[i];
  return NULL;
}

static int out_of_range(const fsim_setting *setting, const share *s, double after,
                        fsim_report *report) {
  return fsim_bad_input(report, setting->entry->place,
                        "'%s' makes the probability of %s %.6g, from %.6g: expected 0 to 1",
                        setting->step.text, s->exit->key, after, s->before);
}

/* The value of `set` as a scalar: the exit's own or its probability. */
static const fsim_node *value_node(const fsim_setting *setting) {
  const fsim_node *part = fsim_node_get(setting->entry, "probability");
  return part ? part : setting->entry;
}

static int wanted(const fsim_setting *setting, share *s, fsim_report *report) {
  double after;
  if (setting->step.kind == FSIM_REPLACE) {
    const fsim_node *value = value_node(setting);
    const char *text = value == setting->entry ? setting->step.text : value->text;
    fsim_node plain = {.kind = value->kind, .text = text};
    if (!share_of(&plain, &after))
      return fsim_bad_input(report, value->place,
                            "expected a probability from 0 to 1, or a change such as +5 pp");
  } else {
    fsim_amount amount;
    if (!fsim_amount_step((fsim_amount){s->before, FSIM_PLAIN}, &setting->step, &amount) ||
        amount.measure != FSIM_PLAIN)
      return fsim_bad_input(report, setting->entry->place,
                            "'%s' does not fit a probability: write +5 pp, -10 %% or x0.8",
                            setting->step.text);
    after = amount.value;
  }
  if (after < 0 && after > -ROUNDING) after = 0;
  if (after > 1 && after < 1 + ROUNDING) after = 1;
  if (!(after >= 0 && after <= 1)) return out_of_range(setting, s, after, report);
  s->after = after;
  s->changed = true;
  return FSIM_OK;
}

/* The exit named by "from" gives what this one gains. */
static int give(const fsim_setting *setting, const share *gaining, share *shares, size_t n,
                fsim_report *report) {
  if (!setting->step.from) return FSIM_OK;
  share *giving = find(shares, n, setting->step.from);
  if (!giving || giving == gaining) {
    const char **known = fsim_zeroed(n, sizeof *known);
    if (!known) return fsim_no_memory(report);
    size_t n_known = 0;
    for (size_t i = 0; i < n; i++)
      if (&shares[i] != gaining) known[n_known++] = shares[i].exit->key;
    int status = fsim_unknown_name(report, setting->entry->place, "exit after 'from',",
                                   setting->step.from, known, n_known);
    free(known);
    return status;
  }
  double after = giving->after - (gaining->after - gaining->before);
  if (after < 0 && after > -ROUNDING) after = 0;
  if (!(after >= 0 && after <= 1))
    return fsim_bad_input(report, setting->entry->place, "'%s' takes more from %s than its %.6g",
                          setting->entry->text, giving->exit->key, giving->before);
  giving->after = after;
  giving->changed = true;
  return FSIM_OK;
}

/* What remains for the exits that nobody changed, in their proportions. */
static int share_out(share *shares, size_t n, const fsim_setting *setting, fsim_report *report) {
  double taken = 0, others = 0;
  size_t n_others = 0;
  bool rest = false;
  for (size_t i = 0; i < n; i++) {
    if (shares[i].changed) {
      taken += shares[i].after;
    } else {
      others += shares[i].before;
      rest = rest || shares[i].rest;
      n_others++;
    }
  }
  double left = 1 - taken;
  if (left < -ROUNDING)
    return fsim_bad_input(report, setting->entry->place,
                          "the exits that are set sum to %.6g: more than 1 (path %s)", taken,
                          setting->entry->key);
  if (left < 0) left = 0;
  if (fabs(left - others) < 1e-12) return FSIM_OK; /* "from" took it all */
  if (others > 0) {
    for (size_t i = 0; i < n; i++)
      if (!shares[i].changed) shares[i].after = shares[i].before * (left / others);
  } else if (left > ROUNDING && !rest) {
    return fsim_bad_input(
        report, setting->entry->place, "%.6g is left over and %s: set the others as well", left,
        n_others ? "all other exits have the probability 0" : "every exit is set");
  }
  return FSIM_OK;
}

static int write_shares(fsim_arena *arena, const share *shares, size_t n, fsim_place place,
                        fsim_report *report) {
  for (size_t i = 0; i < n; i++) {
    const share *s = &shares[i];
    if (s->rest || s->after == s->before) continue;
    char *text = fsim_amount_write(arena, (fsim_amount){s->after, FSIM_PLAIN});
    if (!text) return fsim_no_memory(report);
    s->node->text = text;
    s->node->quoted = false;
    if (s->changed) s->node->place = place;
  }
  return FSIM_OK;
}

static void note_effect(fsim_setting *const *settings, size_t n_settings, const share *shares,
                        size_t n, fsim_report *notes) {
  const fsim_setting *setting = settings[0];
  fsim_text text = {0}, path = {0};
  for (size_t i = 0; i < n; i++)
    if (shares[i].after != shares[i].before)
      fsim_text_append(&text, "%s%s %.4g -> %.4g", text.length ? ", " : "", shares[i].exit->key,
                       shares[i].before, shares[i].after);
  if (n_settings > 1)
    fsim_path_text(setting->exit->parent, &path);
  else
    fsim_text_append(&path, "%s %s", setting->entry->key,
                     setting->entry->kind == FSIM_SCALAR ? setting->entry->text : "is set");
  if (!text.failed && !path.failed && text.length > 0)
    fsim_note(notes, setting->entry->place, "%s: %s%s", path.text, text.text,
              setting->step.from ? "" : " (the exits that are not set give way in proportion)");
  free(path.text);
  free(text.text);
}

/* Where a probability is uncertain or missing there is nothing to share out: plain replacement. */
static int set_alone(fsim_arena *arena, const fsim_setting *setting, fsim_report *report) {
  fsim_node *exit = setting->exit, *node = fsim_exit_probability(exit);
  if (setting->step.from)
    return fsim_bad_input(report, setting->entry->place,
                          "'from %s' needs numbers as the probabilities of all exits",
                          setting->step.from);
  if (!node && setting->entry->kind == FSIM_SCALAR)
    return fsim_bad_input(report, setting->entry->place,
                          "%s has no probability (exits race): set its wait", exit->key);
  if (setting->step.kind != FSIM_REPLACE)
    return fsim_step_apply(arena, node, &setting->step, setting->entry->place, report);
  bool whole = fsim_node_get(setting->entry, "probability") != NULL;
  fsim_node *old = whole || !node ? exit : node;
  fsim_node *copy = fsim_node_copy(arena, setting->entry);
  if (!copy) return fsim_no_memory(report);
  copy->text = setting->step.text;
  copy->key = old->key;
  copy->key_place = old->key_place;
  copy->parent = old->parent;
  for (size_t i = 0; i < old->parent->n_children; i++)
    if (old->parent->child[i] == old) old->parent->child[i] = copy;
  return FSIM_OK;
}

/* An exit that is given anew as a map has its other parts replaced, too. */
static int replace_parts(fsim_arena *arena, const fsim_setting *setting, share *s,
                         fsim_report *report) {
  if (!fsim_node_get(setting->entry, "probability")) return FSIM_OK;
  int status = set_alone(arena, setting, report);
  if (status != FSIM_OK) return status;
  s->exit = fsim_node_get(s->exit->parent, s->exit->key);
  s->node = fsim_exit_probability(s->exit);
  return FSIM_OK;
}

static bool is_number(const fsim_setting *setting) {
  return value_node(setting)->kind == FSIM_SCALAR && strcmp(value_node(setting)->text, "rest") != 0;
}

static int set_together(fsim_arena *arena, share *shares, size_t n_shares,
                        fsim_setting *const *settings, size_t n, fsim_report *notes,
                        fsim_report *report) {
  int status = FSIM_OK;
  for (size_t i = 0; i < n && status == FSIM_OK; i++)
    status = wanted(settings[i], find(shares, n_shares, settings[i]->exit->key), report);
  for (size_t i = 0; i < n && status == FSIM_OK; i++)
    status =
        give(settings[i], find(shares, n_shares, settings[i]->exit->key), shares, n_shares, report);
  if (status == FSIM_OK) status = share_out(shares, n_shares, settings[0], report);
  for (size_t i = 0; i < n && status == FSIM_OK; i++)
    status =
        replace_parts(arena, settings[i], find(shares, n_shares, settings[i]->exit->key), report);
  if (status != FSIM_OK) return status;
  if (notes) note_effect(settings, n, shares, n_shares, notes);
  return write_shares(arena, shares, n_shares, settings[0]->entry->place, report);
}

int fsim_set_exits(fsim_arena *arena, fsim_node *exits, fsim_setting *const *settings, size_t n,
                   fsim_report *notes, fsim_report *report) {
  size_t n_shares = exits->n_children;
  share *shares = fsim_zeroed(n_shares, sizeof *shares);
  if (!shares) return fsim_no_memory(report);
  bool numbers = read_shares(exits, shares);
  for (size_t i = 0; i < n; i++) numbers = numbers && is_number(settings[i]);
  int status = FSIM_OK;
  if (numbers) {
    status = set_together(arena, shares, n_shares, settings, n, notes, report);
  } else {
    for (size_t i = 0; i < n && status == FSIM_OK; i++)
      status = set_alone(arena, settings[i], report);
  }
  free(shares);
  return status;
}
