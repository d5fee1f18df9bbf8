"""Values: the texts that a packet has for Python's values, and the values that its texts are read as."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from enum import Enum, IntEnum
from functools import partial
from typing import Any

from ._marshal import Scoped, checked
from ._native import content, dmerp_buffer, dmerp_value, lib

# In rows, for a null; the library has the byte 0xFF for it. No text that a packet can carry holds this character.
NULL, NULL_BYTE = "\x01", b"\xff"

UTC = dt.timezone.utc
EPOCH = dt.datetime(1970, 1, 1, tzinfo=UTC)


class Kind(IntEnum):
    """What the library can read a text as."""

    NULL = 0
    TEXT = 1
    BOOL = 2
    INTEGER = 3
    DECIMAL = 4
    REAL = 5
    DATE = 6
    TIME = 7
    INSTANT = 8
    BYTES = 9


class Forms(dict[type, Callable[[Any], str]]):
    """How a value of each type is written. A type that is not here is written as the nearest of its bases."""

    def __init__(self, time_zone: dt.tzinfo) -> None:
        from uuid import UUID  # noqa: PLC0415 -- slow to import, and only who writes a packet needs it

        super().__init__(
            {
                type(None): lambda _: NULL,
                str: str.__str__,
                bool: {True: "true", False: "false"}.__getitem__,
                int: int.__repr__,
                float: _real,
                Decimal: _decimal,
                dt.date: dt.date.isoformat,
                dt.time: _time,
                dt.datetime: partial(_instant, time_zone),
                bytes: _base64,
                bytearray: _base64,
                memoryview: lambda value: _base64(value.tobytes()),  # it may have gaps
                UUID: UUID.__str__,
                Enum: _name,
            }
        )

    def __missing__(self, kind: type) -> Callable[[Any], str]:
        for base in kind.__mro__:
            if base in self:
                return self.setdefault(kind, self[base])
        raise TypeError(
            f"a packet has no form for a value of type {kind.__module__}.{kind.__qualname__}: "
            "give a str, or give the PacketWriter a converter"
        )

    def joined(self, values: list[Any]) -> bytes:
        """Join texts as the library takes rows; nothing, if a value needs to be looked at by itself."""
        forms = dict(self)  # a plain dict is quicker to ask; what it lacks, `self` learns of
        try:
            joined = "\0".join([value if type(value) is str else forms[type(value)](value) for value in values])
        except (KeyError, TypeError, ValueError, ArithmeticError):
            return b""
        data = encoded(joined) + b"\0"
        nulls = data.count(NULL.encode())
        if data.count(0) != len(values) or (nulls and nulls != values.count(None)):
            return b""  # a text has one of these two characters in it
        return data.replace(NULL.encode(), NULL_BYTE) if nulls else data


def _real(value: float) -> str:
    text = float.__repr__(value)
    return _decimal(Decimal(text)) if "e" in text or "n" in text else text.removesuffix(".0")


def _decimal(value: Decimal) -> str:
    if not value.is_finite():
        raise ValueError(f"a packet has no form for the number {value}")
    text = Decimal.__str__(value)
    return format(value, "f") if "E" in text else text


def _name(value: Enum) -> str:
    name: Any = value.name
    if name is None:  # a Flag of none, and in Python 3.10 one of several
        raise ValueError(f"a packet has no form for {value!r}, which has no name")
    return str(name)


def _time(value: dt.time) -> str:
    if value.tzinfo is not None and value.utcoffset() != dt.timedelta(0):
        raise ValueError(f"a packet has no form for a time of day with a zone, {value}: give it without, or a datetime")
    text = value.isoformat()
    return text[:12] if value.microsecond >= 1000 else text[:8] + "Z"


_combine = dt.datetime.combine


def _instant(time_zone: dt.tzinfo, value: dt.datetime) -> str:
    if value.utcoffset() is None:
        value = _combine(value.date(), value.time(), time_zone)  # much quicker than `replace`
    value = value.astimezone(UTC)
    text = _combine(value.date(), value.time()).isoformat()  # quicker without the zone
    return text[:23] + "Z" if value.microsecond >= 1000 else text[:19] + "Z"


def _base64(value: bytes | bytearray) -> str:
    # Only here, since it may need zlib, which a small Python does not have.
    from binascii import b2a_base64  # noqa: PLC0415

    return b2a_base64(value, newline=False).decode()


def _read(text: str, kind: Kind) -> Any:
    it, value = given(text), dmerp_value()
    if lib.dmerp_value_read(it, kind, value, None):
        checked(lib.dmerp_value_read, it, kind, value)  # again, for the error
    return None if value.kind == Kind.NULL else value


def encoded(text: str) -> bytes:
    """Encode a text of a packet. Half a surrogate pair goes as three bytes, so that the library refuses or replaces it."""
    return text.encode("utf-8", "surrogatepass")


def given(text: str) -> dmerp_value:
    """Give a text as the library takes a value."""
    data = encoded(text)
    return dmerp_value(Kind.TEXT, 0, 0, 0.0, data, len(data))


def as_boolean(text: str) -> bool | None:
    """Read a truth value."""
    value = _read(text, Kind.BOOL)
    return None if value is None else bool(value.integer)


def as_integer(text: str) -> int | None:
    """Read a whole number of 64 bits."""
    value = _read(text, Kind.INTEGER)
    return None if value is None else int(value.integer)


def as_decimal(text: str) -> Decimal | None:
    """Read a decimal, with all its digits."""
    value = _read(text, Kind.DECIMAL)
    return None if value is None else Decimal(value.text[: value.len.value].decode())


def as_real(text: str) -> float | None:
    """Read a floating-point number."""
    value = _read(text, Kind.REAL)
    return None if value is None else float(value.real)


def as_date(text: str) -> dt.date | None:
    """Read a date."""
    value = _read(text, Kind.DATE)
    return None if value is None else (EPOCH + dt.timedelta(days=value.integer)).date()


def as_time(text: str) -> dt.time | None:
    """Read a time of day."""
    value = _read(text, Kind.TIME)
    return None if value is None else (EPOCH + dt.timedelta(milliseconds=value.integer)).time()


def as_instant(text: str) -> dt.datetime | None:
    """Read a point in time, in UTC."""
    value = _read(text, Kind.INSTANT)
    return None if value is None else EPOCH + dt.timedelta(milliseconds=value.integer)


def as_bytes(text: str) -> bytes | None:
    """Read bytes: from base64, or what stands after the comma of a data URL."""
    if not text.strip(" \t\r\n"):
        return None
    with Scoped(dmerp_buffer(), lib.dmerp_buffer_free) as buffer:
        checked(lib.dmerp_value_bytes, given(text), buffer)
        return content(buffer)
