"""A server over the real scheduler and an engine whose steps take a known time."""

from __future__ import annotations

import time
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from newsfold.engine_metrics import EngineMetrics
from newsfold.metrics import Metrics
from newsfold.model.engine import Decoding, Hypothesis, Row, Step
from newsfold.model.scheduler import Scheduler
from tests.rpc.running import HeldPipeline, running

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from newsfold.model.engine import Ids, Wanted
    from newsfold.pipeline.types import Article, Event, Options, Summaries, Vectors
    from tests.rpc.running import Running

POISON = "poison"
STEP_S = 0.001


@dataclass
class StepEngine:
    """Writes each row back after as many steps as it may write tokens; chokes on poison."""

    pads = False
    step_s: float = STEP_S
    rows: dict[int, tuple[Row, int]] = field(default_factory=dict)
    admitted: int = 0
    """Rows that ever were: a number, as a storm must not grow what watches it."""

    def admit(self, rows: Sequence[tuple[int, Row]]) -> None:
        """See `WritingEngine`."""
        for key, row in rows:
            self.rows[key] = row, row.decoding.max_new_tokens
            self.admitted += 1

    def step(self, wanted: Wanted) -> Step:
        """A step of all rows. Raises ValueError in the third of a poisoned one."""
        time.sleep(self.step_s)
        dropped = [key for key in self.rows if not wanted(key)]
        for key in dropped:
            del self.rows[key]
        tokens = len(self.rows)
        finished: list[tuple[int, tuple[Hypothesis, ...]]] = []
        for key, (row, left) in list(self.rows.items()):
            if row.sources and left == row.decoding.max_new_tokens - 2:
                raise ValueError("poison")
            self.rows[key] = row, left - 1
            if left == 1:
                del self.rows[key]
                finished.append((key, (Hypothesis(row.ids, ended=True),)))
        return Step(finished, dropped, len(dropped), tokens, 1)

    def clear(self) -> None:
        """See `WritingEngine`."""
        self.rows.clear()

    def encode(self, rows: Sequence[Ids]) -> Vectors:
        """Nothing is embedded here."""
        return np.zeros((len(rows), 1), np.float32)


@dataclass
class SteppedPipeline(HeldPipeline):
    """A row for each article, `target_words` steps long, through the scheduler."""

    scheduler: Scheduler | None = None

    async def summarize(
        self,
        articles: Sequence[Article],
        options: Options,
        observe: Callable[[Event], None] = lambda event: None,
    ) -> Summaries:
        """Fails if a row comes back as another's."""
        assert self.scheduler is not None
        decoding = Decoding(num_beams=1, max_new_tokens=options.target_words or 1)
        rows = [
            Row(tuple(a.body.encode()), decoding, sources=(POISON,) if POISON in a.body else ())
            for a in articles
        ]
        written = await self.scheduler.generate(rows)
        if [found[0].ids for found in written] != [row.ids for row in rows]:
            raise RuntimeError("a neighbour's row")
        answer = await super().summarize(articles, options, observe)
        self.entered.get_nowait()
        self.left.get_nowait()
        return answer


@dataclass(frozen=True)
class Stepped:
    """A running server and the engine under it."""

    server: Running
    engine: StepEngine


@asynccontextmanager
async def stepped(*, coalesce: bool = False, step_s: float = STEP_S) -> AsyncIterator[Stepped]:
    """It takes requests; stopped without draining in the end."""
    engine, metrics = StepEngine(step_s), Metrics()
    scheduler = Scheduler(
        embedding=engine,
        writing=engine,
        batch_tokens=8_192,
        queue_tokens=1_000_000,
        observer=EngineMetrics(metrics),
    )
    pipeline = SteppedPipeline(scheduler=scheduler)
    pipeline.gate.set()
    try:
        # Rows of many requests decode together: that is what these tests are about.
        async with running(
            pipeline, metrics=metrics, coalesce=coalesce, max_running_requests=16
        ) as server:
            yield Stepped(server, engine)
    finally:
        scheduler.close()
