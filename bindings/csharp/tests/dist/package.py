"""Looks at an unpacked package: package.py FOLDER. What it promises is there, and each native library is for its platform."""

import re
import struct
import sys
from pathlib import Path

PE, ELF = b"MZ", b"\x7fELF"
# Of each platform: the library's name, its kind and its processor's number in that kind.
NATIVES = {
    "win-x64": ("dmerp.dll", PE, 0x8664),
    "win-x86": ("dmerp.dll", PE, 0x14C),
    "linux-x64": ("libdmerp.so", ELF, 62),
    "linux-arm64": ("libdmerp.so", ELF, 183),
    "linux-musl-x64": ("libdmerp.so", ELF, 62),
}
FILES = [
    "Dmerp.Client.nuspec",
    "README.md",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "THIRD-PARTY-LICENSES.txt",
    "build/Dmerp.Client.targets",
    "buildTransitive/Dmerp.Client.targets",
    *(f"lib/{target}/Dmerp.Client.{kind}" for target in ("net462", "netstandard2.0") for kind in ("dll", "pdb", "xml")),
]


def processor(library: bytes) -> int:
    """The number that tells for which processor it is."""
    if library.startswith(PE):
        return struct.unpack_from("<H", library, struct.unpack_from("<I", library, 0x3C)[0] + 4)[0]
    return struct.unpack_from("<H", library, 18)[0]


def problems(package: Path) -> list[str]:
    """What is not as it should be, one for each file or link."""
    found = [f"{place} is missing" for place in FILES if not (package / place).is_file()]
    for rid, (name, kind, number) in NATIVES.items():
        path = package / "runtimes" / rid / "native" / name
        library = path.read_bytes() if path.is_file() else b""
        if not library.startswith(kind) or processor(library) != number:
            found.append(f"{path} is not for {rid}")
        if kind == ELF and (b"\0libc.so.6\0" in library) == ("musl" in rid):
            found.append(f"{path} is for another libc")
    links = re.findall(r"\]\(([^)]*)\)", (package / "README.md").read_text("utf-8"))
    found += [f"README.md: {link} leads nowhere outside the repository" for link in links if not link.startswith(("https://", "#"))]
    return found


if __name__ == "__main__":
    told = problems(Path(sys.argv[1]))
    print("".join(f"{problem}\n" for problem in told) + f"{len(FILES) + len(NATIVES) - len(told)} passed, {len(told)} failed")
    sys.exit(1 if told else 0)
