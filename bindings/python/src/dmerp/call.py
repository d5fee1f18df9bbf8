"""Calls that block: what controls them, their callbacks, Ctrl-C, and the end of the interpreter."""

from __future__ import annotations

import atexit
import contextvars
import ctypes
import functools
import io
import os
import queue
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from . import _native
from ._marshal import Scoped, checked, failure, milliseconds
from ._native import lib
from .errors import CancelledError, Status
from .packets import Progress


class Call:
    """Sets limits to calls, follows them, and ends them before their time.

    Pass it as `call=`. It may be used for several calls, in turn or at once, until it is cancelled. Any thread may use it, and
    nothing needs closing. What is changed in it counts for calls made afterwards.

    `timeout` is the seconds that a whole call may take, its retries included, within the option `timeout_overall`; after them
    the call raises TimedOutError. `progress` is called with a `Progress`, at most about 20 times a second, on the thread that
    made the call. What it raises ends the call.
    """

    def __init__(self, *, timeout: float | None = None, progress: Callable[[Progress], object] | None = None) -> None:
        self.timeout, self.progress = timeout, progress
        self.is_cancelled = False
        self._uses: set[Any] = set()  # what runs with it; each has a cancel()

    def cancel(self) -> None:
        """End every call that uses this, within 250 ms, with CancelledError; and at once every later one. From any thread."""
        self.is_cancelled = True
        for use in list(self._uses):
            use.cancel()


_running: dict[int, Verb] = {}
_exiting = threading.Event()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_running.clear)  # the child has only the thread that forked


# Ends a call that would wait. A builtin runs no signal handler, whose exception would be lost in a callback.
_end_wait = _native.dmerp_waiting_callback(int)


class WouldWaitError(Exception):
    """A call that was not to wait would have to. It has done nothing."""


class Verb:
    """One call that blocks. It keeps what the call uses until it ends, whatever others close meanwhile.

    Python runs signal handlers on the main thread alone, and not while that is inside the library. So a call of the main
    thread runs on a helper thread. The main thread waits for it, and runs the callbacks that the helper hands over. One that
    has its result at hand, and no such callback, needs no helper.
    """

    def __init__(self, owner: Any, call: Call | None, stream: Any = None, *, holds: bool = False) -> None:
        self.call, self.stream, self.holds = call or Call(), stream, holds
        self.progress: Any = self.call.progress
        self.owner, self.thread, self._control = owner, threading.get_ident(), ctypes.c_void_p()
        self._status: int = Status.INTERNAL
        self._thrown: BaseException | None = None
        self._has_helper, self._stopped, self._ended = False, False, True
        self._requests, self._answers = queue.SimpleQueue[Any](), queue.SimpleQueue[int]()

    def run(
        self, function: Any, *arguments: Any, results: tuple[Any, ...] = (), is_ready: bool = False, waits: bool = True
    ) -> None:
        """Call `function(owner, *arguments, call, *results, error)` and raise what came of it.

        `is_ready` is whether the result seems to be at hand. Without `waits`, a call that would wait raises WouldWaitError.
        """
        with Scoped(ctypes.c_void_p(), lib.dmerp_error_free) as error, Scoped(self._control, lib.dmerp_call_free):
            native = functools.partial(function, self.owner.slot, *arguments, self._control, *results, error)
            try:
                checked(lib.dmerp_call_new, self._control)
                if self.call.timeout is not None:
                    timeout_ms = min(max(milliseconds("timeout", self.call.timeout), 0), 2**64 - 1)  # else ctypes cuts it
                    checked(lib.dmerp_call_set_timeout_ms, self._control, timeout_ms)
                if self.progress is not None:
                    checked(lib.dmerp_call_set_progress, self._control, on_progress, id(self))
                _running[id(self)] = self
                self.call._uses.add(self)
                if self.call.is_cancelled:
                    self.cancel()
                self._act(native, error, is_ready=is_ready, waits=waits)
                if self._thrown is not None:
                    raise self._thrown
            except BaseException as thrown:
                if error:  # what the library tells besides, such as the packet's id
                    ended = failure(self._status, error)
                    ended.__context__, thrown.__context__ = thrown.__context__, ended
                raise
            finally:
                # A traceback may keep this object, but nothing that close() should free. First, as a signal may come after it.
                self.owner = self._thrown = None
                _running.pop(id(self), None)
                self.call._uses.discard(self)
            if self._status:
                raise failure(self._status, error)

    def cancel(self) -> None:
        """End the call. From any thread; of a control that was freed, the library knows it."""
        lib.dmerp_call_cancel(self._control, None)

    def _act(self, native: Callable[[], int], error: Any, *, is_ready: bool, waits: bool) -> None:
        current, main = threading.current_thread(), threading.main_thread()
        at_once = is_ready and self.progress is None and (current is main or not waits)
        if at_once and self._run_at_once(native, error):
            return
        if not waits:
            raise WouldWaitError
        # Once the main thread has ended, and runs the functions of atexit, it can start no thread.
        if current is main and main.is_alive():
            self._run_on_helper(native)
        elif _exiting.is_set() and current is not main:
            raise CancelledError("the interpreter is about to end: no call is begun on a daemon thread")
        else:
            self._status = native()

    def _run_at_once(self, native: Callable[[], int], error: Any) -> bool:
        # On this thread. False if there was a wait after all, as when another thread took the packet.
        checked(lib.dmerp_call_set_waiting, self._control, _end_wait, 1)
        hook, is_main = sys.unraisablehook, threading.current_thread() is threading.main_thread()

        def keep(unraisable: Any) -> None:  # Ctrl-C as a log record came: ctypes lets no exception through
            if threading.get_ident() != self.thread or isinstance(unraisable.exc_value, Exception):
                hook(unraisable)
            else:
                self._thrown = unraisable.exc_value

        try:
            if is_main:  # where signal handlers run; and two threads must not both change and restore it
                sys.unraisablehook = keep
            self._status = native()
        finally:
            if is_main:
                sys.unraisablehook = hook
        if self._thrown is not None or self._status != Status.CANCELLED:
            return True
        lib.dmerp_error_free(error)
        error.value = None
        checked(lib.dmerp_call_set_waiting, self._control, _native.dmerp_waiting_callback(), None)
        return False

    def _run_on_helper(self, native: Callable[[], int]) -> None:
        self._has_helper = True
        context = contextvars.copy_context()  # for the program's logging
        helper = threading.Thread(name="dmerp", target=context.run, args=(self._help, native), daemon=True)
        try:
            helper.start()
            self._ended = False
            self._answers.put(0)
            self._serve()
            helper.join()
        except BaseException:
            self._stopped = True
            self._serve()
            raise

    def _help(self, native: Callable[[], int]) -> None:
        try:
            # A signal can come in the midst of the start. Without a word from the main thread, nothing is begun.
            if self._answers.get() == 0:
                self._status = native()
        finally:
            self._ended = True
            self._requests.put(None)

    def _serve(self) -> None:
        # Runs the callbacks until the call ends. What one of them or a signal handler raises ends it, and then comes out.
        try:
            if self._stopped:
                self.cancel()
                self._answers.put(1)
            while not self._ended:  # Thread.is_alive can be wrong once a signal handler raised in it
                try:
                    request = self._requests.get(timeout=0.1)  # on Windows nothing interrupts a wait without a time-out
                except queue.Empty:
                    continue
                if request is not None and not self._stopped:
                    request()
                    self._answers.put(0)
        except BaseException:
            self._stopped = True
            self._serve()
            raise

    def answer(self, body: Callable[..., None], *arguments: Any) -> int:
        """Run a callback on the thread that made the call, and tell the library whether the call goes on."""
        if self._stopped:
            return 1
        if self._has_helper:
            self._requests.put(functools.partial(body, self, *arguments))
            return self._answers.get()
        try:
            body(self, *arguments)
        except BaseException as thrown:  # noqa: BLE001 -- it comes out of run
            self._thrown, self._stopped = thrown, True
        return int(self._stopped)


def _callback(kind: Any) -> Callable[[Callable[..., None]], Any]:
    # The user data is the id of the verb that it is for.
    return lambda body: kind(lambda verb, *arguments: _running[verb].answer(body, *arguments))


def is_inside(owner: Any) -> bool:
    """Whether this thread is in a callback or a signal handler amid a call with that handle."""
    here = threading.get_ident()
    return any(verb.owner is owner and verb.thread == here for verb in list(_running.values()))


@_callback(_native.dmerp_progress_callback)
def on_progress(verb: Verb, at: Any) -> None:
    """Tell how far a transfer is."""
    told = at.contents
    verb.progress(Progress(told.done, told.total or None, told.packets, told.packets_total or None))


@_callback(_native.dmerp_read_callback)
def on_read(verb: Verb, data: Any, capacity: _native.size_t, length: Any) -> None:
    """Take the next bytes from the stream."""
    piece = verb.stream.read(capacity.value)
    if piece is None:
        raise BlockingIOError("the stream has nothing to read yet: dmerp needs one that blocks")
    piece = memoryview(piece).tobytes()
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
        if wrote is None and isinstance(verb.stream, io.RawIOBase):
            raise BlockingIOError("the stream takes nothing yet: dmerp needs one that blocks")
        wrote = len(rest) if wrote is None else wrote
        if not 0 < wrote <= len(rest):
            raise ValueError(f"the stream says that it took {wrote} of {len(rest)} bytes")
        rest = rest[wrote:]
    taken.contents.value = length.value


@atexit.register
def _end_daemons() -> None:
    # Where a daemon thread next wants to run Python code, the interpreter ends it; in a callback, that ends the process badly.
    _exiting.set()
    until = time.monotonic() + 1.0  # cancelling takes a quarter of that; what holds up the end has a limit of its own
    for verb in list(_running.values()):
        verb.cancel()
    while any(verb.holds or time.monotonic() < until for verb in list(_running.values())):
        time.sleep(0.005)
