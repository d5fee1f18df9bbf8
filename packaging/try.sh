#!/usr/bin/env bash
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

# WORD: the number before it in $counts.
count() {
    if [[ $counts =~ ([0-9]+)\ $1 ]]; then echo "${BASH_REMATCH[1]}"; else echo 0; fi
}

for each in "$@"; do
    name=${each%%:*}
    log=$logs/$name.log
    ended=0
    # To a file, not to a pipe: a program that stays behind, such as Wine's server, would hold it open.
    timeout --kill-after=10 1800 sh -c "${each#*:}" >"$log" 2>&1 </dev/null || ended=$?
    cat "$log"
    # As this project's scripts end, or as pytest does.
    counts=$(grep -E '[0-9]+ passed(,| in )' "$log" | tail -n 1 | tr -d =) || counts="0 passed, 0 failed"
    here_passed=$(count passed)
    here_failed=$(count failed)
    # What did not come to its end, or tried nothing, has failed as well.
    if [ "$here_failed" = 0 ] && { [ "$ended" != 0 ] || [ "$here_passed" = 0 ]; }; then
        here_failed=1
        counts+=", but ended with $ended"
    fi
    passed=$((passed + here_passed))
    failed=$((failed + here_failed))
    skipped=$((skipped + $(count skipped)))
    results+=$(printf '%-10s %s' "$name" "$counts")$'\n'
done

printf '\n%s\n%s' "Packages, as a user installs them:" "$results"
printf '\n%-70s %10s  %s\n' file bytes sha256
while read -r sum file; do
    printf '%-70s %10d  %s\n' "$file" "$(stat -c %s "$dist/$file")" "$sum"
done <"$dist/SHA256SUMS"
printf '\n%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
[ "$failed" = 0 ]
