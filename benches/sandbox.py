"""A sandbox for one measurement."""

from __future__ import annotations

import json
import os
import subprocess
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import urlencode


class Sandbox:
    """A sandbox of its own: it starts with the `with` block and ends with it."""

    def __init__(self, program: Path, folder: Path, *arguments: str) -> None:
        command = [program, "--stdin-lifeline", *arguments]
        environment = os.environ | {"TMPDIR": str(folder)}
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment)

    def __enter__(self) -> Sandbox:
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError("the sandbox did not start")
        self.ready = json.loads(line)
        return self

    def __exit__(self, *_: object) -> None:
        self.process.communicate()

    def settings(self) -> dict[str, str]:
        """What a client finds in its environment."""
        return {
            "DMERP_BASE_URL": self.ready["base_url"],
            "DMERP_APP_AREA": self.ready["app_area"],
            "DMERP_API_KEY": self.ready["api_key"],
        }

    def send(self, count: int, size: int) -> None:
        """Send packets of one content, which the sandbox stores once."""
        if count:
            query = urlencode({"mobileUser": "user1", "id": "packet", "count": count})
            self._control("POST", f"/packets?{query}", b"x" * size, "application/xml")

    def delay(self, milliseconds: int) -> None:
        """Delay every request."""
        fault = {"times": 0, "action": {"delay": {"ms": milliseconds}}}
        self._control("POST", "/faults", json.dumps(fault).encode(), "application/json")

    def received(self) -> list[dict[str, Any]]:
        """Tell the requests that were received."""
        requests: list[dict[str, Any]] = json.loads(self._control("GET", "/requests"))
        return requests

    def cpu_seconds(self) -> float:
        """Tell what the sandbox itself has used so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def _control(self, method: str, path: str, body: bytes | None = None, content_type: str = "") -> bytes:
        headers = {"Content-Type": content_type} if body is not None else {}
        request = urllib.request.Request(self.ready["control_url"] + path, body, headers, method=method)
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=60) as answer:
            return answer.read()
