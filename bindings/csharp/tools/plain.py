"""Writes C# 8 sources without their nullable annotations, which Mono's compiler cannot read: plain.py SOURCES OUTPUT.

`string?` becomes `string`, `packet!` becomes `packet`; `int?` stays, since that is another type. Lines keep their numbers, so what the
compiler says of a line holds for the source. The .NET SDK compiles the sources as they are.
"""

import re
import sys
from pathlib import Path

# Value types, whose question mark means Nullable<T>.
VALUES = {"bool", "int", "long", "ulong", "decimal", "double", "DateTime", "DateTimeOffset", "TimeSpan"}
# A conditional's question mark has a space before it; what follows that of ?., ?? and ?[i] is something else.
ANNOTATION = re.compile(r"(\w*)([>\]]?)\?(?=[ >,)]|\[\]|$)|(?<=new )(\w+)\?(?=\[)")
FORGIVING = re.compile(r"(?<=[\w)\]])!(?=[.,;)\]]|$)")


def plain(line: str) -> str:
    """The line without its annotations."""
    if line.lstrip().startswith("//"):
        return line
    return FORGIVING.sub("", ANNOTATION.sub(_kept, line))


def _kept(found: re.Match[str]) -> str:
    nullable = found[1] in VALUES and not found[2]
    return found[0] if nullable or found[0] == "?" else found[0][:-1]


def main(sources: Path, output: Path) -> None:
    """Writes each source under its own name."""
    for source in sorted(sources.rglob("*.cs")):
        target = output / source.relative_to(sources)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text("".join(plain(line) for line in source.read_text("utf-8").splitlines(keepends=True)), "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
