#!/bin/sh
# Installs what is missing, builds an optimised program, and runs the main job: five linked funnels,
# two segments, and what one step of each lever would change. Ends with the summary, which opens with the
# bottleneck, and the path of the result file.
set -eu
cd "$(dirname "$0")/.."
scripts/install-packages.sh
cmake --preset release -DBUILD_TESTING=OFF >/dev/null
cmake --build --preset release
build/release/funnelsim run scenarios/five-funnels.yaml -o five-funnels.h5 --force --no-summary >&2
build/release/funnelsim sensitivity five-funnels.h5 -n 24 > five-funnels-levers.txt
build/release/funnelsim summary five-funnels.h5
printf '\n%s\n' five-funnels.h5
