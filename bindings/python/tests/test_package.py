"""The wheel as a user installs it; what the README shows; the example program."""

from __future__ import annotations

import json
import os
import re
import struct
import subprocess
import sys
import venv
import zipfile
from collections.abc import Callable
from email.parser import Parser
from pathlib import Path
from typing import Any

import pytest
from conftest import PACKAGE, ROOT, compiled
from sandbox import Sandbox

import dmerp

pytestmark = pytest.mark.skipif(os.name == "nt", reason="it takes sh and cc; `make test-dist` tries the wheel")


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
    assert sandbox.content("boris", "prices-17-boris").endswith(b"</NavMobileSync>\n")
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
    tags = facts.get_all("Tag", [])
    assert wheel.name == f"dmerp-{dmerp.version()}-py3-none-{'.'.join(tag.removeprefix('py3-none-') for tag in tags)}.whl"
    assert [name for name in names if not name.startswith(("dmerp/", "dmerp-"))] == []
    assert not [name for name in names if "__pycache__" in name]


def build(to: Path, kind: str = "wheel", **environment: str) -> subprocess.CompletedProcess[str]:
    """What pip and build do, without what they do around it."""
    command: list[Any] = [sys.executable, "-m", "hatchling", "build", "--target", kind, "--directory", to]
    return subprocess.run(
        command, cwd=PACKAGE, env={**os.environ, **environment}, capture_output=True, text=True, timeout=120, check=False
    )


def library_of(wheel: Path) -> str:
    """The library's name in a wheel."""
    with zipfile.ZipFile(wheel) as archive:
        return next(name for name in archive.namelist() if name.endswith((".so", ".dll", ".dylib")))


def test_a_library_that_is_not_there_makes_no_wheel(tmp_path: Path) -> None:
    result = build(tmp_path, DMERP_LIBRARY=str(tmp_path / "none.so"))
    assert result.returncode != 0
    assert "there is no such file" in result.stdout + result.stderr
    assert list(tmp_path.glob("*")) == []


def elf(folder: Path) -> Path:
    """A Linux library for x86-64 that asks for glibc 2.34."""
    (folder / "versions").write_text("GLIBC_2.34 { f; };")
    named = ("-Wl,-soname,libc.so.6", f"-Wl,--version-script={folder}/versions")
    libc = compiled(folder / "libc.so", "int f(void) { return 0; }", "-nostdlib", *named)
    return compiled(folder / "library", "int f(void); int g(void) { return f(); }", "-nostdlib", libc)


def musl(folder: Path) -> Path:
    """A Linux library for x86-64 and musl."""
    libc = compiled(folder / "libc.so", "int f(void) { return 0; }", "-nostdlib", "-Wl,-soname,libc.musl-x86_64.so.1")
    return compiled(folder / "library", "int g(void) { return 1; }", "-nostdlib", "-Wl,--no-as-needed", libc)


def written(folder: Path, *content: bytes) -> Path:
    library = folder / "library"
    library.write_bytes(b"".join(content))
    return library


def dll(machine: int) -> Callable[[Path], Path]:
    """What a DLL starts with."""
    return lambda folder: written(
        folder, b"MZ".ljust(0x3C, b"\0"), struct.pack("<I", 0x80).ljust(0x44, b"\0"), struct.pack("<4sH", b"PE", machine)
    )


def dylib(machine: int, command: int, *values: int) -> Callable[[Path], Path]:
    """What a macOS library starts with, one of its load commands before the one that is asked for."""
    return lambda folder: written(
        folder,
        struct.pack("<8I", 0xFEEDFACF, machine, 0, 6, 2, 0, 0, 0),
        struct.pack("<4I", 0x1B, 16, 0, 0),
        struct.pack(f"<{len(values) + 2}I", command, 8 + 4 * len(values), *values),
    )


def text(folder: Path) -> Path:
    return written(folder, b"no library")


def universal(folder: Path) -> Path:
    return written(folder, struct.pack(">2I", 0xCAFEBABE, 2))


arm_mac = dylib(0x0100000C, 0x32, 1, 11 << 16 | 3 << 8, 0)


@pytest.mark.parametrize(
    ("made", "platform", "name"),
    [
        (elf, "manylinux_2_34_x86_64", "libdmerp.so"),
        (musl, "musllinux_1_2_x86_64", "libdmerp.so"),
        (dll(0x8664), "win_amd64", "dmerp.dll"),
        (dll(0x014C), "win32", "dmerp.dll"),
        (dll(0xAA64), "win_arm64", "dmerp.dll"),
        (arm_mac, "macosx_11_0_arm64", "libdmerp.dylib"),
        (dylib(0x01000007, 0x24, 10 << 16 | 12 << 8, 0), "macosx_10_12_x86_64", "libdmerp.dylib"),
    ],
)
def test_the_tag_is_read_off_the_library(tmp_path: Path, made: Callable[[Path], Path], platform: str, name: str) -> None:
    """Whatever Python builds the wheel, such as a 32-bit or a universal2 one."""
    assert build(tmp_path / "to", DMERP_LIBRARY=str(made(tmp_path))).returncode == 0
    (wheel,) = (tmp_path / "to").iterdir()
    assert wheel.name == f"dmerp-{dmerp.version()}-py3-none-{platform}.whl"
    assert library_of(wheel) == f"dmerp/{name}"


@pytest.mark.parametrize(
    ("made", "demanded", "refused"),
    [
        (elf, "manylinux_2_34_x86_64", ""),
        (elf, "manylinux_2_36_x86_64", ""),
        (elf, "manylinux_2_17_x86_64.manylinux2014_x86_64", "manylinux_2_34_x86_64"),
        (elf, "manylinux2014_x86_64", "manylinux_2_34_x86_64"),
        (elf, "manylinux_2_34_aarch64", "manylinux_2_34_x86_64"),
        (elf, "musllinux_1_2_x86_64", "manylinux_2_34_x86_64"),
        (elf, "linux_x86_64", "manylinux_2_34_x86_64"),
        (musl, "musllinux_1_2_x86_64", ""),
        (musl, "musllinux_1_1_x86_64", "musllinux_1_2_x86_64"),
        (musl, "manylinux_2_17_x86_64", "musllinux_1_2_x86_64"),
        (dll(0x8664), "win_amd64", ""),
        (dll(0x8664), "win32", "win_amd64"),
        (dll(0x014C), "win_amd64", "win32"),
        (arm_mac, "macosx_12_0_arm64", ""),
        (arm_mac, "macosx_10_9_universal2", "macosx_11_0_arm64"),
        (text, "win32", "is no library"),
        (universal, "macosx_11_0_universal2", "is no library"),
    ],
)
def test_a_tag_that_is_not_true_makes_no_wheel(
    tmp_path: Path, made: Callable[[Path], Path], demanded: str, refused: str
) -> None:
    result = build(tmp_path / "to", DMERP_LIBRARY=str(made(tmp_path)), DMERP_WHEEL_PLATFORM=demanded)
    wheels = [wheel.name for wheel in (tmp_path / "to").glob("*")]
    if refused:
        assert refused in result.stdout + result.stderr
        assert (result.returncode, wheels) == (1, [])
    else:
        assert (result.returncode, wheels) == (0, [f"dmerp-{dmerp.version()}-py3-none-{demanded}.whl"])


@pytest.mark.parametrize(
    ("made", "refused"), [(elf, ""), (dll(0x014C), "cargo built for win32, and this Python is for linux-")]
)
def test_without_a_library_cargo_builds_it_for_this_python(tmp_path: Path, made: Callable[[Path], Path], refused: str) -> None:
    library = made(tmp_path).rename(tmp_path / "library.so")
    artifact = {"reason": "compiler-artifact", "target": {"name": "dmerp"}, "filenames": [str(library)]}
    (tmp_path / "cargo").write_text(f"#!/bin/sh\necho '{json.dumps(artifact)}'\n")
    (tmp_path / "cargo").chmod(0o755)
    result = build(tmp_path / "to", PATH=f"{tmp_path}{os.pathsep}{os.environ['PATH']}", DMERP_LIBRARY="")
    assert (result.returncode, len(list((tmp_path / "to").glob("*")))) == ((1, 0) if refused else (0, 1))
    assert refused in result.stdout + result.stderr
    assert "CARGO_BUILD_TARGET" in result.stdout + result.stderr or not refused


@pytest.mark.parametrize("kind", ["wheel", "sdist"])
def test_the_same_bytes_twice(tmp_path: Path, kind: str) -> None:
    built = []
    for each in ("first", "second"):
        assert build(tmp_path / each, kind, SOURCE_DATE_EPOCH="1700000000", DMERP_LIBRARY=str(elf(tmp_path))).returncode == 0
        (package,) = (tmp_path / each).iterdir()
        built.append((package.name, package.read_bytes()))
    assert built[0] == built[1]


def test_the_licences(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        folder = f"dmerp-{dmerp.version()}.dist-info"
        facts = Parser().parsestr(archive.read(f"{folder}/METADATA").decode())
        assert facts["License-Expression"] == "MIT OR Apache-2.0"
        assert facts.get_all("License-File") == ["LICENSE-APACHE", "LICENSE-MIT"]
        for name in ("LICENSE-APACHE", "LICENSE-MIT"):
            assert archive.read(f"{folder}/licenses/{name}") == (ROOT / name).read_bytes()


EXAMPLES = ROOT / "examples"


@pytest.mark.parametrize(
    ("script", "data", "example"), [("example", [EXAMPLES / "data"], "production"), ("quickstart", [], "quickstart")]
)
def test_the_examples(script: str, data: list[Path], example: str) -> None:
    check: list[Any] = ["sh", ROOT / f"tests/{script}.sh", os.environ["DMERP_SANDBOX"], *data]
    result = subprocess.run(
        [*check, sys.executable, EXAMPLES / f"python/{example}.py"],
        env={**os.environ, "PYTHONPATH": str(PACKAGE / "src")},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert ", 0 failed" in result.stdout


def test_the_production_example_keeps_what_it_cannot_count(sandbox: Sandbox, tmp_path: Path) -> None:
    record = '<r status="insert"><NO>1</NO></r>'
    for packet_id, records in (
        ("whole", record),
        ("unknown", f"{record}<x/><x/>"),
        ("large", f"<r><NOTE>{'x' * 2**26}</NOTE></r>"),
    ):
        sandbox.send(f'<NavMobileSync><table tablename="T">{records}</table></NavMobileSync>'.encode(), id=packet_id)
    settings = {"DMERP_APP_AREA": sandbox.app_area, "DMERP_API_KEY": sandbox.api_key, "DMERP_BASE_URL": sandbox.base_url}
    result = subprocess.run(
        [sys.executable, EXAMPLES / "python/production.py", EXAMPLES / "data", "SOFIA01", tmp_path],
        env={**os.environ, **settings, "PYTHONPATH": str(PACKAGE / "src")},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.returncode == 1, result.stderr
    assert "receive: packet whole of anna" in result.stdout
    assert "left: unknown: unknown elements were skipped: 2\n" in result.stderr
    assert "left: large: line 1, table T, record 1, field NOTE: the record is larger than 67108864 bytes" in result.stderr
    assert len(list(tmp_path.iterdir())) == 1
    assert {packet["id"] for packet in sandbox.waiting()} == {"unknown", "large"}


def test_the_production_example_reads_files_with_a_byte_order_mark(sandbox: Sandbox, tmp_path: Path) -> None:
    for path in (EXAMPLES / "data").glob("*.csv"):
        (tmp_path / path.name).write_bytes("\ufeff".encode() + path.read_bytes())
    settings = {"DMERP_APP_AREA": sandbox.app_area, "DMERP_API_KEY": sandbox.api_key, "DMERP_BASE_URL": sandbox.base_url}
    for data in (tmp_path, EXAMPLES / "data"):
        subprocess.run(
            [sys.executable, EXAMPLES / "python/production.py", data, "SOFIA01", tmp_path],
            env={**os.environ, **settings, "PYTHONPATH": str(PACKAGE / "src")},
            capture_output=True,
            timeout=60,
            check=True,
        )
    (content,) = {sandbox.content("SOFIA01", pushed["packetUniqueId"]) for pushed in sandbox.pushed()}
    with dmerp.PacketReader(content) as packet:
        assert {next(iter(record)) for record in packet} == {"DMS_ROWID"}


def test_the_sqlite_example() -> None:
    result = subprocess.run(
        [sys.executable, EXAMPLES / "python/sqlite.py"],
        env={**os.environ, "PYTHONPATH": str(PACKAGE / "src")},
        capture_output=True,
        timeout=30,
        check=True,
    )
    with dmerp.PacketReader(result.stdout) as packet:
        first, second = packet
        assert packet.mobile_user == "SOFIA01"
    assert first.as_dict() == {
        "NO": "I00001",
        "DESCRIPTION": "Кисело мляко, 400 g",
        "UNITPRICE": "1.04",
        "STOCK": "1200",
        "CHANGED": "2026-11-24T07:42:19Z",
        "BLOCKED": "false",
        "DMS_ROWID": "I00001",
    }
    assert (second["STOCK"], second["ENDDATE"], second["BLOCKED"]) == ("-3", "2026-12-31", "true")


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
