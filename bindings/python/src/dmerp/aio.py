"""The same client for asyncio: each method is a coroutine."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import functools
import threading
from collections import deque
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any, Concatenate, ParamSpec, TypeVar

from . import client, receiver
from .call import Call, WouldWaitError
from .packets import Format, PacketKind, Summary
from .receiver import Received

P = ParamSpec("P")
R = TypeVar("R")


def _coroutine(verb: Callable[Concatenate[Any, P], R]) -> Callable[Concatenate[Any, P], Coroutine[Any, Any, R]]:
    @functools.wraps(verb)
    async def run(self: Any, *arguments: P.args, **options: P.kwargs) -> R:
        call: Any = options.pop("call", None) or Call()
        own, ended = Call(timeout=call.timeout, progress=call.progress), Future[None]()
        outcome: list[Any] = []  # not in the future, as that takes no StopIteration
        # Only the thread has it, and no longer than it runs.
        act = [functools.partial(verb, self, *arguments, **options, call=own)]  # type: ignore[arg-type]

        def work() -> None:
            try:
                outcome[:] = act.pop()(), None
            except BaseException as thrown:  # noqa: BLE001 -- it comes out of the coroutine
                outcome[:] = None, thrown
            ended.set_result(None)

        call._uses.add(own)
        try:
            if call.is_cancelled:
                own.cancel()
            threading.Thread(name="dmerp", target=contextvars.copy_context().run, args=(work,), daemon=True).start()
            waiting, cancelled = asyncio.wrap_future(ended), None
            while not waiting.done():
                try:
                    await asyncio.wait([waiting])
                except asyncio.CancelledError as why:
                    cancelled = why.args
                    own.cancel()
            if cancelled is not None:
                raise asyncio.CancelledError(*cancelled) from outcome[1]
            if outcome[1] is not None:
                raise outcome[1]
            return outcome[0]  # type: ignore[no-any-return]
        finally:
            call._uses.discard(own)
            outcome.clear()  # the traceback of what is raised keeps this

    return run  # type: ignore[return-value]


class Receiver(receiver.ReceiverBase):
    """Hands over the packets of one list, one at a time: `async for packet in receiver`, in an `async with` block.

    It does what `dmerp.Receiver` does. Only `next` and `close` are coroutines. A packet's own methods send nothing; where they
    work on a file, `asyncio.to_thread` keeps that from the loop. Without `async with`, the loop waits while a receiver that is
    dropped marks what was done. A packet that comes just as its task is cancelled is what the next call of `next` gives.
    While it `is_ready`, `next` takes no thread, unless its `call` has a progress: it lets the other tasks run, and then gets
    what is at hand.
    """

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._late = deque[Received]()  # they came as their tasks were cancelled

    async def next(self, *, call: Call | None = None) -> Received | None:  # noqa: D102 -- it follows
        await asyncio.sleep(0)  # so that a loop over packets that are there lets other tasks run
        if self._late and not self.closed:
            return self._late.popleft()
        if self.is_ready:
            with contextlib.suppress(WouldWaitError):
                return self._next(call, waits=False)
        came: list[Received] = []
        try:
            return await self._next_on_thread(came, call=call)
        except asyncio.CancelledError:
            while came:  # the traceback keeps this frame
                self._late.append(came.pop())
            raise

    @_coroutine
    def _next_on_thread(self, came: list[Received], *, call: Call | None = None) -> Received | None:
        packet = self._next(call)
        if packet is not None:
            came.append(packet)
        return packet

    next.__doc__ = receiver.Receiver.next.__doc__

    async def close(self) -> Summary:
        """End the run as `dmerp.Receiver.close` does. Cancelling the task does not end that."""
        self._late.clear()
        return await asyncio.to_thread(receiver.Receiver.close, self)  # type: ignore[arg-type]

    def __aiter__(self) -> Receiver:
        return self

    async def __anext__(self) -> Received:
        received = await self.next()
        if received is None:
            raise StopAsyncIteration
        return received

    async def __aenter__(self) -> Receiver:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


class Client(client.ClientBase):
    """The way to one app area, for asyncio. It is made as `dmerp.Client` is, and used in an `async with` block, or closed.

    Each call runs on a thread of its own, so there can be any number at once. Callbacks and streams are called on that thread,
    not on the loop's. Cancelling the task cancels the call, within 250 ms, and waits for its end. The call's error is the
    `__cause__` of the asyncio.CancelledError; if there is none, the call had succeeded.
    """

    push = _coroutine(client.Client.push)
    push_file = _coroutine(client.Client.push_file)
    push_stream = _coroutine(client.Client.push_stream)
    push_packet = _coroutine(client.Client.push_packet)
    push_many = _coroutine(client.Client.push_many)
    pull = _coroutine(client.Client.pull)
    link = _coroutine(client.Client.link)
    download = _coroutine(client.Client.download)
    download_file = _coroutine(client.Client.download_file)
    download_stream = _coroutine(client.Client.download_stream)
    done = _coroutine(client.Client.done)
    check = _coroutine(client.Client.check)

    def receive(self, kind: PacketKind = PacketKind.PACKET, format: Format = Format.DEFAULT) -> Receiver:
        """Receive what waits in a list: `async with erp.receive() as receiver`. This is no coroutine: it sends nothing."""
        return Receiver(self._open(), kind, format)

    async def __aenter__(self) -> Client:
        return self.__enter__()

    async def __aexit__(self, *_: object) -> None:
        self.close()
