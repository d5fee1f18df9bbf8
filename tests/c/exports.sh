#!/bin/sh
# exports.sh LIBRARY HEADER: the library exports the functions of the header and nothing else, and its soname has the header's
# ABI version.
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

exported=$(nm --dynamic --defined-only "$library" | sed 's/.* //; s/@.*//' | sort -u)
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

soname=$(readelf --dynamic "$library" | sed -n 's/.*(SONAME).*\[\(.*\)\]/\1/p')
abi=$(sed -n 's/^#define DMERP_ABI_VERSION //p' "$header")
if [ "$soname" = "libdmerp.so.$abi" ]; then check yes; else check no "the soname is '$soname'"; fi

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
