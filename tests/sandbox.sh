# For scripts that run a program in a sandbox of its own; to be sourced, with $sandbox set to the sandbox program.

work=$(mktemp -d)
export no_proxy=127.0.0.1
trap 'exec 9>&-; rm -rf "$work"' EXIT
passed=0
failed=0

# WHAT COMMAND...: counts whether the command succeeds.
check() {
    what=$1
    shift
    if "$@"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "failed: $what" >&2
        if [ -e "$work/output" ]; then cat "$work/output" >&2; fi
    fi
}

# Tells the count, and fails if a check failed.
checked() {
    echo "$passed passed, $failed failed"
    [ "$failed" -eq 0 ]
}

# ARGUMENT...: starts the sandbox, which ends when this script does, and sets what a client of it needs.
start_sandbox() {
    mkfifo "$work/lifeline"
    "$sandbox" --port 0 --stdin-lifeline "$@" <"$work/lifeline" >"$work/sandbox.json" &
    exec 9>"$work/lifeline"
    waited=0
    until [ -s "$work/sandbox.json" ]; do
        waited=$((waited + 1))
        [ "$waited" -le 200 ] || { echo "the sandbox did not start" >&2; exit 1; }
        sleep 0.05
    done
    DMERP_BASE_URL=$(setting base_url)
    DMERP_APP_AREA=$(setting app_area)
    DMERP_API_KEY=$(setting api_key)
    export DMERP_BASE_URL DMERP_APP_AREA DMERP_API_KEY
}

setting() {
    sed "s/.*\"$1\":\"\([^\"]*\)\".*/\1/" "$work/sandbox.json"
}

# PATH: prints what the sandbox's control API answers.
ask() {
    python3 -c 'import shutil, sys, urllib.request as r; shutil.copyfileobj(r.urlopen(sys.argv[1]), sys.stdout.buffer)' \
        "$(setting control_url)/$1"
}

# PATH BODY: tells the sandbox's control API.
control() {
    python3 -c '
import sys, urllib.request
request = urllib.request.Request(sys.argv[1], sys.argv[2].encode(), {"Content-Type": "application/json"}, method="POST")
urllib.request.urlopen(request).read()' "$(setting control_url)/$1" "$2"
}
