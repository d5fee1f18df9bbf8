"""The test server, in a process of its own, and its control API."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
import urllib.parse
import urllib.request
from collections.abc import Callable
from typing import Any

WINE = "DMERP_SANDBOXES" in os.environ  # where `make test-windows` runs it all
SOON = 60.0 if WINE else 10.0  # seconds; for what happens at once on an idle machine

HANG: dict[str, Any] = {"on": "portal", "times": 0, "action": "hang"}


Started = tuple[Callable[[], None], dict[str, Any]]


def started(*arguments: str) -> Started:
    """Start a sandbox; gives what ends it, and its settings."""
    program = os.environ.get("DMERP_SANDBOX")
    if not program:
        raise RuntimeError("DMERP_SANDBOX must name the sandbox's program; `make test` sets it")
    process = subprocess.Popen(
        [program, "--port", "0", "--stdin-lifeline", *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdin is not None
    assert process.stdout is not None
    lifeline, output = process.stdin, process.stdout

    def close() -> None:
        lifeline.close()
        process.wait(60)  # it removes the files of every packet
        output.close()

    return close, json.loads(output.readline())


def connected(*arguments: str) -> Started:
    """Like started, under Wine, where no program of Linux can be started: tests/windows/sandboxes.py starts it."""
    host, _, port = os.environ["DMERP_SANDBOXES"].partition(":")
    connection = socket.create_connection((host, int(port)), timeout=60)
    stream = connection.makefile("rwb")

    def close() -> None:
        connection.shutdown(socket.SHUT_WR)
        stream.read()
        stream.close()
        connection.close()

    stream.write(json.dumps(arguments).encode() + b"\n")
    stream.flush()
    return close, json.loads(stream.readline())


class Sandbox:
    """A portal and its storage on loopback. It ends with this process, however that ends."""

    def __init__(self, *arguments: str) -> None:
        self.close, ready = connected(*arguments) if WINE else started(*arguments)
        self.base_url: str = ready["base_url"]
        self.control_url: str = ready["control_url"]
        self.app_area: str = ready["app_area"]
        self.api_key: str = ready["api_key"]
        self.ca_file: str | None = ready["ca_file"]

    def control(self, method: str, path: str, body: bytes | None = None, content_type: str = "application/json") -> bytes:
        request = urllib.request.Request(self.control_url + path, body, {"Content-Type": content_type}, method=method)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=60) as answer:
            content: bytes = answer.read()
        return content

    def reset(self) -> None:
        self.control("POST", "/reset", b"")

    def show_hidden(self) -> None:
        self.control("POST", "/show-hidden", b"")

    def dialects(self, **values: object) -> None:
        self.control("PATCH", "/dialects", json.dumps(values).encode())

    def fault(self, action: object, **condition: object) -> None:
        self.control("POST", "/faults", json.dumps({**condition, "action": action}).encode())

    def heal(self) -> None:
        self.control("DELETE", "/faults")

    def send(self, content: bytes = b"<p/>", user: str = "anna", **query: object) -> dict[str, Any]:
        """Send a packet as a mobile user; with `count`, many. Gives the first."""
        parameters = urllib.parse.urlencode({"mobileUser": user, **query})
        answer = self.control("POST", f"/packets?{parameters}", content, "application/octet-stream")
        first: dict[str, Any] = json.loads(answer)["sent"][0]
        return first

    def waiting(self) -> list[dict[str, Any]]:
        packets: list[dict[str, Any]] = json.loads(self.control("GET", "/packets"))
        return packets

    def pushed(self) -> list[dict[str, Any]]:
        packets: list[dict[str, Any]] = json.loads(self.control("GET", "/pushed"))
        return packets

    def content(self, user: str, packet_id: str) -> bytes:
        parameters = urllib.parse.urlencode({"mobileUser": user, "packetUniqueId": packet_id})
        return self.control("GET", f"/pushed/content?{parameters}")

    def requests(self) -> list[dict[str, Any]]:
        requests: list[dict[str, Any]] = json.loads(self.control("GET", "/requests"))
        return requests

    def await_request(self, count: int = 1) -> None:
        """Wait until so many requests have arrived."""
        await_true(lambda: len(self.requests()) >= count)


def await_true(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + SOON
    while not condition():
        assert time.monotonic() < until, "it did not happen"
        time.sleep(0.01)
