"""Says what the measurements were made on."""

from __future__ import annotations

import argparse
import os
import platform
import re
import subprocess
from pathlib import Path


def about_machine(arguments: argparse.Namespace) -> dict[str, str]:
    python = [arguments.build / "venv/bin/python", "-c"]
    versions = "import aiohttp, requests, platform as p; print(p.python_version(), requests.__version__, aiohttp.__version__)"
    processor = _found(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    kib = int(_found(r"MemTotal:\s*(\d+)", Path("/proc/meminfo").read_text()))
    return {
        "processor": f"{processor}, {os.cpu_count()} cores",
        "memory": f"{kib / (1 << 20):.0f} GiB",
        "system": f"{platform.freedesktop_os_release()['PRETTY_NAME']}, Linux {platform.release()}",
        "python": said([*python, versions]),
        "coreclr": _coreclr(arguments.coreclr),
        "java": said(["java", "-version"]).splitlines()[0],
        "curl": said(["curl-config", "--version"]),
        "rust": said(["rustc", "--version"]),
        "hyper": _found(r'name = "hyper"\nversion = "(.*)"', (Path(__file__).parent / "others/limits/Cargo.lock").read_text()),
    }


def _coreclr(script: Path) -> str:
    runtime = Path(_found(r'exec "(.*?)"', script.read_text()))
    return ", ".join(sorted(found.name for found in runtime.parent.glob("shared/Microsoft.NETCore.App/*")))


def said(command: list[str | Path]) -> str:
    ended = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    return ended.stdout.strip()


def _found(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    return found.group(1) if found else "unknown"
