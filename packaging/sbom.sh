#!/bin/sh
# sbom.sh CRATES DIST PLATFORM...: writes dmerp-VERSION-PLATFORM.cdx.json into DIST for each platform: which crates are in the library
# there, in CycloneDX's form. CRATES is what crates.sh made. VERSION as for install.sh; SOURCE_DATE_EPOCH as for archive.sh.
#
#     CARGO_CYCLONEDX    the program (default cargo-cyclonedx)
set -eu

crates=$(cd "$1" && pwd)
dist=$(cd "$2" && pwd)
packaging=$(cd "$(dirname "$0")" && pwd)
shift 2

cd "$crates"
for platform in "$@"; do
    . "$packaging/native/platforms.sh"
    "${CARGO_CYCLONEDX:-cargo-cyclonedx}" cyclonedx --quiet --format json --spec-version 1.5 --no-build-deps --target "$target" \
        --override-filename sbom
    # Nothing in it tells where it was made.
    sed "s|path+file://$crates#|path+file:///dmerp#|" sbom.json >"$dist/dmerp-$VERSION-$platform.cdx.json"
done
