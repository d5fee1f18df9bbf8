#!/usr/bin/env bash
# run.sh DIST VERSION SANDBOX_PROGRAM [RID...]: unpacks each archive for C and C++ of DIST into an empty folder, builds the quick starts
# with it, by CMake and by pkg-config, linked to the shared and to the static library, and runs each in a sandbox of its own. Prints a
# table, and fails if anything in it failed. Without RIDs: all.
#
#     WINE    runs a Windows program (default tests/windows/wine.sh)
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
: "${WINE:=$tests/windows/wine.sh}"

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

# NAME PROGRAM...: the program with the quick start's tests around it.
exchange() {
    local name=$1
    shift
    if [ "$runs" = yes ]; then
        step "$name" "$tests/quickstart.sh" "$sandbox" "$examples/data/packet.xml" ${run:+"${run[@]}"} "$@"
    else
        skipped=$((skipped + 1))
        printf '%-50s %s\n' "$rid: $name" "skipped: $runs" >>"$table"
    fi
}

for rid in $rids; do
    at=$work/$rid
    root=$at/dmerp-$version-$rid
    run=()      # what runs a program of that platform
    runs=yes    # or why none can
    windows=no
    exe=
    cmake=()
    glibc=no
    case $rid in
        linux-x64)
            cc=${CC:-cc}
            glibc=yes
            ;;
        linux-musl-x64)
            cc=musl-gcc
            cmake=(-DCMAKE_CXX_COMPILER=) # Debian's musl has none
            ;;
        linux-arm64)
            cc=aarch64-linux-gnu-gcc
            glibc=yes
            run=(qemu-aarch64 -L /usr/aarch64-linux-gnu)
            cmake=(-DCMAKE_SYSTEM_NAME=Linux -DCMAKE_SYSTEM_PROCESSOR=aarch64 -DCMAKE_CXX_COMPILER=)
            ;;
        win-x64 | win-x86)
            machine=x86_64
            [ "$rid" = win-x64 ] || machine=i686
            cc=$machine-w64-mingw32-gcc
            run=("$WINE")
            windows=yes
            exe=.exe
            # Wine has no libstdc++ and no libgcc.
            cmake=(-DCMAKE_SYSTEM_NAME=Windows "-DCMAKE_CXX_COMPILER=$machine-w64-mingw32-g++" "-DCMAKE_RC_COMPILER=$machine-w64-mingw32-windres"
                -DCMAKE_EXE_LINKER_FLAGS=-static)
            ;;
    esac

    mkdir "$at" "$at/pkg-config" "$at/alone" # in the second, no shared library is
    if [ "$windows" = yes ]; then
        step "unpack" unzip -q "$dist/dmerp-$version-$rid.zip" -d "$at"
    else
        step "unpack" tar -xzf "$dist/dmerp-$version-$rid.tar.gz" -C "$at"
    fi
    export PKG_CONFIG_LIBDIR="$root/lib/pkgconfig"
    unset PKG_CONFIG_PATH LD_LIBRARY_PATH
    if [ "$windows" = yes ]; then
        echo 'int main(void) { return 0; }' >"$at/empty.c"
        "$cc" "$at/empty.c" -o "$at/empty.exe"
        "$WINE" "$at/empty.exe" >"$work/log" 2>&1 || runs=$(tail -n 1 "$work/log")
    fi

    c=("$cc" -std=c99 -Wall -Wextra -Wpedantic -Werror "$examples/c/quickstart.c")
    read -ra shared <<<"$(pkg-config --cflags --libs dmerp)"
    if [ "$glibc" = yes ]; then
        read -ra static <<<"-l:libdmerp.a $(pkg-config --static --cflags --libs dmerp | sed 's/-ldmerp//')"
    else
        read -ra static <<<"-static $(pkg-config --static --cflags --libs dmerp)"
    fi
    step "pkg-config, shared: build" "${c[@]}" "${shared[@]}" -o "$at/pkg-config/shared$exe"
    if [ "$windows" = yes ]; then
        cp "$root/bin/dmerp.dll" "$at/pkg-config"
    else
        export LD_LIBRARY_PATH="$root/lib"
    fi
    exchange "pkg-config, shared: exchange" "$at/pkg-config/shared$exe"
    unset LD_LIBRARY_PATH
    step "pkg-config, static: build" "${c[@]}" "${static[@]}" -o "$at/alone/static$exe"
    exchange "pkg-config, static: exchange" "$at/alone/static$exe"
    if [ "$windows" = yes ]; then
        step "dmerp.lib: build" "${c[@]}" "-I$root/include" "$root/lib/dmerp.lib" -o "$at/pkg-config/msvc.exe"
        exchange "dmerp.lib: exchange" "$at/pkg-config/msvc.exe"
    fi

    step "CMake: configure" cmake -S "$tests/packages" -B "$at/cmake" "-DCMAKE_PREFIX_PATH=$root" "-DEXAMPLES=$examples" \
        "-DCMAKE_C_COMPILER=$cc" ${cmake:+"${cmake[@]}"}
    step "CMake: build" cmake --build "$at/cmake"
    for program in c-shared c-static cpp-shared cpp-static; do
        case $rid-$program in
            linux-musl-x64-cpp-* | linux-arm64-cpp-*) ;;
            *) exchange "CMake, $program: exchange" "$at/cmake/$program$exe" ;;
        esac
    done
done

cat "$table"
rm -rf "$work"
echo
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
