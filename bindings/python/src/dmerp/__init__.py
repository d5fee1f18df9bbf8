"""Exchange synchronization packets between an ERP and Dynamics Mobile's cloud: make a `Client`."""

from ._native import lib as _lib, text as _text
from .call import Call as Call
from .client import Client as Client
from .config import Config as Config, Options as Options
from .errors import (
    AuthenticationError as AuthenticationError,
    BadAnswerError as BadAnswerError,
    CancelledError as CancelledError,
    ConnectError as ConnectError,
    ConnectionLostError as ConnectionLostError,
    DmerpError as DmerpError,
    FileError as FileError,
    HostNotFoundError as HostNotFoundError,
    InternalError as InternalError,
    InvalidArgumentError as InvalidArgumentError,
    InvalidConfigError as InvalidConfigError,
    InvalidHandleError as InvalidHandleError,
    NotFoundError as NotFoundError,
    OutOfMemoryError as OutOfMemoryError,
    RejectedError as RejectedError,
    ServerError as ServerError,
    Status as Status,
    StorageRefusedError as StorageRefusedError,
    ThrottledError as ThrottledError,
    TimedOutError as TimedOutError,
    TlsError as TlsError,
    TooLargeError as TooLargeError,
    TruncatedError as TruncatedError,
    UnknownAppAreaError as UnknownAppAreaError,
)
from .packets import (
    Format as Format,
    Packet as Packet,
    PacketKind as PacketKind,
    Packets as Packets,
    Pushed as Pushed,
    Receipt as Receipt,
    Unreadable as Unreadable,
)


def version() -> str:
    """Give the library's version, such as "0.1.0"."""
    return _text(_lib.dmerp_version()) or ""


def abi_version() -> int:
    """Give the version of the library's binary interface."""
    number: int = _lib.dmerp_abi_version()
    return number


def live_handles() -> int:
    """Tell how many handles and buffers of the library are not yet freed, in the whole process. For finding leaks."""
    count: int = _lib.dmerp_live_handles().value
    return count


__all__ = [name for name in globals() if name[0].isupper()] + ["abi_version", "live_handles", "version"]
