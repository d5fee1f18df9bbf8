"""Finds the native library and loads it."""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path
from typing import Any

ABI_VERSION = 1
"""The version of the library's binary interface that this package is written for."""

VARIABLE = "DMERP_LIBRARY"


def names(platform: str) -> tuple[str, tuple[str, ...]]:
    """Give the packaged file's name, and the names for the system's search, for a `sys.platform`."""
    if platform == "win32":
        # No search: Windows would look along PATH, and could load a file that somebody planted there.
        return "dmerp.dll", ()
    if platform == "darwin":
        return "libdmerp.dylib", ("libdmerp.1.dylib", "libdmerp.dylib")
    return "libdmerp.so", ("libdmerp.so.1", "libdmerp.so")


def load(functions: dict[str, tuple[Any, ...]]) -> ctypes.CDLL:
    """Load the library that DMERP_LIBRARY names, else the packaged one, else one that the system finds.

    It is checked to have the functions: each name with what it returns and then takes. Raises ImportError, which tells every
    place that was tried and why it was no good.
    """
    explicit = os.environ.get(VARIABLE)
    if explicit:
        # Who names a library wants that one and no other.
        places, tried = {explicit: f"from {VARIABLE}"}, []
    else:
        packaged, system = names(sys.platform)
        places = {str(Path(__file__).with_name(packaged)): "packaged", **dict.fromkeys(system, "the system's search")}
        tried = [f"{VARIABLE}: it is not set"]
    for place, origin in places.items():
        try:
            if explicit and not Path(explicit).is_absolute():
                raise OSError("it must be the full path of the library's file")
            return _opened(place, functions)
        except OSError as why:
            tried.append(f"{place} ({origin}): {why}")
    listed = "".join(f"\n  - {each}" for each in tried)
    raise ImportError(
        f"no usable dmerp library: ABI version {ABI_VERSION} is needed. Tried:{listed}\n"
        f"Install the dmerp wheel for this platform, or set {VARIABLE} to the full path of the library's file.",
        name="dmerp",
    )


def _opened(place: str, functions: dict[str, tuple[Any, ...]]) -> ctypes.CDLL:
    library = ctypes.CDLL(place)
    try:
        found = library.dmerp_abi_version()
        if found != ABI_VERSION:
            raise OSError(f"it has ABI version {found}")
        for name, (returns, *takes) in functions.items():
            function = getattr(library, name)
            function.restype, function.argtypes = returns, takes
    except AttributeError as missing:
        raise OSError(f"it is no library for this package: {missing}") from None
    return library
