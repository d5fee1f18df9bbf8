#!/bin/sh
# example.sh SANDBOX_PROGRAM DATA_FOLDER COMMAND...: runs an example's round trip (COMMAND, with its three arguments added) in a
# sandbox of its own, in which two packets and a file wait, and compares what it received.
set -eu

sandbox=$1
data=$2
shift 2
. "$(dirname "$0")/sandbox.sh"

printf '<NavMobileSync salesmancode="A"/>' >"$work/packet1"
printf '<NavMobileSync salesmancode="B"><!-- \320\230\320\262\320\260\320\275 --></NavMobileSync>' >"$work/packet2"
head -c 300000 /dev/urandom >"$work/file"
mkdir "$work/received"
start_sandbox --packet "../A=$work/packet1" --packet "B=$work/packet2" --file "B=$work/file"
received() {
    find "$work/received" -type f | wc -l
}

# A wrong key is told and is no success.
check "a wrong key" sh -c '! DMERP_API_KEY=wrong "$@" >"$0" 2>&1' "$work/output" "$@" "$data" SOFIA01 "$work/received"
check "a wrong key is told" grep -q AUTHENTICATION_FAILED "$work/output"

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

checked
