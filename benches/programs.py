"""The programs that are compared. Each takes `receive COUNT`, `push COUNT SIZE` or `list COUNT TIMES`."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Program:
    """One of them."""

    key: str
    label: str
    command: list[str]
    environment: dict[str, str] = field(default_factory=dict)
    ours: bool = False


def programs(here: Path, build: Path, library: Path, parts: dict[str, Path]) -> list[Program]:
    """Make the list; `build` holds what was compiled, `parts` says where the bindings and the runtimes are."""
    python = str(build / "venv/bin/python")
    coreclr = str(parts["coreclr"])
    java_path = f"{build / 'java'}:{build / 'jars'}/*"
    of_dmerp = {"DMERP_LIBRARY": str(library)}
    return [
        Program("dmerp-c", "dmerp, C", [str(build / "dmerp_c")], ours=True),
        Program(
            "dmerp-python",
            "dmerp, Python",
            [python, str(here / "dmerp/dmerp_python.py")],
            of_dmerp | {"PYTHONPATH": str(parts["python"])},
            ours=True,
        ),
        Program("dmerp-csharp", "dmerp, C#", [coreclr, str(build / "DmerpCSharp.exe")], of_dmerp, ours=True),
        Program(
            "dmerp-java",
            "dmerp, Java",
            ["java", "-cp", f"{java_path}:{parts['java'] / 'classes'}:{parts['java'] / 'dependencies'}/*", "DmerpJava"],
            of_dmerp,
            ours=True,
        ),
        Program("requests", "(a) Python, requests", [python, str(here / "others/sequential.py")]),
        Program("aiohttp", "(b) Python, aiohttp", [python, str(here / "others/tasks.py")]),
        Program("csharp", "(c) C#, HttpClient", [coreclr, str(build / "HttpClientTasks.exe")]),
        Program("java", "(d) Java, HttpClient", ["java", "-cp", java_path, "HttpClientThreads"]),
        Program("curl", "(e) C, libcurl multi", [str(build / "curl_multi")]),
        Program("hyper", "(f) Rust, hyper alone", [str(build / "hyper-alone")]),
        Program("reqwest", "Rust, reqwest alone", [str(build / "reqwest-alone")]),
    ]
