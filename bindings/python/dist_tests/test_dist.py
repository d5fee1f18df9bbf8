"""Each package of `make dist`, installed into an empty place and used there, as a user would. DIST is the packages' folder."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from email.parser import Parser
from pathlib import Path
from typing import Any

import pytest
from cpython import run_under_wine, unpacked, windows_path
from sandbox import Sandbox

PACKAGE = Path(__file__).resolve().parent.parent
ROOT = PACKAGE.parent.parent
DIST = Path(os.environ["DIST"])

PLATFORMS = {
    "win_amd64": "dmerp.dll",
    "win32": "dmerp.dll",
    "manylinux_2_17_x86_64.manylinux2014_x86_64": "libdmerp.so",
    "manylinux_2_17_aarch64.manylinux2014_aarch64": "libdmerp.so",
    "musllinux_1_2_x86_64": "libdmerp.so",
}
SUPPORTED = ("3.10", "3.11", "3.12", "3.13", "3.14")


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    sandbox = Sandbox()
    yield sandbox
    sandbox.close()


def the_one(pattern: str) -> Path:
    """The one package of a name."""
    (package,) = DIST.glob(pattern)
    return package


def wheel_of(platform: str) -> Path:
    return the_one(f"dmerp-*-py3-none-{platform}.whl")


def ran(*command: Any, seconds: int = 120, **environment: Any) -> subprocess.CompletedProcess[str]:
    """Run a program to its success, with nothing in the environment that helps to find dmerp."""
    kept = {name: value for name, value in os.environ.items() if name not in ("DMERP_LIBRARY", "PYTHONPATH")}
    result = subprocess.run(
        command,
        env={**kept, "PIP_DISABLE_PIP_VERSION_CHECK": "1", **environment},
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result


def pip_install(*options: Any) -> None:
    """Let pip choose among the packages."""
    ran(
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-index",
        "--only-binary=:all:",
        f"--find-links={DIST}",
        *options,
    )


def exchange(sandbox: Sandbox, place: Path, run: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    """Do the job that the README shows."""
    readme = (PACKAGE / "README.md").read_text(encoding="utf-8")
    first = re.search(r"```python\n(.*?)```", readme, re.DOTALL)
    assert first is not None
    tells = "\nfrom dmerp._native import lib\nprint(lib._name)\n"
    (place / "job.py").write_text(first[1] + tells, encoding="utf-8")
    sandbox.send(b"<p/>", id="packet")
    sandbox.send(b"photo", queue="file", id="photo")
    result = run(
        place / "job.py", DMERP_APP_AREA=sandbox.app_area, DMERP_API_KEY=sandbox.api_key, DMERP_BASE_URL=sandbox.base_url
    )
    assert (result.returncode, result.stderr) == (0, ""), result.stderr
    lines = result.stdout.splitlines()
    assert lines[:2] == ["packet anna 4", "photo anna 5"]
    assert re.search(r"[\\/]dmerp[\\/](lib)?dmerp\.(dll|so)$", lines[-1])
    assert sandbox.content("boris", "prices-17-boris").endswith(b"</NavMobileSync>\n")
    assert sandbox.waiting() == []


def test_there_is_a_wheel_for_each_platform_and_no_other() -> None:
    assert {wheel.name.split("-")[-1].removesuffix(".whl") for wheel in DIST.glob("dmerp-*.whl")} == set(PLATFORMS)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_the_wheels_contents(platform: str) -> None:
    version = wheel_of(platform).name.split("-")[1]
    folder = f"dmerp-{version}.dist-info"
    with zipfile.ZipFile(wheel_of(platform)) as archive:
        names = archive.namelist()
        facts = Parser().parsestr(archive.read(f"{folder}/WHEEL").decode())
    assert [name for name in names if name.endswith((".so", ".dll", ".dylib"))] == [f"dmerp/{PLATFORMS[platform]}"]
    assert sorted(facts.get_all("Tag", [])) == sorted(f"py3-none-{tag}" for tag in platform.split("."))
    assert facts["Root-Is-Purelib"] == "false"
    assert "dmerp/py.typed" in names
    licences = ("LICENSE-APACHE", "LICENSE-MIT", "THIRD-PARTY-LICENSES.txt")
    assert [name for name in licences if f"{folder}/licenses/{name}" not in names] == []


@pytest.mark.parametrize("platform", [platform for platform in PLATFORMS if "linux" in platform])
def test_auditwheel_finds_no_more_in_it_than_the_tag_allows(platform: str) -> None:
    # Where it would look for what the library needs; on a system with another libc, that is not there.
    result = ran(Path(sys.executable).with_name("auditwheel"), "show", "--json", "--ldpaths", "/nowhere", wheel_of(platform))
    found = json.loads(result.stdout)
    family, major, minor, machine = re.fullmatch(r"([a-z]+)_(\d+)_(\d+)_(\w+)", found["overall_tag"]).groups()  # type: ignore[union-attr]
    tag = platform.split(".", maxsplit=1)[0]
    oldest = re.fullmatch(rf"{family}_(\d+)_(\d+)_{machine}", tag)
    assert oldest, f"{tag}, but {found}"
    assert (int(major), int(minor)) <= (int(oldest[1]), int(oldest[2])), f"{tag}, but {found}"


@pytest.mark.parametrize(
    ("asked", "platform"),
    [
        *[(tag, platform) for platform in PLATFORMS for tag in platform.split(".")],
        ("win_arm64", None),
        ("musllinux_1_1_x86_64", None),
        ("macosx_11_0_arm64", None),
        ("macosx_11_0_universal2", None),
        ("manylinux_2_17_i686", None),
    ],
)
def test_pip_chooses_the_wheel_of_a_platform(asked: str, platform: str | None, tmp_path: Path) -> None:
    options = ["--platform", asked, "--target", tmp_path / "to", "dmerp"]
    if platform is None:
        with pytest.raises(AssertionError, match="No matching distribution"):
            pip_install(*options)
        return
    pip_install(*options)
    (library,) = [file for file in (tmp_path / "to/dmerp").iterdir() if file.suffix in (".dll", ".so")]
    with zipfile.ZipFile(wheel_of(platform)) as archive:
        assert library.read_bytes() == archive.read(f"dmerp/{PLATFORMS[platform]}")


def python_of(version: str) -> Path | None:
    """A Python of this machine: one of pyenv's, or on the PATH."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    on_path = shutil.which(f"python{version}")
    for each in (*pyenv.glob(f"{version}.*/bin/python"), *([Path(on_path)] if on_path else [])):
        told = subprocess.run([each, "--version"], capture_output=True, text=True, timeout=30, check=False)
        if told.stdout.startswith(f"Python {version}."):
            return each
    return None


@pytest.mark.parametrize("version", SUPPORTED)
def test_the_wheel_in_each_python_of_this_machine(version: str, sandbox: Sandbox, tmp_path: Path) -> None:
    found = python_of(version)
    if found is None:
        pytest.skip(f"there is no Python {version} here")
    ran(found, "-m", "venv", "--without-pip", tmp_path / "venv")
    python = tmp_path / "venv/bin/python"
    ran(
        *[sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-index", "--only-binary=:all:"],
        *[f"--find-links={DIST}", "dmerp"],
    )
    exchange(sandbox, tmp_path, lambda script, **settings: ran(python, "-W", "error", script, **settings))


def test_the_wheel_for_arm64_under_qemu(sandbox: Sandbox, tmp_path: Path) -> None:
    qemu, system = shutil.which("qemu-aarch64"), Path("/usr/aarch64-linux-gnu")
    if qemu is None or not system.is_dir():
        pytest.skip("there is no qemu-aarch64 (Debian's qemu-user), or no libc6-arm64-cross for it")
    arm64 = unpacked("linux-arm64")
    pip_install("--platform", "manylinux2014_aarch64", "--target", tmp_path / "site", "dmerp")
    command = [qemu, "-L", system, "-E", f"LD_LIBRARY_PATH={arm64}/lib:{arm64}", arm64 / "bin/python3.11"]
    exchange(
        sandbox,
        tmp_path,
        lambda script, **settings: ran(*command, script, seconds=600, PYTHONPATH=str(tmp_path / "site"), **settings),
    )


def test_the_wheel_for_musl_in_a_c_program(tmp_path: Path) -> None:
    """No registry has a Python for musl, so a C program of musl links to the library that is in the wheel."""
    compiler = shutil.which("musl-gcc")
    if compiler is None:
        pytest.skip("there is no musl-gcc (Debian's musl-tools)")
    pip_install("--platform", "musllinux_1_2_x86_64", "--target", tmp_path / "site", "dmerp")
    library, program = tmp_path / "site/dmerp/libdmerp.so", tmp_path / "quickstart"
    library.with_name("libdmerp.so.1").symlink_to(library)  # the name that programs which link to it look for
    source = ROOT / "examples/c/quickstart.c"
    ran(
        compiler,
        "-std=c99",
        f"-I{ROOT}/include",
        source,
        library,
        "-Wl,--allow-shlib-undefined",
        f"-Wl,-rpath,{library.parent}",
        "-o",
        program,
    )
    check: list[Any] = ["sh", ROOT / "tests/quickstart.sh", os.environ["DMERP_SANDBOX"]]
    assert ", 0 failed" in ran(*check, program, seconds=300).stdout


@pytest.mark.parametrize(("platform", "windows"), [("win_amd64", "windows-x86_64"), ("win32", "windows-x86")])
def test_the_wheel_for_windows_under_wine(platform: str, windows: str, sandbox: Sandbox, tmp_path: Path) -> None:
    wine = os.environ.get("WINE")
    if not wine or not Path(wine).is_file() or shutil.which("wine") is None:
        pytest.skip("there is no Wine: WINE must name tests/windows/wine.sh")
    if platform == "win32" and not (Path(os.environ.get("DMERP_WINE32", ROOT / "build/wine32")) / "ready").is_file():
        pytest.skip("there is no 32-bit Wine: DMERP_WINE32 must name the folder that tests/windows/wine32.sh made")
    pip: list[str | Path] = [
        "-m",
        "pip",
        "install",
        "--no-index",
        "--find-links",
        DIST,
        "--target",
        tmp_path / "site",
        "dmerp",
    ]
    installed = run_under_wine(windows, tmp_path, *pip, seconds=600)  # the pip of that Python chooses the wheel
    assert installed.returncode == 0, installed.stdout + installed.stderr
    assert wheel_of(platform).name in installed.stdout
    exchange(
        sandbox,
        tmp_path,
        lambda script, **settings: run_under_wine(
            windows, tmp_path, script, PYTHONPATH=windows_path(tmp_path / "site"), **settings
        ),
    )


def test_a_frozen_program(sandbox: Sandbox, tmp_path: Path) -> None:
    """PyInstaller finds the package's own hook, and so puts the library into the program."""
    pip_install("--target", tmp_path / "site", "dmerp")

    def freeze_and_run(script: Path, **settings: Any) -> subprocess.CompletedProcess[str]:
        folders = [f"--{what}path={tmp_path / what}" for what in ("dist", "work", "spec")]
        command = [sys.executable, "-m", "PyInstaller", "--onefile", "--log-level=ERROR", *folders, script]
        ran(*command, seconds=600, PYTHONPATH=str(tmp_path / "site"), PYINSTALLER_CONFIG_DIR=str(tmp_path / "config"))
        shutil.rmtree(tmp_path / "site")
        return ran(tmp_path / "dist/job", **settings)

    exchange(sandbox, tmp_path, freeze_and_run)


def test_the_source_distribution(sandbox: Sandbox, tmp_path: Path) -> None:
    """With Rust, pip builds it: in an environment of its own, with what it then loads from the index."""
    ran(sys.executable, "-m", "venv", tmp_path / "venv")
    python, target = tmp_path / "venv/bin/python", Path(os.environ["BUILD"]).resolve() / "sdist"
    # Most of the time would go into crates of the registry, which were compiled for the repository's own release build.
    compiled = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release"
    if compiled.is_dir() and not target.exists():
        shutil.copytree(compiled, target / "release")
    version = wheel_of("win32").name.split("-")[1]
    ran(python, "-m", "pip", "install", "--quiet", DIST / f"dmerp-{version}.tar.gz", seconds=1700, CARGO_TARGET_DIR=target)
    exchange(sandbox, tmp_path, lambda script, **settings: ran(python, "-W", "error", script, **settings))
