#!/usr/bin/env python3
"""Measures the programs in turns, each time against a fresh sandbox, and writes the results as JSON."""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from machine import about_machine
from programs import Program, programs
from sandbox import Sandbox

KIB, MIB, GIB = 1 << 10, 1 << 20, 1 << 30
LIST_TIMES = 20


@dataclass(frozen=True)
class Work:
    """What a program has to do."""

    key: str
    label: str
    verb: str
    count: int
    size: int

    def arguments(self) -> list[str]:
        more = {"receive": [], "push": [self.size], "list": [LIST_TIMES]}[self.verb]
        return [self.verb, str(self.count), *map(str, more)]


def works(short: bool) -> list[Work]:
    many, entries, big = (100, 1000, 64 * MIB) if short else (1000, 10_000, GIB)
    return [
        Work("receive-small", f"receive {many:,} x 8 KiB", "receive", many, 8 * KIB),
        Work("receive-large", f"receive {many:,} x 256 KiB", "receive", many, 256 * KIB),
        Work("receive-big", f"receive 1 x {big // MIB:,} MiB", "receive", 1, big),
        Work("push", f"push {many:,} x 64 KiB", "push", many, 64 * KIB),
        Work("list", f"list {entries:,} entries, {LIST_TIMES} times", "list", entries, 10),
    ]


def memory_works(short: bool) -> list[Work]:
    many, big = (100, 64 * MIB) if short else (1000, GIB)
    counts = [(count, 8 * KIB) for count in (many // 4, many, many * 4)]
    sizes = [(many, 64 * KIB), (many, 256 * KIB), (many // 4, MIB), (many // 10, 4 * MIB), (1, big)]
    return [Work(f"memory-{count}-{size}", "for the memory", "receive", count, size) for count, size in counts + sizes]


NOTHING = Work("nothing", "an empty queue", "receive", 0, 0)


class Runner:
    """Measures one program at one work."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        self.sandbox = arguments.sandbox
        self.measure = arguments.build / "measure"
        # In memory, so that no disk is measured.
        memory = Path("/dev/shm")
        self.folder = memory if memory.is_dir() else Path(tempfile.gettempdir())

    def run(self, program: Program, work: Work, latency: int) -> dict[str, float]:
        with tempfile.TemporaryDirectory(dir=self.folder) as folder:
            options = ["--visibility-timeout", "0"] if work.verb == "list" else []
            if work.size > 64 * MIB or (work.verb == "receive" and work.count == 1):
                # A file with nothing but zeros takes no room until the sandbox copies it.
                content = Path(folder) / "content"
                with content.open("wb") as file:
                    file.truncate(work.size)
                options += ["--packet", f"user1={content}"]
            with Sandbox(self.sandbox, Path(folder), *options) as sandbox:
                if work.verb != "push" and "--packet" not in options:
                    sandbox.send(work.count, work.size)
                if latency:
                    sandbox.delay(latency)
                return self._measured(program, work, sandbox, folder)

    def _measured(self, program: Program, work: Work, sandbox: Sandbox, folder: str) -> dict[str, float]:
        environment = os.environ | program.environment | sandbox.settings() | {"TMPDIR": folder}
        command = [str(self.measure), *program.command, *work.arguments()]
        before = sandbox.cpu_seconds()
        ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=600, check=False)
        sandbox_cpu = sandbox.cpu_seconds() - before
        if ended.returncode != 0:
            raise RuntimeError(f"{program.label}, {' '.join(work.arguments())}: {ended.stderr or ended.stdout}")
        *_, handled, used = ended.stdout.splitlines()
        if json.loads(handled)["packets"] != work.count * (LIST_TIMES if work.verb == "list" else 1):
            raise RuntimeError(f"{program.label} handled {handled}")
        took = json.loads(used)
        requests = sandbox.received()
        if any(request["outcome"] != {"status": 200} for request in requests):
            raise RuntimeError(f"{program.label}: not every request was answered with 200")
        return {
            "wall_s": took["wall_s"],
            "cpu_s": took["user_s"] + took["system_s"],
            "peak_mib": took["peak_kib"] / 1024,
            "requests": len(requests),
            "connections": len({request["connection"] for request in requests}),
            "sandbox_cpu_s": sandbox_cpu,
        }


def medians(rounds: list[dict[str, float]]) -> dict[str, float]:
    return {name: statistics.median(one[name] for one in rounds) for name in rounds[0]}


def in_turns(runner: Runner, compared: list[Program], work: Work, latency: int, rounds: int) -> dict[str, dict[str, float]]:
    measured: dict[str, list[dict[str, float]]] = {program.key: [] for program in compared}
    for turn in range(rounds):
        start = turn % len(compared)
        for program in compared[start:] + compared[:start]:
            measured[program.key].append(runner.run(program, work, latency))
    found = {key: medians(values) for key, values in measured.items()}
    for program in compared:
        one = found[program.key]
        print(
            f"{work.label:28} {latency:2} ms  {program.label:22} wall {one['wall_s']:7.3f} s  CPU {one['cpu_s']:6.3f} s  "
            f"peak {one['peak_mib']:6.1f} MiB  {one['requests']:5.0f} requests on {one['connections']:2.0f} connections  "
            f"(sandbox {one['sandbox_cpu_s']:.2f} s)",
            file=sys.stderr,
        )
    return found


def micro(arguments: argparse.Namespace) -> dict[str, float]:
    found: dict[str, list[float]] = {}
    for _ in range(3 if arguments.short else 11):
        for scheme in ("http", "https"):
            command = [arguments.build / "micro", arguments.library, scheme]
            one = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
            one[f"first_request_{scheme}_ms"] = one.pop("first_request_ms")
            for name, value in one.items():
                found.setdefault(name, []).append(value)
    size = {"library_bytes": arguments.library.stat().st_size}
    return size | {name: statistics.median(values) for name, values in found.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("build", "library", "sandbox", "coreclr", "java", "python"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--short", action="store_true", help="small counts, one round: to try the benchmarks, not to measure")
    parser.add_argument("--only", nargs="*", default=[], metavar="KEY", help="programs and works, by their keys")
    arguments = parser.parse_args()
    here = Path(__file__).resolve().parent
    parts = {"coreclr": arguments.coreclr, "java": arguments.java, "python": arguments.python}
    every = programs(here, arguments.build, arguments.library, parts)
    every_work = works(arguments.short)
    compared = [program for program in every if program.key in arguments.only] or every
    wanted = [work for work in every_work if work.key in arguments.only] or every_work
    rounds = {0: 1, 20: 1} if arguments.short else {0: 3, 20: 2}

    runner = Runner(arguments)
    results: dict[str, Any] = {
        "machine": about_machine(arguments),
        "rounds": rounds,
        "programs": {program.key: program.label for program in compared},
        "works": {work.key: work.label for work in wanted},
        "counts": {work.key: work.count for work in wanted},
        "nothing": in_turns(runner, compared, NOTHING, 0, rounds[0]),
        "measured": {
            work.key: {
                latency: in_turns(runner, compared, work, latency, rounds[latency])
                for latency in ((0,) if work.verb == "list" else rounds)
            }
            for work in wanted
        },
    }
    if not arguments.only:
        ours = [program for program in compared if program.key == "dmerp-c"]
        results["memory"] = [
            {"count": work.count, "size": work.size, **in_turns(runner, ours, work, 0, rounds[20])["dmerp-c"]}
            for work in memory_works(arguments.short)
        ]
        results["micro"] = micro(arguments)
    (arguments.build / "results.json").write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
