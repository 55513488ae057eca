/* A lever that a plan may set within bounds: "teams.ae.size=2..9", "streams.web.rate=x0.5..x3". */
#ifndef FSIM_ANALYSIS_DECIDE_VARY_H
#define FSIM_ANALYSIS_DECIDE_VARY_H

#include "analysis/decide/variant.h"

typedef enum fsim_vary_kind {
  FSIM_VARY_WHOLE,  /* a size: whole numbers */
  FSIM_VARY_CHANCE, /* a probability */
  FSIM_VARY_FACTOR  /* of what the lever is now */
} fsim_vary_kind;

typedef struct fsim_vary {
  const fsim_lever *lever; /* the variant's source owns it */
  fsim_vary_kind kind;
  double now; /* the lever's value; a factor's: 1 */
  double low, high;
  double written; /* factors: what 1 stands for in the lever's unit, NAN when it is no number */
} fsim_vary;

/* Reads "LEVER" or "LEVER=LO..HI". Without bounds: sizes 1 … 4 times (and at least 8 more),
 * probabilities 0 … 1, others a quarter to four times. */
int fsim_vary_parse(const fsim_variant *variant, const char *text, fsim_report *report,
                    fsim_vary *vary);
/* The `set` text that gives the lever this value; the caller frees. NULL: no memory. */
char *fsim_vary_set(const fsim_vary *vary, double value);
/* "7", "0.52", "x1.35 (81 / d)". */
char *fsim_vary_text(const fsim_vary *vary, double value, char *buffer, size_t size);
/* Values closer than this are not told apart. */
double fsim_vary_resolution(const fsim_vary *vary);

#endif
