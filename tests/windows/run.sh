#!/bin/sh
# run.sh PLATFORM LIBRARY_FOLDER SANDBOX_PROGRAM: cross-compiles the C and C++ tests and examples, and Windows' own tests, for win-x64
# or win-x86 against the library in the folder, runs each under Wine, and prints a table. Fails if anything in it failed.
#
#     STREAM_BYTES    the size of the file that streams.c sends and receives (default 256 MiB)
#     BUILD_DIR       where to build (default build/tests-PLATFORM)
#
# Needs MinGW, python3, and what wine.sh needs.
set -eu

if [ $# -ne 3 ]; then
    echo "usage: run.sh PLATFORM LIBRARY_FOLDER SANDBOX_PROGRAM" >&2
    exit 2
fi
platform=$1
native=$(cd "$2" && pwd)
sandbox=$(cd "$(dirname "$3")" && pwd)/$(basename "$3")
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
tests=$root/tests/c
examples=$root/examples
wine=$here/wine.sh
: "${STREAM_BYTES:=268435456}" "${BUILD_DIR:=$root/build/tests-$platform}"
case $platform in
    win-x64) mingw=x86_64-w64-mingw32 ;;
    win-x86) mingw=i686-w64-mingw32 ;;
    *) echo "$platform is not win-x64 or win-x86" >&2; exit 2 ;;
esac

rm -rf "$BUILD_DIR"
mkdir -p "$BUILD_DIR"
build=$(cd "$BUILD_DIR" && pwd)
. "$root/tests/steps.sh"
cd "$build/work" # what the programs write is here
cp "$native/dmerp.dll" "$build"
cp "$native/dmerp.dll" "$build/copy-of-dmerp.dll"

# ---- Compile ----

# The tests use threads of POSIX and of C++, which this variant of MinGW has. The examples are compiled as one would by default.
warnings="-Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror"
posix="-I$here/posix -include posix.h"
c="$mingw-gcc-posix -std=c99 -O1 $warnings -I$root/include"
cpp="$mingw-g++-posix -std=c++11 -O1 $warnings -I$root/include"
# -static: without DLLs of MinGW's own. With it, -ldmerp would be the static library.
link="$native/libdmerp.dll.a -lws2_32 -static"

for program in conformance verbs receive batch packets threads exit stack streams; do
    step "compile $program.c" 300 $c $posix -o "$build/$program.exe" "$tests/$program.c" "$tests/sandbox.c" $link
done
for program in paths ends environment; do
    step "compile $program.c" 300 $c $posix -o "$build/$program.exe" "$here/$program.c" "$tests/sandbox.c" $link
done
step "compile loader.c" 300 $c $posix -o "$build/loader.exe" "$here/loader.c" -lws2_32 -static
# shellcheck disable=SC2046 # several words
step "compile conformance.c, static" 300 $c $posix -o "$build/conformance.static.exe" "$tests/conformance.c" "$native/libdmerp.a" \
    $(cat "$native/native-static-libs") -lws2_32 -static
step "compile sandbox.c" 300 $c $posix -c -o "$build/sandbox.o" "$tests/sandbox.c"
step "compile cpp_results.cpp" 300 $cpp $posix -fno-exceptions -c -o "$build/cpp_results.o" "$tests/cpp_results.cpp"
step "compile cpp.cpp" 300 $cpp $posix -o "$build/cpp.exe" "$tests/cpp.cpp" "$build/cpp_results.o" "$build/sandbox.o" $link
step "compile packets.cpp" 300 $cpp $posix -o "$build/packets_cpp.exe" "$tests/packets.cpp" "$build/sandbox.o" $link
step "compile cpp_abi.cpp" 300 $cpp $posix -o "$build/cpp_abi.exe" "$tests/cpp_abi.cpp" $link
step "compile cpp_abi.cpp, without exceptions" 300 $cpp $posix -fno-exceptions -DDMERP_NO_EXCEPTIONS \
    -o "$build/cpp_abi.results.exe" "$tests/cpp_abi.cpp" $link
c="$mingw-gcc -std=c99 -O1 $warnings -I$root/include"
cpp="$mingw-g++ -std=c++11 -O1 $warnings -I$root/include"
step "compile examples/c/quickstart.c" 300 $c -o "$build/quickstart.exe" "$examples/c/quickstart.c" $link
step "compile examples/c/production.c" 300 $c -municode -o "$build/production.exe" "$examples/c/production.c" $link
step "compile examples/cpp/quickstart.cpp" 300 $cpp -o "$build/quickstart_cpp.exe" "$examples/cpp/quickstart.cpp" $link
step "compile examples/cpp/production.cpp" 300 $cpp -municode -o "$build/production_cpp.exe" "$examples/cpp/production.cpp" $link

# ---- Run ----

start_sandboxes
export TRIES=2 # see twice.sh
step "conformance" 120 "$wine" "$build/conformance.exe"
step "conformance, static library" 120 "$wine" "$build/conformance.static.exe"
for program in verbs receive batch packets threads exit ends environment cpp packets_cpp; do
    step "$program" 180 "$wine" "$build/$program.exe"
    step "$program, https" 180 $over_https "$wine" "$build/$program.exe"
done
step "cpp_abi" 60 "$wine" "$build/cpp_abi.exe"
step "cpp_abi, without exceptions" 60 "$wine" "$build/cpp_abi.results.exe"
step "stack" 60 "$wine" "$build/stack.exe"
step "stack, https" 60 $over_https "$wine" "$build/stack.exe"
step "paths" 120 "$wine" "$build/paths.exe"
step "loader" 300 "$wine" "$build/loader.exe" "$build/dmerp.dll" "$build/copy-of-dmerp.dll"
step "streams" 300 "$wine" "$build/streams.exe" . "$STREAM_BYTES"
step "examples/c/quickstart" 60 "$root/tests/quickstart.sh" "$sandbox" "$wine" "$build/quickstart.exe"
in_folder="env EXAMPLE_FOLDER=$(printf '\320\277\321\200\320\270\321\221\320\274')" # Cyrillic, which is not in the code page
step "examples/c/production" 180 $in_folder "$root/tests/example.sh" "$sandbox" "$examples/data" "$wine" --console "$build/production.exe"
step "examples/cpp/quickstart" 60 "$root/tests/quickstart.sh" "$sandbox" "$wine" "$build/quickstart_cpp.exe"
step "examples/cpp/production" 180 $in_folder "$root/tests/example.sh" "$sandbox" "$examples/data" "$wine" --console "$build/production_cpp.exe"

skip "fork, sigpipe, fifo" "Windows has no fork(), no SIGPIPE and no FIFOs"
skip "memory" "Windows has no limit on a process's memory that a test could set for itself as with setrlimit()"
skip "unload, startup" "they use what Linux tells of a process; loader does the work of the first"
skip "packets_judge" "there is no libxml2 for MinGW; what the library writes does not depend on the system"
skip "examples/c/sqlite" "there is no SQLite for MinGW"
skip "examples, full disk" "no limit on the size of a file"
skip "valgrind, sanitizers" "MinGW has none"

finish
