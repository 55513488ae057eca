/* Files as a whole. */
#ifndef FSIM_STORE_COPYING_H
#define FSIM_STORE_COPYING_H

#include "sim/base/report.h"

/* A whole copy or none: under a third name until it is one. */
int fsim_copy_file(const char *from_path, const char *to_path, fsim_report *report);

#endif
