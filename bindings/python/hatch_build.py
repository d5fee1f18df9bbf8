"""Puts the native library into the wheel, and the platform that it is for into the wheel's name; and tells the version.

The library comes from DMERP_LIBRARY; where that is not set, cargo builds it from the repository that this folder is in. The
platform is DMERP_WHEEL_PLATFORM, such as macosx_11_0_arm64; where that is not set, it is this machine's.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from hatchling.metadata.plugin.interface import MetadataHookInterface

NAME = {"win32": "dmerp.dll", "darwin": "libdmerp.dylib"}.get(sys.platform, "libdmerp.so")
"""What cargo calls the library on this platform, and what the package looks for beside itself."""


class LibraryHook(BuildHookInterface[Any]):
    """Makes the wheel of Python code a wheel for one platform."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Name what goes into the wheel; an editable install finds the library as any program does."""
        if version == "editable":
            return
        library = given() or built(Path(self.root))
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-{platform(library)}"
        build_data["force_include"][str(library)] = f"dmerp/{NAME}"
        for license_file in licenses(Path(self.root)):
            build_data["force_include"][str(license_file)] = f"dmerp/{license_file.name}"


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


def licenses(here: Path) -> list[Path]:
    """Find the texts of the licences: in a source distribution beside this file, else at the top of the repository."""
    return sorted(here.glob("LICENSE-*")) or sorted(here.parent.parent.glob("LICENSE-*"))


def given() -> Path | None:
    """Give the library that DMERP_LIBRARY names."""
    named = os.environ.get("DMERP_LIBRARY")
    if not named:
        return None
    library = Path(named)
    if not library.is_file():
        raise FileNotFoundError(f"DMERP_LIBRARY is {named}, and there is no such file")
    return library


def built(here: Path) -> Path:
    """Build the library from the repository."""
    root = here.parent.parent
    if not (root / "Cargo.toml").is_file():
        raise FileNotFoundError(
            "there is no dmerp source code around this package: set DMERP_LIBRARY to the full path of the library's file"
        )
    # Not `cargo build`: with the crate's other types beside it the library would be built without LTO.
    subprocess.run(["cargo", "rustc", "--release", "--locked", "--lib", "--crate-type", "cdylib"], cwd=root, check=True)
    target = Path(os.environ.get("CARGO_TARGET_DIR") or root / "target")
    return target / "release" / NAME


def platform(library: Path) -> str:
    """Give the platform's tag. On Linux with glibc it names the oldest glibc that has all the library asks for."""
    named = os.environ.get("DMERP_WHEEL_PLATFORM")
    if named:
        return named
    machine = re.sub(r"[-.]", "_", sysconfig.get_platform())
    asked = {(int(major), int(minor)) for major, minor in re.findall(rb"\0GLIBC_(\d+)\.(\d+)", library.read_bytes())}
    if machine.startswith("linux_") and asked:
        major, minor = max(asked)
        return machine.replace("linux_", f"manylinux_{major}_{minor}_")
    return machine
