#!/usr/bin/env bash
# tools-windows.sh FOLDER: puts the CoreCLR runtime for Windows into FOLDER/windows, of the same version as this machine's.
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
folder=$1

"$here/../../tests/tools.sh" wine x86_64-w64-mingw32-gcc python3

[ -d "$folder/windows" ] && exit 0
rm -rf "$folder/windows.new"
mkdir -p "$folder/windows.new"
"$VENV/bin/pip" download --quiet --disable-pip-version-check --platform win_amd64 --only-binary=:all: --no-deps \
  --requirement "$here/requirements-dev.txt" --dest "$folder/windows.new"
"$VENV/bin/python" -m zipfile -e "$folder"/windows.new/dotnetcore2-*.whl "$folder/windows.new"
cat > "$folder/windows.new/dotnetcore2/bin/runtimeconfig.json" << JSON
{"runtimeOptions": {"framework": {"name": "Microsoft.NETCore.App", "version": "3.1.0"}}}
JSON
mv "$folder/windows.new/dotnetcore2/bin" "$folder/windows"
rm -rf "$folder/windows.new"
