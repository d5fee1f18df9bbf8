#!/usr/bin/env bash
# run.sh DIST VERSION SANDBOX_PROGRAM [RID...]: unpacks each archive for C and C++ of DIST into an empty folder, builds the quick starts
# with it, by CMake and by pkg-config, linked to the shared and to the static library, and runs each in a sandbox of its own. Prints a
# table, and fails if anything in it failed. Without RIDs: all.
#
#     WINE    runs a Windows program (default tests/windows/wine.sh)
#     ZIG     zig, which links the static library for musl: Debian's musl has nothing that unwinds the stack (default: the one that
#             packaging/native/tools.sh installs into build/)
#
# What cannot run on this machine is built, and told as skipped.
set -eu

dist=$(cd "$1" && pwd)
version=$2
sandbox=$(cd "$(dirname "$3")" && pwd)/$(basename "$3")
shift 3
tests=$(cd "$(dirname "$0")/.." && pwd)
examples=$(cd "$tests/../examples" && pwd)
rids=${*:-linux-x64 linux-musl-x64 linux-arm64 win-x64 win-x86}
: "${WINE:=$tests/windows/wine.sh}" "${ZIG:=$tests/../build/cross/zig/bin/python-zig}"
export ZIG_GLOBAL_CACHE_DIR="${ZIG_GLOBAL_CACHE_DIR:-$tests/../build/cross/zig-cache}"

work=$(mktemp -d)
table=$work/table
: >"$table"
passed=0
failed=0
skipped=0

# NAME COMMAND...: runs it, and notes how it ended.
step() {
    local name="$rid: $1" began=$SECONDS verdict=ok
    shift
    if timeout --kill-after=10 120 "$@" >"$work/log" 2>&1; then
        passed=$((passed + 1))
    else
        verdict="FAILED ($?)"
        failed=$((failed + 1))
        echo "---- $name: $verdict" >&2
        tail -n 40 "$work/log" >&2
    fi
    printf '%-50s %-12s %3d s\n' "$name" "$verdict" $((SECONDS - began)) >>"$table"
}

# NAME WHY: notes what cannot be done on this machine.
skip() {
    skipped=$((skipped + 1))
    printf '%-50s %s\n' "$rid: $1" "skipped: $2" >>"$table"
}

# NAME PROGRAM: the program with the quick start's tests around it.
exchange() {
    if [ "$runs" = yes ]; then
        step "$1" "$tests/quickstart.sh" "$sandbox" ${run:+"${run[@]}"} "$2"
    else
        skip "$1" "$runs"
    fi
}

for rid in $rids; do
    at=$work/$rid
    root=$at/dmerp-$version-$rid
    windows=no
    glibc=no
    exe=
    run=()       # what runs a program of that platform
    runs=yes     # or why none can
    links=yes    # or why none can be linked to the static library
    cpp=no       # whether there is a compiler for C++, too
    cmake=(-DCMAKE_CXX_COMPILER=)
    case $rid in
        linux-x64)
            cc=("${CC:-cc}")
            static=("${cc[@]}")
            glibc=yes
            cpp=yes
            cmake=()
            ;;
        linux-musl-x64)
            cc=(musl-gcc)
            static=("$ZIG" cc -target x86_64-linux-musl)
            [ -x "$ZIG" ] || links="there is no $ZIG"
            ;;
        linux-arm64)
            cc=(aarch64-linux-gnu-gcc)
            static=("${cc[@]}")
            glibc=yes
            run=(qemu-aarch64 -L /usr/aarch64-linux-gnu)
            cmake+=(-DCMAKE_SYSTEM_NAME=Linux -DCMAKE_SYSTEM_PROCESSOR=aarch64)
            ;;
        win-x64 | win-x86)
            machine=x86_64
            [ "$rid" = win-x64 ] || machine=i686
            cc=("$machine-w64-mingw32-gcc")
            static=("${cc[@]}")
            windows=yes
            exe=.exe
            cpp=yes
            run=("$WINE")
            # -static: Wine has no libstdc++ and no libgcc.
            cmake=(-DCMAKE_SYSTEM_NAME=Windows "-DCMAKE_CXX_COMPILER=$machine-w64-mingw32-g++"
                "-DCMAKE_RC_COMPILER=$machine-w64-mingw32-windres" -DCMAKE_EXE_LINKER_FLAGS=-static)
            ;;
    esac

    mkdir "$at" "$at/pkg-config" "$at/alone" # in the second, no shared library is
    if [ "$windows" = yes ]; then
        step "unpack" unzip -q "$dist/dmerp-$version-$rid.zip" -d "$at"
        echo 'int main(void) { return 0; }' >"$at/empty.c"
        "${cc[@]}" "$at/empty.c" -o "$at/empty.exe"
        if [ "$rid" = win-x86 ] && [ ! -e "$(dirname "$0")/../../build/wine32/ready" ]; then
            runs="there is no 32-bit Wine here"
        else
            step "Wine starts" "$WINE" "$at/empty.exe"
        fi
    else
        step "unpack" tar -xzf "$dist/dmerp-$version-$rid.tar.gz" -C "$at"
    fi

    # Nothing but what was unpacked.
    export PKG_CONFIG_LIBDIR="$root/lib/pkgconfig"
    unset PKG_CONFIG_PATH LD_LIBRARY_PATH
    c=(-std=c99 -Wall -Wextra -Wpedantic -Werror "$examples/c/quickstart.c")
    read -ra flags <<<"$(pkg-config --cflags --libs dmerp)"
    step "pkg-config, shared: build" "${cc[@]}" "${c[@]}" "${flags[@]}" -o "$at/pkg-config/shared$exe"
    if [ "$windows" = yes ]; then
        cp "$root/bin/dmerp.dll" "$at/pkg-config"
    else
        export LD_LIBRARY_PATH="$root/lib"
    fi
    exchange "pkg-config, shared: exchange" "$at/pkg-config/shared$exe"
    unset LD_LIBRARY_PATH
    if [ "$windows" = yes ]; then
        step "dmerp.lib: build" "${cc[@]}" "${c[@]}" "-I$root/include" "$root/lib/dmerp.lib" -o "$at/pkg-config/msvc.exe"
        exchange "dmerp.lib: exchange" "$at/pkg-config/msvc.exe"
    fi

    if [ "$links" = yes ]; then
        if [ "$glibc" = yes ]; then
            read -ra flags <<<"-l:libdmerp.a $(pkg-config --static --cflags --libs dmerp | sed 's/-ldmerp//')"
        else
            read -ra flags <<<"-static $(pkg-config --static --cflags --libs dmerp)"
        fi
        step "pkg-config, static: build" "${static[@]}" "${c[@]}" "${flags[@]}" -o "$at/alone/static$exe"
        exchange "pkg-config, static: exchange" "$at/alone/static$exe"
    else
        skip "pkg-config, static" "$links"
    fi

    for linked in shared static; do
        compiler=("${cc[@]}")
        if [ "$linked" = static ]; then
            compiler=("${static[@]}")
            [ "$links" = yes ] || { skip "CMake, static" "$links"; continue; }
        fi
        step "CMake, $linked: configure" cmake -S "$tests/packages" -B "$at/$linked" "-DCMAKE_PREFIX_PATH=$root" \
            "-DEXAMPLES=$examples" "-DLINKED=$linked" "-DCMAKE_C_COMPILER=$(IFS=';' && echo "${compiler[*]}")" ${cmake:+"${cmake[@]}"}
        step "CMake, $linked: build" cmake --build "$at/$linked"
        exchange "CMake, $linked: exchange" "$at/$linked/c$exe"
        [ "$cpp" = no ] || exchange "CMake, $linked, C++: exchange" "$at/$linked/cpp$exe"
    done
done

cat "$table"
rm -rf "$work"
echo
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
