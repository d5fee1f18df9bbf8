"""Control of a call that blocks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

Progress: TypeAlias = Callable[[int, int | None], object]
"""Takes how many bytes of a content are transferred, and how many there are, or None where that is not known."""


class Call:
    """Sets limits to calls, follows them, and ends them before their time.

    Pass it as `call=`. It may be used for several calls, in turn or at once, until it is cancelled. Any thread may use it, and
    nothing needs closing.
    """

    timeout: float | None
    """Seconds that a whole call may take, its retries included; more than 0. Out of time, a call raises TimedOutError.

    It cannot extend the option `timeout_overall`. A change counts for calls made afterwards.
    """
    progress: Progress | None
    """Called with `(done, total)` as content is sent or received, on the thread that made the call.

    `done` starts again at 0 when a try is repeated; `total` is None where it is not known. What it returns is ignored. What it
    raises ends the call and comes out of it. A change counts for calls made afterwards.
    """

    def __init__(self, *, timeout: float | None = None, progress: Progress | None = None) -> None:
        self.timeout = timeout
        self.progress = progress
        self._cancelled = False
        self._uses: set[Any] = set()  # what runs with it; each has a cancel()

    def cancel(self) -> None:
        """End every call that uses this control, within 250 ms, with CancelledError; and at once every later one.

        From any thread, a callback or a signal handler.
        """
        self._cancelled = True
        for use in list(self._uses):
            use.cancel()

    @property
    def is_cancelled(self) -> bool:
        """Whether `cancel` was called."""
        return self._cancelled
