#!/usr/bin/env bash
# Shows what locket does, on pictures of yours or on those that come with it:
# ./tools/demo.sh [PICTURE or FOLDER...]
# Installs the packages that are missing, builds a release into build/, imports the pictures, fetches some through the
# policy, shows a refusal, and writes a page with all of them, whose path it prints last.
set -euo pipefail
pictures=()
for path in "$@"; do
  [ -e "$path" ] || { echo "no such file or folder: $path" >&2; exit 2; }
  pictures+=("$(realpath -- "$path")")
done
cd "$(dirname "${BASH_SOURCE[0]}")/.."
[ ${#pictures[@]} -gt 0 ] || pictures=("$PWD/examples/pictures")
build=${LOCKET_BUILD-build}

if [ ! -f "$build/build.ninja" ]; then
  tools/install_packages.sh build
  meson setup "$build" --buildtype=release -Dtests=disabled </dev/null
fi
ninja -C "$build" tools/locket/locket
demo=$build/demo
rm -rf "$demo"
mkdir -p "$demo"

program=$PWD/$build/tools/locket/locket
export LOCKET_STORE=$PWD/$demo/thumbnails.locket
itwin=11111111-1111-4111-8111-111111111111

# Shows a command as one would type it, and runs it. A refusal (exit code 1) is part of the show.
show() {
  printf '\n$ locket'
  printf ' %q' "$@"
  printf '\n'
  "$program" "$@" || [ $? -eq 1 ]
}

png_size() { od -An -tu1 -j16 -N8 "$1" | awk -v name="$1" '{ print name ": " $3 * 256 + $4 "x" $7 * 256 + $8 }'; }

printf '\n== Pictures go in\n'
show import "${pictures[@]}" --derive-ids --itwin $itwin

printf '\n== Who may see them: alice is in the office, the office may view; mallory is nobody\n'
show access load examples/access.json
show token keygen --out "$demo/keys"
for user in alice mallory; do
  "$program" token sign --key "$demo/keys/private.pem" --sub $user --client-id example >"$demo/$user.token"
done

# A second import skips everything, and tells which file became which iModel.
"$program" import "${pictures[@]}" --derive-ids --itwin $itwin --json >"$demo/import.jsonl" || [ $? -eq 1 ]
imodel=$(sed -n '/"unchanged"/{s/.*"imodel_id":"\([^"]*\)".*/\1/p;q}' "$demo/import.jsonl")
[ -n "$imodel" ] || { echo "none of the pictures could be stored" >&2; exit 1; }

printf '\n== alice fetches both sizes of one\n'
keys=$demo/keys/jwks.json
show access explain alice "$imodel"
for size in small large; do
  show fetch "$imodel" --keys "$keys" --token-file "$demo/alice.token" --size $size -o "$demo/$size.png"
  png_size "$demo/$size.png"
done

printf '\n== mallory is refused, as if there were no such iModel\n'
show fetch "$imodel" --keys "$keys" --token-file "$demo/mallory.token"

printf '\n== Everything stored is as it was written\n'
show check
show stats

"$program" gallery -o "$demo/gallery" >/dev/null
printf '\nAll pictures in both sizes: %s\n' "$PWD/$demo/gallery/index.html"
