"""Ownership of what the library gives: every handle and buffer is freed exactly once, also when nobody closes it."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any, ClassVar, Generic, NoReturn, TypeVar

if TYPE_CHECKING:
    from typing_extensions import Self

from .errors import InvalidHandleError

T = TypeVar("T")


class Owned(Generic[T]):
    """The place that the library puts a handle or buffer into, and what frees it.

    It is made before the library fills it, so that an exception out of a signal handler finds nothing unowned. The last
    reference to it decides when it is freed: who uses a handle keeps a reference, so nothing is ever freed in use. Only an
    exception that a handler raises in the very moment in which a finalizer begins leaves a handle behind, as Python then
    abandons the finalizer.
    """

    __slots__ = ("__weakref__", "_finalizer", "_free", "slot")

    def __init__(self, slot: T, free: Any) -> None:
        self.slot = slot
        self._free = free
        self._finalizer = weakref.finalize(self, free, slot)
        # The system takes everything back when the process ends; a daemon thread may still be using it then.
        self._finalizer.atexit = False  # type: ignore[misc]  # a property, which its stub does not tell

    def free(self) -> None:
        """Free it now, ahead of the last reference."""
        # In this order: if a signal comes between, it is freed again, which is harmless, and not never.
        self._free(self.slot)
        self._finalizer.detach()

    def __enter__(self) -> T:
        return self.slot

    def __exit__(self, *_: object) -> None:
        self.free()


class Closing:
    """What the classes with a handle have in common."""

    _what: ClassVar[str]
    _owned: Owned[Any] | None = None

    def close(self) -> None:
        """Let go of what the library keeps for this object; harmless when that was done.

        It never waits: what calls on other threads still use is freed as the last of them ends.
        """
        self._owned = None

    @property
    def closed(self) -> bool:
        """Whether `close` was called."""
        return self._owned is None

    def __enter__(self) -> Self:
        self._open()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __reduce__(self) -> NoReturn:
        raise TypeError(f"a dmerp {self._what} cannot be copied or pickled: make one in each process")

    def _open(self) -> Owned[Any]:
        if self._owned is None:
            raise InvalidHandleError(f"the {self._what} is closed")
        return self._owned
