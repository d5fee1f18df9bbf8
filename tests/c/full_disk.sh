#!/bin/sh
# full_disk.sh SANDBOX_PROGRAM DATA_FOLDER COMMAND...: runs an example's round trip (COMMAND, with its three arguments added) where
# the disk has no room for the second packet, and the portal does not mark the first one: both are told, and no part stays.
set -eu

sandbox=$1
data=$2
shift 2
work=$(mktemp -d)
export no_proxy=127.0.0.1
trap 'exec 9>&-; rm -rf "$work"' EXIT
passed=0
failed=0

check() {
    what=$1
    shift
    if "$@"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "failed: $what" >&2
        cat "$work/output" >&2
    fi
}

printf '<NavMobileSync salesmancode="A"/>' >"$work/small"
head -c 3000000 /dev/zero >"$work/large"
mkdir "$work/received"
mkfifo "$work/lifeline"
"$sandbox" --port 0 --stdin-lifeline --packet "A=$work/small" --packet "A=$work/large" <"$work/lifeline" >"$work/sandbox.json" &
exec 9>"$work/lifeline"
waited=0
until [ -s "$work/sandbox.json" ]; do
    waited=$((waited + 1))
    [ "$waited" -le 200 ] || { echo "the sandbox did not start" >&2; exit 1; }
    sleep 0.05
done
setting() {
    sed "s/.*\"$1\":\"\([^\"]*\)\".*/\1/" "$work/sandbox.json"
}
python3 -c '
import sys, urllib.request
request = urllib.request.Request(sys.argv[1], sys.argv[2].encode(), {"Content-Type": "application/json"}, method="POST")
urllib.request.urlopen(request).read()' "$(setting control_url)/faults" \
    '{"on": "portal", "path": "/done", "times": 0, "action": {"status": {"code": 400}}}'
DMERP_BASE_URL=$(setting base_url)
DMERP_APP_AREA=$(setting app_area)
DMERP_API_KEY=$(setting api_key)
export DMERP_BASE_URL DMERP_APP_AREA DMERP_API_KEY

# No file can be larger than a million bytes or so; without the signal, a write beyond that fails as on a full disk.
limited() {
    (
        trap '' XFSZ
        ulimit -f 2000
        exec "$@"
    )
}
ended=0
limited "$@" "$data" SOFIA01 "$work/received" >"$work/output" 2>&1 9>&- || ended=$?
check "it is no success" [ "$ended" -eq 1 ]
check "the full disk is told, once" [ "$(grep -c 'cannot write' "$work/output")" -eq 1 ]
check "what was not marked is told, once" [ "$(grep -c 'status: *REJECTED' "$work/output")" -eq 1 ]
check "the small packet is kept, and nothing else" [ "$(find "$work/received" -type f | wc -l)" -eq 1 ]
check "it has its name" [ -z "$(find "$work/received" -name '*.part')" ]
check "it is whole" cmp "$work/small" "$work/received"/packet-*

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
