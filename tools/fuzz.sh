#!/usr/bin/env bash
# Fuzzes each target for a while with libFuzzer, and tells how many inputs were executed.
#   tools/fuzz.sh [SECONDS] [TARGET...]     default: 60 seconds each, all targets
# Builds with clang 19, address and undefined-behaviour sanitizers into build-fuzz/. What is learnt is kept in
# build-fuzz/corpus/TARGET, what is found in build-fuzz/found/TARGET, and in build-fuzz/executions.tsv a line for each run:
# the target, seconds by the clock, seconds of CPU time, executions, and when it ended.
# LOCKET_FUZZ_CXX names another clang; with LOCKET_FUZZ_AS_BUILT=1 nothing is built anew. The exit code is 0 only when
# nothing was found.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
build=build-fuzz
seconds=60
if [[ ${1-} =~ ^[0-9]+$ ]]; then
  seconds=$1
  shift
fi
compiler=${LOCKET_FUZZ_CXX-clang++-19}
command -v "${compiler%% *}" >/dev/null || {
  echo "$0: $compiler is missing (apt-get install clang-19 libclang-rt-19-dev)" >&2
  exit 2
}

if [ ! -f $build/build.ninja ]; then
  CXX=$compiler meson setup $build --buildtype=debugoptimized -Dfuzz=true -Db_sanitize=address,undefined \
    -Db_lundef=false -Dauto_features=enabled </dev/null
fi
[ -n "${LOCKET_FUZZ_AS_BUILT-}" ] || ninja -C $build tests/fuzz/fuzz-engine >/dev/null

all=(inflater png-reader jpeg-reader metadata resizer png-writer import json token key-set access-document request http
  imodel-file store-file)
targets=("$@")
[ ${#targets[@]} -gt 0 ] || targets=("${all[@]}")

# Real files that a target may start from, where they are there.
shared=../shared/corpus
seeds_of() {
  case $1 in
    png-reader) echo $shared/pngsuite $shared/hostile ;;
    import) echo $shared/pngsuite $shared/jpeg tests/fuzz/corpus/png-reader tests/fuzz/corpus/jpeg-reader ;;
    jpeg-reader) echo $shared/jpeg ;;
    imodel-file) echo $shared/bim ;;
  esac
}
export ASAN_OPTIONS=${ASAN_OPTIONS-detect_leaks=1:detect_stack_use_after_return=1:allocator_may_return_null=1}
export UBSAN_OPTIONS=${UBSAN_OPTIONS-halt_on_error=1:print_stacktrace=1}
TIMEFORMAT=%U
found=0
for target in "${targets[@]}"; do
  corpus=$build/corpus/$target
  log=$build/fuzz-$target.log
  mkdir -p "$corpus" $build/found/"$target"
  folders=("$corpus" tests/fuzz/corpus/"$target")
  for folder in $(seeds_of "$target"); do
    [ ! -d "$folder" ] || folders+=("$folder")
  done
  dictionary=tests/fuzz/dictionary/$target.dict
  # The program itself bounds the CPU time of an input; the limit here, by the clock, is for one that waits for ever.
  flags=(-max_total_time="$seconds" -timeout=1200 -rss_limit_mb=2048 -print_final_stats=1
    -artifact_prefix=$build/found/"$target"/)
  [ ! -f "$dictionary" ] || flags+=(-dict="$dictionary")
  code=0
  cpu=$({ time LOCKET_FUZZ_TARGET=$target $build/tests/fuzz/fuzz-engine "${flags[@]}" "${folders[@]}" >"$log" 2>&1; } 2>&1) ||
    code=$?
  executed=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
  covered=$(grep -oE 'cov: [0-9]+' "$log" | tail -1 | cut -d ' ' -f 2 || true)
  printf '%s\t%s\t%s\t%s\t%s\n' "$target" "$seconds" "$cpu" "${executed:-0}" "$(date -u '+%Y-%m-%dT%H:%M:%SZ')" >>$build/executions.tsv
  if [ $code = 0 ]; then
    echo "$target: ${executed:-0} executions in $seconds s ($cpu s of CPU time), ${covered:-0} branches reached, nothing found"
  else
    echo "$target: FOUND something after ${executed:-?} executions, see $log and $build/found/$target/"
    found=1
  fi
done
exit $found
