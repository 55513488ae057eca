#!/bin/sh
# Installs into a temporary folder and builds the example from there, through pkg-config.
#   install.sh CMAKE BUILD_FOLDER EXAMPLE COMPILER FLAGS
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$1" --install "$2" --prefix "$folder" > "$folder/log"
PKG_CONFIG_PATH=$(dirname "$(find "$folder" -name funnelsim.pc)")
export PKG_CONFIG_PATH
# The prefix was chosen at install, so pkg-config is told.
flags=$(pkg-config --define-prefix --cflags --libs funnelsim)
# shellcheck disable=SC2086
"$4" $5 -std=c11 -Wall -Wextra -Werror "$3" -o "$folder/example" $flags
scenario=$(find "$folder" -name self-service.yaml)
"$folder/example" "$scenario" "$folder/run.h5" | grep -q '"throughput"'
"$folder/bin/funnelsim" --version
test -n "$(find "$folder" -name scenario.schema.json)"
test -n "$(find "$folder" -name result-file.md)"
