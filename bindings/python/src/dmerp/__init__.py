"""Exchange synchronization packets between an ERP and Dynamics Mobile's cloud: make a `Client`."""

from ._facts import abi_version, live_handles, version
from ._options import Options
from .call import Call
from .client import Client
from .config import Config
from .errors import (
    AuthenticationError,
    BadAnswerError,
    CancelledError,
    ConnectError,
    ConnectionLostError,
    DmerpError,
    FileError,
    HostNotFoundError,
    InternalError,
    InvalidArgumentError,
    InvalidConfigError,
    InvalidHandleError,
    NotFoundError,
    RejectedError,
    ServerError,
    StorageRefusedError,
    ThrottledError,
    TimedOutError,
    TlsError,
    TooLargeError,
    TruncatedError,
    UnknownAppAreaError,
)
from .packets import Format, Packet, PacketKind, Packets, Pushed, Receipt
from .status import Status

__all__ = [
    "AuthenticationError",
    "BadAnswerError",
    "Call",
    "CancelledError",
    "Client",
    "Config",
    "ConnectError",
    "ConnectionLostError",
    "DmerpError",
    "FileError",
    "Format",
    "HostNotFoundError",
    "InternalError",
    "InvalidArgumentError",
    "InvalidConfigError",
    "InvalidHandleError",
    "NotFoundError",
    "Options",
    "Packet",
    "PacketKind",
    "Packets",
    "Pushed",
    "Receipt",
    "RejectedError",
    "ServerError",
    "Status",
    "StorageRefusedError",
    "ThrottledError",
    "TimedOutError",
    "TlsError",
    "TooLargeError",
    "TruncatedError",
    "UnknownAppAreaError",
    "abi_version",
    "live_handles",
    "version",
]
