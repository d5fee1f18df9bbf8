#!/bin/sh
# headers.sh INCLUDE_FOLDER: dmerp.h and dmerp.hpp compile without a warning, each standard on its own, and dmerp.h speaks C.
set -eu

include=$1
passed=0
failed=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

check() {
    what=$1
    shift
    if "$@" >"$work/output" 2>&1; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "failed: $what" >&2
        cat "$work/output" >&2
    fi
}

warnings="-Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror"
c="${CC:-cc} $warnings -Wstrict-prototypes -I$include -c -o $work/object -x c"
cpp="${CXX:-c++} $warnings -Wold-style-cast -Wnon-virtual-dtor -I$include -c -o $work/object -x c++"

# Twice, so that the guards are seen to work; and whatever else comes after.
for header in dmerp.h dmerp.hpp; do
    printf '#include <%s>\n#include <%s>\n#include <stdio.h>\nint main(void) { return dmerp_live_handles() == 0 ? 0 : 1; }\n' \
        "$header" "$header" >"$work/$header.source"
done

for standard in c99 c11 c17; do
    check "dmerp.h as $standard" $c -std=$standard "$work/dmerp.h.source"
done
for standard in c++11 c++14 c++17 c++20; do
    for optimization in -O0 -O2; do
        check "dmerp.h as $standard $optimization" $cpp -std=$standard $optimization "$work/dmerp.h.source"
        check "dmerp.hpp as $standard $optimization" $cpp -std=$standard $optimization "$work/dmerp.hpp.source"
        check "dmerp.hpp as $standard $optimization without exceptions" \
            $cpp -std=$standard $optimization -fno-exceptions -DDMERP_NO_EXCEPTIONS "$work/dmerp.hpp.source"
        check "dmerp.hpp as $standard $optimization without run-time types" \
            $cpp -std=$standard $optimization -fno-exceptions -fno-rtti -DDMERP_NO_EXCEPTIONS "$work/dmerp.hpp.source"
    done
done

# No word of Rust outside the comments.
${CC:-cc} -fpreprocessed -dD -E -P "$include/dmerp.h" >"$work/code"
no_rust() {
    ! grep -nwE 'Vec|Option|Box|Arc|Rc|Mutex|Result|String|str|usize|isize|bool_|u8|u16|u32|u64|i8|i16|i32|i64|self|Self|crate|impl|fn|mut|pub|c_char|c_void|CString|CStr|Object|Memory' "$work/code"
}
check "dmerp.h without a type of Rust" no_rust

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
