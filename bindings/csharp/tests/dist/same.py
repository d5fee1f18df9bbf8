"""Tells whether the package that `dotnet pack` made is the one that tools/pack.py makes: same.py NUSPEC BIN NATIVE NUPKG.

The same files with the same content, and the same metadata; NuGet's own notes on the package are left aside.
"""

import sys
import tempfile
import zipfile
from pathlib import Path
from xml.etree import ElementTree

sys.path.append(str(Path(__file__).resolve().parents[2] / "tools"))
import pack

OWN = ("[Content_Types].xml", "_rels/", "package/")  # of the container; pack.py writes what is needed of them


def content(package: Path) -> dict[str, bytes | list[tuple[str, str]]]:
    """The files, by their places; of the .nuspec what it says."""
    with zipfile.ZipFile(package) as archive:
        files = {place: archive.read(place) for place in archive.namelist() if not place.startswith(OWN)}
    return {place: metadata(data) if place.endswith(".nuspec") else data for place, data in files.items()}


def metadata(nuspec: bytes) -> list[tuple[str, str]]:
    """Each element's name, attributes and text; a group's target framework in lower case, as either may write it."""
    elements = []
    for element in ElementTree.fromstring(nuspec).iter():
        name = element.tag.rsplit("}", 1)[-1]
        if name not in ("package", "metadata", "repository", "licenseUrl"):
            elements.append((name, f"{sorted(element.attrib.items())} {(element.text or '').strip()}".lower()))
    return sorted(elements)


def main(nuspec: Path, binaries: Path, natives: Path, made: Path) -> int:
    """Prints what differs; how many."""
    version = made.stem.removeprefix("Dmerp.Client.")
    with tempfile.TemporaryDirectory() as folder:
        properties = {"version": version, "bin": str(binaries.resolve()), "natives": str(natives.resolve())}
        ours = content(pack.pack(nuspec, Path(folder), [], properties))
    theirs = content(made)
    differing = [place for place in sorted(ours.keys() | theirs.keys()) if ours.get(place) != theirs.get(place)]
    for place in differing:
        print(f"differs: {place}")
        if place.endswith(".nuspec"):
            print(f"  pack.py: {ours.get(place)}\n  dotnet:  {theirs.get(place)}")
    print(f"{len(theirs) - len(differing)} passed, {len(differing)} failed")
    return len(differing)


if __name__ == "__main__":
    sys.exit(min(1, main(*map(Path, sys.argv[1:]))))
