#!/usr/bin/env bash
# Sees that each program named is there: installs it where this can be done without asking, else says how.
set -euo pipefail

package_of() {
  case $1 in
    cc | gcc) echo gcc ;;
    c++ | g++) echo g++ ;;
    pkg-config) echo pkg-config ;;
    *) echo "$1" ;;
  esac
}

missing=()
for program in "$@"; do
  command -v "$program" > /dev/null && continue
  case $program in
    cargo)
      echo "Rust is missing: install it with rustup, as its site says, then run this again." >&2
      exit 1
      ;;
    cargo-cinstall)
      echo "Installing cargo-c $CARGO_C_VERSION, which lays out C libraries; this takes some minutes, once."
      cargo install --locked cargo-c --version "$CARGO_C_VERSION"
      ;;
    *) missing+=("$(package_of "$program")") ;;
  esac
done

[ ${#missing[@]} -eq 0 ] && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get > /dev/null; then
  apt-get update
  apt-get install -y --no-install-recommends "${missing[@]}"
else
  echo "Missing: ${missing[*]}. On Debian and Ubuntu: sudo apt-get install -y ${missing[*]}" >&2
  exit 1
fi
