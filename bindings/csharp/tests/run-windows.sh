#!/usr/bin/env bash
# run-windows.sh WINE OUT CORECLR LIBRARY EXAMPLES: runs the tests that are built in OUT, and the examples, on the .NET Core for Windows
# in the folder CORECLR, with LIBRARY, a dmerp.dll, by the script WINE. Prints each part's own counts, then their sum.
set -uo pipefail

wine=$1
out=$2
coreclr=$3
library=$4
examples=$(cd "$5" && pwd)
tests=$(cd "$(dirname "$0")/../../../tests" && pwd)
dotnet=$coreclr/windows/dotnet.exe
settings=$coreclr/windows/runtimeconfig.json
counts=$out/windows-counts
: > "$counts"
trap '"$wine" --end' EXIT

# step NAME COMMAND...: runs it within 20 minutes, and notes what it counted.
step() {
  local name=$1 ended=0 counted
  shift
  echo "== $name"
  timeout --kill-after=10 1200 "$@" 2>&1 | tee "$out/windows-log" || ended=1
  counted=$(grep -E '^[0-9]+ passed, [0-9]+ failed' "$out/windows-log" | tail -1)
  echo "$counted" >> "$counts"
  # What broke off, or counted nothing, failed.
  if [ -z "$counted" ] || { [ "$ended" -ne 0 ] && [[ $counted == *" 0 failed"* ]]; }; then
    echo "$name ended early" >&2
    echo "0 passed, 1 failed" >> "$counts"
  fi
}

# windows PATH: as a program for Windows knows it.
windows() {
  echo "Z:${1//\//\\}"
}

step "tests" env DMERP_LIBRARY="$(windows "$library")" DMERP_TEST_HOST="$(windows "$dotnet")" \
  DMERP_TEST_HOST_ARGUMENTS="exec --runtimeconfig \"$(windows "$settings")\"" DMERP_WINE_SECONDS=1200 \
  "$tests/windows/sandboxes.py" "$DMERP_SANDBOX" "$wine" "$dotnet" exec --runtimeconfig "$settings" \
  "$out/Runner.exe" "$out/Dmerp.Tests.dll" ${DMERP_TESTS:-}

# Everything in one folder, as a publish for one platform lays it out, without a word about where the library is.
published=$out/windows
rm -rf "$published"
mkdir "$published"
cp "$out"/Dmerp.Client.dll "$out"/{Quickstart,Production,OutOfMemory}.exe "$library" "$published"
unset DMERP_LIBRARY
program=("$wine" --console "$dotnet" exec --runtimeconfig "$settings")
step "out of memory" env COMPlus_TieredCompilation=0 COMPlus_gcConcurrent=0 COMPlus_GCHeapHardLimit=0x3000000 \
  "${program[@]}" "$published/OutOfMemory.exe"
step "quickstart" "$tests/quickstart.sh" "$DMERP_SANDBOX" "$examples/data/packet.xml" "${program[@]}" "$published/Quickstart.exe"
step "example" "$tests/example.sh" "$DMERP_SANDBOX" "$examples/data" "${program[@]}" "$published/Production.exe"

echo
awk '{ passed += $1; failed += $3; skipped += $5 }
  END { print passed + 0 " passed, " failed + 0 " failed, " skipped + 0 " skipped"; exit failed != 0 }' "$counts"
