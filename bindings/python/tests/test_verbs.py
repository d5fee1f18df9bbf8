"""Each verb does its work, with any text and any bytes."""

from __future__ import annotations

import array
import mmap
import urllib.request
import uuid
from pathlib import Path
from typing import Any

import pytest
from conftest import NewClient
from sandbox import Sandbox

import dmerp
from dmerp import Client, Format, Packet, PacketKind, Pushed, Receipt, UnreadablePacket

EVERY_BYTE = bytes(range(256)) * 1200
NAMES = ["Иван Петров", "Ελένη", "😀🚚", "quote\"d & <tagged> 'x'", "../../etc/passwd", "a/b?c=d#e%20", " spaced "]


@pytest.mark.parametrize("format", [Format.XML, Format.JSON])
def test_push_stores_every_byte_and_tells_the_ids(sandbox: Sandbox, client: Client, format: Format) -> None:
    pushed = client.push("anna", EVERY_BYTE, format, packet_id="order-4711")
    (stored,) = sandbox.pushed()
    assert pushed == Pushed("order-4711", stored["syncLogId"], len(EVERY_BYTE))
    assert stored["packetType"] == format.name.lower()
    assert sandbox.content("anna", "order-4711") == EVERY_BYTE


def test_push_without_an_id_makes_one(sandbox: Sandbox, client: Client) -> None:
    ids = [client.push("anna", b"<p/>").packet_id for _ in range(2)]
    assert [uuid.UUID(each).version for each in ids] == [7, 7]
    assert [each["packetUniqueId"] for each in sandbox.pushed()] == ids


@pytest.mark.parametrize("name", NAMES)
def test_any_text_arrives_as_it_is(sandbox: Sandbox, client: Client, name: str) -> None:
    client.push(name, b"<p/>", packet_id=f"id {name}")
    (stored,) = sandbox.pushed()
    assert (stored["mobileUser"], stored["packetUniqueId"]) == (name, f"id {name}")

    sandbox.send(b"<p/>", name, id=f"packet {name}", companyId=f"company {name}", appCode=f"app {name}")
    (packet,) = client.pull()
    assert packet.id == f"packet {name}"
    assert (packet.mobile_user, packet.company_id, packet.app_code) == (name, f"company {name}", f"app {name}")
    assert client.download(packet.url) == b"<p/>"
    client.done([packet])
    assert sandbox.waiting() == []


def mapped(tmp_path: Path) -> mmap.mmap:
    (tmp_path / "mapped").write_bytes(EVERY_BYTE)
    with (tmp_path / "mapped").open("rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


@pytest.mark.parametrize("kind", ["bytes", "bytearray", "memoryview", "strided", "part", "array", "mmap"])
def test_push_takes_all_that_is_bytes_like(sandbox: Sandbox, client: Client, tmp_path: Path, kind: str) -> None:
    makes: dict[str, Any] = {
        "bytes": lambda: EVERY_BYTE,
        "strided": lambda: memoryview(bytes(each for byte in EVERY_BYTE for each in (byte, 0)))[::2],
        "bytearray": lambda: bytearray(EVERY_BYTE),
        "memoryview": lambda: memoryview(EVERY_BYTE),
        "part": lambda: memoryview(b"x" + EVERY_BYTE)[1:],
        "array": lambda: array.array("I", EVERY_BYTE),
        "mmap": lambda: mapped(tmp_path),
    }
    content = makes[kind]()
    client.push("anna", content, packet_id=kind)
    assert sandbox.content("anna", kind) == EVERY_BYTE
    if kind == "mmap":
        content.close()  # the buffer is no longer exported, or this would fail


def test_the_content_cannot_move_while_it_is_sent(client: Client) -> None:
    content = bytearray(EVERY_BYTE)
    problems: list[str] = []

    def grow(_progress: dmerp.Progress) -> None:
        try:
            content.extend(b"x")
        except BufferError as problem:
            problems.append(str(problem))

    client.push("anna", content, call=dmerp.Call(progress=grow))
    assert problems
    content.extend(b"x")


@pytest.mark.parametrize(
    ("content", "problem", "says"),
    [
        ("text", TypeError, "bytes-like"),
        (4711, TypeError, "bytes-like"),
        (None, TypeError, "bytes-like"),
        (b"", dmerp.InvalidArgumentError, "empty"),
    ],
)
def test_what_is_no_content(sandbox: Sandbox, client: Client, content: Any, problem: Any, says: str) -> None:
    with pytest.raises(problem, match=says):
        client.push("anna", content)
    assert sandbox.requests() == []


def test_push_needs_to_know_the_form(client: Client) -> None:
    with pytest.raises(dmerp.InvalidArgumentError, match="format"):
        client.push("anna", b"<p/>", Format.DEFAULT)


@pytest.mark.parametrize("as_text", [True, False])
def test_push_file(sandbox: Sandbox, client: Client, tmp_path: Path, as_text: bool) -> None:
    path = tmp_path / "Иван & 😀.xml"
    path.write_bytes(EVERY_BYTE)
    pushed = client.push_file("anna", str(path) if as_text else path, Format.JSON, packet_id="file")
    assert pushed.packet_id == "file"
    assert sandbox.content("anna", "file") == EVERY_BYTE
    assert sandbox.pushed()[0]["packetType"] == "json"


@pytest.mark.parametrize("format", list(Format))
def test_pull_lists_every_field(sandbox: Sandbox, client: Client, format: Format) -> None:
    sandbox.dialects(unknown_fields=True)
    sent = sandbox.send(b"1234", "anna", companyId="CRONUS", appCode="DMS")
    packets = client.pull(format=format)
    (packet,) = packets
    assert packets.unreadable == []
    assert packet.receipt == Receipt(sent["id"], packet.receipt_handle)
    assert packet.receipt_handle
    assert packet.on_date is not None
    assert packet == Packet(
        id=sent["id"],
        receipt_handle=packet.receipt_handle,
        url=sent["url"],
        mobile_user="anna",
        company_id="CRONUS",
        app_code="DMS",
        packet_type="data",
        on_date=packet.on_date,
        size=4,
        other=packet.other,
    )
    assert packet.on_date.endswith("Z")
    assert packet.other
    assert all(isinstance(each, str) for pair in packet.other.items() for each in pair)


def test_fields_that_nobody_announced(sandbox: Sandbox, client: Client) -> None:
    answer = '[{"id": "1", "receiptHandle": "h", "url": "u", "größe": "Ελένη 😀"}]'
    sandbox.fault({"status": {"code": 200, "content_type": "application/json", "body": answer}})
    (packet,) = client.pull()
    assert packet.other == {"größe": "Ελένη 😀"}
    assert packet == Packet("1", "h", "u", other={"größe": "Ελένη 😀"})
    assert hash(packet) == hash(Packet("1", "h", "u"))


def test_what_the_portal_leaves_out_is_none(sandbox: Sandbox, client: Client) -> None:
    sandbox.dialects(omit_optional=True)
    sandbox.send()
    (packet,) = client.pull()
    assert packet.mobile_user is packet.company_id is packet.app_code is packet.packet_type is packet.on_date is None
    assert packet.size is None


def test_packets_are_a_list(sandbox: Sandbox, client: Client) -> None:
    sandbox.send(count=3, id="p")
    packets = client.pull()
    ids = [packet.id for packet in packets]
    assert len(packets) == len(set(ids)) == 3
    assert packets[-1] == packets[2] == next(reversed(packets))
    assert [packet.id for packet in packets[1:]] == ids[1:]
    assert packets[0] in packets
    assert packets.index(packets[1]) == 1
    assert isinstance(packets, list)
    with pytest.raises(IndexError):
        packets[3]


def test_unreadable_entries_are_told_beside_the_others(sandbox: Sandbox, client: Client) -> None:
    """An entry without a url can be neither downloaded nor marked."""
    answer = '[{"id": "1", "receiptHandle": "h", "url": "u"}, {"id": "2", "receiptHandle": "h2"}]'
    sandbox.fault({"status": {"code": 200, "content_type": "application/json", "body": answer}})
    packets = client.pull()
    assert packets == [Packet("1", "h", "u")]
    (unreadable,) = packets.unreadable
    assert "url" in unreadable.reason
    assert unreadable == UnreadablePacket(2, unreadable.reason, "2", "h2", None)


def test_ten_thousand_packets(sandbox: Sandbox, client: Client) -> None:
    sandbox.send(count=10_000)
    packets = client.pull()
    assert len({packet.id for packet in packets}) == 10_000
    client.done(packets)
    assert sandbox.waiting() == []
    assert len([each for each in sandbox.requests() if "/done" in each["target"]]) == 20


def test_an_empty_list(client: Client) -> None:
    packets = client.pull()
    assert not packets
    assert list(packets) == []


def test_files_have_a_list_of_their_own(sandbox: Sandbox, client: Client) -> None:
    sandbox.send(EVERY_BYTE, queue="file")
    assert not client.pull()
    (photo,) = client.pull(PacketKind.FILE)
    assert photo.packet_type == "image"
    client.done([photo], PacketKind.FILE)
    assert sandbox.waiting() == []


def test_link_is_good_for_any_program(sandbox: Sandbox, client: Client) -> None:
    sent = sandbox.send(EVERY_BYTE)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(client.link(sent["url"]), timeout=10) as answer:
        assert answer.read() == EVERY_BYTE


@pytest.mark.parametrize("content", [b"", b"\0", EVERY_BYTE])
def test_downloads_are_whole(sandbox: Sandbox, client: Client, tmp_path: Path, content: bytes) -> None:
    sent = sandbox.send(content)
    assert client.download(sent["url"]) == content
    to = tmp_path / "Иван & 😀"
    to.write_bytes(b"older")
    assert client.download_file(sent["url"], to) == len(content)
    assert to.read_bytes() == content
    assert client.download_file(sent["url"], str(to)) == len(content)
    assert [each.name for each in tmp_path.iterdir()] == [to.name]


def test_done_takes_receipts_and_packets(sandbox: Sandbox, client: Client) -> None:
    sandbox.send(count=3)
    first, second, third = client.pull()
    client.done([first])
    client.done(packet.receipt for packet in [second])
    sandbox.show_hidden()
    assert [packet.id for packet in client.pull()] == [third.id]


def test_done_with_a_stale_receipt_loses_nothing(sandbox: Sandbox, client: Client) -> None:
    sandbox.send()
    stale = client.pull()
    sandbox.show_hidden()
    client.pull()
    with pytest.raises(dmerp.RejectedError, match="receipt handle"):
        client.done(stale)
    assert len(sandbox.waiting()) == 1


def test_done_tells_what_became_of_each(sandbox: Sandbox, new_client: NewClient) -> None:
    client = new_client(done_batch=1)
    sandbox.send(count=3)
    first, second, third = client.pull()
    wrong = Receipt(second.id, "stale")
    with pytest.raises(dmerp.RejectedError) as caught:
        client.done([first, wrong, third])
    before, refused, after = caught.value.results
    assert (before, after) == (None, None)
    assert isinstance(refused, dmerp.RejectedError)
    assert (refused.http_status, refused.results) == (caught.value.http_status, ())
    assert [packet["id"] for packet in sandbox.waiting()] == [second.id]


def test_done_that_is_refused_before_anything_is_sent_has_no_results(client: Client) -> None:
    with pytest.raises(dmerp.InvalidArgumentError) as caught:
        client.done([Receipt("", "")])
    assert list(caught.value.results) == []


def test_done_with_nothing_makes_no_request(sandbox: Sandbox, client: Client) -> None:
    client.done([])
    assert sandbox.requests() == []


def test_done_with_something_else(client: Client) -> None:
    wrong: Any = ["id"]
    with pytest.raises(AttributeError, match="'str' object has no attribute 'id'"):
        client.done(wrong)


def test_check_touches_no_packet(sandbox: Sandbox, client: Client) -> None:
    sandbox.send()
    client.check()
    assert [packet["hidden"] for packet in sandbox.waiting()] == [False]


def test_the_client_uses_its_form_by_default(sandbox: Sandbox, new_client: NewClient) -> None:
    client = new_client(format=Format.XML)
    client.pull()
    client.pull(format=Format.JSON)
    targets = [each["target"] for each in sandbox.requests()]
    assert ["format=xml" in target for target in targets] == [True, False]


def test_text_that_cannot_be_passed_is_told_by_its_name(sandbox: Sandbox, client: Client, tmp_path: Path) -> None:
    cut = Receipt("a\0b", "h")
    acts: dict[str, Any] = {
        "mobile_user": lambda bad: client.push(bad, b"<p/>"),
        "packet_id": lambda bad: client.push("anna", b"<p/>", packet_id=bad),
        "path": lambda bad: client.push_file("anna", bad),
        "url": client.download,
        "to": lambda bad: client.download_file("url", bad),
        "id": lambda _bad: client.done([cut]),
    }
    for name, act in acts.items():
        with pytest.raises(dmerp.InvalidArgumentError, match=name):
            act("a\0b")
    with pytest.raises(dmerp.InvalidArgumentError, match=r"path holds .* half a surrogate pair"):
        client.push_file("anna", str(tmp_path) + "/\udcff")
    wrong: Any = b"anna"
    with pytest.raises(TypeError, match="mobile_user must be a str"):
        client.push(wrong, b"<p/>")
    with pytest.raises(TypeError, match="path must be a str"):
        client.push_file("anna", wrong)
    assert sandbox.requests() == []


def test_records_are_values() -> None:
    receipt = Receipt("1", "h")
    assert receipt == Receipt("1", "h")
    assert len({receipt, Receipt("1", "h")}) == 1
    changeable: Any = receipt
    with pytest.raises(AttributeError):
        changeable.id = "2"
    assert not hasattr(receipt, "__dict__")


@pytest.mark.parametrize(
    "act",
    [
        lambda client: client.push("anna", b"<p/>", "xml"),
        lambda client: client.pull("file"),
        lambda client: client.pull(format=3),
        lambda client: client.done([], 2),
        lambda client: client.check(call="x"),
        lambda client: client.check(call=60),
    ],
)
def test_wrong_types_are_told_before_anything_is_sent(sandbox: Sandbox, client: Client, act: Any) -> None:
    with pytest.raises((ValueError, AttributeError)):
        act(client)
    assert sandbox.requests() == []
