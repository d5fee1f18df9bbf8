#!/bin/sh
# crates.sh FOLDER: makes FOLDER a tree of sources in which cargo sees what is in the library, and no more: no sandbox, and no crate or
# feature that only tests need. The versions are those of Cargo.lock.
set -eu

sources=$(cd "$(dirname "$0")/.." && pwd)
rm -rf "$1" "$1.new"
mkdir -p "$1.new"
awk '/^\[/ { skip = $0 == "[dev-dependencies]" } /^members = / { $0 = "members = [\".\"]" } !skip' "$sources/Cargo.toml" \
    >"$1.new/Cargo.toml"
cp "$sources/Cargo.lock" "$1.new"
ln -s "$sources/build.rs" "$sources/src" "$sources/examples" "$1.new"
# Takes out of Cargo.lock what is not needed.
"${CARGO:-cargo}" metadata --quiet --offline --format-version 1 --manifest-path "$1.new/Cargo.toml" >/dev/null
mv "$1.new" "$1"
