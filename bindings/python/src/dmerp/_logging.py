"""The library's log levels, and Python's."""

from __future__ import annotations

import logging
from enum import IntEnum
from typing import Any, Union

Logger = Union[logging.Logger, "logging.LoggerAdapter[Any]"]

DEFAULT = logging.getLogger("dmerp")
# A library prints nothing where the program has not set logging up.
DEFAULT.addHandler(logging.NullHandler())


def checked(logger: Logger | None) -> Logger | None:
    """Refuse what is no logger, such as the name of one."""
    if not isinstance(logger, (logging.Logger, logging.LoggerAdapter, type(None))):
        raise TypeError(f"logger must be a logging.Logger, not {type(logger).__name__}")
    return logger


class LogLevel(IntEnum):
    """How much a record matters to the library."""

    ERROR = 1
    WARNING = 2
    INFO = 3
    DEBUG = 4

    @property
    def severity(self) -> int:
        """The level of the same name in Python."""
        return _SEVERITIES[self]


_SEVERITIES = {
    LogLevel.ERROR: logging.ERROR,
    LogLevel.WARNING: logging.WARNING,
    LogLevel.INFO: logging.INFO,
    LogLevel.DEBUG: logging.DEBUG,
}
