"""Each way to fail has its exception, with all that is known about it, and never the key."""

from __future__ import annotations

import pickle
import socket
from collections.abc import Iterator
from ctypes import c_void_p
from pathlib import Path
from typing import Any

import pytest
from conftest import NewClient
from sandbox import HANG, WINE, Sandbox

import dmerp
from dmerp import Client, DmerpError, Status
from dmerp._marshal import failure
from dmerp.errors import OF_STATUS


def fails(kind: type[DmerpError], act: Any, *arguments: Any) -> DmerpError:
    with pytest.raises(DmerpError) as caught:
        act(*arguments)
    error = caught.value
    assert type(error) is kind, error
    assert error.status == kind.status
    assert "sandbox-key" not in str(error)
    return error


def test_an_error_is_complete(sandbox: Sandbox, client: Client) -> None:
    sandbox.fault({"status": {"code": 503}}, on="storage", times=0)
    with pytest.raises(dmerp.ServerError, match="push of packet order-1 to mobile user anna") as caught:
        client.push("anna", b"<p/>", packet_id="order-1")
    error = caught.value
    assert error.status is Status.SERVER_ERROR
    assert (error.http_status, error.packet_id, error.attempts, error.is_retryable) == (503, "order-1", 4, True)
    assert error.server_message is None
    assert "\n" not in str(error)


def test_invalid_argument(client: Client) -> None:
    error = fails(dmerp.InvalidArgumentError, client.push, "", b"<p/>")
    assert isinstance(error, ValueError)
    assert (error.http_status, error.server_message, error.attempts, error.is_retryable) == (None, None, 0, False)


def test_invalid_handle(client: Client) -> None:
    client.close()
    error = fails(dmerp.InvalidHandleError, client.check)
    assert isinstance(error, ValueError)
    assert str(error) == "the client is closed"


def test_invalid_config() -> None:
    error = fails(dmerp.InvalidConfigError, dmerp.Client)
    assert "app_area" in str(error)


def test_file_error(client: Client, tmp_path: Path) -> None:
    error = fails(dmerp.FileError, client.push_file, "anna", tmp_path / "none")
    assert isinstance(error, OSError)
    assert str(tmp_path / "none") in str(error)


def test_cancelled(client: Client) -> None:
    call = dmerp.Call()
    call.cancel()
    fails(dmerp.CancelledError, lambda: client.check(call=call))


def test_timed_out(sandbox: Sandbox, new_client: NewClient) -> None:
    sandbox.fault(**HANG)
    error = fails(dmerp.TimedOutError, new_client(timeout_idle=0.05).check)
    assert isinstance(error, TimeoutError)
    assert (error.attempts, error.is_retryable) == (3, True)


def test_host_not_found(new_client: NewClient) -> None:
    client = new_client(base_url="http://portal.invalid/mobile", retry_max_attempts=1, proxy="none")
    fails(dmerp.HostNotFoundError, client.check)


def test_connect(new_client: NewClient) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    error = fails(dmerp.ConnectError, new_client(base_url=f"http://127.0.0.1:{port}").check)
    assert isinstance(error, ConnectionError)


@pytest.fixture(scope="session")
def tls_sandbox() -> Iterator[Sandbox]:
    sandbox = Sandbox("--tls")
    yield sandbox
    sandbox.close()


@pytest.mark.skipif(WINE, reason="Wine's store of certificates takes no further ones")
def test_tls(tls_sandbox: Sandbox, new_client: NewClient) -> None:
    error = fails(dmerp.TlsError, new_client(base_url=tls_sandbox.base_url).check)
    assert not error.is_retryable
    assert tls_sandbox.ca_file is not None
    new_client(base_url=tls_sandbox.base_url, tls_ca_file=Path(tls_sandbox.ca_file)).check()
    new_client(base_url=tls_sandbox.base_url, tls_ca_pem=Path(tls_sandbox.ca_file).read_text()).check()


def test_tls_with_the_named_roots_alone(tls_sandbox: Sandbox, new_client: NewClient) -> None:
    assert tls_sandbox.ca_file is not None
    alone: Any = {"base_url": tls_sandbox.base_url, "tls_roots": dmerp.TlsRoots.FILE}
    new_client(**alone, tls_ca_file=Path(tls_sandbox.ca_file)).check()
    new_client(**alone, tls_ca_pem=Path(tls_sandbox.ca_file).read_text()).check()


def test_connection_lost(sandbox: Sandbox, client: Client) -> None:
    sandbox.fault("drop_before_headers", times=0)
    error = fails(dmerp.ConnectionLostError, client.check)
    assert isinstance(error, ConnectionError)


def test_truncated(sandbox: Sandbox, client: Client) -> None:
    sandbox.send()
    sandbox.fault({"truncate": {"bytes": 1}}, times=0)
    fails(dmerp.TruncatedError, client.pull)


def test_authentication(new_client: NewClient) -> None:
    error = fails(dmerp.AuthenticationError, new_client(api_key="wrong-key").check)
    assert (error.http_status, error.server_message) == (403, "Forbidden")
    assert "wrong-key" not in str(error)


def test_unknown_app_area(new_client: NewClient) -> None:
    fails(dmerp.UnknownAppAreaError, new_client(app_area="Ελένη").check)


def test_throttled(sandbox: Sandbox, client: Client) -> None:
    sandbox.fault({"throttle": {}}, times=0)
    error = fails(dmerp.ThrottledError, client.pull)
    assert error.retry_after is None
    assert (error.http_status, error.is_retryable) == (429, True)


def test_what_wait_the_server_asked_for(sandbox: Sandbox, new_client: NewClient) -> None:
    sandbox.fault({"throttle": {"retry_after": {"seconds": 2}}}, times=0)
    error = fails(dmerp.ThrottledError, new_client(retry_max_attempts=1).pull)
    assert error.retry_after == 2.0


def test_outcome_unknown(sandbox: Sandbox, new_client: NewClient) -> None:
    sandbox.fault("lose_answer", on="storage", times=0)
    client = new_client(retry_max_attempts=1)
    error = fails(dmerp.ConnectionLostError, client.push, "anna", b"<p/>")
    assert error.is_outcome_unknown
    assert error.packet_id == sandbox.pushed()[0]["packetUniqueId"]
    sandbox.heal()
    assert not fails(dmerp.NotFoundError, client.download, "gone").is_outcome_unknown


def test_rejected(sandbox: Sandbox, client: Client) -> None:
    body = '{"message": "няма такъв потребител 😀"}'
    sandbox.fault({"status": {"code": 400, "content_type": "application/json", "body": body}})
    error = fails(dmerp.RejectedError, client.pull)
    assert error.server_message == "няма такъв потребител 😀"


def test_not_found(client: Client) -> None:
    error = fails(dmerp.NotFoundError, client.download, "push_done/DMDEV01/gone.xml")
    assert error.packet_id == "push_done/DMDEV01/gone.xml"


def test_storage_refused(sandbox: Sandbox, client: Client) -> None:
    denied = "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"
    fault = {"status": {"code": 403, "content_type": "application/xml", "body": denied}}
    sandbox.fault(fault, on="storage", times=0)
    fails(dmerp.StorageRefusedError, client.push, "anna", b"<p/>")


def test_bad_answer(sandbox: Sandbox, client: Client) -> None:
    sandbox.fault("html")
    fails(dmerp.BadAnswerError, client.pull)


def test_too_large(sandbox: Sandbox, new_client: NewClient) -> None:
    sent = sandbox.send(b"x" * 2000)
    error = fails(dmerp.TooLargeError, new_client(max_memory_bytes=1024).download, sent["url"])
    assert "max_memory_bytes" in str(error)


def test_out_of_memory() -> None:
    error = failure(22, c_void_p())
    assert type(error) is dmerp.OutOfMemoryError
    assert isinstance(error, MemoryError)


def test_internal() -> None:
    """No public way leads to a defect, so the mapping is asked, with an error that tells nothing."""
    error = failure(21, c_void_p())
    assert type(error) is dmerp.InternalError
    assert str(error) == Status.INTERNAL.meaning


def test_a_status_of_a_newer_library() -> None:
    error = failure(4711, c_void_p())
    assert type(error) is DmerpError
    assert (error.status, error.is_retryable) == (4711, False)
    assert "4711" in str(error)
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), again.status) == (DmerpError, 4711)


def test_each_class_tells_what_the_library_says() -> None:
    assert dmerp.ThrottledError.__doc__ == f"{Status.THROTTLED.meaning} {Status.THROTTLED.action}"


def test_every_status_but_ok_has_one_class() -> None:
    assert set(OF_STATUS) == set(Status) - {Status.OK}
    for status, cls in OF_STATUS.items():
        words = Status(status).name.removesuffix("_FAILED").removesuffix("_ERROR").split("_")
        assert cls.__name__ == "".join(word.capitalize() for word in words) + "Error"
        assert getattr(dmerp, cls.__name__) is cls


def test_statuses_tell_what_the_library_says() -> None:
    for status in Status:
        assert status.meaning.endswith(".")
        assert status.action.endswith(".")
    assert Status.TIMED_OUT.is_retryable
    assert not Status.REJECTED.is_retryable
    assert Status(14) is Status.THROTTLED


@pytest.mark.parametrize("cls", [DmerpError, *OF_STATUS.values()])
def test_exceptions_survive_pickling(cls: type[DmerpError]) -> None:
    error = cls("told")
    error.http_status, error.server_message, error.packet_id, error.attempts, error.retry_after = 503, "said", "id", 3, 1.5
    error.is_retryable, error.is_outcome_unknown, error.results = True, True, [None]
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is cls
    assert (str(again), again.args, vars(again), again.status) == ("told", ("told",), vars(error), error.status)


def test_the_key_is_nowhere(sandbox: Sandbox, new_client: NewClient) -> None:
    key = sandbox.api_key
    echo = f'{{"message": "no API for key {key}"}}'
    sandbox.fault({"status": {"code": 400, "content_type": "application/json", "body": echo}})
    client = new_client()
    with pytest.raises(dmerp.RejectedError) as caught:
        client.pull()
    shown = [str(caught.value), repr(caught.value), caught.value.server_message or "", repr(client), str(client)]
    with dmerp.Config(api_key=key) as config:
        shown += [repr(config), str(config), config.get("api_key") or ""]
    for bad in (key + "\0", key + "\udcff", key * 1000):
        with pytest.raises(DmerpError, match="api_key") as refused:
            dmerp.Config(api_key=bad)
        assert refused.value.__context__ is None
        shown += [str(refused.value), repr(refused.value)]
    assert not [text for text in shown if key in text]
