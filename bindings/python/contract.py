"""Writes what this package declares of dmerp.h as JSON, for the test that compares it with the header.

Usage: contract.py FILE. Everything is read off the ctypes objects and classes that the package itself uses.
"""

from __future__ import annotations

import ctypes
import json
import logging
import sys
from enum import IntEnum
from pathlib import Path
from typing import Any

from dmerp import Format, LeftWhy, PacketKind, RecordStatus, Status, _library, _native
from dmerp._values import Kind
from dmerp.config import LEVELS, OPTIONS
from dmerp.errors import OF_STATUS

SCALARS: dict[Any, str] = {
    None: "void",
    ctypes.c_int32: "i32",
    ctypes.c_uint32: "u32",
    ctypes.c_int64: "i64",
    ctypes.c_uint64: "u64",
    _native.size_t: "size",
    ctypes.c_void_p: "pointer",
    ctypes.c_char_p: "pointer",
    ctypes.c_double: "f64",
    ctypes.c_char: "char",
}
FUNCTION_POINTER: Any = ctypes.CFUNCTYPE(None).__mro__[1]
DECLARED = vars(_native)
CALLBACKS: dict[Any, str] = {
    kind: name
    for name, kind in DECLARED.items()
    if name.startswith("dmerp_") and isinstance(kind, type) and issubclass(kind, FUNCTION_POINTER)
}
STRUCTS: dict[Any, str] = {
    kind: name
    for name, kind in DECLARED.items()
    if name.startswith("dmerp_") and isinstance(kind, type) and issubclass(kind, ctypes.Structure)
}


def fields_of(kind: Any) -> Any:
    """Give a structure's fields, as pairs."""
    return kind._fields_


def type_name(kind: Any) -> str:
    """Name a ctypes type in the contract's words."""
    if kind in CALLBACKS:
        return CALLBACKS[kind]
    if kind in STRUCTS:
        return STRUCTS[kind]
    return "pointer" if hasattr(kind, "contents") else SCALARS[kind]


def struct(kind: type[ctypes.Structure]) -> dict[str, Any]:
    """Give a structure's layout."""
    fields = [[name, type_name(field), getattr(kind, name).offset] for name, field in fields_of(kind)]
    return {"size": ctypes.sizeof(kind), "fields": fields}


def constants(prefix: str, members: type[IntEnum]) -> dict[str, int]:
    """Give the members of an enumeration under their names in the header."""
    return {prefix + member.name: member.value for member in members}


def contract() -> dict[str, Any]:
    """Give all that the package declares."""
    functions = {name: getattr(_native.lib, name) for name in _native.FUNCTIONS}
    return {
        "functions": {
            name: {"returns": type_name(function.restype), "parameters": [type_name(kind) for kind in function.argtypes]}
            for name, function in functions.items()
        },
        "callbacks": {
            name: {"returns": type_name(kind._restype_), "parameters": [type_name(each) for each in kind._argtypes_]}
            for kind, name in CALLBACKS.items()
        },
        "structs": {name: struct(kind) for kind, name in STRUCTS.items()},
        "constants": {
            "DMERP_ABI_VERSION": _library.ABI_VERSION,
            **constants("DMERP_", Status),
            **{f"DMERP_LOG_{logging.getLevelName(severity)}": level for level, severity in LEVELS.items()},
            **constants("DMERP_FORMAT_", Format),
            **constants("DMERP_KIND_", PacketKind),
            **constants("DMERP_LEFT_", LeftWhy),
            **constants("DMERP_RECORD_", RecordStatus),
            **constants("DMERP_VALUE_", Kind),
        },
        "exceptions": {f"DMERP_{Status(status).name}": cls.__name__ for status, cls in OF_STATUS.items()},
        "options": {key: name for name, key in OPTIONS.items()},
    }


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(json.dumps(contract(), indent=2) + "\n", encoding="utf-8")
