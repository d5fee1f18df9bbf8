#!/usr/bin/env bash
# run.sh NUPKG NATIVE OUT CORECLR EXAMPLES WORK PACK...: installs the package as NuGet does it for each kind of project, into empty
# places in WORK, with the programs that are built in OUT, and runs the quickstart example there, on Mono and on CoreCLR (whose command
# is in the folder CORECLR). The command PACK makes the package if it is told where the native libraries are and where it goes: it must
# refuse to when one is missing. Prints each part's own counts, and a table.
set -uo pipefail

nupkg=$1
native=$2
out=$3
coreclr=$4/coreclr
examples=$(cd "$5" && pwd)
work=$6
shift 6
pack=("$@")
here=$(cd "$(dirname "$0")" && pwd)
mono=$(command -v mono)
rid=linux-x64
rm -rf "$work"
. "$here/../steps.sh"
package=$work/package
files=(win-x64/dmerp.dll win-x86/dmerp.dll linux-x64/libdmerp.so linux-arm64/libdmerp.so linux-musl-x64/libdmerp.so
  THIRD-PARTY-LICENSES.txt)
python3 -m zipfile -e "$nupkg" "$package"

# lacking FILE: without it there is no package, and the error names it.
lacking() {
  local part=$work/natives-but-${1%%/*} said file
  for file in "${files[@]}"; do
    mkdir -p "$(dirname "$part/$file")"
    [ "$file" = "$1" ] || ln -s "$(realpath "$native/$file")" "$part/$file"
  done
  if said=$("${pack[@]}" "natives=$part" --output "$work/lacking" 2>&1); then
    echo "packed without $1" >&2
    return 1
  fi
  echo "$said"
  [[ $said == *"$part/$1"* ]]
}

# place FOLDER TARGET FILE...: an empty folder with the assembly for TARGET and the files.
place() {
  local folder=$work/$1 target=$2
  shift 2
  mkdir -p "$folder"
  cp -r "$package/lib/$target/Dmerp.Client.dll" "$@" "$folder"
}

# quickstart NAME RUNTIME ARGUMENTS...: the example, to which nothing tells where the native library is.
quickstart() {
  local name=$1
  shift
  step "$name, $(basename "$1")" env -u DMERP_LIBRARY -C / "$here/../../../../tests/quickstart.sh" "$DMERP_SANDBOX" "$@"
}

step "what is in the package" python3 "$here/package.py" "$package"
for missing in "${files[@]}"; do
  lacking "$missing"
  step "no package without ${missing%%/*}" test $? -eq 0
done

# A program for .NET as it is built: all systems' libraries beside it. And published for one platform: everything in one folder.
place portable netstandard2.0 "$package/runtimes" "$out/Quickstart.exe"
quickstart "for all platforms" "$coreclr" "$work/portable/Quickstart.exe"
place published netstandard2.0 "$package/runtimes/$rid/native/libdmerp.so" "$out/Quickstart.exe"
quickstart "for one platform" "$coreclr" "$work/published/Quickstart.exe"

# .NET Framework: a project with packages.config, or PackageReference, for each processor.
for processor in AnyCPU x86 x64; do
  built=$work/$processor
  step "a build for $processor" xbuild /nologo /verbosity:minimal "/p:Out=$built/" "/p:Package=$package" /p:Name=Quickstart \
    "/p:Program=$examples/csharp/Quickstart.cs" /p:PlatformTarget=$processor "$here/Framework.csproj"
  for windows in win-x64 win-x86; do
    step "its $windows/dmerp.dll" cmp "$package/runtimes/$windows/native/dmerp.dll" "$built/runtimes/$windows/native/dmerp.dll"
  done
  quickstart "built for $processor" "$mono" "$built/Quickstart.exe"
done

# Add-ins: in a folder of their own, which is not the host's; in copies of their files; and read as bytes, which are in no folder.
for runtime in "$mono" "$coreclr"; do
  target=net462
  [ "$runtime" = "$mono" ] || target=netstandard2.0
  name=$(basename "$runtime")
  place "$name-add-in" $target "$package/runtimes" "$out/Quickstart.exe"
  mkdir -p "$work/$name-host"
  cp "$out/Host.exe" "$work/$name-host"
  quickstart "an add-in's folder" "$runtime" "$work/$name-host/Host.exe" folder "$work/$name-add-in/Quickstart.exe"
  [ "$runtime" = "$mono" ] &&
    quickstart "shadow copies" "$runtime" "$work/$name-host/Host.exe" copy "$work/$name-add-in/Quickstart.exe"
  place "$name-bytes" $target "$out/Quickstart.exe"
  cp -r "$package/runtimes" "$work/$name-host"
  quickstart "bytes" "$runtime" "$work/$name-host/Host.exe" bytes "$work/$name-bytes/Quickstart.exe"
done

report
