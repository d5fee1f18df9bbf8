"""What goes to the library, and what it gives: handles, which are freed, and errors, which become exceptions."""

import math
import os
from collections.abc import Iterator, Mapping
from ctypes import c_ubyte, c_void_p
from typing import Any, ClassVar, NoReturn, TypeVar

from ._native import lib, text
from .errors import OF_STATUS, DmerpError, InvalidArgumentError, InvalidHandleError

C = TypeVar("C", bound="Closing")


def utf8(argument: str, value: str | os.PathLike[str]) -> bytes:
    """Encode a text or path. What is wrong is told with the argument's name, never with its value: it may be the key."""
    given = os.fspath(value) if isinstance(value, os.PathLike) else value
    if not isinstance(given, str):
        raise TypeError(f"{argument} must be a str, not {type(given).__name__}")
    encoded = given.encode("utf-8", "surrogatepass")
    if b"\0" in encoded or encoded.decode("utf-8", "replace") != given:
        raise InvalidArgumentError(f"{argument} holds a NUL character, or half a surrogate pair, and cannot be passed")
    return encoded


def milliseconds(argument: str, seconds: float) -> int:
    """Give a duration as the library takes it: parts of a millisecond count as a whole one."""
    if not math.isfinite(seconds):
        raise InvalidArgumentError(f"{argument} must be a number of seconds, not {seconds}")
    return math.ceil(round(seconds * 1000, 6))  # what is less than a nanosecond comes of the arithmetic


def lent(content: Any) -> Any:
    """Give what points to an object's bytes. They stay where they are as long as it exists."""
    if isinstance(content, bytes):
        return content
    view = memoryview(content)
    if view.readonly or not view.c_contiguous:
        return view.tobytes()  # ctypes has no way to those but a copy
    return (c_ubyte * view.nbytes).from_buffer(view)


class Scoped:
    """The place that the library puts a handle or buffer into, which is freed by leaving `with`.

    It has no `__del__`, since Python loses what a signal handler raises there. `keep` is what the handle uses.
    """

    def __init__(self, slot: Any, free: Any, keep: object = None) -> None:
        self.slot, self._free, self.keep = slot, free, keep

    def __enter__(self) -> Any:
        return self.slot

    def __exit__(self, *_: object) -> None:
        self._free(self.slot)


class Owned:
    """The place that the library puts a handle into, which is freed with the last reference.

    Who uses a handle keeps a reference, so nothing is freed in use. `keep` is what the handle uses.
    """

    _free: Any = None

    def __init__(self, slot: Any, free: Any, keep: object = None) -> None:
        self.slot, self._free, self.keep = slot, free, keep

    def __del__(self) -> None:
        if self._free is not None:
            self._free(self.slot)


class Handled:
    """What the classes with a handle have in common."""

    _what: ClassVar[str]
    _owned: Owned | None = None

    @property
    def closed(self) -> bool:
        """Whether `close` was called."""
        return self._owned is None

    def __reduce__(self) -> NoReturn:
        raise TypeError(f"a dmerp {self._what} cannot be copied or pickled: make one in each process")


class Closing(Handled):
    """What the classes have in common that are closed at once."""

    def close(self) -> None:
        """Let go of what the library keeps for this. It never waits: what other threads use is freed as their calls end."""
        self._owned = None

    def __enter__(self: C) -> C:
        self._open()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _open(self) -> Owned:
        if self._owned is None:
            raise InvalidHandleError(f"the {self._what} is closed")
        return self._owned


def failure(status: int, handle: Any) -> DmerpError:
    """Make the exception for a failure. The error stays the caller's."""
    kind = OF_STATUS.get(status, DmerpError)
    message = text(lib.dmerp_error_message(handle) or lib.dmerp_status_meaning(status))
    error = kind(message or f"the call failed with status {status}, which this version does not know")
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
    with Scoped(c_void_p(), lib.dmerp_error_free) as error:
        status = function(*arguments, error)
        if status:
            raise failure(status, error)


def set_options(function: Any, handle: Any, options: Mapping[str, Any]) -> None:
    """Set the options of a packet's writer or reader, whose keywords are the library's keys."""
    for key, value in options.items():
        given = str(value).lower() if isinstance(value, int) else value  # a bool is an int
        checked(function, handle, utf8("the name of an option", key), utf8(key, given))


def each(handle: Any, kind: Any, length: Any, get: Any) -> Iterator[Any]:
    """Read a list of the library's, one structure after the other."""
    for index in range(length(handle).value):
        it = kind()
        checked(get, handle, index, it)
        yield it


def fields(it: Any) -> dict[str, Any]:
    """Read the fields of a `Packet`."""
    texts: dict[str, Any] = {name: text(getattr(it, name)) for name in it._texts}
    other = {text(pair.name) or "": text(pair.value) or "" for pair in it.other[: it.other_len.value]}
    return {**texts, "size": None if it.size < 0 else it.size, "other": other}
