#!/usr/bin/env bash
# timed.sh FILE NAME COMMAND...: runs the command, and adds a line to the file: the seconds it took, how it ended, its name.
# timed.sh FILE: prints the file as a table. What ran more than once is one line.
set -uo pipefail

file=$1
shift
if [ $# -eq 0 ]; then
  [ -e "$file" ] || exit 0
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
"$@"
ended=$?
printf '%d\t%d\t%s\n' "$SECONDS" "$ended" "$name" >> "$file"
exit $ended
