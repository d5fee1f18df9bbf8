#!/bin/sh
# promised.sh DIST: fails unless DIST has each file that a release is promised to have, and no other, and the licences are in each that
# has a library; then writes SHA256SUMS over them. VERSION as for install.sh.
set -eu

cd "$1"
rm -f SHA256SUMS
promised="
dmerp-$VERSION-win-x64.zip
dmerp-$VERSION-win-x86.zip
dmerp-$VERSION-linux-x64.tar.gz
dmerp-$VERSION-linux-arm64.tar.gz
dmerp-$VERSION-linux-musl-x64.tar.gz
Dmerp.Client.$VERSION.nupkg
dmerp-$VERSION.tar.gz
dmerp-$VERSION-py3-none-win_amd64.whl
dmerp-$VERSION-py3-none-win32.whl
dmerp-$VERSION-py3-none-manylinux_2_17_x86_64.manylinux2014_x86_64.whl
dmerp-$VERSION-py3-none-manylinux_2_17_aarch64.manylinux2014_aarch64.whl
dmerp-$VERSION-py3-none-musllinux_1_2_x86_64.whl
dmerp-$VERSION.jar
dmerp-$VERSION-sources.jar
dmerp-$VERSION-javadoc.jar
dmerp-$VERSION.pom
dmerp-$VERSION-win-x64.cdx.json
dmerp-$VERSION-win-x86.cdx.json
dmerp-$VERSION-linux-x64.cdx.json
dmerp-$VERSION-linux-arm64.cdx.json
dmerp-$VERSION-linux-musl-x64.cdx.json
THIRD-PARTY-LICENSES.txt
"
expected=$(echo "$promised" | sed '/^$/d' | LC_ALL=C sort)
there=$(LC_ALL=C ls)
if [ "$expected" != "$there" ]; then
    for file in $expected; do
        [ -e "$file" ] || echo "$PWD/$file is missing" >&2
    done
    for file in $there; do
        echo "$expected" | grep -qxF "$file" || echo "$PWD/$file is no file of a release: see packaging/promised.sh" >&2
    done
    exit 1
fi
for file in $there; do
    case $file in
        *-sources.jar | *-javadoc.jar) continue ;;
        *.zip | *.nupkg | *.whl | *.jar) list="unzip -Z1" ;;
        dmerp-*-linux-*.tar.gz) list="tar -tzf" ;;
        *) continue ;;
    esac
    $list "$file" | grep -q '\(^\|/\)THIRD-PARTY-LICENSES.txt$' || { echo "$PWD/$file is without THIRD-PARTY-LICENSES.txt" >&2; exit 1; }
done
sha256sum $there >SHA256SUMS
