"""Draws the chart of docs/performance.md: horizontal bars, readable on a light and on a dark page."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

LABELS, PANEL, GAP, BAR, HEAD, MARGIN = 150, 190, 24, 18, 44, 10
# A page of its own behind it all, so that a viewer that does not know the colour scheme shows dark on light.
STYLE = """
.page { fill: #ffffff }
text { font: 12px system-ui, sans-serif; fill: #24292f }
.title { font-weight: 600 }
.ours { fill: #0969da }
.other { fill: #afb8c1 }
.limit { fill: #1a7f37 }
@media (prefers-color-scheme: dark) {
  .page { fill: #0d1117 }
  text { fill: #e6edf3 }
  .ours { fill: #539bf5 }
  .other { fill: #57606a }
  .limit { fill: #57ab5a }
}
"""


@dataclass
class Panel:
    """One work: a value for each program."""

    title: str
    values: dict[str, float]


@dataclass
class Row:
    """Panels side by side, under one heading."""

    title: str
    panels: list[Panel]


def chart(labels: dict[str, str], rows: list[Row]) -> str:
    columns = max(len(row.panels) for row in rows)
    width = MARGIN + LABELS + columns * (PANEL + GAP)
    block = HEAD + len(labels) * BAR + GAP
    height = MARGIN + len(rows) * block
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img">',
        f"<title>{escape('; '.join(row.title for row in rows))}</title>",
        f"<style>{STYLE}</style>",
        f'<rect class="page" width="{width}" height="{height}" rx="6"/>',
    ]
    for number, row in enumerate(rows):
        top = MARGIN + number * block
        parts.append(f'<text class="title" x="{MARGIN}" y="{top + 12}">{escape(row.title)}</text>')
        for place, label in enumerate(labels.values()):
            parts.append(f'<text x="{MARGIN}" y="{_middle(top, place)}">{escape(label)}</text>')
        for column, panel in enumerate(row.panels):
            parts += _panel(panel, labels, MARGIN + LABELS + column * (PANEL + GAP), top)
    return "\n".join([*parts, "</svg>", ""])


def _panel(panel: Panel, labels: dict[str, str], left: int, top: int) -> list[str]:
    # Room for the longest bar's own figure.
    scale = (PANEL - 56) / max(panel.values.values())
    parts = [f'<text x="{left}" y="{top + HEAD - 14}">{escape(panel.title)}</text>']
    for place, key in enumerate(labels):
        value = panel.values[key]
        kind = "ours" if key.startswith("dmerp") else "limit" if key in ("hyper", "reqwest") else "other"
        length, y = max(1.0, value * scale), top + HEAD + place * BAR - 6
        parts.append(f'<rect class="{kind}" x="{left}" y="{y}" width="{length:.1f}" height="{BAR - 5}" rx="1"/>')
        parts.append(f'<text x="{left + length + 4:.1f}" y="{_middle(top, place)}">{seconds(value)}</text>')
    return parts


def _middle(top: int, place: int) -> int:
    return top + HEAD + place * BAR + 5


def seconds(value: float) -> str:
    return f"{value:.0f} s" if value >= 10 else f"{value:.1f} s" if value >= 1 else f"{value * 1000:.0f} ms"
