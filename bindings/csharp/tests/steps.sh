# To be sourced: runs steps, and reports. $work is the folder for its notes.
mkdir -p "$work"
table=$work/table
: > "$table"
failures=0

# step NAME COMMAND...: runs it within 20 minutes, and notes how it ended and what it counted.
step() {
  local name=$1 began verdict=ok counts
  shift
  began=$(date +%s)
  echo "== $name"
  timeout --kill-after=10 1200 "$@" 2>&1 | tee "$work/log" || { verdict=FAILED; failures=$((failures + 1)); }
  counts=$(grep -oE '^[0-9]+ passed.*|^Tests run:.*|Failed: .*Total: +[0-9]+|^Test summary: .*' "$work/log" | tail -1)
  printf '%-28s %-7s %4s s  %s\n' "$name" "$verdict" $(($(date +%s) - began)) "$counts" >> "$table"
}

# Prints the table of the steps and how many ended well; whether all did.
report() {
  echo
  cat "$table"
  echo "$(grep -c ' ok ' "$table") passed, $failures failed"
  [ "$failures" -eq 0 ]
}
