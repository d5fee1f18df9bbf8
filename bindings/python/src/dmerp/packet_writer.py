"""Making a synchronization packet of the ERP's data."""

from __future__ import annotations

import contextlib
import datetime as dt
import functools
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from ctypes import c_uint64, c_void_p
from typing import Any, Literal, NoReturn, Protocol, TypedDict

from ._marshal import Closing, Owned, Scoped, checked, set_options, utf8
from ._native import content, dmerp_attribute, dmerp_buffer, dmerp_field, dmerp_value, lib
from ._values import Forms, encoded, given
from .config import Unpack
from .errors import InvalidArgumentError
from .packets import RecordStatus

ROWS, ROWS_BYTES = 500, 65_536  # what goes to the library at once, at most and about


class Cursor(Protocol):
    """What a DB-API cursor has after a query."""

    @property
    def description(self) -> Sequence[Sequence[Any]] | None:
        """Of each column the name, and more."""

    def fetchone(self) -> Any:
        """Give the next row; None after the last. It is for a cursor that has no `__iter__`."""


class Row(Protocol):
    """What `dict` takes, such as a `sqlite3.Row`."""

    def keys(self) -> Iterable[str]:
        """Give the names of the fields."""

    def __getitem__(self, name: str, /) -> Any: ...


class RowError(Exception):
    """What a source gave is no row. Its argument is the error to tell, with the place, when the rows before it are written."""


class WriterOptions(TypedDict, total=False):
    """The keywords of `PacketWriter`."""

    status: Literal["inserted", "insert"]
    state: bool
    metadata: bool
    empty_texts: Literal["write", "omit"]
    invalid_characters: Literal["refuse", "replace"]
    temp_dir: str | os.PathLike[str]
    time_zone: dt.tzinfo
    converter: Callable[[str, Any], object]


class PacketWriter(Closing):
    """Makes a synchronization packet: tables, and in them records of what an ERP's program has.

        with dmerp.PacketWriter("anna", state=True) as packet:
            packet.table("ITEMS", row_id="NO")
            packet.records(connection.execute("SELECT no, price FROM items"))
            erp.push_packet(packet)

    `mobile_user` is the root's `salesmancode`; a packet for several users names none. A packet can be of any size: up to 1 MiB
    is kept in memory, more in an unnamed temporary file. `to_file` writes into a file of yours instead. The end of a `with`
    block finishes the packet; after an exception it is thrown away. One thread at a time may use a writer.

    status ("inserted" or "insert"; default: "inserted"): How a status is spelt: with or without its ending.
    state (bool; default: False): Whether each record has a field `state` as well: 1 inserted, 2 updated, 3 deleted.
    metadata (bool; default: False): Whether the packet ends with the table `$metadata`, which counts the records.
    empty_texts ("write" or "omit"; default: "write"): Whether an empty text is an empty field, or left out as a null is.
    invalid_characters ("refuse" or "replace"; default: "refuse"): What becomes of what XML cannot carry, such as U+0000.
    temp_dir (str or PathLike; default: the system's): The folder for the temporary file.
    time_zone (tzinfo; default: timezone.utc): The zone of a datetime that has none: a `zoneinfo.ZoneInfo`, not one of pytz.
    What a clock shows twice is the earlier, or as the datetime's `fold` says.
    converter (callable; default: none): Gets each field's name and value; what it returns is written instead. Values of `csv`
    do not go through it.

    How values are written, whatever the machine's locale: None is left out. A str as it is. bool: `true`. int, Decimal, float:
    digits and a point, never an exponent; no NaN and no infinity. date: `2026-11-24`. time: `09:42:19Z`, and with milliseconds
    `09:42:19.382`. datetime: in UTC, `2026-11-24T09:42:19Z` or `2026-11-24T09:42:19.382Z`; what is below a millisecond is cut
    off. bytes: base64. UUID: its text. Enum: its name; one that is a str or int as well: its value.
    """

    _what = "packet writer"
    _amid = ""  # the method that is writing

    def __init__(self, mobile_user: str | None = None, **options: Unpack[WriterOptions]) -> None:
        self._begin(lib.dmerp_packet_writer_new, mobile_user, options)

    @classmethod
    def to_file(
        cls, path: str | os.PathLike[str], mobile_user: str | None = None, **options: Unpack[WriterOptions]
    ) -> PacketWriter:
        """Make a packet in the file `path`. It appears, or replaces an older one, when it is finished and on the disk."""
        writer = cls.__new__(cls)
        writer._begin(lib.dmerp_packet_writer_new_file, mobile_user, options, utf8("path", path))
        return writer

    def _begin(self, new: Any, mobile_user: str | None, options: WriterOptions, *path: bytes) -> None:
        owned = Owned(c_void_p(), lib.dmerp_packet_writer_free)
        checked(new, None if mobile_user is None else utf8("mobile_user", mobile_user), *path, owned.slot)
        of_library: dict[str, Any] = dict(options)
        time_zone = of_library.pop("time_zone", dt.timezone.utc)
        if not isinstance(time_zone, dt.tzinfo):
            raise TypeError(f"time_zone must be a tzinfo, not {type(time_zone).__name__}")  # None would be the machine's
        if hasattr(time_zone, "localize") and time_zone.utcoffset(None) is None:  # it would count as local mean time
            raise TypeError(f"time_zone cannot be a zone of pytz: give zoneinfo.ZoneInfo({str(time_zone)!r})")
        self._forms = Forms(time_zone)
        self._converter: Callable[[str, Any], object] | None = of_library.pop("converter", None)
        if unknown := of_library.keys() - WriterOptions.__annotations__.keys():
            known = ", ".join(WriterOptions.__annotations__)
            raise InvalidArgumentError(f"a packet writer has no option “{min(unknown)}”; it has {known}")
        set_options(lib.dmerp_packet_writer_set, owned.slot, of_library)
        self._owned, self._table, self._count_before = owned, "", 0

    def attribute(self, name: str, value: str) -> None:
        """Give the packet's root an attribute. This comes before the first table."""
        checked(lib.dmerp_packet_writer_attribute, self._idle().slot, utf8("name", name), utf8("value", value))

    def table(self, name: str, row_id: str | None = None) -> None:
        """Begin a table; each name once. The field `row_id` of a record is also written as DMS_ROWID, its primary key.

        After an error, records are refused until another table begins.
        """
        self._idle()
        self._table = ""
        try:
            names = utf8("name", name), None if row_id is None else utf8("row_id", row_id)
        except (TypeError, ValueError):
            lib.dmerp_packet_writer_table(self._open().slot, None, None, None)  # so that no record goes into the table before
            raise
        checked(lib.dmerp_packet_writer_table, self._open().slot, *names)
        self._table, self._count_before = name, self.count

    def record(
        self,
        fields: Mapping[str, object] | Row,
        status: RecordStatus = RecordStatus.INSERT,
        *,
        attributes: Mapping[str, object] | None = None,
        field_attributes: Mapping[str, Mapping[str, object]] | None = None,
    ) -> None:
        """Write a record: each field's name and value. After an error nothing of it is written, and the next can be.

        `attributes` are the record's, such as `directresponse`. `field_attributes` has those of fields by name, such as
        `{"PHONE": {"validate": True}}`. An attribute's value is written as a field's is; a bool is allowed. An attribute
        that is None is left out.
        """
        self._idle()
        self._begun()
        try:
            mapping = fields if isinstance(fields, dict) else _mapping(fields)
        except RowError as error:
            self._refuse(*error.args)
        names, values = tuple(mapping), list(mapping.values())
        if self._converter is not None:
            with self._writing("record"):
                values = _converted(self._converter, names, values)
        if attributes or field_attributes:
            self._record(names, values, RecordStatus(status), attributes or {}, field_attributes or {})
        else:
            self._rows(names, values, 1, RecordStatus(status))

    def records(
        self, source: Cursor | Iterable[Mapping[str, Any]] | Iterable[Row], status: RecordStatus = RecordStatus.INSERT
    ) -> int:
        """Write a record for each row, and tell how many: of a DB-API cursor after its query, or of mappings.

        Mappings are dicts, what `csv.DictReader` gives, rows with `keys()` such as `sqlite3.Row`, and so on. Open a CSV file
        with `encoding="utf-8-sig"`: a byte order mark would become part of the first name, which is refused. Each row is
        copied as it comes, so one dict may serve for all.

        The records before one that is refused stay written, and so do those before an exception of the source or of the
        converter. Up to 500 rows after one that is refused may have been read. So do not go on with the same source after an
        error: begin the packet anew, or use `record` for each row. The source and the converter cannot use this writer.
        """
        with self._writing("records"):
            try:
                return self._written(source, RecordStatus(status))
            except RowError as error:
                self._refuse(*error.args)

    def csv(self, path: str | os.PathLike[str], status: RecordStatus = RecordStatus.INSERT, delimiter: str = ",") -> int:
        """Write a record for each line of a CSV file, and tell how many. An empty value is a null.

        The file is as RFC 4180 says, in UTF-8, with or without a byte order mark. Its first line has the fields' names.
        """
        written, of_delimiter = c_uint64(), utf8("delimiter", delimiter)
        if len(of_delimiter) != 1:
            raise InvalidArgumentError("delimiter must be one ASCII character")
        with self._writing("csv"):
            rest = (RecordStatus(status), utf8("path", path), of_delimiter, written)
            checked(lib.dmerp_packet_writer_csv, self._open().slot, *rest)
        return written.value

    @property
    def count(self) -> int:
        """How many records are written so far, in all tables. Those of `$metadata` do not count."""
        return int(lib.dmerp_packet_writer_count(self._open().slot))

    def finish(self) -> None:
        """End the packet; the file of `to_file` appears. Nothing can be written after it, and a second call does nothing."""
        checked(lib.dmerp_packet_writer_finish, self._idle().slot)

    def content(self) -> bytes:
        """Finish the packet, and give it. One that is written to a file has none."""
        with Scoped(dmerp_buffer(), lib.dmerp_buffer_free) as buffer:
            checked(lib.dmerp_packet_writer_content, self._idle().slot, buffer)
            return content(buffer)

    def __exit__(self, *raised: object) -> None:
        try:
            if raised[0] is None and not self.closed:
                self.finish()
        finally:
            self.close()

    def _idle(self) -> Owned:
        if self._amid:  # a row would land in another table, or in a packet that is finished
            raise InvalidArgumentError(f"the packet writer is amid `{self._amid}`, and does nothing else until that ends")
        return self._open()

    @contextlib.contextmanager
    def _writing(self, method: str) -> Iterator[None]:
        self._idle()
        self._amid = method
        try:
            yield
        finally:
            self._amid = ""

    def _written(self, source: Any, status: RecordStatus) -> int:
        # A row's values are copied before the next row is asked for: a source may use one dict or list for all.
        written, size, convert = 0, 16, self._converter
        columns: tuple[str, ...] | None = None
        names: tuple[str, ...] = ()
        fields: Iterable[object]
        values: list[object] = []  # of `count` rows, which have these names
        count = 0

        def hand_over() -> None:
            nonlocal written, size, values, count
            of_rows, rows, values, count = values, count, [], 0
            if rows:
                used = self._rows(names, of_rows, rows, status)
                written += rows
                size = max(1, min(ROWS, rows * ROWS_BYTES // used))

        fetch = None if hasattr(source, "__iter__") else getattr(source, "fetchone", None)
        try:
            for row in iter(fetch, None) if fetch else source:
                if columns is None:
                    self._begun()
                    names = columns = _columns(source, row)
                if columns:
                    fields = row if type(row) is tuple and len(row) == len(columns) else _sequence(row, columns)
                else:
                    mapping = row if type(row) is dict else _mapping(row)
                    if (of_row := tuple(mapping)) != names:
                        hand_over()
                        names = of_row
                    fields = mapping.values()
                values += fields if convert is None else _converted(convert, names, fields)
                count += 1
                if count == size:
                    hand_over()
        finally:  # what came is written, also when the next could not be had
            hand_over()
        return written

    def _rows(self, names: tuple[str, ...], values: list[object], count: int, status: RecordStatus) -> int:
        # Many records in one call, since a call is dear. What is not plain goes record by record. Tells how many bytes it was.
        joined_names = _joined(names)
        joined = self._forms.joined(values) if joined_names else b""
        if joined:
            rest = (joined_names, len(joined_names), joined, len(joined), count, None)
            checked(lib.dmerp_packet_writer_rows, self._open().slot, status, *rest)
            return len(joined)
        for place in range(count):
            self._record(names, values[place * len(names) : (place + 1) * len(names)], status, {}, {})
        return ROWS_BYTES

    def _record(
        self,
        names: tuple[str, ...],
        values: Iterable[object],
        status: RecordStatus,
        attributes: Mapping[str, object],
        field_attributes: Mapping[str, Mapping[str, object]],
    ) -> None:
        fields: list[Any] = []
        for name, value in zip(names, values, strict=True):
            with self._placed():
                of_name = utf8("a field's name", name)
            with self._placed(name):
                of_value = dmerp_value() if value is None else given(self._text(value))
                fields.append((of_name, of_value, *self._attributes(field_attributes.get(name, {}))))
        for name in field_attributes.keys() - set(names):
            with self._placed(name):
                raise InvalidArgumentError("it has attributes, but the record has no such field")
        with self._placed():
            rest = ((dmerp_field * len(fields))(*fields), len(fields), *self._attributes(attributes))
        checked(lib.dmerp_packet_writer_record, self._open().slot, status, *rest)

    def _attributes(self, attributes: Mapping[str, object]) -> tuple[Any, int]:
        pairs: list[Any] = [
            (utf8("an attribute's name", name), utf8(f"the attribute {name}", self._text(it)))
            for name, it in attributes.items()
            if it is not None
        ]
        return (dmerp_attribute * len(pairs))(*pairs), len(pairs)

    def _text(self, value: object) -> str:
        return self._forms[type(value)](value)

    def _begun(self) -> None:
        if not self._table:  # the library tells it, before a converter is asked, and before what else is wrong
            checked(lib.dmerp_packet_writer_record, self._open().slot, RecordStatus.INSERT, None, 0, None, 0)

    def _refuse(self, problem: Exception) -> NoReturn:
        with self._placed():
            raise problem

    @contextlib.contextmanager
    def _placed(self, field: str | None = None) -> Iterator[None]:
        # What is refused here is told with its place, as the library does it.
        try:
            yield
        except (TypeError, ValueError, ArithmeticError) as error:
            kind = TypeError if isinstance(error, TypeError) else InvalidArgumentError
            place = f"table {self._table}, record {self.count - self._count_before + 1}"
            raise kind(f"{place}{'' if field is None else f', field {field}'}: {error}") from None


def _converted(convert: Callable[[str, Any], object], names: tuple[str, ...], values: Iterable[object]) -> list[object]:
    return [convert(*pair) for pair in zip(names, values, strict=True)]


@functools.lru_cache
def _joined(names: tuple[str, ...]) -> bytes:
    # Nothing, if a name is to be refused.
    good = all(isinstance(name, str) and "\0" not in name for name in names)
    return b"".join(encoded(name) + b"\0" for name in names) if good else b""


def _columns(source: Any, first: Any) -> tuple[str, ...]:
    # A cursor's; none if the rows are mappings. It is asked after the first row, since some know it only then.
    description = None if isinstance(first, Mapping) else getattr(source, "description", None)
    return tuple(column[0] for column in description or ())


def _sequence(row: Any, columns: tuple[str, ...]) -> tuple[object, ...]:
    try:
        values = tuple(row)
    except TypeError:
        raise RowError(TypeError(f"a cursor gives sequences, not a row of type {type(row).__name__}")) from None
    if len(values) != len(columns):
        raise RowError(InvalidArgumentError(f"the cursor has {len(columns)} columns, but gave a row of {len(values)} values"))
    return values


def _mapping(row: Any) -> dict[str, object]:
    if hasattr(row, "keys"):
        return dict(row)
    raise RowError(
        TypeError(
            f"a packet takes a DB-API cursor, or mappings such as dicts, not a row of type {type(row).__name__}: "
            "give the cursor itself, or make a dict of each row"
        )
    )
