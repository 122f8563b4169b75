"""Engines that know whole batches only, between whose steps others have their turn."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch

from newsfold.model.cohorts import Cohorts
from newsfold.model.engine import Decoding, Idle, Row
from newsfold.model.load import writing_engine
from newsfold.model.scheduler import Scheduler
from newsfold.model.seq2seq import Seq2SeqEngine
from tests.model.checkpoints import load, samples, save

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from newsfold.model.engine import Hypothesis, Ids, Step, Wanted
    from newsfold.pipeline.types import Vectors

FAMILIES = ("led", "primera", "long_t5")
GREEDY, BEAMS = Decoding(1, 14, min_new_tokens=14), Decoding(4, 9, min_new_tokens=4)
ROWS = [
    Row((*torch.randint(5, 30, (n,), generator=torch.Generator().manual_seed(n)).tolist(), 2), how)
    for n, how in ((5, GREEDY), (17, GREEDY), (9, BEAMS), (30, BEAMS), (11, GREEDY))
]


def everybody_waits(row: int) -> bool:
    """No row is given up."""
    return True


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A small random model of each family, in float32."""
    return load(FAMILIES, tmp_path_factory.mktemp("models"))


@pytest.fixture
def alone(models: dict[str, Any], request: pytest.FixtureRequest) -> list[tuple[Hypothesis, ...]]:
    """What `generate` makes of each row by itself."""
    engine = Seq2SeqEngine(models[request.getfixturevalue("family")])
    return [engine.generate([row], everybody_waits)[0] for row in ROWS]


def ids(found: Sequence[tuple[Hypothesis, ...]]) -> list[Ids]:
    """The best hypothesis of each."""
    return [hypotheses[0].ids for hypotheses in found]


def to_the_end(engine: Cohorts, wanted: Wanted, rows: int) -> dict[int, tuple[Hypothesis, ...]]:
    """The results of so many rows."""
    found: dict[int, tuple[Hypothesis, ...]] = {}
    while len(found) < rows:
        found.update(engine.step(wanted).finished)
    return found


@pytest.mark.parametrize("family", FAMILIES)
def test_cohorts_decode_side_by_side(
    family: str, models: dict[str, Any], alone: list[tuple[Hypothesis, ...]]
) -> None:
    """Rows that come while others decode do not wait for their end; the tokens are the same."""
    engine = Cohorts(Seq2SeqEngine(models[family]))
    engine.admit(list(enumerate(ROWS[:2])))
    assert [engine.step(everybody_waits).finished for _ in range(3)] == [[]] * 3
    engine.admit(list(enumerate(ROWS[2:], start=2)))
    found = to_the_end(engine, everybody_waits, len(ROWS))
    assert next(iter(found)) == 2
    assert ids([found[key] for key in range(len(ROWS))]) == ids(alone)
    assert torch.is_grad_enabled()
    assert not torch.is_inference_mode_enabled()


@pytest.mark.parametrize("family", FAMILIES)
def test_a_row_that_nobody_wants_leaves_at_the_next_step(
    family: str, models: dict[str, Any], alone: list[tuple[Hypothesis, ...]]
) -> None:
    """Its neighbours do not notice; a cohort of such rows ends."""
    engine = Cohorts(Seq2SeqEngine(models[family]))
    engine.admit(list(enumerate(ROWS)))
    while [cohort.written for cohort in engine._cohorts] != [2, 2]:
        engine.step(everybody_waits)
    step = engine.step(lambda key: key in {0, 4})
    assert sorted(step.dropped) == [1, 2, 3]
    assert step.wasted == 3 * 2
    assert step.idle == Idle(beams=1, tokens=3 * 18 - (6 + 12))
    found = to_the_end(engine, lambda key: key in {0, 4}, 2)
    assert ids([found[0], found[4]]) == ids([alone[0], alone[4]])
    assert not engine._cohorts
    step = engine.step(everybody_waits)
    assert (step.finished, step.dropped, step.idle) == ([], [], Idle())
    assert torch.is_grad_enabled()
    assert not torch.is_inference_mode_enabled()


@pytest.mark.parametrize("family", FAMILIES)
def test_each_step_tells_the_tokens_it_wrote(family: str, models: dict[str, Any]) -> None:
    """A cohort's end writes none, and a layer of the encoder neither."""
    engine = Cohorts(Seq2SeqEngine(models[family]))
    engine.admit(list(enumerate(ROWS[:2])))
    steps = []
    while engine._cohorts:
        steps.append(engine.step(everybody_waits))
    assert [step.tokens for step in steps if step.tokens] == [2] * 14
    assert [len(step.finished) for step in steps if step.finished] == [2]


@pytest.mark.parametrize("family", FAMILIES)
def test_a_row_that_nobody_wants_is_not_read_to_the_end(
    family: str, models: dict[str, Any], alone: list[tuple[Hypothesis, ...]]
) -> None:
    """The encoder stops after a layer, and has no part of the cohort beside it."""
    engine = Cohorts(Seq2SeqEngine(models[family]))
    engine.admit([(0, ROWS[0]), (2, ROWS[2])])
    for _ in range(2):
        engine.step(everybody_waits)
    assert [cohort.written for cohort in engine._cohorts] == [0, 0]
    step = engine.step(lambda key: key == 0)
    assert (step.dropped, step.wasted) == ([2], 0)
    assert len(engine._cohorts) == 1
    assert ids([to_the_end(engine, lambda key: key == 0, 1)[0]]) == ids(alone[:1])


def test_a_row_whose_caller_leaves_while_it_is_asked_for_is_not_lost() -> None:
    """It is either finished or dropped, whatever the answer the next time."""

    class Quick:
        """Done at once."""

        def generate(self, rows: Sequence[Row], wanted: Wanted, pause: Any) -> Any:
            """See `BatchEngine`."""
            return [() for _ in rows]

    for stays in range(1, 5):
        asked = iter([True] * stays + [False] * 9)
        engine = Cohorts(Quick())
        engine.admit([(7, ROWS[0])])
        step = engine.step(lambda key, asked=asked: next(asked))  # type: ignore[misc]
        assert [*step.dropped, *(key for key, _ in step.finished)] == [7]


@pytest.mark.parametrize("family", FAMILIES)
def test_a_scheduler_writes_what_generate_writes(
    family: str, tmp_path: Path, alone: list[tuple[Hypothesis, ...]]
) -> None:
    """Whatever else is written, and whoever leaves; and texts are embedded meanwhile."""
    engine = writing_engine(
        save(samples()[family], tmp_path), device=torch.device("cpu"), dtype=torch.float32
    )
    assert isinstance(engine, Cohorts)
    seen = Watched(engine)
    scheduler = Scheduler(embedding=seen, writing=seen, batch_tokens=64, queue_tokens=1_000)

    async def work() -> list[list[tuple[Hypothesis, ...]]]:
        asked = [asyncio.create_task(scheduler.generate([row])) for row in ROWS]
        leaving = asyncio.create_task(scheduler.generate(ROWS))
        await asyncio.to_thread(seen.stepped.wait, 30)
        leaving.cancel()
        await scheduler.encode([(7, 8)])
        return await asyncio.gather(*asked)

    try:
        found = asyncio.run(work())
    finally:
        scheduler.close()
    assert ids([one for [one] in found]) == ids(alone)
    assert 2 <= seen.embedded_at < seen.steps


@dataclass
class Watched:
    """Counts the steps of an engine, and when it was asked to embed."""

    engine: Cohorts
    pads: bool = True
    steps: int = 0
    embedded_at: int = 0
    stepped: threading.Event = field(default_factory=threading.Event)
    """Twice."""

    def admit(self, rows: Sequence[tuple[int, Row]]) -> None:
        """See `WritingEngine`."""
        self.engine.admit(rows)

    def step(self, wanted: Wanted) -> Step:
        """See `WritingEngine`."""
        self.steps += 1
        if self.steps == 2:
            self.stepped.set()
        return self.engine.step(wanted)

    def clear(self) -> None:
        """See `WritingEngine`."""
        self.engine.clear()

    def encode(self, rows: Sequence[Ids]) -> Vectors:
        """Nothing in particular."""
        self.embedded_at = self.steps
        return np.zeros((len(rows), 1), np.float32)


def test_what_a_model_raises_in_a_cohort_ends_that_one_only() -> None:
    """At whichever step; whoever called may go on with the others, and is told what was lost."""

    class Faulty:
        """Raises at the second step of rows that begin with 13."""

        def generate(self, rows: Sequence[Row], wanted: Wanted, pause: Any) -> Any:
            """See `BatchEngine`."""
            for written in range(1, 5):
                pause(written)
                if rows[0].ids[0] == 13:
                    raise ValueError("unlucky")
            return [() for _ in rows]

    engine = Cohorts(Faulty())
    engine.admit([(0, Row((13,), GREEDY)), (1, Row((5,), BEAMS))])
    with pytest.raises(ValueError, match="unlucky"):
        to_the_end(engine, everybody_waits, 1)
    assert engine.step(everybody_waits).wasted == 1
    assert list(to_the_end(engine, everybody_waits, 1)) == [1]


def test_rows_that_are_forgotten_are_not_decoded_on() -> None:
    """Their generation is unwound where it paused."""
    unwound: list[int] = []

    class Endless:
        """Never done."""

        def generate(self, rows: Sequence[Row], wanted: Wanted, pause: Any) -> Any:
            """See `BatchEngine`."""
            try:
                while True:
                    pause(0)
            finally:
                unwound.append(len(rows))

    engine = Cohorts(Endless())
    engine.admit([(0, ROWS[0]), (1, ROWS[1]), (2, ROWS[2])])
    engine.step(everybody_waits)
    engine.clear()
    assert unwound == [2]
    assert not torch.is_inference_mode_enabled()
    assert engine.step(everybody_waits).finished == []
