#!/usr/bin/env bash
# Tells how much of the library its tests reach. Builds without sanitizers into build-coverage/ and runs the tests there.
#   tools/coverage.sh [ROOM...]     default: policy engine
#     Lines and branches of these rooms, file by file, each counted by its own tests only. Branches of exceptions that
#     only the compiler sees are left out. The exit code is 0 only when every branch was taken, or stands in
#     tests/coverage_gaps.tsv with the reason why no test can take it.
#   tools/coverage.sh --lines
#     The lines of all rooms, counted by the tests of all of them and those that make the store fail, and each line that
#     none of them reaches. The exit code is 0 only when they reach 95 of 100. `rados` needs a Ceph cluster: it is left
#     out where LOCKET_TEST_POOL names no pool (tools/cluster.sh up ceph tells how to set it).
# A page with every line stands in build-coverage/coverage.html afterwards.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
build=build-coverage
lines_percent_min=95
gaps=tests/coverage_gaps.tsv

tools/install_packages.sh test
command -v gcovr >/dev/null || { echo "$0: gcovr is missing (apt-get install gcovr)" >&2; exit 2; }

# Threads count at once, so the counters must be atomic.
prepare() {  # RADOS: enabled or disabled
  if [ ! -f $build/build.ninja ]; then
    meson setup $build --buildtype=debug -Db_coverage=true -Dcpp_args=-fprofile-update=atomic </dev/null
  fi
  meson configure $build -Dredis=enabled -Drados="$1"
  ninja -C $build build.ninja  # so that tests that are new are known
  find $build -name '*.gcda' -delete
}

# Prints the tests that are named, or begin with a name and a hyphen.
tests_of() {  # NAME...
  meson introspect $build --tests | python3 -c '
import json, sys
for test in json.load(sys.stdin):
    if any(test["name"] == name or test["name"].startswith(name + "-") for name in sys.argv[1:]): print(test["name"])' "$@"
}

run_and_count() {  # NAME... -- GCOVR-OPTION...
  local names=() tests
  while [ "$1" != -- ]; do names+=("$1"); shift; done
  mapfile -t tests < <(tests_of "${names[@]}")
  meson test -C $build --print-errorlogs -t 5 "${tests[@]}" </dev/null  # counting takes its time
  gcovr --root . --exclude-throw-branches --exclude-unreachable-branches --html-details $build/coverage.html \
    --json $build/coverage.json --print-summary -j 2 "${@:2}" $build
}

count_lines() {
  local rooms=(base crypto codec raster store policy engine redis) options=()
  if [ -n "${LOCKET_TEST_POOL-}" ]; then
    prepare enabled
    rooms+=(rados)
    options+=(--exclude lib/rados/rados_store_absent.cpp)
  else
    prepare disabled
    options+=(--exclude lib/rados/)
    echo "rados is left out: LOCKET_TEST_POOL names no pool"
  fi
  run_and_count "${rooms[@]}" fault -- --filter lib/ "${options[@]}"
  tools/coverage_lines.py $build/coverage.json $gaps $lines_percent_min
}

count_branches() {  # ROOM...
  local room filters=()
  for room in "$@"; do
    [ -d "lib/$room" ] || { echo "$0: there is no room lib/$room" >&2; exit 2; }
    filters+=(--filter "lib/$room/")
  done
  prepare disabled
  run_and_count "$@" -- "${filters[@]}" --branches
  tools/coverage_gaps.py $build/coverage.json $gaps
}

case ${1-} in
  --lines) [ $# -eq 1 ] || { echo "usage: $0 [ROOM...] | --lines" >&2; exit 2; }; count_lines ;;
  '') count_branches policy engine ;;
  *) count_branches "$@" ;;
esac
