#!/usr/bin/env bash
# tools.sh FOLDER: sees that Mono, NUnit and the CoreCLR runtime are there; puts the latter's command into FOLDER. Installs what
# can be had without asking, else says how.
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
folder=$1

"$here/../../tests/tools.sh" mono mcs xbuild nunit-console /usr/lib/mono/4.7.1-api '/usr/lib/cli/nunit.framework-2.6*/nunit.framework.dll' \
  python3 python3-venv

[ -x "$VENV/bin/python" ] || python3 -m venv "$VENV"
if ! "$VENV/bin/python" -c 'import dotnetcore2' 2> /dev/null; then
  "$VENV/bin/pip" install --quiet --requirement "$here/requirements-dev.txt"
fi

# `coreclr PROGRAM.exe ARGUMENTS...` as `mono PROGRAM.exe ARGUMENTS...`.
[ -x "$folder/coreclr" ] && exit 0
mkdir -p "$folder"
runtime=$("$VENV/bin/python" -c 'import dotnetcore2, os; print(os.path.join(os.path.dirname(dotnetcore2.__file__), "bin", "dotnet"))')
cat > "$folder/runtimeconfig.json" << JSON
{"runtimeOptions": {"framework": {"name": "Microsoft.NETCore.App", "version": "3.1.0"},
                    "configProperties": {"System.Globalization.Invariant": true}}}
JSON
cat > "$folder/coreclr.new" << SH
#!/bin/sh
DOTNET_CLI_TELEMETRY_OPTOUT=1 exec "$runtime" exec --runtimeconfig "$folder/runtimeconfig.json" "\$@"
SH
chmod +x "$folder/coreclr.new"
mv "$folder/coreclr.new" "$folder/coreclr"
