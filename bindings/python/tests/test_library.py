"""Where the native library is looked for, and what is told when it is not found."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import PACKAGE

import dmerp
from dmerp import _library

LIBRARY = os.environ.get("DMERP_LIBRARY", "")
NAMES = _library.NAMES.get(sys.platform, _library.NAMES["linux"])
LINUX = sys.platform.startswith("linux")
only_linux = pytest.mark.skipif(not LINUX, reason="the system's search is told where to look in Linux' own way")

LOADED = """
import dmerp
from dmerp._native import lib
print(lib._name)
"""


def imported(source: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Import the package of a folder in a fresh interpreter, and print which library that loaded."""
    kept = {name: value for name, value in os.environ.items() if name not in ("DMERP_LIBRARY", "LD_LIBRARY_PATH")}
    return subprocess.run(
        [sys.executable, "-c", LOADED],
        env={**kept, "PYTHONPATH": str(source), **environment},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A copy of the package's code, without a library."""
    copy = tmp_path / "source"
    shutil.copytree(PACKAGE / "src" / "dmerp", copy / "dmerp", ignore=shutil.ignore_patterns("__pycache__"))
    return copy


@pytest.fixture
def packaged(source: Path) -> Path:
    """Where the library is packaged beside that code."""
    return source / "dmerp" / NAMES[0]


def test_what_the_variable_names_comes_first(source: Path, packaged: Path) -> None:
    shutil.copy(LIBRARY, packaged)
    assert imported(source, DMERP_LIBRARY=LIBRARY).stdout.strip() == LIBRARY


@only_linux
def test_then_the_packaged_library(source: Path, packaged: Path, tmp_path: Path) -> None:
    shutil.copy(LIBRARY, packaged)
    (tmp_path / "lib").mkdir()
    shutil.copy(LIBRARY, tmp_path / "lib" / "libdmerp.so.1")
    assert imported(source, LD_LIBRARY_PATH=str(tmp_path / "lib")).stdout.strip() == str(packaged)


@only_linux
@pytest.mark.parametrize("name", ["libdmerp.so.1", "libdmerp.so"])
def test_then_the_systems_search(source: Path, tmp_path: Path, name: str) -> None:
    (tmp_path / "lib").mkdir()
    shutil.copy(LIBRARY, tmp_path / "lib" / name)
    assert imported(source, LD_LIBRARY_PATH=str(tmp_path / "lib")).stdout.strip() == name


@only_linux
def test_the_systems_search_tries_the_abis_own_name_first(source: Path, tmp_path: Path) -> None:
    (tmp_path / "lib").mkdir()
    shutil.copy(LIBRARY, tmp_path / "lib" / "libdmerp.so.1")
    (tmp_path / "lib" / "libdmerp.so").write_bytes(b"another ABI's")
    assert imported(source, LD_LIBRARY_PATH=str(tmp_path / "lib")).stdout.strip() == "libdmerp.so.1"


@only_linux
def test_an_unusable_packaged_library_is_passed_over(source: Path, packaged: Path, tmp_path: Path) -> None:
    packaged.write_bytes(b"for another machine")
    (tmp_path / "lib").mkdir()
    shutil.copy(LIBRARY, tmp_path / "lib" / "libdmerp.so.1")
    assert imported(source, LD_LIBRARY_PATH=str(tmp_path / "lib")).stdout.strip() == "libdmerp.so.1"


def test_no_library_anywhere_tells_every_place(source: Path, packaged: Path) -> None:
    result = imported(source)
    assert result.returncode == 1
    told = result.stderr[result.stderr.index("ImportError:") :]
    assert "ABI version 1 is needed" in told
    assert f"{packaged} (packaged): " in told
    assert "DMERP_LIBRARY: it is not set" in told
    for name in NAMES[1:]:
        assert f"{name} (the system's search): " in told
    assert "Install the dmerp wheel" in told


@pytest.mark.parametrize("named", ["missing", "text", "libdmerp.so", "foreign", "newer", "partial"])
def test_a_variable_that_is_of_no_use_is_an_error(source: Path, tmp_path: Path, named: str) -> None:
    """Also where the system's search would find a good library."""
    (tmp_path / "lib").mkdir()
    for name in NAMES[1:]:
        shutil.copy(LIBRARY, tmp_path / "lib" / name)
    (tmp_path / "text").write_text("no library")
    for name, code in {
        "foreign": "int something(void) { return 1; }",
        "newer": "unsigned dmerp_abi_version(void) { return 2; }",
        "partial": "unsigned dmerp_abi_version(void) { return 1; } char *dmerp_version(void) { return 0; }",
    }.items():
        (tmp_path / "it.c").write_text(code)
        subprocess.run(["cc", "-shared", "-fPIC", "-o", tmp_path / name, tmp_path / "it.c"], check=True, timeout=30)
    says = {
        "missing": "missing",
        "text": "text",
        "libdmerp.so": "it must be the full path",
        "foreign": "undefined symbol: dmerp_abi_version",
        "partial": "undefined symbol: dmerp_live_handles",
        "newer": "it has ABI version 2",
    }[named]
    variable = named if named == "libdmerp.so" else str(tmp_path / named)
    result = imported(source, DMERP_LIBRARY=variable, LD_LIBRARY_PATH=str(tmp_path / "lib"))
    assert result.returncode == 1
    assert f"{variable} (from DMERP_LIBRARY): " in result.stderr
    assert says in result.stderr
    assert "(the system's search)" not in result.stderr


def test_each_platform_has_its_names() -> None:
    assert _library.NAMES["win32"] == ("dmerp.dll",), "Windows would search the current folder and PATH"
    assert _library.NAMES["darwin"] == ("libdmerp.dylib", "libdmerp.1.dylib", "libdmerp.dylib")
    assert _library.NAMES["linux"] == ("libdmerp.so", "libdmerp.so.1", "libdmerp.so")


def test_facts() -> None:
    assert dmerp.abi_version() == 1
    assert dmerp.version().count(".") == 2
    assert dmerp.live_handles() == 0
