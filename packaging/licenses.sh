#!/bin/sh
# licenses.sh CRATES FILE: writes the licences of all that is in the library besides dmerp itself: the crates, Rust's standard library, and
# the compilers' runtimes. CRATES is what crates.sh made.
#
#     CARGO_ABOUT    the program (default cargo-about)
#     PYTHON         the program (default python3)
set -eu

crates=$(cd "$1" && pwd)
file=$2
packaging=$(cd "$(dirname "$0")" && pwd)
standard=$(rustc --print sysroot)/share/doc/rust/COPYRIGHT-library.html
[ -e "$standard" ] || { echo "$standard is not there: Rust as rustup installs it has the licences of its library" >&2; exit 1; }

"${CARGO_ABOUT:-cargo-about}" generate --offline --fail --manifest-path "$crates/Cargo.toml" --config "$packaging/about.toml" \
    --output-file "$file.new" "$packaging/third-party.hbs"
{
    printf '%80s\n' '' | tr ' ' '='
    printf "Rust's standard library\n\n"
    "${PYTHON:-python3}" "$packaging/std_licenses.py" "$standard"
    echo
    cat "$packaging/runtimes.txt"
} >>"$file.new"
mv "$file.new" "$file"
