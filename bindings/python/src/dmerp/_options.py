"""The one table of options: keyword, type, and key in the library."""

from __future__ import annotations

import os
from typing import Annotated, Any, Optional, TypedDict, Union, get_type_hints

from ._logging import Logger
from ._text import path_utf8, utf8
from .packets import Format


class LibraryOptions(TypedDict, total=False):
    """The options of the library, each with its key there. None leaves the library's default.

    What each means, and its default and range, is told in docs/configuration.md. The library checks the values.
    """

    app_area: Annotated[Optional[str], "app_area"]
    """The application area's code. Required."""
    api_key: Annotated[Optional[str], "api_key"]
    """The application area's API key. Required. It appears in no message and no log."""
    base_url: Annotated[Optional[str], "base_url"]
    """Where the portal is."""
    format: Annotated[Optional[Format], "format"]
    """The form asked of pull and done where a call names none."""
    timeout_connect_ms: Annotated[Optional[int], "timeout.connect_ms"]
    """Milliseconds to make one connection."""
    timeout_idle_ms: Annotated[Optional[int], "timeout.idle_ms"]
    """Milliseconds in which nothing moves before an attempt is given up."""
    timeout_overall_ms: Annotated[Optional[int], "timeout.overall_ms"]
    """Milliseconds for one whole call, its retries included."""
    retry_max_attempts: Annotated[Optional[int], "retry.max_attempts"]
    """How often one request is tried in all; 1 turns retries off."""
    retry_base_ms: Annotated[Optional[int], "retry.base_ms"]
    """Milliseconds that the first wait between two tries is at most."""
    retry_max_ms: Annotated[Optional[int], "retry.max_ms"]
    """Milliseconds that no wait between two tries exceeds, unless the portal asks for more."""
    tls_roots: Annotated[Optional[str], "tls.roots"]
    """Which certificate authorities count: "platform", "file" or "both"."""
    tls_ca_file: Annotated[Union[str, os.PathLike[str], None], "tls.ca_file"]
    """A PEM file of certificate authorities to trust."""
    proxy: Annotated[Optional[str], "proxy"]
    """ "system", "none", or http://[user:password@]host:port."""
    user_agent: Annotated[Optional[str], "user_agent"]
    """The User-Agent header of every request."""
    upload_content_type: Annotated[Optional[str], "upload_content_type"]
    """The Content-Type of an upload."""
    done_batch: Annotated[Optional[int], "done_batch"]
    """How many packets one request of done marks."""
    max_list_bytes: Annotated[Optional[int], "max_list_bytes"]
    """The largest list of packets accepted from pull."""
    max_memory_bytes: Annotated[Optional[int], "max_memory_bytes"]
    """The largest packet that download holds in memory."""
    max_download_bytes: Annotated[Optional[int], "max_download_bytes"]
    """The largest packet accepted from the storage."""


class Options(LibraryOptions, total=False):
    """The keywords of Config and Client."""

    logger: Optional[Logger]
    """Where log records go, instead of `logging.getLogger("dmerp")`; None turns them off."""


class Option:
    """How an option of the table above gets to the library."""

    def __init__(self, name: str, hint: Any) -> None:
        self.name = name
        self.key: str = hint.__metadata__[0]
        kinds = [kind for kind in hint.__origin__.__args__ if kind is not type(None)]
        self.takes: Any = kinds[0]
        self.is_path = len(kinds) > 1

    def text(self, value: Any) -> bytes:
        """Give a value as the library takes it."""
        if self.is_path:
            return path_utf8(self.name, value)
        if not isinstance(value, self.takes) or isinstance(value, bool):
            raise TypeError(f"{self.name} must be {self.takes.__name__}, not {type(value).__name__}")
        if isinstance(value, Format):
            return value.name.lower().encode()
        return utf8(self.name, str(value))


OPTIONS = {name: Option(name, hint) for name, hint in get_type_hints(LibraryOptions, include_extras=True).items()}
