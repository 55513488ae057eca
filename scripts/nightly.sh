#!/bin/sh
# Long checks, by hand or by night: sanitizers, failing memory, mutated inputs, the other compiler, valgrind, benchmarks. Needs, beside
# packages.txt: clang libomp-dev valgrind
set -eu
cd "$(dirname "$0")/.."
cmake --workflow --preset asan
build/asan/tests/fault/test_memory all      # every allocation fails once
build/asan/tests/fuzz/fuzz_inputs 50000 1   # mutated scenarios

cmake --preset release -B build/clang -DCMAKE_C_COMPILER=clang
cmake --build build/clang

cmake --preset release && cmake --build --preset release
ctest --test-dir build/release -T memcheck -R "base|model|record|engine|store|cli" \
  --overwrite MemoryCheckCommandOptions="--error-exitcode=1 --leak-check=full -q"

build/release/tests/test_decide_coverage 4000 # do intervals of sensitivities hold what they say?

cmake --build build/release --target bench_independent bench_store bench_random
for bench in independent store random; do
  taskset -c 0 "build/release/tests/bench/bench_$bench"
done
