/* What the files that read a scenario share: where its memory comes from, how values are taken from
 * nodes. Only read_*.c, verify.c and scenario.c include it.
 *
 * The structure of the trees has been checked against keys.c before the readers run. A value that
 * is malformed has been reported by then: the getters only say that it is not to be had, and
 * readers pass over what depends on it, so that one slip makes one message. */
#ifndef FSIM_MODEL_READER_H
#define FSIM_MODEL_READER_H

#include "sim/model/keys.h"

/* What a scenario may hold at most; more is a message. */
#define FSIM_MOST_PACES 1000
#define FSIM_MOST_STAGES 2000
#define FSIM_MOST_OUTCOMES 2000
#define FSIM_MOST_FUNNELS 1000
#define FSIM_MOST_LINKS 10000
#define FSIM_MOST_STREAMS 10000
#define FSIM_MOST_TEAMS 10000
#define FSIM_MOST_ATTRIBUTES 32
#define FSIM_MOST_VALUES 255
#define FSIM_MOST_LAWS 4000000 /* versions x profiles x stages */

/* Owner of everything that a scenario points to. */
typedef struct fsim_memory {
  fsim_arena *arena;
  fsim_distribution **laws;
  size_t n_laws, room_for_laws;
} fsim_memory;

typedef struct fsim_law_of_node {
  const fsim_node *node;
  const fsim_distribution *law; /* NULL: it has mistakes */
} fsim_law_of_node;

/* A CSV file that was asked for: messages about it show its lines. */
typedef struct fsim_read_input {
  const char *name, *text;
  size_t length;
} fsim_read_input;

typedef struct fsim_reader {
  fsim_scenario *s;
  fsim_memory *memory;
  fsim_report *report;
  int status; /* the worst so far */
  fsim_input input;
  void *context;
  fsim_read_input *inputs;
  size_t n_inputs, room_for_inputs;
  const fsim_node *const *versions;
  const uint32_t *mask;
  size_t n_versions;
  fsim_law_of_node *known_laws; /* every node is read once */
  size_t n_known_laws, room_for_known_laws;
  const fsim_distribution *zero; /* no wait at all */
} fsim_reader;

/* Memory of the scenario, zeroed; NULL sets the status. */
void *fsim_reader_get(fsim_reader *reader, size_t count, size_t size);
char *fsim_reader_text(fsim_reader *reader, const char *text);
/* Adds a message and sets the status. */
void fsim_reader_mistake(fsim_reader *reader, fsim_place place, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void fsim_reader_unknown(fsim_reader *reader, fsim_place place, const char *what, const char *name,
                         const char *const *known, size_t n_known);
void fsim_reader_status(fsim_reader *reader, int status);
void fsim_reader_no_memory(fsim_reader *reader);

/* Values of a map by key; false when missing or malformed. */
bool fsim_value(const fsim_node *map, const char *key, fsim_scalar_form form, double *value);
const char *fsim_word(const fsim_node *map, const char *key); /* NULL when there is none */
bool fsim_flag(const fsim_node *map, const char *key);
/* The scalar itself. */
bool fsim_value_of(const fsim_node *node, fsim_scalar_form form, double *value);

/* Hands a law (NULL: memory was out) over to the scenario. */
const fsim_distribution *fsim_reader_keep(fsim_reader *reader, fsim_distribution *law);
/* The bytes of a CSV file, remembered; an fsim_input whose context is the reader. */
const char *fsim_reader_input(void *reader, const char *name, fsim_place place, fsim_report *report,
                              size_t *length);
/* The law that a node describes, owned by the scenario; NULL after a mistake. */
const fsim_distribution *fsim_reader_law(fsim_reader *reader, const fsim_node *node,
                                         fsim_number_kind unit);
/* The same law with all values times a factor. */
const fsim_distribution *fsim_reader_scaled(fsim_reader *reader, const fsim_distribution *law,
                                            double factor);

/* Parts of the scenario, in the order in which they must be read. Nodes may be NULL: not given. */
void fsim_read_attributes(fsim_reader *reader, const fsim_node *node);
void fsim_read_teams(fsim_reader *reader, const fsim_node *node);
/* Hours and sizes; after the changes on dates. */
void fsim_read_team_times(fsim_reader *reader, const fsim_node *node);
/* 0 for "mon" … 6 for "sun", by the first three letters; 7: none. */
size_t fsim_weekday_named(const char *text);
void fsim_read_funnels(fsim_reader *reader, const fsim_node *models);
void fsim_read_links(fsim_reader *reader, const fsim_node *node);
void fsim_read_streams(fsim_reader *reader);
/* `number` of the pipelines, from 0. */
void fsim_read_pipeline(fsim_reader *reader, const fsim_node *node, size_t number,
                        fsim_stream *stream);
/* Dated leads of a CSV (read_given.c). */
void fsim_read_replay(fsim_reader *reader, const fsim_node *node, fsim_stream *stream);
/* All laws of all versions; needs everything above. */
void fsim_read_laws(fsim_reader *reader);
/* The law of a stage as its model says; false when it has mistakes. */
bool fsim_read_stage_law(fsim_reader *reader, const fsim_node *body, size_t stage,
                         fsim_stage_law *law);
/* Probabilities of a stage's exits from the nodes of its `exits`, NAN where none is given: resolves
 * `rest`, checks the sum. */
bool fsim_read_probabilities(fsim_reader *reader, const fsim_node *exits, const fsim_stage *stage,
                             double *probability);
/* The probability node of an exit: the scalar itself, or the key of its map; NULL: none. */
const fsim_node *fsim_probability_node(const fsim_node *exit);
/* Paces, and which stages have which; after the laws. */
void fsim_read_paces(fsim_reader *reader, const fsim_node *node);
/* Changes a law (whose arrays are its own) as the override of its stage says. */
bool fsim_override_stage_law(fsim_reader *reader, const fsim_node *change, size_t stage,
                             fsim_stage_law *law);
/* Whether an override or a class is for leads of this profile. */
bool fsim_when_matches(const fsim_reader *reader, const fsim_node *when, size_t profile);
void fsim_check_when(fsim_reader *reader, const fsim_node *when);

/* Where a name leads in a funnel: a stage or an outcome of it; a message when it is neither. */
bool fsim_find_target(fsim_reader *reader, size_t funnel, const fsim_node *name,
                      fsim_target *target);
/* Indexes by name; SIZE_MAX after a message at the node. */
size_t fsim_find_funnel(fsim_reader *reader, const fsim_node *name);
/* Of a name such as "basic.won": the funnel, and in *rest what follows the dot. */
size_t fsim_find_funnel_of(fsim_reader *reader, const fsim_node *name, const char **rest);
size_t fsim_find_team(fsim_reader *reader, const fsim_node *name);
size_t fsim_find_attribute(const fsim_reader *reader, const char *name); /* no message */
/* Messages for the keys of a map that are no attributes. */
void fsim_check_attribute_names(fsim_reader *reader, const fsim_node *map);
size_t fsim_find_value(const fsim_reader *reader, size_t attribute, const char *value);

/* Do two nodes say the same? */
bool fsim_node_same(const fsim_node *a, const fsim_node *b);
/* Where the scenario's changes name this key of teams.NAME, paces.NAME (`kind` is "teams"; `body`
 * the node under the name); otherwise where the name stands. */
fsim_place fsim_where_changed(const fsim_reader *reader, const char *kind, const fsim_node *body,
                              const char *key);

/* What only the whole tells: sums, reachability, endless loops. */
void fsim_verify(fsim_reader *reader);

#endif
