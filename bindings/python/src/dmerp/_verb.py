"""The one way into a call that blocks: its control, exceptions out of it, signals, and the end of the interpreter."""

from __future__ import annotations

import atexit
import os
import sys
import threading
import time
from ctypes import c_void_p
from typing import Any

from ._callbacks import on_progress, on_waiting
from ._failures import checked, copied
from ._guard import escapes, running
from ._handle import Owned
from ._logging import Logger
from ._native import lib
from .call import Call
from .errors import CancelledError
from .status import Status
from .streams import Readable, Writable

_on_all_threads: dict[Verb, Any] = {}
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
        if not isinstance(call, (Call, type(None))):
            raise TypeError(f"call must be a dmerp.Call, not {type(call).__name__}")
        self.logger = logger
        self.call = Call() if call is None else call
        self.progress = self.call.progress
        self.stream: Any = stream
        self.on_main_thread = threading.current_thread() is threading.main_thread()
        self.thrown: BaseException | None = None
        self._client = client
        self._control = c_void_p()

    def run(self, function: Any, *arguments: Any, results: tuple[Any, ...] = ()) -> None:
        """Call `function(client, *arguments, call, *results, error)` and raise what came of it."""
        if _exiting.is_set() and not self.on_main_thread:
            raise CancelledError("the interpreter is about to end: no call is begun on a daemon thread")
        with Owned(c_void_p(), lib.dmerp_error_free) as error, Owned(self._control, lib.dmerp_call_free):
            try:
                status = self._call(function, self._client.slot, *arguments, self._control, *results, error)
            finally:
                # A traceback may keep this object, but nothing that close() should free.
                del self._client
                escapes.hand_out()
                if self.thrown is not None:
                    thrown, self.thrown = self.thrown, None
                    try:
                        raise thrown
                    finally:
                        del thrown
            if status != Status.OK:
                raise copied(status, error)

    def _call(self, function: Any, *arguments: Any) -> Any:
        # What begins and ends a verb is done without a call: only at one could a signal's handler raise, or another thread
        # come between.
        cancel, cancels = self.cancel, self.call._cancels
        outer, running.verb = running.verb, self
        _on_all_threads[self] = cancels[self] = cancel
        try:
            escapes.begin()
            self._set_up()
            return function(*arguments)
        finally:
            running.verb = outer
            del cancels[self]
            if self in _on_all_threads:
                del _on_all_threads[self]  # noqa: RUF051 -- pop is a call
            if not _on_all_threads and sys.unraisablehook is escapes.hook:
                sys.unraisablehook = escapes.programs_hook

    def _set_up(self) -> None:
        checked(lib.dmerp_call_new, self._control)
        deadline_ms = self.call.deadline_ms
        if deadline_ms is not None:
            # Of what 64 bits do not hold, ctypes would make another number.
            checked(lib.dmerp_call_set_deadline_ms, self._control, min(max(deadline_ms, 0), 2**64 - 1))
        if self.progress is not None:
            checked(lib.dmerp_call_set_progress, self._control, on_progress, None)
        checked(lib.dmerp_call_set_waiting, self._control, on_waiting, None)
        # A cancel before there was a control went nowhere.
        if self.call.is_cancelled:
            self.cancel()

    def cancel(self) -> None:
        """End the call. From any thread; of a control that was freed, the library knows it."""
        lib.dmerp_call_cancel(self._control, None)


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
