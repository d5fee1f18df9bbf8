# What differs from platform to platform; sourced by the scripts beside it, which set $platform. The names are NuGet's ("RID").
#
# file        the library
# target      rustc's name of the platform
# flags       for rustc
# compiler    the platform's C compiler, in Debian's packages: for programs that use the library, and for Windows also its linker
# zig_target  zig's name of the platform, with the oldest glibc that will do, if zig links the library
# machine     what the import library for Microsoft's linker is for

zig_target= machine=
case $platform in
  win-x64) target=x86_64-pc-windows-gnu compiler=x86_64-w64-mingw32-gcc machine=i386:x86-64 ;;
  win-x86) target=i686-pc-windows-gnu compiler=i686-w64-mingw32-gcc machine=i386 ;;
  linux-x64) target=x86_64-unknown-linux-gnu compiler=cc zig_target=$target.2.17 ;;
  linux-arm64) target=aarch64-unknown-linux-gnu compiler=aarch64-linux-gnu-gcc zig_target=$target.2.17 ;;
  linux-musl-x64) target=x86_64-unknown-linux-musl compiler=musl-gcc zig_target=$target ;;
  *)
    echo "$platform: there is no such platform; see packaging/native/platforms.sh" >&2
    exit 2
    ;;
esac
case $platform in
  win-*)
    file=dmerp.dll
    # crt-static: libgcc and winpthread go into the DLL, so it needs the system's DLLs only.
    # no-insert-timestamp: else each build differs in the time that it was linked.
    # windows_raw_dylib: what the windows-sys crates import stands in the static library, and not in import libraries of their own.
    flags="-C target-feature=+crt-static -C link-arg=-Wl,--no-insert-timestamp --cfg windows_raw_dylib"
    ;;
  linux-*)
    file=libdmerp.so
    # The C library is the system's: no program could load a library that has one of its own.
    flags="-C target-feature=-crt-static"
    ;;
esac
