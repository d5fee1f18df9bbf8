"""Puts the native library into the wheel and its platform into the wheel's name, puts the crate into the source distribution.

The library is the file that DMERP_LIBRARY names; where that is not set, cargo builds it. The platform is read off that file:
a wheel's name is true of what is in it. DMERP_WHEEL_PLATFORM may demand platforms, such as
manylinux_2_17_x86_64.manylinux2014_x86_64 or win32: then a library that is not for each of them makes no wheel.
DMERP_WHEEL_LICENSES may name a file with the licences of what is linked into the library.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import struct
import subprocess
import sysconfig
import tarfile
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

from elftools.elf.dynamic import DynamicSection
from elftools.elf.elffile import ELFFile
from elftools.elf.gnuversions import GNUVerNeedSection
from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from hatchling.metadata.plugin.interface import MetadataHookInterface
from packaging.tags import platform_tags

ELF_MACHINES = {
    "EM_X86_64": "x86_64",
    "EM_AARCH64": "aarch64",
    "EM_386": "i686",
    "EM_ARM": "armv7l",
    "EM_PPC64": "ppc64le",
    "EM_S390": "s390x",
    "EM_RISCV": "riscv64",
}
PE_MACHINES = {0x8664: "win_amd64", 0x14C: "win32", 0xAA64: "win_arm64"}
MACH_O_MACHINES = {0x01000007: "x86_64", 0x0100000C: "arm64"}
ALIASES = {"manylinux2014": (2, 17), "manylinux2010": (2, 12), "manylinux1": (2, 5)}


class LibraryHook(BuildHookInterface[Any]):
    """Makes the wheel one for a platform, and the source distribution one that cargo can build."""

    _crate: tempfile.TemporaryDirectory[str] | None = None

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Name what else goes in. An editable install has no library in it: it finds one as any program does."""
        here = Path(self.root)
        if self.target_name == "sdist":
            self._crate = tempfile.TemporaryDirectory()
            build_data["force_include"][str(crate_of(here, Path(self._crate.name)))] = "crate"
        elif version != "editable":
            library = given("DMERP_LIBRARY") or built(here)
            build_data["pure_python"] = False
            build_data["tag"] = f"py3-none-{tags(library)}"
            build_data["force_include"][str(library)] = f"dmerp/{Format.of(library).name}"
            if linked := given("DMERP_WHEEL_LICENSES"):
                build_data["force_include"][str(linked)] = f"dmerp-{self.metadata.version}.dist-info/licenses/{linked.name}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:  # noqa: ARG002
        """Remove what was unpacked."""
        if self._crate:
            self._crate.cleanup()


class VersionHook(MetadataHookInterface):
    """Gives the package the library's version, which stands in the repository's Cargo.toml."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Read it there; in a source distribution, off its PKG-INFO."""
        root = Path(self.root)
        file, pattern = root.parent.parent / "Cargo.toml", r'^version = "(.+)"$'
        if (root / "PKG-INFO").is_file():
            file, pattern = root / "PKG-INFO", r"^Version: (.+)$"
        found = re.search(pattern, file.read_text(encoding="utf-8"), re.MULTILINE)
        if found is None:
            raise ValueError(f"{file} has no version")
        metadata["version"] = found[1]


class Platform(NamedTuple):
    """What a library is for, or a tag says: manylinux, (2, 17), x86_64."""

    family: str
    oldest: tuple[int, ...]
    machine: str

    def is_in(self, tag: str) -> bool:
        """Tell whether the library runs wherever a wheel with this tag is installed."""
        family, _, machine = tag.partition("_")
        if family in ALIASES:
            other = Platform("manylinux", ALIASES[family], machine)
        elif found := re.fullmatch(r"(manylinux|musllinux|macosx)_(\d+)_(\d+)_(\w+)", tag):
            other = Platform(found[1], (int(found[2]), int(found[3])), found[4])
        else:
            other = Platform("windows", (), tag)
        return (self.family, self.machine) == (other.family, other.machine) and self.oldest <= other.oldest

    def tag(self) -> str:
        """Give the tag for a wheel with this library; the two names of one platform as a set, which older pips need."""
        if self.family == "windows":
            return self.machine
        if self.family != "manylinux":
            return f"{self.family}_{self.oldest[0]}_{self.oldest[1]}_{self.machine}"
        major, minor = max(self.oldest, ALIASES["manylinux2014"])  # older than that, no Python is that this package runs on
        tag = f"manylinux_{major}_{minor}_{self.machine}"
        return f"{tag}.manylinux2014_{self.machine}" if (major, minor) == ALIASES["manylinux2014"] else tag


class Format(NamedTuple):
    """A library's file: the name that the package looks for, and the platform, by its header."""

    name: str
    platform: Platform

    @classmethod
    def of(cls, library: Path) -> Format:
        """Read it."""
        with library.open("rb") as file:
            start = file.read(65536)
            file.seek(0)
            try:
                if start.startswith(b"\x7fELF"):
                    return cls("libdmerp.so", elf(ELFFile(file)))
                if start.startswith(b"MZ"):
                    return cls("dmerp.dll", pe(start))
                if start.startswith(b"\xcf\xfa\xed\xfe"):
                    return cls("libdmerp.dylib", mach_o(start))
            except (KeyError, struct.error) as why:
                raise ValueError(f"{library} is for no platform that has wheels: {why}") from why
        raise ValueError(f"{library} is no library: neither ELF, nor a DLL, nor Mach-O for one processor")


def elf(library: ELFFile) -> Platform:
    """Read what a Linux library is for: glibc of at least the version that has all it asks for, or musl."""
    machine = ELF_MACHINES[library["e_machine"]]
    needed = [
        entry.needed  # type: ignore[attr-defined]
        for section in library.iter_sections()
        if isinstance(section, DynamicSection)
        for entry in section.iter_tags("DT_NEEDED")
    ]
    if "libc.so.6" not in needed:
        if any(name == "libc.so" or name.startswith("libc.musl-") for name in needed):
            return Platform("musllinux", (1, 2), machine)  # Rust's own musl is 1.2, and musl's symbols have no versions
        raise KeyError(f"it needs neither glibc nor musl, but {needed}")
    versions = [
        found
        for section in library.iter_sections()
        if isinstance(section, GNUVerNeedSection)
        for _, symbols in section.iter_versions()
        for symbol in symbols
        if (found := re.fullmatch(r"GLIBC_(\d+)\.(\d+)[.\d]*", symbol.name))
    ]
    return Platform("manylinux", max((int(each[1]), int(each[2])) for each in versions), machine)


def pe(start: bytes) -> Platform:
    """Read what a DLL is for."""
    (place,) = struct.unpack_from("<I", start, 0x3C)
    signature, machine = struct.unpack_from("<4sH", start, place)
    if signature != b"PE\0\0":
        raise KeyError("it has no PE header")
    return Platform("windows", (), PE_MACHINES[machine])


def mach_o(start: bytes) -> Platform:
    """Read what a macOS library is for."""
    machine, _, _, count = struct.unpack_from("<4I", start, 4)
    place = 32
    for _ in range(count):
        command, size = struct.unpack_from("<2I", start, place)
        if command in (0x24, 0x32):  # LC_VERSION_MIN_MACOSX, LC_BUILD_VERSION: the oldest macOS
            (version,) = struct.unpack_from("<I", start, place + (8 if command == 0x24 else 12))
            major, minor = version >> 16, version >> 8 & 0xFF
            return Platform("macosx", (major, minor if major == 10 else 0), MACH_O_MACHINES[machine])
        place += size
    raise KeyError("it does not name the oldest macOS that it is for")


def tags(library: Path) -> str:
    """Give the tag for a wheel with this library, if it is one for the platforms that are demanded."""
    platform = Format.of(library).platform
    demanded = os.environ.get("DMERP_WHEEL_PLATFORM")
    if not demanded:
        return platform.tag()
    for tag in demanded.split("."):
        if not platform.is_in(tag):
            raise ValueError(f"DMERP_WHEEL_PLATFORM demands {tag}, and {library} is for {platform.tag()}")
    return demanded


def given(variable: str) -> Path | None:
    """Give the file that a variable of the environment names."""
    named = os.environ.get(variable)
    if not named:
        return None
    if not Path(named).is_file():
        raise FileNotFoundError(f"{variable} is {named}, and there is no such file")
    return Path(named)


def built(here: Path) -> Path:
    """Build the library: in a source distribution from the crate in it, else from the repository."""
    root = here / "crate" if (here / "crate").is_dir() else here.parent.parent
    # Not `cargo build`: with the crate's other types beside it the library would be built without LTO.
    build = [
        "rustc",
        "--release",
        "--locked",
        "--lib",
        "--crate-type",
        "cdylib",
        "--message-format",
        "json-render-diagnostics",
    ]
    shared_on_musl = ["--config", "target.'cfg(target_env=\"musl\")'.rustflags=['-Ctarget-feature=-crt-static']"]
    told = cargo(root, *build, *shared_on_musl)
    files = [
        Path(file)
        for message in map(json.loads, told.splitlines())
        if message["reason"] == "compiler-artifact" and message["target"]["name"] == "dmerp"
        for file in message["filenames"]
    ]
    library = next(file for file in files if file.suffix in (".so", ".dll", ".dylib"))
    tag = Format.of(library).platform.tag()
    if not os.environ.get("DMERP_WHEEL_PLATFORM") and not set(tag.split(".")) & set(platform_tags()):
        raise ValueError(
            f"cargo built for {tag}, and this Python is for {sysconfig.get_platform()}: set CARGO_BUILD_TARGET to the Rust "
            "target of this Python, such as i686-pc-windows-msvc, and add it with rustup"
        )
    return library


def crate_of(here: Path, place: Path) -> Path:
    """Unpack the crate as cargo would publish it: with the sources, and with the versions of all it depends on."""
    if (here / "crate").is_dir():
        return here / "crate"  # this is a source distribution already
    root = here.parent.parent
    cargo(
        root,
        "package",
        "--package",
        "dmerp",
        "--quiet",
        "--locked",
        "--no-verify",
        "--allow-dirty",
        "--target-dir",
        str(place),
    )
    (package,) = (place / "package").glob("*.crate")
    with tarfile.open(package) as archive:
        archive.extractall(place)
    crate = place / package.stem
    (crate / ".cargo_vcs_info.json").unlink(missing_ok=True)  # of which commit it is, is not the same for the same sources
    return crate


def cargo(root: Path, *arguments: str) -> str:
    """Run cargo, and give its output."""
    program = shutil.which("cargo")
    if program is None or not (root / "Cargo.toml").is_file():
        raise FileNotFoundError(
            f"{'there is no cargo' if program is None else f'{root} is not the source of dmerp'}: install Rust, or set "
            "DMERP_LIBRARY to the full path of the library's file"
        )
    result = subprocess.run([program, *arguments], cwd=root, check=True, stdout=subprocess.PIPE, text=True, encoding="utf-8")
    return result.stdout
