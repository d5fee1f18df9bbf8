"""Reading a synchronization packet, record by record; and finding all that is wrong in one."""

from __future__ import annotations

import builtins
import datetime as dt
import os
import sys
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping
from ctypes import POINTER, c_char_p, c_uint64, c_void_p, sizeof, string_at
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import chain, repeat
from typing import Any, Literal, TypedDict, TypeVar

from . import _values
from ._marshal import Closing, Owned, Scoped, checked, each, lent, set_options, utf8
from ._native import dmerp_attribute, dmerp_mistake, dmerp_record, dmerp_rows, lib, size_t, text
from ._values import NULL, NULL_BYTE
from .config import Unpack
from .errors import DmerpError, InvalidArgumentError
from .packets import Mistake, RecordStatus

T = TypeVar("T")
STATUSES = tuple(RecordStatus)
PIECE = 16_384  # so many bytes of the records that came together become texts at once


@dataclass(slots=True)
class Shared:
    """What records that came together have in common."""

    table: str
    first: int
    index: dict[str, int]  # of the fields' names, in their order
    statuses: bytes
    lines: array[int]
    element: str = "r"
    attributes: dict[str, str] = field(default_factory=dict)
    of_fields: dict[str, dict[str, str]] = field(default_factory=dict)
    has_nulls: bool = False


class Record(Mapping[str, str]):
    """A record: a mapping of the names of its fields to their texts. A field that is null is not in it.

    `record["NO"]` is a text, and a KeyError where the field is null. `record.decimal("PRICE")` and the like read the text as a
    value. They give None where it is null or empty, and raise an InvalidArgumentError where it is no such value.
    """

    __slots__ = ("_place", "_shared", "_texts")

    def __init__(self, shared: Shared, place: int, texts: tuple[str, ...]) -> None:
        self._shared, self._place, self._texts = shared, place, texts

    def __getitem__(self, name: str) -> str:
        value = self._texts[self._shared.index[name]]
        if value == NULL:
            raise KeyError(name)
        return value

    def __iter__(self) -> Iterator[str]:
        return iter(self.as_dict() if self._shared.has_nulls else self._shared.index)

    def __len__(self) -> int:
        return len(self._texts) - self._texts.count(NULL)

    def __repr__(self) -> str:
        return f"<dmerp.Record, table {self.table}, record {self.number}: {self.as_dict()}>"

    @property
    def table(self) -> str:
        """The name of its table."""
        return self._shared.table

    @property
    def element(self) -> str:
        """The name of its element: `r`; or another, where `unknown_elements` or `system_tables` let it through."""
        return self._shared.element

    @property
    def status(self) -> RecordStatus:
        """What the sender says of the record. Where this is OTHER, `attributes` has what the sender wrote."""
        return STATUSES[self._shared.statuses[self._place]]

    @property
    def number(self) -> int:
        """Its number in its table, from 1."""
        return self._shared.first + self._place

    @property
    def line(self) -> int:
        """The line on which it begins, from 1."""
        return self._shared.lines[self._place]

    @property
    def attributes(self) -> dict[str, str]:
        """Its own attributes, without a status that is known."""
        return self._shared.attributes

    def field_attributes(self, name: str) -> dict[str, str]:
        """Give the attributes of a field, such as `validate`. There are none where it is null."""
        return self._shared.of_fields.get(name, {})

    def as_dict(self) -> dict[str, str]:
        """Give all fields that are not null, in their order."""
        pairs = zip(self._shared.index, self._texts)  # noqa: B905 -- one for each; the check takes 7 % of a loop's time
        return {name: value for name, value in pairs if value != NULL} if self._shared.has_nulls else dict(pairs)

    def boolean(self, name: str) -> bool | None:
        """Read a truth value: `true`, `false`, in any case, `1` or `0`."""
        return self._read(name, _values.as_boolean)

    def integer(self, name: str) -> int | None:
        """Read a whole number of 64 bits."""
        return self._read(name, _values.as_integer)

    def decimal(self, name: str) -> Decimal | None:
        """Read a decimal, with all its digits."""
        return self._read(name, _values.as_decimal)

    def real(self, name: str) -> float | None:
        """Read a floating-point number."""
        return self._read(name, _values.as_real)

    def date(self, name: str) -> dt.date | None:
        """Read a date, such as `2026-11-24`."""
        return self._read(name, _values.as_date)

    def time(self, name: str) -> dt.time | None:
        """Read a time of day, such as `09:42:19Z` or `09:42:19.382`. It has no zone: only its sender knows which it is."""
        return self._read(name, _values.as_time)

    def instant(self, name: str) -> dt.datetime | None:
        """Read a point in time, such as `2026-11-24T09:42:19Z`. It is in UTC."""
        return self._read(name, _values.as_instant)

    def bytes(self, name: str) -> builtins.bytes | None:
        """Read bytes: from base64, or from what stands after the comma of a data URL."""
        return self._read(name, _values.as_bytes)

    def _read(self, name: str, how: Callable[[str], T | None]) -> T | None:
        value = self.get(name)
        if value is None:
            return None
        try:
            return how(value)
        except (ValueError, OverflowError) as error:  # what the library refuses, or is no date of Python's
            place = f"line {self.line}, table {self.table}, record {self.number}, field {name}"
            raise InvalidArgumentError(f"{place}: {error}") from None


class ReaderOptions(TypedDict, total=False):
    """The keywords of `PacketReader`."""

    unknown_elements: Literal["skip", "keep"]
    system_tables: bool
    max_record_bytes: int


class PacketReader(Closing):
    """Reads a synchronization packet: iterate over it for its records, one after the other.

        with dmerp.PacketReader(pathlib.Path("orders.xml")) as packet:
            for record in packet:
                book(record["NO"], record.decimal("AMOUNT"))

    `content` is anything bytes-like, to be left unchanged meanwhile, or a `pathlib.Path` for a file. `Received.read` reads a
    packet that was received. Memory does not grow with the packet. One thread at a time may use a reader.

    It takes what senders are known to write. Where data would be lost it raises a BadPacketError: at text where a record
    should be, at a field twice in a record, where a packet breaks off. The records before that have come. After it no record
    comes: to go on raises the error again.

    unknown_elements ("skip" or "keep"; default: "skip"): Elements of a table that are no records are counted in `skipped`, or
    come as records with another `element`.
    system_tables (bool; default: False): Whether the tables come whose name begins with `$`. They are no data.
    max_record_bytes (int; default: 67108864): The largest record accepted.
    """

    _what = "packet reader"

    def __init__(self, content: bytes | bytearray | memoryview | os.PathLike[str], **options: Unpack[ReaderOptions]) -> None:
        if isinstance(content, os.PathLike):
            self._begin(options, lib.dmerp_packet_reader_new_file, utf8("content", content))
        else:
            given = _lent(content)
            self._begin(options, lib.dmerp_packet_reader_new, given, len(given))

    def _begin(self, options: ReaderOptions, new: Any, *content: Any) -> None:
        owned = Owned(c_void_p(), lib.dmerp_packet_reader_free, content)
        checked(new, *content, owned.slot)
        set_options(lib.dmerp_packet_reader_set, owned.slot, options)
        self._owned, self._source = owned, Source(owned)
        self._records: Iterator[Record] = chain.from_iterable(_batches(self._source))

    @property
    def mobile_user(self) -> str | None:
        """The mobile user that the root names (`salesmancode`, in either spelling), or None."""
        name = c_char_p()
        checked(lib.dmerp_packet_reader_mobile_user, self._open().slot, name)
        return text(name.value)

    @property
    def attributes(self) -> dict[str, str]:
        """All attributes of the root."""
        them, length = POINTER(dmerp_attribute)(), size_t()
        checked(lib.dmerp_packet_reader_root, self._open().slot, them, length)
        return _attributes(them, length)

    @property
    def skipped(self) -> int:
        """How many unknown elements were skipped so far. The reader is up to 1,000 records ahead of the loop."""
        return int(lib.dmerp_packet_reader_skipped(self._open().slot))

    def close(self) -> None:
        """Let go of the packet. A file is closed, and a loop over the reader cannot go on."""
        super().close()
        self._source.close()

    def __iter__(self) -> Iterator[Record]:
        self._open()
        return self._records

    def __next__(self) -> Record:
        return next(iter(self))


class Source(Closing):
    """What a loop over a reader goes on with, also where the reader is gone."""

    _what = "packet reader"

    def __init__(self, owned: Owned) -> None:
        self._owned: Owned | None = owned
        self.places: list[int] = []  # of the records that came together

    def close(self) -> None:
        """End what is iterated over now; what follows raises."""
        super().close()
        self.places.clear()


def _batches(source: Source) -> Iterator[Iterable[Record]]:
    # Many records come in one call, since a call is dear, and their texts as one. A record that is not plain comes by itself.
    rows, record = dmerp_rows(), dmerp_record()
    joined_names, index = b"", dict[str, int]()

    def one() -> Record | None:
        checked(lib.dmerp_packet_reader_next, source._open().slot, record, sizeof(record))
        return None if record.table is None else _single(record)

    while True:
        refused = source.closed or lib.dmerp_packet_reader_rows(source._open().slot, rows, sizeof(rows), None)
        if not refused and (count := rows.count.value):
            if joined_names != (joined_names := string_at(rows.names, rows.names_len.value)):
                index = {sys.intern(name): place for place, name in enumerate(joined_names.decode().split("\0")[:-1])}
            values = string_at(rows.values, rows.values_len.value)
            texts = chain.from_iterable(_texts(values.replace(NULL_BYTE, NULL.encode())))
            lines = array("Q", string_at(rows.lines, sizeof(c_uint64) * count))
            statuses = string_at(rows.statuses, count)
            shared = Shared(rows.table.decode(), rows.first, index, statuses, lines, has_nulls=NULL_BYTE in values)
            of_each = zip(*[texts] * len(index), strict=True) if index else repeat(())
            source.places = list(range(count))
            yield map(Record, repeat(shared), source.places, of_each)
            continue
        try:
            single = one()
        except DmerpError:
            yield iter(one, None)  # so that every later call fails likewise: a generator that raised looks ended
            continue
        if single is None:
            return
        yield (single,)


def _texts(values: bytes) -> Iterator[list[str]]:
    # Piece by piece, as these texts are used: all at once they would not stay in the processor's cache.
    begin = 0
    while begin < len(values):
        end = values.find(b"\0", begin + PIECE) + 1 or len(values)
        yield values[begin : end - 1].decode().split("\0")
        begin = end


def _single(it: Any) -> Record:
    fields = it.fields[: it.fields_len.value]
    shared = Shared(
        it.table.decode(),
        it.number,
        {field.name.decode(): place for place, field in enumerate(fields)},
        bytes([it.status]),
        array("Q", [it.line]),
        it.element.decode(),
        _attributes(it.attributes, it.attributes_len),
        {field.name.decode(): _attributes(field.attributes, field.attributes_len) for field in fields},
    )
    return Record(shared, 0, tuple(field.value.text.decode() for field in fields))


def _attributes(them: Any, length: size_t) -> dict[str, str]:
    return {pair.name.decode(): pair.value.decode() for pair in them[: length.value]}


def _lent(content: Any) -> Any:
    try:
        return lent(content)
    except TypeError:
        raise TypeError(f"content must be bytes-like, or a pathlib.Path for a file, not {type(content).__name__}") from None


def check_packet(content: bytes | bytearray | memoryview | os.PathLike[str]) -> list[Mistake]:
    """Find what is wrong in a packet: anything bytes-like, or a `pathlib.Path` for a file. An empty list: nothing is.

    At most 1,000 are told; then one more says how many others there are.
    """
    with Scoped(c_void_p(), lib.dmerp_mistakes_free) as mistakes:
        if isinstance(content, os.PathLike):
            checked(lib.dmerp_packet_check_file, utf8("content", content), mistakes)
        else:
            given = _lent(content)
            checked(lib.dmerp_packet_check, given, len(given), mistakes)
        found = each(mistakes, dmerp_mistake, lib.dmerp_mistakes_len, lib.dmerp_mistakes_get)
        return [Mistake(it.line, text(it.table), it.record or None, text(it.field), text(it.what) or "") for it in found]
