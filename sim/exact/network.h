/* The nodes of all funnels for leads of one profile, and what leads from one to another. Private to
 * the exact floor. */
#ifndef FSIM_EXACT_NETWORK_H
#define FSIM_EXACT_NETWORK_H

#include "sim/exact/kernel.h"
#include "sim/model/chain.h"

#define FSIM_NO_NUMBER UINT16_MAX

/* A time between two nodes. */
typedef struct fsim_exact_wait {
  const fsim_distribution *law; /* NULL: a race's exit */
  double deadline_s;            /* INFINITY: none */
  bool rule;                    /* the visits that the deadline ends */
  uint16_t stage, exit;         /* of a race */
  double *spectrum, *moved;     /* on the present grid; owned */
} fsim_exact_wait;

/* Part of the flow from one node to another: `share` of the visits, by one wait. */
typedef struct fsim_exact_term {
  uint32_t from, to, wait;
  double share;
  uint16_t stage, exit; /* whose probability `share` is; stage FSIM_NO_NUMBER: a link's */
  uint16_t link;
} fsim_exact_term;

typedef struct fsim_network {
  const fsim_scenario *s;
  size_t profile;
  size_t n_nodes; /* states, then outcomes */
  size_t first_outcome;
  uint16_t *stage;      /* [first_outcome] of each state */
  uint32_t *fresh;      /* [n_stages]: the state of a journey that begins there */
  double *deadline_s;   /* [n_stages] */
  uint32_t *rule_node;  /* [n_stages] where a rule leads from the first visit */
  uint32_t **exit_node; /* [n_stages][n_exits], the same of exits */
  fsim_exact_term *terms;
  size_t n_terms, room_terms;
  fsim_exact_wait *waits;
  size_t n_waits, room_waits;
} fsim_network;

/* FSIM_BAD_INPUT, with the reason, where a pace makes waits of whole weeks vary together: then
 * times are not those of the laws, nor are the shares of rules that end visits by their age. */
int fsim_network_paceless(const fsim_scenario *scenario, fsim_report *report);

int fsim_network_make(const fsim_scenario *scenario, size_t profile, fsim_report *report,
                      fsim_network *network);
void fsim_network_free(fsim_network *network);
/* FSIM_BAD_INPUT when its equations are too many. */
int fsim_network_fits(const fsim_network *network, fsim_report *report);
/* Leads of this profile that a stream brings per second, averaged over the horizon; none of a
 * pipeline. */
double fsim_network_rate(const fsim_network *network, const fsim_stream *stream);
/* Puts all waits on a grid. */
int fsim_network_grid(fsim_network *network, const fsim_exact_grid *grid, fsim_report *report);
/* Expected arrivals of one stream at the points of the grid, added to arrivals[node]: cumulated,
 * [n_nodes][length]. Deals that are open at the start arrive where they go next; open[stage] gets
 * those that are still there at the last point. */
int fsim_network_arrivals(const fsim_network *network, const fsim_exact_grid *grid,
                          const fsim_stream *stream, fsim_report *report, double *arrivals,
                          double *open);

#endif
