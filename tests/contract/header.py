"""What include/dmerp.h declares, in the form in which each binding tells its own declarations (contract.json)."""

from __future__ import annotations

import re
import subprocess
import tempfile
from pathlib import Path
from typing import TypedDict

from pycparser import c_ast, c_parser

# The header's own system headers, reduced to the names it takes from them. The parser needs no more; sizes and offsets come
# from the compiler and its real headers.
SYSTEM_HEADERS = {
    "stddef.h": "typedef unsigned long size_t;",
    "stdint.h": "\n".join(f"typedef int {name};" for name in ("int32_t", "uint32_t", "int64_t", "uint64_t", "uint8_t")),
}
NUMBERS = {
    "int32_t": "i32",
    "uint32_t": "u32",
    "int64_t": "i64",
    "uint64_t": "u64",
    "size_t": "size",
    "void": "void",
    "double": "f64",
    "char": "char",
}


class Signature(TypedDict):
    """A function's or callback's types."""

    returns: str
    parameters: list[str]


class Struct(TypedDict):
    """A struct's size, and its fields' names, types and offsets, in bytes."""

    size: int
    fields: list[tuple[str, str, int]]


class Header:
    """The header at `path`, parsed; `cc` is the C compiler."""

    def __init__(self, path: Path, cc: str = "cc") -> None:
        self._cc = cc
        self._path = path
        tree = c_parser.CParser().parse(self._preprocessed())
        declarations = [node for node in tree.ext if isinstance(node, (c_ast.Decl, c_ast.Typedef))]
        self._typedefs = {node.name: node.type for node in declarations if isinstance(node, c_ast.Typedef)}
        self.callbacks: dict[str, Signature] = {
            name: self._signature(kind.type) for name, kind in self._typedefs.items() if _is_callback(kind)
        }
        self.functions: dict[str, Signature] = {
            node.name: self._signature(node.type)
            for node in declarations
            if isinstance(node, c_ast.Decl) and isinstance(node.type, c_ast.FuncDecl)
        }
        fields = {
            name: [(field.name, self._type(field.type)) for field in kind.type.decls]
            for name, kind in self._typedefs.items()
            if isinstance(kind, c_ast.TypeDecl) and isinstance(kind.type, c_ast.Struct) and kind.type.decls
        }
        self.structs = self._laid_out(fields)
        self.constants = self._constants()
        # A status is what is not of a family of constants.
        families = re.compile(r"DMERP_(LOG|FORMAT|KIND|LEFT|ABI|VALUE|RECORD)_")
        self.statuses = [name for name in self.constants if not families.match(name) and name != "DMERP_OK"]
        text = path.read_text("utf-8")
        self.options: list[str] = re.findall(r"^ \*   ([a-z_.]+) \(", text.partition("#ifndef DMERP_H")[0], re.MULTILINE)

    def _run(self, *arguments: str) -> str:
        return subprocess.run([self._cc, *arguments], check=True, capture_output=True, text=True).stdout

    def _preprocessed(self) -> str:
        with tempfile.TemporaryDirectory() as folder:
            for name, text in SYSTEM_HEADERS.items():
                Path(folder, name).write_text(text, "utf-8")
            return self._run("-E", "-P", "-nostdinc", f"-I{folder}", str(self._path))

    def _constants(self) -> dict[str, int]:
        found = re.findall(r"^#define (DMERP_\w+) (-?\d+)$", self._run("-E", "-dM", str(self._path)), re.MULTILINE)
        # The library's own version is none of the contract: it changes with every release.
        return {name: int(number) for name, number in found if not name.startswith("DMERP_VERSION_")}

    def _laid_out(self, structs: dict[str, list[tuple[str, str]]]) -> dict[str, Struct]:
        lines = [f'#include "{self._path.resolve()}"', "#include <stdio.h>", "int main(void) {"]
        for name, fields in structs.items():
            lines.append(f'printf("%zu\\n", sizeof({name}));')
            lines += [f'printf("%zu\\n", offsetof({name}, {field}));' for field, _ in fields]
        with tempfile.TemporaryDirectory() as folder:
            source, program = Path(folder, "layout.c"), Path(folder, "layout")
            source.write_text("\n".join([*lines, "return 0; }"]), "utf-8")
            self._run(str(source), "-o", str(program))
            numbers = iter(subprocess.run([program], check=True, capture_output=True, text=True).stdout.split())
        return {
            name: {"size": int(next(numbers)), "fields": [(field, kind, int(next(numbers))) for field, kind in fields]}
            for name, fields in structs.items()
        }

    def _signature(self, function: c_ast.FuncDecl) -> Signature:
        parameters = [self._type(parameter.type) for parameter in function.args.params]
        return {"returns": self._type(function.type), "parameters": [] if parameters == ["void"] else parameters}

    def _type(self, node: c_ast.Node) -> str:
        if isinstance(node, c_ast.PtrDecl):
            return "pointer"
        if isinstance(node, c_ast.TypeDecl) and isinstance(node.type, c_ast.Struct):
            return str(node.type.name)
        if not isinstance(node, c_ast.TypeDecl) or not isinstance(node.type, c_ast.IdentifierType):
            raise ValueError(f"a type that the contract has no name for: {node}")
        name = node.type.names[0]
        if name in NUMBERS:
            return NUMBERS[name]
        return name if _is_callback(self._typedefs[name]) else self._type(self._typedefs[name])


def _is_callback(kind: c_ast.Node) -> bool:
    return isinstance(kind, c_ast.PtrDecl) and isinstance(kind.type, c_ast.FuncDecl)
