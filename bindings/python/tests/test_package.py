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
    sandbox.send(b"<p/>")
    sandbox.send(b"photo", queue="file")
    assert run_first_of_readme(installed, sandbox) == ""
    assert sandbox.pushed()[0]["packetUniqueId"] == "order-4711"
    assert sandbox.content("anna", "order-4711").startswith(b"<NavMobileSync")
    assert sandbox.waiting() == []


def test_the_readmes_job_tells_what_fails_and_goes_on(installed: Path, sandbox: Sandbox) -> None:
    first, _ = (sandbox.send(id=each, queue="file") for each in ("first", "second"))
    sandbox.fault({"status": {"code": 404}}, on="storage", method="GET", skip=1)
    unreadable = '[{"id": "1", "receiptHandle": "h"}, {"id": "2", "receiptHandle": "h", "url": "gone"}]'
    sandbox.fault({"status": {"code": 200, "content_type": "application/json", "body": unreadable}}, path="/pull/")
    of_entry, of_packet, of_file = run_first_of_readme(installed, sandbox).splitlines()
    assert "entry 1 of the PACKET list" in of_entry
    assert "gone" in of_packet
    assert first["url"] in of_file
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


def test_the_example() -> None:
    example = ROOT / "examples" / "python" / "roundtrip.py"
    environment = {**os.environ, "PYTHONPATH": str(PACKAGE / "src")}
    check: list[Any] = [
        ROOT / "tests/example.sh",
        os.environ["DMERP_SANDBOX"],
        ROOT / "examples/data",
        sys.executable,
        example,
    ]
    result = subprocess.run(check, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    assert ", 0 failed" in result.stdout


def test_the_example_tells_every_failure(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.send(count=2)
    sandbox.fault({"status": {"code": 404}}, on="storage", method="GET", skip=1, times=0)
    sandbox.fault({"status": {"code": 400}}, on="portal", path="/done", times=0)
    example = ROOT / "examples" / "python" / "roundtrip.py"
    settings = {
        "DMERP_APP_AREA": sandbox.app_area,
        "DMERP_API_KEY": sandbox.api_key,
        "DMERP_BASE_URL": sandbox.base_url,
        "PYTHONPATH": str(PACKAGE / "src"),
    }
    result = subprocess.run(
        [sys.executable, example, ROOT / "examples" / "data", "anna", tmp_path],
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.returncode == 1
    failures = [each for each in result.stderr.splitlines() if each.startswith("failed: ")]
    assert ["download" in each for each in failures] == [True, False], result.stderr


def test_the_example_tells_how_it_is_run() -> None:
    example = ROOT / "examples" / "python" / "roundtrip.py"
    environment = {**os.environ, "PYTHONPATH": str(PACKAGE / "src")}
    result = subprocess.run(
        [sys.executable, example], env=environment, capture_output=True, text=True, timeout=30, check=False
    )
    assert result.returncode == 2
    assert "usage: roundtrip" in result.stderr
