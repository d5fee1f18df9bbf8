"""From the library's statuses and errors to exceptions."""

from __future__ import annotations

from ctypes import c_void_p
from typing import Any

from ._native import lib, text
from .errors import DmerpError
from .status import Status

OF_STATUS: dict[int, type[DmerpError]] = {cls.status: cls for cls in DmerpError.__subclasses__()}
"""Which exception belongs to which status; a status that is not here is raised as DmerpError."""


def copied(status: int, error: c_void_p) -> DmerpError:
    """Make the exception for a failure with this status. The error stays the caller's."""
    message = text(lib.dmerp_error_message(error)) or text(lib.dmerp_status_meaning(status))
    cls = OF_STATUS.get(status, DmerpError)
    return cls(
        message or f"the call failed with status {status}, which this version does not know",
        status=Status(status) if cls is not DmerpError else status,
        http_status=lib.dmerp_error_http_status(error) or None,
        server_message=text(lib.dmerp_error_server_message(error)),
        packet_id=text(lib.dmerp_error_packet_id(error)),
        attempts=lib.dmerp_error_attempts(error),
        retryable=bool(lib.dmerp_error_is_retryable(error)),
    )


def checked(function: Any, *arguments: Any) -> None:
    """Call a function of the library that returns at once, and raise what it answers if that is a failure."""
    error = c_void_p()
    status = function(*arguments, error)
    if status != Status.OK:
        try:
            raise copied(status, error)
        finally:
            lib.dmerp_error_free(error)
