#!/bin/sh
# sbom.sh CRATES DIST: writes dmerp-VERSION-RID.cdx.json into DIST for each platform: which crates are in the library there, in
# CycloneDX's form. CRATES is what crates.sh made. VERSION as for install.sh; SOURCE_DATE_EPOCH as for archive.sh.
#
#     CARGO_CYCLONEDX    the program (default cargo-cyclonedx)
set -eu

crates=$(cd "$1" && pwd)
dist=$(cd "$2" && pwd)

# RID TARGET: what NuGet and what Rust calls a platform.
write() {
    (cd "$crates" && "${CARGO_CYCLONEDX:-cargo-cyclonedx}" cyclonedx --quiet --format json --spec-version 1.5 --no-build-deps \
        --target "$2" --override-filename sbom)
    # Nothing in it tells where it was made.
    sed "s|path+file://$crates#|path+file:///dmerp#|" "$crates/sbom.json" >"$dist/dmerp-$VERSION-$1.cdx.json"
}
write win-x64 x86_64-pc-windows-gnu
write win-x86 i686-pc-windows-gnu
write linux-x64 x86_64-unknown-linux-gnu
write linux-arm64 aarch64-unknown-linux-gnu
write linux-musl-x64 x86_64-unknown-linux-musl
