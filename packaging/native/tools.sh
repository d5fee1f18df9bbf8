#!/usr/bin/env bash
# tools.sh BUILD PLATFORM...: sees that all is there that build.sh and check.sh need for these platforms.
set -euo pipefail

cross=$(realpath -m "$1")/cross
root=$(realpath "$(dirname "$0")/../..")
here=$root/packaging/native
shift

# Debian's compiler, with std for this machine, which build scripts and macros need, and std's source.
tools=(/usr/bin/rustc /usr/bin/cargo '/usr/lib/rustlib/x86_64-unknown-linux-gnu/lib/libstd-*.rlib' /usr/lib/rustlib/src/rust/library/std
  llvm-strip objdump)
for platform in "$@"; do
  # shellcheck source=platforms.sh
  . "$here/platforms.sh"
  tools+=("${compiler[0]}")
  case $platform in
    win-*) tools+=(llvm-dlltool lld-link) ;;
    linux-*) tools+=(python3-venv) ;;
  esac
  [ "$platform" != linux-arm64 ] || tools+=(qemu-aarch64 /usr/aarch64-linux-gnu/lib/libc.so)
done
"$root/tests/tools.sh" "${tools[@]}"

case " $* " in
  *" linux-"*)
    if ! cmp -s "$here/requirements.txt" "$cross/zig/requirements.txt"; then
      rm -rf "$cross/zig"
      python3 -m venv "$cross/zig"
      "$cross/zig/bin/pip" install --quiet --requirement "$here/requirements.txt"
      cp "$here/requirements.txt" "$cross/zig"
    fi
    ;;
esac
