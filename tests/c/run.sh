#!/bin/sh
# run.sh PREFIX SANDBOX_PROGRAM: compiles the C and C++ tests and examples against the dmerp that is installed in PREFIX, runs
# each, and prints a table. Fails if anything in it failed; nothing is skipped.
#
#     CC, CXX         the compilers (default cc, c++)
#     STREAM_BYTES    the size of the file that streams.c sends and receives (default 1 GiB)
#     BUILD_DIR       where to build (default a temporary folder, which is removed after a success)
#
# Needs Linux, pkg-config, cmake, binutils, python3, valgrind, and libxml2 and SQLite with their headers.
set -eu

if [ $# -ne 2 ]; then
    echo "usage: run.sh PREFIX SANDBOX_PROGRAM" >&2
    exit 2
fi
prefix=$(cd "$1" && pwd)
sandbox=$(cd "$(dirname "$2")" && pwd)/$(basename "$2")
tests=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$tests/../.." && pwd)
examples=$root/examples
header=$prefix/include/dmerp.h
library=$prefix/lib/libdmerp.so.$(sed -n 's/^#define DMERP_ABI_VERSION //p' "$header")
: "${CC:=cc}" "${CXX:=c++}" "${STREAM_BYTES:=1073741824}"
export CC CXX
export PKG_CONFIG_PATH="$prefix/lib/pkgconfig"
export LD_LIBRARY_PATH="$prefix/lib"

for tool in "$CC" "$CXX" pkg-config cmake nm readelf python3 valgrind timeout "$sandbox"; do
    command -v "$tool" >/dev/null || { echo "$tool is not there" >&2; exit 2; }
done

for package in libxml-2.0 sqlite3; do
    pkg-config --exists "$package" || { echo "$package is not there: install libxml2-dev and libsqlite3-dev" >&2; exit 2; }
done

if [ -n "${BUILD_DIR:-}" ]; then
    mkdir -p "$BUILD_DIR"
    build=$(cd "$BUILD_DIR" && pwd)
    temporary=no
else
    build=$(mktemp -d)
    temporary=yes
fi
. "$root/tests/steps.sh"
cd "$build/work" # what the programs write is here

# ---- Compile ----

warnings="-Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror"
c="$CC -std=c99 -O1 -g $warnings $(pkg-config --cflags dmerp)"
cpp="$CXX -std=c++11 -O1 -g $warnings $(pkg-config --cflags dmerp)"
link="$(pkg-config --libs dmerp) -pthread"
static_link="$prefix/lib/libdmerp.a $(pkg-config --libs --static dmerp | sed 's/-ldmerp//') -pthread"
sanitize="-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer"

for program in conformance verbs receive batch packets threads fork sigpipe fifo memory exit stack streams; do
    step "compile $program.c" 120 $c -o "$build/$program" "$tests/$program.c" "$tests/sandbox.c" $link
done
for program in conformance verbs receive batch packets; do
    step "compile $program.c, sanitized" 120 $c $sanitize -o "$build/$program.sanitized" "$tests/$program.c" "$tests/sandbox.c" $link
done
# shellcheck disable=SC2046 # pkg-config's flags are several words
step "compile packets_judge.c" 120 $c $(pkg-config --cflags libxml-2.0) -o "$build/packets_judge" "$tests/packets_judge.c" $link \
    $(pkg-config --libs libxml-2.0)
step "compile conformance.c, static" 120 $c -o "$build/conformance.static" "$tests/conformance.c" $static_link
for program in unload startup; do
    step "compile $program.c" 120 $c -o "$build/$program" "$tests/$program.c" -ldl -pthread
done
step "compile sandbox.c" 120 $c -c -o "$build/sandbox.o" "$tests/sandbox.c"
step "compile cpp_results.cpp" 120 $cpp -fno-exceptions -c -o "$build/cpp_results.o" "$tests/cpp_results.cpp"
step "compile cpp.cpp" 120 $cpp -o "$build/cpp" "$tests/cpp.cpp" "$build/cpp_results.o" "$build/sandbox.o" $link
step "compile packets.cpp" 120 $cpp -o "$build/packets_cpp" "$tests/packets.cpp" "$build/sandbox.o" $link
step "compile cpp_abi.cpp" 120 $cpp -o "$build/cpp_abi" "$tests/cpp_abi.cpp" $link
step "compile cpp_abi.cpp, without exceptions" 120 $cpp -fno-exceptions -DDMERP_NO_EXCEPTIONS -o "$build/cpp_abi.results" \
    "$tests/cpp_abi.cpp" $link
for program in quickstart production; do
    step "compile examples/c/$program.c" 120 $c -o "$build/$program" "$examples/c/$program.c" $link
done
# shellcheck disable=SC2046
step "compile examples/c/sqlite.c" 120 $c $(pkg-config --cflags sqlite3) -o "$build/sqlite" "$examples/c/sqlite.c" $link \
    $(pkg-config --libs sqlite3)
step "configure examples/cpp (CMake)" 120 cmake -S "$examples/cpp" -B "$build/cmake" "-DCMAKE_PREFIX_PATH=$prefix" \
    "-DCMAKE_CXX_COMPILER=$CXX" "-DCMAKE_CXX_FLAGS=$warnings"
step "compile examples/cpp (CMake)" 120 cmake --build "$build/cmake"

start_sandboxes
# What sigpipe.c needs of the second, whose storage drops every upload until the next reset.
SSL_CERT_FILE=$DMERP_TLS_CA_FILE no_proxy=127.0.0.1 python3 -c '
import sys, urllib.request
request = urllib.request.Request(sys.argv[1], sys.argv[2].encode(), {"Content-Type": "application/json"}, method="POST")
urllib.request.urlopen(request).read()' "$(setting sandbox_tls control_url)/faults" \
    '{"on": "storage", "method": "PUT", "times": 0, "action": {"drop_while_reading": {"bytes": 1000000}}}'

# ---- Run ----

memcheck="valgrind --quiet --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite,indirect,possible"
export ASAN_OPTIONS=detect_leaks=1

step "headers" 300 "$tests/headers.sh" "$prefix/include"
step "exports" 60 "$tests/exports.sh" "$library" "$header"
step "conformance covers every function" 60 "$tests/covers_every_function.sh" "$header" "$tests/conformance.c"
step "conformance" 120 "$build/conformance"
step "conformance, static library" 120 "$build/conformance.static"
step "conformance, memcheck" 300 $memcheck "$build/conformance"
step "conformance, ASan and UBSan" 120 "$build/conformance.sanitized"
for program in verbs receive batch packets; do
    step "$program" 120 "$build/$program"
    step "$program, memcheck" 300 $memcheck "$build/$program"
    step "$program, ASan and UBSan" 120 "$build/$program.sanitized"
done
step "threads" 120 "$build/threads"
step "threads, memcheck" 300 $memcheck "$build/threads"
step "fork" 150 "$build/fork"
step "sigpipe" 120 "$build/sigpipe"
step "fifo" 60 "$build/fifo"
step "memory" 120 "$build/memory"
step "exit" 60 "$build/exit"
step "stack" 60 "$build/stack"
step "stack, https" 60 $over_https "$build/stack"
step "unload" 150 "$build/unload" "$library"
step "cpp" 120 "$build/cpp"
step "cpp, memcheck" 300 $memcheck "$build/cpp"
step "packets_cpp" 120 "$build/packets_cpp"
step "packets_cpp, memcheck" 300 $memcheck "$build/packets_cpp"
step "packets_judge" 120 "$build/packets_judge"
step "cpp_abi" 60 "$build/cpp_abi"
step "cpp_abi, without exceptions" 60 "$build/cpp_abi.results"
step "startup" 60 "$build/startup" "$library"
step "streams" 600 "$build/streams" . "$STREAM_BYTES"
memcheck_main="$memcheck --errors-for-leak-kinds=definite,indirect" # a main thread's own data is "possibly lost": see check.h
step "README's quick starts" 120 "$tests/quickstart.sh" "$tests/../../README.md" "$sandbox"
step "examples/c/quickstart" 60 "$tests/../quickstart.sh" "$sandbox" "$build/quickstart"
step "examples/c/production" 120 "$tests/../example.sh" "$sandbox" "$examples/data" "$build/production"
step "examples/c/production, memcheck" 120 "$tests/../example.sh" "$sandbox" "$examples/data" $memcheck_main "$build/production"
step "examples/cpp/quickstart" 60 "$tests/../quickstart.sh" "$sandbox" "$build/cmake/quickstart"
step "examples/cpp/production" 120 "$tests/../example.sh" "$sandbox" "$examples/data" "$build/cmake/production"
step "examples/c/sqlite" 60 "$tests/sqlite.sh" "$build/sqlite"
step "examples/c/sqlite, memcheck" 60 "$tests/sqlite.sh" $memcheck_main "$build/sqlite"
step "examples/c/production, full disk" 60 "$tests/full_disk.sh" "$sandbox" "$examples/data" "$build/production"
step "examples/c/production, kept packets" 60 "$tests/kept.sh" "$sandbox" "$examples/data" "$build/production"
step "examples/cpp/production, kept packets" 60 "$tests/kept.sh" "$sandbox" "$examples/data" "$build/cmake/production"
step "examples/cpp/production, full disk" 60 "$tests/full_disk.sh" "$sandbox" "$examples/data" "$build/cmake/production"

finish
[ "$temporary" = no ] || rm -rf "$build"
