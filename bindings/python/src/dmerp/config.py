"""The options of a client."""

import functools
import logging
import operator
import os
import re
import sys
from ctypes import c_void_p
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias, TypedDict, get_type_hints

from . import _native
from ._marshal import Closing, Owned, Scoped, checked, milliseconds, utf8
from ._native import dmerp_buffer, lib
from .packets import Format

if TYPE_CHECKING:
    from typing_extensions import Unpack as Unpack
elif sys.version_info >= (3, 11):
    from typing import Unpack
else:
    Unpack = list  # so that Unpack[Options] can be evaluated

Logger: TypeAlias = logging.Logger | logging.LoggerAdapter  # type: ignore[type-arg] # it takes an argument since Python 3.11

DEFAULT_LOGGER = logging.getLogger("dmerp")
DEFAULT_LOGGER.addHandler(logging.NullHandler())  # nothing is printed where the program has not set logging up
LEVELS = {1: logging.ERROR, 2: logging.WARNING, 3: logging.INFO, 4: logging.DEBUG}  # the library's, and Python's


class TlsRoots(str, Enum):
    """Which certificate authorities count: those of the platform, those of `tls_ca_file` and `tls_ca_pem`, or both."""

    PLATFORM = "platform"
    FILE = "file"
    BOTH = "both"


class Options(TypedDict, total=False):
    """The keywords of `Config` and `Client`: type, default, meaning. None leaves the default, but turns `logger` off."""

    app_area: Annotated[str | None, "required", "The application area's code, such as DMDEV01."]
    api_key: Annotated[str | None, "required", "The application area's API key. It appears in no message and no log."]
    base_url: Annotated[str | None, "https://api.portal.dynamicsmobile.com/mobile", "Where the portal is."]
    format: Annotated[Format | None, "Format.JSON", "The form asked of pull and done where a call names none."]
    timeout_connect: Annotated[float | None, "10.0", "Seconds to make one connection."]
    timeout_idle: Annotated[float | None, "60.0", "Seconds in which nothing moves before a try is given up."]
    timeout_overall: Annotated[float | None, "3600.0", "Seconds for one whole call, its retries included."]
    retry_max_attempts: Annotated[int | None, "5", "How often one request is tried in all; 1 turns retries off."]
    retry_base: Annotated[float | None, "0.5", "Seconds that the first wait is at most; each further one at most twice that."]
    retry_max: Annotated[float | None, "30.0", "Seconds that no wait exceeds, unless the portal asks for more."]
    tls_roots: Annotated[TlsRoots | None, "TlsRoots.BOTH", "Which certificate authorities count."]
    tls_ca_file: Annotated[str | os.PathLike[str] | None, "none", "A PEM file of certificate authorities to trust."]
    tls_ca_pem: Annotated[str | None, "none", "Certificate authorities to trust, as the text of a PEM file."]
    proxy: Annotated[str | None, "system", '"system", "none", or http://[user:password@]host:port.']
    user_agent: Annotated[str | None, "dmerp/<version>", "The User-Agent header of every request."]
    upload_content_type: Annotated[str | None, "that of the packet's form", "The Content-Type of an upload."]
    temp_dir: Annotated[str | os.PathLike[str] | None, "the system's", "The folder for temporary files."]
    done_batch: Annotated[int | None, "500", "How many packets one request of done marks."]
    max_list_bytes: Annotated[int | None, "67108864", "The largest list of packets accepted from pull."]
    max_memory_bytes: Annotated[int | None, "268435456; 67108864 in 32 bits", "The largest packet that download takes."]
    max_download_bytes: Annotated[int | None, "4294967296", "The largest packet accepted from the storage."]
    receive_concurrency: Annotated[int | None, "16", "How many packets a receiver downloads at once."]
    receive_ahead_packets: Annotated[int | None, "64", "How many packets it downloads before they are taken, at most."]
    receive_ahead_bytes: Annotated[int | None, "67108864", "How many content bytes; one packet may be larger."]
    receive_memory_bytes: Annotated[int | None, "1048576", "The largest content it keeps in memory and not in a file."]
    receive_done_count: Annotated[int | None, "50", "It marks handled packets done when this many wait,"]
    receive_done: Annotated[float | None, "1.0", "or when the oldest has waited so many seconds."]
    receive_close: Annotated[float | None, "10.0", "Seconds that marking takes at its end, at most."]
    receive_lease: Annotated[float | None, "25.0", "Seconds after which a listed packet that waits is left to a later list."]
    receive_max_deliveries: Annotated[int | None, "5", "After so many failures a packet goes to receive_dead_letter_dir."]
    receive_dead_letter_dir: Annotated[str | os.PathLike[str] | None, "none", "Where packets that fail again and again go."]
    receive_poll: Annotated[float | None, "0.0", "Seconds to wait for new packets; 0: it ends when the queue is empty."]
    receive_poll_max: Annotated[float | None, "60.0", "Seconds that this wait grows to while the queue stays empty."]
    receive_max_packets: Annotated[int | None, "0", "A receiver ends after so many packets; 0: no limit."]
    receive_max: Annotated[float | None, "0.0", "A receiver gives nothing new after so many seconds; 0: no limit."]
    push_concurrency: Annotated[int | None, "16", "How many packets push_many pushes at once; each user gets one at a time."]
    logger: Annotated[Logger | None, 'logging.getLogger("dmerp")', "Where log records go; None turns them off."]


_HINTS = get_type_hints(Options, include_extras=True)
_KINDS = {name: hint.__origin__.__args__[0] for name, hint in _HINTS.items() if name != "logger"}
_GROUP = re.compile("^(timeout|retry|tls|receive|push)_")
OPTIONS = {name: _GROUP.sub(r"\1.", name) + "_ms" * (kind is float) for name, kind in _KINDS.items()}


def _text(name: str, value: Any) -> Any:
    if _KINDS[name] is float:
        return str(milliseconds(name, value))
    if _KINDS[name] is int:
        return str(operator.index(value))
    return _KINDS[name](value).name.lower() if issubclass(_KINDS[name], Enum) else value


def _log(logger: Logger, _user_data: int | None, level: int, message: bytes) -> None:
    logger.log(LEVELS[level], "%s", message.decode())  # what it raises, ctypes gives to sys.unraisablehook


class Config(Closing):
    """The options of a client, before it is made. They are keywords; None leaves the default, but turns `logger` off.

    A client copies them. Closing this, or losing the last reference to it, wipes the library's copy of the API key.
    """

    _what = "configuration"

    def __init__(self, **options: Unpack[Options]) -> None:
        for name in options.keys() - _HINTS.keys():
            raise TypeError(f"there is no option {name!r}; there are {', '.join(_HINTS)}")
        logger = options.get("logger", DEFAULT_LOGGER)
        if not isinstance(logger, (logging.Logger, logging.LoggerAdapter, type(None))):
            raise TypeError(f"logger must be a logging.Logger, not {type(logger).__name__}")
        self._owned = Owned(c_void_p(), lib.dmerp_config_free)
        checked(lib.dmerp_config_new, self._owned.slot)
        if logger is not None:
            self._owned.keep = _native.dmerp_log_callback(functools.partial(_log, logger))
            # Every record: the logger itself decides, so its level can be changed later.
            checked(lib.dmerp_config_set_log, self._owned.slot, max(LEVELS), self._owned.keep, None)
        for name, key in OPTIONS.items():  # the keyword here, and the key in the library
            if options.get(name) is not None:
                self.set(key, _text(name, options.get(name)))

    def set(self, key: str, value: str) -> None:
        """Set one option by its key in the library, as this package has no keyword for what a newer library may have."""
        checked(lib.dmerp_config_set, self._open().slot, utf8("key", key), utf8(f"the value of {key}", value))

    def get(self, key: str) -> str | None:
        """Give the value in force for one option, by its key in the library. A secret reads as "(set)"."""
        with Scoped(dmerp_buffer(), lib.dmerp_buffer_free) as value:
            checked(lib.dmerp_config_get, self._open().slot, utf8("key", key), value)
            return _native.content(value).decode() if value.data else None

    def __repr__(self) -> str:
        return "<dmerp.Config, closed>" if self.closed else f"<dmerp.Config, app area {self.get('app_area')}>"


for _name, _hint in _HINTS.items():
    _kinds = " | ".join(kind.__name__ for kind in _hint.__origin__.__args__[:-1])
    _default, _meaning = _hint.__metadata__
    Config.__doc__ = f"{Config.__doc__}\n    {_name} ({_kinds}; default: {_default}): {_meaning}"
