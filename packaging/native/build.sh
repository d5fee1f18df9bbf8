#!/usr/bin/env bash
# build.sh PLATFORM BUILD: builds the library for one platform of platforms.sh into BUILD/native/PLATFORM, with what a program
# needs to link to it. BUILD/cross keeps what the next build can use again.
#
# No registry has Rust's std for these platforms. So the compiler is Debian's, whose package rust-web-src has std's source, and
# std is built first. rustup's toolchain is left alone: Debian's is called by its full path.
set -euo pipefail

platform=$1
build=$(realpath -m "$2")
root=$(realpath "$(dirname "$0")/../..")
here=$root/packaging/native
# shellcheck source=platforms.sh
. "$here/platforms.sh"

cross=$build/cross
sysroot=$cross/sysroot
out=$build/native/$platform
export RUSTC=/usr/bin/rustc CARGO=/usr/bin/cargo CARGO_TARGET_DIR=$cross/target/$platform
export PATH=$cross/zig/bin:$PATH ZIG_GLOBAL_CACHE_DIR=$cross/zig-cache
# These would replace the flags that are set below, or put another compiler in between.
unset RUSTFLAGS CARGO_ENCODED_RUSTFLAGS CARGO_BUILD_RUSTFLAGS RUSTC_WRAPPER CARGO_BUILD_RUSTC_WRAPPER CC CXX AR CFLAGS CXXFLAGS

# 1. The tools.
"$here/tools.sh" "$build" "$platform"

# 2. The crates. They come first, since the paths of what was fetched are needed next.
cd "$root"
$CARGO fetch --quiet --locked --target "$target"

# 3. No path of this machine may get into the library: it would tell whose machine it was, and two machines would build two
# different files. rustc takes the last one that fits.
remapped="--remap-path-prefix=$root=/dmerp --remap-path-prefix=$cross=/build"
for index in "${CARGO_HOME:-$HOME/.cargo}"/registry/src/*/; do
  remapped+=" --remap-path-prefix=${index%/}=/crates"
done
std_source=/usr/lib/rustlib/src/rust/library
remapped+=" --remap-path-prefix=$std_source=/rust/library --remap-path-prefix=$(realpath "$std_source")=/rust/library"

# rustc's own import libraries shall not have such a path, either.
[ -z "$machine" ] || remapped+=" -C dlltool=$here/dlltool.sh"

# 4. std, unless this compiler has built it before. That needs a feature of nightly compilers, which the variable unlocks; no
# other crate shall see it, so std is built alone. Its object code is kept beside its bitcode, which link-time optimization needs.
std=$cross/std/$platform
libraries=$sysroot/lib/rustlib/$target/lib
made_by=$($RUSTC -vV)$'\n'$remapped
if [ "$(cat "$libraries/made-by" 2> /dev/null)" != "$made_by" ]; then
  echo "$platform: building std for $target"
  rm -rf "$libraries" "$std" # std of two compilers side by side is an error (E0464)
  mkdir -p "$libraries"
  RUSTC_BOOTSTRAP=1 CARGO_TARGET_DIR=$std RUSTFLAGS="-C embed-bitcode=yes $remapped" \
    $CARGO build --quiet --locked --release --manifest-path "$here/std/Cargo.toml" -Z build-std=std,panic_unwind --target "$target"
  cp "$std/$target/release/deps"/lib*.rlib "$libraries"
  rm "$libraries"/libonly_std-*.rlib
  if [ "$platform" = win-x86 ]; then
    # The first and last object of a DLL, which register its tables for unwinding. The other platforms need none.
    for object in rsbegin rsend; do
      RUSTC_BOOTSTRAP=1 $RUSTC --edition 2015 --target "$target" --emit obj -o "$libraries/$object.o" \
        "$std_source/rtstartup/$object.rs"
    done
  fi
  echo "$made_by" > "$libraries/made-by"
fi

# 5. The library. `cargo rustc` and not `cargo build`: link-time optimization is left out if an rlib is built with it, and the
# library is twice as large.
variable=${target^^}
variable=${variable//-/_}
export "CARGO_TARGET_${variable}_RUSTFLAGS=--sysroot $sysroot $flags $remapped"
cargo=("$CARGO" rustc --target "$target")
if [ -n "$zig_target" ]; then
  cargo=(cargo-zigbuild rustc --target "$zig_target")
else
  export "CARGO_TARGET_${variable}_LINKER=$compiler"
fi
mkdir -p "$cross/libs"
echo "$platform: building the library for $target"
"${cargo[@]}" --quiet --locked --release --lib --crate-type cdylib,staticlib -- --print native-static-libs="$cross/libs/$platform"

# 6. What a program needs, in one folder, which is there only if it is complete.
built=$CARGO_TARGET_DIR/$target/release
new=$cross/new/$platform
rm -rf "$new"
mkdir -p "$new"
cp "$built/$file" "$built/libdmerp.a" include/dmerp.h include/dmerp.hpp "$new"
cp "$cross/libs/$platform" "$new/native-static-libs"
# ring compiles its C code with debug information, which has paths; nothing else in it has any.
llvm-strip --strip-debug "$new/libdmerp.a"
if [ -n "$machine" ]; then
  # MinGW's import library comes from the linker, Microsoft's is made from the names of the functions.
  cp "$built/libdmerp.dll.a" "$new"
  {
    echo "LIBRARY dmerp.dll"
    echo EXPORTS
    tests/c/functions_of_header.sh include/dmerp.h
  } > "$cross/libs/$platform.def"
  llvm-dlltool -m "$machine" -d "$cross/libs/$platform.def" -l "$new/dmerp.lib"
fi
mkdir -p "$build/native"
rm -rf "$out"
mv "$new" "$out"
