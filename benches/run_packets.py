#!/usr/bin/env python3
"""Measures programs that write and read a synchronization packet, in turns, and writes the results as JSON."""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from machine import said

VERBS = ("write", "read")
# So many records are written by each program and compared before anything is measured.
ALIKE = 2000
FIGURES = ("wall_s", "cpu_s", "peak_mib")


@dataclass
class Program:
    """One of those that are compared; those of one language do the same with each text."""

    key: str
    label: str
    language: str
    command: list[str]
    verbs: dict[str, str] = field(default_factory=lambda: {verb: verb for verb in VERBS})
    environment: dict[str, str] = field(default_factory=dict)
    # What keeps its garbage small, where a runtime collects it: for the memory.
    small: dict[str, str] = field(default_factory=dict)


def programs(here: Path, build: Path, library: Path, parts: dict[str, Path]) -> list[Program]:
    python = str(build / "venv/bin/python")
    coreclr = str(parts["coreclr"])
    java, of_java = build / "packets/java", f"{parts['java'] / 'classes'}:{parts['java'] / 'dependencies'}/*"
    in_python = [python, str(here / "packets/python_packets.py")]
    of_dmerp = {"DMERP_LIBRARY": str(library)}
    small_csharp = {"COMPlus_GCgen0size": "0x400000"}
    small_java = {"JAVA_TOOL_OPTIONS": "-Xmx16m -XX:+UseSerialGC"}
    return [
        Program("dmerp-c", "dmerp, C", "C", [str(build / "packets/dmerp_packets")]),
        Program("dmerp-cpp", "dmerp, C++", "C", [str(build / "packets/dmerp_packets_cpp")]),
        Program("libxml2", "C, libxml2's xmlTextWriter, xmlTextReader", "C", [str(build / "packets/libxml2_packets")]),
        Program("quick-xml", "Rust, quick-xml alone", "C", [str(build / "quick-xml-alone")]),
        Program(
            "dmerp-csharp",
            "dmerp, C#",
            "C#",
            [coreclr, str(build / "packets/DmerpPackets.exe")],
            environment=of_dmerp,
            small=small_csharp,
        ),
        Program(
            "system-xml",
            "C#, XmlWriter, XmlReader",
            "C#",
            [coreclr, str(build / "packets/XmlPackets.exe")],
            small=small_csharp,
        ),
        Program(
            "dmerp-java",
            "dmerp, Java",
            "Java",
            ["java", "-cp", f"{java}:{of_java}", "DmerpPackets"],
            environment=of_dmerp,
            small=small_java,
        ),
        Program("stax", "Java, javax.xml.stream", "Java", ["java", "-cp", str(java), "StaxPackets"], small=small_java),
        Program(
            "dmerp-python",
            "dmerp, Python",
            "Python",
            [python, str(here / "packets/dmerp_packets.py")],
            environment=of_dmerp | {"PYTHONPATH": str(parts["python"])},
        ),
        Program("lxml", "Python, lxml's xmlfile, iterparse", "Python", in_python),
        Program("etree", "Python, xml.etree's iterparse", "Python", in_python, {"read": "read-etree"}),
    ]


class Runner:
    """Runs one program at a time in a folder in memory."""

    def __init__(self, measure: Path, texts: Path, folder: Path) -> None:
        self.measure = measure
        self.texts = texts
        self.folder = folder

    def write(self, program: Program, count: int, packet: Path | None = None) -> dict[str, Any]:
        path = packet or self.folder / "written.xml"
        return self._run(program, "write", str(self.texts), str(path), str(count))

    def read(self, program: Program, packet: Path) -> dict[str, Any]:
        return self._run(program, "read", str(packet))

    def _run(self, program: Program, verb: str, *arguments: str) -> dict[str, Any]:
        command = [str(self.measure), *program.command, program.verbs[verb], *arguments]
        # A package that is installed has its bytecode, and so has one that runs from its source here.
        compiled = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(self.folder / "compiled")}
        environment = os.environ | compiled | {"TMPDIR": str(self.folder)} | program.environment
        ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=600, check=False)
        if ended.returncode != 0:
            raise RuntimeError(f"{program.label}, {verb}: {ended.stderr or ended.stdout}")
        *_, handled, used = ended.stdout.splitlines()
        took = json.loads(used)
        return json.loads(handled) | {
            "wall_s": took["wall_s"],
            "cpu_s": took["user_s"] + took["system_s"],
            "peak_mib": took["peak_kib"] / 1024,
        }


def see_alike(runner: Runner, compared: list[Program]) -> None:
    """See that all write the same packet."""
    path = runner.folder / "alike.xml"
    expected = None
    for program in compared:
        if "write" in program.verbs:
            runner.write(program, ALIKE, path)
            packet = ElementTree.canonicalize(from_file=path, strip_text=True)  # dmerp has a line for each record
            expected = expected or packet
            if packet != expected or packet.count("<r ") != ALIKE:
                raise RuntimeError(f"{program.label} writes another packet than {compared[0].label}")
    path.unlink()


def measured(runner: Runner, compared: list[Program], count: int, rounds: int) -> dict[str, Any]:
    packets = {number: runner.folder / f"packet-{number}.xml" for number in (0, count)}
    for number, path in packets.items():
        runner.write(compared[0], number, path)
    found: dict[tuple[str, str, int], list[dict[str, Any]]] = {}
    lengths: dict[str, int] = {}
    for turn in range(rounds):
        start = turn % len(compared)
        for program in compared[start:] + compared[:start]:
            for verb in program.verbs:
                for number, path in packets.items():
                    took = runner.write(program, number) if verb == "write" else runner.read(program, path)
                    if took["records"] != number:
                        raise RuntimeError(f"{program.label}, {verb}: {took['records']} records instead of {number}")
                    if verb == "read" and number and took["length"] != lengths.setdefault(program.language, took["length"]):
                        raise RuntimeError(f"{program.label} reads something else than others in {program.language}")
                    found.setdefault((program.key, verb, number), []).append(took)
    for program in compared:
        small = dataclasses.replace(program, environment=program.environment | program.small)
        for verb in program.verbs if program.small else ():
            for number, path in packets.items():
                found[program.key, f"{verb}, small", number] = [
                    runner.write(small, number) if verb == "write" else runner.read(small, path) for _ in range(rounds)
                ]
    results: dict[str, Any] = {"bytes": packets[count].stat().st_size, "records": count, "rounds": rounds, "measured": {}}
    for program in compared:
        results["measured"][program.key] = of_program = {}
        for verb in program.verbs:
            took, started = (
                {name: median(found[program.key, verb, number], name) for name in FIGURES} for number in (count, 0)
            )
            of_small = f"{verb}, small" if program.small else verb
            peak, at_start = (median(found[program.key, of_small, number], "peak_mib") for number in (count, 0))
            of_program[verb] = took | {"over_start_mib": max(0.0, peak - at_start)}
            print(
                f"{program.label:44} {verb:5}  wall {took['wall_s']:7.3f} s  CPU {took['cpu_s']:7.3f} s  "
                f"peak {took['peak_mib']:6.1f} MiB, {of_program[verb]['over_start_mib']:6.1f} over the start "
                f"({started['wall_s'] * 1000:.0f} ms)",
                file=sys.stderr,
            )
    return results


def median(rounds: list[dict[str, Any]], name: str) -> float:
    return statistics.median(one[name] for one in rounds)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("build", "library", "coreclr", "java", "python"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--records", type=int, required=True)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", nargs="*", default=[], metavar="KEY", help="programs, by their keys")
    arguments = parser.parse_args()
    here = Path(__file__).resolve().parent
    parts = {"coreclr": arguments.coreclr, "java": arguments.java, "python": arguments.python}
    every = programs(here, arguments.build, arguments.library, parts)
    compared = [program for program in every if program.key in arguments.only] or every
    # In memory, so that no disk is measured.
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        runner = Runner(arguments.build / "measure", here / "packets/texts.txt", Path(folder))
        see_alike(runner, compared)
        results = measured(runner, compared, arguments.records, arguments.rounds)
    lxml = [arguments.build / "venv/bin/python", "-c", "import lxml; print(lxml.__version__)"]
    results["versions"] = {"libxml2": said(["xml2-config", "--version"]), "lxml": said(lxml)}
    results["programs"] = {program.key: program.label for program in compared}
    if not arguments.only:
        (arguments.build / "packets.json").write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
