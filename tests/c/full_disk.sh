#!/bin/sh
# full_disk.sh SANDBOX_PROGRAM DATA_FOLDER PRODUCTION...: runs the production example (the command PRODUCTION, with its three
# arguments added) where the disk has no room for the second packet, and the portal does not mark the first one: both are told, and
# no part stays.
set -eu

sandbox=$1
data=$2
shift 2
. "$(dirname "$0")/../sandbox.sh"

printf '<NavMobileSync salesmancode="A"/>' >"$work/small"
printf '<NavMobileSync salesmancode="A">%1000000s</NavMobileSync>' '' >"$work/large" # small enough to be in memory when it is saved
mkdir "$work/received"
start_sandbox --packet "A=$work/small" --packet "A=$work/large"
control faults '{"on": "portal", "path": "/done", "times": 0, "action": {"status": {"code": 400}}}'

# No file can be larger than 700,000 bytes or so: the packet that is pushed can, this one cannot. Without the signal, a write beyond
# that fails as on a full disk.
limited() {
    (
        trap '' XFSZ
        ulimit -f 1400
        exec "$@"
    )
}
ended=0
limited "$@" "$data" SOFIA01 "$work/received" >"$work/output" 2>&1 9>&- || ended=$?
check "it is no success" [ "$ended" -eq 1 ]
check "the full disk is told, once" [ "$(grep -c '^failed: FILE_ERROR: ' "$work/output")" -eq 1 ]
check "what was not marked is told, once" [ "$(grep -c '^left: .*: REJECTED: ' "$work/output")" -eq 1 ]
check "what was not saved is told as left, once" [ "$(grep '^left: ' "$work/output" | grep -vc ': REJECTED: ')" -eq 1 ]
check "the small packet is saved, and nothing else" [ "$(find "$work/received" -type f | wc -l)" -eq 1 ]
check "it has its name" [ -z "$(find "$work/received" -name '*.part')" ]
check "it is whole" cmp "$work/small" "$work/received"/packet-*

checked
