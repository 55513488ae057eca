/* How long a keyed pair of uniforms and a draw from a table take, and how long tables take to
 * build. Not a test: run it on a quiet machine. Best of several passes over one block. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "sim/random/key.h"
#include "sim/random/sampler.h"

#define BLOCK 2048
#define PASSES 2000

typedef struct candidate {
  const char *family;
  int parametrisation;
  double given[FSIM_MOST_PARAMETERS];
} candidate;

static double now_ns(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return 1e9 * (double)time.tv_sec + (double)time.tv_nsec;
}

static double least(double a, double b) {
  return a < b ? a : b;
}

static void time_uniforms(void) {
  static uint32_t lead[BLOCK], pass[BLOCK];
  static double first[BLOCK], second[BLOCK];
  double best = 1e18;
  for (uint32_t i = 0; i < BLOCK; i++) lead[i] = i;
  fsim_key key = fsim_key_make(1, 2, 3, 4, 5);
  for (int i = 0; i < PASSES; i++) {
    double start = now_ns();
    fsim_uniform_pairs(key, lead, pass, FSIM_PURPOSE_VISIT, first, second, BLOCK);
    best = least(best, now_ns() - start);
  }
  printf("pair of uniforms %24.2f ns\n", best / BLOCK);
}

static int time_law(const candidate *c) {
  static uint32_t lead[BLOCK];
  static double u[BLOCK], value[BLOCK];
  static int32_t seconds[BLOCK];
  const fsim_family *family = fsim_family_find(c->family);
  const char *fault;
  fsim_distribution *d = fsim_distribution_new(
      family, &family->parametrisations[c->parametrisation], c->given, &fault);
  fsim_sampler_cache *cache = fsim_sampler_cache_new();
  double start = now_ns();
  const fsim_sampler *sampler = d != NULL && cache != NULL ? fsim_sampler_get(cache, d) : NULL;
  double build = now_ns() - start, draw = 1e18, rounded = 1e18;
  for (uint32_t i = 0; i < BLOCK; i++) lead[i] = i;
  fsim_uniform_pairs(fsim_key_make(1, 2, 3, 4, 5), lead, NULL, 0, u, NULL, BLOCK);
  for (int i = 0; sampler != NULL && i < PASSES; i++) {
    start = now_ns();
    fsim_sample(sampler, u, value, BLOCK);
    draw = least(draw, now_ns() - start);
    start = now_ns();
    fsim_sample_seconds(sampler, u, seconds, BLOCK);
    rounded = least(rounded, now_ns() - start);
  }
  if (sampler != NULL) {
    printf("%-16s built in %6.2f ms, draw %5.2f ns, in seconds %5.2f ns\n", c->family, 1e-6 * build,
           draw / BLOCK, rounded / BLOCK);
  }
  fsim_distribution_free(d);
  fsim_sampler_cache_free(cache);
  return sampler != NULL ? 0 : -1;
}

int main(void) {
  const candidate candidates[] = {
      {"exponential", 0, {5}},      {"lognormal", 0, {6, 1.1}},   {"gamma", 1, {25, 0.7}},
      {"gamma", 0, {0.2, 1}},       {"erlang", 0, {3, 6}},        {"weibull", 0, {0.7, 30}},
      {"loglogistic", 0, {9, 2.5}}, {"triangular", 0, {1, 2, 6}}, {"pert", 0, {1, 2, 9}},
      {"quantiles", 0, {2, 5, 21}},
  };
  time_uniforms();
  for (size_t i = 0; i < sizeof candidates / sizeof *candidates; i++) {
    if (time_law(&candidates[i]) != 0) return EXIT_FAILURE;
  }
  return EXIT_SUCCESS;
}
