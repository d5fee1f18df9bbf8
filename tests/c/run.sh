#!/bin/sh
# run.sh PREFIX SANDBOX_PROGRAM: compiles the C and C++ tests and examples against the dmerp that is installed in PREFIX, runs
# each, and prints a table. Fails if anything in it failed; nothing is skipped.
#
#     CC, CXX         the compilers (default cc, c++)
#     STREAM_BYTES    the size of the file that streams.c sends and receives (default 1 GiB)
#     BUILD_DIR       where to build (default a temporary folder, which is removed after a success)
#
# Needs Linux, pkg-config, cmake, binutils, python3 and valgrind.
set -eu

if [ $# -ne 2 ]; then
    echo "usage: run.sh PREFIX SANDBOX_PROGRAM" >&2
    exit 2
fi
prefix=$(cd "$1" && pwd)
sandbox=$(cd "$(dirname "$2")" && pwd)/$(basename "$2")
tests=$(cd "$(dirname "$0")" && pwd)
examples=$(cd "$tests/../../examples" && pwd)
header=$prefix/include/dmerp.h
library=$prefix/lib/libdmerp.so.$(sed -n 's/^#define DMERP_ABI_VERSION //p' "$header")
: "${CC:=cc}" "${CXX:=c++}" "${STREAM_BYTES:=1073741824}"
export CC CXX
export PKG_CONFIG_PATH="$prefix/lib/pkgconfig"
export LD_LIBRARY_PATH="$prefix/lib"

for tool in "$CC" "$CXX" pkg-config cmake nm readelf python3 valgrind timeout "$sandbox"; do
    command -v "$tool" >/dev/null || { echo "$tool is not there" >&2; exit 2; }
done

if [ -n "${BUILD_DIR:-}" ]; then
    mkdir -p "$BUILD_DIR"
    build=$(cd "$BUILD_DIR" && pwd)
    temporary=no
else
    build=$(mktemp -d)
    temporary=yes
fi
mkdir -p "$build/work" "$build/logs"
cd "$build/work" # what the programs write is here

table=$build/table
: >"$table"
failures=0

# step NAME SECONDS COMMAND...: runs it within that time, and notes how it ended.
step() {
    name=$1
    limit=$2
    shift 2
    log=$build/logs/$(echo "$name" | tr -c 'A-Za-z0-9\n' '_').log
    began=$(date +%s)
    if timeout --kill-after=10 "$limit" "$@" >"$log" 2>&1 9>&-; then
        verdict=ok
    else
        verdict="FAILED ($?)"
        failures=$((failures + 1))
        echo "---- $name: $verdict" >&2
        tail -n 60 "$log" >&2
    fi
    took=$(($(date +%s) - began))
    # What is worth a line of the table: the counts, or the figures.
    said=$(grep -E ' passed, |median|MiB|round trips' "$log" | grep -v '^==' | tr '\n' ';' | sed 's/;$//; s/;/; /g') || said=
    printf '%-44s %-13s %4s s  %s\n' "$name" "$verdict" "$took" "$said" >>"$table"
}

# ---- Compile ----

warnings="-Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror"
c="$CC -std=c99 -O1 -g $warnings $(pkg-config --cflags dmerp)"
cpp="$CXX -std=c++11 -O1 -g $warnings $(pkg-config --cflags dmerp)"
link="$(pkg-config --libs dmerp) -pthread"
static_link="$prefix/lib/libdmerp.a $(pkg-config --libs --static dmerp | sed 's/-ldmerp//') -pthread"
sanitize="-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer"

for program in conformance verbs receive batch threads fork sigpipe fifo memory exit stack streams; do
    step "compile $program.c" 120 $c -o "$build/$program" "$tests/$program.c" "$tests/sandbox.c" $link
done
for program in conformance verbs receive batch; do
    step "compile $program.c, sanitized" 120 $c $sanitize -o "$build/$program.sanitized" "$tests/$program.c" "$tests/sandbox.c" $link
done
step "compile conformance.c, static" 120 $c -o "$build/conformance.static" "$tests/conformance.c" $static_link
for program in unload startup; do
    step "compile $program.c" 120 $c -o "$build/$program" "$tests/$program.c" -ldl -pthread
done
step "compile sandbox.c" 120 $c -c -o "$build/sandbox.o" "$tests/sandbox.c"
step "compile cpp_results.cpp" 120 $cpp -fno-exceptions -c -o "$build/cpp_results.o" "$tests/cpp_results.cpp"
step "compile cpp.cpp" 120 $cpp -o "$build/cpp" "$tests/cpp.cpp" "$build/cpp_results.o" "$build/sandbox.o" $link
step "compile cpp_abi.cpp" 120 $cpp -o "$build/cpp_abi" "$tests/cpp_abi.cpp" $link
step "compile cpp_abi.cpp, without exceptions" 120 $cpp -fno-exceptions -DDMERP_NO_EXCEPTIONS -o "$build/cpp_abi.results" \
    "$tests/cpp_abi.cpp" $link
for program in quickstart production; do
    step "compile examples/c/$program.c" 120 $c -o "$build/$program" "$examples/c/$program.c" $link
done
step "configure examples/cpp (CMake)" 120 cmake -S "$examples/cpp" -B "$build/cmake" "-DCMAKE_PREFIX_PATH=$prefix" \
    "-DCMAKE_CXX_COMPILER=$CXX" "-DCMAKE_CXX_FLAGS=$warnings"
step "compile examples/cpp (CMake)" 120 cmake --build "$build/cmake"

# ---- The sandboxes, a plain one and one with TLS: they stop when this script does, since it holds their standard input open. ----

rm -f "$build/lifeline" "$build"/sandbox*.json
mkfifo "$build/lifeline"
"$sandbox" --port 0 --stdin-lifeline <"$build/lifeline" >"$build/sandbox.json" 2>"$build/sandbox.err" &
sandbox_pid=$!
"$sandbox" --port 0 --tls --stdin-lifeline <"$build/lifeline" >"$build/sandbox_tls.json" 2>>"$build/sandbox.err" &
sandbox_tls_pid=$!
exec 9>"$build/lifeline"
waited=0
until [ -s "$build/sandbox.json" ] && [ -s "$build/sandbox_tls.json" ]; do
    waited=$((waited + 1))
    if [ "$waited" -gt 200 ] || ! kill -0 "$sandbox_pid" "$sandbox_tls_pid" 2>/dev/null; then
        echo "the sandboxes did not start:" >&2
        cat "$build/sandbox.err" >&2
        exit 1
    fi
    sleep 0.05
done
setting() {
    sed "s/.*\"$2\":\"\([^\"]*\)\".*/\1/" "$build/$1.json"
}
DMERP_BASE_URL=$(setting sandbox base_url)
DMERP_APP_AREA=$(setting sandbox app_area)
DMERP_API_KEY=$(setting sandbox api_key)
DMERP_TLS_BASE_URL=$(setting sandbox_tls base_url)
DMERP_TLS_CA_FILE=$(setting sandbox_tls ca_file)
export DMERP_BASE_URL DMERP_APP_AREA DMERP_API_KEY DMERP_TLS_BASE_URL DMERP_TLS_CA_FILE
# What sigpipe.c needs of the second, whose control API the tests do not speak to.
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
for program in verbs receive batch; do
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
step "unload" 150 "$build/unload" "$library"
step "cpp" 120 "$build/cpp"
step "cpp, memcheck" 300 $memcheck "$build/cpp"
step "cpp_abi" 60 "$build/cpp_abi"
step "cpp_abi, without exceptions" 60 "$build/cpp_abi.results"
step "startup" 60 "$build/startup" "$library"
step "streams" 600 "$build/streams" . "$STREAM_BYTES"
memcheck_main="$memcheck --errors-for-leak-kinds=definite,indirect" # a main thread's own data is "possibly lost": see check.h
step "README's quick starts" 120 "$tests/quickstart.sh" "$tests/../../README.md" "$sandbox"
step "examples/c/quickstart" 60 "$tests/../quickstart.sh" "$sandbox" "$examples/data/packet.xml" "$build/quickstart"
step "examples/c/production" 120 "$tests/../example.sh" "$sandbox" "$examples/data" "$build/production"
step "examples/c/production, memcheck" 120 "$tests/../example.sh" "$sandbox" "$examples/data" $memcheck_main "$build/production"
step "examples/cpp/quickstart" 60 "$tests/../quickstart.sh" "$sandbox" "$examples/data/packet.xml" "$build/cmake/quickstart"
step "examples/cpp/production" 120 "$tests/../example.sh" "$sandbox" "$examples/data" "$build/cmake/production"
step "examples/c/production, full disk" 60 "$tests/full_disk.sh" "$sandbox" "$examples/data" "$build/production"
step "examples/cpp/production, full disk" 60 "$tests/full_disk.sh" "$sandbox" "$examples/data" "$build/cmake/production"

exec 9>&-
for pid in "$sandbox_pid" "$sandbox_tls_pid"; do
    wait "$pid" || { echo "a sandbox ended with an error" >&2; failures=$((failures + 1)); }
done

echo
cat "$table"
echo
if [ "$failures" -ne 0 ]; then
    echo "$failures of $(wc -l <"$table") steps failed; their logs are in $build/logs"
    exit 1
fi
echo "all $(wc -l <"$table") steps passed"
[ "$temporary" = no ] || rm -rf "$build"
