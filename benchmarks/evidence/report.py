"""The goals of the evidence table, its rows, and how they are written."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

LEAST: Mapping[str, float] = {
    "number": 0.95,
    "name": 0.95,
    "date": 0.95,
    "quote": 0.95,
    "negation": 0.85,
    "modality": 0.85,
    "swap": 0.80,
    "other_story": 0.98,
}
"""Share of the edits of a kind that must be detected."""
MOST_EXTRACTED, MOST_PARAPHRASES = 0.02, 0.08
"""False alarms on untouched extracted sentences and on faithful paraphrases."""
CITATIONS, MOST_COST = 1.0, 0.15
HAND_ACCURACY, HAND_GAIN, MOST_UNSUPPORTED = 0.80, 0.05, 0.01
"""On drafts labelled by hand, and in the summaries they were made for."""


@dataclass(frozen=True, slots=True)
class Row:
    """One measurement. `goal` and `met` are None for a peer or where there is no goal."""

    metric: str
    system: str
    setting: str
    value: float
    unit: str
    goal: str | None = None
    met: bool | None = None
    count: int = 0
    """Cases behind the value."""


def at_least(bound: float, value: float) -> tuple[str, bool]:
    """Goal and whether it is met."""
    return f">= {bound:.2f}", value >= bound


def at_most(bound: float, value: float) -> tuple[str, bool]:
    """Goal and whether it is met."""
    return f"<= {bound:.2f}", value <= bound


def write_json(path: Path, machine: Mapping[str, str], rows: Sequence[Row]) -> None:
    """The table for programs."""
    columns = ("metric", "system", "setting", "value", "unit", "goal", "met")
    told = [{name: asdict(row)[name] for name in columns} for row in rows]
    path.write_text(json.dumps({**machine, "rows": told}, indent=1) + "\n", encoding="utf-8")


def write_table(path: Path, machine: Mapping[str, str], rows: Sequence[Row]) -> None:
    """The table for people: a line for each metric and setting, a column for each system."""
    systems = list(dict.fromkeys(row.system for row in rows))
    lines = [
        "# Evidence",
        "",
        "`make bench-evidence`: edits of real sentences that are detected, and true sentences that"
        " are stopped. Peers stand",
        "at the threshold with the best balanced accuracy on the compressions and paraphrases of"
        " dev; `benchmarks/evidence`",
        "says what the settings are; `benchmarks/labels` what was labelled by hand, and how.",
        "",
        f"Machine: {machine['machine']}; {machine['date']}; commit {machine['commit']}",
        "",
        f"| what | setting | cases | goal | met | {' | '.join(systems)} |",
        f"|---|---|---|---|---|{'---|' * len(systems)}",
    ]
    for metric, setting in dict.fromkeys((row.metric, row.setting) for row in rows):
        found = {r.system: r for r in rows if (r.metric, r.setting) == (metric, setting)}
        own = next((row for row in found.values() if row.goal), None)
        met = "" if own is None else "yes" if own.met else "missed"
        count = max(row.count for row in found.values())
        cells = " | ".join(_cell(found.get(system)) for system in systems)
        goal = own.goal if own else ""
        lines.append(f"| {metric} | {setting} | {count or ''} | {goal} | {met} | {cells} |")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _cell(row: Row | None) -> str:
    return "" if row is None else f"{row.value:.3f}"
