"""Packets that are made of what a program has; Python's own XML parser is the judge of what is written."""

from __future__ import annotations

import csv
import datetime as dt
import io
import os
import random
import re
import sqlite3
import subprocess
import sys
import uuid
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from enum import Enum, Flag, IntEnum
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from conftest import NewClient, StartChild, finish
from sandbox import HANG, SOON, Sandbox

import dmerp
from dmerp import Client, InvalidArgumentError, PacketWriter, RecordStatus
from dmerp._marshal import checked
from dmerp._native import dmerp_field, dmerp_value, lib
from dmerp._values import Forms, Kind

Written = list[tuple[str, list[tuple[str | None, dict[str, str]]]]]


def tables(content: bytes) -> Written:
    """Each table's name, and its records with their status, as xml.etree reads them."""
    return [
        (
            table.attrib["tablename"],
            [(record.get("status"), {field.tag: field.text or "" for field in record}) for record in table],
        )
        for table in ET.fromstring(content)
    ]


def written(act: Callable[[PacketWriter], object], **options: Any) -> list[dict[str, str]]:
    """The fields of the records that are written into one table."""
    with PacketWriter(**options) as packet:
        packet.table("T")
        act(packet)
        ((_, records),) = tables(packet.content())
    return [fields for _, fields in records]


class PlainCursor:
    """What every DB-API cursor has."""

    def __init__(self, names: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
        self.description = [(name, None, None, None, None, None, None) for name in names]
        self._rows = iter(rows)

    def fetchone(self) -> Any:
        return next(self._rows, None)


class Cursor(PlainCursor):
    """What nearly every one has besides."""

    def __iter__(self) -> Iterator[Iterable[object]]:
        return self._rows


# The ways to write a record of one field A.
WAYS: dict[str, Callable[[PacketWriter, Any], object]] = {
    "record": lambda packet, value: packet.record({"A": value}),
    "record with an attribute": lambda packet, value: packet.record({"A": value}, attributes={"directresponse": True}),
    "mappings": lambda packet, value: packet.records([{"A": value}]),
    "cursor": lambda packet, value: packet.records(Cursor(["A"], [(value,)])),
    "plain cursor": lambda packet, value: packet.records(PlainCursor(["A"], [(value,)])),
}
each_way = pytest.mark.parametrize("write", WAYS.values(), ids=WAYS)


def test_a_packet() -> None:
    with PacketWriter("Ελένη") as packet:
        packet.attribute("synctype", "full & first")
        packet.table("ITEMS", row_id="NO")
        packet.record({"NO": "I1", "NAME": "<Salt> & 'pepper'"})
        packet.record({"NO": "I2", "NAME": None}, RecordStatus.DELETE)
        packet.table("PRICES")
        packet.record({"PRICE": ""}, RecordStatus.UPDATE)
        assert packet.count == 3
        content = packet.content()
    assert ET.fromstring(content).attrib == {"salesmancode": "Ελένη", "synctype": "full & first"}
    assert tables(content) == [
        (
            "ITEMS",
            [
                ("inserted", {"DMS_ROWID": "I1", "NO": "I1", "NAME": "<Salt> & 'pepper'"}),
                ("deleted", {"DMS_ROWID": "I2", "NO": "I2"}),
            ],
        ),
        ("PRICES", [("updated", {"PRICE": ""})]),
    ]
    assert list(tables(content)[0][1][0][1]) == ["NO", "NAME", "DMS_ROWID"]


def test_the_options() -> None:
    with PacketWriter(status="insert", state=True, metadata=True, empty_texts="omit", invalid_characters="replace") as packet:
        packet.table("T")
        packet.record({"A": "", "B": "\x02"})
        packet.record({"A": "1"}, RecordStatus.DELETE)
        (_, records), (metadata, _) = tables(packet.content())
    assert records == [("insert", {"B": "\N{REPLACEMENT CHARACTER}", "state": "1"}), ("delete", {"A": "1", "state": "3"})]
    assert metadata == "$metadata"


class ZoneOfPytz(dt.tzinfo):
    """Like pytz.timezone("Europe/Sofia"): it shows the local mean time, until `localize` puts another in its place."""

    def localize(self, value: dt.datetime) -> dt.datetime:
        return value.replace(tzinfo=SOFIA)

    def utcoffset(self, value: dt.datetime | None) -> dt.timedelta | None:
        return None if value is None else dt.timedelta(hours=1, minutes=33)

    dst = tzname = lambda *_: None

    def __str__(self) -> str:
        return "Europe/Sofia"


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"status": "new"}, InvalidArgumentError),
        ({"colour": "red"}, InvalidArgumentError),
        ({"state": None}, TypeError),
        ({"temp_dir": 1.5}, TypeError),
        ({"time_zone": None}, TypeError),  # it would be the machine's
        ({"time_zone": "Europe/Sofia"}, TypeError),
        ({"time_zone": ZoneOfPytz()}, TypeError),
    ],
)
def test_a_wrong_option_is_told(options: Any, problem: type[Exception]) -> None:
    with pytest.raises(problem, match=next(iter(options))):
        PacketWriter(**options)


def test_a_zone_of_pytz_is_told_with_what_to_give() -> None:
    with pytest.raises(TypeError, match=re.escape("give zoneinfo.ZoneInfo('Europe/Sofia')")):
        PacketWriter(time_zone=ZoneOfPytz())


def test_an_unknown_option_is_told_with_those_that_there_are() -> None:
    with pytest.raises(InvalidArgumentError, match="no option “stat”") as caught:
        PacketWriter(stat=True)  # type: ignore[call-arg]
    known = "status, state, metadata, empty_texts, invalid_characters, temp_dir, time_zone, converter"
    assert str(caught.value).endswith(f"it has {known}")


def test_a_large_packet_goes_to_the_temporary_folder(tmp_path: Path) -> None:
    with PacketWriter(temp_dir=tmp_path / "missing") as packet:
        packet.table("T")
        with pytest.raises(dmerp.FileError, match="missing"):
            packet.records({"A": "x" * 10_000} for _ in range(200))
        packet.close()


class Colour(Enum):
    RED = 1


class Text(str, Enum):
    RED = "red"


class Number(IntEnum):
    RED = 7


class Right(Flag):
    READ = 1
    WRITE = 2


class Word(str):
    __slots__ = ()


class Stamp(dt.datetime):
    pass


class NoOffset(dt.tzinfo):
    """A zone that does not know its offset, as each one that changes is for a time of day."""

    utcoffset = dst = tzname = lambda *_: None


SOFIA = dt.timezone(dt.timedelta(hours=2))
VALUES: list[tuple[Any, str]] = [
    ("text", "text"),
    ("", ""),
    (" two  spaces ", " two  spaces "),
    ("a\r\nb\rc\nd\te", "a\r\nb\rc\nd\te"),
    ("]]><![CDATA[&amp;\"'", "]]><![CDATA[&amp;\"'"),
    ("Ӝ \U0001f600 \N{REPLACEMENT CHARACTER}\x85\u2028", "Ӝ \U0001f600 \N{REPLACEMENT CHARACTER}\x85\u2028"),
    (Word("word"), "word"),
    (True, "true"),
    (False, "false"),
    (0, "0"),
    (-12, "-12"),
    (10**30, "1" + "0" * 30),
    (Decimal("12.50"), "12.50"),
    (Decimal("-1E+3"), "-1000"),
    (Decimal("1E-10"), "0.0000000001"),
    (0.1, "0.1"),
    (1.0, "1"),
    (-2.5, "-2.5"),
    (1e22, "1" + "0" * 22),
    (1.5e-7, "0.00000015"),
    (dt.date(2026, 11, 24), "2026-11-24"),
    (dt.date(1, 1, 1), "0001-01-01"),
    (dt.time(9, 42, 19), "09:42:19Z"),
    (dt.time(9, 42, 19, 382_999), "09:42:19.382"),
    (dt.time(9, 42, 19, tzinfo=dt.timezone.utc), "09:42:19Z"),
    (dt.datetime(2026, 11, 24, 9, 42, 19), "2026-11-24T09:42:19Z"),
    (dt.datetime(2026, 11, 24, 9, 42, 19, 382_999), "2026-11-24T09:42:19.382Z"),
    (dt.datetime(2026, 11, 24, 9, 42, 19, 999), "2026-11-24T09:42:19Z"),
    (dt.datetime(2026, 11, 24, 1, 42, 19, tzinfo=SOFIA), "2026-11-23T23:42:19Z"),
    (Stamp(2026, 11, 24), "2026-11-24T00:00:00Z"),
    (dt.datetime(2026, 11, 24, tzinfo=NoOffset()), "2026-11-24T00:00:00Z"),
    (b"\0\xff?", "AP8/"),
    (bytearray(b"\0\xff?"), "AP8/"),
    (memoryview(b"\0\xff?"), "AP8/"),
    (memoryview(b"\0-\xff-?-")[::2], "AP8/"),
    (uuid.UUID(int=1), "00000000-0000-0000-0000-000000000001"),
    (Colour.RED, "RED"),
    (Text.RED, "red"),
    (Number.RED, "7"),
    (Right.READ, "READ"),
]


@each_way
@pytest.mark.parametrize(("value", "text"), VALUES)
def test_values(write: Any, value: object, text: str) -> None:
    assert written(lambda packet: write(packet, value)) == [{"A": text}]


@each_way
def test_none_is_left_out(write: Any) -> None:
    assert written(lambda packet: write(packet, None)) == [{}]


CULTURES = ["de_DE", "bg_BG", "tr_TR"]


@pytest.mark.skipif(
    os.name == "nt" or not Path("/usr/share/i18n/locales/tr_TR").is_file(), reason="it needs localedef and its sources"
)
@pytest.mark.parametrize("culture", CULTURES)
def test_values_are_the_same_in_each_culture(start: StartChild, tmp_path: Path, culture: str) -> None:
    folder = tmp_path / f"{culture}.UTF-8"
    subprocess.run(["localedef", "-i", culture, "-f", "UTF-8", folder], check=False, capture_output=True, timeout=60)
    script = """
import datetime, decimal, locale
locale.setlocale(locale.LC_ALL, "")
assert locale.format_string("%.1f", 1.5) == "1,5"
with dmerp.PacketWriter() as packet:
    packet.table("T")
    values = [True, 1234567, decimal.Decimal("1234.50"), 1234.5, datetime.datetime(2026, 11, 24, 9, 42, 19, 5000)]
    packet.record({f"F{number}": value for number, value in enumerate(values)})
    print(packet.content().decode().partition("<F0>")[2])
    with dmerp.PacketReader(packet.content()) as reader:
        for record in reader:
            print(record.boolean("F0"), record.integer("F1"), record.decimal("F2"), record.real("F3"), record.instant("F4"))
"""
    child = start(script, LOCPATH=str(tmp_path), LC_ALL=f"{culture}.UTF-8", PYTHONUTF8="1")
    written, read = finish(child).split("</r>")
    texts = re.findall(">([^<]+)</F", "<F0>" + written)
    assert texts == ["true", "1234567", "1234.50", "1234.5", "2026-11-24T09:42:19.005Z"]
    assert read.splitlines()[-1] == "True 1234567 1234.50 1234.5 2026-11-24 09:42:19.005000+00:00"


def test_times_without_a_zone_are_of_the_time_zone() -> None:
    values = [dt.datetime(2026, 11, 24, 1, 30, tzinfo=zone) for zone in (None, NoOffset(), dt.timezone.utc)]
    records = written(lambda packet: packet.records({"A": value} for value in values), time_zone=SOFIA)
    assert [record["A"] for record in records] == ["2026-11-23T23:30:00Z"] * 2 + ["2026-11-24T01:30:00Z"]


class TwoHours(dt.tzinfo):
    """A zone whose clock shows each hour twice: the earlier one is an hour farther from UTC."""

    dst = tzname = lambda *_: None

    def utcoffset(self, value: dt.datetime | None) -> dt.timedelta | None:
        return None if value is None else dt.timedelta(hours=2 if value.fold else 3)


@pytest.mark.parametrize("zone", [None, TwoHours()])
def test_a_time_that_a_clock_shows_twice_is_told_by_its_fold(zone: dt.tzinfo | None) -> None:
    values = [dt.datetime(2026, 10, 25, 3, 30, tzinfo=zone, fold=fold) for fold in (0, 1)]
    records = written(lambda packet: packet.records({"A": value} for value in values), time_zone=TwoHours())
    assert [record["A"] for record in records] == ["2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"]


def milliseconds(value: dt.datetime) -> int:
    return (value - dt.datetime(1970, 1, 1, tzinfo=dt.timezone.utc)) // dt.timedelta(milliseconds=1)


def native(value: Any) -> dmerp_value:
    """A value as the library writes it by itself."""
    if isinstance(value, float):
        return dmerp_value(Kind.REAL, 0, 0, value)
    if isinstance(value, dt.datetime):
        return dmerp_value(Kind.INSTANT, 0, milliseconds(value))
    if isinstance(value, dt.date):
        return dmerp_value(Kind.DATE, 0, value.toordinal() - dt.date(1970, 1, 1).toordinal())
    if isinstance(value, dt.time):
        return dmerp_value(Kind.TIME, 0, milliseconds(dt.datetime.combine(dt.date(1970, 1, 1), value, dt.timezone.utc)))
    if isinstance(value, bytes):
        return dmerp_value(Kind.BYTES, 0, 0, 0.0, value, len(value))
    if isinstance(value, Decimal):
        _, digits, exponent = value.as_tuple()
        return dmerp_value(Kind.DECIMAL, -int(exponent), int("".join(map(str, digits))) * (-1 if value < 0 else 1))
    return dmerp_value(Kind.BOOL if isinstance(value, bool) else Kind.INTEGER, 0, value)


def test_values_are_written_as_the_library_writes_them() -> None:
    """So they are the same from every language."""
    chance = random.Random(10)
    utc = dt.timezone.utc
    values: list[Any] = [True, False, 0, -(2**63), 2**63 - 1, Decimal("0.00"), Decimal("-0.05"), Decimal("1234567.89")]
    values += [0.0, -0.0, 1e300, 5e-324, sys.float_info.max, 1 / 3, *[chance.uniform(-1e6, 1e6) for _ in range(100)]]
    values += [chance.random() * 10.0 ** chance.randint(-30, 30) for _ in range(100)]
    values += [dt.date.fromordinal(chance.randint(1, dt.date.max.toordinal())) for _ in range(100)]
    values += [dt.datetime(1, 1, 1, tzinfo=utc), dt.datetime(9999, 12, 31, 23, 59, 59, 999_000, tzinfo=utc)]
    values += [dt.datetime.fromtimestamp(chance.randint(0, 2**32) + chance.choice([0, 0.5]), utc) for _ in range(100)]
    values += [dt.time(chance.randint(0, 23), chance.randint(0, 59), 7, chance.choice([0, 1000])) for _ in range(100)]
    values += [b"", *[chance.randbytes(length) for length in range(1, 10)]]

    def write(packet: PacketWriter) -> None:
        for value in values:
            fields = (dmerp_field * 1)(dmerp_field(b"A", native(value)))
            checked(lib.dmerp_packet_writer_record, packet._open().slot, RecordStatus.INSERT, fields, 1, None, 0)

    forms = Forms(utc)
    assert [record["A"] for record in written(write)] == [forms[type(value)](value) for value in values]


# What is refused, the error's class, and what it says after the place.
REFUSED: list[tuple[Any, type[Exception], str]] = [
    ("a\0b", InvalidArgumentError, ""),
    ("\0", InvalidArgumentError, ""),
    ("\x01", InvalidArgumentError, ""),
    ("a\x01", InvalidArgumentError, ""),
    ("\x0b", InvalidArgumentError, ""),
    ("\uffff", InvalidArgumentError, ""),
    ("\ud83d", InvalidArgumentError, ""),
    ("\udcff", InvalidArgumentError, ""),
    ("\udcc3\udca9", InvalidArgumentError, ""),
    (float("nan"), InvalidArgumentError, "nan|NaN"),
    (float("-inf"), InvalidArgumentError, "-Infinity"),
    (Decimal("NaN"), InvalidArgumentError, "NaN"),
    (Decimal("sNaN"), InvalidArgumentError, "NaN"),
    (dt.time(1, tzinfo=SOFIA), InvalidArgumentError, "zone"),
    (dt.time(1, tzinfo=NoOffset()), InvalidArgumentError, "zone"),
    (Right(0), InvalidArgumentError, "Right.*no name"),
    ({1, 2}, TypeError, "set.*converter"),
    (dt.timedelta(1), TypeError, "timedelta.*converter"),
    (object, TypeError, "converter"),
]


@each_way
@pytest.mark.parametrize(("value", "problem", "says"), REFUSED)
def test_what_is_refused_is_told_with_its_place(write: Any, value: object, problem: type[Exception], says: str) -> None:
    def act(packet: PacketWriter) -> None:
        packet.record({"A": "first"})
        packet.table("ITEMS")
        packet.record({"A": "second"})
        with pytest.raises(problem, match=f"table ITEMS, record 2, field A.*: .*({says})") as caught:
            write(packet, value)
        assert "\n" not in str(caught.value)
        packet.record({"A": "third"})
        assert packet.count == 3

    with PacketWriter() as packet:
        packet.table("T")
        act(packet)
        (_, first), (_, rest) = tables(packet.content())
    assert [fields["A"] for _, fields in [*first, *rest]] == ["first", "second", "third"]


@pytest.mark.parametrize("value", ["\0", "\x01", "a\x01\0b", "\udcc3\udca9", "\uffff"])
@each_way
def test_what_xml_cannot_carry_is_replaced_on_request(write: Any, value: str) -> None:
    text = re.sub("[\0\x01\udca9\udcc3\uffff]", "\N{REPLACEMENT CHARACTER}", value)
    assert written(lambda packet: write(packet, value), invalid_characters="replace") == [{"A": text}]


def test_records_before_the_one_that_is_refused_stay() -> None:
    def act(packet: PacketWriter) -> None:
        rows = [{"A": str(number) if number != 700 else "\0"} for number in range(1000)]
        with pytest.raises(InvalidArgumentError, match="table T, record 701, field A"):
            packet.records(rows)
        assert packet.records(rows[701:]) == 299

    assert [record["A"] for record in written(act)] == [str(number) for number in range(1000) if number != 700]


def fail_at(number: int) -> Callable[[int], int]:
    def take(value: int) -> int:
        if value == number:
            raise OSError("the connection is lost")
        return value

    return take


@pytest.mark.parametrize("number", [0, 1, 16, 17, 700])
@pytest.mark.parametrize("alike", [True, False])
@pytest.mark.parametrize("source", [True, False])
def test_the_records_before_a_source_or_converter_that_fails_are_written(source: bool, alike: bool, number: int) -> None:
    fail = fail_at(number)

    def act(packet: PacketWriter) -> None:
        values = map(fail, range(1000)) if source else range(1000)
        with pytest.raises(OSError, match="the connection is lost"):
            packet.records({"A": value} if alike else {"A": value, f"B{value}": None} for value in values)
        assert packet.count == number

    options = {} if source else {"converter": lambda _, value: fail(value)}
    assert written(act, **options) == [{"A": str(value)} for value in range(number)]


def test_the_rows_before_a_cursor_that_fails_are_written() -> None:
    def act(packet: PacketWriter) -> None:
        with pytest.raises(OSError, match="the connection is lost"):
            packet.records(Cursor("A", ((value,) for value in map(fail_at(600), range(1000)))))
        assert packet.count == 600

    assert len(written(act)) == 600


MAPPINGS = "a packet takes a DB-API cursor, or mappings .*, not a row of type"


@pytest.mark.parametrize(
    ("act", "problem", "says"),
    [
        (lambda packet: packet.attribute("a", "b"), InvalidArgumentError, "too late"),
        (lambda packet: packet.record({"no name": 1}), InvalidArgumentError, "table T, record 1.*no name"),
        (lambda packet: packet.records([{"no name": 1}]), InvalidArgumentError, "table T, record 1.*no name"),
        (lambda packet: packet.record({"": 1}), InvalidArgumentError, "table T, record 1"),
        (lambda packet: packet.record({"a\0b": 1}), InvalidArgumentError, "table T, record 1: .*NUL"),
        (lambda packet: packet.record({1: 1}), TypeError, "table T, record 1: .* must be a str, not int"),
        (lambda packet: packet.record({"A": 1}, RecordStatus.NONE), InvalidArgumentError, "an insert, an update"),
        (lambda packet: packet.record({"A": 1}, 99), ValueError, "99"),
        (
            lambda packet: packet.record({"A": 1}, "insert"),
            ValueError,
            "'insert' is no RecordStatus; it has NONE, INSERT, UPDATE",
        ),
        (lambda packet: packet.records([], "insert"), ValueError, "'insert' is no RecordStatus; it has NONE, INSERT, UPDATE"),
        (lambda packet: packet.record({"A": 1}, attributes={"b": {}}), TypeError, "table T, record 1: .*dict"),
        (
            lambda packet: packet.record({"A": 1}, attributes={"b": "\0"}),
            InvalidArgumentError,
            "table T, record 1: .*attribute b",
        ),
        (lambda packet: packet.record({"A": 1}, field_attributes={"B": {"c": 1}}), InvalidArgumentError, "field B: .*no such"),
        (lambda packet: packet.records(Cursor("AA", [(1, 2)])), InvalidArgumentError, "table T, record 1, field A"),
        (
            lambda packet: packet.records([object()]),
            TypeError,
            "cursor, or mappings .* not a row of type object: give the cursor",
        ),
        (
            lambda packet: packet.records([(1, 2)]),
            TypeError,
            "cursor, or mappings .* not a row of type tuple: give the cursor",
        ),
        (lambda packet: packet.record([("A", 1)]), TypeError, f"table T, record 1: {MAPPINGS} list: .* a dict"),
        (lambda packet: packet.records(17), TypeError, "int"),
        (lambda packet: packet.csv("missing.csv"), dmerp.FileError, "missing.csv"),
        (lambda packet: packet.csv("missing.csv", delimiter=";;"), InvalidArgumentError, "delimiter"),
    ],
)
def test_misuse_is_told_and_writes_nothing(act: Any, problem: type[Exception], says: str) -> None:
    with PacketWriter() as packet:
        packet.table("T")
        with pytest.raises(problem, match=says):
            act(packet)
        assert packet.count == 0
        packet.record({"A": 1})
        assert tables(packet.content()) == [("T", [("inserted", {"A": "1"})])]


@pytest.mark.parametrize(
    ("name", "row_id", "problem", "says"),
    [
        ("T", None, InvalidArgumentError, "table T: "),
        ("", None, InvalidArgumentError, "name"),
        ("A\0", None, InvalidArgumentError, "name holds a NUL"),
        ("A", "B\0", InvalidArgumentError, "row_id holds a NUL"),
        (1, None, TypeError, "name must be a str"),
    ],
)
def test_a_table_that_is_refused_has_no_records(name: Any, row_id: Any, problem: type[Exception], says: str) -> None:
    with PacketWriter() as packet:
        packet.table("T")
        with pytest.raises(problem, match=says):
            packet.table(name, row_id)
        for write in WAYS.values():
            for value in ("x", object()):
                with pytest.raises(InvalidArgumentError, match="the last table was refused"):
                    write(packet, value)
        packet.table("U")
        packet.record({"A": 1})
        assert tables(packet.content()) == [("T", []), ("U", [("inserted", {"A": "1"})])]


def test_a_record_needs_a_table() -> None:
    with PacketWriter() as packet:
        for write in WAYS.values():
            refused: tuple[Any, ...] = (1, {}, "\0")
            for value in refused:
                with pytest.raises(InvalidArgumentError, match="a record is in a table: begin one first"):
                    write(packet, value)
        packet.table("T")
        packet.record({"A": 1})
        assert packet.count == 1


@each_way
def test_no_converter_is_asked_without_a_table(write: Any) -> None:
    asked: list[object] = []
    with PacketWriter(converter=lambda _, value: asked.append(value)) as packet:
        with pytest.raises(InvalidArgumentError, match="a record is in a table: begin one first"):
            write(packet, 1)
        assert asked == []


def test_attributes() -> None:
    with PacketWriter() as packet:
        packet.table("T")
        packet.record(
            {"A": 1, "B": "x"},
            attributes={"directresponse": True, "note": '<&"\n', "none": None},
            field_attributes={"B": {"validate": False}},
        )
        ((record,),) = ET.fromstring(packet.content())
    assert record.attrib == {"status": "inserted", "directresponse": "true", "note": '<&"\n'}
    assert [(field.tag, field.attrib, field.text) for field in record] == [("A", {}, "1"), ("B", {"validate": "false"}, "x")]


@each_way
def test_a_converter(write: Any) -> None:
    asked = []

    def convert(name: str, value: object) -> object:
        asked.append((name, value))
        return sorted(value) if isinstance(value, set) else "J" if value is True else value

    for value, text in (({3, 1}, TypeError), (True, "J"), (None, None), (5, "5")):
        del asked[:]
        if text is TypeError:
            with pytest.raises(TypeError, match="list"):
                written(lambda packet, given=value: write(packet, given), converter=convert)  # type: ignore[misc]
        else:
            records = written(lambda packet, given=value: write(packet, given), converter=convert)  # type: ignore[misc]
            assert records == [{} if text is None else {"A": text}]
        assert asked == [("A", value)]


def test_a_database_cursor() -> None:
    database = sqlite3.connect(":memory:")
    database.execute("CREATE TABLE items (no TEXT, price REAL, stock INTEGER, picture BLOB, note TEXT)")
    rows = [(f"I{number}", number / 4, number, bytes([number % 256]), None) for number in range(1200)]
    database.executemany("INSERT INTO items VALUES (?, ?, ?, ?, ?)", rows)
    query = "SELECT no AS NO, price AS PRICE, stock AS STOCK, picture AS PICTURE, note AS NOTE FROM items ORDER BY stock"
    made = []
    for factory in (
        None,
        sqlite3.Row,
        lambda cursor, row: dict(zip(next(zip(*cursor.description, strict=True)), row, strict=True)),
    ):
        database.row_factory = factory
        made.append(written(lambda packet: packet.records(database.execute(query))))
    database.row_factory = sqlite3.Row
    rows_of_it: list[sqlite3.Row] = database.execute(query).fetchall()
    database.close()
    made.append(written(lambda packet: packet.records(rows_of_it)))

    def write(packet: PacketWriter) -> None:
        for row in rows_of_it:
            packet.record(row)

    made.append(written(write))
    assert made[1:] == [made[0]] * 4
    assert len(made[0]) == 1200
    assert made[0][5] == {"NO": "I5", "PRICE": "1.25", "STOCK": "5", "PICTURE": "BQ=="}


def test_mappings_of_different_fields() -> None:
    mappings: list[Mapping[str, object]] = [
        {"A": 1, "B": 2},
        {"B": 3, "A": 4},
        OrderedDict(B=5, A=6),
        {},
        {"C": 7},
        {"A": 8, "B": None},
    ]
    records = written(lambda packet: packet.records(mappings))
    assert [list(record.items()) for record in records] == [
        [("A", "1"), ("B", "2")],
        [("B", "3"), ("A", "4")],
        [("B", "5"), ("A", "6")],
        [],
        [("C", "7")],
        [("A", "8")],
    ]


def one_dict(values: Iterable[object]) -> Iterator[dict[str, object]]:
    row: dict[str, object] = {}
    for value in values:
        row["A"] = value
        yield row


def one_list(values: Iterable[object]) -> Cursor:
    row: list[object] = [None]

    def rows() -> Iterator[list[object]]:
        for value in values:
            row[0] = value
            yield row

    return Cursor("A", rows())


@pytest.mark.parametrize("source", [one_dict, one_list])
@pytest.mark.parametrize("options", [{}, {"converter": lambda _, value: value}])
def test_a_source_may_use_one_object_for_all_rows(source: Any, options: Any) -> None:
    values = [*range(1000), object(), *range(1000, 1010)]

    def act(packet: PacketWriter) -> None:
        with pytest.raises(TypeError, match=r"table T, record 1001, field A: .*type builtins\.object"):
            packet.records(source(values))
        packet.records(source(values[1001:]))

    assert written(act, **options) == [{"A": str(value)} for value in range(1010)]


def test_one_dict_of_changing_fields() -> None:
    def rows() -> Iterator[dict[str, int]]:
        row: dict[str, int] = {}
        for number in range(5):
            row[f"F{number // 2}"] = number
            yield row

    assert written(lambda packet: packet.records(rows())) == [
        {"F0": "0"},
        {"F0": "1"},
        {"F0": "1", "F1": "2"},
        {"F0": "1", "F1": "3"},
        {"F0": "1", "F1": "3", "F2": "4"},
    ]


@pytest.mark.parametrize("before", [0, 1, 16, 20, 700])
@pytest.mark.parametrize(
    ("of_cursor", "wrong", "problem", "says"),
    [
        (False, None, TypeError, f"{MAPPINGS} NoneType"),
        (False, ["A"], TypeError, f"{MAPPINGS} list"),
        (False, ("A",), TypeError, f"{MAPPINGS} tuple"),
        (False, "A", TypeError, f"{MAPPINGS} str"),
        (False, 7, TypeError, f"{MAPPINGS} int"),
        (True, 7, TypeError, "a cursor gives sequences, not a row of type int"),
        (True, (), InvalidArgumentError, "the cursor has 1 columns, but gave a row of 0 values"),
        (True, (1, 2), InvalidArgumentError, "the cursor has 1 columns, but gave a row of 2 values"),
    ],
)
def test_a_wrong_row_is_told_with_its_place(
    of_cursor: bool, wrong: Any, problem: type[Exception], says: str, before: int
) -> None:
    def act(packet: PacketWriter) -> None:
        rows: list[Any] = [(value,) if of_cursor else {"A": value} for value in range(before)]
        source: Any = [*rows, wrong, *rows]
        with pytest.raises(problem, match=f"^table T, record {before + 1}: {says}"):
            packet.records(Cursor("A", source) if of_cursor else source)
        assert packet.count == before

    assert written(act) == [{"A": str(value)} for value in range(before)]


def test_records_tells_how_many() -> None:
    counts: list[int] = []

    def act(packet: PacketWriter) -> None:
        counts.extend(packet.records({"A": number} for number in range(size)) for size in (0, 1, 16, 17, 2000))

    assert len(written(act)) == sum(counts)
    assert counts == [0, 1, 16, 17, 2000]


def test_a_csv_file(tmp_path: Path) -> None:
    text = 'A,B\r\n1,"a ""quoted"", b"\r\n2,\r\n"3\n4",x\r\n'
    (tmp_path / "a.csv").write_text(text, encoding="utf-8", newline="")
    rows = csv.DictReader(io.StringIO(text, newline=""))
    by_python = written(lambda packet: packet.records(rows), empty_texts="omit")
    assert by_python == written(lambda packet: packet.csv(tmp_path / "a.csv"))
    assert by_python == [{"A": "1", "B": 'a "quoted", b'}, {"A": "2"}, {"A": "3\n4", "B": "x"}]
    (tmp_path / "b.csv").write_text("A;B\n1;2\n", encoding="utf-8-sig")
    counts: list[int] = []
    records = written(lambda packet: counts.append(packet.csv(tmp_path / "b.csv", RecordStatus.UPDATE, delimiter=";")))
    assert (counts, records) == ([1], [{"A": "1", "B": "2"}])


def test_a_byte_order_mark_is_no_part_of_a_name(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("A,B\n1,2\n", encoding="utf-8-sig")
    with path.open(encoding="utf-8", newline="") as file, PacketWriter() as packet:
        packet.table("T")
        with pytest.raises(InvalidArgumentError, match=r"table T, record 1, field \\u\{feff\}A: .*no XML name"):
            packet.records(csv.DictReader(file))
    with path.open(encoding="utf-8-sig", newline="") as again:
        assert written(lambda packet: packet.records(csv.DictReader(again))) == [{"A": "1", "B": "2"}]


def use(packet: PacketWriter, client: Client) -> dict[str, Callable[[], object]]:
    return {
        "attribute": lambda: packet.attribute("a", "x"),
        "table": lambda: packet.table("TWO"),
        "record": lambda: packet.record({"A": "x"}),
        "records": lambda: packet.records([{"A": "x"}]),
        "csv": lambda: packet.csv("missing.csv"),
        "finish": packet.finish,
        "content": packet.content,
        "push_packet": lambda: client.push_packet(packet),
    }


USES = ["attribute", "table", "record", "records", "csv", "finish", "content", "push_packet"]


@pytest.mark.parametrize("name", USES)
@pytest.mark.parametrize("what", ["source", "cursor", "converter", "converter of record"])
def test_what_gives_the_rows_cannot_use_the_writer(client: Client, what: str, name: str) -> None:
    def act() -> None:
        with pytest.raises(InvalidArgumentError, match=f"^the packet writer is amid `{method}`"):
            use(packet, client)[name]()
        assert packet.count <= 2

    def rows() -> Iterator[int]:
        for number in range(3):
            if number == 2 and what in ("source", "cursor"):
                act()
            yield number

    def convert(_: str, value: object) -> object:
        if value == 2 and "converter" in what:
            act()
        return value

    method = "record" if what == "converter of record" else "records"
    with PacketWriter(converter=convert) as packet:
        packet.table("ONE")
        if what == "cursor":
            packet.records(Cursor("A", ((number,) for number in rows())))
        elif method == "records":
            packet.records({"A": number} for number in rows())
        else:
            for number in rows():
                packet.record({"A": number})
        packet.table("TWO")
        (_, records), two = tables(packet.content())
    assert [fields["A"] for _, fields in records] == ["0", "1", "2"]
    assert two == ("TWO", [])


def test_a_source_that_uses_the_writer_and_fails_leaves_it_free() -> None:
    def rows(packet: PacketWriter) -> Iterator[dict[str, object]]:
        yield {"A": 1}
        packet.table("TWO")

    def act(packet: PacketWriter) -> None:
        with pytest.raises(InvalidArgumentError, match="amid `records`"):
            packet.records(rows(packet))
        packet.record({"A": 2})

    assert written(act) == [{"A": "1"}, {"A": "2"}]


class UsingPath(os.PathLike[str]):
    """A path that does something when it is asked for."""

    def __init__(self, path: Path, act: Callable[[], object]) -> None:
        self._path, self._act = path, act

    def __fspath__(self) -> str:
        self._act()
        return str(self._path)


@pytest.mark.parametrize("name", USES)
def test_the_writer_cannot_be_used_amid_csv(client: Client, tmp_path: Path, name: str) -> None:
    def act() -> None:
        with pytest.raises(InvalidArgumentError, match=r"^the packet writer is amid `csv`"):
            use(packet, client)[name]()

    (tmp_path / "a.csv").write_text("A\n1\n", encoding="utf-8")
    with PacketWriter() as packet:
        packet.table("T")
        assert packet.csv(UsingPath(tmp_path / "a.csv", act)) == 1
        assert tables(packet.content()) == [("T", [("inserted", {"A": "1"})])]


def test_a_csv_line_with_too_many_values_is_told() -> None:
    rows = csv.DictReader(io.StringIO("A,B\n1,2\n1,2,3\n"))
    with PacketWriter() as packet:
        packet.table("T")
        with pytest.raises(TypeError, match="table T, record 2: a field's name must be a str, not NoneType"):
            packet.records(rows)


def test_a_file_appears_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "items.xml"
    path.write_bytes(b"older")
    with PacketWriter.to_file(path, "anna") as packet:
        packet.table("T")
        packet.records({"A": number} for number in range(50_000))
        assert path.read_bytes() == b"older"
        packet.finish()
        assert len(tables(path.read_bytes())[0][1]) == 50_000
        packet.finish()
        for act in (lambda: packet.record({"A": 1}), lambda: packet.table("U"), packet.content):
            with pytest.raises(InvalidArgumentError):
                act()
    assert list(tmp_path.iterdir()) == [path]


def test_an_exception_leaves_no_half_packet(tmp_path: Path) -> None:
    def write() -> None:
        with PacketWriter.to_file(tmp_path / "items.xml") as packet:
            packet.table("T")
            packet.records({"A": number // (9_000 - number)} for number in range(10_000))

    with pytest.raises(ZeroDivisionError):
        write()
    assert list(tmp_path.iterdir()) == []
    assert dmerp.live_handles() == 0


def test_a_writer_that_is_dropped_leaves_nothing(tmp_path: Path) -> None:
    packet = PacketWriter.to_file(tmp_path / "items.xml")
    packet.table("T")
    assert dmerp.live_handles() == 1
    del packet
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    with pytest.raises(dmerp.FileError, match="missing"):
        PacketWriter.to_file(tmp_path / "missing" / "items.xml")


def test_use_after_close_is_told() -> None:
    packet = PacketWriter()
    packet.close()
    packet.close()
    for act in (packet.content, packet.finish, lambda: packet.table("T"), lambda: packet.record({}), packet.__enter__):
        with pytest.raises(dmerp.InvalidHandleError, match="the packet writer is closed"):
            act()


def some(packet: PacketWriter) -> None:
    packet.table("T", row_id="A")
    packet.records({"A": number, "B": "ж" * number} for number in range(100))


def test_push_packet(sandbox: Sandbox, client: Client, tmp_path: Path) -> None:
    with PacketWriter("Ελένη") as packet, PacketWriter.to_file(tmp_path / "items.xml") as of_file:
        some(packet)
        some(of_file)
        pushed = client.push_packet(packet, packet_id="first")
        assert pushed == dmerp.Pushed("first", pushed.sync_log_id, len(packet.content()))
        assert sandbox.content("Ελένη", "first") == packet.content()
        client.push_packet(packet, "anna", packet_id="second")
        assert sandbox.content("anna", "second") == packet.content()
        client.push_packet(of_file, "anna", packet_id="third")
        assert sandbox.content("anna", "third") == (tmp_path / "items.xml").read_bytes()
        with pytest.raises(InvalidArgumentError, match="mobile user"):
            client.push_packet(of_file)


def test_a_push_that_failed_is_repeated_with_the_same_packet(sandbox: Sandbox, new_client: NewClient) -> None:
    client = new_client(retry_max_attempts=1)
    with PacketWriter("anna") as packet:
        some(packet)
        sandbox.fault({"status": {"code": 503}}, on="storage")
        with pytest.raises(dmerp.ServerError) as caught:
            client.push_packet(packet, packet_id="order")
        assert caught.value.packet_id == "order"
        client.push_packet(packet, packet_id="order")
        assert sandbox.content("anna", "order") == packet.content()


def test_a_push_that_was_cancelled_is_repeated_with_the_same_packet(sandbox: Sandbox, client: Client) -> None:
    call = dmerp.Call()
    with PacketWriter("anna") as packet, ThreadPoolExecutor(1) as pool:
        some(packet)
        sandbox.fault(**HANG)
        push = pool.submit(client.push_packet, packet, packet_id="order", call=call)
        sandbox.await_request()
        call.cancel()
        with pytest.raises(dmerp.CancelledError):
            push.result(SOON)
        sandbox.heal()
        client.push_packet(packet, packet_id="order")
        assert sandbox.content("anna", "order") == packet.content()


def test_a_packet_that_is_closed_amid_its_push_is_pushed(sandbox: Sandbox, client: Client) -> None:
    sandbox.fault({"delay": {"ms": 300}}, on="portal")
    packet = PacketWriter("anna")
    some(packet)
    with ThreadPoolExecutor(1) as pool:
        push = pool.submit(client.push_packet, packet, packet_id="order")
        sandbox.await_request()
        packet.close()
        assert push.result(SOON).packet_id == "order"
    assert len(tables(sandbox.content("anna", "order"))[0][1]) == 100


# In a process of its own, which can be ended if it waits for itself.
PUSH_AND_USE = """
told = set()
with new_client() as erp, dmerp.PacketWriter("anna") as packet:
    packet.table("T")
    packet.records({"A": number} for number in range(2000))

    def push():
        try:
            erp.push_packet(packet, call=dmerp.Call(timeout=5.0, progress=lambda _: told.add(eval(sys.argv[2]))))
        except ValueError as error:
            told.add(str(error))

    if sys.argv[1] == "main":
        push()
    else:
        thread = threading.Thread(target=push)
        thread.start()
        thread.join()
print(*told)
"""


@pytest.mark.parametrize("thread", ["main", "another"])
def test_a_progress_callback_can_ask_for_the_count_of_the_packet(start: StartChild, thread: str) -> None:
    assert finish(start(PUSH_AND_USE, thread, "packet.count")) == "2000\n"


@pytest.mark.parametrize("thread", ["main", "another"])
@pytest.mark.parametrize("use", ["packet.content()", "packet.finish()", "erp.push_packet(packet)"])
def test_a_progress_callback_can_do_nothing_else_with_the_packet(start: StartChild, thread: str, use: str) -> None:
    assert "is being pushed" in finish(start(PUSH_AND_USE, thread, use))


def test_a_kept_exception_keeps_no_packet(client: Client) -> None:
    with PacketWriter() as packet, pytest.raises(InvalidArgumentError) as caught:
        client.push_packet(packet)
    client.close()
    assert dmerp.live_handles() == 0
    assert "mobile user" in str(caught.value)


def test_a_packet_comes_back_as_it_was_made(sandbox: Sandbox, new_client: NewClient) -> None:
    client = new_client(receive_memory_bytes=1_000)
    made = [{"NO": str(number), "TEXT": "ж\r\n<" * (number % 7)} for number in range(3000)]
    with PacketWriter("anna") as packet:
        packet.table("ITEMS")
        packet.records(made)
        sandbox.send(packet.content())
    with client.receive(format=dmerp.Format.XML) as receiver:
        for received in receiver:
            with received.read() as reader:
                received.done()
                assert reader.mobile_user == "anna"
                assert [record.as_dict() for record in reader] == made


def random_text(chance: random.Random) -> str:
    kinds = ["ab c", "\t\n\r ", "<>&\"'", "]]>", "ЖäΩ", "\U0001f600\U00010ffd", "\x7f\x85\xa0\ud7ff\ue000\ufffd", "\u2028"]
    return "".join(chance.choice(chance.choice(kinds)) for _ in range(chance.randint(0, 12)))


@pytest.mark.parametrize("seed", range(10))
def test_what_is_written_is_read_alike_by_xml_etree_and_the_reader(seed: int) -> None:
    chance = random.Random(seed)
    names = ["A", "B-1", "_c.d", "Ж", "DMS_ROWID", "state"]
    made = [
        {name: random_text(chance) for name in chance.sample(names, chance.randint(0, 6))}
        for _ in range(chance.randint(1, 700))
    ]
    attributes = [{"note": random_text(chance)} if chance.random() < 0.1 else None for _ in made]
    with PacketWriter(random_text(chance) or None) as packet:
        packet.table("T")
        for fields, of_record in zip(made, attributes, strict=True):
            packet.record(fields, attributes=of_record)
        packet.table("U")
        packet.records(made)
        content = packet.content()
    assert [[fields for _, fields in records] for _, records in tables(content)] == [made, made]
    assert dmerp.check_packet(content) == []
    with dmerp.PacketReader(content) as reader:
        read = [(record.as_dict(), record.attributes or None) for record in reader]
    assert read == [*zip(made, attributes, strict=True), *[(fields, None) for fields in made]]
