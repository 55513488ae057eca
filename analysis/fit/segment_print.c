#include "analysis/fit/segment_print.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/text.h"

/* One factor of one value. */
typedef struct factor {
  const char *what; /* "odds of", "wait to", "rate of", "value" */
  const char *exit; /* "" for values */
  double own, pooled, low, high;
} factor;

static factor factor_of(const char *what, const char *exit, double own, double pooled,
                        double error) {
  return (factor){what,
                  exit,
                  exp(own),
                  exp(pooled),
                  exp(pooled - 1.959964 * error),
                  exp(pooled + 1.959964 * error)};
}

static factor stage_factor(const fsim_log *log, const fsim_fitted_funnel *f, size_t s,
                           const fsim_segment_term *term, size_t value, size_t effect) {
  const fsim_stage_segments *segments = &f->segments[s];
  const size_t at = value * segments->n_effects + effect;
  const bool rates = segments->rate != NULL, odds = !rates && effect + 1 < segments->n_classes;
  const size_t class = rates ? effect : odds ? effect + 1 : effect + 1 - segments->n_classes;
  const char *exit = class < segments->n_exits
                         ? fsim_fitted_exit_name(f, s, segments->exit_of[class])
                         : f->outcome[fsim_outcome_of_never(&log->funnels[f->stays.funnel])];
  return factor_of(rates  ? "rate of"
                   : odds ? "odds of"
                          : "wait to",
                   exit, term->raw[at], term->effect[at], term->error[at]);
}

/* Of values the common geometric mean is 1. */
static factor value_factor(const fsim_fitted_funnel *f, size_t value) {
  const fsim_value_segments *v = &f->value_segments;
  double sum = 0, n = 0;
  for (size_t i = 0; i < v->n_values; i++) {
    sum += (double)v->of[i].n * log(v->of[i].raw);
    n += (double)v->of[i].n;
  }
  return factor_of("value", "", log(v->of[value].raw) - sum / n, log(v->of[value].pooled) - sum / n,
                   v->of[value].error);
}

/* ---- words ---- */

#define NAME_WIDTH 18
#define NAME_TAIL 9

static bool continues_letter(char byte) {
  return ((unsigned char)byte & 0xC0) == 0x80;
}

/* Long names often differ in their last letters only ("organizational unit 65455"), so these stay:
 * "organiz..nit 65455". Letters of several bytes are kept whole. */
static void shorten(const char *name, char shown[NAME_WIDTH + 1]) {
  const size_t length = strlen(name);
  size_t head = NAME_WIDTH - NAME_TAIL - 2;
  if (length <= NAME_WIDTH) {
    memcpy(shown, name, length + 1);
    return;
  }
  while (head > 0 && continues_letter(name[head])) head--;
  size_t tail = length - NAME_TAIL;
  while (continues_letter(name[tail])) tail++;
  memcpy(shown, name, head);
  memcpy(shown + head, "..", 2);
  memcpy(shown + head + 2, name + tail, length - tail + 1);
}

static void print_factor(const char *value, size_t n, const factor *x, bool first, FILE *out) {
  fsim_text what = {0};
  fsim_text_append(&what, "%s%s%s", x->what, *x->exit ? " " : "", x->exit);
  char name[NAME_WIDTH + 1];
  shorten(value, name);
  if (first)
    fprintf(out, "  %-*s %6zu", NAME_WIDTH, name, n);
  else
    fprintf(out, "  %-*s %6s", NAME_WIDTH, "", "");
  fprintf(out, "  %-20.20s %6.2f %7.2f   %.2f to %.2f\n", what.failed ? "" : what.text, x->own,
          x->pooled, x->low, x->high);
  free(what.text);
}

static void print_chance(double p, FILE *out) {
  if (p < 0.001)
    fprintf(out, "less than 1 in 1000");
  else
    fprintf(out, "%.1f in 100", 100 * p);
}

static void print_head(const char *where, const char *attribute, double p, const char *cases,
                       FILE *out) {
  fprintf(out, "\n%s differs by %s (by chance alone: ", where, attribute);
  print_chance(p, out);
  fprintf(out, ")\n  %-18s %6s  %-20s %6s %7s   %s\n", attribute, cases, "factor", "own", "pooled",
          "95 % interval");
}

static void print_term(const fsim_log *log, const fsim_fitted_funnel *f, size_t s,
                       const fsim_segment_term *term, FILE *out) {
  const fsim_fitted_attribute *attribute = &f->attributes.attribute[term->attribute];
  print_head(f->stage[s].name, attribute->name, term->p, "stays", out);
  for (size_t v = 0; v < term->n_values; v++) {
    for (size_t j = 0; j < f->segments[s].n_effects && term->n[v] > 0; j++) {
      const factor x = stage_factor(log, f, s, term, v, j);
      print_factor(attribute->value[v], term->n[v], &x, j == 0, out);
    }
  }
}

/* The pairs are said strongest first; more than a few would hide the rest. */
#define MOST_PAIRS 3

static void print_pairs(const fsim_fitted_attributes *a, FILE *out) {
  for (size_t i = 0; i < a->n_pairs && i < MOST_PAIRS; i++)
    fprintf(out, "%s%s and %s depend on each other (Cramer's V %.2f)\n", i == 0 ? "\n" : "",
            a->attribute[a->pair[i].first].name, a->attribute[a->pair[i].second].name,
            a->pair[i].v);
  if (a->n_pairs > MOST_PAIRS)
    fprintf(out, "  and %zu more pairs of attributes\n", a->n_pairs - MOST_PAIRS);
  if (a->n_pairs > 0)
    fprintf(out,
            "  (new cases of the scenario have attributes independently of each other: do not "
            "trust their figures by two of these at once)\n");
}

static void print_rare(const fsim_log *log, const fsim_fitted_attributes *attributes, FILE *out) {
  bool first = true;
  for (size_t i = 0; i < attributes->n; i++) {
    const fsim_fitted_attribute *a = &attributes->attribute[i];
    const size_t levels = log->attributes[a->of_log].levels.n;
    size_t last = 0;
    for (size_t l = 0; l < levels; l++) last += (size_t)a->value_of[l] + 1 == a->n_values;
    if (a->n_values < 2 || last < 2) continue;
    fprintf(out,
            "%s%s: the %zu rarest of its %zu values count as other (an attribute may have %d "
            "values, all together %d combinations: leave out attributes that matter less)\n",
            first ? "\n" : "", a->name, last, last + a->n_values - 1, FSIM_MOST_ATTRIBUTE_VALUES,
            FSIM_MOST_COMBINATIONS);
    first = false;
  }
}

void fsim_segments_print(const fsim_log *log, const fsim_fitted_funnel *f, FILE *out) {
  print_rare(log, &f->attributes, out);
  print_pairs(&f->attributes, out);
  if (f->attributes.n == 0 || f->segments == NULL) return;
  size_t splits = 0;
  for (size_t s = 0; s < f->n_stages; s++) {
    for (size_t t = 0; t < f->segments[s].n_terms; t++, splits++)
      print_term(log, f, s, &f->segments[s].term[t], out);
  }
  const fsim_value_segments *values = &f->value_segments;
  if (values->attribute != SIZE_MAX) {
    const fsim_fitted_attribute *attribute = &f->attributes.attribute[values->attribute];
    print_head("the value of wins", attribute->name, values->p, "wins", out);
    for (size_t v = 0; v < values->n_values; v++) {
      if (values->of[v].n == 0) continue;
      const factor x = value_factor(f, v);
      print_factor(attribute->value[v], values->of[v].n, &x, true, out);
    }
  } else if (splits == 0) {
    fprintf(out, "\nNo difference between values of");
    for (size_t a = 0; a < f->attributes.n; a++)
      fprintf(out, "%s %s", a ? "," : "", f->attributes.attribute[a].name);
    fprintf(out, " beyond chance: nothing is split.\n");
  }
}

/* ---- JSON ---- */

json_t *fsim_attribute_pairs_json(const fsim_fitted_attributes *a) {
  json_t *list = json_array();
  int failed = list == NULL;
  for (size_t i = 0; i < a->n_pairs && !failed; i++) {
    const fsim_attribute_pair *pair = &a->pair[i];
    failed = json_array_append_new(
        list, json_pack("{s:s, s:s, s:f, s:f}", "first", a->attribute[pair->first].name, "second",
                        a->attribute[pair->second].name, "cramers_v", pair->v, "p", pair->p));
  }
  if (!failed) return list;
  json_decref(list);
  return NULL;
}

static json_t *json_of_factor(const factor *x) {
  return json_pack("{s:s, s:s, s:f, s:f, s:f, s:f}", "what", x->what, "exit", x->exit, "own",
                   x->own, "pooled", x->pooled, "low", x->low, "high", x->high);
}

static json_t *json_of_value(const fsim_log *log, const fsim_fitted_funnel *f, size_t s,
                             const fsim_segment_term *term, size_t v, const char *name) {
  json_t *effects = json_array();
  for (size_t j = 0; j < f->segments[s].n_effects; j++) {
    const factor x = stage_factor(log, f, s, term, v, j);
    if (json_array_append_new(effects, json_of_factor(&x)) != 0) {
      json_decref(effects);
      return NULL;
    }
  }
  return json_pack("{s:s, s:I, s:o}", "value", name, "n", (json_int_t)term->n[v], "effects",
                   effects);
}

static json_t *json_of_term(const fsim_log *log, const fsim_fitted_funnel *f, size_t s,
                            const fsim_segment_term *term) {
  const fsim_fitted_attribute *attribute = &f->attributes.attribute[term->attribute];
  json_t *list = json_array();
  int failed = list == NULL;
  for (size_t v = 0; v < term->n_values && !failed; v++) {
    if (term->n[v] > 0)
      failed = json_array_append_new(list, json_of_value(log, f, s, term, v, attribute->value[v]));
  }
  if (failed) {
    json_decref(list);
    return NULL;
  }
  return json_pack("{s:s, s:s, s:f, s:o}", "stage", f->stage[s].name, "attribute", attribute->name,
                   "p", term->p, "values", list);
}

static json_t *json_of_values(const fsim_fitted_funnel *f) {
  const fsim_value_segments *values = &f->value_segments;
  const fsim_fitted_attribute *attribute = &f->attributes.attribute[values->attribute];
  json_t *list = json_array();
  int failed = list == NULL;
  for (size_t v = 0; v < values->n_values && !failed; v++) {
    if (values->of[v].n == 0) continue;
    const factor x = value_factor(f, v);
    failed = json_array_append_new(
        list, json_pack("{s:s, s:I, s:[o]}", "value", attribute->value[v], "n",
                        (json_int_t)values->of[v].n, "effects", json_of_factor(&x)));
  }
  if (failed) {
    json_decref(list);
    return NULL;
  }
  return json_pack("{s:n, s:s, s:f, s:o}", "stage", "attribute", attribute->name, "p", values->p,
                   "values", list);
}

json_t *fsim_segments_json(const fsim_log *log, const fsim_fitted_funnel *f) {
  json_t *all = json_array();
  int failed = all == NULL;
  for (size_t s = 0; s < f->n_stages && f->segments != NULL; s++) {
    for (size_t t = 0; t < f->segments[s].n_terms && !failed; t++)
      failed = json_array_append_new(all, json_of_term(log, f, s, &f->segments[s].term[t]));
  }
  if (f->value_segments.of != NULL && !failed)
    failed = json_array_append_new(all, json_of_values(f));
  if (!failed) return all;
  json_decref(all);
  return NULL;
}
