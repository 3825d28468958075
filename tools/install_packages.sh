#!/usr/bin/env bash
# Installs those Debian packages of packages.txt that are missing; touches nothing when none is.
# Usage: install_packages.sh build|test|bench|node|redis|ceph
#   build: what building needs; test and bench: that and what they need themselves; node: npm, for the bench;
#   redis and ceph: clients and servers of both
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

case ${1-} in
  test | bench) kinds="build $1" ;;
  build | node | redis | ceph) kinds=$1 ;;
  *) echo "usage: $0 build|test|bench|node|redis|ceph" >&2; exit 2 ;;
esac

if ! command -v dpkg-query >/dev/null; then
  echo "This is no Debian: make sure that what $here/packages.txt lists is installed." >&2
  exit 0
fi

mapfile -t packages < <(awk -v kinds="$kinds" '
  BEGIN { split(kinds, list); for (i in list) wanted[list[i]] }
  !/^#/ { for (i = 2; i <= NF; i++) if ($i in wanted) { print $1; next } }' "$here/packages.txt")
missing=()
for package in "${packages[@]}"; do
  state=$(dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | head -n 1 || true)
  [ "$state" = installed ] || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

if [ "$(id -u)" -eq 0 ]; then
  as_root=()
elif command -v sudo >/dev/null; then
  as_root=(sudo)
else
  echo "Missing packages, and neither root nor sudo to install them. Have somebody run:" >&2
  echo "  apt-get install ${missing[*]}" >&2
  exit 1
fi

echo "Installing: ${missing[*]}"
apt() {
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 "$@" </dev/null
}
# A server that a package brings must not start by itself, now or with the machine.
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
  trap '"${as_root[@]}" rm -f "$policy"' EXIT
  printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee $policy >/dev/null
  "${as_root[@]}" chmod 755 $policy
fi
apt update
apt install -y --no-install-recommends "${missing[@]}"
for server in redis-server nginx; do
  case " ${missing[*]} " in
    *" $server "* | *" $server-light "*) "${as_root[@]}" update-rc.d $server disable || true ;;
  esac
done
