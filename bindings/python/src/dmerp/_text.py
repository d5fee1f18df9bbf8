"""Text for the library: UTF-8 that ends in a NUL."""

from __future__ import annotations

import os

from .errors import InvalidArgumentError


def utf8(argument: str, value: str) -> bytes:
    """Encode an argument. What goes wrong is told with the argument's name, never with its value: it may be the key."""
    if not isinstance(value, str):
        raise TypeError(f"{argument} must be a str, not {type(value).__name__}")
    if "\0" in value:
        raise InvalidArgumentError(f"{argument} holds a NUL character")
    encoded = value.encode("utf-8", "surrogatepass")
    # Outside an except block: there, the exception would carry the value along.
    if any("\ud800" <= character <= "\udfff" for character in value):
        raise InvalidArgumentError(f"{argument} is not Unicode text: it holds half a surrogate pair")
    return encoded


def optional_utf8(argument: str, value: str | None) -> bytes | None:
    """Encode an argument that may be missing."""
    return None if value is None else utf8(argument, value)


def path_utf8(argument: str, value: str | os.PathLike[str]) -> bytes:
    """Encode a path. Names that are not Unicode, which Python holds as surrogates, cannot be passed."""
    name: object = os.fspath(value)
    if isinstance(name, bytes):
        raise TypeError(f"{argument} must be a str path, not bytes: use os.fsdecode")
    return utf8(argument, str(name))
