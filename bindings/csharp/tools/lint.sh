#!/usr/bin/env bash
# lint.sh VERSION: what the compiler does not see. (No formatter: clang-format 19 lays out expression-bodied members and assembly
# attributes so that they cannot be read, and the .NET SDK's is not to be had everywhere; .editorconfig tells it our style.)
set -euo pipefail
cd "$(dirname "$0")/.."

files=$(find src tests tools ../../examples/csharp -name '*.cs')
failed=0
complain() {
  echo "$1" >&2
  failed=1
}
for file in $files; do
  awk -v file="$file" '
    length > 130 { print file ":" FNR ": longer than 130"; bad = 1 }
    /[ \t\r]$/ { print file ":" FNR ": white space at the end"; bad = 1 }
    /\t/ { print file ":" FNR ": a tab"; bad = 1 }
    /^$/ && empty { print file ":" FNR ": two empty lines"; bad = 1 }
    { empty = /^$/ }
    END { if (empty) { print file ": ends in an empty line"; bad = 1 } exit bad }' "$file" >&2 || failed=1
  [ -z "$(tail -c 1 "$file")" ] || complain "$file: does not end in a line end"
done
# versioned FILE TEXT...: the texts in which FILE repeats the version that Cargo.toml keeps.
versioned() {
  local file=$1 text
  shift
  for text in "$@"; do
    grep -qF "$text" "$file" || complain "$file: no $text, but Cargo.toml has that version"
  done
}
versioned src/Dmerp.Client.csproj "<Version>$1</Version>"
# A patch keeps the assembly's version, so that no program needs a binding redirect.
versioned src/AssemblyInfo.cs "AssemblyVersion(\"${1%.*}.0.0\")" "AssemblyFileVersion(\"$1.0\")" "AssemblyInformationalVersion(\"$1\")"
versioned ../../examples/csharp/Quickstart.csproj "Include=\"Dmerp.Client\" Version=\"$1\""
versioned ../../examples/csharp/Production.csproj "Include=\"Dmerp.Client\" Version=\"$1\""
! grep -n 'UnmanagedType.LPStr\|UnmanagedType.LPTStr' -r src || complain "text is marshalled by Utf8 alone"
[ "$failed" -eq 0 ] && echo "$(echo "$files" | wc -l) files are well formed"
