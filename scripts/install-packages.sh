#!/bin/sh
# Installs the Debian packages in packages.txt that are missing; without root, says which to ask for.
set -eu
missing=""
for package in $(cat "$(dirname "$0")/packages.txt"); do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q "ok installed" ||
    missing="$missing $package"
done
[ -n "$missing" ] || exit 0
if [ "$(id -u)" -eq 0 ]; then
  apt-get update -qq
  # shellcheck disable=SC2086 -- one word a package
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
else
  echo "funnelsim needs these Debian packages; ask your administrator for:" >&2
  echo "  sudo apt-get install$missing" >&2
  exit 1
fi
