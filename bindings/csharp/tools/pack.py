"""Makes a NuGet package of a .nuspec, as `dotnet pack` does: pack.py NUSPEC [--without PATTERN]... NAME=VALUE... --output FOLDER

For machines without the .NET SDK. Each $NAME$ of the file is replaced by VALUE. What has a place in the package that matches a
PATTERN, such as `lib/net8.0/*`, is left out; any other file that is missing is an error. The same input gives the same bytes.
"""

import argparse
import re
import zipfile
from fnmatch import fnmatch
from pathlib import Path
from xml.etree import ElementTree

NUSPEC = "http://schemas.microsoft.com/packaging/2013/05/nuspec.xsd"
EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip file can say
TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
RELATIONSHIPS = "http://schemas.openxmlformats.org/package/2006/relationships"
MANIFEST = "http://schemas.microsoft.com/packaging/2010/07/manifest"


def files_of(package: ElementTree.Element, folder: Path, without: list[str]) -> dict[str, Path]:
    """Each file's place in the package, and where it is now."""
    entries = [(Path(entry.attrib["src"]), entry.attrib["target"]) for entry in package.iter(f"{{{NUSPEC}}}file")]
    files = {f"{target}/{source.name}".lstrip("/"): folder / source for source, target in entries}
    for pattern in without:
        if not any(fnmatch(place, pattern) for place in files):
            raise SystemExit(f"no file of the package matches {pattern}")
    files = {place: source for place, source in files.items() if not any(fnmatch(place, pattern) for pattern in without)}
    missing = [f"\n  {source}, for {place}" for place, source in files.items() if not source.is_file()]
    if missing:
        raise SystemExit("the package would lack what it promises:" + "".join(missing))
    return files


def leave_out_groups(package: ElementTree.Element, files: dict[str, Path]) -> None:
    """Takes out the dependency groups of targets that have no assembly in the package."""
    groups = package.find(f".//{{{NUSPEC}}}dependencies")
    for group in list(groups):
        # .NETFramework4.6.2 is net462 as a folder's name, .NETStandard2.0 netstandard2.0.
        short = group.attrib["targetFramework"].lower().lstrip(".")
        short = re.sub(r"^netframework([\d.]+)$", lambda found: "net" + found[1].replace(".", ""), short)
        if not any(place.startswith(f"lib/{short}/") for place in files):
            groups.remove(group)


def write(archive: Path, content: dict[str, bytes]) -> None:
    """Writes a zip file in which nothing tells when and where it was made."""
    archive.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as package:
        for path, data in content.items():
            entry = zipfile.ZipInfo(path, EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o100644 << 16
            package.writestr(entry, data)


def pack(nuspec: Path, output: Path, without: list[str], properties: dict[str, str]) -> Path:
    """Writes the package and gives its path."""
    text = nuspec.read_text("utf-8")
    for name, value in properties.items():
        text = text.replace(f"${name}$", value)
    ElementTree.register_namespace("", NUSPEC)
    package = ElementTree.fromstring(text)
    files = files_of(package, nuspec.parent, without)
    package.remove(package.find(f"{{{NUSPEC}}}files"))
    leave_out_groups(package, files)
    name, version = (package.findtext(f".//{{{NUSPEC}}}{tag}") for tag in ("id", "version"))

    endings = sorted({Path(place).suffix[1:] for place in files} - {""} | {"nuspec"})
    types = "".join(f'<Default Extension="{ending}" ContentType="application/octet" />' for ending in endings)
    bare = [place for place in sorted(files) if not Path(place).suffix]
    types += "".join(f'<Override PartName="/{place}" ContentType="application/octet" />' for place in bare)
    types = '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml" />' + types
    relationship = f'<Relationship Type="{MANIFEST}" Target="/{name}.nuspec" Id="manifest" />'
    head = '<?xml version="1.0" encoding="utf-8"?>'
    content = {
        "[Content_Types].xml": f'{head}<Types xmlns="{TYPES}">{types}</Types>'.encode(),
        "_rels/.rels": f'{head}<Relationships xmlns="{RELATIONSHIPS}">{relationship}</Relationships>'.encode(),
        f"{name}.nuspec": ElementTree.tostring(package, "utf-8", xml_declaration=True),
        **{path: source.read_bytes() for path, source in sorted(files.items())},
    }
    archive = output / f"{name}.{version}.nupkg"
    write(archive, content)
    return archive


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("nuspec", type=Path)
    parser.add_argument("properties", nargs="*", metavar="NAME=VALUE")
    parser.add_argument("--without", action="append", default=[], metavar="PATTERN")
    parser.add_argument("--output", required=True, type=Path, metavar="FOLDER")
    given = parser.parse_intermixed_args()
    print(pack(given.nuspec, given.output, given.without, dict(one.split("=", 1) for one in given.properties)))


if __name__ == "__main__":
    main()
