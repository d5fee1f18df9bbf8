#!/usr/bin/env bash
# tools.sh NAME...: sees that each is there: a program, a file (a pattern will do), or python3-venv. Installs what is missing where
# this can be done without asking, else says how.
set -euo pipefail

is_there() {
  case $1 in
    python3-venv) python3 -c 'import ensurepip, venv' 2> /dev/null ;;
    */*) compgen -G "$1" > /dev/null ;;
    *) command -v "$1" > /dev/null ;;
  esac
}

# What Debian and Ubuntu call the package.
package_of() {
  case $1 in
    cc | gcc) echo gcc ;;
    c++ | g++) echo g++ ;;
    javac) echo default-jdk-headless ;;
    mvn) echo maven ;;
    mono) echo mono-runtime ;;
    mcs) echo mono-mcs ;;
    xbuild) echo mono-xbuild ;;
    /usr/lib/mono/*-api) echo mono-devel ;;
    /usr/lib/cli/nunit.*) echo libnunit-cil-dev ;;
    */libnss_wrapper.so) echo libnss-wrapper ;;
    */wine64) echo wine64 ;;
    x86_64-w64-mingw32-g++-posix) echo g++-mingw-w64-x86-64 ;;
    i686-w64-mingw32-g++-posix) echo g++-mingw-w64-i686 ;;
    */curl.h) echo libcurl4-openssl-dev ;;
    */sqlite3.h) echo libsqlite3-dev ;;
    */cJSON.h) echo libcjson-dev ;;
    */xmlwriter.h) echo libxml2-dev ;;
    /usr/bin/rustc) echo rustc-web ;;
    /usr/bin/cargo) echo cargo-web ;;
    /usr/lib/rustlib/src/*) echo rust-web-src ;;
    /usr/lib/rustlib/*/libstd-*) echo libstd-rust-web-dev ;;
    aarch64-linux-gnu-gcc) echo gcc-aarch64-linux-gnu ;;
    x86_64-w64-mingw32-gcc) echo gcc-mingw-w64-x86-64 ;;
    i686-w64-mingw32-gcc) echo gcc-mingw-w64-i686 ;;
    x86_64-w64-mingw32-g++) echo g++-mingw-w64-x86-64 ;;
    i686-w64-mingw32-g++) echo g++-mingw-w64-i686 ;;
    objdump | strings | readelf) echo binutils ;;
    llvm-dlltool | llvm-strip) echo llvm ;;
    lld-link) echo lld ;;
    musl-gcc) echo musl-tools ;;
    qemu-aarch64) echo qemu-user ;;
    /usr/aarch64-linux-gnu/*) echo libc6-dev-arm64-cross ;;
    *) echo "$1" ;;
  esac
}

missing=()
for name in "$@"; do
  is_there "$name" && continue
  case $name in
    cargo)
      echo "Rust is missing: install it with rustup, as its site says, then run this again." >&2
      exit 1
      ;;
    *) missing+=("$(package_of "$name")") ;;
  esac
done

[ ${#missing[@]} -eq 0 ] && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get > /dev/null; then
  apt-get update || echo "Not every index is up to date; what is known of the packages may do." >&2
  apt-get install -y --no-install-recommends "${missing[@]}"
else
  echo "Missing: ${missing[*]}. On Debian and Ubuntu: sudo apt-get install -y ${missing[*]}" >&2
  exit 1
fi
