/* One number and its change: "+5 pp", "-10 %", "x0.8", "+3 d", "60 / d".
 *
 * A change keeps the unit in which the number is written as far as that is exact. */
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/quantity.h"
#include "sim/model/keys.h"
#include "sim/model/source_tree.h"

fsim_amount fsim_amount_read(const char *text) {
  fsim_amount amount = {0, FSIM_NO_MEASURE};
  double value;
  if (fsim_parse_number(text, &value) == FSIM_QUANTITY_OK)
    amount = (fsim_amount){value, FSIM_PLAIN};
  else if (fsim_parse_share(text, &value) == FSIM_QUANTITY_OK)
    amount = (fsim_amount){value, FSIM_PERCENT};
  else if (fsim_parse_duration(text, &value) == FSIM_QUANTITY_OK)
    amount = (fsim_amount){value, FSIM_SECONDS};
  else if (fsim_parse_rate(text, &value) == FSIM_QUANTITY_OK)
    amount = (fsim_amount){value, FSIM_PER_SECOND};
  return amount;
}

/* ---- writing ---- */

typedef struct unit {
  const char *text;
  double seconds;
} unit;

/* Shortest decimal number that reads back as the same double. */
static void write_number(double value, char *text, size_t size) {
  double back;
  for (int digits = 6; digits <= 17; digits++) {
    snprintf(text, size, "%.*g", digits, value);
    if (fsim_parse_number(text, &back) == FSIM_QUANTITY_OK && back == value) return;
  }
}

static bool reads_back(const char *text, fsim_amount amount) {
  fsim_amount back = fsim_amount_read(text);
  return back.measure == amount.measure && back.value == amount.value;
}

/* In the largest unit that gives a short and exact text, else in seconds. */
static void write_timed(fsim_amount amount, char *text, size_t size) {
  static const unit durations[] = {{" d", FSIM_DAY}, {" h", FSIM_HOUR}, {" min", FSIM_MINUTE}};
  static const unit rates[] = {{" / d", FSIM_DAY}, {" / h", FSIM_HOUR}, {" / w", FSIM_WEEK}};
  bool rate = amount.measure == FSIM_PER_SECOND;
  for (size_t i = 0; i < 3; i++) {
    const unit *in = rate ? &rates[i] : &durations[i];
    double value = rate ? amount.value * in->seconds : amount.value / in->seconds;
    snprintf(text, size, "%.7g%s", value, in->text);
    if (fabs(value) >= 1 && reads_back(text, amount)) return;
  }
  char number[40];
  write_number(amount.value, number, sizeof number);
  snprintf(text, size, "%s%s", number, rate ? " / s" : " s");
}

char *fsim_amount_write(fsim_arena *arena, fsim_amount amount) {
  char text[60];
  if (amount.measure == FSIM_SECONDS || amount.measure == FSIM_PER_SECOND)
    write_timed(amount, text, sizeof text);
  else
    write_number(amount.value, text, sizeof text);
  return fsim_arena_text(arena, text, strlen(text));
}

/* ---- reading a change ---- */

/* Cuts "from NAME" off; only after something that can be a change. */
static int split_from(fsim_arena *arena, const char *text, fsim_step *step) {
  const char *from = strstr(text, " from ");
  size_t length = from ? (size_t)(from - text) : strlen(text);
  while (length > 0 && text[length - 1] == ' ') length--;
  char *front = fsim_arena_text(arena, text, length);
  if (!front) return -1;
  step->text = front;
  if (!from) return 0;
  from += strlen(" from ");
  while (*from == ' ') from++;
  step->from = from;
  return 0;
}

static bool read_times(const char *text, fsim_step *step) {
  double factor;
  if (text[0] != 'x') return false;
  text++;
  while (*text == ' ') text++;
  if (fsim_parse_number(text, &factor) != FSIM_QUANTITY_OK) return false;
  step->kind = FSIM_TIMES;
  step->by = (fsim_amount){factor, FSIM_PLAIN};
  return true;
}

static bool read_points(const char *text, fsim_step *step) {
  size_t length = strlen(text);
  char number[40];
  if (length < 3 || strcmp(text + length - 2, "pp") != 0) return false;
  length -= 2;
  while (length > 0 && text[length - 1] == ' ') length--;
  if (length == 0 || length >= sizeof number) return false;
  memcpy(number, text, length);
  number[length] = '\0';
  char in_percent[48];
  double value;
  /* Through "5 %", so that 5 pp is the same double as 0.05. */
  snprintf(in_percent, sizeof in_percent, "%s %%", number);
  if (fsim_parse_share(in_percent, &value) != FSIM_QUANTITY_OK) return false;
  step->kind = FSIM_PLUS;
  step->points = true;
  step->by = (fsim_amount){value, FSIM_PERCENT};
  return true;
}

static bool read_plus(const char *text, fsim_step *step) {
  double sign = text[0] == '-' ? -1 : 1;
  if (text[0] != '+' && text[0] != '-') return false;
  text++;
  while (*text == ' ') text++;
  if (!isdigit((unsigned char)*text) && *text != '.') return false;
  if (read_points(text, step)) {
    step->by.value *= sign;
    return true;
  }
  step->by = fsim_amount_read(text);
  if (step->by.measure == FSIM_NO_MEASURE) return false;
  step->kind = FSIM_PLUS;
  if (step->by.measure == FSIM_PERCENT) {
    step->kind = FSIM_TIMES;
    step->by = (fsim_amount){1 + sign * step->by.value, FSIM_PLAIN};
  } else {
    step->by.value *= sign;
  }
  return true;
}

int fsim_step_read(fsim_arena *arena, const fsim_node *value, fsim_report *report,
                   fsim_step *step) {
  *step = (fsim_step){.kind = FSIM_REPLACE, .text = value->text};
  if (value->kind != FSIM_SCALAR) return FSIM_OK;
  if (split_from(arena, value->text, step) != 0) return fsim_no_memory(report);
  if (read_times(step->text, step) || read_plus(step->text, step)) {
    if (step->kind == FSIM_TIMES && step->by.value < 0)
      return fsim_bad_input(report, value->place, "'%s' is a negative factor", value->text);
    return FSIM_OK;
  }
  if (step->from && fsim_amount_read(step->text).measure == FSIM_NO_MEASURE) {
    step->text = value->text; /* a title, say, with the word "from" in it */
    step->from = NULL;
  }
  return FSIM_OK;
}

/* ---- applying it ---- */

bool fsim_amount_step(fsim_amount old, const fsim_step *step, fsim_amount *after) {
  *after = old;
  if (old.measure == FSIM_NO_MEASURE) return false;
  if (step->kind == FSIM_TIMES) {
    after->value = old.value * step->by.value;
    return true;
  }
  bool old_share = old.measure == FSIM_PLAIN || old.measure == FSIM_PERCENT;
  bool by_share = step->by.measure == FSIM_PLAIN || step->by.measure == FSIM_PERCENT;
  bool zero = old.measure == FSIM_PLAIN && old.value == 0; /* a lone 0 needs no unit */
  if (!(old_share && by_share) && old.measure != step->by.measure && !zero) return false;
  if (zero && !by_share) after->measure = step->by.measure;
  after->value = old.value + step->by.value;
  return true;
}

static int change_scalar(fsim_arena *arena, fsim_node *node, const fsim_step *step,
                         fsim_place place, fsim_report *report) {
  fsim_amount after, old = fsim_amount_read(node->text);
  if (old.measure == FSIM_NO_MEASURE)
    return fsim_bad_input(report, place, "'%s' changes a number, but '%.60s' stands there",
                          step->text, node->text);
  if (!fsim_amount_step(old, step, &after))
    return fsim_bad_input(report, place, "'%s' does not fit '%s': give the same unit", step->text,
                          node->text);
  if (!isfinite(after.value))
    return fsim_bad_input(report, place, "'%s' applied to '%s' is too large", step->text,
                          node->text);
  char *text = fsim_amount_write(arena, after);
  if (!text) return fsim_no_memory(report);
  node->text = text;
  node->quoted = false;
  node->place = place;
  return FSIM_OK;
}

static fsim_node *add_scalar(fsim_arena *arena, fsim_node *map, const char *key, fsim_amount amount,
                             fsim_place place) {
  fsim_node *node = fsim_node_new(arena, FSIM_SCALAR, key, place);
  if (!node || fsim_node_append(arena, map, node) != 0) return NULL;
  node->text = fsim_amount_write(arena, amount);
  return node->text ? node : NULL;
}

static int change_part(fsim_arena *arena, fsim_node *map, const char *key, const fsim_step *step,
                       fsim_place place, fsim_report *report) {
  fsim_node *part = fsim_node_get(map, key);
  return part ? fsim_step_apply(arena, part, step, place, report) : FSIM_OK; /* or uncertain */
}

/* X becomes by * X or X + by: the law's scale or shift, and what bounds it. */
static int change_law(fsim_arena *arena, fsim_node *law, const fsim_step *step, fsim_place place,
                      fsim_report *report) {
  bool times = step->kind == FSIM_TIMES;
  const char *key = times ? "scale" : "shift";
  int status = FSIM_OK;
  if (times && !(step->by.value > 0))
    return fsim_bad_input(report, place, "'%s': a distribution needs a factor of more than 0",
                          step->text);
  if (fsim_node_get(law, key))
    status = change_part(arena, law, key, step, place, report);
  else if (!add_scalar(arena, law, key, step->by, place))
    return fsim_no_memory(report);
  if (status == FSIM_OK && times) status = change_part(arena, law, "shift", step, place, report);
  fsim_node *bounds = fsim_node_get(law, "truncate");
  if (bounds && status == FSIM_OK) status = change_part(arena, bounds, "min", step, place, report);
  if (bounds && status == FSIM_OK) status = change_part(arena, bounds, "max", step, place, report);
  return status;
}

int fsim_step_apply(fsim_arena *arena, fsim_node *target, const fsim_step *step, fsim_place place,
                    fsim_report *report) {
  if (target->kind == FSIM_SCALAR) return change_scalar(arena, target, step, place, report);
  bool uncertain = fsim_is_uncertain(target);
  if (uncertain) target = target->child[0];
  if (target->kind == FSIM_SCALAR) return change_scalar(arena, target, step, place, report);
  const fsim_shape *shape = fsim_shape_at(target);
  bool law = target->kind == FSIM_MAP && (uncertain || (shape && shape->kind == FSIM_SHAPE_LAW));
  if (!law)
    return fsim_bad_input(report, place,
                          "'%s' changes a number or a distribution, but a whole %s stands there",
                          step->text, target->kind == FSIM_MAP ? "map" : "list");
  return change_law(arena, target, step, place, report);
}
