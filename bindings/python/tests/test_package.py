"""The wheel as a user installs it; what the README shows; the example program."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import venv
import zipfile
from email.parser import Parser
from pathlib import Path
from typing import Any

import pytest
from conftest import PACKAGE, ROOT
from sandbox import Sandbox

import dmerp


@pytest.fixture(scope="session")
def wheel() -> Path:
    """The wheel that `make package` built."""
    named = os.environ.get("DMERP_WHEEL")
    if not named:
        raise RuntimeError("DMERP_WHEEL must name the wheel; `make test` sets it")
    return Path(named)


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh environment's Python, with nothing but the wheel installed."""
    place = tmp_path_factory.mktemp("installed")
    venv.create(place, with_pip=False)
    python = place / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    install: list[Any] = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        python,
        "install",
        "--quiet",
        "--no-index",
        "--no-compile",
        wheel,
    ]
    subprocess.run(install, check=True, timeout=120, env={**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"})
    return python


def run(python: Path, script: str, **environment: str) -> str:
    """Run a script as a user would, with nothing in the environment that helps to find the library."""
    kept = {name: value for name, value in os.environ.items() if name not in ("DMERP_LIBRARY", "PYTHONPATH")}
    result = subprocess.run(
        [python, "-W", "error", "-c", script],
        env={**kept, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (result.returncode, result.stderr) == (0, "")
    return result.stdout.strip()


def run_first_of_readme(installed: Path, sandbox: Sandbox) -> str:
    readme = (PACKAGE / "README.md").read_text(encoding="utf-8")
    first = re.search(r"```python\n(.*?)```", readme, re.DOTALL)
    assert first is not None
    settings = {"DMERP_APP_AREA": sandbox.app_area, "DMERP_API_KEY": sandbox.api_key, "DMERP_BASE_URL": sandbox.base_url}
    return run(installed, first[1], **settings)


def test_the_readmes_job(installed: Path, sandbox: Sandbox) -> None:
    sandbox.send(b"<p/>", id="packet")
    sandbox.send(b"photo", queue="file", id="photo")
    assert run_first_of_readme(installed, sandbox).splitlines()[:2] == ["packet anna 4", "photo anna 5"]
    assert sorted(each["packetUniqueId"] for each in sandbox.pushed()) == ["prices-17-anna", "prices-17-boris"]
    assert sandbox.content("boris", "prices-17-boris").startswith(b"<NavMobileSync")
    assert sandbox.waiting() == []


def test_the_readmes_job_tells_what_fails_and_goes_on(installed: Path, sandbox: Sandbox) -> None:
    for each in ("first", "second"):
        sandbox.send(id=each, queue="file")
    sandbox.fault("html", path="/pull/")
    sandbox.fault({"status": {"code": 404}}, on="storage", method="GET", path="first")
    sandbox.fault({"status": {"code": 400}}, on="portal", path="anna", times=0)
    of_list, of_second, of_first, of_push, pushed = run_first_of_readme(installed, sandbox).splitlines()
    assert "an HTML page" in of_list
    assert of_second == "second anna 4"
    assert of_first.startswith("packet first is left in the queue: download of ")
    assert "prices-17-anna" in of_push
    assert pushed.startswith("Pushed(packet_id='prices-17-boris'")
    assert [each["id"] for each in sandbox.waiting()] == ["first"]


def test_the_wheel_brings_its_library_and_version(installed: Path) -> None:
    script = """
import importlib.metadata, pathlib, dmerp
from dmerp._native import lib
folder = pathlib.Path(dmerp.__file__).parent
print(pathlib.Path(lib._name).parent == folder, (folder / "py.typed").is_file())
print(importlib.metadata.version("dmerp"), dmerp.version(), importlib.metadata.requires("dmerp"))
"""
    assert run(installed, script) == f"True True\n{dmerp.version()} {dmerp.version()} None"


def test_the_wheels_contents(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        facts = Parser().parsestr(archive.read(f"dmerp-{dmerp.version()}.dist-info/WHEEL").decode())
    assert facts["Root-Is-Purelib"] == "false"
    (tag,) = facts.get_all("Tag", [])
    assert tag.startswith("py3-none-")
    assert wheel.name == f"dmerp-{dmerp.version()}-{tag}.whl"
    assert [name for name in names if not name.startswith(("dmerp/", "dmerp-"))] == []
    assert not [name for name in names if "__pycache__" in name]


def build(to: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    command: list[Any] = [sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", to, PACKAGE]
    return subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True, timeout=120, check=False)


def test_the_platforms_tag_can_be_given(tmp_path: Path) -> None:
    assert build(tmp_path, DMERP_WHEEL_PLATFORM="macosx_11_0_arm64").returncode == 0
    assert [each.name for each in tmp_path.iterdir()] == [f"dmerp-{dmerp.version()}-py3-none-macosx_11_0_arm64.whl"]


def test_a_library_that_is_not_there_makes_no_wheel(tmp_path: Path) -> None:
    result = build(tmp_path, DMERP_LIBRARY=str(tmp_path / "none.so"))
    assert result.returncode != 0
    assert "there is no such file" in result.stdout + result.stderr
    assert list(tmp_path.iterdir()) == []


EXAMPLES = ROOT / "examples"


@pytest.mark.parametrize(
    ("script", "data", "example"),
    [("example.sh", EXAMPLES / "data", "production.py"), ("quickstart.sh", EXAMPLES / "data/packet.xml", "quickstart.py")],
)
def test_the_examples(script: str, data: Path, example: str) -> None:
    check: list[Any] = ["sh", ROOT / "tests" / script, os.environ["DMERP_SANDBOX"], data]
    result = subprocess.run(
        [*check, sys.executable, EXAMPLES / "python" / example],
        env={**os.environ, "PYTHONPATH": str(PACKAGE / "src")},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert ", 0 failed" in result.stdout


@pytest.mark.parametrize("example", ["production", "quickstart"])
def test_an_example_tells_how_it_is_run(example: str) -> None:
    result = subprocess.run(
        [sys.executable, EXAMPLES / "python" / f"{example}.py"],
        env={**os.environ, "PYTHONPATH": str(PACKAGE / "src")},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert result.returncode == 2
    assert f"usage: {example}" in result.stderr
