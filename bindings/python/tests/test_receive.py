"""A receiver hands over the packets of a list, and marks those that were handled."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from conftest import NewClient
from sandbox import Sandbox
from test_control import Background

import dmerp
from dmerp import Call, Client, LeftWhy, PacketKind, Received, Status

BIG = bytes(range(256)) * 8000
POLLS: Any = {"receive_poll": 0.02, "receive_poll_max": 0.02}


def send(sandbox: Sandbox, count: int) -> list[str]:
    """Send packets, and give their ids in the list's order."""
    for number in range(count):
        sandbox.send(b"<p>%d</p>" % number, id=f"p{number}")
    return [f"p{number}" for number in range(count)]


def ids(sandbox: Sandbox) -> list[str]:
    """What is still in the queue."""
    return [packet["id"] for packet in sandbox.waiting()]


def test_a_queue_is_emptied_in_its_order(sandbox: Sandbox, client: Client) -> None:
    sent = send(sandbox, 100)
    received: list[tuple[str, bytes]] = []
    with client.receive() as receiver:
        for packet in receiver:
            received.append((packet.id, packet.content))
            packet.done()
        assert receiver.next() is None
    assert received == [(each, b"<p>%d</p>" % number) for number, each in enumerate(sent)]
    assert sandbox.waiting() == []
    summary = receiver.summary
    assert (summary.listed, summary.handed_over, summary.done, summary.marked, summary.left_count) == (100, 100, 100, 100, 0)
    assert summary.bytes == sum(len(content) for _, content in received)
    assert summary.left == []
    assert receiver.close() == summary
    assert receiver.closed


def test_a_received_packet_is_one_that_is_listed(sandbox: Sandbox, client: Client) -> None:
    sent = sandbox.send(b"1234", "anna", companyId="CRONUS", appCode="DMS")
    (packet,) = client.receive()
    assert isinstance(packet, dmerp.Packet)
    assert (packet.id, packet.url, packet.mobile_user) == (sent["id"], sent["url"], "anna")
    assert (packet.company_id, packet.app_code, packet.packet_type, packet.size) == ("CRONUS", "DMS", "data", 4)
    assert repr(packet).startswith(f"Received(id='{sent['id']}'")
    sandbox.dialects(omit_optional=True)
    sandbox.show_hidden()
    (packet,) = client.receive()
    assert (packet.mobile_user, packet.size) == (None, 4)  # the content's size is known


def test_each_list_has_a_receiver_of_its_own(sandbox: Sandbox, client: Client) -> None:
    sandbox.send(b"photo", queue="file")
    with client.receive() as packets, client.receive(PacketKind.FILE, dmerp.Format.XML) as files:
        with pytest.raises(dmerp.InvalidArgumentError, match="receiver"):
            client.receive()
        assert list(packets) == []
        for photo in files:
            assert (photo.packet_type, photo.content) == ("image", b"photo")
            photo.done()
    assert sandbox.waiting() == []
    client.receive().close()


@pytest.mark.parametrize("how", ["break", "exception"])
@pytest.mark.parametrize("with_block", [True, False])
def test_a_loop_that_is_left_leaves_the_rest_in_the_queue(
    sandbox: Sandbox, client: Client, how: str, with_block: bool
) -> None:
    sent = send(sandbox, 5)

    def work(packets: Iterator[Received]) -> None:
        for packet in packets:
            if packet.id == "p2":
                if how == "break":
                    break
                raise ZeroDivisionError
            packet.done()

    def receive() -> None:
        if with_block:
            with client.receive() as receiver:
                work(receiver)
        else:
            work(client.receive())

    if how == "break":
        receive()
    else:
        with pytest.raises(ZeroDivisionError):
            receive()
    gc.collect()  # pytest keeps the exception, and so the frames, for a while
    assert ids(sandbox) == sent[2:]
    assert dmerp.live_handles() == 1
    sandbox.show_hidden()
    with client.receive() as again:
        assert {packet.id for packet in again} == set(sent[2:])


def test_what_is_not_done_stays_and_is_told(sandbox: Sandbox, client: Client) -> None:
    sent = send(sandbox, 3)
    with client.receive() as receiver:
        for packet in receiver:
            if packet.id == "p0":
                packet.keep("the item\nis unknown")
            elif packet.id == "p1":
                packet.keep()
    assert ids(sandbox) == sent
    assert [(left.id, left.mobile_user, left.why, left.status) for left in receiver.summary.left] == [
        ("p0", "anna", LeftWhy.KEPT, Status.OK),
        ("p1", "anna", LeftWhy.KEPT, Status.OK),
        ("p2", "anna", LeftWhy.UNSETTLED, Status.OK),
    ]
    assert receiver.summary.left[0].reason == r"the item\nis unknown"
    assert receiver.summary.left_count == 3


def test_what_cannot_be_had_holds_up_no_other_and_is_told(sandbox: Sandbox, client: Client) -> None:
    send(sandbox, 4)
    sandbox.fault({"spoil_entries": [{"place": 1, "how": "no_url"}]}, path="/pull/")
    sandbox.fault({"status": {"code": 404}}, on="storage", method="GET", path="p1")
    sandbox.fault({"status": {"code": 400}}, on="portal", path="/done", times=0)
    with client.receive() as receiver:
        for packet in receiver:
            packet.done()
    told = {left.id: left for left in receiver.summary.left}
    assert {each: left.why for each, left in told.items()} == {
        "p0": LeftWhy.UNREADABLE,
        "p1": LeftWhy.NOT_DOWNLOADED,
        "p2": LeftWhy.NOT_MARKED,
        "p3": LeftWhy.NOT_MARKED,
    }
    assert told["p1"].status is Status.NOT_FOUND
    assert told["p2"].status is Status.REJECTED
    assert (receiver.summary.done, receiver.summary.marked) == (2, 0)
    assert client.stats().unmarked == 2
    assert client.stats().oldest_unmarked_at is not None
    # They were handled: the client marks them, and does not hand them over again.
    sandbox.heal()
    sandbox.show_hidden()
    assert [packet.id for packet in client.receive()] == ["p0", "p1"]
    assert ids(sandbox) == ["p0", "p1"]


def test_the_run_ends_where_the_options_say(sandbox: Sandbox, new_client: NewClient) -> None:
    sent = send(sandbox, 5)
    client = new_client(receive_max_packets=2)
    assert [packet.id for packet in client.receive()] == sent[:2]


def test_a_packet_that_fails_again_and_again_is_put_aside(sandbox: Sandbox, new_client: NewClient, tmp_path: Path) -> None:
    client = new_client(receive_dead_letter_dir=tmp_path, receive_max_deliveries=1)
    send(sandbox, 1)
    with client.receive() as receiver:
        for packet in receiver:
            packet.keep("the item is unknown")
    assert receiver.summary.dead_lettered == 1
    assert {each.suffix for each in tmp_path.iterdir()} == {".content", ".json"}
    assert sandbox.waiting() == []


def test_content_and_what_a_packet_says_after_done(sandbox: Sandbox, client: Client) -> None:
    send(sandbox, 2)
    with client.receive() as receiver:
        read, unread = receiver
        assert (read.content, read.path) == (b"<p>0</p>", None)
        with read.open() as file:
            assert file.read() == b"<p>0</p>"
        for packet in (read, unread):
            packet.done()
            packet.done()
        assert dmerp.live_handles() == 2
        assert read.content == b"<p>0</p>"
        for act in (lambda: unread.content, lambda: unread.path, unread.open, unread.keep, lambda: read.save_as("x")):
            with pytest.raises(dmerp.InvalidArgumentError, match="was done or kept"):
                act()
    assert receiver.summary.done == receiver.summary.marked == 2


def test_after_the_end_a_packet_can_be_read_and_not_be_done(sandbox: Sandbox, new_client: NewClient, tmp_path: Path) -> None:
    client = new_client(receive_memory_bytes=5)
    sandbox.send(b"small", id="small")
    sandbox.send(b"large.", id="large")
    receiver = client.receive()
    packets = list(receiver)
    receiver.close()
    client.close()
    assert [packet.content for packet in packets] == [b"small", b"large."]
    packets[1].save_as(tmp_path / "large")
    for packet in packets:
        with pytest.raises(dmerp.InvalidArgumentError, match="stays in the queue"):
            packet.done()
    assert ids(sandbox) == ["small", "large"]
    assert [left.why for left in receiver.summary.left] == [LeftWhy.UNSETTLED] * 2
    assert receiver.next() is None
    receiver.stop()


def test_large_content_is_in_a_file(sandbox: Sandbox, new_client: NewClient, tmp_path: Path) -> None:
    temporary, kept = tmp_path / "temporary", tmp_path / "Иван & 😀"
    temporary.mkdir()
    client = new_client(temp_dir=temporary)
    for number in range(4):
        sandbox.send(BIG, id=f"big{number}")

    def files() -> list[Path]:
        return list(temporary.rglob("*.part"))

    with client.receive() as receiver:
        saved, opened, dropped, last = receiver
        assert {each.path for each in (saved, opened, dropped, last)} == set(files())
        with pytest.raises(dmerp.FileError, match="big0"):
            saved.save_as(tmp_path / "none" / "file")
        saved.save_as(kept)
        assert saved.path is None
        assert kept.read_bytes() == BIG
        saved.save_as(str(tmp_path / "copy"))
        assert (tmp_path / "copy").read_bytes() == BIG
        with opened.open() as file:
            assert file.read() == BIG
            assert file.seek(7) == 7
        path = last.path
        assert path is not None
        assert path.read_bytes() == last.content == BIG
        del dropped
        for packet in (saved, opened, last):
            packet.done()
        assert files() == []
        assert last.content == BIG
    assert [each.id for each in receiver.summary.left] == ["big2"]
    assert list(temporary.iterdir()) == []


def test_content_that_is_too_large_for_memory(sandbox: Sandbox, new_client: NewClient) -> None:
    sandbox.send(BIG)
    with new_client(max_memory_bytes=1024).receive() as receiver:
        for packet in receiver:
            with pytest.raises(dmerp.TooLargeError, match="max_memory_bytes"):
                _ = packet.content
            with packet.open() as file:
                assert file.read() == BIG


def test_an_error_of_the_list_comes_out(sandbox: Sandbox, client: Client) -> None:
    sent = send(sandbox, 2)
    sandbox.fault("html", path="/pull/")
    with client.receive() as receiver:
        with pytest.raises(dmerp.BadAnswerError):
            receiver.next()
        assert [packet.id for packet in receiver] == sent  # a later call goes on


def test_a_refused_key_is_final(sandbox: Sandbox, new_client: NewClient) -> None:
    with new_client(api_key="wrong").receive() as receiver:
        for _ in range(2):
            with pytest.raises(dmerp.AuthenticationError):
                list(receiver)
    assert len(sandbox.requests()) == 1


def test_a_time_out_ends_one_wait(sandbox: Sandbox, new_client: NewClient) -> None:
    with new_client(**POLLS).receive() as receiver:
        for _ in range(2):
            with pytest.raises(dmerp.TimedOutError):
                receiver.next(call=Call(timeout=0.1))
        sandbox.send(id="late")
        packet = receiver.next()
        assert packet is not None
        assert packet.id == "late"


def test_a_cancel_ends_one_wait_and_close_marks(sandbox: Sandbox, new_client: NewClient) -> None:
    send(sandbox, 1)
    client = new_client(**POLLS, receive_done_count=9, receive_done=60.0)
    call = Call()
    with client.receive() as receiver:
        packet = receiver.next(call=call)
        assert packet is not None
        waiting = Background(lambda: receiver.next(call=call))
        sandbox.await_request(5)
        packet.done()
        call.cancel()
        assert isinstance(waiting.ended(), dmerp.CancelledError)
    assert sandbox.waiting() == []
    assert receiver.summary.marked == 1


def test_it_says_whether_next_would_wait(sandbox: Sandbox, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    sandbox.send(id="late", name="late.xml")
    sandbox.send(id="early")
    sandbox.fault({"delay": {"ms": 300}}, on="storage", path="late.xml")

    def fail(_thread: threading.Thread) -> None:
        raise AssertionError("a thread was started")

    receiver = client.receive()
    states = [receiver.is_ready]
    assert next(receiver).id == "late"
    states.append(receiver.is_ready)
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", fail)
        packet = receiver.next(call=Call(timeout=10.0))
    assert packet is not None
    assert packet.id == "early"
    states.append(receiver.is_ready)
    assert receiver.next() is None
    states.append(receiver.is_ready)
    receiver.close()
    states.append(receiver.is_ready)
    assert states == [False, True, False, True, True]


@pytest.mark.parametrize("is_main", [True, False])
def test_a_packet_that_another_thread_took_is_waited_for(
    sandbox: Sandbox, new_client: NewClient, monkeypatch: pytest.MonkeyPatch, is_main: bool
) -> None:
    monkeypatch.setattr(dmerp.Receiver, "is_ready", True)  # just before
    ids: list[str] = []

    def receive() -> None:
        packet = receiver.next()
        assert packet is not None
        ids.append(packet.id)

    def send_later() -> None:
        sandbox.await_request(10)
        sandbox.send(id="later")

    with new_client(**POLLS).receive() as receiver:
        sender = Background(send_later)
        if is_main:
            receive()
        else:
            assert Background(receive).ended() is None
        assert sender.ended() is None
    assert ids == ["later"]


@pytest.mark.parametrize("how", ["stop", "close"])
def test_stop_and_close_end_the_wait_of_others(sandbox: Sandbox, new_client: NewClient, how: str) -> None:
    receiver = new_client(**POLLS).receive()
    waiting = [Background(lambda: list(receiver)) for _ in range(3)]
    sandbox.await_request(2)
    getattr(receiver, how)()
    assert [each.ended() for each in waiting] == [None] * 3
    assert receiver.next() is None
    receiver.close()


def test_several_workers_share_a_receiver(sandbox: Sandbox, client: Client) -> None:
    sent = send(sandbox, 200)
    received: list[str] = []

    def work(receiver: dmerp.Receiver) -> None:
        for packet in receiver:
            assert packet.content == b"<p>%s</p>" % packet.id[1:].encode()
            received.append(packet.id)
            packet.done()

    with client.receive() as receiver, ThreadPoolExecutor(8) as pool:
        for outcome in [pool.submit(work, receiver) for _ in range(8)]:
            outcome.result(60)
    assert sorted(received) == sorted(sent)
    assert sandbox.waiting() == []
    assert receiver.summary.marked == 200


@pytest.mark.parametrize("on_main", [True, False])
def test_what_a_callback_may_do(sandbox: Sandbox, client: Client, on_main: bool) -> None:
    send(sandbox, 3)
    problems: list[Exception] = []
    seen: list[dmerp.Progress] = []

    def within(progress: dmerp.Progress) -> None:
        seen.append(progress)
        for act in (receiver.next, receiver.close):
            with pytest.raises(dmerp.InvalidArgumentError, match="stop") as caught:
                act()
            problems.append(caught.value)
        client.push("anna", b"<p/>")
        receiver.stop()

    def receive() -> None:
        while receiver.next(call=Call(progress=within)) is not None:
            pass

    with client.receive() as receiver:
        if on_main:
            receive()
        else:
            assert Background(receive).ended() is None
    assert problems
    assert (seen[0].total, seen[0].packets_total) == (None, None)
    assert receiver.summary.handed_over + receiver.summary.left_count >= 3


def test_what_a_callback_raises_comes_out_of_next(sandbox: Sandbox, client: Client) -> None:
    sent = send(sandbox, 3)
    problem = ZeroDivisionError("mine")

    def fail(_progress: dmerp.Progress) -> None:
        raise problem

    with client.receive() as receiver:
        with pytest.raises(ZeroDivisionError) as caught:
            receiver.next(call=Call(progress=fail))
        assert caught.value is problem
        for packet in receiver:
            packet.done()
    assert receiver.summary.done + receiver.summary.left_count == len(sent)
    assert len(sandbox.waiting()) == receiver.summary.left_count


def test_no_summary_before_the_end(client: Client) -> None:
    with client.receive() as receiver, pytest.raises(dmerp.InvalidArgumentError, match="before it is closed"):
        _ = receiver.summary
    assert receiver.summary.left == []


def test_an_exception_that_is_kept_keeps_no_handle(sandbox: Sandbox, new_client: NewClient) -> None:
    sandbox.fault("html", path="/pull/", times=0)
    client = new_client()
    with client.receive() as receiver, pytest.raises(dmerp.BadAnswerError) as caught:
        receiver.next()
    client.close()
    assert dmerp.live_handles() == 0
    assert caught.value.__traceback__ is not None


def test_the_client_may_be_closed_before(sandbox: Sandbox, new_client: NewClient) -> None:
    send(sandbox, 2)
    client = new_client()
    receiver = client.receive()
    client.close()
    with pytest.raises(dmerp.InvalidHandleError, match="the client is closed"):
        client.receive()
    for packet in receiver:
        packet.done()
    receiver.close()
    assert sandbox.waiting() == []


def test_the_logger_lives_as_long_as_what_logs(
    sandbox: Sandbox, new_client: NewClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "dmerp")
    client = new_client(receive_done_count=9)
    send(sandbox, 1)
    receiver = client.receive()
    client.close()
    for packet in receiver:
        packet.done()
    caplog.clear()
    del receiver
    assert "received 1 packets" in caplog.text


def test_what_nobody_closes_is_collected(sandbox: Sandbox) -> None:
    """Receivers and packets in cycles, collected on any thread and amid callbacks."""
    settings: Any = {"app_area": sandbox.app_area, "api_key": sandbox.api_key, "base_url": sandbox.base_url}
    sandbox.send(b"<p/>", count=400)
    sandbox.send(BIG, count=8, queue="file")

    def drop(kind: PacketKind) -> None:
        for _ in range(25):
            client = Client(**settings, receive_max_packets=5)
            cycle: list[Any] = [client]
            receiver = client.receive(kind)
            cycle += [cycle, receiver, receiver.next(call=Call(progress=lambda _progress: gc.collect(0)))]
            packet = receiver.next()
            if packet is not None:
                packet.done()
            cycle.append(packet)

    threads = [threading.Thread(target=drop, args=(kind,)) for kind in PacketKind for _ in range(2)]
    for thread in threads:
        thread.start()
    drop(PacketKind.PACKET)
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()
    gc.collect()
    assert dmerp.live_handles() == 0


def test_a_receiver_that_is_dropped_marks_what_was_done(sandbox: Sandbox, new_client: NewClient) -> None:
    client = new_client(receive_done_count=9, receive_done=60.0)
    send(sandbox, 2)
    packet = client.receive().next()
    assert packet is not None
    assert ids(sandbox) == ["p0", "p1"]
    with pytest.raises(dmerp.InvalidArgumentError, match="stays in the queue"):
        packet.done()
    sandbox.show_hidden()
    for packet in client.receive():
        packet.done()
        break
    assert ids(sandbox) == ["p0"]  # what was not handled before comes last


@pytest.mark.parametrize("wrong", [5, "packet"])
def test_what_is_no_kind(client: Client, wrong: Any) -> None:
    with pytest.raises(ValueError, match="PacketKind"):
        client.receive(wrong)
