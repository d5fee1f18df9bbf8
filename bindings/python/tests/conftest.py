from __future__ import annotations

import gc
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest
from sandbox import SOON, Sandbox

import dmerp

HERE = Path(__file__).resolve().parent
PACKAGE = HERE.parent
ROOT = PACKAGE.parent.parent

QUICK: Any = {"timeout_overall": 60.0, "retry_max_attempts": 3, "retry_base": 0.001, "retry_max": 0.005}


@pytest.fixture(scope="session")
def _sandbox() -> Iterator[Sandbox]:
    sandbox = Sandbox()
    yield sandbox
    sandbox.close()


@pytest.fixture
def sandbox(_sandbox: Sandbox) -> Sandbox:
    _sandbox.reset()
    return _sandbox


@pytest.fixture(autouse=True)
def _no_leaks() -> Iterator[None]:
    """Nothing of the library outlives a test, and no thread."""
    hook = sys.unraisablehook
    yield
    gc.collect()
    assert sys.unraisablehook is hook
    assert dmerp.live_handles() == 0
    assert [thread.name for thread in threading.enumerate() if thread.name == "dmerp"] == []


def compiled(to: Path, code: str, *options: str | Path) -> Path:
    """Make a library of C."""
    source = to.with_suffix(".c")
    source.write_text(code)
    subprocess.run(["cc", "-shared", "-fPIC", "-o", to, source, *options], check=True, timeout=30)
    return to


class NewClient(Protocol):
    def __call__(self, **options: Any) -> dmerp.Client: ...


@pytest.fixture
def new_client(sandbox: Sandbox) -> Iterator[NewClient]:
    """Make clients for the sandbox, with options changed; they are closed at the test's end."""
    made: list[dmerp.Client] = []

    def new(**options: Any) -> dmerp.Client:
        settings = {"app_area": sandbox.app_area, "api_key": sandbox.api_key, "base_url": sandbox.base_url, **QUICK}
        made.append(dmerp.Client(**{**settings, **options}))
        return made[-1]

    yield new
    for client in made:
        client.close()


@pytest.fixture
def client(new_client: NewClient) -> dmerp.Client:
    return new_client()


class StartChild(Protocol):
    def __call__(self, script: str, *arguments: str, **environment: str) -> subprocess.Popen[str]: ...


@pytest.fixture
def start(sandbox: Sandbox) -> Iterator[StartChild]:
    """Start Python on a script that finds the client's options in the environment; what still runs at the end is killed."""
    started: list[subprocess.Popen[str]] = []

    def begin(script: str, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        settings = {
            "DMERP_APP_AREA": sandbox.app_area,
            "DMERP_API_KEY": sandbox.api_key,
            "DMERP_BASE_URL": sandbox.base_url,
            "PYTHONPATH": str(PACKAGE / "src"),
        }
        child = subprocess.Popen(
            [sys.executable, "-W", "error", "-c", PRELUDE + script, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **settings, **environment},
        )
        started.append(child)
        return child

    yield begin
    for child in started:
        child.kill()
        child.communicate(timeout=SOON)


PRELUDE = """
import os, sys, threading, time
import dmerp

def new_client(**options):
    setting = os.environ.__getitem__
    return dmerp.Client(app_area=setting("DMERP_APP_AREA"), api_key=setting("DMERP_API_KEY"),
                        base_url=setting("DMERP_BASE_URL"), retry_base=0.001, timeout_overall=20.0, **options)
"""


def finish(child: subprocess.Popen[str]) -> str:
    """Wait for a child's success and give its output."""
    output, errors = child.communicate(timeout=3 * SOON)
    assert child.returncode == 0, f"exit code {child.returncode}\n{output}\n{errors}"
    assert errors == ""
    return output
