"""Finds the native library and loads it."""

import ctypes
import os
import sys
from pathlib import Path
from typing import Any

ABI_VERSION = 1
VARIABLE = "DMERP_LIBRARY"

# The packaged file's name, and those for the system's search. Along PATH, Windows could load what somebody planted there.
NAMES = {
    "win32": ("dmerp.dll",),
    "darwin": ("libdmerp.dylib", "libdmerp.1.dylib", "libdmerp.dylib"),
    "linux": ("libdmerp.so", "libdmerp.so.1", "libdmerp.so"),
}

# The processors of the wheels, by their numbers in a file's header.
PE_MACHINES = {0x014C: "win32", 0x8664: "win_amd64", 0xAA64: "win_arm64"}
ELF_MACHINES = {0x03: "i686", 0x3E: "x86_64", 0xB7: "aarch64"}


def load(functions: dict[str, tuple[Any, ...]]) -> ctypes.CDLL:
    """Load the library that DMERP_LIBRARY names, else the packaged one, else one that the system finds."""
    explicit = os.environ.get(VARIABLE)
    if explicit:  # who names a library wants that one and no other
        places, tried = {explicit: f"from {VARIABLE}"}, []
    else:
        packaged, *system = NAMES.get(sys.platform, NAMES["linux"])
        places = {str(Path(__file__).with_name(packaged)): "packaged", **dict.fromkeys(system, "the system's search")}
        tried = [f"\n  - {VARIABLE}: it is not set"]
    for place, origin in places.items():
        try:
            if explicit and not Path(explicit).is_absolute():
                raise OSError("it must be the full path of the library's file")
            library = ctypes.CDLL(place)
            declare(library, functions)
            return library
        except OSError as why:
            tried.append(f"\n  - {place} ({origin}): {why}{hint(Path(place))}")
    raise ImportError(
        f"no usable dmerp library: ABI version {ABI_VERSION} is needed. Tried:{''.join(tried)}\n"
        f"Install the dmerp wheel for this platform, or set {VARIABLE} to the full path of the library's file.",
        name="dmerp",
    )


def declare(library: ctypes.CDLL, functions: dict[str, tuple[Any, ...]]) -> None:
    """Declare the library's functions; a library of another version is refused before anything else is called."""
    try:
        library.dmerp_abi_version.restype = ctypes.c_uint32
        found = library.dmerp_abi_version()
    except AttributeError as why:
        raise OSError(f"it is no dmerp library: {why}") from why
    if found != ABI_VERSION:
        raise drift(library, f"ABI version {ABI_VERSION}", f"with ABI version {found}")
    for name, (returns, *takes) in functions.items():
        try:
            function = getattr(library, name)
        except AttributeError:
            raise drift(library, f"the function {name}", "without it") from None
        function.restype, function.argtypes = returns, takes


def drift(library: ctypes.CDLL, needed: str, found: str) -> OSError:
    """Say that package and library are not of one version."""
    import importlib.metadata  # noqa: PLC0415 -- slow to import, and hardly ever used

    try:
        package = f"dmerp {importlib.metadata.version('dmerp')}"
    except importlib.metadata.PackageNotFoundError:  # as in a source tree
        package = "dmerp"
    try:
        library.dmerp_version.restype = ctypes.c_char_p
        version = library.dmerp_version().decode()
    except AttributeError:
        version = "of unknown version"
    return OSError(
        f"{package} ({Path(__file__).parent}) needs {needed}, but {library._name} is dmerp {version} {found}: "
        "install both from one package"
    )


def hint(place: Path) -> str:
    """Say what to do about a file that the system does not load, where its place or its header tells."""
    archive = next((each for each in place.parents if each.is_file()), None)
    if archive:
        return f". It is in the archive {archive}, and systems load libraries from folders only: install dmerp into a folder"
    has, needs = platform_of(place), platform_of(Path(sys.executable or ""))
    if has and needs and has != needs:
        return f". The file is for {has}: install the wheel for {needs}, which this Python's own pip picks"
    return ""


def platform_of(file: Path) -> str:
    """Tell what a library or program is for, as wheels' names have it; nothing where that is not known."""
    try:
        content = file.read_bytes()
    except OSError:
        return ""
    if content.startswith(b"MZ"):
        header = int.from_bytes(content[0x3C:0x40], "little")
        return PE_MACHINES.get(int.from_bytes(content[header + 4 : header + 6], "little"), "")
    machine = ELF_MACHINES.get(int.from_bytes(content[18:20], "little"), "")
    if not content.startswith(b"\x7fELF") or not machine:
        return ""
    if b"\0libc.so.6\0" in content:
        return f"manylinux ({machine}, glibc)"
    return f"musllinux ({machine}, musl)" if b"\0libc.musl-" in content or b"\0libc.so\0" in content else ""
