"""The cost model: it finds the true rates, follows a change, and no request leads it far astray."""

from __future__ import annotations

import math
import random
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsfold.pace import MOST_SURPRISE, Pace
from newsfold.rpc.cost import Rates
from newsfold.rpc.workload import Workload

if TYPE_CHECKING:
    from collections.abc import Sequence

PER_READ, PER_WRITTEN, PER_BEAM = 1e-4, 4e-3, 1.5e-3


def truth(work: Workload, slowness: float = 1.0) -> tuple[float, float]:
    """Seconds of a made-up server, and the share of them that it writes."""
    reading = slowness * work.read * PER_READ
    writing = slowness * work.written * (PER_WRITTEN + PER_BEAM * (work.beams - 1))
    return reading + writing, writing / (reading + writing)


@pytest.fixture(scope="module")
def rates() -> Rates:
    """Beside a device that has half of what goes with reading and three quarters of writing."""
    pace = Pace()
    for _ in range(400):
        pace = pace.read(1_000, 0.5 * 1_000 * PER_READ)
        for beams in (1, 2, 4, 8):
            pace = pace.wrote(10, beams, 0.75 * 10 * (PER_WRITTEN + PER_BEAM * (beams - 1)))
    return Rates(pace)


def taught(rates: Rates, beams: Sequence[int], *, requests: int, slowness: float = 1.0) -> Rates:
    """After requests of many sizes, each up to a fifth faster or slower than the truth."""
    chance = random.Random(6)  # noqa: S311 - the same requests in every run
    for _ in range(requests):
        read = chance.randrange(50, 20_000)
        work = Workload(read, chance.randrange(20, 2_000), chance.choice(beams))
        seconds, share = truth(work, slowness)
        rates = rates.learned(work, seconds * chance.uniform(0.8, 1.2), share)
    return rates


@pytest.mark.parametrize("beams", [(1,), (4,), (1, 2, 4, 8)], ids=str)
def test_it_finds_what_work_costs_here(beams: tuple[int, ...], rates: Rates) -> None:
    """However much of it is not the device's."""
    rates = taught(rates, beams, requests=100)
    for count in beams:
        work = Workload(4_000, 300, count)
        assert rates.cost(work) == pytest.approx(truth(work)[0], rel=0.15)


def test_a_change_of_pace_is_known_at_once() -> None:
    """Before any request ends at it."""
    rates = taught(Rates(), (4,), requests=100)
    slow = Pace(read_seconds=3 * Pace().read_seconds, seconds=3 * Pace().seconds)
    work = Workload(4_000, 300, 1)
    assert rates.at(slow).cost(work) == pytest.approx(3 * rates.cost(work), rel=0.1)


def test_a_server_that_becomes_slower_is_known_to_be_within_thirty_requests() -> None:
    """Three times as slow, as beside a greedy neighbour."""
    rates = taught(Rates(), (1, 4), requests=60)
    rates = taught(rates, (1, 4), requests=30, slowness=3.0)
    work = Workload(4_000, 300, 4)
    assert rates.cost(work) == pytest.approx(truth(work, 3.0)[0], rel=0.2)


def test_one_request_that_hung_teaches_no_more_than_its_share() -> None:
    """An hour for what takes a second."""
    rates = taught(Rates(), (4,), requests=60)
    work = Workload(4_000, 300, 4)
    after = rates.learned(work, 3_600.0, 0.5)
    assert after.cost(work) < MOST_SURPRISE * rates.cost(work)


def test_a_request_that_writes_nothing_teaches_nothing_about_writing() -> None:
    """Only what it read."""
    rates = Rates()
    learned = rates.learned(Workload(read=1_000), 9.0, 0.0)
    assert learned.writing == rates.writing
    assert learned.reading.value > rates.reading.value


@given(
    st.lists(
        st.tuples(
            st.builds(
                Workload,
                read=st.integers(0, 10**6),
                written=st.integers(0, 10**5),
                beams=st.integers(1, 8),
            ),
            st.floats(0, 1e6),
            st.floats(0, 1),
        ),
        max_size=30,
    )
)
def test_whatever_it_sees_costs_stay_positive_and_grow_with_the_work(
    seen: list[tuple[Workload, float, float]],
) -> None:
    """More beams, more words and more text are never cheaper."""
    rates = Rates()
    for work, seconds, share in seen:
        rates = rates.learned(work, seconds, share)
    costs = [
        rates.cost(work)
        for work in (
            Workload(100, 20, 1),
            Workload(100, 20, 4),
            Workload(100, 40, 4),
            Workload(200, 40, 4),
        )
    ]
    assert all(math.isfinite(cost) and cost > 0 for cost in costs)
    assert costs == sorted(costs)


def test_the_spread_is_how_far_predictions_are_off() -> None:
    """Up to a fifth here; a request that was stopped for an hour adds little, and not for long."""
    rates = taught(Rates(), (1, 4), requests=60)
    assert 0.05 < rates.spread < 0.2
    work = Workload(4_000, 300, 4)
    stalled = rates.learned(work, 3_600.0, 0.5)
    assert stalled.spread < 0.4
    assert taught(stalled, (1, 4), requests=20).spread < 0.25
