"""What push_stream and download_stream take: any binary file, and what looks like one."""

from __future__ import annotations

from typing import Protocol


class Readable(Protocol):
    """A binary file that can be read."""

    def read(self, size: int, /) -> bytes:
        """Give at most `size` bytes; none at the end."""


class Writable(Protocol):
    """A binary file that can be written."""

    def write(self, data: bytes, /) -> object:
        """Take the bytes, and return how many were taken, or None for all."""
