/* The network in Graphviz's language: funnels as clusters, exits with their shares, links dashed.
 */
#include <math.h>
#include <stdlib.h>

#include "cli/check_print.h"

/* Names may hold anything; DOT strings escape quotes and backslashes. */
static void append_escaped(fsim_text *text, const char *name) {
  for (; *name; name++) {
    if (*name == '"' || *name == '\\') fsim_text_append(text, "\\");
    fsim_text_append(text, "%c", *name);
  }
}

static void append_quoted(fsim_text *text, const char *name) {
  fsim_text_append(text, "\"");
  append_escaped(text, name);
  fsim_text_append(text, "\"");
}

/* Its name and, below it, the team that works there. */
static void append_stage(const fsim_scenario *s, const fsim_chain *chain, size_t stage,
                         fsim_text *text) {
  const fsim_stage_law *law = fsim_stage_law_of(s, 0, chain->profile, stage);
  fsim_text_append(text, "\"");
  append_escaped(text, s->stages[stage].name);
  if (law->work.set) {
    fsim_text_append(text, "\\n(");
    append_escaped(text, s->teams[law->work.team].name);
    fsim_text_append(text, ")");
  }
  fsim_text_append(text, "\"");
}

static void append_node(fsim_text *text, const char *kind, size_t index) {
  fsim_text_append(text, "%s%zu", kind, index);
}

static void append_edge(fsim_text *text, size_t stage, fsim_target to, double share,
                        const char *style) {
  append_node(text, "    stage", stage);
  append_node(text, to.is_outcome ? " -> outcome" : " -> stage", to.index);
  fsim_text_append(text, " [label=\"%.3g %%\"%s];\n", 100 * share, style);
}

/* Shares are those of the group of leads with the largest flow. */
static size_t largest_group(const fsim_funnel_inspection *funnel) {
  size_t best = 0;
  for (size_t g = 1; g < funnel->groups.n; g++) {
    if (funnel->flow[g] > funnel->flow[best]) best = g;
  }
  return best;
}

static void append_funnel(const fsim_inspection *in, size_t f, fsim_text *text) {
  const fsim_scenario *s = in->scenario;
  const fsim_funnel *funnel = &s->funnels[f];
  const fsim_chain *chain = in->funnels[f].chains[largest_group(&in->funnels[f])];
  fsim_text_append(text, "  subgraph cluster%zu {\n    label=", f);
  append_quoted(text, funnel->title);
  fsim_text_append(text, ";\n    color=gray;\n");
  for (size_t i = 0; i < funnel->n_stages; i++) {
    size_t stage = (size_t)funnel->first_stage + i;
    append_node(text, "    stage", stage);
    fsim_text_append(text, " [shape=box%s, label=", stage == funnel->entry ? ", penwidth=2" : "");
    append_stage(s, chain, stage, text);
    fsim_text_append(text, "];\n");
  }
  for (size_t o = 0; o < funnel->n_outcomes; o++) {
    size_t outcome = (size_t)funnel->first_outcome + o;
    append_node(text, "    outcome", outcome);
    fsim_text_append(text, " [shape=ellipse%s, label=",
                     s->outcomes[outcome].win ? ", style=filled, fillcolor=palegreen" : "");
    append_quoted(text, s->outcomes[outcome].name);
    fsim_text_append(text, "];\n");
  }
  for (size_t i = 0; i < funnel->n_stages; i++) {
    size_t stage = (size_t)funnel->first_stage + i;
    const fsim_stage_numbers *numbers = &chain->stages[i];
    for (size_t k = 0; k < s->stages[stage].n_exits; k++)
      append_edge(text, stage, s->stages[stage].exits[k].target, numbers->exit_probability[k], "");
    if (numbers->rule != FSIM_STILL_OPEN)
      append_edge(text, stage, numbers->rule_target, numbers->rule_probability, ", style=dotted");
  }
  fsim_text_append(text, "  }\n");
}

int fsim_print_graph(const fsim_inspection *inspection, FILE *out, fsim_report *report) {
  const fsim_scenario *s = inspection->scenario;
  fsim_text text = {0};
  fsim_text_append(&text, "digraph ");
  append_quoted(&text, s->name);
  fsim_text_append(&text, " {\n  rankdir=LR;\n  node [fontname=\"Helvetica\"];\n");
  for (size_t f = 0; f < s->n_funnels; f++) append_funnel(inspection, f, &text);
  for (size_t l = 0; l < s->n_links; l++) {
    append_node(&text, "  outcome", s->links[l].from);
    append_node(&text, " -> stage", s->funnels[s->links[l].to].entry);
    fsim_text_append(&text, " [style=dashed, label=\"%.3g %%\"];\n",
                     100 * s->versions[0].links[l].probability);
  }
  for (size_t i = 0; i < s->n_streams; i++) {
    const fsim_stream *stream = &s->streams[i];
    if (stream->pipeline) continue;
    append_node(&text, "  stream", i);
    fsim_text_append(&text, " [shape=plaintext, label=");
    append_quoted(&text, stream->name);
    append_node(&text, "];\n  stream", i);
    append_node(&text, " -> stage", s->funnels[stream->into].entry);
    fsim_text_append(&text, ";\n");
  }
  fsim_text_append(&text, "}\n");
  int status = text.failed ? fsim_no_memory(report) : FSIM_OK;
  if (status == FSIM_OK && fputs(text.text, out) < 0)
    status = fsim_failure(report, FSIM_NOWHERE, "the graph could not be written");
  free(text.text);
  return status;
}
