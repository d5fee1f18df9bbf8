"""Many packets in one call; and what a client tells of its work."""

from __future__ import annotations

import os
import time
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from conftest import NewClient
from sandbox import HANG, Sandbox
from test_control import Background

import dmerp
from dmerp import Call, Client, Format, Outgoing, Pushed, Status

CONTENT = bytes(range(256)) * 400


def test_every_packet_is_stored(sandbox: Sandbox, client: Client, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"<file/>")
    packets = [Outgoing(f"user{number % 20}", CONTENT, packet_id=f"p{number}") for number in range(100)]
    packets.append(Outgoing("anna", tmp_path / "file", Format.JSON, "file"))
    packets.append(Outgoing("anna", bytearray(b"<array/>"), packet_id="array"))
    results = client.push_many(iter(packets))
    stored = {each["packetUniqueId"]: each for each in sandbox.pushed()}
    assert results == [Pushed(f"p{number}", stored[f"p{number}"]["syncLogId"], len(CONTENT)) for number in range(100)] + [
        Pushed("file", stored["file"]["syncLogId"], 7),
        Pushed("array", stored["array"]["syncLogId"], 8),
    ]
    assert sandbox.content("user7", "p27") == CONTENT
    assert sandbox.content("anna", "file") == b"<file/>"
    assert stored["file"]["packetType"] == "json"
    assert sandbox.content("anna", "array") == b"<array/>"


def test_an_id_is_made_where_none_is_given(sandbox: Sandbox, client: Client) -> None:
    results = client.push_many([Outgoing("anna", b"<p/>"), Outgoing("anna", b"<p/>")])
    told = [each.packet_id for each in results if isinstance(each, Pushed)]
    assert told == [each["packetUniqueId"] for each in sandbox.pushed()]  # those of one user in their order
    assert len(set(told)) == 2


@pytest.mark.skipif(os.name == "nt", reason="Linux tells in a file how much memory is in use")
def test_the_same_object_is_copied_once(client: Client) -> None:
    content = bytes(20_000_000)
    taken: list[int] = []
    call = Call(progress=lambda _progress: taken.append(resident()))
    before = resident()
    client.push_many([Outgoing(f"user{number}", content, packet_id=f"p{number}") for number in range(20)], call=call)
    assert max(taken) - before < 100_000_000


def resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_a_failure_concerns_its_packet_alone(sandbox: Sandbox, client: Client, tmp_path: Path) -> None:
    sandbox.fault({"status": {"code": 400, "body": "no such user"}}, on="portal", path="nobody", times=0)
    packets = [
        Outgoing("anna", b"<p/>", packet_id="first"),
        Outgoing("nobody", b"<p/>", packet_id="refused"),
        Outgoing("anna", tmp_path / "none", packet_id="not there"),
        Outgoing("boris", b"<p/>", packet_id="last"),
    ]
    first, refused, not_there, last = client.push_many(packets)
    assert isinstance(first, Pushed)
    assert isinstance(last, Pushed)
    assert isinstance(refused, dmerp.RejectedError)
    assert (refused.packet_id, refused.http_status, refused.results) == ("refused", 400, ())
    assert isinstance(not_there, dmerp.FileError)
    assert {each["packetUniqueId"] for each in sandbox.pushed()} == {"first", "last"}


def test_a_refused_key_is_told_for_each(sandbox: Sandbox, new_client: NewClient) -> None:
    client = new_client(api_key="wrong", push_concurrency=1)
    results = client.push_many([Outgoing(f"user{number}", b"<p/>") for number in range(9)])
    assert [getattr(each, "status", None) for each in results] == [Status.AUTHENTICATION_FAILED] * 9
    assert len(sandbox.requests()) == 1


@pytest.mark.parametrize(
    ("packets", "problem", "says"),
    [
        ([Outgoing("a", b"x", packet_id="1"), Outgoing("b", b"x", packet_id="1")], dmerp.InvalidArgumentError, "packet id"),
        ([Outgoing("a", b"x"), Outgoing("", b"x")], dmerp.InvalidArgumentError, "mobile_user|mobile user"),
        ([Outgoing("a", b"x", Format.DEFAULT)], dmerp.InvalidArgumentError, "format"),
        ([Outgoing("a", "text")], TypeError, "bytes-like"),  # type: ignore[arg-type]
        ([Outgoing(b"a", b"x")], TypeError, "mobile_user must be a str"),  # type: ignore[arg-type]
        (["a"], AttributeError, "content"),
    ],
)
def test_what_is_refused_before_anything_is_sent(
    sandbox: Sandbox, client: Client, packets: Any, problem: Any, says: str
) -> None:
    with pytest.raises(problem, match=says) as caught:
        client.push_many(packets)
    assert sandbox.requests() == []
    assert dmerp.live_handles() == 1
    assert list(getattr(caught.value, "results", ())) == []


def test_nothing_to_push(sandbox: Sandbox, client: Client) -> None:
    assert client.push_many([]) == []
    assert sandbox.requests() == []


def test_progress_counts_bytes_and_packets(client: Client) -> None:
    seen: list[dmerp.Progress] = []
    client.push_many([Outgoing(f"user{number}", CONTENT) for number in range(10)], call=Call(progress=seen.append))
    assert seen[-1] == dmerp.Progress(10 * len(CONTENT), 10 * len(CONTENT), 10, 10)
    assert [each.packets for each in seen] == sorted(each.packets for each in seen)


def test_a_cancel_tells_what_became_of_each(sandbox: Sandbox, new_client: NewClient) -> None:
    client = new_client(push_concurrency=1)
    sandbox.fault(skip=2, **HANG)
    packets = [Outgoing(f"user{number}", b"<p/>", packet_id=f"p{number}") for number in range(5)]
    call = Call()
    running = Background(lambda: client.push_many(packets, call=call))
    sandbox.await_request(5)
    call.cancel()
    problem = running.ended()
    assert isinstance(problem, dmerp.CancelledError)
    assert [isinstance(each, Pushed) for each in problem.results] == [True, True, False, False, False]
    assert [each.status for each in problem.results if isinstance(each, dmerp.DmerpError)] == [Status.CANCELLED] * 3
    # And to repeat it with the same ids is safe.
    sandbox.heal()
    assert all(isinstance(each, Pushed) for each in client.push_many(packets))


def test_a_time_out_is_told_for_each(sandbox: Sandbox, client: Client) -> None:
    sandbox.fault(**HANG)
    results = client.push_many([Outgoing("anna", b"<p/>"), Outgoing("boris", b"<p/>")], call=Call(timeout=0.2))
    assert [getattr(each, "status", None) for each in results] == [Status.TIMED_OUT] * 2


def test_stats(sandbox: Sandbox, client: Client) -> None:
    nothing = client.stats()
    assert (nothing.requests, nothing.packets_pushed, nothing.last_push_at, nothing.last_check_at) == (0, 0, None, None)
    began = datetime.fromtimestamp(time.time() - 1, timezone.utc)
    sandbox.send(b"1234", count=2)
    for packet in client.receive():
        packet.done()
    sandbox.fault({"status": {"code": 500}}, on="storage")
    client.push_many([Outgoing("anna", b"<p/>"), Outgoing("boris", b"<p/>")])
    told = client.stats()
    assert (told.packets_pushed, told.packets_received, told.packets_done, told.unmarked) == (2, 2, 2, 0)
    assert (told.bytes_received, told.retries) == (8, 1)
    assert told.requests == len(sandbox.requests())
    for at in (told.last_push_at, told.last_pull_at, told.last_link_at, told.last_download_at, told.last_done_at):
        assert at is not None
        assert began <= at <= datetime.now(timezone.utc)
    assert (told.last_check_at, told.oldest_unmarked_at) == (None, None)
    client.close()
    with pytest.raises(dmerp.InvalidHandleError, match="the client is closed"):
        client.stats()
