"""What became of the requests of a load: rows of the table, their goals, and where peers win."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING

import grpc
import numpy as np

from benchmarks.report import Result

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

OURS = "newsfold"
LOADS = (0.5, 0.8, 1.0, 1.5, 3.0)
"""Times the capacity of `OURS`."""
_LATE_REFUSAL_S = 0.25
"""A refusal that took longer did not come on arrival: the request had been admitted, and waited."""
_GOAL_KEPT = 0.9
_GOAL_REFUSAL_MS = 20.0
_GOAL_WASTED = 2.0
_GOAL_DEADLINE_S = 5.0
_GOAL_DEADLINE_LOAD = 0.8


@dataclass(frozen=True, slots=True)
class Call:
    """How one call ended."""

    large: bool
    deadline: float
    seconds: float
    code: grpc.StatusCode
    ended: float
    """Seconds after the load began."""

    @property
    def broken_off(self) -> bool:
        """Whether it was admitted and got no answer in time."""
        late = self.code is grpc.StatusCode.DEADLINE_EXCEEDED
        return late or (
            self.code is grpc.StatusCode.RESOURCE_EXHAUSTED and self.seconds > _LATE_REFUSAL_S
        )


def setting_of(load: float) -> str:
    """As the table calls it."""
    return f"online, {load:g} x capacity"


def rows_of(
    system: str, load: float, calls: Sequence[Call], tokens: Mapping[str, float], seconds: float
) -> list[Result]:
    """Rows of one load that lasted so long; `tokens` of the writer by kind."""
    setting = setting_of(load)
    answered = [call for call in calls if call.code is grpc.StatusCode.OK]
    refused = [call for call in calls if call.code is grpc.StatusCode.RESOURCE_EXHAUSTED]
    late = [call for call in calls if call.code is grpc.StatusCode.DEADLINE_EXCEEDED]
    broken_off = [call for call in calls if call.broken_off]

    def row(metric: str, value: float, unit: str = "") -> Result:
        return Result(metric, system, setting, value, unit)

    def share(metric: str, part: float, whole: float) -> Result:
        return row(metric, 100 * part / whole, "%")

    in_time = sum(call.ended <= seconds for call in answered)
    rows = [
        row("requests sent", len(calls)),
        row("goodput", in_time / seconds, "requests/s"),
        share("refused", len(refused), len(calls)),
        share("admitted and late", len(late), len(calls)),
        share("admitted and refused later", len(broken_off) - len(late), len(calls)),
        row("other errors", len(calls) - len(answered + refused + late)),
    ]
    for name, kind in (("small", False), ("large", True)):
        times = [call.seconds for call in answered if call.large is kind]
        if times:
            rows += [
                row(f"time to answer, {name}, p{p}", value, "s")
                for p, value in zip((50, 95, 99), np.percentile(times, (50, 95, 99)), strict=True)
            ]
    if refused:
        took = [1000 * call.seconds for call in refused]
        rows += [
            row("time to refuse, p50", statistics.median(took), "ms"),
            row("time to refuse, p95", float(np.percentile(took, 95)), "ms"),
            row("time to refuse, longest", max(took), "ms"),
        ]
    if tokens["written"]:
        written = tokens["written"] + tokens["wasted"]
        rows.append(share("tokens written in vain", tokens["wasted"], written))
    if tokens["read"]:
        rows.append(share("padding", tokens["padding"], tokens["read"] + tokens["padding"]))
    missed = sum(call.deadline == _GOAL_DEADLINE_S for call in broken_off)
    return [*rows, row(f"{_GOAL_DEADLINE_S:g} s deadlines missed once admitted", missed)]


def with_goals(rows: Sequence[Result]) -> list[Result]:
    """The same rows, ours with their goals, and our goodput over its peak."""
    most = setting_of(max(LOADS))
    goals: dict[tuple[str, str], Callable[[Result], Result]] = {
        ("time to refuse, p95", most): lambda row: row.at_most(_GOAL_REFUSAL_MS),
        ("time to refuse, longest", most): lambda row: row.at_most(_GOAL_REFUSAL_MS),
        ("tokens written in vain", most): lambda row: row.at_most(_GOAL_WASTED),
        (
            f"{_GOAL_DEADLINE_S:g} s deadlines missed once admitted",
            setting_of(_GOAL_DEADLINE_LOAD),
        ): lambda row: row.at_most(0),
    }
    judged = [
        goals[row.metric, row.setting](row)
        if row.system == OURS and (row.metric, row.setting) in goals
        else row
        for row in rows
    ]
    goodput = {r.setting: r.value for r in rows if (r.metric, r.system) == ("goodput", OURS)}
    peak = max(goodput.values(), default=0.0)
    if most not in goodput or not peak:
        return judged
    kept = Result("goodput over its peak", OURS, most, goodput[most] / peak, "x")
    return [*judged, kept.at_least(_GOAL_KEPT)]


def beside_peers(rows: Sequence[Result]) -> tuple[list[Result], list[str]]:
    """Our goodput over the best peer's, load by load; a note that says where a peer has more."""
    goodput: dict[str, dict[str, float]] = {}
    for row in rows:
        if row.metric == "goodput":
            goodput.setdefault(row.setting, {})[row.system] = row.value
    ratios, lost = [], []
    for setting, by_system in goodput.items():
        ours = by_system.pop(OURS)
        if not by_system:
            continue
        best = max(by_system, key=by_system.__getitem__)
        theirs = by_system[best]
        if theirs:
            ratio = ours / theirs
            ratios.append(Result("goodput over the best peer's", OURS, setting, ratio, "x"))
        if theirs > ours:
            lost.append(f"{best} at {setting.removeprefix('online, ')} ({theirs:.3g}, {ours:.3g})")
    if not ratios:
        return [], []
    more = f"peers have more of it: {'; '.join(lost)}" if lost else "no peer has more of it"
    return ratios, [f"Goodput, answers a second of the peer and of newsfold: {more}."]
