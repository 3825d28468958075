#!/usr/bin/env bash
# Tells how much of the library its tests reach: lines and branches, file by file, and each line that is not reached
# whole. Builds without sanitizers into build-coverage/ and runs the tests of the rooms that are named; the result of a
# room counts its own tests only. Branches of exceptions that only the compiler sees are left out.
#   tools/coverage.sh [ROOM...]     default: policy engine
# A page with every line stands in build-coverage/coverage.html afterwards. The exit code is 0 only when every branch
# of the named rooms was taken, or stands in tests/coverage_gaps.tsv with the reason why no test can take it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
build=build-coverage
rooms=("$@")
[ ${#rooms[@]} -gt 0 ] || rooms=(policy engine)

tools/install_packages.sh test
command -v gcovr >/dev/null || { echo "$0: gcovr is missing (apt-get install gcovr)" >&2; exit 2; }

# Threads count at once, so the counters must be atomic.
if [ ! -f $build/build.ninja ]; then
  meson setup $build --buildtype=debug -Db_coverage=true -Dcpp_args=-fprofile-update=atomic </dev/null
fi
ninja -C $build build.ninja  # so that tests that are new are known
find $build -name '*.gcda' -delete
filters=()
tests=()
for room in "${rooms[@]}"; do
  [ -d "lib/$room" ] || { echo "$0: there is no room lib/$room" >&2; exit 2; }
  filters+=(--filter "lib/$room/")
  mapfile -t -O ${#tests[@]} tests < <(meson introspect $build --tests | python3 -c '
import json, sys
for test in json.load(sys.stdin):
    if test["name"] == sys.argv[1] or test["name"].startswith(sys.argv[1] + "-"): print(test["name"])' "$room")
done
meson test -C $build --print-errorlogs "${tests[@]}" </dev/null

gcovr --root . "${filters[@]}" --exclude-throw-branches --exclude-unreachable-branches --branches \
  --html-details $build/coverage.html --json $build/coverage.json --print-summary $build
tools/coverage_gaps.py $build/coverage.json tests/coverage_gaps.tsv
