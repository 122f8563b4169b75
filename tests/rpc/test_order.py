"""The order of service: shares by weight, urgent before patient, nobody starves, nobody is lost."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsfold.pipeline.errors import InvalidRequest
from newsfold.rpc.callers import Caller, Priority, read_caller
from newsfold.rpc.forecast import done_after
from newsfold.rpc.order import BATCH_SHARE, OTHERS, Order


@dataclass(eq=False)
class Job:
    """What waits."""

    caller: Caller
    own: float = 1.0


def order(max_tenants: int = 4, **weights: float) -> Order[Job]:
    """Of nothing yet."""
    return Order(weights=weights, max_tenants=max_tenants)


def job(tenant: str, own: float = 1.0, priority: Priority = Priority.INTERACTIVE) -> Job:
    """Of a tenant."""
    return Job(Caller(tenant, priority), own)


def popped(waiting: Order[Job], count: int) -> list[Job]:
    """The next, in order."""
    found = [waiting.pop(batch=True) for _ in range(count)]
    return [item for item in found if item is not None]


def test_a_tenant_that_sends_one_does_not_wait_for_one_that_sent_fifty() -> None:
    """It is next but one."""
    waiting = order()
    for _ in range(50):
        waiting.push(job("flood"))
    popped(waiting, 10)
    waiting.push(job("drop"))
    assert "drop" in [item.caller.tenant for item in popped(waiting, 2)]


def test_work_and_not_requests_is_shared_by_weight() -> None:
    """Three times the weight, three times the work, though its requests are longer."""
    waiting = order(newsroom=3.0)
    for _ in range(100):
        waiting.push(job("newsroom", own=2.0))
        waiting.push(job("archive", own=1.0))
    work: Counter[str] = Counter()
    while sum(work.values()) < 80:
        [item] = popped(waiting, 1)
        work[item.caller.tenant] += int(item.own)
    assert work["newsroom"] / work["archive"] == pytest.approx(3.0, rel=0.15)


def test_an_idle_tenant_is_not_paid_for_the_time_in_which_it_asked_for_nothing() -> None:
    """It does not shut the others out when it comes back."""
    waiting = order()
    for _ in range(40):
        waiting.push(job("steady"))
    popped(waiting, 30)
    for _ in range(10):
        waiting.push(job("late"))
    tenants = [item.caller.tenant for item in popped(waiting, 10)]
    assert 4 <= tenants.count("late") <= 6


def test_interactive_goes_first_and_batch_gets_its_share() -> None:
    """Neither starves."""
    waiting = order()
    for _ in range(100):
        waiting.push(job("night", priority=Priority.BATCH))
        waiting.push(job("desk"))
    first = popped(waiting, 90)
    assert first[0].caller.priority is Priority.INTERACTIVE
    batch = sum(item.caller.priority is Priority.BATCH for item in first)
    assert batch / (90 - batch) == pytest.approx(BATCH_SHARE, rel=0.2)


def test_batch_waits_where_its_places_are_taken() -> None:
    """And goes as soon as it may."""
    waiting = order()
    waiting.push(job("night", priority=Priority.BATCH))
    assert waiting.pop(batch=False) is None
    assert waiting.pop(batch=True) is not None


def test_tenants_over_the_bound_share_one_turn() -> None:
    """Of a hundred made-up names only four have a turn of their own."""
    waiting = order(newsroom=1.0)
    for number in range(100):
        waiting.push(job(f"name-{number}"))
    waiting.push(job("newsroom"))
    assert "newsroom" in [item.caller.tenant for item in popped(waiting, 6)]
    assert waiting.label("name-7") == OTHERS
    assert waiting.label("newsroom") == "newsroom"


def test_the_tenant_that_holds_most_for_its_weight_gives_way_last_come_first() -> None:
    """Unless the newcomer would hold as much."""
    waiting = order(big=4.0)
    jobs = [job("flood") for _ in range(3)]
    for item in [*jobs, *(job("big") for _ in range(8))]:
        waiting.push(item)
    assert waiting.crowder(job("drop")) is jobs[-1]
    assert waiting.crowder(job("flood")) is None


def test_tenants_over_the_bound_crowd_as_one() -> None:
    """A flood of made-up names gives way like a flood of one."""
    waiting = order()
    jobs = [job(f"name-{number}") for number in range(100)]
    for item in jobs:
        waiting.push(item)
    regular = job("name-0")
    waiting.push(regular)
    assert waiting.crowder(regular) is jobs[-1]
    assert waiting.crowder(job("one more")) is None


JOBS = st.lists(
    st.tuples(st.sampled_from("abcdefgh"), st.sampled_from(Priority), st.floats(0.01, 100)),
    max_size=40,
)


@given(JOBS, st.sets(st.integers(0, 39)))
def test_nothing_is_lost_and_it_goes_as_foretold(
    jobs: list[tuple[str, Priority, float]], gone: set[int]
) -> None:
    """Whoever leaves before the turn."""
    waiting = order(a=2.0, b=0.5)
    pushed = [job(tenant, own, priority) for tenant, priority, own in jobs]
    for item in pushed:
        waiting.push(item)
    for number in gone & set(range(len(pushed))):
        waiting.remove(pushed[number])
    left = [item for number, item in enumerate(pushed) if number not in gone]
    foretold = list(waiting)
    assert popped(waiting, len(pushed)) == foretold
    assert sorted(map(id, foretold)) == sorted(map(id, left))
    assert len(waiting) == 0


def test_a_forecast_shares_the_server_and_waits_for_a_place() -> None:
    """Worked by hand."""
    always = math.inf
    assert done_after([], [3.0], 0, 4, always).seconds == pytest.approx(3.0)
    assert done_after([1.0], [3.0], 1, 4, always).seconds == pytest.approx(4.0)
    assert done_after([5.0], [3.0], 1, 4, always).seconds == pytest.approx(6.0)
    assert done_after([5.0], [3.0], 1, 1, always).seconds == pytest.approx(8.0)
    assert done_after([2.0, 4.0], [1.0, 1.0], 2, 2, always).seconds == pytest.approx(6.0)
    assert done_after([2.0, 4.0], [1.0, 1.0], 3, 2, always).seconds == pytest.approx(8.0)


def test_a_forecast_lets_only_short_requests_overtake() -> None:
    """Two beside five share the server; three wait for it, or for a half of four to be left."""
    assert done_after([5.0], [2.0], 1, 2, 0.5).seconds == pytest.approx(4.0)
    assert done_after([5.0], [3.0], 1, 2, 0.5).seconds == pytest.approx(8.0)
    assert done_after([5.0], [2.0], 0, 2, 0.5).seconds == pytest.approx(7.0)
    assert done_after([5.0], [3.0], 0, 2, 0.5).seconds == pytest.approx(5.0)
    assert done_after([5.0], [3.0, 1.0], 2, 2, 0.5).seconds == pytest.approx(7.0)


def test_the_risk_of_a_forecast_is_that_of_the_work_done_by_then() -> None:
    """Three that are done and the part of four that was done beside; not what comes later."""
    assert done_after([], [3.0], 0, 1, 0.0).risk == pytest.approx(3.0)
    assert done_after([4.0], [3.0], 1, 1, 0.0).risk == pytest.approx(5.0)
    assert done_after([4.0], [3.0], 0, 1, 0.0).risk == pytest.approx(4.0)
    assert done_after([100.0], [3.0], 1, 2, 0.5).risk == pytest.approx(math.hypot(3.0, 3.0))


@given(
    st.lists(st.floats(0.01, 10), max_size=5),
    st.lists(st.floats(0.01, 10), min_size=1, max_size=10),
    st.integers(1, 4),
    st.sampled_from([0.0, 0.5, math.inf]),
)
def test_no_work_is_lost_in_a_forecast(
    running: list[float], waiting: list[float], places: int, overtaking: float
) -> None:
    """The last to end does so when all the work is done, at the latest."""
    work = [*running, *waiting]
    found = [done_after(running, waiting, i, places, overtaking) for i in range(len(work))]
    ends = [forecast.seconds for forecast in found]
    assert max(ends) == pytest.approx(sum(work))
    assert all(f.risk <= sum(work) * (1 + 1e-9) for f in found)
    assert all(end >= own - 1e-9 for end, own in zip(ends, work, strict=True))


@pytest.mark.parametrize(
    "metadata",
    [
        {"newsfold-priority": "urgent"},
        {"newsfold-tenant": "x" * 65},
        {"newsfold-tenant": "a\nb"},
    ],
)
def test_metadata_that_mean_nothing_are_refused(metadata: dict[str, str]) -> None:
    """And never taken for the default."""
    with pytest.raises(InvalidRequest):
        read_caller(metadata)
