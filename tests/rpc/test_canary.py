"""The sample request of a running server, and the metric it leaves."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from newsfold.canary import watching
from newsfold.metrics import Metrics
from newsfold.pipeline.errors import ModelFailed
from tests.rpc.running import HeldPipeline, running

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from newsfold.pipeline.types import Article, Event, Options, Summaries

EVERY_S = 0.01
PATIENCE_S = 10.0


class Fickle(HeldPipeline):
    """Answers at once; from the second time on, if `again`, with that or with a story less."""

    again: Exception | bool = False
    runs = 0

    async def summarize(
        self,
        articles: Sequence[Article],
        options: Options,
        observe: Callable[[Event], None] = lambda event: None,
    ) -> Summaries:
        """The articles as stories."""
        self.runs += 1
        self.gate.set()
        found = await super().summarize(articles, options, observe)
        if self.runs == 1 or self.again is False:
            return found
        if isinstance(self.again, Exception):
            raise self.again
        return replace(found, stories=found.stories[:1])


async def result_of(pipeline: Fickle) -> tuple[str, float | None]:
    """How the first run after the one alone ended, and whether all is well."""
    metrics = Metrics()
    value = metrics.registry.get_sample_value
    async with asyncio.timeout(PATIENCE_S), watching(pipeline, metrics, EVERY_S):
        while True:
            for result in ("same", "different", "failed"):
                if value("newsfold_canary_runs_total", {"result": result}):
                    return result, value("newsfold_canary_ok")
            await asyncio.sleep(EVERY_S)


@pytest.mark.parametrize(
    ("again", "expected"),
    [
        (False, ("same", 1.0)),
        (True, ("different", 0.0)),
        (ModelFailed("out of memory"), ("failed", 1.0)),
    ],
)
async def test_a_run_that_differs_is_seen(
    again: Exception | bool, expected: tuple[str, float]
) -> None:
    """One that fails says nothing about tokens."""
    pipeline = Fickle()
    pipeline.again = again
    assert await result_of(pipeline) == expected


async def test_a_server_runs_the_sample_before_it_takes_requests() -> None:
    """Alone; and never if it is told so."""
    pipeline = Fickle()
    async with running(pipeline, canary_s=EVERY_S) as server:
        assert server.count("newsfold_canary_ok") == 1
        assert pipeline.runs >= 1
    pipeline = Fickle()
    async with running(pipeline, canary_s=0):
        assert pipeline.runs == 0
