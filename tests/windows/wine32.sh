#!/bin/sh
# wine32.sh FOLDER: puts a 32-bit Wine into the folder, unless it is there. Fails, and says why, where this cannot be done.
#
# Debian's package wine32:i386 wants some two hundred others, of which one or the other cannot be installed on many a day. Programs
# without windows need none of these but the C library, which is installed; Wine itself is unpacked into the folder. (With FreeType
# but without the rest of what shows windows, Wine starts its desktop again and again, without end.)
set -eu

folder=$1
zlib=/usr/i686-w64-mingw32/lib/zlib1.dll

[ ! -e "$folder/ready" ] || exit 0
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "no 32-bit Wine: only root, on Debian and Ubuntu, can install it" >&2
    exit 1
fi
failed() {
    cat "$folder/log" >&2
    echo "no 32-bit Wine: $1" >&2
    exit 1
}
rm -rf "$folder"
mkdir -p "$folder/packages" "$folder/root"

{
    dpkg --print-foreign-architectures | grep -qx i386 || dpkg --add-architecture i386
    timeout 900 apt-get update || true # an index out of step need not be one that is wanted here
    timeout 900 apt-get -o DPkg::Lock::Timeout=300 install -y --no-install-recommends libc6:i386 libz-mingw-w64
} >"$folder/log" 2>&1 </dev/null || failed "libc6:i386 could not be installed"
(cd "$folder/packages" && timeout 900 apt-get -o APT::Sandbox::User=root download libwine:i386 wine32:i386) >"$folder/log" 2>&1 ||
    failed "libwine:i386 and wine32:i386 could not be downloaded"
for package in "$folder"/packages/*.deb; do
    dpkg --extract "$package" "$folder/root" 2>"$folder/log" || failed "$package could not be unpacked"
done
rm -r "$folder/packages"

# What the package does when it is installed: zlib1.dll, which user32.dll needs, is marked as one of Wine's own.
wine=$folder/root/usr/lib/i386-linux-gnu/wine
{
    head -c 64 "$zlib"
    printf 'Wine builtin DLL'
    head -c 16 /dev/zero
    tail -c +97 "$zlib"
} >"$wine/i386-windows/zlib1.dll"
touch "$folder/ready"
