#!/bin/sh
# output.sh COMMAND...: runs a Windows program by the command, such as `wine.sh program.exe`, and writes what it writes with the line
# ends and slashes of this machine, for tests/example.sh and tests/quickstart.sh.
set -eu

output=$(mktemp -d)
trap 'rm -rf "$output"' EXIT
ended=0
"$@" >"$output/stdout" 2>"$output/stderr" || ended=$?
here() {
    tr -d '\r' <"$output/$1" | tr '\\' /
}
here stdout
here stderr >&2
exit "$ended"
