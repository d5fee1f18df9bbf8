"""Finds the native library and loads it."""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path
from typing import NamedTuple

ABI_VERSION = 1
"""The version of the library's binary interface that this package is written for."""

VARIABLE = "DMERP_LIBRARY"


class Names(NamedTuple):
    """What the library's file is called on a platform."""

    packaged: str
    system: tuple[str, ...]


def names(platform: str) -> Names:
    """Give the names for a `sys.platform`. The system's search tries the name with the ABI in it first."""
    if platform == "win32":
        return Names("dmerp.dll", ("dmerp.dll",))
    if platform == "darwin":
        return Names("libdmerp.dylib", ("libdmerp.1.dylib", "libdmerp.dylib"))
    return Names("libdmerp.so", ("libdmerp.so.1", "libdmerp.so"))


class _UnusableError(Exception):
    """Why a library that was tried cannot be used."""


def load() -> ctypes.CDLL:
    """Load the library: packaged beside this file, else where DMERP_LIBRARY says, else from the system's search.

    Raises ImportError, which tells every place that was tried and why it was no good.
    """
    tried: list[str] = []
    packaged, system = names(sys.platform)

    beside = Path(__file__).with_name(packaged)
    try:
        if not beside.exists():
            raise _UnusableError("there is no such file")
        return _open(str(beside))
    except _UnusableError as why:
        tried.append(f"{beside} (packaged): {why}")

    explicit = os.environ.get(VARIABLE)
    if explicit:
        try:
            if not Path(explicit).is_absolute():
                raise _UnusableError("it must be the full path of the library file")
            return _open(explicit)
        except _UnusableError as why:
            # Who names a library wants that one and no other, so the search ends here.
            tried.append(f"{explicit} (from {VARIABLE}): {why}")
            raise _not_found(tried) from None
    tried.append(f"{VARIABLE}: it is not set")

    for name in system:
        try:
            return _open(name, search=True)
        except _UnusableError as why:
            tried.append(f"{name} (the system's search): {why}")
    raise _not_found(tried)


def _open(name: str, *, search: bool = False) -> ctypes.CDLL:
    try:
        # Mode 0 is Windows' own search, which looks along PATH; elsewhere the argument has no meaning.
        library = ctypes.CDLL(name, winmode=0) if search else ctypes.CDLL(name)
    except OSError as why:
        raise _UnusableError(str(why)) from None
    try:
        abi_version = library.dmerp_abi_version
    except AttributeError:
        raise _UnusableError("it is no dmerp library: it has no dmerp_abi_version") from None
    abi_version.restype = ctypes.c_uint32
    abi_version.argtypes = ()
    found = abi_version()
    if found != ABI_VERSION:
        raise _UnusableError(f"it has ABI version {found}")
    return library


def _not_found(tried: list[str]) -> ImportError:
    places = "".join(f"\n  - {place}" for place in tried)
    return ImportError(
        f"no usable dmerp library: ABI version {ABI_VERSION} is needed (dmerp 0.1 or newer). Tried:{places}\n"
        f"Install the dmerp wheel for this platform, or set {VARIABLE} to the full path of the library file.",
        name="dmerp",
    )
