#!/bin/sh
# sqlite.sh SQLITE...: runs the example that makes a packet from a database (the command SQLITE), and looks at what it
# prints, also where it cannot.
set -eu

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$@" >"$work/packet.xml"
python3 - "$work/packet.xml" <<'PYTHON'
import sys, xml.etree.ElementTree as xml

root = xml.parse(sys.argv[1]).getroot()
(table,) = root
records = [{field.tag: field.text for field in record} for record in table]
assert root.tag == "NavMobileSync" and table.get("tablename") == "ITEMS", root.tag
assert records[0] == {
    "CODE": "I00001",
    "DESCRIPTION": "Sunflower oil, 1 l",
    "UNITPRICE": "3.49",
    "WEIGHT": "0.92",
    "BLOCKED": "false",
    "CHANGED": "2026-11-24T09:42:19Z",
    "SINCE": "2024-02-29",
    "PICTURE": "iVBORw0KGgo=",
    "DMS_ROWID": "I00001",
}, records[0]
assert records[1]["DESCRIPTION"] == "Crisps <salt & pepper>" and records[1]["UNITPRICE"] == "0.90", records[1]
assert records[1]["BLOCKED"] == "true" and "PICTURE" not in records[1], records[1]
assert records[2:] == [{"CODE": "I00003", "DESCRIPTION": None, "BLOCKED": "false", "DMS_ROWID": "I00003"}], records[2:]
PYTHON

ended=0
"$@" >/dev/full 2>"$work/output" || ended=$?
if [ "$ended" -ne 1 ] || ! grep -q '^failed: the packet could not be printed: ' "$work/output" || grep -q database "$work/output"; then
    echo "with a full disk it ended with $ended, and told:" >&2
    cat "$work/output" >&2
    exit 1
fi
echo "2 passed, 0 failed"
