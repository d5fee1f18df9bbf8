"""Facts about the loaded library."""

from __future__ import annotations

from ._native import lib, text


def version() -> str:
    """Give the library's version, such as "0.1.0"."""
    return text(lib.dmerp_version()) or ""


def abi_version() -> int:
    """Give the version of the library's binary interface."""
    number: int = lib.dmerp_abi_version()
    return number


def live_handles() -> int:
    """Tell how many handles and buffers of the library are not yet freed, in the whole process. For finding leaks."""
    count: int = lib.dmerp_live_handles().value
    return count
