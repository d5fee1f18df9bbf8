# For scripts that run many programs and end with a table; to be sourced, with $root set to the
# repository, $build to the folder for what is built, and $sandbox to the sandbox program.

mkdir -p "$build/work" "$build/logs"
table=$build/table
: >"$table"
passed=0
failed=0
skipped=0

# step NAME SECONDS COMMAND...: runs it within that time, and notes how it ended. What fails is run TRIES times.
step() {
    name=$1
    limit=$2
    shift 2
    log=$build/logs/$(echo "$name" | tr -c 'A-Za-z0-9\n' '_').log
    began=$(date +%s)
    tries=0
    until
        ended=0
        timeout --kill-after=10 "$limit" "$@" >"$log" 2>&1 9>&- || ended=$?
        tries=$((tries + 1))
        [ "$ended" -eq 0 ] || [ "$tries" -ge "${TRIES:-1}" ]
    do cat "$log" >&2; done
    if [ "$ended" -eq 0 ]; then
        verdict=ok
        [ "$tries" -eq 1 ] || verdict="ok, try $tries"
        passed=$((passed + 1))
    else
        verdict="FAILED ($ended)"
        failed=$((failed + 1))
        {
            echo
            echo "---- $name: $verdict, $build"
            tail -n 60 "$log"
        } | tee -a "${FAILURES:-/dev/null}" >&2
    fi
    took=$(($(date +%s) - began))
    # What is worth a line of the table: the counts, or the figures.
    said=$(grep -E ' passed, |median|MiB|round trips|at most' "$log" | grep -v '^==' | tr '\n' ';' | sed 's/;$//; s/;/; /g') || said=
    printf '%-44s %-13s %4s s  %s\n' "$name" "$verdict" "$took" "$said" >>"$table"
}

# skip NAME WHY: notes what is not run.
skip() {
    skipped=$((skipped + 1))
    printf '%-44s %-13s         %s\n' "$1" skipped "$2" >>"$table"
}

# Starts two sandboxes, a plain one and one with TLS, and sets what programs need to know of them. They stop when this script does,
# since it holds their standard input open.
start_sandboxes() {
    rm -f "$build/lifeline" "$build"/sandbox*.json
    mkfifo "$build/lifeline"
    "$sandbox" --port 0 --stdin-lifeline <"$build/lifeline" >"$build/sandbox.json" 2>"$build/sandbox.err" &
    sandbox_pid=$!
    "$sandbox" --port 0 --tls --stdin-lifeline <"$build/lifeline" >"$build/sandbox_tls.json" 2>>"$build/sandbox.err" &
    sandbox_tls_pid=$!
    exec 9>"$build/lifeline"
    await "$build/sandbox.json"
    await "$build/sandbox_tls.json"
    DMERP_BASE_URL=$(setting sandbox base_url)
    DMERP_APP_AREA=$(setting sandbox app_area)
    DMERP_API_KEY=$(setting sandbox api_key)
    DMERP_TLS_BASE_URL=$(setting sandbox_tls base_url)
    DMERP_TLS_CA_FILE=$(setting sandbox_tls ca_file)
    export DMERP_BASE_URL DMERP_APP_AREA DMERP_API_KEY DMERP_TLS_BASE_URL DMERP_TLS_CA_FILE
    "$root/tests/plain.py" "$(setting sandbox_tls control_url)" "$DMERP_TLS_CA_FILE" <"$build/lifeline" 9>&- >"$build/plain_url" &
    plain_pid=$!
    await "$build/plain_url"
    # Before a command: the sandbox with TLS in place of the plain one.
    over_https="env DMERP_BASE_URL=$DMERP_TLS_BASE_URL DMERP_CA_FILE=$DMERP_TLS_CA_FILE DMERP_CONTROL_URL=$(cat "$build/plain_url")"
}

# FILE: waits until something is in it.
await() {
    waited=0
    until [ -s "$1" ]; do
        waited=$((waited + 1))
        if [ "$waited" -gt 200 ] || ! kill -0 "$sandbox_pid" "$sandbox_tls_pid" 2>/dev/null; then
            echo "the sandboxes did not start:" >&2
            cat "$build/sandbox.err" >&2
            exit 1
        fi
        sleep 0.05
    done
}

setting() {
    sed "s/.*\"$2\":\"\([^\"]*\)\".*/\1/" "$build/$1.json"
}

# Ends the sandboxes, prints the table, and fails if anything did.
finish() {
    exec 9>&-
    for pid in "$sandbox_pid" "$sandbox_tls_pid" "$plain_pid"; do
        wait "$pid" || { echo "a sandbox ended with an error" >&2; failed=$((failed + 1)); }
    done
    echo
    cat "$table"
    echo
    [ "$failed" -eq 0 ] || echo "the logs are in $build/logs"
    echo "steps: $passed passed, $failed failed, $skipped skipped"
    [ "$failed" -eq 0 ]
}
