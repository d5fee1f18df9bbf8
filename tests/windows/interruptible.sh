#!/bin/sh
# interruptible.sh WINE CTRL_C PROGRAM ARGUMENT...: runs a Windows program as WINE, which is wine.sh, does, but so that scripts for
# programs of this machine can run and judge it: SIGTERM is Ctrl-C for it, and the lines of its output end as here. CTRL_C is the
# program made of ctrl_c.c.
set -eu

wine=$1
ctrl_c=$2
shift 2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'touch "$work/press"' TERM

"$wine" "$ctrl_c" "$work/press" "$@" >"$work/stdout" 2>"$work/stderr" &
ended=0
wait $! || ended=$?
# The signal ends the wait alone.
if [ -e "$work/press" ]; then
    ended=0
    wait $! || ended=$?
fi
tr -d '\r' <"$work/stdout"
tr -d '\r' <"$work/stderr" >&2
exit "$ended"
