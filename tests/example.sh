#!/bin/sh
# example.sh SANDBOX_PROGRAM DATA_FOLDER PRODUCTION...: runs the production example of any language (the command PRODUCTION, with
# its three arguments added) in a sandbox of its own, in which two packets and a file wait, also with faults.
#
#     EXAMPLE_FOLDER   the name of the folder into which it receives (default received)
set -eu

sandbox=$1
data=$2
shift 2
. "$(dirname "$0")/sandbox.sh"

printf '%s' '<NavMobileSync salesmancode="A"><table tablename="ORDERS"><r status="insert"><NO>1</NO></r><r><NO>2</NO></r></table>' \
    '<table tablename="VISITS"><r status="updated"><NO>1</NO></r></table></NavMobileSync>' >"$work/packet1"
printf '<NavMobileSync salesmancode="B"><!-- \320\230\320\262\320\260\320\275 --></NavMobileSync>' >"$work/packet2"
head -c 300000 /dev/urandom >"$work/file"
folder=$work/${EXAMPLE_FOLDER:-received}
mkdir "$folder"
start_sandbox --mobile-user SOFIA01 --mobile-user SOFIA02 --packet "../A=$work/packet1" --packet "B=$work/packet2" \
    --file "B=$work/file"

# USERS PRODUCTION...: runs the program, and notes its exit code. The output is what it wrote to its standard error, then the rest.
run() {
    users=$1
    shift
    ended=0
    "$@" "$data" "$users" "$folder" >"$work/stdout" 2>"$work/output" || ended=$?
    cat "$work/stdout" >>"$work/output"
}
# EXIT_CODE LAST_LINE: whether the program ended so.
ended_with() {
    [ "$ended" -eq "$1" ] && [ "$(tail -n 1 "$work/output")" = "$2" ]
}
told() {
    grep -q "$1" "$work/output"
}
received() {
    find "$folder" -type f -name "${1:-*}" | wc -l
}
waiting() {
    ask packets | grep -o '"id"' | wc -l
}
waiting_ids() {
    ask packets | grep -o '"id":"[^"]*"' | cut -d '"' -f 4 | sort | paste -s -d ' ' -
}
# USER: whether the portal has exactly one packet for this mobile user: that which the program told, and all that is in the data.
has_the_packet() {
    id=$(sed -n "s/^push: packet \(.*\) of [0-9]* bytes to $1\$/\1/p" "$work/output")
    ask "pushed/content?mobileUser=$1&packetUniqueId=$id" >"$work/pushed.xml"
    [ "$(ask "pushed?mobileUser=$1" | grep -o packetUniqueId | wc -l)" -eq 1 ] &&
        told "^push: packet of 2540 records, $(wc -c <"$work/pushed.xml") bytes\$" &&
        told "^push: packet $id of $(wc -c <"$work/pushed.xml") bytes to $1\$" && told "^push: stored $id\$" &&
        python3 - "$data" "$work/pushed.xml" <<'PYTHON'
import csv, pathlib, sys, xml.etree.ElementTree as xml
data, pushed = sys.argv[1:]
for table in xml.parse(pushed).getroot().iter("table"):
    with open(pathlib.Path(data, table.get("tablename").lower() + ".csv"), encoding="utf-8", newline="") as file:
        expected = [{name: text for name, text in row.items() if text} | {"state": "1"} for row in csv.DictReader(file)]
    assert [{field.tag: field.text for field in record} for record in table] == expected, table.get("tablename")
assert len(xml.parse(pushed).getroot()) == 4
PYTHON
}

DMERP_API_KEY=wrong run SOFIA01,SOFIA02 "$@"
check "a wrong key is no success" ended_with 1 "not all done"
check "a wrong key is told" told AUTHENTICATION_FAILED

run SOFIA01,SOFIA02 "$@"
check "the job" ended_with 0 "all done"
check "the first mobile user has the packet" has_the_packet SOFIA01
check "the second mobile user has the packet" has_the_packet SOFIA02
check "the number of files received" [ "$(received)" -eq 3 ]
check "each is told with its name" [ "$(grep -c "^receive: packet .* bytes in $folder[/\\]" "$work/output")" -eq 3 ]
check "the records of one table are told" told '^receive: 2 records of ORDERS$'
check "the records of the other table are told" told '^receive: 1 records of VISITS$'
for name in packet1 packet2 file; do
    kind=$(echo "$name" | tr -d 12)
    found=no
    for each in "$folder/$kind"-*; do
        if cmp -s "$work/$name" "$each"; then found=yes; fi
    done
    check "the content of $name" [ "$found" = yes ]
done

# Everything was marked done, and the same packet has the same id.
run SOFIA01,SOFIA02 "$@"
check "the job, again" ended_with 0 "all done"
check "nothing is received twice" [ "$(received)" -eq 3 ]
check "nothing is pushed twice" has_the_packet SOFIA01

# A packet that cannot be had is told, and holds up no other; it comes again.
control 'packets?mobileUser=C' '<NavMobileSync salesmancode="1"/>'
control 'packets?mobileUser=C' '<NavMobileSync salesmancode="2"/>'
control faults '{"on": "storage", "method": "GET", "action": {"status": {"code": 404}}}'
run SOFIA01,SOFIA02 "$@"
check "a packet that is not there is no success" ended_with 1 "not all done"
check "a packet that is not there is told" told '^left: .*: NOT_FOUND: '
check "it holds up no other" [ "$(received)" -eq 4 ]
control show-hidden ''
run SOFIA01,SOFIA02 "$@"
check "the job after it" ended_with 0 "all done"
check "nothing was lost" [ "$(received)" -eq 5 ]

# A mobile user that the portal does not know holds up neither the other one nor what is received.
control 'packets?mobileUser=C' '<NavMobileSync salesmancode="3"/>'
run STRANGER,SOFIA02 "$@"
check "a stranger is no success" ended_with 1 "not all done"
check "a stranger is told" told '^failed: .*STRANGER'
check "a stranger holds up no other" has_the_packet SOFIA02
check "a stranger keeps nothing from being received" [ "$(received)" -eq 6 ]

# A signal ends it while it waits for a packet; what it has received is marked done.
control 'packets?mobileUser=C' '<NavMobileSync salesmancode="4"/>'
control 'packets?mobileUser=C' '<NavMobileSync salesmancode="5"/>'
control faults '{"on": "storage", "method": "GET", "skip": 1, "times": 0, "action": "hang"}'
"$@" "$data" SOFIA01 "$folder" >"$work/stdout" 2>"$work/output" 9>&- &
program=$!
waited=0
until [ "$(received 'packet-*')" -eq 6 ] || [ "$waited" -eq 1200 ]; do
    waited=$((waited + 1))
    sleep 0.05
done
kill -TERM "$program"
ended=0
wait "$program" || ended=$?
cat "$work/stdout" >>"$work/output"
# 143: Java has no other exit code after SIGTERM; 130: nor after Ctrl-C, which it is on Windows.
check "after a signal it is no success" [ "$ended" -eq 1 -o "$ended" -eq 143 -o "$ended" -eq 130 ]
check "after a signal it ends in good order" [ "$(tail -n 1 "$work/output")" = "not all done" ]
check "after a signal it tells what it left" told '^left: '
check "after a signal what was received is marked" [ "$(waiting)" -eq 1 ]

# A packet that breaks off, and one with an element that nobody knows, hold up no other. Each is told with the reason and without
# the name of a status, stays in the queue, and leaves neither a file nor a count that looks received.
control reset ''
before=$(received)
control 'packets?mobileUser=C&id=broken' '<NavMobileSync><table tablename="ORDERS"><r status="insert"><NO>1</NO></r><r><NO>2'
control 'packets?mobileUser=C&id=unknown' \
    '<NavMobileSync><table tablename="VISITS"><r status="insert"><NO>1</NO></r><row><NO>2</NO></row></table></NavMobileSync>'
control 'packets?mobileUser=C&id=whole' '<NavMobileSync><table tablename="ITEMS"><r status="insert"><NO>1</NO></r></table></NavMobileSync>'
run SOFIA01,SOFIA02 "$@"
check "a packet that is kept is no success" ended_with 1 "not all done"
check "a packet that breaks off is told" told '^left: broken: line 1, table ORDERS, record 2'
check "an unknown element is told" told '^left: unknown: unknown elements were skipped: 1'
check "no status is named where there is no error" [ "$(grep -c '^left: [^:]*: OK: ' "$work/output")" -eq 0 ]
check "the packet beside them is received" told '^receive: 1 records of ITEMS$'
check "what is kept is not counted" [ "$(grep -c '^receive: .* records of ' "$work/output")" -eq 1 ]
check "what is kept is in no file" [ "$(received)" -eq $((before + 1)) ]
check "what is kept stays in the queue" [ "$(waiting_ids)" = "broken unknown" ]

checked
