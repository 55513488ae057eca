/* Funnels whose wins are a known function of three exits, for global analyses: three stages in a
 * line (100 leads a day times the product of the exits), and the same with a loop back. */
#ifndef TESTS_ANALYSIS_IN_LINE_H
#define TESTS_ANALYSIS_IN_LINE_H

#include "decide.h"

static const char *const in_line_ranges[] = {
    "f.stages.a.exits.b=0.3..0.7", "f.stages.b.exits.c=0.4..0.6", "f.stages.c.exits.won=0.2..0.5"};

static inline fsim_variant in_line(void) {
  return variant_of(
      "scenario: product\nstart: 2026-01-05\nhorizon: 4 w\nreplications: 20\nseed: 4\n"
      "models:\n  f:\n    funnel: f\n    entry: a\n    stages:\n"
      "      a: {exits: {b: 0.5, lost: rest}}\n      b: {exits: {c: 0.5, lost: rest}}\n"
      "      c: {exits: {won: 0.35, lost: rest}}\n"
      "    outcomes: {won: {counts_as: win}, lost: {}}\nstreams: {web: {into: f, rate: 100 / d}}\n",
      "product");
}

#endif
