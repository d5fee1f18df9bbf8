"""The options of a client."""

from __future__ import annotations

from ctypes import c_void_p
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing_extensions import Unpack

from . import _logging
from ._callbacks import on_log
from ._failures import checked
from ._handle import Closing, Owned
from ._logging import LogLevel
from ._native import content, dmerp_buffer, lib
from ._options import OPTIONS, Options
from ._text import utf8


class Config(Closing):
    """The options of a client, before it is made.

    A client copies them, so a configuration can be changed or closed at once afterwards. Closing it, or losing the last
    reference to it, wipes the library's copy of the API key.

    The keywords are those of `Options`.
    """

    _what = "configuration"

    def __init__(self, **options: Unpack[Options]) -> None:
        self._logger = _logging.checked(options.get("logger", _logging.DEFAULT))
        self._owned = Owned(c_void_p(), lib.dmerp_config_free)
        try:
            checked(lib.dmerp_config_new, self._owned.slot)
            if self._logger is not None:
                # Everything: the logger itself decides at each record, so its level can be changed later.
                checked(lib.dmerp_config_set_log, self._owned.slot, LogLevel.DEBUG, on_log, None)
            for name, value in options.items():
                self._set_named(name, value)
        except BaseException:
            self.close()
            raise

    def _set_named(self, name: str, value: object) -> None:
        if name == "logger":
            return
        if name not in OPTIONS:
            raise TypeError(f"there is no option {name!r}; there are {', '.join(OPTIONS)} and logger")
        if value is not None:
            option = OPTIONS[name]
            checked(lib.dmerp_config_set, self._open().slot, option.key.encode(), option.text(value))

    def set(self, key: str, value: str) -> None:
        """Set one option by its key in the library; for options that this package has no keyword for.

        On an error it keeps what it had.
        """
        checked(lib.dmerp_config_set, self._open().slot, utf8("key", key), utf8(f"the value of {key}", value))

    def get(self, key: str) -> str | None:
        """Give the value in force for one option, by its key in the library. A secret reads as "(set)"."""
        with Owned(dmerp_buffer(), lib.dmerp_buffer_free) as value:
            checked(lib.dmerp_config_get, self._open().slot, utf8("key", key), value)
            return content(value).decode("utf-8") if value.data else None

    def __repr__(self) -> str:
        return "<dmerp.Config, closed>" if self.closed else f"<dmerp.Config, app area {self.get('app_area')}>"
