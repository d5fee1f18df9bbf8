#!/usr/bin/env bash
# run.sh OUT MONO CORECLR INSTALLED FRAMEWORK EXAMPLES: runs the tests that are built in MONO on Mono, and those in OUT on CoreCLR
# (whose command is in the folder CORECLR); then the package as it is laid out in INSTALLED and as a .NET Framework build took it in
# FRAMEWORK; and the examples. Prints each part's own counts, and a table.
set -uo pipefail

out=$1
on_mono=$2
coreclr=$3/coreclr
installed=$4
framework=$5
examples=$(cd "$6" && pwd)
tests=$(cd "$(dirname "$0")" && pwd)
mono=$(command -v mono)
work=$out
. "$tests/steps.sh"

nunit() {
  set -o pipefail
  (cd "$on_mono" && DMERP_TEST_HOST=$mono nunit-console -nologo -noshadow -noresult "$1") | tee "$out/nunit" || return 1
  # It does not mind finding nothing.
  grep -q '^Tests run: [1-9]' "$out/nunit"
}

# The installed package must be found without any help.
alone() {
  (cd / && unset DMERP_LIBRARY && "$@")
}

export -f nunit alone
export out on_mono mono

step "tests, Mono" bash -c 'nunit Dmerp.Tests.dll'
step "tests, CoreCLR" env DMERP_TEST_HOST="$coreclr" "$coreclr" "$out/Runner.exe" "$out/Dmerp.Tests.dll"
step ".NET Framework only, Mono" bash -c 'nunit Dmerp.Tests.Framework.dll'
step "out of memory, CoreCLR" env COMPlus_TieredCompilation=0 COMPlus_gcConcurrent=0 COMPlus_GCHeapHardLimit=0x3000000 \
  "$coreclr" "$out/OutOfMemory.exe"
for runtime in "$mono" "$coreclr"; do
  name=$(basename "$runtime")
  step "package, $name" bash -c 'alone "$@"' alone "$runtime" "$installed/Facts.exe"
  step "quickstart, $name" bash -c 'alone "$@"' alone "$tests/../../../tests/quickstart.sh" "$DMERP_SANDBOX" "$runtime" \
    "$installed/Quickstart.exe"
done
# Not on Mono, which tells a program nothing of SIGTERM. There ProgramTests run it.
step "example, coreclr" bash -c 'alone "$@"' alone "$tests/../../../tests/example.sh" "$DMERP_SANDBOX" "$examples/data" \
  "$coreclr" "$installed/Production.exe"
step "package, .NET Framework's" bash -c 'alone "$@"' alone "$mono" "$framework/Facts.exe"

report
