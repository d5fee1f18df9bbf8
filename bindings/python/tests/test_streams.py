"""Content that comes from, or goes to, file-like objects."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

import pytest
from sandbox import Sandbox

import dmerp
from dmerp import Client, Format

LARGE = os.urandom(5_000_000)


@pytest.mark.parametrize("content", [b"\0", b"a" * 65_536, LARGE])
def test_push_stream(sandbox: Sandbox, client: Client, content: bytes) -> None:
    stream = io.BytesIO(content)
    pushed = client.push_stream("Ελένη", stream, Format.JSON, packet_id="stream")
    assert pushed.packet_id == "stream"
    assert sandbox.content("Ελένη", "stream") == content
    assert not stream.closed


@pytest.mark.parametrize("buffering", [-1, 0])
def test_push_stream_of_an_open_file(sandbox: Sandbox, client: Client, tmp_path: Path, buffering: int) -> None:
    (tmp_path / "file").write_bytes(LARGE)
    with (tmp_path / "file").open("rb", buffering=buffering) as file:
        client.push_stream("anna", file, packet_id="file")
    assert sandbox.content("anna", "file") == LARGE


def test_push_stream_that_is_tried_again_sends_it_all_again(sandbox: Sandbox, client: Client) -> None:
    sandbox.fault("lose_answer", on="storage")
    client.push_stream("anna", io.BytesIO(LARGE), packet_id="again")
    assert sandbox.content("anna", "again") == LARGE
    assert sandbox.pushed()[0]["uploads"] == 2


class Odd:
    """Gives what it is told to."""

    def __init__(self, *pieces: Any) -> None:
        self.pieces = list(pieces)

    def read(self, _size: int) -> Any:
        piece = self.pieces.pop(0) if self.pieces else b""
        if isinstance(piece, BaseException):
            raise piece
        return piece


def test_pieces_may_be_short_and_of_any_bytes_type(sandbox: Sandbox, client: Client) -> None:
    client.push_stream("anna", Odd(b"a", bytearray(b"b"), memoryview(b"cd")), packet_id="odd")
    assert sandbox.content("anna", "odd") == b"abcd"


@pytest.mark.parametrize(
    ("stream", "problem", "says"),
    [
        (io.StringIO("text"), TypeError, "bytes-like"),
        (Odd(b"a", None), BlockingIOError, "blocks"),
        (Odd(b"a" * 10_000_000), ValueError, "were asked for"),
        (Odd(b"a", ZeroDivisionError("mine")), ZeroDivisionError, "mine"),
        (Odd(b"a", KeyboardInterrupt("mine")), KeyboardInterrupt, "mine"),
        (Odd(), dmerp.InvalidArgumentError, "empty"),
        (object(), AttributeError, "read"),
    ],
)
def test_a_stream_that_fails_pushes_nothing(sandbox: Sandbox, client: Client, stream: Any, problem: Any, says: str) -> None:
    with pytest.raises(problem, match=says):
        client.push_stream("anna", stream)
    assert sandbox.requests() == []


@pytest.mark.parametrize("content", [b"", b"\0", LARGE])
def test_download_stream(sandbox: Sandbox, client: Client, content: bytes) -> None:
    stream = io.BytesIO()
    assert client.download_stream(sandbox.send(content)["url"], stream) == len(content)
    assert stream.getvalue() == content


@pytest.mark.parametrize("buffering", [-1, 0])
def test_download_stream_to_an_open_file(sandbox: Sandbox, client: Client, tmp_path: Path, buffering: int) -> None:
    with (tmp_path / "file").open("wb", buffering=buffering) as file:
        client.download_stream(sandbox.send(LARGE)["url"], file)
    assert (tmp_path / "file").read_bytes() == LARGE


def test_what_does_not_fit_on_a_disk_is_an_error_of_the_download(sandbox: Sandbox, client: Client) -> None:
    # Less than a buffered file holds back: without a flush, nobody would know.
    url = sandbox.send(b"short")["url"]
    file = Path("/dev/full").open("wb")  # noqa: SIM115 -- closing it fails as well
    with pytest.raises(OSError, match="No space left"):
        client.download_stream(url, file)
    with pytest.raises(OSError, match="No space left"):
        file.close()


class Slow(io.RawIOBase):
    """Takes a thousand bytes at a time, as a raw file may."""

    def __init__(self) -> None:
        self.taken = b""

    def write(self, data: Any, /) -> int:
        self.taken += bytes(data[:1000])
        return min(len(data), 1000)


def test_download_stream_to_one_that_takes_a_part(sandbox: Sandbox, client: Client) -> None:
    stream = Slow()
    client.download_stream(sandbox.send(LARGE[:300_500])["url"], stream)
    assert stream.taken == LARGE[:300_500]


class Writer:
    """Returns what it is told to."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer
        self.taken = b""

    def write(self, data: bytes) -> Any:
        if isinstance(self.answer, BaseException):
            raise self.answer
        self.taken += data
        return self.answer


def test_download_stream_to_one_that_counts_nothing(sandbox: Sandbox, client: Client) -> None:
    stream = Writer(None)
    client.download_stream(sandbox.send(LARGE)["url"], stream)
    assert stream.taken == LARGE


class Full(io.RawIOBase):
    """Takes nothing at the moment."""

    def write(self, _data: Any, /) -> None:
        return None


@pytest.mark.parametrize(
    ("stream", "problem"),
    [
        (Writer(OSError(28, "No space left on device")), OSError),
        (Writer(SystemExit(3)), SystemExit),
        (Full(), BlockingIOError),
        (Writer(0), ValueError),
        (Writer(10**9), ValueError),
        (object(), AttributeError),
    ],
)
def test_a_stream_that_takes_nothing(sandbox: Sandbox, client: Client, stream: Any, problem: Any) -> None:
    url = sandbox.send(LARGE)["url"]
    with pytest.raises(problem) as caught:
        client.download_stream(url, stream)
    if isinstance(stream, Writer) and isinstance(stream.answer, BaseException):
        assert caught.value is stream.answer


def test_a_download_that_breaks_off_gives_the_stream_nothing(sandbox: Sandbox, client: Client) -> None:
    url = sandbox.send(LARGE)["url"]
    sandbox.fault({"truncate": {"bytes": 4_000_000}}, on="storage", times=0)
    stream = io.BytesIO()
    with pytest.raises(dmerp.TruncatedError):
        client.download_stream(url, stream)
    assert stream.getvalue() == b""
