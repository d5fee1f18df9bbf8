"""The options of a client."""

from __future__ import annotations

import functools
import logging
import operator
import os
import re
import sys
from ctypes import c_void_p
from typing import TYPE_CHECKING, Any, TypeAlias, TypedDict, get_type_hints

from . import _native
from ._arguments import milliseconds, path, utf8
from ._handle import Closing, Owned, checked
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
# A library prints nothing where the program has not set logging up.
DEFAULT_LOGGER.addHandler(logging.NullHandler())

LEVELS = {"ERROR": 1, "WARNING": 2, "INFO": 3, "DEBUG": 4}
"""The library's levels. Python has them under the same names."""
_SEVERITIES = {level: getattr(logging, name) for name, level in LEVELS.items()}


class Options(TypedDict, total=False):
    """The keywords of `Config` and `Client`, whose meaning `Config` tells. None leaves the default."""

    app_area: str | None
    api_key: str | None
    base_url: str | None
    format: Format | None
    timeout_connect: float | None
    timeout_idle: float | None
    timeout_overall: float | None
    retry_max_attempts: int | None
    retry_base: float | None
    retry_max: float | None
    tls_roots: str | None
    tls_ca_file: str | os.PathLike[str] | None
    tls_ca_pem: str | None
    proxy: str | None
    user_agent: str | None
    upload_content_type: str | None
    temp_dir: str | os.PathLike[str] | None
    done_batch: int | None
    max_list_bytes: int | None
    max_memory_bytes: int | None
    max_download_bytes: int | None
    logger: Logger | None


_KINDS = {name: hint.__args__[0] for name, hint in get_type_hints(Options).items() if name != "logger"}


def _key(name: str) -> str:
    key = re.sub("^(timeout|retry|tls)_", r"\1.", name)
    return key + "_ms" if _KINDS[name] is float else key


OPTIONS = {name: _key(name) for name in _KINDS}
"""Each option's keyword here, and its key in the library."""


def _text(name: str, value: Any) -> bytes:
    """Give an option's value as the library takes it. The library checks it."""
    if _KINDS[name] is float:
        return str(milliseconds(name, value)).encode()
    if _KINDS[name] is int:
        return str(operator.index(value)).encode()
    if _KINDS[name] is Format:
        return Format(value).name.lower().encode()
    return path(name, value)


def _log(logger: Logger, _user_data: int | None, level: int, message: bytes) -> None:
    # What this raises, ctypes gives to sys.unraisablehook.
    logger.log(_SEVERITIES[level], "%s", message.decode())


class Config(Closing):
    """The options of a client, before it is made.

    A client copies them, so a configuration can be changed or closed at once afterwards. Closing it, or losing the last
    reference to it, wipes the library's copy of the API key. The options are keywords; None leaves the default:

        app_area (str, required): The application area's code, such as DMDEV01.
        api_key (str, required): The application area's API key. It appears in no message and no log.
        base_url (str, "https://api.portal.dynamicsmobile.com/mobile"): Where the portal is.
        format (Format, Format.JSON): The form asked of `pull` and `done` where a call names none.
        timeout_connect (float, 10.0): Seconds to make one connection.
        timeout_idle (float, 60.0): Seconds in which nothing is sent and nothing received before a try is given up.
        timeout_overall (float, 3600.0): Seconds for one whole call, its retries included.
        retry_max_attempts (int, 5): How often one request is tried in all; 1 turns retries off.
        retry_base (float, 0.5): Seconds that the first wait between tries is at most; each further wait may be twice as long.
        retry_max (float, 30.0): Seconds that no wait between tries exceeds, unless the portal asks for more.
        tls_roots (str, "both"): Which certificate authorities count: "platform", "file" (`tls_ca_file`, `tls_ca_pem`) or "both".
        tls_ca_file (str | PathLike, None): A PEM file of certificate authorities to trust.
        tls_ca_pem (str, None): Certificate authorities to trust, as the text of a PEM file.
        proxy (str, "system"): "system", "none", or http://[user:password@]host:port.
        user_agent (str, "dmerp/" and the version): The User-Agent header of every request.
        upload_content_type (str, None): The Content-Type of an upload, instead of that of the packet's form.
        temp_dir (str | PathLike, None): The folder for the temporary files of streams, instead of the system's.
        done_batch (int, 500): How many packets one request of `done` marks.
        max_list_bytes (int, 67108864): The largest list of packets accepted from `pull`.
        max_memory_bytes (int, 268435456): The largest packet that `download` takes; 67108864 in a 32-bit process.
        max_download_bytes (int, 4294967296): The largest packet accepted from the storage.
        logger (Logger | LoggerAdapter, logging.getLogger("dmerp")): Where log records go; None turns them off.
    """

    _what = "configuration"

    def __init__(self, **options: Unpack[Options]) -> None:
        unknown = options.keys() - Options.__annotations__.keys()
        if unknown:
            raise TypeError(f"there is no option {min(unknown)!r}; there are {', '.join(Options.__annotations__)}")
        logger = options.get("logger", DEFAULT_LOGGER)
        if not isinstance(logger, (logging.Logger, logging.LoggerAdapter, type(None))):
            raise TypeError(f"logger must be a logging.Logger, not {type(logger).__name__}")
        self._owned = Owned(c_void_p(), lib.dmerp_config_free)
        try:
            checked(lib.dmerp_config_new, self._owned.slot)
            if logger is not None:
                self._owned.keep = _native.dmerp_log_callback(functools.partial(_log, logger))
                # Every record: the logger itself decides, so its level can be changed later.
                checked(lib.dmerp_config_set_log, self._owned.slot, LEVELS["DEBUG"], self._owned.keep, None)
            for name, key in OPTIONS.items():
                value = options.get(name)
                if value is not None:
                    checked(lib.dmerp_config_set, self._owned.slot, key.encode(), _text(name, value))
        except BaseException:
            self.close()
            raise

    def set(self, key: str, value: str) -> None:
        """Set one option by its key in the library; for options that this package has no keyword for.

        On an error it keeps what it had.
        """
        checked(lib.dmerp_config_set, self._open().slot, utf8("key", key), utf8(f"the value of {key}", value))

    def get(self, key: str) -> str | None:
        """Give the value in force for one option, by its key in the library. A secret reads as "(set)"."""
        with Owned(dmerp_buffer(), lib.dmerp_buffer_free) as value:
            checked(lib.dmerp_config_get, self._open().slot, utf8("key", key), value)
            return _native.content(value).decode() if value.data else None

    def __repr__(self) -> str:
        return "<dmerp.Config, closed>" if self.closed else f"<dmerp.Config, app area {self.get('app_area')}>"
