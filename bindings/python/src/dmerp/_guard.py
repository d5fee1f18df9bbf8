"""How exceptions get past the library.

The library runs callbacks on the thread that made the call. So each thread knows the innermost verb that runs on it (a
callback may call another verb), and a callback is for that one. What a callback raises is kept there, ends the verb, and
comes out of it.
"""

from __future__ import annotations

import functools
import sys
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Optional

if TYPE_CHECKING:
    from ._verb import Verb


class _Running(threading.local):
    verb: Optional[Verb] = None


running = _Running()


def callback(kind: Any) -> Callable[[Callable[..., None]], Any]:
    """Make a function a callback of the library. An exception in it ends the call."""
    return lambda body: kind(functools.partial(_guarded, body))


def _guarded(body: Callable[..., None], _user_data: int | None, *arguments: Any) -> int:
    verb: Any = None
    try:
        verb = running.verb
        if escapes.caught:
            escapes.hand_out()
        body(verb, *arguments)
    except BaseException as thrown:  # noqa: BLE001 -- ctypes would print it and go on
        # No call in here: at one, the handler of another signal could raise.
        verb = running.verb
        if verb.thrown is None:
            verb.thrown = thrown
    return 0 if verb.thrown is None else 1


class _Escapes:
    """Exceptions that a signal handler, or another thread, raised as the interpreter entered a callback.

    From Python 3.11 on, that is outside the callback's own `try`. ctypes hands them to sys.unraisablehook, which is this while
    a verb runs, on whatever thread. It is a list's own method: entering a hook in Python, another signal could raise again.
    """

    def __init__(self) -> None:
        self.caught: list[Any] = []
        self.hook = self.caught.append
        self.programs_hook = sys.unraisablehook

    def begin(self) -> None:
        hook = sys.unraisablehook
        if hook is not self.hook:
            self.programs_hook, sys.unraisablehook = hook, self.hook

    def hand_out(self) -> None:
        """Give each exception to the verb whose callback it was; what was none of a callback, to the program's hook."""
        while self.caught:
            unraisable = self.caught.pop(0)
            thrown, verb = unraisable.exc_value, _verb_of(unraisable.exc_traceback)
            if verb is None:
                self.programs_hook(unraisable)
            elif verb.thrown is None:
                verb.thrown = thrown
            elif verb.thrown is not thrown and verb.thrown.__context__ is None:
                # The first counts; the other is to be seen in its traceback.
                verb.thrown.__context__ = thrown


def _verb_of(trace: Any) -> Any:
    """Give the verb whose callback an exception came out of."""
    if trace is None or trace.tb_frame.f_code is not _guarded.__code__:
        return None
    return trace.tb_frame.f_back.f_locals["self"]


escapes = _Escapes()
