#!/bin/sh
# install.sh FOLDER: lays out the library that was built in FOLDER, with its headers, pkg-config and CMake files and licences, as
# `make install` and the archives have it. FOLDER has libdmerp.so or dmerp.dll with what belongs to it, and native-static-libs:
# what a program needs besides when it links to the static library, as rustc tells it.
#
#     VERSION, ABI               the library's version, and the number of its ABI
#     PREFIX, LIBDIR, DESTDIR    as in `make install`
#     PC_PREFIX                  what dmerp.pc calls the prefix (default PREFIX)
#     INSTALL                    the program install (default install)
set -eu

from=$1
sources=$(cd "$(dirname "$0")/.." && pwd)
: "${VERSION:?}" "${ABI:?}" "${PREFIX:?}" "${LIBDIR:=$PREFIX/lib}" "${DESTDIR=}" "${PC_PREFIX:=$PREFIX}" "${INSTALL:=install}"
to_lib=$DESTDIR$LIBDIR
to=$DESTDIR$PREFIX
# As far as it is in the prefix, the library is named relative to it: then an installed tree can be moved.
in_prefix=${LIBDIR#"$PREFIX"/}
static_libs=$(cat "$from/native-static-libs")

$INSTALL -d "$to_lib/pkgconfig" "$to/include" "$to/share/dmerp/cmake" "$to/share/doc/dmerp"
if [ -e "$from/dmerp.dll" ]; then
    $INSTALL -d "$to/bin"
    $INSTALL -m 755 "$from/dmerp.dll" "$to/bin"
    # The import libraries: for MinGW, and for MSVC.
    $INSTALL -m 644 "$from/libdmerp.dll.a" "$from/dmerp.lib" "$to_lib"
else
    $INSTALL -m 755 "$from/libdmerp.so" "$to_lib/libdmerp.so.$ABI"
    ln -sf "libdmerp.so.$ABI" "$to_lib/libdmerp.so"
fi
$INSTALL -m 644 "$from/libdmerp.a" "$to_lib"
$INSTALL -m 644 "$sources/include/dmerp.h" "$sources/include/dmerp.hpp" "$to/include"

fill() {
    sed -e "s|@PREFIX@|$PC_PREFIX|" -e "s|@LIBDIR@|$1|" -e "s|@VERSION@|$VERSION|" -e "s|@ABI@|$ABI|" \
        -e "s|@STATIC_LIBS@|$2|" "$3"
}
case $in_prefix in
    /*) pc_libdir=$in_prefix ;;
    *) pc_libdir="\${prefix}/$in_prefix" ;;
esac
fill "$pc_libdir" "$static_libs" "$sources/dmerp.pc.in" >"$to_lib/pkgconfig/dmerp.pc"
fill "$in_prefix" "$(echo "$static_libs" | tr -s ' ' ';')" "$sources/cmake/dmerp-config.cmake.in" \
    >"$to/share/dmerp/cmake/dmerp-config.cmake"
$INSTALL -m 644 "$sources/cmake/dmerp-config-version.cmake" "$to/share/dmerp/cmake"
$INSTALL -m 644 "$sources/LICENSE-APACHE" "$sources/LICENSE-MIT" "$to/share/doc/dmerp"
