#!/usr/bin/env bash
# Installs what is missing, builds locket with the address and undefined-behaviour sanitizers into build-debug/, and
# runs every test. The last line is `N passed, N failed, N skipped`; the exit code is 0 only when none failed.
# Where nothing changed since a run in which all passed, that run's result is told again; --rerun runs all the same.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
build=build-debug
result=$build/test-result.txt

case ${1-} in
  '') rerun=no ;;
  --rerun) rerun=yes ;;
  *) echo "usage: $0 [--rerun]" >&2; exit 2 ;;
esac

tools/install_packages.sh test
# The test with Bentley's own client needs npm, from wherever it is; without it that test is skipped.
command -v npm >/dev/null || tools/install_packages.sh node || true

if [ ! -f $build/build.ninja ]; then
  meson setup $build --buildtype=debug -Db_sanitize=address,undefined -Dauto_features=enabled -Dredis=enabled </dev/null
fi
ninja -C $build -j "$(nproc)"

# Everything that a test's outcome can depend on: our files, the packages, the machine's kernel and processor, and the
# pictures beside the project.
fingerprint() {
  {
    git ls-files -z --cached --others --exclude-standard | sort -z | xargs -0 sha256sum --
    dpkg-query -W
    uname -rm
    grep -m 1 '^flags' /proc/cpuinfo
    find ../shared/corpus -type f -printf '%P %s %T@\n' | sort
    env | grep '^LOCKET_' | sort
  } 2>/dev/null || true
}
now=unknown
if git rev-parse --git-dir >/dev/null 2>&1; then
  now=$(fingerprint | sha256sum | cut -d ' ' -f 1)
fi
if [ $rerun = no ] && [ $now != unknown ] && [ -f $result ] && [ "$(head -n 1 $result)" = "$now" ]; then
  echo "Nothing changed since the run of $(date -r $result '+%Y-%m-%d %H:%M:%S'), which gave (--rerun runs it again):"
  tail -n +2 $result
  exit 0
fi

rm -f $result $build/*.xml $build/meson-logs/testlog*
export ASAN_OPTIONS=${ASAN_OPTIONS-detect_leaks=1:detect_stack_use_after_return=1:strict_string_checks=1}
export UBSAN_OPTIONS=${UBSAN_OPTIONS-halt_on_error=1:print_stacktrace=1}
meson test -C $build --no-rebuild --print-errorlogs </dev/null || true

report=$build/test-report.txt
if tools/test_report.py $build/meson-logs >$report; then
  { echo "$now"; cat $report; } >$result
  cat $report
else
  cat $report
  exit 1
fi
