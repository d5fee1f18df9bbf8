"""What the library calls, and how exceptions get past it.

The library runs callbacks on the thread that made the call. So each thread has a stack of the verbs that run on it (a callback
may call another verb), and a callback is for the innermost one. What a callback raises is kept there, and ends the verb.
"""

from __future__ import annotations

import ctypes
import io
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from . import _native
from ._logging import LogLevel

if TYPE_CHECKING:
    from ._verb import Verb


class _Running(threading.local):
    def __init__(self) -> None:
        self.stack: list[Verb] = []


running = _Running()


def _callback(kind: Any) -> Callable[[Callable[..., None]], Any]:
    """Make a function a callback of the library. An exception in it ends the call."""

    def made(body: Callable[..., None]) -> Any:
        def guarded(_user_data: int | None, *arguments: Any) -> int:
            try:
                verb = running.stack[-1]
                body(verb, *arguments)
                return 0 if verb.thrown is None else 1
            except BaseException as thrown:  # noqa: BLE001 -- ctypes would print it and go on
                # Not through `verb`: a signal handler may have raised before that was set.
                running.stack[-1].keep(thrown)
                return 1

        return kind(guarded)

    return made


@_callback(_native.dmerp_log_callback)
def on_log(verb: Verb, level: int, message: bytes) -> None:
    """Hand a record to the client's logger."""
    severity = LogLevel(level).severity
    if verb.logger is not None and verb.logger.isEnabledFor(severity):
        verb.logger.log(severity, "%s", message.decode("utf-8"))


@_callback(_native.dmerp_progress_callback)
def on_progress(verb: Verb, done: int, total: int) -> None:
    """Tell how far a transfer is."""
    if verb.progress is not None:
        verb.progress(done, total or None)


@_callback(_native.dmerp_waiting_callback)
def on_waiting(_verb: Verb) -> None:
    """Do nothing: that Python code runs is what lets pending signal handlers run."""


@_callback(_native.dmerp_read_callback)
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


@_callback(_native.dmerp_write_callback)
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


def take_back(previous: Callable[[Any], Any], unraisable: Any) -> None:
    """Take an exception that a signal handler raised while the interpreter entered a callback.

    From Python 3.11 on, that is outside the callback's own `try`, so ctypes hands it to sys.unraisablehook.
    """
    trace = unraisable.exc_traceback
    if running.stack and trace is not None and trace.tb_frame.f_code is _GUARDED:
        running.stack[-1].keep(unraisable.exc_value)
    else:
        previous(unraisable)


def _code_of_callbacks() -> Any:
    probe: list[Any] = []
    _callback(probe.append)(lambda: None)
    return probe[0].__code__


_GUARDED = _code_of_callbacks()
