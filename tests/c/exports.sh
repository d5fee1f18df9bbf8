#!/bin/sh
# exports.sh LIBRARY HEADER: the library (of ELF, or a DLL) exports the functions of the header and nothing else, under their plain
# names, and its soname has the header's ABI version.
set -eu

library=$1
header=$2
passed=0
failed=0

check() {
    if [ "$1" = yes ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "failed: $2" >&2
    fi
}

case "$library" in
*.dll) exported=$(objdump -p "$library" | sed -n '/^\[Ordinal\/Name Pointer\] Table/,/^$/s/^\t\[ *[0-9]*\] \(+base.* \)\?//p' | sort -u) ;;
*) exported=$(nm --dynamic --defined-only "$library" | sed 's/.* //; s/@.*//' | sort -u) ;;
esac
declared=$("$(dirname "$0")/functions_of_header.sh" "$header")

for symbol in $exported; do
    case "$symbol" in
    dmerp_*) check yes ;;
    *) check no "$symbol is exported" ;;
    esac
done
for function in $declared; do
    if echo "$exported" | grep -qx "$function"; then check yes; else check no "$function is not exported"; fi
done
for symbol in $exported; do
    if echo "$declared" | grep -qx "$symbol"; then check yes; else check no "$symbol is not in the header"; fi
done

case "$library" in
*.dll) ;;
*)
    soname=$(readelf --dynamic "$library" | sed -n 's/.*(SONAME).*\[\(.*\)\]/\1/p')
    abi=$(sed -n 's/^#define DMERP_ABI_VERSION //p' "$header")
    if [ "$soname" = "libdmerp.so.$abi" ]; then check yes; else check no "the soname is '$soname'"; fi
    ;;
esac

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
