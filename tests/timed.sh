#!/usr/bin/env bash
# timed.sh FILE NAME COMMAND...: runs the command, and adds a line to the file: what it took, and how it ended.
# timed.sh FILE: prints the file as a table.
set -uo pipefail

file=$1
shift
if [ $# -eq 0 ]; then
  printf '\n%-28s %6s\n' step seconds
  cat "$file"
  exit 0
fi

name=$1
shift
mkdir -p "$(dirname "$file")"
"$@"
ended=$?
failed=
[ $ended -eq 0 ] || failed="FAILED ($ended)"
printf '%-28s %6d  %s\n' "$name" "$SECONDS" "$failed" >> "$file"
exit $ended
