#!/bin/sh
# dlltool.sh ARGUMENT...: MinGW's dlltool, as rustc calls it for the import libraries that go into the static library. dlltool names
# symbols after the path of its output, which has the machine's folders and a random part. Here it is named after its content.
set -eu

previous=
for argument; do
    shift
    case $previous in
    -d) definition=$argument ;;
    -m) if [ "$argument" = i386 ]; then compiler=i686; else compiler=x86_64; fi ;;
    -l)
        library=$argument
        argument=$(sha256sum <"$definition" | cut -c -16).lib
        name=$argument
        ;;
    esac
    set -- "$@" "$argument"
    previous=$argument
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
"$compiler-w64-mingw32-dlltool" "$@"
mv "$name" "$library"
