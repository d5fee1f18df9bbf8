#!/usr/bin/env bash
# check.sh PLATFORM BUILD [RUN]: checks what build.sh put into BUILD/native/PLATFORM: what it exports and needs, what it says about
# itself, and that programs link to it. Those for Linux are run; those for Windows only if RUN, which is tests/windows/wine.sh, can run them.
set -euo pipefail

platform=$1
build=$(realpath "$2")
folder=$build/native/$platform
runner=${3:+$(realpath "$3")}
root=$(realpath "$(dirname "$0")/../..")
here=$root/packaging/native
# shellcheck source=platforms.sh
. "$here/platforms.sh"
library=$folder/$file

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0
failed=0

# check WHAT COMMAND...
check() {
  local what=$1
  shift
  if "$@" > "$work/output" 2>&1; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    echo "failed: $platform: $what" >&2
    head -20 "$work/output" | cut -c -200 >&2
  fi
}

# The system's libraries that the library needs.
needed() {
  case $file in
    *.dll) objdump -p "$library" | sed -n 's/^\tDLL Name: //p' ;;
    *) readelf --dynamic "$library" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' ;;
  esac | tr '[:upper:]' '[:lower:]' | sort -u
}

# Every system of the platform has these. Of bcryptprimitives.dll, std takes ProcessPrng, which is there from Windows 10 and Windows
# Server 2016 on; the others are older.
needs_only_the_system() {
  local system
  case $platform in
    win-*)
      system="advapi32.dll api-ms-win-core-synch-l1-2-0.dll bcrypt.dll bcryptprimitives.dll crypt32.dll kernel32.dll msvcrt.dll
        ntdll.dll ws2_32.dll"
      ;;
    linux-musl-x64) system=libc.so ;;
    *) system="libc.so.6 libdl.so.2 libm.so.6 libpthread.so.0 librt.so.1 ld-linux-x86-64.so.2 ld-linux-aarch64.so.1" ;;
  esac
  ! needed | grep -vxF "$(printf '%s\n' $system)"
}

newest_glibc() {
  objdump -T "$library" | grep -o 'GLIBC_[0-9.]*' | sort -Vu | tail -1
}

glibc_2_17_will_do() {
  [ "$(printf '%s\n' GLIBC_2.17 "$(newest_glibc)" | sort -V | tail -1)" = GLIBC_2.17 ]
}

# FILE. Folders of this machine, also as a part of symbols, and names that any machine's would have.
tells_no_path() {
  ! { strings -a "$1" && strings -a -e l "$1"; } |
    grep -F -e "$root" -e "${root//[^A-Za-z0-9]/_}" -e "$HOME" -e /home/ -e /usr/src/ -e rustlib -e /registry/ -e index.crates.io
}

# NAME TEXT: a line of the version resource.
resource_says() {
  "${compiler%gcc}windres" --input-format coff --output-format rc "$library" | tr -d '\0' > "$work/resource"
  grep "\"$1\", L\?\"$2" "$work/resource" || ! cat "$work/resource"
}

# No code on the stack: newer versions of glibc refuse to load such a library. And it stays where it is when it is unloaded.
loads_safely() {
  readelf --wide --segments "$library" | grep 'GNU_STACK.* RW ' && readelf --dynamic "$library" | grep NODELETE
}

# On ARM, the pages of some systems have 64 KiB.
fits_big_pages() {
  ! readelf --wide --segments "$library" | grep LOAD | grep -v '0x10000$'
}

# run PROGRAM
run() {
  case $platform in
    win-*) cp "$library" "$work" && "$runner" "$1" ;;
    linux-arm64) qemu-aarch64 -L /usr/aarch64-linux-gnu -E "LD_LIBRARY_PATH=$work" "$1" ;;
    *) LD_LIBRARY_PATH=$work "$1" ;;
  esac
}

version=$(sed -n 's/^version = "\(.*\)"/\1/p' "$root/Cargo.toml")
compile=("$compiler" -std=c99 -Wall -Wextra -Wpedantic -Werror "-I$folder")

check "what it exports" "$root/tests/c/exports.sh" "$library" "$folder/dmerp.h"
check "it needs only what the system has" needs_only_the_system
for part in "$folder"/*dmerp.*; do
  check "${part##*/} tells no path of the machine that built it" tells_no_path "$part"
done
static=("${compile[@]}" "$here/starts.c" -o "$work/static.exe" "$folder/libdmerp.a")
if [ "$platform" = linux-musl-x64 ]; then
  # Debian has musl, but no library for it that unwinds the stack, as Alpine has with libgcc_s; zig has its own.
  static=("$build/cross/zig/bin/python-zig" cc -target x86_64-linux-musl "${static[@]:1}" -lunwind)
else
  static+=($(cat "$folder/native-static-libs"))
fi
check "a program that links to the static library" env "ZIG_GLOBAL_CACHE_DIR=$build/cross/zig-cache" "${static[@]}"

case $platform in
  win-*)
    check "it is smaller than 3.2 MB" test "$(stat -c %s "$library")" -lt 3200000
    check "version resource: product" resource_says ProductName dmerp
    check "version resource: version" resource_says ProductVersion "$version"
    check "version resource: description" resource_says FileDescription "Exchange synchronization packets"
    check "a program that links to MinGW's import library" \
      "${compile[@]}" "$here/starts.c" -o "$work/starts.exe" -L"$folder" -ldmerp
    # Microsoft's linker cannot be had here; LLVM's works as it does.
    check "an object for Microsoft's linker" "${compile[@]}" -O2 -c "$here/plain.c" -o "$work/plain.obj"
    check "a program that links to Microsoft's import library" \
      lld-link -safeseh:no -subsystem:console -entry:start "-out:$work/plain.exe" "$work/plain.obj" "$folder/dmerp.lib"
    programs="static starts plain"
    [ -n "$runner" ] || programs=
    ;;
  *)
    check "it loads safely" loads_safely
    case $platform in
      linux-musl-x64) ;;
      *) check "glibc 2.17 will do" glibc_2_17_will_do ;;
    esac
    [ "$platform" = linux-arm64 ] && check "it fits pages of 64 KiB" fits_big_pages
    ln -s "$library" "$work/$(readelf --dynamic "$library" | sed -n 's/.*(SONAME).*\[\(.*\)\]/\1/p')"
    check "a program that links to it" "${compile[@]}" "$here/starts.c" -o "$work/starts.exe" "$library"
    programs="static starts"
    ;;
esac
for program in $programs; do
  check "the program $program runs" run "$work/$program.exe"
done

echo "$platform: $(stat -c '%s bytes' "$library"), sha256 $(sha256sum < "$library" | cut -d' ' -f1)"
echo "$platform: needs $(needed | tr '\n' ' ')$(case $platform in linux-musl-*) ;; linux-*) echo "($(newest_glibc))" ;; esac)"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
