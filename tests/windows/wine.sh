#!/bin/sh
# wine.sh PROGRAM ARGUMENT...: runs a Windows program under Wine, as if it were a program of this machine: its output, its exit code.
# A 32-bit program needs what wine32.sh makes.
# wine.sh --console PROGRAM ARGUMENT...: the same; and SIGTERM to this script is Ctrl-C to the program, instead of its end.
# wine.sh --end: ends all that runs in the prefixes.
# wine.sh --prefix: tells where the 64-bit prefix is.
#
#     DMERP_WINEPREFIX     the folder of Wine's settings and drive C:, made when it is missing; that of 32-bit programs has -x86 at the
#                          end of its name. Default: one for this repository in the user's cache. Not in the repository: a prefix has
#                          a link to /, which cargo would follow.
#     DMERP_WINE32         the folder that wine32.sh made (default build/wine32)
#     DMERP_WINE_SECONDS   how long the program may take (default 600)
#
# Paths of this machine work as arguments of most programs, as long as the current folder is one of this machine, too: Wine shows it
# as drive Z:. Variables of the environment are passed on.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
prefix=${DMERP_WINEPREFIX:-${XDG_CACHE_HOME:-$HOME/.cache}/dmerp/wine-$(echo "$here" | cksum | cut -d ' ' -f 1)}
wine32=${DMERP_WINE32:-$here/../../build/wine32}
# Not a word about what Wine does not do; and no .NET, no browser engine and no file associations of Wine's own.
export WINEDEBUG=-all WINEDLLOVERRIDES="mscoree=;mshtml=;winemenubuilder.exe="

use_64() {
    export WINEPREFIX="$prefix" WINEARCH=win64
    wine=wine
    wineserver=wineserver
    compiler=x86_64-w64-mingw32-gcc
}
use_32() {
    [ -e "$wine32/ready" ] || { echo "$wine32 has no 32-bit Wine: see wine32.sh" >&2; exit 1; }
    root=$(cd "$wine32" && pwd)/root
    export WINEPREFIX="$prefix-x86" WINEARCH=win32 WINELOADER="$root/usr/lib/wine/wine" WINESERVER="$root/usr/lib/wine/wineserver32" \
        WINEDLLPATH="$root/usr/lib/i386-linux-gnu/wine"
    wine=$WINELOADER
    wineserver=$WINESERVER
    compiler=i686-w64-mingw32-gcc
}
# FILE: whether it is a program for 32-bit Windows: so says the machine's number in its PE header, to which byte 60 points.
is_32() {
    [ -f "$1" ] && header=$(od -A n -t u4 -j 60 -N 4 "$1") && [ "$(od -A n -t x2 -j $((header + 4)) -N 2 "$1" | tr -d ' ')" = 014c ]
}

if [ "$1" = --prefix ]; then
    echo "$prefix"
    exit 0
fi
if [ "$1" = --end ]; then
    [ ! -d "$prefix" ] || (use_64 && "$wineserver" --kill) || true
    [ ! -d "$prefix-x86" ] || (use_32 && "$wineserver" --kill) || true
    exit 0
fi
console=
if [ "$1" = --console ]; then
    console=yes
    shift
fi
if is_32 "$1"; then use_32; else use_64; fi

make_prefix() {
    rm -rf "$WINEPREFIX"
    mkdir -p "$WINEPREFIX"
    timeout --kill-after=10 180 "$wine" wineboot --init </dev/null >"$WINEPREFIX/wineboot.log" 2>&1 || {
        echo "Wine does not start: see $WINEPREFIX/wineboot.log" >&2
        "$wineserver" --kill || true # whatever it has started
        exit 1
    }
    timeout 60 "$wineserver" --wait # until its registry is on the disk
    # --kill-at: without the decoration that a 32-bit DLL's names have else.
    "$compiler" -O2 -shared -s -Wl,--kill-at "$here/bcryptprimitives.c" -ladvapi32 \
        -o "$WINEPREFIX/drive_c/windows/system32/bcryptprimitives.dll"
    "$compiler" -O2 -s -municode "$here/console.c" -o "$WINEPREFIX/console.exe"
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
[ -z "$console" ] || set -- "$WINEPREFIX/console.exe" "$output/interrupt" "$@"
timeout --kill-after=10 "${DMERP_WINE_SECONDS:-600}" "$wine" "$@" </dev/null >"$output/stdout" 2>"$output/stderr" 8>&- 9>&- &
program=$!
if [ -n "$console" ]; then trap ': >"$output/interrupt"' TERM; else trap 'kill "$program"' TERM; fi
until
    ended=0
    wait "$program" || ended=$? # which a signal ends, too
    ! kill -0 "$program" 2>/dev/null
do :; done

# Lines end as on this machine. The 32-bit Wine misses fonts, which no test needs.
sed 's/\r$//' "$output/stdout"
sed -e 's/\r$//' -e '/^Wine cannot find the FreeType font library/,/freetype.org$/d' "$output/stderr" >&2
exit "$ended"
