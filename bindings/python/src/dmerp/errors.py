"""How calls end: the statuses, and an exception for each way to fail. The library's own words tell what each means."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum

from . import _native
from .packets import Pushed

__all__ = [
    "AuthenticationError", "BadAnswerError", "BadPacketError", "CancelledError", "ConnectError", "ConnectionLostError",
    "DmerpError", "FileError", "HostNotFoundError", "InternalError", "InvalidArgumentError", "InvalidConfigError",
    "InvalidHandleError", "NotFoundError", "OutOfMemoryError", "ProxyRefusedError", "RejectedError", "ServerError", "Status",
    "StorageRefusedError", "ThrottledError", "TimedOutError", "TlsError", "TooLargeError", "TruncatedError",
    "UnknownAppAreaError"
]  # fmt: skip


class Status(IntEnum):
    """How a call ended. A later library may give numbers that have no name here."""

    OK = 0
    INVALID_ARGUMENT = 1
    INVALID_HANDLE = 2
    INVALID_CONFIG = 3
    FILE_ERROR = 4
    CANCELLED = 5
    TIMED_OUT = 6
    HOST_NOT_FOUND = 7
    CONNECT_FAILED = 8
    TLS_FAILED = 9
    CONNECTION_LOST = 10
    TRUNCATED = 11
    AUTHENTICATION_FAILED = 12
    UNKNOWN_APP_AREA = 13
    THROTTLED = 14
    SERVER_ERROR = 15
    REJECTED = 16
    NOT_FOUND = 17
    STORAGE_REFUSED = 18
    BAD_ANSWER = 19
    TOO_LARGE = 20
    INTERNAL = 21
    OUT_OF_MEMORY = 22
    PROXY_REFUSED = 23
    BAD_PACKET = 24

    @property
    def meaning(self) -> str:
        """What happened, in a sentence."""
        return _native.text(_native.lib.dmerp_status_meaning(self)) or ""

    @property
    def action(self) -> str:
        """What to do about it, in a sentence."""
        return _native.text(_native.lib.dmerp_status_action(self)) or ""

    @property
    def is_retryable(self) -> bool:
        """Whether a call that ended so can succeed when it is made later, unchanged."""
        return bool(_native.lib.dmerp_status_is_retryable(self))


OF_STATUS: dict[int, type[DmerpError]] = {}  # a status that is not here is raised as DmerpError


class DmerpError(Exception):
    """A call failed. This is the root of all exceptions of this package.

    The message is one line: what was tried, what came back, and what to do. It never holds the API key. `status` is a plain
    number where the library is newer than this package. `http_status` is that of the answer that decided, `server_message`
    what the portal or the storage said, `packet_id` the unique id of a push or the storage path of a link or download,
    `attempts` how many HTTP requests the call made, and `retry_after` how many seconds the server asked to wait.

    `is_retryable`: the same call, made later and unchanged, can succeed. `is_outcome_unknown`: all of a request was sent and
    no answer came, so a push may be stored. Repeat it with the same packet id. `results` is for `done`: for each receipt,
    in order, None if it is marked, else why not; with `is_outcome_unknown` it may be marked all the same. Of a `push_many`
    that was cancelled, it is what that would have returned.
    """

    status: Status | int = Status.INTERNAL
    http_status: int | None = None
    server_message: str | None = None
    packet_id: str | None = None
    attempts: int = 0
    retry_after: float | None = None
    is_retryable: bool = False
    is_outcome_unknown: bool = False
    results: Sequence[Pushed | DmerpError | None] = ()

    def __init_subclass__(cls, *, status: Status | None = None) -> None:
        if status is not None:
            cls.status = status
            cls.__doc__ = f"{status.meaning} {status.action}"
            OF_STATUS[status] = cls


# fmt: off
class InvalidArgumentError(DmerpError, ValueError, status=Status.INVALID_ARGUMENT): ...
class InvalidHandleError(DmerpError, ValueError, status=Status.INVALID_HANDLE): ...
class InvalidConfigError(DmerpError, ValueError, status=Status.INVALID_CONFIG): ...
class FileError(DmerpError, OSError, status=Status.FILE_ERROR): ...
class CancelledError(DmerpError, status=Status.CANCELLED): ...
class TimedOutError(DmerpError, TimeoutError, status=Status.TIMED_OUT): ...
class HostNotFoundError(DmerpError, status=Status.HOST_NOT_FOUND): ...
class ConnectError(DmerpError, ConnectionError, status=Status.CONNECT_FAILED): ...
class TlsError(DmerpError, status=Status.TLS_FAILED): ...
class ConnectionLostError(DmerpError, ConnectionError, status=Status.CONNECTION_LOST): ...
class TruncatedError(DmerpError, status=Status.TRUNCATED): ...
class AuthenticationError(DmerpError, status=Status.AUTHENTICATION_FAILED): ...
class UnknownAppAreaError(DmerpError, status=Status.UNKNOWN_APP_AREA): ...
class ThrottledError(DmerpError, status=Status.THROTTLED): ...
class ServerError(DmerpError, status=Status.SERVER_ERROR): ...
class RejectedError(DmerpError, status=Status.REJECTED): ...
class NotFoundError(DmerpError, status=Status.NOT_FOUND): ...
class StorageRefusedError(DmerpError, status=Status.STORAGE_REFUSED): ...
class BadAnswerError(DmerpError, status=Status.BAD_ANSWER): ...
class TooLargeError(DmerpError, status=Status.TOO_LARGE): ...
class InternalError(DmerpError, status=Status.INTERNAL): ...
class OutOfMemoryError(DmerpError, MemoryError, status=Status.OUT_OF_MEMORY): ...
class ProxyRefusedError(DmerpError, status=Status.PROXY_REFUSED): ...
class BadPacketError(DmerpError, ValueError, status=Status.BAD_PACKET): ...
# fmt: on
