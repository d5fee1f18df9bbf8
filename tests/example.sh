#!/bin/sh
# example.sh SANDBOX_PROGRAM DATA_FOLDER PRODUCTION...: runs the production example of any language (the command PRODUCTION, with
# its three arguments added) in a sandbox of its own, in which two packets and a file wait, also with faults.
set -eu

sandbox=$1
data=$2
shift 2
. "$(dirname "$0")/sandbox.sh"

printf '<NavMobileSync salesmancode="A"/>' >"$work/packet1"
printf '<NavMobileSync salesmancode="B"><!-- \320\230\320\262\320\260\320\275 --></NavMobileSync>' >"$work/packet2"
head -c 300000 /dev/urandom >"$work/file"
mkdir "$work/received"
start_sandbox --mobile-user SOFIA01 --mobile-user SOFIA02 --packet "../A=$work/packet1" --packet "B=$work/packet2" \
    --file "B=$work/file"

# USERS COMMAND...: runs the program, and sets $ended to its exit code.
production() {
    users=$1
    shift
    ended=0
    "$@" "$data" "$users" "$work/received" >"$work/output" 2>&1 || ended=$?
}
received() {
    find "$work/received" -type f | wc -l
}
told() {
    grep -q "$1" "$work/output"
}
last_line() {
    [ "$(tail -n 1 "$work/output")" = "$1" ]
}
# Whether the mobile user has the packet that the program told last, and nothing else.
has_packet() {
    python3 -c '
import json, re, sys, urllib.request as r
control, user, output = sys.argv[1:]
said = dict(re.findall(r"^push: packet \S+ of (\d+) bytes to (\S+)$", open(output).read(), re.M) and
    [(m[2], (m[0], int(m[1]))) for m in re.findall(r"^push: packet (\S+) of (\d+) bytes to (\S+)$", open(output).read(), re.M)])
pushed = json.load(r.urlopen(f"{control}/pushed?mobileUser={user}"))
sys.exit([(each["packetUniqueId"], each["uploadedSize"]) for each in pushed] != [said[user]])' \
        "$(setting control_url)" "$1" "$work/output"
}
