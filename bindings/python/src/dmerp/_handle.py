"""What the library gives: handles and buffers, which are freed, and errors, which become exceptions."""

from __future__ import annotations

from ctypes import c_void_p
from typing import Any, ClassVar, NoReturn, TypeVar


from ._native import lib, text
from .errors import OF_STATUS, DmerpError, InvalidHandleError

C = TypeVar("C", bound="Closing")


class Owned:
    """The place that the library puts a handle or buffer into, which is freed with the last reference, or by leaving `with`.

    Who uses a handle keeps a reference, so nothing is freed in use. Freeing twice is harmless. `keep` is what the handle uses.
    """

    _free: Any = None

    def __init__(self, slot: Any, free: Any, keep: object = None) -> None:
        self.slot = slot
        self._free = free
        self.keep = keep

    def __del__(self) -> None:
        if self._free is not None:
            self._free(self.slot)

    def __enter__(self) -> Any:
        return self.slot

    def __exit__(self, *_: object) -> None:
        self._free(self.slot)


class Closing:
    """What the classes with a handle have in common."""

    _what: ClassVar[str]
    _owned: Owned | None = None

    def close(self) -> None:
        """Let go of what the library keeps for this. It never waits: what other threads use is freed as their calls end."""
        self._owned = None

    @property
    def closed(self) -> bool:
        """Whether `close` was called."""
        return self._owned is None

    def __enter__(self: C) -> C:
        self._open()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __reduce__(self) -> NoReturn:
        raise TypeError(f"a dmerp {self._what} cannot be copied or pickled: make one in each process")

    def _open(self) -> Owned:
        if self._owned is None:
            raise InvalidHandleError(f"the {self._what} is closed")
        return self._owned


def failure(status: int, handle: Any) -> DmerpError:
    """Make the exception for a failure. The error stays the caller's."""
    kind = OF_STATUS.get(status, DmerpError)
    error = kind(
        text(lib.dmerp_error_message(handle) or lib.dmerp_status_meaning(status)) or f"status {status}, an unknown one"
    )
    if kind is DmerpError:
        error.status = status
    error.http_status = lib.dmerp_error_http_status(handle) or None
    error.server_message = text(lib.dmerp_error_server_message(handle))
    error.packet_id = text(lib.dmerp_error_packet_id(handle))
    error.attempts = lib.dmerp_error_attempts(handle)
    error.retry_after = lib.dmerp_error_retry_after_ms(handle) / 1000 or None
    error.is_retryable = bool(lib.dmerp_error_is_retryable(handle))
    error.is_outcome_unknown = bool(lib.dmerp_error_is_outcome_unknown(handle))
    return error


def checked(function: Any, *arguments: Any) -> None:
    """Call a function of the library that takes an error last, and raise that if it fails."""
    with Owned(c_void_p(), lib.dmerp_error_free) as error:
        status = function(*arguments, error)
        if status:
            raise failure(status, error)
