#!/usr/bin/env bash
# timed.sh FILE NAME COMMAND...: runs the command, and adds a line to the file: the seconds it took, how it ended, its name. Whatever in
# the command fails may add why to $FAILURES; else the end of the command's output is added.
# timed.sh FILE: prints the file as a table, and what failed. What ran more than once is one line.
# timed.sh --new FILE: begins a new table.
set -uo pipefail

if [ "$1" = --new ]; then
  rm -f "$2" "$2.failures"
  exit 0
fi
file=$1
shift
export FAILURES=$file.failures
if [ $# -eq 0 ]; then
  [ -e "$file" ] || exit 0
  # At the end, since who keeps a long output cuts its middle out.
  [ ! -e "$FAILURES" ] || cat "$FAILURES"
  printf '\n%-24s %7s\n' step seconds
  awk -F '\t' '!($3 in took) { order[++steps] = $3 }
    { took[$3] += $1; if ($2 != 0) failed[$3] = "FAILED (" $2 ")" }
    END { for (i = 1; i <= steps; i++) printf "%-24s %7d  %s\n", order[i], took[order[i]], failed[order[i]] }' "$file"
  exit 0
fi

name=$1
shift
mkdir -p "$(dirname "$file")"
# The command is none of the jobs that make counts, and a make in it does one thing after the other.
unset MAKEFLAGS
output=$(mktemp)
trap 'rm -f "$output"' EXIT
known=$(stat -c %s "$FAILURES" 2>/dev/null)
# Not a pipe that bash waits for: a server that the command leaves running would hold it open.
exec 3> >(tee "$output")
tee=$!
"$@" >&3 2>&1 3>&-
ended=$?
exec 3>&-
timeout 5 tail -s 0.1 --pid=$tee -f /dev/null # until it has written the end
if [ "$ended" -ne 0 ] && [ "$known" = "$(stat -c %s "$FAILURES" 2>/dev/null)" ]; then
  printf '\n---- %s\n' "$name" >> "$FAILURES"
  tail -n 40 "$output" >> "$FAILURES"
fi
printf '%d\t%d\t%s\n' "$SECONDS" "$ended" "$name" >> "$file"
exit $ended
