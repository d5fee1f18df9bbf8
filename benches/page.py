#!/usr/bin/env python3
"""Makes the page and its chart from what run.py and run_packets.py measured: page.py BUILD FOLDER."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from string import Template
from typing import Any, Callable

from chart import Panel, Row, chart, seconds

OTHERS = ("aiohttp", "csharp", "java", "curl")
BINDINGS = {"dmerp-python": "Python", "dmerp-csharp": "C#", "dmerp-java": "Java"}
MANY = ("receive-small", "receive-large", "push")

Results = dict[str, Any]


def table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def is_met(value: float, wanted: float | None, at_least: bool) -> bool:
    # As the page shows it.
    value = round(value, 2)
    return wanted is None or (value >= wanted if at_least else value <= wanted)


class Packets:
    """What the template asks for of the packets that were written and read."""

    def __init__(self, results: Results) -> None:
        self.results = results
        self.measured: dict[str, dict[str, dict[str, float]]] = results["measured"]

    def aims(self) -> str:
        def times(ours: str, other: str, name: str) -> Callable[[str], float]:
            return lambda verb: self.measured[other][verb][name] / self.measured[ours][verb][name]

        aims = []
        for of, name in (("wall time", "wall_s"), ("CPU time", "cpu_s")):
            aims += [
                (f"C: libxml2's {of} to dmerp's", times("dmerp-c", "libxml2", name), 2, True),
                (f"C++: libxml2's {of} to dmerp's", times("dmerp-cpp", "libxml2", name), 2, True),
                (f"Python: lxml's {of} to dmerp's", times("dmerp-python", "lxml", name), 3, True),
                (f"C#: System.Xml's {of} to dmerp's", times("dmerp-csharp", "system-xml", name), 1, True),
                (f"Java: javax.xml.stream's {of} to dmerp's", times("dmerp-java", "stax", name), 1, True),
            ]
        rows = []
        for label, figure, wanted, at_least in aims:
            cells = [f"{figure(verb):.2f}" for verb in ("write", "read")]
            met = [is_met(figure(verb), wanted, at_least) for verb in ("write", "read")]
            rows.append([label, f"at least {wanted}", *(cell if ok else f"**{cell}**" for cell, ok in zip(cells, met))])
        for key, language in {"dmerp-c": "C", "dmerp-cpp": "C++", **BINDINGS}.items():
            memory = [self.measured[key][verb]["over_start_mib"] for verb in ("write", "read")]
            cells = [f"{value:.1f} MiB" if value < 16 else f"**{value:.1f} MiB**" for value in memory]
            rows.append([f"{language}: peak memory over the start", "below 16 MiB", *cells])
        return table(["", "wanted", "write", "read"], rows)

    def figures(self) -> str:
        rows = []
        for key, label in self.results["programs"].items():
            cells = []
            for verb in ("write", "read"):
                one = self.measured[key].get(verb)
                took = [seconds(one["wall_s"]), seconds(one["cpu_s"])] if one else ["", ""]
                memory = [f"{one['peak_mib']:.1f}", f"{one['over_start_mib']:.1f}"] if one else ["", ""]
                cells += took + memory
            rows.append([label, *cells])
        head = [f"{verb}: {what}" for verb in ("write", "read") for what in ("wall", "CPU", "peak, MiB", "over the start")]
        return table(["", *head], rows)


class Page:
    """What the page's template asks for."""

    def __init__(self, results: Results) -> None:
        self.results = results
        self.programs: dict[str, str] = results["programs"]
        self.works: dict[str, str] = results["works"]

    def measured(self, work: str, latency: int, program: str, name: str) -> float:
        return float(self.results["measured"][work][str(latency)][program][name])

    def of_work(self, work: str, program: str, name: str) -> float:
        """What a program takes at 0 ms beyond what it takes for an empty queue."""
        return self.measured(work, 0, program, name) - float(self.results["nothing"][program][name])

    # ---- What was aimed at ----

    def aims(self) -> str:
        def times_faster(work: str) -> float:
            return self.measured(work, 20, "requests", "wall_s") / self.measured(work, 20, "dmerp-c", "wall_s")

        def to_best(name: str) -> Callable[[str], float]:
            return lambda work: (
                self.measured(work, 20, "dmerp-c", name) / min(self.measured(work, 20, other, name) for other in OTHERS)
            )

        def to_limit(name: str) -> Callable[[str], float]:
            return lambda work: self.measured(work, 0, "dmerp-c", name) / self.measured(work, 0, "hyper", name)

        def to_c(binding: str) -> Callable[[str], float]:
            return lambda work: self.of_work(work, binding, "cpu_s") / self.of_work(work, "dmerp-c", "cpu_s")

        big = ("receive-large", "receive-big", "push")
        late = ("receive-small", "receive-large", "receive-big", "push")

        def of_reqwest(work: str) -> float:
            return self.measured(work, 0, "reqwest", "cpu_s") / self.measured(work, 0, "hyper", "cpu_s")

        def to_reqwest(work: str) -> float:
            return self.measured(work, 0, "dmerp-c", "cpu_s") / self.measured(work, 0, "reqwest", "cpu_s")

        aims: list[tuple[str, tuple[str, ...], Callable[[str], float], float | None, bool]] = [
            ("20 ms: (a)'s wall time to dmerp's", MANY, times_faster, 12, True),
            ("20 ms: wall time to the best of (b) to (e)", late, to_best("wall_s"), 1, False),
            ("20 ms: CPU time to the best of (b) to (e)", late, to_best("cpu_s"), 1, False),
            ("0 ms: wall time to (f)", tuple(self.works), to_limit("wall_s"), 1.15, False),
            ("0 ms: CPU time to (f)", tuple(self.works), to_limit("cpu_s"), 1.15, False),
            ("0 ms: CPU time of reqwest alone to (f)", tuple(self.works), of_reqwest, None, False),
            ("0 ms: CPU time to reqwest alone", tuple(self.works), to_reqwest, None, False),
        ]
        for key, language in BINDINGS.items():
            aims.append((f"0 ms: CPU time from {language} to that from C, without start", big, to_c(key), 1.3, False))
        rows = []
        for label, works, figure, wanted, at_least in aims:
            cells = []
            for work in self.works:
                value = figure(work) if work in works else None
                cells.append("" if value is None else f"{value:.2f}" if is_met(value, wanted, at_least) else f"**{value:.2f}**")
            rows.append([label, "" if wanted is None else f"{'at least' if at_least else 'at most'} {wanted}", *cells])
        return table(["", "wanted", *self.works.values()], rows)

    def without_network(self) -> str:
        micro = self.results["micro"]
        figures = [
            ("`dmerp_config_set()`", micro["config_set_ns"], 100, "ns"),
            ("`dmerp_packets_get()`", micro["packets_get_ns"], 100, "ns"),
            ("dlopen() to the first byte of a request, http", micro["first_request_http_ms"], 10, "ms"),
            ("dlopen() to the first byte of a request, https", micro["first_request_https_ms"], 10, "ms"),
            ("the library, stripped", micro["library_bytes"] / 1e6, 3.5, "MB"),
        ]
        rows = []
        for label, value, wanted, unit in figures:
            measured = f"{value:.0f}" if unit == "ns" else f"{value:.2f}"
            rows.append([label, f"below {wanted} {unit}", f"{measured} {unit}" if value < wanted else f"**{measured} {unit}**"])
        return table(["", "wanted", "measured"], rows)

    def per_packet(self) -> str:
        """Say what dmerp takes beyond reqwest for a small packet, in microseconds."""
        ours, bare = (self.of_work("receive-small", program, "cpu_s") for program in ("dmerp-c", "reqwest"))
        return f"{(ours - bare) / self.results['counts']['receive-small'] * 1e6:.0f}"

    # ---- What was measured ----

    def tables(self) -> str:
        parts = []
        for work, label in self.works.items():
            for latency, measured in self.results["measured"][work].items():
                parts.append(f"### {label[0].upper()}{label[1:]}, {latency} ms\n\n{self._measured(measured)}")
        return "\n\n".join(parts)

    def nothing(self) -> str:
        return self._measured(self.results["nothing"])

    def _measured(self, measured: dict[str, dict[str, float]]) -> str:
        ours = measured["dmerp-c"]
        rows = [
            [
                label,
                seconds(measured[key]["wall_s"]),
                f"{measured[key]['wall_s'] / ours['wall_s']:.2f}",
                seconds(measured[key]["cpu_s"]),
                f"{measured[key]['cpu_s'] / ours['cpu_s']:.2f}",
                f"{measured[key]['peak_mib']:.1f}",
                f"{measured[key]['requests']:.0f}",
                f"{measured[key]['connections']:.0f}",
            ]
            for key, label in self.programs.items()
        ]
        return table(["", "wall", "to dmerp, C", "CPU", "to dmerp, C", "peak, MiB", "requests", "connections"], rows)

    def memory(self) -> str:
        rows = []
        for one in self.results["memory"]:
            size = f"{one['size'] >> 10:,} KiB" if one["size"] < 1 << 20 else f"{one['size'] >> 20:,} MiB"
            rows.append([f"{one['count']:,} x {size}", f"{one['peak_mib']:.1f}"])
        return table(["received", "peak, MiB"], rows)

    def machine(self, more: dict[str, str]) -> str:
        names = {
            "processor": "Processor",
            "memory": "Memory",
            "system": "System",
            "python": "Python, requests, aiohttp",
            "coreclr": "CoreCLR",
            "java": "Java",
            "curl": "libcurl",
            "hyper": "hyper",
            "rust": "Rust",
        }
        rows = [[name, self.results["machine"][key]] for key, name in names.items()] + [list(row) for row in more.items()]
        return table(["", ""], rows).replace("---:", "---")

    def chart(self) -> str:
        def row(title: str, latency: int, name: str) -> Row:
            panels = [
                Panel(self.works[work], {key: self.measured(work, latency, key, name) for key in self.programs})
                for work in MANY
            ]
            return Row(title, panels)

        return chart(self.programs, [row("Wall time, 20 ms added", 20, "wall_s"), row("CPU time, nothing added", 0, "cpu_s")])


def main() -> None:
    build, folder = map(Path, sys.argv[1:])
    page = Page(json.loads((build / "results.json").read_text()))
    packets = Packets(json.loads((build / "packets.json").read_text()))
    template = Template((Path(__file__).parent / "page.md").read_text())
    rounds = page.results["rounds"]
    text = template.substitute(
        aims=page.aims(),
        without_network=page.without_network(),
        per_packet=page.per_packet(),
        tables=page.tables(),
        nothing=page.nothing(),
        memory=page.memory(),
        machine=page.machine(packets.results["versions"]),
        packets_aims=packets.aims(),
        packets_figures=packets.figures(),
        records=f"{packets.results['records']:,}",
        megabytes=f"{packets.results['bytes'] / 1e6:.0f}",
        packets_rounds=str(packets.results["rounds"]),
        rounds=f"{rounds['0']} rounds without added latency and {rounds['20']} with it",
    )
    (folder / "performance.md").write_text(text)
    (folder / "performance.svg").write_text(page.chart())
    print(f"{folder / 'performance.md'} and its chart are written")


if __name__ == "__main__":
    main()
