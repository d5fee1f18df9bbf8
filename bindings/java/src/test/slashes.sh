#!/bin/sh
# slashes.sh COMMAND...: runs an example under Wine by this command, and writes what it writes with the slashes of this machine: Java
# gives each path those of Windows. A SIGTERM goes to the command.
set -eu

output=$(mktemp -d)
trap 'rm -rf "$output"' EXIT
"$@" >"$output/stdout" 2>"$output/stderr" &
command=$!
trap 'kill -TERM "$command"' TERM
until
    ended=0
    wait "$command" || ended=$? # which a signal ends, too
    ! kill -0 "$command" 2>/dev/null
do :; done
tr '\\' / <"$output/stdout"
tr '\\' / <"$output/stderr" >&2
exit "$ended"
