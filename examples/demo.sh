#!/usr/bin/env bash
# Both examples in each language, each against a sandbox of its own in which a packet and a photo wait. The packet that a production
# program receives is the one that the production program before it made of the CSV files and pushed.
# Usage: demo.sh SANDBOX_PROGRAM LANGUAGE=FOLDER...   A folder holds the programs quickstart and production.
# Ends with a table; fails when a program fails, or receives something else or another number of records.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
sandbox=$1
shift
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# As large as a phone's photo, and with every byte value in it.
head -c 2500000 /dev/urandom > "$work/photo.jpg"

field() { sed -n "s|.*\"$1\": *\"\([^\"]*\)\".*|\1|p" "$work/ready.json"; }

# MOBILE_USER FILE: stores in the file what the production program pushed to the mobile user.
fetch_pushed() {
  local id
  id=$(sed -n "s/^push: packet \(.*\) of [0-9]* bytes to $1\$/\1/p" "$work/output")
  python3 -c 'import shutil, sys, urllib.request as r; shutil.copyfileobj(r.urlopen(sys.argv[1]), open(sys.argv[2], "wb"))' \
    "$(field control_url)/pushed/content?mobileUser=$1&packetUniqueId=$id" "$2"
}

# LANGUAGE PROGRAM PACKET ARGUMENT...: runs a program, for which the packet waits, with its arguments, and the folder for what it
# receives as the last one. What a production program pushed is in pushed.xml then.
run() {
  local language=$1 program=$2 packet=$3
  shift 3
  received=$work/received-$language-$(basename "$program")
  rm -rf "$received"
  mkdir "$received"
  echo "== $language: $(basename "$program")"

  # The sandbox lives as long as this pipe is open, so that it ends however this script ends.
  mkfifo "$work/lifeline" "$work/ready"
  "$sandbox" --port 0 --stdin-lifeline --packet "anna=$packet" --file "anna=$work/photo.jpg" \
    < "$work/lifeline" > "$work/ready" &
  exec 8> "$work/lifeline" 9< "$work/ready"
  IFS= read -r -u 9 line
  printf '%s\n' "$line" > "$work/ready.json"

  result=ok
  DMERP_BASE_URL=$(field base_url) DMERP_APP_AREA=$(field app_area) DMERP_API_KEY=$(field api_key) \
    "$program" "$@" "$received" | tee "$work/output" || result=FAILED
  if grep -q '^push: stored ' "$work/output"; then fetch_pushed SOFIA01 "$work/pushed.xml" || result=FAILED; fi
  exec 8>&- 9<&-
  wait
  rm "$work/lifeline" "$work/ready"
}

# The first number in each of the lines that begin so, added up.
sum() { sed -n "s/^$1\([0-9]*\)$2.*/\1/p" "$work/output" | awk '{ all += $1 } END { print all + 0 }'; }

# PUSHED RECEIVED: adds the run to the table.
row() {
  [ "$result" = ok ] || failed=1
  table+=$(printf '\n%-10s  %-10s  %-30s  %-35s  %s' "$language" "$(basename "$program")" "$1" "$2" "$result")
}

size() { cat "$@" 2> /dev/null | wc -c; }

failed=0
table=$(printf '%-10s  %-10s  %-30s  %-35s  %s' language program pushed received result)

# The packet for the first production program is made by the same program.
cp "$here/data/order.xml" "$work/packet.xml"
all=0
for file in customers items prices visits; do all=$((all + $(wc -l < "$here/data/$file.csv") - 1)); done
run "${1%%=*}" "${1#*=}/production" "$here/data/order.xml" "$here/data" SOFIA01
[ "$result" = ok ] || failed=1

for pair in "$@"; do
  language=${pair%%=*}

  program=${pair#*=}/quickstart
  run "$language" "$program" "$here/data/order.xml" SOFIA01
  records=$(sum 'received .*: ' ' records')
  cmp -s "$received"/received-* "$here/data/order.xml" && [ "$records" -eq 1 ] || result=FAILED
  row "$(grep -c '^pushed ' "$work/output") packet" "$records record of $(size "$received"/received-*) bytes"

  program=${pair#*=}/production
  if [ -e "$work/pushed.xml" ]; then mv "$work/pushed.xml" "$work/packet.xml"; fi
  run "$language" "$program" "$work/packet.xml" "$here/data" SOFIA01,SOFIA02
  pushed=$(sum 'push: packet of ' ' records')
  records=$(sum 'receive: ' ' records of ')
  cmp -s "$received"/packet-* "$work/packet.xml" && [ "$pushed $records" = "$all $all" ] || result=FAILED
  cmp -s "$received"/file-* "$work/photo.jpg" || result=FAILED
  row "$(grep -c '^push: stored ' "$work/output") packets of $pushed records" \
    "$records records, a photo of $(size "$received"/file-*) bytes"
done

printf '\n%s\n' "$table"
exit "$failed"
