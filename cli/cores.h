/* Many plans over the cores: how many at once, on how many threads each, and in which order. */
#ifndef FSIM_CLI_CORES_H
#define FSIM_CLI_CORES_H

#include <stddef.h>

/* Plans that run at once, and threads of each, so that hardly a core is idle at the end: as many
 * plans as there are cores, unless plans / cores leaves more than an eighth of the time of all
 * cores unused; then fewer at once with more threads each. */
void fsim_share_cores(size_t cores, size_t plans, size_t *at_once, size_t *threads);

/* order[n]: the plans with most work first (longest processing time first: Graham, SIAM Journal on
 * Applied Mathematics 17, 1969), equal ones as they stand. 0, or -1 when memory is out. */
int fsim_order_by_work(const double *work, size_t n, size_t *order);

#endif
