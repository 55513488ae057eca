/* One source, three instruction sets: hot loops over arrays are compiled for plain x86-64, AVX2 and
 * AVX-512 and chosen when the program starts. All give the same bits, because multiplications and
 * additions are never contracted (-ffp-contract=off) and lanes never meet. Sanitizers and other
 * compilers get the plain version, and so does a build for one target (FSIM_ONE_TARGET). */
#ifndef FSIM_RANDOM_VECTOR_H
#define FSIM_RANDOM_VECTOR_H

#if !defined(FSIM_ONE_TARGET) && defined(__x86_64__) && defined(__GNUC__) &&          \
    !defined(__clang__) && defined(__OPTIMIZE__) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__)
#define FSIM_CLONES __attribute__((target_clones("default", "avx2", "arch=x86-64-v4")))
#else
#define FSIM_CLONES
#endif

/* Hand-written x86 kernels, where a loop is not found by the compilers (philox_wide.c,
 * table_wide.c). */
#if !defined(FSIM_ONE_TARGET) && defined(__x86_64__) && defined(__GNUC__)
#define FSIM_WIDE_X86
#include <stdbool.h>

/* May kernels use AVX-512 (F, BW, DQ, VL)? A test's build says no, to see those of AVX2 at work. */
static inline bool fsim_has_avx512(void) {
#ifdef FSIM_NO_AVX512
  return false;
#else
  return __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
         __builtin_cpu_supports("avx512vl");
#endif
}
#endif

#endif
