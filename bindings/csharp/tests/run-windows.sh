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
work=$out/windows
trap '"$wine" --end' EXIT
. "$tests/../bindings/csharp/tests/steps.sh"

# windows PATH: as a program for Windows knows it.
windows() {
  echo "Z:${1//\//\\}"
}

step "tests" env DMERP_LIBRARY="$(windows "$library")" DMERP_TEST_HOST="$(windows "$dotnet")" \
  DMERP_TEST_HOST_ARGUMENTS="exec --runtimeconfig \"$(windows "$settings")\"" DMERP_WINE_SECONDS=1200 \
  "$tests/windows/sandboxes.py" "$DMERP_SANDBOX" "$wine" "$dotnet" exec --runtimeconfig "$settings" \
  "$out/Runner.exe" "$out/Dmerp.Tests.dll"

# Everything in one folder, as a publish for one platform lays it out, without a word about where the library is.
published=$work/published
rm -rf "$published"
mkdir "$published"
cp "$out"/Dmerp.Client.dll "$out"/{Quickstart,Production,OutOfMemory}.exe "$library" "$published"
unset DMERP_LIBRARY
program=("$wine" --console "$dotnet" exec --runtimeconfig "$settings")
step "out of memory" env COMPlus_TieredCompilation=0 COMPlus_gcConcurrent=0 COMPlus_GCHeapHardLimit=0x3000000 \
  "${program[@]}" "$published/OutOfMemory.exe"
step "quickstart" "$tests/quickstart.sh" "$DMERP_SANDBOX" "${program[@]}" "$published/Quickstart.exe"
step "example" "$tests/example.sh" "$DMERP_SANDBOX" "$examples/data" "${program[@]}" "$published/Production.exe"

echo
cat "$table"
# A step that failed and counted no failure broke off.
awk '{
    broken = / FAILED /
    for (i = 2; i <= NF; i++) {
      if ($i ~ /^passed/) passed += $(i - 1)
      if ($i ~ /^skipped/) skipped += $(i - 1)
      if ($i ~ /^failed/ && $(i - 1) > 0) { failed += $(i - 1); broken = 0 }
    }
    failed += broken
  }
  END { print passed + 0 " passed, " failed + 0 " failed, " skipped + 0 " skipped"; exit failed != 0 }' "$table"
