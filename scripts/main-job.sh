#!/bin/sh
# Installs what is missing, builds an optimised program, and runs the main job: five linked funnels,
# two segments. Ends with the summary and the path of the result file.
set -eu
cd "$(dirname "$0")/.."
scripts/install-packages.sh
cmake --preset release -DBUILD_TESTING=OFF >/dev/null
cmake --build --preset release --target funnelsim
exec build/release/funnelsim run scenarios/five-funnels.yaml -o five-funnels.h5 --force
