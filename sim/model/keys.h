/* Every key of the model and scenario files, described once.
 *
 * A shape says what a node of a file may be: a scalar of some kind, a map of known keys, a map from
 * names, a list, a distribution. From the tables of shapes come the checks of a file's structure
 * (unknown keys with the nearest known one, wrong types, missing units), the JSON Schema that
 * editors use, and what kind of number stands at a path; so the three cannot disagree. What needs
 * more than one value to judge (sums, names, reachability) is left to the readers and
 * sim/model/verify.c. */
#ifndef FSIM_MODEL_KEYS_H
#define FSIM_MODEL_KEYS_H

#include "sim/base/text.h"
#include "sim/model/node.h"
#include "sim/model/read.h"

/* How the text of a scalar is read. */
typedef enum fsim_scalar_form {
  FSIM_FORM_TEXT,
  FSIM_FORM_NAME,    /* of a funnel, stage, outcome, stream, team, attribute: part of paths */
  FSIM_FORM_VALUE,   /* of an attribute: as it stands in a CSV, without dots and commas */
  FSIM_FORM_OUTCOME, /* "basic.won" */
  FSIM_FORM_DATE,
  FSIM_FORM_CLOCK,
  FSIM_FORM_DAYS, /* "mon-fri", "sat" */
  FSIM_FORM_NUMBER,
  FSIM_FORM_WHOLE,
  FSIM_FORM_DURATION,
  FSIM_FORM_RATE,
  FSIM_FORM_SHARE, /* 0.05 or 5 % */
  FSIM_FORM_GROWTH,
  FSIM_FORM_FLAG,
  FSIM_FORM_WORD /* one of `words` */
} fsim_scalar_form;

typedef struct fsim_scalar {
  const char *name;     /* of its definition in the JSON Schema */
  const char *expected; /* "a time with its unit, such as 3 d" */
  fsim_scalar_form form;
  fsim_number_kind kind;    /* FSIM_NOT_A_NUMBER also for settings of a run, which are no levers */
  double least, most;       /* of numbers; seconds for durations */
  bool above;               /* the least itself is not allowed */
  const char *const *words; /* allowed words (also beside a share: "rest"); NULL-terminated */
} fsim_scalar;

typedef enum fsim_shape_kind {
  FSIM_SHAPE_SCALAR,
  FSIM_SHAPE_OBJECT, /* a map of `keys` */
  FSIM_SHAPE_NAMED,  /* a map from names (form `scalar`) to `of` */
  FSIM_SHAPE_LIST,   /* of `of` */
  FSIM_SHAPE_LAW,    /* a distribution or a plain quantity */
  FSIM_SHAPE_EITHER, /* scalar, map or list, each with its own shape */
  FSIM_SHAPE_ANY     /* what `set` gives: judged where it lands */
} fsim_shape_kind;

typedef struct fsim_shape fsim_shape;

typedef struct fsim_file_key {
  const char *name;
  const fsim_shape *shape;
  bool required;
  const char *help;
} fsim_file_key;

struct fsim_shape {
  fsim_shape_kind kind;
  const char *name; /* "a stage": for messages and the schema */
  const fsim_scalar *scalar;
  const fsim_file_key *keys;
  size_t n_keys;
  const char *unless; /* OBJECT: with this key, nothing is required (`extends`) */
  const fsim_shape *of;
  size_t least, most;    /* elements of a list, entries of a map; most 0: no bound */
  fsim_number_kind unit; /* LAW */
  bool may_scale;        /* LAW: {scale: 1.6} alone is allowed too (an override) */
  const fsim_shape *if_scalar, *if_map, *if_list; /* EITHER; NULL: not allowed */
};

extern const fsim_shape fsim_model_shape;    /* a model file */
extern const fsim_shape fsim_scenario_shape; /* a scenario file */

/* After so many mistakes a report is long enough: what is found later is not told, so that a
 * hostile file takes neither time nor memory. */
#define FSIM_MOST_MISTAKES 200
bool fsim_told_enough(const fsim_report *report);

/* Structure of a tree against a shape, all mistakes at once; FSIM_OK or FSIM_BAD_INPUT. */
int fsim_shape_check(const fsim_node *node, const fsim_shape *shape, fsim_report *report);
/* A scalar alone; with a report NULL it only judges. */
int fsim_scalar_check(const fsim_node *node, const fsim_scalar *scalar, fsim_report *report);
/* The number that a (good) scalar is: seconds, per second, 0 … 1, days since 1970 for dates. */
bool fsim_scalar_number(const fsim_node *node, const fsim_scalar *scalar, double *value);
/* Structure of a distribution; `uncertain` allows beta and normal. */
int fsim_law_check(const fsim_node *node, fsim_number_kind unit, bool uncertain, bool may_scale,
                   fsim_report *report);
/* The node under the family's name, NULL when there is not exactly one; `part`: of a mixture. */
const fsim_node *fsim_law_family(const fsim_node *law, bool part);
/* The way in which a family's parameters are given, NULL when it is none of the known ways. */
const fsim_parametrisation *fsim_law_parametrisation(const fsim_family *family,
                                                     const fsim_node *node);
/* The scalar that a parameter of a family is, for values of this unit. */
const fsim_scalar *fsim_parameter_scalar(fsim_parameter_kind parameter, fsim_number_kind unit);
/* The scalars of `shift` (any sign) and of `scale`, mixture weights and odds (more than 0). */
const fsim_scalar *fsim_shift_scalar(fsim_number_kind unit);
const fsim_scalar *fsim_scale_scalar(void);
/* The keys that stand beside a family's name. */
#define FSIM_N_LAW_KEYS 3
extern const char *const fsim_law_keys[FSIM_N_LAW_KEYS]; /* shift, truncate, scale */

/* A message about an unknown name, with the nearest known one or the list of all when it is short.
 */
int fsim_unknown_name(fsim_report *report, fsim_place place, const char *what, const char *name,
                      const char *const *known, size_t n_known);

/* The JSON Schema (draft 2020-12) of a model or scenario file; FSIM_FAILED when memory is out. */
int fsim_schema_text(const fsim_shape *root, fsim_text *text);

#endif
