"""Makes a NuGet package of a .nuspec, as `dotnet pack` does: pack.py NUSPEC OUTPUT_FOLDER NAME=VALUE...

For machines without the .NET SDK. Each $NAME$ of the file is replaced by VALUE. The same input gives the same bytes.
"""

import sys
import zipfile
from pathlib import Path
from xml.etree import ElementTree

NUSPEC = "http://schemas.microsoft.com/packaging/2013/05/nuspec.xsd"
EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip file can say
TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
RELATIONSHIPS = "http://schemas.openxmlformats.org/package/2006/relationships"
MANIFEST = "http://schemas.microsoft.com/packaging/2010/07/manifest"


def files_of(package: ElementTree.Element, folder: Path) -> dict[str, Path]:
    """Each file's place in the package, and where it is now."""
    files = {}
    for entry in package.iter(f"{{{NUSPEC}}}file"):
        source, target = folder / entry.attrib["src"], entry.attrib["target"]
        if source.name == "**":
            found = {f"{target}/{path.relative_to(source.parent).as_posix()}": path for path in source.parent.rglob("*") if path.is_file()}
        else:
            found = {f"{target}/{source.name}".lstrip("/"): source}
        if not found:
            raise SystemExit(f"{source}: no file is there")
        files.update(found)
    return files


def main(nuspec: Path, output: Path, properties: dict[str, str]) -> None:
    """Writes the package and prints its path."""
    text = nuspec.read_text("utf-8")
    for name, value in properties.items():
        text = text.replace(f"${name}$", value)
    ElementTree.register_namespace("", NUSPEC)
    package = ElementTree.fromstring(text)
    files = files_of(package, nuspec.parent)
    package.remove(package.find(f"{{{NUSPEC}}}files"))
    name, version = (package.findtext(f".//{{{NUSPEC}}}{tag}") for tag in ("id", "version"))

    endings = sorted({path.rsplit(".", 1)[-1] for path in files} | {"nuspec"})
    types = "".join(f'<Default Extension="{ending}" ContentType="application/octet" />' for ending in endings)
    types = '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml" />' + types
    relationship = f'<Relationship Type="{MANIFEST}" Target="/{name}.nuspec" Id="manifest" />'
    head = '<?xml version="1.0" encoding="utf-8"?>'
    content = {
        "[Content_Types].xml": f'{head}<Types xmlns="{TYPES}">{types}</Types>'.encode(),
        "_rels/.rels": f'{head}<Relationships xmlns="{RELATIONSHIPS}">{relationship}</Relationships>'.encode(),
        f"{name}.nuspec": ElementTree.tostring(package, "utf-8", xml_declaration=True),
        **{path: source.read_bytes() for path, source in sorted(files.items())},
    }
    output.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(output / f"{name}.{version}.nupkg", "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in content.items():
            entry = zipfile.ZipInfo(path, EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o100644 << 16
            archive.writestr(entry, data)
    print(output / f"{name}.{version}.nupkg")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), dict(argument.split("=", 1) for argument in sys.argv[3:]))
