"""What the library calls while a verb runs."""

from __future__ import annotations

import ctypes
import io
from typing import TYPE_CHECKING, Any

from . import _native
from ._guard import callback
from ._logging import LogLevel

if TYPE_CHECKING:
    from ._verb import Verb


@callback(_native.dmerp_log_callback)
def on_log(verb: Verb, level: int, message: bytes) -> None:
    """Hand a record to the client's logger."""
    severity = LogLevel(level).severity
    if verb.logger is not None and verb.logger.isEnabledFor(severity):
        verb.logger.log(severity, "%s", message.decode("utf-8"))


@callback(_native.dmerp_progress_callback)
def on_progress(verb: Verb, done: int, total: int) -> None:
    """Tell how far a transfer is."""
    if verb.progress is not None:
        verb.progress(done, total or None)


@callback(_native.dmerp_waiting_callback)
def on_waiting(_verb: Verb) -> None:
    """Do nothing: that Python code runs is what lets signal handlers run, and exceptions arrive from other threads."""


@callback(_native.dmerp_read_callback)
def on_read(verb: Verb, data: Any, capacity: _native.size_t, length: Any) -> None:
    """Take the next bytes from the stream."""
    piece = verb.stream.read(capacity.value)
    if piece is None:
        raise BlockingIOError("the stream has nothing to read yet: dmerp needs one that blocks")
    if not isinstance(piece, (bytes, bytearray, memoryview)):
        raise TypeError(f"the stream gave {type(piece).__name__}, not bytes: open the file in binary mode ('rb')")
    piece = bytes(piece)
    if len(piece) > capacity.value:
        raise ValueError(f"the stream gave {len(piece)} bytes where {capacity.value} were asked for")
    ctypes.memmove(data, piece, len(piece))
    length.contents.value = len(piece)


@callback(_native.dmerp_write_callback)
def on_write(verb: Verb, data: int, length: _native.size_t, taken: Any) -> None:
    """Give the next bytes to the stream."""
    rest = ctypes.string_at(data, length.value)
    while rest:
        wrote = verb.stream.write(rest)
        if wrote is None:
            if isinstance(verb.stream, io.RawIOBase):
                raise BlockingIOError("the stream takes nothing yet: dmerp needs one that blocks")
            wrote = len(rest)
        if not 0 < wrote <= len(rest):
            raise ValueError(f"the stream says that it took {wrote} of {len(rest)} bytes")
        rest = rest[wrote:]
    taken.contents.value = length.value
