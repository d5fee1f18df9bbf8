"""Threads, forks, spawned processes, and the end of the interpreter."""

from __future__ import annotations

import concurrent.futures
import gc
import multiprocessing
import os
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from conftest import QUICK, StartChild, finish
from sandbox import HANG, SOON, WINE, Sandbox

import dmerp
from dmerp import Client


def test_other_python_threads_run_while_a_call_waits(sandbox: Sandbox, client: Client) -> None:
    sandbox.fault(**HANG)
    count = 0
    stop = threading.Event()

    def work() -> None:
        nonlocal count
        while not stop.wait(0.001):
            count += 1

    worker = threading.Thread(target=work)
    worker.start()
    with pytest.raises(dmerp.TimedOutError):
        client.check(call=dmerp.Call(timeout=0.5))
    stop.set()
    worker.join(SOON)
    assert count > 50


def test_many_threads_share_a_client(sandbox: Sandbox, client: Client) -> None:
    def round_trip(number: int) -> bool:
        content = b"%d" % number * 1000
        client.push(f"user{number}", content, packet_id=f"id{number}")
        url = sandbox.send(content)["url"]
        return client.download(url) == content == sandbox.content(f"user{number}", f"id{number}")

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        assert all(pool.map(round_trip, range(64)))
    packets = client.pull()
    assert len(packets) == 64
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        assert len(set(pool.map(packets.__getitem__, range(64)))) == 64
        list(pool.map(lambda packet: client.done([packet]), packets))
    assert sandbox.waiting() == []


def test_exceptions_of_callbacks_stay_on_their_thread(sandbox: Sandbox, client: Client) -> None:
    url = sandbox.send(bytes(200_000))["url"]

    def download(number: int) -> BaseException:
        problem = ZeroDivisionError(number)

        def stop(_progress: dmerp.Progress) -> None:
            raise problem

        with pytest.raises(ZeroDivisionError) as caught:
            client.download(url, call=dmerp.Call(progress=stop))
        assert caught.value is problem
        return problem

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(download, range(32)))) == 32


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_child_uses_the_client_it_inherited(sandbox: Sandbox, client: Client) -> None:
    sandbox.fault(times=0, path="/pull/", action="hang")
    client.push("anna", b"<before/>", packet_id="before")
    call = dmerp.Call()

    def wait() -> None:
        with pytest.raises(dmerp.CancelledError):
            client.pull(call=call)

    waiting = threading.Thread(target=wait)
    waiting.start()
    sandbox.await_request(3)
    child = os.fork()
    if child == 0:
        code = 1
        try:
            client.push("anna", b"<child/>", packet_id="child")
            client.close()
            code = 0
        finally:
            os._exit(code)
    client.push("anna", b"<parent/>", packet_id="parent")
    until = time.monotonic() + SOON
    ended, status = os.waitpid(child, os.WNOHANG)
    while ended == 0 and time.monotonic() < until:
        time.sleep(0.01)
        ended, status = os.waitpid(child, os.WNOHANG)
    assert (ended, status) == (child, 0)
    call.cancel()
    waiting.join(SOON)
    assert {each["packetUniqueId"] for each in sandbox.pushed()} == {"before", "child", "parent"}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_receiver_stays_with_the_process_that_opened_it(sandbox: Sandbox, client: Client) -> None:
    content = bytes(2_000_000)
    sandbox.send(content, count=2)
    with client.receive() as receiver:
        first, second = receiver
        child = os.fork()
        if child == 0:
            code = 1
            try:
                for act in (receiver.next, first.done, receiver.close):
                    with pytest.raises(dmerp.InvalidArgumentError, match="process"):
                        act()
                del first, second, receiver, act
                gc.collect()
                code = 0
            finally:
                os._exit(code)
        assert os.waitpid(child, 0) == (child, 0)
        for packet in (first, second):
            assert packet.path is not None
            assert packet.path.read_bytes() == content
            packet.done()
    assert sandbox.waiting() == []


def push_in_a_process(settings: dict[str, Any], number: int) -> dmerp.Pushed:
    with dmerp.Client(**settings) as client:
        return client.push("anna", b"<p/>", packet_id=f"process {number}")


def fail_in_a_process(settings: dict[str, Any]) -> None:
    with dmerp.Client(**settings) as client:
        client.download("gone")


@pytest.mark.skipif(WINE, reason="under Wine, the pool's own pipe can stand still")
def test_spawned_processes(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = {"app_area": sandbox.app_area, "api_key": sandbox.api_key, "base_url": sandbox.base_url, **QUICK}
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([*sys.path, str(Path(__file__).parent)]))
    context = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(2, context) as pool:
        pushed = list(pool.map(push_in_a_process, [settings] * 4, range(4)))
        with pytest.raises(dmerp.NotFoundError) as caught:
            pool.submit(fail_in_a_process, settings).result(30)
    assert {each.packet_id for each in pushed} == {each["packetUniqueId"] for each in sandbox.pushed()}
    assert (caught.value.packet_id, caught.value.http_status) == ("gone", 404)


ENDS = """
import atexit
erp = new_client()
receiver = erp.receive()
received = [receiver.next() for _ in range(3)]
received[0].done()
packets = erp.pull()
call = dmerp.Call()
config = dmerp.Config()
cycle = [erp, packets]
cycle.append(cycle)
atexit.register(lambda: print(erp.push("anna", b"<p/>", packet_id="last").packet_id))
"""


def test_the_interpreter_ends_with_unclosed_objects(sandbox: Sandbox, start: StartChild, tmp_path: Path) -> None:
    for _ in range(4):
        sandbox.send(bytes(2_000_000))
    assert finish(start(ENDS, TMPDIR=str(tmp_path))) == "last\n"
    assert len(sandbox.waiting()) == 3
    assert list(tmp_path.iterdir()) == []


DAEMONS = """
erp = new_client(receive_poll=0.001, receive_poll_max=0.001)
def receive():
    with new_client(receive_poll=0.001, receive_poll_max=0.001, receive_done=60.0).receive() as receiver:
        for packet in receiver: packet.done()
def work():
    while True:
        try:
            {verb}
        except dmerp.DmerpError:
            pass
import logging
logging.basicConfig(filename=os.devnull, level=logging.DEBUG)
for _ in range(4):
    threading.Thread(target=work, daemon=True).start()
sys.stdin.readline()
print(time.time(), flush=True)
"""


@pytest.mark.parametrize(
    ("verb", "fault"),
    [
        ("erp.check()", "hang"),
        ("erp.push('anna', bytes(100_000), call=dmerp.Call(progress=lambda *_: None))", None),
        ("erp.check()", None),
        ("for packet in erp.receive(): packet.done()", None),
        ("receive()", None),
    ],
)
def test_daemon_threads_in_a_call_do_not_hold_up_the_end(
    sandbox: Sandbox, start: StartChild, verb: str, fault: str | None
) -> None:
    for _ in range(3):
        if fault is not None:
            sandbox.fault(fault, times=0)
        seen = len(sandbox.requests())
        sandbox.send(count=3)
        child = start(DAEMONS.format(verb=verb))
        sandbox.await_request(seen + 4)
        assert child.stdin is not None
        child.stdin.write("\n")
        child.stdin.flush()
        output = finish(child)
        took = time.time() - float(output)
        assert took < SOON, f"{took} s after the end of the main thread"
