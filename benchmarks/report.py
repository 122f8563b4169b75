"""What a benchmark leaves behind: a table for people and the same rows for programs."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import machine

if TYPE_CHECKING:
    from collections.abc import Sequence

RESULTS = Path(__file__).with_name("results")


@dataclass(frozen=True, slots=True)
class Result:
    """One measured value."""

    metric: str
    system: str
    setting: str
    value: float
    unit: str
    goal: float | None = None
    """None for a peer, or where there is no goal."""
    met: bool | None = None

    def at_least(self, goal: float) -> Result:
        """With a goal that the value should not be below."""
        return replace(self, goal=goal, met=self.value >= goal)

    def at_most(self, goal: float) -> Result:
        """With a goal that the value should not be above."""
        return replace(self, goal=goal, met=self.value <= goal)


def write(name: str, title: str, results: Sequence[Result], notes: Sequence[str] = ()) -> str:
    """Write `results/NAME.md` and `results/NAME.json`; returns the former's text."""
    told = machine.describe()
    head = f"# {title}\n\n{told['machine']}; {told['date']}; commit {told['commit']}.\n"
    text = "\n".join([head, *notes, *([""] if notes else []), *table(results), ""])
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.md").write_text(text, encoding="utf-8")
    document = told | {"rows": [asdict(result) for result in results]}
    (RESULTS / f"{name}.json").write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    return text


def repeated(results: Sequence[Result]) -> list[tuple[str, str, str]]:
    """Metric, setting and system of what stands there more than once."""
    found = Counter((result.metric, result.setting, result.system) for result in results)
    return [key for key, times in found.items() if times > 1]


def table(results: Sequence[Result]) -> list[str]:
    """One line a value, in the order measured; a missed goal is said to be missed."""
    lines = ["| metric | setting | system | value | goal |", "|---|---|---|---|---|"]
    for r in results:
        goal = "" if r.goal is None else f"{r.goal:g} {'met' if r.met else '**missed**'}"
        lines.append(f"| {r.metric} | {r.setting} | {r.system} | {r.value:.4g} {r.unit} | {goal} |")
    return lines
