"""One thread owns the device: rows of all callers share batches, and nobody harms a neighbour."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch

from newsfold.model.cohorts import Cohorts
from newsfold.model.engine import BatchReport, Decoding, Hypothesis, Kept, Row, Step, Work
from newsfold.model.scheduler import Scheduler
from newsfold.model.stepping import SteppingEngine
from newsfold.model.turns import DECODER_ROWS
from newsfold.pipeline.errors import ModelFailed, NotReady, Overloaded
from tests.model.checkpoints import load

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from newsfold.model.engine import Ids, Wanted
    from newsfold.pipeline.types import Vectors

POISON = 99_999
GREEDY = Decoding(num_beams=1, max_new_tokens=8)


def row(*ids: int, decoding: Decoding = GREEDY) -> Row:
    """A row of these ids."""
    return Row(ids, decoding)


@dataclass
class EchoEngine:
    """Writes what it reads; chokes on POISON; waits for `gate` if it is closed."""

    gate: threading.Event = field(default_factory=threading.Event)
    entered: threading.Event = field(default_factory=threading.Event)
    batches: list[list[Ids]] = field(default_factory=list)
    unwanted: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Open at first."""
        self.gate.set()

    def generate(
        self, rows: Sequence[Row], wanted: Wanted, pause: Callable[[int], None]
    ) -> list[tuple[Hypothesis, ...]]:
        """Each row's own ids, all in one step."""
        self.batches.append([r.ids for r in rows])
        self.entered.set()
        assert self.gate.wait(30)
        self.unwanted += [i for i in range(len(rows)) if not wanted(i)]
        if any(POISON in r.ids for r in rows):
            raise ValueError("poison")
        return [(Hypothesis(r.ids, ended=True),) for r in rows]

    def encode(self, rows: Sequence[Ids]) -> Vectors:
        """The first id of each row."""
        return np.array([[r[0]] for r in rows], np.float32)


@dataclass
class Watcher:
    """Remembers what it is told."""

    reports: list[BatchReport] = field(default_factory=list)
    cancelled: int = 0
    wasted: int = 0

    def batch_done(self, report: BatchReport) -> None:
        """A batch came back."""
        self.reports.append(report)

    def queue_changed(self, work: Work, rows: int, tokens: int) -> None:
        """Not of interest here."""

    def rows_cancelled(self, work: Work, rows: int) -> None:
        """Rows left the queue."""
        self.cancelled += rows

    def tokens_wasted(self, work: Work, tokens: int) -> None:
        """Of a request that nobody will answer."""
        self.wasted += tokens

    def looked_up(self, kept: Kept, hits: int, misses: int) -> None:
        """Not of interest here."""


@pytest.fixture
def engine() -> EchoEngine:
    """A fresh engine."""
    return EchoEngine()


@pytest.fixture
def watcher() -> Watcher:
    """A fresh watcher."""
    return Watcher()


@pytest.fixture
def scheduler(engine: EchoEngine, watcher: Watcher) -> Iterator[Scheduler]:
    """Over the engine; closed in the end."""
    made = Scheduler(
        embedding=engine,
        writing=Cohorts(engine),
        batch_tokens=64,
        queue_tokens=1_000,
        observer=watcher,
    )
    yield made
    engine.gate.set()
    made.close()


async def busy(scheduler: Scheduler, engine: EchoEngine) -> asyncio.Task[object]:
    """A batch that holds the device until the gate opens."""
    engine.gate.clear()
    task: asyncio.Task[object] = asyncio.ensure_future(scheduler.generate([row(1)]))
    await asyncio.to_thread(engine.entered.wait, 30)
    return task


def ids(answers: list[tuple[Hypothesis, ...]]) -> list[Ids]:
    """The best hypothesis of each."""
    return [hypotheses[0].ids for hypotheses in answers]


async def test_answers_come_in_the_order_asked_though_batches_go_by_length(
    scheduler: Scheduler,
) -> None:
    """Rows of very different lengths."""
    rows = [row(*range(1, n + 1)) for n in (9, 1, 30, 2, 15)]
    assert ids(await scheduler.generate(rows)) == [r.ids for r in rows]


async def test_a_row_is_taken_at_once_though_no_other_comes(
    engine: EchoEngine, watcher: Watcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody waits for company: the clock stands still, and the thread for news without a limit."""
    limits: list[float | None] = []
    wait = threading.Condition.wait

    def watched(condition: threading.Condition, timeout: float | None = None) -> bool:
        if threading.current_thread().name == "newsfold-device":
            limits.append(timeout)
        return wait(condition, timeout)

    monkeypatch.setattr(threading.Condition, "wait", watched)
    scheduler = Scheduler(
        embedding=engine, writing=Cohorts(engine), batch_tokens=64, queue_tokens=1_000,
        observer=watcher, clock=lambda: 7.0,
    )  # fmt: skip
    try:
        for n in (1, 2, 3):
            assert ids(await scheduler.generate([row(n)])) == [(n,)]
    finally:
        scheduler.close()
    assert [report.waits for report in watcher.reports] == [(0.0,)] * 3
    assert set(limits) == {None}


async def test_rows_of_two_callers_share_a_batch(scheduler: Scheduler, engine: EchoEngine) -> None:
    """While a first one holds the device."""
    held = await busy(scheduler, engine)
    two = asyncio.gather(scheduler.generate([row(2)]), scheduler.generate([row(3)]))
    await asyncio.sleep(0)
    engine.gate.set()
    await asyncio.gather(held, two)
    assert engine.batches[1:] == [[(2,), (3,)]]


async def test_rows_decoded_differently_are_kept_apart(
    scheduler: Scheduler, engine: EchoEngine
) -> None:
    """Greedy and four beams."""
    beams = Decoding(num_beams=4, max_new_tokens=8)
    held = await busy(scheduler, engine)
    asked = asyncio.ensure_future(scheduler.generate([row(2), row(3, decoding=beams)]))
    await asyncio.sleep(0)
    engine.gate.set()
    await asyncio.gather(held, asked)
    assert sorted(engine.batches[1:]) == [[(2,)], [(3,)]]


async def test_no_batch_is_over_its_budget_in_padded_tokens(
    scheduler: Scheduler, engine: EchoEngine
) -> None:
    """Unless one row alone is."""
    await scheduler.generate([row(*range(n)) for n in (1, 40, 20, 20, 90, 5, 5, 60)])
    for batch in engine.batches:
        assert len(batch) == 1 or len(batch) * max(map(len, batch)) <= 64


async def test_a_cancelled_call_leaves_the_queue(
    scheduler: Scheduler, engine: EchoEngine, watcher: Watcher
) -> None:
    """Its rows never reach the device."""
    held = await busy(scheduler, engine)
    leaving = asyncio.ensure_future(scheduler.generate([row(7), row(8)]))
    await asyncio.sleep(0)
    leaving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaving
    engine.gate.set()
    await held
    assert ids(await scheduler.generate([row(9)])) == [(9,)]
    assert (7,) not in [r for batch in engine.batches for r in batch]
    assert watcher.cancelled == 2


async def test_a_cancelled_call_is_unwanted_in_the_running_batch(
    scheduler: Scheduler, engine: EchoEngine
) -> None:
    """The engine learns it at its next step."""
    leaving = await busy(scheduler, engine)
    leaving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaving
    engine.gate.set()
    await scheduler.generate([row(2)])
    assert engine.unwanted == [0]


async def test_an_exception_fails_its_own_rows_only(
    scheduler: Scheduler, engine: EchoEngine, watcher: Watcher
) -> None:
    """The neighbour in the same batch is answered, and the thread lives."""
    held = await busy(scheduler, engine)
    good = asyncio.ensure_future(scheduler.generate([row(2)]))
    bad = asyncio.ensure_future(scheduler.generate([row(POISON)]))
    await asyncio.sleep(0)
    engine.gate.set()
    await held
    with pytest.raises(ModelFailed, match="poison"):
        await bad
    assert ids(await good) == [(2,)]
    assert ids(await scheduler.generate([row(3)])) == [(3,)]
    assert any(report.failed for report in watcher.reports)


async def test_an_observer_that_raises_does_not_stop_the_device(
    scheduler: Scheduler, watcher: Watcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Answers come all the same."""

    def refuse(report: BatchReport) -> None:
        raise ValueError("no more")

    monkeypatch.setattr(watcher, "batch_done", refuse)
    assert ids(await scheduler.generate([row(2)])) == [(2,)]
    assert ids(await scheduler.generate([row(3)])) == [(3,)]


async def test_an_engine_that_loses_a_row_fails_the_call(
    scheduler: Scheduler, engine: EchoEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No caller waits for ever for a row that did not come back."""
    monkeypatch.setattr(engine, "encode", lambda rows: np.zeros((0, 1), np.float32))
    with pytest.raises(ModelFailed, match="0 results for 2 rows"):
        await scheduler.encode([(1,), (2,)])


async def test_embedding_has_its_turn_beside_writing(scheduler: Scheduler) -> None:
    """Both kinds of work at once."""
    vectors, written = await asyncio.gather(
        scheduler.encode([(5, 1), (6,)]), scheduler.generate([row(2)])
    )
    assert [float(v[0]) for v in vectors] == [5.0, 6.0]
    assert ids(written) == [(2,)]


async def test_a_full_queue_refuses(scheduler: Scheduler, engine: EchoEngine) -> None:
    """With the time after which to come back."""
    held = await busy(scheduler, engine)
    waiting = asyncio.ensure_future(scheduler.generate([row(*range(900))]))
    await asyncio.sleep(0)
    with pytest.raises(Overloaded) as refused:
        await scheduler.generate([row(*range(200))])
    assert refused.value.retry_after > 0
    engine.gate.set()
    await asyncio.gather(held, waiting)


async def test_closing_fails_what_runs_and_waits(scheduler: Scheduler, engine: EchoEngine) -> None:
    """At once: no future is left hanging, though the device is still busy."""
    held = await busy(scheduler, engine)
    waiting = asyncio.ensure_future(scheduler.generate([row(2)]))
    await asyncio.sleep(0)
    closing = asyncio.ensure_future(asyncio.to_thread(scheduler.close))
    outcomes = await asyncio.gather(held, waiting, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [ModelFailed, ModelFailed]
    engine.gate.set()
    await closing


async def test_a_draining_close_answers_what_runs_and_waits(
    scheduler: Scheduler, engine: EchoEngine
) -> None:
    """And takes nothing new."""
    held = await busy(scheduler, engine)
    waiting = asyncio.ensure_future(scheduler.generate([row(2)]))
    await asyncio.sleep(0)
    closing = asyncio.ensure_future(asyncio.to_thread(lambda: scheduler.close(drain=True)))
    engine.gate.set()
    await closing
    await held
    assert ids(await waiting) == [(2,)]
    with pytest.raises(NotReady):
        await scheduler.generate([row(3)])


@dataclass
class CountingEngine:
    """Decodes rows step by step; a row is done after as many steps as its first id says."""

    pads: bool = False
    gate: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    stepped: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    left: dict[int, list[int]] = field(default_factory=dict)
    together: list[int] = field(default_factory=list)
    """Rows of each step."""
    admitted: list[int] = field(default_factory=list)
    """Encoder tokens, each time."""

    def admit(self, rows: Sequence[tuple[int, Row]]) -> None:
        """Poison is refused."""
        self.admitted.append(sum(len(r.ids) for _, r in rows))
        if any(POISON in r.ids for _, r in rows):
            raise ValueError("poison")
        self.left |= {key: [r.ids[0], r.ids[0]] for key, r in rows}

    def step(self, wanted: Wanted) -> Step:
        """When the gate lets it."""
        assert self.gate.acquire(timeout=30)
        dropped = [key for key in self.left if not wanted(key)]
        wasted = sum(total - left for total, left in map(self.left.pop, dropped))
        self.together.append(len(self.left))
        for counts in self.left.values():
            counts[1] -= 1
        done = [key for key, (_, left) in self.left.items() if left == 0]
        written = {key: Hypothesis((self.left.pop(key)[0],), ended=True) for key in done}
        self.stepped.release()
        return Step(
            [(key, (found,)) for key, found in written.items()],
            dropped,
            wasted,
            self.together[-1],
            1,
        )

    def clear(self) -> None:
        """Forget them."""
        self.left.clear()

    def encode(self, rows: Sequence[Ids]) -> Vectors:
        """The first id of each row."""
        return np.array([[r[0]] for r in rows], np.float32)


@pytest.fixture
def counting() -> CountingEngine:
    """A fresh engine."""
    return CountingEngine()


@pytest.fixture
def stepping(counting: CountingEngine, watcher: Watcher) -> Iterator[Scheduler]:
    """A scheduler over it."""
    made = Scheduler(
        embedding=counting,
        writing=counting,
        batch_tokens=64,
        queue_tokens=1_000,
        observer=watcher,
    )
    yield made
    counting.gate.release(1_000)
    made.close()


async def steps(counting: CountingEngine | PacedEngine, number: int) -> None:
    """Let the engine take so many steps, and wait until it has."""
    counting.gate.release(number)
    for _ in range(number):
        assert await asyncio.to_thread(counting.stepped.acquire, timeout=30)


async def test_a_short_row_joins_a_long_one_and_leaves_before_it(
    stepping: Scheduler, counting: CountingEngine, watcher: Watcher
) -> None:
    """Neither waits for the other, and each of their tokens is reported once."""
    long = asyncio.ensure_future(stepping.generate([row(9)]))
    await steps(counting, 3)
    short = asyncio.ensure_future(stepping.generate([row(2)]))
    await asyncio.sleep(0)
    await steps(counting, 3)
    assert ids(await short) == [(2,)]
    assert not long.done()
    await steps(counting, 3)
    assert ids(await long) == [(9,)]
    assert max(counting.together) == 2
    assert sum(report.decoded for report in watcher.reports) == 9 + 2


async def test_a_cancelled_row_leaves_at_the_next_step(
    stepping: Scheduler, counting: CountingEngine, watcher: Watcher
) -> None:
    """What it had written is counted as wasted; its neighbour goes on."""
    leaving = asyncio.ensure_future(stepping.generate([row(9)]))
    staying = asyncio.ensure_future(stepping.generate([row(8)]))
    await asyncio.sleep(0)
    await steps(counting, 2)
    leaving.cancel()
    await asyncio.sleep(0)
    await steps(counting, 2)
    assert 1 in counting.together
    counting.gate.release(20)
    assert ids(await staying) == [(8,)]
    assert sum(report.cancelled for report in watcher.reports) == 1
    assert 1 <= sum(report.tokens_wasted for report in watcher.reports) <= 3


async def test_rows_beyond_what_decodes_together_wait(
    stepping: Scheduler, counting: CountingEngine
) -> None:
    """Beams count: a quarter as many rows of 4 beams at a time."""
    four = Decoding(num_beams=4, max_new_tokens=8)
    asked = asyncio.ensure_future(stepping.generate([row(3, decoding=four)] * 40))
    counting.gate.release(100)
    await asked
    assert max(counting.together) == DECODER_ROWS // 4


async def test_rows_join_within_the_budget_of_the_encoder(
    stepping: Scheduler, counting: CountingEngine
) -> None:
    """Of a step, whatever room the decoder has; a row that is longer joins alone."""
    rows = [row(*(9,) * n) for n in (30, 20, 25, 100, 40, 10, 64, 30)]
    asked = asyncio.ensure_future(stepping.generate(rows))
    counting.gate.release(100)
    await asked
    assert sum(counting.admitted) == sum(len(r.ids) for r in rows)
    assert [tokens for tokens in counting.admitted if tokens > 64] == [100]
    assert counting.together[2] > counting.together[0]


async def test_a_row_that_was_done_is_wasted_if_its_caller_leaves(
    stepping: Scheduler, counting: CountingEngine, watcher: Watcher
) -> None:
    """And is not counted as written: nobody got it."""
    leaving = asyncio.ensure_future(stepping.generate([row(1), row(9)]))
    staying = asyncio.ensure_future(stepping.generate([row(2), row(3)]))
    await asyncio.sleep(0)
    await steps(counting, 5)
    await staying
    leaving.cancel()
    await asyncio.sleep(0)
    counting.gate.release(20)
    await stepping.generate([row(1)])
    written = sum(report.tokens_out for report in watcher.reports)
    wasted = watcher.wasted + sum(report.tokens_wasted for report in watcher.reports)
    assert written == 2 + 1
    assert watcher.wasted == 1
    assert 1 + 5 <= wasted <= 1 + 6


async def test_cohorts_hold_no_more_input_than_one_batch(watcher: Watcher) -> None:
    """Their engine keeps what it padded until all of a cohort are done."""
    engine = CountingEngine(pads=True)
    scheduler = Scheduler(
        embedding=engine, writing=engine, batch_tokens=64, queue_tokens=1_000, observer=watcher
    )
    engine.gate.release(100)
    try:
        await scheduler.generate([row(*(9,) * 30) for _ in range(6)])
    finally:
        scheduler.close()
    assert max(engine.together) == 2


@dataclass
class HeldTexts:
    """Embeds nothing in particular, once the gate opens: until then it holds the device."""

    gate: threading.Event = field(default_factory=threading.Event)
    entered: threading.Event = field(default_factory=threading.Event)

    def encode(self, rows: Sequence[Ids]) -> Vectors:
        """The first id of each row."""
        self.entered.set()
        assert self.gate.wait(30)
        return np.array([[r[0]] for r in rows], np.float32)


@dataclass
class PacedEngine:
    """Decodes a batch in as many steps as its rows may write tokens, each when the gate lets it."""

    gate: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    stepped: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    held: HeldTexts = field(default_factory=HeldTexts)
    told: list[str] = field(default_factory=list)

    def generate(
        self, rows: Sequence[Row], wanted: Wanted, pause: Callable[[int], None]
    ) -> list[tuple[Hypothesis, ...]]:
        """Each row's own ids."""
        self.told.append(f"{len(rows)} begin")
        for written in range(rows[0].decoding.max_new_tokens):
            assert self.gate.acquire(timeout=30)
            self.stepped.release()
            pause(written + 1)
        self.told.append(f"{len(rows)} end")
        return [(Hypothesis(r.ids, ended=True),) for r in rows]


FOUR_BEAMS = Decoding(num_beams=4, max_new_tokens=8)


@pytest.mark.parametrize(
    ("staying", "leaving", "late"),
    [
        pytest.param([row(*range(16))] * 2, [row(*range(16))] * 2, [row(*range(16))], id="tokens"),
        pytest.param(
            [row(1, decoding=FOUR_BEAMS)] * 12,
            [row(2, decoding=FOUR_BEAMS)] * 12,
            [row(3, decoding=FOUR_BEAMS)] * 12,
            id="beams",
        ),
        pytest.param([row(*range(n)) for n in (16, 16, 16, 12)], [], [row(1, 2, 3)], id="padding"),
    ],
)
async def test_what_a_cohort_computes_for_nothing_counts_until_it_ends(
    staying: list[Row], leaving: list[Row], late: list[Row]
) -> None:
    """Rows that left it and what fills it up: others wait for its end, and are written then."""
    engine = PacedEngine()
    scheduler = Scheduler(
        embedding=engine.held, writing=Cohorts(engine), batch_tokens=64, queue_tokens=1_000
    )
    try:
        held = asyncio.ensure_future(scheduler.encode([(1,)]))
        await asyncio.to_thread(engine.held.entered.wait, 30)
        stay = asyncio.ensure_future(scheduler.generate(staying))
        leave = asyncio.ensure_future(scheduler.generate(leaving))
        await asyncio.sleep(0)
        engine.held.gate.set()
        await held
        await steps(engine, 2)
        leave.cancel()
        await asyncio.wait((leave,))
        asked = asyncio.ensure_future(scheduler.generate(late))
        await asyncio.sleep(0)
        engine.gate.release(100)
        assert ids(await stay) == [r.ids for r in staying]
        assert ids(await asked) == [r.ids for r in late]
    finally:
        engine.gate.release(100)
        scheduler.close()
    first, then = len(staying + leaving), len(late)
    assert engine.told == [f"{first} begin", f"{first} end", f"{then} begin", f"{then} end"]


async def test_closing_forgets_what_the_engine_holds(
    stepping: Scheduler, counting: CountingEngine
) -> None:
    """Though nobody waited for the end."""
    held = asyncio.ensure_future(stepping.generate([row(9)]))
    await steps(counting, 2)
    closing = asyncio.ensure_future(asyncio.to_thread(stepping.close))
    with pytest.raises(ModelFailed):
        await held
    counting.gate.release(1)
    await closing
    assert not counting.left


async def test_rows_that_decode_survive_one_that_cannot_join(
    stepping: Scheduler, counting: CountingEngine
) -> None:
    """They are written anew; the other request fails."""
    good = asyncio.ensure_future(stepping.generate([row(5)]))
    await steps(counting, 2)
    bad = asyncio.ensure_future(stepping.generate([row(POISON)]))
    await asyncio.sleep(0)
    counting.gate.release(50)
    with pytest.raises(ModelFailed, match="poison"):
        await bad
    assert ids(await good) == [(5,)]


async def test_a_caller_may_leave_while_rows_are_written_anew(
    stepping: Scheduler, counting: CountingEngine, watcher: Watcher
) -> None:
    """Its row is written no further, and no future hangs."""
    good = asyncio.ensure_future(stepping.generate([row(5)]))
    leaving = asyncio.ensure_future(stepping.generate([row(400)]))
    await asyncio.sleep(0)
    await steps(counting, 2)
    bad = asyncio.ensure_future(stepping.generate([row(POISON)]))
    await asyncio.sleep(0)
    await steps(counting, 2)  # the last one under way, and the one that empties the engine
    leaving.cancel()
    await asyncio.wait((leaving,))
    counting.gate.release(100)
    assert ids(await good) == [(5,)]
    with pytest.raises(ModelFailed, match="poison"):
        await bad
    assert ids(await stepping.generate([row(3)])) == [(3,)]
    assert not counting.left
    assert sum(report.cancelled for report in watcher.reports) == 1


async def test_closing_answers_those_whose_rows_wait_to_be_written_anew(
    stepping: Scheduler, counting: CountingEngine
) -> None:
    """With an error, at once."""
    asked = [asyncio.ensure_future(stepping.generate([row(n)])) for n in (9, 8, POISON)]
    await asyncio.sleep(0)
    counting.gate.release(3)
    closing = asyncio.ensure_future(asyncio.to_thread(stepping.close))
    outcomes = await asyncio.gather(*asked, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [ModelFailed] * 3
    counting.gate.release(100)
    await closing
    assert not counting.left


async def test_a_row_on_which_the_decoder_chokes_fails_its_request_only(
    tmp_path: Path, watcher: Watcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The others' tokens are as alone, what was lost is counted, and texts are embedded meanwhile.

    With the real engine, whose decoder raises at the fourth step of one row.
    """
    engine = SteppingEngine(load(["bart"], tmp_path)["bart"], torch.float32)
    how = Decoding(num_beams=1, max_new_tokens=12, min_new_tokens=12)
    rows = [row(*range(5 + n, 9 + 2 * n), 2, decoding=how) for n in range(6)]
    alone = [engine.generate([each], lambda _: True)[0] for each in rows]
    step, raised, asked = engine._decoder.step, threading.Event(), threading.Event()

    def chokes(*given: Any) -> Any:
        if raised.is_set():
            assert asked.wait(30)
        [pool] = engine._pools.values()
        for place, slot in enumerate(pool._slots):
            if slot and slot[1] is rows[3] and int(pool._search.steps[place]) == 3:
                raised.set()
                raise ValueError("indigestible")
        return step(*given)

    monkeypatch.setattr(engine._decoder, "step", chokes)
    texts = HeldTexts()
    scheduler = Scheduler(
        embedding=texts, writing=engine, batch_tokens=64, queue_tokens=1_000, observer=watcher
    )
    try:
        held = asyncio.ensure_future(scheduler.encode([(1,)]))
        await asyncio.to_thread(texts.entered.wait, 30)
        writing = [asyncio.ensure_future(scheduler.generate([each])) for each in rows]
        await asyncio.sleep(0)
        texts.gate.set()
        await held
        assert await asyncio.to_thread(raised.wait, 30)
        embedding = asyncio.ensure_future(scheduler.encode([(7,)]))
        await asyncio.sleep(0)
        asked.set()
        await embedding
        with pytest.raises(ModelFailed, match="indigestible"):
            await writing.pop(3)
        found = [answer for [answer] in await asyncio.gather(*writing)]
        assert ids(found) == ids(alone[:3] + alone[4:])
        assert ids(await scheduler.generate(rows[:1])) == ids(alone[:1])
    finally:
        scheduler.close()
    raises = [n for n, report in enumerate(watcher.reports) if report.failed]
    embeds = [n for n, report in enumerate(watcher.reports) if report.work is Work.EMBED]
    assert raises[0] < embeds[1] < raises[-1]
    written = sum(report.decoded for report in watcher.reports)
    wasted = sum(report.tokens_wasted for report in watcher.reports)
    assert written - wasted == 12 * (len(rows) - 1 + 1)
    assert wasted >= 3 * len(raises)


async def test_closing_fails_rows_that_decode(
    stepping: Scheduler, counting: CountingEngine
) -> None:
    """At once."""
    held = asyncio.ensure_future(stepping.generate([row(9)]))
    await steps(counting, 1)
    closing = asyncio.ensure_future(asyncio.to_thread(stepping.close))
    with pytest.raises(ModelFailed):
        await held
    counting.gate.release(5)
    await closing


@dataclass
class CostlyEngine:
    """Takes device time by a clock of its own: more for a batch of texts than for a step."""

    pads: bool = False
    now: float = 0.0
    left: dict[int, int] = field(default_factory=dict)
    spent: dict[str, float] = field(default_factory=lambda: {"embed": 0.0, "write": 0.0})
    both: list[tuple[float, float]] = field(default_factory=list)
    """Device time of embedding and writing so far, at each turn."""

    def admit(self, rows: Sequence[tuple[int, Row]]) -> None:
        """A row takes as many steps as it may write tokens."""
        self.left |= {key: r.decoding.max_new_tokens for key, r in rows}

    def step(self, wanted: Wanted) -> Step:
        """A tenth of a second."""
        self._use("write", 0.1)
        self.left = {key: left - 1 for key, left in self.left.items()}
        done = [key for key, left in self.left.items() if left == 0]
        for key in done:
            del self.left[key]
        return Step([(key, (Hypothesis((1,), ended=True),)) for key in done], [], 0, len(done), 1)

    def clear(self) -> None:
        """Forget them."""
        self.left.clear()

    def encode(self, rows: Sequence[Ids]) -> Vectors:
        """Seven times as long."""
        self._use("embed", 0.7)
        return np.zeros((len(rows), 1), np.float32)

    def _use(self, work: str, seconds: float) -> None:
        self.now += seconds
        self.spent[work] += seconds
        self.both.append((self.spent["embed"], self.spent["write"]))


async def test_embedding_and_writing_share_the_device(watcher: Watcher) -> None:
    """By time, not by turns, however much of either waits."""
    engine = CostlyEngine()
    scheduler = Scheduler(
        embedding=engine, writing=engine, batch_tokens=64, queue_tokens=100_000,
        observer=watcher, clock=lambda: engine.now,
    )  # fmt: skip
    long = Decoding(num_beams=1, max_new_tokens=200)
    try:
        texts = scheduler.encode([(1,) * 60] * 200)
        rows = scheduler.generate([row(1, decoding=long)] * 200)
        await asyncio.gather(texts, rows)
    finally:
        scheduler.close()
    shared = [both for both in engine.both if max(both) < min(engine.spent.values())]
    assert len(shared) > 100
    assert max(abs(embed - write) for embed, write in shared) <= 0.7 + 0.1
