"""The client for asyncio: its verbs are coroutines, and cancelling a task cancels its call."""

from __future__ import annotations

import asyncio
import gc
import inspect
import io
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import pytest
from conftest import QUICK
from sandbox import HANG, SOON, Sandbox, await_true

import dmerp
import dmerp.aio
from dmerp.aio import Client

T = TypeVar("T")


@asynccontextmanager
async def new_client(sandbox: Sandbox, **options: Any) -> AsyncIterator[Client]:
    settings = {"app_area": sandbox.app_area, "api_key": sandbox.api_key, "base_url": sandbox.base_url, **QUICK, **options}
    async with Client(**settings) as client:
        yield client


def run(sandbox: Sandbox, body: Callable[[Client], Awaitable[T]], **settings: Any) -> T:
    """Run a test's body with a client of its own, in a loop that complains of what is forgotten."""

    async def main() -> T:
        problems: list[Any] = []
        asyncio.get_running_loop().set_exception_handler(lambda _loop, context: problems.append(context))
        async with new_client(sandbox, **settings) as client:
            outcome = await body(client)
        assert problems == []
        return outcome

    return asyncio.run(main(), debug=True)


async def await_request(sandbox: Sandbox, count: int = 1) -> None:
    await asyncio.to_thread(sandbox.await_request, count)


def test_every_verb(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.send(b"<sent/>", id="sent")
    (tmp_path / "out").write_bytes(b"<file/>")

    async def body(client: Client) -> None:
        await client.check()
        pushed = await client.push("anna", b"<p/>", packet_id="bytes")
        assert (pushed.packet_id, pushed.size) == ("bytes", 4)
        await client.push_file("anna", tmp_path / "out", packet_id="file")
        with dmerp.PacketWriter("boris") as writer:
            writer.table("T")
            await client.push_packet(writer, packet_id="packet")
            assert sandbox.content("boris", "packet") == writer.content()
        await client.push_stream("anna", io.BytesIO(b"<stream/>"), dmerp.Format.JSON, packet_id="stream")
        packets = await client.pull()
        (packet,) = packets
        assert isinstance(packets, dmerp.Packets)
        assert (await client.link(packet.url)).startswith("http")
        assert await client.download(packet.url) == b"<sent/>"
        assert await client.download_file(packet.url, tmp_path / "in") == 7
        stream = io.BytesIO()
        assert await client.download_stream(packet.url, stream) == 7
        assert (tmp_path / "in").read_bytes() == stream.getvalue() == b"<sent/>"
        await client.done(packets)

    run(sandbox, body)
    for packet_id, content in {"bytes": b"<p/>", "file": b"<file/>", "stream": b"<stream/>"}.items():
        assert sandbox.content("anna", packet_id) == content
    assert sandbox.waiting() == []


def public(kind: type) -> set[str]:
    return {name for name, each in vars(kind).items() if inspect.isfunction(each) and name[0] != "_"}


def test_it_has_every_verb_of_the_client() -> None:
    assert public(Client) == public(dmerp.Client)
    assert public(dmerp.aio.Receiver) == public(dmerp.Receiver)
    for ours, theirs in ((Client, dmerp.Client), (dmerp.aio.Receiver, dmerp.Receiver)):
        for name in public(ours) - {"receive"}:
            assert inspect.iscoroutinefunction(getattr(ours, name))
            assert name == "close" or getattr(ours, name).__doc__ == getattr(theirs, name).__doc__


def test_what_a_verb_raises_comes_out(sandbox: Sandbox) -> None:
    problem = ZeroDivisionError("mine")

    def stop(_progress: dmerp.Progress) -> None:
        raise problem

    async def body(client: Client) -> None:
        with pytest.raises(dmerp.NotFoundError) as caught:
            await client.download("gone")
        assert caught.value.packet_id == "gone"
        with pytest.raises(ZeroDivisionError) as raised:
            await client.push("anna", b"<p/>", call=dmerp.Call(progress=stop))
        assert raised.value is problem

    run(sandbox, body)


def test_a_stop_iteration_ends_the_call(sandbox: Sandbox) -> None:
    class Chunks:
        def __init__(self) -> None:
            self.chunks = iter([b"<p/>"])

        def read(self, _size: int) -> bytes:
            return next(self.chunks)

    async def body(client: Client) -> None:
        # No coroutine can raise it as it is.
        with pytest.raises(RuntimeError, match="StopIteration") as caught:
            await asyncio.wait_for(client.push_stream("anna", Chunks()), SOON)
        assert isinstance(caught.value.__cause__, StopIteration)

    run(sandbox, body)
    assert sandbox.pushed() == []


def test_a_thread_that_cannot_start_leaves_nothing_behind(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    def start(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    def calls() -> int:
        gc.collect()
        return sum(isinstance(each, dmerp.Call) for each in gc.get_objects())

    async def body(client: Client) -> None:
        shared = dmerp.Call()
        before = calls()
        with monkeypatch.context() as patched:
            patched.setattr(threading.Thread, "start", start)
            with pytest.raises(RuntimeError, match="can't start"):
                await client.check(call=shared)
        assert calls() == before  # the shared one keeps none
        await client.check(call=shared)

    run(sandbox, body)


def test_the_loop_runs_meanwhile_and_any_number_of_calls(sandbox: Sandbox) -> None:
    sandbox.fault(**HANG)

    async def body(client: Client) -> None:
        tasks = [asyncio.create_task(client.check()) for _ in range(60)]
        await await_request(sandbox, 60)
        assert not any(task.done() for task in tasks)
        sandbox.heal()
        for task in tasks:
            task.cancel()
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        assert {type(each) for each in outcomes} == {asyncio.CancelledError}
        await asyncio.gather(*(client.push(f"user{number}", b"<p/>") for number in range(60)))

    run(sandbox, body)
    assert len(sandbox.pushed()) == 60


def test_cancelling_the_task_cancels_the_call_and_waits_for_its_end(sandbox: Sandbox) -> None:
    sandbox.fault(**HANG)

    async def body(client: Client) -> None:
        handles = dmerp.live_handles()
        shared = dmerp.Call()
        task, other = (asyncio.create_task(client.check(call=shared)) for _ in range(2))
        await await_request(sandbox, 2)
        began = time.monotonic()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert time.monotonic() - began < SOON
        # The other one, of the same control, goes on.
        assert not shared.is_cancelled
        assert not other.done()
        await asyncio.to_thread(await_true, lambda: sum(each.name == "dmerp" for each in threading.enumerate()) == 1)
        shared.cancel()
        with pytest.raises(dmerp.CancelledError):
            await other
        assert dmerp.live_handles() == handles

    run(sandbox, body)


def test_a_cancelled_task_tells_how_its_call_ended(sandbox: Sandbox) -> None:
    sandbox.fault(**{**HANG, "on": "storage"})
    sandbox.fault("hang", path="/done", skip=1, times=0)
    sandbox.send(count=2)

    async def cause(verb: Awaitable[object], requests: int) -> BaseException | None:
        causes: list[BaseException | None] = []

        async def job() -> None:
            try:
                await verb
            except asyncio.CancelledError as why:  # in Python 3.10, who awaits the task gets another one
                causes.append(why.__cause__)
                raise

        task = asyncio.create_task(job())
        await await_request(sandbox, requests)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return causes[0]

    async def body(client: Client) -> None:
        of_push = await cause(client.push("anna", b"<p/>"), 2)
        assert isinstance(of_push, dmerp.CancelledError)
        assert of_push.packet_id == sandbox.pushed()[0]["packetUniqueId"]
        assert of_push.is_outcome_unknown

        of_done = await cause(client.done(await client.pull()), 5)
        assert isinstance(of_done, dmerp.CancelledError)
        first, second = of_done.results
        assert first is None
        assert isinstance(second, dmerp.CancelledError)

    run(sandbox, body, done_batch=1)


def test_a_call_that_succeeds_although_its_task_is_cancelled_has_no_error(sandbox: Sandbox) -> None:
    reached = threading.Event()
    go_on = threading.Event()

    class Last(io.BytesIO):
        """Holds up the call at a step that comes after the last one that can fail."""

        def flush(self) -> None:
            reached.set()
            assert go_on.wait(SOON)

    stream = Last()
    url = sandbox.send(b"<sent/>")["url"]

    async def body(client: Client) -> None:
        task = asyncio.create_task(client.download_stream(url, stream))
        assert await asyncio.to_thread(reached.wait, SOON)
        task.cancel()
        await asyncio.sleep(0)
        go_on.set()
        with pytest.raises(asyncio.CancelledError) as caught:
            await task
        assert caught.value.__cause__ is None

    run(sandbox, body)
    assert stream.getvalue() == b"<sent/>"


def test_a_time_limit_of_asyncio_is_one_too(sandbox: Sandbox) -> None:
    sandbox.fault(**HANG)

    async def body(client: Client) -> None:
        with pytest.raises((asyncio.TimeoutError, TimeoutError)):
            await asyncio.wait_for(client.pull(), 0.1)
        with pytest.raises(dmerp.TimedOutError):
            await client.pull(call=dmerp.Call(timeout=0.1))

    run(sandbox, body)


def test_a_call_that_was_cancelled_before_makes_no_request(sandbox: Sandbox) -> None:
    call = dmerp.Call()
    call.cancel()

    async def body(client: Client) -> None:
        with pytest.raises(dmerp.CancelledError):
            await client.check(call=call)

    run(sandbox, body)
    assert sandbox.requests() == []


def test_a_task_cancelled_again_and_again_still_waits(sandbox: Sandbox) -> None:
    stay, reading = threading.Event(), threading.Event()

    class Stuck:
        def read(self, _size: int) -> bytes:
            reading.set()
            stay.wait(SOON)
            return b""

    async def body(client: Client) -> None:
        task = asyncio.create_task(client.push_stream("anna", Stuck()))
        await asyncio.to_thread(reading.wait, SOON)
        for _ in range(3):
            task.cancel()
            await asyncio.sleep(0)
            assert not task.done()
        stay.set()
        with pytest.raises(asyncio.CancelledError):
            await task

    run(sandbox, body)
    assert sandbox.pushed() == []


def test_closing(sandbox: Sandbox) -> None:
    async def main() -> None:
        async with new_client(sandbox) as client:
            assert repr(client) == f"<dmerp.aio.Client, app area {sandbox.app_area}>"
        assert client.closed
        with pytest.raises(dmerp.InvalidHandleError, match="the client is closed"):
            await client.check()

    asyncio.run(main())


def test_receive(sandbox: Sandbox, tmp_path: Path) -> None:
    large = bytes(2_000_000)
    sandbox.send(b"<p/>", count=20, id="p")
    sandbox.send(large, id="large")

    async def body(client: Client) -> None:
        sent = [packet["id"] for packet in sandbox.waiting()]
        received = []
        async with client.receive() as receiver:
            async for packet in receiver:
                received.append(packet.id)
                if packet.id == "large":
                    await asyncio.to_thread(packet.save_as, tmp_path / "large")
                else:
                    assert packet.content == b"<p/>"
                packet.done()
            assert await receiver.next() is None
        assert received == sent
        assert (receiver.summary.marked, receiver.summary.left) == (21, [])
        assert await receiver.close() == receiver.summary
        assert client.stats().packets_done == 21
        async for _ in client.receive():
            raise AssertionError

    run(sandbox, body)
    assert (tmp_path / "large").read_bytes() == large
    assert sandbox.waiting() == []


def test_next_takes_no_thread_when_it_is_ready(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    sandbox.send(id="late", name="late.xml")
    sandbox.send(id="early")
    sandbox.fault({"delay": {"ms": 300}}, on="storage", path="late.xml")
    threads: list[str] = []

    async def next_of(receiver: dmerp.aio.Receiver, call: dmerp.Call | None = None) -> str | None:
        threads.clear()
        packet = await receiver.next(call=call)
        return None if packet is None else packet.id

    def start(thread: threading.Thread) -> None:
        threads.append(thread.name)
        starts(thread)

    starts = threading.Thread.start
    monkeypatch.setattr(threading.Thread, "start", start)

    async def body(client: Client) -> None:
        async with client.receive() as receiver:
            states = [receiver.is_ready]
            assert (await next_of(receiver), threads) == ("late", ["dmerp"])
            states.append(receiver.is_ready)
            assert (await next_of(receiver), threads) == ("early", [])
            states.append(receiver.is_ready)
            assert (await next_of(receiver), threads) == (None, ["dmerp"])
            states.append(receiver.is_ready)
            assert (await next_of(receiver), threads) == (None, [])
            assert (await next_of(receiver, dmerp.Call(progress=print)), threads) == (None, ["dmerp"])
        assert states == [False, True, False, True]
        assert receiver.is_ready

    run(sandbox, body)


def test_the_loop_runs_while_a_packet_that_another_took_is_waited_for(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dmerp.aio.Receiver, "is_ready", True)  # just before

    async def body(client: Client) -> None:
        async with client.receive() as receiver:
            waiting = asyncio.create_task(receiver.next())
            await await_request(sandbox, 10)
            sandbox.send(id="later")
            packet = await waiting
            assert packet is not None
            assert packet.id == "later"

    run(sandbox, body, receive_poll=0.02, receive_poll_max=0.02)


@pytest.mark.parametrize("with_block", [True, False])
def test_a_loop_that_is_left_leaves_the_rest_in_the_queue(sandbox: Sandbox, with_block: bool) -> None:
    sandbox.send(count=5)

    async def one(client: Client) -> None:
        async with client.receive() as receiver:
            async for packet in receiver:
                packet.done()
                raise ZeroDivisionError

    async def body(client: Client) -> None:
        handles = dmerp.live_handles()
        if with_block:
            with pytest.raises(ZeroDivisionError):
                await one(client)
        else:
            async for packet in client.receive():
                packet.done()
                break
        assert dmerp.live_handles() == handles

    run(sandbox, body)
    assert len(sandbox.waiting()) == 4


def test_workers_and_a_stop(sandbox: Sandbox) -> None:
    sandbox.send(count=50)

    async def work(receiver: dmerp.aio.Receiver, received: list[str]) -> None:
        async for packet in receiver:
            await asyncio.sleep(0)
            received.append(packet.id)
            packet.done()

    async def body(client: Client) -> None:
        received: list[str] = []
        async with client.receive() as receiver:
            workers = [asyncio.create_task(work(receiver, received)) for _ in range(4)]
            await asyncio.to_thread(await_true, lambda: len(received) == 50)
            receiver.stop()
            await asyncio.gather(*workers)
        assert len(set(received)) == 50

    run(sandbox, body, receive_poll=0.02, receive_poll_max=0.02)
    assert sandbox.waiting() == []


def test_cancelling_a_task_that_waits_for_packets(sandbox: Sandbox) -> None:
    sandbox.send()

    async def body(client: Client) -> None:
        async def job() -> None:
            async with client.receive() as receiver:
                receivers.append(receiver)
                async for packet in receiver:
                    packet.done()

        receivers: list[dmerp.aio.Receiver] = []
        task = asyncio.create_task(job())
        await await_request(sandbox, 6)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert receivers[0].summary.marked == 1
        with pytest.raises((asyncio.TimeoutError, TimeoutError)):
            await asyncio.wait_for(client.receive().next(), 0.1)

    run(sandbox, body, receive_poll=0.02, receive_poll_max=0.02, receive_done=60.0)
    assert sandbox.waiting() == []


def test_a_packet_that_comes_as_its_task_is_cancelled_is_the_next(sandbox: Sandbox) -> None:
    sandbox.send(id="first", name="first.xml")
    sandbox.send(id="second")
    sandbox.fault({"delay": {"ms": 300}}, on="storage", path="first.xml")

    def is_at_work() -> bool:
        return any(thread.name == "dmerp" for thread in threading.enumerate())

    async def body(client: Client) -> None:
        async with client.receive() as receiver:
            task = asyncio.create_task(receiver.next())
            while not is_at_work():
                await asyncio.sleep(0)
            while is_at_work():
                time.sleep(0.01)  # it holds up the loop, which then learns of the packet and of the cancel at once
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            received = []
            async for packet in receiver:
                packet.done()
                received.append(packet.id)
        assert sorted(received) == ["first", "second"]
        assert (receiver.summary.handed_over, receiver.summary.left) == (2, [])
        late = asyncio.create_task(receiver.next())
        assert await late is None

    run(sandbox, body)
    assert sandbox.waiting() == []


def test_push_many(sandbox: Sandbox) -> None:
    sandbox.fault({"status": {"code": 400}}, on="portal", path="nobody", times=0)
    packets = [dmerp.Outgoing(user, b"<p/>", packet_id=user) for user in ("anna", "nobody", "boris")]

    async def body(client: Client) -> None:
        anna, nobody, boris = await client.push_many(packets)
        assert isinstance(anna, dmerp.Pushed)
        assert isinstance(nobody, dmerp.RejectedError)
        assert isinstance(boris, dmerp.Pushed)
        sandbox.heal()
        sandbox.fault(skip=2, **HANG)
        before = len(sandbox.requests())
        task = asyncio.create_task(client.push_many(packets))
        await await_request(sandbox, before + 5)
        task.cancel()
        with pytest.raises(asyncio.CancelledError) as caught:
            await task
        if caught.value.__cause__ is not None:  # in Python 3.10, who awaits the task gets another one
            assert isinstance(caught.value.__cause__, dmerp.CancelledError)
            assert [isinstance(each, dmerp.Pushed) for each in caught.value.__cause__.results] == [True, True, False]

    run(sandbox, body, push_concurrency=1)
