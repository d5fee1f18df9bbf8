#!/bin/sh
# wine.sh PROGRAM ARGUMENT...: runs a Windows program under Wine, as if it were a program of this machine: its output, its exit code.
# wine.sh --end: ends all that runs in the prefix.
#
#     DMERP_WINEPREFIX     the folder of Wine's settings and C: drive; made when it is missing (default build/wine)
#     DMERP_WINE_SECONDS   how long the program may take (default 600)
#
# Arguments that are paths of this machine work as they are in most programs, if the current folder is one of this machine, too:
# Wine shows it as drive Z:. Variables of the environment are passed on.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
# No file associations, no .NET and no browser engine of Wine's own; not a word about what Wine does not do.
export WINEPREFIX="${DMERP_WINEPREFIX:-$here/../../build/wine}" WINEDEBUG=-all WINEDLLOVERRIDES="mscoree=;mshtml=;winemenubuilder.exe="

if [ "$1" = --end ]; then
    [ ! -d "$WINEPREFIX" ] || wineserver --kill || true
    exit 0
fi

make_prefix() {
    rm -rf "$WINEPREFIX"
    mkdir -p "$WINEPREFIX"
    timeout --kill-after=10 180 wine wineboot --init </dev/null >"$WINEPREFIX/wineboot.log" 2>&1
    timeout 60 wineserver --wait # until its registry is on the disk
    x86_64-w64-mingw32-gcc -O2 -shared -s "$here/bcryptprimitives.c" -ladvapi32 \
        -o "$WINEPREFIX/drive_c/windows/system32/bcryptprimitives.dll"
    touch "$WINEPREFIX/ready"
}

# Two that start at the same time make it once.
mkdir -p "$(dirname "$WINEPREFIX")"
if [ ! -e "$WINEPREFIX/ready" ]; then
    (
        flock 8
        [ -e "$WINEPREFIX/ready" ] || make_prefix
    ) 8>"$WINEPREFIX.lock"
fi

# Wine's server inherits the output and stays for seconds: whoever reads a pipe would wait for it.
output=$(mktemp -d)
trap 'rm -rf "$output"' EXIT
ended=0
timeout --kill-after=10 "${DMERP_WINE_SECONDS:-600}" wine "$@" </dev/null >"$output/stdout" 2>"$output/stderr" 8>&- 9>&- || ended=$?
cat "$output/stdout"
cat "$output/stderr" >&2
exit "$ended"
