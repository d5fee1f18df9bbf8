#!/bin/sh
# archive.sh RID NATIVE DIST: packs the library for the platform RID, from NATIVE/RID, as dmerp-VERSION-RID.zip for Windows and .tar.gz
# else, into DIST. The same files give the same bytes. VERSION and ABI as for install.sh.
#
#     SOURCE_DATE_EPOCH    the time that all files in the archive have
set -eu

rid=$1
native=$(cd "$2" && pwd)
dist=$(cd "$3" && pwd)
packaging=$(cd "$(dirname "$0")" && pwd)
name=dmerp-$VERSION-$rid
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
umask 022

PREFIX=$work/$name LIBDIR=$work/$name/lib DESTDIR='' PC_PREFIX='${pcfiledir}/../..' "$packaging/install.sh" "$native/$rid"
install -m 644 "$packaging/archive-README.md" "$work/$name/README.md"
install -m 644 "$native/THIRD-PARTY-LICENSES.txt" "$work/$name/share/doc/dmerp"

cd "$work"
find "$name" -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +
if [ -e "$name/bin" ]; then
    rm -f "$dist/$name.zip"
    find "$name" -type f | LC_ALL=C sort | TZ=UTC zip -q -9 -X -@ "$dist/$name.zip"
else
    tar --sort=name --owner=0 --group=0 --numeric-owner --format=ustar -cf - "$name" | gzip -9 -n >"$dist/$name.tar.gz"
fi
