#!/usr/bin/env bash
# The main job in each language, each against a sandbox of its own: push a packet, and receive a packet and a photo.
# Usage: demo.sh SANDBOX_PROGRAM LANGUAGE=PROGRAM...   Ends with a table; fails when a round trip fails.
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

failed=0
table=$(printf '%-10s  %-12s  %-15s  %-14s  %s' language pushed packet file result)
for pair in "$@"; do
  language=${pair%%=*}
  program=${pair#*=}
  received=$work/received-$language
  mkdir "$received"
  echo "== $language"

  # The sandbox lives as long as this pipe is open, so that it ends however this script ends.
  mkfifo "$work/lifeline" "$work/ready"
  "$sandbox" --port 0 --stdin-lifeline --packet "anna=$work/order.xml" --file "anna=$work/photo.jpg" \
    < "$work/lifeline" > "$work/ready" &
  exec 8> "$work/lifeline" 9< "$work/ready"
  IFS= read -r -u 9 line
  printf '%s\n' "$line" > "$work/ready.json"

  result=ok
  DMERP_BASE_URL=$(field base_url) DMERP_APP_AREA=$(field app_area) DMERP_API_KEY=$(field api_key) \
    "$program" "$here/data" SOFIA01 "$received" | tee "$work/output" || result=FAILED
  exec 8>&- 9<&-
  wait
  rm "$work/lifeline" "$work/ready"

  cmp -s "$received"/packet-* "$work/order.xml" || result=FAILED
  cmp -s "$received"/file-* "$work/photo.jpg" || result=FAILED
  [ "$result" = ok ] || failed=1
  size() { cat "$@" 2> /dev/null | wc -c; }
  pushed=$(sed -n 's/^push: packet .* of \([0-9]*\) bytes.*/\1/p' "$work/output")
  table+=$(printf '\n%-10s  %-12s  %-15s  %-14s  %s' "$language" "$pushed bytes" \
    "$(size "$received"/packet-*) bytes" "$(size "$received"/file-*) bytes" "$result")
done

printf '\n%s\n' "$table"
exit "$failed"
