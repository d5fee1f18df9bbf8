"""Packets that are read: what senders write is taken, what would be lost is told."""

from __future__ import annotations

import copy
import datetime as dt
import pickle
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sandbox import Sandbox

import dmerp
from dmerp import BadPacketError, Client, InvalidArgumentError, Mistake, PacketReader, Record, RecordStatus, check_packet

UTC = dt.timezone.utc


def packet(*tables: str, root: str = "") -> bytes:
    return f"<NavMobileSync{root}>{''.join(tables)}</NavMobileSync>".encode()


def table(*records: str, name: str = "T") -> str:
    return f'<table tablename="{name}">{"".join(records)}</table>'


def read(content: Any, **options: Any) -> list[Record]:
    with PacketReader(content, **options) as reader:
        return list(reader)


def one(fields: str) -> Record:
    (record,) = read(packet(table(f"<r>{fields}</r>")))
    return record


def test_records() -> None:
    content = packet(
        "\n",
        table(
            '<r status="insert"><NO>1</NO><NAME>a &lt; &#x416; <![CDATA[<b>]]></NAME></r>',
            "\n",
            '<r status="deleted"><NO/></r>',
        ),
        table("<r/>", name="U"),
        root=' salesmancode="anna" type="full"',
    )
    with PacketReader(content) as reader:
        assert reader.mobile_user == "anna"
        assert reader.attributes == {"salesmancode": "anna", "type": "full"}
        first, second, third = reader
        assert reader.skipped == 0
    assert [(each.table, each.number, each.line, each.element) for each in (first, second, third)] == [
        ("T", 1, 2, "r"),
        ("T", 2, 3, "r"),
        ("U", 1, 3, "r"),
    ]
    assert [each.as_dict() for each in (first, second, third)] == [{"NO": "1", "NAME": "a < Ж <b>"}, {"NO": ""}, {}]
    assert [each.status for each in (first, second, third)] == [RecordStatus.INSERT, RecordStatus.DELETE, RecordStatus.NONE]


def test_a_record_is_a_mapping_of_what_is_not_null() -> None:
    record, other = read(packet(table("<r><A>1</A><B>2</B></r>", "<r><B>2</B><C/></r>")))
    assert isinstance(record, Mapping)
    assert (record["A"], record.get("B"), record.get("C"), record.get("D", "none")) == ("1", "2", None, "none")
    assert list(record) == ["A", "B"]
    assert list(other.items()) == [("B", "2"), ("C", "")]
    assert (len(record), len(other), "A" in record, "A" in other) == (2, 2, True, False)
    for name in ("A", "D"):
        with pytest.raises(KeyError, match=name):
            other[name]
    assert record == {"A": "1", "B": "2"} == dict(record) == record.as_dict()
    assert record != other
    assert repr(other) == "<dmerp.Record, table T, record 2: {'B': '2', 'C': ''}>"


STATUSES = {
    "insert": RecordStatus.INSERT,
    "inserted": RecordStatus.INSERT,
    "update": RecordStatus.UPDATE,
    "updated": RecordStatus.UPDATE,
    "delete": RecordStatus.DELETE,
    "deleted": RecordStatus.DELETE,
    "read": RecordStatus.READ,
}


@pytest.mark.parametrize("status", STATUSES)
def test_a_status(status: str) -> None:
    (record,) = read(packet(table(f'<r status="{status}"/>')))
    assert (record.status, record.attributes) == (STATUSES[status], {})


def test_an_unknown_status_is_kept() -> None:
    (record,) = read(packet(table('<r status="moved"><A>1</A></r>')))
    assert (record.status, record.attributes, record["A"]) == (RecordStatus.OTHER, {"status": "moved"}, "1")


def test_the_mobile_user_in_the_other_spelling_or_none() -> None:
    for root, mobile_user in ((' salesmanCode="Ελένη"', "Ελένη"), ("", None)):
        with PacketReader(packet(root=root)) as reader:
            assert reader.mobile_user == mobile_user
            assert list(reader) == []


def test_attributes_are_kept() -> None:
    content = packet(
        table("<r><A>0</A></r>", '<r directresponse="true"><A validate="1" x="&quot;">1</A><B/></r>', "<r><A>2</A></r>")
    )
    first, second, third = read(content)
    assert (second.attributes, second.field_attributes("A")) == ({"directresponse": "true"}, {"validate": "1", "x": '"'})
    assert [second.field_attributes(name) for name in "BC"] == [{}, {}]
    assert (first.attributes, third.attributes, third.field_attributes("A")) == ({}, {}, {})
    assert [(each["A"], each.number) for each in (first, second, third)] == [("0", 1), ("1", 2), ("2", 3)]
    assert second.as_dict() == {"A": "1", "B": ""}


def test_system_tables_and_other_elements_are_no_data_unless_asked_for() -> None:
    content = packet(
        table("<packet><timestamp>1</timestamp></packet>", name="$metadata"), table("<r><A>1</A></r>", "<x><B>2</B></x>")
    )
    with PacketReader(content) as reader:
        assert [record.as_dict() for record in reader] == [{"A": "1"}]
        assert reader.skipped == 1
    assert [(each.table, each.element) for each in read(content, system_tables=True)] == [("$metadata", "packet"), ("T", "r")]
    kept = read(content, unknown_elements="keep")
    assert [(each.element, each.as_dict()) for each in kept] == [("r", {"A": "1"}), ("x", {"B": "2"})]


def test_many_records_of_changing_fields() -> None:
    made = [{name: f"{name}{number}" for name in "ABC"[: number % 4]} for number in range(5000)]
    rows = ["<r>" + "".join(f"<{name}>{text}</{name}>" for name, text in fields.items()) + "</r>\n" for fields in made]
    records = read(packet(table("\n", *rows)))
    assert [record.as_dict() for record in records] == made
    assert [record.number for record in records] == list(range(1, 5001))
    assert [record.line for record in records] == list(range(2, 5002))


def test_many_texts_of_all_lengths() -> None:
    made = [{"A": "Ж" * (number % 90)} | ({"B": "b" * 20_000} if number % 50 == 0 else {}) for number in range(1000)]
    rows = ["<r>" + "".join(f"<{name}>{text}</{name}>" for name, text in fields.items()) + "</r>" for fields in made]
    assert [record.as_dict() for record in read(packet(table(*rows)))] == made


@pytest.mark.parametrize("of", [bytes, bytearray, memoryview, lambda content: memoryview(bytearray(content))])
def test_any_bytes(of: Any) -> None:
    assert [record["A"] for record in read(of(packet(table("<r><A>1</A></r>"))))] == ["1"]


def test_a_file(tmp_path: Path) -> None:
    path = tmp_path / "orders.xml"
    path.write_bytes(packet(table("<r><A>1</A></r>")))
    assert [record["A"] for record in read(path)] == ["1"]
    with pytest.raises(dmerp.FileError, match="missing"):
        PacketReader(tmp_path / "missing")


@pytest.mark.parametrize("take", [PacketReader, check_packet])
def test_what_is_no_content_is_told(take: Callable[[Any], object]) -> None:
    for content, kind in (("orders.xml", "str"), (None, "NoneType")):
        with pytest.raises(TypeError, match=f"^content must be bytes-like, or a pathlib.Path for a file, not {kind}$"):
            take(content)


def test_a_text_encoding_is_told() -> None:
    assert [record["A"] for record in read("\ufeff".encode() + packet(table("<r><A>ж</A></r>")))] == ["ж"]
    for encoding in ("utf-16", "windows-1251"):
        content = f'<?xml version="1.0" encoding="{encoding}"?>{packet(table("<r><A>ж</A></r>")).decode()}'
        with pytest.raises(BadPacketError, match=f"(?i){encoding}: write it as UTF-8"):
            read(content.encode(encoding))


def test_records_outlive_their_reader() -> None:
    records = read(packet(table("<r><A>1</A></r>", '<r x="y"><A>2</A></r>')))
    assert dmerp.live_handles() == 0
    again: list[Record] = pickle.loads(pickle.dumps(records))
    assert again == copy.deepcopy(records) == records
    assert [(each.table, each.number, each.line, each.attributes) for each in again] == [
        ("T", 1, 1, {}),
        ("T", 2, 1, {"x": "y"}),
    ]


def test_a_loop_that_was_left_goes_on() -> None:
    with PacketReader(packet(table(*[f"<r><A>{number}</A></r>" for number in range(3)]))) as reader:
        for record in reader:
            assert record["A"] == "0"
            break
        assert next(reader)["A"] == "1"
        assert [record["A"] for record in reader] == ["2"]
        assert list(reader) == []


def test_use_after_close_is_told() -> None:
    reader = PacketReader(packet())
    reader.close()
    reader.close()
    for act in (lambda: list(reader), lambda: next(reader), lambda: reader.mobile_user, lambda: reader.skipped):
        with pytest.raises(dmerp.InvalidHandleError, match="the packet reader is closed"):
            act()


@pytest.mark.parametrize("last", [0, 1, 3, 4999])
def test_a_loop_over_a_reader_that_is_closed_is_told(last: int) -> None:
    rows = [f"<r><A>{number}</A></r>" for number in range(5000)]
    rows[3] = '<r x="y"><A>3</A></r>'  # it comes by itself
    came: list[str] = []

    def loop(reader: PacketReader) -> None:
        for record in reader:
            came.append(record["A"])
            if len(came) == last + 1:
                reader.close()

    with pytest.raises(dmerp.InvalidHandleError, match="the packet reader is closed"):
        loop(PacketReader(packet(table(*rows))))
    assert came == [str(number) for number in range(last + 1)]


def test_an_iterator_of_a_reader_that_is_closed_does_not_look_ended(tmp_path: Path) -> None:
    path = tmp_path / "orders.xml"
    path.write_bytes(packet(table("<r><A>1</A></r>", "<r><A>2</A></r>")))
    with PacketReader(path) as reader:
        records = iter(reader)
        assert next(records)["A"] == "1"
    assert dmerp.live_handles() == 0
    for _ in range(2):
        with pytest.raises(dmerp.InvalidHandleError, match="the packet reader is closed"):
            next(records)


def test_a_loop_needs_no_reader_but_its_own() -> None:
    content = packet(table(*[f"<r><A>{number}</A></r>" for number in range(5000)]))
    assert [int(record["A"]) for record in PacketReader(content)] == list(range(5000))
    assert dmerp.live_handles() == 0


# What would be lost, and how many records come before it.
BAD: dict[str, tuple[bytes, int, str]] = {
    "a field twice": (packet(table("<r><A>1</A></r>", "\n<r><A>1</A><B/><A>2</A></r>")), 1, "A"),
    "text where a record should be": (packet(table("<r/>", "text")), 1, "text"),
    "text where a table should be": (packet("text"), 0, "text"),
    "text beside fields": (packet(table("<r/>", "<r><A/>text</r>")), 1, "text"),
    "an element in a field": (packet(table("<r/>", "<r><A><B/></A></r>")), 1, "field A: elements"),
    "breaks off": (packet(table("<r/>", "<r><A>1</A>"))[:-30], 1, "breaks off"),
    "breaks off between records": (b'<NavMobileSync><table tablename="T"><r/>', 1, "breaks off"),
    "nothing": (b"", 0, "empty"),
    "another root": (b"<messages/>", 0, "messages"),
    "JSON": (b'{"a": 1}', 0, "JSON"),
    "an entity": (b'<!DOCTYPE NavMobileSync [<!ENTITY a "b">]>' + packet(table("<r><A>&a;</A></r>")), 0, "document type"),
    "an unknown entity": (packet(table("<r/>", "<r><A>&a;</A></r>")), 1, "&a;"),
    "a character that XML cannot carry": (packet(table("<r/>", "<r><A>&#1;</A></r>")), 1, "U.0001"),
    "no UTF-8": (packet(table("<r/>", "<r><A>?</A></r>")).replace(b"?", b"\xff"), 1, "not UTF-8"),
    "a table without a name": (packet("<table><r/></table>"), 0, "tablename"),
}


@pytest.mark.parametrize("what", BAD)
def test_a_bad_packet(what: str) -> None:
    content, good, says = BAD[what]
    came: list[Record] = []
    with pytest.raises(BadPacketError, match=says) as caught:
        came.extend(PacketReader(content))
    assert len(came) == good
    assert isinstance(caught.value, ValueError)
    assert "\n" not in str(caught.value)
    assert check_packet(content) != []


@pytest.mark.parametrize("what", BAD)
def test_a_reader_that_failed_does_not_look_ended(what: str) -> None:
    content, good, says = BAD[what]
    with PacketReader(content) as reader:
        records = iter(reader)
        for _ in range(good):
            next(records)
        for again in (lambda: next(records), lambda: next(records), lambda: next(reader), lambda: list(reader)):
            with pytest.raises(BadPacketError, match=says):
                again()


def test_a_record_that_is_too_large() -> None:
    content = packet(table(f"<r><A>{'x' * 2000}</A></r>"))
    with pytest.raises(dmerp.TooLargeError, match="1000"):
        read(content, max_record_bytes=1000)
    assert len(read(content, max_record_bytes=3000)) == 1


@pytest.mark.parametrize("options", [{"colour": 1}, {"unknown_elements": "eat"}, {"max_record_bytes": -1}])
def test_a_wrong_option_is_told(options: Any) -> None:
    with pytest.raises(InvalidArgumentError, match=next(iter(options))):
        PacketReader(packet(), **options)


VALUES: list[tuple[str, str, Any]] = [
    ("boolean", "true", True),
    ("boolean", " FALSE ", False),
    ("boolean", "1", True),
    ("boolean", "0", False),
    ("integer", "-12", -12),
    ("integer", " +7\n", 7),
    ("integer", str(2**63 - 1), 2**63 - 1),
    ("decimal", " 12.50 ", Decimal("12.50")),
    ("decimal", "-0.1", Decimal("-0.1")),
    ("decimal", "1" * 40 + ".5", Decimal("1" * 40 + ".5")),
    ("real", "0.1", 0.1),
    ("real", "-5", -5.0),
    ("date", "2026-11-24", dt.date(2026, 11, 24)),
    ("date", "0001-01-01", dt.date(1, 1, 1)),
    ("time", "09:42:19", dt.time(9, 42, 19)),
    ("time", "09:42:19Z", dt.time(9, 42, 19)),
    ("time", "09:42:19.382", dt.time(9, 42, 19, 382_000)),
    ("time", "09:42:19.382Z", dt.time(9, 42, 19, 382_000)),
    ("instant", "2026-11-24T09:42:19Z", dt.datetime(2026, 11, 24, 9, 42, 19, tzinfo=UTC)),
    ("instant", "2026-11-24T09:42:19.382Z", dt.datetime(2026, 11, 24, 9, 42, 19, 382_000, tzinfo=UTC)),
    ("instant", "9999-12-31T23:59:59Z", dt.datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)),
    ("bytes", "AP8/", b"\0\xff?"),
    ("bytes", " AP\n8/ ", b"\0\xff?"),
    ("bytes", "data:image/png;base64,AP8/", b"\0\xff?"),
]


@pytest.mark.parametrize(("how", "text", "value"), VALUES)
def test_a_value(how: str, text: str, value: Any) -> None:
    record = one(f"<A>{text}</A><B/><C> </C>")
    it = getattr(record, how)("A")
    assert (it, type(it)) == (value, type(value))
    assert str(it) == str(value)
    assert getattr(record, how)("D") is None
    assert [getattr(record, how)(name) for name in "BC"] == [None, None]


@pytest.mark.parametrize(
    ("how", "text"),
    [
        ("boolean", "yes"),
        ("integer", "1.5"),
        ("integer", str(2**63)),
        ("decimal", "1,5"),
        ("real", "NaN"),
        ("date", "24.11.2026"),
        ("date", "2026-02-30"),
        ("time", "25:00:00"),
        ("instant", "2026-11-24"),
        ("bytes", "A"),
    ],
)
def test_a_value_that_is_none_is_told_with_its_place(how: str, text: str) -> None:
    _, record = read(packet(table("<r/>", f"\n<r><A>{text}</A></r>")))
    with pytest.raises(InvalidArgumentError, match="line 2, table T, record 2, field A: ") as caught:
        getattr(record, how)("A")
    assert text in str(caught.value)


def test_what_was_received_is_read(sandbox: Sandbox, client: Client) -> None:
    content = packet(table(*["<r><A>1</A></r>"] * 30_000))
    for each in (content[:0] + packet(table("<r><A>1</A></r>")), content + b" " * 2_000_000):
        sandbox.send(each)
    counts = []
    with client.receive() as receiver:
        for received in receiver:
            kept = received.read()
            with received.read(system_tables=True) as reader:
                counts.append(sum(1 for _ in reader))
            received.done()
            with kept:
                assert sum(record["A"] == "1" for record in kept) == counts[-1]
            with pytest.raises(InvalidArgumentError, match="done or kept before"):
                received.read()
    assert sorted(counts) == [1, 30_000]


MISTAKES = packet(
    "\n",
    table('<r status="insert"><A>1</A><A>2</A></r>', "\n", '<r status="insert">text</r>', "\n", '<r status="insert"><A/></r>'),
    "\n",
    table(name="T"),
)


def contents(tmp_path: Path, content: bytes) -> Iterator[Any]:
    yield content
    yield bytearray(content)
    (tmp_path / "packet.xml").write_bytes(content)
    yield tmp_path / "packet.xml"


def test_check_tells_all_mistakes(tmp_path: Path) -> None:
    for content in contents(tmp_path, MISTAKES):
        first, second, *rest = check_packet(content)
        assert (first.line, first.table, first.record, first.field) == (2, "T", 1, "A")
        assert (second.line, second.table, second.record) == (3, "T", 2)
        assert str(first) == f"line 2, table T, record 1, field A: {first.what}"
        assert [mistake.line for mistake in rest] == [5]


def test_check_of_a_good_packet_finds_nothing(tmp_path: Path) -> None:
    for content in contents(tmp_path, packet(table('<r status="insert"><A>1</A></r>'), root=' salesmancode="anna"')):
        assert check_packet(content) == []


def test_check_ends_after_a_thousand_mistakes() -> None:
    found = check_packet(packet(table(*["<r/>"] * 1500)))
    assert [mistake.record for mistake in found] == [*range(1, 1001), None]
    assert "500" in found[-1].what


def test_check_of_what_is_no_packet() -> None:
    (mistake,) = check_packet(b"<html/>")
    assert (mistake.line, mistake.table, mistake.record, mistake.field) == (1, None, None, None)
    assert str(mistake) == f"line 1: {mistake.what}"
    assert mistake == Mistake(1, None, None, None, mistake.what)


def test_check_of_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(dmerp.FileError, match="missing"):
        check_packet(tmp_path / "missing")
