"""Timeouts, cancelling and progress; and what callbacks may do."""

from __future__ import annotations

import _thread
import ctypes
import logging
import signal
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from conftest import NewClient
from sandbox import HANG, SOON, Sandbox, await_true

import dmerp
from dmerp import Call, Client

LARGE = bytes(1_000_000)


class Background(threading.Thread):
    """Does something on another thread, and takes what comes of it."""

    def __init__(self, act: Any) -> None:
        super().__init__()
        self.act = act
        self.problem: BaseException | None = None
        self.start()

    def run(self) -> None:
        try:
            self.act()
        except BaseException as problem:  # noqa: BLE001 -- to be looked at by the test
            self.problem = problem

    def ended(self) -> BaseException | None:
        self.join(SOON)
        assert not self.is_alive()
        return self.problem


@pytest.mark.parametrize(
    ("verb", "fault"),
    [
        ("check", HANG),
        ("pull", HANG),
        ("push", {"on": "storage", "times": 0, "action": "hang"}),
        ("download", {"on": "storage", "times": 0, "action": {"stall": {"bytes": 1000}}}),
        ("download_file", {"on": "storage", "times": 0, "action": {"stall": {"bytes": 1000}}}),
        ("pull", {"on": "portal", "times": 0, "action": {"throttle": {"retry_after": {"seconds": 30}}}}),
    ],
)
def test_cancel_from_another_thread(
    sandbox: Sandbox,
    client: Client,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    verb: str,
    fault: dict[str, Any],
) -> None:
    url = sandbox.send(LARGE)["url"]
    sandbox.fault(**fault)
    moved: list[int] = []
    call = Call(progress=lambda progress: moved.append(progress.done))
    acts: dict[str, Any] = {
        "check": lambda: client.check(call=call),
        "pull": lambda: client.pull(call=call),
        "push": lambda: client.push("anna", LARGE, call=call),
        "download": lambda: client.download(url, call=call),
        "download_file": lambda: client.download_file(url, tmp_path / "file", call=call),
    }
    running = Background(acts[verb])
    sandbox.await_request(2 if "storage" in fault["on"] else 1)
    if "stall" in fault["action"]:
        await_true(lambda: bool(moved))
    if "throttle" in fault["action"]:  # the retry is told before the wait for it
        await_true(lambda: any(record.levelno == logging.WARNING for record in caplog.records))
    call.cancel()
    assert isinstance(running.ended(), dmerp.CancelledError)
    assert call.is_cancelled
    assert list(tmp_path.iterdir()) == []


def test_one_cancel_ends_all_that_use_it_and_all_that_will(sandbox: Sandbox, client: Client) -> None:
    sandbox.fault(**HANG)
    call = Call()
    running = [Background(lambda: client.check(call=call)) for _ in range(4)]
    sandbox.await_request(4)
    call.cancel()
    assert [type(each.ended()) for each in running] == [dmerp.CancelledError] * 4
    before = len(sandbox.requests())
    with pytest.raises(dmerp.CancelledError):
        client.check(call=call)
    assert len(sandbox.requests()) == before
    sandbox.heal()
    client.check()


def test_timeout(sandbox: Sandbox, client: Client) -> None:
    sandbox.fault(**HANG)
    call = Call(timeout=0.2)
    for _ in range(2):
        began = time.monotonic()
        with pytest.raises(dmerp.TimedOutError):
            client.check(call=call)
        assert 0.1 < time.monotonic() - began < SOON  # half of it, as a clock may be coarse
    sandbox.heal()
    call.timeout = None
    client.check(call=call)


@pytest.mark.parametrize("wrong", [Call(timeout="60"), Call(progress=5)])  # type: ignore[arg-type]
def test_what_a_call_takes(sandbox: Sandbox, client: Client, wrong: Call) -> None:
    with pytest.raises(TypeError):
        client.push("anna", b"<p/>", call=wrong)
    assert not sandbox.pushed() or sandbox.pushed()[0]["uploads"] == 0


@pytest.mark.parametrize("timeout", [0, -1, -(2.0**70), float("nan"), float("inf")])
def test_a_timeout_must_be_some_time(client: Client, timeout: float) -> None:
    with pytest.raises(dmerp.InvalidArgumentError, match="timeout"):
        client.check(call=Call(timeout=timeout))


def test_a_timeout_beyond_all_time(client: Client) -> None:
    client.check(call=Call(timeout=2.0**64))


def test_a_part_of_a_millisecond_is_some_time(sandbox: Sandbox, client: Client) -> None:
    sandbox.fault(**HANG)
    with pytest.raises(dmerp.TimedOutError):
        client.check(call=Call(timeout=0.0001))


def test_what_is_changed_in_a_call_counts_for_later_ones(sandbox: Sandbox, client: Client) -> None:
    url = sandbox.send(LARGE)["url"]
    sandbox.fault({"trickle": {"bytes_per_chunk": 20_000, "ms": 4}}, on="storage", method="GET")
    seen: list[str] = []

    def first(_progress: dmerp.Progress) -> None:
        seen.append("first")
        call.progress = lambda _progress: seen.append("second")

    call = Call(progress=first)
    client.download(url, call=call)
    assert seen[:2] == ["first", "first"]
    assert "second" not in seen
    client.download(url, call=call)
    assert seen[-1] == "second"


def test_progress(sandbox: Sandbox, client: Client) -> None:
    seen: list[tuple[dmerp.Progress, int]] = []
    call = Call(progress=lambda progress: seen.append((progress, threading.get_ident())))
    client.push("anna", LARGE, call=call)
    pushed, seen[:] = seen[:], []
    client.download(sandbox.send(LARGE)["url"], call=call)
    for part in (pushed, seen):
        assert part
        assert [progress.done for progress, _ in part] == sorted(progress.done for progress, _ in part)
        assert part[-1] == (dmerp.Progress(len(LARGE), len(LARGE), 1, 1), threading.get_ident())


@pytest.mark.parametrize("problem", [ZeroDivisionError("mine"), KeyboardInterrupt("mine"), SystemExit(3), GeneratorExit()])
def test_what_progress_raises_comes_out_unchanged(
    sandbox: Sandbox, client: Client, tmp_path: Path, problem: BaseException
) -> None:
    def stop(_progress: dmerp.Progress) -> None:
        raise problem

    call = Call(progress=stop)
    url = sandbox.send(LARGE)["url"]
    with pytest.raises(type(problem)) as caught:
        client.push("anna", LARGE, call=call)
    assert caught.value is problem
    # The id that was made for the packet is known from the library's error.
    of_library = caught.value.__context__
    assert isinstance(of_library, dmerp.CancelledError)
    assert of_library.packet_id == sandbox.pushed()[0]["packetUniqueId"]
    assert sandbox.pushed()[0]["uploads"] == 0
    with pytest.raises(type(problem)):
        client.download_file(url, tmp_path / "file", call=call)
    assert list(tmp_path.iterdir()) == []
    assert not call.is_cancelled
    client.check(call=call)


def test_what_a_callback_raises_keeps_its_own_context(client: Client) -> None:
    def stop(_progress: dmerp.Progress) -> None:
        try:
            raise KeyError("first")
        except KeyError:
            raise ZeroDivisionError("second")  # noqa: B904

    def push() -> None:
        with pytest.raises(ZeroDivisionError) as caught:
            client.push("anna", LARGE, call=Call(progress=stop))
        assert isinstance(caught.value.__context__, dmerp.CancelledError)
        assert isinstance(caught.value.__context__.__context__, KeyError)

    push()
    assert Background(push).ended() is None


def test_the_first_exception_counts(sandbox: Sandbox, client: Client) -> None:
    problems: list[Exception] = []

    def stop(_progress: dmerp.Progress) -> None:
        problems.append(ZeroDivisionError(len(problems)))
        raise problems[-1]

    with pytest.raises(ZeroDivisionError) as caught:
        client.download(sandbox.send(LARGE)["url"], call=Call(progress=stop))
    assert caught.value is problems[0]


def test_callbacks_may_call_the_client(sandbox: Sandbox, client: Client) -> None:
    inner: list[dmerp.Pushed] = []

    def nested(_progress: dmerp.Progress) -> None:
        if not inner:
            inner.append(client.push("within", b"<p/>", call=Call(progress=nested_too)))

    def nested_too(_progress: dmerp.Progress) -> None:
        with pytest.raises(dmerp.NotFoundError):
            client.download("gone")

    client.push("anna", LARGE, packet_id="outer", call=Call(progress=nested))
    assert sandbox.content("anna", "outer") == LARGE
    assert sandbox.content("within", inner[0].packet_id) == b"<p/>"


def test_an_inner_exception_ends_the_inner_call_alone(sandbox: Sandbox, client: Client) -> None:
    caught: list[Exception] = []

    def stop(_progress: dmerp.Progress) -> None:
        raise ZeroDivisionError

    def nested(_progress: dmerp.Progress) -> None:
        if not caught:
            try:
                client.push("within", LARGE, call=Call(progress=stop))
            except ZeroDivisionError as problem:
                caught.append(problem)

    client.push("anna", LARGE, packet_id="outer", call=Call(progress=nested))
    assert caught
    assert sandbox.content("anna", "outer") == LARGE


def test_a_callback_may_close_the_client(sandbox: Sandbox, new_client: NewClient) -> None:
    client = new_client()
    client.push("anna", LARGE, packet_id="last", call=Call(progress=lambda _progress: client.close()))
    assert sandbox.content("anna", "last") == LARGE
    assert dmerp.live_handles() == 0
    with pytest.raises(dmerp.InvalidHandleError):
        client.check()


def test_a_callback_may_cancel(sandbox: Sandbox, client: Client) -> None:
    call = Call(progress=lambda _progress: call.cancel())
    with pytest.raises(dmerp.CancelledError):
        client.download(sandbox.send(LARGE)["url"], call=call)


def stop(thread: threading.Thread) -> None:
    """Raise an exception in a thread, as packages that limit a function's time do."""
    assert thread.ident is not None
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident), ctypes.py_object(ZeroDivisionError))


def test_an_exception_from_another_thread_comes_out_at_the_end(sandbox: Sandbox, new_client: NewClient) -> None:
    """As with every call of C code. The record of a failure would take it for the logger's."""
    client = new_client(logger=None)
    sandbox.fault(**HANG)
    call = Call()
    running = Background(lambda: client.check(call=call))
    sandbox.await_request()
    stop(running)
    call.cancel()
    assert isinstance(running.ended(), ZeroDivisionError)


class Endless:
    """Content that never ends; it tells when it is read."""

    def __init__(self) -> None:
        self.is_read = threading.Event()

    def read(self, _size: int) -> bytes:
        self.is_read.set()
        return b"abc"


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_exception_from_another_thread_at_any_step_of_a_stream(sandbox: Sandbox, new_client: NewClient) -> None:
    """It may be lost as a callback begins, but what was cut short is never pushed."""
    client = new_client(logger=None)
    for attempt in range(100):
        stream = Endless()
        running = Background(lambda stream=stream: client.push_stream("anna", stream))
        assert stream.is_read.wait(SOON)
        time.sleep(attempt * 0.00003)
        stop(running)
        assert isinstance(running.ended(), (ZeroDivisionError, dmerp.DmerpError))
    assert sandbox.pushed() == []


def test_ctrl_c_ends_a_call_on_every_system(sandbox: Sandbox, client: Client) -> None:
    """As far as one process can tell; test_signals sends it from outside, where a system has signals."""
    sandbox.fault(**HANG)

    def press() -> None:
        sandbox.await_request()
        _thread.interrupt_main()

    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # in the background, it may be ignored
    try:
        pressed = Background(press)
        with pytest.raises(KeyboardInterrupt):
            client.check()
    finally:
        signal.signal(signal.SIGINT, before)
    assert pressed.ended() is None
