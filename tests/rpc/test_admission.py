"""Admission with a clock of the test's: exact bounds, predictions, learning, concessions."""

from __future__ import annotations

import math
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsfold.metrics import Metrics
from newsfold.pace import Pace
from newsfold.pipeline.errors import Overloaded
from newsfold.pipeline.types import (
    Article,
    Options,
    PressurePolicy,
    Stage,
    StageTiming,
    StoryMode,
    WriteMode,
)
from newsfold.rpc.admission import ON_ARRIVAL, Admission
from newsfold.rpc.callers import Caller, Priority
from newsfold.rpc.concessions import concessions
from newsfold.rpc.cost import Rates
from newsfold.rpc.refusals import LATEST_RETRY_S
from newsfold.rpc.workload import reading, summarizing

if TYPE_CHECKING:
    from collections.abc import Callable

ARTICLE = Article("a", "", "A long and winding tale of a bridge. " * 120)
OPTIONS = Options(target_words=100, story_mode=StoryMode.SINGLE_STORY)
WORST = 1 + ON_ARRIVAL.spreads * Rates().spread
"""Of one request alone: the time there must be for it, over what it is predicted to take."""


@dataclass
class Clock:
    """Time that passes when the test says so."""

    now: float = 1000.0

    def __call__(self) -> float:
        """Seconds."""
        return self.now


def admission(
    clock: Clock | None = None,
    *,
    max_requests: int = 3,
    max_tokens: int = 10**6,
    max_running: int = 3,
    overtaking: float = math.inf,
    pace: Callable[[], Pace] = Pace,
) -> Admission:
    """With room for three."""
    return Admission(
        max_requests=max_requests,
        max_tokens=max_tokens,
        max_running=max_running,
        overtaking=overtaking,
        metrics=Metrics(),
        pace=pace,
        clock=clock or Clock(),
    )


def test_a_device_that_becomes_slower_makes_all_that_wait_later() -> None:
    """Those that run and wait too, before any of them has ended."""
    pace = Pace()
    door = admission(pace=lambda: pace)
    alone = door.predict([ARTICLE], OPTIONS)
    with door.summarize([ARTICLE], OPTIONS, math.inf):
        assert door.predict([ARTICLE], OPTIONS) == pytest.approx(2 * alone)
        pace = replace(pace, read_seconds=3 * pace.read_seconds, seconds=3 * pace.seconds)
        assert door.predict([ARTICLE], OPTIONS) == pytest.approx(2 * 3 * alone, rel=0.1)


def test_the_bound_of_requests_is_exact() -> None:
    """Three fit, the fourth does not, and one that ends makes room for one."""
    door = admission()
    with ExitStack() as places:
        for _ in range(3):
            last = door.summarize([ARTICLE], OPTIONS, math.inf)
            places.enter_context(last)
        with pytest.raises(Overloaded) as full, door.summarize([ARTICLE], OPTIONS, math.inf):
            pass
        assert full.value.reason == "QUEUE_FULL"
    with door.summarize([ARTICLE], OPTIONS, math.inf):
        pass


def test_the_bound_of_tokens_lets_one_request_of_any_size_in() -> None:
    """Settings see to it that a valid one fits; an estimate must not refuse it for ever."""
    door = admission(max_tokens=10)
    with (
        door.read([ARTICLE], OPTIONS, math.inf),
        pytest.raises(Overloaded, match="tokens are under way"),
    ):
        door.read([ARTICLE], OPTIONS, math.inf).__enter__()


@given(st.lists(st.booleans(), max_size=40))
def test_places_never_leak(failures: list[bool]) -> None:
    """Whatever ends a request."""
    door = admission(max_requests=1)
    for fails in failures:
        try:
            with door.summarize([ARTICLE], OPTIONS, math.inf):
                if fails:
                    raise KeyError
        except KeyError:
            pass
    with door.summarize([ARTICLE], OPTIONS, math.inf):
        pass


def test_a_deadline_too_short_is_refused_with_the_estimate() -> None:
    """Before any work."""
    door = admission()
    predicted = door.predict([ARTICLE], OPTIONS)
    with pytest.raises(Overloaded) as refused:
        door.summarize([ARTICLE], OPTIONS, predicted / 2).__enter__()
    assert refused.value.reason == "DEADLINE_TOO_SHORT"
    assert refused.value.estimate == pytest.approx(predicted)


def test_there_must_be_time_for_the_usual_error_too() -> None:
    """A request that the prediction alone would let in is refused, and told why."""
    door = admission()
    predicted = door.predict([ARTICLE], OPTIONS)
    told = f"{predicted:.2f} s, {WORST * predicted:.2f} s with the usual error"
    with pytest.raises(Overloaded, match=told):
        door.summarize([ARTICLE], OPTIONS, 0.99 * WORST * predicted).__enter__()
    with door.summarize([ARTICLE], OPTIONS, 1.01 * WORST * predicted):
        pass


def test_a_short_request_overtakes_a_long_one_and_an_equal_one_waits() -> None:
    """Equal ones that shared the server would both end late."""
    door = admission(overtaking=0.5)
    long = [replace(ARTICLE, body=ARTICLE.body * 80)]
    with (
        door.summarize(long, OPTIONS, math.inf) as first,
        door.summarize([ARTICLE], OPTIONS, math.inf) as short,
        door.summarize([ARTICLE], OPTIONS, math.inf) as equal,
    ):
        assert first.running
        assert short.running
        assert not equal.running
        assert short.predicted == pytest.approx(2 * short.own)
        assert equal.predicted == pytest.approx(2 * short.own + 2 * equal.own)


def test_the_company_of_a_long_request_is_no_risk_to_a_short_one() -> None:
    """It ends after twice its own time whatever becomes of the long one."""
    door = admission(overtaking=0.5)
    long = [replace(ARTICLE, body=ARTICLE.body * 80)]
    with door.summarize(long, OPTIONS, math.inf):
        twice = door.predict([ARTICLE], OPTIONS)
        with door.summarize([ARTICLE], OPTIONS, WORST * twice) as short:
            assert short.running
            assert short.predicted == pytest.approx(twice)


def test_a_batch_request_that_may_not_start_yet_keeps_nobody_waiting() -> None:
    """Though its turn has come: a short interactive one behind it starts."""
    door = admission(overtaking=0.5)
    patient = Caller(priority=Priority.BATCH)
    long = [replace(ARTICLE, body=ARTICLE.body * 80)]
    with (
        door.summarize(long, OPTIONS, math.inf),
        door.summarize(long, OPTIONS, math.inf, patient) as waiting,
        door.summarize([ARTICLE], OPTIONS, math.inf) as short,
    ):
        assert not waiting.running
        assert short.running


def test_counting_keeps_no_request_from_starting() -> None:
    """It holds a place among those admitted, and no device."""
    door = admission(max_requests=3, overtaking=0.5)
    with (
        door.count([ARTICLE], OPTIONS),
        door.summarize([ARTICLE], OPTIONS, math.inf) as summary,
        door.count([ARTICLE], OPTIONS),
    ):
        assert summary.running
        with pytest.raises(Overloaded, match="3 requests are under way"):
            door.count([ARTICLE], OPTIONS).__enter__()


def test_refusals_for_the_error_alone_leave_the_rates_as_they_are() -> None:
    """Only what is thought of the error shrinks, until such a request is let in and teaches."""
    door = admission()
    predicted = door.predict([ARTICLE], OPTIONS)
    for _ in range(3):
        with pytest.raises(Overloaded):
            door.summarize([ARTICLE], OPTIONS, 1.05 * predicted).__enter__()
    assert door.predict([ARTICLE], OPTIONS) == pytest.approx(predicted)
    for _ in range(60):
        try:
            with door.summarize([ARTICLE], OPTIONS, 1.05 * predicted):
                return
        except Overloaded:
            continue
    raise AssertionError("never let in")


def test_nobody_starts_beside_a_request_that_would_be_late_by_it() -> None:
    """It waits until that one is done, and is not refused."""
    clock = Clock()
    door = admission(clock, overtaking=0.5)
    long = [replace(ARTICLE, body=ARTICLE.body * 80)]
    with ExitStack() as held:
        tight = 1.01 * WORST * door.predict(long, OPTIONS)
        first = held.enter_context(door.summarize(long, OPTIONS, tight))
        clock.now += tight - 0.12 * first.own
        with door.summarize([ARTICLE], OPTIONS, math.inf) as short:
            assert not short.running
            held.close()
            assert short.running
    with (
        door.summarize(long, OPTIONS, math.inf),
        door.summarize([ARTICLE], OPTIONS, math.inf) as short,
    ):
        assert short.running, "where nobody is made late"


def test_company_makes_the_prediction_longer_and_its_progress_shorter_again() -> None:
    """Two equal requests that share the server take twice as long as one."""
    clock = Clock()
    door = admission(clock)
    alone = door.predict([ARTICLE], OPTIONS)
    with door.summarize([ARTICLE], OPTIONS, math.inf):
        assert door.predict([ARTICLE], OPTIONS) == pytest.approx(2 * alone)
        clock.now += alone / 2
        assert door.predict([ARTICLE], OPTIONS) == pytest.approx(1.5 * alone)
    assert door.predict([ARTICLE], OPTIONS) == pytest.approx(alone)


def test_it_learns_what_requests_cost_here_whatever_their_company() -> None:
    """On a server four times as slow as first thought, with three requests at once."""
    clock = Clock()
    door = admission(clock)
    truth = 4 * door.predict([ARTICLE], OPTIONS)
    for _ in range(60):
        with ExitStack() as places:
            tickets = [
                places.enter_context(door.summarize([ARTICLE], OPTIONS, math.inf)) for _ in range(3)
            ]
            clock.now += 3 * truth
            for ticket in tickets:
                half = StageTiming(Stage.EMBED, 1.0), StageTiming(Stage.WRITE, 1.0)
                ticket.finished(half)
    assert door.predict([ARTICLE], OPTIONS) == pytest.approx(truth, rel=0.05)


def test_a_server_that_was_slow_once_does_not_refuse_for_ever() -> None:
    """While it is idle, each refusal makes it a little more daring."""
    clock = Clock()
    door = admission(clock)
    with door.summarize([ARTICLE], OPTIONS, math.inf) as ticket:
        clock.now += 1e4
        ticket.finished([StageTiming(Stage.WRITE, 1.0)])
    for _ in range(200):
        try:
            with door.summarize([ARTICLE], OPTIONS, 10.0):
                return
        except Overloaded:
            pass
    pytest.fail("200 requests were refused by an idle server")


def test_requests_refused_together_are_told_to_come_back_one_after_the_other() -> None:
    """Never later than the horizon."""
    door = admission(max_requests=1)
    waits = []
    with door.summarize([ARTICLE], OPTIONS, math.inf):
        for _ in range(10):
            with pytest.raises(Overloaded) as full:
                door.summarize([ARTICLE], OPTIONS, math.inf).__enter__()
            waits.append(full.value.retry_after)
    assert waits == sorted(waits)
    assert len(set(waits)) == len(waits)
    assert max(waits) <= LATEST_RETRY_S


@pytest.mark.parametrize(
    ("policy", "beams", "modes"),
    [
        (PressurePolicy.FAIL, [4], [WriteMode.ABSTRACTIVE]),
        (PressurePolicy.FEWER_BEAMS, [4, 2, 1], [WriteMode.ABSTRACTIVE] * 3),
        (
            PressurePolicy.EXTRACTIVE,
            [4, 2, 1, 1],
            [*[WriteMode.ABSTRACTIVE] * 3, WriteMode.EXTRACTIVE],
        ),
    ],
)
def test_concessions_go_as_far_as_the_caller_allows(
    policy: PressurePolicy, beams: list[int], modes: list[WriteMode]
) -> None:
    """Fewer beams first."""
    rungs = concessions(replace(OPTIONS, num_beams=4, on_pressure=policy))
    assert [rung.num_beams for rung in rungs] == beams
    assert [rung.write_mode for rung in rungs] == modes


def test_the_first_concession_that_is_done_in_time_is_taken() -> None:
    """And no more is conceded than is needed."""
    door = admission()
    asked = replace(OPTIONS, num_beams=4, on_pressure=PressurePolicy.EXTRACTIVE)
    in_time = 1.01 * WORST * door.predict([ARTICLE], replace(asked, num_beams=2))
    with door.summarize([ARTICLE], asked, in_time) as ticket:
        assert ticket.options.num_beams == 2
        assert ticket.options.write_mode is WriteMode.ABSTRACTIVE


def test_work_grows_with_text_length_beams_and_stories() -> None:
    """Extraction writes nothing."""
    one = summarizing([ARTICLE], OPTIONS).written
    assert summarizing([ARTICLE], replace(OPTIONS, target_words=200)).written > one
    assert summarizing([ARTICLE], replace(OPTIONS, num_beams=8)).beams == 8
    apart = replace(OPTIONS, story_mode=StoryMode.ONE_PER_ARTICLE)
    assert summarizing([ARTICLE] * 5, apart).written == pytest.approx(5 * one)
    assert summarizing([ARTICLE], replace(OPTIONS, write_mode=WriteMode.EXTRACTIVE)) == reading(
        [ARTICLE]
    )


async def test_when_its_turn_comes_a_request_is_compared_with_its_deadline_again() -> None:
    """One is late and refused, the next gives up beams, the last is as it asked to be."""
    clock = Clock()
    door = admission(clock, max_requests=4, max_running=1)
    own = door.predict([ARTICLE], OPTIONS)
    yielding = replace(OPTIONS, on_pressure=PressurePolicy.FEWER_BEAMS)
    with ExitStack() as waiting, ExitStack() as running:
        running.enter_context(door.summarize([ARTICLE], OPTIONS, math.inf))
        late, short, patient = (
            waiting.enter_context(door.summarize([ARTICLE], options, remaining))
            for options, remaining in (
                (OPTIONS, 4.0 * own),
                (yielding, 4.85 * own),
                (OPTIONS, math.inf),
            )
        )
        assert short.predicted == pytest.approx(3 * own)
        assert not any(ticket.running for ticket in (late, short, patient))
        clock.now += 3.9 * own
        running.close()
        with pytest.raises(Overloaded) as refused:
            await late.turn()
        assert refused.value.reason == "DEADLINE_TOO_SHORT"
        assert refused.value.estimate == pytest.approx(own)
        await short.turn()
        assert short.options.num_beams < OPTIONS.num_beams
        assert not patient.running


def test_batch_leaves_places_free_for_those_who_wait() -> None:
    """A quarter of them."""
    door = admission(max_requests=10, max_running=4)
    night, desk = Caller("", Priority.BATCH), Caller()
    with ExitStack() as places:
        batch = [
            places.enter_context(door.read([ARTICLE], OPTIONS, math.inf, night)) for _ in range(5)
        ]
        assert [ticket.running for ticket in batch] == [True] * 3 + [False] * 2
        assert places.enter_context(door.read([ARTICLE], OPTIONS, math.inf, desk)).running


async def test_nobody_gives_way_to_a_request_that_is_refused_all_the_same() -> None:
    """It has room, and no time."""
    door = admission(max_requests=3, max_running=1)
    own = door.predict([ARTICLE], OPTIONS)
    flood, drop = Caller("flood"), Caller("drop")
    with ExitStack() as places:
        held = [
            places.enter_context(door.summarize([ARTICLE], OPTIONS, math.inf, flood))
            for _ in range(3)
        ]
        with pytest.raises(Overloaded) as refused:
            door.summarize([ARTICLE], OPTIONS, own, drop).__enter__()
        assert refused.value.reason == "DEADLINE_TOO_SHORT"
        with door.summarize([ARTICLE], OPTIONS, math.inf, drop), pytest.raises(Overloaded) as gone:
            await held[-1].turn()
        assert gone.value.reason == "TENANT_OVER_QUOTA"
