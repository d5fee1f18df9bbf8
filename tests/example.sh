#!/bin/sh
# example.sh SANDBOX_PROGRAM DATA_FOLDER COMMAND...: runs an example's round trip (COMMAND, with its three arguments added) in a
# sandbox of its own, in which two packets and a file wait, and compares what it received.
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
    fi
}

printf '<NavMobileSync salesmancode="A"/>' >"$work/packet1"
printf '<NavMobileSync salesmancode="B"><!-- \320\230\320\262\320\260\320\275 --></NavMobileSync>' >"$work/packet2"
head -c 300000 /dev/urandom >"$work/file"
mkdir "$work/received"
mkfifo "$work/lifeline"
"$sandbox" --port 0 --stdin-lifeline --packet "../A=$work/packet1" --packet "B=$work/packet2" --file "B=$work/file" \
    <"$work/lifeline" >"$work/sandbox.json" &
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
# PATH BODY: tells the sandbox's control API.
control() {
    python3 -c '
import sys, urllib.request
request = urllib.request.Request(sys.argv[1], sys.argv[2].encode(), {"Content-Type": "application/json"}, method="POST")
urllib.request.urlopen(request).read()' "$(setting control_url)/$1" "$2"
}
received() {
    find "$work/received" -type f | wc -l
}
DMERP_BASE_URL=$(setting base_url)
DMERP_APP_AREA=$(setting app_area)
export DMERP_BASE_URL DMERP_APP_AREA

# A wrong key is told and is no success.
check "a wrong key" sh -c '! DMERP_API_KEY=wrong "$@" >"$0" 2>&1' "$work/output" "$@" "$data" SOFIA01 "$work/received"
check "a wrong key is told" grep -q AUTHENTICATION_FAILED "$work/output"

DMERP_API_KEY=$(setting api_key)
export DMERP_API_KEY
check "the round trip" "$@" "$data" SOFIA01 "$work/received"
check "the number of files received" [ "$(received)" -eq 3 ]
for name in packet1 packet2 file; do
    kind=$(echo "$name" | tr -d 12)
    found=no
    for received in "$work/received/$kind"-*; do
        if cmp -s "$work/$name" "$received"; then found=yes; fi
    done
    check "the content of $name" [ "$found" = yes ]
done

# Everything was marked done, so a second run receives nothing more.
check "the second round trip" "$@" "$data" SOFIA01 "$work/received"
check "nothing came twice" [ "$(received)" -eq 3 ]

# A packet that cannot be had is told, and holds up no other; it comes again.
control 'packets?mobileUser=C' '<NavMobileSync salesmancode="1"/>'
control 'packets?mobileUser=C' '<NavMobileSync salesmancode="2"/>'
control faults '{"on": "storage", "method": "GET", "action": {"status": {"code": 404}}}'
check "a packet that is not there is no success" sh -c '! "$@" >"$0" 2>&1' "$work/output" "$@" "$data" SOFIA01 "$work/received"
check "a packet that is not there is told" grep -q NOT_FOUND "$work/output"
check "it holds up no other" [ "$(received)" -eq 4 ]
control show-hidden ''
check "the round trip after it" "$@" "$data" SOFIA01 "$work/received"
check "nothing was lost" [ "$(received)" -eq 5 ]

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
