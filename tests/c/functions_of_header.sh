#!/bin/sh
# functions_of_header.sh HEADER: the names of the functions that HEADER declares, one a line.
set -eu

functions=$(${CC:-cc} -E -P "$1" | tr '\n' ' ' | grep -o '\<dmerp_[a-z_]* *([^)]*) *;' | sed 's/ *(.*//' | sort -u)
if [ -z "$functions" ]; then
    echo "no functions found in $1" >&2
    exit 1
fi
echo "$functions"
