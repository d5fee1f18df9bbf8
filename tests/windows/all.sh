#!/bin/sh
# all.sh NATIVE_FOLDER SANDBOX_PROGRAM: what `make test-windows` does for C and C++: the tests for 64-bit Windows, then those for 32-bit
# Windows, if a 32-bit Wine can be had.
set -eu

here=$(dirname "$0")
wine32=$here/../../build/wine32
ended=0
trap '"$here/wine.sh" --end' EXIT

"$here/run.sh" win-x64 "$1/win-x64" "$2" || ended=1
if "$here/wine32.sh" "$wine32"; then
    "$here/run.sh" win-x86 "$1/win-x86" "$2" || ended=1
else
    echo "win-x86: NOT RUN, since there is no 32-bit Wine here; the reason is above" >&2
fi
exit "$ended"
