/* Links: what follows an outcome. Their laws are read with all others (read_laws.c). */
#include <string.h>

#include "sim/model/reader.h"

/* "basic.won": SIZE_MAX after a message. */
static size_t find_outcome(fsim_reader *reader, const fsim_node *from) {
  const fsim_scenario *s = reader->s;
  const char *name;
  const size_t f = fsim_find_funnel_of(reader, from, &name);
  if (f == SIZE_MAX) return SIZE_MAX;
  const fsim_funnel *funnel = &s->funnels[f];
  const char **known = fsim_reader_get(reader, funnel->n_outcomes, sizeof *known);
  for (size_t o = 0; known && o < funnel->n_outcomes; o++) {
    known[o] = s->outcomes[funnel->first_outcome + o].name;
    if (strcmp(known[o], name) == 0) return funnel->first_outcome + o;
  }
  if (known) fsim_reader_unknown(reader, from->place, "outcome", name, known, funnel->n_outcomes);
  return SIZE_MAX;
}

/* Several links from one outcome to one funnel are told apart by their number among themselves. */
static uint64_t link_hash(const fsim_scenario *s, const fsim_link *link) {
  uint64_t twins = 0;
  for (size_t i = 0; i < s->n_links; i++)
    twins += s->links[i].from == link->from && s->links[i].to == link->to;
  return fsim_hash_mix(s->funnels[link->to].hash, twins);
}

void fsim_read_links(fsim_reader *reader, const fsim_node *node) {
  fsim_scenario *s = reader->s;
  if (!node || node->kind != FSIM_LIST) return;
  if (node->n_children > FSIM_MOST_LINKS) {
    fsim_reader_mistake(reader, node->key_place, "%zu links; at most %d are possible",
                        node->n_children, FSIM_MOST_LINKS);
    return;
  }
  s->links = fsim_reader_get(reader, node->n_children, sizeof *s->links);
  for (size_t i = 0; s->links && i < node->n_children; i++) {
    const fsim_node *body = node->child[i];
    const size_t from = find_outcome(reader, fsim_node_get(body, "from"));
    const size_t to = fsim_find_funnel(reader, fsim_node_get(body, "to"));
    if (from == SIZE_MAX || to == SIZE_MAX) continue;
    fsim_link link = {.from = (uint16_t)from, .to = (uint16_t)to};
    link.hash = link_hash(s, &link);
    s->links[s->n_links++] = link;
  }
}
