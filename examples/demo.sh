#!/usr/bin/env bash
# Both examples in each language, each against a sandbox of its own in which a packet and a photo wait.
# Usage: demo.sh SANDBOX_PROGRAM LANGUAGE=FOLDER...   A folder holds the programs quickstart and production.
# Ends with a table; fails when a program fails or receives something else.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
sandbox=$1
shift
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cat > "$work/order.xml" <<'XML'
<?xml version="1.0" encoding="UTF-8"?>
<NavMobileSync salesmancode="SOFIA01"><table tablename="ORDERS"><r status="insert"><DMS_ROWID>1</DMS_ROWID><CUSTOMERNO>C00001</CUSTOMERNO><ITEMNO>I00001</ITEMNO><QUANTITY>12</QUANTITY></r></table></NavMobileSync>
XML
# As large as a phone's photo, and with every byte value in it.
head -c 2500000 /dev/urandom > "$work/photo.jpg"

field() { sed -n "s|.*\"$1\": *\"\([^\"]*\)\".*|\1|p" "$work/ready.json"; }

# LANGUAGE PROGRAM ARGUMENT...: runs a program with its arguments, and the folder for what it receives as the last one.
run() {
  local language=$1 program=$2
  shift 2
  received=$work/received-$language-$(basename "$program")
  mkdir "$received"
  echo "== $language: $(basename "$program")"

  # The sandbox lives as long as this pipe is open, so that it ends however this script ends.
  mkfifo "$work/lifeline" "$work/ready"
  "$sandbox" --port 0 --stdin-lifeline --packet "anna=$work/order.xml" --file "anna=$work/photo.jpg" \
    < "$work/lifeline" > "$work/ready" &
  exec 8> "$work/lifeline" 9< "$work/ready"
  IFS= read -r -u 9 line
  printf '%s\n' "$line" > "$work/ready.json"

  result=ok
  DMERP_BASE_URL=$(field base_url) DMERP_APP_AREA=$(field app_area) DMERP_API_KEY=$(field api_key) \
    "$program" "$@" "$received" | tee "$work/output" || result=FAILED
  exec 8>&- 9<&-
  wait
  rm "$work/lifeline" "$work/ready"
}

# Adds the run to the table, with what was pushed and what was received.
row() {
  [ "$result" = ok ] || failed=1
  table+=$(printf '\n%-10s  %-10s  %-30s  %-35s  %s' "$language" "$1" "$2" "$3" "$result")
}

size() { cat "$@" 2> /dev/null | wc -c; }

failed=0
table=$(printf '%-10s  %-10s  %-30s  %-35s  %s' language program pushed received result)
for pair in "$@"; do
  language=${pair%%=*}
  folder=${pair#*=}

  run "$language" "$folder/quickstart" "$here/data/packet.xml" SOFIA01
  cmp -s "$received"/received-* "$work/order.xml" || result=FAILED
  row quickstart "$(grep -c '^pushed ' "$work/output") packet" "$(size "$received"/received-*) bytes"

  run "$language" "$folder/production" "$here/data" SOFIA01,SOFIA02
  cmp -s "$received"/packet-* "$work/order.xml" || result=FAILED
  cmp -s "$received"/file-* "$work/photo.jpg" || result=FAILED
  pushed=$(sed -n 's/^push: packet .* of \([0-9]*\) bytes to .*/\1/p' "$work/output" | head -n 1)
  row production "$(grep -c '^push: stored ' "$work/output") packets of $pushed bytes" \
    "$(size "$received"/packet-*) and $(size "$received"/file-*) bytes"
done

printf '\n%s\n' "$table"
exit "$failed"
