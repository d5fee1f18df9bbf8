#!/bin/sh
# quickstart.sh SANDBOX_PROGRAM QUICKSTART...: runs the quickstart example of any language (the command QUICKSTART, with its two
# arguments added) in a sandbox of its own, in which two packets wait.
set -eu

sandbox=$1
shift
. "$(dirname "$0")/sandbox.sh"

printf '<NavMobileSync salesmancode="A"><table tablename="ORDERS"><r status="insert"><NO>1</NO></r><r><NO>2</NO></r></table></NavMobileSync>' \
    >"$work/packet1"
printf '<NavMobileSync salesmancode="B"><!-- \320\230\320\262\320\260\320\275 --></NavMobileSync>' >"$work/packet2"
mkdir "$work/received"
start_sandbox --packet "A=$work/packet1" --packet "B=$work/packet2"

# FOLDER QUICKSTART...: runs the program, and notes its exit code.
run() {
    folder=$1
    shift
    ended=0
    "$@" SOFIA01 "$folder" >"$work/output" 2>&1 || ended=$?
}
# Whether the packet that was pushed is for the mobile user, and has one table with three records.
has_three_records() {
    python3 - "$work/pushed.xml" <<'PYTHON'
import sys, xml.etree.ElementTree as xml
root = xml.parse(sys.argv[1]).getroot()
(table,) = root
assert (root.tag, root.get("salesmancode"), table.tag) == ("NavMobileSync", "SOFIA01", "table")
assert [record.tag for record in table] == ["r"] * 3 and all(len(record) > 1 and record.get("status") for record in table)
PYTHON
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
check "it pushes its packet" has_three_records
check "it receives both packets" [ "$(received)" -eq 2 ]
check "it tells the records of the first" grep -q "^received $work/received[/\\]received-.*: 2 records$" "$work/output"
check "it tells the records of the second" grep -q "^received $work/received[/\\]received-.*: 0 records$" "$work/output"
for name in packet1 packet2; do
    found=no
    for each in "$work/received"/received-*.xml; do
        if cmp -s "$work/$name" "$each"; then found=yes; fi
    done
    check "the content of $name" [ "$found" = yes ]
done
check "it marks both" [ "$(waiting)" -eq 0 ]

checked
