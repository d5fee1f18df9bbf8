"""Exchange synchronization packets between an ERP and Dynamics Mobile's cloud: make a `Client`."""

from ._native import lib as _lib, text as _text
from .call import Call as Call
from .client import Client as Client
from .config import Config as Config, Options as Options
from .errors import *
from .packets import *


def version() -> str:
    """Give the library's version, such as "0.1.0"."""
    return _text(_lib.dmerp_version()) or ""


def abi_version() -> int:
    """Give the version of the library's binary interface."""
    return int(_lib.dmerp_abi_version())


def live_handles() -> int:
    """Tell how many handles and buffers of the library are not yet freed, in the whole process. For finding leaks."""
    return int(_lib.dmerp_live_handles().value)


__all__ = [name for name, it in [*globals().items()] if name[0] != "_" and getattr(it, "__module__", "").startswith("dmerp")]
