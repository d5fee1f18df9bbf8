#!/usr/bin/env bash
# reproducible.sh PLATFORM BUILD: builds the library, and std, again from a copy of the sources in another folder, with a registry in
# another place, and compares all files with those in BUILD/native/PLATFORM.
set -euo pipefail

platform=$1
build=$(realpath "$2")
root=$(realpath "$(dirname "$0")/../..")
again=$build/again-in-a-folder-with-a-longer-name/$platform
rm -rf "$again"
mkdir -p "$again/build/cross"
trap 'rm -rf "$again"' EXIT

git -C "$root" ls-files -z | tar -C "$root" --null --files-from - -c | tar -x -C "$again"
ln -s "${CARGO_HOME:-$HOME/.cargo}" "$again/registry"
[ ! -e "$build/cross/zig" ] || ln -s "$build/cross/zig" "$again/build/cross/zig"
CARGO_HOME=$again/registry "$again/packaging/native/build.sh" "$platform" "$again/build"
diff -r "$build/native/$platform" "$again/build/native/$platform"
echo "$platform: built twice, with the same result:"
(cd "$build/native/$platform" && sha256sum *)
