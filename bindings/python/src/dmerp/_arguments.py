"""What callers pass, in the form in which the library takes it."""

from __future__ import annotations

import math
import os
from ctypes import c_ubyte
from typing import Any

from .errors import InvalidArgumentError


def utf8(argument: str, value: str | os.PathLike[str]) -> bytes:
    """Encode a text or path. What is wrong is told with the argument's name, never with its value: it may be the key."""
    text = os.fspath(value) if isinstance(value, os.PathLike) else value
    if not isinstance(text, str):
        raise TypeError(f"{argument} must be a str, not {type(text).__name__}")
    encoded = text.encode("utf-8", "surrogatepass")
    if b"\0" in encoded or encoded.decode("utf-8", "replace") != text:
        raise InvalidArgumentError(f"{argument} holds a NUL character, or half a surrogate pair, and cannot be passed")
    return encoded


def milliseconds(argument: str, seconds: float) -> int:
    """Give a duration as the library takes it."""
    if not math.isfinite(seconds):
        raise InvalidArgumentError(f"{argument} must be a number of seconds, not {seconds}")
    return round(seconds * 1000)


def lent(content: Any) -> Any:
    """Give what points to an object's bytes. They stay where they are as long as it exists."""
    if isinstance(content, bytes):
        return content
    view = memoryview(content)
    if view.readonly or not view.c_contiguous:
        return view.tobytes()  # ctypes has no way to those but a copy
    return (c_ubyte * view.nbytes).from_buffer(view)
