"""How calls end."""

from __future__ import annotations

from enum import IntEnum

from ._native import lib, text


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

    @property
    def meaning(self) -> str:
        """What happened, in a sentence; the library's words."""
        return text(lib.dmerp_status_meaning(self)) or ""

    @property
    def action(self) -> str:
        """What to do about it, in a sentence; the library's words."""
        return text(lib.dmerp_status_action(self)) or ""

    @property
    def retryable(self) -> bool:
        """Whether a call that ended so can succeed when it is made later, unchanged."""
        return bool(lib.dmerp_status_is_retryable(self))
