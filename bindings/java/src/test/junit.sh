#!/bin/sh
# junit.sh JAVA ARGUMENT...: runs JUnit's console by this command, which ends where the console's own arguments begin, and closes with
# the line "N passed, N failed, N skipped".
set -eu

output=$(mktemp)
trap 'rm -f "$output"' EXIT
ended=0
"$@" >"$output" 2>&1 || ended=$?
cat "$output"
count() {
    sed -n "s/^\[ *\([0-9]*\) tests $1 *\].*/\1/p" "$output"
}
echo "$(count successful) passed, $(count failed) failed, $(($(count skipped) + $(count aborted))) skipped"
exit "$ended"
