"""Control of a call that blocks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Optional

Progress = Callable[[int, Optional[int]], object]
"""Takes how many bytes of a content are transferred, and how many there are, or None where that is not known."""


class Call:
    """Sets limits to calls, follows them, and ends them before their time.

    Pass it as `call=`. It may be used for several calls, in turn or at once, until it is cancelled; what is set counts for
    calls made afterwards. Any thread may use it, and nothing needs closing.
    """

    def __init__(self, *, deadline_ms: int | None = None, progress: Progress | None = None) -> None:
        self.deadline_ms = deadline_ms
        self.progress = progress
        self._cancelled = False
        self._cancels: dict[object, Callable[[], None]] = {}

    @property
    def deadline_ms(self) -> int | None:
        """Milliseconds that a whole call may take, its retries included; more than 0.

        It cannot extend `timeout_overall_ms`. A call that runs out of time raises TimedOutError.
        """
        return self._deadline_ms

    @deadline_ms.setter
    def deadline_ms(self, value: int | None) -> None:
        if value is not None and (not isinstance(value, int) or isinstance(value, bool)):
            raise TypeError(f"deadline_ms must be an int, not {type(value).__name__}")
        self._deadline_ms = value

    @property
    def progress(self) -> Progress | None:
        """Called with `(done, total)` as content is sent or received, on the thread that made the call.

        `done` starts again at 0 when a try is repeated; `total` is None where it is not known. What it returns is ignored; an
        exception ends the call.
        """
        return self._progress

    @progress.setter
    def progress(self, value: Progress | None) -> None:
        if value is not None and not callable(value):
            raise TypeError(f"progress must be a function, not {type(value).__name__}")
        self._progress = value

    def cancel(self) -> None:
        """End every call that uses this control, within 250 ms, with CancelledError; and at once every later one.

        From any thread, a callback or a signal handler.
        """
        self._cancelled = True
        for cancel in list(self._cancels.values()):
            cancel()

    @property
    def is_cancelled(self) -> bool:
        """Whether `cancel` was called."""
        return self._cancelled
