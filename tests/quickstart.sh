#!/bin/sh
# quickstart.sh SANDBOX_PROGRAM PACKET_FILE QUICKSTART...: runs the quickstart example of any language (the command QUICKSTART, with
# its three arguments added) in a sandbox of its own, in which two packets wait.
set -eu

sandbox=$1
packet=$2
shift 2
. "$(dirname "$0")/sandbox.sh"

printf '<NavMobileSync salesmancode="A"/>' >"$work/packet1"
printf '<NavMobileSync salesmancode="B"><!-- \320\230\320\262\320\260\320\275 --></NavMobileSync>' >"$work/packet2"
mkdir "$work/received"
start_sandbox --packet "A=$work/packet1" --packet "B=$work/packet2"

# FOLDER QUICKSTART...: runs the program, and notes its exit code.
run() {
    folder=$1
    shift
    ended=0
    "$@" "$packet" SOFIA01 "$folder" >"$work/output" 2>&1 || ended=$?
}
received() {
    find "$work/received" -type f | wc -l
}
waiting() {
    ask packets | grep -o '"id"' | wc -l
}

DMERP_API_KEY=wrong run "$work/received" "$@"
check "a wrong key is no success" [ "$ended" -eq 1 ]
check "a wrong key is told" grep -q 'API key' "$work/output"

# What cannot be kept is not marked.
run "$work/missing" "$@"
check "a folder that is not there is no success" [ "$ended" -eq 1 ]
check "a folder that is not there is told" grep -q "$work/missing" "$work/output"
check "nothing is marked that was not kept" [ "$(waiting)" -eq 2 ]
control show-hidden ''

run "$work/received" "$@"
check "it succeeds" [ "$ended" -eq 0 ]
id=$(sed -n 's/^pushed //p' "$work/output")
ask "pushed/content?mobileUser=SOFIA01&packetUniqueId=$id" >"$work/pushed.xml"
check "it pushes the packet" cmp "$packet" "$work/pushed.xml"
check "it receives both packets" [ "$(received)" -eq 2 ]
check "it tells both" [ "$(grep -c "^received $work/received[/\\]received-" "$work/output")" -eq 2 ]
for name in packet1 packet2; do
    found=no
    for each in "$work/received"/received-*.xml; do
        if cmp -s "$work/$name" "$each"; then found=yes; fi
    done
    check "the content of $name" [ "$found" = yes ]
done
check "it marks both" [ "$(waiting)" -eq 0 ]

checked
