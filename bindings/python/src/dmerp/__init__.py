"""Exchange synchronization packets between an ERP and Dynamics Mobile's cloud: make a `Client`."""

from . import errors, packets
from ._native import lib as _lib, text as _text
from .call import Call
from .client import Client
from .config import Config, Options, TlsRoots
from .errors import *
from .packet_reader import PacketReader, ReaderOptions, Record, check_packet
from .packet_writer import PacketWriter, WriterOptions
from .packets import *
from .receiver import Received, Receiver

__all__ = [
    "Call", "Client", "Config", "Options", "PacketReader", "PacketWriter", "ReaderOptions", "Received", "Receiver", "Record",
    "TlsRoots", "WriterOptions", "abi_version", "check_packet", "live_handles", "version"
]  # fmt: skip
__all__ += errors.__all__
__all__ += packets.__all__


def version() -> str:
    """Give the library's version, such as "0.1.0"."""
    return _text(_lib.dmerp_version()) or ""


def abi_version() -> int:
    """Give the version of the library's binary interface."""
    return int(_lib.dmerp_abi_version())


def live_handles() -> int:
    """Tell how many handles and buffers of the library are not yet freed, in the whole process. For finding leaks."""
    return int(_lib.dmerp_live_handles().value)
