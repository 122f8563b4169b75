"""The pace of the device: it finds what tokens cost, follows a change, and survives a stall."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsfold.engine_metrics import EngineMetrics
from newsfold.metrics import Metrics
from newsfold.model.engine import BatchReport, Work
from newsfold.pace import MOST_SURPRISE, WRITE_MEMORY, Pace

PER_READ, PER_WRITTEN, PER_BEAM = 1e-4, 4e-3, 1.5e-3


def taught(pace: Pace, beams: tuple[int, ...], *, slowness: float = 1.0, steps: int = 900) -> Pace:
    """After steps of many sizes, each up to a fifth faster or slower than the truth."""
    chance = random.Random(6)  # noqa: S311 - the same steps in every run
    for _ in range(steps):
        tokens = chance.randrange(20, 2_000)
        pace = pace.read(tokens, slowness * tokens * PER_READ * chance.uniform(0.8, 1.2))
        rows, each = chance.randrange(1, 24), chance.choice(beams)
        cost = rows * (PER_WRITTEN + PER_BEAM * (each - 1))
        pace = pace.wrote(rows, each, slowness * cost * chance.uniform(0.8, 1.2))
    return pace


@pytest.mark.parametrize("beams", [(1,), (4,), (1, 2, 4, 8)], ids=str)
def test_it_finds_what_tokens_cost_here(beams: tuple[int, ...]) -> None:
    """For the beams that it has seen, be they all the same."""
    pace = taught(Pace(), beams)
    assert pace.per_read == pytest.approx(PER_READ, rel=0.1)
    for count in beams:
        expected = 100 * (PER_WRITTEN + PER_BEAM * (count - 1))
        assert pace.writing(100, count) == pytest.approx(expected, rel=0.1)


def test_it_parts_the_cost_of_a_beam_from_that_of_a_token() -> None:
    """Once it has seen different beams."""
    greedy, beam = taught(Pace(), (1, 4, 8)).per_written
    assert greedy == pytest.approx(PER_WRITTEN, rel=0.2)
    assert beam == pytest.approx(PER_BEAM, rel=0.2)


def test_a_device_that_becomes_slower_is_known_to_be_within_seconds() -> None:
    """Three times as slow, as beside a greedy neighbour; whatever it did for an hour before."""
    slower = taught(taught(Pace(), (1, 4), steps=3_000), (1, 4), slowness=3.0, steps=600)
    expected = 3.0 * 100 * (PER_WRITTEN + PER_BEAM * 3)
    assert slower.writing(100, 4) == pytest.approx(expected, rel=0.25)


def test_a_step_that_hung_teaches_no_more_than_its_share() -> None:
    """An hour for what takes milliseconds."""
    pace = taught(Pace(), (4,))
    after = pace.wrote(8, 4, 3_600.0).read(100, 3_600.0)
    assert after.writing(8, 4) < MOST_SURPRISE * pace.writing(8, 4)
    assert after.per_read < MOST_SURPRISE * pace.per_read


def test_lonely_steps_do_not_drive_out_those_of_many_rows() -> None:
    """A canary's rows decode alone, each step as long as one of many rows."""
    pace = taught(Pace(), (4,))
    after = pace
    for _ in range(100):
        after = after.wrote(1, 4, pace.writing(6, 4))
    assert after.writing(1, 4) < 1.2 * pace.writing(1, 4)


def test_what_is_read_for_rows_belongs_to_what_they_write() -> None:
    """A step in which the writer only reads is paid by the next that writes."""
    pace = taught(Pace(), (4,))
    apart = pace.wrote(0, 1, 0.02).wrote(0, 1, 0.01).wrote(8, 4, 0.08)
    together = pace.wrote(8, 4, 0.11)
    assert apart.per_written == pytest.approx(together.per_written)
    assert pace.wrote(0, 1, 0.02).per_written == pace.per_written
    long = pace.wrote(0, 1, 2.0).wrote(1, 4, PER_WRITTEN + 3 * PER_BEAM)  # hundreds of steps
    assert long.seconds - pace.seconds * math.exp(-1 / WRITE_MEMORY) == pytest.approx(2.0, rel=0.02)


_STEPS = st.tuples(st.integers(0, 10**5), st.integers(1, 8), st.floats(0, 1e6))


@given(st.lists(st.tuples(st.booleans(), _STEPS), max_size=30))
def test_whatever_it_sees_tokens_and_beams_cost_something(
    seen: list[tuple[bool, tuple[int, int, float]]],
) -> None:
    """More of them are never cheaper."""
    pace = Pace()
    for reads, (tokens, beams, seconds) in seen:
        pace = pace.read(tokens, seconds) if reads else pace.wrote(tokens, beams, seconds)
    costs = [pace.writing(20, 1), pace.writing(20, 4), pace.writing(40, 4)]
    assert all(math.isfinite(cost) and cost > 0 for cost in (*costs, pace.reading(1)))
    assert costs == sorted(costs)


def test_the_engine_tells_it_of_steps_that_succeed() -> None:
    """Of embedding and writing; a failure says nothing about the cost."""
    metrics = Metrics()
    observer = EngineMetrics(metrics)

    def report(work: Work, *, failed: bool = False) -> None:
        observer.batch_done(
            BatchReport(
                work, rows=9, tokens_in=400, padding=0, tokens_out=0, tokens_wasted=0, cancelled=0,
                failed=failed, seconds=0.1, waits=(), decoded=8, beams=4,
            )
        )  # fmt: skip

    report(Work.EMBED, failed=True)
    report(Work.VERIFY)
    assert observer.pace() == Pace()
    report(Work.EMBED)
    report(Work.WRITE)
    pace = observer.pace()
    assert pace == Pace().read(400, 0.1).wrote(8, 4, 0.1)
    shown = [
        metrics.registry.get_sample_value("newsfold_engine_token_seconds", {"kind": kind})
        for kind in ("read", "write", "beam")
    ]
    assert shown == [pace.per_read, *pace.per_written]
