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
            found = library.dmerp_abi_version()
            if found != ABI_VERSION:
                raise OSError(f"it has ABI version {found}")
            for name, (returns, *takes) in functions.items():
                function = getattr(library, name)
                function.restype, function.argtypes = returns, takes
            return library
        except (OSError, AttributeError) as why:  # an AttributeError names a symbol that is missing
            tried.append(f"\n  - {place} ({origin}): {why}")
    raise ImportError(
        f"no usable dmerp library: ABI version {ABI_VERSION} is needed. Tried:{''.join(tried)}\n"
        f"Install the dmerp wheel for this platform, or set {VARIABLE} to the full path of the library's file.",
        name="dmerp",
    )
