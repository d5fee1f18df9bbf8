#!/usr/bin/env bash
# sdk.sh BUILD EXAMPLES: builds, tests, packs and publishes with the .NET SDK into BUILD, or says that there is none. DMERP_LIBRARY and
# DMERP_SANDBOX are what the tests use. The package is made if NATIVE, the folder with the native libraries of all systems, is set.
# Prints each part's own counts, and a table.
set -uo pipefail

if ! sdk=$(dotnet --version 2> /dev/null); then
  echo "There is no .NET SDK here: nothing was built or tested with it."
  exit 0
fi
build=$1/
examples=$(cd "$2" && pwd)
here=$(cd "$(dirname "$0")/.." && pwd)
work=$build
. "$here/tests/steps.sh"
# MSBuild takes them as properties.
export DmerpBuild=$build DmerpRunsOn=net${sdk%%.*}.0 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_CLI_UI_LANGUAGE=en
unset DMERP_TEST_HOST
case $(uname -sm) in
  "Linux x86_64") rid=linux-x64 ;;
  "Linux aarch64") rid=linux-arm64 ;;
  *)
    echo "sdk.sh is for Linux; elsewhere: dotnet test, see README.md" >&2
    exit 2
    ;;
esac

# published NAME PROJECT: publishes the quickstart example and runs it.
published() {
  step "publish, $1" dotnet publish "$here/tests/publish/$2.csproj" -c Release -r $rid -o "$build/$2"
  step "quickstart, $1" "$here/../../tests/quickstart.sh" "$DMERP_SANDBOX" "$build/$2/$2"
}

cd "$here" || exit
step "build" dotnet build Dmerp.sln -c Release
# Libraries that the finder must refuse.
for source in tests/programs/*.c; do
  "${CC:-cc}" -shared -fPIC -o "$build/bin/Dmerp.Tests/Release/$DmerpRunsOn/$(basename "$source" .c).so" "$source" || exit
done
step "tests, .NET $sdk" dotnet test Dmerp.sln -c Release --no-build
published trimmed Trimmed
published "native (AOT)" Aot
if [ -n "${NATIVE:-}" ]; then
  step "pack" dotnet pack src -c Release -p:ContinuousIntegrationBuild=true -p:Natives="$(cd "$NATIVE" && pwd)" -o "$build/package"
  step "pack, as pack.py does it" python3 tests/dist/same.py src/Dmerp.Client.nuspec "$build/bin/Dmerp.Client/Release" "$NATIVE" \
    "$build"/package/Dmerp.Client.*.nupkg
else
  echo "not packed: NATIVE is not set"
fi

report
