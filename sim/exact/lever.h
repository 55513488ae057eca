/* Which levers have exact derivatives, and what a lever collects from the flows that it moves.
 * Private to the exact floor. */
#ifndef FSIM_EXACT_LEVER_H
#define FSIM_EXACT_LEVER_H

#include "sim/exact/exact.h"
#include "sim/exact/network.h"

/* The most that fsim_levers_list writes. */
size_t fsim_levers_most(const fsim_scenario *scenario);
/* Levers of a scenario, their derivatives 0; returns how many. */
size_t fsim_levers_list(const fsim_scenario *scenario, fsim_exact_lever *levers);
/* Derivative by an exit, a wait or a link, of one profile, from the derivatives by the share of
 * each term and by the log scale of its wait: [n_terms]. NAN: the profile never takes the exit. */
double fsim_lever_sum(const fsim_network *network, const fsim_exact_lever *lever,
                      const double *by_share, const double *by_scale);

#endif
