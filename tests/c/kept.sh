#!/bin/sh
# kept.sh SANDBOX_PROGRAM DATA_FOLDER PRODUCTION...: runs the production example (the command PRODUCTION, with its three arguments
# added) where one packet has elements that no program knows, and another one has two tables whose long names differ at their end.
set -eu

sandbox=$1
data=$2
shift 2
. "$(dirname "$0")/../sandbox.sh"

long=$(printf '%0300d' 0 | tr 0 T)
start_sandbox
control 'packets?mobileUser=A&id=unknown' \
    '<NavMobileSync><hint/><table tablename="ORDERS"><r status="insert"><NO>1</NO></r><hint/></table></NavMobileSync>'
control 'packets?mobileUser=A&id=long' \
    "<NavMobileSync><table tablename=\"${long}1\"><r/><r/></table><table tablename=\"${long}2\"><r/></table></NavMobileSync>"
mkdir "$work/received"
ended=0
"$@" "$data" SOFIA01 "$work/received" >"$work/output" 2>&1 9>&- || ended=$?
check "it is no success" [ "$ended" -eq 1 ]
check "the packet with unknown elements is left, with their number" grep -q '^left: unknown: unknown elements were skipped: 2$' "$work/output"
check "nothing else is left" [ "$(grep -c '^left: ' "$work/output")" -eq 1 ]
check "it stays in the queue" [ "$(ask packets | grep -o '"id"' | wc -l)" -eq 1 ]
check "the records of the first long name are told" grep -q "^receive: 2 records of ${long}1\$" "$work/output"
check "the records of the second long name are told" grep -q "^receive: 1 records of ${long}2\$" "$work/output"

checked
