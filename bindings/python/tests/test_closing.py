"""Nothing leaks: objects are closed, or collected."""

from __future__ import annotations

import copy
import gc
import pickle
import threading
from typing import Any

import pytest
from conftest import NewClient
from sandbox import HANG, SOON, Sandbox

import dmerp
import dmerp.aio
from dmerp import Client, Config


def test_closing_gives_everything_back(sandbox: Sandbox, new_client: NewClient) -> None:
    sandbox.send()
    client = new_client()
    client.pull()
    config = Config()
    assert dmerp.live_handles() == 2
    for each in (config, client):
        assert not each.closed
        each.close()
        each.close()
        assert each.closed
    assert dmerp.live_handles() == 0


def test_use_after_close_is_told(client: Client) -> None:
    client.close()
    for act in (client.check, client.pull, lambda: client.push("a", b"b"), lambda: client.done([]), client.__enter__):
        with pytest.raises(dmerp.InvalidHandleError, match="the client is closed"):
            act()
    assert repr(client).endswith("closed>")


def test_with_closes_also_after_an_exception(new_client: NewClient) -> None:
    client = new_client()
    with pytest.raises(dmerp.NotFoundError), client as same:
        same.download("gone")
    assert client.closed


def test_a_kept_exception_keeps_no_handle(client: Client) -> None:
    with pytest.raises(dmerp.NotFoundError) as caught:
        client.download("gone")
    client.close()
    assert dmerp.live_handles() == 0
    assert caught.value.packet_id == "gone"


def test_closing_waits_for_nobody(sandbox: Sandbox, new_client: NewClient) -> None:
    """Another thread's call goes on to its end, and then the client is freed."""
    sandbox.fault(**HANG)
    client = new_client()
    call = dmerp.Call()
    problems: list[BaseException] = []

    def wait() -> None:
        try:
            client.check(call=call)
        except dmerp.CancelledError as problem:
            problems.append(problem)

    thread = threading.Thread(target=wait)
    thread.start()
    sandbox.await_request()
    client.close()
    assert thread.is_alive()
    assert dmerp.live_handles() > 0
    call.cancel()
    thread.join(SOON)
    assert problems
    assert dmerp.live_handles() == 0


def test_what_nobody_closes_is_collected(sandbox: Sandbox) -> None:
    sandbox.send(count=10)
    settings: Any = {"app_area": sandbox.app_area, "api_key": sandbox.api_key, "base_url": sandbox.base_url}

    def drop() -> None:
        for number in range(50):
            client = Client(**settings)
            cycle: list[Any] = [client, client.pull(), Config(app_area=f"A{number}")]
            cycle.append(cycle)

    threads = [threading.Thread(target=drop) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    gc.collect()
    assert dmerp.live_handles() == 0


def test_a_list_is_plain_data(sandbox: Sandbox, new_client: NewClient) -> None:
    sent = sandbox.send()
    client = new_client()
    packets = client.pull()
    client.close()
    assert dmerp.live_handles() == 0
    assert packets[0].id == sent["id"]
    assert pickle.loads(pickle.dumps(packets)) == copy.deepcopy(packets) == packets


@pytest.mark.parametrize("act", [copy.copy, copy.deepcopy, pickle.dumps])
def test_what_has_a_handle_is_not_copied(client: Client, act: Any) -> None:
    with pytest.raises(TypeError, match="make one in each process"):
        act(client)


def test_what_was_never_made_is_closed() -> None:
    for kind in (Client, Config, dmerp.aio.Client):
        made: Any = kind.__new__(kind)
        assert "closed" in repr(made)
        assert made.closed
