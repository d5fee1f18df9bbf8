"""The one way into a call that blocks: callbacks, exceptions in them, signals, and the end of the interpreter.

The library runs callbacks on the thread that made the call. So each thread has a stack of the verbs that run on it (a callback
may call another verb), and a callback is for the innermost one. What it raises is kept there, ends the verb, and comes out of
it unchanged.
"""

from __future__ import annotations

import atexit
import ctypes
import functools
import io
import os
import sys
import threading
import time
from collections.abc import Callable
from ctypes import c_void_p
from typing import Any, Protocol

from . import _native
from ._handle import Owned
from ._logging import Logger, LogLevel
from ._native import lib
from .call import Call
from .errors import CancelledError, checked, copied
from .status import Status


class Readable(Protocol):
    """A binary file that can be read."""

    def read(self, size: int, /) -> bytes:
        """Give at most `size` bytes; none at the end."""


class Writable(Protocol):
    """A binary file that can be written."""

    def write(self, data: bytes, /) -> object:
        """Take the bytes, and return how many were taken, or None for all."""


class _Running(threading.local):
    def __init__(self) -> None:
        self.stack: list[Verb] = []


_on_this_thread = _Running()
_on_all_threads: set[Verb] = set()
_exiting = threading.Event()

if hasattr(os, "register_at_fork"):
    # Of the parent's threads the child has only the one that forked.
    os.register_at_fork(after_in_child=_on_all_threads.clear)


class Verb:
    """One call that blocks. It keeps what the call uses alive until it ends, whatever others close meanwhile."""

    def __init__(
        self,
        client: Owned[c_void_p],
        logger: Logger | None,
        call: Call | None,
        stream: Readable | Writable | None = None,
    ) -> None:
        self.logger = logger
        self.call = Call() if call is None else call
        self.progress = self.call.progress
        self.stream: Any = stream
        self.on_main_thread = threading.current_thread() is threading.main_thread()
        self.thrown: BaseException | None = None
        self._client = client.slot
        self._control = c_void_p()
        self._kept = [client, Owned(self._control, lib.dmerp_call_free)]

    def run(self, function: Any, *arguments: Any, results: tuple[Any, ...] = ()) -> None:
        """Call `function(client, *arguments, call, *results, error)` and raise what came of it."""
        if _exiting.is_set() and not self.on_main_thread:
            raise CancelledError("the interpreter is about to end: no call is begun on a daemon thread")
        with Owned(c_void_p(), lib.dmerp_error_free) as error:
            stack = _on_this_thread.stack
            hook = self._catch_escapes() if self.on_main_thread and not stack else None
            stack.append(self)
            try:
                self._set_up()
                status = function(self._client, *arguments, self._control, *results, error)
            finally:
                stack.pop()
                _on_all_threads.discard(self)
                self.call._cancels.pop(self, None)
                if hook is not None and sys.unraisablehook is hook:
                    sys.unraisablehook = hook.args[0]
                # A traceback may keep this object, but nothing that close() should free.
                self._kept.clear()
            if self.thrown is not None:
                thrown, self.thrown = self.thrown, None
                try:
                    raise thrown
                finally:
                    del thrown
            if status != Status.OK:
                raise copied(status, error)

    def _set_up(self) -> None:
        checked(lib.dmerp_call_new, self._control)
        if self.call.deadline_ms is not None:
            # Of what 64 bits do not hold, ctypes would make another number.
            deadline_ms = min(max(self.call.deadline_ms, 0), 2**64 - 1)
            checked(lib.dmerp_call_set_deadline_ms, self._control, deadline_ms)
        if self.progress is not None:
            checked(lib.dmerp_call_set_progress, self._control, on_progress, None)
        if self.on_main_thread:
            checked(lib.dmerp_call_set_waiting, self._control, on_waiting, None)
        _on_all_threads.add(self)
        # First this, then the look: so a cancel between the two is not missed.
        self.call._cancels[self] = self.cancel
        if self.call.is_cancelled:
            self.cancel()

    @staticmethod
    def _catch_escapes() -> functools.partial[Any]:
        hook = functools.partial(_take_back, sys.unraisablehook)
        sys.unraisablehook = hook
        return hook

    def keep(self, thrown: BaseException) -> None:
        """End the call because of an exception in a callback. The first exception counts."""
        if self.thrown is None:
            self.thrown = thrown
        self.cancel()

    def cancel(self) -> None:
        """End the call. From any thread."""
        lib.dmerp_call_cancel(self._control, None)


def _callback(kind: Any, failed: int) -> Callable[[Callable[..., int]], Any]:
    """Make a function a callback of the library, to which it returns `failed` to end the call."""

    def made(body: Callable[..., int]) -> Any:
        def guarded(_user_data: int | None, *arguments: Any) -> int:
            try:
                verb = _on_this_thread.stack[-1]
                answer = body(verb, *arguments)
                return answer if verb.thrown is None else failed
            except BaseException as thrown:  # noqa: BLE001 -- ctypes would print it and go on
                # Not through `verb`: a signal handler may have raised before that was set.
                _on_this_thread.stack[-1].keep(thrown)
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
        rest = rest[taken:]
    return 0


def _take_back(previous: Callable[[Any], Any], unraisable: Any) -> None:
    """Take an exception that a signal handler raised while the interpreter entered a callback.

    From Python 3.11 on, that is outside the callback's own `try`, so ctypes hands it to sys.unraisablehook.
    """
    trace = unraisable.exc_traceback
    if _on_this_thread.stack and trace is not None and trace.tb_frame.f_code is _GUARDED:
        _on_this_thread.stack[-1].keep(unraisable.exc_value)
    else:
        previous(unraisable)


def _code_of_callbacks() -> Any:
    probe: list[Any] = []
    _callback(probe.append, 0)(lambda: 0)
    return probe[0].__code__


_GUARDED = _code_of_callbacks()

_LONGEST_END = 1.0  # seconds; cancelling takes a quarter of one


@atexit.register
def _end_daemons() -> None:
    """End the calls of daemon threads, the only ones left by now.

    The interpreter ends a daemon thread where it next wants to run Python code. In a callback that would tear the thread out
    of the midst of the library, which ends the process with an error.
    """
    _exiting.set()
    until = time.monotonic() + _LONGEST_END
    for verb in list(_on_all_threads):
        verb.cancel()
    while any(not verb.on_main_thread for verb in list(_on_all_threads)) and time.monotonic() < until:
        time.sleep(0.005)
