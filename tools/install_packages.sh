#!/usr/bin/env bash
# Installs those Debian packages of packages.txt that are missing; touches nothing when none is.
# Usage: install_packages.sh build|test|bench|node
#   build: what building needs; test and bench: that and what they need themselves; node: npm, for the bench
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

case ${1-} in
  build) wanted='$2 == "build"' ;;
  test | bench) wanted='$2 == "build" || $2 == "'$1'"' ;;
  node) wanted='$2 == "node"' ;;
  *) echo "usage: $0 build|test|bench|node" >&2; exit 2 ;;
esac

if ! command -v dpkg-query >/dev/null; then
  echo "This is no Debian: make sure that what $here/packages.txt lists is installed." >&2
  exit 0
fi

mapfile -t packages < <(awk "!/^#/ && $wanted { print \$1 }" "$here/packages.txt")
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
apt update
apt install -y --no-install-recommends "${missing[@]}"
