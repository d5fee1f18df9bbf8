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


def _callback(kind: Any, failed: int) -> Callable[[Callable[..., int]], Any]:
    """Make a function a callback of the library, to which it returns `failed` to end the call."""

    def made(body: Callable[..., int]) -> Any:
        def guarded(_user_data: int | None, *arguments: Any) -> int:
            try:
                verb = running.stack[-1]
                answer = body(verb, *arguments)
                return answer if verb.thrown is None else failed
            except BaseException as thrown:  # noqa: BLE001 -- ctypes would print it and go on
                # Not through `verb`: a signal handler may have raised before that was set.
                running.stack[-1].keep(thrown)
                return failed

        return kind(guarded)

    return made


@_callback(_native.dmerp_log_callback, 1)
def on_log(verb: Verb, level: int, message: bytes) -> int:
    """Hand a record to the client's logger."""
    severity = LogLevel(level).severity
    if verb.logger is not None and verb.logger.isEnabledFor(severity):
        verb.logger.log(severity, "%s", message.decode("utf-8"))
    return 0


@_callback(_native.dmerp_progress_callback, 1)
def on_progress(verb: Verb, done: int, total: int) -> int:
    """Tell how far a transfer is."""
    if verb.progress is not None:
        verb.progress(done, total or None)
    return 0


@_callback(_native.dmerp_waiting_callback, 1)
def on_waiting(_verb: Verb) -> int:
    """Do nothing: that Python code runs is what lets pending signal handlers run."""
    return 0


@_callback(_native.dmerp_read_callback, -1)
def on_read(verb: Verb, data: int, capacity: _native.size_t) -> int:
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
    return len(piece)


@_callback(_native.dmerp_write_callback, 1)
def on_write(verb: Verb, data: int, length: _native.size_t) -> int:
    """Give the next bytes to the stream."""
    rest = ctypes.string_at(data, length.value)
    while rest:
        taken = verb.stream.write(rest)
        if taken is None:
            if isinstance(verb.stream, io.RawIOBase):
                raise BlockingIOError("the stream takes nothing yet: dmerp needs one that blocks")
            taken = len(rest)
        if not 0 < taken <= len(rest):
            raise ValueError(f"the stream says that it took {taken} of {len(rest)} bytes")
        rest = rest[taken:]
    return 0


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
    _callback(probe.append, 0)(lambda: 0)
    return probe[0].__code__


_GUARDED = _code_of_callbacks()
