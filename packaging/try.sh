#!/bin/bash
# try.sh DIST LOGS NAME:COMMAND...: runs each command, which tries packages of DIST and ends with a line "N passed, N failed"; ", N skipped"
# may follow. Then prints the files with their sizes and hashes, and the sum of those counts. Fails if anything failed. What the commands
# print is in LOGS/NAME.log.
set -euo pipefail

dist=$1
logs=$2
shift 2
mkdir -p "$logs"
passed=0
failed=0
skipped=0
results=
for each in "$@"; do
    name=${each%%:*}
    log=$logs/$name.log
    ended=0
    # To a file, not to a pipe: a program that stays behind, such as Wine's server, would hold it open.
    sh -c "${each#*:}" >"$log" 2>&1 </dev/null || ended=$?
    cat "$log"
    counts=$(grep -E '^([A-Za-z]+: )?[0-9]+ passed, [0-9]+ failed' "$log" | tail -n 1) || counts="0 passed, 0 failed"
    [[ $counts =~ ([0-9]+)\ passed,\ ([0-9]+)\ failed(,\ ([0-9]+)\ skipped)? ]]
    passed=$((passed + BASH_REMATCH[1]))
    failed=$((failed + BASH_REMATCH[2]))
    skipped=$((skipped + ${BASH_REMATCH[4]:-0}))
    # What did not come to its end, or tried nothing, has failed as well.
    if [ "${BASH_REMATCH[2]}" = 0 ] && [ "$ended" != 0 -o "${BASH_REMATCH[1]}" = 0 ]; then
        failed=$((failed + 1))
        counts+=", but ended with $ended"
    fi
    results+=$(printf '%-10s %s' "$name" "$counts")$'\n'
done

printf '\n%s\n%s' "Packages, as a user installs them:" "$results"
printf '\n%-70s %10s  %s\n' file bytes sha256
while read -r sum file; do
    printf '%-70s %10d  %s\n' "$file" "$(stat -c %s "$dist/$file")" "$sum"
done <"$dist/SHA256SUMS"
printf '\n%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
[ "$failed" = 0 ]
