"""The same client for asyncio: each method is a coroutine."""

from __future__ import annotations

import asyncio
import contextvars
import functools
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any, Concatenate, ParamSpec, TypeVar

from . import client
from .call import Call

P = ParamSpec("P")
R = TypeVar("R")


def _coroutine(
    verb: Callable[Concatenate[client.Client, P], R],
) -> Callable[Concatenate[Client, P], Coroutine[Any, Any, R]]:
    @functools.wraps(verb)
    async def run(self: Client, *arguments: P.args, **options: P.kwargs) -> R:
        call: Any = options.pop("call", None) or Call()
        own = Call(timeout=call.timeout, progress=call.progress)
        call._uses.add(own)
        if call.is_cancelled:
            own.cancel()
        ended: Future[R] = Future()

        def work() -> None:
            try:
                ended.set_result(verb(self, *arguments, **options, call=own))  # type: ignore[arg-type]
            except BaseException as thrown:  # noqa: BLE001 -- it comes out of the coroutine
                ended.set_exception(thrown)

        threading.Thread(name="dmerp", target=contextvars.copy_context().run, args=(work,), daemon=True).start()
        waiting, cancelled = asyncio.wrap_future(ended), None
        while not waiting.done():
            try:
                await asyncio.wait([waiting])
            except asyncio.CancelledError as why:
                cancelled = why.args
                own.cancel()
        call._uses.discard(own)
        if cancelled is not None:
            waiting.exception()  # so that asyncio does not complain that nobody looked at it
            raise asyncio.CancelledError(*cancelled)
        return waiting.result()

    return run  # type: ignore[return-value]


class Client(client.ClientBase):
    """The way to one app area, for asyncio. It is made as `dmerp.Client` is, and used in an `async with` block, or closed.

    Each call runs on a thread of its own, so there can be any number at once. Callbacks and streams are called on that thread,
    not on the loop's. Cancelling the task cancels the call, within 250 ms, and waits for its end.
    """

    push = _coroutine(client.Client.push)
    push_file = _coroutine(client.Client.push_file)
    push_stream = _coroutine(client.Client.push_stream)
    pull = _coroutine(client.Client.pull)
    link = _coroutine(client.Client.link)
    download = _coroutine(client.Client.download)
    download_file = _coroutine(client.Client.download_file)
    download_stream = _coroutine(client.Client.download_stream)
    done = _coroutine(client.Client.done)
    check = _coroutine(client.Client.check)

    async def __aenter__(self) -> Client:
        return self.__enter__()

    async def __aexit__(self, *_: object) -> None:
        self.close()
