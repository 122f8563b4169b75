"""The engine's benchmark: what it asks, how it counts, and which rows have a goal."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import grpc
import pytest
import torch

from benchmarks import report
from benchmarks.engine.__main__ import where
from benchmarks.engine.bounds import Cost, Machine
from benchmarks.engine.fidelity import agreement, rouge2, same_rows, same_tokens
from benchmarks.engine.outcomes import (
    LOADS,
    OURS,
    Call,
    beside_peers,
    rows_of,
    setting_of,
    with_goals,
)
from benchmarks.engine.scaling import shares
from benchmarks.engine.systems import offers, parts
from benchmarks.engine.traffic import DEADLINES_S, LARGE_SHARE, STORIES_LARGE, Traffic
from benchmarks.report import Result
from newsfold.pipeline.types import Article, Stage
from training.rows import Row as DevRow

if TYPE_CHECKING:
    from collections.abc import Sequence

STORIES = [
    [Article(f"{place}-{i}", f"{place}, part {i}", f"The mill at {place} burned.") for i in (1, 2)]
    for place in ("Skelby", "Harl", "Ostwick", "Menning", "Tarrow")
]
TOKENS = Counter(written=90, wasted=10, read=300, padding=100)
PEER = "one request at a time"


def answered(seconds: float, ended: float, *, large: bool = False) -> Call:
    """In time."""
    return Call(large, 20.0, seconds, grpc.StatusCode.OK, ended)


def refused(seconds: float, deadline: float = 2.0) -> Call:
    """With a time to come back."""
    return Call(False, deadline, seconds, grpc.StatusCode.RESOURCE_EXHAUSTED, 1.0)


def value(rows: Sequence[Result], metric: str) -> float:
    """Of the one row of this metric."""
    (found,) = [row.value for row in rows if row.metric == metric]
    return found


def measured(goodput: dict[str, float]) -> list[Result]:
    """Rows of every load, by system, with the same goodput at each."""
    return [
        Result("goodput", system, setting_of(load), rate, "requests/s")
        if row.metric == "goodput"
        else row
        for system, rate in goodput.items()
        for load in LOADS
        for row in rows_of(system, load, [answered(1.0, 2.0), refused(0.005)], TOKENS, 10.0)
    ]


def test_traffic_is_the_same_for_the_same_seed() -> None:
    """Requests, deadlines and arrivals; another seed gives others."""
    first, again = (Traffic(STORIES, "3").arrivals(2.0, 30.0, 10) for _ in range(2))
    assert first == again
    assert first != Traffic(STORIES, "4").arrivals(2.0, 30.0, 10)


def test_another_rate_stretches_the_times_and_keeps_the_requests() -> None:
    """A server that is asked twice as fast is asked the same."""
    slow, slow_end = Traffic(STORIES, "3").arrivals(1.0, 0.0, 20)
    fast, fast_end = Traffic(STORIES, "3").arrivals(2.0, 0.0, 20)
    assert [asked for _, asked in slow] == [asked for _, asked in fast]
    assert [due / 2 for due, _ in slow] == pytest.approx([due for due, _ in fast])
    assert slow_end / 2 == pytest.approx(fast_end)


def test_a_load_lasts_for_its_seconds_and_its_calls() -> None:
    """Whichever takes longer; all of its calls come while it lasts, in order."""
    for rate, seconds, least in ((2.0, 40.0, 5), (2.0, 1.0, 60)):
        found, lasts = Traffic(STORIES, "3").arrivals(rate, seconds, least)
        dues = [due for due, _ in found]
        assert len(found) >= least
        assert lasts >= seconds
        assert dues == sorted(dues)
        assert dues[-1] < lasts
    assert len(found) == 60


def test_arrivals_have_their_rate_and_requests_their_mix() -> None:
    """On average: within 4 deviations of a Poisson count and of a binomial share."""
    found, lasts = Traffic(STORIES, "3").arrivals(5.0, 400.0, 1)
    assert abs(len(found) - 5.0 * lasts) < 4 * (5.0 * lasts) ** 0.5
    large = [asked.large for _, asked in found]
    spread = (LARGE_SHARE * (1 - LARGE_SHARE) / len(large)) ** 0.5
    assert abs(sum(large) / len(large) - LARGE_SHARE) < 4 * spread
    assert {asked.deadline for _, asked in found} == set(DEADLINES_S)
    sizes = {(asked.large, len(asked.request.articles)) for _, asked in found}
    assert sizes == {(False, 2), (True, 2 * STORIES_LARGE)}


def test_outcomes_are_counted_by_how_they_ended() -> None:
    """An answer after the load ended is no goodput; a late refusal had been admitted."""
    calls = [
        *(answered(seconds, seconds) for seconds in (1.0, 2.0, 3.0)),
        answered(9.0, 11.0, large=True),
        refused(0.004),
        refused(0.006),
        refused(1.0, deadline=5.0),
        Call(False, 5.0, 5.0, grpc.StatusCode.DEADLINE_EXCEEDED, 6.0),
        Call(False, 2.0, 0.1, grpc.StatusCode.UNAVAILABLE, 1.0),
        Call(True, 2.0, 2.0, grpc.StatusCode.DEADLINE_EXCEEDED, 3.0),
    ]
    rows = rows_of(OURS, 0.8, calls, TOKENS, 10.0)
    expected = {
        "requests sent": 10,
        "goodput": 0.3,
        "refused": 30.0,
        "admitted and late": 20.0,
        "admitted and refused later": 10.0,
        "other errors": 1,
        "time to answer, small, p50": 2.0,
        "time to answer, small, p95": 2.9,
        "time to answer, small, p99": 2.98,
        "time to answer, large, p50": 9.0,
        "time to refuse, p50": 6.0,
        "time to refuse, longest": 1000.0,
        "tokens written in vain": 10.0,
        "padding": 25.0,
        "5 s deadlines missed once admitted": 2,
    }
    assert {name: value(rows, name) for name in expected} == pytest.approx(expected)
    assert {(row.system, row.setting) for row in rows} == {(OURS, setting_of(0.8))}


def test_each_row_occurs_once_with_its_goal() -> None:
    """Goals take the place of the rows that had none; peers have none."""
    rows = measured({OURS: 1.0, PEER: 0.5})
    judged = with_goals(rows)
    more, _ = beside_peers(judged)
    assert report.repeated([*judged, *more]) == []
    assert [(r.metric, r.setting, r.system, r.value) for r in judged[:-1]] == [
        (r.metric, r.setting, r.system, r.value) for r in rows
    ]
    most = setting_of(3.0)
    goals = {(r.metric, r.setting, r.system): (r.goal, r.met) for r in judged if r.goal is not None}
    assert goals == {
        ("time to refuse, p95", most, OURS): (20.0, True),
        ("time to refuse, longest", most, OURS): (20.0, True),
        ("tokens written in vain", most, OURS): (2.0, False),
        ("5 s deadlines missed once admitted", setting_of(0.8), OURS): (0, True),
        ("goodput over its peak", most, OURS): (0.9, True),
    }


def test_a_load_in_which_nobody_was_refused_has_no_time_to_refuse() -> None:
    """And its goal is not judged."""
    rows = rows_of(OURS, 3.0, [answered(1.0, 2.0)], TOKENS, 10.0)
    assert not [row for row in with_goals(rows) if row.metric.startswith("time to refuse")]


def test_where_a_peer_has_more_goodput_the_table_says_so() -> None:
    """By the best peer of each load."""
    rows = measured({OURS: 1.0, PEER: 1.25, "static batches": 0.5})
    ratios, (note,) = beside_peers(rows)
    assert [(r.setting, r.goal) for r in ratios] == [(setting_of(load), None) for load in LOADS]
    assert [r.value for r in ratios] == pytest.approx([0.8] * len(LOADS))
    assert f"{PEER} at 3 x capacity (1.25, 1)" in note
    assert "static" not in note
    assert beside_peers(measured({OURS: 1.0, PEER: 0.5}))[1] == [
        "Goodput, answers a second of the peer and of newsfold: no peer has more of it."
    ]


def test_tokens_are_the_same_until_they_differ() -> None:
    """What stands after a difference does not count, and neither does what is too much."""
    expected = [(1, 2, 3, 4), (5, 6)]
    assert same_tokens(expected, expected) == 100.0
    assert same_tokens([(1, 9, 3, 4), (5, 6, 7)], expected) == pytest.approx(50.0)
    assert same_rows([(1, 9, 3, 4), (5, 6)], expected) == 50.0
    assert same_rows([(1, 2, 3, 4), (5, 6, 7)], expected) == 50.0


def test_ours_is_held_to_the_same_tokens_and_a_peer_is_not() -> None:
    """A peer's row has no goal."""
    ours, theirs = (
        agreement(name, "greedy", [(1, 9)], [(1, 2)]) for name in ("newsfold fp32, free", "other")
    )
    assert [(row.goal, row.met) for row in ours] == [(99.0, False), (None, None)]
    assert [(row.goal, row.met) for row in theirs] == [(None, None), (None, None)]


def test_rouge_is_of_the_text_against_the_target() -> None:
    """In percent; the inputs do not count."""
    sources, target = ("The old mill burned.",), "The mill burned at dawn."
    row = DevRow("fuse", "fuse-1", sources, target, "mill", "")
    assert rouge2(["The mill burned at dawn."], [row]) == pytest.approx(100.0)
    assert rouge2(["The mill burned."], [row]) == pytest.approx(100 * 2 * 0.5 / 1.5)
    assert rouge2(["A ferry sank."], [row]) == 0.0


def test_shares_of_a_request_add_up() -> None:
    """Every stage in its order, and the rest."""
    found = shares({Stage.WRITE: 2.0, Stage.CLEAN: 1.0, Stage.SELECT: 0.5}, 4.0)
    assert found == {"clean": 25.0, "select": 12.5, "write": 50.0, "other": 12.5}
    assert list(found) == ["clean", "select", "write", "other"]


def test_rows_are_offered_in_parts_and_at_once() -> None:
    """No size twice, and no row lost."""
    assert offers(32) == {1: "1 at a time", 8: "8 at a time", 32: "32 at once"}
    assert offers(40) == {1: "1 at a time", 8: "8 at a time", 32: "32 at a time"}
    assert offers(4) == {1: "1 at a time", 4: "4 at once"}
    assert [list(part) for part in parts(range(5), 2)] == [[0, 1], [2, 3], [4]]


def test_a_bound_is_the_work_by_the_rate() -> None:
    """Each of the two by itself."""
    bounds = (Cost(6.0, 8.0) + Cost(4.0, 2.0)).bounds(Machine(operations=5.0, bytes=20.0))
    assert bounds == {"matmul": 2.0, "memory": 0.5}


def test_the_table_says_what_was_not_run_on_cuda() -> None:
    """On a CPU, nothing."""
    assert where(torch.device("cpu")).endswith("nothing of it was run on CUDA.")
