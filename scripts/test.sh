#!/bin/sh
# Installs what is missing, builds everything with warnings as errors, and runs all tests.
set -eu
cd "$(dirname "$0")/.."
scripts/install-packages.sh
cmake --preset release -DBUILD_TESTING=ON
cmake --build --preset release
exec ctest --preset release
