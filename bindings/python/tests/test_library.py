"""Where the native library is looked for, and what is told when it is not found."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import PACKAGE, compiled
from sandbox import SOON

import dmerp
from dmerp import _library

LIBRARY = os.environ.get("DMERP_LIBRARY", "")
NAMES = _library.NAMES.get(sys.platform, _library.NAMES["linux"])
LINUX = sys.platform.startswith("linux")
only_linux = pytest.mark.skipif(not LINUX, reason="the system's search is told where to look in Linux' own way")

with_compiler = pytest.mark.skipif(os.name == "nt", reason="the libraries that are refused are made with cc")

LOADED = """
import dmerp
from dmerp._native import lib
print(lib._name)
"""


def imported(source: Path, cwd: Path | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    """Import the package of a folder in a fresh interpreter, and print which library that loaded."""
    kept = {name: value for name, value in os.environ.items() if name not in ("DMERP_LIBRARY", "LD_LIBRARY_PATH")}
    return subprocess.run(
        [sys.executable, "-c", LOADED],
        cwd=cwd,
        env={**kept, "PYTHONPATH": str(source), **environment},
        capture_output=True,
        text=True,
        timeout=3 * SOON,
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


NEWER = """
unsigned dmerp_abi_version(void) { return 2; }
const char *dmerp_version(void) { return "0.2.0"; }
"""
PARTIAL = NEWER.replace("return 2", "return 1")


@with_compiler
@pytest.mark.parametrize("named", ["missing", "text", "libdmerp.so", "foreign", "newer", "nameless", "partial"])
def test_a_variable_that_is_of_no_use_is_an_error(source: Path, tmp_path: Path, named: str) -> None:
    """Also where the system's search would find a good library."""
    (tmp_path / "lib").mkdir()
    for name in NAMES[1:]:
        shutil.copy(LIBRARY, tmp_path / "lib" / name)
    (tmp_path / "text").write_text("no library")
    compiled(tmp_path / "foreign", "int something(void) { return 1; }")
    compiled(tmp_path / "newer", NEWER)
    compiled(tmp_path / "nameless", "unsigned dmerp_abi_version(void) { return 2; }")
    compiled(tmp_path / "partial", PARTIAL)
    package = f"dmerp ({source / 'dmerp'})"
    says = {
        "missing": "missing",
        "text": "text",
        "libdmerp.so": "it must be the full path",
        "foreign": "it is no dmerp library",
        "newer": f"{package} needs ABI version 1, but {tmp_path}/newer is dmerp 0.2.0 with ABI version 2: install both",
        "nameless": f"but {tmp_path}/nameless is dmerp of unknown version with ABI version 2: install both from one package",
        "partial": f"{package} needs the function dmerp_live_handles, but {tmp_path}/partial is dmerp 0.2.0 without it: ",
    }[named]
    variable = named if named == "libdmerp.so" else str(tmp_path / named)
    result = imported(source, DMERP_LIBRARY=variable, LD_LIBRARY_PATH=str(tmp_path / "lib"))
    assert result.returncode == 1
    assert f"{variable} (from DMERP_LIBRARY): " in result.stderr
    assert says in result.stderr
    assert "(the system's search)" not in result.stderr


@with_compiler
def test_an_older_package_with_a_newer_library(source: Path, packaged: Path) -> None:
    """The package names its version, which pip keeps beside it, and both files."""
    (source / "dmerp-0.1.7.dist-info").mkdir()
    (source / "dmerp-0.1.7.dist-info" / "METADATA").write_text("Metadata-Version: 2.4\nName: dmerp\nVersion: 0.1.7\n")
    compiled(packaged, NEWER)
    says = f"dmerp 0.1.7 ({source / 'dmerp'}) needs ABI version 1, but {packaged} is dmerp 0.2.0 with ABI version 2: install"
    assert says in imported(source).stderr


def headed(library: Path, *, machine: int, bits: int) -> Path:
    """Let a library's header say that it is for another processor."""
    content = bytearray(library.read_bytes())
    content[4] = {32: 1, 64: 2}[bits]
    content[18:20] = machine.to_bytes(2, "little")
    library.write_bytes(content)
    return library


@only_linux
@pytest.mark.parametrize("what", ["musl", "32 bits", "arm64", "Windows"])
def test_a_library_for_another_platform_tells_what_to_install(source: Path, packaged: Path, tmp_path: Path, what: str) -> None:
    if what == "musl":
        musl = compiled(tmp_path / "libc.so", "int c;", "-nostdlib", "-Wl,-soname,libc.musl-x86_64.so.1")
        compiled(packaged, PARTIAL, "-nostdlib", "-Wl,--no-as-needed", musl)
    elif what == "Windows":
        packaged.write_bytes(b"MZ".ljust(0x3C, b"\0") + (0x40).to_bytes(4, "little") + b"PE\0\0\x64\x86")
    else:
        compiled(packaged, PARTIAL, "-Wl,--no-as-needed")
        headed(packaged, **{"32 bits": {"machine": 3, "bits": 32}, "arm64": {"machine": 0xB7, "bits": 64}}[what])
    of_file = {
        "musl": "musllinux (x86_64, musl)",
        "32 bits": "manylinux (i686, glibc)",
        "arm64": "manylinux (aarch64, glibc)",
        "Windows": "win_amd64",
    }[what]
    told = next(line for line in imported(source).stderr.splitlines() if "(packaged)" in line)
    assert f"The file is for {of_file}: install the wheel for {_library.platform_of(Path(sys.executable))}, which" in told


def test_a_package_in_an_archive_says_so(source: Path, tmp_path: Path) -> None:
    archive = Path(shutil.make_archive(str(tmp_path / "program"), "zip", source))
    result = imported(archive)
    assert result.returncode == 1
    assert f"It is in the archive {archive}, and systems load libraries from folders only: install" in result.stderr
    assert imported(archive, DMERP_LIBRARY=LIBRARY).stdout.strip() == LIBRARY


@pytest.mark.skipif(os.name != "nt", reason="other systems search neither the current folder nor PATH")
def test_a_planted_library_is_not_loaded(source: Path, packaged: Path, tmp_path: Path) -> None:
    planted = tmp_path / "planted"
    planted.mkdir()
    shutil.copy(LIBRARY, planted / "dmerp.dll")
    path = os.pathsep.join((str(planted), os.environ["PATH"]))
    result = imported(source, cwd=planted, PATH=path)
    assert result.returncode == 1
    assert "no usable dmerp library" in result.stderr
    shutil.copy(LIBRARY, packaged)
    assert imported(source, cwd=planted, PATH=path).stdout.strip() == str(packaged)


def test_each_platform_has_its_names() -> None:
    assert _library.NAMES["win32"] == ("dmerp.dll",), "Windows would search the current folder and PATH"
    assert _library.NAMES["darwin"] == ("libdmerp.dylib", "libdmerp.1.dylib", "libdmerp.dylib")
    assert _library.NAMES["linux"] == ("libdmerp.so", "libdmerp.so.1", "libdmerp.so")


def test_facts() -> None:
    assert dmerp.abi_version() == 1
    assert dmerp.version().count(".") == 2
    assert dmerp.live_handles() == 0
