#!/bin/sh
# covers_every_function.sh HEADER SOURCE: fails when a function that HEADER declares is not called in SOURCE.
set -eu

header=$1
source=$2

functions=$("$(dirname "$0")/functions_of_header.sh" "$header")
missing=0
total=0
for function in $functions; do
    total=$((total + 1))
    if ! grep -q "\<$function(" "$source"; then
        echo "$(basename "$source") does not call $function" >&2
        missing=$((missing + 1))
    fi
done
echo "$((total - missing)) passed, $missing failed"
[ "$missing" -eq 0 ]
